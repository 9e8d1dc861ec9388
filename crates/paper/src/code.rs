//! The QR code of a pass for paper (ISO/IEC 18004; alphanumeric mode).
//!
//! Modules are whole multiples of 1/300 inch, so that printers of 300, 600 and 1200 dots an inch draw
//! each module with the same number of dots.

use qrcode::{Color, EcLevel, QrCode};

use crate::error::PaperError;

/// 1/300 inch in points.
pub const UNIT: f32 = 72.0 / 300.0;
/// Side of the smallest module, in units: 0.423 mm, the first multiple that is not below 0.4 mm; what is said of it
/// is [`SMALLEST_MM`](crate::error::SMALLEST_MM).
const SMALLEST: u16 = 5;
/// Light modules on each side; the standard asks for four.
const QUIET: u16 = 4;

/// A QR code with the size of its modules.
#[derive(Debug)]
pub struct Code {
    dark: Vec<bool>,
    width: u16,
    module: u16,
}

impl Code {
    /// The code of a text for a square of `space` units a side, with the quiet zone inside: at level Q
    /// where its modules are large enough, else at level M.
    ///
    /// # Errors
    /// [`PaperError::CodeTooBig`].
    pub fn fit(text: &str, space: u16) -> Result<Self, PaperError> {
        let fit = space / SMALLEST;
        let mut modules = u16::MAX;
        for level in [EcLevel::Q, EcLevel::M] {
            let Ok(code) = QrCode::with_error_correction_level(text, level) else { continue };
            let width = u16::try_from(code.width()).unwrap_or(u16::MAX);
            modules = width.saturating_add(2 * QUIET);
            if modules <= fit {
                let dark = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
                return Ok(Self { dark, width, module: space / modules });
            }
        }
        Err(PaperError::CodeTooBig { modules, fit })
    }

    /// Side of the square that it takes with its quiet zone, in units.
    pub fn side(&self) -> u16 {
        (self.width + 2 * QUIET) * self.module
    }

    /// Width of its quiet zone, in units.
    pub fn quiet(&self) -> f32 {
        f32::from(QUIET * self.module)
    }

    /// The dark rectangles, in units from the corner of the quiet zone: left, top, width, height. Dark
    /// modules that touch in a row are one rectangle, so that no viewer draws a seam between them.
    pub fn rectangles(&self) -> impl Iterator<Item = [u16; 4]> + '_ {
        let width = usize::from(self.width);
        (0..self.width).flat_map(move |row| {
            let line = &self.dark[usize::from(row) * width..][..width];
            let mut at = 0_u16;
            line.chunk_by(|one, two| one == two).filter_map(move |run| {
                let (start, length) = (at, u16::try_from(run.len()).unwrap_or(0));
                at += length;
                let corner = |place: u16| (place + QUIET) * self.module;
                run[0].then(|| [corner(start), corner(row), length * self.module, self.module])
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn level_q_gives_way_to_m_and_then_to_an_error_that_says_what_to_do() {
        let text = format!("SP1:{}", "A".repeat(966));
        let strong = Code::fit(&text, 1_039).unwrap();
        assert_eq!((strong.width, strong.module), (117, 8), "version 25 at level Q");
        let weak = Code::fit(&text, 5 * 124).unwrap();
        assert_eq!((weak.width, weak.module), (97, 5), "version 20 at level M");
        let error = Code::fit(&text, 5 * 104).unwrap_err();
        assert_eq!(error, PaperError::CodeTooBig { modules: 105, fit: 104 });
        assert!(error.to_string().contains("print it on A4"), "{error}");
        assert!(Code::fit(&"A".repeat(5_000), 1_039).is_err(), "longer than any code holds");
    }

    #[test]
    fn rectangles_are_the_dark_modules_and_lie_on_whole_modules() {
        let code = Code::fit("SP1:ABC", 300).unwrap();
        let area: u32 = code.rectangles().map(|[.., w, h]| u32::from(w) * u32::from(h)).sum();
        let dark = u32::try_from(code.dark.iter().filter(|dark| **dark).count()).unwrap();
        assert_eq!(area, dark * u32::from(code.module).pow(2));
        for [x, y, w, h] in code.rectangles() {
            assert!([x, y, w, h].iter().all(|it| it % code.module == 0));
            assert!(x >= QUIET * code.module && x + w <= code.side() - QUIET * code.module);
            assert!(y >= QUIET * code.module && y + h <= code.side() - QUIET * code.module);
        }
    }
}
