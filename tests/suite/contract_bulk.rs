//! `openapi.yaml` against the running service, for what happens to many people at once, or to a person as a
//! whole: each operation succeeds and is refused at least once.

use passport_tests::{Database, Hr, TestApp, bare, identity, nurse};
use serde_json::{Value, json};

use super::contract::{BULK, Contract};

/// Somebody who calls operations by their templates, and holds each answer against the contract.
struct Caller<'c> {
    contract: &'c Contract,
    who: Hr,
}

impl Caller<'_> {
    fn post(&self, template: &str, id: &Value, body: &Value, status: u16) -> Value {
        let id = id.as_str().map_or("none", |id| id.trim_start_matches("urn:uuid:"));
        let answer = self.who.post(&template.replace("{id}", id), body);
        if answer.status < 300 && !body.is_null() {
            self.contract.check_body(&format!("post {template}"), body);
        }
        self.contract.check(&format!("post {template}"), &answer);
        answer.expect(status)
    }
}

#[test]
fn bulk_operations_answer_as_they_are_described() {
    let contract = Contract::load();
    let (_app, rnn, rtd) = TestApp::start(Database::Sqlite);
    let hr = Caller { contract: &contract, who: rnn.clone() };
    let others = Caller { contract: &contract, who: rtd };
    let nobody = Caller { contract: &contract, who: rnn.with_key("spk_no") };
    let staff = rnn.issue(&nurse("1", "Ana Ng"))["staff"].clone();
    let name = json!({ "identity": identity("Ana Li") });
    let path = "/v1/staff/{id}/change-of-name";
    nobody.post(path, &staff, &name, 401);
    others.post(path, &staff, &name, 404);
    hr.post(path, &staff, &json!({ "identity": identity("Ana Ng") }), 422);
    hr.post(path, &staff, &json!({ "identity": "x".repeat(600_000) }), 413);
    let renamed = hr.post(path, &staff, &name, 201);
    assert_eq!(rnn.get(&format!("/v1/staff/{}", bare(&renamed["staff"])), "").status, 200);
    contract.finish_tag(BULK);
}
