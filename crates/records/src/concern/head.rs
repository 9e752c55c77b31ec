//! The head learns of what is severe (catalogue C-07): a notice without a word of what it is, when a concern of the school's chosen
//! severity is opened or comes to be of it; and oversight shows which of these the head has not seen.
//!
//! The clock tells, in watched hours. Where the head is concerned by it whoever is next on the ladder is told in their place, and where the
//! head is the safeguarding lead as well whoever is next too, for nobody oversees themselves. Who may not read it is told whom to ask, and
//! never that it was the head's to know.

use super::{
    answer::known,
    climb::{School, statements::NAME},
    statements::{FILE_OF_HEAD_TOLD, HEAD_TOLD, LAST_SEVERE, NEW_HEAD_TOLD, SEVERE, SEVERE_OPEN},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, Actor, Duty, Facts, Resource},
    audit::{self, Detail},
    file::{
        Severity,
        ground::{self, FileRow},
    },
    id,
    settings::{self, define::incidents::HEAD_NOTICE_SEVERITY},
    store::Transaction,
};
use jiff::Timestamp;

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
        let mut unseen = Vec::new();
        for file in known(&mut looking, &asker, files).await? {
            if is_severe(&mut looking, file.id, from).await?.is_some()
                && !is_seen(&mut looking, session.school, file.id, from).await?
            {
                unseen.push(file.id);
            }
        }
        Ok(unseen)
    }
}

/// From which severity on the head is told; nothing where the school chose that the list is enough.
async fn threshold(t: &mut Transaction, school: id::School) -> Result<Option<Severity>, Fault> {
    let number = settings::in_force(t, school).await?.of(&HEAD_NOTICE_SEVERITY);
    Ok(Severity::new(i64::from(number)))
}

/// How severe an open concern is, where the head is told of that.
async fn is_severe(t: &mut Transaction, file: id::File, from: Severity) -> Result<Option<Severity>, Fault> {
    let status = ground::standing_of(t, file).await?;
    let severity = status.severity.unwrap_or(Severity::UNSAID);
    Ok(Some(severity).filter(|severity| status.is_open && *severity >= from))
}

/// When something so severe was found last: whoever was told before has not been told of that.
async fn last_severe(t: &mut Transaction, file: id::File, from: Severity) -> Result<Option<Timestamp>, Fault> {
    let row = t.row(&LAST_SEVERE, &[file.into(), from.number().into()]).await?;
    Ok(row.map(|row| row.get::<Option<Timestamp>>(0)).transpose()?.flatten())
}

/// Who is to be told, and was not told since it became so severe, and since something so severe was last reported; how severe it is.
async fn missing(
    t: &mut Transaction,
    (school, now): (id::School, Timestamp),
    file: id::File,
    from: Severity,
) -> Result<(Vec<id::Person>, Severity), Fault> {
    let Some(severity) = is_severe(t, file, from).await? else { return Ok((Vec::new(), from)) };
    let about = match access::facts(t, school, &Resource::File(file), now).await {
        Ok(about) => about,
        Err(Fault::NotFound) => return Ok((Vec::new(), severity)),
        Err(fault) => return Err(fault),
    };
    let mut people = overseers(t, (school, now), &about).await?;
    let last = last_severe(t, file, from).await?;
    for row in t.rows(&HEAD_TOLD, &[file.into()]).await? {
        let (told, was, at): (id::Person, i64, Timestamp) = (row.get(1)?, row.get(2)?, row.get(3)?);
        let is_of_this = was >= severity.number() && last.is_none_or(|last| at >= last);
        people.retain(|person| *person != told || !is_of_this);
    }
    Ok((people, severity))
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

/// Whether anybody who was told since something so severe was last found has put their notice away, or has read the concern since.
async fn is_seen(t: &mut Transaction, school: id::School, file: id::File, from: Severity) -> Result<bool, Fault> {
    let readers = audit::readers(t, school, &file.to_string()).await?;
    let last = last_severe(t, file, from).await?;
    for row in t.rows(&HEAD_TOLD, &[file.into()]).await? {
        let (person, told_at, is_put_away): (id::Person, Timestamp, bool) = (row.get(1)?, row.get(3)?, row.get(4)?);
        if last.is_some_and(|last| told_at < last) {
            continue;
        }
        if is_put_away || readers.iter().any(|(reader, at)| *reader == person && *at >= told_at) {
            return Ok(true);
        }
    }
    Ok(false)
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
