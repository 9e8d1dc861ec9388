//! What an operator does on a node of the deployment: organisations, API keys, clients, signing keys.
//!
//! Each is one transaction, with its audit entry. What goes wrong is said in a sentence.

use passport_schema::codes::OrganisationKind;
use passport_schema::field::Context;
use passport_schema::id::{Id, KeyId, OrganisationCode};
use passport_schema::json::Json;

use crate::app::App;
use crate::auth;
use crate::client::{self, MAX_CLIENTS, Wanted};
use crate::permission::Permissions;
use crate::sign_in::key::read_set;
use crate::store::organisations::{Organisation, StoredKey};
use crate::store::{StoreError, WriteTx};
use crate::trail::note_operator;

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn words(error: StoreError) -> String {
    error.to_string()
}

fn parse_code(text: &str) -> Result<OrganisationCode, String> {
    OrganisationCode::parse(text).ok_or_else(|| format!("{text} is not an organisation code"))
}

async fn begin(app: &App) -> Result<WriteTx, String> {
    app.store.write().await.map_err(words)
}

async fn commit(tx: WriteTx) -> Result<(), String> {
    tx.commit().await.map_err(words)
}

async fn find(tx: &mut WriteTx, code: &str) -> Result<OrganisationCode, String> {
    let code = parse_code(code)?;
    let found = tx.reads().organisation(&code).await.map_err(words)?;
    found.map(|found| found.code).ok_or_else(|| format!("there is no organisation {code} here"))
}

async fn note(app: &App, tx: &mut WriteTx, code: &OrganisationCode, action: &str, subject: &str) -> Result<(), String> {
    note_operator(tx, app, code, action, subject).await.map_err(words)
}

async fn make_api_key(app: &App, tx: &mut WriteTx, code: &OrganisationCode, label: &str) -> Result<String, String> {
    let (key, hash, secret) = auth::new_key(code, &app.world);
    tx.add_api_key(&key, &hash, label, app.world.clock.now()).await.map_err(words)?;
    note(app, tx, code, "api-key.added", &key.id).await?;
    Ok(secret)
}

async fn make_signing_key(app: &App, tx: &mut WriteTx, code: &OrganisationCode, state: &str) -> Result<KeyId, String> {
    let key = app.keyring.make(code, &app.world).map_err(|error| error.to_string())?;
    let key = StoredKey { state: state.into(), ..key };
    tx.add_signing_key(code, &key).await.map_err(words)?;
    note(app, tx, code, "signing-key.added", &key.kid.to_string()).await?;
    Ok(key.kid)
}

/// Adds an organisation with its first signing key; gives its first API key, which is shown once.
///
/// # Errors
/// A sentence.
pub async fn add_organisation(
    app: &App,
    code: &str,
    name: &str,
    kind: &str,
    successor: Option<&str>,
) -> Result<String, String> {
    let code = parse_code(code)?;
    let successor = successor.map(parse_code).transpose()?;
    if app.lists.term::<OrganisationKind>(kind).is_none() {
        return Err(format!("{kind} is not in the list organisation-kind"));
    }
    let organisation = Organisation { code: code.clone(), name: name.to_owned(), kind: kind.to_owned(), successor };
    let mut tx = begin(app).await?;
    if !tx.add_organisation(&organisation, app.world.clock.now()).await.map_err(words)? {
        return Err(format!("{code} is here already"));
    }
    make_signing_key(app, &mut tx, &code, "active").await?;
    let secret = make_api_key(app, &mut tx, &code, "first").await?;
    commit(tx).await?;
    Ok(secret)
}

/// Says which organisation succeeded one.
///
/// # Errors
/// A sentence.
pub async fn set_successor(app: &App, code: &str, successor: &str) -> Result<(), String> {
    let mut tx = begin(app).await?;
    let code = find(&mut tx, code).await?;
    let successor = parse_code(successor)?;
    if successor == code {
        return Err(format!("{code} cannot succeed itself"));
    }
    tx.set_successor(&code, &successor).await.map_err(words)?;
    note(app, &mut tx, &code, "organisation.succeeded", successor.as_str()).await?;
    commit(tx).await
}

/// Makes another API key, which is shown once.
///
/// # Errors
/// A sentence.
pub async fn add_api_key(app: &App, code: &str, label: &str) -> Result<String, String> {
    let mut tx = begin(app).await?;
    let code = find(&mut tx, code).await?;
    let secret = make_api_key(app, &mut tx, &code, label).await?;
    commit(tx).await?;
    Ok(secret)
}

/// Revokes an API key by its id.
///
/// # Errors
/// A sentence.
pub async fn revoke_api_key(app: &App, code: &str, id: &str) -> Result<(), String> {
    let mut tx = begin(app).await?;
    let code = find(&mut tx, code).await?;
    tx.revoke_api_key(&code, id, app.world.clock.now()).await.map_err(|error| match error {
        StoreError::Conflict => format!("{code} has no valid API key {id}"),
        other => other.to_string(),
    })?;
    note(app, &mut tx, &code, "api-key.revoked", id).await?;
    commit(tx).await
}

/// Adds a client with its public keys and scopes; gives its id.
///
/// # Errors
/// A sentence.
pub async fn add_client(app: &App, code: &str, label: &str, jwks: &[u8], scopes: &str) -> Result<String, String> {
    let permissions = Permissions::parse(scopes).map_err(|name| format!("{name:?} is not a scope, or stands twice"))?;
    let json = Json::parse(jwks).map_err(|error| error.to_string())?;
    let mut context = Context::new(&app.lists);
    let keys = read_set(&json, &mut context);
    let keys = context.finish(keys).map_err(|problems| {
        let lines = problems.0.iter().map(|it| format!("{} {}", it.pointer, it.detail));
        lines.collect::<Vec<_>>().join("; ")
    })?;
    let wanted = Wanted { label: label.to_owned(), permissions, keys };
    let mut tx = begin(app).await?;
    let code = find(&mut tx, code).await?;
    let added = client::add(&mut tx, app, &code, "operator", wanted).await.map_err(words)?;
    let added = added.ok_or_else(|| format!("{code} has {MAX_CLIENTS} clients already; revoke one first"))?;
    commit(tx).await?;
    Ok(added.id.0.to_string())
}

/// Revokes a client by its id.
///
/// # Errors
/// A sentence.
pub async fn revoke_client(app: &App, code: &str, id: &str) -> Result<(), String> {
    let wanted = Id::parse_bare(id).ok_or("a client's id is a UUID")?;
    let mut tx = begin(app).await?;
    let code = find(&mut tx, code).await?;
    client::revoke(&mut tx, app, &code, "operator", wanted).await.map_err(|error| match error {
        StoreError::Conflict => format!("{code} has no client {id} that is not revoked"),
        other => other.to_string(),
    })?;
    commit(tx).await
}

/// Makes a new signing key; gives its id. It begins to sign when a trust list names it, because
/// until then no verifier would believe it; the key before it then retires, and what it signed stands.
///
/// # Errors
/// A sentence.
pub async fn rotate_key(app: &App, code: &str) -> Result<KeyId, String> {
    let mut tx = begin(app).await?;
    let code = find(&mut tx, code).await?;
    let kid = make_signing_key(app, &mut tx, &code, "next").await?;
    commit(tx).await?;
    Ok(kid)
}

/// Marks a signing key as compromised: nothing that it signed counts any more.
///
/// # Errors
/// A sentence.
pub async fn compromise_key(app: &App, code: &str, kid: &str) -> Result<(), String> {
    let kid = KeyId::parse(kid).ok_or("a key's id is 8 hexadecimal digits")?;
    let mut tx = begin(app).await?;
    let code = find(&mut tx, code).await?;
    let keys = tx.reads().signing_keys(&code).await.map_err(words)?;
    let key = keys.iter().find(|key| key.kid == kid && key.state != "compromised");
    let key = key.ok_or_else(|| format!("{code} has no key {kid} that is not compromised yet"))?;
    tx.change_signing_key(&code, kid, &key.state, "compromised", app.world.clock.now()).await.map_err(words)?;
    note(app, &mut tx, &code, "signing-key.compromised", &kid.to_string()).await?;
    commit(tx).await
}
