//! The Digital Staff Passport API, an open specification (NHSDigital/digital-staff-passport): its employee
//! and record API over our own data, the events that other systems send us, and the client that asks them.
//!
//! What a record of theirs becomes is said in `passport_dsp`; here it is decided whether it is taken in
//! (`take`), for whom, and who may ask.

pub mod asking;
pub mod client;
pub mod events;
mod fault;
pub mod key;
pub mod link;
pub mod pull;
pub mod send;
pub mod take;

pub(crate) use fault::{Caller, Fault, speak};
