//! `passport movement` and `passport share`: a host and a person, through the API.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::api::Client;
use crate::assess::to_json;
use crate::exit::{CANNOT_TELL, DATA, Failure, NO_INPUT, Outcome, REFUSED, USAGE, count, say};
use crate::inputs::now;
use crate::issue::Access;
use crate::scan;
use crate::system::write;

/// What a receiving organisation does with somebody who comes.
#[derive(Debug, Subcommand)]
pub enum Movement {
    /// Publish a role profile (JSON or YAML); what is new makes the next version
    Publish {
        #[command(flatten)]
        access: Access,
        /// The profile
        file: PathBuf,
    },
    /// Ask somebody to show their passport; prints the movement's id and the link for them
    Open {
        #[command(flatten)]
        access: Access,
        /// Name of a published profile
        #[arg(long)]
        profile: String,
        /// Why they come, such as workforce-sharing
        #[arg(long)]
        purpose: String,
        /// First day
        #[arg(long, value_name = "DATE")]
        from: String,
        /// Last day, inclusive
        #[arg(long, value_name = "DATE")]
        to: String,
        /// Kinds of record to ask for; what the profile needs when not given
        #[arg(long, value_name = "KIND", value_delimiter = ',')]
        asks: Vec<String>,
    },
    /// Show where a movement stands, and the assessment as it is now
    Show {
        #[command(flatten)]
        on: On,
    },
    /// Take a step: assess, agree, start, end, decline, cancel, or ask-again
    Step {
        #[command(flatten)]
        on: On,
        /// Which
        step: String,
        /// Why; needed to decline or cancel
        #[arg(long)]
        reason: Option<String>,
    },
    /// Note that something was looked up, or done here
    Confirm {
        #[command(flatten)]
        on: On,
        /// The requirement's id
        requirement: String,
        /// It came out badly
        #[arg(long)]
        not: bool,
    },
    /// Ask whether they may work on a day; ends with 0 yes, 1 no, 2 cannot tell
    Clearance {
        #[command(flatten)]
        on: On,
        /// The day; today when not given
        #[arg(long, value_name = "DATE")]
        day: Option<String>,
    },
}

/// One movement, at one deployment.
#[derive(Debug, Args)]
pub struct On {
    #[command(flatten)]
    access: Access,
    /// The movement's id
    id: String,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

impl On {
    fn path(&self, rest: &str) -> String {
        format!("/v1/movements/{}{rest}", self.id.trim_start_matches("urn:uuid:"))
    }

    fn post(&self, rest: &str, body: &Value) -> Result<Value, Failure> {
        let path = self.path(rest);
        Ok(self.access.client()?.post(&path, body, None)?.success(&path)?.json())
    }

    fn get(&self, rest: &str) -> Result<Value, Failure> {
        Ok(self.access.client()?.get(&self.path(rest), "application/json")?.json())
    }

    /// Prints an answer: its state, its link, and the assessment in words.
    fn print(&self, answer: &Value) {
        if self.json {
            say!("{answer:#}");
            return;
        }
        if let Some(state) = answer["state"].as_str() {
            say!("The movement is {state}.");
        }
        if let Some(link) = answer["link"].as_str() {
            say!("For the person, once: {link}");
        }
        let assessment = if answer["plain"].is_string() { answer } else { &answer["assessment"] };
        if let Some(plain) = assessment["plain"].as_str() {
            say!("\n{}", plain.trim_end());
        }
    }
}

impl Movement {
    pub fn run(self) -> Outcome {
        match self {
            Self::Publish { access, file } => publish(&access, &file),
            Self::Open { access, profile, purpose, from, to, asks } => {
                let mut body = json!({ "profile": profile, "purpose": purpose, "starts": from, "ends": to });
                if !asks.is_empty() {
                    body["asks"] = asks.into();
                }
                let answer = access.client()?.post("/v1/movements", &body, None)?.success("/v1/movements")?.json();
                let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
                say!("Movement {}\nFor the person, once: {}", text("id").trim_start_matches("urn:uuid:"), text("link"));
                let over: Vec<_> =
                    answer["overAsking"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
                if !over.is_empty() {
                    say!("More than the purpose needs: {}. Can you say why?", over.join(", "));
                }
                Ok(ExitCode::SUCCESS)
            }
            Self::Show { on } => {
                on.print(&on.get("")?);
                Ok(ExitCode::SUCCESS)
            }
            Self::Step { on, step, reason } => {
                let body = reason.map_or_else(|| json!({}), |reason| json!({ "reason": reason }));
                on.print(&on.post(&format!("/{step}"), &body)?);
                Ok(ExitCode::SUCCESS)
            }
            Self::Confirm { on, requirement, not } => {
                let today = now().london_date().to_string();
                let body = json!({ "requirement": requirement, "on": today, "satisfied": !not });
                on.print(&on.post("/confirmations", &body)?);
                Ok(ExitCode::SUCCESS)
            }
            Self::Clearance { on, day } => clearance(&on, day.as_deref()),
        }
    }
}

fn publish(access: &Access, file: &std::path::Path) -> Outcome {
    let text = fs::read_to_string(file).map_err(|error| NO_INPUT.at(file, error))?;
    let json = to_json(&text).map_err(|why| DATA.at(file, why))?;
    let mut body: Value = serde_json::from_str(&json).map_err(|error| DATA.at(file, error))?;
    // Who publishes it, and which version this makes, is for the service to say.
    if let Some(fields) = body.as_object_mut() {
        fields.remove("owner");
        fields.remove("version");
    }
    let answer = access.client()?.post("/v1/profiles", &body, None)?.success("/v1/profiles")?.json();
    say!("Profile {}, version {}.", answer["name"].as_str().unwrap_or_default(), answer["version"]);
    Ok(ExitCode::SUCCESS)
}

fn clearance(on: &On, day: Option<&str>) -> Outcome {
    let query = day.map(|day| format!("?on={day}")).unwrap_or_default();
    let answer = on.get(&format!("/clearance{query}"))?;
    let said = answer["answer"].as_str().unwrap_or_default();
    if on.json {
        say!("{answer:#}");
    } else {
        let until = answer["until"].as_str().map(|until| format!(", until {until}")).unwrap_or_default();
        let why: Vec<_> = answer["why"].as_array().into_iter().flatten().map(reason).collect();
        let why = if why.is_empty() { String::new() } else { format!(": {}", why.join("; ")) };
        say!("{}: {said}{until}{why}", answer["on"].as_str().unwrap_or_default());
    }
    Ok(match said {
        "yes" => ExitCode::SUCCESS,
        "no" => REFUSED.into(),
        _ => CANNOT_TELL.into(),
    })
}

fn reason(why: &Value) -> String {
    let part = |name: &str| why[name].as_str().unwrap_or_default().to_owned();
    [part("requirement"), part("code")].join(" ").trim().to_owned()
}

/// Show one's passport to whoever asks, with the link that they gave.
#[derive(Debug, Args)]
pub struct Share {
    /// The link
    #[arg(value_name = "LINK")]
    link: String,
    /// Passes and credentials: texts, files, or pictures with a QR code. None: see what is asked
    #[arg(value_name = "PASS|FILE|IMAGE")]
    passes: Vec<String>,
    /// Where to keep the receipt, with which to come back
    #[arg(long, value_name = "FILE")]
    receipt: Option<PathBuf>,
}

impl Share {
    pub fn run(self) -> Outcome {
        let (address, secret) =
            self.link.split_once("/share#").ok_or_else(|| USAGE.because("that is not a link to share with"))?;
        let client = Client::new(address, secret);
        if self.passes.is_empty() {
            let asked = client.get("/v1/share", "application/json")?.json();
            let text = |name: &str| asked[name].as_str().unwrap_or_default();
            say!("{} asks for {}, from {} to {}.", text("hostName"), text("role"), text("starts"), text("ends"));
            say!("To see: {}.", words(&asked["asks"]));
            if asked["overAsking"].as_array().is_some_and(|kinds| !kinds.is_empty()) {
                say!("That is more than is usual: {}. You may ask why.", words(&asked["overAsking"]));
            }
            return Ok(ExitCode::SUCCESS);
        }
        let passes = self.passes.iter().map(|pass| scan::text(pass)).collect::<Result<Vec<_>, _>>()?;
        let answer = client.post("/v1/share", &json!({ "passes": passes }), None)?.success("/v1/share")?.json();
        let records = answer["records"].as_array().map(Vec::as_slice).unwrap_or_default();
        let accepted = records.iter().filter(|record| record["accepted"] == true).count();
        say!(
            "Shown to {}: {}, {} not needed or not accepted.",
            answer["host"].as_str().unwrap_or_default(),
            count(accepted, "record"),
            records.len() - accepted
        );
        for refused in answer["refused"].as_array().into_iter().flatten() {
            say!("Not read: {}", refused["detail"].as_str().unwrap_or_default());
        }
        match (&self.receipt, answer["receipt"].as_str()) {
            (Some(file), Some(_)) => {
                write(file, format!("{answer:#}\n").as_bytes())?;
                say!("Your receipt is in {}.", file.display());
            }
            (None, Some(receipt)) => say!("Your receipt, with which you can look or take it back: {receipt}"),
            _ => {}
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn words(list: &Value) -> String {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
}
