//! Brightness: sampled between pixels, averaged, made smaller, and held against what is around it.

/// Brightness, one byte a pixel, row by row from the top.
#[derive(Debug, Clone)]
pub struct Gray {
    pub width: usize,
    pub height: usize,
    pub luma: Vec<u8>,
}

impl Gray {
    /// Brightness at a place, between four pixels; the middle of the first pixel is at 0.5. What lies outside is
    /// as its nearest pixel.
    pub fn at(&self, x: f32, y: f32) -> f32 {
        let near = |value: f32, size: usize| (value - 0.5).max(0.0).min(size as f32 - 1.0);
        let (x, y) = (near(x, self.width), near(y, self.height));
        // Neither negative nor beyond the picture, and no NaN: `max` has seen to it.
        let (left, top) = (x as usize, y as usize);
        let (right, bottom) = ((left + 1).min(self.width - 1), (top + 1).min(self.height - 1));
        let (along, down) = (x - left as f32, y - top as f32);
        let pixel = |x: usize, y: usize| f32::from(self.luma[y * self.width + x]);
        let upper = pixel(left, top) * (1.0 - along) + pixel(right, top) * along;
        let lower = pixel(left, bottom) * (1.0 - along) + pixel(right, bottom) * along;
        upper * (1.0 - down) + lower * down
    }

    /// Each square of `factor` pixels as one.
    pub fn shrunk(&self, factor: usize) -> Self {
        let (width, height) = ((self.width / factor).max(1), (self.height / factor).max(1));
        let mut luma = Vec::with_capacity(width * height);
        for y in 0..height {
            for x in 0..width {
                let rows = (y * factor..(y + 1) * factor).filter(|row| *row < self.height);
                let (mut sum, mut count) = (0, 0);
                for row in rows {
                    let start = row * self.width + x * factor;
                    let part = &self.luma[start..start + factor.min(self.width - x * factor)];
                    sum += part.iter().map(|value| usize::from(*value)).sum::<usize>();
                    count += part.len();
                }
                luma.push(u8::try_from(sum / count.max(1)).unwrap_or(u8::MAX));
            }
        }
        Self { width, height, luma }
    }

    /// Light for dark.
    pub fn inverted(&self) -> Self {
        Self { luma: self.luma.iter().map(|value| !value).collect(), ..*self }
    }

    /// The mean of the square around each pixel that reaches so far to each side.
    pub fn mean(&self, reach: usize) -> Self {
        let (width, height) = (self.width, self.height);
        let mut across = vec![0; self.luma.len()];
        for (from, to) in self.luma.chunks_exact(width).zip(across.chunks_exact_mut(width)) {
            slide(reach, width, |place| from[place], |place, value| to[place] = value);
        }
        let mut luma = vec![0; self.luma.len()];
        // Eight columns at a time would be faster; this is a tenth of the whole.
        for x in 0..width {
            slide(reach, height, |y| across[y * width + x], |y, value| luma[y * width + x] = value);
        }
        Self { width, height, luma }
    }

    /// Which pixels are darker than what is around them, as far as `reach`.
    pub fn dark(&self, reach: usize) -> Vec<bool> {
        let around = self.mean(reach);
        self.luma.iter().zip(around.luma).map(|(value, around)| *value < around).collect()
    }
}

/// The mean of each value and those within reach of it.
fn slide(reach: usize, length: usize, value: impl Fn(usize) -> u8, mut put: impl FnMut(usize, u8)) {
    let (mut sum, mut count) = (0_usize, 0_usize);
    for place in 0..reach.min(length) {
        sum += usize::from(value(place));
        count += 1;
    }
    for place in 0..length {
        if place + reach < length {
            sum += usize::from(value(place + reach));
            count += 1;
        }
        if place > reach {
            sum -= usize::from(value(place - reach - 1));
            count -= 1;
        }
        put(place, u8::try_from(sum / count).unwrap_or(u8::MAX));
    }
}
