//! `GET /v1/staff` and `GET /v1/staff/{id}`: who holds what.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::{id, json};
use crate::answer;
use crate::app::App;
use crate::auth::Scope;
use crate::error::ApiError;
use crate::issue::holdings;

/// Entries of one page.
pub(super) const PAGE: usize = 100;

/// Where a page begins.
#[derive(Deserialize)]
pub(crate) struct Page {
    #[serde(default)]
    after: String,
}

impl Page {
    /// The last one of the page before.
    pub(super) fn after(&self) -> Result<&str, ApiError> {
        if self.after.contains('\0') { Err(ApiError::NotFound) } else { Ok(&self.after) }
    }
}

pub(crate) async fn list(app: web::Data<App>, scope: Scope, page: web::Query<Page>) -> Result<HttpResponse, ApiError> {
    let limit = i64::try_from(PAGE).unwrap_or(i64::MAX);
    let staff = app.store.read().await?.staff_page(scope.organisation(), page.after()?, limit).await?;
    Ok(json(StatusCode::OK, answer::people(&staff, PAGE).to_string()))
}

pub(crate) async fn show(app: web::Data<App>, scope: Scope, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let mut tx = app.store.read().await?;
    let staff = tx.staff(scope.organisation(), id(&path)?).await?.ok_or(ApiError::NotFound)?;
    let (held, issued) = holdings(&mut tx, &app, &staff).await?;
    Ok(json(StatusCode::OK, answer::person(&staff, &held, &issued).to_string()))
}
