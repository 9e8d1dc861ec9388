//! An assessment in plain words. Rendered apart from the deciding, which does without.

use std::fmt::Write as _;

use passport_schema::codes::{ListId, Term};
use passport_schema::field::Outcome as Cleared;
use passport_schema::profile::{Needs, Renewal, Requirement, Rule};
use passport_schema::record::{Content, Kind};
use passport_schema::text::Text;
use passport_schema::time::Date;

use super::{Action, Adverse, Assessment, Do, Finding, Outcome, Why};
use crate::bundle::Issuer;
use crate::person::{Confidence, Item};
use crate::report::{detail, title};
use crate::verdict::Standing;

const GROUPS: &[(&str, &str)] = &[
    ("Missing", "missing"),
    ("Cannot be told", "cannot-tell"),
    ("Ends during the placement", "met-until"),
    ("To be looked up live", "check-live"),
    ("To be done here", "do-locally"),
    ("Met", "met"),
];

impl Assessment<'_> {
    /// The answer as whoever is in charge of a ward would read it.
    #[must_use]
    pub fn plain(&self) -> String {
        let mut out = String::new();
        self.head(&mut out);
        // What binds whoever takes them on comes first, however well everything else stands.
        let mut notes: Vec<String> = Vec::new();
        for finding in &self.findings {
            for (item, adverse) in &finding.adverse {
                let note = format!("{}: {}", name(finding.requirement), against(item, *adverse));
                if !notes.contains(&note) {
                    notes.push(note);
                }
            }
        }
        if !notes.is_empty() {
            let _ = writeln!(out, "\nTake note\n  - {}", notes.join("\n  - "));
        }
        let actions = self.actions();
        if !actions.is_empty() {
            out.push_str("\nTo do\n");
        }
        let mut day = None;
        for (number, action) in actions.iter().enumerate() {
            if day != Some(action.due) {
                day = Some(action.due);
                let first = if action.due == self.question.starts { ", the first day" } else { "" };
                let place = if first.is_empty() { self.day_of_placement(action.due) } else { first.into() };
                let late = if action.due < self.question.at.london_date() { " (overdue)" } else { "" };
                let _ = writeln!(out, "  By {}{place}{late}", action.due.plain());
            }
            let _ = writeln!(out, "    {}. {}", number + 1, action_words(action));
        }
        for (heading, wanted) in GROUPS {
            let findings: Vec<_> = self.findings.iter().filter(|it| it.outcome.name() == *wanted).collect();
            if findings.is_empty() {
                continue;
            }
            let _ = writeln!(out, "\n{heading}");
            for finding in findings {
                let name = name(finding.requirement);
                let because = match (&finding.why, finding.outcome) {
                    (Why::Local, Outcome::DoLocally) => String::new(),
                    _ => format!(": {}", self.because(finding)),
                };
                let noted = if finding.adverse.is_empty() { "" } else { "; see Take note" };
                // Whoever has to do something may ask what for.
                let reason = match finding.outcome {
                    Outcome::Met { .. } | Outcome::MetUntil { .. } => String::new(),
                    _ => format!(". Why: {}", finding.requirement.reason.as_str().trim_end_matches('.')),
                };
                let _ = writeln!(out, "  - {name}{because}{noted}{reason}.");
            }
        }
        let (at, profile) = (self.question.at.plain(), &self.question.profile.name);
        let _ = writeln!(out, "\nAs at {at}, held against {profile}. This answer itself looked nothing up live.");
        out
    }

    /// The answer, whom it is about, and how sure it is that it is one person.
    fn head(&self, out: &mut String) {
        let (question, person) = (&self.question, self.person);
        let born = person.birth_date().map(|date| format!(", born {}", date.plain())).unwrap_or_default();
        let _ = writeln!(out, "{}: {}{born}", self.overall(), person.name().as_str());
        let (from, to) = (question.starts.plain(), question.ends.plain());
        let days = match question.ends.days_since(question.starts) + 1 {
            1 => format!("on {from}"),
            days => format!("from {from} to {to} ({days} days)"),
        };
        let profile = question.profile;
        let _ = writeln!(out, "{}, {days}. Purpose: {}.", profile.title.as_str(), lower(&question.purpose.title()));
        let joined = match person.confidence() {
            Some(Confidence::High) => "They are one person's: name, date of birth and registration number agree.",
            Some(Confidence::Medium) => "They are very likely one person's: names and date of birth go together.",
            Some(Confidence::Low) => "It is not sure that they are one person's: check photo ID against each of them.",
            None => "",
        };
        if !joined.is_empty() {
            let _ = writeln!(out, "Several passes or credentials were read together. {joined}");
        }
        if person.set_aside() > 0 {
            let _ = writeln!(out, "Set aside because it was refused: {} of what was shown.", person.set_aside());
        }
    }

    /// `, day 19 of 28`.
    fn day_of_placement(&self, day: Date) -> String {
        let (starts, ends) = (self.question.starts, self.question.ends);
        if starts == ends {
            return String::new();
        }
        format!(", day {} of {}", day.days_since(starts) + 1, ends.days_since(starts) + 1)
    }

    pub(super) fn because(&self, finding: &Finding<'_>) -> String {
        let needs = &finding.requirement.rule.needs;
        match (&finding.why, finding.outcome) {
            (Why::Confirmed { on, satisfied: true }, outcome) => {
                let until = match outcome {
                    Outcome::Met { until: Some(until) } | Outcome::MetUntil { until } => {
                        format!("; holds until {}", until.plain())
                    }
                    _ => String::new(),
                };
                format!("looked up or done here on {}{until}", on.plain())
            }
            (why, _) if finding.by.is_empty() => shortfall(why, &finding.requirement.rule),
            (why, outcome) => {
                let known = name(finding.requirement);
                let by: Vec<_> = finding.by.iter().map(|item| shown(item, &known)).collect();
                let by = match by.as_slice() {
                    [one, two, rest @ ..] if rest.len() > 1 => format!("{one}; {two}; and {} more", rest.len()),
                    all => all.join("; "),
                };
                let more = match why {
                    Why::Fits => String::new(),
                    why => format!("; {}", shortfall(why, &finding.requirement.rule)),
                };
                let live = match needs {
                    Needs::Registration { .. } if outcome == Outcome::CheckLive => "; this is not a live check",
                    _ => "",
                };
                format!("{by}{more}{live}{}{}", self.lasting(finding, outcome), others(finding.others))
            }
        }
    }

    /// Until when something counts, and by whose reckoning.
    fn lasting(&self, finding: &Finding<'_>, outcome: Outcome) -> String {
        let own = match (finding.requirement.rule.renewal, outcome) {
            (Renewal::Receiver(period), Outcome::Met { .. } | Outcome::MetUntil { .. }) => {
                let issuers = finding.by.first().and_then(|item| item.record().last_day());
                let until = match outcome {
                    Outcome::Met { until } => until,
                    Outcome::MetUntil { until } => Some(until),
                    _ => None,
                };
                let issuers = issuers.filter(|last| Some(*last) != until);
                let issuers = issuers.map(|last| format!("; its issuer said until {}", last.plain()));
                format!(" ({} here{})", period.plain(), issuers.unwrap_or_default())
            }
            _ => String::new(),
        };
        match outcome {
            Outcome::Met { until: Some(until) } => format!("; counts until {}{own}", until.plain()),
            Outcome::MetUntil { until } => {
                format!("; counts until {}{}{own}", until.plain(), self.day_of_placement(until))
            }
            _ => String::new(),
        }
    }
}

/// What there is to do.
pub(super) fn action_words(action: &Action<'_>) -> String {
    let names: Vec<_> = action.findings.iter().map(|finding| name(finding.requirement)).collect();
    let what = joined(&names);
    let Some(first) = action.findings.first() else {
        if action.what == Do::CheckIdentity {
            return "Hold their photo ID against each of the passes: it is not sure that they are one person's.".into();
        }
        if action.what == Do::Resolve {
            return "Settle whose passes these are: somebody has looked, and they are not one person's.".into();
        }
        return "Ask whoever issued it why something that was shown is suspended.".into();
    };
    match action.what {
        Do::AskIssuer => match first.adverse.iter().find(|(_, adverse)| *adverse == Adverse::Suspended) {
            Some((item, _)) => format!("Ask {} why it has suspended its record of: {what}.", issuer(item.issuer)),
            None => format!("Ask why this is suspended: {what}."),
        },
        Do::CheckIdentity => format!("Hold photo ID against: {what}."),
        Do::Refresh if matches!(first.why, Why::Unclear(item) if item.early) => {
            format!("Judge again, at a time that is not before the news in the bundle: {what}.")
        }
        Do::Refresh => format!("Get a new bundle, or a newer pass, and look again at: {what}."),
        Do::Show => format!("Show: {what}. What cannot be shown has to be done."),
        Do::Complete => match &first.why {
            Why::Ended(_, last) => format!("Has run out: {what}, on {}. To be renewed.", last.plain()),
            Why::DoesNotCount(item, standing) => {
                format!("Does not count: {what}, because {}. To be done anew.", standing_words(item, *standing))
            }
            _ => format!("Missing: {what}. To be completed."),
        },
        Do::Resolve => format!("Settle before they start: {what}."),
        Do::CheckLive => {
            let bound = conditions(first);
            let bound = if bound.is_empty() { bound } else { format!(" Their limit: {bound}.") };
            format!("Look up {}: {what}{}.{bound}", where_to_look(&first.requirement.rule.needs), number(first))
        }
        Do::AgreeConditions => format!("Agree how to work here within this limit: {} ({what}).", conditions(first)),
        Do::DoHere => match &first.why {
            Why::TheoryOnly(elements) if !elements.is_empty() => {
                format!("Watch them do it once here: {what} ({}).", elements.join(", "))
            }
            _ if matches!(first.requirement.rule.needs, Needs::Competency { .. }) => {
                format!("Watch them do it once here: {what}.")
            }
            _ => format!("Do here: {what}."),
        },
        Do::Renew if matches!(first.why, Why::Confirmed { .. }) => {
            format!("Look up or do again: {what}. That is the last day on which it counts.")
        }
        Do::Renew => format!("Renew: {what}. That is the last day on which it counts."),
    }
}

/// The number under which a registration is looked up.
fn number(finding: &Finding<'_>) -> String {
    let mut numbers = finding.by.iter().filter_map(|item| match &item.record().content {
        Content::Registration(it) => Some(format!(", number {}", it.number.as_str())),
        _ => None,
    });
    numbers.next().unwrap_or_default()
}

/// Why something is not met, or not yet.
fn shortfall(why: &Why<'_>, rule: &Rule) -> String {
    let known = rule_name(rule);
    match why {
        Why::Fits => "fits".into(),
        Why::NotShown(kind) => format!("not shown; there is no {} at all in what was shown", kind_words(*kind)),
        Why::NoneFits(_, Some(near)) => format!("not shown; what comes nearest: {}", shown(near, &known)),
        Why::NoneFits(..) => "not shown".into(),
        Why::Ended(item, last) => format!("{}; it ended on {}", shown(item, &known), last.plain()),
        Why::TooOld(item, period) => {
            format!("{}; it is older than {} on the first day", shown(item, &known), period.plain())
        }
        Why::DoesNotCount(item, standing) => {
            format!("{}; it does not count: {}", shown(item, &known), standing_words(item, *standing))
        }
        Why::Unclear(item) => {
            format!("{}; what has become of it since cannot be told", shown(item, &known))
        }
        Why::Hours(sum, hours) => {
            format!("{sum} hours within {}; {} are asked for", hours.within.plain(), hours.at_least)
        }
        Why::TheoryOnly(elements) if elements.is_empty() => {
            "the theory counts; practice was not shown, or is too long ago".into()
        }
        Why::TheoryOnly(elements) => {
            let elements = elements.join(", ");
            format!("the theory counts; practice was not shown, or is too long ago, for: {elements}")
        }
        Why::Elements(titles) => format!("not signed off: {}", titles.join(", ")),
        Why::Parts(parts) => {
            let rules = rule.needs.parts();
            let words = parts.iter().filter_map(|(place, why)| {
                let part = rules.get(*place)?;
                let short = shortfall(why, part);
                // Parts of parts name themselves, and belong together.
                Some(match why {
                    Why::Parts(inner) if inner.len() > 1 => format!("({short})"),
                    _ if part.needs.parts().is_empty() => format!("{}: {short}", rule_name(part)),
                    _ => short,
                })
            });
            let words: Vec<_> = words.collect();
            match &rule.needs {
                Needs::AnyOf(_) if words.len() > 1 => format!("either {}", words.join("; or ")),
                _ => words.join("; "),
            }
        }
        Why::Local => "only we can do this".into(),
        Why::Confirmed { on, satisfied } => {
            let how = if *satisfied { "it is so" } else { "it is not so" };
            format!("looked up here on {}: {how}", on.plain())
        }
    }
}

/// What a requirement is called.
pub(super) fn name(requirement: &Requirement) -> String {
    requirement.title.as_ref().map_or_else(|| upper(&rule_name(&requirement.rule)), |title| title.as_str().to_owned())
}

fn rule_name(rule: &Rule) -> String {
    match &rule.needs {
        Needs::Training { subject, .. } => subject.title(),
        Needs::Registration { regulator, .. } => format!("registration with the {}", regulator.title()),
        Needs::CriminalRecordCheck { levels, workforces, .. } => {
            let of = [alternatives(levels), alternatives(workforces)].join(", ");
            bracketed("criminal record check", of.trim_matches([',', ' ']))
        }
        Needs::Reference { months } if *months > 0 => format!("references covering {months} months"),
        Needs::HealthClearance { clearances } => bracketed("work health clearance", &alternatives(clearances)),
        Needs::Screening { item, .. } => item.title(),
        Needs::Competency { competency, .. } => competency.title(),
        Needs::Qualification { title } => title.title(),
        Needs::AllOf(parts) => joined(&parts.iter().map(rule_name).collect::<Vec<_>>()),
        Needs::AnyOf(parts) => parts.iter().map(rule_name).collect::<Vec<_>>().join(", or "),
        Needs::Local => "what is done here".into(),
        needs => needs.kind().map_or_else(String::new, |kind| kind_words(kind).to_owned()),
    }
}

fn bracketed(what: &str, which: &str) -> String {
    if which.is_empty() { what.into() } else { format!("{what} ({which})") }
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
        Kind::Reference => "reference",
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
        Needs::RightToWork => "with the Home Office's service, or from their original documents",
        Needs::CriminalRecordCheck { .. } => "with the DBS Update Service, with their own certificate in hand",
        _ => "with whoever decides it",
    }
}

/// A record in a few words, and from whom; what it is only where `known` does not say so yet.
fn shown(item: &Item<'_>, known: &str) -> String {
    let (record, of) = (item.record(), |what: &str| format!("{what}, "));
    let what = match &record.content {
        Content::IdentityCheck(_)
        | Content::RightToWork(_)
        | Content::Registration(_)
        | Content::CriminalRecordCheck(_)
        | Content::Reference(_)
        | Content::HealthClearance(_) => String::new(),
        Content::Preceptorship(it) => of(&lower(&it.programme.title())),
        _ => Some(title(record)).filter(|title| title != known).map(|title| of(&title)).unwrap_or_default(),
    };
    let ends = record.last_day().map(|last| format!(", until {}", last.plain())).unwrap_or_default();
    // What a ward needs to tell one record from another; the whole line is long. Conditions are said apart.
    let said = match &record.content {
        Content::Training(it) => format!("awarded {}", it.awarded.plain()),
        Content::Employment(it) => {
            let category = it.category.as_ref().map(|category| lower(&category.title()) + ", ").unwrap_or_default();
            format!("{category}since {}{ends}", it.started.plain())
        }
        Content::Placement(it) => format!("at {}, since {}{ends}", it.host, it.started.plain()),
        Content::Competency(it) => {
            let elements = bracketed(&lower(&it.aspect.title()), &it.skill.element_titles().join(", "));
            format!("{elements}, assessed {}", it.assessed.plain())
        }
        Content::IdentityCheck(it) => format!("checked {}, {}", it.checked.plain(), lower(&it.level.title())),
        Content::RightToWork(it) => format!("checked {}, {}{ends}", it.checked.plain(), lower(&it.basis.title())),
        Content::CriminalRecordCheck(it) => {
            let (level, workforce) = (lower(&it.level.title()), lower(&it.workforce.title()));
            format!("{level}, {workforce}, issued {}", it.issued.plain())
        }
        Content::Registration(it) => {
            let (number, status) = (it.number.as_str(), lower(&it.status.title()));
            format!("number {number}, {status} when looked up on {}{ends}", it.checked.plain())
        }
        Content::Reference(it) => format!("covering {} months, received {}", it.months, it.received.plain()),
        Content::HealthClearance(it) => {
            format!("cleared {} for {}{ends}", it.cleared.plain(), lower(&it.clearance.title()))
        }
        Content::Screening(it) => format!("{}, {}", lower(&it.result.title()), it.done.plain()),
        Content::Preceptorship(it) => {
            let month = it.month.map(|month| format!(", month {month}")).unwrap_or_default();
            format!("{} since {}{month}", lower(&it.status.title()), it.started.plain())
        }
        _ => detail(record),
    };
    let pending = match super::adverse::cleared(record) {
        Some(Cleared::InProgress) => ", still in progress",
        _ => "",
    };
    format!("{what}{said}{pending}, from {}", issuer(item.issuer))
}

/// An organisation by the trust list's name for it, and by the one that it is part of now.
fn issuer(issuer: &Issuer) -> String {
    let now = issuer.successor().map(|(_, name)| format!(" (now {name})"));
    format!("{}{}", issuer.name(), now.unwrap_or_default())
}

pub(super) fn against(item: &Item<'_>, adverse: Adverse) -> String {
    let from = issuer(item.issuer);
    match adverse {
        Adverse::Suspended => format!("{from} has suspended this record"),
        Adverse::NotPractising => format!("the register showed that they may not practise: {}", shown(item, "")),
        Adverse::Conditions | Adverse::Restriction => format!("{} (from {from})", condition(item)),
    }
}

fn conditions(finding: &Finding<'_>) -> String {
    let bound = |adverse: &Adverse| matches!(adverse, Adverse::Conditions | Adverse::Restriction);
    let binding = finding.adverse.iter().filter(|(_, adverse)| bound(adverse));
    binding.map(|(item, _)| condition(item)).collect::<Vec<_>>().join("; ")
}

fn condition(item: &Item<'_>) -> String {
    if let Some(Cleared::ClearedWithConditions { conditions, review_by }) = super::adverse::cleared(item.record()) {
        let review = review_by.map(|day| format!(", to be reviewed by {}", day.plain())).unwrap_or_default();
        return format!("{}{review}", conditions.as_str());
    }
    match &item.record().content {
        Content::RightToWork(it) => it.restrictions.as_ref().map_or("", Text::as_str).to_owned(),
        Content::Registration(it) => {
            let text = it.conditions.as_ref().map(|text| format!(": {}", text.as_str())).unwrap_or_default();
            format!("{}{text}", lower(&it.status.title()))
        }
        _ => String::new(),
    }
}

fn standing_words(item: &Item<'_>, standing: Standing) -> &'static str {
    match standing {
        Standing::Withdrawn => "its issuer has withdrawn it",
        Standing::Suspended => "its issuer has suspended it",
        Standing::NotEntitled if item.record().kind() == Kind::Training => {
            "its issuer is not trusted to vouch for this training"
        }
        Standing::NotEntitled => "its issuer is not trusted to vouch for it",
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
        1 => "; one more fits, and does not last longer".into(),
        count => format!("; {count} more fit, and do not last longer"),
    }
}

/// A title within a sentence: unless it begins with an abbreviation or the name of something.
fn lower(title: &str) -> String {
    let mut characters = title.chars();
    match (characters.next(), characters.next()) {
        (Some(first), Some(second)) if !second.is_uppercase() && !title.starts_with("British") => {
            first.to_lowercase().chain(title.chars().skip(1)).collect()
        }
        _ => title.to_owned(),
    }
}

/// A title at the beginning of a line.
fn upper(title: &str) -> String {
    let mut characters = title.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

/// `a, b and c`; with semicolons where a name has commas of its own.
fn joined(names: &[String]) -> String {
    let comma = if names.iter().any(|name| name.contains(',')) { "; " } else { ", " };
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] if comma == "; " => format!("{}; and {last}", most.join(comma)),
        [most @ .., last] => format!("{} and {last}", most.join(comma)),
    }
}
