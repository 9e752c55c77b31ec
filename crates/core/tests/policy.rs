//! Policy tests that a head teacher can read: `policy/*.md`.
//!
//! Each file holds a policy, the lists' entries, tables of who asks for what when, and what they get, tables of where a
//! name leads for whom, tables of what is opened and of what is changed in a request, and tables of names whose answers
//! lead over other names.

use holdfast_core::{
    address::Address,
    category::Category,
    decide::{Verdict, decide, decide_over, explain},
    host::Host,
    inspection::Extent,
    lists::{Entries, NameEntry, Scope},
    moment::Moment,
    policy,
    request::Request,
    ruleset::{
        self, Ruleset,
        content::{Content, ContentBuilder, ListFacts},
    },
    search_engines::StrictForm,
    subject::{Confidence, Source, Subject},
};
use jiff::{civil::DateTime, tz::TimeZone};
use std::{fs, path::Path, sync::Arc};

#[test]
fn every_promise_of_the_policy_files_is_kept() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/policy");
    let mut rows = 0;
    let mut broken = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let ruleset = ruleset_of(&name, &text);
        for row in table_rows(&text) {
            rows += 1;
            let found = answer(&ruleset, &row);
            if found != row.expected {
                let Row { who, when, asks, expected } = row;
                broken.push(format!("{name}: {who} asks {asks} at {when}: expected {expected}, got {found}"));
            }
        }
        for [who, host, expected] in cells_of::<3>(&text) {
            rows += 1;
            let found = leads_to(&ruleset, &subject_of(who), host);
            if found != expected {
                broken.push(format!("{name}: {who} asks for {host}: expected {expected}, got {found}"));
            }
        }
        for [who, what, expected, why] in cells_of::<4>(&text) {
            rows += 1;
            let subject = subject_of(who);
            let found =
                if what.contains("://") { goes_on(&ruleset, &subject, what) } else { opened(&ruleset, &subject, what) };
            if found != [expected, why] {
                broken.push(format!("{name}: {who} at {what}: expected {expected}, {why}; got {found:?}"));
            }
        }
        for [who, when, asked, over, answer, layer] in cells_of::<6>(&text) {
            rows += 1;
            let expected = format!("{answer} {layer}");
            let found = led_over(&ruleset, &subject_of(who), when, [asked, over]);
            if found != expected {
                broken.push(format!("{name}: {who} asks for {asked} over {over}: expected {expected}, got {found}"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert!(rows >= 210, "only {rows} rows were read");
}

struct Row {
    who: String,
    when: String,
    asks: String,
    expected: String,
}

/// Rows of tables with the columns who, when, asks for, answer, decided by.
fn table_rows(text: &str) -> Vec<Row> {
    cells_of::<5>(text)
        .into_iter()
        .map(|[who, when, asks, answer, layer]| Row {
            who: who.to_owned(),
            when: when.to_owned(),
            asks: asks.to_owned(),
            expected: format!("{answer} {layer}"),
        })
        .collect()
}

/// What becomes of a name whose answer leads over another name, and by which layer.
fn led_over(ruleset: &Ruleset, subject: &Subject, when: &str, hosts: [&str; 2]) -> String {
    let [asked, over] = hosts.map(|host| Host::parse(host).unwrap());
    let (asked, over, moment) = (Request::name_only(&asked), Request::name_only(&over), moment_of(when));
    match decide_over(ruleset, subject, &asked, &over, &moment) {
        None => told(ruleset, &decide(ruleset, subject, &asked, &moment), subject, &asked),
        Some(verdict) => told(ruleset, &verdict, subject, &over),
    }
}

/// How far somebody's connections to a host are opened, and why.
fn opened(ruleset: &Ruleset, subject: &Subject, host: &str) -> [String; 2] {
    let opening = ruleset.opening(subject, &Host::parse(host).unwrap());
    let extent = match opening.extent {
        Extent::Nothing => "nothing",
        Extent::BlockPages => "block pages",
        Extent::Everything => "everything",
    };
    [extent.to_owned(), opening.reason.code().to_owned()]
}

/// What goes on of a request for an address, and what is told of the change.
fn goes_on(ruleset: &Ruleset, subject: &Subject, address: &str) -> [String; 2] {
    let rewrites = ruleset.rewrites(subject, &Address::parse(address).unwrap(), "GET");
    let told: Vec<&str> = rewrites.applied.iter().map(|applied| &**applied).collect();
    // What strict search adds to the accounts' fields is looked at by itself.
    let fields = rewrites.fields.iter().filter(|_| rewrites.path_and_query.is_none());
    let parts: Vec<String> = rewrites
        .path_and_query
        .iter()
        .map(ToString::to_string)
        .chain(fields.map(|(name, value)| format!("{name}: {value}")))
        .collect();
    let or = |text: String, other: &str| if text.is_empty() { other.to_owned() } else { text };
    [or(parts.join("; "), "the same"), or(told.join(", "), "nothing")]
}

/// The rows of all tables with so many columns: five for verdicts, three for where names lead, four for openings and
/// changes, six for names over names.
fn cells_of<const COLUMNS: usize>(text: &str) -> Vec<[&str; COLUMNS]> {
    text.lines()
        .filter(|line| line.starts_with('|') && !line.starts_with("|--") && !line.starts_with("| who"))
        .filter_map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            assert!((3..=6).contains(&cells.len()), "a row needs three to six cells: {line}");
            cells.try_into().ok()
        })
        .collect()
}

/// Where a name leads for somebody, and which engine's strict mode that is, at which level.
fn leads_to(ruleset: &Ruleset, subject: &Subject, host: &str) -> String {
    let Some(strict) = ruleset.strict_search(subject, &Host::parse(host).unwrap()) else { return "itself".to_owned() };
    let target = match strict.form {
        StrictForm::Name(name) => name.to_owned(),
        StrictForm::Addresses(addresses) => addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    };
    format!("{target}: {} {}", strict.engine, strict.level.code())
}

fn fenced<'a>(text: &'a str, kind: &str) -> &'a str {
    let start = text.split_once(&format!("```{kind}\n")).unwrap_or_else(|| panic!("no ```{kind} block")).1;
    start.split_once("```").unwrap().0
}

fn ruleset_of(name: &str, text: &str) -> Ruleset {
    let policy_text = fenced(text, "toml");
    let source = policy::read(name, policy_text).unwrap_or_else(|problems| panic!("{name}: {problems:?}"));
    let content = Arc::new(content_of(text));
    let (ruleset, _) = ruleset::compile(source, content, name, policy_text).unwrap_or_else(|p| panic!("{name}: {p:?}"));
    ruleset
}

/// Lines such as `- gambling: casino.example, bets.example`.
fn content_of(text: &str) -> Content {
    let mut builder = ContentBuilder::new(7);
    for line in text.lines().filter_map(|line| line.strip_prefix("- ")) {
        let Some((code, names)) = line.split_once(": ") else { continue };
        let Some(category) = Category::from_code(code) else { continue };
        let names = names.split(", ").map(|name| NameEntry { name: name.into(), scope: Scope::Within }).collect();
        let facts = ListFacts {
            id: format!("list-of-{code}").into(),
            title: code.to_owned(),
            category,
            source: "test".to_owned(),
            licence: "none".to_owned(),
            fetched: None,
            entries: 0,
        };
        builder.add(facts, Entries { names, ..Entries::default() });
    }
    builder.finish().content
}

/// `nobody`, or `amber in rowan`, with `, class 5b`, `, room library` and `, device d-7` after it where wanted.
fn subject_of(who: &str) -> Subject {
    let mut subject = Subject::unknown();
    let mut parts = who.split(", ");
    let first = parts.next().unwrap();
    if let Some((person, group)) = first.split_once(" in ") {
        subject.person = (person != "somebody").then(|| person.into());
        subject.group = Some(group.into());
        subject.source = Source::SignIn;
        subject.confidence = Confidence::Proven;
    }
    for part in parts {
        match part.split_once(' ').unwrap() {
            ("class", code) => subject.classes.push(code.into()),
            ("room", code) => subject.room = Some(code.into()),
            ("device", code) => subject.device = Some(code.into()),
            other => panic!("what is {other:?}?"),
        }
    }
    subject
}

fn moment_of(when: &str) -> Moment {
    let zone = TimeZone::get("Europe/London").unwrap();
    let time: DateTime = when.replace(' ', "T").parse().unwrap();
    Moment::at(zone.to_timestamp(time).unwrap(), &zone)
}

fn answer(ruleset: &Ruleset, row: &Row) -> String {
    let (subject, moment) = (subject_of(&row.who), moment_of(&row.when));
    let address;
    let host;
    let request = if let Some(name) = row.asks.strip_prefix("name ") {
        host = Host::parse(name).unwrap();
        Request::name_only(&host)
    } else {
        address = Address::parse(&row.asks).unwrap();
        Request::whole(&address)
    };
    let verdict = decide(ruleset, &subject, &request, &moment);
    let (explained, considered) = explain(ruleset, &subject, &request, &moment);
    assert_eq!(verdict, explained, "explain and decide differ");
    if !matches!(verdict.layer().code(), "default" | "closed" | "sealed") {
        let was_considered = considered.iter().any(|considered| considered.layer == verdict.layer());
        assert!(was_considered, "the deciding layer was not considered: {}", row.asks);
    }
    told(ruleset, &verdict, &subject, &request)
}

/// A verdict as the tables write it.
fn told(ruleset: &Ruleset, verdict: &Verdict, subject: &Subject, request: &Request<'_>) -> String {
    let told = ruleset.describe(verdict, subject, request);
    let what = told.category.or(told.rule).map(|code| format!(" {code}")).unwrap_or_default();
    match verdict {
        Verdict::Allow(_) => format!("allowed {}{what}", told.layer),
        Verdict::Block(_) => format!("blocked {}{what}", told.layer),
        Verdict::Redirect(..) => format!("sent to {} {}{what}", told.redirect_to.unwrap(), told.layer),
        Verdict::Sealed(_) => "blocked sealed".to_owned(),
    }
}
