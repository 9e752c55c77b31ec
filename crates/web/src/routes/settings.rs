//! What the school decided: settings with their provenance, questions that a policy leaves open, and the calendar.

use super::{Access, Answer, Route};
use crate::pages;
use holdfast_records::access::Capability;

pub(super) static ROUTES: &[Route] = &[
    Route {
        path: "/settings",
        access: Access::May(Capability::ReadSettings),
        purpose: "The areas of the settings, and what is open.",
        answer: Answer::Signed { get: handler!(pages::settings::index), post: None, confirmed: false },
    },
    Route {
        path: "/settings/areas/{area}",
        access: Access::May(Capability::ReadSettings),
        purpose: "The settings of an area: what is in force, who decided it, when and why.",
        answer: Answer::Signed { get: handler!(pages::settings::area), post: None, confirmed: false },
    },
    Route {
        path: "/settings/questions",
        access: Access::May(Capability::ReadSettings),
        purpose: "What a person must decide because a policy says two things.",
        answer: Answer::Signed { get: handler!(pages::settings::questions::list), post: None, confirmed: false },
    },
    Route {
        path: "/settings/questions/{question}",
        access: Access::May(Capability::ChangeSettings),
        purpose: "Deciding one of them.",
        answer: Answer::Signed {
            get: handler!(pages::settings::questions::form),
            post: form!(pages::settings::questions::decide),
            confirmed: true,
        },
    },
    Route {
        path: "/settings/calendar",
        access: Access::May(Capability::ReadSettings),
        purpose: "The school's calendar and watched hours.",
        answer: Answer::Signed { get: handler!(pages::calendar::page), post: None, confirmed: false },
    },
    Route {
        path: "/settings/calendar/change",
        access: Access::May(Capability::ChangeSettings),
        purpose: "Writing the calendar, and seeing what it would change.",
        answer: Answer::Signed {
            get: handler!(pages::calendar::form),
            post: form!(pages::calendar::preview),
            confirmed: false,
        },
    },
    Route {
        path: "/settings/calendar/set",
        access: Access::May(Capability::ChangeSettings),
        purpose: "Putting the calendar in force that was looked at.",
        answer: Answer::Signed { get: None, post: form!(pages::calendar::set), confirmed: false },
    },
    Route {
        path: "/settings/{setting}",
        access: Access::May(Capability::ReadSettings),
        purpose: "One setting with its history.",
        answer: Answer::Signed { get: handler!(pages::settings::one), post: None, confirmed: false },
    },
    Route {
        path: "/settings/{setting}/change",
        access: Access::May(Capability::ChangeSettings),
        purpose: "Changing a setting, with a reason.",
        answer: Answer::Signed {
            get: handler!(pages::settings::change::form),
            post: form!(pages::settings::change::change),
            confirmed: false,
        },
    },
    Route {
        path: "/settings/{setting}/withdraw",
        access: Access::May(Capability::ChangeSettings),
        purpose: "Taking back what the school chose.",
        answer: Answer::Signed {
            get: handler!(pages::settings::change::withdraw_form),
            post: form!(pages::settings::change::withdraw),
            confirmed: true,
        },
    },
    Route {
        path: "/settings/{setting}/trust",
        access: Access::May(Capability::ChangeTrustSettings),
        purpose: "Setting a trust's floor or default for all of its schools.",
        answer: Answer::Signed {
            get: handler!(pages::settings::change::trust_form),
            post: form!(pages::settings::change::set_for_trust),
            confirmed: true,
        },
    },
];
