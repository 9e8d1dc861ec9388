//! How numbers in cells are to be read: a number, a day, or digits with zeros before them.

use std::collections::HashMap;
use std::io::BufRead;

use passport_schema::time::Date;

use super::xml::{Piece, Xml, name_of, not_xml};
use crate::fault::FileFault;
use crate::limits::MAX_STYLES;

/// How a number in a cell is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// As it stands.
    Plain,
    /// As days since the workbook's first one.
    Day,
    /// With zeros before it, up to so many digits: a staff reference that begins with zeros.
    Digits(usize),
}

/// Styles by number.
#[derive(Debug, Default)]
pub(super) struct Styles(Vec<Style>);

impl Styles {
    /// Reads the part that holds them.
    pub(super) fn read<R: BufRead>(source: R) -> Result<Self, FileFault> {
        let mut xml = Xml::new(source);
        let mut formats: HashMap<u32, Style> = HashMap::new();
        let (mut this, mut in_cells) = (Self::default(), false);
        loop {
            match xml.next()? {
                Piece::Start(tag) => match tag.name() {
                    "numFmt" => {
                        let id = tag.attribute("numFmtId").and_then(|id| id.parse().ok()).ok_or_else(not_xml)?;
                        formats.insert(id, of_format(&tag.attribute("formatCode").unwrap_or_default()));
                    }
                    "cellXfs" => in_cells = true,
                    "xf" if in_cells => {
                        let id = tag.attribute("numFmtId").and_then(|id| id.parse().ok()).unwrap_or(0);
                        this.0.push(formats.get(&id).copied().unwrap_or_else(|| of_number(id)));
                    }
                    _ => {}
                },
                Piece::End(end) if name_of(&end) == "cellXfs" => in_cells = false,
                Piece::EndOfDocument => return Ok(this),
                Piece::End(_) | Piece::Text(_) | Piece::Character(_) | Piece::Other => {}
            }
            if this.0.len() > MAX_STYLES || formats.len() > MAX_STYLES {
                return Err(not_xml());
            }
        }
    }

    /// The style with that number.
    pub(super) fn get(&self, index: usize) -> Style {
        self.0.get(index).copied().unwrap_or(Style::Plain)
    }
}

/// Formats that every workbook has (ECMA-376 part 1, 18.8.30): those with a day in them.
fn of_number(id: u32) -> Style {
    match id {
        14..=17 | 22 | 27..=36 | 50..=58 => Style::Day,
        _ => Style::Plain,
    }
}

/// A format that a workbook defines: one that writes a day or a year, or nothing but zeros.
fn of_format(code: &str) -> Style {
    // What is positive is written by the first section.
    let mut letters = String::new();
    let mut characters = code.chars();
    while let Some(character) = characters.next() {
        match character {
            ';' => break,
            '\\' | '_' | '*' => drop(characters.next()),
            '"' => drop(characters.by_ref().find(|other| *other == '"')),
            '[' => drop(characters.by_ref().find(|other| *other == ']')),
            other => letters.push(other.to_ascii_lowercase()),
        }
    }
    if letters.contains(['d', 'y']) {
        Style::Day
    } else if (2..=20).contains(&letters.len()) && letters.bytes().all(|byte| byte == b'0') {
        Style::Digits(letters.len())
    } else {
        Style::Plain
    }
}

/// The day of a serial number, the time of day left out. Days are counted from 1 January 1900 as 1, and
/// 60 is a 29 February that there never was; or from 1 January 1904 as 0.
pub(super) fn day(serial: &str, since_1904: bool) -> Option<Date> {
    let whole = serial.split(['.', 'e', 'E']).next().filter(|_| !serial.contains(['e', 'E']))?;
    let days: i64 = whole.parse().ok()?;
    if since_1904 {
        return Date::new(1904, 1, 1)?.plus_days(days);
    }
    let first = Date::new(1900, 1, 1)?;
    match days {
        1..=59 => first.plus_days(days - 1),
        61.. => first.plus_days(days - 2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_numbers_are_days() {
        for (serial, since_1904, date) in [
            ("1", false, Some("1900-01-01")),
            ("59", false, Some("1900-02-28")),
            ("60", false, None),
            ("61", false, Some("1900-03-01")),
            ("45231", false, Some("2023-11-01")),
            ("45231.75", false, Some("2023-11-01")),
            ("43769", true, Some("2023-11-01")),
            ("0", true, Some("1904-01-01")),
            ("0", false, None),
            ("-1", false, None),
            ("4.5231E4", false, None),
            ("999999999999", false, None),
            ("", false, None),
        ] {
            assert_eq!(day(serial, since_1904).map(|date| date.to_string()).as_deref(), date, "{serial}");
        }
    }

    #[test]
    fn formats_are_days_by_what_they_write() {
        for (code, style) in [
            ("dd\\-mmm\\-yyyy", Style::Day),
            ("[$-809]dd/mm/yyyy;@", Style::Day),
            ("mmm-yy", Style::Day),
            ("yyyy-mm-dd hh:mm:ss", Style::Day),
            ("General", Style::Plain),
            ("0.00", Style::Plain),
            ("[Red]0", Style::Plain),
            ("h:mm:ss", Style::Plain),
            ("0\" days\"", Style::Plain),
            ("#,##0;[Red]yd", Style::Plain),
            ("00000000", Style::Digits(8)),
            ("@", Style::Plain),
        ] {
            assert_eq!(of_format(code), style, "{code}");
        }
    }
}
