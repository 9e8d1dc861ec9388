//! `GET /v1/audit`: what was done, newest first.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use super::json;
use super::page::{LIMIT, Newest, PAGE};
use crate::answer;
use crate::app::App;
use crate::auth::Scope;
use crate::error::ApiError;

pub(crate) async fn list(
    app: web::Data<App>,
    scope: Scope,
    page: web::Query<Newest>,
) -> Result<HttpResponse, ApiError> {
    let deeds = app.store.read().await?.deeds(scope.organisation(), page.before()?, LIMIT).await?;
    Ok(json(StatusCode::OK, answer::audit(&deeds, PAGE).to_string()))
}
