//! The store: one SQL text for SQLite (embedded) and PostgreSQL (house.md, Data).
//!
//! One writer at a time on both engines: `BEGIN IMMEDIATE` on SQLite, a lock on the chain's heads on PostgreSQL, taken
//! before anything is read. So each writer sees all that was committed, and nothing is tried twice.
//! `docs/decisions/0012-the-store.md` says why.

mod about;
pub mod clock;
mod engine;
mod fault;
pub mod manifest;
mod many;
mod migrations;
pub mod place;
#[doc(hidden)]
pub mod proof;
mod schema;
mod statement;
mod table;
mod transaction;
mod value;
mod words;

pub use about::{About, Looked, look_at_server, newest_schema};
pub use clock::Clock;
pub(crate) use engine::Engine;
pub(crate) use many::{fifty, grouped, of_all};
use migrations::Taking;
pub(crate) use migrations::hex;
pub use place::Place;
pub(crate) use schema::{Kind, Table, schema};
pub(crate) use statement::{Statement, statements};
pub(crate) use table::is_full;
use transaction::Key;
use transaction::Remembering;
pub(crate) use transaction::Transaction;
pub(crate) use value::{FromColumn, Row, Value, damaged};
pub(crate) use words::words;

use crate::{Fault, audit::Memory};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// The store, opened and of this program's schema. Cloning shares it.
#[derive(Debug, Clone)]
pub struct Store {
    engine: Engine,
    key: Key,
    memory: Option<Arc<Memory>>,
    /// How often something was written since it was opened.
    writes: Arc<AtomicU64>,
}

/// After how many writes the embedded engine is had look over its tables first, in a school that grows from nothing; and how often at
/// least from then on.
const FIRST_LOOK: u64 = 256;
const EVERY_LOOK: u64 = 8192;

impl Store {
    /// Opens the store, making it or bringing its schema up to this program's. One that a newer program wrote is refused
    /// and left as it is.
    pub async fn open(place: &Place, clock: &Clock) -> Result<Self, Fault> {
        let engine = Engine::open(place).await?;
        let opened = Self::open_taking(engine, place, clock, Taking::OnlyOnce).await?;
        Ok(Self { memory: Some(Arc::new(Memory::of(place))), ..opened })
    }

    /// The same of a school that is being restored from a backup, of whatever schema.
    pub(crate) async fn open_restored(place: &Place, clock: &Clock) -> Result<Self, Fault> {
        let engine = Engine::open(place).await?;
        Self::open_taking(engine, place, clock, Taking::Restoring).await
    }

    async fn open_taking(engine: Engine, place: &Place, clock: &Clock, taking: Taking) -> Result<Self, Fault> {
        match migrations::bring_up_to_date(&engine, place, clock, usize::MAX, taking).await {
            Ok((_, key)) => {
                let store = Self::of(engine, key);
                store.take_statistics().await;
                Ok(store)
            }
            Err(fault) => {
                engine.close().await;
                Err(fault)
            }
        }
    }

    fn of(engine: Engine, key: Key) -> Self {
        Self { engine, key, memory: None, writes: Arc::default() }
    }

    /// Opens a store that stands at this many steps, or makes one: for rows that were written in that schema.
    pub(crate) async fn open_at(place: &Place, clock: &Clock, steps: usize) -> Result<Self, Fault> {
        let engine = Engine::open(place).await?;
        let opened = match migrations::bring_up_to_date(&engine, place, clock, steps, Taking::Restoring).await {
            Ok((done, key)) if done == steps => return Ok(Self::of(engine, key)),
            Ok(_) => Err(Fault::wrong(
                "The store is newer than what is to be put into it. Give an empty folder or database; it is brought up to \
                 date afterwards.",
            )),
            Err(fault) => Err(fault),
        };
        engine.close().await;
        opened
    }

    /// Has the embedded engine look how its tables have grown: without that it finds its way by the order that is asked for, and
    /// reads a whole log for one row. The server does so by itself. What fails makes nothing wrong, only slower.
    pub(crate) async fn take_statistics(&self) {
        if let Err(fault) = self.engine.take_statistics().await {
            tracing::warn!("the store could not be looked over, so that pages may be slow: {fault}");
        }
    }

    /// A transaction that only reads.
    pub(crate) async fn reading(&self) -> Result<Transaction, Fault> {
        let remembering = self.remembering();
        Ok(self.engine.reading().await?.with(&self.key).remembering(remembering))
    }

    /// A transaction that alone may write, until it ends.
    pub(crate) async fn writing(&self) -> Result<Transaction, Fault> {
        // A school that is filled in one day would be slow until its first night.
        if has_grown(self.writes.fetch_add(1, Ordering::Relaxed)) {
            self.take_statistics().await;
        }
        let remembering = self.remembering();
        Ok(self.engine.writing().await?.with(&self.key).remembering(remembering))
    }

    /// Looked at before the transaction begins: what lasts by then is there to be seen in it.
    fn remembering(&self) -> Option<Remembering> {
        let memory = self.memory.as_ref()?;
        Some(Remembering { lines: memory.look(), memory: Arc::clone(memory) })
    }

    /// Closes it, once what is under way has ended.
    pub async fn close(&self) {
        self.engine.close().await;
    }
}

/// Whether so many writes may have changed how things are found best: each time that they have doubled, and now and again.
fn has_grown(writes: u64) -> bool {
    writes >= FIRST_LOOK && (writes.is_power_of_two() || writes.is_multiple_of(EVERY_LOOK))
}

/// The digests of the schema's steps, in order.
pub(crate) fn migration_digests() -> Vec<String> {
    migrations::STEPS.iter().map(|step| migrations::digest(step.text)).collect()
}

/// Every statement there is, for the test that prepares each on both engines.
pub(crate) fn all_statements() -> Vec<&'static Statement> {
    let modules: [&[Statement]; 23] = [
        crate::access::statements::ALL,
        crate::accounts::statements::ALL,
        crate::audit::statements::ALL,
        crate::backup::statements::ALL,
        crate::calendar::statements::ALL,
        crate::concern::answer::statements::ALL,
        crate::concern::answer::further::statements::ALL,
        crate::concern::climb::statements::ALL,
        crate::concern::statements::ALL,
        crate::concern::door::statements::ALL,
        crate::concern::trends::statements::ALL,
        crate::contacts::statements::ALL,
        crate::file::erase::rules::ALL,
        crate::file::statements::ALL,
        crate::gate::statements::ALL,
        crate::mail::statements::ALL,
        crate::people::statements::ALL,
        crate::pupil::statements::ALL,
        crate::pupil::heard::statements::ALL,
        crate::seal::statements::ALL,
        crate::settings::statements::ALL,
        crate::sign_on::statements::ALL,
        migrations::ALL,
    ];
    modules.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_looks_again_as_a_school_grows() {
        let looks: Vec<u64> = (0..40_000).filter(|writes| has_grown(*writes)).collect();
        assert_eq!(looks[..6], [256, 512, 1024, 2048, 4096, 8192]);
        assert!(looks.windows(2).all(|pair| pair[1] - pair[0] <= EVERY_LOOK), "{looks:?}");
    }
}
