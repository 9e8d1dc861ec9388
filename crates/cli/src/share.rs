//! `passport share` and `passport receipt`: the person's side of a movement.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use crate::api::Client;
use crate::exit::{DATA, Failure, NO_INPUT, Outcome, USAGE, count, say};
use crate::outputs::write;
use crate::{scan, words};

/// Show one's passport to whoever asks, with the link that they gave.
#[derive(Debug, Args)]
pub struct Share {
    /// The link
    #[arg(value_name = "LINK")]
    link: String,
    /// Passes and credentials: texts, files, or pictures with a QR code. None: see what is asked
    #[arg(value_name = "PASS|FILE|IMAGE")]
    passes: Vec<String>,
    /// Where to keep the receipt, with which to come back (see `passport receipt`)
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
    /// Say no, and if you want to, why; the link works no longer
    #[arg(long, value_name = "REASON", num_args = 0..=1, conflicts_with_all = ["passes", "receipt"])]
    #[expect(clippy::option_option, reason = "clap's way to say that a value may be left out")]
    decline: Option<Option<Reason>>,
}

/// Why a person says no; what they would write might be about anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Reason {
    IncorrectInformation,
    NoLongerWanted,
    AsksTooMuch,
    Other,
}

impl Reason {
    fn body(this: Option<Self>) -> Value {
        let value = this.and_then(|it| it.to_possible_value());
        value.map_or_else(|| json!({}), |value| json!({ "reason": value.get_name() }))
    }
}

impl Share {
    pub fn run(self) -> Outcome {
        let (address, secret) =
            self.link.split_once("/share#").ok_or_else(|| USAGE.because("that is not a link to share with"))?;
        let client = Client::new(address, secret);
        if let Some(reason) = self.decline {
            let path = "/v1/share/decline";
            let answer = client.post(path, &Reason::body(reason), None)?.success(path)?.json();
            say!("{} was told that you say no. Nothing was shown.", answer["host"].as_str().unwrap_or_default());
            return Ok(ExitCode::SUCCESS);
        }
        if self.passes.is_empty() {
            look(&client.get("/v1/share", "application/json")?.json());
            return Ok(ExitCode::SUCCESS);
        }
        let passes = self.passes.iter().map(|pass| scan::text(pass)).collect::<Result<Vec<_>, _>>()?;
        let mut answer = client.post("/v1/share", &json!({ "passes": passes }), None)?.success("/v1/share")?.json();
        let shown = answer["records"].as_array().map_or(0, Vec::len);
        say!("Shown to {}: {}.", answer["host"].as_str().unwrap_or_default(), count(shown, "record"));
        words::print_records(&answer["records"]);
        for refused in answer["refused"].as_array().into_iter().flatten() {
            say!("Not read: {}", refused["detail"].as_str().unwrap_or_default());
        }
        match (&self.receipt, answer["receipt"].as_str().map(str::to_owned)) {
            (Some(file), Some(_)) => {
                // A receipt by itself does not say whose it is.
                answer["address"] = address.into();
                write(file, format!("{answer:#}\n").as_bytes())?;
                say!(
                    "Your receipt is in {0}. To look, take it back or tell others: passport receipt look {0}",
                    file.display()
                );
            }
            (None, Some(receipt)) => {
                say!("Your receipt, with which you can look, take it back or tell others; keep it:");
                say!("  passport receipt look {receipt} --url {address}");
            }
            (_, None) => say!("The receipt that you have already stays good."),
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// What is asked, by whom, and what can be done.
fn look(asked: &Value) {
    let text = |name: &str| asked[name].as_str().unwrap_or_default();
    say!("{} asks for your passport, for: {}, {}.", text("hostName"), text("role"), words::days(asked));
    say!("Purpose: {}.", words::purpose(text("purpose")));
    say!("To see: {}.", words::kinds(&asked["asks"]));
    if asked["overAsking"].as_array().is_some_and(|kinds| !kinds.is_empty()) {
        say!("That is more than is usual: {}. You may ask why.", words::kinds(&asked["overAsking"]));
    }
    told(asked);
    if let Some(until) = asked["linkUntil"].as_str() {
        say!("The link works once, until {}.", words::time(until));
    }
    say!("To show it:  passport share LINK PASS… --receipt FILE");
    say!("To say no:   passport share LINK --decline");
}

fn told(answer: &Value) {
    let told: Vec<_> = answer["told"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if !told.is_empty() {
        say!("Told of it: {}.", told.join(", "));
    }
}

/// Come back to what one has shown, with the receipt.
#[derive(Debug, Subcommand)]
pub enum Receipt {
    /// See what has become of it
    Look {
        #[command(flatten)]
        held: Held,
        /// Answer as JSON
        #[arg(long)]
        json: bool,
    },
    /// Take back what was shown; it is deleted there
    Withdraw {
        #[command(flatten)]
        held: Held,
        /// Why, if you want to say it
        #[arg(long, value_name = "REASON")]
        reason: Option<Reason>,
    },
    /// Tell an organisation, such as your employer, where you go
    Tell {
        #[command(flatten)]
        held: Held,
        /// The organisation's code
        organisation: String,
    },
    /// Show a carer's or adjustments agreement to your new manager
    Agreement {
        #[command(flatten)]
        held: Held,
        /// The agreement's credential, or a file with it
        #[arg(value_name = "CREDENTIAL|FILE")]
        credential: String,
    },
}

/// The receipt, and where it is of use.
#[derive(Debug, Args)]
pub struct Held {
    /// The file in which `passport share` kept it, or the receipt itself
    #[arg(value_name = "FILE|RECEIPT")]
    receipt: String,
    /// Address of the deployment that gave it; the file's when not given
    #[arg(long)]
    url: Option<String>,
}

impl Held {
    fn client(&self) -> Result<Client, Failure> {
        let (secret, address) = if self.receipt.starts_with("spr_") {
            (self.receipt.clone(), None)
        } else {
            let path = Path::new(&self.receipt);
            let text = fs::read_to_string(path).map_err(|error| NO_INPUT.at(path, error))?;
            let kept: Value = serde_json::from_str(&text).map_err(|error| DATA.at(path, error))?;
            let part = |name: &str| kept[name].as_str().map(str::to_owned);
            (part("receipt").ok_or_else(|| DATA.at(path, "no receipt in it"))?, part("address"))
        };
        let address = self.url.clone().or(address);
        let address = address.ok_or_else(|| USAGE.because("give --url: a receipt does not say who gave it"))?;
        Ok(Client::new(&address, &secret))
    }

    fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        Ok(self.client()?.post(path, body, None)?.success(path)?.json())
    }
}

impl Receipt {
    pub fn run(self) -> Outcome {
        match self {
            Self::Look { held, json } => {
                let answer = held.client()?.get("/v1/receipt", "application/json")?.json();
                if json { say!("{answer:#}") } else { print(&answer) }
            }
            Self::Withdraw { held, reason } => {
                let answer = held.post("/v1/receipt/withdraw", &Reason::body(reason))?;
                let host = answer["host"].as_str().unwrap_or_default();
                say!(
                    "Taken back. What you had shown to {host} is deleted there; what was decided stays, without your name."
                );
            }
            Self::Tell { held, organisation } => {
                let answer = held.post("/v1/receipt/tell", &json!({ "organisation": organisation }))?;
                if let Some(notice) = answer["notice"].as_str() {
                    say!(
                        "{organisation} is on another deployment. Hand it this notice, for its /v1/notices:\n{notice}"
                    );
                } else {
                    say!("{organisation} was told.");
                }
            }
            Self::Agreement { held, credential } => {
                let token = scan::text(&credential)?;
                held.post("/v1/receipt/agreements", &json!({ "credential": token }))?;
                say!("Your new manager can read it, and answers: honour, or review. See `passport receipt look`.");
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn print(answer: &Value) {
    let text = |name: &str| answer[name].as_str().unwrap_or_default();
    say!(
        "{}: the movement is {}. {}, {}.",
        text("host"),
        text("state"),
        words::purpose(text("purpose")),
        words::days(answer)
    );
    if let Some(why) = text("keptUntil").strip_prefix("deleted: ") {
        say!("What you showed is deleted, because {why}.");
    } else {
        say!("What you showed is kept until {}.", text("keptUntil"));
    }
    told(answer);
    words::print_records(&answer["records"]);
    for agreement in answer["agreements"].as_array().into_iter().flatten() {
        say!("Agreement: {}.", agreement["answer"].as_str().unwrap_or("not answered yet"));
    }
}
