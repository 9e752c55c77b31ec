//! “I am not sure how to go on” (C-26): what is asked stands as something that is its writer's to do, with a day by how severe it is, until
//! the advice is written down. It stops nothing else.

use super::statements::{NEW_ADVICE, NEW_UNSURE, OPEN_UNSURE, UNSURE};
use crate::{
    Entered, Fault, Records, Session,
    concern::answer::{
        Targets,
        case::Sealed,
        statements::{NEW_ACTION, NEW_ACTION_DONE},
        write::{by, open_row, readable, sealed, standing_now, work},
    },
    file::{
        Words,
        ground::{FileRow, asking_person},
    },
    id,
    seal::Unlocked,
    store::Transaction,
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// What somebody is unsure of.
#[derive(Debug, Clone)]
pub struct NewUnsure {
    /// The number of the form: the same words sent twice with it are one question.
    pub form: id::Row,
    /// What they ask.
    pub question: Words,
    /// Whom they ask.
    pub whom: Words,
}

/// The advice that came.
#[derive(Debug, Clone)]
pub struct NewAdvice {
    /// Who gave it.
    pub adviser: Words,
    /// What they said, and what follows.
    pub words: Words,
    /// When they said it.
    pub advised_at: Timestamp,
}

/// What was asked of whom, and who advised, opened. The question and the advice are the action's own words.
#[derive(Debug, Clone)]
pub struct AdviceView {
    /// Whom they ask.
    pub whom: Words,
    /// Who advised, and when.
    pub advised: Option<(Words, Timestamp)>,
}

impl Records {
    /// Says that the asker is not sure how to go on, and whom they ask; what stands there already from the same form is answered with again.
    /// Of whoever may read the file.
    pub async fn ask_advice(&self, session: &Session, file: id::File, new: &NewUnsure) -> Result<id::Row, Fault> {
        let mut entered = work(self, session, file, "unsure").await?;
        let asked = ask(&mut entered, file, new).await;
        entered.finish(asked).await
    }

    /// Writes down the advice that came: it waits no more.
    pub async fn record_advice(
        &self,
        session: &Session,
        file: id::File,
        action: id::Row,
        new: &NewAdvice,
    ) -> Result<(), Fault> {
        let mut entered = work(self, session, file, "advice").await?;
        let done = advise(&mut entered, (file, action), new).await;
        entered.finish(done).await
    }
}

impl NewUnsure {
    /// The number under which it is kept: the same for the same words of the same person on the same form.
    fn number(&self, file: id::File, asker: id::Person) -> id::Row {
        let (file, asker) = (file.to_string(), asker.to_string());
        let said = [file.as_str(), asker.as_str(), self.question.as_str(), self.whom.as_str()];
        id::Row::of_form(self.form, &said.map(str::as_bytes))
    }
}

async fn ask(entered: &mut Entered, file: id::File, new: &NewUnsure) -> Result<id::Row, Fault> {
    let row = readable(entered, file).await?;
    open_row(entered, file).await?;
    let (school, now, asker) = (entered.session().school, entered.now(), asking_person(entered)?);
    let id = new.number(file, asker);
    for known in entered.rows(&UNSURE, &[file.into()]).await? {
        if known.get::<id::Row>(0)? == id {
            return Ok(id);
        }
    }
    let severity = standing_now(entered, &row).await?.severity;
    let targets = Targets::of(entered.transaction(), school, now).await?;
    // The end of a day is midnight, where no calendar says when school ends: the day counts that ends by it.
    let by_then = targets.answer_by(severity, now).saturating_sub(SignedDuration::from_nanos(1)).unwrap_or(now);
    let due = targets.day_of(by_then);
    let words = sealed(entered, (&row, "file_action", "words"), id, &new.question).await?;
    let whom = sealed(entered, (&row, "file_unsure", "whom"), id, &new.whom).await?;
    let [school, person, now] = by(entered)?;
    let values = [id.into(), school.clone(), file.into(), asker.into(), words.into(), due.into(), person, now];
    entered.change_one(&NEW_ACTION, &values).await?;
    entered.change_one(&NEW_UNSURE, &[id.into(), school, whom.into()]).await?;
    Ok(id)
}

async fn advise(entered: &mut Entered, (file, action): (id::File, id::Row), new: &NewAdvice) -> Result<(), Fault> {
    let row = readable(entered, file).await?;
    if !is_waiting(entered.transaction(), file, action).await? {
        return Err(Fault::NotFound);
    }
    if new.advised_at > entered.now() {
        return Err(Fault::wrong("day: the advice lies in the future. Write when it was."));
    }
    let words = sealed(entered, (&row, "file_action_done", "words"), action, &new.words).await?;
    let adviser = sealed(entered, (&row, "file_advice", "adviser"), action, &new.adviser).await?;
    let [school, person, now] = by(entered)?;
    let values = [action.into(), school.clone(), words.into(), person, now];
    entered.change_one(&NEW_ACTION_DONE, &values).await?;
    entered.change_one(&NEW_ADVICE, &[action.into(), school, adviser.into(), new.advised_at.into()]).await
}

/// Whether an action of a file waits for advice.
pub(in crate::concern::answer) async fn is_waiting(
    t: &mut Transaction,
    file: id::File,
    action: id::Row,
) -> Result<bool, Fault> {
    Ok(t.row(&OPEN_UNSURE, &[action.into(), file.into()]).await?.is_some())
}

/// What was asked of whom in a file, by its action.
pub(in crate::concern::answer) async fn views(
    entered: &mut Entered,
    unlocked: &Unlocked,
    file: &FileRow,
) -> Result<BTreeMap<id::Row, AdviceView>, Fault> {
    let (asked, given) =
        (Sealed { unlocked, file, table: "file_unsure" }, Sealed { unlocked, file, table: "file_advice" });
    let mut views = BTreeMap::new();
    for row in entered.rows(&UNSURE, &[file.id.into()]).await? {
        let id = row.get(0)?;
        let whom = asked.words(entered, ("whom", id), &row.get::<Vec<u8>>(1)?).await?;
        let adviser = given.if_any(entered, ("adviser", id), row.get(2)?).await?;
        let advised = adviser.zip(row.get::<Option<Timestamp>>(3)?);
        views.insert(id, AdviceView { whom, advised });
    }
    Ok(views)
}
