//! `openapi.yaml` against the running service: every route that it names is there and it names every
//! route, every answer and every example is as it says, and the problem types are the same.
//! Movements, imports, signing in, events, what is done to many, and other systems are in files of their own.

use std::cell::RefCell;
use std::collections::BTreeSet;

use jsonschema::Validator;
use passport_tests::{Answer, Database, Hr, TestApp, bare, nurse, reference_passport};
use serde_json::{Value, json};

use super::contract_movements;

/// The tags of what is called in the other contract files.
const ELSEWHERE: [&str; 12] = [
    "Profiles",
    "Movements",
    "Person",
    "Notices",
    "Evidence",
    "Imports",
    "Signing in",
    "Events",
    "Webhooks",
    "Bulk",
    "Other systems",
    "Digital Staff Passport API",
];

pub(super) struct Contract {
    pub(super) document: Value,
    /// Operations, and a status that each has answered with.
    seen: RefCell<BTreeSet<(String, u16)>>,
    /// Every fault, so that one run shows all of them.
    faults: RefCell<Vec<String>>,
}

impl Contract {
    pub(super) fn load() -> Self {
        let document = serde_yaml_ng::from_str(include_str!("../../openapi.yaml")).expect("YAML");
        Self { document, seen: RefCell::default(), faults: RefCell::default() }
    }

    /// Each operation, as its method and path, with its description.
    pub(super) fn operations(&self) -> Vec<(String, &Value)> {
        let paths = self.document["paths"].as_object().unwrap();
        let names = paths
            .iter()
            .flat_map(|(path, item)| item.as_object().unwrap().keys().map(move |method| format!("{method} {path}")));
        names.map(|name| (name.clone(), self.operation(&name))).collect()
    }

    fn operation(&self, name: &str) -> &Value {
        let (method, path) = name.split_once(' ').unwrap();
        &self.document["paths"][path][method]
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

    fn fault(&self, place: &str, what: &str) {
        self.faults.borrow_mut().push(format!("{place}: {what}"));
    }

    /// Holds a value against a schema.
    fn hold(&self, place: &str, schema: &Value, value: &Value) {
        for error in self.validator(schema).iter_errors(value).take(3) {
            self.fault(place, &format!("{}: {error}", error.instance_path()));
        }
    }

    /// Holds an answer against what the document says of this operation.
    pub(super) fn check(&self, operation: &str, answer: &Answer) {
        self.seen.borrow_mut().insert((operation.to_owned(), answer.status));
        let place = format!("{operation} {}", answer.status);
        let response = self.resolve(&self.operation(operation)["responses"][answer.status.to_string()]);
        if !response.is_object() {
            return self.fault(&place, &format!("is not described: {}", answer.text()));
        }
        for (name, header) in response["headers"].as_object().into_iter().flatten() {
            let header = self.resolve(header);
            self.hold(&format!("{place} {name}"), &header["schema"], &answer.header(&name.to_lowercase()).into());
        }
        let Some(content) = response["content"].as_object() else { return };
        let kind = answer.header("content-type").split(';').next().unwrap_or_default();
        let Some(media) = content.get(kind) else { return self.fault(&place, &format!("{kind} is not described")) };
        if kind == "application/json" || kind.ends_with("+json") {
            self.hold(&place, &media["schema"], &answer.json());
        } else if kind.ends_with("+jwt") {
            self.hold(&place, &media["schema"], &answer.text().into());
        }
    }

    /// Whether a body is as the document says that it is sent.
    pub(super) fn check_body(&self, operation: &str, body: &Value) {
        let described = self.resolve(&self.operation(operation)["requestBody"]);
        self.hold(operation, &described["content"]["application/json"]["schema"], body);
    }

    fn examples(&self, place: &str, content: &Value) {
        for (kind, media) in content.as_object().into_iter().flatten() {
            let named = media["examples"].as_object().into_iter().flatten().map(|(_, it)| &it["value"]);
            for example in media.get("example").into_iter().chain(named) {
                self.hold(&format!("{place} example in {kind}"), &media["schema"], example);
            }
        }
    }

    /// Every fault at once.
    pub(super) fn no_faults(&self) {
        let faults = self.faults.take();
        assert!(faults.is_empty(), "{faults:#?}");
    }

    /// No faults; and every operation with one of these tags was asked for, succeeded and was refused.
    pub(super) fn finish_tags(&self, tags: &[&str]) {
        self.finish(|tag| tags.contains(&tag), true);
    }

    fn finish(&self, here: impl Fn(&str) -> bool, thoroughly: bool) {
        self.no_faults();
        let seen = self.seen.borrow();
        for (name, operation) in self.operations() {
            if !here(operation["tags"][0].as_str().unwrap()) {
                continue;
            }
            let statuses: Vec<_> = seen.iter().filter(|(it, _)| *it == name).map(|(_, status)| *status).collect();
            assert!(!statuses.is_empty(), "described, and never asked for: {name}");
            if thoroughly {
                assert!(statuses.iter().any(|it| *it < 300), "{name} never succeeded");
                assert!(statuses.iter().any(|it| *it >= 400), "{name} was never refused");
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

/// A pass on paper in each form, one that there is not, and a pass that is not on paper.
fn print(contract: &Contract, hr: &Hr, staff: &Value, pass: &str) {
    let paper = post(contract, hr, "/v1/passes", "/v1/passes", &json!({ "staff": staff, "carrier": "paper" }));
    let paper = bare(&paper["pass"]["id"]);
    get(contract, hr, "/v1/passes/{id}", &format!("/v1/passes/{paper}"), "");
    for (id, form) in [(pass, "a4"), (paper, "card"), (paper, "letter"), (paper, "poster")] {
        get(contract, hr, "/v1/passes/{id}", &format!("/v1/passes/{id}?form={form}"), "application/pdf");
    }
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
    print(&contract, &hr, &passport["staff"], pass);
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
    let _ = hr.post("/v1/profiles", &contract_movements::profile()).expect(201);
    let organisation = "/organisations/{code}";
    for (template, path) in [
        (organisation.to_owned(), "/organisations/RNN"),
        (format!("{organisation}/did.json"), "/organisations/RNN/did.json"),
        (format!("{organisation}/jwks.json"), "/organisations/RNN/jwks.json"),
        (format!("{organisation}/peers/jwks.json"), "/organisations/RNN/peers/jwks.json"),
        (format!("{organisation}/peers/jwks.json"), "/organisations/XXX/peers/jwks.json"),
        (format!("{organisation}/profiles"), "/organisations/RNN/profiles"),
        (format!("{organisation}/profiles"), "/organisations/XXX/profiles"),
        (format!("{organisation}/profiles/{{name}}"), "/organisations/RNN/profiles/ward"),
        (format!("{organisation}/profiles/{{name}}"), "/organisations/RNN/profiles/%00"),
        (format!("{organisation}/profiles/{{name}}/{{version}}"), "/organisations/RNN/profiles/ward/1"),
        (format!("{organisation}/profiles/{{name}}/{{version}}"), "/organisations/RNN/profiles/ward/01"),
        (format!("{organisation}/status"), "/organisations/RNN/status"),
        (format!("{organisation}/status"), "/organisations/XXX/status"),
        (format!("{organisation}/status/{{list}}"), "/organisations/RNN/status/1"),
        (format!("{organisation}/status/{{list}}/revocation"), "/organisations/RNN/status/1/revocation"),
        (format!("{organisation}/status/{{list}}/suspension"), "/organisations/RNN/status/1/suspension"),
        ("/.well-known/oauth-authorization-server".into(), "/.well-known/oauth-authorization-server"),
        ("/trust-list".into(), "/trust-list"),
        ("/bundle".into(), "/bundle"),
        ("/contexts/v1".into(), "/contexts/v1"),
        ("/schemas/v1/RoleProfile.json".into(), "/schemas/v1/RoleProfile.json"),
        ("/schemas/v1/{name}".into(), "/schemas/v1/StaffTrainingCredential.json"),
        ("/schemas/v1/{name}".into(), "/schemas/v1/StaffAgreementCredential.json"),
        ("/health".into(), "/health"),
        ("/".into(), "/"),
        ("/openapi.yaml".into(), "/openapi.yaml"),
        ("/api".into(), "/api"),
        ("/for-staff".into(), "/for-staff"),
        ("/for-organisations".into(), "/for-organisations"),
        ("/for-developers".into(), "/for-developers"),
        ("/how-to-check".into(), "/how-to-check"),
        ("/organisations".into(), "/organisations?q=r&page=1"),
        ("/organisations".into(), "/organisations?page=x"),
        ("/problems".into(), "/problems"),
        ("/problems/{code}".into(), "/problems/faulty-fields"),
        ("/problems/{code}".into(), "/problems/none"),
        ("/share".into(), "/share"),
        ("/verify".into(), "/verify"),
        ("/verify/service-worker.js".into(), "/verify/service-worker.js"),
        ("/assets/{path}".into(), "/assets/passport.css"),
    ] {
        contract.check(&format!("get {template}"), &app.get(path, ""));
    }
    contract.check("get /organisations/{code}", &app.get("/organisations/RNN", "text/html"));
    contract.check(
        "get /organisations/{code}/status/{list}",
        &app.get("/organisations/RNN/status/1", "application/statuslist+cwt"),
    );
    contract.finish(|tag| !ELSEWHERE.contains(&tag), false);
}

/// Each route, as its method and pattern.
pub(super) fn routes() -> Vec<(&'static str, String)> {
    let routes = include_str!("../../crates/issuer/src/routes.rs");
    let mut scope = "";
    let mut all = Vec::new();
    for line in routes.lines() {
        if let Some((_, rest)) = line.split_once("web::scope(\"") {
            scope = rest.split('"').next().unwrap();
        }
        let Some((call, rest)) = line.trim().strip_prefix(".service(").and_then(|it| it.split_once("(\"")) else {
            continue;
        };
        // `{path:.*}` takes slashes too, which the document cannot say.
        let path = format!("{scope}{}", rest.split('"').next().unwrap()).replace(":.*", "");
        let methods: &[&str] = match call {
            "get" => &["get"],
            "post" => &["post"],
            "get_or_delete" => &["get", "delete"],
            _ => &["get", "post"],
        };
        all.extend(methods.iter().map(|method| (*method, path.clone())));
    }
    all
}

#[test]
fn every_route_is_described() {
    let contract = Contract::load();
    let described: BTreeSet<_> = contract.operations().into_iter().map(|(name, _)| name).collect();
    // One route leads to several operations, each described by itself.
    let several = ["/v1/movements/{id}/{step}", "/v1/{what}/{id}/{action}", "/v1/{what}/{id}/supersede"];
    let routes = routes();
    let routes: Vec<_> = routes.iter().filter(|(_, path)| !several.contains(&path.as_str())).collect();
    for (method, path) in &routes {
        assert!(described.contains(&format!("{method} {path}")), "not described: {method} {path}");
    }
    assert!(routes.len() > 40, "{} routes were found", routes.len());
}

#[test]
fn every_example_is_as_its_schema_says() {
    let contract = Contract::load();
    for (name, operation) in contract.operations() {
        contract.examples(&name, &contract.resolve(&operation["requestBody"])["content"]);
        for (status, response) in operation["responses"].as_object().unwrap() {
            contract.examples(&format!("{name} {status}"), &contract.resolve(response)["content"]);
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let parameter = contract.resolve(parameter);
            if let Some(example) = parameter.get("example") {
                contract.hold(&format!("{name} {}", parameter["name"]), &parameter["schema"], example);
            }
        }
    }
    contract.no_faults();
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
