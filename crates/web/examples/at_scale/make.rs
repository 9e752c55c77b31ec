//! Makes the school, through the verbs, its clock going through three years.

use crate::{Size, authenticator::code, school::CODE};
use holdfast_records::{
    Records, Session,
    access::{Actor, Duty},
    audit::KeyChange,
    concern::{
        Answers, Mode, NewConcern, Part, Place as Where, Risk, Said, Urgency,
        answer::{Course, Extent, NewDecision},
    },
    file::{Closing, Words},
    id,
    people::{FirstDuty, FirstPerson, Kind, NewPerson, SetUp, StaffKind},
    store::{Clock, Place},
};
use jiff::{SignedDuration, Timestamp, ToSpan as _, civil::date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
    time::Instant,
};

/// Everybody's password at the end.
pub const PASSWORD: &str = "nine brown otters by the mill";
const FIRST_PASSWORD: &str = "seven green herons on the weir";
const BEGINS: &str = "2023-09-04T08:00:00Z";
const LIVES: SignedDuration = SignedDuration::from_hours(24 * 7 * 165);
/// Of so many concerns one stays open: a case that is watched.
const OPEN: usize = 80;
/// As many of the last nobody has answered yet.
const UNANSWERED: usize = 20;
/// After so many of them a night has passed that the store looks itself over in.
const NIGHTLY: usize = 500;
/// How long it takes until somebody does the next thing about one.
const MEANWHILE: SignedDuration = SignedDuration::from_mins(2);
/// How many pupils there are to one who works there.
const PUPILS_TO_ONE: usize = 14;

const PEOPLE: [(&str, Kind, &str, Duty); 7] = [
    ("head", Kind::Staff, "Hilda Marsh", Duty::Head),
    ("lead", Kind::Staff, "Lena Frost", Duty::DesignatedLead),
    ("deputy", Kind::Staff, "Dora Hale", Duty::DeputyDesignatedLead),
    ("chair", Kind::Governor, "Cora Ford", Duty::Chair),
    ("trust", Kind::Outside, "Tess Lowe", Duty::TrustLead),
    ("office", Kind::Staff, "Orla Dean", Duty::Office),
    ("teacher", Kind::Staff, "Martin Pike", Duty::Teacher),
];

/// What whoever asks for its pages needs to know.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Made {
    /// The last moment that was, in microseconds.
    pub ended_at: i64,
    /// Of each who signs in, the spare codes.
    pub codes: BTreeMap<String, Vec<String>>,
    /// Of some open concerns, and of some closed ones, the references.
    pub references: Vec<String>,
    /// Some children.
    pub children: Vec<String>,
    pub people: usize,
    pub concerns: usize,
    pub entries: u64,
    pub seconds: f64,
}

pub fn place(folder: &Path) -> Place {
    Place { data: folder.join("data"), database: None, secrets: folder.join("secrets") }
}

/// The school in this folder; made, if it is not there.
pub async fn made(folder: &Path, size: Size, shared_memory: Option<PathBuf>) -> Made {
    let note = folder.join("made.json");
    if let Ok(text) = fs::read_to_string(&note) {
        return serde_json::from_str(&text).expect("the note of an earlier run can be read; else delete its folder");
    }
    let quick = tempfile::tempdir_in(shared_memory.unwrap_or_else(std::env::temp_dir)).expect("a folder");
    let made = make(quick.path(), size).await;
    fs::create_dir_all(folder).expect("the folder can be made");
    copy(quick.path(), folder);
    fs::write(&note, serde_json::to_string(&made).expect("it can be written down")).expect("it can be kept");
    made
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for found in fs::read_dir(from).expect("it can be read") {
        let found = found.expect("it can be read");
        let (from, to) = (found.path(), to.join(found.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            let _bytes = fs::copy(&from, &to).expect("it can be copied");
        }
    }
}

struct Making {
    records: Records,
    place: Place,
    hands: Arc<AtomicI64>,
    sessions: BTreeMap<&'static str, Session>,
    staff: Vec<Session>,
    children: Vec<id::Person>,
}

async fn make(folder: &Path, size: Size) -> Made {
    let begun = Instant::now();
    let begins: Timestamp = BEGINS.parse().expect("a moment");
    let hands = Arc::new(AtomicI64::new(begins.as_microsecond()));
    let told = Arc::clone(&hands);
    let clock = Clock::new(move || Timestamp::from_microsecond(told.load(SeqCst)).expect("a moment"));
    let place = place(folder);
    let records = Records::open(&place, clock).await.expect("the store opens");
    let sessions = set_up(&records).await;
    let mut making = Making { records, place, hands, sessions, staff: Vec::new(), children: Vec::new() };
    making.people(size.people).await;
    println!("# people after {:.0} s", begun.elapsed().as_secs_f64());
    let references = making.concerns(size.concerns, begun).await;
    making.entries(size.entries).await;
    let codes = making.ready_to_sign_in().await;
    let entries = making.count_entries().await;
    let with_concerns =
        (0..size.concerns).step_by(size.concerns.div_ceil(200).max(1)).map(|number| making.child(number));
    let children = with_concerns.map(|child| child.to_string()).collect();
    let made = Made {
        ended_at: making.hands.load(SeqCst),
        codes,
        references,
        children,
        people: PEOPLE.len() + making.staff.len() + making.children.len(),
        concerns: size.concerns,
        entries,
        seconds: begun.elapsed().as_secs_f64(),
    };
    making.records.close().await;
    made
}

async fn set_up(records: &Records) -> BTreeMap<&'static str, Session> {
    let first = |(word, kind, name, duty): &(&str, Kind, &str, Duty)| FirstPerson {
        person: match kind {
            Kind::Staff => NewPerson::staff(StaffKind::Employed, *name),
            kind => NewPerson::new(*kind, *name),
        },
        duties: vec![FirstDuty { duty: *duty, is_deputy: false }],
        sign_in_name: Some((*word).to_owned()),
        is_custodian: ["head", "lead", "chair"].contains(word),
    };
    let set_up = SetUp {
        code: CODE.to_owned(),
        name: "Brook Lane School".to_owned(),
        time_zone: "Europe/London".to_owned(),
        trust: None,
        people: PEOPLE.iter().map(first).collect(),
    };
    let done = records.set_up(set_up).await.expect("it is set up");
    let mut sessions = BTreeMap::new();
    for ((word, ..), made) in PEOPLE.iter().zip(&done.people) {
        let passphrase = made.passphrase.as_ref().expect("each signs in");
        let session = records.choose_password(CODE, word, passphrase, FIRST_PASSWORD).await.expect("it is right");
        sessions.insert(*word, session);
    }
    sessions
}

impl Making {
    /// Lets so much time go by.
    fn advance(&self, by: SignedDuration) {
        self.hands.fetch_add(i64::try_from(by.as_micros()).expect("not that far"), SeqCst);
    }

    async fn people(&mut self, count: usize) {
        let office = self.sessions["office"].clone();
        for number in 0..count {
            let name = format!("{} {}", FIRST_NAMES[number % 25], surname(number / 25));
            let is_pupil = !number.is_multiple_of(PUPILS_TO_ONE + 1);
            let person = if is_pupil {
                let years = i16::try_from(number % 13).expect("a small number");
                let born = date(2006 + years, 3, 1 + i8::try_from(number % 28).expect("a small number"));
                NewPerson { date_of_birth: Some(born), ..NewPerson::new(Kind::Pupil, name) }
            } else {
                NewPerson::staff(StaffKind::Employed, name)
            };
            let person = self.records.add_person(&office, person).await.expect("they can be added");
            if is_pupil {
                self.children.push(person);
            } else {
                self.staff.push(Session { school: office.school, actor: Actor::Person(person), unlocked: None });
            }
        }
    }

    /// Raises them and answers all but a few; the references of some.
    async fn concerns(&self, count: usize, begun: Instant) -> Vec<String> {
        let between = LIVES / i32::try_from(count.max(1)).expect("not that many");
        let mut references = Vec::new();
        for number in 0..count {
            self.advance(between);
            let reference = self.concern(number).await;
            if number + UNANSWERED < count {
                self.answer(&reference, number).await;
            }
            if number.is_multiple_of((count / 200).max(1)) {
                references.push(reference);
            }
            if number % 50 == 49 {
                let school = self.sessions["lead"].school;
                self.records.climb(school).await.expect("they climb");
            }
            if number % NIGHTLY == NIGHTLY - 1 {
                self.records.take_statistics().await;
            }
            if number % 2000 == 1999 {
                println!("# {} concerns after {:.0} s", number + 1, begun.elapsed().as_secs_f64());
            }
        }
        references
    }

    /// Whom a concern is about.
    fn child(&self, number: usize) -> id::Person {
        self.children[number * 7919 % self.children.len()]
    }

    async fn concern(&self, number: usize) -> String {
        let records = &self.records;
        let new = NewConcern {
            form: id::Row::new(records.clock().now()).expect("a number"),
            children: vec![(self.child(number), Part::About)],
            adult: None,
            said: Said { seen: Some(text(number)), words: None, opinion: None },
            answers: Answers {
                mode: Some(Mode::ALL[number % Mode::ALL.len()]),
                risks: vec![Risk::ALL[number % Risk::ALL.len()]],
                place: Some(Where::ALL[number % Where::ALL.len()]),
                urgency: Some(if number.is_multiple_of(40) { Urgency::Harm } else { Urgency::Week }),
                ..Answers::default()
            },
            told: None,
            paper: None,
        };
        let raiser = &self.staff[number % self.staff.len()];
        let sent = records.raise_concern(raiser, &new).await.expect("it is raised");
        sent.references.into_iter().next().expect("a reference")
    }

    async fn answer(&self, reference: &str, number: usize) {
        let lead = &self.sessions[if number.is_multiple_of(3) { "deputy" } else { "lead" }];
        let records = &self.records;
        let file = records.concern_called(lead, reference).await.expect("it is found");
        self.advance(MEANWHILE);
        records.acknowledge_concern(lead, file).await.expect("it is theirs");
        records.read_file(lead, file).await.expect("it is read");
        self.advance(MEANWHILE);
        let is_open = number.is_multiple_of(OPEN);
        let reason = Some(Words::new("Spoken with the class teacher; nothing more is known.").expect("words"));
        let decision = if is_open {
            let review = Some(records.clock().now().to_zoned(TimeZone::UTC).date().saturating_add(30.days()));
            NewDecision { extent: Extent::Case, course: Course::Watch, reason, review, is_rung: false }
        } else {
            NewDecision { extent: Extent::Note, course: Course::Nothing, reason, review: None, is_rung: false }
        };
        records.decide_concern(lead, file, &decision).await.expect("it is decided");
        if is_open {
            return;
        }
        self.advance(MEANWHILE);
        let closing = Closing {
            outcome: Words::new("Kept for the chronology.").expect("words"),
            reason: Words::new("Nothing more is needed.").expect("words"),
        };
        records.close_files(lead, &[file], &closing).await.expect("it is closed");
    }

    /// Reads of the directory, as an office makes them, until the log is so long.
    async fn entries(&self, wanted: u64) {
        let office = &self.sessions["office"];
        let there = self.count_entries().await;
        for number in there..wanted {
            let at = usize::try_from(number).expect("not that many") % self.children.len();
            self.records.person(office, self.children[at]).await.expect("the office may look");
        }
    }

    async fn count_entries(&self) -> u64 {
        let clock = Session { actor: Actor::Clock, unlocked: None, ..self.sessions["lead"].clone() };
        let signed =
            self.records.sign_checkpoint(&clock, &self.place, None, KeyChange::None).await.expect("it is signed");
        u64::try_from(signed.entries).expect("a number of entries")
    }

    /// Passwords of this year, and what belongs beside them.
    async fn ready_to_sign_in(&self) -> BTreeMap<String, Vec<String>> {
        let mut codes = BTreeMap::new();
        for (word, session) in &self.sessions {
            let changed = self.records.change_password(session, FIRST_PASSWORD, PASSWORD).await.expect("it is changed");
            if self.records.myself(&changed).await.expect("they are here").needs_second_step {
                let new = self.records.new_authenticator(&changed).await.expect("a secret");
                let first = code(&new.typed, self.records.clock().now());
                let (_, spare) = self.records.add_authenticator(&changed, &new, &first).await.expect("it is right");
                let spare = spare.map(|spare| spare.0.iter().map(|code| code.to_string()).collect());
                codes.insert((*word).to_owned(), spare.unwrap_or_default());
            }
        }
        codes
    }
}

/// What somebody saw: 30 to 150 words, none of them anybody's.
fn text(number: usize) -> Words {
    let words = 30 + number * 31 % 120;
    let said: Vec<&str> = (0..words).map(|at| SEEN[(number * 13 + at * at) % SEEN.len()]).collect();
    Words::new(format!("Note {number}. {}.", said.join(" "))).expect("words")
}

fn surname(number: usize) -> String {
    const START: [&str; 20] = [
        "Ash", "Beck", "Birk", "Brook", "Cold", "Dale", "East", "Fair", "Glen", "Hart", "Hol", "King", "Lang", "Marl",
        "North", "Oak", "Penn", "Rook", "Stan", "Wind",
    ];
    const END: [&str; 30] = [
        "bourne", "bridge", "brook", "bury", "by", "cliffe", "combe", "cote", "croft", "dale", "den", "field", "fold",
        "ford", "gate", "ham", "hurst", "land", "ley", "low", "mere", "more", "ridge", "shaw", "stead", "stone", "ton",
        "well", "wick", "wood",
    ];
    format!("{}{}", START[number % 20], END[number / 20 % 30])
}

const FIRST_NAMES: [&str; 25] = [
    "Ada", "Ben", "Cleo", "Dan", "Esme", "Finn", "Gita", "Hugo", "Ines", "Jude", "Kit", "Lois", "Milo", "Nora", "Omar",
    "Pia", "Quin", "Rosa", "Sami", "Tess", "Uma", "Vera", "Will", "Yara", "Zeb",
];

const SEEN: [&str; 40] = [
    "after", "lunch", "they", "were", "quiet", "and", "did", "not", "want", "to", "talk", "about", "the", "game", "on",
    "a", "tablet", "at", "home", "friends", "sent", "messages", "late", "evening", "said", "nobody", "listens",
    "looked", "tired", "again", "today", "asked", "for", "help", "with", "homework", "then", "left", "class", "early",
];
