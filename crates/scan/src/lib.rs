//! Finds and reads QR codes (ISO/IEC 18004:2015, versions 1 to 40) in pictures, however badly they were taken.
//!
//! - `finder.rs`: what is darker than around it, and where that takes turns as 1:1:3:1:1: the big squares.
//! - `corner.rs`, `grid.rs`: three of them are measured; the plane of the code is fitted to its squares,
//!   timing lines and alignment patterns, and followed where the paper is bent.
//! - `shade.rs`: the brightness of each module, between pixels, against the modules around it.
//! - `symbol.rs`, `correct.rs`: format, mask, error correction with the least certain symbols taken for lost,
//!   segments.
//!
//! Not read: Micro QR, Japanese mode, codes in several parts, mirrored codes. `docs/SCANNING.md` says how it was
//! measured. No clock, no I/O; no input makes it panic.
#![deny(missing_docs)]

mod corner;
mod correct;
mod finder;
mod gray;
mod grid;
mod plane;
mod shade;
mod symbol;

use std::borrow::Cow;

use crate::gray::Gray;
use crate::grid::Grid;

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

/// One way to look: how much is averaged first, and with how much around it each pixel is compared (as the
/// longer side divided by this).
#[derive(Debug, Clone, Copy)]
struct Look {
    average: usize,
    around: usize,
    inverted: bool,
}

const LOOKS: [Look; 5] = [
    Look { average: 0, around: 16, inverted: false },
    Look { average: 1, around: 16, inverted: false },
    Look { average: 0, around: 40, inverted: false },
    Look { average: 0, around: 16, inverted: true },
    Look { average: 2, around: 12, inverted: false },
];
/// Threes of squares that are tried in one look.
const MOST_TRIES: usize = 12;
/// A picture with a longer side than this is made smaller first.
const COMFORTABLE: usize = 1_400;

/// The codes in a picture that can be read, each text once.
#[must_use]
pub fn scan(picture: Picture<'_>, effort: Effort) -> Vec<Code> {
    let whole = Gray { width: picture.width, height: picture.height, luma: picture.luma.to_vec() };
    let longest = whole.width.max(whole.height);
    let factor = longest.div_ceil(COMFORTABLE);
    let small = if factor > 1 { whole.shrunk(factor) } else { whole.clone() };
    let looks: Vec<Look> = match effort {
        Effort::Thorough => LOOKS.to_vec(),
        Effort::Turn(turn) => vec![LOOKS[0], LOOKS[1 + turn as usize % (LOOKS.len() - 1)]],
    };
    let mut codes = Vec::new();
    for look in &looks {
        take(&small, *look, factor, &mut codes);
        if !codes.is_empty() {
            return codes;
        }
    }
    if factor > 1 && effort == Effort::Thorough {
        take(&whole, LOOKS[0], 1, &mut codes);
    }
    codes
}

/// Adds what one look finds.
fn take(picture: &Gray, look: Look, factor: usize, codes: &mut Vec<Code>) {
    let shown = if look.inverted { Cow::Owned(picture.inverted()) } else { Cow::Borrowed(picture) };
    let reach = (picture.width.max(picture.height) / look.around / 2).max(4);
    let dark = if look.average > 0 { shown.mean(look.average).dark(reach) } else { shown.dark(reach) };
    let found = finder::find(&shown, &dark);
    let mut used = [false; 64];
    for three in finder::threes(&found).into_iter().take(MOST_TRIES) {
        if three.places.iter().any(|place| used[*place]) {
            continue;
        }
        for grid in grid::grids(&shown, three.places.map(|place| found[place])) {
            let Some(text) = read(&grid).filter(|text| !text.is_empty()) else { continue };
            three.places.iter().for_each(|place| used[*place] = true);
            let scale = factor as f32;
            let corners = grid.corners().map(|(x, y)| ((x * scale) as i32, (y * scale) as i32));
            if codes.iter().all(|code| code.text != text) {
                codes.push(Code { text, corners });
            }
            break;
        }
    }
}

/// Reads a grid in a few ways, until one fits.
fn read(grid: &Grid<'_>) -> Option<String> {
    let flat = grid.brightness(false);
    let ways = [(0.3, 4), (0.0, 4), (0.9, 3), (0.3, 8), (0.3, 2)];
    let read = |brightness: &[f32], (sharpen, reach): (f32, usize)| {
        symbol::decode(&shade::modules(brightness, grid.side, sharpen, reach))
    };
    let found = ways.iter().find_map(|way| read(&flat, *way));
    if found.is_some() || !grid.is_bent() {
        return found;
    }
    let bent = grid.brightness(true);
    ways.iter().find_map(|way| read(&bent, *way))
}
