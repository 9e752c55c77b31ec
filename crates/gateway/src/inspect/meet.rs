//! Meeting the client of an opened connection: the TLS handshake in the host's place.

use rustls::ServerConfig;
use std::{io, sync::Arc, time::Duration};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::server::TlsStream;

/// Why a client could not be met.
#[derive(Debug)]
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

/// Meets a client.
pub(crate) async fn meet<S>(_stream: S, _config: Arc<ServerConfig>, _within: Duration) -> Result<TlsStream<S>, MeetFault>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    Err(MeetFault::Late)
}
