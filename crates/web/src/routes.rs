//! The one table of routes. The router is built from it, so no page can be reached that does not stand here with its
//! access word (house invariant 7).

use crate::pages;
use crate::visit::{Answered, DoorVisit, SignedVisit, Visit};
use crate::{fields::Fields, glance::Seen};
use axum::response::Response;
use holdfast_records::access::Capability;
use std::pin::Pin;

/// Who may ask for a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody who reaches us; what it shows ties nothing to a person.
    Anybody,
    /// Anybody, and each sees what belongs to their own connection only.
    OwnConnection,
    /// Anybody sees in one word whether it works. What is amiss, what is missing and the figures are shown only at this
    /// computer itself, to a loopback peer, and in the demo view (practice 14: no live holes in public).
    AnybodyInBrief,
    /// Programs at this computer itself and in the networks of [`crate::Settings::metrics_from`]. To everybody else it
    /// is as if the page were not there.
    Monitors,
    /// Anybody who signed in.
    SignedIn,
    /// Whoever signed in and has this capability. To everybody else who signed in it is as if the page were not there; what
    /// they may do to whom is decided by the verbs.
    May(Capability),
}

/// A route. GET and HEAD read it; POST does the one thing that its form is for.
#[derive(Debug)]
pub struct Route {
    /// The path, with places in braces.
    pub path: &'static str,
    /// Who may ask for it.
    pub access: Access,
    /// What it is for, one sentence.
    pub purpose: &'static str,
    pub(crate) answer: Answer,
}

impl Route {
    /// Whether it can be read.
    pub fn reads(&self) -> bool {
        match self.answer {
            Answer::Page(_) | Answer::WithHealth(_) => true,
            Answer::Door { get, .. } => get.is_some(),
            Answer::Signed { get, .. } => get.is_some(),
        }
    }

    /// Whether something can be sent to it.
    pub fn acts(&self) -> bool {
        match self.answer {
            Answer::Page(_) | Answer::WithHealth(_) => false,
            Answer::Door { post, .. } => post.is_some(),
            Answer::Signed { post, .. } => post.is_some(),
        }
    }

    /// Whether whoever asks must have shown a moment ago that it is really them (ASVS 5.0 §7.5.3).
    pub fn needs_confirmation(&self) -> bool {
        matches!(self.answer, Answer::Signed { confirmed: true, .. })
    }
}

/// An answer that is being made.
pub(crate) type Answering = Pin<Box<dyn Future<Output = Answered> + Send>>;

/// How a route answers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Answer {
    /// A function from one visit to one answer, without waiting for anything.
    Page(fn(&Visit<'_>) -> Response),
    /// Needs to know how the program is doing, which is looked up first.
    WithHealth(fn(&Visit<'_>, Option<&Seen>) -> Response),
    /// Needs the records, and nobody signed in: the way in.
    Door { get: Option<fn(DoorVisit) -> Answering>, post: Option<fn(DoorVisit, Fields) -> Answering> },
    /// Needs somebody signed in.
    Signed {
        get: Option<fn(SignedVisit) -> Answering>,
        post: Option<fn(SignedVisit, Fields) -> Answering>,
        /// Whether they must have shown a moment ago that it is really them.
        confirmed: bool,
    },
}

/// A handler as the table holds it.
macro_rules! handler {
    ($handler:path) => {
        Some(|visit| Box::pin($handler(visit)))
    };
}

/// The same for a form.
macro_rules! form {
    ($handler:path) => {
        Some(|visit, fields| Box::pin($handler(visit, fields)))
    };
}

/// Every route.
pub static TABLE: &[Route] = &[
    Route {
        path: "/",
        access: Access::AnybodyInBrief,
        purpose: "Is the filter working?",
        answer: Answer::WithHealth(pages::filter::status),
    },
    Route {
        path: "/stopped",
        access: Access::OwnConnection,
        purpose: "What was stopped for this client, and why.",
        answer: Answer::Page(pages::stopped::list),
    },
    Route {
        path: "/help",
        access: Access::Anybody,
        purpose: "Where to get help.",
        answer: Answer::Page(pages::help::contacts),
    },
    Route {
        path: "/certificate",
        access: Access::Anybody,
        purpose: "What the school's certificate means, and how devices are given it.",
        answer: Answer::WithHealth(pages::certificate::page),
    },
    Route {
        path: "/certificate/code.svg",
        access: Access::Anybody,
        purpose: "The certificate page's address, for the camera of another device.",
        answer: Answer::WithHealth(pages::certificate::code),
    },
    Route {
        path: "/certificate/holdfast.crt",
        access: Access::Anybody,
        purpose: "The certificate in DER.",
        answer: Answer::WithHealth(pages::certificate::der),
    },
    Route {
        path: "/certificate/holdfast.pem",
        access: Access::Anybody,
        purpose: "The certificate in PEM.",
        answer: Answer::WithHealth(pages::certificate::pem),
    },
    Route {
        path: "/certificate/holdfast.mobileconfig",
        access: Access::Anybody,
        purpose: "The certificate for Apple's devices.",
        answer: Answer::WithHealth(pages::certificate::profile),
    },
    Route {
        path: "/certificate/next.crt",
        access: Access::Anybody,
        purpose: "The next certificate in DER.",
        answer: Answer::WithHealth(pages::certificate::next_der),
    },
    Route {
        path: "/certificate/next.pem",
        access: Access::Anybody,
        purpose: "The next certificate in PEM.",
        answer: Answer::WithHealth(pages::certificate::next_pem),
    },
    Route {
        path: "/proxy.pac",
        access: Access::Anybody,
        purpose: "How browsers find the proxy.",
        answer: Answer::Page(pages::fixed::proxy_file),
    },
    Route {
        path: "/wpad.dat",
        access: Access::Anybody,
        purpose: "The same, found by itself.",
        answer: Answer::Page(pages::fixed::proxy_file),
    },
    Route {
        path: "/healthz",
        access: Access::AnybodyInBrief,
        purpose: "For a monitor: is it alive? 200 or 503.",
        answer: Answer::WithHealth(pages::monitor::check),
    },
    Route {
        path: "/readyz",
        access: Access::AnybodyInBrief,
        purpose: "For a monitor: may clients be sent here? 200 or 503.",
        answer: Answer::WithHealth(pages::monitor::ready),
    },
    Route {
        path: "/metrics",
        access: Access::Monitors,
        purpose: "Numbers for Prometheus.",
        answer: Answer::WithHealth(pages::monitor::metrics),
    },
    Route {
        path: "/style.css",
        access: Access::Anybody,
        purpose: "The look of the pages.",
        answer: Answer::Page(pages::fixed::style),
    },
    Route {
        path: "/icon.svg",
        access: Access::Anybody,
        purpose: "The sign in the browser's tab.",
        answer: Answer::Page(pages::fixed::icon),
    },
    Route {
        path: "/holdfast.js",
        access: Access::Anybody,
        purpose: "Additions for browsers that run it: hiding a page at once.",
        answer: Answer::Page(pages::fixed::script),
    },
    Route {
        path: "/sign-in",
        access: Access::Anybody,
        purpose: "Signing in.",
        answer: Answer::Door { get: handler!(pages::sign_in::page), post: form!(pages::sign_in::sign_in) },
    },
    Route {
        path: "/sign-in/first-password",
        access: Access::Anybody,
        purpose: "Choosing a password of one's own, after the passphrase made for the first sign-in.",
        answer: Answer::Door { get: handler!(pages::sign_in::first_page), post: form!(pages::sign_in::choose_first) },
    },
    Route {
        path: "/sign-out",
        access: Access::SignedIn,
        purpose: "Signing out.",
        answer: Answer::Signed { get: None, post: form!(pages::account::sign_out), confirmed: false },
    },
    Route {
        path: "/today",
        access: Access::SignedIn,
        purpose: "What needs whoever asks.",
        answer: Answer::Signed { get: handler!(pages::today::page), post: None, confirmed: false },
    },
    Route {
        path: "/today/notices/{notice}/away",
        access: Access::SignedIn,
        purpose: "Putting one of one's own notices away.",
        answer: Answer::Signed { get: None, post: form!(pages::today::put_away), confirmed: false },
    },
    Route {
        path: "/account",
        access: Access::SignedIn,
        purpose: "One's own account: where one is signed in, and one's password.",
        answer: Answer::Signed { get: handler!(pages::account::page), post: None, confirmed: false },
    },
    Route {
        path: "/account/confirm",
        access: Access::SignedIn,
        purpose: "Showing that it is really them, before something that matters.",
        answer: Answer::Signed {
            get: handler!(pages::account::confirm_page),
            post: form!(pages::account::confirm),
            confirmed: false,
        },
    },
    Route {
        path: "/account/password",
        access: Access::SignedIn,
        purpose: "Changing one's own password.",
        answer: Answer::Signed {
            get: handler!(pages::account::password_page),
            post: form!(pages::account::change_password),
            confirmed: false,
        },
    },
    Route {
        path: "/account/sign-ins/{number}/end",
        access: Access::SignedIn,
        purpose: "Ending one of one's own sign-ins.",
        answer: Answer::Signed { get: None, post: form!(pages::account::end), confirmed: false },
    },
];
