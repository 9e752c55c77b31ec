//! One's own password, advice on it, and everybody's passwords for those who look after accounts.

use super::{Access, Answer, Route};
use crate::pages::{account, advice, password, passwords};
use holdfast_records::access::Capability;

pub(super) static ROUTES: &[Route] = &[
    Route {
        path: "/account/password",
        access: Access::SignedIn,
        purpose: "Changing one's own password.",
        answer: Answer::Signed { get: handler!(password::page), post: form!(password::change), confirmed: false },
    },
    Route {
        path: "/account/password/later",
        access: Access::SignedIn,
        purpose: "Putting off for this sign-in the change of a password that is past its day, for those to whom concerns come.",
        answer: Answer::Signed { get: None, post: form!(password::later), confirmed: true },
    },
    Route {
        path: "/account/advice",
        access: Access::SignedIn,
        purpose: "Advice on passwords, signing out and shared computers; saying that one has read it.",
        answer: Answer::Signed { get: handler!(advice::page), post: form!(advice::read), confirmed: false },
    },
    Route {
        path: "/account/sign-ins/not-me",
        access: Access::SignedIn,
        purpose: "Saying that a sign-in was not oneself: the others end, and whoever looks after accounts is told.",
        answer: Answer::Signed { get: None, post: form!(account::not_me), confirmed: false },
    },
    Route {
        path: "/passwords",
        access: Access::May(Capability::ManageAccounts),
        purpose: "How old everybody's passwords are, and the words that none may be made of.",
        answer: Answer::Signed { get: handler!(passwords::page), post: None, confirmed: false },
    },
    Route {
        path: "/passwords/words",
        access: Access::May(Capability::ManageAccounts),
        purpose: "Adding a word that no password may be made of.",
        answer: Answer::Signed { get: None, post: form!(passwords::add_word), confirmed: false },
    },
];
