//! Looking inside secure connections, where the policy says so (opening secure pages to check them).
//!
//! The client is met in the host's place with a certificate of the school's own interception authority ([`authority`],
//! `leaf`, `meet`), the site is connected to and checked as a browser would (`crate::secure`), and whatever is asked
//! inside is judged by its whole address: HTTP/1.1 by the same reading, judging and forwarding as on any connection,
//! HTTP/2 in `http2`. Which protocol is spoken inside is the site's choice, mirrored. Nothing is ever opened without the
//! policy's word ([`holdfast_core::inspection`]).

pub mod authority;
mod http2;
mod leaf;
mod meet;

use authority::Authority;
use holdfast_core::{host::Host, inspection::Extent, subject::PersonId};
use rustls::RootCertStore;
use std::{fmt, sync::Arc};
use tokio::sync::watch;

/// What is needed to open secure connections.
#[derive(Clone)]
pub struct Inspection {
    /// The interception authority; replaced at any time. While there is none, what should be opened is refused.
    pub authority: watch::Receiver<Option<Arc<Authority>>>,
    /// Authorities whose certificates sites may show.
    pub roots: Arc<RootCertStore>,
}

impl fmt::Debug for Inspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inspection").field("roots", &self.roots.len()).finish_non_exhaustive()
    }
}

/// One opened connection, as its requests know it.
#[derive(Debug)]
pub(crate) struct Opened {
    /// The one name that may be spoken to inside: the one in the client's greeting, or the one asked for.
    pub(crate) name: Host,
    pub(crate) port: u16,
    pub(crate) signed_in: Option<PersonId>,
    /// Whether requests may go on, or are only told why they are stopped.
    pub(crate) extent: Extent,
}
