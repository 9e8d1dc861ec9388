//! Webhooks: events are sent to where an organisation wants them, at least once each, signed as Standard
//! Webhooks says.
//!
//! - A webhook follows its organisation's events by number. Each event that it wants becomes a row of its
//!   own, which is there until a receiver has answered 2xx: a node may die at any moment.
//! - A row is leased before it is sent, so that several nodes share the work; the lease of a node that died
//!   runs out. Whoever sent it and died before noting so makes the receiver see it twice, with one id.
//! - Of what is about one person, the next waits for the one before; everybody else goes on.
//! - What fails is tried again, later each time, and given up in the end; a webhook that fails rests, and is
//!   disabled when nothing has got through for days.

pub mod schedule;
pub mod sign;
pub mod target;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use passport_schema::id::{Id, OrganisationCode};
use passport_schema::time::Timestamp;
use tokio::task::JoinSet;
use ureq::Agent;
use ureq::http::Response;

use crate::app::App;
use crate::event::{self, Event};
use crate::keys::KeyFault;
use crate::store::StoreError;
use crate::store::deliveries::{Held, Outcome};
use crate::store::webhooks::{State, Webhook};
use crate::trail::note_by;

/// Deliveries of one webhook that are under way at once on one node.
const AT_ONCE: i64 = 8;
/// Webhooks that one node sends to at once.
const WEBHOOKS: usize = 16;
/// Events for which deliveries are written in one transaction.
const BATCH: i64 = 500;
/// Between two looks at what is due.
const LOOK: Duration = Duration::from_millis(500);
/// The same after something went wrong.
const LONG_LOOK: Duration = Duration::from_secs(5);
/// After so many failures in a row a success means that the receiver is back, and all that waits is due.
const OUTAGE: i64 = 3;
/// How long an old secret signs beside a new one, in seconds.
pub const OVERLAP: i64 = 86_400;

/// What can go wrong with the work itself.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A secret does not open.
    #[error(transparent)]
    Key(#[from] KeyFault),
}

/// Under which context a webhook's secret is sealed.
fn context(organisation: &OrganisationCode, webhook: Id) -> String {
    format!("webhook/{organisation}/{webhook}")
}

/// A new secret for a webhook: sealed, and as it is shown once.
#[must_use]
pub fn new_secret(app: &App, organisation: &OrganisationCode, webhook: Id) -> (Vec<u8>, String) {
    let secret = zeroize::Zeroizing::new(app.world.random.bytes());
    let sealed = app.keyring.sealing().seal(&*secret, &context(organisation, webhook), &app.world.random.bytes());
    (sealed, sign::shown(&*secret))
}

/// Sends what is due, now and from now on, until the task is aborted.
pub async fn run(app: App) {
    let mut under_way = JoinSet::new();
    let mut busy = HashSet::new();
    loop {
        let mut pause = LOOK;
        match due(&app).await {
            Ok(due) => {
                for webhook in due {
                    if busy.len() < WEBHOOKS && busy.insert(webhook.id) {
                        let app = app.clone();
                        under_way.spawn(async move { (webhook.id, drain(&app, webhook).await) });
                    }
                }
            }
            Err(error) => {
                tracing::error!(error.detail = %error, "due deliveries were not found");
                pause = LONG_LOOK;
            }
        }
        tokio::time::sleep(pause).await;
        while let Some(ended) = under_way.try_join_next() {
            match ended {
                Ok((webhook, result)) => {
                    busy.remove(&webhook);
                    if let Err(error) = result {
                        tracing::error!(%webhook, error.detail = %error, "a webhook was not served");
                    }
                }
                // Which one it was is not known any more; all of them may be tried again.
                Err(error) => {
                    tracing::error!(error.detail = %error, "a delivery ended in a fault");
                    busy.clear();
                }
            }
        }
    }
}

/// Webhooks to which something can be sent now, after all that has happened was made ready for them.
async fn due(app: &App) -> Result<Vec<Webhook>, DeliveryError> {
    prepare(app).await?;
    Ok(app.store.read().await?.webhooks_due(app.world.clock.now()).await?)
}

/// Sends all that is due now, once through; how many tries it were. What [`run`] does, for whoever has a
/// clock of their own.
///
/// # Errors
/// [`DeliveryError`].
pub async fn round(app: &App) -> Result<usize, DeliveryError> {
    let mut tries = 0;
    for webhook in due(app).await? {
        tries += drain(app, webhook).await?;
    }
    Ok(tries)
}

/// Numbers events, and writes a delivery for each that a webhook wants.
async fn prepare(app: &App) -> Result<(), DeliveryError> {
    let behind = app.store.read().await?.with_unnumbered().await?;
    for organisation in behind {
        event::number(app, &organisation).await?;
    }
    let webhooks = app.store.read().await?.webhooks_behind().await?;
    for mut webhook in webhooks {
        loop {
            let events = app.store.read().await?.events(&webhook.organisation, webhook.reached, BATCH).await?;
            let Some(last) = events.last() else { break };
            let wanted: Vec<&Event> = events.iter().filter(|event| webhook.filter.takes(event)).collect();
            let mut tx = app.store.write().await?;
            match tx.add_deliveries(&webhook, &wanted, last.sequence, app.world.clock.now()).await {
                Ok(()) => tx.commit().await?,
                // Another node was quicker, or it was rewound, disabled or removed.
                Err(StoreError::Conflict) => break,
                Err(error) => return Err(error.into()),
            }
            webhook.reached = last.sequence;
        }
    }
    Ok(())
}

/// Sends what is due to one webhook until nothing is, or something fails; how many tries it were.
async fn drain(app: &App, mut webhook: Webhook) -> Result<usize, DeliveryError> {
    let secrets = open_secrets(app, &webhook)?;
    let client = app.webhook_targets.client();
    let mut tries = 0;
    loop {
        let now = app.world.clock.now();
        let token = app.world.id().0.to_string();
        let mut tx = app.store.write().await?;
        let held = match tx.claim_deliveries(webhook.id, &token, AT_ONCE, now).await {
            Ok(held) => held,
            // Two nodes reached for the same ones.
            Err(StoreError::Conflict) => return Ok(tries),
            Err(error) => return Err(error.into()),
        };
        tx.commit().await?;
        if held.is_empty() {
            return Ok(tries);
        }
        tries += held.len();
        let results = send_all(app, &webhook, &client, &secrets, held).await?;
        let went_well = settle(app, &mut webhook, &token, results).await?;
        if !went_well {
            return Ok(tries);
        }
    }
}

/// The secrets that sign now, newest first.
fn open_secrets(app: &App, webhook: &Webhook) -> Result<Arc<Vec<zeroize::Zeroizing<Vec<u8>>>>, DeliveryError> {
    let now = app.world.clock.now();
    let old = webhook.old_secret.as_ref().filter(|(_, until)| now < *until).map(|(secret, _)| secret);
    let open = |sealed: &Vec<u8>| {
        let secret = app.keyring.sealing().open(sealed, &context(&webhook.organisation, webhook.id));
        secret.ok_or(DeliveryError::Key(KeyFault::Sealed))
    };
    Ok(Arc::new(std::iter::once(&webhook.secret).chain(old).map(open).collect::<Result<_, _>>()?))
}

/// What a receiver said.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Said {
    Yes,
    /// It will never take anything again (410).
    Gone,
    No {
        why: String,
        /// When it wants to be asked again, in seconds (RFC 9110, section 10.2.3).
        after: Option<i64>,
    },
}

impl Said {
    fn no(why: &str) -> Self {
        Self::No { why: why.to_owned(), after: None }
    }
}

async fn send_all(
    app: &App,
    webhook: &Webhook,
    client: &Agent,
    secrets: &Arc<Vec<zeroize::Zeroizing<Vec<u8>>>>,
    held: Vec<Held>,
) -> Result<Vec<(Held, Said)>, DeliveryError> {
    let source = app.organisation_address(&webhook.organisation);
    let mut sending = Vec::new();
    for delivery in held {
        let event = app.store.read().await?.event(&webhook.organisation, delivery.sequence).await?;
        let event = event.ok_or(StoreError::Corrupt("event of a delivery"))?;
        let (body, at) = (event.to_json(&source).to_string(), app.world.clock.now());
        let (client, url, secrets) = (client.clone(), webhook.url.clone(), secrets.clone());
        let said = tokio::task::spawn_blocking(move || {
            let secrets: Vec<&[u8]> = secrets.iter().map(|it| it.as_slice()).collect();
            send(&client, &url, &event.id, at, &sign::signature(&secrets, &event.id, at, &body), &body)
        });
        sending.push((delivery, said));
    }
    let mut results = Vec::new();
    for (delivery, said) in sending {
        // A fault of ours counts as one of theirs: it is tried again.
        results.push((delivery, said.await.unwrap_or_else(|_| Said::no("internal"))));
    }
    Ok(results)
}

/// Sends one event and reads the status of the answer.
fn send(client: &Agent, url: &str, id: &str, at: Timestamp, signature: &str, body: &str) -> Said {
    let request = client
        .post(url)
        .header("webhook-id", id)
        .header("webhook-timestamp", at.0.to_string())
        .header("webhook-signature", signature)
        .content_type("application/cloudevents+json");
    match request.send(body) {
        Ok(answer) if answer.status().is_success() => Said::Yes,
        Ok(answer) if answer.status().as_u16() == 410 => Said::Gone,
        Ok(answer) => Said::No { why: format!("status {}", answer.status().as_u16()), after: retry_after(&answer) },
        // The error itself may name addresses of our network.
        Err(ureq::Error::Timeout(_)) => Said::no("timeout"),
        Err(ureq::Error::HostNotFound) => Said::no("not an address that may be called from here"),
        Err(_) => Said::no("no connection"),
    }
}

/// `Retry-After` in seconds, as far as we wait; a date in it is not looked at.
fn retry_after(answer: &Response<ureq::Body>) -> Option<i64> {
    let header = answer.headers().get("retry-after")?.to_str().ok()?;
    header.parse().ok().map(|seconds: u32| i64::from(seconds).min(schedule::MAX_WISH))
}

/// Notes what became of what was sent; whether all of it got through.
async fn settle(
    app: &App,
    webhook: &mut Webhook,
    token: &str,
    results: Vec<(Held, Said)>,
) -> Result<bool, DeliveryError> {
    let now = app.world.clock.now();
    let any_taken = results.iter().any(|(_, said)| *said == Said::Yes);
    let is_gone = results.iter().any(|(_, said)| *said == Said::Gone);
    let all_taken = results.iter().all(|(_, said)| *said == Said::Yes);
    let wish = results.iter().filter_map(|(_, said)| if let Said::No { after, .. } = said { *after } else { None });
    let wish = wish.max().map(|seconds| now.plus(seconds));
    let mut tx = app.store.write().await?;
    for (delivery, said) in results {
        let outcome = match said {
            Said::Yes => Outcome::Delivered,
            Said::Gone => Outcome::Again(now, "status 410".into()),
            Said::No { why, .. } => match schedule::next_try(delivery.attempts + 1, now, &app.world.random.bytes()) {
                Some(due) => Outcome::Again(due, why),
                None => Outcome::GivenUp(why),
            },
        };
        tx.settle_delivery(webhook.id, token, delivery.sequence, &outcome).await?;
    }
    if any_taken && webhook.failures >= OUTAGE {
        tx.hasten(webhook.id, now).await?;
    }
    let before = (webhook.failures, webhook.failing_since);
    if any_taken {
        (webhook.failures, webhook.failing_since, webhook.not_before) = (0, None, now);
    } else {
        webhook.failures += 1;
        webhook.failing_since = webhook.failing_since.or(Some(now));
        webhook.not_before = schedule::rest(webhook.failures, now, &app.world.random.bytes());
    }
    if let Some(wish) = wish {
        webhook.not_before = webhook.not_before.max(wish);
    }
    if is_gone || webhook.failing_since.is_some_and(|since| schedule::is_lost(since, now)) {
        webhook.state = State::Disabled;
    }
    if before != (webhook.failures, webhook.failing_since) || wish.is_some() || webhook.state == State::Disabled {
        let Webhook { id, state, failures, failing_since, not_before, .. } = webhook;
        tx.note_webhook(*id, *state, *failures, *failing_since, *not_before).await?;
    }
    if webhook.state == State::Disabled {
        let (organisation, id) = (&webhook.organisation, webhook.id.to_string());
        note_by(&mut tx, app, organisation, "clock", "webhook.disabled", &id, None).await?;
        tracing::warn!(webhook = %webhook.id, "a webhook was disabled");
    }
    tx.commit().await?;
    Ok(all_taken)
}
