//! The Digital Staff Passport API over our own data: found, read, added to, and refused.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use passport_tests::{Database, Hr, TestApp, agent, bare, get, identity, nurse, on_each_database};
use serde_json::{Map, Value, json};

use super::dsp_world::{issue, post_raw};

pub(super) fn ours() -> Map<String, Value> {
    serde_json::from_str(include_str!("../../crates/dsp/tests/ours.json")).unwrap()
}

fn add(name: &str) -> Value {
    ours()[&format!("AddEmployeeRecordRequest{name}.json")].clone()
}

/// The specification's own examples, where they are at hand.
pub(super) fn published() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/dsp");
    let folder = std::env::var_os("PASSPORT_DSP_EXAMPLES").map_or_else(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

/// Somebody with an identity and nothing else; their address in the API.
fn somebody(hr: &Hr, reference: &str, name: &str) -> (String, String) {
    let staff =
        hr.issue(&json!({ "reference": reference, "records": [identity(name)], "pass": null }))["staff"].clone();
    let staff = bare(&staff).to_owned();
    (format!("/dsp/organisations/{}/employees/{staff}", hr.code), staff)
}

fn records(hr: &Hr, employee: &str) -> Vec<Value> {
    hr.get(&format!("{employee}/records"), "").expect(200)["records"].as_array().unwrap().clone()
}

#[test]
fn what_others_add_is_issued_once_and_given_to_others() {
    on_each_database(|database| {
        let (app, _, hr) = TestApp::start(database);
        let (employee, staff) = somebody(&hr, "1", "Grace Oluwaseun Adeyemi");
        let path = format!("{employee}/records");
        let all = ours();
        let requests: Vec<_> = all.iter().filter(|(name, _)| name.starts_with("AddEmployeeRecordRequest")).collect();
        for (name, request) in &requests {
            let answer = hr.post(&path, request);
            assert_eq!((answer.status, answer.header("cache-control")), (201, "no-store"), "{name}: {}", answer.text());
            let mut sent = (*request).clone();
            for image in ["biometricPageImage", "photograph"].into_iter().filter(|it| request.get(it).is_some()) {
                sent[image] = "".into();
            }
            assert_eq!(answer.json(), sent, "{name}");
        }
        for (name, request) in &requests {
            if name.contains("RightToWork") {
                // Of evidence of identity only the check is kept, and it says the same.
                assert_eq!(hr.post(&path, request).status, 201);
                continue;
            }
            let (status, code, _) = issue(&hr.post(&path, request));
            // A newer identity check has taken its place.
            let expected = if name.contains("Supporting") { "conflict" } else { "duplicate" };
            assert_eq!((status, code.as_str()), (409, expected), "{name}");
        }
        let given = records(&hr, &employee);
        let types: BTreeSet<_> = given.iter().map(|it| it["recordType"].as_str().unwrap()).collect();
        let expected = ["ClinicalTest", "CoreSkillsTraining", "DBSCheckOutcome", "Observation", "Vaccination"];
        assert_eq!(types, expected.into());
        let only = hr.get(&format!("{path}?recordType=DBSCheckOutcome"), "").expect(200);
        assert_eq!(only["records"].as_array().unwrap().len(), 1);
        let dbs = &only["records"][0];
        assert_eq!(dbs["certificateNumber"], "001234567890", "for those who ask with a key");
        // And for nobody who holds a credential.
        let held = hr.get(&format!("/v1/staff/{staff}"), "").text();
        for hidden in ["001234567890", "Invented", "9j/4AAQ", "Exampleton", "informationDisclosed", "b6a1c2de"] {
            assert!(!held.contains(hidden), "{hidden}");
        }
        let identity_check = "identityCheck";
        assert!(held.contains(identity_check) && held.contains("criminalRecordCheck") && !held.contains("rightToWork"));
        let credentials = hr.get(&format!("/v1/staff/{staff}"), "").expect(200)["credentials"].clone();
        for credential in credentials.as_array().unwrap() {
            assert_eq!(app.ward().look(&credential["token"], app.now())["decision"], "accepted");
        }
    });
}

#[test]
fn the_published_examples_are_added_and_answered() {
    let Some(folder) = published() else {
        eprintln!("the specification's examples are not at hand: set PASSPORT_DSP_EXAMPLES to their folder");
        return;
    };
    // The published answer has the images in it; ours leaves them empty.
    let exceptions = ["RightToWork"];
    let (app, ..) = TestApp::start(Database::Sqlite);
    let hr = app.add_organisation("RHQ", "An organisation");
    let mut request = json!({ "reference": "1", "records": [identity("Jane Annabel Smith")], "pass": null });
    request["records"][0]["birthDate"] = "1998-10-22".into();
    let staff = hr.issue(&request)["staff"].clone();
    let path = format!("/dsp/organisations/RHQ/employees/{}/records", bare(&staff));
    let mut seen = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        let name = file.file_name().unwrap().to_str().unwrap();
        let Some(kind) = name.strip_prefix("AddEmployeeRecordRequest").and_then(|it| it.strip_suffix(".json")) else {
            continue;
        };
        let read =
            |name: &str| -> Value { serde_json::from_slice(&fs::read(file.with_file_name(name)).unwrap()).unwrap() };
        let (request, response) = (read(name), read(&name.replace("Request", "Response")));
        let answer = hr.post(&path, &request);
        let (status, answer) = (answer.status, answer.json());
        assert_eq!((status, answer == response), (201, !exceptions.contains(&kind)), "{kind}: {answer}");
        seen += 1;
    }
    assert_eq!(seen, 8, "types");
    let search = hr.get("/dsp/organisations/RHQ/employees?birthDate=22.10.1998", "");
    let published: Value =
        serde_json::from_slice(&fs::read(published().unwrap().join("SearchForAnEmployeeResponseError.json")).unwrap())
            .unwrap();
    assert_eq!((search.status, search.json()), (400, published));
    let nobody = hr.get("/dsp/organisations/RHQ/employees/12345", "");
    let published: Value = serde_json::from_slice(
        &fs::read(self::published().unwrap().join("GetEmployeePersonalDetailsResponseError.json")).unwrap(),
    )
    .unwrap();
    assert_eq!((nobody.status, nobody.json()), (404, published));
}

#[test]
fn people_are_found_by_name_and_date_of_birth() {
    on_each_database(|database| {
        let (_app, rtd, hr) = TestApp::start(database);
        let (employee, staff) = somebody(&hr, "1", "Siobhán Mary O’Neill");
        let _ = somebody(&hr, "2", "Suparti");
        let found = |query: &str| {
            let found = hr.get(&format!("/dsp/organisations/{}/employees?{query}", hr.code), "").expect(200);
            found.as_array().unwrap().iter().map(|it| it["surname"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        for query in [
            "surname=o%27neill",
            "firstName=SIOBHAN&surname=ONeill",
            "firstName=mary&birthDate=1990-04-17",
            "surname=O%E2%80%99Neill&other=x",
        ] {
            assert_eq!(found(query), ["O’Neill"], "{query}");
        }
        assert_eq!(found("birthDate=1990-04-17"), ["O’Neill", "Suparti"]);
        assert_eq!(found("firstName=Mary&surname=Mary"), Vec::<String>::new(), "one word is not two");
        assert_eq!(found("surname=Smith"), Vec::<String>::new());
        let details = hr.get(&employee, "").expect(200);
        assert_eq!(
            details,
            json!({ "id": staff, "firstName": "Siobhán Mary", "surname": "O’Neill", "birthDate": "1990-04-17" })
        );
        for query in [
            "",
            "other=1",
            "birthDate=1990-04-31",
            "birthDate=%25",
            "surname=1",
            "surname=a&surname=b",
            "surname=%ff",
            "firstName=",
        ] {
            let answer = hr.get(&format!("/dsp/organisations/{}/employees?{query}", hr.code), "");
            assert_eq!((issue(&answer).0, issue(&answer).1.as_str()), (400, "invalid"), "{query}");
        }
        // Another organisation learns nothing, neither of its own address nor of this one's.
        for path in [
            employee.clone(),
            format!("{employee}/records"),
            format!("/dsp/organisations/{}/employees?surname=x", hr.code),
            employee.replace(&hr.code, &rtd.code),
        ] {
            let answer = rtd.get(&path, "");
            assert_eq!((issue(&answer).0, issue(&answer).1.as_str()), (404, "not-found"), "{path}");
        }
        let answer = rtd.post(&format!("{employee}/records"), &add("CoreSkillsTraining"));
        assert_eq!(issue(&answer).0, 404);
        assert_eq!(records(&hr, &employee), Vec::<Value>::new());
    });
}

#[test]
fn at_most_fifty_are_found() {
    let (_app, _, hr) = TestApp::start(Database::Sqlite);
    for number in 0..52 {
        let _ = somebody(&hr, &number.to_string(), "Ana Ng");
    }
    let found = hr.get(&format!("/dsp/organisations/{}/employees?surname=ng", hr.code), "").expect(200);
    assert_eq!(found.as_array().unwrap().len(), 50);
}

#[test]
fn errors_have_the_specifications_shape() {
    let (app, _, hr) = TestApp::start(Database::Sqlite);
    let (employee, _) = somebody(&hr, "1", "Grace Oluwaseun Adeyemi");
    let path = format!("{employee}/records");
    for (answer, expected) in [
        (hr.with_key("").get(&employee, ""), (401, "invalid-credentials")),
        (hr.with_key("spk_no").post(&path, &json!({})), (401, "invalid-credentials")),
        (hr.get(&format!("{employee}x"), ""), (404, "not-found")),
        (hr.get("/dsp/none", ""), (404, "not-found")),
        (hr.get("/dsp/organisations/XXX/employees?surname=x", ""), (404, "not-found")),
        (hr.get(&format!("{path}?recordType=Payslip"), ""), (400, "invalid")),
        (hr.post(&path, &json!({})), (400, "invalid")),
        (hr.post(&path, &json!({ "recordType": "Payslip" })), (400, "invalid")),
        (hr.try_post(&path, b"{", None).unwrap(), (400, "invalid")),
    ] {
        let (status, code, _) = issue(&answer);
        assert_eq!((status, code.as_str()), expected);
    }
    let mut two = add("CoreSkillsTraining");
    two["dateLastAwarded"] = "2026-02-30".into();
    two["attainmentStatus"] = "FAILED".into();
    assert_eq!(hr.post(&path, &two).json()["issue"].as_array().unwrap().len(), 2, "every fault at once");
    // Dated after today: the same look as at any other issue.
    two = add("CoreSkillsTraining");
    two["dateLastAwarded"] = "2026-11-22".into();
    assert_eq!(issue(&hr.post(&path, &two)).1, "invalid");
    assert_eq!(issue(&post_raw(&format!("{}{employee}", app.url), &[], b"")).0, 405);
    assert_eq!(records(&hr, &employee), Vec::<Value>::new());
}

#[test]
fn images_are_dropped_while_they_are_read() {
    let (_app, _, hr) = TestApp::start(Database::Sqlite);
    let (employee, staff) = somebody(&hr, "1", "Grace Oluwaseun Adeyemi");
    let path = format!("{employee}/records");
    let mut request = add("RightToWork");
    request["biometricPageImage"] = "A".repeat(5 * 1024 * 1024).into();
    request["photograph"] = "B".repeat(5 * 1024 * 1024).into();
    let answer = hr.post(&path, &request);
    assert_eq!((answer.status, answer.body.len() < 1_000), (201, true), "{}", answer.text());
    assert!(!hr.get(&format!("/v1/staff/{staff}"), "").text().contains("AAAAAAAA"));
    request["photograph"] = "B".repeat(6 * 1024 * 1024).into();
    // The service stops reading, so that a client may see the answer or a lost connection.
    if let Ok(answer) = hr.try_post(&path, request.to_string().as_bytes(), None) {
        assert_eq!(issue(&answer).0, 413);
    }
    let mut long = add("Vaccination");
    long["note"] = "C".repeat(600 * 1024).into();
    if let Ok(answer) = hr.try_post(&path, long.to_string().as_bytes(), None) {
        assert_eq!(issue(&answer).0, 413);
    }
    assert_eq!(records(&hr, &employee), Vec::<Value>::new());
}

#[test]
fn what_cannot_be_accepted_is_a_conflict_and_leaves_nothing() {
    on_each_database(|database| {
        let (_app, _, hr) = TestApp::start(database);
        let (employee, staff) = somebody(&hr, "1", "Grace Oluwaseun Adeyemi");
        let path = format!("{employee}/records");
        let before = hr.get(&format!("/v1/staff/{staff}"), "").text();
        let mut disclosed = add("DBSCheckOutcome");
        disclosed["informationDisclosed"] = "true".into();
        let mut other = add("DBSCheckOutcome");
        other["applicantDateOfBirth"] = "1990-04-18".into();
        for request in [disclosed, other] {
            assert_eq!(issue(&hr.post(&path, &request)).1, "conflict");
        }
        assert_eq!(
            hr.get(&format!("/v1/staff/{staff}"), "").text(),
            before,
            "nothing says that something was disclosed"
        );
        // The same competency and day is a duplicate, whatever else it says; an older one is out of date.
        assert_eq!(hr.post(&path, &add("CoreSkillsTraining")).status, 201);
        let mut again = add("CoreSkillsTraining");
        again["learningMethod"] = "E-learning".into();
        assert_eq!(issue(&hr.post(&path, &again)).1, "duplicate");
        again["dateLastAwarded"] = "2024-03-03".into();
        again["dateTo"] = "2026-03-02".into();
        assert_eq!(issue(&hr.post(&path, &again)).1, "conflict");
        // The sender's period and end are not ours.
        let mut long = add("CoreSkillsTraining");
        long["dateLastAwarded"] = "2026-03-03".into();
        long["renewalPeriodNumber"] = "9".into();
        long["dateTo"] = "2035-03-02".into();
        assert_eq!(hr.post(&path, &long).status, 201);
        let kept = records(&hr, &employee);
        assert_eq!((&kept[0]["renewalPeriodNumber"], &kept[0]["dateTo"]), (&json!("2"), &json!("2028-03-02")));
        // What was withdrawn does not come back, and nobody without an identity is added to.
        let held = hr.get(&format!("/v1/staff/{staff}"), "").expect(200)["records"].clone();
        let id =
            |kind: &str| held.as_array().unwrap().iter().find(|it| it["record"]["kind"] == kind).unwrap()["id"].clone();
        let _ = hr.set_status("records", &id("training"), "withdraw").expect(200);
        assert_eq!(records(&hr, &employee), Vec::<Value>::new());
        assert_eq!(issue(&hr.post(&path, &long)).1, "conflict");
        let _ = hr.set_status("records", &id("identity"), "withdraw").expect(200);
        assert_eq!(issue(&hr.post(&path, &add("Vaccination"))).1, "conflict");
        assert_eq!(issue(&hr.get(&employee, "")).1, "not-found");
    });
}

#[test]
fn an_observation_without_a_date_keeps_its_first() {
    let (app, _, hr) = TestApp::start(Database::Sqlite);
    let (employee, _) = somebody(&hr, "1", "Grace Oluwaseun Adeyemi");
    let mut observation = add("Observation");
    observation.as_object_mut().unwrap().remove("date");
    assert_eq!(hr.post(&format!("{employee}/records"), &observation).status, 201);
    app.clock.advance(3 * passport_tests::DAY);
    assert_eq!(issue(&hr.post(&format!("{employee}/records"), &observation)).1, "duplicate");
    assert_eq!(records(&hr, &employee)[0]["date"], "2026-11-21");
}

#[test]
fn anybody_may_ask_how_it_is() {
    let (app, ..) = TestApp::start(Database::Sqlite);
    let ask = |path: &str| get(&agent(), &format!("{}/dsp/organisations/{path}", app.url), "");
    let deep = ask("RNN/_status");
    assert_eq!((deep.status, deep.header("content-type")), (200, "application/health+json"));
    assert_eq!(
        (&deep.json()["status"], &deep.json()["checks"]),
        (&json!("pass"), &json!({ "database:status": [{ "status": "pass" }] }))
    );
    assert_eq!(ask("RNN/_status?ping=shallow").json(), json!({ "status": "pass" }));
    assert_eq!(issue(&ask("XXX/_status")).0, 404);
    app.runtime.block_on(app.app.store.close());
    let deep = ask("RNN/_status");
    assert_eq!((deep.status, &deep.json()["status"]), (200, &json!("fail")));
    assert_eq!(ask("RNN/_status?ping=shallow").json(), json!({ "status": "pass" }));
}

#[test]
fn a_withdrawn_or_replaced_record_is_not_given() {
    let (_app, _, hr) = TestApp::start(Database::Sqlite);
    let passport = hr.issue(&nurse("1", "Ana Ng"));
    let employee = format!("/dsp/organisations/{}/employees/{}", hr.code, bare(&passport["staff"]));
    let names = |hr: &Hr| {
        records(hr, &employee)
            .iter()
            .map(|it| it["competencyName"].as_str().unwrap().to_owned())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(names(&hr), ["Conflict Resolution".to_owned(), "Fire Safety".to_owned()].into());
    let fire =
        passport["records"].as_array().unwrap().iter().find(|it| it["about"] == "training/cstf/fire-safety/1").unwrap();
    let _ = hr.set_status("records", &fire["id"], "suspend").expect(200);
    assert_eq!(names(&hr), ["Conflict Resolution".to_owned()].into());
}
