//! Concerns: what waits, one concern, and what is done about it. Who may know one is decided by the records, so that its pages are
//! open to whoever signed in and are not there for who may not.

use super::{Access, Answer, Route};
use crate::pages;
use holdfast_records::access::Capability;

pub(super) static ROUTES: &[Route] = &[
    Route {
        path: "/concerns",
        access: Access::May(Capability::ListFiles),
        purpose: "What waits, the most urgent first.",
        answer: Answer::Signed { get: handler!(pages::concerns::lists::page), post: None, confirmed: false },
    },
    Route {
        path: "/concerns/all",
        access: Access::May(Capability::ListFiles),
        purpose: "All concerns, closed ones too.",
        answer: Answer::Signed { get: handler!(pages::concerns::lists::all), post: None, confirmed: false },
    },
    Route {
        path: "/concerns/meeting",
        access: Access::May(Capability::ListFiles),
        purpose: "The list for the weekly meeting.",
        answer: Answer::Signed { get: handler!(pages::concerns::lists::meeting), post: None, confirmed: false },
    },
    Route {
        path: "/concerns/oversight",
        access: Access::May(Capability::ListFiles),
        purpose: "How many concerns there are, and which are late.",
        answer: Answer::Signed { get: handler!(pages::concerns::lists::oversight), post: None, confirmed: false },
    },
    Route {
        path: "/concerns/trends",
        access: Access::May(Capability::ReadCounts),
        purpose: "How many concerns there were in a period, by kind, year, place and more.",
        answer: Answer::Signed { get: handler!(pages::concerns::trends::page), post: None, confirmed: false },
    },
    Route {
        path: "/concerns/trends/finding",
        access: Access::May(Capability::DecideTrends),
        purpose: "Writing down what was found in that, and what follows.",
        answer: Answer::Words {
            get: handler!(pages::concerns::trends::finding_page),
            post: form!(pages::concerns::trends::finding),
            again: pages::concerns::again,
            confirmed: false,
        },
    },
    Route {
        path: "/concerns/search",
        access: Access::May(Capability::ListFiles),
        purpose: "Searching in concerns.",
        answer: Answer::Signed {
            get: handler!(pages::concerns::search::page),
            post: form!(pages::concerns::search::search),
            confirmed: false,
        },
    },
    Route {
        path: "/concerns/children/{person}",
        access: Access::May(Capability::ListFiles),
        purpose: "All about one child in the order of time.",
        answer: Answer::Signed { get: handler!(pages::concerns::child::page), post: None, confirmed: false },
    },
    Route {
        path: "/concerns/children/{person}/print",
        access: Access::May(Capability::ListFiles),
        purpose: "Printing that.",
        answer: Answer::Signed { get: None, post: form!(pages::concerns::child::print), confirmed: false },
    },
    Route {
        path: "/concerns/{reference}",
        access: Access::SignedIn,
        purpose: "One concern.",
        answer: Answer::Signed { get: handler!(pages::concerns::case::page), post: None, confirmed: false },
    },
    Route {
        path: "/concerns/{reference}/acknowledge",
        access: Access::SignedIn,
        purpose: "Saying that one has it.",
        answer: Answer::Signed { get: None, post: form!(pages::concerns::case::acknowledge), confirmed: false },
    },
    Route {
        path: "/concerns/{reference}/print",
        access: Access::SignedIn,
        purpose: "Printing a concern.",
        answer: Answer::Signed { get: None, post: form!(pages::concerns::case::print), confirmed: false },
    },
    Route {
        path: "/concerns/{reference}/decision",
        access: Access::SignedIn,
        purpose: "Deciding what it is.",
        answer: Answer::Words {
            get: handler!(pages::concerns::decide::decision_page),
            post: form!(pages::concerns::decide::decision),
            again: pages::concerns::again,
            confirmed: false,
        },
    },
    Route {
        path: "/concerns/{reference}/level",
        access: Access::SignedIn,
        purpose: "Changing how severe it is.",
        answer: Answer::Words {
            get: handler!(pages::concerns::decide::level_page),
            post: form!(pages::concerns::decide::level),
            again: pages::concerns::again,
            confirmed: false,
        },
    },
    Route {
        path: "/concerns/{reference}/owner",
        access: Access::SignedIn,
        purpose: "Saying who sees to it.",
        answer: Answer::Words {
            get: handler!(pages::concerns::decide::owner_page),
            post: form!(pages::concerns::decide::owner),
            again: pages::concerns::again,
            confirmed: false,
        },
    },
    Route {
        path: "/concerns/{reference}/action",
        access: Access::SignedIn,
        purpose: "Writing down what is to be done.",
        answer: Answer::Words {
            get: handler!(pages::concerns::decide::action_page),
            post: form!(pages::concerns::decide::action),
            again: pages::concerns::again,
            confirmed: false,
        },
    },
    Route {
        path: "/concerns/{reference}/actions/{action}",
        access: Access::SignedIn,
        purpose: "Saying that it was done.",
        answer: Answer::Words {
            get: handler!(pages::concerns::work::action_page),
            post: form!(pages::concerns::work::finish_action),
            again: pages::concerns::again,
            confirmed: false,
        },
    },
    Route {
        path: "/concerns/{reference}/parents/{adult}",
        access: Access::SignedIn,
        purpose: "Deciding whether a parent or carer is told.",
        answer: Answer::Words {
            get: handler!(pages::concerns::decide::parent_page),
            post: form!(pages::concerns::decide::decide_parent),
            again: pages::concerns::again,
            confirmed: false,
        },
    },
    Route {
        path: "/concerns/{reference}/family-harm",
        access: Access::SignedIn,
        purpose: "Saying that it may be harm in the family, and lifting that.",
        answer: Answer::Signed {
            get: handler!(pages::concerns::harm::page),
            post: form!(pages::concerns::harm::answer),
            confirmed: false,
        },
    },
    Route {
        path: "/concerns/{reference}/told/{decision}",
        access: Access::SignedIn,
        purpose: "Saying that a parent or carer was told.",
        answer: Answer::Words {
            get: handler!(pages::concerns::work::told_page),
            post: form!(pages::concerns::work::told),
            again: pages::concerns::again,
            confirmed: false,
        },
    },
    Route {
        path: "/concerns/{reference}/call",
        access: Access::SignedIn,
        purpose: "Writing down a call to an agency.",
        answer: Answer::Words {
            get: handler!(pages::concerns::work::call_page),
            post: form!(pages::concerns::work::call),
            again: pages::concerns::again,
            confirmed: false,
        },
    },
    Route {
        path: "/concerns/{reference}/note",
        access: Access::SignedIn,
        purpose: "Adding to it.",
        answer: Answer::Words {
            get: handler!(pages::concerns::work::note_page),
            post: form!(pages::concerns::work::note),
            again: pages::concerns::again,
            confirmed: false,
        },
    },
    Route {
        path: "/concerns/{reference}/entries/{entry}/amend",
        access: Access::SignedIn,
        purpose: "Putting an entry right.",
        answer: Answer::Words {
            get: handler!(pages::concerns::work::amend_page),
            post: form!(pages::concerns::work::amend),
            again: pages::concerns::again,
            confirmed: false,
        },
    },
    Route {
        path: "/concerns/{reference}/link",
        access: Access::SignedIn,
        purpose: "Saying that another concern belongs to it.",
        answer: Answer::Words {
            get: handler!(pages::concerns::mend::link_page),
            post: form!(pages::concerns::mend::link),
            again: pages::concerns::again,
            confirmed: false,
        },
    },
    Route {
        path: "/concerns/{reference}/wrong-child",
        access: Access::SignedIn,
        purpose: "Moving it to the right child.",
        answer: Answer::Words {
            get: handler!(pages::concerns::mend::wrong_child_page),
            post: form!(pages::concerns::mend::wrong_child),
            again: pages::concerns::again,
            confirmed: false,
        },
    },
    Route {
        path: "/concerns/{reference}/about-an-adult",
        access: Access::SignedIn,
        purpose: "Dividing what is about an adult who works here.",
        answer: Answer::Words {
            get: handler!(pages::concerns::mend::adult_page),
            post: form!(pages::concerns::mend::adult),
            again: pages::concerns::again,
            confirmed: false,
        },
    },
    Route {
        path: "/concerns/{reference}/let-in",
        access: Access::SignedIn,
        purpose: "Letting somebody in.",
        answer: Answer::Words {
            get: handler!(pages::concerns::mend::let_in_page),
            post: form!(pages::concerns::mend::let_in),
            again: pages::concerns::again,
            confirmed: true,
        },
    },
    Route {
        path: "/concerns/{reference}/step-aside",
        access: Access::SignedIn,
        purpose: "Stating that one is too close to it.",
        answer: Answer::Words {
            get: handler!(pages::concerns::mend::aside_page),
            post: form!(pages::concerns::mend::aside),
            again: pages::concerns::again,
            confirmed: false,
        },
    },
    Route {
        path: "/concerns/{reference}/close",
        access: Access::SignedIn,
        purpose: "Closing it.",
        answer: Answer::Words {
            get: handler!(pages::concerns::closing::close_page),
            post: form!(pages::concerns::closing::close),
            again: pages::concerns::again,
            confirmed: false,
        },
    },
    Route {
        path: "/concerns/{reference}/open",
        access: Access::SignedIn,
        purpose: "Opening it again.",
        answer: Answer::Words {
            get: handler!(pages::concerns::closing::open_page),
            post: form!(pages::concerns::closing::open),
            again: pages::concerns::again,
            confirmed: false,
        },
    },
    Route {
        path: "/concerns/{reference}/class",
        access: Access::SignedIn,
        purpose: "Saying what kind of thing it is, and whether a crime is suspected.",
        answer: Answer::Words {
            get: handler!(pages::concerns::class::page),
            post: form!(pages::concerns::class::write),
            again: pages::concerns::again,
            confirmed: false,
        },
    },
    Route {
        path: "/concerns/{reference}/debrief",
        access: Access::SignedIn,
        purpose: "Writing down what was learned.",
        answer: Answer::Words {
            get: handler!(pages::concerns::debrief::page),
            post: form!(pages::concerns::debrief::write),
            again: pages::concerns::again,
            confirmed: false,
        },
    },
    Route {
        path: "/concerns/{reference}/unsure",
        access: Access::SignedIn,
        purpose: "Saying that one is not sure how to go on.",
        answer: Answer::Words {
            get: handler!(pages::concerns::advice::unsure_page),
            post: form!(pages::concerns::advice::unsure),
            again: pages::concerns::again,
            confirmed: false,
        },
    },
    Route {
        path: "/concerns/{reference}/advice/{asked}",
        access: Access::SignedIn,
        purpose: "Writing down the advice that came.",
        answer: Answer::Words {
            get: handler!(pages::concerns::advice::advice_page),
            post: form!(pages::concerns::advice::advice),
            again: pages::concerns::again,
            confirmed: false,
        },
    },
    Route {
        path: "/concerns/{reference}/part-of",
        access: Access::SignedIn,
        purpose: "Making it part of another concern of the same child.",
        answer: Answer::Words {
            get: handler!(pages::concerns::part_of::page),
            post: form!(pages::concerns::part_of::make),
            again: pages::concerns::again,
            confirmed: false,
        },
    },
];
