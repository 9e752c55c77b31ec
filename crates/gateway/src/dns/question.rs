//! Reading questions, strictly.

use hickory_proto::rr::{Name, RecordType};
use holdfast_core::host::Host;

/// A client's question.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    /// The message's number, given back in the answer.
    pub(crate) id: u16,
    /// The name as it was asked, letters' case kept (given back as it came).
    pub(crate) name: Name,
    /// What is asked about it.
    pub(crate) kind: RecordType,
    /// The name as it is judged; nothing where it is no name that any verdict could be given for.
    pub(crate) host: Option<Host>,
    /// What the header asks for.
    pub(crate) wants: Wants,
    /// What EDNS said (RFC 6891), where it was used.
    pub(crate) edns: Option<Edns>,
}

/// Header flags of a question.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Wants {
    /// RD.
    pub(crate) recursion: bool,
    /// AD: the client understands it (RFC 6840 §5.7).
    pub(crate) authentic: bool,
    /// CD.
    pub(crate) checking_disabled: bool,
}

/// EDNS of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Edns {
    /// The longest UDP answer it takes, at least 512.
    pub(crate) payload: u16,
    /// DO: signatures are wanted.
    pub(crate) dnssec: bool,
}

/// What a message turned out to be.
#[derive(Debug)]
pub(crate) enum Reading {
    /// A question that can be judged and answered.
    Question(Box<Question>),
    /// Something that is answered at once: malformed, another operation, another class, a version of EDNS we do not know.
    Answer(Vec<u8>),
    /// Something that is never answered: an answer, or less than a header. Answering could loop.
    Silent,
}

/// Reads one message without its TCP length.
pub(crate) fn read(bytes: &[u8]) -> Reading {
    let _ = bytes;
    Reading::Silent
}

/// What is asked upstream, and what an answer is kept under. Lower case, so that letters' case makes no difference.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Ask {
    /// The name's wire form, lower case, not compressed.
    pub(crate) name: Box<[u8]>,
    /// The record type's number.
    pub(crate) kind: u16,
    /// DO.
    pub(crate) dnssec: bool,
    /// CD.
    pub(crate) checking_disabled: bool,
}

impl Ask {
    /// What a client's question asks.
    pub(crate) fn of(question: &Question) -> Self {
        let _ = question;
        Self { name: Box::default(), kind: 0, dnssec: false, checking_disabled: false }
    }

    /// Asks for a host's records, for ourselves. Nothing for a host that is an address.
    pub(crate) fn for_host(host: &Host, kind: RecordType) -> Option<Self> {
        let _ = (host, kind);
        None
    }

    /// The host it is about; nothing where it is none that could be judged.
    pub(crate) fn host(&self) -> Option<Host> {
        None
    }

    /// The message to send upstream, with this number: recursion desired, EDNS with a payload of 1,232 bytes.
    pub(crate) fn message(&self, id: u16) -> Vec<u8> {
        let _ = id;
        Vec::new()
    }

    /// Whether a message is an answer to this with this number: header, question count, name (any case), type, class.
    /// Whatever does not fit may be forged and is not looked at further.
    pub(crate) fn is_answered_by(&self, id: u16, bytes: &[u8]) -> bool {
        let _ = (id, bytes);
        false
    }
}

/// Whether an answer says that it was cut short (TC), so that it must be asked again over TCP.
pub(crate) fn is_truncated(bytes: &[u8]) -> bool {
    let _ = bytes;
    false
}
