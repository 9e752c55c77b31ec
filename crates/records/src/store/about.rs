//! What the store is and how much it holds: counts and sizes, nothing about anybody.

use super::{Engine, Store, Transaction, migrations::STEPS, schema};
use crate::{Fault, Records, backup};
use std::fmt;

/// The size of the database in bytes, asked of each engine in its own words.
const EMBEDDED_SIZE: &str = "SELECT p.page_count * s.page_size FROM pragma_page_count() p, pragma_page_size() s";
const SERVER_SIZE: &str = "SELECT pg_database_size(current_database())";

/// What the store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// `SQLite` or `PostgreSQL`.
    pub engine: &'static str,
    /// How many steps its schema is made of; those of this program.
    pub steps: usize,
    /// Its size in bytes.
    pub bytes: i64,
    /// Each school's code, and how many rows are its.
    pub schools: Vec<(String, i64)>,
}

impl Records {
    /// What the store is and how much it holds. Tells nothing of anybody, so it needs no leave.
    pub async fn about_store(&self) -> Result<About, Fault> {
        about(self.store()).await
    }
}

async fn about(store: &Store) -> Result<About, Fault> {
    let mut transaction = store.reading().await?;
    let (engine, size) = match store.engine {
        Engine::Embedded { .. } => ("SQLite", EMBEDDED_SIZE),
        Engine::Server(_) => ("PostgreSQL", SERVER_SIZE),
    };
    let bytes = transaction.rows_of(size.to_owned(), &[]).await?.first().map_or(Ok(0), |row| row.get(0))?;
    let mut schools = Vec::new();
    for row in transaction.rows(&backup::statements::SCHOOLS, &[]).await? {
        let (school, code): (String, String) = (row.get(0)?, row.get(1)?);
        schools.push((code, rows_of_school(&mut transaction, &school).await?));
    }
    Ok(About { engine, steps: STEPS.len(), bytes, schools })
}

async fn rows_of_school(t: &mut Transaction, school: &str) -> Result<i64, Fault> {
    let mut rows = 0;
    for name in schema(t).await?.into_keys() {
        rows += t.count(&name, (backup::owner(&name), school)).await?;
    }
    Ok(rows)
}

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let megabytes = self.bytes / 1_000_000;
        writeln!(f, "{}, schema {}, {megabytes} MB.", self.engine, self.steps)?;
        if self.schools.is_empty() {
            writeln!(f, "No school has been set up yet.")?;
        }
        self.schools.iter().try_for_each(|(code, rows)| writeln!(f, "School {code}: {rows} rows."))
    }
}
