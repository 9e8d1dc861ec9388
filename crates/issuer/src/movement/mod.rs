//! Movements: one person, from one organisation to another, for a purpose and dates.
//!
//! - The host opens one and gets a link for the person; whoever holds the link shows a passport with it,
//!   once. A receipt lets the person come back, look, take it back, or tell others.
//! - What was shown is kept sealed while the movement is open, and judged again with each newer bundle;
//!   when the movement is over it is deleted. What was decided stays and names no person.
//! - Each step is one conditional update on the state that it expects, with its actor and reason.

mod case;
mod host;
mod notice;
mod open;
mod settle;
mod share;
mod sweep;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use passport_schema::id::OrganisationCode;
use passport_schema::movement::{Actor, State, Step};
use sha2::{Digest as _, Sha256};

pub(crate) use self::host::summary;
pub use self::host::{agreements, answer_agreement, clearance, confirm, decide, look, show, step};
pub use self::notice::{deliver, receive, tell};
pub use self::open::{Opening, ask_again, open};
pub use self::share::{asked, decline, receipt, share, show_agreement, withdraw};
pub use self::sweep::sweep;
use crate::app::App;
use crate::auth::Scope;
use crate::error::ApiError;
use crate::store::movements::{Movement, Taken};
use crate::store::{StoreError, WriteTx};
use crate::trail;
use crate::world::World;

/// A fresh secret with its prefix, and the hash that is kept of it.
fn secret(prefix: &str, world: &World) -> (String, [u8; 32]) {
    let secret = world.random.bytes();
    (format!("{prefix}{}", URL_SAFE_NO_PAD.encode(secret)), Sha256::digest(secret).into())
}

/// Who takes a step, for the books.
struct By<'b> {
    actor: Actor,
    name: &'b str,
    reason: Option<&'b str>,
}

impl<'b> By<'b> {
    fn host(scope: &'b Scope, reason: Option<&'b str>) -> Self {
        Self { actor: Actor::Host, name: scope.actor(), reason }
    }

    fn person(reason: Option<&'b str>) -> Self {
        Self { actor: Actor::Person, name: "person", reason }
    }

    fn clock() -> Self {
        Self { actor: Actor::Clock, name: "clock", reason: None }
    }
}

/// Where a step leads, or why it may not be taken.
fn next(movement: &Movement, step: Step, actor: Actor) -> Result<State, ApiError> {
    movement.state.after(step, actor).ok_or_else(|| ApiError::State(why_not(movement.state, step, actor)))
}

/// Why a step may not be taken from a state, and what comes first or can be done instead.
fn why_not(state: State, step: Step, actor: Actor) -> String {
    let name = state.name();
    if state.is_over() {
        return format!("the movement is {name}: it is over, and no further step can be taken");
    }
    let leads_there = |actor: Actor| {
        let then = |it: &Step| state.after(*it, actor).is_some_and(|to| to != state && to.after(step, actor).is_some());
        Step::ALL.iter().copied().find(then)
    };
    let can: Vec<_> = Step::ALL.iter().filter(|it| state.after(**it, actor).is_some()).map(|it| it.name()).collect();
    let hint = match (leads_there(actor), state) {
        (Some(first), _) => format!("{} it first", first.name()),
        (None, State::Requested) if actor == Actor::Host => "the person has to show a passport first".into(),
        (None, _) => format!("what can be done now: {}", can.join(", ")),
    };
    format!("the movement is {name}, and {} is not possible from there; {hint}", step.name())
}

/// Takes a step: state, books, event; and, when it is over, forgets what was shown. Organisations of this
/// deployment that were told learn of it.
async fn take(tx: &mut WriteTx, app: &App, movement: &Movement, step: Step, by: &By<'_>) -> Result<Movement, ApiError> {
    let to = next(movement, step, by.actor)?;
    let taken = Taken {
        at: app.world.clock.now(),
        actor: by.name.to_owned(),
        step: step.name().to_owned(),
        state: to.name().to_owned(),
        reason: by.reason.map(str::to_owned),
    };
    tx.step(movement.id, movement.state, to, &taken, app.world.id()).await?;
    // Somebody who works there and shows something more has not begun anew.
    let event = if to == movement.state { step.done() } else { to.name() };
    note(tx, app, movement, by.name, &format!("movement.{event}")).await?;
    if to.is_over() {
        tx.forget(movement.id).await?;
    }
    let link_until = movement.link_until.filter(|_| !to.is_over());
    let moved = Movement { state: to, changed: taken.at, link_until, ..movement.clone() };
    notice::renew(tx, app, &moved).await?;
    Ok(moved)
}

/// Notes a deed without its reason: that is free text, and stands among the movement's own steps.
async fn note(tx: &mut WriteTx, app: &App, movement: &Movement, actor: &str, action: &str) -> Result<(), StoreError> {
    trail::note_by(tx, app, &movement.host, actor, action, &movement.id.to_string(), None).await
}

/// The context under which a shown item is sealed.
fn item_context(host: &OrganisationCode, movement: &Movement, item: i64) -> String {
    format!("movement/{host}/{}/{item}", movement.id)
}
