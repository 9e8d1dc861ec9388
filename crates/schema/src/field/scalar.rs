//! Fields that are one JSON value: texts, codes, dates, counts, digests.

use serde_json::{Value, json};

use super::{Context, Packer, Scalar, UnpackError, Unpacker};
use crate::cbor::{CborError, Major};
use crate::codes::{CodeLists, ListId, Term};
use crate::hex;
use crate::id::OrganisationCode;
use crate::json::Json;
use crate::json_writer::JsonWriter;
use crate::text::{MAX_NAME, MAX_TEXT, Name, Refusal, Text};
use crate::time::{Date, When};

pub(super) fn text_of<'j>(json: &'j Json<'_>, context: &mut Context<'_>) -> Option<&'j str> {
    json.as_text().or_else(|| context.mismatch("a text", json))
}

macro_rules! text_scalar {
    ($type:ident, $limit:expr) => {
        impl Scalar for $type {
            fn from_json(json: &Json<'_>, context: &mut Context<'_>) -> Option<Self> {
                let text = text_of(json, context)?;
                context.value($type::parse(text))
            }

            fn to_json(&self, out: &mut JsonWriter) {
                out.text(self.as_str());
            }

            fn pack(&self, packer: &mut Packer) {
                packer.out.text(self.as_str());
            }

            fn unpack(input: &mut Unpacker<'_, '_>) -> Result<Self, UnpackError> {
                Ok($type::parse(input.input.text()?)?)
            }

            fn schema(_: &CodeLists) -> Value {
                json!({ "type": "string", "minLength": 1, "maxLength": $limit })
            }
        }
    };
}

text_scalar!(Name, MAX_NAME);
text_scalar!(Text, MAX_TEXT);

impl Scalar for OrganisationCode {
    fn from_json(json: &Json<'_>, context: &mut Context<'_>) -> Option<Self> {
        let code = Self::parse(text_of(json, context)?);
        context
            .value(code.ok_or(("organisation-code", "must be 2 to 10 capital letters and digits, such as RNN".into())))
    }

    fn to_json(&self, out: &mut JsonWriter) {
        out.text(self.as_str());
    }

    fn pack(&self, packer: &mut Packer) {
        packer.out.text(self.as_str());
    }

    fn unpack(input: &mut Unpacker<'_, '_>) -> Result<Self, UnpackError> {
        Self::parse(input.input.text()?)
            .ok_or(UnpackError::Value("organisation-code", "not an organisation code".into()))
    }

    fn schema(_: &CodeLists) -> Value {
        json!({ "type": "string", "pattern": "^[A-Z0-9]{2,10}$" })
    }
}

impl Scalar for When {
    fn from_json(json: &Json<'_>, context: &mut Context<'_>) -> Option<Self> {
        let when = Self::parse(text_of(json, context)?);
        context.value(when.ok_or(("not-a-date", "must be a date: YYYY-MM-DD, YYYY-MM or YYYY".into())))
    }

    fn to_json(&self, out: &mut JsonWriter) {
        out.plain(self);
    }

    fn pack(&self, packer: &mut Packer) {
        match self {
            Self::Day(date) => {
                packer.anchor = *date;
                packer.out.int(packer.issued.days_since(*date));
            }
            Self::Month(..) | Self::Year(_) => {
                packer.anchor = self.earliest().unwrap_or(packer.issued);
                packer.out.text(&self.to_string());
            }
        }
    }

    fn unpack(input: &mut Unpacker<'_, '_>) -> Result<Self, UnpackError> {
        if input.input.peek() == Some(Major::Text) {
            return match Self::parse(input.input.text()?) {
                Some(when @ (Self::Year(_) | Self::Month(..))) => {
                    input.anchor = when.earliest().unwrap_or(input.issued);
                    input.anchor_is_whole = false;
                    Ok(when)
                }
                _ => Err(UnpackError::Value("not-a-date", "not a partial date".into())),
            };
        }
        let at = input.input.position();
        let days = input.input.int()?;
        let date = days.checked_neg().and_then(|days| input.issued.plus_days(days)).ok_or(CborError::Range { at })?;
        input.anchor = date;
        input.anchor_is_whole = true;
        Ok(Self::Day(date))
    }

    fn schema(_: &CodeLists) -> Value {
        json!({ "type": "string", "pattern": "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$" })
    }
}

impl Scalar for Date {
    fn from_json(json: &Json<'_>, context: &mut Context<'_>) -> Option<Self> {
        let date = Self::parse(text_of(json, context)?);
        context.value(date.ok_or(("not-a-date", "must be a date that exists, as YYYY-MM-DD".into())))
    }

    fn to_json(&self, out: &mut JsonWriter) {
        out.plain(self);
    }

    fn pack(&self, packer: &mut Packer) {
        Scalar::pack(&When::Day(*self), packer);
    }

    fn unpack(input: &mut Unpacker<'_, '_>) -> Result<Self, UnpackError> {
        match <When as Scalar>::unpack(input)? {
            When::Day(date) => Ok(date),
            When::Month(..) | When::Year(_) => {
                Err(UnpackError::Value("not-a-date", "a whole date is needed here".into()))
            }
        }
    }

    fn schema(_: &CodeLists) -> Value {
        json!({ "type": "string", "format": "date" })
    }
}

impl Scalar for bool {
    fn from_json(json: &Json<'_>, context: &mut Context<'_>) -> Option<Self> {
        if let Json::Bool(value) = json { Some(*value) } else { context.mismatch("true or false", json) }
    }

    fn to_json(&self, out: &mut JsonWriter) {
        out.bool(*self);
    }

    fn pack(&self, packer: &mut Packer) {
        packer.out.bool(*self);
    }

    fn unpack(input: &mut Unpacker<'_, '_>) -> Result<Self, UnpackError> {
        Ok(input.input.bool()?)
    }

    fn schema(_: &CodeLists) -> Value {
        json!({ "type": "boolean" })
    }
}

/// A count: months that references cover, hours of training.
impl Scalar for u16 {
    fn from_json(json: &Json<'_>, context: &mut Context<'_>) -> Option<Self> {
        let Some(value) = json.as_int() else {
            return context.mismatch("a number", json);
        };
        let value = Self::try_from(value);
        context.value(value.map_err(|_| ("out-of-range", format!("must be 0 to {}", Self::MAX))))
    }

    fn to_json(&self, out: &mut JsonWriter) {
        out.int(i64::from(*self));
    }

    fn pack(&self, packer: &mut Packer) {
        packer.out.int(i64::from(*self));
    }

    fn unpack(input: &mut Unpacker<'_, '_>) -> Result<Self, UnpackError> {
        let at = input.input.position();
        Ok(Self::try_from(input.input.int()?).map_err(|_| CborError::Range { at })?)
    }

    fn schema(_: &CodeLists) -> Value {
        json!({ "type": "integer", "minimum": 0, "maximum": Self::MAX })
    }
}

/// A number of a code list: from 1.
pub(crate) fn code(input: &mut Unpacker<'_, '_>) -> Result<u16, UnpackError> {
    let at = input.input.position();
    match <u16 as Scalar>::unpack(input)? {
        0 => Err(CborError::Range { at }.into()),
        code => Ok(code),
    }
}

/// The longest list that a refusal names whole.
const FEW: usize = 12;

impl<L: ListId> Scalar for Term<L> {
    fn from_json(json: &Json<'_>, context: &mut Context<'_>) -> Option<Self> {
        let id = text_of(json, context)?;
        let term = context.lists.term(id);
        context.value(term.ok_or_else(|| {
            let ids: Vec<&str> = context.lists.entries::<L>().map(|entry| entry.id.as_str()).collect();
            let known = if ids.len() <= FEW {
                format!("must be one of {}", ids.join(", "))
            } else {
                format!("must be an id of the list {}, which stands in the JSON Schemas under /schemas/v1/", L::NAME)
            };
            let or_local = if L::OPEN { ", or \"local:\" and a short text" } else { "" };
            ("unknown-code", format!("{known}{or_local}"))
        }))
    }

    fn to_json(&self, out: &mut JsonWriter) {
        match self.entry() {
            Some(entry) => out.text(&entry.id),
            None => out.text(&self.id()),
        }
    }

    fn pack(&self, packer: &mut Packer) {
        match (self.entry(), self.as_local()) {
            (Some(entry), _) => packer.out.int(i64::from(entry.code)),
            (None, Some(text)) => packer.out.text(text.as_str()),
            (None, None) => packer.out.int(i64::from(self.unknown_code().unwrap_or(0))),
        };
    }

    fn unpack(input: &mut Unpacker<'_, '_>) -> Result<Self, UnpackError> {
        if L::OPEN && input.input.peek() == Some(Major::Text) {
            return Ok(Self::local(Text::parse(input.input.text()?)?));
        }
        Ok(input.lists.term_of_code(code(input)?))
    }

    fn known(&self) -> bool {
        self.unknown_code().is_none()
    }

    fn schema(lists: &CodeLists) -> Value {
        let ids: Vec<_> = lists.entries::<L>().map(|entry| entry.id.as_str()).collect();
        if L::OPEN {
            json!({ "type": "string", "anyOf": [{ "enum": ids }, { "pattern": "^local:." }] })
        } else {
            json!({ "type": "string", "enum": ids })
        }
    }
}

/// A SHA-256 digest, such as a photo's; 64 hexadecimal digits in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sha256Digest(pub [u8; 32]);

impl Scalar for Sha256Digest {
    fn from_json(json: &Json<'_>, context: &mut Context<'_>) -> Option<Self> {
        let digest = hex::decode(text_of(json, context)?).and_then(|bytes| bytes.try_into().ok());
        let digest = digest.map(Self);
        context
            .value(digest.ok_or(("not-a-digest", "must be a SHA-256 digest: 64 lower-case hexadecimal digits".into())))
    }

    fn to_json(&self, out: &mut JsonWriter) {
        out.plain(hex::encode(&self.0));
    }

    fn pack(&self, packer: &mut Packer) {
        packer.out.bytes(&self.0);
    }

    fn unpack(input: &mut Unpacker<'_, '_>) -> Result<Self, UnpackError> {
        let at = input.input.position();
        Ok(Self(input.input.bytes()?.try_into().map_err(|_| CborError::Range { at })?))
    }

    fn schema(_: &CodeLists) -> Value {
        json!({ "type": "string", "pattern": "^[0-9a-f]{64}$" })
    }
}

/// Most lines of an agreement.
const MAX_LINES: usize = 10;

/// One to ten short texts, a line each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines(pub Vec<Text>);

impl Lines {
    fn count(lines: usize) -> Result<(), Refusal> {
        let fits = (1..=MAX_LINES).contains(&lines);
        if fits { Ok(()) } else { Err(("line-count", format!("1 to {MAX_LINES} lines are allowed"))) }
    }
}

impl Scalar for Lines {
    fn from_json(json: &Json<'_>, context: &mut Context<'_>) -> Option<Self> {
        let Json::Array(items) = json else { return context.mismatch("a list of texts", json) };
        context.value(Self::count(items.len()))?;
        let lines = items.iter().enumerate().map(|(index, item)| context.at(index, |it| Text::from_json(item, it)));
        lines.collect::<Vec<_>>().into_iter().collect::<Option<_>>().map(Self)
    }

    fn to_json(&self, out: &mut JsonWriter) {
        out.array(|out| self.0.iter().for_each(|line| out.text(line.as_str())));
    }

    fn pack(&self, packer: &mut Packer) {
        packer.out.array(self.0.len());
        self.0.iter().for_each(|line| Scalar::pack(line, packer));
    }

    fn unpack(input: &mut Unpacker<'_, '_>) -> Result<Self, UnpackError> {
        let count = input.input.array()?;
        Self::count(count)?;
        (0..count).map(|_| Scalar::unpack(input)).collect::<Result<_, _>>().map(Self)
    }

    fn schema(lists: &CodeLists) -> Value {
        json!({ "type": "array", "items": Text::schema(lists), "minItems": 1, "maxItems": MAX_LINES })
    }
}
