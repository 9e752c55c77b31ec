//! One request on its stream: read, judged, sent on or answered, and told as one event.

use super::{
    answer,
    exchange::{self, Client, Exchange, Fault, Progress},
    request::{self, Asking, Refusal},
    site::{Session, Site, Telling},
};
use crate::{
    answer::{Reply, text},
    exchange::ExchangeFault,
    forward::{connect_fault_reply, fault_reply, tell_fault},
    gate::{UnderWay, Visitor},
    inspect::{self, Inside, Opened},
    page,
    record::{Asked, Record, Ruling},
    relay::{Standing, Watch},
    stopped,
};
use h2::{Reason, RecvStream, server::SendResponse};
use holdfast_core::wording::Words;
use hyper::body::Bytes;
use std::sync::{Arc, atomic::Ordering::Relaxed};

/// What every stream of one connection knows.
pub(super) struct Around {
    pub(super) visitor: Arc<Visitor>,
    pub(super) opened: Arc<Opened>,
    pub(super) site: Site,
}

/// How a stream ended, as far as its connection has to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// It was answered, or the other side failed.
    Answered,
    /// The client withdrew the request before it was answered.
    Withdrawn,
    /// The site is left unopened from now on, so this connection has to end.
    Leave,
}

/// Serves one request.
pub(super) async fn serve(
    around: Arc<Around>,
    request: http::Request<RecvStream>,
    respond: SendResponse<Bytes>,
) -> Ended {
    let Around { visitor, opened, .. } = &*around;
    let (parts, body) = request.into_parts();
    let head_only = parts.method == http::Method::HEAD;
    let mut client = Client { respond, body };
    let asking = match request::read(parts, opened) {
        Ok(asking) => asking,
        Err(refusal) => {
            refuse(visitor, opened, &mut client, refusal, head_only);
            return Ended::Answered;
        }
    };
    let _under_way = UnderWay::begin(visitor.shared());
    let asked =
        Asked { method: &asking.method, scheme: "https", port: opened.port, signed_in: opened.signed_in.as_ref() };
    let mut watch = Watch::new(visitor.shared());
    let (ruling, record) = match inspect::rule(visitor, opened, asked, &asking.address) {
        Inside::Ruled(ruling, record) => (ruling, record),
        Inside::Perhaps(mut record) => {
            let reply = page::perhaps(visitor, &mut record, asking.navigation);
            finish(&mut client, record, reply, (0, head_only));
            // On a new connection the page itself is asked for.
            return Ended::Leave;
        }
        Inside::Leave(record) => {
            // It was not looked at: the client asks again on a connection that nobody opens (RFC 9113 §8.7).
            client.respond.send_reset(Reason::REFUSED_STREAM);
            record.send(0, 0, 0);
            return Ended::Leave;
        }
    };
    let reply = match ruling {
        // The last proxy that may be asked answers for itself (RFC 9110 §7.6.2).
        Ruling::Pass if asking.max_forwards == Some(0) => Reply::text(200, String::new()),
        Ruling::Pass => {
            let standing = Standing::whole(visitor, asked, &asking.address, record.strict());
            return pass(&around, &mut client, &asking, record, (&standing, &mut watch)).await;
        }
        Ruling::Stop(stop) => stopped::reply(visitor, &record, &stop, asking.navigation),
        Ruling::Lead(to) => Reply::lead(&to),
    };
    finish(&mut client, record, reply, (0, head_only));
    Ended::Answered
}

/// Answers for ourselves and sends the event.
fn finish(client: &mut Client, record: Record, reply: Reply, (up, head_only): (u64, bool)) {
    let status = reply.status;
    answer::give(&mut client.respond, reply, head_only);
    record.send(status, up, 0);
}

/// Refuses what will not be judged.
fn refuse(visitor: &Visitor, opened: &Opened, client: &mut Client, refusal: Refusal, head_only: bool) {
    let Refusal { status, code } = refusal;
    let (record, stop) = Record::refused(visitor, code, Some((&opened.name, opened.port)));
    let mut reply = Reply::text(status, text(&stop.words, &record.reference()));
    if status == 405 {
        reply.fields.push(("Allow", "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS".to_owned()));
    }
    finish(client, record, reply, (0, head_only));
}

/// Sends a request on and its answer back.
async fn pass(
    around: &Around,
    client: &mut Client,
    asking: &Asking,
    mut record: Record,
    (standing, watch): (&Standing<'_>, &mut Watch),
) -> Ended {
    let Around { visitor, opened, site } = around;
    let settings = &visitor.shared().settings;
    let head_only = &*asking.method == "HEAD";
    let ended = client.body.is_end_stream();
    let stall = if asking.websocket { settings.times.tunnel_idle } else { settings.times.stall };
    let mut is_again = false;
    loop {
        let mut session = match site.session(record.strict()).await {
            Ok(session) => session,
            Err(fault) => {
                let reply = connect_fault_reply(visitor, &mut record, &fault, asking.navigation);
                finish(client, record, reply, (0, head_only));
                return Ended::Answered;
            }
        };
        if asking.websocket && !session.requests.has_websockets(settings.times.connect).await {
            // The site has changed its mind since it was offered.
            client.respond.send_reset(Reason::REFUSED_STREAM);
            record.fail("no-websocket", reset_words());
            record.send(0, 0, 0);
            return Ended::Answered;
        }
        let telling = site.telling();
        let (progress, fault) = match send((&mut session, telling), asking, ended, (&record, opened, visitor)) {
            Ok(sent) => {
                let exchange = Exchange::new(client, sent, ended, settings);
                match exchange.run(&mut record, (standing, watch), stall).await {
                    (progress, Ok(())) => {
                        record.send(progress.status, progress.up, progress.down);
                        return Ended::Answered;
                    }
                    (progress, Err(fault)) => (progress, fault),
                }
            }
            Err(fault) => (Progress { is_untouched: true, ..Progress::default() }, fault),
        };
        let is_lost = matches!(fault, Fault::Unseen | Fault::Other(ExchangeFault::NoAnswer));
        if is_lost {
            site.give_up(&session).await;
        }
        // Whether it may be sent again: the site never looked at it, or it had kept the connection open, closes it just
        // now, and the request changes nothing.
        let may_go_again = match &fault {
            Fault::Unseen => true,
            Fault::Other(ExchangeFault::NoAnswer) => session.is_reused && ended && asking.is_safe(),
            _ => false,
        };
        if may_go_again && !is_again && progress.status == 0 && progress.is_untouched {
            is_again = true;
            continue;
        }
        return end_early(visitor, client, asking, record, (progress, fault));
    }
}

/// Sends a request's head to the site.
fn send(
    (session, telling): (&mut Session, Option<Telling>),
    asking: &Asking,
    ended: bool,
    (record, opened, visitor): (&Record, &Opened, &Visitor),
) -> Result<exchange::Site, Fault> {
    let head = asking.head(record.rewrites(), opened, &visitor.shared().settings);
    let Some(head) = head else { return Err(Fault::Other(ExchangeFault::NoAnswer)) };
    match session.requests.sender.send_request(head, ended) {
        Ok((answer, sink)) => Ok(exchange::Site { answer, telling, sink }),
        // It was closed since: nothing of the request was sent.
        Err(error) => {
            tracing::trace!(reason = ?error.reason(), "a site's connection takes no more requests");
            Err(Fault::Unseen)
        }
    }
}

/// Ends an exchange that did not come to its end.
fn end_early(
    visitor: &Visitor,
    client: &mut Client,
    asking: &Asking,
    mut record: Record,
    (progress, fault): (Progress, Fault),
) -> Ended {
    let Progress { status, up, down, .. } = progress;
    let head_only = &*asking.method == "HEAD";
    let fault = match fault {
        Fault::Withdrawn(reason) => {
            client.respond.send_reset(reason);
            record.send(status, up, down);
            return Ended::Withdrawn;
        }
        Fault::Reset(reason) => {
            // The client gets the reason as it was given: a program may know what to do about it, such as asking again
            // in HTTP/1.1.
            client.respond.send_reset(reason);
            visitor.shared().counters.upstream_errors.fetch_add(1, Relaxed);
            record.fail("site-reset", reset_words());
            record.send(status, up, down);
            return Ended::Answered;
        }
        Fault::Unseen => ExchangeFault::NoAnswer,
        Fault::Other(fault) => fault,
    };
    let fault = match fault {
        ExchangeFault::Revoked(revoked) if status == 0 => {
            let words = text(&revoked.words(), &revoked.reference());
            answer::give(&mut client.respond, Reply::text(403, words), head_only);
            revoked.send(record, 403, up, 0);
            return Ended::Answered;
        }
        ExchangeFault::Revoked(revoked) => {
            revoked.send(record, status, up, down);
            return Ended::Answered;
        }
        fault => fault,
    };
    match tell_fault(visitor, &mut record, &fault, false) {
        Some(told) if status == 0 => {
            let reply = fault_reply(visitor, &record, told, asking.navigation);
            finish(client, record, reply, (up, head_only));
        }
        _ => record.send(status, up, down),
    }
    Ended::Answered
}

/// What is told of a site that broke off one request.
fn reset_words() -> Words {
    Words {
        heading: "The site did not answer properly".to_owned(),
        explanation: "The site broke this request off.".to_owned(),
        next: "The filter did not block it. Try again later; if it lasts, tell the site's owner.".to_owned(),
    }
}
