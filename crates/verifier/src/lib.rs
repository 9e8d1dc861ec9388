//! Decides whether a passport is to be believed, with the network off.
//!
//! [`Bundle::open`] checks a bundle against the system's root key; a [`Verifier`] holds it against
//! passes and credentials and gives a [`Verdict`] for each. Time, trust, status and policy are
//! arguments: there is no clock here, no I/O, no global state, and no input makes it panic.
//!
//! What it believes it hands over as a [`Verified`], which nothing else can make; what it refuses,
//! it does not show.
#![deny(missing_docs)]

mod assess;
mod bundle;
mod describe;
mod error;
mod key;
mod person;
mod report;
mod verdict;
mod verify;

pub use assess::{
    Action, Adverse, Assessment, Clearance, Confirmation, Do, Finding, Hindrance, MayWork, Outcome, Overall, Question,
    QuestionError, SAME_PERSON, Why, against, assess, assess_many,
};
pub use bundle::{Bundle, BundleError, BundleFault, Issuer};
pub use error::{Error, Rank};
pub use key::{KeyError, PublicKey};
pub use person::{Confidence, Difference, Item, NoPerson, NotOnePerson, Person};
pub use verdict::{Answer, Binding, Decision, Form, Judged, Policy, Standing, Verdict, Verified};
pub use verify::Verifier;
