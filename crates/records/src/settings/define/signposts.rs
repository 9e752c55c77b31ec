//! Help, contacts and the mail that says that something waits. None of them is a row of the catalogue's Part 4.

use crate::settings::definition::{Kind, Order, Owner, define, silent};

define! {
    HELP_NAMES: bool = "help.names_in_public" of "help",
    "The help page names the safeguarding team to whoever is not signed in" {
        kind: Kind::Switch,
        order: Order::No,
        default: "no",
        said: &[silent("S0"), silent("S2"), silent("S3")],
        controls: &["W-11"],
        owner: Owner::Safeguarding,
        note: "Whoever signs in always sees the names. Anybody on the school's network can open the page.",
    }

    CONTACTS_CHECKED: u32 = "contacts.confirm_every" of "contacts",
    "Somebody looks whether each contact outside the school is still right at least every" {
        kind: Kind::Whole { unit: "days", from: 30, to: 366 },
        order: Order::Less,
        default: "180",
        said: &[silent("S0"), silent("S2"), silent("S3")],
        controls: &["W-11"],
        owner: Owner::Safeguarding,
        note: "The catalogue asks that contacts are verified within an interval and leaves the interval open.",
    }

    MAIL_PAUSE: u32 = "mail.pause" of "mail",
    "After a mail that says that something waits, somebody gets no other for" {
        kind: Kind::Whole { unit: "minutes; what is urgent does not wait", from: 1, to: 1440 },
        order: Order::None,
        default: "30",
        said: &[silent("S0"), silent("S2"), silent("S3")],
        controls: &["C-15"],
        owner: Owner::Leadership,
        note: "One mail tells of everything that came meanwhile. It names nobody and nothing (practice 11).",
    }
}
