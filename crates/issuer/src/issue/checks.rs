//! What keeps one person's issue from being done, found before anything is reserved for it.

use passport_schema::id::{Id, OrganisationCode};
use passport_schema::pass::{MAX_PAPER, Pass};
use passport_schema::problem::{Problem, Problems};
use passport_schema::record::{Kind, Record};
use passport_schema::status::{MAX_RECORDS, Place, Status};
use passport_schema::time::Timestamp;

use super::sign::pass_claims;
use crate::error::ApiError;
use crate::issuance::{self, Held, Plan, Wish};
use crate::signing;
use crate::store::credentials::Issued;

const DAY: i64 = 86_400;
/// The code of what is said of somebody whose identity was withdrawn.
pub(crate) const NO_IDENTITY: &str = "no-identity";

/// What is to be replaced must still stand, now that nobody else can change it meanwhile.
pub(super) fn check_replaced(wish: &Wish, held: &[Held], issued: &[Issued]) -> Result<(), ApiError> {
    let stands = |id: Id| held.iter().any(|held| held.id == id && held.status != Status::Withdrawn);
    let replaced = wish.incoming.iter().filter_map(|(_, replaces)| *replaces);
    let gone = replaced.filter(|id| !stands(*id)).count() > 0
        || wish.renew.is_some_and(|id| !issued.iter().any(|issued| issued.id == id));
    if gone {
        Err(ApiError::State("it is withdrawn or superseded, so that it cannot be superseded".into()))
    } else {
        Ok(())
    }
}

pub(super) fn check_wish(wish: &Wish, held: &[Held]) -> Result<(), Problems> {
    let mut problems = Vec::new();
    let mut problem = |pointer: String, code, detail: String| problems.push(Problem { pointer, code, detail });
    for (index, (record, replaces)) in wish.incoming.iter().enumerate() {
        let place = if replaces.is_some() { "/replacement".to_owned() } else { format!("/records/{index}") };
        let replaced = replaces.and_then(|id| held.iter().find(|held| held.id == id));
        if let Some(replaced) = replaced {
            let about = issuance::subject(record);
            if replaced.record.kind() != record.kind() {
                problem(
                    format!("{place}/kind"),
                    "other-kind",
                    format!("must be {}, as what it replaces", replaced.record.kind().name()),
                );
            } else if held
                .iter()
                .any(|held| held.id != replaced.id && held.status != Status::Withdrawn && held.about == about)
            {
                problem(place, "already-held", "another standing record is about the same".into());
            }
        }
    }
    let identity = |record: &Record| record.kind() == Kind::Identity;
    if !wish.incoming.iter().any(|(record, _)| identity(record)) && !stands(held, identity) {
        problems.push(no_identity());
    }
    for (index, id) in wish.chosen.iter().flatten().enumerate() {
        if !stands(held, |record| record.id == Some(*id)) {
            let detail = "is not a standing record of this person".into();
            problems.push(Problem { pointer: format!("/records/{index}"), code: "unknown-record", detail });
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Problems(problems)) }
}

pub(super) fn stands(held: &[Held], wanted: impl Fn(&Record) -> bool) -> bool {
    held.iter().any(|held| held.status != Status::Withdrawn && wanted(&held.record))
}

/// That a person has no identity yet.
pub(crate) fn no_identity() -> Problem {
    let detail = "an identity record is needed first".into();
    Problem { pointer: "/records".into(), code: "one-identity", detail }
}

/// What would not fit, or would be about nobody, is refused before anything is reserved for it.
pub(super) fn check_drafts(organisation: &OrganisationCode, plan: &Plan, now: Timestamp) -> Result<(), ApiError> {
    for draft in &plan.drafts {
        if draft.person.is_none() {
            let detail = "no identity record stands: one that was withdrawn does not come back by being sent again";
            let problem = Problem { pointer: "/records".into(), code: NO_IDENTITY, detail: detail.into() };
            return Err(Problems(vec![problem]).into());
        }
        let count = draft.records.len();
        if count > MAX_RECORDS {
            let detail = format!("{count} records would stand in one {}; at most {MAX_RECORDS} fit", draft.name);
            return Err(Problems(vec![Problem { pointer: "/records".into(), code: "record-count", detail }]).into());
        }
        if draft.family.is_none() {
            let place = Place { list: u16::MAX.into(), block: u16::MAX.into() };
            let claims = pass_claims(organisation, draft, place, now, now.plus(DAY));
            let length = signing::pass_length(&claims);
            if length > MAX_PAPER {
                return Err(too_long(&claims, length));
            }
        }
    }
    Ok(())
}

/// Names the records that take most room, longest first, until what is left would fit.
fn too_long(claims: &Pass, length: usize) -> ApiError {
    let whole = claims.to_cbor().len();
    let cost = |index: usize| {
        let mut without = claims.clone();
        without.records.remove(index);
        whole - without.to_cbor().len()
    };
    let costs = claims.records.iter().enumerate().filter(|(_, record)| record.kind() != Kind::Identity);
    let mut costs: Vec<_> = costs.map(|(index, record)| (cost(index) * 3 / 2, record)).collect();
    costs.sort_by_key(|(characters, _)| std::cmp::Reverse(*characters));
    let mut surplus = length - MAX_PAPER;
    let mut leave_out = Vec::new();
    for (characters, record) in costs {
        let detail = format!("{} takes about {characters} characters", issuance::subject(record));
        leave_out.push(Problem { pointer: "/pass".into(), code: "leave-out", detail });
        if characters >= surplus {
            break;
        }
        surplus -= characters;
    }
    ApiError::PassTooLong { length, limit: MAX_PAPER, leave_out }
}
