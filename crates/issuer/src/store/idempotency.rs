//! Answers that were given, by the caller's idempotency key: a repeat gets the first answer.
//!
//! Whoever claims a key first holds a lease on it while at work. The answer is written in the same
//! transaction as what it tells of, and only by the holder of the lease; when the process dies, the
//! lease runs out and a repeat takes over.

use passport_schema::id::OrganisationCode;
use passport_schema::time::Timestamp;

use super::{StoreError, Tx, WriteTx, expect_one, sql};

/// How long a claim holds without an answer, in seconds: far longer than any issue takes.
pub const LEASE: i64 = 10;

/// How long an answer is given again, in seconds: a week.
pub const MEMORY: i64 = 7 * 86_400;

/// A caller's key as it stands.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Hash of the request that it was first used with.
    pub request_hash: Vec<u8>,
    /// Who is at work on it.
    pub lease: String,
    /// Until when.
    pub leased_until: Timestamp,
    /// The answer, once it is given.
    pub answer: Option<String>,
}

impl Tx {
    /// How a caller's key stands.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn claim(
        &mut self,
        organisation: &OrganisationCode,
        key: &str,
        now: Timestamp,
    ) -> Result<Option<Claim>, StoreError> {
        let row: Option<(Vec<u8>, String, i64, Option<String>)> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT request_hash, lease, leased_until, answer FROM idempotency_keys
                 WHERE organisation = $1 AND key = $2 AND created_at >= $3",
            )
            .bind(organisation.as_str())
            .bind(key)
            .bind(now.0 - MEMORY)
            .fetch_optional(connection)
            .await?
        });
        Ok(row.map(|(request_hash, lease, until, answer)| Claim {
            request_hash,
            lease,
            leased_until: Timestamp(until),
            answer,
        }))
    }
}

impl WriteTx {
    /// Claims a key, or takes it over from a lease that ran out without an answer; false if neither.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn claim_key(
        &mut self,
        organisation: &OrganisationCode,
        key: &str,
        request_hash: &[u8],
        lease: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let claimed = sql!(&mut self.0, connection => {
            sqlx::query(
                "INSERT INTO idempotency_keys (organisation, key, request_hash, lease, leased_until, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6)
                 ON CONFLICT (organisation, key) DO UPDATE
                 SET lease = $4, leased_until = $5, request_hash = $3, answer = NULL, created_at = $6
                 WHERE idempotency_keys.created_at < $7
                    OR (idempotency_keys.answer IS NULL AND idempotency_keys.leased_until < $6
                        AND idempotency_keys.request_hash = $3)",
            )
            .bind(organisation.as_str())
            .bind(key)
            .bind(request_hash)
            .bind(lease)
            .bind(now.0 + LEASE)
            .bind(now.0)
            .bind(now.0 - MEMORY)
            .execute(connection)
            .await?
            .rows_affected()
        });
        Ok(claimed == 1)
    }

    /// Writes the answer.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the lease was lost.
    pub async fn answer_key(
        &mut self,
        organisation: &OrganisationCode,
        key: &str,
        lease: &str,
        answer: &str,
    ) -> Result<(), StoreError> {
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query(
                "UPDATE idempotency_keys SET answer = $4 WHERE organisation = $1 AND key = $2 AND lease = $3 AND answer IS NULL",
            )
            .bind(organisation.as_str())
            .bind(key)
            .bind(lease)
            .bind(answer)
            .execute(connection)
            .await?
            .rows_affected()
        }))
    }

    /// Lets go of a key whose request was refused, so that a mended one can use it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn release_key(
        &mut self,
        organisation: &OrganisationCode,
        key: &str,
        lease: &str,
    ) -> Result<(), StoreError> {
        sql!(&mut self.0, connection => {
            sqlx::query("DELETE FROM idempotency_keys WHERE organisation = $1 AND key = $2 AND lease = $3 AND answer IS NULL")
                .bind(organisation.as_str())
                .bind(key)
                .bind(lease)
                .execute(connection)
                .await?;
        });
        Ok(())
    }
}
