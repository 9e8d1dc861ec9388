//! Talking to deployments of the service.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use ureq::http::{Response, StatusCode};
use ureq::{Agent, SendBody};

use crate::exit::{CANNOT_WRITE, Code, DATA, Failure, NO_PERMISSION, UNAVAILABLE};
use crate::sign_in::SignIn;

const PATIENCE: Duration = Duration::from_mins(1);
/// Largest answer that is read, in bytes: a trust list of 2,000 members, and some.
const MAX_ANSWER: u64 = 4 * 1024 * 1024;

/// A client; answers that are not 2xx are answers too.
pub fn agent() -> Agent {
    Agent::config_builder().http_status_as_error(false).max_redirects(0).timeout_global(Some(PATIENCE)).build().into()
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn read(response: Result<Response<ureq::Body>, ureq::Error>, url: &str) -> Result<Self, Failure> {
        let unreachable = |error: ureq::Error| UNAVAILABLE.because(format!("{url}: {error}"));
        let mut response = response.map_err(unreachable)?;
        let body = response.body_mut().with_config().limit(MAX_ANSWER).read_to_vec().map_err(unreachable)?;
        Ok(Self { status: response.status(), body })
    }

    /// The body as JSON; null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The answer, if it is a success; else what the service says is wrong.
    pub fn success(self, url: &str) -> Result<Self, Failure> {
        if self.status.is_success() {
            return Ok(self);
        }
        let problem = self.json();
        let detail = problem["detail"].as_str().unwrap_or("no details");
        let mut why = format!("{url}: {} ({})", detail, self.status);
        for problem in problem["problems"].as_array().into_iter().flatten() {
            let part = |name: &str| problem[name].as_str().unwrap_or_default().to_owned();
            for piece in ["\n  ", &part("pointer"), " ", &part("detail"), " (", &part("code"), ")"] {
                why.push_str(piece);
            }
        }
        Err(code(self.status).because(why))
    }
}

/// Whether the fault lies with what was sent, with the key, or with the service.
fn code(status: StatusCode) -> Code {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => NO_PERMISSION,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => UNAVAILABLE,
        status if status.is_client_error() => DATA,
        _ => UNAVAILABLE,
    }
}

/// Gets a public document.
pub fn get(agent: &Agent, url: &str) -> Result<Answer, Failure> {
    Answer::read(agent.get(url).call(), url)?.success(url)
}

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
        Answer::read(request.send(SendBody::from_reader(&mut file)), &url)
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
