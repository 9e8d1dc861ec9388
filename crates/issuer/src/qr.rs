//! QR codes of passes, as SVG and PNG (ISO/IEC 18004; alphanumeric mode).

use qrcode::{Color, EcLevel, QrCode};

/// Light modules around a code; the standard asks for four.
const QUIET: usize = 4;
/// Pixels of one module in a PNG.
const SCALE: usize = 6;

/// A pass as a QR code: level Q where that is not larger than version 20, else level M.
///
/// # Panics
/// Never: a pass is far shorter than the largest code holds.
#[must_use]
pub fn code(text: &str) -> QrCode {
    let at = |level| QrCode::with_error_correction_level(text, level).expect("a pass is short enough");
    let strong = at(EcLevel::Q);
    match strong.version() {
        qrcode::Version::Normal(version) if version <= 20 => strong,
        _ => at(EcLevel::M),
    }
}

/// The number of a code's version, 1 to 40.
#[must_use]
pub fn version(code: &QrCode) -> i16 {
    match code.version() {
        qrcode::Version::Normal(version) | qrcode::Version::Micro(version) => version,
    }
}

fn rows(code: &QrCode) -> impl Iterator<Item = impl Iterator<Item = (usize, bool)> + '_> + '_ {
    let width = code.width();
    (0..width).map(move |y| (0..width).map(move |x| (x, code[(x, y)] == Color::Dark)))
}

/// An SVG with a title for screen readers.
#[must_use]
pub fn svg(code: &QrCode) -> String {
    use std::fmt::Write as _;
    let side = code.width() + 2 * QUIET;
    let mut path = String::new();
    for (y, row) in rows(code).enumerate() {
        for (x, dark) in row {
            if dark {
                let _ = write!(path, "M{} {}h1v1h-1z", x + QUIET, y + QUIET);
            }
        }
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" role=\"img\" shape-rendering=\"crispEdges\">\
         <title>QR code of a staff passport</title><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\"{path}\"/></svg>"
    )
}

/// A PNG of one bit a pixel.
///
/// # Panics
/// Never: writing to memory does not fail.
#[must_use]
pub fn png(code: &QrCode) -> Vec<u8> {
    let side = (code.width() + 2 * QUIET) * SCALE;
    let stride = side.div_ceil(8);
    let mut pixels = vec![0xff_u8; stride * side];
    for (y, row) in rows(code).enumerate() {
        for (x, _) in row.filter(|(_, dark)| *dark) {
            for line in 0..SCALE {
                for column in 0..SCALE {
                    let at = (x + QUIET) * SCALE + column;
                    pixels[((y + QUIET) * SCALE + line) * stride + at / 8] &= !(0x80 >> (at % 8));
                }
            }
        }
    }
    let mut out = Vec::new();
    let size = u32::try_from(side).expect("a code has at most 177 modules");
    let mut encoder = png::Encoder::new(&mut out, size, size);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(&pixels))
        .expect("writing to memory does not fail");
    out
}
