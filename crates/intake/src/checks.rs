//! A checks extract: a line a check, as occupational health, recruitment and professional registration keep
//! them. `Level` and `Detail` hold ids of the code lists; which, depends on the check (`docs/IMPORTS.md`).

use passport_schema::codes::CodeLists;
use passport_schema::field::{Context, End, Outcome, Until};
use passport_schema::record::{
    Content, CriminalRecordCheck, HealthClearance, IdentityCheck, Record, Reference, Registration, RightToWork,
    Screening,
};
use passport_schema::time::{Date, When};

use crate::columns::{Line, NAMES_OF_BIRTH_DATE, NAMES_OF_NAME, NAMES_OF_PERSON, Noted, Wanted};
use crate::vouched::provenance;

const CHECK: usize = 3;
const OUTCOME: usize = 4;
const DATE: usize = 5;
const UNTIL: usize = 6;
const LEVEL: usize = 7;
const DETAIL: usize = 8;
const CONDITIONS: usize = 9;
const REVIEW: usize = 10;

pub(crate) fn columns() -> Vec<Wanted<'static>> {
    let wanted = |names: &[&'static str], needed| Wanted { names: names.to_vec(), needed };
    let mut columns =
        vec![wanted(NAMES_OF_PERSON, true), wanted(NAMES_OF_NAME, false), wanted(NAMES_OF_BIRTH_DATE, false)];
    let own = ["Check", "Outcome", "Date", "Valid Until", "Level", "Detail", "Conditions", "Review By"];
    columns.extend(own.into_iter().map(|name| wanted(&[name], true)));
    columns
}

/// The column that a field of a record is told by.
pub(crate) fn column_of(field: &str) -> usize {
    match field {
        "/number" | "/barredLists" => DETAIL,
        "/validUntil" => UNTIL,
        _ => CHECK,
    }
}

/// A check by its name in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Check {
    Identity,
    RightToWork,
    Registration,
    Dbs,
    Reference,
    Health,
    Screening,
}

/// Its name in the file, and the provenance that its records have.
const CHECKS: [(&str, Check, &str); 7] = [
    ("identity-check", Check::Identity, "identity-gpg45-in-person"),
    ("right-to-work", Check::RightToWork, "right-to-work-manual"),
    ("registration", Check::Registration, "register-checked-online"),
    ("dbs", Check::Dbs, "dbs-certificate-seen"),
    ("reference", Check::Reference, "reference-factual"),
    ("health-clearance", Check::Health, "occupational-health-outcome"),
    ("screening", Check::Screening, "occupational-health-outcome"),
];

pub(crate) fn read(line: Line<'_>, as_of: Date, lists: &CodeLists, context: &mut Context<'_>) -> Result<Record, Noted> {
    let known = line.value(CHECK, context, |name| {
        let found = CHECKS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name));
        let names = || CHECKS.map(|(name, ..)| name).join(", ");
        found.ok_or_else(|| ("unknown-code", format!("must be one of {}", names())))
    });
    let (_, check, assurance) = *known?;
    let content = content(check, line, as_of, context);
    let provenance = provenance(assurance, as_of, lists, context);
    Ok(Record { id: None, content: content?, provenance: provenance? })
}

fn content(check: Check, line: Line<'_>, as_of: Date, context: &mut Context<'_>) -> Result<Content, Noted> {
    let level = line.get(LEVEL);
    let (one, two) = line.get(DETAIL).split_once(';').map_or((line.get(DETAIL), ""), |(a, b)| (a.trim(), b.trim()));
    let last = line.optional_day(UNTIL, context);
    if check == Check::Screening {
        let (item, result) = (line.scalar(LEVEL, level, context), line.scalar(DETAIL, one, context));
        let done = line.when(DATE, context);
        line.not_after(DATE, done, as_of, context);
        let until = Until(last?.map(End::On));
        return Ok(Content::Screening(Screening { item: item?, result: result?, done: done?, until, season: None }));
    }
    let day = line.day(DATE, context);
    line.not_after(DATE, day.map(When::Day), as_of, context);
    if check == Check::Registration {
        // A register has statuses of its own, with conditions beside them.
        let regulator = line.scalar(LEVEL, level, context);
        let (number, status) = (line.scalar(DETAIL, one, context), line.scalar(DETAIL, two, context));
        let conditions = line.optional_scalar(CONDITIONS, context);
        return Ok(Content::Registration(Registration {
            regulator: regulator?,
            number: number?,
            status: status?,
            checked: day?,
            until: last?,
            part: None,
            conditions: conditions?,
            first_registered: None,
            revalidation_due: None,
            licence_to_practise: None,
        }));
    }
    let review = line.optional_day(REVIEW, context);
    let outcome = read_outcome(line, review, context);
    if matches!(last, Ok(Some(_))) && matches!(check, Check::Identity | Check::Dbs | Check::Reference) {
        line.problem(UNTIL, context, ("not-for-this-check", "is not for this check; leave it empty".into()));
    }
    Ok(match check {
        Check::Identity => {
            let level = line.scalar(LEVEL, level, context);
            Content::IdentityCheck(IdentityCheck { outcome: outcome?, checked: day?, level: level? })
        }
        Check::RightToWork => {
            let basis = line.scalar(LEVEL, level, context);
            let (outcome, checked, until) = (outcome?, day?, Until(last?.map(End::On)));
            Content::RightToWork(RightToWork { outcome, checked, basis: basis?, until, restrictions: None })
        }
        Check::Dbs => {
            let level = line.scalar(LEVEL, level, context);
            let (workforce, lists) = (line.scalar(DETAIL, one, context), line.scalar(DETAIL, two, context));
            Content::CriminalRecordCheck(CriminalRecordCheck {
                outcome: outcome?,
                issued: day?,
                level: level?,
                workforce: workforce?,
                barred_lists: lists?,
                update_service: None,
            })
        }
        Check::Reference => {
            let months = line.value(DETAIL, context, |text| {
                text.parse().map_err(|_| ("not-a-number", "must be a number of months".into()))
            });
            Content::Reference(Reference { outcome: outcome?, received: day?, months: months?, referee: None })
        }
        Check::Health => {
            let clearance = line.scalar(LEVEL, level, context);
            let (outcome, review) = (outcome?, review?);
            // Without conditions a review is of the clearance itself.
            let conditional = matches!(outcome, Outcome::ClearedWithConditions { .. });
            let until = Until(review.filter(|_| !conditional).or(last?).map(End::On));
            Content::HealthClearance(HealthClearance { outcome, cleared: day?, clearance: clearance?, until })
        }
        // Read above.
        Check::Registration | Check::Screening => return Err(Noted),
    })
}

fn read_outcome(
    line: Line<'_>,
    review: Result<Option<Date>, Noted>,
    context: &mut Context<'_>,
) -> Result<Outcome, Noted> {
    let outcome = line.value(OUTCOME, context, |text| {
        let known = ["cleared", "cleared with conditions", "in progress"];
        let place = known.iter().position(|known| known.eq_ignore_ascii_case(text));
        place.ok_or_else(|| ("unknown-code", format!("must be one of {}", known.join(", "))))
    });
    match outcome? {
        0 => Ok(Outcome::Cleared),
        1 => {
            let conditions = line.scalar(CONDITIONS, line.get(CONDITIONS), context);
            Ok(Outcome::ClearedWithConditions { conditions: conditions?, review_by: review? })
        }
        _ => Ok(Outcome::InProgress),
    }
}
