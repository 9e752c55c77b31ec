//! What the name service has done since it started. Others may read it at any time. No names, no addresses.

use std::sync::atomic::AtomicU64;

/// Counts.
#[derive(Debug, Default)]
pub struct Counters {
    /// Questions taken in, by door: UDP, TCP, TLS, HTTPS.
    pub questions: [AtomicU64; 4],
    /// Questions blocked by policy.
    pub blocked: AtomicU64,
    /// Questions answered with a forced strict search.
    pub strict: AtomicU64,
    /// Messages that were malformed, or not a question.
    pub malformed: AtomicU64,
    /// Questions of clients that are not served.
    pub turned_away: AtomicU64,
    /// Different personal names that were nobody's, each counted once for a client and minute.
    pub unknown_names: AtomicU64,
    /// Answers from memory.
    pub remembered: AtomicU64,
    /// Questions passed on upstream.
    pub forwarded: AtomicU64,
    /// Answers past their life that stood in.
    pub stale: AtomicU64,
    /// Questions that no upstream answered.
    pub failed: AtomicU64,
    /// Judgements that broke off inside our own code. Anything above 0 is an alarm.
    pub faults: AtomicU64,
    /// Connections turned away because a limit was reached.
    pub crowded_out: AtomicU64,
    /// Connections over TLS that ended before both sides had agreed on keys.
    pub handshake_faults: AtomicU64,
    /// Connections open now (TCP, TLS, HTTPS).
    pub open_connections: AtomicU64,
    /// Answers in memory now.
    pub cache_entries: AtomicU64,
    /// Bytes of answers in memory now.
    pub cache_bytes: AtomicU64,
}
