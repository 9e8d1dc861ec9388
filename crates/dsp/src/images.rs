//! Document images are dropped while a body is read: memory holds the rest of it, and never an image.

use std::fmt;

/// Longest image that is read over, in bytes of base64: the specification's 5 MB, and a little.
pub const IMAGE_LIMIT: usize = 5 * 1024 * 1024 + 1024;

/// The members whose texts are dropped.
const IMAGES: [&[u8]; 2] = [b"biometricPageImage", b"photograph"];
/// A name that is longer is none of them.
const LONGEST_NAME: usize = 32;

/// What was read is longer than allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong;

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("longer than is read")
    }
}

impl std::error::Error for TooLong {}

/// Reads a JSON document piece by piece, and keeps all of it but the images of its outermost object, which
/// become empty texts. It does not say whether the document is well-formed: whoever reads it then does.
#[derive(Debug)]
pub struct Sieve {
    kept: Vec<u8>,
    limit: usize,
    depth: usize,
    place: Place,
    name: Vec<u8>,
    /// What stands before the next value is its name.
    named: bool,
    /// Bytes of the image at hand, and of all images.
    dropped: usize,
    total: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Between,
    Text { escaped: bool },
    Image { escaped: bool },
}

impl Sieve {
    /// A sieve that keeps at most `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            kept: Vec::new(),
            limit,
            depth: 0,
            place: Place::Between,
            name: Vec::new(),
            named: false,
            dropped: 0,
            total: 0,
        }
    }

    /// Takes the next piece.
    ///
    /// # Errors
    /// [`TooLong`]: an image beyond [`IMAGE_LIMIT`], or more than the limit besides.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), TooLong> {
        for &byte in piece {
            match self.place {
                Place::Image { escaped } => {
                    if byte == b'"' && !escaped {
                        self.place = Place::Between;
                        self.keep(byte)?;
                        continue;
                    }
                    self.dropped += 1;
                    self.total += 1;
                    if self.dropped > IMAGE_LIMIT || self.total > IMAGES.len() * IMAGE_LIMIT {
                        return Err(TooLong);
                    }
                    self.place = Place::Image { escaped: byte == b'\\' && !escaped };
                    continue;
                }
                Place::Text { escaped } => {
                    if byte == b'"' && !escaped {
                        self.place = Place::Between;
                    } else {
                        if self.depth == 1 && !self.named && self.name.len() <= LONGEST_NAME {
                            self.name.push(byte);
                        }
                        self.place = Place::Text { escaped: byte == b'\\' && !escaped };
                    }
                }
                Place::Between => self.between(byte),
            }
            self.keep(byte)?;
        }
        Ok(())
    }

    fn between(&mut self, byte: u8) {
        match byte {
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            b':' if self.depth == 1 => self.named = true,
            b'"' => {
                let image = self.depth == 1 && self.named && IMAGES.contains(&self.name.as_slice());
                self.dropped = 0;
                self.place = if image { Place::Image { escaped: false } } else { Place::Text { escaped: false } };
            }
            _ => {}
        }
        if self.depth == 1 && matches!(byte, b',' | b'{') {
            self.named = false;
            self.name.clear();
        }
    }

    fn keep(&mut self, byte: u8) -> Result<(), TooLong> {
        if self.kept.len() == self.limit {
            return Err(TooLong);
        }
        self.kept.push(byte);
        Ok(())
    }

    /// What was kept.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sieved(text: &str, piece: usize) -> Result<String, TooLong> {
        let mut sieve = Sieve::new(200);
        text.as_bytes().chunks(piece).try_for_each(|piece| sieve.push(piece))?;
        Ok(String::from_utf8(sieve.finish()).unwrap())
    }

    #[test]
    fn images_become_empty_texts_wherever_the_pieces_end() {
        for (text, kept) in [
            (r#"{"photograph":"AAAA","a":"b"}"#, r#"{"photograph":"","a":"b"}"#),
            (
                r#"{ "a" : [1,{"photograph":"x"}] , "biometricPageImage" : "A\"B\\" }"#,
                r#"{ "a" : [1,{"photograph":"x"}] , "biometricPageImage" : "" }"#,
            ),
            (r#"{"photograph":null,"b":"c"}"#, r#"{"photograph":null,"b":"c"}"#),
            (r#"{"a":"photograph","b":"kept"}"#, r#"{"a":"photograph","b":"kept"}"#),
            (r#"["photograph","kept"]"#, r#"["photograph","kept"]"#),
            (r#"{"a\"photograph":"kept"}"#, r#"{"a\"photograph":"kept"}"#),
        ] {
            for piece in 1..text.len() {
                assert_eq!(sieved(text, piece).as_deref(), Ok(kept));
            }
        }
    }

    #[test]
    fn neither_an_image_nor_the_rest_grows_without_end() {
        let mut sieve = Sieve::new(200);
        sieve.push(br#"{"photograph":""#).unwrap();
        let block = vec![b'A'; 1 << 16];
        for _ in 0..IMAGE_LIMIT / block.len() {
            sieve.push(&block).unwrap();
        }
        assert!(sieve.kept.capacity() < 300, "nothing of it is kept");
        assert_eq!(sieve.push(&block), Err(TooLong));
        let mut again = Sieve::new(200);
        let (block, image) = (vec![b'A'; IMAGE_LIMIT], br#""photograph":""#);
        again.push(b"{").unwrap();
        for _ in 0..2 {
            again.push(image).and_then(|()| again.push(&block)).and_then(|()| again.push(b"\",")).unwrap();
        }
        assert_eq!(again.push(br#""photograph":"A""#), Err(TooLong), "a third image");
        assert_eq!(sieved(&format!(r#"{{"note":"{}"}}"#, "x".repeat(200)), 7), Err(TooLong));
        assert_eq!(sieved(&format!(r#"{{"x":{{"photograph":"{}"}}}}"#, "x".repeat(200)), 7), Err(TooLong));
    }
}
