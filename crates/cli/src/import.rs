//! `passport import`: a file of many people, previewed before anything is issued.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use clap::Args;
use clap::builder::PossibleValuesParser;
use passport_intake::Format;
use passport_schema::time::Date;
use serde_json::{Value, json};

use crate::api::Client;
use crate::exit::{CANNOT_TELL, CANNOT_WRITE, DATA, Failure, NO_INPUT, NO_PERMISSION, Outcome, USAGE, count, say};
use crate::inputs::{now, progress};
use crate::issue::Access;

/// Between two looks at how far the service is.
const PAUSE: Duration = Duration::from_millis(250);
/// Rows that are named one by one; the result has all of them.
const NAMED: usize = 40;

/// Preview a file of many people, and issue what it holds.
#[derive(Debug, Args)]
pub struct Import {
    #[command(flatten)]
    access: Access,
    /// The file; or go on with an import that the service has, by --id
    #[arg(value_name = "FILE", required_unless_present = "id", conflicts_with = "id")]
    file: Option<PathBuf>,
    /// An import that the service has
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// The organisation whose file it is, by code: another key than that organisation's is refused
    #[arg(long, value_name = "CODE")]
    organisation: String,
    /// What wrote the file
    #[arg(long, value_parser = formats(), required_unless_present = "id")]
    format: Option<String>,
    /// What only people can tell of the file (JSON); kept, and used from then on
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// The day on which the file was written; today when not given
    #[arg(long, value_name = "YYYY-MM-DD")]
    as_of: Option<String>,
    /// Show what it would come to, and call it off
    #[arg(long, conflicts_with = "commit")]
    dry_run: bool,
    /// Issue it; without this and --dry-run the service waits for a week
    #[arg(long)]
    commit: bool,
    /// Issue passes too
    #[arg(long, value_parser = ["phone", "paper"], requires = "commit")]
    pass: Option<String>,
    /// Write what became of each row here (CSV)
    #[arg(long, value_name = "FILE")]
    result: Option<PathBuf>,
}

fn formats() -> PossibleValuesParser {
    Format::ALL.iter().map(|format| format.name()).into()
}

impl Import {
    pub fn run(self) -> Outcome {
        let client = self.access.client()?;
        let whose = client.get("/v1/imports", "application/json")?.json();
        let owner = whose["organisation"].as_str().unwrap_or_default();
        if owner != self.organisation {
            let why = format!("this key is of {owner}, and the file is of {}: nothing was sent", self.organisation);
            return Err(NO_PERMISSION.because(why));
        }
        let id = match &self.id {
            Some(id) => id.strip_prefix("urn:uuid:").unwrap_or(id).to_owned(),
            None => self.send(&client)?,
        };
        let preview = wait(&client, &id, &["receiving", "reading", "judging"], "reading")?;
        check(&preview)?;
        show(&client, &id, &preview)?;
        let last = if self.dry_run {
            self.save(&client, &id)?;
            let cancelled = post(&client, &id, "cancel", &Value::Null)?;
            say!("Nothing was issued, and the service has forgotten the file.");
            cancelled
        } else if self.commit {
            let body = self.pass.as_ref().map_or(Value::Null, |carrier| json!({ "pass": { "carrier": carrier } }));
            post(&client, &id, "commit", &body)?;
            let done = wait(&client, &id, &["committing"], "issuing")?;
            check(&done)?;
            say!("{} signed. Import {id} is done.", count(number(&done["totals"]["signed"]), "credential"));
            self.save(&client, &id)?;
            done
        } else {
            self.save(&client, &id)?;
            if preview["state"] == "previewed" {
                say!("Nothing is issued yet. Within a week: passport import --id {id} --organisation {owner} --commit");
            }
            preview
        };
        let unused = ["refused", "ambiguous", "unmapped"].iter().map(|outcome| number(&last["totals"][*outcome]));
        Ok(if unused.sum::<usize>() == 0 { ExitCode::SUCCESS } else { CANNOT_TELL.into() })
    }

    /// Sends the file; the import's id.
    fn send(&self, client: &Client) -> Result<String, Failure> {
        let (Some(path), Some(format)) = (&self.file, &self.format) else {
            return Err(USAGE.because("a file and its --format are needed"));
        };
        let as_of = match &self.as_of {
            Some(text) => Date::parse(text).ok_or_else(|| USAGE.because("--as-of must be a date, YYYY-MM-DD"))?,
            None => now().london_date(),
        };
        let file = File::open(path).map_err(|error| NO_INPUT.at(path, error))?;
        let length = file.metadata().map_err(|error| NO_INPUT.at(path, error))?.len();
        let mut query = format!("/v1/imports?format={format}&asOf={as_of}");
        if let Some(mapping) = &self.mapping {
            query.push_str("&mapping=");
            query.push_str(&keep_mapping(client, mapping)?);
        }
        let bar = progress(usize::try_from(length).unwrap_or(usize::MAX), "sending");
        let sent = client.upload(&query, bar.wrap_read(file), length);
        bar.finish_and_clear();
        let import = sent?.success(&path.display().to_string())?.json();
        let id = import["id"].as_str().and_then(|id| id.strip_prefix("urn:uuid:"));
        id.map(str::to_owned).ok_or_else(|| DATA.because("the service's answer names no import"))
    }

    fn save(&self, client: &Client, id: &str) -> Result<(), Failure> {
        let Some(path) = &self.result else { return Ok(()) };
        let mut file = File::create(path).map_err(|error| CANNOT_WRITE.at(path, error))?;
        client.download(&format!("/v1/imports/{id}/result"), "text/csv", &mut file, path)
    }
}

/// Keeps a mapping; its id.
fn keep_mapping(client: &Client, path: &Path) -> Result<String, Failure> {
    let bytes = fs::read(path).map_err(|error| NO_INPUT.at(path, error))?;
    let body: Value = serde_json::from_slice(&bytes).map_err(|error| DATA.at(path, error))?;
    let kept = client.post("/v1/mappings", &body, None)?.success(&path.display().to_string())?.json();
    let id = kept["id"].as_str().and_then(|id| id.strip_prefix("urn:uuid:"));
    id.map(str::to_owned).ok_or_else(|| DATA.because("the service's answer names no mapping"))
}

fn post(client: &Client, id: &str, what: &str, body: &Value) -> Result<Value, Failure> {
    let path = format!("/v1/imports/{id}/{what}");
    let body = if body.is_null() { &json!({}) } else { body };
    Ok(client.post(&path, body, None)?.success(&path)?.json())
}

/// Waits while an import is in one of these states.
fn wait(client: &Client, id: &str, states: &[&str], what: &'static str) -> Result<Value, Failure> {
    let bar = progress(100, what);
    loop {
        let import = client.get(&format!("/v1/imports/{id}"), "application/json")?.json();
        let state = import["state"].as_str().unwrap_or_default();
        if !states.contains(&state) {
            bar.finish_and_clear();
            return Ok(import);
        }
        // How many people a file has is known only when it was read.
        let (done, all) = if state == "reading" { ("rows", "rows") } else { ("done", "people") };
        bar.set_length(number(&import[all]).max(1) as u64);
        bar.set_position(number(&import[done]) as u64);
        thread::sleep(PAUSE);
    }
}

/// Whether the service could use the file.
fn check(import: &Value) -> Result<(), Failure> {
    let state = import["state"].as_str().unwrap_or_default();
    if let Some(detail) = import["fault"]["detail"].as_str() {
        let code = import["fault"]["code"].as_str().unwrap_or_default();
        return Err(DATA.because(format!("{detail} ({code}) Nothing was issued.")));
    }
    if state == "cancelled" { Err(DATA.because("this import was cancelled")) } else { Ok(()) }
}

fn number(json: &Value) -> usize {
    json.as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or_default()
}

/// What the rows come to, and each that cannot be used.
fn show(client: &Client, id: &str, import: &Value) -> Result<(), Failure> {
    let totals = &import["totals"];
    say!(
        "{} about {}. What they come to:",
        count(number(&import["rows"]), "row"),
        if number(&import["people"]) == 1 {
            "1 person".into()
        } else {
            format!("{} people", number(&import["people"]))
        }
    );
    for (outcome, words) in [
        ("new", "issued"),
        ("supersedes", "issued in the place of what is there"),
        ("unchanged", "there already"),
        ("older", "older than what is there"),
        ("duplicate", "said by another row too"),
        ("withdrawn", "withdrawn before, and stay so"),
        ("nothing", "say nothing"),
        ("ambiguous", "not sure whose they are"),
        ("unmapped", "about a subject that is not mapped"),
        ("refused", "refused"),
    ] {
        let rows = number(&totals[outcome]);
        if rows > 0 {
            say!("{rows:>9}  {words}");
        }
    }
    for subject in import["unmapped"].as_array().into_iter().flatten() {
        let text = subject["subject"].as_str().unwrap_or_default();
        say!("  not mapped: {text} ({})", count(number(&subject["rows"]), "row"));
    }
    for outcome in ["refused", "ambiguous"] {
        let path = format!("/v1/imports/{id}/rows?outcome={outcome}");
        let page = client.get(&path, "application/json")?.json();
        let rows = page["rows"].as_array().map_or(&[][..], Vec::as_slice);
        for row in rows.iter().take(NAMED) {
            say!("  line {}: {}", row["line"], why(row));
        }
        let more = number(&totals[outcome]).saturating_sub(rows.len().min(NAMED));
        if more > 0 {
            say!("  and {} more {outcome}; --result writes all of them", count(more, "row"));
        }
    }
    Ok(())
}

fn why(row: &Value) -> String {
    let text = |json: &Value| json.as_str().unwrap_or_default().to_owned();
    let faults: Vec<String> = row["faults"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|fault| format!("{} {} ({})", text(&fault["field"]), text(&fault["detail"]), text(&fault["code"])))
        .collect();
    if !faults.is_empty() {
        return faults.join("; ");
    }
    let people = row["people"].as_array().map_or(0, Vec::len);
    match row["reason"].as_str().unwrap_or_default() {
        "name-differs" => "whoever has this reference has another name".into(),
        "birth-date-differs" => "whoever has this reference was born on another day".into(),
        "rows-differ" => "rows with this reference give different names or dates of birth".into(),
        "assignment-unproven" => "this may be a further assignment; the file does not say whose".into(),
        "reference-unknown" => {
            format!("nobody has this reference; name and date of birth fit {people} who have others")
        }
        other => other.into(),
    }
}
