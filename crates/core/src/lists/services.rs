//! Service lists in the shape of v2fly's domain-list-community: one file a service, which may include others.

use super::{Entries, NameEntry, Scope, Target, reading};
use crate::problem::Problem;
use std::collections::{BTreeMap, HashSet};

/// Deeper nesting of includes than this is a mistake or an attack.
const DEEPEST: usize = 32;
/// One list may pull in this many others, the same one counted again under another filter.
const MOST_INCLUDES: usize = 20_000;
/// A keyword shorter than this is in too many names.
const SHORTEST_KEYWORD: usize = 4;

/// A set of service files that may include one another, by file name.
#[derive(Debug, Default)]
pub struct ServiceSet {
    files: BTreeMap<String, File>,
}

#[derive(Debug, Default)]
struct File {
    rules: Vec<Rule>,
    includes: Vec<Include>,
    /// Bad lines and the number of lines, but no entry.
    read: Entries,
}

#[derive(Debug)]
struct Rule {
    line: u32,
    kind: Kind,
    value: Box<str>,
    attributes: Vec<Box<str>>,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Domain,
    Full,
    Keyword,
    Expression,
}

#[derive(Debug)]
struct Include {
    line: u32,
    name: Box<str>,
    filter: Filter,
}

/// Attributes that an included rule must have, and must not have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Filter {
    with: Vec<Box<str>>,
    without: Vec<Box<str>>,
}

impl Filter {
    fn lets_through(&self, rule: &Rule) -> bool {
        self.with.iter().all(|attribute| rule.attributes.contains(attribute))
            && !self.without.iter().any(|attribute| rule.attributes.contains(attribute))
    }

    /// Both filters at once, in one order, so that the same filter is known again.
    fn and(&self, other: &Self) -> Self {
        let join = |left: &[Box<str>], right: &[Box<str>]| {
            let mut all = [left, right].concat();
            all.sort_unstable();
            all.dedup();
            all
        };
        Self { with: join(&self.with, &other.with), without: join(&self.without, &other.without) }
    }
}

impl ServiceSet {
    /// Reads every file of a set: its name (without folder) and its bytes.
    pub fn read<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        Self { files: files.into_iter().map(|(name, bytes)| (name.to_ascii_lowercase(), File::read(bytes))).collect() }
    }

    /// The names of the files, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// What one service brings, everything it includes with it; nothing where the set has no such file.
    /// Includes that are missing or lead back to themselves are problems, and the rest is used.
    pub fn entries(&self, name: &str) -> Entries {
        let mut walk = Walk {
            set: self,
            entries: Entries::default(),
            seen: HashSet::new(),
            used: HashSet::new(),
            path: Vec::new(),
        };
        let name = name.to_ascii_lowercase();
        walk.visit(&name, &Filter::default());
        walk.entries
    }
}

/// One file without its set: its includes cannot be followed.
pub(super) fn parse_alone(bytes: &[u8]) -> Entries {
    let set = ServiceSet::read([("", bytes)]);
    set.entries("")
}

struct Walk<'a> {
    set: &'a ServiceSet,
    entries: Entries,
    seen: HashSet<(&'a str, Filter)>,
    used: HashSet<(&'a str, usize)>,
    path: Vec<&'a str>,
}

impl Walk<'_> {
    fn visit(&mut self, name: &str, filter: &Filter) {
        let set = self.set;
        let Some((name, file)) = set.files.get_key_value(name) else { return };
        let first_time = !self.seen.iter().any(|(seen, _)| *seen == name.as_str());
        if !self.seen.insert((name, filter.clone())) {
            return;
        }
        if first_time {
            self.entries.lines += file.read.lines;
            for problem in &file.read.problems {
                self.entries.problem(problem.clone().in_file(name.as_str()));
            }
            self.entries.problem_count += file.read.problem_count - file.read.problems.len();
        }
        for (index, rule) in file.rules.iter().enumerate() {
            if filter.lets_through(rule) && self.used.insert((name, index)) {
                add(&mut self.entries, name, rule);
            }
        }
        self.path.push(name);
        for include in &file.includes {
            self.follow(name, include, filter);
        }
        self.path.pop();
    }

    fn follow(&mut self, from: &str, include: &Include, filter: &Filter) {
        let fault = if !self.set.files.contains_key(&*include.name) {
            Some(format!("“include:{}” names a list that is not in this set.", reading::shorten(&include.name)))
        } else if self.path.contains(&&*include.name) {
            Some(format!("“include:{}” leads back to itself.", reading::shorten(&include.name)))
        } else if self.path.len() >= DEEPEST || self.seen.len() >= MOST_INCLUDES {
            Some(format!("“include:{}” is nested too deeply.", reading::shorten(&include.name)))
        } else {
            None
        };
        match fault {
            Some(message) => self.entries.problem(Problem::warning(message).in_file(from).at_line(include.line)),
            None => self.visit(&include.name, &filter.and(&include.filter)),
        }
    }
}

fn add(entries: &mut Entries, file: &str, rule: &Rule) {
    let before = entries.problems.len();
    match rule.kind {
        Kind::Domain => entries.names.push(NameEntry { name: rule.value.clone(), scope: Scope::Within }),
        Kind::Full => entries.names.push(NameEntry { name: rule.value.clone(), scope: Scope::Exact }),
        Kind::Keyword => reading::add_expression(entries, rule.line, Target::Host, &regex::escape(&rule.value)),
        Kind::Expression => reading::add_expression(entries, rule.line, Target::Host, &rule.value),
    }
    for problem in entries.problems.iter_mut().skip(before) {
        file.clone_into(&mut problem.file);
    }
}

impl File {
    fn read(bytes: &[u8]) -> Self {
        let mut file = Self::default();
        let mut read = Entries::default();
        reading::each_line(bytes, &mut read, |read, number, line| {
            if let Err(fault) = file.add_line(number, reading::without_comment(line)) {
                read.problem(Problem::warning(fault).at_line(number));
            }
        });
        file.read = read;
        file
    }

    fn add_line(&mut self, line: u32, text: &str) -> Result<(), String> {
        let mut words = text.split_whitespace();
        let Some(first) = words.next() else { return Ok(()) };
        let (kind, value) = first.split_once(':').unwrap_or(("domain", first));
        let mut attributes: Vec<Box<str>> = Vec::new();
        for word in words {
            match word.strip_prefix('@') {
                Some(attribute) if !attribute.is_empty() => attributes.push(attribute.into()),
                // `&list` adds the rule to another list as well; here each list says itself what it includes.
                _ => return Err(format!("“{}” is no attribute; attributes start with “@”.", reading::shorten(word))),
            }
        }
        let kind = match kind {
            "domain" => Kind::Domain,
            "full" => Kind::Full,
            "keyword" => Kind::Keyword,
            "regexp" => Kind::Expression,
            "include" => {
                let (without, with): (Vec<Box<str>>, Vec<Box<str>>) =
                    attributes.into_iter().partition(|attribute| attribute.starts_with('-'));
                let without = without.iter().map(|attribute| attribute.trim_start_matches('-').into()).collect();
                self.includes.push(Include {
                    line,
                    name: value.to_ascii_lowercase().into(),
                    filter: Filter { with, without },
                });
                return Ok(());
            }
            other => return Err(format!("“{}:” is no kind of rule.", reading::shorten(other))),
        };
        let value: Box<str> = match kind {
            // A service list means it when it names a top-level domain, so a single label is taken.
            Kind::Domain => reading::name_entry(&format!(".{}", value.trim_start_matches('.')), Scope::Within)?.name,
            Kind::Full => reading::name_entry(value, Scope::Exact)?.name,
            Kind::Keyword if value.len() < SHORTEST_KEYWORD => {
                return Err(format!(
                    "The keyword “{}” is in too many names and was left out.",
                    reading::shorten(value)
                ));
            }
            Kind::Keyword | Kind::Expression => value.into(),
        };
        self.rules.push(Rule { line, kind, value, attributes });
        Ok(())
    }
}
