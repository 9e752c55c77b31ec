//! The way to a site: checked, connected, through the parent proxy where there is one, and secured where that is asked.

use crate::{
    destination::{Caller, DestinationFault},
    gate::Visitor,
    inspect::Inspector,
    secure::{Protocol, TlsFault},
    settings::ParentProxy,
    upstream::{self, ConnectFault, ParentFault, Upstream, Wire},
    way::Way,
    wire::{
        fault::WireFault,
        fields::put_number,
        response::{self, Answering},
        scan::HeadScan,
    },
};
use base64::{Engine, engine::general_purpose::STANDARD};
use holdfast_core::{host::Host, search_engines::StrictSearch};
use std::{future::poll_fn, io, net::IpAddr, sync::atomic::Ordering::Relaxed, task::Poll};
use tokio::time::timeout;

/// A strict form that names no place.
pub(crate) const NO_WAY: ConnectFault = ConnectFault::Destination(DestinationFault::NotFound);

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
    counted(visitor, connected)
}

fn counted<T>(visitor: &Visitor, outcome: Result<T, ConnectFault>) -> Result<T, ConnectFault> {
    if outcome.as_ref().is_err_and(|fault| !fault.is_refusal()) {
        visitor.shared().counters.upstream_errors.fetch_add(1, Relaxed);
    }
    outcome
}

/// Opens a way that carries whatever is sent, through the parent proxy's tunnel where there is a parent.
pub(crate) async fn open(
    visitor: &Visitor,
    host: &Host,
    strict: Option<StrictSearch>,
    port: u16,
) -> Result<Upstream, ConnectFault> {
    let settings = &visitor.shared().settings;
    let way = Way::to(host, strict).ok_or(NO_WAY)?;
    let parent = settings.parent_for(&way.to);
    check(visitor, parent, &way, port).await?;
    let mut upstream = connect(visitor, parent, &way, port).await?;
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
    let fault = match timeout(settings.times.connect, asking).await {
        Ok(Ok(200..=299)) => return Ok(upstream),
        Ok(Ok(407)) => ParentFault::SignIn,
        Ok(Ok(_) | Err(_)) => ParentFault::Refused,
        Err(_late) => ParentFault::Slow,
    };
    counted(visitor, Err(ConnectFault::Parent(fault)))
}

/// Opens a way and agrees on keys with the site of this name, offering these protocols, best first. The certificate
/// must be the name's own, wherever strict search leads the connection.
pub(crate) async fn open_secure(
    visitor: &Visitor,
    inspector: &Inspector,
    name: &Host,
    (strict, port): (Option<StrictSearch>, u16),
    offers: &[Protocol],
) -> Result<(Upstream, Protocol), ConnectFault> {
    let mut upstream = open(visitor, name, strict, port).await?;
    let broken = |kind| Err(ConnectFault::Tls(TlsFault::Broken(kind)));
    // In TLS the client speaks first; whatever came before is nothing we asked for.
    let stream = match upstream.stream {
        Wire::Plain(stream) if upstream.input.is_empty() => stream,
        Wire::Plain(_) | Wire::Secure(_) => return counted(visitor, broken(io::ErrorKind::InvalidData)),
    };
    let securing = inspector.securing().secure(stream, name, offers);
    let secured = match timeout(visitor.shared().settings.times.connect, securing).await {
        Ok(Ok(secured)) => secured,
        Ok(Err(fault)) => return counted(visitor, Err(ConnectFault::Tls(fault))),
        Err(_late) => return counted(visitor, broken(io::ErrorKind::TimedOut)),
    };
    let (stream, protocol) = secured;
    upstream = Upstream::new(Wire::Secure(Box::new(stream)));
    Ok((upstream, protocol))
}

/// Whether a name leads to this address, as we look it up, strict search included. A name that cannot be looked up leads
/// nowhere; of one that a parent proxy looks up, nothing is known to speak against it.
pub(crate) async fn is_at(
    visitor: &Visitor,
    host: &Host,
    strict: Option<StrictSearch>,
    port: u16,
    address: IpAddr,
) -> bool {
    let shared = visitor.shared();
    let Some(way) = Way::to(host, strict) else { return false };
    if shared.settings.parent_for(&way.to).is_some() {
        return true;
    }
    let address = address.to_canonical();
    if way.addresses.iter().any(|strict| strict.to_canonical() == address) {
        return true;
    }
    let found = shared.resolver.resolve(caller(visitor, host), &way.to, port, &shared.settings.destinations);
    match timeout(shared.settings.times.connect, found).await {
        Ok(Ok(found)) => found.iter().any(|socket| socket.ip().to_canonical() == address),
        Ok(Err(_)) | Err(_) => false,
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
