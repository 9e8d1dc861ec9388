//! The plane of a code as a camera sees it: a projective map from modules to pixels, fitted to points.

/// A map from modules to pixels.
#[derive(Debug, Clone, Copy)]
pub struct Plane([f64; 8]);

/// A place in modules, the pixel where it is seen, and how much it counts.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    pub module: (f32, f32),
    pub pixel: (f32, f32),
    pub weight: f32,
}

impl Plane {
    /// The map that fits best; `None` with fewer than four points, or when they lie on one line.
    pub fn fit(points: &[Point], side: usize) -> Option<Self> {
        if points.len() < 4 {
            return None;
        }
        // Both kinds of numbers of about one size, for the sake of precision.
        let scale = 1.0 / side as f64;
        let pixels = 1.0 / 256.0;
        let mut normal = [[0.0_f64; 9]; 8];
        for point in points {
            let (u, v) = (f64::from(point.module.0) * scale, f64::from(point.module.1) * scale);
            let (x, y) = (f64::from(point.pixel.0) * pixels, f64::from(point.pixel.1) * pixels);
            let rows = [[u, v, 1.0, 0.0, 0.0, 0.0, -u * x, -v * x, x], [0.0, 0.0, 0.0, u, v, 1.0, -u * y, -v * y, y]];
            for row in rows {
                for (line, factor) in normal.iter_mut().zip(row) {
                    for (sum, value) in line.iter_mut().zip(row) {
                        *sum += f64::from(point.weight) * factor * value;
                    }
                }
            }
        }
        let [a, b, c, d, e, f, g, h] = solve(normal)?;
        let back = 1.0 / pixels;
        Some(Self([
            a * scale * back,
            b * scale * back,
            c * back,
            d * scale * back,
            e * scale * back,
            f * back,
            g * scale,
            h * scale,
        ]))
    }

    /// The pixel of a place in modules.
    pub fn pixel(&self, u: f32, v: f32) -> (f32, f32) {
        let (u, v) = (f64::from(u), f64::from(v));
        let [a, b, c, d, e, f, g, h] = self.0;
        let depth = g * u + h * v + 1.0;
        (((a * u + b * v + c) / depth) as f32, ((d * u + e * v + f) / depth) as f32)
    }
}

/// Gauss, with the largest pivot.
fn solve(mut rows: [[f64; 9]; 8]) -> Option<[f64; 8]> {
    for column in 0..8 {
        let pivot = (column..8).max_by(|a, b| rows[*a][column].abs().total_cmp(&rows[*b][column].abs()))?;
        rows.swap(column, pivot);
        let lead = rows[column];
        if lead[column].abs() < 1e-12 || !lead[column].is_finite() {
            return None;
        }
        for (place, row) in rows.iter_mut().enumerate() {
            if place != column {
                let factor = row[column] / lead[column];
                for (value, lead) in row.iter_mut().zip(lead) {
                    *value -= factor * lead;
                }
            }
        }
    }
    let mut solution = [0.0; 8];
    for (place, value) in solution.iter_mut().enumerate() {
        *value = rows[place][8] / rows[place][place];
    }
    Some(solution)
}
