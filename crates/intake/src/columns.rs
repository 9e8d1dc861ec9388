//! Which column is which, and what a row has in each.

use std::borrow::Cow;

use passport_schema::field::{Context, Scalar};
use passport_schema::json::Json;
use passport_schema::text::Refusal;
use passport_schema::time::{Date, When};

use crate::cells::Cells;
use crate::date::{self, Order};
use crate::fault::FileFault;

/// Where every format has the person.
pub(crate) const PERSON: usize = 0;
pub(crate) const NAME: usize = 1;
pub(crate) const BORN: usize = 2;
/// What these columns are called.
pub(crate) const NAMES_OF_PERSON: &[&str] = &["Staff Reference", "Assignment Number", "Employee Number"];
pub(crate) const NAMES_OF_NAME: &[&str] = &["Name", "Full Name", "Employee Name"];
pub(crate) const NAMES_OF_BIRTH_DATE: &[&str] = &["Date of Birth", "Birth Date"];

/// A column that a format takes.
#[derive(Debug, Clone)]
pub(crate) struct Wanted<'n> {
    /// What it may be called; the first that a file has is taken.
    pub(crate) names: Vec<&'n str>,
    /// Whether a file must have it.
    pub(crate) needed: bool,
}

/// Where the wanted columns are.
#[derive(Debug)]
pub(crate) struct Columns {
    places: Vec<Option<usize>>,
    /// How the file spells them; the first name of one that it has not.
    spelled: Vec<String>,
    /// How many columns the file has, wanted or not.
    pub(crate) width: usize,
}

/// A name without case, and with single blanks where others have underscores or many.
fn plain(name: &str) -> String {
    let words = name.split(|character: char| character.is_whitespace() || character == '_');
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ").to_lowercase()
}

/// How many of the wanted columns a row names.
pub(crate) fn score(header: &Cells, wanted: &[Wanted<'_>]) -> usize {
    let header: Vec<_> = (0..header.len()).map(|index| plain(header.get(index))).collect();
    wanted.iter().filter(|column| column.names.iter().any(|name| header.contains(&plain(name)))).count()
}

impl Columns {
    /// Finds the columns in the row that names them.
    pub(crate) fn find(header: &Cells, wanted: &[Wanted<'_>]) -> Result<Self, FileFault> {
        let plain_header: Vec<_> = (0..header.len()).map(|index| plain(header.get(index))).collect();
        let mut this = Self { places: Vec::new(), spelled: Vec::new(), width: header.len() };
        // Empty cells at the end name nothing.
        while this.width > 0 && plain_header[this.width - 1].is_empty() {
            this.width -= 1;
        }
        let mut missing = Vec::new();
        for column in wanted {
            let named = |name: &&str| {
                let name = plain(name);
                let mut places = (0..this.width).filter(|index| plain_header[*index] == name);
                places.next().map(|place| (place, places.next().is_some()))
            };
            let found = column.names.iter().find_map(named);
            if let Some((place, true)) = found {
                return Err(FileFault::ColumnTwice { name: header.get(place).to_owned() });
            }
            let (first, others) = column.names.split_first().map_or(("", &[][..]), |(first, others)| (*first, others));
            if found.is_none() && column.needed {
                let or = if others.is_empty() { String::new() } else { format!(" (or {})", others.join(", ")) };
                missing.push(format!("{first}{or}"));
            }
            let place = found.map(|(place, _)| place);
            this.spelled.push(place.map_or(first, |place| header.get(place)).to_owned());
            this.places.push(place);
        }
        if missing.is_empty() { Ok(this) } else { Err(FileFault::ColumnMissing { names: missing }) }
    }
}

/// A cell cannot be used, and its problem has been noted: reading goes on, so that every fault is named.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Noted;

/// What is said of a cell that must not be empty.
pub(crate) fn empty() -> Refusal {
    ("missing-value", "is empty".into())
}

/// A row by its columns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'r> {
    pub(crate) cells: &'r Cells,
    pub(crate) columns: &'r Columns,
    pub(crate) order: Order,
}

impl<'r> Line<'r> {
    /// What stands in a column, without blanks around it.
    pub(crate) fn get(&self, column: usize) -> &'r str {
        self.columns.places[column].map_or("", |place| self.cells.get(place))
    }

    /// Notes a problem with a column.
    pub(crate) fn problem(&self, column: usize, context: &mut Context<'_>, refusal: Refusal) -> Noted {
        context.at(&self.columns.spelled[column], |context| context.problem(refusal.0, refusal.1));
        Noted
    }

    /// The value in a column that must not be empty.
    pub(crate) fn value<T>(
        &self,
        column: usize,
        context: &mut Context<'_>,
        read: impl FnOnce(&'r str) -> Result<T, Refusal>,
    ) -> Result<T, Noted> {
        let text = self.get(column);
        let value = if text.is_empty() { Err(empty()) } else { read(text) };
        value.map_err(|refusal| self.problem(column, context, refusal))
    }

    /// The value in a column that may be empty.
    pub(crate) fn optional<T>(
        &self,
        column: usize,
        context: &mut Context<'_>,
        read: impl FnOnce(&'r str) -> Result<T, Refusal>,
    ) -> Result<Option<T>, Noted> {
        if self.get(column).is_empty() { Ok(None) } else { self.value(column, context, read).map(Some) }
    }

    /// A text as one of the schema's values, of a column that it stands in.
    pub(crate) fn scalar<T: Scalar>(&self, column: usize, text: &str, context: &mut Context<'_>) -> Result<T, Noted> {
        if text.is_empty() {
            return Err(self.problem(column, context, empty()));
        }
        let json = Json::Text(Cow::Borrowed(text));
        context.at(&self.columns.spelled[column], |context| T::from_json(&json, context)).ok_or(Noted)
    }

    /// As [`Line::scalar`], in a column that may be empty.
    pub(crate) fn optional_scalar<T: Scalar>(
        &self,
        column: usize,
        context: &mut Context<'_>,
    ) -> Result<Option<T>, Noted> {
        let text = self.get(column);
        if text.is_empty() { Ok(None) } else { self.scalar(column, text, context).map(Some) }
    }

    /// A whole date.
    pub(crate) fn day(&self, column: usize, context: &mut Context<'_>) -> Result<Date, Noted> {
        self.value(column, context, |text| date::read_day(text, self.order))
    }

    /// A whole date, or nothing.
    pub(crate) fn optional_day(&self, column: usize, context: &mut Context<'_>) -> Result<Option<Date>, Noted> {
        self.optional(column, context, |text| date::read_day(text, self.order))
    }

    /// A date, or as much of it as is known.
    pub(crate) fn when(&self, column: usize, context: &mut Context<'_>) -> Result<When, Noted> {
        self.value(column, context, |text| date::read(text, self.order))
    }

    /// Notes a date that lies after the day of the file: what has not happened yet is not vouched for.
    pub(crate) fn not_after(&self, column: usize, date: Result<When, Noted>, as_of: Date, context: &mut Context<'_>) {
        if date.ok().and_then(When::earliest).is_some_and(|date| date > as_of) {
            self.problem(column, context, ("in-the-future", format!("lies after {as_of}, the day of the file")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(names: &[&str]) -> Cells {
        let mut cells = Cells::default();
        cells.begin(1);
        for name in names {
            cells.push(name.as_bytes()).unwrap();
            cells.end_cell().unwrap();
        }
        cells.finish().unwrap();
        cells
    }

    #[test]
    fn the_first_of_several_names_is_taken() {
        let wanted = [Wanted { names: vec!["Staff Reference", "Employee Number"], needed: true }];
        let found = |names: &[&str]| Columns::find(&header(names), &wanted).map(|it| (it.places[0], it.width));
        assert_eq!(found(&["Employee Number", " STAFF_REFERENCE "]), Ok((Some(1), 2)));
        assert_eq!(
            found(&["x", "employee\u{a0}number", "", ""]),
            Ok((Some(1), 2)),
            "empty ones at the end name nothing"
        );
        assert_eq!(found(&["Staff Reference", "staff reference"]).unwrap_err().code(), "column-twice");
        assert_eq!(found(&["x", "x", "Staff Reference"]), Ok((Some(2), 3)), "others may stand twice");
        assert_eq!(found(&["Reference"]).unwrap_err().code(), "column-missing");
    }
}
