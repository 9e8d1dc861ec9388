//! `POST /oauth/token` and `GET /.well-known/oauth-authorization-server` (RFC 6749, sections 4.4 and 5;
//! RFC 7521, section 4.2; RFC 8414). Errors are OAuth errors (RFC 6749, section 5.2), not problems.

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, PRAGMA};
use actix_web::{HttpRequest, HttpResponse, ResponseError, web};
use serde_json::json;
use thiserror::Error;

use crate::app::App;
use crate::error::ApiError;
use crate::permission::Permission;
use crate::sign_in::key::Algorithm;
use crate::sign_in::{self, SignInError};

const GRANT: &str = "client_credentials";
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Longest form that is read, in bytes: an assertion and what stands beside it.
pub(crate) const MAX_FORM: usize = 16 * 1024;

/// Why there is no token.
#[derive(Debug, Error)]
pub(crate) enum OauthError {
    #[error("{0}")]
    Request(String),
    #[error("the only grant_type is client_credentials")]
    Grant,
    #[error(transparent)]
    SignIn(#[from] SignInError),
}

impl OauthError {
    /// Its code, and the status that it comes with. A client that is not let in gets 400, as in RFC 7521,
    /// section 4.2.1: 401 would have to name a header to sign in with (RFC 9110, section 11.6.1).
    fn parts(&self) -> (&'static str, StatusCode) {
        match self {
            Self::Request(_) => ("invalid_request", StatusCode::BAD_REQUEST),
            Self::Grant => ("unsupported_grant_type", StatusCode::BAD_REQUEST),
            Self::SignIn(SignInError::Refused(_)) => ("invalid_client", StatusCode::BAD_REQUEST),
            Self::SignIn(SignInError::Scope) => ("invalid_scope", StatusCode::BAD_REQUEST),
            Self::SignIn(SignInError::Store(_)) => ("server_error", StatusCode::SERVICE_UNAVAILABLE),
        }
    }
}

impl ResponseError for OauthError {
    fn status_code(&self) -> StatusCode {
        self.parts().1
    }

    fn error_response(&self) -> HttpResponse {
        let (code, status) = self.parts();
        let mut body = json!({ "error": code });
        if status.is_server_error() {
            tracing::error!(error.kind = code, error.detail = %self, "sign-in failed");
        } else {
            body["error_description"] = self.to_string().into();
        }
        answer(status, &body)
    }
}

fn answer(status: StatusCode, body: &serde_json::Value) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    response.insert_header((CONTENT_TYPE, "application/json"));
    response.insert_header((CACHE_CONTROL, "no-store")).insert_header((PRAGMA, "no-cache"));
    response.body(body.to_string())
}

/// The fields of a form, as they stand in it.
type Fields = Vec<(String, String)>;

/// A field that may stand once; empty is as good as missing (RFC 6749, section 3.2).
fn field<'f>(fields: &'f Fields, name: &str) -> Result<Option<&'f str>, OauthError> {
    let mut values = fields.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let value = values.next();
    if values.next().is_some() {
        return Err(OauthError::Request(format!("{name} stands there twice")));
    }
    Ok(value.filter(|value| !value.is_empty()))
}

pub(crate) async fn token(
    app: web::Data<App>,
    request: HttpRequest,
    form: Result<web::Form<Fields>, actix_web::Error>,
) -> Result<HttpResponse, OauthError> {
    let unreadable = || {
        OauthError::Request(format!("the body must be application/x-www-form-urlencoded, of {MAX_FORM} bytes at most"))
    };
    let fields = form.map_err(|_| unreadable())?.into_inner();
    // One way to sign in for each request (RFC 6749, section 2.3).
    if request.headers().contains_key(AUTHORIZATION) || field(&fields, "client_secret")?.is_some() {
        return Err(OauthError::Request("a client signs in with client_assertion, and nothing beside it".into()));
    }
    let needed = |name: &str| field(&fields, name)?.ok_or_else(|| OauthError::Request(format!("{name} is needed")));
    if needed("grant_type")? != GRANT {
        return Err(OauthError::Grant);
    }
    if needed("client_assertion_type")? != ASSERTION_TYPE {
        return Err(OauthError::Request(format!("client_assertion_type must be {ASSERTION_TYPE}")));
    }
    let assertion = needed("client_assertion")?;
    let (client, scope) = (field(&fields, "client_id")?, field(&fields, "scope")?);
    let token = sign_in::sign_in(&app, assertion, client, scope).await?;
    Ok(answer(
        StatusCode::OK,
        &json!({
            "access_token": token.token,
            "token_type": "Bearer",
            "expires_in": sign_in::TOKEN_LIFETIME,
            "scope": token.permissions.to_string(),
        }),
    ))
}

pub(crate) async fn metadata(app: web::Data<App>) -> Result<HttpResponse, ApiError> {
    let names = |algorithms: &[Algorithm]| algorithms.iter().map(|it| it.name()).collect::<Vec<_>>();
    let body = json!({
        "issuer": &*app.address,
        "token_endpoint": sign_in::token_endpoint(&app),
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": names(&Algorithm::ALL),
        "grant_types_supported": [GRANT],
        "response_types_supported": [],
        "scopes_supported": Permission::ALL.iter().map(|it| it.name()).collect::<Vec<_>>(),
        "service_documentation": format!("{}/api", app.address),
    });
    let mut response = HttpResponse::Ok();
    response.insert_header((CONTENT_TYPE, "application/json")).insert_header((CACHE_CONTROL, "public, max-age=3600"));
    Ok(response.body(body.to_string()))
}
