//! Movements: where each stands, what was shown and accepted, and the steps that were taken.

use passport_schema::id::{Id, OrganisationCode};
use passport_schema::movement::State;
use passport_schema::time::{Date, Timestamp};

use super::rows::row;
use super::staff::id;
use super::{StoreError, Tx, WriteTx, expect_one, sql};

/// A movement.
#[derive(Debug, Clone)]
pub struct Movement {
    /// Its id.
    pub id: Id,
    /// The receiving organisation.
    pub host: OrganisationCode,
    /// Name of the host's profile.
    pub profile: String,
    /// The version that it was judged by last.
    pub version: i64,
    /// Id in the list of purposes.
    pub purpose: String,
    /// First day.
    pub starts: Date,
    /// Last day.
    pub ends: Date,
    /// Kinds of record that were asked for, with blanks between them.
    pub asks: String,
    /// Where it stands.
    pub state: State,
    /// Whether a link waits to be used, and until when.
    pub link_until: Option<Timestamp>,
    /// The last day that rosters were told.
    pub cleared_until: Option<String>,
    /// The last day of which rosters were warned.
    pub warned: Option<String>,
    /// Goes up with everything that it is judged by: what is shown, decided, and confirmed.
    pub changes: i64,
    /// When it was opened.
    pub opened: Timestamp,
    /// When it changed last.
    pub changed: Timestamp,
}

/// A pass or credential as it was shown.
#[derive(Debug, Clone)]
pub struct ShownItem {
    /// Its number within the movement.
    pub item: i64,
    /// Sealed.
    pub sealed: Vec<u8>,
    /// When it was shown.
    pub shown: Timestamp,
}

/// What was decided about one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordDecision {
    /// The item that it came in.
    pub item: i64,
    /// Its position there.
    pub position: i64,
    /// What it is about.
    pub about: String,
    /// Who issued it.
    pub issuer: String,
    /// Whether the host accepts it.
    pub accepted: bool,
    /// Why not, or why nevertheless.
    pub reason: Option<String>,
}

/// A step that was taken.
#[derive(Debug, Clone)]
pub struct Taken {
    /// When.
    pub at: Timestamp,
    /// By whom: the id of an API key, `person` or `clock`.
    pub actor: String,
    /// Which.
    pub step: String,
    /// Where it led.
    pub state: String,
    /// Why.
    pub reason: Option<String>,
}

/// A link, a receipt, or an id: how a movement is found.
#[derive(Debug, Clone, Copy)]
pub enum Finder<'f> {
    /// By its id, within an organisation.
    Id(&'f OrganisationCode, Id),
    /// By the hash of the link that waits to be used.
    Link(&'f [u8]),
    /// By the hash of the person's receipt.
    Receipt(&'f [u8]),
}

row! {
    Row {
        id: String,
        organisation: String,
        profile: String,
        version: i64,
        purpose: String,
        starts: String,
        ends: String,
        asks: String,
        state: String,
        has_link: bool,
        link_until: i64,
        cleared_until: Option<String>,
        warned: Option<String>,
        changes: i64,
        opened_at: i64,
        changed_at: i64,
    }
}

const COLUMNS: &str = "id, organisation, profile, version, purpose, starts, ends, asks, state, \
    link IS NOT NULL AS has_link, link_until, cleared_until, warned, changes, opened_at, changed_at";

fn date(text: &str) -> Result<Date, StoreError> {
    Date::parse(text).ok_or(StoreError::Corrupt("date"))
}

impl Row {
    fn read(self) -> Result<Movement, StoreError> {
        Ok(Movement {
            id: id(&self.id)?,
            host: OrganisationCode::parse(&self.organisation).ok_or(StoreError::Corrupt("organisation code"))?,
            profile: self.profile,
            version: self.version,
            purpose: self.purpose,
            starts: date(&self.starts)?,
            ends: date(&self.ends)?,
            asks: self.asks,
            state: State::parse(&self.state).ok_or(StoreError::Corrupt("state"))?,
            link_until: self.has_link.then_some(Timestamp(self.link_until)),
            cleared_until: self.cleared_until,
            warned: self.warned,
            changes: self.changes,
            opened: Timestamp(self.opened_at),
            changed: Timestamp(self.changed_at),
        })
    }
}

impl Tx {
    /// A movement.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn movement(&mut self, by: Finder<'_>) -> Result<Option<Movement>, StoreError> {
        let row: Option<Row> = match by {
            Finder::Id(host, wanted) => {
                let text =
                    sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM movements WHERE organisation = $1 AND id = $2"));
                sql!(self, connection => {
                    sqlx::query_as(text).bind(host.as_str()).bind(wanted.0.to_string()).fetch_optional(connection).await?
                })
            }
            Finder::Link(hash) | Finder::Receipt(hash) => {
                let column = if matches!(by, Finder::Link(_)) { "link" } else { "receipt" };
                let text = sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM movements WHERE {column} = $1"));
                sql!(self, connection => sqlx::query_as(text).bind(hash).fetch_optional(connection).await?)
            }
        };
        row.map(Row::read).transpose()
    }

    /// A page of an organisation's movements, newest first, before the id `before`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn movements(
        &mut self,
        host: &OrganisationCode,
        before: &str,
        limit: i64,
    ) -> Result<Vec<Movement>, StoreError> {
        let text = sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM movements WHERE organisation = $1 AND id < $2 ORDER BY id DESC LIMIT $3"
        ));
        let rows: Vec<Row> = sql!(self, connection => {
            sqlx::query_as(text).bind(host.as_str()).bind(before).bind(limit).fetch_all(connection).await?
        });
        rows.into_iter().map(Row::read).collect()
    }

    /// A page of all movements that are not over, after the id `after`, for whoever looks at each.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn open_movements(&mut self, after: &str, limit: i64) -> Result<Vec<Movement>, StoreError> {
        let text = sqlx::AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM movements
             WHERE state IN ('requested', 'shared', 'assessed', 'agreed', 'active') AND id > $1 ORDER BY id LIMIT $2"
        ));
        let rows: Vec<Row> =
            sql!(self, connection => sqlx::query_as(text).bind(after).bind(limit).fetch_all(connection).await?);
        rows.into_iter().map(Row::read).collect()
    }

    /// What was shown.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn shown_items(&mut self, movement: Id) -> Result<Vec<ShownItem>, StoreError> {
        let rows: Vec<(i64, Vec<u8>, i64)> = sql!(self, connection => {
            sqlx::query_as("SELECT item, sealed, shown_at FROM movement_items WHERE movement = $1 ORDER BY item")
                .bind(movement.0.to_string())
                .fetch_all(connection)
                .await?
        });
        Ok(rows.into_iter().map(|(item, sealed, at)| ShownItem { item, sealed, shown: Timestamp(at) }).collect())
    }

    /// What was decided about each record.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn record_decisions(&mut self, movement: Id) -> Result<Vec<RecordDecision>, StoreError> {
        let rows: Vec<(i64, i64, String, String, bool, Option<String>)> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT item, position, about, issuer, accepted, reason FROM movement_records
                 WHERE movement = $1 ORDER BY item, position",
            )
            .bind(movement.0.to_string())
            .fetch_all(connection)
            .await?
        });
        let decision = |(item, position, about, issuer, accepted, reason)| RecordDecision {
            item,
            position,
            about,
            issuer,
            accepted,
            reason,
        };
        Ok(rows.into_iter().map(decision).collect())
    }

    /// The steps that were taken, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn steps(&mut self, movement: Id) -> Result<Vec<Taken>, StoreError> {
        let rows: Vec<(i64, String, String, String, Option<String>)> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT at, actor, step, state, reason FROM movement_steps WHERE movement = $1 ORDER BY id",
            )
            .bind(movement.0.to_string())
            .fetch_all(connection)
            .await?
        });
        let taken = |(at, actor, step, state, reason)| Taken { at: Timestamp(at), actor, step, state, reason };
        Ok(rows.into_iter().map(taken).collect())
    }
}

impl WriteTx {
    /// Opens a movement with the hash of its link.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn open_movement(&mut self, new: &Movement, link: &[u8]) -> Result<(), StoreError> {
        sql!(&mut self.0, connection => {
            sqlx::query(
                "INSERT INTO movements (id, organisation, profile, version, purpose, starts, ends, asks, state, link,
                   link_until, opened_at, changed_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)",
            )
            .bind(new.id.0.to_string())
            .bind(new.host.as_str())
            .bind(&new.profile)
            .bind(new.version)
            .bind(&new.purpose)
            .bind(new.starts.to_string())
            .bind(new.ends.to_string())
            .bind(&new.asks)
            .bind(new.state.name())
            .bind(link)
            .bind(new.link_until.map_or(0, |until| until.0))
            .bind(new.opened.0)
            .execute(connection)
            .await?;
        });
        Ok(())
    }

    /// Moves a movement from one state to another, and notes the step.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it is not in the state `from` any more.
    pub async fn step(
        &mut self,
        movement: Id,
        from: State,
        to: State,
        taken: &Taken,
        step: Id,
    ) -> Result<(), StoreError> {
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query("UPDATE movements SET state = $3, changed_at = $4 WHERE id = $1 AND state = $2")
                .bind(movement.0.to_string())
                .bind(from.name())
                .bind(to.name())
                .bind(taken.at.0)
                .execute(connection)
                .await?
                .rows_affected()
        }))?;
        sql!(&mut self.0, connection => {
            sqlx::query(
                "INSERT INTO movement_steps (id, movement, at, actor, step, state, reason)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
            )
            .bind(step.0.to_string())
            .bind(movement.0.to_string())
            .bind(taken.at.0)
            .bind(&taken.actor)
            .bind(&taken.step)
            .bind(to.name())
            .bind(&taken.reason)
            .execute(connection)
            .await?;
        });
        Ok(())
    }

    /// Counts a change of what a movement is judged by, and holds it until this transaction ends.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it is in another state by now.
    pub async fn count_change(&mut self, movement: Id, state: State) -> Result<(), StoreError> {
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query("UPDATE movements SET changes = changes + 1 WHERE id = $1 AND state = $2")
                .bind(movement.0.to_string())
                .bind(state.name())
                .execute(connection)
                .await?
                .rows_affected()
        }))
    }

    /// Uses a link up; false if somebody else was quicker.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn use_link(&mut self, movement: Id, link: &[u8]) -> Result<bool, StoreError> {
        let used = sql!(&mut self.0, connection => {
            sqlx::query("UPDATE movements SET link = NULL WHERE id = $1 AND link = $2")
                .bind(movement.0.to_string())
                .bind(link)
                .execute(connection)
                .await?
                .rows_affected()
        });
        Ok(used == 1)
    }

    /// Puts a fresh link in the place of whatever link there was.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the movement is not in the state `from` any more.
    pub async fn renew_link(
        &mut self,
        movement: Id,
        from: State,
        link: &[u8],
        until: Timestamp,
    ) -> Result<(), StoreError> {
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query("UPDATE movements SET link = $3, link_until = $4 WHERE id = $1 AND state = $2")
                .bind(movement.0.to_string())
                .bind(from.name())
                .bind(link)
                .bind(until.0)
                .execute(connection)
                .await?
                .rows_affected()
        }))
    }

    /// Keeps the hash of the person's receipt, the first time only; false if there is one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_receipt(&mut self, movement: Id, receipt: &[u8]) -> Result<bool, StoreError> {
        let kept = sql!(&mut self.0, connection => {
            sqlx::query("UPDATE movements SET receipt = $2 WHERE id = $1 AND receipt IS NULL")
                .bind(movement.0.to_string())
                .bind(receipt)
                .execute(connection)
                .await?
                .rows_affected()
        });
        Ok(kept == 1)
    }

    /// Keeps a pass or credential that was shown, sealed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_item(&mut self, movement: Id, new: &ShownItem) -> Result<(), StoreError> {
        sql!(&mut self.0, connection => {
            sqlx::query("INSERT INTO movement_items (movement, item, sealed, shown_at) VALUES ($1, $2, $3, $4)")
                .bind(movement.0.to_string())
                .bind(new.item)
                .bind(&new.sealed)
                .bind(new.shown.0)
                .execute(connection)
                .await?;
        });
        Ok(())
    }

    /// Notes what is decided about a record, or decides anew.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn decide_record(&mut self, movement: Id, decision: &RecordDecision) -> Result<(), StoreError> {
        sql!(&mut self.0, connection => {
            sqlx::query(
                "INSERT INTO movement_records (movement, item, position, about, issuer, accepted, reason)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)
                 ON CONFLICT (movement, item, position)
                 DO UPDATE SET accepted = excluded.accepted, reason = excluded.reason",
            )
            .bind(movement.0.to_string())
            .bind(decision.item)
            .bind(decision.position)
            .bind(&decision.about)
            .bind(&decision.issuer)
            .bind(decision.accepted)
            .bind(&decision.reason)
            .execute(connection)
            .await?;
        });
        Ok(())
    }

    /// Deletes what was shown, and the link; the receipt stays, so that the person can look back.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn forget(&mut self, movement: Id) -> Result<(), StoreError> {
        for text in [
            "DELETE FROM movement_items WHERE movement = $1",
            "DELETE FROM shown_agreements WHERE movement = $1",
            "UPDATE movements SET link = NULL, cleared_until = NULL WHERE id = $1",
        ] {
            sql!(&mut self.0, connection => {
                sqlx::query(text).bind(movement.0.to_string()).execute(connection).await?;
            });
        }
        Ok(())
    }

    /// Notes by which version of its profile a movement is judged, and what rosters were told.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it is in another state, or rosters were told otherwise, in the meantime.
    pub async fn keep_clearance(
        &mut self,
        before: &Movement,
        version: i64,
        cleared_until: Option<&str>,
        warned: Option<&str>,
    ) -> Result<(), StoreError> {
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query(
                "UPDATE movements SET version = $5, cleared_until = $6, warned = $7
                 WHERE id = $1 AND state = $2 AND version = $3 AND COALESCE(cleared_until, '') = $4
                   AND COALESCE(warned, '') = $8 AND changes = $9",
            )
            .bind(before.id.0.to_string())
            .bind(before.state.name())
            .bind(before.version)
            .bind(before.cleared_until.as_deref().unwrap_or_default())
            .bind(version)
            .bind(cleared_until)
            .bind(warned)
            .bind(before.warned.as_deref().unwrap_or_default())
            .bind(before.changes)
            .execute(connection)
            .await?
            .rows_affected()
        }))
    }
}
