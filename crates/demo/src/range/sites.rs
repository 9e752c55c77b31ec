//! The sites of the practice range: who they pretend to be and what they are for.

/// One fictional site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Site {
    /// Its host name, under a name that no real site can have (RFC 6761).
    pub host: &'static str,
    /// The name on its pages.
    pub title: &'static str,
    /// What somebody trying Holdfast can see with it, one sentence.
    pub purpose: &'static str,
    /// The colour of its header, dark enough for white text.
    pub(super) colour: &'static str,
    pub(super) pages: &'static [Page],
}

/// One fixed page of a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) path: &'static str,
    pub(super) title: &'static str,
    /// Trusted HTML, written by us.
    pub(super) body: &'static str,
}

macro_rules! page {
    ($path:literal, $title:literal, $file:literal) => {
        Page { path: $path, title: $title, body: include_str!(concat!("content/", $file, ".html")) }
    };
}

/// Every site of the range.
pub static SITES: &[Site] = &[
    Site {
        host: "rivers.lesson.example",
        title: "Rivers for Year 3",
        purpose: "A lesson site, open to every band.",
        colour: "#1f5673",
        pages: &[
            page!("/", "How a river begins", "rivers"),
            page!("/middle", "The middle of the river", "rivers-middle"),
            page!("/delta", "Where the river meets the sea", "rivers-delta"),
        ],
    },
    Site {
        host: "volcanoes.lesson.example",
        title: "Volcano Workshop",
        purpose: "A second lesson site, with a drawing.",
        colour: "#8a3324",
        pages: &[page!("/", "Inside a volcano", "volcanoes"), page!("/after", "After the eruption", "volcanoes-after")],
    },
    Site {
        host: "casino.example",
        title: "Otter's Lucky Lagoon",
        purpose: "Invented gambling, for the category gambling.",
        colour: "#5b2a86",
        pages: &[page!("/", "Welcome to the lagoon", "casino")],
    },
    Site {
        host: "arcade.example",
        title: "Pebble Arcade",
        purpose: "Invented games, the one baseline category that can be relaxed.",
        colour: "#7a4419",
        pages: &[page!("/", "Today's games", "arcade"), page!("/noughts", "Noughts and crosses", "arcade-noughts")],
    },
    Site {
        host: "hide-me.example",
        title: "Hide Me",
        purpose: "Pretends to be a web proxy, for the category filter bypass.",
        colour: "#3d3d3d",
        pages: &[page!("/", "Go anywhere", "hide-me")],
    },
    Site {
        host: "helpline.example",
        title: "The Lantern Line",
        purpose: "An always-open help line: open to everybody, in every lesson and every failure.",
        colour: "#0b5d3b",
        pages: &[
            page!("/", "You can talk to us", "helpline"),
            page!("/worries", "Things people tell us", "helpline-worries"),
        ],
    },
    Site {
        host: "social.example",
        title: "Chirrup",
        purpose: "Invented social media.",
        colour: "#1d4f91",
        pages: &[page!("/", "What your friends are up to", "social")],
    },
    Site {
        host: "video.example",
        title: "Moving Pictures",
        purpose: "Invented video, for the service “video”.",
        colour: "#7b1e3a",
        pages: &[page!("/", "Watch something", "video")],
    },
    Site {
        host: "search.example",
        title: "Seeker",
        purpose: "A search engine with a strict mode (strict=1).",
        colour: "#35506b",
        pages: &[],
    },
    Site {
        host: "otherfind.example",
        title: "Otherfind",
        purpose: "Another search engine, without a strict mode.",
        colour: "#5a4a1f",
        pages: &[],
    },
    Site {
        host: "files.example",
        title: "The File Shed",
        purpose: "Sends big files, of a known or an unknown length.",
        colour: "#2f5d50",
        pages: &[page!("/", "Files to fetch", "files")],
    },
    Site {
        host: "socket.example",
        title: "Echo Valley",
        purpose: "A page that talks through a WebSocket.",
        colour: "#3b4a8f",
        pages: &[page!("/", "Shout into the valley", "socket")],
    },
    Site {
        host: "upload.example",
        title: "The Weighing Room",
        purpose: "Takes uploads and counts their bytes.",
        colour: "#62437a",
        pages: &[page!("/", "What does it weigh?", "upload")],
    },
    Site {
        host: "slow.example",
        title: "Snail Post",
        purpose: "Answers late, or drop by drop.",
        colour: "#6b5b2a",
        pages: &[page!("/", "We get there in the end", "slow")],
    },
    Site {
        host: "shop.example",
        title: "The Corner Basket",
        purpose: "An invented shop.",
        colour: "#8a4b08",
        pages: &[page!("/", "In the basket today", "shop")],
    },
    Site {
        host: "news.example",
        title: "The Harbour Gazette",
        purpose: "An invented newspaper.",
        colour: "#2b2b2b",
        pages: &[page!("/", "This morning", "news")],
    },
];

/// The site with this host name.
pub(super) fn find(host: &str) -> Option<&'static Site> {
    SITES.iter().find(|site| site.host == host)
}
