//! Looking at every open movement again: whose last day has passed, and who stands otherwise than
//! rosters were told. Any number of nodes may do it at once: each change is a conditional update, and
//! looking twice changes nothing.

use std::sync::Arc;

use passport_verifier::Bundle;
use tracing::error;

use super::case::{Case, Version};
use super::settle::{Keep, News, settle};
use super::{By, State, Step, take};
use crate::app::App;
use crate::error::ApiError;
use crate::relied;
use crate::store::movements::Movement;

/// Movements that are read at once.
const PAGE: i64 = 200;

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
        let bundle = match relied::bundle(app).await {
            Ok(bundle) => Some(bundle),
            // Before the first trust list nothing can be judged, but time passes all the same.
            Err(ApiError::State(_)) => None,
            Err(fault) => return Err(fault),
        };
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
    let works = matches!(movement.state, State::Agreed | State::Active);
    let Some(bundle) = bundle.filter(|_| works) else { return Ok(false) };
    let case = Case::load_with(app, movement, Version::Newest, bundle.clone()).await?;
    let (decision, cleared) =
        case.judge(app, |judged| (case.decision(app, judged), judged.clearance(case.first_day(today)).until));
    let before = app.store.read().await?.decisions(case.movement.id, 1).await?;
    if !News::of(&case.movement, &decision, cleared, before.first()).is_any() {
        return Ok(false);
    }
    let mut tx = app.store.write().await?;
    let changed = settle(&mut tx, app, &case.movement, &decision, cleared, Keep::IfNew).await?;
    tx.commit().await?;
    Ok(changed)
}
