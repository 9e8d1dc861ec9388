//! `GET /v1/events`: what happened, in order, for whoever would rather ask than be called.

use std::time::Duration;

use actix_web::http::header::{CONTENT_TYPE, LINK};
use actix_web::{HttpResponse, web};
use passport_schema::problem::{Problem, Problems};
use serde::Deserialize;
use serde_json::Value;

use crate::app::App;
use crate::auth::Scope;
use crate::error::ApiError;
use crate::event::{self, Event, cursor, parse_cursor};

/// Most events of one answer, and how many it has when nobody says.
const LIMIT: i64 = 1_000;
const USUAL: i64 = 100;
/// Longest wait for an event, in seconds; and between two looks.
const WAIT: u64 = 30;
const LOOK: Duration = Duration::from_millis(500);

/// Where to begin, how many, and how long to wait for the first.
#[derive(Deserialize)]
pub(crate) struct Asked {
    after: Option<String>,
    limit: Option<String>,
    wait: Option<String>,
}

impl Asked {
    /// Every fault at once.
    fn read(&self) -> Result<(i64, i64, u64), Problems> {
        let mut problems = Vec::new();
        let mut problem = |pointer: &str, detail: String| {
            problems.push(Problem { pointer: pointer.into(), code: "wrong-value", detail });
        };
        let after = self.after.as_deref().map_or(Some(0), parse_cursor);
        if after.is_none() {
            problem("?after", "must be the sequence of an event".into());
        }
        let limit = self.limit.as_deref().map_or(Some(USUAL), |text| text.parse().ok());
        let limit = limit.filter(|limit| (1..=LIMIT).contains(limit));
        if limit.is_none() {
            problem("?limit", format!("must be a number from 1 to {LIMIT}"));
        }
        let wait = self.wait.as_deref().map_or(Some(0), |text| text.parse().ok()).filter(|wait| *wait <= WAIT);
        if wait.is_none() {
            problem("?wait", format!("must be a number of seconds, at most {WAIT}"));
        }
        match (after, limit, wait) {
            (Some(after), Some(limit), Some(wait)) => Ok((after, limit, wait)),
            _ => Err(Problems(problems)),
        }
    }
}

pub(crate) async fn list(
    app: web::Data<App>,
    scope: Scope,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, ApiError> {
    let (after, limit, wait) = asked.read()?;
    let mut looks = Duration::from_secs(wait).as_millis() / LOOK.as_millis();
    let events = loop {
        event::number(&app, scope.organisation()).await?;
        let events = app.store.read().await?.events(scope.organisation(), after, limit).await?;
        if !events.is_empty() || looks == 0 {
            break events;
        }
        looks -= 1;
        tokio::time::sleep(LOOK).await;
    };
    Ok(batch(&app, &scope, &events, after))
}

fn batch(app: &App, scope: &Scope, events: &[Event], after: i64) -> HttpResponse {
    let source = app.organisation_address(scope.organisation());
    let last = events.last().map_or(after, |event| event.sequence);
    let body: Vec<Value> = events.iter().map(|event| event.to_json(&source)).collect();
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/cloudevents-batch+json"))
        .insert_header((LINK, format!("</v1/events?after={}>; rel=\"next\"", cursor(last))))
        .body(Value::Array(body).to_string())
}
