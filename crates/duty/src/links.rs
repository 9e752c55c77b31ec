//! The daily look at the web addresses of contacts (catalogue 1.4; W-08): does the page that a child in need is sent to still exist?
//!
//! Only addresses that we ship or that somebody of the school wrote down are asked, only over HTTPS, only at public addresses, and
//! nothing of a page is read or kept. That it cannot be asked, for want of internet here, is never told as that it is broken.

use crate::asking::beginning;
use holdfast_activity::health::Alarm;
use holdfast_core::host::Host;
use holdfast_records::{
    Fault, Records,
    contacts::{LinkFound, LinkLook},
    id,
};
use jiff::{SignedDuration, Timestamp};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::{sync::watch, task::JoinHandle, time};
use ureq::{
    Agent,
    config::Config,
    http::{Uri, header},
    tls::RootCerts,
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};
use url::Url;

#[cfg(test)]
mod tests;

/// How often it is looked whether a look is due.
const LOOK: Duration = Duration::from_mins(15);
/// How old a look may be.
const EVERY: SignedDuration = SignedDuration::from_hours(24);
/// The same of one that found no way out.
const AGAIN: SignedDuration = SignedDuration::from_hours(1);
/// Since when an address must be found broken before that is an alarm: once may be the site's bad hour.
const LASTING: SignedDuration = SignedDuration::from_hours(20);
/// How long one site may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// How far it may lead on.
const MOST_REDIRECTS: usize = 5;
/// After how many silent sites at the beginning it is taken that this computer has no way out.
const SILENT: usize = 6;

/// Starts the task. Must be called within a runtime. The store may be away; then it is waited for.
pub fn start(records: watch::Receiver<Option<Records>>) -> (JoinHandle<()>, watch::Receiver<Option<Alarm>>) {
    let (tell, alarm) = watch::channel(None);
    (tokio::spawn(watch_over(records, tell)), alarm)
}

async fn watch_over(mut records: watch::Receiver<Option<Records>>, tell: watch::Sender<Option<Alarm>>) {
    let asker = Asker::outside();
    loop {
        let store = records.borrow_and_update().clone();
        // What is wrong with the store is the publisher's to tell.
        if let Some(store) = store
            && let Ok(alarm) = round(&store, &asker).await
        {
            tell.send_if_modified(|known| {
                let is_new = *known != alarm;
                *known = alarm;
                is_new
            });
        }
        tokio::select! {
            () = time::sleep(LOOK) => {}
            changed = records.changed() => if changed.is_err() { return },
        }
    }
}

/// Looks at every school's addresses where that is due, and tells what lastingly does not work.
async fn round(records: &Records, asker: &Asker) -> Result<Option<Alarm>, Fault> {
    let mut alarm = None;
    for (school, _) in records.schools().await? {
        if is_due(&records.links(school).await?, records.clock().now()) {
            look(records, school, asker).await?;
        }
        alarm = alarm.or(wrong(&records.links(school).await?));
    }
    Ok(alarm)
}

fn is_due(looks: &[LinkLook], now: Timestamp) -> bool {
    let Some(newest) = looks.iter().map(|look| look.looked).max() else { return true };
    let found_nothing = looks.iter().all(|look| look.found == LinkFound::NotChecked);
    now.duration_since(newest) >= if found_nothing { AGAIN } else { EVERY }
}

async fn look(records: &Records, school: id::School, asker: &Asker) -> Result<(), Fault> {
    let addresses = records.link_addresses(school).await?;
    let asker = asker.clone();
    let still_wanted = StillWanted::default();
    let is_over = Arc::clone(&still_wanted.is_over);
    let asked = tokio::task::spawn_blocking(move || asker.ask_all(addresses, &is_over));
    let found = asked.await.map_err(|fault| Fault::Unavailable(format!("Looking at addresses broke off: {fault}.")))?;
    drop(still_wanted);
    records.record_links(school, &found).await
}

/// Goes with whoever waits for a look: when the program ends, no more addresses are asked, and it waits for one site at most.
#[derive(Debug, Default)]
struct StillWanted {
    is_over: Arc<AtomicBool>,
}

impl Drop for StillWanted {
    fn drop(&mut self) {
        self.is_over.store(true, Relaxed);
    }
}

fn wrong(looks: &[LinkLook]) -> Option<Alarm> {
    let lasting =
        |look: &&LinkLook| look.found == LinkFound::Broken && look.looked.duration_since(look.since) >= LASTING;
    let broken: Vec<&LinkLook> = looks.iter().filter(lasting).collect();
    let since = broken.iter().map(|look| look.since).min()?;
    let addresses = broken.iter().map(|look| look.address.as_str()).collect::<Vec<_>>().join(", ");
    let words = format!(
        "What the help page or the contacts lead to does not work: {addresses}. Look at it, and mend the contact."
    );
    Some(Alarm { since, words })
}

/// What came of asking one address.
type Asked = (String, LinkFound, String);

/// Asks addresses.
#[derive(Debug, Clone)]
struct Asker {
    agent: Agent,
}

impl Asker {
    /// One that reaches public sites and trusts the public authorities.
    fn outside() -> Self {
        Self::with(RootCerts::WebPki, Public(DefaultResolver::default()))
    }

    fn with(roots: RootCerts, resolver: impl Resolver) -> Self {
        // No proxy: it would choose the address, past what we check.
        let config = beginning(roots, PATIENCE)
            .https_only(true)
            .user_agent(concat!("Holdfast/", env!("CARGO_PKG_VERSION"), " (checks that help pages exist)"))
            .build();
        Self { agent: Agent::with_parts(config, DefaultConnector::default(), resolver) }
    }

    /// Asks one after another, until nobody waits for it any more.
    fn ask_all(&self, addresses: impl IntoIterator<Item = String>, is_over: &AtomicBool) -> Vec<Asked> {
        let (mut found, mut any_answered): (Vec<Asked>, bool) = (Vec::new(), false);
        for address in addresses {
            if is_over.load(Relaxed) {
                break;
            }
            let silent = !any_answered && found.len() >= SILENT;
            let (how, words) = if silent { not_checked() } else { self.ask(&address) };
            any_answered |= !matches!(how, LinkFound::NotChecked | LinkFound::Broken) || is_answer(&words);
            found.push((address, how, words));
        }
        if !any_answered {
            // No site answered at all: what looks broken is our own way out.
            for (_, how, words) in &mut found {
                (*how, *words) = not_checked();
            }
        }
        found
    }

    fn ask(&self, address: &str) -> (LinkFound, String) {
        let Ok(start) = Url::parse(address) else {
            return (LinkFound::Broken, "This is no web address.".to_owned());
        };
        let mut at = start.clone();
        for _ in 0..=MOST_REDIRECTS {
            let status = match self.status_of(&at) {
                Ok(Step::Status(status)) => status,
                Ok(Step::Elsewhere(next)) if is_same_site(&start, &next) => {
                    at = next;
                    continue;
                }
                Ok(Step::Elsewhere(next)) => {
                    let host = next.host_str().unwrap_or("another place");
                    return (LinkFound::Moved, format!("It leads to {host} now. Look whether that is right."));
                }
                Err(fault) => return failed(&fault),
            };
            return of_status(status);
        }
        (LinkFound::Unsure, "It leads on and on. Look at it yourself.".to_owned())
    }

    /// Asks for the head of a page; for the page where a site answers that question alone otherwise. The page itself is not read.
    fn status_of(&self, address: &Url) -> Result<Step, ureq::Error> {
        let mut answer = self.agent.head(address.as_str()).call()?;
        if answer.status().is_client_error() || answer.status().is_server_error() {
            answer = self.agent.get(address.as_str()).call()?;
        }
        if answer.status().is_redirection() {
            let target = answer.headers().get(header::LOCATION).and_then(|target| target.to_str().ok());
            let target = target.and_then(|target| address.join(target).ok());
            if let Some(target) = target.filter(|target| target.scheme() == "https") {
                return Ok(Step::Elsewhere(target));
            }
        }
        Ok(Step::Status(answer.status().as_u16()))
    }
}

enum Step {
    Status(u16),
    Elsewhere(Url),
}

/// What a site itself said, as opposed to that nothing was heard of it.
const SAID: &str = "The site says";

fn is_answer(words: &str) -> bool {
    words.starts_with(SAID)
}

fn not_checked() -> (LinkFound, String) {
    (LinkFound::NotChecked, "No site answered. Perhaps this computer has no way to the internet now.".to_owned())
}

fn of_status(status: u16) -> (LinkFound, String) {
    match status {
        200..=299 => (LinkFound::Works, "It answers.".to_owned()),
        404 | 410 => (LinkFound::Broken, format!("{SAID} that there is no such page ({status}).")),
        500..=599 => (LinkFound::Unsure, format!("{SAID} that it has a fault just now ({status}).")),
        _ => (LinkFound::Unsure, format!("{SAID} something else to programs ({status}). Look at it yourself.")),
    }
}

fn failed(fault: &ureq::Error) -> (LinkFound, String) {
    match fault {
        ureq::Error::HostNotFound => (LinkFound::Broken, "There is no site of that name.".to_owned()),
        ureq::Error::Rustls(_) | ureq::Error::Tls(_) => {
            (LinkFound::Broken, format!("The site cannot show that it is itself ({fault})."))
        }
        ureq::Error::Io(io) if io.kind() == std::io::ErrorKind::InvalidData => {
            (LinkFound::Broken, format!("The site cannot show that it is itself ({io})."))
        }
        _ => (LinkFound::NotChecked, "It did not answer.".to_owned()),
    }
}

/// Whether an address leads within one organisation's site: `childline.org.uk` to `www.childline.org.uk`.
fn is_same_site(from: &Url, to: &Url) -> bool {
    let site = |address: &Url| {
        let host = Host::parse(address.host_str()?).ok()?;
        Some(host.registrable().unwrap_or(host.as_str()).to_owned())
    };
    let (from, to) = (site(from), site(to));
    from.is_some() && from == to
}

/// Names to public addresses alone: an entry of a contact never makes us ask a machine of the school's own network.
#[derive(Debug)]
struct Public(DefaultResolver);

impl Resolver for Public {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut public = self.empty();
        for address in self.0.resolve(uri, config, timeout)?.iter().filter(|address| is_public(address.ip())) {
            public.push(*address);
        }
        if public.is_empty() { Err(ureq::Error::ConnectionFailed) } else { Ok(public) }
    }
}

/// Whether an address is one of the public internet (the registries of RFC 6890).
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_4(address),
        IpAddr::V6(address) => is_public_6(address),
    }
}

fn is_public_4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || matches!(first, 0 | 224..=255)
        || first == 100 && (64..128).contains(&second)
        || first == 192 && second == 0 && third == 0
        || first == 192 && second == 88 && third == 99
        || first == 198 && matches!(second, 18 | 19);
    !is_special
}

fn is_public_6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    // Only what is given out to be reached, without the stretches that stand for IPv4 or for examples.
    let is_given_out = first & 0xe000 == 0x2000;
    let is_special = first == 0x2001 && (second < 0x200 || second == 0xdb8) || first == 0x2002 || first == 0x3fff;
    is_given_out && !is_special
}
