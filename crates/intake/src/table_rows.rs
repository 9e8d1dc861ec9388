//! The rows of a table: a line at a time, its cells by their columns, and what they say.

use std::io::{Read, Seek};

use passport_schema::codes::CodeLists;
use passport_schema::field::Context;
use passport_schema::text::Name;
use passport_schema::time::Date;

use crate::cells::Cells;
use crate::columns::{BORN, Columns, Line, NAME, PERSON, Wanted};
use crate::date::Order;
use crate::fault::{self, Fault, FileFault};
use crate::limits::MAX_ROWS;
use crate::row::{Options, Row, Said, Who};
use crate::table::{self, Table};
use crate::training::Courses;
use crate::{checks, staff, training};

/// What the rows of a table are of.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Of {
    Training,
    Checks,
    Staff,
}

/// The rows of a table.
#[derive(Debug)]
pub(crate) struct TableRows<'o, S> {
    table: Table<S>,
    cells: Cells,
    columns: Columns,
    of: Of,
    order: Order,
    lists: &'o CodeLists,
    as_of: Date,
    courses: Courses<'o>,
    read: u64,
}

impl<'o, S: Read + Seek> TableRows<'o, S> {
    pub(crate) fn open(source: S, wanted: &[Wanted<'_>], of: Of, options: Options<'o>) -> Result<Self, FileFault> {
        let Options { lists, as_of, mapping, .. } = options;
        let mut cells = Cells::default();
        let table = table::open(source, &mut cells, wanted)?;
        let columns = Columns::find(&cells, wanted)?;
        let courses = Courses::new(lists, mapping);
        Ok(Self { table, cells, columns, of, order: mapping.dates, lists, as_of, courses, read: 0 })
    }

    /// Reads the next row; `None` when there is none.
    pub(crate) fn next(&mut self) -> Result<Option<Row>, FileFault> {
        if self.table.next(&mut self.cells)? { self.row().map(Some) } else { Ok(None) }
    }
}

impl<S> TableRows<'_, S> {
    /// What the row says that has been read.
    fn row(&mut self) -> Result<Row, FileFault> {
        self.read += 1;
        if self.read > MAX_ROWS {
            return Err(FileFault::TooManyRows);
        }
        let (line, width) = (self.cells.line, self.columns.width);
        if self.cells.is_blank_from(0) {
            return Ok(Row { line, who: Who::default(), undated: false, said: Said::Nothing });
        }
        if self.cells.lacks(width) || !self.cells.is_blank_from(width) {
            if self.cells.cut {
                return Err(FileFault::HalfWritten { line });
            }
            let detail = format!("has {} cells where there are {width} columns", self.cells.len());
            let fault = Fault { column: String::new(), code: "cell-count", detail };
            return Ok(Row { line, who: Who::default(), undated: false, said: Said::Faults(vec![fault]) });
        }
        let mut context = Context::new(self.lists);
        let cells = Line { cells: &self.cells, columns: &self.columns, order: self.order };
        let who = read_who(cells, &mut context);
        let (said, column_of): (_, fn(&str) -> usize) = match self.of {
            Of::Training => (self.courses.read(cells, self.as_of, &mut context), training::column_of),
            Of::Checks => {
                let record = checks::read(cells, self.as_of, self.lists, &mut context);
                (record.map(|record| Said::Records(vec![record])), checks::column_of)
            }
            Of::Staff => {
                let who = (who.name.as_ref(), who.birth_date);
                let records = staff::read(cells, who, self.as_of, self.lists, &mut context);
                (records.map(Said::Records), staff::column_of)
            }
        };
        if let Ok(Said::Nothing) = said {
            return Ok(Row { line, who, undated: false, said: Said::Nothing });
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
        Ok(Row { line, who, undated: false, said })
    }
}

fn read_who(line: Line<'_>, context: &mut Context<'_>) -> Who {
    let reference = line.value(PERSON, context, |text| Ok(text.to_owned())).unwrap_or_default();
    let name = line.optional(NAME, context, Name::parse).ok().flatten();
    let birth_date = line.optional_day(BORN, context).ok().flatten();
    Who { reference, name, birth_date }
}
