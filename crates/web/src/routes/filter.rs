//! The filter, for those who may read its policy or act on it.

use super::{Access, Answer, Route};
use crate::pages;
use holdfast_records::access::Capability;

pub(super) static ROUTES: &[Route] = &[
    Route {
        path: "/filter",
        access: Access::May(Capability::ReadPolicy),
        purpose: "Is it working: what is amiss, what was judged, and what cannot be seen.",
        answer: Answer::Signed { get: handler!(pages::filtering::working), post: None, confirmed: false },
    },
    Route {
        path: "/filter/explain",
        access: Access::May(Capability::ReadPolicy),
        purpose: "Why was this blocked? The address typed is kept nowhere.",
        answer: Answer::Signed {
            get: handler!(pages::filtering::explain::form),
            post: form!(pages::filtering::explain::answer),
            confirmed: false,
        },
    },
    Route {
        path: "/filter/groups",
        access: Access::May(Capability::ReadPolicy),
        purpose: "The groups and how each is judged.",
        answer: Answer::Signed { get: handler!(pages::filtering::groups::list), post: None, confirmed: false },
    },
    Route {
        path: "/filter/groups/{group}",
        access: Access::May(Capability::ReadPolicy),
        purpose: "One group.",
        answer: Answer::Signed { get: handler!(pages::filtering::groups::one), post: None, confirmed: false },
    },
    Route {
        path: "/filter/lists",
        access: Access::May(Capability::ReadPolicy),
        purpose: "The lists, where each comes from and how fresh it is.",
        answer: Answer::Signed { get: handler!(pages::filtering::lists::page), post: None, confirmed: false },
    },
    Route {
        path: "/filter/versions",
        access: Access::May(Capability::ReadPolicy),
        purpose: "The versions of the policy: who made each, when and why.",
        answer: Answer::Signed { get: handler!(pages::filtering::versions), post: None, confirmed: false },
    },
    Route {
        path: "/filter/suspensions",
        access: Access::May(Capability::Suspend),
        purpose: "The suspensions that run, of people whose access the asker may suspend.",
        answer: Answer::Signed { get: handler!(pages::filtering::suspensions::list), post: None, confirmed: false },
    },
    Route {
        path: "/filter/suspensions/new",
        access: Access::May(Capability::Suspend),
        purpose: "Finding whose access is to be suspended.",
        answer: Answer::Signed {
            get: handler!(pages::filtering::suspensions::find_form),
            post: form!(pages::filtering::suspensions::find),
            confirmed: false,
        },
    },
    Route {
        path: "/filter/suspensions/of/{person}",
        access: Access::May(Capability::Suspend),
        purpose: "Suspending one person's access for a while.",
        answer: Answer::Signed {
            get: handler!(pages::filtering::suspensions::place_form),
            post: form!(pages::filtering::suspensions::place),
            confirmed: false,
        },
    },
    Route {
        path: "/filter/suspensions/{code}/end",
        access: Access::May(Capability::Suspend),
        purpose: "Ending a suspension.",
        answer: Answer::Signed {
            get: handler!(pages::filtering::suspensions::end_form),
            post: form!(pages::filtering::suspensions::end),
            confirmed: true,
        },
    },
    Route {
        path: "/filter/emergency",
        access: Access::May(Capability::EmergencyBlock),
        purpose: "Emergency blocks, and placing one for everyone at once.",
        answer: Answer::Signed {
            get: handler!(pages::filtering::emergency::page),
            post: form!(pages::filtering::emergency::place),
            confirmed: false,
        },
    },
    Route {
        path: "/filter/emergency/{code}/lift",
        access: Access::May(Capability::EmergencyBlock),
        purpose: "Lifting an emergency block.",
        answer: Answer::Signed {
            get: handler!(pages::filtering::emergency::lift_form),
            post: form!(pages::filtering::emergency::lift),
            confirmed: true,
        },
    },
    Route {
        path: "/lessons",
        access: Access::May(Capability::SetLesson),
        purpose: "Opening sites for a class, for a lesson.",
        answer: Answer::Signed {
            get: handler!(pages::filtering::lessons::page),
            post: form!(pages::filtering::lessons::open),
            confirmed: false,
        },
    },
    Route {
        path: "/lessons/{code}/end",
        access: Access::May(Capability::SetLesson),
        purpose: "Ending a lesson now.",
        answer: Answer::Signed { get: None, post: form!(pages::filtering::lessons::end), confirmed: false },
    },
];
