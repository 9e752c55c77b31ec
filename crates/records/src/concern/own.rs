//! What whoever raised a concern keeps in hand: that it was received, read, acted on, and no more; “I have heard more”; that they told
//! somebody in person (practice 30, C-03).

use super::{
    Said, ToldInPerson, Urgency,
    raise::write_told,
    statements::{OWN_CONCERNS, OWN_OTHERS, OWN_WAITING, SENT, SENT_WAITING, WRITTEN},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Actor, Resource},
    audit::Detail,
    concern::{climb, door},
    file::{self, EntryKind, NewEntry, Words},
    id,
    store::Transaction,
};
use jiff::Timestamp;

/// What was sent with a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The number of the form.
    pub form: id::Row,
    /// The reference of each file, the child's part first.
    pub references: Vec<String>,
    /// How urgent it was found.
    pub urgency: Urgency,
    /// When.
    pub sent_at: Timestamp,
    /// Whether it had been sent before: nothing was made this time.
    pub is_again: bool,
    /// Whether it waits to be placed, because it is about somebody who is not listed.
    pub is_unlisted: bool,
}

/// How far a concern came, as far as whoever raised it may know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// It is kept, and those who answer are told.
    Received,
    /// Somebody who answers for it says that they have it.
    Read,
    /// It was decided what is done.
    ActedOn,
}

/// One of one's own concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// By what it is known to its own pages: its form's number, or the entry where it came without a form.
    pub key: String,
    /// Its references; none where it came without a form.
    pub references: Vec<String>,
    /// How urgent it was found.
    pub urgency: Option<Urgency>,
    /// When it was raised.
    pub raised_at: Timestamp,
    /// When something was added last, if anything was.
    pub added_at: Option<Timestamp>,
    /// How far it came: of several files the one that is furthest behind.
    pub stage: Stage,
    /// When somebody was told in person, if that is written down.
    pub told_at: Option<Timestamp>,
    /// Whether it waits to be placed, because it is about somebody who is not listed: more is raised anew.
    pub is_unlisted: bool,
    /// Whether everybody's time to answer is over and nobody has: whoever raised it rings somebody themselves (practice 12).
    pub must_ring: bool,
    /// From when its writer is to ring, of what waits to be placed and nobody has.
    ring_at: Option<Timestamp>,
    /// What of it waits to be placed.
    waiting: Option<id::Report>,
    reports: Vec<id::Row>,
    entries: Vec<id::Entry>,
    files: Vec<id::File>,
}

/// What somebody has heard more.
#[derive(Debug, Clone)]
pub struct More {
    /// The number of the form: the same words sent twice with it are added once.
    pub form: id::Row,
    /// What was said, seen and thought.
    pub said: Said,
    /// When it happened, if that is known.
    pub moment: Option<Timestamp>,
    /// How urgent it is by this; nothing where it is as it was. It raises the severity and never lowers it: what became more urgent is asked
    /// about anew, faster.
    pub urgency: Option<Urgency>,
}

/// Whether it was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// It was.
    Now,
    /// The same had been sent before with this form: nothing was added this time.
    Before,
}

impl More {
    fn entries(&self) -> Result<Vec<NewEntry>, Fault> {
        let said = [
            (EntryKind::Seen, &self.said.seen),
            (EntryKind::Words, &self.said.words),
            (EntryKind::Opinion, &self.said.opinion),
        ];
        let mut entries: Vec<NewEntry> = said
            .into_iter()
            .filter_map(|(kind, text)| {
                let text = text.clone()?;
                Some(NewEntry { kind, severity: None, moment: self.moment, text, reason: None })
            })
            .collect();
        let Some(first) = entries.first_mut() else {
            return Err(Fault::wrong("seen: write one line at least: what you have seen or heard since."));
        };
        first.severity = self.urgency.and_then(Urgency::severity);
        Ok(entries)
    }

    /// The ids of what is added beside one's own entry in one of the files, in their order.
    fn ids(&self, person: id::Person, own: id::Entry, count: usize) -> Result<Vec<id::Entry>, Fault> {
        let Said { seen, words, opinion } = &self.said;
        let [seen, words, opinion] =
            [seen, words, opinion].map(|said| said.as_ref().map_or("", Words::as_str).as_bytes());
        let mut said = vec![person.bytes().as_slice(), own.bytes(), seen, words, opinion];
        said.extend(self.urgency.map(|urgency| urgency.word().as_bytes()));
        let place = |place| u8::try_from(place).map_err(|_many| Fault::wrong("That is too much at once."));
        (0..count).map(|at| Ok(id::Entry::of_form(self.form, place(at)?, &said))).collect()
    }
}

impl Records {
    /// What somebody sent with a form of theirs.
    pub async fn sent_concern(&self, session: &Session, form: id::Row) -> Result<Sent, Fault> {
        let Actor::Person(person) = session.actor else { return Err(Fault::NotFound) };
        // The same words as of a look at the list: that something was sent is nobody's to see in the log.
        let detail = Detail::none().digest("entries", form.to_string());
        let mut entered = self.act(session, Act::OwnReportsRead, Resource::Person(person), detail).await?;
        let found = sent(entered.transaction(), session.school, person, form).await;
        entered.finish(found.and_then(|found| found.ok_or(Fault::NotFound))).await
    }

    /// One's own concerns, newest first: that they are there and how far they came; nothing of who has them or what was found.
    pub async fn own_concerns(&self, session: &Session) -> Result<Vec<Own>, Fault> {
        self.own_of(session, None).await
    }

    /// Of one form, or all of them as far as a list goes.
    async fn own_of(&self, session: &Session, form: Option<id::Row>) -> Result<Vec<Own>, Fault> {
        let Actor::Person(person) = session.actor else { return Err(Fault::NotFound) };
        let shown = own(&mut self.looking().await?, (session.school, person), form).await?;
        // Which and how many is a digest: readers of the log would learn that somebody reported.
        let keys: Vec<&str> = shown.iter().map(|own| own.key.as_str()).collect();
        let detail = Detail::none().digest("entries", keys.join(" "));
        let mut entered = self.act(session, Act::OwnReportsRead, Resource::Person(person), detail).await?;
        let listed = async {
            let mut all = own(entered.transaction(), (session.school, person), form).await?;
            // Nothing is shown that the entry does not name.
            all.retain(|own| shown.iter().any(|known| known.key == own.key));
            judge(&mut entered, &mut all).await?;
            Ok(all)
        }
        .await;
        entered.finish(listed).await
    }

    /// One of them, however many there are; none of somebody else's.
    pub async fn own_concern(&self, session: &Session, key: &str) -> Result<Own, Fault> {
        let mut all = self.own_of(session, id::Row::parse(key).ok()).await?;
        all.retain(|own| own.key == key);
        all.pop().ok_or(Fault::NotFound)
    }

    /// “I have heard more”: adds to each file of a concern of one's own, wherever it is now, in one act; where it was divided, to both
    /// parts. What goes into a child's part is masked as its first words were. The same words sent twice with one form are added once.
    pub async fn hear_more(&self, session: &Session, key: &str, new: &More) -> Result<Added, Fault> {
        let Actor::Person(person) = session.actor else { return Err(Fault::NotFound) };
        // Of somebody in no list nothing can be masked in the child's part: more is raised anew.
        let own = Some(self.own_concern(session, key).await?).filter(|own| !own.is_unlisted).ok_or(Fault::NotFound)?;
        let entries = new.entries()?;
        let mut parts = Vec::new();
        for entry in &own.entries {
            parts.push(new.ids(person, *entry, entries.len())?);
        }
        let first = parts.first().and_then(|ids| ids.first()).copied().ok_or(Fault::NotFound)?;
        if was_added(&mut self.looking().await?, session.school, person, first).await? {
            return Ok(Added::Before);
        }
        let mut entered = None;
        let mut failed = None;
        for (entry, ids) in own.entries.iter().zip(parts) {
            let (file, _) = file::file_of(&mut self.looking().await?, session.school, *entry).await?;
            let detail = Detail::none().with("kind", "report");
            let begun = match &mut entered {
                None => {
                    let begun = entered.insert(self.act(session, Act::EntryAdded, Resource::File(file), detail).await?);
                    // Sent twice at once: the other one was quicker, and of this one nothing lasts.
                    match was_added(begun.transaction(), session.school, person, first).await {
                        Ok(false) => Ok(begun),
                        Ok(true) => return Ok(Added::Before),
                        Err(fault) => Err(fault),
                    }
                }
                Some(begun) => begun.also(Act::EntryAdded, Resource::File(file), detail).await.map(|()| begun),
            };
            let added = match begun {
                Ok(begun) => add_all(begun, (file, *entry), ids, &entries).await,
                Err(fault) => Err(fault),
            };
            if let Err(fault) = added {
                failed = Some(fault);
                break;
            }
        }
        let entered = entered.ok_or(Fault::NotFound)?;
        entered.finish(failed.map_or(Ok(Added::Now), Err)).await
    }

    /// Writes down that somebody was told in person.
    pub async fn told_in_person(&self, session: &Session, key: &str, told: ToldInPerson) -> Result<(), Fault> {
        let own = self.own_concern(session, key).await?;
        let (Some(file), false) = (own.files.first().copied(), own.reports.is_empty()) else {
            return Err(Fault::wrong("told: this came without a form. Add it as something that you have to say more."));
        };
        let mut entered = self.act(session, Act::ToldInPerson, Resource::File(file), Detail::none()).await?;
        let written = write_told(&mut entered, &own.reports, told).await;
        entered.finish(written).await
    }
}

/// Adds to the file that one's own entry is in, and to the other part of it, where it was divided.
async fn add_all(
    entered: &mut Entered,
    (file, own): (id::File, id::Entry),
    ids: Vec<id::Entry>,
    new: &[NewEntry],
) -> Result<(), Fault> {
    for (id, entry) in ids.into_iter().zip(new) {
        file::add_report(entered, file, id, entry).await?;
        file::add_to_twins(entered, own, id, entry).await?;
    }
    Ok(())
}

/// Whether somebody wrote this entry before.
async fn was_added(
    t: &mut Transaction,
    school: id::School,
    person: id::Person,
    entry: id::Entry,
) -> Result<bool, Fault> {
    Ok(t.row(&WRITTEN, &[entry.into(), school.into(), person.into()]).await?.is_some())
}

/// The number under which the adult's part of a pair was sent.
pub(super) fn adults_form(form: id::Row) -> String {
    format!("{form}.adult")
}

/// What somebody sent with a form before.
pub(super) async fn sent(
    t: &mut Transaction,
    school: id::School,
    person: id::Person,
    form: id::Row,
) -> Result<Option<Sent>, Fault> {
    let rows = t.rows(&SENT, &[school.into(), person.into(), form.into(), adults_form(form).into()]).await?;
    let Some(first) = rows.first() else {
        let waits = t.row(&SENT_WAITING, &[school.into(), person.into(), form.into()]).await?;
        let waits = waits.map(|row| {
            let urgency = if row.get(1)? { Urgency::Danger } else { Urgency::Today };
            Ok(Sent {
                form,
                references: vec![row.get(0)?],
                urgency,
                sent_at: row.get(2)?,
                is_again: false,
                is_unlisted: true,
            })
        });
        return waits.transpose();
    };
    let waits = t.row(&SENT_WAITING, &[school.into(), person.into(), form.into()]).await?;
    let urgency = first.get::<Option<String>>(4)?.as_deref().and_then(Urgency::from_word).unwrap_or(Urgency::Today);
    let mut references = rows.iter().map(|row| row.get(3)).collect::<Result<Vec<String>, Fault>>()?;
    // The child's part is there, and the adult's waits.
    let is_unlisted = waits.is_some();
    references.extend(waits.map(|row| row.get(0)).transpose()?);
    Ok(Some(Sent { form, references, urgency, sent_at: first.get(5)?, is_again: false, is_unlisted }))
}

/// The first entry of what somebody sent with a form: of a pair, the child's part.
pub(crate) async fn first_entry(
    t: &mut Transaction,
    school: id::School,
    person: id::Person,
    form: id::Row,
) -> Result<Option<id::Entry>, Fault> {
    let values = [school.into(), person.into(), form.into(), adults_form(form).into()];
    t.rows(&SENT, &values).await?.first().map(|row| row.get(2)).transpose()
}

/// What nobody has now is at its beginning again, whoever said before that they have it; and at the end of its climb whoever raised it is to
/// ring. The list says it too, not only the notice, which can be put away.
async fn judge(entered: &mut Entered, all: &mut [Own]) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let mut of_school = climb::School::read(entered.transaction(), school, now).await?;
    // What was decided stays so, whoever decided it.
    for own in all.iter_mut().filter(|own| own.stage != Stage::ActedOn || own.waiting.is_some()) {
        let mut is_answered = true;
        for file in &own.files {
            let stands = climb::stands(entered.transaction(), &mut of_school, *file).await?;
            is_answered &= stands.is_answered;
            own.must_ring |= stands.must_ring;
        }
        if let Some(report) = own.waiting {
            let waits = door::is_anybodys(entered.transaction(), of_school.roll(), (school, report), now).await?;
            is_answered &= waits;
            own.must_ring |= !waits && own.ring_at.is_some_and(|at| at <= now);
            if waits && own.files.is_empty() {
                own.stage = own.stage.max(Stage::Read);
            }
        }
        if !is_answered {
            own.stage = Stage::Received;
        }
    }
    Ok(())
}

/// What somebody raised; where a key is given, with that form, or without any.
async fn own(
    t: &mut Transaction,
    (school, person): (id::School, id::Person),
    form: Option<id::Row>,
) -> Result<Vec<Own>, Fault> {
    let mut all: Vec<Own> = Vec::new();
    let values = [school.into(), person.into(), form.into(), form.map(adults_form).into()];
    for row in t.rows(&OWN_CONCERNS, &values).await? {
        let form: String = row.get(0)?;
        let key = form.strip_suffix(".adult").unwrap_or(&form).to_owned();
        let (id, entry) = (row.get::<id::File>(1)?, row.get::<id::Entry>(2)?);
        let urgency = row.get::<Option<String>>(4)?.as_deref().and_then(Urgency::from_word);
        let (raised_at, read_at, decided_at): (Timestamp, Option<Timestamp>, Option<Timestamp>) =
            (row.get(5)?, row.get(6)?, row.get(7)?);
        // What waited to be placed stands in its file only since then.
        let newest = raised_at.max(row.get(10)?);
        let added_at = row.get::<Option<Timestamp>>(8)?.filter(|at| *at > newest);
        let newest = added_at.unwrap_or(newest);
        let stage = if decided_at.is_some_and(|at| at >= newest) {
            Stage::ActedOn
        } else if read_at.is_some_and(|at| at >= newest) {
            Stage::Read
        } else {
            Stage::Received
        };
        let told_at = row.get(9)?;
        match all.iter_mut().find(|own| own.key == key) {
            Some(own) => {
                own.references.push(row.get(3)?);
                own.entries.push(entry);
                own.files.push(id);
                own.stage = own.stage.min(stage);
                own.added_at = own.added_at.max(added_at);
            }
            None => all.push(Own {
                key,
                references: vec![row.get(3)?],
                urgency,
                raised_at,
                added_at,
                stage,
                told_at,
                is_unlisted: false,
                must_ring: false,
                ring_at: None,
                waiting: None,
                reports: Vec::new(),
                entries: vec![entry],
                files: vec![id],
            }),
        }
    }
    for own in &mut all {
        let Ok(form) = id::Row::parse(&own.key) else { continue };
        let rows = t.rows(&SENT, &[school.into(), person.into(), form.into(), adults_form(form).into()]).await?;
        own.reports = rows.iter().map(|row| row.get(0)).collect::<Result<_, Fault>>()?;
    }
    for row in t.rows(&OWN_OTHERS, &[school.into(), person.into()]).await? {
        let (entry, raised_at): (id::Entry, Timestamp) = (row.get(0)?, row.get(1)?);
        all.push(Own {
            key: entry.to_string(),
            references: Vec::new(),
            urgency: None,
            raised_at,
            added_at: None,
            stage: Stage::Received,
            told_at: None,
            is_unlisted: false,
            must_ring: false,
            ring_at: None,
            waiting: None,
            reports: Vec::new(),
            entries: vec![entry],
            files: vec![row.get(2)?],
        });
    }
    add_twins(t, (school, person), &mut all).await?;
    add_waiting(t, (school, person), form, &mut all).await?;
    all.sort_by_key(|own| std::cmp::Reverse(own.raised_at));
    Ok(all)
}

/// What was divided waits in both parts; but nobody hears anything of a part that is about themselves.
async fn add_twins(
    t: &mut Transaction,
    (school, person): (id::School, id::Person),
    all: &mut [Own],
) -> Result<(), Fault> {
    for own in all {
        for entry in own.entries.clone() {
            for (_, file) in file::twins(t, school, entry).await? {
                if !file::subjects(t, file).await?.contains(&person) {
                    own.files.push(file);
                }
            }
        }
    }
    Ok(())
}

/// What waits to be placed, because it is about somebody who is not listed. The adult's part of a concern of which the child's part was
/// sent stands with that.
async fn add_waiting(
    t: &mut Transaction,
    (school, person): (id::School, id::Person),
    form: Option<id::Row>,
    all: &mut Vec<Own>,
) -> Result<(), Fault> {
    for row in t.rows(&OWN_WAITING, &[school.into(), person.into(), form.into()]).await? {
        let (key, reference): (String, String) = (row.get(0)?, row.get(1)?);
        let (is_danger, raised_at, report): (bool, Timestamp, id::Report) = (row.get(2)?, row.get(3)?, row.get(4)?);
        let is_seen_to = row.get::<i64>(5)? > 0;
        let ring_at = (!is_seen_to).then(|| row.get(6)).transpose()?;
        // Whether somebody has it is judged by whether they may read it now.
        let (stage, waiting) = if is_seen_to { (Stage::ActedOn, None) } else { (Stage::Received, Some(report)) };
        if let Some(own) = all.iter_mut().find(|own| own.key == key) {
            own.references.push(reference);
            // What waits comes no further than read, however far the child's part is.
            own.stage = own.stage.min(if is_seen_to { Stage::ActedOn } else { Stage::Read });
            (own.is_unlisted, own.ring_at, own.waiting) = (true, ring_at, waiting);
            continue;
        }
        all.push(Own {
            key,
            references: vec![reference],
            urgency: is_danger.then_some(Urgency::Danger),
            raised_at,
            added_at: None,
            stage,
            told_at: None,
            is_unlisted: true,
            must_ring: false,
            ring_at,
            waiting,
            reports: Vec::new(),
            entries: Vec::new(),
            files: Vec::new(),
        });
    }
    Ok(())
}
