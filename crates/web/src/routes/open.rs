//! Pages that need nobody signed in.

use super::{Access, Answer, Route};
use crate::pages;

pub(super) static ROUTES: &[Route] = &[
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
        answer: Answer::File(pages::fixed::proxy_file),
    },
    Route {
        path: "/wpad.dat",
        access: Access::Anybody,
        purpose: "The same, found by itself.",
        answer: Answer::File(pages::fixed::proxy_file),
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
        answer: Answer::File(pages::fixed::style),
    },
    Route {
        path: "/icon.svg",
        access: Access::Anybody,
        purpose: "The sign in the browser's tab.",
        answer: Answer::File(pages::fixed::icon),
    },
    Route {
        path: "/holdfast.js",
        access: Access::Anybody,
        purpose: "Additions for browsers that run it: hiding a page at once.",
        answer: Answer::File(pages::fixed::script),
    },
    Route {
        path: "/concern.js",
        access: Access::Anybody,
        purpose: "Sends a concern again by itself where the line was down, and keeps it meanwhile; no page needs it.",
        answer: Answer::File(pages::fixed::concern_script),
    },
    Route {
        path: "/passkey.js",
        access: Access::Anybody,
        purpose: "The script that asks the browser for a passkey.",
        answer: Answer::Page(pages::fixed::passkey_script),
    },
];
