//! Telling the format of a list from its name and its first lines.

use super::Format;
use std::net::IpAddr;

/// How many telling lines are looked at.
const LINES: usize = 300;
/// How many bytes are looked at.
const BYTES: usize = 256 * 1024;

/// The format that most lines of a file speak for; the file's name decides where it is a known one.
/// `file_name` may be a path or an address; only its last part counts.
pub fn detect(bytes: &[u8], file_name: &str) -> Format {
    let name = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = name.split(['?', '#']).next().unwrap_or_default();
    match name {
        "domains" => return Format::SquidguardDomains,
        "urls" => return Format::Urls,
        "expressions" => return Format::Expressions,
        _ => {}
    }
    let start = bytes.get(..BYTES.min(bytes.len())).unwrap_or_default();
    let mut votes = [0_usize; Format::ALL.len()];
    let lines = start.split(|byte| *byte == b'\n').filter_map(|line| std::str::from_utf8(line).ok()).map(str::trim);
    for format in lines.filter_map(speaks_for).take(LINES) {
        if let Some((_, count)) = Format::ALL.iter().zip(votes.iter_mut()).find(|(known, _)| **known == format) {
            *count += 1;
        }
    }
    // One sure sign of a richer format outweighs plain names, which most formats allow beside their own lines.
    let sure = Format::ALL.into_iter().zip(votes).filter(|(format, count)| *format != Format::Domains && *count > 0);
    sure.max_by_key(|(_, count)| *count).map_or(Format::Domains, |(format, _)| format)
}

fn speaks_for(line: &str) -> Option<Format> {
    if line.starts_with("[Adblock") {
        return Some(Format::Adguard);
    }
    if line.is_empty() || line.starts_with(['#', '!']) {
        return None;
    }
    let services = ["include:", "domain:", "full:", "keyword:", "regexp:"];
    if services.iter().any(|word| line.starts_with(word)) {
        return Some(Format::Services);
    }
    if ["address=/", "server=/", "local=/"].iter().any(|word| line.starts_with(word)) {
        return Some(Format::Dnsmasq);
    }
    let is_expression = line.len() > 2 && line.starts_with('/') && line.ends_with('/');
    if line.starts_with('|') || line.starts_with("@@") || line.ends_with('^') || is_expression {
        return Some(Format::Adguard);
    }
    let mut words = line.split_whitespace();
    let first = words.next().unwrap_or_default();
    let second = words.next();
    if first.parse::<IpAddr>().is_ok() && second.is_some() {
        return Some(Format::Hosts);
    }
    if second.is_some_and(|word| word.starts_with(['@', '&'])) {
        return Some(Format::Services);
    }
    if line.starts_with(['^', '(']) || line.contains(".*") || line.contains("\\.") {
        return Some(Format::Expressions);
    }
    if first.contains("://") || first.trim_end_matches('/').contains('/') {
        return Some(Format::Urls);
    }
    Some(Format::Domains)
}
