//! `openapi.yaml` against the running service: every route that it names is there, every answer
//! is as it says, and the problem types are the same.

use std::cell::RefCell;
use std::collections::BTreeSet;

use jsonschema::Validator;
use passport_tests::{Answer, Database, Hr, TestApp, bare, nurse, reference_passport};
use serde_json::{Value, json};

struct Contract {
    document: Value,
    seen: RefCell<BTreeSet<String>>,
    /// Every fault, so that one run shows all of them.
    faults: RefCell<Vec<String>>,
}

impl Contract {
    fn load() -> Self {
        let document = serde_yaml_ng::from_str(include_str!("../../openapi.yaml")).expect("YAML");
        Self { document, seen: RefCell::default(), faults: RefCell::default() }
    }

    fn operations(&self) -> BTreeSet<String> {
        let paths = self.document["paths"].as_object().unwrap();
        let methods = |item: &Value| {
            ["get", "post"].into_iter().filter(|method| item[*method].is_object()).map(String::from).collect::<Vec<_>>()
        };
        paths
            .iter()
            .flat_map(|(path, item)| methods(item).into_iter().map(move |method| format!("{method} {path}")))
            .collect()
    }

    fn resolve<'d>(&'d self, value: &'d Value) -> &'d Value {
        match value["$ref"].as_str() {
            Some(reference) => self.document.pointer(&reference[1..]).unwrap_or_else(|| panic!("{reference}")),
            None => value,
        }
    }

    fn validator(&self, schema: &Value) -> Validator {
        let mut root = json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "components": self.document["components"] });
        root["allOf"] = json!([schema]);
        jsonschema::options().build(&root).expect("a schema")
    }

    /// Holds an answer against what the document says of this operation.
    fn check(&self, operation: &str, answer: &Answer) {
        self.seen.borrow_mut().insert(operation.to_owned());
        let fault = |what: String| self.faults.borrow_mut().push(format!("{operation} {}: {what}", answer.status));
        let (method, path) = operation.split_once(' ').unwrap();
        let described = &self.document["paths"][path][method];
        let response = self.resolve(&described["responses"][answer.status.to_string()]);
        if !response.is_object() {
            return fault(format!("is not described: {}", answer.text()));
        }
        for (name, _) in response["headers"].as_object().into_iter().flatten() {
            if answer.header(&name.to_lowercase()).is_empty() {
                fault(format!("has no {name}"));
            }
        }
        let Some(content) = response["content"].as_object() else { return };
        let kind = answer.header("content-type").split(';').next().unwrap_or_default();
        let Some(media) = content.get(kind) else { return fault(format!("{kind} is not described")) };
        if kind == "application/json" || kind.ends_with("+json") {
            for error in self.validator(&media["schema"]).iter_errors(&answer.json()).take(3) {
                fault(format!("{}: {error}", error.instance_path()));
            }
        }
    }
}

fn post(contract: &Contract, hr: &Hr, template: &str, path: &str, body: &Value) -> Value {
    let answer = hr.post(path, body);
    contract.check(&format!("post {template}"), &answer);
    answer.json()
}

fn get(contract: &Contract, hr: &Hr, template: &str, path: &str, accept: &str) -> Value {
    let answer = hr.get(path, accept);
    contract.check(&format!("get {template}"), &answer);
    answer.json()
}

#[test]
fn every_operation_answers_as_it_is_described() {
    let contract = Contract::load();
    let (app, hr, _) = TestApp::start(Database::Sqlite);
    let passport = post(&contract, &hr, "/v1/passports", "/v1/passports", &reference_passport());
    for body in [json!({}), json!({ "reference": "9", "records": [] }), nurse("2", "Ana Ng")] {
        post(&contract, &hr, "/v1/passports", "/v1/passports", &body);
    }
    post(&contract, &hr.with_key("spk_no"), "/v1/passports", "/v1/passports", &json!({}));
    post(&contract, &hr, "/v1/passes", "/v1/passes", &json!({ "staff": passport["staff"] }));
    post(
        &contract,
        &hr,
        "/v1/passes",
        "/v1/passes",
        &json!({ "staff": "urn:uuid:00000000-0000-0000-0000-000000000000" }),
    );
    let (staff, pass, credential) =
        (bare(&passport["staff"]), bare(&passport["pass"]["id"]), bare(&passport["credentials"][0]["id"]));
    for accept in ["application/json", "text/plain", "image/svg+xml", "image/png"] {
        get(&contract, &hr, "/v1/passes/{id}", &format!("/v1/passes/{pass}"), accept);
    }
    get(&contract, &hr, "/v1/passes/{id}", "/v1/passes/none", "");
    get(&contract, &hr, "/v1/credentials/{id}", &format!("/v1/credentials/{credential}"), "");
    get(&contract, &hr, "/v1/staff", "/v1/staff", "");
    get(&contract, &hr, "/v1/staff/{id}", &format!("/v1/staff/{staff}"), "");
    get(&contract, &hr, "/v1/audit", "/v1/audit", "");
    let reason = json!({ "reason": "issued-in-error" });
    let record = bare(&passport["records"][9]["id"]);
    let mut replacement = reference_passport()["records"][9].clone();
    replacement["awarded"] = "2025-02-14".into();
    for (what, id) in [("records", record), ("credentials", credential), ("passes", pass)] {
        for action in ["suspend", "reinstate", "supersede", "withdraw"] {
            let mut body = reason.clone();
            if (what, action) == ("records", "supersede") {
                body["replacement"] = replacement.clone();
            }
            // The last one finds it superseded: a conflict, which is described too.
            post(&contract, &hr, &format!("/v1/{what}/{{id}}/{action}"), &format!("/v1/{what}/{id}/{action}"), &body);
            post(
                &contract,
                &hr,
                &format!("/v1/{what}/{{id}}/{action}"),
                &format!("/v1/{what}/{id}/{action}"),
                &json!({ "reason": 1 }),
            );
        }
    }
    let other = bare(&passport["records"][10]["id"]);
    post(&contract, &hr, "/v1/records/{id}/withdraw", &format!("/v1/records/{other}/withdraw"), &reason);
    let organisation = "/organisations/{code}";
    for (template, path) in [
        (organisation.to_owned(), "/organisations/RNN"),
        (format!("{organisation}/did.json"), "/organisations/RNN/did.json"),
        (format!("{organisation}/jwks.json"), "/organisations/RNN/jwks.json"),
        (format!("{organisation}/status"), "/organisations/RNN/status"),
        (format!("{organisation}/status"), "/organisations/XXX/status"),
        (format!("{organisation}/status/{{list}}"), "/organisations/RNN/status/1"),
        (format!("{organisation}/status/{{list}}/revocation"), "/organisations/RNN/status/1/revocation"),
        (format!("{organisation}/status/{{list}}/suspension"), "/organisations/RNN/status/1/suspension"),
        ("/trust-list".into(), "/trust-list"),
        ("/bundle".into(), "/bundle"),
        ("/contexts/v1".into(), "/contexts/v1"),
        ("/schemas/v1/{name}".into(), "/schemas/v1/StaffTrainingCredential.json"),
        ("/health".into(), "/health"),
        ("/".into(), "/"),
        ("/openapi.yaml".into(), "/openapi.yaml"),
        ("/style.css".into(), "/style.css"),
    ] {
        contract.check(&format!("get {template}"), &app.get(path, ""));
    }
    contract.check(
        "get /organisations/{code}/status/{list}",
        &app.get("/organisations/RNN/status/1", "application/statuslist+cwt"),
    );
    let faults = contract.faults.take();
    assert!(faults.is_empty(), "{faults:#?}");
    let missing: Vec<_> = contract.operations().difference(&contract.seen.borrow()).cloned().collect();
    assert!(missing.is_empty(), "described, and never asked for: {missing:?}");
}

#[test]
fn every_problem_type_is_described() {
    let contract = Contract::load();
    let listed =
        contract.document["components"]["schemas"]["Problem"]["properties"]["type"]["enum"].as_array().unwrap();
    let listed: BTreeSet<_> = listed.iter().map(|it| it.as_str().unwrap().to_owned()).collect();
    let types = passport_issuer::error::ALL
        .iter()
        .map(|kind| format!("{}{}", passport_issuer::error::PROBLEM_TYPES, kind.code));
    assert_eq!(listed, types.collect());
}
