//! Service records: what is taken out, and what stays as it was.

use super::*;

/// A service's data: priority 1, its own name, these parameters.
pub(super) fn with(parameters: &[(u16, &[u8])]) -> Vec<u8> {
    let mut data = vec![0, 1, 0];
    for (key, value) in parameters {
        data.extend(key.to_be_bytes());
        data.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
        data.extend(*value);
    }
    data
}

/// What is left of the parameters; nothing where the record goes.
fn left(parameters: &[(u16, &[u8])]) -> Option<Vec<u8>> {
    let ask = ask("www.example", RecordType::HTTPS);
    let known = answered(&ask, &[raw("www.example", 65, &with(parameters))]);
    let seen = answers(&known, &ask);
    assert_eq!(
        known.authentic,
        seen.first().is_some_and(|seen| { seen.data.to_bytes().unwrap() == with(parameters) }),
        "AD goes with any change"
    );
    seen.first().map(|record| record.data.to_bytes().unwrap())
}

#[test]
fn ech_and_quic_go_and_the_rest_stays_in_order() {
    let all: [(u16, &[u8]); 7] = [
        (0, &[0, 3]),
        (1, b"\x02h3\x02h2\x05h3-29\x08http/1.1"),
        (3, &[1, 187]),
        (4, &[93, 184, 216, 34, 10, 0, 0, 1]),
        (5, b"\x00\x05hides"),
        (6, &[0x26, 6, 0x47, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
        (65_280, b"own"),
    ];
    let kept: [(u16, &[u8]); 6] =
        [(0, &[0, 3]), (1, b"\x02h2\x08http/1.1"), (3, &[1, 187]), (4, &[93, 184, 216, 34]), all[5], all[6]];
    assert_eq!(left(&all), Some(with(&kept)));
    assert_eq!(left(&kept), Some(with(&kept)), "nothing to take out");
}

#[test]
fn a_record_that_needs_what_is_taken_out_goes_with_it() {
    assert_eq!(left(&[(0, &[0, 5]), (5, b"hides")]), None, "ECH is mandatory");
    assert_eq!(left(&[(0, &[0, 1]), (1, b"\x02h3")]), None, "QUIC is mandatory");
    assert_eq!(left(&[(1, b"\x02h3"), (2, b"")]), None, "nothing but QUIC");
    assert_eq!(left(&[(1, b"\x02h3")]), Some(with(&[])), "HTTP/1.1 is left");
    assert_eq!(left(&[(0, &[0, 4]), (4, &[10, 0, 0, 1])]), None, "a hint inside is mandatory");
    assert_eq!(left(&[(4, &[10, 0, 0, 1])]), Some(with(&[])));
    assert_eq!(left(&[(1, b"\x02h2"), (1, b"\x02h2")]), None, "unreadable: a parameter twice");
    assert_eq!(left(&[(3, &[1])]), None, "unreadable: half a port");
    assert_eq!(left(&[(1, b"\x02\xff\xff")]), None, "unreadable for us: a protocol that is no text");
}

#[test]
fn targets_are_judged_and_bad_ones_are_unusable() {
    let ask = ask("www.example", RecordType::HTTPS);
    let service = |priority, target: &str| {
        record("www.example", 60, RData::HTTPS(HTTPS(SVCB::new(priority, name(target), Vec::new()))))
    };
    let set = [service(1, "cdn.test"), service(2, "CDN.test"), service(3, "www.example"), service(4, "")];
    let known = answered(&ask, &set);
    assert_eq!((known.body.answers, chain(&known)), (4, vec!["cdn.test"]));
    let alias_form = answered(&ask, &[service(0, "pool.test")]);
    assert_eq!(chain(&alias_form), ["pool.test"]);
    let bad = said(&ask, ResponseCode::NoError, &[service(1, "1.2.3.4")], &[]);
    assert_eq!(super::read(&bad, &ask).unwrap_err(), AnswerFault::Unusable);
}

#[test]
fn parameters_written_by_a_library_are_read_the_same() {
    let hints = vec![OUTSIDE, A([192, 168, 0, 1].into())];
    let mut service = SVCB::new(
        1,
        Name::root(),
        vec![
            (SvcParamKey::Mandatory, SvcParamValue::Mandatory(Mandatory(vec![SvcParamKey::Alpn]))),
            (SvcParamKey::Alpn, SvcParamValue::Alpn(Alpn(vec!["h3".into(), "h2".into()]))),
            (SvcParamKey::Ipv4Hint, SvcParamValue::Ipv4Hint(IpHint(hints))),
            (SvcParamKey::EchConfigList, SvcParamValue::EchConfigList(EchConfigList(vec![1, 2, 3]))),
            (SvcParamKey::Key(65_280), SvcParamValue::Unknown(Unknown(vec![7]))),
        ],
    );
    let places = |address: IpAddr| special(address).is_none();
    assert_eq!(super::super::service::clean(&mut service, &places), super::super::service::Cleaned::Changed);
    let keys: BTreeSet<u16> = service.svc_params.iter().map(|(key, _)| u16::from(*key)).collect();
    assert_eq!(keys, BTreeSet::from([0, 1, 4, 65_280]));
    assert_eq!(service.svc_params[1].1, SvcParamValue::Alpn(Alpn(vec!["h2".into()])));
    assert_eq!(super::super::service::clean(&mut service, &places), super::super::service::Cleaned::Intact);
    assert!(Name::from_bytes(&service.to_bytes().unwrap()[2..]).unwrap().is_root());
}
