//! What is asked upstream and kept under.

use super::{HEADER, INTERNET, Question, host_of, wire_length, write_name};
use crate::dns::answer::PAYLOAD;
use hickory_proto::{
    rr::{Name, RecordType},
    serialize::binary::BinDecodable,
};
use holdfast_core::host::Host;

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
    /// What a client's question asks. Takes one allocation: the name's.
    pub(crate) fn of(question: &Question) -> Self {
        let Question { name, kind, wants, edns, .. } = question;
        let mut wire = Vec::with_capacity(wire_length(name));
        write_name(name, &mut wire);
        // Lengths are at most 63, below every letter, so only letters change.
        wire.make_ascii_lowercase();
        Self {
            name: wire.into_boxed_slice(),
            kind: (*kind).into(),
            dnssec: edns.is_some_and(|edns| edns.dnssec),
            checking_disabled: wants.checking_disabled,
        }
    }

    /// Asks for a host's records, for ourselves. Nothing for a host that is an address.
    pub(crate) fn for_host(host: &Host, kind: RecordType) -> Option<Self> {
        if host.address().is_some() {
            return None;
        }
        let name = wire_of(host.as_str())?;
        Some(Self { name: name.into(), kind: kind.into(), dnssec: false, checking_disabled: false })
    }

    /// The host it is about; nothing where it is none that could be judged.
    pub(crate) fn host(&self) -> Option<Host> {
        host_of(self.wire_name()?.iter())
    }

    /// The name, in hickory's form.
    pub(in crate::dns) fn wire_name(&self) -> Option<Name> {
        Name::from_bytes(&self.name).ok()
    }

    /// The message to send upstream, with this number: recursion desired, EDNS with a payload of 1,232 bytes. AD is
    /// set, so that upstream says whether it checked signatures (RFC 6840 §5.7) even where none are asked for.
    pub(crate) fn message(&self, id: u16) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER + self.name.len() + 4 + 11);
        out.extend(id.to_be_bytes());
        out.extend([0x01, 0x20 | (u8::from(self.checking_disabled) << 4)]);
        out.extend([0, 1, 0, 0, 0, 0, 0, 1]);
        out.extend_from_slice(&self.name);
        out.extend(self.kind.to_be_bytes());
        out.extend(INTERNET.to_be_bytes());
        // EDNS (RFC 6891 §6.1.2): the root's name, its type, the payload, version 0, DO, no options.
        out.push(0);
        out.extend(u16::from(RecordType::OPT).to_be_bytes());
        out.extend(PAYLOAD.to_be_bytes());
        out.extend([0, 0, u8::from(self.dnssec) << 7, 0, 0, 0]);
        out
    }

    /// Whether a message is an answer to this with this number: header, question count, name (any case), type, class.
    /// Whatever does not fit may be forged and is not looked at further.
    pub(crate) fn is_answered_by(&self, id: u16, bytes: &[u8]) -> bool {
        let Some((&[id_high, id_low, flags, _, questions @ .., _, _, _, _, _, _], rest)) =
            bytes.split_first_chunk::<HEADER>()
        else {
            return false;
        };
        let Some((name, rest)) = rest.split_at_checked(self.name.len()) else { return false };
        let Some(&[kind_high, kind_low, class @ ..]) = rest.first_chunk::<4>() else { return false };
        u16::from_be_bytes([id_high, id_low]) == id
            // An answer (QR) to an ordinary question (operation 0).
            && flags & 0xF8 == 0x80
            && u16::from_be_bytes(questions) == 1
            && name.eq_ignore_ascii_case(&self.name)
            && u16::from_be_bytes([kind_high, kind_low]) == self.kind
            && u16::from_be_bytes(class) == INTERNET
    }
}

/// The wire form of a host's name; nothing where a label or the whole is too long or empty (RFC 1035 §2.3.4).
pub(in crate::dns) fn wire_of(host: &str) -> Option<Vec<u8>> {
    let mut wire = Vec::with_capacity(host.len() + 2);
    for label in host.split('.') {
        let length = u8::try_from(label.len()).ok().filter(|length| (1..=63).contains(length))?;
        wire.push(length);
        wire.extend_from_slice(label.as_bytes());
    }
    wire.push(0);
    (wire.len() <= Name::MAX_LENGTH).then_some(wire)
}

/// Whether an answer says that it was cut short (TC), so that it must be asked again over TCP.
pub(crate) fn is_truncated(bytes: &[u8]) -> bool {
    bytes.get(2).is_some_and(|flags| flags & 0x02 != 0)
}
