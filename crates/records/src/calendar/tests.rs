//! The calendar without a store: answers, edges of the zone, mistakes with their lines.

use super::*;
use holdfast_core::problem::lines;
use jiff::{SignedDuration, Timestamp, ToSpan as _, civil::date};
use proptest::prelude::*;

/// The example that people are shown is the one that is tested.
const YEAR: &str = EXAMPLE;

fn calendar() -> Calendar {
    read(YEAR).unwrap()
}

fn read(text: &str) -> Result<Calendar, String> {
    let zone = TimeZone::get("Europe/London").unwrap();
    Calendar::read("calendar.toml", text, zone).map_err(|problems| lines(&problems))
}

fn moment(local: &str) -> Timestamp {
    let local: jiff::civil::DateTime = local.parse().unwrap();
    TimeZone::get("Europe/London").unwrap().to_timestamp(local).unwrap()
}

#[test]
fn school_days_are_those_of_term_that_nothing_closes() {
    let calendar = calendar();
    for (day, answer) in [
        (date(2026, 8, 31), Answer::Unknown), // before the calendar
        (date(2026, 9, 1), Answer::No),       // before term
        (date(2026, 9, 2), Answer::No),       // inset
        (date(2026, 9, 3), Answer::Yes),
        (date(2026, 9, 5), Answer::No),   // Saturday
        (date(2026, 10, 28), Answer::No), // half-term
        (date(2026, 11, 2), Answer::Yes),
        (date(2026, 12, 1), Answer::No), // closed
        (date(2026, 12, 3), Answer::Yes),
        (date(2026, 12, 25), Answer::No), // holidays
        (date(2027, 3, 26), Answer::No),  // Good Friday, in term
        (date(2027, 3, 29), Answer::No),  // Easter Monday, in term
        (date(2027, 3, 30), Answer::Yes),
        (date(2027, 5, 3), Answer::No), // Early May bank holiday, in term
        (date(2027, 8, 31), Answer::No),
        (date(2027, 9, 1), Answer::Unknown), // after the calendar
    ] {
        assert_eq!(calendar.is_school_day(day), answer, "{day}");
    }
}

#[test]
fn bank_holidays_differ_between_the_nations() {
    let scottish = read(&YEAR.replace("england-and-wales", "scotland")).unwrap();
    let irish = read(&YEAR.replace("england-and-wales", "northern-ireland")).unwrap();
    let easter_monday = date(2027, 3, 29);
    assert_eq!((scottish.is_school_day(easter_monday), irish.is_school_day(easter_monday)), (Answer::Yes, Answer::No));
    let patrick = date(2027, 3, 17);
    assert_eq!((scottish.is_school_day(patrick), irish.is_school_day(patrick)), (Answer::Yes, Answer::No));
    assert_eq!(scottish.is_school_day(date(2026, 11, 30)), Answer::No, "Saint Andrew's Day");
}

#[test]
fn after_the_last_known_bank_holiday_a_day_of_term_is_unknown() {
    let late = YEAR.replace("2026-", "2028-").replace("2027-", "2029-").replace("2028-10-28", "2028-10-25");
    let calendar = read(&late).unwrap();
    assert_eq!(calendar.is_school_day(date(2028, 12, 14)), Answer::Yes);
    assert_eq!(calendar.is_school_day(date(2029, 1, 8)), Answer::Unknown, "a Monday of term in 2029");
    assert_eq!(calendar.is_school_day(date(2029, 1, 6)), Answer::No, "a Saturday is none, whatever is proclaimed");
    assert_eq!(calendar.next_school_day(date(2028, 12, 18)), Err(NotKnown::Day(date(2029, 1, 4))));
    assert_eq!(calendar.standing(moment("2028-12-01T09:00"), 8), Standing::EndsSoon(date(2028, 12, 31)));
}

#[test]
fn counting_school_days_skips_what_is_closed_and_stops_at_what_is_unknown() {
    let calendar = calendar();
    assert_eq!(calendar.next_school_day(date(2026, 10, 23)), Ok(date(2026, 11, 2)), "over half-term");
    assert_eq!(calendar.next_school_day(date(2026, 11, 30)), Ok(date(2026, 12, 3)), "over a closure");
    assert_eq!(calendar.school_day_after(date(2026, 9, 5), 0), Ok(date(2026, 9, 7)), "Saturday: the Monday");
    assert_eq!(calendar.school_day_after(date(2026, 9, 7), 0), Ok(date(2026, 9, 7)));
    assert_eq!(calendar.school_day_after(date(2026, 9, 4), 1), Ok(date(2026, 9, 7)));
    assert_eq!(calendar.school_days_between(date(2026, 9, 3), date(2026, 9, 8)), Ok(3));
    assert_eq!(calendar.school_days_between(date(2026, 9, 8), date(2026, 9, 3)), Ok(0));
    assert_eq!(calendar.school_days_between(date(2027, 7, 20), date(2027, 9, 2)), Err(NotKnown::Day(date(2027, 9, 1))));
    assert_eq!(calendar.next_school_day(date(2027, 7, 21)), Err(NotKnown::Day(date(2027, 9, 1))));
}

#[test]
fn watched_hours_are_those_declared_and_nothing_is_guessed() {
    let calendar = calendar();
    for (local, answer) in [
        ("2026-09-03T07:59:59", Answer::No),
        ("2026-09-03T08:00", Answer::Yes),
        ("2026-09-03T16:29:59", Answer::Yes),
        ("2026-09-03T16:30", Answer::No),
        ("2026-09-04T15:30", Answer::No),  // Friday
        ("2026-09-05T10:00", Answer::No),  // Saturday
        ("2026-09-02T10:00", Answer::No),  // inset
        ("2026-10-28T10:00", Answer::Yes), // half-term, declared by itself
        ("2026-10-28T12:00", Answer::No),
        ("2026-10-29T10:00", Answer::No),
        ("2026-08-31T10:00", Answer::Unknown),
        ("2027-09-01T10:00", Answer::Unknown),
    ] {
        assert_eq!(calendar.is_watched(moment(local)), answer, "{local}");
    }
    let undeclared = read(&YEAR.replace("watched = \"mon-thu 08:00-16:30, fri 08:00-15:00\"\n", "")).unwrap();
    assert_eq!(undeclared.is_watched(moment("2026-09-03T10:00")), Answer::Unknown);
    assert_eq!(undeclared.is_watched(moment("2026-10-28T10:00")), Answer::Yes, "declared by itself");
    assert_eq!(undeclared.add_school_days(moment("2026-09-03T10:00"), 0), Err(NotKnown::Hours));
}

#[test]
fn clocks_in_school_days_keep_the_time_of_day_over_a_change_of_the_clocks() {
    let calendar = calendar();
    // Summer time ends on 25 October, in half-term; it begins on 28 March, a Sunday inside term.
    let due = calendar.add_school_days(moment("2026-10-23T09:15"), 1).unwrap();
    assert_eq!(due, moment("2026-11-02T09:15"));
    assert_eq!(due.duration_since(moment("2026-10-23T09:15")), SignedDuration::from_hours(10 * 24 + 1));
    let due = calendar.add_school_days(moment("2027-03-25T09:15"), 1).unwrap();
    assert_eq!(due, moment("2027-03-30T09:15"));
    assert_eq!(due.duration_since(moment("2027-03-25T09:15")), SignedDuration::from_hours(5 * 24 - 1));
}

#[test]
fn the_same_school_day_ends_with_its_watched_hours() {
    let calendar = calendar();
    let due = |local: &str| calendar.add_school_days(moment(local), 0);
    assert_eq!(due("2026-09-03T10:00"), Ok(moment("2026-09-03T16:30")));
    assert_eq!(due("2026-09-03T16:30"), Ok(moment("2026-09-04T15:00")), "too late for today");
    assert_eq!(due("2026-09-05T10:00"), Ok(moment("2026-09-07T16:30")), "Saturday");
    assert_eq!(due("2027-07-21T17:00"), Err(NotKnown::Day(date(2027, 9, 1))), "after the last day that is known");
}

#[test]
fn watched_time_stands_still_while_nobody_watches() {
    let calendar = calendar();
    let after =
        |local: &str, minutes: i64| calendar.add_watched_time(moment(local), SignedDuration::from_mins(minutes));
    assert_eq!(after("2026-09-03T10:00", 15), Ok(moment("2026-09-03T10:15")));
    assert_eq!(after("2026-09-03T16:20", 15), Ok(moment("2026-09-04T08:05")), "overnight");
    assert_eq!(after("2026-09-04T14:50", 15), Ok(moment("2026-09-07T08:05")), "over the weekend");
    assert_eq!(after("2026-09-03T05:00", 15), Ok(moment("2026-09-03T08:15")), "before opening");
    assert_eq!(after("2026-10-23T14:50", 15), Ok(moment("2026-10-28T09:05")), "to the day declared by itself");
    assert!(after("2027-07-21T16:29", 15).is_err());
}

#[test]
fn a_watched_night_is_as_long_as_it_really_is_when_the_clocks_change() {
    let nights = YEAR.replace(
        "hours = \"09:00-12:00\"",
        "hours = \"09:00-12:00\"\n[[watched_day]]\ndate = 2027-03-28\nhours = \"00:00-04:00\"\n\
         [[watched_day]]\ndate = 2026-10-25\nhours = \"00:00-04:00\"",
    );
    let calendar = read(&nights).unwrap();
    let three_hours = SignedDuration::from_hours(3);
    // In spring the hour from one to two does not exist, so that the night has three hours; in autumn it has five.
    assert_eq!(calendar.add_watched_time(moment("2027-03-28T00:00"), three_hours), Ok(moment("2027-03-28T04:00")));
    assert_eq!(calendar.add_watched_time(moment("2026-10-25T00:00"), three_hours), Ok(moment("2026-10-25T02:00")));
    let first_half_past_one = moment("2026-10-25T01:30");
    let second = first_half_past_one.checked_add(SignedDuration::from_hours(1)).unwrap();
    assert_eq!((calendar.is_watched(first_half_past_one), calendar.is_watched(second)), (Answer::Yes, Answer::Yes));
}

#[test]
fn the_day_is_the_schools_and_not_the_worlds() {
    let calendar = calendar();
    // Half past eleven in the evening of UTC is half past midnight of the next day in summer time.
    let late: Timestamp = "2026-09-06T23:30:00Z".parse().unwrap();
    assert_eq!(calendar.day_of(late), date(2026, 9, 7));
}

#[test]
fn that_the_calendar_ends_is_told_in_time() {
    let calendar = calendar();
    assert_eq!(calendar.standing(moment("2027-05-01T09:00"), 8), Standing::Good(date(2027, 8, 31)));
    assert_eq!(calendar.standing(moment("2027-07-10T09:00"), 8), Standing::EndsSoon(date(2027, 8, 31)));
    assert_eq!(calendar.standing(moment("2027-09-01T00:00"), 8), Standing::Ended(date(2027, 8, 31)));
    assert_eq!(calendar.standing(moment("2026-08-31T23:59"), 8), Standing::BeginsLater(date(2026, 9, 1)));
    assert!(Standing::Missing.is_alarming() && !Standing::Good(date(2027, 8, 31)).is_alarming());
}

#[test]
fn mistakes_are_told_with_their_lines() {
    for (from, to, told) in [
        ("england-and-wales", "england", "calendar.toml:1: The nation is"),
        ("until = 2027-08-31", "until = 2026-08-31", "calendar.toml:3: The last day is before the first."),
        ("2026-10-26, last = 2026-10-30", "2026-10-26, last = 2027-10-30", "calendar.toml:10: A half-term lies inside"),
        ("first = 2027-01-04", "first = 2026-12-04", "calendar.toml:12: A term begins after the one before"),
        ("first = 2026-12-01", "first = 2026-12-99", "calendar.toml:28:"),
        ("mon-thu 08:00-16:30", "mon-thu 8-16", "calendar.toml:4: “mon-thu 8-16” is not"),
        ("why = \"Snow\"", "why = \"\"", "calendar.toml:27: A closure says why"),
        ("why = \"Snow\"", "reason = \"Snow\"", "calendar.toml:30:"),
        ("date = 2026-09-02", "date = 2026-09-02T10:00:00", "without a time"),
        ("date = 2026-09-02", "date = \"2026-09-02\"", "calendar.toml:25:"),
        ("hours = \"09:00-12:00\"", "hours = \"12:00-09:00\"", "calendar.toml:32: The hours of a watched day"),
    ] {
        let problems = read(&YEAR.replace(from, to)).unwrap_err();
        assert!(problems.contains(told), "{from} → {to}: {problems}");
    }
    assert!(read(&format!("{YEAR}# {}", "x".repeat(70_000))).unwrap_err().contains("bytes"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// However it is reckoned, the moment at which watched time has passed is itself in or at the end of watched time, and
    /// no earlier than asked.
    #[test]
    fn watched_time_ends_in_watched_time(hours in 0_i64..8_000, minutes in 1_i64..6_000) {
        let calendar = calendar();
        let from = moment("2026-09-01T00:00").checked_add(SignedDuration::from_hours(hours)).unwrap();
        let time = SignedDuration::from_mins(minutes);
        if let Ok(end) = calendar.add_watched_time(from, time) {
            prop_assert!(end.duration_since(from) >= time);
            let just_before = end.checked_sub(SignedDuration::from_secs(1)).unwrap();
            prop_assert_eq!(calendar.is_watched(just_before), Answer::Yes);
            let twice = calendar.add_watched_time(from, SignedDuration::from_mins(minutes / 2)).unwrap();
            let rest = SignedDuration::from_mins(minutes - minutes / 2);
            prop_assert_eq!(calendar.add_watched_time(twice, rest), Ok(end), "in two steps");
        }
    }

    /// Counting forward and counting between agree.
    #[test]
    fn counting_forward_and_between_agree(day in 0_i32..300, count in 1_u32..60) {
        let calendar = calendar();
        let from = date(2026, 9, 1).checked_add(i64::from(day).days()).unwrap();
        if let Ok(to) = calendar.school_day_after(from, count) {
            prop_assert_eq!(calendar.school_days_between(from, to), Ok(count));
            prop_assert_eq!(calendar.is_school_day(to), Answer::Yes);
        }
    }
}
