//! The issuer service: signs, stores and publishes what an organisation vouches for.

mod answer;
mod api;
pub mod app;
pub mod auth;
pub mod bundle_cache;
pub mod error;
mod evidence;
pub mod issuance;
pub mod issue;
pub mod keys;
pub mod movement;
pub mod operator;
pub mod permutation;
pub mod print;
pub mod publish;
pub mod qr;
pub mod relied;
pub mod retry;
pub mod routes;
pub mod seal;
pub mod signing;
pub mod status_cache;
pub mod status_change;
pub mod store;
pub mod trail;
pub mod web;
pub mod world;
