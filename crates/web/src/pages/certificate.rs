//! The school's certificate for opening secure pages: what it means, how to be sure that it is the right one, and how
//! devices are given it. All of it is public: the certificate shows nothing secret.

use super::{Frame, Here, render};
use crate::{
    glance::Seen,
    sources::{CertificateShown, InspectionHealth, Sources},
    visit::Visit,
    words,
};
use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use jiff::{Timestamp, tz::TimeZone};
use qrcode::{EcLevel, QrCode, render::svg};

#[derive(Template)]
#[template(path = "certificate/certificate.html")]
struct CertificatePage {
    frame: Frame,
    current: Shown,
    next: Option<Shown>,
    /// When the next one takes over, where that is known.
    switches: Option<String>,
    /// The page's own address, for other devices.
    address: Option<String>,
}

/// A certificate as the page shows it.
#[derive(Debug)]
struct Shown {
    name: String,
    /// The fingerprint in lines that are easily compared.
    fingerprint: Vec<String>,
    expires: String,
}

impl Shown {
    fn new(certificate: &CertificateShown, zone: &TimeZone) -> Self {
        Self {
            name: certificate.name.clone(),
            fingerprint: lines(&certificate.fingerprint),
            expires: words::day(certificate.expires, zone),
        }
    }
}

/// Eight pairs a line.
fn lines(fingerprint: &str) -> Vec<String> {
    let pairs: Vec<_> = fingerprint.split(':').collect();
    pairs.chunks(8).map(|line| line.join(" ")).collect()
}

/// An Apple configuration profile.
#[derive(Template)]
#[template(path = "certificate/profile.xml")]
struct Profile {
    school: String,
    identifier: String,
    uuid: String,
    certificates: Vec<Payload>,
}

struct Payload {
    name: String,
    identifier: String,
    uuid: String,
    /// In Base64.
    content: String,
}

/// What a page or file of the certificate is made from, or the answer where it cannot be.
fn held<'a>(
    visit: &Visit<'_>,
    seen: Option<&'a Seen>,
) -> Result<(&'a InspectionHealth, &'a CertificateShown), Box<Response>> {
    let fault = |status| Box::new(super::errors::page(visit.sources, status));
    let seen = seen.ok_or_else(|| fault(StatusCode::SERVICE_UNAVAILABLE))?;
    let inspection = seen.health.inspection.as_ref().ok_or_else(|| fault(StatusCode::NOT_FOUND))?;
    let current = inspection.current.as_ref().ok_or_else(|| fault(StatusCode::NOT_FOUND))?;
    Ok((inspection, current))
}

/// The page.
pub(crate) fn page(visit: &Visit<'_>, seen: Option<&Seen>) -> Response {
    let (inspection, current) = match held(visit, seen) {
        Ok(held) => held,
        Err(answer) => return *answer,
    };
    let zone = &visit.sources.school.zone;
    let day = |at: Timestamp| words::day(at, zone);
    let page = CertificatePage {
        frame: Frame::open(visit, Here::Nowhere),
        current: Shown::new(current, zone),
        next: inspection.next.as_ref().map(|next| Shown::new(next, zone)),
        switches: inspection.switches.filter(|_| inspection.next.is_some()).map(day),
        address: address(visit.sources),
    };
    render(StatusCode::OK, &page)
}

/// The certificate in DER.
pub(crate) fn der(visit: &Visit<'_>, seen: Option<&Seen>) -> Response {
    match held(visit, seen) {
        Ok((_, current)) => file(DER, "holdfast-certificate.crt", current.der.to_vec()),
        Err(answer) => *answer,
    }
}

/// The certificate in PEM.
pub(crate) fn pem(visit: &Visit<'_>, seen: Option<&Seen>) -> Response {
    match held(visit, seen) {
        Ok((_, current)) => file(PEM, "holdfast-certificate.pem", current.pem.as_bytes().to_vec()),
        Err(answer) => *answer,
    }
}

/// The next certificate in DER.
pub(crate) fn next_der(visit: &Visit<'_>, seen: Option<&Seen>) -> Response {
    match held(visit, seen) {
        Ok((InspectionHealth { next: Some(next), .. }, _)) => {
            file(DER, "holdfast-certificate-next.crt", next.der.to_vec())
        }
        Ok(_) => super::errors::page(visit.sources, StatusCode::NOT_FOUND),
        Err(answer) => *answer,
    }
}

/// The next certificate in PEM.
pub(crate) fn next_pem(visit: &Visit<'_>, seen: Option<&Seen>) -> Response {
    match held(visit, seen) {
        Ok((InspectionHealth { next: Some(next), .. }, _)) => {
            file(PEM, "holdfast-certificate-next.pem", next.pem.as_bytes().to_vec())
        }
        Ok(_) => super::errors::page(visit.sources, StatusCode::NOT_FOUND),
        Err(answer) => *answer,
    }
}

/// The profile for Apple's devices, with the next certificate too where there is one.
pub(crate) fn profile(visit: &Visit<'_>, seen: Option<&Seen>) -> Response {
    let (inspection, current) = match held(visit, seen) {
        Ok(held) => held,
        Err(answer) => return *answer,
    };
    // What XML 1.0 §2.2 does not allow even when escaped is left out.
    let school = visit.sources.school.name.chars().filter(|sign| !sign.is_control()).collect();
    let certificates: Vec<_> = [Some(current), inspection.next.as_ref()].into_iter().flatten().map(payload).collect();
    let digits = digits(&current.fingerprint);
    let profile = Profile {
        school,
        identifier: format!("holdfast.profile.{}", digits.get(..16).unwrap_or_default()),
        uuid: uuid(digits.get(..32).unwrap_or_default()),
        certificates,
    };
    match profile.render() {
        Ok(text) => file("application/x-apple-aspen-config", "holdfast.mobileconfig", text.into_bytes()),
        Err(_) => super::errors::page(visit.sources, StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// The page's own address as a picture for the camera of another device.
pub(crate) fn code(visit: &Visit<'_>, seen: Option<&Seen>) -> Response {
    if let Err(answer) = held(visit, seen) {
        return *answer;
    }
    let code = address(visit.sources).and_then(|address| QrCode::with_error_correction_level(address, EcLevel::M).ok());
    let Some(code) = code else { return super::errors::page(visit.sources, StatusCode::NOT_FOUND) };
    let picture = code.render::<svg::Color<'_>>().module_dimensions(6, 6).build();
    ([(header::CONTENT_TYPE, "image/svg+xml")], picture).into_response()
}

/// The page's address on our own origin; `None` where the school has set none that other devices could use.
fn address(sources: &Sources) -> Option<String> {
    let origin = sources.settings.own_origin.trim_end_matches('/');
    (!origin.is_empty()).then(|| format!("{origin}/certificate"))
}

const DER: &str = "application/x-x509-ca-cert";
const PEM: &str = "application/x-pem-file";

fn file(kind: &'static str, name: &str, bytes: Vec<u8>) -> Response {
    let mut response = ([(header::CONTENT_TYPE, kind)], bytes).into_response();
    if let Ok(disposition) = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

fn payload(certificate: &CertificateShown) -> Payload {
    let digits = digits(&certificate.fingerprint);
    Payload {
        name: certificate.name.chars().filter(|sign| !sign.is_control()).collect(),
        identifier: format!("holdfast.certificate.{}", digits.get(..16).unwrap_or_default()),
        uuid: uuid(digits.get(32..).unwrap_or_default()),
        content: BASE64.encode(&certificate.der),
    }
}

fn digits(fingerprint: &str) -> String {
    fingerprint.chars().filter(char::is_ascii_hexdigit).map(|digit| digit.to_ascii_uppercase()).collect()
}

/// A UUID made from 32 digits, marked as one of our own making (RFC 9562 §5.8): the same certificate has the same one, so
/// that a newer profile takes an older one's place.
fn uuid(digits: &str) -> String {
    let mut uuid = String::with_capacity(36);
    for (place, digit) in digits.chars().take(32).enumerate() {
        if matches!(place, 8 | 12 | 16 | 20) {
            uuid.push('-');
        }
        uuid.push(match place {
            12 => '8',
            16 => ['8', '9', 'A', 'B'][digit.to_digit(16).unwrap_or_default() as usize % 4],
            _ => digit,
        });
    }
    uuid
}
