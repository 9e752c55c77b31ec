//! The names that every filter of the comparisons is given to block.

use crate::{command, repository::Repository};
use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

/// The names, and where they came from.
pub(super) struct Names {
    /// All of them, sorted.
    pub(super) all: Vec<String>,
    /// Sorted; no name lies below another one, since squid refuses to start on such.
    pub(super) apart: Vec<String>,
    /// For the report.
    pub(super) origin: String,
}

/// How many names are made where the real lists are not beside the project.
const MADE: u32 = 800_000;

impl Names {
    /// Reads the real lists of `../shared/data`, or makes names.
    pub(super) fn gather(repository: &Repository, folder: &Path) -> Result<Self, String> {
        let data = repository.root().join("../shared/data");
        let archives: Vec<PathBuf> =
            ["ut1", "blocklistproject"].iter().flat_map(|source| archives_in(&data.join(source))).collect();
        if archives.is_empty() {
            let made = (0..MADE).map(|number| format!("site-{:x}.blocked.example", number.wrapping_mul(2_654_435_761)));
            let mut made: Vec<String> = made.collect();
            made.sort_unstable();
            return Ok(Self {
                apart: made.clone(),
                all: made,
                origin: "made up, since the real lists are not beside this working copy".to_owned(),
            });
        }
        let unpacked = folder.join("lists");
        fs::create_dir_all(&unpacked).map_err(|fault| format!("{} cannot be made: {fault}", unpacked.display()))?;
        for archive in &archives {
            command::output(&unpacked, "tar", &["--extract", "--gzip", "--file", &archive.to_string_lossy()])?;
        }
        let mut all = HashSet::new();
        read_names(&unpacked, &mut all)?;
        let mut apart: Vec<String> = all.iter().filter(|name| !lies_below_another(name, &all)).cloned().collect();
        apart.sort_unstable();
        let mut all: Vec<String> = all.into_iter().collect();
        all.sort_unstable();
        Ok(Self { all, apart, origin: "of the UT1 and Block List Project archives".to_owned() })
    }

    /// Some of the names that lie apart, spread over the whole list.
    pub(super) fn sample(&self, count: usize) -> Vec<String> {
        // An underscore is no letter of a host's name, so a name service may well answer it in its own way.
        let usual: Vec<&String> = self.apart.iter().filter(|name| !name.contains('_')).collect();
        usual.iter().step_by((usual.len() / count).max(1)).take(count).map(|name| (*name).clone()).collect()
    }
}

fn archives_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries.map(|entry| entry.path()).filter(|path| path.to_string_lossy().ends_with(".tar.gz")).collect()
}

/// Reads UT1's `domains` files and the Block List Project's lists without addresses.
fn read_names(folder: &Path, all: &mut HashSet<String>) -> Result<(), String> {
    let told = |fault| format!("{} cannot be read: {fault}", folder.display());
    for entry in fs::read_dir(folder).map_err(told)? {
        let path = entry.map_err(told)?.path();
        // UT1's aliases are symbolic links to categories that are read anyway.
        if path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            read_names(&path, all)?;
            continue;
        }
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        if file == "domains" || file.ends_with("-nl.txt") {
            let bytes = fs::read(&path).map_err(told)?;
            let text = String::from_utf8_lossy(&bytes);
            all.extend(
                text.lines()
                    .map(|line| line.trim().trim_end_matches('.').to_ascii_lowercase())
                    .filter(|name| is_name(name)),
            );
        }
    }
    Ok(())
}

/// Only plain names: what each of the proxies reads the same way.
fn is_name(text: &str) -> bool {
    let letters = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
    letters
        && text.contains('.')
        && text.rsplit('.').next().is_some_and(|last| last.bytes().any(|byte| byte.is_ascii_alphabetic()))
        && !text.starts_with('.')
}

fn lies_below_another(name: &str, all: &HashSet<String>) -> bool {
    name.match_indices('.').any(|(dot, _)| all.contains(&name[dot + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_below_another_are_told() {
        let all = HashSet::from([
            "casino.example".to_owned(),
            "www.casino.example".to_owned(),
            "notcasino.example".to_owned(),
        ]);
        assert!(lies_below_another("www.casino.example", &all));
        assert!(!lies_below_another("notcasino.example", &all) && !lies_below_another("casino.example", &all));
        assert!(is_name("a-1.example") && !is_name("192.0.2.1") && !is_name("example") && !is_name("a b.example"));
    }
}
