//! What can go wrong with a site's TLS: a short code for events, and words for whoever wanted to go there.

use holdfast_core::wording::Words;
use rustls::{AlertDescription, CertificateError, Error, OtherError};
use std::io;

/// Why there is no TLS with a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TlsFault {
    /// The site did not prove that it is the one asked for. Never passed over, by nobody.
    Certificate(CertificateFault),
    /// It wants to see a certificate of the visitor's, which the filter has not.
    ClientCertificate,
    /// It knows no version of TLS, cipher or protocol that we take.
    NothingInCommon,
    /// It ended the handshake with an alert that says nothing closer.
    Alert,
    /// What it sent is no TLS, or breaks its rules.
    Protocol,
    /// It did not come to an end in time, or the connection broke off.
    Broken(io::ErrorKind),
}

/// What is wrong with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CertificateFault {
    /// It has run out.
    Expired,
    /// It is not valid yet.
    NotYetValid,
    /// It is for another name.
    WrongName,
    /// No authority that is trusted here has signed it, or it has signed itself.
    UnknownAuthority,
    /// It, or one that leads to it, may not be used for web sites.
    WrongUse,
    /// It is an authority's own, made to sign others.
    OfAuthority,
    /// Who signed it may not sign, or not for this name, or not over so many steps.
    BeyondAuthority,
    /// It was called back.
    Revoked,
    /// Its signature is not right.
    BadSignature,
    /// It is signed in a way that is no longer safe, or that is not known here.
    Weak,
    /// It cannot be read, or demands what is not known here.
    Malformed,
}

impl CertificateFault {
    fn of(error: &CertificateError) -> Self {
        use CertificateError as E;
        match error {
            E::Expired | E::ExpiredContext { .. } => Self::Expired,
            E::NotValidYet | E::NotValidYetContext { .. } => Self::NotYetValid,
            E::NotValidForName | E::NotValidForNameContext { .. } => Self::WrongName,
            E::UnknownIssuer => Self::UnknownAuthority,
            E::InvalidPurpose | E::InvalidPurposeContext { .. } => Self::WrongUse,
            E::Revoked => Self::Revoked,
            E::BadSignature => Self::BadSignature,
            E::UnsupportedSignatureAlgorithmContext { .. }
            | E::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => Self::Weak,
            E::Other(OtherError(inner)) => inner.downcast_ref().map_or(Self::Malformed, Self::of_path),
            // Also what later versions of rustls may find.
            _ => Self::Malformed,
        }
    }

    /// Faults for which rustls has no word of its own.
    fn of_path(error: &webpki::Error) -> Self {
        use webpki::Error as E;
        match error {
            E::CaUsedAsEndEntity => Self::OfAuthority,
            E::EndEntityUsedAsCa | E::NameConstraintViolation | E::PathLenConstraintViolated => Self::BeyondAuthority,
            _ => Self::Malformed,
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::Expired => "certificate-expired",
            Self::NotYetValid => "certificate-not-yet-valid",
            Self::WrongName => "certificate-wrong-name",
            Self::UnknownAuthority => "certificate-unknown-authority",
            Self::WrongUse => "certificate-wrong-use",
            Self::OfAuthority => "certificate-of-authority",
            Self::BeyondAuthority => "certificate-beyond-authority",
            Self::Revoked => "certificate-revoked",
            Self::BadSignature => "certificate-bad-signature",
            Self::Weak => "certificate-weak",
            Self::Malformed => "certificate-malformed",
        }
    }

    /// What is wrong, and what the person may try besides what always holds.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Expired => (
                "Its certificate has run out.",
                "Try again tomorrow. If many sites say this, the clock of the school's filter may be wrong: tell the technician.",
            ),
            Self::NotYetValid => (
                "Its certificate is not valid yet.",
                "Try again later. If many sites say this, the clock of the school's filter may be wrong: tell the technician.",
            ),
            Self::WrongName => {
                ("Its certificate belongs to a site with another name.", "Check the address for spelling mistakes.")
            }
            Self::UnknownAuthority => (
                "Nobody whom the school trusts has signed its certificate.",
                "If it is a site of the school's own, the technician can have it trusted.",
            ),
            Self::WrongUse => ("Its certificate was not made for web sites.", ""),
            Self::OfAuthority => ("Its certificate was made to sign others, and not for a web site.", ""),
            Self::BeyondAuthority => ("Whoever signed its certificate was not allowed to.", ""),
            Self::Revoked => ("Its certificate was called back, which happens when someone has stolen it.", ""),
            Self::BadSignature => ("The signature on its certificate is not right. Someone may have changed it.", ""),
            Self::Weak => ("Its certificate is signed in a way that is no longer safe.", ""),
            Self::Malformed => ("Its certificate cannot be read.", ""),
        }
    }
}

impl TlsFault {
    /// What this error of a TLS stream means, in the handshake or at any time after it.
    pub(crate) fn of(error: &io::Error) -> Self {
        let Some(inner) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) else {
            return Self::Broken(error.kind());
        };
        match inner {
            Error::InvalidCertificate(fault) => Self::Certificate(CertificateFault::of(fault)),
            // An empty chain proves as little as one that cannot be read.
            Error::NoCertificatesPresented => Self::Certificate(CertificateFault::Malformed),
            Error::AlertReceived(alert) => Self::of_alert(*alert),
            Error::PeerIncompatible(_) | Error::NoApplicationProtocol => Self::NothingInCommon,
            _ => Self::Protocol,
        }
    }

    fn of_alert(alert: AlertDescription) -> Self {
        use AlertDescription as A;
        match alert {
            A::CertificateRequired => Self::ClientCertificate,
            A::HandshakeFailure | A::ProtocolVersion | A::InsufficientSecurity | A::NoApplicationProtocol => {
                Self::NothingInCommon
            }
            _ => Self::Alert,
        }
    }

    /// What it means where the site has `asked` for a certificate of ours before: before TLS 1.3 there is no alert that
    /// says so, and it is free to end in any way.
    pub(super) fn after_asking(self, asked: bool) -> Self {
        match self {
            Self::NothingInCommon | Self::Alert | Self::Broken(_) if asked => Self::ClientCertificate,
            other => other,
        }
    }

    /// Whether the site failed to prove who it is.
    pub(crate) fn is_certificate(self) -> bool {
        matches!(self, Self::Certificate(_))
    }

    /// The code in events.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Certificate(fault) => fault.code(),
            Self::ClientCertificate => "client-certificate",
            Self::NothingInCommon => "tls-nothing-in-common",
            Self::Alert => "tls-alert",
            Self::Protocol => "tls-protocol",
            Self::Broken(io::ErrorKind::TimedOut) => "tls-timed-out",
            Self::Broken(_) => "tls-broken",
        }
    }

    /// What a person is told. Nobody can go on in spite of it, and no word here says otherwise.
    pub(crate) fn words(self) -> Words {
        let (what, hint) = match self {
            Self::Certificate(fault) => fault.words(),
            Self::ClientCertificate => (
                "The site wants a certificate from your own device. It cannot see that one, because the school's filter stands between.",
                "If you need this site, the technician can have it left unopened.",
            ),
            Self::NothingInCommon => {
                ("The site offers only old ways of keeping things secret that are no longer safe.", "")
            }
            Self::Alert => {
                ("The site ended the secure connection while it was being made.", "Try again in a few minutes.")
            }
            Self::Protocol => {
                ("What the site sent is no secure connection as it should be.", "Try again in a few minutes.")
            }
            Self::Broken(io::ErrorKind::TimedOut) => {
                ("The site did not make a secure connection in time. It may be busy.", "Try again in a few minutes.")
            }
            Self::Broken(_) => ("The connection broke off before it was secure.", "Try again in a few minutes."),
        };
        let (heading, explanation) = if self.is_certificate() {
            (
                "This site could not prove who it is",
                format!(
                    "A secure site shows a certificate, so that nobody else can pretend to be it. {what} The page was not opened, to keep you safe. It is not your fault: only the people who run the site can put it right."
                ),
            )
        } else {
            let whose = if self == Self::ClientCertificate { "" } else { " The fault is with the site." };
            ("There is no secure connection to this site", format!("{what} It is not your fault.{whose}"))
        };
        let tell = "If you need it, tell your teacher or the technician, with the reference on this page. Nobody can skip this check.";
        let next = if hint.is_empty() { tell.to_owned() } else { format!("{hint} {tell}") };
        Words { heading: heading.to_owned(), explanation, next }
    }
}
