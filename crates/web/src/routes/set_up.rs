//! Setting the school up, and what is not yet done of it.

use super::{Access, Answer, Route};
use crate::pages::set_up::{self, left, made, people};
use holdfast_records::access::Capability;

pub(super) static ROUTES: &[Route] = &[
    Route {
        path: "/set-up",
        access: Access::FirstRun,
        purpose: "Setting the school up: the console's token first, then the list of tasks.",
        answer: Answer::Door { get: handler!(set_up::page), post: form!(set_up::claim) },
    },
    Route {
        path: "/set-up/school",
        access: Access::FirstRun,
        purpose: "The school's name, code, time zone and trust.",
        answer: Answer::Door { get: handler!(set_up::school::page), post: form!(set_up::school::save) },
    },
    Route {
        path: "/set-up/people",
        access: Access::FirstRun,
        purpose: "The first people, and what is still missing.",
        answer: Answer::Door { get: handler!(people::list), post: None },
    },
    Route {
        path: "/set-up/people/{number}",
        access: Access::FirstRun,
        purpose: "One of the first people: their duties, whom they stand in for, their sign-in.",
        answer: Answer::Door { get: handler!(people::page), post: form!(people::save) },
    },
    Route {
        path: "/set-up/people/{number}/remove",
        access: Access::FirstRun,
        purpose: "Leaving one of them out again.",
        answer: Answer::Door { get: None, post: form!(people::remove) },
    },
    Route {
        path: "/set-up/check",
        access: Access::FirstRun,
        purpose: "Everything once more, and setting the school up.",
        answer: Answer::Door { get: handler!(made::check), post: form!(made::make) },
    },
    Route {
        path: "/set-up/slips",
        access: Access::FirstRun,
        purpose: "The passphrases of the first sign-ins, to be printed and handed over.",
        answer: Answer::Door { get: handler!(made::slips), post: form!(made::handed_over) },
    },
    Route {
        path: "/set-up/codes/{number}",
        access: Access::FirstRun,
        purpose: "A custodian's recovery code, to be printed.",
        answer: Answer::Door { get: handler!(made::code), post: None },
    },
    Route {
        path: "/set-up/codes/{number}/check",
        access: Access::FirstRun,
        purpose: "Typing some groups of the printed code back.",
        answer: Answer::Door { get: handler!(made::check_code), post: form!(made::code_checked) },
    },
    Route {
        path: "/set-up/left",
        access: Access::May(Capability::FinishSetUp),
        purpose: "What is not yet done, and ending the set-up.",
        answer: Answer::Signed { get: handler!(left::page), post: form!(left::finish), confirmed: false },
    },
    Route {
        path: "/set-up/left/filter",
        access: Access::May(Capability::FinishSetUp),
        purpose: "Saying that somebody read how the filter stands.",
        answer: Answer::Signed { get: None, post: form!(left::filter_read), confirmed: false },
    },
    Route {
        path: "/set-up/left/code",
        access: Access::May(Capability::FinishSetUp),
        purpose: "Typing a custodian's whole code back, where that was not done at set-up.",
        answer: Answer::Signed { get: handler!(left::code), post: form!(left::code_typed), confirmed: false },
    },
];
