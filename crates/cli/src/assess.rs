//! `passport assess`: a published profile against one's own passport, with nobody else learning of it.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;
use passport_schema::codes::{CodeLists, Purpose, Term};
use passport_schema::profile::{MAX_PROFILE, Profile};
use passport_schema::time::Date;
use passport_schema::tree::Tree;
use passport_verifier::{Assessment, Bundle, Decision, Overall, Person, Question, Verdict, Verifier, assess};
use serde::de::DeserializeSeed as _;

use crate::exit::{CANNOT_TELL, DATA, Failure, NO_INPUT, Outcome, REFUSED, USAGE, say};
use crate::inputs::Inputs;

/// Say whether somebody can start a role on given dates, and if not, what is missing. Needs no network,
/// and tells nobody.
///
/// Ends with 0 when they are ready, 2 when they are with actions, and 1 when they are not.
#[derive(Debug, Args)]
pub struct Assess {
    #[command(flatten)]
    inputs: Inputs,
    /// The role profile: a JSON or YAML file, or OWNER/NAME of one in the bundle
    #[arg(long, value_name = "FILE|NAME")]
    profile: String,
    /// First day of the placement
    #[arg(long, value_name = "DATE")]
    from: String,
    /// Last day of the placement, inclusive
    #[arg(long, value_name = "DATE")]
    to: String,
    /// Why they come; the profile's first purpose when it is not said
    #[arg(long, value_name = "PURPOSE")]
    purpose: Option<String>,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

impl Assess {
    pub fn run(self) -> Outcome {
        let (starts, ends) = (date("--from", &self.from)?, date("--to", &self.to)?);
        let at = self.inputs.time()?;
        let bundle = self.inputs.open_bundle()?.map_err(|error| DATA.because(error))?;
        let lists = CodeLists::embedded();
        let profile = self.read_profile(&bundle, &lists)?;
        let purpose = self.read_purpose(&profile, &lists)?;
        let texts = self.inputs.read_all()?;
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let verdicts = Verifier::new(&bundle, &lists).verify_many(&texts, at);
        for (argument, verdict) in self.inputs.passes.iter().zip(&verdicts) {
            explain(argument, verdict);
        }
        let person = match Person::behind(&verdicts) {
            Ok(person) => person,
            Err(nobody) => {
                if self.json {
                    say!("{:#}", nobody.to_json());
                } else {
                    eprintln!("{nobody}");
                }
                return Ok(REFUSED.into());
            }
        };
        let question = Question { profile: &profile, purpose: &purpose, starts, ends, at, confirmations: &[] };
        let assessment = assess(&person, question).map_err(|error| USAGE.because(error))?;
        self.print(&assessment);
        Ok(match assessment.overall() {
            Overall::Ready => ExitCode::SUCCESS,
            Overall::ReadyWithActions => CANNOT_TELL.into(),
            Overall::NotReady => REFUSED.into(),
        })
    }

    fn print(&self, assessment: &Assessment<'_>) {
        if self.json {
            say!("{:#}", assessment.to_json());
        } else {
            say!("{}", assessment.plain().trim_end());
        }
    }

    fn read_profile(&self, bundle: &Bundle, lists: &CodeLists) -> Result<Profile, Failure> {
        let path = Path::new(&self.profile);
        if path.exists() {
            let text = fs::read_to_string(path).map_err(|error| NO_INPUT.at(path, error))?;
            let json = to_json(&text).map_err(|why| DATA.at(path, why))?;
            return Profile::parse(json.as_bytes(), lists).map_err(|problems| DATA.at(path, problems));
        }
        let found = bundle.profile(&self.profile, lists).map_err(|problems| DATA.because(problems))?;
        found.ok_or_else(|| {
            let names: Vec<_> = bundle.profiles().map(|name| format!("{}/{}", name.owner, name.name)).collect();
            let has = if names.is_empty() { "no profiles".into() } else { names.join(", ") };
            NO_INPUT.because(format!("{} is no file, and the bundle has {has}", self.profile))
        })
    }

    fn read_purpose(&self, profile: &Profile, lists: &CodeLists) -> Result<Term<Purpose>, Failure> {
        let names = || profile.purposes.iter().map(Term::id).collect::<Vec<_>>().join(", ");
        let purpose = profile.purpose(self.purpose.as_deref(), lists);
        purpose.ok_or_else(|| USAGE.because(format!("--purpose: this profile is for {}", names())))
    }
}

/// YAML is JSON with fewer marks: both are read.
pub fn to_json(text: &str) -> Result<String, String> {
    if text.trim_start().starts_with('{') {
        return Ok(text.to_owned());
    }
    let mut room = MAX_PROFILE;
    let value = Tree { room: &mut room }.deserialize(serde_yaml_ng::Deserializer::from_str(text));
    value.map(|value| value.to_string()).map_err(|error| error.to_string())
}

fn date(option: &str, text: &str) -> Result<Date, Failure> {
    Date::parse(text).ok_or_else(|| USAGE.because(format!("{option} must be a date such as 2026-11-20")))
}

/// What was not accepted takes no part, or only as what cannot be told; whoever asks should know.
fn explain(argument: &str, verdict: &Verdict<'_>) {
    if verdict.decision() != Decision::Accepted {
        let name = if argument.len() > 60 { "what was shown" } else { argument };
        for reason in verdict.reasons() {
            eprintln!("{name}: {}: {reason}", verdict.decision().plain());
        }
    }
}
