//! What the log says of keys, duties and sealed words, asked where it matters: an entry counts only while it is as it was
//! written and carries the machine's mark.

use super::{
    Detail, Outcome,
    chain::{Draft, actor_word, append},
    line::Line,
    machine::MachineKey,
    statements::{ANY_ENTRY, ENTRIES, ENTRIES_ON, ENTRY_AT, MARK_ENTRY, SCHOOLS},
};
use crate::{
    Entered, Fault,
    access::{Act, Actor, Duty},
    id,
    store::{Place, Row, Statement, Transaction, Value},
};

use jiff::Timestamp;

/// How many acts are asked for at once.
const MOST_ACTS: usize = 4;

/// Something to be noted beside the entry of an act: what the act made. Ids and digests, no words.
#[derive(Debug)]
pub(crate) struct Note<'a> {
    pub act: Act,
    /// What it was made of: a kind and an id.
    pub kind: &'static str,
    pub resource: String,
    pub detail: &'a Detail,
}

/// What an entry says that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Noted {
    /// Who did it: a person's id, `console` or `clock`.
    pub actor: String,
    /// Its act.
    pub act: String,
    /// When it was done.
    pub moment: Timestamp,
    detail: serde_json::Value,
}

impl Noted {
    fn of(line: Line) -> Self {
        let detail = serde_json::from_str(&line.detail).unwrap_or_default();
        let moment = Timestamp::from_microsecond(line.moment).unwrap_or_default();
        Self { actor: line.actor, act: line.act, moment, detail }
    }

    /// What it says under this key, in the clear.
    pub(crate) fn says(&self, key: &str) -> Option<&str> {
        self.detail.get(key)?.as_str()
    }

    /// Whether it tells of this act.
    pub(crate) fn tells_of(&self, act: Act) -> bool {
        self.act == act.word()
    }
}

/// Notes what an act made, in its transaction; answers the entry's number.
pub(crate) async fn note(entered: &mut Entered, note: Note<'_>) -> Result<i64, Fault> {
    let (school, actor, now) = (entered.session().school, entered.session().actor, entered.now());
    note_as(entered.transaction(), school, actor, note, now).await
}

/// The same without an act: what is taken over from an older schema.
pub(crate) async fn note_as(
    transaction: &mut Transaction,
    school: id::School,
    actor: Actor,
    note: Note<'_>,
    now: Timestamp,
) -> Result<i64, Fault> {
    let draft = Draft {
        school,
        actor: actor_word(actor),
        act: note.act,
        outcome: Outcome::Done,
        resource_kind: note.kind,
        resource: Some(note.resource),
        file_kind: None,
        subjects: &[],
        compartment: None,
        detail: note.detail,
    };
    append(transaction, &draft, now).await
}

/// The entry with this number, if it counts.
pub(crate) async fn noted(
    transaction: &mut Transaction,
    school: id::School,
    number: i64,
) -> Result<Option<Noted>, Fault> {
    let Some(row) = transaction.row(&ENTRY_AT, &[school.into(), number.into()]).await? else { return Ok(None) };
    Ok(ours(Line::of(&row), transaction.key()?))
}

/// What was done on one resource by these acts, newest first. Refused where one of the entries is not as it was written.
pub(crate) async fn noted_on(
    transaction: &mut Transaction,
    school: id::School,
    (kind, resource): (&str, &str),
    acts: &[Act],
) -> Result<Vec<Noted>, Fault> {
    let mut values: Vec<Value> = vec![school.into(), kind.into(), resource.into()];
    // Four places; what is not needed repeats the first.
    values.extend((0..MOST_ACTS).filter_map(|place| acts.get(place).or(acts.first())).map(|act| act.word().into()));
    let rows = transaction.rows(&ENTRIES_ON, &values).await?;
    noted_among(transaction, school, (kind, resource), acts, &rows)
}

/// The same among rows that were read for several at once, all columns in order: those about one resource.
pub(crate) fn noted_among(
    transaction: &Transaction,
    school: id::School,
    (kind, resource): (&str, &str),
    acts: &[Act],
    rows: &[Row],
) -> Result<Vec<Noted>, Fault> {
    let key = transaction.key()?;
    let mut lines = Vec::new();
    for row in rows {
        // One altered entry makes all of them worthless: it may be the one that took away what an older one gave.
        let line = Line::of(row).map_err(|_unreadable| altered(school, kind, resource))?;
        if line.resource.as_deref() != Some(resource) {
            continue;
        }
        if !line.is_ours(key) {
            return Err(altered(school, kind, resource));
        }
        lines.push(line);
    }
    // So does one that is missing.
    if transaction.misses(&school.to_string(), (kind, resource), acts, &lines) {
        return Err(altered(school, kind, resource));
    }
    Ok(lines.into_iter().map(Noted::of).collect())
}

/// Whether any of the entries that a statement answers with, all columns in order, is as this machine wrote it. Without the key
/// nothing can be told apart, and each counts.
pub(crate) async fn is_any_ours(t: &mut Transaction, statement: &Statement, values: &[Value]) -> Result<bool, Fault> {
    let rows = t.rows(statement, values).await?;
    Ok(match t.key() {
        Ok(key) => rows.iter().any(|row| Line::of(row).is_ok_and(|line| line.is_ours(key))),
        Err(_not_at_hand) => !rows.is_empty(),
    })
}

fn altered(school: id::School, kind: &str, resource: &str) -> Fault {
    tracing::error!(%school, kind, resource, "the audit log holds an entry about this that is not as it was written, or lacks one");
    Fault::Damaged(
        "The audit log holds an entry about this that is not as it was written, or lacks one: somebody altered the store. Nothing was changed. \
         Verify the audit log, and restore a backup."
            .to_owned(),
    )
}

/// The duties that were given to somebody and not ended since, as the log has it.
pub(crate) async fn duties_given(
    transaction: &mut Transaction,
    school: id::School,
    person: id::Person,
) -> Result<Vec<Duty>, Fault> {
    let acts = &[Act::DutyGiven, Act::DutyEnded, Act::PersonLeft];
    let told = match noted_on(transaction, school, ("person", &person.to_string()), acts).await {
        // What cannot be relied on gives nothing.
        Err(Fault::Damaged(_)) => return Ok(Vec::new()),
        told => told?,
    };
    let mut duties = Vec::new();
    for entry in told.iter().rev() {
        let duty = entry.says("duty").and_then(Duty::from_word);
        match duty {
            _ if entry.tells_of(Act::PersonLeft) => duties.clear(),
            Some(duty) if entry.tells_of(Act::DutyGiven) => duties.push(duty),
            Some(duty) => duties.retain(|held| *held != duty),
            None => {}
        }
    }
    Ok(duties)
}

fn ours(line: Result<Line, Fault>, key: &MachineKey) -> Option<Noted> {
    // One that cannot be read was altered: it does not count, and verifying tells of it.
    line.ok().filter(|line| line.is_ours(key)).map(Noted::of)
}

/// Gives a key that was begun its name, if what it marked lasts: the machine stopped between the two.
pub(crate) async fn settle_begun(transaction: &mut Transaction, place: &Place) -> Result<(), Fault> {
    let Ok(begun) = MachineKey::begun(place) else { return Ok(()) };
    for school in schools(transaction).await? {
        let first = transaction.row(&ENTRY_AT, &[school.as_str().into(), 1.into()]).await?;
        if let Some(row) = first
            && !Line::of(&row)?.is_marked(&begun)
        {
            return Ok(());
        }
    }
    MachineKey::settle(place)
}

/// Whether the store has any log.
pub(crate) async fn has_entries(transaction: &mut Transaction) -> Result<bool, Fault> {
    Ok(transaction.row(&ANY_ENTRY, &[]).await?.is_some())
}

/// Every school that the store has a log of.
pub(crate) async fn schools(transaction: &mut Transaction) -> Result<Vec<String>, Fault> {
    transaction.rows(&SCHOOLS, &[]).await?.iter().map(|row| row.get(0)).collect()
}

/// Puts this machine's mark on every entry of a school: on what an older program wrote, on what was restored from a
/// backup that carries no proof of its log, and when the key was lost. Whoever calls it has verified the chain, or says that it was not.
pub(crate) async fn adopt(transaction: &mut Transaction, school: &str) -> Result<(), Fault> {
    let mut after = i64::MIN;
    loop {
        let rows = transaction.rows(&ENTRIES, &[school.into(), after.into()]).await?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in &rows {
            let line = Line::of(row)?;
            let mark = line.mark(transaction.key()?);
            transaction.run(&MARK_ENTRY, &[school.into(), line.number.into(), mark.into()]).await?;
            after = line.number;
        }
    }
}

/// Alters the entry of this act on a resource as somebody would who can write the store and knows how entries are hashed: all
/// after it fits again, without the machine's mark.
#[cfg(test)]
pub(crate) async fn forge(
    transaction: &mut Transaction,
    school: id::School,
    (resource, act): (&str, &str),
    alter: impl Fn(&str) -> String,
) {
    const ALTER: crate::store::Statement = crate::store::Statement {
        name: "ALTER",
        sql: "UPDATE audit_entry SET detail = $3, previous_hash = $4, hash = $5 WHERE school = $1 AND number = $2",
    };
    let rows = transaction.rows(&ENTRIES, &[school.into(), 0.into()]).await.unwrap();
    let mut previous: Option<Vec<u8>> = None;
    for row in &rows {
        let mut line = Line::of(row).unwrap();
        if line.resource.as_deref() == Some(resource) && line.act == act {
            line.detail = alter(&line.detail);
        } else if previous.is_none() {
            continue;
        }
        line.previous_hash = previous.unwrap_or(line.previous_hash);
        line.hash = line.expected_hash().to_vec();
        previous = Some(line.hash.clone());
        let values =
            [school.into(), line.number.into(), line.detail.into(), line.previous_hash.into(), line.hash.into()];
        transaction.run(&ALTER, &values).await.unwrap();
    }
    assert!(previous.is_some(), "there is no such entry");
}
