//! `passport bundle`: gather one from any number of deployments, and explain one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use passport_schema::bundle::{BundleFile, VERSION};
use passport_verifier::Bundle;

use crate::answer;
use crate::exit::{CANNOT_TELL, DATA, Failure, NO_INPUT, Outcome, count, say};
use crate::inputs::progress;
use crate::outputs::write;
use crate::pin;

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
        #[arg(long, env = "PASSPORT_ROOT", value_name = "KEY|FILE", allow_hyphen_values = true)]
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
        #[arg(long, env = "PASSPORT_ROOT", value_name = "KEY|FILE", allow_hyphen_values = true)]
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
    let agent = answer::agent();
    let trust_list = if trust_list.contains("://") {
        String::from_utf8_lossy(&answer::get(&agent, trust_list)?.body).into_owned()
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
    for (issuer, part) in bundle.issuers().iter().flat_map(|issuer| [(issuer, Part::Status), (issuer, Part::Profile)]) {
        match gather(&agent, issuer.address(), part) {
            Ok(tokens) if tokens.is_empty() && part == Part::Status => silent.push(issuer.code().to_string()),
            Ok(tokens) => {
                for token in tokens {
                    match try_one(&file.trust_list, &token, part, &pinned) {
                        Ok(()) => part.add(&mut file, token),
                        Err(why) => missing.push(format!("{} ({}): {why}", issuer.name(), issuer.code())),
                    }
                }
            }
            Err(failure) => missing.push(format!("{} ({}): {}", issuer.name(), issuer.code(), failure.why)),
        }
        if part == Part::Profile {
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    let gathered = open(&file.to_bytes(), &pinned)?;
    write(out, &file.to_bytes())?;
    say!(
        "{}: trust list {} of {}, {}, {}.",
        out.display(),
        gathered.sequence(),
        gathered.system(),
        count(file.status_lists.len(), "status list"),
        count(file.profiles.len(), "profile")
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

/// What an organisation publishes for bundles.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Status,
    Profile,
}

impl Part {
    /// Where it lies below the organisation's address, and the member of the index that lists it.
    fn index(self) -> (&'static str, &'static str) {
        match self {
            Self::Status => ("status", "status_lists"),
            Self::Profile => ("profiles", "profiles"),
        }
    }

    fn add(self, file: &mut BundleFile, token: String) {
        match self {
            Self::Status => file.status_lists.push(token),
            Self::Profile => file.profiles.push(token),
        }
    }
}

/// Whether a verifier would take it, or why not.
fn try_one(trust_list: &str, token: &str, part: Part, pinned: &pin::Pinned) -> Result<(), String> {
    let trust_list = trust_list.to_owned();
    let mut file = BundleFile { version: VERSION, trust_list, status_lists: Vec::new(), profiles: Vec::new() };
    part.add(&mut file, token.to_owned());
    let bundle = open(&file.to_bytes(), pinned).map_err(|failure| failure.why)?;
    let own = |code: &str| code.starts_with("status-") || code.starts_with("profile-");
    bundle.faults().iter().find(|fault| own(fault.code)).map_or(Ok(()), |fault| Err(fault.detail.clone()))
}

/// What one organisation publishes. Addresses outside its own are not followed.
fn gather(agent: &ureq::Agent, address: &str, part: Part) -> Result<Vec<String>, Failure> {
    let (path, member) = part.index();
    let index = answer::get(agent, &format!("{address}/{path}"))?.json();
    let listed = index[member].as_array().ok_or_else(|| DATA.because(format!("its index of {path} cannot be read")))?;
    if listed.len() > MAX_LISTS {
        return Err(DATA.because(format!("its index names {} {path}; at most {MAX_LISTS} are read", listed.len())));
    }
    let inside = format!("{address}/{path}/");
    let fetch = |listed: &serde_json::Value| {
        let listed = listed.as_str().unwrap_or_default();
        if !listed.starts_with(&inside) {
            return Err(DATA.because(format!(
                "the trust list has it at {address}, and its own index of {path} names {listed}: \
                 PASSPORT_ADDRESS of its service and the address on the trust list must be the same"
            )));
        }
        Ok(String::from_utf8_lossy(&answer::get(agent, listed)?.body).into_owned())
    };
    listed.iter().map(fetch).collect()
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
    let profiles: Vec<_> = bundle.profiles().map(ToString::to_string).collect();
    say!("Profiles      {}", if profiles.is_empty() { "none".into() } else { profiles.join("; ") });
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
