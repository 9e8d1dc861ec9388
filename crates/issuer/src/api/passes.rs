//! `/v1/passes`: passes of chosen records, and each pass as JSON, text, SVG, PNG or PDF; and
//! `/v1/credentials/{id}`.

use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use passport_paper::{Form, PaperError};
use passport_schema::field::Context;
use passport_schema::id::Id;
use passport_schema::json::Json;
use passport_schema::problem::{Problem, Problems};
use serde::Deserialize;

use super::passports::{idempotency_key, read_carrier};
use super::{Body, body, id, json, read};
use crate::app::App;
use crate::auth::Scope;
use crate::error::ApiError;
use crate::issuance::{Carrier, Wish};
use crate::issue::{self, Whom};
use crate::store::credentials::{Form as Issue, Issued};
use crate::{answer, print, qr};

pub(crate) async fn issue(
    app: web::Data<App>,
    scope: Scope,
    request: HttpRequest,
    bytes: Body,
) -> Result<HttpResponse, ApiError> {
    let bytes = body(bytes)?;
    let once = idempotency_key(&request, &bytes)?;
    let (staff, wish) = read(&bytes, &app.lists, |object| {
        let staff = object.required("staff", read_id);
        let carrier = object.optional("carrier", read_carrier);
        let chosen = object.optional("records", |json, context| {
            let Json::Array(items) = json else { return context.mismatch("a list of ids", json) };
            let ids = items.iter().enumerate().map(|(index, item)| context.at(index, |context| read_id(item, context)));
            ids.collect::<Vec<_>>().into_iter().collect::<Option<Vec<_>>>()
        });
        Some((staff?, Wish { carrier: Some(carrier?.unwrap_or(Carrier::Phone)), chosen: chosen?, ..Wish::default() }))
    })?;
    let answer = issue::issue(&app, &scope, &Whom::Staff(staff), &wish, "superseded-by-newer", once.as_ref()).await?;
    Ok(json(StatusCode::CREATED, answer))
}

pub(super) fn read_id(json: &Json<'_>, context: &mut Context<'_>) -> Option<Id> {
    let id = json.as_text().and_then(Id::parse);
    context.value(id.ok_or(("not-an-id", "must be urn:uuid: and a lower-case UUID".into())))
}

async fn find(app: &App, scope: &Scope, form: Issue, wanted: &str) -> Result<Issued, ApiError> {
    let issued = app.store.read().await?.issued(scope.organisation(), id(wanted)?).await?;
    issued.filter(|issued| issued.form == form).ok_or(ApiError::NotFound)
}

pub(crate) async fn show_credential(
    app: web::Data<App>,
    scope: Scope,
    path: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let issued = find(&app, &scope, Issue::Credential, &path).await?;
    Ok(json(StatusCode::OK, answer::token(&issued, None).to_string()))
}

/// What a pass on paper is to look like.
#[derive(Deserialize)]
pub(crate) struct Look {
    form: Option<String>,
}

impl Look {
    fn form(&self) -> Result<Form, ApiError> {
        let Some(name) = &self.form else { return Ok(Form::A4) };
        Form::parse(name).ok_or_else(|| {
            let detail = format!("must be one of {}", Form::ALL.map(Form::name).join(", "));
            Problems(vec![Problem { pointer: "/form".into(), code: "unknown-code", detail }]).into()
        })
    }
}

/// A pass in the form that `Accept` asks for.
pub(crate) async fn show(
    app: web::Data<App>,
    scope: Scope,
    path: web::Path<String>,
    look: web::Query<Look>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let issued = find(&app, &scope, Issue::Pass, &path).await?;
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let answer = |kind: &str, bytes: Vec<u8>| HttpResponse::Ok().insert_header((CONTENT_TYPE, kind)).body(bytes);
    let wanted = accept.split(',').map(|part| part.split(';').next().unwrap_or_default().trim());
    for kind in wanted {
        match kind {
            "application/pdf" => {
                let form = look.form()?;
                let mut response = answer(kind, print::print(&app, &issued, form).await?);
                // The same name for everybody: a name of a file ends up in logs and on screens.
                let name = format!("inline; filename=\"staff-passport-{}.pdf\"", form.name());
                let name = HeaderValue::from_str(&name).map_err(|error| PaperError::Pdf(error.to_string()))?;
                response.headers_mut().insert(CONTENT_DISPOSITION, name);
                return Ok(response);
            }
            "image/png" => return Ok(answer(kind, qr::png(&qr::code(&issued.token)))),
            "image/svg+xml" => return Ok(answer(kind, qr::svg(&qr::code(&issued.token)).into_bytes())),
            "text/plain" => return Ok(answer("text/plain; charset=utf-8", issued.token.into_bytes())),
            "application/json" => break,
            _ => {}
        }
    }
    let mut body = answer::token(&issued, None);
    body["qrVersion"] = qr::version(&qr::code(&issued.token)).into();
    body["reference"] = passport_paper::reference(scope.organisation().as_str(), issued.place).into();
    if issued.family == Carrier::Paper.name() {
        body["reissue"] = app.store.read().await?.paper_passes_before(&issued).await?.into();
    }
    Ok(json(StatusCode::OK, body.to_string()))
}
