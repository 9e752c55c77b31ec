//! The head of a backup: what can be read of it without a key.

use crate::Fault;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::io::{Read, Write};

/// The first bytes of every backup. The number is the form's.
const MAGIC: &[u8; 18] = b"holdfast backup 1\n";
/// The longest head that is read. With 20 custodians there are 190 pairs of about 300 bytes each.
const LONGEST: u32 = 256 * 1024;

/// The head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The version of the program that made it.
    pub made_by: String,
    /// When: of the snapshot that it is.
    pub made_at: Timestamp,
    /// The school's id.
    pub school: String,
    /// The school's code.
    pub code: String,
    /// The digests of the schema's steps at that time, in order.
    pub steps: Vec<String>,
    /// Where the audit log stood.
    pub chain: Chain,
    /// The backup's own key, sealed to every pair of custodians; base64.
    pub key: String,
}

/// Where an audit log stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chain {
    /// The number that the next entry would have had.
    pub next_number: i64,
    /// The last entry's hash, in hexadecimal digits.
    pub last_hash: String,
}

impl Header {
    /// What the key is bound to: it opens no other backup.
    pub(super) fn info(school: &str, made_at: Timestamp) -> Vec<u8> {
        format!("holdfast backup 1 {school} {made_at}").into_bytes()
    }

    /// The sealed key.
    pub(super) fn sealed_key(&self) -> Result<Vec<u8>, Fault> {
        BASE64_STANDARD.decode(&self.key).map_err(|_not_base64| not_a_backup())
    }

    /// The head's bytes, which what follows is bound to.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, Fault> {
        let text = serde_json::to_vec(self).map_err(|_not_json| not_a_backup())?;
        let length = u32::try_from(text.len()).ok().filter(|length| *length <= LONGEST).ok_or_else(not_a_backup)?;
        Ok([MAGIC.as_slice(), &length.to_be_bytes(), &text].concat())
    }

    /// Writes it.
    pub(super) fn write(&self, file: &mut impl Write) -> Result<Vec<u8>, Fault> {
        let bytes = self.bytes()?;
        file.write_all(&bytes).map_err(|fault| super::shelf::cannot_write(&fault))?;
        Ok(bytes)
    }

    /// Reads it, and its bytes.
    pub(super) fn read(file: &mut impl Read) -> Result<(Self, Vec<u8>), Fault> {
        let mut start = [0; MAGIC.len() + 4];
        file.read_exact(&mut start).map_err(|_too_short| not_a_backup())?;
        let (magic, length) = start.split_at(MAGIC.len());
        let length = length.first_chunk().map_or(0, |length| u32::from_be_bytes(*length));
        if magic != MAGIC || length > LONGEST {
            return Err(not_a_backup());
        }
        let mut text = vec![0; length as usize];
        file.read_exact(&mut text).map_err(|_too_short| not_a_backup())?;
        let header = serde_json::from_slice(&text).map_err(|_not_json| not_a_backup())?;
        Ok((header, [start.as_slice(), &text].concat()))
    }
}

fn not_a_backup() -> Fault {
    Fault::Damaged("This is no backup of Holdfast's, or its head is damaged. Take another one.".to_owned())
}
