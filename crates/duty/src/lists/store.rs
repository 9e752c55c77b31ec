//! The data folder's lists: fetched, held, accepted, swapped.

use super::{
    Bundle, Fault, Limits, Meaning, Part, Progress, Source, Sources, bundle, checksum,
    fetch::{self, Download, Fetched, Known},
};
use crate::files;
use holdfast_core::{
    category::Category,
    host::Host,
    problem::Problem,
    request::Request,
    ruleset::{
        content::{Content, ContentBuilder},
        sealed::SealedTier,
    },
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

/// A new list with fewer entries than this share of the one in use is held.
const SMALLEST_SHARE: (u64, u64) = (80, 100);

/// Categories whose very purpose is to name helpful sites: being in one is no sign of a bad list.
const WELCOME: [Category; 8] = [
    Category::Health,
    Category::SexEducation,
    Category::IdentityAndRights,
    Category::Education,
    Category::ChildFriendly,
    Category::Religion,
    Category::Politics,
    Category::Updates,
];

/// The list in use, or one that is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InUse {
    /// The file in the source's folder.
    file: String,
    /// The download's own name, which helps to tell its format.
    name: String,
    /// Hash of what arrived; keyed for sealed lists.
    hash: String,
    /// How many entries it brings.
    pub entries: u64,
    /// How many lines could not be used.
    pub bad_lines: u64,
    /// When it was fetched.
    pub fetched: Timestamp,
    /// The version of the feed, as its publisher marks it, else the time it was fetched.
    pub version: String,
    etag: Option<String>,
    last_modified: Option<String>,
}

/// A list that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// Why, one sentence each.
    pub reasons: Vec<String>,
    /// The list.
    pub list: InUse,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    in_use: Option<InUse>,
    held: Option<Held>,
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

/// How one source stands.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The source.
    pub source: Source,
    /// The list in use, once one has been fetched.
    pub in_use: Option<InUse>,
    /// The list that waits for a person.
    pub held: Option<Held>,
}

/// The lists of one data folder.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
    limits: Limits,
}

impl Store {
    /// The lists of a data folder. Nothing is created before something is added.
    pub fn new(data_folder: &Path, limits: Limits) -> Self {
        Self { folder: data_folder.join("lists"), limits }
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

    /// Every source with its lists.
    pub fn list(&self) -> Result<Vec<Standing>, Fault> {
        let sources = self.sources()?.sources;
        sources
            .into_iter()
            .map(|source| {
                let state = self.state(&source.id)?;
                Ok(Standing { source, in_use: state.in_use, held: state.held })
            })
            .collect()
    }

    /// Everything that a person should look at: problems of `sources.toml`, sources without a list, lists held,
    /// lists that are missing on disk or unreadable.
    pub fn check(&self) -> Result<Vec<Problem>, Fault> {
        let mut problems = self.sources()?.problems;
        for standing in self.list()? {
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
                Some(list) if list.bad_lines > 0 => {
                    problems.push(Problem::warning(format!("{} lines of “{id}” could not be used.", list.bad_lines)));
                }
                Some(_) => {}
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
        Ok(problems)
    }

    fn state(&self, id: &str) -> Result<State, Fault> {
        let path = self.source_folder(id).join("state.toml");
        match fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text).map_err(|fault| {
                let message = format!("The state of this list cannot be read: {}.", fault.message());
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

    /// Fetches a source and puts its list to use, or holds it. `open_hosts` are the always-open help sites and the
    /// lifelines: a list that would newly block one is held (practice.md 15, 16). The old list serves meanwhile,
    /// and whenever this fails.
    pub fn update(
        &self,
        id: &str,
        open_hosts: &[Host],
        now: Timestamp,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Outcome, Fault> {
        let _lock = self.lock()?;
        let source = self.source(id)?;
        let mut state = self.state(id)?;
        let newest = state.held.as_ref().map(|held| &held.list).or(state.in_use.as_ref());
        let known = newest
            .map(|list| Known { etag: list.etag.clone(), last_modified: list.last_modified.clone() })
            .unwrap_or_default();
        let download = match fetch::fetch(&source.location, &known, &self.limits, progress)? {
            Fetched::Unchanged => return Ok(unchanged(&state)),
            Fetched::New(download) => download,
        };
        if let Some(sum) = source.checksum.as_ref().filter(|_| download.early_end.is_none()) {
            checksum::check(sum, &download.bytes, &download.file_name, &self.limits)?;
        }
        let candidate = match &source.meaning {
            Meaning::Sealed(tier) => self.seal(&source, tier, &download, now)?,
            _ => Candidate::read(&source, &download, now),
        };
        if newest.is_some_and(|list| list.hash == candidate.list.hash) {
            return Ok(unchanged(&state));
        }
        let mut reasons = candidate.reasons(state.in_use.as_ref());
        reasons.extend(self.newly_blocked(&source, &candidate.brought, state.in_use.as_ref(), open_hosts)?);
        let path = self.source_folder(id).join(&candidate.list.file);
        files::replace_with(&path, &candidate.stored).map_err(Fault::disk(&path))?;
        let before = state.in_use.as_ref().map(|list| list.entries);
        let (entries, bad_lines) = (candidate.list.entries, candidate.list.bad_lines);
        let outcome = if reasons.is_empty() {
            state = State { in_use: Some(candidate.list), held: None };
            Outcome::Updated { entries, before, bad_lines }
        } else {
            state.held = Some(Held { reasons: reasons.clone(), list: candidate.list });
            Outcome::Held(reasons)
        };
        self.save_state(id, &state)?;
        Ok(outcome)
    }

    /// Puts a held list to use. The caller compiles.
    pub fn accept(&self, id: &str) -> Result<InUse, Fault> {
        let _lock = self.lock()?;
        let held = self.held(id)?;
        self.save_state(id, &State { in_use: Some(held.list.clone()), held: None })?;
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

    /// What the list in use brings. Sealed sources have no such thing.
    pub(crate) fn read_in_use(&self, source: &Source, list: &InUse) -> Result<Bundle, Fault> {
        let path = self.source_folder(&source.id).join(&list.file);
        let bytes = fs::read(&path).map_err(Fault::disk(&path))?;
        Ok(bundle::read_bundle(&bytes, &list.name, source.format, &source.meaning))
    }

    /// The sealed tiers in use: kept as a compiled content that holds nothing else.
    pub(crate) fn read_sealed(&self, source: &Source, list: &InUse) -> Result<Vec<SealedTier>, Fault> {
        let path = self.source_folder(&source.id).join(&list.file);
        let bytes = fs::read(&path).map_err(Fault::disk(&path))?;
        match Content::read(&mut bytes.as_slice()) {
            Ok(content) => Ok(content.sealed_tiers().to_vec()),
            Err(fault) => Err(Fault::disk(&path)(io::Error::other(fault.to_string()))),
        }
    }

    /// Always-open hosts that the new list reaches and the one in use does not, told as reasons. Of a sealed list
    /// only their number is told.
    fn newly_blocked(
        &self,
        source: &Source,
        new: &Brought,
        old: Option<&InUse>,
        hosts: &[Host],
    ) -> Result<Vec<String>, Fault> {
        let mut reached = new.reached(hosts);
        if let (Some(old), false) = (old, reached.is_empty()) {
            let old = match new {
                Brought::Open(_) => Brought::Open(self.read_in_use(source, old)?),
                Brought::Sealed(_) => Brought::Sealed(self.read_sealed(source, old)?),
            };
            let before = old.reached(hosts);
            reached.retain(|host| !before.contains(host));
        }
        let count = reached.len();
        Ok(match new {
            Brought::Sealed(_) if count > 0 => {
                vec![format!("It would block {count} of the sites that are to stay open always. Ask its provider.")]
            }
            _ => reached
                .into_iter()
                .map(|host| format!("It would block {host}, which is to stay open always."))
                .collect(),
        })
    }

    /// Reads a sealed list into its tier. Its addresses are in memory only, and nothing says which line was bad.
    fn seal(&self, source: &Source, tier: &str, download: &Download, now: Timestamp) -> Result<Candidate, Fault> {
        let key = self.key(&source.id)?;
        let (files, early_end) = bundle::plain_files(&download.bytes);
        let version = version_of(download, now);
        let text: Vec<String> = files.iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect();
        let (sealed, bad_lines) = SealedTier::build(tier, &version, key, text.iter().flat_map(|text| text.lines()));
        let entries = sealed.len() as u64;
        let mut builder = ContentBuilder::new(0);
        builder.add_sealed(sealed.clone());
        let mut stored = Vec::new();
        builder.finish().content.write(&mut stored).map_err(Fault::disk(self.source_folder(&source.id)))?;
        let hash = blake3::keyed_hash(&key, &download.bytes).to_hex().to_string();
        let mut list = list_of(download, now, hash, "tier");
        (list.entries, list.bad_lines, list.version) = (entries, bad_lines as u64, version);
        Ok(Candidate {
            list,
            stored,
            early_end: download.early_end.clone().or(early_end),
            brought: Brought::Sealed(vec![sealed]),
        })
    }

    /// The key of a sealed source, made on first use; its file can be read by its owner only.
    fn key(&self, id: &str) -> Result<[u8; 32], Fault> {
        let path = self.source_folder(id).join("key");
        match fs::read(&path) {
            Ok(bytes) => bytes.first_chunk().filter(|key| key.len() == bytes.len()).copied().ok_or_else(|| {
                Fault::disk(&path)(io::Error::other("this key is damaged; remove it and update the list again"))
            }),
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => {
                let mut key = [0_u8; 32];
                getrandom::fill(&mut key).map_err(|fault| Fault::disk(&path)(io::Error::other(fault.to_string())))?;
                files::replace_with(&path, &key).map_err(Fault::disk(&path))?;
                Ok(key)
            }
            Err(fault) => Err(Fault::disk(path)(fault)),
        }
    }
}

fn unchanged(state: &State) -> Outcome {
    state.held.as_ref().map_or(Outcome::Unchanged, |held| Outcome::Held(held.reasons.clone()))
}

/// What a list brings, as far as it may be looked at.
enum Brought {
    Open(Bundle),
    Sealed(Vec<SealedTier>),
}

impl Brought {
    /// The hosts that it would block.
    fn reached<'h>(&self, hosts: &'h [Host]) -> Vec<&'h Host> {
        match self {
            Self::Open(bundle) => {
                let blocks = |part: &&Part| !part.white && !WELCOME.contains(&part.category);
                let mut reached: Vec<&Host> =
                    bundle.parts.iter().filter(blocks).flat_map(|part| part.entries.reached(hosts)).collect();
                reached.sort();
                reached.dedup();
                reached
            }
            Self::Sealed(tiers) => {
                let holds = |host: &&Host| tiers.iter().any(|tier| tier.find(&Request::name_only(host)).is_some());
                hosts.iter().filter(holds).collect()
            }
        }
    }
}

fn version_of(download: &Download, now: Timestamp) -> String {
    let marked = download.known.last_modified.clone().or_else(|| download.known.etag.clone());
    marked.unwrap_or_else(|| now.to_string())
}

fn list_of(download: &Download, now: Timestamp, hash: String, ending: &str) -> InUse {
    let front: String = hash.chars().take(16).collect();
    InUse {
        file: format!("{front}.{ending}"),
        name: download.file_name.clone(),
        hash,
        entries: 0,
        bad_lines: 0,
        fetched: now,
        version: version_of(download, now),
        etag: download.known.etag.clone(),
        last_modified: download.known.last_modified.clone(),
    }
}

/// A list that has arrived and may be put to use.
struct Candidate {
    list: InUse,
    /// What is written to disk.
    stored: Vec<u8>,
    early_end: Option<String>,
    brought: Brought,
}

impl Candidate {
    fn read(source: &Source, download: &Download, now: Timestamp) -> Self {
        let bundle = bundle::read_bundle(&download.bytes, &download.file_name, source.format, &source.meaning);
        let mut list = list_of(download, now, blake3::hash(&download.bytes).to_hex().to_string(), "list");
        (list.entries, list.bad_lines) = (bundle.len() as u64, bundle.bad_lines() as u64);
        let early_end = download.early_end.clone().or_else(|| bundle.early_end.clone());
        Self { list, stored: download.bytes.clone(), early_end, brought: Brought::Open(bundle) }
    }

    /// Why a person should look first.
    fn reasons(&self, in_use: Option<&InUse>) -> Vec<String> {
        let mut reasons = Vec::new();
        if let Some(early_end) = &self.early_end {
            reasons.push(format!("It is not whole: {early_end}."));
        }
        if self.list.entries == 0 {
            reasons.push("Nothing in it could be used.".to_owned());
        }
        if let Some(old) = in_use.filter(|old| self.list.entries * SMALLEST_SHARE.1 < old.entries * SMALLEST_SHARE.0) {
            reasons.push(format!(
                "It has {} entries, and the one in use has {}: more than a fifth are gone.",
                self.list.entries, old.entries
            ));
        }
        reasons
    }
}
