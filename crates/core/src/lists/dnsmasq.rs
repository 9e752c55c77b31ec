//! dnsmasq configuration: `address=/name/…`, `server=/name/`, `local=/name/`, each with everything below the name.

use super::{Entries, Scope, reading};
use crate::problem::Problem;

pub(super) fn parse(bytes: &[u8]) -> Entries {
    let mut entries = Entries::default();
    reading::each_line(bytes, &mut entries, add_line);
    entries
}

fn add_line(entries: &mut Entries, number: u32, line: &str) {
    let line = reading::without_comment(line);
    if line.is_empty() {
        return;
    }
    let refuse = |entries: &mut Entries, message: String| entries.problem(Problem::warning(message).at_line(number));
    let Some((key, value)) = line.trim_start_matches("--").split_once('=') else {
        refuse(entries, format!("“{}” is no line that blocks names.", reading::shorten(line)));
        return;
    };
    let key = key.trim();
    let fields: Option<(&str, &str)> = value.trim().strip_prefix('/').and_then(|rest| rest.rsplit_once('/'));
    let (Some((names, end)), "address" | "server" | "local") = (fields, key) else {
        refuse(entries, format!("“{}” is no line that blocks names.", reading::shorten(line)));
        return;
    };
    let names = names.split('/').filter(|name| !name.is_empty());
    match (key, end.trim()) {
        // `server=/name/#` sends a name to the usual resolver again: an exception.
        ("server" | "local", "#") => {
            for name in names {
                match reading::name_entry(name, Scope::Within).and_then(reading::exception_entry) {
                    Ok(entry) => entries.exceptions.push(entry),
                    Err(fault) => refuse(entries, fault),
                }
            }
        }
        ("server" | "local", resolver) if !resolver.is_empty() => {
            refuse(
                entries,
                format!("This line asks another resolver ({}) instead of blocking.", reading::shorten(resolver)),
            );
        }
        _ => {
            let before = entries.names.len();
            let problems_before = entries.problem_count;
            for name in names {
                if name == "#" {
                    refuse(entries, "“#” stands for every name there is and was left out.".to_owned());
                } else {
                    reading::add_name(entries, number, name, Scope::Within);
                }
            }
            if entries.names.len() == before && entries.problem_count == problems_before {
                refuse(entries, "This line names nothing.".to_owned());
            }
        }
    }
}
