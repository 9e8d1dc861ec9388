//! Pulling: a job that asks another system for the records of one person or of all who are linked, one
//! person a step. What it gives is issued like anything else: unchanged content issues nothing.

use passport_dsp::{Reading, Received, Renewal, read_records};
use passport_schema::id::Id;
use passport_schema::json::Json;
use passport_schema::problem::Problems;
use serde_json::{Map, Value, json};

use super::asking::{AskError, PeerFault};
use super::client;
use super::take::{Taken, take};
use crate::app::App;
use crate::auth::Scope;
use crate::error::ApiError;
use crate::jobs::{self, Claimed, Progress};
use crate::store::jobs::Kind;
use crate::store::peers::{Link, Peer};
use crate::store::{StoreError, WriteTx};

/// How often a system that does not answer is tried before a pull is given up.
const ATTEMPTS: i64 = 5;
/// Most records of one answer of which it is said why they were not taken in.
const TOLD: usize = 50;

/// Adds a job that pulls the records of one person, or of everybody who is linked.
///
/// # Errors
/// [`StoreError`].
pub async fn add(tx: &mut WriteTx, app: &App, scope: &Scope, peer: &Peer, staff: Option<Id>) -> Result<Id, StoreError> {
    let now = app.world.clock.now();
    let total = if staff.is_some() { 1 } else { tx.reads().peer_link_count(peer.id).await? };
    let job = jobs::new(app.world.id(), Kind::Pull, scope, total, now, now);
    tx.add_job(&job).await?;
    tx.add_pull(job.id, peer.id, staff).await?;
    Ok(job.id)
}

/// Works on pulls until none is left to do now; how many steps were taken.
///
/// # Errors
/// [`ApiError`], when the database does not answer.
pub async fn work(app: &App) -> Result<usize, ApiError> {
    jobs::work(app, Kind::Pull, step).await
}

async fn step(app: &App, claimed: &Claimed) -> Result<Progress, ApiError> {
    let job = &claimed.job;
    let mut tx = app.store.read().await?;
    let pull = tx.pull(job.id).await?.ok_or(StoreError::Corrupt("pull"))?;
    let peer = tx.peer(&job.organisation, pull.peer).await?.ok_or(StoreError::Corrupt("pull"))?;
    let next = match pull.staff {
        Some(staff) if pull.after.is_empty() => tx.peer_link(peer.id, staff).await?,
        Some(_) => None,
        None => tx.peer_links(peer.id, &pull.after, 1).await?.pop(),
    };
    drop(tx);
    let Some(link) = next else { return Ok(Progress::Done) };
    let outcome = match pull_one(app, &claimed.scope, &peer, &link).await {
        Ok(outcome) => outcome,
        Err(ApiError::Peer(fault)) if fault.may_pass() => {
            let mut tx = app.store.write().await?;
            tx.advance_pull(job.id, &pull.after, pull.attempts + 1).await?;
            tx.advance_job(&claimed.lease, job.done, app.world.clock.now()).await?;
            tx.commit().await?;
            // It is the other system's turn; the next one would fare no better.
            return if pull.attempts + 1 < ATTEMPTS { Err(fault.into()) } else { Ok(Progress::Failed(fault.code())) };
        }
        Err(ApiError::Peer(fault)) => json!({ "failure": fault.code() }),
        Err(ApiError::State(_)) => json!({ "failure": "no-identity" }),
        Err(ApiError::Fields(_)) => json!({ "failure": "cannot-issue" }),
        Err(fault) => return Err(fault),
    };
    let now = app.world.clock.now();
    let mut tx = app.store.write().await?;
    tx.note_pulled(peer.id, link.staff, &outcome.to_string(), now).await?;
    tx.advance_pull(job.id, &link.staff.0.to_string(), 0).await?;
    tx.advance_job(&claimed.lease, job.done + 1, now).await?;
    tx.commit().await?;
    Ok(Progress::More(job.done + 1))
}

/// What one person's records came to: how many of each outcome, and why some were not taken in.
async fn pull_one(app: &App, scope: &Scope, peer: &Peer, link: &Link) -> Result<Value, ApiError> {
    let body = client::get(app, peer, &peer.records_address(&link.employee)).await?;
    let json = Json::parse(&body).map_err(|_| PeerFault::Answer)?;
    let today = app.world.clock.now().london_date();
    let reading = Reading { organisation: Some(scope.organisation()), today, renewal: Renewal::Theirs };
    let (id, records) = read_records(&json, &reading, &app.lists).map_err(|_: Problems| PeerFault::Answer)?;
    if id != link.employee {
        return Err(PeerFault::Answer.into());
    }
    // What this kind of system does not give is not its to say.
    let fits = |received: &Received| peer.system.gives().contains(&received.record_type);
    let wanted: Vec<Received> = records.iter().flatten().filter(|it| fits(it)).cloned().collect();
    let mut taken = take(app, scope, link.staff, &wanted, Renewal::Theirs).await?.into_iter();
    let mut counts: Map<String, Value> = Map::new();
    let mut left_out = Vec::new();
    for (position, record) in records.iter().enumerate() {
        let (name, problems) = match record {
            Err(problems) => ("faulty", Some(problems.clone())),
            Ok(received) if !fits(received) => ("not-theirs", None),
            Ok(_) => {
                let taken = taken.next().ok_or(StoreError::Corrupt("answer"))?;
                (taken.name(), if let Taken::Faulty(problems) = taken { Some(problems) } else { None })
            }
        };
        let sum = counts.get(name).and_then(Value::as_i64).unwrap_or(0) + 1;
        counts.insert(name.into(), sum.into());
        if let Some(problems) = problems
            && left_out.len() < TOLD
        {
            left_out.push(json!({ "position": position, "problems": problems.0 }));
        }
    }
    Ok(json!({ "records": records.len(), "outcomes": counts, "faulty": left_out }))
}

impl From<PeerFault> for ApiError {
    fn from(fault: PeerFault) -> Self {
        Self::Peer(fault)
    }
}

impl From<AskError> for ApiError {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Peer(fault) => Self::Peer(fault),
            AskError::Key(fault) => Self::Key(fault),
        }
    }
}
