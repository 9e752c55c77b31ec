//! The data folder's lists: fetched, held, accepted, swapped.

use super::{
    Bundle, Fault, Limits, Meaning, Progress, Source, Sources, bundle,
    candidate::{self, Brought, Candidate, SMALLEST_SHARE},
    checksum,
    fetch::{self, Download, Fetched, Known},
    state::{Held, InUse, Standing, State, reading_of},
};
use crate::{compile, files};
use holdfast_core::{
    host::Host,
    problem::Problem,
    ruleset::{content::Content, sealed::SealedTier},
};
use jiff::Timestamp;
use std::{
    fmt,
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

/// How long compiling waits for somebody else who changes lists.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
const BETWEEN_TRIES: Duration = Duration::from_millis(50);

/// A host that no list may newly block: a help site's, a lifeline's, or a protected partner's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenHost {
    /// The host.
    pub host: Host,
    /// Whether it is a protected partner's, which is told to nobody (practice 11).
    pub is_partner: bool,
}

/// What an update came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing new.
    Unchanged,
    /// A new list is in use; the caller compiles.
    Updated {
        /// How many entries it brings.
        entries: u64,
        /// How many the one before brought; none before the first.
        before: Option<u64>,
        /// How many lines could not be used.
        bad_lines: u64,
    },
    /// A new list waits for a person; the one before, if any, stays in use.
    Held(Vec<String>),
}

impl fmt::Display for Outcome {
    /// For a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unchanged => f.write_str("nothing new"),
            Self::Updated { entries, before, bad_lines } => {
                write!(f, "{entries} entries in use")?;
                if let Some(before) = before {
                    write!(f, " ({before} before)")?;
                }
                write!(f, ", {bad_lines} lines could not be used")
            }
            Self::Held(reasons) => write!(
                f,
                "HELD, the old list goes on serving. {} Look at it, then `holdfast lists accept` or `discard` it.",
                reasons.join(" ")
            ),
        }
    }
}

/// The lists of one data folder.
#[derive(Debug, Clone)]
pub struct Store {
    data_folder: PathBuf,
    folder: PathBuf,
    limits: Limits,
}

impl Store {
    /// The lists of a data folder. Nothing is created before something is added.
    pub fn new(data_folder: &Path, limits: Limits) -> Self {
        Self { data_folder: data_folder.to_owned(), folder: data_folder.join("lists"), limits }
    }

    fn sources_file(&self) -> PathBuf {
        self.folder.join("sources.toml")
    }

    fn source_folder(&self, id: &str) -> PathBuf {
        self.folder.join(id)
    }

    /// Keeps other processes from changing lists until the file is dropped. Reading needs no lock.
    fn lock(&self) -> Result<File, Fault> {
        files::create_private_folder(&self.folder).map_err(Fault::disk(&self.folder))?;
        let path = self.folder.join("lock");
        let file = files::open_private(&path).map_err(Fault::disk(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => {
                let message = "Another Holdfast process is changing lists just now. Try again when it is done.";
                Err(Fault::Source(message.to_owned()))
            }
            Err(TryLockError::Error(fault)) => Err(Fault::disk(path)(fault)),
        }
    }

    /// The same lock, for compiling: so that what is accepted while lists are read cannot be undone by what was read
    /// before. Waits a little, as most changes take less than a second.
    pub(crate) fn lock_waiting(&self) -> Result<File, Fault> {
        let started = Instant::now();
        loop {
            match self.lock() {
                Err(Fault::Source(_)) if started.elapsed() < LONGEST_WAIT => thread::sleep(BETWEEN_TRIES),
                locked => return locked,
            }
        }
    }

    fn sources_text(&self) -> Result<String, Fault> {
        match fs::read_to_string(self.sources_file()) {
            Ok(text) => Ok(text),
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(String::new()),
            Err(fault) => Err(Fault::disk(self.sources_file())(fault)),
        }
    }

    /// What `sources.toml` says, with its problems. A missing file is no source at all.
    pub fn sources(&self) -> Result<Sources, Fault> {
        Ok(Sources::read(&self.sources_text()?))
    }

    /// Adds a source. It is fetched by [`Self::update`].
    pub fn add(&self, source: &Source) -> Result<(), Fault> {
        let _lock = self.lock()?;
        let text = self.sources_text()?;
        let sources = Sources::read(&text);
        if !sources.problems.is_empty() {
            return Err(Fault::Sources(sources.problems));
        }
        if sources.sources.iter().any(|other| other.id == source.id) {
            return Err(Fault::Source(format!(
                "There is already a source “{}”. Choose another id, or remove that one first.",
                source.id
            )));
        }
        let changed = Sources::with_added(&text, source).map_err(|fault| Fault::Source(fault.to_string()))?;
        // What was written must be readable again; so a bad id or address is told before anything is saved.
        let problems = Sources::read(&changed).problems;
        if !problems.is_empty() {
            return Err(Fault::Sources(problems));
        }
        files::replace_with(&self.sources_file(), changed.as_bytes()).map_err(Fault::disk(self.sources_file()))
    }

    /// Removes a source and its lists.
    pub fn remove(&self, id: &str) -> Result<(), Fault> {
        let _lock = self.lock()?;
        self.source(id)?;
        let changed =
            Sources::with_removed(&self.sources_text()?, id).map_err(|fault| Fault::Source(fault.to_string()))?;
        files::replace_with(&self.sources_file(), changed.as_bytes()).map_err(Fault::disk(self.sources_file()))?;
        match fs::remove_dir_all(self.source_folder(id)) {
            Err(fault) if fault.kind() != io::ErrorKind::NotFound => Err(Fault::disk(self.source_folder(id))(fault)),
            _ => Ok(()),
        }
    }

    fn source(&self, id: &str) -> Result<Source, Fault> {
        let sources = self.sources()?;
        let known: Vec<&str> = sources.sources.iter().map(|source| source.id.as_str()).collect();
        let missing = || {
            let known = if known.is_empty() {
                "There are none yet.".to_owned()
            } else {
                format!("There are: {}.", known.join(", "))
            };
            Fault::Source(format!("There is no list source “{id}” that can be used. {known}"))
        };
        sources.sources.iter().find(|source| source.id == id).cloned().ok_or_else(missing)
    }

    /// Every source with its lists. A source whose state cannot be read is left out; [`Self::standings`] and
    /// [`Self::check`] tell of it.
    pub fn list(&self) -> Result<Vec<Standing>, Fault> {
        self.sources()?;
        Ok(self.standings().0)
    }

    /// Every source that can be used with its lists, and what is wrong with the others: one broken source costs
    /// itself only.
    pub fn standings(&self) -> (Vec<Standing>, Vec<Problem>) {
        let Sources { sources, mut problems } = match self.sources() {
            Ok(sources) => sources,
            Err(fault) => return (Vec::new(), vec![Problem::error(fault.to_string())]),
        };
        let mut standings = Vec::new();
        for source in sources {
            match self.state(&source.id) {
                Ok(State { looked, in_use, held }) => {
                    standings.push(Standing { source, in_use, held, looked });
                }
                Err(Fault::Sources(faults)) => problems.extend(faults),
                Err(fault) => {
                    problems.push(Problem::error(format!("The source “{}” cannot be used. {fault}", source.id)));
                }
            }
        }
        (standings, problems)
    }

    /// Everything that a person should look at: problems of `sources.toml`, sources without a list, lists held,
    /// lists that are missing on disk or damaged, and lists that are in use but not compiled.
    pub fn check(&self) -> Result<Vec<Problem>, Fault> {
        let (standings, mut problems) = self.standings();
        for standing in &standings {
            let id = &standing.source.id;
            match &standing.in_use {
                None => problems.push(
                    Problem::warning(format!("The source “{id}” has no list yet."))
                        .suggest(format!("Fetch it with: holdfast lists update {id}")),
                ),
                Some(list) if !self.source_folder(id).join(&list.file).is_file() => problems.push(
                    Problem::error(format!("The list of “{id}” is missing from the data folder."))
                        .suggest(format!("Fetch it again: holdfast lists update {id}")),
                ),
                Some(list) => {
                    if let Err(fault) = self.verify(id, list) {
                        problems.push(Problem::error(fault.to_string()));
                    }
                    if list.bad_lines > 0 {
                        let message = format!("{} lines of “{id}” could not be used.", list.bad_lines);
                        problems.push(Problem::warning(message));
                    }
                }
            }
            if let Some(held) = &standing.held {
                let reasons = held.reasons.join(" ");
                problems.push(
                    Problem::warning(format!("A new list of “{id}” is held: {reasons}")).suggest(format!(
                        "Look at it, then: holdfast lists accept {id}, or: holdfast lists discard {id}"
                    )),
                );
            }
            if !standing.source.approved {
                problems.push(Problem::warning(format!("The source “{id}” is not approved, so it filters nothing.")));
            }
        }
        let has_lists = standings.iter().any(|standing| standing.compiled().is_some());
        let is_compiled = self.data_folder.join("contents/current").is_file();
        if (has_lists || is_compiled) && !compile::is_current(&self.data_folder)? {
            problems.push(
                Problem::error("What filters now was not compiled from the lists that are in use and approved.")
                    .suggest("Compile them, and read what is said: holdfast lists compile"),
            );
        }
        Ok(problems)
    }

    fn state(&self, id: &str) -> Result<State, Fault> {
        let path = self.source_folder(id).join("state.toml");
        match fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text).map_err(|fault| {
                let message = format!("The state of the source “{id}” cannot be read: {}.", fault.message());
                Fault::Sources(vec![
                    Problem::error(message)
                        .in_file(path.display().to_string())
                        .suggest("Remove the file and update the list again."),
                ])
            }),
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(State::default()),
            Err(fault) => Err(Fault::disk(path)(fault)),
        }
    }

    /// Saves the state, which is the moment of the swap, and then removes lists that nothing names any more.
    fn save_state(&self, id: &str, state: &State) -> Result<(), Fault> {
        let folder = self.source_folder(id);
        let path = folder.join("state.toml");
        let text = toml::to_string(state).map_err(|fault| Fault::disk(&path)(io::Error::other(fault)))?;
        files::replace_with(&path, text.as_bytes()).map_err(Fault::disk(&path))?;
        let held = state.held.as_ref().map(|held| &held.list);
        let named: Vec<&str> = state.in_use.iter().chain(held).map(|list| list.file.as_str()).collect();
        for entry in fs::read_dir(&folder).map_err(Fault::disk(&folder))? {
            let path = entry.map_err(Fault::disk(&folder))?.path();
            let is_list = path.extension().is_some_and(|ending| ending == "list" || ending == "tier");
            let is_named = path.file_name().and_then(|name| name.to_str()).is_some_and(|name| named.contains(&name));
            if is_list && !is_named {
                fs::remove_file(&path).map_err(Fault::disk(&path))?;
            }
        }
        files::flush_folder(&folder).map_err(Fault::disk(&folder))
    }

    /// Fetches a source and puts its list to use, or holds it. `open_hosts` are the always-open help sites, the
    /// protected partners and the lifelines: a list that would newly block one is held (practice.md 15, 16). The old list serves meanwhile,
    /// and whenever this fails.
    pub fn update(
        &self,
        id: &str,
        open_hosts: &[OpenHost],
        now: Timestamp,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, Fault> {
        let _lock = self.lock()?;
        let source = self.source(id)?;
        let mut state = self.state(id)?;
        // What is damaged, or was counted under another reading, is fetched again even if its publisher has no other.
        let is_good =
            |list: &&InUse| list.read_as.as_deref() == Some(&*reading_of(&source)) && self.verify(id, list).is_ok();
        let newest = state.newest().filter(is_good);
        let known = newest
            .map(|list| Known { etag: list.etag.clone(), last_modified: list.last_modified.clone() })
            .unwrap_or_default();
        let download = match fetch::fetch(&source.location, &known, &self.limits, progress)? {
            Fetched::Unchanged => return self.unchanged(id, state, now),
            Fetched::New(download) => download,
        };
        if let Some(sum) = source.checksum.as_ref().filter(|_| download.early_end.is_none()) {
            checksum::check(sum, &download.bytes, &download.file_name, &self.limits)?;
        }
        let hosts: Vec<Host> = open_hosts.iter().map(|open| open.host.clone()).collect();
        let candidate = self.candidate(&source, download, now, &hosts)?;
        if newest.is_some_and(|list| list.hash == candidate.list.hash) {
            return self.unchanged(id, state, now);
        }
        // What a person or a check let through once, and only lost its file, needs no second look.
        let is_same = |list: &InUse| list.hash == candidate.list.hash && list.read_as == candidate.list.read_as;
        let reasons = match &state.held {
            Some(held) if is_same(&held.list) => held.reasons.clone(),
            _ if state.in_use.as_ref().is_some_and(is_same) => Vec::new(),
            _ => self.reasons(&source, &candidate, state.in_use.as_ref(), open_hosts),
        };
        let path = self.source_folder(id).join(&candidate.list.file);
        files::replace_with(&path, &candidate.stored).map_err(Fault::disk(&path))?;
        let before = state.in_use.as_ref().map(|list| list.entries);
        let (entries, bad_lines) = (candidate.list.entries, candidate.list.bad_lines);
        let outcome = if reasons.is_empty() {
            state = State { looked: Some(now), in_use: Some(candidate.list), held: None };
            Outcome::Updated { entries, before, bad_lines }
        } else {
            state.looked = Some(now);
            state.held = Some(Held { reasons: reasons.clone(), list: candidate.list });
            Outcome::Held(reasons)
        };
        self.save_state(id, &state)?;
        Ok(outcome)
    }

    /// Nothing new: that was a look all the same. What is held still waits.
    fn unchanged(&self, id: &str, state: State, now: Timestamp) -> Result<Outcome, Fault> {
        let state = State { looked: Some(now), ..state };
        self.save_state(id, &state)?;
        Ok(state.held.map_or(Outcome::Unchanged, |held| Outcome::Held(held.reasons)))
    }

    fn candidate<'h>(
        &self,
        source: &Source,
        download: Download,
        now: Timestamp,
        open_hosts: &'h [Host],
    ) -> Result<Candidate<'h>, Fault> {
        let Meaning::Sealed(tier) = &source.meaning else { return Ok(Candidate::read(source, download, now)) };
        let key = self.key(&source.id)?;
        let sealed = Candidate::seal(source, tier, key, &download, (now, open_hosts));
        sealed.map_err(Fault::disk(self.source_folder(&source.id)))
    }

    /// Why a person should look at a list first. One in use that cannot be read any more is as good as none.
    fn reasons(
        &self,
        source: &Source,
        new: &Candidate<'_>,
        in_use: Option<&InUse>,
        open_hosts: &[OpenHost],
    ) -> Vec<String> {
        let mut reasons = new.reasons(in_use);
        match &new.brought {
            Brought::Open(bundle) => {
                let old = || in_use.and_then(|list| self.read_in_use(source, list).ok());
                reasons.extend(candidate::newly_blocked(bundle, old, open_hosts));
            }
            Brought::Sealed(reached) => {
                let old = in_use.and_then(|list| self.read_sealed(source, list).ok()).unwrap_or_default();
                reasons.extend(candidate::newly_blocked_by_sealed(reached, &old));
            }
        }
        reasons
    }

    /// Puts a held list to use. The caller compiles.
    pub fn accept(&self, id: &str) -> Result<InUse, Fault> {
        let _lock = self.lock()?;
        let held = self.held(id)?;
        self.verify(id, &held.list)?;
        let State { looked, .. } = self.state(id)?;
        self.save_state(id, &State { looked, in_use: Some(held.list.clone()), held: None })?;
        Ok(held.list)
    }

    /// Drops a held list; the one before stays in use.
    pub fn discard(&self, id: &str) -> Result<(), Fault> {
        let _lock = self.lock()?;
        self.held(id)?;
        let state = self.state(id)?;
        self.save_state(id, &State { held: None, ..state })
    }

    fn held(&self, id: &str) -> Result<Held, Fault> {
        self.source(id)?;
        let held = self.state(id)?.held;
        held.ok_or_else(|| Fault::Source(format!("No list of “{id}” is held; there is nothing to decide.")))
    }

    /// What the list in use brings, if it is all there. Sealed sources have no such thing.
    pub(crate) fn read_in_use(&self, source: &Source, list: &InUse) -> Result<Bundle, Fault> {
        if list.is_sealed() {
            return Err(kept_otherwise(&source.id));
        }
        let bytes = self.read_stored(&source.id, list)?;
        let mut bundle = bundle::read_bundle(&bytes, &list.name, source.format, &source.meaning);
        if let Some(early_end) = bundle.early_end.clone() {
            if list.early_end.as_ref() != Some(&early_end) {
                return Err(Fault::Source(format!(
                    "The list of “{id}” is not whole: {early_end}. Fetch it again: holdfast lists update {id}",
                    id = source.id
                )));
            }
            let message = format!("This list is not whole ({early_end}) and was accepted so.");
            bundle.problems.push(Problem::warning(message));
        }
        if (bundle.len() as u64).saturating_mul(SMALLEST_SHARE.1) < list.entries.saturating_mul(SMALLEST_SHARE.0) {
            return Err(Fault::Source(format!(
                "The list of “{id}” had {} entries when it was fetched; as it is read now it has {}. Look at its \
                 format and category in lists/sources.toml, then: holdfast lists update {id}",
                list.entries,
                bundle.len(),
                id = source.id
            )));
        }
        Ok(bundle)
    }

    /// The sealed tiers in use: kept as a compiled content that holds nothing else.
    pub(crate) fn read_sealed(&self, source: &Source, list: &InUse) -> Result<Vec<SealedTier>, Fault> {
        if !list.is_sealed() {
            return Err(kept_otherwise(&source.id));
        }
        let bytes = self.read_stored(&source.id, list)?;
        let tiers = match Content::read(&mut bytes.as_slice()) {
            Ok(content) => content.sealed_tiers().to_vec(),
            Err(_) => return Err(damaged(&source.id)),
        };
        let entries: u64 = tiers.iter().map(|tier| tier.len() as u64).sum();
        if entries == list.entries { Ok(tiers) } else { Err(damaged(&source.id)) }
    }

    fn read_stored(&self, id: &str, list: &InUse) -> Result<Vec<u8>, Fault> {
        let path = self.source_folder(id).join(&list.file);
        let bytes = fs::read(&path).map_err(Fault::disk(&path))?;
        if let Some((mut hasher, expected)) = self.hasher(id, list)?
            && hasher.update(&bytes).finalize().to_hex().as_str() != expected
        {
            return Err(damaged(id));
        }
        Ok(bytes)
    }

    /// Whether the stored file is the one that was read and counted.
    fn verify(&self, id: &str, list: &InUse) -> Result<(), Fault> {
        let path = self.source_folder(id).join(&list.file);
        let file = File::open(&path).map_err(Fault::disk(&path))?;
        let Some((mut hasher, expected)) = self.hasher(id, list)? else { return Ok(()) };
        hasher.update_reader(file).map_err(Fault::disk(&path))?;
        if hasher.finalize().to_hex().as_str() == expected { Ok(()) } else { Err(damaged(id)) }
    }

    /// What the stored file's hash is taken with, and what it is to be. A sealed list of an older state has none; its
    /// file bears a hash of its own, which reading it verifies.
    fn hasher<'l>(&self, id: &str, list: &'l InUse) -> Result<Option<(blake3::Hasher, &'l str)>, Fault> {
        if !list.is_sealed() {
            return Ok(Some((blake3::Hasher::new(), &list.hash)));
        }
        let Some(expected) = &list.stored_hash else { return Ok(None) };
        let key = self.known_key(id)?.ok_or_else(|| damaged(id))?;
        Ok(Some((blake3::Hasher::new_keyed(&key), expected)))
    }

    /// The key of a sealed source, made on first use; its file can be read by its owner only.
    fn key(&self, id: &str) -> Result<[u8; 32], Fault> {
        if let Some(key) = self.known_key(id)? {
            return Ok(key);
        }
        let path = self.source_folder(id).join("key");
        let mut key = [0_u8; 32];
        getrandom::fill(&mut key).map_err(|fault| Fault::disk(&path)(io::Error::other(fault.to_string())))?;
        files::replace_with(&path, &key).map_err(Fault::disk(&path))?;
        Ok(key)
    }

    fn known_key(&self, id: &str) -> Result<Option<[u8; 32]>, Fault> {
        let path = self.source_folder(id).join("key");
        match fs::read(&path) {
            Ok(bytes) => {
                bytes.first_chunk().filter(|key| key.len() == bytes.len()).copied().map(Some).ok_or_else(|| {
                    Fault::disk(&path)(io::Error::other("this key is damaged; remove it and update the list again"))
                })
            }
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(fault) => Err(Fault::disk(path)(fault)),
        }
    }
}

fn damaged(id: &str) -> Fault {
    Fault::Source(format!(
        "The list of “{id}” is not as it was fetched: its file was damaged or altered. \
         Fetch it again: holdfast lists update {id}"
    ))
}

fn kept_otherwise(id: &str) -> Fault {
    Fault::Source(format!(
        "The source “{id}” was fetched as another kind of list, sealed or not. \
         Fetch it again: holdfast lists update {id}"
    ))
}
