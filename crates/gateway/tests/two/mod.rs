//! A gate that opens secure connections, a site that speaks HTTP/2, and a client of the gate.

#![expect(dead_code, reason = "each test file uses its own part of this")]

pub(crate) mod frames;

use crate::{
    common::{House, Plan, ruleset_of},
    opened::Authorities,
};
use h2::{
    Reason, RecvStream, SendStream,
    client::{self, SendRequest},
    ext::Protocol,
    server::{self, SendResponse},
};
use holdfast_core::event::{Event, RequestEvent};
use http::{HeaderMap, Request, Response};
use hyper::body::Bytes;
use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use std::{
    future::poll_fn,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, TlsConnector, client::TlsStream};

/// How long a test waits for what must come.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// Opens everything, and blocks what the tests want blocked.
pub(crate) const POLICY: &str = r#"
version = 1
title = "Test"
author = "head"
reason = "To test."
review_by = "2030-07-31"
time_zone = "Europe/London"

[unknown]
default = "allow"
block_categories = ["gambling"]
inspection = { extent = "everything" }
"#;

/// What a site can be told to do, and what it has seen.
#[derive(Default)]
pub(crate) struct Site {
    /// Connections so far.
    pub(crate) connections: AtomicUsize,
    /// Requests so far.
    pub(crate) requests: AtomicUsize,
    /// Streams that the other side reset.
    pub(crate) resets: AtomicUsize,
    /// Tells every connection to say goodbye.
    pub(crate) leave: Notify,
    /// Streams to refuse before they are looked at.
    pub(crate) refuse: AtomicUsize,
    /// Whether WebSocket over a stream is offered.
    pub(crate) websockets: bool,
}

/// A gate, a site behind it, and what the gate tells.
pub(crate) struct Scene {
    pub(crate) house: House,
    pub(crate) site: Arc<Site>,
    /// What clients trust: the school's authority.
    pub(crate) trusted: Arc<RootCertStore>,
    queue: Vec<Event>,
}

/// A scene with the usual site.
pub(crate) async fn scene() -> Scene {
    scene_with(POLICY, Site::default(), |_| {}).await
}

pub(crate) async fn scene_with(policy: &str, site: Site, change: impl FnOnce(&mut Plan)) -> Scene {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let authorities = Authorities::new();
    let acceptor =
        TlsAcceptor::from(authorities.sites.server(&["site.example", "casino.example", "other.example"], &["h2"]));
    let site = Arc::new(site);
    let address = listener.local_addr().unwrap();
    tokio::spawn(accept(listener, acceptor, Arc::clone(&site)));
    scene_at(address, &authorities, site, policy, change)
}

/// A scene whose site is spoken to in bytes: each connection is given over once it is secure.
pub(crate) async fn scene_of_bytes<F>(
    serve: impl Fn(tokio_rustls::server::TlsStream<TcpStream>) -> F + Send + 'static,
) -> Scene
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let authorities = Authorities::new();
    let acceptor = TlsAcceptor::from(authorities.sites.server(&["site.example"], &["h2"]));
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(stream).await {
                tokio::spawn(serve(stream));
            }
        }
    });
    scene_at(address, &authorities, Arc::new(Site::default()), POLICY, |_| {})
}

fn scene_at(
    address: SocketAddr,
    authorities: &Authorities,
    site: Arc<Site>,
    policy: &str,
    change: impl FnOnce(&mut Plan),
) -> Scene {
    let mut plan = authorities.plan(address);
    change(&mut plan);
    let house = plan.build();
    house.rulesets.send_replace(ruleset_of(policy, &["casino.example", "site.example/blocked"], &[]));
    Scene { house, site, trusted: authorities.school.roots(), queue: Vec::new() }
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, site: Arc<Site>) {
    while let Ok((stream, _)) = listener.accept().await {
        stream.set_nodelay(true).unwrap();
        let (acceptor, site) = (acceptor.clone(), Arc::clone(&site));
        tokio::spawn(async move {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            site.connections.fetch_add(1, SeqCst);
            let mut builder = server::Builder::new();
            if site.websockets {
                builder.enable_connect_protocol();
            }
            let Ok(mut connection) = builder.handshake::<_, Bytes>(stream).await else { return };
            let mut leaving = std::pin::pin!(site.leave.notified());
            let mut has_left = false;
            loop {
                tokio::select! {
                    accepted = connection.accept() => {
                        let Some(Ok((request, respond))) = accepted else { return };
                        tokio::spawn(answer(Arc::clone(&site), request, respond));
                    }
                    () = &mut leaving, if !has_left => {
                        has_left = true;
                        connection.graceful_shutdown();
                    }
                }
            }
        });
    }
}

/// Answers one request as its path asks.
async fn answer(site: Arc<Site>, request: Request<RecvStream>, mut respond: SendResponse<Bytes>) {
    if site.refuse.load(SeqCst) > 0 {
        site.refuse.fetch_sub(1, SeqCst);
        respond.send_reset(Reason::REFUSED_STREAM);
        return;
    }
    site.requests.fetch_add(1, SeqCst);
    let (parts, mut body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let plain = |status: u16| Response::builder().status(status);
    match path.as_str() {
        "/head" => {
            let mut text = format!("{} {}\n", parts.method, parts.uri);
            for (name, value) in &parts.headers {
                text.extend([name.as_str(), ": ", value.to_str().unwrap(), "\n"]);
            }
            let head =
                plain(200).header("alt-svc", "h3=\":443\"").header("set-cookie", "a=1").header("set-cookie", "b=2");
            let mut stream = respond.send_response(head.body(()).unwrap(), false).unwrap();
            stream.send_data(text.into(), true).unwrap();
        }
        "/hints" => {
            let hint = plain(103).header("link", "</style.css>; rel=preload").body(()).unwrap();
            respond.send_informational(hint).unwrap();
            respond.send_response(plain(204).body(()).unwrap(), true).unwrap();
        }
        "/reset" => respond.send_reset(Reason::ENHANCE_YOUR_CALM),
        "/half" => {
            let mut stream = respond.send_response(plain(200).body(()).unwrap(), false).unwrap();
            stream.send_data(Bytes::from_static(b"half"), false).unwrap();
            tokio::time::sleep(Duration::from_millis(50)).await;
            stream.send_reset(Reason::INTERNAL_ERROR);
        }
        "/hang" => {
            if poll_fn(|cx| respond.poll_reset(cx)).await.is_ok() {
                site.resets.fetch_add(1, SeqCst);
            }
        }
        "/endless" => {
            let mut stream = respond.send_response(plain(200).body(()).unwrap(), false).unwrap();
            while push(&mut stream, Bytes::from(vec![b'x'; 16_384])).await {
                site.resets.fetch_add(16_384, SeqCst);
            }
        }
        // A body is sent back as it comes, with a trailer at the end: uploads, downloads, gRPC, and a WebSocket.
        _ => {
            let head = plain(200).header("content-type", "application/grpc").body(()).unwrap();
            let mut stream = respond.send_response(head, false).unwrap();
            while let Some(Ok(bytes)) = body.data().await {
                let count = bytes.len();
                if !push(&mut stream, bytes).await {
                    return;
                }
                body.flow_control().release_capacity(count).unwrap();
            }
            let mut trailers = HeaderMap::new();
            trailers.insert("grpc-status", "0".parse().unwrap());
            if let Ok(Some(sent)) = body.trailers().await {
                trailers.extend(sent);
            }
            drop(stream.send_trailers(trailers));
        }
    }
}

/// Sends as the other side has room. Whether it still takes anything.
pub(crate) async fn push(stream: &mut SendStream<Bytes>, mut bytes: Bytes) -> bool {
    while !bytes.is_empty() {
        stream.reserve_capacity(bytes.len());
        let mut room = stream.capacity();
        if room == 0 {
            match poll_fn(|cx| stream.poll_capacity(cx)).await {
                Some(Ok(given)) => room = given,
                _ => return false,
            }
        }
        let part = bytes.split_to(room.min(bytes.len()));
        if stream.send_data(part, false).is_err() {
            return false;
        }
    }
    true
}

impl Scene {
    /// The next request's event.
    pub(crate) async fn event(&mut self) -> RequestEvent {
        if self.queue.is_empty() {
            let more = timeout(LONG, self.house.events.next_batch(&mut self.queue)).await;
            assert!(more.expect("no event came"));
        }
        match self.queue.remove(0) {
            Event::Request(event) => *event,
            Event::Help => panic!("a help page was counted instead"),
        }
    }

    /// A tunnel to a host, made secure by the gate in the host's place.
    pub(crate) async fn secure(&self, host: &str) -> TlsStream<TcpStream> {
        let mut stream = TcpStream::connect(self.house.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        stream.write_all(format!("CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n").as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(timeout(LONG, stream.read_u8()).await.unwrap().unwrap());
        }
        assert!(head.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&head));
        let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(Arc::clone(&self.trusted))
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let name = ServerName::try_from(host.to_owned()).unwrap();
        let stream = timeout(LONG, TlsConnector::from(Arc::new(config)).connect(name, stream)).await.unwrap().unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
        stream
    }

    /// A client of a host through the gate.
    pub(crate) async fn client(&self, host: &str) -> SendRequest<Bytes> {
        self.client_with(host, client::Builder::new()).await
    }

    pub(crate) async fn client_with(&self, host: &str, builder: client::Builder) -> SendRequest<Bytes> {
        let stream = self.secure(host).await;
        let (requests, connection) = builder.handshake(stream).await.unwrap();
        tokio::spawn(async move { drop(connection.await) });
        requests
    }
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) trailers: Option<HeaderMap>,
}

impl Got {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A request for a path of a host.
pub(crate) fn get(host: &str, path: &str) -> Request<()> {
    Request::get(format!("https://{host}{path}")).body(()).unwrap()
}

/// The opening of a WebSocket over a stream.
pub(crate) fn websocket(host: &str, path: &str) -> Request<()> {
    let mut request = get(host, path);
    *request.method_mut() = http::Method::CONNECT;
    request.extensions_mut().insert(Protocol::from("websocket"));
    request
}

/// Asks without a body.
pub(crate) async fn ask(client: &SendRequest<Bytes>, request: Request<()>) -> Result<Got, h2::Error> {
    let mut client = timeout(LONG, client.clone().ready()).await.unwrap()?;
    let (answer, _) = client.send_request(request, true)?;
    timeout(LONG, read(answer)).await.unwrap()
}

/// Reads a whole answer.
pub(crate) async fn read(answer: client::ResponseFuture) -> Result<Got, h2::Error> {
    let (parts, mut stream) = answer.await?.into_parts();
    let mut body = Vec::new();
    while let Some(bytes) = stream.data().await {
        let bytes = bytes?;
        stream.flow_control().release_capacity(bytes.len()).unwrap();
        body.extend_from_slice(&bytes);
    }
    let trailers = stream.trailers().await?;
    Ok(Got { status: parts.status.as_u16(), headers: parts.headers, body, trailers })
}
