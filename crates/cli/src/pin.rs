//! The root key that this machine relies on, and the highest trust list that it has seen.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Args;
use passport_schema::id::KeyId;
use passport_verifier::PublicKey;
use serde_json::json;

use crate::exit::{CANNOT_WRITE, DATA, Failure, Outcome, USAGE, say};

/// Pin the root key of the system whose bundles this machine relies on.
#[derive(Debug, Args)]
pub struct Pin {
    /// The root key's public half in base64url, or a file that holds it
    root: String,
}

impl Pin {
    pub fn run(self) -> Outcome {
        let root = parse(&self.root)?;
        let sequence = remembered(&root);
        save(&Pinned { root, sequence })?;
        say!("Bundles are now held against this root key. It is kept in {}.", file()?.display());
        Ok(ExitCode::SUCCESS)
    }
}

/// A root key, and the highest sequence number that was seen under it.
#[derive(Debug)]
pub struct Pinned {
    pub root: PublicKey,
    pub sequence: u64,
}

/// A root key: the text itself, or a file that holds it.
pub fn parse(text: &str) -> Result<PublicKey, Failure> {
    let from_file = fs::read_to_string(text);
    let text = from_file.as_deref().unwrap_or(text).trim();
    let bytes = URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| USAGE.because("the root key is neither base64url nor a file that holds it"))?;
    PublicKey::parse(&bytes).map_err(|error| USAGE.because(format!("the root key cannot be used: {error}")))
}

/// A public key as people pass it on.
pub fn encode(root: &PublicKey) -> String {
    URL_SAFE_NO_PAD.encode(root.to_bytes())
}

fn file() -> Result<PathBuf, Failure> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let folder = variable("PASSPORT_HOME")
        .or_else(|| variable("XDG_CONFIG_HOME").map(|folder| folder.join("staff-passport")))
        .or_else(|| variable("HOME").map(|folder| folder.join(".config/staff-passport")));
    folder.map(|folder| folder.join("root.json")).ok_or_else(|| USAGE.because("set HOME or PASSPORT_HOME"))
}

/// The root key to hold a bundle against: the one given, else the pinned one.
pub fn load(given: Option<&str>) -> Result<Pinned, Failure> {
    if let Some(text) = given {
        let root = parse(text)?;
        let sequence = remembered(&root);
        return Ok(Pinned { root, sequence });
    }
    let path = file()?;
    let Ok(text) = fs::read_to_string(&path) else {
        return Err(USAGE.because(
            "no root key is pinned: give --root KEY or FILE, or pin one with `passport pin KEY` or `passport pin FILE`",
        ));
    };
    let json: serde_json::Value = serde_json::from_str(&text).map_err(|error| DATA.at(&path, error))?;
    let root = json["root"].as_str().ok_or_else(|| DATA.at(&path, "no root key in it"))?;
    let root = parse(root)?;
    let sequence = remembered(&root);
    Ok(Pinned { root, sequence })
}

/// The file in which the highest sequence number under a root key is kept.
fn seen_file(root: &PublicKey) -> Result<PathBuf, Failure> {
    let path = file()?;
    let id = KeyId::of_ed25519(&root.to_bytes());
    Ok(path.with_file_name(format!("seen-{id}.json")))
}

/// The highest sequence number that was seen under a root key, pinned or given.
fn remembered(root: &PublicKey) -> u64 {
    let text = seen_file(root).ok().and_then(|path| fs::read_to_string(path).ok()).unwrap_or_default();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    if json["root"] == encode(root) { json["sequence"].as_u64().unwrap_or(0) } else { 0 }
}

/// Remembers the highest sequence number under a root key. A folder that cannot be written to is
/// worth a word, and no reason not to verify.
pub fn remember(root: &PublicKey, sequence: u64) {
    if sequence <= remembered(root) {
        return;
    }
    let text = json!({ "root": encode(root), "sequence": sequence }).to_string();
    let kept = seen_file(root).and_then(|path| write(&path, &text));
    if let Err(failure) = kept {
        eprintln!("passport: {} (an older bundle will not be noticed)", failure.why);
    }
}

/// Pins a root key.
fn save(pinned: &Pinned) -> Result<(), Failure> {
    write(&file()?, &json!({ "root": encode(&pinned.root) }).to_string())
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let write = || {
        fs::create_dir_all(path.parent().unwrap_or(path))?;
        let temporary = path.with_extension("new");
        fs::write(&temporary, text)?;
        fs::rename(&temporary, path)
    };
    write().map_err(|error: std::io::Error| CANNOT_WRITE.at(path, error))
}
