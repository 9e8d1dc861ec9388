//! Staff and their records.

use passport_schema::id::{Id, OrganisationCode};
use passport_schema::status::Status;
use passport_schema::time::Timestamp;

use super::{StoreError, Tx, WriteTx, expect_one, sql};

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

    /// A person's records that were not superseded, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn records_of(&mut self, staff: Id) -> Result<Vec<StoredRecord>, StoreError> {
        let rows: Vec<RecordRow> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT id, kind, subject, content, content_hash, status FROM records
                 WHERE staff = $1 AND status <> 3 ORDER BY created_at, id",
            )
            .bind(staff.0.to_string())
            .fetch_all(connection)
            .await?
        });
        rows.into_iter().map(record).collect()
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
    /// Adds a person, or counts their version up from the one that was read.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if somebody else has added or changed them since.
    pub async fn keep_staff(
        &mut self,
        organisation: &OrganisationCode,
        staff: &Staff,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if staff.version > 0 {
            return self.advance_staff(organisation, staff).await;
        }
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query(
                "INSERT INTO staff (id, organisation, reference, version, created_at) VALUES ($1, $2, $3, 1, $4)
                 ON CONFLICT (organisation, reference) DO NOTHING",
            )
            .bind(staff.id.0.to_string())
            .bind(organisation.as_str())
            .bind(&staff.reference)
            .bind(now.0)
            .execute(connection)
            .await?
            .rows_affected()
        }))
    }

    /// Counts a person's version up from the one that was read.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it has gone up since.
    pub async fn advance_staff(&mut self, organisation: &OrganisationCode, staff: &Staff) -> Result<(), StoreError> {
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query("UPDATE staff SET version = version + 1 WHERE organisation = $1 AND id = $2 AND version = $3")
                .bind(organisation.as_str())
                .bind(staff.id.0.to_string())
                .bind(staff.version)
                .execute(connection)
                .await?
                .rows_affected()
        }))
    }

    /// Adds a valid record.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_record(
        &mut self,
        organisation: &OrganisationCode,
        staff: Id,
        record: &StoredRecord,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        sql!(&mut self.0, connection => {
            sqlx::query(
                "INSERT INTO records (id, organisation, staff, kind, subject, content, content_hash, status, created_at, changed_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $8)",
            )
            .bind(record.id.0.to_string())
            .bind(organisation.as_str())
            .bind(staff.0.to_string())
            .bind(&record.kind)
            .bind(&record.subject)
            .bind(&record.content)
            .bind(&record.content_hash)
            .bind(now.0)
            .execute(connection)
            .await?;
        });
        Ok(())
    }

    /// Notes that a record was compared with its source again: only its provenance changes.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn refresh_record(
        &mut self,
        organisation: &OrganisationCode,
        record: Id,
        content: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query("UPDATE records SET content = $3, changed_at = $4 WHERE organisation = $1 AND id = $2")
                .bind(organisation.as_str())
                .bind(record.0.to_string())
                .bind(content)
                .bind(now.0)
                .execute(connection)
                .await?
                .rows_affected()
        }))
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
