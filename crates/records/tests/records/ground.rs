//! What the tests stand on: a fresh store on either engine, a clock that tests move, and the PostgreSQL they share.

use crate::postgres::Postgres;
use holdfast_records::{
    Records, id,
    store::{Clock, Place},
};
use jiff::{SignedDuration, Timestamp};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI64, AtomicU32, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;

/// How long one test may take on one engine.
const AT_MOST: Duration = Duration::from_mins(20);

/// Makes two tests of each function `async fn name(ground: Ground)`: `name::embedded` and `name::server`.
macro_rules! both {
    ($($name:ident),+ $(,)?) => { $(
        mod $name {
            #[test]
            fn embedded() {
                crate::ground::on_embedded(super::$name);
            }

            #[test]
            fn server() {
                crate::ground::on_server(super::$name);
            }
        }
    )+ };
}
pub(crate) use both;

/// A fresh, empty store and a clock of its own.
pub struct Ground {
    folder: TempDir,
    database: Option<String>,
    hands: Arc<AtomicI64>,
}

impl Ground {
    /// Where the store is.
    pub fn place(&self) -> Place {
        Place { data: self.folder.path().join("data"), database: self.database.clone(), secrets: self.path("secrets") }
    }

    /// Another fresh place on the same engine.
    pub async fn another_place(&self, name: &str) -> Place {
        let database = if self.is_server() { Some(new_database(shared().expect("it runs")).await) } else { None };
        Place { data: self.path(name), database, secrets: self.path(&format!("{name}-secrets")) }
    }

    /// A fresh place on the embedded engine, whichever engine the test runs on.
    pub fn embedded_place(&self, name: &str) -> Place {
        Place { data: self.path(name), database: None, secrets: self.path("secrets") }
    }

    /// A path in the test's own folder, which goes with it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The test's own folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Whether this is PostgreSQL.
    pub fn is_server(&self) -> bool {
        self.database.is_some()
    }

    /// The clock: it stands still until [`Ground::advance`].
    pub fn clock(&self) -> Clock {
        let hands = Arc::clone(&self.hands);
        Clock::new(move || Timestamp::from_microsecond(hands.load(Ordering::SeqCst)).expect("a moment"))
    }

    /// What the clock tells.
    pub fn now(&self) -> Timestamp {
        self.clock().now()
    }

    /// A number of its own, as each page has one that writes.
    pub fn number(&self) -> id::Row {
        id::Row::new(self.now()).expect("a number")
    }

    /// Moves the clock on.
    pub fn advance(&self, by: SignedDuration) {
        let micros = i64::try_from(by.as_micros()).expect("a short time");
        self.hands.fetch_add(micros, Ordering::SeqCst);
    }

    /// Sets the clock.
    pub fn set_clock(&self, moment: &str) {
        let moment: Timestamp = moment.parse().expect("a moment");
        self.hands.store(moment.as_microsecond(), Ordering::SeqCst);
    }

    /// Runs one statement in the store past all of the program.
    pub async fn order(&self, sql: &str) {
        let sql = || sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        if let Some(url) = &self.database {
            let mut connection = PgConnection::connect(url).await.expect("PostgreSQL answers");
            sql().execute(&mut connection).await.expect("PostgreSQL does it");
        } else {
            let file = self.place().embedded_file();
            fs::create_dir_all(file.parent().expect("a folder")).expect("the folder is made");
            let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
            let mut connection = SqliteConnection::connect_with(&options).await.expect("SQLite opens");
            sql().execute(&mut connection).await.expect("SQLite does it");
            connection.close().await.expect("SQLite closes");
        }
    }

    /// The first column of what a question of one statement answers with, past all of the program; bytes as they are.
    pub async fn ask(&self, sql: &str) -> Vec<String> {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        if let Some(url) = &self.database {
            let mut connection = PgConnection::connect(url).await.expect("PostgreSQL answers");
            let rows = sql.fetch_all(&mut connection).await.expect("PostgreSQL answers");
            return rows.iter().map(first).collect();
        }
        let options = SqliteConnectOptions::new().filename(self.place().embedded_file());
        let mut connection = SqliteConnection::connect_with(&options).await.expect("SQLite opens");
        let rows = sql.fetch_all(&mut connection).await.expect("SQLite answers");
        connection.close().await.expect("SQLite closes");
        rows.iter().map(first).collect()
    }

    /// The embedded store's file; nothing on PostgreSQL.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        if self.is_server() { None } else { Some(fs::read(self.place().embedded_file()).expect("the file is there")) }
    }

    /// Opens the store with the test's clock.
    pub async fn records(&self) -> Records {
        Records::open(&self.place(), self.clock()).await.expect("the store opens")
    }
}

/// Runs a test on SQLite.
pub fn on_embedded<F: Future<Output = ()>>(test: impl FnOnce(Ground) -> F) {
    run(test, None);
}

/// Runs a test on PostgreSQL, if there is one.
pub fn on_server<F: Future<Output = ()>>(test: impl FnOnce(Ground) -> F) {
    match shared() {
        Ok(server) => run(test, Some(server)),
        Err(why) => crate::skipped::because(format!("not run on PostgreSQL: {why}")),
    }
}

/// The PostgreSQL that the tests of this program share, started by whoever asks first.
pub fn shared() -> Result<&'static Postgres, &'static str> {
    static SHARED: OnceLock<Result<Postgres, String>> = OnceLock::new();
    SHARED.get_or_init(|| Postgres::start("fsync=off")).as_ref().map_err(String::as_str)
}

fn run<F: Future<Output = ()>>(test: impl FnOnce(Ground) -> F, server: Option<&'static Postgres>) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("the runtime starts");
    runtime.block_on(async {
        let database = match server {
            Some(server) => Some(new_database(server).await),
            None => None,
        };
        // A school morning in term, in summer time: 9:00 in London.
        let start: Timestamp = "2026-06-09T08:00:00Z".parse().expect("a moment");
        let hands = Arc::new(AtomicI64::new(start.as_microsecond()));
        let ground = Ground { folder: tempfile::tempdir().expect("a folder"), database: database.clone(), hands };
        tokio::time::timeout(AT_MOST, test(ground)).await.expect("the test ends in time");
        if let (Some(server), Some(url)) = (server, database) {
            server.drop_database(&url).await;
        }
    });
}

/// Another fresh database on a server; its address.
pub async fn new_database(server: &Postgres) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let name = format!("school_{}", NEXT.fetch_add(1, Ordering::SeqCst));
    server.new_database(&name).await;
    server.url(&name)
}

/// The first column of a row, text or bytes.
fn first<'r, R>(row: &'r R) -> String
where
    R: Row,
    usize: sqlx::ColumnIndex<R>,
    String: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    Vec<u8>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    match row.try_get::<String, _>(0) {
        Ok(text) => text,
        Err(_bytes) => String::from_utf8_lossy(&row.get::<Vec<u8>, _>(0)).into_owned(),
    }
}
