//! The server cases of x509-limbo (C2SP/x509-limbo at 8a2e6f41, Apache-2.0, see `tests/data/x509-limbo-LICENSE`) through the
//! check that every site goes through.
//!
//! `x509-limbo.jsonl` was taken once from the compiled `limbo.json`, without keys, revocation lists and descriptions, and
//! without the online and bettertls parts, by this filter of jq:
//!
//! ```text
//! .testcases[] | select(.validation_kind == "SERVER") | {id, expected: .expected_result, features,
//! time: .validation_time, name: .expected_peer_name.value, trusted: .trusted_certs,
//! sent: [.peer_certificate, .untrusted_intermediates[]]}
//! ```
//!
//! `x509-limbo-outcomes.tsv` holds what limbo expects and what comes of it here, and where the two differ the reason, each
//! reviewed by hand. A new version of rustls that decides otherwise fails this test, and is reviewed again.

use super::*;
use rustls::{
    client::danger::ServerCertVerifier as _,
    pki_types::{UnixTime, pem::PemObject as _},
};
use serde_json::Value;
use std::{fmt::Write as _, time::Duration as Span};

/// What holds where a case names no moment: 2026-07-01. A fixed one, so that no outcome changes by itself.
const MOMENT: u64 = 1_782_864_000;

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

fn certificate(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
}

fn moment(case: &Value) -> UnixTime {
    let seconds = match case["time"].as_str() {
        Some(time) => time.parse::<jiff::Timestamp>().unwrap().as_second().unsigned_abs(),
        None => MOMENT,
    };
    UnixTime::since_unix_epoch(Span::from_secs(seconds))
}

/// The code with which the case ends, or `accepted`.
fn ours(case: &Value) -> &'static str {
    let mut roots = RootCertStore::empty();
    for pem in texts(&case["trusted"]) {
        if roots.add(certificate(pem)).is_err() {
            return "authority-refused";
        }
    }
    let Ok(verifier) = verifier(Arc::new(roots), &Arc::new(aws_lc_rs::default_provider())) else {
        return "nobody-trusted";
    };
    let name = match case["name"].as_str() {
        Some(name) => server_name(&host(name)),
        // The one case without a name asks for no name to be checked, which is never done here.
        None => server_name(&host(SITE)),
    };
    let Ok(name) = name else { return "certificate-wrong-name" };
    let sent: Vec<_> = texts(&case["sent"]).into_iter().map(certificate).collect();
    let (first, others) = sent.split_first().unwrap();
    match verifier.verify_server_cert(first, others, &name, &[], moment(case)) {
        Ok(_) => "accepted",
        Err(fault) => {
            let fault = TlsFault::of(&io::Error::other(fault));
            assert!(fault.is_certificate(), "{fault:?}");
            fault.code()
        }
    }
}

fn cases() -> Vec<Value> {
    let text = include_str!("../../../tests/data/x509-limbo.jsonl");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The lines of the table: identifier, what limbo expects, what comes of it here, and the reason where they differ.
fn table() -> Vec<[&'static str; 4]> {
    let text = include_str!("../../../tests/data/x509-limbo-outcomes.tsv");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split('\t').collect::<Vec<_>>().try_into().unwrap()).collect()
}

#[test]
fn every_case_ends_as_the_reviewed_table_says() {
    let (cases, table) = (cases(), table());
    let mut differences = String::new();
    for case in &cases {
        let (id, expected, ours) = (case["id"].as_str().unwrap(), case["expected"].as_str().unwrap(), ours(case));
        let pinned = table.iter().find(|line| line[0] == id);
        if pinned.is_none_or(|line| line[1] != expected || line[2] != ours) {
            writeln!(differences, "{id}\t{expected}\t{ours}\t").unwrap();
        }
    }
    assert!(differences.is_empty(), "other than the table:\n{differences}");
    assert_eq!(cases.len(), table.len(), "each case stands once");
}

#[test]
fn each_difference_has_its_reason() {
    for [id, expected, ours, reason] in table() {
        let differs = (expected == "SUCCESS") != (ours == "accepted");
        assert_eq!(differs, !reason.is_empty(), "{id}");
    }
}

/// The cases that must be refused whatever a table says, by what is wrong with them. Each stands with every code that
/// says so: the first fault found is the one told.
const ALWAYS: &[(&[&str], &[&str])] = &[
    (
        &["certificate-expired", "certificate-not-yet-valid"],
        &[
            "rfc5280::validity::expired-intermediate",
            "rfc5280::validity::expired-leaf",
            "rfc5280::validity::expired-1-second",
            "rfc5280::validity::expired-5-seconds",
            "rfc5280::validity::not-yet-valid-1-second",
            "rfc5280::validity::not-yet-valid-5-seconds",
        ],
    ),
    (
        &["certificate-wrong-name", "certificate-of-authority"],
        &[
            "rfc5280::san::ip-in-dns",
            "rfc5280::ca-as-leaf-wrong-san",
            "webpki::san::mismatch-domain-san",
            "webpki::san::mismatch-subdomain-san",
            "webpki::san::mismatch-subdomain-apex-san",
            "webpki::san::mismatch-apex-subdomain-san",
            "webpki::san::wildcard-embedded-leftmost-san",
            "webpki::san::wildcard-not-in-leftmost-san",
            "webpki::san::wildcard-match-across-labels-san",
            "webpki::san::no-san",
            "webpki::san::san-wildcard-only",
            "webpki::san::san-wildcard-only-tld",
        ],
    ),
    (
        &["certificate-unknown-authority", "certificate-bad-signature", "certificate-beyond-authority"],
        &[
            "invalid::invalid-issuer-key",
            "rfc5280::chain-untrusted-root",
            "rfc5280::ee-empty-issuer",
            "rfc5280::intermediate-ca-missing-basic-constraints",
            "rfc5280::intermediate-ca-without-ca-bit",
            "webpki::cryptographydotio-chain-missing-intermediate",
        ],
    ),
    (
        &["certificate-wrong-use", "certificate-malformed"],
        &["rfc5280::eku::ee-wrong-eku", "rfc5280::eku::ee-eku-empty"],
    ),
    (
        &["certificate-beyond-authority", "certificate-malformed"],
        &[
            "cve::cve-2025-61727",
            "cve::cve-2025-61727-nc-permits-variant",
            "pathlen::intermediate-violates-pathlen-0",
            "pathlen::intermediate-pathlen-too-long",
            "rfc5280::nc::permitted-dns-mismatch",
            "rfc5280::nc::excluded-dns-match",
            "rfc5280::nc::excluded-dns-match-second",
            "rfc5280::nc::permitted-ip-mismatch",
            "rfc5280::nc::excluded-ipv4-match",
            "rfc5280::nc::excluded-ipv6-match",
            "rfc5280::nc::permitted-dn-mismatch",
            "rfc5280::nc::excluded-dn-match",
            "rfc5280::nc::permitted-dn-match-subject-san-mismatch",
            "rfc5280::nc::excluded-dn-match-sub-mismatch",
            "rfc5280::nc::excluded-self-issued-leaf",
            "rfc5280::nc::excluded-match-permitted-and-excluded",
            "rfc5280::nc::intermediate-with-san-rejected-by-intermediate-nc",
            "rfc5280::nc::intermediate-with-san-rejected-by-root-nc",
            "rfc5280::nc::restrictive-permits-in-intermediates-narrows",
            "rfc5280::nc::restrictive-permits-in-intermediates-widens",
            "rfc5280::nc::nc-forbids-othername",
            "rfc5280::nc::nc-forbids-dnsname-wildcard-san",
            "rfc5280::nc::nc-permits-invalid-dns-san",
            "rfc5280::nc::nc-permits-invalid-ip-san",
        ],
    ),
];

#[test]
fn what_must_never_pass_never_passes() {
    let cases = cases();
    for (codes, ids) in ALWAYS {
        for id in *ids {
            let case = cases.iter().find(|case| case["id"] == *id).unwrap();
            assert_eq!(case["expected"], "FAILURE", "{id}");
            let ours = ours(case);
            assert!(codes.contains(&ours), "{id}: {ours}");
        }
    }
}
