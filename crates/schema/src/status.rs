//! Status: what has become of a credential, a pass, or one record in it.
//!
//! Each credential and each pass takes one block of consecutive indices in one of its issuer's
//! lists: its own index first, then its records in order. One list is published as an IETF Token
//! Status List (two bits an index, least significant first, zlib) and as two W3C Bitstring Status
//! Lists (one bit an index, most significant first, gzip).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::cbor::{CborError, Reader, Writer};
use crate::time::Timestamp;

/// Indices of one list. At 2^20 a token of a list without entries is under 400 bytes, one full of
/// them 262,144; W3C Bitstring Status List (section 6.1) wants at least 131,072.
pub const LIST_SIZE: u32 = 1 << 20;
/// Longest list that is inflated, in bytes: ours.
pub const MAX_LIST_BYTES: usize = LIST_SIZE as usize / 4;
/// A list token counts as fresh for this long, in seconds, unless a receiver says otherwise.
pub const FRESH_FOR: i64 = 24 * 3_600;
/// A list token is void this long after it was signed, in seconds.
pub const TOKEN_LIFETIME: i64 = 7 * 86_400;
/// How long a copy may be used before asking again, in seconds (`ttl`; whole seconds here,
/// milliseconds in a Bitstring Status List).
pub const TTL: i64 = 3_600;

/// The state of one index (Token Status List, section 7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// 0
    Valid,
    /// 1: it was an error, or is no longer true.
    Withdrawn,
    /// 2: it is in doubt for now.
    Suspended,
    /// 3, application-specific: something newer says the same or better. Shown, not counted.
    Superseded,
}

impl Status {
    /// Every status, by its number.
    pub const ALL: [Self; 4] = [Self::Valid, Self::Withdrawn, Self::Suspended, Self::Superseded];

    /// The two bits.
    #[must_use]
    pub fn bits(self) -> u8 {
        self as u8
    }

    /// The status of two bits.
    #[must_use]
    pub fn of_bits(bits: u8) -> Self {
        Self::ALL[usize::from(bits & 3)]
    }

    /// In words.
    #[must_use]
    pub fn name(self) -> &'static str {
        ["valid", "withdrawn", "suspended", "superseded"][usize::from(self.bits())]
    }
}

/// Where a credential's block lies: a list of its issuer, and the block's number in that list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// Number of the list, from 1.
    pub list: u32,
    /// Number of the block, from 0, in blocks of the list's size.
    pub block: u32,
}

/// Most records of one credential: a block of 128, less its own index.
pub const MAX_RECORDS: usize = 127;

/// Indices of the block of a credential with so many records: the smallest of 32, 64 and 128 that
/// holds it and them. `None` beyond [`MAX_RECORDS`].
#[must_use]
pub fn block_size(records: usize) -> Option<u32> {
    [32, 64, 128].into_iter().find(|size| records < *size as usize)
}

impl Place {
    /// The index of a credential with so many records (`position` 0), or of its n-th record
    /// (`position` n, from 1). `None` outside the block or the list.
    #[must_use]
    pub fn index(self, records: usize, position: usize) -> Option<u32> {
        let size = block_size(records)?;
        let index = self.block.checked_mul(size)?.checked_add(u32::try_from(position).ok()?)?;
        (position <= records && index < LIST_SIZE).then_some(index)
    }
}

/// What the W3C lists are for (Bitstring Status List, section 2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Set for withdrawn and superseded.
    Revocation,
    /// Set for suspended.
    Suspension,
}

impl Purpose {
    /// The `statusPurpose`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Revocation => "revocation",
            Self::Suspension => "suspension",
        }
    }

    fn sets(self, status: Status) -> bool {
        match self {
            Self::Revocation => matches!(status, Status::Withdrawn | Status::Superseded),
            Self::Suspension => status == Status::Suspended,
        }
    }
}

/// The states of one list, two bits each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusList(Vec<u8>);

/// Why a status token is not one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StatusListError {
    /// The claims are not those of a Token Status List.
    #[error("not the claims of a status list: {0}")]
    Claims(String),
    /// Entries of another width than two bits.
    #[error("status entries of {0} bits; ours have 2")]
    Bits(i64),
    /// The list does not inflate, or to more than [`MAX_LIST_BYTES`].
    #[error("the list does not inflate within {MAX_LIST_BYTES} bytes")]
    Inflate,
}

impl StatusList {
    /// A list in which every index is valid but for `entries`. Indices beyond [`LIST_SIZE`] are ignored.
    #[must_use]
    pub fn new(entries: impl IntoIterator<Item = (u32, Status)>) -> Self {
        let mut bytes = vec![0; MAX_LIST_BYTES];
        for (index, status) in entries {
            if let Some(byte) = bytes.get_mut(index as usize / 4) {
                let shift = index % 4 * 2;
                *byte = *byte & !(3 << shift) | status.bits() << shift;
            }
        }
        Self(bytes)
    }

    /// The state of an index; `None` beyond the list.
    #[must_use]
    pub fn get(&self, index: u32) -> Option<Status> {
        let byte = self.0.get(index as usize / 4)?;
        Some(Status::of_bits(byte >> (index % 4 * 2)))
    }

    fn deflate(&self) -> Vec<u8> {
        miniz_oxide::deflate::compress_to_vec_zlib(&self.0, 9)
    }

    fn inflate(bytes: &[u8]) -> Result<Self, StatusListError> {
        miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(bytes, MAX_LIST_BYTES)
            .map(Self)
            .map_err(|_| StatusListError::Inflate)
    }

    /// The one-bit list of a W3C Bitstring Status List, before gzip and multibase: the leftmost bit
    /// of the first byte is index 0.
    #[must_use]
    pub fn bitstring(&self, purpose: Purpose) -> Vec<u8> {
        let bit = |byte: u8, place: u32| u8::from(purpose.sets(Status::of_bits(byte >> (place * 2))));
        let nibble = |byte: u8| bit(byte, 0) << 3 | bit(byte, 1) << 2 | bit(byte, 2) << 1 | bit(byte, 3);
        self.0.chunks(2).map(|pair| nibble(pair[0]) << 4 | pair.get(1).map_or(0, |byte| nibble(*byte))).collect()
    }
}

/// A Token Status List's claims (section 5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusToken {
    /// The address of the list (`sub`).
    pub subject: String,
    /// When it was signed (`iat`).
    pub issued: Timestamp,
    /// When it is void (`exp`).
    pub expires: Timestamp,
    /// The states.
    pub list: StatusList,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    sub: String,
    iat: i64,
    exp: i64,
    #[serde(default)]
    ttl: Option<i64>,
    status_list: ListClaim,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListClaim {
    bits: i64,
    lst: String,
}

const BITS: i64 = 2;

impl StatusToken {
    /// The claims as JSON, for a token of type `statuslist+jwt`.
    ///
    /// # Panics
    /// Never: the claims are texts and numbers.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let claims = Claims {
            sub: self.subject.clone(),
            iat: self.issued.0,
            exp: self.expires.0,
            ttl: Some(TTL),
            status_list: ListClaim { bits: BITS, lst: URL_SAFE_NO_PAD.encode(self.list.deflate()) },
        };
        serde_json::to_vec(&claims).expect("texts and numbers")
    }

    /// Reads the claims of a token of type `statuslist+jwt`.
    ///
    /// # Errors
    /// [`StatusListError`].
    pub fn from_json(payload: &[u8]) -> Result<Self, StatusListError> {
        let claims: Claims =
            serde_json::from_slice(payload).map_err(|error| StatusListError::Claims(error.to_string()))?;
        if claims.status_list.bits != BITS {
            return Err(StatusListError::Bits(claims.status_list.bits));
        }
        let bytes = URL_SAFE_NO_PAD
            .decode(&claims.status_list.lst)
            .map_err(|_| StatusListError::Claims("lst is not base64url".into()))?;
        Ok(Self {
            subject: claims.sub,
            issued: Timestamp(claims.iat),
            expires: Timestamp(claims.exp),
            list: StatusList::inflate(&bytes)?,
        })
    }

    /// The claims as CBOR, for a token of type `application/statuslist+cwt` (section 5.2): `sub` 2,
    /// `exp` 4, `iat` 6, `status_list` 65533, `ttl` 65534.
    #[must_use]
    pub fn to_cbor(&self) -> Vec<u8> {
        let mut out = Writer::new();
        out.map(5);
        out.int(2).text(&self.subject);
        out.int(4).int(self.expires.0);
        out.int(6).int(self.issued.0);
        out.int(65_533).map(2).text("lst").bytes(&self.list.deflate()).text("bits").int(BITS);
        out.int(65_534).int(TTL);
        out.finish()
    }

    /// Reads what [`StatusToken::to_cbor`] writes.
    ///
    /// # Errors
    /// [`StatusListError`].
    pub fn from_cbor(payload: &[u8]) -> Result<Self, StatusListError> {
        let (mut subject, mut issued, mut expires, mut list) = (None, None, None, None);
        let mut reader = Reader::new(payload);
        reader.int_map(|key, value| -> Result<(), StatusListError> {
            match key {
                2 => subject = Some(value.text()?.to_owned()),
                4 => expires = Some(Timestamp(value.int()?)),
                6 => issued = Some(Timestamp(value.int()?)),
                65_533 => list = Some(read_list(value)?),
                65_534 => drop(value.int()?),
                other => return Err(StatusListError::Claims(format!("claim {other} is not known here"))),
            }
            Ok(())
        })?;
        reader.end()?;
        let missing = || StatusListError::Claims("sub, iat, exp or status_list is missing".into());
        Ok(Self {
            subject: subject.ok_or_else(missing)?,
            issued: issued.ok_or_else(missing)?,
            expires: expires.ok_or_else(missing)?,
            list: list.ok_or_else(missing)?,
        })
    }
}

impl From<CborError> for StatusListError {
    fn from(error: CborError) -> Self {
        Self::Claims(error.to_string())
    }
}

fn read_list(value: &mut Reader<'_>) -> Result<StatusList, StatusListError> {
    if value.map()? != 2 || value.text()? != "lst" {
        return Err(StatusListError::Claims("status_list must hold lst and bits".into()));
    }
    let bytes = value.bytes()?;
    if value.text()? != "bits" {
        return Err(StatusListError::Claims("status_list must hold lst and bits".into()));
    }
    match value.int()? {
        BITS => StatusList::inflate(bytes),
        other => Err(StatusListError::Bits(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn token(entries: &[(u32, Status)]) -> StatusToken {
        StatusToken {
            subject: "https://passport.example/organisations/RNN/status/1".into(),
            issued: Timestamp(1_790_000_000),
            expires: Timestamp(1_790_604_800),
            list: StatusList::new(entries.iter().copied()),
        }
    }

    #[test]
    fn the_two_specifications_number_bits_from_opposite_ends() {
        let list = StatusList::new([(0, Status::Withdrawn), (5, Status::Suspended), (6, Status::Superseded)]);
        assert_eq!(list.0[..2], [0b0000_0001, 0b0011_1000]);
        assert_eq!(list.bitstring(Purpose::Revocation)[0], 0b1000_0010);
        assert_eq!(list.bitstring(Purpose::Suspension)[0], 0b0000_0100);
        assert_eq!(list.bitstring(Purpose::Revocation).len(), 131_072);
    }

    #[test]
    fn a_block_holds_itself_and_its_records_and_no_more() {
        assert_eq!(
            [0, 31, 32, 63, 64, 127, 128].map(block_size),
            [Some(32), Some(32), Some(64), Some(64), Some(128), Some(128), None]
        );
        let place = Place { list: 1, block: 3 };
        assert_eq!(place.index(24, 0), Some(96));
        assert_eq!(place.index(24, 24), Some(120));
        assert_eq!(place.index(24, 25), None, "not a record of this credential");
        assert_eq!(place.index(40, 40), Some(232));
        assert_eq!(Place { list: 1, block: 32_768 }.index(1, 0), None, "beyond the list");
        assert_eq!(Place { list: 1, block: u32::MAX }.index(1, 0), None);
    }

    #[test]
    fn a_list_that_inflates_beyond_ours_is_refused() {
        let bomb = miniz_oxide::deflate::compress_to_vec_zlib(&vec![0; MAX_LIST_BYTES + 1], 9);
        let claims = format!(
            r#"{{"sub":"x","iat":1,"exp":2,"status_list":{{"bits":2,"lst":"{}"}}}}"#,
            URL_SAFE_NO_PAD.encode(bomb)
        );
        assert_eq!(StatusToken::from_json(claims.as_bytes()), Err(StatusListError::Inflate));
        let eight = claims.replace("\"bits\":2", "\"bits\":8");
        assert_eq!(StatusToken::from_json(eight.as_bytes()), Err(StatusListError::Bits(8)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]
        #[test]
        fn both_forms_give_back_every_state(entries in proptest::collection::vec((0..LIST_SIZE, 0..4_u8), 0..40)) {
            let entries: Vec<_> = entries.into_iter().map(|(index, bits)| (index, Status::of_bits(bits))).collect();
            let token = token(&entries);
            prop_assert_eq!(&StatusToken::from_json(&token.to_json()).unwrap(), &token);
            prop_assert_eq!(&StatusToken::from_cbor(&token.to_cbor()).unwrap(), &token);
        }
    }
}
