//! The page of readings: goals against readings first, then how each was taken.

use crate::{command, repository::Repository};
use std::{fmt::Write as _, fs};

/// One goal and what was read.
pub(super) struct Goal {
    /// What is measured.
    pub(super) what: &'static str,
    /// The goal, in words.
    pub(super) aim: &'static str,
    /// The reading, in words.
    pub(super) reading: String,
    /// How the reading stands to the goal: 1 is exactly met, 2 is twice as good.
    pub(super) merit: f64,
}

/// What one part of the run found.
pub(super) struct Section {
    title: String,
    /// Text and tables that say what was measured and how.
    pub(super) text: String,
    /// The goals that it speaks to.
    pub(super) goals: Vec<Goal>,
}

impl Section {
    /// A section with how it was measured, in Markdown.
    pub(super) fn new(title: &str, text: String, goals: Vec<Goal>) -> Self {
        Self { title: title.to_owned(), text, goals }
    }

    /// A section that says why there is no reading.
    pub(super) fn failed(part: &str, fault: &str) -> Self {
        Self::new(part, format!("Not measured: {fault}\n"), Vec::new())
    }
}

/// A reading where less is better, against the most it may be.
pub(super) fn at_most(reading: f64, most: f64) -> f64 {
    if reading > 0.0 { most / reading } else { f64::INFINITY }
}

/// A reading where more is better, against the least it should be.
pub(super) fn at_least(reading: f64, least: f64) -> f64 {
    reading / least
}

/// What becomes of a reading against its goal, so that a miss says by how much.
fn standing(merit: f64) -> String {
    if merit >= 1.0 {
        return "reached".to_owned();
    }
    // A miss by less than one in a hundred is still a miss.
    format!("**short by {:.0} %**", ((1.0 - merit) * 100.0).max(1.0))
}

/// Goals of the figures that nothing stands behind yet, so that the table above cannot be taken for the whole.
const NOT_BUILT: [&str; 7] = [
    "language scan of pages, and harmful-language alerts",
    "page categories beyond the lists",
    "search terms of every engine and assistant",
    "activity log: events a second taken in, bytes an event sealed, reports and searches over 100 M events",
    "pages with 15,000 people, concerns and audit rows: no records are kept yet",
    "what a kill -9 may lose of records and sealed events, the tamper suite, backup and restore",
    "cost as people, events and schools grow tenfold (names are measured)",
];

/// The whole page.
pub(super) fn page(
    repository: &Repository,
    sections: &[Section],
    name: Option<&str>,
    arguments: &str,
) -> Result<String, String> {
    let root = repository.root();
    let revision = command::output(root, "git", &["describe", "--always", "--dirty", "--abbrev=12"])
        .unwrap_or_else(|_| "no commit yet".to_owned());
    let kernel = command::output(root, "uname", &["-sr"])?;
    let compiler = command::output(root, "rustc", &["--version"])?;
    let when = jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC");
    let mut page = format!(
        "# Benchmarks\n\nWritten by `cargo xtask bench {arguments}`; do not edit. All readings are of one run on one machine.\n\
         Ratios are taken side by side and hold elsewhere too; an absolute number moves with the machine.\n\n\
         - When: {when}\n- Revision: {}\n- Machine: {}\n- System: {}, {}\n- Built with: {}, `--release`\n",
        revision.trim(),
        machine(),
        debian(),
        kernel.trim(),
        compiler.trim()
    );
    let goals: Vec<&Goal> = sections.iter().flat_map(|section| &section.goals).collect();
    if !goals.is_empty() {
        page.push_str("\n## Goals and readings\n\n| what | goal | measured | verdict |\n|---|---|---|---|\n");
        for goal in goals {
            writeln!(page, "| {} | {} | {} | {} |", goal.what, goal.aim, goal.reading, standing(goal.merit))
                .map_err(|fault| fault.to_string())?;
        }
    }
    if name.is_none() {
        page.push_str("\nNot in the table, because it is not built yet:\n\n");
        for row in NOT_BUILT {
            writeln!(page, "- {row}").map_err(|fault| fault.to_string())?;
        }
    }
    for section in sections {
        write!(page, "\n## {}\n\n{}", section.title, section.text).map_err(|fault| fault.to_string())?;
    }
    Ok(page)
}

fn machine() -> String {
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let models: Vec<&str> = processor
        .lines()
        .filter(|line| line.starts_with("model name"))
        .filter_map(|line| line.split(": ").nth(1))
        .collect();
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kibibytes =
        memory.lines().find_map(|line| line.strip_prefix("MemTotal:")?.split_whitespace().next()?.parse::<u64>().ok());
    format!(
        "{} × {}, {} GiB of memory",
        models.len(),
        models.first().unwrap_or(&"unknown processor"),
        kibibytes.unwrap_or(0) / 1024 / 1024
    )
}

fn debian() -> String {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    name.unwrap_or("unknown system").trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_met_from_its_own_number_on() {
        assert_eq!(standing(at_most(200.0, 200.0)), "reached");
        assert_eq!(standing(at_most(400.0, 200.0)), "**short by 50 %**");
        assert_eq!(standing(at_most(200.1, 200.0)), "**short by 1 %**");
        assert_eq!(standing(at_least(3.0, 2.0)), "reached");
    }
}
