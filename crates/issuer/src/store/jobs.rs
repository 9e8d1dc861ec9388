//! Jobs and the leases on them.

use passport_schema::id::{Id, OrganisationCode};
use passport_schema::names;
use passport_schema::time::Timestamp;

use super::staff::id;
use super::{StoreError, Tx, WriteTx, expect_one, sql};

names! {
    /// What a job does. Each kind has its own worker, so that none waits for another.
    Kind {
        /// Reads a file and finds what it would come to.
        Preview = "preview",
        /// Issues what a file holds.
        Import = "import",
        /// Withdraws many records.
        Withdrawal = "withdrawal",
        /// Signs many credentials anew.
        Reissue = "reissue",
        /// Fetches what another system knows about somebody.
        Pull = "pull",
    }
}

names! {
    /// Where a job stands.
    State {
        /// It waits, or somebody is at work on it.
        Open = "open",
        /// All of it is done.
        Done = "done",
        /// It cannot be done; `failure` says why.
        Failed = "failed",
        /// Somebody called it off before it began.
        Cancelled = "cancelled",
    }
}

/// A job.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its id, which is also that of what it works on.
    pub id: Id,
    /// For whom.
    pub organisation: OrganisationCode,
    /// What it does.
    pub kind: Kind,
    /// Where it stands.
    pub state: State,
    /// Who asked for it, for the audit trail.
    pub actor: String,
    /// How much of `total` is done.
    pub done: i64,
    /// How much there is to do, in units of its own.
    pub total: i64,
    /// Nobody begins before.
    pub not_before: Timestamp,
    /// Why it cannot be done: a stable code.
    pub failure: Option<String>,
    /// When it was asked for.
    pub created: Timestamp,
    /// When it last got on.
    pub changed: Timestamp,
}

/// How long a lease holds without a sign of life, in seconds: far longer than any step takes.
pub const LEASE: i64 = 60;

/// The right to work on a job. Only claiming it makes one, and it is lost when somebody else claims it.
#[derive(Debug, Clone)]
pub struct Lease {
    job: Id,
    token: String,
}

type Row = (String, String, String, String, String, i64, i64, i64, Option<String>, i64, i64);

fn read(row: Row) -> Result<Job, StoreError> {
    let (job, organisation, kind, state, actor, done, total, not_before, failure, created, changed) = row;
    let corrupt = || StoreError::Corrupt("job");
    Ok(Job {
        id: id(&job)?,
        organisation: OrganisationCode::parse(&organisation).ok_or_else(corrupt)?,
        kind: Kind::parse(&kind).ok_or_else(corrupt)?,
        state: State::parse(&state).ok_or_else(corrupt)?,
        actor,
        done,
        total,
        not_before: Timestamp(not_before),
        failure,
        created: Timestamp(created),
        changed: Timestamp(changed),
    })
}

impl Tx {
    /// A job of an organisation's.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn job(&mut self, organisation: &OrganisationCode, wanted: Id) -> Result<Option<Job>, StoreError> {
        let row: Option<Row> = sql!(self, connection => {
            sqlx::query_as(
                "SELECT id, organisation, kind, state, actor, done, total, not_before, failure, created_at, changed_at
                 FROM jobs WHERE organisation = $1 AND id = $2",
            )
            .bind(organisation.as_str())
            .bind(wanted.0.to_string())
            .fetch_optional(connection)
            .await?
        });
        row.map(read).transpose()
    }
}

impl WriteTx {
    /// Adds a job.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_job(&mut self, job: &Job) -> Result<(), StoreError> {
        sql!(&mut self.0, connection => {
            sqlx::query(
                "INSERT INTO jobs (id, organisation, kind, state, actor, done, total, not_before, lease, leased_until,
                                   failure, created_at, changed_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, 0, $9, $10, $11)",
            )
            .bind(job.id.0.to_string())
            .bind(job.organisation.as_str())
            .bind(job.kind.name())
            .bind(job.state.name())
            .bind(&job.actor)
            .bind(job.done)
            .bind(job.total)
            .bind(job.not_before.0)
            .bind(&job.failure)
            .bind(job.created.0)
            .bind(job.changed.0)
            .execute(connection)
            .await?;
        });
        Ok(())
    }

    /// Claims the job of a kind that has waited longest, or one whose lease has run out. `token` is fresh.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn claim_job(
        &mut self,
        kind: Kind,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<(Job, Lease)>, StoreError> {
        let row: Option<Row> = sql!(&mut self.0, connection => {
            sqlx::query_as(
                "UPDATE jobs SET lease = $2, leased_until = $4
                 WHERE id = (SELECT id FROM jobs WHERE kind = $1 AND state = 'open' AND not_before <= $3
                               AND leased_until < $3 ORDER BY not_before, id LIMIT 1)
                   AND state = 'open' AND leased_until < $3
                 RETURNING id, organisation, kind, state, actor, done, total, not_before, failure, created_at, changed_at",
            )
            .bind(kind.name())
            .bind(token)
            .bind(now.0)
            .bind(now.0 + LEASE)
            .fetch_optional(connection)
            .await?
        });
        let Some(job) = row.map(read).transpose()? else { return Ok(None) };
        let lease = Lease { job: job.id, token: token.to_owned() };
        Ok(Some((job, lease)))
    }

    /// Notes how far a job is, and renews its lease; in the transaction of the work itself.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the lease was lost: what is written with it must not stand.
    pub async fn advance_job(&mut self, lease: &Lease, done: i64, now: Timestamp) -> Result<(), StoreError> {
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query(
                "UPDATE jobs SET done = $3, leased_until = $4, changed_at = $5
                 WHERE id = $1 AND lease = $2 AND state = 'open'",
            )
            .bind(lease.job.0.to_string())
            .bind(&lease.token)
            .bind(done)
            .bind(now.0 + LEASE)
            .bind(now.0)
            .execute(connection)
            .await?
            .rows_affected()
        }))
    }

    /// Ends a job; `failure` is a stable code.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the lease was lost.
    pub async fn finish_job(&mut self, lease: &Lease, failure: Option<&str>, now: Timestamp) -> Result<(), StoreError> {
        let state = if failure.is_some() { State::Failed } else { State::Done };
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query(
                "UPDATE jobs SET state = $3, failure = $4, lease = NULL, leased_until = 0, changed_at = $5
                 WHERE id = $1 AND lease = $2 AND state = 'open'",
            )
            .bind(lease.job.0.to_string())
            .bind(&lease.token)
            .bind(state.name())
            .bind(failure)
            .bind(now.0)
            .execute(connection)
            .await?
            .rows_affected()
        }))
    }

    /// Lets go of a job, so that somebody else may go on with it at `again`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn release_job(&mut self, lease: &Lease, again: Timestamp) -> Result<(), StoreError> {
        sql!(&mut self.0, connection => {
            sqlx::query(
                "UPDATE jobs SET lease = NULL, leased_until = 0, not_before = $3
                 WHERE id = $1 AND lease = $2 AND state = 'open'",
            )
            .bind(lease.job.0.to_string())
            .bind(&lease.token)
            .bind(again.0)
            .execute(connection)
            .await?;
        });
        Ok(())
    }

    /// Cancels a job that nobody has begun.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it is over, or somebody has begun with it.
    pub async fn cancel_job(
        &mut self,
        organisation: &OrganisationCode,
        job: Id,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        expect_one(sql!(&mut self.0, connection => {
            sqlx::query(
                "UPDATE jobs SET state = 'cancelled', changed_at = $3
                 WHERE organisation = $1 AND id = $2 AND state = 'open' AND leased_until = 0 AND done = 0",
            )
            .bind(organisation.as_str())
            .bind(job.0.to_string())
            .bind(now.0)
            .execute(connection)
            .await?
            .rows_affected()
        }))
    }
}
