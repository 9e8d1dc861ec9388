//! Errors in the specification's shape, and the caller of whom they are told.

use std::fmt;
use std::pin::Pin;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpRequest, HttpResponse, ResponseError};
use passport_dsp::{Issue, outcome};

use crate::auth::Scope;
use crate::error::ApiError;

/// What went wrong, answered as an `OperationOutcome`.
#[derive(Debug)]
pub(crate) enum Fault {
    /// As everywhere.
    Api(ApiError),
    /// In the specification's words.
    Issue(Issue, String),
}

impl Fault {
    pub(crate) fn new(issue: Issue, text: impl Into<String>) -> Self {
        Self::Issue(issue, text.into())
    }

    /// What the published examples say.
    pub(crate) fn no_employee() -> Self {
        Self::new(Issue::NotFound, "Employee not found for the given ID.")
    }

    pub(crate) fn no_organisation() -> Self {
        Self::new(Issue::NotFound, "Organisation not found for the given ID.")
    }
}

impl<E: Into<ApiError>> From<E> for Fault {
    fn from(error: E) -> Self {
        Self::Api(error.into())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api(error) => error.fmt(f),
            Self::Issue(issue, text) => write!(f, "{}: {text}", issue.code()),
        }
    }
}

fn issue_of(error: &ApiError) -> (Issue, StatusCode) {
    // The specification knows no 422.
    let status = if let ApiError::Fields(_) = error { StatusCode::BAD_REQUEST } else { error.status_code() };
    (issue_of_status(status), status)
}

fn issue_of_status(status: StatusCode) -> Issue {
    match status {
        StatusCode::UNAUTHORIZED => Issue::InvalidCredentials,
        StatusCode::FORBIDDEN => Issue::Forbidden,
        StatusCode::NOT_FOUND => Issue::NotFound,
        StatusCode::CONFLICT => Issue::Conflict,
        StatusCode::PAYLOAD_TOO_LARGE => Issue::TooLong,
        _ if status.is_server_error() => Issue::Exception,
        _ => Issue::Invalid,
    }
}

impl ResponseError for Fault {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Api(error) => issue_of(error).1,
            Self::Issue(issue, _) => StatusCode::from_u16(issue.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }

    fn error_response(&self) -> HttpResponse {
        let (issue, texts) = match self {
            Self::Issue(issue, text) => (*issue, vec![text.clone()]),
            Self::Api(ApiError::Fields(problems)) => {
                (Issue::Invalid, problems.0.iter().map(ToString::to_string).collect())
            }
            Self::Api(error) => {
                let (issue, status) = issue_of(error);
                // What went wrong inside is for the log, not for a stranger.
                let text = if status.is_server_error() {
                    tracing::error!(error.detail = %error, "request failed");
                    "something went wrong on our side".to_owned()
                } else {
                    error.to_string()
                };
                (issue, vec![text])
            }
        };
        let status = self.status_code();
        let mut response = HttpResponse::build(status);
        response.insert_header((CONTENT_TYPE, "application/json")).insert_header((CACHE_CONTROL, "no-store"));
        if status == StatusCode::UNAUTHORIZED {
            response.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        if let Self::Api(ApiError::Method(allowed)) = self {
            response.insert_header((ALLOW, *allowed));
        }
        response.body(outcome(issue, texts.iter().map(String::as_str)))
    }
}

/// Who is asking; whoever is not let in learns it in the specification's shape.
#[derive(Debug)]
pub(crate) struct Caller(pub(crate) Scope);

impl FromRequest for Caller {
    type Error = Fault;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Fault>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let scope = Scope::from_request(request, payload);
        Box::pin(async move { Ok(Self(scope.await?)) })
    }
}

impl Caller {
    /// Whether this is the caller's own organisation; of any other nobody learns whether it exists.
    pub(crate) fn of(&self, code: &str) -> Result<(), Fault> {
        if self.0.organisation().as_str() == code { Ok(()) } else { Err(Fault::no_organisation()) }
    }
}

/// Speaks the specification's language at the door: its events come with a header `apikey`, which says the
/// same as a bearer token; and what no handler answers, such as a wrong method, gets its shape.
pub(crate) async fn speak(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let headers = request.headers_mut();
    if !headers.contains_key(AUTHORIZATION)
        && let Some(key) = headers.get("apikey")
        && let Ok(bearer) = HeaderValue::from_bytes(&[b"Bearer ", key.as_bytes()].concat())
    {
        headers.insert(AUTHORIZATION, bearer);
    }
    let response = next.call(request).await?.map_into_boxed_body();
    if response.headers().get(CONTENT_TYPE).is_none_or(|kind| kind != "application/problem+json") {
        return Ok(response);
    }
    let status = response.status();
    let body = outcome(issue_of_status(status), [status.canonical_reason().unwrap_or_default()]);
    Ok(response.map_body(|head, _| {
        head.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        BoxBody::new(body)
    }))
}
