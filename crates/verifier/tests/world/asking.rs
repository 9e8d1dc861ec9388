//! Asking about whoever showed something: what the tests of assessments share.

use passport_schema::codes::Term;
use passport_schema::profile::Profile;
use passport_verifier::{Assessment, Confirmation, Person, Question, QuestionError, assess};
use serde_json::{Value, json};

use crate::world::{Scene, day};

/// A training in a subject.
pub fn training(subject: &str, awarded: &str) -> Value {
    json!({ "kind": "training", "subject": subject, "awarded": awarded })
}

/// A record with more fields.
pub fn with(mut record: Value, fields: &Value) -> Value {
    let more = fields.as_object().expect("fields").clone();
    record.as_object_mut().expect("a record").extend(more);
    record
}

/// What the receiver looked up, or did, itself.
pub fn said(requirement: &str, on: &str, satisfied: bool) -> Confirmation {
    Confirmation { requirement: requirement.into(), on: day(on), at: day(on).last_second(), satisfied, until: None }
}

/// What is asked about whoever shows something.
pub struct Asked<'a> {
    pub profile: &'a Profile,
    pub purpose: &'a str,
    pub starts: &'a str,
    pub ends: &'a str,
    pub confirmations: &'a [Confirmation],
}

/// The assessment of whoever showed what the scene holds.
pub fn judge<T>(scene: &Scene, asked: &Asked<'_>, look: impl FnOnce(&Assessment<'_>) -> T) -> Result<T, QuestionError> {
    let verdicts = scene.verdicts();
    let person = Person::join(&verdicts).expect("one person").expect("somebody");
    let purpose: Term<_> = scene.lists.term(asked.purpose).expect("a purpose");
    let (starts, ends) = (day(asked.starts), day(asked.ends));
    let Asked { profile, confirmations, .. } = *asked;
    let question = Question { profile, purpose: &purpose, starts, ends, at: scene.at, confirmations };
    assess(&person, question).map(|it| look(&it))
}
