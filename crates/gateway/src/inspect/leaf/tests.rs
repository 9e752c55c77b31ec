//! Certificates made for opened hosts, as clients see them.

use super::*;
use crate::{
    inspect::{authority::tests::taken, meet::meet},
    secure::tests::made::{Signer, authority_params, ends, root, trusting, versions},
};
use rcgen::{BasicConstraints, CertifiedIssuer, PKCS_ECDSA_P384_SHA384};
use rustls::{
    ClientConfig, HandshakeKind, NamedGroup,
    client::{
        ClientSessionMemoryCache, ClientSessionStore, Resumption, Tls12ClientSessionValue, Tls12Resumption,
        Tls13ClientSessionValue,
    },
    crypto::{SupportedKxGroup, aws_lc_rs::kx_group},
    pki_types::{CertificateDer, ServerName},
};
use std::{collections::HashSet, time::SystemTime};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsConnector;
use x509_parser::{
    extensions::ParsedExtension,
    prelude::{FromDer as _, X509Certificate},
};

fn host(name: &str) -> Host {
    Host::parse(name).unwrap()
}

/// The real moment: rustls' clients read the real clock.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_micros()).unwrap()
}

/// A client that trusts this authority and remembers sessions here.
fn client(signer: &Signer, is_old: bool, resumption: Resumption) -> ClientConfig {
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(versions(is_old))
        .unwrap()
        .with_root_certificates(trusting(&[signer.der()]))
        .with_no_client_auth();
    config.resumption = resumption;
    config
}

/// How a visit went.
#[derive(Debug)]
struct Visit {
    kind: HandshakeKind,
    leaf: CertificateDer<'static>,
    alpn: Option<Vec<u8>>,
    group: Option<NamedGroup>,
}

async fn visit(config: &Arc<ServerConfig>, client: &Arc<ClientConfig>, name: &str) -> Visit {
    let (visitor, taken) = ends().await;
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let connecting = async {
        let mut stream = TlsConnector::from(Arc::clone(client)).connect(name, visitor).await.unwrap();
        // Tickets come before the first word.
        stream.read_exact(&mut [0; 4]).await.unwrap();
        let agreed = stream.get_ref().1;
        Visit {
            kind: agreed.handshake_kind().unwrap(),
            leaf: agreed.peer_certificates().unwrap()[0].clone().into_owned(),
            alpn: agreed.alpn_protocol().map(<[u8]>::to_vec),
            group: agreed.negotiated_key_exchange_group().map(<dyn SupportedKxGroup>::name),
        }
    };
    let meeting = async {
        let mut met = meet(taken, Arc::clone(config), Duration::from_secs(30)).await.unwrap();
        met.write_all(b"word").await.unwrap();
        met
    };
    tokio::join!(connecting, meeting).0
}

fn key_identifiers(certificate: &X509Certificate<'_>) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
    let (mut own, mut signer) = (None, None);
    for extension in certificate.iter_extensions() {
        match extension.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(key) => own = Some(key.0.to_vec()),
            ParsedExtension::AuthorityKeyIdentifier(key) => {
                signer = key.key_identifier.as_ref().map(|key| key.0.to_vec());
            }
            _ => {}
        }
    }
    (own, signer)
}

#[tokio::test]
async fn names_and_addresses_are_shown_with_their_own_certificates() {
    let longest = format!("{0}.{0}.{0}.example", "a".repeat(60));
    for (signer, name) in [
        (root("An authority"), "rivers.example"),
        (root("An authority"), "192.0.2.7"),
        (root("An authority"), "2001:db8::7"),
        (root("An authority"), "xn--bcher-kva.example"),
        (root("An authority"), "under_score.example"),
        (root("An authority"), &longest),
        (
            CertifiedIssuer::self_signed(
                authority_params("An authority"),
                KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap(),
            )
            .unwrap(),
            "rivers.example",
        ),
        (
            CertifiedIssuer::self_signed(
                authority_params("An authority"),
                KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap(),
            )
            .unwrap(),
            "rivers.example",
        ),
    ] {
        let config = Leaves::new().unwrap().config(&Arc::new(taken(&signer)), &host(name), &[], now()).unwrap();
        for is_old in [false, true] {
            let seen = visit(&config, &Arc::new(client(&signer, is_old, Resumption::disabled())), name).await;
            let (_, leaf) = X509Certificate::from_der(&seen.leaf).unwrap();
            let (_, own) = X509Certificate::from_der(signer.der()).unwrap();
            let (is_server, use_of_key) =
                (leaf.extended_key_usage().unwrap().unwrap().value, leaf.key_usage().unwrap().unwrap().value);
            assert!(is_server.server_auth && !is_server.any && !is_server.client_auth && use_of_key.flags == 1);
            assert!(!leaf.is_ca() && leaf.subject().iter().next().is_none());
            assert_eq!(leaf.subject_alternative_name().unwrap().unwrap().value.general_names.len(), 1);
            let (own_key, signed_by) = key_identifiers(&leaf);
            assert!(own_key.is_some() && signed_by.is_some() && signed_by == key_identifiers(&own).0);
            assert!(leaf.raw_serial().len() >= 14 && leaf.raw_serial().len() <= 20);
            let valid = leaf.validity();
            let (begins, ends) = (valid.not_before.timestamp(), valid.not_after.timestamp());
            assert!(ends - begins == 30 * DAY / SECOND && begins * SECOND <= now() - DAY);
        }
    }
}

#[tokio::test]
async fn what_leads_to_a_trusted_authority_is_sent_too() {
    let trusted = root("A trusted authority");
    let mut params = authority_params("An issuing authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let issuing = CertifiedIssuer::signed_by(params, KeyPair::generate().unwrap(), &trusted).unwrap();
    let key = crate::secure::tests::made::der(issuing.key());
    let authority = Authority::new(vec![issuing.der().clone(), trusted.der().clone()], &key).unwrap();
    let config = Leaves::new().unwrap().config(&Arc::new(authority), &host("rivers.example"), &[], now()).unwrap();
    visit(&config, &Arc::new(client(&trusted, false, Resumption::disabled())), "rivers.example").await;
}

#[tokio::test]
async fn what_is_spoken_inside_is_what_was_asked_for() {
    let signer = root("An authority");
    let (leaves, authority) = (Leaves::new().unwrap(), Arc::new(taken(&signer)));
    let mut both = client(&signer, false, Resumption::disabled());
    both.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let both = Arc::new(both);
    for (protocols, spoken) in [
        (&[] as &[_], None),
        (&[Protocol::Http1], Some("http/1.1")),
        (&[Protocol::Http2], Some("h2")),
        (&[Protocol::Http1, Protocol::Http2], Some("http/1.1")),
        (&[Protocol::Http2, Protocol::Http1], Some("h2")),
    ] {
        let config = leaves.config(&authority, &host("rivers.example"), protocols, now()).unwrap();
        let seen = visit(&config, &both, "rivers.example").await;
        assert_eq!(seen.alpn.as_deref(), spoken.map(str::as_bytes));
        assert_eq!(seen.group, Some(NamedGroup::X25519MLKEM768));
    }
}

#[tokio::test]
async fn a_client_that_takes_only_keys_against_quantum_computers_is_met() {
    let signer = root("An authority");
    let mut provider = aws_lc_rs::default_provider();
    provider.kx_groups = vec![kx_group::X25519MLKEM768];
    let only = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(versions(false))
        .unwrap()
        .with_root_certificates(trusting(&[signer.der()]))
        .with_no_client_auth();
    let authority = Arc::new(taken(&signer));
    let config = Leaves::new().unwrap().config(&authority, &host("rivers.example"), &[], now()).unwrap();
    let seen = visit(&config, &Arc::new(only), "rivers.example").await;
    assert_eq!(seen.group, Some(NamedGroup::X25519MLKEM768));
    assert_eq!(config.max_early_data_size, 0, "what is sent before keys are agreed on can be sent again by others");
}

/// The second at which the certificate behind these settings ends.
async fn ends_at(config: &Arc<ServerConfig>, signer: &Signer) -> i64 {
    let seen = visit(config, &Arc::new(client(signer, false, Resumption::disabled())), "rivers.example").await;
    X509Certificate::from_der(&seen.leaf).unwrap().1.validity().not_after.timestamp()
}

#[tokio::test]
async fn certificates_are_kept_and_made_anew_in_time() {
    let signer = root("An authority");
    let (leaves, authority, name) = (Leaves::new().unwrap(), Arc::new(taken(&signer)), host("rivers.example"));
    let at = |moment| leaves.config(&authority, &name, &[Protocol::Http1], moment).unwrap();
    // So that both the first and the second hold at the real moment.
    let start = now() - 14 * DAY;
    let first = at(start);
    assert!(Arc::ptr_eq(&first, &at(start)) && Arc::ptr_eq(&first, &at(start + 14 * DAY - 1)));
    let second = at(start + 14 * DAY);
    assert!(
        !Arc::ptr_eq(&first, &second)
            && ends_at(&second, &signer).await >= ends_at(&first, &signer).await + 13 * DAY / SECOND
    );
    // A clock that was put back.
    assert!(!Arc::ptr_eq(&second, &at(start)));

    let other = Arc::new(taken(&root("Another authority")));
    let config = |authority, name| leaves.config(authority, &host(name), &[], start).unwrap();
    let (of_first, of_other) = (config(&authority, "rivers.example"), config(&other, "rivers.example"));
    assert!(!Arc::ptr_eq(&of_first, &of_other) && !Arc::ptr_eq(&of_first, &config(&authority, "lakes.example")));
    assert!(Arc::ptr_eq(&of_first, &config(&authority, "rivers.example")));
    assert_eq!(ends_at(&of_first, &signer).await, (start + AHEAD) / SECOND);
}

#[tokio::test]
async fn no_certificate_outlives_its_authority() {
    let start = now();
    let mut params = authority_params("An authority");
    let end = (start + 3 * DAY) / SECOND;
    params.not_after = date_time_ymd(1970, 1, 1) + Duration::from_secs(end.unsigned_abs());
    let signer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let (leaves, authority, name) = (Leaves::new().unwrap(), Arc::new(taken(&signer)), host("rivers.example"));
    let config = leaves.config(&authority, &name, &[], start).unwrap();
    assert_eq!(ends_at(&config, &signer).await, end);
    assert!(leaves.config(&authority, &name, &[], end * SECOND - 1).is_ok());
    let fault = leaves.config(&authority, &name, &[], end * SECOND).unwrap_err();
    assert!(fault.contains("has run out"), "{fault}");
}

#[test]
fn serial_numbers_do_not_come_again() {
    let serials: HashSet<_> = (0..1_000)
        .map(|_| wanted(&host("rivers.example"), 0..DAY).unwrap().serial_number.unwrap().to_bytes())
        .collect();
    assert_eq!(serials.len(), 1_000);
    for moment in [i64::MIN, -1, 0, i64::MAX] {
        wanted(&host("rivers.example"), moment..moment).unwrap();
    }
}

#[test]
fn only_so_many_certificates_are_remembered() {
    let (leaves, authority) = (Leaves::new().unwrap(), Arc::new(taken(&root("An authority"))));
    for number in 0..LEAVES + 200 {
        leaves.config(&authority, &host(&format!("n{number}.example")), &[], now()).unwrap();
    }
    assert!(leaves.remembered.len() <= LEAVES, "{}", leaves.remembered.len());
    let shown = format!("{leaves:?}");
    assert!(shown.starts_with("Leaves { remembered: ") && shown.len() < 40, "{shown}");
}

/// Remembers sessions for whatever name under one: a client that offers them where they were not given out.
#[derive(Debug)]
struct Confused(ClientSessionMemoryCache);

fn one_name() -> ServerName<'static> {
    ServerName::try_from("one.example").unwrap()
}

impl ClientSessionStore for Confused {
    fn set_kx_hint(&self, _name: ServerName<'static>, _group: NamedGroup) {}

    fn kx_hint(&self, _name: &ServerName<'_>) -> Option<NamedGroup> {
        None
    }

    fn set_tls12_session(&self, _name: ServerName<'static>, value: Tls12ClientSessionValue) {
        self.0.set_tls12_session(one_name(), value);
    }

    fn tls12_session(&self, _name: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.0.tls12_session(&one_name())
    }

    fn remove_tls12_session(&self, _name: &ServerName<'static>) {
        self.0.remove_tls12_session(&one_name());
    }

    fn insert_tls13_ticket(&self, _name: ServerName<'static>, value: Tls13ClientSessionValue) {
        self.0.insert_tls13_ticket(one_name(), value);
    }

    fn take_tls13_ticket(&self, _name: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.0.take_tls13_ticket(&one_name())
    }
}

#[tokio::test]
async fn a_session_is_resumed_for_its_own_name_alone() {
    use HandshakeKind::{Full, Resumed};
    let signer = root("An authority");
    for (is_old, way) in [
        (false, Tls12Resumption::Disabled),
        (true, Tls12Resumption::SessionIdOrTickets),
        (true, Tls12Resumption::SessionIdOnly),
    ] {
        for has_sni in [true, false] {
            let (leaves, authority) = (Leaves::new().unwrap(), Arc::new(taken(&signer)));
            let store = Arc::new(Confused(ClientSessionMemoryCache::new(64)));
            let mut client = client(&signer, is_old, Resumption::store(store).tls12_resumption(way));
            client.enable_sni = has_sni;
            let client = Arc::new(client);
            let config = |authority, name, protocols: &[Protocol]| {
                leaves.config(authority, &host(name), protocols, now()).unwrap()
            };
            for (first, other) in [("rivers.example", "lakes.example"), ("192.0.2.7", "192.0.2.8")] {
                let note = format!("old: {is_old}, {way:?}, server name: {has_sni}, {first}");
                let of_first = config(&authority, first, &[]);
                // What the other name's sessions have left behind is nothing to this one either.
                assert_eq!(visit(&of_first, &client, first).await.kind, Full, "{note}");
                assert_eq!(visit(&of_first, &client, first).await.kind, Resumed, "{note}");
                // Another way of speaking inside is no hindrance.
                assert_eq!(visit(&config(&authority, first, &[Protocol::Http1]), &client, first).await.kind, Resumed);
                assert_eq!(visit(&config(&authority, other, &[]), &client, other).await.kind, Full, "{note}");
            }
        }
    }
}

#[tokio::test]
async fn a_new_authority_resumes_nothing_of_the_old() {
    let signer = root("An authority");
    let leaves = Leaves::new().unwrap();
    // The same authority with one more certificate behind it.
    let old = Arc::new(taken(&signer));
    let key = crate::secure::tests::made::der(signer.key());
    let new = Arc::new(Authority::new(vec![signer.der().clone(), root("Another").der().clone()], &key).unwrap());
    let client = Arc::new(client(&signer, false, Resumption::in_memory_sessions(64)));
    let config = |authority| leaves.config(authority, &host("rivers.example"), &[], now()).unwrap();
    assert_eq!(visit(&config(&old), &client, "rivers.example").await.kind, HandshakeKind::Full);
    assert_eq!(visit(&config(&old), &client, "rivers.example").await.kind, HandshakeKind::Resumed);
    assert_eq!(visit(&config(&new), &client, "rivers.example").await.kind, HandshakeKind::Full);
}
