//! What anybody may read: stable addresses, validators, and forms.

use passport_issuer::operator;
use passport_schema::cose::Sign1;
use passport_schema::status::{Status, StatusToken};
use passport_tests::{DAY, Database, TestApp, agent, get, nurse, on_each_database};
use serde_json::json;

#[test]
fn public_documents_are_cacheable_and_have_validators() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        let _ = hr.issue(&nurse("1", "Ana Ng"));
        for path in [
            "/organisations/RNN",
            "/organisations/RNN/did.json",
            "/organisations/RNN/jwks.json",
            "/organisations/RNN/status",
            "/organisations/RNN/status/1",
            "/organisations/RNN/status/1/revocation",
            "/organisations/RNN/status/1/suspension",
            "/trust-list",
            "/bundle",
            "/contexts/v1",
            "/schemas/v1/StaffTrainingCredential.json",
            "/openapi.yaml",
            "/",
            "/api",
            "/organisations",
            "/share",
        ] {
            let answer = app.get(path, "");
            assert_eq!(answer.status, 200, "{path}");
            assert!(answer.header("cache-control").starts_with("public, max-age="), "{path}");
            let etag = answer.header("etag").to_owned();
            let request = agent().get(format!("{}{path}", app.url)).header("If-None-Match", &etag);
            assert_eq!(request.call().unwrap().status().as_u16(), 304, "{path}");
        }
        for path in [
            "/organisations/XXX/did.json",
            "/organisations/RNN/status/2",
            "/organisations/RNN/status/01",
            "/schemas/v1/x.json",
            "/nowhere",
        ] {
            assert_eq!(app.get(path, "").status, 404, "{path}");
        }
    });
}

#[test]
fn an_organisation_tells_who_succeeded_it() {
    on_each_database(|database| {
        let (app, _, rtd) = TestApp::start(database);
        let set = |code, successor| app.runtime.block_on(operator::set_successor(&app.app, code, successor));
        set("RTD", "RNN").unwrap();
        assert!(set("RTD", "RTD").is_err());
        assert!(set("RXX", "RNN").is_err());
        let told = app.get("/organisations/RTD", "").expect(200);
        assert_eq!((&told["code"], &told["successor"]), (&json!("RTD"), &json!("RNN")));
        assert!(rtd.get("/v1/audit", "").text().contains("organisation.succeeded"));
    });
}

#[test]
fn publishing_a_trust_list_and_comparing_a_record_again_are_in_the_trail() {
    on_each_database(|database| {
        let (_app, hr, _) = TestApp::start(database);
        let mut nurse = nurse("1", "Ana Ng");
        let _ = hr.issue(&nurse);
        nurse["records"][2]["provenance"]["lastRefreshed"] = "2026-11-21".into();
        let again = hr.issue(&nurse);
        assert!(again["records"].as_array().unwrap().iter().all(|record| record["outcome"] == "unchanged"));
        let trail = hr.get("/v1/audit", "").expect(200);
        let entries = trail["entries"].as_array().unwrap();
        let count = |action| entries.iter().filter(|entry| entry["action"] == action).count();
        assert_eq!((count("trust-list.published"), count("record.refreshed")), (1, 1), "{trail:#}");
    });
}

#[test]
fn a_list_is_signed_anew_when_it_changes_and_every_hour() {
    let (app, hr, _) = TestApp::start(Database::Sqlite);
    let passport = hr.issue(&nurse("1", "Ana Ng"));
    let token = || app.get("/organisations/RNN/status/1", "").text();
    let first = token();
    app.clock.advance(60);
    assert_eq!(token(), first, "the same bytes, so that caches keep them");
    let _ = hr.set_status("records", &passport["records"][0]["id"], "withdraw").expect(200);
    let second = token();
    assert_ne!(first, second, "at once");
    app.clock.advance(DAY / 24);
    assert_ne!(token(), second);
}

#[test]
fn the_binary_form_says_the_same_as_the_text_form() {
    let (app, hr, _) = TestApp::start(Database::Sqlite);
    let passport = hr.issue(&nurse("1", "Ana Ng"));
    let _ = hr.set_status("records", &passport["records"][0]["id"], "suspend").expect(200);
    let cwt = app.get("/organisations/RNN/status/1", "application/statuslist+cwt");
    assert_eq!(cwt.header("content-type"), "application/statuslist+cwt");
    let message = Sign1::parse(&cwt.body).unwrap();
    assert_eq!(message.typ, Some("application/statuslist+cwt"));
    let jwt = app.get("/organisations/RNN/status/1", "application/statuslist+jwt").text();
    let jws = passport_schema::jose::Jws::parse(&jwt, passport_schema::jose::Type::StatusList).unwrap();
    let (cbor, json) =
        (StatusToken::from_cbor(message.payload).unwrap(), StatusToken::from_json(&jws.payload).unwrap());
    assert_eq!(cbor, json);
    let suspended = (0..passport_schema::status::LIST_SIZE)
        .filter(|index| json.list.get(*index) == Some(Status::Suspended))
        .count();
    assert_eq!(suspended, 2, "in the credential and in the pass");
}

#[test]
fn a_credential_holds_against_its_published_schema() {
    let (app, hr, _) = TestApp::start(Database::Sqlite);
    let passport = hr.issue(&passport_tests::reference_passport());
    for credential in passport["credentials"].as_array().unwrap() {
        let path = format!("/schemas/v1/{}.json", credential["type"].as_str().unwrap());
        let schema = app.get(&path, "").json();
        let token = credential["token"].as_str().unwrap();
        let jws = passport_schema::jose::Jws::parse(token, passport_schema::jose::Type::Credential).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&jws.payload).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let faults: Vec<_> =
            validator.iter_errors(&claims).map(|error| format!("{} {error}", error.instance_path())).collect();
        assert!(faults.is_empty(), "{path}: {faults:?}");
        let mut spoiled = claims.clone();
        spoiled["credentialSubject"]["record"][0]["gender"] = "x".into();
        assert!(!validator.is_valid(&spoiled), "unknown fields are refused");
        // Every name in it is a term of the contexts: nothing is lost in JSON-LD.
        let context = app.get("/contexts/v1", "").json();
        let record = claims["credentialSubject"]["record"][0].as_object().unwrap();
        for name in record.keys() {
            assert!(context["@context"]["record"]["@context"][name].is_string(), "{name}");
        }
    }
}

#[test]
fn the_trust_list_cannot_be_rolled_back_or_signed_by_another_root() {
    on_each_database(|database| {
        let (app, _, _) = TestApp::start(database);
        let old = app.get("/trust-list", "").text();
        app.publish_trust_list(2);
        let publish = |token: &str, root: &passport_verifier::PublicKey| {
            app.runtime.block_on(passport_issuer::publish::publish_trust_list(&app.app, token, root))
        };
        assert!(publish(&old, &app.root_key()).unwrap_err().contains("not higher"));
        let stranger = ed25519_dalek::SigningKey::from_bytes(&[66; 32]);
        let root = passport_verifier::PublicKey::parse(stranger.verifying_key().as_bytes()).unwrap();
        assert!(publish(&old, &root).unwrap_err().contains("another system"));
        let bundle = app.get("/bundle", "").body;
        let error = passport_verifier::Bundle::open(&bundle, &app.root_key(), 3).unwrap_err();
        assert_eq!(error.code(), "bundle-rolled-back");
        assert_eq!(passport_verifier::Bundle::open(&bundle, &root, 0).unwrap_err().code(), "bundle-foreign");
    });
}

#[test]
fn health_says_whether_the_database_answers() {
    on_each_database(|database| {
        let (app, _, _) = TestApp::start(database);
        let health = get(&agent(), &format!("{}/health", app.url), "").expect(200);
        assert_eq!(health["status"], json!("ok"));
        app.runtime.block_on(app.app.store.close());
        assert_eq!(app.get("/health", "").status, 503);
    });
}

#[test]
fn many_who_ask_for_the_bundle_at_once_all_get_it() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        let _ = hr.issue(&nurse("1", "Ana Ng"));
        std::thread::scope(|scope| {
            let asked: Vec<_> = (0..40).map(|_| scope.spawn(|| app.get("/bundle", "").status)).collect();
            assert!(asked.into_iter().all(|asked| asked.join().unwrap() == 200), "no connection waits for another");
        });
    });
}
