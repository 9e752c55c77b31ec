//! The own authority on the disk: made once, renewed long before it ends, and replaced in steps of which each may be the
//! last before a power cut.
//!
//! `current.pem` has the locked key, the authority's certificate, and where one was before it, a second certificate for
//! the same key, signed by that one (a cross certificate). A device that trusts only the authority before is led to it by
//! that. `next.pem` waits to be handed out to devices. Nothing that devices may trust is ever written over: `previous-….pem`
//! were in force, `replaced-….pem` gave way to a backup, and `ahead-….pem` are from a clock that was wrong.

use super::{
    Source,
    bundle::{Bundle, Key, certificate_pem, is_signed_by, signer, validity},
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
    fs::{self, File, TryLockError},
    io::ErrorKind,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};
use x509_parser::x509::AttributeTypeAndValue;

/// How long an authority holds, in years: shorter than a device is kept, long enough to hand out the next one.
const YEARS: i32 = 3;
/// How many days before its end the next one is made, to be handed out.
pub(super) const NEXT_DAYS: i32 = 180;
/// How many days before its end the next one takes over.
pub(super) const SWITCH_DAYS: i32 = 60;
/// How often a folder is tried where another has it, and how long is waited in between: three seconds in all.
const TRIES: (u32, Duration) = (30, Duration::from_millis(100));

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

    /// From when on it is certainly so many whole days old. It says that it begins at the midnight before the day before
    /// it was made, so it may have been made up to two days after that.
    pub(super) fn is_old(begins: Timestamp, days: i32) -> Timestamp {
        days_after(begins, 2 + days)
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
    let secret = Secret::read_or_make(&source.secret, Rights::PRIVATE)?;
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
    // Where one is there, its day lies ahead; devices may have been given it all the same.
    put_aside(&source.folder, &path, "ahead")?;
    let text = make(&source.school, &Secret::read(&source.secret)?, now)?;
    put(&path, text.as_bytes(), rights(&source.folder), Existing::Replace).map_err(|fault| cannot_keep(&path, &fault))
}

/// The one that waits takes over.
pub(super) fn switch(source: &Source, now: Timestamp) -> Result<(), String> {
    let _lock = lock(&source.folder)?;
    switch_locked(source, now)
}

/// Makes the next one where none waits that holds, and lets it take over. Where the one in force is from a clock that was
/// ahead, the one before comes back, if it holds.
///
/// # Errors
///
/// When there is nothing to roll over, when devices are still being led on from the one before, or when it cannot be
/// written; the text says what to do. The authority in force is then as it was.
pub fn roll_over(source: &Source, now: Timestamp) -> Result<String, String> {
    if source.files.is_some() {
        return Err("The authority is the school's own, from the files that the config names. Put the new one into these files; they are read without a restart.".to_owned());
    }
    let _lock = lock(&source.folder)?;
    let current = Kept::read(&current_file(&source.folder))?.ok_or(NONE_YET)?;
    if now < current.begins {
        if let Some(told) = go_back(source, &current, now)? {
            return Ok(told);
        }
    } else if let Some((_, until)) = current.cross.as_ref().filter(|(_, until)| now < *until) {
        // One certificate leads from one authority to the next, and none leads two steps on.
        return Err(format!(
            "The present authority took over from another, and devices that have only that one are led on until {}. Another roll-over before then would cut these off, so nothing was done. Where the key may be known to somebody, a roll-over is not enough (docs/inspection.md, “The key, and who could misuse it”).",
            day(*until)
        ));
    }
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
    put_aside(&source.folder, &current_path, PREVIOUS)?;
    put(&current_path, text.as_bytes(), rights(&source.folder), Existing::Replace)
        .map_err(|fault| cannot_keep(&current_path, &fault))?;
    fs::remove_file(&next_path).map_err(|fault| cannot_keep(&next_path, &fault))
}

/// How the files of those begin that were in force.
const PREVIOUS: &str = "previous";

/// Puts the authority back that the present one, whose day lies ahead, took over from: while the clock was wrong, that
/// one's time seemed to be over. `None` where there is none that holds and can sign. Only a person may do this: by itself
/// it would be done as well where the clock is wrong now.
fn go_back(source: &Source, current: &Kept, now: Timestamp) -> Result<Option<String>, String> {
    let Some((cross, _until)) = &current.cross else { return Ok(None) };
    let secret = Secret::read(&source.secret)?;
    let entries = fs::read_dir(&source.folder).map_err(|fault| cannot_keep(&source.folder, &fault))?;
    let names = entries.flatten().map(|entry| entry.path());
    let previous =
        names.filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREVIOUS)));
    for path in previous {
        // One that is damaged or locked by another secret is passed over: it can lead nobody on.
        let Ok(Some(before)) = Kept::read(&path) else { continue };
        let holds = before.begins <= now && now < before.expires;
        if holds && is_signed_by(cross, &before.certificate)? && before.signers(&secret).is_ok() {
            let text = secret::read_text(&path)?;
            let current_path = current_file(&source.folder);
            put_aside(&source.folder, &current_path, "ahead")?;
            put(&current_path, text.as_bytes(), rights(&source.folder), Existing::Replace)
                .map_err(|fault| cannot_keep(&current_path, &fault))?;
            return Ok(Some(format!(
                "The authority before is in force again, and holds until {}: the one that had taken over was made while this computer's clock was ahead. Devices need nothing new. Check that the clock is right now.",
                day(before.expires)
            )));
        }
    }
    Ok(None)
}

/// Keeps a copy of a file under a name of its own, which no other content ever gets. Nothing is done where there is no
/// such file.
fn put_aside(folder: &Path, path: &Path, word: &str) -> Result<(), String> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(fault) if fault.kind() == ErrorKind::NotFound => return Ok(()),
        Err(fault) => return Err(cannot_keep(path, &fault)),
    };
    let mark: String = fingerprint(&bytes).chars().filter(|digit| *digit != ':').take(16).collect();
    let aside = folder.join(format!("{word}-{mark}.pem"));
    match put(&aside, &bytes, rights(folder), Existing::Keep) {
        // The name is the content's, so it was put aside before.
        Err(fault) if fault.kind() != ErrorKind::AlreadyExists => Err(cannot_keep(&aside, &fault)),
        Ok(()) | Err(_) => Ok(()),
    }
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
    if source.files.is_some() {
        return Err("The authority is the school's own, from the files that the config names. Back up these files; Holdfast has no authority of its own in force.".to_owned());
    }
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

/// Puts a backup in place, locked by this machine's secret. Authorities that are there are kept beside it.
///
/// # Errors
///
/// When the passphrase does not open it, or it cannot be written; nothing is changed then.
pub fn restore(source: &Source, backup: &str, passphrase: &str) -> Result<String, String> {
    if source.files.is_some() {
        return Err("The authority is the school's own, from the files that the config names, so a backup put in place would not be used. Bring these files back; or take `certificate` and `key` out of the config first.".to_owned());
    }
    let words = passphrase_secret(passphrase)?;
    let told = |fault: String| format!("The backup cannot be used: {}.", fault.trim_end_matches('.'));
    let mut opened = Vec::new();
    for bundle in Bundle::each(backup).map_err(told)? {
        let kept = Kept::from_parts(bundle.keys, bundle.certificates).map_err(told)?;
        kept.signers(&words).map_err(told)?;
        opened.push(kept);
    }
    let data = source.folder.parent().unwrap_or(&source.folder);
    let secret = Secret::read_or_make(&source.secret, secret_rights(data))?;
    let mut restored = Vec::new();
    for kept in opened {
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
    create_folder(&source.folder, 0o700)
        .and_then(|()| mend(&source.folder, Rights { mode: 0o700, owner: rights(data).owner }))
        .map_err(|fault| cannot_keep(&source.folder, &fault))?;
    let _lock = lock(&source.folder)?;
    let (current_path, next_path) = (current_file(&source.folder), next_file(&source.folder));
    let was_current =
        Kept::read(&current_path).ok().flatten().is_some_and(|was| was.certificate == current.certificate);
    put_aside(&source.folder, &current_path, "replaced")?;
    put_aside(&source.folder, &next_path, "replaced")?;
    // What waits belongs to what was in force. After another it would take over from one that it has nothing to do with.
    if !was_current && next_path.exists() {
        fs::remove_file(&next_path).map_err(|fault| cannot_keep(&next_path, &fault))?;
    }
    for (path, (text, _)) in [current_path, next_path].iter().zip(&restored) {
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

/// Of a secret that is made for the service, as `holdfast install` makes it: root runs this, and the service reads it.
fn secret_rights(data: &Path) -> Rights {
    rights(data).owner.map_or(Rights::PRIVATE, |(_, group)| Rights { mode: 0o640, owner: Some((0, group)) })
}

/// Keeps service and command from replacing at once. Given back when it is dropped.
fn lock(folder: &Path) -> Result<File, String> {
    let opened = File::open(folder).map_err(|fault| match fault.kind() {
        ErrorKind::NotFound => NONE_YET.to_owned(),
        _ => cannot_keep(folder, &fault),
    })?;
    let (tries, pause) = TRIES;
    for _ in 0..tries {
        match opened.try_lock() {
            Ok(()) => return Ok(opened),
            Err(TryLockError::WouldBlock) => thread::sleep(pause),
            Err(TryLockError::Error(fault)) => return Err(cannot_keep(folder, &fault)),
        }
    }
    Err(format!(
        "{}: another command or the service is replacing the interception authority and does not end. Nothing was done; try it again.",
        folder.display()
    ))
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
