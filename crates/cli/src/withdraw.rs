//! `passport withdraw`: many at once, by a query. Shows what it would touch, and does it only when it is told.

use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use clap::Args;
use serde_json::{Map, Value, json};

use crate::api::Client;
use crate::exit::{CANNOT_TELL, Failure, Outcome, UNAVAILABLE, USAGE, count, say};
use crate::inputs::progress;
use crate::issue::Access;

/// Lines of a preview that are shown.
const LINES: usize = 20;
/// Between two looks at how far it is.
const PAUSE: Duration = Duration::from_secs(1);

/// Withdraw many records at once, or all that a key signed, through the API.
#[derive(Debug, Args)]
pub struct Withdraw {
    #[command(flatten)]
    access: Access,
    /// What is to be withdrawn; all that is said must hold. Names: import=ID, kind, awardedBy,
    /// awarded=FROM..TO, issued=FROM..TO, records=ID,ID, key
    #[arg(long, value_name = "NAME=VALUE", required_unless_present_any = ["show", "cancel"], requires = "reason")]
    query: Vec<String>,
    /// Why, as an id of the list status-reason
    #[arg(long)]
    reason: Option<String>,
    /// Only show what it would touch; this is so unless --commit is given
    #[arg(long, conflicts_with = "commit")]
    dry_run: bool,
    /// Do it, once the time in which it can be undone is over
    #[arg(long)]
    commit: bool,
    /// Do not wait until it is done
    #[arg(long, requires = "commit")]
    no_wait: bool,
    /// Show how far a withdrawal is
    #[arg(long, value_name = "ID", conflicts_with_all = ["query", "cancel"])]
    show: Option<String>,
    /// Undo a withdrawal that has not begun
    #[arg(long, value_name = "ID", conflicts_with = "query")]
    cancel: Option<String>,
}

impl Withdraw {
    pub fn run(self) -> Outcome {
        let client = self.access.client()?;
        if let Some(id) = &self.show {
            let withdrawal = get(&client, id)?;
            say!("{} is {}.", text(&withdrawal, "id"), text(&withdrawal, "state"));
            return Ok(report(&withdrawal));
        }
        if let Some(id) = &self.cancel {
            let withdrawal = post(&client, id, "cancel")?;
            say!("{} is undone; nothing was withdrawn.", text(&withdrawal, "id"));
            return Ok(ExitCode::SUCCESS);
        }
        let body = json!({ "query": read_query(&self.query)?, "reason": self.reason });
        let path = "/v1/withdrawals";
        let preview = client.post(path, &body, None)?.success(path)?.json();
        show(&preview);
        let id = text(&preview, "id");
        if preview["touches"]["people"] == 0 {
            return Ok(ExitCode::SUCCESS);
        }
        if self.dry_run || !self.commit {
            say!("Nothing is withdrawn. Say --commit to do it.");
            return Ok(ExitCode::SUCCESS);
        }
        let confirmed = post(&client, &id, "confirm")?;
        if let Some(until) = confirmed["undoUntil"].as_str() {
            say!("It begins at {until}. Until then it can be undone: passport withdraw --cancel {}", bare(&id));
        }
        if self.no_wait {
            return Ok(ExitCode::SUCCESS);
        }
        wait(&client, &id)
    }
}

fn wait(client: &Client, id: &str) -> Outcome {
    let mut withdrawal = get(client, id)?;
    let total = usize::try_from(withdrawal["progress"]["total"].as_u64().unwrap_or_default()).unwrap_or_default();
    let bar = progress(total, "withdrawn");
    while matches!(withdrawal["state"].as_str(), Some("waiting" | "running")) {
        bar.set_position(withdrawal["progress"]["done"].as_u64().unwrap_or_default());
        thread::sleep(PAUSE);
        withdrawal = get(client, id)?;
    }
    bar.finish_and_clear();
    match withdrawal["state"].as_str() {
        Some("done") => Ok(report(&withdrawal)),
        Some("cancelled") => {
            say!("Somebody undid it; nothing was withdrawn.");
            Ok(CANNOT_TELL.into())
        }
        _ => Err(UNAVAILABLE.because(format!("{id} failed: {}", text(&withdrawal, "failure")))),
    }
}

/// What has become of it: all, or not all of it.
fn report(withdrawal: &Value) -> ExitCode {
    let Some(outcome) = withdrawal["outcome"].as_object() else { return ExitCode::SUCCESS };
    let number = |name: &str| outcome[name].as_u64().and_then(|it| usize::try_from(it).ok()).unwrap_or_default();
    say!("{} withdrawn.", number("withdrawn"));
    let mut all = true;
    for (name, words) in [
        ("withdrawnBefore", "had been withdrawn since the preview"),
        ("superseded", "had been replaced since the preview"),
        ("gone", "was not there any more"),
    ] {
        if number(name) > 0 {
            say!("{} {words}.", number(name));
        }
    }
    if let Some(still) = withdrawal["stillMatches"].as_u64().filter(|still| *still > 0) {
        say!("{still} matched only after the preview, and stands: look again with the same query.");
        all = false;
    }
    if all { ExitCode::SUCCESS } else { CANNOT_TELL.into() }
}

fn show(preview: &Value) {
    let touches = &preview["touches"];
    let number = |name: &str| touches[name].as_u64().and_then(|it| usize::try_from(it).ok()).unwrap_or_default();
    let things = [("records", "record"), ("credentials", "credential"), ("passes", "pass")];
    let named: Vec<_> = things
        .into_iter()
        .filter(|(name, _)| number(name) > 0)
        .map(|(name, one)| if number(name) == 1 { count(1, one) } else { format!("{} {name}", number(name)) })
        .collect();
    if named.is_empty() {
        say!("Nothing matches.");
        return;
    }
    let people = if number("people") == 1 { "1 person".to_owned() } else { format!("{} people", number("people")) };
    say!("{} of {people}:", named.join(" and "));
    let items = preview["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    for item in items.iter().take(LINES) {
        say!("  {}  {}  {}", text(item, "reference"), text(item, "about"), text(item, "id"));
    }
    if number("records") + number("credentials") + number("passes") > LINES {
        say!("  and more: GET /v1/withdrawals/{}", bare(&text(preview, "id")));
    }
}

/// The members of a query, out of `NAME=VALUE`.
fn read_query(words: &[String]) -> Result<Value, Failure> {
    let mut query = Map::new();
    for word in words {
        let (name, value) = word
            .split_once('=')
            .ok_or_else(|| USAGE.because(format!("{word} is not NAME=VALUE, such as kind=training")))?;
        let value = match name {
            "kind" | "awardedBy" | "key" => value.into(),
            "import" => format!("urn:uuid:{}", bare(value)).into(),
            "awarded" | "issued" => {
                let (from, to) = value.split_once("..").ok_or_else(|| {
                    USAGE.because(format!("{name} takes days, such as {name}=2026-01-01..2026-03-31"))
                })?;
                json!({ "from": from, "to": to })
            }
            "records" => value.split(',').map(|id| format!("urn:uuid:{}", bare(id))).collect::<Value>(),
            _ => {
                return Err(
                    USAGE.because(format!("{name} is not import, kind, awardedBy, awarded, issued, records or key"))
                );
            }
        };
        if query.insert(name.to_owned(), value).is_some() {
            return Err(USAGE.because(format!("{name} is said twice")));
        }
    }
    Ok(Value::Object(query))
}

fn get(client: &Client, id: &str) -> Result<Value, Failure> {
    Ok(client.get(&format!("/v1/withdrawals/{}", bare(id)), "application/json")?.json())
}

fn post(client: &Client, id: &str, action: &str) -> Result<Value, Failure> {
    let path = format!("/v1/withdrawals/{}/{action}", bare(id));
    Ok(client.post(&path, &json!({}), None)?.success(&path)?.json())
}

fn bare(id: &str) -> &str {
    id.strip_prefix("urn:uuid:").unwrap_or(id)
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or("-").to_owned()
}
