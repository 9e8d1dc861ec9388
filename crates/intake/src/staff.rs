//! A staff list: a line an assignment, with who it is and what they do here.

use passport_schema::codes::CodeLists;
use passport_schema::field::{Context, End, Until};
use passport_schema::record::{Content, Employment, Identity, Record};
use passport_schema::text::Name;
use passport_schema::time::{Date, When};

use crate::columns::{BORN, Line, NAME, NAMES_OF_BIRTH_DATE, NAMES_OF_NAME, NAMES_OF_PERSON, Noted, Wanted, empty};
use crate::vouched::provenance;

const ROLE: usize = 3;
const STARTED: usize = 4;
const CATEGORY: usize = 5;
const ENDED: usize = 6;

pub(crate) fn columns() -> Vec<Wanted<'static>> {
    let wanted = |names: &[&'static str], needed| Wanted { names: names.to_vec(), needed };
    vec![
        wanted(NAMES_OF_PERSON, true),
        wanted(NAMES_OF_NAME, true),
        wanted(NAMES_OF_BIRTH_DATE, true),
        wanted(&["Role"], true),
        wanted(&["Start Date"], true),
        wanted(&["Assignment Category"], true),
        wanted(&["End Date"], false),
    ]
}

/// The records of an assignment: the identity, and the employment.
pub(crate) fn read(
    line: Line<'_>,
    (name, born): (Option<&Name>, Option<Date>),
    as_of: Date,
    lists: &CodeLists,
    context: &mut Context<'_>,
) -> Result<Vec<Record>, Noted> {
    for (column, there) in [(NAME, name.is_some()), (BORN, born.is_some())] {
        if !there && line.get(column).is_empty() {
            line.problem(column, context, empty());
        }
    }
    let (name, born) = (name.ok_or(Noted), born.ok_or(Noted));
    line.not_after(BORN, born.map(When::Day), as_of, context);
    let role = line.scalar(ROLE, line.get(ROLE), context);
    let started = line.when(STARTED, context);
    let category = line.optional_scalar(CATEGORY, context);
    let ended = line.optional_day(ENDED, context);
    let identity = Identity { name: name?.clone(), birth_date: Some(born?), photo_digest: None };
    let employment = Employment {
        employer: None,
        role: role?,
        started: started?,
        until: Until(ended?.map(End::On)),
        category: category?,
        staff_group: None,
        job_title: None,
        area: None,
        band: None,
    };
    let record = |content, assurance, context: &mut Context<'_>| {
        Ok(Record { id: None, content, provenance: provenance(assurance, as_of, lists, context)? })
    };
    let identity = record(Content::Identity(identity), "identity-gpg45-in-person", context);
    let employment = record(Content::Employment(employment), "employment-esr", context);
    Ok(vec![identity?, employment?])
}

/// The column that a field of a record is told by.
pub(crate) fn column_of(field: &str) -> usize {
    if field == "/validUntil" { ENDED } else { ROLE }
}
