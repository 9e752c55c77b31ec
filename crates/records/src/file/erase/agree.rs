//! Proposing and agreeing.

use super::{Periods, erase_entry, erase_file, expire, person, with_amendments};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, Capability, Decision, Duty, FileKind, Resource},
    audit::Detail,
    file::{
        Called, EraseRule, Mark, TaskKind, called,
        ground::{self, asking_person},
        hold, marks,
        marks::NewMark,
        mend,
        statements::{EXTENT_OF_FILE, NEW_PROPOSAL, NEW_WITHDRAWAL, PROPOSAL, PROPOSALS},
    },
    id,
    people::Kind,
    store::{Place, Row, Transaction},
};
use jiff::{Timestamp, tz::TimeZone};
use std::collections::BTreeSet;

/// Tables of which the number of rows about a person tells that somebody was concerned about them.
const TELLING: [&str; 5] = ["hold", "hold_lifted", "emergency", "emergency_review", "purpose"];

/// What is to be erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A whole file.
    File(id::File),
    /// An entry, with everything that amends it.
    Entry(id::Entry),
    /// What is kept about a person who left, and about whom there is no file.
    Person(id::Person),
}

/// Which tables it reaches and how many rows of each, in the order of the tables: what the second person agrees to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extent(pub Vec<(String, i64)>);

impl Extent {
    fn text(&self) -> String {
        let parts: Vec<String> = self.0.iter().map(|(table, rows)| format!("{table} {rows}")).collect();
        parts.join(", ")
    }
}

/// A proposal that nobody has agreed to yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Its id.
    pub id: id::Row,
    /// What is to be erased.
    pub target: Target,
    /// The file that is to be erased, or of which an entry is; looked up for a list with references.
    pub file: Option<id::File>,
    /// About whom it is.
    pub person: id::Person,
    /// Under which rule.
    pub rule: EraseRule,
    /// Which tables it reaches and how many rows of each.
    pub extent: String,
    /// Who proposed it.
    pub proposed_by: id::Person,
    /// When.
    pub proposed_at: Timestamp,
}

/// The proposals that the asker may know of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proposals {
    /// Those that wait for a second person.
    pub waiting: Vec<Proposal>,
    /// How many could not be shown, because what they would erase is not there any more: it was moved, or went with its file.
    /// Whoever may propose for the person is told, so that they are withdrawn.
    pub not_shown: u64,
}

impl Target {
    fn word(self) -> &'static str {
        match self {
            Self::File(_) => "file",
            Self::Entry(_) => "entry",
            Self::Person(_) => "person",
        }
    }

    fn id(self) -> String {
        match self {
            Self::File(file) => file.to_string(),
            Self::Entry(entry) => entry.to_string(),
            Self::Person(person) => person.to_string(),
        }
    }

    fn of(word: &str, id: &str) -> Result<Self, Fault> {
        Ok(match word {
            "file" => Self::File(id::File::parse(id)?),
            "entry" => Self::Entry(id::Entry::parse(id)?),
            "person" => Self::Person(id::Person::parse(id)?),
            _ => return Err(ground::damaged("what a proposal is of")),
        })
    }
}

impl Proposal {
    fn of(row: &Row) -> Result<Self, Fault> {
        Ok(Self {
            id: row.get(0)?,
            target: Target::of(&row.get::<String>(1)?, &row.get::<String>(2)?)?,
            file: None,
            person: row.get(3)?,
            rule: EraseRule::from_word(&row.get::<String>(4)?).ok_or_else(|| ground::damaged("a rule"))?,
            extent: row.get(5)?,
            proposed_by: row.get(6)?,
            proposed_at: row.get(7)?,
        })
    }
}

impl Records {
    /// Proposes that something be erased, under a rule; what it reaches is counted and named now.
    pub async fn propose_erasure(&self, session: &Session, target: Target, rule: EraseRule) -> Result<Proposal, Fault> {
        if rule == EraseRule::WrongChild {
            return Err(Fault::wrong("What is about the wrong child is moved to the right one, not erased."));
        }
        let resource = self.resource(session.school, target).await?;
        let id = id::Row::new(self.clock().now())?;
        let detail =
            Detail::none().with("rule", rule.word()).with("what", target.word()).with("proposal", id.to_string());
        let mut entered = self.act(session, Act::ErasureProposed, resource, detail).await?;
        let proposed = propose(&mut entered, id, target, rule).await;
        entered.finish(proposed).await
    }

    /// Agrees to a proposal and erases, in one act: another person than who proposed it, and no subject. If it would reach
    /// something else than was proposed, nothing is erased. The mark is kept beside the store, which is at `place`.
    pub async fn agree_erasure(&self, session: &Session, proposal: id::Row, place: &Place) -> Result<Mark, Fault> {
        let (found, resource) = self.proposed(session, proposal).await?;
        let detail = Detail::none().with("proposal", proposal.to_string());
        let detail = match &found {
            Some(found) => detail.with("rule", found.rule.word()).with("what", found.target.word()),
            None => detail,
        };
        let mut entered = self.act(session, Act::Erased, resource, detail).await?;
        let mark = agree(&mut entered, proposal).await;
        let mark = entered.finish(mark).await?;
        self.keep_marks(place).await?;
        Ok(mark)
    }

    /// The same in the running program, which knows where its store is.
    pub async fn agree_erasure_here(&self, session: &Session, proposal: id::Row) -> Result<Mark, Fault> {
        let place = self.first_run().place().clone();
        self.agree_erasure(session, proposal, &place).await
    }

    /// Takes a proposal back: by whoever may propose one.
    pub async fn withdraw_erasure(&self, session: &Session, proposal: id::Row) -> Result<(), Fault> {
        let (_, resource) = self.proposed(session, proposal).await?;
        let detail = Detail::none().with("proposal", proposal.to_string());
        let mut entered = self.act(session, Act::ErasureWithdrawn, resource, detail).await?;
        let withdrawn = withdraw(&mut entered, proposal).await;
        entered.finish(withdrawn).await
    }

    /// The proposals that the asker may know of.
    pub async fn list_erasures(&self, session: &Session) -> Result<Proposals, Fault> {
        let mut entered = self.act(session, Act::ErasuresListed, Resource::School, Detail::none()).await?;
        let seen = seen(&mut entered).await;
        entered.finish(seen).await
    }

    /// The same, with what those who proposed and the files are called; a file is found also by an entry of it.
    pub async fn list_erasures_called(&self, session: &Session) -> Result<(Proposals, Called), Fault> {
        let mut entered = self.act(session, Act::ErasuresListed, Resource::School, Detail::none()).await?;
        let seen = seen_called(&mut entered).await;
        entered.finish(seen).await
    }

    async fn resource(&self, school: id::School, target: Target) -> Result<Resource, Fault> {
        resource(&mut self.looking().await?, school, target).await
    }

    /// A proposal that waits, and what leave is to be asked for. For one that is not there it is asked for a file that is not
    /// there, so that the attempt stands in the log. One whose target went otherwise is decided by whom it is about.
    async fn proposed(&self, session: &Session, id: id::Row) -> Result<(Option<Proposal>, Resource), Fault> {
        let mut looking = self.looking().await?;
        let found = looking.row(&PROPOSAL, &[id.into(), session.school.into()]).await?;
        let Some(found) = found.as_ref().map(Proposal::of).transpose()? else {
            return Ok((None, Resource::File(id::File::parse(&id.to_string())?)));
        };
        let resource = resource(&mut looking, session.school, found.target).await?;
        let resource = match access::facts(&mut looking, session.school, &resource, self.clock().now()).await {
            Err(Fault::NotFound) => Resource::Person(found.person),
            facts => facts.map(|_is_there| resource)?,
        };
        Ok((Some(found), resource))
    }
}

async fn propose(entered: &mut Entered, id: id::Row, target: Target, rule: EraseRule) -> Result<Proposal, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let proposed_by = asking_person(entered)?;
    let about = about(entered, target).await?;
    refuse_before_its_time(entered, target, rule).await?;
    // What the proposer may not know keeps it silently: it is looked at again when somebody agrees.
    if kept(entered, target, &about).await? == KeptFor::KnownReason {
        return Err(is_kept(entered, &about).await?);
    }
    refuse_alone(entered, &about, proposed_by)?;
    let extent = extent(entered, target).await?.text();
    let values = [
        id.into(),
        school.into(),
        target.word().into(),
        target.id().into(),
        about.person.into(),
        rule.word().into(),
        extent.as_str().into(),
        proposed_by.into(),
        now.into(),
    ];
    entered.change_one(&NEW_PROPOSAL, &values).await?;
    let proposal =
        Proposal { id, target, file: None, person: about.person, rule, extent, proposed_by, proposed_at: now };
    as_known(entered, proposal).await
}

/// A proposal as whoever asks may see it: that a record is held or was looked at tells of a concern.
async fn as_known(entered: &mut Entered, mut proposal: Proposal) -> Result<Proposal, Fault> {
    if matches!(proposal.target, Target::Person(_)) {
        let school = entered.session().school;
        let kind = ground::kind_for(&ground::person(entered.transaction(), school, proposal.person).await?.kind);
        let asker = asking_person(entered)?;
        if !ground::is_entitled(entered, kind, proposal.person, asker).await? {
            let tells = |part: &&str| TELLING.contains(&part.split(' ').next().unwrap_or_default());
            let parts: Vec<&str> = proposal.extent.split(", ").filter(|part| !tells(part)).collect();
            proposal.extent = parts.join(", ");
        }
    }
    Ok(proposal)
}

async fn agree(entered: &mut Entered, proposal: id::Row) -> Result<Mark, Fault> {
    let school = entered.session().school;
    let agreed_by = asking_person(entered)?;
    // Looked at again behind the entry: it may have been withdrawn or done in between.
    let found = entered.row(&PROPOSAL, &[proposal.into(), school.into()]).await?;
    let proposal = Proposal::of(&found.ok_or(Fault::NotFound)?)?;
    if agreed_by == proposal.proposed_by {
        return Err(Fault::NotAllowed("You proposed this yourself. Another person has to agree.".to_owned()));
    }
    let about = about(entered, proposal.target).await?;
    if about.subjects.contains(&agreed_by) {
        return Err(Fault::NotFound);
    }
    refuse_before_its_time(entered, proposal.target, proposal.rule).await?;
    refuse_without_judge(entered, &proposal, agreed_by)?;
    let kept = kept(entered, proposal.target, &about).await?;
    if kept == KeptFor::KnownReason {
        return Err(is_kept(entered, &about).await?);
    }
    // In the same words: whoever may not know what keeps it is not told that anything does.
    if kept == KeptFor::HiddenReason || extent(entered, proposal.target).await?.text() != proposal.extent {
        return Err(Fault::Changed(
            "Something was added since this was proposed. Nothing was erased; look at it, and propose it again."
                .to_owned(),
        ));
    }
    let by = (Some(proposal.proposed_by), Some(agreed_by));
    erase(entered, proposal.target, &about, proposal.rule, by).await
}

async fn withdraw(entered: &mut Entered, proposal: id::Row) -> Result<(), Fault> {
    let (school, asker, now) = (entered.session().school, asking_person(entered)?, entered.now());
    entered.row(&PROPOSAL, &[proposal.into(), school.into()]).await?.ok_or(Fault::NotFound)?;
    entered.change_one(&NEW_WITHDRAWAL, &[proposal.into(), school.into(), asker.into(), now.into()]).await
}

/// The proposals that wait, as far as the asker may know of them.
pub(crate) async fn seen(entered: &mut Entered) -> Result<Proposals, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let asker = asking_person(entered)?;
    let mut seen = Proposals::default();
    for row in entered.rows(&PROPOSALS, &[school.into()]).await? {
        let proposal = Proposal::of(&row)?;
        if proposal.person == asker {
            continue;
        }
        let resource = resource(entered.transaction(), school, proposal.target).await?;
        let (facts, is_there) = match access::facts(entered.transaction(), school, &resource, now).await {
            Err(Fault::NotFound) => {
                let about = Resource::Person(proposal.person);
                (access::facts(entered.transaction(), school, &about, now).await?, false)
            }
            facts => (facts?, true),
        };
        if access::decide(entered.standing(), Act::ErasureProposed, &facts) != Decision::Allowed {
            continue;
        }
        if is_there {
            seen.waiting.push(as_known(entered, proposal).await?);
        } else {
            seen.not_shown += 1;
        }
    }
    Ok(seen)
}

async fn seen_called(entered: &mut Entered) -> Result<(Proposals, Called), Fault> {
    let school = entered.session().school;
    let mut seen = seen(entered).await?;
    let mut files = BTreeSet::new();
    for proposal in &mut seen.waiting {
        if let Resource::File(file) = resource(entered.transaction(), school, proposal.target).await? {
            proposal.file = Some(file);
            files.insert(file);
        }
    }
    let people = seen.waiting.iter().map(|proposal| proposal.proposed_by).collect();
    let called = called(entered, people, files).await?;
    Ok((seen, called))
}

/// What leave is asked for. Of an entry that is not there it is a file that is not there.
async fn resource(t: &mut Transaction, school: id::School, target: Target) -> Result<Resource, Fault> {
    Ok(match target {
        Target::File(file) => Resource::File(file),
        Target::Person(person) => Resource::Person(person),
        Target::Entry(entry) => Resource::File(ground::file_of(t, school, entry).await?.0),
    })
}

/// Refuses the rule that its time has ended while its time runs, and says until when.
async fn refuse_before_its_time(entered: &mut Entered, target: Target, rule: EraseRule) -> Result<(), Fault> {
    if rule != EraseRule::Retention {
        return Ok(());
    }
    let (school, now) = (entered.session().school, entered.now());
    let kept = match resource(entered.transaction(), school, target).await? {
        Resource::File(file) => expire::kept_file(entered, file).await?,
        _ => match target {
            Target::Person(person) => expire::kept_person(entered, person).await?,
            Target::File(_) | Target::Entry(_) => return Err(Fault::NotFound),
        },
    };
    let periods = Periods::of(entered.transaction(), school).await?;
    let until = match expire::ends_at(&kept, &periods) {
        Some(ends) if ends <= now => return Ok(()),
        Some(ends) => format!("on {}", ends.to_zoned(TimeZone::UTC).date()),
        None => "on no day that is known yet: whom it is about has not left, or the school set no period".to_owned(),
    };
    Err(Fault::NotAllowed(format!(
        "Its time has not ended; it ends {until} (holdfast setting show retention.child_file, and beside it). Nothing was erased. \
         If another rule applies, propose it under that."
    )))
}

/// Refuses what nobody else could agree to: a proposal that only waits would hide that nothing will come of it. Family of the child
/// cannot, and whoever was taken out of the file neither.
fn refuse_alone(entered: &Entered, about: &About, proposer: id::Person) -> Result<(), Fault> {
    let Some(kind) = about.kind else { return Ok(()) };
    let roll = &entered.standing().roll;
    let kept_out = entered.facts().kept_out();
    let mut others = roll.readers(kind, &kept_out);
    others.extend(&entered.facts().admitted);
    if kind == FileKind::Child {
        others.extend(roll.answering(Duty::DataProtection, &kept_out));
    }
    let may_erase = |person: id::Person| roll.acting(person).iter().any(|duty| Capability::Erase.is_of(*duty));
    let may_agree = |person: id::Person| person != proposer && !kept_out.contains(&person) && may_erase(person);
    if others.into_iter().any(may_agree) {
        return Ok(());
    }
    Err(Fault::NotAllowed(
        "Erasing takes two people who may know of the file, and nobody else may who could agree. Nothing was proposed. Let a \
         second person in by name, whom it does not concern: the chair of governors, the trust’s safeguarding lead or the \
         designated safeguarding lead (holdfast file admit). Then propose it again."
            .to_owned(),
    ))
}

/// Whom something is about.
pub(super) struct About {
    pub person: id::Person,
    pub subjects: Vec<id::Person>,
    pub kind: Option<FileKind>,
}

async fn about(entered: &mut Entered, target: Target) -> Result<About, Fault> {
    let school = entered.session().school;
    match resource(entered.transaction(), school, target).await? {
        Resource::File(file) => {
            let row = ground::any_file(entered.transaction(), school, file).await?;
            let subjects = ground::subjects(entered.transaction(), file).await?;
            Ok(About { person: row.person, subjects, kind: Some(row.kind) })
        }
        _ => match target {
            Target::Person(person) => Ok(about_person(person)),
            Target::File(_) | Target::Entry(_) => Err(Fault::NotFound),
        },
    }
}

/// What is about a person and no file.
pub(super) fn about_person(person: id::Person) -> About {
    About { person, subjects: vec![person], kind: None }
}

/// Of an adult who works here, one of the two is somebody who would hear a concern about them: only they know whether there is one.
fn refuse_without_judge(entered: &Entered, proposal: &Proposal, agreed_by: id::Person) -> Result<(), Fault> {
    let Target::Person(person) = proposal.target else { return Ok(()) };
    let roll = &entered.standing().roll;
    let is_of_school = matches!(entered.facts().kind, Some(Kind::Staff | Kind::Governor)) || roll.has(person);
    let judges = roll.readers(FileKind::StaffConcern, &[person]);
    if !is_of_school || judges.contains(&agreed_by) || judges.contains(&proposal.proposed_by) {
        return Ok(());
    }
    Err(Fault::NotAllowed(
        "Of somebody who works here, one of the two who erase is the headteacher (or the chair of governors, if it is about the \
         headteacher). Nothing was erased."
            .to_owned(),
    ))
}

/// Whether something keeps what is to be erased, and whether whoever asks may know what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeptFor {
    Nothing,
    KnownReason,
    HiddenReason,
}

/// Whether a hold covers it, or it is still needed. A hold on somebody's file, and that there is a file about them, is not for
/// everybody to know who may propose that their record be erased.
async fn kept(entered: &mut Entered, target: Target, about: &About) -> Result<KeptFor, Fault> {
    let school = entered.session().school;
    let Target::Person(person) = target else {
        let is_held = hold::is_held(entered.transaction(), school, &about.subjects).await?;
        return Ok(if is_held { KeptFor::KnownReason } else { KeptFor::Nothing });
    };
    if person::is_here(entered, person).await? {
        return Ok(KeptFor::KnownReason);
    }
    let mut kept = KeptFor::Nothing;
    let known = |is_known: bool| if is_known { KeptFor::KnownReason } else { KeptFor::HiddenReason };
    if person::is_needed(entered, person).await? {
        // A court order or a no-contact may be what needs it.
        let reads = |duty: &Duty| Capability::ReadConfidential.is_of(*duty);
        kept = known(entered.standing().duties.iter().any(reads));
    }
    for is_known in hold::which_are_known(entered, person).await? {
        kept = if kept == KeptFor::KnownReason { kept } else { known(is_known) };
    }
    for file in person::files(entered, person).await? {
        let is_known = ground::may_know(entered, file).await?;
        kept = if kept == KeptFor::KnownReason { kept } else { known(is_known) };
    }
    Ok(kept)
}

/// That it is kept, with whom to ask. It does not say why.
async fn is_kept(entered: &mut Entered, about: &About) -> Result<Fault, Fault> {
    let school = entered.session().school;
    let kind = ground::person(entered.transaction(), school, about.person).await?.kind;
    let whom = match ground::kind_for(&kind) {
        FileKind::Child => "the designated safeguarding lead",
        FileKind::StaffConcern => "the headteacher (or the chair of governors, if it is about the headteacher)",
    };
    Ok(Fault::NotAllowed(format!("These records are to be kept for now; nothing was erased. Ask {whom}.")))
}

async fn extent(entered: &mut Entered, target: Target) -> Result<Extent, Fault> {
    let mut parts = match target {
        Target::File(file) => {
            let rows = entered.rows(&EXTENT_OF_FILE, &[file.into()]).await?;
            rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<Vec<_>, Fault>>()?
        }
        Target::Entry(entry) => {
            let entries = with_amendments(entered, entry).await?;
            vec![("file_entry".to_owned(), i64::try_from(entries.len()).unwrap_or(i64::MAX))]
        }
        Target::Person(person) => person::extent(entered, person).await?,
    };
    parts.retain(|(_, rows)| *rows > 0);
    parts.sort();
    Ok(Extent(parts))
}

/// Erases, and leaves the mark and the tasks.
pub(super) async fn erase(
    entered: &mut Entered,
    target: Target,
    about: &About,
    rule: EraseRule,
    (proposed_by, agreed_by): (Option<id::Person>, Option<id::Person>),
) -> Result<Mark, Fault> {
    let school = entered.session().school;
    let copies = match resource(entered.transaction(), school, target).await? {
        Resource::File(file) => mend::copies(entered, file).await?,
        _ => Vec::new(),
    };
    match target {
        Target::File(file) => erase_file(entered, file).await?,
        Target::Entry(entry) => erase_entry(entered, entry).await?,
        Target::Person(person) => person::erase_person(entered, person).await?,
    }
    let new_mark = NewMark {
        what: target.word(),
        target: &target.id(),
        kind: about.kind,
        person: about.person,
        rule,
        proposed_by,
        agreed_by,
    };
    let mark = marks::leave(entered, &new_mark).await?;
    for copy in copies {
        marks::task(entered, TaskKind::RecallCopy, &mark.id, None, Some(copy)).await?;
    }
    Ok(mark)
}
