//! TLS and HTTPS, with certificates made for the test.

use super::*;
use http::{Request, Response, header::CONTENT_TYPE};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio_rustls::TlsAcceptor;

/// An authority and a server that it vouches for under this name or address.
fn identity(name: &str, alpn: &[&[u8]]) -> (CertificateDer<'static>, TlsAcceptor) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
        )
        .unwrap();
    config.alpn_protocols = alpn.iter().map(|protocol| protocol.to_vec()).collect();
    (issuer.der().clone(), TlsAcceptor::from(Arc::new(config)))
}

/// Takes TLS connections and gives each to `serve`.
async fn listen<F: Future<Output = ()> + Send + 'static>(
    acceptor: TlsAcceptor,
    serve: impl Fn(tokio_rustls::server::TlsStream<tokio::net::TcpStream>, SocketAddr) -> F + Send + 'static,
) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let (address, connections) = (listener.local_addr().unwrap(), Arc::<AtomicUsize>::default());
    let count = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((stream, source)) = listener.accept().await {
            // A client that does not trust us breaks off here.
            if let Ok(stream) = acceptor.accept(stream).await {
                count.fetch_add(1, Relaxed);
                tokio::spawn(serve(stream, source));
            }
        }
    });
    (address, connections)
}

async fn tls_server(acceptor: TlsAcceptor) -> (SocketAddr, Arc<AtomicUsize>) {
    listen(acceptor, |stream, source| {
        serve_stream(stream, Over::Tls, source, Arc::new(|asked| vec![Act::Say(asked.answer(GOOD))]), Arc::default())
    })
    .await
}

fn trusting(upstream: &str, authorities: Vec<CertificateDer<'static>>) -> Arc<Forwarder> {
    start(Forwarding { authorities, ..forwarding([upstream.parse().unwrap()]) }).0
}

#[tokio::test]
async fn tls_upstreams_are_asked_over_one_connection() {
    let (authority, acceptor) = identity("dns.provider.example", &[]);
    let (address_of, connections) = tls_server(acceptor).await;
    let forwarder = trusting(&format!("tls://{address_of}#dns.provider.example"), vec![authority]);
    for number in 0..20 {
        assert_eq!(address(forwarder.ask(question(&format!("n{number}.example")), caller(1)).await), GOOD);
    }
    assert_eq!(connections.load(Relaxed), 1);
}

#[tokio::test]
async fn a_certificate_may_carry_the_address() {
    let (authority, acceptor) = identity("127.0.0.1", &[]);
    let (address_of, _) = tls_server(acceptor).await;
    let forwarder = trusting(&format!("tls://{address_of}"), vec![authority]);
    assert_eq!(address(forwarder.ask(question("rivers.example"), caller(1)).await), GOOD);
}

#[tokio::test]
async fn an_upstream_that_cannot_prove_its_name_is_asked_nothing() {
    let (authority, acceptor) = identity("dns.provider.example", &[b"h2"]);
    let (address_of, connections) = tls_server(acceptor).await;
    for (upstream, authorities, words) in [
        (format!("tls://{address_of}#other.provider.example"), vec![authority.clone()], "another name"),
        (format!("tls://{address_of}"), vec![authority.clone()], "another name"),
        (format!("tls://{address_of}#dns.provider.example"), Vec::new(), "not known here"),
        (format!("https://{address_of}/dns-query#other.provider.example"), vec![authority], "another name"),
        (format!("https://{address_of}/dns-query#dns.provider.example"), Vec::new(), "not known here"),
    ] {
        let forwarder = trusting(&upstream, authorities);
        let outcome = forwarder.ask(question("rivers.example"), caller(1)).await;
        assert_eq!(outcome.unwrap_err(), AskFault::NoUpstream, "{upstream}");
        let standing = &forwarder.standings()[0];
        assert!(!standing.works && standing.last_fault.as_ref().unwrap().contains(words), "{standing:?}");
    }
    assert_eq!(connections.load(Relaxed), 0);
}

#[test]
fn a_useless_authority_is_told_at_the_start() {
    let settings = Forwarding { authorities: vec![CertificateDer::from(vec![1, 2, 3])], ..forwarding([]) };
    let fault = Forwarder::start(settings, Destinations::default(), Arc::default()).unwrap_err();
    assert!(fault.to_string().contains("certificate authority"), "{fault}");
}

async fn respond(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, std::convert::Infallible> {
    let is_fit = request.method() == "POST"
        && request.uri().path() == "/dns-query"
        && request.uri().authority().is_some_and(|authority| authority.host() == "dns.provider.example")
        && request.headers()[CONTENT_TYPE] == "application/dns-message";
    let bytes = request.into_body().collect().await.unwrap().to_bytes();
    let asked = Asked::read(&bytes, Over::Https, SocketAddr::from(([127, 0, 0, 1], 1)));
    let mut answer = asked.answer(GOOD);
    let (mut status, mut kind, mut age) = (200, "application/dns-message", "0");
    match asked.name.as_str() {
        "status.example" => status = 503,
        "kind.example" => kind = "text/html",
        "name.example" => answer[14] ^= 3,
        "long.example" => answer.resize(70_000, 0),
        "aged.example" => age = "100",
        "ancient.example" => age = "4294967295",
        _ if !is_fit => status = 400,
        _ => {}
    }
    let response = Response::builder().status(status).header(CONTENT_TYPE, kind).header("age", age);
    Ok(response.body(Full::new(Bytes::from(answer))).unwrap())
}

async fn https_server(acceptor: TlsAcceptor) -> (SocketAddr, Arc<AtomicUsize>) {
    listen(acceptor, |stream, _| async {
        let service = hyper::service::service_fn(respond);
        let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        // The client may go away at any time.
        builder.serve_connection(TokioIo::new(stream), service).await.ok();
    })
    .await
}

#[tokio::test]
async fn https_upstreams_are_asked_over_one_connection() {
    let (authority, acceptor) = identity("dns.provider.example", &[b"h2"]);
    let (address_of, connections) = https_server(acceptor).await;
    let forwarder = trusting(&format!("https://{address_of}/dns-query#dns.provider.example"), vec![authority]);
    for number in 0..20 {
        assert_eq!(address(forwarder.ask(question(&format!("n{number}.example")), caller(1)).await), GOOD);
    }
    assert_eq!(connections.load(Relaxed), 1);
    for name in ["status.example", "kind.example", "name.example", "long.example"] {
        let outcome = forwarder.ask(question(name), caller(1)).await;
        assert!(matches!(outcome, Err(AskFault::Failed | AskFault::NoUpstream)), "{name}: {outcome:?}");
    }
    let aged = forwarder.ask(question("aged.example"), caller(1)).await.unwrap();
    assert!(aged.age == 100 && !aged.is_stale, "what lay in a cache on the way is as old as it is");
    assert_eq!(forwarder.remembered(&question("aged.example")).unwrap().age, 100);
    forwarder.ask(question("ancient.example"), caller(1)).await.unwrap();
    assert!(forwarder.remembered(&question("ancient.example")).is_none());
}

#[tokio::test]
async fn a_server_without_http_2_is_not_spoken_to() {
    let (authority, acceptor) = identity("dns.provider.example", &[]);
    let (address_of, _) = https_server(acceptor).await;
    let forwarder = trusting(&format!("https://{address_of}/dns-query#dns.provider.example"), vec![authority]);
    assert_eq!(forwarder.ask(question("rivers.example"), caller(1)).await.unwrap_err(), AskFault::NoUpstream);
    assert!(forwarder.standings()[0].last_fault.as_ref().unwrap().contains("HTTP/2"));
}
