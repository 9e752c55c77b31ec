//! What is said between us and a mail server, command by command and answer by answer (RFC 5321, RFC 3207).
//!
//! The connection is our own, and lettre lends the words: its own client keeps what it read before STARTTLS in a buffer that
//! outlives it, so that whoever stands between could put answers there that count afterwards as the server's (the class of
//! CVE-2011-0411). A mail that nobody took would pass for sent. Here nothing that came before the connection was secured is ever
//! taken for an answer.

use lettre::transport::smtp::{
    authentication::{Credentials, Mechanism},
    commands::{Auth, Ehlo, Quit, Starttls},
    extension::{ClientId, ServerInfo},
    response::Response,
};
use rustls::{ClientConfig, ClientConnection, StreamOwned, pki_types::ServerName};
use std::{
    fmt::{self, Display},
    io::{self, BufRead as _, BufReader, Read, Write},
    net::{Shutdown, TcpStream, ToSocketAddrs as _},
    sync::Arc,
    time::Duration,
};
use zeroize::Zeroizing;

/// The longest line of an answer, bytes (RFC 5321 §4.5.3.1.5 asks for 512).
const LONGEST_LINE: usize = 1_000;
/// The longest answer, bytes.
const LONGEST_ANSWER: usize = 100_000;
/// How often a server may ask on while we sign in.
const MOST_CHALLENGES: usize = 10;

/// Why there was no good answer.
#[derive(Debug)]
pub(super) enum Fault {
    /// The server said no.
    Refused(Response),
    /// The connection failed.
    Broken(io::Error),
    /// What came is no answer of a mail server.
    Odd(String),
}

impl Fault {
    /// Whether the server will say the same again.
    pub(super) fn is_lasting(&self) -> bool {
        matches!(self, Self::Refused(answer) if answer.code().to_string().starts_with('5'))
    }

    /// Whether the server said it, and goes on listening.
    pub(super) fn was_said(&self) -> bool {
        matches!(self, Self::Refused(_))
    }

    /// Whether nothing was heard for too long.
    pub(super) fn is_silence(&self) -> bool {
        matches!(self, Self::Broken(io) if matches!(io.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut))
    }

    /// Whether it is about securing the connection.
    pub(super) fn is_of_certificate(&self) -> bool {
        matches!(self, Self::Broken(io) if io.get_ref().is_some_and(<dyn std::error::Error + Send + Sync>::is::<rustls::Error>))
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(answer) => f.write_str(&said(answer)),
            // The system's own words for it say nothing to whoever looks after mail.
            Self::Broken(_) if self.is_silence() => f.write_str("there was no answer in time"),
            Self::Broken(fault) => fault.fmt(f),
            Self::Odd(words) => f.write_str(words),
        }
    }
}

impl From<io::Error> for Fault {
    fn from(fault: io::Error) -> Self {
        Self::Broken(fault)
    }
}

/// An answer with its code: “250 kept”.
pub(super) fn said(answer: &Response) -> String {
    format!("{} {}", answer.code(), answer.message().collect::<Vec<_>>().join(" "))
}

enum Stream {
    Clear(TcpStream),
    Secured(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Stream {
    fn socket(&self) -> &TcpStream {
        match self {
            Self::Clear(socket) => socket,
            Self::Secured(secured) => &secured.sock,
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Clear(socket) => socket.read(buffer),
            Self::Secured(secured) => secured.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Clear(socket) => socket.write(bytes),
            Self::Secured(secured) => secured.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Clear(socket) => socket.flush(),
            Self::Secured(secured) => secured.flush(),
        }
    }
}

/// A connection to a mail server that has not said anything yet.
pub(super) struct Wire(Stream);

impl Wire {
    /// Connects; nobody may be silent for longer than `patience` from now on.
    pub(super) fn connect(host: &str, port: u16, patience: Duration) -> Result<Self, Fault> {
        let mut last = io::Error::new(io::ErrorKind::NotFound, "no address was found for this name");
        for address in (host, port).to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, patience) {
                Ok(socket) => {
                    socket.set_read_timeout(Some(patience))?;
                    socket.set_write_timeout(Some(patience))?;
                    return Ok(Self(Stream::Clear(socket)));
                }
                Err(fault) => last = fault,
            }
        }
        Err(last.into())
    }

    /// Secures it, for a server of this name.
    pub(super) fn secure(self, name: &str, trust: Arc<ClientConfig>) -> Result<Self, Fault> {
        let Stream::Clear(mut socket) = self.0 else { return Err(Fault::Odd("It is secured already.".to_owned())) };
        let name = ServerName::try_from(name.to_owned()).map_err(|fault| Fault::Odd(fault.to_string()))?;
        let mut secured = ClientConnection::new(trust, name).map_err(io::Error::other)?;
        while secured.is_handshaking() {
            secured.complete_io(&mut socket)?;
        }
        Ok(Self(Stream::Secured(Box::new(StreamOwned::new(secured, socket)))))
    }

    /// Hears the server's greeting, and says who we are.
    pub(super) fn greet(self, hello: &ClientId) -> Result<Talk, Fault> {
        let mut lines = BufReader::new(self.0);
        answer(&mut lines)?;
        Talk::begin(lines, hello)
    }
}

/// A conversation with a mail server.
pub(super) struct Talk {
    lines: BufReader<Stream>,
    info: ServerInfo,
}

impl Talk {
    fn begin(lines: BufReader<Stream>, hello: &ClientId) -> Result<Self, Fault> {
        let mut talk = Self { lines, info: ServerInfo::default() };
        let answer = talk.command(Ehlo::new(hello.clone()))?;
        talk.info = ServerInfo::from_response(&answer).map_err(|fault| Fault::Odd(fault.to_string()))?;
        Ok(talk)
    }

    /// What the server says it can do.
    pub(super) fn info(&self) -> &ServerInfo {
        &self.info
    }

    /// Secures what was begun in the clear, and begins anew: nothing that was said before counts any more.
    pub(super) fn start_tls(
        mut self,
        hello: &ClientId,
        (name, trust): (&str, Arc<ClientConfig>),
    ) -> Result<Self, Fault> {
        self.command(Starttls)?;
        if !self.lines.buffer().is_empty() {
            // What has not been read from the socket yet breaks the handshake, because it is none.
            return Err(Fault::Odd(
                "the server answered what it was not asked, before the connection was secured: somebody may stand between. \
                 Nothing was sent"
                    .to_owned(),
            ));
        }
        let Wire(secured) = Wire(self.lines.into_inner()).secure(name, trust)?;
        Self::begin(BufReader::new(secured), hello)
    }

    /// Says one thing, and hears the answer.
    pub(super) fn command(&mut self, command: impl Display) -> Result<Response, Fault> {
        // A command may hold a password.
        self.write(Zeroizing::new(command.to_string()).as_bytes())?;
        answer(&mut self.lines)
    }

    /// Signs in, in the first of these ways that the server offers.
    pub(super) fn sign_in(&mut self, ways: &[Mechanism], with: &Credentials) -> Result<(), Fault> {
        let odd = |fault: lettre::transport::smtp::Error| Fault::Odd(fault.to_string());
        let way = self.info.get_auth_mechanism(ways);
        let way = way.ok_or_else(|| Fault::Odd("the server offers no way to sign in that we know".to_owned()))?;
        let mut answer = self.command(Auth::new(way, with.clone(), None).map_err(odd)?)?;
        for _ in 0..MOST_CHALLENGES {
            if !answer.has_code(334) {
                return Ok(());
            }
            answer = self.command(Auth::new_from_response(way, with.clone(), &answer).map_err(odd)?)?;
        }
        Err(Fault::Odd("the server went on asking".to_owned()))
    }

    /// Hands a letter over, after the server said that it waits for one.
    pub(super) fn letter(&mut self, letter: &[u8]) -> Result<Response, Fault> {
        self.write(&stuffed(letter))?;
        answer(&mut self.lines)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let stream = self.lines.get_mut();
        stream.write_all(bytes)?;
        Ok(stream.flush()?)
    }

    /// Takes leave.
    pub(super) fn quit(mut self) {
        drop(self.command(Quit));
        self.hang_up();
    }

    /// Ends it at once: nothing more can be said.
    pub(super) fn hang_up(&self) {
        drop(self.lines.get_ref().socket().shutdown(Shutdown::Both));
    }
}

/// One answer, of one line or several, within bounds. One that says no is a fault.
fn answer(lines: &mut BufReader<Stream>) -> Result<Response, Fault> {
    let mut text = String::new();
    loop {
        let mut line = Vec::new();
        let most = u64::try_from(LONGEST_LINE).unwrap_or(u64::MAX);
        lines.by_ref().take(most).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        if !line.ends_with(b"\r\n") || text.len() + line.len() > LONGEST_ANSWER {
            return Err(Fault::Odd("what came is no answer of a mail server".to_owned()));
        }
        text.push_str(&String::from_utf8_lossy(&line));
        if line.get(3) != Some(&b'-') {
            break;
        }
    }
    let answer: Response =
        text.parse().map_err(|_no_answer| Fault::Odd("what came is no answer of a mail server".to_owned()))?;
    if answer.is_positive() { Ok(answer) } else { Err(Fault::Refused(answer)) }
}

/// A letter as it travels: a line that begins with a full stop has another before it, and one alone ends it (RFC 5321 §4.5.2).
fn stuffed(letter: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(letter.len() + 8);
    let mut is_start = true;
    for byte in letter {
        if is_start && *byte == b'.' {
            out.push(b'.');
        }
        out.push(*byte);
        is_start = *byte == b'\n';
    }
    if !out.ends_with(b"\r\n") {
        out.extend(b"\r\n");
    }
    out.extend(b".\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{net::TcpListener, thread};

    /// A server that says these things, one after each line that it hears but the first.
    fn server(says: Vec<&'static [u8]>) -> (u16, thread::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            let mut lines = BufReader::new(socket.try_clone().unwrap());
            let mut heard = Vec::new();
            for words in says {
                socket.write_all(words).unwrap();
                let mut line = Vec::new();
                lines.read_until(b'\n', &mut line).unwrap_or_default();
                heard.push(String::from_utf8_lossy(&line).into_owned());
            }
            heard
        });
        (port, heard)
    }

    fn connect(port: u16) -> Result<Talk, Fault> {
        let hello = ClientId::Domain("school.example".to_owned());
        Wire::connect("127.0.0.1", port, Duration::from_secs(5))?.greet(&hello)
    }

    fn trust() -> Arc<ClientConfig> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        Arc::new(config.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth())
    }

    #[test]
    fn answers_put_in_before_the_connection_was_secured_count_for_nothing() {
        let hello = ClientId::Domain("school.example".to_owned());
        let injected = b"220 go\r\n250-mail.school.example\r\n250 AUTH PLAIN\r\n235 in\r\n250 from\r\n250 to\r\n354 go\r\n250 kept\r\n";
        let (port, heard) = server(vec![b"220 hello\r\n", b"250-mail\r\n250 STARTTLS\r\n", injected]);
        let talk = connect(port).unwrap();
        let fault = talk.start_tls(&hello, ("mail.school.example", trust())).err().unwrap();
        assert!(fault.to_string().contains("before the connection was secured"), "{fault}");
        assert_eq!(heard.join().unwrap(), ["EHLO school.example\r\n", "STARTTLS\r\n", ""], "nothing more was said");
    }

    #[test]
    fn what_comes_later_is_no_handshake() {
        let hello = ClientId::Domain("school.example".to_owned());
        let (port, heard) =
            server(vec![b"220 hello\r\n", b"250-mail\r\n250 STARTTLS\r\n", b"220 go\r\n", b"250 AUTH PLAIN\r\n"]);
        let fault = connect(port).unwrap().start_tls(&hello, ("mail.school.example", trust())).err().unwrap();
        assert!(fault.is_of_certificate(), "{fault}");
        assert!(!heard.join().unwrap().concat().contains("MAIL"));
    }

    #[test]
    fn answers_are_bounded_and_a_refusal_is_told() {
        let long: &[u8] = &[b'2'; 4_000];
        for (greeting, words) in
            [(long, "no answer"), (b"250 half".as_slice(), "no answer"), (b"hello\r\n", "no answer")]
        {
            let (port, heard) = server(vec![greeting]);
            let fault = connect(port).err().unwrap();
            assert!(fault.to_string().contains(words) && !fault.was_said(), "{fault}");
            drop(heard.join());
        }
        let (port, _) = server(vec![b"554-not here\r\n554 go away\r\n"]);
        let fault = connect(port).err().unwrap();
        assert!(fault.was_said() && fault.is_lasting() && fault.to_string().contains("go away"), "{fault}");
        let (port, _) = server(vec![b"421 later\r\n"]);
        assert!(!connect(port).err().unwrap().is_lasting());
    }

    #[test]
    fn a_line_that_begins_with_a_full_stop_ends_no_letter() {
        assert_eq!(stuffed(b"a\r\n.\r\n..b\r\n"), b"a\r\n..\r\n...b\r\n.\r\n");
        assert_eq!(stuffed(b".a"), b"..a\r\n.\r\n");
    }
}
