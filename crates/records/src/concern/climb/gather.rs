//! The facts of a climb, read in a transaction.

use super::{
    Rung,
    plan::{self, Askable, Fact, Open, Step, Times, Told, What},
    statements::{FACTS_OF, LOST_SIGHT, OUT_OF_HOURS, TOLD_OF},
};
use crate::{
    Fault,
    access::{self, Actor, Facts, FileKind, Roll, Standing},
    calendar::{self, CalendarVersion},
    concern::answer,
    file::{EntryKind, Severity, ground::FileRow},
    id, settings,
    settings::define::incidents::{IMMEDIATE_MINUTES, TRIAGE_SCHOOL_DAYS},
    store::{Transaction, damaged, grouped, of_all},
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// What is the same for every concern of a school at a moment.
pub(crate) struct School {
    id: id::School,
    now: Timestamp,
    calendar: Option<CalendarVersion>,
    immediate: SignedDuration,
    triage_days: u32,
    rota: Vec<id::Person>,
    roll: Roll,
    /// The standing of those who were looked at, so that each is read once.
    standings: BTreeMap<id::Person, Standing>,
}

/// A concern that nobody has answered, with its climb.
pub(crate) struct Waiting {
    /// What is decided from who may know of it.
    pub about: Facts,
    pub open: Open,
    pub plan: Vec<Step>,
    pub told: Vec<Told>,
    pub reference: String,
    /// Of those who are asked, who may read the file.
    pub readers: Vec<id::Person>,
}

impl School {
    pub(crate) async fn read(t: &mut Transaction, school: id::School, now: Timestamp) -> Result<Self, Fault> {
        let settings = settings::in_force(t, school).await?;
        let rota = t.rows(&OUT_OF_HOURS, &[school.into(), now.into()]).await?;
        Ok(Self {
            id: school,
            now,
            // One that cannot be read makes no concern wait; that it cannot is told where the calendar is.
            calendar: calendar::calendar_at(t, school, now).await.unwrap_or_else(|fault| {
                tracing::error!(%school, "concerns climb without a calendar: {fault}");
                None
            }),
            immediate: SignedDuration::from_mins(i64::from(settings.of(&IMMEDIATE_MINUTES))),
            triage_days: settings.of(&TRIAGE_SCHOOL_DAYS),
            roll: access::roll(t, school, now).await?,
            rota: rota.iter().map(|row| row.get(1)).collect::<Result<_, Fault>>()?,
            standings: BTreeMap::new(),
        })
    }

    /// The school.
    pub(crate) fn id(&self) -> id::School {
        self.id
    }

    /// The moment that it was read at.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// Who holds which duty.
    pub(crate) fn roll(&self) -> &Roll {
        &self.roll
    }

    pub(crate) fn times(&self) -> Times<'_> {
        Times {
            calendar: self.calendar.as_ref().map(|version| &version.calendar),
            immediate: self.immediate,
            triage_days: self.triage_days,
        }
    }

    /// A file's climb; nothing where it is answered, or is not there.
    pub(super) async fn waiting(&mut self, t: &mut Transaction, file: id::File) -> Result<Option<Waiting>, Fault> {
        Ok(self.waiting_of(t, &[file]).await?.remove(&file))
    }

    /// The climbs of those of these files that nobody has answered. What is known of them is read for all at once.
    pub(super) async fn waiting_of(
        &mut self,
        t: &mut Transaction,
        files: &[id::File],
    ) -> Result<BTreeMap<id::File, Waiting>, Fault> {
        let rows = answer::files_of(t, self.id, files).await?;
        let mut about = answer::facts_of(t, self.id, &rows, self.now).await?;
        let mut open = opens(t, (self.id, self.now), &rows, (&self.roll, &about)).await?;
        let unanswered: Vec<id::File> = open.keys().copied().collect();
        let mut told = told_of(t, self.id, &unanswered).await?;
        let mut waiting = BTreeMap::new();
        for row in rows {
            let (Some(open), Some(about)) = (open.remove(&row.id), about.remove(&row.id)) else { continue };
            let (askable, readers) = self.askable(t, &about, &open).await?;
            let plan = plan::plan(&open, &askable, &self.times());
            let told = told.remove(&row.id).unwrap_or_default();
            waiting.insert(row.id, Waiting { about, open, plan, told, reference: row.reference, readers });
        }
        Ok(waiting)
    }

    /// Who can be asked now, and who of them may read the file. Whoever answers for it by duty and whose key is not confirmed is shown
    /// nothing, and is passed over; the chair and the trust need not read what they see to.
    pub(crate) async fn askable(
        &mut self,
        t: &mut Transaction,
        about: &Facts,
        open: &Open,
    ) -> Result<(Askable, Vec<id::Person>), Fault> {
        let kind = about.file.ok_or(Fault::NotFound)?;
        let kept_out = about.kept_out();
        let (mut askable, mut readers) = (Askable::default(), Vec::new());
        for (duty, people) in self.roll.in_turn(kind, &kept_out) {
            let rung = Rung::of(duty);
            let mut left = Vec::new();
            for person in people {
                let standing = self.standing(t, person).await?;
                let may_read = access::may_know(standing, about);
                let sees_to_it =
                    matches!(rung, Rung::Chair | Rung::Trust) && access::stands_behind(standing, person, about);
                if may_read {
                    readers.push(person);
                }
                if may_read || sees_to_it {
                    left.push(person);
                }
            }
            if !left.is_empty() {
                askable.ladder.push((rung, left));
            }
        }
        askable.rota = self.rota.iter().copied().filter(|person| readers.contains(person)).collect();
        askable.reporters = open.reporters.iter().copied().filter(|reporter| may_hear(*reporter, about)).collect();
        Ok((askable, readers))
    }

    async fn standing(&mut self, t: &mut Transaction, person: id::Person) -> Result<&Standing, Fault> {
        if !self.standings.contains_key(&person) {
            let standing = access::standing(t, self.id, Actor::Person(person), self.now).await?;
            self.standings.insert(person, standing);
        }
        self.standings.get(&person).ok_or(Fault::NotFound)
    }
}

/// What of these files nobody has answered, judged by who may read each of them now.
pub(super) async fn opens(
    t: &mut Transaction,
    (school, now): (id::School, Timestamp),
    files: &[FileRow],
    (roll, about): (&Roll, &BTreeMap<id::File, Facts>),
) -> Result<BTreeMap<id::File, Open>, Fault> {
    let ids: Vec<id::File> = files.iter().map(|file| file.id).collect();
    let mut facts: BTreeMap<id::File, Vec<Fact>> = BTreeMap::new();
    for row in of_all(t, &FACTS_OF, school, &ids, None).await? {
        let (file, word, moment): (id::File, String, Timestamp) = (row.get(0)?, row.get(1)?, row.get(4)?);
        let what = match word.as_str() {
            "answered" => What::Answered,
            "closed" => What::Closed,
            "reopened" => What::Reopened,
            "taken" => {
                let by: id::Person = row.get::<Option<id::Person>>(3)?.ok_or_else(|| damaged(3, "names nobody"))?;
                let of = (file.to_string(), about.get(&file).ok_or(Fault::NotFound)?);
                What::Taken { lapsed_at: lapsed_at(t, (by, moment), (roll, &of), now).await? }
            }
            word => {
                let kind = EntryKind::from_word(word).ok_or_else(|| damaged(1, "is no kind of entry"))?;
                What::Entry(kind, row.get::<Option<i64>>(2)?.and_then(Severity::new), row.get(3)?)
            }
        };
        facts.entry(file).or_default().push(Fact { moment, what });
    }
    let open = |file: &FileRow| Some((file.id, plan::open(facts.get(&file.id)?, file.opened_at)?));
    Ok(files.iter().filter_map(open).collect())
}

/// Since when somebody's “I have it” counts no more, where they may not read what it was said of any longer: since the first thing that
/// may have taken it from them, or else since they said it.
pub(crate) async fn lapsed_at(
    t: &mut Transaction,
    (by, said_at): (id::Person, Timestamp),
    (roll, (id, about)): (&Roll, &(String, &Facts)),
    now: Timestamp,
) -> Result<Option<Timestamp>, Fault> {
    if access::still_answers(roll, by, about) {
        return Ok(None);
    }
    let child = about.person.map_or_else(String::new, |person| person.to_string());
    let values = [by.into(), id.as_str().into(), child.into(), said_at.into(), now.into()];
    let row = t.row(&LOST_SIGHT, &values).await?;
    let lost_at = row.map(|row| row.get::<Option<Timestamp>>(0)).transpose()?.flatten();
    Ok(Some(lost_at.unwrap_or(said_at)))
}

/// Whether whoever reported something may be told what became of it: they know that they did. Who was named as concerned by it since is
/// told nothing, and nobody ever of a file that is about them as an adult; a child hears of what they told about themselves.
pub(crate) fn may_hear(reporter: id::Person, about: &Facts) -> bool {
    let is_own_child = about.file == Some(FileKind::Child) && about.person == Some(reporter);
    !about.subjects.contains(&reporter) || is_own_child
}

/// Who was told of each of these files, and when.
pub(super) async fn told_of(
    t: &mut Transaction,
    school: id::School,
    files: &[id::File],
) -> Result<BTreeMap<id::File, Vec<Told>>, Fault> {
    grouped(&of_all(t, &TOLD_OF, school, files, None).await?, |row| {
        Ok(Told { rung: row.get(1)?, person: row.get(2)?, told_at: row.get(3)? })
    })
}
