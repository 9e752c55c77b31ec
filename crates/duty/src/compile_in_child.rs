//! Compiling the lists in a child process of this same program, so that the memory it takes is given back whole.

use crate::{compile, data_folder::DataFolder};
use holdfast_core::problem::lines;
use std::{fs, os::unix::process::CommandExt as _, path::Path, process::Command, time::Instant};

/// This program as it runs, even where its file has been replaced by a newer one meanwhile.
const THIS_PROGRAM: &str = "/proc/self/exe";
/// How likely a process is to be ended where memory runs out (`proc_pid_oom_score_adj(5)`).
const OOM_SCORE: &str = "/proc/self/oom_score_adj";

/// Runs `compile-lists` of this program, and gives what it said.
///
/// # Errors
///
/// What the child said where it failed, in words for a person.
pub fn compile_in_child(folder: &DataFolder) -> Result<String, String> {
    let output = Command::new(THIS_PROGRAM)
        .arg0("holdfast")
        .arg("compile-lists")
        .arg("--data")
        .arg(folder.path())
        .output()
        .map_err(|fault| format!("The compiler could not be started: {fault}."))?;
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(said(&output.stdout)) } else { Err(said(&output.stderr)) }
}

/// What the child does. New content with an error in it does not replace what serves.
///
/// # Errors
///
/// What is wrong with the lists or the folder, in words for a person.
pub fn compile_here(data: &Path) -> Result<String, String> {
    go_before_the_filter();
    let folder = DataFolder::open(data).map_err(|fault| format!("{}: {fault}.", data.display()))?;
    let started = Instant::now();
    let compiled = compile::compile_and_use(folder.path()).map_err(|fault| fault.to_string())?;
    let told = lines(&compiled.problems);
    if !compiled.switched {
        return Err(format!("The lists before go on serving, because these do not compile whole:\n{told}"));
    }
    let (names, lists, seconds) = (compiled.names, compiled.lists.len(), started.elapsed().as_secs_f64());
    Ok(format!("{told}\n{names} names from {lists} lists compiled in {seconds:.2} s.").trim().to_owned())
}

/// The service is the last to be ended where memory runs out. Its child must not be: without new lists the old ones go on
/// serving. Where the system refuses, nothing is lost but that.
fn go_before_the_filter() {
    let is_kept = |score: String| score.trim().parse::<i32>().is_ok_and(|score| score < 0);
    if fs::read_to_string(OOM_SCORE).is_ok_and(is_kept) {
        drop(fs::write(OOM_SCORE, "0"));
    }
}

/// Whether the compiled lists are what the sources in use bring; where that cannot be told, they are compiled again.
pub fn are_current(folder: &DataFolder) -> bool {
    compile::is_current(folder.path()).unwrap_or(false)
}
