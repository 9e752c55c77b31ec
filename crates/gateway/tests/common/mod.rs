//! A gate on loopback, origins that do as told, and a client of bytes.

#![expect(dead_code, reason = "each test file uses its own part of this")]

use holdfast_core::{
    category::Category,
    event::{Event, RequestEvent},
    identity::IdentityTable,
    lists::{Entries, NameEntry, Scope},
    moment::Moment,
    policy,
    ruleset::{
        self, Ruleset,
        content::{ContentBuilder, ListFacts},
        sealed::SealedTier,
    },
};
use holdfast_gateway::{
    Clock, Gate, Inputs, Listener, SignInMode,
    destination::{Destinations, ListedHost, LookUp},
    events::{self, EventReceiver},
    inspect::Inspection,
    judge::Judge,
    settings::{Settings, Times},
    start,
};
use rustls::ServerConfig;
use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// Allows everything but gambling, with a help site and a lifeline.
pub(crate) const POLICY: &str = r#"
version = 1
title = "Test"
author = "head"
reason = "To test."
review_by = "2030-07-31"
time_zone = "Europe/London"

[unknown]
default = "allow"
block_categories = ["gambling"]

[[help]]
host = "help.example"
name = "Help"

[[lifeline]]
code = "alarm"
title = "Medical alarm"
hosts = ["alarm.example"]
ports = [5222]
author = "head"
reason = "The medical alarm"
"#;

pub(crate) fn ruleset(blocked: &[&str]) -> Arc<Ruleset> {
    ruleset_of(POLICY, blocked, &[])
}

/// A policy with a list of casinos and a sealed list.
pub(crate) fn ruleset_of(policy: &str, blocked: &[&str], sealed: &[&str]) -> Arc<Ruleset> {
    let mut builder = ContentBuilder::new(7);
    let facts = ListFacts {
        id: "casinos".into(),
        title: "Casinos".to_owned(),
        category: Category::Gambling,
        source: "test".to_owned(),
        licence: "none".to_owned(),
        fetched: None,
        entries: 0,
    };
    let names = blocked.iter().map(|name| NameEntry { name: (*name).into(), scope: Scope::Within }).collect();
    builder.add(facts, Entries { names, ..Entries::default() });
    builder.add_sealed(SealedTier::build("test", "feed-1", [3; 32], sealed.iter().copied()).0);
    let source = policy::read("test", policy).unwrap();
    Arc::new(ruleset::compile(source, Arc::new(builder.finish().content), "test", policy).unwrap().0)
}

pub(crate) struct House {
    pub(crate) gate: Option<Gate>,
    pub(crate) address: SocketAddr,
    /// The page door, where there is one.
    pub(crate) page: Option<SocketAddr>,
    pub(crate) events: EventReceiver,
    pub(crate) rulesets: watch::Sender<Arc<Ruleset>>,
    pub(crate) identities: watch::Sender<Arc<IdentityTable>>,
    queue: Vec<Event>,
}

pub(crate) struct Plan {
    pub(crate) settings: Settings,
    pub(crate) judge: Judge,
    pub(crate) sign_in: SignInMode,
    pub(crate) identity: IdentityTable,
    pub(crate) lanes: usize,
    /// The proxy is spoken to over TLS with this identity.
    pub(crate) tls: Option<watch::Receiver<Arc<ServerConfig>>>,
    /// There is a page door as well.
    pub(crate) page: bool,
    pub(crate) look_up: Option<LookUp>,
    /// Secure connections can be opened.
    pub(crate) inspection: Option<Inspection>,
    /// Further listeners.
    pub(crate) more: Vec<Listener>,
}

impl Plan {
    /// Every `.example` and `.test` name leads to `origin`.
    pub(crate) fn to(origin: SocketAddr) -> Self {
        let names = vec![".example".to_owned(), ".test".to_owned()];
        let site = ListedHost { names, addresses: vec![origin.into()], allow_private: true };
        let times = Times { head: Duration::from_millis(600), linger: Duration::from_millis(200), ..Times::default() };
        let settings = Settings {
            workers: 2,
            times,
            destinations: Destinations { listed: vec![site], ..Destinations::default() },
            own_origin: "http://localhost:8080".to_owned(),
            ..Settings::default()
        };
        Self {
            settings,
            judge: Judge::default(),
            sign_in: SignInMode::Off,
            identity: IdentityTable { told: true, ..IdentityTable::default() },
            lanes: 1_000,
            tls: None,
            page: false,
            look_up: None,
            inspection: None,
            more: Vec::new(),
        }
    }

    pub(crate) fn build(self) -> House {
        self.build_with_clock(Arc::new(|| Moment::at(jiff::Timestamp::now(), &jiff::tz::TimeZone::UTC)))
    }

    pub(crate) fn build_with_clock(self, clock: Clock) -> House {
        let (sender, events) = events::channel(self.lanes, self.lanes);
        let (rulesets, ruleset) = watch::channel(ruleset(&["casino.example"]));
        let (identities, identity) = watch::channel(Arc::new(self.identity));
        let (settings, judge, look_up) = (self.settings, self.judge, self.look_up);
        let inputs =
            Inputs { ruleset, identity, events: sender, clock, settings, judge, look_up, inspection: self.inspection };
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut listeners = vec![match self.tls {
            Some(tls) => Listener::proxy_over_tls("main", socket, self.sign_in, tls),
            None => Listener::proxy("main", socket, self.sign_in),
        }];
        if self.page {
            listeners.push(Listener::page("page", TcpListener::bind("127.0.0.1:0").unwrap()));
        }
        listeners.extend(self.more);
        let gate = start(inputs, listeners).unwrap();
        let address = gate.addresses()[0].1;
        let page = gate.addresses().get(1).map(|(_, address)| *address);
        House { gate: Some(gate), address, page, events, rulesets, identities, queue: Vec::new() }
    }
}

impl House {
    pub(crate) fn client(&self) -> Client {
        Client::connect(self.address)
    }

    pub(crate) fn gate(&self) -> &Gate {
        self.gate.as_ref().unwrap()
    }

    pub(crate) fn page_client(&self) -> Client {
        Client::connect(self.page.unwrap())
    }

    /// Whether nothing has been told that was not yet looked at.
    pub(crate) fn is_silent(&mut self) -> bool {
        if self.queue.is_empty() {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            // An event is sent before its answer is written, so it is here as soon as the answer was read.
            let waiting = async {
                tokio::time::timeout(Duration::from_millis(50), self.events.next_batch(&mut self.queue)).await
            };
            drop(runtime.block_on(waiting));
        }
        self.queue.is_empty()
    }

    /// The next request's event.
    pub(crate) fn event(&mut self) -> RequestEvent {
        match self.any_event() {
            Event::Request(event) => *event,
            Event::Help => panic!("a help page was counted instead"),
        }
    }

    pub(crate) fn any_event(&mut self) -> Event {
        if self.queue.is_empty() {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let waiting = self.events.next_batch(&mut self.queue);
                tokio::time::timeout(Duration::from_secs(10), waiting).await.expect("no event came");
            });
        }
        self.queue.remove(0)
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if let Some(gate) = self.gate.take() {
            gate.stop(Duration::ZERO);
        }
    }
}

/// A client that sends and reads bytes.
pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    pub(crate) waiting: Vec<u8>,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, waiting: Vec::new() }
    }

    pub(crate) fn send(&mut self, text: impl AsRef<[u8]>) {
        self.stream.write_all(text.as_ref()).unwrap();
    }

    fn more(&mut self) -> bool {
        let mut space = vec![0; 65_536];
        match self.stream.read(&mut space) {
            Ok(0) | Err(_) => false,
            Ok(count) => {
                self.waiting.extend_from_slice(&space[..count]);
                true
            }
        }
    }

    /// Reads up to and including `end`.
    pub(crate) fn until(&mut self, end: &str) -> String {
        loop {
            let end = end.as_bytes();
            if let Some(at) = self.waiting.windows(end.len()).position(|window| window == end) {
                // One letter for each byte, so that nothing is lost.
                return self.waiting.drain(..at + end.len()).map(char::from).collect();
            }
            assert!(self.more(), "closed before {end:?} came: {:?}", String::from_utf8_lossy(&self.waiting));
        }
    }

    pub(crate) fn take(&mut self, count: usize) -> Vec<u8> {
        while self.waiting.len() < count {
            assert!(self.more(), "closed too early");
        }
        self.waiting.drain(..count).collect()
    }

    /// Reads everything up to the close.
    pub(crate) fn rest(&mut self) -> String {
        while self.more() {}
        String::from_utf8_lossy(&std::mem::take(&mut self.waiting)).into_owned()
    }

    /// Reads up to the close, or until what came last is `end`.
    pub(crate) fn rest_until(&mut self, end: &str) -> String {
        while !self.waiting.ends_with(end.as_bytes()) && self.more() {}
        String::from_utf8_lossy(&std::mem::take(&mut self.waiting)).into_owned()
    }

    /// Reads one answer with a `Content-Length`: its head and its body.
    pub(crate) fn answer(&mut self) -> (String, String) {
        let head = self.until("\r\n\r\n");
        let length =
            head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned));
        let length = length.map_or(0, |text| text.parse().unwrap());
        let body = String::from_utf8_lossy(&self.take(length)).into_owned();
        (head, body)
    }

    pub(crate) fn status(&mut self) -> u16 {
        let (head, _) = self.answer();
        head.split(' ').nth(1).unwrap().parse().unwrap()
    }
}

/// An origin that gives each connection to `serve`, on its own thread.
pub(crate) fn origin(serve: impl Fn(Client) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let serve = Arc::new(serve);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else { return };
            let serve = Arc::clone(&serve);
            stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
            thread::spawn(move || serve(Client { stream, waiting: Vec::new() }));
        }
    });
    address
}

/// An origin that answers every request with the head it received, and keeps the connection.
pub(crate) fn echo() -> SocketAddr {
    origin(|mut client| {
        while let Some(head) = client.maybe_head() {
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{head}", head.len());
            if client.stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    })
}

impl Client {
    /// The next head, or nothing at the close.
    pub(crate) fn maybe_head(&mut self) -> Option<String> {
        while !self.waiting.windows(4).any(|window| window == b"\r\n\r\n") {
            if !self.more() {
                return None;
            }
        }
        Some(self.until("\r\n\r\n"))
    }
}

/// A minimal TLS 1.2 ClientHello with this server name, or with none where it is empty.
pub(crate) fn client_hello(name: &str) -> Vec<u8> {
    let length = |count: usize| u16::try_from(count).unwrap().to_be_bytes();
    let mut extension = Vec::new();
    if !name.is_empty() {
        let mut list = vec![0];
        list.extend(length(name.len()));
        list.extend(name.as_bytes());
        extension.extend([0, 0]);
        extension.extend(length(list.len() + 2));
        extension.extend(length(list.len()));
        extension.extend(&list);
    }
    let mut body = vec![3, 3];
    body.extend([7; 32]);
    body.extend([0, 0, 2, 0x13, 0x01, 1, 0]);
    body.extend(length(extension.len()));
    body.extend(extension);
    let mut message = vec![1, 0];
    message.extend(length(body.len()));
    message.extend(body);
    let mut record = vec![22, 3, 1];
    record.extend(length(message.len()));
    record.extend(message);
    record
}

/// Sends back everything it gets.
pub(crate) fn parrot() -> SocketAddr {
    origin(|mut client| {
        let mut reader = client.stream.try_clone().unwrap();
        // A gate that cuts the connection ends the copying with a fault, which is as good an end as any.
        if std::io::copy(&mut reader, &mut client.stream).is_ok() {
            drop(client.stream.shutdown(Shutdown::Write));
        }
    })
}

/// Opens a tunnel.
pub(crate) fn connect(house: &House, target: &str) -> Client {
    let mut client = house.client();
    client.send(format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n"));
    let head = client.until("\r\n\r\n");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    client
}

/// Waits for something to become true.
pub(crate) fn soon(what: &str, mut check: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(10);
    while !check() {
        assert!(Instant::now() < end, "{what} did not happen");
        thread::sleep(Duration::from_millis(5));
    }
}
