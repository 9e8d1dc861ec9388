//! What is wrong with a file, or with one row of it.

use std::{fmt, io};

use passport_schema::problem::Problems;
use thiserror::Error;

use crate::limits::{MAX_ANSWER, MAX_CELL, MAX_COLUMNS, MAX_HEADER, MAX_INFLATED, MAX_RATIO, MAX_ROWS, MAX_TEXTS};

/// What is wrong with a cell of a row. It never repeats what the cell holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The column, as the file spells it; empty for the row as a whole.
    pub column: String,
    /// Stable and lower-case.
    pub code: &'static str,
    /// What is wrong and what is expected, in plain English; the column's name stands before it.
    pub detail: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blank = if self.column.is_empty() { "" } else { " " };
        write!(f, "{}{blank}{}", self.column, self.detail)
    }
}

/// The faults of one row, out of problems whose places are the names of columns.
pub(crate) fn of_row(problems: Problems) -> Vec<Fault> {
    let column = |pointer: &str| pointer.strip_prefix('/').unwrap_or_default().to_owned();
    let fault = |problem: passport_schema::problem::Problem| Fault {
        column: column(&problem.pointer),
        code: problem.code,
        detail: problem.detail,
    };
    problems.0.into_iter().map(fault).collect()
}

/// Why a file is not read, or not any further: nothing of it may be relied on then.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FileFault {
    /// Reading it failed.
    #[error("The file cannot be read: {0}.")]
    Unreadable(io::ErrorKind),
    /// There is nothing in it.
    #[error("The file is empty.")]
    Empty,
    /// Something else than a table.
    #[error("The file is {0}, not a table: save it as CSV or as XLSX.")]
    NotATable(&'static str),
    /// A byte, or a pair of them, that stands for no character.
    #[error("Line {line} holds {what}: save the file again as CSV UTF-8.")]
    Encoding {
        /// In the file, from 1.
        line: u64,
        /// What it holds.
        what: &'static str,
    },
    /// The names of the columns take more room than [`MAX_HEADER`].
    #[error("The first line, which names the columns, is longer than {MAX_HEADER} bytes.")]
    HeaderTooLong,
    /// More cells in a row than [`MAX_COLUMNS`].
    #[error("Line {line} has more than {MAX_COLUMNS} columns.")]
    TooManyColumns {
        /// In the file, from 1.
        line: u64,
    },
    /// A cell beyond [`MAX_CELL`].
    #[error("Cell {cell} of line {line} is longer than {MAX_CELL} bytes; perhaps a quote is missing.")]
    CellTooLong {
        /// In the file, from 1.
        line: u64,
        /// From 1.
        cell: usize,
    },
    /// More rows than [`MAX_ROWS`].
    #[error("The file has more than {MAX_ROWS} rows: send it in parts.")]
    TooManyRows,
    /// Columns that are needed are not there.
    #[error("The file has no column {}.", .names.join(", and no column "))]
    ColumnMissing {
        /// Every one, with the other names that it may have.
        names: Vec<String>,
    },
    /// A column that is needed stands twice.
    #[error("The column {name} stands twice: which one counts?")]
    ColumnTwice {
        /// As the file spells it.
        name: String,
    },
    /// A quote that opens a cell and is never closed.
    #[error("A quote is opened in line {line} and never closed: the file is only half there, or a quote is missing.")]
    QuoteNeverClosed {
        /// In the file, from 1.
        line: u64,
    },
    /// Text between the quote that closes a cell and the cell's end.
    #[error("Line {line} has text after a closing quote; a quote within a cell is written twice.")]
    StrayQuote {
        /// In the file, from 1.
        line: u64,
    },
    /// The last line has no end and lacks cells.
    #[error("The last line, {line}, breaks off: the file is only half there.")]
    HalfWritten {
        /// In the file, from 1.
        line: u64,
    },
    /// A workbook of the binary format of old.
    #[error("The file is an old Excel workbook (.xls): save it as XLSX or CSV.")]
    OldWorkbook,
    /// A workbook that a password keeps shut.
    #[error("The workbook is locked with a password: save it without one.")]
    Encrypted,
    /// A workbook that carries programs.
    #[error("The workbook carries macros: save it as XLSX, without them.")]
    Macros,
    /// A workbook that is damaged, or that no spreadsheet has written.
    #[error("The workbook cannot be read: {0}.")]
    BrokenWorkbook(&'static str),
    /// A part of it grows beyond [`MAX_INFLATED`] bytes, or [`MAX_RATIO`] times.
    #[error("The workbook inflates to more than {MAX_INFLATED} bytes, or {MAX_RATIO} times its size.")]
    Inflates,
    /// Its cells' texts take more room than [`MAX_TEXTS`].
    #[error("The workbook holds more than {MAX_TEXTS} bytes of different texts: save it as CSV.")]
    TooManyTexts,
    /// One of its cells' texts is beyond [`MAX_CELL`].
    #[error("The workbook holds a text that is longer than {MAX_CELL} bytes.")]
    TextTooLong,
    /// More than one of its sheets has the columns, or there are too many sheets to look.
    #[error("Several sheets of the workbook could be meant: save the one to be read as a file of its own.")]
    SeveralSheets,
    /// Something else than JSON, where JSON is needed.
    #[error("The file is not JSON, as the Digital Staff Passport API has it: is it of another format?")]
    NotJson,
    /// JSON that cannot be read.
    #[error("Answer {answer} of the file cannot be read: {why}.")]
    BrokenJson {
        /// Which of the file's answers, from 1.
        answer: u64,
        /// In plain English; lines are the answer's own.
        why: String,
    },
    /// The file ends within an answer, or within a list of them.
    #[error("The file breaks off in answer {answer}: it is only half there.")]
    BreaksOff {
        /// Which of the file's answers, from 1.
        answer: u64,
    },
    /// An answer beyond [`MAX_ANSWER`].
    #[error("Answer {answer} of the file is longer than {MAX_ANSWER} bytes.")]
    AnswerTooLong {
        /// Which of the file's answers, from 1.
        answer: u64,
    },
    /// A format whose columns only a mapping can tell, and the mapping does not.
    #[error("A file of a learning system needs a mapping that says which column is which.")]
    MappingNeeded,
}

impl FileFault {
    /// A stable, lower-case code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "unreadable",
            Self::Empty => "empty-file",
            Self::NotATable(_) => "not-a-table",
            Self::Encoding { .. } => "encoding",
            Self::HeaderTooLong => "header-too-long",
            Self::TooManyColumns { .. } => "too-many-columns",
            Self::CellTooLong { .. } | Self::TextTooLong => "cell-too-long",
            Self::TooManyRows => "too-many-rows",
            Self::ColumnMissing { .. } => "column-missing",
            Self::ColumnTwice { .. } => "column-twice",
            Self::QuoteNeverClosed { .. } => "quote-never-closed",
            Self::StrayQuote { .. } => "stray-quote",
            Self::HalfWritten { .. } | Self::BreaksOff { .. } => "half-written",
            Self::OldWorkbook => "old-workbook",
            Self::Encrypted => "encrypted",
            Self::Macros => "macros",
            Self::BrokenWorkbook(_) => "broken-workbook",
            Self::Inflates => "inflates-too-far",
            Self::TooManyTexts => "too-many-texts",
            Self::SeveralSheets => "several-sheets",
            Self::NotJson => "not-json",
            Self::BrokenJson { .. } => "broken-json",
            Self::AnswerTooLong { .. } => "answer-too-long",
            Self::MappingNeeded => "mapping-needed",
        }
    }
}

impl From<io::Error> for FileFault {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(error.kind())
    }
}
