//! The words of what is answered beside a concern.

use crate::{file::Severity, store::words};

words! {
    /// Whether it happened online (C-45: abuse often runs online and face to face at once).
    Mode {
        /// Online only.
        Online = "online", "online";
        /// Not online.
        FaceToFace = "face-to-face", "face to face";
        /// Both at once.
        Both = "both", "both online and face to face";
        /// Nobody knows.
        NotKnown = "not-known", "not known";
    }
}

words! {
    /// What kind of risk it is (KCSIE 2026, paragraph 165; C-44).
    Risk {
        /// What was seen.
        Content = "content", "content: what they saw, read or heard";
        /// Who they met.
        Contact = "contact", "contact: who was in touch with them";
        /// What they did.
        Conduct = "conduct", "conduct: how they or others behaved";
        /// What it cost.
        Commerce = "commerce", "commerce: gambling, scams, money";
    }
}

words! {
    /// Where it happened (C-43: also off site and out of hours).
    Place {
        /// At school.
        School = "school", "at school";
        /// At home.
        Home = "home", "at home";
        /// Between the two.
        Way = "way", "on the way to or from school";
        /// Somewhere else.
        Elsewhere = "elsewhere", "somewhere else";
        /// Nobody knows.
        NotKnown = "not-known", "not known";
    }
}

words! {
    /// Whether there is a picture or video (practice 3: asked before any description). What it shows is not asked.
    Picture {
        /// There is.
        Yes = "yes", "yes";
        /// There is none.
        No = "no", "no";
        /// Somebody thinks so.
        NotSure = "not-sure", "not sure";
    }
}

words! {
    /// How urgent whoever raises it finds it: the first severity (practice 7).
    Urgency {
        /// Level 5.
        Danger = "danger", "somebody is in danger now";
        /// Level 4.
        Harm = "harm", "somebody was badly harmed, or is likely to be";
        /// Level 3.
        Today = "today", "it needs a decision today";
        /// Level 2.
        Week = "week", "it needs a look this week";
        /// Level 1.
        Keep = "keep", "it is worth keeping";
    }
}

impl Urgency {
    /// The severity it begins with (practice 7).
    pub fn severity(self) -> Option<Severity> {
        Severity::new(match self {
            Self::Danger => 5,
            Self::Harm => 4,
            Self::Today => 3,
            Self::Week => 2,
            Self::Keep => 1,
        })
    }

    /// Whether somebody is to be told in person as well (C-03).
    pub fn is_told_in_person(self) -> bool {
        matches!(self, Self::Danger | Self::Harm)
    }
}
