//! The interception authority as the gate uses it: it signs a short-lived certificate for each opened host.

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::fmt;

/// An authority that signs certificates for opened hosts.
pub struct Authority {
    /// The issuing certificate, and after it those that lead to one which devices trust. Sent after every leaf.
    pub(crate) sent: Vec<CertificateDer<'static>>,
    /// When the first of them ends, microseconds since 1970-01-01 UTC.
    pub(crate) expires_micros: i64,
}

impl fmt::Debug for Authority {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").field("expires_micros", &self.expires_micros).finish_non_exhaustive()
    }
}

impl Authority {
    /// An authority from its certificates, the issuing one first, and the issuing one's key.
    ///
    /// # Errors
    ///
    /// When the key does not fit the certificate, or the certificate may not sign others; in words.
    pub fn new(_certificates: Vec<CertificateDer<'static>>, _key: &PrivateKeyDer<'_>) -> Result<Self, String> {
        Err("skeleton".to_owned())
    }
}
