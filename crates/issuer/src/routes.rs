//! Which address leads where. `openapi.yaml` says the same; a test holds one against the other.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::middleware::{Compress, DefaultHeaders};
use actix_web::web::{self, ServiceConfig};

use crate::api::{audit, bodies, passes, passports, public, staff, status};
use crate::error::ApiError;

/// Longest body that is read, in bytes: 512 records with every field, and some.
pub const MAX_BODY: usize = 512 * 1024;

/// Every route.
pub fn configure(config: &mut ServiceConfig) {
    config
        .app_data(web::PayloadConfig::new(MAX_BODY))
        .service(
            web::scope("/v1")
                .wrap(DefaultHeaders::new().add((CACHE_CONTROL, HeaderValue::from_static("no-store"))))
                .service(web::resource("/passports").post(passports::issue).default_service(web::to(method)))
                .service(web::resource("/passes").post(passes::issue).default_service(web::to(method)))
                .service(web::resource("/passes/{id}").get(passes::show).default_service(web::to(method)))
                .service(
                    web::resource("/credentials/{id}").get(passes::show_credential).default_service(web::to(method)),
                )
                .service(web::resource("/staff").get(staff::list).default_service(web::to(method)))
                .service(web::resource("/staff/{id}").get(staff::show).default_service(web::to(method)))
                .service(web::resource("/audit").get(audit::list).default_service(web::to(method)))
                .service(web::resource("/{what}/{id}/{action}").post(status::change).default_service(web::to(method)))
                .default_service(web::to(not_found)),
        )
        .service(
            web::scope("/organisations/{code}")
                .wrap(Compress::default())
                .route("/did.json", web::get().to(public::did_document))
                .route("/jwks.json", web::get().to(public::key_set))
                .route("/status", web::get().to(public::status_lists))
                .route("/status/{list}", web::get().to(public::status_list))
                .route("/status/{list}/revocation", web::get().to(public::revocation))
                .route("/status/{list}/suspension", web::get().to(public::suspension))
                .default_service(web::to(not_found)),
        )
        .route("/trust-list", web::get().to(public::trust_list))
        .route("/bundle", web::get().to(public::bundle))
        .route("/contexts/v1", web::get().to(public::context))
        .route("/schemas/v1/{name}", web::get().to(public::schema))
        .route("/health", web::get().to(public::health))
        .route("/openapi.yaml", web::get().to(bodies::openapi))
        .route("/", web::get().to(bodies::api_page))
        .route("/style.css", web::get().to(bodies::style))
        .default_service(web::to(not_found));
}

async fn not_found() -> Result<HttpResponse, ApiError> {
    Err(ApiError::NotFound)
}

async fn method() -> Result<HttpResponse, ApiError> {
    Err(ApiError::Method)
}
