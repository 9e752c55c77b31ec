//! The walls between our crates, and what may not come in from outside.

use crate::{
    command,
    repository::{Member, Repository},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

/// Which of our crates may import which: the house's table, whole. Crates that later issues bring are in it already.
pub(super) const TABLE: [(&str, &[&str]); 10] = [
    ("core", &[]),
    ("gateway", &["core"]),
    ("activity", &["core"]),
    ("records", &["core"]),
    ("assurance", &["core", "activity", "records"]),
    ("duty", &["core", "activity", "records", "assurance"]),
    ("web", &["core", "activity", "records", "assurance", "duty"]),
    ("demo", &["core", "activity", "records", "duty"]),
    ("machine", &["core", "gateway"]),
    ("holdfast", &["core", "gateway", "machine", "activity", "records", "assurance", "duty", "web", "demo"]),
];

/// The name a crate goes by in the table and in the documents: `holdfast-core` is “core”.
pub(super) fn short_name(package: &str) -> &str {
    package.strip_prefix("holdfast-").unwrap_or(package)
}

/// An import that the table does not allow. Imports for tests and for building count as well:
/// a wall with a door for tests is no wall.
pub(super) fn walls(repository: &Repository) -> Result<Vec<String>, String> {
    let metadata = repository.metadata()?;
    Ok(faults_in(&repository.members(&metadata)))
}

fn faults_in(members: &[Member]) -> Vec<String> {
    let table: BTreeMap<&str, &[&str]> = TABLE.into_iter().collect();
    let mut faults = Vec::new();
    for member in members.iter().filter(|member| member.name != "xtask") {
        let importer = short_name(&member.name);
        let Some(allowed) = table.get(importer) else {
            faults.push(format!("“{importer}” is not in the import table; add it to xtask/src/tidy/imports.rs and ARCHITECTURE.md, and write down why in docs/decisions"));
            continue;
        };
        for imported in member.imports.iter().map(|package| short_name(package)) {
            if !allowed.contains(&imported) {
                let may = if allowed.is_empty() { "nothing of ours".to_owned() } else { allowed.join(", ") };
                faults.push(format!("“{importer}” imports “{imported}”, but may import only: {may}"));
            }
        }
    }
    faults
}

/// Packages that bring a second cryptography: everything here stands on rustls with aws-lc-rs.
///
/// Asks `cargo tree`, because Cargo.lock and `cargo metadata` also name packages that no chosen feature switches on.
pub(super) fn one_cryptography(repository: &Repository) -> Result<Vec<String>, String> {
    let arguments = ["tree", "--workspace", "--target", "all", "--edges", "all", "--prefix", "none", "--format", "{p}"];
    let tree = command::output(repository.root(), &command::cargo(), &arguments)?;
    let built: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    let banned =
        built.into_iter().filter(|name| *name == "ring" || *name == "native-tls" || name.starts_with("openssl"));
    let found = banned.map(|name| format!("“{name}” is in the build; find who brings it with `cargo tree --invert {name} --target all` and choose aws-lc-rs there"));
    Ok(found.collect())
}

/// Packages that do not take the workspace's lints over.
pub(super) fn lints_inherited(repository: &Repository) -> Result<Vec<String>, String> {
    let metadata = repository.metadata()?;
    let mut faults = Vec::new();
    for member in repository.members(&metadata) {
        let file = member.folder.join("Cargo.toml");
        let text = fs::read_to_string(repository.root().join(&file))
            .map_err(|fault| format!("{} cannot be read: {fault}", file.display()))?;
        let manifest: toml::Table =
            text.parse().map_err(|fault| format!("{} cannot be read: {fault}", file.display()))?;
        let inherits = manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool);
        if inherits != Some(true) {
            faults.push(format!("{} lacks “[lints] workspace = true”", file.display()));
        }
    }
    Ok(faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, imports: &[&str]) -> Member {
        Member {
            name: name.to_owned(),
            imports: imports.iter().map(|&name| name.to_owned()).collect(),
            folder: "crates".into(),
        }
    }

    #[test]
    fn the_gate_cannot_name_a_safeguarding_record() {
        let faults = faults_in(&[member("holdfast-gateway", &["holdfast-core", "holdfast-records"])]);
        assert_eq!(faults, ["“gateway” imports “records”, but may import only: core"]);
    }

    #[test]
    fn the_house_as_drawn_passes() {
        let house: Vec<Member> = TABLE
            .iter()
            .map(|(name, imports)| {
                let imports: Vec<String> = imports.iter().map(|import| format!("holdfast-{import}")).collect();
                Member { name: (*name).to_owned(), imports: imports.into_iter().collect(), folder: "crates".into() }
            })
            .collect();
        assert_eq!(faults_in(&house), Vec::<String>::new());
    }

    #[test]
    fn a_crate_nobody_drew_is_a_fault() {
        assert_eq!(faults_in(&[member("holdfast-utilities", &[])]).len(), 1);
    }
}
