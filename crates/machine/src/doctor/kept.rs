//! What is kept in the data folder: documents, lists, the log, the TLS identity, and whose files they are.

use super::{
    DocumentSeen, Finding, Input, ListSeen, inspection,
    reading::{self, Account},
};
use crate::{
    config::Config,
    tls_identity::{self, Shown},
    x509::day,
};
use holdfast_core::{category::Category, problem::Problem, ruleset::content::Content};
use jiff::Timestamp;
use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

/// A list from longer ago than this misses what is new.
const OLD_LIST: Duration = Duration::from_hours(7 * 24);
/// A log that has nothing new for so long is looked at: longer than from a Friday's end over a Monday without school.
const OLD_LOG: Duration = Duration::from_hours(4 * 24);

pub(super) fn examine(input: &Input, service: Option<u32>) -> Vec<Finding> {
    let config = &input.config;
    if !config.data.is_dir() {
        let words = format!("There is no data folder {}.", config.data.display());
        return vec![Finding::fault(
            "data folder",
            words,
            "Make it with `holdfast install`, or name the right one as `data` in the config.",
        )];
    }
    if let Err(fault) = fs::read_dir(&config.data) {
        let words = format!("{} cannot be looked into: {fault}.", config.data.display());
        return vec![Finding::attention("data folder", words, "Run the doctor as root, or as the service's account.")];
    }
    let account = Account::of_service(service, config);
    let mut findings = vec![owners(&config.data, account)];
    findings.extend(account.and_then(|account| reading::examine(account, &input.file, config)));
    let documents = input.documents.iter().enumerate();
    // A document that cannot be judged because of the one before it is not told as a fault of its own.
    let own = documents.filter(|(at, (_, compiled))| {
        compiled.is_ok() || input.documents[..*at].iter().all(|(_, before)| before != compiled)
    });
    findings.extend(own.map(|(_, seen)| document(seen)));
    findings.extend(lists(&input.lists, &input.list_problems, input.now));
    findings.push(baseline(input.content.as_deref()));
    findings.extend(service.map(|_process| log(&config.data.join("activity"), input.now)));
    findings.extend(certificate(config, service.is_some(), input.now));
    findings.extend(inspection::examine(config, input.opens, service.is_some(), input.now));
    findings
}

/// Files of a folder and those below it, the folder itself first.
pub(super) fn files(folder: &Path, depth: usize, most: usize) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    let mut at = 0;
    let base = folder.components().count();
    while at < found.len() && found.len() < most {
        // A link is not followed: what it leads to is not ours.
        let is_folder = fs::symlink_metadata(&found[at]).is_ok_and(|found| found.is_dir());
        if is_folder && found[at].components().count() <= base + depth {
            let inside = fs::read_dir(&found[at]).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
            found.extend(inside);
        }
        at += 1;
    }
    found
}

/// A command run as root leaves files that the service may not read: the commonest way to break it.
fn owners(data: &Path, account: Option<Account>) -> Finding {
    let owner = |path: &Path| fs::symlink_metadata(path).ok().map(|found| found.uid());
    let all = files(data, 3, 20_000);
    let expected = account.map(|account| account.user).or_else(|| owner(data));
    let others: Vec<&PathBuf> = all.iter().filter(|path| owner(path).is_some() && owner(path) != expected).collect();
    match others.first() {
        None => Finding::fine("data folder", format!("All files in {} belong to one account.", data.display())),
        Some(first) => {
            let whose = if account.is_some() { "the service's" } else { "the folder's" };
            // A number needs no name, and is right also where the folder itself is another's.
            let number = expected.unwrap_or_default();
            let data = data.display();
            Finding::fault(
                "data folder",
                format!(
                    "{} of {data} belong to another account than {whose}, first {}.",
                    others.len(),
                    first.display()
                ),
                format!(
                    "The service cannot use them: chown -R {number}: {data}\nRun commands on that folder as the service's account: runuser -u holdfast -- holdfast …"
                ),
            )
        }
    }
}

/// What is blocked for everyone (F-04) and named by no list stays open: the program brings no such list.
fn baseline(content: Option<&Content>) -> Finding {
    let Some(content) = content else {
        return Finding::attention(
            "categories",
            "No policy was in force yet, so it cannot be told what its lists hold.",
            "Start the service, then look again.",
        );
    };
    let is_there = |category: Category| {
        // Statutory lists are of nothing else.
        content.loaded(category)
            || (category == Category::Illegal && content.sealed_tiers().iter().any(|tier| !tier.is_empty()))
    };
    let missing: Vec<String> = Category::BASELINE
        .into_iter()
        .filter(|category| !is_there(*category))
        .map(|category| format!("“{}” ({})", category.title(), category.code()))
        .collect();
    if missing.is_empty() {
        return Finding::fine("categories", "Each category that is blocked for everyone has entries.");
    }
    Finding::fault(
        "categories",
        format!(
            "Blocked for everyone, and no list in force names a single site of it: {}. Such sites open, save for those whom all is closed to that nobody allowed.",
            missing.join(", ")
        ),
        "Add lists of them before anybody is sent here: holdfast lists add … and holdfast lists update (docs/install.md, step 2; docs/lists.md)",
    )
}

fn document((name, compiled): &DocumentSeen) -> Finding {
    let told =
        |problems: &[Problem]| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n           ");
    match compiled {
        Ok(warnings) if warnings.is_empty() => Finding::fine("documents", format!("The {name} is in order.")),
        Ok(warnings) => Finding::attention(
            "documents",
            format!("The {name} can be used, but: {}", told(warnings)),
            "Change what is said there.",
        ),
        Err(problems) => Finding::fault(
            "documents",
            format!("The {name} cannot be used: {}", told(problems)),
            "Mend those lines. Until then the last good one is in force; where there is none, only help and lifelines are open.",
        ),
    }
}

fn lists(seen: &[ListSeen], problems: &[Problem], now: Timestamp) -> Vec<Finding> {
    let mut findings: Vec<Finding> = problems
        .iter()
        .map(|problem| {
            Finding::fault(
                "lists",
                problem.to_string(),
                "Mend lists/sources.toml in the data folder, or run: holdfast lists check",
            )
        })
        .collect();
    let used: Vec<&ListSeen> = seen.iter().filter(|list| list.approved).collect();
    if used.is_empty() && problems.is_empty() {
        findings.push(Finding::attention(
            "lists",
            "There is no list but the small ones that come with the program.",
            "Add those that your school chose: holdfast lists add … (docs/lists.md)",
        ));
    }
    for list in &used {
        let id = &list.id;
        match list.fetched {
            None => findings.push(Finding::fault(
                "lists",
                format!("“{id}” was never fetched."),
                format!("holdfast lists update {id}"),
            )),
            Some(fetched) if now.duration_since(fetched).unsigned_abs() > OLD_LIST && fetched < now => {
                findings.push(Finding::attention(
                    "lists",
                    format!("“{id}” was last looked for on {}.", day(fetched)),
                    format!(
                        "holdfast lists update {id}, and see that it is done by itself each night (docs/install.md)"
                    ),
                ));
            }
            Some(_) => {}
        }
        if list.held {
            findings.push(Finding::attention(
                "lists",
                format!("A new list of “{id}” waits for a person; the one before serves."),
                format!(
                    "holdfast lists show says why. Then: holdfast lists accept {id}, or: holdfast lists discard {id}"
                ),
            ));
        }
    }
    if findings.is_empty() {
        findings.push(Finding::fine("lists", format!("All {} are there and fresh.", used.len())));
    }
    findings
}

fn log(folder: &Path, now: Timestamp) -> Finding {
    let changed = |path: PathBuf| Timestamp::try_from(fs::symlink_metadata(path).ok()?.modified().ok()?).ok();
    let newest = files(folder, 1, 20_000).into_iter().skip(1).filter_map(changed).max();
    let advice = "In holidays that is as it should be. Else look at the status page on this computer, and see that people's devices use the filter.";
    match newest {
        None => Finding::attention("log", "Nothing was ever written to it.", advice),
        Some(at) if now.duration_since(at).unsigned_abs() > OLD_LOG && at < now => {
            Finding::attention("log", format!("It was last written on {}.", day(at)), advice)
        }
        Some(at) => Finding::fine("log", format!("It was last written at {at:.0}.")),
    }
}

fn certificate(config: &Config, is_running: bool, now: Timestamp) -> Option<Finding> {
    if !config.needs_tls() {
        return None;
    }
    let advice = "Until it is mended, the last good certificate is shown, or one of our own authority.";
    Some(match tls_identity::examine(&config.tls_source(), now) {
        Err(fault) => Finding::fault("certificate", fault, advice),
        Ok(None) if is_running => Finding::fault(
            "certificate",
            format!("The service runs, and there is no own certificate in {}.", config.data.join("tls").display()),
            "systemctl restart holdfast",
        ),
        Ok(None) => Finding::fine("certificate", "An own authority is made at the first start."),
        Ok(Some(standing)) => match standing.alarm {
            Some(alarm) if standing.expires <= now => Finding::fault("certificate", alarm, ""),
            Some(alarm) => Finding::attention("certificate", alarm, ""),
            None => {
                let whose = match standing.shown {
                    Shown::Files => "The one from the config's files",
                    Shown::Own | Shown::Memory => {
                        "That of our own authority, which devices must be told to trust (holdfast tls export),"
                    }
                };
                Finding::fine("certificate", format!("{whose} holds until {}.", day(standing.expires)))
            }
        },
    })
}
