//! The own service authority, made once, and the certificates that it signs. It may vouch for the school's own names
//! and for private addresses only (name constraints, RFC 5280 §4.2.1.10), so that whoever steals its key cannot pose as
//! the rest of the web to the devices that trust it. It is not the authority of interception, which is another with
//! another key.

use super::pair::{Pair, address};
use crate::{
    clock,
    files::{Existing, Rights, create_folder, put},
    x509::{calendar, moment, parse},
};
use holdfast_core::host::Host;
use ipnet::IpNet;
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, NameConstraints, PKCS_ECDSA_P256_SHA256, SanType, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use std::{
    fs,
    io::ErrorKind,
    net::IpAddr,
    path::{Path, PathBuf},
};
use x509_parser::extensions::{GeneralName, ParsedExtension};

/// How long an authority holds, in years: as long as a school may keep its devices.
const AUTHORITY_YEARS: i32 = 10;
/// How long a certificate of ours holds, in days.
const LEAF_DAYS: i32 = 90;
/// Private, shared, link-local and loopback networks (RFC 1918, 6598, 3927, 1122, 4193, 4291).
const PRIVATE: [&str; 9] = [
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "127.0.0.0/8",
    "fc00::/7",
    "fe80::/10",
    "::1/128",
];

/// The authority, able to sign.
#[derive(Debug)]
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    /// Until when it holds.
    pub(super) expires: Timestamp,
    permitted: Permitted,
}

/// What an authority may vouch for.
#[derive(Debug, Default)]
struct Permitted {
    /// Each with everything below it.
    names: Vec<String>,
    networks: Vec<IpNet>,
}

impl Permitted {
    fn covers(&self, host: &Host) -> bool {
        match host.address() {
            Some(address) => self.networks.iter().any(|network| network.contains(&address)),
            None => self.names.iter().any(|name| host.is_within(name)),
        }
    }
}

/// The authority's file: its key and its certificate in one, so that the two are made in one step.
pub(super) fn file(folder: &Path) -> PathBuf {
    folder.join("authority.pem")
}

/// The file of the certificate that is shown, with its key.
pub(super) fn leaf_file(folder: &Path) -> PathBuf {
    folder.join("service.pem")
}

impl Authority {
    /// The authority of this folder; made where there is none yet. One that is there is never written over: devices
    /// trust it.
    pub(super) fn open_or_make(folder: &Path, hosts: &[Host], now: Timestamp) -> Result<Self, String> {
        if let Some(found) = Self::open(folder)? {
            return Ok(found);
        }
        let text =
            make(hosts, now).map_err(|fault| format!("The own certificate authority cannot be made: {fault}."))?;
        let path = file(folder);
        let written =
            create_folder(folder, 0o700).and_then(|()| put(&path, text.as_bytes(), Rights::PRIVATE, Existing::Keep));
        match written {
            Ok(()) => {}
            // Another start was faster, and its authority is as good.
            Err(fault) if fault.kind() == ErrorKind::AlreadyExists => {}
            Err(fault) => {
                return Err(format!(
                    "{}: the own certificate authority cannot be kept: {fault}. Check that the account of Holdfast may write there and that the disk is not full.",
                    path.display()
                ));
            }
        }
        Self::open(folder)?
            .ok_or_else(|| format!("{}: the own certificate authority was removed again.", path.display()))
    }

    /// One that is kept nowhere, for a certificate that nobody can trust.
    pub(super) fn in_memory(hosts: &[Host], now: Timestamp) -> Result<Self, String> {
        let text = make(hosts, now).map_err(|fault| fault.to_string())?;
        Self::from_pem(&text)
    }

    /// The authority of this folder, if there is one.
    pub(super) fn open(folder: &Path) -> Result<Option<Self>, String> {
        let path = file(folder);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(fault) if fault.kind() == ErrorKind::NotFound => return Ok(None),
            Err(fault) => return Err(unusable(&path, &fault.to_string())),
        };
        Self::from_pem(&text).map(Some).map_err(|fault| unusable(&path, &fault))
    }

    fn from_pem(text: &str) -> Result<Self, String> {
        // Reading it as a pair finds a key that is not the certificate's.
        Pair::from_pem(text.as_bytes(), text.as_bytes())?;
        let certificate = CertificateDer::from_pem_slice(text.as_bytes()).map_err(|fault| fault.to_string())?;
        let key = KeyPair::from_pem(text).map_err(|fault| fault.to_string())?;
        let issuer = Issuer::from_ca_cert_der(&certificate, key).map_err(|fault| fault.to_string())?;
        let read = parse(&certificate)?;
        if !read.is_ca() {
            return Err("it is no certificate authority".to_owned());
        }
        let constraints = read.name_constraints().map_err(|fault| fault.to_string())?;
        let mut permitted = Permitted::default();
        let subtrees = constraints.and_then(|constraints| constraints.value.permitted_subtrees.as_ref());
        for subtree in subtrees.ok_or("it does not say what it may vouch for")? {
            match &subtree.base {
                GeneralName::DNSName(name) => permitted.names.push((*name).to_owned()),
                GeneralName::IPAddress(bytes) => permitted.networks.extend(network(bytes)),
                _ => {}
            }
        }
        let expires = moment(read.validity().not_after.timestamp());
        Ok(Self { issuer, expires, permitted, certificate: certificate.clone() })
    }

    /// Its certificate, for devices that shall trust it.
    pub(super) fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// Whether its name and key identifier are those that a certificate says it was signed by.
    pub(super) fn has_signed(&self, leaf: &CertificateDer<'_>) -> bool {
        let (Ok(leaf), Ok(own)) = (parse(leaf), parse(&self.certificate)) else { return false };
        let told = leaf.iter_extensions().find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::AuthorityKeyIdentifier(told) => told.key_identifier.as_ref().map(|key| key.0),
            _ => None,
        });
        let ours = own.iter_extensions().find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(ours) => Some(ours.0),
            _ => None,
        });
        leaf.issuer() == own.subject() && told.is_some() && told == ours
    }

    /// Of these the ones that it may not vouch for. One such name in a certificate would make all of it worthless.
    pub(super) fn not_covered<'a>(&self, hosts: &'a [Host]) -> Vec<&'a Host> {
        hosts.iter().filter(|host| !self.permitted.covers(host)).collect()
    }

    /// Signs a new certificate with a new key, keeps it, and gives it back. `personal_below` also gets the names one
    /// label below it.
    pub(super) fn sign(
        &self,
        folder: &Path,
        hosts: &[Host],
        personal_below: Option<&Host>,
        now: Timestamp,
    ) -> Result<Pair, String> {
        let text = self
            .signed(
                &subject_names(&self.covered(hosts), personal_below.filter(|host| self.permitted.covers(host))),
                now,
            )
            .map_err(|fault| format!("The own certificate cannot be made: {fault}."))?;
        let path = leaf_file(folder);
        put(&path, text.as_bytes(), Rights::PRIVATE, Existing::Replace).map_err(|fault| {
            format!("{}: the own certificate cannot be kept: {fault}. Check that the disk is not full.", path.display())
        })?;
        Pair::from_pem(text.as_bytes(), text.as_bytes())
    }

    /// The names that a certificate of ours shall carry, as [`Pair::names`] tells them.
    pub(super) fn wanted_names(&self, hosts: &[Host], personal_below: Option<&Host>) -> Vec<String> {
        subject_names(&self.covered(hosts), personal_below.filter(|host| self.permitted.covers(host)))
    }

    fn covered<'a>(&self, hosts: &'a [Host]) -> Vec<&'a Host> {
        hosts.iter().filter(|host| self.permitted.covers(host)).collect()
    }

    pub(super) fn signed(&self, names: &[String], now: Timestamp) -> Result<String, rcgen::Error> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut params = params(names.first().map_or("Holdfast", String::as_str), now, LEAF_DAYS);
        for name in names {
            params.subject_alt_names.push(match name.parse::<IpAddr>() {
                Ok(address) => SanType::IpAddress(address),
                Err(_) => SanType::DnsName(name.as_str().try_into()?),
            });
        }
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(format!("{}{}", key.serialize_pem(), certificate.pem()))
    }
}

fn subject_names(hosts: &[&Host], personal_below: Option<&Host>) -> Vec<String> {
    let personal = personal_below.map(|host| format!("*.{host}"));
    hosts.iter().map(ToString::to_string).chain(personal).collect()
}

fn unusable(path: &Path, fault: &str) -> String {
    format!(
        "{}: the own certificate authority cannot be used: {fault}. Bring the file back from a backup; or move it away, start again, and hand out the new authority (`holdfast tls export`).",
        path.display()
    )
}

/// A new authority: its key and certificate in PEM.
fn make(hosts: &[Host], now: Timestamp) -> Result<String, rcgen::Error> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let mut domains: Vec<&str> = hosts
        .iter()
        .filter(|host| host.address().is_none())
        .map(|host| host.registrable().unwrap_or(host.as_str()))
        .collect();
    domains.sort_unstable();
    domains.dedup();
    let private: Vec<IpNet> = PRIVATE.iter().filter_map(|network| network.parse().ok()).collect();
    let public = hosts.iter().filter_map(Host::address);
    let public = public.filter(|address| !private.iter().any(|network| network.contains(address))).map(IpNet::from);
    let networks = private.iter().copied().chain(public).map(|network| {
        GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(network.network(), network.prefix_len()))
    });
    let names = domains.iter().map(|domain| GeneralSubtree::DnsName((*domain).to_owned()));
    let school = domains.iter().find(|domain| domain.contains('.')).copied().unwrap_or("this school");
    let day = now.to_zoned(TimeZone::UTC).date();
    let mut params = params(&format!("Holdfast service authority of {school}, {day}"), now, 0);
    let (year, month, day) = calendar(clock::at_least(now), AUTHORITY_YEARS.years());
    params.not_after = date_time_ymd(year, month, day);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints =
        Some(NameConstraints { permitted_subtrees: names.chain(networks).collect(), excluded_subtrees: Vec::new() });
    let certificate = params.self_signed(&key)?;
    Ok(format!("{}{}", key.serialize_pem(), certificate.pem()))
}

/// What every certificate of ours has. It begins a day early, for devices whose clocks are behind; a clock of ours that
/// is plainly wrong does not make a certificate that has ended before it is used.
fn params(name: &str, now: Timestamp, days: i32) -> CertificateParams {
    let mut params = CertificateParams::default();
    let (year, month, day) = calendar(now, -1.day());
    params.not_before = date_time_ymd(year, month, day);
    let (year, month, day) = calendar(clock::at_least(now), days.days());
    params.not_after = date_time_ymd(year, month, day);
    // A common name may have 64 characters (RFC 5280, appendix A).
    params.distinguished_name.push(DnType::CommonName, name.chars().take(64).collect::<String>());
    params
}

/// An address and a mask, as name constraints write networks.
fn network(bytes: &[u8]) -> Option<IpNet> {
    let (front, mask) = bytes.split_at_checked(bytes.len() / 2)?;
    IpNet::with_netmask(address(front)?, address(mask)?).ok()
}
