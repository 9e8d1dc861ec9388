//! Pages for people: rendered here, complete without JavaScript, and styled by what `script/web` builds.
//!
//! Templates are checked when they are compiled, and escape every text.

pub mod assets;
mod errors;
mod layout;
pub(crate) mod strict;
mod verify;

use actix_web::{HttpRequest, HttpResponse, web};

use crate::api::public::{SHORT, cacheable};
use crate::app::App;
use crate::error::ApiError;
use layout::Page;

fn answer(request: &HttpRequest, page: &Page) -> HttpResponse {
    cacheable(request, "text/html; charset=utf-8", SHORT, page.render().into_bytes())
}

/// Where passes are checked.
pub(crate) async fn verify(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let published = app.store.read().await?.trust_list().await?;
    Ok(answer(&request, &verify::verify_page(published.as_ref().map(|list| list.root.as_slice()))))
}
