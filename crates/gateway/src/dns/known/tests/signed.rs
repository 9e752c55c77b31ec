//! Signed answers pass byte for byte; changed ones lose the signatures that do not fit any more.

use super::*;

/// A signature's data (RFC 4034 §3.1), as an ECDSA P-256 key of the zone `example.` would make it.
pub(super) fn signature(owner: &str, covered: RecordType) -> Record {
    let mut data = u16::from(covered).to_be_bytes().to_vec();
    data.extend([13, 2, 0, 0, 1, 44, 0x67, 0x40, 0, 0, 0x67, 0x30, 0, 0, 0xBE, 0xEF]);
    data.extend(b"\x07Example\0");
    data.extend((0..64).map(|byte| 255 - byte));
    raw(owner, 46, &data)
}

fn signed(host: &str, kind: u16) -> Ask {
    Ask { kind, dnssec: true, ..ask(host, RecordType::A) }
}

/// Type, data and owner of every record, in order.
fn facts(records: &[Record]) -> Vec<(RecordType, Vec<u8>, String)> {
    records
        .iter()
        .map(|record| (record.record_type(), record.data.to_bytes().unwrap(), record.name.to_lowercase().to_ascii()))
        .collect()
}

#[test]
fn a_signed_set_passes_byte_for_byte() {
    let ask = signed("www.example", 1);
    let set = [
        alias("www.example", "cdn.example"),
        record("cdn.example", 300, RData::A(OUTSIDE)),
        signature("www.example", RecordType::CNAME),
        signature("cdn.example", RecordType::A),
    ];
    let proof = [
        raw("cdn.example", 47, b"\x03www\x07example\0\x00\x06\x40\x00\x00\x00\x00\x03"),
        signature("cdn.example", RecordType::NSEC),
    ];
    let planted = [signature("bank.test", RecordType::A), signature("www.example", RecordType::MX)];
    let bytes = said(&ask, ResponseCode::NoError, &[&set[..], &planted].concat(), &proof);
    let known = super::read(&bytes, &ask).unwrap();
    let seen = records(&known, &ask);
    assert_eq!(facts(&seen.answers), facts(&set));
    assert_eq!(facts(&seen.authorities), facts(&proof));
    assert!(known.authentic);
}

#[test]
fn keys_and_proofs_pass_byte_for_byte() {
    let key = [&[1, 1, 3, 13][..], &[0xAB; 64]].concat();
    let delegation = [&[0x4A, 0x5C, 8, 2][..], &[0xCD; 32]].concat();
    let certificate = [&[3, 1, 1][..], &[0xEF; 32]].concat();
    for (kind, data) in [
        (48, &key[..]),
        (43, &delegation),
        (52, &certificate),
        (257, b"\x80\x05issueca.test"),
        (16, b"\x01a\0\x02bc"),
        (51, &[1, 0, 0, 0, 0]),
        (4_242, b"\xC0\x0C"),
    ] {
        let ask = signed("www.example", kind);
        let set = [raw("www.example", kind, data), signature("www.example", kind.into())];
        let known = super::read(&said(&ask, ResponseCode::NoError, &set, &[]), &ask).unwrap();
        assert_eq!(facts(&answers(&known, &ask)), facts(&set), "type {kind}");
        assert!(known.authentic && known.body.bytes.windows(data.len()).any(|window| window == data));
    }
}

#[test]
fn a_proof_that_a_name_is_missing_passes_byte_for_byte() {
    let ask = signed("no.example", 1);
    let hashed = [&[1, 1, 0, 10, 4, 1, 2, 3, 4, 20][..], &[0x5A; 20], &[0, 6, 0x40, 0, 0, 0, 0, 2]].concat();
    let proof = [
        source("example", 900, 60),
        signature("example", RecordType::SOA),
        raw("0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example", 50, &hashed),
        signature("0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example", RecordType::NSEC3),
    ];
    let bytes = said(&ask, ResponseCode::NXDomain, &[], &proof);
    let known = super::read(&bytes, &ask).unwrap();
    assert_eq!(facts(&records(&known, &ask).authorities), facts(&proof));
    let plain = Ask { dnssec: false, ..ask };
    let known = super::read(&bytes, &plain).unwrap();
    assert_eq!(facts(&records(&known, &plain).authorities), facts(&proof[..1]), "nobody asked for signatures");
}

#[test]
fn a_changed_set_loses_its_signature_and_the_rest_keeps_theirs() {
    let ask = signed("www.example", 1);
    let set = [
        alias("www.example", "cdn.example"),
        record("cdn.example", 300, RData::A(OUTSIDE)),
        address("cdn.example", [10, 0, 0, 1]),
        signature("www.example", RecordType::CNAME),
        signature("cdn.example", RecordType::A),
    ];
    let known = super::read(&said(&ask, ResponseCode::NoError, &set, &[]), &ask).unwrap();
    assert_eq!(facts(&answers(&known, &ask)), facts(&[set[0].clone(), set[1].clone(), set[3].clone()]));
    assert!(!known.authentic);
}
