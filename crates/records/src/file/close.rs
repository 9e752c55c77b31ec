//! Closing files with an outcome, and opening one again. Nothing closes by itself.

use super::{
    Words,
    ground::{self, Spot, asking_person, seal_words},
    hold,
    statements::{NEW_CLOSED, NEW_REOPENED},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Resource},
    audit::Detail,
    id,
};

/// How a file ends.
#[derive(Debug, Clone)]
pub struct Closing {
    /// What came of it. A file is not closed without one.
    pub outcome: Words,
    /// Why nothing more is needed.
    pub reason: Words,
}

impl Records {
    /// Closes files, all or none of them, each with the same outcome and reason. Their holds go with it.
    pub async fn close_files(&self, session: &Session, files: &[id::File], closing: &Closing) -> Result<(), Fault> {
        let Some((first, rest)) = files.split_first() else {
            return Err(Fault::wrong("No file was named."));
        };
        let detail = || Detail::none().with("to", "closed");
        let mut entered = self.act(session, Act::FileClosed, Resource::File(*first), detail()).await?;
        close(&mut entered, *first, closing).await?;
        for file in rest {
            entered.also(Act::FileClosed, Resource::File(*file), detail()).await?;
            close(&mut entered, *file, closing).await?;
        }
        entered.commit().await
    }

    /// Opens a closed file again, with a reason. Its hold is back with it.
    pub async fn reopen_file(&self, session: &Session, file: id::File, reason: &Words) -> Result<(), Fault> {
        let detail = Detail::none().with("to", "open");
        let mut entered = self.act(session, Act::FileClosed, Resource::File(file), detail).await?;
        let row = ground::file(entered.transaction(), session.school, file).await?;
        if ground::standing_of(entered.transaction(), file).await?.is_open {
            return Err(Fault::wrong("The file is open."));
        }
        let id = id::Row::new(entered.now())?;
        let row_id = id.to_string();
        let spot = Spot { compartment: row.compartment, table: "file_reopened", column: "reason", row: &row_id };
        let reason = seal_words(&mut entered, spot, reason).await?;
        let (asker, now) = (asking_person(&entered)?, entered.now());
        let values = [id.into(), session.school.into(), file.into(), asker.into(), reason.into(), now.into()];
        entered.change_one(&NEW_REOPENED, &values).await?;
        hold::for_case(&mut entered, &row).await?;
        entered.commit().await
    }
}

async fn close(entered: &mut Entered, file: id::File, closing: &Closing) -> Result<(), Fault> {
    let school = entered.session().school;
    let row = ground::file(entered.transaction(), school, file).await?;
    if !ground::standing_of(entered.transaction(), file).await?.is_open {
        return Err(Fault::wrong(format!("The file {} is closed already. None was closed.", row.reference)));
    }
    let id = id::Row::new(entered.now())?;
    let row_id = id.to_string();
    let spot = |column| Spot { compartment: row.compartment, table: "file_closed", column, row: &row_id };
    let outcome = seal_words(entered, spot("outcome"), &closing.outcome).await?;
    let reason = seal_words(entered, spot("reason"), &closing.reason).await?;
    let (asker, now) = (asking_person(entered)?, entered.now());
    let values = [id.into(), school.into(), file.into(), asker.into(), outcome.into(), reason.into(), now.into()];
    entered.change_one(&NEW_CLOSED, &values).await?;
    hold::lift_case(entered, file).await
}
