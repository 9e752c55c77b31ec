//! The two search engines of the range. Their results are invented and lead to other sites of the range.

use super::sites::Site;

/// One result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) host: &'static str,
    pub(super) title: &'static str,
    pub(super) text: &'static str,
    /// Whether strict mode leaves it out.
    is_for_grown_ups: bool,
}

static EVERYTHING: &[Found] = &[
    Found {
        host: "rivers.lesson.example",
        title: "How a river begins",
        text: "From spring to delta, for Year 3.",
        is_for_grown_ups: false,
    },
    Found {
        host: "casino.example",
        title: "Otter's Lucky Lagoon",
        text: "Spin the shells, bet your driftwood.",
        is_for_grown_ups: true,
    },
    Found {
        host: "volcanoes.lesson.example",
        title: "Inside a volcano",
        text: "Magma, lava and ash, with a drawing.",
        is_for_grown_ups: false,
    },
    Found {
        host: "hide-me.example",
        title: "Go anywhere",
        text: "A way round every fence, or so it says.",
        is_for_grown_ups: true,
    },
    Found {
        host: "news.example",
        title: "The Harbour Gazette",
        text: "Lighthouse gets a new coat of paint.",
        is_for_grown_ups: false,
    },
    Found { host: "helpline.example", title: "The Lantern Line", text: "You can talk to us.", is_for_grown_ups: false },
    Found {
        host: "arcade.example",
        title: "Pebble Arcade",
        text: "Games to play with friends.",
        is_for_grown_ups: true,
    },
    Found {
        host: "shop.example",
        title: "The Corner Basket",
        text: "Wellingtons, kites and bread.",
        is_for_grown_ups: false,
    },
];

/// What one request to a search engine asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Search {
    /// The words looked for; `None` on the start page.
    pub(super) words: Option<String>,
    /// Whether strict mode is on; `None` for an engine that has none.
    pub(super) strict: Option<bool>,
}

/// The name of the parameter that carries the words; `None` for a site that is no search engine.
pub(super) fn parameter(site: &Site) -> Option<&'static str> {
    match site.host {
        "search.example" => Some("q"),
        "otherfind.example" => Some("query"),
        _ => None,
    }
}

impl Search {
    /// Reads the query's pairs. Of a parameter given twice the last counts, as with many a real engine.
    pub(super) fn read(site: &Site, parameter: &str, pairs: &[(String, String)]) -> Self {
        let last = |name: &str| pairs.iter().rfind(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let words = last(parameter).map(str::trim).filter(|words| !words.is_empty()).map(str::to_owned);
        let strict = (site.host == "search.example").then(|| last("strict") == Some("1"));
        Self { words, strict }
    }

    /// The results: the same ones for every search, in an order that depends on the words.
    pub(super) fn results(&self) -> Vec<Found> {
        let Some(words) = &self.words else { return Vec::new() };
        let words = words.to_lowercase();
        let is_strict = self.strict == Some(true);
        let mut found: Vec<_> =
            EVERYTHING.iter().copied().filter(|found| !(is_strict && found.is_for_grown_ups)).collect();
        let hits = |found: &Found| {
            let text = format!("{} {} {}", found.host, found.title, found.text).to_lowercase();
            words.split_whitespace().filter(|word| text.contains(word)).count()
        };
        found.sort_by_key(|found| std::cmp::Reverse(hits(found)));
        found
    }
}
