//! The two engines: their pools, and how a transaction begins on each.

use super::{Place, Transaction};
use crate::Fault;
use sqlx::{
    ConnectOptions as _, PgPool, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    fs, os::unix::fs::DirBuilderExt as _, os::unix::fs::PermissionsExt as _, path::Path, str::FromStr as _,
    time::Duration,
};

/// How long a writer waits for the writer before it: one import of a large roster at most.
const WAIT: Duration = Duration::from_secs(20);
/// Connections that read at once.
const READERS: u32 = 4;

/// The pools of one engine.
#[derive(Debug, Clone)]
pub(crate) enum Engine {
    /// SQLite: several connections that read, one that writes.
    Embedded { readers: SqlitePool, writer: SqlitePool },
    /// PostgreSQL.
    Server(PgPool),
}

impl Engine {
    pub(super) async fn open(place: &Place) -> Result<Self, Fault> {
        match &place.database {
            Some(url) => server(url).await,
            None => embedded(&place.embedded_file()).await,
        }
    }

    /// PostgreSQL's word for bytes, or SQLite's.
    pub(super) fn word_for_bytes(&self) -> &'static str {
        match self {
            Self::Embedded { .. } => "BLOB",
            Self::Server(_) => "BYTEA",
        }
    }

    pub(super) async fn reading(&self) -> Result<Transaction, Fault> {
        Ok(match self {
            Self::Embedded { readers, .. } => Transaction::Embedded(readers.begin().await?),
            Self::Server(pool) => {
                Transaction::Server(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?)
            }
        })
    }

    pub(super) async fn writing(&self) -> Result<Transaction, Fault> {
        match self {
            Self::Embedded { writer, .. } => Ok(Transaction::Embedded(writer.begin_with("BEGIN IMMEDIATE").await?)),
            Self::Server(pool) => {
                let mut transaction = pool.begin_with("BEGIN ISOLATION LEVEL SERIALIZABLE").await?;
                // Before the first read: what a serializable transaction sees is settled then, so whoever waited here sees
                // all that the writer before it committed.
                sqlx::query("LOCK TABLE schema_version IN EXCLUSIVE MODE").execute(&mut *transaction).await?;
                Ok(Transaction::Server(transaction))
            }
        }
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Embedded { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Server(pool) => pool.close().await,
        }
    }
}

async fn embedded(file: &Path) -> Result<Engine, Fault> {
    make_private_folder(file)?;
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(WAIT)
        .pragma("secure_delete", "ON")
        .pragma("trusted_schema", "OFF")
        .pragma("temp_store", "MEMORY")
        // Statements carry personal data; no log may hold them.
        .disable_statement_logging();
    let writer =
        SqlitePoolOptions::new().max_connections(1).acquire_timeout(WAIT).connect_with(options.clone()).await?;
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).map_err(|fault| cannot(file, &fault))?;
    let readers = SqlitePoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(WAIT)
        .connect_with(options.read_only(false).pragma("query_only", "ON"))
        .await?;
    Ok(Engine::Embedded { readers, writer })
}

fn make_private_folder(file: &Path) -> Result<(), Fault> {
    let Some(folder) = file.parent() else { return Ok(()) };
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|fault| cannot(folder, &fault))
}

fn cannot(path: &Path, fault: &std::io::Error) -> Fault {
    Fault::Unavailable(format!("{} cannot be used for the store: {fault}.", path.display()))
}

async fn server(url: &str) -> Result<Engine, Fault> {
    let options = PgConnectOptions::from_str(url).map_err(|_holds_a_password| {
        Fault::wrong("DATABASE_URL is not an address such as postgres://name:password@host/database.")
    })?;
    let options = options.application_name("holdfast").disable_statement_logging();
    let pool = PgPoolOptions::new().max_connections(READERS * 2).acquire_timeout(WAIT).connect_with(options).await?;
    Ok(Engine::Server(pool))
}
