//! `openapi.yaml` against the running service, for what happens to many people at once, or to a person as a
//! whole: each operation succeeds and is refused at least once.

use passport_issuer::bulk::{reissue, withdrawal};
use passport_issuer::jobs;
use passport_issuer::store::jobs::Kind;
use passport_tests::{Database, Hr, TestApp, bare, identity, nurse};
use serde_json::{Value, json};

use super::contract::Contract;

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

    fn get(&self, template: &str, id: &Value, status: u16) -> Value {
        let id = id.as_str().map_or("none", |id| id.trim_start_matches("urn:uuid:"));
        let answer = self.who.get(&template.replace("{id}", id), "");
        self.contract.check(&format!("get {}", template.split('?').next().unwrap()), &answer);
        answer.expect(status)
    }
}

#[test]
fn bulk_operations_answer_as_they_are_described() {
    let contract = Contract::load();
    let (app, rnn, rtd) = TestApp::start(Database::Sqlite);
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
    leave(&hr, &others, &renamed["staff"]);
    withdrawals(&app, &hr, &others, &nobody);
    reissues(&app, &hr, &others, &nobody);
    contract.check("get /v1/audit", &rnn.get("/v1/audit", ""));
    contract.finish_tags(&["Bulk"]);
}

fn leave(hr: &Caller<'_>, others: &Caller<'_>, staff: &Value) {
    let path = "/v1/staff/{id}/leave";
    let ended = json!({ "ended": "2026-11-30" });
    others.post(path, staff, &ended, 404);
    hr.post(path, staff, &json!({ "ended": "soon" }), 422);
    hr.post(path, staff, &ended, 201);
    hr.post(path, staff, &ended, 409);
}

fn withdrawals(app: &TestApp, hr: &Caller<'_>, others: &Caller<'_>, nobody: &Caller<'_>) {
    let (all, one) = ("/v1/withdrawals", "/v1/withdrawals/{id}");
    let (confirm, cancel) = ("/v1/withdrawals/{id}/confirm", "/v1/withdrawals/{id}/cancel");
    let none = Value::Null;
    let query = json!({ "query": { "kind": "training", "awardedBy": "RNN" }, "reason": "issued-in-error" });
    nobody.post(all, &none, &query, 401);
    nobody.get(all, &none, 401);
    hr.post(all, &none, &json!({ "query": {}, "reason": "issued-in-error" }), 422);
    let first = hr.post(all, &none, &query, 201)["id"].clone();
    others.get(one, &first, 404);
    others.post(confirm, &first, &none, 404);
    others.post(cancel, &first, &none, 404);
    hr.post(cancel, &first, &none, 409);
    hr.post(confirm, &first, &none, 200);
    hr.post(confirm, &first, &none, 409);
    hr.post(cancel, &first, &none, 200);
    let second = hr.post(all, &none, &query, 201)["id"].clone();
    hr.post(confirm, &second, &none, 200);
    app.clock.advance(600);
    app.runtime.block_on(jobs::work(&app.app, Kind::Withdrawal, withdrawal::step)).unwrap();
    assert_eq!(hr.get(one, &second, 200)["state"], "done");
    hr.get("/v1/withdrawals/{id}?after=1", &second, 200);
    hr.get(all, &none, 200);
}

fn reissues(app: &TestApp, hr: &Caller<'_>, others: &Caller<'_>, nobody: &Caller<'_>) {
    let (all, one) = ("/v1/reissues", "/v1/reissues/{id}");
    let none = Value::Null;
    nobody.post(all, &none, &json!({ "because": "code-list" }), 401);
    hr.post(all, &none, &json!({ "because": "compromised-key" }), 422);
    hr.post(all, &none, &json!({ "because": "compromised-key", "key": "5f1c9a02" }), 409);
    let begun = hr.post(all, &none, &json!({ "because": "code-list", "rehearse": true }), 201)["id"].clone();
    app.runtime.block_on(jobs::work(&app.app, Kind::Reissue, reissue::step)).unwrap();
    assert_eq!(hr.get(one, &begun, 200)["state"], "done");
    others.get(one, &begun, 404);
}
