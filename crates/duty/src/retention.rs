//! Retention by the clock: once a day, after the night's backup, what has reached the end of its time is put up for review, and
//! the records of people who left are erased where the school set a period. Whatever a hold covers is left alone.
//!
//! It may run more often than once a day (it runs after each start): what is up for review stays up, and comes up once.

use crate::backup::due;
use holdfast_activity::health::Alarm;
use holdfast_records::{Fault, Records, file::erase::Expired, store::Place};
use jiff::Timestamp;
use std::time::Duration;
use tokio::{sync::watch, task::JoinHandle, time};

/// How often it is looked whether it is due, and how soon a run that failed is tried again.
const LOOK: Duration = Duration::from_mins(15);

/// Where and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where the store is: the marks of what is erased are kept beside it.
    pub place: Place,
    /// The hour after which it runs, UTC, 0 to 23.
    pub hour: i8,
}

/// Starts the task. Must be called within a runtime. The store may be away; then it is waited for.
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
    let mut last = None;
    loop {
        let store = records.borrow_and_update().clone();
        if let Some(store) = store {
            let now = store.clock().now();
            if due(now, last, settings.hour) {
                let ran = run(&store, &settings.place).await;
                if ran.is_ok() {
                    last = Some(now);
                }
                tell.send_if_modified(|known| tell_of(known, ran.err(), now));
            }
        }
        tokio::select! {
            () = time::sleep(LOOK) => {}
            changed = records.changed() => if changed.is_err() { return },
        }
    }
}

/// Puts what is wrong in the place of what was; whether that is news.
fn tell_of(known: &mut Option<Alarm>, fault: Option<Fault>, now: Timestamp) -> bool {
    let words = |fault| format!("What has reached the end of its time could not be put up for review: {fault}");
    Alarm::put(known, fault.map(words), now)
}

/// Runs it once for every school. The log of the service says how many, and nobody's name.
///
/// # Errors
/// The first school's that failed; the others were done.
pub async fn run(records: &Records, place: &Place) -> Result<Expired, Fault> {
    let mut all = Expired::default();
    let mut failed = None;
    records.take_statistics().await;
    for (school, code) in records.schools().await? {
        let ran = match records.periods(school).await {
            Ok(periods) => records.expire(school, &periods, place).await,
            Err(fault) => Err(fault),
        };
        match ran {
            Ok(ran) => {
                if ran != Expired::default() {
                    tracing::info!(
                        "retention at {code}: {} files put up for review, the records of {} people erased, {} held",
                        ran.reviews,
                        ran.erased,
                        ran.held
                    );
                }
                all.reviews += ran.reviews;
                all.erased += ran.erased;
                all.held += ran.held;
            }
            Err(fault) => {
                tracing::error!("retention at {code} failed: {fault}");
                failed = failed.or(Some(fault));
            }
        }
    }
    failed.map_or(Ok(all), Err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_records::{
        Session,
        access::{Actor, Duty, FileKind},
        file::{Closing, EntryKind, HoldReason, NewEntry, NewFile, TaskKind, Words},
        people::{FirstDuty, FirstPerson, Kind, NewPerson, SetUp, StaffKind},
        store::Clock,
    };
    use std::sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    };

    fn words(text: &str) -> Words {
        Words::new(text).unwrap()
    }

    /// A school, and a session of its safeguarding lead.
    async fn school(records: &Records) -> Session {
        let people = [
            ("Hilda Marsh", Duty::Head),
            ("Lena Frost", Duty::DesignatedLead),
            ("Cora Reed", Duty::Chair),
            ("Tess Lowe", Duty::TrustLead),
        ];
        let people = people.map(|(name, duty)| FirstPerson {
            person: NewPerson::staff(StaffKind::Employed, name),
            duties: vec![FirstDuty { duty, is_deputy: false }],
            sign_in_name: None,
            is_custodian: true,
        });
        let set_up = SetUp {
            code: "retention".to_owned(),
            name: "Retention School".to_owned(),
            time_zone: "Europe/London".to_owned(),
            trust: None,
            people: people.into(),
        };
        let done = records.set_up(set_up).await.unwrap();
        Session { school: done.school, actor: Actor::Person(done.people[1].person), unlocked: None }
    }

    #[tokio::test]
    async fn a_closed_file_past_its_time_comes_up_for_review_and_a_held_one_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place { data: folder.path().join("data"), database: None, secrets: folder.path().join("secrets") };
        let start: Timestamp = "2026-06-09T08:00:00Z".parse().unwrap();
        let hands = Arc::new(AtomicI64::new(start.as_microsecond()));
        let ours = Arc::clone(&hands);
        let clock = Clock::new(move || Timestamp::from_microsecond(ours.load(Ordering::SeqCst)).unwrap());
        let records = Records::open(&place, clock).await.unwrap();
        let lead = school(&records).await;
        let mut pupils = Vec::new();
        for name in ["Ann Birch", "Ben Ash", "Cai Stone"] {
            let pupil = records.add_person(&lead, NewPerson::new(Kind::Pupil, name)).await.unwrap();
            let text = words("what was seen");
            let entry = NewEntry { kind: EntryKind::Seen, severity: None, moment: None, text, reason: None };
            let new = NewFile { kind: FileKind::Child, person: pupil, named: Vec::new(), entry };
            pupils.push((pupil, records.open_file(&lead, &new).await.unwrap().file));
        }
        hands.fetch_add(60_000_000, Ordering::SeqCst);
        // Ann's and Ben's are closed; Ben's records are held; Cai's file is open, which holds them.
        let closing = Closing { outcome: words("helped"), reason: words("it is over") };
        records.close_files(&lead, &[pupils[0].1, pupils[1].1], &closing).await.unwrap();
        records.place_hold(&lead, pupils[1].0, HoldReason::Inquiry, &words("the inquiry")).await.unwrap();
        assert_eq!(run(&records, &place).await.unwrap(), Expired::default(), "their time runs");

        let later: Timestamp = "2066-06-09T08:00:00Z".parse().unwrap();
        hands.store(later.as_microsecond(), Ordering::SeqCst);
        let ran = run(&records, &place).await.unwrap();
        assert_eq!(ran, Expired { reviews: 1, erased: 0, held: 2 });
        let tasks = records.file_tasks(&lead).await.unwrap();
        let tasks: Vec<_> = tasks.iter().map(|task| (task.kind, task.file)).collect();
        assert_eq!(tasks, [(TaskKind::ReviewRetention, Some(pupils[0].1))]);
        assert_eq!(run(&records, &place).await.unwrap().reviews, 0, "it comes up once");
        records.close().await;
    }

    #[test]
    fn a_failure_is_told_since_its_first_time_and_goes_with_the_next_success() {
        let now: Timestamp = "2026-06-09T04:00:00Z".parse().unwrap();
        let mut known = None;
        let fault = || Some(Fault::Unavailable("The disk is full.".to_owned()));
        assert!(tell_of(&mut known, fault(), now));
        assert!(known.as_ref().is_some_and(|alarm| alarm.words.contains("disk is full")));
        let later: Timestamp = "2026-06-09T04:15:00Z".parse().unwrap();
        assert!(!tell_of(&mut known, fault(), later), "the same, since the same moment");
        assert!(tell_of(&mut known, None, later));
        assert_eq!(known, None);
    }
}
