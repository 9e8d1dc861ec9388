//! May this person work on that day? What a roster asks.

use passport_schema::time::Date;
use passport_verifier::{Assessment, Finding, Outcome, SAME_PERSON};
use serde_json::{Value, json};

/// The answer for one day, worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// They may.
    Yes,
    /// Somebody has to look first.
    CannotTell,
    /// They may not.
    No,
}

impl Answer {
    /// The word in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::CannotTell => "cannot-tell",
            Self::No => "no",
        }
    }
}

/// The answer for a day, until when it holds, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clearance {
    /// The answer.
    pub answer: Answer,
    /// For `yes`, the last day on which it stays so as things stand.
    pub until: Option<Date>,
    /// What keeps it from being `yes`: codes, with the requirement where it is one.
    pub why: Vec<(Option<String>, String)>,
}

impl Clearance {
    /// An answer for a reason that is no requirement.
    #[must_use]
    pub fn because(answer: Answer, code: &str) -> Self {
        Self { answer, until: None, why: vec![(None, code.to_owned())] }
    }

    /// The answer for `on`, out of what the whole placement comes to.
    #[must_use]
    pub fn of(judged: Result<&Assessment<'_>, &'static str>, on: Date) -> Self {
        let assessment = match judged {
            Ok(assessment) => assessment,
            Err(code @ "nothing-stands") => return Self::because(Answer::No, code),
            Err(code) => return Self::because(Answer::CannotTell, code),
        };
        let question = assessment.question();
        let mut this = Self { answer: Answer::Yes, until: Some(question.ends), why: Vec::new() };
        for finding in assessment.findings() {
            let (answer, until) = on_day(finding, question.starts, on);
            this.answer = this.answer.max(answer);
            this.until = this.until.into_iter().chain(until).min();
            if answer != Answer::Yes {
                let code = format!("{}/{}", finding.outcome.name(), finding.why.code());
                this.why.push((Some(finding.requirement.id.clone()), code));
            }
        }
        if assessment.is_not_one_person() {
            this.answer = Answer::No;
        }
        let whole = [(assessment.person().is_doubted(), "suspended"), (assessment.is_identity_open(), SAME_PERSON)];
        for (_, code) in whole.into_iter().filter(|(open, _)| *open) {
            this.answer = this.answer.max(Answer::CannotTell);
            this.why.push((None, code.to_owned()));
        }
        if this.answer != Answer::Yes {
            this.until = None;
        }
        this
    }

    /// As JSON.
    #[must_use]
    pub fn to_json(&self, on: Date) -> Value {
        let why = self.why.iter().map(|(requirement, code)| {
            let mut json = json!({ "code": code });
            if let Some(requirement) = requirement {
                json["requirement"] = requirement.as_str().into();
            }
            json
        });
        let mut json = json!({ "on": on.to_string(), "answer": self.answer.name(), "why": why.collect::<Vec<_>>() });
        if let Some(until) = self.until {
            json["until"] = until.to_string().into();
        }
        json
    }
}

/// How one requirement stands on a day, and the last day on which it still does.
fn on_day(finding: &Finding<'_>, starts: Date, on: Date) -> (Answer, Option<Date>) {
    // What may be done some days after the first does not keep anybody from working until then.
    let due = finding.due(starts).min(finding.rests_until.unwrap_or(finding.due(starts)));
    match finding.outcome {
        Outcome::Met { until } => (Answer::Yes, until),
        Outcome::MetUntil { until } => (if on <= until { Answer::Yes } else { Answer::No }, Some(until)),
        Outcome::CheckLive | Outcome::DoLocally if due > starts && on <= due => (Answer::Yes, Some(due)),
        Outcome::CheckLive | Outcome::CannotTell => (Answer::CannotTell, None),
        Outcome::DoLocally | Outcome::Missing => (Answer::No, None),
    }
}
