//! The areas of the application, and who sees each in the navigation: only what they can use.

use super::Here;
use crate::kit::Area;
use holdfast_records::{Myself, access::Capability, people::Kind};

/// An area as the navigation offers it.
struct Offer {
    href: &'static str,
    words: &'static str,
    at: Here,
    /// Whether somebody can use it.
    is_for: fn(&Myself) -> bool,
}

/// The areas of whoever is signed in, in the order of `pages.md`.
const SIGNED: &[Offer] = &[
    Offer { href: "/today", words: "Today", at: Here::Today, is_for: |_| true },
    Offer { href: "/concerns", words: "Concerns", at: Here::Concerns, is_for: |me| me.may(Capability::ListFiles) },
    Offer {
        href: "/concerns/mine",
        words: "Concerns",
        at: Here::Concerns,
        is_for: |me| super::concerns::raises(me.kind, &me.duties) && !me.may(Capability::ListFiles),
    },
    Offer { href: "/filter", words: "Filter", at: Here::Filter, is_for: |me| me.may(Capability::ReadPolicy) },
    Offer { href: "/", words: "Filter", at: Here::Filter, is_for: |me| !me.may(Capability::ReadPolicy) },
    Offer {
        href: "/filter/suspensions",
        words: "Suspensions",
        at: Here::Suspensions,
        is_for: |me| me.may(Capability::Suspend) && !me.may(Capability::ReadPolicy),
    },
    Offer {
        href: "/concerns/waiting",
        words: "Reports",
        at: Here::Reports,
        is_for: |me| me.may(Capability::ListFiles),
    },
    Offer { href: "/lessons", words: "Lessons", at: Here::Lessons, is_for: |me| me.may(Capability::SetLesson) },
    Offer { href: "/people", words: "People", at: Here::People, is_for: |me| me.may(Capability::ReadDirectory) },
    // A governor and a trust lead read no directory.
    Offer {
        href: "/duties",
        words: "Duties",
        at: Here::People,
        is_for: |me| me.may(Capability::ReadDuties) && !me.may(Capability::ReadDirectory),
    },
    Offer { href: "/settings", words: "Settings", at: Here::Settings, is_for: |me| me.may(Capability::ReadSettings) },
    Offer { href: "/audit", words: "Audit", at: Here::Audit, is_for: |me| me.may(Capability::ReadAudit) },
    Offer {
        href: "/audit/verify",
        words: "Audit",
        at: Here::Audit,
        is_for: |me| me.may(Capability::VerifyAudit) && !me.may(Capability::ReadAudit),
    },
    Offer { href: "/contacts", words: "Contacts", at: Here::Contacts, is_for: |me| me.may(Capability::ReadDirectory) },
    Offer { href: "/mail", words: "Mail", at: Here::Mail, is_for: |me| me.may(Capability::ManageMail) },
    Offer { href: "/help", words: "Get help", at: Here::Help, is_for: |_| true },
];

/// The areas of a pupil: few, and in short words.
const PUPILS: &[Offer] = &[
    Offer { href: "/start", words: "Start", at: Here::Pupil, is_for: |_| true },
    Offer { href: "/help/children", words: "Get help", at: Here::Help, is_for: |_| true },
];

/// The areas of everybody else.
const OPEN: &[Offer] = &[
    Offer { href: "/", words: "Is the filter working?", at: Here::Filter, is_for: |_| true },
    Offer { href: "/stopped", words: "Why was this blocked?", at: Here::Stopped, is_for: |_| true },
    Offer { href: "/report", words: "Tell us of a worry", at: Here::Report, is_for: |_| true },
    Offer { href: "/help", words: "Get help", at: Here::Help, is_for: |_| true },
];

/// What the demonstration offers beside.
const DEMONSTRATION: Offer =
    Offer { href: "/demonstration", words: "Try it as somebody", at: Here::Demonstration, is_for: |_| true };

/// What a page that needs nobody signed in offers.
pub(super) fn open(here: Here, is_demonstration: bool) -> Vec<Area> {
    if here == Here::Pupil {
        return PUPILS.iter().filter(|offer| offer.at == Here::Help).map(|offer| area(offer, here)).collect();
    }
    let demonstration = is_demonstration.then_some(&DEMONSTRATION);
    OPEN.iter().chain(demonstration).map(|offer| area(offer, here)).collect()
}

/// What is offered to somebody who is signed in.
pub(super) fn of(me: &Myself, here: Here) -> Vec<Area> {
    let offers = if me.kind == Kind::Pupil { PUPILS } else { SIGNED };
    offers.iter().filter(|offer| (offer.is_for)(me)).map(|offer| area(offer, here)).collect()
}

fn area(offer: &Offer, here: Here) -> Area {
    Area::new(offer.href, offer.words, offer.at == here)
}
