//! Compiling every approved list and the starter set into one content file, in a child process of the server.

use crate::{
    files,
    lists::{Fault, InUse, Limits, Meaning, Part, Source, Store},
};
use holdfast_core::{
    lists::{self, Entries},
    problem::Problem,
    ruleset::content::{ContentBuilder, ListFacts},
};
use std::{
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
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
}

/// Reads the starter set and every approved source, compiles them, and writes both files, each in one step.
/// Content that is already there under the same hash is replaced by the same.
pub fn compile(data_folder: &Path) -> Result<Compiled, Fault> {
    let store = Store::new(data_folder, Limits::default());
    let mut problems = store.sources()?.problems;
    let mut seed = [0_u8; 8];
    getrandom::fill(&mut seed).map_err(|fault| Fault::disk(data_folder)(io::Error::other(fault.to_string())))?;
    let mut builder = ContentBuilder::new(u64::from_le_bytes(seed));
    add_starter(&mut builder);
    for standing in store.list()? {
        let source = &standing.source;
        let Some(list) = standing.in_use.as_ref().filter(|_| source.approved) else { continue };
        // One broken source must not keep the others from filtering.
        if let Err(fault) = add_source(&store, &mut builder, source, list, &mut problems) {
            problems.push(Problem::error(format!("The source “{}” was left out. {fault}", source.id)));
        }
    }
    let compiled = builder.finish();
    problems.extend(compiled.problems);
    let hash = compiled.content.hash().to_hex().to_string();
    let folder = data_folder.join("contents");
    let text_path = folder.join(format!("{hash}.text"));
    let path = folder.join(format!("{hash}.content"));
    write(&text_path, |to| compiled.text.write(to))?;
    write(&path, |to| compiled.content.write(to))?;
    let names = compiled.content.names();
    let lists = compiled.content.lists().to_vec();
    Ok(Compiled { hash, path, text_path, names, lists, problems })
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
            source: place_of(source),
            licence: source.licence.clone(),
            fetched: Some(list.fetched.to_string()),
            entries: 0,
        };
        // Bad lines have been counted; they need not be carried along.
        builder.add(facts, Entries { problems: Vec::new(), ..entries });
    }
    Ok(())
}

/// Where a list comes from, as people are told.
fn place_of(source: &Source) -> String {
    match &source.location {
        crate::lists::Location::Url(url) => url.clone(),
        crate::lists::Location::File(path) => path.display().to_string(),
    }
}
