//! What this machine remembers of the log outside the store: its checkpoints, in the folder of the machine's secrets. Whoever
//! rolls the store back, and cannot write there, is found without a witness.

use super::{checkpoint::Checkpoint, copies, key::cannot, revoked};
use crate::{Fault, id, store::Place};
use jiff::Timestamp;
use std::{fs, io::ErrorKind};

/// The newest checkpoint that is remembered; none where there is nothing yet.
pub(super) fn newest(place: &Place, school: &str) -> Result<Option<Checkpoint>, Fault> {
    copies::last_in(&copies::file_in(&place.secrets, school))
}

/// Whether this machine has kept a log of the school, now or before: its checkpoints, those that were put aside too, or what was
/// taken away in any store of it.
pub(crate) fn is_known(place: &Place, school: &str) -> Result<bool, Fault> {
    let files = match fs::read_dir(&place.secrets) {
        Ok(files) => files,
        Err(fault) if fault.kind() == ErrorKind::NotFound => return Ok(false),
        Err(fault) => return Err(cannot(&place.secrets, &fault)),
    };
    let checkpoints = copies::file_in(&place.secrets, school);
    for file in files {
        let file = file.map_err(|fault| cannot(&place.secrets, &fault))?.path();
        if file.file_stem() == checkpoints.file_stem() || revoked::tells_of(&file, school)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Puts what is remembered aside, because somebody restored a backup knowingly: the older state is no roll-back.
pub(crate) fn set_memory_aside(place: &Place, school: id::School, now: Timestamp) -> Result<(), Fault> {
    let file = copies::file_in(&place.secrets, &school.to_string());
    let aside = file.with_extension(format!("before-{}", now.strftime("%Y%m%dT%H%M%SZ")));
    match fs::rename(&file, aside) {
        Err(fault) if fault.kind() != ErrorKind::NotFound => Err(cannot(&file, &fault)),
        _ => Ok(()),
    }
}
