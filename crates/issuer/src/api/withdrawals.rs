//! `/v1/withdrawals`: many at once, by a query: preview, confirm, cancel, and how far it is.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use passport_schema::codes::{StatusReason, Term};
use passport_schema::field::Scalar as _;
use serde::Deserialize;

use super::page::Newest;
use super::{Body, body, id, json, read};
use crate::app::App;
use crate::auth::Scope;
use crate::bulk::query::Query;
use crate::bulk::withdrawal;
use crate::error::ApiError;

pub(crate) async fn preview(app: web::Data<App>, scope: Scope, bytes: Body) -> Result<HttpResponse, ApiError> {
    let (query, reason): (Query, Term<StatusReason>) = read(&body(bytes)?, &app.lists, |object| {
        let query = object.required("query", Query::read);
        let reason = object.required("reason", Term::from_json);
        Some((query?, reason?))
    })?;
    let answer = withdrawal::preview(&app, &scope, &query, &reason.id()).await?;
    Ok(json(StatusCode::CREATED, answer.to_string()))
}

/// After which item a page begins.
#[derive(Deserialize)]
pub(crate) struct After {
    #[serde(default)]
    after: i64,
}

pub(crate) async fn show(
    app: web::Data<App>,
    scope: Scope,
    path: web::Path<String>,
    page: web::Query<After>,
) -> Result<HttpResponse, ApiError> {
    let answer = withdrawal::show(&app, &scope, id(&path)?, page.after).await?;
    Ok(json(StatusCode::OK, answer.to_string()))
}

pub(crate) async fn list(
    app: web::Data<App>,
    scope: Scope,
    page: web::Query<Newest>,
) -> Result<HttpResponse, ApiError> {
    let answer = withdrawal::list(&app, &scope, page.before()?).await?;
    Ok(json(StatusCode::OK, answer.to_string()))
}

pub(crate) async fn confirm(
    app: web::Data<App>,
    scope: Scope,
    path: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let answer = withdrawal::confirm(&app, &scope, id(&path)?).await?;
    Ok(json(StatusCode::OK, answer.to_string()))
}

pub(crate) async fn cancel(
    app: web::Data<App>,
    scope: Scope,
    path: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let answer = withdrawal::cancel(&app, &scope, id(&path)?).await?;
    Ok(json(StatusCode::OK, answer.to_string()))
}
