//! `/v1/webhooks`: where events are delivered.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use passport_schema::field::Context;
use passport_schema::id::Id;
use passport_schema::json::Json;
use serde::Deserialize;
use serde_json::{Value, json};

use super::page::{LIMIT, PAGE, unreadable};
use super::{Body, body, id, json, list as read_list, read};
use crate::app::App;
use crate::auth::Scope;
use crate::error::ApiError;
use crate::event::{self, Filter, MAX_TYPES, TYPES, cursor, parse_cursor};
use crate::store::StoreError;
use crate::store::deliveries::DeadLetter;
use crate::store::webhooks::{State, Webhook};
use crate::trail::note;
use crate::webhook::{self, OVERLAP};

/// Most webhooks of one organisation.
const MAX_WEBHOOKS: usize = 20;

async fn show_webhook(app: &App, webhook: &Webhook) -> Result<Value, ApiError> {
    let (waiting, dead) = app.store.read().await?.deliveries(webhook.id).await?;
    let mut json = json!({
        "id": webhook.id.0.to_string(),
        "url": webhook.url,
        "types": webhook.filter.types(),
        "state": webhook.state.name(),
        "reached": cursor(webhook.reached),
        "waiting": waiting,
        "deadLetters": dead,
        "created": webhook.created.to_string(),
    });
    if let Some(since) = webhook.failing_since {
        json["failingSince"] = since.to_string().into();
    }
    Ok(json)
}

/// A webhook of one's own.
async fn find(app: &App, scope: &Scope, wanted: &str) -> Result<Webhook, ApiError> {
    let found = app.store.read().await?.webhook(scope.organisation(), id(wanted)?).await?;
    found.ok_or(ApiError::NotFound)
}

/// What is not there any more was never there.
fn gone(error: StoreError) -> ApiError {
    match error {
        StoreError::Conflict => ApiError::NotFound,
        other => other.into(),
    }
}

fn read_types(json: &Json<'_>, context: &mut Context<'_>) -> Option<Filter> {
    let types = read_list(json, context, |json, context| {
        json.as_text().map(str::to_owned).or_else(|| context.mismatch("a text", json))
    })?;
    let filter = Filter::parse(types);
    let detail = || format!("must be at most {MAX_TYPES} types such as {TYPES}credential.issued or {TYPES}record.*");
    context.value(filter.ok_or_else(|| ("event-type", detail())))
}

pub(crate) async fn add(app: web::Data<App>, scope: Scope, bytes: Body) -> Result<HttpResponse, ApiError> {
    let organisation = scope.organisation();
    let (url, filter) = read(&body(bytes)?, &app.lists, |object| {
        let url = object.required("url", |json, context| {
            let Some(text) = json.as_text() else { return context.mismatch("a text", json) };
            let read = app.webhook_targets.read(text).map(|_| text.to_owned());
            context.value(read.map_err(|detail| ("webhook-address", detail.into())))
        });
        let types = object.optional("types", read_types);
        Some((url?, types?.unwrap_or_else(Filter::all)))
    })?;
    // What has happened before gets its numbers before, so that it is not sent.
    event::number(&app, organisation).await?;
    let now = app.world.clock.now();
    let id = app.world.id();
    let (secret, shown) = webhook::new_secret(&app, organisation, id);
    let mut tx = app.store.write().await?;
    if tx.reads().webhooks(organisation).await?.len() >= MAX_WEBHOOKS {
        return Err(ApiError::State(format!("{MAX_WEBHOOKS} webhooks are enough; remove one first")));
    }
    let new = Webhook {
        id,
        organisation: organisation.clone(),
        url,
        filter,
        secret,
        old_secret: None,
        state: State::Active,
        reached: tx.reads().last_event(organisation).await?,
        failures: 0,
        failing_since: None,
        not_before: now,
        created: now,
    };
    tx.add_webhook(&new).await?;
    note(&mut tx, &app, &scope, "webhook.added", &id.to_string(), None).await?;
    tx.commit().await?;
    let mut answer = show_webhook(&app, &new).await?;
    answer["secret"] = shown.into();
    Ok(json(StatusCode::CREATED, answer.to_string()))
}

pub(crate) async fn list(app: web::Data<App>, scope: Scope) -> Result<HttpResponse, ApiError> {
    let webhooks = app.store.read().await?.webhooks(scope.organisation()).await?;
    let mut shown = Vec::new();
    for webhook in &webhooks {
        shown.push(show_webhook(&app, webhook).await?);
    }
    Ok(json(StatusCode::OK, json!({ "webhooks": shown }).to_string()))
}

pub(crate) async fn show(app: web::Data<App>, scope: Scope, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let found = find(&app, &scope, &path).await?;
    Ok(json(StatusCode::OK, show_webhook(&app, &found).await?.to_string()))
}

pub(crate) async fn remove(
    app: web::Data<App>,
    scope: Scope,
    path: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let wanted: Id = id(&path)?;
    let mut tx = app.store.write().await?;
    tx.remove_webhook(scope.organisation(), wanted).await.map_err(gone)?;
    note(&mut tx, &app, &scope, "webhook.removed", &wanted.to_string(), None).await?;
    tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

pub(crate) async fn rotate_secret(
    app: web::Data<App>,
    scope: Scope,
    path: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let wanted = id(&path)?;
    let until = app.world.clock.now().plus(OVERLAP);
    let (secret, shown) = webhook::new_secret(&app, scope.organisation(), wanted);
    let mut tx = app.store.write().await?;
    tx.rotate_secret(scope.organisation(), wanted, &secret, until).await.map_err(gone)?;
    note(&mut tx, &app, &scope, "webhook.secret-rotated", &wanted.to_string(), None).await?;
    tx.commit().await?;
    Ok(json(StatusCode::OK, json!({ "secret": shown, "oldSecretUntil": until.to_string() }).to_string()))
}

pub(crate) async fn replay(
    app: web::Data<App>,
    scope: Scope,
    path: web::Path<String>,
    bytes: Body,
) -> Result<HttpResponse, ApiError> {
    let found = find(&app, &scope, &path).await?;
    let after = read(&body(bytes)?, &app.lists, |object| {
        object.required("after", |json, context| {
            let after = json.as_text().and_then(parse_cursor);
            context.value(after.ok_or(("wrong-value", "must be the sequence of an event".into())))
        })
    })?;
    let mut tx = app.store.write().await?;
    tx.rewind_webhook(scope.organisation(), found.id, after).await.map_err(gone)?;
    note(&mut tx, &app, &scope, "webhook.replayed", &found.id.to_string(), None).await?;
    tx.commit().await?;
    show(app, scope, path).await
}

pub(crate) async fn enable(
    app: web::Data<App>,
    scope: Scope,
    path: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let found = find(&app, &scope, &path).await?;
    let mut tx = app.store.write().await?;
    let enabled = tx.enable_webhook(scope.organisation(), found.id, app.world.clock.now()).await;
    enabled.map_err(|error| match error {
        StoreError::Conflict => ApiError::State("the webhook is not disabled".into()),
        other => other.into(),
    })?;
    note(&mut tx, &app, &scope, "webhook.enabled", &found.id.to_string(), None).await?;
    tx.commit().await?;
    show(app, scope, path).await
}

/// Where a page begins.
#[derive(Deserialize)]
pub(crate) struct Page {
    after: Option<String>,
}

pub(crate) async fn dead_letters(
    app: web::Data<App>,
    scope: Scope,
    path: web::Path<String>,
    page: web::Query<Page>,
) -> Result<HttpResponse, ApiError> {
    let found = find(&app, &scope, &path).await?;
    let after = page.after.as_deref().map_or(Some(0), parse_cursor).ok_or_else(unreadable)?;
    let mut tx = app.store.read().await?;
    let source = app.organisation_address(scope.organisation());
    let mut letters = Vec::new();
    let dead = tx.dead_letters(found.id, after, LIMIT).await?;
    for DeadLetter { sequence, attempts, failure } in &dead {
        let event =
            tx.event(scope.organisation(), *sequence).await?.ok_or(StoreError::Corrupt("event of a delivery"))?;
        letters.push(json!({ "event": event.to_json(&source), "attempts": attempts, "failure": failure }));
    }
    let mut body = json!({ "deadLetters": letters });
    if let Some(last) = dead.last().filter(|_| dead.len() == PAGE) {
        body["next"] = cursor(last.sequence).into();
    }
    Ok(json(StatusCode::OK, body.to_string()))
}

pub(crate) async fn replay_dead_letters(
    app: web::Data<App>,
    scope: Scope,
    path: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let found = find(&app, &scope, &path).await?;
    let mut tx = app.store.write().await?;
    let revived = tx.revive_deliveries(found.id, app.world.clock.now()).await?;
    note(&mut tx, &app, &scope, "webhook.dead-letters-replayed", &found.id.to_string(), None).await?;
    tx.commit().await?;
    Ok(json(StatusCode::OK, json!({ "replayed": revived }).to_string()))
}
