//! Rulesets as files: saved when compiled, loaded in milliseconds at a cold start, kept for replay.
//!
//! The file is one line of magic with the blake3 hash of the rest, then JSON: the policy document and the hash of the
//! content it was compiled over. The content is its own file, shared by every policy over the same lists. Compiling the
//! policy again takes well under a millisecond, and is done by the same code that compiled it first.

use super::{Ruleset, compile::COMPILER, content::Content};
use crate::policy::{
    PolicySource,
    source::{HelpSource, LifelineSource, PartnerSource},
};
use serde::{Deserialize, Serialize};
use std::{fmt, sync::Arc};

const MAGIC: &str = "holdfast-ruleset-1";

/// What is in a ruleset file, read and verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    /// The id the ruleset had.
    pub id: String,
    /// The compiler's version.
    pub compiler: u32,
    /// The hash of the content, hexadecimal: the name of its file.
    pub content: String,
    /// The policy document.
    pub policy: PolicySource,
}

/// Why a ruleset file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SavedFault {
    /// It is no ruleset file, or of a version this program does not know.
    NotARuleset,
    /// Its hash does not verify: damaged or altered.
    Altered,
    /// It does not compile to the ruleset it says it is.
    OtherRuleset,
}

impl fmt::Display for SavedFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotARuleset => "This is not a ruleset file that this version of Holdfast knows.",
            Self::Altered => "The ruleset file was damaged or altered: its hash does not verify.",
            Self::OtherRuleset => "The ruleset file does not give the ruleset that it names.",
        })
    }
}

impl std::error::Error for SavedFault {}

impl Ruleset {
    /// The bytes of the ruleset's file.
    pub fn save(&self) -> Vec<u8> {
        let saved = Saved {
            id: self.id().to_string(),
            compiler: COMPILER,
            content: self.content().hash().to_hex().to_string(),
            policy: (**self.source()).clone(),
        };
        sealed_text(MAGIC, &saved)
    }

    /// The ruleset of a verified file over the content it names.
    pub fn load(saved: Saved, content: Arc<Content>) -> Result<Self, SavedFault> {
        let (id, compiler) = (saved.id, saved.compiler);
        let (ruleset, _) =
            super::compile(saved.policy, content, "", "").map_err(|_problems| SavedFault::OtherRuleset)?;
        let is_same = compiler == COMPILER && **ruleset.id() == *id;
        if is_same { Ok(ruleset) } else { Err(SavedFault::OtherRuleset) }
    }
}

/// Reads and verifies a ruleset file.
pub fn open(bytes: &[u8]) -> Result<Saved, SavedFault> {
    open_text(MAGIC, bytes)
}

const ALWAYS_OPEN_MAGIC: &str = "holdfast-always-open-1";

/// What stays open when no ruleset can be loaded (practice 15 and 16): the school's own help sites, its protected
/// partners and its lifelines. The national help sites are in the program.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlwaysOpen {
    /// The school's help sites.
    pub help: Vec<HelpSource>,
    /// Its lifelines.
    pub lifelines: Vec<LifelineSource>,
    /// Its protected partners; none in files of programs that knew none.
    #[serde(default)]
    pub partners: Vec<PartnerSource>,
}

impl AlwaysOpen {
    /// Of a policy document, whether or not the rest of it is good.
    pub fn of(source: &PolicySource) -> Self {
        Self { help: source.help.clone(), lifelines: source.lifelines.clone(), partners: source.partners.clone() }
    }
}

/// The bytes of the file that keeps what must stay open when no ruleset can be loaded.
pub fn save_always_open(ruleset: &Ruleset) -> Vec<u8> {
    sealed_text(ALWAYS_OPEN_MAGIC, &AlwaysOpen::of(ruleset.source()))
}

/// Reads and verifies that file.
pub fn open_always_open(bytes: &[u8]) -> Result<AlwaysOpen, SavedFault> {
    open_text(ALWAYS_OPEN_MAGIC, bytes)
}

fn sealed_text(magic: &str, value: &impl Serialize) -> Vec<u8> {
    let body = serde_json::to_vec(value).unwrap_or_default();
    let mut bytes = format!("{magic} {}\n", blake3::hash(&body).to_hex()).into_bytes();
    bytes.extend_from_slice(&body);
    bytes
}

fn open_text<T: for<'de> Deserialize<'de>>(magic: &str, bytes: &[u8]) -> Result<T, SavedFault> {
    let mut halves = bytes.splitn(2, |&byte| byte == b'\n');
    let head = halves.next().and_then(|head| str::from_utf8(head).ok()).ok_or(SavedFault::NotARuleset)?;
    let hash = head.strip_prefix(magic).and_then(|rest| rest.strip_prefix(' ')).ok_or(SavedFault::NotARuleset)?;
    let body = halves.next().ok_or(SavedFault::Altered)?;
    if blake3::hash(body).to_hex().as_str() != hash {
        return Err(SavedFault::Altered);
    }
    serde_json::from_slice(body).map_err(|_fault| SavedFault::NotARuleset)
}
