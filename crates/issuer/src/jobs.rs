//! Work that outlives a request, in steps: each step is one transaction that also notes how far the job
//! is. A node that dies loses at most the step that it was at; its lease runs out, and whoever claims the
//! job next goes on from there. Any number of nodes may look for work.

use passport_schema::id::{Id, OrganisationCode};
use passport_schema::time::Timestamp;
use tracing::{error, warn};

use crate::app::App;
use crate::auth::Scope;
use crate::error::ApiError;
use crate::store::jobs::Lease;

/// Until a step that went wrong is tried again, in seconds.
const AGAIN: i64 = 15;

macro_rules! names {
    ($(#[$doc:meta])* $type:ident { $($(#[$each:meta])* $variant:ident = $name:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $type { $($(#[$each])* $variant),* }

        impl $type {
            /// The word in the API and in the database.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// What has that name.
            #[must_use]
            pub fn parse(name: &str) -> Option<Self> {
                [$(Self::$variant),*].into_iter().find(|it| it.name() == name)
            }
        }
    };
}

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

impl Job {
    /// A new one, for whoever holds the scope.
    #[must_use]
    pub fn new(id: Id, kind: Kind, scope: &Scope, total: i64, not_before: Timestamp, now: Timestamp) -> Self {
        Self {
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
