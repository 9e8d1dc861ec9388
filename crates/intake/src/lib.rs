//! What other systems write, read row by row: training exports of the Electronic Staff Record and of other
//! learning systems, checks, staff lists, answers of the Digital Staff Passport API.
//!
//! - `decode.rs`, `delimited.rs`: encodings, and rows of cells out of text; `xlsx/`: out of workbooks.
//! - `columns.rs`, `date.rs`: which column is which, and what a cell means.
//! - `table_rows.rs`, and for each kind of table `training.rs`, `checks.rs`, `staff.rs`: from a row to records.
//! - `answers.rs`: from JSON of the Digital Staff Passport API to rows.
//! - `mapping.rs`: what only people can tell of a file.
//! - `sheet.rs`: rows written for spreadsheets, none of them a formula.
//!
//! Memory is bounded by the limits below, whatever the file. A row that cannot be used names every column that is
//! in the way; a file that cannot be relied on ends with a [`FileFault`], and nothing of it counts. No clock, no
//! network; no input makes it panic. `docs/IMPORTS.md` describes the files.
#![deny(missing_docs)]

mod answers;
mod cells;
mod checks;
mod columns;
pub mod date;
mod decode;
mod delimited;
mod fault;
mod limits;
mod mapping;
mod row;
mod rows;
pub mod sheet;
mod staff;
mod table;
mod table_rows;
mod training;
mod vouched;
mod xlsx;

pub use crate::fault::{Fault, FileFault};
pub use crate::limits::{MAX_ANSWER, MAX_CELL, MAX_COLUMNS, MAX_HEADER, MAX_INFLATED, MAX_RATIO, MAX_ROWS, MAX_TEXTS};
pub use crate::mapping::{Answer, Completed, MAX_COURSES, MAX_MAPPING, MappedColumns, Mapping};
pub use crate::row::{Format, Options, Row, Said, Who, first_assignment};
pub use crate::rows::{Rows, open};
