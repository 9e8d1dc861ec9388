//! Records: what becomes of each type, and what is written of ours.

use passport_schema::codes::CodeLists;
use passport_schema::field::Context;
use passport_schema::id::OrganisationCode;
use passport_schema::json::Json;
use passport_schema::json_writer::JsonWriter;
use passport_schema::problem::Problems;
use passport_schema::record::{Content, Identity, Record};

use crate::object::{Object, word};
use crate::received::{Certificate, Reading, Received, RecordType};
use crate::{checks, employee, screening, training};

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
