//! The nightly backup: when it is due, and the task that makes it while the store is there.
//!
//! How old the newest backup is, is read from the folder itself: what lies there is what can be restored. A backup that fails
//! is tried again every quarter of an hour, and an alarm stands until one was made. Another stands while the audit log does not
//! hold together: then no old backup goes, and the folder fills.

use holdfast_activity::health::Alarm;
use holdfast_records::{Fault, Records, Session, access::Actor, backup, id};
use jiff::{SignedDuration, Timestamp, ToSpan as _, tz::TimeZone};
use std::{collections::BTreeMap, path::PathBuf, time::Duration};
use tokio::{sync::watch, task::JoinHandle, time};

/// How often it is looked whether one is due, and how soon a failed one is tried again.
const LOOK: Duration = Duration::from_mins(15);
/// A backup older than this is an alarm: one night may be missed by a machine that was off, two may not.
pub const TOO_OLD: SignedDuration = SignedDuration::from_hours(50);

/// What the school chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The folder that backups are put in. On another disk, or one that is carried elsewhere.
    pub folder: PathBuf,
    /// The hour after which the night's backup is made, UTC, 0 to 23.
    pub hour: i8,
    /// How many of a school's backups stay.
    pub keep: usize,
}

/// Whether a backup is due: none was made since the last time that it was this hour.
pub fn due(now: Timestamp, last: Option<Timestamp>, hour: i8) -> bool {
    let Some(last) = last else { return true };
    let zoned = now.to_zoned(TimeZone::UTC);
    let today = zoned.with().hour(hour).minute(0).second(0).subsec_nanosecond(0).build();
    let since = match today {
        Ok(today) if today <= zoned => today.timestamp(),
        Ok(today) => today.timestamp().saturating_sub(24.hours()).unwrap_or(now),
        // An hour that there is not: once a day all the same.
        Err(_) => now.saturating_sub(24.hours()).unwrap_or(now),
    };
    last < since
}

/// What is wrong with the backups of a school, if anything: too old, or none.
pub fn standing(now: Timestamp, last: Option<Timestamp>, failure: Option<&(Timestamp, String)>) -> Option<Alarm> {
    let age = last.map(|last| now.duration_since(last));
    match (failure, age) {
        (Some((since, why)), age) => {
            Some(Alarm { since: *since, words: format!("The nightly backup fails: {why} {}", last_one(age)) })
        }
        (None, Some(age)) if age > TOO_OLD => Some(Alarm {
            since: last.unwrap_or(now),
            words: format!("No backup was made lately. {}", last_one(Some(age))),
        }),
        _ => None,
    }
}

fn last_one(age: Option<SignedDuration>) -> String {
    match age.map(|age| age.as_hours()) {
        None => "There is no backup at all yet.".to_owned(),
        Some(hours) if hours < 48 => format!("The newest is {hours} hours old."),
        Some(hours) => format!("The newest is {} days old.", hours / 24),
    }
}

/// Starts the task. Must be called within a runtime. The store may be away; then it is waited for, and the age still told.
pub fn start(
    records: watch::Receiver<Option<Records>>,
    settings: Settings,
) -> (JoinHandle<()>, watch::Receiver<Option<Alarm>>) {
    let (tell, alarm) = watch::channel(None);
    (tokio::spawn(watch_over(records, settings, tell)), alarm)
}

async fn watch_over(
    mut records: watch::Receiver<Option<Records>>,
    settings: Settings,
    tell: watch::Sender<Option<Alarm>>,
) {
    let mut troubles = Troubles::default();
    loop {
        let store = records.borrow_and_update().clone();
        let round = match &store {
            Some(store) => night(store, &settings, &mut troubles).await,
            None => None,
        };
        if store.is_some() {
            tell.send_if_modified(|known| {
                let is_new = *known != round;
                *known = round;
                is_new
            });
        }
        tokio::select! {
            () = time::sleep(LOOK) => {}
            changed = records.changed() => if changed.is_err() { return },
        }
    }
}

/// What went wrong and stands. It is forgotten when the program ends, and found again with the next backup.
#[derive(Debug, Default)]
struct Troubles {
    /// Since when backing up fails, and why.
    failing: Option<(Timestamp, String)>,
    /// The schools whose log did not hold together at their newest backup, since when.
    not_whole: BTreeMap<id::School, Timestamp>,
}

impl Troubles {
    fn made(&mut self, school: id::School, at: Timestamp, is_log_whole: bool) {
        if is_log_whole {
            self.not_whole.remove(&school);
        } else {
            self.not_whole.entry(school).or_insert(at);
        }
    }

    /// The alarm of how old the backups are, and that the log does not hold together.
    fn told(&self, of_age: Option<Alarm>) -> Option<Alarm> {
        const NOT_WHOLE: &str = "The audit log does not hold together, so somebody may have altered the store. Backups are made, \
            and no old one is taken away: those of before are what is left of the truth, and the folder fills. Verify the log \
            (holdfast audit verify), and restore a backup of before.";
        let Some(since) = self.not_whole.values().min().copied() else { return of_age };
        Some(match of_age {
            None => Alarm { since, words: NOT_WHOLE.to_owned() },
            Some(age) => Alarm { since: since.min(age.since), words: format!("{} {NOT_WHOLE}", age.words) },
        })
    }
}

/// One round over all schools; the worst that is to be told.
async fn night(records: &Records, settings: &Settings, troubles: &mut Troubles) -> Option<Alarm> {
    let now = records.clock().now();
    let oldest = match round(records, settings, now, troubles).await {
        Ok(oldest) => {
            troubles.failing = None;
            oldest
        }
        Err((fault, oldest)) => {
            let since = troubles.failing.as_ref().map_or(now, |(since, _)| *since);
            troubles.failing = Some((since, fault.to_string()));
            oldest
        }
    };
    troubles.told(standing(now, oldest, troubles.failing.as_ref()))
}

/// Makes what is due; the age of that school's newest backup which is the oldest of them.
async fn round(
    records: &Records,
    settings: &Settings,
    now: Timestamp,
    troubles: &mut Troubles,
) -> Result<Option<Timestamp>, (Fault, Option<Timestamp>)> {
    let schools = records.schools().await.map_err(|fault| (fault, None))?;
    let mut oldest: Option<Timestamp> = Some(now);
    let mut fault = None;
    for (school, _) in schools {
        let known = newest(settings, school, now).map_err(|fault| (fault, None))?;
        let last = if due(now, known, settings.hour) {
            let session = Session { school, actor: Actor::Clock, unlocked: None };
            match records.back_up(&session, &settings.folder, settings.keep).await {
                Ok(made) => {
                    troubles.made(school, made.made_at, made.is_log_whole);
                    Some(made.made_at)
                }
                Err(why) => {
                    fault = Some(why);
                    known
                }
            }
        } else {
            known
        };
        oldest = oldest.zip(last).map(|(one, other)| one.min(other));
    }
    match fault {
        None => Ok(oldest),
        Some(fault) => Err((fault, oldest)),
    }
}

/// The newest backup of a school. One that says it is from the future counts for nothing: it would stop the nightly ones.
fn newest(settings: &Settings, school: id::School, now: Timestamp) -> Result<Option<Timestamp>, Fault> {
    let school = school.to_string();
    let (backups, _) = backup::list(&settings.folder)?;
    let of_school = backups.iter().filter(|backup| backup.header.school == school);
    Ok(of_school.map(|backup| backup.header.made_at).filter(|made_at| *made_at <= now).max())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Timestamp {
        text.parse().expect("a moment")
    }

    #[test]
    fn one_is_due_each_night() {
        let now = moment("2026-06-09T02:00:00Z");
        assert!(due(now, None, 2), "there is none");
        assert!(due(now, Some(moment("2026-06-08T02:10:00Z")), 2));
        assert!(!due(moment("2026-06-09T01:59:59Z"), Some(moment("2026-06-08T02:10:00Z")), 2), "not yet");
        assert!(!due(now, Some(now), 2), "made");
        assert!(due(moment("2026-06-09T09:00:00Z"), Some(moment("2026-06-08T20:00:00Z")), 2), "off at night");
        assert!(!due(moment("2026-06-10T01:00:00Z"), Some(moment("2026-06-09T09:00:00Z")), 2));
    }

    #[test]
    fn a_log_that_does_not_hold_together_is_told_until_it_does() {
        let (then, later) = (moment("2026-06-09T02:00:00Z"), moment("2026-06-10T02:00:00Z"));
        let schools = [then, later].map(|at| id::School::new(at).expect("an id"));
        let mut troubles = Troubles::default();
        assert_eq!(troubles.told(None), None);
        troubles.made(schools[0], then, false);
        troubles.made(schools[0], later, false);
        troubles.made(schools[1], later, true);
        let told = troubles.told(None).expect("an alarm");
        assert!(told.since == then && told.words.contains("audit verify"), "{told:?}");
        let late = Alarm { since: later, words: "The nightly backup fails.".to_owned() };
        let both = troubles.told(Some(late.clone())).expect("an alarm").words;
        assert!(both.starts_with(&late.words) && both.contains("does not hold together"), "{both}");
        troubles.made(schools[0], later, true);
        assert_eq!(troubles.told(None), None);
    }

    #[test]
    fn an_old_backup_and_a_failing_one_are_told() {
        let now = moment("2026-06-09T09:00:00Z");
        assert_eq!(standing(now, Some(moment("2026-06-08T02:00:00Z")), None), None, "one night missed");
        let old = standing(now, Some(moment("2026-06-05T02:00:00Z")), None).expect("an alarm");
        assert!(old.words.contains("4 days old"), "{}", old.words);
        let failure = (moment("2026-06-09T02:00:00Z"), "The disk is full.".to_owned());
        let failing = standing(now, Some(moment("2026-06-08T02:00:00Z")), Some(&failure)).expect("an alarm");
        assert!(failing.words.contains("disk is full") && failing.words.contains("31 hours"), "{}", failing.words);
        assert_eq!(failing.since, failure.0);
        assert!(standing(now, None, Some(&failure)).expect("an alarm").words.contains("no backup at all"));
    }
}
