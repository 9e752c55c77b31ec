//! Starting both doors of the gate as the config says: the proxy and the name service, with one memory for names.

use crate::{
    config::{Config, ListenOn},
    name_servers,
    sockets::{Sockets, TransparentSocket},
    upstreams::Followed,
};
use holdfast_core::{identity::IdentityTable, ruleset::Ruleset};
use holdfast_gateway::{
    self as gateway, Clock, Gate, Inputs, Listener,
    destination::Destinations,
    dns::{
        self, Dns,
        forwarder::{Forwarder, learn_always_open},
        settings::UpstreamAddress,
    },
    events::EventSender,
    inspect::Inspection,
    judge::Judge,
};
use rustls::ServerConfig;
use std::{fmt, net::TcpListener, sync::Arc, time::Duration};
use tokio::sync::watch;

/// What both doors of the gate share.
pub struct Doors {
    /// The ruleset in force.
    pub ruleset: watch::Receiver<Arc<Ruleset>>,
    /// Who is who.
    pub identity: watch::Receiver<Arc<IdentityTable>>,
    /// What time it is.
    pub clock: Clock,
    /// Where events go.
    pub events: EventSender,
    /// Where may be led to.
    pub destinations: Destinations,
    /// The TLS identity, where there is one.
    pub certificate: Option<watch::Receiver<Arc<ServerConfig>>>,
    /// What opens secure connections, where that is set up.
    pub inspection: Option<Inspection>,
    /// The school's name.
    pub school: String,
    /// Whether nothing leaves this computer: no name service outside is asked.
    pub stays_here: bool,
}

impl fmt::Debug for Doors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Doors").field("school", &self.school).finish_non_exhaustive()
    }
}

/// The name service, who it asks, and what it has done.
#[derive(Debug)]
pub struct Names {
    /// The service.
    pub service: Dns,
    /// Who it asks, and what it remembers.
    pub forwarder: Arc<Forwarder>,
    /// What it has done.
    pub counters: Arc<dns::counters::Counters>,
    /// Where it asks those that this computer was told: what we listen on, and those at the start.
    told: Option<(Vec<ListenOn>, Vec<UpstreamAddress>)>,
}

/// The sockets of our own pages.
#[derive(Debug, Default)]
pub struct OwnPages {
    /// In the clear.
    pub clear: Vec<TcpListener>,
    /// Over HTTPS.
    pub secure: Vec<TcpListener>,
}

impl Names {
    /// Those that this computer was told are followed as they change.
    pub fn to_follow(&self) -> Option<(Followed, Arc<Forwarder>)> {
        let (listened, known) = self.told.clone()?;
        Some((Followed::new(listened, known), Arc::clone(&self.forwarder)))
    }

    /// Stops; questions under way may finish for so long. Blocks.
    pub fn stop(self, patience: Duration) {
        self.service.stop(patience);
        self.forwarder.stop();
    }
}

impl Doors {
    /// Starts the name service and the gate; the sockets of our own pages are left. Called inside the runtime that
    /// shall learn the addresses of help ahead.
    ///
    /// # Errors
    ///
    /// When one cannot start; the text says what to do.
    pub fn start(self, config: &Config, sockets: Sockets) -> Result<(OwnPages, Gate, Option<Names>), String> {
        let Sockets { web, secure_web, proxies, transparent, pages, names } = sockets;
        let names = self.names(config, names)?;
        let proxies = proxies.into_iter().filter_map(|proxy| proxy.listener(self.certificate.as_ref()));
        let aside = transparent.into_iter().map(TransparentSocket::listener);
        let pages = pages.into_iter().map(|socket| Listener::page("page door", socket));
        let listeners = proxies.chain(aside).chain(pages).collect();
        let forwarder = names.as_ref().map(|names| &names.forwarder);
        if let Some(forwarder) = forwarder {
            tokio::spawn(learn_always_open(Arc::clone(forwarder), self.ruleset.clone()));
        }
        let gate = self.gate(config, forwarder, listeners)?;
        Ok((OwnPages { clear: web, secure: secure_web }, gate, names))
    }

    /// Starts the name service, where the config has one.
    fn names(&self, config: &Config, listeners: Vec<dns::Listener>) -> Result<Option<Names>, String> {
        let Some(mut settings) = config.dns_settings(self.destinations.clone())? else { return Ok(None) };
        let upstreams = &mut settings.forwarding.upstreams;
        let is_told = upstreams.is_empty() && !self.stays_here;
        if is_told {
            *upstreams = name_servers::of_this_computer(&config.sockets());
            if upstreams.is_empty() {
                tracing::warn!("there is no upstream name service; name one under `[dns] upstream`");
            }
        }
        let told = is_told.then(|| (config.sockets(), upstreams.clone()));
        let fault = |fault| format!("The name service cannot start: {fault}.");
        let counters: Arc<dns::counters::Counters> = Arc::default();
        let (forwarding, destinations) = (settings.forwarding.clone(), settings.destinations.clone());
        let forwarder = Forwarder::start(forwarding, destinations, Arc::clone(&counters)).map_err(fault)?;
        let inputs = dns::Inputs {
            ruleset: self.ruleset.clone(),
            identity: self.identity.clone(),
            tls: self.certificate.clone(),
            events: self.events.clone(),
            clock: Arc::clone(&self.clock),
            judge: Judge::default(),
            forwarder: Arc::clone(&forwarder),
            counters: Arc::clone(&counters),
            settings,
        };
        let service = dns::start(inputs, listeners).map_err(fault)?;
        Ok(Some(Names { service, forwarder, counters, told }))
    }

    /// Starts the gate. Where there is a name service, it finds its addresses as that does: one memory, one upstream.
    fn gate(
        &self,
        config: &Config,
        forwarder: Option<&Arc<Forwarder>>,
        listeners: Vec<Listener>,
    ) -> Result<Gate, String> {
        let inputs = Inputs {
            ruleset: self.ruleset.clone(),
            identity: self.identity.clone(),
            events: self.events.clone(),
            clock: Arc::clone(&self.clock),
            settings: config.gate_settings(&self.school, self.destinations.clone())?,
            judge: Judge::default(),
            look_up: forwarder.map(Forwarder::look_up),
            inspection: self.inspection.clone(),
        };
        gateway::start(inputs, listeners).map_err(|fault| format!("The gate cannot start: {fault}."))
    }
}
