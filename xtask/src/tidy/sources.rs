//! What stands in source files, how long they are, and what of this machine has slipped into them.

use crate::repository::Repository;

/// The longest source file outside tests, in lines: longer, and a room has become a hall.
const LONGEST_FILE: usize = 800;
/// The most that the binary's own source may hold: it wires, and nothing more.
const LONGEST_BINARY: usize = 1500;

/// Words that say that something is unfinished or waved through. Put together here so that this file does not hold them.
const UNWANTED: [(&str, &str); 8] = [
    (concat!("to", "do!"), "finish it"),
    (concat!("unimple", "mented!"), "finish it"),
    (concat!("TO", "DO"), "finish it, or file an issue and leave no mark here"),
    (concat!("FIX", "ME"), "mend it"),
    (concat!("#[ig", "nore"), "a test that does not run proves nothing: mend it or take it out"),
    (concat!("println!(\"skip", "ped"), "say it with skipped::because, which the harness does not keep to itself"),
    (concat!("println!(\"NOT ", "RUN"), "say it with skipped::because, which the harness does not keep to itself"),
    (concat!("[al", "low("), "use #[expect(lint, reason = \"…\")], which says when it is no longer needed"),
];

/// Hosts of package registries: what is fetched from where is the package client's business, not ours.
const REGISTRIES: [&str; 8] = [
    concat!("crates", ".io"),
    concat!("pypi", ".org"),
    concat!("pythonhosted", ".org"),
    concat!("npmjs", ".org"),
    concat!("npmjs", ".com"),
    concat!("deb.debian", ".org"),
    concat!("security.debian", ".org"),
    concat!("proxy.golang", ".org"),
];

/// Folders of whoever wrote it, which nobody else has.
const OWN_FOLDERS: [&str; 3] = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];

/// The call that turns an error into nothing.
const SWALLOWS: &str = concat!(".o", "k()");

/// Whether a file holds test code only.
fn is_test(file: &str) -> bool {
    file.split('/').any(|part| part == "tests" || part == "tests.rs")
}

/// Unfinished work, waved-through lints, missing module documentation and swallowed database errors.
pub(super) fn text(repository: &Repository) -> Result<Vec<String>, String> {
    let mut faults = Vec::new();
    for file in repository.files()?.iter().filter(|file| has_extension(file, "rs")) {
        let Some(text) = repository.text(file)? else { continue };
        // The tests of one module, in a file beside it, are for what their place says.
        if !file.ends_with("/tests.rs") && !begins_with_what_it_is_for(&text) {
            faults.push(format!("{file}:1 does not begin with what it is for (“//! …”)"));
        }
        for (number, line) in (1..).zip(text.lines()) {
            let unwanted = UNWANTED.iter().filter(|(word, _)| line.contains(word));
            faults.extend(unwanted.map(|(word, advice)| format!("{file}:{number} says “{word}”: {advice}")));
        }
        faults.extend(
            swallowed_queries(&text)
                .into_iter()
                .map(|number| format!("{file}:{number} turns a database failure into “not found”; hand the error on")),
        );
    }
    Ok(faults)
}

/// Whether the first line that is not blank is module documentation.
fn begins_with_what_it_is_for(text: &str) -> bool {
    text.lines().find(|line| !line.trim().is_empty()).is_none_or(|line| line.starts_with("//!"))
}

/// The lines, from 1, of statements that ask a database something and throw the error away.
fn swallowed_queries(text: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let mut asks = false;
    for (number, line) in (1..).zip(text.lines()) {
        let code = line.split("//").next().unwrap_or_default().trim_end();
        asks |= ["sqlx::", ".fetch_", ".execute(", ".query("].iter().any(|word| code.contains(word));
        if asks && code.contains(SWALLOWS) {
            found.push(number);
        }
        if code.ends_with([';', '{', '}']) {
            asks = false;
        }
    }
    found
}

/// Files and crates that have grown too long.
pub(super) fn sizes(repository: &Repository) -> Result<Vec<String>, String> {
    let mut faults = Vec::new();
    let mut binary = 0;
    for file in repository.files()?.iter().filter(|file| has_extension(file, "rs") && !is_test(file)) {
        let lines = repository.text(file)?.unwrap_or_default().lines().count();
        if lines > LONGEST_FILE {
            faults.push(format!("{file} has {lines} lines; {LONGEST_FILE} is the most: split it by subject"));
        }
        if file.starts_with("crates/holdfast/src/") {
            binary += lines;
        }
    }
    if binary > LONGEST_BINARY {
        faults.push(format!("crates/holdfast/src has {binary} lines; {LONGEST_BINARY} is the most: the binary wires, the rest belongs in a crate that has the subject"));
    }
    Ok(faults)
}

/// Registry hosts and folders of the writer's machine in our files. What Cargo writes by itself is left out, and so is
/// data that others wrote, in which such names are only names.
pub(super) fn machine(repository: &Repository) -> Result<Vec<String>, String> {
    let mut faults = Vec::new();
    for file in repository.files()? {
        if file.ends_with("Cargo.lock") || file.split('/').any(|part| part == "data" || part == "seeds") {
            continue;
        }
        let Some(text) = repository.text(&file)? else { continue };
        for (number, line) in (1..).zip(text.lines()) {
            let hosts = REGISTRIES.iter().filter(|host| line.contains(*host));
            faults.extend(
                hosts.map(|host| format!("{file}:{number} names the registry host “{host}”: name the package only")),
            );
            let folders = OWN_FOLDERS.iter().filter(|folder| holds_path(line, folder));
            faults.extend(
                folders
                    .map(|folder| format!("{file}:{number} holds the path “{folder}…”, which only this machine has")),
            );
        }
    }
    Ok(faults)
}

/// Whether a line holds `folder` as the start of a path, not as the middle of a web address.
fn holds_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|letter| {
            !letter.is_alphanumeric() && !matches!(letter, '.' | '-' | '_' | '*' | '}' | ']' | '/')
        })
    })
}

fn has_extension(file: &str, extension: &str) -> bool {
    file.rsplit_once('.').is_some_and(|(_, end)| end == extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swallowed_query_is_found_over_several_lines() {
        let swallowed = format!("let a = sqlx::query(TEXT)\n    .fetch_one(pool)\n    .await\n    {SWALLOWS};");
        assert_eq!(swallowed_queries(&swallowed), [4]);
        let harmless = format!("let a = text.parse(){SWALLOWS};\nlet b = pool.execute(TEXT).await?;");
        assert_eq!(swallowed_queries(&harmless), Vec::<usize>::new());
    }

    #[test]
    fn a_folder_is_told_from_an_address() {
        let folder = OWN_FOLDERS[0];
        assert!(holds_path(&format!("cd {folder}main"), folder));
        assert!(!holds_path(&format!("http://lesson.example{folder}1"), folder));
    }

    #[test]
    fn tests_are_told_from_source() {
        assert!(is_test("crates/core/tests/policy.rs") && is_test("crates/core/src/ruleset/tests.rs"));
        assert!(!is_test("crates/core/src/attests.rs"));
    }
}
