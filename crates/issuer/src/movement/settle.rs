//! Writing down what a look at a movement comes to, once, and telling rosters of what has changed.

use passport_schema::movement::State;
use passport_schema::time::Date;

use super::note;
use crate::app::App;
use crate::error::ApiError;
use crate::store::WriteTx;
use crate::store::decisions::Decision;
use crate::store::movements::Movement;

/// How many days before somebody's clearance ends rosters are warned.
const WARNING: i64 = 7;

/// When a decision is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// Whenever somebody has decided.
    Always,
    /// When it says something else than the one before.
    IfNew,
}

/// Keeps a decision and the last day of clearance, with the events of what has changed; whether anything
/// has. The movement is held from its first statement on, so that of two who look at once the second
/// finds what the first has written.
pub(super) async fn settle(
    tx: &mut WriteTx,
    app: &App,
    movement: &Movement,
    decision: &Decision,
    cleared: Option<Date>,
    keep: Keep,
) -> Result<bool, ApiError> {
    let today = decision.at.london_date();
    let works = matches!(movement.state, State::Agreed | State::Active);
    let cleared = cleared.filter(|_| works);
    let soon = cleared.filter(|day| *day < movement.ends && day.days_since(today) <= WARNING);
    let cleared = cleared.map(|day| day.to_string());
    let warned = soon.map(|day| day.to_string()).or_else(|| movement.warned.clone());
    tx.keep_clearance(movement, decision.version, cleared.as_deref(), warned.as_deref()).await?;
    let before = tx.reads().decisions(movement.id, 1).await?;
    let differs = before.first().is_none_or(|before| {
        before.version != decision.version || before.content != decision.content || before.overall != decision.overall
    });
    if differs || keep == Keep::Always {
        tx.keep_decision(movement.id, decision).await?;
    }
    let moved = works && cleared != movement.cleared_until;
    let warns = soon.is_some() && warned != movement.warned;
    for (happened, event) in [
        (differs && keep == Keep::IfNew, "movement.reassessed"),
        (moved, "movement.clearance-changed"),
        (warns, "movement.clearance-ends"),
    ] {
        if happened {
            note(tx, app, movement, "clock", event).await?;
        }
    }
    Ok(differs || moved || warns)
}
