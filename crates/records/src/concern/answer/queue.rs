//! What waits: every open concern that the asker may know, the most urgent first; and how many of each there are.

use super::{
    Next, Standing, Targets, Waiting,
    facts::{known, names, standings},
    statements::OPEN_FILES,
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, Actor, FileKind, Resource},
    audit::Detail,
    file::{Which, ground::FileRow, read},
    id,
    store::Transaction,
};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Concerns on one page.
const PAGE: usize = 25;
/// Concerns that are looked over at once, at most: the most urgent.
const LOOKED_OVER: usize = 10_000;

/// Which concerns to show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Only of this severity; 0 is “nobody has said”.
    pub level: Option<i64>,
    /// Only those that the asker sees to, or has something to do in.
    pub mine: bool,
    /// Only those that wait for this.
    pub waiting: Option<Waiting>,
    /// Only those that are late.
    pub late: bool,
    /// Only those opened in the school year that began in September of this year.
    pub year: Option<i16>,
    /// Which page, from 0.
    pub page: usize,
}

/// A concern that waits. Nothing of it was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// The file.
    pub file: id::File,
    /// A child's, or one about an adult who works here.
    pub kind: FileKind,
    /// Whom it is about.
    pub person: id::Person,
    /// What they are called.
    pub name: String,
    /// Its random reference.
    pub reference: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// How it stands.
    pub standing: Standing,
    /// What comes next.
    pub next: Next,
    /// Who sees to it.
    pub owner: Option<String>,
}

/// How many there are of each, of those that the asker may know.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// That are open.
    pub open: usize,
    /// Of severity 4 and 5 that wait for an answer, a call or a decision.
    pub danger: usize,
    /// That nobody has said they have.
    pub answer: usize,
    /// In which an agency is to be rung.
    pub call: usize,
    /// Without a first decision, or to be decided again.
    pub decision: usize,
    /// With something due to be done today or before.
    pub action: usize,
    /// With a parent or carer to be told or looked at again.
    pub parents: usize,
    /// That are late with what they wait for.
    pub late: usize,
    /// That the asker sees to.
    pub mine: usize,
}

/// A page of what waits.
#[derive(Debug, Clone)]
pub struct Queue {
    /// The most urgent first.
    pub concerns: Vec<Queued>,
    /// How many fit what was wanted.
    pub fitting: usize,
    /// How many pages these are.
    pub pages: usize,
    /// Of all that the asker may know.
    pub counts: Counts,
    /// What the clocks run by.
    pub targets: Targets,
}

/// A page of all concerns.
#[derive(Debug, Clone)]
pub struct AllConcerns {
    /// The newest first.
    pub concerns: Vec<Queued>,
    /// Where the next page begins, if there may be more.
    pub next: Option<(Timestamp, id::File)>,
}

/// A concern with how it stands.
pub(super) struct Open {
    pub(super) row: FileRow,
    pub(super) standing: Standing,
    pub(super) next: Next,
}

impl Records {
    /// The open concerns that the asker may know, the most urgent first. Whoever is a subject of one is taken out before the list is
    /// compiled, also out of its counts.
    pub async fn concerns(&self, session: &Session, wanted: &Wanted) -> Result<Queue, Fault> {
        self.listed(session, wanted, PAGE).await
    }

    /// The same on one page, as far as that is possible: for whoever looks over all of them at once.
    pub async fn open_concerns(&self, session: &Session) -> Result<Queue, Fault> {
        self.listed(session, &Wanted::default(), LOOKED_OVER).await
    }

    async fn listed(&self, session: &Session, wanted: &Wanted, size: usize) -> Result<Queue, Fault> {
        let mut looking = self.looking().await?;
        let asker = access::standing(&mut looking, session.school, session.actor, self.clock().now()).await?;
        let targets = Targets::of(&mut looking, session.school, asker.now).await?;
        let open = open(&mut looking, &asker, &targets).await?;
        drop(looking);
        let counts = counts(&open, asker.actor);
        let fitting: Vec<Open> = open.into_iter().filter(|one| fits(one, wanted, asker.actor, &targets)).collect();
        let (all, pages) = (fitting.len(), fitting.len().div_ceil(size).max(1));
        let page: Vec<Open> = fitting.into_iter().skip(wanted.page.saturating_mul(size)).take(size).collect();
        let ids: Vec<String> = page.iter().map(|one| one.row.id.to_string()).collect();
        let detail = Detail::none().with("files", ids.join(" "));
        let mut entered = self.act(session, Act::FilesListed, Resource::School, detail).await?;
        let concerns = shown(&mut entered, page).await;
        let concerns = entered.finish(concerns).await?;
        Ok(Queue { concerns, fitting: all, pages, counts, targets })
    }

    /// All concerns that the asker may know, closed ones too, newest first; where the next page begins.
    pub async fn all_concerns(
        &self,
        session: &Session,
        after: Option<(Timestamp, id::File)>,
    ) -> Result<AllConcerns, Fault> {
        let mut looking = self.looking().await?;
        let asker = access::standing(&mut looking, session.school, session.actor, self.clock().now()).await?;
        let targets = Targets::of(&mut looking, session.school, asker.now).await?;
        let which = Which { after, ..Which::default() };
        let (files, next) = read::page(&mut looking, &asker, &which).await?;
        let mut standings = standings(&mut looking, session.school, &files, asker.now).await?;
        drop(looking);
        let one = |row: FileRow| {
            let standing = standings.remove(&row.id)?;
            Some(Open { next: targets.next(&standing, row.kind, asker.now), row, standing })
        };
        let page: Vec<Open> = files.into_iter().filter_map(one).collect();
        let ids: Vec<String> = page.iter().map(|one| one.row.id.to_string()).collect();
        let detail = Detail::none().with("files", ids.join(" "));
        let mut entered = self.act(session, Act::FilesListed, Resource::School, detail).await?;
        let concerns = shown(&mut entered, page).await;
        Ok(AllConcerns { concerns: entered.finish(concerns).await?, next })
    }

    /// How many concerns wait for what, of those that the asker may know. Counts only: it leaves no entry, as no row of it is
    /// reached.
    pub async fn concern_counts(&self, session: &Session) -> Result<Counts, Fault> {
        let mut looking = self.looking().await?;
        let asker = access::standing(&mut looking, session.school, session.actor, self.clock().now()).await?;
        let targets = Targets::of(&mut looking, session.school, asker.now).await?;
        let open = open(&mut looking, &asker, &targets).await?;
        Ok(counts(&open, asker.actor))
    }
}

/// Every open concern that the asker may know, the most urgent first.
async fn open(t: &mut Transaction, asker: &access::Standing, targets: &Targets) -> Result<Vec<Open>, Fault> {
    let Actor::Person(person) = asker.actor else { return Ok(Vec::new()) };
    let rows = t.rows(&OPEN_FILES, &[asker.school.into(), person.into()]).await?;
    let files = rows.iter().map(FileRow::of).collect::<Result<Vec<_>, Fault>>()?;
    let files = known(t, asker, files).await?;
    let mut standings = standings(t, asker.school, &files, asker.now).await?;
    let mut open: Vec<Open> = files
        .into_iter()
        .filter_map(|row| {
            let standing = standings.remove(&row.id)?;
            let next = targets.next(&standing, row.kind, asker.now);
            standing.is_open.then_some(Open { row, standing, next })
        })
        .collect();
    open.sort_by_key(|one| (targets.urgency(&one.standing, &one.next), one.row.opened_at, one.row.id));
    Ok(open)
}

fn is_of(one: &Open, actor: Actor) -> bool {
    let Actor::Person(person) = actor else { return false };
    one.standing.owner == Some(person) || one.standing.actions.iter().any(|action| action.owner == person)
}

fn fits(one: &Open, wanted: &Wanted, actor: Actor, targets: &Targets) -> bool {
    let level = one.standing.severity.map_or(0, crate::file::Severity::number);
    let opened = targets.day_of(one.row.opened_at);
    let year = if opened.month() >= 9 { opened.year() } else { opened.year() - 1 };
    wanted.level.is_none_or(|wanted| wanted == level)
        && (!wanted.mine || is_of(one, actor))
        && (!wanted.late || one.next.has_late())
        && wanted.waiting.is_none_or(|waiting| waiting == one.next.waiting)
        && wanted.year.is_none_or(|wanted| wanted == year)
}

fn counts(open: &[Open], actor: Actor) -> Counts {
    let mut counts = Counts { open: open.len(), ..Counts::default() };
    for one in open {
        let severity = one.standing.severity.map_or(3, crate::file::Severity::number);
        match one.next.waiting {
            Waiting::Answer => counts.answer += 1,
            Waiting::Call => counts.call += 1,
            Waiting::Decision => counts.decision += 1,
            Waiting::Action => counts.action += 1,
            Waiting::Parents => counts.parents += 1,
            Waiting::Nothing => {}
        }
        let is_pressing = matches!(one.next.waiting, Waiting::Answer | Waiting::Call | Waiting::Decision);
        counts.danger += usize::from(severity >= 4 && is_pressing);
        counts.late += usize::from(one.next.has_late());
        counts.mine += usize::from(is_of(one, actor));
    }
    counts
}

/// The page behind its entry: what was taken away in between is gone.
pub(super) async fn shown(entered: &mut Entered, page: Vec<Open>) -> Result<Vec<Queued>, Fault> {
    let (asker, school) = (entered.standing().clone(), entered.session().school);
    let rows = page.iter().map(|one| one.row.clone()).collect();
    let still: BTreeMap<id::File, FileRow> =
        known(entered.transaction(), &asker, rows).await?.into_iter().map(|row| (row.id, row)).collect();
    let page: Vec<Open> = page.into_iter().filter(|one| still.contains_key(&one.row.id)).collect();
    let people = page.iter().flat_map(|one| [Some(one.row.person), one.standing.owner]).flatten().collect();
    let names = names(entered.transaction(), school, people).await?;
    let named = |person: &id::Person| names.get(person).cloned().unwrap_or_default();
    let queued = |Open { row, standing, next }: Open| Queued {
        file: row.id,
        kind: row.kind,
        person: row.person,
        name: named(&row.person),
        reference: row.reference,
        opened_at: row.opened_at,
        owner: standing.owner.as_ref().map(named),
        standing,
        next,
    };
    Ok(page.into_iter().map(queued).collect())
}
