//! The answer to a request that does not go on: a page for a person, a short text for a program, or another address.

use crate::{
    After,
    answer::{self, Answer},
    block_page::{self, BlockPage, Shown},
    converse::{may_stay, say},
    gate::Visitor,
    link::Link,
    record::{Record, Stop},
    wire::request::RequestHead,
};
use holdfast_core::wording::help_numbers;
use tokio::io::{AsyncRead, AsyncWrite};

/// Answers a request that is stopped.
pub(crate) fn stop<C: AsyncRead + AsyncWrite + Unpin>(
    visitor: &Visitor,
    client: &mut Link<C>,
    head: &RequestHead,
    record: Record,
    stop: &Stop,
) -> After {
    let reference = record.reference();
    let after = if head.navigation {
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
            help: help_numbers(stop.band),
        });
        put_page(visitor, client, head, (403, &[]), &page)
    } else {
        say(visitor, client, head, 403, &answer::text_with_help(&stop.words, &reference, help_numbers(stop.band)))
    };
    record.send(403, 0, 0);
    after
}

/// Answers with a whole page that only its own style sheet may dress.
pub(crate) fn put_page<C: AsyncRead + AsyncWrite + Unpin>(
    visitor: &Visitor,
    client: &mut Link<C>,
    head: &RequestHead,
    (status, further): (u16, &[(&str, &str)]),
    page: &str,
) -> After {
    let stays = may_stay(visitor, head);
    let mut fields = vec![("Content-Security-Policy", block_page::content_security_policy())];
    fields.extend_from_slice(further);
    Answer {
        status,
        content_type: block_page::BLOCK_PAGE_MEDIA_TYPE,
        fields: &fields,
        body: page.as_bytes(),
        head_only: &*head.method == "HEAD",
        stays,
    }
    .put(&mut client.output);
    if stays { After::Stay } else { After::Close }
}

/// Leads to another address.
pub(crate) fn lead<C: AsyncRead + AsyncWrite + Unpin>(
    visitor: &Visitor,
    client: &mut Link<C>,
    head: &RequestHead,
    to: &str,
) -> After {
    let stays = may_stay(visitor, head);
    let content_type = "text/plain; charset=utf-8";
    let fields = [("Location", to)];
    Answer { status: 302, content_type, fields: &fields, body: b"", head_only: false, stays }.put(&mut client.output);
    if stays { After::Stay } else { After::Close }
}
