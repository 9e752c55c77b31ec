//! The working copy: where it is, which files belong to it, and what Cargo knows of its packages.

use crate::command;
use serde_json::Value;
use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
};

/// The working copy this program was built from.
pub(crate) struct Repository {
    root: PathBuf,
}

/// One package of the workspace, with the packages of the workspace that it depends on.
pub(crate) struct Member {
    /// The package's name (`holdfast-core`).
    pub(crate) name: String,
    /// The names of the workspace packages it depends on, be it for the build, for tests or for itself.
    pub(crate) imports: BTreeSet<String>,
    /// The folder of its `Cargo.toml`, from the root.
    pub(crate) folder: PathBuf,
}

impl Repository {
    /// Finds the working copy from where Cargo says this package is.
    pub(crate) fn find() -> Result<Self, String> {
        let package = env::var_os("CARGO_MANIFEST_DIR")
            .ok_or("run this as `cargo xtask …`, so that Cargo says where the working copy is")?;
        let root = Path::new(&package).parent().ok_or("the package xtask has no folder above it")?.to_owned();
        Ok(Self { root })
    }

    /// The folder that holds everything.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Every file that is tracked, or would be if it were added now; from the root, sorted.
    pub(crate) fn files(&self) -> Result<Vec<String>, String> {
        let listed = command::output(&self.root, "git", &["ls-files", "--cached", "--others", "--exclude-standard"])?;
        let files: BTreeSet<&str> = listed.lines().filter(|file| self.root.join(file).is_file()).collect();
        Ok(files.into_iter().map(str::to_owned).collect())
    }

    /// A file's text, or nothing where it is not text.
    pub(crate) fn text(&self, file: &str) -> Result<Option<String>, String> {
        let bytes = fs::read(self.root.join(file)).map_err(|fault| format!("{file} cannot be read: {fault}"))?;
        Ok(String::from_utf8(bytes).ok())
    }

    /// What `cargo metadata` says.
    pub(crate) fn metadata(&self) -> Result<Value, String> {
        let text = command::output(&self.root, &command::cargo(), &["metadata", "--format-version", "1"])?;
        serde_json::from_str(&text).map_err(|fault| format!("what `cargo metadata` printed cannot be read: {fault}"))
    }

    /// The names of the workspace's test programs, in `cargo metadata`'s answer.
    pub(crate) fn test_programs(metadata: &Value) -> BTreeSet<String> {
        let packages = metadata["packages"].as_array().into_iter().flatten();
        let ours = packages.filter(|package| package["source"].is_null());
        let targets = ours.flat_map(|package| package["targets"].as_array().into_iter().flatten());
        let is_test =
            |target: &&Value| target["kind"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == "test"));
        targets.filter(is_test).filter_map(|target| target["name"].as_str()).map(str::to_owned).collect()
    }

    /// The workspace's packages, in `cargo metadata`'s answer.
    pub(crate) fn members(&self, metadata: &Value) -> Vec<Member> {
        let packages = || metadata["packages"].as_array().into_iter().flatten();
        let ours: BTreeSet<&str> = packages()
            .filter(|package| package["source"].is_null())
            .filter_map(|package| package["name"].as_str())
            .collect();
        packages()
            .filter(|package| package["source"].is_null())
            .filter_map(|package| {
                let folder = Path::new(package["manifest_path"].as_str()?).parent()?;
                let dependencies = package["dependencies"].as_array().into_iter().flatten();
                Some(Member {
                    name: package["name"].as_str()?.to_owned(),
                    imports: dependencies
                        .filter_map(|d| d["name"].as_str())
                        .filter(|name| ours.contains(name))
                        .map(str::to_owned)
                        .collect(),
                    folder: folder.strip_prefix(&self.root).unwrap_or(folder).to_owned(),
                })
            })
            .collect()
    }
}
