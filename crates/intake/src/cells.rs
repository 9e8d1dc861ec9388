//! One row of a table as texts. It is used again for the next row, so that reading takes no memory of its own.

use crate::fault::FileFault;
use crate::limits::{MAX_CELL, MAX_COLUMNS};

/// The cells of one row.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    /// The line in which it begins, from 1.
    pub(crate) line: u64,
    /// Whether the file ended before the row did.
    pub(crate) cut: bool,
    /// Whether they stand in a text, in which every cell is written.
    pub(crate) of_text: bool,
    /// What has been read of a row that is being read.
    bytes: Vec<u8>,
    /// All of a row that has been read.
    text: String,
    ends: Vec<usize>,
}

impl Cells {
    /// Begins a row.
    pub(crate) fn begin(&mut self, line: u64) {
        self.line = line;
        self.cut = false;
        if self.bytes.capacity() == 0 {
            self.bytes = std::mem::take(&mut self.text).into_bytes();
        }
        self.bytes.clear();
        self.ends.clear();
    }

    /// Adds to the cell that is being read.
    #[inline]
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), FileFault> {
        let before = self.bytes.len() - self.ends.last().copied().unwrap_or(0);
        if bytes.len() > MAX_CELL - before {
            return Err(self.too_long());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// The cell that is being read is too long.
    pub(crate) fn too_long(&self) -> FileFault {
        FileFault::CellTooLong { line: self.line, cell: self.ends.len() + 1 }
    }

    /// Ends a cell.
    #[inline]
    pub(crate) fn end_cell(&mut self) -> Result<(), FileFault> {
        if self.ends.len() == MAX_COLUMNS {
            return Err(FileFault::TooManyColumns { line: self.line });
        }
        self.ends.push(self.bytes.len());
        Ok(())
    }

    /// Whether nothing has been read of the row yet.
    pub(crate) fn is_untouched(&self) -> bool {
        self.ends.is_empty() && self.bytes.is_empty()
    }

    /// Puts another text in the place of each byte beyond ASCII.
    pub(crate) fn widen(
        &mut self,
        scratch: &mut Vec<u8>,
        character: impl Fn(u8) -> Option<char>,
    ) -> Result<(), FileFault> {
        if self.bytes.is_ascii() {
            return Ok(());
        }
        scratch.clear();
        let mut start = 0;
        for end in &mut self.ends {
            for byte in &self.bytes[start..*end] {
                let character = character(*byte).ok_or(FileFault::Encoding {
                    line: self.line,
                    what: "a byte that neither UTF-8 nor Windows-1252 has",
                })?;
                scratch.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            start = *end;
            *end = scratch.len();
        }
        std::mem::swap(&mut self.bytes, scratch);
        Ok(())
    }

    /// Ends the row: its bytes must be UTF-8.
    pub(crate) fn finish(&mut self) -> Result<(), FileFault> {
        let not_utf8 = FileFault::Encoding { line: self.line, what: "a byte that is not UTF-8" };
        self.text = String::from_utf8(std::mem::take(&mut self.bytes)).map_err(|_| not_utf8)?;
        Ok(())
    }

    /// Bytes of all of them.
    pub(crate) fn size(&self) -> usize {
        self.text.len()
    }

    /// Whether there are fewer than the row ought to have. A workbook leaves out empty ones, a text does not.
    pub(crate) fn lacks(&self, width: usize) -> bool {
        self.of_text && self.len() < width
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The text of one, without blanks around it; empty for one that is not there.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> &str {
        let Some(end) = self.ends.get(index) else { return "" };
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        // A cell that begins or ends within a character would have been refused with its file.
        self.text.get(start..*end).unwrap_or_default().trim()
    }

    /// Whether no cell from this one on holds anything.
    pub(crate) fn is_blank_from(&self, index: usize) -> bool {
        (index..self.len()).all(|index| self.get(index).is_empty())
    }
}
