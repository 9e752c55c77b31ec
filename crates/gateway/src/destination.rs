//! Where a request may go: names are resolved here, and every address is checked **after** resolution, so that a name
//! can never lead a pupil to the filter itself, to the school's private network or to a machine's own services
//! (issue 2, end 5; DNS rebinding). The caller connects only to the addresses returned.
//!
//! A listed host goes to its given addresses without any name service, like a line of a hosts file.

mod special;

pub use special::{Special, special};

use crate::limits::client_of;
use holdfast_core::{host::Host, wording::Why};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    fmt, io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{OnceCell, OwnedSemaphorePermit, Semaphore},
    time::{Instant, timeout},
};

/// How long a found name is remembered. Short, because the system's resolver has its own memory with the true times.
const REMEMBER_FOUND: Duration = Duration::from_secs(30);
/// How long a name that was not found is remembered.
const REMEMBER_MISSING: Duration = Duration::from_secs(5);
/// How long one look-up may take, waiting for its turn included.
const LOOK_UP_LIMIT: Duration = Duration::from_secs(5);
/// How many look-ups may be under way at once, besides those kept for help and lifelines.
const LOOK_UPS_AT_ONCE: usize = 64;
/// How many more may be under way for help and lifelines alone.
const LOOK_UPS_FOR_HELP: usize = 8;
/// How many look-ups one client may have under way, so that one client's slow names do not stop everybody's.
const LOOK_UPS_OF_A_CLIENT: usize = 16;
/// How many clients' look-ups are counted before those without any are forgotten.
const COUNTED_CLIENTS: usize = 4_096;
/// How long an old answer may stand in while the name service does not give a new one.
const KEEP_OLD: Duration = Duration::from_hours(1);
/// How long a new answer is waited for where there is an old one.
const PATIENCE_WITH_OLD: Duration = Duration::from_millis(300);
/// How many names are remembered.
const REMEMBERED_NAMES: usize = 4_096;
/// How many remembered names are compared to find one to forget.
const COMPARED_NAMES: usize = 8;
/// How many addresses of one name are used.
const ADDRESSES_OF_A_NAME: usize = 8;

/// An address for a listed host: `192.0.2.7`, or with another port than the one asked for `192.0.2.7:8443`,
/// `[2001:db8::7]:8443`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ListedAddress {
    /// The address.
    pub address: IpAddr,
    /// The port connected to; `None` is the port asked for.
    pub port: Option<u16>,
}

impl FromStr for ListedAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(socket) = text.parse::<SocketAddr>() {
            return Ok(socket.into());
        }
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        bare.parse::<IpAddr>()
            .map(Into::into)
            .map_err(|_fault| format!("“{text}” is neither an address nor an address with a port."))
    }
}

impl TryFrom<String> for ListedAddress {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ListedAddress> for String {
    fn from(listed: ListedAddress) -> Self {
        match listed.port {
            Some(port) => SocketAddr::new(listed.address, port).to_string(),
            None => listed.address.to_string(),
        }
    }
}

impl From<IpAddr> for ListedAddress {
    fn from(address: IpAddr) -> Self {
        Self { address, port: None }
    }
}

impl From<SocketAddr> for ListedAddress {
    fn from(socket: SocketAddr) -> Self {
        Self { address: socket.ip(), port: Some(socket.port()) }
    }
}

/// One of the school's own servers, or a name pinned to an address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedHost {
    /// Names: exact (`intranet.school.example`), or with a leading dot for the name and all below it
    /// (`.school.example`).
    pub names: Vec<String>,
    /// Where they are. Empty: the name service is asked.
    pub addresses: Vec<ListedAddress>,
    /// Whether these names may lead inside: to any written address, or by the name service to a private one.
    pub allow_private: bool,
}

impl ListedHost {
    fn covers(&self, host: &Host) -> bool {
        self.names.iter().any(|name| match name.strip_prefix('.') {
            Some(parent) => host.is_within(parent),
            None => host.as_str() == name,
        })
    }
}

/// Where the gate may go besides the open internet, and what it must never reach.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destinations {
    /// Hosts with their own addresses; the first that covers a name counts.
    pub listed: Vec<ListedHost>,
    /// Inside networks that may be reached by anyone whom policy allows the host.
    pub listed_networks: Vec<IpNet>,
    /// Addresses of this computer's own interfaces.
    pub own_addresses: Vec<IpAddr>,
    /// Ports on which Holdfast itself listens: never reached on this computer, not even by a listed host.
    pub own_ports: Vec<u16>,
    /// Nothing leaves this computer: names that are not listed are not looked up, and no address on the open internet is
    /// connected to, not even one that is written down. For the demonstration.
    #[serde(default)]
    pub only_listed: bool,
}

/// Whose fault it is that a request could not go where it wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Blame {
    /// The address asked for.
    Request,
    /// The site's owner.
    Site,
    /// The school's network or name service.
    School,
}

/// Why a request could not go where it wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DestinationFault {
    /// Port 0.
    NoPort,
    /// It leads to one of Holdfast's own ports.
    OwnService,
    /// It leads to this computer.
    OwnAddress,
    /// It leads to addresses that are no place on the open internet, and is not listed.
    Inside(Special),
    /// A name without a dot, which only a school's own network knows, and which is not listed.
    ShortName,
    /// Nothing may leave this computer: [`Destinations::only_listed`].
    StaysHere,
    /// The name has no address.
    NotFound,
    /// The name service did not answer in time.
    Slow,
    /// The name service is not working.
    NameService,
}

impl DestinationFault {
    /// A short code for logs; never changes.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoPort => "destination-no-port",
            Self::OwnService => "destination-own-service",
            Self::OwnAddress => "destination-own-address",
            Self::Inside(_) => "destination-inside",
            Self::ShortName => "destination-short-name",
            Self::StaysHere => "destination-stays-here",
            Self::NotFound => "name-not-found",
            Self::Slow => "name-service-slow",
            Self::NameService => "name-service-failed",
        }
    }

    /// Why, for the words that a person reads.
    pub(crate) const fn why(self) -> Why {
        match self {
            Self::StaysHere => Why::NotOnTheList,
            _ => Why::Inside,
        }
    }

    /// Whose fault it is.
    pub const fn blame(self) -> Blame {
        match self {
            Self::NoPort | Self::OwnService | Self::OwnAddress | Self::ShortName | Self::NotFound => Blame::Request,
            Self::Inside(_) => Blame::Site,
            Self::StaysHere | Self::Slow | Self::NameService => Blame::School,
        }
    }

    /// Whether this is a refusal by rule (answered as forbidden), not a failure to reach (answered as a bad gateway).
    pub const fn is_refusal(self) -> bool {
        matches!(
            self,
            Self::NoPort | Self::OwnService | Self::OwnAddress | Self::ShortName | Self::Inside(_) | Self::StaysHere
        )
    }
}

impl fmt::Display for DestinationFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPort => f.write_str("The address has port 0, which no server has. Check the address."),
            Self::OwnService => f.write_str(
                "The address leads to the filter itself, which is not reached through the filter. Open it directly.",
            ),
            Self::OwnAddress => f.write_str(
                "The address leads to the filter's own computer. If a school service runs there, a technician can list its name under the destinations.",
            ),
            Self::Inside(special) => write!(
                f,
                "The name leads to {}, not to a site on the internet. If it is a school server, a technician can list it under the destinations.",
                special.words()
            ),
            Self::ShortName => f.write_str(
                "A name without a dot leads to no site on the internet. If it is a school server, a technician can list it under the destinations.",
            ),
            Self::StaysHere => f.write_str(
                "This is a demonstration that never leaves its own computer, so only its practice sites can be opened.",
            ),
            Self::NotFound => f.write_str("There is no site with this name. Check the spelling."),
            Self::Slow => f.write_str(
                "The school's name service did not answer in time. Try again in a minute; if it lasts, tell the technician.",
            ),
            Self::NameService => f.write_str(
                "The school's name service is not working, so no new site can be found. Tell the technician.",
            ),
        }
    }
}

impl std::error::Error for DestinationFault {}

/// What a look-up brings.
type LookUpAnswer = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;
/// How names are looked up; the system's way unless a test or another resolver is put in.
pub type LookUp = Arc<dyn Fn(Box<str>) -> LookUpAnswer + Send + Sync>;

/// On whose behalf a name is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// The client's address.
    pub source: IpAddr,
    /// Whether the host is a help site's or a lifeline's, which wait behind nobody.
    pub always_open: bool,
}

/// Resolves and checks destinations. Remembers names for a few seconds; callers who ask for the same name at the same
/// time share one look-up. What is remembered is checked again on every call.
#[derive(Clone)]
pub struct Resolver {
    look_up: LookUp,
    turns: Arc<Turns>,
    remembered: Arc<Mutex<HashMap<Box<str>, Remembered>>>,
}

/// Who may look up now.
struct Turns {
    all: Arc<Semaphore>,
    help: Arc<Semaphore>,
    clients: Mutex<HashMap<IpAddr, Arc<Semaphore>>>,
}

impl Turns {
    /// The turns of one client.
    fn of(&self, source: IpAddr) -> Arc<Semaphore> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if clients.len() >= COUNTED_CLIENTS {
            clients.retain(|_, turns| Arc::strong_count(turns) > 1);
        }
        let new = || Arc::new(Semaphore::new(LOOK_UPS_OF_A_CLIENT));
        Arc::clone(clients.entry(client_of(source)).or_insert_with(new))
    }

    /// Waits for a turn. The semaphores are never closed.
    async fn take(&self, always_open: bool) -> Option<OwnedSemaphorePermit> {
        if !always_open {
            return Arc::clone(&self.all).acquire_owned().await.ok();
        }
        match Arc::clone(&self.all).try_acquire_owned() {
            Ok(turn) => Some(turn),
            Err(_taken) => Arc::clone(&self.help).acquire_owned().await.ok(),
        }
    }
}

/// A name's look-up, finished or under way, and the last good one before it.
#[derive(Clone, Default)]
struct Remembered {
    current: Arc<OnceCell<LookedUp>>,
    old: Option<LookedUp>,
}

/// All look-ups that a client may have are under way. Nothing was looked up.
struct Crowded;

/// A finished look-up.
#[derive(Debug, Clone)]
struct LookedUp {
    at: Instant,
    outcome: Result<Arc<[IpAddr]>, DestinationFault>,
}

impl LookedUp {
    fn is_fresh(&self) -> bool {
        self.at.elapsed() < if self.outcome.is_ok() { REMEMBER_FOUND } else { REMEMBER_MISSING }
    }

    fn may_stand_in(&self) -> bool {
        self.outcome.is_ok() && self.at.elapsed() < KEEP_OLD
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver").finish_non_exhaustive()
    }
}

impl Default for Resolver {
    fn default() -> Self {
        Self::new()
    }
}

impl Resolver {
    /// Asks the system's resolver.
    pub fn new() -> Self {
        Self::with_look_up(Arc::new(|name: Box<str>| {
            Box::pin(async move {
                let found = tokio::net::lookup_host((&*name, 0)).await?;
                Ok(found.map(|socket| socket.ip()).collect())
            })
        }))
    }

    /// Asks `look_up`.
    pub fn with_look_up(look_up: LookUp) -> Self {
        let turns = Turns {
            all: Arc::new(Semaphore::new(LOOK_UPS_AT_ONCE)),
            help: Arc::new(Semaphore::new(LOOK_UPS_FOR_HELP)),
            clients: Mutex::default(),
        };
        Self { look_up, turns: Arc::new(turns), remembered: Arc::default() }
    }

    /// The addresses to which a connection to `host` and `port` may go, best first; at least one.
    pub async fn resolve(
        &self,
        caller: Caller,
        host: &Host,
        port: u16,
        settings: &Destinations,
    ) -> Result<Vec<SocketAddr>, DestinationFault> {
        if port == 0 {
            return Err(DestinationFault::NoPort);
        }
        let listed = settings.listed_for(host);
        if settings.only_listed && listed.is_none_or(|listed| listed.addresses.is_empty()) && host.address().is_none() {
            return Err(DestinationFault::StaysHere);
        }
        let trust = match listed {
            Some(listed) if listed.allow_private && !listed.addresses.is_empty() => Trust::Written,
            Some(listed) if listed.allow_private => Trust::SchoolServer,
            _ => Trust::Open,
        };
        let wanted: Vec<SocketAddr> = match (listed, host.address()) {
            (Some(listed), _) if !listed.addresses.is_empty() => listed
                .addresses
                .iter()
                .map(|place| SocketAddr::new(place.address.to_canonical(), place.port.unwrap_or(port)))
                .collect(),
            (_, Some(address)) => vec![SocketAddr::new(address.to_canonical(), port)],
            (_, None) => {
                self.names(caller, host.as_str()).await?.iter().map(|address| SocketAddr::new(*address, port)).collect()
            }
        };
        settings.checked(wanted, trust)
    }

    /// The addresses of a name, from memory or from the name service. An old answer stands in for a new one that does
    /// not come: the site is most likely where it was.
    async fn names(&self, caller: Caller, name: &str) -> Result<Arc<[IpAddr]>, DestinationFault> {
        let Remembered { current, old } = self.remember(name);
        if let Some(known) = current.get() {
            return match (&known.outcome, old) {
                (Err(DestinationFault::Slow | DestinationFault::NameService), Some(old)) => old.outcome,
                (outcome, _) => outcome.clone(),
            };
        }
        // The look-up goes on even when nobody waits for it any more: its answer is for the next who asks.
        let (resolver, name) = (self.clone(), Box::<str>::from(name));
        let looking = tokio::spawn(async move { resolver.fill(&current, caller, &name).await });
        let Some(old) = old else { return looking.await.unwrap_or(Err(DestinationFault::NameService)) };
        match timeout(PATIENCE_WITH_OLD, looking).await {
            Err(_) | Ok(Err(_) | Ok(Err(DestinationFault::Slow | DestinationFault::NameService))) => old.outcome,
            Ok(Ok(outcome)) => outcome,
        }
    }

    /// What is remembered of a name: a fresh answer, a look-up under way, or a new one to be begun.
    fn remember(&self, name: &str) -> Remembered {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let old = match remembered.get(name) {
            Some(known) if known.current.get().is_none_or(LookedUp::is_fresh) => return known.clone(),
            Some(known) => {
                known.current.get().filter(|last| last.outcome.is_ok()).cloned().or_else(|| known.old.clone())
            }
            None => None,
        };
        if remembered.len() >= REMEMBERED_NAMES && !remembered.contains_key(name) {
            make_room(&mut remembered);
        }
        let new = Remembered { current: Arc::default(), old: old.filter(LookedUp::may_stand_in) };
        remembered.insert(name.into(), new.clone());
        new
    }

    /// Looks a name up, together with everybody else who waits for it. A client that has too many look-ups under way
    /// waits outside, so that nobody else waits with it.
    async fn fill(
        &self,
        current: &OnceCell<LookedUp>,
        caller: Caller,
        name: &str,
    ) -> Result<Arc<[IpAddr]>, DestinationFault> {
        let own = self.turns.of(caller.source);
        let filling = async {
            let mut held = None;
            loop {
                let asked = current.get_or_try_init(|| async {
                    let turn = match held.take() {
                        _ if caller.always_open => None,
                        Some(turn) => Some(turn),
                        None => Some(Arc::clone(&own).try_acquire_owned().map_err(|_taken| Crowded)?),
                    };
                    Ok(self.ask(caller, name, turn).await)
                });
                match asked.await {
                    Ok(found) => return found.outcome.clone(),
                    Err(Crowded) => held = Arc::clone(&own).acquire_owned().await.ok(),
                }
            }
        };
        timeout(LOOK_UP_LIMIT, filling).await.unwrap_or(Err(DestinationFault::Slow))
    }

    async fn ask(&self, caller: Caller, name: &str, own: Option<OwnedSemaphorePermit>) -> LookedUp {
        // A look-up cannot be called off, so it keeps its turns until it is done, even when nobody waits any more.
        let answer = (self.look_up)(name.into());
        let asked = async move {
            let Some(turn) = self.turns.take(caller.always_open).await else {
                return Err(DestinationFault::NameService);
            };
            let running = tokio::spawn(async move {
                let answer = answer.await;
                drop((turn, own));
                answer
            });
            match running.await {
                Ok(Ok(addresses)) => usable(addresses),
                Ok(Err(fault)) => Err(name_fault(&fault)),
                Err(_stopped) => Err(DestinationFault::NameService),
            }
        };
        let outcome = timeout(LOOK_UP_LIMIT, asked).await.unwrap_or(Err(DestinationFault::Slow));
        LookedUp { at: Instant::now(), outcome }
    }
}

/// Forgets one name: the oldest of a few, and one that is being looked up only if there is no other.
fn make_room(remembered: &mut HashMap<Box<str>, Remembered>) {
    let some = remembered.iter().take(COMPARED_NAMES);
    let oldest = some.min_by_key(|(_, known)| known.current.get().map_or_else(Instant::now, |found| found.at));
    if let Some(name) = oldest.map(|(name, _)| name.clone()) {
        remembered.remove(&name);
    }
}

/// Each address once, IPv4 in its own form, and no more than are ever tried.
fn usable(addresses: Vec<IpAddr>) -> Result<Arc<[IpAddr]>, DestinationFault> {
    let mut kept: Vec<IpAddr> = Vec::new();
    for address in addresses {
        let address = address.to_canonical();
        if !kept.contains(&address) && kept.len() < ADDRESSES_OF_A_NAME {
            kept.push(address);
        }
    }
    if kept.is_empty() { Err(DestinationFault::NotFound) } else { Ok(kept.into()) }
}

/// The system tells a missing name from a broken service only in words, so those are looked at.
fn name_fault(fault: &io::Error) -> DestinationFault {
    let words = fault.to_string();
    if words.contains("Temporary failure") || words.contains("try again") || words.contains("Try again") {
        DestinationFault::NameService
    } else {
        DestinationFault::NotFound
    }
}

/// How far an address is trusted by the way it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// Only the open internet and the listed networks.
    Open,
    /// A listed name that was looked up: private networks too.
    SchoolServer,
    /// An address the school wrote down.
    Written,
}

impl Destinations {
    /// What is listed for this host: the first that covers it.
    pub(crate) fn listed_for(&self, host: &Host) -> Option<&ListedHost> {
        self.listed.iter().find(|listed| listed.covers(host))
    }

    /// Those of these addresses to which a connection may go, as if a name had led there; at least one.
    pub(crate) fn check(&self, addresses: &[IpAddr], port: u16) -> Result<Vec<SocketAddr>, DestinationFault> {
        let wanted = addresses.iter().map(|address| SocketAddr::new(address.to_canonical(), port)).collect();
        self.checked(wanted, Trust::Open)
    }

    fn checked(&self, wanted: Vec<SocketAddr>, trust: Trust) -> Result<Vec<SocketAddr>, DestinationFault> {
        let mut refused = None;
        let mut allowed = Vec::with_capacity(wanted.len());
        for socket in wanted {
            match self.fault_of(socket, trust) {
                None => allowed.push(socket),
                Some(fault) => refused = refused.or(Some(fault)),
            }
        }
        if allowed.is_empty() { Err(refused.unwrap_or(DestinationFault::NotFound)) } else { Ok(allowed) }
    }

    fn fault_of(&self, socket: SocketAddr, trust: Trust) -> Option<DestinationFault> {
        let address = socket.ip();
        let special = special(address);
        let own = self.own_addresses.iter().any(|own| own.to_canonical() == address)
            || matches!(special, Some(Special::Loopback | Special::Unspecified));
        if own && self.own_ports.contains(&socket.port()) {
            return Some(DestinationFault::OwnService);
        }
        if self.only_listed && !own && special.is_none() {
            return Some(DestinationFault::StaysHere);
        }
        if trust == Trust::Written || self.listed_networks.iter().any(|network| network.contains(&address)) {
            return None;
        }
        if own {
            return Some(DestinationFault::OwnAddress);
        }
        let special = special?;
        if trust == Trust::SchoolServer && special.may_be_a_school_server() {
            return None;
        }
        Some(DestinationFault::Inside(special))
    }
}

#[cfg(test)]
mod tests;
