//! In which encoding a text is written, and its bytes as UTF-8.
//!
//! A mark at the beginning decides: UTF-8, or UTF-16 in either order. Without one, the whole text is looked
//! at once before anything is read:
//!
//! - everything is UTF-8: it is UTF-8;
//! - most of what is not ASCII is not UTF-8 either: it is Windows-1252, whose letters hardly ever stand as
//!   UTF-8 would have them. A byte that Windows-1252 does not have is refused where it stands;
//! - otherwise it is UTF-8 that something has broken, and refused: read as Windows-1252 it would turn names
//!   into others.

use std::io::{self, Read, Seek, SeekFrom};

use crate::fault::FileFault;
use crate::limits::CHUNK;

/// How characters are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// Windows-1252, the Western European code page.
    Windows1252,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
}

/// Finds the encoding, and how many bytes its mark takes.
pub(crate) fn find<S: Read + Seek>(source: &mut S) -> Result<(Encoding, u64), FileFault> {
    let mut head = [0; 4];
    let length = fill(source, &mut head)?;
    let (encoding, mark) = match &head[..length] {
        [0xff, 0xfe, 0, 0] | [0, 0, 0xfe, 0xff] => return Err(FileFault::NotATable("UTF-32 text")),
        [0xef, 0xbb, 0xbf, ..] => (Some(Encoding::Utf8), 3),
        [0xff, 0xfe, ..] => (Some(Encoding::Utf16Le), 2),
        [0xfe, 0xff, ..] => (Some(Encoding::Utf16Be), 2),
        _ => (None, 0),
    };
    source.seek(SeekFrom::Start(mark))?;
    if let Some(wide @ (Encoding::Utf16Le | Encoding::Utf16Be)) = encoding {
        return Ok((wide, mark));
    }
    let seen = scan(source)?;
    let broken = |source: &mut S, at: u64, what| {
        let line = line_at(source, mark + at)?;
        Err(FileFault::Encoding { line, what })
    };
    if let Some(at) = seen.nul {
        return broken(source, at, "a zero byte, as UTF-16 without a mark would");
    }
    let found = match seen.invalid {
        None => Encoding::Utf8,
        Some((at, _)) if encoding.is_some() => return broken(source, at, "a byte that is not UTF-8"),
        Some((at, count)) if seen.letters >= count => {
            return broken(source, at, "a byte that is not UTF-8, in a file that otherwise is");
        }
        Some(_) => Encoding::Windows1252,
    };
    Ok((found, mark))
}

/// What a text without a mark holds.
#[derive(Debug, Default)]
struct Seen {
    /// Characters beyond ASCII that are UTF-8.
    letters: u64,
    /// Where the first byte stands that is not UTF-8, and how many there are.
    invalid: Option<(u64, u64)>,
    /// Where the first zero byte stands.
    nul: Option<u64>,
}

fn scan(source: &mut impl Read) -> Result<Seen, FileFault> {
    let mut seen = Seen::default();
    let mut buffer = vec![0; CHUNK];
    // Bytes at the front of the buffer that began a character when it ended.
    let mut kept = 0;
    let mut offset = 0;
    loop {
        let read = fill(source, &mut buffer[kept..])?;
        let mut rest = &buffer[..kept + read];
        let length = rest.len();
        if let Some(at) = memchr::memchr(0, rest) {
            seen.nul.get_or_insert(offset + at as u64);
            return Ok(seen);
        }
        loop {
            let fault = match std::str::from_utf8(rest) {
                Ok(text) => {
                    seen.letters += letters(text);
                    rest = &[];
                    break;
                }
                Err(fault) => fault,
            };
            let (sound, bad) = rest.split_at(fault.valid_up_to());
            seen.letters += letters(std::str::from_utf8(sound).unwrap_or_default());
            if fault.error_len().is_none() && read > 0 {
                rest = bad;
                break;
            }
            let at = offset + (length - bad.len()) as u64;
            seen.invalid.get_or_insert((at, 0)).1 += 1;
            rest = &bad[fault.error_len().unwrap_or(1)..];
        }
        offset += (length - rest.len()) as u64;
        kept = rest.len();
        buffer.copy_within(length - kept..length, 0);
        if read == 0 {
            return Ok(seen);
        }
    }
}

fn letters(text: &str) -> u64 {
    if text.is_ascii() { 0 } else { text.bytes().filter(|byte| *byte >= 0xc0).count() as u64 }
}

/// The line in which a byte stands.
fn line_at<S: Read + Seek>(source: &mut S, at: u64) -> Result<u64, FileFault> {
    source.seek(SeekFrom::Start(0))?;
    let mut source = source.take(at);
    let mut buffer = vec![0; CHUNK];
    let (mut line, mut after_return) = (1, false);
    loop {
        let read = fill(&mut source, &mut buffer)?;
        if read == 0 {
            return Ok(line);
        }
        for byte in &buffer[..read] {
            line += u64::from(*byte == b'\r' || *byte == b'\n' && !after_return);
            after_return = *byte == b'\r';
        }
    }
}

/// Reads until the buffer is full or nothing is left.
pub(crate) fn fill(source: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match source.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

/// Characters of Windows-1252 from 0x80 to 0x9f; the rest is as in Unicode. Five are not in use.
const WINDOWS_1252: [char; 32] = [
    '€', '\0', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\0', 'Ž', '\0', '\0', '‘', '’', '“', '”', '•',
    '–', '—', '˜', '™', 'š', '›', 'œ', '\0', 'ž', 'Ÿ',
];

/// The character of a byte in Windows-1252, if it has one.
pub(crate) fn windows_1252(byte: u8) -> Option<char> {
    match byte {
        0x80..=0x9f => Some(WINDOWS_1252[usize::from(byte - 0x80)]).filter(|character| *character != '\0'),
        _ => Some(char::from(byte)),
    }
}

/// A text in chunks of bytes: as they stand, or UTF-16 as UTF-8.
#[derive(Debug)]
pub(crate) struct Chunks<S> {
    source: S,
    wide: Option<Wide>,
    buffer: Vec<u8>,
    used: usize,
    length: usize,
    ended: bool,
}

/// How UTF-16 is taken apart.
#[derive(Debug)]
struct Wide {
    high_first: bool,
    raw: Vec<u8>,
    /// Bytes at the front of `raw` that are left from the last chunk: half a character.
    kept: usize,
}

impl<S: Read> Chunks<S> {
    pub(crate) fn new(source: S, encoding: Encoding) -> Self {
        let wide = match encoding {
            Encoding::Utf8 | Encoding::Windows1252 => None,
            Encoding::Utf16Le | Encoding::Utf16Be => {
                Some(Wide { high_first: encoding == Encoding::Utf16Be, raw: vec![0; CHUNK / 2], kept: 0 })
            }
        };
        // Two bytes of UTF-16 are at most three of UTF-8.
        let buffer = vec![0; if wide.is_some() { CHUNK } else { CHUNK + 1 }];
        Self { source, wide, buffer, used: 0, length: 0, ended: false }
    }

    /// The bytes that follow; none at the end.
    pub(crate) fn peek(&mut self) -> Result<&[u8], io::Error> {
        if self.used == self.length && !self.ended {
            self.used = 0;
            self.length = match &mut self.wide {
                None => fill(&mut self.source, &mut self.buffer)?,
                Some(wide) => wide.fill(&mut self.source, &mut self.buffer)?,
            };
            self.ended = self.length == 0;
        }
        Ok(&self.buffer[self.used..self.length])
    }

    /// Moves past so many of the bytes that [`Chunks::peek`] showed.
    pub(crate) fn take(&mut self, count: usize) {
        self.used += count;
    }
}

impl Wide {
    fn fill(&mut self, source: &mut impl Read, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = fill(source, &mut self.raw[self.kept..])?;
            let length = self.decode(read, out)?;
            if length > 0 || read == 0 {
                return Ok(length);
            }
        }
    }

    /// Writes out what is there in whole characters; with nothing `read` it must be all of it.
    fn decode(&mut self, read: usize, out: &mut [u8]) -> io::Result<usize> {
        let raw = &self.raw[..self.kept + read];
        let unit = |pair: &[u8]| {
            let pair = [pair[0], pair[1]];
            if self.high_first { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
        };
        let mut end = raw.len() & !1;
        // The first half of a pair waits for the other one.
        let opens = end >= 2 && (0xd800..0xdc00).contains(&unit(&raw[end - 2..end]));
        if opens && read > 0 {
            end -= 2;
        }
        if read == 0 && end < raw.len() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut length = 0;
        for character in char::decode_utf16(raw[..end].chunks_exact(2).map(unit)) {
            let character = character.map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
            length += character.encode_utf8(&mut out[length..]).len();
        }
        let total = raw.len();
        self.raw.copy_within(end..total, 0);
        self.kept = total - end;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn found(bytes: &[u8]) -> Result<Encoding, FileFault> {
        find(&mut Cursor::new(bytes)).map(|(encoding, _)| encoding)
    }

    #[test]
    fn the_encoding_is_what_most_of_a_text_says() {
        for (bytes, encoding) in [
            (b"plain".as_slice(), Encoding::Utf8),
            ("Siân".as_bytes(), Encoding::Utf8),
            (b"Si\xe2n", Encoding::Windows1252),
            (b"caf\xe9", Encoding::Windows1252),
            // E acute and a closing quote look like UTF-8; everything else does not.
            (b"JOS\xc9\x94 \xe9 \xe9", Encoding::Windows1252),
            (b"\xff\xfea\0", Encoding::Utf16Le),
            (b"\xfe\xff\0a", Encoding::Utf16Be),
        ] {
            assert_eq!(found(bytes), Ok(encoding), "{bytes:?}");
        }
        for bytes in [b"Si\xc3\xa2n, \xe9".as_slice(), b"\xef\xbb\xbf\xe9", b"a\0"] {
            assert!(matches!(found(bytes), Err(FileFault::Encoding { line: 1, .. })), "{bytes:?}");
        }
    }

    #[test]
    fn a_character_may_lie_across_chunks() {
        for before in 0..4 {
            let text = "a".repeat(before) + &"é€𝄞".repeat(20_000);
            assert_eq!(found(text.as_bytes()), Ok(Encoding::Utf8), "{before}");
            for high_first in [true, false] {
                let bytes = |unit: u16| if high_first { unit.to_be_bytes() } else { unit.to_le_bytes() };
                let wide: Vec<u8> = text.encode_utf16().flat_map(bytes).collect();
                let encoding = if high_first { Encoding::Utf16Be } else { Encoding::Utf16Le };
                let mut chunks = Chunks::new(wide.as_slice(), encoding);
                let mut read = Vec::new();
                while let Ok(chunk @ [_, ..]) = chunks.peek() {
                    read.extend_from_slice(chunk);
                    let length = chunk.len();
                    chunks.take(length);
                }
                assert!(read == text.as_bytes(), "{before}");
            }
        }
    }

    #[test]
    fn a_line_is_found_whatever_ends_it() {
        for (text, at, line) in
            [("a\nb\nc", 4, 3), ("a\r\nb\r\nc", 6, 3), ("a\rb\rc", 4, 3), ("a\r\n\r\nc", 5, 3), ("a", 0, 1)]
        {
            assert_eq!(line_at(&mut Cursor::new(text), at), Ok(line), "{text:?}");
        }
    }

    #[test]
    fn five_bytes_of_windows_1252_stand_for_nothing() {
        let unused: Vec<u8> = (0..=255).filter(|byte| windows_1252(*byte).is_none()).collect();
        assert_eq!(unused, [0x81, 0x8d, 0x8f, 0x90, 0x9d]);
        assert_eq!([0x80, 0x92, 0x9f, 0xa0, 0xff].map(windows_1252), ['€', '’', 'Ÿ', '\u{a0}', 'ÿ'].map(Some));
    }
}
