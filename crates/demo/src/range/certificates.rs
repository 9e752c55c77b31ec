//! The range inside TLS: a little certificate authority of its own, made anew at each start, and a certificate for each
//! site. Some are wrong on purpose, so that it can be seen what the filter says of them.

use super::sites::{SITES, STAND_INS};
use jiff::{Span, Timestamp, ToSpan as _, tz::TimeZone};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, date_time_ymd,
};
use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use std::{collections::HashMap, sync::Arc};

/// How long a good certificate of the range holds, in days: longer than any demonstration runs.
const DAYS: i32 = 90;
/// The name that the certificate with a wrong name carries.
const ANOTHER_NAME: &str = "somewhere-else.example";

/// What a site shows and speaks inside TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// A good certificate, HTTP/2 and HTTP/1.1.
    Usual,
    /// A good certificate, HTTP/1.1 only, as many an old server.
    OldFashioned,
    /// A certificate that ended a month ago.
    Expired,
    /// A certificate for another name.
    WrongName,
    /// A certificate of an authority that nobody knows.
    Stranger,
}

impl Manner {
    fn of(host: &str) -> Self {
        match host {
            "old-socket.example" => Self::OldFashioned,
            "expired-certificate.example" => Self::Expired,
            "wrong-certificate.example" => Self::WrongName,
            "unknown-certificate.example" => Self::Stranger,
            _ => Self::Usual,
        }
    }
}

/// How each site is met inside TLS, by its name.
#[derive(Debug)]
pub(super) struct Certificates {
    /// The certificate of the range's authority, in PEM.
    pub(super) authority_pem: String,
    sites: HashMap<&'static str, Arc<ServerConfig>>,
}

impl Certificates {
    /// Makes the authority and all certificates.
    ///
    /// # Errors
    ///
    /// When there is no randomness or the clock is beyond what a certificate can say; in words.
    pub(super) fn make(now: Timestamp) -> Result<Self, String> {
        let known = authority("Practice range", now)?;
        let stranger = authority("Nobody in particular", now)?;
        // One key for all: they are the same program.
        let key = key()?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let hosts = SITES.iter().map(|site| site.host).chain(STAND_INS);
        let sites = hosts.map(|host| {
            let manner = Manner::of(host);
            let issuer = if manner == Manner::Stranger { &stranger } else { &known };
            Ok((host, Arc::new(settings(host, manner, &key, issuer, &provider, now)?)))
        });
        Ok(Self { sites: sites.collect::<Result<_, String>>()?, authority_pem: known.pem() })
    }

    /// How a client is met that asked for this name, in lower case.
    pub(super) fn settings(&self, name: &str) -> Option<Arc<ServerConfig>> {
        self.sites.get(name).cloned()
    }
}

fn key() -> Result<KeyPair, String> {
    KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(|fault| fault.to_string())
}

/// The moment this far from now, by its date.
fn date(now: Timestamp, away: Span) -> Result<(i32, u8, u8), String> {
    let date = now.to_zoned(TimeZone::UTC).date().checked_add(away).map_err(|fault| fault.to_string())?;
    // Months and days are never negative.
    Ok((date.year().into(), date.month().unsigned_abs(), date.day().unsigned_abs()))
}

/// `held`: from how many days from now to how many.
fn described(name: &str, held: (i32, i32), now: Timestamp) -> Result<CertificateParams, String> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    let (year, month, day) = date(now, held.0.days())?;
    params.not_before = date_time_ymd(year, month, day);
    let (year, month, day) = date(now, held.1.days())?;
    params.not_after = date_time_ymd(year, month, day);
    Ok(params)
}

fn authority(name: &str, now: Timestamp) -> Result<CertifiedIssuer<'static, KeyPair>, String> {
    let mut params = described(&format!("{name} (fictional authority)"), (-400, DAYS + 1), now)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(params, key()?).map_err(|fault| fault.to_string())
}

fn settings(
    host: &'static str,
    manner: Manner,
    key: &KeyPair,
    issuer: &CertifiedIssuer<'static, KeyPair>,
    provider: &Arc<CryptoProvider>,
    now: Timestamp,
) -> Result<ServerConfig, String> {
    let fault = |fault: rcgen::Error| format!("{host}: {fault}");
    let held = if manner == Manner::Expired { (-120, -30) } else { (-2, DAYS) };
    let name = if manner == Manner::WrongName { ANOTHER_NAME } else { host };
    let mut params = described(name, held, now)?;
    params.subject_alt_names = vec![rcgen::SanType::DnsName(name.try_into().map_err(fault)?)];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let certificate = params.signed_by(key, issuer).map_err(fault)?;
    let secret = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut settings = ServerConfig::builder_with_provider(Arc::clone(provider))
        .with_safe_default_protocol_versions()
        .map_err(|fault| fault.to_string())?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], secret)
        .map_err(|fault| format!("{host}: {fault}"))?;
    settings.alpn_protocols = match manner {
        Manner::OldFashioned => vec![b"http/1.1".to_vec()],
        _ => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
    };
    Ok(settings)
}
