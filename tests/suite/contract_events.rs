//! `openapi.yaml` against the running service for events and webhooks: each operation succeeds and is
//! refused at least once.

use passport_issuer::webhook;
use passport_tests::receiver::{Answer, Receiver};
use passport_tests::{Database, TestApp, nurse};
use serde_json::{Value, json};

use super::contract::Contract;

#[test]
fn events_and_webhooks_answer_as_they_are_described() {
    let contract = Contract::load();
    let (app, hr, _) = TestApp::start_with_receivers(Database::Sqlite);
    let stranger = hr.with_key("spt_no");
    let receiver = Receiver::start();
    let post = |path: &str, id: &str, body: &Value| {
        let template = format!("post {path}");
        let answer = hr.post(&path.replace("{id}", id), body);
        if answer.status < 300 && !body.is_null() {
            contract.check_body(&template, body);
        }
        contract.check(&template, &answer);
        answer.json()
    };
    let get = |path: &str, id: &str| contract.check(&format!("get {path}"), &hr.get(&path.replace("{id}", id), ""));
    let body = json!({ "url": receiver.url, "types": ["example.staff-passport.credential.*"] });
    let added = post("/v1/webhooks", "", &body);
    for body in [json!({}), json!([])] {
        post("/v1/webhooks", "", &body);
    }
    let id = added["id"].as_str().unwrap();
    let none = "0199d2f0-7a6b-7c3d-8e4f-0123456789ab";
    let _ = hr.issue(&nurse("1", "Ana Ng"));
    let round = || {
        app.runtime.block_on(webhook::round(&app.app)).unwrap();
        app.clock.advance(86_400 * 2);
    };
    // Half of it is given up; the other half keeps the webhook from being taken for lost.
    let mut even = false;
    receiver.behave(move |_| {
        even = !even;
        Answer::Status(if even { 500 } else { 200 })
    });
    for _ in 0..3 {
        round();
    }
    receiver.behave(|_| Answer::Status(410));
    let _ = hr.issue(&nurse("2", "Ben Ng"));
    round();
    for (template, body) in [
        ("/v1/webhooks/{id}/enable", Value::Null),
        ("/v1/webhooks/{id}/rotate-secret", Value::Null),
        ("/v1/webhooks/{id}/replay", json!({ "after": "0" })),
        ("/v1/webhooks/{id}/dead-letters/replay", Value::Null),
    ] {
        post(template, id, &body);
        post(template, none, &body);
    }
    post("/v1/webhooks/{id}/enable", id, &Value::Null);
    post("/v1/webhooks/{id}/replay", id, &json!({ "after": "x" }));
    for path in ["/v1/webhooks/{id}", "/v1/webhooks/{id}/dead-letters"] {
        get(path, id);
        get(path, none);
    }
    for path in ["/v1/webhooks", "/v1/events"] {
        get(path, "");
        contract.check(&format!("get {path}"), &stranger.get(path, ""));
    }
    contract.check("get /v1/events", &hr.get("/v1/events?after=x", ""));
    contract.check("delete /v1/webhooks/{id}", &hr.delete(&format!("/v1/webhooks/{id}")));
    contract.check("delete /v1/webhooks/{id}", &hr.delete(&format!("/v1/webhooks/{id}")));
    contract.finish_tags(&["Events", "Webhooks"]);
}
