//! Answers as upstream services give them, and as attackers do.

use super::*;
use crate::{
    destination::ListedHost,
    dns::{fuzzing, question::HEADER},
};
use hickory_proto::{
    op::Message as Wire,
    rr::{
        Name, RData, Record,
        rdata::{
            A, AAAA, CNAME, HTTPS, NS, NULL, PTR, SOA, SVCB,
            svcb::{Alpn, EchConfigList, IpHint, Mandatory, SvcParamKey, SvcParamValue, Unknown},
        },
    },
    serialize::binary::{BinDecodable, BinEncodable},
};
use proptest::prelude::*;
use std::collections::BTreeSet;

mod services;
mod signed;

const OUTSIDE: A = A(std::net::Ipv4Addr::new(93, 184, 216, 34));

fn name(text: &str) -> Name {
    Name::from_labels(text.split('.').filter(|label| !label.is_empty()).map(str::as_bytes)).unwrap()
}

fn ask(host: &str, kind: RecordType) -> Ask {
    Ask::for_host(&Host::parse(host).unwrap(), kind).unwrap()
}

fn record(owner: &str, life: u32, data: RData) -> Record {
    Record::from_rdata(name(owner), life, data)
}

fn address(owner: &str, octets: [u8; 4]) -> Record {
    record(owner, 300, RData::A(A(octets.into())))
}

fn alias(owner: &str, target: &str) -> Record {
    record(owner, 200, RData::CNAME(CNAME(name(target))))
}

fn raw(owner: &str, kind: u16, data: &[u8]) -> Record {
    let rdata = NULL::with(data.to_vec());
    record(owner, 300, RData::Unknown { code: RecordType::from(kind), rdata })
}

fn source(owner: &str, life: u32, minimum: u32) -> Record {
    record(owner, life, RData::SOA(SOA::new(name("ns.example"), name("who.example"), 1, 2, 3, 4, minimum)))
}

/// An answer to what was asked.
fn said(ask: &Ask, code: ResponseCode, answers: &[Record], authorities: &[Record]) -> Vec<u8> {
    let mut message = Wire::from_vec(&ask.message(9)).unwrap().into_response();
    message.metadata.response_code = code;
    message.metadata.authentic_data = true;
    message.add_answers(answers.to_vec());
    message.add_authorities(authorities.to_vec());
    message.to_vec().unwrap()
}

fn read_with(bytes: &[u8], ask: &Ask, is_local: bool, destinations: &Destinations) -> Result<Known, AnswerFault> {
    let known = Known::read(bytes, ask, AnswerRules { destinations, is_local });
    assert_eq!(fuzzing::answer(bytes), Ok(()));
    known
}

fn read(bytes: &[u8], ask: &Ask) -> Result<Known, AnswerFault> {
    read_with(bytes, ask, false, &Destinations::default())
}

fn answered(ask: &Ask, answers: &[Record]) -> Known {
    read(&said(ask, ResponseCode::NoError, answers, &[]), ask).unwrap()
}

/// The records as a client would see them.
fn records(known: &Known, ask: &Ask) -> Wire {
    let mut message = ask.message(9)[..HEADER + ask.name.len() + 4].to_vec();
    message[2] |= 0x80;
    message[6..8].copy_from_slice(&known.body.answers.to_be_bytes());
    message[8..10].copy_from_slice(&known.body.authorities.to_be_bytes());
    message[10..12].fill(0);
    message.extend(&known.body.bytes);
    Wire::from_vec(&message).unwrap()
}

fn answers(known: &Known, ask: &Ask) -> Vec<Record> {
    records(known, ask).answers
}

fn chain(known: &Known) -> Vec<&str> {
    known.chain.iter().map(Host::as_str).collect()
}

#[test]
fn an_answer_is_kept_with_its_chain() {
    let ask = ask("www.example", RecordType::A);
    let set = [
        alias("www.example", "a.cdn.example"),
        alias("a.cdn.example", "b.other.test"),
        address("b.other.test", [93, 184, 216, 34]),
        address("B.Other.test", [93, 184, 216, 35]),
    ];
    let known = answered(&ask, &set);
    assert_eq!((known.code, known.life), (ResponseCode::NoError, Duration::from_secs(200)));
    assert_eq!(chain(&known), ["a.cdn.example", "b.other.test"]);
    assert_eq!(answers(&known, &ask), set);
    assert_eq!(known.addresses().len(), 2);
    assert!(known.authentic && !known.upstream_blocked && known.weight > known.body.bytes.len());
    assert_eq!(known.body.lives.len(), 4);
}

#[test]
fn what_was_not_asked_for_is_dropped() {
    let ask = ask("www.example", RecordType::A);
    let good = [alias("www.example", "cdn.example"), address("cdn.example", [93, 184, 216, 34])];
    let planted = [
        address("www.example", [93, 184, 216, 1]),
        address("bank.test", [93, 184, 216, 2]),
        alias("bank.test", "evil.test"),
        alias("cdn.example.test", "evil.test"),
        record("cdn.example", 1, RData::AAAA(AAAA("2606:4700::1".parse().unwrap()))),
        alias("www.example", "second.test"),
    ];
    let known = read(
        &said(
            &ask,
            ResponseCode::NoError,
            &[&good[..], &planted].concat(),
            &[record("example", 9, RData::NS(NS(name("ns.evil.test"))))],
        ),
        &ask,
    )
    .unwrap();
    assert_eq!(answers(&known, &ask), good);
    assert_eq!(known.body.authorities, 0);
    assert_eq!(chain(&known), ["cdn.example"]);
    assert_eq!(known.life, Duration::from_secs(200), "the life of what was dropped does not count");
    let mut other_class = address("www.example", [93, 184, 216, 1]);
    other_class.dns_class = hickory_proto::rr::DNSClass::CH;
    assert_eq!(answered(&ask, &[other_class]).body.answers, 0);
}

#[test]
fn loops_and_long_chains_are_unusable() {
    let ask = ask("n0.example", RecordType::A);
    let fault = |set: &[Record]| read(&said(&ask, ResponseCode::NoError, set, &[]), &ask).unwrap_err();
    assert_eq!(fault(&[alias("n0.example", "N0.example")]), AnswerFault::Unusable);
    assert_eq!(fault(&[alias("n0.example", "n1.example"), alias("n1.example", "n0.example")]), AnswerFault::Unusable);
    let links = |count: usize| -> Vec<Record> {
        (0..count).map(|at| alias(&format!("n{at}.example"), &format!("n{}.example", at + 1))).collect()
    };
    assert_eq!(fault(&links(17)), AnswerFault::Unusable);
    assert_eq!(answered(&ask, &links(16)).chain.len(), 16);
    for target in ["1.2.3.4", "a b.example", "*.example", "example.7", ""] {
        assert_eq!(fault(&[alias("n0.example", target)]), AnswerFault::Unusable, "“{target}” cannot be judged");
    }
}

#[test]
fn an_addresses_name_may_lead_over_names_that_are_no_hosts() {
    // RFC 2317 §4: a part of a network of 256 addresses.
    let asked = "65.2.0.192.in-addr.arpa";
    let ask = ask(asked, RecordType::PTR);
    let part = "65.64/26.2.0.192.in-addr.arpa";
    let set = [alias(asked, part), record(part, 300, RData::PTR(PTR(name("printer.example"))))];
    let known = answered(&ask, &set);
    assert_eq!((known.code, chain(&known)), (ResponseCode::NoError, vec![]));
    assert_eq!(answers(&known, &ask), set);
    // Whatever can be judged still is, and no other kind of record may lead there.
    assert_eq!(chain(&answered(&ask, &[alias(asked, "cdn.example")])), ["cdn.example"]);
    let ask = Ask { kind: RecordType::A.into(), ..ask };
    let outcome = read(&said(&ask, ResponseCode::NoError, &set[..1], &[]), &ask);
    assert_eq!(outcome.unwrap_err(), AnswerFault::Unusable);
}

#[test]
fn inside_addresses_are_taken_out_unless_the_name_is_the_schools_own() {
    let ask = ask("www.example", RecordType::A);
    let set = [address("www.example", [10, 0, 0, 7]), record("www.example", 300, RData::A(OUTSIDE))];
    let known = answered(&ask, &set);
    assert_eq!(answers(&known, &ask), set[1..]);
    assert!(!known.authentic, "it was changed");
    for octets in [[10, 0, 0, 7], [127, 0, 0, 1], [169, 254, 169, 254], [192, 168, 1, 1], [224, 0, 0, 1]] {
        let known = answered(&ask, &[address("www.example", octets)]);
        let seen = records(&known, &ask);
        assert_eq!((seen.answers.len(), known.code), (0, ResponseCode::NoError), "{octets:?}");
        assert_eq!(seen.authorities[0].record_type(), RecordType::SOA);
        assert!(!known.upstream_blocked);
    }
    let bytes = said(&ask, ResponseCode::NoError, &set, &[]);
    let none = Destinations::default();
    assert_eq!(read_with(&bytes, &ask, true, &none).unwrap().body.answers, 2, "a local zone");
    let loopback = said(&ask, ResponseCode::NoError, &[address("www.example", [127, 0, 0, 1])], &[]);
    assert_eq!(read_with(&loopback, &ask, true, &none).unwrap().body.answers, 0, "no school server stands there");
    let listed = ListedHost { names: vec![".example".into()], allow_private: true, ..ListedHost::default() };
    let listed = Destinations { listed: vec![listed], ..Destinations::default() };
    assert_eq!(read_with(&bytes, &ask, false, &listed).unwrap().body.answers, 2);
    let network = Destinations { listed_networks: vec!["10.0.0.0/8".parse().unwrap()], ..Destinations::default() };
    assert_eq!(read_with(&bytes, &ask, false, &network).unwrap().body.answers, 2);
    let own = Destinations { own_addresses: vec![OUTSIDE.0.into()], ..Destinations::default() };
    assert_eq!(read_with(&bytes, &ask, false, &own).unwrap().body.answers, 0);
    assert_eq!(read_with(&bytes, &ask, true, &own).unwrap().body.answers, 2);
}

#[test]
fn hidden_inside_addresses_are_taken_out() {
    let ask = ask("www.example", RecordType::AAAA);
    for text in ["::1", "::ffff:10.0.0.1", "fd00::1", "fe80::1", "64:ff9b::a00:1", "2002:a00:1::"] {
        let set = [record("www.example", 60, RData::AAAA(AAAA(text.parse().unwrap())))];
        assert_eq!(answered(&ask, &set).body.answers, 0, "{text}");
    }
    let set = [record("www.example", 60, RData::AAAA(AAAA("2606:4700::1".parse().unwrap())))];
    assert_eq!(answered(&ask, &set).addresses(), ["2606:4700::1".parse::<IpAddr>().unwrap()]);
}

#[test]
fn a_missing_name_lives_as_long_as_its_source_says() {
    let ask = ask("no.example", RecordType::A);
    let life = |code, answers: &[Record], authorities: &[Record]| {
        let known = read(&said(&ask, code, answers, authorities), &ask).unwrap();
        assert_eq!(known.code, code);
        (known.life.as_secs(), known.body.authorities)
    };
    assert_eq!(life(ResponseCode::NXDomain, &[], &[source("example", 900, 60)]), (60, 1));
    assert_eq!(life(ResponseCode::NoError, &[], &[source("example", 50, 60)]), (50, 1));
    assert_eq!(life(ResponseCode::NXDomain, &[], &[source("example", 1 << 30, 1 << 30)]), (86_400, 1));
    assert_eq!(life(ResponseCode::NXDomain, &[], &[source("example", u32::MAX, 60)]), (0, 1), "RFC 2181 §8");
    assert_eq!(life(ResponseCode::NXDomain, &[], &[source("other.test", 900, 900)]), (30, 0), "not its zone");
    assert_eq!(life(ResponseCode::NoError, &[], &[]), (30, 0));
    let set = [record("no.example", 20, RData::CNAME(CNAME(name("gone.test"))))];
    assert_eq!(life(ResponseCode::NXDomain, &set, &[source("test", 900, 60)]), (20, 1));
    let lame = said(&ask, ResponseCode::NoError, &[], &[record("example", 9, RData::NS(NS(name("ns.example"))))]);
    assert_eq!(read(&lame, &ask).unwrap_err(), AnswerFault::Unusable, "it only says who else to ask");
}

#[test]
fn codes_and_the_words_of_a_filtering_upstream_are_told_apart() {
    let ask = ask("www.example", RecordType::A);
    let mut message = Wire::from_vec(&ask.message(9)).unwrap().into_response();
    let fault = |message: &Wire| read(&message.to_vec().unwrap(), &ask).map(|known| known.upstream_blocked);
    for (code, expected) in [
        (ResponseCode::ServFail, AnswerFault::Failed),
        (ResponseCode::Refused, AnswerFault::Refused),
        (ResponseCode::NotImp, AnswerFault::Refused),
        (ResponseCode::FormErr, AnswerFault::Refused),
        (ResponseCode::BADVERS, AnswerFault::Refused),
        (ResponseCode::YXDomain, AnswerFault::Unusable),
    ] {
        message.metadata.response_code = code;
        assert_eq!(fault(&message), Err(expected), "{code}");
    }
    for (number, is_filter) in [(15_u16, true), (16, true), (17, true), (18, false), (3, false)] {
        let text = [&number.to_be_bytes()[..], b"why"].concat();
        let option = hickory_proto::rr::rdata::opt::EdnsOption::Unknown(15, text);
        message.edns.as_mut().unwrap().options_mut().options = vec![(15.into(), option)];
        message.metadata.response_code = ResponseCode::NXDomain;
        assert_eq!(fault(&message), Ok(is_filter), "{number}");
        message.metadata.response_code = ResponseCode::Refused;
        assert_eq!(fault(&message), if is_filter { Ok(true) } else { Err(AnswerFault::Refused) }, "{number}");
    }
    let null = answered(&ask, &[address("www.example", [0, 0, 0, 0])]);
    assert_eq!((null.upstream_blocked, null.body.answers), (true, 0));
    let half = answered(&ask, &[address("www.example", [0, 0, 0, 0]), record("www.example", 9, RData::A(OUTSIDE))]);
    assert_eq!((half.upstream_blocked, half.body.answers), (false, 1));
}

#[test]
fn dname_and_what_it_makes_are_followed() {
    let ask = ask("www.old.example", RecordType::A);
    let dname = raw("old.example", 39, b"\x03new\x04test\0");
    let good = [dname.clone(), alias("www.old.example", "www.new.test"), record("www.new.test", 9, RData::A(OUTSIDE))];
    let known = answered(&ask, &good);
    assert_eq!(chain(&known), ["www.new.test"]);
    assert_eq!(known.body.answers, 3);
    let wrong = [raw("old.example", 39, b"\x04evil\x04test\0"), good[1].clone(), good[2].clone()];
    assert_eq!(answered(&ask, &wrong).body.answers, 2, "it does not account for the alias");
    assert_eq!(
        answered(&ask, std::slice::from_ref(&dname)).body.answers,
        0,
        "an answer must say what it makes of the name"
    );
    let compressed = [raw("old.example", 39, &[0xC0, 12]), good[1].clone(), good[2].clone()];
    assert_eq!(answered(&ask, &compressed).body.answers, 2);
    let asked = Ask { kind: 39, ..super::tests::ask("old.example", RecordType::A) };
    assert_eq!(chain(&answered(&asked, &[dname])), ["new.test"]);
}

#[test]
fn giant_answers_are_cut_or_refused() {
    let ask = ask("www.example", RecordType::A);
    let set: Vec<Record> = (0..200).map(|last| address("www.example", [93, 184, 216, last])).collect();
    let known = answered(&ask, &set);
    assert_eq!((known.body.answers, known.authentic), (64, false));
    let set: Vec<Record> = (0..300_u16).map(|_| address("www.example", [93, 184, 216, 1])).collect();
    assert_eq!(read(&said(&ask, ResponseCode::NoError, &set, &[]), &ask).unwrap_err(), AnswerFault::Malformed);
    let text = Ask { kind: 16, ..ask };
    let long = raw("www.example", 16, &[[255; 256].as_slice(); 100].concat());
    let known = answered(&text, std::slice::from_ref(&long));
    assert!(known.body.bytes.len() > 25_000);
}

#[test]
fn damaged_messages_are_malformed_and_never_more() {
    let ask = ask("www.example", RecordType::A);
    let good = said(
        &ask,
        ResponseCode::NoError,
        &[alias("www.example", "cdn.example"), record("cdn.example", 9, RData::A(OUTSIDE))],
        &[source("example", 9, 9)],
    );
    for length in 0..good.len() {
        assert_eq!(read(&good[..length], &ask).unwrap_err(), AnswerFault::Malformed, "cut at {length}");
    }
    let changed = |place: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[place] = byte;
        read(&bytes, &ask).map(|_| ())
    };
    assert_eq!(changed(2, 0x01), Err(AnswerFault::Malformed), "a question");
    assert_eq!(changed(2, 0x83), Err(AnswerFault::Malformed), "cut short, it says");
    assert_eq!(changed(5, 2), Err(AnswerFault::Malformed), "two questions");
    assert_eq!(changed(13, b'v'), Err(AnswerFault::Malformed), "another name");
    assert_eq!(changed(13, b'W'), Ok(()), "another case");
    let records = HEADER + ask.name.len() + 4;
    for (high, low) in [(0xC0, u8::try_from(records).unwrap()), (0xC0, 0xFF), (0xFF, 0xFF), (0x40, 0), (0x80, 0)] {
        let mut bytes = good.clone();
        bytes.splice(records..records + 2, [high, low]);
        assert_eq!(read(&bytes, &ask).unwrap_err(), AnswerFault::Malformed, "pointer {high:x} {low:x}");
    }
    let mut message = Wire::from_vec(&good).unwrap();
    message.add_additional(raw("", 41, &[0, 10, 0, 1, 1]));
    assert_eq!(read(&message.to_vec().unwrap(), &ask).unwrap_err(), AnswerFault::Malformed, "EDNS twice");
}

/// Found by the fuzz target `dns_answer`: a client's letters may differ from those that upstream was asked in, and then
/// names that stood as pointers are written whole.
#[test]
fn letters_of_another_case_change_no_record() {
    let ask = ask("www.example", RecordType::A);
    let inside = [address("www.example", [10, 0, 0, 1])];
    let aliased = [alias("www.example", "cdn.example"), record("cdn.example", 9, RData::A(OUTSIDE))];
    let authorities = [source("example", 9, 9)];
    for (answers, authorities) in [(inside.as_slice(), [].as_slice()), (&aliased, &authorities), (&[], &authorities)] {
        let mut bytes = said(&ask, ResponseCode::NoError, answers, authorities);
        let name = HEADER..HEADER + ask.name.len();
        bytes[name].make_ascii_uppercase();
        assert!(read(&bytes, &ask).is_ok());
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert_eq!(fuzzing::answer(&bytes), Ok(()));
    }

    #[test]
    fn any_change_of_an_answer_stays_harmless(
        number: u8,
        kind in prop_oneof![Just(RecordType::A), Just(RecordType::HTTPS), Just(RecordType::TXT)],
        upper_case: u16,
        changes in prop::collection::vec(any::<(u16, u8)>(), 0..4),
    ) {
        let ask = ask("www.example", kind);
        let data = services::with(&[(1, b"\x02h3\x02h2"), (4, &[10, 0, 0, 1, 93, 184, 216, 34]), (5, b"hidden")]);
        let set = [
            alias("www.example", "cdn.example"),
            raw("cdn.example", 65, &data),
            record("cdn.example", 9, RData::A(OUTSIDE)),
            address("cdn.example", [10, 0, 0, 1]),
            raw("cdn.example", 16, b"\x04text"),
            raw("example", 39, b"\x04test\0"),
            signed::signature("cdn.example", RecordType::A),
        ];
        let mut bytes = said(&ask, ResponseCode::NoError, &set, &[source("example", 9, 9)]);
        bytes[0] = number;
        for (place, byte) in bytes[HEADER..HEADER + ask.name.len()].iter_mut().enumerate() {
            if upper_case & (1 << place) != 0 {
                byte.make_ascii_uppercase();
            }
        }
        for (place, byte) in changes {
            let place = usize::from(place) % bytes.len();
            bytes[place] = byte;
        }
        prop_assert_eq!(fuzzing::answer(&bytes), Ok(()));
    }
}
