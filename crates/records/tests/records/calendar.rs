//! The calendar through the verbs; what it answers is tested beside its code.

use crate::{
    decided::school,
    ground::{Ground, both},
};
use holdfast_records::{
    Fault,
    access::Actor,
    calendar::{Answer, Standing},
};
use jiff::{SignedDuration, civil::date};

both!(
    a_calendar_is_kept_with_who_when_and_why,
    a_wrong_calendar_is_refused_with_its_lines_and_nothing_changes,
    clocks_are_told_that_there_is_no_calendar,
    the_calendar_of_an_earlier_moment_is_still_there,
);

const YEAR: &str = r#"nation = "england-and-wales"
from = 2026-09-01
until = 2027-08-31
watched = "mon-fri 08:00-16:30"

[[term]]
name = "Autumn"
first = 2026-09-02
last = 2026-12-18
half_term = { first = 2026-10-26, last = 2026-10-30 }

[[term]]
name = "Spring"
first = 2027-01-04
last = 2027-03-25
"#;

async fn a_calendar_is_kept_with_who_when_and_why(ground: Ground) {
    ground.set_clock("2026-11-02T09:00:00Z");
    let school = school(&ground, "oak", None).await;
    let number = school.records.set_calendar(&school.head, "year.toml", YEAR, "Agreed by governors.").await;
    assert_eq!(number, Ok(1));
    let version = school.records.calendar(school.id).await.expect("read").expect("there");
    assert_eq!((version.number, version.document.as_str(), version.why.as_str()), (1, YEAR, "Agreed by governors."));
    assert_eq!((Actor::Person(version.by), version.at), (school.head.actor, ground.now()));
    assert_eq!(version.calendar.is_school_day(date(2026, 11, 2)), Answer::Yes);
    assert_eq!(version.calendar.is_watched(ground.now()), Answer::Yes);
    assert_eq!(school.records.calendar_standing(school.id, 8).await, Ok(Standing::Good(date(2027, 8, 31))));
}

async fn a_wrong_calendar_is_refused_with_its_lines_and_nothing_changes(ground: Ground) {
    let school = school(&ground, "oak", None).await;
    let wrong = YEAR.replace("last = 2027-03-25", "last = 2026-03-25");
    let refused = school.records.set_calendar(&school.head, "year.toml", &wrong, "Agreed.").await;
    let Err(Fault::Wrong(problems)) = refused else { panic!("refused: {refused:?}") };
    assert!(problems.iter().all(|problem| problem.file == "year.toml" && problem.line.is_some()), "{problems:?}");
    assert!(school.records.check_calendar(school.id, "year.toml", &wrong).await.is_err());
    assert!(school.records.check_calendar(school.id, "year.toml", YEAR).await.is_ok());
    assert!(school.records.set_calendar(&school.head, "year.toml", YEAR, " ").await.is_err(), "without a reason");
    let by_teacher = school.records.set_calendar(&school.teacher, "year.toml", YEAR, "Agreed.").await;
    assert!(matches!(by_teacher, Err(Fault::NotFound | Fault::NotAllowed(_))), "{by_teacher:?}");
    assert_eq!(school.records.calendar(school.id).await, Ok(None));
}

async fn clocks_are_told_that_there_is_no_calendar(ground: Ground) {
    let school = school(&ground, "oak", None).await;
    assert_eq!(school.records.calendar_standing(school.id, 8).await, Ok(Standing::Missing));
    school.records.set_calendar(&school.head, "year.toml", YEAR, "Agreed.").await.expect("set");
    ground.set_clock("2027-09-06T09:00:00Z");
    assert_eq!(school.records.calendar_standing(school.id, 8).await, Ok(Standing::Ended(date(2027, 8, 31))));
}

async fn the_calendar_of_an_earlier_moment_is_still_there(ground: Ground) {
    ground.set_clock("2026-11-02T09:00:00Z");
    let school = school(&ground, "oak", None).await;
    school.records.set_calendar(&school.head, "year.toml", YEAR, "Agreed.").await.expect("set");
    let before = ground.now();
    ground.advance(SignedDuration::from_hours(24));
    let snow = format!("{YEAR}\n[[closure]]\nfirst = 2026-11-03\nlast = 2026-11-04\nwhy = \"Snow\"\n");
    assert_eq!(school.records.set_calendar(&school.head, "year.toml", &snow, "Snow.").await, Ok(2));
    let is_open = |version: Option<holdfast_records::calendar::CalendarVersion>| {
        version.expect("there").calendar.is_school_day(date(2026, 11, 4))
    };
    assert_eq!(is_open(school.records.calendar(school.id).await.expect("read")), Answer::No);
    assert_eq!(is_open(school.records.calendar_as_of(school.id, before).await.expect("read")), Answer::Yes);
}
