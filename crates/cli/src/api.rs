//! An organisation's own talk with a deployment of the service.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use ureq::{Agent, SendBody};

use crate::answer::{Answer, agent};
use crate::exit::{CANNOT_WRITE, DATA, Failure, UNAVAILABLE};
use crate::sign_in::SignIn;

/// An organisation's own access to a deployment.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    address: String,
    entry: Entry,
}

/// What opens the API.
#[derive(Clone)]
enum Entry {
    /// An API key, a link or a receipt.
    Key(String),
    /// A client that signs in.
    SignIn(Arc<SignIn>),
}

impl Client {
    pub fn new(address: &str, key: &str) -> Self {
        Self::with(address, Entry::Key(key.trim().to_owned()))
    }

    /// One that signs in when it first asks for something.
    pub fn signing_in(address: &str, client: SignIn) -> Self {
        Self::with(address, Entry::SignIn(Arc::new(client)))
    }

    fn with(address: &str, entry: Entry) -> Self {
        Self { agent: agent(), address: address.trim_end_matches('/').into(), entry }
    }

    fn authorisation(&self) -> Result<String, Failure> {
        Ok(match &self.entry {
            Entry::Key(key) => format!("Bearer {key}"),
            Entry::SignIn(client) => format!("Bearer {}", client.token(&self.agent, &self.address)?),
        })
    }

    pub fn post(&self, path: &str, body: &Value, idempotency_key: Option<&str>) -> Result<Answer, Failure> {
        let url = format!("{}{path}", self.address);
        let mut request =
            self.agent.post(&url).header("Authorization", self.authorisation()?).content_type("application/json");
        if let Some(key) = idempotency_key {
            request = request.header("Idempotency-Key", key);
        }
        Answer::read(request.send(body.to_string()), &url)
    }

    /// Posts a file of that length, however long it takes.
    pub fn upload(&self, path: &str, file: impl Read, length: u64) -> Result<Answer, Failure> {
        let url = format!("{}{path}", self.address);
        let mut file = file;
        let request = self
            .agent
            .post(&url)
            .header("Authorization", self.authorisation()?)
            .header("Content-Length", length)
            .content_type("application/octet-stream")
            .config()
            .timeout_global(None)
            .build();
        match request.send(SendBody::from_reader(&mut file)) {
            Err(ureq::Error::Io(error)) if is_broken_off(&error) => Err(DATA.because(format!(
                "{url}: the service took in only a part of the file. It does so when the file is longer than it \
                 takes, 256 MiB unless its operator says otherwise; if this one is not, try again ({error})"
            ))),
            sent => Answer::read(sent, &url),
        }
    }

    /// Writes what an address has into a file, however long it is.
    pub fn download(&self, path: &str, accept: &str, file: &mut File, name: &Path) -> Result<(), Failure> {
        let url = format!("{}{path}", self.address);
        let unreachable = |error: ureq::Error| UNAVAILABLE.because(format!("{url}: {error}"));
        let request = self.agent.get(&url).header("Authorization", self.authorisation()?).header("Accept", accept);
        let mut response = request.config().timeout_global(None).build().call().map_err(unreachable)?;
        if !response.status().is_success() {
            Answer::read(Ok(response), &url)?.success(&url)?;
            return Ok(());
        }
        let mut body = response.body_mut().with_config().limit(u64::MAX).reader();
        io::copy(&mut body, file).map_err(|error| CANNOT_WRITE.at(name, error))?;
        Ok(())
    }

    pub fn get(&self, path: &str, accept: &str) -> Result<Answer, Failure> {
        let url = format!("{}{path}", self.address);
        Answer::read(
            self.agent.get(&url).header("Authorization", self.authorisation()?).header("Accept", accept).call(),
            &url,
        )?
        .success(&url)
    }
}

/// Whether the other side closed the connection while something was sent. Its answer, if it gave one, cannot be
/// read any more.
fn is_broken_off(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset)
}
