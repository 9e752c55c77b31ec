//! One connection to the range: TLS where it begins like TLS, then HTTP/1.1 or HTTP/2, as the other side speaks.

use super::{answers, certificates::Certificates};
use axum::body::Body;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use rustls::server::Acceptor;
use std::{convert::Infallible, io, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{LazyConfigAcceptor, server::TlsStream};

/// The first byte of a TLS handshake (RFC 8446 §5.1); no HTTP request begins with it.
const HANDSHAKE: u8 = 0x16;
/// How long a connection may stand without a word, and a handshake may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// Serves a connection to its end. How it ends is the other side's affair, and told to nobody.
pub(super) async fn serve(stream: TcpStream, certificates: Arc<Certificates>) {
    let mut first = [0];
    if !matches!(timeout(PATIENCE, stream.peek(&mut first)).await, Ok(Ok(1))) {
        return;
    }
    // Small answers should not wait for an acknowledgement; a system that cannot do so is only slower.
    drop(stream.set_nodelay(true));
    if first == [HANDSHAKE] {
        if let Ok(Ok(secured)) = timeout(PATIENCE, secure(stream, &certificates)).await {
            speak(secured).await;
        }
    } else {
        speak(stream).await;
    }
}

async fn secure(stream: TcpStream, certificates: &Certificates) -> io::Result<TlsStream<TcpStream>> {
    let start = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
    let name = start.client_hello().server_name().unwrap_or_default().to_ascii_lowercase();
    let settings = certificates.settings(&name).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
    start.into_stream(settings).await
}

async fn speak<S>(stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(|request: hyper::Request<Incoming>| async {
        Ok::<_, Infallible>(answers::answer(request.map(Body::new)).await)
    });
    let mut server = auto::Builder::new(TokioExecutor::new());
    // WebSocket over HTTP/2 (RFC 8441).
    server.http2().enable_connect_protocol();
    drop(server.serve_connection_with_upgrades(TokioIo::new(stream), service).await);
}
