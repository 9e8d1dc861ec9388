//! Files of JSON, as systems of the Digital Staff Passport API give records: imported like any other.

use passport_tests::importing::staff_list;
use passport_tests::{Hr, TestApp, bare, on_each_database};
use serde_json::{Value, json};

use crate::dsp::ours;
use crate::imports::{STAFF, rows_in};

const FORMAT: &str = "format=digital-staff-passport&asOf";

fn fire(awarded: &str) -> Value {
    json!({ "recordType": "CoreSkillsTraining", "competencyFramework": "CSTF", "subjectName": "Fire Safety",
        "competencyName": "Fire Safety", "subjectLevel": "1", "renewalPeriodNumber": "2",
        "renewalPeriodUnits": "Years", "attainmentStatus": "ACHIEVED", "awardingOrganisation": "RNN",
        "dateLastAwarded": awarded })
}

fn scar() -> Value {
    json!({ "recordType": "Observation", "code": "TB001", "description": "BCG Scar Evident", "result": "Yes" })
}

/// A check that disclosed something, or not, of somebody born on that day.
fn dbs(born: &str, disclosed: bool) -> Value {
    let mut check = ours()["AddEmployeeRecordRequestDBSCheckOutcome.json"].clone();
    check["applicantDateOfBirth"] = born.into();
    check["informationDisclosed"] = disclosed.into();
    check
}

fn file(answers: &[(&str, Vec<Value>)]) -> String {
    answers.iter().map(|(id, records)| json!({ "id": id, "records": records }).to_string() + "\n").collect()
}

/// Outcome and, if there is one, code or reason of each row.
fn said(hr: &Hr, import: &Value) -> Vec<(String, String)> {
    let said = |row: Value| {
        let why = row["faults"][0]["code"].as_str().or_else(|| row["reason"].as_str()).unwrap_or_default();
        (row["outcome"].as_str().unwrap_or_default().to_owned(), why.to_owned())
    };
    hr.import_rows(import, "").into_iter().map(said).collect()
}

fn same(found: &[(String, String)], expected: &[(&str, &str)]) {
    let found: Vec<_> = found.iter().map(|(one, other)| (one.as_str(), other.as_str())).collect();
    assert_eq!(found, expected);
}

#[test]
fn answers_of_another_system_are_previewed_and_issued_and_change_nothing_the_next_month() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        let _ = app.import(&hr, "format=staff", &staff_list(STAFF));
        let grace = vec![fire("2025-11-01"), scar(), dbs("1991-05-14", false)];
        let text = file(&[
            ("30670101", grace),
            ("30670102", vec![dbs("1991-05-14", false), dbs("1999-02-28", true)]),
            ("30670109", vec![fire("2025-11-01")]),
        ]);
        let preview = app.preview(&hr, &format!("{FORMAT}=2026-10-01"), &text);
        let first = [
            ("new", ""),
            ("new", ""),
            ("new", ""),
            ("ambiguous", "birth-date-differs"),
            ("refused", "undecided"),
            ("refused", "unknown-person"),
        ];
        same(&said(&hr, &preview), &first);
        let done = app.commit(&hr, &preview);
        assert_eq!(done["totals"], preview["totals"]);
        let staff = hr.get("/v1/staff", "").expect(200)["staff"].as_array().unwrap().clone();
        let staff = staff.iter().find(|it| it["reference"] == "30670101").expect("Grace");
        let path = format!("/v1/staff/{}", bare(&staff["staff"]));
        let before = hr.get(&path, "").expect(200);
        let kinds: Vec<_> =
            before["records"].as_array().unwrap().iter().map(|it| it["record"]["kind"].clone()).collect();
        for kind in ["training", "screening", "criminalRecordCheck"] {
            assert!(kinds.contains(&json!(kind)), "{kind}: {kinds:?}");
        }
        for credential in before["credentials"].as_array().unwrap() {
            assert_eq!(app.ward().look(&credential["token"], app.now())["decision"], "accepted");
        }

        // An observation names no day: the next file does not make it a newer one.
        let next = app.import(&hr, &format!("{FORMAT}=2026-11-20"), &text);
        same(&said(&hr, &next)[..3], &[("unchanged", ""), ("unchanged", ""), ("unchanged", "")]);
        assert_eq!(next["totals"]["signed"], 0);
        let newer = file(&[("30670101", vec![fire("2026-11-01")])]);
        let newer = app.import(&hr, &format!("{FORMAT}=2026-11-20"), &format!("[{newer}]"));
        same(&said(&hr, &newer), &[("supersedes", "")]);
    });
}

#[test]
fn a_check_that_disclosed_something_is_left_to_people() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        let _ = app.import(&hr, "format=staff", &staff_list(STAFF));
        let text = file(&[("30670101", vec![dbs("1991-05-14", true)])]);
        let import = app.import(&hr, &format!("{FORMAT}=2026-11-20"), &text);
        same(&said(&hr, &import), &[("refused", "undecided")]);
        let result = hr.get(&format!("/v1/imports/{}/result", bare(&import["id"])), "text/csv").text();
        assert!(!result.to_lowercase().contains("disclos"), "{result}");
    });
}

#[test]
fn json_that_cannot_be_used_says_why_and_leaves_nothing_behind() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        let good = file(&[("30670101", vec![fire("2025-11-01")])]);
        for (text, code) in [
            (String::new(), "empty-file"),
            ("[]".to_owned(), "no-rows"),
            (staff_list(STAFF), "not-json"),
            (good[..good.len() / 2].to_owned(), "half-written"),
            (format!("[{good}{good}]"), "broken-json"),
            (format!("{{\"note\":\"{}\"}}", "x".repeat(1 << 20)), "answer-too-long"),
            (good.clone(), "nobody-known"),
        ] {
            let import = app.preview(&hr, &format!("{FORMAT}=2026-11-20"), &text);
            let refused = (&import["state"], &import["fault"]["code"]);
            assert_eq!(refused, (&json!("refused"), &json!(code)), "{import:#}");
        }
        let table = app.preview(&hr, "format=staff", &good);
        assert_eq!(table["fault"]["code"], "not-a-table");
        for table in ["import_chunks", "import_rows", "staff", "records", "credentials"] {
            assert_eq!(rows_in(&app, table), 0, "{table}");
        }
    });
}
