//! Pages for people: rendered here, complete without JavaScript, and styled by what `script/web` builds.
//!
//! Templates are checked when they are compiled, and escape every text.

mod api;
pub mod assets;
mod check;
mod components;
mod errors;
mod guides;
mod layout;
mod problems;
pub(crate) mod strict;
#[cfg(test)]
mod tests;
mod trust;
mod verify;

use std::sync::LazyLock;

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use passport_schema::jose::{Jws, Type};
use passport_schema::trust_list::TrustList;

use crate::app::App;
use crate::caching::{SHORT, cacheable};
use crate::error::{ALL, ApiError};
use crate::publish::{OPENAPI, code};
use crate::store::trust::PublishedList;
use layout::Page;
use trust::{Known, Search, Seen};

const HTML: &str = "text/html; charset=utf-8";

fn answer(request: &HttpRequest, page: &Page) -> HttpResponse {
    cacheable(request, HTML, SHORT, page.render().into_bytes())
}

/// Pages that say the same everywhere.
macro_rules! fixed {
    ($($name:ident = $page:expr;)*) => {
        $(pub(crate) async fn $name(request: HttpRequest) -> HttpResponse {
            // Rendered once: the longest has half a megabyte.
            static PAGE: LazyLock<String> = LazyLock::new(|| $page.render());
            cacheable(&request, HTML, SHORT, PAGE.as_bytes().to_vec())
        })*
    };
}

fixed! {
    home = guides::home();
    for_staff = guides::for_staff();
    for_organisations = guides::for_organisations();
    how_to_check = check::how_to_check();
    share = guides::share();
    problems = problems::problems();
    api = api::render(OPENAPI);
}

pub(crate) async fn for_developers(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let published = app.store.read().await?.trust_list().await?;
    Ok(answer(&request, &guides::for_developers(&app.address, published.is_some())))
}

/// Where passes are checked.
pub(crate) async fn verify(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let published = app.store.read().await?.trust_list().await?;
    Ok(answer(&request, &verify::verify_page(published.as_ref().map(|list| list.root.as_slice()))))
}

/// A trust list that was checked when it was published.
fn read(published: &PublishedList) -> Result<TrustList, ApiError> {
    let token = Jws::parse(&published.token, Type::TrustList).map_err(|error| error.to_string());
    token.and_then(|token| TrustList::from_json(&token.payload)).map_err(|why| {
        tracing::error!(error.detail = why, "the published trust list cannot be read");
        ApiError::Unavailable
    })
}

/// What `look` makes of the published trust list, if there is one.
async fn with_list<T>(app: &App, look: impl FnOnce(Option<&Seen<'_>>) -> T) -> Result<T, ApiError> {
    let published = app.store.read().await?.trust_list().await?;
    let Some(published) = published else { return Ok(look(None)) };
    let list = read(&published)?;
    let root = URL_SAFE_NO_PAD.encode(&published.root);
    Ok(look(Some(&Seen { list: &list, root, now: app.world.clock.now() })))
}

pub(crate) async fn organisations(
    app: web::Data<App>,
    request: HttpRequest,
    search: web::Query<Search>,
) -> Result<HttpResponse, ApiError> {
    let page = with_list(&app, |seen| trust::organisations(seen, &search)).await?;
    Ok(answer(&request, &page))
}

/// An organisation of the trust list, wherever it is, or of this deployment.
pub(crate) async fn organisation(app: &App, request: &HttpRequest, path: &str) -> Result<HttpResponse, ApiError> {
    let code = code(path)?;
    let own = app.store.read().await?.organisation(&code).await?;
    let page = with_list(app, |seen| {
        let member = seen.and_then(|seen| seen.list.members.iter().find(|member| member.information.code == code));
        let known = Known { code: code.as_str(), member, own: own.as_ref() };
        (member.is_some() || own.is_some()).then(|| trust::organisation(&known, seen, &app.lists))
    });
    Ok(answer(request, &page.await?.ok_or(ApiError::NotFound)?))
}

pub(crate) async fn problem(request: HttpRequest, path: web::Path<String>) -> Result<HttpResponse, ApiError> {
    let kind = ALL.iter().find(|kind| kind.code == *path).ok_or(ApiError::NotFound)?;
    Ok(answer(&request, &problems::problem(kind)))
}

pub(crate) async fn asset(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    app.assets.answer(&request, &path)
}

/// The script that keeps the page that checks passes for when the network is off. It lies below `/verify`,
/// and answers for that page and what it is made of below `/assets` (Service Workers, section 3.1.2).
pub(crate) async fn service_worker(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let mut response = app.assets.answer(&request, "verify/service-worker.js")?;
    let allowed = HeaderName::from_static("service-worker-allowed");
    response.headers_mut().insert(allowed, HeaderValue::from_static("/"));
    Ok(response)
}
