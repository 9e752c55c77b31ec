//! The one TLS identity of name service, proxy over TLS and later the web: certificate files that are read again when
//! they change, or an own service authority made on the first start, whose certificate is renewed by itself.
//!
//! Nothing here ends the service: where new files cannot be used, the last good ones are shown on; where there are no
//! good ones at a start, the own certificate is shown; where that cannot be used either, one that is made in memory. All
//! are told in [`Standing::alarm`], and what could not be used is tried again every few seconds.

mod authority;
pub mod command;
mod pair;

use crate::{
    files::Stamp,
    x509::{day, days_after, fingerprint},
};
use authority::Authority;
use holdfast_core::host::Host;
use jiff::Timestamp;
use pair::Pair;
use rustls::{ServerConfig, crypto::aws_lc_rs, server::ProducesTickets, sign::SingleCertAndKey};
use std::{
    fmt, fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::sync::watch;

/// How many days before its end a certificate from files is told as about to end. Whoever renews such files by machine
/// does so a month before.
const WARN_DAYS: i32 = 14;
/// How many days before its end an own authority is told as about to end: every device must be given a new one.
const WARN_AUTHORITY_DAYS: i32 = 180;

/// How long to wait before something is tried again that could not be used.
const AGAIN: Duration = Duration::from_secs(5);

/// How a certificate begins in PEM.
const BEGIN: &str = "-----BEGIN CERTIFICATE-----";

/// Where the identity comes from and what an own certificate must carry; see [`crate::config::Config::tls_source`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The folder for what is made here.
    pub folder: PathBuf,
    /// The certificate's file and its key's, where the config names them.
    pub files: Option<(PathBuf, PathBuf)>,
    /// Names and addresses that an own certificate carries; one that it may not carry is an alarm.
    pub hosts: Vec<Host>,
    /// Others that it carries as far as it may: addresses that the config does not name.
    pub also: Vec<Host>,
    /// Names one label below this one are carried as well: those of persons.
    pub personal_below: Option<Host>,
}

impl Source {
    fn all_hosts(&self) -> Vec<Host> {
        self.hosts.iter().chain(&self.also).cloned().collect()
    }
}

/// Which certificate is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// That of the config's files.
    Files,
    /// One of our own authority.
    Own,
    /// One that is made in memory, because neither can be used. No device trusts it.
    Memory,
}

/// How the identity stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Which certificate is shown.
    pub shown: Shown,
    /// The names and addresses that it carries.
    pub names: Vec<String>,
    /// Until when it holds.
    pub expires: Timestamp,
    /// What is wrong, in words, with what to do.
    pub alarm: Option<String>,
}

impl fmt::Display for Standing {
    /// For a person, on several lines.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whose = match self.shown {
            Shown::Files => "the config's files",
            Shown::Own => "our own authority",
            Shown::Memory => "memory, which no device trusts",
        };
        write!(f, "From {whose}; it holds until {:.0}, for:\n  {}", self.expires, self.names.join("\n  "))?;
        self.alarm.as_ref().map_or(Ok(()), |alarm| write!(f, "\n{alarm}"))
    }
}

/// The identity as it is shown now, and what is needed to renew it.
pub struct TlsIdentity {
    source: Source,
    tickets: Arc<dyn ProducesTickets>,
    current: watch::Sender<Arc<ServerConfig>>,
    shown: Shown,
    pair: Pair,
    /// The files as they were when they were last read.
    seen: Option<[Stamp; 2]>,
    /// When something was last tried that could not be used.
    tried: Timestamp,
    /// What is wrong with the files.
    files_alarm: Option<String>,
    /// What is wrong with our own authority.
    own_alarm: Option<String>,
}

impl fmt::Debug for TlsIdentity {
    /// Without keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsIdentity").field("standing", &self.standing()).finish_non_exhaustive()
    }
}

impl TlsIdentity {
    /// Loads the certificate, or makes one.
    ///
    /// # Errors
    ///
    /// When this computer cannot speak TLS at all; certificates that cannot be used are no fault here.
    pub fn open(source: Source) -> Result<Self, String> {
        Self::open_at(source, Timestamp::now())
    }

    fn open_at(source: Source, now: Timestamp) -> Result<Self, String> {
        let seen = source.files.as_ref().map(stamps);
        let from_files = source.files.as_ref().map(|(certificate, key)| Pair::read(certificate, key));
        let (shown, pair, files_alarm, own_alarm) = match from_files {
            Some(Ok(pair)) => (Shown::Files, pair, None, None),
            other => {
                let Kept { shown, pair, alarm } = own_or_memory(&source, now)?;
                let files = other.and_then(Result::err).map(|fault| told(&fault, on(shown)));
                (shown, pair, files, alarm)
            }
        };
        let tickets = aws_lc_rs::Ticketer::new().map_err(|fault| format!("TLS cannot start: {fault}."))?;
        let current = watch::Sender::new(server_config(&pair, &tickets)?);
        Ok(Self { source, tickets, current, shown, pair, seen, tried: now, files_alarm, own_alarm })
    }

    /// What doors show, replaced whole when the certificate is. It names no protocol (ALPN): each door sets its own.
    pub fn watch(&self) -> watch::Receiver<Arc<ServerConfig>> {
        self.current.subscribe()
    }

    /// Reads changed files again and renews an own certificate. To be called every few seconds, where it may block on
    /// the disk.
    pub fn look(&mut self) {
        self.look_at(Timestamp::now());
    }

    fn look_at(&mut self, now: Timestamp) {
        // What is wrong may be mended without a trace in the files: by the rights of a folder, or room on the disk.
        let is_wrong = self.files_alarm.is_some() || self.own_alarm.is_some();
        let again = is_wrong && now.duration_since(self.tried).unsigned_abs() >= AGAIN;
        if again {
            self.tried = now;
        }
        if let Some(files) = self.source.files.clone() {
            let stamps = stamps(&files);
            if self.seen != Some(stamps) || (again && self.files_alarm.is_some()) {
                self.seen = Some(stamps);
                self.read_files(&files, now);
            }
        }
        match self.shown {
            Shown::Own if is_due(&self.pair, now) && (again || self.own_alarm.is_none()) => self.renew(now),
            Shown::Memory if again => self.renew(now),
            Shown::Files | Shown::Own | Shown::Memory => {}
        }
    }

    fn read_files(&mut self, (certificate, key): &(PathBuf, PathBuf), now: Timestamp) {
        let on = on(self.shown);
        match Pair::read(certificate, key) {
            Ok(pair) if pair.expires <= now && self.pair.expires > now && self.shown != Shown::Memory => {
                self.files_alarm = Some(told(
                    &format!("{}: the certificate ended on {}", certificate.display(), day(pair.expires)),
                    on,
                ));
            }
            Ok(pair) => match server_config(&pair, &self.tickets) {
                Ok(config) => {
                    self.files_alarm = None;
                    self.own_alarm = None;
                    self.shown = Shown::Files;
                    self.pair = pair;
                    self.current.send_replace(config);
                }
                Err(fault) => self.files_alarm = Some(told(&fault, on)),
            },
            Err(fault) => self.files_alarm = Some(told(&fault, on)),
        }
    }

    /// Shows a newer certificate of our own: at two thirds of the one before, and in place of one from memory.
    fn renew(&mut self, now: Timestamp) {
        let renewed =
            own(&self.source, now).and_then(|(pair, alarm)| Ok((server_config(&pair, &self.tickets)?, pair, alarm)));
        match renewed {
            Ok((config, pair, alarm)) => {
                self.shown = Shown::Own;
                self.own_alarm = alarm;
                self.pair = pair;
                self.current.send_replace(config);
            }
            Err(fault) if self.shown == Shown::Memory => self.own_alarm = Some(in_memory(&fault)),
            Err(fault) => self.own_alarm = Some(fault),
        }
    }

    /// How it stands.
    pub fn standing(&self) -> Standing {
        self.standing_at(Timestamp::now())
    }

    fn standing_at(&self, now: Timestamp) -> Standing {
        let alarms = [self.files_alarm.clone(), self.own_alarm.clone(), ending(&self.pair, self.shown, now)];
        standing(self.shown, &self.pair, alarms)
    }
}

/// How the identity stands, without changing or making anything: for the doctor and for `holdfast tls show`. `None`
/// where an own one is to be made at the first start.
///
/// # Errors
///
/// When what is there cannot be used.
pub fn examine(source: &Source, now: Timestamp) -> Result<Option<Standing>, String> {
    if let Some((certificate, key)) = &source.files {
        let pair = Pair::read(certificate, key)?;
        return Ok(Some(standing(Shown::Files, &pair, [ending(&pair, Shown::Files, now)])));
    }
    let Some(authority) = Authority::open(&source.folder)? else { return Ok(None) };
    let Ok(text) = fs::read(authority::leaf_file(&source.folder)) else { return Ok(None) };
    let pair = Pair::from_pem(&text, &text)?;
    let alarms = [authority_alarm(&authority, source, now), ending(&pair, Shown::Own, now)];
    Ok(Some(standing(Shown::Own, &pair, alarms)))
}

/// The own authority's certificate, as devices are given it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorityCertificate {
    /// In PEM.
    pub pem: String,
    /// Its SHA-256 sum, as systems show it: pairs of hexadecimal digits with colons.
    pub fingerprint: String,
}

/// The own authority's certificate, for devices that shall trust it. `None` where there is none yet.
///
/// # Errors
///
/// When it cannot be used.
pub fn authority_certificate(folder: &Path) -> Result<Option<AuthorityCertificate>, String> {
    let Some(authority) = Authority::open(folder)? else { return Ok(None) };
    let file = authority::file(folder);
    let text = fs::read_to_string(&file).map_err(|fault| format!("{}: {fault}.", file.display()))?;
    // The key stands before the certificate in the same file, and never leaves it.
    let pem = text.split_once(BEGIN).map(|(_key, rest)| format!("{BEGIN}{rest}")).unwrap_or_default();
    Ok(Some(AuthorityCertificate { pem, fingerprint: fingerprint(authority.certificate()) }))
}

/// A certificate that is not from the config's files.
struct Kept {
    shown: Shown,
    pair: Pair,
    alarm: Option<String>,
}

/// The own certificate, or one from memory where it cannot be used: who asks in the clear must not lose the service
/// because of a file that only encrypted listeners need.
fn own_or_memory(source: &Source, now: Timestamp) -> Result<Kept, String> {
    let fault = match own(source, now) {
        Ok((pair, alarm)) => return Ok(Kept { shown: Shown::Own, pair, alarm }),
        Err(fault) => fault,
    };
    let hosts = source.all_hosts();
    let authority = Authority::in_memory(&hosts, now)?;
    let names = authority.wanted_names(&hosts, source.personal_below.as_ref());
    let text = authority.signed(&names, now).map_err(|fault| format!("TLS cannot start: {fault}."))?;
    let pair = Pair::from_pem(text.as_bytes(), text.as_bytes())?;
    Ok(Kept { shown: Shown::Memory, pair, alarm: Some(in_memory(&fault)) })
}

/// What is told beside the reason that the own certificate cannot be used.
fn in_memory(fault: &str) -> String {
    format!(
        "{fault} Until then encrypted listeners show a certificate that no device trusts; names and proxy in the clear serve as before."
    )
}

/// The own certificate: the one that was kept, if it still holds and carries what it must; else a new one.
fn own(source: &Source, now: Timestamp) -> Result<(Pair, Option<String>), String> {
    let hosts = source.all_hosts();
    let kept = fs::read(authority::leaf_file(&source.folder)).ok().and_then(|text| Pair::from_pem(&text, &text).ok());
    let authority = match Authority::open_or_make(&source.folder, &hosts, now) {
        Ok(authority) => authority,
        // What the devices trust is still shown while it holds.
        Err(fault) => {
            return kept.filter(|kept| kept.expires > now).map(|kept| (kept, Some(fault.clone()))).ok_or(fault);
        }
    };
    let alarm = authority_alarm(&authority, source, now);
    let personal = source.personal_below.as_ref();
    let mut wanted = authority.wanted_names(&hosts, personal);
    wanted.sort_unstable();
    let kept = kept.filter(|kept| {
        let mut names = kept.names.clone();
        names.sort_unstable();
        let is_by = kept.key.cert.first().is_some_and(|leaf| authority.has_signed(leaf));
        is_by && !is_due(kept, now) && names == wanted
    });
    match kept {
        Some(kept) => Ok((kept, alarm)),
        None => authority.sign(&source.folder, &hosts, personal, now).map(|pair| (pair, alarm)),
    }
}

fn is_due(pair: &Pair, now: Timestamp) -> bool {
    let life = pair.expires.as_second().saturating_sub(pair.begins.as_second());
    now.as_second() >= pair.begins.as_second().saturating_add(life / 3 * 2) || now < pair.begins
}

fn authority_alarm(authority: &Authority, source: &Source, now: Timestamp) -> Option<String> {
    let hosts = source.hosts.iter().chain(&source.personal_below).cloned().collect::<Vec<_>>();
    let outside: Vec<String> = authority.not_covered(&hosts).iter().map(|host| format!("“{host}”")).collect();
    let renew = format!(
        "Move {} away, start again, and hand the new authority out to all devices (`holdfast tls export`).",
        authority::file(&source.folder).display()
    );
    if !outside.is_empty() {
        return Some(format!(
            "The own authority was made before {} stood in the config and may not vouch for it. {renew}",
            outside.join(", ")
        ));
    }
    (authority.expires <= days_after(now, WARN_AUTHORITY_DAYS))
        .then(|| format!("The own authority ends on {}. {renew}", day(authority.expires)))
}

/// What is to be said of a certificate's end.
fn ending(pair: &Pair, shown: Shown, now: Timestamp) -> Option<String> {
    let advice = match shown {
        Shown::Files => {
            "Put a new certificate and its key into the files that the config names under `[tls]`; they are read without a restart."
        }
        Shown::Own | Shown::Memory => {
            "It is renewed by itself while the service runs; if it is not, check this computer's clock and disk."
        }
    };
    if now < pair.begins {
        Some(format!("The certificate holds from {} on only. Check this computer's clock. {advice}", day(pair.begins)))
    } else if pair.expires <= now {
        Some(format!("The certificate ended on {}. {advice}", day(pair.expires)))
    } else if pair.expires <= days_after(now, WARN_DAYS) {
        Some(format!("The certificate ends on {}. {advice}", day(pair.expires)))
    } else {
        None
    }
}

fn standing(shown: Shown, pair: &Pair, alarms: impl IntoIterator<Item = Option<String>>) -> Standing {
    let alarms: Vec<String> = alarms.into_iter().flatten().collect();
    let alarm = (!alarms.is_empty()).then(|| alarms.join(" "));
    Standing { shown, names: pair.names.clone(), expires: pair.expires, alarm }
}

/// What is shown while files cannot be used.
fn on(shown: Shown) -> &'static str {
    match shown {
        Shown::Files => "The certificate from before is shown on",
        Shown::Own => "Until they are in order, the own certificate is shown",
        Shown::Memory => "Until they are in order, one from memory is shown",
    }
}

fn told(fault: &str, on: &str) -> String {
    format!("The certificate files cannot be used: {}. {on}.", fault.trim_end_matches('.'))
}

/// TLS 1.2 and 1.3, resumption by ticket, no client certificates.
fn server_config(pair: &Pair, tickets: &Arc<dyn ProducesTickets>) -> Result<Arc<ServerConfig>, String> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|fault| format!("TLS cannot start: {fault}."))?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(Arc::clone(&pair.key))));
    config.ticketer = Arc::clone(tickets);
    Ok(Arc::new(config))
}

fn stamps((certificate, key): &(PathBuf, PathBuf)) -> [Stamp; 2] {
    [certificate, key].map(|path| Stamp::of(path))
}

#[cfg(test)]
mod tests;
