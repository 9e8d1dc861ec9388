//! From texts to lines of glyphs: which font has the letters, in which direction they run (Unicode
//! Standard Annex 9), and where a line ends.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use krilla::text::{GlyphId, KrillaGlyph};
use rustybuzz::{Direction, UnicodeBuffer};
use unicode_bidi::{BidiInfo, Level};

use crate::fonts::{Face, Fonts, Weight};

/// What stands for letters that no font has.
pub(crate) const IN_THE_CODE: &str = "[in the code]";

/// A weight and a size in points, with the distance from one line to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Style {
    pub weight: Weight,
    pub size: f32,
    pub leading: f32,
}

impl Style {
    pub const fn new(weight: Weight, size: f32) -> Self {
        Self { weight, size, leading: 1.3 * size }
    }

    pub const fn regular(size: f32) -> Self {
        Self::new(Weight::Regular, size)
    }

    pub const fn bold(size: f32) -> Self {
        Self::new(Weight::Bold, size)
    }

    /// From the top of a line to the foot of its letters.
    pub fn baseline(self) -> f32 {
        (self.leading - self.size) / 2.0 + 0.78 * self.size
    }
}

/// Glyphs of one font in a row.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub font: krilla::text::Font,
    pub text: String,
    pub glyphs: Vec<KrillaGlyph>,
    /// In ems.
    pub width: f32,
}

/// A line of text, from left to right as it is seen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line {
    pub runs: Vec<Run>,
    /// In ems.
    pub width: f32,
}

impl Line {
    fn push(&mut self, run: Run) {
        self.width += run.width;
        self.runs.push(run);
    }
}

/// Sets texts, and keeps in mind which letters it had no font for.
pub(crate) struct Setter<'f> {
    regular: Vec<Face<'f>>,
    bold: Vec<Face<'f>>,
    pub missing: BTreeSet<char>,
}

impl<'f> Setter<'f> {
    pub fn new(fonts: &'f Fonts) -> Self {
        let [regular, bold] = [Weight::Regular, Weight::Bold].map(|weight| fonts.faces(weight));
        Self { regular, bold, missing: BTreeSet::new() }
    }

    fn faces(&self, weight: Weight) -> &[Face<'f>] {
        if weight == Weight::Bold { &self.bold } else { &self.regular }
    }

    /// Whether every letter of a text can be printed.
    pub fn knows(&self, text: &str) -> bool {
        text.chars().all(|letter| self.regular.iter().any(|face| face.has(letter)))
    }

    /// Keeps the letters of a text in mind that no font has.
    pub fn keep_missing(&mut self, text: &str) {
        self.missing.extend(text.chars().filter(|letter| !self.regular.iter().any(|face| face.has(*letter))));
    }

    /// Words that cannot be printed, said so; control characters, which no reader sees, become blanks.
    fn printable<'t>(&mut self, text: &'t str) -> Cow<'t, str> {
        if self.knows(text) {
            return Cow::Borrowed(text);
        }
        let blank = |letter: char| if letter.is_control() || letter.is_whitespace() { ' ' } else { letter };
        let text: String = text.chars().map(blank).collect();
        let mut words: Vec<&str> = Vec::new();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            if self.knows(word) {
                words.push(word);
                continue;
            }
            self.keep_missing(word);
            if words.last() != Some(&IN_THE_CODE) {
                words.push(IN_THE_CODE);
            }
        }
        Cow::Owned(words.join(" "))
    }

    /// The lines of a text in a column of a width in points. A word that is wider than the column is
    /// broken where its letters allow.
    pub fn lines(&mut self, text: &str, style: Style, width: f32) -> Vec<Line> {
        let text = self.printable(text);
        let column = width / style.size;
        let mut ranges: Vec<Range<usize>> = Vec::new();
        let mut open: Option<(Range<usize>, f32)> = None;
        let blank = self.width(" ", style.weight);
        for (start, word) in words(&text) {
            for piece in self.pieces(word, style.weight, column) {
                let range = start + piece.start..start + piece.end;
                let wide = self.width(&text[range.clone()], style.weight);
                let begins = piece.start == 0;
                open = match open.take() {
                    Some((line, so_far)) if begins && so_far + blank + wide <= column => {
                        Some((line.start..range.end, so_far + blank + wide))
                    }
                    before => {
                        ranges.extend(before.map(|(line, _)| line));
                        Some((range, wide))
                    }
                };
            }
        }
        ranges.extend(open.map(|(line, _)| line));
        let bidi = BidiInfo::new(&text, Some(Level::ltr()));
        let last = ranges.len().saturating_sub(1);
        let set = |(index, range): (usize, &Range<usize>)| {
            let mut line = self.line(&text, &bidi, range.clone(), style.weight);
            // Words are apart for whoever reads aloud or copies, too.
            if index < last && text.as_bytes().get(range.end) == Some(&b' ') {
                let width = line.width;
                line.runs.extend(self.shape(" ", style.weight, 0, Direction::LeftToRight));
                line.width = width;
            }
            line
        };
        ranges.iter().enumerate().map(set).collect()
    }

    /// The largest of some sizes at which no word of a text is broken and it has at most so many lines;
    /// the last of them if there is none.
    pub fn largest(&mut self, text: &str, sizes: &[Style], width: f32, lines: usize) -> Style {
        let whole = |setter: &mut Self, style: &Style| {
            setter.whole_words(text, *style, width) && setter.lines(text, *style, width).len() <= lines
        };
        let found = sizes.iter().find(|style| whole(self, style)).or(sizes.last());
        found.copied().unwrap_or(Style::regular(12.0))
    }

    /// Whether no word of a text has to be broken in a column.
    pub fn whole_words(&mut self, text: &str, style: Style, width: f32) -> bool {
        let text = self.printable(text);
        words(&text).all(|(_, word)| self.width(word, style.weight) * style.size <= width)
    }

    /// Width in ems of a text in one line.
    fn width(&self, text: &str, weight: Weight) -> f32 {
        let bidi = BidiInfo::new(text, Some(Level::ltr()));
        self.line(text, &bidi, 0..text.len(), weight).width
    }

    /// A word, or the pieces of it that fit a column, as ranges of it.
    fn pieces(&self, word: &str, weight: Weight, column: f32) -> Vec<Range<usize>> {
        if self.width(word, weight) <= column {
            return std::iter::once(0..word.len()).collect();
        }
        let marks = |letter: char| unicode_normalization::char::is_combining_mark(letter);
        let mut cuts: Vec<usize> =
            word.char_indices().filter(|(_, letter)| !marks(*letter)).map(|(at, _)| at).collect();
        cuts.push(word.len());
        let mut pieces: Vec<Range<usize>> = Vec::new();
        let mut start = 0;
        for (&before, &cut) in cuts.iter().zip(cuts.iter().skip(1)) {
            if before > start && self.width(&word[start..cut], weight) > column {
                pieces.push(start..before);
                start = before;
            }
        }
        pieces.push(start..word.len());
        pieces
    }

    fn line(&self, text: &str, bidi: &BidiInfo<'_>, range: Range<usize>, weight: Weight) -> Line {
        let mut line = Line::default();
        let Some(paragraph) = bidi.paragraphs.iter().find(|it| it.range.contains(&range.start)) else { return line };
        let (levels, runs) = bidi.visual_runs(paragraph, range);
        for run in runs {
            let right_to_left = levels.get(run.start).is_some_and(Level::is_rtl);
            let direction = if right_to_left { Direction::RightToLeft } else { Direction::LeftToRight };
            let mut parts = self.parts(&text[run], weight);
            if right_to_left {
                parts.reverse();
            }
            for (face, part) in parts {
                if let Some(run) = self.shape(part, weight, face, direction) {
                    line.push(run);
                }
            }
        }
        line
    }

    /// Parts of a text with the face that has their letters: one for all of it if there is one, else
    /// one for each word, else one for each letter.
    fn parts<'t>(&self, text: &'t str, weight: Weight) -> Vec<(usize, &'t str)> {
        let faces = self.faces(weight);
        let whole = |text: &str| faces.iter().position(|face| text.chars().all(|letter| face.has(letter)));
        if let Some(face) = whole(text) {
            return vec![(face, text)];
        }
        let mut parts = Vec::new();
        for word in text.split_inclusive(' ') {
            if let Some(face) = whole(word) {
                parts.push((face, word));
                continue;
            }
            let mut at = 0;
            let letters = word.char_indices().skip(1).chain(std::iter::once((word.len(), ' ')));
            let face_of = |text: &str| {
                let letter = text.chars().next().unwrap_or(' ');
                faces.iter().position(|face| face.has(letter)).unwrap_or(0)
            };
            for (next, letter) in letters {
                // A mark belongs to the letter that it stands on.
                if unicode_normalization::char::is_combining_mark(letter) {
                    continue;
                }
                parts.push((face_of(&word[at..]), &word[at..next]));
                at = next;
            }
        }
        parts
    }

    fn shape(&self, text: &str, weight: Weight, face: usize, direction: Direction) -> Option<Run> {
        let face = self.faces(weight).get(face)?;
        let em = face.font.units_per_em();
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        buffer.set_direction(direction);
        let shaped = rustybuzz::shape(&face.shaper, &[], buffer);
        let mut starts: Vec<usize> = shaped.glyph_infos().iter().map(|info| info.cluster as usize).collect();
        starts.push(text.len());
        starts.sort_unstable();
        #[expect(clippy::cast_precision_loss, reason = "font units are far below 2^24")]
        let ems = |units: i32| units as f32 / em;
        let glyphs: Vec<KrillaGlyph> = shaped
            .glyph_infos()
            .iter()
            .zip(shaped.glyph_positions())
            .map(|(info, place)| {
                let start = info.cluster as usize;
                let end = starts[starts.partition_point(|it| *it <= start).min(starts.len() - 1)];
                let id = GlyphId::new(info.glyph_id);
                let [advance, x, y, down] = [place.x_advance, place.x_offset, place.y_offset, place.y_advance].map(ems);
                KrillaGlyph::new(id, advance, x, y, down, start..end, None)
            })
            .collect();
        let width = glyphs.iter().map(|glyph| glyph.x_advance).sum();
        Some(Run { font: face.font.clone(), text: text.to_owned(), glyphs, width })
    }
}

fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let base = text.as_ptr() as usize;
    text.split(' ').filter(|word| !word.is_empty()).map(move |word| (word.as_ptr() as usize - base, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(line: &Line) -> String {
        line.runs.iter().map(|run| run.text.as_str()).collect()
    }

    #[test]
    fn names_of_many_languages_have_a_glyph_for_every_letter() {
        let fonts = Fonts::built_in();
        let mut setter = Setter::new(&fonts);
        for name in [
            "Siân Ŵyn Ŷfan",
            "Łukasz Żółć-Świątek",
            "Nguyễn Thị Ánh Đặng",
            "Ẹniọlá Adébáyọ̀ Ṣẹ́gun",
            "Γεωργία Παπαδοπούλου-Άννα",
            "Олена Їжакевич",
            "محمد عبد الله",
            "Mohammed (محمد) O’Neill",
        ] {
            for weight in [Weight::Regular, Weight::Bold] {
                let lines = setter.lines(name, Style::new(weight, 16.0), 400.0);
                let glyphs = lines.iter().flat_map(|line| &line.runs).flat_map(|run| &run.glyphs);
                assert!(glyphs.clone().count() > 5);
                assert!(glyphs.clone().all(|glyph| glyph.glyph_id.to_u32() != 0), "{name}");
            }
            assert!(setter.missing.is_empty(), "{name}: {:?}", setter.missing);
        }
    }

    #[test]
    fn letters_that_no_font_has_are_said_and_never_drawn_as_boxes() {
        let fonts = Fonts::built_in();
        let mut setter = Setter::new(&fonts);
        let lines = setter.lines("Ward 李小龍 小 4\u{7}", Style::regular(12.0), 400.0);
        assert_eq!(text_of(&lines[0]), "Ward [in the code] 4");
        let glyphs: Vec<_> = lines.iter().flat_map(|line| &line.runs).flat_map(|run| &run.glyphs).collect();
        assert!(glyphs.iter().all(|glyph| glyph.glyph_id.to_u32() != 0));
        assert!(setter.missing.contains(&'龍') && !setter.missing.contains(&'W'), "{:?}", setter.missing);
    }

    #[test]
    fn no_line_is_wider_than_its_column_and_no_letter_is_lost() {
        let fonts = Fonts::built_in();
        let mut setter = Setter::new(&fonts);
        for text in [
            "Infection Prevention and Control, level 2 (clinical)".to_owned(),
            "W".repeat(120),
            "Wolfeschlegelsteinhausenbergerdorff ".repeat(5),
            "ω".repeat(60),
            "محمد".repeat(20),
            "e\u{301}x\u{323}".repeat(20),
        ] {
            for width in [12.0, 60.0, 200.0] {
                let style = Style::bold(16.0);
                let lines = setter.lines(&text, style, width);
                for line in &lines {
                    let one = line.runs.len() == 1 && line.runs[0].text.chars().filter(|it| *it != ' ').count() <= 2;
                    assert!(line.width * style.size <= width + 0.01 || one, "{} in {width}", text_of(line));
                }
                let set: String = lines.iter().map(text_of).collect();
                let letters = |text: &str| text.chars().filter(|it| *it != ' ').collect::<BTreeSet<_>>();
                let count = |text: &str| text.chars().filter(|it| *it != ' ').count();
                assert_eq!((letters(&set), count(&set)), (letters(&text), count(&text)));
            }
        }
    }

    #[test]
    fn right_to_left_runs_right_to_left_within_a_line() {
        let fonts = Fonts::built_in();
        let mut setter = Setter::new(&fonts);
        let lines = setter.lines("Dr محمد علي Ng", Style::regular(12.0), 400.0);
        let texts: Vec<&str> = lines[0].runs.iter().map(|run| run.text.as_str()).collect();
        assert_eq!(texts.first().copied(), Some("Dr "));
        assert_eq!(texts.last().copied(), Some(" Ng"));
        let arabic = lines[0].runs.iter().find(|run| run.text.contains('م')).unwrap();
        assert!(arabic.glyphs[0].text_range.start > arabic.glyphs.last().unwrap().text_range.start);
    }
}
