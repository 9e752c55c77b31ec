//! What holds keep of the gate's log (practice 24). That log is files that go after a number of days; before one goes, the lines
//! in it about whom a hold stands on are taken out, and sealed here to the same people as the hold's words, or as its file.
//!
//! The clock writes and reads nothing back. Whoever has the folder of the log learns nothing of who is held: each file is looked
//! through in the same way, leaves the same entries, and goes whole.

use super::{
    Hold,
    ground::{self, FileRow, unlocked},
    hold,
    statements::{
        CASE_HOLDS, HELD_STRETCH, HELD_STRETCHES, HELD_STRETCHES_OF_FILE, HOLD, HOLDS_OF, IS_STRETCH_HELD, KEEP_STRETCH,
    },
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, Actor, Decision, Purpose, Resource},
    audit::Detail,
    id, seal,
    seal::Unlocked,
};
use flate2::{Compression, bufread::GzDecoder, write::GzEncoder};
use jiff::civil::Date;
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Read as _, Write as _},
};
use zeroize::Zeroizing;

/// A day file is looked through in stretches of about so many bytes, so that neither the lines of one nor a row of the store is
/// ever large. Never changed: stretches of a file that was half looked through before must be the same.
pub const STRETCH_BYTES: u64 = 8 * 1024 * 1024;
/// The most that a stretch is unpacked to: it ends with the line that reaches its length.
const MOST_UNPACKED: u64 = 2 * STRETCH_BYTES;
const TABLE: &str = "held_log";
const COLUMN: &str = "lines";

/// A stretch of a day file of the gate's log, with the lines in it about people whose records are held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stretch {
    /// The file's name: the day it was begun on, and which of that day's files it is.
    pub day_file: String,
    /// What tells it from another file of the same name.
    pub origin: String,
    /// Which stretch of it, from 0.
    pub number: u32,
    /// Whole lines as they stand in the log, by whom they are about.
    pub lines: BTreeMap<id::Person, Vec<u8>>,
}

/// What a hold keeps of the gate's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldLog {
    /// Whose lines they are.
    pub person: id::Person,
    /// The days of which something is kept, as the files are named; those that are still in the log itself are not among them.
    pub days: Vec<Date>,
    /// The lines of the day that was asked for, as they stood in the log: one JSON object each.
    pub lines: Vec<Zeroizing<String>>,
    /// What is kept too (of that day, or under a name that tells of no day) and is not as it was written, so that nothing of it
    /// is shown: somebody altered the store.
    pub altered: Vec<AlteredStretch>,
}

/// A stretch of which nothing can be trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlteredStretch {
    /// The name of the day file that it is of, as it says.
    pub day_file: String,
    /// Which stretch of it, from 0, as it says.
    pub number: i64,
}

impl Records {
    /// Keeps, under each hold that stands, what a stretch of a day file holds about the person; what is kept already stays as it
    /// is. Our own clock does it for every stretch of every file, also where nobody is held, and leaves the same entry.
    ///
    /// # Errors
    /// `Damaged` where a hold is not what the audit log tells: it gets nothing, and all the others have kept theirs.
    pub async fn keep_held_lines(&self, school: id::School, stretch: &Stretch) -> Result<(), Fault> {
        let mut packed = Vec::new();
        for (person, lines) in &stretch.lines {
            packed.push((*person, pack(lines)?));
        }
        let session = Session { school, actor: Actor::Clock, unlocked: None };
        let detail = Detail::none()
            .with("day-file", stretch.day_file.as_str())
            .with("origin", stretch.origin.as_str())
            .with("stretch", stretch.number.to_string());
        let mut entered = self.act(&session, Act::LogExpired, Resource::School, detail).await?;
        let kept = keep(&mut entered, stretch, &packed).await;
        entered.finish(kept).await?.map_or(Ok(()), Err)
    }

    /// What a hold keeps of the gate's log: of which days, and the lines of one of them. For whoever may know of the hold, would
    /// be told of whom it is on, holds the key and says why they look; never for whom it is on.
    pub async fn read_held_log(
        &self,
        session: &Session,
        hold: id::Hold,
        purpose: Purpose,
        day: Option<Date>,
    ) -> Result<HeldLog, Fault> {
        let resource = self.resource_of_hold(session, hold).await?;
        let detail = Detail::none().with("hold", hold.to_string()).with("purpose", purpose.word());
        let detail = day.map_or(detail.clone(), |day| detail.with("day", day.to_string()));
        let mut entered = self.act(session, Act::HeldLogRead, resource, detail).await?;
        let read = read(&mut entered, hold, day).await;
        entered.finish(read).await
    }
}

/// One hold that is not what it should be does not keep the others from theirs: the first such fault is handed back beside what
/// was done.
async fn keep(
    entered: &mut Entered,
    stretch: &Stretch,
    packed: &[(id::Person, Vec<u8>)],
) -> Result<Option<Fault>, Fault> {
    let school = entered.session().school;
    let mut first = None;
    for (person, lines) in packed {
        for row in entered.rows(&HOLDS_OF, &[school.into(), (*person).into()]).await? {
            let kept = match Hold::of(&row) {
                Ok(hold) => keep_under(entered, &hold, stretch, lines).await,
                Err(fault) => Err(fault),
            };
            match kept {
                Ok(()) => {}
                Err(fault @ Fault::Damaged(_)) => first = first.or(Some(fault)),
                // The clock is refused nothing: what the hold refers to is not there.
                Err(Fault::NotFound) => first = first.or_else(|| Some(ground::damaged("what the records refer to"))),
                Err(fault) => return Err(fault),
            }
        }
    }
    Ok(first)
}

async fn keep_under(entered: &mut Entered, hold: &Hold, stretch: &Stretch, lines: &[u8]) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let stands = [
        hold.id.into(),
        stretch.day_file.as_str().into(),
        stretch.origin.as_str().into(),
        i64::from(stretch.number).into(),
    ];
    if entered.row(&IS_STRETCH_HELD, &stands).await?.is_some() {
        return Ok(());
    }
    let compartment = compartment_of(entered, hold).await?;
    // A hold that somebody put into the store to be sent what is said of others is none.
    seal::check_subject(entered.transaction(), school, compartment, hold.person).await?;
    let id = id::Row::new(now)?;
    let row = id.to_string();
    let sealed = seal::seal(entered, &place(school, compartment, &row), lines).await?;
    let [hold, day_file, origin, number] = stands;
    let values = [id.into(), school.into(), hold, day_file, origin, number, sealed.into(), now.into()];
    entered.change_one(&KEEP_STRETCH, &values).await
}

/// Where what a hold keeps is sealed: where its words are, or what is in its file.
async fn compartment_of(entered: &mut Entered, hold: &Hold) -> Result<id::Compartment, Fault> {
    let school = entered.session().school;
    if let Some(file) = hold.file {
        return Ok(ground::any_file(entered.transaction(), school, file).await?.compartment);
    }
    let compartment = hold.compartment.ok_or_else(|| ground::damaged("where a hold's words are sealed"))?;
    seal::check_of(entered.transaction(), school, compartment, &format!("hold {}", hold.id)).await?;
    Ok(compartment)
}

async fn read(entered: &mut Entered, hold: id::Hold, day: Option<Date>) -> Result<HeldLog, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let found = entered.row(&HOLD, &[hold.into(), school.into()]).await?;
    let found = Hold::of(&found.ok_or(Fault::NotFound)?)?;
    hold::refuse_own(entered, found.person)?;
    if !hold::may_see(entered, &found).await? {
        return Err(Fault::NotFound);
    }
    // A file may name others: whoever may know the file may not therefore know what they did.
    let person = access::facts(entered.transaction(), school, &Resource::Person(found.person), now).await?;
    if access::decide(entered.standing(), Act::HoldsRead, &person) != Decision::Allowed {
        return Err(Fault::NotFound);
    }
    if let Some(file) = found.file {
        // One that a backup brought back under the wrong child shows nothing.
        ground::file(entered.transaction(), school, file).await?;
    }
    let unlocked = unlocked(entered)?;
    let compartment = compartment_of(entered, &found).await?;
    let (mut stretches, mut altered) = (Vec::new(), Vec::new());
    for row in entered.rows(&HELD_STRETCHES, &[school.into(), hold.into()]).await? {
        let (day_file, number): (String, i64) = (row.get(1)?, row.get(3)?);
        match day_of(&day_file) {
            Some(day) => stretches.push((day, day_file, row.get::<String>(2)?, number, row.get::<id::Row>(0)?)),
            None => altered.push(AlteredStretch { day_file, number }),
        }
    }
    stretches.sort();
    let days = stretches.iter().map(|stretch| stretch.0).collect::<BTreeSet<_>>().into_iter().collect();
    let mut lines = Vec::new();
    // One that was altered does not take the others with it.
    for (_, day_file, _, number, id) in stretches.into_iter().filter(|stretch| day == Some(stretch.0)) {
        match open(entered, &unlocked, compartment, id).await {
            Ok(theirs) => lines.extend(theirs),
            Err(Fault::Damaged(_)) => altered.push(AlteredStretch { day_file, number }),
            Err(fault) => return Err(fault),
        }
    }
    Ok(HeldLog { person: found.person, days, lines, altered })
}

/// What the holds of a file that is divided kept goes on under those of its parts, sealed to them: of the child under the child's part, of
/// the adults under the adult's. A part that places no hold, because it is closed, keeps nothing. What somebody altered is left behind.
pub(super) async fn divide(
    entered: &mut Entered,
    unlocked: &Unlocked,
    from: &FileRow,
    (child, adults): (&FileRow, &FileRow),
) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    for row in entered.rows(&HELD_STRETCHES_OF_FILE, &[from.id.into()]).await? {
        let (kept, person): (id::Row, id::Person) = (row.get(0)?, row.get(1)?);
        let part = if person == from.person { child } else { adults };
        let holds = entered.rows(&CASE_HOLDS, &[part.id.into()]).await?;
        let holds = holds.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<Vec<_>, Fault>>()?;
        let Some((hold, _)) = holds.into_iter().find(|(_, held): &(id::Hold, id::Person)| *held == person) else {
            continue;
        };
        let packed = match packed(entered, unlocked, from.compartment, kept).await {
            Ok(packed) => packed,
            Err(Fault::Damaged(why)) => {
                tracing::error!(%school, why, "a stretch of the log that a hold kept was altered; it is left behind");
                continue;
            }
            Err(fault) => return Err(fault),
        };
        seal::check_subject(entered.transaction(), school, part.compartment, person).await?;
        let id = id::Row::new(now)?;
        let key = id.to_string();
        let sealed = seal::seal(entered, &place(school, part.compartment, &key), &packed).await?;
        let (day_file, origin, number): (String, String, i64) = (row.get(2)?, row.get(3)?, row.get(4)?);
        let values = [
            id.into(),
            school.into(),
            hold.into(),
            day_file.into(),
            origin.into(),
            number.into(),
            sealed.into(),
            now.into(),
        ];
        entered.change_one(&KEEP_STRETCH, &values).await?;
    }
    Ok(())
}

/// A stretch as it was packed.
async fn packed(
    entered: &mut Entered,
    unlocked: &Unlocked,
    compartment: id::Compartment,
    id: id::Row,
) -> Result<Zeroizing<Vec<u8>>, Fault> {
    let school = entered.session().school;
    let row = entered.row(&HELD_STRETCH, &[id.into(), school.into()]).await?.ok_or(Fault::NotFound)?;
    let sealed: Vec<u8> = row.get(0)?;
    let id = id.to_string();
    seal::open(entered.transaction(), unlocked, &place(school, compartment, &id), &sealed).await
}

async fn open(
    entered: &mut Entered,
    unlocked: &Unlocked,
    compartment: id::Compartment,
    id: id::Row,
) -> Result<Vec<Zeroizing<String>>, Fault> {
    let packed = packed(entered, unlocked, compartment, id).await?;
    let mut unpacked = Zeroizing::new(Vec::new());
    let read = GzDecoder::new(packed.as_slice()).take(MOST_UNPACKED).read_to_end(&mut unpacked);
    read.map_err(|_not_gzip| ground::damaged("how lines of the log were packed"))?;
    let whole = unpacked.strip_suffix(b"\n").unwrap_or(&unpacked);
    // Line by line: one that is no text takes no other with it.
    let text = |line: &[u8]| Zeroizing::new(String::from_utf8_lossy(line).into_owned());
    Ok(whole.split(|byte| *byte == b'\n').map(text).collect())
}

/// `None` where it is no name that the log gives its files.
fn day_of(day_file: &str) -> Option<Date> {
    day_file.split('.').next().and_then(|day| day.parse().ok())
}

fn place(school: id::School, compartment: id::Compartment, row: &str) -> seal::Place<'_> {
    seal::Place { school, compartment, table: TABLE, column: COLUMN, row }
}

fn pack(lines: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    let packed = packer.write_all(lines).and_then(|()| packer.finish());
    packed.map_err(|fault| Fault::Unavailable(format!("Lines of the log could not be packed: {fault}.")))
}
