//! One person, from several credentials and passes: joined only on evidence, never by guess.
//!
//! - A date of birth or a registration number that differs keeps them apart; so does a name of which
//!   neither form is part of the other. What differs is said.
//! - Case, diacritics, apostrophes, hyphens and the order of a name's words do not matter. A word that
//!   one of them lacks (a middle name, a surname, all but one name) lowers the confidence.
//! - How sure the joining is, is stated: see [`Confidence`].

use std::fmt;

use passport_schema::record::{Content, Kind, Record};
use passport_schema::text::Name;
use passport_schema::time::{Date, Timestamp};

use crate::bundle::Issuer;
use crate::error::Error;
use crate::verdict::{Decision, Form, Judged, Standing, Verdict, Verified};

/// A verified record, with who vouches for it.
#[derive(Debug, Clone, Copy)]
pub struct Item<'v> {
    /// The record and what it is worth.
    pub(crate) judged: &'v Judged,
    pub(crate) issuer: &'v Issuer,
    /// Whether what it came in was accepted; otherwise nothing can be told from it.
    pub(crate) usable: bool,
    /// Whether it was judged as of a time before the newest news, at which newer news is of no help.
    pub(crate) early: bool,
    issued: Timestamp,
    /// When it was first shown, if that is known; else when it was issued.
    pub(crate) seen: Timestamp,
    form: Form,
    place: usize,
    pub(crate) taken: bool,
}

impl<'v> Item<'v> {
    /// The record.
    #[must_use]
    pub fn record(&self) -> &'v Record {
        &self.judged.record
    }

    /// Who vouches for it, by the trust list.
    #[must_use]
    pub fn issuer(&self) -> &'v Issuer {
        self.issuer
    }

    /// Whether the receiver takes it as evidence; what speaks against someone in it is seen all the same.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        self.taken
    }

    /// Which verdict it came with, from 0, and its position there, from 1.
    #[must_use]
    pub fn place(&self) -> (usize, usize) {
        (self.place, self.judged.position)
    }

    /// What the record is worth as its issuer sees it.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.at_best(self.judged.standing)
    }

    /// What it is worth to whoever counts a period of their own.
    #[must_use]
    pub fn lasting(&self) -> Standing {
        self.at_best(self.judged.lasting)
    }

    /// Out of something that cannot be relied on nothing can be told, but that it is gone or doubted.
    fn at_best(&self, standing: Standing) -> Standing {
        let gone = matches!(
            standing,
            Standing::Withdrawn | Standing::Suspended | Standing::NotEntitled | Standing::Superseded
        );
        if self.usable || gone { standing } else { Standing::CannotTell }
    }

    /// The first day that its date can mean.
    pub(crate) fn dated(&self) -> Option<Date> {
        self.record().dated().and_then(passport_schema::time::When::earliest)
    }
}

/// How sure it is that several passes and credentials are about one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Part of a name and the date of birth, or name and registration number without a date of birth.
    Low,
    /// Name and date of birth; or part of a name, date of birth and registration number.
    Medium,
    /// Name, date of birth and registration number.
    High,
}

impl Confidence {
    const ALL: [Self; 3] = [Self::High, Self::Medium, Self::Low];

    /// The word in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// What keeps two passes or credentials apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// Nothing differs, and nothing but (part of) a name is the same.
    NotEnough,
    /// The names.
    Name,
    /// The dates of birth.
    BirthDate,
    /// Two registration numbers with one regulator.
    RegistrationNumber,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotEnough => "nothing but the name is the same, which is not enough",
            Self::Name => "the names differ",
            Self::BirthDate => "the dates of birth differ",
            Self::RegistrationNumber => "the registration numbers differ",
        })
    }
}

/// Several passes and credentials are not shown to be about one person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("These are not shown to be about one person: {difference}. Check photo ID.")]
pub struct NotOnePerson {
    /// The gravest difference.
    pub difference: Difference,
    /// Two that differ, by their place among the verdicts, from 0.
    pub between: (usize, usize),
}

/// Why nobody can be assessed, whatever is asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoPerson {
    /// All that was shown is refused.
    #[error("Nothing that was shown can be relied on.")]
    NothingStands,
    /// What was shown is not one person's.
    #[error(transparent)]
    Different(#[from] NotOnePerson),
}

impl NoPerson {
    /// The stable code, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NothingStands => "nothing-stands",
            Self::Different(_) => "different-people",
        }
    }

    /// What stands in the place of an assessment, as JSON (`docs/ASSESSMENT.md`).
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({ "overall": "cannot-tell", "code": self.code(), "detail": self.to_string() })
    }
}

/// The records of one person, out of all that was verified.
#[derive(Debug, Clone)]
pub struct Person<'v> {
    name: &'v Name,
    birth_date: Option<Date>,
    confidence: Option<Confidence>,
    set_aside: usize,
    doubted: bool,
    items: Vec<Item<'v>>,
}

impl<'v> Person<'v> {
    /// Joins what was verified. Whatever was refused takes no part. Agreements take no part either:
    /// they are for a manager to read, not for anything to be judged by.
    ///
    /// Only a [`crate::Verifier`] makes verdicts, so that nothing unverified can be joined:
    ///
    /// ```compile_fail
    /// # fn it(record: passport_schema::record::Record) {
    /// passport_verifier::Person::join(&[record]);
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`NotOnePerson`], with what differs; `None` inside `Ok` stands for nothing at all.
    pub fn join(verdicts: &'v [Verdict<'v>]) -> Result<Option<Self>, NotOnePerson> {
        let shown: Vec<(usize, &Verdict<'_>, &Verified<'_>)> = verdicts
            .iter()
            .enumerate()
            .filter_map(|(place, verdict)| Some((place, verdict, verdict.verified()?)))
            .collect();
        let confidence = confidence(&shown.iter().map(|(place, _, it)| (*place, *it)).collect::<Vec<_>>())?;
        let Some(name) = shown.iter().map(|(_, _, it)| it.name()).max_by_key(|name| (name.as_str().len(), *name))
        else {
            return Ok(None);
        };
        let items = shown.iter().flat_map(|(place, verdict, verified)| {
            verified.records.iter().map(|judged| Item {
                judged,
                issuer: verified.issuer,
                usable: verdict.decision() == Decision::Accepted,
                early: verdict.reasons().iter().any(|it| matches!(it, Error::ClockBeforeBundle { .. })),
                issued: verified.issued,
                seen: verified.seen,
                form: verified.form,
                place: *place,
                taken: true,
            })
        });
        let mut items: Vec<_> =
            items.filter(|item| item.record().kind().family() != passport_schema::record::Family::Agreement).collect();
        items.sort_by(|a, b| canonical(a, b));
        Ok(Some(Self {
            name,
            birth_date: shown.iter().find_map(|(_, _, it)| it.birth_date()),
            confidence,
            set_aside: verdicts.len() - shown.len(),
            doubted: verdicts.iter().any(|verdict| verdict.reasons().contains(&Error::Suspended)),
            items,
        }))
    }

    /// The one person behind verdicts: [`Person::join`] for whoever needs somebody.
    ///
    /// # Errors
    /// [`NoPerson`].
    pub fn behind(verdicts: &'v [Verdict<'v>]) -> Result<Self, NoPerson> {
        Self::join(verdicts)?.ok_or(NoPerson::NothingStands)
    }

    /// The fullest form of their name.
    #[must_use]
    pub fn name(&self) -> &'v Name {
        self.name
    }

    /// Their date of birth, where it is given.
    #[must_use]
    pub fn birth_date(&self) -> Option<Date> {
        self.birth_date
    }

    /// How sure it is that all of it is about one person; `None` when it came in one piece.
    #[must_use]
    pub fn confidence(&self) -> Option<Confidence> {
        self.confidence
    }

    /// How many passes and credentials were refused and so took no part.
    #[must_use]
    pub fn set_aside(&self) -> usize {
        self.set_aside
    }

    /// Whether something of theirs was shown that its issuer has suspended as a whole: that speaks
    /// against them, whatever else they show.
    #[must_use]
    pub fn is_doubted(&self) -> bool {
        self.doubted
    }

    /// Their records.
    #[must_use]
    pub fn items(&self) -> &[Item<'v>] {
        &self.items
    }

    /// The same person with only the records that a receiver takes as evidence. What speaks against someone
    /// cannot be put aside: the others are still looked through for that.
    #[must_use]
    pub fn with_only(mut self, taken: impl Fn(&Item<'v>) -> bool) -> Self {
        for item in &mut self.items {
            item.taken = taken(item);
        }
        self
    }

    pub(crate) fn of_kind(&self, kind: Kind) -> &[Item<'v>] {
        let start = self.items.partition_point(|item| item.record().kind() < kind);
        let count = self.items[start..].partition_point(|item| item.record().kind() == kind);
        &self.items[start..start + count]
    }
}

/// One order, whatever order things were shown in: what is said comes before where it stood.
fn canonical(a: &Item<'_>, b: &Item<'_>) -> std::cmp::Ordering {
    let key = |item: &Item<'_>| (item.record().kind(), item.dated(), item.record().last_day());
    let worth = |item: &Item<'_>| (item.standing(), item.lasting());
    let place = |item: &Item<'_>| match item.form {
        Form::Pass => (item.issued, None, item.judged.position),
        Form::Credential(id) => (item.issued, Some(id.0), item.judged.position),
    };
    key(a)
        .cmp(&key(b))
        .then_with(|| a.issuer.code().cmp(b.issuer.code()))
        .then_with(|| a.record().to_json().cmp(&b.record().to_json()))
        .then_with(|| worth(a).cmp(&worth(b)))
        .then_with(|| place(a).cmp(&place(b)))
}

/// The lowest level of confidence that it takes to hold all of them together.
fn confidence(shown: &[(usize, &Verified<'_>)]) -> Result<Option<Confidence>, NotOnePerson> {
    if shown.len() < 2 {
        return Ok(None);
    }
    let mut links = Vec::new();
    let mut worst: Option<NotOnePerson> = None;
    for (one, (place, a)) in shown.iter().enumerate() {
        for (two, (other, b)) in shown.iter().enumerate().skip(one + 1) {
            match link(a, b) {
                Ok(confidence) => links.push((one, two, confidence)),
                Err(difference) if worst.as_ref().is_none_or(|worst| difference > worst.difference) => {
                    worst = Some(NotOnePerson { difference, between: (*place, *other) });
                }
                Err(_) => {}
            }
        }
    }
    if let Some(apart) = worst.clone().filter(|worst| worst.difference > Difference::NotEnough) {
        return Err(apart);
    }
    for level in Confidence::ALL {
        // Spread from the first along the links that are at least this sure.
        let mut reached = vec![false; shown.len()];
        reached[0] = true;
        for _ in 1..shown.len() {
            for (one, two, _) in links.iter().filter(|(_, _, confidence)| *confidence >= level) {
                if reached[*one] || reached[*two] {
                    (reached[*one], reached[*two]) = (true, true);
                }
            }
        }
        if reached.iter().all(|reached| *reached) {
            return Ok(Some(level));
        }
    }
    Err(worst.unwrap_or(NotOnePerson { difference: Difference::NotEnough, between: (shown[0].0, shown[1].0) }))
}

fn link(a: &Verified<'_>, b: &Verified<'_>) -> Result<Confidence, Difference> {
    let (mut same_number, mut differs) = (false, false);
    for (regulator, number) in numbers(a) {
        for (_, other) in numbers(b).filter(|(other, _)| *other == regulator) {
            if other == number { same_number = true } else { differs = true }
        }
    }
    // One person may be on two parts of one register.
    if differs && !same_number {
        return Err(Difference::RegistrationNumber);
    }
    let same_birth = match (a.birth_date, b.birth_date) {
        (Some(one), Some(two)) if one != two => return Err(Difference::BirthDate),
        (Some(_), Some(_)) => true,
        _ => false,
    };
    let (one, two) = (a.name.words(), b.name.words());
    let same_name = one == two;
    if !same_name && !part_of(&one, &two) && !part_of(&two, &one) {
        return Err(Difference::Name);
    }
    // One organisation does not mix up its own people; minors have no date of birth in a passport.
    let same_issuer = a.issuer.code() == b.issuer.code() && a.birth_date.is_none() && b.birth_date.is_none();
    match (same_name, same_birth, same_number) {
        (true, true, true) => Ok(Confidence::High),
        (true, true, false) | (false, true, true) => Ok(Confidence::Medium),
        (false, true, false) | (true, false, true) => Ok(Confidence::Low),
        (true, false, false) if same_issuer => Ok(Confidence::Low),
        _ => Err(Difference::NotEnough),
    }
}

/// Whether every word of one name stands in the other.
fn part_of(part: &[String], whole: &[String]) -> bool {
    let mut rest = whole.iter();
    part.iter().all(|word| rest.any(|other| other == word))
}

/// Registration numbers that still stand for something, by regulator.
fn numbers<'v>(verified: &'v Verified<'_>) -> impl Iterator<Item = (String, &'v str)> {
    let stands = |judged: &&Judged| {
        !matches!(judged.standing, Standing::Withdrawn | Standing::NotEntitled | Standing::Superseded)
    };
    verified.records.iter().filter(stands).filter_map(|judged| match &judged.record.content {
        Content::Registration(it) => Some((it.regulator.id(), it.number.as_str())),
        _ => None,
    })
}
