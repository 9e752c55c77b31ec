//! A certificate and its key, read and found to belong together.

use crate::x509::{moment, parse};
use jiff::Timestamp;
use rustls::{
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    sign::CertifiedKey,
};
use std::{fs, net::IpAddr, path::Path, sync::Arc};
use x509_parser::{certificate::X509Certificate, extensions::GeneralName};

/// A certificate chain with the key of its first certificate.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    /// As rustls takes it.
    pub(super) key: Arc<CertifiedKey>,
    /// The names and addresses that it carries.
    pub(super) names: Vec<String>,
    /// From when on it holds.
    pub(super) begins: Timestamp,
    /// Until when it holds.
    pub(super) expires: Timestamp,
}

impl Pair {
    /// Reads the two files that the config names.
    pub(super) fn read(certificate: &Path, key: &Path) -> Result<Self, String> {
        let bytes = |path: &Path| fs::read(path).map_err(|fault| format!("{} cannot be read: {fault}", path.display()));
        Self::from_pem(&bytes(certificate)?, &bytes(key)?)
            .map_err(|fault| format!("{} and {}: {fault}", certificate.display(), key.display()))
    }

    /// Reads both; they may be one text.
    pub(super) fn from_pem(certificate: &[u8], key: &[u8]) -> Result<Self, String> {
        let chain = CertificateDer::pem_slice_iter(certificate).collect::<Result<Vec<_>, _>>();
        let chain = chain.map_err(|fault| format!("the certificate is no PEM text: {fault}"))?;
        let first = chain.first().ok_or("there is no certificate in it")?.clone();
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|fault| format!("the key is no PEM text: {fault}"))?;
        let key = CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider())
            .map_err(|fault| format!("the key does not belong to the certificate, or cannot be used: {fault}"))?;
        let read = parse(&first)?;
        Ok(Self {
            key: Arc::new(key),
            names: names(&read),
            begins: moment(read.validity().not_before.timestamp()),
            expires: moment(read.validity().not_after.timestamp()),
        })
    }
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(names)) = certificate.subject_alternative_name() else { return Vec::new() };
    let told = names.value.general_names.iter().filter_map(|name| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => address(bytes).map(|address| address.to_string()),
        _ => None,
    });
    told.collect()
}

/// An address as certificates write it: four bytes or sixteen.
pub(super) fn address(bytes: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from);
    four.or_else(|| <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from))
}
