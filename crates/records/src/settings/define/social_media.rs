//! Social media (catalogue area S).

use crate::{
    access::Duty,
    calendar::Week,
    settings::definition::{Kind, Limit, Order, Owner, choice, define, said, silent},
};

define! {
    STAFF_SOCIAL_MEDIA: &'static str = "sm.staff_personal_use" of "sm.staff_personal_use",
    "Own social media of staff during the school day" {
        kind: Kind::Choice(&[
            choice("never", "not at all"),
            choice("breaks", "at break, in the staff room, on their own device"),
            choice("own-hours", "in the hours that the school writes down"),
        ]),
        order: Order::Listed,
        default: "never",
        said: &[
            said("S0", "nobody in school hours", "@187"),
            silent("S2"),
            said("S3", "allowed at break, in the staff room and on an own device only", "@646"),
        ],
        controls: &["S-04", "S-05", "D-16"],
        owner: Owner::Leadership,
    }

    STAFF_SOCIAL_MEDIA_HOURS: Week = "sm.staff_personal_use.hours" of "sm.staff_personal_use",
    "Hours in which staff may use their own social media, where the school writes its own hours" {
        kind: Kind::Hours,
        order: Order::Less,
        default: "",
        said: &[silent("S0"), silent("S2"), said("S3", "break times, without giving hours", "@646")],
        controls: &["S-05"],
        owner: Owner::Leadership,
        note: "Counts only while “Own social media of staff” says `own-hours`.",
    }

    PUPIL_SOCIAL_MEDIA: &'static str = "sm.pupil_use" of "sm.pupil_use",
    "Social media of pupils during the school day" {
        kind: Kind::Choice(&[
            choice("never", "not at all"),
            choice("taught", "only in a lesson that teaches about it, opened for that lesson"),
        ]),
        order: Order::Listed,
        default: "taught",
        said: &[
            said("S0", "nobody in school hours", "@187"),
            silent("S2"),
            said("S3", "not at all, save while it is being taught", "@678"),
        ],
        controls: &["S-04", "S-06"],
        owner: Owner::Safeguarding,
        note: "Even in such a lesson no baseline category is opened (house.md, invariant 4).",
    }

    STAFF_TO_PUPIL_MESSAGES: &'static str = "sm.official_dm.staff_pupil" of "sm.official_dm",
    "Private messages between staff and pupils" {
        kind: Kind::Choice(&[
            choice("off", "never, in any channel"),
            choice("official-app", "in the school's own app"),
        ]),
        order: Order::Listed,
        default: "off",
        limit: Some(Limit { value: "off", why: "Between staff and pupils private messages are always off (Part 4; S-48)." }),
        said: &[said("S0", "no private messages with pupils", "@240"), silent("S2"), said("S3", "allows them with parents only", "@728")],
        controls: &["S-48"],
        owner: Owner::Head,
        note: "Listed so that it can be seen; nobody can loosen it.",
    }

    STAFF_TO_PARENT_MESSAGES: &'static str = "sm.official_dm.staff_parent" of "sm.official_dm",
    "Private messages between staff and parents" {
        kind: Kind::Choice(&[
            choice("off", "never"),
            choice("official-app", "in the school's own communication app only"),
        ]),
        order: Order::Listed,
        default: "off",
        said: &[
            said("S0", "no private messages with parents on social media", "@240"),
            silent("S2"),
            said("S3", "messages to parents from teachers and leaders in the official app", "@728"),
        ],
        controls: &["S-48"],
        owner: Owner::Safeguarding,
        note: "Never on a public social network.",
    }

    OFFICIAL_CHANNEL_APPROVERS: Vec<Duty> = "sm.official_approver" of "sm.official_approver",
    "Who approves an official channel, in writing" {
        kind: Kind::Duties,
        order: Order::None,
        default: "head",
        said: &[
            said("S0", "senior leaders, in writing, after a risk assessment", "@196, @206"),
            silent("S2"),
            said("S3", "the head", "@700"),
        ],
        controls: &["S-10"],
        owner: Owner::Head,
    }

    PERSONAL_CONTACT_APPROVERS: Vec<Duty> = "sm.personal_contact_approver" of "sm.personal_contact_approver",
    "Who may approve contact by a personal account beforehand" {
        kind: Kind::Duties,
        order: Order::None,
        default: "head",
        said: &[said("S0", "the head", "@215"), silent("S2"), said("S3", "the designated safeguarding lead", "@672")],
        controls: &["S-32"],
        owner: Owner::Head,
        note: "An approval after the contact is not one; nobody approves their own (practice 12).",
    }

    RELATIONSHIP_HEARERS: Vec<Duty> = "sm.relationship_hearing" of "sm.relationship_hearing",
    "Who hears of existing relationships between staff and families" {
        kind: Kind::Duties,
        order: Order::None,
        default: "dsl, head",
        said: &[
            said("S0", "the designated safeguarding lead, the head, or both", "@212"),
            silent("S2"),
            said("S3", "the lead or a deputy; the decision is put on record", "@670"),
        ],
        controls: &["S-28", "S-29", "D-33"],
        owner: Owner::Safeguarding,
        note: "What was decided is always recorded; whom it is about does not hear it (practice 11).",
    }
}
