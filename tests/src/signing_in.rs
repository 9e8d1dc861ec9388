//! Clients that sign in, with keys that are fixed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use passport_issuer::operator;
use passport_schema::time::Timestamp;
use serde_json::{Value, json};

use crate::{Answer, Hr, TestApp, agent, read};

/// A fixed key by its name: `rsa`, `weak`, `p256`, `p384` or `ed25519`.
#[must_use]
pub fn key(name: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("../keys/clients.json")).expect("JSON");
    all["keys"].as_array().expect("keys").iter().find(|key| key["kid"] == name).expect("a key").clone()
}

/// A client of an organisation, with one of the fixed keys.
#[derive(Clone)]
pub struct Client {
    pub id: String,
    pub url: String,
    pub key: Value,
}

impl Client {
    /// Adds one as an operator does.
    #[must_use]
    pub fn add(app: &TestApp, code: &str, name: &str, scopes: &str) -> Self {
        let key = key(name);
        let set = json!({ "keys": [key["public"]] }).to_string();
        let added = operator::add_client(&app.app, code, "test", set.as_bytes(), scopes);
        let id = app.runtime.block_on(added).expect("a client");
        Self { id, url: app.url.clone(), key }
    }

    /// What it says of itself, with a `jti` of its own.
    #[must_use]
    pub fn claims(&self, now: Timestamp, jti: &str) -> Value {
        json!({
            "iss": self.id, "sub": self.id, "aud": format!("{}/oauth/token", self.url), "iat": now.0, "exp": now.0 + 300, "jti": jti,
        })
    }

    /// An assertion, signed as it should be.
    #[must_use]
    pub fn sign(&self, claims: &Value) -> String {
        let name = self.key["alg"].as_str().expect("a name");
        let header = Header { kid: self.key["kid"].as_str().map(str::to_owned), ..Header::new(algorithm(name)) };
        jsonwebtoken::encode(&header, claims, &encoding_key(&self.key)).expect("a token")
    }

    /// Asks for a token with an assertion.
    #[must_use]
    pub fn ask(&self, assertion: &str) -> Answer {
        post_form(&self.url, &form(assertion))
    }

    /// An access token.
    #[must_use]
    pub fn token(&self, now: Timestamp, jti: &str) -> String {
        let answer = self.ask(&self.sign(&self.claims(now, jti))).expect(200);
        answer["access_token"].as_str().expect("a token").to_owned()
    }

    /// Somebody who acts with an access token.
    #[must_use]
    pub fn actor(&self, app: &TestApp, hr: &Hr, jti: &str) -> Hr {
        hr.with_key(&self.token(app.now(), jti))
    }
}

/// The key that jsonwebtoken signs with.
#[must_use]
pub fn encoding_key(key: &Value) -> EncodingKey {
    let der = STANDARD.decode(key["der"].as_str().expect("base64")).expect("base64");
    match key["public"]["kty"].as_str() {
        Some("RSA") => EncodingKey::from_rsa_der(&der),
        Some("EC") => EncodingKey::from_ec_der(&der),
        _ => EncodingKey::from_ed_der(&der),
    }
}

fn algorithm(name: &str) -> Algorithm {
    name.parse().expect("an algorithm")
}

/// The form of a token request.
#[must_use]
pub fn form(assertion: &str) -> Vec<(String, String)> {
    [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// Posts a form to the token endpoint.
#[must_use]
pub fn post_form(url: &str, fields: &[(String, String)]) -> Answer {
    let fields = fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    read(agent().post(format!("{url}/oauth/token")).send_form(fields).expect("an answer"))
}
