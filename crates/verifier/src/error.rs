//! Why a pass or credential is not accepted: typed, ranked, with stable codes and plain words.

use passport_schema::cose::CoseError;
use passport_schema::credential::CredentialError;
use passport_schema::field::UnpackError;
use passport_schema::header::HeaderError;
use passport_schema::id::KeyId;
use passport_schema::jose::JwsError;
use passport_schema::json::JsonError;
use passport_schema::pass::PassError;
use passport_schema::record::Kind;
use passport_schema::time::Timestamp;
use thiserror::Error;

/// What kept a pass or credential from being accepted, or is worth saying about it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// Neither a pass nor a credential.
    #[error("This is neither a staff pass (it would begin with SP1:) nor a credential.")]
    NotAPassport,
    /// Not a whole pass.
    #[error("This is not a whole staff pass: {0}.")]
    Pass(PassError),
    /// Not a whole credential.
    #[error("This is not a whole credential: {0}.")]
    Token(JwsError),
    /// The credential's content is not that of a staff credential.
    #[error("{0}.")]
    Content(CredentialError),
    /// The issuer is not on the trust list.
    #[error("{issuer} is not on this system's trust list.")]
    UnknownIssuer {
        /// As it calls itself: a code or an identifier.
        issuer: String,
    },
    /// The identifier that the key belongs to is not the issuer's.
    #[error("The key that signed this belongs to somebody else than its issuer.")]
    ForeignKey,
    /// The issuer has no such key.
    #[error("{issuer} has no key {key}: the bundle may be too old, or this is a forgery.")]
    UnknownKey {
        /// Name on the trust list.
        issuer: String,
        /// The key that is named.
        key: KeyId,
    },
    /// The key may be in somebody else's hands.
    #[error("Key {key} of {issuer} is no longer safe: nothing that it signed can be relied on. Ask for a new pass.")]
    KeyCompromised {
        /// Name on the trust list.
        issuer: String,
        /// The key.
        key: KeyId,
    },
    /// The key was not valid when this was signed.
    #[error("Key {key} of {issuer} was not valid at {issued}, when this says that it was signed.")]
    KeyOutsideValidity {
        /// Name on the trust list.
        issuer: String,
        /// The key.
        key: KeyId,
        /// The time of issue.
        issued: Timestamp,
    },
    /// The issuer may not attest any of this.
    #[error("{issuer} is not entitled to attest {}.", kind.name())]
    NotEntitled {
        /// Name on the trust list.
        issuer: String,
        /// What it tried to attest.
        kind: Kind,
    },
    /// The signature does not fit: something was changed, or another key signed.
    #[error("The signature does not fit. Something was changed, or this was not signed by whom it says.")]
    BadSignature,
    /// It ends before it begins.
    #[error("This ends before it begins.")]
    Backwards,
    /// It was issued later than now.
    #[error("This is not valid before {}, and it is {} now.", issued.plain(), at.plain())]
    NotYetValid {
        /// When it says that it was signed.
        issued: Timestamp,
        /// Now.
        at: Timestamp,
    },
    /// It has expired.
    #[error("This expired at {}. Ask for a new one.", expires.plain())]
    Expired {
        /// When.
        expires: Timestamp,
    },
    /// The issuer has withdrawn it.
    #[error("The issuer has withdrawn this.")]
    Withdrawn,
    /// The issuer has suspended it.
    #[error("The issuer has suspended this for now.")]
    Suspended,
    /// Something newer has taken its place.
    #[error("The issuer has replaced this with a newer one. Ask for that.")]
    Superseded,
    /// Its place lies outside the issuer's status list.
    #[error("Its place in the issuer's status list does not exist.")]
    StatusOutOfRange,
    /// The bundle is newer than the time to judge by.
    #[error("The time to judge by, {}, is earlier than the newest news in the bundle, {}. If it is this device's clock, set it.", at.plain(), newest.plain())]
    ClockBeforeBundle {
        /// The newest thing in the bundle.
        newest: Timestamp,
        /// Now.
        at: Timestamp,
    },
    /// The trust list has passed its next update.
    #[error("The trust list was to be renewed by {}. Get a new bundle.", next_update.plain())]
    TrustListExpired {
        /// When.
        next_update: Timestamp,
    },
    /// The bundle has no status list for it.
    #[error("The bundle has no usable status list {list} of {issuer}. Get a new bundle.")]
    StatusMissing {
        /// Name on the trust list.
        issuer: String,
        /// Number of the list.
        list: u32,
    },
    /// The status list has expired.
    #[error("What is known of its status is from {} and has expired. Get a new bundle.", issued.plain())]
    StatusExpired {
        /// When the list was signed.
        issued: Timestamp,
    },
    /// The status is old, though not expired.
    #[error("What is known of its status is from {}.", issued.plain())]
    StatusStale {
        /// When the list was signed.
        issued: Timestamp,
    },
    /// A record that was asked for is not there, or does not count.
    #[error("No record of the kind {} counts.", kind.name())]
    RequiredMissing {
        /// Which kind.
        kind: Kind,
    },
    /// It cannot be told whether a record that was asked for counts.
    #[error("Whether the record of the kind {} counts cannot be told.", kind.name())]
    RequiredUnclear {
        /// Which kind.
        kind: Kind,
    },
    /// Several passes that were to be read together are not about one person.
    #[error("These are not about one person: the names or dates of birth differ. Check photo ID.")]
    DifferentPeople,
}

/// How grave an error is: the later ones decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Worth saying; decides nothing.
    Remark,
    /// It cannot be told whether to accept.
    CannotTell,
    /// Not to be accepted.
    Refusal,
}

impl Error {
    /// How grave it is.
    #[must_use]
    pub fn rank(&self) -> Rank {
        match self {
            Self::StatusStale { .. } => Rank::Remark,
            Self::ClockBeforeBundle { .. }
            | Self::TrustListExpired { .. }
            | Self::StatusMissing { .. }
            | Self::StatusExpired { .. }
            | Self::StatusOutOfRange
            | Self::RequiredUnclear { .. } => Rank::CannotTell,
            _ => Rank::Refusal,
        }
    }

    /// The stable code, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAPassport => "not-a-passport",
            Self::Pass(error) => pass_code(error),
            Self::Token(error) => match error {
                JwsError::TooLong { .. } => "too-long",
                JwsError::Shape => "token-shape",
                JwsError::SignatureLength(_) => "signature-length",
                JwsError::Header(error) => header_code(error),
            },
            Self::Content(CredentialError::Json(error)) => match error {
                JsonError::Malformed { .. } => "json-malformed",
                JsonError::Duplicate { .. } => "json-duplicate",
                JsonError::Number { .. } => "json-number",
                JsonError::TooLarge { .. } => "json-too-large",
            },
            Self::Content(CredentialError::Fields(problems)) => {
                problems.0.first().map_or("content", |first| first.code)
            }
            Self::UnknownIssuer { .. } => "unknown-issuer",
            Self::ForeignKey => "foreign-key",
            Self::UnknownKey { .. } => "unknown-key",
            Self::KeyCompromised { .. } => "key-compromised",
            Self::KeyOutsideValidity { .. } => "key-outside-validity",
            Self::NotEntitled { .. } => "not-entitled",
            Self::BadSignature => "bad-signature",
            Self::Backwards => "backwards",
            Self::NotYetValid { .. } => "not-yet-valid",
            Self::Expired { .. } => "expired",
            Self::Withdrawn => "withdrawn",
            Self::Suspended => "suspended",
            Self::Superseded => "superseded",
            Self::StatusOutOfRange => "status-out-of-range",
            Self::ClockBeforeBundle { .. } => "clock-before-bundle",
            Self::TrustListExpired { .. } => "trust-list-expired",
            Self::StatusMissing { .. } => "status-missing",
            Self::StatusExpired { .. } => "status-expired",
            Self::StatusStale { .. } => "status-stale",
            Self::RequiredMissing { .. } => "required-missing",
            Self::RequiredUnclear { .. } => "required-unclear",
            Self::DifferentPeople => "different-people",
        }
    }
}

fn pass_code(error: &PassError) -> &'static str {
    match error {
        PassError::Prefix => "not-a-passport",
        PassError::TooLong(_) => "too-long",
        PassError::Base45(_) => "base45",
        PassError::Cose(CoseError::Shape(_)) => "cose-shape",
        PassError::Cose(CoseError::SignatureLength(_)) => "signature-length",
        PassError::Cose(CoseError::Header(error)) => header_code(error),
        PassError::NotCanonical => "not-canonical",
        PassError::Claims(UnpackError::Cbor(_)) => "cbor",
        PassError::Claims(UnpackError::Value(code, _)) => code,
        PassError::Claims(UnpackError::Unknown { .. }) => "unknown-field",
    }
}

fn header_code(error: &HeaderError) -> &'static str {
    match error {
        HeaderError::Malformed(_) => "header-malformed",
        HeaderError::AlgorithmMissing => "algorithm-missing",
        HeaderError::AlgorithmRefused(_) => "algorithm-refused",
        HeaderError::Critical => "header-critical",
        HeaderError::Member(_) => "header-member",
        HeaderError::Type { .. } => "header-type",
        HeaderError::Key => "header-key",
    }
}
