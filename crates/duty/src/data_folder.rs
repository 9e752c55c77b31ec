//! The data folder: the documents people edit, what was compiled from them, and what is kept for a cold start.
//!
//! ```text
//! policy.toml, people.toml      what people edit until the school is set up; accepted versions are kept under versions/
//! published/                    from then on: what the store published last, for a start without it
//! records/                      the embedded store (the `records` crate's)
//! lists/, contents/             list sources and compiled lists (the `duty` crate's); contents/current names one
//! rulesets/                     every ruleset that was in force, for replay; rulesets/current names the last
//! rulesets/always-open          lifelines and help, for when nothing else can be loaded
//! activity/                     the log
//! ```

use crate::{files, lists::OpenHost};
use holdfast_core::{
    host::Host,
    people::{self, PeopleSource},
    policy::{self, PolicySource},
    problem::Problem,
    ruleset::{
        self, Ruleset,
        content::Content,
        saved::{self, AlwaysOpen},
    },
};
use holdfast_records::gate;
use std::{
    fs,
    io::{self, BufReader},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

/// A document as it was read.
#[derive(Debug)]
pub struct Read<T> {
    /// What it says.
    pub source: T,
    /// Its text, for the lines of problems.
    pub text: String,
}

/// A data folder.
#[derive(Debug, Clone)]
pub struct DataFolder(PathBuf);

impl DataFolder {
    /// Help sites, protected partners and lifelines of the ruleset in force: a list that would block one is held.
    pub fn always_open_hosts(&self) -> Vec<OpenHost> {
        let ruleset = self.last_ruleset().unwrap_or_else(|_| Ruleset::closed(self.always_open().0));
        let hosts = ruleset.always_open_hosts().filter_map(|host| Host::parse(host).ok());
        hosts.map(|host| OpenHost { is_partner: ruleset.is_partner(&host), host }).collect()
    }

    /// The folder at this path, for its owner only; created if it is not there.
    pub fn open(path: &Path) -> io::Result<Self> {
        files::create_private_folder(path)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
        Ok(Self(path.to_owned()))
    }

    /// The folder at this path as it is, for those who only read.
    pub fn existing(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Where the policy document is: what people edit, or what the store published last.
    pub fn policy_file(&self) -> PathBuf {
        self.document_file("policy")
    }

    /// Where the people document is: what people edit, or what the store published last.
    pub fn people_file(&self) -> PathBuf {
        self.document_file("people")
    }

    fn document_file(&self, kind: &str) -> PathBuf {
        if self.is_led() { self.published_file(kind) } else { self.0.join(format!("{kind}.toml")) }
    }

    /// The file that names the compiled lists in use.
    pub fn current_content_file(&self) -> PathBuf {
        self.0.join("contents/current")
    }

    /// The compiled lists' own file.
    pub fn content_file(&self, hash: &str) -> PathBuf {
        self.0.join("contents").join(format!("{hash}.content"))
    }

    /// The file with the words behind the compiled lists' fingerprints.
    pub fn content_text_file(&self, hash: &str) -> PathBuf {
        self.0.join("contents").join(format!("{hash}.text"))
    }

    /// Reads the policy document.
    pub fn policy(&self) -> Result<Read<PolicySource>, Vec<Problem>> {
        let (file, text) = read_document(&self.policy_file())?;
        policy::read(&file, &text).map(|source| Read { source, text })
    }

    /// Reads the people document.
    pub fn people(&self) -> Result<Read<PeopleSource>, Vec<Problem>> {
        let (file, text) = read_document(&self.people_file())?;
        people::read(&file, &text).map(|source| Read { source, text })
    }

    /// The hash of the compiled lists in use; `None` before the first compile.
    pub fn current_content(&self) -> Option<String> {
        let text = fs::read_to_string(self.current_content_file()).ok()?;
        let hash = text.trim();
        (hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| hash.to_owned())
    }

    /// Loads and verifies compiled lists.
    pub fn content(&self, hash: &str) -> Result<Arc<Content>, Problem> {
        let path = self.content_file(hash);
        let in_file = |problem: Problem| problem.in_file(path.display().to_string());
        let file = fs::File::open(&path).map_err(|fault| {
            in_file(
                Problem::error(format!("The compiled lists cannot be opened: {fault}."))
                    .suggest("Run `holdfast lists compile`."),
            )
        })?;
        let content = Content::read(&mut BufReader::with_capacity(256 * 1024, file));
        content.map(Arc::new).map_err(|fault| in_file(Problem::error(fault.to_string())))
    }

    /// Keeps a ruleset that is now in force, and what stays open if none can be loaded. For replay and a cold start.
    pub fn keep_ruleset(&self, ruleset: &Ruleset) -> io::Result<()> {
        let folder = self.0.join("rulesets");
        let file = folder.join(format!("{}.ruleset", ruleset.id()));
        if !file.exists() {
            files::replace_with(&file, &ruleset.save())?;
        }
        files::replace_with(&folder.join("always-open"), &saved::save_always_open(ruleset))?;
        files::replace_with(&folder.join("current"), ruleset.id().as_bytes())
    }

    /// The ruleset that was last in force, if its file and its lists' file verify.
    pub fn last_ruleset(&self) -> Result<Ruleset, Problem> {
        let folder = self.0.join("rulesets");
        let id = fs::read_to_string(folder.join("current"))
            .map_err(|fault| Problem::error(format!("No ruleset was in force before: {fault}.")))?;
        self.ruleset(id.trim())
    }

    /// A kept ruleset by its id.
    pub fn ruleset(&self, id: &str) -> Result<Ruleset, Problem> {
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Problem::error(format!("“{id}” is not a ruleset's id.")));
        }
        let file = self.0.join("rulesets").join(format!("{id}.ruleset"));
        let in_file = |message: String| Problem::error(message).in_file(file.display().to_string());
        let bytes = fs::read(&file).map_err(|fault| in_file(format!("The ruleset cannot be read: {fault}.")))?;
        let kept = saved::open(&bytes).map_err(|fault| in_file(fault.to_string()))?;
        let content = self.content(&kept.content)?;
        Ruleset::load(kept, content).map_err(|fault| in_file(fault.to_string()))
    }

    /// What stays open when no ruleset can be loaded: what was kept beside the last one; where that is not there or
    /// damaged, what the newest accepted policy says; else what the policy document says, good or not.
    pub fn always_open(&self) -> (AlwaysOpen, Option<Problem>) {
        let file = self.0.join("rulesets/always-open");
        let fault = match fs::read(&file).map(|bytes| saved::open_always_open(&bytes)) {
            Ok(Ok(kept)) => return (kept, None),
            Ok(Err(fault)) => Some(fault.to_string()),
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => None,
            Err(fault) => Some(format!("It cannot be read: {fault}.")),
        };
        let problem = fault.map(|fault| {
            Problem::error(format!("What stays open was taken from the policy document instead. {fault}"))
                .in_file(file.display().to_string())
        });
        let newest = if self.is_led() { None } else { self.newest_version("policy") };
        let newest = newest.and_then(|file| fs::read_to_string(file).ok());
        let source = newest.and_then(|text| policy::read("", &text).ok()).or_else(|| Some(self.policy().ok()?.source));
        (source.as_ref().map(AlwaysOpen::of).unwrap_or_default(), problem)
    }

    /// Keeps an accepted version of a document.
    pub fn keep_version(&self, kind: &str, version: u64, text: &str) -> io::Result<()> {
        let file = self.version_file(kind, version);
        if file.exists() { Ok(()) } else { files::replace_with(&file, text.as_bytes()) }
    }

    /// Whether a document under a version number that was accepted before now says something else.
    pub fn is_other_under_same_version(&self, kind: &str, version: u64, text: &str) -> bool {
        fs::read_to_string(self.version_file(kind, version)).is_ok_and(|kept| kept != text)
    }

    /// The newest accepted version of the people document, for a cold start with a bad edit.
    pub fn last_people(&self) -> Option<Read<PeopleSource>> {
        let text = fs::read_to_string(self.newest_version("people")?).ok()?;
        people::read("", &text).ok().map(|source| Read { source, text })
    }

    fn newest_version(&self, kind: &str) -> Option<PathBuf> {
        let files = fs::read_dir(self.0.join("versions")).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
        let begins = format!("{kind}-");
        files.filter(|file| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&begins))).max()
    }

    fn version_file(&self, kind: &str, version: u64) -> PathBuf {
        self.0.join("versions").join(format!("{kind}-{version:012}.toml"))
    }

    /// Compiles the policy document over compiled lists.
    pub fn compile(&self, content: Arc<Content>) -> Result<CompiledPolicy, Vec<Problem>> {
        let Read { source, text } = self.policy()?;
        let file = self.policy_file().display().to_string();
        // The store sees to its own numbers.
        if !self.is_led() && self.is_other_under_same_version("policy", source.version, &text) {
            return Err(vec![same_version(&file, &text, source.version)]);
        }
        let (ruleset, warnings) = ruleset::compile(source, content, &file, &text)?;
        Ok(CompiledPolicy { ruleset, warnings, text })
    }
}

/// What the store publishes, kept for a start without it.
impl DataFolder {
    /// Whether policy and people come from the store, and the documents that people edited are read no more.
    pub fn is_led(&self) -> bool {
        self.published_file("policy").exists()
    }

    fn published_file(&self, kind: &str) -> PathBuf {
        self.0.join("published").join(format!("{kind}.toml"))
    }

    /// Keeps what the store published: `policy` or `people`.
    pub fn keep_published(&self, kind: &str, text: &str) -> io::Result<()> {
        let file = self.published_file(kind);
        let is_there = fs::read_to_string(&file).is_ok_and(|kept| kept == text);
        if is_there { Ok(()) } else { files::replace_with(&file, text.as_bytes()) }
    }

    /// The people document, as the policy in force can use it.
    pub fn people_beside(&self, policy: &PolicySource) -> Result<(Read<PeopleSource>, Vec<Problem>), Vec<Problem>> {
        let document = self.people()?;
        if !self.is_led() {
            return Ok((document, Vec::new()));
        }
        let (source, told) = gate::fit(document.source, policy);
        Ok((Read { source, text: document.text }, told))
    }

    /// The accepted versions of the policy document with their numbers, oldest first; the newest `most`.
    pub fn policy_versions(&self, most: usize) -> Vec<(u64, String)> {
        let Ok(entries) = fs::read_dir(self.0.join("versions")) else { return Vec::new() };
        let mut files: Vec<(u64, PathBuf)> = entries
            .filter_map(|entry| {
                let path = entry.ok()?.path();
                let number =
                    path.file_name()?.to_str()?.strip_prefix("policy-")?.strip_suffix(".toml")?.parse().ok()?;
                Some((number, path))
            })
            .collect();
        files.sort_unstable();
        let first = files.len().saturating_sub(most);
        let newest = files.drain(first..);
        newest.filter_map(|(number, path)| Some((number, fs::read_to_string(path).ok()?))).collect()
    }

    /// Remembers the documents as they were when they were last read, unless that was done.
    pub fn remember_documents(&self) -> io::Result<()> {
        let file = self.0.join("published/documents");
        if file.exists() { Ok(()) } else { files::replace_with(&file, self.digests().join("\n").as_bytes()) }
    }

    /// The documents that were changed since they are read no more.
    pub fn documents_changed_since(&self) -> Vec<&'static str> {
        let Ok(remembered) = fs::read_to_string(self.0.join("published/documents")) else { return Vec::new() };
        let mut remembered = remembered.lines();
        let now = EDITED.into_iter().zip(self.digests());
        now.filter(|(_, digest)| remembered.next().unwrap_or_default() != digest && !digest.is_empty())
            .map(|(name, _)| name)
            .collect()
    }

    /// The digests of what people edited; empty for what is not there.
    fn digests(&self) -> [String; 2] {
        EDITED.map(|name| {
            fs::read(self.0.join(name))
                .map_or_else(|_| String::new(), |bytes| blake3::hash(&bytes).to_hex().to_string())
        })
    }

    /// Where the documents are that people edited before the school was set up.
    pub fn edited_files(&self) -> [PathBuf; 2] {
        EDITED.map(|name| self.0.join(name))
    }
}

/// The documents that people edit until the school is set up.
const EDITED: [&str; 2] = ["policy.toml", "people.toml"];

/// A policy document compiled.
#[derive(Debug)]
pub struct CompiledPolicy {
    /// The ruleset.
    pub ruleset: Ruleset,
    /// What is not quite right.
    pub warnings: Vec<Problem>,
    /// The text it was compiled from.
    pub text: String,
}

/// A change under an old number could not be told from the old one when a verdict is replayed.
pub fn same_version(file: &str, text: &str, version: u64) -> Problem {
    let mut problem = Problem::error(format!("Version {version} was in use before and said something else."))
        .in_file(file)
        .suggest("Raise `version` by one, so that each version stays what it was.");
    problem.line = holdfast_core::toml_text::line_at(text, &[holdfast_core::toml_text::Step::Key("version")]);
    problem
}

fn read_document(path: &Path) -> Result<(String, String), Vec<Problem>> {
    let file = path.display().to_string();
    match fs::read_to_string(path) {
        Ok(text) => Ok((file, text)),
        Err(fault) => Err(vec![Problem::error(format!("The document cannot be read: {fault}.")).in_file(file)]),
    }
}
