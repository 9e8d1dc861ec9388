//! Events as they lie in the outbox: numbering them, and reading them in their order.

use passport_schema::id::{Id, OrganisationCode};
use passport_schema::time::Timestamp;

use super::{StoreError, Tx, WriteTx, sql};
use crate::event::{Event, Unnumbered};

type EventRow = (String, i64, i64, String, String, Option<String>);

fn read((id, sequence, at, action, subject, person): EventRow) -> Result<Event, StoreError> {
    let person = person.map(|text| Id::parse_bare(&text).ok_or(StoreError::Corrupt("person of an event")));
    Ok(Event { id, sequence, at: Timestamp(at), action, subject, person: person.transpose()? })
}

impl Tx {
    /// Whether there are events without a number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn has_unnumbered(&mut self, organisation: &OrganisationCode) -> Result<bool, StoreError> {
        let row: Option<(String,)> = sql!(self, connection => {
            sqlx::query_as("SELECT id FROM outbox WHERE organisation = $1 AND sequence IS NULL LIMIT 1")
                .bind(organisation.as_str())
                .fetch_optional(connection)
                .await?
        });
        Ok(row.is_some())
    }

    /// The organisations that have events without a number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn with_unnumbered(&mut self) -> Result<Vec<OrganisationCode>, StoreError> {
        let rows: Vec<(String,)> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT code FROM organisations
                 WHERE EXISTS (SELECT 1 FROM outbox WHERE organisation = code AND sequence IS NULL)",
            )
            .fetch_all(connection)
            .await?
        });
        let read = |(code,): (String,)| OrganisationCode::parse(&code).ok_or(StoreError::Corrupt("organisation code"));
        rows.into_iter().map(read).collect()
    }

    /// The oldest events without a number, at least so many if there are; and of whoever is among them, all
    /// that was before, whatever the clock said.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn unnumbered(
        &mut self,
        organisation: &OrganisationCode,
        limit: i64,
    ) -> Result<Vec<Unnumbered>, StoreError> {
        let bound: Option<(String,)> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT id FROM outbox WHERE organisation = $1 AND sequence IS NULL ORDER BY id LIMIT 1 OFFSET $2",
            )
            .bind(organisation.as_str())
            .bind(limit)
            .fetch_optional(connection)
            .await?
        });
        // Ids are hexadecimal, so that `g` comes after all of them.
        let bound = bound.map_or_else(|| "g".to_owned(), |(id,)| id);
        let rows: Vec<(String, Option<String>, i64)> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT id, person, version FROM outbox o WHERE organisation = $1 AND sequence IS NULL
                 AND (id < $2 OR EXISTS (SELECT 1 FROM outbox b WHERE b.sequence IS NULL AND b.person = o.person
                                         AND b.version > o.version AND b.id < $2))",
            )
            .bind(organisation.as_str())
            .bind(bound)
            .fetch_all(connection)
            .await?
        });
        Ok(rows.into_iter().map(|(id, person, version)| Unnumbered { id, person, version }).collect())
    }

    /// An organisation's events after a number, in their order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn events(
        &mut self,
        organisation: &OrganisationCode,
        after: i64,
        limit: i64,
    ) -> Result<Vec<Event>, StoreError> {
        let rows: Vec<EventRow> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT id, sequence, at, type, subject, person FROM outbox
                 WHERE organisation = $1 AND sequence > $2 ORDER BY sequence LIMIT $3",
            )
            .bind(organisation.as_str())
            .bind(after)
            .bind(limit)
            .fetch_all(connection)
            .await?
        });
        rows.into_iter().map(read).collect()
    }

    /// One event.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn event(&mut self, organisation: &OrganisationCode, sequence: i64) -> Result<Option<Event>, StoreError> {
        Ok(self.events(organisation, sequence - 1, 1).await?.into_iter().find(|it| it.sequence == sequence))
    }

    /// The last number that was given out.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn last_event(&mut self, organisation: &OrganisationCode) -> Result<i64, StoreError> {
        let row: Option<(i64,)> = sql!(self, connection => {
            sqlx::query_as("SELECT last FROM event_numbers WHERE organisation = $1")
                .bind(organisation.as_str())
                .fetch_optional(connection)
                .await?
        });
        Ok(row.map_or(0, |(last,)| last))
    }
}

impl WriteTx {
    /// Holds an organisation's numbers until the transaction ends; the last that was given out.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn hold_event_numbers(&mut self, organisation: &OrganisationCode) -> Result<i64, StoreError> {
        let (last,): (i64,) = sql!(&mut self.0, connection => {
            sqlx::query_as(
                "INSERT INTO event_numbers (organisation, last) VALUES ($1, 0)
                 ON CONFLICT (organisation) DO UPDATE SET last = event_numbers.last RETURNING last",
            )
            .bind(organisation.as_str())
            .fetch_one(connection)
            .await?
        });
        Ok(last)
    }

    /// Gives these events the numbers after `last`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn number_events(
        &mut self,
        organisation: &OrganisationCode,
        last: i64,
        events: &[Unnumbered],
    ) -> Result<(), StoreError> {
        let mut next = last;
        for event in events {
            next += 1;
            sql!(&mut self.0, connection => {
                sqlx::query("UPDATE outbox SET sequence = $2 WHERE id = $1")
                    .bind(&event.id)
                    .bind(next)
                    .execute(connection)
                    .await?;
            });
        }
        sql!(&mut self.0, connection => {
            sqlx::query("UPDATE event_numbers SET last = $2 WHERE organisation = $1")
                .bind(organisation.as_str())
                .bind(next)
                .execute(connection)
                .await?;
        });
        Ok(())
    }
}
