//! May this person work on that day? What a roster asks, and whoever is in charge of a shift.

use passport_schema::time::Date;
use serde_json::{Value, json};

use super::words::name;
use super::{Assessment, Finding, Outcome, SAME_PERSON, Why};

/// The answer for one day, worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MayWork {
    /// They may.
    Yes,
    /// Somebody has to look first.
    CannotTell,
    /// They may not.
    No,
}

impl MayWork {
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
    pub answer: MayWork,
    /// For `yes`, the last day on which it stays so as things stand.
    pub until: Option<Date>,
    /// What keeps it from being `yes`.
    pub why: Vec<Hindrance>,
}

/// One thing that keeps somebody from working on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hindrance {
    /// The requirement's id, where it is one.
    pub requirement: Option<String>,
    /// The stable code, for programs.
    pub code: String,
    /// The same for people; names no record and no number.
    pub detail: String,
}

impl Hindrance {
    /// One that is about no single requirement.
    fn of_all(code: &str) -> Self {
        let detail = match code {
            "outside-the-placement" => "the day lies outside the placement",
            "day-is-past" => "the day has passed",
            "placement-over" => "the last day has passed",
            "nothing-stands" => "nothing that was shown stands any more",
            "different-people" => "what was shown is not shown to be one person's",
            "purpose-not-in-profile" => "the newest profile is not for this purpose",
            "suspended" => "something that was shown is suspended by its issuer",
            SAME_PERSON => "somebody has to match photo ID with all that was shown",
            code => code,
        };
        let detail = code.strip_prefix("movement-").map_or(detail.to_owned(), |it| format!("the movement is {it}"));
        Self { requirement: None, code: code.to_owned(), detail }
    }

    fn of(finding: &Finding<'_>) -> Self {
        let words = match (finding.outcome, &finding.why) {
            (Outcome::Met { .. }, _) => "met".to_owned(),
            (Outcome::MetUntil { until }, _) => format!("held until {}", until.plain()),
            (Outcome::CheckLive, _) => "has to be looked up first".into(),
            (Outcome::DoLocally, _) => "has to be done or agreed here first".into(),
            (Outcome::CannotTell, _) => "cannot be told as things stand".into(),
            (Outcome::Missing, Why::Confirmed { .. }) => "was looked up or done here, and is not so".into(),
            (Outcome::Missing, Why::Ended(..)) => "has ended".into(),
            (Outcome::Missing, Why::TooOld(..)) => "is too old".into(),
            (Outcome::Missing, Why::DoesNotCount(..)) => "does not count".into(),
            (Outcome::Missing, _) => "is not shown, or not all of it".into(),
        };
        Self {
            requirement: Some(finding.requirement.id.clone()),
            code: format!("{}/{}", finding.outcome.name(), finding.why.code()),
            detail: format!("{}: {words}", name(finding.requirement)),
        }
    }
}

impl Clearance {
    /// An answer for a reason that is no requirement.
    #[must_use]
    pub fn because(answer: MayWork, code: &str) -> Self {
        Self { answer, until: None, why: vec![Hindrance::of_all(code)] }
    }

    /// As JSON.
    #[must_use]
    pub fn to_json(&self, on: Date) -> Value {
        let why = self.why.iter().map(|it| {
            let mut json = json!({ "code": it.code, "detail": it.detail });
            if let Some(requirement) = &it.requirement {
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

impl Assessment<'_> {
    /// May they work on that day of the placement, as things stand?
    #[must_use]
    pub fn clearance(&self, on: Date) -> Clearance {
        let question = self.question();
        let mut this = Clearance { answer: MayWork::Yes, until: Some(question.ends), why: Vec::new() };
        for finding in self.findings() {
            let (answer, until) = on_day(finding, question.starts, on);
            this.answer = this.answer.max(answer);
            this.until = this.until.into_iter().chain(until).min();
            if answer != MayWork::Yes {
                this.why.push(Hindrance::of(finding));
            }
        }
        if self.is_not_one_person() {
            this.answer = MayWork::No;
        }
        let whole = [(self.person().is_doubted(), "suspended"), (self.is_identity_open(), SAME_PERSON)];
        for (_, code) in whole.into_iter().filter(|(open, _)| *open) {
            this.answer = this.answer.max(MayWork::CannotTell);
            this.why.push(Hindrance::of_all(code));
        }
        if this.answer != MayWork::Yes {
            this.until = None;
        }
        this
    }

    /// The first day of the placement that is still to come.
    pub(super) fn first_day(&self) -> Date {
        let question = self.question();
        question.starts.max(question.at.london_date())
    }
}

/// How one requirement stands on a day, and the last day on which it still does.
fn on_day(finding: &Finding<'_>, starts: Date, on: Date) -> (MayWork, Option<Date>) {
    // What may be done some days after the first does not keep anybody from working until then.
    let due = finding.due(starts).min(finding.rests_until.unwrap_or(finding.due(starts)));
    match finding.outcome {
        Outcome::Met { until } => (MayWork::Yes, until),
        Outcome::MetUntil { until } => (if on <= until { MayWork::Yes } else { MayWork::No }, Some(until)),
        Outcome::CheckLive | Outcome::DoLocally if due > starts && on <= due => (MayWork::Yes, Some(due)),
        Outcome::CheckLive | Outcome::CannotTell => (MayWork::CannotTell, None),
        Outcome::DoLocally | Outcome::Missing => (MayWork::No, None),
    }
}
