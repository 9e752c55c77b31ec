//! How the interception authority stands, in words.

use super::{Held, NEXT_DAYS, SWITCH_DAYS, bundle};
use crate::x509::{day, days_after, fingerprint, parse};
use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use std::{fmt, sync::Arc};

/// So many days before its end it is urgent.
pub(super) const URGENT_DAYS: i32 = 14;

/// An authority's certificate, as devices are given it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Its name, as systems show it.
    pub name: String,
    /// Its SHA-256 sum, as systems show it: pairs of hexadecimal digits with colons.
    pub fingerprint: String,
    /// From when on it holds.
    pub begins: Timestamp,
    /// Until when it holds.
    pub expires: Timestamp,
    /// In PEM.
    pub pem: Arc<str>,
    /// In DER.
    pub der: Arc<[u8]>,
}

impl Certificate {
    pub(super) fn new(certificate: &CertificateDer<'_>) -> Result<Self, String> {
        let (begins, expires) = bundle::validity(std::slice::from_ref(certificate))?;
        Ok(Self {
            name: parse(certificate)?.subject().to_string(),
            fingerprint: fingerprint(certificate),
            begins,
            expires,
            pem: bundle::certificate_pem(certificate)?.into(),
            der: certificate.as_ref().into(),
        })
    }
}

/// Whose authority it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signer {
    /// The school's, from the config's files.
    School,
    /// One that was made here.
    Own,
}

/// How the interception authority stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Whose it is.
    pub signer: Signer,
    /// Whether connections can be opened now. Where not, what the policy wants opened is refused.
    pub opens: bool,
    /// What devices must trust.
    pub current: Option<Certificate>,
    /// What devices are to be given now, because it takes over.
    pub next: Option<Certificate>,
    /// When the next one takes over.
    pub switches: Option<Timestamp>,
    /// Until when devices that trust only the authority before are led on to this one.
    pub before_until: Option<Timestamp>,
    /// Until when it holds.
    pub expires: Option<Timestamp>,
    /// What is wrong, in words, with what to do.
    pub alarm: Option<String>,
}

impl fmt::Display for Standing {
    /// For a person, on several lines.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whose = match self.signer {
            Signer::School => "the school's own, from the config's files",
            Signer::Own => "made by this program",
        };
        writeln!(f, "The interception authority is {whose}.")?;
        let certificate = |f: &mut fmt::Formatter<'_>, title: &str, certificate: &Certificate| {
            writeln!(f, "{title}: {}", certificate.name)?;
            writeln!(f, "  SHA-256 fingerprint: {}", certificate.fingerprint)?;
            writeln!(f, "  holds from {} until {}", day(certificate.begins), day(certificate.expires))
        };
        if let Some(current) = &self.current {
            certificate(f, "Devices must trust", current)?;
        }
        if let Some(before) = self.before_until {
            writeln!(f, "  devices that have only the one before trust it as well, until {}", day(before))?;
        }
        if let Some(next) = &self.next {
            certificate(f, "Next", next)?;
            if let Some(switches) = self.switches {
                writeln!(f, "  takes over on {}", day(switches))?;
            }
        }
        let opens = if self.opens {
            "Connections can be opened where the policy says so."
        } else {
            "No connection can be opened: what the policy wants opened is refused."
        };
        write!(f, "{opens}")?;
        self.alarm.as_ref().map_or(Ok(()), |alarm| write!(f, "\n{alarm}"))
    }
}

/// What is told of what was read.
pub(super) fn of(
    held: Option<&Held>,
    is_school: bool,
    faults: impl IntoIterator<Item = Option<String>>,
    now: Timestamp,
) -> Standing {
    let next = held.and_then(|held| held.next.as_ref());
    let switches = held.zip(next).filter(|(_, next)| next.in_time).map(|(held, next)| held.switches(next));
    let before = held.and_then(|held| held.cross.as_ref()).map(|(_, until)| *until).filter(|until| now < *until);
    let alarms: Vec<String> = faults
        .into_iter()
        .chain(held.map(|held| held.next_fault.clone()))
        .chain(held.map(|held| ending(held, is_school, now)))
        .chain([before.and_then(|until| before_ends(until, now))])
        .flatten()
        .collect();
    Standing {
        signer: if is_school { Signer::School } else { Signer::Own },
        opens: held.is_some_and(|held| held.holds(now)),
        current: held.map(|held| held.current.clone()),
        next: next.map(|next| next.certificate.clone()),
        switches,
        before_until: before,
        expires: held.map(|held| held.validity.1),
        alarm: (!alarms.is_empty()).then(|| alarms.join(" ")),
    }
}

/// What is to be said of its beginning and its end.
fn ending(held: &Held, is_school: bool, now: Timestamp) -> Option<String> {
    let (begins, expires) = held.validity;
    let renew = if is_school {
        "Put a new authority and its key into the files that the config names under `[inspection]`, and hand it out to all devices first; the files are read without a restart."
    } else {
        match &held.next {
            Some(next) if next.in_time => {
                "The next authority is there: hand it out to all devices now (`holdfast inspection export --next`)."
            }
            Some(_) => {
                "A new authority is there: hand it out to all devices (`holdfast inspection export --next`), then let it take over (`holdfast inspection roll-over`)."
            }
            None => "The next authority is made by itself while the service runs.",
        }
    };
    let refused = "Nothing is opened; what the policy wants opened is refused.";
    if now < begins {
        Some(format!(
            "The interception authority holds from {} on only. {refused} Check this computer's clock; if it is right now and was wrong then, type `holdfast inspection roll-over`: it goes back to the authority before where that still holds, and makes a new one otherwise.",
            day(begins)
        ))
    } else if expires <= now {
        Some(format!("The interception authority ended on {}. {refused} {renew}", day(expires)))
    } else if expires <= days_after(now, URGENT_DAYS) {
        Some(format!(
            "Urgent: the interception authority ends on {}, and then nothing is opened. {renew}",
            day(expires)
        ))
    } else if expires <= days_after(now, SWITCH_DAYS) {
        Some(format!("The interception authority ends in less than two months, on {}. {renew}", day(expires)))
    } else if expires <= days_after(now, NEXT_DAYS) {
        Some(format!("The interception authority ends on {}. {renew}", day(expires)))
    } else {
        None
    }
}

/// What is to be said of the end of the authority before, which some device may still have alone.
fn before_ends(until: Timestamp, now: Timestamp) -> Option<String> {
    (until <= days_after(now, SWITCH_DAYS)).then(|| {
        format!(
            "The interception authority before ends on {}: a device that was given only that one then shows certificate errors. Give every device the present one (`holdfast inspection export`).",
            day(until)
        )
    })
}
