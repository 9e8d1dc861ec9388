//! What a change of name takes away, and what it hands over to the person's new id.
//!
//! Rows go; only status entries stay, and entries of audit trail and outbox, whose ids lead nowhere then.

use std::collections::HashMap;

use passport_schema::id::{Id, OrganisationCode};
use passport_schema::status::{Place, Status};
use passport_schema::time::Timestamp;

use super::credentials::{place, read_ids};
use super::staff::{Staff, id, status};
use super::{StoreError, Tx, WriteTx, expect_one, sql};

/// A block of a status list, and what is published in it.
#[derive(Debug, Clone)]
pub struct Block {
    /// Where it lies.
    pub place: Place,
    /// The status of the credential or pass, then of its records in order.
    pub statuses: Vec<Status>,
}

impl Tx {
    /// Every block of what a person was ever given and has not run out.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn blocks_of(&mut self, staff: Id, now: Timestamp) -> Result<Vec<Block>, StoreError> {
        let issued: Vec<(i64, i64, i64, String)> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT list, block, status, records FROM credentials
                 WHERE staff = $1 AND expires_at >= $2 ORDER BY list, block",
            )
            .bind(staff.0.to_string())
            .bind(now.0)
            .fetch_all(connection)
            .await?
        });
        let records: Vec<(String, i64)> = sql!(self, connection => {
            sqlx::query_as("SELECT id, status FROM records WHERE staff = $1")
                .bind(staff.0.to_string())
                .fetch_all(connection)
                .await?
        });
        let mut of_record = HashMap::with_capacity(records.len());
        for (text, bits) in records {
            of_record.insert(id(&text)?, status(bits)?);
        }
        let block = |(list, block, whole, records): (i64, i64, i64, String)| {
            let mut statuses = vec![status(whole)?];
            for id in read_ids(&records)? {
                statuses.push(*of_record.get(&id).ok_or(StoreError::Corrupt("records of a credential"))?);
            }
            Ok(Block { place: place(list, block)?, statuses })
        };
        issued.into_iter().map(block).collect()
    }

    /// The idempotency keys under which answers about somebody are kept.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn answers_about(
        &mut self,
        organisation: &OrganisationCode,
        staff: Id,
    ) -> Result<Vec<String>, StoreError> {
        let rows: Vec<(String,)> = sql!(self, connection => {
            sqlx::query_as("SELECT key FROM idempotency_keys WHERE organisation = $1 AND answer LIKE $2")
                .bind(organisation.as_str())
                .bind(format!("%{}%", staff.0))
                .fetch_all(connection)
                .await?
        });
        Ok(rows.into_iter().map(|(key,)| key).collect())
    }
}

impl WriteTx {
    /// Takes a person's reference off them, so that it is free for their new id.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if they have changed since they were read.
    pub async fn free_reference(
        &mut self,
        organisation: &OrganisationCode,
        staff: &Staff,
        aside: Id,
    ) -> Result<(), StoreError> {
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query(
                "UPDATE staff SET reference = $4, version = version + 1
                 WHERE organisation = $1 AND id = $2 AND version = $3",
            )
            .bind(organisation.as_str())
            .bind(staff.id.0.to_string())
            .bind(staff.version)
            .bind(aside.0.to_string())
            .execute(connection)
            .await?
            .rows_affected()
        }))
    }

    /// Hands a record over to somebody under another id, with its content and status. The old one goes with
    /// [`WriteTx::forget_staff`].
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if there is no such record.
    pub async fn hand_over(
        &mut self,
        organisation: &OrganisationCode,
        record: Id,
        new: Id,
        to: Id,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query(
                "INSERT INTO records (id, organisation, staff, kind, subject, content, content_hash, status, reason,
                                      created_at, changed_at, import)
                 SELECT $3, organisation, $4, kind, subject, content, content_hash, status, reason, $5, $5, import
                 FROM records WHERE organisation = $1 AND id = $2",
            )
            .bind(organisation.as_str())
            .bind(record.0.to_string())
            .bind(new.0.to_string())
            .bind(to.0.to_string())
            .bind(now.0)
            .execute(connection)
            .await?
            .rows_affected()
        }))
    }

    /// Forgets every credential and pass that a person was given.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn forget_issued(&mut self, staff: Id) -> Result<(), StoreError> {
        sql!(&mut self.0, connection => {
            sqlx::query("DELETE FROM credentials WHERE staff = $1").bind(staff.0.to_string()).execute(connection).await?;
        });
        Ok(())
    }

    /// Forgets a person with all of their records, and answers about them. Their further assignments are those
    /// of `new`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn forget_staff(
        &mut self,
        organisation: &OrganisationCode,
        staff: &Staff,
        new: Id,
        answers: &[String],
    ) -> Result<(), StoreError> {
        for sentence in [
            "UPDATE staff_assignments SET staff = $2 WHERE staff = $1",
            // A version that nobody has: the same file is read again.
            "UPDATE import_marks SET staff = $2, version = 0 WHERE staff = $1",
        ] {
            sql!(&mut self.0, connection => {
                sqlx::query(sentence)
                    .bind(staff.id.0.to_string())
                    .bind(new.0.to_string())
                    .execute(connection)
                    .await?;
            });
        }
        // Rows that were ambiguous name the ids of whom they could be about.
        sql!(&mut self.0, connection => {
            sqlx::query(
                "DELETE FROM import_results
                 WHERE person = $2 AND import IN (SELECT id FROM imports WHERE organisation = $1)",
            )
            .bind(organisation.as_str())
            .bind(&staff.reference)
            .execute(connection)
            .await?;
        });
        for sentence in [
            "DELETE FROM records WHERE staff = $1",
            "UPDATE told SET staff = NULL WHERE staff = $1",
            "DELETE FROM staff WHERE id = $1",
        ] {
            sql!(&mut self.0, connection => {
                sqlx::query(sentence).bind(staff.id.0.to_string()).execute(connection).await?;
            });
        }
        for key in answers {
            sql!(&mut self.0, connection => {
                sqlx::query("DELETE FROM idempotency_keys WHERE organisation = $1 AND key = $2")
                    .bind(organisation.as_str())
                    .bind(key)
                    .execute(connection)
                    .await?;
            });
        }
        Ok(())
    }
}
