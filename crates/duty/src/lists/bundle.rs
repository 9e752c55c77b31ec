//! What arrived, unpacked and read: one list, a folder of categories, a set of services.
//!
//! Archives come from strangers, so everything is bounded: the size unpacked, the number of files, their names.
//! Nothing of an archive is ever written to disk under a name of its own.

use super::{Fault, Meaning};
use holdfast_core::{
    category::Category,
    lists::{self, Entries, Format, Item, ServiceSet, mapping_table},
    problem::Problem,
};
use std::{
    borrow::Cow,
    collections::{BTreeMap, HashSet},
    fs,
    io::{self, Read},
    path::{Component, Path, PathBuf},
};

/// The most bytes that an archive may unpack to.
const MOST_UNPACKED: u64 = 512 * 1024 * 1024;
/// The most files that an archive or a folder may hold.
const MOST_FILES: usize = 100_000;
/// The deepest folder that is walked into.
const DEEPEST: usize = 16;
const GZIP: [u8; 2] = [0x1F, 0x8B];
const TAR_MAGIC: (usize, &[u8]) = (257, b"ustar");
/// Endings that publishers put behind a category's name in file names.
const NAME_ENDINGS: [&str; 4] = ["-nl", "-ags", "-alt", "-version"];

/// One category of what arrived.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its own name; empty where the list is all one.
    pub name: String,
    /// Our category for it.
    pub category: Category,
    /// Whether it lists what may be allowed, not what may be blocked (`usage` of squidGuard folders).
    pub white: bool,
    /// What it brings.
    pub entries: Entries,
}

/// Everything that one source brought.
#[derive(Debug, Clone, Default)]
pub struct Bundle {
    /// The categories that the map knows.
    pub parts: Vec<Part>,
    /// What is wrong beside bad lines.
    pub problems: Vec<Problem>,
    /// Why it is shorter than it should be, if it is.
    pub early_end: Option<String>,
}

impl Bundle {
    /// How many entries of every kind, all parts together.
    pub fn len(&self) -> usize {
        self.parts.iter().map(|part| part.entries.len()).sum()
    }

    /// Whether nothing at all was brought.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many lines could not be used.
    pub fn bad_lines(&self) -> usize {
        self.parts.iter().map(|part| part.entries.problem_count).sum()
    }
}

/// Unpacks and reads what a source brought. Never fails: what cannot be used is a problem.
/// `file_name` helps to tell the format; sealed sources are read by `store`, never here.
pub fn read_bundle(bytes: &[u8], file_name: &str, format: Option<Format>, meaning: &Meaning) -> Bundle {
    let mut bundle = Bundle::default();
    let (plain, early_end) = unzip(bytes);
    bundle.early_end = early_end;
    if !is_tar(&plain) {
        let name = file_name.strip_suffix(".gz").unwrap_or(file_name);
        let entries = lists::parse(format.unwrap_or_else(|| lists::detect(&plain, name)), &plain);
        bundle.add(meaning, name_of(name), &[], false, entries);
        return bundle;
    }
    let (items, early_end) = untar(&plain, &mut bundle.problems);
    drop(plain);
    bundle.early_end = bundle.early_end.or(early_end);
    let has_folders =
        items.keys().any(|path| matches!(last(path), "domains" | "urls" | "expressions") && path.contains('/'));
    let is_services = format == Some(Format::Services) || matches!(meaning, Meaning::Map(map) if map == "v2fly");
    if is_services {
        bundle.add_services(meaning, &items);
    } else if has_folders {
        let (folders, problems) = lists::read_folders(&items);
        bundle.problems.extend(problems);
        for folder in folders {
            bundle.add(meaning, &folder.name, &folder.aliases, folder.white, folder.entries);
        }
    } else {
        for (path, item) in &items {
            let Item::File(bytes) = item else { continue };
            let entries = lists::parse(format.unwrap_or_else(|| lists::detect(bytes, path)), bytes).in_file(path);
            bundle.add(meaning, name_of(last(path)), &[], false, entries);
        }
    }
    bundle
}

impl Bundle {
    fn add(&mut self, meaning: &Meaning, name: &str, aliases: &[String], white: bool, entries: Entries) {
        let category = match meaning {
            Meaning::Category(category) => Some(*category),
            Meaning::Map(map) => {
                let names = || std::iter::once(name).chain(aliases.iter().map(String::as_str));
                let known = |name: &str| mapping_table().iter().any(|row| row.source == map && row.name == name);
                if !entries.is_empty() && !names().any(known) {
                    let message = format!("The category “{name}” of this source is not in our map and was left out.");
                    self.problems.push(Problem::warning(message));
                }
                names().find_map(|name| lists::map_category(map, name))
            }
            Meaning::Sealed(_) => None,
        };
        if let Some(category) = category {
            self.parts.push(Part { name: name.to_owned(), category, white, entries });
        }
    }

    /// Services that our map names; the others only lend what is included from them.
    fn add_services(&mut self, meaning: &Meaning, items: &BTreeMap<String, Item>) {
        let files = items.iter().filter_map(|(path, item)| match item {
            Item::File(bytes) if is_service_file(path) => Some((last(path), bytes.as_slice())),
            _ => None,
        });
        let set = ServiceSet::read(files);
        let names: Vec<String> = set.names().map(str::to_owned).collect();
        let mapped: HashSet<&str> =
            mapping_table().iter().filter(|row| row.source == "v2fly").map(|row| row.name).collect();
        for name in names.iter().filter(|name| mapped.contains(name.as_str()) || !matches!(meaning, Meaning::Map(_))) {
            self.add(meaning, name, &[], false, set.entries(name));
        }
    }
}

/// The folder `data` holds the services where there is one; papers beside it are none.
fn is_service_file(path: &str) -> bool {
    let is_paper = matches!(last(path), "LICENSE" | "README.md" | "README");
    !is_paper && (!path.contains('/') || path.starts_with("data/") || path.contains("/data/"))
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// A category's name in a file name: without ending, and without what tells the version.
fn name_of(file_name: &str) -> &str {
    let stem = file_name.strip_suffix(".txt").unwrap_or(file_name);
    NAME_ENDINGS.iter().find_map(|ending| stem.strip_suffix(ending)).unwrap_or(stem)
}

/// Takes gzip off, if it is on. Also says why the result is short, if it is.
pub(super) fn unzip(bytes: &[u8]) -> (Cow<'_, [u8]>, Option<String>) {
    if !bytes.starts_with(&GZIP) {
        return (Cow::Borrowed(bytes), None);
    }
    let mut plain = Vec::new();
    let mut reader = flate2::read::MultiGzDecoder::new(bytes).take(MOST_UNPACKED + 1);
    let early_end = match reader.read_to_end(&mut plain) {
        Ok(_) if plain.len() as u64 > MOST_UNPACKED => {
            plain.clear();
            Some("it unpacks to more than 512 MiB".to_owned())
        }
        Ok(_) => None,
        Err(fault) if fault.kind() == io::ErrorKind::UnexpectedEof => Some("the compressed file ends early".to_owned()),
        Err(fault) => Some(format!("the compressed file is damaged ({fault})")),
    };
    (Cow::Owned(plain), early_end)
}

fn is_tar(bytes: &[u8]) -> bool {
    bytes.get(TAR_MAGIC.0..).is_some_and(|rest| rest.starts_with(TAR_MAGIC.1))
}

/// Reads an archive into memory. Paths that lead out of it are problems.
fn untar(bytes: &[u8], problems: &mut Vec<Problem>) -> (BTreeMap<String, Item>, Option<String>) {
    let mut items = BTreeMap::new();
    let ends_early = "the archive ends early".to_owned();
    let mut archive = tar::Archive::new(bytes);
    let Ok(entries) = archive.entries() else { return (items, Some(ends_early)) };
    for entry in entries {
        let Ok(mut entry) = entry else { return (items, Some(ends_early)) };
        let kind = entry.header().entry_type();
        if !kind.is_symlink() && !kind.is_file() {
            continue;
        }
        let Some(path) = entry.path().ok().and_then(|path| inside(&path)) else {
            problems.push(Problem::warning("A file of the archive has a name that leads out of it, and was left out."));
            continue;
        };
        if kind.is_symlink() {
            if let Ok(Some(target)) = entry.link_name() {
                items.insert(path, Item::Link(target.to_string_lossy().into_owned()));
            }
        } else {
            let size = entry.size();
            let mut content = Vec::new();
            let whole = entry.read_to_end(&mut content).is_ok() && content.len() as u64 == size;
            items.insert(path, Item::File(content));
            if !whole {
                return (items, Some(ends_early));
            }
        }
        if items.len() >= MOST_FILES {
            return (items, Some(format!("it holds more than {MOST_FILES} files")));
        }
    }
    // POSIX (ustar interchange format): an archive ends with blocks of zeros.
    let ended = bytes
        .len()
        .checked_sub(512)
        .and_then(|start| bytes.get(start..))
        .is_some_and(|end| end.iter().all(|byte| *byte == 0));
    (items, (!ended).then_some(ends_early))
}

/// A path made of plain names only, joined by `/`.
fn inside(path: &Path) -> Option<String> {
    let mut parts = Vec::new();
    for component in path.components() {
        match component {
            Component::Normal(part) => parts.push(part.to_str()?.to_owned()),
            Component::CurDir => {}
            _ => return None,
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// Packs a folder of lists into one archive in memory, so that a folder is kept and swapped like any other source.
pub(super) fn pack_folder(root: &Path, most_bytes: u64) -> Result<Vec<u8>, Fault> {
    let mut builder = tar::Builder::new(Vec::new());
    builder.follow_symlinks(false);
    builder.mode(tar::HeaderMode::Deterministic);
    let mut waiting: Vec<(PathBuf, usize)> = vec![(root.to_path_buf(), 0)];
    let (mut files, mut size) = (0_usize, 0_u64);
    while let Some((folder, depth)) = waiting.pop() {
        let mut children = Vec::new();
        for child in fs::read_dir(&folder).map_err(Fault::disk(&folder))? {
            children.push(child.map_err(Fault::disk(&folder))?.path());
        }
        // One order, so that the same folder gives the same bytes and is known as unchanged.
        children.sort();
        for path in children {
            let facts = fs::symlink_metadata(&path).map_err(Fault::disk(&path))?;
            files += 1;
            size += if facts.is_file() { facts.len() } else { 0 };
            if files > MOST_FILES || size > most_bytes {
                return Err(Fault::Fetch(format!("{} holds more than a list may and was not read.", root.display())));
            }
            if facts.is_dir() {
                if depth < DEEPEST {
                    waiting.push((path, depth + 1));
                }
                continue;
            }
            let name = Path::new("lists").join(path.strip_prefix(root).unwrap_or(&path));
            builder.append_path_with_name(&path, name).map_err(Fault::disk(&path))?;
        }
    }
    builder.into_inner().map_err(Fault::disk(root))
}

/// Every file of what arrived, for sealed lists: their lines are handed on and never kept.
pub(super) fn plain_files(bytes: &[u8]) -> (Vec<Cow<'_, [u8]>>, Option<String>) {
    let (plain, early_end) = unzip(bytes);
    if !is_tar(&plain) {
        return (vec![plain], early_end);
    }
    let (items, tar_end) = untar(&plain, &mut Vec::new());
    let files = items.into_values().filter_map(|item| match item {
        Item::File(bytes) => Some(Cow::Owned(bytes)),
        Item::Link(_) => None,
    });
    (files.collect(), early_end.or(tar_end))
}
