//! Signed JSON in compact form (RFC 7515), as `vc+jwt`, status list tokens and trust lists are.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use thiserror::Error;

use crate::header::{Algorithm, HeaderError, shown};
use crate::id::KeyId;
use crate::json::Json;

/// What a token is, by its `typ` and `cty`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// A credential (VC-JOSE-COSE, section 3.1.1).
    Credential,
    /// A Token Status List.
    StatusList,
    /// A trust list of ours.
    TrustList,
    /// A role profile, signed by the organisation that wrote it.
    Profile,
    /// A notice of a movement, signed by the host.
    Notice,
    /// A receipt for what somebody showed, signed by whom it was shown to.
    Receipt,
}

impl Type {
    fn typ(self) -> &'static str {
        match self {
            Self::Credential => "vc+jwt",
            Self::StatusList => "statuslist+jwt",
            Self::TrustList => "trust-list+jwt",
            Self::Profile => "role-profile+jwt",
            Self::Notice => "movement-notice+jwt",
            Self::Receipt => "share-receipt+jwt",
        }
    }

    /// The longest that is looked at, in bytes: a credential of 127 records with every text at its
    /// longest is under half of this, a status list in which every entry is random is 467 kB, and
    /// a trust list of 2,000 members is 2.1 MB.
    #[must_use]
    pub fn max_length(self) -> usize {
        match self {
            Self::Credential | Self::Profile | Self::Receipt => 256 * 1024,
            Self::StatusList => 512 * 1024,
            Self::TrustList => 4 * 1024 * 1024,
            Self::Notice => 8 * 1024,
        }
    }

    fn cty(self) -> Option<&'static str> {
        (self == Self::Credential).then_some("vc")
    }
}

/// A token that was taken apart. Nothing in it is verified.
#[derive(Debug, Clone)]
pub struct Jws<'t> {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The issuer's identifier: what stands before `#` in `kid`; empty for a trust list.
    pub controller: String,
    /// The key: what stands after it.
    pub key: KeyId,
    /// What the signature covers.
    pub signed: &'t [u8],
    /// The payload.
    pub payload: Vec<u8>,
    /// The signature.
    pub signature: [u8; 64],
}

/// Why a text is not a token of ours.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum JwsError {
    /// Longer than a token of its type may be.
    #[error("{length} bytes long; at most {limit} are read")]
    TooLong {
        /// Its length in bytes.
        length: usize,
        /// [`Type::max_length`].
        limit: usize,
    },
    /// Not three parts of base64url without padding.
    #[error("not three parts of base64url with dots between them")]
    Shape,
    /// A signature of another length than Ed25519 has.
    #[error("the signature is {0} bytes long; an Ed25519 signature has 64")]
    SignatureLength(usize),
    /// The header is refused.
    #[error(transparent)]
    Header(#[from] HeaderError),
}

impl<'t> Jws<'t> {
    /// Takes a token of this type apart.
    ///
    /// # Errors
    /// [`JwsError`], cheapest reason first.
    pub fn parse(token: &'t str, kind: Type) -> Result<Self, JwsError> {
        let (length, limit) = (token.len(), kind.max_length());
        if length > limit {
            return Err(JwsError::TooLong { length, limit });
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(JwsError::Shape)?;
        let (header, payload) = signed.split_once('.').ok_or(JwsError::Shape)?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| JwsError::Shape);
        let (controller, key, algorithm) = read_header(&decode(header)?, kind)?;
        let payload = decode(payload)?;
        let signature = decode(signature)?;
        let signature = signature.try_into().map_err(|wrong: Vec<u8>| JwsError::SignatureLength(wrong.len()))?;
        Ok(Self { algorithm, controller, key, signed: signed.as_bytes(), payload, signature })
    }
}

fn read_header(bytes: &[u8], kind: Type) -> Result<(String, KeyId, Algorithm), HeaderError> {
    let header = Json::parse(bytes).map_err(|error| HeaderError::Malformed(error.to_string()))?;
    let Json::Object(members) = &header else {
        return Err(HeaderError::Malformed("not an object".into()));
    };
    let algorithm = match header.member("alg") {
        Some(Json::Text(name)) if name == "EdDSA" => Algorithm::EdDsa,
        Some(Json::Text(name)) if name == "Ed25519" => Algorithm::Ed25519,
        Some(Json::Text(name)) => return Err(HeaderError::AlgorithmRefused(shown(name))),
        _ => return Err(HeaderError::AlgorithmMissing),
    };
    if header.member("crit").is_some() {
        return Err(HeaderError::Critical);
    }
    if let Some((name, _)) = members.iter().find(|(name, _)| !["alg", "typ", "cty", "kid"].contains(&name.as_ref())) {
        return Err(HeaderError::Member(shown(name)));
    }
    if header.member("typ").and_then(Json::as_text) != Some(kind.typ()) {
        return Err(HeaderError::Type { expected: kind.typ() });
    }
    match header.member("cty") {
        // A content type may be left out; a wrong one may not stand (VC-JOSE-COSE, section 3.1.1).
        None => {}
        Some(found) if found.as_text().is_some() && found.as_text() == kind.cty() => {}
        Some(_) => {
            return Err(HeaderError::Type { expected: kind.cty().unwrap_or("(none)") });
        }
    }
    let kid = header.member("kid").and_then(Json::as_text).ok_or(HeaderError::Key)?;
    let (controller, key) = kid.split_once('#').unwrap_or(("", kid));
    let key = KeyId::parse(key).ok_or(HeaderError::Key)?;
    Ok((controller.to_owned(), key, algorithm))
}

/// The part of a token that is signed: header and payload. `controller` is the signer's
/// identifier, empty for a trust list.
#[must_use]
pub fn signing_input(kind: Type, controller: &str, key: KeyId, payload: &[u8]) -> String {
    let kid = if controller.is_empty() { key.to_string() } else { format!("{controller}#{key}") };
    let mut header = json!({ "alg": "EdDSA", "typ": kind.typ(), "kid": kid });
    if let Some(cty) = kind.cty() {
        header["cty"] = Value::from(cty);
    }
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(payload))
}

/// The whole token.
#[must_use]
pub fn assemble(mut signing_input: String, signature: &[u8; 64]) -> String {
    signing_input.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut signing_input);
    signing_input
}
