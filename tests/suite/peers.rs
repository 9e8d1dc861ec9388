//! Second opinions: other people's implementations on the other side of every format.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use passport_schema::hex;
use passport_schema::jose::{Jws, Type};
use passport_schema::pass;
use passport_schema::status::{Place, Status};
use passport_tests::receiver::{Received, Receiver};
use passport_tests::signing_in::Client;
use passport_tests::{Database, TestApp, bare, nurse, reference_passport};
use serde_json::{Value, json};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers")
}

/// Runs jobs in a peer; skips the test, aloud, where the peers are not installed.
fn ask(program: &Path, arguments: &[PathBuf], jobs: &[Value]) -> Option<Vec<Value>> {
    if !folder().join("node_modules").exists() || !folder().join(".venv").exists() {
        assert!(std::env::var_os("PASSPORT_TEST_POSTGRES").is_none(), "script/test installs the peers");
        eprintln!("the peers are not installed (script/setup peers): left out");
        return None;
    }
    let mut child = Command::new(program).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(json!({ "jobs": jobs }).to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let results: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(results.len(), jobs.len());
    Some(results)
}

fn node(jobs: &[Value]) -> Option<Vec<Value>> {
    ask(&folder().join("node"), &[folder().join("peer.mjs")], jobs)
}

fn python(jobs: &[Value]) -> Option<Vec<Value>> {
    ask(&folder().join(".venv/bin/python"), &[folder().join("peer.py")], jobs)
}

fn public_jwk(app: &TestApp) -> Value {
    let did = app.get("/organisations/RNN/did.json", "").json();
    did["verificationMethod"][0]["publicKeyJwk"].clone()
}

#[test]
fn jose_and_jwcrypto_accept_our_credentials() {
    let (app, hr, _) = TestApp::start(Database::Sqlite);
    let passport = hr.issue(&reference_passport());
    let jwk = public_jwk(&app);
    let tokens: Vec<_> =
        passport["credentials"].as_array().unwrap().iter().map(|it| it["token"].as_str().unwrap()).collect();
    let mut jobs: Vec<_> =
        tokens.iter().map(|jwt| json!({ "do": "verify-jwt", "jwt": jwt, "jwk": jwk, "typ": "vc+jwt" })).collect();
    let mut altered = tokens[0].to_owned();
    altered.replace_range(200..201, if &altered[200..201] == "A" { "B" } else { "A" });
    jobs.push(json!({ "do": "verify-jwt", "jwt": altered, "jwk": jwk, "typ": "vc+jwt" }));
    for results in [node(&jobs), python(&jobs)].into_iter().flatten() {
        let (last, good) = results.split_last().unwrap();
        assert_eq!(last["ok"], false, "a peer that accepts everything is no opinion");
        for result in good {
            assert_eq!(result["ok"], true, "{result}");
            assert_eq!(result["header"]["cty"], "vc");
            assert_eq!(result["payload"]["iss"], result["payload"]["issuer"]);
        }
    }
}

#[test]
fn their_tokens_pass_through_our_verifier() {
    let (app, hr, _) = TestApp::start(Database::Sqlite);
    let passport = hr.issue(&nurse("1", "Ana Ng"));
    // A stranger's key takes the place of the organisation's on the trust list, so that peers can sign with it.
    let secret = SigningKey::from_bytes(&[42; 32]);
    let public = secret.verifying_key().to_bytes();
    let kid = passport_schema::id::KeyId::of_ed25519(&public);
    let file = app.get("/bundle", "").json();
    let list = Jws::parse(file["trustList"].as_str().unwrap(), Type::TrustList).unwrap();
    let mut list = passport_schema::trust_list::TrustList::from_json(&list.payload).unwrap();
    let keys = &mut list.members[0].services[0].information.keys;
    let mut theirs = keys[0].clone();
    (theirs.kid, theirs.x) = (kid, public);
    keys.push(theirs);
    let file = json!({ "version": 1, "trustList": passport_tests::sign_trust_list(&list, &app.root), "statusLists": file["statusLists"] });
    let bundle = passport_verifier::Bundle::open(file.to_string().as_bytes(), &app.root_key(), 0).unwrap();
    let ward = passport_tests::Ward { bundle, lists: passport_schema::codes::CodeLists::embedded() };

    let jws = Jws::parse(passport["credentials"][0]["token"].as_str().unwrap(), Type::Credential).unwrap();
    let payload: Value = serde_json::from_slice(&jws.payload).unwrap();
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(public), "d": URL_SAFE_NO_PAD.encode(secret.to_bytes()) });
    let sign = |alg: &str| {
        let header = json!({ "alg": alg, "typ": "vc+jwt", "cty": "vc", "kid": format!("{}#{kid}", jws.controller) });
        json!({ "do": "sign-jwt", "header": header, "payload": payload, "jwk": jwk })
    };
    let jobs = [sign("EdDSA"), sign("Ed25519")];
    for results in [node(&jobs), python(&jobs)].into_iter().flatten() {
        for result in results {
            assert_eq!(ward.look(&result["jwt"], app.now())["decision"], "accepted", "{result}");
        }
    }
    let message = pass::message(passport["pass"]["text"].as_str().unwrap()).unwrap();
    let payload = passport_schema::cose::Sign1::parse(&message).unwrap().payload;
    let job = json!({ "do": "sign-cose", "payload": hex::encode(payload), "d": hex::encode(&secret.to_bytes()), "kid": kid.to_string() });
    for result in python(&[job]).into_iter().flatten() {
        let text = pass::text(&hex::decode(result["cose"].as_str().unwrap()).unwrap());
        assert_eq!(ward.look(&json!(text), app.now())["decision"], "accepted", "{result}");
    }
}

#[test]
fn cwt_and_cbor2_and_base45_read_our_passes() {
    let (app, hr, _) = TestApp::start(Database::Sqlite);
    let passport = hr.issue(&reference_passport());
    let text = passport["pass"]["text"].as_str().unwrap();
    let message = pass::message(text).unwrap();
    let x = URL_SAFE_NO_PAD.decode(public_jwk(&app)["x"].as_str().unwrap()).unwrap();
    let mut altered = message.clone();
    altered[60] ^= 1;
    let verify = |bytes: &[u8]| json!({ "do": "verify-cose", "cose": hex::encode(bytes), "x": hex::encode(&x) });
    let decode = json!({ "do": "base45-decode", "text": text.strip_prefix(pass::PREFIX).unwrap() });
    let Some(results) = python(&[verify(&message), verify(&altered), decode]) else { return };
    assert_eq!(results[0]["ok"], true, "{}", results[0]);
    assert_eq!(results[0]["protected"]["1"], -8);
    assert_eq!(
        (&results[0]["payload"]["1"], results[0]["payload"]["-65538"].as_object().unwrap().len()),
        (&json!("RNN"), 13 - 1)
    );
    assert_eq!(results[1]["ok"], false);
    assert_eq!(results[2]["hex"], hex::encode(&message));
}

#[test]
fn jwt_status_list_and_vc_bitstring_status_list_read_our_lists() {
    let (app, hr, _) = TestApp::start(Database::Sqlite);
    let passport = hr.issue(&nurse("1", "Ana Ng"));
    let set = |record: usize, action| hr.set_status("records", &passport["records"][record]["id"], action).expect(200);
    let _ = (set(2, "withdraw"), set(3, "suspend"));
    let superseded =
        hr.post(&format!("/v1/passes/{}/supersede", bare(&passport["pass"]["id"])), &json!({ "reason": "lost-paper" }));
    let _ = superseded.expect(201);
    let lists = passport_schema::codes::CodeLists::embedded();
    let claims = pass::UnverifiedPass::parse(passport["pass"]["text"].as_str().unwrap(), &lists).unwrap().claims;
    let place: Place = claims.place;
    let index = |position| place.index(claims.records.len(), position).unwrap();
    let indices: Vec<u32> = (0..=claims.records.len()).map(index).collect();
    let address = format!("/organisations/RNN/status/{}", place.list);
    let jwt = app.get(&address, "").text();
    let list = |purpose: &str| {
        let token = app.get(&format!("{address}/{purpose}"), "").text();
        let jws = Jws::parse(&token, Type::Credential).unwrap();
        let claims: Value = serde_json::from_slice(&jws.payload).unwrap();
        json!({ "do": "bitstring", "encodedList": claims["credentialSubject"]["encodedList"], "indices": indices })
    };
    let jobs = [
        json!({ "do": "token-status-list", "jwt": jwt, "jwk": public_jwk(&app), "indices": indices }),
        list("revocation"),
        list("suspension"),
    ];
    let Some(results) = node(&jobs) else { return };
    // In the order of a pass: itself, identity, job, conflict resolution (suspended), fire safety (withdrawn).
    let expected = [Status::Superseded, Status::Valid, Status::Valid, Status::Suspended, Status::Withdrawn];
    assert_eq!(results[0]["statuses"], json!(expected.map(Status::bits)), "{}", results[0]);
    assert_eq!(results[1]["statuses"], json!([true, false, false, false, true]), "{}", results[1]);
    assert_eq!(results[2]["statuses"], json!([false, false, false, true, false]));
    assert_eq!(results[1]["size"], 1 << 20);
}

#[test]
fn jsonwebtoken_is_a_second_opinion_in_the_same_process() {
    let (app, hr, _) = TestApp::start(Database::Sqlite);
    let passport = hr.issue(&nurse("1", "Ana Ng"));
    let jwk = public_jwk(&app);
    let key = jsonwebtoken::DecodingKey::from_ed_components(jwk["x"].as_str().unwrap()).unwrap();
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::EdDSA);
    validation.validate_exp = false;
    let token = passport["credentials"][0]["token"].as_str().unwrap();
    let decoded = jsonwebtoken::decode::<Value>(token, &key, &validation).unwrap();
    assert_eq!(decoded.header.typ.as_deref(), Some("vc+jwt"));
}

#[test]
fn assertions_of_jose_and_pyjwt_are_let_in() {
    let (app, _, _) = TestApp::start(Database::Sqlite);
    for (name, alg) in [
        ("rsa", "RS512"),
        ("rsa", "RS256"),
        ("rsa", "PS256"),
        ("p256", "ES256"),
        ("p384", "ES384"),
        ("ed25519", "EdDSA"),
    ] {
        let client = Client::add(&app, "RNN", name, "passports:issue");
        let claims = |jti: &str| client.claims(app.now(), jti);
        let header = json!({ "alg": alg, "typ": "JWT", "kid": name });
        let theirs =
            json!({ "do": "sign-jwt", "header": header, "payload": claims("jose"), "jwk": client.key["private"] });
        let python_job = json!({ "do": "sign-assertion", "claims": claims("pyjwt"), "pem": client.key["pem"], "alg": alg, "kid": name });
        for results in [node(&[theirs]), python(&[python_job])].into_iter().flatten() {
            let assertion = results[0]["jwt"].as_str().unwrap_or_else(|| panic!("{}", results[0]));
            let _ = client.ask(assertion).expect(200);
            // A second opinion that is altered is none.
            let (signed, signature) = assertion.rsplit_once('.').unwrap();
            let turned: String = signature.chars().rev().collect();
            assert_eq!(client.ask(&format!("{signed}.{turned}")).status, 400);
        }
    }
}

#[test]
fn standardwebhooks_accepts_our_signatures() {
    let (app, hr, _) = TestApp::start_with_receivers(Database::Sqlite);
    let receiver = Receiver::start();
    let added = hr.post("/v1/webhooks", &json!({ "url": receiver.url })).expect(201);
    let deliver = || app.runtime.block_on(passport_issuer::webhook::round(&app.app)).unwrap();
    let _ = hr.issue(&nurse("1", "Ana Ng"));
    deliver();
    let rotate = format!("/v1/webhooks/{}/rotate-secret", added["id"].as_str().unwrap());
    let rotated = hr.post(&rotate, &json!({})).expect(200);
    let before = receiver.received().len();
    let _ = hr.issue(&nurse("2", "Ben Ng"));
    deliver();
    let received = receiver.received();
    let job = |it: &Received, secret: &Value, body: &str| json!({ "do": "verify-webhook", "secret": secret, "headers": it.headers, "body": body, "now": app.now().0 });
    let (old, new) = (&added["secret"], &rotated["secret"]);
    let (first, last) = (&received[0], received.last().unwrap());
    let mut jobs: Vec<_> = received.iter().map(|it| job(it, old, &it.body)).collect();
    jobs.extend(received[before..].iter().map(|it| job(it, new, &it.body)));
    let good = jobs.len();
    jobs.push(job(first, new, &first.body));
    jobs.push(job(last, new, &last.body.replace("issued", "revoked")));
    let Some(results) = node(&jobs) else { return };
    assert!(before > 0 && received.len() > before);
    for (index, result) in results.iter().enumerate() {
        assert_eq!(result["ok"], index < good, "{index}: {result}");
    }
    assert_eq!(results[0]["payload"], first.event());
}
