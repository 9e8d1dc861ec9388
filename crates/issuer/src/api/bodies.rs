//! Pages: the API's own description, and where the link of a movement leads.

use actix_web::{HttpRequest, HttpResponse};

use super::public::cacheable;

const OPENAPI: &str = include_str!("../../../../openapi.yaml");
const STYLE: &str = include_str!("style.css");
const SHARE: &str = include_str!("share.html");
const HOUR: u32 = 3_600;

pub(crate) async fn openapi(request: HttpRequest) -> HttpResponse {
    cacheable(&request, "application/yaml", HOUR, OPENAPI.as_bytes().to_vec())
}

pub(crate) async fn style(request: HttpRequest) -> HttpResponse {
    cacheable(&request, "text/css; charset=utf-8", HOUR, STYLE.as_bytes().to_vec())
}

pub(crate) async fn api_page(request: HttpRequest) -> HttpResponse {
    cacheable(&request, "text/html; charset=utf-8", HOUR, crate::api_page::render(OPENAPI).into_bytes())
}

/// Where the link of a movement leads whoever opens it in a browser. The secret in it stays there.
pub(crate) async fn share_page(request: HttpRequest) -> HttpResponse {
    cacheable(&request, "text/html; charset=utf-8", HOUR, SHARE.as_bytes().to_vec())
}
