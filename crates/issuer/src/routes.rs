//! Which address leads where. `openapi.yaml` says the same; a test holds one against the other.

use actix_web::dev::HttpServiceFactory;
use actix_web::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use actix_web::middleware::{Compress, DefaultHeaders, from_fn};
use actix_web::web::{self, QueryConfig, ServiceConfig};
use actix_web::{FromRequest, Handler, HttpResponse, Responder};

use crate::api::MAX_BODY;
use crate::api::page::unreadable;
use crate::api::{
    audit, clients, dsp, events, evidence, imports, mappings, movements, notices, oauth, passes, passports, peers,
    profiles, public, reissues, share, staff, status, webhooks, withdrawals,
};
use crate::dsp::speak;
use crate::error::ApiError;
use crate::web as pages;
use crate::web::strict::strict;

/// Every route.
pub fn configure(config: &mut ServiceConfig) {
    config
        .app_data(web::PayloadConfig::new(MAX_BODY))
        .app_data(QueryConfig::default().error_handler(|_, _| ApiError::NotFound.into()))
        .service(own())
        .service(sign_in())
        .service(other_systems())
        .service(public_pages());
}

/// What an organisation does, and a person with a link or receipt.
fn own() -> impl HttpServiceFactory + 'static {
    web::scope("/v1")
        .app_data(QueryConfig::default().error_handler(|_, _| unreadable().into()))
        .wrap(DefaultHeaders::new().add((CACHE_CONTROL, "no-store")).add((X_CONTENT_TYPE_OPTIONS, "nosniff")))
        .service(post("/passports", passports::issue))
        .service(post("/passes", passes::issue))
        .service(get("/passes/{id}", passes::show))
        .service(get("/credentials/{id}", passes::show_credential))
        .service(get("/staff", staff::list))
        .service(get("/staff/{id}", staff::show))
        .service(post("/staff/{id}/change-of-name", staff::change_name))
        .service(post("/staff/{id}/leave", staff::leave))
        .service(get_or_post("/withdrawals", withdrawals::list, withdrawals::preview))
        .service(get("/withdrawals/{id}", withdrawals::show))
        .service(post("/withdrawals/{id}/confirm", withdrawals::confirm))
        .service(post("/withdrawals/{id}/cancel", withdrawals::cancel))
        .service(post("/reissues", reissues::begin))
        .service(get("/reissues/{id}", reissues::show))
        .service(get("/audit", audit::list))
        .service(get_or_post("/imports", imports::list, imports::upload))
        .service(get("/imports/{id}", imports::show))
        .service(get("/imports/{id}/rows", imports::rows))
        .service(get("/imports/{id}/result", imports::result))
        .service(post("/imports/{id}/commit", imports::commit))
        .service(post("/imports/{id}/cancel", imports::cancel))
        .service(get_or_post("/mappings", mappings::list, mappings::keep))
        .service(get_or_post("/profiles", profiles::list, profiles::publish))
        .service(get_or_post("/movements", movements::all, movements::open))
        .service(get("/movements/{id}", movements::show))
        .service(get("/movements/{id}/clearance", movements::clearance))
        .service(get("/movements/{id}/agreements", movements::agreements))
        .service(post("/movements/{id}/agreements/{agreement}/answer", movements::answer_agreement))
        .service(post("/movements/{id}/records", movements::decide))
        .service(post("/movements/{id}/confirmations", movements::confirm))
        .service(post("/movements/{id}/tell", movements::tell))
        .service(post("/movements/{id}/{step}", movements::step))
        .service(get_or_post("/share", share::asked, share::share))
        .service(post("/share/decline", share::decline))
        .service(get("/receipt", share::receipt))
        .service(post("/receipt/withdraw", share::withdraw))
        .service(post("/receipt/tell", share::tell))
        .service(post("/receipt/agreements", share::show_agreement))
        .service(get_or_post("/notices", notices::list, notices::receive))
        .service(get("/evidence/training", evidence::training))
        .service(get_or_post("/peers", peers::list, peers::add))
        .service(get_or_post("/peers/{id}/links", peers::links, peers::link))
        .service(post("/peers/{id}/pulls", peers::pull))
        .service(get("/peers/{id}/pulls/{pull}", peers::pulled))
        .service(post("/peers/{id}/sends", peers::send))
        .service(get_or_post("/clients", clients::list, clients::add))
        .service(post("/clients/{id}/revoke", clients::revoke))
        .service(get("/events", events::list))
        .service(get_or_post("/webhooks", webhooks::list, webhooks::add))
        .service(get_or_delete("/webhooks/{id}", webhooks::show, webhooks::remove))
        .service(post("/webhooks/{id}/rotate-secret", webhooks::rotate_secret))
        .service(post("/webhooks/{id}/replay", webhooks::replay))
        .service(post("/webhooks/{id}/enable", webhooks::enable))
        .service(get("/webhooks/{id}/dead-letters", webhooks::dead_letters))
        .service(post("/webhooks/{id}/dead-letters/replay", webhooks::replay_dead_letters))
        .service(post("/{what}/{id}/supersede", status::supersede))
        .service(post("/{what}/{id}/{action}", status::change))
        .default_service(web::to(not_found))
}

fn sign_in() -> impl HttpServiceFactory + 'static {
    web::scope("/oauth")
        .app_data(web::FormConfig::default().limit(oauth::MAX_FORM))
        .service(post("/token", oauth::token))
        .default_service(web::to(not_found))
}

/// The Digital Staff Passport API.
fn other_systems() -> impl HttpServiceFactory + 'static {
    web::scope("/dsp")
        .wrap(from_fn(speak))
        .wrap(DefaultHeaders::new().add((CACHE_CONTROL, "no-store")).add((X_CONTENT_TYPE_OPTIONS, "nosniff")))
        .service(post("/events", dsp::publish))
        .service(get("/organisations/{code}/_status", dsp::status))
        .service(get("/organisations/{code}/employees", dsp::search))
        .service(get("/organisations/{code}/employees/{employee}", dsp::employee))
        .service(get_or_post("/organisations/{code}/employees/{employee}/records", dsp::records, dsp::add))
        .default_service(web::to(dsp::not_found))
}

/// What everybody may read.
fn public_pages() -> impl HttpServiceFactory + 'static {
    web::scope("")
        .wrap(from_fn(strict))
        .wrap(Compress::default())
        .service(get("/organisations/{code}", public::organisation))
        .service(get("/organisations/{code}/did.json", public::did_document))
        .service(get("/organisations/{code}/jwks.json", public::key_set))
        .service(get("/organisations/{code}/peers/jwks.json", peers::keys))
        .service(get("/organisations/{code}/status", public::status_lists))
        .service(get("/organisations/{code}/status/{list}", public::status_list))
        .service(get("/organisations/{code}/status/{list}/revocation", public::revocation))
        .service(get("/organisations/{code}/status/{list}/suspension", public::suspension))
        .service(get("/organisations/{code}/profiles", profiles::published))
        .service(get("/organisations/{code}/profiles/{name}", profiles::newest))
        .service(get("/organisations/{code}/profiles/{name}/{version}", profiles::version))
        .service(get("/.well-known/oauth-authorization-server", oauth::metadata))
        .service(get("/trust-list", public::trust_list))
        .service(get("/bundle", public::bundle))
        .service(get("/contexts/v1", public::context))
        .service(get("/schemas/v1/RoleProfile.json", profiles::schema))
        .service(get("/schemas/v1/{name}", public::schema))
        .service(get("/health", public::health))
        .service(get("/openapi.yaml", public::openapi))
        .service(get("/", pages::home))
        .service(get("/for-staff", pages::for_staff))
        .service(get("/for-organisations", pages::for_organisations))
        .service(get("/for-developers", pages::for_developers))
        .service(get("/how-to-check", pages::how_to_check))
        .service(get("/organisations", pages::organisations))
        .service(get("/problems", pages::problems))
        .service(get("/problems/{code}", pages::problem))
        .service(get("/api", pages::api))
        .service(get("/share", pages::share))
        .service(get("/verify", pages::verify))
        .service(get("/verify/service-worker.js", pages::service_worker))
        .service(get("/assets/{path:.*}", pages::asset))
        .default_service(web::to(not_found))
}

fn get<F, A>(path: &str, handler: F) -> impl HttpServiceFactory + 'static + use<F, A>
where
    F: Handler<A> + Clone,
    A: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let resource = web::resource(path.to_owned()).route(web::get().to(handler.clone())).route(web::head().to(handler));
    resource.default_service(web::to(|| method("GET, HEAD")))
}

fn post<F, A>(path: &str, handler: F) -> impl HttpServiceFactory + 'static + use<F, A>
where
    F: Handler<A>,
    A: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    web::resource(path.to_owned()).route(web::post().to(handler)).default_service(web::to(|| method("POST")))
}

/// One address that is read and written.
fn get_or_post<G, A, P, B>(path: &str, read: G, write: P) -> impl HttpServiceFactory + 'static + use<G, A, P, B>
where
    G: Handler<A> + Clone,
    A: FromRequest + 'static,
    G::Output: Responder + 'static,
    P: Handler<B>,
    B: FromRequest + 'static,
    P::Output: Responder + 'static,
{
    let resource = web::resource(path.to_owned()).route(web::get().to(read.clone())).route(web::head().to(read));
    resource.route(web::post().to(write)).default_service(web::to(|| method("GET, HEAD, POST")))
}

/// One address that is read and removed.
fn get_or_delete<G, A, D, B>(path: &str, read: G, remove: D) -> impl HttpServiceFactory + 'static + use<G, A, D, B>
where
    G: Handler<A> + Clone,
    A: FromRequest + 'static,
    G::Output: Responder + 'static,
    D: Handler<B>,
    B: FromRequest + 'static,
    D::Output: Responder + 'static,
{
    let resource = web::resource(path.to_owned()).route(web::get().to(read.clone())).route(web::head().to(read));
    resource.route(web::delete().to(remove)).default_service(web::to(|| method("GET, HEAD, DELETE")))
}

async fn not_found() -> Result<HttpResponse, ApiError> {
    Err(ApiError::NotFound)
}

#[expect(clippy::unused_async, reason = "handlers are asynchronous")]
async fn method(allowed: &'static str) -> Result<HttpResponse, ApiError> {
    Err(ApiError::Method(allowed))
}
