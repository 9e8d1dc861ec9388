//! `openapi.yaml` against the running service for signing in; and one scope for each operation under
//! `/v1`, the same in the routes, in the table of `permission.rs`, and in the document.

use std::collections::BTreeSet;

use actix_web::http::Method;
use passport_issuer::permission::{Door, Permission, door};
use passport_tests::signing_in::{Client, form, key, post_form};
use passport_tests::{Database, TestApp};
use serde_json::{Value, json};

use super::contract::{Contract, routes};

/// The door of an operation as the document writes its path: where one route leads to several operations,
/// by that route.
fn door_of(method: &str, path: &str) -> Option<Door> {
    let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
    let parts: Vec<_> = path.split('/').collect();
    let shared = match parts.as_slice() {
        ["", "v1", "records" | "credentials" | "passes", id, "supersede"] => format!("/v1/{{what}}/{id}/supersede"),
        ["", "v1", "records" | "credentials" | "passes", id, _] => format!("/v1/{{what}}/{id}/{{action}}"),
        ["", "v1", "movements", id, _] => format!("/v1/movements/{id}/{{step}}"),
        _ => String::new(),
    };
    door(&method, path).or_else(|| door(&method, &shared))
}

#[test]
fn every_route_has_one_scope_and_the_document_names_the_same() {
    for (method, path) in routes().iter().filter(|(_, path)| path.starts_with("/v1/")) {
        let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
        assert!(door(&method, path).is_some(), "no door in permission.rs: {method} {path}");
    }
    let contract = Contract::load();
    let mut count = 0;
    for (name, operation) in contract.operations() {
        let (method, path) = name.split_once(' ').unwrap();
        if !path.starts_with("/v1/") {
            // The Digital Staff Passport API has a header of its own for events besides.
            match door_of(method, path) {
                Some(Door::For(permission)) => {
                    let ways = [json!({ "oauth": [permission.name()] }), json!({ "apiKey": [] })];
                    assert_eq!(operation["security"].as_array().unwrap()[..2], ways, "{name}");
                }
                _ => assert_eq!(operation["security"], json!([]), "{name} is public"),
            }
            continue;
        }
        count += 1;
        match door_of(method, path) {
            Some(Door::For(permission)) => {
                assert_eq!(
                    operation["security"],
                    json!([{ "oauth": [permission.name()] }, { "apiKey": [] }]),
                    "{name}"
                );
                assert!(operation["responses"]["403"].is_object(), "{name} does not describe 403");
            }
            Some(Door::Person) => {
                let ways = [json!([{ "link": [] }]), json!([{ "receipt": [] }])];
                assert!(ways.contains(&operation["security"]), "{name}: {}", operation["security"]);
            }
            None => panic!("{name} has no door"),
        }
    }
    assert!(count > 40);
    let flow = &contract.document["components"]["securitySchemes"]["oauth"]["flows"]["clientCredentials"]["scopes"];
    let described: BTreeSet<_> = flow.as_object().unwrap().keys().map(String::as_str).collect();
    let all: BTreeSet<_> = Permission::ALL.iter().map(|it| it.name()).collect();
    assert_eq!(described, all);
    let listed = contract.document["components"]["schemas"]["Scope"]["enum"].as_array().unwrap();
    assert_eq!(listed.iter().map(|it| it.as_str().unwrap()).collect::<BTreeSet<_>>(), all);
}

#[test]
fn signing_in_answers_as_it_is_described() {
    let contract = Contract::load();
    let (app, hr, _) = TestApp::start(Database::Sqlite);
    let client = Client::add(&app, "RNN", "p256", "clients");
    let token = client.ask(&client.sign(&client.claims(app.now(), "1")));
    contract.check("post /oauth/token", &token);
    for fields in [Vec::new(), form("x"), form(&client.sign(&client.claims(app.now(), "1")))] {
        contract.check("post /oauth/token", &post_form(&app.url, &fields));
    }
    let metadata = app.get("/.well-known/oauth-authorization-server", "").expect(200);
    assert_eq!(metadata["token_endpoint"], format!("{}/oauth/token", app.url));
    let system = hr.with_key(token.json()["access_token"].as_str().unwrap());
    let stranger = hr.with_key("spt_no");
    let body = json!({ "label": "Rota", "scopes": ["clients"], "jwks": { "keys": [key("rsa")["public"]] } });
    contract.check_body("post /v1/clients", &body);
    let added = system.post("/v1/clients", &body);
    contract.check("post /v1/clients", &added);
    let id = added.json()["id"].as_str().unwrap().to_owned();
    for body in [json!({}), json!([])] {
        contract.check("post /v1/clients", &system.post("/v1/clients", &body));
    }
    contract.check("get /v1/clients", &system.get("/v1/clients", ""));
    contract.check("get /v1/clients", &stranger.get("/v1/clients", ""));
    contract.check("get /v1/staff", &system.get("/v1/staff", ""));
    let revoke = |id: &str| system.post(&format!("/v1/clients/{id}/revoke"), &Value::Null);
    contract.check("post /v1/clients/{id}/revoke", &revoke(&id));
    contract.check("post /v1/clients/{id}/revoke", &revoke(&id));
    let mut narrow = form(&client.sign(&client.claims(app.now(), "2")));
    narrow.push(("scope".into(), "audit:read".into()));
    contract.check("post /oauth/token", &post_form(&app.url, &narrow));
    contract.finish_tags(&["Signing in"]);
}
