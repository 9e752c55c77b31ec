//! `holdfast lists`: the school's list sources, fetched, looked at and compiled.

use crate::{
    compile_in_child::{are_current, compile_in_child},
    data_folder::DataFolder,
    lists::{Checksum, Limits, Meaning, Progress, Source, Store},
};
use clap::{Args, Subcommand};
use holdfast_core::{
    category::Category,
    lists::Format,
    problem::{self, Severity},
};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use std::path::PathBuf;

/// What to do with lists.
#[derive(Debug, Args)]
pub struct Lists {
    /// The data folder.
    #[arg(long, value_name = "FOLDER", default_value = "holdfast-data", global = true)]
    data: PathBuf,
    /// Fetch through this proxy: `http://proxy.provider.example:3128`.
    #[arg(long, value_name = "ADDRESS", global = true)]
    parent_proxy: Option<String>,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Shows every source and how it stands.
    Show,
    /// Adds a source; `update` fetches it.
    Add(Add),
    /// Takes a source away.
    Remove {
        /// Its id.
        id: String,
    },
    /// Fetches one source, or all, and compiles.
    Update {
        /// Its id; all, if left out.
        id: Option<String>,
    },
    /// Checks the sources document and the lists in use.
    Check,
    /// Puts a held list to use, and compiles.
    Accept {
        /// Its id.
        id: String,
    },
    /// Drops a held list.
    Discard {
        /// Its id.
        id: String,
    },
    /// Compiles the lists in use again.
    Compile,
}

#[derive(Debug, Args)]
struct Add {
    /// A short name for it: lower-case letters, digits and hyphens.
    id: String,
    /// Its address (`https://…`), or a file or folder on this computer.
    location: String,
    /// What people call it; the id, if left out.
    #[arg(long)]
    title: Option<String>,
    /// All its entries are of this category (see docs/taxonomy.md).
    #[arg(long, conflicts_with_all = ["map", "sealed"])]
    category: Option<String>,
    /// It has categories of its own, translated by this map: ut1, blocklistproject, v2fly or nextdns.
    #[arg(long, conflicts_with = "sealed")]
    map: Option<String>,
    /// A statutory list of this tier, such as child-abuse or terrorism. It is never shown or written as text.
    #[arg(long)]
    sealed: Option<String>,
    /// How it is written; found out, if left out.
    #[arg(long)]
    format: Option<String>,
    /// Its licence, as its publisher names it.
    #[arg(long, default_value = "not stated")]
    licence: String,
    /// Its SHA-256, or the address of a file that holds its sum.
    #[arg(long)]
    checksum: Option<String>,
}

impl Lists {
    /// Carries it out; the text is for a person.
    pub fn run(&self) -> Result<String, String> {
        let folder = DataFolder::open(&self.data).map_err(|fault| format!("{}: {fault}.", self.data.display()))?;
        let limits = Limits { parent_proxy: self.parent_proxy.clone(), ..Limits::default() };
        let store = Store::new(folder.path(), limits);
        match &self.action {
            Action::Show => Ok(show(&store)),
            Action::Add(add) => {
                store.add(&add.source()?).map_err(|fault| fault.to_string())?;
                Ok(format!("Added. Fetch it with `holdfast lists update {}`.", add.id))
            }
            Action::Remove { id } => {
                store.remove(id).map_err(|fault| fault.to_string())?;
                Ok(format!("Removed “{id}”.\n{}", compile_in_child(&folder)?))
            }
            Action::Update { id } => update(&folder, &store, id.as_deref()),
            Action::Check => check(&store),
            Action::Accept { id } => {
                let list = store.accept(id).map_err(|fault| fault.to_string())?;
                Ok(format!("“{id}” is in use with {} entries.\n{}", list.entries, compile_in_child(&folder)?))
            }
            Action::Discard { id } => {
                store.discard(id).map_err(|fault| fault.to_string())?;
                Ok(format!("The held list of “{id}” is dropped; the one before stays in use."))
            }
            Action::Compile => compile_in_child(&folder),
        }
    }
}

impl Add {
    fn source(&self) -> Result<Source, String> {
        let meaning = match (&self.category, &self.map, &self.sealed) {
            (Some(code), None, None) => Meaning::Category(
                Category::from_code(code)
                    .ok_or_else(|| format!("There is no category “{code}”. See docs/taxonomy.md."))?,
            ),
            (None, Some(map), None) => Meaning::Map(map.clone()),
            (None, None, Some(tier)) => Meaning::Sealed(tier.clone()),
            _ => return Err("Say what its entries mean: --category, --map or --sealed.".to_owned()),
        };
        let format = self.format.as_deref().map(|code| {
            Format::from_code(code).ok_or_else(|| format!("There is no format “{code}”. See docs/lists.md."))
        });
        Ok(Source {
            id: self.id.clone(),
            title: self.title.clone().unwrap_or_else(|| self.id.clone()),
            location: self.location.parse()?,
            format: format.transpose()?,
            meaning,
            licence: self.licence.clone(),
            checksum: self.checksum.as_deref().map(Checksum::from),
            approved: true,
        })
    }
}

fn show(store: &Store) -> String {
    let (standings, problems) = store.standings();
    if standings.is_empty() && problems.is_empty() {
        return "No sources yet: only the starter lists are in use. Add one with `holdfast lists add`.".to_owned();
    }
    let sources = standings.iter().map(ToString::to_string);
    sources.chain(problems.iter().map(ToString::to_string)).collect::<Vec<_>>().join("\n")
}

fn check(store: &Store) -> Result<String, String> {
    let problems = store.check().map_err(|fault| fault.to_string())?;
    if problems.is_empty() {
        return Ok("Every source and every list in use is in order.".to_owned());
    }
    let text = problem::lines(&problems);
    if problems.iter().any(|problem| problem.severity == Severity::Error) { Err(text) } else { Ok(text) }
}

fn update(folder: &DataFolder, store: &Store, id: Option<&str>) -> Result<String, String> {
    let open_hosts = folder.always_open_hosts();
    let sources = store.list().map_err(|fault| fault.to_string())?;
    let ids: Vec<String> = match id {
        Some(id) => vec![id.to_owned()],
        None => sources.into_iter().map(|standing| standing.source.id).collect(),
    };
    let (mut told, mut failed) = (Vec::new(), false);
    for id in &ids {
        let bar = progress_bar(id);
        let outcome = store.update(id, &open_hosts, Timestamp::now(), &mut |progress| draw(&bar, progress));
        bar.finish_and_clear();
        failed |= outcome.is_err();
        let words = outcome.map_or_else(
            |fault| format!("FAILED, the old list goes on serving. {fault}"),
            |outcome| outcome.to_string(),
        );
        told.push(format!("{id}: {words}"));
    }
    // Also what an earlier update could not compile.
    if !are_current(folder) {
        told.push(compile_in_child(folder)?);
    }
    let text = told.join("\n");
    if failed { Err(text) } else { Ok(text) }
}

fn progress_bar(id: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {bytes}/{total_bytes} {bytes_per_sec}") {
        bar.set_style(style);
    }
    bar.set_message(id.to_owned());
    bar
}

fn draw(bar: &ProgressBar, progress: Progress) {
    if let Some(expected) = progress.expected {
        bar.set_length(expected);
    }
    bar.set_position(progress.received);
}
