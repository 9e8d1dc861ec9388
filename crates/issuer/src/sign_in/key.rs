//! Public keys of clients (RFC 7517, RFC 7518, RFC 8037), parsed in one place. jsonwebtoken is given only
//! what passed here: it panics on an Ed25519 key of three bytes, for one.
//!
//! Refused: RSA of less than 2,048 or more than 4,096 bits, even, or with an exponent below 65,537 (FIPS
//! 186-5, section 5.1); a point that is not on P-256 or P-384; whatever `passport_verifier::PublicKey` refuses
//! of Ed25519; any key that carries its private half; two keys with one `kid`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use passport_schema::field::Context;
use passport_schema::json::Json;
use passport_verifier::PublicKey;
use serde_json::{Value, json};

/// Most keys of one client.
pub const MAX_KEYS: usize = 8;
/// Longest `kid`, in bytes.
const MAX_KID: usize = 100;
/// Bits of an RSA modulus.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2_048..=4_096;
/// What an exponent may be: 2^16 + 1 at least; more than four bytes only cost time.
const RSA_EXPONENT: std::ops::RangeInclusive<u64> = 65_537..=u32::MAX as u64;
/// Members that only a private or a symmetric key has (RFC 7518, section 6).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// How an assertion may be signed. `none` and the algorithms with a shared secret are not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA, PKCS #1 v1.5, SHA-256.
    Rs256,
    /// RSA, PKCS #1 v1.5, SHA-512: what NHS APIs ask for.
    Rs512,
    /// RSA, PSS, SHA-256.
    Ps256,
    /// ECDSA on P-256.
    Es256,
    /// ECDSA on P-384.
    Es384,
    /// Ed25519, by its older name.
    EdDsa,
    /// Ed25519 (RFC 9864).
    Ed25519,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Rs512, Self::Rs256, Self::Ps256, Self::Es256, Self::Es384, Self::EdDsa, Self::Ed25519];

    /// Its name in `alg`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
            Self::Ed25519 => "Ed25519",
        }
    }

    /// The algorithm of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

/// A public key that can be relied on.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Key {
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    P256([Vec<u8>; 2]),
    P384([Vec<u8>; 2]),
    Ed25519(PublicKey),
}

/// A key of a client, with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientKey {
    /// Its id within the client.
    pub kid: String,
    only: Option<Algorithm>,
    key: Key,
}

impl ClientKey {
    fn read(jwk: &Json<'_>, context: &mut Context<'_>) -> Option<Self> {
        if !matches!(jwk, Json::Object(_)) {
            return context.mismatch("an object", jwk);
        }
        if let Some(name) = PRIVATE.into_iter().find(|name| jwk.member(name).is_some()) {
            context.at(name, |context| context.problem("private-key", "send the public half only, and make a new key"));
            return None;
        }
        let kid = read_kid(jwk, context);
        if jwk.member("use").is_some_and(|it| it.as_text() != Some("sig")) {
            context.at("use", |context| context.problem("wrong-value", "must be sig"));
        }
        let key = read_key(jwk, context);
        let only = match jwk.member("alg") {
            None => None,
            Some(name) => {
                let known = name.as_text().and_then(Algorithm::parse);
                let fits = known.filter(|algorithm| key.as_ref().is_none_or(|key| key.takes(*algorithm)));
                if fits.is_none() {
                    context.at("alg", |context| context.problem("unknown-code", "is not an algorithm for such a key"));
                }
                fits
            }
        };
        Some(Self { kid: kid?, only, key: key? })
    }

    /// Whether a signature is good, made with this algorithm and no other.
    #[must_use]
    pub fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &str) -> bool {
        if !self.key.takes(algorithm) || self.only.is_some_and(|only| only != algorithm) {
            return false;
        }
        let point = |[x, y]: &[Vec<u8>; 2]| DecodingKey::from_ec_der(&uncompressed(x, y));
        let key = match &self.key {
            Key::Rsa { modulus, exponent } => DecodingKey::from_rsa_raw_components(modulus, exponent),
            Key::P256(at) | Key::P384(at) => point(at),
            // Strictly, which jsonwebtoken does not do.
            Key::Ed25519(key) => {
                let signature = URL_SAFE_NO_PAD.decode(signature).ok().and_then(|bytes| bytes.try_into().ok());
                return signature.is_some_and(|signature| key.verify(message, &signature));
            }
        };
        let algorithm = match algorithm {
            Algorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
            Algorithm::Rs512 => jsonwebtoken::Algorithm::RS512,
            Algorithm::Ps256 => jsonwebtoken::Algorithm::PS256,
            Algorithm::Es256 => jsonwebtoken::Algorithm::ES256,
            Algorithm::Es384 => jsonwebtoken::Algorithm::ES384,
            Algorithm::EdDsa | Algorithm::Ed25519 => return false,
        };
        jsonwebtoken::crypto::verify(signature, message, &key, algorithm).unwrap_or(false)
    }

    fn to_json(&self) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let point =
            |curve: &str, [x, y]: &[Vec<u8>; 2]| json!({ "kty": "EC", "crv": curve, "x": text(x), "y": text(y) });
        let mut jwk = match &self.key {
            Key::Rsa { modulus, exponent } => json!({ "kty": "RSA", "n": text(modulus), "e": text(exponent) }),
            Key::P256(at) => point("P-256", at),
            Key::P384(at) => point("P-384", at),
            Key::Ed25519(key) => json!({ "kty": "OKP", "crv": "Ed25519", "x": text(&key.to_bytes()) }),
        };
        jwk["kid"] = self.kid.clone().into();
        if let Some(only) = self.only {
            jwk["alg"] = only.name().into();
        }
        jwk
    }
}

impl Key {
    fn takes(&self, algorithm: Algorithm) -> bool {
        match self {
            Self::Rsa { .. } => matches!(algorithm, Algorithm::Rs256 | Algorithm::Rs512 | Algorithm::Ps256),
            Self::P256(_) => algorithm == Algorithm::Es256,
            Self::P384(_) => algorithm == Algorithm::Es384,
            Self::Ed25519(_) => matches!(algorithm, Algorithm::EdDsa | Algorithm::Ed25519),
        }
    }
}

/// A point as SEC 1 writes it whole (section 2.3.3).
fn uncompressed(x: &[u8], y: &[u8]) -> Vec<u8> {
    [&[4], x, y].concat()
}

fn read_kid(jwk: &Json<'_>, context: &mut Context<'_>) -> Option<String> {
    context.at("kid", |context| {
        let kid = jwk.member("kid").and_then(Json::as_text);
        let plain = kid.filter(|kid| (1..=MAX_KID).contains(&kid.len()) && kid.bytes().all(|it| it.is_ascii_graphic()));
        let detail = || format!("each key needs a kid of 1 to {MAX_KID} visible ASCII characters");
        context.value(plain.map(str::to_owned).ok_or_else(|| ("key-id", detail())))
    })
}

fn read_key(jwk: &Json<'_>, context: &mut Context<'_>) -> Option<Key> {
    let named = |name| jwk.member(name).and_then(Json::as_text);
    match (named("kty"), named("crv")) {
        (Some("RSA"), _) => read_rsa(jwk, context),
        (Some("EC"), Some("P-256")) => {
            let at = read_point(jwk, 32, context)?;
            let known = p256::PublicKey::from_sec1_bytes(&uncompressed(&at[0], &at[1])).is_ok();
            on_curve(known, context).then_some(Key::P256(at))
        }
        (Some("EC"), Some("P-384")) => {
            let at = read_point(jwk, 48, context)?;
            let known = p384::PublicKey::from_sec1_bytes(&uncompressed(&at[0], &at[1])).is_ok();
            on_curve(known, context).then_some(Key::P384(at))
        }
        (Some("OKP"), Some("Ed25519")) => {
            let x = read_bytes(jwk, "x", context)?;
            let key = PublicKey::parse(&x).map_err(|error| ("weak-key", error.to_string()));
            context.at("x", |context| context.value(key)).map(Key::Ed25519)
        }
        _ => {
            context.at("kty", |context| {
                context.problem("unknown-code", "must be RSA, EC on P-256 or P-384, or OKP with Ed25519");
            });
            None
        }
    }
}

fn read_bytes(jwk: &Json<'_>, name: &str, context: &mut Context<'_>) -> Option<Vec<u8>> {
    let bytes = jwk.member(name).and_then(Json::as_text).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    context
        .at(name, |context| context.value(bytes.ok_or(("not-base64url", "must be base64url without padding".into()))))
}

fn read_rsa(jwk: &Json<'_>, context: &mut Context<'_>) -> Option<Key> {
    let modulus = read_bytes(jwk, "n", context);
    let exponent = read_bytes(jwk, "e", context);
    let (modulus, exponent) = (modulus?, exponent?);
    let bits = modulus.first().map_or(0, |first| modulus.len() * 8 - first.leading_zeros() as usize);
    let is_odd = modulus.last().is_some_and(|last| last & 1 == 1);
    // In its one form, without zeros before it (RFC 7518, section 6.3.1).
    let modulus_fits = modulus.first() != Some(&0) && RSA_BITS.contains(&bits) && is_odd;
    if !modulus_fits {
        let detail = format!("must be odd and have {} to {} bits; it has {bits}", RSA_BITS.start(), RSA_BITS.end());
        context.at("n", |context| context.problem("weak-key", detail));
    }
    let value = exponent.iter().take(8).fold(0, |value: u64, byte| value << 8 | u64::from(*byte));
    let exponent_fits =
        exponent.first() != Some(&0) && exponent.len() <= 4 && RSA_EXPONENT.contains(&value) && value & 1 == 1;
    if !exponent_fits {
        context.at("e", |context| context.problem("weak-key", "must be odd, and 65537 at least"));
    }
    (modulus_fits && exponent_fits).then_some(Key::Rsa { modulus, exponent })
}

fn read_point(jwk: &Json<'_>, length: usize, context: &mut Context<'_>) -> Option<[Vec<u8>; 2]> {
    let mut coordinate = |name| {
        let bytes = read_bytes(jwk, name, context)?;
        let fits = bytes.len() == length;
        let detail = || format!("must be {length} bytes; it is {}", bytes.len());
        context.at(name, |context| context.value(fits.then_some(()).ok_or_else(|| ("key-length", detail()))))?;
        Some(bytes)
    };
    let (x, y) = (coordinate("x"), coordinate("y"));
    Some([x?, y?])
}

fn on_curve(known: bool, context: &mut Context<'_>) -> bool {
    if !known {
        context.at("x", |context| context.problem("weak-key", "is not a point of the curve"));
    }
    known
}

/// A client's keys (a JWK Set, RFC 7517, section 5). Members that are not known are left aside, as it says.
///
/// Every problem is noted in the context.
pub fn read_set(json: &Json<'_>, context: &mut Context<'_>) -> Option<Vec<ClientKey>> {
    let keys = context.at("keys", |context| {
        let Some(Json::Array(keys)) = json.member("keys") else {
            context.problem("missing-field", "a JWK Set is needed: {\"keys\": [...]}");
            return None;
        };
        if !(1..=MAX_KEYS).contains(&keys.len()) {
            context.problem("key-count", format!("1 to {MAX_KEYS} keys are allowed"));
            return None;
        }
        let read = |(index, jwk)| context.at(index, |context| ClientKey::read(jwk, context));
        keys.iter().enumerate().map(read).collect::<Vec<_>>().into_iter().collect::<Option<Vec<_>>>()
    })?;
    let repeated = keys.iter().enumerate().find(|(index, key)| keys[..*index].iter().any(|it| it.kid == key.kid));
    if let Some((index, _)) = repeated {
        context
            .at("keys", |context| context.at(index, |context| context.problem("key-id", "another key has this kid")));
        return None;
    }
    Some(keys)
}

/// The keys as they lie in the database and are shown: nothing but what was read.
#[must_use]
pub fn set_to_json(keys: &[ClientKey]) -> Value {
    json!({ "keys": keys.iter().map(ClientKey::to_json).collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use passport_schema::codes::CodeLists;

    use super::*;

    fn read(set: &Value) -> Result<Vec<ClientKey>, Vec<(String, &'static str)>> {
        let (text, lists) = (set.to_string(), CodeLists::embedded());
        let mut context = Context::new(&lists);
        let keys = read_set(&Json::parse(text.as_bytes()).unwrap(), &mut context);
        context.finish(keys).map_err(|problems| problems.0.into_iter().map(|it| (it.pointer, it.code)).collect())
    }

    fn refused(jwk: &Value) -> Vec<(String, &'static str)> {
        read(&json!({ "keys": [jwk] })).unwrap_err()
    }

    fn rsa(modulus: &[u8], exponent: &[u8]) -> Value {
        json!({ "kty": "RSA", "kid": "1", "n": URL_SAFE_NO_PAD.encode(modulus), "e": URL_SAFE_NO_PAD.encode(exponent) })
    }

    /// A number of so many bits that could be a modulus by its looks.
    fn modulus(bits: usize) -> Vec<u8> {
        let mut bytes = vec![0xff; bits.div_ceil(8)];
        bytes[0] >>= bits.div_ceil(8) * 8 - bits;
        bytes
    }

    #[test]
    fn rsa_is_held_to_its_size_and_exponent() {
        let usual = [1, 0, 1];
        for bits in [2_048, 3_072, 4_096] {
            assert!(read(&json!({ "keys": [rsa(&modulus(bits), &usual)] })).is_ok(), "{bits}");
        }
        for bits in [1_024, 2_047, 4_097, 16_384] {
            assert_eq!(refused(&rsa(&modulus(bits), &usual)), [("/keys/0/n".into(), "weak-key")], "{bits}");
        }
        let even: Vec<u8> = modulus(2_048).into_iter().map(|byte| byte & 0xfe).collect();
        let padded = [&[0][..], &modulus(2_048)].concat();
        for bytes in [even, padded, Vec::new()] {
            assert_eq!(refused(&rsa(&bytes, &usual)), [("/keys/0/n".into(), "weak-key")]);
        }
        for exponent in [&[][..], &[1], &[3], &[1, 0, 0], &[0, 1, 0, 1], &[1, 0, 0, 0, 1]] {
            assert_eq!(refused(&rsa(&modulus(2_048), exponent)), [("/keys/0/e".into(), "weak-key")], "{exponent:?}");
        }
    }

    #[test]
    fn a_point_off_the_curve_or_of_another_length_is_refused() {
        // The base point of P-256 (SEC 2, section 2.4.2).
        let x = "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY";
        let y = "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU";
        let jwk = json!({ "kty": "EC", "crv": "P-256", "kid": "1", "x": x, "y": y });
        let key = read(&json!({ "keys": [jwk] })).unwrap();
        assert_eq!(read(&set_to_json(&key)).unwrap(), key, "it reads back");
        let mut off = jwk.clone();
        off["y"] = x.into();
        assert_eq!(refused(&off), [("/keys/0/x".into(), "weak-key")]);
        let mut other = jwk.clone();
        other["crv"] = "P-384".into();
        assert_eq!(refused(&other), [("/keys/0/x".into(), "key-length"), ("/keys/0/y".into(), "key-length")]);
        let mut short = jwk.clone();
        short["y"] = "AAAA".into();
        assert_eq!(refused(&short), [("/keys/0/y".into(), "key-length")]);
        let mut padded = jwk;
        padded["x"] = format!("{x}=").into();
        assert_eq!(refused(&padded), [("/keys/0/x".into(), "not-base64url")]);
    }

    #[test]
    fn ed25519_goes_through_the_strict_parser() {
        let ed =
            |bytes: &[u8]| json!({ "kty": "OKP", "crv": "Ed25519", "kid": "1", "x": URL_SAFE_NO_PAD.encode(bytes) });
        let good = ed25519_dalek::SigningKey::from_bytes(&[7; 32]).verifying_key().to_bytes();
        assert!(read(&json!({ "keys": [ed(&good)] })).is_ok());
        let mut small = [0; 32];
        small[0] = 1;
        for bytes in [&[1, 2, 3][..], &small, &[0; 32], &[0xff; 32]] {
            assert_eq!(refused(&ed(bytes)), [("/keys/0/x".into(), "weak-key")]);
        }
    }

    #[test]
    fn private_symmetric_and_nameless_keys_are_refused() {
        let good = URL_SAFE_NO_PAD.encode(ed25519_dalek::SigningKey::from_bytes(&[7; 32]).verifying_key().to_bytes());
        let with = |name: &str, value: Value| {
            let mut jwk = json!({ "kty": "OKP", "crv": "Ed25519", "kid": "1", "x": good });
            jwk[name] = value;
            jwk
        };
        assert_eq!(refused(&with("d", good.clone().into())), [("/keys/0/d".into(), "private-key")]);
        assert_eq!(refused(&json!({ "kty": "oct", "kid": "1", "k": "AAAA" })), [("/keys/0/k".into(), "private-key")]);
        assert_eq!(refused(&with("kty", "oct".into())), [("/keys/0/kty".into(), "unknown-code")]);
        assert_eq!(refused(&with("use", "enc".into())), [("/keys/0/use".into(), "wrong-value")]);
        assert_eq!(refused(&with("alg", "RS512".into())), [("/keys/0/alg".into(), "unknown-code")]);
        for kid in [Value::Null, "".into(), "a b".into(), "k".repeat(101).into(), 1.into()] {
            assert_eq!(refused(&with("kid", kid)), [("/keys/0/kid".into(), "key-id")]);
        }
        let twice = json!({ "keys": [with("kid", "1".into()), with("kid", "1".into())] });
        assert_eq!(read(&twice).unwrap_err(), [("/keys/1".into(), "key-id")]);
        for set in [json!({}), json!([]), json!({ "keys": [] }), json!({ "keys": vec![with("kid", "1".into()); 9] })] {
            assert_eq!(read(&set).unwrap_err()[0].0, "/keys");
        }
    }
}
