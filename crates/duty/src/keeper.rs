//! What is in force now, and how it changes: bad edits and lists keep the last good ruleset, and say so
//! (house invariant 5).

use crate::data_folder::{CompiledPolicy, DataFolder, Read, same_version};
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
    os::unix::fs::MetadataExt as _,
    path::Path,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// Holds what is in force and replaces it whole when its documents or lists change.
pub struct Keeper {
    folder: DataFolder,
    ruleset: watch::Sender<Arc<Ruleset>>,
    identity: watch::Sender<Arc<IdentityTable>>,
    zone: Arc<RwLock<TimeZone>>,
    /// The files as they were when they were last taken in.
    seen: Seen,
    /// The files as they were at the last look: what is still being written is left until it stands still.
    last_look: Seen,
    last_try: Instant,
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

/// The files as they were when last looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Seen {
    policy: Stamp,
    people: Stamp,
    content: Stamp,
}

/// A file's number, time of change, time of any change to it at all, and length.
type Stamp = Option<(u64, (i64, i64), (i64, i64), u64)>;

/// How soon what failed is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(5);

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
        let (always_open, fault) = folder.always_open();
        let seen = Seen::now(&folder);
        let keeper = Self {
            ruleset: watch::Sender::new(Arc::new(Ruleset::closed(always_open))),
            identity: watch::Sender::new(Arc::new(IdentityTable::default())),
            zone: Arc::new(RwLock::new(TimeZone::UTC)),
            last_look: seen.clone(),
            seen,
            last_try: Instant::now(),
            day: Timestamp::now().to_zoned(TimeZone::UTC).date(),
            standing: Arc::new(Mutex::new(standing)),
            folder,
        };
        match keeper.compile() {
            Ok(compiled) => keeper.put_in_force(compiled),
            Err(mut problems) => {
                problems.extend(fault);
                keeper.start_from_the_last(&problems);
            }
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

    /// Looks whether a document or the lists changed, and takes what is good of it. While something is wrong it is
    /// tried again every few seconds: a disk or a permission may be mended without the file changing.
    pub fn look(&mut self) {
        let now = Seen::now(&self.folder);
        let today = Timestamp::now().to_zoned(self.zone()).date();
        let is_settled = std::mem::replace(&mut self.last_look, now.clone()) == now;
        let is_due_again = self.has_alarm() && self.last_try.elapsed() >= TRY_AGAIN;
        let is_new_day = today != self.day;
        if !is_settled || (now == self.seen && !is_new_day && !is_due_again) {
            return;
        }
        self.last_try = Instant::now();
        self.day = today;
        let before = std::mem::replace(&mut self.seen, now);
        if self.seen.policy != before.policy || self.seen.content != before.content || is_due_again {
            match self.compile() {
                Ok(compiled) => self.put_in_force(compiled),
                Err(problems) => {
                    self.alarm(|standing| &mut standing.policy, "The policy is not used as it stands", &problems);
                }
            }
        }
        // A group may have come or gone with the policy, and what is recorded for a day comes true on it.
        self.take_people();
    }

    fn has_alarm(&self) -> bool {
        let standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        standing.policy.is_some() || standing.people.is_some() || standing.lists.is_some()
    }

    fn has_ruleset_alarm(&self) -> bool {
        let standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        standing.policy.is_some() || standing.lists.is_some()
    }

    fn compile(&self) -> Result<CompiledPolicy, Vec<Problem>> {
        let compiled = self.folder.compile(self.content()?)?;
        for warning in &compiled.warnings {
            tracing::warn!("{warning}");
        }
        Ok(compiled)
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

    fn put_in_force(&self, compiled: CompiledPolicy) {
        let CompiledPolicy { ruleset, text, .. } = compiled;
        let is_new = ruleset.id() != self.ruleset.borrow().id();
        // What is tried again because of another part must not write to the disk or have every tunnel judged anew.
        if !is_new && !self.has_ruleset_alarm() {
            return;
        }
        self.take_zone(&ruleset);
        let version = ruleset.source().version;
        let kept = self.folder.keep_ruleset(&ruleset).and_then(|()| self.folder.keep_version("policy", version, &text));
        if is_new {
            tracing::info!("ruleset {} in force: policy version {version}", ruleset.id());
            self.ruleset.send_replace(Arc::new(ruleset));
        }
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

    fn take_zone(&self, ruleset: &Ruleset) {
        if let Ok(zone) = TimeZone::get(&ruleset.source().time_zone) {
            *self.zone.write().unwrap_or_else(PoisonError::into_inner) = zone;
        }
    }

    /// A cold start with a bad document or damaged lists.
    fn start_from_the_last(&self, problems: &[Problem]) {
        match self.folder.last_ruleset() {
            Ok(ruleset) => {
                self.take_zone(&ruleset);
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
                self.put_identities(table);
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

    /// Replaces the table in force if it says something else. The generation rises only then, since every new one makes
    /// everybody's sign-in be checked anew.
    fn put_identities(&self, table: IdentityTable) {
        let is_same = *self.identity.borrow().as_ref() == table;
        if !is_same || table.generation == 0 {
            let generation = table.generation + 1;
            self.identity.send_replace(Arc::new(IdentityTable { generation, ..table }));
        }
    }

    /// A cold start with a bad people document: the newest accepted version, else nobody is known to anyone, and the
    /// policy for unknown people, the strictest, holds.
    fn start_from_the_last_people(&self) {
        let Some(document) = self.folder.last_people() else { return };
        if let Ok((table, school)) = self.compile_people(&document) {
            self.put_identities(table);
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
        let generation = self.identity.borrow().generation;
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
        self.change(|standing| {
            let part = part(standing);
            // What is tried again and again is told once.
            if part.as_ref().is_none_or(|alarm| alarm.words != words) {
                tracing::error!("{words}");
            }
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
    Some((about.ino(), (about.mtime(), about.mtime_nsec()), (about.ctime(), about.ctime_nsec()), about.len()))
}
