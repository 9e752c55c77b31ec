//! Whether the documents still tell the truth.

use super::imports::{TABLE, short_name};
use crate::repository::Repository;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Component, Path, PathBuf},
};

/// Decision files are numbered from 0001, each number once, none left out.
pub(super) fn decisions(repository: &Repository) -> Result<Vec<String>, String> {
    let files = repository.files()?;
    Ok(numbering_faults(files.iter().filter_map(|file| file.strip_prefix("docs/decisions/"))))
}

fn numbering_faults<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut numbers: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    let mut faults = Vec::new();
    for name in names.filter(|name| *name != "README.md") {
        let number =
            name.split_once('-').filter(|(digits, _)| digits.len() == 4).and_then(|(digits, _)| digits.parse().ok());
        match number {
            Some(number) => numbers.entry(number).or_default().push(name),
            None => faults.push(format!("docs/decisions/{name} does not begin with four digits and “-”")),
        }
    }
    for (expected, (number, names)) in (1..).zip(&numbers) {
        if names.len() > 1 {
            faults.push(format!("number {number:04} is given twice: {}", names.join(", ")));
        }
        if *number != expected {
            faults.push(format!("docs/decisions lacks number {expected:04}"));
            break;
        }
    }
    faults
}

/// The map in ARCHITECTURE.md names every crate there is and no other, with the imports that are allowed to it.
pub(super) fn architecture(repository: &Repository) -> Result<Vec<String>, String> {
    let text = repository.text("ARCHITECTURE.md")?.unwrap_or_default();
    let metadata = repository.metadata()?;
    let members = repository.members(&metadata);
    let crates: BTreeSet<&str> =
        members.iter().map(|member| short_name(&member.name)).filter(|name| *name != "xtask").collect();
    Ok(map_faults(&text, &crates))
}

fn map_faults(text: &str, crates: &BTreeSet<&str>) -> Vec<String> {
    let drawn = map_rows(text);
    let mut faults = Vec::new();
    for name in crates {
        if !drawn.contains_key(name) {
            faults.push(format!("the map has no row for the crate “{name}”"));
        }
    }
    for (name, imports) in &drawn {
        if !crates.contains(name) {
            faults.push(format!("the map has a row for “{name}”, and there is no such crate"));
        }
        let Some((_, allowed)) = TABLE.iter().find(|(importer, _)| importer == name) else { continue };
        let allowed: BTreeSet<&str> = allowed.iter().copied().filter(|import| crates.contains(import)).collect();
        if *imports != allowed {
            let allowed: Vec<&str> = allowed.into_iter().collect();
            faults.push(format!("the map's row for “{name}” should allow exactly: {}", allowed.join(", ")));
        }
    }
    faults
}

/// The rows of the table under “## Map”: a crate in code marks, then what it may import in code marks.
fn map_rows(text: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let section = text.split("\n## ").find(|section| section.starts_with("Map")).unwrap_or_default();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.filter_map(|row| {
        let mut cells = row.trim_matches('|').split('|').map(str::trim);
        let name = cells.next()?.trim_matches('`');
        let imports = cells.next()?.split(',').map(|import| import.trim().trim_matches('`'));
        Some((name, imports.filter(|import| !import.is_empty() && *import != "–").collect()))
    })
    .collect()
}

/// Links from one of our documents to a file that is not there.
pub(super) fn links(repository: &Repository) -> Result<Vec<String>, String> {
    let mut faults = Vec::new();
    for file in repository.files()?.iter().filter(|file| file.rsplit_once('.').is_some_and(|(_, end)| end == "md")) {
        let text = repository.text(file)?.unwrap_or_default();
        for (number, target) in relative_links(&text) {
            let from = Path::new(file).parent().unwrap_or(Path::new(""));
            let path = flatten(&from.join(target.split('#').next().unwrap_or_default()));
            if !repository.root().join(&path).exists() {
                faults.push(format!("{file}:{number} links to “{target}”, which is not there"));
            }
        }
    }
    Ok(faults)
}

/// The targets of `[text](target)` that are files, with their lines from 1. Fenced code is left out.
fn relative_links(text: &str) -> Vec<(usize, &str)> {
    let mut fenced = false;
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        fenced ^= line.trim_start().starts_with("```");
        if fenced {
            continue;
        }
        let targets = line.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next());
        let files = targets.filter(|target| !target.is_empty() && !target.starts_with('#') && !target.contains(':'));
        found.extend(files.map(|target| (number, target)));
    }
    found
}

/// A path without `.` and `..`, so that a link is followed as a reader of the page would follow it.
fn flatten(path: &Path) -> PathBuf {
    let mut flat = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                flat.pop();
            }
            Component::CurDir => {}
            part => flat.push(part),
        }
    }
    flat
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions_are_numbered_without_gap_or_double() {
        assert!(numbering_faults(["0001-a.md", "0002-b.md", "README.md"].into_iter()).is_empty());
        assert_eq!(
            numbering_faults(["0001-a.md", "0001-b.md"].into_iter()),
            ["number 0001 is given twice: 0001-a.md, 0001-b.md"]
        );
        assert_eq!(numbering_faults(["0001-a.md", "0003-b.md"].into_iter()), ["docs/decisions lacks number 0002"]);
        assert_eq!(numbering_faults(["1-a.md"].into_iter()).len(), 1);
    }

    #[test]
    fn the_map_must_name_what_is_there() {
        let map = "# A\n\n## Map\n\n| crate | may import | holds |\n|---|---|---|\n| `core` | – | words |\n| `gateway` | `core` | the gate |\n";
        assert_eq!(map_faults(map, &BTreeSet::from(["core", "gateway"])), Vec::<String>::new());
        assert_eq!(
            map_faults(map, &BTreeSet::from(["core"])),
            ["the map has a row for “gateway”, and there is no such crate"]
        );
        assert_eq!(
            map_faults(map, &BTreeSet::from(["core", "gateway", "web"])),
            ["the map has no row for the crate “web”"]
        );
    }

    #[test]
    fn only_links_to_files_are_followed() {
        let text = "[a](b.md) [c](#d) [e](https://f.example/)\n```\n[g](h.md)\n```\n[i](../j.md#k)";
        assert_eq!(relative_links(text), [(1, "b.md"), (5, "../j.md#k")]);
        assert_eq!(flatten(Path::new("docs/decisions/../../README.md")), Path::new("README.md"));
    }
}
