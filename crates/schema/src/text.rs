//! Names and short free texts, as people write them.
//!
//! Refuses control and invisible direction characters (they can make one name look like another
//! on screen), and anything in the shape of a National Insurance number: that has no place in a
//! credential.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use unicode_normalization::char::{decompose_canonical, is_combining_mark};

use crate::nfc::nfc;

/// Longest free text, in bytes of UTF-8.
pub const MAX_TEXT: usize = 200;
/// Longest name, in bytes of UTF-8.
pub const MAX_NAME: usize = 120;

/// Why a text is refused: a stable code and plain words.
pub type Refusal = (&'static str, String);

fn clean(text: &str, limit: usize) -> Result<Arc<str>, Refusal> {
    let single = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let spaced = text.trim() == text && !text.contains("  ") && text.chars().all(|it| it == ' ' || !it.is_whitespace());
    let text = if spaced { Cow::Borrowed(text) } else { Cow::Owned(single(text)) };
    // Normalising can lengthen a text, so that it comes before the limit.
    let text = nfc(text);
    if text.is_empty() {
        return Err(("empty-text", "write something, or leave the field out".into()));
    }
    if text.len() > limit {
        return Err(("text-too-long", format!("{} bytes long; at most {limit} are allowed", text.len())));
    }
    match text.chars().find(|&character| character.is_control() || is_invisible(character)) {
        Some(bad) => {
            Err(("bad-character", format!("holds the character U+{:04X}, which cannot be seen", u32::from(bad))))
        }
        None => Ok(text.into()),
    }
}

/// Characters that change how a text looks or compares without being seen themselves (Unicode's
/// format characters, fillers and variation selectors).
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a text holds a National Insurance number: two letters, six digits and A to D, with or
/// without spaces, on word boundaries (HMRC manual NIM39110; prefixes that are never given out
/// are let through).
fn holds_national_insurance_number(text: &str) -> bool {
    if text.bytes().filter(u8::is_ascii_digit).count() < 6 {
        return false;
    }
    let compact: Vec<(usize, u8)> = text
        .bytes()
        .enumerate()
        .filter(|(_, byte)| *byte != b' ')
        .map(|(at, byte)| (at, byte.to_ascii_uppercase()))
        .collect();
    let word = |at: Option<&u8>| at.is_some_and(u8::is_ascii_alphanumeric);
    compact.windows(9).any(|window| {
        let byte = |index: usize| window[index].1;
        byte(0).is_ascii_uppercase()
            && !b"DFIUV".contains(&byte(0))
            && byte(1).is_ascii_uppercase()
            && !b"DFIOQUV".contains(&byte(1)) | (byte(0) == b'Q')
            && (2..8).all(|index| byte(index).is_ascii_digit())
            && (b'A'..=b'D').contains(&byte(8))
            && !word(window[0].0.checked_sub(1).and_then(|at| text.as_bytes().get(at)))
            && !word(text.as_bytes().get(window[8].0 + 1))
    })
}

/// A short free text: NFC, single blanks, 1 to [`MAX_TEXT`] bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Arc<str>);

impl Text {
    /// Reads a text.
    ///
    /// # Errors
    /// `empty-text`, `text-too-long`, `bad-character`, `national-insurance-number`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let text = clean(text, MAX_TEXT)?;
        if holds_national_insurance_number(&text) {
            return Err((
                "national-insurance-number",
                "looks like a National Insurance number, which never goes into a credential".into(),
            ));
        }
        Ok(Self(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A person's name as they use it: one word or many, any script, one field. NFC, single
/// blanks, 1 to [`MAX_NAME`] bytes. `Debug` hides it, so that it cannot reach a log by accident.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Arc<str>);

impl Name {
    /// Reads a name.
    ///
    /// # Errors
    /// `empty-text`, `text-too-long`, `bad-character`, and `not-a-name` for one without a letter
    /// or with a digit.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let text = clean(text, MAX_NAME)?;
        if !text.chars().any(char::is_alphabetic) || text.chars().any(char::is_numeric) {
            return Err(("not-a-name", "a name has letters and no digits".into()));
        }
        Ok(Self(text))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its words as two records of one person may share them: without case, diacritics, apostrophes
    /// and order; a hyphen parts words. Only for comparing, never for showing.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let mut folded = String::with_capacity(self.0.len());
        let mut letters = Vec::with_capacity(self.0.len());
        self.0.chars().for_each(|character| decompose_canonical(character, |part| letters.push(part)));
        for character in letters.into_iter().filter(|character| !is_combining_mark(*character)) {
            match character {
                '\'' | '’' | 'ʼ' | '`' | '.' => {}
                '-' | '‐' | '‑' | '–' => folded.push(' '),
                // Letters that Unicode does not take apart.
                'ø' | 'Ø' => folded.push('o'),
                'ł' | 'Ł' => folded.push('l'),
                'đ' | 'Đ' | 'ð' | 'Ð' => folded.push('d'),
                'ı' => folded.push('i'),
                'æ' | 'Æ' => folded.push_str("ae"),
                'œ' | 'Œ' => folded.push_str("oe"),
                'ß' => folded.push_str("ss"),
                'þ' | 'Þ' => folded.push_str("th"),
                other => folded.extend(other.to_lowercase()),
            }
        }
        let mut words: Vec<_> = folded.split_whitespace().map(str::to_owned).collect();
        words.sort_unstable();
        words
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Name(…)")
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_shape_are_kept_as_written() {
        for name in
            ["Suparti", "Siobhán O’Neill", "Mary-Jane D'Arcy", "Łukasz de la Cruz-Müller", "Nguyễn Thị Ánh", "李小龍"]
        {
            assert_eq!(Name::parse(name).unwrap().as_str(), name);
        }
        assert_eq!(Name::parse(" Zoe\u{308} ").unwrap().as_str(), "Zoë", "composed and trimmed");
    }

    #[test]
    fn names_are_compared_by_their_words() {
        let words = |name| Name::parse(name).unwrap().words();
        assert_eq!(words("Siobhán O’Neill"), words("O'NEILL Siobhan"));
        assert_eq!(words("Mary-Jane D'Arcy"), ["darcy", "jane", "mary"]);
        assert_eq!(words("Łukasz Müller"), words("lukasz muller"));
        assert_ne!(words("Ana Ng"), words("Ana Nguyen"));
    }

    #[test]
    fn names_that_hide_something_are_refused() {
        for (name, code) in [
            ("", "empty-text"),
            ("A\u{202e}nna", "bad-character"),
            ("A\u{0}B", "bad-character"),
            ("Ann\u{ad}a", "bad-character"),
            ("Anna\u{e0041}", "bad-character"),
            ("30679710", "not-a-name"),
            ("--", "not-a-name"),
        ] {
            assert_eq!(Name::parse(name).unwrap_err().0, code);
        }
        assert_eq!(Name::parse(&"\u{958}".repeat(40)).unwrap_err().0, "text-too-long", "once normalised");
        assert_eq!(Name::parse(&"é".repeat(61)).unwrap_err().0, "text-too-long");
    }

    #[test]
    fn a_national_insurance_number_never_passes() {
        for text in ["QQ123456A", "no. qq 12 34 56 c.", "(AB123456D)"] {
            assert_eq!(Text::parse(text).unwrap_err().0, "national-insurance-number", "{text}");
        }
        for text in ["SW123456", "NMC 99A9999A", "ward 12, room 3456 A", "XAB123456D"] {
            assert!(Text::parse(text).is_ok(), "{text}");
        }
    }
}
