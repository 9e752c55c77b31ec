//! The doors through which browsers come in, and the lock of those that speak TLS.

use crate::SignInMode;
use rustls::ServerConfig;
use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::watch,
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// What is spoken inside, as TLS names it (RFC 7301 §6).
const ALPN: &[u8] = b"http/1.1";

/// What a listener serves.
#[derive(Debug)]
pub enum Door {
    /// A proxy.
    Proxy {
        /// Whether it asks for a sign-in.
        sign_in: SignInMode,
        /// The TLS identity of a proxy that is spoken to over TLS, replaced at any time; `None` is a proxy in the clear.
        /// Which protocol is spoken inside is set by the gate.
        tls: Option<watch::Receiver<Arc<ServerConfig>>>,
    },
    /// Pages only, never a way out: the PAC file, the way to our own pages, and for those whom the name service led
    /// here instead of to a site, why. Meant for port 80.
    Page,
    /// Connections that the school's router turned aside: whoever made them knows of no proxy.
    Transparent {
        /// How they come here.
        how: Taken,
    },
}

/// How connections come to a transparent door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Their address was rewritten (`redirect`, or `dnat` to this computer, on this computer); the system's connection
    /// tracking remembers where they were going.
    Redirect,
    /// They were taken as they are (`tproxy`): where they were going is the socket's own address. The listening socket
    /// must be marked as transparent (`IP_TRANSPARENT`) before it is bound.
    Tproxy,
}

/// The TLS side of a door.
#[derive(Debug)]
pub(crate) struct Lock {
    identities: watch::Receiver<Arc<ServerConfig>>,
    /// What is spoken inside, best first.
    protocols: Vec<Vec<u8>>,
    current: Mutex<Current>,
}

/// An identity as it was given, and as the gate uses it.
struct Current {
    given: Arc<ServerConfig>,
    acceptor: TlsAcceptor,
}

impl std::fmt::Debug for Current {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Current").finish_non_exhaustive()
    }
}

impl Current {
    fn of(given: Arc<ServerConfig>, protocols: &[Vec<u8>]) -> Self {
        let mut config = ServerConfig::clone(&given);
        config.alpn_protocols = protocols.to_vec();
        Self { given, acceptor: TlsAcceptor::from(Arc::new(config)) }
    }
}

impl Lock {
    /// The lock of a proxy.
    pub(crate) fn new(identities: watch::Receiver<Arc<ServerConfig>>) -> Self {
        Self::speaking(identities, &[ALPN])
    }

    /// The lock of a door behind which these protocols are spoken, best first.
    pub(crate) fn speaking(identities: watch::Receiver<Arc<ServerConfig>>, protocols: &[&[u8]]) -> Self {
        let given = Arc::clone(&identities.borrow());
        let protocols: Vec<Vec<u8>> = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        let current = Mutex::new(Current::of(given, &protocols));
        Self { identities, protocols, current }
    }

    /// How connections are taken in with the identity of this moment.
    fn acceptor(&self) -> TlsAcceptor {
        let given = Arc::clone(&self.identities.borrow());
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if !Arc::ptr_eq(&current.given, &given) {
            *current = Current::of(given, &self.protocols);
        }
        current.acceptor.clone()
    }

    /// Agrees on keys with whoever came. All of it must be done in this time.
    pub(crate) async fn open<S>(&self, stream: S, within: Duration) -> io::Result<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        timeout(within, self.acceptor().accept(stream)).await?
    }
}
