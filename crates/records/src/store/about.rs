//! What the store is and how much it holds: counts and sizes, nothing about anybody.

use super::{Engine, Place, Store, Transaction, migrations::STEPS, schema};
use crate::{Fault, Records, backup, file};
use sqlx::postgres::PgConnectOptions;
use std::{fmt, path::PathBuf, str::FromStr as _, sync::Arc};

/// The size of the database in bytes, asked of each engine in its own words.
const EMBEDDED_SIZE: &str = "SELECT p.page_count * s.page_size FROM pragma_page_count() p, pragma_page_size() s";
const SERVER_SIZE: &str = "SELECT pg_database_size(current_database())";

const STEPS_THERE: &str =
    "SELECT COUNT(*) FROM pg_catalog.pg_tables WHERE schemaname = current_schema() AND tablename = 'schema_version'";
const NEWEST_STEP: &str = "SELECT number FROM schema_version ORDER BY number DESC LIMIT 1";

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

    /// Looks how the store has grown, so that what is asked of it is found the short way. Done when it is opened; nightly from then on.
    pub async fn take_statistics(&self) {
        self.store().take_statistics().await;
        file::look_over(self.store()).await;
    }
}

/// The schema that this program brings a store to when it opens it.
pub fn newest_schema() -> i64 {
    STEPS.last().map_or(0, |step| step.number)
}

/// A PostgreSQL that was only looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// Where it is: host, port and database, without the name and the password.
    pub at: String,
    /// Its schema, or `None` where nothing of ours is in it yet; else what is in the way.
    pub schema: Result<Option<i64>, Fault>,
}

/// Looks at the PostgreSQL of a `DATABASE_URL`. Nothing is changed in it, and its schema is left as it is.
pub async fn look_at_server(url: &str) -> Looked {
    let options = PgConnectOptions::from_str(url).ok();
    let at = options.map_or_else(
        || "an address that cannot be read".to_owned(),
        |options| {
            let database = options.get_database().unwrap_or("(none named)");
            match options.get_socket() {
                Some(folder) => format!("{}, database {database}", folder.display()),
                None => format!("{}:{}, database {database}", options.get_host(), options.get_port()),
            }
        },
    );
    let place = Place { data: PathBuf::new(), database: Some(url.to_owned()), secrets: PathBuf::new() };
    let schema = match Engine::open(&place).await {
        Ok(engine) => {
            let found = newest_step(&engine).await;
            engine.close().await;
            found
        }
        Err(fault) => Err(fault),
    };
    Looked { at, schema }
}

async fn newest_step(engine: &Engine) -> Result<Option<i64>, Fault> {
    // Nothing is written, so the machine's key is not needed.
    let no_key = Arc::new(Err(Fault::NotFound));
    let mut looking = engine.reading().await?.with(&no_key);
    let known = looking.rows_of(STEPS_THERE.to_owned(), &[]).await?;
    if known.first().map_or(Ok(0), |row| row.get::<i64>(0))? == 0 {
        return Ok(None);
    }
    let newest = looking.rows_of(NEWEST_STEP.to_owned(), &[]).await?;
    newest.first().map(|row| row.get(0)).transpose()
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
