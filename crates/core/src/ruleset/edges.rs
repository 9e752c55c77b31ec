//! When a ruleset's verdicts may change by themselves: the ends of spans, the edges of schedules, and the clock changes
//! that move a schedule's edges.

use super::rules::{Schedule, Span};
use crate::moment::Moment;
use jiff::{Timestamp, tz::TimeZone};

const MINUTES_A_DAY: u16 = 24 * 60;
const MINUTES_A_WEEK: u16 = 7 * MINUTES_A_DAY;
const MICROS_A_MINUTE: i64 = 60_000_000;

/// Clock changes are known from here, 2000-01-01, to 2100-01-01, seconds since 1970-01-01 UTC. Before and after, an
/// edge of a schedule may be told as much too late as the clock changes, usually an hour.
const CLOCK_CHANGES: [i64; 2] = [946_684_800, 4_102_444_800];

/// Every moment at which something begins or ends.
#[derive(Debug, Clone, Default)]
pub(super) struct Edges {
    /// Microseconds since 1970-01-01 UTC, sorted.
    instants: Vec<i64>,
    /// Minutes since Monday 00:00 on the school's wall clock, sorted.
    weekly: Vec<u16>,
}

impl Edges {
    pub(super) fn of(
        spans: impl Iterator<Item = Span>,
        schedules: impl Iterator<Item = Schedule>,
        zone: &TimeZone,
    ) -> Self {
        let mut weekly: Vec<u16> = schedules.flat_map(edges_of_schedule).collect();
        weekly.sort_unstable();
        weekly.dedup();
        let mut instants: Vec<i64> = spans.flat_map(|span| [span.starts, span.ends]).collect();
        instants.retain(|instant| *instant != i64::MIN && *instant != i64::MAX);
        if !weekly.is_empty() {
            instants.extend(clock_changes(zone));
        }
        instants.sort_unstable();
        instants.dedup();
        Self { instants, weekly }
    }

    /// The next edge after this moment, microseconds since 1970-01-01 UTC.
    pub(super) fn next(&self, moment: &Moment) -> Option<i64> {
        let after = self.instants.partition_point(|instant| *instant <= moment.unix_micros);
        let instant = self.instants.get(after).copied();
        let weekly = self.next_weekly(moment);
        match (instant, weekly) {
            (Some(instant), Some(weekly)) => Some(instant.min(weekly)),
            (one, other) => one.or(other),
        }
    }

    /// Reckoned on the wall clock as it runs now. Where the clock changes before, that change is the earlier edge.
    fn next_weekly(&self, moment: &Moment) -> Option<i64> {
        let minute = u16::from(moment.weekday % 7) * MINUTES_A_DAY + moment.minute;
        let after = self.weekly.partition_point(|edge| *edge <= minute);
        let edge = match self.weekly.get(after) {
            Some(edge) => *edge,
            None => self.weekly.first()? + MINUTES_A_WEEK,
        };
        let begun = moment.unix_micros.rem_euclid(MICROS_A_MINUTE);
        let wait = i64::from(edge.saturating_sub(minute)) * MICROS_A_MINUTE;
        Some(moment.unix_micros.saturating_sub(begun).saturating_add(wait))
    }
}

/// Minutes of the week at which a schedule begins or ends.
fn edges_of_schedule(schedule: Schedule) -> impl Iterator<Item = u16> {
    (0_u16..7)
        .filter(move |day| schedule.days & (1 << day) != 0)
        .flat_map(move |day| [schedule.from, schedule.to].map(|minute| (day * MINUTES_A_DAY + minute) % MINUTES_A_WEEK))
}

/// Moments at which the zone's clocks change, microseconds since 1970-01-01 UTC.
fn clock_changes(zone: &TimeZone) -> impl Iterator<Item = i64> {
    let [from, until] = CLOCK_CHANGES;
    let start = Timestamp::from_second(from).unwrap_or(Timestamp::UNIX_EPOCH);
    let seconds = zone.following(start).map(|change| change.timestamp().as_second());
    seconds.take_while(move |second| *second < until).map(|second| second.saturating_mul(1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone() -> TimeZone {
        TimeZone::get("Europe/London").expect("the zone is known")
    }

    fn micros(text: &str) -> i64 {
        text.parse::<Timestamp>().expect("a good moment").as_microsecond()
    }

    fn moment(text: &str) -> Moment {
        Moment::at(text.parse().expect("a good moment"), &zone())
    }

    /// Weekdays from 08:30 to 15:30.
    const SCHOOL_DAY: Schedule = Schedule { days: 0b001_1111, from: 510, to: 930 };

    #[test]
    fn the_next_edge_is_the_nearest_of_spans_and_schedules() {
        let span = Span { starts: micros("2026-11-23T10:00:00Z"), ends: micros("2026-11-25T00:00:00Z") };
        let edges = Edges::of([span, Span::ALWAYS].into_iter(), [SCHOOL_DAY].into_iter(), &zone());
        for (now, next) in [
            ("2026-11-23T08:29:59Z", "2026-11-23T08:30:00Z"),
            ("2026-11-23T08:30:00Z", "2026-11-23T10:00:00Z"),
            ("2026-11-23T10:00:00Z", "2026-11-23T15:30:00Z"),
            ("2026-11-23T15:30:30.5Z", "2026-11-24T08:30:00Z"),
            ("2026-11-24T16:00:00Z", "2026-11-25T00:00:00Z"),
            ("2026-11-27T16:00:00Z", "2026-11-30T08:30:00Z"),
        ] {
            assert_eq!(edges.next(&moment(now)), Some(micros(next)), "{now}");
        }
    }

    #[test]
    fn a_clock_change_is_an_edge_before_what_it_moves() {
        let every_day = Schedule { days: 0b111_1111, ..SCHOOL_DAY };
        let edges = Edges::of(std::iter::empty(), [every_day].into_iter(), &zone());
        // In the night to 29 March 2026 the clocks go forward at 01:00, and 08:30 comes an hour sooner.
        assert_eq!(edges.next(&moment("2026-03-28T22:00:00Z")), Some(micros("2026-03-29T01:00:00Z")));
        assert_eq!(edges.next(&moment("2026-03-29T01:00:00Z")), Some(micros("2026-03-29T07:30:00Z")));
    }

    #[test]
    fn a_schedule_to_the_end_of_sunday_ends_on_monday_morning() {
        let sunday = Schedule { days: 0b100_0000, from: 0, to: 1440 };
        let edges = Edges::of(std::iter::empty(), [sunday].into_iter(), &zone());
        assert_eq!(edges.next(&moment("2026-11-22T13:00:00Z")), Some(micros("2026-11-23T00:00:00Z")));
        assert_eq!(edges.next(&moment("2026-11-23T13:00:00Z")), Some(micros("2026-11-29T00:00:00Z")));
    }

    #[test]
    fn without_anything_that_changes_there_is_no_edge() {
        let edges = Edges::of([Span::ALWAYS].into_iter(), std::iter::empty(), &zone());
        assert_eq!(edges.next(&moment("2026-11-22T13:00:00Z")), None);
    }
}
