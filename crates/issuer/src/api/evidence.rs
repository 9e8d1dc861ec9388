//! `GET /v1/evidence/training`: how much training was recognised instead of repeated, for a board.

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};
use passport_schema::problem::{Problem, Problems};
use passport_schema::time::{Date, Timestamp, When};
use serde::Deserialize;

use super::json;
use crate::app::App;
use crate::auth::Scope;
use crate::error::ApiError;
use crate::evidence::Evidence;

/// Which months are counted, both inclusive, such as 2026-10.
#[derive(Deserialize)]
pub(crate) struct Months {
    from: Option<String>,
    to: Option<String>,
}

/// Whole months that are over, so that nobody learns of one person's day by asking twice.
pub(crate) async fn training(
    app: web::Data<App>,
    scope: Scope,
    request: HttpRequest,
    months: web::Query<Months>,
) -> Result<HttpResponse, ApiError> {
    let (year, month, _) = app.world.clock.now().london_date().parts();
    let last = number(year, month) - 1;
    let to = parse(months.to.as_deref(), "?to")?.unwrap_or(last);
    let from = parse(months.from.as_deref(), "?from")?.unwrap_or(to - 11);
    let days = first_day(from).zip(first_day(to + 1).and_then(|day| day.plus_days(-1)));
    let Some((from, to)) = days.filter(|_| from <= to && to <= last) else {
        let detail = "must be months that are over, the first before the last".into();
        return Err(Problems(vec![Problem { pointer: "?to".into(), code: "out-of-range", detail }]).into());
    };
    // A day begins one second after the one before it ends.
    let begins = from.plus_days(-1).map_or(Timestamp(0), |day| day.last_second().plus(1));
    let rows = app.store.read().await?.recognised(scope.organisation(), begins, to.last_second().plus(1)).await?;
    let organisation = app.store.read().await?.organisation(scope.organisation()).await?.ok_or(ApiError::NotFound)?;
    let next = first_day(last + 2).ok_or(ApiError::NotFound)?;
    let evidence = Evidence::new(&organisation, (from, to), next, &rows, &app.lists);
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

/// Months are counted from year 0.
fn number(year: i32, month: u8) -> i32 {
    year * 12 + i32::from(month) - 1
}

fn first_day(month: i32) -> Option<Date> {
    Date::new(month.div_euclid(12), u8::try_from(month.rem_euclid(12)).ok()? + 1, 1)
}

fn parse(text: Option<&str>, pointer: &str) -> Result<Option<i32>, ApiError> {
    let refuse = || {
        let detail = "must be a month such as 2026-10".into();
        Problems(vec![Problem { pointer: pointer.into(), code: "not-a-month", detail }]).into()
    };
    let read = |text: &str| match When::parse(text) {
        Some(When::Month(year, month)) => Ok(number(year, month)),
        _ => Err(refuse()),
    };
    text.map(read).transpose()
}
