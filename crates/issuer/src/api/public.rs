//! What anybody may read, and any cache may keep: keys, status lists, trust list, bundle, contexts.

use actix_web::http::header::{ACCEPT, CACHE_CONTROL};
use actix_web::{HttpRequest, HttpResponse, web};
use passport_schema::documents;
use passport_schema::record::Family;
use serde_json::json;

use crate::app::App;
use crate::caching::{LONG, SHORT, cacheable, prefers_page};
use crate::error::ApiError;
use crate::publish::{self, OPENAPI, code};
use crate::status_cache::StatusForm;
use crate::web as pages;

const HOUR: u32 = 3_600;

pub(crate) async fn openapi(request: HttpRequest) -> HttpResponse {
    cacheable(&request, "application/yaml", HOUR, OPENAPI.as_bytes().to_vec())
}

/// What an organisation is called, what it is, and what became of it; a page for whoever prefers one.
pub(crate) async fn organisation(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    if prefers_page(&request) {
        return pages::organisation(&app, &request, &path).await;
    }
    let code = code(&path)?;
    let found = app.store.read().await?.organisation(&code).await?.ok_or(ApiError::NotFound)?;
    let mut body = json!({ "code": code.as_str(), "name": found.name, "kind": found.kind, "did": app.did(&code) });
    if let Some(successor) = found.successor {
        body["successor"] = successor.as_str().into();
    }
    Ok(cacheable(&request, "application/json", SHORT, body.to_string().into_bytes()))
}

pub(crate) async fn did_document(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let document = publish::did_document(&app, &code(&path)?).await?;
    Ok(cacheable(&request, "application/did+json", SHORT, document.to_string().into_bytes()))
}

pub(crate) async fn key_set(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let keys = publish::key_set(&app, &code(&path)?).await?;
    Ok(cacheable(&request, "application/jwk-set+json", SHORT, keys.to_string().into_bytes()))
}

/// The addresses of an organisation's status lists, for whoever gathers a bundle.
pub(crate) async fn status_lists(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let code = code(&path)?;
    let mut tx = app.store.read().await?;
    tx.organisation(&code).await?.ok_or(ApiError::NotFound)?;
    let address = app.organisation_address(&code);
    let lists: Vec<_> =
        tx.status_lists(&code).await?.iter().map(|number| format!("{address}/status/{number}")).collect();
    // The name of the member is the specification's (Token Status List, section 9.3).
    Ok(cacheable(&request, "application/json", SHORT, json!({ "status_lists": lists }).to_string().into_bytes()))
}

async fn status(
    app: &App,
    request: &HttpRequest,
    path: &(String, String),
    form: StatusForm,
) -> Result<HttpResponse, ApiError> {
    let list = path.1.parse::<u32>().ok().filter(|number| number.to_string() == path.1).ok_or(ApiError::NotFound)?;
    let token = publish::status(app, &code(&path.0)?, list, form).await?;
    Ok(cacheable(request, form.media_type(), SHORT, token.to_vec()))
}

/// A Token Status List: CWT if that is asked for, else JWT.
pub(crate) async fn status_list(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let form = if accept.contains(StatusForm::Cwt.media_type()) { StatusForm::Cwt } else { StatusForm::Jwt };
    status(&app, &request, &path, form).await
}

pub(crate) async fn revocation(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    status(&app, &request, &path, StatusForm::Revocation).await
}

pub(crate) async fn suspension(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    status(&app, &request, &path, StatusForm::Suspension).await
}

pub(crate) async fn trust_list(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let list = publish::trust_list(&app).await?;
    Ok(cacheable(&request, "application/trust-list+jwt", SHORT, list.token.into_bytes()))
}

pub(crate) async fn bundle(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    Ok(cacheable(&request, "application/json", SHORT, publish::bundle(&app).await?.to_bytes()))
}

pub(crate) async fn context(app: web::Data<App>, request: HttpRequest) -> HttpResponse {
    let context = documents::context(&app.lists).to_string();
    cacheable(&request, "application/ld+json", LONG, context.into_bytes())
}

pub(crate) async fn schema(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let family = path.strip_suffix(".json").and_then(Family::parse).ok_or(ApiError::NotFound)?;
    let schema = documents::credential_schema(family, &app.lists).to_string();
    Ok(cacheable(&request, "application/schema+json", LONG, schema.into_bytes()))
}

/// Whether the service can reach its database.
pub(crate) async fn health(app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let asked = async { app.store.read().await?.organisation_codes().await };
    asked.await.map_err(|_| ApiError::Unavailable)?;
    let body = json!({ "status": "ok", "database": app.store.name(), "version": env!("CARGO_PKG_VERSION") });
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(body))
}
