//! Can this person start this role here, on these dates, and if not, what exactly is missing?
//!
//! A pure function of verified records, a role profile, a purpose, the placement's dates and now:
//!
//! - The receiver's renewal period counts, not the sender's end, where the profile says so; the last
//!   valid day is inclusive.
//! - Of several records that fit, the one that holds longest counts, and is named.
//! - What speaks against someone (conditions, a restriction, a suspension) is never outvoted by a better
//!   record of the same kind. It yields only to what the receiver has looked up or agreed itself since.
//! - What needs a live check, or is done here, is never called ready before the receiver says that it
//!   was done.
//! - What was not shown is not met. More records never make an answer worse, unless they speak against.
//! - Agreements are not seen.

mod actions;
mod adverse;
mod clearance;
mod evidence;
mod json;
mod words;

use std::fmt;

use passport_schema::codes::{Purpose, Term};
use passport_schema::field::Outcome as Cleared;
use passport_schema::profile::{Acceptance, Profile, Requirement};
use passport_schema::time::{Date, Timestamp};

pub use self::actions::{Action, Do};
pub use self::adverse::{Adverse, against};
pub use self::clearance::{Clearance, Hindrance, MayWork};
pub use self::evidence::Why;
use crate::person::{Confidence, Item, Person};

/// What is asked about a person.
#[derive(Debug, Clone, Copy)]
pub struct Question<'q> {
    /// The receiver's requirements.
    pub profile: &'q Profile,
    /// Why they come.
    pub purpose: &'q Term<Purpose>,
    /// First day of the placement: how old a record may be is counted from it.
    pub starts: Date,
    /// Last day of the placement, inclusive.
    pub ends: Date,
    /// Now.
    pub at: Timestamp,
    /// What the receiver has looked up, or done, itself.
    pub confirmations: &'q [Confirmation],
}

/// That a receiver has checked something live, or done it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// The requirement's id.
    pub requirement: String,
    /// The day on which it was looked up, or done.
    pub on: Date,
    /// When it was said.
    pub at: Timestamp,
    /// Whether it came out well.
    pub satisfied: bool,
    /// Last day on which it counts, if it said so.
    pub until: Option<Date>,
}

/// What a confirmation names when it is not a requirement: that the photo ID of whoever stands there fits
/// everything that was shown. No requirement may be called so.
pub const SAME_PERSON: &str = passport_schema::profile::SAME_PERSON;

/// Why a question has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QuestionError {
    /// The placement ends before it starts.
    #[error("The placement ends on {}, before it starts on {}.", ends.plain(), starts.plain())]
    Backwards {
        /// First day.
        starts: Date,
        /// Last day.
        ends: Date,
    },
    /// The placement is over.
    #[error("The placement ended on {}.", ends.plain())]
    Over {
        /// Last day.
        ends: Date,
    },
    /// The profile is not for this purpose.
    #[error("The profile is not for this purpose.")]
    Purpose,
}

impl QuestionError {
    /// The stable code, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Backwards { .. } => "placement-backwards",
            Self::Over { .. } => "placement-over",
            Self::Purpose => "purpose-not-in-profile",
        }
    }
}

/// How one requirement stands, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Met on every day of the placement.
    Met {
        /// Last day on which it holds; `None` when it has no end.
        until: Option<Date>,
    },
    /// Met at first, but not to the end.
    MetUntil {
        /// Last day on which it holds.
        until: Date,
    },
    /// Somebody has to look it up.
    CheckLive,
    /// It has to be done here.
    DoLocally,
    /// It cannot be told here and now.
    CannotTell,
    /// Not met.
    Missing,
}

impl Outcome {
    /// The word in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Met { .. } => "met",
            Self::MetUntil { .. } => "met-until",
            Self::CheckLive => "check-live",
            Self::DoLocally => "do-locally",
            Self::CannotTell => "cannot-tell",
            Self::Missing => "missing",
        }
    }

    fn until(last: Option<Date>, ends: Date) -> Self {
        match last {
            Some(until) if until < ends => Self::MetUntil { until },
            until => Self::Met { until },
        }
    }
}

/// The answer as a whole, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Overall {
    /// Nothing is left to do.
    Ready,
    /// They can start when what is listed is done, each by its day.
    ReadyWithActions,
    /// Something is missing or cannot be told.
    NotReady,
}

impl Overall {
    /// The word in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::ReadyWithActions => "ready-with-actions",
            Self::NotReady => "not-ready",
        }
    }
}

impl fmt::Display for Overall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ready => "READY",
            Self::ReadyWithActions => "READY WITH ACTIONS",
            Self::NotReady => "NOT READY",
        })
    }
}

/// How one requirement stands, and why.
#[derive(Debug, Clone)]
pub struct Finding<'a> {
    /// The requirement.
    pub requirement: &'a Requirement,
    /// How it stands.
    pub outcome: Outcome,
    /// Why.
    pub why: Why<'a>,
    /// The records that it rests on.
    pub by: Vec<Item<'a>>,
    /// How many other records fit as well; the one that holds longest counts.
    pub others: usize,
    /// What speaks against them.
    pub adverse: Vec<(Item<'a>, Adverse)>,
    /// For what is still to be looked up or done: the last day on which the records that it rests on hold.
    pub rests_until: Option<Date>,
}

impl Finding<'_> {
    /// The day by which what is left to do is due. What may be done some days after the first has no such
    /// grace when something speaks against the person.
    #[must_use]
    pub fn due(&self, starts: Date) -> Date {
        let grace = matches!(self.outcome, Outcome::CheckLive | Outcome::DoLocally) && self.adverse.is_empty();
        let days = if grace { i64::from(self.requirement.due_days) } else { 0 };
        starts.plus_days(days).unwrap_or(starts)
    }
}

/// What a profile comes to for one person.
#[derive(Debug, Clone)]
pub struct Assessment<'a> {
    question: Question<'a>,
    person: &'a Person<'a>,
    findings: Vec<Finding<'a>>,
    same_person: SamePerson,
}

/// Whether it is settled that all that was shown is about one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SamePerson {
    Settled,
    /// The evidence is weak, and nobody has looked yet.
    Open,
    /// Somebody has looked, and it is not so.
    Not,
}

/// Holds a profile against a person.
///
/// Only verified records make a [`Person`], so that nothing else can be assessed:
///
/// ```compile_fail
/// # use passport_verifier::{Question, assess};
/// # fn it(records: Vec<passport_schema::record::Record>, question: Question<'_>) {
/// let _ = assess(&records, question);
/// # }
/// ```
///
/// # Errors
/// [`QuestionError`].
pub fn assess<'a>(person: &'a Person<'a>, question: Question<'a>) -> Result<Assessment<'a>, QuestionError> {
    let Question { profile, purpose, starts, ends, at, .. } = question;
    if ends < starts {
        return Err(QuestionError::Backwards { starts, ends });
    }
    if ends < at.london_date() {
        return Err(QuestionError::Over { ends });
    }
    if !profile.purposes.contains(purpose) {
        return Err(QuestionError::Purpose);
    }
    let search = Search { person, profile, starts, first: starts.max(at.london_date()), today: at.london_date() };
    let findings = profile.requirements_for(purpose).map(|requirement| search.find(requirement, &question)).collect();
    let said = search.said(SAME_PERSON, question.confirmations, &person.items().iter());
    let same_person = match (person.confidence(), said) {
        (_, Some(said)) if !said.satisfied => SamePerson::Not,
        (Some(Confidence::Low), None) => SamePerson::Open,
        _ => SamePerson::Settled,
    };
    Ok(Assessment { question, person, findings, same_person })
}

/// Holds a profile against many, in order: all who are to move on one day.
///
/// # Errors
/// [`QuestionError`], which is the same for all of them.
pub fn assess_many<'a>(people: &'a [Person<'a>], question: Question<'a>) -> Result<Vec<Assessment<'a>>, QuestionError> {
    people.iter().map(|person| assess(person, question)).collect()
}

/// What a search for fitting records goes by.
struct Search<'a> {
    person: &'a Person<'a>,
    profile: &'a Profile,
    starts: Date,
    /// The first day that is still to come.
    first: Date,
    today: Date,
}

impl<'a> Search<'a> {
    fn find(&self, requirement: &'a Requirement, question: &Question<'a>) -> Finding<'a> {
        let found = self.evidence(&requirement.rule);
        let adverse = self.adverse(&requirement.rule);
        let said = self.said(&requirement.id, question.confirmations, &adverse.iter().map(|(item, _)| item));
        let outcome = self.outcome(requirement, &found, &adverse, said, question.ends);
        let why = match said {
            Some(said) if !said.satisfied || !adverse.iter().any(|(_, it)| *it == Adverse::Suspended) => {
                Why::Confirmed { on: said.on, satisfied: said.satisfied }
            }
            _ => found.why,
        };
        let rests_until = match found.hold {
            evidence::Hold::Until(last) | evidence::Hold::Here { last, .. } => last,
            evidence::Hold::Unclear | evidence::Hold::Not => None,
        };
        Finding { requirement, outcome, why, by: found.by, others: found.others, adverse, rests_until }
    }

    fn outcome(
        &self,
        requirement: &Requirement,
        found: &evidence::Found<'a>,
        adverse: &[(Item<'a>, Adverse)],
        said: Option<&Confirmation>,
        ends: Date,
    ) -> Outcome {
        let speaks = |one| adverse.iter().any(|(_, adverse)| *adverse == one);
        // That it is not so is worse than a doubt whether it is.
        if said.map_or_else(|| speaks(Adverse::NotPractising), |said| !said.satisfied) {
            return Outcome::Missing;
        }
        if speaks(Adverse::Suspended) {
            return Outcome::CannotTell;
        }
        if let Some(said) = said {
            let recheck = requirement.recheck.and_then(|period| period.last_day(said.on));
            let until = earliest(said.until, recheck);
            // What was agreed about conditions is looked at again when they are.
            let review = adverse.iter().filter_map(|(item, _)| review_by(item)).filter(|day| *day >= said.on).min();
            let until = earliest(until, review);
            return match until {
                Some(until) if until < self.first => undone(requirement.acceptance),
                // A record that is relied on ends when it ends, whatever was agreed about its conditions.
                until if requirement.acceptance == Acceptance::Rely => match found.hold {
                    // What was watched before practice lapsed is watched again.
                    evidence::Hold::Here { lapsed: Some(lapsed), .. } if said.on <= lapsed => Outcome::DoLocally,
                    evidence::Hold::Until(last) | evidence::Hold::Here { last, .. } => {
                        Outcome::until(earliest(until, last), ends)
                    }
                    evidence::Hold::Unclear => Outcome::CannotTell,
                    evidence::Hold::Not => Outcome::Missing,
                },
                until => Outcome::until(until, ends),
            };
        }
        match (requirement.acceptance, found.hold) {
            (Acceptance::DoLocally, _) | (Acceptance::Rely, evidence::Hold::Here { .. }) => Outcome::DoLocally,
            (_, evidence::Hold::Not) => Outcome::Missing,
            (Acceptance::CheckLive, _) => Outcome::CheckLive,
            (Acceptance::Rely, evidence::Hold::Unclear) => Outcome::CannotTell,
            (Acceptance::Rely, evidence::Hold::Until(_)) if !adverse.is_empty() => Outcome::DoLocally,
            (Acceptance::Rely, evidence::Hold::Until(last)) => Outcome::until(last, ends),
        }
    }

    /// The receiver's own last word. That something is so counts only if it was said after everything that
    /// speaks against it had been seen, and not of an earlier day.
    fn said<'c>(
        &self,
        about: &str,
        confirmations: &'c [Confirmation],
        seen: &(impl Iterator<Item = &'c Item<'a>> + Clone),
    ) -> Option<&'c Confirmation>
    where
        'a: 'c,
    {
        let later = |said: &Confirmation, item: &Item<'_>| {
            // Who somebody is does not hang on the day from which a record of theirs speaks.
            said.at > item.seen && (about == SAME_PERSON || item.dated().is_none_or(|date| said.on >= date))
        };
        let counts = |said: &&Confirmation| {
            said.requirement == about
                && said.on <= self.today
                && (!said.satisfied || seen.clone().all(|item| later(said, item)))
        };
        confirmations.iter().filter(counts).max_by_key(|said| said.at)
    }
}

fn undone(acceptance: Acceptance) -> Outcome {
    if acceptance == Acceptance::CheckLive { Outcome::CheckLive } else { Outcome::DoLocally }
}

/// The day by which the conditions of a check are looked at again.
fn review_by(item: &Item<'_>) -> Option<Date> {
    match adverse::cleared(item.record()) {
        Some(Cleared::ClearedWithConditions { review_by, .. }) => *review_by,
        _ => None,
    }
}

/// The earlier of two last days; `None` is no end.
fn earliest(one: Option<Date>, two: Option<Date>) -> Option<Date> {
    one.into_iter().chain(two).min()
}

impl<'a> Assessment<'a> {
    /// What was asked.
    #[must_use]
    pub fn question(&self) -> &Question<'a> {
        &self.question
    }

    /// Whom it is about.
    #[must_use]
    pub fn person(&self) -> &'a Person<'a> {
        self.person
    }

    /// Whether it is still to be settled, or known not to be so, that all that was shown is about one
    /// person.
    #[must_use]
    pub fn is_identity_open(&self) -> bool {
        self.same_person != SamePerson::Settled
    }

    /// Whether somebody has looked, and what was shown is not one person's.
    #[must_use]
    pub fn is_not_one_person(&self) -> bool {
        self.same_person == SamePerson::Not
    }

    /// Each requirement that applies, in the profile's order.
    #[must_use]
    pub fn findings(&self) -> &[Finding<'a>] {
        &self.findings
    }

    /// The answer as a whole.
    #[must_use]
    pub fn overall(&self) -> Overall {
        let of = |finding: &Finding<'_>| match finding.outcome {
            Outcome::Met { .. } => Overall::Ready,
            Outcome::MetUntil { .. } | Outcome::CheckLive | Outcome::DoLocally => Overall::ReadyWithActions,
            Outcome::CannotTell | Outcome::Missing => Overall::NotReady,
        };
        let worst = self.findings.iter().map(of).max().unwrap_or(Overall::Ready);
        match self.same_person {
            _ if self.person.is_doubted() => Overall::NotReady,
            SamePerson::Not => Overall::NotReady,
            SamePerson::Open => worst.max(Overall::ReadyWithActions),
            SamePerson::Settled => worst,
        }
    }

    /// The last day on which everything that is met now still is; `None` when nothing ends within the
    /// placement.
    #[must_use]
    pub fn met_until(&self) -> Option<Date> {
        let until = |finding: &Finding<'_>| match finding.outcome {
            Outcome::MetUntil { until } => Some(until),
            _ => None,
        };
        self.findings.iter().filter_map(until).min()
    }
}
