//! Pictures, video calls and recordings of lessons (catalogue areas K and V).

use crate::settings::definition::{Kind, Order, Owner, choice, define, said, silent};
use std::collections::BTreeSet;

define! {
    PHOTO_CONSENT: &'static str = "photo.consent_basis" of "photo.consent_basis",
    "What a picture of a pupil rests on" {
        kind: Kind::Choice(&[
            choice("written-always", "written consent, always"),
            choice("written-unless-public-duty", "written consent, save for systems that do the school's public duty"),
            choice("trust-procedure", "the trust's procedure"),
        ]),
        order: Order::Listed,
        default: "written-always",
        said: &[
            said("S0", "always written", "@151"),
            said("S2", "the trust's procedure", "@303"),
            said("S3", "written, save for systems that do the public duty", "@475, @488"),
        ],
        controls: &["K-02", "K-03", "K-05", "K-06"],
        owner: Owner::DataProtection,
        note: "Parents who disagree mean no; able pupils consent for themselves (practice 4).",
    }

    GROUP_PHOTOS: &'static str = "photo.group_sharing" of "photo.group_sharing",
    "Pictures of several pupils sent to parents" {
        kind: Kind::Choice(&[
            choice("none", "none"),
            choice("all-consented", "where everybody in the picture has consented to just that"),
        ]),
        order: Order::Listed,
        default: "none",
        said: &[silent("S0"), silent("S2"), said("S3", "none; one pupil a picture", "@480, @487")],
        controls: &["K-11", "S-50"],
        owner: Owner::DataProtection,
    }

    WHOLE_SCHOOL_PHOTOS: &'static str = "photo.publish_whole_school" of "photo.publish_whole_school",
    "A pupil's picture in a story for the whole school" {
        kind: Kind::Choice(&[
            choice("none", "none"),
            choice("specific-consent", "by leaders, with consent to just that"),
        ]),
        order: Order::Listed,
        default: "none",
        said: &[
            silent("S0"),
            silent("S2"),
            said("S3", "none; elsewhere leaders may with specific consent", "@480, @725"),
        ],
        controls: &["S-15", "S-50", "K-11"],
        owner: Owner::DataProtection,
    }

    IMAGES_AFTER_LEAVING: u32 = "image.retention" of "image.retention",
    "After a pupil leaves their pictures are deleted within" {
        kind: Kind::Whole { unit: "months", from: 0, to: 24 },
        order: Order::Less,
        default: "12",
        said: &[silent("S0"), silent("S2"), said("S3", "a year after leaving", "@495")],
        controls: &["K-16", "K-23"],
        owner: Owner::DataProtection,
        note: "Holds stop it (practice 24).",
    }

    IMAGES_ON_REQUEST: u32 = "image.retention.request" of "image.retention",
    "When a parent asks for it a picture is deleted within" {
        kind: Kind::Whole { unit: "school days", from: 0, to: 20 },
        order: Order::Less,
        default: "5",
        said: &[silent("S0"), silent("S2"), said("S3", "on request; in one sentence with the year after leaving", "@495")],
        controls: &["K-15"],
        owner: Owner::DataProtection,
        note: "A clock of its own: the source joins two duties. Holds stop it (practice 24).",
    }

    VIDEO_CALLS: bool = "vc.enabled" of "vc.enabled",
    "Video calls with pupils" {
        kind: Kind::Switch,
        order: Order::No,
        default: "no",
        said: &[
            silent("S0"),
            said("S2", "in remote learning", "@330"),
            said("S3", "said not to be used, then two tools are allowed", "@524, @534-535"),
        ],
        controls: &["V-01", "D-12", "V-32"],
        owner: Owner::Safeguarding,
    }

    VIDEO_TOOLS: Vec<String> = "vc.tools" of "vc.tools",
    "Tools for video calls that were checked and approved" {
        kind: Kind::Names { what: "tools", at_least: 0 },
        order: Order::Less,
        default: "",
        said: &[silent("S0"), said("S2", "one tool", "@330"), said("S3", "two tools", "@534-535")],
        controls: &["V-09", "V-10", "L-05", "D-44"],
        owner: Owner::OnlineSafety,
    }

    VIDEO_STAFF: u32 = "vc.presence.staff" of "vc.presence",
    "Staff in a video call, one of them a teacher" {
        kind: Kind::Whole { unit: "adults of the school, the whole time", from: 1, to: 5 },
        order: Order::More,
        default: "2",
        said: &[silent("S0"), said("S2", "supervised as age asks", "@336"), said("S3", "two, one a teacher", "@538")],
        controls: &["V-13", "V-26"],
        owner: Owner::Safeguarding,
    }

    VIDEO_PUPILS: u32 = "vc.presence.pupils" of "vc.presence",
    "Pupils in a video call" {
        kind: Kind::Whole { unit: "pupils at least", from: 1, to: 5 },
        order: Order::More,
        default: "2",
        said: &[silent("S0"), silent("S2"), said("S3", "two; never one alone", "@538")],
        controls: &["V-14"],
        owner: Owner::Safeguarding,
    }

    VIDEO_PARENT: bool = "vc.presence.parent" of "vc.presence",
    "A parent stays for the whole of a call to the home" {
        kind: Kind::Switch,
        order: Order::Yes,
        default: "yes",
        said: &[silent("S0"), said("S2", "parents are responsible at home", "@330"), said("S3", "present throughout", "@537")],
        controls: &["V-12", "V-31"],
        owner: Owner::Safeguarding,
    }

    VIDEO_RECORDING: &'static str = "vc.recording" of "vc.recording",
    "Recording a video call" {
        kind: Kind::Choice(&[
            choice("never", "never"),
            choice("all-consent", "when leaders allow it and everybody taking part has agreed in writing"),
            choice("with-notice", "when everybody has been told"),
        ]),
        order: Order::Listed,
        default: "never",
        said: &[
            silent("S0"),
            said("S2", "allowed when announced", "@339"),
            said("S3", "not allowed, unless leaders and everybody agree", "@541, @542, @564"),
        ],
        controls: &["V-17", "V-18"],
        owner: Owner::Safeguarding,
    }

    VIDEO_REVIEW_DAYS: u32 = "vc_review_days" of "vc_review_days",
    "A video call is reviewed within" {
        kind: Kind::Whole { unit: "school days", from: 1, to: 20 },
        order: Order::Less,
        default: "5",
        said: &[said("S3", "reviewed; no number", "@543")],
        controls: &["V-19"],
        owner: Owner::OnlineSafety,
    }

    VIDEO_SAMPLE: u32 = "vc_sample_rate" of "vc_sample_rate",
    "Leaders look into one video call in" {
        kind: Kind::Whole { unit: "calls", from: 1, to: 50 },
        order: Order::Less,
        default: "10",
        said: &[said("S3", "a selection; no number", "@548")],
        controls: &["V-24"],
        owner: Owner::OnlineSafety,
    }

    VIDEO_SAMPLE_MONTHLY: u32 = "vc_sample_rate.monthly" of "vc_sample_rate",
    "Video calls that leaders look into each month, at least" {
        kind: Kind::Whole { unit: "calls a month", from: 0, to: 20 },
        order: Order::More,
        default: "1",
        said: &[said("S3", "a selection; no number", "@548")],
        controls: &["V-24"],
        owner: Owner::OnlineSafety,
    }

    LESSON_RECORDING_PURPOSES: BTreeSet<&'static str> = "lesson_recording.purpose" of "lesson_recording.purpose",
    "What a recorded lesson may be used for" {
        kind: Kind::Several {
            from: &[choice("staff-development", "staff development"), choice("monitoring", "monitoring of teaching")],
            at_least: 1,
        },
        order: Order::Less,
        default: "staff-development",
        said: &[
            silent("S0"),
            said("S2", "monitoring and staff development", "@332"),
            said("S3", "staff development only", "@616, @619"),
        ],
        controls: &["V-34"],
        owner: Owner::DataProtection,
    }

    LESSON_RECORDING_OWNER: &'static str = "lesson_recording.owner" of "lesson_recording.owner",
    "Whose a recorded lesson is, and on what basis" {
        kind: Kind::Choice(&[
            choice("recorder", "whoever recorded it"),
            choice("school-public-duty", "the school's, as part of its public duty, for professional use"),
        ]),
        order: Order::None,
        default: "school-public-duty",
        said: &[
            silent("S0"),
            said("S2", "whoever recorded it", "@332"),
            said("S3", "public duty, professional use", "@616-620"),
        ],
        controls: &["V-35", "V-36", "V-37"],
        owner: Owner::DataProtection,
    }
}
