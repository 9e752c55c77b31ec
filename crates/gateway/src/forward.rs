//! One `http://` request: judged, sent on, answered.

use crate::{
    After,
    answer::{self, Answer},
    converse::say,
    destination::{Caller, DestinationFault},
    exchange::{Exchange, ExchangeFault, Terms},
    gate::Visitor,
    link::{Deadline, Link},
    record::{self, Asked, Record, Ruling},
    relay::{self, Standing, Watch},
    settings::{ParentProxy, Settings},
    stopped,
    upstream::{self, ConnectFault, Upstream},
    way::Way,
    wire::{body::BodyLength, fields::put_number, request::RequestHead},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use holdfast_core::{
    address::Address,
    host::Host,
    request::Request,
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
}

/// Judges a request and answers it.
pub(crate) async fn forward<C>(
    visitor: &Visitor,
    client: &mut Link<C>,
    deadline: &mut Deadline,
    asking: Asking<'_>,
) -> After
where
    C: AsyncRead + AsyncWrite + Unpin + Send,
{
    let Asking { head, address, signed_in, .. } = asking;
    let asked = Asked { method: &head.method, scheme: "http", port: address.port(), signed_in };
    let mut watch = Watch::new(visitor.shared());
    let (ruling, mut record) = record::judge(visitor, asked, &Request::whole(address));
    match ruling {
        Ruling::Pass if !visitor.shared().settings.permits_http_port(address.port()) => {
            let stop = record.refuse("port", &Why::Inside);
            stopped::stop(visitor, client, head, record, &stop)
        }
        Ruling::Pass if head.max_forwards == Some(0) => {
            // The last proxy that may be asked answers for itself (RFC 9110 §7.6.2).
            record.send(200, 0, 0);
            say(visitor, client, head, 200, "")
        }
        Ruling::Pass => {
            let standing = Standing::whole(visitor, asked, address, record.strict());
            pass((visitor, client), deadline, asking, record, (&standing, &mut watch)).await
        }
        Ruling::Stop(stop) => stopped::stop(visitor, client, head, record, &stop),
        Ruling::Lead(to) => {
            record.send(302, 0, 0);
            stopped::lead(visitor, client, head, &to)
        }
    }
}

/// A strict form that names no place.
pub(crate) const NO_WAY: ConnectFault = ConnectFault::Destination(DestinationFault::NotFound);

/// Sends a request on and its answer back.
async fn pass<C>(
    (visitor, client): (&Visitor, &mut Link<C>),
    deadline: &mut Deadline,
    asking: Asking<'_>,
    mut record: Record,
    (standing, watch): (&Standing<'_>, &mut Watch),
) -> After
where
    C: AsyncRead + AsyncWrite + Unpin + Send,
{
    let worker = &visitor.worker;
    let settings = &worker.shared.settings;
    let Asking { head, address, .. } = asking;
    let Some(way) = Way::to(address.host(), record.strict()) else {
        return answer_connect_fault(visitor, client, asking, record, &NO_WAY);
    };
    let parent = settings.parent_for(&way.to);
    if way.is_strict() && parent.is_some() {
        // The parent would look the engine's own name up, and nobody would be held to anything.
        let stop = record.refuse("strict-search-parent", &Why::SearchTool);
        return stopped::stop(visitor, client, head, record, &stop);
    }
    // A connection to the parent serves every host, so each host is checked, not only each connection.
    if let Err(fault) = check(visitor, parent, &way, address.port()).await {
        return answer_connect_fault(visitor, client, asking, record, &fault);
    }
    let place = place(parent, &way, address.port());
    // Whatever cannot be sent again must not meet a connection that the origin is just closing.
    let mut pooled = if head.is_repeatable() { worker.pool.take(&place) } else { None };
    loop {
        let reused = pooled.is_some();
        let mut upstream = match pooled.take() {
            Some(upstream) => upstream,
            None => match connect(visitor, parent, &way, address.port()).await {
                Ok(upstream) => upstream,
                Err(fault) => return answer_connect_fault(visitor, client, asking, record, &fault),
            },
        };
        put_head(&mut upstream.output, settings, parent, asking);
        let terms = Terms {
            head_bytes: settings.head_bytes,
            stall: settings.times.stall,
            via: settings.via.as_deref(),
            closing: worker.shared.draining.load(Relaxed),
        };
        let exchange = Exchange::new(client, &mut upstream, head, terms);
        let (progress, ended) = exchange.run(deadline, &mut record, (standing, watch)).await;
        match ended {
            Ok(()) if progress.upgraded => {
                let told = (&mut record, progress.status);
                let relayed = relay::relay((client, &mut upstream), standing, watch, deadline, told).await;
                relayed.send(record, progress.status);
                return After::Gone;
            }
            Ok(()) => {
                if progress.upstream_stays {
                    worker.pool.put(&place, upstream);
                }
                record.send(progress.status, progress.up, progress.down);
                return if progress.client_stays { After::Stay } else { After::Close };
            }
            // It had been kept open and was closed just now: the request was never read, so it is sent again.
            Err(ExchangeFault::NoAnswer) if reused => {}
            Err(ExchangeFault::Revoked(revoked)) if progress.status == 0 => {
                let text = answer::text(&revoked.words(), &revoked.reference());
                put_closing(client, head, 403, &text);
                revoked.send(record, 403, progress.up, 0);
                return After::Close;
            }
            Err(ExchangeFault::Revoked(revoked)) => {
                revoked.send(record, progress.status, progress.up, progress.down);
                return After::Gone;
            }
            Err(fault) => {
                drop(upstream);
                let status = tell_fault(visitor, &mut record, &fault, parent.is_some());
                return match status {
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
                };
            }
        }
    }
}

/// Notes why an exchange ended early. Answers the status to tell the client, if it is still there.
fn tell_fault(visitor: &Visitor, record: &mut Record, fault: &ExchangeFault, by_parent: bool) -> Option<u16> {
    const OTHER_SIDE: &str = "The filter did not block it. Try again later; if it lasts, tell the site's owner.";
    let (status, code, sentence) = match fault {
        ExchangeFault::ClientGone | ExchangeFault::Revoked(_) => return None,
        ExchangeFault::Request(fault) => {
            record.refuse(fault.code(), &Why::Unclear);
            return Some(fault.status());
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
    if fault.is_refusal() {
        let stop = record.refuse(fault.code(), &fault.why());
        return stopped::stop(visitor, client, asking.head, record, &stop);
    }
    record.fail(fault.code(), connect_words(fault));
    let text = answer::text(&record.words(), &record.reference());
    let after = say(visitor, client, asking.head, fault.status(), &text);
    record.send(fault.status(), 0, 0);
    after
}

/// What a person is told when there is no way to a site.
pub(crate) fn connect_words(fault: &ConnectFault) -> Words {
    Words {
        heading: "This site could not be reached".to_owned(),
        explanation: fault.to_string(),
        next: "If other sites work, the trouble is with this one.".to_owned(),
    }
}

/// An answer of our own after which nothing more is read: the request's body may still be on its way.
fn put_closing<C: AsyncRead + AsyncWrite + Unpin>(client: &mut Link<C>, head: &RequestHead, status: u16, text: &str) {
    let head_only = &*head.method == "HEAD";
    let content_type = "text/plain; charset=utf-8";
    Answer { status, content_type, fields: &[], body: text.as_bytes(), head_only, stays: false }
        .put(&mut client.output);
}

/// Who asks the name service for this host.
fn caller(visitor: &Visitor, host: &Host) -> Caller {
    Caller { source: visitor.source, always_open: visitor.shared().ruleset().always_open(host) }
}

/// Checks what the parent proxy is to be asked for, where this goes through one.
pub(crate) async fn check(
    visitor: &Visitor,
    parent: Option<&ParentProxy>,
    way: &Way<'_>,
    port: u16,
) -> Result<(), ConnectFault> {
    if parent.is_none() {
        return Ok(());
    }
    let shared = visitor.shared();
    upstream::check_for_parent(&shared.resolver, &shared.settings, caller(visitor, way.asked), &way.to, port).await
}

/// Opens a connection to the site or the parent proxy, counting the failures of the other side.
pub(crate) async fn connect(
    visitor: &Visitor,
    parent: Option<&ParentProxy>,
    way: &Way<'_>,
    port: u16,
) -> Result<Upstream, ConnectFault> {
    let shared = visitor.shared();
    let connected = match parent {
        Some(parent) => upstream::connect_parent(&shared.settings, parent).await,
        None => upstream::connect(&shared.resolver, &shared.settings, caller(visitor, way.asked), way, port).await,
    };
    if connected.as_ref().is_err_and(|fault| !fault.is_refusal()) {
        shared.counters.upstream_errors.fetch_add(1, Relaxed);
    }
    connected
}

/// Where a connection leads, as the pool knows it. Only connections that carry one request after another are ever kept:
/// a tunnel belongs to whoever opened it.
fn place(parent: Option<&ParentProxy>, way: &Way<'_>, port: u16) -> String {
    let mut place = Vec::with_capacity(way.asked.as_str().len() + 8);
    match parent {
        Some(_) => place.extend_from_slice(b"parent"),
        None => put_authority(&mut place, way.asked, port, 0),
    }
    let mut place = String::from_utf8(place).unwrap_or_default();
    way.put_mark(&mut place);
    place
}

/// Writes `host` or `host:port`, an IPv6 address in brackets.
pub(crate) fn put_authority(out: &mut Vec<u8>, host: &Host, port: u16, usual: u16) {
    let is_v6 = host.address().is_some_and(|address| address.is_ipv6());
    if is_v6 {
        out.push(b'[');
    }
    out.extend_from_slice(host.as_str().as_bytes());
    if is_v6 {
        out.push(b']');
    }
    if port != usual {
        out.push(b':');
        put_number(out, port.into());
    }
}

/// Writes the sign-in for the parent proxy.
pub(crate) fn put_parent_sign_in(out: &mut Vec<u8>, parent: &ParentProxy) {
    if let Some((name, password)) = &parent.credentials {
        let text = STANDARD.encode(format!("{name}:{password}"));
        out.extend_from_slice(b"Proxy-Authorization: Basic ");
        out.extend_from_slice(text.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
}

/// Writes the head that the origin, or the parent proxy, gets.
fn put_head(out: &mut Vec<u8>, settings: &Settings, parent: Option<&ParentProxy>, asking: Asking<'_>) {
    let Asking { head, address, kept, asterisk, .. } = asking;
    out.extend_from_slice(head.method.as_bytes());
    out.push(b' ');
    if parent.is_some() {
        out.extend_from_slice(b"http://");
        put_authority(out, address.host(), address.port(), 80);
    }
    if !asterisk {
        out.extend_from_slice(address.path_and_query().as_bytes());
    } else if parent.is_none() {
        out.push(b'*');
    }
    out.extend_from_slice(b" HTTP/1.1\r\nHost: ");
    put_authority(out, address.host(), address.port(), 80);
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(kept);
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
