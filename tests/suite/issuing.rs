//! One call takes a person and their records and returns their passport.

use std::thread;

use passport_tests::{
    Database, TestApp, employment, fire_safety, identity, nurse, on_each_database, reference_passport, standing,
};
use serde_json::{Value, json};

#[test]
fn a_passport_is_issued_and_verifies_with_the_network_off() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        let passport = hr.issue(&reference_passport());
        let types: Vec<_> =
            passport["credentials"].as_array().unwrap().iter().map(|it| it["type"].as_str().unwrap()).collect();
        assert_eq!(
            types,
            [
                "StaffIdentityCredential",
                "EmploymentCheckCredential",
                "StaffTrainingCredential",
                "StaffCompetencyCredential"
            ]
        );
        assert!(passport["pass"]["characters"].as_u64().unwrap() <= 600);
        let ward = app.ward();
        let verdict = ward.look(&passport["pass"]["text"], app.now());
        assert_eq!(verdict["decision"], "accepted", "{verdict:#}");
        assert_eq!(verdict["verified"]["name"], "Grace Oluwaseun Adeyemi");
        assert_eq!(standing(&verdict, "counts"), 25);
        for credential in passport["credentials"].as_array().unwrap() {
            assert_eq!(ward.look(&credential["token"], app.now())["decision"], "accepted");
        }
    });
}

#[test]
fn nothing_changed_nothing_issued() {
    on_each_database(|database| {
        let (_app, hr, _) = TestApp::start(database);
        let first = hr.issue(&nurse("1", "Ana Ng"));
        let second = hr.issue(&nurse("1", "Ana Ng"));
        for (one, two) in first["credentials"].as_array().unwrap().iter().zip(second["credentials"].as_array().unwrap())
        {
            assert_eq!((&one["token"], &two["outcome"]), (&two["token"], &json!("unchanged")));
        }
        assert_eq!(first["pass"]["text"], second["pass"]["text"]);
        // Being compared with its source again is no change either.
        let mut refreshed = nurse("1", "Ana Ng");
        for record in refreshed["records"].as_array_mut().unwrap() {
            record["provenance"]["lastRefreshed"] = "2026-11-21".into();
        }
        let third = hr.issue(&refreshed);
        assert_eq!(first["pass"]["text"], third["pass"]["text"]);
        assert!(third["records"].as_array().unwrap().iter().all(|record| record["outcome"] == "unchanged"));
    });
}

#[test]
fn whoever_has_no_identity_that_stands_is_issued_nothing() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        let first = hr.issue(&nurse("1", "Ana Ng"));
        let _ = hr.set_status("records", &first["records"][0]["id"], "withdraw").expect(200);
        let again = hr.post("/v1/passports", &nurse("1", "Ana Ng"));
        assert_eq!((again.status, again.problems()), (422, vec![("/records".into(), "no-identity".into())]));
        let pass = hr.post("/v1/passes", &json!({ "staff": first["staff"], "carrier": "paper" }));
        assert_eq!((pass.status, pass.problems()[0].1.as_str()), (422, "one-identity"));
        let corrected = hr.issue(&nurse("1", "Ana Nguyen"));
        assert_eq!(app.ward().look(&corrected["pass"]["text"], app.now())["verified"]["name"], "Ana Nguyen");
    });
}

#[test]
fn a_newer_record_supersedes_and_only_its_family_is_signed_anew() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        let first = hr.issue(&nurse("1", "Ana Ng"));
        let second = hr.issue(&json!({ "reference": "1", "records": [fire_safety("2026-11-02")] }));
        assert_eq!(second["records"][0]["outcome"], "supersedes");
        assert_eq!(second["records"][0]["supersedes"], first["records"][2]["id"]);
        let outcomes: Vec<_> = second["credentials"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| (it["type"].clone(), it["outcome"].clone()))
            .collect();
        assert_eq!(
            outcomes,
            [
                (json!("StaffTrainingCredential"), json!("issued")),
                (json!("StaffIdentityCredential"), json!("unchanged")),
            ]
        );
        let training = |passport: &Value| {
            passport["credentials"]
                .as_array()
                .unwrap()
                .iter()
                .find(|it| it["type"] == "StaffTrainingCredential")
                .unwrap()
                .clone()
        };
        assert_eq!(training(&second)["supersedes"], training(&first)["id"], "lineage");
        let ward = app.ward();
        let old = ward.look(&training(&first)["token"], app.now());
        assert_eq!(old["reasons"][0]["code"], "superseded");
        // The pass in her pocket still stands; just the record that was replaced does not count.
        let pass = ward.look(&first["pass"]["text"], app.now());
        assert_eq!(
            (&pass["decision"], standing(&pass, "superseded"), standing(&pass, "counts")),
            (&json!("accepted"), 1, 3)
        );
        let older = hr.issue(&json!({ "reference": "1", "records": [fire_safety("2024-01-02")] }));
        assert_eq!(older["records"][0]["outcome"], "older");
        assert_eq!(older["pass"]["text"], second["pass"]["text"]);
    });
}

#[test]
fn an_idempotency_key_gives_the_first_answer_again() {
    on_each_database(|database| {
        let (_app, hr, rtd) = TestApp::start(database);
        let body = nurse("1", "Ana Ng").to_string();
        let issue =
            |hr: &passport_tests::Hr, body: &str| hr.try_post("/v1/passports", body.as_bytes(), Some("key-1")).unwrap();
        let first = issue(&hr, &body).expect(201);
        let again = issue(&hr, &body).expect(201);
        assert_eq!(first, again);
        let other = issue(&hr, &nurse("2", "Bo Li").to_string());
        assert_eq!(other.status, 409);
        assert!(other.json()["type"].as_str().unwrap().ends_with("/idempotency-key-reused"));
        // A key is its organisation's own.
        assert_ne!(issue(&rtd, &body).expect(201)["staff"], first["staff"]);
    });
}

#[test]
fn the_same_key_at_once_issues_once() {
    on_each_database(|database| {
        let (_app, hr, _) = TestApp::start(database);
        let body = nurse("1", "Ana Ng").to_string();
        let answers: Vec<Value> = thread::scope(|scope| {
            let issue = || hr.try_post("/v1/passports", body.as_bytes(), Some("one")).unwrap().expect(201);
            let workers: Vec<_> = (0..8).map(|_| scope.spawn(issue)).collect();
            workers.into_iter().map(|worker| worker.join().unwrap()).collect()
        });
        assert!(answers.iter().all(|answer| *answer == answers[0]));
        let staff = hr.get("/v1/staff", "").expect(200);
        assert_eq!(staff["staff"].as_array().unwrap().len(), 1);
    });
}

#[test]
fn the_same_person_at_once_without_a_key_gets_one_passport() {
    on_each_database(|database| {
        let (_app, hr, _) = TestApp::start(database);
        let request = nurse("1", "Ana Ng");
        let passes: Vec<Value> = thread::scope(|scope| {
            let workers: Vec<_> = (0..6).map(|_| scope.spawn(|| hr.issue(&request)["pass"]["text"].clone())).collect();
            workers.into_iter().map(|worker| worker.join().unwrap()).collect()
        });
        assert!(passes.iter().all(|pass| *pass == passes[0]));
    });
}

#[test]
fn a_pass_of_chosen_records_comes_as_text_svg_and_png() {
    let (app, hr, _) = TestApp::start(Database::Sqlite);
    let passport = hr.issue(&nurse("1", "Ana Ng"));
    let chosen = json!({ "staff": passport["staff"], "carrier": "paper", "records": [passport["records"][2]["id"]] });
    let answer = hr.post("/v1/passes", &chosen).expect(201);
    let verdict = app.ward().look(&answer["pass"]["text"], app.now());
    assert_eq!(standing(&verdict, "counts"), 2, "the identity and the one that was chosen");
    let path = format!("/v1/passes/{}", passport_tests::bare(&answer["pass"]["id"]));
    assert_eq!(hr.get(&path, "text/plain").text(), answer["pass"]["text"].as_str().unwrap());
    let svg = hr.get(&path, "image/svg+xml");
    assert!(svg.text().starts_with("<svg") && svg.text().contains("<title>"));
    let png = hr.get(&path, "image/png");
    assert_eq!((png.header("content-type"), &png.body[..4]), ("image/png", b"\x89PNG".as_slice()));
    assert_eq!(hr.get(&path, "").expect(200)["qrVersion"].as_i64().map(|version| version > 0), Some(true));
}

#[test]
fn lifetimes_follow_the_carrier_and_what_is_on_it() {
    let (app, hr, _) = TestApp::start(Database::Sqlite);
    let days = |passport: &Value| {
        let expires = passport_schema::time::Timestamp::parse(passport["pass"]["expires"].as_str().unwrap()).unwrap();
        (expires.0 - app.now().0) / passport_tests::DAY
    };
    let with = |reference: &str, carrier: &str, mut request: Value| {
        request["reference"] = reference.into();
        request["pass"] = json!({ "carrier": carrier });
        request
    };
    assert_eq!(days(&hr.issue(&with("1", "phone", nurse("1", "Ana Ng")))), 30);
    assert_eq!(days(&hr.issue(&with("2", "paper", nurse("2", "Bo Li")))), 90);
    assert_eq!(days(&hr.issue(&with("3", "paper", reference_passport()))), 7);
}

#[test]
fn a_pass_that_would_be_too_long_is_refused_with_what_to_leave_out() {
    on_each_database(|database| {
        let (_app, hr, _) = TestApp::start(database);
        let mut request = reference_passport();
        for number in 0..12 {
            let mut local = fire_safety("2025-10-08");
            local["subject"] = format!("local:A course of our own with a rather long title, number {number}").into();
            request["records"].as_array_mut().unwrap().push(local);
        }
        let answer = hr.post("/v1/passports", &request);
        assert_eq!(answer.status, 422);
        assert!(answer.json()["type"].as_str().unwrap().ends_with("/pass-too-long"));
        assert!(answer.problems().iter().all(|(_, code)| code == "leave-out"));
        assert_eq!(hr.get("/v1/staff", "").expect(200)["staff"], json!([]), "nothing was written");
        request["pass"] = Value::Null;
        assert!(hr.issue(&request)["pass"].is_null());
    });
}

#[test]
fn two_jobs_and_two_records_about_the_same_in_one_request() {
    let (_app, hr, _) = TestApp::start(Database::Sqlite);
    let mut bank = employment();
    bank["started"] = "2026-01-24".into();
    let records = json!([
        identity("Ana Ng"),
        employment(),
        bank,
        fire_safety("2024-10-08"),
        fire_safety("2025-10-08"),
        fire_safety("2025-10-08")
    ]);
    let passport = hr.issue(&json!({ "reference": "1", "records": records }));
    let outcomes: Vec<_> =
        passport["records"].as_array().unwrap().iter().map(|it| it["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["new", "new", "new", "duplicate", "new", "duplicate"]);
    let person = hr.get(&format!("/v1/staff/{}", passport_tests::bare(&passport["staff"])), "").expect(200);
    let awarded: Vec<_> =
        person["records"].as_array().unwrap().iter().filter_map(|it| it["record"]["awarded"].as_str()).collect();
    assert_eq!(awarded, ["2025-10-08"], "the newer one stands");
}
