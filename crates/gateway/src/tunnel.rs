//! `CONNECT`: judged by name, opened, its first bytes looked at, and then relayed or read as HTTP.

use crate::{
    After,
    answer::{self, Answer},
    converse::{Inside, may_stay, say},
    exchange::ExchangeFault,
    forward::{NO_WAY, check, connect, connect_words, put_authority, put_parent_sign_in},
    gate::Visitor,
    hello::{self, ClientHello, Hello},
    link::{Deadline, Link},
    record::{self, Asked, Record, Ruling},
    relay::{self, Standing, Watch, leads_as_held},
    upstream::{ConnectFault, Upstream},
    way::Way,
    wire::{
        fault::WireFault,
        request::RequestHead,
        response::{self, Answering},
        scan::HeadScan,
    },
};
use holdfast_core::{host::Host, request::Request, search_engines::StrictSearch, subject::PersonId, wording::Why};
use std::{future::poll_fn, task::Poll};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};

/// What the first bytes of a tunnel turned out to be.
enum First {
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
    let is_listed = shared.ruleset().is_listed_tunnel(host, port);
    let stop = match ruling {
        Ruling::Pass if is_listed || shared.settings.permits_tunnel_port(port) => None,
        Ruling::Pass => Some(record.refuse("port", &Why::Inside)),
        Ruling::Stop(stop) => Some(*stop),
        // A browser follows no redirect here.
        Ruling::Lead(_) => Some(record.refuse("redirect", &Why::SearchTool)),
    };
    if let Some(stop) = stop {
        return refuse(visitor, client, head, record, &answer_text(&stop.words));
    }
    // On port 80 the inside is HTTP, for which each request finds its own way.
    let mut upstream = None;
    if port != 80 || is_listed {
        match open(visitor, host, record.strict(), port).await {
            Ok(opened) => upstream = Some(opened),
            Err(answer) => return answer.give(visitor, client, head, record),
        }
    }
    client.output.extend_from_slice(b"HTTP/1.1 200 Connection established\r\n\r\n");
    if client.flush(shared.settings.times.stall).await.is_err() {
        record.send(200, 0, 0);
        return After::Gone;
    }
    let first = if is_listed { First::Listed } else { look(visitor, client, deadline).await };
    let inner = match first {
        First::Tls(hello) => {
            note_unseen(&mut record, &hello);
            hello.sni.filter(|name| name != host)
        }
        First::Listed => None,
        First::Http => {
            // The connection that was opened is closed, never kept: to the parent proxy, or to a server that took the
            // tunnel for one, it is this client's tunnel, and another's request must not end up in it.
            record.send(200, 0, 0);
            return After::Inside(Box::new(Inside { host: host.clone(), port, signed_in }));
        }
        First::Foreign(code) => {
            record.refuse(code, &Why::Unclear);
            record.send(200, 0, 0);
            return After::Gone;
        }
        First::Gone => {
            record.send(200, 0, 0);
            return After::Gone;
        }
    };
    let upstream = match upstream {
        Some(upstream) => Ok(upstream),
        None => open(visitor, host, record.strict(), port).await,
    };
    let mut upstream = match upstream {
        Ok(upstream) => upstream,
        Err(answer) => {
            answer.note(&mut record);
            record.send(200, 0, 0);
            return After::Gone;
        }
    };
    let mut is_help_inside = false;
    if let Some(inner) = &inner {
        // The name inside is what is really visited, so it has an event of its own. The bytes are told with the tunnel.
        let (ruling, mut inner_record) = record::judge(visitor, asked, &Request::name_only(inner));
        is_help_inside = inner_record.is_counted_only();
        let leads_as_held = leads_as_held(inner_record.strict(), record.strict());
        if !leads_as_held {
            inner_record.refuse("strict-search", &Why::SearchTool);
        }
        inner_record.send(200, 0, 0);
        if ruling != Ruling::Pass || !leads_as_held {
            record.refuse("name-inside", &Why::SchoolRule);
            record.send(200, 0, 0);
            return After::Gone;
        }
    }
    let standing =
        Standing::names(visitor, asked, (host, record.strict()), inner.as_ref().map(|name| (name, is_help_inside)));
    let told = (&mut record, 200);
    let relayed = relay::relay((client, &mut upstream), &standing, &mut watch, deadline, told).await;
    relayed.send(record, 200);
    After::Gone
}

/// Notes that the name inside was not, or may not have been, seen. Browsers send a dummy of the extension that hides
/// it, so the note alone says nothing of intent.
fn note_unseen(record: &mut Record, hello: &ClientHello) {
    if hello.ech {
        record.note("ech");
    } else if hello.sni.is_none() {
        record.note("no-sni");
    }
}

fn answer_text(words: &holdfast_core::wording::Words) -> String {
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

/// Why a tunnel could not be opened.
enum NotOpened {
    Connect(ConnectFault),
    Parent(ExchangeFault, u16),
}

impl NotOpened {
    fn note(&self, record: &mut Record) -> u16 {
        match self {
            Self::Connect(fault) if fault.is_refusal() => {
                record.refuse(fault.code(), &fault.why());
                fault.status()
            }
            Self::Connect(fault) => {
                record.fail(fault.code(), connect_words(fault));
                fault.status()
            }
            Self::Parent(fault, status) => {
                let code =
                    if matches!(fault, ExchangeFault::ForeignSignIn) { "parent-sign-in" } else { "parent-refused" };
                let words = holdfast_core::wording::Words {
                    heading: "This site could not be reached".to_owned(),
                    explanation: "The proxy that this filter uses did not open the way to it.".to_owned(),
                    next: "Tell the school's technician.".to_owned(),
                };
                record.fail(code, words);
                *status
            }
        }
    }

    fn give<C: AsyncRead + AsyncWrite + Unpin>(
        &self,
        visitor: &Visitor,
        client: &mut Link<C>,
        head: &RequestHead,
        mut record: Record,
    ) -> After {
        let status = self.note(&mut record);
        let after = say(visitor, client, head, status, &answer::text(&record.words(), &record.reference()));
        record.send(status, 0, 0);
        after
    }
}

/// Opens the way, through the parent proxy where there is one.
async fn open(visitor: &Visitor, host: &Host, strict: Option<StrictSearch>, port: u16) -> Result<Upstream, NotOpened> {
    let settings = &visitor.shared().settings;
    let way = Way::to(host, strict).ok_or(NotOpened::Connect(NO_WAY))?;
    let parent = settings.parent_for(&way.to);
    check(visitor, parent, &way, port).await.map_err(NotOpened::Connect)?;
    let mut upstream = connect(visitor, parent, &way, port).await.map_err(NotOpened::Connect)?;
    let Some(parent) = parent else { return Ok(upstream) };
    let out = &mut upstream.output;
    out.extend_from_slice(b"CONNECT ");
    put_authority(out, &way.to, port, 0);
    out.extend_from_slice(b" HTTP/1.1\r\nHost: ");
    put_authority(out, &way.to, port, 0);
    out.extend_from_slice(b"\r\n");
    put_parent_sign_in(out, parent);
    out.extend_from_slice(b"\r\n");
    let asking = ask_parent(&mut upstream, settings.head_bytes);
    match timeout(settings.times.connect, asking).await {
        Ok(Ok(200..=299)) => Ok(upstream),
        Ok(Ok(407)) => Err(NotOpened::Parent(ExchangeFault::ForeignSignIn, 502)),
        Ok(Ok(_)) => Err(NotOpened::Parent(ExchangeFault::NoAnswer, 502)),
        Ok(Err(fault)) => Err(NotOpened::Parent(ExchangeFault::Answer(fault), 502)),
        Err(_late) => Err(NotOpened::Parent(ExchangeFault::Stalled, 504)),
    }
}

/// Sends the waiting `CONNECT` and reads the status that answers it.
async fn ask_parent(upstream: &mut Upstream, most: usize) -> Result<u16, WireFault> {
    let mut scan = HeadScan::default();
    let mut ignored = Vec::new();
    poll_fn(|cx| {
        if upstream.waiting() > 0 {
            match upstream.poll_flush(cx) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(_)) => return Poll::Ready(Err(WireFault::Truncated)),
                Poll::Pending => return Poll::Pending,
            }
        }
        loop {
            if let Some(length) = scan.find(upstream.input.filled(), most)? {
                let bytes = upstream.input.filled().get(..length).unwrap_or_default();
                ignored.clear();
                // The fields of this answer mean nothing here: after 2xx everything is the tunnel's (RFC 9110 §9.3.6).
                let answer = response::read(bytes, Answering::Head, &mut ignored)?;
                upstream.input.consume(length);
                scan = HeadScan::default();
                if !answer.is_interim() {
                    return Poll::Ready(Ok(answer.status));
                }
                continue;
            }
            if upstream.input.is_full() && !upstream.input.grow(most + 1) {
                return Poll::Ready(Err(WireFault::HeadTooLong));
            }
            match upstream.poll_fill(cx) {
                Poll::Ready(Ok(0) | Err(_)) => return Poll::Ready(Err(WireFault::Truncated)),
                Poll::Ready(Ok(_)) => {}
                Poll::Pending => return Poll::Pending,
            }
        }
    })
    .await
}

/// Looks at a tunnel's first bytes, which stay where they are.
async fn look<C>(visitor: &Visitor, client: &mut Link<C>, deadline: &mut Deadline) -> First
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
