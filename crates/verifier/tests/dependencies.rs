//! What the verifier is built from: nothing that could reach a network, a file or a clock.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Crates that reach the network, other processes' time or the operating system's randomness, by
/// the beginning of their names.
const FORBIDDEN: &[&str] = &[
    "tokio",
    "async-std",
    "smol",
    "hyper",
    "reqwest",
    "ureq",
    "isahc",
    "curl",
    "rustls",
    "openssl",
    "native-tls",
    "socket2",
    "mio",
    "hickory",
    "trust-dns",
    "sqlx",
    "rusqlite",
    "actix",
    "axum",
    "getrandom",
    "rand",
    "chrono",
    "iana-time-zone",
    "time-tz",
    "jiff",
    "web-time",
    "instant",
    "tempfile",
    "dirs",
    "rustix",
    "windows-sys",
];
/// Of those beginnings: crates that only define traits.
const HARMLESS: &[&str] = &["rand_core"];

#[test]
fn nothing_that_the_verifier_links_reaches_a_network_a_file_or_a_clock() {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "-p", "passport-verifier", "-e", "normal", "--prefix", "none", "-f", "{p}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo is at hand");
    let tree = String::from_utf8(tree.stdout).expect("names");
    let names: Vec<_> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(names.contains(&"passport-schema") && names.contains(&"ed25519-dalek"), "no tree: {names:?}");
    let bad = |name: &&&str| FORBIDDEN.iter().any(|start| name.starts_with(start)) && !HARMLESS.contains(name);
    let found: Vec<_> = names.iter().filter(bad).collect();
    assert!(found.is_empty(), "the verifier has come to depend on {found:?}");
}

#[test]
fn no_source_of_the_verifier_or_the_schema_names_a_network_a_file_or_a_clock() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in [here.join("src"), here.join("../schema/src")] {
        inspect(&folder);
    }
}

fn inspect(folder: &Path) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            inspect(&path);
            continue;
        }
        let source = fs::read_to_string(&path).expect("text");
        for word in [
            "std::net",
            "std::fs",
            "std::process",
            "std::thread",
            "std::env",
            "SystemTime",
            "Instant::now",
            "now_utc",
            "now_local",
            "static mut",
            "async fn",
            "OnceLock",
            "LazyLock",
            "thread_local",
        ] {
            assert!(!source.contains(word), "{} names {word}", path.display());
        }
    }
}
