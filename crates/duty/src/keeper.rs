//! What is in force now, and how it changes: bad edits and lists keep the last good ruleset, and say so
//! (house invariant 5).

use crate::data_folder::{DataFolder, Read, same_version};
use holdfast_activity::health::Alarm;
use holdfast_core::{
    identity::IdentityTable,
    moment::Moment,
    people::{self, Document, PeopleSource},
    problem::Problem,
    ruleset::{Ruleset, content::Content},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::SystemTime,
};
use tokio::sync::watch;

/// Holds what is in force and replaces it whole when its documents or lists change.
pub struct Keeper {
    folder: DataFolder,
    ruleset: watch::Sender<Arc<Ruleset>>,
    identity: watch::Sender<Arc<IdentityTable>>,
    zone: Arc<RwLock<TimeZone>>,
    seen: Seen,
    /// The school's date when the people document was last compiled: what is recorded for a day comes true on it.
    day: Date,
    standing: Arc<Mutex<Standing>>,
}

/// How the parts that the keeper looks after are doing; shown on the status page.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Since when the present ruleset is in force.
    pub since: Timestamp,
    /// What is wrong with the policy document.
    pub policy: Option<Alarm>,
    /// What is wrong with the people document.
    pub people: Option<Alarm>,
    /// What is wrong with the compiled lists.
    pub lists: Option<Alarm>,
    /// The school's name.
    pub school: String,
}

/// The files as they were when last looked at: time of change and length.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Seen {
    policy: Stamp,
    people: Stamp,
    content: Stamp,
}

type Stamp = Option<(SystemTime, u64)>;

impl Keeper {
    /// The cold start: the policy compiled over the lists; else the last ruleset that was in force; else only help and
    /// lifelines.
    pub fn start(folder: DataFolder) -> Self {
        let standing = Standing {
            since: Timestamp::now(),
            policy: None,
            people: None,
            lists: None,
            school: "Your school".to_owned(),
        };
        let keeper = Self {
            ruleset: watch::Sender::new(Arc::new(Ruleset::closed(folder.always_open()))),
            identity: watch::Sender::new(Arc::new(IdentityTable::default())),
            zone: Arc::new(RwLock::new(TimeZone::UTC)),
            seen: Seen::now(&folder),
            day: Timestamp::now().to_zoned(TimeZone::UTC).date(),
            standing: Arc::new(Mutex::new(standing)),
            folder,
        };
        match keeper.compile() {
            Ok(ruleset) => keeper.put_in_force(ruleset),
            Err(problems) => keeper.start_from_the_last(&problems),
        }
        keeper.take_people();
        if keeper.identity.borrow().generation == 0 {
            keeper.start_from_the_last_people();
        }
        keeper
    }

    /// The ruleset in force, followed.
    pub fn ruleset(&self) -> watch::Receiver<Arc<Ruleset>> {
        self.ruleset.subscribe()
    }

    /// The identity table in force, followed.
    pub fn identity(&self) -> watch::Receiver<Arc<IdentityTable>> {
        self.identity.subscribe()
    }

    /// How things stand; shared.
    pub fn standing(&self) -> Arc<Mutex<Standing>> {
        Arc::clone(&self.standing)
    }

    /// The moment now on the school's wall clock.
    pub fn clock(&self) -> Arc<dyn Fn() -> Moment + Send + Sync> {
        let zone = Arc::clone(&self.zone);
        Arc::new(move || Moment::at(Timestamp::now(), &zone.read().unwrap_or_else(PoisonError::into_inner)))
    }

    /// The school's time zone.
    pub fn zone(&self) -> TimeZone {
        self.zone.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks whether a document or the lists changed, and takes what is good of it.
    pub fn look(&mut self) {
        let now = Seen::now(&self.folder);
        let today = Timestamp::now().to_zoned(self.zone()).date();
        if now == self.seen && today == self.day {
            return;
        }
        let is_new_day = std::mem::replace(&mut self.day, today) != today;
        let before = std::mem::replace(&mut self.seen, now.clone());
        if now.policy != before.policy || now.content != before.content {
            match self.compile() {
                Ok(ruleset) => self.put_in_force(ruleset),
                Err(problems) => {
                    self.alarm(|standing| &mut standing.policy, "The policy is not used as it stands", &problems);
                }
            }
            // A group may have come or gone.
            self.take_people();
        } else if now.people != before.people || is_new_day {
            self.take_people();
        }
    }

    fn compile(&self) -> Result<Ruleset, Vec<Problem>> {
        let content = self.content()?;
        let (ruleset, warnings) = self.folder.compile(content)?;
        for warning in warnings {
            tracing::warn!("{warning}");
        }
        Ok(ruleset)
    }

    /// The lists in use; those in force already are not loaded twice.
    fn content(&self) -> Result<Arc<Content>, Vec<Problem>> {
        let Some(hash) = self.folder.current_content() else {
            let problem = Problem::error("No lists were compiled yet.").suggest("Run `holdfast lists compile`.");
            return Err(vec![problem]);
        };
        let in_force = Arc::clone(self.ruleset.borrow().content());
        if in_force.hash().to_hex().as_str() == hash {
            return Ok(in_force);
        }
        self.folder.content(&hash).map_err(|problem| {
            self.alarm(
                |standing| &mut standing.lists,
                "The compiled lists are not used",
                std::slice::from_ref(&problem),
            );
            vec![problem]
        })
    }

    fn put_in_force(&self, ruleset: Ruleset) {
        if let Ok(zone) = TimeZone::get(&ruleset.source().time_zone) {
            *self.zone.write().unwrap_or_else(PoisonError::into_inner) = zone;
        }
        let kept = self.folder.keep_ruleset(&ruleset).and_then(|()| {
            let text = fs::read_to_string(self.folder.policy_file())?;
            self.folder.keep_version("policy", ruleset.source().version, &text)
        });
        let is_new = ruleset.id() != self.ruleset.borrow().id();
        tracing::info!("ruleset {} in force: policy version {}", ruleset.id(), ruleset.source().version);
        self.ruleset.send_replace(Arc::new(ruleset));
        self.change(|standing| {
            if is_new {
                standing.since = Timestamp::now();
            }
            standing.policy = None;
            standing.lists = None;
        });
        if let Err(fault) = kept {
            let problem = Problem::error(format!("The ruleset could not be kept for a restart: {fault}."));
            self.alarm(|standing| &mut standing.policy, "The policy is in force, but", &[problem]);
        }
    }

    /// A cold start with a bad document or damaged lists.
    fn start_from_the_last(&self, problems: &[Problem]) {
        match self.folder.last_ruleset() {
            Ok(ruleset) => {
                if let Ok(zone) = TimeZone::get(&ruleset.source().time_zone) {
                    *self.zone.write().unwrap_or_else(PoisonError::into_inner) = zone;
                }
                self.ruleset.send_replace(Arc::new(ruleset));
                self.alarm(|standing| &mut standing.policy, "The last good policy serves", problems);
            }
            Err(fault) => {
                let mut all = problems.to_vec();
                all.push(fault);
                let words = "No internet until it is safe: only help and lifelines are open";
                self.alarm(|standing| &mut standing.policy, words, &all);
            }
        }
    }

    fn take_people(&self) {
        if self.ruleset.borrow().is_closed() {
            // Without a policy there are no groups that the document could be held to.
            let problem = Problem::error("It waits until there is a policy.");
            return self.alarm(|standing| &mut standing.people, "The people document is not used yet", &[problem]);
        }
        let taken = self.folder.people().and_then(|document| self.people_table(&document));
        match taken {
            Ok((table, school)) => {
                self.identity.send_replace(Arc::new(table));
                self.change(|standing| {
                    standing.people = None;
                    standing.school = school;
                });
            }
            Err(problems) => {
                self.alarm(|standing| &mut standing.people, "The people document is not used as it stands", &problems);
            }
        }
    }

    /// A cold start with a bad people document: the newest accepted version, else nobody is known to anyone, and the
    /// policy for unknown people, the strictest, holds.
    fn start_from_the_last_people(&self) {
        let Some(document) = self.folder.last_people() else { return };
        if let Ok((table, school)) = self.compile_people(&document) {
            self.identity.send_replace(Arc::new(table));
            self.change(|standing| standing.school = school);
        }
    }

    fn people_table(&self, document: &Read<PeopleSource>) -> Result<(IdentityTable, String), Vec<Problem>> {
        let version = document.source.version;
        if self.folder.is_other_under_same_version("people", version, &document.text) {
            let file = self.folder.people_file().display().to_string();
            return Err(vec![same_version(&file, &document.text, version)]);
        }
        let compiled = self.compile_people(document)?;
        if let Err(fault) = self.folder.keep_version("people", version, &document.text) {
            tracing::error!("the people document's version could not be kept: {fault}");
        }
        Ok(compiled)
    }

    fn compile_people(&self, document: &Read<PeopleSource>) -> Result<(IdentityTable, String), Vec<Problem>> {
        let file = self.folder.people_file().display().to_string();
        let policy = Arc::clone(self.ruleset.borrow().source());
        let today = Timestamp::now().to_zoned(self.zone()).date();
        let generation = self.identity.borrow().generation + 1;
        let place = Document { file: &file, text: &document.text };
        let table = people::compile(&document.source, &policy, today, generation, place)?;
        Ok((table, document.source.school.clone()))
    }

    fn change(&self, change: impl FnOnce(&mut Standing)) {
        change(&mut self.standing.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn alarm(&self, part: impl FnOnce(&mut Standing) -> &mut Option<Alarm>, what: &str, problems: &[Problem]) {
        let list: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let words = format!("{what}: {}", list.join(" "));
        tracing::error!("{words}");
        self.change(|standing| {
            let part = part(standing);
            let since = part.as_ref().map_or_else(Timestamp::now, |alarm| alarm.since);
            *part = Some(Alarm { since, words });
        });
    }
}

impl Seen {
    fn now(folder: &DataFolder) -> Self {
        Self {
            policy: stamp(&folder.policy_file()),
            people: stamp(&folder.people_file()),
            content: stamp(&folder.current_content_file()),
        }
    }
}

fn stamp(path: &Path) -> Stamp {
    let about = fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len()))
}
