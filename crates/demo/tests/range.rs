//! The practice range, asked over real sockets.

use holdfast_demo::range::{Range, RunningRange, SITES};
use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

async fn start() -> RunningRange {
    Range::start("127.0.0.1:0".parse().unwrap()).await.unwrap()
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

fn exchange(address: SocketAddr, request: &[u8]) -> Answer {
    let mut stream = connect(address);
    stream.write_all(request).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_lowercase();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head, body: bytes[end + 4..].to_vec() }
}

async fn get(address: SocketAddr, host: &str, path: &str) -> Answer {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    tokio::task::spawn_blocking(move || exchange(address, request.as_bytes())).await.unwrap()
}

#[tokio::test]
async fn every_site_answers_says_it_is_fictional_and_leads_to_the_others() {
    let range = start().await;
    for site in SITES {
        let page = get(range.address, site.host, "/").await;
        assert_eq!(page.status, 200, "{}", site.host);
        assert!(page.text().contains("everything here is fictional and harmless"), "{}", site.host);
        for other in SITES {
            assert!(page.text().contains(&format!("href=\"//{}/\"", other.host)), "{} to {}", site.host, other.host);
        }
        let style = get(range.address, site.host, "/style.css").await;
        assert!(style.head.contains("content-type: text/css"), "{}", style.head);
    }
    range.stop().await;
}

#[tokio::test]
async fn every_link_within_a_site_leads_somewhere() {
    let range = start().await;
    for site in SITES.iter().filter(|site| site.host != "slow.example" && site.host != "files.example") {
        let page = get(range.address, site.host, "/").await;
        // One that begins with two slashes leads to another site.
        for link in page.text().split("<a href=\"/").skip(1).filter(|link| !link.starts_with('/')) {
            let path = format!("/{}", link.split('"').next().unwrap());
            assert_eq!(get(range.address, site.host, &path).await.status, 200, "{}{path}", site.host);
        }
    }
}

#[tokio::test]
async fn names_are_told_apart_whatever_their_case_port_or_trailing_dot() {
    let range = start().await;
    for host in ["Casino.Example", "casino.example:80", "casino.example."] {
        assert!(get(range.address, host, "/").await.text().contains("Otter always wins"), "{host}");
    }
    let absolute = get(range.address, "other.example", "http://casino.example/").await;
    assert!(absolute.text().contains("Otter always wins"));
    let stranger = get(range.address, "unheard-of.example", "/").await;
    assert_eq!(stranger.status, 404);
    assert!(stranger.text().contains("no such site on the practice range"));
    assert_eq!(get(range.address, "news.example", "/nowhere").await.status, 404);
}

#[tokio::test]
async fn strict_search_leaves_results_out_and_words_come_back_escaped() {
    let range = start().await;
    let open = get(range.address, "search.example", "/search?q=lucky+otter").await;
    assert!(open.text().contains("Strict mode is <strong>off</strong>"));
    assert!(open.text().contains("Spin the shells"));
    let strict = get(range.address, "search.example", "/search?q=lucky+otter&strict=1").await;
    assert!(strict.text().contains("Strict mode is <strong>on</strong>"));
    assert!(!strict.text().contains("Spin the shells"));
    let undone = get(range.address, "search.example", "/search?q=otter&strict=1&strict=0").await;
    assert!(undone.text().contains("Spin the shells"), "of two the last counts");
    let escaped = get(range.address, "search.example", "/search?q=%3Cscript%3Ealert(1)%3C/script%3E").await;
    assert!(!escaped.text().contains("<script>"), "{}", escaped.text());
    let other = get(range.address, "otherfind.example", "/?query=rivers").await;
    assert!(other.text().contains("has no strict mode") && other.text().contains("From spring to delta"));
}

#[tokio::test]
async fn big_files_come_whole_with_and_without_a_length() {
    let range = start().await;
    let told = get(range.address, "files.example", "/big?bytes=200001").await;
    assert!(told.head.contains("content-length: 200001"), "{}", told.head);
    assert_eq!(told.body.len(), 200_001);
    let untold = get(range.address, "files.example", "/big?mib=1&chunked=1").await;
    assert!(untold.head.contains("transfer-encoding: chunked") && !untold.head.contains("content-length"));
    assert!(untold.body.len() > 1024 * 1024 && untold.body.ends_with(b"0\r\n\r\n"));
    let default = get(range.address, "files.example", "/big").await;
    assert_eq!(default.body.len(), 64 * 1024 * 1024);
    let empty = get(range.address, "files.example", "/big?bytes=0").await;
    assert_eq!((empty.status, empty.body.len()), (200, 0));
}

#[tokio::test]
async fn uploads_are_weighed() {
    let range = start().await;
    let address = range.address;
    let mut request =
        b"POST /weigh HTTP/1.1\r\nHost: upload.example\r\nConnection: close\r\nContent-Length: 3000000\r\n\r\n"
            .to_vec();
    request.resize(request.len() + 3_000_000, b'x');
    let told = tokio::task::spawn_blocking(move || exchange(address, &request)).await.unwrap();
    assert!(told.text().contains("That was 3000000 bytes"), "{}", told.text());
    let chunked = b"POST /weigh HTTP/1.1\r\nHost: upload.example\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";
    let chunked = tokio::task::spawn_blocking(move || exchange(address, chunked)).await.unwrap();
    assert!(chunked.text().contains("That was 11 bytes"), "{}", chunked.text());
    assert_eq!(get(address, "upload.example", "/weigh").await.status, 405);
}

#[tokio::test]
async fn slow_answers_are_slow() {
    let range = start().await;
    let begun = Instant::now();
    let late = get(range.address, "slow.example", "/late?seconds=1").await;
    assert_eq!(late.status, 200);
    assert!(begun.elapsed() >= Duration::from_secs(1));
    let address = range.address;
    let first = tokio::task::spawn_blocking(move || -> io::Result<String> {
        let mut stream = connect(address);
        stream.write_all(b"GET /drops HTTP/1.1\r\nHost: slow.example\r\n\r\n")?;
        let mut text = String::new();
        let mut piece = [0; 1024];
        while !text.contains("Drop 2 of 10.") {
            let length = stream.read(&mut piece)?;
            text.push_str(&String::from_utf8_lossy(&piece[..length]));
        }
        Ok(text)
    });
    assert!(!first.await.unwrap().unwrap().contains("Drop 3"));
}

#[tokio::test]
async fn the_web_socket_echoes() {
    let range = start().await;
    let address = range.address;
    tokio::task::spawn_blocking(move || {
        let mut stream = connect(address);
        stream
            .write_all(
                b"GET /echo HTTP/1.1\r\nHost: socket.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                  Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            )
            .unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap().to_lowercase();
        assert!(head.starts_with("http/1.1 101"), "{head}");
        // The accept key that RFC 6455, section 1.3 gives for this key.
        assert!(head.contains("s3pplmbitxaq9kygzzhzrbk+xoo="), "{head}");
        let words = b"hello, valley";
        let mask = [1, 2, 3, 4];
        let mut frame = vec![0x81, 0x80 | u8::try_from(words.len()).unwrap()];
        frame.extend(mask);
        frame.extend(words.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        stream.write_all(&frame).unwrap();
        let mut echo = vec![0; 2 + words.len()];
        stream.read_exact(&mut echo).unwrap();
        assert_eq!(&echo[..2], &[0x81, u8::try_from(words.len()).unwrap()]);
        assert_eq!(&echo[2..], words);
    })
    .await
    .unwrap();
    assert!(get(address, "socket.example", "/echo").await.status >= 400, "a plain request is no WebSocket");
}

#[tokio::test]
async fn it_listens_on_this_computer_only_and_stops() {
    let refused = Range::start("0.0.0.0:0".parse().unwrap()).await.unwrap_err();
    assert!(refused.to_string().contains("only listens on this computer"));
    let range = start().await;
    let taken = Range::start(range.address).await.unwrap_err();
    assert!(taken.to_string().contains("choose another port"));
    let address = range.address;
    range.stop().await;
    assert!(TcpStream::connect(address).is_err());
}
