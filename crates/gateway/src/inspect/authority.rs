//! The interception authority as the gate uses it: it signs a short-lived certificate for each opened host.

#[cfg(test)]
pub(crate) mod tests;

use rcgen::{CertificateParams, Issuer, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PublicKeyData};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::fmt;
use x509_parser::prelude::{FromDer, X509Certificate};

/// Microseconds in a second.
pub(super) const SECOND: i64 = 1_000_000;
/// The shortest RSA key that devices still take, in bytes (CA/Browser Forum baseline requirements §6.1.5).
const SHORTEST_RSA: usize = 2_048 / 8;

/// An authority that signs certificates for opened hosts.
///
/// Its key stays inside: no text, event or error of this type shows it.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// The issuing certificate, and after it those that lead to one which devices trust. Sent after every leaf.
    pub(crate) sent: Vec<CertificateDer<'static>>,
    /// From when all of them hold, microseconds since 1970-01-01 UTC.
    begins_micros: i64,
    /// When the first of them ends, microseconds since 1970-01-01 UTC.
    pub(crate) expires_micros: i64,
    /// Tells it from every other, by all that is sent.
    id: [u8; 32],
}

impl fmt::Debug for Authority {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").field("expires_micros", &self.expires_micros).finish_non_exhaustive()
    }
}

impl Authority {
    /// An authority from its certificates, the issuing one first, and the issuing one's key: ECDSA on P-256 or P-384, or
    /// RSA with 2,048 bits or more.
    ///
    /// # Errors
    ///
    /// When the key does not fit the certificate, or one of the certificates may not sign others; in words.
    pub fn new(certificates: Vec<CertificateDer<'static>>, key: &PrivateKeyDer<'_>) -> Result<Self, String> {
        let issuing = certificates.first().ok_or("There is no certificate of the interception authority.")?;
        let (mut begins, mut expires) = (i64::MIN, i64::MAX);
        for certificate in &certificates {
            let read = read(certificate)?;
            may_sign(&read)?;
            begins = begins.max(read.validity().not_before.timestamp());
            expires = expires.min(read.validity().not_after.timestamp());
        }
        let key = KeyPair::try_from(key).map_err(
            |_fault| "The key of the interception authority cannot be read: it must be a private key in PKCS#8.",
        )?;
        is_strong_enough(&key)?;
        let read = read(issuing)?;
        if key.subject_public_key_info() != read.public_key().raw {
            return Err("The key of the interception authority is not the one of its certificate. The two belong together: bring both back from the same backup.".to_owned());
        }
        let subject = read.subject().as_raw().to_vec();
        if read.subject().iter().any(|part| part.iter().count() != 1) {
            return Err(unusual_name());
        }
        let issuer = Issuer::from_ca_cert_der(issuing, key).map_err(|_fault| unusual_name())?;
        let mut hash = blake3::Hasher::new();
        for certificate in &certificates {
            hash.update(certificate);
        }
        let authority = Self {
            issuer,
            begins_micros: begins.saturating_mul(SECOND),
            expires_micros: expires.saturating_mul(SECOND),
            id: hash.finalize().into(),
            sent: certificates,
        };
        authority.signs_as(&subject)?;
        Ok(authority)
    }

    /// Tells it from every other.
    pub(super) fn id(&self) -> &[u8; 32] {
        &self.id
    }

    /// Whether it may be used at this moment.
    ///
    /// # Errors
    ///
    /// When it has ended or not begun; in words.
    pub(super) fn holds(&self, now_micros: i64) -> Result<(), String> {
        if now_micros >= self.expires_micros {
            return Err("The interception authority has run out, so no connection can be opened. Make a new one and hand it out to the devices; if it should still hold, check the clock of this computer.".to_owned());
        }
        if now_micros < self.begins_micros {
            return Err("The interception authority does not hold yet, so no connection can be opened. Check the clock of this computer.".to_owned());
        }
        Ok(())
    }

    /// Signs a certificate for this key.
    pub(super) fn sign(
        &self,
        wanted: &CertificateParams,
        key: &impl PublicKeyData,
    ) -> Result<CertificateDer<'static>, String> {
        wanted
            .signed_by(key, &self.issuer)
            .map(CertificateDer::from)
            .map_err(|fault| format!("The interception authority cannot sign: {fault}."))
    }

    /// Signs for itself once, to see that what it signs names it as its own certificate does: the two are compared byte
    /// by byte by whoever checks them (RFC 5280 §7.1), and the name was taken apart and put together in between.
    fn signs_as(&self, subject: &[u8]) -> Result<(), String> {
        let signed = self.sign(&CertificateParams::default(), self.issuer.key())?;
        if read(&signed)?.issuer().as_raw() == subject { Ok(()) } else { Err(unusual_name()) }
    }
}

fn read<'a>(certificate: &'a CertificateDer<'_>) -> Result<X509Certificate<'a>, String> {
    match X509Certificate::from_der(certificate) {
        Ok(([], read)) => Ok(read),
        Ok(_) | Err(_) => Err("A certificate of the interception authority cannot be read.".to_owned()),
    }
}

/// Whether this is an authority's certificate (RFC 5280 §4.2.1.3, §4.2.1.9).
fn may_sign(certificate: &X509Certificate<'_>) -> Result<(), String> {
    let fault = "A certificate of the interception authority may not sign others: it needs the basic constraint “CA”, and the use “certificate signing”.";
    let is_authority = certificate.basic_constraints().ok().flatten().is_some_and(|found| found.value.ca);
    let may_sign = certificate.key_usage().ok().flatten().is_some_and(|found| found.value.key_cert_sign());
    if is_authority && may_sign { Ok(()) } else { Err(fault.to_owned()) }
}

fn is_strong_enough(key: &KeyPair) -> Result<(), String> {
    let is_curve = [&PKCS_ECDSA_P256_SHA256, &PKCS_ECDSA_P384_SHA384].contains(&key.algorithm());
    let is_rsa = key.algorithm() == &rcgen::PKCS_RSA_SHA256;
    // An RSA key's public part holds its modulus and a little more.
    if is_curve || (is_rsa && key.public_key_raw().len() > SHORTEST_RSA) {
        return Ok(());
    }
    Err("The key of the interception authority is of a kind that devices do not take: it must be ECDSA on P-256 or P-384, or RSA with at least 2,048 bits.".to_owned())
}

fn unusual_name() -> String {
    "The name in the certificate of the interception authority is written in an unusual way, which cannot be signed with. Use a plain name: each part once, in UTF-8.".to_owned()
}
