//! A stored file, read like any other: piece by piece out of the database.

use std::io::{self, Read, Seek, SeekFrom};

use tokio::runtime::Handle;
use zeroize::Zeroizing;

use super::{Import, context};
use crate::app::App;

/// Bytes of a piece.
pub(crate) const PIECE: usize = 256 * 1024;

/// What a piece is sealed for.
pub(crate) fn piece_context(import: &Import, number: i64) -> String {
    context(&import.organisation, import.id, &format!("piece/{number}"))
}

/// The file of an import. Reads on a thread that may block.
pub(crate) struct Source {
    app: App,
    import: Import,
    handle: Handle,
    place: u64,
    piece: Option<(u64, Zeroizing<Vec<u8>>)>,
}

impl Source {
    pub(crate) fn new(app: App, import: Import, handle: Handle) -> Self {
        Self { app, import, handle, place: 0, piece: None }
    }

    fn size(&self) -> u64 {
        u64::try_from(self.import.size).unwrap_or_default()
    }

    fn fetch(&self, number: u64) -> io::Result<Zeroizing<Vec<u8>>> {
        let number = i64::try_from(number).map_err(io::Error::other)?;
        let sealed =
            self.handle.block_on(async { self.app.store.read().await?.import_piece(self.import.id, number).await });
        let sealed = sealed.map_err(io::Error::other)?.ok_or(io::ErrorKind::NotFound)?;
        let opened = self.app.keyring.sealing().open(&sealed, &piece_context(&self.import, number));
        Ok(opened.ok_or(io::ErrorKind::InvalidData)?)
    }
}

impl Read for Source {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.place >= self.size() {
            return Ok(0);
        }
        let (number, offset) = (self.place / PIECE as u64, self.place % PIECE as u64);
        if self.piece.as_ref().is_none_or(|(there, _)| *there != number) {
            self.piece = Some((number, self.fetch(number)?));
        }
        let piece = self.piece.as_ref().map_or(&[][..], |(_, piece)| piece);
        let rest = piece.get(usize::try_from(offset).unwrap_or(usize::MAX)..).unwrap_or_default();
        let count = rest.len().min(out.len());
        out[..count].copy_from_slice(&rest[..count]);
        self.place += count as u64;
        Ok(count)
    }
}

impl Seek for Source {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(by) => self.size().checked_add_signed(by),
            SeekFrom::Current(by) => self.place.checked_add_signed(by),
        };
        self.place = place.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.place)
    }
}
