//! The table of OWASP ASVS 5.0 in `docs/signing_in.md`: no line of levels 1 and 2 is missing, and each test that it names is there.

use crate::{
    browser::Browser,
    school::{PASSWORD, School},
};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Lines of levels 1 and 2, chapter by chapter: V3, V6, V7.
const LINES: &str = "3.2.1 3.2.2 3.3.1 3.3.2 3.3.3 3.3.4 3.4.1 3.4.2 3.4.3 3.4.4 3.4.5 3.4.6 3.5.1 3.5.2 3.5.3 3.5.4 3.5.5 3.7.1 3.7.2 \
    6.1.1 6.1.2 6.1.3 6.2.1 6.2.2 6.2.3 6.2.4 6.2.5 6.2.6 6.2.7 6.2.8 6.2.9 6.2.10 6.2.11 6.2.12 6.3.1 6.3.2 6.3.3 6.3.4 \
    6.4.1 6.4.2 6.4.3 6.4.4 6.5.1 6.5.2 6.5.3 6.5.4 6.5.5 6.6.1 6.6.2 6.6.3 6.8.1 6.8.2 6.8.3 6.8.4 \
    7.1.1 7.1.2 7.1.3 7.2.1 7.2.2 7.2.3 7.2.4 7.3.1 7.3.2 7.4.1 7.4.2 7.4.3 7.4.4 7.4.5 7.5.1 7.5.2 7.6.1 7.6.2";

/// Every function of our sources and tests that follows a test's attribute, or is named in a list of tests for both engines. What is
/// only called like a test proves nothing.
fn tests(folder: &Path, found: &mut BTreeSet<String>) {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    for path in entries {
        if path.is_dir() {
            tests(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = fs::read_to_string(&path).expect("a file");
            let of_both = text.split("both!(").skip(1).filter_map(|rest| rest.split(')').next());
            found.extend(of_both.flat_map(|names| names.split(',')).map(|name| name.trim().to_owned()));
            let mut is_test = false;
            for line in text.lines().map(str::trim) {
                is_test |= line == "#[test]" || line.starts_with("#[tokio::test");
                if let Some((before, rest)) = line.split_once("fn ")
                    && ["", "async ", "pub ", "pub async "].contains(&before)
                {
                    let name = rest.split(['(', '<']).next().filter(|_| is_test);
                    found.extend(name.map(str::to_owned));
                    is_test = false;
                }
            }
        }
    }
}

/// The document names nothing that is a function and no test.
#[test]
fn what_is_no_test_proves_nothing() {
    let mut known = BTreeSet::new();
    tests(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/app"), &mut known);
    assert!(
        known.contains("what_is_no_test_proves_nothing")
            && known.contains("a_form_that_another_site_sends_does_nothing")
    );
    assert!(!known.contains("tests") && !known.contains("spare_code") && !known.contains("roles"), "{known:?}");
}

#[test]
fn asvs_names_every_line_and_only_tests_that_are_there() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut known = BTreeSet::new();
    for folder in ["crates/web/src", "crates/web/tests", "crates/records/src", "crates/records/tests"] {
        tests(&root.join(folder), &mut known);
    }
    let text = fs::read_to_string(root.join("docs/signing_in.md")).expect("the document");
    let (_, table) = text.split_once("## What is checked").expect("the table");
    let mut told = BTreeSet::new();
    for row in table.lines().filter(|line| line.starts_with("| ") && line.as_bytes()[2].is_ascii_digit()) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [line, _, proof] = cells.as_slice() else { panic!("three cells: {row}") };
        let number = line.split(' ').next().expect("a number");
        assert!(told.insert(number.to_owned()), "{number} stands there twice");
        let names: Vec<&str> = proof.split('`').skip(1).step_by(2).filter(|name| name.contains('_')).collect();
        for name in &names {
            assert!(known.contains(*name), "{number}: there is no test {name}");
        }
        let says_why = ["does not apply: ", "departed from: "].iter().any(|words| proof.starts_with(words));
        assert!(says_why || !names.is_empty(), "{number}: neither a test nor why not");
    }
    for line in LINES.split(' ').filter(|line| !line.is_empty()) {
        assert!(told.contains(line), "{line} is missing");
    }
}

/// ASVS 3.2.2, 3.4.2, 3.5.5.
#[tokio::test]
async fn no_script_reads_words_as_markup_and_no_page_opens_itself_to_other_sites() {
    let school = School::new().await;
    let mut browser = school.browser();
    for path in ["/holdfast.js", "/concern.js", "/passkey.js"] {
        let script = browser.get(path).await;
        assert_eq!(script.status, 200, "{path}");
        for word in
            ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "\"message\""]
        {
            assert!(!script.text.contains(word), "{path} has {word}");
        }
    }
    let from = [("Origin", "https://elsewhere.example")];
    for path in ["/", "/sign-in", "/help", "/style.css", "/today", "/proxy.pac"] {
        let answer = browser.send("GET", path, &from, "").await;
        assert!(!answer.head.to_lowercase().contains("access-control-allow"), "{path}: {}", answer.head);
    }
}

/// ASVS 6.2.6 to 6.2.8.
#[tokio::test]
async fn a_password_is_typed_hidden_by_hand_or_manager_and_counts_sign_by_sign() {
    let school = School::new().await;
    let mut browser: Browser = school.signed_in("teacher").await;
    let page = school.browser().get("/sign-in").await.text;
    assert!(page.contains("type=\"password\"") && page.contains("autocomplete=\"current-password\""), "{page}");
    let page = browser.get("/account/password").await.text;
    assert!(page.contains("autocomplete=\"new-password\"") && !page.contains("maxlength"), "{page}");
    for script in ["/holdfast.js", "/passkey.js"] {
        assert!(!browser.get(script).await.text.contains("paste"), "{script}");
    }
    let capital = PASSWORD.to_uppercase();
    let (short, long) = (&PASSWORD[..PASSWORD.len() - 1], format!("{PASSWORD} and on"));
    for other in [short, &*long, &*capital] {
        let mut stranger = school.browser();
        let answer = stranger.post("/sign-in", &[("name", "teacher"), ("password", other)]).await;
        assert_eq!(answer.status, 422, "{other}");
    }
    let mut again = school.browser();
    assert_eq!(again.post("/sign-in", &[("name", "teacher"), ("password", PASSWORD)]).await.location(), "/today");
}
