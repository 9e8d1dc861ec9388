//! The smallest list of what is left to do, each with the day by which it is due.

use passport_schema::codes::{Subject, Term};
use passport_schema::profile::{Needs, Requirement};
use passport_schema::time::Date;

use super::{Adverse, Assessment, Finding, Outcome, Why};

/// What somebody has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Do {
    /// Find out from its issuer why something was suspended.
    AskIssuer,
    /// Hold photo ID against each of the things that were shown.
    CheckIdentity,
    /// Get newer news of what has become of the records.
    Refresh,
    /// Show records that were not shown.
    Show,
    /// Get done what is missing.
    Complete,
    /// Settle what the register showed before going on.
    Resolve,
    /// Look it up with whoever decides it.
    CheckLive,
    /// Agree how conditions are met here.
    AgreeConditions,
    /// Do it here.
    DoHere,
    /// Renew it before it ends.
    Renew,
}

impl Do {
    /// The word in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AskIssuer => "ask-issuer",
            Self::CheckIdentity => "check-identity",
            Self::Refresh => "refresh",
            Self::Show => "show",
            Self::Complete => "complete",
            Self::Resolve => "resolve",
            Self::CheckLive => "check-live",
            Self::AgreeConditions => "agree-conditions",
            Self::DoHere => "do-here",
            Self::Renew => "renew",
        }
    }
}

/// One thing to do.
#[derive(Debug, Clone)]
pub struct Action<'a> {
    /// What.
    pub what: Do,
    /// The day by which it is due.
    pub due: Date,
    /// The findings that it settles; none for what concerns the whole.
    pub findings: Vec<&'a Finding<'a>>,
}

impl<'a> Assessment<'a> {
    /// What is left to do, soonest first.
    #[must_use]
    pub fn actions(&'a self) -> Vec<Action<'a>> {
        let starts = self.question.starts;
        let mut actions: Vec<Action<'a>> = Vec::new();
        if self.person.is_doubted() {
            actions.push(Action { what: Do::AskIssuer, due: starts, findings: Vec::new() });
        }
        if self.is_identity_open() {
            let what = if self.is_not_one_person() { Do::Resolve } else { Do::CheckIdentity };
            actions.push(Action { what, due: starts, findings: Vec::new() });
        }
        for finding in &self.findings {
            let Some((what, due)) = step(finding, starts) else { continue };
            // One new bundle, or one more showing, settles all that wait for it.
            let shared = |action: &&mut Action<'a>| action.what == what && matches!(what, Do::Refresh | Do::Show);
            match actions.iter_mut().find(shared) {
                Some(action) => {
                    action.due = action.due.min(due);
                    action.findings.push(finding);
                }
                None => actions.push(Action { what, due, findings: vec![finding] }),
            }
        }
        self.merge_levels(&mut actions);
        actions.sort_by_key(|action| (action.due, action.what));
        actions
    }

    /// A higher level that has to be done anyway settles the lower one that is due no earlier.
    fn merge_levels(&self, actions: &mut Vec<Action<'a>>) {
        // Every finding of the lower one, for it may have taken in others before.
        let covers = |high: &Action<'a>, low: &Action<'a>| {
            let stands_for = |high: &Term<Subject>, low: &Term<Subject>| {
                high != low && self.question.profile.accepted(low).any(|it| it == high)
            };
            let any = !low.findings.is_empty();
            subject(high, 0).filter(|_| any).is_some_and(|high| {
                (0..low.findings.len()).all(|place| subject(low, place).is_some_and(|low| stands_for(high, low)))
            })
        };
        let mut place = 0;
        while place < actions.len() {
            let low = &actions[place];
            match actions.iter().position(|high| high.due <= low.due && covers(high, low)) {
                Some(high) => {
                    let findings = actions[place].findings.clone();
                    actions[high].findings.extend(findings);
                    actions.remove(place);
                }
                None => place += 1,
            }
        }
    }
}

/// The training that an action is to bring for one of its findings, if it is one.
fn subject<'a>(action: &Action<'a>, place: usize) -> Option<&'a Term<Subject>> {
    let requirement: &'a Requirement = action.findings.get(place)?.requirement;
    match (&requirement.rule.needs, action.what) {
        (Needs::Training { subject, hours: None }, Do::Complete | Do::Renew) => Some(subject),
        _ => None,
    }
}

fn step(finding: &Finding<'_>, starts: Date) -> Option<(Do, Date)> {
    let speaks = |adverse| finding.adverse.iter().any(|(_, it)| *it == adverse);
    let what = match finding.outcome {
        Outcome::Met { .. } => return None,
        Outcome::MetUntil { until } => return Some((Do::Renew, until)),
        Outcome::CheckLive => Do::CheckLive,
        Outcome::DoLocally if speaks(Adverse::Conditions) || speaks(Adverse::Restriction) => Do::AgreeConditions,
        Outcome::DoLocally => Do::DoHere,
        Outcome::CannotTell if speaks(Adverse::Suspended) => Do::AskIssuer,
        Outcome::CannotTell => Do::Refresh,
        Outcome::Missing if speaks(Adverse::NotPractising) => Do::Resolve,
        Outcome::Missing => match finding.why {
            Why::NotShown(_) => Do::Show,
            Why::Confirmed { .. } => Do::Resolve,
            _ => Do::Complete,
        },
    };
    Some((what, finding.due(starts)))
}
