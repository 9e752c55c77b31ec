//! What can be done with settings.

use super::{
    Definition, Effective, Fact, Owner, Part, Version,
    conflicts::{self, Answer, Conflict},
    define,
    statements::{ADD_DECISION, ADD_SCHOOL_FACT, ADD_TRUST_FACT, DECISIONS, SCHOOL_FACTS, SCHOOL_TRUST, TRUST_FACTS},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Actor, Resource},
    audit::Detail,
    id,
    store::{Row, Transaction, Value as Column},
};
use holdfast_core::problem::Problem;
use jiff::Timestamp;

/// The longest reason, value or clause, in characters.
const LONGEST: usize = 2_000;

/// As of when settings are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOf {
    /// As they stand.
    Now,
    /// As they stood at a moment.
    Moment(Timestamp),
    /// As they stood at a version.
    Version(Version),
}

/// What somebody wants to change.
#[derive(Debug, Clone, Copy)]
pub struct NewValue<'a> {
    /// The setting's id.
    pub setting: &'a str,
    /// The value as it was written; `None` withdraws what was chosen before.
    pub value: Option<&'a str>,
    /// Why. Never empty.
    pub why: &'a str,
    /// The clause of the policy it follows from, by its id or its text.
    pub clause: Option<&'a str>,
}

/// What somebody chose where a source contradicts itself.
#[derive(Debug, Clone, Copy)]
pub struct Chosen<'a> {
    /// The contradiction's id.
    pub conflict: &'a str,
    /// The answer's word.
    pub answer: &'a str,
    /// Why. Never empty.
    pub why: &'a str,
    /// The clause of the policy it follows from.
    pub clause: Option<&'a str>,
}

/// One line of a setting's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Whose decision.
    pub part: Part,
    /// What was decided.
    pub fact: Fact,
}

/// A contradiction, and what was decided about it.
#[derive(Debug)]
pub struct Decision {
    /// The contradiction.
    pub conflict: &'static Conflict,
    /// The newest answer; `None` while it is open.
    pub answer: Option<&'static Answer>,
    /// Who gave it, when and why.
    pub fact: Option<Fact>,
}

impl Records {
    /// The settings of a school as they stand. They are nobody's secret, so that this leaves no trace.
    pub async fn settings(&self, school: id::School) -> Result<Effective, Fault> {
        self.settings_as_of(school, AsOf::Now).await
    }

    /// The settings of a school as they stood.
    pub async fn settings_as_of(&self, school: id::School, as_of: AsOf) -> Result<Effective, Fault> {
        effective(&mut self.looking().await?, school, as_of).await
    }

    /// Sets or withdraws a school's value. Returns the name of the state it made.
    pub async fn set_setting(&self, session: &Session, new: NewValue<'_>) -> Result<Version, Fault> {
        let definition = known(new.setting)?;
        let provenance = Provenance::read(session, new.why, new.clause)?;
        let mut entered = self.act_on(session, Act::SettingChanged, new.setting, definition.owner).await?;
        let version = set_one(&mut entered, (definition, new.value), &provenance).await;
        entered.finish(version).await
    }

    /// Sets or withdraws a trust's floor or default, for all of its schools. Returns the name of the state it made here.
    pub async fn set_trust_setting(&self, session: &Session, part: Part, new: NewValue<'_>) -> Result<Version, Fault> {
        let definition = known(new.setting)?;
        let provenance = Provenance::read(session, new.why, new.clause)?;
        if part == Part::School {
            return Err(Fault::wrong("A trust sets a floor or a default; a school sets its own value."));
        }
        let detail = Detail::none().with("setting", definition.id).with("part", part.word());
        let mut entered = self.act(session, Act::TrustSettingChanged, Resource::School, detail).await?;
        let version = set_for_trust(&mut entered, (definition, new.value), part, provenance).await;
        entered.finish(version).await
    }

    /// Everything that was ever decided about a setting, at the school and in its trust, oldest first.
    pub async fn setting_history(&self, session: &Session, setting: &str) -> Result<Vec<Told>, Fault> {
        let definition = known(setting)?;
        let detail = Detail::none().with("setting", definition.id);
        let mut entered = self.act(session, Act::SettingsRead, Resource::School, detail).await?;
        let mut told = facts(entered.transaction(), session.school).await?;
        entered.commit().await?;
        told.retain(|(id, _)| id == definition.id);
        Ok(told.into_iter().map(|(_, told)| told).collect())
    }

    /// The contradictions that a policy may carry on, and what was decided about each. Those without an answer are open.
    pub async fn decisions(&self, school: id::School) -> Result<Vec<Decision>, Fault> {
        let rows = self.looking().await?.rows(&DECISIONS, &[school.into()]).await?;
        let mut decisions: Vec<Decision> =
            conflicts::ALL.iter().map(|conflict| Decision { conflict, answer: None, fact: None }).collect();
        for row in &rows {
            let (conflict, chosen): (String, String) = (row.get(0)?, row.get(2)?);
            let Some(decision) = decisions.iter_mut().find(|known| known.conflict.id == conflict) else { continue };
            decision.answer = decision.conflict.options.iter().find(|answer| answer.word == chosen);
            decision.fact = Some(Fact {
                number: row.get(1)?,
                value: None,
                by: row.get(3)?,
                at: row.get(4)?,
                why: row.get(5)?,
                clause: row.get(6)?,
            });
        }
        Ok(decisions)
    }

    /// Settles a contradiction, and sets what the answer sets; all of it or nothing. Returns the name of the new state.
    pub async fn decide_conflict(&self, session: &Session, chosen: Chosen<'_>) -> Result<Version, Fault> {
        let conflict = conflicts::by_id(chosen.conflict).ok_or_else(|| {
            wrong(chosen.conflict, "There is no such question; `holdfast setting questions` lists them.")
        })?;
        let answer = conflict.options.iter().find(|answer| answer.word == chosen.answer).ok_or_else(|| {
            let words: Vec<&str> = conflict.options.iter().map(|answer| answer.word).collect();
            wrong(conflict.id, &format!("“{}” is not one of: {}.", shortened(chosen.answer), words.join(", ")))
        })?;
        let provenance = Provenance::read(session, chosen.why, chosen.clause)?;
        let mut entered = self.act_on(session, Act::SettingDecided, conflict.id, Owner::Safeguarding).await?;
        let version = settle(&mut entered, (conflict, answer), &provenance).await;
        entered.finish(version).await
    }

    /// Leave to change what belongs to these duties. A refusal is an entry of its own in the audit log.
    async fn act_on(&self, session: &Session, act: Act, what: &str, owner: Owner) -> Result<Entered, Fault> {
        let detail = Detail::none().with("setting", what);
        let entered = self.act(session, act, Resource::School, detail.clone()).await?;
        if entered.standing().duties.iter().any(|duty| owner.duties().contains(duty)) {
            return Ok(entered);
        }
        // The entry that tells of a change goes with its transaction; one that tells of the refusal takes its place.
        drop(entered);
        self.act(session, Act::SettingRefused, Resource::School, detail).await?.commit().await?;
        Err(Fault::NotAllowed(format!("This is for the {} to change. Ask one of them.", owner.words())))
    }
}

async fn set_one(
    entered: &mut Entered,
    (definition, text): (&'static Definition, Option<&str>),
    provenance: &Provenance,
) -> Result<Version, Fault> {
    let school = entered.session().school;
    let mut settings = effective(entered.transaction(), school, AsOf::Now).await?;
    let number = settings.version().school + 1;
    set(entered, &mut settings, (definition, text), provenance, (number, None)).await?;
    Ok(settings.version())
}

async fn set_for_trust(
    entered: &mut Entered,
    (definition, text): (&'static Definition, Option<&str>),
    part: Part,
    provenance: Provenance,
) -> Result<Version, Fault> {
    let school = entered.session().school;
    let row = entered.row(&SCHOOL_TRUST, &[school.into()]).await?.ok_or(Fault::NotFound)?;
    let Some(trust) = row.get::<Option<String>>(0)? else {
        return Err(Fault::wrong("This school belongs to no trust, so there is nothing to set a floor for."));
    };
    let mut settings = effective(entered.transaction(), school, AsOf::Now).await?;
    let value = read(&settings, definition, part, text)?;
    let number = settings.version().trust + 1;
    let now = entered.now();
    let values: [Column; 10] = [
        trust.into(),
        number.into(),
        school.into(),
        definition.id.into(),
        part.word().into(),
        value.as_ref().map(ToString::to_string).into(),
        provenance.by.into(),
        now.into(),
        provenance.why.clone().into(),
        provenance.clause.clone().into(),
    ];
    entered.change_one(&ADD_TRUST_FACT, &values).await?;
    settings.decide(definition, part, provenance.fact(number, value, now));
    Ok(settings.version())
}

async fn settle(
    entered: &mut Entered,
    (conflict, answer): (&'static Conflict, &'static Answer),
    provenance: &Provenance,
) -> Result<Version, Fault> {
    let school = entered.session().school;
    let mut settings = effective(entered.transaction(), school, AsOf::Now).await?;
    let mut number = settings.version().school + 1;
    let values: [Column; 8] = [
        school.into(),
        number.into(),
        conflict.id.into(),
        answer.word.into(),
        provenance.by.into(),
        entered.now().into(),
        provenance.why.clone().into(),
        provenance.clause.clone().into(),
    ];
    entered.change_one(&ADD_DECISION, &values).await?;
    settings.count(Part::School, number);
    for (setting, value) in answer.sets {
        number += 1;
        let definition = known(setting)?;
        let detail = Detail::none().with("setting", definition.id).with("decision", conflict.id);
        entered.also(Act::SettingChanged, Resource::School, detail).await?;
        set(entered, &mut settings, (definition, Some(value)), provenance, (number, Some(conflict.id))).await?;
    }
    Ok(settings.version())
}

/// The settings of a school as they stand, read in a transaction.
pub(crate) async fn in_force(transaction: &mut Transaction, school: id::School) -> Result<Effective, Fault> {
    effective(transaction, school, AsOf::Now).await
}

/// The settings of a school, read in a transaction.
async fn effective(transaction: &mut Transaction, school: id::School, as_of: AsOf) -> Result<Effective, Fault> {
    let row = transaction.row(&SCHOOL_TRUST, &[school.into()]).await?.ok_or(Fault::NotFound)?;
    let mut settings = Effective::new(row.get::<Option<String>>(0)?.is_some());
    let is_of_then = |part: Part, number: i64, at: Timestamp| match as_of {
        AsOf::Now => true,
        AsOf::Moment(moment) => at <= moment,
        AsOf::Version(version) if part == Part::School => number <= version.school,
        AsOf::Version(version) => number <= version.trust,
    };
    for row in transaction.rows(&DECISIONS, &[school.into()]).await? {
        let number = row.get(1)?;
        if is_of_then(Part::School, number, row.get(4)?) {
            settings.count(Part::School, number);
        }
    }
    for (setting, told) in facts(transaction, school).await? {
        if !is_of_then(told.part, told.fact.number, told.fact.at) {
            continue;
        }
        match define::by_id(&setting) {
            Some(definition) => settings.decide(definition, told.part, told.fact),
            // A setting of another version of the program: it counts, and changes nothing here.
            None => settings.count(told.part, told.fact.number),
        }
    }
    Ok(settings)
}

/// Every fact that bears on a school, in the order in which they came.
async fn facts(transaction: &mut Transaction, school: id::School) -> Result<Vec<(String, Told)>, Fault> {
    let mut facts = Vec::new();
    for row in transaction.rows(&SCHOOL_FACTS, &[school.into()]).await? {
        facts.push((row.get(0)?, told(&row, Part::School)?));
    }
    for row in transaction.rows(&TRUST_FACTS, &[school.into()]).await? {
        let part = if row.get::<String>(7)? == Part::Floor.word() { Part::Floor } else { Part::Default };
        facts.push((row.get(0)?, told(&row, part)?));
    }
    facts.sort_by_key(|(_, told)| told.fact.at);
    Ok(facts)
}

fn told(row: &Row, part: Part) -> Result<Told, Fault> {
    let setting: String = row.get(0)?;
    let text: Option<String> = row.get(2)?;
    let value = match (define::by_id(&setting), text) {
        (Some(definition), Some(text)) => Some(definition.kind.read(&text).map_err(|_no_such_value| {
            Fault::Damaged(format!(
                "The store holds a value of “{setting}” that this program does not know. Use the program that wrote it."
            ))
        })?),
        _ => None,
    };
    let fact =
        Fact { number: row.get(1)?, value, by: row.get(3)?, at: row.get(4)?, why: row.get(5)?, clause: row.get(6)? };
    Ok(Told { part, fact })
}

async fn set(
    entered: &mut Entered,
    settings: &mut Effective,
    (definition, text): (&'static Definition, Option<&str>),
    provenance: &Provenance,
    (number, decision): (i64, Option<&str>),
) -> Result<(), Fault> {
    let value = read(settings, definition, Part::School, text)?;
    let now = entered.now();
    let values: [Column; 9] = [
        entered.session().school.into(),
        number.into(),
        definition.id.into(),
        value.as_ref().map(ToString::to_string).into(),
        provenance.by.into(),
        now.into(),
        provenance.why.clone().into(),
        provenance.clause.clone().into(),
        decision.into(),
    ];
    entered.change_one(&ADD_SCHOOL_FACT, &values).await?;
    settings.decide(definition, Part::School, provenance.fact(number, value, now));
    Ok(())
}

fn read(
    settings: &Effective,
    definition: &'static Definition,
    part: Part,
    text: Option<&str>,
) -> Result<Option<super::Value>, Fault> {
    let Some(text) = text else { return Ok(None) };
    if text.chars().count() > LONGEST {
        return Err(wrong(definition.id, &format!("A value has at most {LONGEST} characters.")));
    }
    settings.state(definition).permit(part, text).map(Some).map_err(|why| wrong(definition.id, &why))
}

/// Who changes it and why, checked.
struct Provenance {
    by: id::Person,
    why: String,
    clause: Option<String>,
}

impl Provenance {
    fn read(session: &Session, why: &str, clause: Option<&str>) -> Result<Self, Fault> {
        let Actor::Person(by) = session.actor else {
            return Err(Fault::NotAllowed("A setting is changed by a person who signed in.".to_owned()));
        };
        let why = why.trim();
        if why.is_empty() {
            return Err(wrong("why", "A change needs a reason; one line is enough."));
        }
        let clause = clause.map(str::trim).filter(|clause| !clause.is_empty());
        if why.chars().count() > LONGEST || clause.is_some_and(|clause| clause.chars().count() > LONGEST) {
            return Err(wrong("why", &format!("A reason and a clause have at most {LONGEST} characters each.")));
        }
        Ok(Self { by, why: why.to_owned(), clause: clause.map(str::to_owned) })
    }

    fn fact(&self, number: i64, value: Option<super::Value>, at: Timestamp) -> Fact {
        Fact { number, value, by: self.by, at, why: self.why.clone(), clause: self.clause.clone() }
    }
}

fn known(setting: &str) -> Result<&'static Definition, Fault> {
    define::by_id(setting)
        .ok_or_else(|| wrong(&shortened(setting), "There is no such setting; `holdfast setting list` shows them all."))
}

/// What is wrong with one field of what was asked.
fn wrong(field: &str, message: &str) -> Fault {
    Fault::Wrong(vec![Problem::error(message).in_file(field)])
}

fn shortened(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(60).collect()
}
