//! Certificates as both authorities read and tell them.

use jiff::{Span, Timestamp, ToSpan as _, tz::TimeZone};
use rustls::pki_types::CertificateDer;
use sha2::{Digest as _, Sha256};
use x509_parser::{certificate::X509Certificate, prelude::FromDer as _};

/// Reads one certificate.
pub(crate) fn parse<'a>(der: &'a CertificateDer<'_>) -> Result<X509Certificate<'a>, String> {
    match X509Certificate::from_der(der) {
        Ok((_rest, certificate)) => Ok(certificate),
        Err(fault) => Err(format!("the certificate cannot be read: {fault}")),
    }
}

/// A certificate's moment; one beyond the calendar is its end.
pub(crate) fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

/// Its SHA-256 sum, as systems show it: pairs of hexadecimal digits with colons.
pub(crate) fn fingerprint(der: &[u8]) -> String {
    let pairs: Vec<String> = Sha256::digest(der).iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

/// A day for people, by the world's clock.
pub(crate) fn day(moment: Timestamp) -> String {
    moment.to_zoned(TimeZone::UTC).strftime("%-d %B %Y").to_string()
}

/// A moment so many days later; before, where they are negative.
pub(crate) fn days_after(moment: Timestamp, days: i32) -> Timestamp {
    let end = if days < 0 { Timestamp::MIN } else { Timestamp::MAX };
    moment.saturating_add((i64::from(days) * 24).hours()).unwrap_or(end)
}

/// Year, month and day of a moment with some days or years added.
pub(crate) fn calendar(moment: Timestamp, more: Span) -> (i32, u8, u8) {
    let date = moment.to_zoned(TimeZone::UTC).date().saturating_add(more);
    let number = |value: i8| u8::try_from(value).unwrap_or(1);
    (i32::from(date.year()), number(date.month()), number(date.day()))
}
