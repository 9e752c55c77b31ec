//! When the form could not be taken.

use crate::{
    house::Lost,
    pages::{
        Here,
        lost::{self, Words},
    },
    visit::SignedVisit,
};
use axum::response::Response;

const WORDS: Words = Words {
    shown: &[("seen", "What you saw or heard"), ("words", "What the child said"), ("opinion", "What you think")],
    chosen: &[("urgency", "How urgent it is")],
    to_others: "The page was opened by somebody who was signed in here before. They find what was kept of it under their own concerns. \
                Begin a new one for what you have to say.",
    goes_on: ("/concerns/new", "Begin a new one"),
    here: Here::Concerns,
    has_number: true,
};

/// The form comes back whole.
pub(crate) fn again(lost: &Lost<'_>) -> Response {
    lost::page(&WORDS, lost)
}

/// Somebody else began it at this computer.
pub(super) fn not_yours(visit: &SignedVisit) -> Response {
    lost::to_others(&WORDS, visit)
}
