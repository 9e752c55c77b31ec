//! Pupils' own way in and their own pages, and how adults let them in.

use super::{Access, Answer, Route};
use crate::pages::{pupil, talks};
use holdfast_records::access::Capability;

pub(super) static ROUTES: &[Route] = &[
    Route {
        path: "/sign-in/pupil",
        access: Access::Anybody,
        purpose: "Typing the code of a class that an adult opened.",
        answer: Answer::Door { get: handler!(pupil::door::code_page), post: form!(pupil::door::code) },
    },
    Route {
        path: "/sign-in/pupil/who",
        access: Access::Anybody,
        purpose: "Finding one’s own name in the class.",
        answer: Answer::Door { get: handler!(pupil::door::who_page), post: form!(pupil::door::who) },
    },
    Route {
        path: "/sign-in/pupil/show",
        access: Access::Anybody,
        purpose: "Showing one’s own two pictures or words.",
        answer: Answer::Door { get: handler!(pupil::door::show_page), post: form!(pupil::door::show) },
    },
    Route {
        path: "/pictures.svg",
        access: Access::Anybody,
        purpose: "The pictures that pupils choose from.",
        answer: Answer::File(crate::pages::fixed::pictures),
    },
    Route {
        path: "/start",
        access: Access::Pupil,
        purpose: "A pupil’s own first page.",
        answer: Answer::Signed { get: handler!(pupil::start::page), post: None, confirmed: false },
    },
    Route {
        path: "/start/stay",
        access: Access::Pupil,
        purpose: "Putting off that a pupil's sign-in ends by itself.",
        answer: Answer::Signed { get: None, post: form!(crate::pages::account::stay), confirmed: false },
    },
    Route {
        path: "/tell",
        access: Access::Pupil,
        purpose: "A pupil tells a grown-up, with pictures or words.",
        answer: Answer::Words {
            get: handler!(pupil::tell::page),
            post: form!(pupil::tell::tell),
            again: pupil::tell::again,
            confirmed: false,
        },
    },
    Route {
        path: "/tell/told",
        access: Access::Pupil,
        purpose: "What happens after a pupil told something.",
        answer: Answer::Signed { get: handler!(pupil::tell::told), post: None, confirmed: false },
    },
    Route {
        path: "/trusted",
        access: Access::Pupil,
        purpose: "Whom a pupil would like to talk with, and choosing them.",
        answer: Answer::Signed {
            get: handler!(pupil::trusted::page),
            post: form!(pupil::trusted::choose),
            confirmed: false,
        },
    },
    Route {
        path: "/trusted/ask",
        access: Access::Pupil,
        purpose: "Asking to talk with somebody.",
        answer: Answer::Signed { get: None, post: form!(pupil::trusted::ask), confirmed: false },
    },
    Route {
        path: "/trusted/asked",
        access: Access::Pupil,
        purpose: "What happens after a pupil asked to talk.",
        answer: Answer::Signed { get: handler!(pupil::trusted::asked), post: None, confirmed: false },
    },
    Route {
        path: "/for-you",
        access: Access::Pupil,
        purpose: "What there is for a pupil behind a password of their own.",
        answer: Answer::Signed {
            get: handler!(pupil::for_you::page),
            post: form!(pupil::for_you::show),
            confirmed: false,
        },
    },
    Route {
        path: "/for-you/{receipt}",
        access: Access::Pupil,
        purpose: "A pupil says whether it helped.",
        answer: Answer::Signed { get: None, post: form!(pupil::for_you::helped), confirmed: false },
    },
    Route {
        path: "/talks",
        access: Access::May(Capability::HearPupils),
        purpose: "Which pupils would like to talk, and that somebody has talked with them.",
        answer: Answer::Signed { get: handler!(talks::page), post: None, confirmed: false },
    },
    Route {
        path: "/talks/{talk}",
        access: Access::May(Capability::HearPupils),
        purpose: "Saying that one has talked with a pupil, or handing it on.",
        answer: Answer::Signed { get: None, post: form!(talks::answer), confirmed: false },
    },
    Route {
        path: "/classes/{class}/sign-in",
        access: Access::May(Capability::SetLesson),
        purpose: "Who of a class signed in, and opening it for its pupils.",
        answer: Answer::Signed { get: handler!(pupil::class::page), post: form!(pupil::class::open), confirmed: false },
    },
    Route {
        path: "/classes/{class}/sign-in/board",
        access: Access::May(Capability::SetLesson),
        purpose: "The code of a class alone, for the board.",
        answer: Answer::Signed { get: handler!(pupil::class::board), post: None, confirmed: false },
    },
    Route {
        path: "/classes/{class}/sign-in/end",
        access: Access::May(Capability::SetLesson),
        purpose: "Ending it for a class.",
        answer: Answer::Signed { get: None, post: form!(pupil::class::end), confirmed: false },
    },
    Route {
        path: "/classes/{class}/sign-in/again",
        access: Access::May(Capability::HelpPupils),
        purpose: "Letting a pupil try again who showed the wrong thing too often.",
        answer: Answer::Signed { get: None, post: form!(pupil::class::again), confirmed: false },
    },
    Route {
        path: "/classes/{class}/sign-in/cards",
        access: Access::May(Capability::HelpPupils),
        purpose: "Making cards for those of a class who have nothing to show yet.",
        answer: Answer::Signed {
            get: handler!(pupil::class::cards_page),
            post: form!(pupil::class::cards),
            confirmed: false,
        },
    },
    Route {
        path: "/people/{person}/sign-in",
        access: Access::May(Capability::HelpPupils),
        purpose: "How a pupil signs in, and giving them a new card.",
        answer: Answer::Signed { get: handler!(pupil::way::page), post: form!(pupil::way::give), confirmed: false },
    },
    Route {
        path: "/people/{person}/sign-in/end",
        access: Access::May(Capability::HelpPupils),
        purpose: "Taking away what a pupil shows.",
        answer: Answer::Signed { get: None, post: form!(pupil::way::end), confirmed: false },
    },
    Route {
        path: "/people/{person}/exemption",
        access: Access::May(Capability::ExemptPupils),
        purpose: "Exempting a pupil from a password of their own, until a day.",
        answer: Answer::Signed {
            get: handler!(pupil::exempt::page),
            post: form!(pupil::exempt::exempt),
            confirmed: false,
        },
    },
    Route {
        path: "/people/{person}/exemption/end",
        access: Access::May(Capability::ExemptPupils),
        purpose: "Ending an exemption.",
        answer: Answer::Signed { get: None, post: form!(pupil::exempt::end), confirmed: false },
    },
    Route {
        path: "/exemptions",
        access: Access::May(Capability::ExemptPupils),
        purpose: "Who is exempted from a password of their own, and when that is looked at again.",
        answer: Answer::Signed { get: handler!(pupil::exempt::list), post: None, confirmed: false },
    },
];
