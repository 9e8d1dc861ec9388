//! Looking at every open movement again: whose last day has passed, and who stands otherwise than
//! rosters were told. Any number of nodes may do it at once: each change is a conditional update, and
//! looking twice changes nothing.

use std::sync::Arc;

use passport_schema::time::Date;
use passport_verifier::Bundle;
use tracing::error;

use super::case::{Case, Version};
use super::clearance::Clearance;
use super::{By, State, Step, note, take};
use crate::app::App;
use crate::error::ApiError;
use crate::relied;
use crate::store::decisions::Decision;
use crate::store::movements::Movement;

/// Movements that are read at once.
const PAGE: i64 = 200;
/// How many days before somebody's clearance ends rosters are warned.
const WARNING: i64 = 7;

/// Looks at every open movement once; how many stood otherwise than before.
///
/// # Errors
/// [`ApiError`], when the database does not answer; what goes wrong with one movement is logged.
pub async fn sweep(app: &App) -> Result<usize, ApiError> {
    let (mut after, mut changed) = (String::new(), 0);
    loop {
        let page = app.store.read().await?.open_movements(&after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(changed) };
        after = last.id.0.to_string();
        // Before the first trust list nothing can be judged, but time passes all the same.
        let bundle = relied::bundle(app).await.ok();
        for movement in page {
            let id = movement.id;
            match look(app, movement, bundle.as_ref()).await {
                Ok(differs) => changed += usize::from(differs),
                // Somebody else was quicker, or will be next time.
                Err(ApiError::Busy) => {}
                Err(fault) => error!(movement = %id, error.detail = %fault, "not looked at again"),
            }
        }
    }
}

async fn look(app: &App, movement: Movement, bundle: Option<&Arc<Bundle>>) -> Result<bool, ApiError> {
    let today = app.world.clock.now().london_date();
    if movement.ends < today {
        let step = if movement.state == State::Active { Step::End } else { Step::Cancel };
        let mut tx = app.store.write().await?;
        take(&mut tx, app, &movement, step, &By::clock()).await?;
        tx.commit().await?;
        return Ok(true);
    }
    let Some(bundle) = bundle.filter(|_| movement.state == State::Active) else { return Ok(false) };
    let case = Case::load_with(app, movement, Version::Newest, bundle.clone()).await?;
    let (decision, until) = case.judge(app, case.movement.ends, |assessment| {
        let until = assessment.and_then(|it| Clearance::of(it, today).until);
        (case.decision(app, assessment), until)
    })?;
    record(app, &case.movement, &decision, until, today).await
}

/// Writes what has changed, and the events that tell of it.
async fn record(
    app: &App,
    movement: &Movement,
    decision: &Decision,
    until: Option<Date>,
    today: Date,
) -> Result<bool, ApiError> {
    let until_text = until.map(|day| day.to_string());
    let soon = until.filter(|day| *day < movement.ends && day.days_since(today) <= WARNING);
    let warned = soon.map(|day| day.to_string()).or_else(|| movement.warned.clone());
    let before = app.store.read().await?.decisions(movement.id, 1).await?;
    let differs = before.first().is_none_or(|before| {
        before.version != decision.version || before.content != decision.content || before.overall != decision.overall
    });
    let moved = until_text != movement.cleared_until;
    let warns = soon.is_some() && warned != movement.warned;
    if !(differs || moved || warns) {
        return Ok(false);
    }
    let mut tx = app.store.write().await?;
    tx.keep_clearance(movement, decision.version, until_text.as_deref(), warned.as_deref()).await?;
    if differs {
        tx.keep_decision(movement.id, decision).await?;
        note(&mut tx, app, movement, "clock", "movement.reassessed", None).await?;
    }
    if moved {
        note(&mut tx, app, movement, "clock", "movement.clearance-changed", None).await?;
    }
    if warns {
        note(&mut tx, app, movement, "clock", "movement.clearance-ends", None).await?;
    }
    tx.commit().await?;
    Ok(true)
}
