//! A person's private half under what a passkey of theirs derives (`WebAuthn` Level 3, the PRF extension): it unlocks as the password
//! does, and nothing that is stored can derive it.

use super::{
    holder::Unlocked,
    statements::{ADD_PASSKEY_WRAP, CURRENT_KEY, PASSKEY_WRAP},
    stretch::{Stretched, Wrap, salt},
    suite::Bound,
};
use crate::{Entered, Fault, id, store::Transaction};
use std::sync::Arc;

/// How long the output of a passkey is, in bytes.
pub(crate) const OUTPUT: usize = 32;

/// Wraps an unlocked key under a passkey's output. Expects an act whose entry tells of it.
pub(crate) async fn wrap_by_passkey(
    entered: &mut Entered,
    unlocked: &Unlocked,
    passkey: id::Row,
    output: &[u8; OUTPUT],
) -> Result<(), Fault> {
    let salt = salt()?;
    let bound = bound(unlocked.school, unlocked.person, unlocked.key, &unlocked.private.public()?, passkey);
    let (salt, wrapped) = Stretched::of_output(output, &salt)?.wrap_bytes(salt, &bound, &unlocked.private)?;
    let now = entered.now();
    let values = [
        id::Row::new(now)?.into(),
        unlocked.school.into(),
        passkey.into(),
        unlocked.key.into(),
        salt.into(),
        wrapped.into(),
        now.into(),
    ];
    entered.change(&ADD_PASSKEY_WRAP, &values).await.map(drop)
}

/// Unlocks a person's key in force with a passkey's output; nothing where there is no wrap for that, or the output is another.
pub(crate) async fn unlock_by_passkey(
    t: &mut Transaction,
    (school, person): (id::School, id::Person),
    passkey: id::Row,
    output: &[u8; OUTPUT],
) -> Result<Option<Unlocked>, Fault> {
    let Some(key) = t.row(&CURRENT_KEY, &[school.into(), person.into()]).await? else { return Ok(None) };
    let (key, public): (id::Row, Vec<u8>) = (key.get(0)?, key.get(1)?);
    let Some(row) = t.row(&PASSKEY_WRAP, &[school.into(), passkey.into(), key.into()]).await? else { return Ok(None) };
    let (wrap, salt, wrapped): (id::Row, Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let bound = bound(school, person, key, &public, passkey);
    let private = Stretched::of_output(output, &salt)?.unwrap(&Wrap::of_output(salt, wrapped), &bound);
    match private {
        Some(private) if private.public()? == public => {
            Ok(Some(Unlocked { school, person, key, wrap, private: Arc::new(private) }))
        }
        _ => Ok(None),
    }
}

fn bound(school: id::School, person: id::Person, key: id::Row, public: &[u8], passkey: id::Row) -> Bound {
    Bound::to(&[b"holder by passkey", school.bytes(), person.bytes(), key.bytes(), public, passkey.bytes()])
}
