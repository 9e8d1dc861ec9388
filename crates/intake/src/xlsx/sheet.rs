//! One sheet, row by row.

use std::io::BufRead;
use std::sync::Arc;

use super::book::Texts;
use super::style::{Style, Styles, day};
use super::xml::{Piece, Tag, Xml, name_of, not_xml};
use crate::cells::Cells;
use crate::fault::FileFault;
use crate::limits::{MAX_CELL, MAX_COLUMNS};

/// What a workbook's sheets share.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) texts: Texts,
    pub(super) styles: Styles,
    pub(super) since_1904: bool,
}

/// A sheet that is being read.
pub(crate) struct Sheet<R> {
    xml: Xml<R>,
    known: Arc<Known>,
    /// The number of the last row.
    row: u64,
    /// The value of the cell that is being read.
    value: String,
}

impl<R> std::fmt::Debug for Sheet<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sheet").field("row", &self.row).finish_non_exhaustive()
    }
}

/// A cell that is being read.
#[derive(Debug, Clone, Copy)]
struct Cell {
    column: usize,
    kind: Kind,
    style: Style,
}

/// What a cell's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A number, or a day.
    Number,
    /// The number of a text that cells share.
    Shared,
    /// True or false.
    Truth,
    /// The text itself; also a fault such as `#N/A`, which no column takes for a value.
    Text,
}

impl<R: BufRead> Sheet<R> {
    pub(super) fn new(source: R, known: Arc<Known>) -> Self {
        Self { xml: Xml::new(source), known, row: 0, value: String::new() }
    }

    /// Reads the first row that has something in it.
    pub(super) fn first(&mut self, cells: &mut Cells) -> Result<(), FileFault> {
        loop {
            if !self.next(cells)? {
                return Err(FileFault::Empty);
            }
            if !cells.is_blank_from(0) {
                return if cells.size() > crate::limits::MAX_HEADER { Err(FileFault::HeaderTooLong) } else { Ok(()) };
            }
        }
    }

    /// Reads the next row; false when there is none.
    pub(crate) fn next(&mut self, cells: &mut Cells) -> Result<bool, FileFault> {
        // To the beginning of a row.
        loop {
            match self.xml.next()? {
                Piece::Start(tag) if tag.name() == "row" => {
                    let number = tag.attributes(|name, value| (name == "r").then(|| value.parse().ok()));
                    let number = number.map_or(Ok(self.row + 1), |number| number.ok_or_else(not_xml))?;
                    if number <= self.row {
                        return Err(FileFault::BrokenWorkbook("its rows are not in order"));
                    }
                    self.row = number;
                    break;
                }
                // To the very end, so that what was read is known to be what was written.
                Piece::EndOfDocument => return Ok(false),
                _ => {}
            }
        }
        cells.begin(self.row);
        loop {
            match self.xml.next()? {
                Piece::Start(tag) if tag.name() == "c" => {
                    let cell = self.known.cell(&tag, cells.len()).ok_or_else(not_xml)?;
                    if cell.column >= MAX_COLUMNS {
                        return Err(FileFault::TooManyColumns { line: self.row });
                    }
                    while cells.len() < cell.column {
                        cells.end_cell()?;
                    }
                    self.value(cells)?;
                    self.known.write(cell, &self.value, cells)?;
                    cells.end_cell()?;
                }
                Piece::End(end) if name_of(&end) == "row" => break,
                _ => {}
            }
        }
        cells.finish()?;
        Ok(true)
    }

    /// Reads a cell's value, to the end of the cell.
    fn value(&mut self, cells: &Cells) -> Result<(), FileFault> {
        self.value.clear();
        let (mut in_value, mut pronounced) = (false, false);
        loop {
            let piece = match self.xml.next() {
                Err(FileFault::TextTooLong) => return Err(cells.too_long()),
                piece => piece?,
            };
            match piece {
                Piece::Start(tag) => match tag.name() {
                    "v" => in_value = true,
                    "t" => in_value = !pronounced,
                    "rPh" => pronounced = true,
                    _ => {}
                },
                Piece::End(end) => match name_of(&end) {
                    "v" | "t" => in_value = false,
                    "rPh" => pronounced = false,
                    "c" => return Ok(()),
                    _ => {}
                },
                Piece::Text(text) if in_value => self.value.push_str(&text),
                Piece::Character(character) if in_value => self.value.push(character),
                Piece::EndOfDocument => return Err(not_xml()),
                Piece::Text(_) | Piece::Character(_) | Piece::Other => {}
            }
            if self.value.len() > MAX_CELL {
                return Err(cells.too_long());
            }
        }
    }
}

impl Known {
    /// What kind of cell begins, and where: behind `before` others when it does not say.
    fn cell(&self, tag: &Tag<'_>, before: usize) -> Option<Cell> {
        let mut cell = Some(Cell { column: before, kind: Kind::Number, style: Style::Plain });
        tag.attributes(|name, value| {
            let it = cell.as_mut()?;
            match name {
                "r" => match column(value).filter(|column| *column >= before) {
                    Some(column) => it.column = column,
                    None => cell = None,
                },
                "s" => it.style = value.parse().map_or(Style::Plain, |index| self.styles.get(index)),
                "t" => {
                    it.kind = match value {
                        "s" => Kind::Shared,
                        "b" => Kind::Truth,
                        "n" => Kind::Number,
                        _ => Kind::Text,
                    }
                }
                _ => {}
            }
            None::<()>
        });
        cell
    }

    /// Writes a value as a text.
    fn write(&self, cell: Cell, value: &str, cells: &mut Cells) -> Result<(), FileFault> {
        if value.is_empty() {
            return Ok(());
        }
        match (cell.kind, cell.style) {
            (Kind::Text, _) => cells.push(value.as_bytes()),
            (Kind::Truth, _) => cells.push(if value == "1" { b"TRUE" } else { b"FALSE" }),
            (Kind::Shared, _) => {
                let text = value.trim().parse().ok().and_then(|index| self.texts.get(index)).ok_or_else(not_xml)?;
                cells.push(text.as_bytes())
            }
            (Kind::Number, Style::Day) => match day(value, self.since_1904) {
                Some(day) => cells.push(day.to_string().as_bytes()),
                // What a spreadsheet shows for a day that there is not.
                None => cells.push(b"#NUM!"),
            },
            (Kind::Number, style) => {
                let whole = whole(value);
                let value = whole.as_deref().unwrap_or(value);
                if let Style::Digits(count) = style {
                    for _ in value.len()..count {
                        cells.push(b"0")?;
                    }
                }
                cells.push(value.as_bytes())
            }
        }
    }
}

/// A whole number that is written as a fraction or with an exponent, as it would be without.
fn whole(value: &str) -> Option<String> {
    /// Up to here a double tells each whole number from the next.
    const MOST: f64 = 9_007_199_254_740_992.0;
    if !value.contains(['.', 'e', 'E']) {
        return None;
    }
    let number: f64 = value.parse().ok()?;
    (number.fract() == 0.0 && number.abs() < MOST).then(|| format!("{number:.0}"))
}

/// The column of a place such as `AB12`, from 0.
fn column(place: &str) -> Option<usize> {
    let letters = place.trim_end_matches(|character: char| character.is_ascii_digit());
    if letters.is_empty() || letters.len() > 3 {
        return None;
    }
    letters
        .bytes()
        .try_fold(0, |column, letter| {
            letter.is_ascii_uppercase().then(|| column * 26 + usize::from(letter - b'A') + 1)
        })?
        .checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_name_columns() {
        for (place, expected) in
            [("A1", Some(0)), ("Z9", Some(25)), ("AA10", Some(26)), ("IV1", Some(255)), ("XFD1", Some(16_383))]
        {
            assert_eq!(column(place), expected, "{place}");
        }
        for place in ["", "1", "a1", "ABCD1", "$A$1"] {
            assert_eq!(column(place), None, "{place}");
        }
    }

    #[test]
    fn whole_numbers_have_no_exponent() {
        assert_eq!(whole("3.0679710E7").as_deref(), Some("30679710"));
        assert_eq!(whole("45231.0").as_deref(), Some("45231"));
        assert_eq!(whole("45231"), None);
        assert_eq!(whole("0.5"), None);
        assert_eq!(whole("1e300"), None);
    }
}
