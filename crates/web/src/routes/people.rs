//! People and classes.

use super::{Access, Answer, Route};
use crate::pages;
use holdfast_records::access::Capability;

pub(super) static ROUTES: &[Route] = &[
    Route {
        path: "/people",
        access: Access::May(Capability::ReadDirectory),
        purpose: "The register, and finding somebody by name.",
        answer: Answer::Signed {
            get: handler!(pages::people::list::page),
            post: form!(pages::people::list::search),
            confirmed: false,
        },
    },
    Route {
        path: "/people/add",
        access: Access::May(Capability::ChangePeople),
        purpose: "Adding somebody.",
        answer: Answer::Signed {
            get: handler!(pages::people::add::page),
            post: form!(pages::people::add::add),
            confirmed: false,
        },
    },
    Route {
        path: "/people/import",
        access: Access::May(Capability::ChangePeople),
        purpose: "Taking in a list of people, after a look at what it would do.",
        answer: Answer::Upload {
            get: handler!(pages::people::import::page),
            post: form!(pages::people::import::import),
            most: pages::people::import::MOST,
        },
    },
    Route {
        path: "/people/{person}",
        access: Access::SignedIn,
        purpose: "One person’s record.",
        answer: Answer::Signed { get: handler!(pages::people::one::page), post: None, confirmed: false },
    },
    Route {
        path: "/people/{person}/photo",
        access: Access::May(Capability::ReadDirectory),
        purpose: "Somebody’s photograph itself.",
        answer: Answer::Signed { get: handler!(pages::people::photo::picture), post: None, confirmed: false },
    },
    Route {
        path: "/people/{person}/picture",
        access: Access::May(Capability::ChangePeople),
        purpose: "Setting or taking away somebody’s photograph.",
        answer: Answer::Upload {
            get: handler!(pages::people::photo::page),
            post: form!(pages::people::photo::set),
            most: pages::people::photo::MOST,
        },
    },
    Route {
        path: "/people/{person}/change/{what}",
        access: Access::May(Capability::ChangePeople),
        purpose: "Changing a part of somebody’s record: name, about, filter, way-in.",
        answer: Answer::Signed {
            get: handler!(pages::people::change::page),
            post: form!(pages::people::change::change),
            confirmed: false,
        },
    },
    Route {
        path: "/people/{person}/contact",
        access: Access::May(Capability::ChangePeople),
        purpose: "How somebody is reached: reading, and adding a way.",
        answer: Answer::Signed {
            get: handler!(pages::people::contact::page),
            post: form!(pages::people::contact::add),
            confirmed: false,
        },
    },
    Route {
        path: "/people/{person}/contact/{number}/first",
        access: Access::May(Capability::ChangePeople),
        purpose: "Putting a way to reach somebody before the others.",
        answer: Answer::Signed { get: None, post: form!(pages::people::contact::first), confirmed: true },
    },
    Route {
        path: "/people/{person}/contact/{number}/remove",
        access: Access::May(Capability::ChangePeople),
        purpose: "Taking a way to reach somebody away.",
        answer: Answer::Signed { get: None, post: form!(pages::people::contact::remove), confirmed: true },
    },
    Route {
        path: "/people/{person}/leave",
        access: Access::May(Capability::ChangePeople),
        purpose: "Somebody leaves the school.",
        answer: Answer::Signed {
            get: handler!(pages::people::leaving::page),
            post: form!(pages::people::leaving::leave),
            confirmed: true,
        },
    },
    Route {
        path: "/people/{person}/return",
        access: Access::May(Capability::ChangePeople),
        purpose: "Somebody who left is back.",
        answer: Answer::Signed {
            get: handler!(pages::people::leaving::return_page),
            post: form!(pages::people::leaving::come_back),
            confirmed: false,
        },
    },
    Route {
        path: "/people/{person}/family",
        access: Access::May(Capability::AskTelling),
        purpose: "A pupil’s parents and carers, and who may be told.",
        answer: Answer::Signed { get: handler!(pages::people::family::page), post: None, confirmed: false },
    },
    Route {
        path: "/people/{person}/family/add",
        access: Access::May(Capability::ChangePeople),
        purpose: "Recording a parent or carer.",
        answer: Answer::Signed {
            get: handler!(pages::people::family::add_page),
            post: form!(pages::people::family::add),
            confirmed: false,
        },
    },
    Route {
        path: "/people/{person}/family/{relation}/end",
        access: Access::May(Capability::ChangePeople),
        purpose: "Ending a relation.",
        answer: Answer::Signed {
            get: handler!(pages::people::family::end_page),
            post: form!(pages::people::family::end),
            confirmed: true,
        },
    },
    Route {
        path: "/people/{person}/confidential",
        access: Access::SignedIn,
        purpose: "What is confidential about somebody.",
        answer: Answer::Signed { get: handler!(pages::people::confidential::page), post: None, confirmed: false },
    },
    Route {
        path: "/people/{person}/confidential/{what}",
        access: Access::May(Capability::ChangeConfidential),
        purpose: "Writing a confidential detail: address, access-needs, court-order, no-contact.",
        answer: Answer::Signed {
            get: handler!(pages::people::confidential::write_page),
            post: form!(pages::people::confidential::write),
            confirmed: false,
        },
    },
    Route {
        path: "/people/{person}/confidential/orders/{row}/end",
        access: Access::May(Capability::ChangeConfidential),
        purpose: "Ending a court order.",
        answer: Answer::Signed {
            get: handler!(pages::people::confidential::end_order_page),
            post: form!(pages::people::confidential::end_order),
            confirmed: true,
        },
    },
    Route {
        path: "/people/{person}/confidential/no-contacts/{row}/end",
        access: Access::May(Capability::ChangeConfidential),
        purpose: "Ending a no-contact.",
        answer: Answer::Signed {
            get: handler!(pages::people::confidential::end_no_contact_page),
            post: form!(pages::people::confidential::end_no_contact),
            confirmed: true,
        },
    },
    Route {
        path: "/people/{person}/history",
        access: Access::May(Capability::ReadHistory),
        purpose: "One person’s history in the log, once it is said what for.",
        answer: Answer::Signed {
            get: handler!(pages::people::history::page),
            post: form!(pages::people::history::give_purpose),
            confirmed: false,
        },
    },
    Route {
        path: "/account/details",
        access: Access::SignedIn,
        purpose: "What somebody may change of their own record.",
        answer: Answer::Signed {
            get: handler!(pages::people::own::page),
            post: form!(pages::people::own::change),
            confirmed: false,
        },
    },
    Route {
        path: "/classes",
        access: Access::May(Capability::ReadDirectory),
        purpose: "The classes.",
        answer: Answer::Signed { get: handler!(pages::classes::list), post: None, confirmed: false },
    },
    Route {
        path: "/classes/add",
        access: Access::May(Capability::ChangePeople),
        purpose: "Adding a class.",
        answer: Answer::Signed {
            get: handler!(pages::classes::add_page),
            post: form!(pages::classes::add),
            confirmed: false,
        },
    },
    Route {
        path: "/classes/{class}",
        access: Access::May(Capability::ReadDirectory),
        purpose: "One class: who learns and teaches there.",
        answer: Answer::Signed { get: handler!(pages::classes::page), post: None, confirmed: false },
    },
    Route {
        path: "/classes/{class}/join",
        access: Access::May(Capability::ChangePeople),
        purpose: "Putting somebody into a class.",
        answer: Answer::Signed {
            get: handler!(pages::classes::join_page),
            post: form!(pages::classes::join),
            confirmed: false,
        },
    },
    Route {
        path: "/classes/{class}/leave",
        access: Access::May(Capability::ChangePeople),
        purpose: "Taking somebody out of a class.",
        answer: Answer::Signed { get: None, post: form!(pages::classes::leave), confirmed: false },
    },
];
