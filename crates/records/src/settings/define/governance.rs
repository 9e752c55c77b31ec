//! Governance, training, guidance (catalogue areas G and T).

use crate::settings::{
    Rhythm,
    definition::{Kind, Order, Owner, choice, define, said, silent},
};

define! {
    RISK_CLASSES: &'static str = "risk.taxonomy" of "risk.taxonomy",
    "Classes of risk" {
        kind: Kind::Choice(&[
            choice("four", "content, contact, conduct and commerce"),
            choice("three", "content, contact and conduct"),
        ]),
        order: Order::Listed,
        default: "four",
        said: &[said("S0", "none", ""), said("S2", "three", "@54-58"), said("S3", "four", "@154-158")],
        controls: &["C-44"],
        owner: Owner::Safeguarding,
        note: "With three, commerce is kept under conduct, so that nothing is lost when it changes.",
    }

    TRAINING_TOPICS: &'static str = "training.topics" of "training.topics",
    "Classes of risk that training covers" {
        kind: Kind::Choice(&[
            choice("as-the-risk-classes", "the same as the classes of risk"),
            choice("three", "content, contact and conduct"),
        ]),
        order: Order::Listed,
        default: "as-the-risk-classes",
        said: &[
            said("S0", "not listed", ""),
            said("S2", "three", "@189"),
            said("S3", "three, though its policy names four", "@341, @154"),
        ],
        controls: &["T-02", "T-04", "C-44"],
        owner: Owner::Safeguarding,
        note: "Where training covers fewer than the policy names, that is shown as a gap.",
    }

    LEAD_GOVERNOR_MEETINGS: u32 = "governance.meetings_per_year" of "governance.meetings_per_year",
    "Meetings of the safeguarding lead with the lead governor" {
        kind: Kind::Whole { unit: "a year", from: 1, to: 12 },
        order: Order::More,
        default: "3",
        said: &[said("S0", "regularly", "@72"), said("S2", "regular reports", "@86"), said("S3", "three", "@249")],
        controls: &["G-11", "G-13"],
        owner: Owner::Leadership,
    }

    GROUP_MEETINGS: u32 = "governance.meetings_per_year.group" of "governance.meetings_per_year",
    "Meetings of the online-safety group" {
        kind: Kind::Whole { unit: "a year", from: 1, to: 12 },
        order: Order::More,
        default: "3",
        said: &[silent("S0"), silent("S2"), said("S3", "three", "@249")],
        controls: &["G-12"],
        owner: Owner::Leadership,
    }

    TRUST_TIER: bool = "governance.trust_tier" of "governance.trust_tier",
    "Reports go on to a trust or board of trustees" {
        kind: Kind::Switch,
        order: Order::None,
        default: "no",
        said: &[
            said("S0", "names a board of trustees", "@12"),
            said("S2", "a lead trustee, reports rolled up", "@35, @86"),
            said("S3", "one school", ""),
        ],
        controls: &["G-08", "G-13"],
        owner: Owner::Head,
        note: "Small numbers are suppressed in whatever goes up (practice 14).",
    }

    LEAD_SPLIT: &'static str = "role.lead_split" of "role.lead_split",
    "Who leads on online safety" {
        kind: Kind::Choice(&[
            choice("own-lead", "somebody beside the designated safeguarding lead"),
            choice("dsl", "the designated safeguarding lead"),
            choice("deputy-dsl", "a deputy safeguarding lead"),
            choice("head", "the head"),
        ]),
        order: Order::None,
        default: "dsl",
        said: &[
            said("S0", "a lead beside the safeguarding lead", "@43, @57"),
            said("S2", "the safeguarding lead, one a school", "@88"),
            said("S3", "the head, who is safeguarding lead too; elsewhere a deputy", "@149, @506, @340, @416, @430, @481"),
        ],
        controls: &["G-09", "G-10", "T-03"],
        owner: Owner::Head,
        note: "One named holder for each duty, asked for at set-up; ladders count at least three distinct people and pass \
               over whom it is about (practice 12).",
    }

    GUIDANCE_EDITIONS: Vec<String> = "guidance.editions" of "guidance.editions",
    "Editions of statutory guidance that the policy rests on" {
        kind: Kind::Names { what: "editions", at_least: 0 },
        order: Order::None,
        default: "",
        said: &[
            said("S0", "data-protection law of 1998 and older advice", "@199, @392"),
            said("S2", "editions of 2018", "@379, @400"),
            said("S3", "2022 in one place, 2021 in another", "@145, @844"),
        ],
        controls: &["G-06", "P-16"],
        owner: Owner::Safeguarding,
        note: "Empty until the school names them; an edition that is no longer in force is shown as a gap.",
    }

    PARTNERSHIP_NAMES: Vec<String> = "partnership.name" of "partnership.name",
    "Names of the local safeguarding partnership, the one of today first" {
        kind: Kind::Names { what: "names", at_least: 0 },
        order: Order::None,
        default: "",
        said: &[
            said("S0", "a board", "@365"),
            said("S2", "a board", "@365"),
            said("S3", "the new name and the old one", "@145, @907"),
        ],
        controls: &["C-23", "G-06"],
        owner: Owner::Safeguarding,
    }

    REMINDERS: Rhythm = "reminder_interval" of "reminder_interval",
    "Staff are reminded that use is monitored" {
        kind: Kind::Rhythm,
        order: Order::Listed,
        default: "half-termly",
        said: &[said("S2, S3", "staff are reminded; no number", "S2 @191, S3 @343")],
        controls: &["M-15"],
        owner: Owner::Safeguarding,
    }

    CHANNELS_A_TERM: u32 = "min_channels" of "min_channels",
    "Ways in which families hear about online safety" {
        kind: Kind::Whole { unit: "ways a term, at least", from: 1, to: 12 },
        order: Order::More,
        default: "3",
        said: &[said("S0, S2, S3", "a variety; no number", "S0 @64, S2 @111, @198-200, S3 @243, @350-351, @354")],
        controls: &["T-40"],
        owner: Owner::Safeguarding,
    }
}
