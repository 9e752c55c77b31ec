//! A PostgreSQL on another machine is spoken to through TLS alone, and only with the certificate it should have: a real one with
//! `ssl=on`, behind a relay that keeps what went over the wire.
//!
//! The relay listens on every address, and `0.0.0.0` leads to it: no loopback address, so the store takes it for another
//! machine's.

use crate::postgres::Postgres;
use holdfast_records::{
    Fault, Records,
    store::{Clock, Place},
};
use jiff::Timestamp;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy},
    net::{TcpListener, TcpStream},
};

const SECRET: &str = "correct-horse";
/// A client's wish for TLS (PostgreSQL's protocol, `SSLRequest`), and how its first TLS record begins (RFC 8446, §5.1).
const WISH: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];
const HANDSHAKE: [u8; 2] = [0x16, 0x03];
/// How long the server may take to go by another setting.
const PATIENCE: Duration = Duration::from_secs(30);

type Issuer = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Issuer {
    let mut params = CertificateParams::new(Vec::new()).expect("no names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority")
}

/// Puts a certificate for a name where the server looks for it.
fn certify(folder: &Path, issuer: &Issuer, name: &str) {
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
    let certificate = params.signed_by(&key, issuer).expect("signed");
    for (file, text) in [("server.crt", certificate.pem()), ("server.key", key.serialize_pem())] {
        let path = folder.join(file);
        fs::write(&path, text).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("for the server alone");
        // Only root can give it away; whoever else runs the tests runs the server too.
        let _given = Command::new("chown").arg("postgres:").arg(&path).stderr(std::process::Stdio::null()).status();
    }
}

/// What clients said over the wire.
type Heard = Arc<Mutex<Vec<Vec<u8>>>>;

/// Hands connections on to the server; its port, and what was said.
async fn relay(server: String) -> (u16, Heard) {
    let listener = TcpListener::bind("0.0.0.0:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let heard = Heard::default();
    let all = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let Ok(server) = TcpStream::connect(&server).await else { continue };
            let (mut from_client, mut to_client) = client.into_split();
            let (mut from_server, mut to_server) = server.into_split();
            let place = {
                let mut all = all.lock().expect("nobody panicked");
                all.push(Vec::new());
                all.len() - 1
            };
            tokio::spawn(async move { copy(&mut from_server, &mut to_client).await });
            let all = Arc::clone(&all);
            tokio::spawn(async move {
                let mut bytes = [0; 4096];
                while let Ok(read @ 1..) = from_client.read(&mut bytes).await {
                    all.lock().expect("nobody panicked")[place].extend(&bytes[..read]);
                    if to_server.write_all(&bytes[..read]).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    (port, heard)
}

async fn open(url: String) -> Result<(), Fault> {
    let folder = tempfile::tempdir().expect("a folder");
    let place = Place { data: folder.path().join("data"), database: Some(url), secrets: folder.path().join("secrets") };
    let records = Records::open(&place, Clock::new(Timestamp::now)).await?;
    records.close().await;
    Ok(())
}

/// Why it does not open; never with the password in it.
async fn refused(url: String) -> String {
    let words = open(url).await.expect_err("it must not open").to_string();
    assert!(!words.contains(SECRET), "{words}");
    words
}

/// Tries until the server goes by what was set.
async fn until_it_opens(url: &str) {
    let begun = std::time::Instant::now();
    while let Err(fault) = open(url.to_owned()).await {
        assert!(begun.elapsed() < PATIENCE, "{fault}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_elsewhere_is_spoken_to_through_verified_tls_alone() {
    // An address of this program's own, since the port is always the same one.
    let own = std::process::id().to_be_bytes();
    let address = format!("127.{}.{}.{}", own[1].max(1), own[2], own[3]);
    let server = match Postgres::start(format!("listen_addresses={address}").leak()) {
        Ok(server) => server,
        Err(why) => return crate::skipped::because(format!("not run on PostgreSQL: {why}")),
    };
    let (right, wrong) = (authority(), authority());
    let folder = tempfile::tempdir().expect("a folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711)).expect("the server may look in");
    for (file, issuer) in [("right.pem", &right), ("wrong.pem", &wrong)] {
        fs::write(folder.path().join(file), issuer.pem()).expect("written");
    }
    let at = |file: &str| folder.path().join(file).display().to_string();
    let (port, heard) = relay(format!("{address}:5432")).await;
    server.new_database("elsewhere").await;
    let plain = format!("postgres://holdfast:{SECRET}@0.0.0.0:{port}/elsewhere");
    let with = |root: &str| format!("{plain}?sslrootcert={}", at(root));

    // Without TLS on its side nothing but the wish for it is said, with or without a certificate to hold it to.
    refused(with("right.pem")).await;
    refused(plain.clone()).await;
    refused(format!("{plain}?sslmode=require")).await;
    refused(format!("{plain}?sslmode=prefer")).await;
    refused(format!("{plain}?sslmode=disable")).await;
    let said = heard.lock().expect("nobody panicked").clone();
    assert!(!said.is_empty() && said.iter().all(|said| *said == WISH), "{said:?}");

    // With the right certificate it opens, and all that is said is sealed.
    certify(folder.path(), &right, "0.0.0.0");
    for setting in [
        format!("ssl_cert_file = '{}'", at("server.crt")),
        format!("ssl_key_file = '{}'", at("server.key")),
        "ssl = on".to_owned(),
    ] {
        server.order(&format!("ALTER SYSTEM SET {setting}")).await;
    }
    server.order("SELECT pg_reload_conf()").await;
    until_it_opens(&with("right.pem")).await;
    let said = heard.lock().expect("nobody panicked").clone();
    assert!(said.iter().any(|said| said.starts_with(&[&WISH[..], &HANDSHAKE].concat())), "TLS was spoken");
    for said in &said {
        let names_something = said.windows(14).any(|piece| piece == b"schema_version");
        assert!(!names_something && !said.windows(9).any(|piece| piece == b"elsewhere"), "said in the open");
    }

    // A certificate of somebody else's authority, or held to none: refused.
    refused(with("wrong.pem")).await;
    refused(plain.clone()).await;
    // The right authority, and another machine's name.
    certify(folder.path(), &right, "other.school.example");
    server.order("SELECT pg_reload_conf()").await;
    let begun = std::time::Instant::now();
    while open(with("right.pem")).await.is_ok() {
        assert!(begun.elapsed() < PATIENCE, "another machine's certificate is taken");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    refused(with("right.pem")).await;
    // And the right one again: it was the name.
    certify(folder.path(), &right, "0.0.0.0");
    server.order("SELECT pg_reload_conf()").await;
    until_it_opens(&with("right.pem")).await;
}
