//! What `verify` and `assess` are given: passes, the bundle to hold them against, and a time.

use std::fs;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use indicatif::ProgressBar;
use passport_schema::time::Timestamp;
use passport_verifier::{Bundle, BundleError};

use crate::exit::{Failure, NO_INPUT, USAGE};
use crate::{pin, scan};

/// What is to be judged, and by what.
#[derive(Debug, Args)]
pub struct Inputs {
    /// Passes or credentials of one person: the text, a file with it, a PNG or JPEG with its QR
    /// code, or - for standard input
    #[arg(required = true, value_name = "PASS|FILE|IMAGE")]
    pub passes: Vec<String>,
    /// The bundle to hold them against
    #[arg(long, value_name = "FILE")]
    bundle: PathBuf,
    /// The system's root key, or a file with it; else the pinned one
    #[arg(long, env = "PASSPORT_ROOT", value_name = "KEY|FILE", allow_hyphen_values = true)]
    root: Option<String>,
    /// Judge as of this time in UTC, such as 2026-11-20T09:30:00Z, instead of now
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
}

impl Inputs {
    /// The time to judge as of.
    pub fn time(&self) -> Result<Timestamp, Failure> {
        match &self.at {
            Some(text) => {
                Timestamp::parse(text).ok_or_else(|| USAGE.because("--at must be a time such as 2026-11-20T09:30:00Z"))
            }
            None => Ok(now()),
        }
    }

    /// The bundle, or why it cannot be relied on.
    pub fn open_bundle(&self) -> Result<Result<Bundle, BundleError>, Failure> {
        let pinned = pin::load(self.root.as_deref())?;
        let file = fs::read(&self.bundle).map_err(|error| NO_INPUT.at(&self.bundle, error))?;
        let bundle = Bundle::open(&file, &pinned.root, pinned.sequence);
        if let Ok(bundle) = &bundle {
            pin::remember(&pinned.root, bundle.sequence());
        }
        Ok(bundle)
    }

    /// The texts of what is to be judged, in order.
    pub fn read_all(&self) -> Result<Vec<String>, Failure> {
        self.read_each().into_iter().collect()
    }

    /// The text of each, or why it cannot be read.
    pub fn read_each(&self) -> Vec<Result<String, Failure>> {
        let bar = progress(self.passes.len(), "reading");
        let read = |argument: &String| {
            bar.inc(1);
            scan::text(argument)
        };
        let texts = self.passes.iter().map(read).collect();
        bar.finish_and_clear();
        texts
    }
}

/// Now, by the system's clock.
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Timestamp(i64::try_from(since).unwrap_or(i64::MAX))
}

/// A progress bar on a terminal; nothing elsewhere, or for what is done at once.
pub fn progress(count: usize, what: &'static str) -> ProgressBar {
    if count < 5 || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    ProgressBar::new(count as u64).with_message(what)
}
