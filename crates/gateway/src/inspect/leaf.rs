//! The certificates under which opened hosts are shown to clients, and the TLS settings that go with them.

use super::authority::Authority;
use crate::secure::Protocol;
use holdfast_core::host::Host;
use rustls::ServerConfig;
use std::sync::Arc;

/// Makes and remembers certificates for opened hosts. One for the whole gate.
#[derive(Debug)]
pub(crate) struct Leaves {}

impl Leaves {
    /// With a key of its own, which never leaves memory.
    pub(crate) fn new() -> Result<Self, String> {
        Ok(Self {})
    }

    /// How a client is met that asked for this name, speaking one of these protocols inside (best first; where empty,
    /// none is named). `now_micros` is microseconds since 1970-01-01 UTC.
    pub(crate) fn config(
        &self,
        _authority: &Arc<Authority>,
        _name: &Host,
        _protocols: &[Protocol],
        _now_micros: i64,
    ) -> Result<Arc<ServerConfig>, String> {
        Err("skeleton".to_owned())
    }
}
