//! Who is asking. Authority is a value: whoever holds a [`Scope`] was let in, for one organisation.

use std::pin::Pin;

use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use passport_schema::id::OrganisationCode;
use sha2::{Digest as _, Sha256};

use crate::app::App;
use crate::error::ApiError;
use crate::permission::{ApiKeys, Door, Permissions, door};
use crate::store::jobs::Job;
use crate::store::organisations::ApiKey;
use crate::world::World;

/// How an API key begins.
const API_KEY: &str = "spk_";
/// How an access token begins.
pub(crate) const ACCESS_TOKEN: &str = "spt_";
/// How the link of a movement begins: whoever holds it may show a passport, once.
pub(crate) const LINK: &str = "spl_";
/// How a receipt begins: whoever holds it showed a passport.
pub(crate) const RECEIPT: &str = "spr_";

/// The right to act for one organisation. Only authentication makes one.
#[derive(Debug, Clone)]
pub struct Scope {
    organisation: OrganisationCode,
    actor: String,
    permissions: Permissions,
}

impl Scope {
    /// The right of whoever asked for a job; with a scope, because nobody else can ask for one. What they may
    /// do was looked at then.
    pub(crate) fn of_job(job: &Job) -> Self {
        Self { organisation: job.organisation.clone(), actor: job.actor.clone(), permissions: Permissions::all() }
    }

    /// The organisation.
    #[must_use]
    pub fn organisation(&self) -> &OrganisationCode {
        &self.organisation
    }

    /// Who acts, for the audit trail.
    #[must_use]
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// What they may do.
    #[must_use]
    pub fn permissions(&self) -> &Permissions {
        &self.permissions
    }
}

impl FromRequest for Scope {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let app = request.app_data::<web::Data<App>>().cloned();
        let (token, key) = (bearer(request, ACCESS_TOKEN), bearer(request, API_KEY));
        let door = request.match_pattern().and_then(|pattern| door(request.method(), &pattern));
        Box::pin(async move {
            let app = app.ok_or(ApiError::Unauthorised)?;
            let scope = match (token, key) {
                (Some(hash), _) => Self::of_token(&app, &hash).await?,
                (None, Some(hash)) if app.api_keys == ApiKeys::Accepted => Self::of_key(&app, &hash).await?,
                (None, _) => None,
            };
            let scope = scope.ok_or(ApiError::Unauthorised)?;
            match door {
                Some(Door::For(needed)) if scope.permissions.has(needed) => Ok(scope),
                Some(Door::For(needed)) => Err(ApiError::Scope(needed.name())),
                // A route that the table does not name is closed.
                Some(Door::Person) | None => Err(ApiError::Unauthorised),
            }
        })
    }
}

impl Scope {
    async fn of_token(app: &App, hash: &[u8]) -> Result<Option<Self>, ApiError> {
        let found = app.store.read().await?.access_token(hash, app.world.clock.now()).await?;
        Ok(found.map(|(client, organisation, permissions)| Self {
            organisation,
            actor: client.0.to_string(),
            permissions,
        }))
    }

    async fn of_key(app: &App, hash: &[u8]) -> Result<Option<Self>, ApiError> {
        let found = app.store.read().await?.api_key(hash).await?;
        Ok(found.map(|key| Self { organisation: key.organisation, actor: key.id, permissions: Permissions::all() }))
    }
}

/// The hash of the link that came with a request. Whether it works is for the movement to say.
#[derive(Debug, Clone, Copy)]
pub struct Link(pub [u8; 32]);

/// The hash of the receipt that came with a request.
#[derive(Debug, Clone, Copy)]
pub struct Receipt(pub [u8; 32]);

/// The hash of a bearer token that begins so.
fn bearer(request: &HttpRequest, prefix: &str) -> Option<[u8; 32]> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    hash(header.strip_prefix("Bearer ")?, prefix)
}

impl FromRequest for Link {
    type Error = ApiError;
    type Future = std::future::Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let came = request.headers().contains_key(AUTHORIZATION);
        let fault = if came { ApiError::LinkGone } else { ApiError::Unauthorised };
        std::future::ready(bearer(request, LINK).map(Self).ok_or(fault))
    }
}

impl FromRequest for Receipt {
    type Error = ApiError;
    type Future = std::future::Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(bearer(request, RECEIPT).map(Self).ok_or(ApiError::Unauthorised))
    }
}

fn hash(key: &str, prefix: &str) -> Option<[u8; 32]> {
    let secret = URL_SAFE_NO_PAD.decode(key.strip_prefix(prefix)?).ok().filter(|secret| secret.len() == 32)?;
    Some(Sha256::digest(secret).into())
}

/// A new API key: what is kept of it, its hash, and the key itself, which is shown once.
#[must_use]
pub fn new_key(organisation: &OrganisationCode, world: &World) -> (ApiKey, [u8; 32], String) {
    let secret = world.random.bytes();
    let key = ApiKey { id: world.id().0.to_string(), organisation: organisation.clone() };
    (key, Sha256::digest(secret).into(), format!("{API_KEY}{}", URL_SAFE_NO_PAD.encode(secret)))
}
