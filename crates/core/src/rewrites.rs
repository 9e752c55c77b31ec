//! What is changed in a request that was seen whole: strict search, the modes of video sites, and which organisations'
//! accounts may be signed in to (F-10; field notes §4.1, §4.2).

use crate::{address::Address, ruleset::Ruleset, subject::Subject};
use std::sync::Arc;

/// Request fields that are ours to send: whatever a client sends under these names is taken out, always. Lower case.
pub const OUR_FIELDS: [&str; 1] = ["youtube-restrict"];

/// Everything that is changed in one request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rewrites {
    /// The path and query to send instead; `None` leaves them.
    pub path_and_query: Option<Box<str>>,
    /// Fields to send, after every client's own of the same name ([`OUR_FIELDS`]) is taken out. Names in lower case.
    pub fields: Vec<(&'static str, Box<str>)>,
    /// What was done, as events tell it: `strict-search google`, `youtube-restrict moderate`, `tenants microsoft`.
    pub applied: Vec<Arc<str>>,
}

impl Ruleset {
    /// What is changed in a request of this subject for this address, made with this method. Empty for nearly all.
    pub fn rewrites(&self, _subject: &Subject, _address: &Address, _method: &str) -> Rewrites {
        Rewrites::default()
    }
}

/// An `Alt-Svc` value without the ways that lead round the filter (HTTP/3; RFC 7838, RFC 9114 §3.1.1): `None` where
/// nothing needs to be taken out, and an empty text where nothing is left.
pub fn alt_svc_without_http3(_value: &str) -> Option<String> {
    None
}
