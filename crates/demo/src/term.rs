//! Rivermead's term so far: believable concerns in every state, on dates that are reckoned back from today. Each is raised and
//! answered through the verbs, by whoever would do so, while the store's clock stands at that moment.

use crate::{calendar, staff};
use holdfast_records::{
    Fault, Records, Session,
    access::Actor,
    concern::{
        Answers, Mode, More, NewConcern, Part, Place, Risk, Said, Urgency,
        answer::{
            Agency, Considered, Course, Crime, Extent, ForFamily, Ground, IncidentType, NewAction, NewCall, NewClass,
            NewConsidered, NewDecision, NewTelling, NewThreshold, OffSite, Sanction, Support, Telling, ThresholdLevel,
            Wanted,
        },
    },
    file::{Closing, EntryKind, NewEntry, Severity, Words},
    id,
    people::Kind,
    settings::{Chosen, NewValue, conflicts::NOT_OURS},
    store::{Clock, Place as Store},
};
use jiff::{
    SignedDuration, Timestamp, ToSpan as _, Zoned,
    civil::{Date, Time, Weekday},
    tz::TimeZone,
};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

/// What happens, in the order of the concerns.
const TERM: &str = include_str!("school/term.toml");

/// How many weeks before today the school began to keep its records in the demonstration.
const WEEKS: i32 = 15;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Term {
    concern: Vec<Concern>,
}

/// A concern, and what follows it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Concern {
    /// School days before today.
    ago: i32,
    /// The time of that day.
    at: String,
    by: String,
    about: String,
    /// The adult whom it is about, by the name they sign in with.
    adult: Option<String>,
    urgency: String,
    mode: String,
    risks: Vec<String>,
    place: String,
    seen: Option<String>,
    words: Option<String>,
    opinion: Option<String>,
    #[serde(default)]
    then: Vec<Step>,
}

/// Something that follows, so many minutes after the concern.
#[derive(Deserialize)]
struct Step {
    by: String,
    after: i64,
    #[serde(flatten)]
    what: What,
}

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
enum What {
    Acknowledge,
    /// The same for the part of it that is about the adult.
    AcknowledgeAdult,
    Decide {
        extent: String,
        course: String,
        reason: String,
        /// In how many days it is looked at again; of what is only watched.
        review: Option<i32>,
        /// Whether the call was made before it was decided.
        #[serde(default)]
        rung: bool,
        /// Of an incident or a case: its level by the local thresholds.
        threshold: Option<Level>,
    },
    /// What kind of thing it is.
    Class {
        types: Vec<String>,
        risks: Vec<String>,
        crime: String,
        reason: Option<String>,
    },
    Urgency {
        level: i64,
        reason: String,
    },
    Action {
        owner: String,
        due: i32,
        words: String,
    },
    /// The oldest action that is not done.
    Finish {
        words: String,
    },
    Parent {
        adult: String,
        course: String,
        reason: String,
        review: Option<i32>,
    },
    Told {
        adult: String,
        words: String,
    },
    Call {
        agency: String,
        spoke_to: String,
        reference: String,
        words: String,
    },
    More {
        seen: String,
    },
    Close {
        outcome: String,
        reason: String,
        /// What was considered about this child; an incident asks for it.
        considered: Option<Thought>,
    },
}

/// A level of the local thresholds, to whom it is referred, and, where it happened outside school, why the school acts.
#[derive(Deserialize)]
struct Level {
    #[serde(rename = "level")]
    word: String,
    to: Option<String>,
    #[serde(default)]
    grounds: Vec<String>,
    policy: Option<String>,
}

/// Sanction, support and support for the parents.
#[derive(Deserialize)]
struct Thought {
    sanction: String,
    support: String,
    note: String,
    family: String,
}

impl Level {
    fn threshold(&self) -> Result<NewThreshold, Fault> {
        let grounds = self.grounds.iter().map(|ground| known(Ground::from_word(ground), ground));
        let grounds = grounds.collect::<Result<Vec<_>, Fault>>()?;
        Ok(NewThreshold {
            level: known(ThresholdLevel::from_word(&self.word), &self.word)?,
            local: None,
            reasoning: None,
            referred_to: some_words(self.to.as_ref())?,
            off_site: match &self.policy {
                Some(policy) => Some(OffSite { grounds, policy: Some(words(policy)?) }),
                None => None,
            },
        })
    }
}

fn class((types, risks): (&[String], &[String]), crime: &str, reason: Option<&str>) -> Result<NewClass, Fault> {
    let types = types.iter().map(|one| known(IncidentType::from_word(one), one));
    let risks = risks.iter().map(|risk| known(Risk::from_word(risk), risk));
    Ok(NewClass {
        types: types.collect::<Result<_, Fault>>()?,
        risks: risks.collect::<Result<_, Fault>>()?,
        crime: known(Crime::from_word(crime), crime)?,
        reason: reason.map(words).transpose()?,
    })
}

impl Thought {
    fn considered(&self) -> Result<NewConsidered, Fault> {
        let (support, family) = (Support::from_word(&self.support), ForFamily::from_word(&self.family));
        let sanction = known(Sanction::from_word(&self.sanction), &self.sanction)?;
        let support = Considered { answer: known(support, &self.support)?, note: Some(words(&self.note)?) };
        Ok(NewConsidered {
            sanction: Some(Considered { answer: sanction, note: None }),
            support: Some(support),
            family: Some(Considered { answer: known(family, &self.family)?, note: None }),
            finding: None,
        })
    }
}

/// What is done at a moment: a concern raised, or one of its steps.
struct Moment<'a> {
    at: Timestamp,
    concern: usize,
    step: Option<&'a Step>,
}

/// A concern that was raised.
struct Raised {
    file: id::File,
    key: String,
    actions: Vec<id::Row>,
}

/// Makes the school in an empty store and lives through its term until `now`, unless it is there already. The store is opened here with
/// a clock of its own, and closed again: whoever opens it next has the machine's.
/// `password_hash` is as in [`staff::set_up`].
///
/// # Errors
///
/// When the store refuses something of it; the text says what.
pub async fn live(place: &Store, password_hash: &str, now: Timestamp) -> Result<(), String> {
    let hands = Arc::new(AtomicI64::new(now.as_microsecond()));
    let told = Arc::clone(&hands);
    let clock =
        Clock::new(move || Timestamp::from_microsecond(told.load(Ordering::SeqCst)).unwrap_or(Timestamp::UNIX_EPOCH));
    let records = Records::open(place, clock).await.map_err(|fault| fault.to_string())?;
    let set_clock = |moment: Timestamp| hands.store(moment.as_microsecond(), Ordering::SeqCst);
    let lived = live_in(&records, password_hash, now, &set_clock).await;
    records.close().await;
    lived
}

async fn live_in(
    records: &Records,
    password_hash: &str,
    now: Timestamp,
    set_clock: SetClock<'_>,
) -> Result<(), String> {
    if records.school_of(staff::SCHOOL_CODE).await.is_ok() {
        return Ok(());
    }
    let zone = TimeZone::get(staff::TIME_ZONE).map_err(|fault| fault.to_string())?;
    let now = now.to_zoned(zone);
    let begun = now.saturating_sub(WEEKS.weeks());
    set_clock(begun.timestamp());
    staff::set_up(records, password_hash).await?;
    let refused = |fault| format!("The fictional school's term was refused: {fault}");
    let head = records.sign_in(staff::SCHOOL_CODE, staff::HEAD, staff::RECORDS_PASSWORD).await.map_err(refused)?;
    calendar::set(records, &head, now.date()).await.map_err(refused)?;
    answer_questions(records, &head).await.map_err(refused)?;
    say_where(records, &head).await.map_err(refused)?;
    live_through(records, &now, set_clock).await.map_err(refused)
}

/// Answers what a policy that contradicts itself leaves open: Rivermead's says one thing each time. Else its filter would need a person,
/// and whoever tries the demonstration would look for a fault.
async fn answer_questions(records: &Records, head: &Session) -> Result<(), Fault> {
    for decision in records.decisions(head.school).await? {
        let why = "Our policy says one thing here.";
        let chosen = Chosen { conflict: decision.conflict.id, answer: NOT_OURS, why, clause: None };
        records.decide_conflict(head, chosen).await?;
    }
    Ok(())
}

/// Says where the safeguarding leads are found, so that whoever has a child in danger beside them knows where to go.
async fn say_where(records: &Records, head: &Session) -> Result<(), Fault> {
    let value = Some("room 4 beside the office; extension 212");
    let why = "Whoever has a child in danger beside them goes to an adult first.";
    records.set_setting(head, NewValue { setting: "incidents.lead_places", value, why, clause: None }).await.map(drop)
}

/// Sets the store's clock.
type SetClock<'a> = &'a (dyn Fn(Timestamp) + Send + Sync);

/// Sets the clock to each moment of the term, and has there done what is done then.
async fn live_through(records: &Records, now: &Zoned, set_clock: SetClock<'_>) -> Result<(), Fault> {
    let term: Term = toml::from_str(TERM).map_err(|fault| Fault::wrong(format!("term.toml: {fault}")))?;
    let school = records.school_of(staff::SCHOOL_CODE).await?;
    let mut staff = Staff { records, sessions: BTreeMap::new() };
    let mut raised: BTreeMap<usize, Raised> = BTreeMap::new();
    for moment in moments(&term, now)? {
        set_clock(moment.at);
        records.climb(school).await?;
        let concern = &term.concern[moment.concern];
        match moment.step {
            None => {
                raised.insert(moment.concern, raise(&mut staff, concern, moment.at).await?);
            }
            Some(step) => {
                if let Some(raised) = raised.get_mut(&moment.concern) {
                    follow(&mut staff, (concern, step), raised, now.time_zone()).await?;
                }
            }
        }
    }
    set_clock(now.timestamp());
    records.climb(school).await
}

/// Everything that has happened until now, in the order in which it did.
fn moments<'a>(term: &'a Term, now: &Zoned) -> Result<Vec<Moment<'a>>, Fault> {
    let mut moments = Vec::new();
    for (number, concern) in term.concern.iter().enumerate() {
        let time: Time =
            concern.at.parse().map_err(|fault| Fault::wrong(format!("term.toml: {}: {fault}", concern.at)))?;
        let raised_at = moment_before(now, concern.ago, time)?;
        moments.push(Moment { at: raised_at, concern: number, step: None });
        for step in &concern.then {
            let at = raised_at + SignedDuration::from_mins(step.after);
            moments.push(Moment { at, concern: number, step: Some(step) });
        }
    }
    moments.retain(|moment| moment.at <= now.timestamp());
    moments.sort_by_key(|moment| moment.at);
    Ok(moments)
}

/// A time of so many school days before today; the school day before, where that is still to come.
fn moment_before(now: &Zoned, ago: i32, time: Time) -> Result<Timestamp, Fault> {
    let at = |ago: i32| {
        days_on(now.date(), -ago).to_datetime(time).to_zoned(now.time_zone().clone()).map_err(|fault| no_day(&fault))
    };
    let wanted = at(ago)?;
    Ok(if wanted <= *now { wanted } else { at(ago + 1)? }.timestamp())
}

fn no_day(fault: &jiff::Error) -> Fault {
    Fault::wrong(format!("term.toml: {fault}"))
}

/// So many days from Monday to Friday on, or back; from a day of a weekend, from the Friday before.
fn days_on(from: Date, days: i32) -> Date {
    let mut day = from;
    let is_weekend = |day: Date| matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
    while is_weekend(day) {
        day = day.saturating_sub(1.day());
    }
    for _ in 0..days.unsigned_abs() {
        loop {
            day = day.saturating_add(days.signum().days());
            if !is_weekend(day) {
                break;
            }
        }
    }
    day
}

/// Who works at the school, signed in.
struct Staff<'a> {
    records: &'a Records,
    sessions: BTreeMap<String, Session>,
}

impl Staff<'_> {
    async fn session(&mut self, name: &str) -> Result<Session, Fault> {
        if let Some(session) = self.sessions.get(name) {
            return Ok(session.clone());
        }
        let session = self.records.sign_in(staff::SCHOOL_CODE, name, staff::RECORDS_PASSWORD).await?;
        self.sessions.insert(name.to_owned(), session.clone());
        Ok(session)
    }

    async fn person(&mut self, name: &str, kind: Kind) -> Result<id::Person, Fault> {
        let head = self.session(staff::HEAD).await?;
        let found = self.records.find_people(&head, name, Some(kind)).await?;
        found
            .people
            .first()
            .map(|found| found.id)
            .ok_or_else(|| Fault::wrong(format!("term.toml: nobody is called {name}.")))
    }

    /// Somebody of the staff, by the name they sign in with.
    async fn member(&mut self, sign_in_name: &str) -> Result<id::Person, Fault> {
        match self.session(sign_in_name).await?.actor {
            Actor::Person(person) => Ok(person),
            _ => Err(Fault::NotFound),
        }
    }
}

fn words(text: &str) -> Result<Words, Fault> {
    Words::new(text)
}

fn some_words(text: Option<&String>) -> Result<Option<Words>, Fault> {
    text.map(|text| words(text)).transpose()
}

/// The word of the data, as what it stands for.
fn known<T>(found: Option<T>, word: &str) -> Result<T, Fault> {
    found.ok_or_else(|| Fault::wrong(format!("term.toml: “{word}” is not known.")))
}

async fn raise(staff: &mut Staff<'_>, concern: &Concern, at: Timestamp) -> Result<Raised, Fault> {
    let session = staff.session(&concern.by).await?;
    let child = staff.person(&concern.about, Kind::Pupil).await?;
    let adult = match &concern.adult {
        Some(name) => Some(staff.member(name).await?),
        None => None,
    };
    let risks = concern.risks.iter().map(|word| known(Risk::from_word(word), word)).collect::<Result<_, _>>()?;
    let new = NewConcern {
        form: id::Row::new(at)?,
        children: vec![(child, Part::About)],
        adult,
        said: Said {
            seen: some_words(concern.seen.as_ref())?,
            words: some_words(concern.words.as_ref())?,
            opinion: some_words(concern.opinion.as_ref())?,
        },
        answers: Answers {
            mode: Some(known(Mode::from_word(&concern.mode), &concern.mode)?),
            risks,
            place: Some(known(Place::from_word(&concern.place), &concern.place)?),
            urgency: Some(known(Urgency::from_word(&concern.urgency), &concern.urgency)?),
            is_reassured: concern.words.is_some(),
            ..Answers::default()
        },
        told: None,
        paper: None,
    };
    let sent = staff.records.raise_concern(&session, &new).await?;
    let reference = known(sent.references.first(), "a reference")?;
    let lead = staff.session("lead").await?;
    let file = staff.records.concern_called(&lead, reference).await?;
    Ok(Raised { file, key: new.form.to_string(), actions: Vec::new() })
}

async fn follow(
    staff: &mut Staff<'_>,
    (concern, step): (&Concern, &Step),
    raised: &mut Raised,
    zone: &TimeZone,
) -> Result<(), Fault> {
    let records = staff.records;
    let session = staff.session(&step.by).await?;
    let today = records.clock().now().to_zoned(zone.clone()).date();
    let file = raised.file;
    match &step.what {
        What::Acknowledge => {
            records.read_file(&session, file).await?;
            records.acknowledge_concern(&session, file).await
        }
        What::AcknowledgeAdult => {
            let adult = known(concern.adult.as_ref(), "adult")?;
            let adult = staff.member(adult).await?;
            let queue = records.concerns(&session, &Wanted::default()).await?;
            let theirs = queue.concerns.iter().find(|queued| queued.person == adult).ok_or(Fault::NotFound)?;
            records.read_file(&session, theirs.file).await?;
            records.acknowledge_concern(&session, theirs.file).await
        }
        What::Decide { extent, course, reason, review, rung, threshold } => {
            let decision = NewDecision {
                extent: known(Extent::from_word(extent), extent)?,
                course: known(Course::from_word(course), course)?,
                reason: Some(words(reason)?),
                review: review.map(|days| days_on(today, days)),
                is_rung: *rung,
            };
            match threshold {
                Some(level) => {
                    let threshold = level.threshold()?;
                    records.decide_at_threshold(&session, file, &decision, &threshold).await
                }
                None => records.decide_concern(&session, file, &decision).await,
            }
        }
        What::Class { types, risks, crime, reason } => {
            let class = class((types, risks), crime, reason.as_deref())?;
            records.class_concern(&session, file, &class).await
        }
        What::Urgency { level, reason } => {
            let entry = NewEntry {
                kind: EntryKind::Severity,
                severity: Severity::new(*level),
                moment: None,
                text: words(reason)?,
                reason: Some(words(reason)?),
            };
            records.add_entry(&session, file, &entry).await.map(drop)
        }
        What::Action { owner, due, words: text } => {
            let owner = staff.member(owner).await?;
            let action = NewAction { owner, words: words(text)?, due: days_on(today, *due) };
            raised.actions.push(records.add_concern_action(&session, file, &action).await?);
            Ok(())
        }
        What::Finish { words: text } => {
            let action = raised.actions.remove(0);
            records.finish_concern_action(&session, file, action, Some(&words(text)?)).await
        }
        What::Parent { adult, course, reason, review } => {
            let new = NewTelling {
                adult: staff.person(adult, Kind::Parent).await?,
                course: known(Telling::from_word(course), course)?,
                reason: Some(words(reason)?),
                review: review.map(|days| days_on(today, days)),
                may_be_family_harm: false,
            };
            records.decide_parent(&session, file, &new).await
        }
        What::Told { adult, words: text } => {
            let adult = staff.person(adult, Kind::Parent).await?;
            let case = records.read_concern(&session, file).await?;
            let decision = case.parents.iter().find(|parent| parent.adult == adult).ok_or(Fault::NotFound)?;
            records.parent_told(&session, file, decision.id, &words(text)?).await
        }
        What::Call { agency, spoke_to, reference, words: text } => {
            let call = NewCall {
                agency: known(Agency::from_word(agency), agency)?,
                rung_at: records.clock().now(),
                spoke_to: Some(words(spoke_to)?),
                reference: Some(words(reference)?),
                words: Some(words(text)?),
            };
            records.record_call(&session, file, &call).await
        }
        What::More { seen } => {
            let said = Said { seen: Some(words(seen)?), ..Said::default() };
            let form = id::Row::new(records.clock().now())?;
            records.hear_more(&session, &raised.key, &More { form, said, moment: None, urgency: None }).await.map(drop)
        }
        What::Close { outcome, reason, considered } => {
            records.read_file(&session, file).await?;
            let closing = Closing { outcome: words(outcome)?, reason: words(reason)? };
            let considered = considered.as_ref().map(Thought::considered).transpose()?;
            records.close_considered(&session, &[file], &closing, considered.as_ref()).await
        }
    }
}
