//! `passport verify`: is this to be believed? With the network off.

use std::process::ExitCode;

use clap::Args;
use passport_schema::codes::CodeLists;
use passport_schema::record::Kind;
use passport_schema::time::{Date, Timestamp};
use passport_verifier::{Answer, Bundle, BundleFault, Decision, Standing, Verdict, Verified, Verifier};
use serde_json::{Value, json};

use crate::exit::{CANNOT_TELL, Failure, Outcome, REFUSED, USAGE, count, say};
use crate::inputs::Inputs;

/// Say whether a pass or credential is to be believed; needs no network.
#[derive(Debug, Args)]
pub struct Verify {
    #[command(flatten)]
    inputs: Inputs,
    /// Refuse unless at least one record of this kind counts, such as registration; several with commas
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    require: Vec<String>,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
    /// Judge each pass by itself, as of many people, and print a line for each
    #[arg(long)]
    each: bool,
}

impl Verify {
    pub fn run(self) -> Outcome {
        let at = self.inputs.time()?;
        let required = self.kinds()?;
        let bundle = match self.inputs.open_bundle()? {
            Ok(bundle) => bundle,
            Err(error) => return Ok(self.without_bundle(error.code(), &error.to_string())),
        };
        let lists = CodeLists::embedded();
        let verifier = Verifier::new(&bundle, &lists);
        if self.each {
            return Ok(self.run_each(&verifier, at, &required));
        }
        let texts = self.inputs.read_all()?;
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let verdicts = verifier.verify_many(&texts, at);
        let answer = Answer::new(&verdicts, &required);
        if self.json {
            print_json(&json_of(answer.to_json(), &bundle, at));
        } else {
            print_plain(&answer, &bundle, at);
        }
        Ok(exit_code(answer.decision()))
    }

    fn kinds(&self) -> Result<Vec<Kind>, Failure> {
        let kind = |name: &String| {
            Kind::parse(name).ok_or_else(|| {
                let names: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
                USAGE.because(format!("--require {name}: must be one of {}", names.join(", ")))
            })
        };
        self.require.iter().map(kind).collect()
    }

    /// Nothing can be told when the bundle cannot be relied on.
    fn without_bundle(&self, code: &str, why: &str) -> ExitCode {
        if self.json {
            print_json(
                &json!({ "decision": Decision::CannotTell.name(), "reasons": [{ "code": code, "detail": why }] }),
            );
        } else {
            say!("{}\n  {why}", Decision::CannotTell.plain());
        }
        CANNOT_TELL.into()
    }

    /// One that cannot be read does not keep the others from being judged.
    fn run_each(&self, verifier: &Verifier<'_>, at: Timestamp, required: &[Kind]) -> ExitCode {
        let read = self.inputs.read_each();
        let texts: Vec<&str> = read.iter().map(|text| text.as_deref().unwrap_or_default()).collect();
        let verdicts = verifier.verify_many(&texts, at);
        let mut worst = Decision::Accepted;
        for ((argument, read), verdict) in self.inputs.passes.iter().zip(&read).zip(verdicts.chunks(1)) {
            if let Err(failure) = read {
                worst = worst.max(Decision::CannotTell);
                self.print_unreadable(argument, &failure.why);
                continue;
            }
            let answer = Answer::new(verdict, required);
            worst = worst.max(answer.decision());
            if self.json {
                let mut line = answer.to_json();
                line["input"] = argument.as_str().into();
                say!("{line}");
                continue;
            }
            let name = verdict[0].verified().map_or("", |verified| verified.name().as_str());
            let reason = answer.reasons().first().map(ToString::to_string).unwrap_or_default();
            let doubtful = verdict[0]
                .verified()
                .map_or(0, |verified| verified.records().iter().filter(|it| !it.standing().counts()).count());
            let verb = if doubtful == 1 { "does" } else { "do" };
            let note =
                if doubtful > 0 { format!("{} {verb} not count", count(doubtful, "record")) } else { String::new() };
            say!("{:<12} {argument}  {name}  {reason} {note}", answer.decision().plain());
        }
        exit_code(worst)
    }

    fn print_unreadable(&self, argument: &str, why: &str) {
        let decision = Decision::CannotTell;
        if self.json {
            let reasons = [json!({ "code": "unreadable", "detail": why })];
            say!("{}", json!({ "decision": decision.name(), "input": argument, "reasons": reasons }));
        } else {
            say!("{:<12} {argument}  {why}", decision.plain());
        }
    }
}

fn exit_code(decision: Decision) -> ExitCode {
    match decision {
        Decision::Accepted => ExitCode::SUCCESS,
        Decision::Refused => REFUSED.into(),
        Decision::CannotTell => CANNOT_TELL.into(),
    }
}

fn print_json(json: &Value) {
    say!("{json:#}");
}

fn json_of(mut answer: Value, bundle: &Bundle, at: Timestamp) -> Value {
    let faults = bundle.faults().iter().map(BundleFault::to_json);
    answer["at"] = at.to_string().into();
    answer["bundle"] = json!({
        "system": bundle.system(),
        "sequence": bundle.sequence(),
        "issued": bundle.issued().to_string(),
        "faults": faults.collect::<Vec<_>>(),
    });
    answer
}

fn print_plain(answer: &Answer<'_, '_>, bundle: &Bundle, at: Timestamp) {
    say!("{}", answer.decision().plain());
    for reason in answer.reasons() {
        say!("  {reason}");
    }
    for verified in answer.verdicts().iter().filter_map(Verdict::verified) {
        say!();
        print_verified(verified);
    }
    say!();
    say!("Judged at {}, by the trust list of {} (number {}).", at.plain(), bundle.system(), bundle.sequence());
    for fault in bundle.faults() {
        let who = fault.organisation.as_ref().map_or("a member", |code| code.as_str());
        say!("Left out of the bundle: {who}: {}.", fault.detail);
    }
}

fn print_verified(verified: &Verified<'_>) {
    let born = verified.birth_date().map(Date::plain).map(|date| format!(", born {date}")).unwrap_or_default();
    let issuer = verified.issuer();
    let now_part_of =
        issuer.successor().map(|(code, name)| format!(", now part of {name} ({code})")).unwrap_or_default();
    let line = |label: &str, text: String| say!("  {label:<12} {text}");
    line("Who", format!("{}{born}", verified.name().as_str()));
    line("From", format!("{} ({}){now_part_of}", issuer.name(), issuer.code()));
    line("Signed", format!("at {}; void after {}", verified.issued().plain(), verified.expires().plain()));
    line("Status as of", verified.as_of().map_or_else(|| "unknown".into(), Timestamp::plain));
    line("Bound by", verified.binding().plain().into());
    let (doubtful, good): (Vec<_>, Vec<_>) =
        verified.records().iter().partition(|judged| judged.standing() != Standing::Counts);
    if !doubtful.is_empty() {
        say!("  To be looked at:");
        for judged in doubtful {
            say!("  - {}", judged.plain());
        }
    }
    if !good.is_empty() {
        say!("  What counts:");
    }
    for judged in good {
        say!("  - {}", judged.plain());
    }
}
