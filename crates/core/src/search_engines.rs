//! Search engines whose strict mode can be forced by what their name leads to (F-10; field notes §4.1).
//!
//! The table is ours to keep: a list may say which sites are search engines, but below the domains of these engines the
//! table alone says which hosts search. So a list that calls all of `google.com` a search engine does not close a
//! school's mail, and a second door of an engine, where no strict mode can be forced, is known for what it is.

use crate::host::Host;
use std::net::{IpAddr, Ipv4Addr};

/// How strictly search engines are held for a group.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum StrictLevel {
    /// Engines answer as they like. Only staff may be left at this.
    Off,
    /// As strict as can be where an engine knows one mode, and the milder of two where it knows two (video).
    Moderate,
    /// As strict as can be.
    Strict,
}

impl StrictLevel {
    /// The code written in policies and logs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Moderate => "moderate",
            Self::Strict => "strict",
        }
    }
}

/// What an engine's name must lead to, so that it answers strictly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StrictForm {
    /// To whatever this other name leads to; the engine's certificate goes on being its own.
    Name(&'static str),
    /// To these addresses, and to no others: a family that is not among them has no answer.
    Addresses(&'static [IpAddr]),
}

/// One engine's strict mode, as it holds for one subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StrictSearch {
    /// The engine's code, such as `google` or `youtube`.
    pub engine: &'static str,
    /// Which level was chosen.
    pub level: StrictLevel,
    /// What its name must lead to.
    pub form: StrictForm,
}

/// What the table knows of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// A host whose strict mode can be forced.
    Forced {
        /// Whether it is there for searching, rather than for films that can be searched.
        is_search: bool,
    },
    /// Another door of such an engine, which searches and whose strict mode nothing forces.
    Loose,
    /// Below an engine's domain and no search: its mail, its maps, its pictures' store, the strict mode's own name.
    Kin,
    /// No host of these engines.
    Stranger,
}

/// How an engine is asked for strict results in the address of a request. Holds where requests are seen whole.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct StrictQuery {
    /// The engine's code.
    pub(crate) engine: &'static str,
    /// The parameter that asks for it.
    pub(crate) name: &'static str,
    /// Its strictest value.
    pub(crate) value: &'static str,
    /// The parameter that carries the words searched for.
    pub(crate) words: &'static str,
    /// Paths that search even where no words stand in the address: with a picture, or with words in the body.
    pub(crate) paths: &'static [&'static str],
    /// Paths, each with everything below it, that never search whatever stands in the address: they lead away, show
    /// maps. Any other path is taken for a search where words stand in the address, as engines have many doors.
    pub(crate) others: &'static [&'static str],
}

struct Engine {
    code: &'static str,
    strict: StrictForm,
    moderate: StrictForm,
    is_search: bool,
    query: Option<StrictQuery>,
}

/// Domains of one engine: the label that names it, followed by one of the endings.
struct Domains {
    engine: &'static Engine,
    label: &'static str,
    /// Sorted.
    endings: &'static [&'static str],
    /// What stands before the label where the strict mode can be forced; empty for the domain itself.
    forced: &'static [&'static str],
    /// What stands before the label where the engine searches and nothing forces it.
    loose: &'static [&'static str],
}

const fn with_one_mode(code: &'static str, form: StrictForm) -> Engine {
    Engine { code, strict: form, moderate: form, is_search: true, query: None }
}

const fn asked(
    code: &'static str,
    form: StrictForm,
    [name, value]: [&'static str; 2],
    paths: &'static [&'static str],
    others: &'static [&'static str],
) -> Engine {
    let query = Some(StrictQuery { engine: code, name, value, words: "q", paths, others });
    Engine { code, strict: form, moderate: form, is_search: true, query }
}

// Each target is the one its engine documents for schools and network managers. So are the parameters of Google, Bing
// and DuckDuckGo; those of Brave, Yahoo and Qwant rest on what others report and have to be confirmed. Left without a
// parameter, because none is known that holds: Ecosia and Startpage keep the choice in a cookie; Yandex's `fyandex` is
// reported to empty ordinary searches and to leave others as they are; Pixabay's is known of its interface for programs
// only.
static GOOGLE: Engine = asked(
    "google",
    StrictForm::Name("forcesafesearch.google.com"),
    ["safe", "active"],
    &["/search", "/images", "/imgres", "/complete/search"],
    &["/alerts", "/finance", "/gen_204", "/maps", "/travel", "/url"],
);
static BING: Engine = asked(
    "bing",
    StrictForm::Name("strict.bing.com"),
    ["adlt", "strict"],
    &["/search", "/images/search", "/videos/search", "/news/search"],
    &["/maps", "/translator", "/travel"],
);
static DUCKDUCKGO: Engine = asked("duckduckgo", StrictForm::Name("safe.duckduckgo.com"), ["kp", "1"], &["/"], &[]);
static PIXABAY: Engine = with_one_mode("pixabay", StrictForm::Name("safesearch.pixabay.com"));
static ECOSIA: Engine = with_one_mode("ecosia", StrictForm::Name("strict-safe-search.ecosia.org"));
static BRAVE: Engine = asked(
    "brave",
    StrictForm::Name("forcesafe.search.brave.com"),
    ["safesearch", "strict"],
    &["/search", "/images", "/videos", "/news"],
    &[],
);
static YANDEX: Engine = with_one_mode("yandex", StrictForm::Addresses(&[IpAddr::V4(Ipv4Addr::new(213, 180, 193, 56))]));
static YOUTUBE: Engine = Engine {
    code: "youtube",
    strict: StrictForm::Name("restrict.youtube.com"),
    moderate: StrictForm::Name("restrictmoderate.youtube.com"),
    is_search: false,
    query: None,
};

/// Engines whose strict mode no name forces, by the hosts that search, each with everything below it. They stay engines
/// without a strict mode: a parameter holds only where requests are seen whole, and for a group that may use them.
static BY_PARAMETER_ONLY: [(&str, StrictQuery); 3] = [
    (
        "search.yahoo.com",
        StrictQuery {
            engine: "yahoo",
            name: "vm",
            value: "r",
            words: "p",
            paths: &["/search", "/search/images"],
            others: &[],
        },
    ),
    // The interface behind the engine's pages calls the same thing otherwise.
    (
        "api.qwant.com",
        StrictQuery {
            engine: "qwant",
            name: "safesearch",
            value: "2",
            words: "q",
            paths: &["/v3/search"],
            others: &[],
        },
    ),
    ("qwant.com", StrictQuery { engine: "qwant", name: "s", value: "2", words: "q", paths: &[], others: &["/maps"] }),
];

/// The domain itself and its `www`.
const PLAIN: &[&str] = &["", "www"];

static DOMAINS: [Domains; 12] = [
    Domains {
        engine: &GOOGLE,
        label: "google",
        endings: &GOOGLE_ENDINGS,
        forced: &["", "www", "images"],
        loose: &["blogsearch", "cse", "encrypted", "go", "ipv4", "ipv6", "video", "www2"],
    },
    Domains {
        engine: &YOUTUBE,
        label: "youtube",
        endings: &["com", "googleapis.com"],
        forced: &["", "www", "m"],
        loose: &[],
    },
    Domains { engine: &YOUTUBE, label: "youtubei", endings: &["googleapis.com"], forced: &[""], loose: &[] },
    Domains { engine: &YOUTUBE, label: "youtube-nocookie", endings: &["com"], forced: PLAIN, loose: &[] },
    Domains {
        engine: &BING,
        label: "bing",
        endings: &["com"],
        forced: &["", "www", "edgeservices"],
        loose: &BING_DOORS,
    },
    Domains {
        engine: &DUCKDUCKGO,
        label: "duckduckgo",
        endings: &["com"],
        forced: &["", "www", "start"],
        loose: &["html", "lite", "noai", "r"],
    },
    Domains { engine: &PIXABAY, label: "pixabay", endings: &["com"], forced: PLAIN, loose: &[] },
    Domains { engine: &ECOSIA, label: "ecosia", endings: &["org"], forced: PLAIN, loose: &[] },
    // Only the search of Brave; `brave.com` itself is the home of a browser.
    Domains { engine: &BRAVE, label: "search", endings: &["brave.com"], forced: &[""], loose: &[] },
    Domains {
        engine: &YANDEX,
        label: "yandex",
        endings: &YANDEX_ENDINGS,
        forced: PLAIN,
        loose: &["clck", "images", "m", "yabs"],
    },
    Domains { engine: &YANDEX, label: "ya", endings: &["ru"], forced: PLAIN, loose: &[] },
    // Yandex in Cyrillic letters.
    Domains { engine: &YANDEX, label: "xn--d1acpjx3f", endings: &["xn--p1ai"], forced: PLAIN, loose: &[] },
];

/// The doors of Bing for single countries, and its numbered ones.
static BING_DOORS: [&str; 37] = [
    "at", "au", "be", "br", "ca", "ch", "cn", "co.in", "co.nz", "co.uk", "com", "com.au", "com.tr", "de", "dk", "es",
    "fi", "fr", "global", "ie", "in", "it", "jp", "m", "nl", "no", "pl", "pt", "ro", "ru", "se", "uk", "us", "www2",
    "www3", "www4", "za",
];

static YANDEX_ENDINGS: [&str; 24] = [
    "az", "by", "co.il", "com", "com.am", "com.ge", "com.ru", "com.tr", "de", "ee", "eu", "fi", "fr", "kz", "lt", "lv",
    "md", "net", "org", "pl", "ru", "tj", "tm", "uz",
];

/// Every domain that Google itself names (<https://www.google.com/supported_domains>), and three that it once named.
static GOOGLE_ENDINGS: [&str; 194] = [
    "ad", "ae", "al", "am", "as", "at", "az", "ba", "be", "bf", "bg", "bi", "bj", "bs", "bt", "by", "ca", "cat", "cd",
    "cf", "cg", "ch", "ci", "cl", "cm", "cn", "co", "co.ao", "co.bw", "co.ck", "co.cr", "co.id", "co.il", "co.in",
    "co.jp", "co.ke", "co.kr", "co.ls", "co.ma", "co.mz", "co.nz", "co.th", "co.tz", "co.ug", "co.uk", "co.uz",
    "co.ve", "co.vi", "co.za", "co.zm", "co.zw", "com", "com.af", "com.ag", "com.ai", "com.ar", "com.au", "com.bd",
    "com.bh", "com.bn", "com.bo", "com.br", "com.bz", "com.co", "com.cu", "com.cy", "com.do", "com.ec", "com.eg",
    "com.et", "com.fj", "com.gh", "com.gi", "com.gt", "com.hk", "com.jm", "com.kh", "com.kw", "com.lb", "com.ly",
    "com.mm", "com.mt", "com.mx", "com.my", "com.na", "com.nf", "com.ng", "com.ni", "com.np", "com.om", "com.pa",
    "com.pe", "com.pg", "com.ph", "com.pk", "com.pr", "com.py", "com.qa", "com.sa", "com.sb", "com.sg", "com.sl",
    "com.sv", "com.tj", "com.tr", "com.tw", "com.ua", "com.uy", "com.vc", "com.vn", "cv", "cz", "de", "dj", "dk", "dm",
    "dz", "ee", "es", "fi", "fm", "fr", "ga", "ge", "gg", "gl", "gm", "gp", "gr", "gy", "hn", "hr", "ht", "hu", "ie",
    "im", "iq", "is", "it", "je", "jo", "kg", "ki", "kz", "la", "li", "lk", "lt", "lu", "lv", "md", "me", "mg", "mk",
    "ml", "mn", "ms", "mu", "mv", "mw", "ne", "nl", "no", "nr", "nu", "pl", "pn", "ps", "pt", "ro", "rs", "ru", "rw",
    "sc", "se", "sh", "si", "sk", "sm", "sn", "so", "sr", "st", "td", "tg", "tk", "tl", "tm", "tn", "to", "tt", "vg",
    "vu", "ws",
];

/// The strict mode of the engine that this host belongs to, at this level; nothing where it is none of the table's, or
/// the level is off.
pub fn strict_search(host: &Host, level: StrictLevel) -> Option<StrictSearch> {
    let (domains, front) = find(host)?;
    if !domains.forced.contains(&front) {
        return None;
    }
    let form = match level {
        StrictLevel::Off => return None,
        StrictLevel::Moderate => domains.engine.moderate,
        StrictLevel::Strict => domains.engine.strict,
    };
    Some(StrictSearch { engine: domains.engine.code, level, form })
}

/// How the engine that this host belongs to is asked for strict results; nothing where it is none of the table's, or
/// knows no way that holds.
pub(crate) fn strict_query(host: &Host) -> Option<&'static StrictQuery> {
    match find(host) {
        Some((domains, front)) if domains.forced.contains(&front) => domains.engine.query.as_ref(),
        Some(_) => None,
        None => BY_PARAMETER_ONLY.iter().find(|(parent, _)| host.is_within(parent)).map(|(_, query)| query),
    }
}

/// What the table knows of a host.
pub(crate) fn standing(host: &Host) -> Standing {
    match find(host) {
        Some((domains, front)) if domains.forced.contains(&front) => {
            Standing::Forced { is_search: domains.engine.is_search }
        }
        Some((domains, front)) if domains.loose.contains(&front.strip_prefix("www.").unwrap_or(front)) => {
            Standing::Loose
        }
        Some(_) => Standing::Kin,
        None => Standing::Stranger,
    }
}

/// The domains that a host is of, and what stands before them. Looks at each label once and allocates nothing.
fn find(host: &Host) -> Option<(&'static Domains, &str)> {
    let text = host.as_str();
    if host.address().is_some() {
        return None;
    }
    let mut start = 0_usize;
    for label in text.split('.') {
        let after = start + label.len() + 1;
        let mut named = DOMAINS.iter().filter(|domains| domains.label == label);
        let ending = text.get(after..).unwrap_or_default();
        if let Some(domains) = named.find(|domains| domains.endings.binary_search(&ending).is_ok()) {
            return Some((domains, text.get(..start.saturating_sub(1)).unwrap_or_default()));
        }
        start = after;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    /// Every host of the table whose strict mode is forced.
    fn forced_hosts() -> impl Iterator<Item = String> {
        DOMAINS.iter().flat_map(|domains| {
            domains.endings.iter().flat_map(move |ending| {
                domains.forced.iter().map(move |front| {
                    let dot = if front.is_empty() { "" } else { "." };
                    format!("{front}{dot}{}.{ending}", domains.label)
                })
            })
        })
    }

    fn host(text: &str) -> Host {
        Host::parse(text).expect("a good host")
    }

    #[test]
    fn every_host_is_written_as_it_is_looked_up_and_stands_once() {
        let mut seen = HashSet::new();
        for text in forced_hosts() {
            assert_eq!(host(&text).as_str(), text);
            assert!(strict_search(&host(&text), StrictLevel::Strict).is_some(), "{text} is not found");
            assert!(seen.insert(text.clone()), "{text} stands twice");
        }
        assert_eq!(seen.len(), 3 * GOOGLE_ENDINGS.len() + 2 * (YANDEX_ENDINGS.len() + 2) + 20);
    }

    #[test]
    fn endings_are_sorted_and_stand_once() {
        for domains in &DOMAINS {
            assert!(domains.endings.is_sorted_by(|one, other| one < other), "{}", domains.label);
        }
    }

    #[test]
    fn what_names_are_led_to_is_not_led_on() {
        for engine in DOMAINS.iter().map(|domains| domains.engine) {
            for form in [engine.strict, engine.moderate] {
                match form {
                    StrictForm::Name(name) => {
                        assert_eq!(strict_search(&host(name), StrictLevel::Strict), None, "{name}");
                        assert!(matches!(standing(&host(name)), Standing::Kin), "{name}");
                    }
                    StrictForm::Addresses(addresses) => {
                        for address in addresses {
                            assert_eq!(strict_search(&Host::from(*address), StrictLevel::Strict), None);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn engines_answer_at_their_hosts_and_at_no_others() {
        for (text, expected) in [
            ("www.google.co.uk", Some("google")),
            ("google.com", Some("google")),
            ("images.google.de", Some("google")),
            ("mail.google.com", None),
            ("docs.google.com", None),
            ("accounts.google.com", None),
            ("www.google.com.thief.example", None),
            ("notgoogle.com", None),
            ("google.example", None),
            ("duckduckgo.com", Some("duckduckgo")),
            ("html.duckduckgo.com", None),
            ("duck.ai", None),
            ("search.brave.com", Some("brave")),
            ("brave.com", None),
            ("search.example", None),
            ("edgeservices.bing.com", Some("bing")),
            ("th.bing.com", None),
            ("youtubei.googleapis.com", Some("youtube")),
            ("fonts.googleapis.com", None),
            ("www.youtube-nocookie.com", Some("youtube")),
            ("xn--d1acpjx3f.xn--p1ai", Some("yandex")),
            ("яндекс.рф", Some("yandex")),
            ("WWW.Ecosia.ORG.", Some("ecosia")),
            ("pixabay.com", Some("pixabay")),
            ("192.0.2.1", None),
            ("google", None),
        ] {
            let found = strict_search(&host(text), StrictLevel::Strict).map(|strict| strict.engine);
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn only_films_know_two_modes() {
        let form = |text: &str, level| strict_search(&host(text), level).map(|strict| strict.form);
        assert_eq!(form("www.youtube.com", StrictLevel::Strict), Some(StrictForm::Name("restrict.youtube.com")));
        assert_eq!(
            form("www.youtube.com", StrictLevel::Moderate),
            Some(StrictForm::Name("restrictmoderate.youtube.com"))
        );
        assert_eq!(form("www.youtube.com", StrictLevel::Off), None);
        for text in forced_hosts().filter(|text| !text.contains("youtube")) {
            assert_eq!(form(&text, StrictLevel::Strict), form(&text, StrictLevel::Moderate), "{text}");
        }
    }

    #[test]
    fn other_doors_of_an_engine_are_loose_and_its_other_services_are_not() {
        for (text, expected) in [
            ("html.duckduckgo.com", Standing::Loose),
            ("www.ipv6.google.com", Standing::Loose),
            ("cn.bing.com", Standing::Loose),
            ("th.bing.com", Standing::Kin),
            ("classroom.google.com", Standing::Kin),
            ("www.google.fr", Standing::Forced { is_search: true }),
            ("m.youtube.com", Standing::Forced { is_search: false }),
            ("search.example", Standing::Stranger),
        ] {
            assert_eq!(standing(&host(text)), expected, "{text}");
        }
    }
}
