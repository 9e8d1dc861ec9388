//! What browsers fetch beside the pages: styles, scripts, WASM, icons. `script/web` builds the folder.
//!
//! Every file is read once, when the service starts; an address that names none of them is not found, so
//! that no address can lead out of the folder.

use std::collections::HashMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use actix_web::http::header::{
    AcceptEncoding, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ContentEncoding, ETAG, Encoding, Header as _, VARY,
};
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::caching::knows;
use crate::error::ApiError;

/// Files in the folder. More than that is another folder by mistake.
const MAX_FILES: usize = 500;
/// Bytes of one file.
const MAX_LENGTH: u64 = 16 << 20;
/// Folders within folders.
const MAX_DEPTH: usize = 4;
/// What the pages ask for, and what is missing without it.
const NEEDED: [(&str, &str); 3] = [
    ("passport.css", "pages have no styles"),
    ("verify/main.js", "the page that checks passes does nothing"),
    ("wasm/passport.wasm", "the page that checks passes cannot verify"),
];

/// Files by their names below `/assets/`.
#[derive(Debug, Clone, Default)]
pub struct Assets(Arc<HashMap<String, Asset>>);

#[derive(Debug)]
struct Asset {
    media_type: &'static str,
    tag: String,
    body: web::Bytes,
    gzip: Option<web::Bytes>,
}

impl Assets {
    /// Reads a folder as `script/web` makes it. Hidden files, links, and names that do not fit an address
    /// as they are stay out.
    ///
    /// # Errors
    /// A sentence, when something cannot be read or it is too much.
    pub fn read(folder: &Path) -> Result<Self, String> {
        let mut files = HashMap::new();
        gather(folder, "", 0, &mut files)?;
        Ok(Self(Arc::new(files)))
    }

    /// What is missing, in words.
    pub fn missing(&self) -> impl Iterator<Item = String> {
        let missing = NEEDED.iter().filter(|(name, _)| !self.0.contains_key(*name));
        missing.map(|(name, so)| format!("{name} is not there: {so}"))
    }

    pub(super) fn answer(&self, request: &HttpRequest, name: &str) -> Result<HttpResponse, ApiError> {
        let asset = self.0.get(name).ok_or(ApiError::NotFound)?;
        let gzip = asset.gzip.as_ref().filter(|_| takes_gzip(request));
        // Strong: each coding has a tag of its own.
        let tag = format!("\"{}{}\"", asset.tag, if gzip.is_some() { "-gzip" } else { "" });
        let known = knows(request, &tag);
        let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        response.insert_header((ETAG, tag)).insert_header((CACHE_CONTROL, "public, no-cache"));
        response.insert_header((VARY, "Accept-Encoding"));
        if known {
            return Ok(response.finish());
        }
        response.insert_header((CONTENT_TYPE, asset.media_type));
        if gzip.is_some() {
            response.insert_header((CONTENT_ENCODING, "gzip"));
        }
        Ok(response.body(gzip.unwrap_or(&asset.body).clone()))
    }
}

fn takes_gzip(request: &HttpRequest) -> bool {
    let supported = [Encoding::gzip(), Encoding::identity()];
    let chosen = AcceptEncoding::parse(request).ok().and_then(|accepted| accepted.negotiate(supported.iter()));
    chosen == Some(Encoding::Known(ContentEncoding::Gzip))
}

fn gather(folder: &Path, above: &str, depth: usize, files: &mut HashMap<String, Asset>) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let (kind, name) = (entry.file_type().map_err(failed)?, entry.file_name());
        let Some(name) = name.to_str().filter(|name| is_plain(name)) else { continue };
        let name = format!("{above}{name}");
        if kind.is_dir() && depth < MAX_DEPTH {
            gather(&entry.path(), &format!("{name}/"), depth + 1, files)?;
        } else if kind.is_file() {
            if files.len() >= MAX_FILES || entry.metadata().map_err(failed)?.len() > MAX_LENGTH {
                return Err(format!("{}: more than {MAX_FILES} files, or one too long", folder.display()));
            }
            let asset = Asset::new(&name, fs::read(entry.path()).map_err(failed)?);
            files.insert(name, asset);
        }
    }
    Ok(())
}

fn is_plain(name: &str) -> bool {
    !name.starts_with('.') && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

impl Asset {
    fn new(name: &str, body: Vec<u8>) -> Self {
        let tag = URL_SAFE_NO_PAD.encode(&Sha256::digest(&body)[..16]);
        let media_type = media_type(name);
        let gzip = (!media_type.starts_with("image/") || media_type == "image/svg+xml").then(|| {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            let compressed = gzip.write_all(&body).and_then(|()| gzip.finish());
            web::Bytes::from(compressed.expect("writing to memory does not fail"))
        });
        Self { media_type, tag, body: body.into(), gzip }
    }
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, end)| end) {
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    }
}
