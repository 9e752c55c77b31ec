//! One entry as it is stored, and its hash.

use super::{
    encode::{Encoder, Hash},
    machine::MachineKey,
};
use crate::{
    Fault,
    store::{Row, Value},
};

/// The format that entries are hashed in now.
pub(super) const FORMAT: i64 = 1;

/// One entry, column by column, as the store has it. What is hashed is exactly this text, so that whoever verifies reads
/// nothing into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub school: String,
    pub number: i64,
    pub format: i64,
    /// Microseconds since 1970, UTC.
    pub moment: i64,
    pub actor: String,
    pub act: String,
    pub outcome: String,
    pub resource_kind: String,
    pub resource: Option<String>,
    pub file_kind: Option<String>,
    /// The ids of whom it is about, with a blank between them.
    pub subjects: String,
    pub compartment: Option<String>,
    pub detail: String,
    pub previous_hash: Vec<u8>,
    pub hash: Vec<u8>,
    /// The machine's mark on the hash, which says everything else.
    pub proof: Option<Vec<u8>>,
}

/// What the machine's mark is on.
pub(super) const MARKED: &str = "audit entry 1";

impl Line {
    /// Reads a row of the statements that name all columns in order.
    pub(super) fn of(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            school: row.get(0)?,
            number: row.get(1)?,
            format: row.get(2)?,
            moment: row.get(3)?,
            actor: row.get(4)?,
            act: row.get(5)?,
            outcome: row.get(6)?,
            resource_kind: row.get(7)?,
            resource: row.get(8)?,
            file_kind: row.get(9)?,
            subjects: row.get(10)?,
            compartment: row.get(11)?,
            detail: row.get(12)?,
            previous_hash: row.get(13)?,
            hash: row.get(14)?,
            proof: row.get(15)?,
        })
    }

    /// The machine's mark that belongs to it.
    pub(super) fn mark(&self, key: &MachineKey) -> Vec<u8> {
        key.mark(MARKED, &self.hash).to_vec()
    }

    /// Whether it carries the machine's mark.
    pub(super) fn is_marked(&self, key: &MachineKey) -> bool {
        self.proof.as_ref().is_some_and(|proof| key.is_mark(MARKED, &self.hash, proof))
    }

    /// Whether it is as it was hashed, and carries the machine's mark.
    pub(super) fn is_ours(&self, key: &MachineKey) -> bool {
        self.format == FORMAT && self.hash == self.expected_hash() && self.is_marked(key)
    }

    /// The hash that belongs to it: over the previous hash and every other column.
    pub(super) fn expected_hash(&self) -> Hash {
        Encoder::new("holdfast audit entry")
            .number(self.format)
            .bytes(&self.previous_hash)
            .text(&self.school)
            .number(self.number)
            .number(self.moment)
            .text(&self.actor)
            .text(&self.act)
            .text(&self.outcome)
            .text(&self.resource_kind)
            .text_or_none(self.resource.as_deref())
            .text_or_none(self.file_kind.as_deref())
            .text(&self.subjects)
            .text_or_none(self.compartment.as_deref())
            .text(&self.detail)
            .hash()
    }

    /// Its columns, for storing it.
    pub(super) fn values(self) -> [Value; 16] {
        [
            self.school.into(),
            self.number.into(),
            self.format.into(),
            self.moment.into(),
            self.actor.into(),
            self.act.into(),
            self.outcome.into(),
            self.resource_kind.into(),
            self.resource.into(),
            self.file_kind.into(),
            self.subjects.into(),
            self.compartment.into(),
            self.detail.into(),
            self.previous_hash.into(),
            self.hash.into(),
            self.proof.into(),
        ]
    }
}
