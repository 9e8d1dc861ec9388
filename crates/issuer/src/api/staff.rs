//! `/v1/staff`: who holds what, and what happens to a person as a whole: a change of name, and
//! their leaving.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use passport_schema::field::Scalar as _;
use passport_schema::record::{Kind, Record};
use passport_schema::time::Date;

use super::page::{LIMIT, Onward, PAGE};
use super::passports::idempotency_key;
use super::{Body, body, id, json, read};
use crate::answer;
use crate::app::App;
use crate::auth::Scope;
use crate::change_of_name;
use crate::error::ApiError;
use crate::issuance;
use crate::issue::holdings;
use crate::leave;

pub(crate) async fn list(
    app: web::Data<App>,
    scope: Scope,
    page: web::Query<Onward>,
) -> Result<HttpResponse, ApiError> {
    let staff = app.store.read().await?.staff_page(scope.organisation(), page.after()?, LIMIT).await?;
    Ok(json(StatusCode::OK, answer::people(&staff, PAGE).to_string()))
}

pub(crate) async fn show(app: web::Data<App>, scope: Scope, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let mut tx = app.store.read().await?;
    let staff = tx.staff(scope.organisation(), id(&path)?).await?.ok_or(ApiError::NotFound)?;
    let (held, issued) = holdings(&mut tx, &app, &staff).await?;
    Ok(json(StatusCode::OK, answer::person(&staff, &held, &issued).to_string()))
}

/// A new identity in the place of the old one, without a link.
pub(crate) async fn change_name(
    app: web::Data<App>,
    scope: Scope,
    path: web::Path<String>,
    request: HttpRequest,
    bytes: Body,
) -> Result<HttpResponse, ApiError> {
    let bytes = body(bytes)?;
    let once = idempotency_key(&request, &bytes)?;
    let staff = id(&path)?;
    let today = app.world.clock.now().london_date();
    let identity = read(&bytes, &app.lists, |object| {
        object.required("identity", |json, context| {
            issuance::check(json, today, context);
            if issuance::kind_of(json).is_some_and(|kind| kind != Kind::Identity) {
                context.at("kind", |context| context.problem("other-kind", "must be identity"));
                return None;
            }
            Record::read(json, context)
        })
    })?;
    let answer = change_of_name::change_name(&app, &scope, staff, &identity, once.as_ref()).await?;
    Ok(json(StatusCode::CREATED, answer))
}

/// Their jobs get a last day.
pub(crate) async fn leave(
    app: web::Data<App>,
    scope: Scope,
    path: web::Path<String>,
    request: HttpRequest,
    bytes: Body,
) -> Result<HttpResponse, ApiError> {
    let bytes = body(bytes)?;
    let once = idempotency_key(&request, &bytes)?;
    let ended = read(&bytes, &app.lists, |object| object.required("ended", Date::from_json))?;
    let answer = leave::leave(&app, &scope, id(&path)?, ended, once.as_ref()).await?;
    Ok(json(StatusCode::CREATED, answer))
}
