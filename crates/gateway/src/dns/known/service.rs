//! What is taken out of service records (SVCB and HTTPS, RFC 9460) before a client sees them.
//!
//! - ECH: with it the name of a site would be hidden from the filter (field notes §4.1).
//! - HTTP over QUIC: it does not go through the filter's proxy.
//! - Hints to addresses that the name itself may not lead to.
//!
//! The rest is kept in its order. Where a record says that a client must understand what was taken out (`mandatory`),
//! or that nothing but that works (`no-default-alpn`), the record goes as a whole; the client then does without it.

use hickory_proto::rr::rdata::{
    SVCB,
    svcb::{SvcParamKey, SvcParamValue},
};
use std::net::IpAddr;

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cleaned {
    /// Nothing had to be taken out.
    Intact,
    /// Something was taken out.
    Changed,
    /// It must not be passed on.
    Gone,
}

/// Takes out what no client is to have.
pub(super) fn clean(record: &mut SVCB, may_lead_to: &dyn Fn(IpAddr) -> bool) -> Cleaned {
    let mut is_changed = false;
    let mut taken: Vec<SvcParamKey> = Vec::new();
    for (key, value) in &mut record.svc_params {
        let (before, after) = match value {
            SvcParamValue::EchConfigList(_) => (1, 0),
            SvcParamValue::Alpn(protocols) => shrink(&mut protocols.0, |protocol| !is_over_quic(protocol)),
            SvcParamValue::Ipv4Hint(hints) => shrink(&mut hints.0, |hint| may_lead_to(hint.0.into())),
            SvcParamValue::Ipv6Hint(hints) => shrink(&mut hints.0, |hint| may_lead_to(hint.0.into())),
            _ => continue,
        };
        is_changed |= after < before;
        if after == 0 {
            taken.push(*key);
        }
    }
    if taken.is_empty() {
        return if is_changed { Cleaned::Changed } else { Cleaned::Intact };
    }
    let needs_taken = record.svc_params.iter().any(|(_, value)| match value {
        SvcParamValue::Mandatory(needed) => needed.0.iter().any(|key| taken.contains(key)),
        SvcParamValue::NoDefaultAlpn => taken.contains(&SvcParamKey::Alpn),
        _ => false,
    });
    record.svc_params.retain(|(key, _)| !taken.contains(key));
    if needs_taken { Cleaned::Gone } else { Cleaned::Changed }
}

/// Keeps some; how many there were and are.
fn shrink<T>(values: &mut Vec<T>, keep: impl FnMut(&T) -> bool) -> (usize, usize) {
    let before = values.len();
    values.retain(keep);
    (before, values.len())
}

/// HTTP/3 and what came before it (`h3`, `h3-29`, `hq-29`).
fn is_over_quic(protocol: &str) -> bool {
    protocol == "h3" || protocol.starts_with("h3-") || protocol.starts_with("hq")
}
