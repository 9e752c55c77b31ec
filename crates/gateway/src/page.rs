//! The door that serves pages only (port 80): the PAC file that browsers look for, the way to our own pages, and for
//! those whom the name service led here instead of to a site, why it did. Nothing is ever sent on from here.
//!
//! A request under one of our own names is answered and leaves no event. Any other name was answered with our address by
//! the name service, so the request is judged as the whole address it is, as of now, and leaves its event. If nothing
//! of that stops it, it may have been closed a moment ago; or what its name leads over is closed, or upstream's filter
//! closes it, or the name service knew better who asked. This door cannot tell these apart, so it promises nothing.

use crate::{
    After,
    answer::{self, Reply},
    block_page::{self, NoticePage},
    converse::{refuse, say, say_with},
    gate::Visitor,
    link::Link,
    own,
    record::{self, Asked, Record, Ruling},
    stopped,
    wire::request::RequestHead,
};
use holdfast_core::{
    address::{Address, Scheme},
    host::Host,
    request::Request,
    wording::{Band, Words},
};
use std::net::IpAddr;
use tokio::io::{AsyncRead, AsyncWrite};

/// Our own pages that are led to by their path; any other path is led to the first of them.
const OWN_PATHS: [&str; 3] = ["/", "/stopped", "/help"];
/// When to come back, seconds: the name service lets nobody keep an answer for longer than a minute.
const COME_BACK: (&str, &str) = ("Retry-After", "60");

/// What is told of a page that nothing stops as far as this door can tell.
fn perhaps_words() -> Words {
    Words {
        heading: "This page was closed".to_owned(),
        explanation: "It was closed when this device asked for it. It may be open now.".to_owned(),
        next: "Wait one minute. Then try again. If you see this page again, it is still closed. Ask a member of staff \
               if you need it."
            .to_owned(),
    }
}

/// Answers one request.
pub(crate) fn serve<C: AsyncRead + AsyncWrite + Unpin>(
    visitor: &Visitor,
    came_to: IpAddr,
    client: &mut Link<C>,
    head: &RequestHead,
    path: &str,
) -> After {
    let asked = head.own_host.as_ref();
    match asked {
        Some((host, port)) if !is_own(visitor, came_to, host) => {
            if host.address().is_some() {
                // No name led to us for a written address.
                return refuse(visitor, client, head, (421, &[]), "not-our-address");
            }
            let address = Address::from_parts(Scheme::Http, host.clone(), *port, path);
            serve_stranger(visitor, client, head, &address)
        }
        _ => serve_own(visitor, came_to, client, head, path),
    }
}

/// Whether this is a name or an address of our own.
fn is_own(visitor: &Visitor, came_to: IpAddr, host: &Host) -> bool {
    let settings = &visitor.shared().settings;
    if let Some(address) = host.address() {
        let own = &settings.destinations.own_addresses;
        return address.is_loopback() || address == came_to || own.iter().any(|own| own.to_canonical() == address);
    }
    let name = host.as_str();
    let is_wpad = name == "wpad" || name.starts_with("wpad.");
    is_wpad || settings.pac.own_hosts.contains(host) || own_origin(visitor).is_some_and(|own| own.host() == host)
}

/// Our own origin, if it is set and can be led to.
fn own_origin(visitor: &Visitor) -> Option<Address> {
    Address::parse(&visitor.shared().settings.own_origin).ok()
}

/// Answers for ourselves.
fn serve_own<C: AsyncRead + AsyncWrite + Unpin>(
    visitor: &Visitor,
    came_to: IpAddr,
    client: &mut Link<C>,
    head: &RequestHead,
    path: &str,
) -> After {
    const ONLY_READ: [(&str, &str); 1] = [("Allow", "GET, HEAD")];
    if !matches!(&*head.method, "GET" | "HEAD") {
        return say_with(visitor, client, head, (405, &ONLY_READ), "Pages can only be read here.\n");
    }
    let path = path.split('?').next().unwrap_or_default();
    let asked = head.own_host.as_ref();
    if own::is_pac(path) {
        let named = asked.map_or_else(|| Host::from(came_to), |(host, _port)| host.clone());
        return own::put_pac(visitor, client, head, visitor.shared().way_in.map(|way| way.named(&named)));
    }
    let Some(own) = own_origin(visitor) else {
        return say(visitor, client, head, 404, "There is no page here.\n");
    };
    // Whoever asks for our origin itself and still comes here would be led in a circle.
    let is_origin = |host: &Host, port: u16| own.host() == host && own.port() == port;
    if own.scheme() == Scheme::Http && asked.is_some_and(|(host, port)| is_origin(host, *port)) {
        let text = "Our own pages are not here\n\n\
            The filter's settings say that its pages are at this address, but this port only explains what was closed.\n\n\
            Tell the school's technician: the address of the filter's own pages needs the port they are on.\n";
        return say(visitor, client, head, 404, text);
    }
    let path = OWN_PATHS.into_iter().find(|known| *known == path).unwrap_or("/");
    let to = format!("{}{path}", visitor.shared().settings.own_origin.trim_end_matches('/'));
    stopped::lead(visitor, client, head, &to)
}

/// Answers whom the name service led here.
fn serve_stranger<C: AsyncRead + AsyncWrite + Unpin>(
    visitor: &Visitor,
    client: &mut Link<C>,
    head: &RequestHead,
    address: &Address,
) -> After {
    let asked = Asked { method: &head.method, scheme: "http", port: address.port(), signed_in: None };
    let (mut ruling, mut record) = record::judge(visitor, asked, &Request::whole(address));
    if ruling == Ruling::Pass {
        // The name service sees only the name, and leads here again as long as that is closed, whatever the path.
        let (of_name, anew) = record::judge(visitor, asked, &Request::name_only(address.host()));
        if of_name == Ruling::Pass {
            anew.discard();
        } else {
            record.discard();
            (ruling, record) = (of_name, anew);
        }
    }
    match ruling {
        Ruling::Pass => tell_perhaps(visitor, client, head, record),
        Ruling::Stop(stop) => stopped::stop(visitor, client, head, record, &stop),
        Ruling::Lead(to) => {
            record.send(302, 0, 0);
            stopped::lead(visitor, client, head, &to)
        }
    }
}

/// Tells that it was closed and may be open now. It is no success: the site itself was not reached.
fn tell_perhaps<C: AsyncRead + AsyncWrite + Unpin>(
    visitor: &Visitor,
    client: &mut Link<C>,
    head: &RequestHead,
    mut record: Record,
) -> After {
    let reply = perhaps(visitor, &mut record, head.navigation);
    let after = stopped::give(visitor, client, head, &reply);
    record.send(reply.status, 0, 0);
    after
}

/// The answer where something was closed when it was asked for, and may be open now.
pub(crate) fn perhaps(visitor: &Visitor, record: &mut Record, navigation: bool) -> Reply {
    const STATUS: u16 = 503;
    let words = perhaps_words();
    let reference = record.reference();
    let mut reply = if navigation {
        let settings = &visitor.shared().settings;
        Reply::page(
            STATUS,
            block_page::render_notice(&NoticePage {
                // The words are short enough for the youngest, and so is the page.
                band: Band::Unknown,
                school_name: &settings.school_name,
                words: &words,
                reference: &reference,
                host: record.host().unwrap_or_default(),
                our_origin: &settings.own_origin,
            }),
        )
    } else {
        Reply::text(STATUS, answer::text(&words, &reference))
    };
    reply.fields.push((COME_BACK.0, COME_BACK.1.to_owned()));
    record.fail("name-answer-old", words);
    reply
}
