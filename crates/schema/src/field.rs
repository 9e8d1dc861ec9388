//! How one field of a record is read from JSON, written to JSON, packed into a pass, unpacked
//! from one, and described in a JSON Schema.
//!
//! A record kind lists its fields once (see [`crate::record`]); everything that moves records in
//! and out is a loop over that list. A new type of field implements [`Field`] (or [`Scalar`], when
//! it is one JSON value under its own name) and is then at home in every form.

use serde_json::{Map, Value, json};

use crate::cbor::{CborError, Major, Reader, Writer};
use crate::codes::{CodeLists, Element, Facts, ListId, Term};
use crate::id::OrganisationCode;
use crate::json::Json;
use crate::problem::{Problem, Problems};
use crate::text::{MAX_NAME, MAX_TEXT, Name, Refusal, Text};
use crate::time::{Date, Period, When};

/// What a reading needs and gathers: code lists, the place in the document, and every problem.
#[derive(Debug)]
pub struct Context<'l> {
    /// The code lists that ids are looked up in.
    pub lists: &'l CodeLists,
    path: String,
    problems: Vec<Problem>,
}

impl<'l> Context<'l> {
    /// Begins a reading at the root of a document.
    #[must_use]
    pub fn new(lists: &'l CodeLists) -> Self {
        Self { lists, path: String::new(), problems: Vec::new() }
    }

    /// Runs a reading one step further down, at a member or item.
    pub fn at<T>(&mut self, step: impl std::fmt::Display, read: impl FnOnce(&mut Self) -> T) -> T {
        use std::fmt::Write as _;
        let length = self.path.len();
        let _ = write!(self.path, "/{step}");
        let value = read(self);
        self.path.truncate(length);
        value
    }

    /// Notes a problem with the value at the current place.
    pub fn problem(&mut self, code: &'static str, detail: impl Into<String>) {
        self.problems.push(Problem { pointer: self.path.clone(), code, detail: detail.into() });
    }

    /// Notes a problem unless the result is a value.
    pub fn value<T>(&mut self, result: Result<T, Refusal>) -> Option<T> {
        result.map_err(|(code, detail)| self.problem(code, detail)).ok()
    }

    /// Notes that another type was expected here.
    pub fn mismatch<T>(&mut self, expected: &str, found: &Json<'_>) -> Option<T> {
        self.problem("wrong-type", format!("expected {expected}, found {}", found.describe()));
        None
    }

    /// Ends the reading: the value, if nothing was wrong.
    ///
    /// # Errors
    /// Every problem that was noted.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Problems> {
        match value {
            Some(value) if self.problems.is_empty() => Ok(value),
            _ => Err(Problems(self.problems)),
        }
    }
}

/// An object that is being read: hands out each member once and refuses what is left over.
#[derive(Debug)]
pub struct Members<'o, 'c, 'l> {
    members: &'o [(std::borrow::Cow<'o, str>, Json<'o>)],
    taken: u64,
    /// The member that holds the record's own date, from which its end counts.
    pub(crate) dated: Option<&'static str>,
    /// The reading that this object is part of.
    pub context: &'c mut Context<'l>,
}

impl<'o, 'c, 'l> Members<'o, 'c, 'l> {
    /// Reads an object with `read`, then refuses every member that `read` did not ask for.
    pub fn read<T>(
        json: &'o Json<'o>,
        context: &'c mut Context<'l>,
        read: impl FnOnce(&mut Members<'o, '_, 'l>) -> Option<T>,
    ) -> Option<T> {
        let Json::Object(members) = json else {
            return context.mismatch("an object", json);
        };
        let mut this = Members { members, taken: 0, dated: None, context };
        let value = read(&mut this);
        for (index, (name, _)) in this.members.iter().enumerate() {
            if this.taken & 1 << index == 0 {
                let step = name.chars().take(64).collect::<String>().replace('~', "~0").replace('/', "~1");
                this.context.at(step, |context| context.problem("unknown-field", "this field is not known here"));
            }
        }
        value
    }

    fn peek(&self, name: &str) -> Option<&'o Json<'o>> {
        self.members.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// A member, if it is there.
    pub fn take(&mut self, name: &str) -> Option<&'o Json<'o>> {
        let index = self.members.iter().position(|(key, _)| key == name)?;
        self.taken |= 1 << index;
        Some(&self.members[index].1)
    }

    /// Gives up on which members belong here.
    pub(crate) fn take_all(&mut self) {
        self.taken = u64::MAX;
    }

    /// Whether a member is there.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.peek(name).is_some()
    }

    /// A member that must be there, read by `read` at its own place.
    pub fn required<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&'o Json<'o>, &mut Context<'l>) -> Option<T>,
    ) -> Option<T> {
        let Some(json) = self.take(name) else {
            self.context.at(name, |context| context.problem("missing-field", "this field is needed"));
            return None;
        };
        self.context.at(name, |context| read(json, context))
    }

    /// A member that may be missing. The outer `None` means that it was there and faulty.
    pub fn optional<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&'o Json<'o>, &mut Context<'l>) -> Option<T>,
    ) -> Option<Option<T>> {
        let Some(json) = self.take(name) else { return Some(None) };
        self.context.at(name, |context| read(json, context)).map(Some)
    }

    /// A member that must be a text with exactly this value.
    pub fn constant(&mut self, name: &str, value: &str) -> Option<()> {
        self.required(name, |json, context| {
            if json.as_text() == Some(value) {
                return Some(());
            }
            context.problem("wrong-value", format!("must be {value:?}"));
            None
        })
    }
}

/// What packing a pass needs: the days that dates are counted from.
#[derive(Debug)]
pub struct Packer {
    /// The bytes so far.
    pub out: Writer,
    pub(crate) issued: Date,
    /// The date that was packed last (the first day that it can mean): ends count from it.
    pub(crate) anchor: Date,
}

/// The reverse of [`Packer`].
#[derive(Debug)]
pub struct Unpacker<'b, 'l> {
    pub(crate) input: Reader<'b>,
    pub(crate) lists: &'l CodeLists,
    pub(crate) issued: Date,
    /// The date that was unpacked last, and whether it was a whole one.
    pub(crate) anchor: Date,
    pub(crate) anchor_is_whole: bool,
}

/// Why packed bytes are not records.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnpackError {
    /// Not the CBOR of this format.
    #[error(transparent)]
    Cbor(#[from] CborError),
    /// A value that no credential may hold.
    #[error("{1}")]
    Value(&'static str, String),
    /// A kind of record or a field that this version does not know.
    #[error("{what} {number} is not known to this version")]
    Unknown {
        /// `record kind` or `field`.
        what: &'static str,
        /// Its number.
        number: i64,
    },
}

impl From<Refusal> for UnpackError {
    fn from((code, detail): Refusal) -> Self {
        Self::Value(code, detail)
    }
}

/// One field of a record, in every form. See the module's head.
pub trait Field: Sized {
    /// Whether an object has this field at all.
    fn present(object: &Members<'_, '_, '_>, name: &str) -> bool {
        object.has(name)
    }
    /// Reads it; `None` when it is missing or faulty, which is then noted.
    fn read(object: &mut Members<'_, '_, '_>, name: &'static str) -> Option<Self>;
    /// Writes it into a JSON object.
    fn write(&self, name: &'static str, object: &mut Map<String, Value>);
    /// Packs it.
    fn pack(&self, packer: &mut Packer);
    /// Unpacks it.
    ///
    /// # Errors
    /// [`UnpackError`].
    fn unpack(input: &mut Unpacker<'_, '_>) -> Result<Self, UnpackError>;
    /// Whether its meaning is known: false for a number that the code lists do not have (yet).
    fn known(&self) -> bool {
        true
    }
    /// Describes it in the `properties` of a JSON Schema (2020-12); true if it must be there.
    fn describe(name: &'static str, lists: &CodeLists, properties: &mut Map<String, Value>) -> bool;
}

/// A field that is one JSON value under its own name.
pub trait Scalar: Sized {
    /// Reads the value at the current place.
    fn from_json(json: &Json<'_>, context: &mut Context<'_>) -> Option<Self>;
    /// The JSON value.
    fn to_json(&self) -> Value;
    /// Packs it.
    fn pack(&self, packer: &mut Packer);
    /// Unpacks it.
    ///
    /// # Errors
    /// [`UnpackError`].
    fn unpack(input: &mut Unpacker<'_, '_>) -> Result<Self, UnpackError>;
    /// As [`Field::known`].
    fn known(&self) -> bool {
        true
    }
    /// Its JSON Schema.
    fn schema(lists: &CodeLists) -> Value;
}

impl<T: Scalar> Field for T {
    fn read(object: &mut Members<'_, '_, '_>, name: &'static str) -> Option<Self> {
        object.required(name, |json, context| T::from_json(json, context))
    }

    fn write(&self, name: &'static str, object: &mut Map<String, Value>) {
        object.insert(name.into(), self.to_json());
    }

    fn pack(&self, packer: &mut Packer) {
        Scalar::pack(self, packer);
    }

    fn unpack(input: &mut Unpacker<'_, '_>) -> Result<Self, UnpackError> {
        Scalar::unpack(input)
    }

    fn known(&self) -> bool {
        Scalar::known(self)
    }

    fn describe(name: &'static str, lists: &CodeLists, properties: &mut Map<String, Value>) -> bool {
        properties.insert(name.into(), T::schema(lists));
        true
    }
}

impl<T: Field> Field for Option<T> {
    fn read(object: &mut Members<'_, '_, '_>, name: &'static str) -> Option<Self> {
        if T::present(object, name) { T::read(object, name).map(Some) } else { Some(None) }
    }

    fn write(&self, name: &'static str, object: &mut Map<String, Value>) {
        if let Some(value) = self {
            value.write(name, object);
        }
    }

    fn pack(&self, packer: &mut Packer) {
        match self {
            Some(value) => value.pack(packer),
            None => {
                packer.out.null();
            }
        }
    }

    fn unpack(input: &mut Unpacker<'_, '_>) -> Result<Self, UnpackError> {
        if input.input.null() { Ok(None) } else { T::unpack(input).map(Some) }
    }

    fn describe(name: &'static str, lists: &CodeLists, properties: &mut Map<String, Value>) -> bool {
        T::describe(name, lists, properties);
        false
    }
}

fn text_of<'j>(json: &'j Json<'_>, context: &mut Context<'_>) -> Option<&'j str> {
    json.as_text().or_else(|| context.mismatch("a text", json))
}

macro_rules! text_scalar {
    ($type:ident, $limit:expr) => {
        impl Scalar for $type {
            fn from_json(json: &Json<'_>, context: &mut Context<'_>) -> Option<Self> {
                let text = text_of(json, context)?;
                context.value($type::parse(text))
            }

            fn to_json(&self) -> Value {
                self.as_str().into()
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

    fn to_json(&self) -> Value {
        self.as_str().into()
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

    fn to_json(&self) -> Value {
        self.to_string().into()
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

    fn to_json(&self) -> Value {
        self.to_string().into()
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

    fn to_json(&self) -> Value {
        (*self).into()
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

    fn to_json(&self) -> Value {
        (*self).into()
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

impl<L: ListId> Scalar for Term<L> {
    fn from_json(json: &Json<'_>, context: &mut Context<'_>) -> Option<Self> {
        let id = text_of(json, context)?;
        let term = context.lists.term(id);
        context.value(term.ok_or_else(|| {
            let or_local = if L::OPEN { ", or \"local:\" and a short text" } else { "" };
            ("unknown-code", format!("must be an id of the list {}{or_local}", L::NAME))
        }))
    }

    fn to_json(&self) -> Value {
        self.id().into()
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

/// When a fact stops counting. In JSON `period` and `validUntil`, of which a reader needs one and
/// a writer gives what it has; in a pass one number (see `docs/FORMAT.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// A whole renewal period after the record's date, whose last day is given too.
    After(Period, Date),
    /// The last valid day, inclusive.
    On(Date),
}

/// Ends of up to this many whole years are packed as the years themselves.
const MAX_PACKED_YEARS: i64 = 20;
/// Ends in days are packed as this and the days, so that they cannot be taken for years.
const PACKED_DAYS: i64 = 21;

impl End {
    /// The last valid day, inclusive.
    #[must_use]
    pub fn last_day(self) -> Date {
        match self {
            Self::After(_, last) | Self::On(last) => last,
        }
    }
}

/// The field that holds a record's end, counted from the record's own date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Until(pub Option<End>);

impl Until {
    /// The last valid day, inclusive; `None` when there is no end.
    #[must_use]
    pub fn last_day(self) -> Option<Date> {
        self.0.map(End::last_day)
    }

    fn from_members(object: &mut Members<'_, '_, '_>) -> Option<Self> {
        let start = object.dated.and_then(|name| object.peek(name)).and_then(|json| When::parse(json.as_text()?));
        let period = object.optional("period", |json, context| {
            let period = Period::parse(text_of(json, context)?);
            context.value(period.ok_or(("not-a-period", "must be whole years or months, such as P3Y or P18M".into())))
        });
        let until = object.optional("validUntil", Date::from_json);
        let (period, until, start) = (period?, until?, start?);
        let end = match (period, start) {
            (None, _) => until.map(End::On),
            (Some(period), When::Day(start)) => {
                let last = period.last_day(start);
                let last = object.context.at("period", |context| {
                    context.value(last.ok_or(("out-of-range", "ends beyond the year 2199".into())))
                })?;
                if until.is_some_and(|until| until != last) {
                    let detail =
                        format!("the period ends on {last}; give the one that counts, or the same day in both");
                    object.context.at("validUntil", |context| context.problem("period-and-end-differ", detail));
                    return None;
                }
                Some(End::After(period, last))
            }
            (Some(_), _) => {
                object.context.at("period", |context| {
                    context.problem("needs-whole-date", "a period can be counted only from a whole date")
                });
                return None;
            }
        };
        if end.is_some_and(|end| start.earliest().is_some_and(|start| end.last_day() < start)) {
            object
                .context
                .at("validUntil", |context| context.problem("ends-before-it-begins", format!("ends before {start}")));
            return None;
        }
        Some(Self(end))
    }
}

impl Field for Until {
    fn read(object: &mut Members<'_, '_, '_>, _: &'static str) -> Option<Self> {
        Self::from_members(object)
    }

    fn write(&self, _: &'static str, object: &mut Map<String, Value>) {
        if let Some(end) = self.0 {
            if let End::After(period, _) = end {
                object.insert("period".into(), period.to_string().into());
            }
            object.insert("validUntil".into(), end.last_day().to_string().into());
        }
    }

    fn pack(&self, packer: &mut Packer) {
        let number = match self.0 {
            None => 0,
            Some(End::After(Period::Years(years), _)) => i64::from(years),
            Some(End::After(Period::Months(months), _)) => -i64::from(months),
            Some(End::On(last)) => PACKED_DAYS + last.days_since(packer.anchor),
        };
        packer.out.int(number);
    }

    fn unpack(input: &mut Unpacker<'_, '_>) -> Result<Self, UnpackError> {
        let at = input.input.position();
        let range = || UnpackError::from(CborError::Range { at });
        let number = input.input.int_in(-240..=i64::from(i32::MAX))?;
        let period = match number {
            0 => return Ok(Self(None)),
            1..=MAX_PACKED_YEARS => Period::Years(u8::try_from(number).map_err(|_| range())?),
            ..0 => Period::Months(u8::try_from(-number).map_err(|_| range())?),
            _ => {
                let last = input.anchor.plus_days(number - PACKED_DAYS).ok_or_else(range)?;
                return Ok(Self(Some(End::On(last))));
            }
        };
        let last = period.last_day(input.anchor).filter(|_| input.anchor_is_whole).ok_or_else(range)?;
        Ok(Self(Some(End::After(period, last))))
    }

    fn describe(_: &'static str, lists: &CodeLists, properties: &mut Map<String, Value>) -> bool {
        properties.insert("period".into(), json!({ "type": "string", "pattern": "^P[1-9][0-9]{0,2}[YM]$" }));
        properties.insert("validUntil".into(), Date::schema(lists));
        false
    }
}

/// The outcome of a check. In JSON `outcome`, and `conditions` and `reviewBy` beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Cleared.
    Cleared,
    /// Cleared, with conditions that whoever relies on it must see.
    ClearedWithConditions {
        /// Which.
        conditions: Text,
        /// The day by which they are reviewed.
        review_by: Option<Date>,
    },
    /// Begun and not finished.
    InProgress,
}

const OUTCOMES: [&str; 3] = ["cleared", "clearedWithConditions", "inProgress"];

impl Field for Outcome {
    fn read(object: &mut Members<'_, '_, '_>, name: &'static str) -> Option<Self> {
        let outcome = object.required(name, |json, context| {
            let outcome = text_of(json, context)?;
            let index = OUTCOMES.iter().position(|known| *known == outcome);
            context.value(index.ok_or_else(|| ("unknown-code", format!("must be one of {}", OUTCOMES.join(", ")))))
        });
        match outcome? {
            0 => Some(Self::Cleared),
            1 => {
                let conditions = object.required("conditions", Text::from_json);
                let review_by = object.optional("reviewBy", Date::from_json);
                Some(Self::ClearedWithConditions { conditions: conditions?, review_by: review_by? })
            }
            _ => Some(Self::InProgress),
        }
    }

    fn write(&self, name: &'static str, object: &mut Map<String, Value>) {
        let index = match self {
            Self::Cleared => 0,
            Self::ClearedWithConditions { conditions, review_by } => {
                object.insert("conditions".into(), conditions.to_json());
                Field::write(review_by, "reviewBy", object);
                1
            }
            Self::InProgress => 2,
        };
        object.insert(name.into(), OUTCOMES[index].into());
    }

    fn pack(&self, packer: &mut Packer) {
        match self {
            Self::Cleared => {
                packer.out.int(0);
            }
            Self::InProgress => {
                packer.out.int(2);
            }
            Self::ClearedWithConditions { conditions, review_by } => {
                packer.out.array(2);
                Scalar::pack(conditions, packer);
                let anchor = packer.anchor;
                Field::pack(review_by, packer);
                packer.anchor = anchor;
            }
        }
    }

    fn unpack(input: &mut Unpacker<'_, '_>) -> Result<Self, UnpackError> {
        let at = input.input.position();
        if input.input.peek() == Some(Major::Array) {
            if input.input.array()? != 2 {
                return Err(CborError::Range { at }.into());
            }
            let conditions = Scalar::unpack(input)?;
            let anchor = input.anchor;
            let review_by = Field::unpack(input)?;
            input.anchor = anchor;
            return Ok(Self::ClearedWithConditions { conditions, review_by });
        }
        match input.input.int()? {
            0 => Ok(Self::Cleared),
            2 => Ok(Self::InProgress),
            _ => Err(CborError::Range { at }.into()),
        }
    }

    fn describe(name: &'static str, lists: &CodeLists, properties: &mut Map<String, Value>) -> bool {
        properties.insert(name.into(), json!({ "type": "string", "enum": OUTCOMES }));
        properties.insert("conditions".into(), Text::schema(lists));
        properties.insert("reviewBy".into(), Date::schema(lists));
        true
    }
}

/// A competency and which of its elements were signed off; none listed means all of it. In JSON
/// `competency` and `elements`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skill {
    /// Which competency.
    pub competency: Term<crate::codes::Competency>,
    /// Numbers of its elements, ascending, in the list's own numbering.
    pub elements: Vec<u16>,
}

impl Skill {
    fn known_elements(competency: &Term<crate::codes::Competency>) -> &[std::sync::Arc<Element>] {
        match competency.entry().map(|entry| &entry.facts) {
            Some(Facts::Competency { elements, .. }) => elements,
            _ => &[],
        }
    }

    /// The titles of the elements.
    #[must_use]
    pub fn element_titles(&self) -> Vec<String> {
        let known = Self::known_elements(&self.competency);
        let title =
            |code: &u16| known.iter().find(|element| element.code == *code).map(|element| element.title.clone());
        self.elements.iter().map(|code| title(code).unwrap_or_else(|| format!("element {code}"))).collect()
    }
}

impl Field for Skill {
    fn read(object: &mut Members<'_, '_, '_>, name: &'static str) -> Option<Self> {
        let competency = object.required(name, Term::from_json)?;
        let known = Self::known_elements(&competency);
        let elements = object.optional("elements", |json, context| {
            let Json::Array(items) = json else {
                return context.mismatch("a list", json);
            };
            let mut codes = Vec::with_capacity(items.len());
            for (index, item) in items.iter().enumerate() {
                context.at(index, |context| match known.iter().find(|element| item.as_text() == Some(&element.id)) {
                    Some(element) => codes.push(element.code),
                    None => context.problem("unknown-code", "must be an element of this competency"),
                });
            }
            codes.sort_unstable();
            codes.dedup();
            if items.is_empty() || codes.len() != items.len() {
                context.problem(
                    "elements",
                    "must name one or more elements, each once; leave it out when all were signed off",
                );
                return None;
            }
            Some(codes)
        })?;
        Some(Self { elements: elements.unwrap_or_default(), competency })
    }

    fn write(&self, name: &'static str, object: &mut Map<String, Value>) {
        object.insert(name.into(), self.competency.to_json());
        if !self.elements.is_empty() {
            let known = Self::known_elements(&self.competency);
            let id = |code: &u16| {
                let element = known.iter().find(|element| element.code == *code);
                Value::from(element.map_or_else(|| format!("unknown:{code}"), |element| element.id.clone()))
            };
            object.insert("elements".into(), self.elements.iter().map(id).collect());
        }
    }

    fn pack(&self, packer: &mut Packer) {
        if !self.elements.is_empty() {
            packer.out.array(self.elements.len() + 1);
        }
        Scalar::pack(&self.competency, packer);
        for element in &self.elements {
            Scalar::pack(element, packer);
        }
    }

    fn unpack(input: &mut Unpacker<'_, '_>) -> Result<Self, UnpackError> {
        if input.input.peek() != Some(Major::Array) {
            return Ok(Self { competency: Scalar::unpack(input)?, elements: Vec::new() });
        }
        let at = input.input.position();
        let count = input.input.array()?;
        let competency: Term<_> = Scalar::unpack(input)?;
        let mut elements: Vec<u16> = Vec::new();
        for _ in 1..count {
            let element = code(input)?;
            if elements.last().is_some_and(|last| *last >= element) {
                return Err(CborError::Range { at }.into());
            }
            elements.push(element);
        }
        if elements.is_empty() || competency.as_local().is_some() {
            return Err(CborError::Range { at }.into());
        }
        Ok(Self { competency, elements })
    }

    fn known(&self) -> bool {
        let known = Self::known_elements(&self.competency);
        Scalar::known(&self.competency)
            && self.elements.iter().all(|code| known.iter().any(|element| element.code == *code))
    }

    fn describe(name: &'static str, lists: &CodeLists, properties: &mut Map<String, Value>) -> bool {
        properties.insert(name.into(), Term::<crate::codes::Competency>::schema(lists));
        properties.insert("elements".into(), json!({ "type": "array", "items": { "type": "string" } }));
        true
    }
}

/// A SHA-256 digest, such as a photo's; 64 hexadecimal digits in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sha256Digest(pub [u8; 32]);

impl Scalar for Sha256Digest {
    fn from_json(json: &Json<'_>, context: &mut Context<'_>) -> Option<Self> {
        let text = text_of(json, context)?;
        let mut digest = [0; 32];
        let fits = text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        for (index, byte) in digest.iter_mut().enumerate().filter(|_| fits) {
            *byte = u8::from_str_radix(&text[index * 2..index * 2 + 2], 16).unwrap_or_default();
        }
        context.value(
            fits.then_some(Self(digest))
                .ok_or(("not-a-digest", "must be a SHA-256 digest: 64 lower-case hexadecimal digits".into())),
        )
    }

    fn to_json(&self) -> Value {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
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
