//! Clients that trust us, that do not, and that do neither.

use super::*;
use crate::{
    inspect::{authority::tests::taken, leaf::Leaves},
    secure::{
        Protocol,
        tests::made::{ends, root, trusting, versions},
    },
};
use holdfast_core::host::Host;
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs, pki_types::ServerName};
use std::time::SystemTime;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsConnector;

const LONG: Duration = Duration::from_secs(30);

fn client(roots: Arc<RootCertStore>, is_old: bool) -> ClientConfig {
    ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(versions(is_old))
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// The settings with which a client is met, and who trusts them.
fn met_with(protocols: &[Protocol]) -> (Arc<ServerConfig>, Arc<RootCertStore>) {
    let signer = root("An authority");
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_micros();
    let host = Host::parse("rivers.example").unwrap();
    let config = Leaves::new()
        .unwrap()
        .config(&Arc::new(taken(&signer)), &host, protocols, i64::try_from(now).unwrap())
        .unwrap();
    (config, trusting(&[signer.der()]))
}

async fn meeting(config: Arc<ServerConfig>, client: ClientConfig, name: &'static str) -> Result<(), MeetFault> {
    let (visitor, taken) = ends().await;
    let name = ServerName::try_from(name).unwrap();
    let connecting = async {
        let mut stream = TlsConnector::from(Arc::new(client)).connect(name, visitor).await?;
        stream.write_all(b"word").await?;
        Ok::<_, io::Error>(stream)
    };
    let (met, connected) = tokio::join!(meet(taken, config, LONG), connecting);
    assert_eq!(met.is_ok(), connected.is_ok());
    let mut word = [0; 4];
    met?.read_exact(&mut word).await.unwrap();
    assert_eq!(&word, b"word");
    Ok(())
}

#[tokio::test]
async fn a_client_that_does_not_trust_the_authority_says_so() {
    for is_old in [false, true] {
        let (config, roots) = met_with(&[]);
        meeting(Arc::clone(&config), client(Arc::clone(&roots), is_old), "rivers.example").await.unwrap();
        let stranger = trusting(&[root("A stranger").der()]);
        let fault = meeting(Arc::clone(&config), client(stranger, is_old), "rivers.example").await;
        assert_eq!(fault, Err(MeetFault::Distrust("unknown_ca")));
        let fault = meeting(config, client(roots, is_old), "lakes.example").await;
        assert_eq!(fault, Err(MeetFault::Distrust("bad_certificate")), "another name than it wanted");
    }
}

#[tokio::test]
async fn a_client_that_speaks_nothing_of_ours_is_no_distrust() {
    let (config, roots) = met_with(&[Protocol::Http1]);
    let mut client = client(roots, false);
    client.alpn_protocols = vec![b"h2".to_vec()];
    assert_eq!(meeting(config, client, "rivers.example").await, Err(MeetFault::Tls("tls-nothing-in-common")));
}

/// What comes of a client that says this and closes.
async fn said(bytes: &[u8]) -> MeetFault {
    let (config, _) = met_with(&[]);
    let (mut visitor, taken) = ends().await;
    let saying = async {
        visitor.write_all(bytes).await.unwrap();
        visitor.shutdown().await.unwrap();
    };
    tokio::join!(meet(taken, config, LONG), saying).0.unwrap_err()
}

#[tokio::test]
async fn only_alerts_about_the_certificate_are_distrust() {
    let distrust = [
        (42, "bad_certificate"),
        (43, "unsupported_certificate"),
        (44, "certificate_revoked"),
        (45, "certificate_expired"),
        (46, "certificate_unknown"),
        (48, "unknown_ca"),
        (49, "access_denied"),
        (113, "bad_certificate_status_response"),
        (114, "bad_certificate_hash_value"),
        (121, "ech_required"),
    ];
    for number in 1..=255 {
        // A fatal alert in plain, as before any keys.
        let fault = said(&[21, 3, 3, 0, 2, 2, number]).await;
        let wanted = match distrust.iter().find(|(known, _)| *known == number) {
            Some((_, name)) => MeetFault::Distrust(name),
            None if [40, 70, 71, 120].contains(&number) => MeetFault::Tls("tls-nothing-in-common"),
            None => MeetFault::Tls("tls-alert"),
        };
        assert_eq!(fault, wanted, "{number}");
    }
}

#[tokio::test]
async fn clients_that_speak_no_tls_leave_or_wait_are_told_apart() {
    assert_eq!(said(b"GET / HTTP/1.1\r\n\r\n").await, MeetFault::Tls("tls-protocol"));
    assert_eq!(said(b"").await, MeetFault::Left(io::ErrorKind::UnexpectedEof));
    let (config, _) = met_with(&[]);
    let (_silent, taken) = ends().await;
    let met = meet(taken, config, Duration::from_millis(20)).await;
    assert_eq!(met.unwrap_err(), MeetFault::Late);
}
