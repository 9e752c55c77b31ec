//! How long the server takes for a page of a large school (figures.md: p95 ≤ 50 ms with at least 15,000 people, 40,000 concerns and
//! 2 million entries of the audit log, what was written sealed, all of it made through the verbs).
//!
//! `pages_at_scale FOLDER PEOPLE CONCERNS ENTRIES [SHARED_MEMORY [PAGE ...]]` makes such a school in a folder, unless it lies there already, and then
//! asks for each page as its user does, over a socket, on the folder's own disk. It prints `key=value` lines. The school is made in shared
//! memory where such a folder is named, because each verb waits for the disk, and moved then.

#[path = "at_scale/make.rs"]
mod make;
#[path = "at_scale/measure.rs"]
mod measure;

#[path = "../tests/app/authenticator.rs"]
mod authenticator;
#[path = "../tests/app/browser.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod browser;
#[path = "../tests/app/school.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod school;

use std::path::PathBuf;

/// What is made.
#[derive(Debug, Clone, Copy)]
struct Size {
    people: usize,
    concerns: usize,
    entries: u64,
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).and_then(|text| text.parse::<usize>().ok());
    let (Some(folder), Some(people), Some(concerns), Some(entries)) =
        (arguments.first().map(PathBuf::from), number(1), number(2), number(3))
    else {
        println!("pages_at_scale FOLDER PEOPLE CONCERNS ENTRIES [SHARED_MEMORY [PAGE ...]]");
        return;
    };
    let size = Size { people, concerns, entries: u64::try_from(entries).expect("not that many") };
    let made = make::made(&folder, size, arguments.get(4).map(PathBuf::from)).await;
    measure::measure(&folder, made, arguments.get(5..).unwrap_or_default()).await;
}
