//! What the machine's owner sets about the gate: limits, times, permitted ports, and the way out.

use crate::{
    destination::{Destinations, ListedHost},
    pac::PacSettings,
    sign_in::SignInSettings,
};
use holdfast_core::host::Host;
use std::{fmt, time::Duration};

/// Another proxy that everything is sent through but the listed hosts that have addresses of their own.
#[derive(Clone, PartialEq, Eq)]
pub struct ParentProxy {
    /// Its name or address. It may lie on a private network.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Name and password, where it asks for them (RFC 7617).
    pub credentials: Option<(String, String)>,
}

impl fmt::Debug for ParentProxy {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.credentials.as_ref().map(|(name, _password)| name);
        f.debug_struct("ParentProxy")
            .field("host", &self.host)
            .field("port", &self.port)
            .field("name", &name)
            .finish_non_exhaustive()
    }
}

/// Times after which the gate stops waiting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Times {
    /// From the first byte of a request's head to its last. Ten seconds: a head is one packet or a few.
    pub head: Duration,
    /// How long a client's connection may stay open with nothing asked.
    pub client_idle: Duration,
    /// How long an upstream connection is kept for the next request.
    pub upstream_idle: Duration,
    /// How long a body or a response head may stand still before the exchange is given up.
    pub stall: Duration,
    /// How long all attempts to connect may take together.
    pub connect: Duration,
    /// How long a tunnel's client may take to say its first words.
    pub peek: Duration,
    /// How long a tunnel may stand still in both directions.
    pub tunnel_idle: Duration,
    /// How often an open tunnel is judged again, besides at every new ruleset.
    pub rejudge: Duration,
    /// How long what a client still sends is read and thrown away, so that it can read our refusal.
    pub linger: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            client_idle: Duration::from_secs(75),
            upstream_idle: Duration::from_secs(30),
            stall: Duration::from_mins(2),
            connect: Duration::from_secs(10),
            peek: Duration::from_secs(10),
            tunnel_idle: Duration::from_mins(10),
            rejudge: Duration::from_secs(30),
            linger: Duration::from_secs(2),
        }
    }
}

/// Everything that is set about the gate. All of it belongs to the machine, none of it to policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Worker threads; 0 means one for each core.
    pub workers: usize,
    /// Most client connections at once.
    pub connections: usize,
    /// Most client connections at once from one address. A whole school may stand behind one address.
    pub connections_per_client: usize,
    /// Longest head in bytes, request or response.
    pub head_bytes: usize,
    /// Idle upstream connections kept by each worker.
    pub pooled_connections: usize,
    /// Waiting times.
    pub times: Times,
    /// Ports that `http://` addresses may name, besides 80.
    pub http_ports: Vec<u16>,
    /// Ports that CONNECT may name, besides 443 and 80.
    pub tunnel_ports: Vec<u16>,
    /// Our name in `Via`; `None` sends no `Via`.
    pub via: Option<String>,
    /// Everything is sent through this proxy, where there is one.
    pub parent: Option<ParentProxy>,
    /// What is listed, and what is never reached. [`crate::start`] adds the gate's own listeners' ports.
    pub destinations: Destinations,
    /// What the PAC file says. Where it names no proxy, the listener that was asked for it is named.
    pub pac: PacSettings,
    /// Our own origin (status page, `/stopped`), such as `http://localhost:8080`, without a slash at the end.
    pub own_origin: String,
    /// The school's name, as block pages show it.
    pub school_name: String,
    /// The name of our encrypted name service. What stands below it are people's own names, which no event tells.
    pub resolver_name: Option<Host>,
    /// How proxy sign-ins are checked.
    pub sign_in: SignInSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            workers: 0,
            connections: 20_000,
            connections_per_client: 4_000,
            head_bytes: 64 * 1024,
            pooled_connections: 1_024,
            times: Times::default(),
            http_ports: Vec::new(),
            tunnel_ports: Vec::new(),
            via: Some("holdfast".to_owned()),
            parent: None,
            destinations: Destinations::default(),
            pac: PacSettings::default(),
            own_origin: String::new(),
            school_name: String::new(),
            resolver_name: None,
            sign_in: SignInSettings::default(),
        }
    }
}

impl Settings {
    /// The proxy through which this host is reached; nothing where the gate goes there itself.
    pub(crate) fn parent_for(&self, host: &Host) -> Option<&ParentProxy> {
        let goes_itself = |listed: &ListedHost| !listed.addresses.is_empty();
        self.parent.as_ref().filter(|_| !self.destinations.listed_for(host).is_some_and(goes_itself))
    }

    /// Whether an `http://` address may name this port.
    pub fn permits_http_port(&self, port: u16) -> bool {
        port == 80 || self.http_ports.contains(&port)
    }

    /// Whether CONNECT may name this port.
    pub fn permits_tunnel_port(&self, port: u16) -> bool {
        matches!(port, 443 | 80) || self.tunnel_ports.contains(&port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_shown_by_debug() {
        let credentials = Some(("school".to_owned(), "hush-hush".to_owned()));
        let parent = Some(ParentProxy { host: "proxy.example".to_owned(), port: 3128, credentials });
        let shown = format!("{:?}", Settings { parent, ..Settings::default() });
        assert!(shown.contains("proxy.example") && !shown.contains("hush-hush"), "{shown}");
    }

    #[test]
    fn only_the_usual_ports_are_open_unless_listed() {
        let settings = Settings { http_ports: vec![8080], tunnel_ports: vec![8443], ..Settings::default() };
        assert!(settings.permits_http_port(80) && settings.permits_http_port(8080));
        assert!(!settings.permits_http_port(22) && !settings.permits_http_port(443));
        assert!(
            settings.permits_tunnel_port(443) && settings.permits_tunnel_port(80) && settings.permits_tunnel_port(8443)
        );
        assert!(!settings.permits_tunnel_port(25) && !settings.permits_tunnel_port(8080));
    }
}
