//! What other systems give and take, and what is received of it.

use passport_schema::codes::{Assurance, Pedigree};
use passport_schema::field::Context;
use passport_schema::id::OrganisationCode;
use passport_schema::names;
use passport_schema::record::{Provenance, Record, Source};
use passport_schema::text::Text;
use passport_schema::time::Date;
use serde::{Deserialize, Serialize};

macro_rules! record_types {
    ($($type:ident $name:literal;)*) => {
        /// The types of record that the specification has.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "each is the specification's")]
        pub enum RecordType { $($type),* }

        impl RecordType {
            /// Every type.
            pub const ALL: &[Self] = &[$(Self::$type),*];
            pub(crate) const NAMES: &[(&str, Self)] = &[$(($name, Self::$type)),*];

            /// Its `recordType`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$type => $name),* }
            }
        }
    };
}

record_types! {
    CoreSkillsTraining "CoreSkillsTraining";
    RightToWork "RightToWork";
    DbsCheckSupportingInformation "DBSCheckSupportingInformation";
    DbsCheckOutcome "DBSCheckOutcome";
    ProfessionalRegistration "ProfessionalRegistration";
    Vaccination "Vaccination";
    ClinicalTest "ClinicalTest";
    Observation "Observation";
}

impl RecordType {
    /// The type with that `recordType`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, it)| *it)
    }
}

names! {
    /// The kinds of system that speak the specification.
    System {
        /// A learning management system.
        Learning = "learning",
        /// A recruitment system, or a registered body of the Disclosure and Barring Service.
        Recruitment = "recruitment",
        /// An occupational health system.
        OccupationalHealth = "occupational-health",
    }
}

impl System {
    /// What it gives (Get employee records).
    #[must_use]
    pub fn gives(self) -> &'static [RecordType] {
        match self {
            Self::Learning => &[RecordType::CoreSkillsTraining],
            Self::Recruitment => &[RecordType::DbsCheckOutcome],
            Self::OccupationalHealth => &[RecordType::Vaccination, RecordType::ClinicalTest, RecordType::Observation],
        }
    }

    /// What it takes (Add an employee record), of what can be written from records of ours: the two types
    /// that carry evidence of identity need images and numbers that are not kept.
    #[must_use]
    pub fn takes(self) -> &'static [RecordType] {
        match self {
            Self::Recruitment => &[RecordType::DbsCheckOutcome, RecordType::ProfessionalRegistration],
            other => other.gives(),
        }
    }
}

/// Whose renewal period counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// The sender's: its learning system is our own organisation's.
    Theirs,
    /// The usual one of our list: whoever receives a core skill counts its own period, and ignores the
    /// period and the end that came with it.
    Ours,
}

/// What a reading needs to know beside the document.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'r> {
    /// Who will issue what is read: not named in it as who awarded it. `None` when that is not known.
    pub organisation: Option<&'r OrganisationCode>,
    /// The day on which it came.
    pub today: Date,
    /// Whose renewal period counts.
    pub renewal: Renewal,
}

/// What a DBS check outcome says beside what a record of ours holds. It is for the issuing side only: no
/// credential has any of it. Whether information was disclosed is not part of it, and not kept anywhere.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Its number: 12 digits.
    pub number: String,
    /// The number of the registered body: 11 digits.
    pub body_number: String,
    /// Its name.
    pub body_name: String,
}

/// So that a number cannot reach a log by accident.
impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Certificate(…)")
    }
}

/// What a record came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Made {
    /// A record of ours.
    Record(Box<Record>),
    /// Nothing by itself: somebody has to look at it, because it does not say that it is accepted.
    Undecided,
}

/// A record that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Its type.
    pub record_type: RecordType,
    /// The date of birth that it names, to be held against the person's.
    pub birth_date: Option<Date>,
    /// What it came to.
    pub made: Made,
    /// What a record of a criminal record check does not hold, and a recruitment system asks for.
    pub certificate: Option<Certificate>,
    /// Whether it named no day, so that it is dated to the one on which it came.
    pub undated: bool,
}

impl Received {
    pub(crate) fn of(record_type: RecordType, record: Record) -> Self {
        Self { record_type, birth_date: None, made: Made::Record(record.into()), certificate: None, undated: false }
    }
}

/// A provenance block by its id in the list.
pub(crate) fn named(id: &str, reading: &Reading<'_>, context: &mut Context<'_>) -> Option<Provenance> {
    let row = context.lists.assurances().iter().find(|row| row.id == id).cloned();
    let row = row.ok_or_else(|| ("unknown-code", format!("the list of assurances does not have {id}")));
    Some(Provenance { assurance: Source::Assurance(context.value(row)?), provider: None, refreshed: reading.today })
}

/// That another system says so and nobody has looked.
pub(crate) fn unverified(reading: &Reading<'_>, context: &mut Context<'_>) -> Option<Provenance> {
    let text = |text| Text::parse(text).ok();
    let assurance = Assurance {
        code: 0,
        id: String::new(),
        origin: text("Another employer's system")?,
        policy: text("Digital Staff Passport API")?,
        outcome: text("As sent, to be looked up")?,
        verifier: text("Nobody")?,
        method: context.lists.term("not-verified")?,
        pedigree: Pedigree::Sourced,
    };
    Some(Provenance { assurance: Source::Assurance(assurance.into()), provider: None, refreshed: reading.today })
}
