//! Another system says that somebody's records have changed. An event holds nothing about them: it makes
//! us ask, where we would ask anyway.

use passport_dsp::Event;
use passport_schema::problem::{Problem, Problems};
use sha2::{Digest as _, Sha256};

use super::pull;
use crate::app::App;
use crate::auth::Scope;
use crate::error::ApiError;
use crate::trail::note;

/// How far another system's clock may be ahead, in seconds.
const AHEAD: i64 = 300;

fn invalid(member: &str, detail: &str) -> ApiError {
    let problem = Problem { pointer: format!("/{member}"), code: "wrong-value", detail: detail.into() };
    Problems(vec![problem]).into()
}

/// Takes an event: the records of whom it names are pulled, if it is somebody whom we are linked to. One
/// that came before does nothing more.
///
/// # Errors
/// [`ApiError::Fields`] if it is not from a system of this organisation's, does not point to that system, is
/// for another kind of system, lies in the future, or came before with another content.
pub async fn take(app: &App, scope: &Scope, event: &Event) -> Result<(), ApiError> {
    if event.organisation != *scope.organisation() {
        return Err(invalid("filtering/organisation", "must be the organisation that the caller acts for"));
    }
    let now = app.world.clock.now();
    if event.time > now.plus(AHEAD) {
        return Err(invalid("time", "lies in the future"));
    }
    let mut tx = app.store.write().await?;
    let peers = tx.reads().peers(scope.organisation()).await?;
    let Some(peer) = peers.into_iter().find(|peer| peer.source == event.source) else {
        return Err(invalid("source", "is not a system that this organisation has registered"));
    };
    if event.event_type.source() != peer.system {
        return Err(invalid("type", "is not one that this kind of system sends"));
    }
    if event.dataref != peer.records_address(&event.subject) {
        return Err(invalid("dataref", "must be where this system has the employee's records"));
    }
    // Told apart without regard to capitals, as GUIDs are.
    let hash = Sha256::digest(format!("{event:?}"));
    let before = tx.remember_event(peer.id, &event.id.to_ascii_lowercase(), &hash, now).await?;
    match before {
        Some(before) if before != hash.as_slice() => return Err(invalid("id", "came before, with another content")),
        Some(_) => return Ok(()),
        None => {}
    }
    if let Some(link) = tx.reads().peer_link_to(peer.id, &event.subject).await? {
        let job = pull::add(&mut tx, app, scope, &peer, Some(link.staff)).await?;
        note(&mut tx, app, scope, "peer.event", &job.to_string(), None).await?;
    }
    tx.commit().await?;
    app.bell.notify_waiters();
    Ok(())
}
