//! What `lists/<id>/state.toml` says: which list is in use, which is held, and what each brought when it was read.

use super::{Bundle, Meaning, Source};
use holdfast_core::lists::{self, Format, mapping_table};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// The list in use, or one that is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InUse {
    /// The file in the source's folder.
    pub(super) file: String,
    /// The download's own name, which helps to tell its format.
    pub(super) name: String,
    /// Hash of what arrived; keyed for sealed lists.
    pub(super) hash: String,
    /// How many entries it brings.
    pub entries: u64,
    /// How many lines could not be used.
    pub bad_lines: u64,
    /// When it was fetched.
    pub fetched: Timestamp,
    /// The version of the feed, as its publisher marks it, else the time it was fetched.
    pub version: String,
    pub(super) etag: Option<String>,
    pub(super) last_modified: Option<String>,
    /// Keyed hash of the stored file, where that is not what arrived: of sealed lists. Older states have none.
    pub(super) stored_hash: Option<String>,
    /// Why the stored file is not whole, where a person accepted it so.
    pub(super) early_end: Option<String>,
    /// How it was read when it was counted ([`reading_of`]). Older states do not say.
    pub(super) read_as: Option<String>,
    /// What each category of it brought. Older states do not say, and sealed lists have none.
    #[serde(default)]
    pub(super) parts: BTreeMap<String, PartCount>,
}

impl InUse {
    /// Whether it is kept sealed.
    pub(super) fn is_sealed(&self) -> bool {
        self.file.ends_with(SEALED_ENDING)
    }
}

/// How the files of sealed lists end.
const SEALED_ENDING: &str = ".tier";

/// What one part of a list brings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PartCount {
    /// Entries that its own exceptions do not undo.
    pub(super) entries: u64,
    /// Exceptions.
    pub(super) exceptions: u64,
}

impl PartCount {
    /// The counts of a bundle by part. A list that is all one category has no parts by name: its file may be renamed
    /// from one edition to the next.
    pub(super) fn of(bundle: &Bundle, meaning: &Meaning) -> BTreeMap<String, Self> {
        let is_single = bundle.parts.len() == 1 && matches!(meaning, Meaning::Category(_));
        let mut counts: BTreeMap<String, Self> = BTreeMap::new();
        for part in &bundle.parts {
            let name = if is_single { String::new() } else { part.name.clone() };
            let count = counts.entry(name).or_default();
            count.entries += part.entries.effective() as u64;
            count.exceptions += part.entries.exceptions.len() as u64;
        }
        counts
    }
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
pub(super) struct State {
    /// When its publisher was last asked with success, whether or not there was anything new. Older states do not say.
    #[serde(default)]
    pub(super) looked: Option<Timestamp>,
    pub(super) in_use: Option<InUse>,
    pub(super) held: Option<Held>,
}

impl State {
    /// The list that was fetched last.
    pub(super) fn newest(&self) -> Option<&InUse> {
        self.held.as_ref().map(|held| &held.list).or(self.in_use.as_ref())
    }
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
    pub(super) looked: Option<Timestamp>,
}

impl fmt::Display for Standing {
    /// One line for a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  {}: ", self.source.id, self.source.title)?;
        match (&self.in_use, &self.held) {
            (_, Some(held)) => write!(f, "a new edition is HELD: {}", held.reasons.join(" ")),
            (Some(list), None) => write!(f, "{} entries, fetched {}", list.entries, list.fetched),
            (None, None) => f.write_str("not fetched yet"),
        }
    }
}

impl Standing {
    /// When its publisher was last asked with success, so that the list in use is known to be the newest, or a newer one
    /// waits for a person; `None` where none is in use. By this a list is old, not by when it was fetched: many stay
    /// the same for months.
    pub fn last_look(&self) -> Option<Timestamp> {
        let fetched = self.in_use.as_ref()?.fetched;
        Some(self.looked.map_or(fetched, |looked| looked.max(fetched)))
    }

    /// The list that is compiled: in use, and its source approved.
    pub(crate) fn compiled(&self) -> Option<&InUse> {
        self.in_use.as_ref().filter(|_| self.source.approved)
    }
}

/// Everything but a list's own bytes that says what its entries are: the readers' version, the format, the meaning.
pub(super) fn reading_of(source: &Source) -> String {
    let meaning = match &source.meaning {
        Meaning::Category(category) => format!("category {}", category.code()),
        Meaning::Map(map) => format!("map {map} {}", map_hash(map)),
        Meaning::Sealed(tier) => format!("sealed {tier}"),
    };
    format!("{} {} {meaning}", lists::READING, source.format.map_or("auto", Format::code))
}

fn map_hash(map: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    for row in mapping_table().iter().filter(|row| row.source == map) {
        let category = row.category.map_or("-", holdfast_core::category::Category::code);
        hasher.update(row.name.as_bytes()).update(b"\t").update(category.as_bytes()).update(b"\n");
    }
    hasher.finalize().to_hex().chars().take(16).collect()
}

/// What a content is built from, as text: the program and its starter set, and each list with all that is told of it.
/// The same text means that compiling again would change nothing.
pub(crate) fn record<'a>(used: impl Iterator<Item = (&'a Source, &'a InUse)>) -> String {
    let mut starter = blake3::Hasher::new();
    for list in lists::starter() {
        starter.update(list.id.as_bytes()).update(b"\n").update(list.bytes);
    }
    let mut lines: Vec<String> = used
        .map(|(source, list)| {
            let place = source.location.to_string();
            let told = [&source.title, &source.licence, &place, &list.version].map(String::as_str);
            let told = blake3::hash(told.join("\n").as_bytes()).to_hex();
            format!("source {} {} {told} {}\n", source.id, list.hash, reading_of(source))
        })
        .collect();
    lines.sort_unstable();
    let program = env!("CARGO_PKG_VERSION");
    format!(
        "program {program}\nreading {}\nstarter {}\n{}",
        lists::READING,
        starter.finalize().to_hex(),
        lines.concat()
    )
}
