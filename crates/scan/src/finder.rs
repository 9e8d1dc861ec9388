//! The three big squares of a code: where dark and light take turns as 1:1:3:1:1, across and down.

use std::cmp::Reverse;

use crate::gray::Gray;

/// Squares that are looked at further, those first that were crossed most often.
const MOST: usize = 24;

/// A big square.
#[derive(Debug, Clone, Copy)]
pub struct Finder {
    pub x: f32,
    pub y: f32,
    /// Size of a module, in pixels.
    pub module: f32,
    crossed: u32,
}

/// Three squares that may belong to one code: top left, top right, bottom left.
#[derive(Debug, Clone, Copy)]
pub struct Corners {
    pub places: [usize; 3],
    /// How little it looks like one; 0 is perfect.
    pub odd: f32,
}

struct Bits<'d> {
    width: usize,
    height: usize,
    dark: &'d [bool],
}

/// The squares in a picture, as `dark` has it.
pub fn find(picture: &Gray, dark: &[bool]) -> Vec<Finder> {
    let bits = Bits { width: picture.width, height: picture.height, dark };
    let mut found: Vec<Finder> = Vec::new();
    let mut ends = Vec::new();
    for y in 0..bits.height {
        let row = &dark[y * bits.width..(y + 1) * bits.width];
        ends.clear();
        ends.push(0);
        ends.extend((1..row.len()).filter(|x| row[*x] != row[*x - 1]));
        ends.push(row.len());
        let first = usize::from(!row[0]);
        for window in ends[first.min(ends.len() - 1)..].windows(6).step_by(2) {
            let runs = [0, 1, 2, 3, 4].map(|run| (window[run + 1] - window[run]) as f32);
            if !is_like(runs) {
                continue;
            }
            let x = usize::midpoint(window[2], window[3]);
            if let Some(finder) = bits.cross(x, y) {
                add(&mut found, finder);
            }
        }
    }
    found.sort_by_key(|it| Reverse(it.crossed));
    found.truncate(MOST);
    found
}

fn is_like(runs: [f32; 5]) -> bool {
    let module = runs.iter().sum::<f32>() / 7.0;
    // Blur and a threshold that is off make dark wider and light narrower, or the other way round.
    let slack = module * 0.5 + 0.6;
    let [a, b, c, d, e] = runs;
    module >= 1.0
        && [a, b, d, e].iter().all(|run| (run - module).abs() <= slack)
        && (c - module * 3.0).abs() <= slack * 1.6
}

fn add(found: &mut Vec<Finder>, new: Finder) {
    let near = |it: &&mut Finder| {
        (it.x - new.x).abs().max((it.y - new.y).abs()) < it.module * 1.5
            && it.module.max(new.module) < it.module.min(new.module) * 1.6
    };
    if let Some(it) = found.iter_mut().find(near) {
        let count = it.crossed as f32;
        let mix = |old: f32, new: f32| (old * count + new) / (count + 1.0);
        *it = Finder {
            x: mix(it.x, new.x),
            y: mix(it.y, new.y),
            module: mix(it.module, new.module),
            crossed: it.crossed + 1,
        };
    } else if found.len() < 2_000 {
        found.push(new);
    }
}

impl Bits<'_> {
    fn is_dark(&self, x: usize, y: usize) -> bool {
        self.dark[y * self.width + x]
    }

    /// The square around a dark place: crossed downwards, and from the middle found there across again.
    fn cross(&self, x: usize, y: usize) -> Option<Finder> {
        let down = runs(y, self.height, |y| self.is_dark(x, y))?;
        let middle = down.middle;
        let across = runs(x, self.width, |x| self.is_dark(x, middle as usize))?;
        let (one, two) = (down.module, across.module);
        (one.max(two) < one.min(two) * 2.0).then_some(Finder {
            x: across.middle,
            y: middle,
            module: f32::midpoint(one, two),
            crossed: 1,
        })
    }
}

struct Runs {
    middle: f32,
    module: f32,
}

/// Five runs along a line around a dark place, if they are as those of a square.
fn runs(from: usize, length: usize, is_dark: impl Fn(usize) -> bool) -> Option<Runs> {
    if !is_dark(from) {
        return None;
    }
    let walk = |step: isize| {
        let (mut at, mut counts, mut run) = (from, [0_usize; 3], 0);
        loop {
            at = at.checked_add_signed(step).filter(|at| *at < length)?;
            if is_dark(at) != (run % 2 == 0) {
                run += 1;
                if run == 3 {
                    return Some(counts);
                }
            }
            counts[run] += 1;
        }
    };
    // A square at the edge of the picture has nothing beyond it: not taken, for it has no quiet zone either.
    let (before, after) = (walk(-1)?, walk(1)?);
    let all = [before[2], before[1], before[0] + 1 + after[0], after[1], after[2]].map(|run| run as f32);
    let middle = from as f32 + 0.5 + (after[0] as f32 - before[0] as f32) / 2.0;
    is_like(all).then(|| Runs { middle, module: all.iter().sum::<f32>() / 7.0 })
}

/// Threes that may be the corners of one code, likely ones first.
pub fn threes(found: &[Finder]) -> Vec<Corners> {
    let mut all = Vec::new();
    for corner in 0..found.len() {
        for one in 0..found.len() {
            for two in one + 1..found.len() {
                if corner != one && corner != two {
                    all.extend(three(found, corner, one, two));
                }
            }
        }
    }
    all.sort_by(|a, b| a.odd.total_cmp(&b.odd));
    all
}

fn three(found: &[Finder], corner: usize, one: usize, two: usize) -> Option<Corners> {
    let (c, a, b) = (found[corner], found[one], found[two]);
    let modules = [c.module, a.module, b.module];
    let largest = modules.iter().copied().fold(0.0, f32::max);
    let smallest = modules.iter().copied().fold(f32::MAX, f32::min);
    let ((ax, ay), (bx, by)) = ((a.x - c.x, a.y - c.y), (b.x - c.x, b.y - c.y));
    let (far_a, far_b) = (ax.hypot(ay), bx.hypot(by));
    let cosine = (ax * bx + ay * by) / (far_a * far_b);
    let ratio = far_a.max(far_b) / far_a.min(far_b);
    let modules_apart = far_a.min(far_b) / (modules.iter().sum::<f32>() / 3.0);
    // Middles are 14 to 170 modules apart; tilting makes these look fewer or more.
    let likely = largest < smallest * 1.9 && cosine.abs() < 0.5 && ratio < 1.9 && (9.0..230.0).contains(&modules_apart);
    let odd = cosine.abs()
        + (ratio - 1.0)
        + (largest / smallest - 1.0) * 0.7
        + 2.0 / (c.crossed.min(a.crossed).min(b.crossed) as f32);
    // Clockwise from top right over top left to bottom left is how codes are written.
    let places = if ax * by - ay * bx > 0.0 { [corner, one, two] } else { [corner, two, one] };
    likely.then_some(Corners { places, odd })
}
