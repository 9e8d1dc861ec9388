//! Answers that caches may keep, and in which form they are wanted.

use actix_web::http::header::{ACCEPT, Accept, CACHE_CONTROL, CONTENT_TYPE, ETAG, Header as _, IF_NONE_MATCH, VARY};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// How long a cache may keep what changes, in seconds. Far within the `ttl` of a status list.
pub(crate) const SHORT: u32 = 60;
/// How long a cache may keep what a version never changes.
pub(crate) const LONG: u32 = 86_400;

/// Whether the caller has what this tag stands for (RFC 9110, section 13.1.2: weak comparison).
pub(crate) fn knows(request: &HttpRequest, tag: &str) -> bool {
    let known = request.headers().get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    known.is_some_and(|tags| {
        tags.split(',').any(|known| known.trim().trim_start_matches("W/") == tag || known.trim() == "*")
    })
}

/// An answer that caches may keep, or 304 if the caller has it already.
pub(crate) fn cacheable(request: &HttpRequest, media_type: &str, seconds: u32, body: Vec<u8>) -> HttpResponse {
    // Weak: the same content may come compressed or not.
    let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&Sha256::digest(&body)[..16]));
    let known = knows(request, &tag);
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((ETAG, format!("W/{tag}")))
        .insert_header((CACHE_CONTROL, format!("public, max-age={seconds}")))
        .insert_header((VARY, "Accept"))
        .insert_header(("Access-Control-Allow-Origin", "*"));
    if known { response.finish() } else { response.insert_header((CONTENT_TYPE, media_type)).body(body) }
}

/// Whether somebody would rather have a page than what programs get.
pub(crate) fn prefers_page(request: &impl HttpMessage) -> bool {
    let named = request.headers().contains_key(ACCEPT);
    named && Accept::parse(request).is_ok_and(|accepted| accepted.preference().essence_str() == "text/html")
}
