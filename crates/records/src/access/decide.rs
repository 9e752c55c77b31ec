//! The decision: pure.

use super::{Act, Actor, Capability, Duty, Facts, FileKind, Roll, SealedState, Standing};
use crate::{id, people::Kind};

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Yes.
    Allowed,
    /// The asker may not know whether it exists: told as what does not.
    Hidden,
    /// The asker knows that it exists and may not; why.
    Refused(&'static str),
}

/// What nobody who signed in may do, whatever they hold.
const NEVER_BY_PEOPLE: [Act; 13] = [
    Act::SchoolSetUp,
    Act::SignInsFailed,
    Act::Expired,
    Act::LogExpired,
    Act::DocumentsTakenIn,
    Act::MailMade,
    Act::MailTried,
    Act::LinksChecked,
    Act::ConcernClimbed,
    Act::TalkPassedOn,
    Act::SignInRestored,
    Act::SealedSignInUsed,
    Act::ReportArrived,
];
/// The acts on files that a person may ask for of the school as a whole: each file is then decided by itself.
const OF_ALL_FILES: [Act; 5] =
    [Act::FilesListed, Act::FilesSearched, Act::HolderAdmitted, Act::WaitingRead, Act::ReportsListed];
/// What can be done to a report that came through a door; nothing else can, and none of these to anything else.
const OF_REPORTS: [Act; 5] =
    [Act::ReportRead, Act::ReportTaken, Act::ComplaintStaged, Act::ReportPlaced, Act::ReportAnswered];
/// What pupils do for themselves, and nobody else.
const OWN_OF_PUPILS: [Act; 2] = [Act::TrustedChosen, Act::TalkAsked];
/// What somebody is told whose password was reset, until their key is vouched for.
const UNCONFIRMED: &str = "Your password was reset, so you act in no duty until somebody confirms that it is you: read the \
    fingerprint of your new key to a safeguarding lead, the head or the chair, other than who reset it, and they run holdfast \
    holder admit. In danger, ring 999; you can raise a concern at once.";
/// What it takes to keep the records of children beyond reading them.
const KEEP: [Capability; 4] =
    [Capability::PlaceHold, Capability::Erase, Capability::ExportRecords, Capability::ReadHistory];
/// Duties whose named deputies may take emergency access before anybody has recorded that the holder is away.
const LEADS: [Duty; 3] = [Duty::Head, Duty::DesignatedLead, Duty::DeputyDesignatedLead];

/// Whether this standing allows this act on what these facts are about.
pub fn decide(standing: &Standing, act: Act, facts: &Facts) -> Decision {
    if standing.school != facts.school {
        return Decision::Hidden;
    }
    match standing.actor {
        Actor::Console => allowed_if(is_for_console(standing, act)),
        Actor::Clock => allowed_if(is_for_clock(act)),
        Actor::SealedSignIn(_) => allowed_if(is_for_sealed_sign_in(standing.sealed, act)),
        // Write-only: a report comes in, and nothing is ever told to whoever brought it.
        Actor::Door => allowed_if(act == Act::ReportArrived && facts.is_report),
        Actor::Person(person) => match for_person(standing, person, act, facts) {
            // Of the school as a whole a reason tells of nothing; elsewhere it would tell that something is there.
            Decision::Hidden if !standing.is_confirmed && facts.person.is_none() => Decision::Refused(UNCONFIRMED),
            decision => decision,
        },
    }
}

/// Whether the asker may know of a file, or of a report that waits: whether they may read it now.
pub fn may_know(standing: &Standing, facts: &Facts) -> bool {
    let reading = if facts.is_report { Act::ReportRead } else { Act::FileRead };
    decide(standing, reading, facts) == Decision::Allowed
}

/// Whether what somebody said of a file, or of a report that waits, still counts as an answer to it: whether they may read it, by duty or
/// by name. Whether their key is confirmed is not asked: whoever has just chosen another password has handed nothing over.
pub(crate) fn still_answers(roll: &Roll, person: id::Person, facts: &Facts) -> bool {
    let Some(kind) = facts.file else { return false };
    let kept_out = facts.kept_out();
    let is_let_in = || roll.readers(kind, &kept_out).contains(&person) || facts.admitted.contains(&person);
    !kept_out.contains(&person) && is_let_in()
}

/// Whether somebody may be told that something waits which is others' to read: who stands on the ladders, as far as they may act, and is
/// not concerned by it.
pub(crate) fn stands_behind(standing: &Standing, asker: id::Person, facts: &Facts) -> bool {
    standing.is_confirmed && standing.roll.is_on_ladder(asker) && !facts.kept_out().contains(&asker)
}

/// Whether this standing allows an act on the school as a whole.
pub(crate) fn may_of_school(standing: &Standing, act: Act) -> bool {
    decide(standing, act, &Facts::of_school(standing.school)) == Decision::Allowed
}

fn allowed_if(is_allowed: bool) -> Decision {
    if is_allowed { Decision::Allowed } else { Decision::Hidden }
}

/// Until the school is set up, whoever has the machine's console is the school. After that the console can verify the log,
/// back up, see that printed codes were typed back, with two custodians' codes restore and give a head or safeguarding lead a new
/// way in, and without them let one sign in who opens nothing that was sealed before; it reads nothing.
fn is_for_console(standing: &Standing, act: Act) -> bool {
    let is_the_machines = matches!(
        act,
        Act::AuditVerified
            | Act::CheckpointSigned
            | Act::BackedUp
            | Act::Restored
            | Act::Recovered
            | Act::SetUpStepDone
            | Act::SignInRestored
    );
    is_the_machines || !standing.is_set_up
}

/// What somebody does who signed in with the sealed code of the safe: they see who has an account, make one or reset one, and
/// give duties to which no concerns come. They read no record.
fn is_for_sealed_sign_in(sealed: SealedState, act: Act) -> bool {
    match sealed {
        SealedState::Nothing => false,
        SealedState::Waits => act == Act::SealedSignInUsed,
        SealedState::Runs => {
            matches!(act, Act::AccountsListed | Act::AccountChanged | Act::SecondStepReset | Act::DutyGiven)
        }
    }
}

/// What our own clock does by itself. It reads nothing.
fn is_for_clock(act: Act) -> bool {
    matches!(
        act,
        Act::AuditVerified
            | Act::CheckpointSigned
            | Act::SignInsFailed
            | Act::BackedUp
            | Act::DocumentsTakenIn
            | Act::HoldPlaced
            | Act::ErasureProposed
            | Act::Erased
            | Act::Expired
            | Act::LogExpired
            | Act::MailMade
            | Act::MailTried
            | Act::LinksChecked
            | Act::ConcernClimbed
            | Act::TalkPassedOn
    )
}

fn for_person(standing: &Standing, asker: id::Person, act: Act, facts: &Facts) -> Decision {
    let Some(kind) = standing.kind else { return Decision::Hidden };
    if NEVER_BY_PEOPLE.contains(&act) || facts.is_report != OF_REPORTS.contains(&act) {
        return Decision::Hidden;
    }
    let capability = act.capability();
    let is_self = facts.file.is_none() && facts.person == Some(asker);
    // What concerns a child of theirs is for others to look into.
    let is_kin = facts.file.is_none() && facts.kin.contains(&asker);
    match capability {
        // One's own account and key; letting somebody in to what one's own key opens.
        Capability::SignIn => return allowed_if(is_self && (kind == Kind::Pupil || !OWN_OF_PUPILS.contains(&act))),
        Capability::RaiseConcern => return raising(standing, asker, act, facts, kind),
        Capability::ListFiles | Capability::ReadFile | Capability::ManageFile => {
            return about_files(standing, asker, act, facts);
        }
        // The list is the school's; an answer is about one pupil. Of which pupils somebody may know is decided row by row.
        Capability::HearPupils if facts.file.is_some() || facts.is_report || !is_heard_of(act, facts) => {
            return Decision::Hidden;
        }
        // Whoever is no pupil signs in by themselves.
        Capability::HelpPupils | Capability::ExemptPupils
            if facts.person.is_some() && facts.kind != Some(Kind::Pupil) =>
        {
            return Decision::Hidden;
        }
        Capability::ReadPerson if is_self => return Decision::Allowed,
        // Whoever holds a duty says themselves that they are away or back, also a chair and a trust lead.
        Capability::RecordAbsence if is_self && standing.is_confirmed => {
            return allowed_if(kind == Kind::Staff || standing.roll.has(asker));
        }
        // Whoever agreed to be told at night takes that back themselves, at any time.
        Capability::AssignDuties if is_self && act == Act::OutOfHoursEnded && standing.roll.has(asker) => {
            return Decision::Allowed;
        }
        // Whose code is lost has another one made; nobody else sees it.
        Capability::ManageKeys if is_self && standing.is_custodian => return Decision::Allowed,
        Capability::AssignDuties if is_self && act == Act::DutyGiven => {
            return Decision::Refused("Nobody gives duties to themselves. Ask somebody else to do it.");
        }
        Capability::RecordAbsence if facts.person.is_some_and(|person| stands_in_for(standing, asker, person)) => {
            return Decision::Refused("You would stand in for them. Ask somebody else to record that they are away.");
        }
        Capability::ManageAccounts if is_self && act == Act::AccountChanged => {
            return Decision::Refused(
                "This is your own account. You change your password yourself (holdfast account password); reset or closed, it is \
                 by somebody else.",
            );
        }
        Capability::AssignDuties
        | Capability::AgreeToDuty
        | Capability::ManageAccounts
        | Capability::ChangePeople
        | Capability::Suspend
            if is_self =>
        {
            // One's own group, account, suspension or record is somebody else's to change.
            return Decision::Refused("This is about yourself. Ask somebody else to do it.");
        }
        _ => {}
    }
    let is_deputy = standing.is_confirmed && standing.roll.deputises(asker, &LEADS);
    if capability == Capability::TakeEmergencyAccess && is_deputy {
        return allowed_if(!is_self && !is_kin && !facts.kept_out().contains(&asker));
    }
    let kept_out = facts.kept_out().contains(&asker);
    if kept_out || !has(standing, kind, capability) && !is_in_emergency(standing, act, facts) {
        return allowed_if(!kept_out && capability == Capability::ReadPerson && is_own_child(standing, facts));
    }
    if matches!(act, Act::DutyEnded | Act::PersonLeft | Act::AccountChanged | Act::SecondStepReset)
        && !may_unseat(standing, facts)
    {
        return Decision::Refused(
            "They hear concerns about others. Only who they answer to can do this, and who came to their duty after them only \
             two weeks later.",
        );
    }
    match capability {
        Capability::ReadPerson | Capability::AskTelling | Capability::ReadConfidential | Capability::HelpPupils => {
            person(standing, asker, capability, facts)
        }
        Capability::PlaceHold | Capability::Erase | Capability::ExportRecords => keeping(standing, asker, facts),
        Capability::ReadHistory if is_self || is_kin || !may_keep(standing, asker, facts) => Decision::Hidden,
        Capability::ReadHistory if act == Act::PurposeGiven => Decision::Allowed,
        Capability::ReadHistory => match facts.person {
            Some(person) if standing.purposes.contains(&person) => Decision::Allowed,
            _ => Decision::Refused("Say first why you look at one person's history."),
        },
        Capability::TakeEmergencyAccess | Capability::OverruleFamily => allowed_if(!is_self && !is_kin),
        _ => Decision::Allowed,
    }
}

/// Whether an act about pupils who would like to talk is asked of what it is about.
fn is_heard_of(act: Act, facts: &Facts) -> bool {
    if act == Act::TalksRead { facts.person.is_none() } else { facts.kind == Some(Kind::Pupil) }
}

/// Whether a kind or an acting duty gives it.
pub(crate) fn has(standing: &Standing, kind: Kind, capability: Capability) -> bool {
    capability.is_of_kind(kind) || standing.duties.iter().any(|duty| capability.is_of(*duty))
}

/// Raising is for everybody, about anybody but what they cannot know of: a new file about any person, also oneself; an entry
/// only where one wrote before or may read. Write-only, so it lets nobody see anything. What was done about a concern goes by the
/// same capability, and asks for reading the file.
fn raising(standing: &Standing, asker: id::Person, act: Act, facts: &Facts, kind: Kind) -> Decision {
    if !has(standing, kind, Capability::RaiseConcern) {
        return Decision::Hidden;
    }
    // Looking for somebody by name, and reserving paper forms, is for adults of the school.
    let is_adult = matches!(kind, Kind::Staff | Kind::Governor) || standing.roll.has(asker);
    if matches!(act, Act::SoughtToRaise | Act::PaperFormsReserved) {
        return allowed_if(is_adult && facts.file.is_none() && !facts.kept_out().contains(&asker));
    }
    if act == Act::ConcernWorkedOn {
        // What was done is written down by who reads the file: that somebody reported to it once is not enough.
        return allowed_if(reads_without_emergency(standing, asker, facts));
    }
    if act == Act::ReceiptKept {
        // A receipt is a child's own, of what they told themselves.
        return allowed_if(kind == Kind::Pupil && facts.reporters.contains(&asker));
    }
    let is_new = act == Act::FileOpened;
    allowed_if(is_new || facts.reporters.contains(&asker) || reads_without_emergency(standing, asker, facts))
}

/// Lists are for every adult who works here or governs: what is in them is decided file by file.
fn about_files(standing: &Standing, asker: id::Person, act: Act, facts: &Facts) -> Decision {
    if !standing.is_confirmed {
        return Decision::Hidden;
    }
    let Some(kind) = facts.file else {
        // A trust lead is often nobody's employee here.
        let is_adult_here = matches!(standing.kind, Some(Kind::Staff | Kind::Governor))
            || standing.duties.iter().any(|duty| act.capability().is_of(*duty));
        return allowed_if(is_adult_here && OF_ALL_FILES.contains(&act));
    };
    if facts.kept_out().contains(&asker) {
        return Decision::Hidden;
    }
    if act.capability() == Capability::ManageFile {
        return allowed_if(standing.roll.readers(kind, &facts.kept_out()).contains(&asker));
    }
    allowed_if(reads_without_emergency(standing, asker, facts) || widened(standing, asker, act, facts, kind))
}

/// Whether duty or a name lets somebody read a file. Emergency access is another matter: it widens reading only.
fn reads_without_emergency(standing: &Standing, asker: id::Person, facts: &Facts) -> bool {
    standing.is_confirmed && still_answers(&standing.roll, asker, facts)
}

/// Emergency access opens a child's file; one about an adult only to the named deputies of who answers for it. It widens the
/// decision and no key: whoever has none is told that it is locked.
fn widened(standing: &Standing, asker: id::Person, act: Act, facts: &Facts, kind: FileKind) -> bool {
    let is_deputy = || standing.roll.key_holders(kind, &facts.kept_out()).contains(&asker);
    is_in_emergency(standing, act, facts) && (kind == FileKind::Child || is_deputy())
}

/// Emergency access widens reading about one person, and changes nothing.
fn is_in_emergency(standing: &Standing, act: Act, facts: &Facts) -> bool {
    let is_reading = matches!(
        act.capability(),
        Capability::ReadPerson | Capability::ReadConfidential | Capability::ReadFile | Capability::ListFiles
    );
    is_reading && facts.person.is_some_and(|person| standing.emergencies.iter().any(|(_, about)| *about == person))
}

/// A teacher without another duty reads the records of their own classes, and of nobody else.
fn person(standing: &Standing, asker: id::Person, capability: Capability, facts: &Facts) -> Decision {
    let wider = standing.duties.iter().any(|duty| *duty != Duty::Teacher && capability.is_of(*duty));
    let is_own_class = facts.classes.iter().any(|class| standing.teaches.contains(class));
    let in_emergency = standing.emergencies.iter().any(|(_, about)| facts.person == Some(*about));
    let is_about_self = facts.person == Some(asker) && capability == Capability::ReadConfidential;
    let is_of_school = facts.person.is_none();
    allowed_if(!is_about_self && (wider || is_own_class || in_emergency || is_of_school))
}

/// Holds, erasure and exports: never by whom they are about, and of a file only by who may know it; the data-protection officer
/// may of any child's file, by its id, without reading a word.
fn keeping(standing: &Standing, asker: id::Person, facts: &Facts) -> Decision {
    if facts.file.is_none() {
        let is_concerned = facts.person == Some(asker) || facts.kin.contains(&asker);
        return allowed_if(!is_concerned && may_keep(standing, asker, facts));
    }
    let is_officer = standing.duties.contains(&Duty::DataProtection) && facts.file == Some(FileKind::Child);
    allowed_if(may_know(standing, facts) || is_officer)
}

/// Whether somebody deputises for a duty that another holds: recording them absent would make the deputy act.
fn stands_in_for(standing: &Standing, asker: id::Person, person: id::Person) -> bool {
    let held = Duty::ALL.iter().copied().filter(|duty| standing.roll.holds(person, *duty));
    held.into_iter().any(|duty| standing.roll.deputises(asker, &[duty]))
}

/// Whether the asker may end a duty, or take or reset the account, of somebody on the ladders. Nobody does it to those who
/// would hear about them: whoever resets a password could sign in as its owner.
fn may_unseat(standing: &Standing, facts: &Facts) -> bool {
    let Some(person) = facts.person else { return true };
    let roll = &standing.roll;
    let by: &[Duty] = if roll.holds_or_deputises(person, Duty::TrustLead) {
        &[Duty::TrustLead]
    } else if roll.holds_or_deputises(person, Duty::Chair) {
        &[Duty::Chair, Duty::TrustLead]
    } else if LEADS.iter().any(|duty| roll.holds_or_deputises(person, *duty)) {
        &[Duty::Head, Duty::Chair, Duty::TrustLead]
    } else {
        return true;
    };
    // Whom the head has just named does not take the head's judge away.
    let is_too_new = matches!(standing.actor, Actor::Person(asker) if roll.is_newer(asker, by, person, standing.now));
    standing.duties.iter().any(|duty| by.contains(duty)) && !is_too_new
}

/// Holds and histories: of children by who keeps their files; of an adult who works or governs here, or holds a duty, only by who
/// would answer for a file about them, so that a hold or a look reveals no allegation (practice 11).
fn may_keep(standing: &Standing, asker: id::Person, facts: &Facts) -> bool {
    let Some(about) = facts.person else { return true };
    if standing.duties.contains(&Duty::DataProtection) {
        return true;
    }
    let is_of_school = matches!(facts.kind, Some(Kind::Staff | Kind::Governor))
        || facts.file == Some(FileKind::StaffConcern)
        || standing.roll.has(about);
    if is_of_school {
        return standing.roll.readers(FileKind::StaffConcern, &[about]).contains(&asker);
    }
    // Chair and trust lead keep what falls to them, and nothing of a child whose file is others' to keep.
    let keeps_children = |duty: &Duty| {
        !matches!(duty, Duty::Chair | Duty::TrustLead) && KEEP.iter().any(|capability| capability.is_of(*duty))
    };
    standing.duties.iter().any(keeps_children)
        || standing.roll.readers(FileKind::Child, &facts.kept_out()).contains(&asker)
}

fn is_own_child(standing: &Standing, facts: &Facts) -> bool {
    facts.file.is_none() && facts.person.is_some_and(|person| standing.children.contains(&person))
}
