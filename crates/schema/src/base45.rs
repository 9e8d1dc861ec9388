//! Base45 (RFC 9285), strictly: exactly one text for each byte string.
//!
//! Refuses a character outside the alphabet, a group whose value does not fit its bytes
//! (section 4: three characters above 65535, two above 255) and a dangling single character.

use thiserror::Error;

const ALPHABET: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

const OUTSIDE: u8 = 0xff;

const VALUES: [u8; 256] = {
    let mut values = [OUTSIDE; 256];
    let mut index = 0_u8;
    while index < 45 {
        values[ALPHABET[index as usize] as usize] = index;
        index += 1;
    }
    values
};

/// Why a text is not Base45.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Base45Error {
    /// A character that the alphabet does not have; `at` counts bytes from 0.
    #[error("character {at} is not one of the 45 that Base45 uses")]
    Character {
        /// Offset of the character, in bytes.
        at: usize,
    },
    /// A group that stands for a number too large for its bytes; `at` is its first character.
    #[error("the group at character {at} stands for a number that is too large")]
    Range {
        /// Offset of the group, in bytes.
        at: usize,
    },
    /// One character is left over at the end: the text was cut.
    #[error("the text ends in the middle of a group")]
    Length,
}

/// Encodes bytes: three characters for each two bytes, two for a last single one.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(2) * 3);
    let mut push = |value: usize| out.push(char::from(ALPHABET[value % 45]));
    for pair in bytes.chunks(2) {
        match *pair {
            [high, low] => {
                let value = usize::from(high) * 256 + usize::from(low);
                push(value);
                push(value / 45);
                push(value / 2025);
            }
            [last] => {
                push(usize::from(last));
                push(usize::from(last) / 45);
            }
            _ => {}
        }
    }
    out
}

/// Decodes a text.
///
/// # Errors
/// [`Base45Error`] for whatever no encoder could have written.
pub fn decode(text: &str) -> Result<Vec<u8>, Base45Error> {
    let text = text.as_bytes();
    if text.len() % 3 == 1 {
        return Err(Base45Error::Length);
    }
    let mut out = Vec::with_capacity(text.len() / 3 * 2 + 1);
    for (group, digits) in text.chunks(3).enumerate() {
        let at = group * 3;
        let mut value = 0_u32;
        for (place, &character) in digits.iter().enumerate().rev() {
            let digit = VALUES[usize::from(character)];
            if digit == OUTSIDE {
                return Err(Base45Error::Character { at: at + place });
            }
            value = value * 45 + u32::from(digit);
        }
        if digits.len() == 3 {
            let [high, low] = u16::try_from(value).map_err(|_| Base45Error::Range { at })?.to_be_bytes();
            out.extend([high, low]);
        } else {
            out.push(u8::try_from(value).map_err(|_| Base45Error::Range { at })?);
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_examples_of_rfc_9285_hold() {
        for (plain, coded) in [("AB", "BB8"), ("Hello!!", "%69 VD92EX0"), ("base-45", "UJCLQE7W581")] {
            assert_eq!(encode(plain.as_bytes()), coded);
            assert_eq!(decode(coded).unwrap(), plain.as_bytes());
        }
        assert_eq!(decode("QED8WEX0").unwrap(), b"ietf!");
    }

    #[test]
    fn out_of_range_groups_are_refused() {
        assert_eq!(decode("GGW"), Err(Base45Error::Range { at: 0 }), "65536");
        assert_eq!(decode("BB8::"), Err(Base45Error::Range { at: 3 }), "2024 in one byte");
        assert_eq!(decode("BB8a0"), Err(Base45Error::Character { at: 3 }));
        assert_eq!(decode("BB8A"), Err(Base45Error::Length));
    }

    proptest! {
        #[test]
        fn what_is_encoded_decodes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(decode(&encode(&bytes)).unwrap(), bytes);
        }

        #[test]
        fn what_decodes_is_the_only_text_for_it(text in "[0-9A-Z $%*+./:-]{0,60}") {
            if let Ok(bytes) = decode(&text) {
                prop_assert_eq!(encode(&bytes), text);
            }
        }
    }
}
