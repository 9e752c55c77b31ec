//! Sites with every kind of certificate and every kind of trouble, over loopback.

mod limbo;
pub(crate) mod made;

use super::*;
use made::{Signer, authority_params, ends, named, replaced, root, served, server, site_params, trusting, versions};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, KeyPair,
    NameConstraints, date_time_ymd,
};
use rustls::{
    HandshakeKind, NamedGroup, ServerConfig, ServerConnection, crypto::aws_lc_rs::kx_group, pki_types::CertificateDer,
    server::WebPkiClientVerifier,
};
use std::{io, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

const SITE: &str = "rivers.example";

fn host(name: &str) -> Host {
    Host::parse(name).unwrap()
}

/// What a site shows: its chain, and a key.
struct Shown(Vec<CertificateDer<'static>>, KeyPair);

/// A certificate for the site, changed in some way.
fn shown(by: &Signer, change: impl FnOnce(&mut CertificateParams)) -> Shown {
    let mut params = site_params(SITE);
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    Shown(vec![params.signed_by(&key, by).unwrap().der().clone()], key)
}

/// The same by an intermediate authority that was changed in some way.
fn through(by: &Signer, change: impl FnOnce(&mut CertificateParams)) -> Shown {
    let mut params = authority_params("An intermediate");
    change(&mut params);
    let middle = CertifiedIssuer::signed_by(params, KeyPair::generate().unwrap(), by).unwrap();
    let Shown(mut chain, key) = shown(&middle, |_| {});
    chain.push(middle.der().clone());
    Shown(chain, key)
}

fn expired(params: &mut CertificateParams) {
    params.not_after = date_time_ymd(2020, 1, 1);
}

fn not_begun(params: &mut CertificateParams) {
    params.not_before = date_time_ymd(4000, 1, 1);
}

fn constrained(permitted: &[&str], excluded: &[&str]) -> impl FnOnce(&mut CertificateParams) {
    let trees = |names: &[&str]| names.iter().map(|name| GeneralSubtree::DnsName((*name).to_owned())).collect();
    let constraints = NameConstraints { permitted_subtrees: trees(permitted), excluded_subtrees: trees(excluded) };
    |params| params.name_constraints = Some(constraints)
}

/// Signed by itself, and by nobody else.
fn by_itself(is_authority: bool) -> Shown {
    let mut params = if is_authority { authority_params(SITE) } else { site_params(SITE) };
    params.subject_alt_names = site_params(SITE).subject_alt_names;
    let key = KeyPair::generate().unwrap();
    Shown(vec![params.self_signed(&key).unwrap().der().clone()], key)
}

/// Every kind of certificate, and the code that each ends with; nothing where it is good.
fn kinds(trusted: &Signer) -> Vec<(&'static str, Shown, Option<&'static str>)> {
    let client_only = |params: &mut CertificateParams| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    };
    let mut other_key = shown(trusted, |_| {});
    other_key.1 = KeyPair::generate().unwrap();
    let changed = |change: fn(&CertificateDer<'static>) -> CertificateDer<'static>| {
        let mut shown = shown(trusted, |_| {});
        shown.0[0] = change(&shown.0[0]);
        shown
    };
    let mut turned =
        shown(trusted, |params| params.subject_alt_names = site_params("ravens.example").subject_alt_names);
    turned.0[0] = replaced(&turned.0[0], b"ravens.example", SITE.as_bytes());
    let mut without_middle = through(trusted, |_| {});
    without_middle.0.truncate(1);
    let steps = |params: &mut CertificateParams| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let first = CertifiedIssuer::signed_by(
        {
            let mut params = authority_params("One step");
            steps(&mut params);
            params
        },
        KeyPair::generate().unwrap(),
        trusted,
    )
    .unwrap();
    let mut too_long = through(&first, |_| {});
    too_long.0.push(first.der().clone());
    vec![
        ("good", shown(trusted, |_| {}), None),
        ("good, through an intermediate", through(trusted, |_| {}), None),
        ("expired", shown(trusted, expired), Some("certificate-expired")),
        ("expired intermediate", through(trusted, expired), Some("certificate-expired")),
        ("not yet valid", shown(trusted, not_begun), Some("certificate-not-yet-valid")),
        ("intermediate not yet valid", through(trusted, not_begun), Some("certificate-not-yet-valid")),
        (
            "another name",
            shown(trusted, |params| params.subject_alt_names = site_params("lakes.example").subject_alt_names),
            Some("certificate-wrong-name"),
        ),
        (
            "an address instead of the name",
            shown(trusted, |params| params.subject_alt_names = site_params("127.0.0.1").subject_alt_names),
            Some("certificate-wrong-name"),
        ),
        (
            "the name where it does not count",
            shown(trusted, |params| {
                params.subject_alt_names.clear();
                params.distinguished_name = named(SITE);
            }),
            Some("certificate-wrong-name"),
        ),
        ("signed by itself", by_itself(false), Some("certificate-unknown-authority")),
        ("an authority's own", by_itself(true), Some("certificate-of-authority")),
        ("by a stranger", shown(&root("A stranger"), |_| {}), Some("certificate-unknown-authority")),
        (
            "by a stranger with the authority's name",
            shown(&root("A trusted authority"), |_| {}),
            Some("certificate-bad-signature"),
        ),
        ("without its intermediate", without_middle, Some("certificate-unknown-authority")),
        (
            "by a site",
            through(trusted, |params| params.is_ca = IsCa::ExplicitNoCa),
            Some("certificate-beyond-authority"),
        ),
        (
            "by an authority for other names",
            through(trusted, constrained(&["lakes.example"], &[])),
            Some("certificate-beyond-authority"),
        ),
        (
            "by an authority not for this name",
            through(trusted, constrained(&[], &["example"])),
            Some("certificate-beyond-authority"),
        ),
        ("over too many steps", too_long, Some("certificate-beyond-authority")),
        ("for clients", shown(trusted, client_only), Some("certificate-wrong-use")),
        ("by an authority for clients", through(trusted, client_only), Some("certificate-wrong-use")),
        ("changed after signing", turned, Some("certificate-bad-signature")),
        (
            "its signature changed",
            changed(|der| {
                let mut bytes = der.to_vec();
                *bytes.last_mut().unwrap() ^= 1;
                bytes.into()
            }),
            Some("certificate-bad-signature"),
        ),
        (
            // ecdsa-with-SHA224, for the SHA256 that it was signed with.
            "signed in an old way",
            changed(|der| replaced(der, &[0x3d, 4, 3, 2], &[0x3d, 4, 3, 1])),
            Some("certificate-weak"),
        ),
        ("cut off", changed(|der| der[..der.len() / 2].to_vec().into()), Some("certificate-malformed")),
        ("nothing that can be read", changed(|_| vec![0x30, 0].into()), Some("certificate-malformed")),
        ("with another's key", other_key, Some("certificate-bad-signature")),
    ]
}

/// What comes of it when the client agrees on keys.
async fn outcome(securing: &Securing, config: &Arc<ServerConfig>, name: &Host) -> Result<(), TlsFault> {
    let (stream, serving) = served(config).await;
    let outcome = securing.secure(stream, name, &[]).await.map(|_| ());
    assert_eq!(serving.await.unwrap().is_ok(), outcome.is_ok());
    outcome
}

#[tokio::test]
async fn every_kind_of_bad_certificate_is_refused_by_its_name() {
    let trusted = root("A trusted authority");
    let securing = Securing::new(trusting(&[trusted.der()])).unwrap();
    for (what, Shown(chain, key), wanted) in kinds(&trusted) {
        for is_old in [false, true] {
            let config = Arc::new(server(chain.clone(), &key, is_old));
            let found = outcome(&securing, &config, &host(SITE)).await;
            assert_eq!(found.err().map(TlsFault::code), wanted, "{what}, old: {is_old}, {found:?}");
            if let Err(fault) = found {
                assert!(fault.is_certificate() && fault.words().heading == "This site could not prove who it is");
                let has_clock = fault.words().next.contains("clock");
                assert_eq!(has_clock, what.contains("expired") || what.contains("not yet"), "{what}");
            }
        }
    }
}

#[tokio::test]
async fn addresses_are_proven_like_names() {
    let trusted = root("A trusted authority");
    let securing = Securing::new(trusting(&[trusted.der()])).unwrap();
    for (of, wanted) in [("127.0.0.1", true), ("127.0.0.2", false), ("2001:db8::7", false), (SITE, false)] {
        let Shown(chain, key) =
            shown(&trusted, |params| params.subject_alt_names = site_params("127.0.0.1").subject_alt_names);
        let found = outcome(&securing, &Arc::new(server(chain, &key, false)), &host(of)).await;
        assert_eq!(found.is_ok(), wanted, "{of}: {found:?}");
    }
    let long = format!("{}.example", "a".repeat(63));
    assert!(server_name(&host(&long)).is_ok() && server_name(&host("under_score.example")).is_ok());
}

#[test]
fn without_a_trusted_authority_nothing_starts() {
    let fault = Securing::new(Arc::new(RootCertStore::empty())).unwrap_err();
    assert!(fault.contains("trusted authorities"), "{fault}");
}

/// A good site, and who trusts it.
fn good(is_old: bool, protocols: &[Protocol]) -> (Securing, ServerConfig) {
    let trusted = root("A trusted authority");
    let Shown(chain, key) = shown(&trusted, |params| {
        params.subject_alt_names.extend(site_params("lakes.example").subject_alt_names);
    });
    let mut config = server(chain, &key, is_old);
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.alpn().to_vec()).collect();
    (Securing::new(trusting(&[trusted.der()])).unwrap(), config)
}

/// Agrees on keys, lets a word pass, and says how it went and what is spoken.
async fn visit(
    securing: &Securing,
    config: &Arc<ServerConfig>,
    name: &str,
    offers: &[Protocol],
) -> (HandshakeKind, Protocol) {
    let (stream, serving) = served(config).await;
    let (mut stream, protocol) = securing.secure(stream, &host(name), offers).await.unwrap();
    let mut site = serving.await.unwrap().unwrap();
    site.write_all(b"word").await.unwrap();
    // Tickets come before the first word.
    stream.read_exact(&mut [0; 4]).await.unwrap();
    (stream.get_ref().1.handshake_kind().unwrap(), protocol)
}

#[tokio::test]
async fn a_site_that_is_known_need_not_prove_itself_again() {
    use HandshakeKind::{Full, Resumed};
    let both = [Protocol::Http2, Protocol::Http1];
    for is_old in [false, true] {
        let (securing, config) = good(is_old, &both);
        let config = Arc::new(config);
        assert_eq!(visit(&securing, &config, SITE, &both).await, (Full, Protocol::Http2), "{is_old}");
        assert_eq!(visit(&securing, &config, SITE, &both).await, (Resumed, Protocol::Http2), "{is_old}");
        // What is spoken inside is agreed anew, whatever the session was made with.
        for (offers, spoken) in [
            (&[Protocol::Http1] as &[_], Protocol::Http1),
            (&[Protocol::Http2], Protocol::Http2),
            (&[Protocol::Http1, Protocol::Http2], Protocol::Http2),
            (&[], Protocol::Http1),
        ] {
            assert_eq!(visit(&securing, &config, SITE, offers).await, (Resumed, spoken), "{is_old} {offers:?}");
        }
        assert_eq!(visit(&securing, &config, "lakes.example", &both).await.0, Full, "{is_old}: another name");
    }
}

#[tokio::test]
async fn a_site_that_forgot_us_proves_itself_again() {
    let (securing, mut config) = good(false, &[]);
    let fresh = config.clone();
    visit(&securing, &Arc::new(config.clone()), SITE, &[]).await;
    config.session_storage = rustls::server::ServerSessionMemoryCache::new(8);
    assert_eq!(visit(&securing, &Arc::new(config), SITE, &[]).await.0, HandshakeKind::Full);
    // And it is checked again, whoever it was before.
    let Shown(chain, key) = by_itself(false);
    let mut impostor = server(chain, &key, false);
    impostor.alpn_protocols = fresh.alpn_protocols;
    let found = outcome(&securing, &Arc::new(impostor), &host(SITE)).await;
    assert_eq!(found.unwrap_err().code(), "certificate-unknown-authority");
}

#[tokio::test]
async fn keys_that_hold_against_quantum_computers_are_offered() {
    for is_only in [true, false] {
        let (securing, mut config) = good(false, &[]);
        if is_only {
            let mut provider = aws_lc_rs::default_provider();
            provider.kx_groups = vec![kx_group::X25519MLKEM768];
            let resolver = Arc::clone(&config.cert_resolver);
            config = ServerConfig::builder_with_provider(Arc::new(provider))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_cert_resolver(resolver);
        }
        let (stream, serving) = served(&Arc::new(config)).await;
        let (stream, _) = securing.secure(stream, &host(SITE), &[]).await.unwrap();
        let group = stream.get_ref().1.negotiated_key_exchange_group().unwrap().name();
        assert_eq!(group, NamedGroup::X25519MLKEM768);
        serving.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_site_that_speaks_nothing_of_ours_has_nothing_in_common_with_us() {
    let (securing, config) = good(false, &[Protocol::Http1]);
    let (stream, serving) = served(&Arc::new(config)).await;
    let fault = securing.secure(stream, &host(SITE), &[Protocol::Http2]).await.unwrap_err();
    assert_eq!(fault.code(), "tls-nothing-in-common");
    assert!(serving.await.unwrap().is_err());
}

/// Settings that ask the client for a certificate, and insist on it or not.
fn asking(is_old: bool, insists: bool) -> (Securing, ServerConfig) {
    let (securing, plain) = good(is_old, &[]);
    let verifier = WebPkiClientVerifier::builder_with_provider(
        trusting(&[root("Of visitors").der()]),
        Arc::new(aws_lc_rs::default_provider()),
    );
    let verifier = if insists { verifier } else { verifier.allow_unauthenticated() };
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(versions(is_old))
        .unwrap()
        .with_client_cert_verifier(verifier.build().unwrap())
        .with_cert_resolver(Arc::clone(&plain.cert_resolver));
    (securing, config)
}

#[tokio::test]
async fn a_site_that_wants_the_visitors_own_certificate_is_told_apart() {
    for is_old in [false, true] {
        let (securing, config) = asking(is_old, false);
        visit(&securing, &Arc::new(config), SITE, &[]).await;
    }
    let (securing, config) = asking(true, true);
    let fault = outcome(&securing, &Arc::new(config), &host(SITE)).await.unwrap_err();
    assert_eq!(fault.code(), "client-certificate");
    assert!(fault.words().next.contains("left unopened") && !fault.is_certificate());

    // In TLS 1.3 it says so after the handshake.
    let (securing, config) = asking(false, true);
    let (stream, serving) = served(&Arc::new(config)).await;
    let (mut stream, _) = securing.secure(stream, &host(SITE), &[]).await.unwrap();
    let error = stream.read(&mut [0; 4]).await.unwrap_err();
    assert_eq!(TlsFault::of(&error), TlsFault::ClientCertificate);
    assert!(serving.await.unwrap().is_err());
}

#[tokio::test]
async fn a_site_that_leaves_for_want_of_a_certificate_is_told_apart() {
    let (securing, config) = asking(true, false);
    let (stream, taken) = ends().await;
    let leaving = tokio::task::spawn_blocking(move || {
        let mut site = ServerConnection::new(Arc::new(config)).unwrap();
        let mut taken = taken.into_std().unwrap();
        taken.set_nonblocking(false).unwrap();
        // The greeting, then what the site says to it, which asks for a certificate; then the answer, and no more.
        site.read_tls(&mut taken).unwrap();
        site.process_new_packets().unwrap();
        while site.wants_write() {
            site.write_tls(&mut taken).unwrap();
        }
        site.read_tls(&mut taken).unwrap();
    });
    let fault = securing.secure(stream, &host(SITE), &[]).await.unwrap_err();
    assert_eq!(fault, TlsFault::ClientCertificate);
    leaving.await.unwrap();
}

#[tokio::test]
async fn what_is_no_tls_and_what_breaks_off_is_told_apart() {
    let (securing, _) = good(false, &[]);
    let alert = |number: u8| vec![21, 3, 3, 0, 2, 2, number];
    for (says, code) in [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), "tls-protocol"),
        (vec![22, 3, 3, 0, 0], "tls-protocol"),
        (alert(70), "tls-nothing-in-common"),
        (alert(40), "tls-nothing-in-common"),
        (alert(71), "tls-nothing-in-common"),
        (alert(120), "tls-nothing-in-common"),
        (alert(80), "tls-alert"),
        (alert(112), "tls-alert"),
        (alert(250), "tls-alert"),
        (Vec::new(), "tls-broken"),
    ] {
        let (stream, mut taken) = ends().await;
        let saying = async {
            // The greeting is read, so that closing is no reset.
            assert_ne!(taken.read(&mut [0; 4_096]).await.unwrap(), 0);
            taken.write_all(&says).await.unwrap();
            taken.shutdown().await.unwrap();
        };
        let name = host(SITE);
        let (outcome, ()) = tokio::join!(securing.secure(stream, &name, &[]), saying);
        let fault = outcome.unwrap_err();
        assert_eq!(fault.code(), code, "{says:?} {fault:?}");
        assert!(!fault.is_certificate() && fault.words().explanation.contains("not your fault"));
    }
    // A site that says nothing at all is left to the caller's limit.
    let (stream, _silent): (TcpStream, TcpStream) = ends().await;
    tokio::time::timeout(Duration::from_millis(50), securing.secure(stream, &host(SITE), &[])).await.unwrap_err();
    assert_eq!(TlsFault::Broken(io::ErrorKind::TimedOut).code(), "tls-timed-out");
}

#[test]
fn asking_for_a_certificate_explains_only_what_could_come_of_it() {
    let certificate = TlsFault::Certificate(CertificateFault::Expired);
    for fault in [TlsFault::Alert, TlsFault::NothingInCommon, TlsFault::Broken(io::ErrorKind::UnexpectedEof)] {
        assert_eq!((fault.after_asking(true), fault.after_asking(false)), (TlsFault::ClientCertificate, fault));
    }
    for fault in [certificate, TlsFault::Protocol] {
        assert_eq!(fault.after_asking(true), fault);
    }
}
