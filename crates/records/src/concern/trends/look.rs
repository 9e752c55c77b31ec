//! One look at a period.

use super::{
    Finding, Period, Topic,
    finding::{findings, found_in, owners},
    gather,
    period::Edges,
    statements::SINCE,
    suppress,
    topic::Counted,
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, Resource},
    audit::Detail,
    calendar, id,
    settings::{define::incidents, in_force},
    store::Transaction,
};
use jiff::{Timestamp, civil::Date};

/// How many periods one page lists: what is older is reached from the one before.
const MOST_PERIODS: usize = 24;

/// How a period is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Every number, as it stands now: for who looks after children and can read each of these anyway.
    Whole,
    /// Small numbers withheld, after the period has settled and as it stood then: the same for everybody, whenever they look.
    Shared,
}

/// What somebody asks to see.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asked {
    /// Which period; the newest that they may see where none is given.
    pub period: Option<Period>,
    /// Whether whoever sees every number wants to see what the others see.
    pub as_shared: bool,
}

/// A row of a table. A number that is withheld is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it counts.
    pub title: String,
    /// How many.
    pub count: Option<usize>,
    /// How many in the period before; nothing where the school was not here then.
    pub before: Option<Option<usize>>,
}

/// The concerns of a period by one thing. Each concern stands in one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// By what.
    pub topic: Topic,
    /// Its rows, in a fixed order.
    pub rows: Vec<Row>,
    /// What was found in it, the newest first.
    pub findings: Vec<Finding>,
}

/// A period and how many concerns it had; `None` where that is withheld.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeriodTotal {
    /// Which.
    pub period: Period,
    /// How many.
    pub total: Option<usize>,
}

/// A period, looked back at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trends {
    /// Which; nothing where none is fit to be shown yet.
    pub period: Option<Period>,
    /// Its first and its last day.
    pub days: Option<(Date, Date)>,
    /// Whether it goes on still.
    pub is_running: bool,
    /// Whether it is shown to whoever reads no file.
    pub is_settled: bool,
    /// How it is shown.
    pub view: View,
    /// Whether the asker may see every number, and decide.
    pub decides: bool,
    /// Below which a number is withheld.
    pub least: usize,
    /// Each period that the asker may choose, the newest first.
    pub periods: Vec<Period>,
    /// From when on the next one can be seen, where none can yet.
    pub next_at: Option<Timestamp>,
    /// How many concerns it had, and those of the same length before it, the newest first.
    pub totals: Vec<PeriodTotal>,
    /// The tables.
    pub tables: Vec<Table>,
    /// The last terms that ended and had a concern, and in which nobody has found anything yet, newest first; for who decides.
    pub undecided: Vec<Period>,
    /// Who may be asked to see to a change, with their names; for who decides.
    pub owners: Vec<(id::Person, String)>,
}

/// What is known before the entry is written: of the calendar and the asker, nothing of concerns.
struct Ground {
    edges: Edges,
    view: View,
    decides: bool,
    least: usize,
    is_by_year: bool,
    first: Timestamp,
    periods: Vec<Period>,
    next_at: Option<Timestamp>,
    now: Timestamp,
}

/// How many periods stand in the table of totals.
const TOTALS: usize = 6;

impl Records {
    /// Looks back at a period. Counts only: no row of a file leaves it. One entry says which period was looked at, and how; it names
    /// no file, since none is reached.
    ///
    /// # Errors
    /// [`Fault::NotFound`] for whoever may see no counts, and for a period that is not theirs to see.
    pub async fn concern_trends(&self, session: &Session, asked: Asked) -> Result<Trends, Fault> {
        let mut looking = self.looking().await?;
        let ground = ground(&mut looking, session, asked, self.clock().now()).await?;
        drop(looking);
        let period = match asked.period {
            Some(period) if !ground.periods.contains(&period) => return Err(Fault::NotFound),
            Some(period) => Some(period),
            // The term that goes on, or the newest that has settled.
            None => {
                let term = ground.periods.iter().find(|period| !period.is_year());
                term.or_else(|| ground.periods.first()).copied()
            }
        };
        let view = if ground.view == View::Whole { "whole" } else { "shared" };
        let code = period.map_or_else(|| "none".to_owned(), Period::code);
        let detail = Detail::none().with("period", code).with("view", view);
        let mut entered = self.act(session, Act::CountsRead, Resource::School, detail).await?;
        let trends = trends(&mut entered, &ground, period).await;
        entered.finish(trends).await
    }
}

/// Who sees every number: who decides on trends, which are those who can read every child's file by duty.
async fn ground(t: &mut Transaction, session: &Session, asked: Asked, now: Timestamp) -> Result<Ground, Fault> {
    let school = session.school;
    let standing = access::standing(t, school, session.actor, now).await?;
    let decides = access::may_of_school(&standing, Act::TrendDecided);
    let view = if decides && !asked.as_shared { View::Whole } else { View::Shared };
    let settings = in_force(t, school).await?;
    let least = usize::try_from(settings.of(&incidents::TRENDS_LEAST)).unwrap_or(usize::MAX);
    let is_by_year = settings.of(&incidents::TRENDS_PERIOD) == "year";
    let first = since(t, school).await?;
    let edges = edges(t, school, (first, now)).await?;
    let mut periods = edges.until(first, now);
    let mut next_at = None;
    if view == View::Shared {
        // Periods of one length only: of a year and two of its terms the third could be worked out.
        periods.retain(|period| period.is_year() == is_by_year);
        next_at = periods.first().map(|newest| edges.settles_at(*newest));
        periods.retain(|period| edges.settles_at(*period) <= now);
    }
    periods.truncate(MOST_PERIODS);
    next_at = next_at.filter(|_| periods.is_empty());
    Ok(Ground { edges, view, decides, least, is_by_year, first, periods, next_at, now })
}

/// Since when there is something to look back at.
async fn since(t: &mut Transaction, school: id::School) -> Result<Timestamp, Fault> {
    let row = t.row(&SINCE, &[school.into()]).await?.ok_or(Fault::NotFound)?;
    let (here, reported): (Timestamp, Option<Timestamp>) = (row.get(0)?, row.get(1)?);
    Ok(reported.map_or(here, |reported| reported.min(here)))
}

/// Where the terms meet, from the first year of the school to this one. Each summer term is taken from the calendar that was in force
/// when its first day was settled, so that nobody moves a concern from one period to the other by changing the calendar afterwards.
async fn edges(t: &mut Transaction, school: id::School, (first, now): (Timestamp, Timestamp)) -> Result<Edges, Fault> {
    let mut edges = Edges::new(calendar::zone(t, school).await?);
    for year in edges.year_of(first)..=edges.year_of(now) + 1 {
        let settled = edges.settled(year).min(now);
        let version = calendar::calendar_at(t, school, settled).await?;
        edges.learn(year, version.as_ref().map(|version| &version.calendar));
    }
    Ok(edges)
}

async fn trends(entered: &mut Entered, ground: &Ground, period: Option<Period>) -> Result<Trends, Fault> {
    let school = entered.session().school;
    let mut trends = Trends {
        period,
        days: None,
        is_running: false,
        is_settled: false,
        view: ground.view,
        decides: ground.decides,
        least: ground.least,
        periods: ground.periods.clone(),
        next_at: ground.next_at,
        totals: Vec::new(),
        tables: Vec::new(),
        undecided: Vec::new(),
        owners: Vec::new(),
    };
    if ground.decides {
        trends.undecided = ground.undecided(entered).await?;
        trends.owners = owners(entered, school).await?;
    }
    let Some(period) = period else { return Ok(trends) };
    let (first, after) = ground.edges.days(period);
    trends.days = Some((first, after.yesterday().unwrap_or(after)));
    trends.is_running = ground.edges.moments(period).1 > ground.now;
    trends.is_settled = ground.edges.settles_at(period) <= ground.now && period.is_year() == ground.is_by_year;

    let years = gather::years(entered.transaction(), school, (&ground.edges, period)).await?;
    let concerns = ground.counted(entered, period).await?;
    let before =
        if ground.was_here(period.before()) { Some(ground.counted(entered, period.before()).await?) } else { None };
    let mut found = findings(entered, period, ground.view == View::Whole).await?;
    for topic in Topic::ALL {
        let counts = ground.shown(&topic.count(&concerns, years));
        let before = before.as_ref().map(|before| ground.shown(&topic.count(before, years)));
        let titles = topic.rows(years).into_iter().enumerate();
        let row = |(place, title): (usize, String)| Row {
            title,
            count: counts.get(place).copied().flatten(),
            before: before.as_ref().map(|before| before.get(place).copied().flatten()),
        };
        let rows = titles.map(row).collect();
        let findings = found.extract_if(.., |finding| finding.topic == *topic).collect();
        trends.tables.push(Table { topic: *topic, rows, findings });
    }
    trends.totals = totals(entered, ground, (period, concerns.len()), before.map(|before| before.len())).await?;
    Ok(trends)
}

/// How many concerns each of the periods of one length had.
async fn totals(
    entered: &mut Entered,
    ground: &Ground,
    (newest, count): (Period, usize),
    before: Option<usize>,
) -> Result<Vec<PeriodTotal>, Fault> {
    let mut totals = vec![PeriodTotal { period: newest, total: ground.total(count) }];
    let mut period = newest.before();
    let mut known = before;
    while totals.len() < TOTALS && ground.was_here(period) {
        let count = match known.take() {
            Some(count) => count,
            None => ground.counted(entered, period).await?.len(),
        };
        totals.push(PeriodTotal { period, total: ground.total(count) });
        period = period.before();
    }
    Ok(totals)
}

impl Ground {
    /// Whether the school was here in that period.
    fn was_here(&self, period: Period) -> bool {
        self.edges.moments(period).1 > self.first
    }

    /// The last terms that ended, had a concern, and in which nobody has written what they found.
    async fn undecided(&self, entered: &mut Entered) -> Result<Vec<Period>, Fault> {
        let school = entered.session().school;
        let found = found_in(entered, school).await?;
        let has_ended = |period: &Period| !period.is_year() && self.edges.moments(*period).1 <= self.now;
        let ended = self.edges.until(self.first, self.now).into_iter().filter(has_ended).take(TOTALS);
        let mut undecided = Vec::new();
        for period in ended.filter(|period| !found.contains(&period.code())) {
            if !self.counted(entered, period).await?.is_empty() {
                undecided.push(period);
            }
        }
        Ok(undecided)
    }

    /// The concerns of a period, as this view has them.
    async fn counted(&self, entered: &mut Entered, period: Period) -> Result<Vec<Counted>, Fault> {
        let school = entered.session().school;
        let as_of = match self.view {
            View::Whole => self.now,
            View::Shared => self.edges.settles_at(period),
        };
        gather::counted(entered.transaction(), school, (&self.edges, period), as_of).await
    }

    /// The numbers of a table, as this view has them.
    fn shown(&self, counts: &[usize]) -> Vec<Option<usize>> {
        match self.view {
            View::Whole => counts.iter().copied().map(Some).collect(),
            View::Shared => suppress::rows(counts, self.least),
        }
    }

    fn total(&self, total: usize) -> Option<usize> {
        match self.view {
            View::Whole => Some(total),
            View::Shared => suppress::total(total, self.least),
        }
    }
}

/// Whether a period may be decided on: one that the school was here in, and that has begun.
pub(super) async fn is_known(
    t: &mut Transaction,
    school: id::School,
    period: Period,
    now: Timestamp,
) -> Result<bool, Fault> {
    let first = since(t, school).await?;
    Ok(edges(t, school, (first, now)).await?.until(first, now).contains(&period))
}
