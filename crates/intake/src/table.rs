//! What kind of file a table is in: by what the file begins with, not by its name.

use std::io::{Read, Seek, SeekFrom};

use crate::cells::Cells;
use crate::columns::{self, Columns, Wanted};
use crate::decode::fill;
use crate::delimited::{self, Delimited};
use crate::fault::FileFault;
use crate::xlsx::{self, Workbook};

/// A table, read row by row.
#[derive(Debug)]
pub(crate) enum Table<S> {
    Text(Box<Delimited<S>>),
    Workbook(Box<Workbook<S>>),
}

/// Opens a table and reads the row that names its columns into `cells`.
pub(crate) fn open<S: Read + Seek>(
    mut source: S,
    cells: &mut Cells,
    wanted: &[Wanted<'_>],
) -> Result<Table<S>, FileFault> {
    let mut head = [0; 512];
    source.seek(SeekFrom::Start(0))?;
    let length = fill(&mut source, &mut head)?;
    let head = &head[..length];
    source.seek(SeekFrom::Start(0))?;
    match head {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => {
            let workbook = xlsx::open(source, cells, |header| Columns::find(header, wanted).is_ok())?;
            return Ok(Table::Workbook(Box::new(workbook)));
        }
        [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ..] => return Err(compound(&mut source, head)),
        [b'%', b'P', b'D', b'F', ..] => return Err(FileFault::NotATable("a PDF")),
        [0x1f, 0x8b, ..] => return Err(FileFault::NotATable("compressed")),
        _ => {}
    }
    // What a system calls a spreadsheet is sometimes a page.
    match head.trim_ascii_start() {
        [b'<', ..] => return Err(FileFault::NotATable("a web page or XML")),
        [b'{' | b'[', ..] => return Err(FileFault::NotATable("JSON")),
        _ => {}
    }
    let text = delimited::open(source, cells, |header| columns::score(header, wanted))?;
    Ok(Table::Text(Box::new(text)))
}

/// A compound file (MS-CFB): a workbook behind a password has a stream `EncryptedPackage` in the directory, the old
/// binary format has not.
fn compound<S: Read + Seek>(source: &mut S, head: &[u8]) -> FileFault {
    let number = |at: usize| head.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes);
    let size = if head.get(30) == Some(&12) { 4096 } else { 512 };
    let directory = number(48).map(|sector| (u64::from(sector) + 1) * size);
    let mut entries = [0; 4096];
    let read = directory.and_then(|at| {
        source.seek(SeekFrom::Start(at)).ok()?;
        fill(source, &mut entries).ok()
    });
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let encrypted = entries[..read.unwrap_or(0)].chunks(128).any(|entry| entry.starts_with(&name));
    if encrypted { FileFault::Encrypted } else { FileFault::OldWorkbook }
}

impl<S: Read + Seek> Table<S> {
    /// Reads the next row; false when there is none.
    pub(crate) fn next(&mut self, cells: &mut Cells) -> Result<bool, FileFault> {
        match self {
            Self::Text(table) => table.next(cells),
            Self::Workbook(table) => table.next(cells),
        }
    }
}
