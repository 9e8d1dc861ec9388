//! A table in a workbook (XLSX: ECMA-376, part 1), row by row.
//!
//! A workbook is a ZIP file of XML. Its directory is read, then the texts that cells share, which have to be
//! kept, then one sheet, which has not. Everything that a stranger chooses has a limit (`limits.rs`): parts,
//! how far they inflate, the length and depth of XML, the texts. Refused by name: macros, passwords, the old
//! binary formats. Formulas are never worked out: what the workbook holds as the result counts, as for anybody
//! who looks at it. Hidden sheets are not looked at; of the others, one must have the columns.

mod archive;
mod book;
mod sheet;
mod style;
mod xml;

use std::io::{BufReader, Read, Seek};
use std::sync::Arc;

use self::archive::Part;
use self::book::Texts;
use self::sheet::{Known, Sheet};
use self::style::Styles;
use crate::cells::Cells;
use crate::fault::FileFault;

/// A table in a workbook, read row by row.
pub(crate) type Workbook<S> = Sheet<BufReader<Part<S>>>;

/// Opens a workbook and reads the first row of the sheet that `fits` into `cells`.
pub(crate) fn open<S: Read + Seek>(
    source: S,
    cells: &mut Cells,
    fits: impl Fn(&Cells) -> bool,
) -> Result<Workbook<S>, FileFault> {
    let (entries, mut source) = archive::entries(source)?;
    let book = book::read(&mut source, &entries)?;
    let missing = || FileFault::BrokenWorkbook("a part of it is not there");
    let part = |name: &Option<String>| name.as_ref().map(|name| entries.find(name).ok_or_else(missing)).transpose();
    let texts = part(&book.texts)?.map(|entry| Texts::read(Part::open(&mut source, entry)?)).transpose()?;
    let styles = part(&book.styles)?.map(|entry| Styles::read(Part::open(&mut source, entry)?)).transpose()?;
    let known = Arc::new(Known {
        texts: texts.unwrap_or_default(),
        styles: styles.unwrap_or_default(),
        since_1904: book.since_1904,
    });
    let sheets = book.sheets.iter().map(|name| entries.find(name).ok_or_else(missing));
    let sheets = sheets.collect::<Result<Vec<_>, _>>()?;
    let mut chosen = None;
    for (index, entry) in sheets.iter().enumerate() {
        let mut sheet = Sheet::new(Part::open(&mut source, entry)?, known.clone());
        if sheet.first(cells).is_ok() && fits(cells) {
            if chosen.is_some() {
                return Err(FileFault::SeveralSheets);
            }
            chosen = Some(index);
        }
    }
    // When none has the columns, the first one is the one to speak about.
    let entry = sheets.get(chosen.unwrap_or(0)).ok_or(FileFault::Empty)?;
    let mut sheet = Sheet::new(Part::open(source, entry)?, known);
    sheet.first(cells)?;
    Ok(sheet)
}
