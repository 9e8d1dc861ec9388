//! Who vouches for what a file says.

use std::sync::Arc;

use passport_schema::codes::{Assurance, CodeLists};
use passport_schema::field::Context;
use passport_schema::record::{Provenance, Source};
use passport_schema::text::Refusal;
use passport_schema::time::Date;

use crate::columns::Noted;

/// The recurring provenance block with that id.
pub(crate) fn assurance(id: &str, lists: &CodeLists) -> Result<Arc<Assurance>, Refusal> {
    let known = lists.assurances().iter().find(|row| row.id == id).cloned();
    known.ok_or_else(|| ("unknown-code", format!("cannot be vouched for: the code lists have no assurance {id}")))
}

pub(crate) fn provenance(
    id: &str,
    as_of: Date,
    lists: &CodeLists,
    context: &mut Context<'_>,
) -> Result<Provenance, Noted> {
    let assurance = context.value(assurance(id, lists)).ok_or(Noted)?;
    Ok(Provenance { assurance: Source::Assurance(assurance), provider: None, refreshed: as_of })
}
