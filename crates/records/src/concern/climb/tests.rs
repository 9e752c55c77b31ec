//! Climbing without a store: whole climbs over a weekend and a bank holiday, and what always holds.

use super::*;
use crate::{
    access::{FileKind, Holding, Roll},
    calendar::{Calendar, EXAMPLE},
    file::{EntryKind, Severity},
    id,
};
use jiff::{Timestamp, tz::TimeZone};
use proptest::prelude::*;

fn calendar() -> Calendar {
    Calendar::read("calendar.toml", EXAMPLE, TimeZone::get("Europe/London").unwrap()).unwrap()
}

fn times(calendar: Option<&Calendar>) -> Times<'_> {
    Times { calendar, immediate: SignedDuration::from_mins(15), triage_days: 1 }
}

fn moment(local: &str) -> Timestamp {
    let local: jiff::civil::DateTime = local.parse().unwrap();
    TimeZone::get("Europe/London").unwrap().to_timestamp(local).unwrap()
}

fn person() -> id::Person {
    id::Person::new("2026-11-23T08:00:00Z".parse().unwrap()).unwrap()
}

fn report(at: Timestamp, severity: i64, author: Option<id::Person>) -> Fact {
    Fact { moment: at, what: What::Entry(EntryKind::Seen, Severity::new(severity), author) }
}

fn answered(at: Timestamp) -> Fact {
    Fact { moment: at, what: What::Answered }
}

/// Everybody of the ladder, and who reported it.
struct People {
    ladder: Vec<(Rung, id::Person)>,
    reporter: id::Person,
}

impl People {
    fn new(rungs: &[Rung]) -> Self {
        Self { ladder: rungs.iter().map(|rung| (*rung, person())).collect(), reporter: person() }
    }

    fn askable(&self) -> Askable {
        Askable {
            ladder: self.ladder.iter().map(|(rung, person)| (*rung, vec![*person])).collect(),
            rota: Vec::new(),
            reporters: vec![self.reporter],
        }
    }

    fn open(&self, at: &str, severity: i64) -> Open {
        let at = moment(at);
        open(&[report(at, severity, Some(self.reporter))], at).unwrap()
    }
}

const ALL: [Rung; 5] = [Rung::Lead, Rung::Deputy, Rung::Head, Rung::Chair, Rung::Trust];

fn shown(steps: &[Step]) -> Vec<(&'static str, String)> {
    let zone = TimeZone::get("Europe/London").unwrap();
    let local = |at: Timestamp| at.to_zoned(zone.clone()).datetime().to_string();
    steps.iter().map(|step| (step.rung.word(), local(step.due)[..16].to_owned())).collect()
}

fn is(steps: &[Step], expected: &[(&str, &str)]) {
    let expected: Vec<(&str, String)> = expected.iter().map(|(rung, at)| (*rung, (*at).to_owned())).collect();
    assert_eq!(shown(steps), expected);
}

#[test]
fn what_presses_climbs_in_minutes_while_somebody_watches() {
    let (calendar, people) = (calendar(), People::new(&ALL));
    for severity in [4, 5] {
        let steps = plan(&people.open("2026-11-23T09:00", severity), &people.askable(), &times(Some(&calendar)));
        is(
            &steps,
            &[
                ("lead", "2026-11-23T09:00"),
                ("deputy", "2026-11-23T09:15"),
                ("head", "2026-11-23T09:30"),
                ("chair", "2026-11-23T09:45"),
                ("trust", "2026-11-23T10:00"),
                ("reporter", "2026-11-23T10:15"),
            ],
        );
        assert_eq!(answer_by(&steps, moment("2026-11-23T09:20")), Some(moment("2026-11-23T09:30")));
        assert_eq!(next(&steps, moment("2026-11-23T09:20")).unwrap().rung, Rung::Head);
    }
}

#[test]
fn over_a_bank_holiday_weekend_the_reporter_learns_at_once_and_the_first_are_told_at_opening() {
    // Easter: Good Friday is 26 March 2027, the next school day Tuesday. Lead and deputy are away.
    let (calendar, people) = (calendar(), People::new(&[Rung::Head, Rung::Chair, Rung::Trust]));
    let steps = plan(&people.open("2027-03-25T19:00", 5), &people.askable(), &times(Some(&calendar)));
    let opening = shown(&steps).into_iter().find(|(rung, _)| *rung == "head").unwrap().1;
    assert!(opening.starts_with("2027-03-30T08:"), "{opening}");
    assert_eq!(shown(&steps)[0], ("reporter", "2027-03-25T19:45".to_owned()));
    assert_eq!(steps[2].due.duration_since(steps[1].due), SignedDuration::from_mins(15));
    // What does not press waits for opening, and nobody rings in the night.
    let calm = plan(&people.open("2027-03-25T19:00", 2), &people.askable(), &times(Some(&calendar)));
    assert_eq!(shown(&calm)[0], ("head", opening));
    assert_eq!(calm.last().unwrap().rung, Rung::Reporter);
}

#[test]
fn a_rota_that_was_agreed_is_told_at_once_of_danger_and_of_nothing_else() {
    let (calendar, people) = (calendar(), People::new(&ALL));
    let on_rota = Askable { rota: vec![people.ladder[2].1], ..people.askable() };
    let steps = plan(&people.open("2026-11-28T22:00", 5), &on_rota, &times(Some(&calendar)));
    assert_eq!(shown(&steps)[0], ("rota", "2026-11-28T22:00".to_owned()));
    assert!(!steps.iter().any(|step| step.rung == Rung::Head), "the head was told as one of the rota");
    for severity in 1..5 {
        let steps = plan(&people.open("2026-11-28T22:00", severity), &on_rota, &times(Some(&calendar)));
        assert!(!steps.iter().any(|step| step.rung == Rung::Rota), "{severity}");
    }
    // In watched hours the ladder comes first, and the rota when nobody watches any more.
    let late = plan(&people.open("2026-11-23T16:20", 5), &on_rota, &times(Some(&calendar)));
    assert_eq!(late.iter().map(|step| step.rung).take(2).collect::<Vec<_>>(), [Rung::Lead, Rung::Rota]);
}

#[test]
fn what_needs_a_decision_today_goes_on_when_the_day_is_over() {
    let (calendar, people) = (calendar(), People::new(&ALL));
    let steps = plan(&people.open("2026-11-23T09:00", 3), &people.askable(), &times(Some(&calendar)));
    let end = calendar.add_school_days(moment("2026-11-23T09:00"), 0).unwrap();
    assert_eq!(answer_by(&steps, moment("2026-11-23T12:00")), Some(end));
    assert!(shown(&steps)[1].1.starts_with("2026-11-24T08:"), "{:?}", shown(&steps));
}

#[test]
fn what_does_not_press_takes_a_school_day_each_time() {
    let (calendar, people) = (calendar(), People::new(&ALL));
    // A Friday: the next school day is Monday.
    let steps = plan(&people.open("2026-11-20T10:00", 2), &people.askable(), &times(Some(&calendar)));
    is(&steps[..3], &[("lead", "2026-11-20T10:00"), ("deputy", "2026-11-23T10:00"), ("head", "2026-11-24T10:00")]);
}

#[test]
fn an_answer_ends_it_and_a_newer_report_begins_it_again() {
    let (nine, ten, eleven) = (moment("2026-11-23T09:00"), moment("2026-11-23T10:00"), moment("2026-11-23T11:00"));
    assert_eq!(open(&[report(nine, 4, None), answered(ten)], nine), None);
    assert_eq!(open(&[report(nine, 4, None), answered(nine)], nine), None, "an answer of the same moment");
    let again = open(&[report(nine, 4, None), answered(ten), report(eleven, 1, None)], nine).unwrap();
    assert_eq!((again.since, again.severity.number()), (eleven, 4), "a report does not make it less severe");
    let note = Fact { moment: eleven, what: What::Entry(EntryKind::Note, None, None) };
    assert_eq!(open(&[report(nine, 4, None), answered(ten), note], nine), None);
}

fn taken(at: Timestamp, lapsed_at: Option<Timestamp>) -> Fact {
    Fact { moment: at, what: What::Taken { lapsed_at } }
}

fn turn(at: Timestamp, what: What) -> Fact {
    Fact { moment: at, what }
}

#[test]
fn a_word_that_counts_no_more_begins_the_climb_anew_when_it_lapsed_and_a_decision_stays() {
    let hour = |hour: i64| moment("2026-11-23T09:00").checked_add(SignedDuration::from_hours(hour)).unwrap();
    let since = |facts: &[Fact]| open(facts, hour(0)).map(|open| open.since);
    let report_at_nine = report(hour(0), 4, None);
    assert_eq!(since(&[report_at_nine, taken(hour(1), None)]), None);
    assert_eq!(since(&[report_at_nine, taken(hour(1), Some(hour(3)))]), Some(hour(3)));
    // Another's word stands beside it; a decision stands whoever made it.
    assert_eq!(since(&[report_at_nine, taken(hour(1), Some(hour(3))), taken(hour(2), None)]), None);
    assert_eq!(since(&[report_at_nine, taken(hour(1), Some(hour(3))), answered(hour(2))]), None);
    assert_eq!(since(&[report_at_nine, taken(hour(1), Some(hour(3))), taken(hour(2), Some(hour(5)))]), Some(hour(5)));
    // What nobody took goes on from its own report, and the first's reporter hears of it too.
    let (first, second) = (person(), person());
    let facts = [report(hour(0), 4, Some(first)), taken(hour(1), Some(hour(5))), report(hour(2), 2, Some(second))];
    let both = open(&facts, hour(0)).unwrap();
    assert_eq!((both.since, both.severity.number()), (hour(2), 4));
    assert_eq!(both.reporters, [first, second]);
    // A word of an earlier round, which was decided on, delays nothing.
    let later = [report_at_nine, taken(hour(1), Some(hour(9))), answered(hour(2)), report(hour(3), 1, None)];
    assert_eq!(since(&later), Some(hour(3)));
}

#[test]
fn what_was_said_before_a_move_answers_nothing_and_what_was_closed_stays_closed() {
    let hour = |hour: i64| moment("2026-11-23T09:00").checked_add(SignedDuration::from_hours(hour)).unwrap();
    let since = |facts: &[Fact]| open(facts, hour(5)).map(|open| open.since);
    let report_at_nine = report(hour(0), 4, None);
    assert_eq!(since(&[report_at_nine, answered(hour(1))]), Some(hour(5)));
    assert_eq!(since(&[report_at_nine, taken(hour(1), None)]), Some(hour(5)));
    assert_eq!(since(&[report_at_nine, answered(hour(1)), answered(hour(6))]), None);
    let closed = turn(hour(2), What::Closed);
    assert_eq!(since(&[report_at_nine, closed]), None);
    assert_eq!(since(&[report_at_nine, closed, turn(hour(3), What::Reopened)]), Some(hour(5)));
    assert_eq!(since(&[report_at_nine, closed, report(hour(3), 4, None)]), Some(hour(5)));
}

#[test]
fn hearing_more_does_not_put_it_off_and_something_worse_begins_it_anew() {
    let (nine, ten) = (moment("2026-11-23T09:00"), moment("2026-11-23T10:00"));
    let more = open(&[report(nine, 3, None), report(ten, 3, None)], nine).unwrap();
    assert_eq!((more.since, more.reported_at), (nine, ten));
    let worse = open(&[report(nine, 3, None), report(ten, 5, None)], nine).unwrap();
    assert_eq!(worse.since, ten);
    let people = People::new(&ALL);
    let told = [Told { rung: Rung::Lead, person: Some(people.ladder[0].1), told_at: nine }];
    let steps = plan(&worse, &people.askable(), &times(None));
    assert_eq!(due(&worse, &steps, &told, ten), [(Rung::Lead, Some(people.ladder[0].1))], "asked again, now at once");
}

#[test]
fn moved_from_a_wrong_child_it_is_asked_about_from_then_on() {
    let (nine, ten) = (moment("2026-11-23T09:00"), moment("2026-11-24T10:00"));
    assert_eq!(open(&[report(nine, 3, None)], ten).unwrap().since, ten);
}

#[test]
fn without_a_calendar_nothing_waits() {
    let people = People::new(&ALL);
    for severity in 1..=5 {
        let open = people.open("2026-11-28T22:00", severity);
        let steps = plan(&open, &people.askable(), &times(None));
        assert_eq!((steps[0].rung, steps[0].due), (Rung::Lead, open.since));
    }
}

#[test]
fn whoever_reported_all_of_it_is_not_asked_to_answer_it() {
    let people = People::new(&ALL);
    let lead = people.ladder[0].1;
    let at = moment("2026-11-23T09:00");
    let own = open(&[report(at, 4, Some(lead))], at).unwrap();
    let steps = plan(&own, &people.askable(), &times(None));
    assert_eq!((steps[0].rung, steps[0].due), (Rung::Deputy, at));
    let both = open(&[report(at, 4, Some(lead)), report(at, 4, Some(people.reporter))], at).unwrap();
    assert_eq!(plan(&both, &people.askable(), &times(None))[0].rung, Rung::Lead, "somebody else reported too");
}

#[test]
fn where_nobody_is_left_whoever_reported_it_is_told_at_once() {
    let people = People::new(&[]);
    for severity in [1, 2, 3] {
        let open = people.open("2026-11-23T09:00", severity);
        let steps = plan(&open, &people.askable(), &times(Some(&calendar())));
        assert_eq!((steps.len(), steps[0].rung, steps[0].due), (1, Rung::Reporter, open.since));
    }
}

/// A roll of few people with many duties, some away.
fn rolls() -> impl Strategy<Value = (Vec<id::Person>, Vec<Holding>)> {
    let people: Vec<id::Person> = (0..5).map(|_| person()).collect();
    let holding = (0_usize..5, 0_usize..5, any::<bool>());
    (prop::collection::vec(holding, 0..12), prop::collection::vec(prop::bool::weighted(0.3), 5)).prop_map(
        move |(held, away)| {
            let duties = [Duty::DesignatedLead, Duty::DeputyDesignatedLead, Duty::Head, Duty::Chair, Duty::TrustLead];
            let holding = |(duty, who, is_deputy): (usize, usize, bool)| Holding {
                duty: duties[duty],
                person: people[who],
                is_deputy,
                is_away: away[who],
                recorded_at: Timestamp::UNIX_EPOCH,
            };
            (people.clone(), held.into_iter().map(holding).collect())
        },
    )
}

proptest! {
    /// Whoever holds what, is away or barred: nobody is asked twice, nobody who is barred or away is asked, and it always ends at whoever
    /// reported it. As time goes on nobody is due any less.
    #[test]
    fn nobody_is_asked_twice_no_subject_ever_and_it_always_ends(
        (people, held) in rolls(),
        barred in prop::collection::vec(0_usize..5, 0..4),
        kind in prop::sample::select(vec![FileKind::Child, FileKind::StaffConcern]),
        severity in 1_i64..=5,
        start in 0_i64..(60 * 24 * 120),
        rota in prop::collection::vec(0_usize..5, 0..3),
        has_calendar in any::<bool>(),
    ) {
        let barred: Vec<id::Person> = barred.into_iter().map(|who| people[who]).collect();
        let roll = Roll::new(held.clone());
        let turns = roll.in_turn(kind, &barred);
        let reporter = person();
        let reach: Vec<id::Person> = turns.iter().flat_map(|(_, people)| people.clone()).collect();
        let askable = Askable {
            ladder: turns.into_iter().map(|(duty, people)| (Rung::of(duty), people)).collect(),
            rota: rota.into_iter().map(|who| people[who]).filter(|person| reach.contains(person)).collect(),
            reporters: vec![reporter],
        };
        let calendar = calendar();
        let times = times(has_calendar.then_some(&calendar));
        let since = moment("2026-11-02T00:00").checked_add(SignedDuration::from_mins(start)).unwrap();
        let open = open(&[report(since, severity, Some(reporter))], since).unwrap();
        let steps = plan(&open, &askable, &times);
        let asked: Vec<id::Person> = steps.iter().flat_map(|step| step.people.clone()).collect();
        for (place, one) in asked.iter().enumerate() {
            prop_assert!(!asked[..place].contains(one), "asked twice");
            prop_assert!(!barred.contains(one), "a subject was asked");
            prop_assert!(!held.iter().any(|held| held.person == *one && held.is_away), "asked while away");
        }
        prop_assert_eq!(steps.iter().filter(|step| step.rung == Rung::Reporter).count(), 1);
        for person in &reach {
            prop_assert!(asked.contains(person), "passed over");
        }
        prop_assert!(steps.iter().all(|step| step.due >= open.since));
        prop_assert!(steps.is_sorted_by_key(|step| step.due));
        // Whoever is due stays due, until they are told.
        let mut told = Vec::new();
        let mut before = 0;
        for hours in [0, 1, 5, 24, 72, 24 * 60] {
            let now = open.since.checked_add(SignedDuration::from_hours(hours)).unwrap();
            let all = due(&open, &steps, &[], now).len();
            prop_assert!(all >= before);
            before = all;
            for (rung, person) in due(&open, &steps, &told, now) {
                told.push(Told { rung, person, told_at: now });
            }
            prop_assert_eq!(due(&open, &steps, &told, now), vec![]);
            prop_assert_eq!(told.len(), all);
        }
    }
}
