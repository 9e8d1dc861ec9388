//! `GET /v1/audit`: what was done, newest first.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::json;
use super::staff::PAGE;
use crate::answer;
use crate::app::App;
use crate::auth::Scope;
use crate::error::ApiError;

/// Where a page begins.
#[derive(Deserialize)]
pub(crate) struct Page {
    before: Option<String>,
}

pub(crate) async fn list(app: web::Data<App>, scope: Scope, page: web::Query<Page>) -> Result<HttpResponse, ApiError> {
    // Ids are hexadecimal, so that this one comes after all of them.
    let before = page.before.as_deref().unwrap_or("g");
    if before.contains('\0') {
        return Err(ApiError::NotFound);
    }
    let limit = i64::try_from(PAGE).unwrap_or(i64::MAX);
    let deeds = app.store.read().await?.deeds(scope.organisation(), before, limit).await?;
    Ok(json(StatusCode::OK, answer::audit(&deeds, PAGE).to_string()))
}
