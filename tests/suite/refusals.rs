//! Every refused request names every faulty field, changes nothing, and costs little.

use passport_tests::{Database, Hr, TestApp, fire_safety, identity, nurse, on_each_database};
use serde_json::{Value, json};

fn refuse(hr: &Hr, body: &Value) -> Vec<(String, String)> {
    let answer = hr.post("/v1/passports", body);
    assert_eq!(answer.status, 422, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/problem+json");
    answer.problems()
}

fn pairs(problems: &[(String, String)]) -> Vec<(&str, &str)> {
    problems.iter().map(|(pointer, code)| (pointer.as_str(), code.as_str())).collect()
}

#[test]
fn every_faulty_field_is_named_at_once_and_nothing_changes() {
    on_each_database(|database| {
        let (_app, hr, _) = TestApp::start(database);
        let body = json!({
            "reference": "", "colour": "red",
            "records": [
                { "kind": "identity", "name": "A\u{202e}na", "birthDate": "1990-02-30", "gender": "f", "provenance": { "assurance": "x", "lastRefreshed": "2026-11-20" } },
                { "kind": "training", "subject": "fire", "awarded": "8 October", "period": "2 years", "provenance": { "origin": "us" } },
                { "kind": "registration", "regulator": "nmc", "number": "12A3", "status": "fine", "checked": "2062-01-01",
                  "provenance": { "assurance": "register-checked-online", "lastRefreshed": "2062-11-20" } },
                { "kind": "vaccination" },
                fire_safety("2062-09-14"),
                { "kind": "identity", "name": 7 },
                { "kind": "criminalRecordCheck", "level": "standard", "barredLists": "adults" },
            ],
        });
        let problems = refuse(&hr, &body);
        let pairs = pairs(&problems);
        for expected in [
            ("/reference", "empty-text"),
            ("/colour", "unknown-field"),
            ("/records/0/name", "bad-character"),
            ("/records/0/birthDate", "not-a-date"),
            ("/records/0/gender", "unknown-field"),
            ("/records/0/provenance/assurance", "unknown-code"),
            ("/records/1/subject", "unknown-code"),
            ("/records/1/awarded", "not-a-date"),
            ("/records/1/period", "not-a-period"),
            ("/records/1/provenance/lastRefreshed", "missing-field"),
            ("/records/1/provenance/verifier", "missing-field"),
            ("/records/2/number", "registration-number"),
            ("/records/2/status", "unknown-code"),
            ("/records/2/checked", "in-the-future"),
            ("/records/2/provenance/lastRefreshed", "in-the-future"),
            ("/records/3/kind", "unknown-kind"),
            ("/records/4/awarded", "in-the-future"),
            ("/records/5", "one-identity"),
            ("/records/6/barredLists", "barred-lists"),
            ("/records/6/outcome", "missing-field"),
        ] {
            assert!(pairs.contains(&expected), "{expected:?} is missing from {pairs:#?}");
        }
        assert_eq!(hr.get("/v1/staff", "").expect(200)["staff"], json!([]));
    });
}

#[test]
fn a_missing_identity_is_named_beside_other_faults_unless_the_person_has_one() {
    let (_app, hr, _) = TestApp::start(Database::Sqlite);
    let faulty = json!({ "reference": "1", "records": [fire_safety("2062-09-14")] });
    assert_eq!(pairs(&refuse(&hr, &faulty)), [("/records/0/awarded", "in-the-future"), ("/records", "one-identity")]);
    let _ = hr.issue(&nurse("1", "Ana Ng"));
    assert_eq!(pairs(&refuse(&hr, &faulty)), [("/records/0/awarded", "in-the-future")]);
}

#[test]
fn what_cannot_be_true_is_refused() {
    let (_app, hr, _) = TestApp::start(Database::Sqlite);
    let with = |record: Value| json!({ "reference": "1", "records": [identity("Ana Ng"), record] });
    let mut ends_early = fire_safety("2025-10-08");
    ends_early["period"] = Value::Null;
    ends_early.as_object_mut().unwrap().remove("period");
    ends_early["validUntil"] = "2025-10-07".into();
    let mut differs = fire_safety("2025-10-08");
    differs["validUntil"] = "2027-10-08".into();
    let mut number = fire_safety("2025-10-08");
    number["subject"] = "local:QQ 12 34 56 C".into();
    for (record, expected) in [
        (fire_safety("2062-09-14"), ("/records/1/awarded", "in-the-future")),
        (ends_early, ("/records/1/validUntil", "ends-before-it-begins")),
        (differs, ("/records/1/validUntil", "period-and-end-differ")),
        (number, ("/records/1/subject", "unknown-code")),
        (identity("Bo Li"), ("/records/1", "one-identity")),
    ] {
        assert_eq!(pairs(&refuse(&hr, &with(record))), [expected]);
    }
    assert_eq!(
        pairs(&refuse(&hr, &json!({ "reference": "1", "records": [fire_safety("2025-10-08")] }))),
        [("/records", "one-identity")]
    );
    assert_eq!(pairs(&refuse(&hr, &json!({ "reference": "1", "records": [] }))), [("/records", "record-count")]);
}

#[test]
fn bodies_that_cannot_be_read_are_refused_early() {
    let (_app, hr, _) = TestApp::start(Database::Sqlite);
    let post = |body: &[u8]| hr.try_post("/v1/passports", body, None).unwrap();
    let kind = |body: &[u8]| post(body).json()["type"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let twice = nurse("1", "Ana Ng").to_string().replacen("\"reference\"", "\"reference\":\"2\",\"reference\"", 1);
    let deep = "[".repeat(100_000);
    for body in [b"".as_slice(), b"{", b"\xff\xfe", twice.as_bytes(), deep.as_bytes(), b"{\"reference\":1e400}"] {
        assert_eq!(
            (post(body).status, kind(body).as_str()),
            (400, "unreadable-body"),
            "{}",
            String::from_utf8_lossy(&body[..body.len().min(80)])
        );
    }
    let long = vec![b' '; 600 * 1024];
    assert_eq!(hr.try_post("/v1/passports", &long, None).map_or(413, |answer| answer.status), 413);
    let many = json!({ "reference": "1", "records": vec![fire_safety("2025-10-08"); 200] });
    assert_eq!(pairs(&refuse(&hr, &many)), [("/records", "record-count")]);
}

#[test]
fn a_refused_request_leaves_its_idempotency_key_free() {
    on_each_database(|database| {
        let (_app, hr, _) = TestApp::start(database);
        let post = |body: &Value| hr.try_post("/v1/passports", body.to_string().as_bytes(), Some("k")).unwrap().status;
        assert_eq!(post(&json!({ "reference": "1", "records": [fire_safety("2025-10-08")] })), 422);
        assert_eq!(post(&nurse("1", "Ana Ng")), 201);
        let empty = hr.try_post("/v1/passports", b"{}", Some("")).unwrap();
        assert_eq!(empty.status, 422);
    });
}

#[test]
fn unknown_ids_reasons_and_actions_are_refused() {
    let (_app, hr, _) = TestApp::start(Database::Sqlite);
    let passport = hr.issue(&nurse("1", "Ana Ng"));
    let record = passport_tests::bare(&passport["records"][0]["id"]);
    let answer = hr.post(&format!("/v1/records/{record}/withdraw"), &json!({ "reason": "because" }));
    assert_eq!((answer.status, pairs(&answer.problems())), (422, vec![("/reason", "unknown-code")]));
    for path in [
        "/v1/records/1/withdraw",
        &format!("/v1/records/{record}/burn"),
        &format!("/v1/people/{record}/withdraw"),
        &format!("/v1/passes/{record}/withdraw"),
    ] {
        assert_eq!(hr.post(path, &json!({ "reason": "resolved" })).status, 404, "{path}");
    }
    let wrong = hr.get("/v1/passports", "");
    assert_eq!((wrong.status, wrong.header("allow")), (405, "POST"));
}

#[test]
fn names_and_tokens_stay_out_of_errors_and_the_trail() {
    let (_app, hr, _) = TestApp::start(Database::Sqlite);
    let passport = hr.issue(&nurse("1", "Zebulon Quartermaine"));
    let _ = hr.set_status("records", &passport["records"][0]["id"], "withdraw").expect(200);
    let mut wrong = nurse("1", "Zebulon Quartermaine");
    wrong["records"][0]["birthDate"] = "2190-01-01".into();
    let refused = hr.post("/v1/passports", &wrong).text();
    let trail = hr.get("/v1/audit", "").text();
    for text in [refused, trail] {
        assert!(!text.contains("Zebulon") && !text.contains("1990-04-17") && !text.contains("SP1:"), "{text}");
    }
}
