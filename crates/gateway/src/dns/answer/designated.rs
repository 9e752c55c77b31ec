//! Where our own encrypted name service is (RFC 9461, RFC 9462).

use super::Designated;
use crate::dns::question::{HEADER, INTERNET, wire_of};
use hickory_proto::{
    ProtoError,
    rr::{
        Name, RData, Record, RecordType,
        rdata::{
            A, AAAA, SVCB,
            svcb::{Alpn, SvcParamKey, SvcParamValue, Unknown},
        },
    },
    serialize::binary::{BinDecodable, BinEncodable, BinEncoder},
};
use std::net::IpAddr;

/// The parameter that says where on an HTTPS server names are asked for (RFC 9461 §5).
const PATH_PARAMETER: u16 = 7;
/// Where that is, as a template: ours has no other form.
const PATH: &[u8] = b"/dns-query{?dns}";
/// Most addresses that are told.
const MOST_ADDRESSES: usize = 8;

/// Records as they stand behind the question.
pub(super) struct Records {
    pub(super) bytes: Vec<u8>,
    pub(super) answers: u16,
    pub(super) additionals: u16,
}

/// The records for a question about `asked`; nothing where no port is told or the name has no wire form.
pub(super) fn records(asked: &Name, resolvers: Designated<'_>, seconds: u32) -> Option<Records> {
    let target = Name::from_bytes(&wire_of(resolvers.name.as_str())?).ok()?;
    let service = |priority, protocol: &str, port, path: Option<&[u8]>| {
        let mut parameters = vec![
            (SvcParamKey::Alpn, SvcParamValue::Alpn(Alpn(vec![protocol.to_owned()]))),
            (SvcParamKey::Port, SvcParamValue::Port(port)),
        ];
        let path = path.map(|path| SvcParamValue::Unknown(Unknown(path.to_vec())));
        parameters.extend(path.map(|path| (SvcParamKey::from(PATH_PARAMETER), path)));
        Record::from_rdata(asked.clone(), seconds, RData::SVCB(SVCB::new(priority, target.clone(), parameters)))
    };
    let tls = resolvers.tls_port.map(|port| service(1, "dot", port, None));
    let https = resolvers.https_port.map(|port| service(2, "h2", port, Some(PATH)));
    let answers: Vec<Record> = tls.into_iter().chain(https).collect();
    if answers.is_empty() {
        return None;
    }
    let addresses = resolvers.addresses.iter().take(MOST_ADDRESSES).map(|address| {
        let data = match address.to_canonical() {
            IpAddr::V4(address) => RData::A(A(address)),
            IpAddr::V6(address) => RData::AAAA(AAAA(address)),
        };
        Record::from_rdata(target.clone(), seconds, data)
    });
    let additionals: Vec<Record> = addresses.collect();
    let bytes = encoded(asked, answers.iter().chain(&additionals)).ok()?;
    Some(Records {
        bytes,
        answers: u16::try_from(answers.len()).ok()?,
        additionals: u16::try_from(additionals.len()).ok()?,
    })
}

/// Encodes records as they stand in a message behind a question about `asked`.
fn encoded<'a>(asked: &Name, records: impl Iterator<Item = &'a Record>) -> Result<Vec<u8>, ProtoError> {
    let mut message = Vec::new();
    let mut encoder = BinEncoder::new(&mut message);
    encoder.emit_vec(&[0; HEADER])?;
    asked.emit(&mut encoder)?;
    RecordType::SVCB.emit(&mut encoder)?;
    encoder.emit_u16(INTERNET)?;
    let start = encoder.offset();
    for record in records {
        record.emit(&mut encoder)?;
    }
    Ok(message.split_off(start))
}
