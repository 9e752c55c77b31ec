//! The schema, in steps that are never changed once they were on main: a step more is how it changes.
//!
//! One text for both engines. `BYTES` stands for the engine's own word. Our own runner and not sqlx's, because that
//! cannot put in the word.

use super::{Clock, Engine, Statement, Transaction, statements};
use crate::Fault;
use sqlx::AssertSqlSafe;

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
    9 "0009_backup",
}

statements! {
    STEPS_DONE = "SELECT number, digest FROM schema_version ORDER BY number";
    STEP_DONE = "INSERT INTO schema_version (number, name, digest, applied_at) VALUES ($1, $2, $3, $4)";
}

const FIRST: &str = "CREATE TABLE IF NOT EXISTS schema_version \
    (number BIGINT PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL, applied_at BIGINT NOT NULL)";

/// Does the steps that are still to be done, all in one transaction.
pub(super) async fn bring_up_to_date(engine: &Engine, clock: &Clock) -> Result<(), Fault> {
    make_list(engine).await?;
    let mut transaction = engine.writing().await?;
    let done = done(&mut transaction).await?;
    for step in STEPS {
        let digest = digest(step.text);
        match done.iter().find(|(number, _)| *number == step.number) {
            Some((_, known)) if *known == digest => {}
            Some(_) => {
                return Err(Fault::Damaged(format!(
                    "The store was made by another program: its step {} is not ours. Use the program that made it.",
                    step.number
                )));
            }
            None => apply(&mut transaction, engine, step, &digest, clock).await?,
        }
    }
    transaction.commit().await
}

async fn make_list(engine: &Engine) -> Result<(), Fault> {
    match engine {
        Engine::Embedded { writer, .. } => sqlx::query(FIRST).execute(writer).await.map(drop)?,
        Engine::Server(pool) => sqlx::query(FIRST).execute(pool).await.map(drop)?,
    }
    Ok(())
}

async fn done(transaction: &mut Transaction) -> Result<Vec<(i64, String)>, Fault> {
    let rows = transaction.rows(&STEPS_DONE, &[]).await?;
    let done = rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<Vec<(i64, String)>, Fault>>()?;
    let ours = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    match done.last() {
        Some((newest, _)) if *newest > ours => Err(Fault::Unavailable(format!(
            "A newer Holdfast wrote this store (its schema is {newest}, this program knows {ours}). It was left as it is; \
             start the newer program, or restore a backup made before the upgrade."
        ))),
        _ => Ok(done),
    }
}

async fn apply(
    transaction: &mut Transaction,
    engine: &Engine,
    step: &Step,
    digest: &str,
    clock: &Clock,
) -> Result<(), Fault> {
    for statement in split(step.text, engine.word_for_bytes()) {
        let applied = match transaction {
            Transaction::Embedded(transaction) => {
                sqlx::query(AssertSqlSafe(statement)).execute(&mut **transaction).await.map(drop)
            }
            Transaction::Server(transaction) => {
                sqlx::query(AssertSqlSafe(statement)).execute(&mut **transaction).await.map(drop)
            }
        };
        applied.map_err(|fault| {
            Fault::Unavailable(format!("The store could not be brought up to date at step {}: {fault}.", step.name))
        })?;
    }
    let values = [step.number.into(), step.name.into(), digest.into(), clock.now().into()];
    transaction.run(&STEP_DONE, &values).await.map(drop)
}

/// A step's statements: they end with a semicolon at the end of a line. Comments go.
fn split(text: &str, word_for_bytes: &str) -> Vec<String> {
    let lines = text.lines().map(|line| line.split_once("--").map_or(line, |(before, _)| before).trim_end());
    let whole = lines.collect::<Vec<_>>().join("\n").replace("BYTES", word_for_bytes);
    let statements = whole.split(";\n").map(|statement| statement.trim().trim_end_matches(';').to_owned());
    statements.filter(|statement| !statement.is_empty()).collect()
}

fn digest(text: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
