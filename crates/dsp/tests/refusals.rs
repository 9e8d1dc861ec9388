//! What is refused of records and events, by code and place.

use passport_dsp::{Event, Made, Reading, Received, Renewal, read_record, write_record};
use passport_schema::codes::CodeLists;
use passport_schema::field::Context;
use passport_schema::id::OrganisationCode;
use passport_schema::json::Json;
use passport_schema::problem::Problems;
use passport_schema::record::{Content, Identity};
use passport_schema::text::Name;
use passport_schema::time::Date;
use serde_json::{Map, Value, json};

fn ours(name: &str) -> Value {
    let all: Map<String, Value> = serde_json::from_str(include_str!("ours.json")).unwrap();
    all[name].clone()
}

fn add(record_type: &str) -> Value {
    ours(&format!("AddEmployeeRecordRequest{record_type}.json"))
}

fn read_as(value: &Value, renewal: Renewal) -> Result<Received, Problems> {
    let lists = CodeLists::embedded();
    let organisation = OrganisationCode::parse("RTD").unwrap();
    let reading = Reading { organisation: Some(&organisation), today: Date::parse("2026-11-21").unwrap(), renewal };
    let text = value.to_string();
    let mut context = Context::new(&lists);
    let received = read_record(&Json::parse(text.as_bytes()).unwrap(), &reading, &mut context);
    context.finish(received)
}

fn read(value: &Value) -> Result<Received, Problems> {
    read_as(value, Renewal::Theirs)
}

fn content(value: &Value) -> Content {
    match read(value).expect("it reads").made {
        Made::Record(record) => record.content,
        Made::Undecided => panic!("undecided"),
    }
}

fn with(mut value: Value, name: &str, to: Value) -> Value {
    value[name] = to;
    value
}

fn without(mut value: Value, name: &str) -> Value {
    value.as_object_mut().unwrap().remove(name);
    value
}

#[test]
fn each_fault_is_named_at_its_place() {
    let cases = [
        (with(add("CoreSkillsTraining"), "recordType", "Payslip".into()), "/recordType", "unknown-code"),
        (without(add("CoreSkillsTraining"), "recordType"), "/recordType", "missing-field"),
        (with(add("CoreSkillsTraining"), "competencyName", "Fire Safety".into()), "/competencyName", "names-differ"),
        (with(add("CoreSkillsTraining"), "subjectLevel", "7".into()), "/competencyName", "unknown-code"),
        (with(add("CoreSkillsTraining"), "attainmentStatus", "FAILED".into()), "/attainmentStatus", "unknown-code"),
        (with(add("CoreSkillsTraining"), "dateTo", "2025-03-02".into()), "/dateTo", "ends-before-it-begins"),
        (with(add("CoreSkillsTraining"), "dateLastAwarded", "31/02/2025".into()), "/dateLastAwarded", "not-a-date"),
        (with(add("CoreSkillsTraining"), "renewalPeriodNumber", "0".into()), "/renewalPeriodNumber", "not-a-period"),
        (with(add("RightToWork"), "identityVerified", false.into()), "/identityVerified", "wrong-value"),
        (without(add("RightToWork"), "photograph"), "/photograph", "missing-field"),
        (with(add("RightToWork"), "evidenceCheckedBy", "A friend".into()), "/evidenceCheckedBy", "unknown-code"),
        (without(add("DBSCheckSupportingInformation"), "subjectId"), "/subjectId", "missing-field"),
        // Eleven digits, thirteen, and a number that has lost its leading zeros.
        (with(add("DBSCheckOutcome"), "certificateNumber", "00123456789".into()), "/certificateNumber", "not-digits"),
        (with(add("DBSCheckOutcome"), "certificateNumber", 1_234_567_890.into()), "/certificateNumber", "not-digits"),
        (
            with(add("DBSCheckOutcome"), "registeredBodyNumber", "2000000000A".into()),
            "/registeredBodyNumber",
            "not-digits",
        ),
        (with(add("DBSCheckOutcome"), "adultsBarredListChecked", true.into()), "/typeOfDbsCheck", "barred-lists"),
        (without(add("DBSCheckOutcome"), "workforceType"), "/workforceType", "missing-field"),
        (with(add("DBSCheckOutcome"), "informationDisclosed", "perhaps".into()), "/informationDisclosed", "wrong-type"),
        (
            with(add("ProfessionalRegistration"), "registrationNumber", "99A999A".into()),
            "/registrationNumber",
            "registration-number",
        ),
        (without(add("ProfessionalRegistration"), "registrationCheckDate"), "/registrationCheckDate", "missing-field"),
        (with(add("ClinicalTest"), "code", "HIV001".into()), "/code", "unknown-code"),
        (with(add("ClinicalTest"), "code", "HEPB001".into()), "/code", "unknown-code"),
        (with(add("Observation"), "result", "perhaps".into()), "/result", "unknown-code"),
        (with(add("Vaccination"), "code", "jab".into()), "/code", "unknown-code"),
        (with(add("Vaccination"), "description", "QQ123456C".into()), "/description", "national-insurance-number"),
    ];
    for (value, pointer, code) in cases {
        let problems = read(&value).expect_err(&value.to_string());
        assert!(problems.0.iter().any(|it| (it.pointer.as_str(), it.code) == (pointer, code)), "{pointer}: {problems}");
    }
    assert!(read(&json!(["no record"])).is_err());
}

#[test]
fn registration_numbers_come_as_numbers_and_as_texts() {
    let gmc = with(add("ProfessionalRegistration"), "professionalBody", "general medical council".into());
    for (number, kept, written) in [
        (json!(1_234_567), "1234567", json!(1_234_567)),
        (json!("1234567"), "1234567", json!(1_234_567)),
        (json!("0123456"), "0123456", json!("0123456")),
        (json!("l123456"), "L123456", json!("L123456")),
    ] {
        let received = read(&with(gmc.clone(), "registrationNumber", number)).unwrap();
        let Made::Record(record) = &received.made else { panic!() };
        let Content::Registration(it) = &record.content else { panic!() };
        assert_eq!(it.number.as_str(), kept);
        let person = Identity { name: Name::parse("Ana").unwrap(), birth_date: None, photo_digest: None };
        let (_, text) = write_record(record, &OrganisationCode::parse("RTD").unwrap(), &person, None).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["registrationNumber"], written);
    }
    // What lost its zero on the way is refused, not guessed.
    let problems = read(&with(gmc, "registrationNumber", json!(123_456))).unwrap_err();
    assert_eq!(problems.0[0].code, "registration-number");
}

#[test]
fn whoever_receives_a_core_skill_counts_its_own_period() {
    let skill = with(with(add("CoreSkillsTraining"), "renewalPeriodNumber", "9".into()), "dateTo", "2034-03-02".into());
    let last = |renewal| match read_as(&skill, renewal).unwrap().made {
        Made::Record(record) => record.last_day().unwrap().to_string(),
        Made::Undecided => panic!(),
    };
    assert_eq!((last(Renewal::Theirs), last(Renewal::Ours)), ("2034-03-02".to_owned(), "2027-03-02".to_owned()));
    let bare = without(without(skill, "subjectLevel"), "dateTo");
    let first_level = match content(&bare) {
        Content::Training(it) => it.subject.id(),
        _ => panic!(),
    };
    assert_eq!(first_level, "cstf/moving-handling/1", "the level defaults to 1");
}

#[test]
fn a_check_that_disclosed_something_is_left_to_a_person() {
    let received = read(&with(add("DBSCheckOutcome"), "informationDisclosed", "true".into())).unwrap();
    assert_eq!((received.made, received.certificate), (Made::Undecided, None));
    let identity = content(&add("RightToWork"));
    assert!(matches!(identity, Content::IdentityCheck(_)), "evidence of identity is no right to work check");
    let shown = format!("{identity:?}{:?}", read(&add("DBSCheckOutcome")).unwrap());
    for hidden in ["9j", "001234567890", "Invented", "Exampleton"] {
        assert!(!shown.contains(hidden), "{hidden}");
    }
}

#[test]
fn an_event_that_says_more_than_it_should_is_refused() {
    let event = ours("api/PublishEventRequest.json");
    let structured = |value: &Value| Event::structured(value.to_string().as_bytes(), &CodeLists::embedded());
    assert!(structured(&event).is_ok());
    for (name, to, pointer) in [
        ("data", json!({ "firstName": "Jane" }), "/data"),
        ("data_base64", json!("SmFuZQ=="), "/data_base64"),
        ("employeename", json!("Jane Smith"), "/employeename"),
        ("subject", json!("Jane Smith"), "/subject"),
        ("subject", json!("jane.smith@example.com"), "/subject"),
        ("subject", json!("QQ123456C"), "/subject"),
        ("subject", json!("../E-0042"), "/subject"),
        ("id", json!("1"), "/id"),
        ("type", json!("employee-paid"), "/type"),
        ("specversion", json!("0.3"), "/specversion"),
        ("time", json!("yesterday"), "/time"),
        ("filtering", json!({ "organisation": "RNN", "surname": "Smith" }), "/filtering/surname"),
        ("filtering", json!({ "organisation": "RTD" }), "/dataref"),
        ("dataref", json!("https://learning.example/dsp-api/organisations/RNN/employees/E-0043/records"), "/dataref"),
        ("dataref", json!("/organisations/RNN/employees/E-0042/records"), "/dataref"),
        ("dataref", json!("https://me@learning.example/organisations/RNN/employees/E-0042/records"), "/dataref"),
    ] {
        let problems = structured(&with(event.clone(), name, to)).unwrap_err();
        assert!(problems.0.iter().any(|it| it.pointer == pointer), "{name}: {problems}");
    }
    let lists = CodeLists::embedded();
    assert!(Event::binary([], b"{}", &lists).is_err(), "an event has no data");
    assert!(Event::binary([("specversion", b"1.0".as_slice()), ("filtering", b"{")], b"", &lists).is_err());
    assert!(Event::binary([("specversion", b"%ff".as_slice())], b"", &lists).is_err());
}
