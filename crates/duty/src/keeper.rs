//! What is in force now, and how it changes: bad edits and lists keep the last good ruleset, and say so
//! (house invariant 5).

use crate::data_folder::{CompiledPolicy, DataFolder, Read, same_version};
use holdfast_activity::health::Alarm;
use holdfast_core::{
    identity::IdentityTable,
    moment::Moment,
    people::{self, Document, PeopleSource},
    policy,
    problem::Problem,
    ruleset::{self, Ruleset, content::Content},
};
use holdfast_records::gate::{self, Publication};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use std::{
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::Path,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// Holds what is in force and replaces it whole when its documents or lists change. The documents are those of the data
/// folder until the school is set up, and what the store publishes from then on.
pub struct Keeper {
    folder: DataFolder,
    published: watch::Receiver<Option<Arc<Publication>>>,
    /// What the store published last, since this start.
    led: Option<Arc<Publication>>,
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
    /// Who of the register is not known to the filter, and why.
    pub left_out: Option<Alarm>,
    /// Documents that were changed though nobody reads them any more.
    pub unread: Option<Alarm>,
    /// Whether policy and people come from the store.
    pub is_led: bool,
    /// The school's name.
    pub school: String,
}

/// The files as they were when last looked at; the documents that people edit, whether or not they are still read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Seen {
    policy: Stamp,
    people: Stamp,
    content: Stamp,
}

/// A file's number, time of change, time of any change to it at all, and length.
type Stamp = Option<(u64, (i64, i64), (i64, i64), u64)>;

/// How many of those left out are told one by one.
const MOST_TOLD: usize = 5;
/// How soon what failed is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(5);

impl Keeper {
    /// The cold start: the policy compiled over the lists; else the last ruleset that was in force; else only help and
    /// lifelines.
    ///
    /// It does not wait for the store: `published` is taken up when it comes, and until then what the store published last
    /// time holds.
    pub fn start(folder: DataFolder, published: watch::Receiver<Option<Arc<Publication>>>) -> Self {
        let standing = Standing {
            since: Timestamp::now(),
            policy: None,
            people: None,
            lists: None,
            left_out: None,
            unread: None,
            is_led: folder.is_led(),
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
            published,
            led: None,
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
        let came = self.take_publication();
        let now = Seen::now(&self.folder);
        let today = Timestamp::now().to_zoned(self.zone()).date();
        let is_settled = std::mem::replace(&mut self.last_look, now.clone()) == now;
        let is_due_again = self.has_alarm() && self.last_try.elapsed() >= TRY_AGAIN;
        let is_new_day = today != self.day;
        // What the store publishes is whole as it comes.
        if !came && (!is_settled || (now == self.seen && !is_new_day && !is_due_again)) {
            return;
        }
        self.last_try = Instant::now();
        self.day = today;
        let before = std::mem::replace(&mut self.seen, now);
        if came || self.seen.policy != before.policy || self.seen.content != before.content || is_due_again {
            match self.compile() {
                Ok(compiled) => self.put_in_force(compiled),
                Err(problems) => {
                    self.alarm(|standing| &mut standing.policy, "The policy is not used as it stands", &problems);
                }
            }
        }
        // A group may have come or gone with the policy, and what is recorded for a day comes true on it.
        self.take_people();
        self.tell_of_unread_documents();
    }

    /// Takes up what the store published, if it says something else than before.
    fn take_publication(&mut self) -> bool {
        // A channel that has ended says nothing new.
        if !self.published.has_changed().unwrap_or(false) {
            return false;
        }
        let Some(new) = self.published.borrow_and_update().clone() else { return false };
        if self.led.as_ref() == Some(&new) {
            return false;
        }
        if let Some(people) = toml::to_string(&new.people).ok().filter(|_| new.policy.is_some()) {
            self.keep_published("people", &people);
        }
        self.led = Some(new);
        true
    }

    fn keep_published(&self, kind: &str, text: &str) {
        if let Err(fault) = self.folder.keep_published(kind, text).and_then(|()| self.folder.remember_documents()) {
            tracing::error!("what the store published could not be kept for a start without it: {fault}");
        }
    }

    /// Whoever edits a document as before must learn that it does nothing now.
    fn tell_of_unread_documents(&self) {
        let is_led = self.folder.is_led();
        let changed = if is_led { self.folder.documents_changed_since() } else { Vec::new() };
        self.change(|standing| standing.is_led = is_led);
        if changed.is_empty() {
            return self.change(|standing| standing.unread = None);
        }
        let problem = Problem::error(
            "They are read no more since the school was set up. Put a policy in force with `holdfast policy change FILE`, \
             change people with `holdfast person`, networks with `holdfast network change FILE`; then put these files back \
             as they were, or remove them.",
        );
        let what = format!("{} changed, and nothing came of it", changed.join(" and "));
        self.alarm(|standing| &mut standing.unread, &what, &[problem]);
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
        let content = self.content()?;
        let compiled = match self.led.as_ref().and_then(|led| led.policy.clone()) {
            None => self.folder.compile(content)?,
            Some((number, text)) => {
                let file = format!("policy version {number}");
                let source = policy::read(&file, &text)?;
                let (ruleset, warnings) = ruleset::compile(source, content, &file, &text)?;
                CompiledPolicy { ruleset, warnings, text }
            }
        };
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
        if self.led.as_ref().is_some_and(|led| led.policy.is_some()) {
            self.keep_published("policy", &text);
        }
        let is_new = ruleset.id() != self.ruleset.borrow().id();
        // What is tried again because of another part must not write to the disk or have every tunnel judged anew.
        if !is_new && !self.has_ruleset_alarm() {
            return;
        }
        self.take_zone(&ruleset);
        let version = ruleset.source().version;
        let kept = self.folder.keep_ruleset(&ruleset).and_then(|()| self.keep_version("policy", version, &text));
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

    /// The store keeps its versions itself.
    fn keep_version(&self, kind: &str, version: u64, text: &str) -> io::Result<()> {
        if self.folder.is_led() { Ok(()) } else { self.folder.keep_version(kind, version, text) }
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
        let taken = self.people().and_then(|(document, left_out)| {
            let table = self.people_table(&document)?;
            self.tell_who_is_left_out(&left_out);
            Ok(table)
        });
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

    /// The people document and what of it was left out.
    fn people(&self) -> Result<(Read<PeopleSource>, Vec<Problem>), Vec<Problem>> {
        let policy = Arc::clone(self.ruleset.borrow().source());
        match &self.led {
            None => self.folder.people_beside(&policy),
            Some(led) => {
                let (source, left_out) = gate::fit(led.people.clone(), &policy);
                Ok((Read { source, text: String::new() }, left_out))
            }
        }
    }

    fn tell_who_is_left_out(&self, left_out: &[Problem]) {
        if left_out.is_empty() {
            self.change(|standing| standing.left_out = None);
        } else {
            let told = left_out.get(..MOST_TOLD).unwrap_or(left_out);
            let what = format!("{} of the register need a person", left_out.len());
            self.alarm(|standing| &mut standing.left_out, &what, told);
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
        if !self.folder.is_led() && self.folder.is_other_under_same_version("people", version, &document.text) {
            let file = self.folder.people_file().display().to_string();
            return Err(vec![same_version(&file, &document.text, version)]);
        }
        let compiled = self.compile_people(document)?;
        if let Err(fault) = self.keep_version("people", version, &document.text) {
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
        let [policy, people] = folder.edited_files().map(|file| stamp(&file));
        Self { policy, people, content: stamp(&folder.current_content_file()) }
    }
}

fn stamp(path: &Path) -> Stamp {
    let about = fs::metadata(path).ok()?;
    Some((about.ino(), (about.mtime(), about.mtime_nsec()), (about.ctime(), about.ctime_nsec()), about.len()))
}
