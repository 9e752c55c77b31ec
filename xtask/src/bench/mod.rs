//! `cargo xtask bench`: the goals of the figures, measured on this machine in one run and written to
//! docs/benchmarks.md beside what was measured.

mod dns;
mod examples;
mod holdfast;
mod inspected;
mod load;
mod names;
mod newcomer;
mod peers;
mod proxies;
mod report;
mod server;
mod swap;

use crate::repository::Repository;
use report::Section;

/// One part of the run.
struct Part {
    /// The name to ask for it by.
    name: &'static str,
    /// What measures it, given how long each load runs.
    measure: fn(&Repository, u32) -> Result<Section, String>,
    /// Whether it takes the better part of an hour: it builds everything anew, or makes a large school.
    clean: bool,
}

const PARTS: [Part; 8] = [
    Part { name: "names", measure: examples::names, clean: false },
    Part { name: "growth", measure: examples::growth, clean: false },
    Part { name: "verdict", measure: examples::verdict, clean: false },
    Part { name: "proxies", measure: proxies::measure, clean: false },
    Part { name: "inspected", measure: inspected::measure, clean: false },
    Part { name: "dns", measure: dns::measure, clean: false },
    Part { name: "pages", measure: examples::pages, clean: true },
    Part { name: "newcomer", measure: newcomer::measure, clean: true },
];

/// Measures one part and prints it, or all of them and writes the page; those that build everything anew only where
/// `clean` is asked for. Whether all could be measured.
pub(crate) fn run(repository: &Repository, name: Option<&str>, seconds: u32, clean: bool) -> Result<bool, String> {
    let chosen: Vec<&Part> =
        PARTS.iter().filter(|part| name.map_or(clean || !part.clean, |name| name == part.name)).collect();
    if chosen.is_empty() {
        let known = PARTS.map(|part| part.name).join(", ");
        return Err(format!("there is no measurement “{}”; there are: {known}", name.unwrap_or_default()));
    }
    let mut sections = Vec::new();
    let mut whole = true;
    for part in &chosen {
        println!("== {} ==", part.name);
        let section = (part.measure)(repository, seconds).unwrap_or_else(|fault| {
            whole = false;
            println!("{} could not be measured: {fault}", part.name);
            Section::failed(part.name, &fault)
        });
        sections.push(section);
    }
    let left_out = PARTS.iter().filter(|part| name.is_none() && !chosen.iter().any(|one| one.name == part.name));
    sections.extend(left_out.map(|part| Section::failed(part.name, "add `--clean` to the command")));
    let arguments: Vec<String> =
        [name.map(str::to_owned), Some(format!("--seconds {seconds}")), clean.then(|| "--clean".to_owned())]
            .into_iter()
            .flatten()
            .collect();
    let page = report::page(repository, &sections, name, &arguments.join(" "))?;
    if name.is_some() {
        println!("\n{page}");
    } else if whole {
        let path = repository.root().join("docs/benchmarks.md");
        std::fs::write(&path, page).map_err(|fault| format!("docs/benchmarks.md cannot be written: {fault}"))?;
        println!("Written: docs/benchmarks.md");
    } else {
        println!("\n{page}\ndocs/benchmarks.md is left as it was, because not everything could be measured.");
    }
    Ok(whole)
}
