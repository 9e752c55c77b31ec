//! What pages need beside the policy itself to say whom it is about: somebody as the filter knows them, whose class a lesson can be
//! for, and who made a version.

use super::{
    policy::may_change_policy,
    statements::{CLASSES_OF, GATE_SUBJECT, LESSON_CLASSES, POLICY_MAKERS},
};
use crate::{
    Entered, Fault, Records, Session,
    access::{Act, Actor, Resource},
    audit::Detail,
    id,
};
use holdfast_core::subject::{Confidence, GroupCode, Source, Subject};
use std::collections::BTreeMap;

/// A class that somebody may open a lesson for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LessonClass {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
}

impl Records {
    /// Somebody as the filter knows them once they signed in to it, for “why was this blocked?”. For whoever may see their record.
    pub async fn subject_for_filter(&self, session: &Session, person: id::Person) -> Result<Subject, Fault> {
        let detail = Detail::none().with("for", "explanation");
        let mut entered = self.act(session, Act::PersonRead, Resource::Person(person), detail).await?;
        let subject = subject(&mut entered, person).await;
        entered.finish(subject).await
    }

    /// The classes that the asker may open a lesson for: those that they teach, or all where they may change the policy.
    pub async fn lesson_classes(&self, session: &Session) -> Result<Vec<LessonClass>, Fault> {
        let Actor::Person(asker) = session.actor else { return Err(Fault::NotFound) };
        let detail = Detail::none().with("list", "classes");
        let mut entered = self.act(session, Act::DirectoryRead, Resource::School, detail).await?;
        let whose = (!may_change_policy(entered.standing())).then_some(asker);
        let rows = entered.rows(&LESSON_CLASSES, &[session.school.into(), whose.into()]).await?;
        entered.commit().await?;
        rows.iter().map(|row| Ok(LessonClass { code: row.get(0)?, name: row.get(1)? })).collect()
    }

    /// What those are called who made the versions of the policy.
    pub async fn policy_makers(&self, session: &Session) -> Result<BTreeMap<id::Person, String>, Fault> {
        let detail = Detail::none().with("list", "makers");
        let mut entered = self.act(session, Act::PolicyRead, Resource::School, detail).await?;
        let rows = entered.rows(&POLICY_MAKERS, &[session.school.into()]).await?;
        entered.commit().await?;
        rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }
}

async fn subject(entered: &mut Entered, person: id::Person) -> Result<Subject, Fault> {
    let school = entered.session().school;
    let row = entered.row(&GATE_SUBJECT, &[school.into(), person.into()]).await?.ok_or(Fault::NotFound)?;
    let mut classes = Vec::new();
    for row in entered.rows(&CLASSES_OF, &[school.into(), person.into()]).await? {
        classes.push(row.get::<String>(0)?.as_str().into());
    }
    Ok(Subject {
        person: Some(row.get::<String>(0)?.as_str().into()),
        group: row.get::<Option<String>>(1)?.map(|group| GroupCode::from(group.as_str())),
        classes,
        device: None,
        room: None,
        source: Source::SignIn,
        confidence: Confidence::Proven,
    })
}
