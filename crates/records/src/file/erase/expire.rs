//! Retention: what has reached its end is put up for review or erased, unless a hold covers it. The choice is pure.

use super::{agree, person};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Actor, FileKind, Resource},
    audit::Detail,
    concern::{self, DROP_OLD_DRAFTS},
    file::{
        EraseRule, TaskKind,
        erase::agree::Target,
        ground, hold,
        statements::{
            DROP_LIFTED_LOG, KEPT_FILE, KEPT_FILES, KEPT_LEAVERS, LEFT_AT, LIFTED_WITH_LOG, NEW_TASK, REVIEW_OF,
        },
    },
    id, pupil,
    settings::{self, define::keeping},
    store::{Place, Row, Transaction, Value},
};
use jiff::{SignedDuration, Timestamp, ToSpan as _, civil::Date, tz::TimeZone};

/// How many people one run erases; the rest at the next.
const MOST_ERASED: u64 = 100;
/// How long a review that was answered (“keep it, because …”) is good for.
const REVIEWED_FOR: SignedDuration = SignedDuration::from_hours(365 * 24);
/// How long after a hold was lifted what it kept of the gate's log is still there. One person lifts a hold, by mistake or to be
/// rid of what it kept, and the file that these lines came from is gone. Four weeks are longer than a school holiday but the
/// summer's: others see the lift in the audit log before its lines go, and a file that is opened again finds them.
const LIFTED_LOG_FOR: SignedDuration = SignedDuration::from_hours(28 * 24);
/// How long a half-written concern is kept that nobody touches.
const DRAFTS_FOR: SignedDuration = SignedDuration::from_hours(14 * 24);
/// Nobody's record goes sooner after they left, whatever was set: one person sets it, and who left by mistake is back by then.
const LEAVER_DAYS_AT_LEAST: i32 = 30;

/// How long records are kept: settings of the school ([`Records::periods`]); these are the ones that apply where nobody set another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Periods {
    /// A child's file: years from the day of birth, then reviewed (usual local guidance: 25).
    pub child_file_years: i16,
    /// A staff-concerns file: years from its opening, and at least until the person left; then reviewed (10, or pension age).
    pub staff_file_years: i16,
    /// A report that came through a door and was answered: years from the answer, then erased.
    pub report_years: i16,
    /// The record of somebody who left and about whom there is no file: days from leaving, then erased. `None`: never by
    /// itself.
    pub leaver_days: Option<i32>,
}

impl Default for Periods {
    fn default() -> Self {
        Self { child_file_years: 25, staff_file_years: 10, report_years: 6, leaver_days: None }
    }
}

impl Periods {
    /// Those in force at a school.
    pub(super) async fn of(t: &mut Transaction, school: id::School) -> Result<Self, Fault> {
        let settings = settings::in_force(t, school).await?;
        let years = |years: u32| i16::try_from(years).unwrap_or(i16::MAX);
        let days = i32::try_from(settings.of(&keeping::LEAVER_DAYS)).unwrap_or(i32::MAX);
        Ok(Self {
            child_file_years: years(settings.of(&keeping::CHILD_FILE_YEARS)),
            staff_file_years: years(settings.of(&keeping::STAFF_FILE_YEARS)),
            report_years: years(settings.of(&keeping::REPORT_YEARS)),
            leaver_days: (days > 0).then_some(days.max(LEAVER_DAYS_AT_LEAST)),
        })
    }
}

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeptWhat {
    /// A file, of a kind.
    File(id::File, FileKind),
    /// The record of somebody who left.
    Leaver,
}

/// Something that is kept, with what its time is counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// What.
    pub what: KeptWhat,
    /// About whom.
    pub person: id::Person,
    /// Their day of birth, if it is known.
    pub born: Option<Date>,
    /// When they left.
    pub left_at: Option<Timestamp>,
    /// When it began.
    pub begun_at: Timestamp,
}

/// What happens at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Somebody decides: keep it with a reason, or propose to erase it. No file is ever erased by a clock.
    Review,
    /// It is erased.
    Erase,
}

/// What a run came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expired {
    /// Files put up for review.
    pub reviews: u64,
    /// People whose records were erased.
    pub erased: u64,
    /// What has reached its end and is held.
    pub held: u64,
}

/// When the time of something that is kept ends; nothing while that is not known: the person is still here, or no period was set.
pub(super) fn ends_at(kept: &Kept, periods: &Periods) -> Option<Timestamp> {
    let years_after = |from: Date, years: i16| {
        let end = from.checked_add(years.years()).ok()?;
        Some(end.to_zoned(TimeZone::UTC).ok()?.timestamp())
    };
    let begun = kept.begun_at.to_zoned(TimeZone::UTC).date();
    match kept.what {
        KeptWhat::File(_, FileKind::Child) => years_after(kept.born.unwrap_or(begun), periods.child_file_years),
        // Whatever its age, it is kept until the person left.
        KeptWhat::File(_, FileKind::StaffConcern) => {
            Some(years_after(begun, periods.staff_file_years)?.max(kept.left_at?))
        }
        KeptWhat::Leaver => {
            let kept_for = SignedDuration::from_hours(i64::from(periods.leaver_days?) * 24);
            kept.left_at?.checked_add(kept_for).ok()
        }
    }
}

/// What is due for something that is kept, at this moment; `None` while its time runs. Holds are another question.
pub fn due(kept: &Kept, periods: &Periods, now: Timestamp) -> Option<End> {
    let end = match kept.what {
        KeptWhat::File(..) => End::Review,
        KeptWhat::Leaver => End::Erase,
    };
    ends_at(kept, periods).is_some_and(|ends| ends <= now).then_some(end)
}

/// What is kept of a file, and what its time is counted from.
pub(super) async fn kept_file(entered: &mut Entered, file: id::File) -> Result<Kept, Fault> {
    let row = entered.row(&KEPT_FILE, &[entered.session().school.into(), file.into()]).await?;
    of_file(&row.ok_or(Fault::NotFound)?)
}

/// What is kept of a person beside files.
pub(super) async fn kept_person(entered: &mut Entered, person: id::Person) -> Result<Kept, Fault> {
    let row = entered.row(&LEFT_AT, &[person.into(), entered.session().school.into()]).await?;
    let left_at = row.ok_or(Fault::NotFound)?.get::<Option<Timestamp>>(0)?;
    let begun_at = left_at.unwrap_or(entered.now());
    Ok(Kept { what: KeptWhat::Leaver, person, born: None, left_at, begun_at })
}

fn of_file(row: &Row) -> Result<Kept, Fault> {
    Ok(Kept {
        what: KeptWhat::File(row.get(0)?, row.get(1)?),
        person: row.get(2)?,
        born: row.get(3)?,
        left_at: row.get(4)?,
        begun_at: row.get(5)?,
    })
}

impl Records {
    /// How long a school keeps its records: its settings.
    pub async fn periods(&self, school: id::School) -> Result<Periods, Fault> {
        Periods::of(&mut self.looking().await?, school).await
    }

    /// Puts up for review and erases what has reached its end, leaving alone whatever a hold covers. The clock runs it,
    /// once a day. The marks are kept beside the store, which is at `place`.
    pub async fn expire(&self, school: id::School, periods: &Periods, place: &Place) -> Result<Expired, Fault> {
        let session = Session { school, actor: Actor::Clock, unlocked: None };
        let mut entered = self.act(&session, Act::Expired, Resource::School, Detail::none()).await?;
        let expired = run(&mut entered, periods).await;
        let expired = entered.finish(expired).await?;
        self.keep_marks(place).await?;
        Ok(expired)
    }
}

async fn run(entered: &mut Entered, periods: &Periods) -> Result<Expired, Fault> {
    let mut expired = Expired::default();
    drop_lifted_log(entered).await?;
    drop_old_drafts(entered).await?;
    pupil::heard::expire(entered).await?;
    expired.held += concern::door::expire(entered, periods.report_years).await?;
    let mut kept = files(entered).await?;
    kept.extend(leavers(entered).await?);
    let now = entered.now();
    for kept in kept {
        let Some(end) = due(&kept, periods, now) else { continue };
        if is_held(entered, &kept).await? {
            expired.held += 1;
            continue;
        }
        match (end, kept.what) {
            (End::Review, KeptWhat::File(file, _)) => {
                expired.reviews += u64::from(review(entered, file).await?);
            }
            (End::Erase, KeptWhat::Leaver) if expired.erased < MOST_ERASED => {
                expired.erased += u64::from(erase_leaver(entered, kept.person).await?);
            }
            _ => {}
        }
    }
    Ok(expired)
}

/// Drops half-written concerns that nobody has touched for two weeks: what was worth sending was sent.
async fn drop_old_drafts(entered: &mut Entered) -> Result<(), Fault> {
    let school = entered.session().school;
    let Ok(until) = entered.now().checked_sub(DRAFTS_FOR) else { return Ok(()) };
    entered.change(&DROP_OLD_DRAFTS, &[school.into(), until.into()]).await.map(drop)
}

/// Drops what holds kept of the gate's log that were lifted long enough ago. For each an entry says whose lines went.
async fn drop_lifted_log(entered: &mut Entered) -> Result<(), Fault> {
    let school = entered.session().school;
    let Ok(lifted_until) = entered.now().checked_sub(LIFTED_LOG_FOR) else { return Ok(()) };
    for row in entered.rows(&LIFTED_WITH_LOG, &[school.into(), lifted_until.into()]).await? {
        let hold: id::Hold = row.get(0)?;
        let detail = Detail::none().with("hold", hold.to_string()).with("what", "held-log");
        entered.also(Act::Expired, Resource::School, detail).await?;
        let _how_many = entered.change(&DROP_LIFTED_LOG, &[school.into(), hold.into()]).await?;
    }
    Ok(())
}

async fn is_held(entered: &mut Entered, kept: &Kept) -> Result<bool, Fault> {
    let school = entered.session().school;
    let people = match kept.what {
        KeptWhat::File(file, _) => ground::subjects(entered.transaction(), file).await?,
        KeptWhat::Leaver => vec![kept.person],
    };
    hold::is_held(entered.transaction(), school, &people).await
}

/// Puts a file up for review, unless it is up already or was answered within the year; whether it did.
async fn review(entered: &mut Entered, file: id::File) -> Result<bool, Fault> {
    let now = entered.now();
    if let Some(row) = entered.row(&REVIEW_OF, &[file.into()]).await? {
        match row.get::<Option<Timestamp>>(1)? {
            Some(answered) if now.duration_since(answered) >= REVIEWED_FOR => {}
            _ => return Ok(false),
        }
    }
    let values = [
        id::Row::new(now)?.into(),
        entered.session().school.into(),
        TaskKind::ReviewRetention.word().into(),
        Value::Text(None),
        file.into(),
        Value::Text(None),
        Value::Number(None),
        now.into(),
    ];
    entered.change_one(&NEW_TASK, &values).await?;
    Ok(true)
}

/// Erases the record of somebody who left, unless it is still needed; whether it did.
async fn erase_leaver(entered: &mut Entered, person: id::Person) -> Result<bool, Fault> {
    if person::is_kept(entered, person).await? {
        return Ok(false);
    }
    let rule = EraseRule::Retention;
    let detail = Detail::none().with("rule", rule.word()).with("what", "person");
    entered.also(Act::Erased, Resource::Person(person), detail).await?;
    agree::erase(entered, Target::Person(person), &agree::about_person(person), rule, (None, None)).await?;
    Ok(true)
}

async fn files(entered: &mut Entered) -> Result<Vec<Kept>, Fault> {
    let school = entered.session().school;
    let mut kept = Vec::new();
    let mut last = String::new();
    loop {
        let rows = entered.rows(&KEPT_FILES, &[school.into(), last.as_str().into()]).await?;
        for row in &rows {
            kept.push(of_file(row)?);
            last = row.get::<id::File>(0)?.to_string();
        }
        if rows.is_empty() {
            return Ok(kept);
        }
    }
}

async fn leavers(entered: &mut Entered) -> Result<Vec<Kept>, Fault> {
    let school = entered.session().school;
    let mut kept = Vec::new();
    let mut last = String::new();
    loop {
        let rows = entered.rows(&KEPT_LEAVERS, &[school.into(), last.as_str().into()]).await?;
        for row in &rows {
            let (person, left): (id::Person, Timestamp) = (row.get(0)?, row.get(1)?);
            kept.push(Kept { what: KeptWhat::Leaver, person, born: None, left_at: Some(left), begun_at: left });
            last = person.to_string();
        }
        if rows.is_empty() {
            return Ok(kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn kept(what: KeptWhat) -> Kept {
        let now = at("2026-06-09T08:00:00Z");
        Kept {
            what,
            person: id::Person::new(now).unwrap(),
            born: Some(jiff::civil::date(2012, 2, 29)),
            left_at: None,
            begun_at: now,
        }
    }

    #[test]
    fn a_childs_file_is_reviewed_25_years_after_birth_and_never_erased_by_itself() {
        let file = id::File::new(at("2026-06-09T08:00:00Z")).unwrap();
        let kept = kept(KeptWhat::File(file, FileKind::Child));
        assert_eq!(due(&kept, &Periods::default(), at("2037-02-27T23:00:00Z")), None);
        assert_eq!(due(&kept, &Periods::default(), at("2037-02-28T01:00:00Z")), Some(End::Review));
        let unknown = Kept { born: None, ..kept };
        assert_eq!(due(&unknown, &Periods::default(), at("2037-03-01T00:00:00Z")), None);
        assert_eq!(due(&unknown, &Periods::default(), at("2051-06-09T09:00:00Z")), Some(End::Review));
    }

    #[test]
    fn a_staff_file_waits_until_the_person_left_whatever_its_age() {
        let file = id::File::new(at("2026-06-09T08:00:00Z")).unwrap();
        let kept = kept(KeptWhat::File(file, FileKind::StaffConcern));
        assert_eq!(due(&kept, &Periods::default(), at("2066-06-09T08:00:00Z")), None);
        let left = Kept { left_at: Some(at("2030-07-01T00:00:00Z")), ..kept };
        assert_eq!(due(&left, &Periods::default(), at("2036-06-08T08:00:00Z")), None);
        assert_eq!(due(&left, &Periods::default(), at("2036-06-09T08:00:00Z")), Some(End::Review));
    }

    #[test]
    fn a_leaver_is_erased_only_where_a_period_was_set() {
        let left_at = Some(at("2026-07-20T12:00:00Z"));
        let leaver = Kept { left_at, ..kept(KeptWhat::Leaver) };
        assert_eq!(due(&leaver, &Periods::default(), at("2099-01-01T00:00:00Z")), None);
        let periods = Periods { leaver_days: Some(30), ..Periods::default() };
        assert_eq!(due(&leaver, &periods, at("2026-08-19T11:59:59Z")), None);
        assert_eq!(due(&leaver, &periods, at("2026-08-19T12:00:00Z")), Some(End::Erase));
    }
}
