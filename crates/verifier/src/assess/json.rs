//! An assessment as JSON (`docs/ASSESSMENT.md`).

use serde_json::{Value, json};

use super::words::{action_words, against, name};
use super::{Action, Assessment, Finding, Outcome, Why};
use crate::report::title;

impl Assessment<'_> {
    /// The answer as JSON (`docs/ASSESSMENT.md`).
    #[must_use]
    pub fn to_json(&self) -> Value {
        let question = &self.question;
        let name_of = &question.profile.name;
        let mut person = json!({ "name": self.person.name().as_str(), "setAside": self.person.set_aside() });
        if let Some(date) = self.person.birth_date() {
            person["birthDate"] = date.to_string().into();
        }
        if let Some(confidence) = self.person.confidence() {
            person["confidence"] = confidence.name().into();
        }
        let actions = self.actions().iter().map(|action| action_json(action)).collect::<Vec<_>>();
        let mut json = json!({
            "overall": self.overall().name(),
            "person": person,
            "profile": { "owner": name_of.owner.as_str(), "name": name_of.name, "version": name_of.version },
            "purpose": question.purpose.id(),
            "starts": question.starts.to_string(),
            "ends": question.ends.to_string(),
            "at": question.at.to_string(),
            "requirements": self.findings.iter().map(|finding| self.finding_json(finding)).collect::<Vec<_>>(),
            "actions": actions,
            "clearance": self.clearance(self.first_day()).to_json(self.first_day()),
        });
        if let Some(until) = self.met_until() {
            json["metUntil"] = until.to_string().into();
        }
        json
    }

    fn finding_json(&self, finding: &Finding<'_>) -> Value {
        let requirement = finding.requirement;
        let adverse = finding.adverse.iter().map(|(item, adverse)| {
            json!({ "code": adverse.name(), "issuer": item.issuer.code().as_str(), "detail": against(item, *adverse) })
        });
        let by = finding.by.iter().map(|item| {
            let record = item.record();
            let mut json = json!({
                "kind": record.kind().name(), "title": title(record), "issuer": item.issuer.code().as_str(),
                "issuerName": item.issuer.name(), "standing": item.standing().name(),
            });
            if let Some(dated) = record.dated() {
                json["dated"] = dated.to_string().into();
            }
            if let Some(id) = record.id {
                json["id"] = id.to_string().into();
            }
            json
        });
        let mut json = json!({
            "id": requirement.id,
            "title": name(requirement),
            "outcome": finding.outcome.name(),
            "code": finding.why.code(),
            "detail": self.because(finding),
            "acceptance": requirement.acceptance.name(),
            "by": by.collect::<Vec<_>>(),
            "adverse": adverse.collect::<Vec<_>>(),
            "reason": requirement.reason.as_str(),
            "source": requirement.source.as_str(),
        });
        if let Outcome::Met { until: Some(until) } | Outcome::MetUntil { until } = finding.outcome {
            json["until"] = until.to_string().into();
        }
        json
    }
}

fn action_json(action: &Action<'_>) -> Value {
    let requirements: Vec<_> = action.findings.iter().map(|finding| finding.requirement.id.as_str()).collect();
    json!({
        "do": action.what.name(), "due": action.due.to_string(),
        "requirements": requirements, "detail": action_words(action),
    })
}

impl Why<'_> {
    /// The stable code, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Fits => "fits",
            Self::NotShown(_) => "not-shown",
            Self::NoneFits(..) => "none-fits",
            Self::Ended(..) => "ended",
            Self::TooOld(..) => "too-old",
            Self::DoesNotCount(..) => "does-not-count",
            Self::Unclear(_) => "unclear",
            Self::Hours(..) => "hours",
            Self::TheoryOnly(_) => "theory-only",
            Self::Elements(_) => "elements",
            Self::Parts(_) => "parts",
            Self::Local => "local",
            Self::Confirmed { .. } => "confirmed",
        }
    }
}
