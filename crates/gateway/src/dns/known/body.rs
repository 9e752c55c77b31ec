//! Records as they stand behind a question, encoded once.

use super::message::{Data, Entry, entries};
use crate::dns::question::{HEADER, INTERNET, wire_of};
use hickory_proto::{
    ProtoError,
    rr::{
        Name, RData, RecordType,
        rdata::{CNAME, SOA},
    },
    serialize::binary::{BinDecodable, BinDecoder, BinEncodable, BinEncoder},
};
use std::net::IpAddr;

/// Most bytes of a message that is kept: leaves room for EDNS in what TCP can carry.
const MOST_BYTES: u16 = 65_000;
/// Our own alias never changes while it is in force, so its life is only what the client may be told. Seconds.
const ALIAS_LIFE: u32 = 24 * 60 * 60;

/// Encoded records. Pointers to names count from the header of a message whose question asks the name that this was
/// encoded for, in letters of any case.
#[derive(Debug)]
pub(in crate::dns) struct Body {
    pub(in crate::dns) bytes: Box<[u8]>,
    /// Where in `bytes` the times to live stand.
    pub(in crate::dns) lives: Box<[u16]>,
    pub(in crate::dns) answers: u16,
    pub(in crate::dns) authorities: u16,
}

impl Body {
    /// Encodes what answers a question; nothing where it gets too long.
    pub(super) fn of(asked: &Name, kind: RecordType, answers: &[Entry<'_>], authorities: &[Entry<'_>]) -> Option<Self> {
        let mut message = Vec::with_capacity(512);
        let mut lives = Vec::with_capacity(answers.len() + authorities.len());
        let start = encode(asked, kind, answers.iter().chain(authorities), &mut message, &mut lives).ok()?;
        let lives: Option<Box<[u16]>> =
            lives.into_iter().map(|place| u16::try_from(place.checked_sub(start)?).ok()).collect();
        Some(Self {
            bytes: message.get(start..)?.into(),
            lives: lives?,
            answers: u16::try_from(answers.len()).ok()?,
            authorities: u16::try_from(authorities.len()).ok()?,
        })
    }

    /// That something is missing, by our own word.
    pub(super) fn missing(asked: &Name, kind: RecordType, seconds: u32) -> Option<Self> {
        Self::of(asked, kind, &[], &[missing_entry(asked, seconds)])
    }

    /// The same records behind a question about another name, which is an alias of the one they were asked under.
    pub(in crate::dns) fn under_alias(&self, alias: &Name, target: &str, kind: RecordType) -> Option<Self> {
        // The records are read back from a message like the one they were encoded in.
        let mut message = vec![0; HEADER];
        message.extend(wire_of(target)?);
        let start = message.len() + 4;
        message.resize(start, 0);
        message.extend_from_slice(&self.bytes);
        let mut decoder = BinDecoder::new(&message);
        decoder.read_slice(HEADER).ok()?;
        let target = Name::read(&mut decoder).ok()?;
        decoder.read_u32().ok()?;
        let data = Data::Read(RData::CNAME(CNAME(target)));
        let mut answers = vec![Entry { name: alias.clone(), kind: RecordType::CNAME, life: ALIAS_LIFE, data }];
        answers.extend(entries(&mut decoder, &message, self.answers)?);
        let authorities = entries(&mut decoder, &message, self.authorities)?;
        Self::of(alias, kind, &answers, &authorities)
    }

    /// The addresses among the records.
    pub(super) fn addresses(&self) -> Vec<IpAddr> {
        let address = |place: &u16| {
            // Before the time to live stand type and class, behind it length and data.
            let place = usize::from(*place);
            let kind: &[u8; 2] = self.bytes.get(place.checked_sub(4)?..)?.first_chunk()?;
            let data = self.bytes.get(place + 6..)?;
            match RecordType::from(u16::from_be_bytes(*kind)) {
                RecordType::A => data.first_chunk::<4>().map(|octets| IpAddr::from(*octets)),
                RecordType::AAAA => data.first_chunk::<16>().map(|octets| IpAddr::from(*octets)),
                _ => None,
            }
        };
        self.lives.iter().take(self.answers.into()).filter_map(address).collect()
    }

    /// Bytes in memory beside the struct itself.
    pub(super) fn weight(&self) -> usize {
        self.bytes.len() + size_of_val(&*self.lives)
    }
}

/// A start of authority of our own that says how long something is missing (RFC 2308 §3).
pub(super) fn missing_entry<'a>(asked: &Name, seconds: u32) -> Entry<'a> {
    let name = |labels: &[&str]| Name::from_labels(labels.iter().copied()).unwrap_or_else(|_| Name::root());
    let data = SOA::new(name(&["holdfast", "invalid"]), name(&["nobody", "invalid"]), 1, 3_600, 600, 86_400, seconds);
    Entry { name: asked.clone(), kind: RecordType::SOA, life: seconds, data: Data::Read(RData::SOA(data)) }
}

/// Writes a message up to its records' end. Where the records start; `lives` gets the places of the times to live.
fn encode<'a, 'b: 'a>(
    asked: &Name,
    kind: RecordType,
    records: impl Iterator<Item = &'a Entry<'b>>,
    message: &mut Vec<u8>,
    lives: &mut Vec<usize>,
) -> Result<usize, ProtoError> {
    let mut encoder = BinEncoder::new(message);
    encoder.set_max_size(MOST_BYTES);
    encoder.emit_vec(&[0; HEADER])?;
    asked.emit(&mut encoder)?;
    kind.emit(&mut encoder)?;
    encoder.emit_u16(INTERNET)?;
    let start = encoder.offset();
    for Entry { name, kind, life, data } in records {
        name.emit(&mut encoder)?;
        kind.emit(&mut encoder)?;
        encoder.emit_u16(INTERNET)?;
        lives.push(encoder.offset());
        encoder.emit_u32(*life)?;
        let length = encoder.place::<u16>()?;
        match data {
            Data::Read(data) => data.emit(&mut encoder)?,
            Data::Raw(bytes) => encoder.emit_vec(bytes)?,
            // Never picked: it would be a record without data.
            Data::Unreadable => (),
        }
        // No longer than [`MOST_BYTES`].
        let written = u16::try_from(encoder.len_since_place(&length)).unwrap_or_default();
        length.replace(&mut encoder, written)?;
    }
    Ok(start)
}
