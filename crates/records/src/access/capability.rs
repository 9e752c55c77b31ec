//! The capabilities, and which duty or kind of person has which.

use super::Duty;

/// What somebody may be able to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capability {
    /// Set the school up: once, from the console.
    SetUp,
    /// Sign in and keep one's own password and key.
    SignIn,
    /// See who is who: names, classes.
    ReadDirectory,
    /// See a person's record.
    ReadPerson,
    /// Add and change people, classes and relations.
    ChangePeople,
    /// See hidden addresses, court orders, needs.
    ReadConfidential,
    /// Change them.
    ChangeConfidential,
    /// Give duties to people.
    AssignDuties,
    /// Record that somebody is away.
    RecordAbsence,
    /// Open a file or add to one, without being able to read it.
    RaiseConcern,
    /// See which files there are.
    ListFiles,
    /// Read a file.
    ReadFile,
    /// Admit, remove, close, mend.
    ManageFile,
    /// Place and lift holds.
    PlaceHold,
    /// Erase, with a second person.
    Erase,
    /// Read settings.
    ReadSettings,
    /// Change settings and the calendar.
    ChangeSettings,
    /// Change a trust's floors and defaults.
    ChangeTrustSettings,
    /// Read the gate's policy.
    ReadPolicy,
    /// Put a version of the gate's policy in force.
    ChangePolicy,
    /// Change what the gate knows of networks and devices.
    ChangeNetwork,
    /// Open a set of sites for a lesson.
    SetLesson,
    /// Suspend somebody's access.
    Suspend,
    /// Block for everyone at once.
    EmergencyBlock,
    /// Read the audit log.
    ReadAudit,
    /// Verify the audit log.
    VerifyAudit,
    /// Make and close accounts.
    ManageAccounts,
    /// Name custodians.
    ManageKeys,
    /// Recover sealed records.
    Recover,
    /// Take emergency access.
    TakeEmergencyAccess,
    /// Review emergency access.
    ReviewEmergencyAccess,
    /// Read an individual's history.
    ReadHistory,
    /// Export records.
    ExportRecords,
    /// Make and restore backups.
    BackUp,
    /// See counts without names.
    ReadCounts,
}

impl Capability {
    /// Whether the holder of a duty has it (catalogue Part 2).
    pub fn is_of(self, duty: Duty) -> bool {
        match duty {
            Duty::Head | Duty::DesignatedLead => !matches!(self, Self::SetUp),
            _ => matches!(self, Self::SignIn | Self::ReadDirectory | Self::RaiseConcern),
        }
    }
}
