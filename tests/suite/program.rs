//! The programs as they are run: found by building them, gone with the test.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command};

use serde_json::Value;

/// A package's program. Built on demand: a test of another package has no variable for it.
pub fn build(package: &str) -> PathBuf {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let build =
        Command::new(cargo).args(["build", "--quiet", "-p", package, "--message-format=json"]).output().unwrap();
    assert!(build.status.success(), "{}", String::from_utf8_lossy(&build.stderr));
    let messages = BufReader::new(build.stdout.as_slice()).lines().map_while(Result::ok);
    let executables = messages
        .filter_map(|line| serde_json::from_str::<Value>(&line).ok()?["executable"].as_str().map(PathBuf::from));
    executables.last().expect("an executable")
}

/// A process that does not outlive its test, however that ends.
pub struct Running(pub Child);

impl Running {
    pub fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}
