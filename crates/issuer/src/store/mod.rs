//! The database: SQLite by default, PostgreSQL by URL; one set of migrations, one text per query.
//!
//! A transaction is an enum of the two databases' own, and [`sql!`] compiles one body for both.
//! Reading and writing transactions are different types: on SQLite a transaction that begins by
//! reading and then writes fails under load, so that one which may write says so at its start.

pub mod clients;
pub mod credentials;
pub mod decisions;
pub mod deliveries;
pub mod events;
pub mod forgetting;
pub mod idempotency;
pub mod import_rows;
pub mod imports;
pub mod jobs;
pub mod mappings;
pub mod movements;
pub mod organisations;
pub mod peers;
pub mod profiles;
pub mod reissues;
pub(crate) mod rows;
pub mod staff;
pub mod status;
pub mod trail;
pub mod trust;
pub mod webhooks;
pub mod withdrawals;

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgPool, Postgres, SqlSafeStr as _, Sqlite, SqlitePool, Transaction};
use thiserror::Error;

macro_rules! migrations {
    ($($version:literal $name:literal;)*) => {
        [$((
            $version,
            $name,
            include_str!(concat!("../../../../migrations/000", $version, "_", $name, ".sql")),
        )),*]
    };
}

/// Every migration, in order. Named here, and not found by a macro of the library's: that one brings both
/// databases into the compiler a second time.
const MIGRATIONS: [(i64, &str, &str); 9] = migrations! {
    1 "first";
    2 "movements";
    3 "jobs";
    4 "imports";
    5 "sign_in";
    6 "webhooks";
    7 "bulk";
    8 "dsp";
    9 "fewer_trees";
};

fn migrator() -> Migrator {
    let migrations = MIGRATIONS.map(|(version, name, text)| {
        Migration::new(version, name.into(), MigrationType::Simple, text.into_sql_str(), false)
    });
    Migrator::with_migrations(migrations.into())
}

/// Connections that read, on either database; writers on PostgreSQL share them.
const CONNECTIONS: u32 = 16;
const WAIT: Duration = Duration::from_secs(30);

/// What can go wrong with the database.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The database itself.
    #[error(transparent)]
    Database(sqlx::Error),
    /// Somebody else changed the same thing in between: begin again.
    #[error("somebody else changed the same thing in between")]
    Conflict,
    /// What lies in the database is not what this version wrote.
    #[error("the database holds a value that this version cannot read: {0}")]
    Corrupt(&'static str),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        /// PostgreSQL: serialisation failure, deadlock; both: unique violation.
        const RETRY: [&str; 5] = ["40001", "40P01", "23505", "2067", "1555"];
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        if code.is_some_and(|code| RETRY.contains(&code.as_ref())) { Self::Conflict } else { Self::Database(error) }
    }
}

/// Why a database cannot be used.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The address is not one of a database.
    #[error("the database's address must begin with sqlite: or postgres:")]
    Address,
    /// It cannot be reached.
    #[error("the database cannot be opened: {0}")]
    Connect(#[from] sqlx::Error),
    /// It belongs to a newer version of this program.
    #[error("the database was made by a newer version of this program (migration {0}); run that version")]
    Newer(i64),
    /// A migration failed.
    #[error("the database cannot be brought up to date: {0}")]
    Migrate(sqlx::migrate::MigrateError),
}

/// An open database.
#[derive(Debug, Clone)]
pub enum Store {
    /// SQLite: many readers, one writer at a time.
    Sqlite {
        /// Readers.
        read: SqlitePool,
        /// The writer.
        write: SqlitePool,
    },
    /// PostgreSQL.
    Postgres(PgPool),
}

/// A transaction that only reads.
pub enum Tx {
    /// On SQLite.
    Sqlite(Transaction<'static, Sqlite>),
    /// On PostgreSQL.
    Postgres(Transaction<'static, Postgres>),
}

/// A transaction that may write. Dropped without [`WriteTx::commit`], it leaves nothing behind.
pub struct WriteTx(pub(crate) Tx);

/// Runs one body on whichever database the transaction is of; `$connection` is its connection.
macro_rules! sql {
    ($tx:expr, $connection:ident => $body:expr) => {
        match $tx {
            $crate::store::Tx::Sqlite(transaction) => {
                let $connection = &mut **transaction;
                $body
            }
            $crate::store::Tx::Postgres(transaction) => {
                let $connection = &mut **transaction;
                $body
            }
        }
    };
}
pub(crate) use sql;

impl Store {
    /// Opens a database and brings it up to date. `sqlite:FILE` is made when missing.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(address: &str) -> Result<Self, OpenError> {
        let store = if address.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(address)?
                .create_if_missing(true)
                .foreign_keys(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                // What was deleted is overwritten, not only marked as free.
                .pragma("secure_delete", "ON")
                .busy_timeout(WAIT);
            let pool = |connections| SqlitePoolOptions::new().max_connections(connections).acquire_timeout(WAIT);
            Self::Sqlite {
                // 32 MiB, so that what a batch writes is written once; and 16,384 pages, 64 MiB, of log before they
                // go where they belong, so that pages which many batches touch go there once.
                write: pool(1)
                    .connect_with(options.clone().pragma("cache_size", "-32768").pragma("wal_autocheckpoint", "16384"))
                    .await?,
                read: pool(CONNECTIONS).connect_with(options).await?,
            }
        } else if address.starts_with("postgres:") || address.starts_with("postgresql:") {
            let options = PgConnectOptions::from_str(address)?;
            Self::Postgres(
                PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(WAIT).connect_with(options).await?,
            )
        } else {
            return Err(OpenError::Address);
        };
        let migrated = match &store {
            Self::Sqlite { write, .. } => migrator().run(write).await,
            Self::Postgres(pool) => migrator().run(pool).await,
        };
        match migrated {
            Ok(()) => Ok(store),
            Err(sqlx::migrate::MigrateError::VersionMissing(version)) => Err(OpenError::Newer(version)),
            Err(error) => Err(OpenError::Migrate(error)),
        }
    }

    /// Begins to read.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn read(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            Self::Sqlite { read, .. } => Tx::Sqlite(read.begin().await?),
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// Begins to write.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn write(&self) -> Result<WriteTx, StoreError> {
        Ok(WriteTx(match self {
            // What was acknowledged survives a loss of power, not only of the process.
            Self::Sqlite { write, .. } => {
                Tx::Sqlite(write.begin_with("PRAGMA synchronous = FULL; BEGIN IMMEDIATE").await?)
            }
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        }))
    }

    /// Begins to reserve something. Once committed it is there for everybody, and survives the death of this
    /// process; a loss of power it survives from the next commit of [`Store::write`] on, since both databases
    /// keep their log in order. So whatever was made of it, and was kept, finds it reserved.
    ///
    /// A PostgreSQL server that dies while this process lives on may forget it, and what is made of it comes
    /// later: a place that was given twice is then refused by the table of credentials, and what nothing would
    /// refuse is made to last with [`WriteTx::outlast_the_server`].
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn reserve(&self) -> Result<WriteTx, StoreError> {
        Ok(WriteTx(match self {
            Self::Sqlite { write, .. } => {
                Tx::Sqlite(write.begin_with("PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE").await?)
            }
            Self::Postgres(pool) => {
                // A transaction first, so that one which is dropped half-way leaves no such setting behind.
                let mut transaction = pool.begin().await?;
                sqlx::query("SET LOCAL synchronous_commit = off").execute(&mut *transaction).await?;
                Tx::Postgres(transaction)
            }
        }))
    }

    /// Empties the write-ahead log of SQLite, in which pages lie as they were before something was
    /// deleted. PostgreSQL removes dead rows by itself, later.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn wipe(&self) -> Result<(), StoreError> {
        let Self::Sqlite { write, .. } = self else { return Ok(()) };
        let (busy, _, _): (i64, i64, i64) = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(write).await?;
        if busy != 0 {
            tracing::warn!("somebody reads what was deleted: the write-ahead log is emptied with the next deletion");
        }
        Ok(())
    }

    /// Which database it is, for people.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    /// Closes all connections.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl WriteTx {
    /// The same transaction, for reading.
    pub fn reads(&mut self) -> &mut Tx {
        &mut self.0
    }

    /// Makes the commit of a reservation wait for the disk after all, on PostgreSQL. SQLite has no server that
    /// could die alone.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn outlast_the_server(&mut self) -> Result<(), StoreError> {
        if let Tx::Postgres(transaction) = &mut self.0 {
            sqlx::query("SET LOCAL synchronous_commit TO DEFAULT").execute(&mut **transaction).await?;
        }
        Ok(())
    }

    /// Makes everything that was written in it stand.
    ///
    /// # Errors
    /// [`StoreError::Database`]; nothing was written then.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self.0 {
            Tx::Sqlite(transaction) => transaction.commit().await?,
            Tx::Postgres(transaction) => transaction.commit().await?,
        }
        Ok(())
    }
}

/// Fails with [`StoreError::Conflict`] unless exactly one row was changed.
pub(crate) fn expect_one(rows: u64) -> Result<(), StoreError> {
    if rows == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

/// Fails with [`StoreError::Conflict`] unless each of these rows was written.
pub(crate) fn expect_all(rows: u64, expected: usize) -> Result<(), StoreError> {
    if usize::try_from(rows) == Ok(expected) { Ok(()) } else { Err(StoreError::Conflict) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_migration_of_the_folder_is_named() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut files: Vec<_> = files.collect();
        files.sort();
        assert_eq!(files, MIGRATIONS.map(|(version, name, _)| format!("{version:04}_{name}.sql")));
    }
}
