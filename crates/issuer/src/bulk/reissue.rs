//! Signing anew for everybody: what a compromised key signed, or what no longer says, by today's code lists,
//! what its records say. A rehearsal counts what that would be, and signs nothing.
//!
//! People are taken in the order of their ids, some in a step. What a step issues, its counts and the last
//! person stand in one transaction, so that a crash neither issues twice nor miscounts.

use std::collections::HashSet;

use passport_schema::credential::Credential;
use passport_schema::id::{Id, OrganisationCode};
use passport_schema::jose::{Jws, Type};
use passport_schema::pass::UnverifiedPass;
use passport_schema::record::Record;
use passport_schema::time::Timestamp;
use serde_json::{Value, json};

use crate::app::App;
use crate::auth::Scope;
use crate::error::ApiError;
use crate::issuance::{self, Carrier, Held, Holdings, Plan, Wish};
use crate::issue::{self, Cause, Decided, NO_IDENTITY, holdings};
use crate::jobs::{self, Claimed, Progress};
use crate::retry::retry;
use crate::store::credentials::{Form, Issued};
use crate::store::jobs::{Kind, State};
use crate::store::reissues::{Because, Reissue, Tally};
use crate::store::staff::Staff;
use crate::store::{StoreError, Tx};
use crate::trail::note;

/// People of one step.
const STEP: i64 = 20;
/// People who are named for whom it failed.
const FAULTS: i64 = 100;

/// Asks for a reissue, or its rehearsal; the answer as JSON.
///
/// # Errors
/// [`ApiError::State`] for a key that is not marked as compromised; [`ApiError::Key`] if nothing can be signed.
pub async fn begin(app: &App, scope: &Scope, because: Because, rehearsal: bool) -> Result<Value, ApiError> {
    let organisation = scope.organisation();
    let now = app.world.clock.now();
    let mut tx = app.store.write().await?;
    let keys = tx.reads().signing_keys(organisation).await?;
    if let Because::CompromisedKey(kid) = because
        && !keys.iter().any(|key| key.kid == kid && key.state == "compromised")
    {
        let why = format!("{kid} is not marked as compromised; the operator of the service does that first");
        return Err(ApiError::State(why));
    }
    app.keyring.signer(organisation, &keys, now)?;
    let reissue =
        Reissue { id: app.world.id(), because, rehearsal, after: String::new(), tally: Tally::default(), created: now };
    let total = tx.reads().count_staff(organisation).await?;
    tx.add_reissue(organisation, &reissue).await?;
    tx.add_job(&jobs::new(reissue.id, Kind::Reissue, scope, total, now, now)).await?;
    let action = if rehearsal { "reissue.rehearsed" } else { "reissue.begun" };
    note(&mut tx, app, scope, action, &reissue.id.to_string(), None).await?;
    tx.commit().await?;
    app.bell.notify_waiters();
    show(app, scope, reissue.id).await
}

/// How far a reissue is, as JSON.
///
/// # Errors
/// [`ApiError::NotFound`].
pub async fn show(app: &App, scope: &Scope, id: Id) -> Result<Value, ApiError> {
    let mut tx = app.store.read().await?;
    let reissue = tx.reissue(scope.organisation(), id).await?.ok_or(ApiError::NotFound)?;
    let job = tx.job(scope.organisation(), id).await?.ok_or(ApiError::NotFound)?;
    let faults = tx.reissue_faults(id, FAULTS).await?;
    let Tally { people, credentials, passes, paper, failed } = reissue.tally;
    let state = if job.state == State::Open { "running" } else { job.state.name() };
    let mut json = json!({
        "id": id.to_string(),
        "state": state,
        "rehearsal": reissue.rehearsal,
        "created": reissue.created.to_string(),
        "progress": { "done": job.done, "total": job.total },
        "issued": { "people": people, "credentials": credentials, "passes": passes, "paper": paper },
        "failed": failed,
        "faults": faults.iter().map(|(staff, code)| json!({ "staff": staff.to_string(), "code": code })).collect::<Value>(),
    });
    match reissue.because {
        Because::CompromisedKey(kid) => {
            json["because"] = "compromised-key".into();
            json["key"] = kid.to_string().into();
        }
        Because::CodeList => json["because"] = "code-list".into(),
    }
    if let Some(failure) = job.failure {
        json["failure"] = failure.into();
    }
    Ok(json)
}

/// One step of its job.
///
/// # Errors
/// [`ApiError::Busy`] when somebody else has the job, or one of the people, all the time.
pub async fn step(app: &App, claimed: &Claimed) -> Result<Progress, ApiError> {
    retry(|| try_step(app, claimed)).await
}

async fn try_step(app: &App, claimed: &Claimed) -> Result<Progress, ApiError> {
    let Claimed { job, lease, scope } = claimed;
    let organisation = scope.organisation();
    let now = app.world.clock.now();
    let mut tx = app.store.read().await?;
    let reissue = tx.reissue(organisation, job.id).await?.ok_or(ApiError::NotFound)?;
    let people = tx.staff_after(organisation, &reissue.after, STEP).await?;
    let Some(last) = people.last().map(|last| last.id) else { return Ok(Progress::Done) };
    let done = job.done + i64::try_from(people.len()).unwrap_or(i64::MAX);
    let keys = issue::keys(&mut tx, app, organisation, now).await?;
    let (mut decided, mut faults) = (Vec::new(), Vec::new());
    for staff in people {
        let id = staff.id;
        match decide(&mut tx, app, scope, staff, reissue.because, now).await {
            Ok(one) if one.is_nothing() => {}
            Ok(one) => decided.push(one),
            Err(fault) => faults.push((id, code(fault)?)),
        }
    }
    drop(tx);
    let tally = tally(&decided, faults.len());
    let signed =
        if reissue.rehearsal { Vec::new() } else { issue::sign(app, organisation, &keys, decided, now).await? };
    let mut tx = app.store.write().await?;
    let cause = Cause { reason: reason(reissue.because), import: None };
    issue::write(&mut tx, app, scope, &keys, &signed, cause, now).await?;
    tx.advance_reissue(&reissue, last, tally, &faults).await?;
    tx.advance_job(lease, done, now).await?;
    tx.commit().await?;
    Ok(Progress::More(done))
}

fn reason(because: Because) -> &'static str {
    match because {
        Because::CompromisedKey(_) => "key-compromised",
        Because::CodeList => "updated-information",
    }
}

/// The code of what keeps one person from it; what keeps everybody from it is not theirs.
fn code(fault: ApiError) -> Result<&'static str, ApiError> {
    match fault {
        ApiError::Store(StoreError::Corrupt(_)) => Ok("unreadable-record"),
        ApiError::PassTooLong { .. } => Ok("pass-too-long"),
        ApiError::Fields(problems) if problems.0.iter().any(|it| it.code == NO_IDENTITY) => Ok(NO_IDENTITY),
        ApiError::Fields(_) => Ok("too-many-records"),
        other => Err(other),
    }
}

fn tally(decided: &[Decided], failed: usize) -> Tally {
    let count = |wanted: &dyn Fn(&issuance::Draft) -> bool| {
        let drafts = decided.iter().flat_map(|one| &one.plan.drafts);
        i64::try_from(drafts.filter(|draft| wanted(draft)).count()).unwrap_or(i64::MAX)
    };
    Tally {
        people: i64::try_from(decided.len()).unwrap_or(i64::MAX),
        credentials: count(&|draft| draft.family.is_some()),
        passes: count(&|draft| draft.family.is_none()),
        paper: count(&|draft| draft.name == Carrier::Paper.name()),
        failed: i64::try_from(failed).unwrap_or(i64::MAX),
    }
}

/// What is to be signed anew for one person.
async fn decide(
    tx: &mut Tx,
    app: &App,
    scope: &Scope,
    staff: Staff,
    because: Because,
    now: Timestamp,
) -> Result<Decided, ApiError> {
    let (held, issued) = holdings(tx, app, &staff).await?;
    let mut anew = Vec::new();
    for issued in newest(&issued, now) {
        let wanted = match because {
            Because::CompromisedKey(kid) => issued.kid == kid.to_string(),
            Because::CodeList => !still_says(issued, &held, app),
        };
        if wanted {
            anew.push(issued.id);
        }
    }
    let plan = plan(&held, &issued, &anew, now);
    Decided::of(scope.organisation(), staff, plan, issued, now)
}

/// The newest of what stands for all of a family, or of all passes of one carrier, and has not run out.
fn newest(issued: &[Issued], now: Timestamp) -> impl Iterator<Item = &Issued> {
    let mut seen = HashSet::new();
    let standing = issued.iter().filter(move |it| it.standing && it.expires >= now);
    standing.filter(move |it| seen.insert(it.family.clone()))
}

/// Whether a token reads, by today's code lists, as its records do, and would be written like that again.
/// Records that do not stand any more have their status to say so.
fn still_says(issued: &Issued, held: &[Held], app: &App) -> bool {
    let Some(read) = read(issued, app) else { return false };
    let fits = |(record, id): (&Record, &Id)| {
        let standing = held.iter().find(|held| held.id == *id);
        standing.is_none_or(|held| held.hash == issuance::hash(record))
    };
    read.len() == issued.records.len() && read.iter().zip(&issued.records).all(fits)
}

/// A token's records, if it reads and would be written as it is.
fn read(issued: &Issued, app: &App) -> Option<Vec<Record>> {
    if issued.form == Form::Pass {
        return Some(UnverifiedPass::parse(&issued.token, &app.lists).ok()?.claims.records);
    }
    let jws = Jws::parse(&issued.token, Type::Credential).ok()?;
    let claims = Credential::from_json(&jws.payload, &app.lists).ok()?;
    let organisation = OrganisationCode::parse(claims.issuer.rsplit(':').next()?)?;
    let again = claims.to_json(&app.organisation_address(&organisation), &app.schemas());
    (again.as_bytes() == &*jws.payload).then_some(claims.records)
}

/// Decides: a fresh token for each of these, of all that the person holds now.
fn plan(held: &[Held], issued: &[Issued], anew: &[Id], now: Timestamp) -> Plan {
    let mut plan = Plan::default();
    for id in anew {
        let Some(before) = issued.iter().find(|it| it.id == *id) else { continue };
        let holdings = Holdings { held: held.to_vec(), issued: issued.to_vec(), unsafe_keys: Vec::new() };
        let wish = Wish { renew: Some(*id), carrier: Carrier::parse(&before.family), ..Wish::default() };
        // Nothing comes in, so that no id is needed.
        let one = issuance::prepare(holdings, wish, now, || *id);
        plan.drafts.extend(one.drafts.into_iter().filter(|draft| draft.supersedes == Some(*id)));
        plan.suspended = one.suspended;
    }
    plan
}
