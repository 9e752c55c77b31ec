//! What is done about a concern, one verb each. None waits for another: an agency is rung before anybody has said that they have it
//! (practice 2).

use super::{
    Agency, Course, Extent, Telling,
    facts::standing_of,
    further, harm,
    statements::{
        FILE_BY_REFERENCE, NEW_ACKNOWLEDGEMENT, NEW_ACTION, NEW_ACTION_DONE, NEW_ASSIGNED, NEW_CALL, NEW_DECISION,
        NEW_LINK, NEW_PARENT, NEW_PARENT_TOLD, OPEN_ACTION, OPEN_TELLING,
    },
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, FileKind, Resource},
    audit::Detail,
    file::{
        Words,
        ground::{self, FileRow, Spot, asking_person, seal_words},
        raise,
    },
    id,
    people::{self, Telling as MayTell},
};
use jiff::{Timestamp, ToSpan as _, civil::Date};

/// A first decision, or a further one.
#[derive(Debug, Clone)]
pub struct NewDecision {
    /// What it is.
    pub extent: Extent,
    /// What is done.
    pub course: Course,
    /// Why; asked for where it goes to no agency.
    pub reason: Option<Words>,
    /// When it is looked at again; asked for where it is only watched.
    pub review: Option<Date>,
    /// Whether the call of a referral was made, and written down, before it was decided.
    pub is_rung: bool,
}

/// Something to be done.
#[derive(Debug, Clone)]
pub struct NewAction {
    /// By whom: somebody who may read the file.
    pub owner: id::Person,
    /// What.
    pub words: Words,
    /// Until which day, which counts.
    pub due: Date,
}

/// What is decided for one parent or carer.
#[derive(Debug, Clone)]
pub struct NewTelling {
    /// Who.
    pub adult: id::Person,
    /// What.
    pub course: Telling,
    /// Why; asked for where they are not told.
    pub reason: Option<Words>,
    /// When it is looked at again; asked for where they are not told.
    pub review: Option<Date>,
    /// Whether it may be abuse in the family, female genital mutilation, forced marriage, honour-based abuse or fabricated illness: then
    /// nobody of the family is told before an agency has said so (practice 4).
    pub may_be_family_harm: bool,
}

/// A call to an agency.
#[derive(Debug, Clone)]
pub struct NewCall {
    /// Which.
    pub agency: Agency,
    /// When it was rung.
    pub rung_at: Timestamp,
    /// Whom we spoke to.
    pub spoke_to: Option<Words>,
    /// Their reference.
    pub reference: Option<Words>,
    /// What was said and advised.
    pub words: Option<Words>,
}

impl Records {
    /// The file with this reference. Of one that is not there it is a file that is not there, so that whatever is asked of it takes
    /// the path of what is only hidden.
    pub async fn concern_called(&self, session: &Session, reference: &str) -> Result<id::File, Fault> {
        let found = self.looking().await?.row(&FILE_BY_REFERENCE, &[session.school.into(), reference.into()]).await?;
        found.map_or_else(|| id::File::new(self.clock().now()), |row| row.get(0))
    }

    /// “I have it.” Stops the climb until something is reported again.
    pub async fn acknowledge_concern(&self, session: &Session, file: id::File) -> Result<(), Fault> {
        let mut entered = answer(self, session, file, "acknowledged").await?;
        let done = async {
            let (row, id) = open_row(&mut entered, file).await?;
            let [school, person, now] = by(&entered)?;
            entered.change_one(&NEW_ACKNOWLEDGEMENT, &[id.into(), school, row.id.into(), person, now]).await
        }
        .await;
        entered.finish(done).await
    }

    /// Decides what a concern is and what is done. Not to refer, and to do no more, is a decision with its reason. Whoever decides has
    /// it.
    pub async fn decide_concern(&self, session: &Session, file: id::File, new: &NewDecision) -> Result<(), Fault> {
        let mut entered = answer(self, session, file, "decided").await?;
        let done = decide(&mut entered, file, new).await.map(drop);
        entered.finish(done).await
    }

    /// Says who sees to it: somebody who may read the file. They are told that something is theirs now.
    pub async fn assign_concern(&self, session: &Session, file: id::File, owner: id::Person) -> Result<(), Fault> {
        let mut entered = answer(self, session, file, "assigned").await?;
        let done = async {
            let (row, id) = open_row(&mut entered, file).await?;
            check_reader(&mut entered, file, owner).await?;
            let [school, person, now] = by(&entered)?;
            let values = [id.into(), school, row.id.into(), owner.into(), person, now];
            entered.change_one(&NEW_ASSIGNED, &values).await?;
            tell_owner(&mut entered, file, owner, "file-assigned").await
        }
        .await;
        entered.finish(done).await
    }

    /// Writes down what is to be done, by whom, until when. Whose it is is told.
    pub async fn add_concern_action(
        &self,
        session: &Session,
        file: id::File,
        new: &NewAction,
    ) -> Result<id::Row, Fault> {
        let mut entered = answer(self, session, file, "action").await?;
        let done = async {
            let (row, id) = open_row(&mut entered, file).await?;
            check_reader(&mut entered, file, new.owner).await?;
            let words = sealed(&mut entered, (&row, "file_action", "words"), id, &new.words).await?;
            let [school, person, now] = by(&entered)?;
            let values =
                [id.into(), school, row.id.into(), new.owner.into(), words.into(), new.due.into(), person, now];
            entered.change_one(&NEW_ACTION, &values).await?;
            tell_owner(&mut entered, file, new.owner, "file-action").await?;
            Ok(id)
        }
        .await;
        entered.finish(done).await
    }

    /// Says that it was done, and how, by whose it was or whoever works on the file.
    pub async fn finish_concern_action(
        &self,
        session: &Session,
        file: id::File,
        action: id::Row,
        words: Option<&Words>,
    ) -> Result<(), Fault> {
        let mut entered = work(self, session, file, "action-done").await?;
        let done = async {
            let row = readable(&mut entered, file).await?;
            entered.row(&OPEN_ACTION, &[action.into(), file.into()]).await?.ok_or(Fault::NotFound)?;
            if further::is_waiting(entered.transaction(), file, action).await? {
                return Err(Fault::wrong(
                    "This waits for advice. Write down the advice, or who said that none is needed.",
                ));
            }
            let words = sealed_if(&mut entered, (&row, "file_action_done", "words"), action, words).await?;
            let [school, person, now] = by(&entered)?;
            entered.change_one(&NEW_ACTION_DONE, &[action.into(), school, words.into(), person, now]).await
        }
        .await;
        entered.finish(done).await
    }

    /// Decides for one parent or carer whether they are told. Nothing is ever sent by it. Whom a bar stands on is told nothing, and
    /// nobody of a family is while it may be harm in the family (practice 4). That it may be is kept on the concern from then on, also
    /// where the decision itself is refused because of it.
    pub async fn decide_parent(&self, session: &Session, file: id::File, new: &NewTelling) -> Result<(), Fault> {
        if new.may_be_family_harm {
            match self.suspect_family_harm(session, file, None).await {
                // It was kept before.
                Ok(()) | Err(Fault::Changed(_)) => {}
                Err(fault) => return Err(fault),
            }
        }
        let mut entered = answer(self, session, file, "parent").await?;
        let done = decide_parent(&mut entered, file, new).await;
        entered.finish(done).await
    }

    /// Writes down that a parent or carer was told as decided, how, and what they said.
    pub async fn parent_told(
        &self,
        session: &Session,
        file: id::File,
        decision: id::Row,
        words: &Words,
    ) -> Result<(), Fault> {
        let mut entered = work(self, session, file, "parent-told").await?;
        let done = async {
            let row = readable(&mut entered, file).await?;
            entered.row(&OPEN_TELLING, &[decision.into(), file.into()]).await?.ok_or(Fault::NotFound)?;
            let words = sealed(&mut entered, (&row, "file_parent_told", "words"), decision, words).await?;
            let [school, person, now] = by(&entered)?;
            entered.change_one(&NEW_PARENT_TOLD, &[decision.into(), school, words.into(), person, now]).await
        }
        .await;
        entered.finish(done).await
    }

    /// Writes down a call to an agency. Never behind any other step: whoever may read the file, whatever was decided (practice 2).
    pub async fn record_call(&self, session: &Session, file: id::File, new: &NewCall) -> Result<(), Fault> {
        let mut entered = work(self, session, file, "call").await?;
        let done = record_call(&mut entered, file, new).await;
        entered.finish(done).await
    }

    /// Says that another concern belongs to this one (C-33, C-45). Of two of one kind each shows the other; of a child's and an
    /// adult's only the adult's does, so that nobody can go from the child's to the adult. Shown only to who may know both.
    pub async fn link_concerns(
        &self,
        session: &Session,
        file: id::File,
        other: &str,
        why: Option<&Words>,
    ) -> Result<(), Fault> {
        let other = self.concern_called(session, other).await?;
        let mut entered = answer(self, session, file, "link").await?;
        let done = link(&mut entered, (file, other), why).await;
        entered.finish(done).await
    }
}

/// Leave to write down what was done: of whoever may read the file, also who was let in by name.
pub(super) async fn work(
    records: &Records,
    session: &Session,
    file: id::File,
    what: &'static str,
) -> Result<Entered, Fault> {
    let detail = Detail::none().with("what", what);
    records.act(session, Act::ConcernWorkedOn, Resource::File(file), detail).await
}

/// Leave to answer: of whoever works on the file.
pub(super) async fn answer(
    records: &Records,
    session: &Session,
    file: id::File,
    what: &'static str,
) -> Result<Entered, Fault> {
    let detail = Detail::none().with("what", what);
    records.act(session, Act::ConcernAnswered, Resource::File(file), detail).await
}

/// The school, whoever acts and the moment, as they stand in a row.
pub(super) fn by(entered: &Entered) -> Result<[crate::store::Value; 3], Fault> {
    Ok([entered.session().school.into(), asking_person(entered)?.into(), entered.now().into()])
}

/// The file that is open, and the id of a row about it.
pub(super) async fn open_row(entered: &mut Entered, file: id::File) -> Result<(FileRow, id::Row), Fault> {
    let school = entered.session().school;
    let row = ground::file(entered.transaction(), school, file).await?;
    if !ground::standing_of(entered.transaction(), file).await?.is_open {
        return Err(Fault::wrong("The concern is closed. Open it again first."));
    }
    Ok((row, id::Row::new(entered.now())?))
}

/// The file, to whoever may read it: that somebody reported to it once is not enough.
pub(super) async fn readable(entered: &mut Entered, file: id::File) -> Result<FileRow, Fault> {
    if !access::may_know(entered.standing(), entered.facts()) {
        return Err(Fault::NotFound);
    }
    let school = entered.session().school;
    ground::file(entered.transaction(), school, file).await
}

/// Seals words to their row in a file, without the names of adults whom a child's file names.
pub(super) async fn sealed(
    entered: &mut Entered,
    (file, table, column): (&FileRow, &'static str, &'static str),
    row: id::Row,
    words: &Words,
) -> Result<Vec<u8>, Fault> {
    let words = raise::masked_words(entered, file, words).await?;
    let row = row.to_string();
    seal_words(entered, Spot { compartment: file.compartment, table, column, row: &row }, &words).await
}

pub(super) async fn sealed_if(
    entered: &mut Entered,
    place: (&FileRow, &'static str, &'static str),
    row: id::Row,
    words: Option<&Words>,
) -> Result<Option<Vec<u8>>, Fault> {
    match words {
        Some(words) => sealed(entered, place, row, words).await.map(Some),
        None => Ok(None),
    }
}

/// Writes a decision; its row.
pub(super) async fn decide(entered: &mut Entered, file: id::File, new: &NewDecision) -> Result<id::Row, Fault> {
    if new.course.needs_reason() && new.reason.is_none() {
        return Err(Fault::wrong("reason: not to refer is a decision. Write why."));
    }
    if new.course == Course::Watch && new.review.is_none() {
        return Err(Fault::wrong("review: write the day on which this is decided again."));
    }
    check_review(entered, new.review, LONGEST_WATCH).await?;
    let (row, id) = open_row(entered, file).await?;
    if new.is_rung && (new.course != Course::Refer || !was_rung(entered, &row).await?) {
        return Err(Fault::wrong(
            "rung: no call is written down here yet about this. Write it down, or leave this out.",
        ));
    }
    let reason = sealed_if(entered, (&row, "file_decision", "reason"), id, new.reason.as_ref()).await?;
    let [school, person, now] = by(entered)?;
    let is_rung = new.is_rung.then_some(1_i64);
    let values = [
        id.into(),
        school,
        file.into(),
        person,
        new.extent.into(),
        new.course.into(),
        reason.into(),
        new.review.into(),
        is_rung.into(),
        now,
    ];
    entered.change_one(&NEW_DECISION, &values).await?;
    access::waits_no_more(entered, file).await?;
    Ok(id)
}

/// Whether a call is written down that a referral may name as its own. About an adult it is one since something was last reported: another
/// allegation is told to the designated officer too.
async fn was_rung(entered: &mut Entered, row: &FileRow) -> Result<bool, Fault> {
    let standing = standing_now(entered, row).await?;
    Ok(if row.kind == FileKind::Child { standing.calls > 0 } else { standing.is_heard })
}

/// How far ahead what is only watched is decided again: the longest of terms, in days and in words.
const LONGEST_WATCH: (i64, &str) = (112, "within 16 weeks: a term at most");

/// A day on which something is looked at again lies from today on, and not too far.
async fn check_review(entered: &mut Entered, day: Option<Date>, (most, words): (i64, &str)) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let today = super::Targets::of(entered.transaction(), school, now).await?.day_of(now);
    if day.is_some_and(|day| day < today || day > today.saturating_add(most.days())) {
        return Err(Fault::wrong(format!("review: write a day from today on, {words}.")));
    }
    Ok(())
}

/// Whose something is to be can read the file: a name on a list that they never see helps nobody.
async fn check_reader(entered: &mut Entered, file: id::File, owner: id::Person) -> Result<(), Fault> {
    let (school, now) = (entered.session().school, entered.now());
    let about = file.to_string();
    let kind = ("file-assigned", about.as_str());
    if access::would_be_told(entered.transaction(), (school, owner), kind, now).await? {
        return Ok(());
    }
    Err(Fault::wrong("owner: choose somebody who can read this concern. Others can be let in first."))
}

async fn tell_owner(entered: &mut Entered, file: id::File, owner: id::Person, kind: &str) -> Result<(), Fault> {
    if asking_person(entered)? == owner {
        return Ok(());
    }
    access::tell(entered, owner, kind, &file.to_string()).await
}

fn stopped() -> Fault {
    Fault::wrong(
        "course: it may be harm in the family, and that is kept on this concern: nobody of the family is told before an agency has said \
         so. Choose to wait for it. Only the safeguarding lead lifts this, with a reason.",
    )
}

async fn decide_parent(entered: &mut Entered, file: id::File, new: &NewTelling) -> Result<(), Fault> {
    let (row, id) = open_row(entered, file).await?;
    if row.kind != FileKind::Child {
        return Err(Fault::wrong("Parents are decided on in the child’s part."));
    }
    let family = people::who_may_be_told(entered, row.person).await?;
    let adult = family.adults.iter().find(|told| told.adult == new.adult).ok_or(Fault::NotFound)?;
    if new.course == Telling::Tell && adult.telling == MayTell::Never {
        return Err(Fault::wrong(
            "course: they must not be told or contacted. What stands against it is in their records.",
        ));
    }
    if new.course == Telling::Tell && harm::stands(entered.transaction(), file).await? {
        return Err(stopped());
    }
    if new.course.needs_reason() && new.reason.is_none() {
        return Err(Fault::wrong("reason: write why they are not told, or not yet."));
    }
    if new.review.is_none() && new.course.needs_reason() {
        return Err(Fault::wrong("review: write the day on which this is looked at again."));
    }
    check_review(entered, new.review, (366, "within a year")).await?;
    let reason = sealed_if(entered, (&row, "file_parent", "reason"), id, new.reason.as_ref()).await?;
    let [school, person, now] = by(entered)?;
    let values = [
        id.into(),
        school,
        file.into(),
        new.adult.into(),
        new.course.into(),
        reason.into(),
        new.review.into(),
        person,
        now,
    ];
    entered.change_one(&NEW_PARENT, &values).await
}

async fn record_call(entered: &mut Entered, file: id::File, new: &NewCall) -> Result<(), Fault> {
    let row = readable(entered, file).await?;
    if new.rung_at > entered.now() {
        return Err(Fault::wrong("rung_at: the call lies in the future. Write when it was."));
    }
    let id = id::Row::new(entered.now())?;
    let agency = sealed(entered, (&row, "file_call", "agency"), id, &Words::new(new.agency.word())?).await?;
    let spoke_to = sealed_if(entered, (&row, "file_call", "spoke_to"), id, new.spoke_to.as_ref()).await?;
    let reference = sealed_if(entered, (&row, "file_call", "reference"), id, new.reference.as_ref()).await?;
    let words = sealed_if(entered, (&row, "file_call", "words"), id, new.words.as_ref()).await?;
    let [school, person, now] = by(entered)?;
    let values = [
        id.into(),
        school,
        file.into(),
        agency.into(),
        spoke_to.into(),
        reference.into(),
        words.into(),
        new.rung_at.into(),
        person,
        now,
    ];
    entered.change_one(&NEW_CALL, &values).await
}

async fn link(entered: &mut Entered, (file, other): (id::File, id::File), why: Option<&Words>) -> Result<(), Fault> {
    if file == other {
        return Err(Fault::wrong("reference: this is the concern itself. Write another’s reference."));
    }
    if !ground::may_know(entered, other).await? {
        return Err(Fault::wrong("reference: there is no concern with this reference that you may know."));
    }
    let school = entered.session().school;
    let first = ground::file(entered.transaction(), school, file).await?;
    let second = ground::file(entered.transaction(), school, other).await?;
    for (row, to) in [(&first, &second), (&second, &first)] {
        let leads_to_adult = row.kind == FileKind::Child && to.kind == FileKind::StaffConcern;
        if !leads_to_adult {
            if row.id != file {
                // What is written into the other file stands in the log of that one too, for whoever may know it.
                let detail = Detail::none().with("what", "link");
                entered.also(Act::ConcernWorkedOn, Resource::File(row.id), detail).await?;
            }
            write_link(entered, row, to.id, why).await?;
        }
    }
    Ok(())
}

pub(super) async fn write_link(
    entered: &mut Entered,
    row: &FileRow,
    to: id::File,
    why: Option<&Words>,
) -> Result<(), Fault> {
    let id = id::Row::new(entered.now())?;
    let key = id.to_string();
    let spot = Spot { compartment: row.compartment, table: "file_link", column: "other", row: &key };
    let other = seal_words(entered, spot, &Words::new(to.to_string())?).await?;
    let why = sealed_if(entered, (row, "file_link", "why"), id, why).await?;
    let [school, person, now] = by(entered)?;
    entered.change_one(&NEW_LINK, &[id.into(), school, row.id.into(), other.into(), why.into(), person, now]).await
}

/// How a concern stands, for verbs that ask.
pub(super) async fn standing_now(entered: &mut Entered, row: &FileRow) -> Result<super::Standing, Fault> {
    let (school, now) = (entered.session().school, entered.now());
    standing_of(entered.transaction(), school, row, now).await
}
