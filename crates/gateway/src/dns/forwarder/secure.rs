//! TLS to upstream services, always with a verified name or address.

use super::upstream::Fault;
use crate::dns::settings::UpstreamAddress;
use rustls::{
    CertificateError, ClientConfig, Error, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName},
};
use std::{io, sync::Arc};
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

/// A stream of which the other end is who it should be.
pub(super) type SecureStream = TlsStream<TcpStream>;

/// The settings for DNS over TLS, and for DNS over HTTPS.
pub(super) fn configs(authorities: Vec<CertificateDer<'static>>) -> io::Result<(Arc<ClientConfig>, Arc<ClientConfig>)> {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    for authority in authorities {
        roots.add(authority).map_err(|fault| {
            io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("A certificate authority set for the upstream name services cannot be used: {fault}."),
            )
        })?;
    }
    let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut https = tls.clone();
    https.alpn_protocols = vec![b"h2".to_vec()];
    Ok((Arc::new(tls), Arc::new(https)))
}

/// Whom to expect, and how to speak.
#[derive(Debug)]
pub(super) struct Secure {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl Secure {
    pub(super) fn new(config: &Arc<ClientConfig>, address: &UpstreamAddress) -> io::Result<Self> {
        let name = match &address.name {
            Some(name) => ServerName::try_from(name.clone()).map_err(|fault| {
                io::Error::new(io::ErrorKind::InvalidInput, format!("“{address}” cannot be an upstream: {fault}."))
            })?,
            None => ServerName::IpAddress(address.socket.ip().into()),
        };
        Ok(Self { config: Arc::clone(config), name })
    }
}

/// Makes a connection secure.
pub(super) async fn open(secure: &Secure, stream: TcpStream) -> Result<SecureStream, Fault> {
    let connector = TlsConnector::from(Arc::clone(&secure.config));
    let stream = connector.connect(secure.name.clone(), stream).await.map_err(|error| fault(&error))?;
    if !secure.config.alpn_protocols.is_empty() && stream.get_ref().1.alpn_protocol() != Some(b"h2") {
        return Err(Fault::Untrusted("It does not speak HTTP/2, which DNS over HTTPS needs."));
    }
    Ok(stream)
}

/// Why there is no TLS, in our own words: what the other side says may be anything.
fn fault(error: &io::Error) -> Fault {
    let Some(fault) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) else {
        return Fault::Unreachable(error.kind());
    };
    Fault::Untrusted(match fault {
        Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            "Its certificate has run out, or this computer's clock is wrong."
        }
        Error::InvalidCertificate(CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. }) => {
            "Its certificate is not valid yet, or this computer's clock is wrong."
        }
        Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            "Its certificate is signed by an authority that is not known here. If it is the school's own, add that authority."
        }
        Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => "Its certificate is for another name. Check the name after “#” in its address.",
        Error::InvalidCertificate(_) => "Its certificate cannot be trusted.",
        _ => "It does not speak TLS as it should.",
    })
}
