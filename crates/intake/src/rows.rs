//! A file as rows: opened, then read one at a time.

use std::io::{Read, Seek};
use std::sync::Arc;

use passport_schema::codes::{Assurance, CodeLists};
use passport_schema::field::Context;
use passport_schema::record::{Provenance, Record, Source};
use passport_schema::text::{Name, Refusal};
use passport_schema::time::Date;

use crate::cells::Cells;
use crate::columns::{Columns, Line, Noted, Wanted};
use crate::date::Order;
use crate::fault::{self, Fault, FileFault};
use crate::limits::MAX_ROWS;
use crate::mapping::Mapping;
use crate::table::{self, Table};
use crate::training::Courses;
use crate::{checks, staff, training};

/// What wrote a file, and with that what its columns are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// The training export of the Electronic Staff Record.
    EsrTraining,
    /// The export of another learning system, by a mapping.
    Training,
    /// Employment checks.
    Checks,
    /// A staff list.
    Staff,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::EsrTraining, Self::Training, Self::Checks, Self::Staff];

    /// Its name in the API and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::EsrTraining => "esr-training",
            Self::Training => "training",
            Self::Checks => "checks",
            Self::Staff => "staff",
        }
    }

    /// The format with that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}

/// How a file is read.
#[derive(Debug, Clone, Copy)]
pub struct Options<'o> {
    /// What wrote it.
    pub format: Format,
    /// What codes and subjects mean.
    pub lists: &'o CodeLists,
    /// The day on which it was written: what it says was so then, and nothing in it may lie after.
    pub as_of: Date,
    /// What only people can tell of it; `Mapping::default()` when nobody had to.
    pub mapping: &'o Mapping,
}

/// One row of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The line in which it begins; the file's first line is 1.
    pub line: u64,
    /// Whom it is about.
    pub who: Who,
    /// What it says of them.
    pub said: Said,
}

/// Whom a row is about, as far as it says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Who {
    /// As in the file, without blanks around it. Empty when it is not there, or the row's cells are not as many
    /// as its columns, so that nobody can tell which is which.
    pub reference: String,
    /// To be held against the staff list.
    pub name: Option<Name>,
    /// Likewise.
    pub birth_date: Option<Date>,
}

/// What a row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Facts.
    Records(Vec<Record>),
    /// A course that neither the code lists nor the mapping know, to be offered for mapping
    /// ([`Mapping::keep`]); the row says something once it is mapped.
    Unmapped {
        /// The course: what it is called, without a period.
        text: String,
    },
    /// Nothing that can be used: every fault of the row. Never empty.
    Faults(Vec<Fault>),
    /// Nothing: a blank line, or what the mapping leaves out.
    Nothing,
}

/// A further assignment of somebody has the first one's reference and `-2`, `-3`, … behind it: what stands before
/// that, if so.
#[must_use]
pub fn first_assignment(reference: &str) -> Option<&str> {
    let (first, number) = reference.rsplit_once('-')?;
    let digits = !number.starts_with('0') && number.bytes().all(|byte| byte.is_ascii_digit());
    let counts = digits && number.parse().is_ok_and(|number: u8| (2..=99).contains(&number));
    (counts && !first.is_empty()).then_some(first)
}

/// Where every format has the person.
pub(crate) const PERSON: usize = 0;
pub(crate) const NAME: usize = 1;
pub(crate) const BORN: usize = 2;
/// What these columns are called.
pub(crate) const NAMES_OF_PERSON: &[&str] = &["Staff Reference", "Assignment Number", "Employee Number"];
pub(crate) const NAMES_OF_NAME: &[&str] = &["Name", "Full Name", "Employee Name"];
pub(crate) const NAMES_OF_BIRTH_DATE: &[&str] = &["Date of Birth", "Birth Date"];

/// The recurring provenance block with that id.
pub(crate) fn assurance(id: &str, lists: &CodeLists) -> Result<Arc<Assurance>, Refusal> {
    let known = lists.assurances().iter().find(|row| row.id == id).cloned();
    known.ok_or_else(|| ("unknown-code", format!("cannot be vouched for: the code lists have no assurance {id}")))
}

pub(crate) fn provenance(
    id: &str,
    as_of: Date,
    lists: &CodeLists,
    context: &mut Context<'_>,
) -> Result<Provenance, Noted> {
    let assurance = context.value(assurance(id, lists)).ok_or(Noted)?;
    Ok(Provenance { assurance: Source::Assurance(assurance), provider: None, refreshed: as_of })
}

/// The rows of a file. After an `Err` there are no more, and those before it count for nothing.
#[derive(Debug)]
pub struct Rows<'o, S> {
    table: Option<Table<S>>,
    cells: Cells,
    columns: Columns,
    format: Format,
    order: Order,
    lists: &'o CodeLists,
    as_of: Date,
    courses: Courses<'o>,
    read: u64,
}

/// Opens a file: finds out what it is, how it is written, and where its columns are.
///
/// # Errors
/// [`FileFault`].
pub fn open<S: Read + Seek>(source: S, options: Options<'_>) -> Result<Rows<'_, S>, FileFault> {
    let Options { format, lists, as_of, mapping } = options;
    let wanted: Vec<Wanted<'_>> = match format {
        Format::EsrTraining => training::esr_columns(),
        Format::Training => training::mapped_columns(mapping)?,
        Format::Checks => checks::columns(),
        Format::Staff => staff::columns(),
    };
    let mut cells = Cells::default();
    let table = table::open(source, &mut cells, &wanted)?;
    let columns = Columns::find(&cells, &wanted)?;
    let courses = Courses::new(lists, mapping);
    let order = mapping.dates;
    Ok(Rows { table: Some(table), cells, columns, format, order, lists, as_of, courses, read: 0 })
}

impl<S: Read + Seek> Iterator for Rows<'_, S> {
    type Item = Result<Row, FileFault>;

    fn next(&mut self) -> Option<Self::Item> {
        let table = self.table.as_mut()?;
        let row = match table.next(&mut self.cells) {
            Ok(false) => None,
            Ok(true) => Some(self.row()),
            Err(fault) => Some(Err(fault)),
        };
        if !matches!(row, Some(Ok(_))) {
            self.table = None;
        }
        row
    }
}

impl<S> Rows<'_, S> {
    /// What the row says that has been read.
    fn row(&mut self) -> Result<Row, FileFault> {
        self.read += 1;
        if self.read > MAX_ROWS {
            return Err(FileFault::TooManyRows);
        }
        let (line, width) = (self.cells.line, self.columns.width);
        if self.cells.is_blank_from(0) {
            return Ok(Row { line, who: Who::default(), said: Said::Nothing });
        }
        if self.cells.lacks(width) || !self.cells.is_blank_from(width) {
            if self.cells.cut {
                return Err(FileFault::HalfWritten { line });
            }
            let detail = format!("has {} cells where there are {width} columns", self.cells.len());
            let fault = Fault { column: String::new(), code: "cell-count", detail };
            return Ok(Row { line, who: Who::default(), said: Said::Faults(vec![fault]) });
        }
        let mut context = Context::new(self.lists);
        let cells = Line { cells: &self.cells, columns: &self.columns, order: self.order };
        let who = read_who(cells, &mut context);
        let (said, column_of): (_, fn(&str) -> usize) = match self.format {
            Format::EsrTraining | Format::Training => {
                (self.courses.read(cells, self.as_of, &mut context), training::column_of)
            }
            Format::Checks => {
                let record = checks::read(cells, self.as_of, self.lists, &mut context);
                (record.map(|record| Said::Records(vec![record])), checks::column_of)
            }
            Format::Staff => {
                let who = (who.name.as_ref(), who.birth_date);
                let records = staff::read(cells, who, self.as_of, self.lists, &mut context);
                (records.map(Said::Records), staff::column_of)
            }
        };
        if let Ok(Said::Nothing) = said {
            return Ok(Row { line, who, said: Said::Nothing });
        }
        if let Ok(Said::Records(records)) = &said {
            let mut between = Context::new(self.lists);
            for record in records {
                record.check(&mut between);
            }
            if let Err(problems) = between.finish(Some(())) {
                for problem in problems.0 {
                    cells.problem(column_of(&problem.pointer), &mut context, (problem.code, problem.detail));
                }
            }
        }
        let said = context.finish(said.ok()).unwrap_or_else(|problems| Said::Faults(fault::of_row(problems)));
        Ok(Row { line, who, said })
    }
}

fn read_who(line: Line<'_>, context: &mut Context<'_>) -> Who {
    let reference = line.value(PERSON, context, |text| Ok(text.to_owned())).unwrap_or_default();
    let name = line.optional(NAME, context, Name::parse).ok().flatten();
    let birth_date = line.optional_day(BORN, context).ok().flatten();
    Who { reference, name, birth_date }
}
