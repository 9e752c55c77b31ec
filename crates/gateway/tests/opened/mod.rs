//! A gate that opens secure connections, sites with certificates of their own authority, and clients that trust the
//! school's.

#![expect(dead_code, reason = "each test file uses its own part of this")]

use crate::common::{self, House, Plan};
use holdfast_core::ruleset::Ruleset;
use holdfast_gateway::inspect::{Inspection, authority::Authority};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName},
    server::danger::ClientCertVerifier,
};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::Duration,
};
use tokio::sync::watch;

/// Opens everything for everybody but what is left unopened; gambling is blocked.
pub(crate) const OPEN: &str = r#"
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

[[rule]]
code = "no-fights"
action = "block"
everyone = true
addresses = ["rivers.example/fights"]
author = "head"
reason = "To test."

[[left_unopened]]
code = "payroll"
title = "Payroll"
hosts = ["payroll.example"]
author = "head"
reason = "To test."

[[partner]]
host = "partner.example"
name = "The designated officer"

[[help]]
host = "help.example"
name = "Help"
"#;

/// An authority made for a test.
pub(crate) struct MadeAuthority {
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) issuer: Issuer<'static, KeyPair>,
    pub(crate) key: PrivateKeyDer<'static>,
}

impl MadeAuthority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let pair = KeyPair::generate().unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pair.serialize_der()));
        let certificate = params.self_signed(&pair).unwrap().der().clone();
        Self { certificate, issuer: Issuer::new(params, pair), key }
    }

    /// Trusted alone.
    pub(crate) fn roots(&self) -> Arc<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        Arc::new(roots)
    }

    /// A server's settings with a certificate for these names, speaking these protocols.
    pub(crate) fn server(&self, names: &[&str], protocols: &[&str]) -> Arc<ServerConfig> {
        let (certificate, key) = self.certify(names);
        let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key);
        let mut config = config.unwrap();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        Arc::new(config)
    }

    /// The settings of a server that wants a certificate of its clients.
    pub(crate) fn server_that_asks(&self, names: &[&str], of: Arc<dyn ClientCertVerifier>) -> Arc<ServerConfig> {
        let (certificate, key) = self.certify(names);
        let config = ServerConfig::builder().with_client_cert_verifier(of);
        Arc::new(config.with_single_cert(vec![certificate], key).unwrap())
    }

    fn certify(&self, names: &[&str]) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let pair = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(names).unwrap().signed_by(&pair, &self.issuer).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pair.serialize_der()));
        (certificate.der().clone(), key)
    }
}

/// The authorities on both sides.
pub(crate) struct Authorities {
    /// The sites'.
    pub(crate) sites: MadeAuthority,
    /// The school's.
    pub(crate) school: MadeAuthority,
    pub(crate) in_use: watch::Sender<Option<Arc<Authority>>>,
}

pub(crate) type Secure = StreamOwned<ClientConnection, TcpStream>;

impl Authorities {
    pub(crate) fn new() -> Self {
        let (sites, school) = (MadeAuthority::new("Sites"), MadeAuthority::new("School"));
        let authorities = Self { sites, school, in_use: watch::channel(None).0 };
        authorities.restore();
        authorities
    }

    /// The school's authority is in use.
    pub(crate) fn restore(&self) {
        let authority = Authority::new(vec![self.school.certificate.clone()], &self.school.key).unwrap();
        self.in_use.send_replace(Some(Arc::new(authority)));
    }

    /// A plan of a gate that opens connections; every `.example` name leads to `origin`.
    pub(crate) fn plan(&self, origin: SocketAddr) -> Plan {
        let inspection = Inspection { authority: self.in_use.subscribe(), roots: self.sites.roots() };
        Plan { inspection: Some(inspection), ..Plan::to(origin) }
    }

    /// A gate with this policy.
    pub(crate) fn house(&self, origin: SocketAddr, policy: &str) -> House {
        let house = self.plan(origin).build();
        house.rulesets.send_replace(ruleset(policy));
        house
    }

    /// How a client greets that trusts this authority.
    pub(crate) fn client(trusted: &MadeAuthority, protocols: &[&str]) -> Arc<ClientConfig> {
        let mut config = ClientConfig::builder().with_root_certificates(trusted.roots()).with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        Arc::new(config)
    }

    /// A tunnel to a host in which a client that trusts the school greets with the host's name.
    pub(crate) fn opened(&self, house: &House, host: &str) -> Secure {
        greet(house, &format!("{host}:443"), host, Self::client(&self.school, &[]))
    }
}

pub(crate) fn ruleset(policy: &str) -> Arc<Ruleset> {
    common::ruleset_of(policy, &["casino.example"], &["sealed.example"])
}

/// Opens a tunnel and greets in it. Nothing is sent before something is written or read.
pub(crate) fn greet(house: &House, target: &str, name: &str, config: Arc<ClientConfig>) -> Secure {
    let client = common::connect(house, target);
    let name = ServerName::try_from(name.to_owned()).unwrap();
    StreamOwned::new(ClientConnection::new(config, name).unwrap(), client.stream)
}

/// A site behind TLS that gives each connection to `serve`. Clients that do not agree on keys are let go.
pub(crate) fn secure_origin(
    config: Arc<ServerConfig>,
    serve: impl Fn(&mut StreamOwned<ServerConnection, TcpStream>) + Send + Sync + 'static,
) -> SocketAddr {
    common::origin(move |client| {
        let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
        let mut stream = StreamOwned::new(connection, client.stream);
        while stream.conn.is_handshaking() {
            if stream.conn.complete_io(&mut stream.sock).is_err() {
                return;
            }
        }
        serve(&mut stream);
        stream.conn.send_close_notify();
        drop(stream.flush());
    })
}

/// A site that answers each request with the head it received.
pub(crate) fn secure_echo(config: Arc<ServerConfig>) -> SocketAddr {
    secure_origin(config, |stream| {
        while let Some(head) = read_head(stream) {
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{head}", head.len());
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    })
}

/// Reads one head; nothing at the end.
pub(crate) fn read_head(stream: &mut impl Read) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            Ok(_) | Err(_) => return None,
        }
    }
    Some(head.into_iter().map(char::from).collect())
}

/// Reads one answer with a `Content-Length`: its head and its body.
pub(crate) fn read_answer(stream: &mut impl Read) -> (String, String) {
    let head = read_head(stream).expect("an answer");
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).unwrap();
    (head, String::from_utf8_lossy(&body).into_owned())
}

/// Asks for a path of a host as a browser does.
pub(crate) fn ask(stream: &mut Secure, host: &str, path: &str) -> (String, String) {
    let text = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\n\r\n");
    stream.write_all(text.as_bytes()).unwrap();
    stream.sock.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    read_answer(stream)
}

/// The certificate that was shown.
pub(crate) fn shown(stream: &Secure) -> CertificateDer<'static> {
    stream.conn.peer_certificates().unwrap()[0].clone().into_owned()
}

/// Serves each connection to a free port with `serve`, until the returned address is forgotten with the test.
fn serve_all<F>(serve: impl Fn(tokio::net::TcpStream) -> F + Send + 'static) -> SocketAddr
where
    F: Future<Output = std::io::Result<()>> + Send + 'static,
{
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                // A connection that breaks off ends both sides, which is all there is to tell.
                tokio::spawn(serve(stream));
            }
        });
    });
    address
}

/// Where a client of bytes in the clear comes out inside an opened connection to this host.
pub(crate) fn inside(house: &House, host: &'static str, client: Arc<ClientConfig>) -> SocketAddr {
    let gate = house.address;
    serve_all(move |mut near| {
        let client = Arc::clone(&client);
        async move {
            use tokio::io::{AsyncReadExt, AsyncWriteExt};
            let mut far = tokio::net::TcpStream::connect(gate).await?;
            far.write_all(format!("CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n").as_bytes()).await?;
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(far.read_u8().await?);
            }
            let name = ServerName::try_from(host).unwrap();
            let mut far = tokio_rustls::TlsConnector::from(client).connect(name, far).await?;
            tokio::io::copy_bidirectional(&mut near, &mut far).await.map(drop)
        }
    })
}

/// A site behind TLS whose inside is served in the clear elsewhere.
pub(crate) fn terminated(config: Arc<ServerConfig>, inside: SocketAddr) -> SocketAddr {
    serve_all(move |near| {
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::clone(&config));
        async move {
            let mut near = acceptor.accept(near).await?;
            let mut far = tokio::net::TcpStream::connect(inside).await?;
            tokio::io::copy_bidirectional(&mut near, &mut far).await.map(drop)
        }
    })
}
