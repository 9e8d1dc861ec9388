//! An assessment in plain words and as JSON. Rendered apart from the deciding, which does without.

use std::fmt::Write as _;

use passport_schema::codes::{ListId, Term};
use passport_schema::field::Outcome as Cleared;
use passport_schema::profile::{Needs, Renewal, Requirement, Rule};
use passport_schema::record::{Content, Kind};
use passport_schema::time::Date;
use serde_json::{Value, json};

use super::{Action, Adverse, Assessment, Do, Finding, Outcome, Why};
use crate::bundle::Issuer;
use crate::person::Item;
use crate::report::{detail, title};
use crate::verdict::Standing;

impl Assessment<'_> {
    /// The answer as whoever is in charge of a ward would read it.
    #[must_use]
    pub fn plain(&self) -> String {
        let mut out = String::new();
        let question = &self.question;
        let born = self.person.birth_date().map(|date| format!(", born {}", date.plain())).unwrap_or_default();
        let profile = question.profile;
        let _ = writeln!(out, "{}: {}{born}", self.overall(), self.person.name().as_str());
        let (from, to) = (question.starts.plain(), question.ends.plain());
        let days = if question.starts == question.ends { format!("on {from}") } else { format!("from {from} to {to}") };
        let _ = writeln!(out, "{}, {days}. Purpose: {}.", profile.title.as_str(), lower(&question.purpose.title()));
        if let Some(confidence) = self.person.confidence() {
            let _ = writeln!(
                out,
                "Several passes were read together; that they are one person's is {}.",
                match confidence {
                    crate::Confidence::High => "sure: name, date of birth and registration number are the same",
                    crate::Confidence::Medium => "likely: name and date of birth go together",
                    crate::Confidence::Low => "not sure: check photo ID against each of them",
                }
            );
        }
        if self.person.set_aside() > 0 {
            let _ = writeln!(out, "Set aside, because it was refused: {} of what was shown.", self.person.set_aside());
        }
        let actions = self.actions();
        if !actions.is_empty() {
            out.push_str("\nTo do\n");
            for (number, action) in actions.iter().enumerate() {
                let _ = writeln!(out, "  {}. By {}: {}", number + 1, action.due.plain(), self.action_words(action));
            }
        }
        for (heading, wanted) in GROUPS {
            let findings: Vec<_> = self.findings.iter().filter(|it| it.outcome.name() == *wanted).collect();
            if findings.is_empty() {
                continue;
            }
            let _ = writeln!(out, "\n{heading}");
            for finding in findings {
                let _ = writeln!(out, "  - {}: {}", name(finding.requirement), self.because(finding));
            }
        }
        let _ = writeln!(out, "\nJudged at {} by {}.", question.at.plain(), profile.name);
        out
    }

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
        let actions = self.actions().iter().map(|action| self.action_json(action)).collect::<Vec<_>>();
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

    fn action_json(&self, action: &Action<'_>) -> Value {
        let requirements: Vec<_> = action.findings.iter().map(|finding| finding.requirement.id.as_str()).collect();
        json!({
            "do": action.what.name(), "due": action.due.to_string(),
            "requirements": requirements, "detail": self.action_words(action),
        })
    }

    fn action_words(&self, action: &Action<'_>) -> String {
        let names: Vec<_> = action.findings.iter().map(|finding| name(finding.requirement)).collect();
        let what = joined(&names);
        let first = action.findings.first();
        match action.what {
            Do::AskIssuer => match first
                .and_then(|finding| finding.adverse.iter().find(|(_, adverse)| *adverse == Adverse::Suspended))
            {
                Some((item, _)) => format!("ask {} why it has suspended its record of {what}.", issuer(item.issuer)),
                None => "ask who issued it why something that was shown is suspended.".into(),
            },
            Do::Refresh => format!("get a new bundle, or a new pass from them, and look again at {what}."),
            Do::Show => format!("ask them to show {what}; if they cannot, it has to be done."),
            Do::Complete => match first.map(|finding| &finding.why) {
                Some(Why::Ended(_, last)) => format!("renew {what}, which ended on {}.", last.plain()),
                _ => format!("get {what} done."),
            },
            Do::Resolve => format!("settle {what} before they start."),
            Do::CheckLive => format!(
                "look up {what} {}.",
                first.map_or("", |finding| where_to_look(&finding.requirement.rule.needs))
            ),
            Do::AgreeConditions => {
                let conditions = first.map(|finding| conditions(finding)).unwrap_or_default();
                format!("agree how these are met here, for {what}: {conditions}.")
            }
            Do::DoHere => match first.map(|finding| &finding.why) {
                Some(Why::TheoryOnly) => {
                    format!("see them do {what} once under supervision; the theory can be accepted.")
                }
                _ => format!("do {what} here."),
            },
            Do::Renew => {
                let day = self.day_of_placement(action.due);
                format!("renew {what}, which holds until then{day}.")
            }
        }
    }

    /// `, day 19 of 28`.
    fn day_of_placement(&self, day: Date) -> String {
        let (starts, ends) = (self.question.starts, self.question.ends);
        format!(", day {} of {}", day.days_since(starts) + 1, ends.days_since(starts) + 1)
    }

    fn because(&self, finding: &Finding<'_>) -> String {
        let mut said = match (&finding.why, finding.outcome) {
            (Why::Confirmed { on, satisfied: true }, outcome) => {
                let until = match outcome {
                    Outcome::Met { until: Some(until) } | Outcome::MetUntil { until } => {
                        format!("; to be done again by {}", until.plain())
                    }
                    _ => String::new(),
                };
                format!("done here on {}{until}", on.plain())
            }
            (why, outcome) if finding.by.is_empty() => {
                let here =
                    if outcome == Outcome::DoLocally && !matches!(why, Why::Local) { "to be done here; " } else { "" };
                format!("{here}{}", self.shortfall(why, &finding.requirement.rule))
            }
            (why, outcome) => {
                let by: Vec<_> = finding.by.iter().map(|item| shown(item)).collect();
                let by = if by.len() > 3 {
                    format!("{} and {} more", by[..2].join("; "), by.len() - 2)
                } else {
                    by.join("; ")
                };
                let more = match why {
                    Why::Fits => String::new(),
                    Why::Hours(sum, hours) => {
                        format!(" ({sum} of {} hours within {})", hours.at_least, hours.within.plain())
                    }
                    why => format!(" ({})", self.shortfall(why, &finding.requirement.rule)),
                };
                format!("{by}{more}{}{}", self.lasting(finding, outcome), others(finding.others))
            }
        };
        for (item, adverse) in &finding.adverse {
            let _ = write!(said, "; {}", against(item, *adverse));
        }
        said
    }

    /// Until when something counts, and by whose reckoning.
    fn lasting(&self, finding: &Finding<'_>, outcome: Outcome) -> String {
        let own = match finding.requirement.rule.renewal {
            Renewal::Receiver(period) => format!(", by {}'s own {}", self.question.profile.name.owner, period.plain()),
            _ => String::new(),
        };
        match outcome {
            Outcome::Met { until: Some(until) } => format!("; counts until {}{own}", until.plain()),
            Outcome::Met { until: None } => String::new(),
            Outcome::MetUntil { until } => {
                format!("; counts until {}{own}{}", until.plain(), self.day_of_placement(until))
            }
            _ => String::new(),
        }
    }

    fn shortfall(&self, why: &Why<'_>, rule: &Rule) -> String {
        match why {
            Why::Fits => "fits".into(),
            Why::NotShown(kind) => format!("not shown: there is no {} in what was shown", kind_words(*kind)),
            Why::NoneFits(_, Some(near)) => format!("not shown; what was shown is {}", shown(near)),
            Why::NoneFits(..) => "not shown".into(),
            Why::Ended(item, last) => format!("{}, ended on {}", shown(item), last.plain()),
            Why::TooOld(item, period) => {
                format!("{}, is older than {} on the first day", shown(item), period.plain())
            }
            Why::DoesNotCount(item, standing) => {
                format!("{}, does not count: {}", shown(item), standing_words(*standing))
            }
            Why::Unclear(item) => format!("{}: what has become of it since cannot be told", shown(item)),
            Why::Hours(sum, hours) => {
                format!("{sum} hours of {} within {} were shown", hours.at_least, hours.within.plain())
            }
            Why::TheoryOnly => "theory shown; practice not shown, or too long ago".into(),
            Why::Elements(titles) => format!("not signed off: {}", titles.join(", ")),
            Why::Parts(parts) => {
                let rules = rule.needs.parts();
                let either = if matches!(rule.needs, Needs::AnyOf(_)) { ", or " } else { "; " };
                let words = parts.iter().filter_map(|(place, why)| {
                    let part = rules.get(*place)?;
                    Some(format!("{}: {}", rule_name(part), self.shortfall(why, part)))
                });
                words.collect::<Vec<_>>().join(either)
            }
            Why::Local => "is done here; nobody else can do it".into(),
            Why::Confirmed { on, satisfied } => {
                let how = if *satisfied { "it is so" } else { "it is not so" };
                format!("looked up here on {}: {how}", on.plain())
            }
        }
    }
}

const GROUPS: &[(&str, &str)] = &[
    ("Missing", "missing"),
    ("Cannot be told", "cannot-tell"),
    ("Ends during the placement", "met-until"),
    ("To be looked up live", "check-live"),
    ("To be done here", "do-locally"),
    ("Met", "met"),
];

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
            Self::TheoryOnly => "theory-only",
            Self::Elements(_) => "elements",
            Self::Parts(_) => "parts",
            Self::Local => "local",
            Self::Confirmed { .. } => "confirmed",
        }
    }
}

/// What a requirement is called.
fn name(requirement: &Requirement) -> String {
    requirement.title.as_ref().map_or_else(|| rule_name(&requirement.rule), |title| title.as_str().to_owned())
}

fn rule_name(rule: &Rule) -> String {
    match &rule.needs {
        Needs::Training { subject, .. } => subject.title(),
        Needs::Registration { regulator, .. } => format!("registration with the {}", regulator.title()),
        Needs::CriminalRecordCheck { levels, workforces, .. } => {
            let of = [alternatives(levels), alternatives(workforces)].join(", ");
            format!("criminal record check ({})", of.trim_matches([',', ' ']))
        }
        Needs::Reference { months } if *months > 0 => format!("references covering {months} months"),
        Needs::HealthClearance { clearances } if !clearances.is_empty() => {
            format!("work health clearance ({})", alternatives(clearances))
        }
        Needs::Screening { item, .. } => item.title(),
        Needs::Competency { competency, .. } => competency.title(),
        Needs::Qualification { title } => title.title(),
        Needs::AllOf(parts) => parts.iter().map(rule_name).collect::<Vec<_>>().join(" and "),
        Needs::AnyOf(parts) => parts.iter().map(rule_name).collect::<Vec<_>>().join(" or "),
        Needs::Local => "what is done here".into(),
        needs => needs.kind().map_or_else(String::new, |kind| kind_words(kind).to_owned()),
    }
}

fn alternatives<L: ListId>(terms: &[Term<L>]) -> String {
    terms.iter().map(|term| lower(&term.title())).collect::<Vec<_>>().join(" or ")
}

fn kind_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Identity => "identity",
        Kind::Employment => "job",
        Kind::Placement => "placement",
        Kind::IdentityCheck => "identity check",
        Kind::RightToWork => "right to work check",
        Kind::Registration => "registration",
        Kind::CriminalRecordCheck => "criminal record check",
        Kind::Reference => "references",
        Kind::HealthClearance => "work health clearance",
        Kind::Screening => "screening or vaccination",
        Kind::Training => "training",
        Kind::Competency => "competency",
        Kind::Qualification => "qualification",
        Kind::Preceptorship => "preceptorship",
        Kind::CarerAgreement | Kind::AdjustmentsAgreement => "agreement",
    }
}

fn where_to_look(needs: &Needs) -> &'static str {
    match needs {
        Needs::Registration { .. } => "on the regulator's register",
        Needs::RightToWork => "with the Home Office's service, or their documents",
        Needs::CriminalRecordCheck { .. } => "with the Update Service, the certificate in hand",
        _ => "with whoever decides it",
    }
}

/// A record in a few words, and from whom.
fn shown(item: &Item<'_>) -> String {
    let record = item.record();
    let (what, detail) = (title(record), detail(record));
    // What a ward needs to tell one record from another; the whole line is long.
    let said = match &record.content {
        Content::Training(it) => format!("awarded {}", it.awarded.plain()),
        Content::Competency(it) => format!("assessed {}", it.assessed.plain()),
        Content::CriminalRecordCheck(it) => {
            format!(
                "{}, workforce {}, issued {}",
                lower(&it.level.title()),
                lower(&it.workforce.title()),
                it.issued.plain()
            )
        }
        Content::Registration(it) => {
            format!(
                "number {}, {} when looked up on {}",
                it.number.as_str(),
                lower(&it.status.title()),
                it.checked.plain()
            )
        }
        Content::Screening(it) => format!("{}, {}", lower(&it.result.title()), it.done.plain()),
        _ => detail,
    };
    format!("{what} ({said}; from {})", issuer(item.issuer))
}

/// An organisation by the trust list's name for it, and by the one that it is part of now.
fn issuer(issuer: &Issuer) -> String {
    let now = issuer.successor().map(|(code, _)| format!(", now {code}")).unwrap_or_default();
    format!("{}{now}", issuer.name())
}

fn against(item: &Item<'_>, adverse: Adverse) -> String {
    match adverse {
        Adverse::Suspended => format!("{} has suspended this record", issuer(item.issuer)),
        Adverse::NotPractising => format!("the register showed that they may not practise: {}", shown(item)),
        Adverse::Conditions | Adverse::Restriction => format!("{} ({})", condition(item), issuer(item.issuer)),
    }
}

fn conditions(finding: &Finding<'_>) -> String {
    let bound = |adverse: &Adverse| matches!(adverse, Adverse::Conditions | Adverse::Restriction);
    finding
        .adverse
        .iter()
        .filter(|(_, adverse)| bound(adverse))
        .map(|(item, _)| condition(item))
        .collect::<Vec<_>>()
        .join("; ")
}

fn condition(item: &Item<'_>) -> String {
    if let Some(Cleared::ClearedWithConditions { conditions, review_by }) = super::adverse::cleared(item.record()) {
        let review = review_by.map(|day| format!(", to be reviewed by {}", day.plain())).unwrap_or_default();
        return format!("condition: {}{review}", conditions.as_str());
    }
    match &item.record().content {
        Content::RightToWork(it) => {
            format!("restriction: {}", it.restrictions.as_ref().map_or("", passport_schema::text::Text::as_str))
        }
        Content::Registration(it) => {
            let text = it.conditions.as_ref().map(|text| format!(": {}", text.as_str())).unwrap_or_default();
            format!("{}{text}", lower(&it.status.title()))
        }
        _ => String::new(),
    }
}

fn standing_words(standing: Standing) -> &'static str {
    match standing {
        Standing::Withdrawn => "its issuer has withdrawn it",
        Standing::Suspended => "its issuer has suspended it",
        Standing::NotEntitled => "its issuer is not entitled to attest it, or not aligned for this subject",
        Standing::Superseded => "something newer has taken its place",
        Standing::NotSo => "it says that this is not so, or not yet",
        Standing::Expired => "it has ended",
        Standing::CannotTell => "its status cannot be told",
        Standing::Stale | Standing::Counts => "it counts",
    }
}

fn others(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "; one other record fits as well and does not hold longer".into(),
        count => format!("; {count} other records fit as well and do not hold longer"),
    }
}

/// A title within a sentence: unless it begins with an abbreviation.
fn lower(title: &str) -> String {
    let mut characters = title.chars();
    match (characters.next(), characters.next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(title.chars().skip(1)).collect()
        }
        _ => title.to_owned(),
    }
}

/// `a, b and c`.
fn joined(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}
