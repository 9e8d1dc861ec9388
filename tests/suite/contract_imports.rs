//! Imports as `openapi.yaml` describes them.

use passport_tests::importing::{staff_list, training_export};
use passport_tests::{Answer, Database, Hr, TestApp, bare};
use serde_json::{Value, json};

use super::contract::Contract;
use crate::imports::{FIRE, STAFF};

#[test]
fn imports_answer_as_they_are_described() {
    let contract = Contract::load();
    let (app, hr, _) = TestApp::start_with_max_file(Database::Sqlite, 1 << 20);
    let check = |operation: &str, answer: Answer, status: u16| -> Value {
        contract.check(operation, &answer);
        answer.expect(status)
    };
    let nobody = hr.with_key("spk_no");
    let path = |import: &Value, rest: &str| format!("/v1/imports/{}{rest}", bare(&import["id"]));
    let get = |who: &Hr, template: &str, path: &str, status: u16| {
        check(&format!("get {template}"), who.get(path, ""), status)
    };

    let send = |query: &str, file: &[u8], status: u16| check("post /v1/imports", hr.upload(query, file), status);
    let staff = send("format=staff", staff_list(STAFF).as_bytes(), 202);
    send("format=word", b"", 422);
    send("format=staff", &vec![b'x'; (1 << 20) + 1], 413);
    check("post /v1/imports", nobody.upload("format=staff", b""), 401);
    app.work();
    get(&hr, "/v1/imports/{id}", &path(&staff, ""), 200);
    check("post /v1/imports/{id}/commit", hr.ask_import(&staff, "commit"), 202);
    app.work();

    let mapping = json!({ "subjects": [{ "subject": "cstf/fire-safety/1", "courses": ["Fire drill"] }] });
    contract.check_body("post /v1/mappings", &mapping);
    let kept = check("post /v1/mappings", hr.post("/v1/mappings", &mapping), 201);
    check("post /v1/mappings", hr.post("/v1/mappings", &mapping), 200);
    check("post /v1/mappings", hr.post("/v1/mappings", &json!({ "subjects": 1 })), 422);
    check("post /v1/mappings", nobody.post("/v1/mappings", &mapping), 401);
    get(&hr, "/v1/mappings", "/v1/mappings", 200);
    get(&nobody, "/v1/mappings", "/v1/mappings", 401);

    let rows = training_export(&[
        ("30670101", FIRE, "01-Nov-2025"),
        ("30670109", FIRE, "01-Nov-2025"),
        ("30670102-2", FIRE, "01-Nov-2025"),
        ("30670102", "218|CSTF|Flying - 1 Year|", "01-Nov-2025"),
    ]);
    let query = format!("format=esr-training&asOf=2026-11-20&mapping={}", bare(&kept["id"]));
    let training = send(&query, rows.as_bytes(), 202);
    let result = "get /v1/imports/{id}/result";
    check(result, hr.get(&path(&training, "/result"), ""), 409);
    app.work();
    get(&hr, "/v1/imports/{id}", &path(&training, ""), 200);
    let shown = get(&hr, "/v1/imports/{id}/rows", &path(&training, "/rows"), 200);
    assert_eq!(shown["rows"].as_array().unwrap().len(), 4, "{shown:#}");
    get(&hr, "/v1/imports/{id}/rows", &path(&training, "/rows?outcome=refused"), 200);
    get(&hr, "/v1/imports/{id}/rows", &path(&training, "/rows?outcome=odd"), 422);
    contract.check(result, &hr.get(&path(&training, "/result"), "text/csv"));
    check(result, hr.get(&path(&training, "/result"), "application/json"), 200);
    let body = json!({ "pass": { "carrier": "phone" } });
    contract.check_body("post /v1/imports/{id}/commit", &body);
    let commit = path(&training, "/commit");
    check("post /v1/imports/{id}/commit", hr.post(&commit, &json!({ "pass": 1 })), 422);
    check("post /v1/imports/{id}/commit", hr.post(&commit, &body), 202);
    check("post /v1/imports/{id}/cancel", hr.ask_import(&training, "cancel"), 409);
    app.work();

    let broken = send("format=esr-training", b"", 202);
    app.work();
    assert_eq!(get(&hr, "/v1/imports/{id}", &path(&broken, ""), 200)["fault"]["code"], "empty-file");
    check("post /v1/imports/{id}/commit", hr.ask_import(&broken, "commit"), 409);
    let waiting = send("format=staff&asOf=2026-11-19", staff_list(STAFF).as_bytes(), 202);
    check("post /v1/imports/{id}/cancel", hr.ask_import(&waiting, "cancel"), 200);
    get(&hr, "/v1/imports", "/v1/imports", 200);
    get(&nobody, "/v1/imports", "/v1/imports", 401);
    let none = json!({ "id": "urn:uuid:00000000-0000-0000-0000-000000000000" });
    get(&hr, "/v1/imports/{id}", &path(&none, ""), 404);
    get(&hr, "/v1/imports/{id}/rows", &path(&none, "/rows"), 404);
    check(result, hr.get(&path(&none, "/result"), ""), 404);
    check("post /v1/imports/{id}/commit", hr.ask_import(&none, "commit"), 404);
    check("post /v1/imports/{id}/cancel", hr.ask_import(&none, "cancel"), 404);
    contract.finish_tags(&["Imports"]);
}
