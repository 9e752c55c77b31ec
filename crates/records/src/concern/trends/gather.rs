//! The concerns of a period, read set-wise, each reduced to what is counted of it before it leaves here.

use super::{
    super::{
        Mode, Place, Risk,
        answer::{Done, Fact, Targets, done_about, standing},
    },
    Answer, Reporter,
    period::{Edges, Period},
    statements::{ANSWERED, BORN, CLASSED_AS, FAMILY_HERE, KEPT_FROM_SOMEBODY, RAISED, WRITTEN_BY},
    topic::{Counted, year_of},
};
use crate::{
    Fault,
    file::ground::FileRow,
    id,
    people::Kind,
    store::{Row, Transaction, of_all},
};
use jiff::{Timestamp, civil::Date};
use std::collections::{BTreeMap, BTreeSet};

/// A concern of the period, before it is reduced.
struct Raised {
    file: FileRow,
    born: Option<Date>,
    /// When its first report was written here. Of one that came by a door: when somebody placed it, and so had read it.
    written_at: Timestamp,
    /// When it was sent.
    sent_at: Timestamp,
}

/// What was answered beside a concern's words.
#[derive(Default)]
struct Said {
    risks: Vec<Risk>,
    place: Option<Place>,
    mode: Option<Mode>,
    reporter: Option<Reporter>,
}

/// The concerns about children of a period as they stood at a moment; without each that somebody who works or governs here was kept
/// out of by then, whoever asks.
pub(super) async fn counted(
    t: &mut Transaction,
    school: id::School,
    (edges, period): (&Edges, Period),
    as_of: Timestamp,
) -> Result<Vec<Counted>, Fault> {
    let targets = Targets::of(t, school, as_of).await?;
    let (from, until) = edges.moments(period);
    let mut raised = Vec::new();
    for row in t.rows(&RAISED, &[school.into(), from.into(), until.into()]).await? {
        let (file, born) = (FileRow::of(&row)?, row.get(8)?);
        raised.push(Raised { file, born, written_at: row.get(9)?, sent_at: row.get(10)? });
    }
    // What came by a door in time and was placed later was in no file then.
    raised.retain(|one| one.written_at <= as_of);
    // As it was left out when the period was settled: else what was left out since would stand between two views of one period.
    leave_out(t, school, &mut raised, as_of.min(edges.settles_at(period))).await?;
    let ids: Vec<id::File> = raised.iter().map(|one| one.file.id).collect();
    let mut said = said(t, school, &ids).await?;
    for row in of_all(t, &CLASSED_AS, school, &ids, None).await? {
        if row.get::<Timestamp>(2)? <= as_of {
            said.entry(row.get(0)?).or_default().risks = risks(&row.get::<String>(1)?);
        }
    }
    let mut facts = done_about(t, school, &ids).await?;
    let one = |raised: Raised| {
        let mut facts = facts.remove(&raised.file.id).unwrap_or_default();
        facts.retain(|fact| fact.moment <= as_of);
        let said = said.remove(&raised.file.id).unwrap_or_default();
        Counted {
            risks: said.risks,
            decision: standing(raised.file.opened_at, &facts).decision,
            year: raised.born.map(|born| year_of(born, edges.day_of(raised.sent_at))),
            place: said.place,
            mode: said.mode,
            reporter: said.reporter,
            answer: answer(&raised, &facts, &targets),
        }
    };
    Ok(raised.into_iter().map(one).collect())
}

/// Takes out what somebody who works or governs here was kept out of: it names an adult, somebody was taken out by name, or somebody
/// of the child's family works here. Were it counted, that person would find one more in a count than they may know of.
async fn leave_out(
    t: &mut Transaction,
    school: id::School,
    raised: &mut Vec<Raised>,
    as_of: Timestamp,
) -> Result<(), Fault> {
    let ids: Vec<id::File> = raised.iter().map(|one| one.file.id).collect();
    let mut kept: BTreeSet<id::File> = BTreeSet::new();
    for row in of_all(t, &KEPT_FROM_SOMEBODY, school, &ids, None).await? {
        if row.get::<Timestamp>(1)? <= as_of {
            kept.insert(row.get(0)?);
        }
    }
    let children: BTreeSet<id::Person> = raised.iter().map(|one| one.file.person).collect();
    let children = Vec::from_iter(children);
    let mut of_family: BTreeSet<id::Person> = BTreeSet::new();
    for row in of_all(t, &FAMILY_HERE, school, &children, Some(as_of.into())).await? {
        of_family.insert(row.get(0)?);
    }
    raised.retain(|one| !kept.contains(&one.file.id) && !of_family.contains(&one.file.person));
    Ok(())
}

/// What was answered beside the words of these, by the first report of each.
async fn said(t: &mut Transaction, school: id::School, ids: &[id::File]) -> Result<BTreeMap<id::File, Said>, Fault> {
    let mut said = BTreeMap::new();
    for row in of_all(t, &ANSWERED, school, ids, None).await? {
        let of_row = said_of(&row)?;
        said.entry(row.get(0)?).or_insert(of_row);
    }
    let mut is_first: BTreeSet<id::File> = BTreeSet::new();
    for row in of_all(t, &WRITTEN_BY, school, ids, None).await? {
        let file = row.get(0)?;
        if !is_first.insert(file) {
            continue;
        }
        let one: &mut Said = said.entry(file).or_default();
        let kind = row.get::<Option<String>>(1)?.as_deref().and_then(Kind::from_word);
        let written_by = match kind {
            Some(Kind::Pupil) => Some(Reporter::Pupil),
            Some(_) if row.get::<i64>(2)? == 1 => Some(Reporter::Pupil),
            Some(Kind::Staff | Kind::Governor) => Some(Reporter::Staff),
            Some(Kind::Parent) => Some(Reporter::Parent),
            Some(Kind::Visitor) => Some(Reporter::Visitor),
            Some(Kind::Outside) => Some(Reporter::Public),
            None => None,
        };
        one.reporter = one.reporter.or(written_by);
    }
    Ok(said)
}

fn risks(words: &str) -> Vec<Risk> {
    words.split_whitespace().filter_map(Risk::from_word).collect()
}

fn said_of(row: &Row) -> Result<Said, Fault> {
    let word = |column| row.get::<Option<String>>(column);
    Ok(Said {
        reporter: Reporter::from_word(&row.get::<String>(1)?),
        mode: word(2)?.as_deref().and_then(Mode::from_word),
        risks: risks(&row.get::<String>(3)?),
        place: word(4)?.as_deref().and_then(Place::from_word),
    })
}

/// How long it took until somebody said that they have it, or decided; of what came by a door, until somebody placed it.
fn answer(raised: &Raised, facts: &[Fact], targets: &Targets) -> Answer {
    let sent_at = raised.sent_at;
    let placed = (raised.written_at > sent_at).then_some(raised.written_at);
    let answers = facts.iter().filter(|fact| matches!(fact.done, Done::Acknowledged(_) | Done::Decided(..)));
    let first = answers.map(|fact| fact.moment).chain(placed).filter(|moment| *moment >= sent_at).min();
    match first {
        None => Answer::NotYet,
        Some(at) if at <= targets.an_hour_after(sent_at) => Answer::Hour,
        Some(at) if at <= targets.school_days_after(sent_at, 0) => Answer::Day,
        Some(at) if at <= targets.school_days_after(sent_at, 2) => Answer::TwoDays,
        Some(_) => Answer::Later,
    }
}

/// From which to which school year the pupils of the school are, in the time of both periods: which rows there are tells nothing of
/// who is counted.
pub(super) async fn years(
    t: &mut Transaction,
    school: id::School,
    (edges, period): (&Edges, Period),
) -> Result<Option<(i16, i16)>, Fault> {
    let Some(row) = t.row(&BORN, &[school.into()]).await? else { return Ok(None) };
    let (first, last): (Option<Date>, Option<Date>) = (row.get(0)?, row.get(1)?);
    let (from, after) = (edges.days(period.before()).0, edges.days(period).1);
    let day_before = after.yesterday().unwrap_or(after);
    Ok(first.zip(last).map(|(oldest, youngest)| (year_of(youngest, from), year_of(oldest, day_before))))
}
