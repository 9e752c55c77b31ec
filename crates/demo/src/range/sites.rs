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
        host: "old-socket.example",
        title: "Old Echo Valley",
        purpose: "The same, but inside TLS it speaks HTTP/1.1 only.",
        colour: "#4a4f73",
        pages: &[page!("/", "Shout into the old valley", "socket")],
    },
    Site {
        host: "tides.example",
        title: "The Tide Gauge",
        purpose: "Tells of the tide as it comes (server-sent events).",
        colour: "#14606b",
        pages: &[page!("/", "How high is the water?", "tides")],
    },
    Site {
        host: "mirror.example",
        title: "The Looking Glass",
        purpose: "Shows what was asked of it, with every field, and so what a filter changed.",
        colour: "#4b4453",
        pages: &[],
    },
    Site {
        host: "quick.example",
        title: "The Express",
        purpose: "Offers to speak HTTP/3 (Alt-Svc), which would lead round a filter.",
        colour: "#8c2f39",
        pages: &[page!("/", "All aboard", "quick")],
    },
    Site {
        host: "upload.example",
        title: "The Weighing Room",
        purpose: "Takes uploads and counts their bytes.",
        colour: "#62437a",
        pages: &[
            page!("/", "What does it weigh?", "upload"),
            page!("/there-and-back", "There and back", "upload-there-and-back"),
        ],
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
    Site {
        host: "bank.example",
        title: "The Pebble Bank",
        purpose: "An invented bank, which the school leaves unopened.",
        colour: "#25474f",
        pages: &[page!("/", "Your pebbles", "bank")],
    },
    Site {
        host: "childrens-services.example",
        title: "Rivermouth Children's Services",
        purpose: "An invented partner of the school: open to everybody, never opened, and named in no technical output.",
        colour: "#1d5c4d",
        pages: &[page!("/", "Who we are", "childrens-services")],
    },
    Site {
        host: "expired-certificate.example",
        title: "Last Month's Calendar",
        purpose: "Inside TLS: a certificate that has ended.",
        colour: "#6e3b3b",
        pages: &[page!("/", "You should not see this inside TLS", "certificate")],
    },
    Site {
        host: "wrong-certificate.example",
        title: "The Mask Maker",
        purpose: "Inside TLS: a certificate for another name.",
        colour: "#6e3b55",
        pages: &[page!("/", "You should not see this inside TLS", "certificate")],
    },
    Site {
        host: "unknown-certificate.example",
        title: "A Stranger's Word",
        purpose: "Inside TLS: a certificate that nobody known has signed.",
        colour: "#5c3b6e",
        pages: &[page!("/", "You should not see this inside TLS", "certificate")],
    },
];

/// Real names that the looking glass stands in for, because what is sent to them under a strict policy can be seen only
/// there. On this computer alone, and the page says so.
pub const STAND_INS: [&str; 3] = ["www.youtube.com", "login.microsoftonline.com", "login.live.com"];

/// The site with this host name, or the one that stands in for it.
pub(super) fn find(host: &str) -> Option<&'static Site> {
    let host = if STAND_INS.contains(&host) { "mirror.example" } else { host };
    SITES.iter().find(|site| site.host == host)
}
