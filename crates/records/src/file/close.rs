//! Closing files with an outcome, and opening one again. Nothing closes by itself.

use super::{
    Words,
    ground::{self, FileRow, Spot, asking_person, seal_words},
    hold, open, raise,
    statements::{NEW_CLOSED, NEW_REOPENED, NEWEST_BY_OTHERS},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{self, Act, Resource},
    audit::Detail,
    concern::answer::{NewConsidered, keep_considered, refuse_unanswered},
    id,
};
use jiff::Timestamp;

/// How a file ends.
#[derive(Debug, Clone)]
pub struct Closing {
    /// What came of it. A file is not closed without one.
    pub outcome: Words,
    /// Why nothing more is needed.
    pub reason: Words,
}

impl Records {
    /// Closes files, all or none of them, each with the same outcome and reason. Their holds go with it. Whoever closes one
    /// has read what others wrote in it.
    /// Of incidents and cases more is asked ([`Records::close_considered`]).
    pub async fn close_files(&self, session: &Session, files: &[id::File], closing: &Closing) -> Result<(), Fault> {
        self.close_considered(session, files, closing, None).await
    }

    /// The same with what was considered about sanction and support, which incidents and cases ask for; it is kept in each of them.
    pub async fn close_considered(
        &self,
        session: &Session,
        files: &[id::File],
        closing: &Closing,
        considered: Option<&NewConsidered>,
    ) -> Result<(), Fault> {
        let Some((first, rest)) = files.split_first() else {
            return Err(Fault::wrong("No file was named."));
        };
        let mut entered = self.act(session, Act::FileClosed, Resource::File(*first), to_closed()).await?;
        let done = close_all(&mut entered, (*first, rest), (closing, considered)).await;
        entered.finish(done).await
    }

    /// Opens a closed file again, with a reason. Its hold is back with it.
    pub async fn reopen_file(&self, session: &Session, file: id::File, reason: &Words) -> Result<(), Fault> {
        let detail = Detail::none().with("to", "open");
        let mut entered = self.act(session, Act::FileClosed, Resource::File(file), detail).await?;
        let done = reopen(&mut entered, file, reason).await;
        entered.finish(done).await
    }
}

fn to_closed() -> Detail {
    Detail::none().with("to", "closed")
}

async fn reopen(entered: &mut Entered, file: id::File, reason: &Words) -> Result<(), Fault> {
    let school = entered.session().school;
    let row = ground::file(entered.transaction(), school, file).await?;
    if ground::standing_of(entered.transaction(), file).await?.is_open {
        return Err(Fault::wrong("The file is open."));
    }
    let id = id::Row::new(entered.now())?;
    let row_id = id.to_string();
    let spot = Spot { compartment: row.compartment, table: "file_reopened", column: "reason", row: &row_id };
    let reason = raise::masked_words(entered, &row, reason).await?;
    let reason = seal_words(entered, spot, &reason).await?;
    let (asker, now) = (asking_person(entered)?, entered.now());
    let values = [id.into(), school.into(), file.into(), asker.into(), reason.into(), now.into()];
    entered.change_one(&NEW_REOPENED, &values).await?;
    open::may_be_open(entered, file).await?;
    hold::for_case(entered, &row).await
}

async fn close_all(
    entered: &mut Entered,
    (first, rest): (id::File, &[id::File]),
    closing: (&Closing, Option<&NewConsidered>),
) -> Result<(), Fault> {
    close(entered, first, closing).await?;
    for file in rest {
        entered.also(Act::FileClosed, Resource::File(*file), to_closed()).await?;
        close(entered, *file, closing).await?;
    }
    Ok(())
}

async fn close(
    entered: &mut Entered,
    file: id::File,
    (closing, considered): (&Closing, Option<&NewConsidered>),
) -> Result<(), Fault> {
    let school = entered.session().school;
    let row = ground::file(entered.transaction(), school, file).await?;
    if !ground::standing_of(entered.transaction(), file).await?.is_open {
        return Err(Fault::wrong(format!("The file {} is closed already. None was closed.", row.reference)));
    }
    check_read(entered, file, &row.reference).await?;
    refuse_unanswered(entered, &row, considered).await?;
    write_closing(entered, &row, closing).await?;
    match considered {
        Some(considered) => keep_considered(entered, &row, considered).await,
        None => Ok(()),
    }
}

/// Writes down that a file is closed, and with what. What stood against it was asked before.
pub(crate) async fn write_closing(entered: &mut Entered, row: &FileRow, closing: &Closing) -> Result<(), Fault> {
    let (school, file) = (entered.session().school, row.id);
    let id = id::Row::new(entered.now())?;
    let row_id = id.to_string();
    let spot = |column| Spot { compartment: row.compartment, table: "file_closed", column, row: &row_id };
    let outcome = raise::masked_words(entered, row, &closing.outcome).await?;
    let reason = raise::masked_words(entered, row, &closing.reason).await?;
    let outcome = seal_words(entered, spot("outcome"), &outcome).await?;
    let reason = seal_words(entered, spot("reason"), &reason).await?;
    let (asker, now) = (asking_person(entered)?, entered.now());
    let values = [id.into(), school.into(), file.into(), asker.into(), outcome.into(), reason.into(), now.into()];
    entered.change_one(&NEW_CLOSED, &values).await?;
    open::was_closed(entered, file).await?;
    access::waits_no_more(entered, file).await?;
    hold::lift_case(entered, file).await
}

/// Nobody closes unread what others wrote: a report that came a minute ago would be shelved with the rest.
pub(crate) async fn check_read(entered: &mut Entered, file: id::File, reference: &str) -> Result<(), Fault> {
    let asker = asking_person(entered)?;
    let newest = entered.row(&NEWEST_BY_OTHERS, &[file.into(), asker.into()]).await?;
    let newest = newest.map_or(Ok(None), |row| row.get::<Option<Timestamp>>(0))?;
    match newest {
        Some(newest) if !ground::has_read_since(entered, file, newest).await? => Err(Fault::NotAllowed(format!(
            "Something was written in the file {reference} that you have not read. Read it, then close it. None was closed."
        ))),
        _ => Ok(()),
    }
}
