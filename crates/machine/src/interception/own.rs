//! The own authority on the disk: made once, renewed long before it ends, and replaced in steps of which each may be the
//! last before a power cut.
//!
//! `current.pem` has the locked key, the authority's certificate, and where one was before it, a second certificate for
//! the same key, signed by that one (a cross certificate). A device that trusts only the authority before is led to it by
//! that. `next.pem` waits to be handed out to devices. `previous-….pem` are kept for the record.

use super::{
    Source,
    bundle::{Bundle, Key, certificate_pem, signer, validity},
    secret::{self, ROUNDS, ROUNDS_FOR_WORDS, Secret},
};
use crate::{
    clock,
    files::{Existing, Rights, create_folder, mend, put},
    x509::{calendar, day, days_after, fingerprint, parse},
};
use holdfast_gateway::inspect::authority::Authority;
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
    SubjectPublicKeyInfo, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use std::{
    fs::{self, File},
    io::ErrorKind,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};
use x509_parser::x509::AttributeTypeAndValue;

/// How long an authority holds, in years: shorter than a device is kept, long enough to hand out the next one.
const YEARS: i32 = 3;
/// How many days before its end the next one is made, to be handed out.
pub(super) const NEXT_DAYS: i32 = 180;
/// How many days before its end the next one takes over.
pub(super) const SWITCH_DAYS: i32 = 60;

/// The authority that signs.
pub(super) fn current_file(folder: &Path) -> PathBuf {
    folder.join("current.pem")
}

/// The one that waits.
pub(super) fn next_file(folder: &Path) -> PathBuf {
    folder.join("next.pem")
}

/// An authority as its file has it; its key is locked.
pub(super) struct Kept {
    /// Its own certificate, which devices are given.
    pub(super) certificate: CertificateDer<'static>,
    /// The one for the same key that the authority before has signed, and until when it holds.
    pub(super) cross: Option<(CertificateDer<'static>, Timestamp)>,
    pub(super) begins: Timestamp,
    pub(super) expires: Timestamp,
    key: Key,
}

impl Kept {
    /// The one in a file; `None` where there is no such file.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, String> {
        match fs::symlink_metadata(path) {
            Err(fault) if fault.kind() == ErrorKind::NotFound => return Ok(None),
            // Other faults are told by reading it.
            Ok(_) | Err(_) => {}
        }
        let text = secret::read_text(path).map_err(|fault| unusable(path, &fault))?;
        let bundle = Bundle::from_pem(&text).map_err(|fault| unusable(path, &fault))?;
        Self::from_parts(bundle.keys, bundle.certificates).map(Some).map_err(|fault| unusable(path, &fault))
    }

    fn from_parts(keys: Vec<Key>, certificates: Vec<CertificateDer<'static>>) -> Result<Self, String> {
        let mut certificates = certificates.into_iter();
        let certificate = certificates.next().ok_or("there is no certificate in it")?;
        let [Key::Locked(key)] = <[Key; 1]>::try_from(keys).map_err(|_other| "there is not one key in it")? else {
            return Err("its key is not locked".to_owned());
        };
        secret::is_locked_key(&key).map_err(|fault| format!("the locked key cannot be read: {fault}"))?;
        let (begins, expires) = validity(std::slice::from_ref(&certificate))?;
        let cross = certificates.next().map(|cross| {
            let until = validity(std::slice::from_ref(&cross))?.1;
            Ok::<_, String>((cross, until))
        });
        Ok(Self { certificate, cross: cross.transpose()?, begins, expires, key: Key::Locked(key) })
    }

    /// Ready to sign: by its own certificate, and by the cross certificate where there is one.
    pub(super) fn signers(&self, secret: &Secret) -> Result<Signers, String> {
        let own = signer(vec![self.certificate.clone()], &self.key, Some(secret))?;
        let cross = self
            .cross
            .as_ref()
            .map(|(cross, until)| Ok::<_, String>((signer(vec![cross.clone()], &self.key, Some(secret))?, *until)));
        Ok(Signers { own, cross: cross.transpose()? })
    }

    fn unlock(&self, secret: &Secret) -> Result<pkcs8::SecretDocument, String> {
        match &self.key {
            Key::Locked(locked) => secret.unlock(locked),
            Key::Pkcs8(_) | Key::Sec1(_) | Key::Pkcs1(_) => Err("its key is not locked".to_owned()),
        }
    }

    /// Whether it was made while the other one still held; then people were told of it in time.
    pub(super) fn was_made_before_the_end_of(&self, other: &Self) -> bool {
        days_after(self.begins, 1) < other.expires
    }
}

/// What signs certificates for opened hosts.
pub(super) struct Signers {
    pub(super) own: Arc<Authority>,
    /// Until then this is the one to use: it leads devices from the authority before to this one.
    pub(super) cross: Option<(Arc<Authority>, Timestamp)>,
}

/// The current authority; made where there is none yet. One that is there is never written over: devices trust it.
pub(super) fn open_or_make(source: &Source, now: Timestamp) -> Result<Kept, String> {
    let path = current_file(&source.folder);
    if let Some(found) = Kept::read(&path)? {
        return Ok(found);
    }
    let secret = Secret::read_or_make(&source.secret)?;
    let text = make(&source.school, &secret, now)?;
    create_folder(&source.folder, 0o700).map_err(|fault| cannot_keep(&source.folder, &fault))?;
    match put(&path, text.as_bytes(), rights(&source.folder), Existing::Keep) {
        Ok(()) => {}
        // Another start was faster, and its authority is as good.
        Err(fault) if fault.kind() == ErrorKind::AlreadyExists => {}
        Err(fault) => return Err(cannot_keep(&path, &fault)),
    }
    Kept::read(&path)?.ok_or_else(|| format!("{}: the own interception authority was removed again.", path.display()))
}

/// The one that waits, unless it is the current one already: a switch may have been broken off.
pub(super) fn read_next(source: &Source, current: &Kept) -> Result<Option<Kept>, String> {
    let next = Kept::read(&next_file(&source.folder))?;
    Ok(next.filter(|next| next.certificate != current.certificate))
}

/// Makes the one that waits, in place of one that is there.
pub(super) fn make_next(source: &Source, now: Timestamp) -> Result<(), String> {
    let _lock = lock(&source.folder)?;
    write_next(source, now)
}

fn write_next(source: &Source, now: Timestamp) -> Result<(), String> {
    let path = next_file(&source.folder);
    let text = make(&source.school, &Secret::read(&source.secret)?, now)?;
    put(&path, text.as_bytes(), rights(&source.folder), Existing::Replace).map_err(|fault| cannot_keep(&path, &fault))
}

/// The one that waits takes over.
pub(super) fn switch(source: &Source, now: Timestamp) -> Result<(), String> {
    let _lock = lock(&source.folder)?;
    switch_locked(source, now)
}

/// Makes the next one where none waits that holds, and lets it take over.
///
/// # Errors
///
/// When there is nothing to roll over, or it cannot be written; the text says what to do. The authority in force is then
/// as it was.
pub fn roll_over(source: &Source, now: Timestamp) -> Result<String, String> {
    if source.files.is_some() {
        return Err("The authority is the school's own, from the files that the config names. Put the new one into these files; they are read without a restart.".to_owned());
    }
    let _lock = lock(&source.folder)?;
    let current = Kept::read(&current_file(&source.folder))?.ok_or(NONE_YET)?;
    if read_next(source, &current)?.is_none_or(|next| next.begins > now) {
        // Whoever types the command does not know the school's name as the policy has it.
        let school = first(parse(&current.certificate)?.subject().iter_organization());
        let school = if source.school.is_empty() { school } else { source.school.clone() };
        write_next(&Source { school, ..source.clone() }, now)?;
    }
    switch_locked(source, now)?;
    let after = if now < current.expires && current.begins <= now {
        format!(
            "Devices that have only the one before trust it as well until {}: give all of them the new one by then (`holdfast inspection export`).",
            day(current.expires)
        )
    } else {
        "The one before does not hold now, so a device shows certificate errors until it is given the new one (`holdfast inspection export`).".to_owned()
    };
    Ok(format!("The next authority has taken over. {after}"))
}

/// What is told where there is no own authority.
pub(super) const NONE_YET: &str = "There is no own interception authority yet. It is made when the service starts with `enabled = true` under `[inspection]` in the config.";

fn switch_locked(source: &Source, now: Timestamp) -> Result<(), String> {
    let (current_path, next_path) = (current_file(&source.folder), next_file(&source.folder));
    let current = Kept::read(&current_path)?.ok_or(NONE_YET)?;
    let next = read_next(source, &current)?.ok_or("No authority waits to take over.")?;
    let holds = current.begins <= now && now < current.expires;
    let secret = Secret::read(&source.secret)?;
    // It must be able to sign before it takes over.
    next.signers(&secret).map_err(|fault| unusable(&next_path, &fault))?;
    let mut text = secret::read_text(&next_path)?;
    if holds {
        let cross = cross(&current, &next, &secret, now).map_err(|fault| unusable(&current_path, &fault))?;
        text.push_str(&certificate_pem(&cross)?);
    }
    let before = source.folder.join(format!("previous-{}.pem", current.expires.strftime("%Y-%m-%d-%H%M%S")));
    for (path, text) in [(&before, secret::read_text(&current_path)?), (&current_path, text)] {
        put(path, text.as_bytes(), rights(&source.folder), Existing::Replace)
            .map_err(|fault| cannot_keep(path, &fault))?;
    }
    fs::remove_file(&next_path).map_err(|fault| cannot_keep(&next_path, &fault))
}

/// A certificate for the next one's key and name, signed by the current one, that ends with the current one.
fn cross(current: &Kept, next: &Kept, secret: &Secret, now: Timestamp) -> Result<CertificateDer<'static>, String> {
    let fault = |fault: rcgen::Error| fault.to_string();
    let key = current.unlock(secret)?;
    let key = KeyPair::try_from(&PrivatePkcs8KeyDer::from(key.as_bytes())).map_err(fault)?;
    let issuer = Issuer::from_ca_cert_der(&current.certificate, key).map_err(fault)?;
    let read = parse(&next.certificate)?;
    let subject = read.subject();
    let mut params = params(&first(subject.iter_organization()), &first(subject.iter_common_name()), now);
    // Never before the one that vouches for it, which began on an earlier day or this.
    let (year, month, day) = calendar(days_after(now, -1).max(current.begins), 0.days());
    params.not_before = date_time_ymd(year, month, day);
    let (year, month, day) = calendar(current.expires, 0.days());
    params.not_after = date_time_ymd(year, month, day);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.use_authority_key_identifier_extension = true;
    let public = SubjectPublicKeyInfo::from_der(read.public_key().raw).map_err(fault)?;
    let made = params.signed_by(&public, &issuer).map_err(fault)?.der().clone();
    // A device finds it by the name, so a name of another hand would lead nowhere.
    if parse(&made)?.subject().as_raw() == subject.as_raw() {
        Ok(made)
    } else {
        Err("the next authority was not made by this program, so no device can be led to it; make a new one".to_owned())
    }
}

fn first<'a>(mut values: impl Iterator<Item = &'a AttributeTypeAndValue<'a>>) -> String {
    values.find_map(|value| value.as_str().ok()).unwrap_or_default().to_owned()
}

/// A new authority: its locked key and its certificate in PEM.
fn make(school: &str, secret: &Secret, now: Timestamp) -> Result<String, String> {
    let fault = |fault: rcgen::Error| format!("The own interception authority cannot be made: {fault}.");
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(fault)?;
    // Two of one day differ as well: devices look for them by name.
    let mark: String = fingerprint(key.public_key_raw()).chars().filter(|digit| *digit != ':').take(4).collect();
    let name = format!("Holdfast inspection authority, {}, {mark}", now.to_zoned(TimeZone::UTC).date());
    let certificate = params(school, &name, now).self_signed(&key).map_err(fault)?;
    let bytes = zeroize::Zeroizing::new(key.serialize_der());
    let locked = secret.lock(&bytes, ROUNDS)?;
    Ok(format!("{}{}", *secret::to_pem(&locked)?, certificate.pem()))
}

/// What every authority of ours has. It begins a day early, for devices whose clocks are behind; a clock of ours that is
/// plainly wrong does not make one that has ended before it is used.
fn params(school: &str, name: &str, now: Timestamp) -> CertificateParams {
    let mut params = CertificateParams::default();
    let (year, month, day) = calendar(now, -1.day());
    params.not_before = date_time_ymd(year, month, day);
    let (year, month, day) = calendar(clock::at_least(now), YEARS.years());
    params.not_after = date_time_ymd(year, month, day);
    // Both may have 64 characters (RFC 5280, appendix A).
    let short = |text: &str| text.chars().take(64).collect::<String>();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, short(school));
    params.distinguished_name.push(DnType::CommonName, short(name));
    // One more below it: the cross certificate of the authority after it.
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(1));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// The current authority, and the one that waits, under a passphrase: each a locked key and its certificates.
///
/// # Errors
///
/// When there is none, or the passphrase is too short to protect it.
pub fn backup(source: &Source, passphrase: &str) -> Result<String, String> {
    let words = passphrase_secret(passphrase)?;
    let current = Kept::read(&current_file(&source.folder))?.ok_or(NONE_YET)?;
    let next = read_next(source, &current)?;
    let secret = Secret::read(&source.secret)?;
    let mut text = String::new();
    for kept in [Some(&current), next.as_ref()].into_iter().flatten() {
        let locked = words.lock(kept.unlock(&secret)?.as_bytes(), ROUNDS_FOR_WORDS)?;
        text.push_str(&secret::to_pem(&locked)?);
        text.push_str(&certificate_pem(&kept.certificate)?);
        if let Some((cross, _until)) = &kept.cross {
            text.push_str(&certificate_pem(cross)?);
        }
    }
    Ok(text)
}

/// Puts a backup in place, locked by this machine's secret. An authority that is there is kept beside it.
///
/// # Errors
///
/// When the passphrase does not open it, or it cannot be written; nothing is changed then.
pub fn restore(source: &Source, backup: &str, passphrase: &str) -> Result<String, String> {
    let words = passphrase_secret(passphrase)?;
    let secret = Secret::read_or_make(&source.secret)?;
    let mut restored = Vec::new();
    let told = |fault: String| format!("The backup cannot be used: {}.", fault.trim_end_matches('.'));
    for bundle in Bundle::each(backup).map_err(told)? {
        let kept = Kept::from_parts(bundle.keys, bundle.certificates).map_err(told)?;
        kept.signers(&words).map_err(told)?;
        let locked = secret.lock(kept.unlock(&words).map_err(told)?.as_bytes(), ROUNDS)?;
        let mut text = secret::to_pem(&locked)?.to_string();
        text.push_str(&certificate_pem(&kept.certificate)?);
        if let Some((cross, _until)) = &kept.cross {
            text.push_str(&certificate_pem(cross)?);
        }
        restored.push((text, kept));
    }
    let (_, current) = restored.first().ok_or("There is no authority in that file.")?;
    let told = format!("The authority is back; it holds until {}.", day(current.expires));
    let data = source.folder.parent().unwrap_or(&source.folder);
    create_folder(&source.folder, 0o700)
        .and_then(|()| mend(&source.folder, Rights { mode: 0o700, owner: rights(data).owner }))
        .map_err(|fault| cannot_keep(&source.folder, &fault))?;
    let _lock = lock(&source.folder)?;
    let path = current_file(&source.folder);
    match fs::read(&path) {
        Ok(before) => {
            let aside = source.folder.join("replaced.pem");
            put(&aside, &before, rights(&source.folder), Existing::Replace)
                .map_err(|fault| cannot_keep(&aside, &fault))?;
        }
        Err(fault) if fault.kind() == ErrorKind::NotFound => {}
        Err(fault) => return Err(cannot_keep(&path, &fault)),
    }
    for (path, (text, _)) in [path, next_file(&source.folder)].iter().zip(&restored) {
        put(path, text.as_bytes(), rights(&source.folder), Existing::Replace)
            .map_err(|fault| cannot_keep(path, &fault))?;
    }
    Ok(told)
}

/// What a person chose; short ones are tried through by machines.
fn passphrase_secret(passphrase: &str) -> Result<Secret, String> {
    let first = passphrase.lines().next().unwrap_or_default();
    if first.chars().count() < 16 {
        return Err("The passphrase must have at least 16 characters: four or five words that do not belong together. Whoever has this file and guesses it can pose as any site to your devices.".to_owned());
    }
    Secret::from_text(first).ok_or_else(|| "There is no passphrase.".to_owned())
}

/// Those of the folder's owner where root runs this: the service must be able to read and replace what is written.
fn rights(folder: &Path) -> Rights {
    let is_root = rustix::process::geteuid().is_root();
    let owner = fs::metadata(folder).ok().filter(|_| is_root).map(|found| (found.uid(), found.gid()));
    Rights { owner, ..Rights::PRIVATE }
}

/// Keeps service and command from replacing at once. Given back when it is dropped.
fn lock(folder: &Path) -> Result<File, String> {
    let opened = File::open(folder).and_then(|folder| folder.lock().map(|()| folder));
    opened.map_err(|fault| match fault.kind() {
        ErrorKind::NotFound => NONE_YET.to_owned(),
        _ => cannot_keep(folder, &fault),
    })
}

pub(super) fn unusable(path: &Path, fault: &str) -> String {
    format!(
        "{}: the own interception authority cannot be used: {}. Bring file and secret back from a backup, or use `holdfast inspection restore` (docs/inspection.md).",
        path.display(),
        fault.trim_end_matches('.')
    )
}

fn cannot_keep(path: &Path, fault: &std::io::Error) -> String {
    format!(
        "{}: the own interception authority cannot be kept: {fault}. Check that the account of Holdfast may write there and that the disk is not full.",
        path.display()
    )
}
