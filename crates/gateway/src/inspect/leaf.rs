//! The certificates under which opened hosts are shown to clients, and the TLS settings that go with them.
//!
//! One key serves for all hosts. It is made at the start and never leaves memory, so that nothing on the disk can be
//! stolen that some device would take for a site. A certificate holds for 30 days in all, where 197 would be allowed
//! (public authorities may give 200 since March 2026, CA/Browser Forum ballot SC-081v3), and is made anew once half of
//! what it had left is gone.

mod sessions;
#[cfg(test)]
mod tests;

use super::authority::{Authority, SECOND};
use crate::secure::{EachOffer, Protocol};
use holdfast_core::host::Host;
use quick_cache::sync::Cache;
use rcgen::{
    CertificateParams, DistinguishedName, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, SanType, SerialNumber, date_time_ymd,
};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    sign::{CertifiedKey, SigningKey, SingleCertAndKey},
};
use sessions::{Sessions, Tag};
use std::{
    fmt,
    ops::Range,
    sync::{Arc, OnceLock},
    time::Duration,
};

/// Microseconds in a day.
const DAY: i64 = 24 * 60 * 60 * SECOND;
/// How long before now a certificate begins, for clients whose clocks are behind.
const BEFORE: i64 = 2 * DAY;
/// How long a certificate holds from now, unless its authority ends sooner.
const AHEAD: i64 = 28 * DAY;
/// How many certificates are remembered, about 2 KiB each. The one that was of least use makes room.
const LEAVES: usize = 4_096;
/// Bytes of a serial number; at least 64 random bits are asked for (CA/Browser Forum baseline requirements §7.1).
const SERIAL: usize = 16;
/// The last second that a certificate can name (RFC 5280 §4.1.2.5): 9999-12-31 23:59:59 UTC.
const LAST: i64 = 253_402_300_799;

/// Makes and remembers certificates for opened hosts. One for the whole gate.
pub(crate) struct Leaves {
    key: KeyPair,
    signing: Arc<dyn SigningKey>,
    /// What all settings have in common.
    base: ServerConfig,
    sessions: Sessions,
    remembered: Cache<Tag, Arc<Leaf>>,
}

impl fmt::Debug for Leaves {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leaves").field("remembered", &self.remembered.len()).finish_non_exhaustive()
    }
}

/// One host's certificate from one authority.
struct Leaf {
    /// When it is used; afterwards another is made. A clock that was put back also makes another.
    used: Range<i64>,
    tag: Tag,
    shown: Arc<SingleCertAndKey>,
    configs: EachOffer<OnceLock<Arc<ServerConfig>>>,
}

impl Leaves {
    /// With a key of its own, which never leaves memory.
    ///
    /// # Errors
    ///
    /// When no key can be made; in words.
    pub(crate) fn new() -> Result<Self, String> {
        let words = |fault: &dyn fmt::Display| format!("Nothing can be made to open secure connections with: {fault}.");
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(|fault| words(&fault))?;
        let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialized_der()));
        let signing = aws_lc_rs::sign::any_ecdsa_type(&der).map_err(|fault| words(&fault))?;
        // Without a certificate here; each host's settings put theirs in.
        let shown = Arc::new(SingleCertAndKey::from(CertifiedKey::new(Vec::new(), Arc::clone(&signing))));
        let base = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|fault| words(&fault))?
            .with_no_client_auth()
            .with_cert_resolver(shown);
        let sessions = Sessions::new().map_err(|fault| words(&fault))?;
        Ok(Self { key, signing, base, sessions, remembered: Cache::new(LEAVES) })
    }

    /// How a client is met that asked for this name, speaking one of these protocols inside (best first; where empty,
    /// none is named). `now_micros` is microseconds since 1970-01-01 UTC.
    ///
    /// # Errors
    ///
    /// When the authority does not hold now, or cannot sign for such a name; in words.
    pub(crate) fn config(
        &self,
        authority: &Arc<Authority>,
        name: &Host,
        protocols: &[Protocol],
        now_micros: i64,
    ) -> Result<Arc<ServerConfig>, String> {
        authority.holds(now_micros)?;
        // By the authority's identity too, so that a new one never shows what an old one signed.
        let tag = Tag::of(authority, name);
        let leaf = match self.remembered.get(&tag) {
            Some(leaf) if leaf.used.contains(&now_micros) => leaf,
            _ => {
                let leaf = Arc::new(self.make(authority, name, tag, now_micros)?);
                self.remembered.insert(tag, Arc::clone(&leaf));
                leaf
            }
        };
        let config = leaf.configs.get(protocols).get_or_init(|| Arc::new(self.settings(&leaf, protocols)));
        Ok(Arc::clone(config))
    }

    /// Signs a certificate: the only costly step, done once in two weeks for a host.
    fn make(&self, authority: &Authority, name: &Host, tag: Tag, now: i64) -> Result<Leaf, String> {
        let ends = now.saturating_add(AHEAD).min(authority.expires_micros);
        let wanted = wanted(name, now.saturating_sub(BEFORE)..ends)?;
        let mut chain = vec![authority.sign(&wanted, &self.key)?];
        chain.extend(authority.sent.iter().cloned());
        let shown = Arc::new(SingleCertAndKey::from(CertifiedKey::new(chain, Arc::clone(&self.signing))));
        let half = now.saturating_add(ends.saturating_sub(now) / 2).max(now.saturating_add(1));
        Ok(Leaf { used: now..half, tag, shown, configs: EachOffer::default() })
    }

    fn settings(&self, leaf: &Leaf, protocols: &[Protocol]) -> ServerConfig {
        let mut config = self.base.clone();
        config.cert_resolver = Arc::<SingleCertAndKey>::clone(&leaf.shown);
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.alpn().to_vec()).collect();
        self.sessions.put_into(&mut config, leaf.tag);
        config
    }
}

/// What the certificate for this name shall say.
fn wanted(name: &Host, validity: Range<i64>) -> Result<CertificateParams, String> {
    let mut serial = [0; SERIAL];
    getrandom::fill(&mut serial).map_err(|fault| format!("This computer gives no random numbers: {fault}."))?;
    let mut wanted = CertificateParams::default();
    // Within what a certificate can name, however wrong a clock is.
    let date = |micros: i64| {
        let seconds = micros.div_euclid(SECOND).clamp(0, LAST).unsigned_abs();
        date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds)
    };
    wanted.not_before = date(validity.start);
    wanted.not_after = date(validity.end);
    wanted.serial_number = Some(SerialNumber::from_slice(&serial));
    // Clients read the alternative names alone (RFC 9525 §2), and a common name has room for 64 characters only.
    wanted.distinguished_name = DistinguishedName::new();
    wanted.subject_alt_names = vec![match name.address() {
        Some(address) => SanType::IpAddress(address),
        None => SanType::DnsName(
            name.as_str().try_into().map_err(|fault| format!("No certificate can be made for this name: {fault}."))?,
        ),
    }];
    wanted.is_ca = IsCa::ExplicitNoCa;
    wanted.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    wanted.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    wanted.use_authority_key_identifier_extension = true;
    Ok(wanted)
}
