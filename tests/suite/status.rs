//! Withdraw, suspend, reinstate, supersede: in the published lists at once.

use passport_tests::{DAY, Database, TestApp, bare, fire_safety, nurse, on_each_database, standing};
use serde_json::{Value, json};

fn training(passport: &Value) -> &Value {
    passport["credentials"].as_array().unwrap().iter().find(|it| it["type"] == "StaffTrainingCredential").unwrap()
}

#[test]
fn a_withdrawn_record_leaves_the_others_standing() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        let passport = hr.issue(&nurse("1", "Ana Ng"));
        let answer = hr.set_status("records", &passport["records"][2]["id"], "withdraw").expect(200);
        assert_eq!(answer["status"], "withdrawn");
        let ward = app.ward();
        for text in [&passport["pass"]["text"], &training(&passport)["token"]] {
            let verdict = ward.look(text, app.now());
            assert_eq!(verdict["decision"], "accepted");
            assert_eq!(verdict["verified"]["records"][0]["standing"], "withdrawn", "worst first");
            assert_eq!(verdict["verified"]["records"][0]["record"]["subject"], "cstf/fire-safety/1");
            assert_eq!(standing(&verdict, "withdrawn"), 1);
        }
        // What was withdrawn does not come back by being sent again.
        let again = hr.issue(&nurse("1", "Ana Ng"));
        assert_eq!(again["records"][2]["outcome"], "withdrawn");
        assert_eq!(standing(&app.ward().look(&again["pass"]["text"], app.now()), "counts"), 3);
        // Nor behind an older one, in whichever order they come.
        for order in [["2023-01-01", "2025-10-08"], ["2025-10-08", "2023-01-01"]] {
            let rows: Vec<_> = order.iter().map(|awarded| fire_safety(awarded)).collect();
            let answer = hr.issue(&json!({ "reference": "1", "records": rows }));
            let wrong =
                answer["records"].as_array().unwrap().iter().zip(order).find(|(_, awarded)| *awarded == "2025-10-08");
            assert_eq!(wrong.unwrap().0["outcome"], "withdrawn", "{order:?}");
        }
        let twice = hr.set_status("records", &passport["records"][2]["id"], "withdraw");
        assert_eq!(twice.status, 409);
    });
}

#[test]
fn a_suspended_record_comes_back_when_it_is_reinstated() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        let passport = hr.issue(&nurse("1", "Ana Ng"));
        let record = &passport["records"][2]["id"];
        let _ = hr.set_status("records", record, "suspend").expect(200);
        assert_eq!(standing(&app.ward().look(&passport["pass"]["text"], app.now()), "suspended"), 1);
        // Signed anew meanwhile, it is suspended there too.
        let chosen = hr.post("/v1/passes", &json!({ "staff": passport["staff"], "records": [record] })).expect(201);
        assert_eq!(standing(&app.ward().look(&chosen["pass"]["text"], app.now()), "suspended"), 1);
        let _ = hr.set_status("records", record, "reinstate").expect(200);
        let ward = app.ward();
        for text in [&passport["pass"]["text"], &chosen["pass"]["text"]] {
            assert_eq!(standing(&ward.look(text, app.now()), "suspended"), 0);
        }
        assert_eq!(hr.set_status("records", record, "reinstate").status, 409);
    });
}

#[test]
fn credentials_and_passes_have_a_status_of_their_own() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        let passport = hr.issue(&nurse("1", "Ana Ng"));
        let code = |text: &Value| app.ward().look(text, app.now())["reasons"][0]["code"].clone();
        let _ = hr.set_status("passes", &passport["pass"]["id"], "suspend").expect(200);
        assert_eq!(code(&passport["pass"]["text"]), "suspended");
        let _ = hr.set_status("passes", &passport["pass"]["id"], "withdraw").expect(200);
        assert_eq!(code(&passport["pass"]["text"]), "withdrawn");
        assert_eq!(code(&training(&passport)["token"]), Value::Null, "the credentials stand");
        let credential = &training(&passport)["id"];
        let superseded = hr
            .post(
                &format!("/v1/credentials/{}/supersede", bare(credential)),
                &json!({ "reason": "updated-information" }),
            )
            .expect(201);
        assert_eq!(training(&superseded)["supersedes"], *credential);
        assert_eq!(code(&training(&passport)["token"]), "superseded");
        assert_eq!(code(&training(&superseded)["token"]), Value::Null);
        // A lost pass is replaced: a new one is issued, the withdrawn one stays so.
        let new = hr.issue(&nurse("1", "Ana Ng"));
        assert_eq!(new["pass"]["outcome"], "issued");
        assert_eq!(code(&new["pass"]["text"]), Value::Null);
    });
}

#[test]
fn a_correction_supersedes_whatever_the_dates_say() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        let passport = hr.issue(&nurse("1", "Ana Ng"));
        let body = json!({ "reason": "issued-in-error", "replacement": fire_safety("2024-12-08") });
        let path = format!("/v1/records/{}/supersede", bare(&passport["records"][2]["id"]));
        let answer = hr.post(&path, &body).expect(201);
        assert_eq!(answer["records"][0]["outcome"], "supersedes");
        let verdict = app.ward().look(&answer["pass"]["text"], app.now());
        let awarded: Vec<_> = verdict["verified"]["records"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|it| it["record"]["awarded"].as_str())
            .collect();
        assert!(awarded.contains(&"2024-12-08"), "{awarded:?}");
        assert_eq!(hr.post(&path, &body).status, 409, "it is superseded already");
        let identity = format!("/v1/records/{}/supersede", bare(&passport["records"][0]["id"]));
        let refused = hr.post(&identity, &body);
        assert_eq!(refused.problems(), [("/replacement/kind".into(), "other-kind".into())]);
    });
}

/// Withdrawals and issues for one person at once: none is lost, whoever comes first.
#[test]
fn a_withdrawal_is_not_lost_while_the_person_is_issued_to() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        let passport = hr.issue(&nurse("1", "Ana Ng"));
        let chosen = json!({ "staff": passport["staff"], "records": [passport["records"][2]["id"]] });
        let passes: Vec<Value> = std::thread::scope(|scope| {
            let issuing: Vec<_> = (0..6).map(|_| scope.spawn(|| hr.post("/v1/passes", &chosen))).collect();
            let _ = hr.set_status("records", &passport["records"][2]["id"], "withdraw").expect(200);
            issuing.into_iter().map(|it| it.join().unwrap()).filter(|it| it.status == 201).map(|it| it.json()).collect()
        });
        let ward = app.ward();
        for pass in passes.iter().chain([&passport]) {
            let verdict = ward.look(&pass["pass"]["text"], app.now());
            let fire = verdict["verified"]["records"]
                .as_array()
                .unwrap()
                .iter()
                .find(|it| it["record"]["subject"] == "cstf/fire-safety/1");
            assert!(fire.is_none_or(|it| it["standing"] == "withdrawn"), "{verdict:#}");
        }
    });
}

#[test]
fn old_news_is_stale_then_cannot_be_told() {
    let (app, hr, _) = TestApp::start(Database::Sqlite);
    let mut request = nurse("1", "Ana Ng");
    let check = json!({
        "kind": "identityCheck", "outcome": "cleared", "checked": "2025-01-01", "level": "h1a",
        "provenance": { "assurance": "identity-gpg45-in-person", "lastRefreshed": "2026-11-20" },
    });
    request["records"].as_array_mut().unwrap().push(check);
    let passport = hr.issue(&request);
    let ward = app.ward();
    let later = |seconds: i64| ward.look(&passport["pass"]["text"], app.now().plus(seconds));
    let stale = later(2 * DAY);
    assert_eq!((&stale["decision"], &stale["reasons"][0]["code"]), (&json!("accepted"), &json!("status-stale")));
    assert_eq!(standing(&stale, "stale"), 2, "training");
    assert_eq!(standing(&stale, "cannot-tell"), 3, "identity, job and check");
    let expired = later(8 * DAY);
    assert_eq!(
        (&expired["decision"], &expired["reasons"][0]["code"]),
        (&json!("cannot-tell"), &json!("status-expired"))
    );
    assert_eq!(standing(&expired, "counts"), 0);
}

#[test]
fn keys_are_rotated_and_compromised() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        let old = hr.issue(&nurse("1", "Ana Ng"));
        app.clock.advance(60);
        let rotated = app.runtime.block_on(passport_issuer::operator::rotate_key(&app.app, "RNN")).unwrap();
        app.clock.advance(60);
        let between = hr.issue(&nurse("3", "Cy Ode"));
        let ward = app.ward();
        assert_eq!(ward.look(&between["pass"]["text"], app.now())["decision"], "accepted", "no gap until it is listed");
        app.publish_trust_list(2);
        app.clock.advance(60);
        let new = hr.issue(&nurse("2", "Bo Li"));
        app.publish_trust_list(3);
        let trail = hr.get("/v1/audit", "").text();
        assert!(trail.contains("signing-key.activated") && trail.contains("signing-key.retired"), "{trail}");
        let ward = app.ward();
        assert!(ward.bundle.faults().is_empty(), "{:?}", ward.bundle.faults());
        assert_eq!(
            ward.look(&old["pass"]["text"], app.now())["decision"],
            "accepted",
            "what a retired key signed stands"
        );
        let verdict = ward.look(&new["pass"]["text"], app.now());
        assert_eq!(verdict["verified"]["key"], rotated.to_string());
        let first = ward.look(&old["pass"]["text"], app.now())["verified"]["key"].as_str().unwrap().to_owned();
        app.runtime.block_on(passport_issuer::operator::compromise_key(&app.app, "RNN", &first)).unwrap();
        app.clock.advance(60);
        app.publish_trust_list(4);
        let ward = app.ward();
        assert_eq!(ward.look(&old["pass"]["text"], app.now())["reasons"][0]["code"], "key-compromised");
        let again = hr.issue(&nurse("1", "Ana Ng"));
        assert_eq!(
            (&again["pass"]["outcome"], &again["credentials"][0]["outcome"]),
            (&json!("issued"), &json!("issued"))
        );
        assert_eq!(ward.look(&new["pass"]["text"], app.now())["decision"], "accepted");
        let did = app.get("/organisations/RNN/did.json", "").json();
        assert!(!did.to_string().contains(&first), "a compromised key is not in the DID document");
    });
}
