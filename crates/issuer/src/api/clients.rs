//! `/v1/clients`: an organisation's own clients.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use passport_schema::field::{Context, Scalar as _};
use passport_schema::json::Json;
use passport_schema::text::Text;
use serde_json::{Value, json};

use super::{Body, body, id, json, list as read_list, read};
use crate::app::App;
use crate::auth::Scope;
use crate::client::{self, MAX_CLIENTS, Wanted};
use crate::error::ApiError;
use crate::permission::{Permission, Permissions};
use crate::sign_in::key;
use crate::store::StoreError;
use crate::store::clients::Client;

fn show(client: &Client) -> Value {
    let keys: Value = serde_json::from_str(&client.jwks).unwrap_or_default();
    json!({
        "id": client.id.0.to_string(),
        "label": client.label,
        "scopes": client.permissions.iter().map(Permission::name).collect::<Vec<_>>(),
        "jwks": keys,
        "created": client.created.to_string(),
    })
}

pub(crate) async fn list(app: web::Data<App>, scope: Scope) -> Result<HttpResponse, ApiError> {
    let clients = app.store.read().await?.clients(scope.organisation()).await?;
    let body = json!({ "clients": clients.iter().map(show).collect::<Vec<_>>() });
    Ok(json(StatusCode::OK, body.to_string()))
}

pub(crate) async fn add(app: web::Data<App>, scope: Scope, bytes: Body) -> Result<HttpResponse, ApiError> {
    let wanted = read(&body(bytes)?, &app.lists, |object| {
        let label = object.required("label", Text::from_json);
        let permissions = object.required("scopes", |json, context| read_scopes(json, &scope, context));
        let keys = object.required("jwks", key::read_set);
        Some(Wanted { label: label?.as_str().to_owned(), permissions: permissions?, keys: keys? })
    })?;
    let mut tx = app.store.write().await?;
    let added = client::add(&mut tx, &app, scope.organisation(), scope.actor(), wanted).await?;
    let added = added.ok_or_else(|| ApiError::State(format!("{MAX_CLIENTS} clients are enough; revoke one first")))?;
    tx.commit().await?;
    Ok(json(StatusCode::CREATED, show(&added).to_string()))
}

/// Nobody gives away more than they have.
fn read_scopes(json: &Json<'_>, scope: &Scope, context: &mut Context<'_>) -> Option<Permissions> {
    let scopes = read_list(json, context, |json, context| {
        let known = json.as_text().and_then(Permission::parse);
        let known = context.value(known.ok_or(("unknown-code", "is not a scope".into())))?;
        let own = scope.permissions().has(known);
        context.value(own.then_some(known).ok_or(("not-yours", "you do not have this scope yourself".into())))
    })?;
    if scopes.is_empty() {
        context.problem("scope-count", "at least one is needed");
        return None;
    }
    Some(scopes.into_iter().collect())
}

pub(crate) async fn revoke(
    app: web::Data<App>,
    scope: Scope,
    path: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let wanted = id(&path)?;
    let mut tx = app.store.write().await?;
    client::revoke(&mut tx, &app, scope.organisation(), scope.actor(), wanted).await.map_err(|error| match error {
        StoreError::Conflict => ApiError::NotFound,
        other => other.into(),
    })?;
    tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}
