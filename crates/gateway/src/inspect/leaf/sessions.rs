//! Sessions that clients of opened connections may resume, so that they need not agree on keys anew each time. All hosts
//! share one ticket key and one store; what is kept in them carries the tag of its host, and is nothing to any other.
//! rustls compares the server name as well, but a client that reaches addresses sends none.

use super::Authority;
use holdfast_core::host::Host;
use rustls::{
    Error, ServerConfig,
    crypto::aws_lc_rs::Ticketer,
    server::{ProducesTickets, ServerSessionMemoryCache, StoresServerSessions},
};
use std::sync::Arc;

/// How many sessions are kept for TLS 1.2 clients that take no tickets. All others keep theirs themselves.
const SESSIONS: usize = 4_096;

/// Tells a host under one authority from every other: 128 bits of a keyed hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Tag([u8; 16]);

impl Tag {
    pub(super) fn of(authority: &Authority, name: &Host) -> Self {
        let mut tag = [0; 16];
        let hash = blake3::keyed_hash(authority.id(), name.as_str().as_bytes());
        for (to, from) in tag.iter_mut().zip(hash.as_bytes()) {
            *to = *from;
        }
        Self(tag)
    }

    fn before(self, bytes: &[u8]) -> Vec<u8> {
        [self.0.as_slice(), bytes].concat()
    }
}

/// What all hosts share.
pub(super) struct Sessions {
    tickets: Arc<dyn ProducesTickets>,
    store: Arc<ServerSessionMemoryCache>,
}

impl Sessions {
    /// With a key of its own for tickets, which changes every six hours.
    pub(super) fn new() -> Result<Self, Error> {
        Ok(Self { tickets: Ticketer::new()?, store: ServerSessionMemoryCache::new(SESSIONS) })
    }

    /// Has a host's settings use them.
    pub(super) fn put_into(&self, config: &mut ServerConfig, tag: Tag) {
        config.ticketer = Arc::new(HostTickets { tag, all: Arc::clone(&self.tickets) });
        config.session_storage = Arc::new(HostSessions { tag, all: Arc::clone(&self.store) });
    }
}

/// The tickets of one host.
#[derive(Debug)]
struct HostTickets {
    tag: Tag,
    all: Arc<dyn ProducesTickets>,
}

impl ProducesTickets for HostTickets {
    fn enabled(&self) -> bool {
        self.all.enabled()
    }

    fn lifetime(&self) -> u32 {
        self.all.lifetime()
    }

    fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        self.all.encrypt(&self.tag.before(plain))
    }

    fn decrypt(&self, cipher: &[u8]) -> Option<Vec<u8>> {
        let plain = self.all.decrypt(cipher)?;
        plain.strip_prefix(&self.tag.0).map(<[u8]>::to_vec)
    }
}

/// The kept sessions of one host.
#[derive(Debug)]
struct HostSessions {
    tag: Tag,
    all: Arc<ServerSessionMemoryCache>,
}

impl StoresServerSessions for HostSessions {
    fn put(&self, key: Vec<u8>, value: Vec<u8>) -> bool {
        self.all.put(self.tag.before(&key), value)
    }

    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.all.get(&self.tag.before(key))
    }

    fn take(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.all.take(&self.tag.before(key))
    }

    fn can_cache(&self) -> bool {
        true
    }
}
