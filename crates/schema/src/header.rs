//! The protected header of a signed thing, in JOSE and in COSE: algorithm, type, key; nothing else.

use thiserror::Error;

/// Signature algorithms that we accept. All are Ed25519 and bind to an OKP Ed25519 key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// `EdDSA`, COSE -8 (RFC 8037, RFC 9053). What we emit.
    EdDsa,
    /// `Ed25519`, COSE -19 (RFC 9864).
    Ed25519,
}

/// Why a header is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HeaderError {
    /// Not the shape of a header.
    #[error("the header is not well-formed: {0}")]
    Malformed(String),
    /// No algorithm is named, or not as one text or number.
    #[error("the header names no signature algorithm")]
    AlgorithmMissing,
    /// Another algorithm than Ed25519.
    #[error("the header names the algorithm {0}, which is not accepted")]
    AlgorithmRefused(String),
    /// Extensions that must be understood (`crit`). We know none.
    #[error("the header demands extensions that this verifier does not know")]
    Critical,
    /// A member that our formats do not have, such as `jwk`, `jku` or `x5u`.
    #[error("the header has the member {0}, which is not accepted")]
    Member(String),
    /// The type is missing or another.
    #[error("the header's type is not {expected}")]
    Type {
        /// What belongs here.
        expected: &'static str,
    },
    /// No key is named, or not in our form.
    #[error("the header names no key in the form that is needed")]
    Key,
}

/// A stranger's text, cut and made visible, so that a message can name it without obeying it.
#[must_use]
pub fn shown(text: &str) -> String {
    text.chars().take(80).flat_map(char::escape_debug).collect()
}
