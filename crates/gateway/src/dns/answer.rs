//! Writing answers.
//!
//! Every answer has the same frame: the header, the question as it was asked, the records, and EDNS where the question
//! used it. [`Writer`] writes the frame; the records are copied from what is [`Known`] (their times to live are put
//! right in the copy), or are among the few that the filter says by itself. The frame is fixed bytes and is written
//! directly, because it is written for every question; whatever holds more names than the question goes through
//! hickory's encoder ([`super::known::body`], [`designated`]).

mod designated;

use super::{
    known::{Known, body::Body},
    question::{Edns, HEADER, INTERNET, Question, wire_length, write_name},
    settings::BlockAnswer,
};
use hickory_proto::{op::ResponseCode, rr::RecordType};
use holdfast_core::host::Host;
use std::net::IpAddr;

/// The longest UDP message that we ask for and say we take: it fits into one packet nearly everywhere (RFC 9715 §3.1
/// allows a little more).
pub(super) const PAYLOAD: u16 = 1_232;
/// Bytes of EDNS without options.
pub(super) const OPT_LENGTH: usize = 11;
/// Bytes of an extended error before its text: the option's number and length, the error's number.
const EXTENDED_LENGTH: usize = 6;
/// Most bytes of text that go along with an extended error.
const EXTENDED_TEXT: usize = 200;
/// The option's number (RFC 8914 §2).
pub(super) const EXTENDED_OPTION: u16 = 15;
/// Seconds that a client may keep what an upstream said too long ago (RFC 8767 §4).
const STALE_SECONDS: u32 = 30;
/// Seconds that a client may keep a blocked answer: allowing a name must work at once.
const BLOCKED_SECONDS: u32 = 10;
/// The question's name, as a pointer to where it always stands (RFC 1035 §4.1.4).
const ASKED_NAME: [u8; 2] = [0xC0, 12];
/// Whose word a missing name or record is: `holdfast.invalid.`, and who answers for it, `nobody.invalid.`; a name that
/// can lead nowhere (RFC 6761 §6.4).
const OWN_SOURCE: &[u8] = b"\x08holdfast\x07invalid\0\x06nobody\x07invalid\0";

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
    /// 21: this question is not answered here.
    NotSupported,
    /// 22: no upstream could be reached.
    NoReachableAuthority,
    /// 23: an upstream broke off or answered nonsense.
    NetworkError,
}

impl ExtendedError {
    /// Its number in the registry.
    const fn number(self) -> u16 {
        match self {
            Self::Other => 0,
            Self::StaleAnswer => 3,
            Self::Blocked => 15,
            Self::Prohibited => 18,
            Self::NotSupported => 21,
            Self::NoReachableAuthority => 22,
            Self::NetworkError => 23,
        }
    }
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

/// What differs between headers of answers.
#[derive(Debug, Clone, Copy, Default)]
struct Head {
    code: ResponseCode,
    /// AD: upstream checked the signatures.
    authentic: bool,
    /// TC.
    is_cut: bool,
    answers: u16,
    authorities: u16,
    /// Records of the additional section, EDNS not counted.
    additionals: u16,
}

impl Writer<'_> {
    /// What upstream said so many seconds ago.
    pub(crate) fn known(&self, known: &Known, age: u32, out: &mut Vec<u8>) {
        let asked_for = self.question.wants.authentic || self.question.edns.is_some_and(|edns| edns.dnssec);
        let head = Head { code: known.code, authentic: known.authentic && asked_for, ..Head::default() };
        self.copy(head, &known.body, age, out);
    }

    /// That the name is another name for `target`, and what is known about that. `target` is what was asked when
    /// `known` was read.
    pub(crate) fn alias(&self, target: &str, known: &Known, age: u32, out: &mut Vec<u8>) {
        match known.body.under_alias(&self.question.name, target, self.question.kind) {
            Some(body) => self.copy(Head { code: known.code, ..Head::default() }, &body, age, out),
            None => self.failure(ResponseCode::ServFail, out),
        }
    }

    /// These addresses, as far as they are of the kind asked for; else that the name has no such record.
    pub(crate) fn addresses(&self, addresses: &[IpAddr], out: &mut Vec<u8>) {
        self.own_addresses(addresses, self.most_seconds.max(1), out);
    }

    /// That the name is blocked. With [`BlockAnswer::OwnAddress`] and no address at all, that there is no such name.
    pub(crate) fn blocked(&self, how: BlockAnswer, own: &[IpAddr], out: &mut Vec<u8>) {
        let seconds = self.most_seconds.clamp(1, BLOCKED_SECONDS);
        match how {
            BlockAnswer::OwnAddress if !own.is_empty() => self.own_addresses(own, seconds, out),
            BlockAnswer::OwnAddress | BlockAnswer::NoSuchName => self.missing(ResponseCode::NXDomain, seconds, out),
        }
    }

    /// That there is no such name.
    pub(crate) fn no_such_name(&self, out: &mut Vec<u8>) {
        self.missing(ResponseCode::NXDomain, self.most_seconds.max(1), out);
    }

    /// That the name has no such record.
    pub(crate) fn no_such_record(&self, out: &mut Vec<u8>) {
        self.missing(ResponseCode::NoError, self.most_seconds.max(1), out);
    }

    /// That it went wrong.
    pub(crate) fn failure(&self, code: ResponseCode, out: &mut Vec<u8>) {
        self.frame(Head { code, ..Head::default() }, out, |_| ());
    }

    /// Our own encrypted name service (RFC 9462 §4). Without a port, or asked for anything but SVCB: no such record.
    pub(crate) fn designated(&self, resolvers: Designated<'_>, out: &mut Vec<u8>) {
        let seconds = self.most_seconds.max(1);
        let records = match self.question.kind {
            RecordType::SVCB => designated::records(&self.question.name, resolvers, seconds),
            _ => None,
        };
        match records {
            Some(records) => {
                let (answers, additionals) = (records.answers, records.additionals);
                let head = Head { answers, additionals, ..Head::default() };
                self.frame(head, out, |out| out.extend_from_slice(&records.bytes));
            }
            None => self.no_such_record(out),
        }
    }

    /// "Any": that we do not list records, in the form of RFC 8482 §4.2.
    pub(super) fn any(&self, out: &mut Vec<u8>) {
        self.frame(Head { answers: 1, ..Head::default() }, out, |out| {
            record(RecordType::HINFO, self.most_seconds, b"\x07RFC8482\0", out);
        });
    }

    fn own_addresses(&self, addresses: &[IpAddr], seconds: u32, out: &mut Vec<u8>) {
        let kind = self.question.kind;
        let fitting = || addresses.iter().map(IpAddr::to_canonical).filter(|address| kind_of(address) == kind);
        let answers = u16::try_from(fitting().count()).unwrap_or(u16::MAX);
        if answers == 0 {
            return self.missing(ResponseCode::NoError, seconds, out);
        }
        self.frame(Head { answers, ..Head::default() }, out, |out| {
            for address in fitting().take(answers.into()) {
                match address {
                    IpAddr::V4(address) => record(kind, seconds, &address.octets(), out),
                    IpAddr::V6(address) => record(kind, seconds, &address.octets(), out),
                }
            }
        });
    }

    /// That something is missing, with a start of authority that says how long that may be kept (RFC 2308 §3).
    fn missing(&self, code: ResponseCode, seconds: u32, out: &mut Vec<u8>) {
        self.frame(Head { code, authorities: 1, ..Head::default() }, out, |out| {
            let mut data = [0; OWN_SOURCE.len() + 20];
            let (source, times) = data.split_at_mut(OWN_SOURCE.len());
            source.copy_from_slice(OWN_SOURCE);
            // Serial, refresh, retry, expire: nobody transfers this zone. The last number is what counts.
            for (place, number) in times.chunks_exact_mut(4).zip([1, 3_600, 600, 86_400, seconds]) {
                place.copy_from_slice(&number.to_be_bytes());
            }
            record(RecordType::SOA, seconds, &data, out);
        });
    }

    /// Copies records, and puts their times to live right.
    fn copy(&self, head: Head, body: &Body, age: u32, out: &mut Vec<u8>) {
        let head = Head { answers: body.answers, authorities: body.authorities, ..head };
        self.frame(head, out, |out| {
            let start = out.len();
            out.extend_from_slice(&body.bytes);
            let Some(copied) = out.get_mut(start..) else { return };
            for &place in &body.lives {
                let life = copied.get_mut(usize::from(place)..).and_then(<[u8]>::first_chunk_mut);
                if let Some(life) = life {
                    *life = self.seconds_left(u32::from_be_bytes(*life), age).to_be_bytes();
                }
            }
        });
    }

    /// How long a client may keep a record: at least a second, so that what it just asked for is of use to it.
    fn seconds_left(&self, life: u32, age: u32) -> u32 {
        let is_stale = matches!(self.extended, Some((ExtendedError::StaleAnswer, _)));
        let left = if is_stale { STALE_SECONDS } else { life.saturating_sub(age) };
        left.min(self.most_seconds).max(1)
    }

    /// Writes header, question, records and EDNS. An answer that is too long is cut down to header, question and EDNS.
    fn frame(&self, head: Head, out: &mut Vec<u8>, records: impl FnOnce(&mut Vec<u8>)) {
        let start = out.len();
        self.begin(head, out);
        records(out);
        let rest = if self.question.edns.is_some() { OPT_LENGTH } else { 0 };
        if out.len() - start + rest > self.most_bytes {
            out.truncate(start);
            self.begin(Head { code: head.code, is_cut: true, ..Head::default() }, out);
        }
        if let Some(edns) = self.question.edns {
            let room = self.most_bytes.saturating_sub(out.len() - start + OPT_LENGTH);
            let extended = self.extended.map(|(error, text)| (error.number(), shortened(text)));
            // The text explains; the records are what was asked for. So it stays behind where both do not fit.
            let extended = extended.filter(|(_, text)| EXTENDED_LENGTH + text.len() <= room);
            write_opt(edns, head.code, extended, out);
        }
    }

    /// Writes header and question.
    fn begin(&self, head: Head, out: &mut Vec<u8>) {
        let Question { id, name, kind, wants, edns, .. } = self.question;
        let [id_high, id_low] = id.to_be_bytes();
        let flags = 0x80 | (u8::from(head.is_cut) << 1) | u8::from(wants.recursion);
        // Recursion is available (RA).
        let more_flags =
            0x80 | (u8::from(head.authentic) << 5) | (u8::from(wants.checking_disabled) << 4) | head.code.low();
        let [answers_high, answers_low] = head.answers.to_be_bytes();
        let [authorities_high, authorities_low] = head.authorities.to_be_bytes();
        let [additionals_high, additionals_low] = (head.additionals + u16::from(edns.is_some())).to_be_bytes();
        out.reserve(HEADER + wire_length(name) + 4);
        out.extend_from_slice(&[id_high, id_low, flags, more_flags, 0, 1, answers_high, answers_low]);
        out.extend_from_slice(&[authorities_high, authorities_low, additionals_high, additionals_low]);
        write_name(name, out);
        out.extend_from_slice(&u16::from(*kind).to_be_bytes());
        out.extend_from_slice(&INTERNET.to_be_bytes());
    }
}

/// The type of record that holds an address.
fn kind_of(address: &IpAddr) -> RecordType {
    if address.is_ipv4() { RecordType::A } else { RecordType::AAAA }
}

/// Writes a record of the asked name. The data has no compressed name and at most 65,535 bytes.
fn record(kind: RecordType, seconds: u32, data: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&ASKED_NAME);
    out.extend_from_slice(&u16::from(kind).to_be_bytes());
    out.extend_from_slice(&INTERNET.to_be_bytes());
    out.extend_from_slice(&seconds.to_be_bytes());
    out.extend_from_slice(&u16::try_from(data.len()).unwrap_or_default().to_be_bytes());
    out.extend_from_slice(data);
}

/// Writes EDNS (RFC 6891 §6.1.2): our payload, the high bits of the code, version 0, DO as it was asked, and an
/// extended error (RFC 8914 §2).
pub(super) fn write_opt(edns: Edns, code: ResponseCode, extended: Option<(u16, &str)>, out: &mut Vec<u8>) {
    let [payload_high, payload_low] = PAYLOAD.to_be_bytes();
    out.extend_from_slice(&[0, 0, 41, payload_high, payload_low, code.high(), 0, u8::from(edns.dnssec) << 7, 0]);
    let Some((number, text)) = extended else { return out.extend_from_slice(&[0, 0]) };
    // The text has at most [`EXTENDED_TEXT`] bytes.
    let length = u16::try_from(text.len()).unwrap_or_default();
    for number in [length + 6, EXTENDED_OPTION, length + 2, number] {
        out.extend_from_slice(&number.to_be_bytes());
    }
    out.extend_from_slice(text.as_bytes());
}

/// As much of a text as may go along.
fn shortened(text: &str) -> &str {
    text.get(..text.floor_char_boundary(EXTENDED_TEXT)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
