//! What hosts looked up and decided, whom they told, and what they recognised.

use passport_schema::id::{Id, OrganisationCode};
use passport_schema::time::{Date, Timestamp};
use passport_verifier::Confirmation;

use super::staff::id;
use super::{StoreError, Tx, WriteTx, sql};

/// A decision: what was found, by which version of the profile, as of when. Names no person.
#[derive(Debug, Clone)]
pub struct Decision {
    /// Its id.
    pub id: Id,
    /// When.
    pub at: Timestamp,
    /// The profile's version.
    pub version: i64,
    /// The oldest news of a status that it rests on.
    pub as_of: Option<Timestamp>,
    /// `ready`, `ready-with-actions` or `not-ready`.
    pub overall: String,
    /// Each requirement, as JSON.
    pub content: String,
}

/// What an organisation was told of a movement.
#[derive(Debug, Clone)]
pub struct Told {
    /// The movement.
    pub movement: Id,
    /// The host's code.
    pub host: String,
    /// The person, as the organisation that was told knows them.
    pub staff: Option<Id>,
    /// What the notice says.
    pub content: String,
    /// When the notice was signed.
    pub issued: Timestamp,
}

/// How often a training was recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recognised {
    /// The training, by id.
    pub subject: String,
    /// Who had issued it.
    pub sender: String,
    /// The profile by which it was recognised.
    pub profile: String,
    /// Its version.
    pub version: i64,
    /// How often.
    pub count: i64,
}

/// An agreement that was shown.
#[derive(Debug, Clone)]
pub struct ShownAgreement {
    /// Its id here.
    pub id: Id,
    /// Sealed.
    pub sealed: Vec<u8>,
    /// When it was shown.
    pub shown: Timestamp,
    /// `honour` or `review`.
    pub answer: Option<String>,
}

impl Tx {
    /// What a host has looked up or done itself, oldest first, each with the version of the profile that
    /// asked for it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn confirmations(&mut self, movement: Id) -> Result<Vec<(Confirmation, i64)>, StoreError> {
        let rows: Vec<(String, String, bool, Option<String>, i64, i64)> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT requirement, done_on, satisfied, holds_until, version, at
                 FROM confirmations WHERE movement = $1 ORDER BY id",
            )
            .bind(movement.0.to_string())
            .fetch_all(connection)
            .await?
        });
        let date = |text: &str| Date::parse(text).ok_or(StoreError::Corrupt("date"));
        let read =
            |(requirement, on, satisfied, until, version, at): (String, String, bool, Option<String>, i64, i64)| {
                let until = until.as_deref().map(date).transpose()?;
                Ok((Confirmation { requirement, on: date(&on)?, at: Timestamp(at), satisfied, until }, version))
            };
        rows.into_iter().map(read).collect()
    }

    /// A movement's decisions, newest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn decisions(&mut self, movement: Id, limit: i64) -> Result<Vec<Decision>, StoreError> {
        let rows: Vec<(String, i64, i64, Option<i64>, String, String)> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT id, at, version, as_of, overall, content FROM decisions
                 WHERE movement = $1 ORDER BY id DESC LIMIT $2",
            )
            .bind(movement.0.to_string())
            .bind(limit)
            .fetch_all(connection)
            .await?
        });
        let read = |(text, at, version, as_of, overall, content): (String, i64, i64, Option<i64>, String, String)| {
            let id = id(&text)?;
            Ok(Decision { id, at: Timestamp(at), version, as_of: as_of.map(Timestamp), overall, content })
        };
        rows.into_iter().map(read).collect()
    }

    /// The movements that an organisation was told of, newest first, before the id `before`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn told(
        &mut self,
        organisation: &OrganisationCode,
        before: &str,
        limit: i64,
    ) -> Result<Vec<Told>, StoreError> {
        let rows: Vec<(String, String, Option<String>, String, i64)> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT movement, host, staff, content, issued_at FROM told
                 WHERE organisation = $1 AND movement < $2 ORDER BY movement DESC LIMIT $3",
            )
            .bind(organisation.as_str())
            .bind(before)
            .bind(limit)
            .fetch_all(connection)
            .await?
        });
        let read = |(movement, host, staff, content, issued): (String, String, Option<String>, String, i64)| {
            let staff = staff.as_deref().map(id).transpose()?;
            Ok(Told { movement: id(&movement)?, host, staff, content, issued: Timestamp(issued) })
        };
        rows.into_iter().map(read).collect()
    }

    /// The organisations of this deployment that were told of a movement.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn told_of(
        &mut self,
        movement: Id,
        host: &OrganisationCode,
    ) -> Result<Vec<OrganisationCode>, StoreError> {
        let rows: Vec<(String,)> = sql!(self, connection => {
            sqlx::query_as("SELECT DISTINCT organisation FROM told WHERE movement = $1 AND host = $2 ORDER BY organisation")
                .bind(movement.0.to_string())
                .bind(host.as_str())
                .fetch_all(connection)
                .await?
        });
        let read = |(text,): (String,)| OrganisationCode::parse(&text).ok_or(StoreError::Corrupt("organisation code"));
        rows.into_iter().map(read).collect()
    }

    /// Whose a pass or credential is, by the place of its status.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn staff_of_block(
        &mut self,
        organisation: &OrganisationCode,
        list: i64,
        block: i64,
    ) -> Result<Option<Id>, StoreError> {
        let row: Option<(String,)> = sql!(self, connection => {
            sqlx::query_as("SELECT staff FROM credentials WHERE organisation = $1 AND list = $2 AND block = $3")
                .bind(organisation.as_str())
                .bind(list)
                .bind(block)
                .fetch_optional(connection)
                .await?
        });
        row.map(|(text,)| id(&text)).transpose()
    }

    /// How often a host recognised each training, from one time up to another.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn recognised(
        &mut self,
        organisation: &OrganisationCode,
        from: Timestamp,
        before: Timestamp,
    ) -> Result<Vec<Recognised>, StoreError> {
        let rows: Vec<(String, String, String, i64, i64)> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT subject, sender, profile, version, COUNT(*) FROM recognitions
                 WHERE organisation = $1 AND at >= $2 AND at < $3
                 GROUP BY subject, sender, profile, version ORDER BY subject, sender, profile, version",
            )
            .bind(organisation.as_str())
            .bind(from.0)
            .bind(before.0)
            .fetch_all(connection)
            .await?
        });
        let read = |(subject, sender, profile, version, count)| Recognised { subject, sender, profile, version, count };
        Ok(rows.into_iter().map(read).collect())
    }

    /// The agreements that a person has shown.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn shown_agreements(&mut self, movement: Id) -> Result<Vec<ShownAgreement>, StoreError> {
        let rows: Vec<(String, Vec<u8>, i64, Option<String>)> = sql!(self, connection => {
            sqlx::query_as("SELECT id, sealed, shown_at, answer FROM shown_agreements WHERE movement = $1 ORDER BY id")
                .bind(movement.0.to_string())
                .fetch_all(connection)
                .await?
        });
        let read = |(text, sealed, at, answer): (String, Vec<u8>, i64, Option<String>)| {
            Ok(ShownAgreement { id: id(&text)?, sealed, shown: Timestamp(at), answer })
        };
        rows.into_iter().map(read).collect()
    }
}

impl WriteTx {
    /// Notes that a host has looked something up or done it. `new` is a fresh id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn confirm(
        &mut self,
        movement: Id,
        said: &Confirmation,
        version: i64,
        actor: &str,
        new: Id,
    ) -> Result<(), StoreError> {
        sql!(&mut self.0, connection => {
            sqlx::query(
                "INSERT INTO confirmations (id, movement, requirement, done_on, satisfied, holds_until, version, actor, at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            )
            .bind(new.0.to_string())
            .bind(movement.0.to_string())
            .bind(&said.requirement)
            .bind(said.on.to_string())
            .bind(said.satisfied)
            .bind(said.until.map(|date| date.to_string()))
            .bind(version)
            .bind(actor)
            .bind(said.at.0)
            .execute(connection)
            .await?;
        });
        Ok(())
    }

    /// Keeps a decision.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_decision(&mut self, movement: Id, new: &Decision) -> Result<(), StoreError> {
        sql!(&mut self.0, connection => {
            sqlx::query(
                "INSERT INTO decisions (id, movement, at, version, as_of, overall, content)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
            )
            .bind(new.id.0.to_string())
            .bind(movement.0.to_string())
            .bind(new.at.0)
            .bind(new.version)
            .bind(new.as_of.map(|at| at.0))
            .bind(&new.overall)
            .bind(&new.content)
            .execute(connection)
            .await?;
        });
        Ok(())
    }

    /// Tells an organisation of this deployment of a movement; false if it knows this, or something newer.
    /// What is `firsthand` may follow within the second.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn tell(
        &mut self,
        organisation: &OrganisationCode,
        told: &Told,
        firsthand: bool,
    ) -> Result<bool, StoreError> {
        let changed = sql!(&mut self.0, connection => {
            sqlx::query(
                "INSERT INTO told (movement, organisation, host, staff, content, issued_at)
                 VALUES ($1, $2, $3, $4, $5, $6)
                 ON CONFLICT (movement, organisation, host) DO UPDATE
                 SET staff = COALESCE(excluded.staff, told.staff), content = excluded.content,
                   issued_at = excluded.issued_at
                 WHERE told.issued_at < excluded.issued_at OR ($7 AND told.content <> excluded.content)",
            )
            .bind(told.movement.0.to_string())
            .bind(organisation.as_str())
            .bind(&told.host)
            .bind(told.staff.map(|staff| staff.0.to_string()))
            .bind(&told.content)
            .bind(told.issued.0)
            .bind(firsthand)
            .execute(connection)
            .await?
            .rows_affected()
        });
        Ok(changed == 1)
    }

    /// Counts a training as recognised, once for a movement.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn recognise(
        &mut self,
        movement: Id,
        organisation: &OrganisationCode,
        it: &Recognised,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        sql!(&mut self.0, connection => {
            sqlx::query(
                "INSERT INTO recognitions (movement, organisation, subject, sender, profile, version, at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (movement, subject) DO NOTHING",
            )
            .bind(movement.0.to_string())
            .bind(organisation.as_str())
            .bind(&it.subject)
            .bind(&it.sender)
            .bind(&it.profile)
            .bind(it.version)
            .bind(at.0)
            .execute(connection)
            .await?;
        });
        Ok(())
    }

    /// Keeps an agreement that was shown, sealed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep_agreement(&mut self, movement: Id, new: &ShownAgreement) -> Result<(), StoreError> {
        sql!(&mut self.0, connection => {
            sqlx::query("INSERT INTO shown_agreements (id, movement, sealed, shown_at) VALUES ($1, $2, $3, $4)")
                .bind(new.id.0.to_string())
                .bind(movement.0.to_string())
                .bind(&new.sealed)
                .bind(new.shown.0)
                .execute(connection)
                .await?;
        });
        Ok(())
    }

    /// Answers an agreement; false if there is none of that id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn answer_agreement(&mut self, movement: Id, agreement: Id, answer: &str) -> Result<bool, StoreError> {
        let answered = sql!(&mut self.0, connection => {
            sqlx::query("UPDATE shown_agreements SET answer = $3 WHERE movement = $1 AND id = $2")
                .bind(movement.0.to_string())
                .bind(agreement.0.to_string())
                .bind(answer)
                .execute(connection)
                .await?
                .rows_affected()
        });
        Ok(answered == 1)
    }
}
