//! Reading questions, strictly.
//!
//! A question is one header, one name with type and class, and at most EDNS behind it; whatever else a message holds
//! makes it malformed. [`read`] stands before everything else on the hot path, so it reads straight through hickory's
//! decoder and builds nothing but the question itself. [`Ask`] is what is left of a question for upstream and for the
//! cache: nothing of the client, no letters' case.

mod ask;

pub(super) use ask::wire_of;
pub(crate) use ask::{Ask, is_truncated};

use super::answer::{self, Writer};
use hickory_proto::{
    op::ResponseCode,
    rr::{Name, RecordType},
    serialize::binary::{BinDecodable, BinDecoder, Restrict},
};
use holdfast_core::host::Host;

/// Bytes of a message's header (RFC 1035 §4.1.1).
pub(crate) const HEADER: usize = 12;
/// The class of the internet, the only one that is answered.
pub(super) const INTERNET: u16 = 1;
/// Most records behind a question: EDNS, a signature of the message, and what a client may think of besides.
const MOST_ADDITIONAL: u16 = 4;
/// The shortest UDP answer that everybody takes (RFC 6891 §6.2.5).
const LEAST_PAYLOAD: u16 = 512;
/// How long the answer to "any" may be kept, seconds: it never changes.
const ANY_SECONDS: u32 = 3_600;

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
    /// Something that is answered at once: malformed, another operation, another class, a version of EDNS we do not
    /// know, a type that is no record's (RFC 6895 §3.1) such as a transfer, and "any" (RFC 8482).
    Answer(Vec<u8>),
    /// Something that is never answered: an answer, or less than a header. Answering could loop.
    Silent,
}

/// Reads one message without its TCP length.
pub(crate) fn read(bytes: &[u8]) -> Reading {
    let Some(&header) = bytes.first_chunk::<HEADER>() else { return Reading::Silent };
    let [_, _, flags, ..] = header;
    if flags & 0x80 != 0 {
        return Reading::Silent;
    }
    if flags & 0x78 != 0 {
        return Reading::Answer(refusal(header, ResponseCode::NotImp, &[], None));
    }
    let Some(message) = Message::read(header, bytes) else {
        return Reading::Answer(refusal(header, ResponseCode::FormErr, &[], None));
    };
    let Message { question, class, asked, version } = message;
    if version > 0 {
        return Reading::Answer(refusal(header, ResponseCode::BADVERS, asked, question.edns));
    }
    if class != INTERNET {
        return Reading::Answer(refusal(header, ResponseCode::Refused, asked, question.edns));
    }
    match question.kind {
        RecordType::ANY => {
            let mut out = Vec::new();
            let most_bytes = usize::from(LEAST_PAYLOAD);
            Writer { question: &question, most_bytes, most_seconds: ANY_SECONDS, extended: None }.any(&mut out);
            Reading::Answer(out)
        }
        kind if is_no_record(kind) => Reading::Answer(refusal(header, ResponseCode::NotImp, asked, question.edns)),
        _ => Reading::Question(Box::new(question)),
    }
}

/// Types that are operations or belong to a single message, not records of a name (RFC 6895 §3.1): transfers,
/// signatures of messages, EDNS itself, mailbox questions.
fn is_no_record(kind: RecordType) -> bool {
    matches!(u16::from(kind), 0 | 41 | 128..=255)
}

/// A message that is a question by its form.
struct Message<'a> {
    question: Question,
    class: u16,
    /// The question section as it came.
    asked: &'a [u8],
    /// The version of EDNS.
    version: u8,
}

impl<'a> Message<'a> {
    /// Nothing where the form is not kept.
    fn read([id_high, id_low, flags, more_flags, counts @ ..]: [u8; HEADER], bytes: &'a [u8]) -> Option<Self> {
        // One question (RFC 9619), no answers, no authorities, and not cut short.
        let [0, 1, 0, 0, 0, 0, additional @ ..] = counts else { return None };
        let additional = u16::from_be_bytes(additional);
        if additional > MOST_ADDITIONAL || flags & 0x02 != 0 {
            return None;
        }
        let mut decoder = BinDecoder::new(bytes);
        decoder.read_slice(HEADER).ok()?;
        let name = Name::read(&mut decoder).ok()?;
        // A name that took fewer bytes than it has was compressed: there is nothing before it to point to.
        if decoder.index() != HEADER + wire_length(&name) {
            return None;
        }
        let kind = RecordType::read(&mut decoder).ok()?;
        let class = decoder.read_u16().ok()?.unverified();
        let asked = decoder.slice_from(HEADER).ok()?;
        let mut edns = None;
        let mut version = 0;
        for _ in 0..additional {
            if let Additional::Edns(said, its_version) = Additional::read(&mut decoder)? {
                version = its_version;
                if edns.replace(said).is_some() {
                    return None;
                }
            }
        }
        if !decoder.is_empty() {
            return None;
        }
        let host = host_of(name.iter());
        let wants = Wants {
            recursion: flags & 0x01 != 0,
            authentic: more_flags & 0x20 != 0,
            checking_disabled: more_flags & 0x10 != 0,
        };
        let id = u16::from_be_bytes([id_high, id_low]);
        Some(Self { question: Question { id, name, kind, host, wants, edns }, class, asked, version })
    }
}

/// A record behind the question.
enum Additional {
    /// EDNS, with its version.
    Edns(Edns, u8),
    /// Something that is passed over.
    Other,
}

impl Additional {
    /// Nothing where it is malformed.
    fn read(decoder: &mut BinDecoder<'_>) -> Option<Self> {
        // Nearly always it is EDNS, whose owner is the root.
        let is_root = decoder.peek()?.unverified() == 0;
        if is_root {
            decoder.pop().ok()?;
        } else {
            Name::read(decoder).ok()?;
        }
        let kind = RecordType::read(decoder).ok()?;
        let class = decoder.read_u16().ok()?.unverified();
        let [_, version, flags, _] = decoder.read_u32().ok()?.unverified().to_be_bytes();
        let length = decoder.read_u16().ok()?.unverified();
        let data = decoder.read_slice(usize::from(length)).ok()?.unverified();
        if kind != RecordType::OPT {
            return Some(Self::Other);
        }
        if !is_root || options(data).any(|option| option.is_none()) {
            return None;
        }
        Some(Self::Edns(Edns { payload: class.max(LEAST_PAYLOAD), dnssec: flags & 0x80 != 0 }, version))
    }
}

/// The options of EDNS: number and content; nothing for one that is cut short, which is the last.
pub(super) fn options(data: &[u8]) -> impl Iterator<Item = Option<(u16, &[u8])>> {
    let mut decoder = BinDecoder::new(data);
    let mut broken = false;
    std::iter::from_fn(move || {
        if broken || decoder.is_empty() {
            return None;
        }
        let mut number = || decoder.read_u16().ok().map(Restrict::unverified);
        let (code, length) = (number(), number());
        let option = match (code, length) {
            (Some(code), Some(length)) => {
                decoder.read_slice(usize::from(length)).ok().map(|content| (code, content.unverified()))
            }
            _ => None,
        };
        broken = option.is_none();
        Some(option)
    })
}

/// A name's bytes in a message when it is not compressed.
pub(super) fn wire_length(name: &Name) -> usize {
    if name.is_root() { 1 } else { name.len() + 1 }
}

/// Writes a name, not compressed, letters' case kept.
pub(super) fn write_name(name: &Name, out: &mut Vec<u8>) {
    for label in name {
        // A label has at most 63 bytes.
        out.push(u8::try_from(label.len()).unwrap_or_default());
        out.extend_from_slice(label);
    }
    out.push(0);
}

/// The host that a name's labels spell; nothing where no verdict could be given for it: it is no host, it would be read
/// as an address, or it would be judged under another spelling than it is asked.
pub(super) fn host_of<'a>(labels: impl Iterator<Item = &'a [u8]>) -> Option<Host> {
    let mut text = [0_u8; 255];
    let mut length = 0;
    for label in labels {
        if length > 0 {
            *text.get_mut(length)? = b'.';
            length += 1;
        }
        let end = length + label.len();
        text.get_mut(length..end)?.copy_from_slice(label);
        length = end;
        // A dot inside a label would look like two labels; a star is no host, whatever a browser says.
        if label.iter().any(|byte| matches!(byte, b'.' | b'*' | 128..)) {
            return None;
        }
    }
    let text = text.get_mut(..length)?;
    text.make_ascii_lowercase();
    let text = std::str::from_utf8(text).ok()?;
    let host = Host::parse(text).ok()?;
    (host.address().is_none() && host.as_str() == text).then_some(host)
}

/// An answer without any record: the header's number, operation and wish for recursion given back, and the question as
/// it came where it could be read.
fn refusal(header: [u8; HEADER], code: ResponseCode, asked: &[u8], edns: Option<Edns>) -> Vec<u8> {
    let [id_high, id_low, flags, more_flags, ..] = header;
    let mut out = Vec::with_capacity(HEADER + asked.len() + answer::OPT_LENGTH);
    out.extend([id_high, id_low, 0x80 | (flags & 0x79), 0x80 | (more_flags & 0x10) | code.low()]);
    out.extend([0, u8::from(!asked.is_empty()), 0, 0, 0, 0, 0, u8::from(edns.is_some())]);
    out.extend_from_slice(asked);
    if let Some(edns) = edns {
        answer::write_opt(edns, code, None, &mut out);
    }
    out
}

#[cfg(test)]
mod tests;
