//! The states of a movement, and who may take it from one to the next (`docs/MOVEMENT.md`).

use crate::names;

names! {
    /// Where a movement stands.
    State {
        /// The host has asked; nothing was shown yet.
        Requested = "requested",
        /// The person has shown their passport.
        Shared = "shared",
        /// The host has held its profile against it.
        Assessed = "assessed",
        /// The host takes the person on.
        Agreed = "agreed",
        /// The person works there.
        Active = "active",
        /// The time there is over.
        Ended = "ended",
        /// Somebody said no.
        Declined = "declined",
        /// The person took back what they had shown.
        Withdrawn = "withdrawn",
        /// The host dropped it, or its time passed.
        Cancelled = "cancelled",
    }
}

/// Who takes a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// The receiving organisation.
    Host,
    /// The person, by the link or receipt that they hold.
    Person,
    /// The last day has passed.
    Clock,
}

names! {
    /// What is done.
    #[expect(missing_docs, reason = "named as they are")]
    Step {
        Share = "share",
        Assess = "assess",
        Agree = "agree",
        Start = "start",
        End = "end",
        Decline = "decline",
        Withdraw = "withdraw",
        Cancel = "cancel",
    }
}

impl Step {
    /// What was done, for events of a step that leads nowhere else.
    #[must_use]
    pub fn done(self) -> &'static str {
        match self {
            Self::Share => "shared",
            Self::Assess => "assessed",
            Self::Agree => "agreed",
            Self::Start => "started",
            Self::End => "ended",
            Self::Decline => "declined",
            Self::Withdraw => "withdrawn",
            Self::Cancel => "cancelled",
        }
    }
}

impl State {
    /// Where a step leads; `None` if this actor may not take it from here.
    #[must_use]
    pub fn after(self, step: Step, actor: Actor) -> Option<Self> {
        use State::{Active, Agreed, Assessed, Cancelled, Declined, Ended, Requested, Shared, Withdrawn};
        Some(match (self, step, actor) {
            (Requested | Shared | Assessed, Step::Share, Actor::Person) => Shared,
            (Shared | Assessed, Step::Assess, Actor::Host) => Assessed,
            // Something was renewed, or is looked at again: what was agreed stands.
            (Agreed | Active, Step::Share, Actor::Person) | (Agreed | Active, Step::Assess, Actor::Host) => self,
            (Assessed, Step::Agree, Actor::Host) => Agreed,
            (Agreed, Step::Start, Actor::Host) => Active,
            (Active, Step::End, Actor::Host | Actor::Clock) => Ended,
            (Requested, Step::Decline, Actor::Person) | (Shared | Assessed, Step::Decline, Actor::Host) => Declined,
            (Shared | Assessed | Agreed | Active, Step::Withdraw, Actor::Person) => Withdrawn,
            (Requested | Shared | Assessed | Agreed, Step::Cancel, Actor::Host | Actor::Clock) => Cancelled,
            _ => return None,
        })
    }

    /// Whether nothing can happen any more, so that what was shown is deleted.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Ended | Self::Declined | Self::Withdrawn | Self::Cancelled)
    }
}
