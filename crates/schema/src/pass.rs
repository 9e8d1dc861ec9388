//! The pass: the compact signed form of a passport, for a QR code (`docs/FORMAT.md`).
//!
//! `SP1:` and, in Base45, a tagged `COSE_Sign1` whose payload is a CWT claims set (RFC 8392) with
//! integer keys only. Refuses whatever an encoder of this version would not write, so that one
//! content has one form.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::base45::{self, Base45Error};
use crate::cbor::{CborError, Reader, Writer};
use crate::codes::CodeLists;
use crate::cose::{CoseError, Sign1};
use crate::field::{Packer, UnpackError, Unpacker};
use crate::id::OrganisationCode;
use crate::record::{Content, Identity, Kind, Record};
use crate::status::{MAX_RECORDS, Place};
use crate::time::{Date, Timestamp};

/// What every pass of this version begins with.
pub const PREFIX: &str = "SP1:";
/// Longest pass on paper: QR version 20 at level M.
pub const MAX_PAPER: usize = 970;
/// Longest pass at all: QR version 25 at level Q.
pub const MAX_PASS: usize = 1_041;

const ISS: i64 = 1;
const EXP: i64 = 4;
const IAT: i64 = 6;
/// Private claims (RFC 8392, section 9.1: below -65536).
const PLACE: i64 = -65_537;
const RECORDS: i64 = -65_538;
/// The key, among the kinds, of the date that records were refreshed on.
const REFRESHED: i64 = 0;

/// The claims of a pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass {
    /// Who vouches for it.
    pub issuer: OrganisationCode,
    /// When it was signed; dates count from this day in London.
    pub issued: Timestamp,
    /// When it is void.
    pub expires: Timestamp,
    /// Where its status lies.
    pub place: Place,
    /// Its records in order of kind, the identity first; without ids.
    pub records: Vec<Record>,
}

/// Why a text is not a pass, cheapest reason first.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PassError {
    /// Does not begin with `SP1:`.
    #[error("this is not a staff passport: it does not begin with {PREFIX}")]
    Prefix,
    /// Longer than [`MAX_PASS`].
    #[error("{0} characters long; a pass has at most {MAX_PASS}")]
    TooLong(usize),
    /// Not Base45.
    #[error("not a whole pass: {0}")]
    Base45(#[from] Base45Error),
    /// Not a signed message of ours.
    #[error(transparent)]
    Cose(#[from] CoseError),
    /// The content is written in another than its one form.
    #[error("the content is not in its one form")]
    NotCanonical,
    /// The claims are not those of a pass.
    #[error("the content is not that of a pass: {0}")]
    Claims(#[from] UnpackError),
}

impl From<CborError> for PassError {
    fn from(error: CborError) -> Self {
        Self::Claims(error.into())
    }
}

/// The signed message inside a pass. A blank or line end around the text is forgiven: scanners add them.
///
/// # Errors
/// [`PassError`].
pub fn message(text: &str) -> Result<Vec<u8>, PassError> {
    let text = text.trim();
    let coded = text.strip_prefix(PREFIX).ok_or(PassError::Prefix)?;
    if text.len() > MAX_PASS {
        return Err(PassError::TooLong(text.len()));
    }
    Ok(base45::decode(coded)?)
}

/// The text of a signed message.
#[must_use]
pub fn text(message: &[u8]) -> String {
    format!("{PREFIX}{}", base45::encode(message))
}

impl Pass {
    /// Puts records into the order of a pass. Records of one kind keep their order.
    pub fn sort(records: &mut [Record]) {
        records.sort_by_key(|record| record.kind().number());
    }

    /// The person that it is about.
    #[must_use]
    pub fn identity(&self) -> Option<&Identity> {
        self.records.iter().find_map(|record| match &record.content {
            Content::Identity(identity) => Some(identity),
            _ => None,
        })
    }

    /// The claims as CBOR. Records must be in order (see [`Pass::sort`]).
    #[must_use]
    pub fn to_cbor(&self) -> Vec<u8> {
        let issued = self.issued.london_date();
        let refreshed = self.common_refresh(issued);
        let mut packer = Packer { out: Writer::new(), issued, anchor: issued };
        packer.out.map(5);
        packer.out.int(ISS).text(self.issuer.as_str());
        packer.out.int(EXP).int(self.expires.0);
        packer.out.int(IAT).int(self.issued.0);
        packer.out.int(PLACE).array(2).int(self.place.list.into()).int(self.place.block.into());
        let kinds = self.records.chunk_by(|one, two| one.kind() == two.kind());
        packer.out.int(RECORDS).map(kinds.clone().count() + usize::from(refreshed != issued));
        if refreshed != issued {
            packer.out.int(REFRESHED).int(issued.days_since(refreshed));
        }
        for records in kinds {
            packer.out.int(records[0].kind().number());
            let before = std::mem::take(&mut packer.out);
            let items = records.iter().map(|record| record.pack(&mut packer, refreshed)).sum();
            let rows = std::mem::replace(&mut packer.out, before);
            packer.out.array(items).raw(&rows.finish());
        }
        packer.out.finish()
    }

    /// The refresh date that most records share, the latest of several.
    fn common_refresh(&self, issued: Date) -> Date {
        let mut counts: BTreeMap<Date, usize> = BTreeMap::new();
        for record in &self.records {
            *counts.entry(record.provenance.refreshed).or_default() += 1;
        }
        counts.into_iter().max_by_key(|(date, count)| (*count, *date)).map_or(issued, |(date, _)| date)
    }

    /// Reads the claims.
    ///
    /// # Errors
    /// [`PassError::Claims`].
    pub fn from_cbor(bytes: &[u8], lists: &CodeLists) -> Result<Self, PassError> {
        let mut reader = Reader::new(bytes);
        let claim = |reader: &mut Reader<'_>, key| -> Result<(), CborError> {
            let at = reader.position();
            if reader.int()? == key { Ok(()) } else { Err(CborError::KeyOrder { at }) }
        };
        if reader.map()? != 5 {
            return Err(CborError::Type { at: 0, expected: "five claims" }.into());
        }
        claim(&mut reader, ISS)?;
        let issuer = OrganisationCode::parse(reader.text()?)
            .ok_or_else(|| UnpackError::Value("organisation-code", "iss is not an organisation code".into()))?;
        claim(&mut reader, EXP)?;
        let expires = Timestamp(reader.int_in(0..=MAX_TIME)?);
        claim(&mut reader, IAT)?;
        let issued = Timestamp(reader.int_in(0..=MAX_TIME)?);
        claim(&mut reader, PLACE)?;
        let at = reader.position();
        if reader.array()? != 2 {
            return Err(CborError::Type { at, expected: "a list and a block" }.into());
        }

        let mut number = |least: i64| -> Result<u32, CborError> {
            let at = reader.position();
            u32::try_from(reader.int_in(least..=u32::MAX.into())?).map_err(|_| CborError::Range { at })
        };
        let place = Place { list: number(1)?, block: number(0)? };
        claim(&mut reader, RECORDS)?;
        let day = issued.london_date();
        let mut input = Unpacker { input: reader, lists, issued: day, anchor: day, anchor_is_whole: true };
        let records = unpack_records(&mut input)?;
        input.input.end()?;
        Ok(Self { issuer, issued, expires, place, records })
    }
}

/// The year 9999, so that no sum of ours overflows.
const MAX_TIME: i64 = 253_402_300_799;

fn unpack_records(input: &mut Unpacker<'_, '_>) -> Result<Vec<Record>, PassError> {
    let mut refreshed = input.issued;
    let mut records = Vec::with_capacity(32);
    let mut reader = input.input.clone();
    reader.int_map(|key, value| -> Result<(), PassError> {
        let at = value.position();
        if key == REFRESHED {
            let days = value.int_in(-100_000..=100_000)?;
            refreshed = input.issued.plus_days(-days).filter(|_| days != 0).ok_or(CborError::Range { at })?;
            return Ok(());
        }
        let kind = Kind::of_number(key).ok_or(UnpackError::Unknown { what: "record kind", number: key })?;
        let mut items = value.array()?;
        if items == 0 {
            return Err(CborError::Range { at }.into());
        }
        while items > 0 {
            if records.len() == MAX_RECORDS {
                return Err(CborError::Range { at }.into());
            }
            input.input = value.clone();
            let (record, used) = Record::unpack(kind, input, refreshed, items)?;
            *value = input.input.clone();
            items -= used;
            records.push(record);
        }
        Ok(())
    })?;
    input.input = reader;
    let identities = records.iter().filter(|record| record.kind() == Kind::Identity).count();
    if identities != 1 {
        return Err(UnpackError::Value("one-identity", "a pass holds exactly one identity".into()).into());
    }
    Ok(records)
}

/// A pass that was taken apart. Nothing in it is verified.
#[derive(Debug)]
pub struct UnverifiedPass {
    /// The algorithm, key and signature, without the bytes that they cover.
    pub key: crate::id::KeyId,
    /// What the signature covers.
    pub signed: Vec<u8>,
    /// The signature.
    pub signature: [u8; 64],
    /// What it claims.
    pub claims: Pass,
}

impl UnverifiedPass {
    /// Takes a pass apart: `SP1:` text.
    ///
    /// # Errors
    /// [`PassError`], cheapest reason first.
    pub fn parse(text: &str, lists: &CodeLists) -> Result<Self, PassError> {
        let bytes = message(text)?;
        let message = Sign1::parse(&bytes)?;
        if let Some(typ) = message.typ {
            return Err(CoseError::Header(crate::header::HeaderError::Member(format!("type {typ}"))).into());
        }
        let claims = Pass::from_cbor(message.payload, lists)?;
        if claims.to_cbor() != message.payload {
            return Err(PassError::NotCanonical);
        }
        Ok(Self { key: message.key, signed: message.signed(), signature: message.signature, claims })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::read_records;
    use crate::field::Context;
    use crate::id::KeyId;
    use crate::json::Json;
    use crate::{cose, status};

    fn reference_passport(lists: &CodeLists) -> Pass {
        let request = include_bytes!("../../../demo/reference-passport.json");
        let request = Json::parse(request).unwrap();
        let mut context = Context::new(lists);
        let records = read_records(request.member("records").unwrap(), &mut context);
        let mut records = context.finish(records).unwrap();
        Pass::sort(&mut records);
        Pass {
            issuer: OrganisationCode::parse("RNN").unwrap(),
            issued: Timestamp::parse("2026-11-21T09:30:00Z").unwrap(),
            expires: Timestamp::parse("2026-12-21T09:30:00Z").unwrap(),
            place: Place { list: 200, block: 32_767 },
            records,
        }
    }

    #[test]
    fn the_reference_passport_fits_qr_version_15_at_level_m() {
        let lists = CodeLists::embedded();
        let pass = reference_passport(&lists);
        assert_eq!(pass.records.len(), 25);
        assert_eq!(status::block_size(pass.records.len()), Some(32));
        let header = cose::protected_header(KeyId([0xff; 4]), None);
        let text = text(&cose::assemble(&header, &pass.to_cbor(), &[0xff; 64]));
        assert!(text.len() <= 600, "{} characters", text.len());
        println!("{} characters", text.len());
    }

    #[test]
    fn what_is_packed_unpacks_to_the_same_and_packs_to_the_same() {
        let lists = CodeLists::embedded();
        let pass = reference_passport(&lists);
        let bytes = pass.to_cbor();
        let again = Pass::from_cbor(&bytes, &lists).unwrap();
        assert_eq!(again, pass);
        assert_eq!(again.to_cbor(), bytes);
    }

    #[test]
    fn a_pass_that_was_cut_anywhere_is_refused() {
        let lists = CodeLists::embedded();
        let bytes = reference_passport(&lists).to_cbor();
        for length in 0..bytes.len() {
            assert!(Pass::from_cbor(&bytes[..length], &lists).is_err(), "{length}");
        }
    }
}
