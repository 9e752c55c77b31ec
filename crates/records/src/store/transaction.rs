//! A transaction on either engine; the only place where the two part.

use super::{Place, Row, Statement, Value, fault};
use crate::{
    Fault,
    access::Act,
    audit::{Line, MachineKey, Memory, Revoked, Seen, Ticket},
};
use sqlx::{
    AssertSqlSafe, Executor as _, Postgres, SqlSafeStr as _, Sqlite, postgres::PgArguments, query::Query,
    sqlite::SqliteArguments,
};
use std::sync::Arc;

/// A transaction. Dropped without [`Transaction::commit`], it leaves everything as it was.
#[derive(Debug)]
pub(crate) struct Transaction {
    begun: Begun,
    key: Key,
    remembering: Option<Remembering>,
    /// What was taken away in it.
    revoked: Vec<Revoked>,
}

/// What is remembered outside the store of what was taken away, and how far it was known when the transaction began.
#[derive(Debug)]
pub(super) struct Remembering {
    pub memory: Arc<Memory>,
    pub lines: usize,
}

/// One on either engine.
#[derive(Debug)]
pub(super) enum Begun {
    Embedded(sqlx::Transaction<'static, Sqlite>),
    Server(sqlx::Transaction<'static, Postgres>),
}

/// The machine's key, or why it is not at hand: reading a copy of the store goes without.
pub(super) type Key = Arc<Result<MachineKey, Fault>>;

impl Begun {
    /// The same, with the machine's key at hand.
    pub(super) fn with(self, key: &Key) -> Transaction {
        Transaction { begun: self, key: Arc::clone(key), remembering: None, revoked: Vec::new() }
    }
}

impl Transaction {
    /// The machine's key, which marks what is written.
    pub(crate) fn key(&self) -> Result<&MachineKey, Fault> {
        self.key.as_ref().as_ref().map_err(Clone::clone)
    }

    /// The same, with what is remembered outside the store.
    pub(super) fn remembering(self, remembering: Option<Remembering>) -> Self {
        Self { remembering, ..self }
    }

    /// What is remembered outside the store; nothing where a school is made ready aside.
    pub(crate) fn memory(&self) -> Option<Arc<Memory>> {
        self.remembering.as_ref().map(|remembering| Arc::clone(&remembering.memory))
    }

    /// How much of that was known before it began.
    pub(crate) fn remembered(&self) -> usize {
        self.remembering.as_ref().map_or(0, |remembering| remembering.lines)
    }

    /// Whether something that was taken away is missing among the entries about a kind and an id.
    pub(crate) fn misses(&self, school: &str, (kind, resource): (&str, &str), acts: &[Act], there: &[Line]) -> bool {
        let is_lasting = self.revoked.is_empty();
        self.remembering.as_ref().is_some_and(|Remembering { memory, lines }| {
            memory.misses(Seen { lines: *lines, is_lasting }, [school, kind, resource], acts, there)
        })
    }

    /// Something is taken away in it.
    pub(crate) fn revokes(&mut self, revoked: Revoked) {
        self.revoked.push(revoked);
    }

    /// Whether the engine is the embedded one.
    pub(super) fn is_embedded(&self) -> bool {
        matches!(self.begun, Begun::Embedded(_))
    }

    /// Puts a key at hand that was not there when this began.
    pub(super) fn put_key(&mut self, key: &Key) {
        self.key = Arc::clone(key);
    }

    /// Makes the machine's key, if it is not there, and puts it at hand until this ends.
    pub(crate) fn make_key(&mut self, place: &Place) -> Result<(), Fault> {
        self.key = Arc::new(Ok(MachineKey::read_or_begin(place)?));
        Ok(())
    }

    /// The rows that a statement answers with.
    pub(crate) async fn rows(&mut self, statement: &Statement, values: &[Value]) -> Result<Vec<Row>, Fault> {
        check(values)?;
        Ok(match &mut self.begun {
            Begun::Embedded(transaction) => {
                let rows = embedded(statement, values).fetch_all(&mut **transaction).await?;
                rows.into_iter().map(Row::Embedded).collect()
            }
            Begun::Server(transaction) => {
                let rows = server(statement, values).fetch_all(&mut **transaction).await?;
                rows.into_iter().map(Row::Server).collect()
            }
        })
    }

    /// The first row, if there is one.
    pub(crate) async fn row(&mut self, statement: &Statement, values: &[Value]) -> Result<Option<Row>, Fault> {
        Ok(self.rows(statement, values).await?.into_iter().next())
    }

    /// Changes rows and tells how many. Only whoever holds the audit's ticket can: the entry comes first (house invariant 6).
    #[must_use = "how many rows were changed says whether it was done"]
    pub(crate) async fn change(
        &mut self,
        _entered: &Ticket,
        statement: &Statement,
        values: &[Value],
    ) -> Result<u64, Fault> {
        self.run(statement, values).await
    }

    /// Changes rows without an entry: for the audit itself and for migrations.
    pub(crate) async fn run(&mut self, statement: &Statement, values: &[Value]) -> Result<u64, Fault> {
        check(values)?;
        Ok(match &mut self.begun {
            Begun::Embedded(transaction) => {
                embedded(statement, values).execute(&mut **transaction).await?.rows_affected()
            }
            Begun::Server(transaction) => server(statement, values).execute(&mut **transaction).await?.rows_affected(),
        })
    }

    /// The rows of a statement made from the store's own schema, of which there is no constant.
    pub(super) async fn rows_of(&mut self, sql: String, values: &[Value]) -> Result<Vec<Row>, Fault> {
        check(values)?;
        Ok(match &mut self.begun {
            Begun::Embedded(transaction) => {
                let rows = with_embedded(sqlx::query(AssertSqlSafe(sql)), values).fetch_all(&mut **transaction).await?;
                rows.into_iter().map(Row::Embedded).collect()
            }
            Begun::Server(transaction) => {
                let rows = with_server(sqlx::query(AssertSqlSafe(sql)), values).fetch_all(&mut **transaction).await?;
                rows.into_iter().map(Row::Server).collect()
            }
        })
    }

    /// Runs a statement made from the store's own schema or from a step of it.
    pub(super) async fn run_made(&mut self, sql: String, values: &[Value]) -> Result<(), Fault> {
        check(values)?;
        match &mut self.begun {
            Begun::Embedded(transaction) => {
                with_embedded(sqlx::query(AssertSqlSafe(sql)), values).execute(&mut **transaction).await?;
            }
            Begun::Server(transaction) => {
                with_server(sqlx::query(AssertSqlSafe(sql)), values).execute(&mut **transaction).await?;
            }
        }
        Ok(())
    }

    /// Asks the engine to understand a statement without running it.
    pub(super) async fn prepare(&mut self, statement: &Statement) -> Result<(), sqlx::Error> {
        let sql = statement.sql.into_sql_str();
        match &mut self.begun {
            Begun::Embedded(transaction) => (&mut **transaction).prepare(sql).await.map(drop),
            Begun::Server(transaction) => (&mut **transaction).prepare(sql).await.map(drop),
        }
    }

    /// Makes it last. Once this returns, what was written survives the loss of power. What was taken away is remembered outside
    /// the store first.
    pub(crate) async fn commit(self) -> Result<(), Fault> {
        let memory = self.memory().filter(|_| !self.revoked.is_empty());
        let revoked = self.revoked;
        let remembered = match memory {
            Some(memory) => Some(begin(memory, revoked).await?),
            None => None,
        };
        match self.begun {
            Begun::Embedded(transaction) => transaction.commit().await,
            Begun::Server(transaction) => transaction.commit().await,
        }
        .map_err(fault::of_commit)?;
        if let Some((memory, revoked)) = remembered {
            memory.settle(&revoked);
        }
        Ok(())
    }
}

/// Waits for the disk where that holds up nobody else.
async fn begin(memory: Arc<Memory>, revoked: Vec<Revoked>) -> Result<(Arc<Memory>, Vec<Revoked>), Fault> {
    let work = move || memory.begin(&revoked).map(|()| (memory, revoked));
    let begun = tokio::task::spawn_blocking(work).await;
    begun.map_err(|_panicked| Fault::Unavailable("Nothing could be remembered. Nothing was changed.".to_owned()))?
}

fn check(values: &[Value]) -> Result<(), Fault> {
    values.iter().try_for_each(Value::check)
}

fn embedded<'q>(statement: &Statement, values: &'q [Value]) -> Query<'q, Sqlite, SqliteArguments> {
    with_embedded(sqlx::query(statement.sql), values)
}

fn server<'q>(statement: &Statement, values: &'q [Value]) -> Query<'q, Postgres, PgArguments> {
    with_server(sqlx::query(statement.sql), values)
}

fn with_embedded<'q>(
    query: Query<'q, Sqlite, SqliteArguments>,
    values: &'q [Value],
) -> Query<'q, Sqlite, SqliteArguments> {
    values.iter().fold(query, |query, value| match value {
        Value::Text(text) => query.bind(text.as_deref()),
        Value::Number(number) => query.bind(number),
        Value::Bytes(bytes) => query.bind(bytes.as_deref()),
    })
}

fn with_server<'q>(query: Query<'q, Postgres, PgArguments>, values: &'q [Value]) -> Query<'q, Postgres, PgArguments> {
    values.iter().fold(query, |query, value| match value {
        Value::Text(text) => query.bind(text.as_deref()),
        Value::Number(number) => query.bind(number),
        Value::Bytes(bytes) => query.bind(bytes.as_deref()),
    })
}
