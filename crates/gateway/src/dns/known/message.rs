//! Taking an upstream's message apart.

use super::{holds_names, is_obsolete};
use crate::dns::{
    answer::EXTENDED_OPTION,
    question::{Ask, HEADER, INTERNET, options},
};
use hickory_proto::{
    op::ResponseCode,
    rr::{Name, RData, RecordType},
    serialize::binary::{BinDecodable, BinDecoder, Restrict},
};

/// Most records of each section that are read; more is an attempt to keep us busy.
const MOST_RECORDS: u16 = 256;
/// Extended errors by which an upstream says that it filtered: blocked, censored, filtered (RFC 8914 §4.16 to §4.18).
const FILTERED: [u16; 3] = [15, 16, 17];

/// A message that answers what was asked.
pub(super) struct Message<'a> {
    pub(super) code: ResponseCode,
    /// AD.
    pub(super) is_authentic: bool,
    /// Whether upstream says that it filtered the name.
    pub(super) says_filtered: bool,
    /// The asked name, lower case.
    pub(super) asked: Name,
    pub(super) kind: RecordType,
    pub(super) answers: Vec<Entry<'a>>,
    pub(super) authorities: Vec<Entry<'a>>,
}

/// A record of class IN.
#[derive(Clone)]
pub(super) struct Entry<'a> {
    pub(super) name: Name,
    pub(super) kind: RecordType,
    /// Seconds.
    pub(super) life: u32,
    pub(super) data: Data<'a>,
}

/// A record's data.
#[derive(Clone)]
pub(super) enum Data<'a> {
    /// Of a type that is looked into or may be compressed.
    Read(RData),
    /// As it came.
    Raw(&'a [u8]),
    /// What breaks its own type's rules. It is not passed on; the rest of the answer is good.
    Unreadable,
}

impl Entry<'_> {
    /// What an RRSIG signs (RFC 4034 §3.1.1).
    pub(super) fn covers(&self) -> Option<RecordType> {
        match (&self.data, self.kind) {
            (Data::Raw([high, low, ..]), RecordType::RRSIG) => Some(u16::from_be_bytes([*high, *low]).into()),
            _ => None,
        }
    }
}

impl<'a> Message<'a> {
    /// Nothing where it cannot be read, was cut short, or answers something else. What follows the message is not
    /// looked at: everything that is passed on is written anew.
    pub(super) fn read(bytes: &'a [u8], ask: &Ask) -> Option<Self> {
        let header = bytes.first_chunk::<HEADER>()?;
        let &[_, _, flags, more_flags, 0, 1, answers @ .., _, _, _, _] = header else { return None };
        let &[.., authorities_high, authorities_low, additionals_high, additionals_low] = header;
        // An answer that is not cut short; hickory's offsets have 16 bits.
        if flags & 0x82 != 0x80 || bytes.len() > usize::from(u16::MAX) {
            return None;
        }
        let mut decoder = BinDecoder::new(bytes);
        decoder.read_slice(HEADER).ok()?;
        let (asked, kind) = (ask.wire_name()?, RecordType::from(ask.kind));
        let is_asked = Name::read(&mut decoder).ok()? == asked
            && RecordType::read(&mut decoder).ok()? == kind
            && decoder.read_u16().ok()?.unverified() == INTERNET;
        if !is_asked {
            return None;
        }
        let answers = entries(&mut decoder, bytes, u16::from_be_bytes(answers))?;
        let authorities = entries(&mut decoder, bytes, u16::from_be_bytes([authorities_high, authorities_low]))?;
        let additionals = u16::from_be_bytes([additionals_high, additionals_low]);
        let (high_code, says_filtered) = edns(&mut decoder, additionals)?;
        Some(Self {
            code: ResponseCode::from(high_code, more_flags & 0x0F),
            is_authentic: more_flags & 0x20 != 0,
            says_filtered,
            asked,
            kind,
            answers,
            authorities,
        })
    }
}

/// Reads so many records; those of other classes and of obsolete types are left out.
pub(super) fn entries<'a>(decoder: &mut BinDecoder<'a>, bytes: &'a [u8], count: u16) -> Option<Vec<Entry<'a>>> {
    if count > MOST_RECORDS {
        return None;
    }
    let mut entries = Vec::with_capacity(count.into());
    for _ in 0..count {
        let Fixed { name, kind, class, life, length } = Fixed::read(decoder)?;
        let start = decoder.index();
        let raw = decoder.read_slice(length.into()).ok()?.unverified();
        if class != INTERNET || is_obsolete(kind) {
            continue;
        }
        let read = || {
            let mut inside = BinDecoder::new(bytes);
            inside.read_slice(start).ok()?;
            RData::read(&mut inside, kind, Restrict::new(length)).ok()
        };
        let data = match kind {
            RecordType::SVCB | RecordType::HTTPS => read().map_or(Data::Unreadable, Data::Read),
            RecordType::A | RecordType::AAAA => Data::Read(read()?),
            // Signatures of whole messages and EDNS belong into the last section.
            RecordType::OPT | RecordType::TSIG => return None,
            kind if holds_names(kind) => Data::Read(read()?),
            // Read only to see whether it can be: encoded anew, it might not be what was signed.
            _ if length > 0 && read().is_some() => Data::Raw(raw),
            _ => Data::Unreadable,
        };
        entries.push(Entry { name, kind, life, data });
    }
    Some(entries)
}

/// What stands before a record's data.
struct Fixed {
    name: Name,
    kind: RecordType,
    class: u16,
    life: u32,
    length: u16,
}

impl Fixed {
    fn read(decoder: &mut BinDecoder<'_>) -> Option<Self> {
        let name = Name::read(decoder).ok()?;
        let kind = RecordType::read(decoder).ok()?;
        let class = decoder.read_u16().ok()?.unverified();
        let life = decoder.read_u32().ok()?.unverified();
        let length = decoder.read_u16().ok()?.unverified();
        // A time with its highest bit set counts as none (RFC 2181 §8).
        let life = if life > i32::MAX.unsigned_abs() { 0 } else { life };
        Some(Self { name, kind, class, life, length })
    }
}

/// Reads the last section: the high bits of the code, and whether upstream says that it filtered. Nothing where it
/// cannot be read or holds EDNS twice.
fn edns(decoder: &mut BinDecoder<'_>, count: u16) -> Option<(u8, bool)> {
    if count > MOST_RECORDS {
        return None;
    }
    let mut found = None;
    for _ in 0..count {
        Name::read(decoder).ok()?;
        let kind = RecordType::read(decoder).ok()?;
        decoder.read_u16().ok()?;
        let [high_code, ..] = decoder.read_u32().ok()?.unverified().to_be_bytes();
        let length = decoder.read_u16().ok()?.unverified();
        let data = decoder.read_slice(length.into()).ok()?.unverified();
        if kind == RecordType::OPT {
            let mut errors = options(data).flatten().filter(|(code, _)| *code == EXTENDED_OPTION);
            let says_filtered = errors.any(|(_, content)| {
                content.first_chunk().is_some_and(|number| FILTERED.contains(&u16::from_be_bytes(*number)))
            });
            if found.replace((high_code, says_filtered)).is_some() {
                return None;
            }
        }
    }
    Some(found.unwrap_or_default())
}
