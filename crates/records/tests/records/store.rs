//! The store itself: what stands in it on both engines, upgrading, and what it refuses.

use crate::{
    filled::{fill, snapshot},
    ground::{Ground, both},
};
use holdfast_records::{
    Fault, Records,
    store::{
        manifest::{self, Class},
        proof::{self, Cell, Older},
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

both!(
    every_statement_is_understood,
    the_manifest_is_the_schema,
    every_older_schema_is_brought_up_to_date,
    a_newer_schema_is_refused_and_left,
    a_changed_step_is_refused,
    another_programs_tables_are_refused,
    two_open_at_once,
);

/// Tables whose rows belong to no one school, each with why.
const WITHOUT_A_SCHOOL: &[(&str, &str)] = &[("school", "is the school itself")];

async fn every_statement_is_understood(ground: Ground) {
    let (understood, problems) = proof::prepare_all(&ground.place(), &ground.clock()).await.expect("the store opens");
    assert!(problems.is_empty(), "{} statements are not understood:\n{}", problems.len(), problems.join("\n\n"));
    assert!(understood > 4, "only {understood} statements were tried");
}

/// A statement that reads a whole table is quick in a small school and slow in a large one: each is agreed to, and none comes unseen.
/// `HOLDFAST_WRITE_GOLDEN=1` writes the list anew; whoever reviews the change reads the difference.
#[test]
fn what_reads_a_whole_table_is_agreed() {
    crate::ground::on_embedded(|ground: Ground| async move {
        let found = proof::scans(&ground.place(), &ground.clock()).await.expect("the store opens");
        let found = found.join("\n") + "\n";
        let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/scans.txt");
        if std::env::var_os("HOLDFAST_WRITE_GOLDEN").is_some() {
            fs::write(&file, &found).expect("it is written");
        }
        let agreed = fs::read_to_string(&file).expect("tests/golden/scans.txt is there");
        let new: Vec<&str> = found.lines().filter(|line| !agreed.lines().any(|old| old == *line)).collect();
        let gone: Vec<&str> = agreed.lines().filter(|line| !found.lines().any(|now| now == *line)).collect();
        assert!(
            new.is_empty() && gone.is_empty(),
            "these read a whole table now: {new:#?}; and these do no more: {gone:#?}"
        );
    });
}

async fn the_manifest_is_the_schema(ground: Ground) {
    let store = Older::open(&ground.place(), &ground.clock(), usize::MAX).await.expect("the store opens");
    let schema = store.schema().await.expect("it is read");
    store.close().await;
    let (columns, mut problems) = manifest::columns();
    let mut order: Vec<&str> = columns.iter().map(|column| column.table).collect();
    order.dedup();
    let in_order: BTreeSet<&str> = order.iter().copied().collect();
    assert_eq!(order.len(), in_order.len(), "the lines of a table stand together: {order:?}");

    let listed: BTreeSet<(String, String)> =
        columns.iter().map(|column| (column.table.to_owned(), column.name.to_owned())).collect();
    let real: BTreeSet<(String, String)> = schema
        .iter()
        .flat_map(|(table, about)| about.columns.iter().map(move |column| (table.clone(), column.name.clone())))
        .collect();
    let words: Vec<String> = problems.drain(..).map(|problem| problem.to_string()).collect();
    assert_eq!(words, [""; 0], "lines of the manifest that cannot be read");
    let only = |one: &BTreeSet<_>, other: &BTreeSet<_>| one.difference(other).cloned().collect::<Vec<_>>();
    assert_eq!(only(&listed, &real), Vec::new(), "in the manifest, and not in the schema");
    assert_eq!(only(&real, &listed), Vec::new(), "in the schema, and not in the manifest");

    for (name, table) in &schema {
        assert!(!table.key.is_empty(), "{name} has no primary key");
        let has_school = table.columns.iter().any(|column| column.name == "school" && !column.may_be_empty);
        assert!(has_school || WITHOUT_A_SCHOOL.iter().any(|(known, _)| known == name), "{name} has no school");
        let place = |table: &str| order.iter().position(|known| *known == table);
        for (other, _) in table.columns.iter().flat_map(|column| &column.refers_to) {
            assert!(place(other) <= place(name), "{name} stands before {other}, which it refers to");
        }
    }
    for column in &columns {
        let kind =
            schema[column.table].columns.iter().find(|known| known.name == column.name).expect("it is there").kind;
        assert!(
            !column.is_sealed || kind == proof::Kind::Bytes,
            "{}.{} is sealed and no bytes",
            column.table,
            column.name
        );
        let is_open_secret = column.class == Class::Sensitive && !column.is_sealed;
        assert!(!is_open_secret || column.why.len() > 10, "{}.{} is open without a why", column.table, column.name);
    }
    same_on_the_other_engine(&ground, &schema).await;
}

/// The server's half compares with a fresh SQLite store; the two schemas are the same.
async fn same_on_the_other_engine(ground: &Ground, schema: &BTreeMap<String, proof::Table>) {
    let place = ground.embedded_place("other");
    let other = Older::open(&place, &ground.clock(), usize::MAX).await.expect("the store opens");
    let others = other.schema().await.expect("it is read");
    assert_eq!(others.keys().collect::<Vec<_>>(), schema.keys().collect::<Vec<_>>());
    for (name, table) in schema {
        assert_eq!(table, &others[name], "{name}");
    }
    other.close().await;
}

/// A step that was on main is never changed: a store made with it would be refused.
#[test]
fn no_step_was_changed() {
    let wanted: Vec<String> = proof::steps().iter().map(|step| format!("{} {}", step.name, step.digest)).collect();
    let pinned = include_str!("../../migrations/digests.txt");
    let pinned: Vec<&str> = pinned.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(
        pinned,
        wanted,
        "a step differs from what was on main, or a new one is not pinned yet. Put a change into a step of its own; \
         crates/records/migrations/digests.txt is then, after its head:\n{}",
        wanted.join("\n")
    );
}

async fn every_older_schema_is_brought_up_to_date(ground: Ground) {
    let fresh = Older::open(&ground.place(), &ground.clock(), usize::MAX).await.expect("the store opens");
    let schema = fresh.schema().await.expect("it is read");
    fresh.close().await;
    for steps in 1..=proof::steps().len() {
        let place = ground.another_place(&format!("at-{steps}")).await;
        let older = Older::open(&place, &ground.clock(), steps).await.expect("the older store opens");
        fill(&older).await;
        let tables = older.schema().await.expect("it is read");
        let before = snapshot(&older, &tables).await;
        assert_eq!(before.len(), tables.len(), "every table has rows");
        older.close().await;

        let records = Records::open(&place, ground.clock()).await.expect("it is brought up to date");
        records.close().await;
        let newer = Older::open(&place, &ground.clock(), usize::MAX).await.expect("the store opens");
        assert_eq!(newer.schema().await.expect("it is read"), schema, "from step {steps}");
        assert_eq!(snapshot(&newer, &tables).await, before, "from step {steps}");
        newer.close().await;
    }
}

async fn a_newer_schema_is_refused_and_left(ground: Ground) {
    ground.records().await.close().await;
    ground.order("INSERT INTO schema_version (number, name, digest, applied_at) VALUES (9999, 'later', 'x', 1)").await;
    let before = ground.bytes();
    let fault = Records::open(&ground.place(), ground.clock()).await.expect_err("it is refused");
    assert!(matches!(&fault, Fault::Unavailable(words) if words.contains("newer Holdfast")), "{fault}");
    assert_eq!(ground.bytes(), before, "the file was left as it was");
    ground.order("DELETE FROM schema_version WHERE number = 9999").await;
    ground.records().await.close().await;
}

async fn a_changed_step_is_refused(ground: Ground) {
    ground.records().await.close().await;
    ground.order("UPDATE schema_version SET digest = 'another' WHERE number = 2").await;
    let before = ground.bytes();
    let fault = Records::open(&ground.place(), ground.clock()).await.expect_err("it is refused");
    assert!(matches!(&fault, Fault::Damaged(words) if words.contains("step 2 is not ours")), "{fault}");
    assert_eq!(ground.bytes(), before, "the file was left as it was");
}

async fn another_programs_tables_are_refused(ground: Ground) {
    for columns in ["goods (name TEXT)", "schema_version (version TEXT)"] {
        ground.order(&format!("CREATE TABLE {columns}")).await;
        let before = ground.bytes();
        let fault = Records::open(&ground.place(), ground.clock()).await.expect_err("it is refused");
        assert!(fault.to_string().contains("not Holdfast's"), "{fault}");
        assert_eq!(ground.bytes(), before, "the file was left as it was");
        ground.order(&format!("DROP TABLE {}", columns.split(' ').next().expect("a name"))).await;
    }
}

/// Two programs start on an empty store and write at once: each waits for the other, and nothing is lost.
async fn two_open_at_once(ground: Ground) {
    let (place, clock) = (ground.place(), ground.clock());
    let open = || Older::open(&place, &clock, usize::MAX);
    let (one, two, three) = tokio::join!(open(), open(), open());
    let (one, two, three) = (one.expect("it opens"), two.expect("it opens"), three.expect("it opens"));
    let write = async |store: &Older, name: &str| {
        for number in 0..50 {
            let text = |column: &str| Cell::Text(format!("{name}-{column}-{number}"));
            let mut row: Vec<Cell> = store.schema().await.expect("it is read")["school"]
                .columns
                .iter()
                .map(|column| match column.kind {
                    proof::Kind::Number => Cell::Number(1),
                    _ => text(&column.name),
                })
                .collect();
            row[0] = text("id");
            store.put("school", &row).await.expect("it is written");
        }
    };
    tokio::join!(write(&one, "one"), write(&two, "two"), write(&three, "three"));
    let rows = one.rows("school", &["id".to_owned()]).await.expect("they are read");
    assert_eq!(rows.len(), 150);
    for store in [one, two, three] {
        store.close().await;
    }
}
