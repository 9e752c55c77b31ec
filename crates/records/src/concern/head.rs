//! The head learns of what is severe (catalogue C-07): a notice without a word of what it is, when a concern of the school's chosen
//! severity is opened or comes to be of it; and oversight shows which of these the head has not seen.
//!
//! The clock tells, in watched hours. Where the head is concerned by it whoever is next on the ladder is told in their place, and where the
//! head is the safeguarding lead as well whoever is next too, for nobody oversees themselves. Who may not read it is told whom to ask, and
//! never that it was the head's to know.

use super::{
    answer::{Done, Fact, done_about, known},
    climb::{School, statements::NAME},
    statements::{FILE_OF_HEAD_TOLD, HEAD_TOLD_OF, NEW_HEAD_TOLD, SEVERE, SEVERE_OPEN},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, Actor, Duty, Facts, Resource},
    audit::{self, Detail},
    file::{self, EntryKind, Severity, What, ground::FileRow},
    id,
    settings::{self, define::incidents::HEAD_NOTICE_SEVERITY},
    store::{Transaction, grouped, of_all},
};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// To who may read it: a concern is severe.
pub(crate) const SERIOUS: &str = "file-serious";
/// The same to who may not.
pub(crate) const SERIOUS_ELSEWHERE: &str = "concern-serious";

impl Records {
    /// Tells the head, or who is told in their place, of each open concern that is severe and that they were not told of. By our own
    /// clock.
    pub(super) async fn tell_heads(&self, school: id::School) -> Result<(), Fault> {
        let mut failed = None;
        for file in self.untold(school).await? {
            let session = Session { school, actor: Actor::Clock, unlocked: None };
            let detail = Detail::none().with("what", "head");
            let told = match self.act(&session, Act::ConcernClimbed, Resource::File(file), detail).await {
                Ok(mut entered) => {
                    let told = tell(&mut entered, file).await;
                    entered.finish(told).await
                }
                // It was erased a moment ago.
                Err(Fault::NotFound) => Ok(()),
                Err(fault) => Err(fault),
            };
            failed = failed.or(told.err());
        }
        failed.map_or(Ok(()), Err)
    }

    async fn untold(&self, school: id::School) -> Result<Vec<id::File>, Fault> {
        let now = self.clock().now();
        let mut looking = self.looking().await?;
        let Some(from) = threshold(&mut looking, school).await? else { return Ok(Vec::new()) };
        let rows = looking.rows(&SEVERE, &[school.into(), from.number().into()]).await?;
        // Nobody is told while nobody watches: no mail at night (practice 27).
        if rows.is_empty() || School::read(&mut looking, school, now).await?.times().is_unwatched(now) {
            return Ok(Vec::new());
        }
        let mut untold = Vec::new();
        for row in rows {
            let file = row.get(0)?;
            if !missing(&mut looking, (school, now), file, from).await?.0.is_empty() {
                untold.push(file);
            }
        }
        Ok(untold)
    }

    /// Of the open concerns that the asker may know, those that are as severe as the head is to be told of and that nobody has seen who
    /// was. No row of them is reached, so that it leaves no entry: the page's own names what it shows.
    pub async fn not_seen_by_head(&self, session: &Session) -> Result<Vec<id::File>, Fault> {
        let mut looking = self.looking().await?;
        let asker = access::standing(&mut looking, session.school, session.actor, self.clock().now()).await?;
        let Some(from) = threshold(&mut looking, session.school).await? else { return Ok(Vec::new()) };
        let rows = looking.rows(&SEVERE_OPEN, &[session.school.into(), from.number().into()]).await?;
        let files = rows.iter().map(FileRow::of).collect::<Result<Vec<_>, Fault>>()?;
        let files: Vec<id::File> = known(&mut looking, &asker, files).await?.into_iter().map(|file| file.id).collect();
        let facts = done_about(&mut looking, session.school, &files).await?;
        let severe: BTreeMap<id::File, Severe> =
            facts.iter().filter_map(|(file, facts)| Some((*file, Severe::of(facts, from)?))).collect();
        not_seen(&mut looking, session.school, severe).await
    }
}

/// From which severity on the head is told; nothing where the school chose that the list is enough.
async fn threshold(t: &mut Transaction, school: id::School) -> Result<Option<Severity>, Fault> {
    let number = settings::in_force(t, school).await?.of(&HEAD_NOTICE_SEVERITY);
    Ok(Severity::new(i64::from(number)))
}

/// An open concern of which the head is told.
struct Severe {
    /// How severe it is.
    severity: Severity,
    /// When something so severe was found last: whoever was told before has not been told of that.
    last: Option<Timestamp>,
}

impl Severe {
    /// What these facts make of a concern, where it is open and as severe as the head is to be told of.
    fn of(facts: &[Fact], from: Severity) -> Option<Self> {
        let of_file = |fact: &Fact| match fact.done {
            Done::File(what) => Some(file::Fact { moment: fact.moment, what }),
            _ => None,
        };
        let of_file: Vec<file::Fact> = facts.iter().filter_map(of_file).collect();
        let status = file::status(&of_file);
        let is_severe = |fact: &&file::Fact| match fact.what {
            What::Entry(kind, given) => {
                (kind.is_report() || kind == EntryKind::Severity) && given.unwrap_or(Severity::UNSAID) >= from
            }
            _ => false,
        };
        let last = of_file.iter().filter(is_severe).map(|fact| fact.moment).max();
        let severity = status.severity.unwrap_or(Severity::UNSAID);
        (status.is_open && severity >= from).then_some(Self { severity, last })
    }
}

/// Who is to be told, and was not told since it became so severe, and since something so severe was last reported; how severe it is.
async fn missing(
    t: &mut Transaction,
    (school, now): (id::School, Timestamp),
    file: id::File,
    from: Severity,
) -> Result<(Vec<id::Person>, Severity), Fault> {
    let facts = done_about(t, school, &[file]).await?;
    let severe = facts.get(&file).and_then(|facts| Severe::of(facts, from));
    let Some(Severe { severity, last }) = severe else { return Ok((Vec::new(), from)) };
    let about = match access::facts(t, school, &Resource::File(file), now).await {
        Ok(about) => about,
        Err(Fault::NotFound) => return Ok((Vec::new(), severity)),
        Err(fault) => return Err(fault),
    };
    let mut people = overseers(t, (school, now), &about).await?;
    for told in heads_told(t, school, &[file]).await?.remove(&file).unwrap_or_default() {
        let is_of_this = told.severity >= severity.number() && last.is_none_or(|last| told.at >= last);
        people.retain(|person| *person != told.person || !is_of_this);
    }
    Ok((people, severity))
}

/// Somebody who was told that a concern is severe.
struct HeadTold {
    person: id::Person,
    /// How severe it was then.
    severity: i64,
    at: Timestamp,
    /// Whether they put the notice away.
    is_put_away: bool,
}

/// Who was told of each of these files.
async fn heads_told(
    t: &mut Transaction,
    school: id::School,
    files: &[id::File],
) -> Result<BTreeMap<id::File, Vec<HeadTold>>, Fault> {
    grouped(&of_all(t, &HEAD_TOLD_OF, school, files, None).await?, |row| {
        Ok(HeadTold { person: row.get(1)?, severity: row.get(2)?, at: row.get(3)?, is_put_away: row.get(4)? })
    })
}

/// The head or who deputises; where they are concerned by it, or are the safeguarding lead themselves, whoever is next on the ladder. Whose
/// key is not confirmed is shown nothing, so that they are no head that has been told.
async fn overseers(
    t: &mut Transaction,
    (school, now): (id::School, Timestamp),
    about: &Facts,
) -> Result<Vec<id::Person>, Fault> {
    let (Some(kind), kept_out) = (about.file, about.kept_out()) else { return Ok(Vec::new()) };
    let roll = access::roll(t, school, now).await?;
    let mut told = standing_behind(t, (school, now), roll.heads(kind, &kept_out), about).await?;
    if told.iter().all(|head| roll.acting(*head).contains(&Duty::DesignatedLead)) {
        for (duty, people) in roll.in_turn(kind, &kept_out) {
            let next = match duty {
                Duty::Chair | Duty::TrustLead => standing_behind(t, (school, now), people, about).await?,
                _ => Vec::new(),
            };
            if !next.is_empty() {
                told.extend(next);
                break;
            }
        }
    }
    told.sort_unstable();
    told.dedup();
    Ok(told)
}

/// Those of these people who are shown what they are told.
async fn standing_behind(
    t: &mut Transaction,
    (school, now): (id::School, Timestamp),
    people: Vec<id::Person>,
    about: &Facts,
) -> Result<Vec<id::Person>, Fault> {
    let mut standing_behind = Vec::new();
    for person in people {
        let standing = access::standing(t, school, Actor::Person(person), now).await?;
        if access::stands_behind(&standing, person, about) {
            standing_behind.push(person);
        }
    }
    Ok(standing_behind)
}

async fn tell(entered: &mut Entered, file: id::File) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let Some(from) = threshold(entered.transaction(), school).await? else { return Ok(()) };
    let (people, severity) = missing(entered.transaction(), (school, now), file, from).await?;
    for person in people {
        let row = id::Row::new(now)?;
        let values = [row.into(), school.into(), file.into(), person.into(), severity.number().into(), now.into()];
        entered.change_one(&NEW_HEAD_TOLD, &values).await?;
        let standing = access::standing(entered.transaction(), school, Actor::Person(person), now).await?;
        let (kind, about) = if access::may_know(&standing, entered.facts()) {
            (SERIOUS, file.to_string())
        } else {
            (SERIOUS_ELSEWHERE, row.to_string())
        };
        access::tell(entered, person, kind, &about).await?;
    }
    Ok(())
}

/// Those of these of which nobody who was told since something so severe was last found has put their notice away, or read the concern
/// since.
async fn not_seen(
    t: &mut Transaction,
    school: id::School,
    severe: BTreeMap<id::File, Severe>,
) -> Result<Vec<id::File>, Fault> {
    let files: Vec<id::File> = severe.keys().copied().collect();
    let told = heads_told(t, school, &files).await?;
    let readers = audit::readers_of(t, school, &files).await?;
    let is_seen = |file: &id::File, last: Option<Timestamp>| {
        let readers = readers.get(file).map(Vec::as_slice).unwrap_or_default();
        let has_read = |told: &HeadTold| readers.iter().any(|(reader, at)| *reader == told.person && *at >= told.at);
        let told = told.get(file).map(Vec::as_slice).unwrap_or_default();
        let mut of_this = told.iter().filter(|told| last.is_none_or(|last| told.at >= last));
        of_this.any(|told| told.is_put_away || has_read(told))
    };
    Ok(severe.into_iter().filter(|(file, severe)| !is_seen(file, severe.last)).map(|(file, _)| file).collect())
}

/// Whom somebody may ask who was told of a concern that is others' to read: one of those, the first who is here. Nobody else is named: who is
/// left out of a list would be concerned by it.
pub(crate) async fn whom_to_ask(entered: &mut Entered, told: &str) -> Result<Option<String>, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let Some(row) = entered.row(&FILE_OF_HEAD_TOLD, &[told.into(), school.into()]).await? else { return Ok(None) };
    let about = access::facts(entered.transaction(), school, &Resource::File(row.get(0)?), now).await?;
    let Some(kind) = about.file else { return Ok(None) };
    let roll = access::roll(entered.transaction(), school, now).await?;
    let turns = roll.in_turn(kind, &about.kept_out());
    let here = turns.into_iter().flat_map(|(_, people)| people);
    let Some(first) = here.into_iter().find(|person| access::still_answers(&roll, *person, &about)) else {
        return Ok(None);
    };
    let row = entered.row(&NAME, &[first.into(), school.into()]).await?;
    row.map(|row| row.get(0)).transpose()
}
