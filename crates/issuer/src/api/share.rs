//! `/v1/share` and `/v1/receipt`: what the person does, with the link or the receipt that they hold.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use passport_schema::field::Scalar as _;
use passport_schema::id::OrganisationCode;

use super::movements::texts;
use super::{Body, body, json, read};
use crate::app::App;
use crate::auth::{Link, Receipt};
use crate::error::ApiError;
use crate::movement;

/// Passes and credentials that are shown at once.
const MAX_SHOWN: usize = 20;

/// Why a person says no, in a word: what they would write might be about anything.
const REASONS: [&str; 4] = ["incorrect-information", "no-longer-wanted", "asks-too-much", "other"];

/// The reason in a body, which may be empty.
fn why(app: &App, bytes: &[u8]) -> Result<Option<&'static str>, ApiError> {
    if bytes.is_empty() {
        return Ok(None);
    }
    read(bytes, &app.lists, |object| {
        object.optional("reason", |json, context| {
            let known = REASONS.into_iter().find(|known| json.as_text() == Some(known));
            context.value(known.ok_or_else(|| ("unknown-code", format!("must be one of {}", REASONS.join(", ")))))
        })
    })
}

pub(crate) async fn asked(app: web::Data<App>, link: Link) -> Result<HttpResponse, ApiError> {
    Ok(json(StatusCode::OK, movement::asked(&app, &link.0).await?.to_string()))
}

pub(crate) async fn share(app: web::Data<App>, link: Link, bytes: Body) -> Result<HttpResponse, ApiError> {
    let tokens = read(&body(bytes)?, &app.lists, |object| texts(object, "passes", MAX_SHOWN))?;
    Ok(json(StatusCode::CREATED, movement::share(&app, &link.0, &tokens).await?.to_string()))
}

pub(crate) async fn decline(app: web::Data<App>, link: Link, bytes: Body) -> Result<HttpResponse, ApiError> {
    let reason = why(&app, &body(bytes)?)?;
    Ok(json(StatusCode::OK, movement::decline(&app, &link.0, reason).await?.to_string()))
}

pub(crate) async fn receipt(app: web::Data<App>, receipt: Receipt) -> Result<HttpResponse, ApiError> {
    Ok(json(StatusCode::OK, movement::receipt(&app, &receipt.0).await?.1.to_string()))
}

pub(crate) async fn withdraw(app: web::Data<App>, receipt: Receipt, bytes: Body) -> Result<HttpResponse, ApiError> {
    let reason = why(&app, &body(bytes)?)?;
    Ok(json(StatusCode::OK, movement::withdraw(&app, &receipt.0, reason).await?.to_string()))
}

pub(crate) async fn tell(app: web::Data<App>, receipt: Receipt, bytes: Body) -> Result<HttpResponse, ApiError> {
    let (found, _) = movement::receipt(&app, &receipt.0).await?;
    let to = read(&body(bytes)?, &app.lists, |object| object.required("organisation", OrganisationCode::from_json))?;
    Ok(json(StatusCode::OK, movement::tell(&app, &found, &to, "person", None).await?.to_string()))
}

pub(crate) async fn show_agreement(
    app: web::Data<App>,
    receipt: Receipt,
    bytes: Body,
) -> Result<HttpResponse, ApiError> {
    let token = read(&body(bytes)?, &app.lists, |object| {
        object.required("credential", |json, context| {
            json.as_text().map(str::to_owned).or_else(|| context.mismatch("a text", json))
        })
    })?;
    Ok(json(StatusCode::CREATED, movement::show_agreement(&app, &receipt.0, &token).await?.to_string()))
}
