//! The specification's own examples, where they are at hand, and ours in the same shapes: each is read, and
//! written where we write it. What does not work is listed, and fails when it does.

use std::fs;
use std::path::{Path, PathBuf};

use passport_dsp::{
    Event, Health, Issue, Made, Reading, Received, RecordType, Renewal, health, outcome, read_employee, read_employees,
    read_outcome, read_record, read_records, write_employees, write_record,
};
use passport_schema::codes::CodeLists;
use passport_schema::field::Context;
use passport_schema::id::OrganisationCode;
use passport_schema::json::Json;
use passport_schema::record::Identity;
use passport_schema::text::Name;
use passport_schema::time::Date;
use serde_json::{Map, Value};

/// Published examples that are no JSON: bare words, and commas after the last member.
const NOT_JSON: [&str; 3] =
    ["StatusDeepPingFail.json", "api/PublishEventRequest.json", "api/PublishEventResponse.json"];
/// Types that are read and never written: they need images and numbers that are not kept.
const NEVER_WRITTEN: [RecordType; 2] = [RecordType::RightToWork, RecordType::DbsCheckSupportingInformation];
/// Members that are not written back, and one that is written although the specification has none.
const NOT_KEPT: [(&str, &str); 1] = [("ClinicalTest", "result")];
const ADDED: [(&str, &str); 1] = [("Observation", "date")];

/// The folder with the published examples.
fn published() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/dsp");
    let folder = std::env::var_os("PASSPORT_DSP_EXAMPLES").map_or_else(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

fn jane() -> Identity {
    let name = Name::parse("Jane Annabel Smith").unwrap();
    Identity { name, birth_date: Date::parse("1998-10-22"), photo_digest: None }
}

fn grace() -> Identity {
    let name = Name::parse("Grace Oluwaseun Adeyemi").unwrap();
    Identity { name, birth_date: Date::parse("1990-04-17"), photo_digest: None }
}

struct Replay<'l> {
    lists: &'l CodeLists,
    organisation: OrganisationCode,
    person: Identity,
}

impl Replay<'_> {
    fn read(&self, json: &Json<'_>) -> Result<Received, String> {
        let today = Date::parse("2026-11-21").unwrap();
        let reading = Reading { organisation: Some(&self.organisation), today, renewal: Renewal::Theirs };
        let mut context = Context::new(self.lists);
        let received = read_record(json, &reading, &mut context);
        context.finish(received).map_err(|problems| problems.to_string())
    }

    fn record(&self, published: &Value) -> Result<(), String> {
        let text = published.to_string();
        let received = self.read(&Json::parse(text.as_bytes()).map_err(|error| error.to_string())?)?;
        let Made::Record(record) = &received.made else { return Err("somebody has to look at it".into()) };
        let written = write_record(record, &self.organisation, &self.person, received.certificate.as_ref());
        let Some((record_type, text)) = written else {
            return if NEVER_WRITTEN.contains(&received.record_type) { Ok(()) } else { Err("is not written".into()) };
        };
        let again = self.read(&Json::parse(text.as_bytes()).unwrap())?;
        let same = Received { undated: received.undated, ..again } == received && record_type == received.record_type;
        let (written, published) = (members(&serde_json::from_str(&text).unwrap()), members(published));
        let differ = published.keys().chain(written.keys()).filter(|name| published.get(*name) != written.get(*name));
        let known = |name: &&String| {
            let stands_in = |list: &[(&str, &str)]| list.contains(&(record_type.name(), name.as_str()));
            (stands_in(&NOT_KEPT) && !written.contains_key(*name))
                || (stands_in(&ADDED) && !published.contains_key(*name))
        };
        let differ: Vec<_> = differ.filter(|name| !known(name)).collect();
        if same && differ.is_empty() { Ok(()) } else { Err(format!("{differ:?} differ: {text}")) }
    }

    fn document(&self, name: &str, bytes: &[u8]) -> Result<(), String> {
        let value: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let json = Json::parse(bytes).map_err(|error| error.to_string())?;
        let problems = |problems: passport_schema::problem::Problems| problems.to_string();
        match name {
            _ if name.ends_with("Error.json") => {
                let issue = read_outcome(bytes).ok_or("no issue was read")?;
                let text = value["issue"][0]["details"]["text"].as_str().ok_or("no text")?;
                same(&outcome(issue, [text]), &value)
            }
            _ if name.starts_with("AddEmployeeRecord") => self.record(&value),
            _ if name.starts_with("GetEmployeeRecords") => {
                let today = Date::parse("2026-11-21").unwrap();
                let reading = Reading { organisation: Some(&self.organisation), today, renewal: Renewal::Theirs };
                let (id, records) = read_records(&json, &reading, self.lists).map_err(problems)?;
                records.into_iter().collect::<Result<Vec<_>, _>>().map_err(problems)?;
                value["records"].as_array().unwrap().iter().try_for_each(|record| self.record(record))?;
                if id.as_str() == value["id"] { Ok(()) } else { Err("another id".into()) }
            }
            "SearchForAnEmployeeResponseSuccess.json" => {
                let found = read_employees(&json, self.lists).map_err(problems)?;
                if found.iter().all(|it| it.is(&self.person)) && found.len() == 1 {
                    Ok(())
                } else {
                    Err("is somebody else".into())
                }
            }
            "GetEmployeePersonalDetailsResponseSuccess.json" => {
                let mut context = Context::new(self.lists);
                let found = read_employee(&json, &mut context);
                let found = context.finish(found).map_err(problems)?;
                // Of what another system says, name and date of birth are looked at.
                let written: Value =
                    serde_json::from_str(&write_employees(&[(found.id.to_string(), self.person.clone())], true))
                        .unwrap();
                let (id, day) = (written["id"] == value["id"], written["birthDate"] == value["birthDate"]);
                if found.is(&self.person) && id && day { Ok(()) } else { Err("is somebody else".into()) }
            }
            "StatusShallowPingPass.json" => same(&health("", "", &[]), &value),
            "StatusDeepPingFail.json" => {
                let parts = [("dependentResourceA:status", Health::Pass), ("dependentResourceB:status", Health::Fail)];
                let ours: Value = serde_json::from_str(&health("It", "1.0.123", &parts)).unwrap();
                let same =
                    ["status", "version", "releaseId", "checks"].into_iter().all(|name| ours[name] == value[name]);
                if same { Ok(()) } else { Err(ours.to_string()) }
            }
            "api/PublishEventRequest.json" => {
                let event = Event::structured(bytes, self.lists).map_err(problems)?;
                let attributes = value.as_object().unwrap().iter();
                let headers: Vec<_> = attributes.map(|(name, it)| (name.as_str(), header(it))).collect();
                let binary = headers.iter().map(|(name, value)| (*name, value.as_bytes()));
                let binary = Event::binary(binary, b"", self.lists).map_err(problems)?;
                if binary == event && event.id == value["id"] { Ok(()) } else { Err("two events".into()) }
            }
            "api/PublishEventResponse.json" => {
                if value["id"].is_string() {
                    Ok(())
                } else {
                    Err("no id".into())
                }
            }
            _ => Err("is not known here".into()),
        }
    }
}

fn header(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string().replace('"', "%22"), str::to_owned)
}

fn same(ours: &str, published: &Value) -> Result<(), String> {
    if serde_json::from_str::<Value>(ours).unwrap() == *published { Ok(()) } else { Err(ours.to_owned()) }
}

/// The members of a record, in the words of the schema: the examples write truth as text, and one word of
/// an enumeration with another capital.
fn members(record: &Value) -> Map<String, Value> {
    let mend = |value: &Value| match value.as_str() {
        Some("true") => true.into(),
        Some("false") => false.into(),
        Some("Not Detected") => "Not detected".into(),
        _ => value.clone(),
    };
    record.as_object().unwrap().iter().map(|(name, value)| (name.clone(), mend(value))).collect()
}

/// What whoever wrote the examples meant.
fn mended(text: &str) -> String {
    let text = text.replace("\"status\": fail", "\"status\": \"fail\"");
    let text = text.replace("[\n      \"status\": \"pass\"\n    ]", "[{ \"status\": \"pass\" }]");
    let text = text.replace("[\n      \"status\": \"fail\"\n    ]", "[{ \"status\": \"fail\" }]");
    text.replace(",\n  }", "\n  }").replace(",\n}", "\n}")
}

#[test]
fn every_published_example_is_read_and_written_where_we_write_it() {
    let Some(folder) = published() else {
        eprintln!("the specification's examples are not at hand: set PASSPORT_DSP_EXAMPLES to their folder");
        return;
    };
    let lists = CodeLists::embedded();
    let replay = Replay { lists: &lists, organisation: OrganisationCode::parse("RHQ").unwrap(), person: jane() };
    let mut seen = 0;
    for part in ["", "api/"] {
        for entry in fs::read_dir(folder.join(part)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let name = format!("{part}{}", path.file_name().unwrap().to_str().unwrap());
            let text = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
            seen += 1;
            match replay.document(&name, text.as_bytes()) {
                Ok(()) => {
                    assert!(!NOT_JSON.contains(&name.as_str()), "{name} works, and is listed as one that does not");
                }
                Err(why) => assert!(NOT_JSON.contains(&name.as_str()), "{name}: {why}"),
            }
            assert_eq!(replay.document(&name, mended(&text).as_bytes()), Ok(()), "{name}, mended");
        }
    }
    assert_eq!(seen, 30, "examples");
}

#[test]
fn examples_of_our_own_are_read_and_written_the_same() {
    let lists = CodeLists::embedded();
    let replay = Replay { lists: &lists, organisation: OrganisationCode::parse("RTD").unwrap(), person: grace() };
    let ours: Map<String, Value> = serde_json::from_str(include_str!("ours.json")).unwrap();
    for (name, value) in &ours {
        assert_eq!(replay.document(name, value.to_string().as_bytes()), Ok(()), "{name}");
    }
    let types: Vec<_> = ours.values().filter_map(|it| it["recordType"].as_str()).collect();
    assert!(RecordType::ALL.iter().all(|it| types.contains(&it.name())), "every type");
    assert_eq!(read_outcome(br#"{"resourceType":"OperationOutcome","issue":[{"code":"own-code"}]}"#), None);
    assert_eq!(Issue::Duplicate.status(), 409);
}
