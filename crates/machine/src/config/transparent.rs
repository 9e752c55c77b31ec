//! What the config says of connections that the router turns aside.

use super::Config;
use holdfast_gateway::Taken;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// A door for connections that the school's router, which is this computer, turns aside: devices need no setting, and
/// know of no proxy (docs/transparent.md).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Transparent {
    /// Its name; the people document may say whom it stands for.
    pub name: String,
    /// Addresses to listen on, such as `0.0.0.0:3129` and `[::]:3129`.
    pub listen: Vec<SocketAddr>,
    /// How connections come here.
    pub mode: Turning,
}

/// How the router turns connections aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Turning {
    /// Their address is rewritten to this door's: nftables' `redirect`.
    Redirect,
    /// They are taken as they are: nftables' `tproxy`. Needs the capability `CAP_NET_RAW`, which `holdfast install` gives
    /// where such a door stands in the config.
    Tproxy,
}

impl Turning {
    /// As the gate knows it.
    pub fn taken(self) -> Taken {
        match self {
            Self::Redirect => Taken::Redirect,
            Self::Tproxy => Taken::Tproxy,
        }
    }
}

impl Config {
    /// Whether the service needs the capability for connections that are taken as they are.
    pub fn takes_as_they_are(&self) -> bool {
        self.transparent.iter().any(|door| door.mode == Turning::Tproxy)
    }

    /// What the shapes alone cannot tell of these doors.
    pub(super) fn check_transparent(&self) -> Vec<String> {
        let empty = self.transparent.iter().filter(|door| door.listen.is_empty());
        let mut mistakes: Vec<String> =
            empty.map(|door| format!("The transparent door “{}” has no address to listen on.", door.name)).collect();
        for address in self.transparent.iter().flat_map(|door| &door.listen) {
            if address.ip().is_loopback() {
                mistakes.push(format!("{address}: nothing that a router turns aside arrives at this computer's inner address. Write `0.0.0.0` or `[::]`, or an address of the pupils' side."));
            }
        }
        mistakes
    }
}
