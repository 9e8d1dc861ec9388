//! `GET /v1/evidence/training`: how much training was recognised instead of repeated, for a board.

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};
use passport_schema::problem::{Problem, Problems};
use passport_schema::time::{Date, Timestamp};
use serde::Deserialize;

use super::json;
use crate::app::App;
use crate::auth::Scope;
use crate::error::ApiError;
use crate::evidence::Evidence;

/// Which days are counted, both inclusive.
#[derive(Deserialize)]
pub(crate) struct Days {
    from: Option<String>,
    to: Option<String>,
}

pub(crate) async fn training(
    app: web::Data<App>,
    scope: Scope,
    request: HttpRequest,
    days: web::Query<Days>,
) -> Result<HttpResponse, ApiError> {
    let today = app.world.clock.now().london_date();
    let to = day(days.to.as_deref(), "?to")?.unwrap_or(today);
    let from = day(days.from.as_deref(), "?from")?.or_else(|| to.plus_days(-365)).unwrap_or(to);
    // A day begins one second after the one before it ends.
    let begins = from.plus_days(-1).map_or(Timestamp(0), |day| day.last_second().plus(1));
    let rows = app.store.read().await?.recognised(scope.organisation(), begins, to.last_second().plus(1)).await?;
    let evidence = Evidence::new(scope.organisation(), from, to, &rows, &app.lists);
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let answer = |kind: &str, text: String| HttpResponse::Ok().insert_header((CONTENT_TYPE, kind)).body(text);
    Ok(if accept.contains("text/csv") {
        answer("text/csv; charset=utf-8", evidence.to_csv())
    } else if accept.contains("image/svg+xml") {
        answer("image/svg+xml", evidence.to_svg())
    } else {
        json(StatusCode::OK, evidence.to_json().to_string())
    })
}

fn day(text: Option<&str>, pointer: &str) -> Result<Option<Date>, ApiError> {
    let refuse = || {
        let detail = "must be a date such as 2026-11-20".into();
        Problems(vec![Problem { pointer: pointer.into(), code: "not-a-date", detail }]).into()
    };
    text.map(|text| Date::parse(text).ok_or_else(refuse)).transpose()
}
