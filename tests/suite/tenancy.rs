//! Another tenant's id is 404, and nobody gets in without a key.

use passport_tests::{Database, TestApp, bare, nurse, on_each_database};
use serde_json::json;

#[test]
fn another_organisation_finds_nothing_and_changes_nothing() {
    on_each_database(|database| {
        let (_app, rnn, rtd) = TestApp::start(database);
        let passport = rnn.issue(&nurse("1", "Ana Ng"));
        let (staff, pass) = (bare(&passport["staff"]), bare(&passport["pass"]["id"]));
        let credential = bare(&passport["credentials"][0]["id"]);
        for path in
            [format!("/v1/staff/{staff}"), format!("/v1/passes/{pass}"), format!("/v1/credentials/{credential}")]
        {
            assert_eq!(rnn.get(&path, "").status, 200);
            assert_eq!(rtd.get(&path, "").status, 404, "{path}");
        }
        assert_eq!(rtd.post("/v1/passes", &json!({ "staff": passport["staff"] })).status, 404);
        for action in ["withdraw", "suspend", "reinstate"] {
            for (what, id) in [
                ("records", &passport["records"][0]["id"]),
                ("credentials", &passport["credentials"][0]["id"]),
                ("passes", &passport["pass"]["id"]),
            ] {
                assert_eq!(rtd.set_status(what, id, action).status, 404, "{what} {action}");
            }
        }
        assert_eq!(rtd.get("/v1/staff", "").expect(200)["staff"], json!([]));
        let audit = rtd.get("/v1/audit", "").text();
        assert!(!audit.contains(pass), "the trail is the tenant's own");
    });
}

#[test]
fn nobody_gets_in_without_a_valid_key() {
    let (app, hr, _) = TestApp::start(Database::Sqlite);
    for key in [
        "",
        "spk_",
        "spk_AAAA",
        &format!("{}x", hr.key),
        &hr.key[4..],
        "spk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ] {
        let answer = hr.with_key(key).post("/v1/passports", &nurse("1", "Ana Ng"));
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, "Bearer"), "{key}");
    }
    let audit = hr.get("/v1/audit", "").expect(200);
    let id = audit["entries"].as_array().unwrap().iter().find(|it| it["action"] == "api-key.added").unwrap()["subject"]
        .as_str()
        .unwrap()
        .to_owned();
    app.runtime.block_on(passport_issuer::operator::revoke_api_key(&app.app, "RNN", &id)).unwrap();
    assert_eq!(hr.get("/v1/audit", "").status, 401);
}
