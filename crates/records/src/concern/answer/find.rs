//! Finding concerns: by what was answered when they were raised, how severe they are, where they stand and when they were opened; and by
//! words in them, which are opened in memory. Both go back page by page, newest first, as far as is asked for: nothing is left out unsaid.

use super::{
    Queued, Targets,
    facts::standings,
    queue::{Open, shown},
    statements::REPORTED_AS,
};
use crate::{
    Fault, Records, Session,
    access::{self, Act, Resource},
    audit::Detail,
    concern::{Mode, Place, Risk},
    file::{
        Severity, Which,
        ground::{FileRow, unlocked},
        read,
    },
    id,
    store::{Transaction, grouped, of_all},
};
use jiff::{Timestamp, civil};
use std::collections::{BTreeMap, BTreeSet};
use zeroize::Zeroizing;

/// Concerns that one page shows.
const MOST_SHOWN: usize = 25;
/// Concerns that one page looks at without opening them.
const MOST_LOOKED_AT: usize = 2000;
/// Concerns that one page opens.
const MOST_OPENED: usize = 300;

/// Which concerns are looked for. Neutral codes only, so that they can stand in an address.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sought {
    /// Only those in which this kind of risk was ticked.
    pub risk: Option<Risk>,
    /// Only those that happened there.
    pub place: Option<Place>,
    /// Only those online, face to face, or both.
    pub mode: Option<Mode>,
    /// Only those that came in this way, as the store has it.
    pub channel: Option<&'static str>,
    /// Only of this severity; 0 is “nobody has said”.
    pub level: Option<i64>,
    /// Only open ones, or only closed ones.
    pub is_open: Option<bool>,
    /// Only those opened in the school year that began in September of this year.
    pub year: Option<i16>,
    /// Only those opened before this one: further back.
    pub after: Option<(Timestamp, id::File)>,
}

impl Sought {
    /// The ways by which concerns come in: their codes, and what people call them.
    pub const CHANNELS: [(&'static str, &'static str); 5] = [
        ("staff", "staff"),
        ("pupil", "pupils"),
        ("parent", "parents and carers"),
        ("visitor", "visitors"),
        ("public", "the public page"),
    ];

    fn asks_reports(&self) -> bool {
        self.risk.is_some() || self.place.is_some() || self.mode.is_some() || self.channel.is_some()
    }
}

/// What was found, and how far was looked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundConcerns {
    /// The concerns, newest first.
    pub concerns: Vec<Queued>,
    /// How many were looked at.
    pub looked_at: usize,
    /// When the last of them was opened.
    pub back_to: Option<Timestamp>,
    /// Where it goes on, if it was not all.
    pub next: Option<(Timestamp, id::File)>,
}

/// How a form was answered.
struct Reported {
    channel: String,
    mode: Option<String>,
    risks: String,
    place: Option<String>,
}

impl Records {
    /// The concerns that the asker may know and that fit, newest first. Nothing is opened; the entry names what is shown.
    pub async fn sought_concerns(&self, session: &Session, sought: &Sought) -> Result<FoundConcerns, Fault> {
        let mut looking = self.looking().await?;
        let asker = access::standing(&mut looking, session.school, session.actor, self.clock().now()).await?;
        let mut found = Looked::default();
        let mut fitting = Vec::new();
        let mut walk = Walk::from(sought);
        'walk: while let Some(page) = walk.step(&mut looking, &asker, sought).await? {
            for (row, fits) in page {
                if fitting.len() == MOST_SHOWN || found.count == MOST_LOOKED_AT {
                    found.is_cut = true;
                    break 'walk;
                }
                found.at(&row);
                fitting.extend(fits);
            }
        }
        drop(looking);
        let ids: Vec<String> = fitting.iter().map(|one| one.row.id.to_string()).collect();
        let detail = Detail::none().with("files", ids.join(" "));
        let mut entered = self.act(session, Act::FilesListed, Resource::School, detail).await?;
        let concerns = shown(&mut entered, fitting).await;
        Ok(found.with(entered.finish(concerns).await?))
    }

    /// Those of them in which each of these words stands, by opening what the asker may open, in memory. Each that is found leaves its
    /// entry. No words find nothing.
    pub async fn sought_words(&self, session: &Session, sought: &Sought, words: &str) -> Result<FoundConcerns, Fault> {
        let lower = Zeroizing::new(words.to_lowercase());
        let words: Zeroizing<Vec<String>> = Zeroizing::new(lower.split_whitespace().map(str::to_owned).collect());
        let detail = Detail::none().with("words", words.len().to_string());
        let mut entered = self.act(session, Act::FilesSearched, Resource::School, detail).await?;
        let done = async {
            let unlocked = unlocked(&entered)?;
            let asker = entered.standing().clone();
            let mut found = Looked::default();
            let (mut fitting, mut opened) = (Vec::new(), 0);
            let mut walk = Walk::from(sought);
            'walk: while let Some(page) = walk.step(entered.transaction(), &asker, sought).await? {
                for (row, fits) in page {
                    let is_full = fitting.len() == MOST_SHOWN || opened == MOST_OPENED;
                    if words.is_empty() || is_full || found.count == MOST_LOOKED_AT {
                        found.is_cut = !words.is_empty();
                        break 'walk;
                    }
                    found.at(&row);
                    let Some(fits) = fits else { continue };
                    opened += 1;
                    if read::hits(&mut entered, &unlocked, &row, &words).await?.is_some() {
                        entered.also(Act::FileFound, Resource::File(row.id), Detail::none()).await?;
                        fitting.push(fits);
                    }
                }
            }
            Ok(found.with(shown(&mut entered, fitting).await?))
        }
        .await;
        entered.finish(done).await
    }
}

/// How far was looked.
#[derive(Default)]
struct Looked {
    count: usize,
    last: Option<(Timestamp, id::File)>,
    is_cut: bool,
}

impl Looked {
    fn at(&mut self, row: &FileRow) {
        self.count += 1;
        self.last = Some((row.opened_at, row.id));
    }

    fn with(self, concerns: Vec<Queued>) -> FoundConcerns {
        FoundConcerns {
            concerns,
            looked_at: self.count,
            back_to: self.last.map(|(moment, _)| moment),
            next: self.last.filter(|_| self.is_cut),
        }
    }
}

/// Going back through the files, a page at a time.
struct Walk {
    which: Which,
    is_over: bool,
}

impl Walk {
    fn from(sought: &Sought) -> Self {
        Self { which: Which { after: sought.after, ..Which::default() }, is_over: false }
    }

    /// The next files that the asker may know, each with how it stands if it fits; nothing behind the last.
    async fn step(
        &mut self,
        t: &mut Transaction,
        asker: &access::Standing,
        sought: &Sought,
    ) -> Result<Option<Vec<(FileRow, Option<Open>)>>, Fault> {
        if self.is_over {
            return Ok(None);
        }
        let targets = Targets::of(t, asker.school, asker.now).await?;
        if let (None, Some(year)) = (self.which.after, sought.year) {
            // What was opened after that year is passed over at once.
            self.which.after = begins(&targets, year + 1)
                .map(|moment| Ok::<_, Fault>((moment, id::File::new(moment)?)))
                .transpose()?;
        }
        let (rows, next) = read::page(t, asker, &self.which).await?;
        self.which.after = next;
        let earliest = sought.year.and_then(|year| begins(&targets, year));
        let is_before = |row: &FileRow| earliest.is_some_and(|earliest| row.opened_at < earliest);
        self.is_over = next.is_none() || rows.last().is_some_and(is_before);
        let rows: Vec<FileRow> = rows.into_iter().filter(|row| !is_before(row)).collect();
        let reported = reported(t, asker.school, &rows, sought).await?;
        let mut standings = standings(t, asker.school, &rows, asker.now).await?;
        let one = |row: FileRow| {
            let standing = standings.remove(&row.id)?;
            let level = standing.severity.map_or(0, Severity::number);
            let fits = sought.level.is_none_or(|wanted| wanted == level)
                && sought.is_open.is_none_or(|wanted| wanted == standing.is_open)
                && reported.as_ref().is_none_or(|reported| reported.contains(&row.id));
            let next = targets.next(&standing, row.kind, asker.now);
            Some((row.clone(), fits.then_some(Open { row, standing, next })))
        };
        Ok(Some(rows.into_iter().filter_map(one).collect()))
    }
}

/// When the school year begins that begins in this year.
fn begins(targets: &Targets, year: i16) -> Option<Timestamp> {
    let first = civil::Date::new(year, 9, 1).ok()?;
    first.to_zoned(targets.zone.clone()).ok().map(|midnight| midnight.timestamp())
}

/// Those of these files of which a report was answered as is sought; nothing where that is not asked.
async fn reported(
    t: &mut Transaction,
    school: id::School,
    files: &[FileRow],
    sought: &Sought,
) -> Result<Option<BTreeSet<id::File>>, Fault> {
    if !sought.asks_reports() {
        return Ok(None);
    }
    let ids: Vec<id::File> = files.iter().map(|file| file.id).collect();
    let all: BTreeMap<id::File, Vec<Reported>> = grouped(&of_all(t, &REPORTED_AS, school, &ids, None).await?, |row| {
        Ok(Reported { channel: row.get(1)?, mode: row.get(2)?, risks: row.get(3)?, place: row.get(4)? })
    })?;
    let fits = |one: &Reported| {
        sought.risk.is_none_or(|risk| one.risks.split_whitespace().any(|word| word == risk.word()))
            && sought.place.is_none_or(|place| one.place.as_deref() == Some(place.word()))
            && sought.mode.is_none_or(|mode| one.mode.as_deref() == Some(mode.word()))
            && sought.channel.is_none_or(|channel| one.channel == channel)
    };
    let fitting = all.into_iter().filter(|(_, reports)| reports.iter().any(fits));
    Ok(Some(fitting.map(|(file, _)| file).collect()))
}
