//! What services answer, and documents that anybody may fetch.

use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::http::{Response, StatusCode};

use crate::exit::{Code, DATA, Failure, NO_PERMISSION, UNAVAILABLE};

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
