//! The ruleset: everything a verdict needs, compiled once, immutable, replaced whole (house invariants 2 to 5).
//!
//! It is made of two parts with a hash each: the *policy* (what people decided) and the *content* (what lists brought).
//! A refresh of an approved list is not a change of policy, and a change of policy does not compile the lists again.

pub mod addresses;
mod compile;
pub mod content;
mod describe;
mod edges;
pub mod expressions;
pub(crate) mod matching;
pub mod names;
pub mod rules;
pub mod saved;
pub mod sealed;
mod strictness;

pub use compile::compile;
pub use describe::Description;

use crate::{
    address::Address,
    category::Labels,
    host::Host,
    moment::Moment,
    policy::PolicySource,
    search_engines::{self, StrictSearch},
    subject::{GroupCode, PersonId, Subject},
    wording::Band,
};
use content::Content;
use edges::Edges;
use matching::{HostIndex, Owner};
use rules::{Emergency, Group, Help, LeftUnopened, Lesson, Lifeline, Rule, SearchTool, Service, Suspension, Tenants};
use std::{collections::HashMap, sync::Arc};

/// A compiled ruleset.
#[derive(Debug, Clone)]
pub struct Ruleset {
    id: Arc<str>,
    policy_hash: blake3::Hash,
    source: Arc<PolicySource>,
    content: Arc<Content>,
    closed: bool,
    unknown: Group,
    groups: HashMap<GroupCode, Group>,
    index: HostIndex,
    rules: Vec<Rule>,
    label_rules: Vec<u32>,
    lessons: Vec<Lesson>,
    suspensions: Vec<Suspension>,
    suspended: HashMap<PersonId, Vec<u32>>,
    emergencies: Vec<Emergency>,
    help: Vec<Help>,
    lifelines: Vec<Lifeline>,
    services: Vec<Service>,
    search_tools: Vec<SearchTool>,
    left_unopened: Vec<LeftUnopened>,
    tenants: Vec<Tenants>,
    unfreeable: Labels,
    edges: Edges,
}

impl Ruleset {
    /// The id: from the policy's hash, the content's hash, what is shipped as left unopened, and the version of the
    /// compiler.
    pub fn id(&self) -> &Arc<str> {
        &self.id
    }

    /// The hash of what people decided.
    pub fn policy_hash(&self) -> blake3::Hash {
        self.policy_hash
    }

    /// The policy document this was compiled from.
    pub fn source(&self) -> &Arc<PolicySource> {
        &self.source
    }

    /// The compiled lists.
    pub fn content(&self) -> &Arc<Content> {
        &self.content
    }

    /// Whether only help and lifelines are open, because no policy could be loaded ("no internet until it is safe").
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// The group whose policy judges this subject; the policy `unknown` where there is none.
    pub fn group(&self, subject: &Subject) -> &Group {
        subject.group.as_ref().and_then(|code| self.groups.get(code)).unwrap_or(&self.unknown)
    }

    /// The groups, in no order.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.values()
    }

    /// The policy for people we cannot tell.
    pub fn unknown(&self) -> &Group {
        &self.unknown
    }

    /// The filter level that chooses words fit for the subject.
    pub fn band(&self, subject: &Subject) -> Band {
        self.group(subject).band
    }

    /// Whether a host is an always-open help site, a protected partner or a lifeline, whatever else holds.
    pub fn always_open(&self, host: &Host) -> bool {
        host.suffixes().any(|name| {
            self.index.at(name).iter().any(|posting| matches!(posting.owner, Owner::Help(_) | Owner::Lifeline(_)))
        })
    }

    /// The strict mode that must be forced where this subject reaches this host; nothing where the host is no such
    /// engine's, the group is not held to it, or the host is a help site or a lifeline, which nothing leads elsewhere
    /// (practice 15, 16). Holds for every door alike: DNS answers with it, the proxy connects to it.
    pub fn strict_search(&self, subject: &Subject, host: &Host) -> Option<StrictSearch> {
        let strict = search_engines::strict_search(host, self.group(subject).strict_search)?;
        (!self.always_open(host)).then_some(strict)
    }

    /// The next moment at which any verdict of this ruleset may change by itself (a schedule's, lesson's or
    /// suspension's edge), microseconds since 1970-01-01 UTC; nothing where none is to come. Answers that a client
    /// keeps must not outlive it.
    pub fn next_edge(&self, moment: &Moment) -> Option<i64> {
        self.edges.next(moment)
    }

    /// Whether a tunnel to this host and port may carry bytes that are neither web nor secure web (practice 16).
    pub fn is_listed_tunnel(&self, host: &Host, port: u16) -> bool {
        self.lifelines.iter().any(|lifeline| {
            lifeline.ports.contains(&port) && lifeline.hosts.iter().any(|parent| host.is_within(parent))
        })
    }

    /// Whether a host is a protected partner's (police, the designated officer, social care): its traffic is never
    /// opened, and its name appears in no technical output (practice 11).
    pub fn is_partner(&self, host: &Host) -> bool {
        host.suffixes().any(|name| {
            self.index.at(name).iter().any(|posting| match posting.owner {
                Owner::Help(index) => at(&self.help, index).is_some_and(|help| help.is_partner),
                _ => false,
            })
        })
    }

    /// Every host that must never be blocked by a list: help sites, protected partners and lifelines. Whoever tells
    /// them asks [`Self::is_partner`] first, and tells a partner as “a protected partner” only.
    pub fn always_open_hosts(&self) -> impl Iterator<Item = &str> {
        let help = self.help.iter().map(|help| &*help.host);
        help.chain(self.lifelines.iter().flat_map(|lifeline| lifeline.hosts.iter().map(|host| &**host)))
    }

    /// The lifelines.
    pub fn lifelines(&self) -> &[Lifeline] {
        &self.lifelines
    }

    /// The services, by index.
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// The rules, by index.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// What the school leaves unopened, by index.
    pub fn left_unopened(&self) -> &[LeftUnopened] {
        &self.left_unopened
    }

    /// Restrictions to some organisations' accounts, in the policy's order.
    pub(crate) fn tenants(&self) -> &[Tenants] {
        &self.tenants
    }

    pub(crate) fn index(&self) -> &HostIndex {
        &self.index
    }

    pub(crate) fn unfreeable(&self) -> Labels {
        self.unfreeable
    }

    pub(crate) fn rule(&self, index: u32) -> Option<&Rule> {
        at(&self.rules, index)
    }

    pub(crate) fn label_rules(&self) -> &[u32] {
        &self.label_rules
    }

    pub(crate) fn emergency(&self, index: u32) -> Option<&Emergency> {
        at(&self.emergencies, index)
    }

    pub(crate) fn lessons(&self) -> impl Iterator<Item = (u32, &Lesson)> {
        (0_u32..).zip(&self.lessons)
    }

    pub(crate) fn suspensions_of(&self, person: &PersonId) -> impl Iterator<Item = (u32, &Suspension)> {
        let indices = self.suspended.get(person).map_or(&[][..], Vec::as_slice);
        indices.iter().filter_map(|&index| at(&self.suspensions, index).map(|suspension| (index, suspension)))
    }

    /// Whether a search with this tool lacks the tool's strict parameter (F-10). Pages without a search pass as they are.
    pub(crate) fn needs_strict(&self, tool: u32, address: &Address) -> bool {
        let Some(tool) = at(&self.search_tools, tool) else { return false };
        let Some((name, value)) = &tool.strict else { return false };
        let Some((_, query)) = address.path_and_query().split_once('?') else { return false };
        let pairs = || url::form_urlencoded::parse(query.as_bytes());
        let is_search = pairs().any(|(key, _)| key == tool.query_parameter.as_ref());
        let mut strict = pairs().filter(|(key, _)| key == name.as_ref());
        let is_strict = strict.next().is_some_and(|(_, found)| found == value.as_ref()) && strict.next().is_none();
        is_search && !is_strict
    }
}

/// The item at an index that was made by the compiler of the same ruleset.
pub(crate) fn at<T>(items: &[T], index: u32) -> Option<&T> {
    items.get(usize::try_from(index).ok()?)
}
