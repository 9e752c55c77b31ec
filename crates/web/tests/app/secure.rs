//! Over HTTPS people sign in from anywhere; in the clear they are led there.

use crate::school::{PASSWORD, School};
use holdfast_web::Settings;
use rcgen::generate_simple_self_signed;
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{PrivateKeyDer, ServerName},
};
use std::{net::SocketAddr, sync::Arc};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_rustls::TlsConnector;

struct Identity {
    server: Arc<ServerConfig>,
    client: TlsConnector,
}

fn identity() -> Identity {
    let made = generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    let provider = Arc::new(aws_lc_rs::default_provider());
    let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("it fits");
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).expect("a root");
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Identity { server: Arc::new(server), client: TlsConnector::from(Arc::new(client)) }
}

async fn asked(client: &TlsConnector, address: SocketAddr, request: &str) -> String {
    let stream = TcpStream::connect(address).await.expect("it listens");
    let name = ServerName::try_from("localhost").expect("a name");
    let mut stream = client.connect(name, stream).await.expect("it shows its certificate");
    stream.write_all(request.as_bytes()).await.expect("it reads");
    let mut text = String::new();
    // Some ends come without a goodbye of TLS.
    drop(stream.read_to_string(&mut text).await);
    text
}

#[tokio::test]
async fn over_https_people_sign_in_even_through_a_proxy_of_the_network() {
    let school = School::new().await;
    school.choose("lead").await;
    let identity = identity();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    school.serve_secure(listener, watch::channel(Arc::clone(&identity.server)).1);
    // Passed on: not at this computer, but nobody between can read it.
    let head = "Host: localhost\r\nX-Forwarded-For: 10.0.0.7\r\nConnection: close\r\n";
    let page = asked(&identity.client, address, &format!("GET /sign-in HTTP/1.1\r\n{head}\r\n")).await;
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("Sign-in name"), "{page}");
    let body = format!("name=lead&password={}", PASSWORD.replace(' ', "+"));
    let form = format!(
        "POST /sign-in HTTP/1.1\r\n{head}Origin: https://localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = asked(&identity.client, address, &form).await;
    assert!(answer.starts_with("HTTP/1.1 303") && answer.contains("location: /today"), "{answer}");
}

#[tokio::test]
async fn in_the_clear_one_is_led_to_where_it_is_secure() {
    let school = School::with_secure_origin("https://filter.school.example:8443").await;
    let mut browser = school.browser();
    let answer = browser.send("GET", "/sign-in", &[("X-Forwarded-For", "10.0.0.7")], "").await;
    assert_eq!(answer.location(), "https://filter.school.example:8443/sign-in");
    // At this computer itself it is as good.
    assert_eq!(browser.get("/sign-in").await.status, 200);
}

#[tokio::test]
async fn a_named_reverse_proxy_brings_people_in_and_browsers_keep_to_https() {
    let settings = Settings {
        own_origin: "https://filter.school.example".to_owned(),
        secure_origin: Some("https://filter.school.example".to_owned()),
        reverse_proxies: vec!["127.0.0.1/32".parse().expect("a network")],
        ..Settings::default()
    };
    let school = School::shown_by(settings).await;
    let mut browser = school.browser();
    let over = |scheme| [("X-Forwarded-For", "10.0.0.7"), ("X-Forwarded-Proto", scheme)];
    let page = browser.send("GET", "/sign-in", &over("https"), "").await;
    assert!(page.status == 200 && page.text.contains("Sign-in name"), "{}", page.text);
    assert_eq!(page.header("strict-transport-security"), Some("max-age=31536000"));
    let clear = browser.send("GET", "/sign-in", &over("http"), "").await;
    assert_eq!(clear.location(), "https://filter.school.example/sign-in");
    assert_eq!(clear.header("strict-transport-security"), None, "RFC 6797 section 7.2");
    // One that does not say for whom it asks does not make everybody the technician at this computer.
    let silent = browser.send("GET", "/metrics", &[], "").await;
    assert_eq!(silent.status, 404);
    assert_eq!(browser.send("GET", "/sign-in", &[], "").await.status, 303);
}

#[tokio::test]
async fn a_name_that_is_asked_in_the_clear_as_well_is_not_bound_to_https() {
    let settings = Settings {
        own_origin: "http://filter.school.example:8080".to_owned(),
        secure_origin: Some("https://filter.school.example:8443".to_owned()),
        ..Settings::default()
    };
    let school = School::shown_by(settings).await;
    let identity = identity();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    school.serve_secure(listener, watch::channel(Arc::clone(&identity.server)).1);
    let request = "GET /help HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let page = asked(&identity.client, address, request).await;
    assert!(page.starts_with("HTTP/1.1 200") && !page.contains("strict-transport-security"), "{page}");
}
