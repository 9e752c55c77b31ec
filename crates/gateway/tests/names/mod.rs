//! A name service on loopback, an upstream that does as told, and clients of every kind.

#![expect(dead_code, reason = "each test file uses its own part of this")]

use hickory_proto::{
    op::{Edns, Message, MessageType, OpCode, Query, ResponseCode},
    rr::{
        Name, RData, Record, RecordType,
        rdata::{A, AAAA, CNAME, opt::EdnsOption},
    },
};
use holdfast_core::{
    event::{Event, RequestEvent},
    identity::IdentityTable,
    moment::Moment,
    ruleset::Ruleset,
};
use holdfast_gateway::{
    Clock,
    dns::{
        self, Dns, Inputs, Listener,
        counters::Counters,
        forwarder::Forwarder,
        settings::{Forwarding, LocalZone, Settings},
    },
    events::{self, EventReceiver},
    judge::Judge,
};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use std::{
    io::{Read, Write},
    net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};
use tokio::sync::watch;

/// How long anything is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
pub(crate) const RESOLVER: &str = "dns.school.example";

/// What the upstream says about a name, lower case and without the last dot.
pub(crate) type Zone = dyn Fn(&str, RecordType) -> (ResponseCode, Vec<Record>) + Send + Sync;

pub(crate) fn name(text: &str) -> Name {
    Name::from_ascii(format!("{text}.")).unwrap()
}

/// An A or AAAA record.
pub(crate) fn address(owner: &str, seconds: u32, address: &str) -> Record {
    let data = match address.parse().unwrap() {
        IpAddr::V4(address) => RData::A(A(address)),
        IpAddr::V6(address) => RData::AAAA(AAAA(address)),
    };
    Record::from_rdata(name(owner), seconds, data)
}

pub(crate) fn alias(owner: &str, seconds: u32, target: &str) -> Record {
    Record::from_rdata(name(owner), seconds, RData::CNAME(CNAME(name(target))))
}

/// Every name has one address, good for five minutes; names that begin with `www.` are an alias of the rest.
pub(crate) fn plain_zone(asked: &str, kind: RecordType) -> (ResponseCode, Vec<Record>) {
    let (mut records, owner) = match asked.strip_prefix("www.") {
        Some(rest) => (vec![alias(asked, 300, rest)], rest),
        None => (Vec::new(), asked),
    };
    match kind {
        RecordType::A => records.push(address(owner, 300, "93.184.216.34")),
        RecordType::AAAA => records.push(address(owner, 300, "2606:2800:220:1::1")),
        _ => {}
    }
    (ResponseCode::NoError, records)
}

/// An upstream on UDP and TCP, and what it was asked.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    pub(crate) asked: Arc<Mutex<Vec<(String, RecordType)>>>,
}

impl Upstream {
    pub(crate) fn start(zone: Arc<Zone>) -> Self {
        let (udp, tcp) = loop {
            let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
            if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()) {
                break (udp, tcp);
            }
        };
        let asked = Arc::new(Mutex::new(Vec::new()));
        let upstream = Self { address: udp.local_addr().unwrap(), asked: Arc::clone(&asked) };
        let (of_udp, noted) = (Arc::clone(&zone), Arc::clone(&asked));
        thread::spawn(move || {
            let mut buffer = [0; 4_096];
            while let Ok((length, from)) = udp.recv_from(&mut buffer) {
                let answer = answer(&*of_udp, &noted, &buffer[..length]);
                let bytes = answer.to_vec().unwrap();
                let bytes = if bytes.len() > 1_232 { answer.truncate().to_vec().unwrap() } else { bytes };
                udp.send_to(&bytes, from).unwrap();
            }
        });
        thread::spawn(move || {
            for stream in tcp.incoming() {
                let Ok(mut stream) = stream else { return };
                let (zone, noted) = (Arc::clone(&zone), Arc::clone(&asked));
                thread::spawn(move || {
                    while let Some(question) = read_message(&mut stream) {
                        let bytes = answer(&*zone, &noted, &question).to_vec().unwrap();
                        write_message(&mut stream, &bytes);
                    }
                });
            }
        });
        upstream
    }
}

impl Upstream {
    /// Whether it was asked for this name.
    pub(crate) fn was_asked(&self, name: &str) -> bool {
        self.asked.lock().unwrap().iter().any(|(asked, _)| asked == name)
    }
}

fn answer(zone: &Zone, noted: &Mutex<Vec<(String, RecordType)>>, question: &[u8]) -> Message {
    let question = Message::from_vec(question).unwrap();
    let query = question.queries[0].clone();
    let asked = query.name.to_ascii().to_ascii_lowercase();
    let asked = asked.trim_end_matches('.');
    noted.lock().unwrap().push((asked.to_owned(), query.query_type));
    let (code, records) = zone(asked, query.query_type);
    let mut answer = Message::response(question.metadata.id, OpCode::Query);
    answer.metadata.response_code = code;
    answer.metadata.recursion_available = true;
    answer.add_query(query);
    answer.add_answers(records);
    answer
}

pub(crate) fn read_message(stream: &mut impl Read) -> Option<Vec<u8>> {
    let mut length = [0; 2];
    stream.read_exact(&mut length).ok()?;
    let mut message = vec![0; u16::from_be_bytes(length).into()];
    stream.read_exact(&mut message).ok()?;
    Some(message)
}

pub(crate) fn write_message(stream: &mut impl Write, message: &[u8]) {
    let mut bytes = u16::try_from(message.len()).unwrap().to_be_bytes().to_vec();
    bytes.extend_from_slice(message);
    stream.write_all(&bytes).unwrap();
}

/// What a name service is built from.
pub(crate) struct Plan {
    pub(crate) settings: Settings,
    pub(crate) ruleset: Arc<Ruleset>,
    pub(crate) identity: IdentityTable,
    pub(crate) judge: Judge,
    pub(crate) clock: Clock,
    pub(crate) zone: Arc<Zone>,
    pub(crate) lanes: usize,
    /// Where its UDP and TCP sockets stand.
    pub(crate) plain: Vec<&'static str>,
}

impl Plan {
    pub(crate) fn new(ruleset: Arc<Ruleset>) -> Self {
        let settings = Settings {
            workers: 2,
            resolver_name: Some(RESOLVER.parse_host()),
            why_address: "http://localhost:8080/stopped".to_owned(),
            ..Settings::default()
        };
        Self {
            settings,
            ruleset,
            identity: IdentityTable { told: true, ..IdentityTable::default() },
            judge: Judge::default(),
            clock: Arc::new(|| Moment::at(jiff::Timestamp::now(), &jiff::tz::TimeZone::UTC)),
            zone: Arc::new(plain_zone),
            lanes: 20_000,
            plain: vec!["127.0.0.1:0", "[::1]:0"],
        }
    }

    pub(crate) fn build(self) -> House {
        let upstream = Upstream::start(self.zone);
        let mut settings = self.settings;
        let known =
            Forwarding { upstreams: vec![upstream.address.to_string().parse().unwrap()], ..settings.forwarding };
        settings.forwarding = known;
        let (sender, events) = events::channel(self.lanes, self.lanes);
        let (rulesets, ruleset) = watch::channel(self.ruleset);
        let (identities, identity) = watch::channel(Arc::new(self.identity));
        let counters = Arc::new(Counters::default());
        let (certificate, config) = certificate();
        let (configs, tls) = watch::channel(Arc::new(config));
        let forwarder =
            Forwarder::start(settings.forwarding.clone(), settings.destinations.clone(), Arc::clone(&counters))
                .unwrap();
        let inputs = Inputs {
            ruleset,
            identity,
            tls: Some(tls),
            events: sender,
            clock: self.clock,
            judge: self.judge,
            forwarder: Arc::clone(&forwarder),
            counters: Arc::clone(&counters),
            settings,
        };
        let mut listener = Listener { name: "main".into(), ..Listener::default() };
        for place in &self.plain {
            let (udp, tcp) = loop {
                let udp = UdpSocket::bind(place).unwrap();
                if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()) {
                    break (udp, tcp);
                }
            };
            listener.udp.push(udp);
            listener.tcp.push(tcp);
        }
        listener.tls.push(TcpListener::bind("127.0.0.1:0").unwrap());
        listener.https.push(TcpListener::bind("127.0.0.1:0").unwrap());
        let dns = dns::start(inputs, vec![listener]).unwrap();
        House {
            dns: Some(dns),
            events,
            rulesets,
            identities,
            configs,
            counters,
            forwarder,
            upstream,
            certificate,
            queue: Vec::new(),
        }
    }
}

/// The names of zones that an upstream may answer with private addresses, or that are otherwise set aside.
pub(crate) fn local(names: &[&str], upstream: SocketAddr) -> LocalZone {
    let names = names.iter().map(|name| name.parse_host()).collect();
    LocalZone { names, upstreams: vec![upstream.to_string().parse().unwrap()] }
}

/// Reads hosts.
pub(crate) trait ParseHost {
    fn parse_host(&self) -> holdfast_core::host::Host;
}

impl ParseHost for str {
    fn parse_host(&self) -> holdfast_core::host::Host {
        holdfast_core::host::Host::parse(self).unwrap()
    }
}

pub(crate) fn certificate() -> (CertificateDer<'static>, ServerConfig) {
    let names = vec![RESOLVER.to_owned(), format!("*.{RESOLVER}"), "localhost".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config =
        ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate.clone()], key).unwrap();
    (certificate, config)
}

/// A running name service.
pub(crate) struct House {
    pub(crate) dns: Option<Dns>,
    pub(crate) events: EventReceiver,
    pub(crate) rulesets: watch::Sender<Arc<Ruleset>>,
    pub(crate) identities: watch::Sender<Arc<IdentityTable>>,
    pub(crate) configs: watch::Sender<Arc<ServerConfig>>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) forwarder: Arc<Forwarder>,
    pub(crate) upstream: Upstream,
    pub(crate) certificate: CertificateDer<'static>,
    queue: Vec<Event>,
}

impl House {
    /// The places where this is spoken.
    pub(crate) fn places(&self, spoken: &str) -> Vec<SocketAddr> {
        let addresses = self.dns.as_ref().unwrap().addresses();
        addresses.into_iter().filter(|(_, speaks, _)| *speaks == spoken).map(|(_, _, address)| address).collect()
    }

    pub(crate) fn plain(&self) -> SocketAddr {
        self.places("dns")[0]
    }

    /// Asks over UDP, and answers what came back.
    pub(crate) fn ask(&self, asked: &str, kind: RecordType) -> Message {
        ask_udp(self.plain(), &question(asked, kind))
    }

    pub(crate) fn event(&mut self) -> RequestEvent {
        match self.any_event() {
            Event::Request(event) => *event,
            Event::Help => panic!("a visit to help was counted instead"),
        }
    }

    pub(crate) fn any_event(&mut self) -> Event {
        if self.queue.is_empty() {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let waiting = self.events.next_batch(&mut self.queue);
                tokio::time::timeout(PATIENCE, waiting).await.expect("no event came");
            });
        }
        self.queue.remove(0)
    }

    /// A TLS client that trusts the house, with these protocols.
    pub(crate) fn client_config(&self, protocols: &[&str]) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        let mut config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        config
    }

    /// A connection over TLS under this name.
    pub(crate) fn tls(&self, server_name: &str, protocols: &[&str]) -> StreamOwned<ClientConnection, TcpStream> {
        let server_name = server_name.to_owned().try_into().unwrap();
        let client = ClientConnection::new(Arc::new(self.client_config(protocols)), server_name).unwrap();
        StreamOwned::new(client, tcp(self.places("tls")[0]))
    }

    pub(crate) fn ask_tls(&self, server_name: &str, question: &Message) -> Message {
        let mut stream = self.tls(server_name, &["dot"]);
        write_message(&mut stream, &question.to_vec().unwrap());
        Message::from_vec(&read_message(&mut stream).unwrap()).unwrap()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if let Some(dns) = self.dns.take() {
            dns.stop(Duration::ZERO);
        }
        self.forwarder.stop();
    }
}

/// A question with EDNS.
pub(crate) fn question(asked: &str, kind: RecordType) -> Message {
    let mut edns = Edns::new();
    edns.set_max_payload(1_232).set_version(0);
    let mut message = Message::new(0x4a4b, MessageType::Query, OpCode::Query);
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(name(asked), kind));
    message.set_edns(edns);
    message
}

pub(crate) fn udp(to: SocketAddr) -> UdpSocket {
    let socket = UdpSocket::bind(if to.is_ipv4() { "127.0.0.1:0" } else { "[::1]:0" }).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    // Answers from anywhere else would not arrive.
    socket.connect(to).unwrap();
    socket
}

pub(crate) fn ask_udp(to: SocketAddr, question: &Message) -> Message {
    let socket = udp(to);
    socket.send(&question.to_vec().unwrap()).unwrap();
    let mut buffer = vec![0; 65_535];
    let length = socket.recv(&mut buffer).expect("no answer came");
    Message::from_vec(&buffer[..length]).unwrap()
}

pub(crate) fn tcp(to: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(to).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

pub(crate) fn ask_tcp(to: SocketAddr, question: &Message) -> Message {
    let mut stream = tcp(to);
    write_message(&mut stream, &question.to_vec().unwrap());
    Message::from_vec(&read_message(&mut stream).unwrap()).unwrap()
}

/// The addresses in an answer.
pub(crate) fn addresses(answer: &Message) -> Vec<IpAddr> {
    let of = |record: &Record| match &record.data {
        RData::A(address) => Some(IpAddr::V4(address.0)),
        RData::AAAA(address) => Some(IpAddr::V6(address.0)),
        _ => None,
    };
    answer.answers.iter().filter_map(of).collect()
}

/// The extended error in an answer: its number and its text.
pub(crate) fn extended(answer: &Message) -> Option<(u16, String)> {
    let edns = answer.edns.as_ref()?;
    let EdnsOption::Unknown(_, data) = edns.option(15.into())? else { return None };
    Some((u16::from_be_bytes([data[0], data[1]]), String::from_utf8(data[2..].to_vec()).unwrap()))
}
