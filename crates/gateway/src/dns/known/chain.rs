//! Following names from the asked one to the one whose records answer.

use super::message::{Data, Entry, Message};
use crate::dns::question::wire_length;
use hickory_proto::{
    rr::{Name, RData, RecordType},
    serialize::binary::BinDecodable,
};

/// Most links of a chain. Browsers' own resolvers give up earlier.
const MOST_LINKS: usize = 16;

/// The names that lead to the answer.
pub(super) struct Chain {
    /// The asked name first, the one that the answer's records belong to last.
    names: Vec<Name>,
    /// Which answer record leads from each name to the next.
    links: Vec<usize>,
}

impl Chain {
    /// Nothing for a loop, and for more links than anybody needs.
    pub(super) fn follow(message: &Message<'_>) -> Option<Self> {
        let mut names = vec![message.asked.clone()];
        let mut links = Vec::new();
        while let Some((link, target)) = next(&message.answers, names.last()?) {
            if links.len() >= MOST_LINKS || names.contains(target) {
                return None;
            }
            names.push(target.clone());
            links.push(link);
        }
        Some(Self { names, links })
    }

    /// The name whose records answer.
    pub(super) fn last(&self) -> Option<&Name> {
        self.names.last()
    }

    /// All names but the asked one.
    pub(super) fn further(&self) -> &[Name] {
        self.names.get(1..).unwrap_or_default()
    }

    /// The name that this answer record leads on from, as it was first written.
    pub(super) fn link(&self, record: usize) -> Option<&Name> {
        let place = self.links.iter().position(|link| *link == record)?;
        self.names.get(place)
    }

    /// Whether a CNAME leads on from this name.
    pub(super) fn leads_on_from(&self, name: &Name) -> bool {
        self.names.iter().take(self.links.len()).any(|linked| linked == name)
    }

    /// Whether a DNAME record accounts for one of the links: it turns that name's end into the next name's (RFC 6672 §2.2).
    pub(super) fn is_redirected_by(&self, owner: &Name, target: &Name) -> bool {
        self.names.iter().zip(self.further()).any(|(from, to)| {
            let front = from.iter().len().checked_sub(owner.iter().len()).filter(|front| *front > 0);
            front.is_some_and(|front| {
                owner.zone_of(from)
                    && target.zone_of(to)
                    && to.iter().len() == front + target.iter().len()
                    && from.iter().take(front).zip(to).all(|(left, right)| left.eq_ignore_ascii_case(right))
            })
        })
    }
}

/// The first CNAME of this name.
fn next<'a>(answers: &'a [Entry<'_>], name: &Name) -> Option<(usize, &'a Name)> {
    answers.iter().enumerate().find_map(|(place, entry)| match &entry.data {
        Data::Read(RData::CNAME(target)) if entry.name == *name => Some((place, &target.0)),
        _ => None,
    })
}

/// Where a DNAME leads. Its target is never compressed (RFC 6672 §2.5); one that is cannot be copied and is no target.
pub(super) fn dname_target(entry: &Entry<'_>) -> Option<Name> {
    match entry.data {
        Data::Raw(raw) if entry.kind == RecordType::DNAME => {
            let name = Name::from_bytes(raw).ok()?;
            (wire_length(&name) == raw.len()).then_some(name)
        }
        _ => None,
    }
}
