//! The proxy over TLS: curl through it, sign-in inside, and clients that never agree on keys.

mod common;

use common::{Client, House, Plan, client_hello, echo, origin, soon};
use holdfast_core::{
    event::Outcome,
    identity::{KnownPerson, SignIn},
};
use holdfast_gateway::{SignInMode, sign_in::hash_password};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName},
};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::PathBuf,
    process::Command,
    sync::{Arc, atomic::Ordering::SeqCst},
    thread,
    time::Duration,
};
use tempfile::TempDir;
use tokio::sync::watch;

/// One identity that signs itself, for the proxy and for an origin.
struct Identity {
    certificate: CertificateDer<'static>,
    config: Arc<ServerConfig>,
    _folder: TempDir,
    pem: PathBuf,
}

impl Identity {
    fn new() -> Self {
        let names = ["localhost", "127.0.0.1", "rivers.example"].map(str::to_owned);
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let pem = folder.path().join("authority.pem");
        std::fs::write(&pem, made.cert.pem()).unwrap();
        let certificate = made.cert.der().clone();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let config = ServerConfig::builder().with_no_client_auth();
        let config = Arc::new(config.with_single_cert(vec![certificate.clone()], key).unwrap());
        Self { certificate, config, _folder: folder, pem }
    }

    fn watched(&self) -> (watch::Sender<Arc<ServerConfig>>, watch::Receiver<Arc<ServerConfig>>) {
        watch::channel(Arc::clone(&self.config))
    }

    /// A client that trusts this identity and offers these protocols.
    fn client(&self, address: SocketAddr, protocols: &[&str]) -> StreamOwned<ClientConnection, TcpStream> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let name = ServerName::try_from("localhost").unwrap();
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), stream)
    }
}

/// A web server over TLS that answers every connection with one text.
fn secure_origin(identity: &Identity) -> SocketAddr {
    let config = Arc::clone(&identity.config);
    origin(move |client| {
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), client.stream);
        let mut space = [0; 4_096];
        if stream.read(&mut space).is_ok_and(|count| count > 0) {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret").unwrap();
        }
    })
}

fn over_tls(mut plan: Plan, identity: &Identity) -> House {
    let (sender, tls) = identity.watched();
    plan.tls = Some(tls);
    // The identity stays what it is when nobody can replace it any more.
    drop(sender);
    plan.build()
}

/// What curl shows, and whether it was content.
fn curl(house: &House, identity: &Identity, further: &[&str]) -> (String, bool) {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--show-error", "--max-time", "10", "--noproxy", "", "--proxy"]);
    curl.arg(format!("https://localhost:{}", house.address.port()));
    curl.arg("--proxy-cacert").arg(&identity.pem).arg("--cacert").arg(&identity.pem).args(further);
    let output = curl.output().expect("curl is needed");
    let told = [output.stdout, output.stderr].concat();
    (String::from_utf8_lossy(&told).into_owned(), output.status.success())
}

#[test]
fn curl_comes_through_in_the_open_and_by_tunnel() {
    let identity = Identity::new();
    let mut house = over_tls(Plan::to(echo()), &identity);
    let (told, good) = curl(&house, &identity, &["http://rivers.example/a"]);
    assert!(good && told.starts_with("GET /a HTTP/1.1\r\nHost: rivers.example\r\n"), "{told}");
    assert_eq!(house.event().outcome, Outcome::Allowed);
    let (told, _) = curl(&house, &identity, &["http://casino.example/"]);
    assert!(told.contains("closed in school"), "{told}");
    assert_eq!(house.event().outcome, Outcome::Blocked);

    let mut house = over_tls(Plan::to(secure_origin(&identity)), &identity);
    let (told, good) = curl(&house, &identity, &["https://rivers.example/"]);
    assert!(good && told == "secret", "{told}");
    let event = house.event();
    assert_eq!((&*event.scheme, event.host.as_deref()), ("tunnel", Some("rivers.example")));
    let (told, good) = curl(&house, &identity, &["https://casino.example/"]);
    assert!(!good && told.contains("403"), "{told}");
    assert_eq!(house.event().outcome, Outcome::Blocked);
    assert_eq!(house.gate().counters().handshake_faults.load(SeqCst), 0);
}

#[test]
fn the_sign_in_travels_inside() {
    let identity = Identity::new();
    let mut plan = Plan::to(echo());
    plan.sign_in = SignInMode::Required;
    let hash = hash_password("correct horse").unwrap();
    plan.identity
        .people
        .insert("p-1".into(), KnownPerson { id: "p-1".into(), group: "oak".into(), classes: Vec::new() });
    plan.identity.sign_ins.insert("amber".to_owned(), SignIn { person: "p-1".into(), password_hash: hash.into() });
    let mut house = over_tls(plan, &identity);
    let status = ["--output", "-", "--write-out", "%{http_code}", "http://rivers.example/"];
    assert!(curl(&house, &identity, &status).0.ends_with("407"));
    assert_eq!(&*house.event().layer, "sign-in");
    let (told, good) = curl(&house, &identity, &[&["--proxy-user", "amber:correct horse"], &status[..]].concat());
    assert!(good && told.ends_with("200") && !told.contains("Authorization"), "{told}");
    assert_eq!(house.event().subject.person, Some("p-1".into()));
}

#[test]
fn only_the_protocol_that_is_spoken_is_agreed_on() {
    let identity = Identity::new();
    let house = over_tls(Plan::to(echo()), &identity);
    for protocols in [["h2", "http/1.1"].as_slice(), &["http/1.1"], &[]] {
        let mut client = identity.client(house.address, protocols);
        client.write_all(b"GET http://rivers.example/ HTTP/1.1\r\nHost: rivers.example\r\n\r\n").unwrap();
        let mut start = [0; 15];
        client.read_exact(&mut start).unwrap();
        assert_eq!(&start, b"HTTP/1.1 200 OK");
        let agreed = client.conn.alpn_protocol();
        assert_eq!(agreed, (!protocols.is_empty()).then_some(b"http/1.1".as_slice()));
    }
    let mut client = identity.client(house.address, &["h2"]);
    assert!(client.write_all(b"x").and_then(|()| client.read(&mut [0; 8])).is_err());
    soon("the refusal is counted", || house.gate().counters().handshake_faults.load(SeqCst) == 1);
}

#[test]
fn silence_dribble_and_garbage_are_cut_counted_and_not_told() {
    let identity = Identity::new();
    let mut house = over_tls(Plan::to(echo()), &identity);
    let counters = house.gate().counters();
    let mut silent = house.client();
    let mut dribbling = house.client();
    let hello = client_hello("localhost");
    let sending = thread::spawn(move || {
        for byte in &hello[..40] {
            if dribbling.stream.write_all(&[*byte]).is_err() {
                break;
            }
            thread::sleep(Duration::from_millis(25));
        }
        dribbling.rest()
    });
    let mut plain = house.client();
    plain.send("GET http://rivers.example/ HTTP/1.1\r\nHost: rivers.example\r\n\r\n");
    // A short alert is all that whoever speaks no TLS gets.
    assert!(plain.rest().len() < 16);
    assert_eq!(silent.rest(), "");
    assert_eq!(sending.join().unwrap(), "");
    soon("all three are counted", || counters.handshake_faults.load(SeqCst) == 3);
    soon("nobody is left", || counters.open_connections.load(SeqCst) == 0);
    assert_eq!(counters.requests.load(SeqCst), 0);
    assert!(house.is_silent());
}

#[test]
fn a_new_identity_holds_for_the_next_connection() {
    let (old, new) = (Identity::new(), Identity::new());
    let (sender, tls) = old.watched();
    let mut plan = Plan::to(echo());
    plan.tls = Some(tls);
    let house = plan.build();
    let ask = |client: &mut StreamOwned<ClientConnection, TcpStream>| {
        client.write_all(b"GET http://rivers.example/ HTTP/1.1\r\nHost: rivers.example\r\nX-Last: 1\r\n\r\n")?;
        let mut answer = Vec::new();
        while !answer.ends_with(b"X-Last: 1\r\nVia: 1.1 holdfast\r\n\r\n") {
            let mut space = [0; 1_024];
            match client.read(&mut space)? {
                0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
                count => answer.extend_from_slice(&space[..count]),
            }
        }
        Ok::<(), std::io::Error>(())
    };
    let mut first = old.client(house.address, &["http/1.1"]);
    ask(&mut first).unwrap();
    sender.send_replace(Arc::clone(&new.config));
    assert!(ask(&mut old.client(house.address, &[])).is_err(), "the old one is not shown any more");
    ask(&mut new.client(house.address, &[])).unwrap();
    ask(&mut first).expect("whoever is inside stays");
}

/// TLS takes more than it can write at once. What it still holds must go out without anything else happening.
#[test]
fn a_slow_reader_gets_the_last_byte() {
    const LENGTH: usize = 24 * 1024 * 1024;
    let identity = Identity::new();
    let body = |mut client: Client| {
        let head = client.until("\r\n\r\n");
        let (start, count) = match head.strip_prefix("GET ") {
            Some(_) => (format!("HTTP/1.1 200 OK\r\nContent-Length: {LENGTH}\r\n\r\n"), LENGTH),
            None => (String::new(), LENGTH),
        };
        client.send(start);
        client.send(vec![b'x'; count]);
        // The connection stays, so that nothing but the gate itself can push the rest out.
        client.rest();
    };
    let house = over_tls(Plan::to(origin(body)), &identity);
    let read_slowly = |client: &mut StreamOwned<ClientConnection, TcpStream>| {
        thread::sleep(Duration::from_millis(300));
        let mut taken = 0;
        let mut space = vec![0; 65_536];
        while taken < LENGTH {
            let most = space.len().min(LENGTH - taken);
            taken += client.read(&mut space[..most]).unwrap();
        }
    };
    let head_of = |client: &mut StreamOwned<ClientConnection, TcpStream>| {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            client.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
    };
    let mut client = identity.client(house.address, &[]);
    client.write_all(b"GET http://rivers.example/ HTTP/1.1\r\nHost: rivers.example\r\n\r\n").unwrap();
    head_of(&mut client);
    read_slowly(&mut client);

    let mut client = identity.client(house.address, &[]);
    client.write_all(b"CONNECT alarm.example:5222 HTTP/1.1\r\nHost: alarm.example:5222\r\n\r\n").unwrap();
    head_of(&mut client);
    client.write_all(b"BYTES\r\n\r\n").unwrap();
    read_slowly(&mut client);
}

#[test]
fn the_pac_file_names_a_proxy_over_tls_as_one() {
    let identity = Identity::new();
    let house = over_tls(Plan::to(echo()), &identity);
    let mut client = identity.client(house.address, &[]);
    let port = house.address.port();
    let asked = format!("GET /proxy.pac HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n");
    client.write_all(asked.as_bytes()).unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.contains(&format!("var proxy = \"HTTPS localhost:{port}\";")), "{answer}");
}
