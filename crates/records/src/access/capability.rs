//! The capabilities, and the one table that says which duty or kind of person has which (catalogue Part 2).
//!
//! A capability is what somebody may do *at all*; whether they may do it to this file, this person, is decided by relation in
//! `decide.rs`. Files are the clearest case: that a chair of governors can read files is worth nothing until a head is the
//! subject of one.

use super::Duty;
use crate::people::Kind;

macro_rules! capabilities {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)*) => {
        /// What somebody may be able to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Capability { $($(#[$doc])* $name,)* }

        impl Capability {
            /// Every capability.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// What it is called.
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
        }
    };
}

capabilities! {
    /// Set the school up: once, from the console.
    SetUp = "set the school up";
    /// See what is not yet done of setting up, and end it.
    FinishSetUp = "finish setting up";
    /// Sign in and keep one's own password and key.
    SignIn = "sign in";
    /// See who is who: names, classes.
    ReadDirectory = "read the directory";
    /// See who holds which duty, who deputises and who is away.
    ReadDuties = "see who holds which duty";
    /// See a person's record.
    ReadPerson = "read a person";
    /// See a child's parents and carers, and who of them may be told.
    AskTelling = "see who may be told";
    /// Add and change people, classes and relations.
    ChangePeople = "change people";
    /// End a relation that keeps somebody to whom concerns come out of a child's file.
    OverruleFamily = "overrule family";
    /// See hidden addresses, court orders, needs.
    ReadConfidential = "read confidential details";
    /// Write them; who writes cannot read them back.
    ChangeConfidential = "write confidential details";
    /// Give duties to people.
    AssignDuties = "give duties";
    /// Agree to a first trust lead whom somebody else proposed.
    AgreeToDuty = "agree to a first trust lead";
    /// Record that somebody is away.
    RecordAbsence = "record absence";
    /// Open a file or add to one, without being able to read it.
    RaiseConcern = "raise a concern";
    /// See which files there are.
    ListFiles = "list files";
    /// Read a file.
    ReadFile = "read a file";
    /// Admit, remove, close, mend.
    ManageFile = "manage a file";
    /// Place and lift holds.
    PlaceHold = "place a hold";
    /// Erase, with a second person.
    Erase = "erase";
    /// Read settings.
    ReadSettings = "read settings";
    /// Change settings and the calendar; each setting also says whose it is.
    ChangeSettings = "change settings";
    /// Say with which accounts of other providers people may sign in: whoever does, decides who can be anybody.
    ManageSignOn = "set other sign-ins up";
    /// Change a trust's floors and defaults.
    ChangeTrustSettings = "change trust settings";
    /// Read the gate's policy.
    ReadPolicy = "read the filter policy";
    /// Put a version of the gate's policy in force.
    ChangePolicy = "change the filter policy";
    /// Change what the gate knows of networks and devices.
    ChangeNetwork = "change networks";
    /// Open a set of sites for a lesson.
    SetLesson = "open a lesson";
    /// Give pupils pictures or words to sign in with.
    HelpPupils = "help pupils sign in";
    /// Exempt a pupil from a password of their own.
    ExemptPupils = "exempt pupils from a password";
    /// See which pupils asked to talk with one, or, looking after children, with anybody; and say that one has.
    HearPupils = "hear pupils who would like to talk";
    /// Suspend somebody's access.
    Suspend = "suspend access";
    /// Block for everyone at once.
    EmergencyBlock = "block for everyone";
    /// Read the audit log.
    ReadAudit = "read the audit log";
    /// Verify the audit log and sign checkpoints.
    VerifyAudit = "verify the audit log";
    /// Make and close accounts.
    ManageAccounts = "manage accounts";
    /// Name custodians.
    ManageKeys = "name custodians";
    /// Recover sealed records with two custodians' codes.
    Recover = "recover";
    /// Make sealed emergency sign-ins for the safe, end them, and review how they were used.
    KeepSealedSignIns = "keep sealed emergency sign-ins";
    /// Use one: nobody's by duty or kind, but whoever's who opened the safe.
    UseSealedSignIn = "use a sealed emergency sign-in";
    /// Take emergency access.
    TakeEmergencyAccess = "take emergency access";
    /// Review emergency access that somebody else took.
    ReviewEmergencyAccess = "review emergency access";
    /// Read an individual's history, once the purpose is given.
    ReadHistory = "read a history";
    /// Export records.
    ExportRecords = "export";
    /// Make and restore backups.
    BackUp = "back up";
    /// Say how the school sends mail, and see whether it does.
    ManageMail = "set mail up";
    /// Keep the contacts outside the school.
    ChangeContacts = "keep contacts";
    /// See counts without names.
    ReadCounts = "read counts";
    /// See every number of those counts, small ones too, and decide what follows from them.
    DecideTrends = "decide on trends";
}

use Capability as C;

/// What everybody of a kind may do.
fn of_kind(kind: Kind) -> &'static [Capability] {
    match kind {
        // “All staff”: own record, guidance, contacts; report concerns at once.
        Kind::Staff => &[C::SignIn, C::ReadDirectory, C::ReadDuties, C::RaiseConcern, C::ReadSettings, C::HearPupils],
        Kind::Governor => &[C::SignIn, C::ReadDuties, C::RaiseConcern, C::ReadSettings],
        Kind::Pupil | Kind::Parent | Kind::Visitor | Kind::Outside => &[C::SignIn, C::RaiseConcern],
    }
}

const HEAD: &[Capability] = &[
    C::FinishSetUp,
    C::KeepSealedSignIns,
    C::ReadPerson,
    C::AskTelling,
    C::ChangePeople,
    C::ReadConfidential,
    C::ChangeConfidential,
    C::AssignDuties,
    C::AgreeToDuty,
    C::RecordAbsence,
    C::ListFiles,
    C::ReadFile,
    C::ManageFile,
    C::PlaceHold,
    C::Erase,
    C::ChangeSettings,
    C::ManageSignOn,
    C::ReadPolicy,
    C::ChangePolicy,
    C::ChangeNetwork,
    C::SetLesson,
    C::HelpPupils,
    C::ExemptPupils,
    C::Suspend,
    C::EmergencyBlock,
    C::ReadAudit,
    C::VerifyAudit,
    C::ManageAccounts,
    C::ManageKeys,
    C::Recover,
    C::TakeEmergencyAccess,
    C::ReviewEmergencyAccess,
    C::ReadHistory,
    C::ExportRecords,
    C::BackUp,
    C::ReadCounts,
    C::DecideTrends,
    C::ManageMail,
    C::ChangeContacts,
];
const DESIGNATED_LEAD: &[Capability] = &[
    C::FinishSetUp,
    C::KeepSealedSignIns,
    C::ReadPerson,
    C::AskTelling,
    C::ChangePeople,
    C::ReadConfidential,
    C::ChangeConfidential,
    C::AgreeToDuty,
    C::RecordAbsence,
    C::ListFiles,
    C::ReadFile,
    C::ManageFile,
    C::PlaceHold,
    C::Erase,
    C::ChangeSettings,
    C::ManageSignOn,
    C::ReadPolicy,
    C::ChangePolicy,
    C::SetLesson,
    C::HelpPupils,
    C::ExemptPupils,
    C::Suspend,
    C::EmergencyBlock,
    C::ReadAudit,
    C::VerifyAudit,
    C::Recover,
    C::TakeEmergencyAccess,
    C::ReviewEmergencyAccess,
    C::ReadHistory,
    C::ExportRecords,
    C::ReadCounts,
    C::DecideTrends,
    C::ChangeContacts,
];
const DEPUTY_DESIGNATED_LEAD: &[Capability] = &[
    C::ReadPerson,
    C::AskTelling,
    C::ReadConfidential,
    C::ChangeConfidential,
    C::AgreeToDuty,
    C::RecordAbsence,
    C::ListFiles,
    C::ReadFile,
    C::ManageFile,
    C::PlaceHold,
    C::ReadPolicy,
    C::SetLesson,
    C::HelpPupils,
    C::ExemptPupils,
    C::Suspend,
    C::EmergencyBlock,
    C::ReadAudit,
    C::VerifyAudit,
    C::Recover,
    C::TakeEmergencyAccess,
    C::ReviewEmergencyAccess,
    C::ReadHistory,
    C::ReadCounts,
    C::DecideTrends,
    C::ChangeContacts,
];
const SENIOR_LEADER: &[Capability] = &[
    C::ReadPerson,
    C::AskTelling,
    C::RecordAbsence,
    C::ChangeSettings,
    C::ReadPolicy,
    C::SetLesson,
    C::HelpPupils,
    C::Suspend,
    C::EmergencyBlock,
    C::VerifyAudit,
    C::TakeEmergencyAccess,
    C::ReviewEmergencyAccess,
    C::ReadCounts,
    C::ChangeContacts,
];
/// Hears what is about the head, as the trust lead what is about the chair, and keeps such files; counts otherwise. Gives duties
/// and names custodians, because nobody gives duties to themselves, nobody may see two custodians' codes, and a school may lose
/// its head.
const CHAIR: &[Capability] = &[
    C::HearPupils,
    C::KeepSealedSignIns,
    C::AssignDuties,
    C::AgreeToDuty,
    C::ManageAccounts,
    C::ManageKeys,
    C::OverruleFamily,
    C::ListFiles,
    C::ReadFile,
    C::ManageFile,
    C::PlaceHold,
    C::Erase,
    C::ReadPolicy,
    C::VerifyAudit,
    C::Recover,
    C::ReviewEmergencyAccess,
    C::ReadCounts,
];
const TRUST_LEAD: &[Capability] = &[
    C::HearPupils,
    C::ReadDuties,
    C::AssignDuties,
    C::ManageAccounts,
    C::ManageKeys,
    C::OverruleFamily,
    C::ListFiles,
    C::ReadFile,
    C::ManageFile,
    C::PlaceHold,
    C::Erase,
    C::ReadSettings,
    C::ChangeTrustSettings,
    C::ReadPolicy,
    C::VerifyAudit,
    C::Recover,
    C::ReadCounts,
];

/// What the holder of a duty may do, beside what everybody of their kind may.
fn of_duty(duty: Duty) -> &'static [Capability] {
    match duty {
        Duty::Head => HEAD,
        Duty::DesignatedLead => DESIGNATED_LEAD,
        Duty::DeputyDesignatedLead => DEPUTY_DESIGNATED_LEAD,
        Duty::SeniorLeader => SENIOR_LEADER,
        Duty::OnlineSafetyLead => &[
            C::ChangeSettings,
            C::ManageSignOn,
            C::ReadPolicy,
            C::ChangePolicy,
            C::ChangeNetwork,
            C::SetLesson,
            C::EmergencyBlock,
            C::ManageMail,
            C::ChangeContacts,
            C::ReadCounts,
        ],
        Duty::Governor => &[C::ReadCounts],
        Duty::LeadGovernor => &[C::ReadPolicy, C::VerifyAudit, C::ReadCounts],
        Duty::Chair => CHAIR,
        Duty::TrustLead => TRUST_LEAD,
        // “Must not read safeguarding narrative; must not change the filter without assessment.”
        Duty::Technician => &[
            C::FinishSetUp,
            C::ReadPolicy,
            C::ChangeNetwork,
            C::VerifyAudit,
            C::ManageAccounts,
            C::HelpPupils,
            C::BackUp,
            C::ManageMail,
        ],
        Duty::DataProtection => &[
            C::ReadPerson,
            C::PlaceHold,
            C::Erase,
            // Often nobody's employee here, who would read them as staff does.
            C::ReadSettings,
            C::ChangeSettings,
            C::ReadPolicy,
            C::ReadAudit,
            C::VerifyAudit,
            C::ReadHistory,
            C::ExportRecords,
            C::ReadCounts,
        ],
        Duty::BehaviourLead => &[C::ReadPerson, C::AskTelling, C::Suspend],
        Duty::NeedsCoordinator => &[C::ReadPerson, C::AskTelling, C::HelpPupils, C::ExemptPupils],
        Duty::FamilyLiaison => &[C::ReadPerson, C::AskTelling],
        Duty::Office => &[
            C::ReadPerson,
            C::AskTelling,
            C::ChangePeople,
            C::ChangeConfidential,
            C::RecordAbsence,
            C::HelpPupils,
            C::ChangeContacts,
        ],
        // A teacher reads the records of their own classes; `decide.rs` holds them to it.
        Duty::Teacher => &[C::ReadPerson, C::AskTelling, C::SetLesson, C::HelpPupils],
    }
}

impl Capability {
    /// Whether the holder of a duty has it.
    pub fn is_of(self, duty: Duty) -> bool {
        of_duty(duty).contains(&self)
    }

    /// Whether everybody of a kind has it.
    pub fn is_of_kind(self, kind: Kind) -> bool {
        of_kind(kind).contains(&self)
    }
}
