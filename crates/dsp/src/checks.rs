//! Checks: evidence of identity, criminal record checks, registrations.

use passport_schema::codes::{BarredLists, Facts, Regulator, Term, number_fits};
use passport_schema::field::{Context, Outcome};
use passport_schema::json::Json;
use passport_schema::json_writer::JsonWriter;
use passport_schema::record::{Content, CriminalRecordCheck, Identity, IdentityCheck, Record, Registration};
use passport_schema::text::Text;
use passport_schema::time::{Date, When};

use crate::object::{Object, date, digits, dropped, flag, name, name_parts, text, text_or_number, word};
use crate::received::{Certificate, Made, Reading, Received, RecordType, named, unverified};

const LEVELS: &[(&str, &str)] = &[
    ("Basic check", "basic"),
    ("Standard check", "standard"),
    ("Enhanced check", "enhanced"),
    ("Enhanced with barred list(s) check", "enhanced-barred-lists"),
];
const WORKFORCES: &[(&str, &str)] = &[("Child", "child"), ("Adult", "adult"), ("Child and Adult", "child-and-adult")];
const PROVIDERS: &[(&str, ())] = &[("Yoti Ltd", ()), ("Digidentity B.V.", ())];

/// Where our word stands in such a table, its own.
fn written<L: passport_schema::codes::ListId>(table: &[(&'static str, &str)], term: &Term<L>) -> Option<&'static str> {
    table.iter().find(|(_, id)| term.is(id)).map(|(word, _)| *word)
}

/// A right to work record is evidence of identity that supports the check; the check itself stays with the
/// employer. So it becomes an identity check.
pub(crate) fn read_right_to_work(object: &mut Object<'_, '_, '_>, reading: &Reading<'_>) -> Option<Received> {
    let images = ["biometricPageImage", "photograph"].map(|image| object.required(image, dropped));
    let expiry = object.required("identityDocumentExpiryDate", date);
    let received = read_identity(object, RecordType::RightToWork, reading);
    images.into_iter().collect::<Option<Vec<_>>>()?;
    expiry?;
    received
}

pub(crate) fn read_supporting_information(object: &mut Object<'_, '_, '_>, reading: &Reading<'_>) -> Option<Received> {
    const LEVELS: &[(&str, ())] = &[("Low", ()), ("Medium", ()), ("High", ()), ("Very high", ())];
    let sound = [
        object.required("currentAddressVerified", flag).map(drop),
        object.required("subjectId", dropped),
        object.optional("currentAddress", dropped).map(drop),
        object.optional("dateOfAddressCheck", date).map(drop),
        object.optional("GPG44level", |json, context| word(json, context, LEVELS)).map(drop),
        object.optional("passportNumber", dropped).map(drop),
        object.optional("passportBirthDate", date).map(drop),
        object.optional("passportNationality", dropped).map(drop),
        object.optional("passportIssuingCountry", dropped).map(drop),
        object.optional("passportIssueDate", date).map(drop),
        object.optional("drivingLicenceNumber", dropped).map(drop),
        object.optional("drivingLicenceBirthDate", date).map(drop),
        object
            .optional("drivingLicenceType", |json, context| word(json, context, &[("Photocard", ()), ("Paper", ())]))
            .map(drop),
        object.optional("drivingLicenceValidFrom", date).map(drop),
        object.optional("drivingLicenceCountry", dropped).map(drop),
    ];
    let received = read_identity(object, RecordType::DbsCheckSupportingInformation, reading);
    sound.into_iter().collect::<Option<Vec<_>>>()?;
    received
}

fn read_identity(object: &mut Object<'_, '_, '_>, record_type: RecordType, reading: &Reading<'_>) -> Option<Received> {
    let names = ["legalFirstName", "legalSurname"].map(|part| object.required(part, name));
    let middle = object.optional("middleNames", name);
    let birth_date = object.required("birthDate", date);
    let verified = object.required("identityVerified", |json, context| {
        let verified = flag(json, context)?;
        context.value(
            verified.then_some(()).ok_or(("wrong-value", "must be true: what was not verified is no check".into())),
        )
    });
    let provider = object.required("evidenceCheckedBy", |json, context| word(json, context, PROVIDERS));
    let checked = object.required("dateOfIdCheck", date);
    let level = object.required("GPG45profile", |json, context| {
        let level = json.as_text().and_then(|text| context.lists.term(&text.trim().to_ascii_lowercase()));
        context.value(level.ok_or(("unknown-code", "must be an identity profile of GPG 45, such as H1A".into())))
    });
    names.into_iter().collect::<Option<Vec<_>>>()?;
    middle?;
    verified?;
    provider?;
    let content = IdentityCheck { outcome: Outcome::Cleared, checked: checked?, level: level? };
    let provenance = named("identity-gpg45-idsp", reading, object.context)?;
    let record = Record { id: None, content: Content::IdentityCheck(content), provenance };
    Some(Received { birth_date: Some(birth_date?), ..Received::of(record_type, record) })
}

pub(crate) fn read_dbs_outcome(object: &mut Object<'_, '_, '_>, reading: &Reading<'_>) -> Option<Received> {
    let names = ["applicantFirstName", "applicantSurname"].map(|part| object.required(part, name));
    let middle = object.required("applicantMiddleNames", dropped);
    let birth_date = object.required("applicantDateOfBirth", date);
    let level = object.required("typeOfDbsCheck", |json, context| word(json, context, LEVELS));
    let adults = object.required("adultsBarredListChecked", flag);
    let children = object.required("childrensBarredListChecked", flag);
    let number = object.required("certificateNumber", |json, context| digits(json, context, 12));
    let issued = object.required("disclosureIssueDate", date);
    let disclosed = object.required("informationDisclosed", flag);
    let workforce = object.optional("workforceType", |json, context| word(json, context, WORKFORCES));
    let body_number = object.required("registeredBodyNumber", |json, context| digits(json, context, 11));
    let body_name = object.required("registeredBodyName", text);
    names.into_iter().collect::<Option<Vec<_>>>()?;
    middle?;
    let (level, workforce) = (level?, workforce?);
    let lists = match (adults?, children?) {
        (false, false) => "none",
        (true, false) => "adults",
        (false, true) => "children",
        (true, true) => "both",
    };
    if (level == "enhanced-barred-lists") == (lists == "none") {
        let detail = "an enhanced check with barred lists names which; no other check looks at them";
        object.context.at("typeOfDbsCheck", |context| context.problem("barred-lists", detail));
        return None;
    }
    // A basic check is for no workforce; of the others it has to be said.
    let workforce = workforce.or((level == "basic").then_some("other"));
    let Some(workforce) = workforce else {
        object
            .context
            .at("workforceType", |context| context.problem("missing-field", "is needed for this type of check"));
        return None;
    };
    let content = CriminalRecordCheck {
        outcome: Outcome::Cleared,
        issued: issued?,
        level: object.context.lists.term(level)?,
        workforce: object.context.lists.term(workforce)?,
        barred_lists: object.context.lists.term(lists)?,
        update_service: None,
    };
    let provenance = named("dbs-certificate-seen", reading, object.context)?;
    let record = Record { id: None, content: Content::CriminalRecordCheck(content), provenance };
    let certificate =
        Certificate { number: number?, body_number: body_number?, body_name: body_name?.as_str().to_owned() };
    let made = if disclosed? { Made::Undecided } else { Made::Record(record.into()) };
    Some(Received {
        record_type: RecordType::DbsCheckOutcome,
        birth_date: Some(birth_date?),
        certificate: Some(certificate).filter(|_| made != Made::Undecided),
        made,
        undated: false,
    })
}

pub(crate) fn write_dbs_outcome(
    it: &CriminalRecordCheck,
    person: &Identity,
    certificate: &Certificate,
    out: &mut JsonWriter,
) -> Option<RecordType> {
    let level = written(LEVELS, &it.level)?;
    let workforce = written(WORKFORCES, &it.workforce);
    // The specification has no other workforce, and no date of birth that is not known.
    let (birth_date, basic) = (person.birth_date?, it.level.is("basic"));
    if it.outcome != Outcome::Cleared || (workforce.is_none() && !basic) {
        return None;
    }
    let (first, middle, surname) = name_parts(person.name.as_str());
    let listed = |lists: &Term<BarredLists>, one: &str| lists.is(one) || lists.is("both");
    out.key("recordType").plain(RecordType::DbsCheckOutcome.name());
    out.key("applicantFirstName").text(first);
    out.key("applicantMiddleNames").text(&middle);
    out.key("applicantSurname").text(surname);
    out.key("applicantDateOfBirth").plain(birth_date);
    out.key("typeOfDbsCheck").plain(level);
    out.key("adultsBarredListChecked").bool(listed(&it.barred_lists, "adults"));
    out.key("childrensBarredListChecked").bool(listed(&it.barred_lists, "children"));
    out.key("certificateNumber").plain(&certificate.number);
    out.key("disclosureIssueDate").plain(it.issued);
    // Only a check that disclosed nothing is taken in from this API.
    out.key("informationDisclosed").bool(false);
    if let Some(workforce) = workforce {
        out.key("workforceType").plain(workforce);
    }
    out.key("registeredBodyNumber").plain(&certificate.body_number);
    out.key("registeredBodyName").text(&certificate.body_name);
    Some(RecordType::DbsCheckOutcome)
}

pub(crate) fn read_registration(object: &mut Object<'_, '_, '_>, reading: &Reading<'_>) -> Option<Received> {
    let regulator = object.required("professionalBody", read_regulator);
    let number = object.required("registrationNumber", |json, context| {
        let number = text_or_number(json, context)?.to_ascii_uppercase();
        context.value(Text::parse(&number))
    });
    let first_registered = object.optional("registrationDate", date);
    let until = object.optional("expiryDate", date);
    let revalidation_due = object.optional("revalidationDate", date);
    let checked = object.required("registrationCheckDate", date);
    let (regulator, number) = (regulator?, number?);
    if let Some(Facts::Regulator { masks, .. }) = regulator.entry().map(|entry| &entry.facts)
        && !number_fits(masks, number.as_str())
    {
        let detail = format!(
            "is not a number of the {}; its numbers look like {}, and leading zeros need a text",
            regulator.title(),
            masks.join(" or ")
        );
        object.context.at("registrationNumber", |context| context.problem("registration-number", detail));
        return None;
    }
    let content = Registration {
        regulator,
        number,
        status: object.context.lists.term("registered")?,
        checked: checked?,
        until: until?,
        part: None,
        conditions: None,
        first_registered: first_registered?.map(When::Day),
        revalidation_due: revalidation_due?,
        licence_to_practise: None,
    };
    let provenance = unverified(reading, object.context)?;
    let record = Record { id: None, content: Content::Registration(content), provenance };
    Some(Received::of(RecordType::ProfessionalRegistration, record))
}

/// Every regulator by its name: the specification's four, and those that it could not carry.
fn read_regulator(json: &Json<'_>, context: &mut Context<'_>) -> Option<Term<Regulator>> {
    let lists = context.lists;
    let wanted = json.as_text().unwrap_or_default().trim();
    let entry = lists.entries::<Regulator>().find(|entry| entry.title.eq_ignore_ascii_case(wanted));
    let term = entry.and_then(|entry| lists.term(&entry.id));
    context.value(term.ok_or_else(|| {
        let known: Vec<_> = lists.entries::<Regulator>().map(|entry| entry.title.as_str()).collect();
        ("unknown-code", format!("must be one of {}", known.join(", ")))
    }))
}

/// A number of digits without a leading zero is written as a number, as the specification types it; any
/// other as a text, which is the only way that it can be carried.
pub(crate) fn write_registration(it: &Registration, out: &mut JsonWriter) -> Option<RecordType> {
    let regulator = it.regulator.entry()?;
    if !it.status.is("registered") || it.conditions.is_some() {
        return None;
    }
    out.key("recordType").plain(RecordType::ProfessionalRegistration.name());
    out.key("professionalBody").text(&regulator.title);
    let number = it.number.as_str();
    match number.parse::<i64>() {
        Ok(value) if value.to_string() == number => out.key("registrationNumber").int(value),
        _ => out.key("registrationNumber").text(number),
    }
    let whole = |when: When| match when {
        When::Day(date) => Some(date),
        When::Month(..) | When::Year(_) => None,
    };
    let dates: [(&str, Option<Date>); 4] = [
        ("registrationDate", it.first_registered.and_then(whole)),
        ("expiryDate", it.until),
        ("revalidationDate", it.revalidation_due),
        ("registrationCheckDate", Some(it.checked)),
    ];
    for (name, date) in dates {
        if let Some(date) = date {
            out.key(name).plain(date);
        }
    }
    Some(RecordType::ProfessionalRegistration)
}
