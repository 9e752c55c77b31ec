//! Connections that the school's router turned aside to us (REDIRECT, TPROXY). Whoever made them knows of no proxy, so
//! nothing in them says where they were going but the connection's own first address, the name in a TLS greeting, and
//! the `Host` field of a request in the clear.
//!
//! What was named is judged, looked up by ourselves and connected to; the first address is used only where nothing was
//! named, and is then judged as an address like any other. So a name that lies leads to the site that it names, and
//! nowhere else. Where the two disagree the event says so. Nobody is asked to sign in: the client would take the
//! question for the site's own.

use crate::{
    After, Taken,
    converse::{self, Own},
    gate::{Entrance, UnderWay, Visitor},
    inspect,
    link::{Deadline, Link},
    reach,
    record::Record,
    tunnel::{self, First, Greeting},
};
use holdfast_core::{
    address::{Address, Scheme},
    host::Host,
};
use socket2::SockRef;
use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};
use tokio::net::TcpStream;

/// Where a connection was going.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CameFor {
    /// The address that the client connected to.
    pub(crate) address: SocketAddr,
    /// Whether it was turned aside at all. A connection that was made to this door itself must not be served: it would
    /// be sent to the door it came from, and round again.
    pub(crate) is_turned: bool,
}

impl CameFor {
    /// Asks the system where a connection was going that arrived on a door listening at `door`.
    ///
    /// # Errors
    ///
    /// When the system does not say, or the connection is gone.
    pub(crate) fn of(stream: &std::net::TcpStream, how: Taken, door: SocketAddr) -> io::Result<Self> {
        let local = canonical(stream.local_addr()?);
        let door = canonical(door);
        match how {
            Taken::Tproxy => {
                let is_door = local.port() == door.port() && (door.ip().is_unspecified() || door.ip() == local.ip());
                Ok(Self { address: local, is_turned: !is_door })
            }
            Taken::Redirect => {
                let socket = SockRef::from(stream);
                let asked = if local.is_ipv4() { socket.original_dst_v4() } else { socket.original_dst_v6() };
                let found = match asked {
                    Ok(found) => found.as_socket().map(canonical),
                    // Nobody rewrote it, and connection tracking may not even be at work.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => None,
                    Err(error) => return Err(error),
                };
                let address = found.unwrap_or(local);
                Ok(Self { address, is_turned: address != local })
            }
        }
    }
}

fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// Serves a connection that came for this address.
pub(crate) async fn serve(visitor: &Arc<Visitor>, stream: TcpStream, came_for: CameFor) {
    let shared = visitor.shared();
    let (host, port) = (Host::from(came_for.address.ip()), came_for.address.port());
    if !came_for.is_turned || is_own(visitor, visitor.source) {
        return refuse(visitor, "not-redirected", &host, port);
    }
    let mut client = Link::new(stream);
    let mut deadline = Deadline::new(shared.settings.times.peek);
    let original = came_for.address;
    // Some listed services speak first, so they are not waited for.
    let (after, under_way) = if shared.ruleset().is_listed_tunnel(&host, port) {
        let under_way = UnderWay::begin(shared);
        (tunnel::unread(visitor, &mut client, &mut deadline, original).await, under_way)
    } else {
        match tunnel::look(visitor, &mut client, &mut deadline).await {
            First::Tls(hello) => {
                let host = hello.sni.clone().unwrap_or(host);
                let under_way = UnderWay::begin(shared);
                let greeting = Greeting { host, port, hello, original };
                (tunnel::greeted(visitor, &mut client, &mut deadline, greeting).await, under_way)
            }
            First::Http => return converse::go_on(visitor, client, None, Own::default()).await,
            First::Foreign(code) => return refuse(visitor, code, &host, port),
            // Browsers open connections that they then do not use.
            First::Gone | First::Listed => return,
        }
    };
    // What is asked inside is counted by itself.
    drop(under_way);
    if let After::Open(opening) = after {
        inspect::open(Arc::clone(visitor), client.boxed(), *opening).await;
    }
}

/// Whether this address is this computer's. Its own connections, turned aside, would come back for ever.
fn is_own(visitor: &Visitor, address: IpAddr) -> bool {
    let own = &visitor.shared().settings.destinations.own_addresses;
    address.is_loopback() || own.iter().any(|own| own.to_canonical() == address)
}

/// Notes that a request in the clear named a site that is not where its connection was going. It is led to the site all
/// the same.
pub(crate) async fn note_other_address(visitor: &Visitor, address: &Address, record: &mut Record) {
    let Entrance::Transparent(came_for) = visitor.entrance else { return };
    // Inside an opened connection the greeting named the site, and was held against the address already.
    if address.scheme() == Scheme::Http
        && !reach::is_at(visitor, address.host(), record.strict(), address.port(), came_for.address.ip()).await
    {
        record.note("address-differs");
    }
}

/// Tells that a connection is closed without an answer: nothing that we could write would be understood.
fn refuse(visitor: &Visitor, code: &str, host: &Host, port: u16) {
    let (record, _stop) = Record::refused(visitor, code, Some((host, port)));
    record.send(0, 0, 0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};

    /// A connection made to the door itself, and what is thought of it.
    fn made_to_the_door(listen: &str, reach: &str, how: Taken) -> CameFor {
        let door = TcpListener::bind(listen).unwrap();
        let address = door.local_addr().unwrap();
        let reached = SocketAddr::new(reach.parse().unwrap(), address.port());
        let _client = TcpStream::connect(reached).unwrap();
        let (stream, _) = door.accept().unwrap();
        let came_for = CameFor::of(&stream, how, address).unwrap();
        assert_eq!(came_for.address, reached);
        came_for
    }

    #[test]
    fn what_nobody_turned_aside_is_known() {
        for how in [Taken::Redirect, Taken::Tproxy] {
            for (listen, reach) in [("127.0.0.1:0", "127.0.0.1"), ("0.0.0.0:0", "127.0.0.1"), ("[::1]:0", "::1")] {
                assert!(!made_to_the_door(listen, reach, how).is_turned, "{how:?} {listen}");
            }
        }
    }
}
