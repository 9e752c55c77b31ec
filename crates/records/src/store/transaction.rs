//! A transaction on either engine; the only place where the two part.

use super::{Place, Row, Statement, Value, fault};
use crate::{
    Fault,
    audit::{MachineKey, Ticket},
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
        Transaction { begun: self, key: Arc::clone(key) }
    }
}

impl Transaction {
    /// The machine's key, which marks what is written.
    pub(crate) fn key(&self) -> Result<&MachineKey, Fault> {
        self.key.as_ref().as_ref().map_err(Clone::clone)
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

    /// Makes it last. Once this returns, what was written survives the loss of power.
    pub(crate) async fn commit(self) -> Result<(), Fault> {
        match self.begun {
            Begun::Embedded(transaction) => transaction.commit().await,
            Begun::Server(transaction) => transaction.commit().await,
        }
        .map_err(fault::of_commit)
    }
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
