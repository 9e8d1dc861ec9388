//! Identifiers: organisations, credentials, records, keys, places in status lists.

use std::fmt;
use std::sync::Arc;

use uuid::Uuid;

/// An organisation's code: an ODS code, or one that the system assigned. 2 to 10 ASCII capital
/// letters and digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrganisationCode(Arc<str>);

impl OrganisationCode {
    /// Reads a code.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let shape = (2..=10).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        shape.then(|| Self(text.into()))
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OrganisationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for OrganisationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The id of a record or credential: a UUID (RFC 9562), written `urn:uuid:…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub Uuid);

impl Id {
    /// Reads `urn:uuid:` and a hyphenated, lower-case UUID; nothing else, so that one id has one text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let uuid = text.strip_prefix("urn:uuid:")?;
        Self::parse_bare(uuid)
    }

    /// Reads the UUID alone, as it stands in an address.
    #[must_use]
    pub fn parse_bare(text: &str) -> Option<Self> {
        let canonical = text.len() == 36 && !text.bytes().any(|byte| byte.is_ascii_uppercase());
        canonical.then(|| Uuid::try_parse(text).ok().map(Self))?
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "urn:uuid:{}", self.0)
    }
}

/// The id of a signing key within its organisation: the first four bytes of the key's JWK
/// thumbprint (RFC 7638); 8 hexadecimal digits in a `kid`, 4 bytes in COSE. The trust list
/// refuses two keys of one organisation that share it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 4]);

impl KeyId {
    /// The id of an Ed25519 public key (RFC 8037, appendix A.3, for the thumbprint's input).
    #[must_use]
    pub fn of_ed25519(public: &[u8; 32]) -> Self {
        use base64::Engine as _;
        use sha2::{Digest as _, Sha256};
        let x = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(public);
        let hash = Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#));
        Self([hash[0], hash[1], hash[2], hash[3]])
    }

    /// Reads 8 lower-case hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.len() == 8 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        digits.then(|| u32::from_str_radix(text, 16).ok().map(|value| Self(value.to_be_bytes())))?
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An organisation's decentralised identifier, by the `did:web` method: it stands for the
/// organisation's public address, at which `did.json` lies. Nothing here resolves it.
#[must_use]
pub fn did_web(address: &str) -> Option<String> {
    let (_, rest) = address.split_once("://")?;
    let mut parts = rest.trim_end_matches('/').split('/');
    let host = parts.next()?.replace(':', "%3A");
    let path: String = parts.flat_map(|part| [":", part]).collect();
    Some(format!("did:web:{host}{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_of_rfc_8037_gives_its_key_id() {
        use base64::Engine as _;
        let x = base64::engine::general_purpose::URL_SAFE_NO_PAD
            .decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
            .unwrap();
        // The thumbprint is kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k.
        assert_eq!(KeyId::of_ed25519(&x.try_into().unwrap()).to_string(), "90facafe");
    }

    #[test]
    fn a_did_names_host_port_and_path() {
        assert_eq!(
            did_web("http://localhost:8080/organisations/RNN").unwrap(),
            "did:web:localhost%3A8080:organisations:RNN"
        );
        assert_eq!(did_web("https://passport.example/o/RTD/").unwrap(), "did:web:passport.example:o:RTD");
    }

    #[test]
    fn one_id_has_one_text() {
        let id = "urn:uuid:0192f0e0-7a6b-7c3d-8e4f-0123456789ab";
        assert_eq!(Id::parse(id).unwrap().to_string(), id);
        for text in [
            "0192f0e0-7a6b-7c3d-8e4f-0123456789ab",
            "urn:uuid:0192F0E0-7a6b-7c3d-8e4f-0123456789ab",
            "urn:uuid:0192f0e07a6b7c3d8e4f0123456789ab",
        ] {
            assert_eq!(Id::parse(text), None, "{text}");
        }
    }
}
