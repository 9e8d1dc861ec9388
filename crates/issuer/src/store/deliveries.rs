//! What is still to be delivered to webhooks, and what was given up.

use passport_schema::id::Id;
use passport_schema::time::Timestamp;

use super::webhooks::Webhook;
use super::{StoreError, Tx, WriteTx, expect_one, sql};
use crate::event::Event;

/// How long a delivery is held without a result, in seconds: far longer than a receiver may take.
pub const LEASE: i64 = 30;

/// A delivery that somebody holds.
#[derive(Debug, Clone)]
pub struct Held {
    /// The number of its event.
    pub sequence: i64,
    /// How often it was tried before.
    pub attempts: i64,
}

/// A delivery that was given up.
#[derive(Debug, Clone)]
pub struct DeadLetter {
    /// The number of its event.
    pub sequence: i64,
    /// How often it was tried.
    pub attempts: i64,
    /// What went wrong the last time.
    pub failure: String,
}

/// What became of a try.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// It was taken.
    Delivered,
    /// It was not, and is tried again then.
    Again(Timestamp, String),
    /// It was not, and is given up.
    GivenUp(String),
}

impl Tx {
    /// How many deliveries of a webhook wait, and how many were given up.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn deliveries(&mut self, webhook: Id) -> Result<(i64, i64), StoreError> {
        let rows: Vec<(String, i64)> = sql!(self, connection => {
            sqlx::query_as("SELECT state, COUNT(*) FROM deliveries WHERE webhook = $1 GROUP BY state")
                .bind(webhook.0.to_string())
                .fetch_all(connection)
                .await?
        });
        let of = |wanted: &str| rows.iter().find(|(state, _)| state == wanted).map_or(0, |(_, count)| *count);
        Ok((of("waiting"), of("dead")))
    }

    /// Deliveries that were given up, after a number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn dead_letters(&mut self, webhook: Id, after: i64, limit: i64) -> Result<Vec<DeadLetter>, StoreError> {
        let rows: Vec<(i64, i64, Option<String>)> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT sequence, attempts, failure FROM deliveries
                 WHERE webhook = $1 AND state = 'dead' AND sequence > $2 ORDER BY sequence LIMIT $3",
            )
            .bind(webhook.0.to_string())
            .bind(after)
            .bind(limit)
            .fetch_all(connection)
            .await?
        });
        let read = |(sequence, attempts, failure): (i64, i64, Option<String>)| DeadLetter {
            sequence,
            attempts,
            failure: failure.unwrap_or_default(),
        };
        Ok(rows.into_iter().map(read).collect())
    }
}

impl WriteTx {
    /// Makes all that waits due now.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn hasten(&mut self, webhook: Id, now: Timestamp) -> Result<(), StoreError> {
        sql!(&mut self.0, connection => {
            sqlx::query("UPDATE deliveries SET due_at = $2 WHERE webhook = $1 AND state = 'waiting' AND due_at > $2")
                .bind(webhook.0.to_string())
                .bind(now.0)
                .execute(connection)
                .await?;
        });
        Ok(())
    }

    /// Tries all that was given up again; how much it was.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn revive_deliveries(&mut self, webhook: Id, now: Timestamp) -> Result<u64, StoreError> {
        Ok(sql!(&mut self.0, connection => {
            sqlx::query(
                "UPDATE deliveries SET state = 'waiting', attempts = 0, due_at = $2 WHERE webhook = $1 AND state = 'dead'",
            )
            .bind(webhook.0.to_string())
            .bind(now.0)
            .execute(connection)
            .await?
            .rows_affected()
        }))
    }

    /// Writes the deliveries of the events after `webhook.reached`, up to `reached`.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if somebody else was quicker, or the webhook is gone.
    pub async fn add_deliveries(
        &mut self,
        webhook: &Webhook,
        wanted: &[&Event],
        reached: i64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query("UPDATE webhooks SET reached = $3 WHERE id = $1 AND reached = $2 AND state = 'active'")
                .bind(webhook.id.0.to_string())
                .bind(webhook.reached)
                .bind(reached)
                .execute(connection)
                .await?
                .rows_affected()
        }))?;
        for event in wanted {
            sql!(&mut self.0, connection => {
                sqlx::query(
                    "INSERT INTO deliveries (webhook, sequence, ordered_by, state, attempts, due_at, leased_until)
                     VALUES ($1, $2, $3, 'waiting', 0, $4, 0)
                     ON CONFLICT (webhook, sequence) DO UPDATE SET state = 'waiting', attempts = 0, due_at = $4
                     WHERE deliveries.state = 'dead'",
                )
                .bind(webhook.id.0.to_string())
                .bind(event.sequence)
                .bind(event.ordered_by())
                .bind(now.0)
                .execute(connection)
                .await?;
            });
        }
        Ok(())
    }

    /// Takes deliveries of a webhook that are due, for as long as the lease holds: of those that must be told
    /// in order only the first. `token` is fresh.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn claim_deliveries(
        &mut self,
        webhook: Id,
        token: &str,
        limit: i64,
        now: Timestamp,
    ) -> Result<Vec<Held>, StoreError> {
        let rows: Vec<(i64, i64)> = sql!(&mut self.0, connection => {
            sqlx::query_as(
                "UPDATE deliveries SET lease = $2, leased_until = $4
                 WHERE webhook = $1 AND state = 'waiting' AND leased_until < $3 AND sequence IN (
                     SELECT d.sequence FROM deliveries d
                     WHERE d.webhook = $1 AND d.state = 'waiting' AND d.due_at <= $3 AND d.leased_until < $3
                       AND NOT EXISTS (SELECT 1 FROM deliveries e
                                       WHERE e.webhook = $1 AND e.ordered_by = d.ordered_by
                                         AND e.sequence < d.sequence AND e.state = 'waiting')
                     ORDER BY d.due_at, d.sequence LIMIT $5)
                 RETURNING sequence, attempts",
            )
            .bind(webhook.0.to_string())
            .bind(token)
            .bind(now.0)
            .bind(now.0 + LEASE)
            .bind(limit)
            .fetch_all(connection)
            .await?
        });
        Ok(rows.into_iter().map(|(sequence, attempts)| Held { sequence, attempts }).collect())
    }

    /// Notes what became of a delivery; nothing if its lease was lost, because then somebody else does.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn settle_delivery(
        &mut self,
        webhook: Id,
        token: &str,
        sequence: i64,
        outcome: &Outcome,
    ) -> Result<(), StoreError> {
        let (state, due, failure) = match outcome {
            Outcome::Delivered => {
                sql!(&mut self.0, connection => {
                    sqlx::query("DELETE FROM deliveries WHERE webhook = $1 AND sequence = $2 AND lease = $3")
                        .bind(webhook.0.to_string())
                        .bind(sequence)
                        .bind(token)
                        .execute(connection)
                        .await?;
                });
                return Ok(());
            }
            Outcome::Again(due, failure) => ("waiting", *due, failure),
            Outcome::GivenUp(failure) => ("dead", Timestamp(0), failure),
        };
        sql!(&mut self.0, connection => {
            sqlx::query(
                "UPDATE deliveries SET state = $4, attempts = attempts + 1, due_at = $5, failure = $6, lease = NULL,
                        leased_until = 0
                 WHERE webhook = $1 AND sequence = $2 AND lease = $3",
            )
            .bind(webhook.0.to_string())
            .bind(sequence)
            .bind(token)
            .bind(state)
            .bind(due.0)
            .bind(failure)
            .execute(connection)
            .await?;
        });
        Ok(())
    }
}
