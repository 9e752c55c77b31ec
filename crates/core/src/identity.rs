//! The identity table: how the gate turns an address, a listener or a sign-in into a [`Subject`].
//! Built outside, handed in at run time, replaced whole.

use crate::subject::{ClassCode, Confidence, DeviceCode, GroupCode, PersonId, RoomCode, Source, Subject};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, net::IpAddr};

/// What is known of one person for judging.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownPerson {
    /// The id.
    pub id: PersonId,
    /// The group whose policy applies.
    pub group: GroupCode,
    /// Teaching classes.
    pub classes: Vec<ClassCode>,
}

/// What a network, a listener or an address stands for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// The person, where one device or address is one person's.
    pub person: Option<PersonId>,
    /// The group, where no person is known.
    pub group: Option<GroupCode>,
    /// The device.
    pub device: Option<DeviceCode>,
    /// The room.
    pub room: Option<RoomCode>,
    /// When the binding ends: microseconds since 1970-01-01 UTC.
    pub until_micros: Option<i64>,
}

/// One sign-in name's secret.
#[derive(Clone, PartialEq, Eq)]
pub struct SignIn {
    /// Whose it is.
    pub person: PersonId,
    /// The argon2id hash in PHC text form.
    pub password_hash: Box<str>,
}

impl std::fmt::Debug for SignIn {
    /// Never the hash: what is printed ends in logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignIn").field("person", &self.person).finish_non_exhaustive()
    }
}

/// Everything the gate needs to tell who asks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IdentityTable {
    /// Changes with every table, so that cached sign-ins of an older table are dropped.
    pub generation: u64,
    /// People by id.
    pub people: HashMap<PersonId, KnownPerson>,
    /// Source networks; the narrowest that holds the address counts.
    pub networks: Vec<(IpNet, Binding)>,
    /// Listeners by their name in the bootstrap config.
    pub listeners: HashMap<String, Binding>,
    /// Addresses bound to a person or device for a time.
    pub addresses: HashMap<IpAddr, Binding>,
    /// Proxy sign-ins by name.
    pub sign_ins: HashMap<String, SignIn>,
    /// People by their own name of our encrypted name service, lower case: one label or path part.
    pub resolver_names: HashMap<Box<str>, PersonId>,
    /// Whether persons may be named in events: impact assessment dated, every band and all staff told (practice 23).
    pub told: bool,
}

/// What is known about one connection, from which [`IdentityTable::identify`] tells who asks.
#[derive(Debug, Clone, Copy)]
pub struct Clues<'a> {
    /// The listener's name in the bootstrap config.
    pub listener: &'a str,
    /// The client's address.
    pub source: IpAddr,
    /// The person whose secret was just proven on this connection.
    pub signed_in: Option<&'a PersonId>,
    /// The personal name under which our encrypted name service was reached, lower case.
    pub resolver_name: Option<&'a str>,
    /// The moment, microseconds since 1970-01-01 UTC.
    pub now_micros: i64,
}

impl IdentityTable {
    /// Binds an address, for as long as the binding says. A later binding of the same address takes its place.
    pub fn bind(&mut self, address: IpAddr, binding: Binding) {
        self.addresses.insert(address.to_canonical(), binding);
    }

    /// Who asks, from the strongest source that knows: sign-in, then personal resolver name, address binding, listener,
    /// network, nobody. Room and device are taken from whichever source knows them, strongest first.
    ///
    /// A personal name that is nobody's is nobody: it must not be a way into the listener's group.
    pub fn identify(&self, clues: &Clues<'_>) -> Subject {
        let Clues { listener, source, signed_in, resolver_name, now_micros } = *clues;
        let source = source.to_canonical();
        let bound = self.addresses.get(&source).filter(|b| b.until_micros.is_none_or(|until| now_micros < until));
        let listener = self.listeners.get(listener);
        let network = self
            .networks
            .iter()
            .filter(|(net, _)| net.contains(&source))
            .max_by_key(|(net, _)| net.prefix_len())
            .map(|(_, binding)| binding);
        let layers = [(bound, Source::Table), (listener, Source::Listener), (network, Source::Network)];

        let mut subject = Subject::unknown();
        for (binding, _) in layers.iter().filter_map(|(b, s)| b.map(|b| (b, s))) {
            subject.device = subject.device.or_else(|| binding.device.clone());
            subject.room = subject.room.or_else(|| binding.room.clone());
        }
        if let Some(person) = signed_in.and_then(|id| self.people.get(id)) {
            return person.put_into(subject, Source::SignIn, Confidence::Proven);
        }
        if let Some(name) = resolver_name {
            return match self.resolver_names.get(name).and_then(|id| self.people.get(id)) {
                Some(person) => person.put_into(subject, Source::ResolverName, Confidence::Likely),
                None => Subject::unknown(),
            };
        }
        for (binding, source) in layers.into_iter().filter_map(|(b, s)| b.map(|b| (b, s))) {
            if let Some(person) = binding.person.as_ref().and_then(|id| self.people.get(id)) {
                return person.put_into(subject, source, Confidence::Likely);
            }
            if let Some(group) = &binding.group {
                subject.group = Some(group.clone());
                subject.source = source;
                subject.confidence = Confidence::Shared;
                return subject;
            }
        }
        subject
    }
}

impl KnownPerson {
    fn put_into(&self, mut subject: Subject, source: Source, confidence: Confidence) -> Subject {
        subject.person = Some(self.id.clone());
        subject.group = Some(self.group.clone());
        subject.classes.clone_from(&self.classes);
        subject.source = source;
        subject.confidence = confidence;
        subject
    }
}
