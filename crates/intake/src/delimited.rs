//! A table as text (RFC 4180, and as people really write it).
//!
//! Commas, semicolons, tabs or pipes between cells, whichever makes the most of the first line; a first line
//! `sep=;`, as spreadsheets write it, decides. Lines end with CR, LF or both. A quoted cell may hold all of
//! these, and a quote written twice.
//!
//! We take rows apart ourselves because a reader that makes the best of everything, as the csv crate's does,
//! cannot say that a quote was never closed, or that text follows a closing one: both are how a file looks that
//! was cut off, or a row into which the next one has slipped. Both are refused here.

use std::io::{self, Read, Seek, SeekFrom};

use memchr::{memchr, memchr2_iter, memchr3};

use crate::cells::Cells;
use crate::decode::{self, Chunks, Encoding};
use crate::fault::FileFault;
use crate::limits::MAX_HEADER;

/// What may stand between cells, the likeliest first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// A table as text, read row by row.
#[derive(Debug)]
pub(crate) struct Delimited<S> {
    chunks: Chunks<S>,
    encoding: Encoding,
    tokens: Tokens,
    scratch: Vec<u8>,
}

/// Opens a text and reads its first row into `cells`. `score` says how much a first row looks like the one that is
/// looked for.
pub(crate) fn open<S: Read + Seek>(
    mut source: S,
    cells: &mut Cells,
    score: impl Fn(&Cells) -> usize,
) -> Result<Delimited<S>, FileFault> {
    let (encoding, mark) = decode::find(&mut source)?;
    source.seek(SeekFrom::Start(mark))?;
    let named = named_delimiter(Chunks::new(&mut source, encoding).peek().map_err(|error| unreadable(&error, 1))?);
    let (candidates, start) = match &named {
        Some(delimiter) => (std::slice::from_ref(delimiter), 2),
        None => (DELIMITERS.as_slice(), 1),
    };
    let mut best: Result<(usize, usize, u8), FileFault> = Err(FileFault::Empty);
    let mut too_many = None;
    for &delimiter in candidates.iter().rev() {
        source.seek(SeekFrom::Start(mark))?;
        let mut table = Delimited::new(&mut source, encoding, delimiter);
        match table.first(cells, start) {
            Ok(()) => {
                let found = (score(cells), cells.len(), delimiter);
                if best.as_ref().map_or(true, |(names, count, _)| (found.0, found.1) >= (*names, *count)) {
                    best = Ok(found);
                }
            }
            Err(fault @ FileFault::TooManyColumns { .. }) => too_many = Some(fault),
            Err(fault) if best.is_err() => best = Err(fault),
            Err(_) => {}
        }
    }
    let delimiter = match (best, too_many) {
        (Ok((0, ..)) | Err(_), Some(fault)) | (Err(fault), None) => return Err(fault),
        (Ok((.., delimiter)), _) => delimiter,
    };
    source.seek(SeekFrom::Start(mark))?;
    let mut table = Delimited::new(source, encoding, delimiter);
    table.first(cells, start)?;
    Ok(table)
}

/// The delimiter that a first line `sep=;` names.
fn named_delimiter(text: &[u8]) -> Option<u8> {
    match text {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter, b'\r' | b'\n', ..]
            if delimiter.is_ascii_punctuation() && *delimiter != b'"' || *delimiter == b'\t' =>
        {
            Some(*delimiter)
        }
        _ => None,
    }
}

fn unreadable(error: &io::Error, line: u64) -> FileFault {
    if error.kind() == io::ErrorKind::InvalidData {
        return FileFault::Encoding { line, what: "half of a character of UTF-16" };
    }
    FileFault::Unreadable(error.kind())
}

impl<S: Read> Delimited<S> {
    fn new(source: S, encoding: Encoding, delimiter: u8) -> Self {
        let tokens = Tokens { delimiter, state: State::Start, line: 1, opened: 1, after_return: false };
        Self { chunks: Chunks::new(source, encoding), encoding, tokens, scratch: Vec::new() }
    }

    /// Reads the row that begins in line `start`, past a line that named the delimiter, and blank lines.
    fn first(&mut self, cells: &mut Cells, start: u64) -> Result<(), FileFault> {
        loop {
            match self.next(cells) {
                Ok(false) => return Err(FileFault::Empty),
                Ok(true) if cells.line < start || cells.is_blank_from(0) => {}
                Ok(true) if cells.size() > MAX_HEADER => return Err(FileFault::HeaderTooLong),
                Ok(true) => return Ok(()),
                Err(fault) => return Err(fault),
            }
        }
    }

    /// Reads the next row; false when there is none.
    pub(crate) fn next(&mut self, cells: &mut Cells) -> Result<bool, FileFault> {
        cells.begin(self.tokens.line);
        cells.of_text = true;
        loop {
            let line = self.tokens.line;
            let bytes = self.chunks.peek().map_err(|error| unreadable(&error, line))?;
            if bytes.is_empty() {
                if !self.tokens.end(cells)? {
                    return Ok(false);
                }
                break;
            }
            let (used, ended) = self.tokens.feed(bytes, cells)?;
            self.chunks.take(used);
            if ended {
                break;
            }
        }
        if self.encoding == Encoding::Windows1252 {
            cells.widen(&mut self.scratch, decode::windows_1252)?;
        }
        cells.finish()?;
        Ok(true)
    }
}

/// Where in a row the reading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before a cell.
    Start,
    /// In a cell without quotes.
    Bare,
    /// In a quoted cell.
    Quoted,
    /// Behind a quote that closes the cell, unless another one follows.
    Closed,
    /// Behind that and a blank.
    After,
}

/// Takes bytes apart, in pieces of any size.
#[derive(Debug)]
struct Tokens {
    delimiter: u8,
    state: State,
    /// The line of what comes next.
    line: u64,
    /// The line in which the last quote was opened.
    opened: u64,
    /// Whether the last byte was a CR, so that an LF belongs to it.
    after_return: bool,
}

impl Tokens {
    /// Reads to the end of the row, or of the bytes: how many that took, and whether the row has ended.
    fn feed(&mut self, bytes: &[u8], cells: &mut Cells) -> Result<(usize, bool), FileFault> {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let rest = &bytes[at..];
            match self.state {
                State::Start if byte == b'\n' && self.after_return => {
                    self.after_return = false;
                    at += 1;
                }
                State::Start if byte == b'"' => {
                    self.after_return = false;
                    self.opened = self.line;
                    self.state = State::Quoted;
                    at += 1;
                }
                State::Start | State::Bare => {
                    self.after_return = false;
                    let end = memchr3(self.delimiter, b'\n', b'\r', rest);
                    cells.push(&rest[..end.unwrap_or(rest.len())])?;
                    let Some(end) = end else {
                        self.state = State::Bare;
                        return Ok((bytes.len(), false));
                    };
                    at += end + 1;
                    if self.end_cell(rest[end], cells)? {
                        return Ok((at, true));
                    }
                }
                State::Quoted => {
                    let end = memchr(b'"', rest);
                    let text = &rest[..end.unwrap_or(rest.len())];
                    cells.push(text)?;
                    self.count_lines(text);
                    at += text.len();
                    if end.is_some() {
                        self.after_return = false;
                        self.state = State::Closed;
                        at += 1;
                    }
                }
                State::Closed if byte == b'"' => {
                    cells.push(b"\"")?;
                    self.state = State::Quoted;
                    at += 1;
                }
                State::Closed | State::After if byte == self.delimiter || byte == b'\n' || byte == b'\r' => {
                    at += 1;
                    if self.end_cell(byte, cells)? {
                        return Ok((at, true));
                    }
                }
                State::Closed | State::After if byte == b' ' => {
                    self.state = State::After;
                    at += 1;
                }
                State::Closed | State::After => return Err(FileFault::StrayQuote { line: self.line }),
            }
        }
        Ok((at, false))
    }

    /// Ends a cell with the byte behind it; true if that ends the row.
    fn end_cell(&mut self, byte: u8, cells: &mut Cells) -> Result<bool, FileFault> {
        cells.end_cell()?;
        self.state = State::Start;
        if byte == self.delimiter {
            return Ok(false);
        }
        self.line += 1;
        self.after_return = byte == b'\r';
        Ok(true)
    }

    fn count_lines(&mut self, text: &[u8]) {
        for at in memchr2_iter(b'\n', b'\r', text) {
            let of_return = if at == 0 { self.after_return } else { text[at - 1] == b'\r' };
            self.line += u64::from(text[at] == b'\r' || !of_return);
        }
        self.after_return = text.last().map_or(self.after_return, |last| *last == b'\r');
    }

    /// The file has ended: false if that was between two rows.
    fn end(&mut self, cells: &mut Cells) -> Result<bool, FileFault> {
        if self.state == State::Quoted {
            return Err(FileFault::QuoteNeverClosed { line: self.opened });
        }
        if self.state == State::Start && cells.is_untouched() {
            return Ok(false);
        }
        cells.end_cell()?;
        cells.cut = true;
        self.state = State::Start;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The rows of a text that comes in pieces: line and cells of each, or the fault that ends it.
    fn rows<'t>(pieces: impl IntoIterator<Item = &'t [u8]>) -> Vec<Result<(u64, Vec<String>), FileFault>> {
        let mut tokens = Tokens { delimiter: b',', state: State::Start, line: 1, opened: 1, after_return: false };
        let (mut cells, mut rows) = (Cells::default(), Vec::new());
        cells.begin(1);
        let row = |cells: &mut Cells, next| {
            cells.finish().expect("text");
            let texts = (0..cells.len()).map(|index| cells.get(index).to_owned()).collect();
            let row = Ok((cells.line, texts));
            cells.begin(next);
            row
        };
        for mut piece in pieces {
            while !piece.is_empty() {
                match tokens.feed(piece, &mut cells) {
                    Ok((used, ended)) => {
                        piece = &piece[used..];
                        if ended {
                            rows.push(row(&mut cells, tokens.line));
                        }
                    }
                    Err(fault) => {
                        rows.push(Err(fault));
                        return rows;
                    }
                }
            }
        }
        match tokens.end(&mut cells) {
            Ok(false) => {}
            Ok(true) => rows.push(row(&mut cells, 0)),
            Err(fault) => rows.push(Err(fault)),
        }
        rows
    }

    fn cells(line: u64, cells: &[&str]) -> (u64, Vec<String>) {
        (line, cells.iter().map(|cell| (*cell).to_owned()).collect())
    }

    #[test]
    fn quotes_hold_everything_and_are_written_twice() {
        let text = b"a,\"b,\r\n\"\"c\"\"\" ,\r\n\"\",\"\"\"\",d\"e\n";
        let expected = [cells(1, &["a", "b,\r\n\"c\"", ""]), cells(3, &["", "\"", "d\"e"])];
        assert_eq!(rows([text.as_slice()]), expected.map(Ok));
    }

    #[test]
    fn the_delimiter_may_be_named() {
        assert_eq!(named_delimiter(b"sep=;\r\na;b"), Some(b';'));
        assert_eq!(named_delimiter(b"SEP=\t\n"), Some(b'\t'));
        for text in [b"sep=;".as_slice(), b"sep=\"\n", b"sep=x\n", b"sep=;;\n", b"separate\n"] {
            assert_eq!(named_delimiter(text), None);
        }
    }

    proptest! {
        #[test]
        fn rows_are_the_same_in_whatever_pieces_they_come(text in "[a\",\r\n ]{0,40}", size in 1_usize..5) {
            let whole = rows([text.as_bytes()]);
            prop_assert_eq!(rows(text.as_bytes().chunks(size)), whole);
        }
    }
}
