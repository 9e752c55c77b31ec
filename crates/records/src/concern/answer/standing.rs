//! How a concern stands: one pure function of the facts in it (house invariant 8).

use super::{Course, Crime, Extent, Telling};
use crate::{
    file::{self, Severity, What},
    id,
};
use jiff::{Timestamp, civil::Date};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

/// Something that was done about a concern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fact {
    /// When it was recorded.
    pub moment: Timestamp,
    /// What.
    pub done: Done,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// An entry, a closing, an opening again.
    File(What),
    /// Somebody said that they have it.
    Acknowledged(id::Person),
    /// Somebody decided what it is and what is done.
    /// It says when that is looked at again, where a day was written.
    Decided(id::Person, Extent, Course, Option<Date>),
    /// Somebody is to see to it.
    Assigned(id::Person),
    /// Something is to be done, by whom, until when.
    Action(id::Row, id::Person, Date),
    /// That was done.
    ActionDone(id::Row),
    /// It was decided whether a parent or carer is told, and when that is looked at again.
    Parent(id::Row, id::Person, Telling, Option<Date>),
    /// They were told as decided.
    ParentTold(id::Row),
    /// An agency was rung.
    Called,
    /// The call of a referral that was decided at this moment had been made and written down before.
    RungBefore,
    /// It was said what kind of thing it is, and whether a crime is suspected.
    Classed(Crime),
    /// It may be harm in the family; or that was lifted.
    FamilyHarm(bool),
}

/// A decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided {
    /// By whom.
    pub by: id::Person,
    /// What it is.
    pub extent: Extent,
    /// What is done.
    pub course: Course,
    /// When it is looked at again.
    pub review: Option<Date>,
    /// When.
    pub at: Timestamp,
}

/// Something that is still to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToDo {
    /// Its id.
    pub id: id::Row,
    /// By whom.
    pub owner: id::Person,
    /// Until which day, which counts.
    pub due: Date,
}

/// How one parent or carer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParentStanding {
    /// The newest decision on them.
    pub decision: id::Row,
    /// Who.
    pub adult: id::Person,
    /// What was decided last.
    pub course: Telling,
    /// When that is looked at again.
    pub review: Option<Date>,
    /// Whether they were told as was decided last.
    pub is_told: bool,
}

/// How a concern stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Whether somebody has to do something about it.
    pub is_open: bool,
    /// How severe it is; nothing where nobody said so yet.
    pub severity: Option<Severity>,
    /// When something was last reported; of what was moved here or divided since, when it was: to those who may read it now it is new.
    pub reported_at: Option<Timestamp>,
    /// Who has said, since it was last reported to, that they have it, or has decided.
    pub acknowledged: Option<(id::Person, Timestamp)>,
    /// The decision that holds: none made before it was last closed or moved here.
    pub decision: Option<Decided>,
    /// Who sees to it.
    pub owner: Option<id::Person>,
    /// What is to be done, the first due first.
    pub actions: Vec<ToDo>,
    /// Each parent or carer on whom was decided.
    pub parents: Vec<ParentStanding>,
    /// How often an agency was rung.
    pub calls: usize,
    /// Whether one was rung since something was last reported: a call from before answers nothing that was said since.
    pub is_heard: bool,
    /// Since when something reported waits for any call at all: the first report since the last one, and since it was last closed.
    pub unheard_since: Option<Timestamp>,
    /// Since when it is to go to an agency that nobody has rung since.
    pub to_ring: Option<Timestamp>,
    /// Whether a crime is suspected, as was said last; nothing where nobody said what kind of thing it is.
    pub crime: Option<Crime>,
    /// Since when a crime is suspected, or may be, and no agency was rung about what was reported.
    pub crime_unheard: Option<Timestamp>,
    /// Whether it may be harm in the family: then nobody of the family is told.
    pub may_be_family_harm: bool,
}

impl Standing {
    /// The decision that holds, where something was reported since: it says nothing of that, so that it is decided again.
    pub fn outdated(&self) -> Option<Decided> {
        self.decision.filter(|decided| self.reported_at.is_some_and(|reported| decided.at < reported))
    }
}

/// How a concern stands that was opened then, after these facts, in whatever order they come.
///
/// A report that comes after an acknowledgement is unacknowledged again, and waits for a decision again. A decision from before a closing decides nothing any more, and
/// neither does an acknowledgement or a decision from before a file was moved to the right child or divided, which opens it anew. Of two
/// facts of one moment the one that leaves more to do counts, but for an acknowledgement of that very moment, which was made by somebody
/// who saw the report.
pub fn standing(opened_at: Timestamp, facts: &[Fact]) -> Standing {
    let mut facts = facts.to_vec();
    facts.sort_by_key(|fact| (fact.moment, rank(&fact.done)));
    let of_file = |fact: &Fact| match fact.done {
        Done::File(what) => Some(file::Fact { moment: fact.moment, what }),
        _ => None,
    };
    let status = file::status(&facts.iter().filter_map(of_file).collect::<Vec<_>>());
    let reported_at = status.reported_at.map(|at| at.max(opened_at));
    let closed_at = facts.iter().filter(|fact| fact.done == Done::File(What::Closed)).map(|fact| fact.moment).max();
    let mut standing = Standing {
        is_open: status.is_open,
        severity: status.severity,
        reported_at,
        acknowledged: None,
        decision: None,
        owner: None,
        actions: Vec::new(),
        parents: Vec::new(),
        calls: 0,
        is_heard: false,
        unheard_since: None,
        to_ring: None,
        crime: None,
        crime_unheard: None,
        may_be_family_harm: false,
    };
    let counts = |at: Timestamp| at >= opened_at && (!status.is_open || closed_at.is_none_or(|closed| at > closed));
    let (mut actions, mut done) = (BTreeMap::new(), BTreeSet::new());
    let (mut parents, mut told) = (BTreeMap::new(), BTreeSet::new());
    let mut unheard = Unheard::default();
    for Fact { moment, done: what } in facts {
        unheard.take(what, moment, opened_at);
        match what {
            Done::Acknowledged(by) => standing.acknowledged = Some((by, moment)),
            Done::Decided(by, extent, course, review) => {
                standing.acknowledged = Some((by, moment));
                if counts(moment) {
                    standing.decision = Some(Decided { by, extent, course, review, at: moment });
                    // Each referral asks for a call of its own; one that nobody rang stays due from the first.
                    standing.to_ring = (course == Course::Refer).then(|| standing.to_ring.unwrap_or(moment));
                }
            }
            Done::Assigned(owner) => standing.owner = Some(owner),
            Done::Action(id, owner, due) => drop(actions.insert(id, ToDo { id, owner, due })),
            Done::ActionDone(id) => drop(done.insert(id)),
            Done::Parent(decision, adult, course, review) => {
                parents.insert(adult, ParentStanding { decision, adult, course, review, is_told: false });
            }
            Done::ParentTold(id) => drop(told.insert(id)),
            Done::Called => {
                standing.calls += 1;
                standing.is_heard |= reported_at.is_none_or(|reported| moment >= reported);
                standing.to_ring = None;
                standing.crime_unheard = None;
            }
            Done::Classed(crime) if counts(moment) => {
                standing.crime = Some(crime);
                // A call about what was reported last has asked it already.
                let is_asked = crime == Crime::NotSuspected || standing.is_heard;
                standing.crime_unheard = (!is_asked).then(|| standing.crime_unheard.unwrap_or(moment));
            }
            Done::File(_) | Done::Classed(_) => {}
            Done::RungBefore => standing.to_ring = None,
            Done::FamilyHarm(stands) => standing.may_be_family_harm = stands,
        }
    }
    let is_newest = |(_, at): &(id::Person, Timestamp)| reported_at.is_none_or(|reported| *at >= reported);
    standing.acknowledged = standing.acknowledged.filter(is_newest);
    standing.unheard_since = unheard.since;
    standing.actions = actions.into_values().filter(|action| !done.contains(&action.id)).collect();
    standing.actions.sort_by_key(|action| (action.due, action.id));
    let with_told = |parent: ParentStanding| ParentStanding { is_told: told.contains(&parent.decision), ..parent };
    standing.parents = parents.into_values().map(with_told).collect();
    standing
}

/// What was reported and no agency was rung about since.
#[derive(Default)]
struct Unheard {
    since: Option<Timestamp>,
    /// Whether it was so when the concern was closed: an opening again brings it back.
    is_shelved: bool,
}

impl Unheard {
    fn take(&mut self, done: Done, moment: Timestamp, opened_at: Timestamp) {
        let begun = moment.max(opened_at);
        match done {
            Done::File(What::Entry(kind, _)) if kind.is_report() => {
                self.since.get_or_insert(begun);
            }
            Done::File(What::Closed) => self.is_shelved |= self.since.take().is_some(),
            Done::File(What::Reopened) if std::mem::take(&mut self.is_shelved) => {
                self.since.get_or_insert(begun);
            }
            // What was rung about another child or adult, before it was moved, answers nothing here.
            Done::Called if moment >= opened_at => *self = Self::default(),
            _ => {}
        }
    }
}

/// Facts of one moment in a fixed order, so that the order of rows changes nothing. Of two decisions the one that is looked at again
/// sooner counts.
fn rank(done: &Done) -> (u8, Option<id::Row>, Option<id::Person>, u8, Reverse<Option<Date>>) {
    let no_day = Reverse(None);
    match done {
        Done::File(What::Closed) => (0, None, None, 0, no_day),
        Done::File(What::Reopened) => (0, None, None, 1, no_day),
        Done::File(What::Entry(..)) => (0, None, None, 2, no_day),
        Done::Acknowledged(by) => (1, None, Some(*by), 0, no_day),
        Done::Decided(by, extent, course, review) => {
            (2, None, Some(*by), *extent as u8 * 4 + *course as u8, Reverse(*review))
        }
        Done::Assigned(owner) => (3, None, Some(*owner), 0, no_day),
        Done::Action(id, ..) => (4, Some(*id), None, 0, no_day),
        Done::ActionDone(id) => (5, Some(*id), None, 0, no_day),
        Done::Parent(id, ..) => (6, Some(*id), None, 0, no_day),
        Done::ParentTold(id) => (7, Some(*id), None, 0, no_day),
        Done::RungBefore => (8, None, None, 0, no_day),
        Done::Called => (9, None, None, 0, no_day),
        // The one that leaves more to do comes last.
        Done::Classed(crime) => (10, None, None, u8::MAX - *crime as u8, no_day),
        Done::FamilyHarm(stands) => (11, None, None, u8::from(*stands), no_day),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::EntryKind;
    use proptest::prelude::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn at(moment: i64, done: Done) -> Fact {
        Fact { moment: second(moment), done }
    }

    fn report(moment: i64, severity: i64) -> Fact {
        at(moment, Done::File(What::Entry(EntryKind::Seen, Severity::new(severity))))
    }

    fn person(number: u8) -> id::Person {
        id::Person::parse(&format!("00000000-0000-7000-8000-0000000000{number:02}")).unwrap()
    }

    fn row(number: u8) -> id::Row {
        id::Row::parse(&format!("00000000-0000-7000-9000-0000000000{number:02}")).unwrap()
    }

    fn of(facts: &[Fact]) -> Standing {
        standing(second(0), facts)
    }

    #[test]
    fn a_newer_report_is_unacknowledged_again_and_the_decision_stands() {
        let lead = person(1);
        let decided = at(3, Done::Decided(lead, Extent::Incident, Course::Act, None));
        let facts = [report(1, 3), at(2, Done::Acknowledged(lead)), decided];
        assert_eq!(of(&facts[..2]).acknowledged, Some((lead, second(2))));
        assert_eq!(of(&facts[..2]).decision, None);
        assert!(of(&facts).acknowledged.is_some(), "who decides has it");
        let more = of(&[facts[0], facts[1], facts[2], report(4, 2)]);
        assert_eq!((more.acknowledged, more.severity), (None, Severity::new(3)));
        assert_eq!(more.decision.map(|decided| decided.extent), Some(Extent::Incident));
    }

    #[test]
    fn a_decision_from_before_a_closing_or_a_move_decides_nothing() {
        let facts = [
            report(1, 3),
            at(2, Done::Decided(person(1), Extent::Note, Course::Watch, None)),
            at(3, Done::File(What::Closed)),
        ];
        assert!(of(&facts).decision.is_some() && !of(&facts).is_open);
        let again = of(&[facts[0], facts[1], facts[2], report(4, 1)]);
        assert!(again.is_open && again.decision.is_none() && again.acknowledged.is_none());
        let moved = standing(second(5), &facts[..2]);
        assert_eq!(moved.decision, None, "it was made about another child");
        assert_eq!((moved.acknowledged, moved.reported_at), (None, Some(second(5))), "and nobody has it, from then on");
    }

    #[test]
    fn what_was_done_is_not_to_be_done_and_the_newest_word_on_a_parent_holds() {
        let day = jiff::civil::date(2026, 11, 23);
        let facts = [
            at(1, Done::Action(row(1), person(1), day)),
            at(1, Done::Action(row(2), person(2), day.yesterday().unwrap())),
            at(2, Done::ActionDone(row(1))),
            at(3, Done::Parent(row(3), person(8), Telling::Tell, None)),
            at(4, Done::ParentTold(row(3))),
            at(5, Done::Parent(row(4), person(8), Telling::Wait, Some(day))),
        ];
        let standing = of(&facts);
        assert_eq!(standing.actions.iter().map(|action| action.id).collect::<Vec<_>>(), [row(2)]);
        let [parent] = standing.parents.as_slice() else { panic!("one parent") };
        assert_eq!((parent.course, parent.is_told, parent.review), (Telling::Wait, false, Some(day)));
        assert!(of(&facts[..5]).parents[0].is_told);
    }

    #[test]
    fn each_referral_asks_for_a_call_of_its_own() {
        let refer = |moment| at(moment, Done::Decided(person(1), Extent::Case, Course::Refer, None));
        let act = at(9, Done::Decided(person(1), Extent::Case, Course::Act, None));
        let to_ring = |facts: &[Fact]| of(facts).to_ring;
        assert_eq!(to_ring(&[at(1, Done::Called), refer(2)]), Some(second(2)), "a call from before is none");
        assert_eq!(to_ring(&[refer(2), refer(4)]), Some(second(2)), "due since the first");
        assert_eq!(to_ring(&[refer(2), at(3, Done::Called)]), None);
        assert_eq!(to_ring(&[refer(2), at(3, Done::Called), refer(4)]), Some(second(4)));
        assert_eq!(to_ring(&[at(1, Done::Called), refer(2), at(2, Done::RungBefore)]), None);
        assert_eq!(to_ring(&[refer(2), act]), None, "not to refer is a decision");
        assert_eq!(to_ring(&[refer(2), at(3, Done::File(What::Closed)), report(4, 3)]), None, "it decides nothing now");
    }

    #[test]
    fn what_was_reported_since_is_decided_and_rung_about_anew() {
        let decided = at(2, Done::Decided(person(1), Extent::Case, Course::Act, None));
        let first = [report(1, 3), decided, at(3, Done::Called)];
        assert_eq!((of(&first).is_heard, of(&first).unheard_since, of(&first).outdated()), (true, None, None));
        let more = [first[0], first[1], first[2], report(5, 3), report(6, 3)];
        assert_eq!((of(&more).is_heard, of(&more).unheard_since), (false, Some(second(5))));
        assert!(of(&more).outdated().is_some() && of(&more).decision.is_some());
        let rung = [&more[..], &[at(7, Done::Called)]].concat();
        assert_eq!((of(&rung).is_heard, of(&rung).unheard_since), (true, None));
        let moved = standing(second(8), &rung);
        assert_eq!((moved.is_heard, moved.unheard_since), (false, Some(second(8))), "it was about somebody else");
        let closed = [report(1, 3), at(2, Done::File(What::Closed))];
        assert_eq!(of(&closed).unheard_since, None);
        let again = [closed[0], closed[1], at(4, Done::File(What::Reopened))];
        assert_eq!(of(&again).unheard_since, Some(second(4)));
        assert_eq!(of(&[closed[0], closed[1], report(5, 3)]).unheard_since, Some(second(5)), "not since the first");
    }

    #[test]
    fn harm_in_the_family_stands_until_it_is_lifted_and_in_doubt() {
        let facts = [at(1, Done::FamilyHarm(true)), at(2, Done::FamilyHarm(false)), at(2, Done::FamilyHarm(true))];
        assert!(of(&facts[..1]).may_be_family_harm);
        assert!(!of(&facts[..2]).may_be_family_harm);
        assert!(of(&facts).may_be_family_harm, "of one moment the one that stops counts");
        assert!(of(&[facts[2], facts[1]]).may_be_family_harm);
    }

    fn made(second: i64, pick: u8) -> Fact {
        let day = jiff::civil::date(2026, 11, 23);
        at(
            second,
            match pick {
                0 => Done::File(What::Closed),
                1 => Done::File(What::Reopened),
                2 => Done::Acknowledged(person(1)),
                3 => Done::Acknowledged(person(2)),
                4 => Done::Decided(person(1), Extent::Case, Course::Refer, None),
                5 => Done::Decided(person(1), Extent::Note, Course::Watch, (second > 4).then_some(day)),
                6 => Done::Action(row(1), person(1), day),
                7 => Done::ActionDone(row(1)),
                8 => Done::Parent(row(3), person(8), Telling::Tell, None),
                9 => Done::Parent(row(4), person(8), Telling::Wait, Some(day)),
                10 => Done::ParentTold(row(3)),
                11 => Done::Called,
                _ => Done::File(What::Entry(EntryKind::Seen, Severity::new(second % 5 + 1))),
            },
        )
    }

    proptest! {
        /// The same facts are the same standing, in whatever order the rows come.
        #[test]
        fn the_order_of_rows_does_not_matter(mut picks in prop::collection::vec((0_i64..9, 0_u8..14), 0..14)) {
            let facts = |picks: &[(i64, u8)]| picks.iter().map(|(second, pick)| made(*second, *pick)).collect::<Vec<_>>();
            let one = of(&facts(&picks));
            picks.reverse();
            prop_assert_eq!(one, of(&facts(&picks)));
        }

        /// Nothing but an acknowledgement, a decision or a closing makes a report that nobody answered one that somebody has; and
        /// whatever is added, a concern with an unanswered report is open.
        #[test]
        fn nothing_else_answers_a_report(picks in prop::collection::vec((0_i64..9, 6_u8..14), 0..14)) {
            let mut facts: Vec<Fact> = picks.iter().map(|(second, pick)| made(*second, *pick)).collect();
            facts.push(report(4, 5));
            let standing = of(&facts);
            prop_assert!(standing.is_open);
            prop_assert_eq!(standing.acknowledged, None);
            prop_assert_eq!(standing.decision, None);
        }
    }
}
