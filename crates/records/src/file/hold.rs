//! Holds: while one stands, nothing about the person expires and nothing is erased, in any store (practice 24).

use super::{
    HoldReason, Words,
    ground::{self, FileRow, Spot, seal_words},
    statements::{CASE_HOLDS, HELD, HOLD, HOLDS_OF, NEW_HOLD, NEW_LIFT, TAKE_OVER_HELD},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, FileKind, Resource},
    audit::Detail,
    id,
    pupil::offer_others,
    seal,
    store::{Row, Transaction, Value},
};
use jiff::Timestamp;

/// A hold that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Its id.
    pub id: id::Hold,
    /// Whose records it holds.
    pub person: id::Person,
    /// Why.
    pub reason: HoldReason,
    /// The file it comes from, where it comes from one.
    pub file: Option<id::File>,
    /// Since when.
    pub placed_at: Timestamp,
    pub(super) compartment: Option<id::Compartment>,
    placed_by: Option<id::Person>,
}

/// Somebody whose records are held, for stores that know people by their neutral code (the gate's log).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Who.
    pub person: id::Person,
    /// The code that the gate and its log know them by.
    pub gate_code: String,
    /// The holds that stand on them.
    pub holds: Vec<id::Hold>,
}

impl Hold {
    pub(super) fn of(row: &Row) -> Result<Self, Fault> {
        let reason = HoldReason::from_word(&row.get::<String>(2)?);
        Ok(Self {
            id: row.get(0)?,
            person: row.get(1)?,
            reason: reason.ok_or_else(|| ground::damaged("a hold's reason"))?,
            file: row.get(3)?,
            compartment: row.get(4)?,
            placed_by: row.get(5)?,
            placed_at: row.get(6)?,
        })
    }
}

impl Records {
    /// Holds everything about a person, for a reason; the words say what was asked and by whom, sealed. A case's hold is
    /// placed and lifted with the file.
    pub async fn place_hold(
        &self,
        session: &Session,
        person: id::Person,
        reason: HoldReason,
        words: &Words,
    ) -> Result<id::Hold, Fault> {
        if reason == HoldReason::Case {
            return Err(Fault::wrong("A case holds by itself, as long as its file is open. Choose another reason."));
        }
        let hold = id::Hold::new(self.clock().now())?;
        let detail = Detail::none().with("hold", hold.to_string()).with("reason", reason.word());
        let mut entered = self.act(session, Act::HoldPlaced, Resource::Person(person), detail).await?;
        let done = place(&mut entered, hold, person, reason, words).await;
        entered.finish(done).await?;
        Ok(hold)
    }

    /// Lifts a hold, with words that say why. The hold of a case goes when its file is closed, and not before.
    pub async fn lift_hold(&self, session: &Session, hold: id::Hold, words: &Words) -> Result<(), Fault> {
        let resource = self.resource_of_hold(session, hold).await?;
        let detail = Detail::none().with("hold", hold.to_string());
        let mut entered = self.act(session, Act::HoldLifted, resource, detail).await?;
        let done = lift_by_hand(&mut entered, hold, words).await;
        entered.finish(done).await
    }

    /// What leave is asked for where somebody names a hold: its file, or whom it is on. Of one that is not there it is a file that
    /// is not there, so that the attempt stands in the log all the same.
    pub(super) async fn resource_of_hold(&self, session: &Session, hold: id::Hold) -> Result<Resource, Fault> {
        let found = self.looking().await?.row(&HOLD, &[hold.into(), session.school.into()]).await?;
        Ok(match found.as_ref().map(Hold::of).transpose()? {
            Some(Hold { file: Some(file), .. }) => Resource::File(file),
            Some(Hold { person, .. }) => Resource::Person(person),
            None => Resource::File(id::File::parse(&hold.to_string())?),
        })
    }

    /// The holds on a person that the asker may know of: those of a file, only by who may know the file; those on an adult,
    /// only by who is entitled to a file about them or placed it.
    pub async fn list_holds(&self, session: &Session, person: id::Person) -> Result<Vec<Hold>, Fault> {
        let mut entered = self.act(session, Act::HoldsRead, Resource::Person(person), Detail::none()).await?;
        let seen = seen(&mut entered, person).await;
        entered.finish(seen).await
    }

    /// Everybody whose records are held, for what expires outside this store. Only our own clock asks; it shows nobody.
    pub async fn held(&self, school: id::School) -> Result<Vec<Held>, Fault> {
        let rows = self.looking().await?.rows(&HELD, &[school.into()]).await?;
        let mut everybody: Vec<Held> = Vec::new();
        for row in &rows {
            let (person, hold) = (row.get(0)?, row.get(2)?);
            match everybody.last_mut().filter(|held| held.person == person) {
                Some(held) => held.holds.push(hold),
                None => everybody.push(Held { person, gate_code: row.get(1)?, holds: vec![hold] }),
            }
        }
        Ok(everybody)
    }
}

async fn place(
    entered: &mut Entered,
    hold: id::Hold,
    person: id::Person,
    reason: HoldReason,
    words: &Words,
) -> Result<(), Fault> {
    refuse_own(entered, person)?;
    let (school, now) = (entered.session().school, entered.now());
    let about = ground::person(entered.transaction(), school, person).await?;
    let kind = ground::kind_for(&about.kind);
    let holders = access::entitled(entered.transaction(), school, kind, &[person], now).await?;
    let compartment = seal::new_compartment(entered, &format!("hold {hold}"), &holders, &[person]).await?;
    let row = hold.to_string();
    let spot = Spot { compartment, table: "hold", column: "words", row: &row };
    let sealed = seal_words(entered, spot, words).await?;
    let values = [
        hold.into(),
        school.into(),
        person.into(),
        reason.word().into(),
        Value::Text(None),
        compartment.into(),
        sealed.into(),
        ground::asker(entered).into(),
        now.into(),
    ];
    entered.change_one(&NEW_HOLD, &values).await
}

async fn lift_by_hand(entered: &mut Entered, hold: id::Hold, words: &Words) -> Result<(), Fault> {
    let school = entered.session().school;
    // Looked at again behind the entry: it may have been lifted in between.
    let found = entered.row(&HOLD, &[hold.into(), school.into()]).await?;
    let found = Hold::of(&found.ok_or(Fault::NotFound)?)?;
    refuse_own(entered, found.person)?;
    if !may_see(entered, &found).await? {
        return Err(Fault::NotFound);
    }
    if found.file.is_some() {
        return Err(Fault::NotAllowed("This hold stands while the file is open. Close the file.".to_owned()));
    }
    let sealed = match found.compartment {
        Some(compartment) => {
            let row = hold.to_string();
            let spot = Spot { compartment, table: "hold_lifted", column: "words", row: &row };
            Some(seal_words(entered, spot, words).await?)
        }
        None => None,
    };
    lift(entered, hold, sealed).await
}

async fn seen(entered: &mut Entered, person: id::Person) -> Result<Vec<Hold>, Fault> {
    refuse_own(entered, person)?;
    let school = entered.session().school;
    let mut seen = Vec::new();
    for row in entered.rows(&HOLDS_OF, &[school.into(), person.into()]).await? {
        let hold = Hold::of(&row)?;
        if may_see(entered, &hold).await? {
            seen.push(hold);
        }
    }
    Ok(seen)
}

pub(super) async fn may_see(entered: &mut Entered, hold: &Hold) -> Result<bool, Fault> {
    let school = entered.session().school;
    if let Some(file) = hold.file {
        return ground::may_know(entered, file).await;
    }
    let about = ground::person(entered.transaction(), school, hold.person).await?;
    if ground::kind_for(&about.kind) == FileKind::Child {
        return Ok(true);
    }
    let asker = ground::asking_person(entered)?;
    let is_entitled = ground::is_entitled(entered, FileKind::StaffConcern, hold.person, asker).await?;
    Ok(is_entitled || hold.placed_by == Some(asker))
}

/// Of each hold on somebody, whether whoever acts may know of it.
pub(super) async fn which_are_known(entered: &mut Entered, person: id::Person) -> Result<Vec<bool>, Fault> {
    let school = entered.session().school;
    let mut known = Vec::new();
    for row in entered.rows(&HOLDS_OF, &[school.into(), person.into()]).await? {
        known.push(may_see(entered, &Hold::of(&row)?).await?);
    }
    Ok(known)
}

pub(super) fn refuse_own(entered: &Entered, person: id::Person) -> Result<(), Fault> {
    if ground::asker(entered) == Some(person) { Err(Fault::NotFound) } else { Ok(()) }
}

/// Holds the records of everybody whom a file is about or names, as far as the file does not hold them already. Each hold
/// names the file, so whoever may not know the file does not know of the hold. Whichever child would like to talk with an adult among
/// them is offered somebody else.
pub(super) async fn for_case(entered: &mut Entered, file: &FileRow) -> Result<(), Fault> {
    let held = entered.rows(&CASE_HOLDS, &[file.id.into()]).await?;
    let held = held.iter().map(|row| row.get(1)).collect::<Result<Vec<id::Person>, Fault>>()?;
    let mut not_held = ground::subjects(entered.transaction(), file.id).await?;
    not_held.retain(|person| !held.contains(person));
    for person in &not_held {
        let hold = id::Hold::new(entered.now())?;
        let values = [
            hold.into(),
            entered.session().school.into(),
            (*person).into(),
            HoldReason::Case.word().into(),
            file.id.into(),
            Value::Text(None),
            Value::Bytes(None),
            ground::asker(entered).into(),
            entered.now().into(),
        ];
        entered.change_one(&NEW_HOLD, &values).await?;
        let _how_many = entered.change(&TAKE_OVER_HELD, &[hold.into(), file.id.into(), (*person).into()]).await?;
    }
    for adult in not_held.into_iter().filter(|person| *person != file.person || file.kind == FileKind::StaffConcern) {
        // Of a child's file it concerns that child; of one about an adult, every child who would like to talk with them.
        let of_child = (file.kind == FileKind::Child).then_some(file.person);
        offer_others(entered, adult, of_child).await?;
    }
    Ok(())
}

/// Lifts the holds of a file that was closed.
pub(super) async fn lift_case(entered: &mut Entered, file: id::File) -> Result<(), Fault> {
    for row in entered.rows(&CASE_HOLDS, &[file.into()]).await? {
        lift(entered, row.get(0)?, None).await?;
    }
    Ok(())
}

async fn lift(entered: &mut Entered, hold: id::Hold, words: Option<Vec<u8>>) -> Result<(), Fault> {
    let values = [
        hold.into(),
        entered.session().school.into(),
        ground::asker(entered).into(),
        words.into(),
        entered.now().into(),
    ];
    entered.change_one(&NEW_LIFT, &values).await
}

/// Whether a hold on any of these people stands.
pub(super) async fn is_held(t: &mut Transaction, school: id::School, people: &[id::Person]) -> Result<bool, Fault> {
    for person in people {
        if t.row(&HOLDS_OF, &[school.into(), (*person).into()]).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}
