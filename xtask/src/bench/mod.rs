//! `cargo xtask bench`: the goals of the figures, measured on this machine in one run and written to
//! docs/benchmarks.md beside what was measured.

mod examples;
mod holdfast;
mod load;
mod names;
mod peers;
mod proxies;
mod report;
mod server;
mod swap;

use crate::repository::Repository;
use report::Section;

/// One part of the run: the name to ask for it by, and what measures it.
type Part = (&'static str, fn(&Repository, u32) -> Result<Section, String>);

const PARTS: [Part; 3] = [("names", examples::names), ("verdict", examples::verdict), ("proxies", proxies::measure)];

/// Measures one part and prints it, or all of them and writes the page. Whether all could be measured.
pub(crate) fn run(repository: &Repository, name: Option<&str>, seconds: u32) -> Result<bool, String> {
    let chosen: Vec<Part> = PARTS.into_iter().filter(|(part, _)| name.is_none_or(|name| name == *part)).collect();
    if chosen.is_empty() {
        let known = PARTS.map(|(part, _)| part).join(", ");
        return Err(format!("there is no measurement “{}”; there are: {known}", name.unwrap_or_default()));
    }
    let mut sections = Vec::new();
    let mut whole = true;
    for (part, measure) in chosen {
        println!("== {part} ==");
        let section = measure(repository, seconds).unwrap_or_else(|fault| {
            whole = false;
            println!("{part} could not be measured: {fault}");
            Section::failed(part, &fault)
        });
        sections.push(section);
    }
    let page = report::page(repository, &sections, name, seconds)?;
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
