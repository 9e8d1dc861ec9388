//! Tables for spreadsheets: CSV (RFC 4180) with a byte order mark, in which no cell is a formula.

use std::io::{self, Write};

/// Writes a table, row by row.
#[derive(Debug)]
pub struct Sheet<W> {
    out: W,
}

impl<W: Write> Sheet<W> {
    /// Begins a table with the names of its columns.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin<'c>(mut out: W, columns: impl IntoIterator<Item = &'c str>) -> io::Result<Self> {
        out.write_all("\u{feff}".as_bytes())?;
        let mut this = Self { out };
        this.row(columns)?;
        Ok(this)
    }

    /// Writes a row.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn row<'c>(&mut self, cells: impl IntoIterator<Item = &'c str>) -> io::Result<()> {
        for (index, text) in cells.into_iter().enumerate() {
            if index > 0 {
                self.out.write_all(b",")?;
            }
            cell(text, &mut self.out)?;
        }
        self.out.write_all(b"\r\n")
    }

    /// What was written to.
    pub fn into_inner(self) -> W {
        self.out
    }
}

/// A cell. One that a spreadsheet would take for a formula begins with an apostrophe.
fn cell(text: &str, out: &mut impl Write) -> io::Result<()> {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let quoted = text.contains(['"', ',', '\r', '\n']);
    if quoted {
        out.write_all(b"\"")?;
    }
    if formula {
        out.write_all(b"'")?;
    }
    for (index, piece) in text.split('"').enumerate() {
        if index > 0 {
            out.write_all(b"\"\"")?;
        }
        out.write_all(piece.as_bytes())?;
    }
    if quoted {
        out.write_all(b"\"")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(cells: &[&str]) -> String {
        let mut sheet = Sheet::begin(Vec::new(), ["a"]).unwrap();
        sheet.row(cells.iter().copied()).unwrap();
        let text = String::from_utf8(sheet.into_inner()).unwrap();
        text.strip_prefix("\u{feff}a\r\n").unwrap().to_owned()
    }

    #[test]
    fn no_cell_is_a_formula() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("+44", "'+44"),
            ("-2", "'-2"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "\"'\r=1\""),
            ("=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""),
        ] {
            assert_eq!(written(&[text]), format!("{cell}\r\n"));
        }
    }

    #[test]
    fn other_cells_are_as_they_were() {
        assert_eq!(
            written(&["Siân Prys-Jones", "30679710-2", "a, b", "say \"yes\"", "two\nlines", ""]),
            "Siân Prys-Jones,30679710-2,\"a, b\",\"say \"\"yes\"\"\",\"two\nlines\",\r\n"
        );
    }
}
