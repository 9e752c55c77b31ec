//! Folders of lists as squidGuard, UT1 and DansGuardian lay them out: one folder a category, with the files
//! `domains`, `urls`, `expressions` and `usage`. The caller has unpacked or walked them and passes the bytes in.

use super::{Entries, Format, parse};
use crate::problem::Problem;
use std::collections::BTreeMap;

/// One thing found in an archive or a folder.
#[derive(Debug, Clone)]
pub enum Item {
    /// A file and its bytes.
    File(Vec<u8>),
    /// A symbolic link and where it points, as written.
    Link(String),
}

/// One category of such a folder.
#[derive(Debug, Clone, Default)]
pub struct CategoryFolder {
    /// The folder's name; nested ones are joined with `/`.
    pub name: String,
    /// Other names for it: folders that are links to it.
    pub aliases: Vec<String>,
    /// What its files bring together. A problem's file is the path below the root.
    pub entries: Entries,
    /// Whether its `usage` calls it a list of what to allow, and not also one of what to block.
    pub white: bool,
}

/// Longer chains of links are taken for a loop.
const LONGEST_CHAIN: usize = 8;

/// Reads every category. Paths are separated by `/` and have no `..`; a folder that all paths share is dropped.
/// Links to folders become aliases; links to files are followed. What leads nowhere or outside is a problem.
pub fn read_folders(items: &BTreeMap<String, Item>) -> (Vec<CategoryFolder>, Vec<Problem>) {
    let root = common_root(items);
    let below = |path: &str| path.strip_prefix(&root).unwrap_or(path).to_owned();
    let mut folders: BTreeMap<String, CategoryFolder> = BTreeMap::new();
    let mut links: Vec<&str> = Vec::new();
    for (path, item) in items {
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        let bytes = match item {
            Item::File(bytes) => bytes,
            Item::Link(_) if !is_known(file) => {
                links.push(path);
                continue;
            }
            Item::Link(_) => {
                if let Some((_, Item::File(bytes))) = follow(items, path) {
                    bytes
                } else {
                    links.push(path);
                    continue;
                }
            }
        };
        if !is_known(file) || folder.is_empty() {
            continue;
        }
        let entry = folders
            .entry(folder.to_owned())
            .or_insert_with(|| CategoryFolder { name: below(folder), ..Default::default() });
        match file {
            "usage" => entry.white = usage_is_white(bytes),
            "domains" => entry.entries.merge(parse(Format::SquidguardDomains, bytes).in_file(&below(path))),
            "urls" => entry.entries.merge(parse(Format::Urls, bytes).in_file(&below(path))),
            _ => entry.entries.merge(parse(Format::Expressions, bytes).in_file(&below(path))),
        }
    }
    let mut problems = Vec::new();
    for path in links {
        let target = follow(items, path).map(|(target, _)| target).or_else(|| folder_of_link(items, path));
        match target.and_then(|target| folders.get_mut(&target)) {
            Some(folder) => folder.aliases.push(below(path)),
            None => problems.push(
                Problem::warning("This link leads to nothing in the list and was left out.").in_file(below(path)),
            ),
        }
    }
    (folders.into_values().collect(), problems)
}

fn is_known(file: &str) -> bool {
    matches!(file, "domains" | "urls" | "expressions" | "usage")
}

/// Whether a `usage` file says `white` and does not say `black`. Comments are no saying.
pub fn usage_is_white(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    let says = |word: &str| text.lines().map(str::trim).any(|line| line.split_whitespace().next() == Some(word));
    says("white") && !says("black")
}

/// The folder at the front of every path, with its `/`; empty where there is none.
fn common_root(items: &BTreeMap<String, Item>) -> String {
    let Some((front, _)) = items.keys().next().and_then(|path| path.split_once('/')) else { return String::new() };
    let root = format!("{front}/");
    // A category folder itself must not be taken for the root.
    let shared = items.keys().all(|path| path.starts_with(&root));
    let holds_lists = items.keys().any(|path| path.strip_prefix(&root).is_some_and(is_known));
    if shared && !holds_lists { root } else { String::new() }
}

/// Where a link to a file ends.
fn follow<'a>(items: &'a BTreeMap<String, Item>, path: &str) -> Option<(String, &'a Item)> {
    let mut current = path.to_owned();
    for _ in 0..LONGEST_CHAIN {
        match items.get(&current)? {
            Item::Link(target) => current = resolve(&current, target)?,
            file @ Item::File(_) => return Some((current, file)),
        }
    }
    None
}

/// Where a link to a folder ends: the first target that is no link itself.
fn folder_of_link(items: &BTreeMap<String, Item>, path: &str) -> Option<String> {
    let mut current = path.to_owned();
    for _ in 0..LONGEST_CHAIN {
        match items.get(&current) {
            Some(Item::Link(target)) => current = resolve(&current, target)?,
            Some(Item::File(_)) => return None,
            None => return Some(current),
        }
    }
    None
}

/// The path a link's target means, seen from the link's own folder; `None` where it leads out of the root.
fn resolve(link: &str, target: &str) -> Option<String> {
    if target.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = link.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
