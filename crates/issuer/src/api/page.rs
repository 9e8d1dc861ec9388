//! Pages of long lists.

use passport_schema::problem::{Problem, Problems};
use serde::Deserialize;

use crate::error::ApiError;

/// Entries of one page.
pub(crate) const PAGE: usize = 100;
/// The same for the database.
pub(crate) const LIMIT: i64 = 100;

/// A page of what lies newest first.
#[derive(Deserialize)]
pub(crate) struct Newest {
    before: Option<String>,
}

impl Newest {
    /// The last one of the page before. Ids are hexadecimal, so that `g` comes after all of them.
    pub(super) fn before(&self) -> Result<&str, ApiError> {
        self.before.as_deref().map_or(Ok("g"), fit)
    }
}

/// A page of what lies in the order of its ids.
#[derive(Deserialize)]
pub(crate) struct Onward {
    #[serde(default)]
    after: String,
}

impl Onward {
    /// The last one of the page before.
    pub(super) fn after(&self) -> Result<&str, ApiError> {
        fit(&self.after)
    }
}

/// A text that a database can be asked for.
pub(super) fn fit(text: &str) -> Result<&str, ApiError> {
    if text.contains('\0') { Err(unreadable()) } else { Ok(text) }
}

/// What is said of a query that cannot be read.
pub(crate) fn unreadable() -> ApiError {
    let detail = "the query in the address cannot be read: each parameter stands there once at most";
    Problems(vec![Problem { pointer: String::new(), code: "bad-query", detail: detail.into() }]).into()
}
