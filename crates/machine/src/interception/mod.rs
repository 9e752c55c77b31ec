//! The interception authority: what signs the certificates under which opened hosts are shown to devices (opening secure
//! pages to check them). It is not the service authority of [`crate::tls_identity`], and has another key: whoever trusts
//! it lets it stand for any site.
//!
//! It is the school's own, from files that are read again when they change, or one that is made on the first start and
//! renewed by itself. Nothing here ends the service. Where no authority can be used, none is published: the gate then
//! refuses what the policy wants opened, and never passes it unread. What is wrong is told in [`Standing::alarm`], and
//! tried again every few seconds.

mod bundle;
pub mod command;
mod own;
mod roots;
mod secret;
mod standing;

pub use own::{backup, restore, roll_over};
pub(crate) use secret::new_secret;
pub use standing::{Certificate, Signer, Standing};

use crate::{
    clock,
    files::Stamp,
    x509::{day, days_after},
};
use bundle::{Bundle, is_chain, signer, validity};
use holdfast_gateway::inspect::{Inspection, authority::Authority};
use jiff::Timestamp;
use own::{Kept, NEXT_DAYS, SWITCH_DAYS};
use roots::Roots;
use rustls::pki_types::CertificateDer;
use secret::{Secret, read_text};
use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::sync::watch;

/// Where the secret is that locks the own authority's key, unless the config says otherwise.
pub const SECRET: &str = "/etc/holdfast/interception.secret";
/// How long to wait before something is tried again that could not be used.
const AGAIN: Duration = Duration::from_secs(5);
/// A cross certificate is no longer used this long before its end, in days: certificates that are signed meanwhile shall
/// not end with it.
const CROSS_SPARE_DAYS: i32 = 1;
/// How old one must be before it takes over by itself, in whole days. A clock that is wrong for hours changes nothing.
const WAITS_DAYS: i32 = 2;

/// Where the authority comes from; see [`crate::config::Config::inspection_source`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The folder for what is made here.
    pub folder: PathBuf,
    /// What locks the own authority's key: a file outside the data folder.
    pub secret: PathBuf,
    /// The school's own authority, where the config names one.
    pub files: Option<Files>,
    /// Authorities that sites may be signed by, beside those that browsers trust.
    pub extra_roots: Vec<PathBuf>,
    /// The school's name, for people who look at a certificate.
    pub school: String,
}

/// The files of a school's own authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The issuing certificate, and after it those that lead to one which devices trust.
    pub certificate: PathBuf,
    /// The issuing one's key.
    pub key: PathBuf,
    /// A file with the key's passphrase, where it has one.
    pub passphrase: Option<PathBuf>,
}

impl Source {
    /// Every file whose change matters.
    fn watched(&self) -> Vec<PathBuf> {
        match &self.files {
            Some(files) => {
                [&files.certificate, &files.key].into_iter().chain(&files.passphrase).map(PathBuf::clone).collect()
            }
            None => vec![own::current_file(&self.folder), own::next_file(&self.folder), self.secret.clone()],
        }
    }

    fn stamps(&self) -> Vec<Stamp> {
        self.watched().iter().map(|path| Stamp::of(path)).collect()
    }
}

/// An authority that was read and found good, and what belongs to it.
struct Held {
    /// As devices are given it.
    current: Certificate,
    /// The one that waits.
    next: Option<Next>,
    /// Why the one that waits cannot be read. It is not written over: devices may have been given it.
    next_fault: Option<String>,
    /// Signs.
    own: Arc<Authority>,
    /// Signs until then, leading devices on from the authority before.
    cross: Option<(Arc<Authority>, Timestamp)>,
    /// From when until when all that is sent holds.
    validity: (Timestamp, Timestamp),
}

/// One that waits.
struct Next {
    certificate: Certificate,
    /// Whether it was made while the current one held.
    in_time: bool,
}

impl Held {
    /// Reads what is there. Nothing is made.
    fn read(source: &Source) -> Result<Option<Self>, String> {
        let Some(files) = &source.files else {
            let current = Kept::read(&own::current_file(&source.folder))?;
            return current.map(|current| Self::of_own(&current, source)).transpose();
        };
        Self::of_files(files).map(Some).map_err(|fault| {
            format!("The interception authority's files cannot be used: {}.", fault.trim_end_matches('.'))
        })
    }

    fn of_own(current: &Kept, source: &Source) -> Result<Self, String> {
        let path = own::current_file(&source.folder);
        let secret = Secret::read(&source.secret).map_err(|fault| own::unusable(&path, &fault))?;
        let signers = current.signers(&secret).map_err(|fault| own::unusable(&path, &fault))?;
        let waits = own::next_file(&source.folder);
        let next = own::read_next(source, current).and_then(|next| {
            // Found out now, while there is time, and not when it is to take over.
            let can_sign = next.as_ref().map(|next| next.signers(&secret)).transpose();
            can_sign.map_err(|fault| own::unusable(&waits, &fault))?;
            Ok(next)
        });
        let (next, next_fault) = match next {
            Ok(next) => (next, None),
            Err(fault) => (None, Some(format!("{fault} Or move it away: a new one is made in time."))),
        };
        let next = next.map(|next| {
            let in_time = next.was_made_before_the_end_of(current);
            Ok::<_, String>(Next { certificate: Certificate::new(&next.certificate)?, in_time })
        });
        Ok(Self {
            current: Certificate::new(&current.certificate)?,
            next: next.transpose()?,
            next_fault,
            own: signers.own,
            cross: signers.cross,
            validity: (current.begins, current.expires),
        })
    }

    fn of_files(files: &Files) -> Result<Self, String> {
        let text = read_text(&files.certificate)?;
        let named = |path: &Path, fault: String| format!("{}: {fault}", path.display());
        let certificates = Bundle::from_pem(&text).map_err(|fault| named(&files.certificate, fault))?.certificates;
        let top: CertificateDer<'static> = certificates
            .last()
            .cloned()
            .ok_or_else(|| named(&files.certificate, "there is no certificate in it".to_owned()))?;
        let keys = Bundle::from_pem(&read_text(&files.key)?).map_err(|fault| named(&files.key, fault))?.keys;
        let key = keys.first().ok_or_else(|| named(&files.key, "there is no private key in it".to_owned()))?;
        let passphrase = files.passphrase.as_deref().map(Secret::read).transpose()?;
        is_chain(&certificates).map_err(|fault| named(&files.certificate, fault))?;
        let validity = validity(&certificates).map_err(|fault| named(&files.certificate, fault))?;
        let own = signer(certificates, key, passphrase.as_ref()).map_err(|fault| named(&files.key, fault))?;
        Ok(Self { current: Certificate::new(&top)?, next: None, next_fault: None, own, cross: None, validity })
    }

    fn holds(&self, now: Timestamp) -> bool {
        self.validity.0 <= now && now < self.validity.1
    }

    /// What signs now; nothing outside its time.
    fn signing(&self, now: Timestamp) -> Option<&Arc<Authority>> {
        let cross = self.cross.as_ref().filter(|(_, until)| now < days_after(*until, -CROSS_SPARE_DAYS));
        self.holds(now).then(|| cross.map_or(&self.own, |(cross, _)| cross))
    }

    /// When the one that waits takes over: not before it is old enough, and while devices are still being led on from the
    /// one before, as late as may be: it can lead them no second step.
    fn switches(&self, next: &Next) -> Timestamp {
        let end = self.validity.1;
        let before = self.cross.as_ref().map_or(Timestamp::MIN, |(_, until)| *until);
        days_after(end, -SWITCH_DAYS)
            .max(Kept::is_old(next.certificate.begins, WAITS_DAYS))
            .max(before.min(days_after(end, -standing::URGENT_DAYS)))
    }

    /// What is to be done now to an authority of our own.
    fn due(&self, now: Timestamp) -> Due {
        // A clock from before this was written tells nothing.
        if now < clock::WRITTEN || now < self.validity.0 || now < days_after(self.validity.1, -NEXT_DAYS) {
            return Due::Nothing;
        }
        match &self.next {
            // One from a future that never came helps nobody.
            None if self.next_fault.is_some() => Due::Nothing,
            None => Due::Make,
            Some(next) if next.certificate.begins > now => Due::Make,
            Some(next) if next.in_time && now >= self.switches(next) => Due::Switch,
            Some(_) => Due::Nothing,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    Nothing,
    Make,
    Switch,
}

/// The authority as it signs now, and what is needed to renew it.
pub struct Interception {
    source: Source,
    roots: Roots,
    current: watch::Sender<Option<Arc<Authority>>>,
    held: Option<Held>,
    /// The files as they were when they were last read.
    seen: Vec<Stamp>,
    /// When something was last tried that could not be done.
    tried: Timestamp,
    /// Why what is in the files cannot be used, or not be renewed.
    fault: Option<String>,
}

impl fmt::Debug for Interception {
    /// Without keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interception").field("folder", &self.source.folder).finish_non_exhaustive()
    }
}

impl Interception {
    /// Loads the authority, or makes one.
    ///
    /// # Errors
    ///
    /// When an authority under `extra_roots` cannot be read; that the own authority cannot be used is no fault here.
    pub fn open(source: Source) -> Result<Self, String> {
        Self::open_at(source, Timestamp::now())
    }

    fn open_at(source: Source, now: Timestamp) -> Result<Self, String> {
        let roots = Roots::read(&source.extra_roots)?;
        let current = watch::Sender::new(None);
        let mut opened = Self { source, roots, current, held: None, seen: Vec::new(), tried: now, fault: None };
        opened.read(now);
        opened.publish(now);
        Ok(opened)
    }

    /// What the gate opens connections with: the authority, replaced when it changes and absent while there is none that
    /// can be used, and whom sites may be signed by.
    pub fn inspection(&self) -> Inspection {
        Inspection { authority: self.current.subscribe(), roots: Arc::clone(&self.roots.store) }
    }

    /// Reads changed files again, and renews an own authority. To be called every few seconds, where it may block on the
    /// disk.
    pub fn look(&mut self) {
        self.look_at(Timestamp::now());
    }

    fn look_at(&mut self, now: Timestamp) {
        self.roots.look();
        let again = self.fault.is_some() && now.duration_since(self.tried).unsigned_abs() >= AGAIN;
        if self.seen != self.source.stamps() || again {
            self.tried = now;
            self.read(now);
        }
        if self.source.files.is_none() && self.fault.is_none() {
            self.renew(now);
        }
        self.publish(now);
    }

    fn read(&mut self, now: Timestamp) {
        // Before reading, so that a change meanwhile is seen the next time.
        self.seen = self.source.stamps();
        let read = match Held::read(&self.source) {
            // To make another would cut off every device. A start does, when a person wants that.
            Ok(None) if self.held.is_some() => Err(own::unusable(
                &own::current_file(&self.source.folder),
                "the file was taken away while the service ran",
            )),
            Ok(None) => own::open_or_make(&self.source, now).and_then(|made| {
                self.seen = self.source.stamps();
                Held::of_own(&made, &self.source).map(Some)
            }),
            other => other,
        };
        match read {
            Ok(Some(held)) if !held.holds(now) && self.held.as_ref().is_some_and(|before| before.holds(now)) => {
                let (begins, expires) = held.validity;
                self.fault = Some(format!(
                    "The interception authority in its files holds from {} to {} only, so the one from before signs on.",
                    day(begins),
                    day(expires)
                ));
            }
            Ok(held) => {
                self.held = held;
                self.fault = None;
            }
            Err(fault) => {
                let on = if self.held.is_some() { " The one from before signs on." } else { "" };
                self.fault = Some(format!("{fault}{on}"));
            }
        }
    }

    fn renew(&mut self, now: Timestamp) {
        let done = match self.held.as_ref().map_or(Due::Nothing, |held| held.due(now)) {
            Due::Nothing => return,
            Due::Make => own::make_next(&self.source, now),
            Due::Switch => own::switch(&self.source, now),
        };
        self.tried = now;
        match done {
            Ok(()) => self.read(now),
            Err(fault) => self.fault = Some(fault),
        }
    }

    fn publish(&mut self, now: Timestamp) {
        let wanted = self.held.as_ref().and_then(|held| held.signing(now));
        self.current.send_if_modified(|shown| {
            let is_same = shown.as_ref().map(Arc::as_ptr) == wanted.map(Arc::as_ptr);
            if !is_same {
                *shown = wanted.cloned();
            }
            !is_same
        });
    }

    /// How it stands.
    pub fn standing(&self) -> Standing {
        self.standing_at(Timestamp::now())
    }

    fn standing_at(&self, now: Timestamp) -> Standing {
        let alarms = [self.fault.clone(), self.roots.alarm.clone()];
        standing::of(self.held.as_ref(), self.source.files.is_some(), alarms, now)
    }
}

/// How the authority stands, without changing or making anything: for the doctor and for `holdfast inspection show`.
/// `None` where an own one is to be made at the first start.
pub fn examine(source: &Source, now: Timestamp) -> Option<Standing> {
    let roots = roots_fault(source);
    let (held, fault) = match Held::read(source) {
        Ok(None) => return None,
        Ok(held) => (held, None),
        Err(fault) => (None, Some(fault)),
    };
    Some(standing::of(held.as_ref(), source.files.is_some(), [fault, roots], now))
}

/// What is wrong with the files under `extra_roots`, with which the service does not start; for the doctor.
pub(crate) fn roots_fault(source: &Source) -> Option<String> {
    roots::store(&source.extra_roots).err()
}

/// The certificate that devices are to trust, or the next one; also where its key cannot be opened.
///
/// # Errors
///
/// When there is none.
pub fn certificate(source: &Source, is_next: bool) -> Result<Certificate, String> {
    if let Some(files) = source.files.as_ref().filter(|_| !is_next) {
        return Held::of_files(files).map(|held| held.current);
    }
    let current = Kept::read(&own::current_file(&source.folder))?.ok_or(own::NONE_YET)?;
    let found = if is_next {
        own::read_next(source, &current)?.ok_or_else(|| {
            format!(
                "No authority waits to take over. One is made {NEXT_DAYS} days before the present one ends, which is on {}.",
                day(current.expires)
            )
        })?
    } else {
        current
    };
    Certificate::new(&found.certificate)
}

#[cfg(test)]
mod tests;
