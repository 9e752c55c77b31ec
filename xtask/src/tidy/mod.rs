//! `cargo xtask tidy`: what the compiler and the linter cannot hold.
//!
//! Each check returns what it found, in words that say what to do; nothing found is nothing said.

mod documents;
mod imports;
mod sources;

use crate::repository::Repository;

/// One check: its name, and what it found.
type Check = (&'static str, fn(&Repository) -> Result<Vec<String>, String>);

const CHECKS: [Check; 9] = [
    ("walls between crates", imports::walls),
    ("cryptography from one place", imports::one_cryptography),
    ("lints inherited", imports::lints_inherited),
    ("source text", sources::text),
    ("source sizes", sources::sizes),
    ("hosts and paths of this machine", sources::machine),
    ("decisions in order", documents::decisions),
    ("ARCHITECTURE.md tells the truth", documents::architecture),
    ("links lead somewhere", documents::links),
];

/// Runs every check and prints what was found. Whether nothing was.
pub(crate) fn run_and_print(repository: &Repository) -> bool {
    let mut faults = 0;
    for (name, check) in CHECKS {
        let found = check(repository).unwrap_or_else(|fault| vec![format!("this could not be checked: {fault}")]);
        for fault in &found {
            println!("tidy: {name}: {fault}");
        }
        faults += found.len();
    }
    match faults {
        0 => println!("tidy: all is well ({} checks)", CHECKS.len()),
        _ => println!("tidy: {faults} to mend"),
    }
    faults == 0
}
