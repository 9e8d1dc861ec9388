//! Adding our records to another system, one request a record, as the specification has it.

use passport_dsp::{Issue, RecordType};
use passport_schema::id::Id;

use super::asking::{AskError, PeerFault};
use super::client;
use super::take::written;
use crate::app::App;
use crate::auth::Scope;
use crate::error::ApiError;
use crate::issue::holdings;
use crate::store::peers::Peer;
use crate::trail::note;

/// What became of a record that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// They have it now.
    Added,
    /// They had it.
    Duplicate,
    /// They cannot take it.
    Refused(Issue),
}

impl Sent {
    /// The word in the answer.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Duplicate => "duplicate",
            Self::Refused(issue) => issue.code(),
        }
    }
}

/// Sends what somebody holds and the system takes, or those records of it that are named.
///
/// # Errors
/// [`ApiError::NotFound`] for somebody else's person, or one who is not linked; [`ApiError::Peer`] when the
/// system fails: what was added by then stays, and is a duplicate the next time.
pub async fn send(
    app: &App,
    scope: &Scope,
    peer: &Peer,
    staff: Id,
    chosen: Option<&[Id]>,
) -> Result<Vec<(Id, RecordType, Sent)>, ApiError> {
    let mut tx = app.store.read().await?;
    let person = tx.staff(scope.organisation(), staff).await?.ok_or(ApiError::NotFound)?;
    let link = tx.peer_link(peer.id, staff).await?.ok_or(ApiError::NotFound)?;
    let (held, _) = holdings(&mut tx, app, &person).await?;
    drop(tx);
    let address = peer.records_address(&link.employee);
    let mut sent = Vec::new();
    for (id, record_type, text) in written(app, scope, staff, &held, peer.system.takes()).await? {
        if chosen.is_some_and(|chosen| !chosen.contains(&id)) {
            continue;
        }
        let outcome = match client::post(app, peer, &address, text).await {
            Ok(()) => Sent::Added,
            Err(AskError::Peer(PeerFault::Refused(Issue::Duplicate))) => Sent::Duplicate,
            Err(AskError::Peer(PeerFault::Refused(issue))) => Sent::Refused(issue),
            Err(fault) => return Err(fault.into()),
        };
        sent.push((id, record_type, outcome));
    }
    if sent.iter().any(|(.., outcome)| *outcome == Sent::Added) {
        let mut tx = app.store.write().await?;
        note(&mut tx, app, scope, "peer.sent", &staff.to_string(), None).await?;
        tx.commit().await?;
    }
    Ok(sent)
}
