use super::*;
use rcgen::{CertificateParams, KeyPair};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpListener},
    sync::Mutex,
    thread,
};
use ureq::tls::Certificate;

/// A site at this computer for every name of its certificate, which answers each path with what the test wrote for it.
struct Site {
    address: SocketAddr,
    root: String,
    asked: Arc<Mutex<Vec<String>>>,
}

const NAMES: [&str; 3] = ["help.example", "www.help.example", "other.example"];

impl Site {
    fn start(answer: fn(&str, &str) -> &'static str) -> Self {
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = NAMES.iter().map(|name| (*name).to_owned()).collect();
        let certificate = CertificateParams::new(names).unwrap().self_signed(&key).unwrap();
        let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private)
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = Arc::clone(&asked);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
                let mut reader = BufReader::new(StreamOwned::new(connection, stream.unwrap()));
                let mut head = String::new();
                while reader.read_line(&mut head).is_ok_and(|count| count > 2) {}
                let mut words = head.split(' ');
                let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
                if path.is_empty() {
                    continue;
                }
                seen.lock().unwrap().push(format!("{method} {path}"));
                let text =
                    format!("HTTP/1.1 {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", answer(method, path));
                let mut stream = reader.into_inner();
                drop(stream.write_all(text.as_bytes()).and_then(|()| stream.flush()));
                stream.conn.send_close_notify();
                drop(stream.flush());
            }
        });
        Self { address, root: certificate.pem(), asked }
    }

    fn asker(&self) -> Asker {
        let root = Certificate::from_pem(self.root.as_bytes()).unwrap();
        Asker::with(RootCerts::from(std::iter::once(root)), ToSite(Some(self.address)))
    }
}

/// Every name of the site's leads to it, another one nowhere; without a site, nothing leads anywhere.
#[derive(Debug)]
struct ToSite(Option<SocketAddr>);

impl Resolver for ToSite {
    fn resolve(&self, uri: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut found = self.empty();
        let host = uri.host().unwrap_or_default();
        match self.0 {
            Some(address) if NAMES.contains(&host) || host == "impostor.example" => found.push(address),
            Some(_) => return Err(ureq::Error::HostNotFound),
            None => return Err(ureq::Error::ConnectionFailed),
        }
        Ok(found)
    }
}

fn answers(method: &str, path: &str) -> &'static str {
    match (method, path) {
        (_, "/gone") => "410 Gone",
        (_, "/here") => "302 Found\r\nLocation: https://www.help.example/fine",
        (_, "/there") => "301 Moved Permanently\r\nLocation: https://other.example/",
        (_, "/round") => "302 Found\r\nLocation: /round",
        (_, "/plain") => "302 Found\r\nLocation: http://help.example/",
        ("HEAD", "/only-get") => "405 Method Not Allowed",
        (_, "/guarded") => "403 Forbidden",
        (_, "/fault") => "503 Service Unavailable",
        _ => "200 OK",
    }
}

#[test]
fn each_address_is_told_as_it_was_found() {
    let site = Site::start(answers);
    let asker = site.asker();
    let wanted = [
        ("https://help.example/fine", LinkFound::Works),
        ("https://help.example/here", LinkFound::Works),
        ("https://help.example/only-get", LinkFound::Works),
        ("https://help.example/there", LinkFound::Moved),
        ("https://help.example/gone", LinkFound::Broken),
        ("https://nobody.example/", LinkFound::Broken),
        ("https://impostor.example/", LinkFound::Broken),
        ("https://help.example/guarded", LinkFound::Unsure),
        ("https://help.example/fault", LinkFound::Unsure),
        ("https://help.example/round", LinkFound::Unsure),
        ("https://help.example/plain", LinkFound::Unsure),
    ];
    for (address, found) in wanted {
        let (how, words) = asker.ask(address);
        assert_eq!(how, found, "{address}: {words}");
        assert!(words.ends_with('.'), "{words}");
    }
    // Nobody was led to another organisation's site.
    assert!(!site.asked.lock().unwrap().iter().any(|asked| asked.ends_with(" /")), "{:?}", site.asked);
}

#[test]
fn without_a_way_out_nothing_is_told_as_broken() {
    let asker = Asker::with(RootCerts::WebPki, ToSite(None));
    let addresses = (0..20).map(|number| format!("https://help.example/{number}"));
    for (address, found, words) in asker.ask_all(addresses, &AtomicBool::default()) {
        assert_eq!(found, LinkFound::NotChecked, "{address}: {words}");
    }
    // Neither where names lead nowhere: then it is our own name service that is silent.
    let site = Site::start(answers);
    let names = (0..9).map(|number| format!("https://unknown-{number}.example/"));
    assert!(
        site.asker().ask_all(names, &AtomicBool::default()).iter().all(|(_, found, _)| *found == LinkFound::NotChecked)
    );
    let one_answers = ["https://unknown.example/".to_owned(), "https://help.example/fine".to_owned()];
    let found: Vec<_> =
        site.asker().ask_all(one_answers, &AtomicBool::default()).into_iter().map(|(_, found, _)| found).collect();
    assert_eq!(found, [LinkFound::Broken, LinkFound::Works]);
}

#[tokio::test]
async fn a_look_that_nobody_waits_for_any_more_asks_no_further() {
    let site = Site::start(|_, _| {
        thread::sleep(Duration::from_millis(100));
        "200 OK"
    });
    let asker = site.asker();
    let still_wanted = StillWanted::default();
    let is_over = Arc::clone(&still_wanted.is_over);
    let addresses = (0..200).map(|number| format!("https://help.example/{number}"));
    let asked = tokio::task::spawn_blocking(move || asker.ask_all(addresses, &is_over));
    time::sleep(Duration::from_millis(300)).await;
    drop(still_wanted);
    assert!(asked.await.unwrap().len() < 200);
}

#[test]
fn private_addresses_are_never_asked() {
    let private = [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "172.16.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "192.0.0.8",
        "198.18.0.1",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "2001:db8::1",
        "ff02::1",
    ];
    for address in private {
        assert!(!is_public(address.parse().unwrap()), "{address}");
    }
    for address in ["1.1.1.1", "151.101.0.81", "2a00:1450:4009::1"] {
        assert!(is_public(address.parse().unwrap()), "{address}");
    }
    let asked = Asker::with(RootCerts::WebPki, Public(DefaultResolver::default())).ask("https://127.0.0.1/");
    assert_eq!(asked.0, LinkFound::NotChecked, "{}", asked.1);
}

#[test]
fn a_look_is_due_once_a_day_and_sooner_where_nothing_could_be_asked() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let look = |found| LinkLook {
        address: "https://help.example/".to_owned(),
        found,
        words: String::new(),
        since: at("2026-11-20T08:00:00Z"),
        looked: at("2026-11-23T08:00:00Z"),
    };
    assert!(is_due(&[], at("2026-11-23T08:00:00Z")));
    assert!(!is_due(&[look(LinkFound::Works)], at("2026-11-24T07:59:00Z")));
    assert!(is_due(&[look(LinkFound::Works)], at("2026-11-24T08:00:00Z")));
    assert!(is_due(&[look(LinkFound::NotChecked)], at("2026-11-23T09:00:00Z")));
    assert!(wrong(&[look(LinkFound::Broken)]).is_some_and(|alarm| alarm.words.contains("help.example")));
    assert_eq!(wrong(&[look(LinkFound::NotChecked), look(LinkFound::Unsure)]), None);
    let fresh = LinkLook { since: at("2026-11-23T08:00:00Z"), ..look(LinkFound::Broken) };
    assert_eq!(wrong(&[fresh]), None, "once may be the site's bad hour");
}
