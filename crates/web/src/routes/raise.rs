//! Raising a concern, and one's own concerns.

use super::{Access, Answer, Route};
use crate::pages::concerns;

pub(super) static ROUTES: &[Route] = &[
    Route {
        path: "/concerns/new",
        access: Access::SignedIn,
        purpose: "Raising a concern: whom to go to first, then the form.",
        answer: Answer::Words {
            get: handler!(concerns::raise::page),
            post: form!(concerns::raise::go_on),
            again: concerns::raise::again,
            confirmed: false,
        },
    },
    Route {
        path: "/concerns/new/send",
        access: Access::SignedIn,
        purpose: "Sending a concern.",
        answer: Answer::Words {
            get: None,
            post: form!(concerns::raise::send),
            again: concerns::raise::again,
            confirmed: false,
        },
    },
    Route {
        path: "/concerns/new/keep",
        access: Access::SignedIn,
        purpose: "Keeping what stands in an open form, for the script that does it while somebody writes.",
        answer: Answer::Signed { get: None, post: form!(concerns::raise::keep_quietly), confirmed: false },
    },
    Route {
        path: "/concerns/sent/{form}",
        access: Access::SignedIn,
        purpose: "What happens next after a concern was sent.",
        answer: Answer::Signed { get: handler!(concerns::raise::sent_page), post: None, confirmed: false },
    },
    Route {
        path: "/concerns/mine",
        access: Access::SignedIn,
        purpose: "One's own concerns and what is half written.",
        answer: Answer::Signed { get: handler!(concerns::own::page), post: None, confirmed: false },
    },
    Route {
        path: "/concerns/mine/{concern}/more",
        access: Access::SignedIn,
        purpose: "Adding to a concern of one's own.",
        answer: Answer::Words {
            get: handler!(concerns::own::more_page),
            post: form!(concerns::own::add_more),
            again: concerns::raise::again,
            confirmed: false,
        },
    },
    Route {
        path: "/concerns/mine/{concern}/told",
        access: Access::SignedIn,
        purpose: "Writing down whom one told in person.",
        answer: Answer::Signed {
            get: handler!(concerns::own::told_page),
            post: form!(concerns::own::tell),
            confirmed: false,
        },
    },
    Route {
        path: "/concerns/drafts/{draft}",
        access: Access::SignedIn,
        purpose: "Going on with a half-written concern of one's own.",
        answer: Answer::Signed { get: handler!(concerns::raise::draft), post: None, confirmed: false },
    },
    Route {
        path: "/concerns/drafts/{draft}/throw-away",
        access: Access::SignedIn,
        purpose: "Throwing a half-written concern of one's own away.",
        answer: Answer::Signed {
            get: handler!(concerns::own::throw_away_page),
            post: form!(concerns::own::throw_away),
            confirmed: false,
        },
    },
    Route {
        path: "/concerns/paper",
        access: Access::SignedIn,
        purpose: "Reserving references for paper forms.",
        answer: Answer::Signed {
            get: handler!(concerns::paper::page),
            post: form!(concerns::paper::reserve),
            confirmed: false,
        },
    },
    Route {
        path: "/concerns/paper/{batch}",
        access: Access::SignedIn,
        purpose: "Printing paper forms.",
        answer: Answer::Signed { get: handler!(concerns::paper::print), post: None, confirmed: false },
    },
];
