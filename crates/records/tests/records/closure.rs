//! No sequence of permitted acts reads a file outside the closure of grants, and what is taken away is gone at the next request.
//!
//! Random acts by random people are done through the verbs; a model of its own, written from practice 10 to 12 and knowing
//! nothing of the engine's code, says after each of them who may read what. The model is wide where practice leaves a choice:
//! what it forbids must be hidden; what it requires must be read.

use crate::{
    filing::{Filing, seen, words},
    ground::{Ground, both},
};
use holdfast_records::{
    Fault,
    access::{Duty, FileKind},
    file::{NewFile, Which},
    id,
    people::GiveDuty,
};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

both!(no_sequence_of_permitted_acts_reads_outside_the_closure);

/// Sequences tried, each on a school of its own, and acts in each.
const SEEDS: [u64; 3] = [1, 20_260_609, 77];
const ACTS: usize = 70;
const ADULTS: [&str; 7] = ["head", "lead", "deputy", "chair", "trust", "officer", "teacher"];
const GIVEN: [Duty; 4] = [Duty::DesignatedLead, Duty::DeputyDesignatedLead, Duty::Chair, Duty::SeniorLeader];

/// A small source of choices that can be repeated (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit).expect("small")).expect("small")
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

/// A file as the model knows it.
struct File {
    id: id::File,
    kind: FileKind,
    about: &'static str,
    subjects: BTreeSet<&'static str>,
    let_in: BTreeSet<&'static str>,
    taken_out: BTreeSet<&'static str>,
}

/// What the model knows.
#[derive(Default)]
struct Model {
    /// Who holds what, as deputy or not, and by which holding.
    held: BTreeMap<(&'static str, Duty, bool), id::Holding>,
    away: BTreeSet<&'static str>,
    files: Vec<File>,
    /// Who took emergency access about whom, until when.
    emergencies: Vec<(&'static str, &'static str, Timestamp)>,
}

impl Model {
    fn holders(&self, duty: Duty, is_deputy: bool) -> Vec<&'static str> {
        let of = self.held.keys().filter(|(_, held, deputy)| *held == duty && *deputy == is_deputy);
        of.map(|(who, ..)| *who).collect()
    }

    /// Who answers for a duty: whoever holds it; with them the deputies while no holder who may is here.
    fn answering(&self, duty: Duty, out: &BTreeSet<&str>) -> Vec<&'static str> {
        let mut answering: Vec<_> = self.holders(duty, false).into_iter().filter(|who| !out.contains(who)).collect();
        if answering.iter().all(|who| self.away.contains(who)) {
            answering.extend(self.holders(duty, true).into_iter().filter(|who| !out.contains(who)));
        }
        answering
    }

    /// Whether practice lets somebody read a file now.
    fn may(&self, who: &str, file: &File, now: Timestamp) -> bool {
        if file.subjects.contains(who) || file.taken_out.contains(who) {
            return false;
        }
        let out: BTreeSet<&str> = file.subjects.union(&file.taken_out).copied().collect();
        let in_emergency =
            self.emergencies.iter().any(|(taker, about, until)| *taker == who && *about == file.about && now < *until);
        file.let_in.contains(who)
            || (in_emergency && file.kind == FileKind::Child)
            || self.rung(file.kind, &out).contains(&who)
            // A named deputy of who answers, in an emergency.
            || (in_emergency && self.is_deputy_of_rung(who, file.kind, &out))
    }

    fn rung(&self, kind: FileKind, out: &BTreeSet<&str>) -> Vec<&'static str> {
        let rungs: &[&[Duty]] = match kind {
            FileKind::Child => {
                &[&[Duty::DesignatedLead, Duty::DeputyDesignatedLead, Duty::Head], &[Duty::Chair], &[Duty::TrustLead]]
            }
            FileKind::StaffConcern => &[&[Duty::Head], &[Duty::Chair], &[Duty::TrustLead], &[Duty::DesignatedLead]],
        };
        let mut readers = Vec::new();
        for rung in rungs {
            readers.extend(rung.iter().flat_map(|duty| self.answering(*duty, out)));
            if readers.iter().any(|who| !self.away.contains(who)) {
                break;
            }
        }
        readers
    }

    fn is_deputy_of_rung(&self, who: &str, kind: FileKind, out: &BTreeSet<&str>) -> bool {
        let readers = self.rung(kind, out);
        let deputises =
            |duty: &Duty| self.held.keys().any(|(of, held, is_deputy)| *of == who && held == duty && *is_deputy);
        Duty::ALL.iter().any(|duty| deputises(duty) && readers.iter().any(|of| self.holders(*duty, false).contains(of)))
    }

    /// Whether somebody must be able to know of a file: the plain cases, in which practice leaves no choice.
    fn must(&self, who: &'static str, file: &File) -> bool {
        let is_out = file.subjects.contains(who) || file.taken_out.contains(who);
        let first = if file.kind == FileKind::Child { Duty::DesignatedLead } else { Duty::Head };
        !is_out && (file.let_in.contains(who) || self.held.contains_key(&(who, first, false)))
    }
}

async fn no_sequence_of_permitted_acts_reads_outside_the_closure(ground: Ground) {
    let school = Filing::with(&ground, &["deputy", "chair", "trust", "officer"]).await;
    for seed in SEEDS {
        let mut model = Model::default();
        for held in school.records.duties(school.session("head")).await.expect("the duties") {
            let who = ADULTS.into_iter().find(|name| school.person(name) == held.person).expect("one of them");
            model.held.insert((who, held.duty, held.is_deputy), held.holding);
        }
        // Of the sequence before, nobody stays away and no emergency lasts.
        for name in ADULTS {
            let _was_away = school.records.end_absence(school.session("head"), school.person(name)).await;
        }
        ground.advance(SignedDuration::from_hours(1));
        let mut dice = Dice(seed);
        let mut story = vec![format!("seed {seed}")];
        for _ in 0..ACTS {
            ground.advance(SignedDuration::from_secs(1));
            story.push(act(&school, &ground, &mut model, &mut dice).await);
            check(&school, &ground, &model, &mut dice, &story).await;
        }
    }
}

/// One act by somebody; what was done, for the story. What is refused changes nothing in the model either.
async fn act(school: &Filing, ground: &Ground, model: &mut Model, dice: &mut Dice) -> String {
    let who = dice.of(&ADULTS);
    let other = dice.of(&ADULTS);
    match dice.below(10) {
        0 | 1 => open(school, model, dice, who).await,
        2..=4 => on_a_file(school, model, dice, (who, other)).await,
        5 => {
            let (duty, is_deputy) = (dice.of(&GIVEN), dice.below(2) == 0);
            let given = GiveDuty { duty, person: school.person(other), is_deputy, from: None };
            let done = school.records.give_duty(school.session(who), &given).await;
            let story = format!("{who} makes {other} {} (deputy {is_deputy}): {:?}", duty.word(), done.is_ok());
            if let Ok(holding) = done {
                model.held.insert((other, duty, is_deputy), holding);
            }
            story
        }
        6 => {
            let held: Vec<_> = model.held.iter().map(|(key, holding)| (*key, *holding)).collect();
            let (key, holding) = dice.of(&held);
            let done = school.records.end_duty(school.session(who), holding).await;
            if done.is_ok() {
                model.held.remove(&key);
            }
            format!("{who} ends {key:?}: {:?}", done.err())
        }
        7 => {
            let (session, person) = (school.session(who), school.person(other));
            let is_back = model.away.contains(other);
            let done = if is_back {
                school.records.end_absence(session, person).await.is_ok()
            } else {
                school.records.record_absence(session, person, ground.now(), None).await.is_ok()
            };
            if done && is_back {
                model.away.remove(other);
            } else if done {
                model.away.insert(other);
            }
            format!("{who} tells that {other} is {}: {done}", if is_back { "back" } else { "away" })
        }
        8 => {
            let about = dice.of(&["ann", "ben", "teacher", "head"]);
            let done = school.records.take_emergency_access(school.session(who), school.person(about), "now").await;
            if done.is_ok() {
                model.emergencies.push((who, about, ground.now() + SignedDuration::from_mins(30)));
            }
            format!("{who} takes emergency access about {about}: {:?}", done.err())
        }
        _ => {
            ground.advance(SignedDuration::from_mins(20));
            "twenty minutes go by".to_owned()
        }
    }
}

async fn open(school: &Filing, model: &mut Model, dice: &mut Dice, who: &'static str) -> String {
    let (kind, about) = dice.of(&[
        (FileKind::Child, "ann"),
        (FileKind::Child, "ben"),
        (FileKind::StaffConcern, "teacher"),
        (FileKind::StaffConcern, "head"),
        (FileKind::StaffConcern, "lead"),
        (FileKind::StaffConcern, "chair"),
    ]);
    let named = if dice.below(3) == 0 && kind == FileKind::Child { vec![dice.of(&ADULTS)] } else { Vec::new() };
    let new = NewFile {
        kind,
        person: school.person(about),
        named: named.iter().map(|name| school.person(name)).collect(),
        entry: seen("canary"),
    };
    let done = school.records.open_file(school.session(who), &new).await;
    let story = format!("{who} opens {kind:?} about {about}, naming {named:?}: {:?}", done.as_ref().err());
    if let Ok(raised) = done {
        let subjects = named.into_iter().chain([about]).collect();
        let (let_in, taken_out) = (BTreeSet::new(), BTreeSet::new());
        model.files.push(File { id: raised.file, kind, about, subjects, let_in, taken_out });
    }
    story
}

async fn on_a_file(
    school: &Filing,
    model: &mut Model,
    dice: &mut Dice,
    (who, other): (&'static str, &'static str),
) -> String {
    if model.files.is_empty() {
        return "nothing is there yet".to_owned();
    }
    let place = dice.below(model.files.len());
    let file = &mut model.files[place];
    let (session, person, reason) = (school.session(who), school.person(other), words("a reason"));
    let (what, done) = match dice.below(3) {
        0 => ("lets in", school.records.admit_to_file(session, file.id, person, &reason).await),
        1 => ("takes out", school.records.remove_from_file(session, file.id, person, &reason).await),
        _ => ("makes a subject of", school.records.add_file_subject(session, file.id, person).await),
    };
    if done.is_ok() {
        match what {
            "lets in" => {
                file.let_in.insert(other);
                file.taken_out.remove(other);
            }
            "takes out" => {
                file.taken_out.insert(other);
                file.let_in.remove(other);
            }
            _ => drop(file.subjects.insert(other)),
        }
    }
    format!("{who} {what} {other} (file {place}): {:?}", done.err())
}

/// Somebody, and whoever is named by chance beside them, reads every file: never what the model forbids.
async fn check(school: &Filing, ground: &Ground, model: &Model, dice: &mut Dice, story: &[String]) {
    let who = dice.of(&ADULTS);
    let session = school.session(who);
    let listing = school.records.list_files(session, &Which::default()).await;
    let listed: BTreeSet<id::File> = match listing {
        Ok(listing) => listing.files.into_iter().map(|file| file.file).collect(),
        Err(Fault::NotFound) => BTreeSet::new(),
        Err(fault) => panic!("{who}: {fault}\n{}", story.join("\n")),
    };
    for (place, file) in model.files.iter().enumerate() {
        let read = school.records.read_file(session, file.id).await;
        // That it is locked, or on a list, is only told to who may know that it is there. Whoever is entitled and was not let
        // in by a holder yet has no key, and reads nothing.
        let is_read = !matches!(read, Err(Fault::NotFound));
        let is_known = is_read || listed.contains(&file.id);
        let case = || format!("{who}, file {place}, {:?} about {}\n{}", file.kind, file.about, story.join("\n"));
        assert!(!is_known || model.may(who, file, ground.now()), "READ OUTSIDE THE CLOSURE: {}", case());
        assert!(is_known || !model.must(who, file), "kept from who answers for it: {}", case());
        assert!(!is_read || listed.contains(&file.id), "read, and not on the list: {}", case());
        if let Err(fault) = read {
            assert!(matches!(fault, Fault::NotFound | Fault::Locked(_)), "{fault}: {}", case());
        }
    }
}
