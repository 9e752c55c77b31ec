//! `cargo xtask fuzz`: every parser that meets a stranger, fed with what a stranger might send.
//!
//! cargo-fuzz needs the compiler's unstable switches, which `RUSTC_BOOTSTRAP=1` opens on the one stable toolchain,
//! so that nobody needs a second one.

use crate::{
    command::{self, cargo},
    debian::{self, Needed},
    repository::Repository,
};
use std::fs;

/// Whether every target compiles, each with an entry in its manifest. Running them is left to `cargo xtask fuzz`.
pub(crate) fn check(repository: &Repository) -> bool {
    let unlisted = targets(repository).and_then(|known| {
        let manifest = repository.text("fuzz/Cargo.toml")?.unwrap_or_default();
        Ok(known.into_iter().filter(|name| !manifest.contains(&path_entry(name))).collect::<Vec<String>>())
    });
    match unlisted {
        Ok(names) if names.is_empty() => {}
        Ok(names) => {
            println!("fuzz/Cargo.toml has no [[bin]] for: {}", names.join(", "));
            return false;
        }
        Err(fault) => {
            println!("{fault}");
            return false;
        }
    }
    let Ok(metadata) = repository.metadata() else { return false };
    let Some(target) = metadata["target_directory"].as_str() else { return false };
    // In the workspace's own target folder, so that what clippy has checked need not be checked again.
    let arguments = ["check", "--quiet", "--locked", "--manifest-path", "fuzz/Cargo.toml", "--target-dir", target];
    command::succeeds(repository.root(), &cargo(), &arguments)
}

/// The line by which `fuzz/Cargo.toml` knows a target.
fn path_entry(name: &str) -> String {
    format!("path = \"fuzz_targets/{name}.rs\"")
}

/// Runs one target, or all. Whether none of them found anything.
pub(crate) fn run(repository: &Repository, target: Option<&str>, seconds: u32) -> Result<bool, String> {
    let known = targets(repository)?;
    let chosen: Vec<&String> =
        known.iter().filter(|name| target.is_none_or(|target| target == name.as_str())).collect();
    if chosen.is_empty() {
        return Err(format!(
            "there is no fuzz target “{}”; there are: {}",
            target.unwrap_or_default(),
            known.join(", ")
        ));
    }
    debian::install(&[Needed::tool("g++", "g++")])?;
    if !command::is_installed("cargo-fuzz") && !command::succeeds(repository.root(), &cargo(), &["fuzz", "--version"]) {
        println!("Installing cargo-fuzz, once.");
        if !command::succeeds(repository.root(), &cargo(), &["install", "--locked", "cargo-fuzz"]) {
            return Err("cargo-fuzz could not be installed; try `cargo install --locked cargo-fuzz`".to_owned());
        }
    }
    let mut found = Vec::new();
    for name in &chosen {
        println!("\n== fuzz {name}, {seconds} s ==");
        if !run_one(repository, name, seconds)? {
            found.push(name.as_str());
        }
    }
    if found.is_empty() {
        println!("\nFuzzed {} targets for {seconds} s each; nothing found.", chosen.len());
        return Ok(true);
    }
    println!(
        "\nFound something in: {}. The inputs are in fuzz/artifacts; make each a regression test named after what broke.",
        found.join(", ")
    );
    Ok(false)
}

fn run_one(repository: &Repository, name: &str, seconds: u32) -> Result<bool, String> {
    let root = repository.root();
    // What the fuzzer learns stays out of the repository; the seeds that we chose by hand are in it.
    let learnt = format!("fuzz/target/corpus/{name}");
    let seeds = format!("fuzz/seeds/{name}");
    fs::create_dir_all(root.join(&learnt)).map_err(|fault| format!("{learnt} cannot be made: {fault}"))?;
    let time = format!("-max_total_time={seconds}");
    let mut arguments = vec!["fuzz", "run", name, learnt.as_str()];
    if root.join(&seeds).is_dir() {
        arguments.push(&seeds);
    }
    arguments.extend([
        "--",
        time.as_str(),
        "-timeout=10",
        "-rss_limit_mb=2048",
        "-max_len=8192",
        "-print_final_stats=1",
    ]);
    let mut fuzzer = command::prepare(root, &cargo(), &arguments);
    fuzzer.env("RUSTC_BOOTSTRAP", "1");
    command::stream(fuzzer, |_| ())
}

fn targets(repository: &Repository) -> Result<Vec<String>, String> {
    let folder = repository.root().join("fuzz/fuzz_targets");
    let entries = fs::read_dir(&folder).map_err(|fault| format!("fuzz/fuzz_targets cannot be read: {fault}"))?;
    let names = entries.filter_map(Result::ok).filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter_map(|name| name.strip_suffix(".rs").map(str::to_owned)).collect();
    names.sort();
    Ok(names)
}
