//! `/v1/movements`: what a receiving organisation does with a movement.

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use passport_schema::codes::Term;
use passport_schema::field::{Context, Members, Scalar as _};
use passport_schema::id::{Id, OrganisationCode};
use passport_schema::json::Json;
use passport_schema::movement::Step;
use passport_schema::problem::{Problem, Problems};
use passport_schema::record::{Family, Kind};
use passport_schema::text::Text;
use passport_schema::time::Date;
use passport_verifier::Confirmation;
use serde::Deserialize;
use serde_json::json;

use super::page::{LIMIT, Newest, PAGE};
use super::{Body, body, id, json, list, read};
use crate::app::App;
use crate::auth::Scope;
use crate::error::ApiError;
use crate::movement::{self, Opening};
use crate::retry::retry;

pub(crate) async fn open(app: web::Data<App>, scope: Scope, bytes: Body) -> Result<HttpResponse, ApiError> {
    let wish = read(&body(bytes)?, &app.lists, |object| {
        let profile = object.required("profile", |json, context| Text::from_json(json, context));
        let purpose = object.required("purpose", Term::from_json);
        let starts = object.required("starts", Date::from_json);
        let ends = object.required("ends", Date::from_json);
        let asks = object.optional("asks", |json, context| {
            list(json, context, read_kind).map(|kinds| kinds.into_iter().collect::<BTreeSet<_>>())
        });
        let tell = object.optional("tell", |json, context| list(json, context, OrganisationCode::from_json));
        let agreement = object.optional("agreement", Text::from_json);
        Some(Opening {
            profile: profile?.as_str().to_owned(),
            purpose: purpose?,
            starts: starts?,
            ends: ends?,
            asks: asks?,
            tell: tell?.unwrap_or_default().into_iter().collect(),
            agreement: agreement?.map(|text| text.as_str().to_owned()),
        })
    })?;
    Ok(json(StatusCode::CREATED, movement::open(&app, &scope, &wish).await?.to_string()))
}

fn read_kind(json: &Json<'_>, context: &mut Context<'_>) -> Option<Kind> {
    match json.as_text().and_then(Kind::parse) {
        Some(kind) if kind.family() == Family::Agreement => {
            context.problem("agreement", "nobody can ask for an agreement; it is the person's own to show");
            None
        }
        kind => context.value(kind.ok_or(("unknown-kind", "must be a kind of record".into()))),
    }
}
pub(crate) async fn all(app: web::Data<App>, scope: Scope, page: web::Query<Newest>) -> Result<HttpResponse, ApiError> {
    let found = app.store.read().await?.movements(scope.organisation(), page.before()?, LIMIT).await?;
    let mut body = json!({ "movements": found.iter().map(movement::summary).collect::<Vec<_>>() });
    if let Some(last) = found.last().filter(|_| found.len() == PAGE) {
        body["next"] = last.id.0.to_string().into();
    }
    Ok(json(StatusCode::OK, body.to_string()))
}

pub(crate) async fn show(app: web::Data<App>, scope: Scope, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let found = movement::look(&app, &scope, id(&path)?).await?;
    Ok(json(StatusCode::OK, movement::show(&app, &found).await?.to_string()))
}

/// `assess`, `agree`, `start`, `end`, `decline`, `cancel`, or `ask-again`.
pub(crate) async fn step(
    app: web::Data<App>,
    scope: Scope,
    path: web::Path<(String, String)>,
    bytes: Body,
) -> Result<HttpResponse, ApiError> {
    let (wanted, action) = path.into_inner();
    let wanted = id(&wanted)?;
    let found = movement::look(&app, &scope, wanted).await?;
    let bytes = body(bytes)?;
    let reason = reason(&app, &bytes)?;
    if action == "ask-again" {
        let asked = movement::ask_again(&app, &scope, &found, reason.as_deref()).await?;
        return Ok(json(StatusCode::OK, asked.to_string()));
    }
    let hosts = [Step::Assess, Step::Agree, Step::Start, Step::End, Step::Decline, Step::Cancel];
    let step = Step::parse(&action).filter(|step| hosts.contains(step)).ok_or(ApiError::NotFound)?;
    if reason.is_none() && matches!(step, Step::Decline | Step::Cancel) {
        let detail = "say why, for the person and for the books".into();
        return Err(Problems(vec![Problem { pointer: "/reason".into(), code: "missing-field", detail }]).into());
    }
    // Whoever gets in between may have changed nothing that matters here.
    let taken = retry(|| async {
        let found = movement::look(&app, &scope, wanted).await?;
        movement::step(&app, &scope, found, step, reason.as_deref()).await
    });
    Ok(json(StatusCode::OK, taken.await?.to_string()))
}

/// The reason in a body, which may be empty.
fn reason(app: &App, bytes: &[u8]) -> Result<Option<String>, ApiError> {
    if bytes.is_empty() {
        return Ok(None);
    }
    read(bytes, &app.lists, |object| {
        object.optional("reason", Text::from_json).map(|reason| reason.map(|text| text.as_str().to_owned()))
    })
}

pub(crate) async fn decide(
    app: web::Data<App>,
    scope: Scope,
    path: web::Path<String>,
    bytes: Body,
) -> Result<HttpResponse, ApiError> {
    let wanted = id(&path)?;
    movement::look(&app, &scope, wanted).await?;
    let (place, accepted, reason) = read(&body(bytes)?, &app.lists, |object| {
        let item = object.required("item", u16::from_json);
        let position = object.required("position", u16::from_json);
        let accepted = object.required("accepted", bool::from_json);
        let reason = object.required("reason", Text::from_json);
        Some(((i64::from(item?), i64::from(position?)), accepted?, reason?))
    })?;
    let decided = retry(|| async {
        let found = movement::look(&app, &scope, wanted).await?;
        movement::decide(&app, &scope, &found, place, accepted, Some(reason.as_str())).await
    });
    Ok(json(StatusCode::OK, decided.await?.to_string()))
}

pub(crate) async fn confirm(
    app: web::Data<App>,
    scope: Scope,
    path: web::Path<String>,
    bytes: Body,
) -> Result<HttpResponse, ApiError> {
    let wanted = id(&path)?;
    movement::look(&app, &scope, wanted).await?;
    let now = app.world.clock.now();
    let said = read(&body(bytes)?, &app.lists, |object| {
        let requirement = object.required("requirement", Text::from_json);
        let on = object.required("on", Date::from_json);
        let satisfied = object.required("satisfied", bool::from_json);
        let until = object.optional("until", Date::from_json);
        let requirement = requirement?.as_str().to_owned();
        Some(Confirmation { requirement, on: on?, at: now, satisfied: satisfied?, until: until? })
    })?;
    let confirmed = retry(|| async {
        let found = movement::look(&app, &scope, wanted).await?;
        movement::confirm(&app, &scope, &found, &said).await
    });
    Ok(json(StatusCode::OK, confirmed.await?.to_string()))
}

/// Which day a roster asks about.
#[derive(Deserialize)]
pub(crate) struct On {
    on: Option<String>,
}

pub(crate) async fn clearance(
    app: web::Data<App>,
    scope: Scope,
    path: web::Path<String>,
    query: web::Query<On>,
) -> Result<HttpResponse, ApiError> {
    let found = movement::look(&app, &scope, id(&path)?).await?;
    let on = match query.on.as_deref() {
        None => app.world.clock.now().london_date(),
        Some(text) => Date::parse(text).ok_or_else(|| {
            let detail = "must be a date such as 2026-11-20".into();
            Problems(vec![Problem { pointer: "?on".into(), code: "not-a-date", detail }])
        })?,
    };
    let answer = movement::clearance(&app, &found, on).await?;
    let mut body = answer.to_json(on);
    body["movement"] = found.id.to_string().into();
    body["state"] = found.state.name().into();
    Ok(json(StatusCode::OK, body.to_string()))
}

pub(crate) async fn tell(
    app: web::Data<App>,
    scope: Scope,
    path: web::Path<String>,
    bytes: Body,
) -> Result<HttpResponse, ApiError> {
    let found = movement::look(&app, &scope, id(&path)?).await?;
    // The agreement that allows it is named, so that whoever audits this can look it up.
    let (to, agreement) = read(&body(bytes)?, &app.lists, |object| {
        let organisation = object.required("organisation", OrganisationCode::from_json);
        let agreement = object.required("agreement", Text::from_json);
        Some((organisation?, agreement?))
    })?;
    Ok(json(
        StatusCode::OK,
        movement::tell(&app, &found, &to, scope.actor(), Some(agreement.as_str())).await?.to_string(),
    ))
}

pub(crate) async fn agreements(
    app: web::Data<App>,
    scope: Scope,
    path: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let found = movement::look(&app, &scope, id(&path)?).await?;
    Ok(json(StatusCode::OK, movement::agreements(&app, &found).await?.to_string()))
}

pub(crate) async fn answer_agreement(
    app: web::Data<App>,
    scope: Scope,
    path: web::Path<(String, String)>,
    bytes: Body,
) -> Result<HttpResponse, ApiError> {
    let (wanted, agreement) = path.into_inner();
    let found = movement::look(&app, &scope, id(&wanted)?).await?;
    let agreement: Id = id(&agreement)?;
    let answer = read(&body(bytes)?, &app.lists, |object| {
        object.required("answer", |json, context: &mut Context<'_>| {
            let answer = json.as_text().filter(|it| matches!(*it, "honour" | "review")).map(str::to_owned);
            context.value(answer.ok_or(("unknown-code", "must be honour or review".into())))
        })
    })?;
    Ok(json(StatusCode::OK, movement::answer_agreement(&app, &found, agreement, &answer).await?.to_string()))
}

/// Reads a list of texts under a name, for the person's side.
pub(super) fn texts(object: &mut Members<'_, '_, '_>, name: &str, most: usize) -> Option<Vec<String>> {
    object.required(name, |json, context| {
        let texts = list(json, context, |json, context| {
            json.as_text().map(str::to_owned).or_else(|| context.mismatch("a text", json))
        })?;
        if (1..=most).contains(&texts.len()) {
            return Some(texts);
        }
        context.problem("record-count", format!("1 to {most} are allowed"));
        None
    })
}
