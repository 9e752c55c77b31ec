//! What an upstream name service said: read once, freed of what would lead round the filter, and kept in a form that is
//! quickly written out again.
//!
//! [`Known::read`] takes a message apart ([`message`]), follows the names from the asked one to the last ([`chain`]),
//! keeps the records that belong to them and nothing else ([`picked`]), takes parameters and addresses out that no
//! client is to have ([`service`], [`AnswerRules`]), and encodes the rest once ([`body`]). Records of types that need
//! no understanding pass byte for byte, so that signatures still fit.

pub(super) mod body;
mod chain;
mod message;
mod picked;
mod service;

use super::question::{Ask, host_of};
use crate::destination::{Destinations, special};
use body::Body;
use chain::Chain;
use hickory_proto::{op::ResponseCode, rr::RecordType};
use holdfast_core::host::Host;
use message::Message;
use picked::Picked;
use std::{net::IpAddr, time::Duration};

/// The longest that anything is kept (RFC 2308 §5 and RFC 8767 §4 allow more).
const LONGEST: u32 = 24 * 60 * 60;
/// How long "no such name" is kept where upstream does not say, seconds.
const UNSAID: u32 = 30;

/// An upstream answer, ready to be given. Holds nothing of any client and no verdict.
#[derive(Debug)]
pub(crate) struct Known {
    /// No error, or no such name. Every other code is an [`AnswerFault`].
    pub(crate) code: ResponseCode,
    /// Every further name that the answer leads over: CNAME and DNAME targets, SVCB and HTTPS targets. Each is judged.
    pub(crate) chain: Box<[Host]>,
    /// How long it may be kept: the shortest time to live of its records, or what its SOA says where it has no answer.
    /// Zero means that it is good for this one question.
    pub(crate) life: Duration,
    /// Whether the upstream itself filtered the name, by its own words (RFC 8914) or a null address (F-27).
    pub(crate) upstream_blocked: bool,
    /// Its size in the cache, bytes.
    pub(crate) weight: usize,
    /// Whether upstream checked the signatures (AD) and nothing was changed since.
    pub(super) authentic: bool,
    /// The records.
    pub(super) body: Body,
}

/// What an answer is held against.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AnswerRules<'a> {
    /// What may lead where.
    pub(crate) destinations: &'a Destinations,
    /// Whether the name is of the school's own zone and may lead to private addresses.
    pub(crate) is_local: bool,
}

/// Why an upstream's answer cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AnswerFault {
    /// It cannot be read.
    Malformed,
    /// It can be read, and what it says about this name is nothing that could be given: a loop, more links than anybody
    /// needs, a name that cannot be judged, a code that is about the name, somebody else to ask. Whoever owns the name
    /// decides that, so it says nothing about the upstream.
    Unusable,
    /// The upstream says it failed (SERVFAIL).
    Failed,
    /// The upstream will not serve us (REFUSED, NOTIMP and the like).
    Refused,
}

impl Known {
    /// Reads an upstream's whole answer, whose fit to the question has been checked.
    pub(crate) fn read(bytes: &[u8], ask: &Ask, rules: AnswerRules<'_>) -> Result<Self, AnswerFault> {
        let message = Message::read(bytes, ask).ok_or(AnswerFault::Malformed)?;
        match message.code {
            ResponseCode::NoError | ResponseCode::NXDomain => (),
            // Some filtering services say so under a code that would otherwise mean a broken service.
            ResponseCode::ServFail | ResponseCode::Refused if message.says_filtered => {
                let body = Body::missing(&message.asked, message.kind, UNSAID).ok_or(AnswerFault::Malformed)?;
                return Ok(Self::new(ResponseCode::NXDomain, Box::default(), UNSAID, body).blocked_upstream());
            }
            ResponseCode::ServFail => return Err(AnswerFault::Failed),
            // BADVERS is read as BADSIG, which has the same number.
            ResponseCode::Refused
            | ResponseCode::NotImp
            | ResponseCode::FormErr
            | ResponseCode::BADVERS
            | ResponseCode::BADSIG => return Err(AnswerFault::Refused),
            _ => return Err(AnswerFault::Unusable),
        }
        let chain = Chain::follow(&message).ok_or(AnswerFault::Unusable)?;
        let may_lead_inside = rules.may_lead_inside(ask.host().as_ref());
        let may_lead_to = |address| rules.may_lead_to(address, may_lead_inside);
        let picked = Picked::pick(&message, &chain, ask.dnssec, &may_lead_to);
        if picked.is_referral {
            return Err(AnswerFault::Unusable);
        }
        let hosts = hosts(&chain, &picked, ask).ok_or(AnswerFault::Unusable)?;
        let body = Body::of(&message.asked, message.kind, &picked.answers, &picked.authorities);
        let body = body.ok_or(AnswerFault::Unusable)?;
        let mut known = Self::new(message.code, hosts, picked.life, body);
        known.authentic = message.is_authentic && !picked.is_changed;
        Ok(if message.says_filtered || picked.is_null { known.blocked_upstream() } else { known })
    }

    fn new(code: ResponseCode, chain: Box<[Host]>, seconds: u32, body: Body) -> Self {
        let names: usize = chain.iter().map(|host| size_of::<Host>() + host.as_str().len()).sum();
        let weight = size_of::<Self>() + names + body.weight();
        let life = Duration::from_secs(seconds.min(LONGEST).into());
        Self { code, chain, life, upstream_blocked: false, weight, authentic: false, body }
    }

    fn blocked_upstream(self) -> Self {
        Self { upstream_blocked: true, ..self }
    }

    /// The addresses it holds, for ourselves.
    pub(crate) fn addresses(&self) -> Vec<IpAddr> {
        self.body.addresses()
    }
}

impl AnswerRules<'_> {
    /// Whether this name may lead to the school's own servers.
    fn may_lead_inside(self, asked: Option<&Host>) -> bool {
        let listed = asked.and_then(|host| self.destinations.listed_for(host));
        self.is_local || listed.is_some_and(|listed| listed.allow_private)
    }

    /// Whether an answer may hold this address. The proxy holds the same rules against every connection; here they
    /// keep devices that do not use it from being led inside by an outside name (DNS rebinding).
    fn may_lead_to(self, address: IpAddr, may_lead_inside: bool) -> bool {
        let address = address.to_canonical();
        let is_of = |own: &IpAddr| own.to_canonical() == address;
        if self.destinations.listed_networks.iter().any(|network| network.contains(&address)) {
            return true;
        }
        match special(address) {
            Some(special) => may_lead_inside && special.may_be_a_school_server(),
            None => may_lead_inside || !self.destinations.own_addresses.iter().any(is_of),
        }
    }
}

/// The further names to be judged, each once; nothing where one of them is no name that could be judged. An address's
/// name may lead over names that are no hosts (RFC 2317 §4: `64/26.2.0.192.in-addr.arpa`). They are no sites, and what
/// stands at the end of them leads nowhere by itself, so they are passed over.
fn hosts(chain: &Chain, picked: &Picked<'_>, ask: &Ask) -> Option<Box<[Host]>> {
    let mut hosts: Vec<Host> = Vec::new();
    let asked = ask.host();
    for name in chain.further().iter().chain(&picked.targets) {
        let host = match host_of(name.iter()) {
            Some(host) => host,
            None if ask.kind == u16::from(RecordType::PTR) => continue,
            None => return None,
        };
        if asked.as_ref() != Some(&host) && !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    Some(hosts.into())
}

/// Types whose data may hold compressed names (RFC 3597 §4) and that hickory reads: they are decoded and encoded anew.
fn holds_names(kind: RecordType) -> bool {
    use RecordType::{CNAME, MX, NAPTR, NS, PTR, SOA, SRV};
    matches!(kind, CNAME | MX | NAPTR | NS | PTR | SOA | SRV)
}

/// Types whose data may hold compressed names and that nobody uses any more (RFC 3597 §4: MD, MF, MB, MG, MR, MINFO,
/// RP, AFSDB, RT, SIG, PX, NXT). Copied, their names would point anywhere, so they are not passed on.
fn is_obsolete(kind: RecordType) -> bool {
    matches!(u16::from(kind), 3 | 4 | 7 | 8 | 9 | 14 | 17 | 18 | 21 | 24 | 26 | 30)
}

#[cfg(test)]
mod tests;
