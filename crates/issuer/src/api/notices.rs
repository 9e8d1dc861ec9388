//! `/v1/notices`: movements of one's own people that an organisation was told of.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::page::{LIMIT, Newest, PAGE};
use super::{Body, body, json, read};
use crate::app::App;
use crate::auth::Scope;
use crate::error::ApiError;
use crate::movement;

pub(crate) async fn receive(app: web::Data<App>, scope: Scope, bytes: Body) -> Result<HttpResponse, ApiError> {
    let token = read(&body(bytes)?, &app.lists, |object| {
        object.required("notice", |json, context| {
            json.as_text().map(str::to_owned).or_else(|| context.mismatch("a text", json))
        })
    })?;
    Ok(json(StatusCode::CREATED, movement::receive(&app, &scope, &token).await?.to_string()))
}

pub(crate) async fn list(
    app: web::Data<App>,
    scope: Scope,
    page: web::Query<Newest>,
) -> Result<HttpResponse, ApiError> {
    let told = app.store.read().await?.told(scope.organisation(), page.before()?, LIMIT).await?;
    let notices = told.iter().map(|it| {
        let content: Value = serde_json::from_str(&it.content).unwrap_or_default();
        let mut json = json!({ "movement": it.movement.to_string(), "host": it.host, "asOf": it.issued.to_string() });
        for name in ["purpose", "starts", "ends", "state"] {
            json[name] = content[name].clone();
        }
        if let Some(staff) = it.staff {
            json["staff"] = staff.to_string().into();
        }
        json
    });
    let mut body = json!({ "notices": notices.collect::<Vec<_>>() });
    if let Some(last) = told.last().filter(|_| told.len() == PAGE) {
        body["next"] = last.movement.0.to_string().into();
    }
    Ok(json(StatusCode::OK, body.to_string()))
}
