//! Domain rules of AdGuard and Pi-hole, as their own pages describe them.
//!
//! Only what speaks of whole names or addresses is used. Rules that hide parts of a page, or that hold for some
//! kinds of request only, are problems: a filter that read them as "block the site" would block too much.

use super::{
    Entries, NameEntry, Scope, Target, hosts,
    reading::{self, AddressEntry},
};
use crate::{host::Host, problem::Problem};
use std::collections::HashSet;

/// Marks of rules that change the looks or scripts of a page.
const COSMETIC: [&str; 8] = ["##", "#@#", "#?#", "#$#", "#%#", "#@$#", "#@%#", "$$"];
/// Modifiers under which a rule still means "the whole site".
const WHOLE_SITE: [&str; 5] = ["important", "all", "document", "doc", "badfilter"];

#[derive(Default)]
struct Pending {
    /// Blocks marked `$important`, which exceptions do not undo.
    important: Vec<NameEntry>,
    /// Exceptions marked `$important`, which undo even those.
    important_exceptions: HashSet<NameEntry>,
    /// Blocks switched off by `$badfilter`.
    switched_off: HashSet<NameEntry>,
    /// Exceptions switched off by `$badfilter`.
    switched_off_exceptions: HashSet<NameEntry>,
}

struct Rule<'a> {
    pattern: &'a str,
    exception: bool,
    important: bool,
    switches_off: bool,
}

pub(super) fn parse(bytes: &[u8]) -> Entries {
    let mut entries = Entries::default();
    let mut pending = Pending::default();
    reading::each_line(bytes, &mut entries, |entries, number, line| {
        if line.starts_with('!')
            || is_header(line)
            || (line.starts_with('#') && !COSMETIC.iter().any(|mark| line.starts_with(mark)))
        {
            return;
        }
        if COSMETIC.iter().any(|mark| line.contains(mark)) {
            let message = "This rule changes how a page looks; it blocks no site and was left out.";
            entries.problem(Problem::warning(message).at_line(number));
            return;
        }
        match rule(line) {
            Ok(rule) => add_rule(entries, &mut pending, number, &rule),
            Err(fault) => entries.problem(Problem::warning(fault).at_line(number)),
        }
    });
    settle(&mut entries, &pending);
    entries
}

fn is_header(line: &str) -> bool {
    line.starts_with('[') && line.ends_with(']')
}

/// Takes the modifiers off a line. An expression may hold `$` itself, so its end is its last `/`.
fn rule(line: &str) -> Result<Rule<'_>, String> {
    let (line, exception) = line.strip_prefix("@@").map_or((line, false), |rest| (rest, true));
    let modifiers_from = if line.starts_with('/') { line.rfind('/').unwrap_or(0) } else { 0 };
    let dollar = line.get(modifiers_from..).and_then(|rest| rest.find('$')).map(|place| place + modifiers_from);
    let (pattern, modifiers) = match dollar.and_then(|place| line.split_at_checked(place)) {
        Some((pattern, modifiers)) => (pattern, modifiers.trim_start_matches('$')),
        None => (reading::without_comment(line), ""),
    };
    let mut rule = Rule { pattern: pattern.trim(), exception, important: false, switches_off: false };
    for modifier in modifiers.split(',').map(str::trim).filter(|modifier| !modifier.is_empty()) {
        if !WHOLE_SITE.contains(&modifier) {
            return Err(format!(
                "The modifier “${}” is not one for whole sites; the rule was left out.",
                reading::shorten(modifier)
            ));
        }
        rule.important |= modifier == "important";
        rule.switches_off |= modifier == "badfilter";
    }
    if rule.pattern.is_empty() { Err("This rule names nothing.".to_owned()) } else { Ok(rule) }
}

fn add_rule(entries: &mut Entries, pending: &mut Pending, number: u32, rule: &Rule<'_>) {
    let refuse = |entries: &mut Entries, message: String| entries.problem(Problem::warning(message).at_line(number));
    if rule.pattern.len() > 1 && rule.pattern.starts_with('/') && rule.pattern.ends_with('/') {
        let inner = rule.pattern.trim_start_matches('/').trim_end_matches('/');
        if rule.exception || rule.switches_off {
            refuse(entries, "An exception by regular expression cannot be honoured and was left out.".to_owned());
        } else {
            reading::add_expression(entries, number, Target::Host, inner);
        }
        return;
    }
    if !rule.exception && rule.pattern.split_whitespace().count() > 1 {
        hosts::add_line(entries, number, rule.pattern);
        return;
    }
    match pattern_entry(rule.pattern) {
        Ok(Found::Name(entry)) if rule.exception => match reading::exception_entry(entry) {
            Ok(entry) => add_name(entries, pending, rule, entry),
            Err(fault) => refuse(entries, fault),
        },
        Ok(Found::Name(entry)) => add_name(entries, pending, rule, entry),
        Ok(Found::Url(_) | Found::Wildcard(_)) if rule.exception || rule.switches_off => {
            refuse(entries, "An exception for a part of a site cannot be honoured and was left out.".to_owned());
        }
        Ok(Found::Url(url)) => entries.urls.push(url),
        Ok(Found::Wildcard(pattern)) => reading::add_expression(entries, number, Target::Host, &pattern),
        Err(fault) => refuse(entries, fault),
    }
}

fn add_name(entries: &mut Entries, pending: &mut Pending, rule: &Rule<'_>, entry: NameEntry) {
    match (rule.switches_off, rule.exception) {
        (true, true) => {
            pending.switched_off_exceptions.insert(entry);
        }
        (true, false) => {
            pending.switched_off.insert(entry);
        }
        (false, true) => {
            if rule.important {
                pending.important_exceptions.insert(entry.clone());
            }
            entries.exceptions.push(entry);
        }
        (false, false) => {
            if rule.important {
                pending.important.push(entry.clone());
            }
            entries.names.push(entry);
        }
    }
}

enum Found {
    Name(NameEntry),
    Url(Box<str>),
    Wildcard(String),
}

/// What a pattern stands for: `||name^` the name and all below it, `|name^` and `name` the name alone.
fn pattern_entry(pattern: &str) -> Result<Found, String> {
    let (rest, scope) = if let Some(rest) = pattern.strip_prefix("||") {
        (rest, Scope::Within)
    } else if let Some(rest) = pattern.strip_prefix('|') {
        (rest, Scope::Exact)
    } else {
        (pattern, Scope::Exact)
    };
    let rest = rest.split_once("://").map_or(rest, |(_, rest)| rest);
    let rest = rest.trim_end_matches(['^', '|', '*']).trim_end_matches('^');
    if rest.contains('/') && !rest.ends_with('/') {
        if rest.contains(['*', '^', '|']) {
            return Err("Rules with a wildcard in the middle of an address are not used.".to_owned());
        }
        return match reading::address_entry(rest)? {
            AddressEntry::Part(url) => Ok(Found::Url(url)),
            AddressEntry::Whole(entry) => Ok(Found::Name(entry)),
        };
    }
    let rest = rest.trim_end_matches('/');
    let below = rest.strip_prefix("*.").unwrap_or(rest);
    if below.contains('*') {
        return wildcard(below, scope);
    }
    // `||name^` with a single label is meant: a top-level domain. A single label alone is not.
    let text = if scope == Scope::Within && !below.contains('.') { format!(".{below}") } else { rest.to_owned() };
    reading::name_entry(&text, scope).map(Found::Name)
}

fn wildcard(text: &str, scope: Scope) -> Result<Found, String> {
    let letters = text.chars().filter(|character| character.is_alphanumeric()).count();
    let known = text.chars().all(|character| character.is_alphanumeric() || "*.-_".contains(character));
    if letters < 4 || !known {
        return Err(format!("“{}” is too wide or no name, and was left out.", reading::shorten(text)));
    }
    let front = if scope == Scope::Within { r"(^|\.)" } else { "^" };
    let middle = text.split('*').map(regex::escape).collect::<Vec<_>>().join(".*");
    Ok(Found::Wildcard(format!("{front}{}$", middle.to_ascii_lowercase())))
}

/// Applies what can only be known at the end, so that the order of lines does not matter.
fn settle(entries: &mut Entries, pending: &Pending) {
    entries.names.retain(|entry| !pending.switched_off.contains(entry));
    entries.exceptions.retain(|entry| !pending.switched_off_exceptions.contains(entry));
    if pending.important.is_empty() || entries.exceptions.is_empty() {
        return;
    }
    let important: HashSet<&NameEntry> =
        pending.important.iter().filter(|entry| !pending.switched_off.contains(*entry)).collect();
    // What an exception would have to avoid: each important name, and every parent of one.
    let parents: HashSet<String> = important
        .iter()
        .filter_map(|entry| Host::parse(&entry.name).ok())
        .flat_map(|host| host.suffixes().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let overruled = |exception: &NameEntry| {
        let blocked_above = Host::parse(&exception.name).is_ok_and(|host| {
            host.suffixes().any(|name| important.contains(&NameEntry { name: name.into(), scope: Scope::Within }))
        });
        let same = important.contains(&NameEntry { name: exception.name.clone(), scope: Scope::Exact });
        blocked_above || same || (exception.scope == Scope::Within && parents.contains(&*exception.name))
    };
    entries.exceptions.retain(|exception| pending.important_exceptions.contains(exception) || !overruled(exception));
}
