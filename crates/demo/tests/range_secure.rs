//! The practice range inside TLS, as a client sees it that trusts the range's authority and checks what it is shown.

use axum::body::Bytes;
use holdfast_demo::range::{Range, RunningRange, SITES, STAND_INS};
use http::{Method, Request, StatusCode};
use rustls::{
    CertificateError, ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use std::{sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

const PATIENCE: Duration = Duration::from_secs(20);

async fn start() -> RunningRange {
    Range::start("127.0.0.1:0".parse().unwrap()).await.unwrap()
}

/// Agrees on keys with a site, offering these protocols.
async fn secure(range: &RunningRange, host: &str, offers: &[&str]) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(range.authority_pem.as_bytes()).unwrap()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = offers.iter().map(|offer| offer.as_bytes().to_vec()).collect();
    let stream = TcpStream::connect(range.address).await.unwrap();
    let name = ServerName::try_from(host.to_owned()).unwrap();
    timeout(PATIENCE, TlsConnector::from(Arc::new(config)).connect(name, stream)).await.unwrap()
}

fn agreed(stream: &TlsStream<TcpStream>) -> Option<&[u8]> {
    stream.get_ref().1.alpn_protocol()
}

/// One request by HTTP/1.1; the whole answer.
async fn get(range: &RunningRange, host: &str, path: &str) -> String {
    let mut stream = secure(range, host, &["http/1.1"]).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nX-Mark: <b>\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A server may end without TLS's own goodbye; what came is judged.
    drop(timeout(PATIENCE, stream.read_to_end(&mut answer)).await.unwrap());
    String::from_utf8_lossy(&answer).into_owned()
}

/// A client of one HTTP/2 connection to a site.
async fn http2(range: &RunningRange, host: &str) -> h2::client::SendRequest<Bytes> {
    let stream = secure(range, host, &["h2", "http/1.1"]).await.unwrap();
    assert_eq!(agreed(&stream), Some(b"h2".as_slice()));
    let (client, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(async move { drop(connection.await) });
    client.ready().await.unwrap()
}

/// What is wrong with a certificate, as the client found it.
fn fault(refused: std::io::Result<TlsStream<TcpStream>>) -> CertificateError {
    let refused = refused.unwrap_err();
    match refused.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(fault)) => fault.clone(),
        _ => panic!("refused for another reason: {refused}"),
    }
}

#[tokio::test]
async fn every_site_has_a_certificate_of_the_ranges_authority_and_speaks_both() {
    let range = start().await;
    let good = SITES.iter().map(|site| site.host).filter(|host| !host.ends_with("-certificate.example"));
    for host in good.chain(STAND_INS) {
        assert!(get(&range, host, "/").await.contains("everything here is fictional and harmless"), "{host}");
        if host == "old-socket.example" {
            let old = secure(&range, host, &["h2", "http/1.1"]).await.unwrap();
            assert_eq!(agreed(&old), Some(b"http/1.1".as_slice()));
            continue;
        }
        let request = Request::get(format!("https://{host}/")).body(()).unwrap();
        let (answer, _) = http2(&range, host).await.send_request(request, true).unwrap();
        assert_eq!(answer.await.unwrap().status(), StatusCode::OK, "{host}");
    }
    assert!(secure(&range, "unheard-of.example", &[]).await.is_err());
}

#[tokio::test]
async fn wrong_certificates_are_wrong_each_in_its_own_way() {
    let range = start().await;
    let expired = fault(secure(&range, "expired-certificate.example", &[]).await);
    assert!(matches!(expired, CertificateError::Expired | CertificateError::ExpiredContext { .. }), "{expired:?}");
    let wrong = fault(secure(&range, "wrong-certificate.example", &[]).await);
    let is_name = matches!(wrong, CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. });
    assert!(is_name, "{wrong:?}");
    let unknown = fault(secure(&range, "unknown-certificate.example", &[]).await);
    assert_eq!(unknown, CertificateError::UnknownIssuer);
    // The authority is made anew, so nobody who trusts one range's trusts another's.
    let another = start().await;
    assert_ne!(range.authority_pem, another.authority_pem);
}

#[tokio::test]
async fn the_web_socket_echoes_over_http2() {
    let range = start().await;
    let mut client = http2(&range, "socket.example").await;
    // The server's settings come with its first frames; an answer to a request stands behind them.
    let request = Request::get("https://socket.example/").body(()).unwrap();
    client.send_request(request, true).unwrap().0.await.unwrap();
    assert!(client.is_extended_connect_protocol_enabled(), "RFC 8441 is not offered");
    let request = Request::builder()
        .method(Method::CONNECT)
        .uri("https://socket.example/echo?greet=1")
        .header("sec-websocket-version", "13")
        .extension(h2::ext::Protocol::from_static("websocket"))
        .body(())
        .unwrap();
    let mut client = client.ready().await.unwrap();
    let (answer, mut sending) = client.send_request(request, false).unwrap();
    let answer = timeout(PATIENCE, answer).await.unwrap().unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    // A masked text frame with an empty mask (RFC 6455 §5.2).
    sending.send_data(Bytes::from_static(b"\x81\x85\0\0\0\0hello"), false).unwrap();
    let mut body = answer.into_body();
    let mut heard = Vec::new();
    while !heard.ends_with(b"\x81\x05hello") {
        heard.extend(timeout(PATIENCE, body.data()).await.unwrap().unwrap().unwrap());
    }
    assert!(heard.starts_with(b"\x81\x15You came over HTTP/2."), "{}", String::from_utf8_lossy(&heard));
}

#[tokio::test]
async fn readings_come_one_by_one_and_say_when_they_end() {
    let range = start().await;
    let request = Request::get("https://tides.example/readings").body(()).unwrap();
    let (answer, _) = http2(&range, "tides.example").await.send_request(request, true).unwrap();
    let mut body = answer.await.unwrap().into_body();
    let first = body.data().await.unwrap().unwrap();
    assert_eq!(first, "data: Reading 1: 123 cm above the mud.\n\n".as_bytes());
    let mut rest = Vec::new();
    while let Some(piece) = timeout(PATIENCE, body.data()).await.unwrap() {
        rest.extend(piece.unwrap());
    }
    let rest = String::from_utf8(rest).unwrap();
    assert!(rest.contains("Reading 5") && rest.ends_with("event: end\ndata: No more readings.\n\n"), "{rest}");
}

#[tokio::test]
async fn the_looking_glass_shows_what_came_and_stands_in_for_others() {
    let range = start().await;
    let own = get(&range, "mirror.example", "/a?b=%3C").await;
    assert!(own.contains("<code>GET /a?b=%3C</code> by HTTP/1.1"), "{own}");
    assert!(own.contains("x-mark: &#60;b&#62;") && !own.contains("This is not"), "{own}");
    let other = get(&range, "www.youtube.com", "/").await;
    assert!(other.contains("This is not www.youtube.com."), "{other}");
    assert!(get(&range, "quick.example", "/").await.contains("alt-svc: h3="));
}
