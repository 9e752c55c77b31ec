//! What pages ask of climbing. Whoever may not know a file learns nothing of its climb; whoever reported it learns of their own report
//! only whether anybody answered.

use super::{
    Rung,
    gather::{self, School, Waiting},
    plan,
    statements::{NAME, TOLD_TO},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, Actor, Resource},
    audit::Detail,
    calendar::Answer,
    concern::answer::{self, Targets},
    file, id,
    store::Transaction,
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// When something that is reported now is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenRead {
    /// Now: somebody watches.
    Now,
    /// First at opening, then.
    At(Timestamp),
    /// The school's calendar does not say. Nothing waits for that; nobody can promise when it is read either.
    NotKnown,
}

/// Somebody who was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldName {
    /// At which rung.
    pub rung: Rung,
    /// Their name; nothing where it is not known who reported it.
    pub name: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// How a concern climbs, for who may read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Climbing {
    /// Whether somebody answered what was reported last.
    pub is_answered: bool,
    /// Until when somebody must answer before it goes on to the next; nothing before anybody is told, and at its end.
    pub answer_by: Option<Timestamp>,
    /// Who was told, the first first.
    pub told: Vec<ToldName>,
    /// To whom it goes next, and when.
    pub next: Option<(Rung, Timestamp)>,
}

/// A concern that waits for whoever asks, because they were told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingConcern {
    /// Its random reference.
    pub reference: String,
    /// Whether it is of severity 4 or 5.
    pub is_immediate: bool,
    /// Until when somebody must answer, as in the list of what waits.
    pub answer_by: Timestamp,
}

/// A concern that those to whom it came have not answered, for the chair and the trust, who may not read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedBy {
    /// Whom to ring, one of those who may read it; nobody, where none of them is here.
    pub ring: Option<String>,
}

/// What whoever reported it may know of their own report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnStanding {
    /// Whether somebody answered since.
    pub is_answered: bool,
    /// Whether anybody was told of it.
    pub is_told: bool,
    /// When somebody is told first, where nobody is yet: at opening.
    pub first_told: Option<Timestamp>,
    /// Whether everybody's time to answer is over, so that they must ring somebody themselves.
    pub must_ring: bool,
}

impl Records {
    /// When something that is reported now is read. It is nobody's secret, so that this leaves no trace.
    pub async fn when_will_it_be_read(&self, school: id::School) -> Result<WhenRead, Fault> {
        let now = self.clock().now();
        let Some(version) = self.calendar(school).await? else { return Ok(WhenRead::NotKnown) };
        Ok(match version.calendar.is_watched(now) {
            Answer::Yes => WhenRead::Now,
            Answer::Unknown => WhenRead::NotKnown,
            Answer::No => {
                version.calendar.add_watched_time(now, SignedDuration::ZERO).map_or(WhenRead::NotKnown, WhenRead::At)
            }
        })
    }

    /// How a concern climbs: who was told when, and to whom it goes next.
    pub async fn how_it_climbs(&self, session: &Session, file: id::File) -> Result<Climbing, Fault> {
        let mut entered = self.act(session, Act::ClimbRead, Resource::File(file), Detail::none()).await?;
        let climbing = climbing(&mut entered, file).await;
        entered.finish(climbing).await
    }

    /// The concerns that wait for whoever asks, the one that must be answered first first.
    pub async fn waiting_concerns(&self, session: &Session) -> Result<Vec<WaitingConcern>, Fault> {
        let told = told_to(&mut self.looking().await?, session, self.clock().now()).await?;
        if told.is_empty() {
            return Ok(Vec::new());
        }
        // What is not shown is not named: whoever lost a file has nothing to do with it any more.
        let mut looking = self.looking().await?;
        let standing = access::standing(&mut looking, session.school, session.actor, self.clock().now()).await?;
        let known = still_known(&mut looking, &standing, &told).await?;
        drop(looking);
        if known.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<String> = known.iter().map(ToString::to_string).collect();
        let detail = Detail::none().with("files", ids.join(" "));
        let mut entered = self.act(session, Act::FilesListed, Resource::School, detail).await?;
        let waiting = waits(&mut entered, &known).await;
        entered.finish(waiting).await
    }

    /// The concerns that those to whom they came have not answered, and that the asker was told of without being let read them.
    pub async fn passed_by(&self, session: &Session) -> Result<Vec<PassedBy>, Fault> {
        let Actor::Person(asker) = session.actor else { return Err(Fault::NotFound) };
        let told = told_to(&mut self.looking().await?, session, self.clock().now()).await?;
        if told.is_empty() {
            return Ok(Vec::new());
        }
        let mut entered = self.act(session, Act::NoticesRead, Resource::Person(asker), Detail::none()).await?;
        let passed = match unanswered(&mut entered, &told).await {
            Ok(unanswered) => passed(&mut entered, asker, &unanswered).await,
            Err(fault) => Err(fault),
        };
        entered.finish(passed).await
    }

    /// What became of one's own report, as far as whoever made it may know: whether anybody answered.
    ///
    /// # Errors
    /// [`Fault::NotFound`] of somebody else's.
    pub async fn own_report_stands(&self, session: &Session, own: id::Entry) -> Result<OwnStanding, Fault> {
        let Actor::Person(person) = session.actor else { return Err(Fault::NotFound) };
        let mut looking = self.looking().await?;
        let (file, author) = file::file_and_author(&mut looking, session.school, own).await?;
        drop(looking);
        let detail = Detail::none().digest("entries", own.to_string());
        let mut entered = self.act(session, Act::OwnReportsRead, Resource::Person(person), detail).await?;
        let standing = match author {
            Some(author) if author == person => own_standing(&mut entered, file).await,
            _ => Err(Fault::NotFound),
        };
        entered.finish(standing).await
    }
}

/// Those of the files that somebody of this standing may know of now.
pub(crate) async fn still_known(
    t: &mut Transaction,
    standing: &access::Standing,
    files: &[id::File],
) -> Result<Vec<id::File>, Fault> {
    let files = answer::files_of(t, standing.school, files).await?;
    Ok(answer::known(t, standing, files).await?.into_iter().map(|file| file.id).collect())
}

/// The files of which whoever asks was told lately that they wait.
pub(crate) async fn told_to(t: &mut Transaction, session: &Session, now: Timestamp) -> Result<Vec<id::File>, Fault> {
    let Actor::Person(person) = session.actor else { return Ok(Vec::new()) };
    let since = super::look_back(now);
    let rows = t.rows(&TOLD_TO, &[session.school.into(), person.into(), since.into()]).await?;
    rows.iter().map(|row| row.get(0)).collect()
}

async fn climbing(entered: &mut Entered, file: id::File) -> Result<Climbing, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let mut of_school = School::read(entered.transaction(), school, now).await?;
    let waiting = of_school.waiting(entered.transaction(), file).await?;
    let mut told = Vec::new();
    let all_told = gather::told_of(entered.transaction(), school, &[file]).await?.remove(&file);
    for one in all_told.unwrap_or_default() {
        let name = match one.person {
            Some(person) => {
                let row = entered.row(&NAME, &[person.into(), school.into()]).await?;
                row.map(|row| row.get(0)).transpose()?
            }
            None => None,
        };
        told.push(ToldName { rung: one.rung, name, at: one.told_at });
    }
    // Of one moment, in their turn.
    told.sort_by_key(|told| (told.at, told.rung));
    Ok(match waiting {
        None => Climbing { is_answered: true, answer_by: None, told, next: None },
        Some(waiting) => Climbing {
            is_answered: false,
            answer_by: plan::answer_by(&waiting.plan, now),
            told,
            next: plan::next(&waiting.plan, now).map(|step| (step.rung, step.due)),
        },
    })
}

/// The climbs of those of these files that nobody has answered.
pub(crate) async fn unanswered(
    entered: &mut Entered,
    files: &[id::File],
) -> Result<BTreeMap<id::File, Waiting>, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let mut of_school = School::read(entered.transaction(), school, now).await?;
    of_school.waiting_of(entered.transaction(), files).await
}

async fn waits(entered: &mut Entered, known: &[id::File]) -> Result<Vec<WaitingConcern>, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let targets = Targets::of(entered.transaction(), school, now).await?;
    let unanswered = unanswered(entered, known).await?;
    Ok(waiting(entered, &targets, &unanswered, known))
}

/// What waits of those that the entry names, the one that must be answered first first. What was taken away behind the entry is gone.
pub(crate) fn waiting(
    entered: &Entered,
    targets: &Targets,
    unanswered: &BTreeMap<id::File, Waiting>,
    named: &[id::File],
) -> Vec<WaitingConcern> {
    let is_shown =
        |file: &id::File, one: &Waiting| named.contains(file) && access::may_know(entered.standing(), &one.about);
    let of = |one: &Waiting| {
        // The clock of the list. Whoever is asked outside watched hours has minutes; who is asked later, no new time.
        let by = targets.answer_by(Some(one.open.severity), one.open.reported_at);
        let asked = plan::answer_by(&one.plan, entered.now()).unwrap_or(by);
        let (reference, is_immediate) = (one.reference.clone(), one.open.is_immediate());
        WaitingConcern { reference, is_immediate, answer_by: by.min(asked) }
    };
    let mut found: Vec<WaitingConcern> =
        unanswered.iter().filter(|(file, one)| is_shown(file, one)).map(|(_, one)| of(one)).collect();
    found.sort_by_key(|one| (!one.is_immediate, one.answer_by, one.reference.clone()));
    found
}

/// What of these those who may read them have not answered.
pub(crate) async fn passed(
    entered: &mut Entered,
    asker: id::Person,
    unanswered: &BTreeMap<id::File, Waiting>,
) -> Result<Vec<PassedBy>, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let mut found = Vec::new();
    for waiting in unanswered.values() {
        let is_told = waiting.told.iter().any(|told| told.person == Some(asker) && told.told_at >= waiting.open.since);
        // Who turned out to be concerned by it since is told nothing of it any more.
        let about = &waiting.about;
        if !is_told || about.kept_out().contains(&asker) || access::may_know(entered.standing(), about) {
            continue;
        }
        // One person, the last of those who may read it: who else may, and who may not, is not the asker's to know.
        let asked = waiting.plan.iter().filter(|step| step.due <= now).flat_map(|step| &step.people);
        let last = asked.copied().rfind(|person| waiting.readers.contains(person));
        let ring = match last {
            Some(person) => {
                let row = entered.row(&NAME, &[person.into(), school.into()]).await?;
                row.map(|row| row.get(0)).transpose()?
            }
            None => None,
        };
        found.push(PassedBy { ring });
    }
    Ok(found)
}

async fn own_standing(entered: &mut Entered, file: id::File) -> Result<OwnStanding, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let mut of_school = School::read(entered.transaction(), school, now).await?;
    stands(entered.transaction(), &mut of_school, file).await
}

/// What whoever reported to a file may know of how it stands.
pub(crate) async fn stands(t: &mut Transaction, of_school: &mut School, file: id::File) -> Result<OwnStanding, Fault> {
    let now = of_school.now();
    let Some(Waiting { open, plan, told, .. }) = of_school.waiting(t, file).await? else {
        return Ok(OwnStanding { is_answered: true, is_told: true, first_told: None, must_ring: false });
    };
    let is_told = told.iter().any(|told| told.told_at >= open.since && told.rung != Rung::Reporter);
    let first = plan.iter().find(|step| step.rung != Rung::Reporter).map(|step| step.due);
    let must_ring = plan.iter().any(|step| step.rung == Rung::Reporter && step.due <= now);
    Ok(OwnStanding { is_answered: false, is_told, first_told: first.filter(|_| !is_told), must_ring })
}
