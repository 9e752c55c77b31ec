//! Lessons: a set of sites that a teacher opens for a class, now and for a while (requirements F-13, F-14).

use super::{
    document,
    policy::{Accepted, Change, Ground, may_change_policy},
    statements::CLASS_WITH_CODE,
};
use crate::{
    Fault, Records, Session,
    access::{Act, Resource},
    id,
};
use holdfast_core::policy::source::LessonSource;
use jiff::{Timestamp, ToSpan as _};
use toml_edit::DocumentMut;

/// The most sites of one lesson.
const MOST_SITES: usize = 50;
/// The longest a lesson may last, in hours: a school day.
const LONGEST_HOURS: i64 = 10;

/// A lesson to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLesson {
    /// The class's code.
    pub class: String,
    /// What people call it.
    pub title: String,
    /// Hosts, each with everything below it.
    pub hosts: Vec<String>,
    /// Addresses: `host/path`.
    pub addresses: Vec<String>,
    /// Whether the class is held to these sites: all else is blocked while it lasts.
    pub only: bool,
    /// When it ends.
    pub until: Timestamp,
}

impl Records {
    /// Opens a set of sites for a class, from now on. A teacher may for a class that they teach; whoever may change the
    /// policy, for each.
    pub async fn set_lesson(&self, session: &Session, new: &NewLesson) -> Result<Accepted, Fault> {
        check(new, self.clock().now())?;
        let values = [session.school.into(), new.class.as_str().into()];
        let class = self.looking().await?.row(&CLASS_WITH_CODE, &values).await?;
        let class = class.map(|row| row.get::<id::Class>(0)).transpose()?;
        let change = change("lesson", format!("Lesson: {}", new.title.trim()));
        let open = |document: &mut DocumentMut, ground: &Ground| {
            let class = class.ok_or_else(|| Fault::wrong(format!("There is no class “{}”.", new.class)))?;
            if !may_change_policy(&ground.standing) && !ground.standing.teaches.contains(&class) {
                return Err(Fault::NotAllowed(format!("“{}” is no class that you teach.", new.class)));
            }
            let code = format!("lesson-{}", ground.number);
            let entry = LessonSource {
                code: code.clone(),
                title: new.title.trim().to_owned(),
                classes: vec![new.class.as_str().into()],
                people: Vec::new(),
                groups: Vec::new(),
                hosts: new.hosts.clone(),
                addresses: new.addresses.clone(),
                only: new.only,
                author: ground.author.as_str().into(),
                starts: ground.wall.time(ground.wall.now),
                ends: ground.wall.time(new.until),
            };
            document::add(document, "lesson", &entry)?;
            Ok(Some(code))
        };
        self.revise(session, &change, &open).await
    }

    /// Ends a lesson now. Whoever opened it may, and whoever may change the policy.
    pub async fn end_lesson(&self, session: &Session, code: &str) -> Result<Accepted, Fault> {
        let change = change("lesson-ended", format!("Ended: {code}"));
        let end = |document: &mut DocumentMut, ground: &Ground| {
            let entry = document::find(document, "lesson", code)?;
            if !may_change_policy(&ground.standing) && entry.author != ground.author {
                return Err(Fault::NotAllowed("Another teacher opened this lesson; they can end it.".to_owned()));
            }
            document::end(document, "lesson", code, &ground.wall)?;
            Ok(Some(code.to_owned()))
        };
        self.revise(session, &change, &end).await
    }
}

fn change(kind: &'static str, why: String) -> Change {
    Change { act: Act::LessonChanged, resource: Resource::School, kind, why }
}

fn check(new: &NewLesson, now: Timestamp) -> Result<(), Fault> {
    let sites = new.hosts.len() + new.addresses.len();
    if sites == 0 || sites > MOST_SITES {
        return Err(Fault::wrong(format!("A lesson opens one to {MOST_SITES} sites.")));
    }
    if new.title.trim().is_empty() || new.title.chars().count() > 100 {
        return Err(Fault::wrong("Give the lesson a title of at most 100 characters, such as “Rivers”."));
    }
    if new.until <= now || new.until > now + LONGEST_HOURS.hours() {
        return Err(Fault::wrong(format!("A lesson ends within {LONGEST_HOURS} hours from now.")));
    }
    Ok(())
}
