//! What was stopped for whom, for `/stopped`: slim, bounded, and shown to nobody else as far as that can be told.
//!
//! Without sign-in, and before the school has told people (practice 23), no request says who asked. Then this memory
//! knows an address only: whoever sits at a shared computer within [`Limits::unsigned_for`] after somebody else reads
//! what was stopped for them. Nothing here can tell the two apart; sign-in, or a computer for each child, can. That is
//! why unsigned refusals are kept for minutes only.

use super::{Limits, SharedAddress, forget_quietest, micros};
use crate::text::{cut, cut_some, is_cut_of};
use holdfast_core::{
    event::{Outcome, RequestEvent},
    subject::{GroupCode, PersonId},
};
use std::{
    collections::{HashMap, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
    net::IpAddr,
    sync::Arc,
};

/// The longest host kept, in bytes: RFC 1035 §2.3.4 allows no longer one.
const HOST_BYTES: usize = 255;
/// The longest explanation kept, in bytes.
const WORDS_BYTES: usize = 1_024;
/// The longest reference or code kept, in bytes.
const CODE_BYTES: usize = 64;

/// Something stopped, as `/stopped` shows it: no path, no address of the client, no person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The reference on the block page of the last time.
    pub reference: Arc<str>,
    /// When it was stopped the last time: microseconds since 1970-01-01 UTC.
    pub at_micros: i64,
    /// How often the same host was stopped with the same words, this time included.
    pub times: u64,
    /// Host asked for; absent for a sealed hit.
    pub host: Option<Arc<str>>,
    /// How it turned out.
    pub outcome: Outcome,
    /// The deciding layer's code.
    pub layer: Arc<str>,
    /// The category's or service's code.
    pub category: Option<Arc<str>>,
    /// The reason in the words shown to the person.
    pub words: Arc<str>,
    /// The group's neutral code, by which the page chooses its own words.
    pub group: Option<GroupCode>,
}

impl From<&RequestEvent> for Refusal {
    fn from(event: &RequestEvent) -> Self {
        Self {
            reference: cut(&event.reference, CODE_BYTES),
            at_micros: event.at_micros,
            times: 1,
            host: cut_some(Marked::host(event), HOST_BYTES),
            outcome: event.outcome,
            layer: cut(&event.layer, CODE_BYTES),
            category: cut_some(event.category.as_ref(), CODE_BYTES),
            words: cut(&event.words, WORDS_BYTES),
            group: event.subject.group.clone(),
        }
    }
}

/// A refusal with a short mark of its host, by which most others are told apart without looking at them: a computer
/// that asks for blocked names asks for thousands of them.
#[derive(Debug)]
struct Marked {
    mark: u64,
    refusal: Arc<Refusal>,
}

impl Marked {
    /// The host that may be shown: nothing anywhere stores or shows the address of a sealed hit (house invariant 3).
    fn host(event: &RequestEvent) -> Option<&Arc<str>> {
        if event.outcome == Outcome::Sealed { None } else { event.host.as_ref() }
    }

    fn mark(event: &RequestEvent) -> u64 {
        let mut hasher = DefaultHasher::new();
        Self::host(event).hash(&mut hasher);
        hasher.finish()
    }

    /// Whether this is the same host stopped with the same words, where `mark` is the event's mark.
    fn is_same(&self, mark: u64, event: &RequestEvent) -> bool {
        let same_host = |kept: &Arc<str>, asked: &Arc<str>| is_cut_of(kept, asked, HOST_BYTES);
        self.mark == mark
            && match (&self.refusal.host, Self::host(event)) {
                (None, None) => true,
                (Some(kept), Some(asked)) => same_host(kept, asked),
                _ => false,
            }
            && is_cut_of(&self.refusal.words, &event.words, WORDS_BYTES)
    }
}

/// Within which time questions for the same name are one look-up, microseconds.
const LOOK_UP_MICROS: i64 = 2_000_000;

/// Whether a question for a name belongs to the one before it: a browser asks for several kinds of address at once.
fn is_one_look_up(before: &Refusal, event: &RequestEvent) -> bool {
    &*event.scheme == "dns" && event.at_micros.saturating_sub(before.at_micros) < LOOK_UP_MICROS
}

/// Whose refusals these are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Client {
    pub(super) person: Option<PersonId>,
    pub(super) address: Option<IpAddr>,
}

/// Who was last signed in at an address.
#[derive(Debug)]
struct Sitter {
    person: PersonId,
    /// Since when nobody else was signed in there.
    since: i64,
    /// When they were last seen there.
    seen: i64,
    /// When somebody else was last seen there.
    other_seen: Option<i64>,
}

/// The memory of refusals.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    by_client: HashMap<Client, VecDeque<Marked>>,
    /// How many there are, of all clients together.
    kept: usize,
    sitters: HashMap<IpAddr, Sitter>,
}

impl Refusals {
    /// Notes that `person` was seen at `address`.
    pub(super) fn see(&mut self, address: IpAddr, person: &PersonId, at_micros: i64, limits: &Limits) {
        let gone = at_micros.saturating_sub(micros(limits.person_stays));
        if let Some(sitter) = self.sitters.get_mut(&address) {
            if sitter.person != *person {
                sitter.other_seen = Some(sitter.seen);
                sitter.person.clone_from(person);
                sitter.since = at_micros;
            } else if sitter.seen <= gone {
                sitter.since = at_micros;
            }
            sitter.seen = sitter.seen.max(at_micros);
            return;
        }
        if self.sitters.len() >= limits.clients.max(1) {
            forget_quietest(&mut self.sitters, |sitter| sitter.seen);
        }
        let sitter = Sitter { person: person.clone(), since: at_micros, seen: at_micros, other_seen: None };
        self.sitters.insert(address, sitter);
    }

    /// Remembers one refusal. The same again by the same client is counted, not kept twice.
    pub(super) fn remember(&mut self, client: Client, event: &RequestEvent, limits: &Limits) {
        if client.person.is_none() && client.address.is_none() {
            return;
        }
        if !self.by_client.contains_key(&client) && self.by_client.len() >= limits.clients.max(1) {
            self.make_room();
        }
        // What came before may have been somebody else's, and not even its number is told.
        let faded = event.at_micros.saturating_sub(micros(limits.kept_for(client.person.is_some())));
        let sitter = client.address.filter(|_| client.person.is_none()).and_then(|address| self.sitters.get(&address));
        let begins = sitter.map_or(i64::MIN, |sitter| sitter.since);

        let mark = Marked::mark(event);
        let mut refusal = Refusal::from(event);
        let refusals = self.by_client.entry(client).or_default();
        // From the newest back: a browser asks for the same name several times in a row.
        if let Some(position) = refusals.iter().rposition(|known| known.is_same(mark, event))
            && let Some(Marked { refusal: known, .. }) = refusals.remove(position)
        {
            self.kept -= 1;
            if known.at_micros > faded && known.at_micros >= begins {
                refusal.times = known.times.saturating_add(u64::from(!is_one_look_up(&known, event)));
            }
        }
        refusals.push_back(Marked { mark, refusal: Arc::new(refusal) });
        self.kept += 1;
        while refusals.len() > limits.refusals_each.max(1) {
            refusals.pop_front();
            self.kept -= 1;
        }
        while self.kept > limits.refusals_in_all.max(limits.refusals_each) {
            self.make_room();
        }
    }

    fn make_room(&mut self) {
        forget_quietest(&mut self.by_client, |refusals| {
            refusals.back().map_or(i64::MIN, |last| last.refusal.at_micros)
        });
        self.kept = self.by_client.values().map(VecDeque::len).sum();
    }

    /// What may be shown to `person`, or where nobody is signed in at `address`. In no order.
    pub(super) fn shown(
        &self,
        person: Option<&PersonId>,
        address: IpAddr,
        now: i64,
        limits: &Limits,
    ) -> Vec<Arc<Refusal>> {
        let gone = now.saturating_sub(micros(limits.person_stays));
        let sitter = self.sitters.get(&address).filter(|sitter| sitter.seen > gone);
        // From when on what is unsigned can only be the sitter's.
        let alone = |sitter: &Sitter| {
            let other_gone = sitter.other_seen.map(|seen| seen.saturating_add(micros(limits.person_stays)));
            other_gone.unwrap_or(i64::MIN).max(sitter.since.saturating_sub(1))
        };
        let is_everybodys = limits.shared_address == SharedAddress::Everybody;
        // From when on the refusals of a client are shown; `None` is never.
        let shown_after = |client: &Client| -> Option<i64> {
            let oldest = now.saturating_sub(micros(limits.kept_for(client.person.is_some())));
            let is_here = client.address == Some(address);
            match (person, &client.person) {
                (Some(person), owner) => (owner.as_ref() == Some(person)).then_some(oldest),
                (None, _) if !is_here => None,
                (None, _) if is_everybodys => Some(oldest),
                (None, Some(owner)) => sitter.is_some_and(|sitter| sitter.person == *owner).then_some(oldest),
                (None, None) => Some(sitter.map_or(oldest, |sitter| oldest.max(alone(sitter)))),
            }
        };
        let shown = self.by_client.iter().filter_map(|(client, refusals)| Some((shown_after(client)?, refusals)));
        shown
            .flat_map(|(after, refusals)| refusals.iter().filter(move |known| known.refusal.at_micros > after))
            .map(|known| Arc::clone(&known.refusal))
            .collect()
    }

    /// Forgets what is too old to be shown.
    pub(super) fn fade(&mut self, now: i64, limits: &Limits) {
        self.by_client.retain(|client, refusals| {
            let oldest = now.saturating_sub(micros(limits.kept_for(client.person.is_some())));
            refusals.retain(|known| known.refusal.at_micros > oldest);
            !refusals.is_empty()
        });
        self.kept = self.by_client.values().map(VecDeque::len).sum();
        let gone = now.saturating_sub(micros(limits.person_stays));
        self.sitters.retain(|_, sitter| sitter.seen > gone);
    }

    /// How many refusals, clients and addresses of signed-in persons are remembered.
    #[cfg(test)]
    pub(super) fn sizes(&self) -> (usize, usize, usize) {
        assert_eq!(self.kept, self.by_client.values().map(VecDeque::len).sum::<usize>());
        (self.kept, self.by_client.len(), self.sitters.len())
    }
}
