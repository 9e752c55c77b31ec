//! What an upstream name service said: read once, freed of what would lead round the filter, and kept in a form that is
//! quickly written out again.

use super::question::Ask;
use crate::destination::Destinations;
use hickory_proto::op::ResponseCode;
use holdfast_core::host::Host;
use std::time::Duration;

/// An upstream answer, ready to be given. Holds nothing of any client and no verdict.
#[derive(Debug)]
pub(crate) struct Known {
    /// No error, or no such name. Every other code is an [`AnswerFault`].
    pub(crate) code: ResponseCode,
    /// Every further name that the answer leads over: CNAME and DNAME targets, SVCB and HTTPS targets. Each is judged.
    pub(crate) chain: Box<[Host]>,
    /// How long it may be kept: the shortest time to live of its records, or what its SOA says where it has no answer.
    pub(crate) life: Duration,
    /// Whether the upstream itself filtered the name, by its own words (RFC 8914) or a null address (F-27).
    pub(crate) upstream_blocked: bool,
    /// Its size in the cache, bytes.
    pub(crate) weight: usize,
}

/// What an answer is held against.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AnswerRules<'a> {
    /// What may lead where.
    pub(crate) destinations: &'a Destinations,
    /// Whether the name is of the school's own zone and may lead to private addresses.
    pub(crate) is_local: bool,
}

/// Why an upstream's answer cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AnswerFault {
    /// It cannot be read.
    Malformed,
    /// The upstream says it failed (SERVFAIL).
    Failed,
    /// The upstream will not serve us (REFUSED, NOTIMP and the like).
    Refused,
}

impl Known {
    /// Reads an upstream's whole answer, whose fit to the question has been checked.
    pub(crate) fn read(bytes: &[u8], ask: &Ask, rules: AnswerRules<'_>) -> Result<Self, AnswerFault> {
        let _ = (bytes, ask, rules);
        Err(AnswerFault::Malformed)
    }

    /// The addresses it holds, for ourselves.
    pub(crate) fn addresses(&self) -> Vec<std::net::IpAddr> {
        Vec::new()
    }
}
