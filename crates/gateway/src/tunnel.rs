//! `CONNECT`: judged by name, its first bytes looked at, and then relayed unread, opened, or read as HTTP.

use crate::{
    After, SignInMode,
    answer::Answer,
    converse::{Inside, may_stay},
    forward::connect_fault_reply,
    gate::Visitor,
    hello::{self, ClientHello, Hello},
    inspect::{self, ToOpen},
    link::{Deadline, Link},
    own,
    reach::open,
    record::{self, Asked, Record, Ruling},
    relay::{self, Standing, Watch, leads_as_held},
    stopped,
    upstream::Upstream,
    wire::request::RequestHead,
};
use holdfast_core::{
    host::Host,
    inspection::Extent,
    request::Request,
    subject::PersonId,
    wording::{Why, Words},
};
use std::{future::poll_fn, net::SocketAddr, sync::Arc, task::Poll};
use tokio::io::{AsyncRead, AsyncWrite};

/// Names that every site of a large network shows instead of its own when the real one is hidden (RFC 9849): behind
/// them nothing is seen at all.
const HIDING_FRONTS: [&str; 1] = ["cloudflare-ech.com"];

/// What the first bytes of a tunnel turned out to be.
pub(crate) enum First {
    /// TLS, with what it says of where it wants to go.
    Tls(ClientHello),
    /// Whatever it is, it may pass.
    Listed,
    /// HTTP in the clear.
    Http,
    /// Nothing that may pass; the code word.
    Foreign(&'static str),
    /// The client left without a word.
    Gone,
}

/// A tunnel whose name was judged, before its inside is known.
struct Tunnel {
    host: Host,
    port: u16,
    signed_in: Option<PersonId>,
    method: Arc<str>,
    record: Record,
    /// Whether the name passes; where it does not, the inside is only opened to say so.
    passes: bool,
    /// The connection to the host, where one was opened already.
    upstream: Option<Upstream>,
    /// Where a client that knows of no proxy wanted to go.
    original: Option<SocketAddr>,
}

/// A secure connection of a client that knows of no proxy, with its greeting.
pub(crate) struct Greeting {
    /// The name in the greeting, or the address asked for.
    pub(crate) host: Host,
    pub(crate) port: u16,
    pub(crate) hello: ClientHello,
    /// Where the client wanted to go.
    pub(crate) original: SocketAddr,
}

/// Serves a `CONNECT`.
pub(crate) async fn serve<C>(
    visitor: &Visitor,
    client: &mut Link<C>,
    deadline: &mut Deadline,
    head: &RequestHead,
    (host, port, signed_in): (&Host, u16, Option<PersonId>),
) -> After
where
    C: AsyncRead + AsyncWrite + Unpin + Send,
{
    let shared = visitor.shared();
    let mut watch = Watch::new(shared);
    let asked = Asked { method: &head.method, scheme: "tunnel", port, signed_in: signed_in.as_ref() };
    let (ruling, mut record) = record::judge(visitor, asked, &Request::name_only(host));
    if own::is_asked_for(visitor, host, port) {
        let stop = own::lead_to_help(&mut record);
        return refuse(visitor, client, head, record, &answer_text(&stop.words));
    }
    let is_listed = shared.ruleset().is_listed_tunnel(host, port);
    let is_permitted = is_listed || shared.settings.permits_tunnel_port(port);
    let extent = record.opening().extent;
    let passes = ruling == Ruling::Pass;
    let stop = match ruling {
        Ruling::Pass if is_permitted => None,
        Ruling::Pass => Some(record.refuse("port", &Why::Inside).words),
        // The inside is opened to show why.
        Ruling::Stop(_) | Ruling::Lead(_) if is_permitted && !is_listed && extent >= Extent::BlockPages => None,
        Ruling::Stop(stop) => Some(stop.words),
        // A browser follows no redirect here.
        Ruling::Lead(_) => Some(record.refuse("redirect", &Why::SearchTool).words),
    };
    if let Some(words) = stop {
        return refuse(visitor, client, head, record, &answer_text(&words));
    }
    // On port 80 the inside is HTTP, for which each request finds its own way. What is opened finds it once the name
    // inside is known.
    let mut upstream = None;
    if passes && extent < Extent::Everything && (port != 80 || is_listed) {
        match open(visitor, host, record.strict(), port).await {
            Ok(opened) => upstream = Some(opened),
            Err(fault) => {
                let reply = connect_fault_reply(visitor, &mut record, &fault, false);
                let after = stopped::give(visitor, client, head, &reply);
                record.send(reply.status, 0, 0);
                return after;
            }
        }
    }
    client.output.extend_from_slice(b"HTTP/1.1 200 Connection established\r\n\r\n");
    if client.flush(shared.settings.times.stall).await.is_err() {
        record.send(200, 0, 0);
        return After::Gone;
    }
    let first = if is_listed { First::Listed } else { look(visitor, client, deadline).await };
    let method = Arc::clone(&head.method);
    let tunnel = Tunnel { host: host.clone(), port, signed_in, method, record, passes, upstream, original: None };
    match first {
        First::Tls(hello) => tunnel.greeted((visitor, client), (deadline, &mut watch), hello).await,
        First::Listed => tunnel.relay((visitor, client), (deadline, &mut watch), None).await,
        First::Http => {
            // The connection that was opened is closed, never kept: to the parent proxy, or to a server that took the
            // tunnel for one, it is this client's tunnel, and another's request must not end up in it.
            let Tunnel { host, port, signed_in, record, .. } = tunnel;
            record.send(200, 0, 0);
            After::Inside(Box::new(Inside { host, port, signed_in, opened: None }))
        }
        First::Foreign(code) => tunnel.refuse(code, &Why::Unclear),
        First::Gone => tunnel.end(),
    }
}

/// Serves a secure connection of a client that knows of no proxy. Its greeting waits in the input still.
pub(crate) async fn greeted<C>(
    visitor: &Visitor,
    client: &mut Link<C>,
    deadline: &mut Deadline,
    greeting: Greeting,
) -> After
where
    C: AsyncRead + AsyncWrite + Unpin + Send,
{
    let Greeting { host, port, hello, original } = greeting;
    let mut watch = Watch::new(visitor.shared());
    let (tunnel, goes_on) = turned_aside(visitor, (host, port), original, false);
    if goes_on { tunnel.greeted((visitor, client), (deadline, &mut watch), hello).await } else { tunnel.end() }
}

/// Serves a connection of a client that knows of no proxy whose first bytes are not looked at: the school listed the
/// address that it came for.
pub(crate) async fn unread<C>(
    visitor: &Visitor,
    client: &mut Link<C>,
    deadline: &mut Deadline,
    original: SocketAddr,
) -> After
where
    C: AsyncRead + AsyncWrite + Unpin + Send,
{
    let mut watch = Watch::new(visitor.shared());
    let site = (Host::from(original.ip()), original.port());
    let (mut tunnel, goes_on) = turned_aside(visitor, site, original, true);
    tunnel.record.see_nothing();
    if goes_on { tunnel.relay((visitor, client), (deadline, &mut watch), None).await } else { tunnel.end() }
}

/// Judges the connection of a client that knows of no proxy, as [`serve`] judges a `CONNECT`; whether it goes on.
fn turned_aside(visitor: &Visitor, (host, port): (Host, u16), original: SocketAddr, is_listed: bool) -> (Tunnel, bool) {
    let method: Arc<str> = Arc::default();
    let asked = Asked { method: &method, scheme: "tunnel", port, signed_in: None };
    let (ruling, mut record) = record::judge(visitor, asked, &Request::name_only(&host));
    let passes = ruling == Ruling::Pass;
    let is_permitted = is_listed || visitor.shared().settings.permits_tunnel_port(port);
    let is_shown = is_permitted && !is_listed && record.opening().extent >= Extent::BlockPages;
    let goes_on = match ruling {
        Ruling::Pass if is_permitted => true,
        Ruling::Pass => {
            record.refuse("port", &Why::Inside);
            false
        }
        Ruling::Stop(_) | Ruling::Lead(_) if is_shown => true,
        Ruling::Stop(_) => false,
        Ruling::Lead(_) => {
            record.refuse("redirect", &Why::SearchTool);
            false
        }
    };
    let original = Some(original);
    (Tunnel { host, port, signed_in: None, method, record, passes, upstream: None, original }, goes_on)
}

/// What becomes of a tunnel with a greeting.
enum Aim {
    /// It is opened so far.
    Open(Extent),
    /// It goes on unread, to the host asked for.
    Relay,
    /// It goes on unread, to the name inside itself: what was asked for would have been opened.
    RelayInside,
    /// It ends.
    Refuse(&'static str),
}

/// The name inside a tunnel, where it is another than the one asked for.
struct InnerName {
    name: Host,
    record: Record,
    passes: bool,
}

impl Tunnel {
    /// Goes on with a tunnel in which TLS is spoken: the name inside is judged as well, and what is left unopened is
    /// relayed.
    async fn greeted<C>(
        mut self,
        (visitor, client): (&Visitor, &mut Link<C>),
        (deadline, watch): (&mut Deadline, &mut Watch),
        hello: ClientHello,
    ) -> After
    where
        C: AsyncRead + AsyncWrite + Unpin + Send,
    {
        self.note_unseen(&hello);
        self.note_other_address(visitor).await;
        let ClientHello { sni, alpn, .. } = hello;
        let status = self.status();
        let inner = sni.filter(|name| *name != self.host).map(|name| self.judge_inner(visitor, name));
        match self.aim(inner.as_ref()) {
            Aim::Open(extent) => match inspect::offers(&alpn) {
                Some(offers) => {
                    let Self { host, port, signed_in, record, .. } = self;
                    let (name, record) = match inner {
                        None => (host, record),
                        Some(inner) => {
                            record.send(status, 0, 0);
                            (inner.name, inner.record)
                        }
                    };
                    After::Open(Box::new(ToOpen { name, port, signed_in, extent, record, status, offers }))
                }
                // What is spoken inside is not the web, so nothing could be judged.
                None => self.refuse_with(inner, "not-web-inside"),
            },
            Aim::Relay => self.relay((visitor, client), (deadline, watch), inner).await,
            Aim::RelayInside => {
                let Some(InnerName { name, record, passes }) = inner else { return self.end() };
                let Self { port, signed_in, method, original, record: asked_for, .. } = self;
                asked_for.send(status, 0, 0);
                let inside = Self { host: name, port, signed_in, method, record, passes, upstream: None, original };
                inside.relay((visitor, client), (deadline, watch), None).await
            }
            Aim::Refuse(code) => self.refuse_with(inner, code),
        }
    }

    /// What is to become of it. Where the name inside is another, that one governs: it is what is really visited.
    fn aim(&self, inner: Option<&InnerName>) -> Aim {
        let extent = self.record.opening().extent;
        let Some(inner) = inner else {
            return if self.passes && extent < Extent::Everything { Aim::Relay } else { Aim::Open(extent) };
        };
        let inner_extent = inner.record.opening().extent;
        match (inner.passes, inner_extent) {
            (_, Extent::Everything) | (false, Extent::BlockPages) => Aim::Open(inner_extent),
            // The real name is hidden behind this one. A client that is met under the front's name shows the real one.
            (true, _) if extent == Extent::Everything && is_front(&inner.name) => Aim::Open(Extent::BlockPages),
            (false, Extent::Nothing) => Aim::Refuse("name-inside"),
            (true, _) if !self.passes => Aim::Refuse("name-outside"),
            (true, _) if extent == Extent::Everything => Aim::RelayInside,
            (true, _) => Aim::Relay,
        }
    }

    /// The status that the client was sent: whoever knows of no proxy was sent none.
    fn status(&self) -> u16 {
        if self.original.is_some() { 0 } else { 200 }
    }

    fn asked(&self) -> Asked<'_> {
        Asked { method: &self.method, scheme: "tunnel", port: self.port, signed_in: self.signed_in.as_ref() }
    }

    /// The name inside is what is really visited, so it has an event of its own. The bytes are told with the tunnel.
    fn judge_inner(&self, visitor: &Visitor, name: Host) -> InnerName {
        let (ruling, mut record) = record::judge(visitor, self.asked(), &Request::name_only(&name));
        let mut passes = ruling == Ruling::Pass;
        // A help site's way is open to those who have not signed in, and leads nowhere else (practice 15).
        let is_required = visitor.sign_in == SignInMode::Required && self.signed_in.is_none();
        if passes && is_required && !visitor.shared().ruleset().always_open(&name) {
            record.refuse("sign-in", &Why::Unclear);
            record.close();
            passes = false;
        }
        InnerName { name, record, passes }
    }

    /// Notes that the name inside was not, or may not have been, seen. Browsers send a dummy of the extension that
    /// hides it, so the note alone says nothing of intent.
    fn note_unseen(&mut self, hello: &ClientHello) {
        let record = &mut self.record;
        if hello.ech {
            record.note("ech");
            if hello.sni.as_ref().is_some_and(is_front) {
                record.see_nothing();
            }
        } else if hello.sni.is_none() {
            record.note("no-sni");
            if self.host.address().is_some() {
                record.see_nothing();
            }
        }
    }

    /// Notes that a client without a proxy named a site and went to another place. It is led to the site all the same.
    async fn note_other_address(&mut self, visitor: &Visitor) {
        let is_named = self.passes && self.host.address().is_none();
        let Some(original) = self.original.filter(|_| is_named) else { return };
        if !crate::reach::is_at(visitor, &self.host, self.record.strict(), self.port, original.ip()).await {
            self.record.note("address-differs");
        }
    }

    /// Relays it unread.
    async fn relay<C>(
        mut self,
        (visitor, client): (&Visitor, &mut Link<C>),
        (deadline, watch): (&mut Deadline, &mut Watch),
        inner: Option<InnerName>,
    ) -> After
    where
        C: AsyncRead + AsyncWrite + Unpin + Send,
    {
        let status = self.status();
        let mut upstream = match self.upstream.take() {
            Some(upstream) => upstream,
            None => match open(visitor, &self.host, self.record.strict(), self.port).await {
                Ok(upstream) => upstream,
                Err(fault) => {
                    connect_fault_reply(visitor, &mut self.record, &fault, false);
                    return self.end();
                }
            },
        };
        // Not before: where there is no way, nothing went by unseen.
        self.record.leave_unopened(self.record.opening().reason);
        let mut is_help_inside = false;
        let inner = match inner {
            None => None,
            Some(InnerName { name, mut record, .. }) => {
                is_help_inside = record.is_counted_only();
                let leads_as_held = leads_as_held(record.strict(), self.record.strict());
                if !leads_as_held {
                    record.refuse("strict-search", &Why::SearchTool);
                }
                record.send(status, 0, 0);
                if !leads_as_held {
                    return self.refuse("name-inside", &Why::SchoolRule);
                }
                Some(name)
            }
        };
        let Self { host, port, signed_in, method, mut record, .. } = self;
        let asked = Asked { method: &method, scheme: "tunnel", port, signed_in: signed_in.as_ref() };
        let inside = inner.as_ref().map(|name| (name, is_help_inside));
        let standing = Standing::names(visitor, asked, (&host, record.strict()), inside);
        let told = (&mut record, status);
        let relayed = relay::relay((client, &mut upstream), &standing, watch, deadline, told).await;
        relayed.send(record, status);
        After::Gone
    }

    /// Ends it, with the name inside told too.
    fn refuse_with(self, inner: Option<InnerName>, code: &str) -> After {
        if let Some(InnerName { mut record, passes, .. }) = inner {
            if passes {
                record.refuse(code, &Why::Unclear);
            }
            record.send(self.status(), 0, 0);
        }
        self.refuse(code, &Why::SchoolRule)
    }

    /// Ends it. What was blocked already is told as that.
    fn refuse(mut self, code: &str, why: &Why) -> After {
        if self.passes {
            self.record.refuse(code, why);
        } else {
            self.record.note(code);
        }
        self.end()
    }

    fn end(self) -> After {
        let status = self.status();
        self.record.send(status, 0, 0);
        After::Gone
    }
}

fn is_front(name: &Host) -> bool {
    HIDING_FRONTS.iter().any(|front| name.is_within(front))
}

fn answer_text(words: &Words) -> String {
    format!("{}\n\n{}\n\n{}\n", words.heading, words.explanation, words.next)
}

/// Refuses in a few words. Browsers show their own page instead; the reason is at `/stopped` on our own origin.
fn refuse<C: AsyncRead + AsyncWrite + Unpin>(
    visitor: &Visitor,
    client: &mut Link<C>,
    head: &RequestHead,
    record: Record,
    text: &str,
) -> After {
    let stays = may_stay(visitor, head);
    let text = format!("{text}\nReference: {}\n", record.reference());
    let content_type = "text/plain; charset=utf-8";
    Answer { status: 403, content_type, fields: &[], body: text.as_bytes(), head_only: false, stays }
        .put(&mut client.output);
    record.send(403, 0, 0);
    if stays { After::Stay } else { After::Close }
}

/// Looks at a tunnel's first bytes, which stay where they are.
pub(crate) async fn look<C>(visitor: &Visitor, client: &mut Link<C>, deadline: &mut Deadline) -> First
where
    C: AsyncRead + AsyncWrite + Unpin,
{
    deadline.set(visitor.shared().settings.times.peek);
    poll_fn(|cx| {
        loop {
            let bytes = client.input.filled();
            if !bytes.is_empty() {
                match hello::peek(bytes) {
                    Hello::Tls(hello) => return Poll::Ready(First::Tls(hello)),
                    Hello::Malformed(fault) => return Poll::Ready(First::Foreign(fault.code())),
                    Hello::NotTls => match hello::looks_like_http(bytes) {
                        Some(true) => return Poll::Ready(First::Http),
                        Some(false) => return Poll::Ready(First::Foreign("not-web")),
                        None => {}
                    },
                    Hello::Incomplete => {}
                }
            }
            if client.input.is_full() && !client.input.grow(hello::HELLO_LIMIT) {
                return Poll::Ready(First::Foreign("not-web"));
            }
            let silent = client.input.is_empty();
            match client.poll_fill(cx) {
                Poll::Ready(Ok(0) | Err(_)) if silent => return Poll::Ready(First::Gone),
                Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(First::Foreign("not-web")),
                Poll::Ready(Ok(_)) => {}
                Poll::Pending => {
                    let late = if silent { First::Gone } else { First::Foreign("not-web") };
                    return deadline.poll(cx).map(|()| late);
                }
            }
        }
    })
    .await
}
