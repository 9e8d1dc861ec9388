//! Clients of an organisation: added and revoked by an operator, or by the organisation itself.

use passport_schema::id::{Id, OrganisationCode};

use crate::app::App;
use crate::permission::Permissions;
use crate::sign_in::key::{ClientKey, set_to_json};
use crate::store::clients::Client;
use crate::store::{StoreError, WriteTx};
use crate::trail::note_by;

/// Most clients of one organisation that were not revoked.
pub const MAX_CLIENTS: usize = 100;

/// What a new client is to be.
pub struct Wanted {
    /// What it is for.
    pub label: String,
    /// What it may do.
    pub permissions: Permissions,
    /// Its keys.
    pub keys: Vec<ClientKey>,
}

/// Adds a client; `None` if the organisation has as many as it may.
///
/// # Errors
/// [`StoreError`].
pub async fn add(
    tx: &mut WriteTx,
    app: &App,
    organisation: &OrganisationCode,
    actor: &str,
    wanted: Wanted,
) -> Result<Option<Client>, StoreError> {
    if tx.reads().clients(organisation).await?.len() >= MAX_CLIENTS {
        return Ok(None);
    }
    let client = Client {
        id: app.world.id(),
        organisation: organisation.clone(),
        label: wanted.label,
        permissions: wanted.permissions,
        jwks: set_to_json(&wanted.keys).to_string(),
        created: app.world.clock.now(),
    };
    tx.add_client(&client).await?;
    note_by(tx, app, organisation, actor, "client.added", &client.id.to_string(), None).await?;
    Ok(Some(client))
}

/// Revokes a client.
///
/// # Errors
/// [`StoreError::Conflict`] if there is none that is not revoked.
pub async fn revoke(
    tx: &mut WriteTx,
    app: &App,
    organisation: &OrganisationCode,
    actor: &str,
    id: Id,
) -> Result<(), StoreError> {
    tx.revoke_client(organisation, id, app.world.clock.now()).await?;
    note_by(tx, app, organisation, actor, "client.revoked", &id.to_string(), None).await
}
