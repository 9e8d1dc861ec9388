//! The programs as they are run: found by building them, gone with the test.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use passport_tests::agent;
use serde_json::Value;

/// A package's program: out of the folder `PASSPORT_PROGRAMS`, which `script/test` has built, or built on
/// demand, because a test of another package has no variable for it.
pub fn build(package: &str) -> PathBuf {
    if let Some(folder) = std::env::var_os("PASSPORT_PROGRAMS") {
        return PathBuf::from(folder).join(if package == "passport-cli" { "passport" } else { package });
    }
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

/// The service as a process of its own, with its database, port and, perhaps, a bundle file.
pub struct Service {
    pub program: PathBuf,
    pub database: String,
    pub port: u16,
    pub bundle: Option<PathBuf>,
    /// More of its environment.
    pub more: Vec<(String, String)>,
}

impl Service {
    /// One on a free port.
    pub fn on(database: &str) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self { program: build("passport-issuer"), database: database.to_owned(), port, bundle: None, more: Vec::new() }
    }

    /// The same as an optimised program, if `PASSPORT_MEASURED_SERVICE` names one.
    pub fn measured(database: &str) -> Self {
        let mut service = Self::on(database);
        if let Some(program) = std::env::var_os("PASSPORT_MEASURED_SERVICE") {
            service.program = program.into();
        }
        service
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env("PASSPORT_SEALING_KEY", "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=")
            .env("PASSPORT_DATABASE", &self.database)
            .env("PASSPORT_ADDRESS", self.url())
            .env("PASSPORT_LOG", "error");
        command.envs(self.more.iter().map(|(name, value)| (name, value)));
        if let Some(bundle) = &self.bundle {
            command.env("PASSPORT_BUNDLE", bundle);
        }
        command
    }

    /// Runs an operator's command; what it printed.
    pub fn run(&self, arguments: &[&str]) -> String {
        let done = self.command().args(arguments).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).into_owned()
    }

    pub fn start(&self) -> Running {
        let listen = format!("127.0.0.1:{}", self.port);
        let serve = self.command().args(["serve", "--listen", &listen]).stdout(Stdio::null()).spawn();
        let running = Running(serve.unwrap());
        for _ in 0..200 {
            if agent().get(format!("{}/health", self.url())).call().is_ok() {
                return running;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("the service does not start");
    }
}
