//! Coded values, and the lists that they are of.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::Entry;
use crate::text::Text;

/// Names a code list at compile time.
pub trait ListId: 'static {
    /// The list's name in the data files.
    const NAME: &'static str;
    /// Its place among the lists.
    const INDEX: usize;
    /// Whether a value outside the list may be written as `local:` and a text.
    const OPEN: bool;
}

macro_rules! lists {
    ($($(#[$doc:meta])* $marker:ident = $name:literal $open:literal;)*) => {
        mod index { pub(super) enum Index { $($marker),* } }
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq)]
            pub enum $marker {}
            impl ListId for $marker {
                const NAME: &'static str = $name;
                const INDEX: usize = index::Index::$marker as usize;
                const OPEN: bool = $open;
            }
        )*
        pub(super) const NAMES: &[&str] = &[$($name),*];
    };
}

lists! {
    /// Training subjects, by framework, level and competency.
    Subject = "subjects" true;
    /// Clinical competencies.
    Competency = "competencies" true;
    /// Roles.
    Role = "roles" true;
    /// Professional regulators.
    Regulator = "regulators" false;
    /// Identity profiles (GPG 45).
    IdentityLevel = "identity-level" false;
    /// On what right to work rests.
    RightToWorkBasis = "right-to-work-basis" false;
    /// Register status.
    RegisterStatus = "register-status" false;
    /// Level of a criminal record check.
    DbsLevel = "dbs-level" false;
    /// Workforce of a criminal record check.
    DbsWorkforce = "dbs-workforce" false;
    /// Barred lists that were checked.
    BarredLists = "barred-lists" false;
    /// Kinds of work health clearance.
    HealthClearance = "health-clearance" false;
    /// Screenings and vaccinations.
    Screening = "screening" true;
    /// Results of a screening.
    ScreeningResult = "screening-result" false;
    /// Level of independence.
    Independence = "independence" false;
    /// Setting and patient group.
    Setting = "setting" false;
    /// Theory, practice or both.
    Aspect = "aspect" false;
    /// Role of an assessor.
    AssessorRole = "assessor-role" true;
    /// How a competency was assessed.
    AssessmentMethod = "assessment-method" false;
    /// How a fact was verified.
    VerificationMethod = "verification-method" false;
    /// Staff groups.
    StaffGroup = "staff-group" false;
    /// Kinds of assignment.
    AssignmentCategory = "assignment-category" false;
    /// State of a preceptorship.
    PreceptorshipStatus = "preceptorship-status" false;
    /// Kinds of preceptorship.
    PreceptorshipProgramme = "preceptorship-programme" false;
    /// Qualifications.
    Qualification = "qualification" true;
    /// How something was learned.
    LearningMethod = "learning-method" false;
    /// Kinds of organisation.
    OrganisationKind = "organisation-kind" false;
    /// Why somebody moves.
    Purpose = "purposes" false;
    /// Why a status was changed.
    StatusReason = "status-reason" false;
}

/// A coded value of the list `L`.
pub struct Term<L>(Value, PhantomData<L>);

#[derive(Clone)]
pub(super) enum Value {
    Listed(Arc<Entry>),
    Local(Text),
    Unknown(u16),
}

impl<L: ListId> Term<L> {
    pub(super) fn of(value: Value) -> Self {
        Self(value, PhantomData)
    }

    /// A value that no list has, in an open list; its text in credentials is `local:` and this.
    #[must_use]
    pub fn local(text: Text) -> Self {
        Self::of(Value::Local(text))
    }

    /// The row, if the value is in the list that was at hand when it was read.
    #[must_use]
    pub fn entry(&self) -> Option<&Arc<Entry>> {
        if let Value::Listed(entry) = &self.0 { Some(entry) } else { None }
    }

    /// The text outside the list, for an open list.
    #[must_use]
    pub fn as_local(&self) -> Option<&Text> {
        if let Value::Local(text) = &self.0 { Some(text) } else { None }
    }

    /// The number of a value that a pass names and the list at hand does not have (yet).
    #[must_use]
    pub fn unknown_code(&self) -> Option<u16> {
        if let Value::Unknown(code) = self.0 { Some(code) } else { None }
    }

    /// The text in credentials.
    #[must_use]
    pub fn id(&self) -> String {
        match &self.0 {
            Value::Listed(entry) => entry.id.clone(),
            Value::Local(text) => format!("local:{}", text.as_str()),
            Value::Unknown(code) => format!("unknown:{code}"),
        }
    }

    /// Whether this is the listed value with that id.
    #[must_use]
    pub fn is(&self, id: &str) -> bool {
        self.entry().is_some_and(|entry| entry.id == id)
    }

    /// For people.
    #[must_use]
    pub fn title(&self) -> String {
        match &self.0 {
            Value::Listed(entry) => entry.title.clone(),
            Value::Local(text) => text.as_str().to_owned(),
            Value::Unknown(code) => {
                format!("number {code} of the list of {}s, which this verifier does not know yet", L::NAME)
            }
        }
    }
}

impl<L> Clone for Term<L> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}

impl<L> PartialEq for Term<L> {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Value::Listed(one), Value::Listed(two)) => Arc::ptr_eq(one, two) || one.id == two.id,
            (Value::Local(one), Value::Local(two)) => one == two,
            (Value::Unknown(one), Value::Unknown(two)) => one == two,
            _ => false,
        }
    }
}

impl<L> Eq for Term<L> {}

impl<L: ListId> fmt::Debug for Term<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id())
    }
}
