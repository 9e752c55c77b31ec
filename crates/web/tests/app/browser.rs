//! A browser as far as the server can tell one: it keeps our cookie, sends forms from our own pages, and follows nothing by
//! itself.

use std::{fmt::Write as _, net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use url::form_urlencoded;

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub text: String,
}

impl Answer {
    /// The value of a header, if it is there once.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.head.lines().filter_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        });
        match (values.next(), values.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    }

    /// A cookie that it gives, with its attributes.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let given = self.head.lines().filter_map(|line| line.split_once(": "));
        let given = given.filter(|(key, _)| key.eq_ignore_ascii_case("set-cookie")).map(|(_, cookie)| cookie);
        given.into_iter().find(|cookie| cookie.split_once('=').is_some_and(|(given, _)| given == name))
    }

    /// Where it leads.
    pub fn location(&self) -> &str {
        assert_eq!(self.status, 303, "{}\n{}", self.head, self.text);
        self.header("location").expect("it leads somewhere")
    }
}

/// One browser.
#[derive(Debug, Clone)]
pub struct Browser {
    address: SocketAddr,
    pub cookie: Option<String>,
    /// What it calls us, where that matters; `localhost` where not.
    pub host: Option<String>,
    /// The cookie by which it is known.
    pub device: Option<String>,
}

impl Browser {
    pub fn new(address: SocketAddr) -> Self {
        Self { address, cookie: None, host: None, device: None }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, &[], "").await
    }

    /// Sends a form from one of our own pages.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.post_with(path, fields, &[("Sec-Fetch-Site", "same-origin")]).await
    }

    /// Sends a form with these headers.
    pub async fn post_with(&mut self, path: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let kind = ("Content-Type", "application/x-www-form-urlencoded");
        let headers: Vec<(&str, &str)> = headers.iter().copied().chain([kind]).collect();
        self.send("POST", path, &headers, &body).await
    }

    /// Sends a form of a page that is open, with that page's token.
    pub async fn act(&mut self, page: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.token(page).await;
        let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("token", &*token)]).collect();
        self.post(path, &fields).await
    }

    /// The token of a page's forms.
    pub async fn token(&mut self, page: &str) -> String {
        let answer = self.get(page).await;
        assert_eq!(answer.status, 200, "{page}: {}", answer.text);
        let (_, rest) = answer.text.split_once("name=\"token\" value=\"").expect("the page has a form");
        rest.split('"').next().expect("it ends").to_owned()
    }

    /// Sends a form with a file in it, as browsers do (RFC 7578), from one of our own pages.
    pub async fn upload(&mut self, path: &str, fields: &[(&str, &str)], file: (&str, &[u8])) -> Answer {
        let mut body = Vec::new();
        for (name, value) in fields {
            let part = format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(part.as_bytes());
        }
        let (name, bytes) = file;
        let head = format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a\"\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--edge--\r\n");
        let headers = [("Sec-Fetch-Site", "same-origin"), ("Content-Type", "multipart/form-data; boundary=edge")];
        self.send_bytes("POST", path, &headers, &body).await
    }

    pub async fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.send_bytes(method, path, headers, body.as_bytes()).await
    }

    async fn send_bytes(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let host = self.host.as_deref().unwrap_or("localhost");
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
        for (name, value) in headers {
            write!(request, "{name}: {value}\r\n").expect("a string takes it");
        }
        let cookies: Vec<&str> = [&self.cookie, &self.device].into_iter().flatten().map(String::as_str).collect();
        if !cookies.is_empty() {
            let cookie = cookies.join("; ");
            write!(request, "Cookie: {cookie}\r\n").expect("a string takes it");
        }
        write!(request, "Content-Length: {}\r\n\r\n", body.len()).expect("a string takes it");
        let exchange = async {
            let mut stream = TcpStream::connect(self.address).await.expect("it listens");
            stream.write_all(request.as_bytes()).await.expect("it reads");
            // Whoever is refused before all was sent is answered meanwhile.
            drop(stream.write_all(body).await);
            let mut text = Vec::new();
            stream.read_to_end(&mut text).await.expect("it answers");
            String::from_utf8_lossy(&text).into_owned()
        };
        let text = timeout(Duration::from_secs(30), exchange).await.expect("it answers in time");
        let (head, text) = text.split_once("\r\n\r\n").expect("an answer has a head");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let answer = Answer { status, head: head.to_owned(), text: text.to_owned() };
        for (name, kept) in [("__Host-holdfast", &mut self.cookie), ("__Host-holdfast-device", &mut self.device)] {
            if let Some(cookie) = answer.cookie(name) {
                let (pair, _) = cookie.split_once(';').expect("it has attributes");
                *kept = (!cookie.contains("Max-Age=0")).then(|| pair.to_owned());
            }
        }
        answer
    }
}
