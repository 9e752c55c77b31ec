//! The TLS side of a connection, and the personal name in it.

use crate::dns::{respond::Door, service::Service};
use holdfast_core::host::Host;
use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// How long both sides may take to agree on keys.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// A connection inside TLS.
pub(super) struct Secured {
    pub(super) stream: TlsStream<TcpStream>,
    /// The personal name under which we were reached.
    pub(super) personal: Option<Arc<str>>,
}

/// Opens the TLS of a connection, with the identity of this moment.
pub(super) async fn open(service: &Service, door: Door, stream: TcpStream) -> Option<Secured> {
    let locks = service.locks.as_ref()?;
    let lock = if door == Door::Https { &locks.https } else { &locks.tls };
    let Ok(stream) = lock.open(stream, HANDSHAKE).await else {
        // Only counted: whoever does not trust the certificate comes again and again.
        service.counters.handshake_faults.fetch_add(1, Relaxed);
        return None;
    };
    let resolver = service.settings.resolver_name.as_ref();
    let server_name = stream.get_ref().1.server_name();
    let personal = resolver.zip(server_name).and_then(|(resolver, name)| personal_name(name, resolver));
    Some(Secured { stream, personal })
}

/// The one label before the resolver's name, lower case. Any other name is that of the plain service.
fn personal_name(server_name: &str, resolver: &Host) -> Option<Arc<str>> {
    let name = server_name.to_ascii_lowercase();
    let label = name.strip_suffix(resolver.as_str())?.strip_suffix('.')?;
    (!label.is_empty() && !label.contains('.')).then(|| label.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_names_are_one_label() {
        let resolver = Host::parse("dns.school.example").unwrap();
        let of = |name| personal_name(name, &resolver);
        assert_eq!(of("Anna-7.DNS.school.example").as_deref(), Some("anna-7"));
        for plain in ["dns.school.example", "a.b.dns.school.example", "xdns.school.example", "school.example", ""] {
            assert_eq!(of(plain), None, "{plain}");
        }
    }
}
