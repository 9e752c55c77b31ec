//! Who may do what, printed by asking the engine on real rows, for people to read and to compare: `tests/golden/access.txt`.
//! `HOLDFAST_WRITE_GOLDEN=1` writes it anew; whoever reviews the change reads the difference.
//!
//! The second test asks the verbs themselves, cell by cell: a cell that the engine answers otherwise than the verb fails.

use crate::{
    ground::{Ground, both},
    school::School,
};
use holdfast_records::{
    Fault, Session,
    access::{Act, Actor, Capability, Decision, Duty, FileKind, Resource},
    accounts::Came,
    audit::Question,
    concern::{
        door::{Course, Outcome, Placing, Stage, StageOf, WhichReports},
        trends::{Asked, FindingCourse, NewFinding, Part as PeriodPart, Period, Topic},
    },
    contacts::{ContactFor, ContactRole, NewContact},
    file::{Closing, EraseRule, HoldReason, Which, Words, erase::Target},
    id,
    mail::{MailAccount, NewMailAccount, Security},
    people::{GiveDuty, Kind, Listing, NewPerson, Part, PersonChange, Seeking},
    settings::NewValue,
    sign_on::NewProvider,
};
use std::{collections::BTreeSet, fmt::Write as _, fs, path::PathBuf};

both!(the_table_is_what_was_agreed, the_verbs_do_what_the_table_says);

/// Acts behind which [`ask`] does not call the verb yet. This list only ever shrinks.
const WITHOUT_A_VERB_HERE: &[Act] = &[
    // Of raising a concern: asked in its own tests.
    Act::SoughtToRaise,
    Act::ToldInPerson,
    Act::PaperFormsReserved,
    Act::DraftKept,
    // Of pupils who would like to be heard: asked in its own tests.
    Act::ReceiptKept,
    Act::TrustedChosen,
    Act::TalkAsked,
    Act::TalksRead,
    Act::TalkAnswered,
    Act::TalkPassedOn,
    // Of pages that write a file of what they show: asked in their own tests.
    Act::Exported,
    // Of the console and of our own clock.
    Act::SchoolSetUp,
    Act::Restored,
    Act::SignInsFailed,
    Act::Expired,
    Act::LogExpired,
    Act::DocumentsTakenIn,
    Act::CheckpointSigned,
    Act::AuditVerified,
    Act::MailMade,
    Act::MailTried,
    Act::LinksChecked,
    Act::ConcernClimbed,
    // Of a door at which nobody signs in.
    Act::ReportArrived,
    // What the program notes for itself, and nobody asks for.
    Act::KeyMade,
    Act::WordsSealed,
    // Decided with a password, which this school's people have not.
    Act::SignedIn,
    Act::PasswordChanged,
    // That somebody has it lasts: `doors.rs` asks.
    Act::ReportTaken,
    // Of whoever has a code from the safe.
    Act::SealedSignInUsed,
    Act::SecondStepChanged,
    Act::SignOnBound,
    Act::SignOnUnbound,
    // What the verb needs first is made in the tests of its own area.
    Act::SecondStepReset,
    Act::HeldLogRead,
    Act::Erased,
    Act::ErasureWithdrawn,
    Act::FileFound,
    Act::SettingRefused,
];

/// What is asked for, each with its heading.
fn resources(school: &School) -> Vec<(String, Resource)> {
    let mut resources = vec![("the school as a whole".to_owned(), Resource::School)];
    for (heading, word) in [
        ("Ann, a pupil of 7b", "ann"),
        ("Ben, a pupil of no class", "ben"),
        ("a colleague", "colleague"),
        ("the head", "head"),
        ("the lead", "lead"),
        ("a teacher", "teacher"),
        ("a parent", "parent"),
    ] {
        resources.push((format!("the record of {heading}"), Resource::Person(school.person(word))));
    }
    for (word, file) in &school.files {
        resources.push((format!("the file {word}"), Resource::File(*file)));
    }
    for (word, report) in &school.reports {
        resources.push((format!("the report {word}"), Resource::Report(*report)));
    }
    resources.push(("a new file about Ann".to_owned(), Resource::NewFile(FileKind::Child, school.person("ann"))));
    let about_head = Resource::NewFile(FileKind::StaffConcern, school.person("head"));
    resources.push(("a new file about the head".to_owned(), about_head));
    resources.push(("the record of another school's pupil".to_owned(), Resource::Person(school.foreign.0)));
    resources.push(("the file of another school's pupil".to_owned(), Resource::File(school.foreign.1)));
    resources
}

/// Everybody who asks.
fn askers(school: &School) -> Vec<(&'static str, Session)> {
    let mut askers: Vec<_> = School::words().into_iter().map(|word| (word, school.session(word))).collect();
    for (word, actor) in [("CONSOLE", Actor::Console), ("CLOCK", Actor::Clock), ("DOOR", Actor::Door)] {
        askers.push((word, Session { school: school.id, actor, unlocked: None }));
    }
    askers
}

async fn the_table_is_what_was_agreed(ground: Ground) {
    let school = School::new(&ground).await;
    let mut printed = String::from(
        "Who may do what: each act, and after it everybody who may. (word) is told no, with a reason, because they know of it;\n\
         whoever is not named is told that there is nothing like that. Written by tests/records/golden.rs from the engine.\n",
    );
    let mut reached = BTreeSet::new();
    for (heading, resource) in resources(&school) {
        section(&mut printed, &school, (&heading, &resource), &mut reached).await;
    }
    while_away(&mut printed, &school, &ground, &mut reached).await;
    in_an_emergency(&mut printed, &school, &mut reached).await;
    capabilities(&mut printed);
    compare(&printed);

    let nobody: Vec<_> = Act::ALL.iter().filter(|act| !reached.contains(act)).map(|act| act.word()).collect();
    let never = ["school-set-up", "sealed-sign-in-used", "history-read", "compartment-key-made", "words-sealed"];
    assert_eq!(nobody, never, "acts that nobody in the table may do");
    for duty in Duty::ALL {
        assert!(Capability::ALL.iter().any(|capability| capability.is_of(*duty)), "{} brings nothing", duty.title());
        assert!(printed.contains(duty.word()), "{} is nowhere in the table", duty.title());
    }
}

/// One resource: every act that somebody may do on it or is told about.
async fn section(
    printed: &mut String,
    school: &School,
    (heading, resource): (&str, &Resource),
    reached: &mut BTreeSet<Act>,
) {
    let _written = write!(printed, "\n== {heading}\n");
    for act in Act::ALL {
        let mut line = String::new();
        for (word, session) in askers(school) {
            match school.records.would(&session, *act, resource).await.expect("answered") {
                Decision::Allowed => {
                    reached.insert(*act);
                    let _written = write!(line, " {word}");
                }
                Decision::Refused(_) => {
                    let _written = write!(line, " ({word})");
                }
                Decision::Hidden => {}
            }
        }
        if !line.is_empty() {
            let _written = writeln!(printed, "{:<30}{line}", act.word());
        }
    }
}

/// Substitution: who reads while the head and the safeguarding leads are away.
async fn while_away(printed: &mut String, school: &School, ground: &Ground, reached: &mut BTreeSet<Act>) {
    let head = school.session("head");
    for away in [vec!["head"], vec!["lead", "deputy"], vec!["head", "lead", "deputy"]] {
        for word in &away {
            let absence = school.records.record_absence(&head, school.person(word), ground.now(), None).await;
            absence.expect("recorded");
        }
        for (word, file) in &school.files {
            let mut who = String::new();
            for (asker, session) in askers(school) {
                let decision = school.records.would(&session, Act::FileRead, &Resource::File(*file)).await;
                if decision.expect("answered") == Decision::Allowed {
                    reached.insert(Act::FileRead);
                    let _written = write!(who, " {asker}");
                }
            }
            let _written = writeln!(printed, "\nwhile {} away, the file {word} is read by:{who}", away.join(", "));
        }
        ground.advance(jiff::SignedDuration::from_mins(1));
        for word in &away {
            school.records.end_absence(&head, school.person(word)).await.expect("back");
        }
    }
}

/// What half an hour of emergency access widens, for a senior leader and for the head's deputy.
async fn in_an_emergency(printed: &mut String, school: &School, reached: &mut BTreeSet<Act>) {
    for (taker, about) in [("senior", "ann"), ("heads-deputy", "ann"), ("heads-deputy", "colleague")] {
        let session = school.session(taker);
        let everything = resources(school);
        let before = allowed(school, &session, &everything).await;
        let taken = school.records.take_emergency_access(&session, school.person(about), "a child is missing").await;
        taken.expect("taken");
        let _written =
            write!(printed, "\n== {taker} with emergency access about {about}, beside what they may anyway\n");
        for (act, place) in allowed(school, &session, &everything).await.difference(&before) {
            reached.insert(*act);
            let _written = writeln!(printed, "{:<30} {}", act.word(), everything[*place].0);
        }
    }
}

/// What a session may do to which of these.
async fn allowed(school: &School, session: &Session, resources: &[(String, Resource)]) -> BTreeSet<(Act, usize)> {
    let mut allowed = BTreeSet::new();
    for (place, (_, resource)) in resources.iter().enumerate() {
        for act in Act::ALL {
            if school.records.would(session, *act, resource).await.expect("answered") == Decision::Allowed {
                allowed.insert((*act, place));
            }
        }
    }
    allowed
}

/// The table behind it: which duty and which kind of person has what.
fn capabilities(printed: &mut String) {
    let _written = write!(printed, "\n== capabilities, by duty and kind of person\n");
    for capability in Capability::ALL {
        let duties = Duty::ALL.iter().filter(|duty| capability.is_of(**duty)).map(|duty| duty.word());
        let kinds = Kind::ALL.iter().filter(|kind| capability.is_of_kind(**kind)).map(|kind| kind.word());
        let duties: Vec<_> = duties.collect();
        let kinds: Vec<_> = kinds.map(|kind| format!("every {kind}")).collect();
        let _written = writeln!(printed, "{:<30} {} {}", capability.word(), duties.join(" "), kinds.join(", "));
    }
}

fn compare(printed: &str) {
    let printed = printed.lines().map(str::trim_end).collect::<Vec<_>>().join("\n") + "\n";
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/access.txt");
    if std::env::var_os("HOLDFAST_WRITE_GOLDEN").is_some() {
        fs::create_dir_all(file.parent().expect("a folder")).expect("the folder is made");
        fs::write(&file, &printed).expect("it is written");
    }
    let agreed = fs::read_to_string(&file).expect("tests/golden/access.txt is there");
    for (number, (new, old)) in printed.lines().zip(agreed.lines()).enumerate() {
        assert_eq!(
            new,
            old,
            "line {} is not what was agreed; HOLDFAST_WRITE_GOLDEN=1 writes the table anew",
            number + 1
        );
    }
    assert_eq!(
        printed.len(),
        agreed.len(),
        "the table has become longer or shorter; HOLDFAST_WRITE_GOLDEN=1 writes it anew"
    );
}

/// Asks each verb with each asker, and holds what comes of it against what the engine said: told as not there where it said
/// so, refused in its words where it refused, anything else where it allowed.
async fn the_verbs_do_what_the_table_says(ground: Ground) {
    let school = School::new(&ground).await;
    let mut asked = BTreeSet::new();
    let held =
        school.records.place_hold(&school.session("head"), school.person("ann"), HoldReason::Court, &plain("x")).await;
    held.expect("a hold by hand");
    for (heading, resource) in resources(&school) {
        for act in Act::ALL {
            for (word, session) in askers(&school) {
                let decision = school.records.would(&session, *act, &resource).await.expect("answered");
                let Some(done) = ask(&school, &session, *act, &resource).await else { continue };
                asked.insert(*act);
                let cell =
                    format!("{word}, {}, {heading}: the engine says {decision:?}, the verb {done:?}", act.word());
                match decision {
                    Decision::Hidden => assert_eq!(done, Some(Fault::NotFound), "{cell}"),
                    Decision::Refused(why) => assert_eq!(done, Some(Fault::NotAllowed(why.to_owned())), "{cell}"),
                    Decision::Allowed => assert_ne!(done, Some(Fault::NotFound), "{cell}"),
                }
            }
        }
    }
    for act in Act::ALL {
        let is_left_out = WITHOUT_A_VERB_HERE.contains(act);
        assert_ne!(asked.contains(act), is_left_out, "{} is asked, or left out, and not both", act.word());
    }
}

/// Calls the verb behind an act on a resource, so that nothing lasting comes of it where that can be; its fault, if it had one.
/// `None` where this act has no verb on that resource.
async fn ask(school: &School, session: &Session, act: Act, resource: &Resource) -> Option<Option<Fault>> {
    match *resource {
        Resource::School => ask_of_school(school, session, act).await,
        Resource::Person(person) => ask_of_person(school, session, act, person).await,
        Resource::File(file) => ask_of_file(school, session, act, file).await,
        Resource::NewFile(kind, person) if act == Act::FileOpened => {
            let new = holdfast_records::file::NewFile { kind, person, named: vec![], entry: crate::filing::seen("x") };
            Some(school.records.open_file(session, &new).await.err())
        }
        Resource::Report(report) => ask_of_report(school, session, act, report).await,
        Resource::NewFile(..) => None,
    }
}

async fn ask_of_report(school: &School, session: &Session, act: Act, report: id::Report) -> Option<Option<Fault>> {
    let records = &school.records;
    let stage = Stage { course: Course::Complaints, stage: StageOf::Formal, respond_by: jiff::civil::date(2026, 7, 1) };
    Some(match act {
        Act::ReportRead => records.read_report(session, report).await.err(),
        // A worry has no stages, so that nothing lasting comes of it.
        Act::ComplaintStaged => records.stage_complaint(session, report, stage).await.err(),
        Act::ReportAnswered => records.answer_report(session, report, Outcome::Placed, &plain("x")).await.err(),
        Act::ReportPlaced => {
            let nobody = id::Person::new(jiff::Timestamp::UNIX_EPOCH).expect("an id");
            match records.place_report(session, report, Placing::Child(nobody)).await.err() {
                // Whom it is to be placed with is not there: asked only behind the report itself.
                Some(Fault::NotFound) if may_know(school, session, report).await => None,
                fault => fault,
            }
        }
        _ => return None,
    })
}

/// Whether the engine says that they may know of a report.
async fn may_know(school: &School, session: &Session, report: id::Report) -> bool {
    let would = school.records.would(session, Act::ReportRead, &Resource::Report(report)).await;
    would.expect("answered") == Decision::Allowed
}

fn plain(words: &str) -> Words {
    Words::new(words).expect("words")
}

async fn ask_of_school(school: &School, session: &Session, act: Act) -> Option<Option<Fault>> {
    let records = &school.records;
    Some(match act {
        Act::DirectoryRead => records.list_people(session, Listing::default()).await.err(),
        Act::DutiesRead => records.duties(session).await.err().or(records.absences(session).await.err()),
        Act::DutyCandidatesRead => records.find_for(session, "kai", Seeking::Duty).await.err(),
        Act::DutyProposalsRead => records.trust_lead_proposals(session).await.err(),
        Act::PersonAdded => records.add_person(session, NewPerson::new(Kind::Pupil, "")).await.err(),
        Act::ClassChanged => records.add_class(session, "7b", "again").await.err(),
        Act::ReportsListed => records.waiting_reports(session, WhichReports::Waiting).await.err(),
        Act::FilesListed => records.list_files(session, &Which::default()).await.err(),
        Act::FilesSearched => records.search_files(session, "canary").await.err(),
        Act::WaitingRead => records.waiting_admissions(session).await.err(),
        Act::FileTasksRead => records.file_tasks(session).await.err(),
        Act::ErasuresListed => records.list_erasures(session).await.err(),
        Act::SettingsRead => records.setting_history(session, "immediate_minutes").await.err(),
        // That settings are changed by people is said to console and clock in words, before the engine is asked.
        Act::TrustSettingChanged | Act::SettingChanged | Act::SettingDecided
            if !matches!(session.actor, Actor::Person(_)) =>
        {
            return None;
        }
        Act::SettingChanged => {
            let new = NewValue { setting: "immediate_minutes", value: Some("10"), why: "Agreed.", clause: None };
            records.set_setting(session, new).await.err()
        }
        Act::TrustSettingChanged => {
            let new = NewValue { setting: "immediate_minutes", value: Some("15"), why: "Agreed.", clause: None };
            records.set_trust_setting(session, holdfast_records::settings::Part::Default, new).await.err()
        }
        Act::PolicyRead => records.policy_history(session, 10).await.err(),
        Act::AuditRead => records.read_audit(session, &Question { most: 1, ..Question::default() }).await.err(),
        Act::SignOnChanged => {
            let new = NewProvider {
                title: "your school account".to_owned(),
                issuer: "https://id.school.example".to_owned(),
                client: "client".to_owned(),
                secret: "secret".to_owned().into(),
                ..NewProvider::default()
            };
            records.add_sign_on_provider(session, &new).await.err()
        }
        Act::AccountsListed => records.accounts(session).await.err(),
        Act::ExemptionsRead => records.exemptions(session).await.err(),
        Act::ClassOpened | Act::ClassArrivalsRead => {
            let class = records.classes(&school.session("head")).await.expect("the classes")[0].id;
            match act {
                Act::ClassOpened => records.close_class(session, class).await.err(),
                _ => records.class_door(session, class).await.err(),
            }
        }
        Act::PasswordWordAdded => records.add_password_word(session, "a word of ours").await.err(),
        Act::HearersFamilyRead => records.family_of_hearers(session).await.err(),
        Act::EmergenciesRead => records.emergencies(session).await.err(),
        // What is wrong with these is looked at behind the decision.
        Act::SetUpStepDone => records.filter_was_read(session).await.err(),
        Act::SealedSignInsRead => records.sealed_sign_ins(session).await.err(),
        Act::SealedSignInChanged => records.make_sealed_sign_in(session).await.err(),
        Act::SignInRestored => records.restore_sign_in(session, "nobody of this name").await.err(),
        Act::ImportPreviewed => records.preview_import(session, b"nonsense").await.err(),
        Act::PeopleImported => records.import(session, b"nonsense", "x").await.err(),
        Act::PolicyChanged => records.change_policy(session, "nonsense = 1", "x").await.err(),
        Act::NetworkChanged => records.change_network(session, "nonsense = 1", "x").await.err(),
        Act::LessonChanged => records.end_lesson(session, "none").await.err(),
        Act::EmergencyBlockChanged => records.lift_emergency_block(session, "none", "x").await.err(),
        Act::CalendarChanged if matches!(session.actor, Actor::Person(_)) => {
            records.set_calendar(session, "calendar.toml", "nonsense = 1", "x").await.err()
        }
        Act::MailChanged if matches!(session.actor, Actor::Person(_)) => {
            let account = MailAccount { security: Security::Tls, ..MailAccount::off() };
            records.set_mail_account(session, NewMailAccount { account: &account, secret: "" }).await.err()
        }
        Act::MailRead => records.mail_account(session).await.err(),
        Act::MailTested => records.mail_account_to_test(session).await.err(),
        Act::ContactChanged if matches!(session.actor, Actor::Person(_)) => {
            let (role, audience) = (ContactRole::Other, ContactFor::Staff);
            let new =
                NewContact { role, name: "", telephone: "", web: "", hours: "", what_for: "", audience, source: "" };
            records.write_contact(session, new, None).await.err()
        }
        // Nobody's codes: whoever may recover is told so.
        Act::Recovered => records.recover(session, ["AAAA", "BBBB"], school.person("head")).await.err(),
        Act::CountsRead => records.concern_trends(session, Asked::default()).await.err(),
        Act::TrendDecided => records.decide_trend(session, &unowned()).await.err(),
        Act::FileTaskDone
        | Act::EmergencyReviewed
        | Act::SealedSignInReviewed
        | Act::BackedUp
        | Act::SettingDecided => {
            return ask_if_hidden(school, session, act).await;
        }
        _ => return None,
    })
}

/// A change that nobody sees to: refused behind the leave.
fn unowned() -> NewFinding {
    NewFinding {
        period: Period::new(2025, PeriodPart::Summer),
        topic: Topic::Place,
        course: FindingCourse::Change,
        words: plain("x"),
        owner: None,
        due: None,
    }
}

/// Verbs that would find nothing of what they are asked for, or do it: asked where they must not even look.
async fn ask_if_hidden(school: &School, session: &Session, act: Act) -> Option<Option<Fault>> {
    let records = &school.records;
    if records.would(session, act, &Resource::School).await != Ok(Decision::Hidden) {
        return None;
    }
    let now = records.clock().now();
    Some(match act {
        Act::FileTaskDone => {
            records.finish_file_task(session, holdfast_records::id::Row::new(now).expect("an id")).await.err()
        }
        Act::EmergencyReviewed => {
            let never = holdfast_records::id::Emergency::new(now).expect("an id");
            records.review_emergency(session, never, true).await.err()
        }
        Act::SealedSignInReviewed => {
            let never = holdfast_records::id::Row::new(now).expect("an id");
            records.review_sealed_sign_in(session, never, true).await.err()
        }
        Act::SettingDecided => {
            let conflict = &holdfast_records::settings::conflicts::ALL[0];
            let (conflict, answer) = (conflict.id, conflict.options[0].word);
            let chosen = holdfast_records::settings::Chosen { conflict, answer, why: "Agreed.", clause: None };
            records.decide_conflict(session, chosen).await.err()
        }
        _ => records.back_up(session, std::path::Path::new("nowhere"), 1).await.err(),
    })
}

async fn ask_of_person(
    school: &School,
    session: &Session,
    act: Act,
    person: holdfast_records::id::Person,
) -> Option<Option<Fault>> {
    let records = &school.records;
    let is_own = session.actor == Actor::Person(person);
    Some(match act {
        Act::PersonRead => records.person(session, person).await.err(),
        Act::PersonChanged => records.change_person(session, person, -1, PersonChange::default()).await.err(),
        Act::OutOfHoursAgreed => records.agree_out_of_hours(session, person, jiff::civil::date(2030, 1, 1)).await.err(),
        Act::OutOfHoursEnded => records.end_out_of_hours(session, person).await.err(),
        Act::PersonLeft => records.leave(session, person, -1).await.err(),
        Act::ClassChanged => records.join_class(session, "no such class", person, Part::Learns).await.err(),
        Act::TellingAsked => records.who_may_be_told(session, person).await.err(),
        Act::RelationsRead => records.relations(session, person).await.err(),
        Act::ConfidentialRead => records.confidential(session, person).await.err(),
        Act::ConfidentialChanged => records.record_no_contact(session, person, person, "x").await.err(),
        Act::RelationChanged => {
            let relation = holdfast_records::people::NewRelation {
                child: person,
                adult: person,
                kind: holdfast_records::people::RelationKind::ALL[0],
                responsibility: holdfast_records::people::Responsibility::No,
                lives_with: holdfast_records::people::LivesWith::ALL[0],
                contact_order: 1,
            };
            records.record_relation(session, &relation).await.err()
        }
        Act::DutyGiven => {
            // Everybody has one duty of these already, or cannot have it.
            let given = GiveDuty { duty: Duty::Governor, person: school.person("ann"), is_deputy: false, from: None };
            let given = GiveDuty { person, ..given };
            if is_own || school.person("ann") == person {
                records.give_duty(session, &given).await.err()
            } else {
                return None;
            }
        }
        // There is a trust lead already, which is said behind the decision.
        Act::DutyProposed => records.propose_trust_lead(session, person).await.err(),
        Act::DutyAgreed => records.agree_trust_lead(session, person).await.err(),
        Act::AbsenceRecorded => {
            let from = "2020-01-01T00:00:00Z".parse().expect("a moment");
            let until = "2020-01-02T00:00:00Z".parse().expect("a moment");
            records.record_absence(session, person, from, Some(until)).await.err()
        }
        Act::HoldPlaced => records.place_hold(session, person, HoldReason::Police, &plain("x")).await.err(),
        Act::HoldLifted | Act::SuspensionChanged => return ask_where_not_allowed(school, session, act, person).await,
        Act::HoldsRead => records.list_holds(session, person).await.err(),
        Act::ErasureProposed => {
            records.propose_erasure(session, Target::Person(person), EraseRule::Retention).await.err()
        }
        Act::PurposeGiven => {
            records.give_purpose(session, person, holdfast_records::access::Purpose::Concern).await.err()
        }
        Act::EmergencyTaken => {
            let is_hidden = records.would(session, act, &Resource::Person(person)).await == Ok(Decision::Hidden);
            // Taken, it would widen what is asked after it.
            if is_hidden { records.take_emergency_access(session, person, "x").await.err() } else { return None }
        }
        Act::PupilWaySet => records.end_pupil_way(session, person).await.err(),
        Act::PupilWayRead => records.pupil_way(session, person).await.err(),
        Act::PupilExempted => records.end_exemption(session, person).await.err(),
        Act::HistoryRead => records.history(session, person, None, None).await.err(),
        // Of this child one relation is recorded, with somebody to whom no concerns come; of others there is none.
        Act::HearersFamilyEnded => {
            let relations = records.relations(&school.session("head"), school.person("ann")).await.expect("read");
            let why = holdfast_records::people::WhyNotFamily::Mistaken;
            let is_hidden = records.would(session, act, &Resource::Person(person)).await == Ok(Decision::Hidden);
            if is_hidden && person == school.person("ann") {
                records.end_hearers_relation(session, relations[0].id, why).await.err()
            } else {
                return None;
            }
        }
        // A visitor is nobody whom anybody could replace.
        Act::CustodianChanged => records.replace_custodian(session, school.person("visitor"), person).await.err(),
        Act::OwnDetailsChanged if is_own => {
            records.change_own_details(session, -1, holdfast_records::people::OwnChange::default()).await.err()
        }
        Act::DutyEnded => return ask_to_end_a_duty(school, session, person).await,
        Act::NoticesRead if is_own => records.notices(session).await.err(),
        Act::TodayRead if is_own => records.today(session).await.err(),
        Act::OwnReportsRead if is_own => records.own_reports(session).await.err(),
        Act::AccountChanged if is_own => records.reset_password(session, person).await.err(),
        Act::AccountChanged => records.create_account(session, person, "").await.err(),
        _ if is_own => return ask_of_own_account(school, session, act).await,
        _ => return None,
    })
}

/// Verbs that would do it where they may.
async fn ask_where_not_allowed(
    school: &School,
    session: &Session,
    act: Act,
    person: holdfast_records::id::Person,
) -> Option<Option<Fault>> {
    let records = &school.records;
    if records.would(session, act, &Resource::Person(person)).await == Ok(Decision::Allowed) {
        return None;
    }
    if act == Act::SuspensionChanged {
        let until = records.clock().now() + jiff::SignedDuration::from_hours(1);
        let new = holdfast_records::gate::NewSuspension { person, until, keep_hosts: Vec::new() };
        return Some(records.suspend(session, &new).await.err());
    }
    // The hold by hand that was asked for in this table: one is enough.
    let head = school.session("head");
    if person != school.person("ann") {
        return None;
    }
    let held = records.list_holds(&head, person).await.expect("the holds");
    let held = held.into_iter().find(|hold| hold.file.is_none())?;
    Some(records.lift_hold(session, held.id, &plain("x")).await.err())
}

/// What everybody does with their own account.
async fn ask_of_own_account(school: &School, session: &Session, act: Act) -> Option<Option<Fault>> {
    let records = &school.records;
    Some(match act {
        Act::PasswordChangePostponed => records.postpone_password_change(session).await.err(),
        Act::ArrivalNoted => {
            let came = Came {
                old_word: None,
                new_word: "a browser’s word",
                browser: "Firefox on Windows",
                place: "192.0.2.7",
                is_elsewhere_too: false,
                is_shared: false,
            };
            records.note_arrival(session, came).await.err()
        }
        Act::AdviceRead => records.read_advice(session).await.err(),
        Act::SignInDisowned => records.disown_sign_ins(session, None).await.err(),
        _ => return None,
    })
}

/// The last head and the last lead keep their duty, whoever ends it; others only where that is not allowed.
async fn ask_to_end_a_duty(
    school: &School,
    session: &Session,
    person: holdfast_records::id::Person,
) -> Option<Option<Fault>> {
    let held = school.records.duties(&school.session("head")).await.expect("the duties");
    let held = held.into_iter().find(|held| held.person == person)?;
    let may = school.records.would(session, Act::DutyEnded, &Resource::Person(person)).await;
    let is_last = matches!(held.duty, Duty::Head | Duty::DesignatedLead) && !held.is_deputy;
    let is_harmless = is_last || may != Ok(Decision::Allowed);
    if is_harmless { Some(school.records.end_duty(session, held.holding).await.err()) } else { None }
}

async fn ask_of_file(
    school: &School,
    session: &Session,
    act: Act,
    file: holdfast_records::id::File,
) -> Option<Option<Fault>> {
    let records = &school.records;
    let somebody = school.person("visitor");
    Some(match act {
        Act::FileRead => records.read_file(session, file).await.err(),
        Act::HoldersRead => records.file_holders(session, file).await.err(),
        Act::ClimbRead => records.how_it_climbs(session, file).await.err(),
        Act::EntryAdded => records.add_entry(session, file, &crate::filing::seen("x")).await.err(),
        Act::WrongChildMended => {
            let wrong = holdfast_records::file::Wrong::File(file);
            let is_hidden = records.would(session, act, &Resource::File(file)).await == Ok(Decision::Hidden);
            if is_hidden {
                records.mend_wrong_child(session, wrong, somebody, &plain("x"), &school.place).await.err()
            } else {
                return None;
            }
        }
        Act::Printed => records.print_concern(session, file).await.err(),
        Act::ConcernAnswered => records.acknowledge_concern(session, file).await.err(),
        Act::ConcernWorkedOn => {
            let rung_at = records.clock().now();
            let agency = holdfast_records::concern::answer::Agency::SocialCare;
            let call = holdfast_records::concern::answer::NewCall {
                agency,
                rung_at,
                spoke_to: None,
                reference: None,
                words: None,
            };
            records.record_call(session, file, &call).await.err()
        }
        Act::ConcernRerouted => {
            let is_hidden = records.would(session, act, &Resource::File(file)).await == Ok(Decision::Hidden);
            if is_hidden {
                records.reroute_to_adult(session, file, somebody, &plain("x")).await.err()
            } else {
                return None;
            }
        }
        Act::HolderAdmitted => records.admit_to_file(session, file, somebody, &plain("x")).await.err(),
        Act::HolderRemoved => records.remove_from_file(session, file, somebody, &plain("x")).await.err(),
        Act::SubjectAdded if session.unlocked.is_none() => return None,
        Act::SubjectAdded => {
            // Already a subject, or nobody's business.
            let is_hidden = records.would(session, act, &Resource::File(file)).await == Ok(Decision::Hidden);
            if is_hidden { records.add_file_subject(session, file, somebody).await.err() } else { return None }
        }
        Act::FileClosed => {
            let closing = Closing { outcome: plain("x"), reason: plain("x") };
            let is_hidden = records.would(session, act, &Resource::File(file)).await == Ok(Decision::Hidden);
            if is_hidden { records.close_files(session, &[file], &closing).await.err() } else { return None }
        }
        Act::ErasureProposed => records.propose_erasure(session, Target::File(file), EraseRule::Retention).await.err(),
        _ => return None,
    })
}
