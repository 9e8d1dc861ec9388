//! `/v1/mappings`: what an organisation calls subjects, and which column of its files is which.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use passport_intake::{MAX_MAPPING, Mapping};
use serde_json::{Value, json};

use super::{Body, body, json};
use crate::app::App;
use crate::auth::Scope;
use crate::error::ApiError;
use crate::store::mappings::StoredMapping;
use crate::trail::note;

/// Versions that are listed.
const MOST: i64 = 20;

fn describe(mapping: &StoredMapping) -> Value {
    let content: Value = serde_json::from_str(&mapping.content).unwrap_or_default();
    json!({ "id": mapping.id.to_string(), "created": mapping.created.to_string(), "mapping": content })
}

/// Keeps a mapping; the next import is read by it. One that says what the newest says is not kept twice.
pub(crate) async fn keep(app: web::Data<App>, scope: Scope, bytes: Body) -> Result<HttpResponse, ApiError> {
    let bytes = body(bytes)?;
    if bytes.len() > MAX_MAPPING {
        return Err(ApiError::TooLong(MAX_MAPPING));
    }
    let content = Mapping::parse(&bytes, &app.lists)?.to_json();
    let organisation = scope.organisation();
    let mut tx = app.store.write().await?;
    let newest = tx.reads().mappings(organisation, 1).await?.pop();
    if let Some(newest) = newest.filter(|newest| newest.content == content) {
        return Ok(json(StatusCode::OK, describe(&newest).to_string()));
    }
    let mapping = StoredMapping { id: app.world.id(), content, created: app.world.clock.now() };
    tx.add_mapping(organisation, &mapping).await?;
    note(&mut tx, &app, &scope, "mapping.kept", &mapping.id.to_string(), None).await?;
    tx.commit().await?;
    Ok(json(StatusCode::CREATED, describe(&mapping).to_string()))
}

pub(crate) async fn list(app: web::Data<App>, scope: Scope) -> Result<HttpResponse, ApiError> {
    let mappings = app.store.read().await?.mappings(scope.organisation(), MOST).await?;
    let mappings: Vec<_> = mappings.iter().map(describe).collect();
    Ok(json(StatusCode::OK, json!({ "mappings": mappings }).to_string()))
}
