//! From three big squares to modules: the side of the code, its plane, and what is dark.

use crate::corner::{Corner, apart, meeting, unit};
use crate::finder::Finder;
use crate::gray::Gray;
use crate::plane::{Plane, Point};
use crate::symbol::{MAX_SIDE, alignments, version_bits, version_of};

/// A code that was found in a picture, not yet read.
pub struct Grid<'p> {
    picture: &'p Gray,
    pub side: usize,
    plane: Plane,
    /// How far the paper is off its plane at each crossing of the lines of alignment patterns, in pixels.
    bends: Bends,
}

struct Bends {
    lines: Vec<f32>,
    off: Vec<(f32, f32)>,
}

/// Of [`Grid::timing`]: with less, it is no code, or not of this side.
const LEAST_TIMING: f32 = 0.25;

/// The picture of an alignment pattern: light, as one module each.
const ALIGNMENT: [[bool; 5]; 5] = [
    [false, false, false, false, false],
    [false, true, true, true, false],
    [false, true, false, true, false],
    [false, true, true, true, false],
    [false, false, false, false, false],
];
const FINDER: [[bool; 7]; 7] = [
    [false, false, false, false, false, false, false],
    [false, true, true, true, true, true, false],
    [false, true, false, false, false, true, false],
    [false, true, false, false, false, true, false],
    [false, true, false, false, false, true, false],
    [false, true, true, true, true, true, false],
    [false, false, false, false, false, false, false],
];

/// The ways to see three squares as a code, likely ones first.
pub fn grids<'p>(picture: &'p Gray, squares: [Finder; 3]) -> Vec<Grid<'p>> {
    let [a, b, c] = squares.map(|it| (it.x, it.y));
    let (right, down) = (unit(a, b), unit(a, c));
    let corners = squares.map(|it| Corner::measure(picture, it, right, down));
    let [Some(top_left), Some(top_right), Some(bottom_left)] = corners else { return Vec::new() };
    let fourth = meeting(picture, &top_right, &bottom_left);
    let sides = sides(picture, &top_left, &top_right, &bottom_left);
    let corners = [top_left, top_right, bottom_left];
    let mut grids: Vec<(f32, Grid<'p>)> = sides
        .into_iter()
        .filter_map(|side| Grid::new(picture, side, corners, fourth))
        .map(|grid| (grid.timing(), grid))
        .filter(|(timing, _)| *timing > LEAST_TIMING)
        .collect();
    grids.sort_by(|a, b| b.0.total_cmp(&a.0));
    grids.truncate(2);
    let refined = grids.into_iter().map(|(_, mut grid)| {
        grid.refine();
        grid
    });
    refined.filter(|grid| grid.timing() > LEAST_TIMING).collect()
}

/// Sides that the code may have.
fn sides(picture: &Gray, top_left: &Corner, top_right: &Corner, bottom_left: &Corner) -> Vec<usize> {
    // Seen at a slant, sizes along a line are those at its ends in geometric mean.
    let modules = |one: &Corner, two: &Corner, a: (f32, f32), b: (f32, f32)| {
        apart(one.middle, two.middle) / (a.0.hypot(a.1) * b.0.hypot(b.1)).sqrt()
    };
    let across = modules(top_left, top_right, top_left.right, top_right.right);
    let along = modules(top_left, bottom_left, top_left.down, bottom_left.down);
    let guess = f32::midpoint(across, along) + 7.0;
    // Not above 400, whatever the picture: squares are less than 230 modules apart.
    let version = ((guess.clamp(21.0, 400.0) - 17.0) / 4.0).round() as usize;
    let mut versions: Vec<usize> = (version.saturating_sub(2)..=version + 2).collect();
    if guess > 38.0 {
        let right = |bit: usize| top_right.is_dark(picture, (bit % 3) as f32 - 7.0, (bit / 3) as f32 - 3.0);
        let bottom = |bit: usize| bottom_left.is_dark(picture, (bit / 3) as f32 - 3.0, (bit % 3) as f32 - 7.0);
        let read = |is_dark: &dyn Fn(usize) -> bool| (0..18).fold(0, |bits, bit| bits | u32::from(is_dark(bit)) << bit);
        for bits in [read(&right), read(&bottom)] {
            let wrong = |version: &u32| (version_bits(*version) ^ bits).count_ones();
            versions.extend((7..=40_u32).filter(|version| wrong(version) <= 3).map(|version| version as usize));
        }
    }
    versions.sort_unstable();
    versions.dedup();
    versions.into_iter().map(|version| version * 4 + 17).filter(|side| version_of(*side).is_some()).collect()
}

impl<'p> Grid<'p> {
    fn new(picture: &'p Gray, side: usize, corners: [Corner; 3], fourth: Option<(f32, f32)>) -> Option<Self> {
        let far = side as f32 - 3.5;
        let places = [(3.5, 3.5), (far, 3.5), (3.5, far)];
        let mut points: Vec<Point> = corners
            .iter()
            .zip(places)
            .map(|(corner, module)| Point { module, pixel: corner.middle, weight: 1.0 })
            .collect();
        let [top_left, top_right, bottom_left] = corners;
        let parallel = (
            top_right.middle.0 + bottom_left.middle.0 - top_left.middle.0,
            top_right.middle.1 + bottom_left.middle.1 - top_left.middle.1,
        );
        let last = match fourth {
            Some(pixel) => Point { module: (side as f32, side as f32), pixel, weight: 1.0 },
            None => Point { module: (far, far), pixel: parallel, weight: 1.0 },
        };
        points.push(last);
        let plane = Plane::fit(&points, side)?;
        Some(Self { picture, side, plane, bends: Bends { lines: Vec::new(), off: Vec::new() } })
    }

    /// How well the two lines between the squares, on which dark and light take turns, are seen as such: 1 is
    /// perfectly.
    fn timing(&self) -> f32 {
        let line = |pixel: &dyn Fn(f32) -> (f32, f32)| {
            let values: Vec<f32> = (7..self.side - 7)
                .map(|at| {
                    let (x, y) = pixel(at as f32 + 0.5);
                    self.picture.at(x, y)
                })
                .collect();
            // Light at odd places; each is held against its two neighbours, so that shade does not matter.
            let (mut right, mut all) = (0.0, 0.0);
            for (place, three) in values.windows(3).enumerate() {
                let off = three[1] - f32::midpoint(three[0], three[2]);
                right += if place % 2 == 0 { -off } else { off };
                all += off.abs();
            }
            right / all.max(1e-3)
        };
        let across = line(&|at| self.plane.pixel(at, 6.5));
        let down = line(&|at| self.plane.pixel(6.5, at));
        f32::midpoint(across, down)
    }

    /// Fits the plane to the patterns that lie all over the code.
    fn refine(&mut self) {
        let (side, version) = (self.side as f32, version_of(self.side).unwrap_or(1));
        let far = side - 3.5;
        let lines: Vec<f32> = alignments(version).iter().map(|line| *line as f32 + 0.5).collect();
        let corner = lines.last().copied();
        // The pattern at the corner that has no square may be far from where three squares would have it.
        if let Some(at) = corner {
            let (pixel, likeness) = self.seek(&ALIGNMENT, (at, at), 4.0);
            if likeness > 0.55 {
                let mut points: Vec<Point> = [(3.5, 3.5), (far, 3.5), (3.5, far)]
                    .map(|module| Point { module, pixel: self.plane.pixel(module.0, module.1), weight: 1.0 })
                    .to_vec();
                points.push(Point { module: (at, at), pixel, weight: 1.0 });
                self.plane = Plane::fit(&points, self.side).unwrap_or(self.plane);
            }
        }
        for reach in [1.5, 0.75] {
            let points = self.patterns(&lines, reach);
            let fitted = Plane::fit(&points, self.side);
            let Some(fitted) = fitted else { return };
            let off = |point: &Point| apart(fitted.pixel(point.module.0, point.module.1), point.pixel);
            let mut offs: Vec<f32> = points.iter().map(off).collect();
            offs.sort_by(f32::total_cmp);
            let limit = offs[offs.len() / 2] * 3.0 + 0.3;
            let good: Vec<Point> = points.iter().filter(|point| off(point) <= limit).copied().collect();
            self.plane = Plane::fit(&good, self.side).unwrap_or(fitted);
        }
        self.measure_bends(lines);
    }

    /// The patterns that look like ones, where they are.
    fn patterns(&self, lines: &[f32], reach: f32) -> Vec<Point> {
        let far = self.side as f32 - 3.5;
        let mut points = Vec::new();
        for module in [(3.5, 3.5), (far, 3.5), (3.5, far)] {
            let (pixel, likeness) = self.seek(&FINDER, module, reach.min(1.0));
            points.push(Point { module, pixel, weight: likeness.max(0.05) * 2.0 });
        }
        for module in crossings(lines) {
            let (pixel, likeness) = self.seek(&ALIGNMENT, module, reach);
            if likeness > 0.6 {
                points.push(Point { module, pixel, weight: likeness });
            }
        }
        if points.len() < 4 {
            points.push(Point { module: (far, far), pixel: self.plane.pixel(far, far), weight: 1.0 });
        }
        points
    }

    /// Where around a place a pattern is seen best, and how well: 1 is perfectly.
    fn seek<const N: usize>(&self, pattern: &[[bool; N]; N], middle: (f32, f32), reach: f32) -> ((f32, f32), f32) {
        let (mut best, mut place) = (f32::MIN, middle);
        for (reach, step) in [(reach, 0.5), (0.375, 0.125)] {
            let around = place;
            let count = (reach / step).round() as i32;
            for (down, across) in (-count..=count).flat_map(|down| (-count..=count).map(move |across| (down, across))) {
                let at = (around.0 + across as f32 * step, around.1 + down as f32 * step);
                let likeness = self.likeness(pattern, at);
                if likeness > best {
                    (best, place) = (likeness, at);
                }
            }
        }
        (self.plane.pixel(place.0, place.1), best)
    }

    /// The correlation of what is seen at a place with a pattern.
    fn likeness<const N: usize>(&self, pattern: &[[bool; N]; N], middle: (f32, f32)) -> f32 {
        let (mut sum, mut squares, mut light, mut lights) = (0.0, 0.0, 0.0, 0.0);
        for (y, row) in pattern.iter().enumerate() {
            for (x, is_light) in row.iter().enumerate() {
                let reach = (N / 2) as f32;
                let (u, v) = (middle.0 + x as f32 - reach, middle.1 + y as f32 - reach);
                let (x, y) = self.plane.pixel(u, v);
                let value = self.picture.at(x, y);
                sum += value;
                squares += value * value;
                if *is_light {
                    light += value;
                    lights += 1.0;
                }
            }
        }
        let count = (N * N) as f32;
        let spread = squares - sum * sum / count;
        let expected = lights * (1.0 - lights / count);
        (light - sum * lights / count) / (spread * expected).sqrt().max(1e-3)
    }

    fn measure_bends(&mut self, lines: Vec<f32>) {
        if lines.len() < 3 {
            return;
        }
        let mut off = vec![None; lines.len() * lines.len()];
        let last = lines.len() - 1;
        for (row, v) in lines.iter().enumerate() {
            for (column, u) in lines.iter().enumerate() {
                let is_finder =
                    matches!((column, row), (0, 0)) || (column, row) == (last, 0) || (column, row) == (0, last);
                let far = self.side as f32 - 3.5;
                let nearest = |line: f32| if line < self.side as f32 / 2.0 { 3.5 } else { far };
                let (module, (pixel, likeness)) = if is_finder {
                    let module = (nearest(*u), nearest(*v));
                    (module, self.seek(&FINDER, module, 1.0))
                } else {
                    ((*u, *v), self.seek(&ALIGNMENT, (*u, *v), 1.5))
                };
                let expected = self.plane.pixel(module.0, module.1);
                off[row * lines.len() + column] =
                    (likeness > 0.6).then_some((pixel.0 - expected.0, pixel.1 - expected.1));
            }
        }
        let off = off.into_iter().map(Option::unwrap_or_default).collect();
        self.bends = Bends { lines, off };
    }

    /// The four corners, in pixels: top left, top right, bottom right, bottom left.
    pub fn corners(&self) -> [(f32, f32); 4] {
        let side = self.side as f32;
        [(0.0, 0.0), (side, 0.0), (side, side), (0.0, side)].map(|(u, v)| self.plane.pixel(u, v))
    }

    /// The brightness of each module; `bent` follows paper that is not flat.
    pub fn brightness(&self, bent: bool) -> Vec<f32> {
        const STEPS: [f32; 3] = [-0.22, 0.0, 0.22];
        let side = self.side.min(MAX_SIDE);
        let mut values = Vec::with_capacity(side * side);
        for y in 0..side {
            for x in 0..side {
                let (u, v) = (x as f32 + 0.5, y as f32 + 0.5);
                let off = if bent { self.bends.at(u, v) } else { (0.0, 0.0) };
                let mut sum = 0.0;
                for down in STEPS {
                    for across in STEPS {
                        let (px, py) = self.plane.pixel(u + across, v + down);
                        sum += self.picture.at(px + off.0, py + off.1);
                    }
                }
                values.push(sum / 9.0);
            }
        }
        values
    }

    /// Whether any of it is off its plane so far that it matters.
    pub fn is_bent(&self) -> bool {
        let [a, b, ..] = self.corners();
        let module = apart(a, b) / self.side as f32;
        self.bends.off.iter().any(|off| off.0.hypot(off.1) > module * 0.2)
    }
}

impl Bends {
    fn at(&self, u: f32, v: f32) -> (f32, f32) {
        let count = self.lines.len();
        if count < 2 {
            return (0.0, 0.0);
        }
        let cell = |at: f32| {
            let low = self.lines[1..count - 1].iter().filter(|line| **line <= at).count();
            (low, ((at - self.lines[low]) / (self.lines[low + 1] - self.lines[low])).clamp(0.0, 1.0))
        };
        let ((column, across), (row, down)) = (cell(u), cell(v));
        let off = |row: usize, column: usize| self.off[row * count + column];
        let mix = |a: (f32, f32), b: (f32, f32), share: f32| (a.0 + (b.0 - a.0) * share, a.1 + (b.1 - a.1) * share);
        let upper = mix(off(row, column), off(row, column + 1), across);
        let lower = mix(off(row + 1, column), off(row + 1, column + 1), across);
        mix(upper, lower, down)
    }
}

/// Where alignment patterns lie: wherever two of their lines cross, but in the corners of the squares.
fn crossings(lines: &[f32]) -> impl Iterator<Item = (f32, f32)> + '_ {
    let last = lines.len().saturating_sub(1);
    let all = (0..lines.len()).flat_map(move |row| (0..=last).map(move |column| (column, row)));
    all.filter(move |(column, row)| {
        !matches!((column, row), (0, 0)) && (*column, *row) != (last, 0) && (*column, *row) != (0, last)
    })
    .map(|(column, row)| (lines[column], lines[row]))
}
