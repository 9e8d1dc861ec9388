//! Staff and their records.

use passport_schema::id::{Id, OrganisationCode};
use passport_schema::status::Status;
use passport_schema::time::Timestamp;

use sqlx::AssertSqlSafe;

use super::rows::ROWS;
use super::{StoreError, Tx, WriteTx, expect_all, expect_one, sql};

/// A person as one organisation knows them.
#[derive(Debug, Clone)]
pub struct Staff {
    /// Our id.
    pub id: Id,
    /// The organisation's own reference.
    pub reference: String,
    /// Goes up with every change to what they hold.
    pub version: i64,
}

/// A record as it lies in the database.
#[derive(Debug, Clone)]
pub struct StoredRecord {
    /// Its id.
    pub id: Id,
    /// Its kind's name.
    pub kind: String,
    /// What it is about: two records of one person that share this replace one another.
    pub subject: String,
    /// The record as JSON, without its id.
    pub content: String,
    /// Hash of what a holder can see of it.
    pub content_hash: Vec<u8>,
    /// What has become of it.
    pub status: Status,
}

pub(crate) fn id(text: &str) -> Result<Id, StoreError> {
    Id::parse_bare(text).ok_or(StoreError::Corrupt("id"))
}

pub(crate) fn status(bits: i64) -> Result<Status, StoreError> {
    let bits = u8::try_from(bits).ok().filter(|bits| *bits < 4).ok_or(StoreError::Corrupt("status"))?;
    Ok(Status::of_bits(bits))
}

type RecordRow = (String, String, String, String, Vec<u8>, i64);
/// A record's row after whose it is.
type OwnedRow = (String, String, String, String, String, Vec<u8>, i64);

fn record((record, kind, subject, content, content_hash, bits): RecordRow) -> Result<StoredRecord, StoreError> {
    Ok(StoredRecord { id: id(&record)?, kind, subject, content, content_hash, status: status(bits)? })
}

impl Tx {
    /// A person by the organisation's own reference.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn staff_by_reference(
        &mut self,
        organisation: &OrganisationCode,
        reference: &str,
    ) -> Result<Option<Staff>, StoreError> {
        let row: Option<(String, i64)> = sql!(self, connection => {
            sqlx::query_as("SELECT id, version FROM staff WHERE organisation = $1 AND reference = $2")
                .bind(organisation.as_str())
                .bind(reference)
                .fetch_optional(connection)
                .await?
        });
        row.map(|(text, version)| Ok(Staff { id: id(&text)?, reference: reference.to_owned(), version })).transpose()
    }

    /// A person by our id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn staff(&mut self, organisation: &OrganisationCode, wanted: Id) -> Result<Option<Staff>, StoreError> {
        let row: Option<(String, i64)> = sql!(self, connection => {
            sqlx::query_as("SELECT reference, version FROM staff WHERE organisation = $1 AND id = $2")
                .bind(organisation.as_str())
                .bind(wanted.0.to_string())
                .fetch_optional(connection)
                .await?
        });
        Ok(row.map(|(reference, version)| Staff { id: wanted, reference, version }))
    }

    /// A page of an organisation's staff in order of their references, after `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn staff_page(
        &mut self,
        organisation: &OrganisationCode,
        after: &str,
        limit: i64,
    ) -> Result<Vec<Staff>, StoreError> {
        let rows: Vec<(String, String, i64)> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT id, reference, version FROM staff
                 WHERE organisation = $1 AND reference > $2 ORDER BY reference LIMIT $3",
            )
            .bind(organisation.as_str())
            .bind(after)
            .bind(limit)
            .fetch_all(connection)
            .await?
        });
        rows.into_iter().map(|(text, reference, version)| Ok(Staff { id: id(&text)?, reference, version })).collect()
    }

    /// The records of these people that were not superseded, oldest first, each with whose it is.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn records_of(&mut self, staff: &[Id]) -> Result<Vec<(Id, StoredRecord)>, StoreError> {
        let mut all = Vec::new();
        for staff in staff.chunks(ROWS) {
            let text = self.statement(
                "SELECT staff, id, kind, subject, content, content_hash, status FROM records WHERE staff IN (",
                "?",
                ") AND status <> 3 ORDER BY created_at, id",
                staff.len(),
            );
            let rows: Vec<OwnedRow> = sql!(self, connection => {
                let mut query = sqlx::query_as(AssertSqlSafe(text));
                for id in staff {
                    query = query.bind(id.0.to_string());
                }
                query.fetch_all(connection).await?
            });
            for (owner, record_id, kind, subject, content, content_hash, bits) in rows {
                all.push((id(&owner)?, record((record_id, kind, subject, content, content_hash, bits))?));
            }
        }
        Ok(all)
    }

    /// Those of these people whom the organisation knows, by its own references.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn staff_by_references(
        &mut self,
        organisation: &OrganisationCode,
        references: &[&str],
    ) -> Result<Vec<Staff>, StoreError> {
        let mut all = Vec::new();
        for references in references.chunks(ROWS) {
            let text = self.statement(
                "SELECT id, reference, version FROM staff WHERE organisation = $1 AND reference IN (",
                "?",
                ")",
                references.len(),
            );
            let rows: Vec<(String, String, i64)> = sql!(self, connection => {
                let mut query = sqlx::query_as(AssertSqlSafe(text));
                for reference in references {
                    query = query.bind(*reference);
                }
                query.bind(organisation.as_str()).fetch_all(connection).await?
            });
            for (text, reference, version) in rows {
                all.push(Staff { id: id(&text)?, reference, version });
            }
        }
        Ok(all)
    }

    /// A record and whose it is.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn record(
        &mut self,
        organisation: &OrganisationCode,
        wanted: Id,
    ) -> Result<Option<(Id, StoredRecord)>, StoreError> {
        let row: Option<(String, String, String, String, Vec<u8>, i64)> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT staff, kind, subject, content, content_hash, status FROM records
                 WHERE organisation = $1 AND id = $2",
            )
            .bind(organisation.as_str())
            .bind(wanted.0.to_string())
            .fetch_optional(connection)
            .await?
        });
        let Some((staff, kind, subject, content, content_hash, bits)) = row else { return Ok(None) };
        let found = record((wanted.0.to_string(), kind, subject, content, content_hash, bits))?;
        Ok(Some((id(&staff)?, found)))
    }
}

impl WriteTx {
    /// Adds people who are new, and counts the versions of the others up from the ones that were read.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if somebody else has added or changed one of them since.
    pub async fn keep_staff(
        &mut self,
        organisation: &OrganisationCode,
        staff: &[&Staff],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (known, new): (Vec<&Staff>, Vec<&Staff>) = staff.iter().partition(|staff| staff.version > 0);
        for new in new.chunks(ROWS) {
            let text = self.0.statement(
                "INSERT INTO staff (id, organisation, reference, version, created_at) VALUES",
                "(?, $1, ?, 1, $2)",
                " ON CONFLICT (organisation, reference) DO NOTHING",
                new.len(),
            );
            let added = sql!(&mut self.0, connection => {
                let mut query = sqlx::query(AssertSqlSafe(text));
                for staff in new {
                    query = query.bind(staff.id.0.to_string()).bind(&staff.reference);
                }
                query.bind(organisation.as_str()).bind(now.0).execute(connection).await?.rows_affected()
            });
            expect_all(added, new.len())?;
        }
        for known in known.chunks(ROWS) {
            let text = self.0.statement(
                "UPDATE staff SET version = version + 1 WHERE organisation = $1 AND (id, version) IN (VALUES",
                "(?, ?)",
                ")",
                known.len(),
            );
            let advanced = sql!(&mut self.0, connection => {
                let mut query = sqlx::query(AssertSqlSafe(text));
                for staff in known {
                    query = query.bind(staff.id.0.to_string()).bind(staff.version);
                }
                query.bind(organisation.as_str()).execute(connection).await?.rows_affected()
            });
            expect_all(advanced, known.len())?;
        }
        Ok(())
    }

    /// Adds valid records, each of the person whom it names.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_records(
        &mut self,
        organisation: &OrganisationCode,
        records: &[(Id, StoredRecord)],
        import: Option<Id>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for records in records.chunks(ROWS) {
            let text = self.0.statement(
                "INSERT INTO records (id, organisation, staff, kind, subject, content, content_hash, status,
                                      created_at, changed_at, import) VALUES",
                "(?, $1, ?, ?, ?, ?, ?, 0, $2, $2, $3)",
                "",
                records.len(),
            );
            sql!(&mut self.0, connection => {
                let mut query = sqlx::query(AssertSqlSafe(text));
                for (staff, record) in records {
                    query = query
                        .bind(record.id.0.to_string())
                        .bind(staff.0.to_string())
                        .bind(&record.kind)
                        .bind(&record.subject)
                        .bind(&record.content)
                        .bind(&record.content_hash);
                }
                let import = import.map(|id| id.0.to_string());
                query.bind(organisation.as_str()).bind(now.0).bind(import).execute(connection).await?;
            });
        }
        Ok(())
    }

    /// Notes that records were compared with their source again: only their provenance changes.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn refresh_records(
        &mut self,
        organisation: &OrganisationCode,
        records: &[(Id, String)],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for records in records.chunks(ROWS) {
            let text = self.0.statement(
                "UPDATE records SET content = fresh.column2, changed_at = $2 FROM (VALUES",
                "(?, ?)",
                ") AS fresh WHERE organisation = $1 AND id = fresh.column1",
                records.len(),
            );
            let refreshed = sql!(&mut self.0, connection => {
                let mut query = sqlx::query(AssertSqlSafe(text));
                for (id, content) in records {
                    query = query.bind(id.0.to_string()).bind(content);
                }
                query.bind(organisation.as_str()).bind(now.0).execute(connection).await?.rows_affected()
            });
            expect_all(refreshed, records.len())?;
        }
        Ok(())
    }

    /// Moves a record from one status to another.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it is not in the status `from`.
    pub async fn change_record(
        &mut self,
        organisation: &OrganisationCode,
        record: Id,
        change: &Change<'_>,
    ) -> Result<(), StoreError> {
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query(
                "UPDATE records SET status = $4, reason = $5, superseded_by = $6, changed_at = $7
                 WHERE organisation = $1 AND id = $2 AND status = $3",
            )
            .bind(organisation.as_str())
            .bind(record.0.to_string())
            .bind(i64::from(change.from.bits()))
            .bind(i64::from(change.to.bits()))
            .bind(change.reason)
            .bind(change.superseded_by.map(|id| id.0.to_string()))
            .bind(change.at.0)
            .execute(connection)
            .await?
            .rows_affected()
        }))
    }
}

/// A change of status: of a record, a credential or a pass.
#[derive(Debug, Clone, Copy)]
pub struct Change<'r> {
    /// The status that is expected.
    pub from: Status,
    /// The status to come.
    pub to: Status,
    /// Id in the list `status-reason`.
    pub reason: &'r str,
    /// What has taken its place.
    pub superseded_by: Option<Id>,
    /// When.
    pub at: Timestamp,
}
