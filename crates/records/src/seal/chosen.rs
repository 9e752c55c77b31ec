//! The key pair that comes with a password of one's own.
//!
//! Whoever makes or resets an account sees its one-time passphrase, and can keep it with a copy of what it unlocks. So the key
//! pair of that passphrase ends when its person chooses a password.

use super::{
    compartment::{Generation, generations, private_of, rotate, wrap_for},
    holder::{HolderKey, NewWrap, Unlocked, end_key, key_of, vouch_as, wrap_again, write_wrap},
    statements::{ADD_HOLDER_KEY, CURRENT_KEY, VOUCHED},
    suite::{Private, fingerprint, pair},
    waiting::openable,
};
use crate::{Entered, Fault, Records, id};

/// A key pair under a password that its person chose, not yet written.
pub(crate) struct ChosenKey {
    unlocked: Unlocked,
    public: Vec<u8>,
    wrap: NewWrap,
    /// Whether the key that it follows could be used, as the log has it.
    is_trusted: bool,
}

impl ChosenKey {
    /// Makes it, to follow `old`, which the audit log must know: a key that was put in behind our back is not followed.
    pub(crate) async fn new(records: &Records, old: &Unlocked, password: &str) -> Result<Self, Fault> {
        let mut looking = records.looking().await?;
        let followed = key_of(&mut looking, old.school, old.person).await?.filter(|key| key.id == old.key);
        let is_trusted = followed.ok_or_else(replaced)?.is_trusted;
        drop(looking);
        let (id, pair) = (id::Row::new(records.clock().now())?, pair()?);
        let unlocked = Unlocked::made(old.school, old.person, id, pair.private);
        let wrap = wrap_again(&unlocked, password).await?;
        Ok(Self { unlocked, public: pair.public, wrap, is_trusted })
    }

    /// What the audit log says of it.
    pub(crate) fn fingerprint(&self) -> String {
        fingerprint(&self.public)
    }

    /// Puts it in the place of `old`, in an act whose entry says its fingerprint: it opens what the old one opened, is vouched for
    /// as that was, and every compartment gets a new generation.
    pub(crate) async fn follow(self, entered: &mut Entered, old: &Unlocked) -> Result<Unlocked, Fault> {
        let (school, person, now) = (old.school, old.person, entered.now());
        let row = entered.row(&CURRENT_KEY, &[school.into(), person.into()]).await?.ok_or_else(replaced)?;
        if row.get::<id::Row>(0)? != old.key {
            return Err(replaced());
        }
        let (needs_voucher, made_by): (bool, Option<id::Person>) = (row.get(2)?, row.get(4)?);
        let opened = opened_by(entered, old).await?;
        end_key(entered, person).await?;
        let key = HolderKey { id: self.unlocked.key, public: self.public, is_trusted: self.is_trusted, made_by };
        let values = [
            key.id.into(),
            school.into(),
            person.into(),
            key.public.clone().into(),
            needs_voucher.into(),
            made_by.into(),
            now.into(),
        ];
        entered.change_one(&ADD_HOLDER_KEY, &values).await?;
        let vouched = entered.row(&VOUCHED, &[old.key.into(), school.into()]).await?;
        if let Some(vouched) = vouched.filter(|_| self.is_trusted) {
            vouch_as(entered, person, (key.id, &key.public), (vouched.get(0)?, vouched.get(1)?)).await?;
        }
        let wrap = write_wrap(entered, key.id, self.wrap).await?;
        for (generation, private) in &opened {
            wrap_for(entered, generation, private, person, &key).await?;
        }
        let mut compartments: Vec<_> = opened.iter().map(|(generation, _)| generation.compartment).collect();
        compartments.dedup();
        for compartment in compartments {
            rotate(entered, compartment).await?;
        }
        Ok(self.unlocked.by(wrap))
    }
}

/// Every generation that a key opens, compartment by compartment.
async fn opened_by(entered: &mut Entered, key: &Unlocked) -> Result<Vec<(Generation, Private)>, Fault> {
    let t = entered.transaction();
    let mut opened = Vec::new();
    for compartment in openable(t, key).await? {
        for generation in generations(t, key.school, compartment).await? {
            match private_of(t, key, compartment, generation.number).await {
                Ok(private) => opened.push((generation, private)),
                Err(Fault::Locked(_) | Fault::NotFound) => {}
                Err(fault) => return Err(fault),
            }
        }
    }
    Ok(opened)
}

fn replaced() -> Fault {
    Fault::Changed("Your key was replaced meanwhile. Sign in again.".to_owned())
}
