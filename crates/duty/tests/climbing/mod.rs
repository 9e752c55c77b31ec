//! A concern that nobody answers, over a bank-holiday weekend with lead and deputy away: only the clock moves, and what each is mailed is
//! read from a real mail server.

use super::{PASSWORD, School, Server, account, certificate, post};
use holdfast_duty::{climbing, mail::Post};
use holdfast_records::{
    Session,
    access::{Actor, Duty, FileKind},
    file::{EntryKind, NewEntry, NewFile, Severity, Words},
    id,
    mail::Security,
    people::{ContactWay, Kind, NewPerson, StaffKind, WayKind},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sqlx::ConnectOptions as _;
use std::{collections::BTreeMap, sync::atomic::Ordering::SeqCst};

const YEAR: &str = r#"nation = "england-and-wales"
from = 2026-09-01
until = 2027-08-31
watched = "mon-fri 08:00-16:30"

[[term]]
name = "Summer"
first = 2027-04-12
last = 2027-07-20
"#;

/// The school of the tests of mail with everybody's address, a teacher and a child.
struct Climb {
    school: School,
    server: Server,
    post: Post,
    people: BTreeMap<&'static str, id::Person>,
    seen: usize,
}

impl Climb {
    async fn new() -> Option<Self> {
        let school = School::new(["lead@home.example", "deputy@home.example", "chair@home.example"]).await;
        let root = certificate(school.folder.path(), "localhost");
        let server = Server::start(school.folder.path(), "starttls", 0)?;
        let head = &school.head;
        let mut people = BTreeMap::new();
        let held = school.records.duties(head).await.unwrap();
        for (name, duty) in [
            ("head", Duty::Head),
            ("lead", Duty::DesignatedLead),
            ("deputy", Duty::DeputyDesignatedLead),
            ("chair", Duty::Chair),
            ("trust", Duty::TrustLead),
        ] {
            people.insert(name, held.iter().find(|held| held.duty == duty).unwrap().person);
        }
        let teacher = NewPerson::staff(StaffKind::Employed, "Martin Pike");
        people.insert("teacher", school.records.add_person(head, teacher).await.unwrap());
        people.insert("ann", school.records.add_person(head, NewPerson::new(Kind::Pupil, "Ann Birch")).await.unwrap());
        // Nobody changes how they are reached themselves, so the lead does it for the head.
        let lead = Session { school: school.id, actor: Actor::Person(people["lead"]), unlocked: None };
        for (name, by) in [("head", &lead), ("trust", head), ("teacher", head)] {
            let revision = school.records.person(by, people[name]).await.unwrap().revision;
            let ways = [ContactWay { kind: WayKind::Mail, way: format!("{name}@home.example") }];
            school.records.set_contact_ways(by, people[name], revision, &ways).await.unwrap();
        }
        school.records.set_calendar(head, "year.toml", YEAR, "Agreed.").await.unwrap();
        school.set(&account(Security::StartTls, server.port, &root)).await;
        Some(Self { school, server, post: post(), people, seen: 0 })
    }

    fn set_clock(&self, moment: &str) {
        let moment: Timestamp = moment.parse().unwrap();
        self.school.hands.store(moment.as_microsecond(), SeqCst);
    }

    fn now(&self) -> Timestamp {
        self.school.records.clock().now()
    }

    /// What the program does each few seconds, and what came of it: to whom mails went, and when.
    async fn go_round(&mut self) -> Vec<(String, String)> {
        climbing::round(&self.school.records).await.unwrap();
        assert_eq!(self.post.round(&self.school.records).await, None);
        let mails = self.server.noted("mails");
        let at = self.now().to_string();
        let new = mails[self.seen..].iter().map(|mail| {
            says_nothing(mail);
            let to = mail["to"][0].as_str().unwrap();
            (to.split('@').next().unwrap().to_owned(), at[..16].to_owned())
        });
        let new = new.collect();
        self.seen = mails.len();
        new
    }

    async fn until(&mut self, end: &str, step: SignedDuration) -> Vec<(String, String)> {
        let end: Timestamp = end.parse().unwrap();
        let mut all = self.go_round().await;
        while self.now() < end {
            self.school.advance(step);
            all.extend(self.go_round().await);
        }
        all
    }

    async fn raise(&self) -> id::File {
        let entry = NewEntry {
            kind: EntryKind::Seen,
            severity: Severity::new(4),
            moment: None,
            text: Words::new("canary: bruises").unwrap(),
            reason: None,
        };
        let new = NewFile { kind: FileKind::Child, person: self.people["ann"], named: Vec::new(), entry };
        let actor = Actor::Person(self.people["teacher"]);
        let teacher = Session { school: self.school.id, actor, unlocked: None };
        self.school.records.open_file(&teacher, &new).await.unwrap().file
    }

    async fn acknowledge(&self, file: id::File) {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(self.school.place.embedded_file());
        let mut connection = options.connect().await.unwrap();
        let now = self.now();
        sqlx::query(
            "INSERT INTO file_acknowledged (id, school, file, person, acknowledged_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(id::Row::new(now).unwrap().to_string())
        .bind(self.school.id.to_string())
        .bind(file.to_string())
        .bind(self.people["head"].to_string())
        .bind(now.as_microsecond())
        .execute(&mut connection)
        .await
        .unwrap();
    }
}

/// No mail says of whom, of what, how bad it is, or that it is a concern at all.
fn says_nothing(mail: &Value) {
    let text = mail["text"].as_str().unwrap();
    for word in ["Ann", "Birch", "Martin", "Pike", "canary", "bruises", "child", "concern", "severity", PASSWORD] {
        assert!(!text.contains(word), "{word} stands in {text}");
    }
}

fn told(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(to, at)| ((*to).to_owned(), (*at).to_owned())).collect()
}

#[tokio::test]
async fn over_a_bank_holiday_weekend_with_lead_and_deputy_away_it_still_reaches_somebody() {
    let Some(mut climb) = Climb::new().await else { return };
    // The Friday before the early May bank holiday, after school; British Summer Time.
    climb.set_clock("2027-04-30T17:00:00Z");
    for name in ["lead", "deputy"] {
        let away = climb.school.records.record_absence(&climb.school.head, climb.people[name], climb.now(), None);
        away.await.unwrap();
    }
    // That somebody is away is told by mail too; that has passed when the concern is raised.
    climb.until("2027-04-30T18:00:00Z", SignedDuration::from_mins(10)).await;
    climb.raise().await;

    let weekend = climb.until("2027-05-04T06:45:00Z", SignedDuration::from_mins(15)).await;
    // Head, chair and trust would have had a quarter of an hour each: whoever raised it is told to ring by then, and nobody is
    // woken who did not agree to it.
    assert_eq!(weekend, told(&[("teacher", "2027-04-30T18:45")]));
    climb.set_clock("2027-05-04T06:50:00Z");
    let tuesday = climb.until("2027-05-04T08:30:00Z", SignedDuration::from_mins(1)).await;
    let expected = [("head", "2027-05-04T07:00"), ("chair", "2027-05-04T07:15"), ("trust", "2027-05-04T07:30")];
    assert_eq!(tuesday, told(&expected), "eight o'clock in London, and on from there");

    // The next one is answered before it goes on.
    let file = climb.raise().await;
    assert_eq!(climb.go_round().await, told(&[("head", "2027-05-04T08:30")]));
    climb.school.advance(SignedDuration::from_mins(14));
    climb.acknowledge(file).await;
    assert_eq!(climb.until("2027-05-04T12:00:00Z", SignedDuration::from_mins(1)).await, []);
}

#[tokio::test]
async fn what_was_due_while_the_program_was_down_is_told_once_it_is_back() {
    let Some(mut climb) = Climb::new().await else { return };
    climb.set_clock("2027-05-04T09:00:00Z");
    climb.raise().await;
    // The head learns at once of what is so severe (C-07), and is asked in their turn all the same.
    // Mails of one moment go in no order.
    let mut first = climb.go_round().await;
    first.sort();
    assert_eq!(first, told(&[("head", "2027-05-04T09:00"), ("lead", "2027-05-04T09:00")]));
    climb.set_clock("2027-05-04T11:00:00Z");
    let mut back = climb.go_round().await;
    back.sort();
    let at = "2027-05-04T11:00";
    assert_eq!(back, told(&[("chair", at), ("deputy", at), ("head", at), ("teacher", at), ("trust", at)]));
    assert_eq!(climb.until("2027-05-04T12:00:00Z", SignedDuration::from_mins(5)).await, []);
}
