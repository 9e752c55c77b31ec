//! What the log of a backup rests on, and taking it over.

use super::{Choices, header::Header, import::Keys};
use crate::{
    Fault,
    audit::{self, Checked, Foreign, LogKey, MachineKey, Verified},
    file::marks::MarksKey,
    id, seal,
    store::{Place, Transaction, migration_digests},
};
use jiff::Timestamp;

/// The steps of a schema whose log carries the machine's mark.
const MARKED_FROM: usize = 9;

/// What the log of a restored backup rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogProof {
    /// This machine made the backup, and each entry is one that it wrote.
    ThisMachine,
    /// Each entry is one that the machine which made the backup had written. Whose machine that was, only a witness shows.
    ItsMachine,
    /// Some entries are not, and it was restored all the same. They carry no mark here either, so they count for nothing, and
    /// neither does what stands beside them about the same person or thing.
    Broken(Foreign),
    /// The backup is from before backups carried a proof of their log.
    Nothing,
}

impl LogProof {
    /// What the log says of it, where it tells that a backup was restored.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::ThisMachine => "this-machine",
            Self::ItsMachine => "its-machine",
            Self::Broken(_) => "broken",
            Self::Nothing => "nothing",
        }
    }

    /// The same for people.
    pub fn words(self) -> String {
        match self {
            Self::ThisMachine => "Each entry of its log is one that this machine wrote.".to_owned(),
            Self::ItsMachine => "Each entry of its log is one that the machine which made the backup had written. That it was \
                 your machine, only a witness shows."
                .to_owned(),
            Self::Broken(Foreign { first, count }) => format!(
                "{count} entries of its log, the first of them entry {first}, were not written by Holdfast: somebody had altered the \
                 store by then. They count for nothing, and neither does what the log tells beside them of the same person or \
                 thing: whoever they are about may not sign in or act any more."
            ),
            Self::Nothing => "It was made before backups carried a proof of their log: nothing in it shows that Holdfast itself wrote \
                 each entry. Hold it against a witness before you rely on it."
                .to_owned(),
        }
    }
}

/// Puts this machine's mark on the log that was put, entry by entry as each is proven.
///
/// # Errors
/// [`Fault::Damaged`] where an entry is not one that the backup's machine wrote, and nobody chose to restore it all the same.
pub(super) async fn adopt_log(
    t: &mut Transaction,
    header: &Header,
    keys: &Keys,
    place: &Place,
    may_be_broken: bool,
) -> Result<LogProof, Fault> {
    if header.steps.len() < MARKED_FROM {
        // It is marked with the step that begins marks.
        return Ok(LogProof::Nothing);
    }
    let machine = MachineKey::read(place).ok();
    let is_this_machines = machine.as_ref().is_some_and(|machine| match &keys.log {
        Some(log) => *log == LogKey::of(machine, &header.school, header.made_at),
        None => keys.marks == Some(MarksKey::of(machine, &header.school)),
    });
    let checked = match (&keys.log, &machine) {
        (Some(log), _) => Checked::ByBackup(log),
        (None, Some(machine)) if is_this_machines => Checked::ByMachine(machine),
        (None, _) if header.steps.len() == migration_digests().len() => {
            return Err(Fault::Damaged(
                "The proof of its log was taken out of this backup: whoever makes one of this form puts it in. Nothing was restored. \
                 Take another one."
                    .to_owned(),
            ));
        }
        (None, _) => {
            audit::adopt(t, &header.school).await?;
            return Ok(LogProof::Nothing);
        }
    };
    match audit::adopt_checked(t, &header.school, checked).await? {
        None if is_this_machines => Ok(LogProof::ThisMachine),
        None => Ok(LogProof::ItsMachine),
        Some(foreign) if may_be_broken => Ok(LogProof::Broken(foreign)),
        Some(Foreign { first, count }) => Err(Fault::Damaged(format!(
            "{count} entries of the log in this backup, the first of them entry {first}, were not written by Holdfast on the machine \
             that made it: somebody had altered the store by then. Nothing was restored. Restore the backup before it. If there is \
             none, restore this one with --unproven-log: those entries then count for nothing here either, nor does what the log tells \
             beside them of the same person or thing, and verifying goes on telling of them."
        ))),
    }
}

/// Refuses a backup that this machine is not shown to have made, where it has kept the log of the school itself: anybody can seal
/// one of their own to the custodians. A witness that its log holds against shows it, or somebody says that it is so.
pub(super) fn refuse_a_strangers(
    is_known: bool,
    log: LogProof,
    verified: &Verified,
    choices: &Choices<'_>,
) -> Result<(), Fault> {
    let is_shown = verified.is_witnessed && verified.is_whole();
    if !is_known || log == LogProof::ThisMachine || is_shown || choices.unproven_log {
        return Ok(());
    }
    Err(Fault::wrong(
        "This machine has kept the log of this school, and nothing shows that it made this backup: whoever knows the public halves \
         of the custodians' keys could have written it. Nothing was restored. Hold it against checkpoints that were kept outside, \
         with --witness FILE; its log must be whole against them. If you know the machine that made it and have no witness, restore \
         it with --unproven-log.",
    ))
}

/// Refuses to restore a log in part altered into which no head and no safeguarding lead could sign in: nobody could set it right.
pub(super) async fn refuse_without_a_way_in(
    t: &mut Transaction,
    school: id::School,
    now: Timestamp,
) -> Result<(), Fault> {
    let shut: Vec<&str> =
        seal::without_a_way_in(t, school, now).await?.into_iter().map(crate::access::Duty::title).collect();
    if shut.is_empty() {
        return Ok(());
    }
    Err(Fault::Damaged(format!(
        "Somebody had altered what the log of this backup tells of its people, so that nobody could sign in here as: {}. Console \
         recovery would not help them. Nothing was restored. Restore the backup before it.",
        shut.join(", ")
    )))
}
