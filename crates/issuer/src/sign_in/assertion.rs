//! A client's assertion (RFC 7523, sections 2.2 and 3): taken apart, held against the client's keys, and
//! judged. Each is a type of its own, so that nothing is believed out of turn; the time is an argument.
//!
//! - `alg` is one of a fixed list and fits the key; `kid` names a key of the client; `crit`, `jwk`, `jku`
//!   and every other member of the header is refused.
//! - `iss` and `sub` are the client's id, and `aud` is this service and nobody else.
//! - `exp` is ahead, by five minutes at most; `iat` and `nbf` are not; `jti` is there.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use passport_schema::id::Id;
use passport_schema::json::Json;
use passport_schema::time::Timestamp;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::key::{Algorithm, ClientKey};

/// How far ahead an assertion may end, in seconds: what NHS APIs allow.
pub const LIFETIME: i64 = 300;
/// How far a client's clock may be from ours, in seconds.
pub const SKEW: i64 = 30;
/// Longest assertion that is looked at, in bytes: with the longest RSA signature, under 2,000 are usual.
pub const MAX_LENGTH: usize = 8 * 1024;
/// Longest `jti`, in bytes.
const MAX_JTI: usize = 200;

/// Why an assertion is refused. What comes before the signature is checked has one wording, so that
/// nobody learns which clients there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Not a token that some key of the client it names has signed.
    #[error(
        "the client assertion is not accepted: is the client known, the key one of its own, and the signature good?"
    )]
    Unknown,
    /// `iss` and `sub` differ.
    #[error("iss and sub must both be the client's id")]
    Issuer,
    /// `aud` names somebody else.
    #[error("aud must be the token endpoint or the issuer of the metadata, and nothing else")]
    Audience,
    /// `exp` is missing, or has passed.
    #[error("exp must lie in the future")]
    Expired,
    /// `exp` is too far ahead.
    #[error("exp must be at most five minutes ahead, and at most five minutes after iat")]
    TooLong,
    /// `iat` or `nbf` lies in the future.
    #[error("iat and nbf must not lie in the future")]
    TooEarly,
    /// `jti` is missing or too long.
    #[error("jti must be a text of 1 to 200 bytes")]
    NoId,
    /// The same `jti` came before.
    #[error("this jti was used before: make an assertion for each request")]
    Used,
}

/// An assertion that was taken apart. Nothing in it is verified.
#[derive(Debug)]
pub struct Unverified<'t> {
    /// Which client it says that it is from.
    pub client: Id,
    algorithm: Algorithm,
    kid: String,
    signed: &'t [u8],
    signature: &'t str,
    claims: Vec<u8>,
}

/// The claims of an assertion that its client has signed.
#[derive(Debug)]
pub struct Signed {
    client: Id,
    claims: Vec<u8>,
}

/// An assertion that is good, once.
#[derive(Debug, PartialEq, Eq)]
pub struct Good {
    /// SHA-256 of its `jti`.
    pub jti: [u8; 32],
    /// From when on it would be refused anyway.
    pub expires: Timestamp,
}

impl<'t> Unverified<'t> {
    /// Takes an assertion apart.
    #[must_use]
    pub fn parse(text: &'t str) -> Option<Self> {
        if text.len() > MAX_LENGTH {
            return None;
        }
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let (header, claims) = (URL_SAFE_NO_PAD.decode(header).ok()?, URL_SAFE_NO_PAD.decode(claims).ok()?);
        let header = Json::parse(&header).ok()?;
        let Json::Object(members) = &header else { return None };
        if !members.iter().all(|(name, _)| matches!(name.as_ref(), "alg" | "kid" | "typ")) {
            return None;
        }
        let named = |name| header.member(name).and_then(Json::as_text);
        if header.member("typ").is_some() && !named("typ").is_some_and(|typ| typ.eq_ignore_ascii_case("jwt")) {
            return None;
        }
        let (algorithm, kid) = (Algorithm::parse(named("alg")?)?, named("kid")?.to_owned());
        // The subject is the client (RFC 7523, section 3, item 2).
        let client = Json::parse(&claims).ok()?.member("sub").and_then(Json::as_text).and_then(Id::parse_bare)?;
        Some(Self { client, algorithm, kid, signed: signed.as_bytes(), signature, claims })
    }

    /// Holds it against the keys of the client that it names.
    #[must_use]
    pub fn verify(self, keys: &[ClientKey]) -> Option<Signed> {
        let key = keys.iter().find(|key| key.kid == self.kid)?;
        let good = key.verify(self.algorithm, self.signed, self.signature);
        good.then_some(Signed { client: self.client, claims: self.claims })
    }
}

impl Signed {
    /// Judges its claims. `audiences` are the names of this service.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn judge(self, audiences: &[String], now: Timestamp) -> Result<Good, Refusal> {
        let claims = Json::parse(&self.claims).map_err(|_| Refusal::Unknown)?;
        let text = |name| claims.member(name).and_then(Json::as_text);
        let client = self.client.0.to_string();
        if text("iss") != Some(&client) || text("sub") != Some(&client) {
            return Err(Refusal::Issuer);
        }
        let ours = |json: &Json<'_>| json.as_text().is_some_and(|text| audiences.iter().any(|it| it == text));
        let for_us = match claims.member("aud") {
            // Whoever else it is for could use it here.
            Some(Json::Array(each)) => !each.is_empty() && each.iter().all(ours),
            Some(one) => ours(one),
            None => false,
        };
        if !for_us {
            return Err(Refusal::Audience);
        }
        let expires = claims.member("exp").and_then(Json::as_int).ok_or(Refusal::Expired)?;
        if expires <= now.0 {
            return Err(Refusal::Expired);
        }
        if expires - now.0 > LIFETIME + SKEW {
            return Err(Refusal::TooLong);
        }
        for name in ["iat", "nbf"] {
            match claims.member(name).map(Json::as_int) {
                Some(Some(from)) if from > now.0 + SKEW => return Err(Refusal::TooEarly),
                Some(Some(from)) if name == "iat" && from < expires - LIFETIME - SKEW => return Err(Refusal::TooLong),
                None | Some(Some(_)) => {}
                Some(None) => return Err(Refusal::TooEarly),
            }
        }
        let jti = text("jti").filter(|jti| (1..=MAX_JTI).contains(&jti.len())).ok_or(Refusal::NoId)?;
        Ok(Good { jti: Sha256::digest(jti).into(), expires: Timestamp(expires) })
    }
}

#[cfg(test)]
mod tests {
    use passport_schema::codes::CodeLists;
    use passport_schema::field::Context;
    use serde_json::{Value, json};

    use super::super::key::read_set;
    use super::*;

    const CLIENT: &str = "0199d2f0-7a6b-7c3d-8e4f-0123456789ab";
    const HERE: &str = "https://passport.example/oauth/token";
    const NOW: Timestamp = Timestamp(1_800_000_000);

    fn secret() -> ed25519_dalek::SigningKey {
        ed25519_dalek::SigningKey::from_bytes(&[7; 32])
    }

    fn keys() -> Vec<ClientKey> {
        let x = URL_SAFE_NO_PAD.encode(secret().verifying_key().to_bytes());
        let set = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "kid": "1", "x": x }] }).to_string();
        let lists = CodeLists::embedded();
        read_set(&Json::parse(set.as_bytes()).unwrap(), &mut Context::new(&lists)).unwrap()
    }

    fn sign(header: &Value, claims: &Value) -> String {
        use ed25519_dalek::Signer as _;
        let encode = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let input = format!("{}.{}", encode(header), encode(claims));
        let signature = secret().sign(input.as_bytes()).to_bytes();
        format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn header() -> Value {
        json!({ "alg": "EdDSA", "typ": "JWT", "kid": "1" })
    }

    fn claims() -> Value {
        json!({ "iss": CLIENT, "sub": CLIENT, "aud": HERE, "exp": NOW.0 + 300, "iat": NOW.0, "jti": "1" })
    }

    fn with(mut json: Value, name: &str, value: Value) -> Value {
        json[name] = value;
        json
    }

    fn judge(claims: &Value) -> Result<Good, Refusal> {
        let text = sign(&header(), claims);
        let signed = Unverified::parse(&text).ok_or(Refusal::Unknown)?.verify(&keys()).ok_or(Refusal::Unknown)?;
        signed.judge(&[HERE.into(), "https://passport.example".into()], NOW)
    }

    #[test]
    fn a_good_assertion_is_good_until_it_ends() {
        assert_eq!(judge(&claims()).unwrap().expires, NOW.plus(300));
        for (name, value) in [
            ("aud", json!("https://passport.example")),
            ("aud", json!([HERE, "https://passport.example"])),
            ("iat", json!(NOW.0 + 30)),
            ("nbf", json!(NOW.0 - 10)),
            ("jti", "j".repeat(200).into()),
        ] {
            assert!(judge(&with(claims(), name, value.clone())).is_ok(), "{name} {value}");
        }
    }

    #[test]
    fn each_claim_is_checked_by_itself() {
        for (name, value, refusal) in [
            ("iss", json!("0199d2f0-7a6b-7c3d-8e4f-0123456789ac"), Refusal::Issuer),
            ("iss", Value::Null, Refusal::Issuer),
            ("sub", json!("RNN"), Refusal::Unknown),
            ("aud", Value::Null, Refusal::Audience),
            ("aud", json!([]), Refusal::Audience),
            ("aud", json!("https://passport.example/"), Refusal::Audience),
            ("aud", json!([HERE, "https://elsewhere.example"]), Refusal::Audience),
            ("exp", Value::Null, Refusal::Expired),
            ("exp", json!(NOW.0), Refusal::Expired),
            ("exp", json!(NOW.0 + 331), Refusal::TooLong),
            ("exp", json!(NOW.0 + 3_600), Refusal::TooLong),
            ("exp", json!(i64::MAX), Refusal::TooLong),
            ("exp", json!("1800000300"), Refusal::Expired),
            ("iat", json!(NOW.0 + 31), Refusal::TooEarly),
            ("iat", json!(NOW.0 - 31), Refusal::TooLong),
            ("iat", json!("now"), Refusal::TooEarly),
            ("nbf", json!(NOW.0 + 31), Refusal::TooEarly),
            ("jti", Value::Null, Refusal::NoId),
            ("jti", json!(""), Refusal::NoId),
            ("jti", json!(1), Refusal::NoId),
            ("jti", "j".repeat(201).into(), Refusal::NoId),
        ] {
            assert_eq!(judge(&with(claims(), name, value.clone())), Err(refusal), "{name} {value}");
        }
    }

    #[test]
    fn a_header_names_an_algorithm_and_a_key_of_ours_and_nothing_else() {
        let verify = |text: &str| Unverified::parse(text).and_then(|it| it.verify(&keys())).is_some();
        assert!(verify(&sign(&header(), &claims())));
        for (name, value) in [
            ("alg", json!("none")),
            ("alg", json!("HS256")),
            ("alg", json!("RS512")),
            ("alg", json!("eddsa")),
            ("alg", Value::Null),
            ("kid", json!("2")),
            ("kid", Value::Null),
            ("typ", json!("at+jwt")),
            ("crit", json!(["exp"])),
            ("jku", json!("https://elsewhere.example")),
            ("jwk", json!({})),
        ] {
            assert!(!verify(&sign(&with(header(), name, value.clone()), &claims())), "{name} {value}");
        }
        let good = sign(&header(), &claims());
        let (signed, _) = good.rsplit_once('.').unwrap();
        for text in [format!("{signed}."), signed.to_owned(), format!("{good}="), format!("{good}.x"), String::new()] {
            assert!(!verify(&text), "{text}");
        }
        assert!(!verify(&sign(&header(), &with(claims(), "pad", "x".repeat(MAX_LENGTH).into()))));
    }
}
