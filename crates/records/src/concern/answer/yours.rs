//! What is somebody's own in concerns: what they see to, what is theirs to do, what they were let into. Whoever lists no files finds
//! their way to these by it.

use super::{
    Targets,
    facts::{known, standings},
    statements::YOURS,
};
use crate::{
    Fault, Records, Session,
    access::{self, Act, Actor, Resource},
    audit::Detail,
    file::ground::FileRow,
    id,
    store::Transaction,
};
use jiff::civil::Date;

/// An open concern that somebody can read, in which something is theirs or into which they were let by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Yours {
    /// The file.
    pub file: id::File,
    /// Its random reference.
    pub reference: String,
    /// Whether they see to it.
    pub sees_to: bool,
    /// How many things are theirs to do.
    pub actions: usize,
    /// Until when the first of these.
    pub due: Option<Date>,
    /// Whether that day is past.
    pub is_late: bool,
}

impl Records {
    /// What is the asker's own in open concerns, the first due first. Nothing of it was sealed.
    pub async fn own_work(&self, session: &Session) -> Result<Vec<Yours>, Fault> {
        let Actor::Person(asker) = session.actor else { return Err(Fault::NotFound) };
        let mut looking = self.looking().await?;
        let standing = access::standing(&mut looking, session.school, session.actor, self.clock().now()).await?;
        let shown = own_work(&mut looking, &standing).await?;
        drop(looking);
        if shown.is_empty() {
            return Ok(shown);
        }
        let files: Vec<String> = shown.iter().map(|one| one.file.to_string()).collect();
        let detail = Detail::none().with("files", files.join(" "));
        let mut entered = self.act(session, Act::TodayRead, Resource::Person(asker), detail).await?;
        let standing = entered.standing().clone();
        let now = own_work(entered.transaction(), &standing).await;
        // Nothing is shown that the entry does not name.
        let is_named = |one: &Yours| shown.iter().any(|known| known.file == one.file);
        entered.finish(now.map(|all| all.into_iter().filter(is_named).collect())).await
    }
}

/// The same inside an act, whose entry names the files.
pub(crate) async fn own_work(t: &mut Transaction, asker: &access::Standing) -> Result<Vec<Yours>, Fault> {
    let Actor::Person(person) = asker.actor else { return Ok(Vec::new()) };
    let rows = t.rows(&YOURS, &[asker.school.into(), person.into()]).await?;
    let files = rows.iter().map(FileRow::of).collect::<Result<Vec<_>, Fault>>()?;
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let files = known(t, asker, files).await?;
    let today = Targets::of(t, asker.school, asker.now).await?.day_of(asker.now);
    let mut standings = standings(t, asker.school, &files, asker.now).await?;
    let mut all: Vec<Yours> = files
        .into_iter()
        .filter_map(|row| {
            let standing = standings.remove(&row.id).filter(|standing| standing.is_open)?;
            let days: Vec<Date> =
                standing.actions.iter().filter(|action| action.owner == person).map(|action| action.due).collect();
            let due = days.iter().min().copied();
            Some(Yours {
                file: row.id,
                reference: row.reference,
                sees_to: standing.owner == Some(person),
                actions: days.len(),
                due,
                is_late: due.is_some_and(|day| day < today),
            })
        })
        .collect();
    all.sort_by_key(|one| (one.due.is_none(), one.due, !one.sees_to, one.reference.clone()));
    Ok(all)
}
