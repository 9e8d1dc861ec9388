//! What becomes of a page that is printed, copied and scanned: 200 dots an inch, one degree of skew,
//! noise, and every dot black or white.

use std::path::Path;
use std::process::Command;

use image::GrayImage;
use passport_scan::{Effort, Picture};

/// Dots an inch.
const DPI: &str = "200";

/// Numbers that are the same in each run.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        // Xorshift (Marsaglia, 2003).
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// About normal, of mean 0 and deviation 1.
    fn normal(&mut self) -> f32 {
        #[expect(clippy::cast_precision_loss, reason = "12 bits")]
        let sum: f32 = (0..12).map(|_| (self.next() % 4_096) as f32 / 4_096.0).sum();
        sum - 6.0
    }
}

/// The pages of a PDF as pictures.
pub fn print(pdf: &Path) -> Vec<GrayImage> {
    let folder = tempfile::tempdir().unwrap();
    let made =
        Command::new("pdftoppm").args(["-r", DPI, "-gray", "-png"]).arg(pdf).arg(folder.path().join("page")).output();
    assert!(made.expect("pdftoppm: script/setup paper").status.success());
    let mut files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| image::open(file).unwrap().into_luma8()).collect()
}

/// A copy of a copy: skewed by so many degrees, with noise of so many levels, black and white.
pub fn copy(page: &GrayImage, degrees: f32, noise: f32, seed: u64) -> GrayImage {
    let (width, height) = page.dimensions();
    let (sin, cos) = degrees.to_radians().sin_cos();
    #[expect(clippy::cast_precision_loss, reason = "pictures have few thousand dots a side")]
    let (middle_x, middle_y) = (width as f32 / 2.0, height as f32 / 2.0);
    let mut random = Noise(seed);
    let dot = |x: f32, y: f32| -> f32 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held against the size")]
        let at = |x: f32, y: f32| {
            if x < 0.0 || y < 0.0 { None } else { page.get_pixel_checked(x as u32, y as u32) }
        };
        let level = |x: f32, y: f32| at(x, y).map_or(255.0, |dot| f32::from(dot.0[0]));
        let (left, top) = (x.floor(), y.floor());
        let (right, down) = (x - left, y - top);
        let row = |y: f32| level(left, y) * (1.0 - right) + level(left + 1.0, y) * right;
        row(top) * (1.0 - down) + row(top + 1.0) * down
    };
    GrayImage::from_fn(width, height, |x, y| {
        #[expect(clippy::cast_precision_loss, reason = "pictures have few thousand dots a side")]
        let (x, y) = (x as f32 - middle_x, y as f32 - middle_y);
        let level = dot(cos * x + sin * y + middle_x, cos * y - sin * x + middle_y) + noise * random.normal();
        image::Luma([if level < 128.0 { 0 } else { 255 }])
    })
}

/// Whether our own reader reads a text.
pub fn ours(page: &GrayImage, text: &str) -> bool {
    decode(page).iter().any(|read| read == text)
}

/// What the reader that the command line and the browser use reads.
pub fn decode(page: &GrayImage) -> Vec<String> {
    let picture = Picture::new(page.width() as usize, page.height() as usize, page.as_raw()).unwrap();
    passport_scan::scan(picture, Effort::Thorough).into_iter().map(|code| code.text).collect()
}

/// What an independent decoder reads.
pub fn zbar(page: &GrayImage) -> Vec<String> {
    let file = tempfile::Builder::new().suffix(".png").tempfile().unwrap();
    page.save_with_format(file.path(), image::ImageFormat::Png).unwrap();
    let mut program = Command::new("zbarimg");
    program.args(["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"]).arg(file.path());
    let read = program.output().expect("zbarimg: script/setup qr");
    String::from_utf8_lossy(&read.stdout).lines().map(str::to_owned).collect()
}
