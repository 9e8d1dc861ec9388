//! Withdrawals of many at once: what was previewed, item by item, and what became of each.

use passport_schema::id::{Id, KeyId, OrganisationCode};
use passport_schema::time::Timestamp;

use super::rows::ROWS;
use super::staff::id;
use super::{StoreError, Tx, WriteTx, expect_one, sql};

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemForm {
    /// A record, wherever it was signed.
    Record,
    /// A credential as a whole.
    Credential,
    /// A pass as a whole.
    Pass,
}

impl ItemForm {
    /// The word in the API and in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Credential => "credential",
            Self::Pass => "pass",
        }
    }

    fn parse(name: &str) -> Result<Self, StoreError> {
        let all = [Self::Record, Self::Credential, Self::Pass];
        all.into_iter().find(|form| form.name() == name).ok_or(StoreError::Corrupt("item of a withdrawal"))
    }
}

/// Something that a query found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub form: ItemForm,
    /// Its id.
    pub id: Id,
    /// Whose it is.
    pub staff: Id,
}

/// What became of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It was withdrawn by this.
    Withdrawn,
    /// Somebody had withdrawn it since the preview.
    WithdrawnBefore,
    /// Something newer had taken its place.
    Superseded,
    /// It is not there any more under this id.
    Gone,
}

impl Fate {
    /// The word in the API and in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Withdrawn => "withdrawn",
            Self::WithdrawnBefore => "withdrawn-before",
            Self::Superseded => "superseded",
            Self::Gone => "gone",
        }
    }
}

/// How many came to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// [`Fate::Withdrawn`].
    pub withdrawn: i64,
    /// [`Fate::WithdrawnBefore`].
    pub withdrawn_before: i64,
    /// [`Fate::Superseded`].
    pub superseded: i64,
    /// [`Fate::Gone`].
    pub gone: i64,
}

impl Counts {
    /// Counts one more.
    pub fn add(&mut self, fate: Fate) {
        *match fate {
            Fate::Withdrawn => &mut self.withdrawn,
            Fate::WithdrawnBefore => &mut self.withdrawn_before,
            Fate::Superseded => &mut self.superseded,
            Fate::Gone => &mut self.gone,
        } += 1;
    }
}

/// A withdrawal of many.
#[derive(Debug, Clone)]
pub struct Withdrawal {
    /// Its id, and its job's.
    pub id: Id,
    /// What was asked for, as JSON.
    pub query: String,
    /// Id in the list `status-reason`.
    pub reason: String,
    /// How many people the preview touches.
    pub people: i64,
    /// How many records.
    pub records: i64,
    /// How many credentials.
    pub credentials: i64,
    /// How many passes.
    pub passes: i64,
    /// What became of them so far.
    pub counts: Counts,
    /// What matched the query when all was done.
    pub still: Option<i64>,
    /// When it was previewed.
    pub created: Timestamp,
}

/// An item as it is shown: what it is about and whose it is, while that can be told.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its place among the items, from 1.
    pub position: i64,
    /// What was found.
    pub found: Found,
    /// What it is about: a record's subject, a credential's type, a pass's carrier.
    pub about: Option<String>,
    /// The organisation's reference for the person.
    pub reference: Option<String>,
    /// What became of it.
    pub fate: Option<String>,
}

type Row = (String, String, String, i64, i64, i64, i64, i64, i64, i64, i64, Option<i64>, i64);
type ItemRow = (i64, String, String, String, Option<String>, Option<String>, Option<String>);

fn read(row: Row) -> Result<Withdrawal, StoreError> {
    let (
        withdrawal,
        query,
        reason,
        people,
        records,
        credentials,
        passes,
        done,
        before,
        superseded,
        gone,
        still,
        created,
    ) = row;
    Ok(Withdrawal {
        id: id(&withdrawal)?,
        query,
        reason,
        people,
        records,
        credentials,
        passes,
        counts: Counts { withdrawn: done, withdrawn_before: before, superseded, gone },
        still,
        created: Timestamp(created),
    })
}

/// A record that may match a query.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Its id.
    pub id: Id,
    /// Whose it is.
    pub staff: Id,
    /// Its kind's name.
    pub kind: String,
    /// The record as JSON; empty when it was not asked for.
    pub content: String,
}

/// Which records are looked at.
#[derive(Debug, Clone, Copy)]
pub struct Sieve<'q> {
    /// Only this kind.
    pub kind: Option<&'q str>,
    /// Only what this import brought.
    pub import: Option<Id>,
    /// That came in at this instant or later.
    pub from: Timestamp,
    /// And at this instant or before.
    pub to: Timestamp,
    /// Whether their content is wanted.
    pub content: bool,
}

impl Tx {
    /// A withdrawal.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn withdrawal(
        &mut self,
        organisation: &OrganisationCode,
        wanted: Id,
    ) -> Result<Option<Withdrawal>, StoreError> {
        let row: Option<Row> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT id, query, reason, people, records, credentials, passes, withdrawn, withdrawn_before,
                        superseded, gone, still, created_at
                 FROM withdrawals WHERE organisation = $1 AND id = $2",
            )
            .bind(organisation.as_str())
            .bind(wanted.0.to_string())
            .fetch_optional(connection)
            .await?
        });
        row.map(read).transpose()
    }

    /// A page of an organisation's withdrawals, newest first, before `before`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn withdrawals(
        &mut self,
        organisation: &OrganisationCode,
        before: &str,
        limit: i64,
    ) -> Result<Vec<Withdrawal>, StoreError> {
        let rows: Vec<Row> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT id, query, reason, people, records, credentials, passes, withdrawn, withdrawn_before,
                        superseded, gone, still, created_at
                 FROM withdrawals WHERE organisation = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
            )
            .bind(organisation.as_str())
            .bind(before)
            .bind(limit)
            .fetch_all(connection)
            .await?
        });
        rows.into_iter().map(read).collect()
    }

    /// Items of a withdrawal after a position, in order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn withdrawal_items(&mut self, withdrawal: Id, after: i64, limit: i64) -> Result<Vec<Item>, StoreError> {
        let rows: Vec<ItemRow> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT i.position, i.form, i.item, i.staff, COALESCE(r.subject, c.family), s.reference, i.outcome
                 FROM withdrawal_items i
                 LEFT JOIN records r ON r.id = i.item
                 LEFT JOIN credentials c ON c.id = i.item
                 LEFT JOIN staff s ON s.id = i.staff
                 WHERE i.withdrawal = $1 AND i.position > $2 ORDER BY i.position LIMIT $3",
            )
            .bind(withdrawal.0.to_string())
            .bind(after)
            .bind(limit)
            .fetch_all(connection)
            .await?
        });
        let item = |(position, form, item, staff, about, reference, fate): ItemRow| {
            let found = Found { form: ItemForm::parse(&form)?, id: id(&item)?, staff: id(&staff)? };
            Ok(Item { position, found, about, reference, fate })
        };
        rows.into_iter().map(item).collect()
    }

    /// A page of an organisation's records that stand, in order of their ids.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn standing_records(
        &mut self,
        organisation: &OrganisationCode,
        sieve: Sieve<'_>,
        after: &str,
        limit: i64,
    ) -> Result<Vec<Candidate>, StoreError> {
        let rows: Vec<(String, String, String, String)> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT id, staff, kind, CASE WHEN $7 THEN content ELSE '' END FROM records
                 WHERE organisation = $1 AND id > $2 AND status IN (0, 2)
                   AND (kind = $3 OR $3 IS NULL) AND created_at >= $4 AND created_at <= $5
                   AND (import = $8 OR $8 IS NULL)
                 ORDER BY id LIMIT $6",
            )
            .bind(organisation.as_str())
            .bind(after)
            .bind(sieve.kind)
            .bind(sieve.from.0)
            .bind(sieve.to.0)
            .bind(limit)
            .bind(sieve.content)
            .bind(sieve.import.map(|id| id.0.to_string()))
            .fetch_all(connection)
            .await?
        });
        let candidate = |(record, staff, kind, content): (String, String, String, String)| {
            Ok(Candidate { id: id(&record)?, staff: id(&staff)?, kind, content })
        };
        rows.into_iter().map(candidate).collect()
    }

    /// One of an organisation's records, if it stands and a sieve lets it through.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn standing_record(
        &mut self,
        organisation: &OrganisationCode,
        sieve: Sieve<'_>,
        wanted: Id,
    ) -> Result<Option<Candidate>, StoreError> {
        let row: Option<(String, String, String)> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT staff, kind, content FROM records
                 WHERE organisation = $1 AND id = $2 AND status IN (0, 2)
                   AND (kind = $3 OR $3 IS NULL) AND created_at >= $4 AND created_at <= $5
                   AND (import = $6 OR $6 IS NULL)",
            )
            .bind(organisation.as_str())
            .bind(wanted.0.to_string())
            .bind(sieve.kind)
            .bind(sieve.from.0)
            .bind(sieve.to.0)
            .bind(sieve.import.map(|id| id.0.to_string()))
            .fetch_optional(connection)
            .await?
        });
        row.map(|(staff, kind, content)| Ok(Candidate { id: wanted, staff: id(&staff)?, kind, content })).transpose()
    }

    /// What a key signed within a time, stands, and has not run out.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn signed_by(
        &mut self,
        organisation: &OrganisationCode,
        key: KeyId,
        from: Timestamp,
        to: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<Found>, StoreError> {
        let rows: Vec<(String, String, String)> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT form, id, staff FROM credentials
                 WHERE organisation = $1 AND kid = $2 AND status IN (0, 2)
                   AND issued_at >= $3 AND issued_at <= $4 AND expires_at >= $5",
            )
            .bind(organisation.as_str())
            .bind(key.to_string())
            .bind(from.0)
            .bind(to.0)
            .bind(now.0)
            .fetch_all(connection)
            .await?
        });
        let found = |(form, item, staff): (String, String, String)| {
            Ok(Found { form: ItemForm::parse(&form)?, id: id(&item)?, staff: id(&staff)? })
        };
        rows.into_iter().map(found).collect()
    }
}

impl WriteTx {
    /// Adds a withdrawal with its items in order; forgets previews that nobody confirmed before `stale`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_withdrawal(
        &mut self,
        organisation: &OrganisationCode,
        new: &Withdrawal,
        items: &[Found],
        stale: Timestamp,
    ) -> Result<(), StoreError> {
        const STALE: &str = "organisation = $1 AND created_at < $2
            AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.id = withdrawals.id)";
        for sentence in [
            format!("DELETE FROM withdrawal_items WHERE withdrawal IN (SELECT id FROM withdrawals WHERE {STALE})"),
            format!("DELETE FROM withdrawals WHERE {STALE}"),
        ] {
            sql!(&mut self.0, connection => {
                sqlx::query(sqlx::AssertSqlSafe(sentence))
                    .bind(organisation.as_str())
                    .bind(stale.0)
                    .execute(connection)
                    .await?;
            });
        }
        sql!(&mut self.0, connection => {
            sqlx::query(
                "INSERT INTO withdrawals (id, organisation, query, reason, people, records, credentials, passes,
                                          withdrawn, withdrawn_before, superseded, gone, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 0, 0, $9)",
            )
            .bind(new.id.0.to_string())
            .bind(organisation.as_str())
            .bind(&new.query)
            .bind(&new.reason)
            .bind(new.people)
            .bind(new.records)
            .bind(new.credentials)
            .bind(new.passes)
            .bind(new.created.0)
            .execute(connection)
            .await?;
        });
        let mut position = 0_i64;
        for rows in items.chunks(ROWS) {
            self.add_items(new.id, position, rows).await?;
            position += i64::try_from(rows.len()).unwrap_or(i64::MAX);
        }
        Ok(())
    }

    async fn add_items(&mut self, withdrawal: Id, after: i64, rows: &[Found]) -> Result<(), StoreError> {
        let insert = self.0.statement(
            "INSERT INTO withdrawal_items (withdrawal, position, form, item, staff) VALUES",
            "($1, ?, ?, ?, ?)",
            "",
            rows.len(),
        );
        sql!(&mut self.0, connection => {
            let mut query = sqlx::query(sqlx::AssertSqlSafe(insert));
            for (position, row) in (after + 1..).zip(rows) {
                query = query.bind(position).bind(row.form.name()).bind(row.id.0.to_string()).bind(row.staff.0.to_string());
            }
            query.bind(withdrawal.0.to_string()).execute(connection).await?;
        });
        Ok(())
    }

    /// Notes what became of an item.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if that is noted already.
    pub async fn settle_item(&mut self, withdrawal: Id, position: i64, fate: Fate) -> Result<(), StoreError> {
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query(
                "UPDATE withdrawal_items SET outcome = $3 WHERE withdrawal = $1 AND position = $2 AND outcome IS NULL",
            )
            .bind(withdrawal.0.to_string())
            .bind(position)
            .bind(fate.name())
            .execute(connection)
            .await?
            .rows_affected()
        }))
    }

    /// Adds to the counts of a withdrawal.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_withdrawn(&mut self, withdrawal: Id, more: Counts) -> Result<(), StoreError> {
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query(
                "UPDATE withdrawals SET withdrawn = withdrawn + $2, withdrawn_before = withdrawn_before + $3,
                        superseded = superseded + $4, gone = gone + $5
                 WHERE id = $1",
            )
            .bind(withdrawal.0.to_string())
            .bind(more.withdrawn)
            .bind(more.withdrawn_before)
            .bind(more.superseded)
            .bind(more.gone)
            .execute(connection)
            .await?
            .rows_affected()
        }))
    }

    /// Notes what matches the query after all was done.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if that is noted already.
    pub async fn close_withdrawal(&mut self, withdrawal: Id, still: i64) -> Result<(), StoreError> {
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query("UPDATE withdrawals SET still = $2 WHERE id = $1 AND still IS NULL")
                .bind(withdrawal.0.to_string())
                .bind(still)
                .execute(connection)
                .await?
                .rows_affected()
        }))
    }
}
