//! Signed CBOR: tagged `COSE_Sign1` (RFC 9052), as passes and status list tokens are.

use thiserror::Error;

use crate::cbor::{CborError, Major, Reader, Writer};
use crate::header::{Algorithm, HeaderError};
use crate::id::KeyId;

const TAG: u64 = 18;
const ALG: i64 = 1;
const CRIT: i64 = 2;
const KID: i64 = 4;
const TYP: i64 = 16;
const EDDSA: i64 = -8;
const ED25519: i64 = -19;

/// A message that was taken apart. Nothing in it is verified.
#[derive(Debug, Clone)]
pub struct Sign1<'b> {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The key.
    pub key: KeyId,
    /// The type, if it is named (RFC 9596).
    pub typ: Option<&'b str>,
    /// The protected header, as signed.
    pub protected: &'b [u8],
    /// The payload.
    pub payload: &'b [u8],
    /// The signature.
    pub signature: [u8; 64],
}

/// Why bytes are not a message of ours.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CoseError {
    /// Not the CBOR of a tagged `COSE_Sign1`.
    #[error("not a COSE_Sign1 message: {0}")]
    Shape(#[from] CborError),
    /// A signature of another length than Ed25519 has.
    #[error("the signature is {0} bytes long; an Ed25519 signature has 64")]
    SignatureLength(usize),
    /// The header is refused.
    #[error(transparent)]
    Header(#[from] HeaderError),
}

impl<'b> Sign1<'b> {
    /// Takes a message apart.
    ///
    /// # Errors
    /// [`CoseError`].
    pub fn parse(bytes: &'b [u8]) -> Result<Self, CoseError> {
        let mut reader = Reader::new(bytes);
        if reader.tag()? != TAG || reader.array()? != 4 {
            return Err(CborError::Type { at: 0, expected: "a tagged COSE_Sign1" }.into());
        }
        let protected = reader.bytes()?;
        if reader.map()? != 0 {
            return Err(HeaderError::Member("in the unprotected part".into()).into());
        }
        let payload = reader.bytes()?;
        let signature = reader.bytes()?;
        reader.end()?;
        let (algorithm, key, typ) = read_header(protected)?;
        let signature = signature.try_into().map_err(|_| CoseError::SignatureLength(signature.len()))?;
        Ok(Self { algorithm, key, typ, protected, payload, signature })
    }

    /// What the signature covers (RFC 9052, section 4.4).
    #[must_use]
    pub fn signed(&self) -> Vec<u8> {
        signing_input(self.protected, self.payload)
    }
}

fn read_header(bytes: &[u8]) -> Result<(Algorithm, KeyId, Option<&str>), HeaderError> {
    let malformed = |error: CborError| HeaderError::Malformed(error.to_string());
    let (mut algorithm, mut key, mut typ) = (Err(HeaderError::AlgorithmMissing), Err(HeaderError::Key), None);
    let mut fault = None;
    let mut reader = Reader::new(bytes);
    let read = reader.int_map(|label, value| {
        match label {
            ALG if value.peek() == Some(Major::Int) => {
                algorithm = match value.int()? {
                    EDDSA => Ok(Algorithm::EdDsa),
                    ED25519 => Ok(Algorithm::Ed25519),
                    other => Err(HeaderError::AlgorithmRefused(other.to_string())),
                };
            }
            KID if value.peek() == Some(Major::Bytes) => {
                key = value.bytes()?.try_into().map(KeyId).map_err(|_| HeaderError::Key);
            }
            TYP if value.peek() == Some(Major::Text) => typ = Some(value.text()?),
            _ => {
                fault = Some(match label {
                    ALG => HeaderError::AlgorithmMissing,
                    CRIT => HeaderError::Critical,
                    KID => HeaderError::Key,
                    other => HeaderError::Member(other.to_string()),
                });
                // The value is of no interest; this ends the reading.
                return Err(CborError::Unsupported { at: value.position() });
            }
        }
        Ok(())
    });
    if let Some(fault) = fault {
        // No algorithm is the graver fault, whatever else stands there.
        return Err(algorithm.err().filter(|error| matches!(error, HeaderError::AlgorithmRefused(_))).unwrap_or(fault));
    }
    read.map_err(malformed)?;
    reader.end().map_err(malformed)?;
    Ok((algorithm?, key?, typ))
}

/// The protected header that we emit.
#[must_use]
pub fn protected_header(key: KeyId, typ: Option<&str>) -> Vec<u8> {
    let mut out = Writer::new();
    out.map(2 + usize::from(typ.is_some())).int(ALG).int(EDDSA).int(KID).bytes(&key.0);
    if let Some(typ) = typ {
        out.int(TYP).text(typ);
    }
    out.finish()
}

/// What a signature covers (RFC 9052, section 4.4).
#[must_use]
pub fn signing_input(protected: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut out = Writer::new();
    out.array(4).text("Signature1").bytes(protected).bytes(&[]).bytes(payload);
    out.finish()
}

/// The whole message.
#[must_use]
pub fn assemble(protected: &[u8], payload: &[u8], signature: &[u8; 64]) -> Vec<u8> {
    let mut out = Writer::new();
    out.tag(TAG).array(4).bytes(protected).map(0).bytes(payload).bytes(signature);
    out.finish()
}
