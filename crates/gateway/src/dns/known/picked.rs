//! Picking the records that are passed on.
//!
//! Of the answer section: the links of the chain, the records of the asked type that belong to its last name, and
//! signatures of both. Everything else was not asked for and could be planted. Of the authorities: what says how long
//! "no such name" holds, and the proofs that a client needs who checks signatures itself. Nothing of the last section.

use super::{
    UNSAID,
    body::missing_entry,
    chain::{Chain, dname_target},
    message::{Data, Entry, Message},
    service::{self, Cleaned},
};
use hickory_proto::{
    op::ResponseCode,
    rr::{Name, RData, RecordType, rdata::SVCB},
};
use std::net::IpAddr;

/// Most records that answer; more are left out. No name needs more, and a client could not take them in.
const MOST_ANSWERS: usize = 64;
/// Most signatures, and most proofs.
const MOST_SIGNATURES: usize = 32;

/// What is passed on.
pub(super) struct Picked<'a> {
    pub(super) answers: Vec<Entry<'a>>,
    pub(super) authorities: Vec<Entry<'a>>,
    /// Names that the records lead to: of services, and of DNAME where that was asked for.
    pub(super) targets: Vec<Name>,
    /// Whether something was taken out of the records that answer, so that their signatures do not fit any more.
    pub(super) is_changed: bool,
    /// Whether it led to nothing but null addresses, as filtering services answer.
    pub(super) is_null: bool,
    /// Whether upstream only says who else to ask: it is no service for clients.
    pub(super) is_referral: bool,
    /// Seconds.
    pub(super) life: u32,
}

impl<'a> Picked<'a> {
    /// Picks. `dnssec` says whether signatures were asked for.
    pub(super) fn pick(
        message: &Message<'a>,
        chain: &Chain,
        dnssec: bool,
        may_lead_to: &dyn Fn(IpAddr) -> bool,
    ) -> Self {
        let last = chain.last().unwrap_or(&message.asked);
        let mut picked = Self::empty();
        let mut found: Vec<Entry<'a>> = Vec::new();
        for (place, entry) in message.answers.iter().enumerate() {
            if let Some(owner) = chain.link(place) {
                picked.answers.push(Entry { name: owner.clone(), ..entry.clone() });
            } else if entry.kind == message.kind && entry.name == *last && entry.kind != RecordType::CNAME {
                found.push(Entry { name: last.clone(), ..entry.clone() });
            } else if dname_target(entry).is_some_and(|target| chain.is_redirected_by(&entry.name, &target)) {
                picked.answers.push(entry.clone());
            }
        }
        let found_life = shortest(&found);
        picked.is_null = is_null(&found);
        picked.clean(found, may_lead_to);
        if dnssec {
            picked.sign(message, last);
        }
        let is_missing = !picked.answers.iter().any(|entry| entry.kind == message.kind && is_final(entry, last, chain));
        picked.prove(message, last, is_missing, dnssec);
        picked.is_referral = message.code == ResponseCode::NoError
            && message.answers.is_empty()
            && !picked.authorities.iter().any(|entry| entry.kind == RecordType::SOA)
            && message.authorities.iter().any(|entry| entry.kind == RecordType::NS);
        let missing_life = is_missing.then(|| picked.missing_life());
        let lives = [shortest(&picked.answers), found_life, missing_life];
        picked.life = lives.into_iter().flatten().min().unwrap_or(UNSAID);
        picked
    }

    const fn empty() -> Self {
        Self {
            answers: Vec::new(),
            authorities: Vec::new(),
            targets: Vec::new(),
            is_changed: false,
            is_null: false,
            is_referral: false,
            life: 0,
        }
    }

    /// Takes over the records that answer, but for what no client is to have.
    fn clean(&mut self, found: Vec<Entry<'a>>, may_lead_to: &dyn Fn(IpAddr) -> bool) {
        let before = found.len();
        let mut kept = 0;
        for mut entry in found {
            let cleaned = match &mut entry.data {
                Data::Read(RData::A(address)) if !may_lead_to(address.0.into()) => Cleaned::Gone,
                Data::Read(RData::AAAA(address)) if !may_lead_to(address.0.into()) => Cleaned::Gone,
                Data::Read(RData::SVCB(service)) => self.clean_service(service, may_lead_to),
                Data::Read(RData::HTTPS(service)) => self.clean_service(&mut service.0, may_lead_to),
                Data::Unreadable => Cleaned::Gone,
                Data::Raw(_) if entry.kind == RecordType::DNAME => match dname_target(&entry) {
                    Some(target) => {
                        self.targets.push(target);
                        Cleaned::Intact
                    }
                    None => Cleaned::Gone,
                },
                Data::Read(_) | Data::Raw(_) => Cleaned::Intact,
            };
            self.is_changed |= cleaned == Cleaned::Changed;
            if cleaned != Cleaned::Gone && kept < MOST_ANSWERS {
                kept += 1;
                self.answers.push(entry);
            }
        }
        self.is_changed |= kept < before;
    }

    fn clean_service(&mut self, service: &mut SVCB, may_lead_to: &dyn Fn(IpAddr) -> bool) -> Cleaned {
        let cleaned = service::clean(service, may_lead_to);
        // The root stands for the record's own name (RFC 9460 §2.5).
        if cleaned != Cleaned::Gone && !service.target_name.is_root() {
            self.targets.push(service.target_name.clone());
        }
        cleaned
    }

    /// Takes over the signatures of what was taken over, but not those of a set that was changed.
    fn sign(&mut self, message: &Message<'a>, last: &Name) {
        let signatures: Vec<Entry<'a>> = message
            .answers
            .iter()
            .filter(|signature| {
                signature.covers().is_some_and(|covered| {
                    let is_changed = self.is_changed && covered == message.kind && signature.name == *last;
                    !is_changed
                        && self.answers.iter().any(|entry| entry.kind == covered && entry.name == signature.name)
                })
            })
            .take(MOST_SIGNATURES)
            .cloned()
            .collect();
        self.answers.extend(signatures);
    }

    /// Takes over what the authorities say about a missing name or record, and the proofs that signatures need.
    fn prove(&mut self, message: &Message<'a>, last: &Name, is_missing: bool, dnssec: bool) {
        if self.is_changed {
            // What upstream proves is not what is passed on any more.
            if is_missing {
                self.authorities.push(missing_entry(last, UNSAID));
            }
            return;
        }
        let is_said = |kind: RecordType, owner: &Name| match kind {
            RecordType::SOA => is_missing && owner.zone_of(last),
            RecordType::NSEC | RecordType::NSEC3 => dnssec,
            _ => false,
        };
        let readable = message.authorities.iter().filter(|entry| !matches!(entry.data, Data::Unreadable));
        let said = readable.filter(|entry| match entry.covers() {
            Some(covered) => dnssec && is_said(covered, &entry.name),
            None => is_said(entry.kind, &entry.name),
        });
        self.authorities.extend(said.take(MOST_SIGNATURES).cloned());
    }

    /// How long a missing name or record may be kept (RFC 2308 §5).
    fn missing_life(&self) -> u32 {
        let said = self.authorities.iter().find_map(|entry| match &entry.data {
            Data::Read(RData::SOA(source)) => Some(source.minimum.min(entry.life)),
            _ => None,
        });
        said.unwrap_or(UNSAID)
    }
}

/// Whether a record is one of those that answer, not a link on the way.
fn is_final(entry: &Entry<'_>, last: &Name, chain: &Chain) -> bool {
    entry.name == *last || (entry.kind == RecordType::CNAME && chain.leads_on_from(&entry.name))
}

fn shortest(entries: &[Entry<'_>]) -> Option<u32> {
    entries.iter().map(|entry| entry.life).min()
}

/// Whether there are addresses, and all of them null.
fn is_null(found: &[Entry<'_>]) -> bool {
    let is_null = |entry: &Entry<'_>| match &entry.data {
        Data::Read(data) => data.ip_addr().is_some_and(|address| address.to_canonical().is_unspecified()),
        Data::Raw(_) | Data::Unreadable => false,
    };
    !found.is_empty() && found.iter().all(is_null)
}
