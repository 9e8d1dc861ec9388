//! Whose rows are these, and what do they come to? Pure: what is known is handed in.
//!
//! - A reference that somebody has is theirs, unless the row gives another name or date of birth.
//! - A reference such as 30670101-2 is a further assignment of whoever has 30670101 only on evidence: it
//!   was kept as such, or name and date of birth are the same.
//! - A reference that nobody has makes a person if the file is about who they are; else nobody knows them.
//! - A name and date of birth that fit somebody else are never taken for them: people decide.

use std::collections::{BTreeMap, HashMap};

use passport_schema::id::{Id, OrganisationCode};
use passport_schema::record::{Identity, Kind};
use passport_schema::status::Status;
use passport_schema::text::Name;
use passport_schema::time::{Date, Timestamp};
use serde_json::{Value, json};

use super::namesakes::{Namesakes, read_identity};
use super::rows::{ReadRow, RowResult, Says, refused};
use super::{Outcome, Totals, WORK};
use crate::app::App;
use crate::error::ApiError;
use crate::issuance::{self, Carrier, Plan, Wish, shown_subject};
use crate::issue::{Decided, Keys, Person, decide, read_record};
use crate::store::staff::Staff;

/// In a set of outcomes: there are rows of people whom nobody knows.
pub(super) const UNKNOWN: i64 = 1 << 21;

/// The rows of what may be one person.
#[derive(Debug)]
pub(super) struct Group {
    /// The reference, without a further assignment's number.
    pub person: String,
    pub rows: Vec<ReadRow>,
}

/// What everybody's rows are judged by.
pub(super) struct Bench {
    pub app: App,
    pub organisation: OrganisationCode,
    pub keys: Keys,
    /// People by each reference that they have.
    pub known: HashMap<String, Person>,
    pub namesakes: Option<std::sync::Arc<Namesakes>>,
    pub carrier: Option<Carrier>,
    pub now: Timestamp,
}

/// What the rows of a group come to.
pub(super) struct Verdict {
    pub person: String,
    pub rows: Vec<RowResult>,
    pub totals: Totals,
    pub outcomes: i64,
    /// What is to be issued, one for each person in it.
    pub decided: Vec<Decided>,
    /// References that were found to be further assignments, and whose.
    pub assignments: Vec<(String, Id)>,
}

/// Somebody, and the rows that are theirs.
struct Party {
    person: Person,
    identity: Option<(Name, Option<Date>)>,
    rows: Vec<usize>,
}

/// Whose the rows of one reference are.
enum Whose {
    Party(usize),
    Nobody(Outcome, Value),
}

impl Bench {
    /// Judges a group.
    pub fn judge(&self, group: Group) -> Result<Verdict, ApiError> {
        let Group { person, mut rows } = group;
        let mut by_reference: BTreeMap<(bool, &str), Vec<usize>> = BTreeMap::new();
        for (index, row) in rows.iter().enumerate().filter(|(_, row)| matches!(row.says, Says::Records(_))) {
            // The first assignment comes first: the others are held against it.
            by_reference.entry((row.reference != person, &row.reference)).or_default().push(index);
        }
        let first = self.known.get(&person);
        let mut parties: Vec<Party> = first.map(|first| self.party(first)).into_iter().collect();
        let mut assignments = Vec::new();
        let mut results: Vec<Option<(Outcome, Value)>> = vec![None; rows.len()];
        let mut unknown = false;
        for ((further, reference), places) in by_reference {
            let theirs: Vec<&ReadRow> = places.iter().map(|place| &rows[*place]).collect();
            match self.whose(reference, further, &theirs, &mut parties) {
                Whose::Party(party) => {
                    let staff = &parties[party].person.staff;
                    if staff.reference != reference {
                        assignments.push((reference.to_owned(), staff.id));
                    }
                    parties[party].rows.extend(places);
                }
                Whose::Nobody(outcome, detail) => {
                    unknown |= outcome == Outcome::Refused;
                    for place in places {
                        results[place] = Some((outcome, detail.clone()));
                    }
                }
            }
        }
        let mut decided = Vec::new();
        for party in parties.into_iter().filter(|party| !party.rows.is_empty()) {
            self.decide(party, &mut rows, &mut results, &mut decided)?;
        }
        let mut all = Vec::with_capacity(rows.len());
        for (ReadRow { line, reference, says, .. }, result) in rows.into_iter().zip(results) {
            let settled = match says {
                Says::Settled(outcome, detail) => Some((outcome, detail)),
                Says::Records(_) => None,
            };
            if let Some((outcome, detail)) = result.or(settled) {
                all.push(RowResult { line, reference, outcome, detail });
            }
        }
        all.sort_by_key(|row| row.line);
        let totals = super::rows::totals(&all);
        let mut outcomes = totals.outcomes();
        if decided.iter().any(|it| !it.is_nothing()) {
            outcomes |= WORK;
        }
        if unknown {
            outcomes |= UNKNOWN;
        }
        Ok(Verdict { person, rows: all, totals, outcomes, decided, assignments })
    }

    fn whose(&self, reference: &str, further: bool, rows: &[&ReadRow], parties: &mut Vec<Party>) -> Whose {
        let (name, date) = match evidence(rows) {
            Ok(evidence) => evidence,
            Err(reason) => return ambiguous(reason, &[]),
        };
        if let Some(person) = self.known.get(reference) {
            let party = parties.iter().position(|party| party.person.staff.id == person.staff.id);
            let party = party.unwrap_or_else(|| {
                parties.push(self.party(person));
                parties.len() - 1
            });
            let identity = parties[party].identity.as_ref();
            return match identity.and_then(|identity| difference(identity, name, date)) {
                Some(reason) => ambiguous(reason, &[person.staff.id]),
                None => Whose::Party(party),
            };
        }
        let first = parties.first().filter(|_| further);
        if let Some((first, identity)) = first.and_then(|first| first.identity.as_ref().map(|it| (first, it))) {
            match (name, date) {
                (Some(name), Some(_)) if difference(identity, Some(name), date).is_none() && identity.1 == date => {
                    return Whose::Party(0);
                }
                (Some(_), Some(_)) => {}
                _ => return ambiguous("assignment-unproven", &[first.person.staff.id]),
            }
        }
        if let (Some(name), Some(date), Some(namesakes)) = (name, date, &self.namesakes) {
            let fitting = namesakes.of(name, date);
            if !fitting.is_empty() {
                return ambiguous("reference-unknown", fitting);
            }
        }
        let is_identity = |row: &&ReadRow| match &row.says {
            Says::Records(records) => records.iter().any(|record| record.kind() == Kind::Identity),
            Says::Settled(..) => false,
        };
        if !rows.iter().any(is_identity) {
            let detail = "nobody of this organisation has this reference; send their staff list first";
            let fault = json!({ "field": "reference", "code": "unknown-person", "detail": detail });
            return Whose::Nobody(Outcome::Refused, json!({ "faults": [fault] }));
        }
        let staff = Staff { id: self.app.world.id(), reference: reference.to_owned(), version: 0 };
        parties.push(Party {
            person: Person { staff, records: Vec::new(), issued: Vec::new() },
            identity: name.map(|name| (name.clone(), date)),
            rows: Vec::new(),
        });
        Whose::Party(parties.len() - 1)
    }

    fn party(&self, person: &Person) -> Party {
        Party { identity: self.identity(person), person: person.clone(), rows: Vec::new() }
    }

    /// The name and date of birth by which somebody is known.
    fn identity(&self, person: &Person) -> Option<(Name, Option<Date>)> {
        let standing = |status: Status| matches!(status, Status::Valid | Status::Suspended);
        let mut records = person.records.iter();
        let record = records.find(|it| it.kind == Kind::Identity.name() && standing(it.status))?;
        let Identity { name, birth_date, .. } = read_identity(&self.app, &record.content)?;
        Some((name, birth_date))
    }

    /// Decides what the rows of one person come to, and takes their records out of them.
    fn decide(
        &self,
        party: Party,
        read: &mut [ReadRow],
        results: &mut [Option<(Outcome, Value)>],
        decided: &mut Vec<Decided>,
    ) -> Result<(), ApiError> {
        let Party { person, mut rows, .. } = party;
        rows.sort_unstable();
        let mut places = Vec::new();
        let mut incoming = Vec::new();
        let held = if rows.iter().any(|row| read[*row].undated) {
            let held = person.records.iter().map(|stored| read_record(&self.app, stored.clone()));
            held.collect::<Result<Vec<_>, _>>()?
        } else {
            Vec::new()
        };
        for row in &rows {
            let ReadRow { says: Says::Records(records), undated, .. } = &mut read[*row] else { continue };
            for mut record in records.drain(..) {
                if *undated {
                    let held = held.iter().map(|held| &held.record.content);
                    record.content = issuance::dated_as_before(record.content, held);
                }
                places.push(*row);
                incoming.push((record, None));
            }
        }
        let wish = Wish { incoming, carrier: self.carrier, ..Wish::default() };
        match decide(&self.app, &self.organisation, &self.keys, person, wish, self.now) {
            Ok(it) => {
                tell(&it.plan, &places, results);
                decided.push(it);
            }
            Err(ApiError::Fields(problems)) => {
                for row in rows {
                    results[row] = Some((Outcome::Refused, refused(&problems)));
                }
            }
            Err(ApiError::PassTooLong { length, limit, leave_out }) => {
                let detail = format!("the pass would be {length} characters long; at most {limit} scan well");
                let fault = json!({ "field": "pass", "code": "pass-too-long", "detail": detail });
                let leave_out: Vec<_> = leave_out.iter().map(|problem| problem.detail.as_str()).collect();
                let detail = json!({ "faults": [fault], "leaveOut": leave_out });
                for row in rows {
                    results[row] = Some((Outcome::Refused, detail.clone()));
                }
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// Tells each row what became of its records: of several, what matters most.
fn tell(plan: &Plan, places: &[usize], results: &mut [Option<(Outcome, Value)>]) {
    for ((outcome, _, about), row) in plan.outcomes.iter().zip(places) {
        let outcome = match outcome {
            issuance::Outcome::New => Outcome::New,
            issuance::Outcome::Unchanged => Outcome::Unchanged,
            issuance::Outcome::Supersedes(_) => Outcome::Supersedes,
            issuance::Outcome::Older => Outcome::Older,
            issuance::Outcome::Duplicate => Outcome::Duplicate,
            issuance::Outcome::Withdrawn => Outcome::Withdrawn,
        };
        let result = &mut results[*row];
        if result.as_ref().is_none_or(|(before, _)| outcome < *before) {
            *result = Some((outcome, json!({ "about": shown_subject(about) })));
        }
    }
}

fn ambiguous(reason: &str, people: &[Id]) -> Whose {
    let people: Vec<_> = people.iter().map(ToString::to_string).collect();
    Whose::Nobody(Outcome::Ambiguous, json!({ "reason": reason, "people": people }))
}

/// The name and date of birth that the rows of one reference give, if they agree.
fn evidence<'r>(rows: &[&'r ReadRow]) -> Result<(Option<&'r Name>, Option<Date>), &'static str> {
    let mut names = rows.iter().filter_map(|row| row.name.as_ref());
    let name = names.next();
    let agree = |other: &Name| name.is_some_and(|name| name == other || name.words() == other.words());
    let mut dates = rows.iter().filter_map(|row| row.birth_date);
    let date = dates.next();
    if names.all(agree) && dates.all(|other| Some(other) == date) { Ok((name, date)) } else { Err("rows-differ") }
}

/// In what a name and date of birth differ from those that somebody is known by.
fn difference(known: &(Name, Option<Date>), name: Option<&Name>, date: Option<Date>) -> Option<&'static str> {
    let (known_name, known_date) = known;
    if name.is_some_and(|name| name != known_name && name.words() != known_name.words()) {
        return Some("name-differs");
    }
    (known_date.is_some() && date.is_some() && date != *known_date).then_some("birth-date-differs")
}
