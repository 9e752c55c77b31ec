//! A provider of single sign-on that a test starts (`tests/data/oidc`): npm's `oidc-provider`, or one that lies; and a browser
//! that goes there and back.

use crate::browser::Answer;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use url::{Url, form_urlencoded};

/// A running provider.
pub struct Peer {
    program: Child,
    pub port: u16,
}

impl Peer {
    /// Starts it; `None`, having said why, where this machine has not what it needs.
    pub fn start() -> Option<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/oidc");
        let has_node = Command::new("node").arg("--version").output().is_ok_and(|output| output.status.success());
        if !has_node || !folder.join("node_modules").exists() {
            crate::skipped::because(format!(
                "npm's oidc-provider is not installed (cargo xtask test installs it; by hand: npm ci in {})",
                folder.display()
            ));
            return None;
        }
        let mut program = Command::new("node")
            .arg("provider.mjs")
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node starts");
        let mut line = String::new();
        let output = program.stdout.take().expect("it has an output");
        BufReader::new(output).read_line(&mut line).expect("it says its port");
        Some(Self { program, port: line.trim().parse().expect("a port") })
    }

    pub fn issuer(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Tells it what to be.
    pub async fn tell(&self, what: &Value) {
        let mut traveller = Traveller::default();
        let answer = traveller.send("POST", &format!("{}/control", self.issuer()), &[], &what.to_string()).await;
        assert_eq!(answer.status, 204, "{}", answer.text);
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        drop(self.program.kill());
        drop(self.program.wait());
    }
}

/// A browser that goes from one site to another, with each site's own cookies.
#[derive(Debug, Clone, Default)]
pub struct Traveller {
    pub cookies: BTreeMap<(u16, String), String>,
}

impl Traveller {
    pub async fn get(&mut self, address: &str) -> Answer {
        self.send("GET", address, &[], "").await
    }

    /// Sends a form from a page of the same site.
    pub async fn post(&mut self, address: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let headers = [("Sec-Fetch-Site", "same-origin"), ("Content-Type", "application/x-www-form-urlencoded")];
        self.send("POST", address, &headers, &body).await
    }

    /// Sends a form of a page that is open, with that page's token.
    pub async fn act(&mut self, page: &str, address: &str, fields: &[(&str, &str)]) -> Answer {
        let shown = self.get(page).await;
        assert_eq!(shown.status, 200, "{page}: {}\n{}", shown.head, shown.text);
        let (_, rest) = shown.text.split_once("name=\"token\" value=\"").expect("the page has a form");
        let token = rest.split('"').next().expect("it ends").to_owned();
        let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("token", &*token)]).collect();
        self.post(address, &fields).await
    }

    /// Follows where an answer leads until it leads to `port` and the path begins so, or nowhere; the address it stopped before.
    pub async fn follow(&mut self, from: &str, until: (u16, &str)) -> String {
        let mut address = Url::parse(from).expect("an address");
        for _ in 0..12 {
            if address.port() == Some(until.0) && address.path().starts_with(until.1) {
                return address.to_string();
            }
            let answer = self.get(address.as_str()).await;
            assert!((300..400).contains(&answer.status), "{address}: {}\n{}", answer.head, answer.text);
            address = address.join(answer.header("location").expect("it leads somewhere")).expect("an address");
        }
        panic!("it leads in circles: {address}");
    }

    pub async fn send(&mut self, method: &str, address: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let address = Url::parse(address).expect("an address");
        let port = address.port().expect("a port");
        let path = &address[url::Position::BeforePath..url::Position::AfterQuery];
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n");
        for (name, value) in headers {
            write!(request, "{name}: {value}\r\n").expect("a string takes it");
        }
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .filter(|((of, _), _)| *of == port)
            .map(|((_, name), value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            write!(request, "Cookie: {}\r\n", cookies.join("; ")).expect("a string takes it");
        }
        write!(request, "Content-Length: {}\r\n\r\n{body}", body.len()).expect("a string takes it");
        let exchange = async {
            let mut stream = TcpStream::connect(("localhost", port)).await.expect("it listens");
            stream.write_all(request.as_bytes()).await.expect("it reads");
            let mut text = String::new();
            stream.read_to_string(&mut text).await.expect("it answers");
            text
        };
        let text = timeout(Duration::from_secs(30), exchange).await.expect("it answers in time");
        let (head, text) = text.split_once("\r\n\r\n").expect("an answer has a head");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        for line in head.lines() {
            let Some((name, value)) = line.split_once(": ") else { continue };
            if name.eq_ignore_ascii_case("set-cookie") {
                let (cookie, rest) = value.split_once(';').unwrap_or((value, ""));
                let (name, value) = cookie.split_once('=').expect("a cookie has a value");
                let key = (port, name.trim().to_owned());
                let is_gone = value.is_empty() || rest.contains("Max-Age=0") || rest.contains("1970");
                if is_gone {
                    self.cookies.remove(&key);
                } else {
                    self.cookies.insert(key, value.to_owned());
                }
            }
        }
        Answer { status, head: head.to_owned(), text: text.to_owned() }
    }
}
