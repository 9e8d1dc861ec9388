//! Pictures of QR codes as cameras in a hurry take them, made in code: each the same every time.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::many_single_char_names,
    dead_code,
    reason = "pixels are few; and another crate than this one draws with it too, not with all of it"
)]

use qrcode::bits::Bits;
use qrcode::{Color, EcLevel, QrCode, Version};

/// Pixels of a frame.
pub const WIDTH: usize = 640;
/// Pixels of a frame.
pub const HEIGHT: usize = 480;

/// Codes as passes have them: name, version, level, characters.
pub const CODES: [(&str, i16, EcLevel, usize); 3] =
    [("15-M", 15, EcLevel::M, 600), ("20-M", 20, EcLevel::M, 970), ("22-Q", 22, EcLevel::Q, 823)];

/// What is wrong with a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Plain,
    SlightBlur,
    Blur,
    Rotated,
    Perspective,
    Steep,
    UnevenLight,
    Glare,
    CrackedScreen,
    Moire,
    Jpeg,
    LowContrast,
    Inverted,
    Noise,
    Everything,
}

impl Kind {
    pub const ALL: [Self; 15] = [
        Self::Plain,
        Self::SlightBlur,
        Self::Blur,
        Self::Rotated,
        Self::Perspective,
        Self::Steep,
        Self::UnevenLight,
        Self::Glare,
        Self::CrackedScreen,
        Self::Moire,
        Self::Jpeg,
        Self::LowContrast,
        Self::Inverted,
        Self::Noise,
        Self::Everything,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::SlightBlur => "blur 0.8",
            Self::Blur => "blur 1.2",
            Self::Rotated => "rotated 15",
            Self::Perspective => "perspective",
            Self::Steep => "steep view",
            Self::UnevenLight => "uneven light",
            Self::Glare => "glare",
            Self::CrackedScreen => "cracked screen",
            Self::Moire => "moire",
            Self::Jpeg => "jpeg",
            Self::LowContrast => "low contrast",
            Self::Inverted => "light on dark",
            Self::Noise => "noise",
            Self::Everything => "all at once",
        }
    }
}

/// Numbers that look random and are the same every time (`SplitMix64`).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From `low` to `high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        // 53 bits are exact.
        low + (self.next() >> 11) as f64 / (1_u64 << 53) as f64 * (high - low)
    }

    /// About 0, with standard deviation 1: the sum of twelve.
    fn bell(&mut self) -> f64 {
        (0..12).map(|_| self.between(0.0, 1.0)).sum::<f64>() - 6.0
    }
}

/// A text such as a pass is, of this length.
pub fn text(length: usize, seed: u64) -> String {
    const BASE45: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    let mut dice = Dice::new(seed);
    let letter = |_| char::from(BASE45[(dice.next() % 45) as usize]);
    "SP1:".chars().chain((4..length).map(letter)).collect()
}

/// A picture in brightness, row by row.
pub struct Frame {
    pub luma: Vec<u8>,
    pub text: String,
}

/// One picture; `variation` moves, turns and lights it in another way.
pub fn frame(kind: Kind, code: usize, variation: u64) -> Frame {
    let (_, version, level, length) = CODES[code];
    let seed = (kind as u64) << 32 | (code as u64) << 16 | variation;
    let text = text(length, seed);
    // In one piece: what finds the shortest mixture of modes is at times a bit too long for a full code.
    let mut bits = Bits::new(Version::Normal(version));
    bits.push_alphanumeric_data(text.as_bytes()).expect("letters of Base45");
    bits.push_terminator(level).expect("it fits");
    let qr = QrCode::with_bits(bits, level).expect("it fits");
    let modules: Vec<bool> = qr.to_colors().into_iter().map(|color| color == Color::Dark).collect();
    let mut scene = Scene::new(kind, qr.width(), Dice::new(seed ^ 0x5eed));
    let mut light = scene.render(&modules);
    scene.spoil(&mut light);
    Frame { luma: scene.expose(&light), text }
}

struct Scene {
    kind: Kind,
    dice: Dice,
    size: f64,
    /// From pixels to modules: a projective map.
    map: [f64; 9],
}

impl Scene {
    fn new(kind: Kind, size: usize, mut dice: Dice) -> Self {
        let size = size as f64;
        let strong = matches!(kind, Kind::Perspective);
        let all = kind == Kind::Everything;
        let fill = dice.between(0.70, 0.85) * HEIGHT as f64;
        let turned = if kind == Kind::Rotated {
            15.0
        } else if all {
            8.0
        } else {
            2.5
        };
        let sign = if dice.between(0.0, 1.0) < 0.5 { -1.0 } else { 1.0 };
        let wobble = if matches!(kind, Kind::Rotated) { dice.between(-1.0, 1.0) } else { 0.0 };
        let angle = if turned > 5.0 { sign * turned + wobble } else { dice.between(-turned, turned) }.to_radians();
        let tilt = if kind == Kind::Steep {
            dice.between(0.18, 0.25)
        } else if strong {
            dice.between(0.08, 0.14)
        } else if all {
            0.08
        } else {
            dice.between(0.0, 0.02)
        };
        let towards = dice.between(0.0, std::f64::consts::TAU);
        let turned = angle.abs().cos() + angle.abs().sin();
        // A turned code takes more of the height; it stays inside, with a little paper around it.
        let fill = fill.min(HEIGHT as f64 * 0.96 / turned);
        let room = (HEIGHT as f64 - fill * turned).max(0.0) / 2.0;
        let (dx, dy) = (dice.between(-60.0, 60.0), dice.between(-room, room) * 0.8);
        let corners = [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)].map(|(x, y): (f64, f64)| {
            let depth = 1.0 + tilt * 2.0 * (x * towards.cos() + y * towards.sin());
            let (x, y) = (x * angle.cos() - y * angle.sin(), x * angle.sin() + y * angle.cos());
            let shrink = fill / depth.max(0.1) * (1.0 - tilt);
            (WIDTH as f64 / 2.0 + dx + x * shrink, HEIGHT as f64 / 2.0 + dy + y * shrink)
        });
        let map = invert(&square_to(corners));
        Self { kind, dice, size, map }
    }

    /// The code on its paper or screen, on a table, with nine samples a pixel.
    fn render(&mut self, modules: &[bool]) -> Vec<f64> {
        let table = self.dice.between(60.0, 150.0);
        let (dark, pale) = match self.kind {
            Kind::LowContrast => (105.0, 150.0),
            Kind::Inverted => (225.0, 30.0),
            _ => (self.dice.between(20.0, 50.0), self.dice.between(190.0, 235.0)),
        };
        let count = self.size as usize;
        let at = |x: f64, y: f64| {
            let [a, b, c, d, e, f, g, h, i] = self.map;
            let w = g * x + h * y + i;
            let (u, v) = ((a * x + b * y + c) / w * self.size, (d * x + e * y + f) / w * self.size);
            let inside = |value: f64, margin: f64| value >= -margin && value < self.size + margin;
            if !(inside(u, 4.0) && inside(v, 4.0)) {
                return table;
            }
            if !(inside(u, 0.0) && inside(v, 0.0)) {
                return pale;
            }
            if modules[v as usize * count + u as usize] { dark } else { pale }
        };
        let mut light = Vec::with_capacity(WIDTH * HEIGHT);
        for y in 0..HEIGHT {
            for x in 0..WIDTH {
                let samples = (0..9).map(|place| {
                    at(
                        x as f64 + f64::from(place % 3) / 3.0 + 1.0 / 6.0,
                        y as f64 + f64::from(place / 3) / 3.0 + 1.0 / 6.0,
                    )
                });
                light.push(samples.sum::<f64>() / 9.0);
            }
        }
        light
    }

    fn spoil(&mut self, light: &mut Vec<f64>) {
        let wrong = self.kind;
        let is = |kind| wrong == kind;
        let all = is(Kind::Everything);
        if is(Kind::UnevenLight) || all {
            self.shade(light, if all { 0.4 } else { 0.75 });
        }
        if is(Kind::CrackedScreen) {
            for _ in 0..self.dice.between(5.0, 9.0) as usize {
                self.crack(light);
            }
        }
        if is(Kind::Moire) {
            self.moire(light);
        }
        let blur = match self.kind {
            Kind::SlightBlur => 0.8,
            Kind::Blur => 1.2,
            Kind::Everything => 0.7,
            _ => 0.5,
        };
        *light = blurred(light, blur);
        if is(Kind::Glare) || all {
            self.glare(light, if all { 0.05 } else { 0.12 });
        }
        let noise = match self.kind {
            Kind::Noise => 22.0,
            Kind::Everything => 6.0,
            _ => 3.0,
        };
        for value in light.iter_mut() {
            *value += self.dice.bell() * noise;
        }
    }

    /// A lamp on one side: the other gets so much less.
    fn shade(&mut self, light: &mut [f64], depth: f64) {
        let towards = self.dice.between(0.0, std::f64::consts::TAU);
        each(light, |x, y, value| {
            let along = ((x / WIDTH as f64 - 0.5) * towards.cos() + (y / HEIGHT as f64 - 0.5) * towards.sin()) * 1.3;
            *value *= 1.0 - depth * (along + 0.5).clamp(0.0, 1.0);
        });
    }

    /// A lamp that is mirrored: an ellipse that is white in its middle. It keeps off the three big squares as
    /// whoever holds it would; `size` is its half-axis as a share of the width.
    fn glare(&mut self, light: &mut [f64], size: f64) {
        let (u, v) = (self.dice.between(0.35, 0.75), self.dice.between(0.35, 0.75));
        let [x0, y0] = self.place(u, v);
        let (a, b) =
            (size * WIDTH as f64 * self.dice.between(0.6, 1.0), size * WIDTH as f64 * self.dice.between(0.3, 0.5));
        let turn = self.dice.between(0.0, std::f64::consts::PI);
        each(light, |x, y, value| {
            let (dx, dy) = (x - x0, y - y0);
            let (p, q) = ((dx * turn.cos() + dy * turn.sin()) / a, (dy * turn.cos() - dx * turn.sin()) / b);
            let far = (p * p + q * q).sqrt();
            *value += 260.0 * (1.5 - far).clamp(0.0, 1.0);
        });
    }

    /// A thin line that turns a little at times, dark or light, across the code.
    fn crack(&mut self, light: &mut [f64]) {
        let [mut x, mut y] = self.place(0.5, 0.5);
        let start = self.dice.between(0.0, std::f64::consts::TAU);
        x += self.dice.between(-120.0, 120.0) - start.cos() * 260.0;
        y += self.dice.between(-120.0, 120.0) - start.sin() * 260.0;
        let (mut angle, ink) = (start, if self.dice.between(0.0, 1.0) < 0.6 { 245.0 } else { 15.0 });
        let wide = self.dice.between(0.6, 1.3);
        for step in 0..1040 {
            if step % 60 == 0 {
                angle += self.dice.between(-0.35, 0.35);
            }
            (x, y) = (x + angle.cos() * 0.5, y + angle.sin() * 0.5);
            for (dx, dy) in (-2..=2).flat_map(|dx| (-2..=2).map(move |dy| (dx, dy))) {
                let (px, py) = (x.floor() + f64::from(dx), y.floor() + f64::from(dy));
                let far = (px + 0.5 - x).hypot(py + 0.5 - y);
                if far < wide && px >= 0.0 && py >= 0.0 && px < WIDTH as f64 && py < HEIGHT as f64 {
                    light[py as usize * WIDTH + px as usize] = ink;
                }
            }
        }
    }

    /// Two gratings that are nearly alike: the pixels of a screen before those of a camera.
    fn moire(&mut self, light: &mut [f64]) {
        let (period, turn) = (self.dice.between(2.2, 3.2), self.dice.between(-0.2, 0.2));
        let other = period * self.dice.between(1.04, 1.10);
        each(light, |x, y, value| {
            let wave = |period: f64, turn: f64| {
                0.5 + 0.5 * ((x * turn.cos() + y * turn.sin()) * std::f64::consts::TAU / period).sin()
            };
            *value *= 1.0 - 0.55 * wave(period, turn) * wave(other, turn + 0.03);
        });
    }

    /// The pixel of a place in the code, each from 0 to 1.
    fn place(&self, u: f64, v: f64) -> [f64; 2] {
        let [a, b, c, d, e, f, g, h, i] = invert(&self.map);
        let w = g * u + h * v + i;
        [(a * u + b * v + c) / w, (d * u + e * v + f) / w]
    }

    fn expose(&self, light: &[f64]) -> Vec<u8> {
        let luma: Vec<u8> = light.iter().map(|value| value.round().clamp(0.0, 255.0) as u8).collect();
        let quality = match self.kind {
            Kind::Jpeg => 18,
            Kind::Everything => 50,
            _ => return luma,
        };
        let mut file = Vec::new();
        let mut encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut file, quality);
        encoder.encode(&luma, WIDTH as u32, HEIGHT as u32, image::ExtendedColorType::L8).expect("pixels");
        image::load_from_memory(&file).expect("what was written").into_luma8().into_raw()
    }
}

fn each(light: &mut [f64], mut change: impl FnMut(f64, f64, &mut f64)) {
    for (place, value) in light.iter_mut().enumerate() {
        change((place % WIDTH) as f64 + 0.5, (place / WIDTH) as f64 + 0.5, value);
    }
}

fn blurred(light: &[f64], sigma: f64) -> Vec<f64> {
    let reach = (sigma * 3.0).ceil() as i64;
    let weights: Vec<f64> = (-reach..=reach).map(|far| (-(far * far) as f64 / (2.0 * sigma * sigma)).exp()).collect();
    let sum: f64 = weights.iter().sum();
    let pass = |from: &[f64], dx: i64, dy: i64| -> Vec<f64> {
        let near = |value: i64, most: usize| value.clamp(0, most as i64 - 1) as usize;
        let one = |place: usize| {
            let (x, y) = ((place % WIDTH) as i64, (place / WIDTH) as i64);
            let sample = |(far, weight): (i64, &f64)| {
                from[near(y + far * dy, HEIGHT) * WIDTH + near(x + far * dx, WIDTH)] * weight
            };
            (-reach..=reach).zip(&weights).map(sample).sum::<f64>() / sum
        };
        (0..from.len()).map(one).collect()
    };
    pass(&pass(light, 1, 0), 0, 1)
}

/// The projective map from the unit square to four corners (Heckbert 1989, section 2.2.3).
fn square_to(corners: [(f64, f64); 4]) -> [f64; 9] {
    let [(x0, y0), (x1, y1), (x2, y2), (x3, y3)] = corners;
    let (dx1, dx2, dx3) = (x1 - x2, x3 - x2, x0 - x1 + x2 - x3);
    let (dy1, dy2, dy3) = (y1 - y2, y3 - y2, y0 - y1 + y2 - y3);
    let area = dx1 * dy2 - dx2 * dy1;
    let (g, h) = ((dx3 * dy2 - dx2 * dy3) / area, (dx1 * dy3 - dx3 * dy1) / area);
    [x1 - x0 + g * x1, x3 - x0 + h * x3, x0, y1 - y0 + g * y1, y3 - y0 + h * y3, y0, g, h, 1.0]
}

fn invert(m: &[f64; 9]) -> [f64; 9] {
    let [a, b, c, d, e, f, g, h, i] = *m;
    let inverse = [
        e * i - f * h,
        c * h - b * i,
        b * f - c * e,
        f * g - d * i,
        a * i - c * g,
        c * d - a * f,
        d * h - e * g,
        b * g - a * h,
        a * e - b * d,
    ];
    let scale = a * inverse[0] + b * inverse[3] + c * inverse[6];
    inverse.map(|value| value / scale)
}
