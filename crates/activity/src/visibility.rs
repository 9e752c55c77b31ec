//! What we cannot see: how much of what was let through was seen whole, by name only, or not at all (F-05, and the
//! page "what we cannot see").
//!
//! Counted is what went by: requests that were served, or that the other side failed to serve. What was stopped went
//! nowhere, so it is not in these shares. A tunnel that was opened is not counted either, but each request inside it is.
//! Questions for names are counted apart, because a look-up is no traffic. Tests and drills are left out; visits for
//! help and to protected partners never come here (practice 9, 11).
//!
//! Only numbers by the group's neutral code are kept, in memory, and for a bounded number of groups.

use crate::text::cut;
use holdfast_core::{
    event::{Outcome, RequestEvent},
    request::Visibility,
    subject::GroupCode,
};
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// A smaller number of a group is told nowhere, and of fewer requests no share is worked out: it would tell of single
/// people (practice 14).
pub const FEWEST_TOLD: u64 = 20;
/// How many groups are counted; beyond it those that were quiet for longest are forgotten.
const MOST_GROUPS: usize = 512;
/// How many different reasons are counted for each group and hour.
const MOST_REASONS: usize = 64;
/// The longest reason's code, in bytes.
const REASON_BYTES: usize = 64;
/// The hours that make a day.
const HOURS: usize = 24;
const DAY: i64 = 24;
const HOUR_MICROS: i64 = 3_600_000_000;

/// Requests, and the bytes of their bodies in both directions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amount {
    /// How many.
    pub requests: u64,
    /// Bytes in both directions.
    pub bytes: u64,
}

impl Amount {
    fn add(&mut self, other: Self) {
        self.requests = self.requests.saturating_add(other.requests);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }
}

/// How much was seen of what was let through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Seen whole: its whole address and what it carried.
    pub whole: Amount,
    /// Seen by the name of the site only.
    pub name_only: Amount,
    /// Not seen at all.
    pub nothing: Amount,
    /// Questions for names that were let through, whether or not an answer came; not part of the shares.
    pub look_ups: u64,
    /// Why connections were left unopened, by the reason's code ([`holdfast_core::inspection::OpeningReason::code`]).
    pub unopened: BTreeMap<Arc<str>, u64>,
}

impl Seen {
    /// Requests of all three kinds together.
    pub fn requests(&self) -> u64 {
        let kinds = [self.whole, self.name_only, self.nothing];
        kinds.into_iter().fold(0, |sum, kind| sum.saturating_add(kind.requests))
    }

    /// Adds what was seen elsewhere or at another time.
    pub fn add(&mut self, other: &Self) {
        self.whole.add(other.whole);
        self.name_only.add(other.name_only);
        self.nothing.add(other.nothing);
        self.look_ups = self.look_ups.saturating_add(other.look_ups);
        for (code, count) in &other.unopened {
            self.leave_unopened(code, *count);
        }
    }

    fn count(&mut self, event: &RequestEvent) {
        if &*event.scheme == "dns" {
            self.look_ups = self.look_ups.saturating_add(1);
            return;
        }
        let amount = Amount { requests: 1, bytes: event.bytes_up.saturating_add(event.bytes_down) };
        match event.visibility {
            Visibility::Whole => self.whole.add(amount),
            Visibility::NameOnly => self.name_only.add(amount),
            Visibility::Nothing => self.nothing.add(amount),
        }
        if let Some(code) = &event.unopened {
            self.leave_unopened(&cut(code, REASON_BYTES), 1);
        }
    }

    fn leave_unopened(&mut self, code: &Arc<str>, count: u64) {
        if let Some(known) = self.unopened.get_mut(code) {
            *known = known.saturating_add(count);
        } else if self.unopened.len() < MOST_REASONS {
            self.unopened.insert(Arc::clone(code), count);
        }
    }
}

/// What was seen of one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupSeen {
    /// The group's neutral code; `None` is the policy `unknown`.
    pub group: Option<GroupCode>,
    /// How much was seen.
    pub seen: Seen,
}

/// One hour, by its number since 1970-01-01 UTC.
#[derive(Debug, Clone, Default)]
struct Hour {
    number: i64,
    seen: Seen,
}

#[derive(Debug, Default)]
struct Counted {
    since_start: Seen,
    hours: [Hour; HOURS],
    last_micros: i64,
}

impl Counted {
    fn count(&mut self, event: &RequestEvent) {
        self.since_start.count(event);
        self.last_micros = event.at_micros;
        let number = hour(event.at_micros);
        let hour = &mut self.hours[place(number)];
        // Another number is a day old, or the clock was set back: either way the place is this hour's now.
        if hour.number != number {
            *hour = Hour { number, seen: Seen::default() };
        }
        hour.seen.count(event);
    }

    fn last_day(&self, now: i64) -> Seen {
        let mut day = Seen::default();
        let this_hour = hour(now);
        for hour in &self.hours {
            if (0..DAY).contains(&this_hour.saturating_sub(hour.number)) {
                day.add(&hour.seen);
            }
        }
        day
    }
}

fn hour(micros: i64) -> i64 {
    micros.div_euclid(HOUR_MICROS)
}

fn place(hour: i64) -> usize {
    usize::try_from(hour.rem_euclid(DAY)).unwrap_or_default()
}

/// The counts of every group.
#[derive(Debug, Default)]
pub(crate) struct Shares {
    groups: HashMap<Option<GroupCode>, Counted>,
}

impl Shares {
    /// Counts one event, where it went by.
    pub(crate) fn count(&mut self, event: &RequestEvent) {
        if event.synthetic || !went_by(event) {
            return;
        }
        if let Some(counted) = self.groups.get_mut(&event.subject.group) {
            counted.count(event);
            return;
        }
        if self.groups.len() >= MOST_GROUPS {
            crate::recent::forget_quietest(&mut self.groups, |counted| counted.last_micros);
        }
        self.groups.entry(event.subject.group.clone()).or_default().count(event);
    }

    /// The last 24 hours, this one included, by group in the order of their codes; `unknown` comes last. Groups of
    /// which nothing went by are left out.
    pub(crate) fn last_day(&self, now: Timestamp) -> Vec<GroupSeen> {
        self.by_group(|counted| counted.last_day(now.as_microsecond()))
    }

    /// The same since the program started.
    pub(crate) fn since_start(&self) -> Vec<GroupSeen> {
        self.by_group(|counted| counted.since_start.clone())
    }

    fn by_group(&self, seen: impl Fn(&Counted) -> Seen) -> Vec<GroupSeen> {
        let groups = self.groups.iter();
        let mut rows: Vec<_> =
            groups.map(|(group, counted)| GroupSeen { group: group.clone(), seen: seen(counted) }).collect();
        rows.retain(|row| row.seen != Seen::default());
        rows.sort_by(|one, other| (one.group.is_none(), &one.group).cmp(&(other.group.is_none(), &other.group)));
        rows
    }
}

/// Whether anything went by of which more or less was seen.
fn went_by(event: &RequestEvent) -> bool {
    if !matches!(event.outcome, Outcome::Allowed | Outcome::Failed) {
        return false;
    }
    // A tunnel through which nothing went unread: it was opened, and its requests are counted one by one, or it came to
    // nothing. One that says why it was left unopened is counted, even where nothing was sent through it.
    let is_tunnel = &*event.scheme == "tunnel";
    let went_unread = event.unopened.is_some() || event.bytes_up > 0 || event.bytes_down > 0;
    !is_tunnel || went_unread
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_core::subject::Subject;

    const NOW: i64 = 1_795_000_000_000_000;

    fn event(group: Option<&str>, scheme: &str, visibility: Visibility, at_micros: i64) -> RequestEvent {
        RequestEvent {
            reference: "7Q4K".into(),
            at_micros,
            ruleset: "r1".into(),
            subject: Subject { group: group.map(GroupCode::from), ..Subject::unknown() },
            client: None,
            listener: "main".into(),
            method: "GET".into(),
            scheme: scheme.into(),
            host: Some("rivers.example".into()),
            port: 443,
            path: None,
            visibility,
            outcome: Outcome::Allowed,
            status: 200,
            layer: "default".into(),
            rule: None,
            list: None,
            entry: None,
            category: None,
            strict: None,
            rewrites: Vec::new(),
            unopened: None,
            clauses: Vec::new(),
            words: "Open to you.".into(),
            bytes_up: 100,
            bytes_down: 900,
            duration_micros: 10,
            synthetic: false,
        }
    }

    fn day(shares: &Shares, group: Option<&str>, now: i64) -> Seen {
        let rows = shares.last_day(Timestamp::from_microsecond(now).unwrap());
        let group = group.map(GroupCode::from);
        rows.into_iter().find(|row| row.group == group).map(|row| row.seen).unwrap_or_default()
    }

    #[test]
    fn what_went_by_is_counted_by_group_and_by_how_much_of_it_was_seen() {
        let mut shares = Shares::default();
        shares.count(&event(Some("Rowan"), "https", Visibility::Whole, NOW));
        shares.count(&event(Some("Rowan"), "http", Visibility::Whole, NOW));
        let unopened = Some("apple".into());
        shares.count(&RequestEvent { unopened, ..event(Some("Rowan"), "tunnel", Visibility::NameOnly, NOW) });
        shares.count(&event(Some("Rowan"), "tunnel", Visibility::Nothing, NOW));
        shares.count(&event(Some("Rowan"), "dns", Visibility::NameOnly, NOW));
        shares.count(&event(None, "tunnel", Visibility::NameOnly, NOW));
        let rowan = day(&shares, Some("Rowan"), NOW);
        assert_eq!(rowan.whole, Amount { requests: 2, bytes: 2_000 });
        assert_eq!(rowan.name_only, Amount { requests: 1, bytes: 1_000 });
        assert_eq!(rowan.nothing, Amount { requests: 1, bytes: 1_000 });
        assert_eq!((rowan.look_ups, rowan.requests()), (1, 4));
        assert_eq!(rowan.unopened, BTreeMap::from([("apple".into(), 1)]));
        let order: Vec<_> = shares.since_start().into_iter().map(|row| row.group).collect();
        assert_eq!(order, [Some("Rowan".into()), None], "those we cannot tell come last");
    }

    #[test]
    fn what_was_stopped_tested_or_opened_is_no_tunnel_that_went_by_unread() {
        let mut shares = Shares::default();
        let tunnel = || RequestEvent { bytes_up: 0, bytes_down: 0, ..event(None, "tunnel", Visibility::NameOnly, NOW) };
        shares.count(&tunnel());
        shares.count(&RequestEvent { outcome: Outcome::Failed, entry: Some("client-distrusts".into()), ..tunnel() });
        for outcome in [Outcome::Blocked, Outcome::Sealed, Outcome::Refused, Outcome::Redirected] {
            shares.count(&RequestEvent { outcome, ..event(None, "http", Visibility::Whole, NOW) });
        }
        shares.count(&RequestEvent { synthetic: true, ..event(None, "http", Visibility::Whole, NOW) });
        assert_eq!(shares.since_start(), []);
        shares.count(&RequestEvent { unopened: Some("group".into()), ..tunnel() });
        assert_eq!(day(&shares, None, NOW).name_only.requests, 1, "left unopened, though nothing was sent");
    }

    #[test]
    fn the_day_moves_on_by_the_hour_and_what_came_since_the_start_stays() {
        let mut shares = Shares::default();
        shares.count(&event(None, "http", Visibility::Whole, NOW));
        shares.count(&event(None, "http", Visibility::Whole, NOW + 5 * HOUR_MICROS));
        assert_eq!(day(&shares, None, NOW + 5 * HOUR_MICROS).whole.requests, 2);
        assert_eq!(day(&shares, None, NOW + 24 * HOUR_MICROS).whole.requests, 1);
        shares.count(&event(None, "http", Visibility::Whole, NOW + 24 * HOUR_MICROS));
        assert_eq!(day(&shares, None, NOW + 24 * HOUR_MICROS).whole.requests, 2);
        assert_eq!(day(&shares, None, NOW + 100 * HOUR_MICROS), Seen::default());
        assert_eq!(shares.since_start()[0].seen.whole.requests, 3);
        // The clock was wrong and is set back: what lies in the future is not shown, and counting goes on.
        assert_eq!(day(&shares, None, NOW).whole.requests, 0);
        shares.count(&event(None, "http", Visibility::Whole, NOW));
        assert_eq!(day(&shares, None, NOW).whole.requests, 1);
    }

    #[test]
    fn groups_and_reasons_stay_bounded() {
        let mut shares = Shares::default();
        for number in 0..3_000_i64 {
            let code = format!("G{number}");
            shares.count(&event(Some(&code), "http", Visibility::Whole, NOW + number));
            let unopened = Some(format!("{number}{}", "x".repeat(4_000)).into());
            shares.count(&RequestEvent { unopened, ..event(None, "tunnel", Visibility::NameOnly, NOW + number) });
        }
        assert!(shares.groups.len() <= MOST_GROUPS);
        let unknown = day(&shares, None, NOW + 3_000);
        assert_eq!((unknown.name_only.requests, unknown.unopened.len()), (3_000, MOST_REASONS));
        assert!(unknown.unopened.keys().all(|code| code.len() < 80));
        assert_eq!(day(&shares, Some("G2999"), NOW + 3_000).whole.requests, 1);
    }
}
