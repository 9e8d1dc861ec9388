//! Staff Passport through its public doors, on each database.

mod contract;
mod crash;
mod issuing;
mod peers;
mod published;
mod refusals;
mod status;
mod store;
mod tenancy;
