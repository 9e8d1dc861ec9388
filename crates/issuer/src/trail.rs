//! What was done, by whom: an audit entry and an event, in the transaction of what they tell of.

use passport_schema::id::OrganisationCode;

use crate::app::App;
use crate::auth::Scope;
use crate::store::trail::Deed;
use crate::store::{StoreError, WriteTx};

/// Notes what somebody with a scope has done.
///
/// # Errors
/// [`StoreError`].
pub async fn note(
    tx: &mut WriteTx,
    app: &App,
    scope: &Scope,
    action: &str,
    subject: &str,
    reason: Option<&str>,
) -> Result<(), StoreError> {
    note_by(tx, app, scope.organisation(), scope.actor(), action, subject, reason).await
}

/// Notes what an operator has done.
///
/// # Errors
/// [`StoreError`].
pub async fn note_operator(
    tx: &mut WriteTx,
    app: &App,
    organisation: &OrganisationCode,
    action: &str,
    subject: &str,
) -> Result<(), StoreError> {
    note_by(tx, app, organisation, "operator", action, subject, None).await
}

/// Notes what somebody else has done: a person with a link, or the clock.
///
/// # Errors
/// [`StoreError`].
pub async fn note_by(
    tx: &mut WriteTx,
    app: &App,
    organisation: &OrganisationCode,
    actor: &str,
    action: &str,
    subject: &str,
    reason: Option<&str>,
) -> Result<(), StoreError> {
    let deed = Deed {
        at: app.world.clock.now(),
        actor: actor.to_owned(),
        action: action.to_owned(),
        subject: subject.to_owned(),
        reason: reason.map(str::to_owned),
    };
    tx.note(organisation, &[(deed, [app.world.id(), app.world.id()])]).await
}
