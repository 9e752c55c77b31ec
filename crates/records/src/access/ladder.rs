//! Who answers, and who holds keys: substitution, by distinct people, never a subject (practice 10, 11, 12). Pure.

use super::{Duty, FileKind};
use crate::id;
use jiff::{SignedDuration, Timestamp};

/// How long it takes until somebody new in a duty may take one from who was there before: long enough that it is noticed.
const SETTLED: SignedDuration = SignedDuration::from_hours(14 * 24);

/// A duty held, by whom, and whether they are here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holding {
    /// Which duty.
    pub duty: Duty,
    /// By whom.
    pub person: id::Person,
    /// Whether they only act while every holder is away.
    pub is_deputy: bool,
    /// Whether they are away now.
    pub is_away: bool,
    /// Since when it stands in the register.
    pub recorded_at: Timestamp,
}

/// Every duty that is held at a school at a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roll(Vec<Holding>);

/// Who stands in for a duty when nobody of it can, first asked first: head, chair and trust for each other, the safeguarding
/// lead's deputy and the head for the lead (practice 10, 12).
pub fn stand_ins(duty: Duty) -> &'static [Duty] {
    match duty {
        Duty::Head => &[Duty::Chair, Duty::TrustLead],
        Duty::Chair => &[Duty::TrustLead],
        Duty::TrustLead => &[Duty::Chair],
        Duty::DesignatedLead => &[Duty::DeputyDesignatedLead, Duty::Head],
        Duty::DeputyDesignatedLead => &[Duty::DesignatedLead, Duty::Head],
        _ => &[],
    }
}

/// Everybody to whom a concern may come, whatever it is about.
pub(crate) const LADDER: [Duty; 5] =
    [Duty::Head, Duty::DesignatedLead, Duty::DeputyDesignatedLead, Duty::Chair, Duty::TrustLead];

/// The rungs of each kind of file, first asked first. All duties of one rung answer together.
fn rungs(kind: FileKind) -> &'static [&'static [Duty]] {
    match kind {
        // The head has oversight of every concern (catalogue Part 2); the deputy lead keeps the same record.
        FileKind::Child => {
            &[&[Duty::DesignatedLead, Duty::DeputyDesignatedLead, Duty::Head], &[Duty::Chair], &[Duty::TrustLead]]
        }
        FileKind::StaffConcern => &[&[Duty::Head], &[Duty::Chair], &[Duty::TrustLead]],
    }
}

/// The duties that are asked one after another until somebody answers (practice 12).
fn turns(kind: FileKind) -> &'static [Duty] {
    match kind {
        FileKind::Child => {
            &[Duty::DesignatedLead, Duty::DeputyDesignatedLead, Duty::Head, Duty::Chair, Duty::TrustLead]
        }
        FileKind::StaffConcern => &[Duty::Head, Duty::Chair, Duty::TrustLead],
    }
}

/// Whether a duty stands on a rung of this kind of file.
pub(super) fn answers_for(kind: FileKind, duty: Duty) -> bool {
    rungs(kind).iter().any(|rung| rung.contains(&duty))
}

impl Roll {
    /// A roll of these holdings.
    pub fn new(holdings: Vec<Holding>) -> Self {
        Self(holdings)
    }

    /// Whether somebody stands on it, as holder or deputy.
    pub fn has(&self, person: id::Person) -> bool {
        self.0.iter().any(|held| held.person == person)
    }

    /// Takes what somebody holds and may not; whether there was any.
    pub(super) fn keep_only(&mut self, person: id::Person, duties: &[Duty]) -> bool {
        let before = self.0.len();
        self.0.retain(|held| held.person != person || duties.contains(&held.duty));
        self.0.len() < before
    }

    /// The duties somebody acts in: those they hold, and those they deputise for while every holder is away.
    pub fn acting(&self, person: id::Person) -> Vec<Duty> {
        let acts = |duty: &Duty| self.answering(*duty, &[]).contains(&person);
        Duty::ALL.iter().copied().filter(acts).collect()
    }

    /// Whether somebody is named as a deputy of one of these duties, acting or not.
    pub fn deputises(&self, person: id::Person, duties: &[Duty]) -> bool {
        self.0.iter().any(|held| held.person == person && held.is_deputy && duties.contains(&held.duty))
    }

    /// Whether somebody holds a duty, or is named as its deputy: a deputy may come to act in it at any moment.
    pub fn holds_or_deputises(&self, person: id::Person, duty: Duty) -> bool {
        self.0.iter().any(|held| held.person == person && held.duty == duty)
    }

    /// Whether somebody came to one of these duties later than somebody else to another of theirs, and less than two weeks ago.
    pub fn is_newer(&self, person: id::Person, duties: &[Duty], than: id::Person, now: Timestamp) -> bool {
        let since = |person, duties: &[Duty]| {
            let held = self.0.iter().filter(|held| held.person == person && duties.contains(&held.duty));
            held.map(|held| held.recorded_at).min()
        };
        match (since(person, duties), since(than, &LADDER)) {
            (Some(newer), Some(older)) => newer > older && now.duration_since(newer) < SETTLED,
            _ => false,
        }
    }

    /// Whether somebody holds a duty themselves.
    pub fn holds(&self, person: id::Person, duty: Duty) -> bool {
        self.0.iter().any(|held| held.person == person && held.duty == duty && !held.is_deputy)
    }

    /// Everybody who holds a duty to which a concern may come, or deputises for one: whom a key is held by, now or on some day.
    pub fn on_ladder(&self) -> Vec<id::Person> {
        let mut people: Vec<id::Person> =
            self.0.iter().filter(|held| LADDER.contains(&held.duty)).map(|held| held.person).collect();
        people.sort_unstable();
        people.dedup();
        people
    }

    /// Everybody who holds a duty or deputises for it, away or not.
    pub fn everybody(&self, duty: Duty) -> Vec<id::Person> {
        self.of(duty, &[], |_| true)
    }

    /// Who holds a duty that gives a capability, each once.
    pub fn who_may(&self, capability: super::Capability) -> Vec<id::Person> {
        let held = self.0.iter().filter(|held| capability.is_of(held.duty));
        let mut holders: Vec<id::Person> = held.map(|held| held.person).collect();
        holders.sort();
        holders.dedup();
        holders
    }

    /// Whether somebody is one of these.
    pub fn is_on_ladder(&self, person: id::Person) -> bool {
        self.0.iter().any(|held| held.person == person && LADDER.contains(&held.duty))
    }

    /// The same without somebody.
    pub fn without(&self, person: id::Person) -> Self {
        Self(self.0.iter().filter(|held| held.person != person).copied().collect())
    }

    /// Whether one of these duties is held, as holder, beside this holding of it.
    pub fn is_held_beside(&self, duties: &[Duty], person: id::Person, duty: Duty) -> bool {
        let is_other = |held: &&Holding| held.person != person || held.duty != duty;
        self.0.iter().filter(is_other).any(|held| !held.is_deputy && duties.contains(&held.duty))
    }

    /// Who may read a file of this kind now because of a duty, when none of `barred` may. The first rung on which anybody
    /// is left answers.
    pub fn readers(&self, kind: FileKind, barred: &[id::Person]) -> Vec<id::Person> {
        self.climb(kind, barred, |duty| self.answering(duty, barred))
    }

    /// Who may read such a file, with the duty they do it by, first asked first: for whoever is about to write one. Only whom it is
    /// about is left out, so that it tells of nobody's family.
    pub fn readers_by_duty(&self, kind: FileKind, subjects: &[id::Person]) -> Vec<(id::Person, Duty)> {
        let readers = self.readers(kind, subjects);
        let mut by_duty: Vec<(id::Person, Duty)> = Vec::new();
        for duty in rungs(kind).iter().copied().flatten() {
            for person in self.answering(*duty, subjects) {
                if readers.contains(&person) && !by_duty.iter().any(|(known, _)| *known == person) {
                    by_duty.push((person, *duty));
                }
            }
        }
        by_duty
    }

    /// Who should hold the key of such a file: its readers, here or away, and the deputies of each, who could not be let in
    /// by a holder who is away. A key opens nothing that is not decided afresh: a deputy who does not act reads nothing.
    pub fn key_holders(&self, kind: FileKind, barred: &[id::Person]) -> Vec<id::Person> {
        self.climb(kind, barred, |duty| self.of(duty, barred, |_| true))
    }

    /// Whether somebody may be one who should hold the key of such a file by a duty, where `ours` can open it: whoever stands on a later
    /// rung is asked only where nobody is left of an earlier one.
    pub(crate) fn could_share(&self, kind: FileKind, ours: id::Person, person: id::Person) -> bool {
        let stands_on = |person, rung: &&[Duty]| rung.iter().any(|duty| self.holds_or_deputises(person, *duty));
        let rung_of = |person| rungs(kind).iter().position(|rung| stands_on(person, rung));
        rung_of(person).is_some_and(|theirs| rung_of(ours).is_none_or(|ours| theirs <= ours))
    }

    /// Whether somebody may be one who should hold the key of such a file by a duty, whoever can open it.
    pub(crate) fn could_hold(&self, kind: FileKind, person: id::Person) -> bool {
        rungs(kind).iter().copied().flatten().any(|duty| self.holds_or_deputises(person, *duty))
    }

    /// Who is asked in turn until somebody answers, by duty: those who are here and none of `barred`, each once, where they
    /// come first. A duty that nobody is left of is passed over.
    pub fn in_turn(&self, kind: FileKind, barred: &[id::Person]) -> Vec<(Duty, Vec<id::Person>)> {
        let is_away = |person: &id::Person| self.0.iter().any(|held| held.person == *person && held.is_away);
        let mut asked: Vec<id::Person> = Vec::new();
        let mut turns_taken = Vec::new();
        for duty in turns(kind) {
            let all = self.answering_judged(kind, *duty, barred, |duty| self.answering(duty, barred));
            let mut here: Vec<id::Person> =
                all.into_iter().filter(|person| !is_away(person) && !asked.contains(person)).collect();
            here.sort_unstable();
            here.dedup();
            if !here.is_empty() {
                asked.extend(&here);
                turns_taken.push((*duty, here));
            }
        }
        turns_taken
    }

    /// The head, away or not, and who deputises while no head is here, none of `barred`.
    pub(crate) fn heads(&self, kind: FileKind, barred: &[id::Person]) -> Vec<id::Person> {
        self.answering_judged(kind, Duty::Head, barred, |duty| self.answering(duty, barred))
    }

    /// Who answers for a duty; without deputies where its own holder is barred: nobody deputises in a matter about whom they
    /// work under.
    fn answering_judged(
        &self,
        kind: FileKind,
        duty: Duty,
        barred: &[id::Person],
        of_duty: impl Fn(Duty) -> Vec<id::Person>,
    ) -> Vec<id::Person> {
        let is_judged = barred.iter().any(|person| self.holds(*person, duty));
        match (kind, is_judged) {
            (_, false) => of_duty(duty),
            (FileKind::Child, true) => self.of(duty, barred, |held| !held.is_deputy),
            (FileKind::StaffConcern, true) => Vec::new(),
        }
    }

    /// Who answers for a duty: its holders, away or not; with them its deputies while none of the holders is here.
    pub fn answering(&self, duty: Duty, barred: &[id::Person]) -> Vec<id::Person> {
        let is_here = self
            .0
            .iter()
            .any(|held| held.duty == duty && !held.is_deputy && !held.is_away && !barred.contains(&held.person));
        self.of(duty, barred, |held| !held.is_deputy || !is_here)
    }

    fn of(&self, duty: Duty, barred: &[id::Person], is_wanted: impl Fn(&Holding) -> bool) -> Vec<id::Person> {
        let of_duty = self.0.iter().filter(|held| held.duty == duty && !barred.contains(&held.person));
        of_duty.filter(|held| is_wanted(held)).map(|held| held.person).collect()
    }

    fn climb(
        &self,
        kind: FileKind,
        barred: &[id::Person],
        of_duty: impl Fn(Duty) -> Vec<id::Person>,
    ) -> Vec<id::Person> {
        for rung in rungs(kind) {
            let mut people = Vec::new();
            for duty in *rung {
                for person in self.answering_judged(kind, *duty, barred, &of_duty) {
                    if !people.contains(&person) {
                        people.push(person);
                    }
                }
            }
            if !people.is_empty() {
                return people;
            }
        }
        Vec::new()
    }
}
