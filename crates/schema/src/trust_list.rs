//! The trust list of a system: who may vouch for what, with which keys (shaped like ETSI TS 119 602).
//!
//! Signed by the system's root key as a token of type `trust-list+jwt`.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::id::{KeyId, OrganisationCode, did_web};
use crate::record::Kind;
use crate::time::Timestamp;

/// Our kind of list.
pub const LIST_TYPE: &str = "https://staff-passport.example/trust-list/v1";
/// Members of one list.
pub const MAX_MEMBERS: usize = 2_000;
/// Keys of one member.
pub const MAX_KEYS: usize = 32;

/// A trust list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustList {
    /// About the list.
    #[serde(rename = "ListAndSchemeInformation")]
    pub scheme: Scheme,
    /// The members.
    #[serde(rename = "TrustedEntitiesList")]
    pub members: Vec<Member>,
}

/// About a trust list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scheme {
    /// 1.
    #[serde(rename = "LoTEVersionIdentifier")]
    pub version: u32,
    /// Goes up by one with every signing; a verifier refuses a lower one than it has seen.
    #[serde(rename = "LoTESequenceNumber")]
    pub sequence: u64,
    /// [`LIST_TYPE`].
    #[serde(rename = "LoTEType")]
    pub list_type: String,
    /// The system's name.
    #[serde(rename = "SchemeOperatorName")]
    pub operator: Vec<Worded>,
    /// When it was signed.
    #[serde(rename = "ListIssueDateTime", with = "instant")]
    pub issued: Timestamp,
    /// After this it is too old to rely on.
    #[serde(rename = "NextUpdate", with = "instant")]
    pub next_update: Timestamp,
}

/// A text in a language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Worded {
    /// BCP 47, `en`.
    pub lang: String,
    /// The text.
    pub value: String,
}

impl Worded {
    /// An English text.
    #[must_use]
    pub fn english(value: &str) -> Vec<Self> {
        vec![Self { lang: "en".into(), value: value.into() }]
    }
}

/// An organisation on the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Who it is.
    #[serde(rename = "TrustedEntityInformation")]
    pub information: Information,
    /// What it may do: one service, issuing.
    #[serde(rename = "TrustedEntityServices")]
    pub services: Vec<Service>,
}

/// Who a member is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Information {
    /// Its name, which is the one that people are shown.
    #[serde(rename = "TEName")]
    pub name: Vec<Worded>,
    /// Its code.
    #[serde(rename = "TEIdentifier", with = "code")]
    pub code: OrganisationCode,
    /// Its public address; its `did:web` identifier follows from it.
    #[serde(rename = "TEAddress")]
    pub address: String,
    /// The code that succeeded it.
    #[serde(rename = "TESuccessor", with = "optional_code", default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<OrganisationCode>,
}

/// What a member may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// What, with which keys.
    #[serde(rename = "ServiceInformation")]
    pub information: ServiceInformation,
}

/// What a member may do, with which keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceInformation {
    /// [`ISSUING`].
    #[serde(rename = "ServiceTypeIdentifier")]
    pub service_type: String,
    /// Its keys.
    #[serde(rename = "ServiceDigitalIdentity")]
    pub keys: Vec<Key>,
    /// What it may attest.
    #[serde(rename = "ServiceEntitlement")]
    pub entitlement: Entitlement,
}

/// The service type of issuing.
pub const ISSUING: &str = "https://staff-passport.example/service/issuing";

/// A member's key: an OKP Ed25519 JWK (RFC 8037) with its validity and state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Its id, which must be the one that its bytes give.
    #[serde(with = "key_id")]
    pub kid: KeyId,
    /// `OKP`.
    pub kty: String,
    /// `Ed25519`.
    pub crv: String,
    /// The public key; a verifier parses it strictly.
    #[serde(with = "public_key")]
    pub x: [u8; 32],
    /// First instant at which it may sign.
    #[serde(rename = "notBefore", with = "instant")]
    pub not_before: Timestamp,
    /// Last instant at which it may sign.
    #[serde(rename = "notAfter", with = "instant")]
    pub not_after: Timestamp,
    /// What has become of it.
    pub state: KeyState,
}

/// What has become of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyState {
    /// It signs.
    Active,
    /// It signs no more; what it signed stands.
    Retired,
    /// Somebody else may have it: nothing that it signed counts, whenever it claims to be from.
    Compromised,
}

/// What a member may attest.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entitlement {
    /// Kinds of record.
    #[serde(with = "kinds")]
    pub kinds: BTreeSet<Kind>,
    /// Training subjects, by id, for which it is aligned to the framework; `*` at the end stands
    /// for any rest, `local:*` for training of its own.
    pub subjects: BTreeSet<String>,
}

impl Entitlement {
    /// Whether a training subject, by its id in credentials, may be attested.
    #[must_use]
    pub fn covers_subject(&self, id: &str) -> bool {
        self.subjects.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(start) => id.starts_with(start),
            None => pattern == id,
        })
    }
}

impl Member {
    /// The name that people are shown.
    #[must_use]
    pub fn name(&self) -> &str {
        self.information.name.first().map_or("", |name| &name.value)
    }

    /// Its `did:web` identifier; empty if its address is none.
    #[must_use]
    pub fn did(&self) -> String {
        did_web(&self.information.address).unwrap_or_default()
    }

    /// The address of one of its status lists.
    #[must_use]
    pub fn status_address(&self, list: u32) -> String {
        format!("{}/status/{list}", self.information.address)
    }
}

impl TrustList {
    /// The claims, as they are signed: under `LoTE`.
    ///
    /// # Panics
    /// Never: texts and numbers.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(&Claims { list: self }).expect("texts and numbers")
    }

    /// Reads the claims.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn from_json(payload: &[u8]) -> Result<Self, String> {
        let list = serde_json::from_slice::<OwnedClaims>(payload).map_err(|error| error.to_string())?.list;
        if list.scheme.version != 1 || list.scheme.list_type != LIST_TYPE {
            return Err("another kind or version of list".into());
        }
        if list.members.len() > MAX_MEMBERS {
            return Err(format!("{} members; at most {MAX_MEMBERS} are read", list.members.len()));
        }
        Ok(list)
    }

    /// The system's name.
    #[must_use]
    pub fn system(&self) -> &str {
        self.scheme.operator.first().map_or("", |name| &name.value)
    }
}

#[derive(Serialize)]
struct Claims<'l> {
    #[serde(rename = "LoTE")]
    list: &'l TrustList,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnedClaims {
    #[serde(rename = "LoTE")]
    list: TrustList,
}

/// Writes a type as its text and reads it with its own parser.
macro_rules! as_text {
    ($module:ident, $type:ty, $write:expr, $read:expr, $what:literal) => {
        mod $module {
            use super::*;

            pub(super) fn serialize<S: Serializer>(value: &$type, serializer: S) -> Result<S::Ok, S::Error> {
                let write: fn(&$type) -> String = $write;
                write(value).serialize(serializer)
            }

            pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<$type, D::Error> {
                let read: fn(&str) -> Option<$type> = $read;
                read(&String::deserialize(deserializer)?).ok_or_else(|| D::Error::custom(concat!("not ", $what)))
            }
        }
    };
}

as_text!(instant, Timestamp, ToString::to_string, Timestamp::parse, "a time");
as_text!(code, OrganisationCode, ToString::to_string, OrganisationCode::parse, "an organisation code");
as_text!(key_id, KeyId, ToString::to_string, KeyId::parse, "a key id");
as_text!(
    public_key,
    [u8; 32],
    |key| URL_SAFE_NO_PAD.encode(key),
    |text| URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok(),
    "an Ed25519 public key of 32 bytes"
);

mod optional_code {
    use super::{Deserialize, Deserializer, OrganisationCode, Serialize, Serializer, code};

    #[expect(clippy::ref_option, reason = "serde's `with` calls it so")]
    pub(super) fn serialize<S: Serializer>(value: &Option<OrganisationCode>, serializer: S) -> Result<S::Ok, S::Error> {
        value.as_ref().map(ToString::to_string).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<OrganisationCode>, D::Error> {
        #[derive(Deserialize)]
        struct Code(#[serde(with = "code")] OrganisationCode);
        Ok(Option::<Code>::deserialize(deserializer)?.map(|code| code.0))
    }
}

mod kinds {
    use super::{BTreeSet, Deserialize, Deserializer, Kind, Serialize, Serializer};
    use serde::de::Error as _;

    pub(super) fn serialize<S: Serializer>(kinds: &BTreeSet<Kind>, serializer: S) -> Result<S::Ok, S::Error> {
        kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeSet<Kind>, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        let kind = |name: String| Kind::parse(&name).ok_or_else(|| D::Error::custom("not a kind of record"));
        names.into_iter().map(kind).collect()
    }
}
