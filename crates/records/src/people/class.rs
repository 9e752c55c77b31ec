//! Classes, and who learns and teaches in them.

use super::{
    Part,
    statements::{ADD_CLASS, ADD_MEMBER, CLASS_WITH_CODE, CLASSES, DROP_MEMBER, MEMBER, PERSON},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Resource},
    audit::Detail,
    id,
    store::Row,
};

/// The longest code of a class, in characters.
const LONGEST_CODE: usize = 40;
/// The longest name of a class, in characters.
const LONGEST_NAME: usize = 120;

/// A class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// Its id.
    pub id: id::Class,
    /// Its code, such as `7A`.
    pub code: String,
    /// Its name.
    pub name: String,
    /// How many learn in it.
    pub learners: i64,
    /// How many teach it.
    pub teachers: i64,
}

impl Records {
    /// Adds a class.
    ///
    /// # Errors
    /// [`Fault::Wrong`] for a code or name that cannot stand, or a code that is there already.
    pub async fn add_class(&self, session: &Session, code: &str, name: &str) -> Result<id::Class, Fault> {
        let detail = Detail::none().with("class", "new");
        let mut entered = self.act(session, Act::ClassChanged, Resource::School, detail).await?;
        let id = insert(&mut entered, code, name).await?;
        entered.commit().await?;
        Ok(id)
    }

    /// The school's classes, with how many are in each; nobody's name.
    pub async fn classes(&self, session: &Session) -> Result<Vec<Class>, Fault> {
        let detail = Detail::none().with("list", "classes");
        let mut entered = self.act(session, Act::DirectoryRead, Resource::School, detail).await?;
        let rows = entered.rows(&CLASSES, &[session.school.into()]).await?;
        let classes = rows.iter().map(from_row).collect::<Result<_, Fault>>()?;
        entered.commit().await?;
        Ok(classes)
    }

    /// Puts somebody into a class. That they are in it already is no fault.
    ///
    /// # Errors
    /// [`Fault::Wrong`] for a class that is not there, or somebody who has left.
    pub async fn join_class(&self, session: &Session, code: &str, person: id::Person, part: Part) -> Result<(), Fault> {
        let detail = Detail::none().with("part", part.word());
        let mut entered = self.act(session, Act::ClassChanged, Resource::Person(person), detail).await?;
        let joined = join_with_code(&mut entered, code, person, part).await;
        entered.finish(joined).await
    }

    /// Takes somebody out of a class.
    pub async fn leave_class(
        &self,
        session: &Session,
        code: &str,
        person: id::Person,
        part: Part,
    ) -> Result<(), Fault> {
        let detail = Detail::none().with("part", part.word()).with("left", "yes");
        let mut entered = self.act(session, Act::ClassChanged, Resource::Person(person), detail).await?;
        let class = with_code(&mut entered, code).await?;
        leave(&mut entered, class, person, part).await?;
        entered.commit().await
    }
}

pub(super) fn from_row(row: &Row) -> Result<Class, Fault> {
    Ok(Class { id: row.get(0)?, code: row.get(1)?, name: row.get(2)?, learners: row.get(3)?, teachers: row.get(4)? })
}

async fn join_with_code(entered: &mut Entered, code: &str, person: id::Person, part: Part) -> Result<(), Fault> {
    let row = entered.row(&PERSON, &[person.into(), entered.session().school.into()]).await?;
    if row.ok_or(Fault::NotFound)?.get::<Option<i64>>(16)?.is_some() {
        return Err(Fault::wrong("Whoever has left is in no class."));
    }
    let class = with_code(entered, code).await?;
    join(entered, class, person, part).await
}

async fn with_code(entered: &mut Entered, code: &str) -> Result<id::Class, Fault> {
    let row = entered.row(&CLASS_WITH_CODE, &[entered.session().school.into(), code.trim().into()]).await?;
    row.map(|row| row.get(0)).transpose()?.ok_or_else(|| Fault::wrong("There is no class with that code."))
}

/// What is wrong with a class's code.
pub(super) fn code_fault(code: &str) -> Option<&'static str> {
    let is_wrong =
        code.is_empty() || code.chars().count() > LONGEST_CODE || code.contains(';') || code.contains(char::is_control);
    is_wrong.then_some("a class's code has 1 to 40 characters and no semicolon")
}

pub(super) async fn insert(entered: &mut Entered, code: &str, name: &str) -> Result<id::Class, Fault> {
    let (code, name) = (code.trim(), name.trim());
    if let Some(fault) = code_fault(code) {
        return Err(Fault::wrong(format!("code: {fault}.")));
    }
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.contains(char::is_control) {
        return Err(Fault::wrong("name: a class's name has 1 to 120 characters."));
    }
    let (school, now) = (entered.session().school, entered.now());
    if entered.row(&CLASS_WITH_CODE, &[school.into(), code.into()]).await?.is_some() {
        return Err(Fault::wrong("code: there is a class with that code already."));
    }
    let id = id::Class::new(now)?;
    entered.change_one(&ADD_CLASS, &[id.into(), school.into(), code.into(), name.into(), now.into()]).await?;
    Ok(id)
}

pub(super) async fn join(entered: &mut Entered, class: id::Class, person: id::Person, part: Part) -> Result<(), Fault> {
    if entered.row(&MEMBER, &[class.into(), person.into(), part.into()]).await?.is_some() {
        return Ok(());
    }
    let school = entered.session().school;
    entered.change_one(&ADD_MEMBER, &[school.into(), class.into(), person.into(), part.into()]).await
}

pub(super) async fn leave(
    entered: &mut Entered,
    class: id::Class,
    person: id::Person,
    part: Part,
) -> Result<(), Fault> {
    let school = entered.session().school;
    entered.change_one(&DROP_MEMBER, &[class.into(), person.into(), part.into(), school.into()]).await
}
