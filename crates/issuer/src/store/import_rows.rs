//! What was read from a file, what it came to, and how it left people.

use passport_schema::id::Id;
use passport_schema::time::Timestamp;
use sqlx::AssertSqlSafe;

use super::rows::ROWS;
use super::{StoreError, Tx, WriteTx, sql};
use crate::import::Totals;

/// What a stretch of a file says of one reference, sealed.
#[derive(Debug, Clone)]
pub struct Stretch {
    /// Its place among all of the file.
    pub number: i64,
    /// The reference, without a further assignment's number.
    pub person: String,
    /// How many rows it has.
    pub rows: i64,
    /// They.
    pub sealed: Vec<u8>,
}

/// What the rows of one person come to.
#[derive(Debug, Clone)]
pub struct StoredResult {
    /// The reference, without a further assignment's number.
    pub person: String,
    /// A set of bits, one for each outcome among them.
    pub outcomes: i64,
    /// How many of them come to what; none where that was not kept yet.
    pub totals: Option<Totals>,
    /// Row by row, sealed.
    pub sealed: Vec<u8>,
}

/// How an import left somebody.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    /// Who.
    pub staff: Id,
    /// Their version.
    pub version: i64,
    /// Until when nothing that they hold has to be renewed.
    pub good_until: Timestamp,
}

impl Tx {
    /// The people of an import after `after`, in order, each with how many rows.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn import_people(
        &mut self,
        import: Id,
        after: &str,
        limit: i64,
    ) -> Result<Vec<(String, i64)>, StoreError> {
        Ok(sql!(self, connection => {
            sqlx::query_as(
                "SELECT person, CAST(SUM(read_rows) AS BIGINT) FROM import_rows WHERE import = $1 AND person > $2
                 GROUP BY person ORDER BY person LIMIT $3",
            )
            .bind(import.0.to_string())
            .bind(after)
            .bind(limit)
            .fetch_all(connection)
            .await?
        }))
    }

    /// How many people there are in an import, and the most rows of one of them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_import_people(&mut self, import: Id) -> Result<(i64, i64), StoreError> {
        Ok(sql!(self, connection => {
            sqlx::query_as(
                // A person that begins with a blank is nobody: rows without a reference.
                "SELECT COUNT(*), COALESCE(MAX(CASE WHEN p.person LIKE ' %' THEN 0 ELSE p.total END), 0) FROM
                   (SELECT person, CAST(SUM(read_rows) AS BIGINT) AS total FROM import_rows WHERE import = $1
                    GROUP BY person) AS p",
            )
            .bind(import.0.to_string())
            .fetch_one(connection)
            .await?
        }))
    }

    /// What a file says of these people.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn import_rows(&mut self, import: Id, people: &[String]) -> Result<Vec<Stretch>, StoreError> {
        let mut all = Vec::new();
        for people in people.chunks(ROWS) {
            let text = self.statement(
                "SELECT number, person, read_rows, sealed FROM import_rows WHERE import = $1 AND person IN (",
                "?",
                ") ORDER BY person, number",
                people.len(),
            );
            let rows: Vec<(i64, String, i64, Vec<u8>)> = sql!(self, connection => {
                let mut query = sqlx::query_as(AssertSqlSafe(text));
                for person in people {
                    query = query.bind(person);
                }
                query.bind(import.0.to_string()).fetch_all(connection).await?
            });
            all.extend(rows.into_iter().map(|(number, person, rows, sealed)| Stretch { number, person, rows, sealed }));
        }
        Ok(all)
    }

    /// What people's rows come to, of those whose outcomes share a bit with `outcomes`, after `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn import_results(
        &mut self,
        import: Id,
        outcomes: i64,
        after: &str,
        limit: i64,
    ) -> Result<Vec<StoredResult>, StoreError> {
        let rows: Vec<(String, i64, Option<String>, Vec<u8>)> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT person, outcomes, totals, sealed FROM import_results
                 WHERE import = $1 AND person > $2 AND (outcomes & $3) <> 0 ORDER BY person LIMIT $4",
            )
            .bind(import.0.to_string())
            .bind(after)
            .bind(outcomes)
            .bind(limit)
            .fetch_all(connection)
            .await?
        });
        let result = |(person, outcomes, totals, sealed): (String, i64, Option<String>, Vec<u8>)| {
            let totals = totals.map(|text| serde_json::from_str(&text)).transpose();
            let totals = totals.map_err(|_| StoreError::Corrupt("totals"))?;
            Ok(StoredResult { person, outcomes, totals: totals.as_ref().map(Totals::from_json), sealed })
        };
        rows.into_iter().map(result).collect()
    }

    /// How many people's outcomes share a bit with `outcomes`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_results(&mut self, import: Id, outcomes: i64) -> Result<i64, StoreError> {
        let (count,): (i64,) = sql!(self, connection => {
            sqlx::query_as("SELECT COUNT(*) FROM import_results WHERE import = $1 AND (outcomes & $2) <> 0")
                .bind(import.0.to_string())
                .bind(outcomes)
                .fetch_one(connection)
                .await?
        });
        Ok(count)
    }

    /// Whether everybody stands as an import left them, and nothing has to be renewed yet.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn marks_stand(&mut self, import: Id, now: Timestamp) -> Result<bool, StoreError> {
        let (gone,): (i64,) = sql!(self, connection => {
            sqlx::query_as(
                "SELECT COUNT(*) FROM import_marks m LEFT JOIN staff s ON s.id = m.staff
                 WHERE m.import = $1 AND (s.id IS NULL OR s.version <> m.version OR m.good_until <= $2)",
            )
            .bind(import.0.to_string())
            .bind(now.0)
            .fetch_one(connection)
            .await?
        });
        Ok(gone == 0)
    }

    /// Subjects of an import that nobody has mapped, those of most rows first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn unmapped(&mut self, import: Id, limit: i64) -> Result<Vec<(String, i64)>, StoreError> {
        Ok(sql!(self, connection => {
            sqlx::query_as(
                "SELECT text, read_rows FROM import_unmapped WHERE import = $1 ORDER BY read_rows DESC, text LIMIT $2",
            )
            .bind(import.0.to_string())
            .bind(limit)
            .fetch_all(connection)
            .await?
        }))
    }
}

impl WriteTx {
    /// Lets PostgreSQL count what imports have kept. Until it has, which may be minutes later by itself, it takes
    /// that for a few rows, and looks through all of them for each batch of people. SQLite plans without counting.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_imports(&mut self) -> Result<(), StoreError> {
        if let Tx::Postgres(transaction) = &mut self.0 {
            sqlx::query("ANALYZE import_rows, import_results").execute(&mut **transaction).await?;
        }
        Ok(())
    }

    /// Keeps what was read from a file.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_import_rows(&mut self, import: Id, stretches: &[Stretch]) -> Result<(), StoreError> {
        for stretches in stretches.chunks(ROWS) {
            let text = self.0.statement(
                "INSERT INTO import_rows (import, number, person, read_rows, sealed) VALUES",
                "($1, ?, ?, ?, ?)",
                "",
                stretches.len(),
            );
            sql!(&mut self.0, connection => {
                let mut query = sqlx::query(AssertSqlSafe(text));
                for it in stretches {
                    query = query.bind(it.number).bind(&it.person).bind(it.rows).bind(&it.sealed);
                }
                query.bind(import.0.to_string()).execute(connection).await?;
            });
        }
        Ok(())
    }

    /// Keeps what people's rows come to, in the place of what was kept before.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_results(&mut self, import: Id, results: &[StoredResult]) -> Result<(), StoreError> {
        for results in results.chunks(ROWS) {
            let text = self.0.statement(
                "INSERT INTO import_results (import, person, outcomes, totals, sealed) VALUES",
                "($1, ?, ?, ?, ?)",
                " ON CONFLICT (import, person) DO UPDATE
                  SET outcomes = excluded.outcomes, totals = excluded.totals, sealed = excluded.sealed",
                results.len(),
            );
            sql!(&mut self.0, connection => {
                let mut query = sqlx::query(AssertSqlSafe(text));
                for it in results {
                    let totals = it.totals.as_ref().map(|totals| totals.to_json().to_string());
                    query = query.bind(&it.person).bind(it.outcomes).bind(totals).bind(&it.sealed);
                }
                query.bind(import.0.to_string()).execute(connection).await?;
            });
        }
        Ok(())
    }

    /// Notes how an import left people.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_marks(&mut self, import: Id, marks: &[Mark]) -> Result<(), StoreError> {
        for marks in marks.chunks(ROWS) {
            let text = self.0.statement(
                "INSERT INTO import_marks (import, staff, version, good_until) VALUES",
                "($1, ?, ?, ?)",
                " ON CONFLICT (import, staff) DO UPDATE SET version = excluded.version, good_until = excluded.good_until",
                marks.len(),
            );
            sql!(&mut self.0, connection => {
                let mut query = sqlx::query(AssertSqlSafe(text));
                for mark in marks {
                    query = query.bind(mark.staff.0.to_string()).bind(mark.version).bind(mark.good_until.0);
                }
                query.bind(import.0.to_string()).execute(connection).await?;
            });
        }
        Ok(())
    }

    /// Counts rows about subjects that nobody has mapped.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_unmapped(&mut self, import: Id, unmapped: &[(String, i64)]) -> Result<(), StoreError> {
        for unmapped in unmapped.chunks(ROWS) {
            let text = self.0.statement(
                "INSERT INTO import_unmapped (import, text, read_rows) VALUES",
                "($1, ?, ?)",
                " ON CONFLICT (import, text) DO UPDATE SET read_rows = import_unmapped.read_rows + excluded.read_rows",
                unmapped.len(),
            );
            sql!(&mut self.0, connection => {
                let mut query = sqlx::query(AssertSqlSafe(text));
                for (subject, rows) in unmapped {
                    query = query.bind(subject).bind(rows);
                }
                query.bind(import.0.to_string()).execute(connection).await?;
            });
        }
        Ok(())
    }
}
