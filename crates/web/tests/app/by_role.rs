//! What each role gets of each route: every page asked, every form sent, by everybody (house invariant 7). The answers stand in
//! `tests/golden/by_role.txt`, to be read by whoever changes them.

use crate::{
    browser::Browser,
    pupils_ways,
    school::{School, roles},
};
use holdfast_records::{
    Session,
    access::{Actor, Duty, FileKind},
    concern::{
        Picture,
        answer::{
            Course, Extent, NewAction, NewDecision, NewTelling, NewThreshold, NewUnsure, Telling, ThresholdLevel,
        },
        door::{Concerned, Door, NewReport, Told, WhichReports, Writer},
    },
    file::{EntryKind, NewEntry, NewFile, Severity, Words},
    id,
    people::{Kind, NewPerson, Part},
    sign_on::NewProvider,
};
use holdfast_web::routes;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::Path,
};
use zeroize::Zeroizing;

/// The path of a route with something real in its places where there is something, else what is nowhere.
pub(crate) fn filled(path: &str, places: &BTreeMap<&str, String>) -> String {
    let nowhere = "0190b5a4-0000-7000-8000-00000000dead".to_owned();
    let place = |part: &str| {
        let name = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
        name.map_or_else(|| part.to_owned(), |name| places.get(name).unwrap_or(&nowhere).clone())
    };
    path.split('/').map(place).collect::<Vec<_>>().join("/")
}

/// What is at the places of the paths: a pupil and her class, and a provider of single sign-on.
pub(crate) async fn places(school: &School) -> BTreeMap<&'static str, String> {
    let office = school.session("office").await;
    let pupil =
        school.records.add_person(&office, NewPerson::new(Kind::Pupil, "Mia Reed")).await.expect("she is added");
    let class = school.records.add_class(&office, "7a", "7A").await.expect("it is added");
    school.records.join_class(&office, "7a", pupil, Part::Learns).await.expect("she learns there");
    // A provider that does not answer: nobody is sent anywhere.
    let provider = NewProvider {
        title: "your school account".to_owned(),
        issuer: "http://localhost:9".to_owned(),
        client: "client".to_owned(),
        secret: "secret".to_owned().into(),
        ..NewProvider::default()
    };
    let head = school.session("head").await;
    let provider = school.records.add_sign_on_provider(&head, &provider).await.expect("it is added");
    let concern = concern(school, pupil).await;
    let others = [
        ("what", "name"),
        ("duty", "dsl"),
        ("area", "social-media"),
        ("setting", "sm.pupil_use"),
        ("question", "conferencing"),
        ("group", "unknown"),
        ("kind", "other"),
    ];
    let others = others.map(|(name, place)| (name, place.to_owned()));
    let pupil = pupil.to_string();
    let report = waiting_report(school, &head).await;
    let people = [
        ("report", report),
        ("person", pupil.clone()),
        ("child", pupil),
        ("provider", provider.to_string()),
        ("class", class.to_string()),
    ];
    people.into_iter().chain(others).chain(concern).collect()
}

/// A concern about her that people work on: its reference, and what hangs on it.
async fn concern(school: &School, child: id::Person) -> Vec<(&'static str, String)> {
    let records = &school.records;
    let (teacher, lead, office) =
        (school.session("teacher").await, school.session("lead").await, school.session("office").await);
    let words = |text: &str| Words::new(text).expect("words");
    let adult = school.mother(&office, child, "Rosa Reed").await;
    let entry = NewEntry {
        kind: EntryKind::Words,
        severity: Severity::new(4),
        moment: Some(school.now()),
        text: words("“I do not want to go home today.”"),
        reason: None,
    };
    let new = NewFile { kind: FileKind::Child, person: child, named: Vec::new(), entry };
    let raised = records.open_file(&teacher, &new).await.expect("raised");
    let reason = Some(words("Spoke with her form tutor, who has seen nothing like it before."));
    let decision = NewDecision { extent: Extent::Case, course: Course::Act, reason, review: None, is_rung: false };
    let threshold = NewThreshold {
        level: ThresholdLevel::EarlyHelp,
        local: Some(words("Level 2, coordinated support")),
        reasoning: Some(words("Home and school have to work on it together.")),
        referred_to: None,
        off_site: None,
    };
    records.decide_at_threshold(&lead, raised.file, &decision, &threshold).await.expect("decided");
    let Actor::Person(owner) = lead.actor else { panic!("a person") };
    let due = jiff::civil::date(2026, 11, 27);
    let action = NewAction { owner, words: words("Talk with her again before the end of the day"), due };
    let action = records.add_concern_action(&lead, raised.file, &action).await.expect("to do");
    let unsure = NewUnsure {
        form: id::Row::new(school.now()).expect("a number"),
        question: words("May we speak with her aunt?"),
        whom: words("The advice service"),
    };
    let asked = records.ask_advice(&lead, raised.file, &unsure).await.expect("asked");
    let telling = NewTelling { adult, course: Telling::Tell, reason: None, review: None, may_be_family_harm: false };
    records.decide_parent(&lead, raised.file, &telling).await.expect("decided");
    // Found out behind that: what was decided before is stopped, and the pages say so.
    records.suspect_family_harm(&lead, raised.file, None).await.expect("kept");
    let case = records.read_concern(&lead, raised.file).await.expect("read");
    vec![
        ("reference", raised.reference),
        ("action", action.to_string()),
        ("asked", asked.to_string()),
        ("decision", case.parents[0].id.to_string()),
        ("entry", raised.entry.to_string()),
        ("adult", adult.to_string()),
    ]
}

/// A complaint that waits for the head.
async fn waiting_report(school: &School, head: &Session) -> String {
    let told = Told {
        writer: Writer::Parent,
        concerned: Concerned::School,
        picture: Picture::No,
        about: Zeroizing::default(),
        words: Words::new("the gate was locked").expect("words"),
        is_confidential: false,
        name: Zeroizing::default(),
        reach: Zeroizing::default(),
    };
    let form = id::Row::new(school.now()).expect("a number");
    let new = NewReport { door: Door::Complaint, form, told, is_danger: false, wants_receipt: false };
    school.records.report_at_door(head.school, &new, "here").await.expect("taken in");
    let waiting = school.records.waiting_reports(head, WhichReports::Waiting).await.expect("a list");
    waiting[0].report.to_string()
}

/// The pupil and her class that are at the places.
pub(crate) fn in_places(places: &BTreeMap<&'static str, String>) -> (id::Person, id::Class) {
    (id::Person::parse(&places["person"]).expect("a pupil"), id::Class::parse(&places["class"]).expect("a class"))
}

/// An answer in a word: its status, or where it leads.
async fn answer(browser: &mut Browser, path: &str, token: Option<&str>) -> String {
    let answer = match token {
        None => browser.get(path).await,
        Some(token) => browser.post(path, &[("token", token)]).await,
    };
    match answer.status {
        303 => format!("to {}", answer.location().split('?').next().expect("there is a first part")),
        status => status.to_string(),
    }
}

/// A duty without a column in the table would be reviewed by nobody.
#[test]
fn every_duty_has_a_column() {
    for duty in Duty::ALL {
        let holders = roles().iter().filter(|(_, held)| *held == Some(*duty)).count();
        assert_eq!(holders, 1, "one role of `school.rs` holds the duty of {}", duty.title());
    }
}

#[tokio::test]
async fn what_each_role_gets_of_each_route_is_as_reviewed() {
    let school = School::of_every_duty().await;
    let mut browsers = vec![("nobody", school.browser())];
    for (role, _) in roles() {
        browsers.push((role, school.signed_in(role).await));
    }
    let places = places(&school).await;
    let (pupil, class) = in_places(&places);
    let [pupil, _] = pupils_ways::browsers(&school, pupil, class).await;
    browsers.push(("pupil", pupil));
    let mut table = String::new();
    for route in routes::all() {
        // A form with a stranger's token changes nothing: who may send it is told so (403), to all others it is not there.
        for (verb, token) in [(route.reads(), None), (route.acts(), Some("a stranger's"))] {
            if !verb {
                continue;
            }
            let path = filled(route.path, &places);
            let mut answers: BTreeMap<String, Vec<&str>> = BTreeMap::new();
            for (role, browser) in &mut browsers {
                let cookie = browser.cookie.clone();
                answers.entry(answer(browser, &path, token).await).or_default().push(role);
                browser.cookie = cookie;
            }
            let verb = if token.is_none() { "GET" } else { "POST" };
            let told: Vec<String> =
                answers.iter().map(|(answer, roles)| format!("{answer}: {}", roles.join(" "))).collect();
            writeln!(table, "{verb} {}\n    {}", route.path, told.join("\n    ")).expect("a string takes it");
        }
    }
    as_reviewed("by_role.txt", &table);
}

/// This is what was reviewed, line by line; else it says which lines are not.
pub(crate) fn as_reviewed(name: &str, table: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("HOLDFAST_WRITE_GOLDEN").is_some() {
        std::fs::write(&file, table).expect("it is written");
    }
    let reviewed = std::fs::read_to_string(&file).expect("it is there");
    let (new, old): (Vec<&str>, Vec<&str>) = (table.lines().collect(), reviewed.lines().collect());
    let only_in = |these: &[&str], others: &[&str]| {
        let others: BTreeSet<&str> = others.iter().copied().collect();
        these.iter().copied().filter(|line| !others.contains(line)).collect::<Vec<_>>().join("\n")
    };
    let (more, fewer) = (only_in(&new, &old), only_in(&old, &new));
    assert!(
        table == reviewed,
        "{name}: read each line that changed, then write the file with HOLDFAST_WRITE_GOLDEN=1.\nNew:\n{more}\nGone:\n{fewer}"
    );
}
