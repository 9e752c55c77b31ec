//! The test that the sealing is for: whoever copies the whole data folder, the whole database and every technical secret of
//! the machine reads not one sealed word; whoever has a password does.

use crate::{
    doors::report,
    filing::{Filing, seen, words},
    ground::{Ground, both},
};
use aws_lc_rs::agreement::{PrivateKey, X25519};
use holdfast_records::{
    concern::{
        Risk,
        answer::{
            Agency, Considered, Course, Crime, Extent, Finding, ForFamily, Ground as Why, IncidentType, Lesson,
            NewAction, NewAdvice, NewCall, NewClass, NewConsidered, NewDebrief, NewDecision, NewTelling, NewThreshold,
            NewUnsure, OffSite, Sanction, Support, Telling, ThresholdLevel,
        },
        door::{Concerned, Door, NewReport, Outcome, Told, WhichReports},
        trends::{FindingCourse, NewFinding, Part, Period, Topic},
    },
    file::{Closing, EntryKind, HoldReason, NewEntry, NewPair, Stretch},
    id,
    people::{DetailKind, Kind, LivesWith, NewCourtOrder, NewPerson, NewRelation, RelationKind, Responsibility},
    store::{manifest::columns, proof::Older},
};
use jiff::SignedDuration;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

both!(a_copy_of_everything_reads_nothing_sealed);

/// As `filing` has them.
const CODE: &str = "filing";
const PASSWORD: &str = "heron under the old bridge";
/// In every sealed word of this test, and in nothing else.
const CANARY: &str = "canary-in-the-sealed-part";
/// What is sealed and is not words: an id, which has no canary.
const IDS: [&str; 2] = ["file_pair.child_part", "file_link.other"];

fn canary(place: &str) -> String {
    format!("{CANARY} of {place}")
}

async fn fill(ground: &Ground, school: &Filing) {
    let (records, lead, head) = (&school.records, school.session("lead"), school.session("head"));
    let said = |place: &str| words(&canary(place));
    let raised = school.raise("teacher", "ann", &canary("file_entry.text")).await;
    let reasoned = NewEntry {
        kind: EntryKind::NotTold,
        reason: Some(said("file_entry.reason")),
        ..seen(&canary("another entry"))
    };
    records.add_entry(lead, raised.file, &reasoned).await.expect("an entry with a reason");
    let (child, adult) = (school.person("ben"), school.person("teacher"));
    let pair = NewPair { child, adult, entry: seen(&canary("a pair")) };
    records.open_pair(school.session("deputy"), &pair).await.expect("a pair");
    let officer = school.person("officer");
    records.admit_to_file(lead, raised.file, officer, &said("file_admission.reason")).await.expect("admitted");
    records.remove_from_file(lead, raised.file, officer, &said("file_removal.reason")).await.expect("removed");
    let closing = Closing { outcome: said("file_closed.outcome"), reason: said("file_closed.reason") };
    ground.advance(SignedDuration::from_mins(1));
    records.read_file(lead, raised.file).await.expect("read");
    records.close_files(lead, &[raised.file], &closing).await.expect("closed");
    ground.advance(SignedDuration::from_mins(1));
    records.reopen_file(lead, raised.file, &said("file_reopened.reason")).await.expect("reopened");
    let lines = [(school.person("ann"), canary("held_log.lines").into_bytes())].into();
    let stretch = Stretch { day_file: "2026-01-01.0001".to_owned(), origin: "o".to_owned(), number: 0, lines };
    records.keep_held_lines(school.school, &stretch).await.expect("the hold of the file keeps it");
    let hold = records.place_hold(lead, child, HoldReason::Police, &said("hold.words")).await.expect("held");
    records.lift_hold(lead, hold, &said("hold_lifted.words")).await.expect("lifted");
    let ann = school.person("ann");
    let address = DetailKind::Address { not_given_out: true };
    records.record_confidential(head, ann, address, &canary("confidential_detail.words")).await.expect("an address");
    let parent = records.add_person(head, NewPerson::new(Kind::Parent, "Pat Birch")).await.expect("a parent");
    let order = NewCourtOrder {
        child: ann,
        adult: parent,
        bars_telling: true,
        from: "2026-01-01".parse().expect("a date"),
        until: None,
        words: &canary("court_order.words"),
    };
    records.record_court_order(head, &order).await.expect("an order");
    records.record_no_contact(head, ann, parent, &canary("no_contact.reason")).await.expect("no contact");
    records.take_emergency_access(head, child, &canary("emergency.reason")).await.expect("taken");
}

/// What is written where a concern is answered, half written, or came through a door.
async fn fill_concerns(school: &Filing) {
    let (records, lead) = (&school.records, school.session("lead"));
    let said = |place: &str| words(&canary(place));
    let raised = school.raise("teacher", "ann", &canary("a concern")).await;
    let other = school.raise("teacher", "ben", &canary("another concern")).await;
    let file = raised.file;
    let decision = NewDecision {
        extent: Extent::Case,
        course: Course::Act,
        reason: Some(said("file_decision.reason")),
        review: None,
        is_rung: false,
    };
    records.decide_concern(lead, file, &decision).await.expect("decided");
    let due = "2026-12-01".parse().expect("a date");
    let action = NewAction { owner: school.person("lead"), words: said("file_action.words"), due };
    let action = records.add_concern_action(lead, file, &action).await.expect("to do");
    let done = said("file_action_done.words");
    records.finish_concern_action(lead, file, action, Some(&done)).await.expect("done");
    let ann = school.person("ann");
    let adult = records.add_person(school.session("head"), NewPerson::new(Kind::Parent, "Robin Birch")).await;
    let adult = adult.expect("a parent");
    let relation = NewRelation {
        child: ann,
        adult,
        kind: RelationKind::Mother,
        responsibility: Responsibility::Yes,
        lives_with: LivesWith::Yes,
        contact_order: 1,
    };
    records.record_relation(school.session("head"), &relation).await.expect("recorded");
    let reason = Some(said("file_parent.reason"));
    let telling = NewTelling { adult, course: Telling::Tell, reason, review: None, may_be_family_harm: false };
    records.decide_parent(lead, file, &telling).await.expect("decided");
    let decision = records.read_concern(lead, file).await.expect("read").parents[0].id;
    records.parent_told(lead, file, decision, &said("file_parent_told.words")).await.expect("told");
    records.suspect_family_harm(lead, file, Some(&said("file_family_harm.reason"))).await.expect("kept");
    let call = NewCall {
        agency: Agency::SocialCare,
        rung_at: school.records.clock().now(),
        spoke_to: Some(said("file_call.spoke_to")),
        reference: Some(said("file_call.reference")),
        words: Some(said("file_call.words")),
    };
    records.record_call(lead, file, &call).await.expect("rung");
    let why = said("file_link.why");
    records.link_concerns(lead, file, &other.reference, Some(&why)).await.expect("linked");
    let form = || id::Row::new(school.records.clock().now()).expect("a number");
    records.keep_draft(lead, form(), &canary("report_draft.words")).await.expect("kept");
    let report = report(Door::Worry, Concerned::Nobody, &canary("whom it is about"));
    let told = Told { words: said("report_words.words"), ..report.told };
    records.report_at_door(school.school, &NewReport { told, ..report }, "203.0.113.9").await.expect("it came");
    let report = records.waiting_reports(lead, WhichReports::Waiting).await.expect("waits")[0].report;
    let reason = said("report_ended.reason");
    records.answer_report(lead, report, Outcome::Answered, &reason).await.expect("answered");
    let finding = NewFinding {
        period: Period::new(2025, Part::Summer),
        topic: Topic::Place,
        course: FindingCourse::NoChange,
        words: said("trend_finding.words"),
        owner: None,
        due: None,
    };
    records.decide_trend(lead, &finding).await.expect("decided");
}

/// What an incident holds before and after it is closed, and a finding about an adult.
async fn fill_what_it_holds(ground: &Ground, school: &Filing) {
    let (records, lead, head) = (&school.records, school.session("lead"), school.session("head"));
    let said = |place: &str| words(&canary(place));
    let file = school.raise("teacher", "ben", &canary("an incident")).await.file;
    let adults = school.staff_file("teacher", &canary("an adult"));
    let adults = records.open_file(lead, &adults).await.expect("raised").file;
    ground.advance(SignedDuration::from_mins(1));
    let form = ground.number();
    let unsure = NewUnsure { form, question: said("a question"), whom: said("file_unsure.whom") };
    let action = records.ask_advice(lead, file, &unsure).await.expect("asked");
    let advised_at = school.records.clock().now();
    let advice = NewAdvice { adviser: said("file_advice.adviser"), words: said("advice"), advised_at };
    records.record_advice(lead, file, action, &advice).await.expect("advised");
    let decision =
        NewDecision { extent: Extent::Incident, course: Course::Refer, reason: None, review: None, is_rung: false };
    let threshold = NewThreshold {
        level: ThresholdLevel::Targeted,
        local: Some(said("file_threshold.local")),
        reasoning: Some(said("file_threshold.reasoning")),
        referred_to: Some(said("file_threshold.referred_to")),
        off_site: Some(OffSite { grounds: vec![Why::Harms], policy: Some(said("file_threshold.policy")) }),
    };
    records.decide_at_threshold(lead, file, &decision, &threshold).await.expect("decided");
    let call = |agency| NewCall { agency, rung_at: advised_at, spoke_to: None, reference: None, words: None };
    records.record_call(lead, file, &call(Agency::SocialCare)).await.expect("rung");
    records.read_concern(lead, file).await.expect("read");
    let considered = NewConsidered {
        sanction: Some(Considered { answer: Sanction::Given, note: Some(said("file_considered.sanction_note")) }),
        support: Some(Considered { answer: Support::Offered, note: Some(said("file_considered.support_note")) }),
        family: Some(Considered { answer: ForFamily::Offered, note: Some(said("file_considered.family_note")) }),
        finding: None,
    };
    let closing = Closing { outcome: said("an outcome"), reason: said("a reason") };
    let class = NewClass {
        risks: vec![Risk::Conduct],
        types: vec![IncidentType::Bullying],
        crime: Crime::NotSuspected,
        reason: Some(said("file_class.reason")),
    };
    records.class_concern(lead, file, &class).await.expect("classed");
    records.class_concern(head, adults, &class).await.expect("classed");
    records.close_considered(lead, &[file], &closing, Some(&considered)).await.expect("closed");
    let debrief = NewDebrief {
        held_on: "2026-06-01".parse().expect("a day"),
        who: said("file_debrief.who"),
        lessons: said("file_debrief.lessons"),
        course: Lesson::Nothing,
        words: said("file_debrief.words"),
    };
    records.write_debrief(lead, file, &debrief).await.expect("written down");
    records.record_call(head, adults, &call(Agency::DesignatedOfficer)).await.expect("rung");
    records.read_concern(head, adults).await.expect("read");
    let found = NewConsidered {
        support: Some(Considered { answer: Support::Declined, note: None }),
        finding: Some(Considered { answer: Finding::False, note: Some(said("file_considered.finding_note")) }),
        ..NewConsidered::default()
    };
    records.close_considered(head, &[adults], &closing, Some(&found)).await.expect("closed");
}

async fn a_copy_of_everything_reads_nothing_sealed(ground: Ground) {
    let school = Filing::with(&ground, &["deputy", "officer"]).await;
    fill(&ground, &school).await;
    ground.advance(SignedDuration::from_mins(1));
    fill_concerns(&school).await;
    fill_what_it_holds(&ground, &school).await;
    // Whoever has the password reads it.
    let lead = school.records.sign_in(CODE, "lead", PASSWORD).await.expect("signed in");
    let found = school.records.search_files(&lead, CANARY).await.expect("searched");
    assert!(!found.files.is_empty(), "the test itself finds no canary");
    school.records.close().await;

    let store = Older::open(&ground.place(), &ground.clock(), usize::MAX).await.expect("opens");
    let schema = store.schema().await.expect("a schema");
    let mut dump = Vec::new();
    let mut filled = BTreeSet::new();
    for (table, shape) in &schema {
        for column in &shape.columns {
            let values = store.rows(table, std::slice::from_ref(&column.name)).await.expect("it is read");
            for value in values {
                let bytes = plain(&value);
                if !bytes.is_empty() {
                    filled.insert(format!("{table}.{}", column.name));
                    dump.push((format!("{table}.{}", column.name), bytes));
                }
            }
        }
    }
    store.close().await;
    let (columns, _) = columns();
    for column in columns.iter().filter(|column| column.is_sealed) {
        let name = format!("{}.{}", column.table, column.name);
        assert!(filled.contains(&name), "{name} is sealed, and this test puts no canary into it");
    }
    let mut files = Vec::new();
    read_all(ground.folder(), &mut files);
    let everything = dump.iter().map(|(name, bytes)| (name.clone(), bytes.as_slice()));
    let on_disk = files.iter().map(|(path, bytes)| (path.display().to_string(), bytes.as_slice()));
    for (place, bytes) in everything.chain(on_disk) {
        assert!(!holds_canary(bytes), "a canary lies open in {place}");
    }
    assert!(IDS.iter().all(|id| filled.contains(*id)));
    no_stored_secret_is_a_key(&ground, &dump);
}

/// No 32 bytes that lie anywhere in the store or among the machine's secrets are the private half of any stored public half.
fn no_stored_secret_is_a_key(ground: &Ground, dump: &[(String, Vec<u8>)]) {
    let public: BTreeSet<&[u8]> =
        dump.iter().filter(|(name, _)| name.ends_with(".public_key")).map(|(_, bytes)| bytes.as_slice()).collect();
    assert!(public.len() > 10, "holders, custodians and compartments have keys");
    let mut secrets = Vec::new();
    read_all(&ground.place().secrets, &mut secrets);
    let of_store = dump.iter().filter(|(name, _)| !name.ends_with("_hash") && name.rsplit('.').next() != Some("hash"));
    let all = of_store.map(|(_, bytes)| bytes.as_slice()).chain(secrets.iter().map(|(_, bytes)| bytes.as_slice()));
    let mut tried = BTreeSet::new();
    for bytes in all {
        // Texts hold no key of 32 raw bytes; long ones would only take time.
        if std::str::from_utf8(bytes).is_ok() && bytes.len() > 256 {
            continue;
        }
        tried.extend(bytes.windows(32).step_by(if bytes.len() > 400 { 8 } else { 1 }));
    }
    for window in tried {
        let private = PrivateKey::from_private_key(&X25519, window).expect("any 32 bytes are a private half");
        let half = private.compute_public_key().expect("it has a public half");
        assert!(!public.contains(half.as_ref()), "a stored secret opens a key of the store");
    }
}

fn holds_canary(bytes: &[u8]) -> bool {
    bytes.windows(CANARY.len()).any(|window| window.eq_ignore_ascii_case(CANARY.as_bytes()))
}

/// A cell as it was, out of how the store shows it: `Some("text")`, `Some([1, 2])`.
fn plain(shown: &str) -> Vec<u8> {
    let Some(inner) = shown.strip_prefix("Ok(").unwrap_or(shown).strip_prefix("Some(") else { return Vec::new() };
    let inner = inner.trim_end_matches(')');
    match inner.strip_prefix('[').and_then(|list| list.strip_suffix(']')) {
        Some(list) => list.split(", ").filter_map(|byte| byte.parse().ok()).collect(),
        None => inner.as_bytes().to_vec(),
    }
}

fn read_all(folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            read_all(&path, files);
        } else if let Ok(bytes) = fs::read(&path) {
            files.push((path, bytes));
        }
    }
}
