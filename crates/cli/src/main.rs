//! `passport`: issue, verify and inspect passports, and keep a system's trust list.

mod answer;
mod api;
mod assess;
mod bundle;
mod exit;
mod extract;
mod import;
mod inputs;
mod inspect;
mod issue;
mod movement;
mod outputs;
mod pin;
mod print;
mod qr;
mod scan;
mod share;
mod sign_in;
mod system;
mod verify;
mod withdraw;
mod words;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Staff Passport: issue, verify and inspect passports, and keep a system's trust list.
#[derive(Debug, Parser)]
#[command(name = "passport", version, about, after_help = exit::HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say whether a pass or credential is to be believed; needs no network
    Verify(verify::Verify),
    /// Say whether somebody can start a role on given dates, and what is missing; tells nobody
    Assess(assess::Assess),
    /// Show every field of a pass or credential without judging it
    Inspect(inspect::Inspect),
    /// Show a pass as a QR code in the terminal
    Qr(qr::Qr),
    /// Print a pass on paper: a sheet, a card, or a letter that invites somebody to collect it
    Print(print::Print),
    /// Issue passports through the API, from requests or from extracts
    Issue(issue::Issue),
    /// Preview a file of many people, and issue what it holds, through the API
    Import(import::Import),
    /// Withdraw, suspend or reinstate a record, a credential or a pass through the API
    SetStatus(issue::SetStatus),
    /// Withdraw many at once, by a query, through the API; shows first what it would touch
    Withdraw(withdraw::Withdraw),
    /// Ask somebody to come, assess them, and say whether they may work, through the API
    #[command(subcommand)]
    Movement(movement::Movement),
    /// Show one's passport with a link that works once, or say no
    Share(share::Share),
    /// Come back with a receipt: look, take back what was shown, tell others
    #[command(subcommand)]
    Receipt(share::Receipt),
    /// Make a key for a client that signs in to the API; prints its public half as a JWK Set
    ClientKey(sign_in::ClientKey),
    /// Keep a system's root key and trust list
    #[command(subcommand)]
    System(system::System),
    /// Gather or explain a bundle
    #[command(subcommand)]
    Bundle(bundle::Command),
    /// Pin the root key of the system whose bundles this machine relies on
    Pin(pin::Pin),
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { exit::USAGE.into() } else { ExitCode::SUCCESS };
        }
    };
    let result = match cli.command {
        Command::Verify(command) => command.run(),
        Command::Assess(command) => command.run(),
        Command::Inspect(command) => command.run(),
        Command::Qr(command) => command.run(),
        Command::Print(command) => command.run(),
        Command::Issue(command) => command.run(),
        Command::Import(command) => command.run(),
        Command::SetStatus(command) => command.run(),
        Command::Withdraw(command) => command.run(),
        Command::Movement(command) => command.run(),
        Command::Share(command) => command.run(),
        Command::Receipt(command) => command.run(),
        Command::ClientKey(command) => command.run(),
        Command::System(command) => command.run(),
        Command::Bundle(command) => command.run(),
        Command::Pin(command) => command.run(),
    };
    result.unwrap_or_else(|failure| {
        eprintln!("passport: {}", failure.why);
        failure.code.into()
    })
}
