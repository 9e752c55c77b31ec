//! The register of accounts.

use super::{Access, Answer, Route};
use crate::pages;
use holdfast_records::access::Capability;

pub(super) static ROUTES: &[Route] = &[
    Route {
        path: "/accounts",
        access: Access::May(Capability::ManageAccounts),
        purpose: "The register of accounts.",
        answer: Answer::Signed { get: handler!(pages::accounts::list), post: None, confirmed: false },
    },
    Route {
        path: "/accounts/add",
        access: Access::May(Capability::ManageAccounts),
        purpose: "Making an account.",
        answer: Answer::Signed {
            get: handler!(pages::accounts::add_page),
            post: form!(pages::accounts::add),
            confirmed: true,
        },
    },
    Route {
        path: "/accounts/{person}/passphrase",
        access: Access::May(Capability::ManageAccounts),
        purpose: "A passphrase that was made a moment ago, shown once.",
        answer: Answer::Signed { get: handler!(pages::accounts::passphrase), post: None, confirmed: false },
    },
    Route {
        path: "/accounts/{person}/reset",
        access: Access::May(Capability::ManageAccounts),
        purpose: "Resetting somebody’s password.",
        answer: Answer::Signed {
            get: handler!(pages::accounts::reset_page),
            post: form!(pages::accounts::reset),
            confirmed: true,
        },
    },
    Route {
        path: "/accounts/{person}/second-step",
        access: Access::May(Capability::ManageAccounts),
        purpose: "Resetting what somebody lost that they showed beside their password.",
        answer: Answer::Signed {
            get: handler!(pages::accounts::second_step_page),
            post: form!(pages::accounts::reset_second_step),
            confirmed: true,
        },
    },
    Route {
        path: "/accounts/{person}/close",
        access: Access::May(Capability::ManageAccounts),
        purpose: "Closing somebody’s account.",
        answer: Answer::Signed {
            get: handler!(pages::accounts::close_page),
            post: form!(pages::accounts::close),
            confirmed: true,
        },
    },
];
