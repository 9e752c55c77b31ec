//! What every list reader shares: lines, names, addresses and expressions, each checked once.

use super::{Entries, Expression, NameEntry, Scope, Target};
use crate::{address::canonical_path, host::Host, problem::Problem};

/// A longer line is left out and counted; no list of names needs one.
const LONGEST_LINE: usize = 64 * 1024;
/// A bigger file is refused whole.
const LARGEST_FILE: usize = 512 * 1024 * 1024;
/// A longer expression is left out.
const LONGEST_EXPRESSION: usize = 4_096;
/// More expressions than this in one list cost every request too much; the rest are left out and counted.
const MOST_EXPRESSIONS: usize = 2_000;
/// How big one compiled expression may grow, in bytes.
const EXPRESSION_SIZE: usize = 256 * 1024;

/// Calls `visit` for each line that is neither blank nor too long, with its number counted from 1.
/// Line ends are LF or CRLF; a UTF-8 byte order mark is dropped.
pub(super) fn each_raw_line(bytes: &[u8], entries: &mut Entries, mut visit: impl FnMut(&mut Entries, u32, &[u8])) {
    if bytes.len() > LARGEST_FILE {
        entries.problem(
            Problem::error("This list is larger than 512 MiB and was not read.")
                .suggest("Split it into several lists."),
        );
        return;
    }
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        entries.problem(
            Problem::error("This list is written in UTF-16 and was not read.").suggest("Save it again as UTF-8."),
        );
        return;
    }
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    // A line feed at the very end closes the last line; it does not open another.
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    if bytes.is_empty() {
        return;
    }
    let mut number = 0_u32;
    for line in bytes.split(|byte| *byte == b'\n') {
        number = number.saturating_add(1);
        entries.lines += 1;
        if line.len() > LONGEST_LINE {
            entries.problem(Problem::warning("This line is longer than 64 KiB and was left out.").at_line(number));
            continue;
        }
        let line = line.trim_ascii();
        if !line.is_empty() {
            visit(entries, number, line);
        }
    }
}

/// The same, for formats that are text. A line that is no UTF-8 is a problem.
pub(super) fn each_line(bytes: &[u8], entries: &mut Entries, mut visit: impl FnMut(&mut Entries, u32, &str)) {
    each_raw_line(bytes, entries, |entries, number, line| match std::str::from_utf8(line) {
        Ok(text) => visit(entries, number, text.trim()),
        Err(fault) => entries.problem(
            Problem::warning(format!(
                "This line is not UTF-8 text from its byte {} on and was left out.",
                fault.valid_up_to() + 1
            ))
            .at_line(number),
        ),
    });
}

/// A line without its comment: from `#` at the start or after a space.
pub(super) fn without_comment(line: &str) -> &str {
    let mut before_is_space = true;
    for (position, character) in line.char_indices() {
        if character == '#' && before_is_space {
            return line.get(..position).unwrap_or_default().trim_end();
        }
        before_is_space = character.is_whitespace();
    }
    line
}

/// Reads one name. `*.name` and `.name` reach everything below; else the format says how far.
pub(super) fn name_entry(text: &str, scope: Scope) -> Result<NameEntry, String> {
    let stripped = text.strip_prefix("*.").or_else(|| text.strip_prefix('.'));
    let (text, scope) = stripped.map_or((text, scope), |rest| (rest, Scope::Within));
    refuse_wildcard(text)?;
    let host = Host::parse(text).map_err(|fault| fault.to_string())?;
    let is_wide = host.address().is_none() && !host.as_str().contains('.');
    if is_wide && stripped.is_none() {
        return Err(format!(
            "“{}” has no dot, so it would stand for a whole top-level domain.",
            shorten(host.as_str())
        ));
    }
    let scope = if host.address().is_some() { Scope::Exact } else { scope };
    Ok(NameEntry { name: host.as_str().into(), scope })
}

/// A browser takes `*` for a letter of a name, so such an entry would be kept and never match.
fn refuse_wildcard(name: &str) -> Result<(), String> {
    if name.contains('*') {
        return Err(format!("“{}” has a “*” inside its name, which is not read here.", shorten(name)));
    }
    Ok(())
}

/// Refuses an exception for everything below a public suffix (`com`, `co.uk`): one such line would switch a list off
/// while all its entries are still counted.
pub(super) fn exception_entry(entry: NameEntry) -> Result<NameEntry, String> {
    let is_suffix = |host: Host| host.address().is_none() && host.registrable().is_none();
    if entry.scope == Scope::Within && Host::parse(&entry.name).is_ok_and(is_suffix) {
        return Err(format!(
            "An exception for everything below “{}” is too wide and was left out.",
            shorten(&entry.name)
        ));
    }
    Ok(entry)
}

/// Reads one name into the list, or notes why not.
pub(super) fn add_name(entries: &mut Entries, number: u32, text: &str, scope: Scope) {
    match name_entry(text, scope) {
        Ok(entry) => entries.names.push(entry),
        Err(fault) => entries.problem(Problem::warning(fault).at_line(number)),
    }
}

/// One address of a list, without its scheme.
pub(super) enum AddressEntry {
    /// A whole host, because no path was given.
    Whole(NameEntry),
    /// Host, `/`, canonical path prefix.
    Part(Box<str>),
}

/// Reads one address as lists write them: with or without scheme, user, port and fragment, all of which are dropped.
pub(super) fn address_entry(text: &str) -> Result<AddressEntry, String> {
    let text = match text.split_once("://") {
        Some((scheme, rest)) if !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) => rest,
        _ => text.trim_start_matches("//"),
    };
    let text = text.split_once('#').map_or(text, |(front, _)| front);
    let end = text.find(['/', '?', '\\']).unwrap_or(text.len());
    let (authority, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match authority.rsplit_once(':') {
        Some((host, port))
            if port.bytes().all(|byte| byte.is_ascii_digit()) && (host.ends_with(']') || !host.contains(':')) =>
        {
            host
        }
        _ => authority,
    };
    // What is below an address is meant in any case.
    let rest = rest.strip_suffix("/*").unwrap_or(rest);
    if rest.is_empty() || rest == "/" {
        return name_entry(host, Scope::Within).map(AddressEntry::Whole);
    }
    let host = host.strip_prefix("*.").unwrap_or(host);
    refuse_wildcard(host)?;
    let host = Host::parse(host).map_err(|fault| fault.to_string())?;
    let path = if rest.starts_with('/') {
        canonical_path(rest)
    } else {
        canonical_path(&format!("/{}", rest.trim_start_matches('\\')))
    };
    Ok(AddressEntry::Part(format!("{host}{path}").into()))
}

/// Checks one expression and adds it, or notes why not.
pub(super) fn add_expression(entries: &mut Entries, number: u32, target: Target, pattern: &str) {
    if entries.expressions.len() >= MOST_EXPRESSIONS {
        entries.problem(
            Problem::warning(format!("This list has more than {MOST_EXPRESSIONS} expressions; this one was left out."))
                .at_line(number),
        );
        return;
    }
    match check_expression(pattern) {
        Ok(()) => entries.expressions.push(Expression { target, pattern: pattern.to_owned() }),
        Err(fault) => entries.problem(Problem::warning(fault).at_line(number)),
    }
}

fn check_expression(pattern: &str) -> Result<(), String> {
    if pattern.len() > LONGEST_EXPRESSION {
        return Err(format!("This expression is longer than {LONGEST_EXPRESSION} bytes and was left out."));
    }
    let compiled = compile(pattern).map_err(|fault| match fault {
        regex::Error::CompiledTooBig(_) => "This expression grows too large and was left out.".to_owned(),
        _ => format!("“{}” is not a regular expression that we can read, and was left out.", shorten(pattern)),
    })?;
    // Two addresses that have nothing in common: an expression that matches both would block the web.
    let matches_everything = compiled.is_match("qj7zk.invalid/vw") && compiled.is_match("x-9.example/");
    if compiled.is_match("") || matches_everything {
        return Err(format!("“{}” matches every address and was left out.", shorten(pattern)));
    }
    Ok(())
}

fn compile(pattern: &str) -> Result<regex::Regex, regex::Error> {
    regex::RegexBuilder::new(pattern).case_insensitive(true).size_limit(EXPRESSION_SIZE).build()
}

/// Expressions made ready for [`any_matches`]; those that do not compile cannot be in a list.
pub(super) fn compiled(expressions: &[Expression]) -> Vec<(Target, regex::Regex)> {
    expressions.iter().filter_map(|expression| Some((expression.target, compile(&expression.pattern).ok()?))).collect()
}

/// The expressions that match a host, its usual `www.` name, or the first page of either.
pub(super) fn matching<'e>(
    expressions: &'e [(Target, regex::Regex)],
    host: &Host,
) -> impl Iterator<Item = &'e str> + use<'e> {
    let hosts = [host.to_string(), format!("www.{host}")];
    let matches = move |target: &Target, expression: &regex::Regex| {
        hosts.iter().any(|host| match target {
            Target::Host => expression.is_match(host),
            Target::Address => expression.is_match(&format!("{host}/")),
        })
    };
    expressions.iter().filter(move |(target, expression)| matches(target, expression)).map(|(_, found)| found.as_str())
}

/// At most eighty characters of what a list said, for a message.
pub(super) fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(80).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}
