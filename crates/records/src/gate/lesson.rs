//! Lessons: a set of sites that a teacher opens for a class, now and for a while (requirements F-13, F-14).

use super::{
    document,
    policy::{Accepted, Change, Ground},
    statements::{CLASS_THERE, TEACHES},
};
use crate::{
    Fault, Records, Session,
    access::{Act, Actor, Capability, Resource, Standing},
    audit::Detail,
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
        let now = self.clock().now();
        self.check_lesson(session, new, now).await?;
        let change = Change { act: Act::LessonChanged, kind: "lesson", why: format!("Lesson: {}", new.title.trim()) };
        let open = |document: &mut DocumentMut, ground: &Ground| {
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
        let standing = self.standing_for_lessons(session).await?;
        let may_end_all = may_change_policy(&standing);
        let change = Change { act: Act::LessonChanged, kind: "lesson-ended", why: format!("Ended: {code}") };
        let end = |document: &mut DocumentMut, ground: &Ground| {
            let entry = document::find(document, "lesson", code)?;
            if !may_end_all && entry.author != ground.author {
                return Err(Fault::NotAllowed("Another teacher opened this lesson; they can end it.".to_owned()));
            }
            document::end(document, "lesson", code, &ground.wall)?;
            Ok(Some(code.to_owned()))
        };
        self.revise(session, &change, &end).await
    }

    async fn check_lesson(&self, session: &Session, new: &NewLesson, now: Timestamp) -> Result<(), Fault> {
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
        let standing = self.standing_for_lessons(session).await?;
        let mut looking = self.looking().await?;
        if looking.row(&CLASS_THERE, &[session.school.into(), new.class.as_str().into()]).await?.is_none() {
            return Err(Fault::wrong(format!("There is no class “{}”.", new.class)));
        }
        let Actor::Person(person) = session.actor else { return Ok(()) };
        let teaches = [session.school.into(), new.class.as_str().into(), person.into()];
        if !may_change_policy(&standing) && looking.row(&TEACHES, &teaches).await?.is_none() {
            return Err(Fault::NotAllowed(format!("“{}” is no class that you teach.", new.class)));
        }
        Ok(())
    }

    /// The asker's standing; that they may set lessons at all is decided, and entered if not.
    async fn standing_for_lessons(&self, session: &Session) -> Result<Standing, Fault> {
        let detail = Detail::none().with("asked", "classes");
        let entered = self.act(session, Act::LessonChanged, Resource::School, detail).await?;
        // Nothing was done yet, so nothing is entered: the change has an entry of its own.
        Ok(entered.standing().clone())
    }
}

fn may_change_policy(standing: &Standing) -> bool {
    standing.duties.iter().any(|duty| Capability::ChangePolicy.is_of(*duty))
}
