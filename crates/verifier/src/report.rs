//! Verdicts as JSON and in plain words, so that every program that shows one says the same.

use passport_schema::codes::{Pedigree, Term};
use passport_schema::field::{Lines, Outcome, Until};
use passport_schema::record::{Content, Provenance, Record, Source};
use passport_schema::time::{Date, When};
use serde_json::{Value, json};

use crate::error::Error;
use crate::verdict::{Answer, Binding, Decision, Form, Judged, Standing, Verdict, Verified};

impl Verdict<'_> {
    /// The verdict as JSON (`docs/VERDICT.md`).
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut json = json!({ "decision": self.decision().name(), "reasons": reasons(self.reasons()) });
        if let Some(verified) = self.verified() {
            json["verified"] = verified.to_json();
        }
        json
    }
}

impl Answer<'_, '_> {
    /// The answer as JSON (`docs/VERDICT.md`).
    #[must_use]
    pub fn to_json(&self) -> Value {
        let verdicts: Vec<_> = self.verdicts().iter().map(Verdict::to_json).collect();
        json!({ "decision": self.decision().name(), "reasons": reasons(self.reasons()), "verdicts": verdicts })
    }
}

fn reasons(reasons: &[Error]) -> Vec<Value> {
    reasons.iter().map(|reason| json!({ "code": reason.code(), "detail": reason.to_string() })).collect()
}

impl Verified<'_> {
    fn to_json(&self) -> Value {
        let issuer = self.issuer();
        let mut json = json!({
            "form": match self.form() { Form::Pass => "pass", Form::Credential(_) => "credential" },
            "binding": self.binding().name(),
            "bindingPlain": self.binding().plain(),
            "issuer": { "code": issuer.code().as_str(), "name": issuer.name() },
            "key": self.key().to_string(),
            "name": self.name().as_str(),
            "issued": self.issued().to_string(),
            "expires": self.expires().to_string(),
            "records": self.records().iter().map(Judged::to_json).collect::<Vec<_>>(),
        });
        if let Form::Credential(id) = self.form() {
            json["id"] = id.to_string().into();
        }
        if let Some(date) = self.birth_date() {
            json["birthDate"] = date.to_string().into();
        }
        if let Some(as_of) = self.as_of() {
            json["asOf"] = as_of.to_string().into();
        }
        if let Some((code, name)) = issuer.successor() {
            json["issuer"]["successor"] = json!({ "code": code.as_str(), "name": name });
        }
        json
    }
}

impl Judged {
    fn to_json(&self) -> Value {
        json!({
            "position": self.position(),
            "standing": self.standing().name(),
            "counts": self.standing().counts(),
            "title": title(self.record()),
            "detail": detail(self.record()),
            "note": self.note(),
            "provenance": provenance(&self.record().provenance),
            "record": self.record().to_value(),
        })
    }

    /// What it is worth, for people; empty when it simply counts.
    #[must_use]
    pub fn note(&self) -> String {
        match self.standing() {
            Standing::Counts => "",
            Standing::Stale => "counts; its status is not fresh",
            Standing::Expired => {
                let last = self.record().last_day().map(Date::plain).unwrap_or_default();
                return format!("expired: its last day was {last}");
            }
            Standing::CannotTell => "cannot be told here and now",
            Standing::NotSo => "does not count: this is not so, or not yet",
            Standing::NotEntitled => "does not count: its issuer is not trusted to vouch for it",
            Standing::Superseded => "does not count: replaced by something newer",
            Standing::Suspended => "does not count: suspended by the issuer",
            Standing::Withdrawn => "does not count: withdrawn by the issuer",
        }
        .into()
    }

    /// What it is about, in a few words.
    #[must_use]
    pub fn title(&self) -> String {
        title(self.record())
    }

    /// One line for people: what it is, and what it is worth.
    #[must_use]
    pub fn plain(&self) -> String {
        let (title, detail, note) = (title(self.record()), detail(self.record()), self.note());
        if note.is_empty() { format!("{title}: {detail}") } else { format!("{title}: {detail} [{note}]") }
    }
}

impl Binding {
    /// How strongly that is, for people.
    #[must_use]
    pub fn plain(self) -> &'static str {
        match self {
            Self::Paper => "nothing but paper or picture: match photo ID",
        }
    }
}

impl Decision {
    /// The word for people.
    #[must_use]
    pub fn plain(self) -> &'static str {
        match self {
            Self::Accepted => "ACCEPTED",
            Self::CannotTell => "CANNOT TELL",
            Self::Refused => "REFUSED",
        }
    }
}

/// What a record is about, in a few words.
pub(crate) fn title(record: &Record) -> String {
    match &record.content {
        Content::Identity(_) => "Identity".into(),
        Content::Employment(it) => it.role.title(),
        Content::Placement(it) => format!("Placement as {}", it.role.title()),
        Content::IdentityCheck(_) => "Identity check".into(),
        Content::RightToWork(_) => "Right to work".into(),
        Content::Registration(it) => it.regulator.title(),
        Content::CriminalRecordCheck(_) => "Criminal record check".into(),
        Content::Reference(_) => "References".into(),
        Content::HealthClearance(_) => "Work health clearance".into(),
        Content::Screening(it) => it.item.title(),
        Content::Training(it) => it.subject.title(),
        Content::Competency(it) => it.skill.competency.title(),
        Content::Qualification(it) => it.title.title(),
        Content::Preceptorship(it) => format!("Preceptorship ({})", it.programme.title()),
        Content::CarerAgreement(_) => "Working carer's agreement".into(),
        Content::AdjustmentsAgreement(_) => "Adjustments agreement".into(),
    }
}

/// What a record says, in one line.
pub(crate) fn detail(record: &Record) -> String {
    let parts = match &record.content {
        Content::Identity(it) => vec![
            it.name.as_str().to_owned(),
            it.birth_date.map(|date| format!("born {}", date.plain())).unwrap_or_default(),
        ],
        Content::Employment(it) => {
            let employer = it.employer.as_ref().map(|code| format!("at {code}")).unwrap_or_default();
            vec![
                employer,
                since(it.started),
                until(it.until),
                it.category.as_ref().map(Term::title).unwrap_or_default(),
            ]
        }
        Content::Placement(it) => vec![format!("at {}", it.host), since(it.started), until(it.until)],
        Content::IdentityCheck(it) => vec![outcome(&it.outcome), checked(it.checked), it.level.title()],
        Content::RightToWork(it) => {
            let restrictions = it.restrictions.as_ref().map(|text| text.as_str().to_owned()).unwrap_or_default();
            vec![outcome(&it.outcome), checked(it.checked), it.basis.title(), restrictions, until(it.until)]
        }
        Content::Registration(it) => {
            let conditions =
                it.conditions.as_ref().map(|text| format!("conditions: {}", text.as_str())).unwrap_or_default();
            let seen = format!("as seen on {} (not a live check)", it.checked.plain());
            vec![
                format!("number {}", it.number.as_str()),
                it.status.title(),
                conditions,
                seen,
                it.until.map(|last| format!("until {}", last.plain())).unwrap_or_default(),
            ]
        }
        Content::CriminalRecordCheck(it) => {
            let lists = format!("barred lists checked: {}", it.barred_lists.title());
            vec![
                outcome(&it.outcome),
                it.level.title(),
                format!("workforce: {}", it.workforce.title()),
                lists,
                format!("issued {}", it.issued.plain()),
            ]
        }
        Content::Reference(it) => vec![
            outcome(&it.outcome),
            format!("covering {} months", it.months),
            format!("received {}", it.received.plain()),
        ],
        Content::HealthClearance(it) => {
            vec![outcome(&it.outcome), it.clearance.title(), checked(it.cleared), until(it.until)]
        }
        Content::Screening(it) => {
            let season = it.season.as_ref().map(|text| format!("season {}", text.as_str())).unwrap_or_default();
            vec![it.result.title(), it.done.plain(), season, until(it.until)]
        }
        Content::Training(it) => {
            let hours = it.hours.map(|hours| format!("{hours} hours")).unwrap_or_default();
            vec![format!("awarded {}", it.awarded.plain()), hours, until(it.until)]
        }
        Content::Competency(it) => vec![
            it.skill.element_titles().join(", "),
            it.aspect.title(),
            it.independence.title(),
            it.setting.title(),
            format!("assessed {} by {} ({})", it.assessed.plain(), it.assessor.title(), it.method.title()),
            until(it.until),
        ],
        Content::Qualification(it) => vec![format!("awarded {}", it.awarded.plain())],
        Content::Preceptorship(it) => {
            let month = it.month.map(|month| format!("month {month}")).unwrap_or_default();
            vec![it.status.title(), since(When::Day(it.started)), month]
        }
        Content::CarerAgreement(it) => agreed(&it.agreed, it.manager_signed, it.review_by),
        Content::AdjustmentsAgreement(it) => agreed(&it.agreed, it.manager_signed, it.review_by),
    };
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}

/// Where a fact comes from, in one line.
fn provenance(block: &Provenance) -> String {
    let source = match &block.assurance {
        Source::Assurance(it) => format!(
            "Source: {}, at {} hand. Rule: {}. Result: {}. Verified by: {} ({}).",
            it.origin.as_str(),
            if it.pedigree == Pedigree::Authoritative { "first" } else { "second" },
            it.policy.as_str(),
            it.outcome.as_str(),
            it.verifier.as_str(),
            it.method.title(),
        ),
        Source::Unknown(code) => format!("Source: number {code}, which this verifier does not know yet."),
    };
    let provider = block.provider.as_ref().map(|code| format!(" Provided by {code}.")).unwrap_or_default();
    format!("{source}{provider} Compared with its source on {}.", block.refreshed.plain())
}

fn agreed(lines: &Lines, signed: Date, review_by: Date) -> Vec<String> {
    let mut parts: Vec<_> = lines.0.iter().map(|line| line.as_str().to_owned()).collect();
    parts.push(format!("signed off by both by {}", signed.plain()));
    parts.push(format!("to be reviewed by {}", review_by.plain()));
    parts
}

fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Cleared => "cleared".into(),
        Outcome::InProgress => "still in progress".into(),
        Outcome::ClearedWithConditions { conditions, review_by } => {
            let review = review_by.map(|date| format!(", to be reviewed by {}", date.plain())).unwrap_or_default();
            format!("cleared with conditions: {}{review}", conditions.as_str())
        }
    }
}

fn checked(date: Date) -> String {
    format!("checked {}", date.plain())
}

fn since(when: When) -> String {
    format!("since {}", when.plain())
}

fn until(until: Until) -> String {
    until.last_day().map(|last| format!("until {}", last.plain())).unwrap_or_default()
}
