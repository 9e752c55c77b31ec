//! Wrong child (practice 21): what was written about one child and is about another goes to the right one. Nothing of it is
//! left with the first but a mark without content; the key is a new one, for those who are entitled now; the old key is
//! destroyed; whoever read it is listed, to be told.

use super::{
    EntryKind, EraseRule, TaskKind, Words, carry, erase,
    ground::{self, Beside, FileRow, Spot, asker, seal_entry, seal_words, unlocked},
    hold, marks,
    marks::NewMark,
    open, raise,
    read::{self, EntryView, Turn},
    statements::{
        ASKED_HOLD, DROP_ENTRY, DROP_WITHHELD, MOVE_REPORT_OF, MOVE_REPORTS, NEW_CLOSED, NEW_ENTRY, NEW_REMOVAL,
        NEW_REOPENED, REMOVALS,
    },
    twin,
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, Resource},
    audit::{self, Detail},
    concern::{answer::harm_goes_along, climb},
    id,
    seal::{self, Unlocked},
    store::Place,
};
use jiff::Timestamp;

/// What was about the wrong person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// The whole file.
    File(id::File),
    /// One entry of a file, and what amends it.
    Entry(id::Entry),
}

/// What mending came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mended {
    /// The file under the right person.
    pub file: id::File,
    /// The mark left on the wrong one.
    pub mark: marks::Mark,
    /// Who had read it, and when last: each is on the list of those to be told.
    pub readers: Vec<(id::Person, Timestamp)>,
    /// How many printed or exported copies are to be got back.
    pub copies: usize,
}

impl Records {
    /// Moves a file, or an entry of one, from the wrong person to the right one, with why. By who can open it. Whoever
    /// reported it can still add to it. The mark is kept beside the store, which is at `place`.
    pub async fn mend_wrong_child(
        &self,
        session: &Session,
        wrong: Wrong,
        right: id::Person,
        why: &Words,
        place: &Place,
    ) -> Result<Mended, Fault> {
        let from = match wrong {
            Wrong::File(file) => file,
            Wrong::Entry(entry) => ground::file_of(&mut self.looking().await?, session.school, entry).await?.0,
        };
        let what = if matches!(wrong, Wrong::File(_)) { "file" } else { "entry" };
        let detail = Detail::none().with("what", what);
        // What the file's hold kept of the gate's log goes with the file. Said also where there was nothing.
        let detail = if what == "file" { detail.with("log-kept", "dropped") } else { detail };
        let mut entered = self.act(session, Act::WrongChildMended, Resource::File(from), detail).await?;
        let mended = mend(&mut entered, (wrong, from), right, why).await;
        let mended = entered.finish(mended).await?;
        self.keep_marks(place).await?;
        Ok(mended)
    }
}

impl Records {
    /// The same in the running program, which knows where its store is.
    pub async fn mend_wrong_child_here(
        &self,
        session: &Session,
        wrong: Wrong,
        right: id::Person,
        why: &Words,
    ) -> Result<Mended, Fault> {
        let place = self.first_run().place().clone();
        self.mend_wrong_child(session, wrong, right, why, &place).await
    }
}

/// Moving would take it out of a hold that somebody placed (a police request, a court): the hold stands on the person.
async fn refuse_held(entered: &mut Entered, old: &FileRow) -> Result<(), Fault> {
    let school = entered.session().school;
    for person in ground::subjects(entered.transaction(), old.id).await? {
        if entered.row(&ASKED_HOLD, &[school.into(), person.into()]).await?.is_some() {
            return Err(Fault::NotAllowed(
                "Records of these people are held, and moving this would take it out of the hold. Whoever placed the hold lifts it, the \
                 file is moved, and the hold is placed again on whom it is about. Nothing was changed."
                    .to_owned(),
            ));
        }
    }
    Ok(())
}

async fn mend(
    entered: &mut Entered,
    (wrong, from): (Wrong, id::File),
    right: id::Person,
    why: &Words,
) -> Result<Mended, Fault> {
    let school = entered.session().school;
    let old = ground::any_file(entered.transaction(), school, from).await?;
    if old.person == right {
        return Err(Fault::wrong("The file is about this person already."));
    }
    refuse_held(entered, &old).await?;
    // A withheld file, or a file with a withheld entry, is one that was mended before; its target says which.
    let unlocked = unlocked(entered)?;
    let entries = read::entries(entered, &unlocked, &old).await?.into_iter().map(|(entry, _)| entry).collect();
    let (moving, is_whole) = choose(entries, wrong);
    if moving.is_empty() {
        return Err(Fault::NotFound);
    }
    // The new file is not named in the old one's entry: who may look at the first must not find the second by it.
    let to = id::File::new(entered.now())?;
    let opening = Detail::none().with("file", to.to_string());
    entered.also(Act::FileOpened, Resource::NewFile(old.kind, right), opening).await?;
    let removals = removals(entered, &unlocked, &old).await?;
    let new = start_again(entered, &old, to, right).await?;
    let turns = if is_whole { read::turns(entered, &unlocked, &old).await? } else { Vec::new() };
    let readers = readers(entered, from).await?;
    let copies = copies(entered, from).await?;
    let carried = if is_whole { Some(carry::read(entered, &unlocked, &old, false).await?) } else { None };
    let marked = if is_whole { from.to_string() } else { target(wrong) };
    let mut twins = Vec::new();
    if is_whole {
        move_pair(entered, &unlocked, &old, &new).await?;
        twins = twin::of_file(entered, &old).await?;
        let _how_many = entered.change(&MOVE_REPORTS, &[new.id.into(), from.into()]).await?;
        erase::drop_file(entered, from).await?;
        seal::shred(entered, old.compartment).await?;
    } else {
        for entry in moving.iter().rev() {
            let _was_one = entered.change(&DROP_WITHHELD, &[entry.id.into()]).await?;
            entered.change_one(&DROP_ENTRY, &[entry.id.into()]).await?;
            let _how_many = entered.change(&MOVE_REPORT_OF, &[new.id.into(), entry.id.into()]).await?;
        }
        harm_goes_along(entered, from, &new).await?;
    }
    write_again(entered, &new, &moving, &turns).await?;
    twin::keep_again(entered, &twins).await?;
    if let Some(carried) = carried {
        carry::write(entered, &new, carried, &[]).await?;
    }
    for removal in &removals {
        write_removal(entered, &new, removal).await?;
    }
    add_why(entered, &new, why).await?;
    // Those who may read it now have never seen it: it is asked about as what is newly reported is.
    climb::tell_due(entered, to).await?;
    let new_mark = NewMark {
        what: if is_whole { "file" } else { "entry" },
        target: &marked,
        kind: Some(old.kind),
        person: old.person,
        rule: EraseRule::WrongChild,
        proposed_by: asker(entered),
        agreed_by: None,
    };
    let mark = marks::leave(entered, &new_mark).await?;
    for reader in &readers {
        marks::task(entered, TaskKind::RecallReader, &mark.id, None, Some(*reader)).await?;
    }
    for copy in &copies {
        marks::task(entered, TaskKind::RecallCopy, &mark.id, None, Some(*copy)).await?;
    }
    marks::task(entered, TaskKind::AskDataProtection, &mark.id, None, None).await?;
    Ok(Mended { file: to, mark, readers, copies: copies.len() })
}

/// Somebody who was taken out by name and not let in again since, opened.
pub(super) struct Removal {
    person: id::Person,
    by: Option<id::Person>,
    reason: Words,
    recorded_at: Timestamp,
}

pub(super) async fn removals(entered: &mut Entered, unlocked: &Unlocked, old: &FileRow) -> Result<Vec<Removal>, Fault> {
    let removed = removed(entered, old.id).await?;
    let mut removals = Vec::new();
    for row in entered.rows(&REMOVALS, &[old.id.into()]).await? {
        let (id, person): (id::Row, id::Person) = (row.get(0)?, row.get(1)?);
        if !removed.contains(&person) {
            continue;
        }
        let row_id = id.to_string();
        let spot = Spot { compartment: old.compartment, table: "file_removal", column: "reason", row: &row_id };
        let reason = ground::open_words(entered, unlocked, spot, &row.get::<Vec<u8>>(3)?).await?;
        removals.push(Removal { person, by: row.get(2)?, reason, recorded_at: row.get(4)? });
    }
    Ok(removals)
}

pub(super) async fn removed(entered: &mut Entered, file: id::File) -> Result<Vec<id::Person>, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    Ok(access::facts(entered.transaction(), school, &Resource::File(file), now).await?.removed)
}

/// Whoever was taken out of the first file by name is out of the second as well: moving it must not let them in.
pub(super) async fn write_removal(entered: &mut Entered, new: &FileRow, removal: &Removal) -> Result<(), Fault> {
    let (school, id) = (entered.session().school, id::Row::new(entered.now())?);
    let row = id.to_string();
    let spot = Spot { compartment: new.compartment, table: "file_removal", column: "reason", row: &row };
    let reason = seal_words(entered, spot, &removal.reason).await?;
    let values = [
        id.into(),
        school.into(),
        new.id.into(),
        removal.person.into(),
        removal.by.into(),
        reason.into(),
        removal.recorded_at.into(),
    ];
    entered.change_one(&NEW_REMOVAL, &values).await
}

fn target(wrong: Wrong) -> String {
    match wrong {
        Wrong::File(file) => file.to_string(),
        Wrong::Entry(entry) => entry.to_string(),
    }
}

/// The entries to move, each after the one it amends, and whether nothing is left.
pub(super) fn choose(entries: Vec<EntryView>, wrong: Wrong) -> (Vec<EntryView>, bool) {
    let all = entries.len();
    let mut rest = entries;
    let mut moving: Vec<EntryView> = Vec::new();
    loop {
        let is_next = |entry: &EntryView, moving: &[EntryView]| match (entry.amends, wrong) {
            (None, Wrong::File(_)) => true,
            (_, Wrong::Entry(first)) if entry.id == first => true,
            (Some(amended), _) => moving.iter().any(|moved| moved.id == amended),
            (None, Wrong::Entry(_)) => false,
        };
        let (next, others): (Vec<_>, Vec<_>) = rest.into_iter().partition(|entry| is_next(entry, &moving));
        rest = others;
        if next.is_empty() {
            return (moving, rest.is_empty() && all > 0);
        }
        moving.extend(next);
    }
}

/// The file under the right person, with a key of its own for who is entitled to it. Adults it named are still kept out, and
/// so is whoever was taken out by name.
async fn start_again(entered: &mut Entered, old: &FileRow, to: id::File, right: id::Person) -> Result<FileRow, Fault> {
    let subjects = ground::subjects(entered.transaction(), old.id).await?;
    let named: Vec<id::Person> = subjects.into_iter().filter(|person| *person != old.person).collect();
    let without = removed(entered, old.id).await?;
    let start = raise::Start {
        file: to,
        kind: old.kind,
        person: right,
        named: &named,
        without: &without,
        concerned: &[],
        came_from: Some(old.id),
        reference: None,
    };
    let new = raise::start_file(entered, &start).await?;
    Ok(new)
}

/// Seals what was opened to the new file, under the ids and moments it had.
pub(super) async fn write_again(
    entered: &mut Entered,
    new: &FileRow,
    entries: &[EntryView],
    turns: &[Turn],
) -> Result<(), Fault> {
    let school = entered.session().school;
    for entry in entries {
        let row = entry.id.to_string();
        let spot = |column| Spot { compartment: new.compartment, table: "file_entry", column, row: &row };
        let amends = entry.amends.filter(|amended| entries.iter().any(|moved| moved.id == *amended));
        let EntryView { author, kind, severity, moment, recorded_at, .. } = *entry;
        let beside = Beside { author, kind, amends, severity, moment, recorded_at };
        let text = seal_entry(entered, spot("text"), &beside, &entry.text).await?;
        let reason = match &entry.reason {
            Some(reason) => Some(seal_entry(entered, spot("reason"), &beside, reason).await?),
            None => None,
        };
        let values = [
            entry.id.into(),
            school.into(),
            new.id.into(),
            author.into(),
            kind.word().into(),
            amends.into(),
            severity.map(super::Severity::number).into(),
            text.into(),
            reason.into(),
            moment.into(),
            recorded_at.into(),
        ];
        entered.change_one(&NEW_ENTRY, &values).await?;
    }
    for turn in turns {
        write_turn(entered, new, turn).await?;
    }
    open::may_be_open(entered, new.id).await?;
    open::was_closed(entered, new.id).await?;
    if ground::standing_of(entered.transaction(), new.id).await?.is_open {
        hold::for_case(entered, new).await?;
    }
    Ok(())
}

async fn write_turn(entered: &mut Entered, new: &FileRow, turn: &Turn) -> Result<(), Fault> {
    let school = entered.session().school;
    let row = turn.id.to_string();
    let spot = |table, column| Spot { compartment: new.compartment, table, column, row: &row };
    let [id, school, file, by] = [turn.id.into(), school.into(), new.id.into(), turn.by.into()];
    if let Some(outcome) = &turn.outcome {
        let outcome = seal_words(entered, spot("file_closed", "outcome"), outcome).await?;
        let reason = seal_words(entered, spot("file_closed", "reason"), &turn.reason).await?;
        let values = [id, school, file, by, outcome.into(), reason.into(), turn.recorded_at.into()];
        entered.change_one(&NEW_CLOSED, &values).await
    } else {
        let reason = seal_words(entered, spot("file_reopened", "reason"), &turn.reason).await?;
        let values = [id, school, file, by, reason.into(), turn.recorded_at.into()];
        entered.change_one(&NEW_REOPENED, &values).await
    }
}

pub(super) async fn add_why(entered: &mut Entered, new: &FileRow, why: &Words) -> Result<(), Fault> {
    let id = id::Entry::new(entered.now())?;
    let text = why.clone();
    let entry = raise::NewEntry { kind: EntryKind::Note, severity: None, moment: None, text, reason: None };
    raise::write_entry(entered, new, id, None, &entry).await
}

/// An adult's part keeps which child's part belongs to it.
async fn move_pair(entered: &mut Entered, unlocked: &Unlocked, old: &FileRow, new: &FileRow) -> Result<(), Fault> {
    match read::child_part(entered, unlocked, old).await? {
        Some(child) => raise::write_pair(entered, new, child).await,
        None => Ok(()),
    }
}

/// Who read the file, and when last, but whoever mends it now.
async fn readers(entered: &mut Entered, file: id::File) -> Result<Vec<(id::Person, Timestamp)>, Fault> {
    let (school, asker) = (entered.session().school, asker(entered));
    let mut readers = audit::readers(entered.transaction(), school, file).await?;
    readers.retain(|(person, _)| Some(*person) != asker);
    Ok(readers)
}

/// Who printed or exported it, each time.
pub(super) async fn copies(entered: &mut Entered, file: id::File) -> Result<Vec<(id::Person, Timestamp)>, Fault> {
    let school = entered.session().school;
    let copies = audit::copies(entered.transaction(), school, &file.to_string()).await?;
    Ok(copies.into_iter().map(|(_, person, moment)| (person, moment)).collect())
}
