//! The API's own description: `openapi.yaml`, and the same as a page for people.

use actix_web::{HttpRequest, HttpResponse};

use super::public::cacheable;

const OPENAPI: &str = include_str!("../../../../openapi.yaml");
const STYLE: &str = include_str!("style.css");
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
