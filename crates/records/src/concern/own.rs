//! What whoever raised a concern keeps in hand: that it was received, read, acted on, and no more; “I have heard more”; that they told
//! somebody in person (practice 30, C-03).

use super::{
    Said, ToldInPerson, Urgency,
    raise::{ordered_ids, write_told},
    statements::{OWN_CONCERNS, OWN_OTHERS, SENT},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Actor, Resource},
    audit::Detail,
    concern::climb,
    file::{self, EntryKind, NewEntry},
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
    /// Whether everybody's time to answer is over and nobody has: whoever raised it rings somebody themselves (practice 12).
    pub must_ring: bool,
    reports: Vec<id::Row>,
    entries: Vec<id::Entry>,
    files: Vec<id::File>,
}

impl Records {
    /// What somebody sent with a form of theirs.
    pub async fn sent_concern(&self, session: &Session, form: id::Row) -> Result<Sent, Fault> {
        let Actor::Person(person) = session.actor else { return Err(Fault::NotFound) };
        let detail = Detail::none().digest("form", form.to_string());
        let mut entered = self.act(session, Act::OwnReportsRead, Resource::Person(person), detail).await?;
        let found = sent(entered.transaction(), session.school, person, form).await;
        entered.finish(found.and_then(|found| found.ok_or(Fault::NotFound))).await
    }

    /// One's own concerns, newest first: that they are there and how far they came; nothing of who has them or what was found.
    pub async fn own_concerns(&self, session: &Session) -> Result<Vec<Own>, Fault> {
        let Actor::Person(person) = session.actor else { return Err(Fault::NotFound) };
        let shown = own(&mut self.looking().await?, session.school, person).await?;
        // Which and how many is a digest: readers of the log would learn that somebody reported.
        let keys: Vec<&str> = shown.iter().map(|own| own.key.as_str()).collect();
        let detail = Detail::none().digest("entries", keys.join(" "));
        let mut entered = self.act(session, Act::OwnReportsRead, Resource::Person(person), detail).await?;
        let listed = async {
            let mut all = own(entered.transaction(), session.school, person).await?;
            // Nothing is shown that the entry does not name.
            all.retain(|own| shown.iter().any(|known| known.key == own.key));
            judge(&mut entered, &mut all).await?;
            Ok(all)
        }
        .await;
        entered.finish(listed).await
    }

    /// One of them; none of somebody else's.
    pub async fn own_concern(&self, session: &Session, key: &str) -> Result<Own, Fault> {
        let mut all = self.own_concerns(session).await?;
        all.retain(|own| own.key == key);
        all.pop().ok_or(Fault::NotFound)
    }

    /// “I have heard more”: adds to each file of a concern of one's own, wherever it is now, in one act; where it was divided, to both
    /// parts. What goes into a child's part is masked as its first words were.
    pub async fn hear_more(
        &self,
        session: &Session,
        key: &str,
        said: &Said,
        moment: Option<Timestamp>,
    ) -> Result<(), Fault> {
        let own = self.own_concern(session, key).await?;
        let kinds =
            [(EntryKind::Seen, &said.seen), (EntryKind::Words, &said.words), (EntryKind::Opinion, &said.opinion)];
        let new: Vec<NewEntry> = kinds
            .into_iter()
            .filter_map(|(kind, text)| {
                let text = text.clone()?;
                Some(NewEntry { kind, severity: None, moment, text, reason: None })
            })
            .collect();
        if new.is_empty() {
            return Err(Fault::wrong("seen: write one line at least: what you have seen or heard since."));
        }
        let mut entered = None;
        let mut failed = None;
        for entry in &own.entries {
            let (file, _) = file::file_of(&mut self.looking().await?, session.school, *entry).await?;
            let detail = Detail::none().with("kind", "report");
            let added = match &mut entered {
                None => {
                    let begun = self.act(session, Act::EntryAdded, Resource::File(file), detail).await?;
                    let begun = entered.insert(begun);
                    add_all(begun, (file, *entry), &new).await
                }
                Some(entered) => match entered.also(Act::EntryAdded, Resource::File(file), detail).await {
                    Ok(()) => add_all(entered, (file, *entry), &new).await,
                    Err(fault) => Err(fault),
                },
            };
            if let Err(fault) = added {
                failed = Some(fault);
                break;
            }
        }
        let entered = entered.ok_or(Fault::NotFound)?;
        entered.finish(failed.map_or(Ok(()), Err)).await
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
async fn add_all(entered: &mut Entered, (file, own): (id::File, id::Entry), new: &[NewEntry]) -> Result<(), Fault> {
    for (id, entry) in ordered_ids(entered, new.len())?.into_iter().zip(new) {
        file::add_report(entered, file, id, entry).await?;
        file::add_to_twins(entered, own, id, entry).await?;
    }
    Ok(())
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
    let Some(first) = rows.first() else { return Ok(None) };
    let urgency = first.get::<Option<String>>(4)?.as_deref().and_then(Urgency::from_word).unwrap_or(Urgency::Today);
    let references = rows.iter().map(|row| row.get(3)).collect::<Result<_, Fault>>()?;
    Ok(Some(Sent { form, references, urgency, sent_at: first.get(5)?, is_again: false }))
}

/// What nobody has now is at its beginning again, whoever said before that they have it; and at the end of its climb whoever raised it is to
/// ring. The list says it too, not only the notice, which can be put away.
async fn judge(entered: &mut Entered, all: &mut [Own]) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let mut of_school = climb::School::read(entered.transaction(), school, now).await?;
    for own in all.iter_mut().filter(|own| climb::is_of_late(own.added_at.unwrap_or(own.raised_at), now)) {
        for file in &own.files {
            let stands = climb::stands(entered.transaction(), &mut of_school, *file).await?;
            if !stands.is_answered {
                own.stage = Stage::Received;
            }
            own.must_ring |= stands.must_ring;
        }
    }
    Ok(())
}

async fn own(t: &mut Transaction, school: id::School, person: id::Person) -> Result<Vec<Own>, Fault> {
    let mut all: Vec<Own> = Vec::new();
    for row in t.rows(&OWN_CONCERNS, &[school.into(), person.into()]).await? {
        let form: String = row.get(0)?;
        let key = form.strip_suffix(".adult").unwrap_or(&form).to_owned();
        let (id, entry) = (row.get::<id::File>(1)?, row.get::<id::Entry>(2)?);
        let urgency = row.get::<Option<String>>(4)?.as_deref().and_then(Urgency::from_word);
        let (raised_at, read_at, decided_at): (Timestamp, Option<Timestamp>, Option<Timestamp>) =
            (row.get(5)?, row.get(6)?, row.get(7)?);
        let added_at = row.get::<Option<Timestamp>>(8)?.filter(|at| *at > raised_at);
        let newest = added_at.unwrap_or(raised_at);
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
                must_ring: false,
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
            must_ring: false,
            reports: Vec::new(),
            entries: vec![entry],
            files: vec![row.get(2)?],
        });
    }
    // What was divided waits in both parts.
    for own in &mut all {
        for entry in own.entries.clone() {
            own.files.extend(file::twins(t, school, entry).await?.into_iter().map(|(_, file)| file));
        }
    }
    all.sort_by_key(|own| std::cmp::Reverse(own.raised_at));
    Ok(all)
}
