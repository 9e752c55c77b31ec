//! A key and the certificates that belong to it, as a PEM text has them.

use super::secret::{LOCKED, Secret};
use crate::x509::{moment, parse};
use holdfast_gateway::inspect::authority::Authority;
use jiff::Timestamp;
use pkcs8::{Document, LineEnding, SecretDocument};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer};
use std::sync::Arc;
use x509_parser::{error::X509Error, pem::Pem};
use zeroize::Zeroizing;

/// A private key.
pub(super) enum Key {
    /// PKCS#8 under a secret.
    Locked(Vec<u8>),
    /// PKCS#8.
    Pkcs8(Zeroizing<Vec<u8>>),
    /// RFC 5915.
    Sec1(Zeroizing<Vec<u8>>),
    /// RFC 8017.
    Pkcs1(Zeroizing<Vec<u8>>),
}

/// Everything of a PEM text that matters here, in its order.
#[derive(Default)]
pub(super) struct Bundle {
    pub(super) keys: Vec<Key>,
    pub(super) certificates: Vec<CertificateDer<'static>>,
}

impl Bundle {
    /// Reads a text; what is neither key nor certificate is passed over.
    pub(super) fn from_pem(text: &str) -> Result<Self, String> {
        if text.contains("Proc-Type: 4,ENCRYPTED") {
            return Err("the key is locked in the old way of OpenSSL; write it anew with `openssl pkcs8 -topk8 -v2 aes-256-cbc`".to_owned());
        }
        let mut bundle = Self::default();
        for part in Self::each(text)? {
            bundle.keys.extend(part.keys);
            bundle.certificates.extend(part.certificates);
        }
        Ok(bundle)
    }

    /// The same, where each key begins a new one.
    pub(super) fn each(text: &str) -> Result<Vec<Self>, String> {
        let mut all: Vec<Self> = Vec::new();
        for section in Pem::iter_from_buffer(text.as_bytes()) {
            let Pem { label, contents } = section.map_err(|fault| format!("it is no PEM text: {fault}"))?;
            let key = match label.as_str() {
                "CERTIFICATE" => {
                    match all.last_mut() {
                        Some(last) => last.certificates.push(contents.into()),
                        None => all.push(Self { keys: Vec::new(), certificates: vec![contents.into()] }),
                    }
                    continue;
                }
                LOCKED => Key::Locked(contents),
                "PRIVATE KEY" => Key::Pkcs8(Zeroizing::new(contents)),
                "EC PRIVATE KEY" => Key::Sec1(Zeroizing::new(contents)),
                "RSA PRIVATE KEY" => Key::Pkcs1(Zeroizing::new(contents)),
                _ => continue,
            };
            all.push(Self { keys: vec![key], certificates: Vec::new() });
        }
        Ok(all)
    }
}

/// An authority of these certificates, the issuing one first, and the issuing one's key.
pub(super) fn signer(
    certificates: Vec<CertificateDer<'static>>,
    key: &Key,
    secret: Option<&Secret>,
) -> Result<Arc<Authority>, String> {
    let opened: SecretDocument;
    let key = match key {
        Key::Locked(locked) => {
            let secret = secret.ok_or("the key is locked; name the file with its passphrase as `passphrase_file`")?;
            opened = secret.unlock(locked)?;
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(opened.as_bytes()))
        }
        Key::Pkcs8(bytes) => PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(bytes.as_slice())),
        Key::Sec1(bytes) => PrivateKeyDer::Sec1(PrivateSec1KeyDer::from(bytes.as_slice())),
        Key::Pkcs1(bytes) => PrivateKeyDer::Pkcs1(PrivatePkcs1KeyDer::from(bytes.as_slice())),
    };
    Authority::new(certificates, &key).map(Arc::new)
}

/// From when until when all of these hold.
pub(super) fn validity(certificates: &[CertificateDer<'_>]) -> Result<(Timestamp, Timestamp), String> {
    let mut all = (Timestamp::MIN, Timestamp::MAX);
    for certificate in certificates {
        let read = parse(certificate)?;
        let validity = read.validity();
        all.0 = all.0.max(moment(validity.not_before.timestamp()));
        all.1 = all.1.min(moment(validity.not_after.timestamp()));
    }
    Ok(all)
}

/// Whether a certificate names another as its issuer and has its signature (RFC 5280 §6.1.3).
pub(super) fn is_signed_by(certificate: &CertificateDer<'_>, issuer: &CertificateDer<'_>) -> Result<bool, String> {
    let (certificate, issuer) = (parse(certificate)?, parse(issuer)?);
    let has_signature = match certificate.verify_signature(Some(issuer.public_key())) {
        // Of a kind that cannot be checked here; devices may know it.
        Ok(()) | Err(X509Error::SignatureUnsupportedAlgorithm) => true,
        Err(_) => false,
    };
    Ok(certificate.issuer().as_raw() == issuer.subject().as_raw() && has_signature)
}

/// Whether each is signed by the one after it, in words where one is not.
pub(super) fn is_chain(certificates: &[CertificateDer<'_>]) -> Result<(), String> {
    for (at, (lower, upper)) in certificates.iter().zip(certificates.iter().skip(1)).enumerate() {
        if !is_signed_by(lower, upper)? {
            return Err(format!(
                "certificate {} in it is not signed by certificate {}, so no device can follow them. Put the issuing one first, then the one that signed it, and so on; leave out what does not belong to them",
                at + 1,
                at + 2
            ));
        }
    }
    Ok(())
}

/// A certificate in PEM.
pub(super) fn certificate_pem(certificate: &CertificateDer<'_>) -> Result<String, String> {
    let fault = |fault: pkcs8::der::Error| format!("The certificate cannot be written: {fault}.");
    let document = Document::try_from(certificate.as_ref()).map_err(fault)?;
    document.to_pem("CERTIFICATE", LineEnding::LF).map_err(fault)
}
