//! Deterministic CBOR (RFC 8949, section 4.2.1), the part that passes and status tokens use.
//!
//! The reader refuses what a deterministic encoder would not write: numbers in more bytes than
//! they need, indefinite lengths, text that is not UTF-8. It borrows from its input and never
//! recurses, so depth is bounded by the caller's own code. Floats, `undefined` and tags other
//! than those asked for have no place in our formats and are refused.

use thiserror::Error;

/// Why bytes are not the CBOR that was expected; `at` counts bytes from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum CborError {
    /// The bytes end inside an item.
    #[error("the data ends early, at byte {at}")]
    Truncated {
        /// Offset at which more was needed.
        at: usize,
    },
    /// A number or length takes more bytes than it needs.
    #[error("the number at byte {at} is not in its shortest form")]
    NotMinimal {
        /// Offset of the item.
        at: usize,
    },
    /// An indefinite length, a float, or a reserved form.
    #[error("byte {at} begins a form that this format does not use")]
    Unsupported {
        /// Offset of the item.
        at: usize,
    },
    /// An item of another type than the format has in this place.
    #[error("expected {expected} at byte {at}")]
    Type {
        /// Offset of the item.
        at: usize,
        /// What the format has here.
        expected: &'static str,
    },
    /// A number outside what the format allows in this place.
    #[error("the number at byte {at} is out of range")]
    Range {
        /// Offset of the item.
        at: usize,
    },
    /// Text that is not UTF-8.
    #[error("the text at byte {at} is not UTF-8")]
    Utf8 {
        /// Offset of the item.
        at: usize,
    },
    /// Map keys repeated or out of order.
    #[error("the map keys at byte {at} are repeated or out of order")]
    KeyOrder {
        /// Offset of the key.
        at: usize,
    },
    /// Bytes are left over after the last item.
    #[error("{count} bytes are left over")]
    Trailing {
        /// How many.
        count: usize,
    },
}

/// The major type of the next item (RFC 8949, section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Major {
    /// An integer, positive or negative.
    Int,
    /// A byte string.
    Bytes,
    /// A text string.
    Text,
    /// An array.
    Array,
    /// A map.
    Map,
    /// A tag.
    Tag,
    /// true, false or null.
    Simple,
}

/// Reads items one after another from bytes.
#[derive(Debug, Clone)]
pub struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    /// Starts at the first byte.
    #[must_use]
    pub fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Offset of the next item.
    #[must_use]
    pub fn position(&self) -> usize {
        self.at
    }

    /// The type of the next item, or `None` at the end of the data.
    #[must_use]
    pub fn peek(&self) -> Option<Major> {
        Some(match self.bytes.get(self.at)? >> 5 {
            0 | 1 => Major::Int,
            2 => Major::Bytes,
            3 => Major::Text,
            4 => Major::Array,
            5 => Major::Map,
            6 => Major::Tag,
            _ => Major::Simple,
        })
    }

    fn take(&mut self, count: usize) -> Result<&'b [u8], CborError> {
        let slice = self
            .at
            .checked_add(count)
            .and_then(|end| self.bytes.get(self.at..end))
            .ok_or(CborError::Truncated { at: self.bytes.len() })?;
        self.at += count;
        Ok(slice)
    }

    /// Major type (0 to 7) and argument of the next item head.
    fn head(&mut self) -> Result<(u8, u64), CborError> {
        let at = self.at;
        let first = self.take(1)?[0];
        let (major, short) = (first >> 5, first & 0x1f);
        let width = match short {
            0..=23 => return Ok((major, u64::from(short))),
            24..=27 => 1_usize << (short - 24),
            _ => return Err(CborError::Unsupported { at }),
        };
        if major == 7 {
            return Err(CborError::Unsupported { at });
        }
        let value = self.take(width)?.iter().fold(0, |value, &byte| value << 8 | u64::from(byte));
        let least = match width {
            1 => 24,
            2 => 1 << 8,
            4 => 1 << 16,
            _ => 1 << 32,
        };
        if value < least {
            return Err(CborError::NotMinimal { at });
        }
        Ok((major, value))
    }

    fn expect(&mut self, major: u8, expected: &'static str) -> Result<u64, CborError> {
        let at = self.at;
        let (found, value) = self.head()?;
        if found == major { Ok(value) } else { Err(CborError::Type { at, expected }) }
    }

    fn length(&mut self, major: u8, expected: &'static str) -> Result<usize, CborError> {
        let at = self.at;
        let value = self.expect(major, expected)?;
        // No item is shorter than one byte, so a longer length is a lie whatever follows.
        usize::try_from(value)
            .ok()
            .filter(|&length| length <= self.bytes.len() - self.at)
            .ok_or(CborError::Truncated { at })
    }

    /// An integer.
    ///
    /// # Errors
    /// [`CborError`] if the next item is not an integer that fits an `i64`.
    pub fn int(&mut self) -> Result<i64, CborError> {
        let at = self.at;
        let (major, value) = self.head()?;
        let value = i64::try_from(value).map_err(|_| CborError::Range { at })?;
        match major {
            0 => Ok(value),
            1 => Ok(-1 - value),
            _ => Err(CborError::Type { at, expected: "a number" }),
        }
    }

    /// An integer within a range.
    ///
    /// # Errors
    /// As [`Reader::int`], and [`CborError::Range`].
    pub fn int_in(&mut self, range: std::ops::RangeInclusive<i64>) -> Result<i64, CborError> {
        let at = self.at;
        let value = self.int()?;
        if range.contains(&value) { Ok(value) } else { Err(CborError::Range { at }) }
    }

    /// A byte string.
    ///
    /// # Errors
    /// [`CborError`] if the next item is not one.
    pub fn bytes(&mut self) -> Result<&'b [u8], CborError> {
        let length = self.length(2, "a byte string")?;
        self.take(length)
    }

    /// A text string.
    ///
    /// # Errors
    /// [`CborError`] if the next item is not one, or not UTF-8.
    pub fn text(&mut self) -> Result<&'b str, CborError> {
        let at = self.at;
        let length = self.length(3, "a text")?;
        std::str::from_utf8(self.take(length)?).map_err(|_| CborError::Utf8 { at })
    }

    /// The number of items of an array, which follow.
    ///
    /// # Errors
    /// [`CborError`] if the next item is not an array.
    pub fn array(&mut self) -> Result<usize, CborError> {
        self.length(4, "an array")
    }

    /// The number of pairs of a map, which follow.
    ///
    /// # Errors
    /// [`CborError`] if the next item is not a map.
    pub fn map(&mut self) -> Result<usize, CborError> {
        self.length(5, "a map")
    }

    /// A map whose keys are integers in deterministic order (RFC 8949, section 4.2.1: positive
    /// ones first, each side counting away from zero). `member` reads the value of each key.
    ///
    /// # Errors
    /// What `member` returns, and [`CborError::KeyOrder`] for a repeated or misplaced key.
    pub fn int_map<E: From<CborError>>(
        &mut self,
        mut member: impl FnMut(i64, &mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut before = None;
        for _ in 0..self.map()? {
            let at = self.at;
            let key = self.int()?;
            let rank = (key < 0, key.unsigned_abs());
            if before.is_some_and(|before| before >= rank) {
                return Err(CborError::KeyOrder { at }.into());
            }
            before = Some(rank);
            member(key, self)?;
        }
        Ok(())
    }

    /// A tag, whose item follows.
    ///
    /// # Errors
    /// [`CborError`] if the next item is not a tag.
    pub fn tag(&mut self) -> Result<u64, CborError> {
        self.expect(6, "a tag")
    }

    /// Steps over a null, if that is what comes next.
    pub fn null(&mut self) -> bool {
        let found = self.bytes.get(self.at) == Some(&0xf6);
        self.at += usize::from(found);
        found
    }

    /// true or false.
    ///
    /// # Errors
    /// [`CborError`] if the next item is neither.
    pub fn bool(&mut self) -> Result<bool, CborError> {
        let at = self.at;
        match self.head()? {
            (7, 20) => Ok(false),
            (7, 21) => Ok(true),
            _ => Err(CborError::Type { at, expected: "true or false" }),
        }
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`CborError::Trailing`] if bytes are left over.
    pub fn end(self) -> Result<(), CborError> {
        match self.bytes.len() - self.at {
            0 => Ok(()),
            count => Err(CborError::Trailing { count }),
        }
    }
}

/// Writes items one after another; always in their shortest form.
#[derive(Debug, Clone, Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// Starts with nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn head(&mut self, major: u8, value: u64) -> &mut Self {
        let major = major << 5;
        let bytes = value.to_be_bytes();
        match value {
            0..=23 => self.0.push(major | bytes[7]),
            24..=0xff => self.0.extend([major | 0x18, bytes[7]]),
            0x100..=0xffff => {
                self.0.push(major | 0x19);
                self.0.extend(&bytes[6..]);
            }
            0x1_0000..=0xffff_ffff => {
                self.0.push(major | 0x1a);
                self.0.extend(&bytes[4..]);
            }
            _ => {
                self.0.push(major | 0x1b);
                self.0.extend(bytes);
            }
        }
        self
    }

    /// An integer.
    pub fn int(&mut self, value: i64) -> &mut Self {
        match u64::try_from(value) {
            Ok(value) => self.head(0, value),
            Err(_) => self.head(1, !value.cast_unsigned()),
        }
    }

    /// A byte string.
    pub fn bytes(&mut self, value: &[u8]) -> &mut Self {
        self.head(2, value.len() as u64);
        self.raw(value)
    }

    /// A text string.
    pub fn text(&mut self, value: &str) -> &mut Self {
        self.head(3, value.len() as u64);
        self.raw(value.as_bytes())
    }

    /// The head of an array of `count` items.
    pub fn array(&mut self, count: usize) -> &mut Self {
        self.head(4, count as u64)
    }

    /// The head of a map of `count` pairs.
    pub fn map(&mut self, count: usize) -> &mut Self {
        self.head(5, count as u64)
    }

    /// A tag; its item follows.
    pub fn tag(&mut self, value: u64) -> &mut Self {
        self.head(6, value)
    }

    /// null.
    pub fn null(&mut self) -> &mut Self {
        self.raw(&[0xf6])
    }

    /// true or false.
    pub fn bool(&mut self, value: bool) -> &mut Self {
        self.raw(&[0xf4 | u8::from(value)])
    }

    /// Bytes that are CBOR already.
    pub fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend(bytes);
        self
    }

    /// How many bytes are written so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is written so far.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bytes.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn forms_that_no_deterministic_encoder_writes_are_refused() {
        assert_eq!(Reader::new(&[0x18, 0x17]).int(), Err(CborError::NotMinimal { at: 0 }));
        assert_eq!(Reader::new(&[0x19, 0x00, 0xff]).int(), Err(CborError::NotMinimal { at: 0 }));
        assert_eq!(Reader::new(&[0x9f, 0xff]).array(), Err(CborError::Unsupported { at: 0 }));
        assert_eq!(Reader::new(&[0x7f, 0xff]).text(), Err(CborError::Unsupported { at: 0 }));
        assert_eq!(Reader::new(&[0xf9, 0, 0]).int(), Err(CborError::Unsupported { at: 0 }));
        assert_eq!(Reader::new(&[0x62, 0xff, 0xff]).text(), Err(CborError::Utf8 { at: 0 }));
        assert_eq!(Reader::new(&[0x1b, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]).int(), Err(CborError::Range { at: 0 }));
    }

    #[test]
    fn a_length_beyond_the_data_is_refused_before_anything_is_reserved() {
        let mut lie = vec![0x9b];
        lie.extend(u64::MAX.to_be_bytes());
        assert_eq!(Reader::new(&lie).array(), Err(CborError::Truncated { at: 0 }));
        assert_eq!(Reader::new(&[0x58, 0x40, 1]).bytes(), Err(CborError::Truncated { at: 0 }));
    }

    #[test]
    fn repeated_and_misplaced_keys_are_refused() {
        for bytes in [[0xa2, 1, 0, 1, 0], [0xa2, 2, 0, 1, 0], [0xa2, 0x20, 0, 1, 0]] {
            let result: Result<(), CborError> = Reader::new(&bytes).int_map(|_, reader| reader.int().map(|_| ()));
            assert_eq!(result, Err(CborError::KeyOrder { at: 3 }));
        }
    }

    proptest! {
        #[test]
        fn integers_round_trip(value: i64) {
            let mut writer = Writer::new();
            writer.int(value);
            let bytes = writer.finish();
            let mut reader = Reader::new(&bytes);
            prop_assert_eq!(reader.int().unwrap(), value);
            prop_assert!(reader.end().is_ok());
        }

        #[test]
        fn texts_and_bytes_round_trip(text: String, data: Vec<u8>) {
            let mut writer = Writer::new();
            writer.array(2).text(&text).bytes(&data);
            let bytes = writer.finish();
            let mut reader = Reader::new(&bytes);
            prop_assert_eq!(reader.array().unwrap(), 2);
            prop_assert_eq!(reader.text().unwrap(), text);
            prop_assert_eq!(reader.bytes().unwrap(), data);
        }
    }
}
