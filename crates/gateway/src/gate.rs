//! What one running gate holds in common, what each worker holds, and who is at the other end of a connection.

use crate::{
    SignInMode,
    destination::Resolver,
    events::{Counters, EventSender},
    inspect::Inspector,
    judge::Judge,
    pac::ProxyAddress,
    settings::Settings,
    sign_in::{Answer, SignIns},
    transparent::CameFor,
    upstream::Pool,
};
use holdfast_core::{
    host::Host,
    identity::{Clues, IdentityTable},
    moment::Moment,
    ruleset::Ruleset,
    subject::{PersonId, Subject},
};
use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
};
use tokio::sync::watch;

/// Gives the moment.
pub type Clock = Arc<dyn Fn() -> Moment + Send + Sync>;

/// One for the whole gate.
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) judge: Judge,
    pub(crate) ruleset: watch::Receiver<Arc<Ruleset>>,
    pub(crate) identity: watch::Receiver<Arc<IdentityTable>>,
    pub(crate) events: EventSender,
    pub(crate) counters: Arc<Counters>,
    pub(crate) clock: Clock,
    pub(crate) sign_ins: SignIns,
    pub(crate) resolver: Resolver,
    /// What opens secure connections; nothing where that is not set up.
    pub(crate) inspector: Option<Inspector>,
    /// The proxy that our own PAC file names where the settings name none.
    pub(crate) way_in: Option<WayIn>,
    pub(crate) draining: AtomicBool,
    pub(crate) under_way: AtomicUsize,
}

/// A proxy listener of this gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WayIn {
    pub(crate) address: SocketAddr,
    pub(crate) tls: bool,
}

impl WayIn {
    /// The proxy as browsers reach it, where this computer is reached under this name or address.
    pub(crate) fn named(&self, host: &Host) -> ProxyAddress {
        let address = self.address.ip();
        let host = if address.is_unspecified() { host.clone() } else { address.into() };
        ProxyAddress { host, port: self.address.port(), tls: self.tls }
    }
}

/// One request or tunnel under way, for which a stop has patience. Dropping it, however it ends, takes it out.
pub(crate) struct UnderWay<'a>(&'a Shared);

impl<'a> UnderWay<'a> {
    pub(crate) fn begin(shared: &'a Shared) -> Self {
        shared.under_way.fetch_add(1, Relaxed);
        Self(shared)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Relaxed);
    }
}

impl Shared {
    pub(crate) fn now(&self) -> Moment {
        (self.clock)()
    }

    /// The ruleset of this moment.
    pub(crate) fn ruleset(&self) -> Arc<Ruleset> {
        Arc::clone(&self.ruleset.borrow())
    }

    /// The identity table of this moment.
    pub(crate) fn identity(&self) -> Arc<IdentityTable> {
        Arc::clone(&self.identity.borrow())
    }
}

/// One for each worker thread.
pub(crate) struct Worker {
    pub(crate) shared: Arc<Shared>,
    pub(crate) pool: Pool,
    pub(crate) references: References,
}

/// The other end of one client connection.
pub(crate) struct Visitor {
    pub(crate) worker: Arc<Worker>,
    pub(crate) listener: Arc<str>,
    pub(crate) sign_in: SignInMode,
    pub(crate) source: IpAddr,
    pub(crate) entrance: Entrance,
}

/// Through which kind of door a connection came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entrance {
    /// A proxy in the clear.
    Proxy,
    /// A proxy over TLS.
    TlsProxy,
    /// The pages' door, at this address of ours.
    Page { came_to: IpAddr },
    /// Turned aside on its way to this address.
    Transparent(CameFor),
}

/// Whether the sign-in rules let a request be judged.
pub(crate) enum Admission {
    /// It may be judged, with this person's secret proven or none.
    Person(Option<PersonId>),
    /// A sign-in is asked for.
    Challenge,
    /// Too many sign-ins are being checked.
    Busy,
}

impl Visitor {
    pub(crate) fn shared(&self) -> &Shared {
        &self.worker.shared
    }

    /// Checks a request's sign-in as the listener asks for it. Help and lifelines are open to the unsigned too
    /// (practice 15, 16).
    pub(crate) async fn admit(&self, credentials: Option<&str>, host: &Host) -> Admission {
        if self.sign_in == SignInMode::Off {
            return Admission::Person(None);
        }
        let shared = self.shared();
        // Before anything that could make them wait or fail.
        if shared.ruleset().always_open(host) {
            return Admission::Person(None);
        }
        let table = shared.identity();
        let header = credentials.map(str::as_bytes);
        let answer = shared.sign_ins.check(&table, header, self.source, shared.now().unix_micros).await;
        match (answer, self.sign_in) {
            (Answer::Person(person), _) => Admission::Person(Some(person)),
            (Answer::Absent, SignInMode::Offered) => Admission::Person(None),
            (Answer::Busy, _) => Admission::Busy,
            (Answer::Absent | Answer::Wrong, _) => Admission::Challenge,
        }
    }

    /// Who asks. Somebody who signed in and has left the table since then is nobody: the listener's group is for
    /// those who never said who they are.
    pub(crate) fn identify(&self, table: &IdentityTable, signed_in: Option<&PersonId>, moment: &Moment) -> Subject {
        if signed_in.is_some_and(|person| !table.people.contains_key(person)) {
            return Subject::unknown();
        }
        table.identify(&Clues {
            listener: &self.listener,
            source: self.source,
            signed_in,
            resolver_name: None,
            now_micros: moment.unix_micros,
        })
    }
}

/// Makes the opaque references of events: 60 random bits each, drawn from the system in bulk.
pub(crate) struct References {
    pool: Mutex<(Vec<u8>, usize)>,
}

impl References {
    const BULK: usize = 4_096;
    /// Letters and digits that are not mistaken for each other when read aloud.
    const LETTERS: [u8; 32] = *b"0123456789abcdefghjkmnpqrstvwxyz";

    pub(crate) fn new() -> Self {
        Self { pool: Mutex::new((Vec::new(), 0)) }
    }

    /// A new reference: twelve letters and digits.
    pub(crate) fn draw(&self) -> Arc<str> {
        let mut text = [b'2'; 12];
        {
            let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
            let (bytes, used) = &mut *pool;
            if *used + text.len() > bytes.len() {
                bytes.resize(Self::BULK, 0);
                if let Err(error) = getrandom::fill(bytes) {
                    tracing::error!(%error, "the system gives no random numbers; references may repeat");
                }
                *used = 0;
            }
            let drawn = bytes.get(*used..*used + text.len()).unwrap_or_default();
            for (place, byte) in text.iter_mut().zip(drawn) {
                *place = Self::LETTERS.get(usize::from(byte & 31)).copied().unwrap_or(b'2');
            }
            *used += text.len();
        }
        Arc::from(std::str::from_utf8(&text).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn references_are_readable_and_do_not_repeat() {
        let references = References::new();
        let drawn: HashSet<Arc<str>> = (0..5_000).map(|_| references.draw()).collect();
        assert_eq!(drawn.len(), 5_000);
        assert!(drawn.iter().all(|reference| reference.len() == 12));
    }
}
