//! The audit log: read, verified, signed.

use super::{Access, Answer, Route};
use crate::pages;
use holdfast_records::access::Capability;

pub(super) static ROUTES: &[Route] = &[
    Route {
        path: "/audit",
        access: Access::May(Capability::ReadAudit),
        purpose: "What the log says, as far as whoever asks may know of it.",
        answer: Answer::Signed { get: handler!(pages::audit::log), post: None, confirmed: false },
    },
    Route {
        path: "/audit/entries/{entry}",
        access: Access::May(Capability::ReadAudit),
        purpose: "One entry of it.",
        answer: Answer::Signed { get: handler!(pages::audit::entry), post: None, confirmed: false },
    },
    Route {
        path: "/audit/purpose",
        access: Access::May(Capability::ReadHistory),
        purpose: "Saying why one person's history is looked at.",
        answer: Answer::Signed { get: None, post: form!(pages::audit::purpose), confirmed: false },
    },
    Route {
        path: "/audit/export",
        access: Access::May(Capability::ExportRecords),
        purpose: "Taking what is shown of the log out as a file.",
        answer: Answer::Signed { get: None, post: form!(pages::audit::export), confirmed: true },
    },
    Route {
        path: "/audit/verify",
        access: Access::May(Capability::VerifyAudit),
        purpose: "Verifying the log: what is proven and what is not.",
        answer: Answer::Signed {
            get: handler!(pages::audit::proof::page),
            post: form!(pages::audit::proof::verify),
            confirmed: false,
        },
    },
    Route {
        path: "/audit/checkpoints",
        access: Access::May(Capability::VerifyAudit),
        purpose: "Where the log was signed.",
        answer: Answer::Signed { get: handler!(pages::audit::proof::checkpoints), post: None, confirmed: false },
    },
    Route {
        path: "/audit/checkpoints/sign",
        access: Access::May(Capability::VerifyAudit),
        purpose: "Signing where the log stands now.",
        answer: Answer::Signed { get: None, post: form!(pages::audit::proof::sign), confirmed: false },
    },
    Route {
        path: "/audit/checkpoints/{position}",
        access: Access::May(Capability::VerifyAudit),
        purpose: "One of them, to be kept on paper.",
        answer: Answer::Signed { get: handler!(pages::audit::proof::paper), post: None, confirmed: false },
    },
];
