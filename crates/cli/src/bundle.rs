//! `passport bundle`: gather one from any number of deployments, and explain one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use passport_schema::bundle::{BundleFile, VERSION};
use passport_verifier::Bundle;

use crate::api;
use crate::exit::{CANNOT_TELL, DATA, Failure, NO_INPUT, Outcome, count, say};
use crate::pin;
use crate::system::write;
use crate::verify::progress;

/// Status lists of one organisation: 1,000 of 32,768 blocks are passports for millions.
const MAX_LISTS: usize = 1_000;

/// Gather or explain a bundle.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Gather a bundle: the trust list, and the status lists of every organisation on it
    Build {
        /// The trust list: a file, or an address that publishes it
        #[arg(long, value_name = "FILE|URL")]
        trust_list: String,
        /// The system's root key, or a file with it; else the pinned one
        #[arg(long, env = "PASSPORT_ROOT", value_name = "KEY|FILE")]
        root: Option<String>,
        /// Where to write the bundle
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Explain a bundle
    Show {
        /// The bundle
        #[arg(value_name = "FILE")]
        bundle: PathBuf,
        /// The system's root key, or a file with it; else the pinned one
        #[arg(long, env = "PASSPORT_ROOT", value_name = "KEY|FILE")]
        root: Option<String>,
    },
}

impl Command {
    pub fn run(self) -> Outcome {
        match self {
            Self::Build { trust_list, root, out } => build(&trust_list, root.as_deref(), &out),
            Self::Show { bundle, root } => show(&bundle, root.as_deref()),
        }
    }
}

fn build(trust_list: &str, root: Option<&str>, out: &Path) -> Outcome {
    let agent = api::agent();
    let trust_list = if trust_list.contains("://") {
        String::from_utf8_lossy(&api::get(&agent, trust_list)?.body).into_owned()
    } else {
        fs::read_to_string(trust_list).map_err(|error| NO_INPUT.at(Path::new(trust_list), error))?
    };
    let pinned = pin::load(root)?;
    let mut file = BundleFile {
        version: VERSION,
        trust_list: trust_list.trim().to_owned(),
        status_lists: Vec::new(),
        profiles: Vec::new(),
    };
    let bundle = open(&file.to_bytes(), &pinned)?;
    let (mut missing, mut silent) = (Vec::new(), Vec::new());
    let bar = progress(bundle.issuers().len(), "organisations");
    for issuer in bundle.issuers() {
        match gather(&agent, issuer.address()) {
            Ok(tokens) if tokens.is_empty() => silent.push(issuer.code().to_string()),
            Ok(tokens) => tokens.into_iter().for_each(|token| match try_one(&file.trust_list, token, &pinned) {
                Ok(token) => file.status_lists.push(token),
                Err(why) => missing.push(format!("{} ({}): {why}", issuer.name(), issuer.code())),
            }),
            Err(failure) => missing.push(format!("{} ({}): {}", issuer.name(), issuer.code(), failure.why)),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let gathered = open(&file.to_bytes(), &pinned)?;
    write(out, &file.to_bytes())?;
    say!(
        "{}: trust list {} of {}, {}.",
        out.display(),
        gathered.sequence(),
        gathered.system(),
        count(file.status_lists.len(), "status list")
    );
    if !silent.is_empty() {
        say!("Nothing issued yet: {}. What is issued from now on needs a newer bundle.", silent.join(", "));
    }
    for what in &missing {
        say!("Left out: {what}");
    }
    if file.status_lists.is_empty() {
        say!("There is no status list in this bundle: nothing can be accepted by it.");
    }
    let whole = missing.is_empty() && !file.status_lists.is_empty();
    Ok(if whole { ExitCode::SUCCESS } else { CANNOT_TELL.into() })
}

/// A status list that a verifier would take, or why it would not.
fn try_one(trust_list: &str, token: String, pinned: &pin::Pinned) -> Result<String, String> {
    let file = BundleFile {
        version: VERSION,
        trust_list: trust_list.to_owned(),
        status_lists: vec![token],
        profiles: Vec::new(),
    };
    let bundle = open(&file.to_bytes(), pinned).map_err(|failure| failure.why)?;
    match bundle.faults().iter().find(|fault| fault.code.starts_with("status-")) {
        Some(fault) => Err(fault.detail.clone()),
        None => Ok(file.status_lists.into_iter().next().unwrap_or_default()),
    }
}

/// The status lists of one organisation. Addresses outside its own are not followed.
fn gather(agent: &ureq::Agent, address: &str) -> Result<Vec<String>, Failure> {
    let index = api::get(agent, &format!("{address}/status"))?.json();
    let lists =
        index["status_lists"].as_array().ok_or_else(|| DATA.because("its index of status lists cannot be read"))?;
    if lists.len() > MAX_LISTS {
        return Err(DATA.because(format!("its index names {} status lists; at most {MAX_LISTS} are read", lists.len())));
    }
    let inside = format!("{address}/status/");
    let fetch = |list: &serde_json::Value| {
        let list = list.as_str().unwrap_or_default();
        if !list.starts_with(&inside) {
            return Err(DATA.because(format!(
                "the trust list has it at {address}, and its own index of status lists names {list}: \
                 PASSPORT_ADDRESS of its service and the address on the trust list must be the same"
            )));
        }
        Ok(String::from_utf8_lossy(&api::get(agent, list)?.body).into_owned())
    };
    lists.iter().map(fetch).collect()
}

fn open(bytes: &[u8], pinned: &pin::Pinned) -> Result<Bundle, Failure> {
    Bundle::open(bytes, &pinned.root, pinned.sequence)
        .map_err(|error| DATA.because(format!("{error} ({})", error.code())))
}

fn show(path: &Path, root: Option<&str>) -> Outcome {
    let bytes = fs::read(path).map_err(|error| NO_INPUT.at(path, error))?;
    let bundle = open(&bytes, &pin::load(root)?)?;
    say!("System        {}", bundle.system());
    say!("Trust list    number {}, signed at {}", bundle.sequence(), bundle.issued().plain());
    say!("Renew by      {}", bundle.next_update().plain());
    say!("Newest part   signed at {}", bundle.newest().plain());
    for issuer in bundle.issuers() {
        say!("\n{} ({})", issuer.name(), issuer.code());
        say!("  Address     {}", issuer.address());
        if let Some((code, name)) = issuer.successor() {
            say!("  Succeeded   by {name} ({code})");
        }
        let keys: Vec<_> =
            issuer.keys().map(|(key, state)| format!("{key} ({})", format!("{state:?}").to_lowercase())).collect();
        say!("  Keys        {}", keys.join(", "));
        let kinds: Vec<_> = issuer.entitlement().kinds.iter().map(|kind| kind.name()).collect();
        say!("  May attest  {}", kinds.join(", "));
        let subjects: Vec<_> = issuer.entitlement().subjects.iter().map(String::as_str).collect();
        say!("  Training    {}", subjects.join(", "));
        let mut lists: Vec<_> = issuer.status_lists().collect();
        lists.sort_unstable();
        for (number, issued) in lists {
            say!("  Status      list {number}, as of {}", issued.plain());
        }
    }
    for fault in bundle.faults() {
        let who = fault.organisation.as_ref().map_or("a member", |code| code.as_str());
        say!("\nLeft out: {who}: {} ({})", fault.detail, fault.code);
    }
    Ok(if bundle.faults().is_empty() { ExitCode::SUCCESS } else { CANNOT_TELL.into() })
}
