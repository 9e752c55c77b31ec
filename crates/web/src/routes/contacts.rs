//! Whom to turn to outside the school.

use super::{Access, Answer, Route};
use crate::pages;
use holdfast_records::access::Capability;

pub(super) static ROUTES: &[Route] = &[
    Route {
        path: "/contacts",
        access: Access::May(Capability::ReadDirectory),
        purpose: "Whom to turn to outside the school, and when each contact was last found right.",
        answer: Answer::Signed { get: handler!(pages::contacts::page), post: None, confirmed: false },
    },
    Route {
        path: "/contacts/new",
        access: Access::May(Capability::ChangeContacts),
        purpose: "Writing down a contact of the school’s area.",
        answer: Answer::Signed {
            get: handler!(pages::contacts::new_page),
            post: form!(pages::contacts::write_new),
            confirmed: true,
        },
    },
    Route {
        path: "/contacts/{contact}/change",
        access: Access::May(Capability::ChangeContacts),
        purpose: "Writing a contact down anew, in place of what stands there.",
        answer: Answer::Signed {
            get: handler!(pages::contacts::change_page),
            post: form!(pages::contacts::write_anew),
            confirmed: true,
        },
    },
    Route {
        path: "/contacts/{contact}/end",
        access: Access::May(Capability::ChangeContacts),
        purpose: "Ending a contact whose service is no more.",
        answer: Answer::Signed {
            get: handler!(pages::contacts::end_page),
            post: form!(pages::contacts::end),
            confirmed: true,
        },
    },
    Route {
        path: "/contacts/{contact}/confirm",
        access: Access::May(Capability::ChangeContacts),
        purpose: "Saying that somebody looked and found a contact right.",
        answer: Answer::Signed { get: None, post: form!(pages::contacts::confirm), confirmed: false },
    },
];
