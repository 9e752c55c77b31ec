//! Meeting the client of an opened connection: the TLS handshake in the host's place.

#[cfg(test)]
mod tests;

use rustls::{AlertDescription, Error, ServerConfig};
use std::{io, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// Why a client could not be met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MeetFault {
    /// It said why in a TLS alert that speaks of our certificate: it does not trust our authority, or takes none but its
    /// own. The alert's name, such as `unknown_ca`.
    Distrust(&'static str),
    /// Another TLS fault; a code.
    Tls(&'static str),
    /// It left before the end.
    Left(io::ErrorKind),
    /// It took too long.
    Late,
}

impl MeetFault {
    /// What this error of the client's TLS stream means, in the handshake or at its first reading after it.
    pub(crate) fn of(error: &io::Error) -> Self {
        let Some(inner) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) else {
            return Self::Left(error.kind());
        };
        match inner {
            Error::AlertReceived(alert) => match distrust(*alert) {
                Some(name) => Self::Distrust(name),
                None => Self::of_alert(*alert),
            },
            Error::PeerIncompatible(_) | Error::NoApplicationProtocol => Self::Tls("tls-nothing-in-common"),
            _ => Self::Tls("tls-protocol"),
        }
    }

    fn of_alert(alert: AlertDescription) -> Self {
        use AlertDescription as A;
        match alert {
            A::HandshakeFailure | A::ProtocolVersion | A::InsufficientSecurity | A::NoApplicationProtocol => {
                Self::Tls("tls-nothing-in-common")
            }
            _ => Self::Tls("tls-alert"),
        }
    }
}

/// The name of an alert by which a client speaks of our certificate (RFC 8446 §6.2, RFC 9849 §5 for the last).
fn distrust(alert: AlertDescription) -> Option<&'static str> {
    use AlertDescription as A;
    Some(match alert {
        A::BadCertificate => "bad_certificate",
        A::UnsupportedCertificate => "unsupported_certificate",
        A::CertificateRevoked => "certificate_revoked",
        A::CertificateExpired => "certificate_expired",
        A::CertificateUnknown => "certificate_unknown",
        A::UnknownCA => "unknown_ca",
        A::AccessDenied => "access_denied",
        A::BadCertificateStatusResponse => "bad_certificate_status_response",
        A::BadCertificateHashValue => "bad_certificate_hash_value",
        A::EncryptedClientHelloRequired => "ech_required",
        _ => return None,
    })
}

/// Meets a client, and gives up after `within`.
///
/// A client checks our certificate before it ends the handshake on its side, in TLS 1.2 and 1.3 alike, so one that says
/// in an alert that it does not trust us is told apart here. Two kinds are not. Some leave without a word: that is
/// [`MeetFault::Left`], and may have any reason. Others end the handshake, then compare the certificate with their own
/// and leave, with or without an alert: the first reading from the stream fails then, or finds the end where a request
/// should stand ([`MeetFault::of`] names an alert that came so late).
///
/// # Errors
///
/// When no TLS came about.
pub(crate) async fn meet<S>(stream: S, config: Arc<ServerConfig>, within: Duration) -> Result<TlsStream<S>, MeetFault>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    match timeout(within, TlsAcceptor::from(config).accept(stream)).await {
        Ok(met) => met.map_err(|error| MeetFault::of(&error)),
        Err(_late) => Err(MeetFault::Late),
    }
}
