//! `/v1/imports`: files of many people, previewed before anything is issued.

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};
use passport_intake::Format;
use passport_schema::field::Members;
use passport_schema::id::Id;
use passport_schema::problem::{Problem, Problems};
use passport_schema::time::Date;
use serde::Deserialize;
use serde_json::json;

use super::page::{LIMIT, Newest, PAGE, fit, unreadable};
use super::passports::read_carrier;
use super::{Body, body, id, json, read};
use crate::app::App;
use crate::auth::Scope;
use crate::error::ApiError;
use crate::import::result::{Form, download};
use crate::import::upload::{Wanted, receive};
use crate::import::{Outcome, State, ask};

/// How a file is to be read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Asked {
    #[serde(default)]
    format: String,
    as_of: Option<String>,
    mapping: Option<String>,
}

impl Asked {
    /// With every problem at once.
    fn read(&self, today: Date) -> Result<Wanted, Problems> {
        let mut problems = Vec::new();
        let mut problem = |pointer: &str, code, detail: String| {
            problems.push(Problem { pointer: pointer.into(), code, detail });
        };
        let format = Format::parse(&self.format);
        if format.is_none() {
            let names: Vec<_> = Format::ALL.iter().map(|format| format.name()).collect();
            problem("/format", "unknown-code", format!("must be one of {}", names.join(", ")));
        }
        let as_of = match self.as_of.as_deref() {
            None => Some(today),
            Some(text) => Date::parse(text),
        };
        match as_of {
            None => problem("/asOf", "not-a-date", "must be a date, YYYY-MM-DD".into()),
            Some(date) if date > today => problem("/asOf", "in-the-future", format!("lies after today, {today}")),
            Some(_) => {}
        }
        let parse = |text: &str| Id::parse_bare(text).or_else(|| Id::parse(text));
        let mapping = self.mapping.as_deref().map(parse);
        if mapping == Some(None) {
            problem("/mapping", "not-an-id", "must be the id of a mapping".into());
        }
        match (format, as_of) {
            (Some(format), Some(as_of)) if problems.is_empty() => {
                Ok(Wanted { format, as_of, mapping: mapping.flatten() })
            }
            _ => Err(Problems(problems)),
        }
    }
}

/// Takes a file in; what it would come to is found out afterwards.
pub(crate) async fn upload(
    app: web::Data<App>,
    scope: Scope,
    request: HttpRequest,
    asked: web::Query<Asked>,
    file: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let wanted = asked.read(app.world.clock.now().london_date())?;
    let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let import = receive(&app, &scope, wanted, length, file).await?;
    Ok(json(StatusCode::ACCEPTED, ask::describe(&app, &import).await?.to_string()))
}

pub(crate) async fn list(
    app: web::Data<App>,
    scope: Scope,
    page: web::Query<Newest>,
) -> Result<HttpResponse, ApiError> {
    let imports = app.store.read().await?.imports(scope.organisation(), page.before()?, LIMIT).await?;
    let mut body = json!({ "organisation": scope.organisation().as_str(), "imports": imports.iter().map(ask::summary).collect::<Vec<_>>() });
    if let Some(last) = imports.last().filter(|_| imports.len() == PAGE) {
        body["next"] = last.id.0.to_string().into();
    }
    Ok(json(StatusCode::OK, body.to_string()))
}

pub(crate) async fn show(app: web::Data<App>, scope: Scope, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let import = ask::find(&app, &scope, id(&path)?).await?;
    Ok(json(StatusCode::OK, ask::describe(&app, &import).await?.to_string()))
}

/// Which rows.
#[derive(Deserialize)]
pub(crate) struct Rows {
    outcome: Option<String>,
    #[serde(default)]
    after: String,
}

pub(crate) async fn rows(
    app: web::Data<App>,
    scope: Scope,
    path: web::Path<String>,
    wanted: web::Query<Rows>,
) -> Result<HttpResponse, ApiError> {
    let import = ask::find(&app, &scope, id(&path)?).await?;
    let outcome = wanted.outcome.as_deref().map(|name| Outcome::parse(name).ok_or_else(unreadable)).transpose()?;
    let (rows, next) = ask::rows(&app, &import, outcome, fit(&wanted.after)?).await?;
    let mut body = json!({ "rows": rows.iter().map(ask::row).collect::<Vec<_>>() });
    if let Some(next) = next {
        body["next"] = next.into();
    }
    Ok(json(StatusCode::OK, body.to_string()))
}

pub(crate) async fn commit(
    app: web::Data<App>,
    scope: Scope,
    path: web::Path<String>,
    bytes: Body,
) -> Result<HttpResponse, ApiError> {
    let bytes = body(bytes)?;
    let carrier = if bytes.is_empty() {
        None
    } else {
        read(&bytes, &app.lists, |object| {
            object.optional("pass", |json, context| {
                Members::read(json, context, |pass| pass.required("carrier", read_carrier))
            })
        })?
    };
    let import = ask::commit(&app, &scope, id(&path)?, carrier).await?;
    Ok(json(StatusCode::ACCEPTED, ask::describe(&app, &import).await?.to_string()))
}

pub(crate) async fn cancel(
    app: web::Data<App>,
    scope: Scope,
    path: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let import = ask::cancel(&app, &scope, id(&path)?).await?;
    Ok(json(StatusCode::OK, ask::describe(&app, &import).await?.to_string()))
}

/// What became of each row, once there is something to see.
pub(crate) async fn result(
    app: web::Data<App>,
    scope: Scope,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let import = ask::find(&app, &scope, id(&path)?).await?;
    if matches!(import.state, State::Receiving | State::Reading | State::Judging) {
        return Err(ApiError::State(format!("it is {}; there is no result yet", import.state.name())));
    }
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let form = if accept.contains("application/json") { Form::Json } else { Form::Csv };
    let name = import.id.0;
    let mut response = HttpResponse::Ok();
    match form {
        Form::Json => response.insert_header((CONTENT_TYPE, "application/json")),
        Form::Csv => response
            .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"))
            .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"import-{name}.csv\""))),
    };
    let rows = download(app.get_ref().clone(), import, form);
    Ok(response.streaming(rows))
}
