//! The words and wire forms of Staff Passport.
//!
//! Records and their code lists, the credential and the pass that carry them, status lists, trust
//! lists and bundles: how each is read, strictly, and written. No cryptography, no clock, no I/O.
#![deny(missing_docs)]

pub mod base45;
pub mod bundle;
pub mod cbor;
pub mod codes;
pub mod cose;
pub mod credential;
pub mod documents;
pub mod esr;
pub mod field;
pub mod header;
pub mod hex;
pub mod id;
pub mod jose;
pub mod json;
pub mod json_writer;
pub mod movement;
mod names;
mod nfc;
pub mod pass;
pub mod problem;
pub mod profile;
pub mod record;
pub mod status;
pub mod text;
pub mod time;
pub mod tree;
pub mod trust_list;
