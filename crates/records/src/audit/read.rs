//! Reading the log: what a reader may know of, and nothing round it.
//!
//! An entry about a file that the reader may not know is left out whole; so are the ids of such files in the entries of lists.
//! What is shown has references made of the entry's hash instead of its number, because gaps between numbers would tell how
//! much was left out (practice 11). Reading the log is an entry itself.

use super::{
    Detail,
    chain::{Outcome, REPORT},
    line::Line,
    statements::{AT_MOMENT, NAME_OF, NEWEST},
};
use crate::{
    Fault, Records, Session,
    access::{self, Act, Actor, Decision, Facts, FileKind, Resource, Standing},
    id,
    people::Kind,
    pupil,
    store::{Transaction, hex},
};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What tells that a child would like to talk with somebody.
const OF_CHILDREN_HEARD: [Act; 4] = [Act::TrustedChosen, Act::TalkAsked, Act::TalkAnswered, Act::TalkPassedOn];

/// The most entries that are shown at once.
const MOST: usize = 200;
/// The most pages that are looked through for them.
const PAGES: usize = 400;

/// What is asked of the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Question {
    /// Only what is by or about this: the id of a person, a file or anything else.
    pub about: Option<String>,
    /// Only from this moment on.
    pub from: Option<Timestamp>,
    /// Only until before this moment.
    pub until: Option<Timestamp>,
    /// Of what `about` names, only what it did itself.
    pub by_them: bool,
    /// Only this act.
    pub act: Option<Act>,
    /// Only what was done, or only what was denied.
    pub outcome: Option<Outcome>,
    /// Only on this kind of thing: `school`, `person`, `file`.
    pub kind: Option<String>,
    /// Only what came before this entry.
    pub after: Option<Bookmark>,
    /// This entry and no other.
    pub only: Option<Bookmark>,
    /// How many entries at most; 200 at the very most.
    pub most: usize,
}

/// Where an entry stands, as its reader knows it: without its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bookmark {
    /// When it was written.
    pub moment: Timestamp,
    /// The beginning of its hash.
    pub reference: String,
}

/// An entry as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// What it goes by: the beginning of its hash.
    pub reference: String,
    /// When.
    pub moment: Timestamp,
    /// Who: a person's id, `console`, `clock`, or `sealed-sign-in` with its id.
    pub actor: String,
    /// What.
    pub act: String,
    /// Whether it was done or denied.
    pub outcome: String,
    /// On what: its kind, and its id if it has one.
    pub resource: String,
    /// What more it says.
    pub detail: Vec<(String, String)>,
}

/// The longest kind of thing that is asked for, in characters.
const LONGEST_KIND: usize = 40;

impl Shown {
    /// Where it stands.
    pub fn bookmark(&self) -> Bookmark {
        Bookmark { moment: self.moment, reference: self.reference.clone() }
    }

    /// Whether what is shown names this id.
    fn is_about(&self, id: &str) -> bool {
        self.actor == id || self.resource.ends_with(id) || self.detail.iter().any(|(_, value)| value.contains(id))
    }
}

/// What a reader gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The entries, newest first.
    pub entries: Vec<Shown>,
    /// Whether older ones were not looked at; ask again after the last of these.
    pub is_cut: bool,
    /// What the people are called who are shown by their ids, as far as the reader may know them.
    pub names: BTreeMap<String, String>,
}

impl Records {
    /// Entries of the log, newest first, for somebody who may read it. Whether what is asked for needs a purpose was asked before
    /// ([`Records::read_audit`]).
    pub(crate) async fn read_entries(&self, session: &Session, question: &Question) -> Result<Page, Fault> {
        let (page, about) = self.compile_entries(session, question, MOST).await?;
        let mut detail = Detail::none().shown(page.entries.iter().map(|entry| &entry.reference));
        if let Some(about) = about {
            detail = detail.with("about", about);
        }
        self.act(session, Act::AuditRead, Resource::School, detail).await?.commit().await?;
        Ok(page)
    }
}

impl Records {
    /// The entries that somebody may read, `most` of them, and whose id was asked for: without an entry, which the caller writes before
    /// anything is shown. None for whoever may not read the log.
    pub(super) async fn compile_entries(
        &self,
        session: &Session,
        question: &Question,
        most: usize,
    ) -> Result<(Page, Option<String>), Fault> {
        let about = question.about.as_deref().map(id::Row::parse).transpose()?.map(|id| id.to_string());
        let mut page = Page { entries: Vec::new(), is_cut: false, names: BTreeMap::new() };
        let mut transaction = self.looking().await?;
        let now = self.clock().now();
        let standing = access::standing(&mut transaction, session.school, session.actor, now).await?;
        let of_school = access::facts(&mut transaction, session.school, &Resource::School, now).await?;
        // Whoever may not read it gets no work done.
        if access::decide(&standing, Act::AuditRead, &of_school) == Decision::Allowed {
            let mut reader = Reader { transaction, standing, of_school, files: HashMap::new() };
            let question = Question { most: question.most.min(most), ..question.clone() };
            page = reader.page(session.school, &question, about.as_deref()).await?;
            page.names = reader.names(session.school, &page.entries).await?;
        }
        Ok((page, about))
    }
}

/// Somebody reading, and what is known of the files on the way.
struct Reader {
    transaction: Transaction,
    standing: Standing,
    of_school: Facts,
    /// Whether the reader may know of a file; nothing where there is no such file.
    files: HashMap<String, Option<bool>>,
}

impl Reader {
    async fn page(&mut self, school: id::School, question: &Question, about: Option<&str>) -> Result<Page, Fault> {
        let most = question.most;
        let from = question.only.as_ref().map(|only| only.moment).or(question.from);
        let from = from.map_or(i64::MIN, Timestamp::as_microsecond);
        let until = question.until.map_or(i64::MAX, Timestamp::as_microsecond);
        let mut page = Page { entries: Vec::new(), is_cut: false, names: BTreeMap::new() };
        let mut before = match (&question.only, &question.after) {
            (Some(only), _) => self.number_at(school, only).await?.ok_or(Fault::NotFound)?.saturating_add(1),
            (None, Some(after)) => self.number_at(school, after).await?.ok_or(Fault::NotFound)?,
            (None, None) => i64::MAX,
        };
        let kind = question.kind.as_deref().map(|kind| kind.chars().take(LONGEST_KIND).collect::<String>());
        for _ in 0..PAGES {
            let values = [
                school.into(),
                before.into(),
                from.into(),
                about.into(),
                until.into(),
                question.act.map(Act::word).into(),
                question.outcome.map(Outcome::word).into(),
                kind.as_deref().into(),
                about.filter(|_| question.by_them).into(),
            ];
            let rows = self.transaction.rows(&NEWEST, &values).await?;
            for row in &rows {
                let line = Line::of(row)?;
                before = line.number;
                let Some(shown) = self.shown(&line).await? else { continue };
                if question.only.as_ref().is_some_and(|only| only.reference != shown.reference) {
                    return Ok(page);
                }
                // It was found by what this reader may not see: that it is there would tell of it.
                if about.is_some_and(|about| !shown.is_about(about) && !line.subjects.contains(about)) {
                    continue;
                }
                if page.entries.len() == most {
                    page.is_cut = true;
                    return Ok(page);
                }
                page.entries.push(shown);
            }
            if rows.is_empty() {
                return Ok(page);
            }
        }
        page.is_cut = true;
        Ok(page)
    }

    /// The number of an entry that a reader was shown.
    async fn number_at(&mut self, school: id::School, bookmark: &Bookmark) -> Result<Option<i64>, Fault> {
        let values = [school.into(), bookmark.moment.into()];
        for row in self.transaction.rows(&AT_MOMENT, &values).await? {
            if reference(&row.get::<Vec<u8>>(1)?) == bookmark.reference {
                return row.get(0).map(Some);
            }
        }
        Ok(None)
    }

    /// What the people are called who did or met with what is shown, as far as the reader may know them.
    async fn names(&mut self, school: id::School, entries: &[Shown]) -> Result<BTreeMap<String, String>, Fault> {
        let mut names = BTreeMap::new();
        let mut asked = BTreeSet::new();
        for entry in entries {
            asked.insert(entry.actor.as_str());
            asked.extend(entry.resource.strip_prefix("person "));
        }
        for id in asked {
            let Ok(person) = id::Person::parse(id) else { continue };
            let now = self.standing.now;
            match access::facts(&mut self.transaction, school, &Resource::Person(person), now).await {
                Ok(facts) if access::decide(&self.standing, Act::PersonRead, &facts) == Decision::Allowed => {}
                Ok(_) | Err(Fault::NotFound) => continue,
                Err(fault) => return Err(fault),
            }
            if let Some(row) = self.transaction.row(&NAME_OF, &[school.into(), person.into()]).await? {
                names.insert(id.to_owned(), row.get(0)?);
            }
        }
        Ok(names)
    }

    /// The entry as this reader may see it, if at all.
    async fn shown(&mut self, line: &Line) -> Result<Option<Shown>, Fault> {
        // What the program notes for itself of keys and sealed words says nothing to a reader, and how much there is too much.
        if ["compartment", "holder-key", "sealed-words"].contains(&line.resource_kind.as_str()) {
            return Ok(None);
        }
        let is_report = line.resource_kind == REPORT;
        let is_of_file =
            is_report || line.resource_kind == "file" || line.file_kind.is_some() || line.compartment.is_some();
        if is_of_file && !self.may_know_as_stored(line) {
            return Ok(None);
        }
        if let Some(file) = line.resource.as_deref().filter(|_| line.resource_kind == "file")
            && self.may_know_file(file).await? == Some(false)
        {
            return Ok(None);
        }
        // Whoever comes to a duty that a report goes round does not learn of it from the log.
        if let Some(report) = line.resource.as_deref().filter(|_| is_report)
            && !self.may_know_report(report).await?
        {
            return Ok(None);
        }
        if line.resource_kind == "person" && !self.may_see_about_person(line).await? {
            return Ok(None);
        }
        let said: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&line.detail)
            .map_err(|_not_ours| Fault::Damaged("An entry cannot be read. Run holdfast audit verify.".to_owned()))?;
        let mut detail = Vec::new();
        for (key, value) in said {
            let Some(text) = value.as_str() else {
                detail.push((key, "(kept as a digest)".to_owned()));
                continue;
            };
            match key.as_str() {
                "file" if self.may_know_file(text).await? != Some(true) => return Ok(None),
                // What others were shown of the log says how much of it there is.
                "shown" if line.act == Act::AuditRead.word() => {}
                "shown" | "files" => {
                    let ids = self.known_of(text, key == "files").await?;
                    detail.push((key, ids));
                }
                _ => detail.push((key, text.to_owned())),
            }
        }
        let resource = match &line.resource {
            Some(id) => format!("{} {id}", line.resource_kind),
            None => line.resource_kind.clone(),
        };
        Ok(Some(Shown {
            reference: reference(&line.hash),
            moment: Timestamp::from_microsecond(line.moment).unwrap_or_default(),
            actor: line.actor.clone(),
            act: line.act.clone(),
            outcome: line.outcome.clone(),
            resource,
            detail,
        }))
    }

    /// Holds, looks and emergency access tell of a concern: shown to whom they might be known, and never to whom they are about.
    async fn may_see_about_person(&mut self, line: &Line) -> Result<bool, Fault> {
        let act = Act::ALL.iter().find(|act| act.word() == line.act);
        if act.is_some_and(|act| OF_CHILDREN_HEARD.contains(act)) {
            return self.may_know_that_child_asked(line).await;
        }
        let tells = act.is_none_or(|act| {
            use access::Capability::{
                Erase, ExportRecords, PlaceHold, ReadConfidential, ReadHistory, TakeEmergencyAccess,
            };
            matches!(
                act.capability(),
                PlaceHold | Erase | ReadHistory | TakeEmergencyAccess | ReadConfidential | ExportRecords
            )
        });
        let Some(person) = line.resource.as_deref().filter(|_| tells).and_then(|id| id::Person::parse(id).ok()) else {
            return Ok(!tells);
        };
        let now = self.standing.now;
        let facts = access::facts(&mut self.transaction, self.of_school.school, &Resource::Person(person), now).await;
        match facts {
            Ok(facts) => Ok(self.may_know_of_adult(&facts)
                && access::decide(&self.standing, Act::HoldsRead, &facts) == Decision::Allowed),
            // Tried on somebody who is not of this school: it tells of nobody here.
            Err(Fault::NotFound) => Ok(true),
            Err(fault) => Err(fault),
        }
    }

    /// That a child would like to talk is shown to those who look after that child, and to nobody whom something of theirs may be about:
    /// what a reader's own list does not show would tell them that they are kept out (practice 11).
    async fn may_know_that_child_asked(&mut self, line: &Line) -> Result<bool, Fault> {
        let Some(child) = line.resource.as_deref().and_then(|id| id::Person::parse(id).ok()) else { return Ok(false) };
        let Actor::Person(reader) = self.standing.actor else { return Ok(false) };
        let (school, now) = (self.of_school.school, self.standing.now);
        let kept_out = pupil::kept_out(&mut self.transaction, school, child, now).await?;
        Ok(self.standing.roll.readers(FileKind::Child, &kept_out).contains(&reader))
    }

    /// Of an adult who works here only whoever would answer for a file about them, not the data-protection officer: that there is a
    /// hold, or a look, tells of an allegation (practice 11).
    fn may_know_of_adult(&self, facts: &Facts) -> bool {
        let Some(person) = facts.person.filter(|_| matches!(facts.kind, Some(Kind::Staff | Kind::Governor))) else {
            return true;
        };
        let readers = self.standing.roll.readers(FileKind::StaffConcern, &[person]);
        matches!(self.standing.actor, Actor::Person(asker) if readers.contains(&asker))
    }

    /// Whether the reader may know of what the entry was about when it was written. Where its kind is not known (it was tried
    /// on a file that is not there), it counts as the most confidential: else what is shown would tell what there is.
    fn may_know_as_stored(&self, line: &Line) -> bool {
        let mut facts = self.of_school.clone();
        facts.file = match line.file_kind.as_deref() {
            Some("child") => Some(FileKind::Child),
            _ => Some(FileKind::StaffConcern),
        };
        facts.subjects = line.subjects.split_whitespace().filter_map(|id| id::Person::parse(id).ok()).collect();
        self.may_know(&facts)
    }

    /// Whether the reader may know of a file as it is now; nothing where there is no such file.
    async fn may_know_file(&mut self, file: &str) -> Result<Option<bool>, Fault> {
        if let Some(known) = self.files.get(file) {
            return Ok(*known);
        }
        let Ok(parsed) = id::File::parse(file) else { return Ok(None) };
        let facts =
            access::facts(&mut self.transaction, self.of_school.school, &Resource::File(parsed), self.standing.now)
                .await;
        let known = match facts {
            Ok(facts) => Some(self.may_know(&facts)),
            Err(Fault::NotFound) => None,
            Err(fault) => return Err(fault),
        };
        self.files.insert(file.to_owned(), known);
        Ok(known)
    }

    /// Whether the reader may know of a report as it is now; of one that is gone what stands in the entry decides.
    async fn may_know_report(&mut self, report: &str) -> Result<bool, Fault> {
        let Ok(parsed) = id::Report::parse(report) else { return Ok(false) };
        let school = self.of_school.school;
        match access::facts(&mut self.transaction, school, &Resource::Report(parsed), self.standing.now).await {
            Ok(facts) => Ok(self.may_know(&facts)),
            Err(Fault::NotFound) => Ok(true),
            Err(fault) => Err(fault),
        }
    }

    /// The ids of a list without those of files that the reader may not know, and, in a list of files, of those that are gone.
    async fn known_of(&mut self, ids: &str, are_files: bool) -> Result<String, Fault> {
        let mut known = Vec::new();
        for id in ids.split_whitespace() {
            match self.may_know_file(id).await? {
                Some(true) => known.push(id),
                None if !are_files => known.push(id),
                _ => {}
            }
        }
        Ok(known.join(" "))
    }

    fn may_know(&self, facts: &Facts) -> bool {
        access::may_know(&self.standing, facts)
    }
}

/// What an entry goes by: the beginning of its hash.
fn reference(hash: &[u8]) -> String {
    hex(hash.get(..6).unwrap_or_default())
}
