//! How the school sends mail.

use super::{Access, Answer, Route};
use crate::pages;
use holdfast_records::access::Capability;

pub(super) static ROUTES: &[Route] = &[
    Route {
        path: "/mail",
        access: Access::May(Capability::ManageMail),
        purpose: "Whether mail is sent, what waits, and what did not arrive.",
        answer: Answer::Signed { get: handler!(pages::mail::page), post: None, confirmed: false },
    },
    Route {
        path: "/mail/server",
        access: Access::May(Capability::ManageMail),
        purpose: "Saying how the school sends mail.",
        answer: Answer::Signed {
            get: handler!(pages::mail::server_page),
            post: form!(pages::mail::set_server),
            confirmed: true,
        },
    },
    Route {
        path: "/mail/test",
        access: Access::May(Capability::ManageMail),
        purpose: "Sending one mail to see whether it arrives.",
        answer: Answer::Signed {
            get: handler!(pages::mail::test_page),
            post: form!(pages::mail::test),
            confirmed: true,
        },
    },
];
