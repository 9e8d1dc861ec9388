//! Signing in: a client shows an assertion that its own key has signed, and gets an access token (RFC 6749,
//! section 4.4; RFC 7521; RFC 7523), as with NHS APIs.
//!
//! An access token is 32 random bytes of which the hash is kept, not a token that says by itself what it
//! opens: each request looks into the database anyway, and so a revoked client is out at once.

pub mod assertion;
pub mod key;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use passport_schema::codes::CodeLists;
use passport_schema::field::Context;
use passport_schema::json::Json;
use passport_schema::problem::Problems;
use sha2::{Digest as _, Sha256};

use self::assertion::{Refusal, Unverified};
use self::key::ClientKey;
use crate::app::App;
use crate::auth::ACCESS_TOKEN;
use crate::permission::Permissions;
use crate::store::StoreError;

/// How long an access token opens something, in seconds.
pub const TOKEN_LIFETIME: i64 = 600;
/// How long a used assertion is remembered after its end, in seconds, for nodes whose clocks differ.
const MEMORY: i64 = 300;

/// Where assertions are sent.
#[must_use]
pub fn token_endpoint(app: &App) -> String {
    format!("{}/oauth/token", app.address)
}

/// Reads a client's keys, which nobody but us has written there.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn stored_keys(text: &str, lists: &CodeLists) -> Result<Vec<ClientKey>, StoreError> {
    let corrupt = StoreError::Corrupt("client keys");
    let Ok(json) = Json::parse(text.as_bytes()) else { return Err(corrupt) };
    let mut context = Context::new(lists);
    let keys = key::read_set(&json, &mut context);
    context.finish(keys).map_err(|_: Problems| corrupt)
}

/// Why nobody is let in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The assertion.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// More was asked for than the client may do.
    #[error("the client does not have all of these scopes")]
    Scope,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An access token, shown once.
pub struct AccessToken {
    /// The token.
    pub token: String,
    /// What it opens.
    pub permissions: Permissions,
}

/// Lets a client in. `claimed` is what it says of itself beside the assertion; `wanted` is all that it
/// may do unless it says less.
///
/// # Errors
/// [`SignInError`].
pub async fn sign_in(
    app: &App,
    assertion: &str,
    claimed: Option<&str>,
    wanted: Option<&str>,
) -> Result<AccessToken, SignInError> {
    let now = app.world.clock.now();
    let unverified = Unverified::parse(assertion).ok_or(Refusal::Unknown)?;
    let id = unverified.client;
    if claimed.is_some_and(|claimed| claimed != id.0.to_string()) {
        return Err(Refusal::Unknown.into());
    }
    let client = app.store.read().await?.client(id).await?.ok_or(Refusal::Unknown)?;
    let signed = unverified.verify(&stored_keys(&client.jwks, &app.lists)?).ok_or(Refusal::Unknown)?;
    let good = signed.judge(&[token_endpoint(app), app.address.to_string()], now)?;
    let permissions = match wanted {
        None => client.permissions,
        Some(wanted) => {
            let wanted = Permissions::parse(wanted).ok().filter(|wanted| wanted.within(&client.permissions));
            wanted.ok_or(SignInError::Scope)?
        }
    };
    let secret = app.world.random.bytes();
    let hash: [u8; 32] = Sha256::digest(secret).into();
    let mut tx = app.store.write().await?;
    if !tx.use_assertion(id, &good.jti, good.expires).await? {
        return Err(Refusal::Used.into());
    }
    tx.add_access_token(&hash, id, &permissions, now.plus(TOKEN_LIFETIME)).await?;
    tx.commit().await?;
    Ok(AccessToken { token: format!("{ACCESS_TOKEN}{}", URL_SAFE_NO_PAD.encode(secret)), permissions })
}

/// Forgets access tokens and assertions that are over.
///
/// # Errors
/// [`StoreError`].
pub async fn sweep(app: &App) -> Result<(), StoreError> {
    let now = app.world.clock.now();
    let mut tx = app.store.write().await?;
    tx.forget_sign_ins(now, now.plus(-MEMORY)).await?;
    tx.commit().await
}
