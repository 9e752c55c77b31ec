//! Makes the starter set of `crates/core/data/starter` from its sources, and holds what is committed against them.
//!
//! To renew it: `HOLDFAST_UPDATE=1 cargo test -p holdfast-duty --test starter`. Skipped where the sources are absent.

#[path = "../../core/tests/skipped/mod.rs"]
mod skipped;

use holdfast_core::{
    host::Host,
    lists::{Entries, Format, NameEntry, Scope, ServiceSet, parse},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

/// v2fly services of each list, and names left out of it: shared with other services, or not for shipping to schools.
const SERVICES: [(&str, &[&str], &[&str]); 9] = [
    (
        "ai-assistants",
        &["openai", "anthropic", "perplexity", "poe", "xai", "deepseek", "google-deepmind"],
        &[
            "makersuite.google.com",
            "deepmind.com",
            "deepmind.google",
            "browser-intake-datadoghq.com",
            "o33249.ingest.sentry.io",
        ],
    ),
    (
        "social-media",
        &[
            "facebook",
            "instagram",
            "twitter",
            "threads",
            "bluesky",
            "tiktok",
            "snap",
            "reddit",
            "pinterest",
            "tumblr",
            "vk",
            "ok",
            "linkedin",
            "misskey",
            "mixi",
        ],
        &[],
    ),
    (
        "games",
        &[
            "activision-blizzard",
            "curseforge",
            "ea",
            "epicgames",
            "faceit",
            "gog",
            "hoyoverse",
            "humblebundle",
            "itchio",
            "mojang",
            "nintendo",
            "osu",
            "playstation",
            "pubg",
            "riot",
            "roblox",
            "steam",
            "supercell",
            "take-two",
            "ubisoft",
            "vrchat",
            "wargaming",
            "xbox",
        ],
        // Tools and galleries of makers, used in lessons.
        &[
            "3lateral.com",
            "artstation.com",
            "artstationmedia.com",
            "capturingreality.com",
            "fab.com",
            "quixel.com",
            "sketchfab.com",
            "twinmotion.com",
            "unrealengine.com",
            "zyngapoker.com",
        ],
    ),
    (
        "video",
        &[
            "youtube",
            "netflix",
            "vimeo",
            "twitch",
            "disney",
            "hulu",
            "hbo",
            "primevideo",
            "dailymotion",
            "kick",
            "apple-tvplus",
            "plutotv",
            "dazn",
            "discoveryplus",
        ],
        // News, sport and natural history of the same companies.
        &[
            "abc.com",
            "abcnews.com",
            "babble.com",
            "espn.co.uk",
            "espn.com",
            "espn.net",
            "espncdn.com",
            "espnqa.com",
            "go.com",
            "nationalgeographic.com",
            "nationalgeographicpartners.com",
            "natgeomaps.com",
            "watchespn.com",
        ],
    ),
    (
        "music",
        &[
            "spotify",
            "soundcloud",
            "deezer",
            "tidal",
            "bandcamp",
            "apple-music",
            "apple-podcasts",
            "lastfm",
            "pocketcasts",
        ],
        &[],
    ),
    ("messaging", &["whatsapp", "telegram", "signal", "messenger", "viber", "line", "discord"], &[]),
    ("webmail", &["mailcom", "protonmail", "tutanota", "temp-mail"], &[]),
    (
        "shopping",
        &[
            "ebay",
            "shopee",
            "wish",
            "walmart",
            "target",
            "bestbuy",
            "rakuten",
            "craigslist",
            "ikea",
            "nike",
            "adidas",
            "hm",
            "nordstrom",
        ],
        &[],
    ),
    ("remote-control", &["category-remote-control"], &[]),
];

/// Names that no starter list may bring, whatever its source says: used by every school, or by other services.
const NEVER: [&str; 12] = [
    "azure.com",
    "azureedge.net",
    "bing.com",
    "cloudfront.net",
    "google.com",
    "googleapis.com",
    "gstatic.com",
    "live.com",
    "microsoft.com",
    "microsoftonline.com",
    "office.com",
    "windows.net",
];

/// Names of ours: places to talk with a machine that the sources do not have.
const OWN_ASSISTANTS: &str =
    "character.ai\ncopilot.com\nmistral.ai\npi.ai\nreplika.com\njanitorai.com\nchai-research.com\n";

/// Libraries, public bodies and others that the sources count among the pirates.
const NO_PIRATES: [&str; 10] = [
    "archive.org",
    "freewebs.com",
    "gutenberg.org",
    "hexagon.cc",
    "pbs.org",
    "pleer.com",
    "suprbay.org",
    "taringa.net",
    "eff.org",
    "creativecommons.org",
];

/// Portals, shops and networks that only have a search box as well.
const NO_ENGINES: [&str; 12] = [
    "charter.net",
    "cnn.com",
    "digg.com",
    "facebook.com",
    "friendfeed.com",
    "highbeam.com",
    "icq.com",
    "kataweb.it",
    "online.no",
    "technorati.com",
    "weborama.fr",
    "wikipedia.org",
];

/// Schools, universities, health services and public bodies, told by their endings.
fn is_institution(name: &str) -> bool {
    name.rsplit('.').take(2).any(|label| ["ac", "edu", "gov", "int", "mil", "nhs", "sch"].contains(&label))
}

/// Where a search engine has a name in many countries, these are written out for `{}`; others get the first two.
const COUNTRIES: [&str; 24] = [
    "com", "co.uk", "ie", "de", "fr", "es", "it", "nl", "pl", "pt", "ro", "be", "at", "ch", "se", "no", "dk", "fi",
    "ca", "com.au", "co.nz", "co.in", "com.tr", "ru",
];
const MANY_COUNTRIES: [&str; 4] = ["google", "yahoo", "yandex", "bing"];

fn shared_data() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    path.is_dir().then_some(path)
}

fn unpack(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let file = fs::File::open(path).expect("the archive opens");
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    let mut files = BTreeMap::new();
    for entry in archive.entries().expect("entries") {
        let mut entry = entry.expect("an entry");
        if entry.header().entry_type().is_file() {
            let name = entry.path().expect("a path").file_name().expect("a name").to_string_lossy().into_owned();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).expect("bytes");
            files.insert(name, bytes);
        }
    }
    files
}

/// One file of the set: sorted, without what a wider entry covers already, and without what may not be in it.
fn written(origin: &str, entries: &Entries, left_out: &[&str]) -> String {
    let is_left_out = |entry: &NameEntry| {
        let bare = entry.name.strip_prefix("www.").unwrap_or(&entry.name);
        left_out.contains(&bare) || NEVER.contains(&&*entry.name) || is_institution(&entry.name)
    };
    let within: BTreeSet<&str> = entries
        .names
        .iter()
        .filter(|entry| entry.scope == Scope::Within && !is_left_out(entry))
        .map(|entry| &*entry.name)
        .collect();
    let covered = |name: &str, itself: bool| {
        let host = Host::parse(name).expect("a host");
        host.suffixes().skip(usize::from(!itself)).any(|parent| within.contains(parent))
    };
    let mut lines = BTreeSet::new();
    for entry in entries.names.iter().filter(|entry| !is_left_out(entry)) {
        let line = match entry.scope {
            Scope::Within => (!covered(&entry.name, false)).then(|| entry.name.to_string()),
            Scope::Exact => (!covered(&entry.name, true)).then(|| format!("full:{}", entry.name)),
        };
        lines.extend(line);
    }
    // Expressions of the services are for odd names only and would cost every request; they are not shipped.
    let mut text = format!("# Made from {origin}; see NOTICES.md.\n");
    for line in lines {
        text.push_str(&line);
        text.push('\n');
    }
    text
}

fn names(text: &str, scope: Scope) -> Entries {
    let mut entries = parse(Format::Domains, text.as_bytes());
    for entry in &mut entries.names {
        entry.scope = scope;
    }
    entries
}

/// Hosts of Matomo's files: lines `- host` or `- 'host/path'` under `urls:` or a service's name.
fn matomo_hosts(text: &str, under: Option<&str>) -> Entries {
    let mut inside = under.is_none();
    let mut hosts = String::new();
    for line in text.lines() {
        let line = line.trim();
        if under.is_some() && line.ends_with(':') {
            inside = Some(line.trim_end_matches(':')) == under;
        }
        let Some(host) = line.strip_prefix("- ").filter(|_| inside) else { continue };
        let host = host.trim_matches(['\'', '"']);
        // An address with a path is one page of something larger, which is not a search engine.
        if host.contains('/') {
            continue;
        }
        let many = MANY_COUNTRIES.iter().any(|name| host.contains(name));
        let count = if many { COUNTRIES.len() } else { 2 };
        let endings: &[&str] = if host.contains("{}") { &COUNTRIES[..count] } else { &[""] };
        for ending in endings {
            let host = host.replace("{}", ending);
            let bare = host.strip_prefix("www.").unwrap_or(&host);
            for name in [bare.to_owned(), format!("www.{bare}")] {
                hosts.push_str(&name);
                hosts.push('\n');
            }
        }
    }
    names(&hosts, Scope::Exact)
}

fn make(data: &Path) -> BTreeMap<&'static str, String> {
    let read = |path: &str| fs::read_to_string(data.join(path)).expect("a source");
    let mut made = BTreeMap::new();
    let bypass = ["proxies", "vpn", "tor", "browsers", "apple-private-relay"]
        .map(|name| read(&format!("nextdns-bypass/{name}")));
    let nextdns = "nextdns/dns-bypass-methods (MIT)";
    // The last name is a signal to browsers, not a way round.
    made.insert(
        "filter-bypass",
        written(nextdns, &names(&bypass.join("\n"), Scope::Within), &["use-application-dns.net"]),
    );
    made.insert("encrypted-dns", written(nextdns, &names(&read("nextdns-bypass/encrypted-dns"), Scope::Within), &[]));
    let engines = matomo_hosts(&read("search-engines/SearchEngines.yml"), Some("urls"));
    let mut engines_text = written("matomo-org/searchengine-and-social-list (CC0 1.0)", &engines, &NO_ENGINES);
    // The names that everything of one company shares are search engines too, so here they come back, each alone.
    engines_text.push_str("full:google.com\nfull:bing.com\n");
    made.insert("search-engines", engines_text);
    let services = unpack(&data.join("v2fly-dlc/domain-list-community-20260819.tar.gz"));
    let set = ServiceSet::read(services.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())));
    for (id, members, left_out) in SERVICES {
        let mut entries = Entries::default();
        for member in members {
            let brought = set.entries(member);
            assert!(!brought.names.is_empty(), "{member} is not in the source");
            entries.merge(brought);
        }
        let mut origin = "v2fly/domain-list-community (MIT)";
        if id == "ai-assistants" {
            origin = "v2fly/domain-list-community (MIT), matomo-org/searchengine-and-social-list (CC0 1.0) and our own additions";
            entries.merge(names(OWN_ASSISTANTS, Scope::Within));
            entries.merge(matomo_hosts(&read("search-engines/AIAssistants.yml"), None));
        }
        made.insert(id, written(origin, &entries, left_out));
    }
    let project = unpack(&data.join("blocklistproject/blocklistproject-nl-20260720.tar.gz"));
    // Its lists of drugs and of scams are not used: they name drug help charities, universities and newspapers.
    let lists: [(&str, &[&str]); 3] =
        [("vaping", &["vaping"]), ("piracy", &["piracy", "torrent"]), ("ransomware", &["ransomware"])];
    for (id, members) in lists {
        let texts: Vec<String> = members
            .iter()
            .map(|name| String::from_utf8_lossy(&project[&format!("{name}-nl.txt")]).into_owned())
            .collect();
        made.insert(
            id,
            written("blocklistproject/Lists (Unlicense)", &names(&texts.join("\n"), Scope::Within), &NO_PIRATES),
        );
    }
    made
}

#[test]
fn the_starter_set_is_what_its_sources_make() {
    let Some(data) = shared_data() else {
        crate::skipped::because("the folder shared/data with the sources of the starter set is not beside the project");
        return;
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/data/starter");
    for (id, text) in make(&data) {
        let path = folder.join(format!("{id}.txt"));
        if std::env::var_os("HOLDFAST_UPDATE").is_some() {
            fs::write(&path, &text).expect("the list can be written");
        }
        let committed = fs::read_to_string(&path).expect("the list is committed");
        assert!(committed == text, "{id} is not what its sources make; renew it as the first lines of this test say");
    }
}
