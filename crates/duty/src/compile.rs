//! Compiling every approved list and the starter set into one content file, in a child process of the server.

use crate::{
    files,
    lists::{Fault, InUse, Limits, Meaning, Part, Source, Store, record},
};
use holdfast_core::{
    lists::{self, Entries},
    problem::{Problem, Severity},
    ruleset::content::{ContentBuilder, ListFacts},
};
use std::{
    collections::HashSet,
    fs,
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

/// What compiling came to.
#[derive(Debug)]
pub struct Compiled {
    /// The content hash in hexadecimal digits: the same for the same lists.
    pub hash: String,
    /// `contents/<hash>.content` in the data folder.
    pub path: PathBuf,
    /// `contents/<hash>.text`: the words behind the fingerprints, for showing and appeals.
    pub text_path: PathBuf,
    /// How many distinct names.
    pub names: u64,
    /// The lists, and how many entries each has.
    pub lists: Vec<ListFacts>,
    /// What went wrong on the way. A source that cannot be read is an error, and everything else is compiled.
    pub problems: Vec<Problem>,
    /// Whether it was put to use; only [`compile_and_use`] does.
    pub switched: bool,
}

/// Whether the compiled lists in use were built, by this program, from the lists that are in use and approved now.
/// False also where something is wrong with a source: then compiling tells what.
pub fn is_current(data_folder: &Path) -> Result<bool, Fault> {
    let folder = data_folder.join("contents");
    let Some(current) = read_if_there(&folder.join("current"))? else { return Ok(false) };
    let Some(built_from) = read_if_there(&folder.join(format!("{}.sources", current.trim())))? else {
        return Ok(false);
    };
    let is_whole =
        ["content", "text"].iter().all(|ending| folder.join(format!("{}.{ending}", current.trim())).is_file());
    let (standings, problems) = Store::new(data_folder, Limits::default()).standings();
    let used = standings.iter().filter_map(|standing| Some((&standing.source, standing.compiled()?)));
    let is_sound = !problems.iter().any(|problem| problem.severity == Severity::Error);
    Ok(is_whole && is_sound && built_from == record(used))
}

fn read_if_there(path: &Path) -> Result<Option<String>, Fault> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(fault) => Err(Fault::disk(path)(fault)),
    }
}

/// Reads the starter set and every approved source, compiles them, and writes the content, its text and
/// `contents/<hash>.sources`, each in one step. Content that is already there under the same hash is replaced by the
/// same. Nothing is put to use. Nobody else changes lists meanwhile.
pub fn compile(data_folder: &Path) -> Result<Compiled, Fault> {
    let store = Store::new(data_folder, Limits::default());
    let _lock = store.lock_waiting()?;
    compile_locked(&store, data_folder)
}

/// The same, and puts the result to use while nobody else changes lists; then removes contents that nobody needs.
/// Content with an error in it does not replace what serves, but is better than nothing.
pub fn compile_and_use(data_folder: &Path) -> Result<Compiled, Fault> {
    let store = Store::new(data_folder, Limits::default());
    let _lock = store.lock_waiting()?;
    let mut compiled = compile_locked(&store, data_folder)?;
    let current = data_folder.join("contents/current");
    let has_served = current.exists() || data_folder.join("rulesets/current").exists();
    if has_served && compiled.problems.iter().any(|problem| problem.severity == Severity::Error) {
        return Ok(compiled);
    }
    files::replace_with(&current, compiled.hash.as_bytes()).map_err(Fault::disk(&current))?;
    compiled.switched = true;
    if let Err(fault) = prune(data_folder, &compiled.hash) {
        compiled.problems.push(Problem::warning(format!("Old compiled lists could not be removed. {fault}")));
    }
    Ok(compiled)
}

fn compile_locked(store: &Store, data_folder: &Path) -> Result<Compiled, Fault> {
    let (standings, mut problems) = store.standings();
    let mut seed = [0_u8; 8];
    getrandom::fill(&mut seed).map_err(|fault| Fault::disk(data_folder)(io::Error::other(fault.to_string())))?;
    let mut builder = ContentBuilder::new(u64::from_le_bytes(seed));
    add_starter(&mut builder);
    let mut used = Vec::new();
    for standing in &standings {
        let source = &standing.source;
        let Some(list) = standing.compiled() else { continue };
        // One broken source must not keep the others from filtering.
        match add_source(store, &mut builder, source, list, &mut problems) {
            Ok(()) => used.push((source, list)),
            Err(fault) => {
                problems.push(Problem::error(format!("The source “{}” was left out. {fault}", source.id)));
            }
        }
    }
    let built_from = record(used.into_iter());
    let compiled = builder.finish();
    problems.extend(compiled.problems);
    let hash = compiled.content.hash().to_hex().to_string();
    let folder = data_folder.join("contents");
    let text_path = folder.join(format!("{hash}.text"));
    let path = folder.join(format!("{hash}.content"));
    let sources_path = folder.join(format!("{hash}.sources"));
    write(&text_path, |to| compiled.text.write(to))?;
    write(&path, |to| compiled.content.write(to))?;
    // Last, as it vouches for the other two.
    write(&sources_path, |to| to.write_all(built_from.as_bytes()))?;
    let names = compiled.content.names();
    let lists = compiled.content.lists().to_vec();
    Ok(Compiled { hash, path, text_path, names, lists, problems, switched: false })
}

/// How many of the newest contents are always kept.
const NEWEST_KEPT: usize = 2;

/// Removes contents that are neither in use, nor needed by a kept ruleset, nor of the newest. A ruleset that cannot be
/// read might need any of them, so then none is removed.
fn prune(data_folder: &Path, current: &str) -> Result<(), Fault> {
    let mut kept = needed_by_rulesets(&data_folder.join("rulesets"))?;
    kept.insert(current.to_owned());
    let folder = data_folder.join("contents");
    let mut made: Vec<(SystemTime, String)> = Vec::new();
    let mut files: Vec<(PathBuf, String)> = Vec::new();
    for entry in fs::read_dir(&folder).map_err(Fault::disk(&folder))? {
        let path = entry.map_err(Fault::disk(&folder))?.path();
        let Some(ending) = path.extension().and_then(|ending| ending.to_str()) else { continue };
        let Some(hash) = path.file_stem().and_then(|stem| stem.to_str()).filter(|stem| is_hash(stem)) else { continue };
        if !["content", "text", "sources"].contains(&ending) {
            continue;
        }
        if ending == "content" {
            let time = fs::metadata(&path).and_then(|facts| facts.modified()).map_err(Fault::disk(&path))?;
            made.push((time, hash.to_owned()));
        }
        let hash = hash.to_owned();
        files.push((path, hash));
    }
    made.sort_unstable();
    kept.extend(made.into_iter().rev().take(NEWEST_KEPT).map(|(_, hash)| hash));
    for (path, _) in files.iter().filter(|(_, hash)| !kept.contains(hash)) {
        fs::remove_file(path).map_err(Fault::disk(path))?;
    }
    files::flush_folder(&folder).map_err(Fault::disk(&folder))
}

/// The contents that kept rulesets name. Found without reading the documents in them, so that a ruleset of another
/// version of the program keeps its content too.
fn needed_by_rulesets(folder: &Path) -> Result<HashSet<String>, Fault> {
    const MARK: &str = "\"content\":\"";
    let mut needed = HashSet::new();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(fault) if fault.kind() == io::ErrorKind::NotFound => return Ok(needed),
        Err(fault) => return Err(Fault::disk(folder)(fault)),
    };
    for entry in entries {
        let path = entry.map_err(Fault::disk(folder))?.path();
        if path.extension().is_some_and(|ending| ending == "ruleset") {
            let bytes = fs::read(&path).map_err(Fault::disk(&path))?;
            let text = String::from_utf8_lossy(&bytes);
            let named = text.split(MARK).skip(1).filter_map(|rest| Some(rest.split_once('"')?.0));
            needed.extend(named.filter(|hash| is_hash(hash)).map(str::to_owned));
        }
    }
    Ok(needed)
}

fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn write(path: &Path, content: impl FnOnce(&mut BufWriter<&mut std::fs::File>) -> io::Result<()>) -> Result<(), Fault> {
    let written = files::replace(path, |file| {
        let mut to = BufWriter::with_capacity(1024 * 1024, file);
        content(&mut to)?;
        to.flush()
    });
    written.map_err(Fault::disk(path))
}

fn add_starter(builder: &mut ContentBuilder) {
    for list in lists::starter() {
        let facts = ListFacts {
            id: list.id.into(),
            title: list.title.to_owned(),
            category: list.category,
            source: list.source.to_owned(),
            licence: list.licence.to_owned(),
            fetched: None,
            entries: 0,
        };
        builder.add(facts, lists::parse(list.format, list.bytes));
    }
}

fn add_source(
    store: &Store,
    builder: &mut ContentBuilder,
    source: &Source,
    list: &InUse,
    problems: &mut Vec<Problem>,
) -> Result<(), Fault> {
    if matches!(source.meaning, Meaning::Sealed(_)) {
        for tier in store.read_sealed(source, list)? {
            builder.add_sealed(tier);
        }
        return Ok(());
    }
    let bundle = store.read_in_use(source, list)?;
    problems.extend(bundle.problems.iter().cloned().map(|problem| problem.in_file(source.id.as_str())));
    let bad_lines = bundle.bad_lines();
    if bad_lines > 0 {
        problems.push(Problem::warning(format!("{bad_lines} lines could not be used.")).in_file(source.id.as_str()));
    }
    let alone = bundle.parts.len() == 1;
    for part in bundle.parts {
        let Part { name, category, entries, .. } = part;
        let single = alone && matches!(source.meaning, Meaning::Category(_));
        let id: Arc<str> = if single { source.id.as_str().into() } else { format!("{}/{name}", source.id).into() };
        let title = if single { source.title.clone() } else { format!("{}: {name}", source.title) };
        let facts = ListFacts {
            id,
            title,
            category,
            source: source.location.to_string(),
            licence: source.licence.clone(),
            fetched: Some(list.fetched.strftime("%Y-%m-%d %H:%M UTC").to_string()),
            entries: 0,
        };
        // Bad lines have been counted; they need not be carried along.
        builder.add(facts, Entries { problems: Vec::new(), ..entries });
    }
    Ok(())
}
