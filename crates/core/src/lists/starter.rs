//! The small set of lists that the program brings along, so that a first day without any download filters something.
//!
//! Only what may be shipped is here; the licences stand in [`STARTER_NOTICES`]. Nothing pornographic, hateful,
//! extremist, of gambling or against the law can be shipped: those categories show *no list loaded* until a school
//! adds a source. So does drugs: the one list that may be shipped names drug help charities and universities. The files are made from their sources by `crates/duty/tests/starter.rs`.

use super::Format;
use crate::category::Category;

/// Licences and attribution of the starter set, to be shown with it.
pub const STARTER_NOTICES: &str = include_str!("../../data/starter/NOTICES.md");

/// One list of the starter set.
#[derive(Debug, Clone, Copy)]
pub struct StarterList {
    /// Stable id, always starting with `starter-`.
    pub id: &'static str,
    /// The name people see.
    pub title: &'static str,
    /// The category of everything in it.
    pub category: Category,
    /// Where its entries come from.
    pub source: &'static str,
    /// Under which licence.
    pub licence: &'static str,
    /// The list itself.
    pub bytes: &'static [u8],
    /// How it is written.
    pub format: Format,
}

const NEXTDNS: (&str, &str) = ("nextdns/dns-bypass-methods, 2023-01-20", "MIT");
const V2FLY: (&str, &str) = ("v2fly/domain-list-community, 2026-08-19", "MIT");
const V2FLY_AND_MATOMO: (&str, &str) = (
    "v2fly/domain-list-community, 2026-08-19, and matomo-org/searchengine-and-social-list, 2026-07-15",
    "MIT and CC0-1.0",
);
const MATOMO: (&str, &str) = ("matomo-org/searchengine-and-social-list, 2026-07-15", "CC0-1.0");
const BLOCK_LIST_PROJECT: (&str, &str) = ("blocklistproject/Lists, 2026-07-20", "Unlicense");

macro_rules! list {
    ($id:literal, $title:literal, $category:ident, $origin:ident) => {
        StarterList {
            id: concat!("starter-", $id),
            title: $title,
            category: Category::$category,
            source: $origin.0,
            licence: $origin.1,
            bytes: include_bytes!(concat!("../../data/starter/", $id, ".txt")),
            format: Format::Services,
        }
    };
}

static STARTER: [StarterList; 15] = [
    list!("filter-bypass", "Ways round a filter (starter set)", Anonymisers, NEXTDNS),
    list!("encrypted-dns", "Outside name services (starter set)", EncryptedDns, NEXTDNS),
    list!("ai-assistants", "AI assistants (starter set)", AiAssistants, V2FLY_AND_MATOMO),
    list!("social-media", "Social media (starter set)", SocialMedia, V2FLY),
    list!("search-engines", "Search engines (starter set)", SearchEngines, MATOMO),
    list!("games", "Games (starter set)", Gaming, V2FLY),
    list!("video", "Video (starter set)", Video, V2FLY),
    list!("music", "Music (starter set)", Audio, V2FLY),
    list!("messaging", "Messaging (starter set)", Messaging, V2FLY),
    list!("webmail", "Web mail (starter set)", Webmail, V2FLY),
    list!("shopping", "Shopping (starter set)", Shopping, V2FLY),
    list!("remote-control", "Remote control (starter set)", RemoteControl, V2FLY),
    list!("vaping", "Tobacco and vaping (starter set)", TobaccoAndVaping, BLOCK_LIST_PROJECT),
    list!("piracy", "Piracy and torrents (starter set)", Piracy, BLOCK_LIST_PROJECT),
    list!("ransomware", "Ransomware (starter set)", Malware, BLOCK_LIST_PROJECT),
];

/// The lists that the program brings along.
pub fn starter() -> &'static [StarterList] {
    &STARTER
}
