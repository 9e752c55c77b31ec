//! A real PostgreSQL of our own: Debian's package, in a temporary folder, reached through a socket in that folder.
//!
//! A shell keeps it: it holds the other end of a pipe whose near end is ours, so that however this program ends, the shell
//! sees it, ends PostgreSQL and removes the folder.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::{
    fs,
    os::unix::{fs::MetadataExt as _, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

const KEEPER: &str = r#"
    "$@" >"$FOLDER/log" 2>&1 &
    server=$!
    echo $server >"$FOLDER/pid"
    cat >/dev/null
    kill -QUIT $server 2>/dev/null
    wait $server
    test -e "$FOLDER/stay" || rm -rf "$FOLDER"
"#;

/// A running PostgreSQL. It ends, and its folder goes, with this value or with the program.
pub struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    setting: &'static str,
    keeper: Mutex<Option<Child>>,
}

impl Postgres {
    /// Makes a cluster and starts it, with one setting of its own (`fsync=off`, where nothing is killed); or why not.
    pub fn start(setting: &'static str) -> Result<Self, String> {
        let programs = programs().ok_or("Debian's postgresql is not installed (/usr/lib/postgresql/*/bin)")?;
        let folder =
            tempfile::Builder::new().prefix("holdfast-postgres-").tempdir().map_err(|fault| fault.to_string())?;
        let folder = folder.keep();
        if is_root() {
            succeed(Command::new("chown").arg("postgres:").arg(&folder))?;
        }
        let server = Self { programs, folder, setting, keeper: Mutex::new(None) };
        // A collation unlike SQLite's, so that a sort order which leans on the database's own is seen.
        let mut make = server.as_postgres("initdb");
        make.args(["--auth=trust", "--username=holdfast", "--encoding=UTF8", "--no-sync", "--locale=C.UTF-8"]);
        make.args(["--locale-provider=icu", "--icu-locale=en-GB", "--pgdata"]).arg(server.folder.join("cluster"));
        succeed(&mut make)?;
        server.up();
        Ok(server)
    }

    /// Starts it again after [`Postgres::down`] or [`Postgres::kill`].
    pub fn up(&self) {
        let mut server = self.as_postgres("postgres");
        server.arg("-D").arg(self.folder.join("cluster")).arg("-k").arg(&self.folder);
        for setting in ["listen_addresses=", "max_connections=300", self.setting] {
            server.arg("-c").arg(setting);
        }
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, "keeper"]).arg(server.get_program()).args(server.get_args());
        keeper.env("FOLDER", &self.folder).stdin(Stdio::piped()).process_group(0);
        let _stays = fs::remove_file(self.folder.join("stay"));
        *self.keeper.lock().expect("no test holds it") = Some(keeper.spawn().expect("a shell starts"));
        let until = Instant::now() + Duration::from_mins(1);
        while !self.answers() {
            assert!(
                Instant::now() < until,
                "PostgreSQL does not start: {:?}",
                fs::read_to_string(self.folder.join("log"))
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends it at once, as the loss of power would end its processes, and leaves what it wrote.
    pub fn down(&self) {
        fs::write(self.folder.join("stay"), "").expect("the folder is there");
        let keeper = self.keeper.lock().expect("no test holds it").take();
        if let Some(mut keeper) = keeper {
            drop(keeper.stdin.take());
            keeper.wait().expect("the shell ends");
        }
    }

    /// Kills its first process with SIGKILL; the others end when they see it.
    pub fn kill(&self) {
        let pid = fs::read_to_string(self.folder.join("pid")).expect("it was started");
        let pid = pid.trim();
        let others = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        succeed(Command::new("kill").args(["-KILL", pid])).expect("it runs");
        self.down();
        // Those that are left see within a moment that the first is gone; a new one refuses to start beside them.
        let until = Instant::now() + Duration::from_secs(30);
        while others.split_whitespace().any(|other| Path::new("/proc").join(other).exists()) {
            assert!(Instant::now() < until, "PostgreSQL's processes do not end");
            thread::sleep(Duration::from_millis(10));
        }
        fs::remove_file(self.folder.join("cluster").join("postmaster.pid")).expect("the killed one left it");
    }

    /// The address of a database, as `DATABASE_URL` has it.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://holdfast@localhost/{database}?host={}", self.folder.display())
    }

    /// Makes an empty database.
    pub async fn new_database(&self, name: &str) {
        self.order(&format!("CREATE DATABASE {name} TEMPLATE template0")).await;
    }

    /// Takes the database at an address away, whoever is still connected.
    pub async fn drop_database(&self, url: &str) {
        let name = url.split(['/', '?']).nth(3).expect("an address made by us");
        self.order(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
    }

    /// Runs one statement in the database that is always there.
    pub async fn order(&self, sql: &str) {
        let mut connection = PgConnection::connect(&self.url("postgres")).await.expect("PostgreSQL answers");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.expect("PostgreSQL does it");
        connection.close().await.expect("PostgreSQL answers");
    }

    fn answers(&self) -> bool {
        let mut ask = Command::new(self.programs.join("pg_isready"));
        ask.args(["--quiet", "--dbname=postgres", "--username=holdfast", "--host"]).arg(&self.folder);
        ask.status().is_ok_and(|status| status.success())
    }

    /// One of its programs, as the user `postgres` where we are root: it refuses to run as root.
    fn as_postgres(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir("/").stdin(Stdio::null());
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _was_there = fs::remove_file(self.folder.join("stay"));
        match self.keeper.lock().map(|mut keeper| keeper.take()) {
            Ok(Some(mut keeper)) => {
                drop(keeper.stdin.take());
                let _ended = keeper.wait();
            }
            _ => drop(fs::remove_dir_all(&self.folder)),
        }
    }
}

fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|version| {
            let version = version.ok()?;
            Some((version.file_name().to_str()?.parse().ok()?, version.path().join("bin")))
        })
        .filter(|(_, bin)| ["initdb", "postgres", "pg_isready"].iter().all(|program| bin.join(program).exists()))
        .collect();
    found.sort();
    found.pop().map(|(_, bin)| bin)
}

fn is_root() -> bool {
    fs::metadata(Path::new("/proc/self")).is_ok_and(|own| own.uid() == 0)
}

fn succeed(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|fault| format!("{command:?} does not start: {fault}"))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)))
    }
}
