//! Webhooks: where an organisation wants its events.

use passport_schema::id::{Id, OrganisationCode};
use passport_schema::time::Timestamp;

use super::rows::row;
use super::staff::id;
use super::{StoreError, Tx, WriteTx, expect_one, sql};
use crate::event::Filter;

/// Where a webhook stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Events are delivered to it.
    Active,
    /// It failed for too long, or said that it is gone; events wait.
    Disabled,
}

impl State {
    /// The word in the API and in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }
}

/// A webhook.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// Its id.
    pub id: Id,
    /// Whose it is.
    pub organisation: OrganisationCode,
    /// Where events go.
    pub url: String,
    /// Which events.
    pub filter: Filter,
    /// The secret that signs, sealed.
    pub secret: Vec<u8>,
    /// The secret before it, sealed, and until when it signs as well.
    pub old_secret: Option<(Vec<u8>, Timestamp)>,
    /// Where it stands.
    pub state: State,
    /// The last event for which deliveries were written.
    pub reached: i64,
    /// Failures in a row.
    pub failures: i64,
    /// Since when.
    pub failing_since: Option<Timestamp>,
    /// Nothing is sent before.
    pub not_before: Timestamp,
    /// Since when it is there.
    pub created: Timestamp,
}

row! {
    Row {
        id: String,
        organisation: String,
        url: String,
        types: String,
        secret: Vec<u8>,
        old_secret: Option<Vec<u8>>,
        old_until: i64,
        state: String,
        reached: i64,
        failures: i64,
        failing_since: Option<i64>,
        not_before: i64,
        created_at: i64,
    }
}

impl Row {
    fn read(self) -> Result<Webhook, StoreError> {
        let types = self.types.split(' ').filter(|it| !it.is_empty()).map(str::to_owned).collect();
        Ok(Webhook {
            id: id(&self.id)?,
            organisation: OrganisationCode::parse(&self.organisation)
                .ok_or(StoreError::Corrupt("organisation code"))?,
            url: self.url,
            filter: Filter::parse(types).ok_or(StoreError::Corrupt("types of a webhook"))?,
            secret: self.secret,
            old_secret: self.old_secret.map(|secret| (secret, Timestamp(self.old_until))),
            state: if self.state == State::Active.name() { State::Active } else { State::Disabled },
            reached: self.reached,
            failures: self.failures,
            failing_since: self.failing_since.map(Timestamp),
            not_before: Timestamp(self.not_before),
            created: Timestamp(self.created_at),
        })
    }
}

impl Tx {
    /// An organisation's webhook.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn webhook(
        &mut self,
        organisation: &OrganisationCode,
        wanted: Id,
    ) -> Result<Option<Webhook>, StoreError> {
        let row: Option<Row> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT id, organisation, url, types, secret, old_secret, old_until, state, reached, failures,
                        failing_since, not_before, created_at
                 FROM webhooks WHERE organisation = $1 AND id = $2",
            )
            .bind(organisation.as_str())
            .bind(wanted.0.to_string())
            .fetch_optional(connection)
            .await?
        });
        row.map(Row::read).transpose()
    }

    /// An organisation's webhooks, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn webhooks(&mut self, organisation: &OrganisationCode) -> Result<Vec<Webhook>, StoreError> {
        let rows: Vec<Row> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT id, organisation, url, types, secret, old_secret, old_until, state, reached, failures,
                        failing_since, not_before, created_at
                 FROM webhooks WHERE organisation = $1 ORDER BY id",
            )
            .bind(organisation.as_str())
            .fetch_all(connection)
            .await?
        });
        rows.into_iter().map(Row::read).collect()
    }

    /// Active webhooks that have not reached the last event of their organisation.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn webhooks_behind(&mut self) -> Result<Vec<Webhook>, StoreError> {
        let rows: Vec<Row> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT w.id, w.organisation, url, types, secret, old_secret, old_until, state, reached, failures,
                        failing_since, not_before, created_at
                 FROM webhooks w JOIN event_numbers n ON n.organisation = w.organisation
                 WHERE w.state = 'active' AND w.reached < n.last ORDER BY w.id",
            )
            .fetch_all(connection)
            .await?
        });
        rows.into_iter().map(Row::read).collect()
    }

    /// Active webhooks to which something may be sent now, those first that have waited longest.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn webhooks_due(&mut self, now: Timestamp) -> Result<Vec<Webhook>, StoreError> {
        let rows: Vec<Row> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT id, organisation, url, types, secret, old_secret, old_until, state, reached, failures,
                        failing_since, not_before, created_at
                 FROM webhooks w
                 WHERE state = 'active' AND not_before <= $1
                   AND EXISTS (SELECT 1 FROM deliveries d WHERE d.webhook = w.id AND d.state = 'waiting'
                               AND d.due_at <= $1 AND d.leased_until < $1)
                 ORDER BY not_before, id",
            )
            .bind(now.0)
            .fetch_all(connection)
            .await?
        });
        rows.into_iter().map(Row::read).collect()
    }
}

impl WriteTx {
    /// Adds a webhook.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_webhook(&mut self, new: &Webhook) -> Result<(), StoreError> {
        sql!(&mut self.0, connection => {
            sqlx::query(
                "INSERT INTO webhooks (id, organisation, url, types, secret, old_secret, old_until, state, reached,
                                       failures, failing_since, not_before, created_at)
                 VALUES ($1, $2, $3, $4, $5, NULL, 0, $6, $7, 0, NULL, $8, $8)",
            )
            .bind(new.id.0.to_string())
            .bind(new.organisation.as_str())
            .bind(&new.url)
            .bind(new.filter.types().join(" "))
            .bind(&new.secret)
            .bind(new.state.name())
            .bind(new.reached)
            .bind(new.created.0)
            .execute(connection)
            .await?;
        });
        Ok(())
    }

    /// Removes a webhook with all that was to be delivered to it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the organisation has none of that id.
    pub async fn remove_webhook(&mut self, organisation: &OrganisationCode, webhook: Id) -> Result<(), StoreError> {
        self.hold_webhook(organisation, webhook).await?;
        sql!(&mut self.0, connection => {
            sqlx::query("DELETE FROM deliveries WHERE webhook = $1")
                .bind(webhook.0.to_string())
                .execute(connection)
                .await?;
        });
        sql!(&mut self.0, connection => {
            sqlx::query("DELETE FROM webhooks WHERE id = $1").bind(webhook.0.to_string()).execute(connection).await?;
        });
        Ok(())
    }

    /// Holds a webhook until the transaction ends.
    async fn hold_webhook(&mut self, organisation: &OrganisationCode, webhook: Id) -> Result<(), StoreError> {
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query("UPDATE webhooks SET reached = reached WHERE organisation = $1 AND id = $2")
                .bind(organisation.as_str())
                .bind(webhook.0.to_string())
                .execute(connection)
                .await?
                .rows_affected()
        }))
    }

    /// Puts another secret in the place of a webhook's; the one before signs as well until `until`.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the organisation has none of that id.
    pub async fn rotate_secret(
        &mut self,
        organisation: &OrganisationCode,
        webhook: Id,
        secret: &[u8],
        until: Timestamp,
    ) -> Result<(), StoreError> {
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query(
                "UPDATE webhooks SET old_secret = secret, old_until = $4, secret = $3 WHERE organisation = $1 AND id = $2",
            )
            .bind(organisation.as_str())
            .bind(webhook.0.to_string())
            .bind(secret)
            .bind(until.0)
            .execute(connection)
            .await?
            .rows_affected()
        }))
    }

    /// Begins again after a number: everything later is delivered once more.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the organisation has none of that id.
    pub async fn rewind_webhook(
        &mut self,
        organisation: &OrganisationCode,
        webhook: Id,
        after: i64,
    ) -> Result<(), StoreError> {
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query(
                "UPDATE webhooks SET reached = CASE WHEN reached < $3 THEN reached ELSE $3 END
                 WHERE organisation = $1 AND id = $2",
            )
            .bind(organisation.as_str())
            .bind(webhook.0.to_string())
            .bind(after)
            .execute(connection)
            .await?
            .rows_affected()
        }))
    }

    /// Takes a webhook into use again; all that waits is due now.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the organisation has none of that id that is disabled.
    pub async fn enable_webhook(
        &mut self,
        organisation: &OrganisationCode,
        webhook: Id,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query(
                "UPDATE webhooks SET state = 'active', failures = 0, failing_since = NULL, not_before = $3
                 WHERE organisation = $1 AND id = $2 AND state = 'disabled'",
            )
            .bind(organisation.as_str())
            .bind(webhook.0.to_string())
            .bind(now.0)
            .execute(connection)
            .await?
            .rows_affected()
        }))?;
        self.hasten(webhook, now).await
    }

    /// Notes how a webhook does.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn note_webhook(
        &mut self,
        webhook: Id,
        state: State,
        failures: i64,
        failing_since: Option<Timestamp>,
        not_before: Timestamp,
    ) -> Result<(), StoreError> {
        sql!(&mut self.0, connection => {
            sqlx::query(
                "UPDATE webhooks SET state = $2, failures = $3, failing_since = $4, not_before = $5
                 WHERE id = $1 AND state = 'active'",
            )
            .bind(webhook.0.to_string())
            .bind(state.name())
            .bind(failures)
            .bind(failing_since.map(|at| at.0))
            .bind(not_before.0)
            .execute(connection)
            .await?;
        });
        Ok(())
    }
}
