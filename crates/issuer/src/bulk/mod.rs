//! What is done to many people at once: withdrawals by a query, and signing anew.

pub mod query;
pub mod reissue;
pub mod withdrawal;
