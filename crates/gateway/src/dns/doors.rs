//! The doors: UDP, TCP, TLS, HTTPS.

use super::{counters::Counters, forwarder::Forwarder, settings::Settings};
use crate::{events::EventSender, gate::Clock, judge::Judge};
use holdfast_core::{identity::IdentityTable, ruleset::Ruleset};
use rustls::ServerConfig;
use std::{
    io,
    net::{SocketAddr, TcpListener, UdpSocket},
    sync::Arc,
    time::Duration,
};
use tokio::sync::watch;

/// Sockets on which the name service is reached, under one name of the bootstrap config.
#[derive(Debug, Default)]
pub struct Listener {
    /// Its name: identities may hang on it.
    pub name: Arc<str>,
    /// Bound sockets for plain questions.
    pub udp: Vec<UdpSocket>,
    /// Bound and listening sockets for plain questions.
    pub tcp: Vec<TcpListener>,
    /// For DNS over TLS.
    pub tls: Vec<TcpListener>,
    /// For DNS over HTTPS.
    pub https: Vec<TcpListener>,
}

/// What the name service runs on.
pub struct Inputs {
    /// The compiled ruleset; replaced whole, at any time.
    pub ruleset: watch::Receiver<Arc<Ruleset>>,
    /// Who is who; replaced whole, at any time.
    pub identity: watch::Receiver<Arc<IdentityTable>>,
    /// The one TLS identity; needed where a listener has TLS or HTTPS sockets.
    pub tls: Option<watch::Receiver<Arc<ServerConfig>>>,
    /// Where events go.
    pub events: EventSender,
    /// What time it is.
    pub clock: Clock,
    /// Who judges; [`Judge::default`] but in tests.
    pub judge: Judge,
    /// Who knows, or asks upstream. Shared with the proxy.
    pub forwarder: Arc<Forwarder>,
    /// What it has done; shared with the forwarder.
    pub counters: Arc<Counters>,
    /// The machine's settings.
    pub settings: Settings,
}

/// A running name service.
pub struct Dns {}

/// Starts the name service on these sockets.
///
/// # Errors
///
/// When the system gives no thread or no address of a socket.
pub fn start(inputs: Inputs, listeners: Vec<Listener>) -> io::Result<Dns> {
    drop((inputs, listeners));
    Ok(Dns {})
}

impl Dns {
    /// Where it listens: each listener's name, what is spoken there (`dns`, `tls`, `https`), and the address.
    pub fn addresses(&self) -> Vec<(Arc<str>, &'static str, SocketAddr)> {
        Vec::new()
    }

    /// Stops: takes in nothing new, lets questions under way be answered for at most `patience`.
    /// Blocks; call it outside an async task.
    pub fn stop(self, patience: Duration) {
        let _ = patience;
    }
}
