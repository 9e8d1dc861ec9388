//! The answers of the API as JSON.

use passport_schema::id::Id;
use passport_schema::status::Status;
use passport_schema::time::Timestamp;
use serde_json::{Value, json};

use crate::issuance::{Held, Outcome, Plan, shown_subject};
use crate::store::credentials::{Form, Issued};
use crate::store::staff::Staff;
use crate::store::trail::Deed;

/// The answer to an issue: what became of each record, and the passport.
#[must_use]
pub fn issued(staff: &Staff, plan: &Plan, signed: &[Issued]) -> Value {
    let records = plan.outcomes.iter().map(|(outcome, id, about)| {
        let mut json =
            json!({ "id": id.to_string(), "about": shown_subject(about), "outcome": outcome_name(*outcome) });
        if let Outcome::Supersedes(old) = outcome {
            json["supersedes"] = old.to_string().into();
        }
        json
    });
    let fresh = signed.iter().map(|it| (it, "issued"));
    let all: Vec<_> = fresh.chain(plan.keep.iter().map(|it| (it, "unchanged"))).collect();
    let of =
        |form: Form| all.iter().filter(move |(it, _)| it.form == form).map(|(it, outcome)| token(it, Some(outcome)));
    let mut json = json!({
        "staff": staff.id.to_string(),
        "reference": staff.reference,
        "records": records.collect::<Vec<_>>(),
        "credentials": of(Form::Credential).collect::<Vec<_>>(),
    });
    if let Some(pass) = of(Form::Pass).next() {
        json["pass"] = pass;
    }
    json
}

fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::New => "new",
        Outcome::Unchanged => "unchanged",
        Outcome::Supersedes(_) => "supersedes",
        Outcome::Older => "older",
        Outcome::Duplicate => "duplicate",
        Outcome::Withdrawn => "withdrawn",
    }
}

/// A credential or pass.
#[must_use]
pub fn token(issued: &Issued, outcome: Option<&str>) -> Value {
    let mut json = json!({
        "id": issued.id.to_string(),
        "issued": issued.issued.to_string(),
        "expires": issued.expires.to_string(),
        "status": issued.status.name(),
    });
    match issued.form {
        Form::Credential => {
            json["type"] = issued.family.clone().into();
            json["token"] = issued.token.clone().into();
        }
        Form::Pass => {
            json["carrier"] = issued.family.clone().into();
            json["text"] = issued.token.clone().into();
            json["characters"] = issued.token.len().into();
        }
    }
    if let Some(before) = issued.supersedes {
        json["supersedes"] = before.to_string().into();
    }
    if let Some(outcome) = outcome {
        json["outcome"] = outcome.into();
    }
    json
}

/// A person and what they hold.
#[must_use]
pub fn person(staff: &Staff, held: &[Held], issued: &[Issued]) -> Value {
    let record = |held: &Held| json!({ "id": held.id.to_string(), "status": held.status.name(), "record": held.record.to_value() });
    let of = |form: Form| issued.iter().filter(move |it| it.form == form).map(|it| token(it, None)).collect::<Vec<_>>();
    json!({
        "staff": staff.id.to_string(),
        "reference": staff.reference,
        "records": held.iter().map(record).collect::<Vec<_>>(),
        "credentials": of(Form::Credential),
        "passes": of(Form::Pass),
    })
}

/// A page of people.
#[must_use]
pub fn people(page: &[Staff], limit: usize) -> Value {
    let staff: Vec<_> =
        page.iter().map(|staff| json!({ "staff": staff.id.to_string(), "reference": staff.reference })).collect();
    let mut json = json!({ "staff": staff });
    if let Some(last) = page.last().filter(|_| page.len() == limit) {
        json["next"] = last.reference.clone().into();
    }
    json
}

/// The answer to a change of status.
#[must_use]
pub fn changed(id: Id, status: Status, reason: &str) -> Value {
    json!({ "id": id.to_string(), "status": status.name(), "reason": reason })
}

/// A page of the audit trail.
#[must_use]
pub fn audit(page: &[(String, Deed)], limit: usize) -> Value {
    let entry = |(id, deed): &(String, Deed)| {
        let Deed { at: Timestamp(_), actor, action, subject, reason } = deed;
        json!({ "id": id, "at": deed.at.to_string(), "actor": actor, "action": action, "subject": subject, "reason": reason })
    };
    let mut json = json!({ "entries": page.iter().map(entry).collect::<Vec<_>>() });
    if let Some((id, _)) = page.last().filter(|_| page.len() == limit) {
        json["next"] = id.clone().into();
    }
    json
}
