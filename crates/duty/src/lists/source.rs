//! `lists/sources.toml`: which lists a school uses, from where, and for what.

use holdfast_core::{
    category::Category,
    lists::{Format, mapping_table},
    problem::Problem,
};
use std::{fmt, path::PathBuf, str::FromStr};
use toml_edit::{ArrayOfTables, Document, DocumentMut, Item, Table, value};

const KEYS: [&str; 12] = [
    "id",
    "title",
    "url",
    "file",
    "format",
    "category",
    "categories",
    "sealed",
    "licence",
    "sha256",
    "checksum",
    "approved",
];
const LONGEST_ID: usize = 64;

/// One list source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Stable id: lower-case letters, digits and hyphens.
    pub id: String,
    /// The name people see.
    pub title: String,
    /// Where the list is fetched from.
    pub location: Location,
    /// How it is written; `None` is found out from the list itself.
    pub format: Option<Format>,
    /// What its entries mean.
    pub meaning: Meaning,
    /// Its licence, as its publisher names it.
    pub licence: String,
    /// How a download is checked, if at all.
    pub checksum: Option<Checksum>,
    /// Whether a person has approved it. Only approved sources are compiled.
    pub approved: bool,
}

/// Where a list is fetched from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// An `http`, `https` or `file` address.
    Url(String),
    /// A file, or a folder of lists.
    File(PathBuf),
}

impl FromStr for Location {
    type Err = String;

    /// What a person wrote: an address with `://`, or else a path on this computer.
    fn from_str(text: &str) -> Result<Self, String> {
        if text.contains("://") {
            return Ok(Self::Url(text.to_owned()));
        }
        std::path::absolute(text).map(Self::File).map_err(|fault| format!("{text}: {fault}."))
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => f.write_str(url),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// What the entries of a source mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// All of it is one category.
    Category(Category),
    /// It has categories of its own, which the published map translates; this is the map's name for the source.
    Map(String),
    /// A sealed statutory list of this tier. Its addresses are never written anywhere.
    Sealed(String),
}

/// How a download is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checksum {
    /// SHA-256 in hexadecimal digits, known beforehand.
    Sha256(String),
    /// An address, or a file, with a SHA-256 or MD5 sum, or a list of them by file name.
    Published(String),
}

impl From<&str> for Checksum {
    /// What a person wrote: 64 hexadecimal digits are the sum itself.
    fn from(text: &str) -> Self {
        if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Self::Sha256(text.to_owned())
        } else {
            Self::Published(text.to_owned())
        }
    }
}

/// What `sources.toml` says.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The sources that can be used.
    pub sources: Vec<Source>,
    /// What is wrong with the others, each with its line.
    pub problems: Vec<Problem>,
}

/// The file's name in messages.
const FILE: &str = "lists/sources.toml";

impl Sources {
    /// Reads the file. A source with a problem is left out; the others are used.
    pub fn read(text: &str) -> Self {
        let mut sources = Self::default();
        let document = match Document::parse(text) {
            Ok(document) => document,
            Err(fault) => {
                let line = line_of(text, fault.span().map(|span| span.start));
                let message = fault.message().lines().next().unwrap_or("This is not TOML").to_owned();
                sources
                    .problems
                    .push(Problem::error(format!("This file is not TOML: {message}.")).in_file(FILE).at_line(line));
                return sources;
            }
        };
        for (key, item) in document.iter() {
            match item.as_array_of_tables() {
                Some(tables) if key == "source" => sources.read_tables(text, tables),
                _ => {
                    let line = line_of(text, document.key(key).and_then(toml_edit::Key::span).map(|span| span.start));
                    let problem = Problem::error(format!("“{key}” is not known here.")).in_file(FILE).at_line(line);
                    sources.problems.push(problem.suggest("Each source starts with a line “[[source]]”."));
                }
            }
        }
        sources
    }

    fn read_tables(&mut self, text: &str, tables: &ArrayOfTables) {
        for table in tables {
            let reader = TableReader { text, table };
            match reader.source() {
                Ok(source) if self.sources.iter().any(|other| other.id == source.id) => {
                    self.problems
                        .push(reader.problem("id", format!("There are two sources with the id “{}”.", source.id)));
                }
                Ok(source) => self.sources.push(source),
                Err(problems) => self.problems.extend(problems),
            }
        }
    }

    /// The file's text with one more source at its end; what a person wrote in it stays.
    pub(super) fn with_added(text: &str, source: &Source) -> Result<String, toml_edit::TomlError> {
        let mut document: DocumentMut = text.parse()?;
        let tables = document.entry("source").or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
        if let Some(tables) = tables.as_array_of_tables_mut() {
            tables.push(table_of(source));
        }
        Ok(document.to_string())
    }

    /// The file's text without one source.
    pub(super) fn with_removed(text: &str, id: &str) -> Result<String, toml_edit::TomlError> {
        let mut document: DocumentMut = text.parse()?;
        if let Some(tables) = document.get_mut("source").and_then(Item::as_array_of_tables_mut) {
            tables.retain(|table| table.get("id").and_then(Item::as_str) != Some(id));
        }
        Ok(document.to_string())
    }
}

/// The line, counted from 1, that a byte of the text is on.
fn line_of(text: &str, byte: Option<usize>) -> u32 {
    let before = byte.and_then(|byte| text.get(..byte)).unwrap_or_default();
    u32::try_from(before.matches('\n').count()).unwrap_or(u32::MAX).saturating_add(1)
}

fn table_of(source: &Source) -> Table {
    let mut table = Table::new();
    table["id"] = value(&source.id);
    table["title"] = value(&source.title);
    match &source.location {
        Location::Url(url) => table["url"] = value(url),
        Location::File(path) => table["file"] = value(path.to_string_lossy().into_owned()),
    }
    table["format"] = value(source.format.map_or("auto", Format::code));
    match &source.meaning {
        Meaning::Category(category) => table["category"] = value(category.code()),
        Meaning::Map(map) => table["categories"] = value(map),
        Meaning::Sealed(tier) => table["sealed"] = value(tier),
    }
    table["licence"] = value(&source.licence);
    match &source.checksum {
        Some(Checksum::Sha256(sum)) => table["sha256"] = value(sum),
        Some(Checksum::Published(place)) => table["checksum"] = value(place),
        None => {}
    }
    table["approved"] = value(source.approved);
    table
}

struct TableReader<'a> {
    text: &'a str,
    table: &'a Table,
}

impl TableReader<'_> {
    /// A problem on the line of a key, or of the table where the key is missing.
    fn problem(&self, key: &str, message: impl Into<String>) -> Problem {
        let key_span = self.table.key(key).and_then(toml_edit::Key::span);
        let start = key_span.or_else(|| self.table.span()).map(|span| span.start);
        Problem::error(message).in_file(FILE).at_line(line_of(self.text, start))
    }

    fn word(&self, key: &str, problems: &mut Vec<Problem>) -> Option<String> {
        let item = self.table.get(key)?;
        let word = item.as_str().map(str::trim).filter(|word| !word.is_empty());
        if word.is_none() {
            problems.push(self.problem(key, format!("“{key}” must be a text in quotation marks, and not empty.")));
        }
        word.map(str::to_owned)
    }

    fn source(&self) -> Result<Source, Vec<Problem>> {
        let mut problems = Vec::new();
        for (key, _) in self.table {
            if !KEYS.contains(&key) {
                let known = format!("Known are: {}.", KEYS.join(", "));
                problems.push(self.problem(key, format!("“{key}” is not known for a source.")).suggest(known));
            }
        }
        let id = self.word("id", &mut problems).unwrap_or_default();
        if !is_id(&id) {
            let message = "A source needs an id of lower-case letters, digits and hyphens, at most 64, not starting with “starter-”, and not “lock”.";
            problems.push(self.problem("id", message));
        }
        let title = self.word("title", &mut problems).unwrap_or_else(|| id.clone());
        let licence = self.word("licence", &mut problems).unwrap_or_else(|| "not stated".to_owned());
        let approved = self.table.get("approved").map_or(Some(false), Item::as_bool).unwrap_or_else(|| {
            problems.push(self.problem("approved", "“approved” must be true or false."));
            false
        });
        let location = self.location(&mut problems);
        let format = self.format(&mut problems);
        let meaning = self.meaning(&mut problems);
        let checksum = self.checksum(&mut problems);
        match (location, meaning, problems.is_empty()) {
            (Some(location), Some(meaning), true) => {
                Ok(Source { id, title, location, format, meaning, licence, checksum, approved })
            }
            _ => Err(problems),
        }
    }

    fn location(&self, problems: &mut Vec<Problem>) -> Option<Location> {
        match (self.word("url", problems), self.word("file", problems)) {
            (Some(url), None) => {
                let known = ["http://", "https://", "file://"].iter().any(|scheme| url.starts_with(scheme));
                if !known || url::Url::parse(&url).is_err() {
                    problems.push(self.problem("url", "“url” must be an http, https or file address."));
                    return None;
                }
                Some(Location::Url(url))
            }
            (None, Some(file)) => Some(Location::File(file.into())),
            _ => {
                problems.push(self.problem("url", "A source needs either “url” or “file”."));
                None
            }
        }
    }

    fn format(&self, problems: &mut Vec<Problem>) -> Option<Format> {
        let word = self.word("format", problems)?;
        let format = Format::from_code(&word);
        if format.is_none() && word != "auto" {
            let known = Format::ALL.map(Format::code).join(", ");
            problems.push(
                self.problem("format", format!("“{word}” is no list format."))
                    .suggest(format!("Known are: auto, {known}.")),
            );
        }
        format
    }

    fn meaning(&self, problems: &mut Vec<Problem>) -> Option<Meaning> {
        let words = (self.word("category", problems), self.word("categories", problems), self.word("sealed", problems));
        match words {
            (Some(code), None, None) => {
                let category = Category::from_code(&code);
                if category.is_none() {
                    let problem = self.problem("category", format!("“{code}” is no category."));
                    problems.push(problem.suggest("The categories are listed in docs/taxonomy.md."));
                }
                category.map(Meaning::Category)
            }
            (None, Some(map), None) => {
                if !mapping_table().iter().any(|row| row.source == map) {
                    let problem = self.problem("categories", format!("There is no map of categories called “{map}”."));
                    problems.push(problem.suggest("Known are: ut1, blocklistproject, nextdns, v2fly."));
                    return None;
                }
                Some(Meaning::Map(map))
            }
            (None, None, Some(tier)) => Some(Meaning::Sealed(tier)),
            _ => {
                problems.push(self.problem("category", "A source needs one of “category”, “categories” or “sealed”."));
                None
            }
        }
    }

    fn checksum(&self, problems: &mut Vec<Problem>) -> Option<Checksum> {
        match (self.word("sha256", problems), self.word("checksum", problems)) {
            (Some(sum), None) => {
                if sum.len() != 64 || !sum.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                    problems.push(self.problem("sha256", "“sha256” must be 64 hexadecimal digits."));
                }
                Some(Checksum::Sha256(sum))
            }
            (None, Some(place)) => Some(Checksum::Published(place)),
            (None, None) => None,
            (Some(_), Some(_)) => {
                problems.push(self.problem("checksum", "Give either “sha256” or “checksum”."));
                None
            }
        }
    }
}

pub(super) fn is_id(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= LONGEST_ID
        && !id.starts_with("starter-")
        // The folder of a source would be in the place of the lock's file.
        && id != "lock"
        && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}
