//! Telling: who is due is written down and gets a notice; by the clock, and in the act that reports.

use super::{
    Rung,
    gather::{self, School, Waiting},
    plan,
    statements::{ADD_RUNG, FILE_OF_RUNG, UNANSWERED},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, Actor, Resource, Standing},
    audit::Detail,
    concern::{answer, door, head::SERIOUS_ELSEWHERE, statements::FILE_OF_HEAD_TOLD},
    file::ground,
    id,
    store::Transaction,
};
use std::collections::BTreeMap;

/// To who may read the file, in time.
const WAITS: &str = "file-waits";
/// The same, where it presses or nobody before them answered.
const WAITS_NOW: &str = "file-waits-now";
/// To the chair and the trust of what is others' to read: something waits, and those others are to be rung.
const PASSED_BY: &str = "concern-waits";
/// To whoever reported it: nobody has answered, ring yourself.
const UNANSWERED_REPORT: &str = "concern-unanswered";

impl Records {
    /// Tells whoever is due of every concern of a school that nobody has answered, and of every report that waits; and the head of what is
    /// severe. By our own clock.
    ///
    /// # Errors
    /// The first concern's that failed; the others were seen to.
    pub async fn climb(&self, school: id::School) -> Result<(), Fault> {
        let mut failed = None;
        for file in self.due_concerns(school).await? {
            failed = failed.or(self.climb_one(school, Resource::File(file)).await.err());
        }
        for report in self.due_reports(school).await? {
            failed = failed.or(self.climb_one(school, Resource::Report(report)).await.err());
        }
        failed = failed.or(self.tell_heads(school).await.err());
        failed.map_or(Ok(()), Err)
    }

    async fn climb_one(&self, school: id::School, resource: Resource) -> Result<(), Fault> {
        let session = Session { school, actor: Actor::Clock, unlocked: None };
        let mut entered = match self.act(&session, Act::ConcernClimbed, resource, Detail::none()).await {
            Ok(entered) => entered,
            // It was erased a moment ago.
            Err(Fault::NotFound) => return Ok(()),
            Err(fault) => return Err(fault),
        };
        let told = async {
            match resource {
                Resource::File(file) => tell_due(&mut entered, file).await.map(drop),
                Resource::Report(report) => {
                    let now = entered.now();
                    let mut of_school = School::read(entered.transaction(), school, now).await?;
                    door::tell_due(&mut entered, &mut of_school, report).await
                }
                _ => Ok(()),
            }
        }
        .await;
        entered.finish(told).await
    }

    /// Of which reports that wait somebody is to be told now.
    async fn due_reports(&self, school: id::School) -> Result<Vec<id::Report>, Fault> {
        let now = self.clock().now();
        door::due_reports(&mut self.looking().await?, school, now).await
    }

    /// Of which concerns somebody is to be told now.
    async fn due_concerns(&self, school: id::School) -> Result<Vec<id::File>, Fault> {
        let now = self.clock().now();
        let mut looking = self.looking().await?;
        let rows = looking.rows(&UNANSWERED, &[school.into()]).await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let files = rows.iter().map(|row| row.get(0)).collect::<Result<Vec<id::File>, Fault>>()?;
        let mut of_school = School::read(&mut looking, school, now).await?;
        let waiting = of_school.waiting_of(&mut looking, &files).await?;
        let is_due = |one: &Waiting| !plan::due(&one.open, &one.plan, &one.told, now).is_empty();
        Ok(waiting.into_iter().filter(|(_, one)| is_due(one)).map(|(file, _)| file).collect())
    }
}

/// Tells whoever is due of a concern now, each once; how many were told. Expects the entry of the act written.
pub(crate) async fn tell_due(entered: &mut Entered, file: id::File) -> Result<usize, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let mut of_school = School::read(entered.transaction(), school, now).await?;
    let Some(waiting) = of_school.waiting(entered.transaction(), file).await? else { return Ok(0) };
    let due = plan::due(&waiting.open, &waiting.plan, &waiting.told, now);
    for (rung, person) in &due {
        let row = id::Row::new(now)?;
        let values = [row.into(), school.into(), file.into(), (*rung).into(), (*person).into(), now.into()];
        entered.change_one(&ADD_RUNG, &values).await?;
        let Some(person) = *person else { continue };
        let presses = waiting.open.is_immediate() || waiting.plan.first().is_none_or(|first| first.rung != *rung);
        let (kind, about) = match rung {
            Rung::Reporter => (UNANSWERED_REPORT, row.to_string()),
            _ if !waiting.readers.contains(&person) => (PASSED_BY, row.to_string()),
            _ if presses => (WAITS_NOW, file.to_string()),
            _ => (WAITS, file.to_string()),
        };
        access::tell(entered, person, kind, &about).await?;
    }
    Ok(due.len())
}

/// Whether somebody of this standing is to be told what a notice of climbing says; nothing of other kinds of notices. A concern that
/// somebody answered is no news to the others any more, and whoever has come to be concerned by it since is told nothing of it.
pub(crate) async fn is_news(
    t: &mut Transaction,
    standing: &Standing,
    (kind, about): (&str, &str),
) -> Result<Option<bool>, Fault> {
    let (school, now) = (standing.school, standing.now);
    let file = match kind {
        WAITS | WAITS_NOW => id::File::parse(about)?,
        PASSED_BY | UNANSWERED_REPORT => {
            let row = t.row(&FILE_OF_RUNG, &[about.into(), school.into()]).await?;
            let Some(row) = row else { return Ok(Some(false)) };
            row.get(0)?
        }
        SERIOUS_ELSEWHERE => return serious_elsewhere(t, standing, about).await.map(Some),
        _ => return Ok(None),
    };
    let facts = match access::facts(t, school, &Resource::File(file), now).await {
        Ok(facts) => facts,
        Err(Fault::NotFound) => return Ok(Some(false)),
        Err(fault) => return Err(fault),
    };
    let Actor::Person(asker) = standing.actor else { return Ok(Some(false)) };
    let may_hear = match kind {
        PASSED_BY => access::stands_behind(standing, asker, &facts),
        UNANSWERED_REPORT => gather::may_hear(asker, &facts),
        _ => access::may_know(standing, &facts),
    };
    if !may_hear {
        return Ok(Some(false));
    }
    let rows = answer::files_of(t, school, &[file]).await?;
    let about = BTreeMap::from([(file, facts)]);
    let open = gather::opens(t, (school, now), &rows, (&standing.roll, &about)).await?;
    Ok(Some(open.contains_key(&file)))
}

/// That a concern is severe which is others' to read: while it is open, to whoever stands behind them.
async fn serious_elsewhere(t: &mut Transaction, standing: &Standing, about: &str) -> Result<bool, Fault> {
    let Actor::Person(asker) = standing.actor else { return Ok(false) };
    let row = t.row(&FILE_OF_HEAD_TOLD, &[about.into(), standing.school.into()]).await?;
    let Some(row) = row else { return Ok(false) };
    let file: id::File = row.get(0)?;
    match access::facts(t, standing.school, &Resource::File(file), standing.now).await {
        Ok(facts) => Ok(access::stands_behind(standing, asker, &facts) && ground::standing_of(t, file).await?.is_open),
        Err(Fault::NotFound) => Ok(false),
        Err(fault) => Err(fault),
    }
}
