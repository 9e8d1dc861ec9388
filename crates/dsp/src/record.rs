//! Records: which system gives and takes which type, and what becomes of each.

use passport_schema::codes::{Assurance, CodeLists, Pedigree};
use passport_schema::field::Context;
use passport_schema::id::OrganisationCode;
use passport_schema::json::Json;
use passport_schema::json_writer::JsonWriter;
use passport_schema::problem::Problems;
use passport_schema::record::{Content, Identity, Provenance, Record, Source};
use passport_schema::text::Text;
use passport_schema::time::Date;

use crate::checks::{self, Certificate};
use crate::object::{Object, word};
use crate::training::{self, Renewal};
use crate::{employee, screening};

macro_rules! record_types {
    ($($type:ident $name:literal;)*) => {
        /// The types of record that the specification has.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "each is the specification's")]
        pub enum RecordType { $($type),* }

        impl RecordType {
            /// Every type.
            pub const ALL: &[Self] = &[$(Self::$type),*];
            const NAMES: &[(&str, Self)] = &[$(($name, Self::$type)),*];

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

/// The kinds of system that speak the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// A learning management system.
    Learning,
    /// A recruitment system, or a registered body of the Disclosure and Barring Service.
    Recruitment,
    /// An occupational health system.
    OccupationalHealth,
}

impl System {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Learning, Self::Recruitment, Self::OccupationalHealth];

    /// The word in our API and database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Learning => "learning",
            Self::Recruitment => "recruitment",
            Self::OccupationalHealth => "occupational-health",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|system| system.name() == name)
    }

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

/// What a reading needs to know beside the document.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'r> {
    /// Who will issue what is read.
    pub organisation: &'r OrganisationCode,
    /// The day on which it came.
    pub today: Date,
    /// Whose renewal period counts.
    pub renewal: Renewal,
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

/// Reads one record at the current place.
///
/// | Type | Becomes | Of it, nothing is kept of |
/// |---|---|---|
/// | core skills training | training | how it was examined, where our list has no word for it |
/// | right to work; DBS supporting information | an identity check, for that is what they are | images, documents, addresses, numbers |
/// | DBS check outcome | a criminal record check, and a [`Certificate`]; [`Made::Undecided`] if information was disclosed | what was disclosed |
/// | professional registration | a registration, not verified | |
/// | vaccination, clinical test, observation | a screening | the measured result |
pub fn read_record(json: &Json<'_>, reading: &Reading<'_>, context: &mut Context<'_>) -> Option<Received> {
    let mut object = Object::of(json, context)?;
    let record_type = object.required("recordType", |json, context| word(json, context, RecordType::NAMES))?;
    match record_type {
        RecordType::CoreSkillsTraining => training::read(&mut object, reading),
        RecordType::RightToWork => checks::read_right_to_work(&mut object, reading),
        RecordType::DbsCheckSupportingInformation => checks::read_supporting_information(&mut object, reading),
        RecordType::DbsCheckOutcome => checks::read_dbs_outcome(&mut object, reading),
        RecordType::ProfessionalRegistration => checks::read_registration(&mut object, reading),
        RecordType::Vaccination | RecordType::ClinicalTest | RecordType::Observation => {
            screening::read(record_type, &mut object, reading)
        }
    }
}

/// Reads an answer to Get employee records: whose they are, and each record or what is wrong with it.
///
/// # Errors
/// What is wrong with the answer as a whole.
pub fn read_records(
    json: &Json<'_>,
    reading: &Reading<'_>,
    lists: &CodeLists,
) -> Result<(employee::EmployeeId, Vec<Result<Received, Problems>>), Problems> {
    let mut context = Context::new(lists);
    let read = (|| {
        let mut object = Object::of(json, &mut context)?;
        let id = object.required("id", employee::read_id);
        let items = object.required("records", |json, context| match json {
            Json::Array(items) => Some(items),
            _ => context.mismatch("a list", json),
        });
        id.zip(items)
    })();
    let (id, items) = context.finish(read)?;
    let record = |item| {
        let mut context = Context::new(lists);
        let received = read_record(item, reading, &mut context);
        context.finish(received)
    };
    Ok((id, items.iter().map(record).collect()))
}

/// Writes a record in the specification's shape; `None` for what it has no shape for. `person` and
/// `certificate` are for a criminal record check only.
#[must_use]
pub fn write_record(
    record: &Record,
    organisation: &OrganisationCode,
    person: &Identity,
    certificate: Option<&Certificate>,
) -> Option<(RecordType, String)> {
    let mut record_type = None;
    let text = JsonWriter::object_text(|out| {
        record_type = match &record.content {
            Content::Training(it) => training::write(it, organisation, out),
            Content::CriminalRecordCheck(it) => {
                certificate.and_then(|certificate| checks::write_dbs_outcome(it, person, certificate, out))
            }
            Content::Registration(it) => checks::write_registration(it, out),
            Content::Screening(it) => screening::write(it, out),
            _ => None,
        };
    });
    record_type.map(|record_type| (record_type, text))
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
