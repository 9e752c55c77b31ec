//! Looking inside secure connections, where the policy says so (opening secure pages to check them).
//!
//! The client is met in the host's place with a certificate of the school's own interception authority ([`authority`],
//! `leaf`, `meet`), the site is connected to and checked as a browser would (`crate::secure`), and whatever is asked
//! inside is judged by its whole address: HTTP/1.1 by the same reading, judging and forwarding as on any connection,
//! HTTP/2 in `http2`. Which protocol is spoken inside is the site's choice, mirrored. Nothing is ever opened without the
//! policy's word ([`holdfast_core::inspection`]).

pub mod authority;
mod http2;
mod leaf;
mod meet;
mod rewound;

use crate::{
    converse::{self, Inside as InTunnel, Own},
    forward::secure_place,
    gate::Visitor,
    link::{AnyStream, Link},
    reach::{NO_WAY, open_secure},
    record::{self, Asked, Record, Ruling},
    secure::{Protocol, Securing},
    upstream::{ConnectFault, Upstream},
    way::Way,
};
use authority::Authority;
use holdfast_core::{
    address::Address,
    host::Host,
    inspection::Extent,
    request::Request,
    search_engines::StrictSearch,
    subject::PersonId,
    wording::{Why, Words},
};
use leaf::Leaves;
use meet::MeetFault;
use rewound::Rewound;
use rustls::RootCertStore;
use std::{
    fmt, io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering::Relaxed},
};
use tokio::sync::watch;

/// What is needed to open secure connections.
#[derive(Clone)]
pub struct Inspection {
    /// The interception authority; replaced at any time. While there is none, what should be opened is refused.
    pub authority: watch::Receiver<Option<Arc<Authority>>>,
    /// Authorities whose certificates sites may show.
    pub roots: Arc<RootCertStore>,
}

impl fmt::Debug for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inspection").field("roots", &self.roots.len()).finish_non_exhaustive()
    }
}

/// What opens secure connections. One for the whole gate.
pub(crate) struct Inspector {
    authority: watch::Receiver<Option<Arc<Authority>>>,
    leaves: Leaves,
    securing: Securing,
}

impl Inspector {
    /// # Errors
    ///
    /// When this computer cannot speak TLS, or gives no randomness.
    pub(crate) fn new(inspection: Inspection) -> io::Result<Self> {
        let Inspection { authority, roots } = inspection;
        let leaves = Leaves::new().map_err(io::Error::other)?;
        let securing = Securing::new(roots).map_err(io::Error::other)?;
        Ok(Self { authority, leaves, securing })
    }

    /// How sites are spoken to.
    pub(crate) fn securing(&self) -> &Securing {
        &self.securing
    }

    /// The authority of this moment, if it holds. `now_micros` is microseconds since 1970-01-01 UTC.
    fn authority(&self, now_micros: i64) -> Result<Arc<Authority>, String> {
        let authority = self.authority.borrow().clone().ok_or("there is no interception authority")?;
        authority.holds(now_micros)?;
        Ok(authority)
    }
}

/// A tunnel that is to be opened.
pub(crate) struct ToOpen {
    /// The one name that may be spoken to inside.
    pub(crate) name: Host,
    pub(crate) port: u16,
    pub(crate) signed_in: Option<PersonId>,
    pub(crate) extent: Extent,
    /// What is told of the tunnel, unless something inside is told instead, and its status.
    pub(crate) record: Record,
    pub(crate) status: u16,
    /// What the client offers to speak inside.
    pub(crate) offers: Offers,
}

/// One opened connection, as its requests know it.
pub(crate) struct Opened {
    /// The one name that may be spoken to inside: the one in the client's greeting, or the one asked for.
    pub(crate) name: Host,
    pub(crate) port: u16,
    pub(crate) signed_in: Option<PersonId>,
    /// Whether requests may go on, or are only told why they are stopped.
    pub(crate) extent: Extent,
    /// The strict form that the first connection to the site was opened to.
    pub(crate) strict: Option<StrictSearch>,
    /// What is told of the connection itself, until something inside is told instead.
    unasked: Mutex<Option<Record>>,
    /// The status of that.
    status: u16,
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened").field("extent", &self.extent).finish_non_exhaustive()
    }
}

impl Opened {
    /// Something was asked inside, which is told instead; with what was noted of the connection.
    fn begin(&self, record: &mut Record) {
        let unasked = self.unasked.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(unasked) = unasked {
            if let Some(note) = unasked.noted().filter(|_| unasked.passes()) {
                record.note(&note);
            }
            unasked.discard();
        }
    }

    /// What came inside is no HTTP. Whether the connection had asked nothing before, so that this tells it.
    fn spoil(&self, code: &str, status: u16) -> bool {
        let unasked = self.unasked.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut unasked) = unasked else { return false };
        if unasked.passes() {
            unasked.refuse(code, &Why::Unclear);
        } else {
            unasked.note(code);
        }
        unasked.send(status, 0, 0);
        true
    }

    /// Nothing more will be asked. Where nothing was, the connection itself is told.
    fn end(&self) {
        let unasked = self.unasked.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut unasked) = unasked {
            unasked.note("nothing-asked");
            unasked.send(self.status, 0, 0);
        }
    }
}

/// What a client offers to speak inside, best first, as far as we speak it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Offers {
    two: bool,
    one: bool,
    /// Whether it named anything at all.
    named: bool,
}

/// What can be spoken with a client that offers these (RFC 7301); nothing where none of it is the web's.
pub(crate) fn offers(alpn: &[Box<[u8]>]) -> Option<Offers> {
    let has = |protocol: Protocol| alpn.iter().any(|name| **name == *protocol.alpn());
    let offers = Offers { two: has(Protocol::Http2), one: has(Protocol::Http1), named: !alpn.is_empty() };
    (offers.two || offers.one || !offers.named).then_some(offers)
}

impl Offers {
    /// What is offered to the site in turn.
    fn to_site(self) -> &'static [Protocol] {
        match (self.two, self.one) {
            (true, true) => &[Protocol::Http2, Protocol::Http1],
            (true, false) => &[Protocol::Http2],
            (false, _) => &[Protocol::Http1],
        }
    }

    /// What is spoken where the site has no say.
    fn alone(self) -> Protocol {
        if self.two && !self.one { Protocol::Http2 } else { Protocol::Http1 }
    }

    /// What the client is told of the choice; nothing where it named nothing.
    fn told(self, chosen: Protocol) -> &'static [Protocol] {
        match chosen {
            _ if !self.named => &[],
            Protocol::Http1 => &[Protocol::Http1],
            Protocol::Http2 => &[Protocol::Http2],
        }
    }
}

/// How a request inside an opened connection is ruled.
pub(crate) enum Inside {
    /// As anywhere else.
    Ruled(Ruling, Record),
    /// It was opened only to show a block, and nothing stops it any more.
    Perhaps(Record),
    /// From now on this host is left unopened, so nothing more may be read here.
    Leave(Record),
}

/// Rules a request inside an opened connection. Where it was opened only to show a block, nothing goes on.
pub(crate) fn rule(visitor: &Visitor, opened: &Opened, asked: Asked<'_>, address: &Address) -> Inside {
    let (ruling, mut record) = record::judge(visitor, asked, &Request::whole(address));
    opened.begin(&mut record);
    if ruling != Ruling::Pass {
        return Inside::Ruled(ruling, record);
    }
    if opened.extent == Extent::Everything {
        if record.opening().extent == Extent::Everything {
            return Inside::Ruled(ruling, record);
        }
        record.refuse("left-unopened-now", &Why::Unclear);
        record.forget_path();
        return Inside::Leave(record);
    }
    // It was the name that was blocked, whatever the rest of the address.
    let (of_name, anew) = record::judge(visitor, asked, &Request::name_only(address.host()));
    if of_name == Ruling::Pass {
        anew.discard();
        return Inside::Perhaps(record);
    }
    record.discard();
    Inside::Ruled(of_name, anew)
}

/// Connects to the site of an opened connection, or to where its strict form is, speaking one of these protocols.
pub(crate) async fn connect(
    visitor: &Visitor,
    opened: &Opened,
    strict: Option<StrictSearch>,
    offers: &[Protocol],
) -> Result<Upstream, ConnectFault> {
    let Some(inspector) = &visitor.shared().inspector else { return Err(NO_WAY) };
    let connected = open_secure(visitor, inspector, &opened.name, (strict, opened.port), offers).await;
    connected.map(|(upstream, _protocol)| upstream)
}

/// Opens a connection and serves what is asked inside.
///
/// Boxed, because an opened connection is served by what opened it.
pub(crate) fn open(
    visitor: Arc<Visitor>,
    client: Link<AnyStream>,
    to_open: ToOpen,
) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        let Some((opened, met)) = meet_client(&visitor, client, to_open).await else { return };
        let opened = Arc::new(opened);
        match met {
            Met::Two(stream, upstream) => http2::serve(visitor, stream, Arc::clone(&opened), upstream).await,
            Met::One(stream, own) => {
                let (host, port, signed_in) = (opened.name.clone(), opened.port, opened.signed_in.clone());
                let inside = InTunnel { host, port, signed_in, opened: Some(Arc::clone(&opened)) };
                converse::go_on(&visitor, Link::new(stream), Some(inside), own).await;
            }
        }
        opened.end();
    })
}

type Stream = tokio_rustls::server::TlsStream<Rewound<AnyStream>>;

/// A client that was met, and what is spoken with it.
enum Met {
    One(Stream, Own),
    Two(Stream, Option<Upstream>),
}

/// Connects to the site first, so that its choice of protocol can be mirrored, and then meets the client in its place.
/// A site that cannot be reached or trusted is told inside, where a person can read why.
async fn meet_client(visitor: &Visitor, client: Link<AnyStream>, to_open: ToOpen) -> Option<(Opened, Met)> {
    let ToOpen { name, port, signed_in, extent, mut record, status, offers } = to_open;
    let shared = visitor.shared();
    let Some(inspector) = &shared.inspector else {
        cannot_open(visitor, (record, status), "there is no interception authority");
        return None;
    };
    // Before anybody outside learns of it.
    let authority = match inspector.authority(shared.now().unix_micros) {
        Ok(authority) => authority,
        Err(fault) => {
            cannot_open(visitor, (record, status), &fault);
            return None;
        }
    };
    let strict = record.strict();
    // Where the name is blocked, nothing may be asked of the site until a whole address passes.
    let goes_on = extent == Extent::Everything && record.passes();
    let found = if goes_on { site(visitor, inspector, (&name, port), strict, offers).await } else { None };
    let protocol = found.as_ref().map_or(offers.alone(), |(_, protocol)| *protocol);
    let told = offers.told(protocol);
    let config = match inspector.leaves.config(&authority, &name, told, shared.now().unix_micros) {
        Ok(config) => config,
        Err(fault) => {
            cannot_open(visitor, (record, status), &fault);
            return None;
        }
    };
    let stream = match meet::meet(Rewound::new(client), config, shared.settings.times.head).await {
        Ok(stream) => stream,
        Err(fault) => {
            tell_unmet(&mut record, &fault);
            record.send(status, 0, 0);
            return None;
        }
    };
    let upstream = found.map(|(upstream, _)| upstream);
    let met = match protocol {
        Protocol::Http2 => Met::Two(stream, upstream),
        Protocol::Http1 => {
            let mut own = Own::default();
            if let (Some(upstream), Some(way)) = (upstream, Way::to(&name, strict)) {
                own.keep(secure_place(&way, port), upstream, false);
            }
            Met::One(stream, own)
        }
    };
    let unasked = Mutex::new(Some(record));
    Some((Opened { name, port, signed_in, extent, strict, unasked, status }, met))
}

/// The connection to the site and its choice of protocol; nothing where it cannot be reached or trusted, which each
/// request is then told. One that was kept from an earlier client will do, for a client that speaks HTTP/1.1 alone.
async fn site(
    visitor: &Visitor,
    inspector: &Inspector,
    (name, port): (&Host, u16),
    strict: Option<StrictSearch>,
    offers: Offers,
) -> Option<(Upstream, Protocol)> {
    let way = Way::to(name, strict)?;
    if !offers.two
        && let Some(kept) = visitor.worker.pool.take(&secure_place(&way, port))
    {
        return Some((kept, Protocol::Http1));
    }
    open_secure(visitor, inspector, name, (strict, port), offers.to_site()).await.ok()
}

/// What the policy wants opened and cannot be is refused, never passed on unread. What was blocked already stays so.
fn cannot_open(visitor: &Visitor, (mut record, status): (Record, u16), fault: &str) {
    const MINUTE: i64 = 60_000_000;
    let shared = visitor.shared();
    let so_far = shared.counters.not_opened.fetch_add(1, Relaxed) + 1;
    // Whoever asks again and again must not fill the log.
    let (now, told) = (shared.now().unix_micros, shared.counters.not_opened_told.load(Relaxed));
    if (now - told).abs() >= MINUTE {
        shared.counters.not_opened_told.store(now, Relaxed);
        tracing::error!(
            so_far,
            "secure connections that the policy wants opened are refused: {fault}; see `holdfast inspection show`"
        );
    }
    if record.passes() {
        record.refuse("cannot-open", &Why::Fault);
    } else {
        record.note("cannot-open");
    }
    record.send(status, 0, 0);
}

/// Tells why a client was not met. A client that does not trust our authority is the one to be looked into.
fn tell_unmet(record: &mut Record, fault: &MeetFault) {
    let (code, explanation) = match fault {
        MeetFault::Distrust(alert) => (
            format!("client-distrusts {alert}"),
            "The program on this device does not accept the school's certificate, so it could not be checked.",
        ),
        MeetFault::Tls(code) => ((*code).to_owned(), "The program on this device broke off the secure connection."),
        MeetFault::Left(_) => ("client-left".to_owned(), "The program on this device left before it was answered."),
        MeetFault::Late => ("client-late".to_owned(), "The program on this device did not answer in time."),
    };
    let next = "If a person needs this program, tell the school's technician.".to_owned();
    let heading = "This connection was not made".to_owned();
    if record.passes() {
        record.fail(&code, Words { heading, explanation: explanation.to_owned(), next });
    } else {
        record.note(&code);
    }
}
