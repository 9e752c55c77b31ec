//! The two engines: their pools, and how a transaction begins on each.

use super::{Place, fault::is_busy, migrations, transaction::Begun};
use crate::Fault;
use sqlx::{
    ConnectOptions as _, Connection as _, PgPool, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions, PgSslMode},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    fs,
    net::IpAddr,
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
    path::Path,
    str::FromStr as _,
    time::Duration,
};

/// How long a writer waits for the writer before it: one import of a large roster at most.
const WAIT: Duration = Duration::from_secs(20);
/// How often a file that others are making is tried again, and after which pause: five seconds in all.
const BUSY_TRIES: u32 = 100;
const BUSY_PAUSE: Duration = Duration::from_millis(50);
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
    /// Opens it. A file that is somebody else's, or newer than this program, is refused before anything is written to it.
    pub(super) async fn open(place: &Place) -> Result<Self, Fault> {
        match &place.database {
            Some(url) => server(url).await,
            None => patiently(&place.embedded_file()).await,
        }
    }

    pub(super) async fn reading(&self) -> Result<Begun, Fault> {
        Ok(match self {
            Self::Embedded { readers, .. } => Begun::Embedded(readers.begin().await?),
            Self::Server(pool) => {
                Begun::Server(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?)
            }
        })
    }

    pub(super) async fn take_statistics(&self) -> Result<(), Fault> {
        if let Self::Embedded { writer, .. } = self {
            sqlx::raw_sql(TAKE_STATISTICS).execute(writer).await?;
        }
        Ok(())
    }

    pub(super) async fn writing(&self) -> Result<Begun, Fault> {
        match self {
            Self::Embedded { writer, .. } => Ok(Begun::Embedded(writer.begin_with("BEGIN IMMEDIATE").await?)),
            Self::Server(pool) => {
                let mut transaction = pool.begin_with("BEGIN ISOLATION LEVEL SERIALIZABLE").await?;
                // Before the first read: what a serializable transaction sees is settled then, so whoever waited here sees
                // all that the writer before it committed.
                sqlx::query("LOCK TABLE schema_version IN EXCLUSIVE MODE").execute(&mut *transaction).await?;
                Ok(Begun::Server(transaction))
            }
        }
    }

    /// The transaction in which the list of steps is made: on PostgreSQL two programs may start at once, and there is no
    /// table yet that they could lock.
    pub(super) async fn first(&self) -> Result<Begun, Fault> {
        match self {
            Self::Embedded { .. } => self.writing().await,
            Self::Server(pool) => {
                let mut transaction = pool.begin().await?;
                sqlx::query("SELECT pg_advisory_xact_lock(5212154123)").execute(&mut *transaction).await?;
                Ok(Begun::Server(transaction))
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

/// Opens a file that others may be making or mending at this moment. The step to a write-ahead log and the mending after a
/// crash do not wait their turn as statements do (<https://sqlite.org/wal.html#sometimes_queries_return_sqlite_busy_in_wal_mode>).
async fn patiently(file: &Path) -> Result<Engine, Fault> {
    for _ in 0..BUSY_TRIES {
        match embedded(file).await {
            Err(fault) if is_busy(&fault) => tokio::time::sleep(BUSY_PAUSE).await,
            opened => return opened,
        }
    }
    embedded(file).await
}

async fn embedded(file: &Path) -> Result<Engine, Fault> {
    make_private_folder(file)?;
    let options = SqliteConnectOptions::new()
        .filename(file)
        .foreign_keys(true)
        .busy_timeout(WAIT)
        .pragma("secure_delete", "ON")
        .pragma("trusted_schema", "OFF")
        .pragma("temp_store", "MEMORY")
        // Statements carry personal data; no log may hold them.
        .disable_statement_logging();
    look_before_writing(file, &options).await?;
    let options =
        options.create_if_missing(true).journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
    let writer =
        SqlitePoolOptions::new().max_connections(1).acquire_timeout(WAIT).connect_with(options.clone()).await?;
    for ending in ["", "-wal", "-shm"] {
        let mut path = file.as_os_str().to_owned();
        path.push(ending);
        let path = Path::new(&path);
        if path.exists() {
            fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(|fault| cannot(path, &fault))?;
        }
    }
    let readers = SqlitePoolOptions::new()
        .max_connections(READERS)
        .acquire_timeout(WAIT)
        // Not opened read-only, because a reader of a write-ahead log must be able to mend it after a crash.
        .connect_with(options.pragma("query_only", "ON"))
        .await?;
    Ok(Engine::Embedded { readers, writer })
}

/// A few rows of each index are enough to tell the rare from the common.
const TAKE_STATISTICS: &str = "PRAGMA analysis_limit = 400; ANALYZE";

/// Opening for writing already changes a file (its journal's mode). What is not ours is seen before.
async fn look_before_writing(file: &Path, options: &SqliteConnectOptions) -> Result<(), Fault> {
    if fs::metadata(file).map_or(0, |about| about.len()) == 0 {
        return Ok(());
    }
    let mut connection = options.clone().read_only(true).connect().await?;
    let looked = migrations::look(&mut connection).await;
    connection.close().await?;
    looked
}

fn make_private_folder(file: &Path) -> Result<(), Fault> {
    let Some(folder) = file.parent() else { return Ok(()) };
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|fault| cannot(folder, &fault))
}

fn cannot(path: &Path, fault: &std::io::Error) -> Fault {
    Fault::Unavailable(format!("{} cannot be used for the store: {fault}.", path.display()))
}

async fn server(url: &str) -> Result<Engine, Fault> {
    let options = server_options(url)?
        .application_name("holdfast")
        .disable_statement_logging()
        // A server may be set to acknowledge what is not on its disk yet; not for us. A program that hangs while it holds
        // the writers' lock loses it after a minute.
        .options([
            ("synchronous_commit", "on"),
            ("lock_timeout", "20s"),
            ("idle_in_transaction_session_timeout", "60s"),
        ]);
    let pool = PgPoolOptions::new().max_connections(READERS * 2).acquire_timeout(WAIT).connect_with(options).await?;
    let encoding: String = sqlx::query_scalar("SHOW server_encoding").fetch_one(&pool).await?;
    if encoding != "UTF8" {
        return Err(Fault::wrong(format!(
            "The PostgreSQL database keeps text as {encoding}, where only UTF8 can hold every name. \
             Make it with: CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8'."
        )));
    }
    Ok(Engine::Server(pool))
}

/// Reads `DATABASE_URL`. Its words are never repeated, since they hold a password. A server elsewhere is only spoken to
/// through TLS, and its certificate is checked unless the address says otherwise.
fn server_options(url: &str) -> Result<PgConnectOptions, Fault> {
    let is_ours = url.starts_with("postgres://") || url.starts_with("postgresql://");
    let options = PgConnectOptions::from_str(url).ok().filter(|_| is_ours).ok_or_else(|| {
        Fault::wrong("DATABASE_URL is not an address such as postgres://name:password@host/database.")
    })?;
    let host = options.get_host();
    let is_here = options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    if is_here {
        return Ok(options);
    }
    match options.get_ssl_mode() {
        PgSslMode::Require | PgSslMode::VerifyCa | PgSslMode::VerifyFull => Ok(options),
        PgSslMode::Prefer if !url.contains("sslmode=") && !url.contains("ssl-mode=") => {
            Ok(options.ssl_mode(PgSslMode::VerifyFull))
        }
        _ => Err(Fault::wrong(
            "DATABASE_URL would send the records over the network unencrypted. Say sslmode=verify-full in it, \
             with sslrootcert=FILE if the server's certificate is your own.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "correct-horse";

    #[test]
    fn an_address_that_cannot_be_read_is_not_repeated() {
        for url in
            ["mysql://a:correct-horse@h/d", "postgres://a:correct-horse@h:port/d", "correct-horse", "postgres://["]
        {
            let words = server_options(url).expect_err("it cannot be read").to_string();
            assert!(!words.contains(SECRET) && words.contains("DATABASE_URL"), "{words}");
        }
    }

    #[test]
    fn a_server_elsewhere_is_spoken_to_through_tls_alone() {
        let mode = |url: &str| server_options(url).map(|options| format!("{:?}", options.get_ssl_mode()));
        assert_eq!(mode("postgres://a@db.school.example/d").as_deref(), Ok("VerifyFull"));
        assert_eq!(mode("postgres://a@192.0.2.7/d").as_deref(), Ok("VerifyFull"));
        assert_eq!(mode("postgres://a@db.school.example/d?sslmode=require").as_deref(), Ok("Require"));
        assert_eq!(mode("postgres://a@localhost/d").as_deref(), Ok("Prefer"));
        assert_eq!(mode("postgres://a@[::1]/d").as_deref(), Ok("Prefer"));
        for weak in ["disable", "allow", "prefer"] {
            let url = format!("postgres://a:{SECRET}@db.school.example/d?sslmode={weak}");
            let words = server_options(&url).expect_err("it is refused").to_string();
            assert!(words.contains("unencrypted") && !words.contains(SECRET), "{words}");
        }
    }
}
