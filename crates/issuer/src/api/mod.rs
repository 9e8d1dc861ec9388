//! The HTTP interface: one file for each thing that can be asked for. A handler authorises, parses,
//! asks the module that knows, and answers.

pub mod audit;
pub mod clients;
pub mod dsp;
pub mod events;
pub mod evidence;
pub mod imports;
pub mod mappings;
pub mod movements;
pub mod notices;
pub mod oauth;
pub(crate) mod page;
pub mod passes;
pub mod passports;
pub mod peers;
pub mod profiles;
pub mod public;
pub mod reissues;
pub mod share;
pub mod staff;
pub mod status;
pub mod webhooks;
pub mod withdrawals;

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpResponse, web};
use passport_schema::codes::CodeLists;
use passport_schema::field::{Context, Members};
use passport_schema::id::Id;
use passport_schema::json::Json;
use passport_schema::problem::Problems;

use crate::error::ApiError;

/// Longest body that is read, in bytes: 127 records with every text at its longest.
pub(crate) const MAX_BODY: usize = 512 * 1024;

/// The body of a request, at most [`MAX_BODY`] long.
pub(crate) type Body = Result<web::Bytes, actix_web::Error>;

pub(crate) fn body(body: Body) -> Result<web::Bytes, ApiError> {
    body.map_err(|_| ApiError::TooLong(MAX_BODY))
}

/// Reads an object with every problem in it.
pub(crate) fn read<T>(
    bytes: &[u8],
    lists: &CodeLists,
    read: impl FnOnce(&mut Members<'_, '_, '_>) -> Option<T>,
) -> Result<T, ApiError> {
    let json = Json::parse(bytes)?;
    let mut context = Context::new(lists);
    let value = Members::read(&json, &mut context, |members| read(members));
    context.finish(value).map_err(|problems: Problems| ApiError::Fields(problems))
}

pub(crate) fn list<T>(
    json: &Json<'_>,
    context: &mut Context<'_>,
    read: impl Fn(&Json<'_>, &mut Context<'_>) -> Option<T>,
) -> Option<Vec<T>> {
    let Json::Array(items) = json else { return context.mismatch("a list", json) };
    let items = items.iter().enumerate().map(|(index, item)| context.at(index, |context| read(item, context)));
    items.collect::<Vec<_>>().into_iter().collect()
}

/// An id in an address; whatever is none does not exist.
pub(crate) fn id(text: &str) -> Result<Id, ApiError> {
    Id::parse_bare(text).or_else(|| Id::parse(text)).ok_or(ApiError::NotFound)
}

pub(crate) fn json(status: actix_web::http::StatusCode, body: String) -> HttpResponse {
    HttpResponse::build(status).insert_header((CONTENT_TYPE, "application/json")).body(body)
}
