//! One of the three big squares, measured: its directions, its edges, and where two of its edges meet.

use crate::finder::Finder;
use crate::gray::Gray;

/// A big square with its own directions, in pixels a module.
#[derive(Clone, Copy)]
pub struct Corner {
    pub middle: (f32, f32),
    pub right: (f32, f32),
    pub down: (f32, f32),
    threshold: f32,
}

pub fn unit(from: (f32, f32), to: (f32, f32)) -> (f32, f32) {
    let (x, y) = (to.0 - from.0, to.1 - from.1);
    let length = x.hypot(y).max(1e-3);
    (x / length, y / length)
}

fn plus(place: (f32, f32), step: (f32, f32), times: f32) -> (f32, f32) {
    (place.0 + step.0 * times, place.1 + step.1 * times)
}

pub fn apart(a: (f32, f32), b: (f32, f32)) -> f32 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

impl Corner {
    pub fn measure(picture: &Gray, square: Finder, right: (f32, f32), down: (f32, f32)) -> Option<Self> {
        let middle = (square.x, square.y);
        let size = square.module;
        let value = |far: f32, step| {
            let (x, y) = plus(middle, step, far * size);
            picture.at(x, y)
        };
        let ways = [right, down, (-right.0, -right.1), (-down.0, -down.1)];
        let ring = ways.iter().map(|way| value(2.0, *way)).sum::<f32>() / 4.0;
        let core = ways.iter().map(|way| value(0.5, *way)).sum::<f32>() / 4.0;
        let threshold = f32::midpoint(ring, core);
        if ring <= core {
            return None;
        }
        let length = |way: (f32, f32)| {
            let forth = edge(picture, middle, way, size, threshold)?;
            let back = edge(picture, middle, (-way.0, -way.1), size, threshold)?;
            Some((forth + back) / 7.0)
        };
        let (across, along) = (length(right)?, length(down)?);
        Some(Self {
            middle,
            right: (right.0 * across, right.1 * across),
            down: (down.0 * along, down.1 * along),
            threshold,
        })
    }

    /// The pixel of a place in modules from its middle.
    pub fn pixel(&self, x: f32, y: f32) -> (f32, f32) {
        plus(plus(self.middle, self.right, x), self.down, y)
    }

    pub fn is_dark(&self, picture: &Gray, x: f32, y: f32) -> bool {
        let (x, y) = self.pixel(x, y);
        picture.at(x, y) < self.threshold
    }
}

/// How far it is from the middle of a square to its outer edge.
fn edge(picture: &Gray, middle: (f32, f32), way: (f32, f32), module: f32, threshold: f32) -> Option<f32> {
    let (mut turns, mut before): (u8, Option<f32>) = (0, None);
    let mut far = 0.0;
    while far < module * 7.0 + 4.0 {
        let (x, y) = plus(middle, way, far);
        let value = picture.at(x, y) - threshold;
        if let Some(before) = before.filter(|before| (value < 0.0) != (*before < 0.0)) {
            turns += 1;
            if turns == 3 {
                return Some(far - 0.25 * value / (value - before));
            }
        }
        before = Some(value);
        far += 0.25;
    }
    None
}

/// Where the right edge of the square at the top right meets the lower edge of the one at the bottom left:
/// the fourth corner of the code, whichever way it is tilted.
pub fn meeting(picture: &Gray, top_right: &Corner, bottom_left: &Corner) -> Option<(f32, f32)> {
    let (a, one) = outline(picture, top_right, |out, along| (out, along))?;
    let (b, two) = outline(picture, bottom_left, |out, along| (along, out))?;
    let cross = one.0 * two.1 - one.1 * two.0;
    if cross.abs() < 0.2 {
        return None;
    }
    let far = ((b.0 - a.0) * two.1 - (b.1 - a.1) * two.0) / cross;
    Some(plus(a, one, far))
}

/// A point on the outer edge of a square, and the direction of that edge.
fn outline(
    picture: &Gray,
    square: &Corner,
    place: impl Fn(f32, f32) -> (f32, f32),
) -> Option<((f32, f32), (f32, f32))> {
    let mut points = Vec::new();
    for along in [-3.0, -2.5, -2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0] {
        let mut before: Option<f32> = None;
        for step in 0_u8..=20 {
            let out = 2.9 + f32::from(step) * 0.08;
            let (u, v) = place(out, along);
            let pixel = square.pixel(u, v);
            let value = picture.at(pixel.0, pixel.1) - square.threshold;
            if let Some(before) = before.filter(|before| *before < 0.0 && value >= 0.0) {
                let exact = out - 0.08 * value / (value - before);
                let (u, v) = place(exact, along);
                points.push(square.pixel(u, v));
                break;
            }
            before = Some(value);
        }
    }
    let mut line = line_through(&points)?;
    // The worst quarter is dirt, or a neighbour.
    let far = |line: &((f32, f32), (f32, f32)), it: &(f32, f32)| {
        ((it.0 - line.0.0) * line.1.1 - (it.1 - line.0.1) * line.1.0).abs()
    };
    points.sort_by(|a, b| far(&line, a).total_cmp(&far(&line, b)));
    points.truncate(points.len() * 3 / 4);
    line = line_through(&points)?;
    Some(line)
}

/// The middle of points and the direction in which they spread.
fn line_through(points: &[(f32, f32)]) -> Option<((f32, f32), (f32, f32))> {
    if points.len() < 4 {
        return None;
    }
    let count = points.len() as f32;
    let x = points.iter().map(|it| it.0).sum::<f32>() / count;
    let y = points.iter().map(|it| it.1).sum::<f32>() / count;
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (px, py) in points {
        let (dx, dy) = (px - x, py - y);
        (xx, xy, yy) = (xx + dx * dx, xy + dx * dy, yy + dy * dy);
    }
    let angle = (2.0_f32 * xy).atan2(xx - yy) / 2.0;
    Some(((x, y), (angle.cos(), angle.sin())))
}
