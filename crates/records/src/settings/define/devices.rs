//! Devices, search and confiscation (catalogue area D).

use crate::{
    access::Duty,
    settings::definition::{Kind, Limit, Order, Owner, choice, define, said, silent},
};

define! {
    STAFF_PHOTOS_OF_PUPILS: &'static str = "devices.staff_photo_personal.pupil" of "devices.staff_photo_personal",
    "Pictures of pupils on a personal device of staff" {
        kind: Kind::Choice(&[choice("never", "never"), choice("with-permission", "with permission")]),
        order: Order::Listed,
        default: "never",
        limit: Some(Limit { value: "never", why: "Pupils are never photographed on a personal device (Part 4; D-34)." }),
        said: &[
            said("S0", "never of children", "@302"),
            said("S2", "personal devices are kept out of apps that hold pupils' progress", "@346"),
            said("S3", "never of pupils", "@492, @759"),
        ],
        controls: &["D-34", "L-08"],
        owner: Owner::Head,
        note: "Listed so that it can be seen; nobody can loosen it.",
    }

    STAFF_FILM_THEMSELVES: bool = "devices.staff_photo_personal.self" of "devices.staff_photo_personal",
    "Staff may film themselves on their own device for pupils" {
        kind: Kind::Switch,
        order: Order::No,
        default: "no",
        said: &[silent("S0"), silent("S2"), said("S3", "staff may film themselves on an own device", "@492, @726, @759")],
        controls: &["K-14", "D-34"],
        owner: Owner::Safeguarding,
    }

    STAFF_PHONE_RULE: &'static str = "devices.staff_phone_rule" of "devices.staff_phone_rule",
    "Where the phones of staff are while they teach" {
        kind: Kind::Choice(&[
            choice("locked-away", "locked away; used in the staff room at break and lunch"),
            choice("off", "switched off in lessons"),
            choice("silent", "silent in lessons"),
        ]),
        order: Order::Listed,
        default: "locked-away",
        said: &[
            said("S0", "silent or off in lessons", "@305"),
            silent("S2"),
            said("S3", "locked away and not carried; staff room at break and lunch only", "@750, @753"),
        ],
        controls: &["D-36", "D-39"],
        owner: Owner::Leadership,
        note: "Nothing in Holdfast depends on a phone (practice 31).",
    }

    SHORT_RANGE_RULE: &'static str = "devices.shortrange_rule" of "devices.shortrange_rule",
    "Short-range sharing on devices of staff" {
        kind: Kind::Choice(&[
            choice("always-off", "off at all times"),
            choice("off-in-lessons", "off in lessons"),
            choice("hidden-in-lessons", "not visible to others in lessons"),
        ]),
        order: Order::Listed,
        default: "always-off",
        said: &[
            said("S0", "hidden or off in lessons", "@306"),
            silent("S2"),
            said("S3", "off at all times", "@753"),
        ],
        controls: &["D-37"],
        owner: Owner::Leadership,
    }

    STAFF_EXCEPTION_APPROVERS: Vec<Duty> = "devices.staff_exception_approver" of "devices.staff_exception_approver",
    "Who may allow a personal device of staff in teaching time" {
        kind: Kind::Duties,
        order: Order::None,
        default: "head, deputy-dsl",
        said: &[
            said("S0", "leadership, for an emergency", "@307"),
            silent("S2"),
            said("S3", "the head or the deputy safeguarding lead, in writing", "@754"),
        ],
        controls: &["D-38"],
        owner: Owner::Head,
    }

    STAFF_EXCEPTION_WRITTEN: bool = "devices.staff_exception_approver.written" of "devices.staff_exception_approver",
    "That permission must be in writing" {
        kind: Kind::Switch,
        order: Order::Yes,
        default: "yes",
        said: &[silent("S0"), silent("S2"), said("S3", "in writing", "@754")],
        controls: &["D-38"],
        owner: Owner::Head,
    }

    STAFF_CONTACT_FAMILIES: &'static str = "devices.staff_contact_families" of "devices.staff_contact_families",
    "Staff may reach families from their own phone" {
        kind: Kind::Choice(&[
            choice("never", "never"),
            choice("head-permits", "with the head's permission and the number withheld, entered in the register"),
        ]),
        order: Order::Listed,
        default: "never",
        said: &[
            said("S0", "never", "@301"),
            silent("S2"),
            said("S3", "with the head's permission and the number withheld", "@756"),
        ],
        controls: &["D-32"],
        owner: Owner::Head,
        note: "A call for help is never behind a permission (practice 2).",
    }

    PUPIL_LESSON_APPROVERS: &'static str = "devices.pupil_lesson_approver" of "devices.pupil_lesson_approver",
    "Who must agree before pupils use their own devices in a lesson" {
        kind: Kind::Choice(&[
            choice("staff-and-leadership", "the member of staff and the leadership"),
            choice("leadership", "senior leadership"),
            choice("staff", "the member of staff"),
        ]),
        order: Order::Listed,
        default: "staff-and-leadership",
        said: &[
            said("S0", "a member of staff consents and the leadership approves", "@286-287"),
            silent("S2"),
            said("S3", "senior leadership", "@770, @773"),
        ],
        controls: &["D-16", "D-17", "D-18"],
        owner: Owner::Leadership,
    }

    CONFISCATION_PLACES: Vec<String> = "devices.confiscation_place" of "devices.confiscation_place",
    "Where confiscated devices are kept" {
        kind: Kind::Names { what: "places", at_least: 1 },
        order: Order::None,
        default: "school office safe",
        said: &[said("S0", "the school office", "@295"), silent("S2"), said("S3", "a secure place", "@780")],
        controls: &["D-24"],
        owner: Owner::Leadership,
        note: "A device that may hold imagery is stored switched off and is not searched (practice 5).",
    }

    CONFISCATION_RELEASE: &'static str = "devices.release" of "devices.release",
    "When a confiscated device goes back to the parent" {
        kind: Kind::Choice(&[
            choice("after-investigation", "once every investigation is complete"),
            choice("school-policy", "as the school's behaviour policy says"),
        ]),
        order: Order::Listed,
        default: "after-investigation",
        said: &[
            said("S0", "by the school's policy", "@295"),
            silent("S2"),
            said("S3", "to the parent, after any investigation", "@784"),
        ],
        controls: &["D-26"],
        owner: Owner::Leadership,
        note: "Never while a linked case is open or the police have asked for it (practice 5, 24).",
    }

    SEARCH_CONSENT: &'static str = "devices.search_consent" of "devices.search_consent",
    "What a search of a pupil's device rests on" {
        kind: Kind::Choice(&[
            choice("consent", "a leader, with the consent of pupil or parent"),
            choice("consent-or-law", "a leader, with consent, or on a legal basis that is written down"),
        ]),
        order: Order::Listed,
        default: "consent",
        said: &[
            silent("S0"),
            said("S2", "as the national advice on searching says", "@388"),
            said("S3", "a leader, with consent", "@783"),
        ],
        controls: &["D-28", "P-18", "D-25"],
        owner: Owner::Safeguarding,
        note: "Where imagery is suspected the device is not searched at all (practice 5).",
    }

    EXCLUSION_ZONES: Vec<String> = "devices.exclusion_zones" of "devices.exclusion_zones",
    "Places where no device is used" {
        kind: Kind::Names { what: "places", at_least: 1 },
        order: Order::More,
        default: "changing rooms, toilets, swimming pool",
        said: &[
            said("S0", "changing rooms and toilets", "@274"),
            silent("S2"),
            said("S3", "swimming pools as well", "@743"),
        ],
        controls: &["D-04"],
        owner: Owner::Safeguarding,
    }

    PUPIL_CAMERAS: &'static str = "devices.camera_policy.pupil" of "devices.camera_policy",
    "Cameras of school devices that pupils use" {
        kind: Kind::Choice(&[
            choice("off", "switched off centrally"),
            choice("lesson", "switched on for a lesson only"),
            choice("on", "on"),
        ]),
        order: Order::Listed,
        default: "off",
        said: &[silent("S0"), silent("S2"), said("S3", "the camera can be switched off centrally", "@383")],
        controls: &["D-12", "K-13"],
        owner: Owner::Safeguarding,
    }

    STAFF_CAMERAS: bool = "devices.camera_policy.staff" of "devices.camera_policy",
    "Cameras of school devices assigned to staff are on" {
        kind: Kind::Switch,
        order: Order::No,
        default: "yes",
        said: &[silent("S0"), silent("S2"), said("S3", "pupils' pictures are to be taken on school devices", "@491")],
        controls: &["D-12", "D-34", "K-13"],
        owner: Owner::Safeguarding,
        note: "Off, no picture of a pupil can lawfully be taken at all; on, personal devices have no excuse.",
    }

    FAMILY_PHONE_USERS: &'static str = "devices.school_phone_users.family" of "devices.school_phone_users",
    "Who uses the school phone from which families are called" {
        kind: Kind::Choice(&[choice("staff", "staff only"), choice("staff-and-supervised-pupils", "staff, and pupils beside them")]),
        order: Order::Listed,
        default: "staff",
        said: &[said("S0", "staff only", "@280"), silent("S2"), said("S3", "staff only", "@801")],
        controls: &["D-09"],
        owner: Owner::Leadership,
    }

    LOAN_DEVICE_USERS: &'static str = "devices.school_phone_users.loan" of "devices.school_phone_users",
    "Who may be lent a school device" {
        kind: Kind::Choice(&[choice("staff", "staff"), choice("pupils-and-staff", "pupils and staff")]),
        order: Order::Listed,
        default: "pupils-and-staff",
        said: &[silent("S0"), silent("S2"), said("S3", "devices may be issued to pupils", "@803")],
        controls: &["M-16", "A-14"],
        owner: Owner::Leadership,
    }

    OFFICE_PHONE_PUPILS: &'static str = "devices.school_phone_users.office" of "devices.school_phone_users",
    "Pupils may call home from the office phone" {
        kind: Kind::Choice(&[choice("supervised", "with an adult beside them"), choice("alone", "on their own")]),
        order: Order::Listed,
        default: "supervised",
        said: &[silent("S0"), silent("S2"), said("S3", "pupils may use a school phone to reach parents", "@776")],
        controls: &["D-19"],
        owner: Owner::Leadership,
        note: "Helplines can be called alone; help-seeking is private (practice 9).",
    }

    DEVICE_DELETION_HOURS: u32 = "device_delete_hours" of "device_delete_hours",
    "Pictures go from the device after upload, in hours of school time" {
        kind: Kind::Whole { unit: "hours that count on a school day; 0 is the end of the same school day", from: 0, to: 48 },
        order: Order::Less,
        default: "0",
        said: &[said("S3", "uploaded, then deleted; no time given", "@491")],
        controls: &["K-13"],
        owner: Owner::DataProtection,
        note: "Nothing is deleted in an imagery case before the agency has answered (practice 5).",
    }

    MAXIMUM_HOLD: u32 = "max_hold" of "max_hold",
    "A confiscated device held longer than this is brought up" {
        kind: Kind::Whole { unit: "school days", from: 1, to: 60 },
        order: Order::Less,
        default: "10",
        said: &[said("S3", "until any investigation ends; no time given", "@784")],
        controls: &["D-26"],
        owner: Owner::Leadership,
        note: "It is flagged, never released by itself.",
    }

    MAXIMUM_ACTIVITY: u32 = "max_activity_window" of "max_activity_window",
    "An approved use of pupils' own devices lasts at most" {
        kind: Kind::Whole { unit: "lessons; it can be approved again", from: 1, to: 10 },
        order: Order::Less,
        default: "1",
        said: &[said("S0", "one approval is not a general one", "@286"), said("S3", "one approval is not a general one", "@772")],
        controls: &["D-18"],
        owner: Owner::Leadership,
    }
}
