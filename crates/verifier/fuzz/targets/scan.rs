//! Any bytes as a picture, as marks on a picture of a code, and as its modules.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use passport_scan::{Effort, Picture, scan};
use qrcode::{Color, EcLevel, QrCode, Version};

const TEXT: &str = "SP1:ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 $%*+-./:";
/// Pixels of a module, and light modules around the code.
const SCALE: usize = 3;
const QUIET: usize = 4;

static CODE: LazyLock<(usize, Vec<u8>)> = LazyLock::new(|| {
    let code = QrCode::with_version(TEXT, Version::Normal(7), EcLevel::M).expect("it fits");
    let (modules, width) = (code.to_colors(), code.width());
    let side = (width + 2 * QUIET) * SCALE;
    let pixel = |place: usize| {
        let (x, y) = ((place % side / SCALE).wrapping_sub(QUIET), (place / side / SCALE).wrapping_sub(QUIET));
        if x < width && y < width && modules[y * width + x] == Color::Dark { 30 } else { 220 }
    };
    (side, (0..side * side).map(pixel).collect())
});

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let effort = if first % 2 == 0 { Effort::Thorough } else { Effort::Turn(u32::from(*first)) };
    let width = usize::from(*first) + 1;
    let height = rest.len() / width;
    if let Some(picture) = Picture::new(width, height, &rest[..width * height]) {
        let _ = scan(picture, effort);
    }
    // Rectangles of any ink: what is read is what was written.
    let (side, clean) = &*CODE;
    let mut spoilt = clean.clone();
    for mark in rest.chunks_exact(5).take(24) {
        let [x, y, wide, high] = [0, 1, 2, 3].map(|place| usize::from(mark[place]));
        for row in y..(y + high / 8).min(*side) {
            let start = row * side + x.min(*side);
            spoilt[start..start + (wide / 8).min(side - x.min(*side))].fill(mark[4]);
        }
    }
    for code in scan(Picture::new(*side, *side, &spoilt).expect("it fits"), effort) {
        assert_eq!(code.text, TEXT);
    }
});
