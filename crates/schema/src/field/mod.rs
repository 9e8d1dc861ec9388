//! How one field of a record is read from JSON, written to JSON, packed into a pass, unpacked
//! from one, and described in a JSON Schema.
//!
//! A record kind lists its fields once (see [`crate::record`]); everything that moves records in
//! and out is a loop over that list. A new type of field implements [`Field`] (or [`Scalar`], when
//! it is one JSON value under its own name) and is then at home in every form.

mod compound;
mod scalar;

use serde_json::{Map, Value};

pub(crate) use self::compound::ends_before;
pub use self::compound::{End, Outcome, Skill, Until};
pub(crate) use self::scalar::code;
pub use self::scalar::{Lines, Sha256Digest};
use crate::cbor::{CborError, Reader, Writer};
use crate::codes::CodeLists;
use crate::json::Json;
use crate::json_writer::JsonWriter;
use crate::problem::{Problem, Problems};
use crate::text::Refusal;
use crate::time::Date;

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
#[expect(clippy::struct_field_names, reason = "an object has members")]
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

    pub(crate) fn peek(&self, name: &str) -> Option<&'o Json<'o>> {
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
    #[must_use]
    fn present(object: &Members<'_, '_, '_>, name: &str) -> bool {
        object.has(name)
    }
    /// Reads it; `None` when it is missing or faulty, which is then noted.
    fn read(object: &mut Members<'_, '_, '_>, name: &'static str) -> Option<Self>;
    /// Writes it into a JSON object.
    fn write(&self, name: &'static str, object: &mut JsonWriter);
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
    /// Writes the JSON value.
    fn to_json(&self, out: &mut JsonWriter);
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

    fn write(&self, name: &'static str, object: &mut JsonWriter) {
        self.to_json(object.key(name));
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

    fn write(&self, name: &'static str, object: &mut JsonWriter) {
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
