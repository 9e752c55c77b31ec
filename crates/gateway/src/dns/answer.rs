//! Writing answers.

use super::{known::Known, question::Question, settings::BlockAnswer};
use hickory_proto::op::ResponseCode;
use holdfast_core::host::Host;
use std::net::IpAddr;

/// Extended error codes that we send (RFC 8914 §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExtendedError {
    /// 0: something of our own broke.
    Other,
    /// 3: the answer is old, and no upstream gave a new one.
    StaleAnswer,
    /// 15: stopped by the school's policy.
    Blocked,
    /// 18: this client is not served.
    Prohibited,
    /// 20: this question is not answered here.
    NotSupported,
    /// 22: no upstream could be reached.
    NoReachableAuthority,
    /// 23: an upstream broke off or answered nonsense.
    NetworkError,
}

/// Where our encrypted name service is, for RFC 9462.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Designated<'a> {
    /// Its name.
    pub(crate) name: &'a Host,
    /// DNS over TLS.
    pub(crate) tls_port: Option<u16>,
    /// DNS over HTTPS.
    pub(crate) https_port: Option<u16>,
    /// Its addresses.
    pub(crate) addresses: &'a [IpAddr],
}

/// Writes the answer to one question, appending to `out`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Writer<'a> {
    /// The question.
    pub(crate) question: &'a Question,
    /// Most bytes that the way back takes; beyond it the answer is cut and says so (TC).
    pub(crate) most_bytes: usize,
    /// Seconds that a client may keep it at most.
    pub(crate) most_seconds: u32,
    /// An extended error to go along, where the client speaks EDNS.
    pub(crate) extended: Option<(ExtendedError, &'a str)>,
}

impl Writer<'_> {
    /// What upstream said so many seconds ago.
    pub(crate) fn known(&self, known: &Known, age: u32, out: &mut Vec<u8>) {
        let _ = (known, age, out);
    }

    /// That the name is another name for `target`, and what is known about that.
    pub(crate) fn alias(&self, target: &str, known: &Known, age: u32, out: &mut Vec<u8>) {
        let _ = (target, known, age, out);
    }

    /// These addresses, as far as they are of the kind asked for; else that the name has no such record.
    pub(crate) fn addresses(&self, addresses: &[IpAddr], out: &mut Vec<u8>) {
        let _ = (addresses, out);
    }

    /// That the name is blocked.
    pub(crate) fn blocked(&self, how: BlockAnswer, own: &[IpAddr], out: &mut Vec<u8>) {
        let _ = (how, own, out);
    }

    /// That there is no such name.
    pub(crate) fn no_such_name(&self, out: &mut Vec<u8>) {
        let _ = out;
    }

    /// That the name has no such record.
    pub(crate) fn no_such_record(&self, out: &mut Vec<u8>) {
        let _ = out;
    }

    /// That it went wrong.
    pub(crate) fn failure(&self, code: ResponseCode, out: &mut Vec<u8>) {
        let _ = (code, out);
    }

    /// Our own encrypted name service (RFC 9462 §4).
    pub(crate) fn designated(&self, resolvers: Designated<'_>, out: &mut Vec<u8>) {
        let _ = (resolvers, out);
    }
}
