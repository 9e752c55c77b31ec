//! What the config says of the gate.

use super::{Config, SignIn};
use crate::addresses;
use holdfast_gateway::{
    SignInMode,
    destination::{Destinations, ListedHost},
    pac::PacSettings,
    settings::{ParentProxy, Settings},
};

impl SignIn {
    /// As the gate knows it.
    pub fn mode(self) -> SignInMode {
        match self {
            Self::Off => SignInMode::Off,
            Self::Offered => SignInMode::Offered,
            Self::Required => SignInMode::Required,
        }
    }
}

impl Config {
    /// Where the gate may lead, and what it never reaches. `own_ports` are those that this program listens on.
    ///
    /// # Errors
    ///
    /// When an address under `[[listed]]` is none.
    pub fn destinations(&self, own_ports: Vec<u16>) -> Result<Destinations, String> {
        let listed = self.listed.iter().map(|listed| {
            let addresses = listed.addresses.iter().map(|text| text.parse()).collect::<Result<Vec<_>, _>>()?;
            Ok(ListedHost { names: listed.names.clone(), addresses, allow_private: true })
        });
        let mut own_addresses = addresses::own().unwrap_or_else(|fault| {
            tracing::error!("this computer's own addresses cannot be told: {fault}");
            Vec::new()
        });
        // Behind address translation clients know us by others than our interfaces have.
        own_addresses.extend(self.dns.iter().flat_map(|dns| &dns.own_addresses));
        Ok(Destinations {
            listed: listed.collect::<Result<Vec<_>, String>>()?,
            listed_networks: self.upstream.listed_networks.clone(),
            own_addresses,
            own_ports,
            only_listed: false,
        })
    }

    /// What the gate runs with; `school` is the school's name.
    ///
    /// # Errors
    ///
    /// When the file with the parent proxy's password cannot be read; the text says what to do.
    pub fn gate_settings(&self, school: &str, destinations: Destinations) -> Result<Settings, String> {
        Ok(Settings {
            workers: self.limits.workers,
            connections: self.limits.connections,
            connections_per_client: self.limits.connections_per_client,
            http_ports: self.ports.http.clone(),
            tunnel_ports: self.ports.tunnel.clone(),
            parent: self.parent()?,
            destinations,
            pac: self.proxy_file(),
            own_origin: self.web.address.trim_end_matches('/').to_owned(),
            school_name: school.to_owned(),
            resolver_name: self.resolver_host(),
            ..Settings::default()
        })
    }

    /// What every proxy file says, but for the proxies' addresses.
    pub fn proxy_file(&self) -> PacSettings {
        PacSettings {
            own_hosts: self.own_names(),
            direct_networks: self.upstream.listed_networks.clone(),
            ..PacSettings::default()
        }
    }

    fn parent(&self) -> Result<Option<ParentProxy>, String> {
        let Some((host, port)) = self.upstream.parent.as_ref().and_then(|parent| parent.rsplit_once(':')) else {
            return Ok(None);
        };
        let credentials = match &self.upstream.parent_credentials {
            None => None,
            Some(file) => {
                let text = std::fs::read_to_string(file).map_err(|fault| format!("{}: {fault}.", file.display()))?;
                let (name, password) = text
                    .trim_end()
                    .split_once(':')
                    .ok_or_else(|| format!("{}: this is not `name:password` on one line.", file.display()))?;
                Some((name.to_owned(), password.to_owned()))
            }
        };
        let port = port.parse().map_err(|_fault| format!("“{port}” is not a port."))?;
        Ok(Some(ParentProxy { host: host.trim_matches(['[', ']']).to_owned(), port, credentials }))
    }
}
