//! The clients of an inspecting proxy: CONNECT, a TLS handshake in which the certificate is checked, and requests.

use crate::bench::peers::MARK;
use rustls::{
    ClientConfig, RootCertStore,
    client::Resumption,
    crypto::{SupportedKxGroup, aws_lc_rs},
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// The longest that anything may take before it counts as broken off.
const PATIENCE: Duration = Duration::from_secs(10);
/// No answer of the page is longer, head and all.
const LONGEST: usize = 16 * 1024;

/// Which keys are agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    /// X25519, which every server here knows.
    Classic,
    /// What browsers offer first: X25519 with ML-KEM-768. A server that does not know it agrees on X25519.
    PostQuantum,
}

/// One way to the page: straight, or through a proxy.
#[derive(Clone)]
pub(super) struct Way {
    /// Where to connect.
    address: SocketAddr,
    /// What to ask a proxy for, such as `page.bench.example:443`; nothing where the site is connected to straight.
    through: Option<String>,
    /// The name of the site.
    name: ServerName<'static>,
    connector: TlsConnector,
    request: Arc<[u8]>,
}

impl Way {
    /// A way on which only certificates below this authority (PEM) are taken. Nothing is resumed on the client's side.
    pub(super) fn new(
        port: u16,
        through: Option<&str>,
        host: &'static str,
        authority: &str,
        keys: Keys,
    ) -> Result<Self, String> {
        let told = |fault: &dyn std::fmt::Display| format!("the clients cannot be made ready: {fault}");
        let mut roots = RootCertStore::empty();
        let authority = CertificateDer::from_pem_slice(authority.as_bytes()).map_err(|fault| told(&fault))?;
        roots.add(authority).map_err(|fault| told(&fault))?;
        let groups: Vec<&'static dyn SupportedKxGroup> = match keys {
            Keys::Classic => vec![aws_lc_rs::kx_group::X25519],
            Keys::PostQuantum => vec![aws_lc_rs::kx_group::X25519MLKEM768, aws_lc_rs::kx_group::X25519],
        };
        let provider = rustls::crypto::CryptoProvider { kx_groups: groups, ..aws_lc_rs::default_provider() };
        let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()
            .map_err(|fault| told(&fault))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.resumption = Resumption::disabled();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // The site's name as it stands in an address: without the port that goes without saying.
        let site = through.map_or(host, |target| target.strip_suffix(":443").unwrap_or(target));
        let request = format!("GET /page.html HTTP/1.1\r\nHost: {site}\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n");
        Ok(Self {
            address: (Ipv4Addr::LOCALHOST, port).into(),
            through: through.map(str::to_owned),
            name: ServerName::try_from(host).map_err(|fault| told(&fault))?,
            connector: TlsConnector::from(Arc::new(config)),
            request: request.into_bytes().into(),
        })
    }

    /// Opens a connection, up to where requests can be sent. `number` tells the clients apart by their address, so that
    /// none runs out of ports.
    pub(super) async fn open(&self, number: usize) -> io::Result<Client> {
        timeout(PATIENCE, self.open_however_long(number)).await?
    }

    async fn open_however_long(&self, number: usize) -> io::Result<Client> {
        let socket = TcpSocket::new_v4()?;
        let last = u8::try_from(number % 250).unwrap_or(0) + 1;
        socket.bind((Ipv4Addr::new(127, 0, 1, last), 0).into())?;
        let mut stream = socket.connect(self.address).await?;
        stream.set_nodelay(true)?;
        if let Some(target) = &self.through {
            let line = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n");
            stream.write_all(line.as_bytes()).await?;
            opened(&mut stream).await?;
        }
        let stream = self.connector.connect(self.name.clone(), stream).await?;
        Ok(Client { stream, request: Arc::clone(&self.request), read: Vec::with_capacity(4096) })
    }
}

/// Reads the answer to CONNECT, byte by byte, since what follows it is not ours.
async fn opened(stream: &mut TcpStream) -> io::Result<()> {
    let mut head = Vec::with_capacity(256);
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() > LONGEST {
            return Err(io::Error::other("the answer to CONNECT does not end"));
        }
        head.push(stream.read_u8().await?);
    }
    if head.starts_with(b"HTTP/1.1 200") || head.starts_with(b"HTTP/1.0 200") {
        return Ok(());
    }
    let line = String::from_utf8_lossy(&head).lines().next().unwrap_or_default().to_owned();
    Err(io::Error::other(format!("CONNECT was answered with “{line}”")))
}

/// An opened connection.
pub(super) struct Client {
    stream: TlsStream<TcpStream>,
    request: Arc<[u8]>,
    read: Vec<u8>,
}

impl Client {
    /// Asks for the page once, and takes it whole.
    pub(super) async fn ask(&mut self) -> io::Result<()> {
        timeout(PATIENCE, self.ask_however_long()).await?
    }

    async fn ask_however_long(&mut self) -> io::Result<()> {
        self.stream.write_all(&self.request).await?;
        self.read.clear();
        loop {
            if self.stream.read_buf(&mut self.read).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(whole) = whole_length(&self.read)? {
                if self.read.len() == whole {
                    return Ok(());
                }
                if self.read.len() > whole {
                    return Err(io::Error::other("the answer is longer than it says"));
                }
            }
            if self.read.len() > LONGEST {
                return Err(io::Error::other("the answer does not end"));
            }
        }
    }

    /// Says goodbye as TLS asks for, and closes.
    pub(super) async fn close(mut self) {
        // The other side may have closed already, which is as good.
        drop(timeout(PATIENCE, self.stream.shutdown()).await);
    }

    /// Whether the last answer was the page, and not something else of the same length.
    pub(super) fn has_page(&self) -> bool {
        self.read.windows(MARK.len()).any(|window| window == MARK.as_bytes())
    }

    /// What the last answer began with.
    pub(super) fn first_line(&self) -> String {
        String::from_utf8_lossy(&self.read).lines().next().unwrap_or_default().to_owned()
    }

    /// Which keys were agreed on, for the report.
    pub(super) fn agreed(&self) -> String {
        let connection = self.stream.get_ref().1;
        let version = connection.protocol_version().map_or_else(String::new, |version| format!("{version:?}"));
        let group = connection.negotiated_key_exchange_group();
        format!("{version}, {}", group.map_or_else(String::new, |group| format!("{:?}", group.name())))
    }
}

/// How long an answer is with its head, once the head is there. Anything but the page is a fault.
fn whole_length(read: &[u8]) -> io::Result<Option<usize>> {
    let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let head = String::from_utf8_lossy(&read[..end]);
    let mut lines = head.lines();
    let first = lines.next().unwrap_or_default();
    if !first.starts_with("HTTP/1.1 200") {
        return Err(io::Error::other(format!("answered with “{first}”")));
    }
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let length = length.ok_or_else(|| io::Error::other("the answer does not say how long it is"))?;
    Ok(Some(end + 4 + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_whole_when_it_is_as_long_as_it_says() {
        let head = b"HTTP/1.1 200 OK\r\ncontent-LENGTH: 5\r\n\r\n";
        assert_eq!(whole_length(&head[..20]).unwrap(), None);
        assert_eq!(whole_length(head).unwrap(), Some(head.len() + 5));
        assert!(whole_length(b"HTTP/1.1 503 No\r\nContent-Length: 5\r\n\r\n").is_err());
        assert!(whole_length(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
