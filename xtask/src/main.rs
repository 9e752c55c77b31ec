//! What the project does for itself: `cargo xtask test`, `tidy`, `bench` and `fuzz`.
//!
//! Anything with logic is written here in Rust rather than in a shell script, so that it is checked like the rest.
//! This program never becomes part of what a school installs.

mod bench;
mod command;
mod debian;
mod fuzz;
mod repository;
mod test;
mod tidy;

use clap::{Parser, Subcommand};
use repository::Repository;
use std::process::ExitCode;

/// What the project does for itself.
#[derive(Parser)]
#[command(name = "cargo xtask", about, disable_help_subcommand = true)]
struct CommandLine {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Runs every check: formatting, lints, tidy, all tests. The last line counts them.
    Test {
        /// Leaves out the Debian packages, the lints and the tests of whole programs.
        #[arg(long)]
        fast: bool,
    },
    /// Checks what the compiler cannot: walls between crates, file sizes, links, decisions.
    Tidy,
    /// Measures, and writes docs/benchmarks.md.
    Bench {
        /// One part only: names, growth, verdict, proxies, inspected, dns or newcomer. The page is then printed, not written.
        name: Option<String>,
        /// How long each load runs against each server.
        #[arg(long, default_value_t = 8)]
        seconds: u32,
        /// Measures as well what takes the better part of an hour: a newcomer's first build and the first whole test run.
        #[arg(long)]
        clean: bool,
    },
    /// Runs the fuzz targets, or one of them.
    Fuzz {
        /// A file name in `fuzz/fuzz_targets`, without “.rs”.
        target: Option<String>,
        /// How long each target runs.
        #[arg(long, default_value_t = 30)]
        seconds: u32,
    },
}

fn main() -> ExitCode {
    let line = CommandLine::parse();
    let repository = match Repository::find() {
        Ok(repository) => repository,
        Err(fault) => return refuse(&fault),
    };
    let outcome = match line.task {
        Task::Test { fast } => Ok(test::run(&repository, fast)),
        Task::Tidy => Ok(tidy::run_and_print(&repository)),
        Task::Bench { name, seconds, clean } => bench::run(&repository, name.as_deref(), seconds, clean),
        Task::Fuzz { target, seconds } => fuzz::run(&repository, target.as_deref(), seconds),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(fault) => refuse(&fault),
    }
}

fn refuse(fault: &str) -> ExitCode {
    eprintln!("xtask: {fault}");
    ExitCode::FAILURE
}
