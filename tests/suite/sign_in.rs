//! Signing in with a key of one's own: what is let in, and that each check keeps somebody out alone.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{EncodingKey, Header};
use passport_issuer::permission::ApiKeys;
use passport_issuer::{operator, sign_in};
use passport_tests::signing_in::{Client, encoding_key, form, key, post_form};
use passport_tests::{Answer, Database, TestApp, agent, bare, nurse, on_each_database};
use serde_json::{Value, json};

use crate::command_line::Terminal;

const EVERYTHING: &str = "passports:issue passports:read status:change profiles movements clearance:read \
                          evidence:read audit:read clients";

#[test]
fn a_client_signs_in_and_acts_until_its_token_runs_out() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        for name in ["rsa", "p256", "p384", "ed25519"] {
            let client = Client::add(&app, "RNN", name, "passports:issue audit:read");
            let answer = client.ask(&client.sign(&client.claims(app.now(), "1"))).expect(200);
            assert_eq!(
                (&answer["token_type"], &answer["expires_in"], &answer["scope"]),
                (&json!("Bearer"), &json!(600), &json!("passports:issue audit:read"))
            );
            let system = hr.with_key(answer["access_token"].as_str().unwrap());
            let passport = system.issue(&nurse(name, "Ana Ng"));
            let audit = system.get("/v1/audit", "").expect(200);
            let issued = audit["entries"].as_array().unwrap().iter().find(|it| it["subject"] == passport["pass"]["id"]);
            assert_eq!(issued.unwrap()["actor"], client.id, "the trail names the client");
            app.clock.advance(599);
            assert_eq!(system.get("/v1/audit", "").status, 200);
            app.clock.advance(1);
            assert_eq!(system.get("/v1/audit", "").status, 401, "{name}: a token lasts ten minutes");
        }
    });
}

#[test]
fn a_token_opens_what_its_scopes_say_and_nothing_else() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        let client = Client::add(&app, "RNN", "ed25519", "passports:read clearance:read");
        let roster = client.actor(&app, &hr, "1");
        assert_eq!(roster.get("/v1/staff", "").status, 200);
        let refused = roster.post("/v1/passports", &nurse("1", "Ana Ng"));
        assert_eq!(refused.header("www-authenticate"), r#"Bearer error="insufficient_scope", scope="passports:issue""#);
        assert!(refused.expect(403)["type"].as_str().unwrap().ends_with("/insufficient-scope"));
        for path in
            ["/v1/audit", "/v1/movements", "/v1/profiles", "/v1/notices", "/v1/evidence/training", "/v1/clients"]
        {
            assert_eq!(roster.get(path, "").status, 403, "{path}");
        }
        let passport = hr.issue(&nurse("1", "Ana Ng"));
        for action in ["withdraw", "suspend", "reinstate", "supersede"] {
            assert_eq!(roster.set_status("passes", &passport["pass"]["id"], action).status, 403, "{action}");
        }
        // Less may be asked for than there is, and never more.
        let ask = |scope: &str, jti: &str| {
            let mut fields = form(&client.sign(&client.claims(app.now(), jti)));
            fields.push(("scope".into(), scope.into()));
            post_form(&client.url, &fields)
        };
        let less = ask("clearance:read", "2").expect(200);
        assert_eq!(less["scope"], "clearance:read");
        assert_eq!(hr.with_key(less["access_token"].as_str().unwrap()).get("/v1/staff", "").status, 403);
        for (index, scope) in
            ["passports:issue", "clearance:read clients", "all", "clearance:read  passports:read"].iter().enumerate()
        {
            let refused = ask(scope, &format!("more-{index}")).expect(400);
            assert_eq!(refused["error"], "invalid_scope", "{scope}");
        }
    });
}

/// What a refused assertion gets.
fn refused(answer: Answer) -> String {
    assert_eq!(answer.header("cache-control"), "no-store");
    let body = answer.expect(400);
    assert_eq!(body["error"], "invalid_client", "{body}");
    body["error_description"].as_str().unwrap().to_owned()
}

fn signed(header: &Header, claims: &Value, key: &EncodingKey) -> String {
    jsonwebtoken::encode(header, claims, key).unwrap()
}

#[test]
fn each_check_keeps_somebody_out_by_itself() {
    on_each_database(|database| {
        let (app, _, _) = TestApp::start(database);
        let client = Client::add(&app, "RNN", "rsa", EVERYTHING);
        let other = Client::add(&app, "RTD", "p256", EVERYTHING);
        let now = app.now();
        let claims = |jti: &str| client.claims(now, jti);
        let unknown = refused(client.ask("a.b.c"));

        // Nobody learns which clients there are: all of these get one answer.
        let encode = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let none = format!("{}.{}.", encode(&json!({ "alg": "none", "kid": "rsa" })), encode(&claims("none")));
        let kid = |alg, kid: &str| Header { kid: Some(kid.into()), ..Header::new(alg) };
        let modulus = URL_SAFE_NO_PAD.decode(key("rsa")["public"]["n"].as_str().unwrap()).unwrap();
        let shared = EncodingKey::from_secret(&modulus);
        let rsa = encoding_key(&client.key);
        let mut stranger = claims("stranger");
        for name in ["iss", "sub"] {
            stranger[name] = "0199d2f0-7a6b-7c3d-8e4f-0123456789ab".into();
        }
        let mut theirs = claims("theirs");
        for name in ["iss", "sub"] {
            theirs[name] = other.id.clone().into();
        }
        let good = client.sign(&claims("altered"));
        let (head, signature) = good.rsplit_once('.').unwrap();
        let altered = format!("{}.{signature}", head.replace("eyJ0eXAi", "eyJ0eXAg"));
        for (what, assertion) in [
            ("alg none", none),
            (
                "HS256 with the public key as secret",
                signed(&kid(jsonwebtoken::Algorithm::HS256, "rsa"), &claims("hs"), &shared),
            ),
            (
                "an algorithm that is not on the list",
                signed(&kid(jsonwebtoken::Algorithm::RS384, "rsa"), &claims("384"), &rsa),
            ),
            ("a kid that is not known", signed(&kid(jsonwebtoken::Algorithm::RS512, "rsb"), &claims("kid"), &rsa)),
            ("no kid", signed(&Header::new(jsonwebtoken::Algorithm::RS512), &claims("no kid"), &rsa)),
            ("the kid and key of another client", other.sign(&claims("other"))),
            ("another organisation's client, with our key", client.sign(&theirs)),
            ("a client that there is not", client.sign(&stranger)),
            ("an altered token", altered),
            ("no signature", format!("{head}.")),
        ] {
            assert_eq!(refused(client.ask(&assertion)), unknown, "{what}");
        }

        // Whoever holds the key learns what is wrong.
        let elsewhere = json!("https://elsewhere.example/oauth/token");
        for (name, value, words) in [
            ("iss", json!(other.id), "iss and sub"),
            ("aud", elsewhere.clone(), "aud must be"),
            ("aud", json!([claims("")["aud"], elsewhere]), "aud must be"),
            ("exp", json!(now.0), "exp must lie in the future"),
            ("exp", json!(now.0 + 3_600), "five minutes"),
            ("iat", json!(now.0 - 3_600), "five minutes"),
            ("iat", json!(now.0 + 60), "must not lie in the future"),
            ("nbf", json!(now.0 + 60), "must not lie in the future"),
            ("jti", Value::Null, "jti must be"),
        ] {
            let mut claims = claims("claims");
            claims[name] = value.clone();
            let why = refused(client.ask(&client.sign(&claims)));
            assert!(why.contains(words), "{name} {value}: {why}");
        }
        // None of those used anything up, and the same with everything right is let in, once.
        let good = client.sign(&claims("claims"));
        let _ = client.ask(&good).expect(200);
        assert!(refused(client.ask(&good)).contains("used before"));
        assert!(refused(client.ask(&client.sign(&claims("claims")))).contains("used before"));

        app.runtime.block_on(operator::revoke_client(&app.app, "RNN", &client.id)).unwrap();
        assert_eq!(refused(client.ask(&client.sign(&claims("revoked")))), unknown);
    });
}

#[test]
fn a_used_assertion_stays_used_on_every_node_and_after_sweeping() {
    on_each_database(|database| {
        let (app, _, _) = TestApp::start(database);
        let client = Client::add(&app, "RNN", "ed25519", EVERYTHING);
        let assertion = client.sign(&client.claims(app.now(), "1"));
        // Ten at once: one of them is let in.
        let asks: Vec<_> = (0..10)
            .map(|_| {
                let (client, assertion) = (client.clone(), assertion.clone());
                std::thread::spawn(move || client.ask(&assertion).status)
            })
            .collect();
        let let_in = asks.into_iter().map(|it| it.join().unwrap()).filter(|status| *status == 200).count();
        assert_eq!(let_in, 1);
        app.clock.advance(299);
        app.runtime.block_on(sign_in::sweep(&app.app)).unwrap();
        assert!(refused(client.ask(&assertion)).contains("used before"));
        app.clock.advance(1);
        assert!(refused(client.ask(&assertion)).contains("exp must"), "over by then, whether remembered or not");
        app.clock.advance(3_600);
        app.runtime.block_on(sign_in::sweep(&app.app)).unwrap();
        assert_eq!(client.ask(&client.sign(&client.claims(app.now(), "1"))).status, 200, "forgotten in the end");
    });
}

#[test]
fn a_revoked_client_is_out_at_once() {
    on_each_database(|database| {
        let (app, hr, rtd) = TestApp::start(database);
        let client = Client::add(&app, "RNN", "ed25519", "passports:read");
        let system = client.actor(&app, &hr, "1");
        assert_eq!(system.get("/v1/staff", "").status, 200);
        let path = format!("/v1/clients/{}/revoke", client.id);
        assert_eq!(rtd.post(&path, &json!({})).status, 404, "another organisation's client");
        assert_eq!(system.get("/v1/staff", "").status, 200);
        assert_eq!(hr.post(&path, &json!({})).status, 204);
        assert_eq!(system.get("/v1/staff", "").status, 401);
        assert_eq!(hr.post(&path, &json!({})).status, 404);
        assert_eq!(hr.get("/v1/clients", "").expect(200)["clients"], json!([]));
    });
}

#[test]
fn an_organisation_keeps_its_own_clients_and_nobody_gives_away_more_than_they_have() {
    on_each_database(|database| {
        let (app, hr, rtd) = TestApp::start(database);
        let client = Client::add(&app, "RNN", "ed25519", "clients passports:read");
        let admin = client.actor(&app, &hr, "1");
        let wanted = |scopes: &[&str], name: &str| json!({ "label": "Rota", "scopes": scopes, "jwks": { "keys": [key(name)["public"]] } });
        let added = admin.post("/v1/clients", &wanted(&["passports:read"], "p256")).expect(201);
        let rota = Client { id: added["id"].as_str().unwrap().into(), url: app.url.clone(), key: key("p256") };
        assert_eq!(rota.actor(&app, &hr, "1").get("/v1/staff", "").status, 200);
        let refused = admin.post("/v1/clients", &wanted(&["passports:read", "passports:issue"], "p256"));
        assert_eq!(refused.problems(), [("/scopes/1".into(), "not-yours".into())]);
        assert_eq!(hr.get("/v1/clients", "").expect(200)["clients"].as_array().unwrap().len(), 2);
        assert_eq!(rtd.get("/v1/clients", "").expect(200)["clients"], json!([]), "another organisation's");
        let mut weak = wanted(&["clients"], "weak");
        weak["jwks"]["keys"][0]["kid"] = "weak".into();
        assert_eq!(admin.post("/v1/clients", &weak).problems(), [("/jwks/keys/0/n".into(), "weak-key".into())]);
        let mut small = [0; 32];
        small[0] = 1;
        for bytes in [&small[..], &[1, 2, 3]] {
            let mut order = wanted(&["clients"], "ed25519");
            order["jwks"]["keys"][0]["x"] = URL_SAFE_NO_PAD.encode(bytes).into();
            assert_eq!(admin.post("/v1/clients", &order).problems(), [("/jwks/keys/0/x".into(), "weak-key".into())]);
        }
        let mut private = wanted(&["clients"], "p256");
        private["jwks"]["keys"][0] = key("p256")["private"].clone();
        assert_eq!(admin.post("/v1/clients", &private).problems(), [("/jwks/keys/0/d".into(), "private-key".into())]);
        let every = admin.post("/v1/clients", &json!({ "scopes": [], "jwks": {}, "more": 1 })).problems();
        let pointers: Vec<_> = every.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(pointers, ["/label", "/scopes", "/jwks/keys", "/more"]);
    });
}

#[test]
fn a_token_request_is_read_strictly() {
    let (app, _, _) = TestApp::start(Database::Sqlite);
    let client = Client::add(&app, "RNN", "ed25519", EVERYTHING);
    let fields = |jti: &str| form(&client.sign(&client.claims(app.now(), jti)));
    let error = |fields: &[(String, String)]| post_form(&client.url, fields).expect(400)["error"].clone();
    for index in 0..3 {
        let mut twice = fields("twice");
        twice.push(twice[index].clone());
        assert_eq!(error(&twice), "invalid_request", "{} twice", twice[index].0);
        let mut less = fields("less");
        less.remove(index);
        assert_eq!(error(&less), "invalid_request");
        let mut empty = fields("empty");
        empty[index].1 = String::new();
        assert_eq!(error(&empty), "invalid_request", "empty is as good as missing");
    }
    let with = |name: &str, value: &str| {
        let mut more = fields("more");
        more.retain(|(its, _)| its != name);
        more.push((name.into(), value.into()));
        more
    };
    assert_eq!(error(&with("grant_type", "password")), "unsupported_grant_type");
    assert_eq!(error(&with("client_assertion_type", "saml")), "invalid_request");
    assert_eq!(error(&with("client_secret", "x")), "invalid_request", "two ways to sign in");
    assert_eq!(error(&with("client_id", "0199d2f0-7a6b-7c3d-8e4f-0123456789ab")), "invalid_client");
    assert_eq!(error(&with("padding", &"x".repeat(20_000))), "invalid_request", "longer than the limit");
    assert_eq!(error(&with("client_assertion", &"x".repeat(9_000))), "invalid_client");
    let url = format!("{}/oauth/token", client.url);
    let json = agent().post(&url).content_type("application/json").send("{}").unwrap();
    assert_eq!(json.status(), 400, "a form is needed");
    let header = agent().post(&url).header("Authorization", "Basic eDp5");
    let answer =
        header.send_form(fields("header").iter().map(|(name, value)| (name.as_str(), value.as_str()))).unwrap();
    assert_eq!(answer.status(), 400, "two ways to sign in");
    // All of this used nothing up.
    assert_eq!(post_form(&client.url, &with("client_id", &client.id)).status, 200);
    // What is not known is left aside (RFC 6749, section 3.2).
    let mut more = fields("unknown");
    more.push(("resource".into(), "https://passport.example".into()));
    assert_eq!(post_form(&client.url, &more).status, 200);
}

#[test]
fn where_api_keys_are_off_only_clients_get_in() {
    let (app, hr, _) = TestApp::start_with_keys(Database::Sqlite, ApiKeys::Refused);
    let client = Client::add(&app, "RNN", "ed25519", "passports:read");
    assert_eq!(hr.get("/v1/staff", "").status, 401);
    assert_eq!(client.actor(&app, &hr, "1").get("/v1/staff", "").status, 200);
}

#[test]
fn the_command_line_signs_in_with_a_key_of_its_own() {
    let terminal = Terminal::open();
    let (app, hr, _) = TestApp::start_now(Database::Sqlite);
    let passport = hr.issue(&nurse("1", "Ana Ng"));
    let pass = bare(&passport["pass"]["id"]);
    // A key that the command line made.
    let made = terminal.words("client-key client.jwk").expect(0, "\"kid\"");
    terminal.words("client-key client.jwk").expect(73, "client.jwk");
    let set = made.said();
    let id =
        app.runtime.block_on(operator::add_client(&app.app, "RNN", "cli", set.as_bytes(), "status:change")).unwrap();
    let status = |action: &str, rest: &str| {
        terminal.words(&format!("set-status passes {pass} {action} --reason suspected-error --url {} {rest}", app.url))
    };
    status("suspend", &format!("--client {id} --client-key client.jwk")).expect(0, "suspended");
    // PEM as openssl writes it, and JWKs of each kind.
    for name in ["rsa", "p256", "p384", "ed25519"] {
        let client = Client::add(&app, "RNN", name, "status:change");
        terminal.write("key.pem", client.key["pem"].as_str().unwrap());
        terminal.write("key.jwk", client.key["private"].to_string());
        let access = |file: &str| format!("--client {} --client-key {file}", client.id);
        status("reinstate", &access("key.pem")).expect(64, "--client-key-id");
        status("reinstate", &(access("key.pem") + " --client-key-id " + name)).expect(0, "valid");
        status("suspend", &access("key.jwk")).expect(0, "suspended");
    }
    let reader = Client::add(&app, "RNN", "ed25519", "passports:read");
    terminal.write("key.jwk", reader.key["private"].to_string());
    status("reinstate", &format!("--client {} --client-key key.jwk", reader.id)).expect(77, "status:change");
    status("reinstate", &format!("--client {id} --client-key key.jwk")).expect(77, "not accepted");
    terminal.write("key.jwk", "{}");
    status("reinstate", &format!("--client {id} --client-key key.jwk")).expect(65, "private");
}
