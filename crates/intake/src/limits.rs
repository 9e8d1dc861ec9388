//! How much of a file is read before it is refused. How long a file may be is for whoever takes it in.

/// Columns of a table.
pub const MAX_COLUMNS: usize = 256;
/// Bytes of one cell, as UTF-8; a longer one is refused while it is read, and never kept.
pub const MAX_CELL: usize = 4 * 1024;
/// Bytes of the row that names the columns.
pub const MAX_HEADER: usize = 64 * 1024;
/// Rows below it.
pub const MAX_ROWS: u64 = 5_000_000;
/// Bytes of one employee's answer of the Digital Staff Passport API.
pub const MAX_ANSWER: usize = 1 << 20;
/// Different names of competencies whose meaning is remembered at once.
pub(crate) const MAX_REMEMBERED: usize = 4096;
/// Bytes that are read at once.
pub(crate) const CHUNK: usize = 64 * 1024;

/// Bytes that a part of a workbook may inflate to.
pub const MAX_INFLATED: u64 = 2 << 30;
/// How many times its own length a part may inflate to, once it is longer than a mebibyte.
pub const MAX_RATIO: u64 = 200;
pub(crate) const RATIO_COUNTS_FROM: u64 = 1 << 20;
/// Bytes of all texts that a workbook keeps apart from its sheets, each once; this is what the memory for reading
/// one is bounded by.
pub const MAX_TEXTS: usize = 32 << 20;
/// How many there may be of them.
pub(crate) const MAX_TEXT_COUNT: usize = 1 << 20;
/// Parts of a workbook.
pub(crate) const MAX_PARTS: usize = 1000;
/// Sheets of a workbook.
pub(crate) const MAX_SHEETS: usize = 64;
/// Styles of a workbook's cells; a spreadsheet has at most 65,490.
pub(crate) const MAX_STYLES: usize = 65_536;
/// Bytes of one tag or text in a workbook's XML.
pub(crate) const MAX_XML_EVENT: usize = 32 * 1024;
/// Elements of a workbook's XML within each other.
pub(crate) const MAX_XML_DEPTH: usize = 64;
