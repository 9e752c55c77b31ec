//! The doors for whoever signs in nowhere, and what waits behind them.

use super::{Access, Answer, Route};
use crate::pages::report;
use holdfast_records::access::Capability;

pub(super) static ROUTES: &[Route] = &[
    Route {
        path: "/report",
        access: Access::Anybody,
        purpose: "Telling the school of a worry, a complaint or a wrong, without signing in.",
        answer: Answer::Help(|visit| Box::pin(report::page(visit))),
    },
    Route {
        path: "/report/worry",
        access: Access::Anybody,
        purpose: "Telling of a worry about somebody.",
        answer: Answer::Door { get: handler!(report::worry), post: form!(report::send_worry) },
    },
    Route {
        path: "/report/child",
        access: Access::Anybody,
        purpose: "The same in short words for children.",
        answer: Answer::Door { get: handler!(report::child), post: form!(report::send_child) },
    },
    Route {
        path: "/report/complaint",
        access: Access::Anybody,
        purpose: "Making a complaint.",
        answer: Answer::Door { get: handler!(report::complaint), post: form!(report::send_complaint) },
    },
    Route {
        path: "/report/whistleblowing",
        access: Access::Anybody,
        purpose: "Whistleblowing, round the named post-holders.",
        answer: Answer::Door { get: handler!(report::whistleblowing), post: form!(report::send_whistleblowing) },
    },
    Route {
        path: "/report/receipt",
        access: Access::Anybody,
        purpose: "Whether a report was read, with its phrase.",
        answer: Answer::Door { get: handler!(report::receipt::page), post: form!(report::receipt::show) },
    },
    Route {
        path: "/concerns/waiting",
        access: Access::May(Capability::ListFiles),
        purpose: "The reports from outside that wait for whoever asks.",
        answer: Answer::Signed { get: handler!(report::waiting::list), post: None, confirmed: false },
    },
    Route {
        path: "/concerns/waiting/{report}",
        access: Access::May(Capability::ListFiles),
        purpose: "One of them, opened.",
        answer: Answer::Signed { get: handler!(report::waiting::one), post: None, confirmed: false },
    },
    Route {
        path: "/concerns/waiting/{report}/take",
        access: Access::May(Capability::ListFiles),
        purpose: "Saying “I have it”.",
        answer: Answer::Signed { get: None, post: form!(report::waiting::take), confirmed: false },
    },
    Route {
        path: "/concerns/waiting/{report}/child",
        access: Access::May(Capability::ListFiles),
        purpose: "Placing it with a child.",
        answer: Answer::Words {
            get: handler!(report::place::child_page),
            post: form!(report::place::child),
            again: report::again_inside,
            confirmed: false,
        },
    },
    Route {
        path: "/concerns/waiting/{report}/adult",
        access: Access::May(Capability::ListFiles),
        purpose: "Placing it with an adult who works here.",
        answer: Answer::Words {
            get: handler!(report::place::adult_page),
            post: form!(report::place::adult),
            again: report::again_inside,
            confirmed: false,
        },
    },
    Route {
        path: "/concerns/waiting/{report}/stage",
        access: Access::May(Capability::ListFiles),
        purpose: "Saying at which stage a complaint is, and by when it is answered.",
        answer: Answer::Words {
            get: handler!(report::answer::stage_page),
            post: form!(report::answer::stage),
            again: report::again_inside,
            confirmed: false,
        },
    },
    Route {
        path: "/concerns/waiting/{report}/answer",
        access: Access::May(Capability::ListFiles),
        purpose: "Answering it otherwise than by placing it.",
        answer: Answer::Words {
            get: handler!(report::answer::page),
            post: form!(report::answer::answer),
            again: report::again_inside,
            confirmed: false,
        },
    },
];
