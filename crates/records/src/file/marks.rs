//! Marks: what is left of what was erased or moved to the right child. They hold ids only, so they can lie unsealed beside
//! the store and beside its backups, and a backup that is older than the erasing is cleaned with them when it is restored.

use super::{
    EraseRule, TaskKind, erase,
    ground::{self, asking_person},
    statements::{FILE_OF_ENTRY, MARKS, MARKS_OF, NEW_MARK, NEW_TASK, NEW_WITHHELD},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Actor, Duty, FileKind, Resource},
    audit::{Detail, MachineKey},
    id,
    store::{Place, Row, Value, hex},
};
use aws_lc_rs::hmac;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{ErrorKind, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::Path,
};
use zeroize::Zeroizing;

/// The file that marks are kept in beside the store and its backups, one JSON object a line.
pub const FILE_NAME: &str = "erased.jsonl";

/// Beside it, held by whoever writes it.
const LOCK_NAME: &str = "erased.lock";

/// A mark. Ids and codes; no name and no word of what was there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Its id.
    pub id: String,
    /// The school.
    pub school: String,
    /// `file`, `entry` or `person`.
    pub what: String,
    /// The id of what is gone.
    pub target: String,
    /// The kind of file it was or was in.
    pub kind: Option<String>,
    /// On whom the mark stays.
    pub person: String,
    /// Under which rule.
    pub rule: String,
    /// By whom: who proposed it, or who moved it.
    pub proposed_by: Option<String>,
    /// By whom it was agreed to.
    pub agreed_by: Option<String>,
    /// When.
    pub erased_at: Timestamp,
}

/// A mark as it lies in a folder, with the proof that the machine wrote it: whoever can write to the folder, and has not the
/// machine's secrets, cannot have something erased by the next restoring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The mark.
    #[serde(flatten)]
    pub mark: Mark,
    /// Its proof, as base64.
    #[serde(default)]
    pub proof: Option<String>,
}

/// The key that proves the marks of one school. It comes from the machine's own key and tells nothing of it, so that a backup
/// can carry it, sealed: with two custodians' codes, marks are proven on another machine too.
pub(crate) struct MarksKey(Zeroizing<[u8; 32]>);

impl PartialEq for MarksKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_slice() == other.0.as_slice()
    }
}

impl MarksKey {
    /// This machine's, for a school.
    pub(crate) fn of(machine: &MachineKey, school: &str) -> Self {
        Self(Zeroizing::new(machine.mark("the key of erasure marks", school.as_bytes())))
    }

    /// One that was kept.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    /// Its bytes, to be sealed.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    fn prove(&self, mark: Mark) -> Kept {
        let proof = hmac::sign(&self.key(), mark.text().as_bytes());
        Kept { mark, proof: Some(BASE64_STANDARD.encode(proof.as_ref())) }
    }

    /// Whether a mark was written with this key, as it is now.
    pub(crate) fn has_made(&self, kept: &Kept) -> bool {
        let proof = kept.proof.as_ref().and_then(|proof| BASE64_STANDARD.decode(proof).ok());
        proof.is_some_and(|proof| hmac::verify(&self.key(), kept.mark.text().as_bytes(), &proof).is_ok())
    }

    fn key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.bytes())
    }
}

/// What applying marks to a restored store came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Applied {
    /// How many things were erased again.
    pub erased: u64,
    /// How many were withheld, because they came back under the wrong child.
    pub withheld: u64,
}

impl Mark {
    pub(super) fn of(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            id: row.get(0)?,
            school: row.get(1)?,
            what: row.get(2)?,
            target: row.get(3)?,
            kind: row.get(4)?,
            person: row.get(5)?,
            rule: row.get(6)?,
            proposed_by: row.get(7)?,
            agreed_by: row.get(8)?,
            erased_at: row.get(9)?,
        })
    }

    /// Everything it says, so that no two marks read the same.
    fn text(&self) -> String {
        serde_json::json!([
            self.id,
            self.school,
            self.what,
            self.target,
            self.kind,
            self.person,
            self.rule,
            self.proposed_by,
            self.agreed_by,
            self.erased_at.to_string(),
        ])
        .to_string()
    }

    fn values(&self) -> [Value; 10] {
        [
            self.id.as_str().into(),
            self.school.as_str().into(),
            self.what.as_str().into(),
            self.target.as_str().into(),
            self.kind.clone().into(),
            self.person.as_str().into(),
            self.rule.as_str().into(),
            self.proposed_by.clone().into(),
            self.agreed_by.clone().into(),
            self.erased_at.into(),
        ]
    }
}

/// Reads the marks of a folder. A folder without the file has none.
pub fn read(folder: &Path) -> Result<Vec<Kept>, Fault> {
    let path = folder.join(FILE_NAME);
    let mut text = String::new();
    match File::options().read(true).open(&path).and_then(|mut file| file.read_to_string(&mut text)) {
        Ok(_bytes) => {}
        Err(fault) if fault.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(fault) => return Err(cannot(&path, &fault)),
    }
    let mark = |(line, text): (usize, &str)| {
        serde_json::from_str(text).map_err(|fault| {
            Fault::Damaged(format!(
                "{}, line {}, is no mark of an erasure: {fault}. What it says must not be lost: look at a copy of the file.",
                path.display(),
                line + 1
            ))
        })
    };
    text.lines().enumerate().filter(|(_, text)| !text.trim().is_empty()).map(mark).collect()
}

/// Adds marks to those of a folder, in the place of others with their ids. Written aside, under a name that nobody else writes
/// to, synced and put in place; one writer at a time, so that none is lost because two wrote at once.
pub fn write(folder: &Path, marks: &[Kept]) -> Result<(), Fault> {
    let lock = folder.join(LOCK_NAME);
    let alone = File::options().write(true).create(true).truncate(false).mode(0o600).open(&lock);
    let alone = alone.map_err(|fault| cannot(&lock, &fault))?;
    match alone.lock() {
        // A share that knows no locks: whoever writes there at the same moment writes its own marks again with the next backup.
        Err(fault) if fault.kind() == ErrorKind::Unsupported => {}
        locked => locked.map_err(|fault| cannot(&lock, &fault))?,
    }
    let by_id = |marks: Vec<Kept>| marks.into_iter().map(|kept| (kept.mark.id.clone(), kept));
    let known: BTreeMap<String, Kept> = by_id(read(folder)?).collect();
    let mut all = known.clone();
    all.extend(by_id(marks.to_vec()));
    if all == known {
        return Ok(());
    }
    let mut text = String::new();
    for mark in all.values() {
        text.push_str(&serde_json::to_string(mark).map_err(|fault| Fault::Unavailable(fault.to_string()))?);
        text.push('\n');
    }
    let (path, aside) = (folder.join(FILE_NAME), folder.join(format!("{FILE_NAME}.{}.new", own_name()?)));
    let written = (|| {
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(&aside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&aside, &path)?;
        File::options().read(true).open(folder)?.sync_all()
    })();
    if written.is_err() {
        // What could not be put in place only takes room.
        let _may_stay = fs::remove_file(&aside);
    }
    written.map_err(|fault| cannot(&path, &fault))
}

/// A name that no other writer has.
fn own_name() -> Result<String, Fault> {
    let mut random = [0; 8];
    getrandom::fill(&mut random)
        .map_err(|fault| Fault::Unavailable(format!("The system gave no random bytes: {fault}.")))?;
    Ok(hex(&random))
}

fn cannot(path: &Path, fault: &std::io::Error) -> Fault {
    Fault::Unavailable(format!(
        "{} cannot be used: {fault}. It says what was erased; without it, a restored backup would bring that back.",
        path.display()
    ))
}

impl Records {
    /// Every mark in the store with its proof, to be kept beside it and beside its backups.
    pub async fn marks(&self) -> Result<Vec<Kept>, Fault> {
        let mut looking = self.looking().await?;
        let mut marks = Vec::new();
        for row in looking.rows(&MARKS, &[]).await? {
            let mark = Mark::of(&row)?;
            let key = MarksKey::of(looking.key()?, &mark.school);
            marks.push(key.prove(mark));
        }
        Ok(marks)
    }

    /// Keeps every mark beside the store, which is at this place: so that a backup that is restored is cleaned by them, when
    /// the store itself is lost. Whatever erases or moves does it once that lasts.
    ///
    /// # Errors
    /// [`Fault::Unavailable`] where they cannot be written; what was erased is erased all the same.
    pub async fn keep_marks(&self, place: &Place) -> Result<(), Fault> {
        let folder = place.records_folder();
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder);
        made.map_err(|fault| cannot(&folder, &fault))?;
        write(&folder, &self.marks().await?)
    }

    /// Cleans a store that was just restored of what was erased after its backup was made. What had been moved from the
    /// wrong child, and is back, is withheld from everybody until it has been moved again: erasing it would lose a concern.
    pub async fn apply_marks(&self, marks: &[Mark]) -> Result<Applied, Fault> {
        let known: Vec<String> = self.marks().await?.into_iter().map(|kept| kept.mark.id).collect();
        let mut applied = Applied::default();
        for mark in marks.iter().filter(|mark| !known.contains(&mark.id)) {
            let school = id::School::parse(&mark.school).map_err(|_not_an_id| ground::damaged("a mark's school"))?;
            let session = Session { school, actor: Actor::Clock, unlocked: None };
            check_target(mark)?;
            let detail = Detail::none().with("mark", mark.id.as_str()).with("rule", mark.rule.as_str());
            let mut entered = self.act(&session, Act::Erased, Resource::School, detail).await?;
            match ground::person(entered.transaction(), school, parse_person(&mark.person)?).await {
                // The backup is older than the person, and so than everything that the mark is about.
                Err(Fault::NotFound) => continue,
                found => drop(found?),
            }
            let mark = &of_people_here(&mut entered, mark).await?;
            entered.change_one(&NEW_MARK, &mark.values()).await?;
            if mark.rule == EraseRule::WrongChild.word() {
                applied.withheld += withhold(&mut entered, mark).await?;
            } else {
                applied.erased += u64::from(erase::again(&mut entered, mark).await?);
            }
            entered.commit().await?;
        }
        Ok(applied)
    }
}

/// The mark without those who did it and whom the backup is too old to know: the mark counts without them.
async fn of_people_here(entered: &mut Entered, mark: &Mark) -> Result<Mark, Fault> {
    let school = entered.session().school;
    let mut known = [mark.proposed_by.clone(), mark.agreed_by.clone()];
    for by in &mut known {
        if let Some(person) = by {
            match ground::person(entered.transaction(), school, parse_person(person)?).await {
                Err(Fault::NotFound) => *by = None,
                found => drop(found?),
            }
        }
    }
    let [proposed_by, agreed_by] = known;
    Ok(Mark { proposed_by, agreed_by, ..mark.clone() })
}

/// What a mark is of can be looked for. One of which it cannot is not passed over: what it says was erased would be back.
fn check_target(mark: &Mark) -> Result<(), Fault> {
    id::Row::parse(&mark.target).map(drop).map_err(|_not_an_id| {
        Fault::Damaged(format!(
            "The mark {} of an erasure cannot be read: what it is of is no id. Look at a copy of {FILE_NAME}.",
            mark.id
        ))
    })
}

fn parse_person(text: &str) -> Result<id::Person, Fault> {
    id::Person::parse(text).map_err(|_not_an_id| ground::damaged("a mark's person"))
}

/// Withholds what came back under the wrong child, and leaves a task to move it again.
async fn withhold(entered: &mut Entered, mark: &Mark) -> Result<u64, Fault> {
    let school = entered.session().school;
    let file = if mark.what == "file" {
        id::File::parse(&mark.target)?
    } else {
        let found = entered.row(&FILE_OF_ENTRY, &[mark.target.as_str().into(), school.into()]).await?;
        let Some(row) = found else { return Ok(0) };
        row.get(0)?
    };
    let row = match ground::any_file(entered.transaction(), school, file).await {
        Ok(row) => row,
        Err(Fault::NotFound) => return Ok(0),
        Err(fault) => return Err(fault),
    };
    if row.person.to_string() != mark.person {
        return Ok(0);
    }
    let now = entered.now();
    let values = [mark.target.as_str().into(), school.into(), mark.id.as_str().into(), now.into()];
    entered.change_one(&NEW_WITHHELD, &values).await?;
    task(entered, TaskKind::MendAgain, &mark.id, Some(file), None).await?;
    Ok(1)
}

/// A mark about to be left.
pub(super) struct NewMark<'a> {
    pub what: &'a str,
    pub target: &'a str,
    pub kind: Option<FileKind>,
    pub person: id::Person,
    pub rule: EraseRule,
    pub proposed_by: Option<id::Person>,
    pub agreed_by: Option<id::Person>,
}

/// Leaves a mark.
pub(super) async fn leave(entered: &mut Entered, new: &NewMark<'_>) -> Result<Mark, Fault> {
    let mark = Mark {
        id: id::Row::new(entered.now())?.to_string(),
        school: entered.session().school.to_string(),
        what: new.what.to_owned(),
        target: new.target.to_owned(),
        kind: new.kind.map(|kind| kind.word().to_owned()),
        person: new.person.to_string(),
        rule: new.rule.word().to_owned(),
        proposed_by: new.proposed_by.map(|person| person.to_string()),
        agreed_by: new.agreed_by.map(|person| person.to_string()),
        erased_at: entered.now(),
    };
    entered.change_one(&NEW_MARK, &mark.values()).await?;
    Ok(mark)
}

/// Leaves a task with a mark; of which reader, and when they last saw it.
pub(super) async fn task(
    entered: &mut Entered,
    kind: TaskKind,
    mark: &str,
    file: Option<id::File>,
    reader: Option<(id::Person, Timestamp)>,
) -> Result<(), Fault> {
    let values = [
        id::Row::new(entered.now())?.into(),
        entered.session().school.into(),
        kind.word().into(),
        mark.into(),
        file.into(),
        reader.map(|(person, _)| person).into(),
        reader.map(|(_, moment)| moment).into(),
        entered.now().into(),
    ];
    entered.change_one(&NEW_TASK, &values).await
}

/// The marks on a person that the asker may see.
pub(crate) async fn seen(entered: &mut Entered, person: id::Person) -> Result<Vec<Mark>, Fault> {
    let school = entered.session().school;
    let mut seen = Vec::new();
    for row in entered.rows(&MARKS_OF, &[school.into(), person.into()]).await? {
        let mark = Mark::of(&row)?;
        if may_see(entered, &mark).await? {
            seen.push(mark);
        }
    }
    Ok(seen)
}

/// Whether the asker may know of a mark: who would be entitled to such a file about the person, and, of children, the
/// data-protection officer. Never the person.
pub(super) async fn may_see(entered: &mut Entered, mark: &Mark) -> Result<bool, Fault> {
    let asker = asking_person(entered)?;
    let person = parse_person(&mark.person)?;
    if asker == person {
        return Ok(false);
    }
    let is_officer = entered.standing().duties.contains(&Duty::DataProtection);
    let kind = mark.kind.as_deref().and_then(FileKind::from_word);
    if is_officer && kind != Some(FileKind::StaffConcern) {
        return Ok(true);
    }
    let school = entered.session().school;
    let kind = match kind {
        Some(kind) => kind,
        None => ground::kind_for(&ground::person(entered.transaction(), school, person).await?.kind),
    };
    ground::is_entitled(entered, kind, person, asker).await
}
