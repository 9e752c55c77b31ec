//! Duties and absences.

use super::{Access, Answer, Route};
use crate::pages;
use holdfast_records::access::Capability;

pub(super) static ROUTES: &[Route] = &[
    Route {
        path: "/duties",
        access: Access::May(Capability::ReadDuties),
        purpose: "Who holds which duty, who deputises, who is away.",
        answer: Answer::Signed { get: handler!(pages::duties::page), post: None, confirmed: false },
    },
    Route {
        path: "/duties/give/{duty}",
        access: Access::May(Capability::AssignDuties),
        purpose: "Giving a duty.",
        answer: Answer::Signed {
            get: handler!(pages::duties::give::page),
            post: form!(pages::duties::give::give),
            confirmed: true,
        },
    },
    Route {
        path: "/duties/holdings/{holding}/end",
        access: Access::May(Capability::AssignDuties),
        purpose: "Ending a duty.",
        answer: Answer::Signed {
            get: handler!(pages::duties::give::end_page),
            post: form!(pages::duties::give::end),
            confirmed: true,
        },
    },
    Route {
        path: "/duties/away",
        access: Access::SignedIn,
        purpose: "Recording that one is away oneself.",
        answer: Answer::Signed {
            get: handler!(pages::duties::absence::own_page),
            post: form!(pages::duties::absence::own),
            confirmed: false,
        },
    },
    Route {
        path: "/duties/absence",
        access: Access::May(Capability::RecordAbsence),
        purpose: "Recording that somebody is away.",
        answer: Answer::Signed {
            get: handler!(pages::duties::absence::page),
            post: form!(pages::duties::absence::others),
            confirmed: false,
        },
    },
    Route {
        path: "/duties/back",
        access: Access::SignedIn,
        purpose: "Recording that somebody is back.",
        answer: Answer::Signed { get: None, post: form!(pages::duties::absence::back), confirmed: false },
    },
    Route {
        path: "/duties/trust-lead",
        access: Access::May(Capability::ReadDuties),
        purpose: "Who is proposed as the first trust lead.",
        answer: Answer::Signed { get: handler!(pages::duties::trust_lead::page), post: None, confirmed: false },
    },
    Route {
        path: "/duties/trust-lead/propose",
        access: Access::May(Capability::AssignDuties),
        purpose: "Proposing the first trust lead.",
        answer: Answer::Signed {
            get: handler!(pages::duties::trust_lead::propose_page),
            post: form!(pages::duties::trust_lead::propose),
            confirmed: true,
        },
    },
    Route {
        path: "/duties/trust-lead/{person}/agree",
        access: Access::May(Capability::AgreeToDuty),
        purpose: "Agreeing to the first trust lead whom somebody else proposed.",
        answer: Answer::Signed {
            get: handler!(pages::duties::trust_lead::agree_page),
            post: form!(pages::duties::trust_lead::agree),
            confirmed: true,
        },
    },
    Route {
        path: "/duties/out-of-hours",
        access: Access::May(Capability::ReadDuties),
        purpose: "Who is told of immediate danger outside watched hours.",
        answer: Answer::Signed { get: handler!(pages::duties::out_of_hours::page), post: None, confirmed: false },
    },
    Route {
        path: "/duties/out-of-hours/agree",
        access: Access::May(Capability::AssignDuties),
        purpose: "Recording that somebody agreed in writing to that.",
        answer: Answer::Signed {
            get: handler!(pages::duties::out_of_hours::agree_page),
            post: form!(pages::duties::out_of_hours::agree),
            confirmed: true,
        },
    },
    Route {
        path: "/duties/out-of-hours/end",
        access: Access::SignedIn,
        purpose: "Ending it, for oneself or for somebody else.",
        answer: Answer::Signed { get: None, post: form!(pages::duties::out_of_hours::end), confirmed: false },
    },
    Route {
        path: "/duties/family",
        access: Access::May(Capability::OverruleFamily),
        purpose: "Who of those to whom concerns come is recorded as family of a child.",
        answer: Answer::Signed { get: handler!(pages::duties::family::page), post: None, confirmed: false },
    },
    Route {
        path: "/duties/family/{relation}/end",
        access: Access::May(Capability::OverruleFamily),
        purpose: "Ending such a relation.",
        answer: Answer::Signed {
            get: handler!(pages::duties::family::end_page),
            post: form!(pages::duties::family::end),
            confirmed: true,
        },
    },
];
