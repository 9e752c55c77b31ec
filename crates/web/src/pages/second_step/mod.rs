//! What people show beside their password: at the door, and on their own account.

pub(crate) mod app;
pub(crate) mod codes;
pub(crate) mod door;
pub(crate) mod own;
pub(crate) mod passkeys;
pub(crate) mod prove;

use super::announce;
use super::{found, sign_in::with_then};
use axum::response::Response;

/// Where everything about it is.
const HERE: &str = "/account/second-step";

/// Leads whoever must have a second step and has none to where they set it up.
pub(crate) fn first(then: Option<&str>) -> Response {
    found(&then.map_or_else(|| HERE.to_owned(), |then| with_then(HERE, then)))
}
