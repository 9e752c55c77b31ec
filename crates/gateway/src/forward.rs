//! One request in HTTP/1.1: judged, sent on, answered. In the clear, or inside an opened connection.

use crate::{
    After,
    answer::{self, Answer, Reply},
    block_page::{self, NoticePage},
    converse::{Own, say},
    exchange::{Exchange, ExchangeFault, Progress, Terms},
    gate::Visitor,
    inspect::{self, Inside, Opened},
    link::{Deadline, Link},
    own, page,
    reach::{NO_WAY, check, connect, open_secure, put_authority, put_parent_sign_in},
    record::{self, Asked, Record, Ruling},
    relay::{self, Standing, Watch},
    secure::Protocol,
    settings::{ParentProxy, Settings},
    stopped, transparent,
    upstream::{ConnectFault, Upstream},
    way::Way,
    wire::{body::BodyLength, fields::put_number, request::RequestHead},
};
use holdfast_core::{
    address::{Address, Scheme},
    request::Request,
    rewrites::Rewrites,
    subject::PersonId,
    wording::{Why, Words},
};
use std::sync::atomic::Ordering::Relaxed;
use tokio::io::{AsyncRead, AsyncWrite};

/// A request as it was read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asking<'a> {
    pub(crate) head: &'a RequestHead,
    /// The field lines that go on.
    pub(crate) kept: &'a [u8],
    pub(crate) address: &'a Address,
    /// Whether the origin is asked about itself as a whole.
    pub(crate) asterisk: bool,
    pub(crate) signed_in: Option<&'a PersonId>,
    /// The opened connection it came in, if it did.
    pub(crate) opened: Option<&'a Opened>,
}

/// Judges a request and answers it.
pub(crate) async fn forward<C>(
    visitor: &Visitor,
    client: &mut Link<C>,
    (deadline, own): (&mut Deadline, &mut Own),
    asking: Asking<'_>,
) -> After
where
    C: AsyncRead + AsyncWrite + Unpin + Send,
{
    let Asking { head, address, signed_in, opened, .. } = asking;
    let asked = Asked { method: &head.method, scheme: address.scheme().as_str(), port: address.port(), signed_in };
    let mut watch = Watch::new(visitor.shared());
    let (ruling, mut record) = match opened.map(|opened| inspect::rule(visitor, opened, asked, address)) {
        None => {
            let (ruling, mut record) = record::judge(visitor, asked, &Request::whole(address));
            if own::is_asked_for(visitor, address.host(), address.port()) {
                let stop = own::lead_to_help(&mut record);
                return stopped::stop(visitor, client, head, record, &stop);
            }
            (ruling, record)
        }
        Some(Inside::Ruled(ruling, record)) => (ruling, record),
        Some(Inside::Perhaps(mut record)) => {
            // On a new connection the page itself is asked for.
            let reply = page::perhaps(visitor, &mut record, head.navigation);
            reply.put(&mut client.output, (&*head.method == "HEAD", false));
            record.send(reply.status, 0, 0);
            return After::Close;
        }
        Some(Inside::Leave(record)) => {
            // The browser comes again on a new connection, which is left unopened.
            record.send(0, 0, 0);
            return After::Gone;
        }
    };
    match ruling {
        Ruling::Pass if opened.is_none() && !visitor.shared().settings.permits_http_port(address.port()) => {
            let stop = record.refuse("port", &Why::Inside);
            stopped::stop(visitor, client, head, record, &stop)
        }
        Ruling::Pass if head.max_forwards == Some(0) => {
            // The last proxy that may be asked answers for itself (RFC 9110 §7.6.2).
            record.send(200, 0, 0);
            say(visitor, client, head, 200, "")
        }
        Ruling::Pass => {
            transparent::note_other_address(visitor, address, &mut record).await;
            let standing = Standing::whole(visitor, asked, address, record.strict());
            pass((visitor, client), (deadline, own), asking, record, (&standing, &mut watch)).await
        }
        Ruling::Stop(stop) => stopped::stop(visitor, client, head, record, &stop),
        Ruling::Lead(to) => {
            record.send(302, 0, 0);
            stopped::lead(visitor, client, head, &to)
        }
    }
}

/// The way of one request to its site.
struct Route<'a> {
    way: Way<'a>,
    /// The proxy that is asked for each request; a secure connection goes through its tunnel instead.
    parent: Option<&'a ParentProxy>,
    /// Where it leads, as the pool knows it.
    place: String,
}

impl<'a> Route<'a> {
    /// Finds the way; the word of refusal where there is none.
    async fn find(visitor: &'a Visitor, asking: Asking<'a>, record: &Record) -> Result<Self, ConnectFault> {
        let address = asking.address;
        let way = Way::to(address.host(), record.strict()).ok_or(NO_WAY)?;
        let settings = &visitor.shared().settings;
        let parent = settings.parent_for(&way.to).filter(|_| asking.opened.is_none());
        if way.is_strict() && parent.is_some() {
            // The parent would look the engine's own name up, and nobody would be held to anything.
            return Ok(Self { way, parent, place: String::new() });
        }
        // A connection to the parent serves every host, so each host is checked, not only each connection.
        check(visitor, parent, &way, address.port()).await?;
        let place = place(parent, &way, address);
        Ok(Self { way, parent, place })
    }

    /// Opens a new connection.
    async fn open(&self, visitor: &Visitor, asking: Asking<'_>, record: &Record) -> Result<Upstream, ConnectFault> {
        let port = asking.address.port();
        if asking.opened.is_none() {
            return connect(visitor, self.parent, &self.way, port).await;
        }
        let Some(inspector) = &visitor.shared().inspector else { return Err(NO_WAY) };
        let (strict, offers) = (record.strict(), [Protocol::Http1]);
        let opened = open_secure(visitor, inspector, asking.address.host(), (strict, port), &offers).await?;
        Ok(opened.0)
    }
}

/// Sends a request on and its answer back.
async fn pass<C>(
    (visitor, client): (&Visitor, &mut Link<C>),
    (deadline, own): (&mut Deadline, &mut Own),
    asking: Asking<'_>,
    mut record: Record,
    (standing, watch): (&Standing<'_>, &mut Watch),
) -> After
where
    C: AsyncRead + AsyncWrite + Unpin + Send,
{
    let worker = &visitor.worker;
    let settings = &worker.shared.settings;
    let head = asking.head;
    let route = match Route::find(visitor, asking, &record).await {
        Ok(route) => route,
        Err(fault) => return answer_connect_fault(visitor, client, asking, record, &fault),
    };
    if route.way.is_strict() && route.parent.is_some() {
        let stop = record.refuse("strict-search-parent", &Why::SearchTool);
        return stopped::stop(visitor, client, head, record, &stop);
    }
    // Whatever cannot be sent again must not meet a connection that the origin is just closing. A connection that is
    // this client's own may be signed in on, or has only just been opened.
    let own_connection = own.take(&route.place);
    // Browsers say who they are once for such a connection, and no more: what was signed in on stays so.
    let was_bound = own_connection.as_ref().is_some_and(|kept| kept.is_bound);
    let mut reused = match own_connection {
        None if head.is_repeatable() => worker.pool.take(&route.place),
        own_connection => own_connection.map(|kept| kept.upstream),
    };
    loop {
        let is_reused = reused.is_some();
        let mut upstream = match reused.take() {
            Some(upstream) => upstream,
            None => match route.open(visitor, asking, &record).await {
                Ok(upstream) => upstream,
                Err(fault) => return answer_connect_fault(visitor, client, asking, record, &fault),
            },
        };
        put_head(&mut upstream.output, settings, route.parent, asking, record.rewrites());
        let terms = Terms {
            head_bytes: settings.head_bytes,
            stall: settings.times.stall,
            stream_stall: settings.times.tunnel_idle,
            via: settings.via.as_deref(),
            closing: worker.shared.draining.load(Relaxed),
        };
        let exchange = Exchange::new(client, &mut upstream, head, terms);
        let (progress, ended) = exchange.run(deadline, &mut record, (standing, watch)).await;
        if progress.alt_svc_changed {
            record.rewrote("alt-svc");
        }
        match ended {
            Ok(()) if progress.upgraded => {
                let told = (&mut record, progress.status);
                let relayed = relay::relay((client, &mut upstream), standing, watch, deadline, told).await;
                relayed.send(record, progress.status);
                return After::Gone;
            }
            Ok(()) => {
                let is_bound = was_bound || head.binds_connection || progress.binds_connection;
                if progress.upstream_stays && (is_bound || asking.opened.is_some()) {
                    own.keep(route.place, upstream, is_bound);
                } else if progress.upstream_stays {
                    worker.pool.put(&route.place, upstream);
                }
                record.send(progress.status, progress.up, progress.down);
                return if progress.client_stays { After::Stay } else { After::Close };
            }
            // It had been kept open and was closed just now: the request was never read, so it is sent again.
            Err(ExchangeFault::NoAnswer) if is_reused && head.is_repeatable() => {}
            Err(fault) => {
                drop(upstream);
                return end_early((visitor, client), asking, record, (fault, progress), route.parent.is_some());
            }
        }
    }
}

/// Ends an exchange that broke off: says why where the client can still be told.
fn end_early<C: AsyncRead + AsyncWrite + Unpin>(
    (visitor, client): (&Visitor, &mut Link<C>),
    asking: Asking<'_>,
    mut record: Record,
    (fault, progress): (ExchangeFault, Progress),
    by_parent: bool,
) -> After {
    let head = asking.head;
    if let ExchangeFault::Revoked(revoked) = fault {
        if progress.status == 0 {
            let text = answer::text(&revoked.words(), &revoked.reference());
            put_closing(client, head, 403, &text);
            revoked.send(record, 403, progress.up, 0);
            return After::Close;
        }
        revoked.send(record, progress.status, progress.up, progress.down);
        return After::Gone;
    }
    match tell_fault(visitor, &mut record, &fault, by_parent) {
        Some(status) if progress.status == 0 => {
            let text = answer::text(&record.words(), &record.reference());
            put_closing(client, head, status, &text);
            record.send(status, progress.up, 0);
            After::Close
        }
        _ => {
            record.send(progress.status, progress.up, progress.down);
            After::Gone
        }
    }
}

/// Notes why an exchange ended early. Answers the status to tell the client, if it is still there.
pub(crate) fn tell_fault(
    visitor: &Visitor,
    record: &mut Record,
    fault: &ExchangeFault,
    by_parent: bool,
) -> Option<u16> {
    const OTHER_SIDE: &str = "The filter did not block it. Try again later; if it lasts, tell the site's owner.";
    let (status, code, sentence) = match fault {
        ExchangeFault::ClientGone | ExchangeFault::Revoked(_) => return None,
        ExchangeFault::Request(fault) => {
            record.refuse(fault.code(), &Why::Unclear);
            return Some(fault.status());
        }
        ExchangeFault::Tls(fault) => {
            visitor.shared().counters.upstream_errors.fetch_add(1, Relaxed);
            record.fail(fault.code(), fault.words());
            return Some(502);
        }
        ExchangeFault::NoAnswer => (502, "no-answer", "The site closed the connection without an answer."),
        ExchangeFault::Answer(fault) => (502, fault.code(), fault.words()),
        ExchangeFault::ForeignSignIn if by_parent => {
            (502, "parent-sign-in", "The proxy that this filter uses does not accept the filter's own sign-in.")
        }
        ExchangeFault::ForeignSignIn => {
            (502, "foreign-sign-in", "The site asks for a sign-in that only a proxy may ask for.")
        }
        ExchangeFault::Interim => {
            (502, "interim-answers", "The site sent one interim answer after another and no real one.")
        }
        ExchangeFault::Stalled => (504, "stalled", "The site, or this computer, stopped in the middle."),
    };
    visitor.shared().counters.upstream_errors.fetch_add(1, Relaxed);
    let heading = if matches!(fault, ExchangeFault::Answer(_)) {
        "The site's answer cannot be read"
    } else {
        "The site did not answer properly"
    };
    record.fail(code, Words { heading: heading.into(), explanation: sentence.into(), next: OTHER_SIDE.into() });
    Some(status)
}

/// Answers that there is no way to the site.
fn answer_connect_fault<C: AsyncRead + AsyncWrite + Unpin>(
    visitor: &Visitor,
    client: &mut Link<C>,
    asking: Asking<'_>,
    mut record: Record,
    fault: &ConnectFault,
) -> After {
    let head = asking.head;
    let reply = connect_fault_reply(visitor, &mut record, fault, head.navigation);
    finish(visitor, client, head, record, &reply)
}

/// The answer where there is no way to the site, or none that can be trusted; noted in the record.
pub(crate) fn connect_fault_reply(
    visitor: &Visitor,
    record: &mut Record,
    fault: &ConnectFault,
    navigation: bool,
) -> Reply {
    if fault.is_refusal() {
        let stop = record.refuse(fault.code(), &fault.why());
        return stopped::reply(visitor, record, &stop, navigation);
    }
    record.fail(fault.code(), fault.words());
    fault_reply(visitor, record, fault.status(), navigation)
}

/// The answer that tells a failure of the other side, which the record holds already.
pub(crate) fn fault_reply(visitor: &Visitor, record: &Record, status: u16, navigation: bool) -> Reply {
    let (words, reference) = (record.words(), record.reference());
    if !navigation {
        return Reply::text(status, answer::text(&words, &reference));
    }
    let settings = &visitor.shared().settings;
    let page = block_page::render_notice(&NoticePage {
        band: record.band(),
        school_name: &settings.school_name,
        words: &words,
        reference: &reference,
        host: record.host().unwrap_or_default(),
        our_origin: &settings.own_origin,
    });
    Reply::page(status, page)
}

fn finish<C: AsyncRead + AsyncWrite + Unpin>(
    visitor: &Visitor,
    client: &mut Link<C>,
    head: &RequestHead,
    record: Record,
    reply: &Reply,
) -> After {
    let after = stopped::give(visitor, client, head, reply);
    record.send(reply.status, 0, 0);
    after
}

/// An answer of our own after which nothing more is read: the request's body may still be on its way.
fn put_closing<C: AsyncRead + AsyncWrite + Unpin>(client: &mut Link<C>, head: &RequestHead, status: u16, text: &str) {
    let head_only = &*head.method == "HEAD";
    let content_type = "text/plain; charset=utf-8";
    Answer { status, content_type, fields: &[], body: text.as_bytes(), head_only, stays: false }
        .put(&mut client.output);
}

/// Where a connection leads, as the pool knows it. Only connections that carry one request after another are ever kept:
/// a tunnel belongs to whoever opened it.
fn place(parent: Option<&ParentProxy>, way: &Way<'_>, address: &Address) -> String {
    match (parent, address.scheme()) {
        (Some(_), _) => "parent".to_owned(),
        (None, Scheme::Http) => place_of(b"", way, address.port()),
        (None, Scheme::Https) => secure_place(way, address.port()),
    }
}

/// The place of a secure connection to a site itself.
pub(crate) fn secure_place(way: &Way<'_>, port: u16) -> String {
    place_of(b"secure ", way, port)
}

fn place_of(kind: &[u8], way: &Way<'_>, port: u16) -> String {
    let mut place = Vec::with_capacity(way.asked.as_str().len() + 16);
    place.extend_from_slice(kind);
    put_authority(&mut place, way.asked, port, 0);
    let mut place = String::from_utf8(place).unwrap_or_default();
    way.put_mark(&mut place);
    place
}

/// Writes the head that the origin, or the parent proxy, gets.
fn put_head(
    out: &mut Vec<u8>,
    settings: &Settings,
    parent: Option<&ParentProxy>,
    asking: Asking<'_>,
    rewrites: &Rewrites,
) {
    let Asking { head, address, kept, asterisk, .. } = asking;
    out.extend_from_slice(head.method.as_bytes());
    out.push(b' ');
    if parent.is_some() {
        out.extend_from_slice(b"http://");
        put_authority(out, address.host(), address.port(), 80);
    }
    if !asterisk {
        out.extend_from_slice(rewrites.path_and_query.as_deref().unwrap_or(address.path_and_query()).as_bytes());
    } else if parent.is_none() {
        out.push(b'*');
    }
    out.extend_from_slice(b" HTTP/1.1\r\nHost: ");
    put_authority(out, address.host(), address.port(), address.scheme().default_port());
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(kept);
    for (name, value) in &rewrites.fields {
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    match head.length {
        BodyLength::Exact(length) => {
            out.extend_from_slice(b"Content-Length: ");
            put_number(out, length);
            out.extend_from_slice(b"\r\n");
        }
        BodyLength::Chunked => out.extend_from_slice(b"Transfer-Encoding: chunked\r\n"),
        BodyLength::None | BodyLength::UntilClose => {}
    }
    if head.expects_continue {
        out.extend_from_slice(b"Expect: 100-continue\r\n");
    }
    if let Some(left) = head.max_forwards {
        out.extend_from_slice(b"Max-Forwards: ");
        put_number(out, left.saturating_sub(1));
        out.extend_from_slice(b"\r\n");
    }
    if head.websocket {
        out.extend_from_slice(b"Connection: Upgrade\r\nUpgrade: websocket\r\n");
    } else if head.wants_trailers {
        out.extend_from_slice(b"Connection: TE\r\nTE: trailers\r\n");
    }
    if let Some(via) = &settings.via {
        out.extend_from_slice(if head.minor == 1 { b"Via: 1.1 " } else { b"Via: 1.0 " });
        out.extend_from_slice(via.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    if let Some(parent) = parent {
        put_parent_sign_in(out, parent);
    }
    out.extend_from_slice(b"\r\n");
}
