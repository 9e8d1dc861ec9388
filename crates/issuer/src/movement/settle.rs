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

/// What a look says that was not known before.
pub(super) struct News {
    cleared: Option<String>,
    warned: Option<String>,
    differs: bool,
    moved: bool,
    warns: bool,
}

impl News {
    /// Out of a look, and the newest decision before it.
    pub(super) fn of(
        movement: &Movement,
        decision: &Decision,
        cleared: Option<Date>,
        before: Option<&Decision>,
    ) -> Self {
        let today = decision.at.london_date();
        let works = matches!(movement.state, State::Agreed | State::Active);
        let cleared = cleared.filter(|_| works);
        let soon = cleared.filter(|day| *day < movement.ends && day.days_since(today) <= WARNING);
        let cleared = cleared.map(|day| day.to_string());
        let warned = soon.map(|day| day.to_string()).or_else(|| movement.warned.clone());
        let same = |before: &Decision| {
            (before.version, &before.content, &before.overall)
                == (decision.version, &decision.content, &decision.overall)
        };
        Self {
            differs: !before.is_some_and(same),
            moved: works && cleared != movement.cleared_until,
            warns: soon.is_some() && warned != movement.warned,
            cleared,
            warned,
        }
    }

    /// Whether there is any.
    pub(super) fn is_any(&self) -> bool {
        self.differs || self.moved || self.warns
    }
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
    let unseen = News::of(movement, decision, cleared, None);
    tx.keep_clearance(movement, decision.version, unseen.cleared.as_deref(), unseen.warned.as_deref()).await?;
    let before = tx.reads().decisions(movement.id, 1).await?;
    let news = News::of(movement, decision, cleared, before.first());
    if news.differs || keep == Keep::Always {
        tx.keep_decision(movement.id, decision).await?;
    }
    for (happened, event) in [
        (news.differs && keep == Keep::IfNew, "movement.reassessed"),
        (news.moved, "movement.clearance-changed"),
        (news.warns, "movement.clearance-ends"),
    ] {
        if happened {
            note(tx, app, movement, "clock", event).await?;
        }
    }
    Ok(news.is_any())
}
