//! TLS to the sites themselves: what is offered, whom we trust, and what is wrong with a certificate in words for people.
//!
//! A site is checked by rustls' own verifier alone, over the roots given: there is no setting, and no place in this code,
//! by which a fault could be passed over. What it does not check is whether a certificate was revoked; browsers without
//! lists of their own do not either.

mod fault;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use fault::TlsFault;

use fault::CertificateFault;
use holdfast_core::host::Host;
use rustls::{
    ClientConfig, RootCertStore, SignatureScheme,
    client::{ClientSessionMemoryCache, ResolvesClientCert, Resumption, WebPkiServerVerifier},
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{DnsName, ServerName},
    sign::CertifiedKey,
};
use std::{cell::Cell, sync::Arc};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// How many sessions with sites are remembered, at most 8 for one name. The oldest name makes room.
const SESSIONS: usize = 4_096;

/// What is spoken inside TLS (RFC 7301).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Protocol {
    /// HTTP/1.1, or nothing was agreed.
    Http1,
    /// HTTP/2.
    Http2,
}

impl Protocol {
    /// Its name in ALPN.
    pub(crate) const fn alpn(self) -> &'static [u8] {
        match self {
            Self::Http1 => b"http/1.1",
            Self::Http2 => b"h2",
        }
    }
}

/// One value for each way in which protocols can be offered: none, one, or both in either order.
#[derive(Debug, Default)]
pub(crate) struct EachOffer<T> {
    nothing: T,
    http1: T,
    http2: T,
    http1_first: T,
    http2_first: T,
}

impl<T> EachOffer<T> {
    /// The value for these offers, best first, each named once.
    pub(crate) fn get(&self, offers: &[Protocol]) -> &T {
        let Some(first) = offers.first() else { return &self.nothing };
        let has_other = offers.iter().any(|offer| offer != first);
        match (first, has_other) {
            (Protocol::Http1, false) => &self.http1,
            (Protocol::Http2, false) => &self.http2,
            (Protocol::Http1, true) => &self.http1_first,
            (Protocol::Http2, true) => &self.http2_first,
        }
    }

    /// Makes each value from the names that its offers have in ALPN.
    fn make(make: impl Fn(Vec<Vec<u8>>) -> T) -> Self {
        let of = |offers: &[Protocol]| make(offers.iter().map(|offer| offer.alpn().to_vec()).collect());
        Self {
            nothing: of(&[]),
            http1: of(&[Protocol::Http1]),
            http2: of(&[Protocol::Http2]),
            http1_first: of(&[Protocol::Http1, Protocol::Http2]),
            http2_first: of(&[Protocol::Http2, Protocol::Http1]),
        }
    }
}

tokio::task_local! {
    /// Whether the site that this task agrees on keys with has asked for a certificate of ours.
    static ASKED: Cell<bool>;
}

/// Has no certificate for any site that asks for one, and remembers that it asked.
#[derive(Debug)]
struct NoCertificate;

impl ResolvesClientCert for NoCertificate {
    fn resolve(&self, _issuers: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        // Outside of a handshake of ours there is nobody to tell; rustls asks only inside one.
        ASKED.try_with(|asked| asked.set(true)).ok();
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}

/// The check that every site's certificate goes through.
fn verifier(roots: Arc<RootCertStore>, provider: &Arc<CryptoProvider>) -> Result<Arc<WebPkiServerVerifier>, String> {
    WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider)).build().map_err(|fault| {
        format!("Sites cannot be checked with the trusted authorities given: {fault}. Is there at least one?")
    })
}

/// How sites are spoken to over TLS. One for the whole gate.
#[derive(Debug)]
pub(crate) struct Securing {
    configs: EachOffer<Arc<ClientConfig>>,
}

impl Securing {
    /// With these authorities trusted, and no others.
    ///
    /// # Errors
    ///
    /// When there are none; in words.
    pub(crate) fn new(roots: Arc<RootCertStore>) -> Result<Self, String> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = verifier(roots, &provider)?;
        let mut base = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|fault| format!("TLS cannot be spoken: {fault}."))?
            .with_webpki_verifier(verifier)
            .with_client_cert_resolver(Arc::new(NoCertificate));
        // One memory for all offers. What is spoken inside is agreed anew on each connection, resumed or not (RFC 7301
        // §3.1), and the memory is kept by name, so that a site is only ever shown what it gave out itself.
        base.resumption = Resumption::store(Arc::new(ClientSessionMemoryCache::new(SESSIONS)));
        let configs = EachOffer::make(|names| {
            let mut config = base.clone();
            config.alpn_protocols = names;
            Arc::new(config)
        });
        Ok(Self { configs })
    }

    /// Agrees on keys with the site of this name, offering these protocols (best first), and gives back which of them is
    /// spoken; HTTP/1.1 where the site named none. It takes as long as the site does: the caller sets the limit.
    ///
    /// A site that speaks TLS 1.3 may take the handshake and say only afterwards that it wants a certificate of ours
    /// (RFC 8446 §4.6.2 and §6.2, `certificate_required`). Reading from the stream then fails, and
    /// [`TlsFault::of`] knows what it means.
    ///
    /// # Errors
    ///
    /// When the site does not prove that it is `name`, or no TLS comes about with it.
    pub(crate) async fn secure<S>(
        &self,
        stream: S,
        name: &Host,
        offers: &[Protocol],
    ) -> Result<(TlsStream<S>, Protocol), TlsFault>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let name = server_name(name)?;
        let connector = TlsConnector::from(Arc::clone(self.configs.get(offers)));
        let agreeing = async {
            let agreed = connector.connect(name, stream).await;
            (agreed, ASKED.with(Cell::get))
        };
        let stream = match ASKED.scope(Cell::new(false), agreeing).await {
            (Ok(stream), _) => stream,
            (Err(error), asked) => return Err(TlsFault::of(&error).after_asking(asked)),
        };
        let is_http2 = stream.get_ref().1.alpn_protocol() == Some(Protocol::Http2.alpn());
        Ok((stream, if is_http2 { Protocol::Http2 } else { Protocol::Http1 }))
    }
}

/// The name that the site's certificate must carry: its DNS name, or its address.
fn server_name(host: &Host) -> Result<ServerName<'static>, TlsFault> {
    if let Some(address) = host.address() {
        return Ok(ServerName::IpAddress(address.into()));
    }
    match DnsName::try_from(host.as_str().to_owned()) {
        Ok(name) => Ok(ServerName::DnsName(name)),
        // Such a name cannot stand in any certificate, so none can be the right one.
        Err(_unfit) => Err(TlsFault::Certificate(CertificateFault::WrongName)),
    }
}
