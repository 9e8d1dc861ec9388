//! Signing in with a key of one's own instead of an API key: an assertion (RFC 7523) for an access token,
//! which is fetched when it is needed and again before it runs out. And `passport client-key`, which makes
//! such a key.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use clap::Args;
use ed25519_dalek::SigningKey;
use passport_schema::hex;
use ring::rand::{SystemRandom, generate};
use ring::rsa::{KeyPair, KeyPairComponents, PublicKeyComponents};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    Ed25519KeyPair, RSA_PKCS1_SHA512, RsaKeyPair,
};
use serde_json::{Value, json};
use ureq::Agent;

use crate::answer::Answer;
use crate::exit::{DATA, Failure, NO_INPUT, NO_PERMISSION, Outcome, UNAVAILABLE, USAGE, say};
use crate::inputs::now;
use crate::outputs::write_secret;

/// How long an assertion is good, in seconds: it is used at once.
const LIFETIME: i64 = 60;
/// How long before its end a token is renewed, in seconds.
const MARGIN: i64 = 60;

/// A key that signs assertions.
enum Key {
    Rsa(RsaKeyPair),
    Ecdsa(&'static str, EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Key {
    /// Reads a private key in PKCS #8, as `openssl genpkey` writes it.
    fn of_pkcs8(der: &[u8]) -> Option<Self> {
        let random = SystemRandom::new();
        let ecdsa =
            |name, algorithm| EcdsaKeyPair::from_pkcs8(algorithm, der, &random).map(|key| Self::Ecdsa(name, key));
        RsaKeyPair::from_pkcs8(der)
            .map(Self::Rsa)
            .ok()
            .or_else(|| Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map(Self::Ed25519).ok())
            .or_else(|| ecdsa("ES256", &ECDSA_P256_SHA256_FIXED_SIGNING).ok())
            .or_else(|| ecdsa("ES384", &ECDSA_P384_SHA384_FIXED_SIGNING).ok())
    }

    /// Reads a private JWK (RFC 7517; RFC 7518, section 6).
    fn of_jwk(jwk: &Value) -> Option<Self> {
        let part = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str()?).ok();
        let ecdsa = |name, algorithm: &'static EcdsaSigningAlgorithm| {
            let public = [vec![4], part("x")?, part("y")?].concat();
            let key =
                EcdsaKeyPair::from_private_key_and_public_key(algorithm, &part("d")?, &public, &SystemRandom::new());
            key.ok().map(|key| Self::Ecdsa(name, key))
        };
        match (jwk["kty"].as_str()?, jwk["crv"].as_str()) {
            ("RSA", _) => {
                let key = KeyPair::from_components(&KeyPairComponents {
                    public_key: PublicKeyComponents { n: part("n")?, e: part("e")? },
                    d: part("d")?,
                    p: part("p")?,
                    q: part("q")?,
                    dP: part("dp")?,
                    dQ: part("dq")?,
                    qInv: part("qi")?,
                });
                key.ok().map(Self::Rsa)
            }
            ("EC", Some("P-256")) => ecdsa("ES256", &ECDSA_P256_SHA256_FIXED_SIGNING),
            ("EC", Some("P-384")) => ecdsa("ES384", &ECDSA_P384_SHA384_FIXED_SIGNING),
            ("OKP", Some("Ed25519")) => {
                Ed25519KeyPair::from_seed_and_public_key(&part("d")?, &part("x")?).ok().map(Self::Ed25519)
            }
            _ => None,
        }
    }

    fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "RS512",
            Self::Ecdsa(name, _) => name,
            Self::Ed25519(_) => "EdDSA",
        }
    }

    fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA512, &random, message, &mut signature).ok()?;
                Some(signature)
            }
            Self::Ecdsa(_, key) => key.sign(&random, message).ok().map(|it| it.as_ref().to_vec()),
            Self::Ed25519(key) => Some(key.sign(message).as_ref().to_vec()),
        }
    }
}

/// A client, its key, and the token that it has now.
pub struct SignIn {
    client: String,
    kid: String,
    key: Key,
    token: Mutex<Option<(String, i64)>>,
}

impl SignIn {
    /// Reads a client's private key: PEM (PKCS #8), for which `kid` has to be given, or a JWK.
    pub fn read(client: &str, file: &Path, kid: Option<&str>) -> Result<Self, Failure> {
        let text = fs::read_to_string(file).map_err(|error| NO_INPUT.at(file, error))?;
        let unreadable = || {
            DATA.at(file, "neither a private key in PEM (PKCS #8: BEGIN PRIVATE KEY) nor a private JWK, of RSA, P-256, P-384 or Ed25519")
        };
        let (key, own) = if let Some(body) = text.split("-----BEGIN PRIVATE KEY-----").nth(1) {
            let body: String = body.split("-----").next().unwrap_or_default().split_whitespace().collect();
            let der = STANDARD.decode(body).ok();
            (der.and_then(|der| Key::of_pkcs8(&der)), None)
        } else {
            let jwk: Value = serde_json::from_str(&text).map_err(|_| unreadable())?;
            (Key::of_jwk(&jwk), jwk["kid"].as_str().map(str::to_owned))
        };
        let key = key.ok_or_else(unreadable)?;
        let kid = kid.map(str::to_owned).or(own);
        let kid = kid.ok_or_else(|| {
            USAGE.because("give --client-key-id: the kid of the key, as it stands in the client's JWK Set")
        })?;
        Ok(Self { client: client.to_owned(), kid, key, token: Mutex::default() })
    }

    /// A token that lasts for a while yet.
    pub fn token(&self, agent: &Agent, address: &str) -> Result<String, Failure> {
        let mut held = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        let now = now().0;
        if let Some((token, _)) = held.as_ref().filter(|(_, until)| now < until - MARGIN) {
            return Ok(token.clone());
        }
        let endpoint = format!("{address}/oauth/token");
        let assertion = self.assertion(&endpoint, now)?;
        let answer = Answer::read(
            agent.post(&endpoint).send_form([
                ("grant_type", "client_credentials"),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                ("client_assertion", assertion.as_str()),
            ]),
            &endpoint,
        )?;
        let body = answer.json();
        let Some(token) = body["access_token"].as_str().filter(|_| answer.status.is_success()) else {
            let why =
                body["error_description"].as_str().or(body["error"].as_str()).unwrap_or("no access token came back");
            let code = if answer.status.is_client_error() { NO_PERMISSION } else { UNAVAILABLE };
            return Err(code.because(format!("{endpoint}: {why}")));
        };
        *held = Some((token.to_owned(), now + body["expires_in"].as_i64().unwrap_or_default()));
        Ok(token.to_owned())
    }

    fn assertion(&self, endpoint: &str, now: i64) -> Result<String, Failure> {
        let failed = || UNAVAILABLE.because("the client's key does not sign");
        let jti = generate::<[u8; 16]>(&SystemRandom::new()).map_err(|_| failed())?.expose();
        let header = json!({ "alg": self.key.algorithm(), "typ": "JWT", "kid": self.kid });
        let claims = json!({
            "iss": self.client, "sub": self.client, "aud": endpoint, "iat": now, "exp": now + LIFETIME, "jti": hex::encode(&jti),
        });
        let encode = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let input = format!("{}.{}", encode(header), encode(claims));
        let signature = self.key.sign(input.as_bytes()).ok_or_else(failed)?;
        Ok(format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// Make a key for a client that signs in: the private JWK goes to a file, the public JWK Set is printed.
#[derive(Debug, Args)]
pub struct ClientKey {
    /// Where the private key goes; must not be there yet
    file: PathBuf,
}

impl ClientKey {
    pub fn run(self) -> Outcome {
        let failed = |_| UNAVAILABLE.because("the system gives no random bytes");
        let seed = generate::<[u8; 32]>(&SystemRandom::new()).map_err(failed)?.expose();
        let x = URL_SAFE_NO_PAD.encode(SigningKey::from_bytes(&seed).verifying_key().as_bytes());
        let kid = hex::encode(&generate::<[u8; 8]>(&SystemRandom::new()).map_err(failed)?.expose());
        let mut jwk = json!({ "kty": "OKP", "crv": "Ed25519", "kid": kid, "alg": "EdDSA", "use": "sig", "x": x });
        let set = json!({ "keys": [jwk] });
        jwk["d"] = URL_SAFE_NO_PAD.encode(seed).into();
        write_secret(&self.file, jwk.to_string().as_bytes())?;
        say!("{set}");
        Ok(ExitCode::SUCCESS)
    }
}
