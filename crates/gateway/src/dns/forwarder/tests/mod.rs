//! The forwarder against upstreams on loopback that answer, lie, hang and die.

mod memory;
mod plain;
mod real;
mod secure;
mod together;

use super::*;
use crate::dns::settings::LocalZone;
use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::atomic::AtomicUsize,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, UdpSocket},
    time::sleep,
};

/// How a question came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Over {
    Udp,
    Tcp,
    Tls,
    Https,
}

/// What an upstream under test was asked.
#[derive(Debug, Clone)]
struct Asked {
    bytes: Vec<u8>,
    over: Over,
    /// With dots, without the last one; empty for the root, which is asked to see whether the upstream works.
    name: String,
    source: SocketAddr,
}

impl Asked {
    fn read(bytes: &[u8], over: Over, source: SocketAddr) -> Self {
        let mut labels = Vec::new();
        let mut at = 12;
        while bytes[at] != 0 {
            let length = usize::from(bytes[at]);
            labels.push(String::from_utf8_lossy(&bytes[at + 1..at + 1 + length]).into_owned());
            at += 1 + length;
        }
        Self { bytes: bytes.to_vec(), over, name: labels.join("."), source }
    }

    fn question_end(&self) -> usize {
        12 + self.name.len() + if self.name.is_empty() { 1 } else { 2 } + 4
    }

    /// An answer with this code; for type A with this address, for others without a record.
    fn answer_with(&self, code: u8, address: [u8; 4], seconds: u32) -> Vec<u8> {
        let end = self.question_end();
        let is_address = self.bytes[end - 3] == 1 && code == 0;
        let mut out = self.bytes[..end].to_vec();
        out[2..12].copy_from_slice(&[0x81, 0x80 | code, 0, 1, 0, u8::from(is_address), 0, 0, 0, 0]);
        if is_address {
            out.extend([0xc0, 12, 0, 1, 0, 1]);
            out.extend(seconds.to_be_bytes());
            out.extend([0, 4]);
            out.extend(address);
        }
        out
    }

    fn answer(&self, address: [u8; 4]) -> Vec<u8> {
        self.answer_with(0, address, 300)
    }
}

/// What an upstream under test does.
#[derive(Debug, Clone)]
enum Act {
    Say(Vec<u8>),
    Later(Duration, Vec<u8>),
    Close,
}

type Manner = Arc<dyn Fn(&Asked) -> Vec<Act> + Send + Sync>;

/// An upstream under test.
struct Server {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    connections: Arc<AtomicUsize>,
}

impl Server {
    /// Speaks UDP and TCP at one port.
    async fn start(manner: impl Fn(&Asked) -> Vec<Act> + Send + Sync + 'static) -> Self {
        let (udp, tcp) = loop {
            let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
            if let Ok(udp) = UdpSocket::bind(tcp.local_addr().unwrap()).await {
                break (udp, tcp);
            }
        };
        let server = Self { address: tcp.local_addr().unwrap(), asked: Arc::default(), connections: Arc::default() };
        let manner: Manner = Arc::new(manner);
        tokio::spawn(serve_udp(Arc::new(udp), Arc::clone(&manner), Arc::clone(&server.asked)));
        let (asked, connections) = (Arc::clone(&server.asked), Arc::clone(&server.connections));
        tokio::spawn(async move {
            while let Ok((stream, source)) = tcp.accept().await {
                connections.fetch_add(1, Relaxed);
                tokio::spawn(serve_stream(stream, Over::Tcp, source, Arc::clone(&manner), Arc::clone(&asked)));
            }
        });
        server
    }

    /// What it was asked about this name.
    fn asked(&self, name: &str) -> Vec<Asked> {
        self.asked.lock().unwrap().iter().filter(|asked| asked.name == name).cloned().collect()
    }

    fn plain(&self) -> UpstreamAddress {
        self.address.to_string().parse().unwrap()
    }

    fn tcp(&self) -> UpstreamAddress {
        format!("tcp://{}", self.address).parse().unwrap()
    }
}

async fn serve_udp(socket: Arc<UdpSocket>, manner: Manner, log: Arc<Mutex<Vec<Asked>>>) {
    let mut buffer = [0; 4_096];
    while let Ok((length, source)) = socket.recv_from(&mut buffer).await {
        let asked = Asked::read(&buffer[..length], Over::Udp, source);
        log.lock().unwrap().push(asked.clone());
        for act in manner(&asked) {
            let socket = Arc::clone(&socket);
            match act {
                Act::Say(bytes) => drop(socket.send_to(&bytes, source).await),
                Act::Later(pause, bytes) => drop(tokio::spawn(async move {
                    sleep(pause).await;
                    socket.send_to(&bytes, source).await.ok()
                })),
                Act::Close => {}
            }
        }
    }
}

async fn serve_stream<S: AsyncRead + AsyncWrite + Send + 'static>(
    stream: S,
    over: Over,
    source: SocketAddr,
    manner: Manner,
    log: Arc<Mutex<Vec<Asked>>>,
) {
    let (mut reader, mut writer) = tokio::io::split(stream);
    let (say, mut said) = mpsc::unbounded_channel::<Vec<u8>>();
    let writing = async move {
        while let Some(bytes) = said.recv().await {
            let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
            if writer.write_all(&[&length, bytes.as_slice()].concat()).await.is_err() || bytes.is_empty() {
                break;
            }
        }
    };
    let reading = async move {
        while let Ok(length) = reader.read_u16().await {
            let mut bytes = vec![0; length.into()];
            reader.read_exact(&mut bytes).await.unwrap();
            let asked = Asked::read(&bytes, over, source);
            log.lock().unwrap().push(asked.clone());
            for act in manner(&asked) {
                let say = say.clone();
                match act {
                    Act::Say(bytes) => drop(say.send(bytes)),
                    Act::Later(pause, bytes) => drop(tokio::spawn(async move {
                        sleep(pause).await;
                        say.send(bytes).ok()
                    })),
                    Act::Close => return,
                }
            }
        }
        std::future::pending::<()>().await;
    };
    // What was said before the end is still written.
    tokio::join!(writing, reading);
}

/// Settings with these upstreams and short times.
fn forwarding(upstreams: impl IntoIterator<Item = UpstreamAddress>) -> Forwarding {
    Forwarding {
        upstreams: upstreams.into_iter().collect(),
        patience: Duration::from_millis(200),
        limit: Duration::from_millis(1_500),
        ..Forwarding::default()
    }
}

fn start(settings: Forwarding) -> (Arc<Forwarder>, Arc<Counters>) {
    let counters = Arc::<Counters>::default();
    (Forwarder::start(settings, Destinations::default(), Arc::clone(&counters)).unwrap(), counters)
}

fn question(name: &str) -> Ask {
    Ask::for_host(&Host::parse(name).unwrap(), RecordType::A).unwrap()
}

fn caller(last: u8) -> Caller {
    Caller { source: IpAddr::from([192, 0, 2, last]), always_open: false }
}

fn helper(last: u8) -> Caller {
    Caller { always_open: true, ..caller(last) }
}

/// The only address of an answer, which must be fresh.
fn address(outcome: Result<Found, AskFault>) -> [u8; 4] {
    let found = outcome.unwrap();
    assert!(!found.is_stale);
    match found.known.addresses()[..] {
        [IpAddr::V4(address)] => address.octets(),
        ref other => panic!("{other:?}"),
    }
}

const GOOD: [u8; 4] = [93, 184, 215, 14];
const BAD: [u8; 4] = [93, 184, 215, 66];

/// Waits until something is so, for at most some seconds.
async fn until(what: impl Fn() -> bool) {
    for _ in 0..1_000 {
        if what() {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("it never came to be");
}
