//! JSON (RFC 8259) read strictly: no repeated member, no fraction, bounded depth and size.
//!
//! The tree borrows from its text and keeps members in the order in which they stand.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use thiserror::Error;

/// Deepest nesting that any document of ours has is 6; the rest is room for foreign ones.
pub const MAX_DEPTH: u8 = 12;
/// Members of one object, and with that the cost of looking for repeated ones.
pub const MAX_MEMBERS: usize = 64;
/// Items of one array: records of one passport are the longest.
pub const MAX_ITEMS: usize = 512;

/// Why a text is not the JSON that we read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum JsonError {
    /// Not JSON at all.
    #[error("not well-formed JSON at line {line}, column {column}")]
    Malformed {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// A member stands twice in one object.
    #[error("a member stands twice in one object, near line {line}, column {column}")]
    Duplicate {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// A number with a fraction or an exponent, or beyond 64 bits.
    #[error("a number is not whole or is too large, near line {line}, column {column}")]
    Number {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// Nested or long beyond [`MAX_DEPTH`], [`MAX_MEMBERS`] or [`MAX_ITEMS`].
    #[error("nested too deeply, or too many members or items, near line {line}, column {column}")]
    TooLarge {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
}

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json<'t> {
    /// null
    Null,
    /// true or false
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A string.
    Text(Cow<'t, str>),
    /// An array.
    Array(Vec<Json<'t>>),
    /// An object, with members in the order of the text.
    Object(Vec<(Cow<'t, str>, Json<'t>)>),
}

impl<'t> Json<'t> {
    /// Reads one document.
    ///
    /// # Errors
    /// [`JsonError`].
    pub fn parse(text: &'t [u8]) -> Result<Self, JsonError> {
        let fault = Cell::new(Fault::Malformed);
        let mut deserializer = serde_json::Deserializer::from_slice(text);
        Build { fault: &fault, depth: 0 }
            .deserialize(&mut deserializer)
            .and_then(|json| deserializer.end().map(|()| json))
            .map_err(|error| {
                let (line, column) = (error.line(), error.column());
                match fault.get() {
                    Fault::Malformed => JsonError::Malformed { line, column },
                    Fault::Duplicate => JsonError::Duplicate { line, column },
                    Fault::Number => JsonError::Number { line, column },
                    Fault::TooLarge => JsonError::TooLarge { line, column },
                }
            })
    }

    /// The string, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The number, if it is one.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        if let Self::Int(value) = self { Some(*value) } else { None }
    }

    /// A member of an object.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Json<'t>> {
        let Self::Object(members) = self else { return None };
        members.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// What it is, for messages.
    #[must_use]
    pub fn describe(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Int(_) => "a number",
            Self::Text(_) => "a text",
            Self::Array(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

#[derive(Clone, Copy)]
enum Fault {
    Malformed,
    Duplicate,
    Number,
    TooLarge,
}

struct Build<'f> {
    fault: &'f Cell<Fault>,
    depth: u8,
}

impl Build<'_> {
    fn deeper<E: serde::de::Error>(&self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return Err(self.fail(Fault::TooLarge));
        }
        Ok(Build { fault: self.fault, depth: self.depth + 1 })
    }

    fn fail<E: serde::de::Error>(&self, fault: Fault) -> E {
        self.fault.set(fault);
        E::custom("refused")
    }
}

impl<'de> DeserializeSeed<'de> for Build<'_> {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Build<'_> {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Int(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Json<'de>, E> {
        i64::try_from(value).map(Json::Int).map_err(|_| self.fail(Fault::Number))
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Json<'de>, E> {
        Err(self.fail(Fault::Number))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json<'de>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(self.deeper()?)? {
            if items.len() == MAX_ITEMS {
                return Err(self.fail(Fault::TooLarge));
            }
            items.push(item);
        }
        Ok(Json::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json<'de>, A::Error> {
        let mut members: Vec<(Cow<'de, str>, Json<'de>)> = Vec::new();
        while let Some(key) = map.next_key_seed(self.deeper()?)? {
            let Json::Text(key) = key else {
                return Err(A::Error::custom("refused"));
            };
            if members.len() == MAX_MEMBERS {
                return Err(self.fail(Fault::TooLarge));
            }
            if members.iter().any(|(other, _)| *other == key) {
                return Err(self.fail(Fault::Duplicate));
            }
            members.push((key, map.next_value_seed(self.deeper()?)?));
        }
        Ok(Json::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_members_are_refused_at_any_depth_even_when_escaped() {
        for text in [r#"{"a":1,"a":2}"#, r#"{"x":[{"a":1,"\u0061":2}]}"#] {
            assert!(matches!(Json::parse(text.as_bytes()), Err(JsonError::Duplicate { .. })), "{text}");
        }
    }

    #[test]
    fn huge_numbers_fractions_and_deep_nesting_are_refused() {
        for text in ["1.5", "1e3", "99999999999999999999999", "18446744073709551615"] {
            assert!(matches!(Json::parse(text.as_bytes()), Err(JsonError::Number { .. })), "{text}");
        }
        let deep = "[".repeat(10_000);
        assert!(matches!(Json::parse(deep.as_bytes()), Err(JsonError::TooLarge { .. })));
        assert!(matches!(Json::parse(b"{} x"), Err(JsonError::Malformed { .. })));
    }
}
