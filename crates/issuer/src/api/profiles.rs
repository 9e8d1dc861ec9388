//! `/v1/profiles`: an organisation's role profiles; and each, signed, for anybody.

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, web};
use passport_schema::id::OrganisationCode;
use passport_schema::problem::{Problem, Problems};
use passport_schema::profile::{self, MAX_PROFILE, Profile};
use passport_schema::tree::Tree;
use serde::de::DeserializeSeed as _;
use serde_json::{Value, json};

use super::{Body, body, json};
use crate::app::App;
use crate::auth::Scope;
use crate::caching::{LONG, SHORT, cacheable};
use crate::error::ApiError;
use crate::publish::{self, code};
use crate::store::profiles::StoredProfile;
use crate::trail::note;

/// Brackets that a YAML text may open and not close; texts hold a few.
const MAX_OPEN: usize = 64;
/// Profiles of one organisation, by name.
const MAX_PROFILES: usize = 200;

/// Publishes a profile, as JSON or YAML. What is new makes the next version; what is not changes nothing.
pub(crate) async fn publish(
    app: web::Data<App>,
    scope: Scope,
    request: HttpRequest,
    bytes: Body,
) -> Result<HttpResponse, ApiError> {
    let mut content = read(&request, &body(bytes)?)?;
    let owner = scope.organisation();
    let fields = content.as_object_mut().ok_or_else(|| fault("", "wrong-type", "expected an object"))?;
    for (name, ours) in [("owner", Value::from(owner.as_str())), ("version", 1.into())] {
        let given = fields.insert(name.into(), ours.clone());
        if name == "owner" && given.as_ref().is_some_and(|given| *given != ours) {
            return Err(fault("/owner", "not-yours", "a profile is published by its owner; leave it out"));
        }
    }
    let name = Profile::parse(content.to_string().as_bytes(), &app.lists)?.name.name;
    let mut tx = app.store.write().await?;
    let before = tx.reads().profile(owner, &name, None).await?;
    if before.is_none() && tx.reads().profiles(owner).await?.len() >= MAX_PROFILES {
        return Err(fault(
            "/name",
            "too-many",
            &format!("at most {MAX_PROFILES} profiles are published by one organisation"),
        ));
    }
    if let Some(before) = before.as_ref().filter(|before| same(before, &content)) {
        return Ok(json(StatusCode::OK, summary(owner, before).to_string()));
    }
    let version = before.map_or(0, |before| before.version) + 1;
    content["version"] = version.into();
    let published = app.world.clock.now();
    let stored = StoredProfile { name: name.clone(), version, content: content.to_string(), published };
    tx.add_profile(owner, &stored).await?;
    note(&mut tx, &app, &scope, "profile.published", &format!("{owner}/{name}@{version}"), None).await?;
    tx.commit().await?;
    Ok(json(StatusCode::CREATED, summary(owner, &stored).to_string()))
}

/// Whether a version says the same as what came in, apart from its number.
fn same(before: &StoredProfile, content: &Value) -> bool {
    let mut known: Value = serde_json::from_str(&before.content).unwrap_or_default();
    known["version"] = 1.into();
    known == *content
}

fn summary(owner: &OrganisationCode, stored: &StoredProfile) -> Value {
    json!({
        "owner": owner.as_str(), "name": stored.name, "version": stored.version,
        "published": stored.published.to_string(),
    })
}

fn fault(pointer: &str, code: &'static str, detail: &str) -> ApiError {
    Problems(vec![Problem { pointer: pointer.into(), code, detail: detail.into() }]).into()
}

/// YAML is JSON with fewer marks. Whatever it is, our own reader looks at it afterwards.
fn read(request: &HttpRequest, bytes: &[u8]) -> Result<Value, ApiError> {
    if bytes.len() > MAX_PROFILE {
        return Err(ApiError::TooLong(MAX_PROFILE));
    }
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.contains("yaml") {
        // A parser takes long over brackets that are only opened.
        let open = bytes.iter().filter(|byte| matches!(byte, b'[' | b'{')).count();
        let closed = bytes.iter().filter(|byte| matches!(byte, b']' | b'}')).count();
        if open.saturating_sub(closed) > MAX_OPEN {
            return Err(fault("", "unreadable", "brackets are opened that are never closed"));
        }
        let mut room = MAX_PROFILE;
        return Tree { room: &mut room }
            .deserialize(serde_yaml_ng::Deserializer::from_slice(bytes))
            .map_err(|error| fault("", "unreadable", &error.to_string()));
    }
    passport_schema::json::Json::parse(bytes)?;
    serde_json::from_slice(bytes).map_err(|error| fault("", "unreadable", &error.to_string()))
}

pub(crate) async fn list(app: web::Data<App>, scope: Scope) -> Result<HttpResponse, ApiError> {
    let profiles = app.store.read().await?.profiles(scope.organisation()).await?;
    let profiles: Vec<_> = profiles.iter().map(|it| summary(scope.organisation(), it)).collect();
    Ok(json(StatusCode::OK, json!({ "profiles": profiles }).to_string()))
}

/// The addresses of an organisation's published profiles.
pub(crate) async fn published(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let code = code(&path)?;
    let mut tx = app.store.read().await?;
    tx.organisation(&code).await?.ok_or(ApiError::NotFound)?;
    let address = app.organisation_address(&code);
    let profiles = tx.profiles(&code).await?;
    let profiles: Vec<_> = profiles.iter().map(|it| format!("{address}/profiles/{}/{}", it.name, it.version)).collect();
    Ok(cacheable(&request, "application/json", SHORT, json!({ "profiles": profiles }).to_string().into_bytes()))
}

/// The newest version of a profile, signed.
pub(crate) async fn newest(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (owner, name) = path.into_inner();
    token(&app, &request, &code(&owner)?, &name, None).await
}

/// A version of a profile, signed.
pub(crate) async fn version(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<(String, String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (owner, name, version) = path.into_inner();
    let version = version.parse::<i64>().ok().filter(|it| *it > 0 && it.to_string() == version);
    token(&app, &request, &code(&owner)?, &name, Some(version.ok_or(ApiError::NotFound)?)).await
}

async fn token(
    app: &App,
    request: &HttpRequest,
    owner: &OrganisationCode,
    name: &str,
    version: Option<i64>,
) -> Result<HttpResponse, ApiError> {
    // PostgreSQL takes no such text for a question.
    if name.contains('\0') {
        return Err(ApiError::NotFound);
    }
    let stored = app.store.read().await?.profile(owner, name, version).await?.ok_or(ApiError::NotFound)?;
    let token = publish::profile(app, owner, &stored).await?;
    Ok(cacheable(request, "application/role-profile+jwt", SHORT, token.into_bytes()))
}

/// The JSON Schema of a profile.
pub(crate) async fn schema(app: web::Data<App>, request: HttpRequest) -> HttpResponse {
    cacheable(&request, "application/schema+json", LONG, profile::schema(&app.lists).to_string().into_bytes())
}
