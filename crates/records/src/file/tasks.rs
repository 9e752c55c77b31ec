//! What marks and ends leave people to do.

use super::{
    Called, Mark, TaskKind,
    called::called,
    ground::{self, asking_person},
    marks,
    statements::{MARK, NEW_TASK_DONE, TASK, TASKS},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Resource},
    audit::Detail,
    id,
    store::Row,
};
use jiff::Timestamp;

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Its id.
    pub id: id::Row,
    /// What.
    pub kind: TaskKind,
    /// The mark it comes from.
    pub mark: Option<Mark>,
    /// The file it is about, where there still is one.
    pub file: Option<id::File>,
    /// Who read or copied it, and when.
    pub reader: Option<(id::Person, Timestamp)>,
    /// Since when.
    pub made_at: Timestamp,
}

impl Records {
    /// What is to be done, as far as the asker may know of it, oldest first.
    pub async fn file_tasks(&self, session: &Session) -> Result<Vec<Task>, Fault> {
        let mut entered = self.act(session, Act::FileTasksRead, Resource::School, Detail::none()).await?;
        let seen = seen(&mut entered).await;
        entered.finish(seen).await
    }

    /// The same, with what the readers and files are called.
    pub async fn file_tasks_called(&self, session: &Session) -> Result<(Vec<Task>, Called), Fault> {
        let mut entered = self.act(session, Act::FileTasksRead, Resource::School, Detail::none()).await?;
        let seen = seen_called(&mut entered).await;
        entered.finish(seen).await
    }

    /// Says that a task is done, or answered.
    pub async fn finish_file_task(&self, session: &Session, id: id::Row) -> Result<(), Fault> {
        let detail = Detail::none().with("task", id.to_string());
        let mut entered = self.act(session, Act::FileTaskDone, Resource::School, detail).await?;
        let done = done(&mut entered, id).await;
        entered.finish(done).await
    }
}

/// What is to be done, as far as the asker may know of it, oldest first.
pub(crate) async fn seen(entered: &mut Entered) -> Result<Vec<Task>, Fault> {
    let school = entered.session().school;
    let mut seen = Vec::new();
    for row in entered.rows(&TASKS, &[school.into()]).await? {
        seen.extend(task(entered, &row).await?);
    }
    Ok(seen)
}

async fn seen_called(entered: &mut Entered) -> Result<(Vec<Task>, Called), Fault> {
    let tasks = seen(entered).await?;
    let readers = tasks.iter().filter_map(|task| task.reader.map(|(reader, _)| reader)).collect();
    let files = tasks.iter().filter_map(|task| task.file).collect();
    let called = called(entered, readers, files).await?;
    Ok((tasks, called))
}

async fn done(entered: &mut Entered, id: id::Row) -> Result<(), Fault> {
    let school = entered.session().school;
    let row = entered.row(&TASK, &[school.into(), id.into()]).await?.ok_or(Fault::NotFound)?;
    task(entered, &row).await?.ok_or(Fault::NotFound)?;
    let (asker, now) = (asking_person(entered)?, entered.now());
    entered.change_one(&NEW_TASK_DONE, &[id.into(), school.into(), asker.into(), now.into()]).await
}

/// A task, if the asker may know of it.
async fn task(entered: &mut Entered, row: &Row) -> Result<Option<Task>, Fault> {
    let school = entered.session().school;
    let file: Option<id::File> = row.get(3)?;
    let mark = match row.get::<Option<id::Row>>(2)? {
        Some(id) => entered.row(&MARK, &[school.into(), id.into()]).await?.as_ref().map(Mark::of).transpose()?,
        None => None,
    };
    if let Some(mark) = &mark
        && !marks::may_see(entered, mark).await?
    {
        return Ok(None);
    }
    if let Some(file) = file
        && !ground::may_know(entered, file).await?
    {
        return Ok(None);
    }
    if mark.is_none() && file.is_none() {
        return Err(ground::damaged("what a task is about"));
    }
    let kind = TaskKind::from_word(&row.get::<String>(1)?).ok_or_else(|| ground::damaged("a task's kind"))?;
    let reader = row.get::<Option<id::Person>>(4)?.zip(row.get::<Option<Timestamp>>(5)?);
    Ok(Some(Task { id: row.get(0)?, kind, mark, file, reader, made_at: row.get(6)? }))
}
