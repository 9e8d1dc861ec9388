//! Imports that nobody came back to.

use super::{Import, State};
use crate::app::App;
use crate::error::ApiError;
use crate::store::StoreError;
use crate::trail::note_by;

/// How long a file may be in coming without a sign of life, in seconds.
const HOUR: i64 = 3_600;
/// How long a preview waits for somebody to say yes, in seconds.
const WEEK: i64 = 7 * 86_400;

/// Deletes files that did not come in whole, and previews that nobody has committed for a week.
///
/// # Errors
/// [`ApiError`]; what is left is for the next time.
pub async fn sweep(app: &App) -> Result<(), ApiError> {
    let now = app.world.clock.now();
    let mut tx = app.store.read().await?;
    let broken = tx.stale_imports(State::Receiving, now.plus(-HOUR)).await?;
    let forgotten = tx.stale_imports(State::Previewed, now.plus(-WEEK)).await?;
    drop(tx);
    for import in broken {
        let mut tx = app.store.write().await?;
        tx.delete_import(import.id).await?;
        tx.commit().await?;
    }
    for import in forgotten {
        let mut tx = app.store.write().await?;
        let cancelled = Import { state: State::Cancelled, ..import };
        match tx.keep_import(&cancelled, State::Previewed, now).await {
            // Somebody came back after all.
            Err(StoreError::Conflict) => continue,
            other => other?,
        }
        tx.forget_file(cancelled.id).await?;
        note_by(&mut tx, app, &cancelled.organisation, "clock", "import.cancelled", &cancelled.id.to_string(), None)
            .await?;
        tx.commit().await?;
    }
    Ok(())
}
