//! Authorities, certificates and servers made for a test.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use rustls::{
    RootCertStore, ServerConfig, SupportedProtocolVersion,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    sign::{CertifiedKey, SingleCertAndKey},
    version::{TLS12, TLS13},
};
use std::{net::Ipv4Addr, sync::Arc};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// Able to sign.
pub(crate) type Signer = CertifiedIssuer<'static, KeyPair>;

/// A name for whoever signs or is signed.
pub(crate) fn named(name: &str) -> DistinguishedName {
    let mut full = DistinguishedName::new();
    full.push(DnType::CommonName, name);
    full
}

/// What an authority's certificate says.
pub(crate) fn authority_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

/// An authority of its own.
pub(crate) fn root(name: &str) -> Signer {
    CertifiedIssuer::self_signed(authority_params(name), KeyPair::generate().unwrap()).unwrap()
}

/// What a site's certificate says.
pub(crate) fn site_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.distinguished_name = named("A site");
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
}

/// These authorities alone are trusted.
pub(crate) fn trusting(authorities: &[&CertificateDer<'static>]) -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for authority in authorities {
        roots.add((*authority).clone()).unwrap();
    }
    Arc::new(roots)
}

/// The key as rustls takes it.
pub(crate) fn der(key: &KeyPair) -> PrivateKeyDer<'static> {
    PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()))
}

/// Every place of `from` becomes `to`, which is as long.
pub(crate) fn replaced(der: &CertificateDer<'_>, from: &[u8], to: &[u8]) -> CertificateDer<'static> {
    let mut bytes = der.to_vec();
    let places: Vec<usize> = (0..bytes.len()).filter(|place| bytes[*place..].starts_with(from)).collect();
    assert!(!places.is_empty() && from.len() == to.len());
    for place in places {
        bytes[place..place + to.len()].copy_from_slice(to);
    }
    bytes.into()
}

/// TLS 1.2 alone, or TLS 1.3 alone.
pub(crate) fn versions(is_old: bool) -> &'static [&'static SupportedProtocolVersion] {
    static OLD: [&SupportedProtocolVersion; 1] = [&TLS12];
    static NEW: [&SupportedProtocolVersion; 1] = [&TLS13];
    if is_old { &OLD } else { &NEW }
}

/// A server that shows this chain. The key need not be the certificate's.
pub(crate) fn server(chain: Vec<CertificateDer<'static>>, key: &KeyPair, is_old: bool) -> ServerConfig {
    let signing = aws_lc_rs::sign::any_supported_type(&der(key)).unwrap();
    let shown = SingleCertAndKey::from(CertifiedKey::new(chain, signing));
    ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(versions(is_old))
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(shown))
}

/// Two ends of a connection over loopback.
pub(crate) async fn ends() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap());
    let (client, accepted) = tokio::join!(client, listener.accept());
    (client.unwrap(), accepted.unwrap().0)
}

/// A connection to a server that takes it with these settings.
pub(crate) async fn served(
    config: &Arc<ServerConfig>,
) -> (TcpStream, JoinHandle<std::io::Result<TlsStream<TcpStream>>>) {
    let (client, taken) = ends().await;
    let acceptor = TlsAcceptor::from(Arc::clone(config));
    (client, tokio::spawn(async move { acceptor.accept(taken).await }))
}
