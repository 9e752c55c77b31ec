//! What is left to do about what is kept: reviews of emergency access, copies to get back, proposals to erase.

use super::{Access, Answer, Route};
use crate::pages::kept::{emergencies, erasures, tasks};
use holdfast_records::access::Capability;

pub(super) static ROUTES: &[Route] = &[
    Route {
        path: "/emergency-accesses",
        access: Access::May(Capability::ReviewEmergencyAccess),
        purpose: "Emergency access that somebody took, and whether it was right.",
        answer: Answer::Signed { get: handler!(emergencies::list), post: None, confirmed: false },
    },
    Route {
        path: "/emergency-accesses/{emergency}",
        access: Access::May(Capability::ReviewEmergencyAccess),
        purpose: "One of them: what for, and saying whether it was right.",
        answer: Answer::Signed { get: handler!(emergencies::page), post: form!(emergencies::review), confirmed: false },
    },
    Route {
        path: "/file-tasks",
        access: Access::May(Capability::PlaceHold),
        purpose: "What erasing, moving and ended times leave to be done.",
        answer: Answer::Signed { get: handler!(tasks::page), post: None, confirmed: false },
    },
    Route {
        path: "/file-tasks/{task}/done",
        access: Access::May(Capability::PlaceHold),
        purpose: "Saying that one of it is done.",
        answer: Answer::Signed { get: None, post: form!(tasks::done), confirmed: false },
    },
    Route {
        path: "/file-tasks/{task}/erase",
        access: Access::May(Capability::Erase),
        purpose: "Proposing to erase a concern whose time has ended.",
        answer: Answer::Signed { get: handler!(tasks::erase_page), post: form!(tasks::propose), confirmed: true },
    },
    Route {
        path: "/erasures",
        access: Access::May(Capability::Erase),
        purpose: "Proposals to erase that wait for a second person.",
        answer: Answer::Signed { get: handler!(erasures::list), post: None, confirmed: false },
    },
    Route {
        path: "/erasures/{proposal}",
        access: Access::May(Capability::Erase),
        purpose: "Agreeing to what somebody else proposed to erase.",
        answer: Answer::Signed { get: handler!(erasures::page), post: form!(erasures::agree), confirmed: true },
    },
    Route {
        path: "/erasures/{proposal}/withdraw",
        access: Access::May(Capability::Erase),
        purpose: "Taking such a proposal back.",
        answer: Answer::Signed { get: None, post: form!(erasures::withdraw), confirmed: false },
    },
];
