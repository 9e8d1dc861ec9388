//! Staff Passport through its public doors, on each database.

mod command_line;
mod command_line_moving;
mod contract;
mod contract_events;
mod contract_movements;
mod contract_sign_in;
mod crash;
mod deployments;
mod events;
mod issuing;
mod jobs;
mod movement;
mod movement_model;
mod movement_words;
mod pages;
mod paper;
mod peers;
mod program;
mod published;
mod refusals;
mod sign_in;
mod status;
mod store;
mod tenancy;
mod webhooks;
