//! TLS to the sites themselves: what is offered, whom we trust, and what is wrong with a certificate in words for people.

use holdfast_core::{host::Host, wording::Words};
use rustls::RootCertStore;
use std::{io, sync::Arc};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::client::TlsStream;

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

/// Why there is no TLS with a site.
#[derive(Debug)]
pub(crate) enum TlsFault {
    /// It did not come to an end in time, or the connection broke off.
    Broken(io::ErrorKind),
}

impl TlsFault {
    /// The code in events.
    pub(crate) fn code(&self) -> &'static str {
        "tls-broken"
    }

    /// What a person is told.
    pub(crate) fn words(&self) -> Words {
        Words { heading: String::new(), explanation: String::new(), next: String::new() }
    }
}

/// How sites are spoken to over TLS. One for the whole gate.
#[derive(Debug)]
pub(crate) struct Securing {}

impl Securing {
    /// With these authorities trusted, and no others.
    pub(crate) fn new(_roots: Arc<RootCertStore>) -> Result<Self, String> {
        Ok(Self {})
    }

    /// Agrees on keys with the site of this name, offering these protocols (best first).
    pub(crate) async fn secure<S>(
        &self,
        _stream: S,
        _name: &Host,
        _offers: &[Protocol],
    ) -> Result<(TlsStream<S>, Protocol), TlsFault>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        Err(TlsFault::Broken(io::ErrorKind::TimedOut))
    }
}
