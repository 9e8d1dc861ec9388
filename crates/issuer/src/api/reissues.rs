//! `/v1/reissues`: signing anew for everybody, or a rehearsal of it, and how far it is.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use passport_schema::id::KeyId;
use passport_schema::json::Json;

use super::{Body, body, id, json, read};
use crate::app::App;
use crate::auth::Scope;
use crate::bulk::reissue;
use crate::error::ApiError;
use crate::store::reissues::Because;

pub(crate) async fn begin(app: web::Data<App>, scope: Scope, bytes: Body) -> Result<HttpResponse, ApiError> {
    let (because, rehearsal) = read(&body(bytes)?, &app.lists, |object| {
        let because = object.required("because", |json, context| {
            let word = json.as_text().filter(|word| matches!(*word, "compromised-key" | "code-list"));
            context.value(word.ok_or(("unknown-code", "must be compromised-key or code-list".into())))
        });
        let key = object.optional("key", |json, context| {
            let key = json.as_text().and_then(KeyId::parse);
            context.value(key.ok_or(("not-a-key", "must be a key's id: 8 hexadecimal digits".into())))
        });
        let rehearsal = object.optional("rehearse", |json, context| match json {
            Json::Bool(rehearse) => Some(*rehearse),
            _ => context.mismatch("true or false", json),
        });
        let (because, key, rehearsal) = (because?, key?, rehearsal?.unwrap_or(false));
        let because = match (because, key) {
            ("compromised-key", Some(key)) => Because::CompromisedKey(key),
            ("code-list", None) => Because::CodeList,
            ("code-list", Some(_)) => {
                object.context.at("key", |context| context.problem("not-with-code-list", "belongs to compromised-key"));
                return None;
            }
            _ => {
                object.context.at("key", |context| context.problem("missing-field", "this field is needed"));
                return None;
            }
        };
        Some((because, rehearsal))
    })?;
    let answer = reissue::begin(&app, &scope, because, rehearsal).await?;
    Ok(json(StatusCode::CREATED, answer.to_string()))
}

pub(crate) async fn show(app: web::Data<App>, scope: Scope, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let answer = reissue::show(&app, &scope, id(&path)?).await?;
    Ok(json(StatusCode::OK, answer.to_string()))
}
