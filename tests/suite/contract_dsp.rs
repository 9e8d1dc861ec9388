//! `openapi.yaml` against the running service, for other systems and the Digital Staff Passport API: each
//! operation succeeds and is refused at least once.

use passport_issuer::dsp::pull;
use passport_tests::{Database, Hr, TestApp, agent, bare, get, nurse};
use serde_json::{Value, json};

use super::contract::Contract;
use super::dsp::ours;
use super::dsp_world::{Learning, post_raw};

/// Somebody who calls operations by their templates, and holds each answer against the contract.
struct Caller<'c> {
    contract: &'c Contract,
    hr: &'c Hr,
}

impl Caller<'_> {
    fn post(&self, template: &str, path: &str, body: &Value, status: u16) -> Value {
        let answer = self.hr.post(path, body);
        if status < 300 {
            self.contract.check_body(&format!("post {template}"), body);
        }
        self.contract.check(&format!("post {template}"), &answer);
        answer.expect(status)
    }

    fn get(&self, template: &str, path: &str, status: u16) -> Value {
        let answer = self.hr.get(path, "");
        self.contract.check(&format!("get {template}"), &answer);
        answer.expect(status)
    }
}

#[test]
fn every_operation_of_other_systems_answers_as_it_is_described() {
    let contract = Contract::load();
    let (app, hr, _) = TestApp::start_with_receivers(Database::Sqlite);
    let call = Caller { contract: &contract, hr: &hr };
    let nobody = hr.with_key("");
    let stranger = Caller { contract: &contract, hr: &nobody };
    let system = Learning::start();
    let (peers, request) = ("/v1/peers", system.request("learning", "EdDSA"));
    let peer = call.post(peers, peers, &request, 201);
    system.trusts(&peer);
    call.post(peers, peers, &request, 409);
    call.post(peers, peers, &json!({}), 422);
    call.get(peers, peers, 200);
    stranger.get(peers, peers, 401);
    let passport = hr.issue(&nurse("1", "Ana Ng"));
    let staff = passport["staff"].clone();
    let at = |rest: &str| format!("/v1/peers/{}{rest}", bare(&peer["id"]));
    let template = |rest: &str| format!("/v1/peers/{{id}}{rest}");
    let (links, pulls, sends) = (template("/links"), template("/pulls"), template("/sends"));
    call.post(&links, &at("/links"), &json!({ "staff": staff }), 200);
    for (id, first, surname) in [("E-1", "Ana", "Ng"), ("E-2", "Ana", "Ng")] {
        system.has(id, first, surname, "1990-04-17");
    }
    call.post(&links, &at("/links"), &json!({ "staff": staff }), 200);
    call.post(&links, &at("/links"), &json!({ "staff": staff, "employee": "E-1" }), 200);
    call.post(&links, &at("/links"), &json!({ "staff": staff }), 200);
    let twin = hr.issue(&nurse("2", "Ana Ng"))["staff"].clone();
    call.post(&links, &at("/links"), &json!({ "staff": twin, "employee": "E-1" }), 409);
    call.post(&links, &at("/links"), &json!({ "staff": 1 }), 422);
    system.state.lock().unwrap().broken = Some(500);
    call.post(&links, &at("/links"), &json!({ "staff": twin }), 502);
    call.post(&sends, &at("/sends"), &json!({ "staff": staff }), 502);
    system.state.lock().unwrap().broken = None;
    let mut faulty = ours()["AddEmployeeRecordRequestCoreSkillsTraining.json"].clone();
    faulty["attainmentStatus"] = "FAILED".into();
    system.gives("E-1", &json!([ours()["AddEmployeeRecordRequestCoreSkillsTraining.json"], faulty]));
    let job = call.post(&pulls, &at("/pulls"), &json!({ "staff": staff }), 202);
    call.post(&pulls, &at("/pulls"), &json!({ "staff": twin }), 404);
    call.post(&pulls, &at("/pulls"), &json!({ "staff": 1 }), 422);
    app.runtime.block_on(pull::work(&app.app)).unwrap();
    call.get(&template("/pulls/{pull}"), &at(&format!("/pulls/{}", bare(&job["id"]))), 200);
    call.get(&template("/pulls/{pull}"), &at(&format!("/pulls/{}", bare(&staff))), 404);
    call.get(&links, &at("/links"), 200);
    call.get(&links, &links.replace("{id}", bare(&staff)), 404);
    call.post(&sends, &at("/sends"), &json!({ "staff": staff }), 200);
    call.post(&sends, &at("/sends"), &json!({ "staff": twin }), 404);
    call.post(&sends, &at("/sends"), &json!({ "staff": staff, "records": [] }), 422);
    contract.check("get /organisations/{code}/peers/jwks.json", &app.get("/organisations/RNN/peers/jwks.json", ""));
    contract.finish_tags(&["Other systems"]);
}

#[test]
fn every_operation_over_our_own_data_answers_as_it_is_described() {
    let contract = Contract::load();
    let (app, hr, _) = TestApp::start_with_receivers(Database::Sqlite);
    let call = Caller { contract: &contract, hr: &hr };
    let nobody = hr.with_key("");
    let stranger = Caller { contract: &contract, hr: &nobody };
    let system = Learning::start();
    let _ = system.register(&hr, "learning", "EdDSA");
    let staff = hr.issue(&nurse("1", "Ana Ng"))["staff"].clone();
    let employees = "/dsp/organisations/{code}/employees";
    call.get(employees, "/dsp/organisations/RNN/employees?surname=ng", 200);
    call.get(employees, "/dsp/organisations/RNN/employees", 400);
    call.get(employees, "/dsp/organisations/RTD/employees?surname=ng", 404);
    stranger.get(employees, "/dsp/organisations/RNN/employees?surname=ng", 401);
    let (one, records) = (format!("{employees}/{{employee}}"), format!("{employees}/{{employee}}/records"));
    let path = format!("/dsp/organisations/RNN/employees/{}", bare(&staff));
    call.get(&one, &path, 200);
    call.get(&one, &format!("{path}x"), 404);
    call.get(&records, &format!("{path}/records"), 200);
    call.get(&records, &format!("{path}/records?recordType=x"), 400);
    let vaccination = ours()["AddEmployeeRecordRequestVaccination.json"].clone();
    call.post(&records, &format!("{path}/records"), &vaccination, 201);
    call.post(&records, &format!("{path}/records"), &vaccination, 409);
    call.post(&records, &format!("{path}/records"), &json!({}), 400);
    call.post(&records, &format!("{path}x/records"), &vaccination, 404);
    let status = "/dsp/organisations/{code}/_status";
    for organisation in ["RNN", "XXX"] {
        let asked = get(&agent(), &format!("{}/dsp/organisations/{organisation}/_status", app.url), "");
        contract.check(&format!("get {status}"), &asked);
    }
    let event = system.event("236a1d4a-5d69-4fa9-9c7f-e72bf505aa5b", "RNN", "E-1").to_string();
    let url = format!("{}/dsp/events", app.url);
    let structured = ("content-type", "application/cloudevents+json");
    for (key, body, status) in
        [(hr.key.as_str(), event.as_str(), 200), (hr.key.as_str(), "{}", 400), ("spk_no", event.as_str(), 401)]
    {
        let answer = post_raw(&url, &[structured, ("apikey", key)], body.as_bytes());
        contract.check("post /dsp/events", &answer);
        assert_eq!(answer.status, status);
    }
    contract.finish_tags(&["Digital Staff Passport API"]);
}
