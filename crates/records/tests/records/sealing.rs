//! Sealing through the verbs: leaving, coming, recovering; and the reviewed table in the docs.

use crate::{
    filing::Filing,
    ground::{Ground, both},
};
use holdfast_records::{
    Fault,
    audit::Question,
    store::manifest::{Class, columns},
};
use std::{fmt::Write as _, fs, path::Path};

/// As `filing` has them.
const CODE: &str = "filing";
const PASSWORD: &str = "heron under the old bridge";

both!(
    a_lost_password_is_recovered_by_two_custodians_in_the_first_session,
    a_file_stays_with_those_who_remain_and_no_administrator_sees_it,
);

async fn a_lost_password_is_recovered_by_two_custodians_in_the_first_session(ground: Ground) {
    let school = Filing::with(&ground, &["deputy", "chair"]).await;
    let (head, lead) = (school.session("head"), school.person("lead"));
    let raised = school.raise("teacher", "ann", "the words").await;
    // Each of the two has their own code made anew; whoever can open what is sealed then wraps it for them.
    let (chair, deputy) = (school.session("chair"), school.session("deputy"));
    let first = school.records.replace_custodian(chair, school.person("chair"), school.person("chair")).await.unwrap();
    let second =
        school.records.replace_custodian(deputy, school.person("deputy"), school.person("deputy")).await.unwrap();
    let passphrase = school.records.reset_password(head, lead).await.expect("reset");
    let again = school.records.choose_password(CODE, "lead", &passphrase, PASSWORD).await.expect("signed in");
    assert_eq!(school.records.read_file(&again, raised.file).await.err(), Some(Fault::NotFound));
    for codes in [[first.text.as_str(); 2], [second.text.as_str(); 2]] {
        assert!(matches!(school.records.recover(head, codes, lead).await, Err(Fault::NotAllowed(_))));
        let log =
            school.records.read_audit(head, &Question { most: 1, ..Question::default() }).await.expect("read").entries;
        assert_eq!((log[0].act.as_str(), log[0].outcome.as_str()), ("recovered", "denied"));
    }
    let codes = [first.text.as_str(), second.text.as_str()];
    let recovered = school.records.recover(head, codes, lead).await.expect("recovered");
    assert_eq!((recovered.opened, recovered.not_opened), (1, 0));
    let view = school.records.read_file(&again, raised.file).await.expect("read");
    assert_eq!(view.entries[0].text.as_str(), "the words");
    assert!(school.records.custodians(head).await.expect("listed").len() == 4);
}

async fn a_file_stays_with_those_who_remain_and_no_administrator_sees_it(ground: Ground) {
    let school = Filing::with(&ground, &["deputy"]).await;
    let raised = school.raise("teacher", "ann", "the words").await;
    let (head, lead) = (school.session("head"), school.session("lead"));
    school.records.close_account(head, school.person("deputy")).await.expect("closed");
    let deputy = school.session("deputy");
    assert!(school.records.read_file(deputy, raised.file).await.is_err(), "a session outlives its account");
    assert!(school.records.sign_in(CODE, "deputy", PASSWORD).await.is_err());
    assert!(school.records.read_file(lead, raised.file).await.is_ok());
    assert_eq!(school.records.read_file(school.session("teacher"), raised.file).await.err(), Some(Fault::NotFound));
}

const BEGIN: &str = "<!-- columns:begin -->";
const END: &str = "<!-- columns:end -->";

/// The reviewed table as `docs/sealing.md` has it. `HOLDFAST_WRITE_DOCS=1` writes it anew.
#[test]
fn the_docs_name_every_sealed_column_and_why_the_others_are_open() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/sealing.md");
    let text = fs::read_to_string(&path).expect("docs/sealing.md");
    let (before, rest) = text.split_once(BEGIN).expect("its beginning is marked");
    let (table, after) = rest.split_once(END).expect("its end is marked");
    let expected = format!("\n{}", table_of_columns());
    if table != expected && std::env::var_os("HOLDFAST_WRITE_DOCS").is_some() {
        fs::write(&path, format!("{before}{BEGIN}{expected}{END}{after}")).expect("it is written");
        return;
    }
    assert!(
        table == expected,
        "docs/sealing.md is out of date: run this test once with HOLDFAST_WRITE_DOCS=1, and review it"
    );
}

fn table_of_columns() -> String {
    let (columns, problems) = columns();
    assert!(problems.is_empty(), "{problems:?}");
    let mut text = String::from("**Sealed**\n\n| column | what it says of a person |\n|---|---|\n");
    for column in columns.iter().filter(|column| column.is_sealed) {
        writeln!(text, "| {}.{} | {} |", column.table, column.name, class(column.class)).unwrap();
    }
    text.push_str("\n**Sensitive, and open all the same**\n\n| column | why |\n|---|---|\n");
    for column in columns.iter().filter(|column| !column.is_sealed && column.class == Class::Sensitive) {
        writeln!(text, "| {}.{} | {} |", column.table, column.name, column.why).unwrap();
    }
    text.push_str("\n**Personal, and open** (who is who and where they belong)\n\n");
    let mut table = "";
    for column in columns.iter().filter(|column| !column.is_sealed && column.class == Class::Personal) {
        if column.table == table {
            write!(text, ", {}", column.name).unwrap();
        } else {
            let end = if table.is_empty() { "" } else { "\n" };
            write!(text, "{end}- {}: {}", column.table, column.name).unwrap();
            table = column.table;
        }
    }
    text.push_str("\n\nEvery other column says nothing of a person.\n");
    text
}

fn class(class: Class) -> &'static str {
    match class {
        Class::Neither => "nothing",
        Class::Personal => "who they are",
        Class::Sensitive => "what would harm them in the wrong hands",
    }
}
