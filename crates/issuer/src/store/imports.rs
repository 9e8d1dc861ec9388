//! Imports, and the files that they came with.

use passport_intake::Format;
use passport_schema::id::{Id, OrganisationCode};
use passport_schema::time::{Date, Timestamp};
use serde_json::{Value, json};

use super::rows::row;
use super::staff::id;
use super::{StoreError, Tx, WriteTx, expect_one, sql};
use crate::import::{Import, State, Totals};
use crate::issuance::Carrier;

row! {
    Row {
        id: String,
        organisation: String,
        format: String,
        as_of: String,
        mapping: Option<String>,
        state: String,
        fault: Option<String>,
        size: i64,
        digest: Option<Vec<u8>>,
        line: i64,
        read_rows: i64,
        people: i64,
        after: String,
        done: i64,
        totals: String,
        carrier: Option<String>,
        job: Option<String>,
        repeats: Option<String>,
        actor: String,
        created_at: i64,
        changed_at: i64,
    }
}

fn read(row: Row) -> Result<Import, StoreError> {
    let corrupt = || StoreError::Corrupt("import");
    let json = |text: &str| serde_json::from_str::<Value>(text).map_err(|_| corrupt());
    let fault = |text: &str| {
        let json = json(text)?;
        let part = |name: &str| json[name].as_str().map(str::to_owned).ok_or_else(corrupt);
        Ok::<_, StoreError>((part("code")?, part("detail")?))
    };
    Ok(Import {
        id: id(&row.id)?,
        organisation: OrganisationCode::parse(&row.organisation).ok_or_else(corrupt)?,
        format: Format::parse(&row.format).ok_or_else(corrupt)?,
        as_of: Date::parse(&row.as_of).ok_or_else(corrupt)?,
        mapping: row.mapping.as_deref().map(id).transpose()?,
        state: State::parse(&row.state).ok_or_else(corrupt)?,
        fault: row.fault.as_deref().map(fault).transpose()?,
        size: row.size,
        digest: row.digest,
        line: row.line,
        rows: row.read_rows,
        people: row.people,
        after: row.after,
        done: row.done,
        totals: Totals::from_json(&json(&row.totals)?),
        carrier: row.carrier.as_deref().and_then(Carrier::parse),
        job: row.job.as_deref().map(id).transpose()?,
        repeats: row.repeats.as_deref().map(id).transpose()?,
        actor: row.actor,
        created: Timestamp(row.created_at),
        changed: Timestamp(row.changed_at),
    })
}

/// The columns of an import, for a question.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, organisation, format, as_of, mapping, state, fault, size, digest, line, read_rows, people,
                    after, done, totals, carrier, job, repeats, actor, created_at, changed_at FROM imports ",
            $rest
        )
    };
}

impl Tx {
    /// An import of an organisation's.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn import(&mut self, organisation: &OrganisationCode, wanted: Id) -> Result<Option<Import>, StoreError> {
        let row: Option<Row> = sql!(self, connection => {
            sqlx::query_as(select!("WHERE organisation = $1 AND id = $2"))
                .bind(organisation.as_str())
                .bind(wanted.0.to_string())
                .fetch_optional(connection)
                .await?
        });
        row.map(read).transpose()
    }

    /// The import that a job issues.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn import_of_job(
        &mut self,
        organisation: &OrganisationCode,
        job: Id,
    ) -> Result<Option<Import>, StoreError> {
        let row: Option<Row> = sql!(self, connection => {
            sqlx::query_as(select!("WHERE organisation = $1 AND job = $2"))
                .bind(organisation.as_str())
                .bind(job.0.to_string())
                .fetch_optional(connection)
                .await?
        });
        row.map(read).transpose()
    }

    /// A page of an organisation's imports, newest first, before `before`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn imports(
        &mut self,
        organisation: &OrganisationCode,
        before: &str,
        limit: i64,
    ) -> Result<Vec<Import>, StoreError> {
        let rows: Vec<Row> = sql!(self, connection => {
            sqlx::query_as(select!("WHERE organisation = $1 AND id < $2 ORDER BY id DESC LIMIT $3"))
                .bind(organisation.as_str())
                .bind(before)
                .bind(limit)
                .fetch_all(connection)
                .await?
        });
        rows.into_iter().map(read).collect()
    }

    /// How many imports of an organisation are not over.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn open_imports(&mut self, organisation: &OrganisationCode) -> Result<usize, StoreError> {
        let (count,): (i64,) = sql!(self, connection => {
            sqlx::query_as(
                "SELECT COUNT(*) FROM imports
                 WHERE organisation = $1 AND state IN ('receiving', 'reading', 'judging', 'previewed', 'committing')",
            )
            .bind(organisation.as_str())
            .fetch_one(connection)
            .await?
        });
        usize::try_from(count).map_err(|_| StoreError::Corrupt("count of imports"))
    }

    /// The newest import of the same file that is done and was not itself a repetition.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn import_like(
        &mut self,
        organisation: &OrganisationCode,
        digest: &[u8],
    ) -> Result<Option<Import>, StoreError> {
        let row: Option<Row> = sql!(self, connection => {
            sqlx::query_as(select!(
                "WHERE organisation = $1 AND digest = $2 AND state = 'done' AND repeats IS NULL
                 ORDER BY id DESC LIMIT 1"
            ))
            .bind(organisation.as_str())
            .bind(digest)
            .fetch_optional(connection)
            .await?
        });
        row.map(read).transpose()
    }

    /// Imports in a state in which nothing has happened since `before`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn stale_imports(&mut self, state: State, before: Timestamp) -> Result<Vec<Import>, StoreError> {
        let rows: Vec<Row> = sql!(self, connection => {
            sqlx::query_as(select!("WHERE state = $1 AND changed_at < $2 ORDER BY id LIMIT 100"))
                .bind(state.name())
                .bind(before.0)
                .fetch_all(connection)
                .await?
        });
        rows.into_iter().map(read).collect()
    }

    /// A piece of an import's file, sealed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn import_piece(&mut self, import: Id, number: i64) -> Result<Option<Vec<u8>>, StoreError> {
        let row: Option<(Vec<u8>,)> = sql!(self, connection => {
            sqlx::query_as("SELECT sealed FROM import_chunks WHERE import = $1 AND number = $2")
                .bind(import.0.to_string())
                .bind(number)
                .fetch_optional(connection)
                .await?
        });
        Ok(row.map(|(sealed,)| sealed))
    }
}

impl WriteTx {
    /// Adds an import of which the file is still to come.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_import(&mut self, import: &Import) -> Result<(), StoreError> {
        sql!(&mut self.0, connection => {
            sqlx::query(
                "INSERT INTO imports (id, organisation, format, as_of, mapping, state, size, line, read_rows, people,
                                      after, done, totals, actor, created_at, changed_at)
                 VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0, 0, '', 0, $7, $8, $9, $9)",
            )
            .bind(import.id.0.to_string())
            .bind(import.organisation.as_str())
            .bind(import.format.name())
            .bind(import.as_of.to_string())
            .bind(import.mapping.map(|id| id.0.to_string()))
            .bind(import.state.name())
            .bind(import.totals.to_json().to_string())
            .bind(&import.actor)
            .bind(import.created.0)
            .execute(connection)
            .await?;
        });
        Ok(())
    }

    /// Keeps how far an import is.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it is not in the state `from`.
    pub async fn keep_import(&mut self, import: &Import, from: State, now: Timestamp) -> Result<(), StoreError> {
        let fault = import.fault.as_ref().map(|(code, detail)| json!({ "code": code, "detail": detail }).to_string());
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query(
                "UPDATE imports SET state = $3, fault = $4, size = $5, digest = $6, line = $7, read_rows = $8, people = $9,
                        after = $10, done = $11, totals = $12, carrier = $13, job = $14, repeats = $15, changed_at = $16
                 WHERE id = $1 AND state = $2",
            )
            .bind(import.id.0.to_string())
            .bind(from.name())
            .bind(import.state.name())
            .bind(fault)
            .bind(import.size)
            .bind(&import.digest)
            .bind(import.line)
            .bind(import.rows)
            .bind(import.people)
            .bind(&import.after)
            .bind(import.done)
            .bind(import.totals.to_json().to_string())
            .bind(import.carrier.map(Carrier::name))
            .bind(import.job.map(|id| id.0.to_string()))
            .bind(import.repeats.map(|id| id.0.to_string()))
            .bind(now.0)
            .execute(connection)
            .await?
            .rows_affected()
        }))
    }

    /// Adds a piece to an import's file, while it is coming in.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it is not coming in any more.
    pub async fn add_import_piece(
        &mut self,
        import: Id,
        number: i64,
        sealed: &[u8],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query("UPDATE imports SET changed_at = $2 WHERE id = $1 AND state = 'receiving'")
                .bind(import.0.to_string())
                .bind(now.0)
                .execute(connection)
                .await?
                .rows_affected()
        }))?;
        sql!(&mut self.0, connection => {
            sqlx::query("INSERT INTO import_chunks (import, number, sealed) VALUES ($1, $2, $3)")
                .bind(import.0.to_string())
                .bind(number)
                .bind(sealed)
                .execute(connection)
                .await?;
        });
        Ok(())
    }

    /// Deletes an import's file and all that was read from it; what it came to stays.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn forget_file(&mut self, import: Id) -> Result<(), StoreError> {
        for table in ["DELETE FROM import_chunks WHERE import = $1", "DELETE FROM import_rows WHERE import = $1"] {
            sql!(&mut self.0, connection => {
                sqlx::query(table).bind(import.0.to_string()).execute(connection).await?;
            });
        }
        Ok(())
    }

    /// Deletes an import of which the file has not come in.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn delete_import(&mut self, import: Id) -> Result<(), StoreError> {
        self.forget_file(import).await?;
        sql!(&mut self.0, connection => {
            sqlx::query("DELETE FROM imports WHERE id = $1 AND state = 'receiving'")
                .bind(import.0.to_string())
                .execute(connection)
                .await?;
        });
        Ok(())
    }
}
