//! Asking another system: sign in with a key of ours (RFC 7523, section 2.2), and send one request. No
//! redirects, a limit on time and on size, only where webhooks may go, and nothing of what a stranger writes is passed on.

use passport_dsp::{EmployeeId, Issue, read_outcome};
use passport_schema::id::{Id, OrganisationCode};
use passport_schema::json::Json;
use serde_json::json;
use ureq::http::Request;

use super::asking::{AskError, PeerFault};
use super::key;
use crate::app::App;
use crate::keys::KeyFault;
use crate::store::peers::Peer;

/// Longest answer that is read, in bytes: 512 records.
const MAX_ANSWER: u64 = 1 << 20;
/// How long an assertion is good for, in seconds; five minutes is the most that NHS systems take.
const ASSERTION: i64 = 120;
/// A token is not used in the last seconds of its life.
const EARLY: i64 = 30;
/// How long a token is used of which the other system does not say how long it lasts, in seconds.
const UNSAID: i64 = 60;

impl Peer {
    /// Where its employees are. A system with an instance of its own for each organisation has the code in
    /// its base address already.
    #[must_use]
    pub fn employees_address(&self) -> String {
        let own = format!("/organisations/{}", self.organisation);
        let base = self.base.strip_suffix(&own).unwrap_or(&self.base);
        format!("{base}{own}/employees")
    }

    /// Where one of its employees' records are.
    #[must_use]
    pub fn records_address(&self, employee: &EmployeeId) -> String {
        format!("{}/{employee}/records", self.employees_address())
    }

    /// What its sealed key is bound to.
    #[must_use]
    pub fn seal_context(organisation: &OrganisationCode, id: Id) -> String {
        format!("peer-key/{organisation}/{}", id.0)
    }
}

/// Gets something.
///
/// # Errors
/// [`AskError`].
pub async fn get(app: &App, peer: &Peer, address: &str) -> Result<Vec<u8>, AskError> {
    let (status, body) = ask(app, peer, address, None).await?;
    if status == 200 { Ok(body) } else { Err(refusal(status, &body).into()) }
}

/// Adds something.
///
/// # Errors
/// [`AskError`]; what is there already is [`Issue::Duplicate`].
pub async fn post(app: &App, peer: &Peer, address: &str, body: String) -> Result<(), AskError> {
    let (status, body) = ask(app, peer, address, Some(body)).await?;
    if status == 201 { Ok(()) } else { Err(refusal(status, &body).into()) }
}

fn refusal(status: u16, body: &[u8]) -> PeerFault {
    match (status, read_outcome(body)) {
        (401 | 403, _) => PeerFault::SignIn,
        (400..=499, Some(issue)) => PeerFault::Refused(issue),
        (404, None) => PeerFault::Refused(Issue::NotFound),
        (429 | 500..=599, _) => PeerFault::Unreachable,
        _ => PeerFault::Answer,
    }
}

async fn ask(app: &App, peer: &Peer, address: &str, body: Option<String>) -> Result<(u16, Vec<u8>), AskError> {
    let mut token = match app.asking.known(peer.id, app.world.clock.now()) {
        Some(token) => (token, false),
        None => (sign_in(app, peer).await?, true),
    };
    loop {
        let bearer = format!("Bearer {}", token.0);
        let answer = send(app, address.to_owned(), Some(bearer), "application/json", body.clone()).await?;
        // A token may be called back at any time; a fresh one is tried once.
        if answer.0 != 401 || token.1 {
            return Ok(answer);
        }
        token = (sign_in(app, peer).await?, true);
    }
}

async fn sign_in(app: &App, peer: &Peer) -> Result<String, AskError> {
    let now = app.world.clock.now();
    let context = Peer::seal_context(&peer.organisation, peer.id);
    let secret = app.keyring.sealing().open(&peer.sealed, &context).ok_or(KeyFault::Sealed)?;
    let claims = json!({
        "iss": peer.client,
        "sub": peer.client,
        "aud": peer.token,
        "jti": app.world.id().0.to_string(),
        "iat": now.0,
        "exp": now.0 + ASSERTION,
    });
    let assertion = key::token(peer.algorithm, peer.id, &secret, &claims, &app.world.random)?;
    let form = format!(
        "grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion={assertion}"
    );
    let (status, body) = send(app, peer.token.clone(), None, "application/x-www-form-urlencoded", Some(form)).await?;
    if status >= 500 {
        return Err(PeerFault::Unreachable.into());
    }
    let (token, lasts) =
        Some(body).filter(|_| status == 200).and_then(|body| read_token(&body)).ok_or(PeerFault::SignIn)?;
    app.asking.keep(peer.id, &token, now.plus(lasts - EARLY));
    Ok(token)
}

/// The token, and how many seconds it lasts; some systems write that as text.
fn read_token(body: &[u8]) -> Option<(String, i64)> {
    let json = Json::parse(body).ok()?;
    let token = json.member("access_token").and_then(Json::as_text)?;
    let fits = (1..=8_192).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic());
    let lasts = json.member("expires_in").and_then(|it| it.as_int().or_else(|| it.as_text()?.parse().ok()));
    fits.then(|| (token.to_owned(), lasts.unwrap_or(UNSAID).clamp(0, 3_600)))
}

async fn send(
    app: &App,
    address: String,
    bearer: Option<String>,
    media_type: &'static str,
    body: Option<String>,
) -> Result<(u16, Vec<u8>), PeerFault> {
    // Registered long ago, perhaps under other rules.
    app.webhook_targets.read(&address).map_err(|_| PeerFault::Unreachable)?;
    let agent = app.asking.agent.clone();
    let sent = tokio::task::spawn_blocking(move || {
        let mut request =
            Request::builder().uri(address).header("accept", "application/json").header("user-agent", "staff-passport");
        if let Some(bearer) = bearer {
            request = request.header("authorization", bearer);
        }
        let answer = match body {
            None => agent.run(request.method("GET").body(()).ok()?),
            Some(body) => agent.run(request.method("POST").header("content-type", media_type).body(body).ok()?),
        };
        let mut answer = answer.ok()?;
        let status = answer.status().as_u16();
        Some((status, answer.body_mut().with_config().limit(MAX_ANSWER).read_to_vec().ok()?))
    });
    sent.await.ok().flatten().ok_or(PeerFault::Unreachable)
}
