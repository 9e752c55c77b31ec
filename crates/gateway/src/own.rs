//! What the gate says for itself on its proxy listeners: the PAC file, and to whoever asks for our own pages, where help is.

use crate::{
    After,
    answer::Answer,
    converse::{may_stay, refuse},
    gate::{Entrance, Visitor},
    link::Link,
    pac::{self, ProxyAddress},
    record::{Record, Stop},
    wire::request::RequestHead,
};
use holdfast_core::{address::Address, host::Host, wording::Words};
use tokio::io::{AsyncRead, AsyncWrite};

/// Whether the PAC file stands at this path, which has no query.
pub(crate) fn is_pac(path: &str) -> bool {
    matches!(path, "/proxy.pac" | "/wpad.dat")
}

/// Answers a request that was written to a proxy as to a web server.
pub(crate) fn serve<C: AsyncRead + AsyncWrite + Unpin>(
    visitor: &Visitor,
    client: &mut Link<C>,
    head: &RequestHead,
    path: &str,
) -> After {
    if !path.split('?').next().is_some_and(is_pac) {
        return refuse(visitor, client, head, (421, &[]), "not-a-web-server");
    }
    if !matches!(&*head.method, "GET" | "HEAD") {
        return refuse(visitor, client, head, (405, &[("Allow", "GET, HEAD")]), "method");
    }
    let tls = visitor.entrance == Entrance::TlsProxy;
    let this = head.own_host.as_ref().map(|(host, port)| ProxyAddress { host: host.clone(), port: *port, tls });
    put_pac(visitor, client, head, this)
}

/// Answers with the PAC file. `usual` is the proxy named where the settings name none.
pub(crate) fn put_pac<C: AsyncRead + AsyncWrite + Unpin>(
    visitor: &Visitor,
    client: &mut Link<C>,
    head: &RequestHead,
    usual: Option<ProxyAddress>,
) -> After {
    let mut settings = visitor.shared().settings.pac.clone();
    if settings.proxies.is_empty() {
        settings.proxies.extend(usual);
    }
    let text = pac::pac(&settings);
    let stays = may_stay(visitor, head);
    Answer {
        status: 200,
        content_type: pac::PAC_MEDIA_TYPE,
        fields: &[],
        body: text.as_bytes(),
        head_only: &*head.method == "HEAD",
        stays,
    }
    .put(&mut client.output);
    if stays { After::Stay } else { After::Close }
}

/// Whether a proxy was asked for a page of our own origin. It is never led there: our pages must know who asks from where, and no way
/// through the gate may lead to this computer.
pub(crate) fn is_asked_for(visitor: &Visitor, host: &Host, port: u16) -> bool {
    Address::parse(&visitor.shared().settings.own_origin)
        .is_ok_and(|own| own.host() == host && (own.port() == port || port == 443))
}

/// Refuses it, with what its reader needs most: the numbers and sites of help. Who asks for our pages may look for help, so that only
/// that somebody did is kept (practice 9).
pub(crate) fn lead_to_help(record: &mut Record) -> Stop {
    record.count_only();
    let say = |heading: &str, explanation: &str, next: &str| Words {
        heading: heading.to_owned(),
        explanation: explanation.to_owned(),
        next: next.to_owned(),
    };
    let words = if record.band().may_be_young() {
        say(
            "This page does not open this way",
            "You are not in trouble. Nobody is told that you looked.",
            "You can always get help. Tell a grown-up you trust, or ring a number on this page.",
        )
    } else {
        say(
            "Our own pages are not reached through the proxy",
            "They are there whatever the filter closes, so they do not go through it. Nobody is told that you looked.",
            "Open them without the proxy: take the proxy’s settings from the school’s proxy file, or leave this address out of them. \
             Until then, here is where to get help.",
        )
    };
    record.refuse_in("own-pages", words)
}
