//! What was found in the counts of a period: that nothing changes, and why; or what changes, who sees to it and by when (C-08).

use super::{
    Period, Topic,
    look::is_known,
    statements::{FINDINGS, FOUND_IN, NEW_FINDING, OWNERS},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, FileKind, Resource},
    audit::Detail,
    file::{
        Words,
        ground::{Spot, asking_person, open_words, seal_words},
    },
    id, seal,
    store::{Row, words},
};
use jiff::{Timestamp, civil::Date};
use std::collections::BTreeSet;

words! {
    /// What follows from it.
    FindingCourse {
        /// Nothing changes.
        NoChange = "no-change", "no change";
        /// Something changes.
        Change = "change", "a change";
    }
}

/// What was found. Whoever decides reads the words; the others see what follows, and by when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// In which table.
    pub topic: Topic,
    /// What follows.
    pub course: FindingCourse,
    /// Why nothing changes, or what does; nothing for whoever does not decide, or has not unlocked it.
    pub words: Option<Words>,
    /// Who sees to the change; for who decides.
    pub owner: Option<String>,
    /// By when.
    pub due: Option<Date>,
    /// Who wrote it; for who decides.
    pub by: Option<String>,
    /// When.
    pub made_at: Timestamp,
}

/// A finding to be written.
#[derive(Debug, Clone)]
pub struct NewFinding {
    /// Of which period.
    pub period: Period,
    /// In which table.
    pub topic: Topic,
    /// What follows.
    pub course: FindingCourse,
    /// Why nothing changes, or what does.
    pub words: Words,
    /// Who sees to the change.
    pub owner: Option<id::Person>,
    /// By when.
    pub due: Option<Date>,
}

impl Records {
    /// Writes down what was found in a table of a period. It stays; a newer one stands above it.
    ///
    /// # Errors
    /// [`Fault::Wrong`] with what is missing, `field: words`; [`Fault::NotFound`] for a period that has not begun.
    pub async fn decide_trend(&self, session: &Session, new: &NewFinding) -> Result<(), Fault> {
        let detail = Detail::none()
            .with("period", new.period.code())
            .with("topic", new.topic.word())
            .with("course", new.course.word());
        let mut entered = self.act(session, Act::TrendDecided, Resource::School, detail).await?;
        let written = write(&mut entered, new).await;
        entered.finish(written).await
    }
}

async fn write(entered: &mut Entered, new: &NewFinding) -> Result<(), Fault> {
    let (school, asker, now) = (entered.session().school, asking_person(entered)?, entered.now());
    if !is_known(entered.transaction(), school, new.period, now).await? {
        return Err(Fault::NotFound);
    }
    let (owner, due) = match new.course {
        FindingCourse::NoChange => (None, None),
        FindingCourse::Change => {
            let owner = new.owner.ok_or_else(|| Fault::wrong("owner: choose who sees to it."))?;
            let due = new.due.ok_or_else(|| Fault::wrong("due: write by which day."))?;
            if !owners(entered, school).await?.iter().any(|(person, _)| *person == owner) {
                return Err(Fault::wrong("owner: choose somebody who holds a duty here."));
            }
            (Some(owner), Some(due))
        }
    };
    let finding = id::Row::new(now)?;
    // For those who look after children, whoever that is on the day; it is about nobody.
    let holders = access::entitled(entered.transaction(), school, FileKind::Child, &[], now).await?;
    let compartment = seal::new_compartment(entered, &format!("trend {finding}"), &holders, &[]).await?;
    let row = finding.to_string();
    let spot = Spot { compartment, table: "trend_finding", column: "words", row: &row };
    let sealed = seal_words(entered, spot, &new.words).await?;
    let values = [
        finding.into(),
        school.into(),
        new.period.code().into(),
        new.topic.into(),
        new.course.into(),
        compartment.into(),
        sealed.into(),
        owner.into(),
        due.map(|due| due.to_string()).into(),
        asker.into(),
        now.into(),
    ];
    entered.change_one(&NEW_FINDING, &values).await
}

/// What was found in a period, the newest first; with the words and names in the whole view alone, since the other is handed on.
pub(super) async fn findings(entered: &mut Entered, period: Period, is_whole: bool) -> Result<Vec<Finding>, Fault> {
    let school = entered.session().school;
    let rows = entered.rows(&FINDINGS, &[school.into(), period.code().into()]).await?;
    let mut found = Vec::new();
    for row in rows.iter().rev() {
        found.push(one(entered, row, is_whole).await?);
    }
    Ok(found)
}

async fn one(entered: &mut Entered, row: &Row, is_whole: bool) -> Result<Finding, Fault> {
    let mut finding = Finding {
        topic: row.get(1)?,
        course: row.get(2)?,
        words: None,
        owner: None,
        due: row.get(6)?,
        by: None,
        made_at: row.get(8)?,
    };
    if !is_whole {
        return Ok(finding);
    }
    let school = entered.session().school;
    let (id, compartment): (String, id::Compartment) = (row.get(0)?, row.get(3)?);
    seal::check_of(entered.transaction(), school, compartment, &format!("trend {id}")).await?;
    if let Some(unlocked) = entered.session().unlocked.clone() {
        let spot = Spot { compartment, table: "trend_finding", column: "words", row: &id };
        finding.words = match open_words(entered, &unlocked, spot, &row.get::<Vec<u8>>(4)?).await {
            Ok(words) => Some(words),
            // Whoever came to the duty since waits to be let in; the numbers beside it are theirs to see.
            Err(Fault::Locked(_)) => None,
            Err(fault) => return Err(fault),
        };
    }
    let (owner, by): (Option<id::Person>, id::Person) = (row.get(5)?, row.get(7)?);
    let people = owner.into_iter().chain([by]).collect();
    let names = super::super::answer::names(entered.transaction(), school, people).await?;
    finding.owner = owner.and_then(|owner| names.get(&owner).cloned());
    finding.by = names.get(&by).cloned();
    Ok(finding)
}

/// The codes of the periods in which something was found.
pub(super) async fn found_in(entered: &mut Entered, school: id::School) -> Result<BTreeSet<String>, Fault> {
    entered.rows(&FOUND_IN, &[school.into()]).await?.iter().map(|row| row.get(0)).collect()
}

/// Who may be asked to see to a change.
pub(super) async fn owners(entered: &mut Entered, school: id::School) -> Result<Vec<(id::Person, String)>, Fault> {
    let now = entered.now();
    let mut owners = Vec::new();
    for row in entered.rows(&OWNERS, &[school.into(), now.into()]).await? {
        let (full, preferred): (String, Option<String>) = (row.get(1)?, row.get(2)?);
        owners.push((row.get(0)?, preferred.map_or(full.clone(), |preferred| format!("{full} ({preferred})"))));
    }
    Ok(owners)
}
