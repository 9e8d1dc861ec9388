//! The fonts that are embedded, in the order in which they are asked for a letter.
//!
//! Atkinson Hyperlegible Next was drawn for readers with low vision and has the letters of most
//! languages in Latin script; Noto Sans has the rest of Latin (Vietnamese, Yoruba, Hausa), Greek and
//! Cyrillic; Noto Sans Arabic has Arabic script. `fonts/README.md` says where the files come from.

use std::fmt;

use crate::error::PaperError;

const REGULAR: [&[u8]; 3] = [
    include_bytes!("../fonts/AtkinsonHyperlegibleNext-Regular.ttf"),
    include_bytes!("../fonts/NotoSans-Regular-subset.ttf"),
    include_bytes!("../fonts/NotoSansArabic-Regular-subset.ttf"),
];
const BOLD: [&[u8]; 3] = [
    include_bytes!("../fonts/AtkinsonHyperlegibleNext-Bold.ttf"),
    include_bytes!("../fonts/NotoSans-Bold-subset.ttf"),
    include_bytes!("../fonts/NotoSansArabic-Bold-subset.ttf"),
];
/// How many more fonts may be added.
const MAX_MORE: usize = 16;

/// Fonts to print with: the built-in ones, and more for scripts that those lack.
#[derive(Clone, Default)]
pub struct Fonts {
    more: Vec<Vec<u8>>,
}

impl fmt::Debug for Fonts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fonts({} more)", self.more.len())
    }
}

impl Fonts {
    /// The built-in ones.
    #[must_use]
    pub fn built_in() -> Self {
        Self::default()
    }

    /// With one more, TrueType or OpenType, that is asked for letters which those before it lack. It
    /// serves for bold text too.
    ///
    /// # Errors
    /// [`PaperError::Font`] if it cannot be read, or is the 17th.
    pub fn with(mut self, file: Vec<u8>) -> Result<Self, PaperError> {
        if self.more.len() == MAX_MORE || Face::parse(&file, || file.clone().into()).is_none() {
            return Err(PaperError::Font);
        }
        self.more.push(file);
        Ok(self)
    }

    /// Every face of a weight, in the order in which they are asked.
    pub(crate) fn faces(&self, weight: Weight) -> Vec<Face<'_>> {
        let built_in = if weight == Weight::Bold { BOLD } else { REGULAR };
        let built_in = built_in.into_iter().filter_map(|file| Face::parse(file, || file.into()));
        let more = self.more.iter().filter_map(|file| Face::parse(file, || file.clone().into()));
        built_in.chain(more).collect()
    }
}

/// How heavy a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    /// For reading.
    Regular,
    /// For what matters most.
    Bold,
}

/// A font, once for shaping and once for embedding.
pub(crate) struct Face<'f> {
    pub shaper: rustybuzz::Face<'f>,
    pub font: krilla::text::Font,
}

impl<'f> Face<'f> {
    fn parse(file: &'f [u8], data: impl FnOnce() -> krilla::Data) -> Option<Self> {
        let shaper = rustybuzz::Face::from_slice(file, 0)?;
        Some(Self { shaper, font: krilla::text::Font::new(data(), 0)? })
    }

    /// Whether it has a glyph for a letter.
    pub fn has(&self, letter: char) -> bool {
        self.shaper.glyph_index(letter).is_some_and(|glyph| glyph.0 != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_font_is_there_in_both_weights() {
        let fonts = Fonts::built_in();
        assert_eq!((fonts.faces(Weight::Regular).len(), fonts.faces(Weight::Bold).len()), (3, 3));
    }

    #[test]
    fn what_is_no_font_is_refused() {
        for file in [b"".to_vec(), b"\0\x01\0\0".to_vec(), vec![0xff; 4_000]] {
            assert_eq!(Fonts::built_in().with(file).unwrap_err(), PaperError::Font);
        }
        let many = (0..MAX_MORE).try_fold(Fonts::built_in(), |fonts, _| fonts.with(REGULAR[0].to_vec())).unwrap();
        assert_eq!(many.with(REGULAR[0].to_vec()).unwrap_err(), PaperError::Font);
    }
}
