//! Staff Passport through its public doors, on each database.

mod change_of_name;
mod command_line;
mod command_line_bulk;
mod command_line_moving;
mod contract;
mod contract_bulk;
mod contract_movements;
mod crash;
mod deployments;
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
mod reissues;
mod status;
mod store;
mod tenancy;
mod withdrawals;
