//! From brightness to dark and light, module by module.

use crate::symbol::Modules;

/// What is dark: held against the modules around it, after each was set off from its four neighbours by
/// `sharpen`, which undoes some of a blur.
pub fn modules(brightness: &[f32], side: usize, sharpen: f32, reach: usize) -> Modules {
    let at = |x: usize, y: usize| brightness[y * side + x];
    let sharp: Vec<f32> = (0..side * side)
        .map(|place| {
            let (x, y) = (place % side, place / side);
            let near = at(x.saturating_sub(1), y)
                + at((x + 1).min(side - 1), y)
                + at(x, y.saturating_sub(1))
                + at(x, (y + 1).min(side - 1));
            at(x, y) + sharpen * (at(x, y) - near / 4.0)
        })
        .collect();
    let sums = table(&sharp, side, |value| value);
    let squares = table(&sharp, side, |value| value * value);
    let (mut dark, mut sure) = (Vec::with_capacity(side * side), Vec::with_capacity(side * side));
    for place in 0..side * side {
        let (x, y) = (place % side, place / side);
        let (left, right) = (x.saturating_sub(reach), (x + reach + 1).min(side));
        let (top, bottom) = (y.saturating_sub(reach), (y + reach + 1).min(side));
        let within = |table: &[f64]| {
            let at = |x: usize, y: usize| table[y * (side + 1) + x];
            at(right, bottom) - at(left, bottom) - at(right, top) + at(left, top)
        };
        let count = ((right - left) * (bottom - top)) as f64;
        let mean = within(&sums) / count;
        let spread = (within(&squares) / count - mean * mean).max(1.0).sqrt();
        let off = f64::from(sharp[place]) - mean;
        dark.push(off < 0.0);
        // What is as bright as a lamp could be anything.
        sure.push(if brightness[place] >= 254.0 { 0.0 } else { (off.abs() / spread) as f32 });
    }
    Modules { side, dark, sure }
}

/// Sums over all that is above and to the left.
fn table(values: &[f32], side: usize, of: impl Fn(f64) -> f64) -> Vec<f64> {
    let mut sums = vec![0.0; (side + 1) * (side + 1)];
    for y in 0..side {
        let mut row = 0.0;
        for x in 0..side {
            row += of(f64::from(values[y * side + x]));
            sums[(y + 1) * (side + 1) + x + 1] = sums[y * (side + 1) + x + 1] + row;
        }
    }
    sums
}
