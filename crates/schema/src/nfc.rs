//! The composed form of a text (Unicode Standard Annex 15, NFC), out of the canonical tables alone.
//!
//! `unicode_normalization`'s own iterators link the compatibility tables as well: 60 kB in a page that has
//! to load on a ward.

use std::borrow::Cow;

use unicode_normalization::char::{canonical_combining_class, compose, decompose_canonical};
use unicode_normalization::{IsNormalized, is_nfc_quick};

/// A text in its composed form.
pub fn nfc(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return text;
    }
    let mut parts = Vec::with_capacity(text.len());
    text.chars().for_each(|character| decompose_canonical(character, |part| parts.push((class(part), part))));
    // Marks after one letter in the order of their classes; those of one class as they stood.
    for marks in parts.chunk_by_mut(|_, next| next.0 != 0) {
        let first = usize::from(marks[0].0 == 0);
        marks[first..].sort_by_key(|(class, _)| *class);
    }
    let mut composed: Vec<char> = Vec::with_capacity(parts.len());
    let mut starter = None;
    let mut before = None;
    for (class, part) in parts {
        // A mark is blocked from its letter by another of its class, or by a letter in between.
        let free = before.is_none_or(|before| before < class);
        let joined = starter.filter(|_| free).and_then(|place: usize| Some((place, compose(composed[place], part)?)));
        if let Some((place, whole)) = joined {
            composed[place] = whole;
            continue;
        }
        if class == 0 {
            starter = Some(composed.len());
            before = None;
        } else {
            before = Some(class);
        }
        composed.push(part);
    }
    Cow::Owned(composed.into_iter().collect())
}

fn class(character: char) -> u8 {
    canonical_combining_class(character)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization as _;

    use super::*;

    /// Letters with marks, Hangul in parts, and whatever else there is.
    fn character() -> impl Strategy<Value = char> {
        prop_oneof![
            proptest::char::range('a', 'z'),
            proptest::char::range('\u{c0}', '\u{24f}'),
            proptest::char::range('\u{300}', '\u{36f}'),
            proptest::char::range('\u{900}', '\u{9ff}'),
            proptest::char::range('\u{1100}', '\u{11ff}'),
            proptest::char::range('\u{1e00}', '\u{1fff}'),
            proptest::char::range('\u{ac00}', '\u{ac40}'),
            any::<char>(),
        ]
    }

    proptest! {
        #[test]
        fn any_text_comes_out_as_the_full_tables_have_it(text in proptest::collection::vec(character(), 0..12)) {
            let text: String = text.into_iter().collect();
            prop_assert_eq!(nfc(Cow::Borrowed(&text)), text.nfc().collect::<String>());
        }
    }

    #[test]
    fn every_character_by_itself_comes_out_as_the_full_tables_have_it() {
        for character in '\0'..=char::MAX {
            let text = String::from(character);
            assert!(nfc(Cow::Borrowed(&text)).chars().eq(text.nfc()), "{character:?}");
        }
    }
}
