//! From claims to a signed token, and back through the verifier's own parser before it leaves: what
//! our verifier would not read as the same claims is never handed out.

use passport_schema::codes::CodeLists;
use passport_schema::credential::Credential;
use passport_schema::id::KeyId;
use passport_schema::jose::{self, Jws, Type};
use passport_schema::pass::{Pass, UnverifiedPass};
use passport_schema::status::StatusToken;
use passport_schema::{cose, pass};
use thiserror::Error;

use crate::keys::Signer;

/// The type of a status list token in CBOR (Token Status List, section 5.2).
const STATUS_CWT: &str = "application/statuslist+cwt";

/// What was signed does not read back as what was meant: a fault of this program.
#[derive(Debug, Error)]
#[error("a signed {0} does not read back as it was meant")]
pub struct SelfCheck(&'static str);

/// Signs a credential. `address` is the issuer's, `schemas` that of the JSON Schemas.
///
/// # Errors
/// [`SelfCheck`].
pub fn credential(
    claims: &Credential,
    address: &str,
    schemas: &str,
    signer: &Signer,
    lists: &CodeLists,
) -> Result<String, SelfCheck> {
    let payload = claims.to_json(address, schemas);
    let input = jose::signing_input(Type::Credential, &claims.issuer, signer.kid(), payload.as_bytes());
    let signature = signer.sign(input.as_bytes());
    let token = jose::assemble(input, &signature);
    let reads_back = Jws::parse(&token, Type::Credential).is_ok_and(|jws| {
        signer.public().verify(jws.signed, &jws.signature)
            && Credential::from_json(&jws.payload, lists).is_ok_and(|again| again == *claims)
    });
    if reads_back { Ok(token) } else { Err(SelfCheck("credential")) }
}

/// Signs a pass. Its records must be in order; their ids are not part of it.
///
/// # Errors
/// [`SelfCheck`].
pub fn pass(claims: &Pass, signer: &Signer, lists: &CodeLists) -> Result<String, SelfCheck> {
    let header = cose::protected_header(signer.kid(), None);
    let payload = claims.to_cbor();
    let signature = signer.sign(&cose::signing_input(&header, &payload));
    let text = pass::text(&cose::assemble(&header, &payload, &signature));
    let reads_back = UnverifiedPass::parse(&text, lists)
        .is_ok_and(|again| signer.public().verify(&again.signed, &again.signature) && again.claims == *claims);
    if reads_back { Ok(text) } else { Err(SelfCheck("pass")) }
}

/// How many characters a pass will have.
#[must_use]
pub fn pass_length(claims: &Pass) -> usize {
    let header = cose::protected_header(KeyId([0; 4]), None);
    pass::text(&cose::assemble(&header, &claims.to_cbor(), &[0; 64])).len()
}

/// Signs a status list token as a JWT.
#[must_use]
pub fn status_jwt(claims: &StatusToken, did: &str, signer: &Signer) -> String {
    json(Type::StatusList, &claims.to_json(), did, signer)
}

/// Signs a status list token as a CWT.
#[must_use]
pub fn status_cwt(claims: &StatusToken, signer: &Signer) -> Vec<u8> {
    let header = cose::protected_header(signer.kid(), Some(STATUS_CWT));
    let payload = claims.to_cbor();
    let signature = signer.sign(&cose::signing_input(&header, &payload));
    cose::assemble(&header, &payload, &signature)
}

/// Signs any JSON as a token of a type: a Bitstring Status List Credential, a profile, a notice.
#[must_use]
pub fn json(kind: Type, payload: &[u8], did: &str, signer: &Signer) -> String {
    let input = jose::signing_input(kind, did, signer.kid(), payload);
    let signature = signer.sign(input.as_bytes());
    jose::assemble(input, &signature)
}
