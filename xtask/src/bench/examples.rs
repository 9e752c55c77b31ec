//! Measurements that a crate's own example program takes and prints as `key=value` lines.

use super::{
    names::Names,
    peers,
    report::{Goal, Section, at_most},
};
use crate::{
    command::{self, cargo},
    repository::Repository,
};
use std::{collections::BTreeMap, fmt::Write as _, path::Path};

/// What an example printed: every `key=value`, and the values that are numbers.
struct Readings(BTreeMap<String, f64>);

impl Readings {
    /// Runs an example of the core in the release profile, perhaps on a file.
    fn take(repository: &Repository, example: &str, file: Option<&Path>) -> Result<Self, String> {
        let file = file.map(|file| file.to_string_lossy().into_owned());
        Self::of(repository, ("holdfast-core", example), file.as_deref().into_iter().collect())
    }

    /// Runs an example of a package with these arguments.
    fn of(repository: &Repository, (package, example): (&str, &str), given: Vec<&str>) -> Result<Self, String> {
        let mut arguments = vec!["run", "--release", "--quiet", "--package", package, "--example", example];
        if !given.is_empty() {
            arguments.push("--");
            arguments.extend(given);
        }
        let printed = command::output(repository.root(), &cargo(), &arguments)?;
        print!("{printed}");
        let pairs = printed.split_whitespace().filter_map(|word| word.split_once('='));
        Ok(Self(pairs.filter_map(|(key, value)| Some((key.to_owned(), value.parse().ok()?))).collect()))
    }

    fn get(&self, key: &str) -> Result<f64, String> {
        self.0.get(key).copied().ok_or_else(|| format!("the example printed no “{key}=…”"))
    }

    /// The largest of all readings whose key begins and ends so.
    fn largest(&self, start: &str, end: &str) -> Result<f64, String> {
        let matching = self.0.iter().filter(|(key, _)| key.starts_with(start) && key.ends_with(end));
        matching
            .map(|(_, value)| *value)
            .reduce(f64::max)
            .ok_or_else(|| format!("the example printed no “{start}…{end}=…”"))
    }

    /// Everything that was printed, as a table.
    fn table(&self) -> Result<String, String> {
        let mut text = String::from("| key | value |\n|---|---|\n");
        for (key, value) in &self.0 {
            writeln!(text, "| `{key}` | {value} |").map_err(|fault| fault.to_string())?;
        }
        Ok(text)
    }
}

/// The compiled names table: memory a name, a look-up, loading.
pub(super) fn names(repository: &Repository, _seconds: u32) -> Result<Section, String> {
    let readings = Readings::take(repository, "names_bench", None)?;
    let (bytes, slowest) = (readings.get("bytes_per_name")?, readings.largest("lookup_", "_ns")?);
    let (load, compile) = (readings.get("load_ms")?, readings.get("compile_ms")?);
    let count = readings.get("names")?;
    let text = format!(
        "`cargo run --release -p holdfast-core --example names_bench`: {count} made-up names in {} lists, without URL entries. A \
         look-up is a host with all its suffixes and all categories; the slowest kind of host counts for the goal. `compile_ms` is \
         compiling alone, without reading the lists.\n\n{}",
        readings.get("lists")?,
        readings.table()?
    );
    let goals = vec![
        Goal {
            what: "names table, memory",
            aim: "≤ 10 B a name",
            reading: format!("{bytes:.2} B"),
            merit: at_most(bytes, 10.0),
        },
        Goal {
            what: "names table, look-up",
            aim: "≤ 200 ns a host",
            reading: format!("{slowest:.0} ns"),
            merit: at_most(slowest, 200.0),
        },
        Goal {
            what: "load the compiled file",
            aim: "≤ 0.1 s",
            reading: format!("{:.3} s", load / 1e3),
            merit: at_most(load, 100.0),
        },
        Goal {
            what: "compile 1 M names, compiling alone",
            aim: "≤ 3 s",
            reading: format!("{:.2} s", compile / 1e3),
            merit: at_most(compile, 3000.0),
        },
    ];
    Ok(Section::new("Names table", text, goals))
}

/// Every tenth of the real names, then all of them: what ten times as many cost.
pub(super) fn growth(repository: &Repository, _seconds: u32) -> Result<Section, String> {
    let folder = tempfile::tempdir().map_err(|fault| format!("no temporary folder: {fault}"))?;
    let names = Names::gather(repository, folder.path())?;
    let tenth: Vec<&str> = names.all.iter().step_by(10).map(String::as_str).collect();
    let (few, many) = (folder.path().join("tenth.txt"), folder.path().join("all.txt"));
    peers::write(&few, tenth.join("\n"))?;
    peers::write(&many, names.all.join("\n"))?;
    let few = Readings::take(repository, "names_bench", Some(&few))?;
    let many = Readings::take(repository, "names_bench", Some(&many))?;
    let both = |key: &str| Ok::<_, String>((few.get(key)?, many.get(key)?));
    let (compile, bytes) = (both("compile_ms")?, both("content_bytes")?);
    let look_up = (few.largest("lookup_", "_ns")?, many.largest("lookup_", "_ns")?);
    let times = |(one, ten): (f64, f64)| if one > 0.0 { ten / one } else { 0.0 };
    let goal = |what, aim, unit: &str, pair: (f64, f64), limit: f64| Goal {
        what,
        aim,
        reading: format!("{:.1} ×: {:.1} {unit}, {:.1} {unit}", times(pair), pair.0, pair.1),
        merit: at_most(times(pair), limit),
    };
    let megabytes = (bytes.0 / 1e6, bytes.1 / 1e6);
    let goals = vec![
        goal("ten times the names, time to compile", "≤ 10 ×", "ms", compile, 10.0),
        goal("ten times the names, memory", "≤ 10 ×", "MB", megabytes, 10.0),
        goal("ten times the names, look-up", "flat: ≤ 2 ×", "ns", look_up, 2.0),
    ];
    let text = format!(
        "`names_bench` with {} and with {} names, {}. A look-up counts as flat up to twice the time: the steps stay the same, \
         but the small table fits into the processor's own cache and the large one does not.\n",
        tenth.len(),
        names.all.len(),
        names.origin
    );
    Ok(Section::new("Growth", text, goals))
}

/// The full verdict.
pub(super) fn verdict(repository: &Repository, _seconds: u32) -> Result<Section, String> {
    let readings = Readings::take(repository, "verdict_bench", None)?;
    let slowest = readings.get("verdict_whole_ns")?.max(readings.get("verdict_name_only_ns")?);
    let text = format!(
        "`cargo run --release -p holdfast-core --example verdict_bench`: `decide` with all layers; the slower of whole and name-only \
         requests counts for the goal. `verdict_with_words_ns` includes describing the reason for a person.\n\n{}",
        readings.table()?
    );
    let goal = Goal {
        what: "full verdict",
        aim: "≤ 2 µs",
        reading: format!("{:.2} µs", slowest / 1e3),
        merit: at_most(slowest, 2000.0),
    };
    Ok(Section::new("Verdict", text, vec![goal]))
}

/// Pages of a large school. Making it takes the better part of an hour, once: it stays in the target folder.
pub(super) fn pages(repository: &Repository, _seconds: u32) -> Result<Section, String> {
    let metadata = repository.metadata()?;
    let target = metadata["target_directory"].as_str().ok_or("Cargo does not say where it builds")?;
    let folder = Path::new(target).join("at-scale");
    let folder = folder.to_string_lossy();
    let mut given = vec![&*folder, "15000", "40000", "2000000"];
    // Made where no write waits for a disk, and asked for where each does.
    given.extend(Path::new("/dev/shm").is_dir().then_some("/dev/shm"));
    let readings = Readings::of(repository, ("holdfast-web", "pages_at_scale"), given)?;
    let slowest = readings.get("slowest_p95_ms")?;
    let text = format!(
        "`cargo run --release -p holdfast-web --example pages_at_scale FOLDER 15000 40000 2000000`: a school made through the verbs, \
         each page asked for 200 times over a socket by whoever it is for, one after the other, on the folder's own disk; the slowest \
         page counts for the goal.\n\n{}",
        readings.table()?
    );
    let goal =
        Goal {
            what: "pages, p95", aim: "≤ 50 ms", reading: format!("{slowest:.1} ms"), merit: at_most(slowest, 50.0)
        };
    Ok(Section::new("Pages of a large school", text, vec![goal]))
}
