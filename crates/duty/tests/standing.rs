//! How the records stand, as monitors are told: the store, its newest backup, the calendar, the questions, and the log's checkpoints.

use holdfast_duty::{
    backup,
    checkpoints::{self, Checkpoints},
    standing::standing,
};
use holdfast_records::{
    Records, Session,
    access::{Actor, Duty},
    calendar::Standing as Calendar,
    people::{FirstDuty, FirstPerson, NewPerson, SetUp, StaffKind},
    store::{Clock, Place},
};
use jiff::Timestamp;
use sqlx::{ConnectOptions as _, Connection as _, sqlite::SqliteConnectOptions};
use std::time::Duration;
use tokio::sync::watch;

fn set_up() -> SetUp {
    let people = [
        ("Hal Head", Duty::Head),
        ("Lea Lead", Duty::DesignatedLead),
        ("Chris Chair", Duty::Chair),
        ("Tess Otter", Duty::TrustLead),
    ];
    let people = people.map(|(name, duty)| FirstPerson {
        person: NewPerson::staff(StaffKind::Employed, name),
        duties: vec![FirstDuty { duty, is_deputy: false }],
        sign_in_name: Some(name.to_lowercase().replace(' ', ".")),
        is_custodian: true,
    });
    SetUp {
        code: "school".to_owned(),
        name: "Otter School".to_owned(),
        time_zone: "Europe/London".to_owned(),
        trust: None,
        people: people.into(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_records_and_their_log_are_told_in_numbers_and_states() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = Place { data: folder.path().join("data"), database: None, secrets: folder.path().join("secrets") };
    let (backups, outside) = (folder.path().join("backups"), folder.path().join("outside"));
    for made in [&backups, &outside] {
        std::fs::create_dir_all(made).expect("a folder");
    }
    let records = Records::open(&place, Clock::new(Timestamp::now)).await.expect("the store opens");
    assert_eq!(standing(&records, Some(backups.clone())).await.expect("seen").schools, 0);
    let school = records.set_up(set_up()).await.expect("it is set up").school;

    let seen = standing(&records, Some(backups.clone())).await.expect("seen");
    assert_eq!((seen.schools, seen.last_backup, seen.calendar), (1, None, Some(Calendar::Missing)));
    assert_eq!(seen.open_questions, records.decisions(school).await.expect("read").len());
    let clock = Session { school, actor: Actor::Clock, unlocked: None };
    let made = records.back_up(&clock, &backups, 3).await.expect("a backup");
    let seen = standing(&records, Some(backups)).await.expect("seen");
    assert_eq!(seen.last_backup, Some(made.made_at));

    // The log: signed, copied and verified at the start.
    let (_share, shared) = watch::channel(Some(records.clone()));
    let settings = checkpoints::Settings { place, outside: Some(outside) };
    let checkpoints = Checkpoints::start(shared, settings);
    let mut told = checkpoints.standing();
    let complete = told.wait_for(|log| log.signed.is_some() && log.verified.is_some());
    let log = tokio::time::timeout(Duration::from_mins(1), complete).await.expect("in time").expect("it runs").clone();
    assert_eq!((log.is_copied, log.is_whole), (Some(true), Some(true)));
    checkpoints.stop().await;
    records.close().await;
}

/// Somebody altered the log: the nightly backup is made, no old one goes, and the alarm says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_a_log_that_does_not_hold_together_raises_the_alarm() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = Place { data: folder.path().join("data"), database: None, secrets: folder.path().join("secrets") };
    let records = Records::open(&place, Clock::new(Timestamp::now)).await.expect("the store opens");
    records.set_up(set_up()).await.expect("it is set up");
    let options = SqliteConnectOptions::new().filename(place.records_folder().join("records.sqlite"));
    let mut connection = options.connect().await.expect("the file opens");
    let altered = sqlx::raw_sql("UPDATE audit_entry SET proof = NULL WHERE number = 3").execute(&mut connection).await;
    altered.expect("it is altered");
    connection.close().await.expect("closed");

    let (_share, shared) = watch::channel(Some(records.clone()));
    let settings = backup::Settings { folder: folder.path().join("backups"), hour: 2, keep: 3 };
    let (task, mut alarm) = backup::start(shared, settings.clone());
    let raised = tokio::time::timeout(Duration::from_mins(1), alarm.wait_for(Option::is_some)).await;
    let words = raised.expect("in time").expect("it runs").clone().expect("an alarm").words;
    assert!(words.contains("does not hold together") && words.contains("audit verify"), "{words}");
    assert_eq!(
        holdfast_records::backup::list(&settings.folder).expect("listed").0.len(),
        1,
        "it was made all the same"
    );
    task.abort();
    records.close().await;
}
