//! A withdrawal of many: previewed, confirmed, and after a while in which it can be undone, done by a job in
//! steps of a few hundred. One event a person.
//!
//! What is done is what was previewed: each thing of the preview is decided again when its turn comes, and
//! what matches only since is counted and left alone.

use std::time::Duration;

use passport_schema::id::Id;
use passport_schema::status::Status;
use passport_schema::time::Timestamp;
use serde_json::{Value, json};

use super::query::Query;
use crate::app::App;
use crate::auth::Scope;
use crate::error::ApiError;
use crate::issuance::shown_subject;
use crate::jobs::{self, Claimed, Progress};
use crate::retry::retry;
use crate::status_change::Changes;
use crate::store::credentials::Form;
use crate::store::jobs::{Job, Kind, State};
use crate::store::staff::Change;
use crate::store::withdrawals::{Counts, Fate, Found, Item, ItemForm, Withdrawal};
use crate::store::{StoreError, Tx, WriteTx};
use crate::trail::note;

/// How long a withdrawal can be undone before it is published.
pub const UNDO: Duration = Duration::from_mins(10);
/// How long a preview can be confirmed, in seconds: a day.
const FRESH: i64 = 86_400;
/// The reason for which nobody waits.
const COMPROMISED: &str = "key-compromised";
/// Things of one step, unless one person has more.
const STEP: i64 = 300;
/// Things of one page.
pub const PAGE: i64 = 100;

/// Finds what a query would touch and keeps it; nothing is withdrawn. The answer as JSON.
///
/// # Errors
/// [`ApiError::Fields`] for a record that is not there; [`ApiError::State`] for too many.
pub async fn preview(app: &App, scope: &Scope, query: &Query, reason: &str) -> Result<Value, ApiError> {
    let organisation = scope.organisation();
    let now = app.world.clock.now();
    let mut tx = app.store.read().await?;
    query.check(&mut tx, organisation).await?;
    let found = query.find(&mut tx, organisation, now).await?;
    drop(tx);
    let of = |form| i64::try_from(found.iter().filter(|it| it.form == form).count()).unwrap_or(i64::MAX);
    let people = found.chunk_by(|one, two| one.staff == two.staff).count();
    let withdrawal = Withdrawal {
        id: app.world.id(),
        query: query.to_value().to_string(),
        reason: reason.to_owned(),
        people: i64::try_from(people).unwrap_or(i64::MAX),
        records: of(ItemForm::Record),
        credentials: of(ItemForm::Credential),
        passes: of(ItemForm::Pass),
        counts: Counts::default(),
        still: None,
        created: now,
    };
    let mut tx = app.store.write().await?;
    tx.add_withdrawal(organisation, &withdrawal, &found, now.plus(-FRESH)).await?;
    note(&mut tx, app, scope, "withdrawal.previewed", &withdrawal.id.to_string(), Some(reason)).await?;
    tx.commit().await?;
    show(app, scope, withdrawal.id, 0).await
}

/// A withdrawal with a page of what it touches, as JSON.
///
/// # Errors
/// [`ApiError::NotFound`].
pub async fn show(app: &App, scope: &Scope, id: Id, after: i64) -> Result<Value, ApiError> {
    let mut tx = app.store.read().await?;
    let (withdrawal, job) = find(&mut tx, scope, id).await?;
    let items = tx.withdrawal_items(id, after, PAGE).await?;
    let mut json = summary(app, &withdrawal, job.as_ref());
    json["items"] = items.iter().map(item).collect();
    if let Some(last) = items.last().filter(|_| items.len() == usize::try_from(PAGE).unwrap_or_default()) {
        json["next"] = last.position.into();
    }
    Ok(json)
}

/// A page of an organisation's withdrawals, newest first, as JSON.
///
/// # Errors
/// [`ApiError`].
pub async fn list(app: &App, scope: &Scope, before: &str) -> Result<Value, ApiError> {
    let mut tx = app.store.read().await?;
    let page = tx.withdrawals(scope.organisation(), before, PAGE).await?;
    let mut all = Vec::new();
    for withdrawal in &page {
        let job = tx.job(scope.organisation(), withdrawal.id).await?;
        all.push(summary(app, withdrawal, job.as_ref()));
    }
    let mut json = json!({ "withdrawals": all });
    if let Some(last) = page.last().filter(|_| page.len() == usize::try_from(PAGE).unwrap_or_default()) {
        json["next"] = last.id.0.to_string().into();
    }
    Ok(json)
}

/// Says that it is to be done: after the time in which it can be undone, or at once for a stolen key.
///
/// # Errors
/// [`ApiError::NotFound`]; [`ApiError::State`] where that is not possible any more.
pub async fn confirm(app: &App, scope: &Scope, id: Id) -> Result<Value, ApiError> {
    let now = app.world.clock.now();
    let mut tx = app.store.write().await?;
    let (withdrawal, job) = find(tx.reads(), scope, id).await?;
    let refuse = |why: &str| Err(ApiError::State(why.into()));
    if job.is_some() {
        return refuse("it was confirmed before");
    }
    if withdrawal.created.plus(FRESH) < now {
        return refuse("its preview is more than a day old; make another");
    }
    if withdrawal.people == 0 {
        return refuse("it touches nothing");
    }
    let wait = if withdrawal.reason == COMPROMISED { 0 } else { seconds(UNDO) };
    let job = jobs::new(id, Kind::Withdrawal, scope, total(&withdrawal), now.plus(wait), now);
    tx.add_job(&job).await?;
    note(&mut tx, app, scope, "withdrawal.confirmed", &id.to_string(), Some(&withdrawal.reason)).await?;
    tx.commit().await?;
    app.bell.notify_waiters();
    show(app, scope, id, 0).await
}

/// Undoes a withdrawal that has not begun.
///
/// # Errors
/// [`ApiError::NotFound`]; [`ApiError::State`] before it is confirmed and after it has begun.
pub async fn cancel(app: &App, scope: &Scope, id: Id) -> Result<Value, ApiError> {
    let now = app.world.clock.now();
    let mut tx = app.store.write().await?;
    let (withdrawal, job) = find(tx.reads(), scope, id).await?;
    if job.is_none() {
        return Err(ApiError::State("it is not confirmed, so that there is nothing to undo".into()));
    }
    tx.cancel_job(scope.organisation(), id, now).await.map_err(|error| match error {
        StoreError::Conflict => ApiError::State("it has begun, or is over".into()),
        other => other.into(),
    })?;
    note(&mut tx, app, scope, "withdrawal.cancelled", &id.to_string(), Some(&withdrawal.reason)).await?;
    tx.commit().await?;
    show(app, scope, id, 0).await
}

/// One step of its job.
///
/// # Errors
/// [`ApiError::Busy`] when somebody else has the job now.
pub async fn step(app: &App, claimed: &Claimed) -> Result<Progress, ApiError> {
    retry(|| try_step(app, claimed)).await
}

async fn try_step(app: &App, claimed: &Claimed) -> Result<Progress, ApiError> {
    let Claimed { job, lease, scope } = claimed;
    let organisation = scope.organisation();
    let now = app.world.clock.now();
    let mut tx = app.store.write().await?;
    let (withdrawal, _) = find(tx.reads(), scope, job.id).await?;
    let mut items = tx.reads().withdrawal_items(job.id, job.done, STEP).await?;
    let Some(done) = whole_people(&mut items) else {
        drop(tx);
        return close(app, claimed, &withdrawal).await;
    };
    let mut changes = Changes::new(organisation, now);
    let mut counts = Counts::default();
    for of_one in items.chunk_by(|one, two| one.found.staff == two.found.staff) {
        let mut touched = false;
        for item in of_one {
            let fate = withdraw(&mut tx, &mut changes, scope, item.found, &withdrawal.reason, now).await?;
            tx.settle_item(job.id, item.position, fate).await?;
            counts.add(fate);
            touched |= fate == Fate::Withdrawn;
        }
        if touched {
            let staff = of_one[0].found.staff;
            let person = tx.reads().staff(organisation, staff).await?.ok_or(StoreError::Conflict)?;
            tx.keep_staff(organisation, &[&person], now).await?;
            let action =
                if of_one[0].found.form == ItemForm::Record { "records.withdrawn" } else { "tokens.withdrawn" };
            note(&mut tx, app, scope, action, &staff.to_string(), Some(&withdrawal.reason)).await?;
        }
    }
    changes.finish(&mut tx).await?;
    tx.count_withdrawn(job.id, counts).await?;
    tx.advance_job(lease, done, now).await?;
    tx.commit().await?;
    Ok(Progress::More(done))
}

/// Leaves out the last person unless all of theirs is there; the position of the last thing that is left.
fn whole_people(items: &mut Vec<Item>) -> Option<i64> {
    let last = items.last()?;
    let full = items.len() == usize::try_from(STEP).unwrap_or_default();
    let begin = items.iter().position(|item| item.found.staff == last.found.staff);
    if let Some(begin) = begin.filter(|begin| full && *begin > 0) {
        items.truncate(begin);
    }
    items.last().map(|last| last.position)
}

/// Decides again, now that its turn has come, and withdraws what stands.
async fn withdraw(
    tx: &mut WriteTx,
    changes: &mut Changes<'_>,
    scope: &Scope,
    found: Found,
    reason: &str,
    now: Timestamp,
) -> Result<Fate, ApiError> {
    let organisation = scope.organisation();
    let change = |from| Change { from, to: Status::Withdrawn, reason, superseded_by: None, at: now };
    if found.form == ItemForm::Record {
        let record = tx.reads().record(organisation, found.id).await?;
        let Some((_, record)) = record else { return Ok(Fate::Gone) };
        let fate = fate(record.status);
        if fate == Fate::Withdrawn {
            changes.record(tx, found.id, &change(record.status)).await?;
        }
        return Ok(fate);
    }
    let form = if found.form == ItemForm::Pass { Form::Pass } else { Form::Credential };
    let issued = tx.reads().issued(organisation, found.id).await?.filter(|issued| issued.form == form);
    let Some(issued) = issued else { return Ok(Fate::Gone) };
    let fate = fate(issued.status);
    if fate == Fate::Withdrawn {
        changes.issued(tx, &issued, &change(issued.status)).await?;
    }
    Ok(fate)
}

fn fate(status: Status) -> Fate {
    match status {
        Status::Valid | Status::Suspended => Fate::Withdrawn,
        Status::Withdrawn => Fate::WithdrawnBefore,
        Status::Superseded => Fate::Superseded,
    }
}

/// Nothing is left: counts what matches all the same, because it came after the preview.
async fn close(app: &App, claimed: &Claimed, withdrawal: &Withdrawal) -> Result<Progress, ApiError> {
    if withdrawal.still.is_some() {
        return Ok(Progress::Done);
    }
    let Claimed { job, lease, scope } = claimed;
    let now = app.world.clock.now();
    let query = Query::parse(&withdrawal.query, &app.lists).ok_or(StoreError::Corrupt("query"))?;
    let mut tx = app.store.read().await?;
    let still = query.find(&mut tx, scope.organisation(), now).await?.len();
    drop(tx);
    let mut tx = app.store.write().await?;
    tx.close_withdrawal(job.id, i64::try_from(still).unwrap_or(i64::MAX)).await?;
    note(&mut tx, app, scope, "withdrawal.done", &job.id.to_string(), Some(&withdrawal.reason)).await?;
    tx.advance_job(lease, job.done, now).await?;
    tx.commit().await?;
    Ok(Progress::Done)
}

async fn find(tx: &mut Tx, scope: &Scope, id: Id) -> Result<(Withdrawal, Option<Job>), ApiError> {
    let withdrawal = tx.withdrawal(scope.organisation(), id).await?.ok_or(ApiError::NotFound)?;
    Ok((withdrawal, tx.job(scope.organisation(), id).await?))
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

fn total(withdrawal: &Withdrawal) -> i64 {
    withdrawal.records + withdrawal.credentials + withdrawal.passes
}

/// Where it stands, in a word.
fn state(job: Option<&Job>, now: Timestamp) -> &'static str {
    match job {
        None => "preview",
        Some(job) => match job.state {
            State::Open if job.done == 0 && job.not_before > now => "waiting",
            State::Open => "running",
            other => other.name(),
        },
    }
}

fn summary(app: &App, withdrawal: &Withdrawal, job: Option<&Job>) -> Value {
    let Counts { withdrawn, withdrawn_before, superseded, gone } = withdrawal.counts;
    let state = state(job, app.world.clock.now());
    let mut json = json!({
        "id": withdrawal.id.to_string(),
        "state": state,
        "query": serde_json::from_str::<Value>(&withdrawal.query).unwrap_or_default(),
        "reason": withdrawal.reason,
        "created": withdrawal.created.to_string(),
        "touches": {
            "people": withdrawal.people,
            "records": withdrawal.records,
            "credentials": withdrawal.credentials,
            "passes": withdrawal.passes,
        },
    });
    if let Some(job) = job {
        json["progress"] = json!({ "done": job.done, "total": job.total });
        json["outcome"] = json!({
            "withdrawn": withdrawn,
            "withdrawnBefore": withdrawn_before,
            "superseded": superseded,
            "gone": gone,
        });
        if state == "waiting" {
            json["undoUntil"] = job.not_before.to_string().into();
        }
        if let Some(failure) = &job.failure {
            json["failure"] = failure.clone().into();
        }
    }
    if let Some(still) = withdrawal.still {
        json["stillMatches"] = still.into();
    }
    json
}

fn item(item: &Item) -> Value {
    let mut json = json!({
        "form": item.found.form.name(),
        "id": item.found.id.to_string(),
        "staff": item.found.staff.to_string(),
    });
    if let Some(about) = &item.about {
        json["about"] = shown_subject(about).into();
    }
    if let Some(reference) = &item.reference {
        json["reference"] = reference.clone().into();
    }
    if let Some(fate) = &item.fate {
        json["outcome"] = fate.clone().into();
    }
    json
}
