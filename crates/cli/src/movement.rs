//! `passport movement`: what a host does, through the API. The person's side is `share.rs`.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use crate::assess::to_json;
use crate::exit::{CANNOT_TELL, DATA, Failure, NO_INPUT, Outcome, REFUSED, USAGE, say};
use crate::inputs::now;
use crate::issue::Access;
use crate::words;

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
    /// Show what a movement is for, where it stands, what was shown, and the assessment as it is now
    Show {
        #[command(flatten)]
        on: On,
    },
    /// Take a step
    Step {
        #[command(flatten)]
        on: On,
        /// Which step
        step: Step,
        /// Why; needed to decline or cancel
        #[arg(long)]
        reason: Option<String>,
    },
    /// Note that something was looked up, or done here
    Confirm {
        #[command(flatten)]
        on: On,
        /// The requirement's id, as `movement show` and `movement step` name it
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

/// What a host may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Step {
    /// Hold the profile against what was shown
    Assess,
    /// Take them on, once they are ready
    Agree,
    /// They begin, on the first day or later
    Start,
    /// The time here is over
    End,
    /// Say no to somebody who has shown their passport; needs --reason
    Decline,
    /// Drop it before they have begun; needs --reason
    Cancel,
    /// A fresh link, for what is missing
    AskAgain,
}

impl Step {
    fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }
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
        let open = to_confirm(assessment);
        if !open.is_empty() {
            say!("\nTo confirm once it is done, with `passport movement confirm ID REQUIREMENT`");
        }
        for (id, title) in open {
            say!("  {id:<28} {title}");
        }
    }

    /// What it is about, for whoever looks at it for the first time.
    fn print_head(answer: &Value) {
        let text = |name: &str| answer[name].as_str().unwrap_or_default();
        let line = |label: &str, text: String| say!("  {label:<10} {text}");
        let profile = &answer["profile"];
        line("Profile", format!("{}, version {}", profile["name"].as_str().unwrap_or_default(), profile["version"]));
        line("Purpose", words::purpose(text("purpose")));
        line("Days", words::days(answer));
        line("Asked for", words::kinds(&answer["asks"]));
        if let Some(until) = answer["linkUntil"].as_str() {
            line("Link", format!("works once, until {}", words::time(until)));
        }
        for step in answer["steps"].as_array().into_iter().flatten() {
            let part = |name: &str| step[name].as_str().unwrap_or_default();
            let reason = step["reason"].as_str().map(|reason| format!(": {reason}")).unwrap_or_default();
            line("Step", format!("{} at {}{reason}", part("step"), words::time(part("at"))));
        }
        words::print_records(&answer["records"]);
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
                let answer = on.get("")?;
                if !on.json {
                    On::print_head(&answer);
                }
                on.print(&answer);
                Ok(ExitCode::SUCCESS)
            }
            Self::Step { on, step, reason } => {
                if reason.is_none() && matches!(step, Step::Decline | Step::Cancel) {
                    return Err(USAGE.because("give --reason: why, for the person and for the books"));
                }
                let body = reason.map_or_else(|| json!({}), |reason| json!({ "reason": reason }));
                on.print(&on.post(&format!("/{}", step.name()), &body)?);
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
    let written_by = body["owner"].as_str().map(str::to_owned);
    if let Some(fields) = body.as_object_mut() {
        fields.remove("owner");
        fields.remove("version");
    }
    let answer = access.client()?.post("/v1/profiles", &body, None)?.success("/v1/profiles")?.json();
    let owner = answer["owner"].as_str().unwrap_or_default();
    let other = written_by.filter(|it| it != owner);
    let other = other.map(|it| format!(" It is {owner}'s now: the file names {it} as its owner.")).unwrap_or_default();
    say!("Profile {}, version {}.{other}", answer["name"].as_str().unwrap_or_default(), answer["version"]);
    Ok(ExitCode::SUCCESS)
}

fn clearance(on: &On, day: Option<&str>) -> Outcome {
    let query = day.map(|day| format!("?on={day}")).unwrap_or_default();
    let answer = on.get(&format!("/clearance{query}"))?;
    let said = answer["answer"].as_str().unwrap_or_default();
    if on.json {
        say!("{answer:#}");
    } else {
        let until = answer["until"].as_str().map(|until| format!(", until {}", words::date(until)));
        let why = answer["why"].as_array().into_iter().flatten().filter_map(|it| it["detail"].as_str());
        let why: Vec<_> = why.collect();
        let why = if why.is_empty() { String::new() } else { format!(". {}", why.join("; ")) };
        let day = words::date(answer["on"].as_str().unwrap_or_default());
        say!("{day}: {}{}{why}.", said.replace('-', " "), until.unwrap_or_default());
    }
    Ok(match said {
        "yes" => ExitCode::SUCCESS,
        "no" => REFUSED.into(),
        _ => CANNOT_TELL.into(),
    })
}

/// Ids and titles of what the host can still look up or do itself.
fn to_confirm(assessment: &Value) -> Vec<(&str, &str)> {
    let text = |it: &'_ Value, name: &str| it[name].as_str().map(str::to_owned).unwrap_or_default();
    let open = |it: &&Value| {
        let outcome = text(it, "outcome");
        matches!(outcome.as_str(), "check-live" | "do-locally")
            || (text(it, "acceptance") != "rely" && outcome != "met")
    };
    let requirements = assessment["requirements"].as_array().into_iter().flatten().filter(open);
    let mut open: Vec<_> = requirements.filter_map(|it| Some((it["id"].as_str()?, it["title"].as_str()?))).collect();
    let mut actions = assessment["actions"].as_array().into_iter().flatten();
    if actions.any(|it| it["do"] == "check-identity") {
        open.push(("same-person", "Photo ID fits all that was shown"));
    }
    open
}
