//! What is sealed to one person's own key pair: it opens once their password was right, and for nobody else.

use super::{
    holder::Unlocked,
    suite::{Bound, seal_to},
};
use crate::{Fault, id};
use zeroize::Zeroizing;

/// Seals something to the key pair that is unlocked. `what` says what it is for, `row` where it stands; it opens nowhere else.
pub(crate) fn seal_own(unlocked: &Unlocked, what: &[u8], row: id::Row, plain: &[u8]) -> Result<Vec<u8>, Fault> {
    seal_to(&unlocked.private.public()?, what, &bound(unlocked, row), plain)
}

/// Opens it again; nothing where it was altered or belongs elsewhere.
pub(crate) fn open_own(unlocked: &Unlocked, what: &[u8], row: id::Row, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    unlocked.private.open(what, &bound(unlocked, row), sealed)
}

fn bound(unlocked: &Unlocked, row: id::Row) -> Bound {
    let Unlocked { school, person, key, .. } = unlocked;
    Bound::to(&[b"own", school.bytes(), person.bytes(), key.bytes(), row.bytes()])
}
