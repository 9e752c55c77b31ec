//! Taking in people from one plain CSV: first a preview that changes nothing, then the same file with the preview's digest.

mod plan;
mod read;

use super::{class, person, statements::CLASS_WITH_CODE};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Resource},
    audit::Detail,
    gate::Grouping,
    id,
    people::change,
};
use holdfast_core::problem::Problem;
use plan::{Plan, Step};
use std::collections::HashMap;

/// What a file would do, or did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    /// Of this file and of the people as they are: handed back to take the file in, so that what is done is what was seen.
    pub digest: String,
    /// How many would be added.
    pub added: usize,
    /// Who would be changed: the line, the person, the fields' names.
    pub changed: Vec<(u32, id::Person, String)>,
    /// How many would stay as they are.
    pub unchanged: usize,
    /// Who is here, of a kind that the file has, and not in it. Nothing is done about them.
    pub left_out: Vec<id::Person>,
    /// The codes of classes that would be made.
    pub new_classes: Vec<String>,
    /// What to look at before taking it in: names that somebody has already.
    pub warnings: Vec<Problem>,
}

impl Records {
    /// Holds a CSV file against the people who are here, and changes nothing.
    ///
    /// # Errors
    /// [`Fault::Wrong`] with every line's faults; [`Fault::NotAllowed`] with the lines that put somebody into a group that
    /// only somebody who may change the policy puts them into.
    pub async fn preview_import(&self, session: &Session, file: &[u8]) -> Result<Preview, Fault> {
        let detail = Detail::none().with("bytes", file.len().to_string());
        let mut entered = self.act(session, Act::ImportPreviewed, Resource::School, detail).await?;
        let plan = plan_of(&mut entered, file).await;
        entered.finish(plan.map(|plan| plan.preview)).await
    }

    /// Takes a CSV file in, all of it or nothing.
    ///
    /// # Errors
    /// [`Fault::Changed`] when the file or the people are not those of the preview any more.
    pub async fn import(&self, session: &Session, file: &[u8], digest: &str) -> Result<Preview, Fault> {
        let detail = Detail::none().with("bytes", file.len().to_string()).with("preview", digest.trim());
        let mut entered = self.act(session, Act::PeopleImported, Resource::School, detail).await?;
        let taken = take_in(&mut entered, file, digest).await;
        entered.finish(taken).await
    }

    /// Whether somebody else of the same kind has this person's name: said when one is added.
    pub async fn another_has_this_name(&self, session: &Session, person: id::Person) -> Result<bool, Fault> {
        Ok(self.person(session, person).await?.another_has_this_name)
    }
}

async fn take_in(entered: &mut Entered, file: &[u8], digest: &str) -> Result<Preview, Fault> {
    let Plan { preview, steps } = plan_of(entered, file).await?;
    if preview.digest != digest.trim() {
        return Err(Fault::Changed(
            "The file or the people are not what the preview showed. Look at a new preview, and take that in."
                .to_owned(),
        ));
    }
    let mut classes = HashMap::new();
    for step in steps {
        apply(entered, step, &mut classes).await?;
    }
    Ok(preview)
}

async fn plan_of(entered: &mut Entered, file: &[u8]) -> Result<Plan, Fault> {
    let (school, today) = (entered.session().school, person::today(entered.now()));
    let list = read::read(file, today).map_err(Fault::Wrong)?;
    let grouping = Grouping::of(entered).await?;
    plan::plan(entered.transaction(), school, file, list, &grouping).await
}

async fn apply(entered: &mut Entered, step: Step, classes: &mut HashMap<String, id::Class>) -> Result<(), Fault> {
    let Step { who, said, fields, part, joins, leaves } = step;
    let id = match (who, said) {
        (None, Some(said)) => {
            let id = id::Person::new(entered.now())?;
            let detail = Detail::none().with("person", id.to_string()).with("kind", said.kind.word());
            entered.also(Act::PersonAdded, Resource::School, detail).await?;
            person::write_new(entered, id, said).await?;
            id
        }
        (Some((id, revision)), said) => {
            let detail = Detail::none().with("fields", fields);
            entered.also(Act::PersonChanged, Resource::Person(id), detail).await?;
            if let Some(said) = said {
                change::write_row(entered, id, revision, said).await?;
            }
            id
        }
        (None, None) => return Ok(()),
    };
    for code in joins {
        let class = class_of(entered, &code, classes).await?;
        class::join(entered, class, id, part).await?;
    }
    for code in leaves {
        let class = class_of(entered, &code, classes).await?;
        class::leave(entered, class, id, part).await?;
    }
    Ok(())
}

/// The class with a code, made when there is none.
async fn class_of(
    entered: &mut Entered,
    code: &str,
    classes: &mut HashMap<String, id::Class>,
) -> Result<id::Class, Fault> {
    if let Some(class) = classes.get(code) {
        return Ok(*class);
    }
    let row = entered.row(&CLASS_WITH_CODE, &[entered.session().school.into(), code.into()]).await?;
    let class = if let Some(row) = row {
        row.get(0)?
    } else {
        let detail = Detail::none().with("class", "new");
        entered.also(Act::ClassChanged, Resource::School, detail).await?;
        class::insert(entered, code, code).await?
    };
    classes.insert(code.to_owned(), class);
    Ok(class)
}
