//! The schema, in steps that are never changed once they were on main: a step more is how it changes.
//!
//! One text for both engines. `BYTES` and `TEXT` stand for the engine's own words. Our own runner and not sqlx's, because
//! that cannot put them in.

use super::{Clock, Engine, Place, Transaction, statements, transaction::Key};
use crate::{
    Fault,
    audit::{self, MachineKey},
    seal,
};
use sqlx::SqliteConnection;
use std::{fmt::Write as _, sync::Arc};

/// The step from which on the machine marks what it writes.
const MARKS: i64 = 9;

/// One step.
pub(crate) struct Step {
    pub number: i64,
    pub name: &'static str,
    pub text: &'static str,
}

macro_rules! steps {
    ($($number:literal $name:literal),* $(,)?) => {
        /// Every step, in order.
        pub(crate) const STEPS: &[Step] = &[$(Step {
            number: $number,
            name: $name,
            text: include_str!(concat!("../../migrations/", $name, ".sql")),
        }),*];
    };
}

steps! {
    1 "0001_schools_and_people",
    2 "0002_audit",
    3 "0003_people",
    4 "0004_access",
    5 "0005_sealing",
    6 "0006_settings",
    7 "0007_gate",
    8 "0008_files",
    9 "0009_marks",
    10 "0010_log_by_act",
    11 "0011_gate_codes_spent",
    12 "0012_held_log",
    13 "0013_second_step",
    14 "0014_passwords_and_sign_ins",
    15 "0015_mail_and_contacts",
    16 "0016_sign_on",
    17 "0017_set_up",
    18 "0018_pupils_ways",
    19 "0019_answering",
    20 "0020_raising",
    21 "0021_climbing",
    22 "0022_doors",
    23 "0023_climbing_again",
    24 "0024_trends",
    25 "0025_pupils_heard",
    26 "0026_deciding_again",
    27 "0027_quick_finding",
    28 "0028_quick_queues",
    29 "0029_what_a_case_holds",
    30 "0030_quick_own_work",
    31 "0031_what_it_is",
}

statements! {
    STEPS_DONE = "SELECT number, digest FROM schema_version ORDER BY number";
    STEP_DONE = "INSERT INTO schema_version (number, name, digest, applied_at) VALUES ($1, $2, $3, $4)";
}

const FIRST: &str = "CREATE TABLE IF NOT EXISTS schema_version \
    (number BIGINT PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL, applied_at BIGINT NOT NULL)";
const EMBEDDED_TABLES: &str = "SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_'";
const SERVER_TABLES: &str =
    "SELECT CAST(tablename AS TEXT) FROM pg_catalog.pg_tables WHERE schemaname = current_schema()";

/// Does the first `up_to` steps, as far as they are still to be done, all in one transaction. A store that is not ours, or
/// that a newer program wrote, is left as it is. How many steps are done then, and the machine's key: made with the step that
/// needs it, never later, so that a lost one is not replaced unseen.
pub(super) async fn bring_up_to_date(
    engine: &Engine,
    place: &Place,
    clock: &Clock,
    up_to: usize,
    taking: Taking,
) -> Result<(usize, Key), Fault> {
    make_list(engine, &Arc::new(MachineKey::read(place))).await?;
    let mut transaction = engine.writing().await?.with(&Arc::new(MachineKey::read(place)));
    let done = done(&mut transaction).await?;
    if done.iter().any(|(number, _)| *number == MARKS) {
        audit::settle_begun(&mut transaction, place).await?;
    }
    // Read again now that no other program is at it: one that starts at the same time may just have made the key.
    let mut key: Key = Arc::new(MachineKey::read(place));
    transaction.put_key(&key);
    for step in STEPS.iter().take(up_to).skip(done.len()) {
        apply(&mut transaction, step, clock).await?;
        if step.number == MARKS {
            if taking == Taking::OnlyOnce && key.is_ok() && audit::has_entries(&mut transaction).await? {
                return Err(taken_already());
            }
            key = Arc::new(Ok(MachineKey::read_or_begin(place)?));
            transaction.put_key(&key);
            seal::take_stock(&mut transaction, clock.now()).await?;
        }
    }
    transaction.commit().await?;
    MachineKey::settle(place)?;
    Ok((done.len().max(up_to.min(STEPS.len())), key))
}

/// Looks at an embedded store through a connection that only reads: whether it may be opened for writing.
pub(super) async fn look(connection: &mut SqliteConnection) -> Result<(), Fault> {
    let tables: Vec<String> = sqlx::query_scalar(EMBEDDED_TABLES).fetch_all(&mut *connection).await?;
    if is_new(&tables)? {
        return Ok(());
    }
    let done: Vec<(i64, String)> =
        sqlx::query_as(STEPS_DONE.sql).fetch_all(connection).await.map_err(|_other_columns| not_ours())?;
    judge(&done)
}

/// Whether stock may be taken where this machine has marked entries before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taking {
    /// No: somebody put an older schema in the place of the store, so that what they altered would be marked.
    OnlyOnce,
    /// Yes: a backup of an older schema is being restored.
    Restoring,
}

fn taken_already() -> Fault {
    Fault::Damaged(
        "The store is of a schema from before this machine’s mark, and this machine has marked entries already: it was put back, or \
         altered. It was left as it is. Restore a backup (holdfast restore)."
            .to_owned(),
    )
}

async fn make_list(engine: &Engine, key: &Key) -> Result<(), Fault> {
    let mut transaction = engine.first().await?.with(key);
    let sql = if transaction.is_embedded() { EMBEDDED_TABLES } else { SERVER_TABLES };
    let tables = transaction.rows_of(sql.to_owned(), &[]).await?;
    let tables = tables.iter().map(|row| row.get(0)).collect::<Result<Vec<String>, Fault>>()?;
    if is_new(&tables)? {
        transaction.run_made(FIRST.to_owned(), &[]).await?;
    }
    transaction.commit().await
}

/// Whether nobody has used it yet; with tables of somebody else's it is refused.
fn is_new(tables: &[String]) -> Result<bool, Fault> {
    match tables.iter().any(|table| table == "schema_version") {
        true => Ok(false),
        false if tables.is_empty() => Ok(true),
        false => Err(not_ours()),
    }
}

async fn done(transaction: &mut Transaction) -> Result<Vec<(i64, String)>, Fault> {
    let rows = transaction.rows(&STEPS_DONE, &[]).await.map_err(|fault| match fault {
        // Its columns are other ones.
        Fault::Unavailable(words) if words.contains("(code ") => not_ours(),
        fault => fault,
    })?;
    let done = rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<Vec<(i64, String)>, Fault>>()?;
    judge(&done)?;
    Ok(done)
}

fn judge(done: &[(i64, String)]) -> Result<(), Fault> {
    let ours = STEPS.last().map_or(0, |step| step.number);
    if let Some((newest, _)) = done.last()
        && *newest > ours
    {
        return Err(Fault::Unavailable(format!(
            "A newer Holdfast wrote this store (its schema is {newest}, this program knows {ours}). It was left as it is; \
             start the newer program, or restore a backup made before the upgrade."
        )));
    }
    for ((number, known), step) in done.iter().zip(STEPS) {
        if *number != step.number || *known != digest(step.text) {
            return Err(Fault::Damaged(format!(
                "The store was made by another program: its step {number} is not ours. It was left as it is; use the \
                 program that made it."
            )));
        }
    }
    Ok(())
}

fn not_ours() -> Fault {
    Fault::wrong(
        "The database already holds tables that are not Holdfast's. It was left as it is; give Holdfast one of its own.",
    )
}

async fn apply(transaction: &mut Transaction, step: &Step, clock: &Clock) -> Result<(), Fault> {
    let words = Words::of(transaction);
    for statement in split(step.text, &words) {
        transaction.run_made(statement, &[]).await.map_err(|fault| match fault {
            Fault::Unavailable(why) => {
                Fault::Unavailable(format!("The store could not be brought up to date at step {}: {why}", step.name))
            }
            fault => fault,
        })?;
    }
    let values = [step.number.into(), step.name.into(), digest(step.text).into(), clock.now().into()];
    transaction.run(&STEP_DONE, &values).await.map(drop)
}

/// The words that differ. PostgreSQL compares text by the database's own language unless told otherwise, which differs
/// from machine to machine, changes with the system's libraries and breaks indexes when it does; bytes do not, and
/// SQLite compares them too.
struct Words {
    bytes: &'static str,
    text: &'static str,
}

impl Words {
    fn of(transaction: &Transaction) -> Self {
        if transaction.is_embedded() {
            Self { bytes: "BLOB", text: "TEXT" }
        } else {
            Self { bytes: "BYTEA", text: "TEXT COLLATE \"C\"" }
        }
    }
}

/// A step's statements: they end with a semicolon at the end of a line. Comments go.
fn split(text: &str, words: &Words) -> Vec<String> {
    let lines = text.lines().map(|line| line.split_once("--").map_or(line, |(before, _)| before).trim_end());
    let whole = lines.collect::<Vec<_>>().join("\n").replace(" BYTES", &format!(" {}", words.bytes));
    let whole = whole.replace(" TEXT", &format!(" {}", words.text));
    let statements = whole.split(";\n").map(|statement| statement.trim().trim_end_matches(';').to_owned());
    statements.filter(|statement| !statement.is_empty()).collect()
}

/// What a step's text comes to; kept with the step in the store, so that another text under its number is seen.
pub(super) fn digest(text: &str) -> String {
    hex(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes()).as_ref())
}

/// Bytes in hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a text cannot fail.
        let _written = write!(text, "{byte:02x}");
        text
    })
}
