//! Filtering, monitoring, supervision and system security (catalogue areas F, M, Q).

use crate::{
    access::Duty,
    settings::{
        Rhythm,
        definition::{Kind, Limit, Order, Owner, choice, define, said, silent},
    },
};

define! {
    GAMING_IN_LESSONS: &'static str = "filter.gaming_in_lessons" of "filter.gaming_in_lessons",
    "Games" {
        kind: Kind::Choice(&[
            choice("blocked", "blocked for everyone, always"),
            choice("lesson-exemption", "blocked; a lesson may open them for its own devices"),
        ]),
        order: Order::Listed,
        default: "lesson-exemption",
        said: &[
            silent("S0"),
            said("S2", "the category is blocked", "@252"),
            said("S3", "the category is blocked, though consoles stand in the list of class technology", "@412, @379"),
        ],
        controls: &["F-04", "D-13"],
        owner: Owner::Safeguarding,
        note: "The only baseline category that a lesson can open (house.md, invariant 4).",
    }

    SUPERVISION_BANDING: &'static str = "supervision.banding" of "supervision.banding",
    "What decides how closely pupils are supervised online" {
        kind: Kind::Choice(&[
            choice("need", "each pupil's need"),
            choice("key-stage", "the key stage"),
        ]),
        order: Order::None,
        default: "need",
        said: &[
            silent("S0"),
            said("S2", "key stage", "@233-235"),
            said("S3", "each pupil's need, in two categories; all use is supervised", "@387-390"),
        ],
        controls: &["F-13", "F-14", "F-15"],
        owner: Owner::Safeguarding,
        note: "Pupils and technicians see a neutral code, never the need behind it (practice 13).",
    }

    BREACH_RECIPIENTS: Vec<Duty> = "breach.recipients" of "breach.recipients",
    "Who hears at once of an unsuitable site that got through" {
        kind: Kind::Duties,
        order: Order::More,
        default: "dsl, deputy-dsl",
        said: &[
            said("S0", "the safeguarding lead", "@356"),
            said("S2", "the lead, the head, or both", "@257"),
            said("S3", "the lead, a deputy, technical staff, or several of them", "@416, @423"),
        ],
        controls: &["F-30", "F-31"],
        owner: Owner::Safeguarding,
        note: "Whom it is about is taken out first (practice 11); technicians get instructions without reasons.",
    }

    BREACH_PARENTS: &'static str = "breach.parent_notice" of "breach.parent_notice",
    "What is suggested about the parents after a breach of the filter" {
        kind: Kind::Choice(&[
            choice("suggest-telling", "the form suggests telling them"),
            choice("ask-only", "the form asks without suggesting"),
        ]),
        order: Order::None,
        default: "suggest-telling",
        said: &[
            said("S0", "as required", "@376"),
            said("S2", "always, for one's own child", "@259"),
            said("S3", "always", "@425"),
        ],
        controls: &["F-32", "C-24"],
        owner: Owner::Safeguarding,
        note: "Practice 4 decides: for each parent somebody decides to tell, to wait or not to tell; nothing is sent by \
               itself, so “always” is not offered.",
    }

    FILTER_SHARED_OWNER: &'static str = "filter.shared_owner" of "filter.shared_owner",
    "Who shares the duty for the filter with technical staff" {
        kind: Kind::Choice(&[
            choice("safeguarding-lead", "the designated safeguarding lead"),
            choice("leadership", "senior leadership"),
        ]),
        order: Order::None,
        default: "safeguarding-lead",
        said: &[
            said("S0", "technical staff and the safeguarding lead", "@99"),
            said("S2", "technical staff and the safeguarding lead", "@138"),
            said("S3", "technical staff and the leadership", "@269"),
        ],
        controls: &["F-23"],
        owner: Owner::Head,
    }

    MONITORING_METHOD: &'static str = "monitoring.method" of "monitoring.method",
    "How use is monitored, beside the log that is always kept" {
        kind: Kind::Choice(&[
            choice("supervision-and-reports", "adults in the room, and reports"),
            choice("supervision", "mainly adults in the room"),
            choice("reports", "reports only"),
        ]),
        order: Order::Listed,
        default: "supervision-and-reports",
        said: &[
            said("S0", "everything on school devices is logged", "@349"),
            said("S2", "supervision and monitoring of the web", "@264"),
            said("S3", "mainly supervision, with daily reports", "@430"),
        ],
        controls: &["M-01", "M-02", "M-04"],
        owner: Owner::Safeguarding,
        note: "No names in monitoring until the impact assessment is dated and people have been told (practice 23).",
    }

    ACTIVITY_REPORTS: Rhythm = "monitoring.cadence.activity" of "monitoring.cadence",
    "Report of internet use and of searches that worry" {
        kind: Kind::Rhythm,
        order: Order::Listed,
        default: "daily",
        said: &[said("S0", "regularly", ""), said("S2", "regularly", "@264"), said("S3", "daily", "@430")],
        controls: &["M-05", "M-06", "M-07"],
        owner: Owner::Safeguarding,
    }

    WEB_REPORTS: Rhythm = "monitoring.cadence.web" of "monitoring.cadence",
    "Report of web activity" {
        kind: Kind::Rhythm,
        order: Order::Listed,
        default: "weekly",
        said: &[said("S0", "regularly", ""), said("S2", "regularly", "@264"), said("S3", "weekly", "@383")],
        controls: &["M-08"],
        owner: Owner::Safeguarding,
    }

    SAFEGUARDING_MEETINGS: Rhythm = "monitoring.cadence.meeting" of "monitoring.cadence",
    "Online safety at the safeguarding meeting" {
        kind: Kind::Rhythm,
        order: Order::Listed,
        default: "weekly",
        said: &[silent("S0"), silent("S2"), said("S3", "weekly", "@244")],
        controls: &["M-20"],
        owner: Owner::Safeguarding,
    }

    REMOTE_METHOD: &'static str = "remote.method" of "remote.method",
    "How staff reach the school's systems from outside" {
        kind: Kind::Choice(&[
            choice("named-vpn", "one named service, set up by the checklist"),
            choice("secure-access", "a secure remote-access service"),
        ]),
        order: Order::Listed,
        default: "named-vpn",
        said: &[
            said("S0", "secure remote access", "@339"),
            said("S2", "secure remote access", "@276"),
            said("S3", "a named service and the steps to set it up", "@603-610"),
        ],
        controls: &["R-01", "R-03", "R-04", "R-05", "R-06", "Q-03"],
        owner: Owner::OnlineSafety,
    }

    UNBLOCK_SCHOOL_DAYS: u32 = "unblock_target" of "unblock_target",
    "A request to open a site is decided within" {
        kind: Kind::Whole { unit: "school days; 0 is the same school day", from: 0, to: 10 },
        order: Order::Less,
        default: "1",
        said: &[said("S0, S2, S3", "avoid blocking more than needed; no time given", "S0 @45, S2 @247, S3 @402")],
        controls: &["F-03"],
        owner: Owner::OnlineSafety,
    }

    URGENT_UNBLOCK_MINUTES: u32 = "unblock_target.urgent" of "unblock_target",
    "An urgent request to open a site for a lesson is decided within" {
        kind: Kind::Whole { unit: "minutes; our word for “the same lesson”", from: 5, to: 120 },
        order: Order::Less,
        default: "30",
        said: &[said("S0, S2, S3", "no time given", "S0 @45, S2 @247, S3 @402")],
        controls: &["F-03"],
        owner: Owner::OnlineSafety,
    }

    STATUTORY_LIST_HOURS: u32 = "iwf_max_age" of "iwf_max_age",
    "The illegal-content lists are never older than" {
        kind: Kind::Whole { unit: "hours", from: 1, to: 72 },
        order: Order::Less,
        default: "24",
        limit: Some(Limit { value: "72", why: "An older list cannot be shown as proof (practice 26; F-05)." }),
        said: &[said("S0, S2, S3", "every address on the list; no age given", "S0 @357, S2 @253, S3 @417")],
        controls: &["F-05", "F-06"],
        owner: Owner::OnlineSafety,
        note: "Until a provider proves these lists, a red banner says so whatever stands here (practice 26).",
    }

    FILTER_CHECKS: Rhythm = "filter_check_interval" of "filter_check_interval",
    "The filter is checked by itself" {
        kind: Kind::Rhythm,
        order: Order::Listed,
        default: "hourly",
        said: &[said("S2, S3", "regular checks; no number", "S2 @249, S3 @405, @420")],
        controls: &["F-21"],
        owner: Owner::OnlineSafety,
    }

    SIGNED_FILTER_CHECKS: Rhythm = "filter_check_interval.signed" of "filter_check_interval",
    "A leader looks at the checks of the filter and signs" {
        kind: Kind::Rhythm,
        order: Order::Listed,
        default: "half-termly",
        said: &[said("S2, S3", "regular checks; no number", "S2 @249, S3 @405, @420")],
        controls: &["F-21"],
        owner: Owner::OnlineSafety,
    }

    PROVIDER_REVIEWS: Rhythm = "provider_review_interval" of "provider_review_interval",
    "Review with the provider of broadband or filter" {
        kind: Kind::Rhythm,
        order: Order::Listed,
        default: "termly",
        said: &[said("S2, S3", "under continual review; no number", "S2 @254, S3 @415")],
        controls: &["F-22"],
        owner: Owner::OnlineSafety,
    }

    STATUS_HOURS: u32 = "status_max_age" of "status_max_age",
    "What a part of the system says of itself is never older than" {
        kind: Kind::Whole { unit: "hours", from: 1, to: 168 },
        order: Order::Less,
        default: "24",
        said: &[said("S2, S3", "actively monitored; no number", "S2 @448, S3 @924")],
        controls: &["F-07", "M-19"],
        owner: Owner::OnlineSafety,
    }

    HEARTBEAT_DAYS: u32 = "heartbeat_days" of "heartbeat_days",
    "A school device in use is heard from at least every" {
        kind: Kind::Whole { unit: "days of term", from: 1, to: 30 },
        order: Order::Less,
        default: "7",
        said: &[said("S2, S3", "all devices that the school owns; no number", "S2 @264, S3 @430")],
        controls: &["M-01"],
        owner: Owner::OnlineSafety,
    }

    VIRUS_DAYS: u32 = "av_max_age" of "av_max_age",
    "Virus signatures are never older than" {
        kind: Kind::Whole { unit: "days", from: 1, to: 14 },
        order: Order::Less,
        default: "3",
        said: &[said("S0, S2, S3", "updated regularly; no number", "S0 @106, @339, S2 @143, @275, S3 @442")],
        controls: &["Q-01"],
        owner: Owner::OnlineSafety,
    }

    PATCH_DAYS: u32 = "patch_max_age" of "patch_max_age",
    "Updates of systems are never later than" {
        kind: Kind::Whole { unit: "days", from: 1, to: 30 },
        order: Order::Less,
        default: "14",
        said: &[said("S0, S2", "maintained; no number", "S0 @106, S2 @143")],
        controls: &["Q-02"],
        owner: Owner::OnlineSafety,
    }
}
