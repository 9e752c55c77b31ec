//! The commands of the records, each a file; the same verbs as the pages use, by somebody who signs in.

mod account;
mod admin;
mod audit;
mod backup;
mod calendar;
mod custodian;
mod details;
mod duty;
mod emergency;
mod erase;
mod file;
mod file_print;
mod gate;
mod hold;
mod holder;
mod log_print;
mod person;
mod policy;
mod relation;
mod restore;
mod school;
mod set_up;
mod setting;
mod store;
mod surroundings;
mod written;

pub use set_up::token_at_start;
use surroundings::Opened;
pub use surroundings::{AsWhom, OfSchool, Surroundings, Where};

use clap::Subcommand;

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Setting a school up: once, at the machine's console.
    #[command(subcommand)]
    School(school::School),
    /// The first run in a browser: its one-time token.
    #[command(subcommand)]
    SetUp(set_up::SetUp),
    /// At the machine's console: a school in which nobody can sign in any more.
    #[command(subcommand)]
    Admin(admin::Admin),
    /// People: adding, changing, leaving, and a list from a file.
    #[command(subcommand)]
    Person(person::Person),
    /// Classes, and who learns and teaches in them.
    #[command(subcommand)]
    Class(person::Class),
    /// Duties: who holds which, who deputises, who is away.
    #[command(subcommand)]
    Duty(duty::Duty),
    /// The audit log: verify it, sign where it stands, read it.
    Audit(audit::Audit),
    /// Shows what the store is and how much it holds.
    Store(store::Store),
    /// Backups: makes one, lists them, checks one.
    Backup(backup::Backup),
    /// Restores a backup with the recovery codes of two custodians, into a store that does not hold its school.
    Restore(restore::Restore),
    /// Accounts: who may sign in.
    Account(account::Account),
    /// Custodians: the people any two of whom recover what is sealed.
    Custodian(custodian::Custodian),
    /// Who waits to be let in to what is sealed, and letting them in.
    Holder(holder::Holder),
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
    /// Emergency access, its review, and saying why a history is looked at.
    Emergency(emergency::Emergency),
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
            Self::School(school) => school.run(surroundings),
            Self::SetUp(set_up) => set_up.run(surroundings),
            Self::Admin(admin) => admin.run(surroundings),
            Self::Person(person) => person.run(surroundings),
            Self::Class(class) => class.run(surroundings),
            Self::Duty(duty) => duty.run(surroundings),
            Self::Audit(audit) => audit.run(surroundings),
            Self::Store(store) => store.run(surroundings),
            Self::Backup(backup) => backup.run(surroundings),
            Self::Restore(restore) => restore.run(surroundings),
            Self::Account(account) => account.run(surroundings),
            Self::Custodian(custodian) => custodian.run(surroundings),
            Self::Holder(holder) => holder.run(surroundings),
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
            Self::Emergency(emergency) => emergency.run(surroundings),
        }
    }
}
