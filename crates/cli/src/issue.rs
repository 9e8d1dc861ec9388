//! `passport issue` and `passport set-status`: through the API of a deployment.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::Args;
use passport_schema::codes::CodeLists;
use passport_schema::hex;
use passport_schema::time::Date;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::answer::Answer;
use crate::api::Client;
use crate::exit::{CANNOT_TELL, CANNOT_WRITE, DATA, Failure, NO_INPUT, Outcome, UNAVAILABLE, USAGE, count, say};
use crate::extract::{self, Extracts};
use crate::inputs::{now, progress};
use crate::outputs::write;
use crate::sign_in::SignIn;

/// Requests that are under way at once.
const WORKERS: usize = 4;

/// Where the API is, and what opens it.
#[derive(Debug, Args)]
pub struct Access {
    /// The deployment's address
    #[arg(long, env = "PASSPORT_URL", default_value = "http://localhost:8080")]
    url: String,
    /// A file with the organisation's API key; or set `PASSPORT_API_KEY`
    #[arg(long, value_name = "FILE", conflicts_with = "client")]
    api_key_file: Option<PathBuf>,
    /// The id of the client to sign in as, instead of an API key
    #[arg(long, value_name = "ID", env = "PASSPORT_CLIENT", requires = "client_key")]
    client: Option<String>,
    /// A file with the client's private key: PEM (PKCS #8), or a JWK as `passport client-key` makes it
    #[arg(long, value_name = "FILE", env = "PASSPORT_CLIENT_KEY")]
    client_key: Option<PathBuf>,
    /// The key's kid; needed with PEM
    #[arg(long, value_name = "KID", env = "PASSPORT_CLIENT_KEY_ID")]
    client_key_id: Option<String>,
}

impl Access {
    pub fn client(&self) -> Result<Client, Failure> {
        if let (Some(client), Some(file)) = (&self.client, &self.client_key) {
            let client = SignIn::read(client, file, self.client_key_id.as_deref())?;
            return Ok(Client::signing_in(&self.url, client));
        }
        let key = match &self.api_key_file {
            Some(file) => fs::read_to_string(file).map_err(|error| NO_INPUT.at(file, error))?,
            None => std::env::var("PASSPORT_API_KEY").map_err(|_| {
                USAGE.because(
                    "give --client and --client-key to sign in with, or --api-key-file, or set PASSPORT_API_KEY",
                )
            })?,
        };
        Ok(Client::new(&self.url, &key))
    }
}

/// Issue passports through the API, from requests or from extracts.
#[derive(Debug, Args)]
pub struct Issue {
    #[command(flatten)]
    access: Access,
    /// Requests as JSON files, one person each
    #[arg(value_name = "FILE", required_unless_present = "staff", conflicts_with = "staff")]
    requests: Vec<PathBuf>,
    /// A staff list (CSV or XLSX)
    #[arg(long, value_name = "FILE")]
    staff: Option<PathBuf>,
    /// A training export as ESR writes it (CSV or XLSX)
    #[arg(long, value_name = "FILE", requires = "staff")]
    training: Option<PathBuf>,
    /// A checks extract (CSV or XLSX)
    #[arg(long, value_name = "FILE", requires = "staff")]
    checks: Option<PathBuf>,
    /// The day on which the extracts were written; today when not given
    #[arg(long, value_name = "YYYY-MM-DD")]
    as_of: Option<String>,
    /// A folder for passes, credentials and a list of what was issued
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

/// One person's request, and where each of its records comes from.
struct Request {
    body: Value,
    origins: Vec<String>,
}

impl Issue {
    pub fn run(self) -> Outcome {
        let client = self.access.client()?;
        let (requests, mut unused) = self.requests()?;
        let folders = self.out.as_deref().map(Folders::make).transpose()?;
        let next = AtomicUsize::new(0);
        let results = Mutex::new(Vec::with_capacity(requests.len()));
        let bar = progress(requests.len(), "people");
        std::thread::scope(|scope| {
            for _ in 0..WORKERS.min(requests.len()) {
                scope.spawn(|| {
                    while let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let result = issue_one(&client, request, folders.as_ref());
                        bar.inc(1);
                        results.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(result);
                    }
                });
            }
        });
        bar.finish_and_clear();
        let results = results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        report(&requests, results, &mut unused, folders.as_ref())
    }

    fn requests(&self) -> Result<(Vec<Request>, Vec<String>), Failure> {
        let Some(staff) = &self.staff else {
            let read = |path: &PathBuf| {
                let bytes = fs::read(path).map_err(|error| NO_INPUT.at(path, error))?;
                let body: Value = serde_json::from_slice(&bytes).map_err(|error| DATA.at(path, error))?;
                let count = body["records"].as_array().map_or(0, Vec::len);
                let origins = (1..=count).map(|number| format!("{} record {number}", path.display())).collect();
                Ok(Request { body, origins })
            };
            return Ok((self.requests.iter().map(read).collect::<Result<_, _>>()?, Vec::new()));
        };
        let as_of = match &self.as_of {
            Some(text) => Date::parse(text).ok_or_else(|| USAGE.because("--as-of must be a date, YYYY-MM-DD"))?,
            None => now().london_date(),
        };
        let files = Extracts { staff: staff.clone(), training: self.training.clone(), checks: self.checks.clone() };
        let extract = extract::read(&files, as_of, &CodeLists::embedded())?;
        let request = |person: extract::Person| {
            let (records, origins): (Vec<_>, Vec<_>) = person.records.into_iter().unzip();
            let origins = origins.iter().map(ToString::to_string).collect();
            Request { body: json!({ "reference": person.reference, "records": records }), origins }
        };
        Ok((extract.people.into_values().map(request).collect(), extract.unused))
    }
}

fn report(
    requests: &[Request],
    results: Vec<Result<Done, Failure>>,
    unused: &mut Vec<String>,
    folders: Option<&Folders>,
) -> Outcome {
    let mut counts = [0_usize; 4];
    let mut failed = Vec::new();
    let mut issued = Vec::new();
    for result in results {
        match result {
            Ok(done) => {
                counts[0] += 1;
                counts[1] += done.records;
                counts[2] += done.credentials;
                counts[3] += done.duplicates;
                unused.extend(done.refused);
                issued.push(done.answer);
            }
            Err(failure) => failed.push(failure),
        }
    }
    if let Some(folders) = folders {
        issued.sort_by_key(|answer| answer["reference"].as_str().unwrap_or_default().to_owned());
        let lines: Vec<_> = issued.iter().map(Value::to_string).collect();
        let text = lines.join(
            "
",
        ) + "
";
        write(&folders.root.join("issued.jsonl"), text.as_bytes())?;
    }
    let [people, records, credentials, duplicates] = counts;
    say!(
        "{people} of {} passports issued: {} in {}, and a pass each.",
        requests.len(),
        count(records, "record"),
        count(credentials, "credential")
    );
    let were = if duplicates == 1 { "was a duplicate" } else { "were duplicates" };
    say!(
        "{} {were} or older; {} could not be used{}",
        count(duplicates, "row"),
        count(unused.len(), "row"),
        if unused.is_empty() { "." } else { ":" }
    );
    unused.sort();
    for row in unused.iter() {
        say!("  {row}");
    }
    let Some(first) = failed.first() else {
        return Ok(if unused.is_empty() { ExitCode::SUCCESS } else { CANNOT_TELL.into() });
    };
    // What did not get through may, when it is tried again.
    let code = if failed.iter().any(|it| it.code == UNAVAILABLE) { UNAVAILABLE } else { first.code };
    Err(code.because(failed.iter().map(|it| it.why.as_str()).collect::<Vec<_>>().join("\n")))
}

/// Where results are written.
struct Folders {
    root: PathBuf,
    passes: PathBuf,
    credentials: PathBuf,
}

impl Folders {
    fn make(root: &Path) -> Result<Self, Failure> {
        let folders = Self { root: root.into(), passes: root.join("passes"), credentials: root.join("credentials") };
        for folder in [&folders.passes, &folders.credentials] {
            fs::create_dir_all(folder).map_err(|error| CANNOT_WRITE.at(folder, error))?;
        }
        Ok(folders)
    }
}

/// What came of one person's request.
struct Done {
    answer: Value,
    records: usize,
    credentials: usize,
    duplicates: usize,
    refused: Vec<String>,
}

fn issue_one(client: &Client, request: &Request, folders: Option<&Folders>) -> Result<Done, Failure> {
    let mut body = request.body.clone();
    let mut answer = post(client, &body)?;
    let refused = leave_out_faulty(&mut body, &answer, &request.origins);
    if !refused.is_empty() {
        answer = post(client, &body)?;
    }
    let answer = answer.success(&format!("{}", body["reference"]))?.json();
    let outcomes: Vec<_> =
        answer["records"].as_array().into_iter().flatten().map(|record| record["outcome"].clone()).collect();
    let standing = ["new", "supersedes", "unchanged"];
    let records = outcomes.iter().filter(|outcome| standing.iter().any(|known| **outcome == *known)).count();
    if let Some(folders) = folders {
        save(client, &answer, folders)?;
    }
    Ok(Done {
        records,
        duplicates: outcomes.len() - records,
        credentials: answer["credentials"].as_array().map_or(0, Vec::len),
        answer,
        refused,
    })
}

fn post(client: &Client, body: &Value) -> Result<Answer, Failure> {
    let key = hex::encode(&Sha256::digest(format!("{}{body}", now().london_date())));
    client.post("/v1/passports", body, Some(&key[..40]))
}

/// Takes the records that the service calls faulty out of a request, and says which and why: one
/// bad row must not keep a person from their passport. The identity is never left out.
fn leave_out_faulty(body: &mut Value, answer: &Answer, origins: &[String]) -> Vec<String> {
    let problems = answer.json();
    let mut faulty: Vec<usize> = Vec::new();
    let mut refused = Vec::new();
    for problem in problems["problems"].as_array().into_iter().flatten() {
        let pointer = problem["pointer"].as_str().unwrap_or_default();
        let index = pointer.strip_prefix("/records/").and_then(|rest| rest.split('/').next()?.parse::<usize>().ok());
        let Some(index) = index.filter(|index| body["records"][*index]["kind"] != "identity") else {
            return Vec::new();
        };
        let field = pointer.rsplit('/').next().unwrap_or_default();
        let origin = origins.get(index).map_or("", String::as_str);
        refused.push(format!("{origin}: {field} {}", problem["detail"].as_str().unwrap_or_default()));
        faulty.push(index);
    }
    faulty.sort_unstable();
    faulty.dedup();
    if let Some(records) = body["records"].as_array_mut() {
        for index in faulty.iter().rev() {
            records.remove(*index);
        }
    }
    refused
}

fn save(client: &Client, answer: &Value, folders: &Folders) -> Result<(), Failure> {
    let reference = answer["reference"].as_str().unwrap_or_default();
    let name = file_name(reference);
    for credential in answer["credentials"].as_array().into_iter().flatten() {
        let kind = credential["type"].as_str().unwrap_or_default();
        let token = credential["token"].as_str().unwrap_or_default();
        write(&folders.credentials.join(format!("{name}.{kind}.jwt")), token.as_bytes())?;
    }
    let pass = &answer["pass"];
    if pass.is_null() {
        return Ok(());
    }
    write(&folders.passes.join(format!("{name}.txt")), pass["text"].as_str().unwrap_or_default().as_bytes())?;
    let id = pass["id"].as_str().and_then(|id| id.strip_prefix("urn:uuid:")).unwrap_or_default();
    let png = client.get(&format!("/v1/passes/{id}"), "image/png")?;
    write(&folders.passes.join(format!("{name}.png")), &png.body)?;
    Ok(())
}

/// A reference as part of a file's name: whatever is not plain is written as its bytes, so that two
/// references never share a file.
fn file_name(reference: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let piece = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    reference.bytes().map(piece).collect()
}

/// Withdraw, suspend or reinstate a record, a credential or a pass through the API.
#[derive(Debug, Args)]
pub struct SetStatus {
    #[command(flatten)]
    access: Access,
    /// What it is
    #[arg(value_parser = ["records", "credentials", "passes"])]
    what: String,
    /// Its id
    id: String,
    /// What is to happen
    #[arg(value_parser = ["withdraw", "suspend", "reinstate"])]
    action: String,
    /// Why, as an id of the list status-reason
    #[arg(long)]
    reason: String,
}

impl SetStatus {
    pub fn run(self) -> Outcome {
        let id = self.id.strip_prefix("urn:uuid:").unwrap_or(&self.id);
        let path = format!("/v1/{}/{id}/{}", self.what, self.action);
        let answer = self.access.client()?.post(&path, &json!({ "reason": self.reason }), None)?.success(&path)?.json();
        say!("{} is now {}.", answer["id"].as_str().unwrap_or_default(), answer["status"].as_str().unwrap_or_default());
        Ok(ExitCode::SUCCESS)
    }
}
