//! A client of bytes, and an origin that plays every site.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

/// An answer as it came.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// Sends bytes and reads one answer: to its length, to the end of the stream, or, for an open tunnel, its head alone.
pub(crate) fn ask(to: SocketAddr, request: &str) -> io::Result<Answer> {
    let mut stream = open(to)?;
    stream.write_all(request.as_bytes())?;
    read(&mut stream, request.starts_with("CONNECT "))
}

/// Opens a tunnel, asks within it, and gives the answer from within; a tunnel that does not open is the answer itself.
pub(crate) fn ask_inside(proxy: SocketAddr, place: &str, request: &str) -> io::Result<Answer> {
    let mut stream = open(proxy)?;
    stream.write_all(format!("CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n").as_bytes())?;
    let tunnel = read(&mut stream, true)?;
    if tunnel.status != 200 {
        return Ok(tunnel);
    }
    stream.write_all(request.as_bytes())?;
    read(&mut stream, false)
}

fn open(to: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&to, Duration::from_secs(20))?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.set_write_timeout(Some(Duration::from_secs(30)))?;
    Ok(stream)
}

fn read(stream: &mut TcpStream, is_tunnel: bool) -> io::Result<Answer> {
    let mut bytes = Vec::new();
    let mut chunk = [0_u8; 16 * 1024];
    loop {
        if let Some((head, body)) = split(&bytes) {
            let length = field(&head, "content-length").and_then(|text| text.parse::<usize>().ok());
            if is_tunnel && status(&head) == 200 || length.is_some_and(|length| body.len() >= length) {
                return Ok(Answer { status: status(&head), head, body: String::from_utf8_lossy(body).into_owned() });
            }
        }
        let read = stream.read(&mut chunk)?;
        if read == 0 {
            let (head, body) = split(&bytes).ok_or(io::ErrorKind::UnexpectedEof)?;
            return Ok(Answer { status: status(&head), head, body: String::from_utf8_lossy(body).into_owned() });
        }
        bytes.extend_from_slice(&chunk[..read]);
    }
}

/// Asks a proxy for an `http://` address, as a browser would.
pub(crate) fn get(proxy: SocketAddr, address: &str) -> Answer {
    get_with(proxy, address, "").unwrap_or_else(|fault| panic!("{address} through {proxy}: {fault}"))
}

/// The same with more header lines, each with its `\r\n`.
pub(crate) fn get_with(proxy: SocketAddr, address: &str, more: &str) -> io::Result<Answer> {
    let host = address.trim_start_matches("http://").split('/').next().unwrap();
    let fields = "Accept: text/html,*/*;q=0.8\r\nConnection: close\r\n";
    ask(proxy, &format!("GET {address} HTTP/1.1\r\nHost: {host}\r\n{fields}{more}\r\n"))
}

/// Asks a proxy for a tunnel.
pub(crate) fn connect(proxy: SocketAddr, place: &str) -> Answer {
    ask(proxy, &format!("CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n"))
        .unwrap_or_else(|fault| panic!("CONNECT {place} through {proxy}: {fault}"))
}

/// Asks our own origin for a page.
pub(crate) fn page(web: SocketAddr, path: &str) -> Answer {
    ask(web, &format!("GET {path} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\n\r\n", web.port()))
        .unwrap_or_else(|fault| panic!("{path} of our own origin: {fault}"))
}

fn split(bytes: &[u8]) -> Option<(String, &[u8])> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some((String::from_utf8_lossy(&bytes[..end]).into_owned(), &bytes[end + 4..]))
}

fn status(head: &str) -> u16 {
    head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0)
}

/// A header field's value.
pub(crate) fn field(head: &str, name: &str) -> Option<String> {
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    lines.find_map(|(key, value)| key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned()))
}

/// Plays every site: answers each request with the host it was asked for, or with the text set for its path.
pub(crate) struct Origin {
    pub(crate) address: SocketAddr,
    texts: Arc<Mutex<Vec<(String, String)>>>,
}

impl Origin {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let texts = Arc::new(Mutex::new(Vec::new()));
        let known = Arc::clone(&texts);
        // It ends with the test program.
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let known = Arc::clone(&known);
                thread::spawn(move || drop(serve(stream, &known)));
            }
        });
        Self { address, texts }
    }

    /// From now on, this path has this text.
    pub(crate) fn put(&self, path: &str, text: &str) {
        let mut texts = self.texts.lock().unwrap();
        texts.retain(|(known, _)| known != path);
        texts.push((path.to_owned(), text.to_owned()));
    }
}

fn serve(mut stream: TcpStream, texts: &Mutex<Vec<(String, String)>>) -> io::Result<()> {
    let mut bytes = Vec::new();
    let mut chunk = [0_u8; 4096];
    loop {
        while let Some((head, rest)) = split(&bytes) {
            bytes = rest.to_vec();
            let host = field(&head, "host").unwrap_or_default();
            let path = head.split(' ').nth(1).unwrap_or_default();
            let known = texts.lock().unwrap().iter().find(|(known, _)| known == path).map(|(_, text)| text.clone());
            let text = known.unwrap_or_else(|| format!("here speaks {host}\n"));
            let fields = format!("Content-Type: text/plain\r\nContent-Length: {}", text.len());
            // In one go: bit by bit, the system would hold the second bit back for 40 ms.
            stream.write_all(format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\n{text}").as_bytes())?;
        }
        match stream.read(&mut chunk)? {
            0 => return Ok(()),
            read => bytes.extend_from_slice(&chunk[..read]),
        }
    }
}
