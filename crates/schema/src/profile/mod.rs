//! A role profile: what a receiving organisation asks of whoever is to work in a role, as versioned
//! data that it publishes under its own name.
//!
//! Written as JSON (or YAML, which the programs turn into JSON). What contradicts itself is refused
//! with its place; see [`Profile::parse`]. [`schema`] is its JSON Schema.

mod read;
mod schema;

use std::collections::BTreeSet;
use std::fmt;

pub use self::schema::schema;
use crate::codes::{
    AssignmentCategory, BarredLists, CodeLists, Competency, DbsLevel, DbsWorkforce, Facts, HealthClearance,
    IdentityLevel, Independence, PreceptorshipProgramme, PreceptorshipStatus, Purpose, Qualification, RegisterStatus,
    Regulator, Role, Screening, ScreeningResult, Setting, Subject, Term,
};
use crate::id::OrganisationCode;
use crate::record::Kind;
use crate::text::Text;
use crate::time::Period;

/// What a host's confirmation names when it is about who somebody is; no requirement may be called so.
pub const SAME_PERSON: &str = "same-person";
/// The most days after the first within which something may still be done.
pub const MAX_DUE_DAYS: u16 = 92;
/// Requirements of one profile.
pub const MAX_REQUIREMENTS: usize = 100;
/// Parts of one composite requirement.
pub const MAX_PARTS: usize = 12;
/// Composites within composites.
pub const MAX_DEPTH: usize = 3;
/// Longest profile, in bytes.
pub const MAX_PROFILE: usize = 128 * 1024;

/// A role profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Which one.
    pub name: ProfileName,
    /// What the role is called here.
    pub title: Text,
    /// The role.
    pub role: Term<Role>,
    /// Why somebody may come to work in it.
    pub purposes: Vec<Term<Purpose>>,
    /// Which trainings stand for lower ones.
    pub levels: Vec<LevelRule>,
    /// What is asked.
    pub requirements: Vec<Requirement>,
}

/// Which profile: whose, its short name, and its version, from 1.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ProfileName {
    /// The receiving organisation that wrote it.
    pub owner: OrganisationCode,
    /// Lower-case words with hyphens, such as `adult-icu-nurse`.
    pub name: String,
    /// Its version; each change makes a new one.
    pub version: u32,
}

impl fmt::Display for ProfileName {
    /// `RTD/adult-icu-nurse, version 2`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}, version {}", self.owner, self.name, self.version)
    }
}

/// Trainings that count as a lower one too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LevelRule {
    /// The lower one.
    pub subject: Term<Subject>,
    /// What stands for it.
    pub covered_by: Vec<Term<Subject>>,
}

/// One thing that is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// Short, and its own within the profile: decisions name it.
    pub id: String,
    /// For people; made from the rule when it is absent.
    pub title: Option<Text>,
    /// What it asks for.
    pub rule: Rule,
    /// What a receiver may do with a fitting record.
    pub acceptance: Acceptance,
    /// The purposes for which it is asked; all of the profile's when empty.
    pub purposes: Vec<Term<Purpose>>,
    /// Days after the first day within which what is left to do here may still be done.
    pub due_days: u16,
    /// How long a live check or something done here holds; the whole placement when absent.
    pub recheck: Option<Period>,
    /// Why it is asked.
    pub reason: Text,
    /// Where that is laid down.
    pub source: Text,
}

/// What fits, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What fits.
    pub needs: Needs,
    /// How old it may be on the first day.
    pub freshness: Option<Period>,
    /// Whose idea of its end applies.
    pub renewal: Renewal,
}

/// Whose idea of a record's end applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// The issuer's.
    Issuer,
    /// The receiver's: so long after the day on which it came about, whatever its issuer says.
    Receiver(Period),
    /// It does not end.
    Never,
}

/// What a receiver may do with a fitting record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acceptance {
    /// Rely on it.
    Rely,
    /// Use it to look something up: it proves nothing about today.
    CheckLive,
    /// Know from it, and do it here all the same.
    DoLocally,
}

impl Acceptance {
    /// Every class.
    pub const ALL: [Self; 3] = [Self::Rely, Self::CheckLive, Self::DoLocally];

    /// The word in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rely => "rely",
            Self::CheckLive => "check-live",
            Self::DoLocally => "do-locally",
        }
    }
}

/// What fits a rule. Where a list of accepted values is empty, any value fits.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "fields are named as in records")]
pub enum Needs {
    /// A training in a subject, or in one that covers it; where hours count, so many within a window.
    Training { subject: Term<Subject>, hours: Option<Hours> },
    /// An identity check.
    IdentityCheck { levels: Vec<Term<IdentityLevel>> },
    /// A right to work check.
    RightToWork,
    /// An entry in a register with one of these statuses; for a doctor perhaps with a licence to practise.
    Registration { regulator: Term<Regulator>, statuses: Vec<Term<RegisterStatus>>, licence: bool },
    /// A criminal record check.
    CriminalRecordCheck {
        levels: Vec<Term<DbsLevel>>,
        workforces: Vec<Term<DbsWorkforce>>,
        barred_lists: Vec<Term<BarredLists>>,
    },
    /// References that cover so many months.
    Reference { months: u16 },
    /// A work health clearance.
    HealthClearance { clearances: Vec<Term<HealthClearance>> },
    /// A screening or vaccination with one of these results.
    Screening { item: Term<Screening>, results: Vec<Term<ScreeningResult>> },
    /// A competency: all of these elements, in theory and practice.
    Competency {
        competency: Term<Competency>,
        elements: Vec<u16>,
        independence: Vec<Term<Independence>>,
        settings: Vec<Term<Setting>>,
        /// Whether one supervised episode here makes up for practice that is missing or too old.
        practice_here: bool,
    },
    /// A qualification.
    Qualification { title: Term<Qualification> },
    /// A preceptorship that has come so far.
    Preceptorship { programmes: Vec<Term<PreceptorshipProgramme>>, statuses: Vec<Term<PreceptorshipStatus>> },
    /// A job.
    Employment { roles: Vec<Term<Role>>, categories: Vec<Term<AssignmentCategory>> },
    /// A placement.
    Placement { roles: Vec<Term<Role>> },
    /// Every part.
    AllOf(Vec<Rule>),
    /// One of the parts.
    AnyOf(Vec<Rule>),
    /// Nothing that a passport could hold: it is done here, such as a local induction.
    Local,
}

/// Hours of training within a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// At least so many.
    pub at_least: u16,
    /// Within so long before any day of the placement.
    pub within: Period,
}

impl Needs {
    /// The kind of record that can fit; `None` for composites and what is done here.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        Some(match self {
            Self::Training { .. } => Kind::Training,
            Self::IdentityCheck { .. } => Kind::IdentityCheck,
            Self::RightToWork => Kind::RightToWork,
            Self::Registration { .. } => Kind::Registration,
            Self::CriminalRecordCheck { .. } => Kind::CriminalRecordCheck,
            Self::Reference { .. } => Kind::Reference,
            Self::HealthClearance { .. } => Kind::HealthClearance,
            Self::Screening { .. } => Kind::Screening,
            Self::Competency { .. } => Kind::Competency,
            Self::Qualification { .. } => Kind::Qualification,
            Self::Preceptorship { .. } => Kind::Preceptorship,
            Self::Employment { .. } => Kind::Employment,
            Self::Placement { .. } => Kind::Placement,
            Self::AllOf(_) | Self::AnyOf(_) | Self::Local => return None,
        })
    }

    /// The parts of a composite.
    #[must_use]
    pub fn parts(&self) -> &[Rule] {
        match self {
            Self::AllOf(parts) | Self::AnyOf(parts) => parts,
            _ => &[],
        }
    }

    fn gather_kinds(&self, kinds: &mut BTreeSet<Kind>) {
        kinds.extend(self.kind());
        self.parts().iter().for_each(|part| part.needs.gather_kinds(kinds));
    }

    fn gather_subjects<'n>(&'n self, subjects: &mut Vec<&'n Term<Subject>>) {
        if let Self::Training { subject, .. } = self {
            subjects.push(subject);
        }
        self.parts().iter().for_each(|part| part.needs.gather_subjects(subjects));
    }
}

impl Requirement {
    /// Whether it is asked for this purpose.
    #[must_use]
    pub fn applies_to(&self, purpose: &Term<Purpose>) -> bool {
        self.purposes.is_empty() || self.purposes.contains(purpose)
    }
}

impl Profile {
    /// A purpose of this profile by its id, or its first; `None` when it is not for that purpose.
    #[must_use]
    pub fn purpose(&self, wanted: Option<&str>, lists: &CodeLists) -> Option<Term<Purpose>> {
        let purpose = match wanted {
            Some(id) => lists.term(id),
            None => self.purposes.first().cloned(),
        };
        purpose.filter(|purpose| self.purposes.contains(purpose))
    }

    /// What is asked for a purpose, in the profile's order.
    pub fn requirements_for<'p>(&'p self, purpose: &'p Term<Purpose>) -> impl Iterator<Item = &'p Requirement> {
        self.requirements.iter().filter(|requirement| requirement.applies_to(purpose))
    }

    /// The kinds of record that a passport must hold to answer for a purpose, identity among them.
    #[must_use]
    pub fn kinds_for(&self, purpose: &Term<Purpose>) -> BTreeSet<Kind> {
        let mut kinds = BTreeSet::from([Kind::Identity]);
        self.requirements_for(purpose).for_each(|requirement| requirement.rule.needs.gather_kinds(&mut kinds));
        kinds
    }

    /// Trainings that fit where `subject` is asked: itself, and what covers it.
    pub fn accepted<'p>(&'p self, subject: &'p Term<Subject>) -> impl Iterator<Item = &'p Term<Subject>> {
        let covering = self.levels.iter().filter(move |rule| rule.subject == *subject);
        std::iter::once(subject).chain(covering.flat_map(|rule| &rule.covered_by))
    }
}

/// The kinds among `asked` that go beyond what a profile needs for a purpose, or beyond what is usual
/// for that purpose: whoever asks for them should be able to say why.
#[must_use]
pub fn over_asking(profile: &Profile, purpose: &Term<Purpose>, asked: &BTreeSet<Kind>) -> BTreeSet<Kind> {
    let needed = profile.kinds_for(purpose);
    let usual = match purpose.entry().map(|entry| &entry.facts) {
        Some(Facts::Purpose { kinds }) => kinds.as_slice(),
        _ => &[],
    };
    let fair = |kind: &Kind| {
        *kind == Kind::Identity || (needed.contains(kind) && usual.iter().any(|name| name == kind.name()))
    };
    asked.iter().copied().filter(|kind| !fair(kind)).collect()
}
