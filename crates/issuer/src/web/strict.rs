//! What is true of every public answer: headers that keep a page to itself, and errors as pages for people.
//!
//! A fault is a problem (RFC 9457) for programs; whoever prefers `text/html` gets the same as a page.

use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, VARY};
use actix_web::middleware::Next;

use super::errors;
use crate::caching::prefers_page;

/// No inline script or style, and nothing from anywhere else (Content Security Policy Level 3).
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' data: blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; \
    media-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const NO_CAMERA: &str = "camera=(), microphone=(), geolocation=(), payment=(), usb=()";
const CAMERA: &str = "camera=(self), microphone=(), geolocation=(), payment=(), usb=()";

/// Adds the headers, and turns problems into pages.
pub(crate) async fn strict(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let (page, camera) = (prefers_page(&request), request.path() == "/verify");
    let mut response = next.call(request).await?.map_into_boxed_body();
    let is_problem =
        |headers: &HeaderMap| headers.get(CONTENT_TYPE).is_some_and(|kind| kind == "application/problem+json");
    if page && is_problem(response.headers()) {
        let body = errors::error_page(response.status()).render();
        response = response.map_body(|head, _| {
            head.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
            head.headers_mut().insert(VARY, HeaderValue::from_static("Accept"));
            BoxBody::new(body)
        });
    }
    let headers = response.headers_mut();
    for (name, value) in [
        ("content-security-policy", POLICY),
        ("permissions-policy", if camera { CAMERA } else { NO_CAMERA }),
        ("cross-origin-opener-policy", "same-origin"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    Ok(response)
}
