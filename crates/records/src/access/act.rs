//! What can be done, in the words of the audit log. Each act needs one capability.

use super::Capability;

macro_rules! acts {
    ($($(#[$doc:meta])* $name:ident = $word:literal needs $capability:ident;)*) => {
        /// Something that can be done. In the audit log it goes by its word, which never changes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Act { $($(#[$doc])* $name,)* }

        impl Act {
            /// Every act.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Its word in the audit log.
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// The capability it needs.
            pub fn capability(self) -> Capability {
                match self { $(Self::$name => Capability::$capability,)* }
            }
        }
    };
}

acts! {
    /// A school was set up.
    SchoolSetUp = "school-set-up" needs SetUp;
    /// A step of setting the school up was seen to, or setting up was ended.
    SetUpStepDone = "set-up-step-done" needs FinishSetUp;
    /// A page of the directory was read.
    DirectoryRead = "directory-read" needs ReadDirectory;
    /// Who holds which duty, or who is away, was read.
    DutiesRead = "duties-read" needs ReadDuties;
    /// Somebody was looked for to be given a duty.
    DutyCandidatesRead = "duty-candidates-read" needs AssignDuties;
    /// Whom others proposed as a school's first trust lead was read.
    DutyProposalsRead = "duty-proposals-read" needs AgreeToDuty;
    /// A person's record was read.
    PersonRead = "person-read" needs ReadPerson;
    /// A person was added.
    PersonAdded = "person-added" needs ChangePeople;
    /// A person's record was changed.
    PersonChanged = "person-changed" needs ChangePeople;
    /// Somebody changed what they may of their own record.
    OwnDetailsChanged = "own-details-changed" needs SignIn;
    /// A person left the school.
    PersonLeft = "person-left" needs ChangePeople;
    /// It was looked up who of a child's parents and carers may be told.
    TellingAsked = "telling-asked" needs AskTelling;
    /// A child's parents and carers were read, with how to reach them.
    RelationsRead = "relations-read" needs AskTelling;
    /// A list of people was held against those that are here, without a change.
    ImportPreviewed = "import-previewed" needs ChangePeople;
    /// A list of people was taken in.
    PeopleImported = "people-imported" needs ChangePeople;
    /// A class, or who belongs to it, was changed.
    ClassChanged = "class-changed" needs ChangePeople;
    /// A relation between people was changed.
    RelationChanged = "relation-changed" needs ChangePeople;
    /// Who of those to whom concerns come is recorded as family of a child was read.
    HearersFamilyRead = "hearers-family-read" needs OverruleFamily;
    /// Such a relation was ended by the chair or the trust lead.
    HearersFamilyEnded = "hearers-family-ended" needs OverruleFamily;
    /// Confidential details of a person were read.
    ConfidentialRead = "confidential-read" needs ReadConfidential;
    /// Confidential details of a person were changed.
    ConfidentialChanged = "confidential-changed" needs ChangeConfidential;
    /// A duty was given to somebody.
    DutyGiven = "duty-given" needs AssignDuties;
    /// A school's first trust lead was proposed, for a second person to agree to.
    DutyProposed = "duty-proposed" needs AssignDuties;
    /// A second person agreed to it.
    DutyAgreed = "duty-agreed" needs AgreeToDuty;
    /// A duty ended.
    DutyEnded = "duty-ended" needs AssignDuties;
    /// An absence was recorded or called off.
    AbsenceRecorded = "absence-recorded" needs RecordAbsence;
    /// A file was opened about somebody.
    FileOpened = "file-opened" needs RaiseConcern;
    /// An entry was added to a file.
    EntryAdded = "entry-added" needs RaiseConcern;
    /// Somebody who reads no directory looked for whom they raise a concern about.
    SoughtToRaise = "sought-to-raise" needs RaiseConcern;
    /// Somebody wrote down that they told their concern in person.
    ToldInPerson = "told-in-person" needs RaiseConcern;
    /// References were reserved for paper forms.
    PaperFormsReserved = "paper-forms-reserved" needs RaiseConcern;
    /// A half-written form of one's own was kept, read or thrown away.
    DraftKept = "draft-kept" needs SignIn;
    /// Somebody listed what they reported themselves.
    OwnReportsRead = "own-reports-read" needs SignIn;
    /// A child wants to look later whether what they told was read, or said whether it helped.
    ReceiptKept = "receipt-kept" needs RaiseConcern;
    /// A child chose whom they would like to talk with.
    TrustedChosen = "trusted-chosen" needs SignIn;
    /// A child asked to talk with somebody.
    TalkAsked = "talk-asked" needs SignIn;
    /// Which children would like to talk was read.
    TalksRead = "talks-read" needs HearPupils;
    /// An adult has talked with a child who asked for it, or handed it on.
    TalkAnswered = "talk-answered" needs HearPupils;
    /// Those who look after children were told of a child whom nobody answered; by our own clock.
    TalkPassedOn = "talk-passed-on" needs HearPupils;
    /// A report came through a door at which nobody signs in; by the door itself.
    ReportArrived = "report-arrived" needs RaiseConcern;
    /// Which reports wait was read.
    ReportsListed = "reports-listed" needs ListFiles;
    /// Such a report was opened.
    ReportRead = "report-read" needs ReadFile;
    /// Somebody said that they have it.
    ReportTaken = "report-taken" needs ManageFile;
    /// Of a complaint: by which procedure it goes, at which stage, and by when it is answered.
    ComplaintStaged = "complaint-staged" needs ManageFile;
    /// Such a report was placed in a file of whom it is about.
    ReportPlaced = "report-placed" needs ManageFile;
    /// Such a report was answered otherwise, with a reason.
    ReportAnswered = "report-answered" needs ManageFile;
    /// A list of files was read.
    FilesListed = "files-listed" needs ListFiles;
    /// A file was read.
    FileRead = "file-read" needs ReadFile;
    /// Who can open a file was read.
    HoldersRead = "holders-read" needs ReadFile;
    /// Somebody was admitted to a file.
    HolderAdmitted = "holder-admitted" needs ManageFile;
    /// Who waits to be admitted to what the asker can open was read.
    WaitingRead = "waiting-read" needs ManageFile;
    /// Somebody was taken out of a file.
    HolderRemoved = "holder-removed" needs ManageFile;
    /// A subject was added to a file, and lost any sight of it.
    SubjectAdded = "subject-added" needs ManageFile;
    /// A file was closed or opened again.
    FileClosed = "file-closed" needs ManageFile;
    /// A file was moved from the wrong child to the right one.
    WrongChildMended = "wrong-child-mended" needs ManageFile;
    /// A concern was answered: somebody has it, decided, gave it to somebody, said what is to be done or whether a parent is told.
    ConcernAnswered = "concern-answered" needs ManageFile;
    /// It was written down that something was done about a concern: a call, an action, a parent who was told.
    ConcernWorkedOn = "concern-worked-on" needs RaiseConcern;
    /// A concern turned out to be about an adult who works here, and was divided.
    ConcernRerouted = "concern-rerouted" needs ManageFile;
    /// A hold was placed.
    HoldPlaced = "hold-placed" needs PlaceHold;
    /// A hold was lifted.
    HoldLifted = "hold-lifted" needs PlaceHold;
    /// Records were erased.
    Erased = "erased" needs Erase;
    /// An erasure was proposed, for a second person to agree to.
    ErasureProposed = "erasure-proposed" needs Erase;
    /// A proposal to erase was taken back.
    ErasureWithdrawn = "erasure-withdrawn" needs Erase;
    /// The proposals to erase were read.
    ErasuresListed = "erasures-listed" needs Erase;
    /// Retention ran: what had reached its end was put up for review or erased.
    Expired = "expired" needs Erase;
    /// Files were looked through for words, in memory.
    FilesSearched = "files-searched" needs ReadFile;
    /// A search showed this file.
    FileFound = "file-found" needs ReadFile;
    /// The holds on somebody were read.
    HoldsRead = "holds-read" needs PlaceHold;
    /// What a hold keeps of the gate's log was read.
    HeldLogRead = "held-log-read" needs PlaceHold;
    /// A stretch of a file of the gate's log, past its days, was looked through for what holds keep, before the file goes.
    LogExpired = "log-expired" needs Erase;
    /// What is to be done after something was erased or moved was read.
    FileTasksRead = "file-tasks-read" needs PlaceHold;
    /// Such a task was done.
    FileTaskDone = "file-task-done" needs PlaceHold;
    /// A setting was changed.
    SettingChanged = "setting-changed" needs ChangeSettings;
    /// Somebody asked to change a setting that is not theirs to change; nothing was changed.
    SettingRefused = "setting-refused" needs ChangeSettings;
    /// A contradiction in the policy was settled.
    SettingDecided = "setting-decided" needs ChangeSettings;
    /// The history of a setting or of the calendar was read.
    SettingsRead = "settings-read" needs ReadSettings;
    /// A trust's floor or default was changed.
    TrustSettingChanged = "trust-setting-changed" needs ChangeTrustSettings;
    /// The calendar was changed.
    CalendarChanged = "calendar-changed" needs ChangeSettings;
    /// A version of the gate's policy, or its history, was read.
    PolicyRead = "policy-read" needs ReadPolicy;
    /// The documents of before the school was set up were taken in: once, by the running program.
    DocumentsTakenIn = "documents-taken-in" needs ChangePolicy;
    /// A version of the gate's policy was put in force.
    PolicyChanged = "policy-changed" needs ChangePolicy;
    /// What the gate knows of networks and devices was changed.
    NetworkChanged = "network-changed" needs ChangeNetwork;
    /// A lesson was opened or ended.
    LessonChanged = "lesson-changed" needs SetLesson;
    /// A suspension was placed or ended.
    SuspensionChanged = "suspension-changed" needs Suspend;
    /// An emergency block was placed or ended.
    EmergencyBlockChanged = "emergency-block-changed" needs EmergencyBlock;
    /// The audit log was read.
    AuditRead = "audit-read" needs ReadAudit;
    /// The audit log was verified.
    AuditVerified = "audit-verified" needs VerifyAudit;
    /// A checkpoint was signed.
    CheckpointSigned = "checkpoint-signed" needs VerifyAudit;
    /// Somebody signed in.
    SignedIn = "signed-in" needs SignIn;
    /// Sign-ins failed; how often, in one entry.
    SignInsFailed = "sign-ins-failed" needs SignIn;
    /// Somebody's password was changed.
    PasswordChanged = "password-changed" needs SignIn;
    /// Somebody set up or removed something that they show beside their password.
    SecondStepChanged = "second-step-changed" needs SignIn;
    /// Somebody else took away what a person lost that they showed beside their password.
    SecondStepReset = "second-step-reset" needs ManageAccounts;
    /// An adult opened a class for its pupils to sign in, looked who came, or ended it.
    ClassOpened = "class-opened" needs SetLesson;
    /// Who came in to a class was read.
    ClassArrivalsRead = "class-arrivals-read" needs SetLesson;
    /// A pupil was given pictures or words to sign in with, or these were taken away.
    PupilWaySet = "pupil-way-set" needs HelpPupils;
    /// How a pupil signs in was read.
    PupilWayRead = "pupil-way-read" needs HelpPupils;
    /// A pupil was exempted from a password of their own, or that ended.
    PupilExempted = "pupil-exempted" needs ExemptPupils;
    /// Who is exempted was read.
    ExemptionsRead = "exemptions-read" needs ExemptPupils;
    /// A provider of single sign-on was added, changed or removed.
    SignOnChanged = "sign-on-changed" needs ManageSignOn;
    /// Somebody said that an account at a provider is theirs.
    SignOnBound = "sign-on-bound" needs SignIn;
    /// Somebody took that back.
    SignOnUnbound = "sign-on-unbound" needs SignIn;
    /// Somebody to whom concerns come put the change of a password off that was due.
    PasswordChangePostponed = "password-change-postponed" needs SignIn;
    /// A word was added of which no password may be made.
    PasswordWordAdded = "password-word-added" needs ManageAccounts;
    /// Somebody came in through a browser: known or new, and what was odd about it.
    ArrivalNoted = "arrival-noted" needs SignIn;
    /// Somebody read the advice on passwords and signing out.
    AdviceRead = "advice-read" needs SignIn;
    /// Somebody said that a sign-in of theirs was not them; all the others ended, and what is known of their browsers went.
    SignInDisowned = "sign-in-disowned" needs SignIn;
    /// An account was made or closed.
    AccountChanged = "account-changed" needs ManageAccounts;
    /// The list of accounts was read.
    AccountsListed = "accounts-listed" needs ManageAccounts;
    /// A custodian was named or replaced.
    CustodianChanged = "custodian-changed" needs ManageKeys;
    /// Sealed records were recovered by two custodians.
    Recovered = "recovered" needs Recover;
    /// A sealed emergency sign-in was made for the safe, or ended.
    SealedSignInChanged = "sealed-sign-in-changed" needs KeepSealedSignIns;
    /// A sealed emergency sign-in was used.
    SealedSignInUsed = "sealed-sign-in-used" needs UseSealedSignIn;
    /// What sealed emergency sign-ins there are, and how they were used, was read.
    SealedSignInsRead = "sealed-sign-ins-read" needs KeepSealedSignIns;
    /// The use of a sealed emergency sign-in was reviewed.
    SealedSignInReviewed = "sealed-sign-in-reviewed" needs KeepSealedSignIns;
    /// A way to sign in was made at the machine's console, for a school in which nobody can.
    SignInRestored = "sign-in-restored" needs Recover;
    /// Emergency access was taken.
    EmergencyTaken = "emergency-access-taken" needs TakeEmergencyAccess;
    /// Emergency access was reviewed.
    EmergencyReviewed = "emergency-access-reviewed" needs ReviewEmergencyAccess;
    /// Emergency access that was taken was listed.
    EmergenciesRead = "emergency-accesses-read" needs ReviewEmergencyAccess;
    /// What somebody is to be told was read.
    NoticesRead = "notices-read" needs SignIn;
    /// What needs somebody on their first page was looked up, and what they are to be told.
    TodayRead = "today-read" needs SignIn;
    /// Somebody's history was read.
    HistoryRead = "history-read" needs ReadHistory;
    /// A compartment got a new key pair: the log tells its fingerprint, and nothing is sealed to another.
    KeyMade = "compartment-key-made" needs SetUp;
    /// Words were sealed: the log tells the digest of what stands in the store, and nothing else opens.
    WordsSealed = "words-sealed" needs SetUp;
    /// A purpose was given before somebody's history was read.
    PurposeGiven = "purpose-given" needs ReadHistory;
    /// Something was printed.
    Printed = "printed" needs ReadFile;
    /// Something was exported.
    Exported = "exported" needs ExportRecords;
    /// A backup was made.
    BackedUp = "backed-up" needs BackUp;
    /// A backup was restored.
    Restored = "restored" needs BackUp;
    /// How the school sends mail was changed.
    MailChanged = "mail-changed" needs ManageMail;
    /// How mail stands was read.
    MailRead = "mail-read" needs ManageMail;
    /// A mail was sent to try how the school sends mail.
    MailTested = "mail-tested" needs ManageMail;
    /// Mails that say that something waits were put into the queue; by our own clock.
    MailMade = "mail-made" needs ManageMail;
    /// It was tried to send mails, and what came of it; by our own clock.
    MailTried = "mail-tried" needs ManageMail;
    /// Somebody was told of a concern that waits for an answer; by our own clock.
    ConcernClimbed = "concern-climbed" needs ReadFile;
    /// Whom a concern was passed on to, and whom it goes to next, was read.
    ClimbRead = "climb-read" needs ReadFile;
    /// It was recorded that somebody agreed in writing to be told outside watched hours.
    OutOfHoursAgreed = "out-of-hours-agreed" needs AssignDuties;
    /// Somebody is not told outside watched hours any more.
    OutOfHoursEnded = "out-of-hours-ended" needs AssignDuties;
    /// A contact outside the school was written down, confirmed or ended.
    ContactChanged = "contact-changed" needs ChangeContacts;
    /// The web addresses of contacts were asked; by our own clock.
    LinksChecked = "links-checked" needs ChangeContacts;
    /// Counts were read.
    CountsRead = "counts-read" needs ReadCounts;
    /// It was written down what was found in the counts of a period, and what follows from it.
    TrendDecided = "trend-decided" needs DecideTrends;
}
