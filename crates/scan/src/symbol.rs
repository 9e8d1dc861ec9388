//! From modules to text: format, mask, error correction and segments (ISO/IEC 18004:2015, sections 7 and 12).

use crate::correct::correct;

/// Largest side of a code, in modules: version 40.
pub const MAX_SIDE: usize = 177;
/// Fewest check symbols that are left to find errors with when uncertain symbols are taken for lost: with
/// fewer, what is read could be something that nobody wrote.
const KEEP: usize = 8;

/// Modules of a code, as read.
pub struct Modules {
    pub side: usize,
    /// Row by row.
    pub dark: Vec<bool>,
    /// How sure each is; only the order matters.
    pub sure: Vec<f32>,
}

/// Check symbols a block, by level (L, M, Q, H) and version (table 9).
const CHECKS: [[u8; 40]; 4] = [
    [
        7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26, 28, 30, 30,
        30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30,
    ],
    [
        10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28, 28, 28, 28, 28,
        28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28,
    ],
    [
        13, 22, 18, 26, 18, 24, 18, 22, 20, 24, 28, 26, 24, 20, 30, 24, 28, 28, 26, 30, 28, 30, 30, 30, 30, 28, 30, 30,
        30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30,
    ],
    [
        17, 28, 22, 16, 22, 28, 26, 26, 24, 28, 24, 28, 22, 24, 24, 30, 28, 28, 26, 28, 30, 24, 30, 30, 30, 30, 30, 30,
        30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30,
    ],
];
/// Blocks, by level and version (table 9).
const BLOCKS: [[u8; 40]; 4] = [
    [
        1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18,
        19, 19, 20, 21, 22, 24, 25,
    ],
    [
        1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31,
        33, 35, 37, 38, 40, 43, 45, 47, 49,
    ],
    [
        1, 1, 2, 2, 4, 4, 6, 6, 8, 8, 8, 10, 12, 16, 12, 17, 16, 18, 21, 20, 23, 23, 25, 27, 29, 34, 34, 35, 38, 40,
        43, 45, 48, 51, 53, 56, 59, 62, 65, 68,
    ],
    [
        1, 1, 2, 4, 4, 4, 5, 6, 8, 8, 11, 11, 16, 16, 18, 16, 19, 21, 25, 25, 25, 34, 30, 32, 35, 37, 40, 42, 45, 48,
        51, 54, 57, 60, 63, 66, 70, 74, 77, 81,
    ],
];

/// Which level and mask.
#[derive(Debug, Clone, Copy)]
struct Format {
    level: usize,
    mask: u8,
}

/// The text of a code; `None` when too much of it is wrong.
pub fn decode(modules: &Modules) -> Option<String> {
    let version = version_of(modules.side)?;
    let format = read_format(modules)?;
    let (symbols, sure) = read_symbols(modules, version, format.mask);
    let data = correct_blocks(&symbols, &sure, version, format.level)?;
    read_segments(&data, version)
}

/// The version of a code with this side, 1 to 40.
pub fn version_of(side: usize) -> Option<usize> {
    ((21..=MAX_SIDE).contains(&side) && side % 4 == 1).then(|| (side - 17) / 4)
}

/// Coordinates of the middles of alignment patterns, from 6; none in version 1 (annex E).
pub fn alignments(version: usize) -> Vec<usize> {
    if version < 2 {
        return Vec::new();
    }
    let count = version / 7 + 2;
    let step = if version == 32 { 26 } else { (version * 4 + count * 2 + 1) / (count * 2 - 2) * 2 };
    let last = version * 4 + 10;
    let rest = (0..count - 1).rev().map(|place| last - place * step);
    std::iter::once(6).chain(rest).collect()
}

/// The 18 bits that say which version a code has, for versions from 7 (annex D).
pub fn version_bits(version: u32) -> u32 {
    let mut rest = version;
    for _ in 0..12 {
        rest = (rest << 1) ^ ((rest >> 11) * 0x1f25);
    }
    version << 12 | rest
}

/// The 15 bits of a format (annex C).
fn format_bits(data: u32) -> u32 {
    let mut rest = data;
    for _ in 0..10 {
        rest = (rest << 1) ^ ((rest >> 9) * 0x537);
    }
    (data << 10 | rest) ^ 0x5412
}

/// How many bits of the better of its two copies differ from a format at least.
fn read_format(modules: &Modules) -> Option<Format> {
    let side = modules.side;
    let one = |bit: usize| match bit {
        0..=5 => (8, bit),
        6 | 7 => (8, bit + 1),
        8 => (7, 8),
        _ => (14 - bit, 8),
    };
    let two = |bit: usize| if bit < 8 { (side - 1 - bit, 8) } else { (8, side - 15 + bit) };
    let read = |place: &dyn Fn(usize) -> (usize, usize)| {
        (0..15).fold(0, |bits, bit| {
            let (x, y) = place(bit);
            bits | u32::from(modules.dark[y * side + x]) << bit
        })
    };
    let (one, two) = (read(&one), read(&two));
    let far = |data: &u32| {
        let bits = format_bits(*data);
        (bits ^ one).count_ones().min((bits ^ two).count_ones())
    };
    let data = (0..32).min_by_key(far).filter(|data| far(data) <= 3)?;
    // 01 is L, 00 M, 11 Q, 10 H.
    let level = [1, 0, 3, 2][(data >> 3) as usize];
    Some(Format { level, mask: (data & 7) as u8 })
}

/// Whether a module belongs to a pattern instead of the data.
fn is_pattern(x: usize, y: usize, side: usize, version: usize, middles: &[usize]) -> bool {
    let (left, top, right, bottom) = (x < 9, y < 9, x >= side - 8, y >= side - 8);
    let corner = (top && (left || right)) || (left && bottom);
    let timing = x == 6 || y == 6;
    let number = version >= 7 && ((y < 6 && x >= side - 11) || (x < 6 && y >= side - 11));
    let near = |at: usize| middles.iter().position(|middle| at.abs_diff(*middle) <= 2);
    let last = middles.len().saturating_sub(1);
    let aligned = match (near(x), near(y)) {
        (Some(one), Some(two)) => !matches!((one, two), (0, 0)) && (one, two) != (0, last) && (one, two) != (last, 0),
        _ => false,
    };
    corner || timing || number || aligned
}

fn is_masked(mask: u8, x: usize, y: usize) -> bool {
    let sum = match mask {
        0 => (x + y) % 2,
        1 => y % 2,
        2 => x % 3,
        3 => (x + y) % 3,
        4 => (x / 3 + y / 2) % 2,
        5 => x * y % 2 + x * y % 3,
        6 => (x * y % 2 + x * y % 3) % 2,
        _ => ((x + y) % 2 + x * y % 3) % 2,
    };
    sum == 0
}

/// Data and check symbols in the order in which they lie, and how sure each is.
fn read_symbols(modules: &Modules, version: usize, mask: u8) -> (Vec<u8>, Vec<f32>) {
    let (side, middles) = (modules.side, alignments(version));
    let (mut symbols, mut sure) = (Vec::new(), Vec::new());
    let (mut symbol, mut least, mut bits) = (0_u8, f32::MAX, 0);
    let mut right = side - 1;
    loop {
        let upwards = (right + 1) & 2 == 0;
        for step in 0..side {
            let y = if upwards { side - 1 - step } else { step };
            for x in [right, right - 1] {
                if is_pattern(x, y, side, version, &middles) {
                    continue;
                }
                symbol = symbol << 1 | u8::from(modules.dark[y * side + x] != is_masked(mask, x, y));
                least = least.min(modules.sure[y * side + x]);
                bits += 1;
                if bits == 8 {
                    symbols.push(symbol);
                    sure.push(least);
                    (symbol, least, bits) = (0, f32::MAX, 0);
                }
            }
        }
        right = match right {
            1 | 2 => return (symbols, sure),
            8 => 5,
            _ => right - 2,
        };
    }
}

/// Puts blocks together again, corrects each, and gives their data.
fn correct_blocks(symbols: &[u8], sure: &[f32], version: usize, level: usize) -> Option<Vec<u8>> {
    let checks = usize::from(CHECKS[level][version - 1]);
    let count = usize::from(BLOCKS[level][version - 1]);
    let short = symbols.len() / count;
    let long_from = count - symbols.len() % count;
    let mut data = Vec::new();
    for block in 0..count {
        let length = short - checks + usize::from(block >= long_from);
        // Data symbols take turns by block; the last ones only of the long blocks; then check symbols do.
        let of_data = (0..length).map(|place| {
            if place < short - checks { place * count + block } else { place * count + block - long_from }
        });
        let start = symbols.len() - checks * count;
        let places: Vec<usize> = of_data.chain((0..checks).map(|place| start + place * count + block)).collect();
        let received: Vec<u8> = places.iter().map(|place| symbols[*place]).collect();
        let mut doubtful: Vec<usize> = (0..places.len()).collect();
        doubtful.sort_by(|a, b| sure[places[*a]].total_cmp(&sure[places[*b]]));
        let lost = [0, checks / 4, checks / 2, checks * 3 / 4].map(|lost| lost.min(checks.saturating_sub(KEEP)));
        let block = lost.into_iter().find_map(|lost| correct(&received, checks, &doubtful[..lost]))?;
        data.extend_from_slice(&block[..length]);
    }
    Some(data)
}

struct Bits<'d> {
    data: &'d [u8],
    at: usize,
}

impl Bits<'_> {
    fn left(&self) -> usize {
        self.data.len() * 8 - self.at
    }

    fn take(&mut self, count: usize) -> Option<usize> {
        if self.left() < count {
            return None;
        }
        let bit = |at: usize| usize::from(self.data[at / 8] >> (7 - at % 8) & 1);
        let value = (self.at..self.at + count).fold(0, |value, at| value << 1 | bit(at));
        self.at += count;
        Some(value)
    }
}

const LETTERS: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

fn read_segments(data: &[u8], version: usize) -> Option<String> {
    let mut bits = Bits { data, at: 0 };
    let mut text = Vec::new();
    let size = match version {
        ..=9 => 0,
        10..=26 => 1,
        _ => 2,
    };
    while bits.left() >= 4 {
        match bits.take(4)? {
            0 => break,
            1 => {
                let mut count = bits.take([10, 12, 14][size])?;
                while count > 0 {
                    let digits = count.min(3);
                    let value = bits.take([0, 4, 7, 10][digits])?;
                    let number = format!("{value:0digits$}");
                    if number.len() > digits {
                        return None;
                    }
                    text.extend_from_slice(number.as_bytes());
                    count -= digits;
                }
            }
            2 => {
                let count = bits.take([9, 11, 13][size])?;
                for _ in 0..count / 2 {
                    let pair = bits.take(11)?;
                    text.extend([*LETTERS.get(pair / 45)?, LETTERS[pair % 45]]);
                }
                if count % 2 == 1 {
                    text.push(*LETTERS.get(bits.take(6)?)?);
                }
            }
            4 => {
                for _ in 0..bits.take([8, 16, 16][size])? {
                    text.push(u8::try_from(bits.take(8)?).ok()?);
                }
            }
            7 => {
                // Which alphabet: read over, for text is UTF-8 or else Latin-1 here.
                let first = bits.take(8)?;
                let more = if first < 0x80 {
                    0
                } else if first < 0xc0 {
                    8
                } else {
                    16
                };
                bits.take(more)?;
            }
            // Japanese, and codes that are a part of something.
            _ => return None,
        }
    }
    Some(String::from_utf8(text).unwrap_or_else(|error| error.into_bytes().into_iter().map(char::from).collect()))
}

#[cfg(test)]
mod tests {
    use qrcode::{Color, EcLevel, QrCode, Version};

    use super::*;

    fn modules(text: &str, version: i16, level: EcLevel) -> Modules {
        let code = QrCode::with_version(text, Version::Normal(version), level).expect("it fits");
        let dark: Vec<bool> = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
        Modules { side: code.width(), sure: vec![1.0; dark.len()], dark }
    }

    #[test]
    fn codes_of_every_version_and_level_are_read() {
        for version in 1..=40 {
            for level in [EcLevel::L, EcLevel::M, EcLevel::Q, EcLevel::H] {
                let text = "A1b2Z$"; // fits the smallest
                assert_eq!(decode(&modules(text, version, level)).as_deref(), Some(text), "{version} {level:?}");
            }
        }
    }

    #[test]
    fn every_mode_gives_exactly_what_was_written() {
        for text in
            ["SP1:0 A/B", "0123456789012", "00", "7", "ABC", "grüße €", "SP1:ABC%20 000000000000000000 lower", ""]
        {
            for version in [5, 12, 30] {
                assert_eq!(decode(&modules(text, version, EcLevel::M)).as_deref(), Some(text));
            }
        }
    }

    #[test]
    fn wrong_modules_are_put_right_up_to_a_measure_and_never_read_as_something_else() {
        let text = "SP1:".to_owned() + &"X7".repeat(280);
        for wrong in [0, 40, 60, 4_000] {
            let mut it = modules(&text, 15, EcLevel::M);
            for place in 0..wrong {
                let at = (place * 7_919 + 3_000) % it.dark.len();
                it.dark[at] = !it.dark[at];
            }
            let read = decode(&it);
            assert_eq!(read.is_some(), wrong < 1_000, "{wrong}");
            assert!(read.is_none_or(|read| read == text));
        }
    }
}
