//! A day file of the filter's log goes, and what a hold keeps of it is read by command, by who may.

use crate::{
    by_command::{add_people, set_up},
    common::until,
    desk::{Desk, after},
    school::School,
};
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use std::fs;

const SITE: &str = "site-of-the-canary.example";

#[test]
fn what_a_hold_keeps_of_the_log_outlives_the_day_file_and_is_read_by_command() {
    let mut school = School::new();
    let served = school.serve();
    let desk = Desk::new(&school);
    let people = set_up(&desk);
    let people = add_people(&desk, people);
    let code = after(&desk.done("hana", &["person", "show", &people.ada], ""), "  code        ");
    let placed = desk.done("dora", &["hold", "place", &people.ada, "--reason", "court"], "A judge asked.\n");
    let hold = after(&placed, "erased until ");
    let hold = hold.split(' ').next().unwrap();
    assert!(desk.done("dora", &["hold", "log", hold, "--why", "agency"], "").contains("Nothing is kept yet"));
    assert!(served.program.stop().success());

    let day = Timestamp::now().to_zoned(TimeZone::UTC).date().checked_sub(100.days()).unwrap();
    let line = |person: &str, host: &str| {
        format!(
            r#"{{"kind":"request","reference":"7Q4K","at_micros":0,"ruleset":"r","subject":{{"person":"{person}","source":"sign-in","confidence":"proven"}},"listener":"proxy","method":"GET","scheme":"http","host":"{host}","path":"/x","visibility":"whole","outcome":"blocked","layer":"group","words":"Not now.","duration_micros":1}}"#
        )
    };
    let old = format!("{}\n{}\n", line(&code, SITE), line("somebody-else", "hills.example"));
    let file = school.data().join(format!("activity/{day}.0001.jsonl"));
    fs::write(&file, old).unwrap();
    let served = school.serve();
    until("the day file to go", || (!file.exists()).then_some(()));
    assert_eq!(served.program.errors().matches(&code).count(), 0, "the service's own words name nobody");

    let desk = Desk::new(&school);
    let listed = desk.done("dora", &["hold", "log", hold, "--why", "agency"], "");
    assert!(listed.contains(&day.to_string()), "{listed}");
    let day = day.to_string();
    let read = desk.done("dora", &["hold", "log", hold, "--why", "agency", "--day", &day], "");
    assert!(read.contains(&format!("signed in  blocked  http {SITE}/x  Not now.")), "{read}");
    assert!(!read.contains("hills.example"), "{read}");
    desk.refused("tom", &["hold", "log", hold, "--why", "agency"], "", "not for you to see");
    desk.done("dora", &["hold", "lift", hold], "They have answered.\n");
    desk.refused("dora", &["hold", "log", hold, "--why", "agency"], "", "not for you to see");
    assert!(served.program.stop().success());
}
