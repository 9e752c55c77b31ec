//! What is asked for, and how much of it we saw.

use crate::{address::Address, host::Host};
use serde::{Deserialize, Serialize};

/// How much of a request the gate could see (catalogue part "what we cannot see").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Visibility {
    /// Nothing but that bytes went by.
    Nothing,
    /// The host name only: a CONNECT, an SNI, a DNS query.
    NameOnly,
    /// The whole address.
    Whole,
}

/// A request to be judged. Name-only and whole requests are different requests:
/// the same verdict is promised for the same request, not for the same site seen less well (house invariant 2).
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The normalised host.
    pub host: &'a Host,
    /// The whole address, where it was seen.
    pub address: Option<&'a Address>,
}

impl<'a> Request<'a> {
    /// A request of which only the name was seen.
    pub fn name_only(host: &'a Host) -> Self {
        Self { host, address: None }
    }

    /// A request seen whole.
    pub fn whole(address: &'a Address) -> Self {
        Self { host: address.host(), address: Some(address) }
    }

    /// How much was seen.
    pub fn visibility(&self) -> Visibility {
        if self.address.is_some() { Visibility::Whole } else { Visibility::NameOnly }
    }
}
