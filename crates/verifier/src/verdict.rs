//! What a verifier says: of the pass or credential, and of each record in it.

use std::collections::BTreeMap;

use passport_schema::id::{Id, KeyId, OrganisationCode};
use passport_schema::record::{Kind, Record};
use passport_schema::status::FRESH_FOR;
use passport_schema::text::Name;
use passport_schema::time::{Date, Timestamp};

use crate::bundle::Issuer;
use crate::error::{Error, Rank};

/// What a receiver decides for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// How long what is known of a status counts as fresh, in seconds.
    pub fresh_for: i64,
    /// Whether a record still counts when the status is older than that but has not expired;
    /// kinds that are not named here go by [`Kind::tolerates_stale_status`].
    pub accept_stale: BTreeMap<Kind, bool>,
}

impl Default for Policy {
    fn default() -> Self {
        Self { fresh_for: FRESH_FOR, accept_stale: BTreeMap::new() }
    }
}

impl Policy {
    pub(crate) fn accepts_stale(&self, kind: Kind) -> bool {
        self.accept_stale.get(&kind).copied().unwrap_or_else(|| kind.tolerates_stale_status())
    }
}

/// Whether to rely on a pass or credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decision {
    /// It says what its issuer signed, and stands.
    Accepted,
    /// It may be good, but that cannot be told from here and now.
    CannotTell,
    /// It must not be relied on.
    Refused,
}

impl Decision {
    /// The word in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::CannotTell => "cannot-tell",
            Self::Refused => "refused",
        }
    }

    fn of(reasons: &[Error]) -> Self {
        match reasons.iter().map(Error::rank).max() {
            Some(Rank::Refusal) => Self::Refused,
            Some(Rank::CannotTell) => Self::CannotTell,
            Some(Rank::Remark) | None => Self::Accepted,
        }
    }
}

/// What one record is worth, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Its issuer has withdrawn it.
    Withdrawn,
    /// Its issuer has suspended it.
    Suspended,
    /// Its issuer may not attest it.
    NotEntitled,
    /// Its status, or its meaning, cannot be told.
    CannotTell,
    /// It says that something is not so, or not yet: a check in progress, a registration that is
    /// suspended, a job that has not begun.
    NotSo,
    /// Its last day has passed.
    Expired,
    /// Something newer has taken its place.
    Superseded,
    /// It counts, though what is known of its status is old.
    Stale,
    /// It counts.
    Counts,
}

impl Standing {
    /// Whether the record can be relied on.
    #[must_use]
    pub fn counts(self) -> bool {
        matches!(self, Self::Counts | Self::Stale)
    }

    /// The word in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Withdrawn => "withdrawn",
            Self::Suspended => "suspended",
            Self::NotEntitled => "not-entitled",
            Self::CannotTell => "cannot-tell",
            Self::NotSo => "not-so",
            Self::Expired => "expired",
            Self::Superseded => "superseded",
            Self::Stale => "stale",
            Self::Counts => "counts",
        }
    }
}

/// In which form it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A pass, `SP1:…`.
    Pass,
    /// A credential, `vc+jwt`.
    Credential(Id),
}

/// How strongly it is bound to whoever shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Binding {
    /// Not at all: whoever holds the paper, picture or file can show it. Match photo ID.
    Paper,
}

impl Binding {
    /// The word in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Paper => "paper",
        }
    }
}

/// One record, judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    pub(crate) record: Record,
    pub(crate) position: usize,
    pub(crate) standing: Standing,
    pub(crate) lasting: Standing,
}

impl Judged {
    /// The record.
    #[must_use]
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Its place in the pass or credential, from 1: what a pass has for an id.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }

    /// What it is worth.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// What it is worth to a receiver who counts its own period instead of the issuer's, and asks about
    /// days when a job or placement has begun.
    #[must_use]
    pub fn standing_apart_from_its_end(&self) -> Standing {
        self.lasting
    }
}

/// A pass or credential whose signature fits, by a key that its issuer may use. Only a
/// [`crate::Verifier`] makes one.
#[derive(Debug, Clone)]
pub struct Verified<'b> {
    pub(crate) form: Form,
    pub(crate) issuer: &'b Issuer,
    pub(crate) key: KeyId,
    pub(crate) name: Name,
    pub(crate) birth_date: Option<Date>,
    pub(crate) issued: Timestamp,
    /// When it was first shown, if that is known; else when it was issued.
    pub(crate) seen: Timestamp,
    pub(crate) expires: Timestamp,
    pub(crate) as_of: Option<Timestamp>,
    pub(crate) records: Vec<Judged>,
}

impl<'b> Verified<'b> {
    /// In which form it came.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// Who vouches for it, by the trust list.
    #[must_use]
    pub fn issuer(&self) -> &'b Issuer {
        self.issuer
    }

    /// The key that signed it.
    #[must_use]
    pub fn key(&self) -> KeyId {
        self.key
    }

    /// Whom it is about, by the name that they use.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// Their date of birth, where it is given.
    #[must_use]
    pub fn birth_date(&self) -> Option<Date> {
        self.birth_date
    }

    /// When it was signed.
    #[must_use]
    pub fn issued(&self) -> Timestamp {
        self.issued
    }

    /// When it is void.
    #[must_use]
    pub fn expires(&self) -> Timestamp {
        self.expires
    }

    /// As of when its status is known; `None` when the bundle has nothing on it.
    #[must_use]
    pub fn as_of(&self) -> Option<Timestamp> {
        self.as_of
    }

    /// How strongly it is bound to whoever shows it.
    #[must_use]
    pub fn binding(&self) -> Binding {
        Binding::Paper
    }

    /// Its records, worst first.
    #[must_use]
    pub fn records(&self) -> &[Judged] {
        &self.records
    }
}

/// What a verifier says of one pass or credential.
#[derive(Debug, Clone)]
pub struct Verdict<'b> {
    pub(crate) reasons: Vec<Error>,
    pub(crate) verified: Option<Verified<'b>>,
}

impl<'b> Verdict<'b> {
    pub(crate) fn refused(error: Error) -> Self {
        Self { reasons: vec![error], verified: None }
    }

    /// Whether to rely on it.
    #[must_use]
    pub fn decision(&self) -> Decision {
        Decision::of(&self.reasons)
    }

    /// Why, worst first; empty when there is nothing to say.
    #[must_use]
    pub fn reasons(&self) -> &[Error] {
        &self.reasons
    }

    /// What it says; `None` when it is refused, so that nobody takes claims for facts.
    #[must_use]
    pub fn verified(&self) -> Option<&Verified<'b>> {
        self.verified.as_ref()
    }

    /// The issuer's code, if what it says may be shown.
    #[must_use]
    pub fn issuer_code(&self) -> Option<&'b OrganisationCode> {
        self.verified.as_ref().map(|verified| verified.issuer.code())
    }
}

/// Several verdicts about one person, read together.
#[derive(Debug, Clone)]
pub struct Answer<'v, 'b> {
    verdicts: &'v [Verdict<'b>],
    reasons: Vec<Error>,
}

impl<'v, 'b> Answer<'v, 'b> {
    /// Reads verdicts together. Each kind in `required` must have a record that counts in one of them.
    #[must_use]
    pub fn new(verdicts: &'v [Verdict<'b>], required: &[Kind]) -> Self {
        let mut reasons: Vec<Error> = verdicts.iter().flat_map(|verdict| verdict.reasons.iter().cloned()).collect();
        if verdicts.is_empty() {
            reasons.push(Error::NotAPassport);
        }
        let shown: Vec<_> = verdicts.iter().filter_map(Verdict::verified).collect();
        if shown.len() > 1 && crate::Person::join(verdicts).is_err() {
            reasons.push(Error::DifferentPeople);
        }
        for kind in required {
            let standings = shown.iter().flat_map(|verified| &verified.records);
            let best = standings
                .filter(|judged| judged.record.kind() == *kind)
                .map(|judged| judged.standing)
                .max_by_key(|standing| (standing.counts(), *standing == Standing::CannotTell));
            match best {
                Some(standing) if standing.counts() => {}
                Some(Standing::CannotTell) => reasons.push(Error::RequiredUnclear { kind: *kind }),
                _ => reasons.push(Error::RequiredMissing { kind: *kind }),
            }
        }
        reasons.sort_by_key(|reason| std::cmp::Reverse(reason.rank()));
        Self { verdicts, reasons }
    }

    /// The worst of all.
    #[must_use]
    pub fn decision(&self) -> Decision {
        Decision::of(&self.reasons)
    }

    /// Why, worst first.
    #[must_use]
    pub fn reasons(&self) -> &[Error] {
        &self.reasons
    }

    /// The verdicts that were read together.
    #[must_use]
    pub fn verdicts(&self) -> &'v [Verdict<'b>] {
        self.verdicts
    }
}
