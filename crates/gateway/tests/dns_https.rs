//! The name service over HTTPS (RFC 8484), from outside.

#[path = "common/mod.rs"]
mod common;
#[path = "names/mod.rs"]
mod names;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use common::{POLICY, ruleset, ruleset_of, soon};
use hickory_proto::{
    op::{Message, ResponseCode},
    rr::RecordType,
};
use holdfast_core::identity::{IdentityTable, KnownPerson};
use http::{Method, Request, Response, StatusCode, header::CONTENT_TYPE};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::{TokioExecutor, TokioIo};
use names::{House, PATIENCE, Plan, RESOLVER, addresses, extended, question};
use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

const MEDIA_TYPE: &str = "application/dns-message";

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// One connection, over HTTP/2 or HTTP/1.1.
enum Client {
    Two(hyper::client::conn::http2::SendRequest<Full<Bytes>>),
    One(hyper::client::conn::http1::SendRequest<Full<Bytes>>),
}

async fn tls(house: &House, server_name: &str, protocol: &str) -> TlsStream<tokio::net::TcpStream> {
    let stream = tokio::net::TcpStream::connect(house.places("https")[0]).await.unwrap();
    let connector = TlsConnector::from(Arc::new(house.client_config(&[protocol])));
    let stream = connector.connect(server_name.to_owned().try_into().unwrap(), stream).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(protocol.as_bytes()));
    stream
}

impl Client {
    async fn new(house: &House, server_name: &str, protocol: &str) -> Self {
        let stream = TokioIo::new(tls(house, server_name, protocol).await);
        if protocol == "h2" {
            let (sender, connection) =
                hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await.unwrap();
            tokio::spawn(async move { drop(connection.await) });
            Self::Two(sender)
        } else {
            let (sender, connection) = hyper::client::conn::http1::handshake(stream).await.unwrap();
            tokio::spawn(async move { drop(connection.await) });
            Self::One(sender)
        }
    }

    async fn send(&mut self, request: Request<Full<Bytes>>) -> Response<Incoming> {
        match self {
            Self::Two(sender) => sender.send_request(request).await.unwrap(),
            Self::One(sender) => sender.send_request(request).await.unwrap(),
        }
    }

    async fn ask(&mut self, request: Request<Full<Bytes>>) -> (Message, String) {
        let response = self.send(request).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()[CONTENT_TYPE], MEDIA_TYPE);
        let cache = response.headers()["cache-control"].to_str().unwrap().to_owned();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (Message::from_vec(&body).unwrap(), cache)
    }
}

fn get(path: &str, message: &[u8]) -> Request<Full<Bytes>> {
    let address = format!("https://{RESOLVER}{path}?dns={}", URL_SAFE_NO_PAD.encode(message));
    Request::get(address).header("host", RESOLVER).body(Full::default()).unwrap()
}

fn post(path: &str, message: &[u8]) -> Request<Full<Bytes>> {
    let body = Full::new(Bytes::copy_from_slice(message));
    let request = Request::post(format!("https://{RESOLVER}{path}")).header("host", RESOLVER);
    request.header(CONTENT_TYPE, MEDIA_TYPE).body(body).unwrap()
}

fn asked(name: &str) -> Vec<u8> {
    let mut question = question(name, RecordType::A);
    // So that answers may be kept under the address (RFC 8484 §4.1).
    question.metadata.id = 0;
    question.to_vec().unwrap()
}

#[test]
fn both_methods_and_both_versions_are_answered() {
    let mut house = Plan::new(ruleset(&["casino.example"])).build();
    runtime().block_on(async {
        for protocol in ["h2", "http/1.1"] {
            let mut client = Client::new(&house, RESOLVER, protocol).await;
            for make in [get, post] {
                let (answer, cache) = client.ask(make("/dns-query", &asked("site.example"))).await;
                assert_eq!(addresses(&answer).len(), 1);
                assert_eq!(cache, format!("private, max-age={}", answer.answers[0].ttl));
                let (answer, cache) = client.ask(make("/dns-query", &asked("casino.example"))).await;
                assert_eq!((answer.metadata.response_code, extended(&answer).unwrap().0), (ResponseCode::NXDomain, 15));
                let seconds: u32 = cache.strip_prefix("private, max-age=").unwrap().parse().unwrap();
                assert!(seconds <= 10, "{cache}");
            }
        }
    });
    assert_eq!(house.counters.questions[3].load(Relaxed), 8);
    let event = house.event();
    assert_eq!((&*event.scheme, event.host.as_deref()), ("dns", Some("casino.example")), "blocked ones come first");
}

#[test]
fn the_path_and_the_name_tell_who_asks() {
    let policy = format!(
        "{}\n[[group]]\ncode = \"oak\"\npurpose = \"Older pupils\"\nband = \"older\"\njudging = {{ default = \"allow\", block_categories = [\"gambling\"] }}\n",
        POLICY.replace("default = \"allow\"", "default = \"block\"")
    );
    let mut plan = Plan::new(ruleset_of(&policy, &[], &[]));
    let anna = KnownPerson { id: "p1".into(), group: "oak".into(), classes: Vec::new() };
    let mut table = IdentityTable { generation: 1, told: true, ..IdentityTable::default() };
    table.people.insert("p1".into(), anna);
    table.resolver_names.insert("anna-7".into(), "p1".into());
    plan.identity = table;
    // Nobody is answered but whoever has a name of their own.
    plan.settings.clients = vec!["192.0.2.0/24".parse().unwrap()];
    let mut house = plan.build();
    let personal = format!("anna-7.{RESOLVER}");
    runtime().block_on(async {
        for (server_name, path, code) in [
            (RESOLVER, "/dns-query/anna-7", ResponseCode::NoError),
            (&personal, "/dns-query", ResponseCode::NoError),
            (&personal, "/dns-query/nobody", ResponseCode::Refused),
            (RESOLVER, "/dns-query", ResponseCode::Refused),
        ] {
            let mut client = Client::new(&house, server_name, "h2").await;
            let (answer, _) = client.ask(get(path, &asked("site.example"))).await;
            assert_eq!(answer.metadata.response_code, code, "{server_name} {path}");
        }
    });
    for _ in 0..2 {
        assert_eq!(house.event().subject.person, Some("p1".into()));
    }
}

#[test]
fn what_is_no_question_gets_the_right_status() {
    let house = Plan::new(ruleset(&[])).build();
    let good = asked("site.example");
    let plain = |method: Method, path: &str| {
        let request =
            Request::builder().method(method).uri(format!("https://{RESOLVER}{path}")).header("host", RESOLVER);
        request.body(Full::<Bytes>::default()).unwrap()
    };
    let mut typed = post("/dns-query", &good);
    typed.headers_mut().insert(CONTENT_TYPE, "text/plain".parse().unwrap());
    let mut response = question("site.example", RecordType::A);
    response.metadata.message_type = hickory_proto::op::MessageType::Response;
    let requests = [
        (plain(Method::GET, "/dns-query"), StatusCode::BAD_REQUEST),
        (plain(Method::GET, "/dns-query?dns=!!"), StatusCode::BAD_REQUEST),
        (plain(Method::GET, "/dns-query?dns=AAAA"), StatusCode::BAD_REQUEST),
        (post("/dns-query", &response.to_vec().unwrap()), StatusCode::BAD_REQUEST),
        (get("/", &good), StatusCode::NOT_FOUND),
        (get("/dns-query/a/b", &good), StatusCode::NOT_FOUND),
        (plain(Method::PUT, "/dns-query"), StatusCode::METHOD_NOT_ALLOWED),
        (plain(Method::HEAD, "/dns-query"), StatusCode::METHOD_NOT_ALLOWED),
        (post("/dns-query", &[0; 5_000]), StatusCode::PAYLOAD_TOO_LARGE),
        (typed, StatusCode::UNSUPPORTED_MEDIA_TYPE),
    ];
    runtime().block_on(async {
        for protocol in ["h2", "http/1.1"] {
            for (request, status) in &requests {
                let mut client = Client::new(&house, RESOLVER, protocol).await;
                let about = format!("{} {} {protocol}", request.method(), request.uri());
                assert_eq!(client.send(request.clone()).await.status(), *status, "{about}");
            }
        }
    });
}

#[test]
fn an_idle_connection_is_closed() {
    let mut plan = Plan::new(ruleset(&[]));
    plan.settings.idle = Duration::from_millis(300);
    let house = plan.build();
    runtime().block_on(async {
        let mut client = Client::new(&house, RESOLVER, "h2").await;
        client.ask(get("/dns-query", &asked("site.example"))).await;
        let Client::Two(sender) = &mut client else { unreachable!("HTTP/2 was agreed on") };
        let closed = async {
            while !sender.is_closed() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, closed).await.expect("it was kept open");
    });
    soon("the place was given back", || house.counters.open_connections.load(Relaxed) == 0);
}
