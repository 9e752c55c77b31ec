//! Answers, as clients read them.

use super::*;
use crate::{
    destination::Destinations,
    dns::{
        known::AnswerRules,
        question::{self, Ask, Reading},
    },
};
use hickory_proto::{
    op::Message,
    rr::{
        Name, RData, Record,
        rdata::{A, CNAME, TXT, svcb::SvcParamValue},
    },
};
use std::net::Ipv4Addr;

const TEXT: &str = "Blocked by the school’s filter. Why: https://filter.school.example/stopped";

/// A question about a name as a client might send it; `edns` with its payload and DO.
fn asking(name: &str, kind: RecordType, edns: Option<(u16, bool)>) -> Question {
    let mut bytes = vec![0x12, 0x34, 0x01, 0, 0, 1, 0, 0, 0, 0, 0, u8::from(edns.is_some())];
    bytes.extend(wire_of(name));
    bytes.extend(u16::from(kind).to_be_bytes());
    bytes.extend([0, 1]);
    if let Some((payload, dnssec)) = edns {
        bytes.extend([0, 0, 41]);
        bytes.extend(payload.to_be_bytes());
        bytes.extend([0, 0, u8::from(dnssec) << 7, 0, 0, 0]);
    }
    match question::read(&bytes) {
        Reading::Question(question) => *question,
        other => panic!("{other:?}"),
    }
}

fn wire_of(name: &str) -> Vec<u8> {
    question::wire_of(name).unwrap()
}

fn writer(question: &Question) -> Writer<'_> {
    Writer { question, most_bytes: 1_232, most_seconds: 60, extended: None }
}

fn name(text: &str) -> Name {
    Name::from_ascii(format!("{text}.")).unwrap()
}

fn known(host: &str, kind: RecordType, answers: &[Record]) -> Known {
    let ask = Ask::for_host(&Host::parse(host).unwrap(), kind).unwrap();
    let mut message = Message::from_vec(&ask.message(9)).unwrap().into_response();
    message.metadata.authentic_data = true;
    message.add_answers(answers.to_vec());
    let destinations = Destinations::default();
    Known::read(&message.to_vec().unwrap(), &ask, AnswerRules { destinations: &destinations, is_local: false }).unwrap()
}

fn outside(owner: &str, life: u32) -> Record {
    Record::from_rdata(name(owner), life, RData::A(A(Ipv4Addr::new(93, 184, 216, 34))))
}

/// Writes behind two bytes, as for TCP, and reads it back.
fn written(write: impl FnOnce(&mut Vec<u8>)) -> (Message, usize) {
    let mut out = vec![0xAA, 0xBB];
    write(&mut out);
    assert_eq!(out[..2], [0xAA, 0xBB]);
    (Message::from_vec(&out[2..]).unwrap(), out.len() - 2)
}

#[test]
fn a_known_answer_repeats_the_question_and_ages() {
    let known = known("www.example", RecordType::A, &[outside("www.example", 50), outside("www.example", 300)]);
    let mut question = asking("wWw.EXample", RecordType::A, Some((4_096, true)));
    let (message, _) = written(|out| writer(&question).known(&known, 20, out));
    assert_eq!((message.id, message.queries[0].name.to_ascii().as_str()), (0x1234, "wWw.EXample."));
    assert_eq!(message.answers[0].name.to_ascii(), "wWw.EXample.", "the records follow the question's letters");
    assert_eq!(message.answers.iter().map(|record| record.ttl).collect::<Vec<_>>(), [30, 60]);
    assert!(message.recursion_desired && message.recursion_available && !message.authoritative);
    assert!(message.authentic_data, "DO was set");
    let edns = message.edns.unwrap();
    assert_eq!((edns.max_payload(), edns.flags().dnssec_ok, edns.version()), (1_232, true, 0));
    let (message, _) = written(|out| writer(&question).known(&known, 7_000, out));
    assert_eq!(message.answers[0].ttl, 1, "at least a second");
    let stale = Writer { extended: Some((ExtendedError::StaleAnswer, "")), ..writer(&question) };
    let (message, _) = written(|out| stale.known(&known, 7_000, out));
    assert_eq!(message.answers[0].ttl, 30);
    question.edns = None;
    let (message, _) = written(|out| writer(&question).known(&known, 0, out));
    assert!(!message.authentic_data && message.edns.is_none());
    question.wants = question::Wants { recursion: false, authentic: true, checking_disabled: true };
    let (message, _) = written(|out| writer(&question).known(&known, 0, out));
    assert!(message.authentic_data && message.checking_disabled && !message.recursion_desired);
}

#[test]
fn a_long_answer_is_cut_and_keeps_question_and_edns() {
    let text = Record::from_rdata(name("www.example"), 60, RData::TXT(TXT::new(vec!["x".repeat(250); 6])));
    let known = known("www.example", RecordType::TXT, &[text]);
    let question = asking("www.example", RecordType::TXT, Some((4_096, false)));
    let (message, length) = written(|out| writer(&question).known(&known, 0, out));
    assert!(message.truncation && message.answers.is_empty() && message.edns.is_some());
    assert_eq!((message.queries.len(), length), (1, 12 + 17 + 11));
    let wide = Writer { most_bytes: 65_535, ..writer(&question) };
    let (whole, whole_length) = written(|out| wide.known(&known, 0, out));
    assert!(!whole.truncation && whole.answers.len() == 1);
    for (most_bytes, is_cut) in [(whole_length, false), (whole_length - 1, true)] {
        let (message, length) = written(|out| Writer { most_bytes, ..wide }.known(&known, 0, out));
        assert_eq!(message.truncation, is_cut);
        assert!(length <= most_bytes);
    }
    let explained = Writer { most_bytes: whole_length + 3, extended: Some((ExtendedError::Other, TEXT)), ..wide };
    let (message, _) = written(|out| explained.known(&known, 0, out));
    assert!(!message.truncation && message.edns.unwrap().options().options.is_empty(), "the text gives way");
}

#[test]
fn a_blocked_name_says_so_and_not_why_it_is_listed() {
    let own = ["192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap()];
    let question = asking("Casino.example", RecordType::A, Some((1_232, false)));
    let writer = Writer { extended: Some((ExtendedError::Blocked, TEXT)), ..writer(&question) };
    let (message, _) = written(|out| writer.blocked(BlockAnswer::NoSuchName, &own, out));
    assert_eq!((message.response_code, message.answers.len()), (ResponseCode::NXDomain, 0));
    let source = &message.authorities[0];
    assert_eq!((source.name.to_ascii().as_str(), source.ttl), ("Casino.example.", 10));
    assert!(matches!(&source.data, RData::SOA(soa) if soa.minimum == 10 && soa.mname == name("holdfast.invalid")));
    let edns = message.edns.unwrap();
    let option = [&[0, 15][..], TEXT.as_bytes()].concat();
    let options: Vec<(u16, Vec<u8>)> = edns
        .options()
        .options
        .iter()
        .map(|(code, option)| (u16::from(*code), Vec::try_from(option).unwrap()))
        .collect();
    assert_eq!(options, [(15, option)], "RFC 8914 §2: number 15 twice, then the text");
    let (message, _) = written(|out| writer.blocked(BlockAnswer::OwnAddress, &own, out));
    assert_eq!(message.answers[0].data.ip_addr(), Some(own[0]));
    assert_eq!((message.answers.len(), message.answers[0].ttl), (1, 10));
    let question = asking("casino.example", RecordType::HTTPS, None);
    let (message, _) = written(|out| super::tests::writer(&question).blocked(BlockAnswer::OwnAddress, &own, out));
    assert_eq!(
        (message.response_code, message.answers.len(), message.authorities.len()),
        (ResponseCode::NoError, 0, 1)
    );
    let (message, _) = written(|out| super::tests::writer(&question).blocked(BlockAnswer::OwnAddress, &[], out));
    assert_eq!(message.response_code, ResponseCode::NXDomain);
}

#[test]
fn extended_errors_have_their_registered_numbers() {
    use ExtendedError::{Blocked, NetworkError, NoReachableAuthority, NotSupported, Other, Prohibited, StaleAnswer};
    let all = [Other, StaleAnswer, Blocked, Prohibited, NotSupported, NoReachableAuthority, NetworkError];
    assert_eq!(all.map(ExtendedError::number), [0, 3, 15, 18, 21, 22, 23]);
    let question = asking("www.example", RecordType::A, Some((512, false)));
    let long = "é".repeat(300);
    let writer = Writer { extended: Some((Other, &long)), ..writer(&question) };
    let (message, length) = written(|out| writer.failure(ResponseCode::ServFail, out));
    assert_eq!(message.response_code, ResponseCode::ServFail);
    assert!(length < 300, "the text is bounded");
}

#[test]
fn addresses_of_the_kind_asked_for_are_given() {
    let own: Vec<IpAddr> = ["192.0.2.1", "::ffff:192.0.2.2", "2001:db8::1"].map(|text| text.parse().unwrap()).into();
    for (kind, count) in [(RecordType::A, 2), (RecordType::AAAA, 1), (RecordType::TXT, 0)] {
        let question = asking("filter.example", kind, None);
        let (message, _) = written(|out| writer(&question).addresses(&own, out));
        assert_eq!((message.answers.len(), message.authorities.len()), (count, usize::from(count == 0)), "{kind}");
        assert_eq!(message.response_code, ResponseCode::NoError);
    }
    let question = asking("no.example", RecordType::A, None);
    let (message, _) = written(|out| writer(&question).no_such_name(out));
    assert_eq!((message.response_code, message.authorities[0].ttl), (ResponseCode::NXDomain, 60));
}

#[test]
fn an_alias_leads_to_what_is_known() {
    let target = known(
        "safe.search.test",
        RecordType::A,
        &[
            Record::from_rdata(name("safe.search.test"), 40, RData::CNAME(CNAME(name("edge.search.test")))),
            outside("edge.search.test", 300),
        ],
    );
    let question = asking("WWW.Search.test", RecordType::A, Some((1_232, true)));
    let (message, _) = written(|out| writer(&question).alias("safe.search.test", &target, 15, out));
    let seen: Vec<String> =
        message.answers.iter().map(|record| format!("{} {} {}", record.name, record.ttl, record.data)).collect();
    assert_eq!(
        seen,
        [
            "WWW.Search.test. 60 safe.search.test.",
            "safe.search.test. 25 edge.search.test.",
            "edge.search.test. 60 93.184.216.34",
        ]
    );
    assert!(!message.authentic_data, "nobody signed our alias");
    let empty = known("safe.search.test", RecordType::HTTPS, &[]);
    let question = asking("www.search.test", RecordType::HTTPS, None);
    let (message, _) = written(|out| writer(&question).alias("safe.search.test", &empty, 0, out));
    assert_eq!((message.response_code, message.answers.len()), (ResponseCode::NoError, 1));
    let (message, _) = written(|out| writer(&question).alias("not..a.name", &empty, 0, out));
    assert_eq!(message.response_code, ResponseCode::ServFail);
}

#[test]
fn our_own_encrypted_service_is_told() {
    let host = Host::parse("dns.school.example").unwrap();
    let addresses = ["192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap()];
    let resolvers = Designated { name: &host, tls_port: Some(853), https_port: Some(8_443), addresses: &addresses };
    let question = asking("_dns.resolver.arpa", RecordType::SVCB, Some((1_232, false)));
    let (message, _) = written(|out| writer(&question).designated(resolvers, out));
    let seen: Vec<String> = message.answers.iter().map(|record| format!("{} {}", record.name, record.data)).collect();
    assert_eq!(seen[0], "_dns.resolver.arpa. 1 dns.school.example. alpn=dot, port=853");
    let RData::SVCB(https) = &message.answers[1].data else { panic!("{seen:?}") };
    let path = https.svc_params.iter().find(|(key, _)| u16::from(*key) == 7).unwrap();
    assert!(matches!(&path.1, SvcParamValue::Unknown(path) if path.0 == b"/dns-query{?dns}"));
    let additional: Vec<IpAddr> = message.additionals.iter().filter_map(|record| record.data.ip_addr()).collect();
    assert_eq!(additional, addresses);
    assert!(message.additionals.iter().all(|record| record.name == name("dns.school.example")));
    let none = Designated { tls_port: None, https_port: None, ..resolvers };
    let (message, _) = written(|out| writer(&question).designated(none, out));
    assert_eq!((message.answers.len(), message.authorities.len()), (0, 1));
    let other = asking("_dns.resolver.arpa", RecordType::A, None);
    let (message, _) = written(|out| writer(&other).designated(resolvers, out));
    assert_eq!((message.response_code, message.answers.len()), (ResponseCode::NoError, 0));
}
