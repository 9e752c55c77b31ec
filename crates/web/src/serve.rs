//! Listening and serving.

use crate::{
    routes::{self, Ends},
    sources::Sources,
};
use axum::Router;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinSet,
};

/// How long a client may take to send the head of a request, and stay silent between two. Without it a few slow
/// clients would keep everybody else from the page.
const HEAD_WITHIN: Duration = Duration::from_secs(15);
/// How many connections are served at a time; more wait.
const CONNECTIONS: usize = 512;
/// How long answers under way may take once serving is to stop.
const LAST_ANSWERS: Duration = Duration::from_secs(2);
/// How many other ports are tried when the wanted one is taken.
const OTHER_PORTS: u16 = 20;

/// Both loopback addresses at one port.
#[derive(Debug)]
pub struct Loopback {
    /// One for IPv4 and, where this machine has it, one for IPv6.
    pub listeners: Vec<TcpListener>,
    /// The port of both; another than asked for where that one was taken.
    pub port: u16,
}

/// Listens on `127.0.0.1` and `::1` at the same port: `port`, or one of the next ones if another program has it.
pub async fn loopback(port: u16) -> io::Result<Loopback> {
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for port in (0..=OTHER_PORTS).map(|step| port.saturating_add(if port == 0 { 0 } else { step })) {
        match both_at(port).await {
            Ok(found) => return Ok(found),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => last = error,
            Err(error) => {
                last = error;
                break;
            }
        }
    }
    Err(io::Error::new(
        last.kind(),
        format!(
            "Holdfast's own pages cannot be served at port {port} or the next {OTHER_PORTS}: {last}. Choose another port."
        ),
    ))
}

async fn both_at(port: u16) -> io::Result<Loopback> {
    let first = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let port = first.local_addr()?.port();
    let mut listeners = vec![first];
    match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
        Ok(second) => listeners.push(second),
        // This machine has no IPv6.
        Err(error) if matches!(error.kind(), io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported) => {}
        Err(error) => return Err(error),
    }
    Ok(Loopback { listeners, port })
}

/// Serves the pages on every listener until `stop` is done, then lets answers under way finish for two seconds.
pub async fn serve(listeners: Vec<TcpListener>, sources: Sources, stop: impl Future<Output = ()>) {
    let router = routes::router(sources);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let (stopping, stopped) = watch::channel(false);
    let mut accepting = JoinSet::new();
    for listener in listeners {
        accepting.spawn(accept(listener, router.clone(), Arc::clone(&places), stopped.clone()));
    }
    drop(stopped);
    stop.await;
    accepting.shutdown().await;
    // An error means that no connection is left to be told.
    if stopping.send(true).is_ok() {
        drop(tokio::time::timeout(LAST_ANSWERS, stopping.closed()).await);
    }
}

async fn accept(listener: TcpListener, router: Router, places: Arc<Semaphore>, stopped: watch::Receiver<bool>) {
    loop {
        // The semaphore is never closed.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let Ok((stream, peer)) = listener.accept().await else {
            // Too many open files, most likely: wait for some to close.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let router = router.clone();
        let stopped = stopped.clone();
        tokio::spawn(async move {
            converse(stream, peer, router, stopped).await;
            drop(place);
        });
    }
}

async fn converse(stream: TcpStream, peer: SocketAddr, router: Router, mut stopped: watch::Receiver<bool>) {
    let came_to = stream.local_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.ip());
    let ends = Ends { client: peer.ip(), came_to };
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ends);
        let mut router = router.clone();
        async move { tower_service::Service::call(&mut router, request).await }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    // A client that breaks off is no news to anybody, so how the conversation ended is not looked at.
    let is_over = tokio::select! {
        _ended = connection.as_mut() => true,
        () = until(&mut stopped) => false,
    };
    if !is_over {
        connection.as_mut().graceful_shutdown();
        drop(connection.await);
    }
}

async fn until(stopped: &mut watch::Receiver<bool>) {
    // An error means that whoever would tell us is gone, which comes to the same.
    drop(stopped.wait_for(|stopped| *stopped).await.map(|_seen| ()));
}
