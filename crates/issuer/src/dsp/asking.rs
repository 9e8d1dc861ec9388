//! What asking other systems needs, and what can go wrong with it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use passport_dsp::Issue;
use passport_schema::id::Id;
use passport_schema::time::Timestamp;
use thiserror::Error;

use crate::keys::KeyFault;
use crate::webhook::target::Allowed;

/// What went wrong with another system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PeerFault {
    /// There is no answer, or the other side is out of order.
    #[error("the other system cannot be reached")]
    Unreachable,
    /// It does not let us in.
    #[error("the other system does not let us in")]
    SignIn,
    /// It refuses, with one of the specification's codes.
    #[error("the other system refuses: {}", .0.code())]
    Refused(Issue),
    /// It answers something else than the specification says.
    #[error("the other system's answer is not what the specification says")]
    Answer,
}

impl PeerFault {
    /// A stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::SignIn => "sign-in",
            Self::Refused(issue) => issue.code(),
            Self::Answer => "answer",
        }
    }

    /// Whether it may be better in a while.
    #[must_use]
    pub fn may_pass(self) -> bool {
        matches!(self, Self::Unreachable | Self::SignIn)
    }
}

/// Why another system was not asked.
#[derive(Debug, Error)]
pub enum AskError {
    /// The other system.
    #[error(transparent)]
    Peer(#[from] PeerFault),
    /// Our own key.
    #[error(transparent)]
    Key(#[from] KeyFault),
}

/// What asking needs: connections, and the access tokens that are good for a while. Kept in memory only.
#[derive(Clone)]
pub struct Asking {
    pub(super) agent: ureq::Agent,
    tokens: Arc<Mutex<HashMap<Id, (String, Timestamp)>>>,
}

impl Asking {
    /// Asks only where webhooks may go too.
    #[must_use]
    pub fn new(allowed: &Allowed) -> Self {
        Self { agent: allowed.client(), tokens: Arc::default() }
    }

    pub(super) fn known(&self, peer: Id, now: Timestamp) -> Option<String> {
        let tokens = self.tokens.lock().ok()?;
        tokens.get(&peer).filter(|(_, until)| *until > now).map(|(token, _)| token.clone())
    }

    pub(super) fn keep(&self, peer: Id, token: &str, until: Timestamp) {
        if let Ok(mut tokens) = self.tokens.lock() {
            tokens.insert(peer, (token.to_owned(), until));
        }
    }
}
