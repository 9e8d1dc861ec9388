//! `POST /v1/passports`: a person and their records in, their passport out.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use passport_schema::credential::read_checked_records;
use passport_schema::field::{Context, Members, Scalar as _};
use passport_schema::json::Json;
use passport_schema::problem::{Problem, Problems};
use passport_schema::record::Kind;
use passport_schema::text::Text;
use sha2::{Digest as _, Sha256};

use super::{Body, body, json, read};
use crate::app::App;
use crate::auth::Scope;
use crate::error::ApiError;
use crate::issuance::{self, Carrier, Wish};
use crate::issue::{self, Once, Whom};

/// Longest reference and idempotency key, in bytes.
const MAX_KEY: usize = 100;

pub(crate) async fn issue(
    app: web::Data<App>,
    scope: Scope,
    request: HttpRequest,
    bytes: Body,
) -> Result<HttpResponse, ApiError> {
    let bytes = body(bytes)?;
    let once = idempotency_key(&request, &bytes)?;
    let today = app.world.clock.now().london_date();
    let mut kinds = Vec::new();
    let mut whose = None;
    let asked = read(&bytes, &app.lists, |object| {
        whose = object.required("reference", read_reference);
        let records = object.required("records", |json, context| {
            read_checked_records(json, context, |record, context| {
                issuance::check(record, today, context);
                let kind = issuance::kind_of(record);
                if kind == Some(Kind::Identity) && kinds.contains(&kind) {
                    context.problem("one-identity", "a person has one identity; this is the second in this request");
                }
                kinds.push(kind);
            })
        });
        let carrier = match object.take("pass") {
            None => Some(Some(Carrier::Phone)),
            Some(Json::Null) => Some(None),
            Some(json) => object.context.at("pass", |context| read_pass(json, context)).map(Some),
        };
        let incoming = records?.into_iter().map(|record| (record, None)).collect();
        Some((whose.clone()?, Wish { incoming, carrier: carrier?, ..Wish::default() }))
    });
    let (reference, wish) = match asked {
        Err(ApiError::Fields(mut faults)) if !kinds.is_empty() && !kinds.contains(&Some(Kind::Identity)) => {
            // Whoever mends the faulty fields should not learn only then that this is missing too.
            if let Some(reference) = &whose
                && !issue::has_identity(&app, &scope, reference).await?
            {
                faults.0.push(issue::no_identity());
            }
            return Err(faults.into());
        }
        asked => asked?,
    };
    let answer =
        issue::issue(&app, &scope, &Whom::Reference(reference), &wish, "superseded-by-newer", once.as_ref()).await?;
    Ok(json(StatusCode::CREATED, answer))
}

fn read_pass(json: &Json<'_>, context: &mut Context<'_>) -> Option<Carrier> {
    Members::read(json, context, |pass| pass.required("carrier", read_carrier))
}

pub(super) fn read_carrier(json: &Json<'_>, context: &mut Context<'_>) -> Option<Carrier> {
    let carrier = json.as_text().and_then(Carrier::parse);
    context.value(carrier.ok_or(("unknown-code", "must be phone or paper".into())))
}

/// The organisation's own reference for a person, such as an assignment number.
fn read_reference(json: &Json<'_>, context: &mut Context<'_>) -> Option<String> {
    let text = Text::from_json(json, context)?;
    if text.as_str().len() > MAX_KEY {
        context.problem("text-too-long", format!("at most {MAX_KEY} bytes"));
        return None;
    }
    Some(text.as_str().to_owned())
}

pub(super) fn idempotency_key(request: &HttpRequest, body: &[u8]) -> Result<Option<Once>, ApiError> {
    let Some(value) = request.headers().get("Idempotency-Key") else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| (1..=MAX_KEY).contains(&key.len()));
    let key = key.ok_or_else(|| {
        let detail = format!("the Idempotency-Key header must be 1 to {MAX_KEY} visible ASCII characters");
        Problems(vec![Problem { pointer: String::new(), code: "idempotency-key", detail }])
    })?;
    // The address belongs to the request: one key serves one kind of request only.
    let request_hash =
        Sha256::new().chain_update(request.path()).chain_update([0]).chain_update(body).finalize().into();
    Ok(Some(Once { key: key.to_owned(), request_hash }))
}
