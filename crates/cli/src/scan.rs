//! From what a person names on the command line to the text of a pass or credential: the text
//! itself, a file that holds it, or a picture with a QR code in it.

use std::fs;
use std::io::{Cursor, Read as _};
use std::path::Path;

use image::{ImageFormat, ImageReader, Limits};
use passport_scan::{Effort, Picture, scan};
use passport_schema::pass::PREFIX;

use crate::exit::{DATA, Failure, NO_INPUT};

/// Largest file that is read, in bytes.
const MAX_FILE: u64 = 32 * 1024 * 1024;
/// Largest side of a picture, in pixels.
const MAX_SIDE: u32 = 10_000;

/// The text behind an argument; `-` is standard input.
pub fn text(argument: &str) -> Result<String, Failure> {
    if argument.starts_with(PREFIX) || is_token(argument) {
        return Ok(argument.to_owned());
    }
    let path = Path::new(argument);
    let bytes = if argument == "-" { read(std::io::stdin(), path) } else { read(open(path)?, path) }?;
    match image::guess_format(&bytes) {
        Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg)) => {
            qr_code(&bytes, format).map_err(|why| DATA.at(path, why))
        }
        _ => match String::from_utf8(bytes) {
            Ok(text) => Ok(text.trim().to_owned()),
            Err(_) => Err(DATA.at(path, "neither text nor a PNG or JPEG picture")),
        },
    }
}

fn is_token(argument: &str) -> bool {
    argument.len() > 100 && argument.split('.').count() == 3 && !Path::new(argument).exists()
}

fn open(path: &Path) -> Result<fs::File, Failure> {
    fs::File::open(path).map_err(|error| NO_INPUT.at(path, error))
}

fn read(source: impl std::io::Read, path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    source.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(|error| NO_INPUT.at(path, error))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(DATA.at(path, format!("longer than {MAX_FILE} bytes")));
    }
    Ok(bytes)
}

fn qr_code(bytes: &[u8], format: ImageFormat) -> Result<String, String> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    reader.limits(limits);
    let picture = reader.decode().map_err(|error| error.to_string())?.into_luma8();
    // Sides are at most 10,000, so that both fit.
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let codes = Picture::new(width, height, picture.as_raw()).map(|it| scan(it, Effort::Thorough)).unwrap_or_default();
    let pass = codes.iter().find(|code| code.text.starts_with(PREFIX)).or(codes.first());
    pass.map(|code| code.text.clone())
        .ok_or_else(|| "no QR code can be read in this picture; take it again, straight, sharp and whole".into())
}
