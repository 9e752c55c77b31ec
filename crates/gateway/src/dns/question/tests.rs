//! Questions as clients ask them, and as attackers do.

use super::*;
use crate::dns::fuzzing;
use proptest::prelude::*;

/// EDNS with a payload of 4,096 bytes and DO.
const OPT: &[u8] = &[0, 0, 41, 0x10, 0, 0, 0, 0x80, 0, 0, 0];

/// A question with number 0x1234 and RD about a name in wire form.
fn asking(name: &[u8], kind: u16, class: u16, additional: &[&[u8]]) -> Vec<u8> {
    let count = u8::try_from(additional.len()).unwrap();
    let mut bytes = vec![0x12, 0x34, 0x01, 0, 0, 1, 0, 0, 0, 0, 0, count];
    bytes.extend(name);
    bytes.extend(kind.to_be_bytes());
    bytes.extend(class.to_be_bytes());
    bytes.extend(additional.concat());
    bytes
}

fn question(bytes: &[u8]) -> Question {
    match read(bytes) {
        Reading::Question(question) => *question,
        other => panic!("{other:?}"),
    }
}

/// The code of what is answered at once, high bits included.
fn refused(bytes: &[u8]) -> ResponseCode {
    match read(bytes) {
        Reading::Answer(out) => hickory_proto::op::Message::from_vec(&out).unwrap().response_code,
        other => panic!("{other:?}"),
    }
}

fn wire(labels: &[&[u8]]) -> Vec<u8> {
    let labels = labels.iter().flat_map(|label| [&[u8::try_from(label.len()).unwrap()], *label].concat());
    labels.chain([0]).collect()
}

#[test]
fn a_question_keeps_its_letters_and_is_judged_without() {
    let read = question(&asking(b"\x03wWw\x07EXAMPLE\0", 28, 1, &[OPT]));
    assert_eq!((read.id, read.kind), (0x1234, RecordType::AAAA));
    assert_eq!(read.name.to_ascii(), "wWw.EXAMPLE.");
    assert_eq!(read.host.as_ref().unwrap().as_str(), "www.example");
    assert_eq!(read.wants, Wants { recursion: true, authentic: false, checking_disabled: false });
    assert_eq!(read.edns, Some(Edns { payload: 4_096, dnssec: true }));
    let lower = question(&asking(b"\x03www\x07example\0", 28, 1, &[OPT]));
    assert_eq!(Ask::of(&read), Ask::of(&lower));
    assert_eq!(&*Ask::of(&read).name, b"\x03www\x07example\0");
    assert_eq!(Ask::of(&read).host(), read.host);
}

#[test]
fn flags_and_edns_are_read() {
    let mut bytes = asking(b"\x01a\0", 1, 1, &[]);
    (bytes[2], bytes[3]) = (0, 0x30);
    let read = question(&bytes);
    assert_eq!(read.wants, Wants { recursion: false, authentic: true, checking_disabled: true });
    assert_eq!(read.edns, None);
    let small = [0, 0, 41, 0, 1, 0, 0, 0, 0, 0, 0];
    assert_eq!(
        question(&asking(b"\x01a\0", 1, 1, &[&small])).edns,
        Some(Edns { payload: 512, dnssec: false }),
        "nobody takes less than 512 bytes"
    );
    let cookie = [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 12, 0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8];
    assert!(question(&asking(b"\x01a\0", 1, 1, &[&cookie])).edns.is_some());
    let signature = [0, 0, 250, 0, 255, 0, 0, 0, 0, 0, 2, 1, 2];
    assert!(question(&asking(b"\x01a\0", 1, 1, &[OPT, &signature])).edns.is_some());
}

#[test]
fn what_is_no_question_is_not_answered_or_refused() {
    let good = asking(b"\x03www\x07example\0", 1, 1, &[OPT]);
    for length in 0..HEADER {
        assert!(matches!(read(&good[..length]), Reading::Silent), "less than a header: {length}");
    }
    for length in HEADER..good.len() {
        assert_eq!(refused(&good[..length]), ResponseCode::FormErr, "cut at {length}");
    }
    let changed = |place: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[place] = byte;
        bytes
    };
    assert!(matches!(read(&changed(2, 0x81)), Reading::Silent), "an answer");
    for operation in 1..16 {
        assert_eq!(refused(&changed(2, operation << 3)), ResponseCode::NotImp, "operation {operation}");
    }
    assert_eq!(refused(&changed(2, 0x03)), ResponseCode::FormErr, "cut short, it says");
    for place in [4, 5, 6, 7, 8, 9, 10] {
        assert_eq!(refused(&changed(place, 2)), ResponseCode::FormErr, "count at {place}");
    }
    assert_eq!(refused(&changed(5, 0)), ResponseCode::FormErr, "no question");
    assert_eq!(refused(&[&good[..], &[0]].concat()), ResponseCode::FormErr, "something behind it");
    assert_eq!(refused(&asking(b"\x01a\0", 1, 1, &[OPT, OPT])), ResponseCode::FormErr, "EDNS twice");
    assert_eq!(
        refused(&asking(b"\x01a\0", 1, 1, &[&[1, b'a', 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]])),
        ResponseCode::FormErr
    );
    let cut_option = [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 5, 0, 10, 0, 8, 1];
    assert_eq!(refused(&asking(b"\x01a\0", 1, 1, &[&cut_option])), ResponseCode::FormErr);
    let many = [0, 0, 16, 0, 1, 0, 0, 0, 0, 0, 0];
    assert_eq!(refused(&asking(b"\x01a\0", 1, 1, &[&many[..]; 5])), ResponseCode::FormErr);
}

#[test]
fn hostile_names_are_malformed() {
    let long_label = [&[64][..], &[b'a'; 64], &[0]].concat();
    let too_long = wire(&[&[b'a'; 63], &[b'b'; 63], &[b'c'; 63], &[b'd'; 62]]);
    assert_eq!(too_long.len(), 256);
    let names: [&[u8]; 8] = [
        &[0xC0, 12],
        &[0xC0, 11],
        &[1, b'a', 0xC0, 0],
        &[1, b'a', 0xC0, 12],
        &[0xC0, 40],
        &long_label,
        &too_long,
        &[0x41, 0],
    ];
    for name in names {
        assert_eq!(refused(&asking(name, 1, 1, &[])), ResponseCode::FormErr, "{name:?}");
    }
    let longest = wire(&[&[b'a'; 63], &[b'b'; 63], &[b'c'; 63], &[b'd'; 61]]);
    assert_eq!(question(&asking(&longest, 1, 1, &[])).host.unwrap().as_str().len(), 253);
}

#[test]
fn what_is_not_served_is_refused_with_its_question() {
    let chaos = asking(b"\x07VERSION\x04bind\0", 16, 3, &[OPT]);
    let Reading::Answer(out) = read(&chaos) else { panic!("served") };
    let message = hickory_proto::op::Message::from_vec(&out).unwrap();
    assert_eq!(message.response_code, ResponseCode::Refused);
    assert_eq!(message.queries[0].name.to_ascii(), "VERSION.bind.");
    assert!(message.edns.is_some());
    let version_1 = [0, 0, 41, 4, 208, 0, 1, 0, 0, 0, 0];
    assert_eq!(u16::from(refused(&asking(b"\x01a\0", 1, 1, &[&version_1]))), 16, "BADVERS");
    for kind in [0, 41, 128, 249, 250, 251, 252, 253, 254] {
        assert_eq!(refused(&asking(b"\x01a\0", kind, 1, &[])), ResponseCode::NotImp, "{kind}");
    }
    let Reading::Answer(out) = read(&asking(b"\x07example\0", 255, 1, &[])) else { panic!("any is served") };
    let message = hickory_proto::op::Message::from_vec(&out).unwrap();
    assert_eq!((message.response_code, message.answers.len()), (ResponseCode::NoError, 1));
    assert_eq!(message.answers[0].record_type(), RecordType::HINFO);
}

#[test]
fn only_names_that_can_be_judged_are_hosts() {
    let host = |labels: &[&[u8]]| question(&asking(&wire(labels), 1, 1, &[])).host.map(|host| host.to_string());
    let same = |labels: &[&[u8]], text: &str| assert_eq!(host(labels).as_deref(), Some(text));
    same(&[b"www", b"example"], "www.example");
    same(&[b"_443", b"_tcp", b"Example"], "_443._tcp.example");
    same(&[b"xn--bcher-kva", b"example"], "xn--bcher-kva.example");
    same(&[b"4", b"3", b"2", b"1", b"in-addr", b"arpa"], "4.3.2.1.in-addr.arpa");
    let none: [&[&[u8]]; 14] = [
        &[],
        &[b"1", b"2", b"3", b"4"],
        &[b"0x7f", b"1"],
        &[b"example", b"123"],
        &[b"*", b"example"],
        &[b"a b", b"example"],
        &[b"a\0b", b"example"],
        &[b"a.b", b"example"],
        &[b"www%2eexample"],
        &[b"caf\xc3\xa9", b"example"],
        &[b"\xff", b"example"],
        &[b"::1"],
        &[b"[::1]"],
        &[b"xn--\xff"],
    ];
    for labels in none {
        assert_eq!(host(labels), None, "{labels:?}");
    }
}

#[test]
fn what_is_asked_upstream_is_a_question() {
    let ask = Ask::for_host(&Host::parse("WWW.Example").unwrap(), RecordType::HTTPS).unwrap();
    let read = question(&ask.message(7));
    assert_eq!((read.id, read.kind, read.name.to_ascii().as_str()), (7, RecordType::HTTPS, "www.example."));
    assert_eq!(read.wants, Wants { recursion: true, authentic: true, checking_disabled: false });
    assert_eq!(read.edns, Some(Edns { payload: 1_232, dnssec: false }));
    let ask = Ask { dnssec: true, checking_disabled: true, ..ask };
    let read = question(&ask.message(7));
    assert!(read.wants.checking_disabled && read.edns.unwrap().dnssec);
    assert_eq!(Ask::of(&read), ask);
    assert!(Ask::for_host(&Host::parse("192.0.2.1").unwrap(), RecordType::A).is_none());
}

#[test]
fn only_what_fits_is_an_answer() {
    let ask = Ask::for_host(&Host::parse("www.example").unwrap(), RecordType::A).unwrap();
    let mut answer = ask.message(0x0102);
    answer[2] |= 0x80;
    assert!(ask.is_answered_by(0x0102, &answer));
    let mut other_case = answer.clone();
    other_case[13] = b'W';
    assert!(ask.is_answered_by(0x0102, &other_case), "letters' case makes no difference");
    assert!(!ask.is_answered_by(0x0103, &answer), "another number");
    for (place, what) in [(2, "flags"), (5, "count"), (12, "label"), (13, "name"), (26, "type"), (28, "class")] {
        let mut wrong = answer.clone();
        wrong[place] ^= 0x81;
        assert!(!ask.is_answered_by(0x0102, &wrong), "{what}");
    }
    for length in 0..29 {
        assert!(!ask.is_answered_by(0x0102, &answer[..length]), "cut at {length}");
    }
    assert!(!is_truncated(&answer) && !is_truncated(&[]));
    answer[2] |= 0x02;
    assert!(is_truncated(&answer));
}

/// Questions that are nearly right, so that more than the first check is tried.
fn nearly() -> impl Strategy<Value = Vec<u8>> {
    let label = prop::collection::vec(any::<u8>(), 1..64);
    let kind = prop_oneof![Just(1_u16), Just(28), Just(64), Just(65), Just(255), any::<u16>()];
    (any::<[u8; 4]>(), prop::collection::vec(label, 0..6), kind, any::<bool>(), prop::option::of(any::<(u16, u8)>()))
        .prop_map(|([high, low, flags, more], labels, kind, edns, change)| {
            let labels: Vec<&[u8]> = labels.iter().map(Vec::as_slice).collect();
            let mut bytes = asking(&wire(&labels), kind, 1, if edns { &[OPT] } else { &[] });
            bytes[..4].copy_from_slice(&[high, low, flags & 0x01, more]);
            if let Some((place, byte)) = change {
                let place = usize::from(place) % bytes.len();
                bytes[place] = byte;
            }
            bytes
        })
}

proptest! {
    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..600), id: u16) {
        prop_assert_eq!(fuzzing::question(&bytes), Ok(()));
        let ask = Ask::for_host(&Host::parse("www.example").unwrap(), RecordType::A).unwrap();
        prop_assert!(!ask.is_answered_by(id, &bytes) || bytes.len() > HEADER);
        is_truncated(&bytes);
    }

    #[test]
    fn every_question_is_answered_soundly(bytes in nearly()) {
        prop_assert_eq!(fuzzing::question(&bytes), Ok(()));
    }
}
