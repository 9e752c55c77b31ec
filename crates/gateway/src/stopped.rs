//! The answer to a request that does not go on: a page for a person, a short text for a program, or another address.

use crate::{
    After,
    answer::{self, Reply},
    block_page::{self, BlockPage, Shown},
    converse::may_stay,
    gate::Visitor,
    link::Link,
    record::{Record, Stop},
    wire::request::RequestHead,
};
use holdfast_core::wording::help_numbers;
use tokio::io::{AsyncRead, AsyncWrite};

/// The answer to a request that is stopped: a page where a person will see it.
pub(crate) fn reply(visitor: &Visitor, record: &Record, stop: &Stop, navigation: bool) -> Reply {
    let reference = record.reference();
    let help = help_numbers(stop.band);
    if !navigation {
        return Reply::text(403, answer::text_with_help(&stop.words, &reference, help));
    }
    let settings = &visitor.shared().settings;
    let reason = record.reason();
    let page = block_page::render(&BlockPage {
        band: stop.band,
        school_name: &settings.school_name,
        words: &stop.words,
        reference: &reference,
        shown: match record.host() {
            Some(host) => Shown::Open { host, reason: reason.as_deref() },
            None => Shown::Sealed,
        },
        our_origin: &settings.own_origin,
        help,
    });
    Reply::page(403, page)
}

/// Answers a request that is stopped.
pub(crate) fn stop<C: AsyncRead + AsyncWrite + Unpin>(
    visitor: &Visitor,
    client: &mut Link<C>,
    head: &RequestHead,
    record: Record,
    stop: &Stop,
) -> After {
    let reply = reply(visitor, &record, stop, head.navigation);
    let after = give(visitor, client, head, &reply);
    record.send(reply.status, 0, 0);
    after
}

/// Leads to another address.
pub(crate) fn lead<C: AsyncRead + AsyncWrite + Unpin>(
    visitor: &Visitor,
    client: &mut Link<C>,
    head: &RequestHead,
    to: &str,
) -> After {
    give(visitor, client, head, &Reply::lead(to))
}

/// Writes an answer of our own and says what becomes of the connection.
pub(crate) fn give<C: AsyncRead + AsyncWrite + Unpin>(
    visitor: &Visitor,
    client: &mut Link<C>,
    head: &RequestHead,
    reply: &Reply,
) -> After {
    let stays = may_stay(visitor, head);
    reply.put(&mut client.output, (&*head.method == "HEAD", stays));
    if stays { After::Stay } else { After::Close }
}
