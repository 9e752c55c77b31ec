//! How a file stands: a pure function of the facts in it (house invariant 8). Nothing of it is stored.

use super::EntryKind;
use jiff::Timestamp;

/// Severity, one scale everywhere (practice 7): 5 immediate danger to life or safety, 4 serious harm likely or happening,
/// 3 needs a decision today, 2 needs a look this week, 1 worth keeping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Severity(u8);

impl Severity {
    /// Immediate danger to life or safety.
    pub const DANGER: Self = Self(5);
    /// What a report counts as of which nobody said how severe it is: it needs a decision today.
    pub const UNSAID: Self = Self(3);

    /// A severity from 1 to 5.
    pub fn new(number: i64) -> Option<Self> {
        u8::try_from(number).ok().filter(|number| (1..=5).contains(number)).map(Self)
    }

    /// Its number.
    pub fn number(self) -> i64 {
        i64::from(self.0)
    }
}

/// Something that happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fact {
    /// When it was recorded.
    pub moment: Timestamp,
    /// What.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// An entry was written, with the severity it gives if it gives one.
    Entry(EntryKind, Option<Severity>),
    /// It was closed with an outcome.
    Closed,
    /// It was opened again with a reason.
    Reopened,
}

/// How a file stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// Whether somebody has to do something about it.
    pub is_open: bool,
    /// How severe it is. `None` where nobody said so yet.
    pub severity: Option<Severity>,
    /// When something was last reported.
    pub reported_at: Option<Timestamp>,
}

/// How a file stands after these facts, in whatever order they come.
///
/// A report that comes after the closing opens the file again: “I have heard more” is never shelved unread. Reports can
/// raise the severity; only a severity that was set (with a reason, by somebody who may read) can lower it.
pub fn status(facts: &[Fact]) -> Status {
    let mut facts = facts.to_vec();
    facts.sort_by_key(|fact| (fact.moment, rank(fact.what)));
    let mut status = Status { is_open: true, severity: None, reported_at: None };
    for fact in facts {
        match fact.what {
            What::Closed => status.is_open = false,
            What::Reopened => status.is_open = true,
            What::Entry(EntryKind::Severity, given) => status.severity = given.or(status.severity),
            What::Entry(kind, given) => {
                status.severity = status.severity.max(given);
                if kind.is_report() {
                    status.is_open = true;
                    status.reported_at = Some(fact.moment);
                }
            }
        }
    }
    status
}

/// Of facts of one moment, the one that leaves more to do counts last.
fn rank(what: What) -> u8 {
    match what {
        What::Closed => 0,
        What::Entry(EntryKind::Severity, _) => 1,
        What::Entry(..) => 2,
        What::Reopened => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(second: i64, what: What) -> Fact {
        Fact { moment: Timestamp::from_second(second).unwrap(), what }
    }

    #[test]
    fn a_report_after_the_closing_opens_it_again_and_other_entries_do_not() {
        let opened = at(1, What::Entry(EntryKind::Seen, Severity::new(2)));
        let closed = at(2, What::Closed);
        assert!(!status(&[opened, closed]).is_open);
        assert!(!status(&[opened, closed, at(3, What::Entry(EntryKind::Note, None))]).is_open);
        assert!(status(&[opened, closed, at(3, What::Entry(EntryKind::Words, None))]).is_open);
        assert!(status(&[opened, closed, at(3, What::Reopened)]).is_open);
    }

    #[test]
    fn reports_only_raise_and_who_decides_may_lower() {
        let danger = at(1, What::Entry(EntryKind::Seen, Severity::new(5)));
        let lesser = at(2, What::Entry(EntryKind::Seen, Severity::new(1)));
        assert_eq!(status(&[danger, lesser]).severity, Severity::new(5));
        assert_eq!(
            status(&[danger, lesser, at(3, What::Entry(EntryKind::Severity, Severity::new(3)))]).severity,
            Severity::new(3)
        );
        assert_eq!(Severity::new(0), None);
        assert_eq!(Severity::new(6), None);
    }

    proptest! {
        /// The same facts are the same status, in whatever order the rows come.
        #[test]
        fn the_order_of_rows_does_not_matter(mut picks in prop::collection::vec((0_i64..20, 0_usize..6), 0..12)) {
            let make = |(second, pick): &(i64, usize)| at(*second, match pick {
                0 => What::Closed,
                1 => What::Reopened,
                2 => What::Entry(EntryKind::Severity, Severity::new(second % 5 + 1)),
                3 => What::Entry(EntryKind::Note, None),
                _ => What::Entry(EntryKind::Seen, Severity::new(second % 5 + 1)),
            });
            let one = status(&picks.iter().map(make).collect::<Vec<_>>());
            picks.reverse();
            prop_assert_eq!(one, status(&picks.iter().map(make).collect::<Vec<_>>()));
        }
    }
}
