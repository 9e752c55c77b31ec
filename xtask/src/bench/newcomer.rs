//! What a newcomer meets: the first demonstration and the first whole test run, everything built anew.

use super::{
    report::{Goal, Section, at_most},
    server::{Server, free_port},
};
use crate::{
    command::{self, cargo},
    repository::Repository,
};
use std::{
    path::Path,
    time::{Duration, Instant},
};

/// The longest that is waited for the demonstration; past this the goal is missed by far anyway.
const LONGEST_BUILD: Duration = Duration::from_hours(1);

/// Builds and starts the demonstration, then runs every check, both in target folders of their own.
pub(super) fn measure(repository: &Repository, _seconds: u32) -> Result<Section, String> {
    // Not below a folder for temporary files, which may be memory: a whole debug build does not fit there.
    let metadata = repository.metadata()?;
    let beside = Path::new(metadata["target_directory"].as_str().ok_or("Cargo does not say where it builds")?);
    let folder = tempfile::Builder::new()
        .prefix("newcomer")
        .tempdir_in(beside)
        .map_err(|fault| format!("no folder in {}: {fault}", beside.display()))?;
    let demonstration = demonstration(repository, &folder.path().join("release"), folder.path())?;
    println!("the demonstration answered after {:.0} s", demonstration.as_secs_f64());
    let target = format!("CARGO_TARGET_DIR={}", folder.path().join("debug").display());
    let begun = Instant::now();
    if !command::succeeds(repository.root(), "env", &[&target, &cargo(), "xtask", "test"]) {
        return Err("`cargo xtask test` failed in a clean target folder".to_owned());
    }
    let test = begun.elapsed();
    let goal = |what, aim, took: Duration, minutes: f64| {
        let reading = took.as_secs_f64() / 60.0;
        Goal { what, aim, reading: format!("{reading:.1} minutes"), merit: at_most(reading, minutes) }
    };
    let goals = vec![
        goal("first `cargo run --release -- demo`, clean", "≤ 15 minutes", demonstration, 15.0),
        goal("first `cargo xtask test`, clean", "≤ 45 minutes", test, 45.0),
    ];
    let text = "Each in an empty target folder; crates from the registry were fetched before, since a network's speed is nobody's \
                merit. The demonstration counts as started with its first answer.\n";
    Ok(Section::new("A newcomer's first hour", text.to_owned(), goals))
}

/// From an empty target folder to the demonstration's first answer.
fn demonstration(repository: &Repository, target: &Path, folder: &Path) -> Result<Duration, String> {
    let manifest = repository.root().join("Cargo.toml");
    let port = free_port()?;
    let command = [
        "env",
        &format!("CARGO_TARGET_DIR={}", target.display()),
        &cargo(),
        "run",
        "--release",
        "--manifest-path",
        &manifest.to_string_lossy(),
        "--",
        "demo",
        "--web-port",
        &port.to_string(),
    ];
    Server::start("demo", port, folder, &command, LONGEST_BUILD).map(|server| server.start)
}
