//! Which files may be open: an index for whoever asks what waits in a school with tens of thousands of closed files.
//!
//! Whether a file is open is computed from its facts ([`status()`](super::status())), also of those found here. So one too many here
//! costs a look, and one too few would hide a concern: whatever may open a file adds it, only a closing takes it out, and what is
//! missing is put back when the store is opened and each night.

use super::{
    ground,
    statements::{ADD_OPEN, ADD_OPEN_MISSING, DROP_OPEN, DROP_OPEN_CLOSED},
};
use crate::{
    Entered, Fault, id,
    store::{Store, Transaction},
};

/// A file may be open from now on.
pub(super) async fn may_be_open(entered: &mut Entered, file: id::File) -> Result<(), Fault> {
    let school = entered.session().school;
    entered.change(&ADD_OPEN, &[file.into(), school.into()]).await.map(drop)
}

/// A file was closed; it stays among those that may be open where something was reported in the same moment.
pub(super) async fn was_closed(entered: &mut Entered, file: id::File) -> Result<(), Fault> {
    if ground::standing_of(entered.transaction(), file).await?.is_open {
        return Ok(());
    }
    entered.change(&DROP_OPEN, &[file.into()]).await.map(drop)
}

/// Holds the index against the facts. What fails makes nothing wrong that was right; it is told and tried again the next night.
pub(crate) async fn look_over(store: &Store) {
    let looked = async {
        let mut transaction = store.writing().await?;
        let missing = look_over_in(&mut transaction).await?;
        transaction.commit().await.map(|()| missing)
    };
    match looked.await {
        Ok(0) => {}
        Ok(missing) => tracing::error!(missing, "open files were missing where open ones are looked up; they are back"),
        Err(fault) => tracing::warn!("which files are open could not be looked over: {fault}"),
    }
}

/// How many open ones were missing.
async fn look_over_in(t: &mut Transaction) -> Result<u64, Fault> {
    t.run(&DROP_OPEN_CLOSED, &[]).await?;
    t.run(&ADD_OPEN_MISSING, &[]).await
}
