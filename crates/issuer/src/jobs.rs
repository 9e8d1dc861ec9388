//! Work that outlives a request, in steps: each step is one transaction that also notes how far the job
//! is. A node that dies loses at most the step that it was at; its lease runs out, and whoever claims the
//! job next goes on from there. Any number of nodes may look for work.

use passport_schema::id::Id;
use passport_schema::time::Timestamp;
use tracing::{error, warn};

use crate::app::App;
use crate::auth::Scope;
use crate::error::ApiError;
use crate::store::jobs::{Job, Kind, Lease, State};

/// Until a step that went wrong is tried again, in seconds.
const AGAIN: i64 = 15;

/// A new job, for whoever holds the scope.
#[must_use]
pub fn new(id: Id, kind: Kind, scope: &Scope, total: i64, not_before: Timestamp, now: Timestamp) -> Job {
    Job {
        id,
        organisation: scope.organisation().clone(),
        kind,
        state: State::Open,
        actor: scope.actor().to_owned(),
        done: 0,
        total,
        not_before,
        failure: None,
        created: now,
        changed: now,
    }
}

/// A job and the lease on it.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The job as it was claimed, or as the last step left it.
    pub job: Job,
    /// The lease.
    pub lease: Lease,
    /// The right of whoever asked for the job.
    pub scope: Scope,
}

/// What a step came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// It noted this much as done, and there is more.
    More(i64),
    /// Nothing is left.
    Done,
    /// It can never be done, for a reason with this code.
    Failed(&'static str),
}

/// Works on jobs of one kind until none is left to do now; how many steps were taken. A step writes its
/// work and [`advance_job`](crate::store::WriteTx::advance_job) in one transaction.
///
/// # Errors
/// [`ApiError`], when the database does not answer. What goes wrong with one job is logged, and tried
/// again later.
pub async fn work(
    app: &App,
    kind: Kind,
    step: impl AsyncFn(&App, &Claimed) -> Result<Progress, ApiError>,
) -> Result<usize, ApiError> {
    let mut steps = 0;
    while let Some(mut claimed) = claim(app, kind).await? {
        loop {
            let outcome = step(app, &claimed).await;
            steps += 1;
            let failure = match outcome {
                Ok(Progress::More(done)) => {
                    claimed.job.done = done;
                    continue;
                }
                Ok(Progress::Done) => None,
                Ok(Progress::Failed(code)) => Some(code),
                Err(fault) => {
                    let job = claimed.job.id;
                    // Somebody else has claimed it, or was quicker with one of its people.
                    if matches!(fault, ApiError::Busy) {
                        warn!(%job, kind = kind.name(), "a step was overtaken");
                    } else {
                        error!(%job, kind = kind.name(), error.detail = %fault, "a step failed");
                    }
                    let mut tx = app.store.write().await?;
                    tx.release_job(&claimed.lease, app.world.clock.now().plus(AGAIN)).await?;
                    tx.commit().await?;
                    break;
                }
            };
            finish(app, &claimed, failure).await?;
            break;
        }
    }
    Ok(steps)
}

async fn claim(app: &App, kind: Kind) -> Result<Option<Claimed>, ApiError> {
    let token = app.world.id().0.to_string();
    let mut tx = app.store.write().await?;
    let claimed = tx.claim_job(kind, &token, app.world.clock.now()).await?;
    tx.commit().await?;
    Ok(claimed.map(|(job, lease)| Claimed { scope: Scope::of_job(&job), job, lease }))
}

async fn finish(app: &App, claimed: &Claimed, failure: Option<&str>) -> Result<(), ApiError> {
    let mut tx = app.store.write().await?;
    match tx.finish_job(&claimed.lease, failure, app.world.clock.now()).await {
        Ok(()) => tx.commit().await?,
        // Whoever has the lease now will find that nothing is left.
        Err(crate::store::StoreError::Conflict) => {}
        Err(fault) => return Err(fault.into()),
    }
    Ok(())
}
