//! The ZIP file that a workbook is, without trust: what is in it, and its parts, inflated within limits.

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Take};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use rawzip::{CompressionMethod, RECOMMENDED_BUFFER_SIZE, ZipArchive};

use crate::fault::FileFault;
use crate::limits::{CHUNK, MAX_INFLATED, MAX_PARTS, MAX_RATIO, RATIO_COUNTS_FROM};

/// Longest name of a part.
const MAX_PART_NAME: usize = 512;

/// One part of a workbook.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Its name.
    pub(super) name: String,
    range: (u64, u64),
    size: u64,
    crc: u32,
    deflated: bool,
}

/// What is in a workbook.
#[derive(Debug)]
pub(super) struct Entries(Vec<Entry>);

fn broken(_: impl Sized) -> FileFault {
    FileFault::BrokenWorkbook("its ZIP file is damaged or only half there")
}

/// Reads the directory of the ZIP file, and gives the source back.
pub(super) fn entries<S: Read + Seek>(source: S) -> Result<(Entries, S), FileFault> {
    let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
    let archive = ZipArchive::from_seekable(source, &mut buffer).map_err(broken)?;
    let mut found: Vec<Entry> = Vec::new();
    let mut listed = archive.entries(&mut buffer);
    while let Some(header) = listed.next_entry().map_err(broken)? {
        if header.is_dir() {
            continue;
        }
        let name = header.file_path().as_bytes();
        if found.len() == MAX_PARTS || name.len() > MAX_PART_NAME {
            return Err(FileFault::BrokenWorkbook("it has more parts, or longer names of parts, than a workbook has"));
        }
        let name = std::str::from_utf8(name).map_err(broken)?.to_owned();
        if header.flags().is_encrypted() {
            return Err(FileFault::Encrypted);
        }
        let deflated = match header.compression_method() {
            CompressionMethod::DEFLATE => true,
            CompressionMethod::STORE => false,
            _ => return Err(FileFault::BrokenWorkbook("it is compressed in a way that workbooks are not")),
        };
        if found.iter().any(|other| other.name.eq_ignore_ascii_case(&name)) {
            return Err(FileFault::BrokenWorkbook("two of its parts have one name"));
        }
        let (size, crc) = (header.uncompressed_size_hint(), header.crc32());
        let range = archive.get_entry(header.wayfinder()).map_err(broken)?.compressed_data_range();
        found.push(Entry { name, range, size, crc, deflated });
    }
    Ok((Entries(found), archive.into_inner().into_inner()))
}

impl Entries {
    /// The part with that name.
    pub(super) fn find(&self, name: &str) -> Option<&Entry> {
        let name = name.strip_prefix('/').unwrap_or(name);
        self.0.iter().find(|entry| entry.name.eq_ignore_ascii_case(name))
    }

    /// Whether any part's name fits.
    pub(super) fn any(&self, fits: impl Fn(&str) -> bool) -> bool {
        self.0.iter().any(|entry| fits(&entry.name.to_ascii_lowercase()))
    }
}

/// Why a part is not read any further; travels inside of an [`io::Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Stop {
    #[error("inflates too far")]
    Inflates,
    #[error("is not what the directory says")]
    Differs,
    #[error("one piece is too long")]
    TooLong,
}

impl From<Stop> for io::Error {
    fn from(stop: Stop) -> Self {
        Self::other(stop)
    }
}

/// What an error means for the file.
pub(super) fn file_fault(error: &io::Error) -> FileFault {
    match error.get_ref().and_then(|inner| inner.downcast_ref()) {
        Some(Stop::Inflates) => FileFault::Inflates,
        Some(Stop::TooLong) => FileFault::TextTooLong,
        Some(Stop::Differs) => broken(()),
        None if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData) => broken(()),
        None if error.kind() == io::ErrorKind::UnexpectedEof => broken(()),
        None => FileFault::Unreadable(error.kind()),
    }
}

/// A part as it was before it was compressed.
#[derive(Debug)]
pub(crate) struct Part<S> {
    data: Data<S>,
    size: u64,
    crc: (Crc, u32),
}

#[derive(Debug)]
enum Data<S> {
    Stored(Take<S>),
    Deflated(DeflateDecoder<BufReader<Take<S>>>),
}

impl<S: Read + Seek> Part<S> {
    pub(super) fn open(mut source: S, entry: &Entry) -> Result<BufReader<Self>, FileFault> {
        let (start, end) = entry.range;
        source.seek(SeekFrom::Start(start))?;
        let data = source.take(end - start);
        let data = if entry.deflated {
            Data::Deflated(DeflateDecoder::new(BufReader::with_capacity(CHUNK, data)))
        } else {
            Data::Stored(data)
        };
        let part = Self { data, size: entry.size, crc: (Crc::new(), entry.crc) };
        Ok(BufReader::with_capacity(CHUNK, part))
    }
}

impl<S: Read> Read for Part<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (read, taken) = match &mut self.data {
            Data::Stored(data) => {
                let read = data.read(buffer)?;
                (read, u64::from(self.crc.0.amount()) + read as u64)
            }
            Data::Deflated(data) => (data.read(buffer)?, data.total_in()),
        };
        if read == 0 && !buffer.is_empty() {
            let whole = u64::from(self.crc.0.amount()) == self.size & u64::from(u32::MAX);
            return if whole && self.crc.0.sum() == self.crc.1 { Ok(0) } else { Err(Stop::Differs.into()) };
        }
        self.crc.0.update(&buffer[..read]);
        let inflated = self.inflated();
        if inflated > MAX_INFLATED || inflated > RATIO_COUNTS_FROM && inflated / MAX_RATIO > taken {
            return Err(Stop::Inflates.into());
        }
        Ok(read)
    }
}

impl<S> Part<S> {
    fn inflated(&self) -> u64 {
        match &self.data {
            Data::Stored(_) => u64::from(self.crc.0.amount()),
            Data::Deflated(data) => data.total_out(),
        }
    }
}

/// Bytes of which only so many may be taken before somebody says that it may go on.
#[derive(Debug)]
pub(super) struct Budget<R> {
    inner: R,
    left: usize,
}

impl<R> Budget<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, left: 0 }
    }

    /// So many more may be taken.
    pub(super) fn allow(&mut self, count: usize) {
        self.left = count;
    }
}

impl<R: BufRead> Read for Budget<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(buffer)?;
        self.consume(length);
        Ok(length)
    }
}

impl<R: BufRead> BufRead for Budget<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let bytes = self.inner.fill_buf()?;
        if self.left == 0 && !bytes.is_empty() {
            return Err(Stop::TooLong.into());
        }
        Ok(&bytes[..bytes.len().min(self.left)])
    }

    fn consume(&mut self, count: usize) {
        self.left -= count;
        self.inner.consume(count);
    }
}
