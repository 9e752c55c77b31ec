//! One client connection: its requests, one after another.

use crate::{
    After,
    answer::{self, Answer},
    forward::{self, Asking},
    gate::{Admission, Entrance, UnderWay, Visitor},
    inspect::{self, Opened, ToOpen},
    link::{AnyStream, Deadline, Link},
    own, page,
    record::Record,
    sign_in, tunnel,
    upstream::{self, Pool, Upstream},
    wire::{
        fault::WireFault,
        request::{self, RequestHead},
        scan::HeadScan,
        target::{Place, Target},
    },
};
use holdfast_core::{host::Host, subject::PersonId};
use std::{
    future::poll_fn,
    sync::{Arc, atomic::Ordering::Relaxed},
    task::Poll,
};
use tokio::io::{AsyncRead, AsyncWrite};

/// What a proxy may be asked for instead of `TRACE` (RFC 9110 §10.2.1, §15.5.6).
const ALLOWED: [(&str, &str); 1] = [("Allow", "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS, CONNECT")];
/// When to try a sign-in again, seconds (RFC 9110 §10.2.3).
const COME_BACK: [(&str, &str); 1] = [("Retry-After", "3")];

/// A tunnel whose inside is read as HTTP.
#[derive(Debug)]
pub(crate) struct Inside {
    pub(crate) host: Host,
    pub(crate) port: u16,
    pub(crate) signed_in: Option<PersonId>,
    /// Where it is a secure connection that was opened.
    pub(crate) opened: Option<Arc<Opened>>,
}

/// The upstream connection that is kept for this client: one that somebody signed in on, which is nobody else's from then
/// on, or one to the site of an opened connection.
#[derive(Debug, Default)]
pub(crate) struct Own(Option<Kept>);

/// A connection that is kept.
#[derive(Debug)]
pub(crate) struct Kept {
    place: String,
    pub(crate) upstream: Upstream,
    /// Whether somebody signed in on it for as long as it lasts.
    pub(crate) is_bound: bool,
}

impl Own {
    /// Keeps a connection that leads to this place.
    pub(crate) fn keep(&mut self, place: String, upstream: Upstream, is_bound: bool) {
        self.0 = Some(Kept { place, upstream, is_bound });
    }

    /// The connection, if it leads there and is open still.
    pub(crate) fn take(&mut self, place: &str) -> Option<Kept> {
        let mut kept = self.0.take_if(|kept| kept.place == place)?;
        upstream::is_quiet(&mut kept.upstream).then_some(kept)
    }

    /// Gives the connection to whoever comes next, unless somebody signed in on it.
    fn release(self, pool: &Pool) {
        if let Some(Kept { place, upstream, is_bound: false }) = self.0 {
            pool.put(&place, upstream);
        }
    }
}

/// How the wait for a head ended.
enum Heard {
    /// A whole head of this length waits in the input.
    Head(usize),
    /// Nothing was asked any more.
    Silence,
    /// What came is no head.
    Fault(WireFault),
    /// The head did not come in time.
    Late,
}

/// Serves a connection until either side ends it.
pub(crate) async fn converse<C>(visitor: &Arc<Visitor>, stream: C)
where
    C: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    go_on(visitor, Link::new(stream), None, Own::default()).await;
}

/// Serves a connection from here on, inside a tunnel or not.
pub(crate) async fn go_on<C>(visitor: &Arc<Visitor>, client: Link<C>, inside: Option<Inside>, mut own: Own)
where
    C: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let to_open = talk(visitor, client, inside, &mut own).await;
    own.release(&visitor.worker.pool);
    if let Some((client, to_open)) = to_open {
        inspect::open(Arc::clone(visitor), client, to_open).await;
    }
}

/// Carries one request after another. What is left at the end is a connection that is to be opened.
async fn talk<C>(
    visitor: &Arc<Visitor>,
    mut client: Link<C>,
    mut inside: Option<Inside>,
    own: &mut Own,
) -> Option<(Link<AnyStream>, ToOpen)>
where
    C: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let times = &visitor.shared().settings.times;
    let mut deadline = Deadline::new(times.client_idle);
    let mut kept = Vec::with_capacity(1024);
    loop {
        let length = match read_head(visitor, &mut client, &mut deadline).await {
            Heard::Head(length) => length,
            Heard::Silence => return None,
            Heard::Fault(fault) => {
                refuse_and_close(visitor, &mut client, fault.status(), fault.code()).await;
                return None;
            }
            Heard::Late => {
                refuse_and_close(visitor, &mut client, 408, "head-late").await;
                return None;
            }
        };
        kept.clear();
        let place = match (&inside, visitor.entrance) {
            (Some(inside), _) if inside.opened.is_some() => Place::Opened(&inside.host, inside.port),
            (Some(inside), _) => Place::Tunnel(&inside.host, inside.port),
            (None, Entrance::Page { .. }) => Place::Page,
            (None, Entrance::Transparent(came_for)) => Place::Transparent(came_for.address),
            (None, Entrance::Proxy | Entrance::TlsProxy) => Place::Proxy,
        };
        let read = request::read(client.input.filled().get(..length).unwrap_or_default(), place, &mut kept);
        client.input.consume(length);
        let head = match read {
            Ok(head) => head,
            Err(fault) => {
                refuse_and_close(visitor, &mut client, fault.status(), fault.code()).await;
                return None;
            }
        };
        let after = serve(visitor, &mut client, (&mut deadline, own), (&head, &kept), inside.as_ref()).await;
        match after {
            After::Stay => {
                if client.waiting() > 0 && client.flush(times.stall).await.is_err() {
                    return None;
                }
                client.rest();
            }
            After::Gone => return None,
            After::Close => {
                if client.flush(times.stall).await.is_ok() {
                    client.linger(times.linger).await;
                }
                return None;
            }
            After::Inside(tunnel) => inside = Some(*tunnel),
            After::Open(to_open) => return Some((client.boxed(), *to_open)),
        }
    }
}

/// Waits for a head: long for its first byte, briefly for the rest.
async fn read_head<C>(visitor: &Visitor, client: &mut Link<C>, deadline: &mut Deadline) -> Heard
where
    C: AsyncRead + AsyncWrite + Unpin,
{
    let settings = &visitor.shared().settings;
    deadline.set(settings.times.client_idle);
    let mut scan = HeadScan::default();
    let mut begun = false;
    poll_fn(|cx| {
        loop {
            let bytes = client.input.filled();
            if !bytes.is_empty() {
                if !HeadScan::can_begin_request(bytes) {
                    return Poll::Ready(Heard::Fault(WireFault::RequestLine));
                }
                match scan.find(bytes, settings.head_bytes) {
                    Ok(Some(length)) => return Poll::Ready(Heard::Head(length)),
                    Ok(None) => {}
                    Err(fault) => return Poll::Ready(Heard::Fault(fault)),
                }
                if !begun {
                    begun = true;
                    deadline.set(settings.times.head);
                }
            }
            if client.input.is_full() && !client.input.grow(settings.head_bytes + 1) {
                return Poll::Ready(Heard::Fault(WireFault::HeadTooLong));
            }
            match client.poll_fill(cx) {
                Poll::Ready(Ok(0)) if begun => return Poll::Ready(Heard::Fault(WireFault::Truncated)),
                Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(Heard::Silence),
                Poll::Ready(Ok(_)) => {}
                Poll::Pending => return deadline.poll(cx).map(|()| if begun { Heard::Late } else { Heard::Silence }),
            }
        }
    })
    .await
}

/// Serves one request whose head has been read.
async fn serve<C>(
    visitor: &Visitor,
    client: &mut Link<C>,
    (deadline, own): (&mut Deadline, &mut Own),
    (head, kept): (&RequestHead, &[u8]),
    inside: Option<&Inside>,
) -> After
where
    C: AsyncRead + AsyncWrite + Unpin + Send,
{
    let host = match &head.target {
        Target::Own(path) => {
            return match visitor.entrance {
                Entrance::Page { came_to } => page::serve(visitor, came_to, client, head, path),
                Entrance::Proxy | Entrance::TlsProxy => own::serve(visitor, client, head, path),
                // Every target is a site's there.
                Entrance::Transparent(_) => After::Close,
            };
        }
        Target::Web { address, .. } => address.host(),
        Target::Tunnel { host, .. } => host,
    };
    if &*head.method == "TRACE" {
        // An origin would echo what other fields the browser sent, secrets included.
        return refuse(visitor, client, head, (405, &ALLOWED), "method");
    }
    let signed_in = if let Some(inside) = inside {
        inside.signed_in.clone()
    } else {
        match visitor.admit(head.credentials.as_deref(), host).await {
            Admission::Person(person) => person,
            Admission::Challenge => return challenge(visitor, client, head),
            Admission::Busy => return refuse(visitor, client, head, (503, &COME_BACK), "sign-in-busy"),
        }
    };
    let _under_way = UnderWay::begin(visitor.shared());
    match &head.target {
        Target::Tunnel { host, port } => tunnel::serve(visitor, client, deadline, head, (host, *port, signed_in)).await,
        Target::Web { address, asterisk } => {
            let opened = inside.and_then(|inside| inside.opened.as_deref());
            let signed_in = signed_in.as_ref();
            let asking = Asking { head, kept, address, asterisk: *asterisk, signed_in, opened };
            forward::forward(visitor, client, (deadline, own), asking).await
        }
        Target::Own(_) => After::Close,
    }
}

/// Whether the connection can carry another request after an answer of our own.
pub(crate) fn may_stay(visitor: &Visitor, head: &RequestHead) -> bool {
    head.keep_alive && head.minor == 1 && head.length.is_empty() && !visitor.shared().draining.load(Relaxed)
}

/// Answers in plain text and says what becomes of the connection.
pub(crate) fn say<C: AsyncRead + AsyncWrite + Unpin>(
    visitor: &Visitor,
    client: &mut Link<C>,
    head: &RequestHead,
    status: u16,
    text: &str,
) -> After {
    say_with(visitor, client, head, (status, &[]), text)
}

/// Answers in plain text with further fields.
pub(crate) fn say_with<C: AsyncRead + AsyncWrite + Unpin>(
    visitor: &Visitor,
    client: &mut Link<C>,
    head: &RequestHead,
    (status, fields): (u16, &[(&str, &str)]),
    text: &str,
) -> After {
    let stays = may_stay(visitor, head);
    let head_only = &*head.method == "HEAD";
    let content_type = "text/plain; charset=utf-8";
    Answer { status, content_type, fields, body: text.as_bytes(), head_only, stays }.put(&mut client.output);
    if stays { After::Stay } else { After::Close }
}

/// Refuses a request that was read but will not be judged.
pub(crate) fn refuse<C: AsyncRead + AsyncWrite + Unpin>(
    visitor: &Visitor,
    client: &mut Link<C>,
    head: &RequestHead,
    (status, fields): (u16, &[(&str, &str)]),
    code: &'static str,
) -> After {
    let place = match &head.target {
        Target::Web { address, .. } => Some((address.host(), address.port())),
        Target::Tunnel { host, port } => Some((host, *port)),
        Target::Own(_) => None,
    };
    let (record, stop) = Record::refused(visitor, code, place);
    let text = answer::text(&stop.words, &record.reference());
    let after = say_with(visitor, client, head, (status, fields), &text);
    record.send(status, 0, 0);
    after
}

fn challenge<C: AsyncRead + AsyncWrite + Unpin>(visitor: &Visitor, client: &mut Link<C>, head: &RequestHead) -> After {
    let stays = may_stay(visitor, head);
    let text = "Sign in to use the internet\n\nThis connection asks for your school name and password first.\n\n\
                Type them in the box your browser shows. If they do not work, ask a member of staff.\n";
    Answer {
        status: 407,
        content_type: "text/plain; charset=utf-8",
        fields: &[("Proxy-Authenticate", sign_in::CHALLENGE)],
        body: text.as_bytes(),
        head_only: &*head.method == "HEAD",
        stays,
    }
    .put(&mut client.output);
    let place = match &head.target {
        Target::Web { address, .. } => Some((address.host(), address.port())),
        Target::Tunnel { host, port } => Some((host, *port)),
        Target::Own(_) => None,
    };
    // Every browser is asked once before it signs in, so this is no refusal that `/stopped` should list.
    let (record, _stop) = Record::refused(visitor, "sign-in", place);
    record.send(407, 0, 0);
    if stays { After::Stay } else { After::Close }
}

/// Refuses what could not be read as a request, and closes: nothing after it can be trusted.
async fn refuse_and_close<C>(visitor: &Visitor, client: &mut Link<C>, status: u16, code: &'static str)
where
    C: AsyncRead + AsyncWrite + Unpin,
{
    let (record, stop) = Record::refused(visitor, code, None);
    let text = answer::text(&stop.words, &record.reference());
    let content_type = "text/plain; charset=utf-8";
    Answer { status, content_type, fields: &[], body: text.as_bytes(), head_only: false, stays: false }
        .put(&mut client.output);
    record.send(status, 0, 0);
    let times = &visitor.shared().settings.times;
    if client.flush(times.linger).await.is_ok() {
        client.linger(times.linger).await;
    }
}
