//! The commands of the records, each a file; the same verbs as the pages use, by somebody who signs in.

mod calendar;
mod backup;
mod erase;
mod file;
mod file_print;
mod hold;
mod gate;
mod policy;
mod restore;
mod store;
mod setting;
mod surroundings;
mod written;

use surroundings::Opened;
pub use surroundings::{AsWhom, OfSchool, Surroundings, Where};

use clap::Subcommand;

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Shows what the store is and how much it holds.
    Store(store::Store),
    /// Backups: makes one, lists them, checks one.
    Backup(backup::Backup),
    /// Restores a backup with the recovery codes of two custodians, into a store that does not hold its school.
    Restore(restore::Restore),
    /// Settings: what is in force, where it comes from, what the sources say.
    Setting(setting::Setting),
    /// A trust's floors and defaults for its schools.
    TrustSetting(setting::TrustSetting),
    /// The school's calendar: terms, closures, watched hours.
    Calendar(calendar::CalendarCommand),
    /// Confidential files: raising, reading, closing, moving to the right child.
    File(file::File),
    /// Holds: what must neither expire nor be erased.
    Hold(hold::Hold),
    /// Erasing, which takes two people.
    Erase(erase::Erase),
    /// The filtering policy: show it, change it, and what it was before.
    Policy(policy::Policy),
    /// What the filter knows of networks, listeners and addresses.
    Network(policy::Network),
    /// Opens sites for a class while a lesson lasts.
    Lesson(gate::Lesson),
    /// Suspends one person's access for a time.
    Suspension(gate::Suspension),
    /// Blocks sites for everyone at once.
    EmergencyBlock(gate::EmergencyBlock),
}

impl Command {
    /// Runs it; what to print.
    pub fn run(self, surroundings: Surroundings) -> Result<String, String> {
        match self {
            Self::Store(store) => store.run(surroundings),
            Self::Backup(backup) => backup.run(surroundings),
            Self::Restore(restore) => restore.run(surroundings),
            Self::Setting(setting) => setting.run(surroundings),
            Self::TrustSetting(setting) => setting.run(surroundings),
            Self::Calendar(calendar) => calendar.run(surroundings),
            Self::Policy(policy) => policy.run(surroundings),
            Self::Network(network) => network.run(surroundings),
            Self::Lesson(lesson) => lesson.run(surroundings),
            Self::Suspension(suspension) => suspension.run(surroundings),
            Self::EmergencyBlock(block) => block.run(surroundings),
            Self::File(file) => file.run(surroundings),
            Self::Hold(hold) => hold.run(surroundings),
            Self::Erase(erase) => erase.run(surroundings),
        }
    }
}
