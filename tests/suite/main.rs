//! Staff Passport through its public doors, on each database.

mod command_line;
mod command_line_moving;
mod contract;
mod contract_dsp;
mod contract_movements;
mod crash;
mod deployments;
mod dsp;
mod dsp_client;
mod dsp_world;
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
mod status;
mod store;
mod tenancy;
