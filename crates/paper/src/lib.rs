//! Passports on paper: an A4 sheet, a card in the size of an ID card, and a letter that invites
//! somebody to collect theirs, as PDF (`docs/PAPER.md`).
//!
//! What is printed is what the verifier accepts: a [`Paper`] comes only out of [`Paper::read`], which
//! asks a [`passport_verifier::Verifier`], and refuses what that does not accept. The same input gives
//! the same bytes; there is no clock here and no randomness.
//!
//! Each PDF follows PDF/UA-1 (ISO 14289-1): its language, title and structure are there for screen
//! readers, and its fonts are embedded.
#![deny(missing_docs)]

mod card;
mod code;
mod error;
mod facts;
mod flow;
mod fonts;
mod letter;
mod page;
mod paper;
mod print;
mod sheet;
mod typeset;

pub use error::PaperError;
pub use fonts::Fonts;
pub use paper::{Details, Paper, reference};
pub use print::{Form, Printed};
