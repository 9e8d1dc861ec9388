//! What may be asked, read strictly: no unknown member, no member twice, limits on all of it.

use std::borrow::Cow;

use passport_schema::codes::CodeLists;
use passport_schema::profile::{MAX_PROFILE, Profile};
use passport_schema::record::Kind;
use passport_schema::time::{Date, Timestamp};
use passport_schema::tree::Tree;
use passport_verifier::{Bundle, Confirmation};
use serde::Deserialize;
use serde::de::{DeserializeSeed as _, Deserializer};
use serde_json::{Value, json};

/// Longest request to verify or assess, in bytes.
pub const MAX_REQUEST: usize = 4 * 1024 * 1024;
/// Passes and credentials that are read together.
pub const MAX_TEXTS: usize = 64;
/// What the host has said about one person.
const MAX_CONFIRMATIONS: usize = 1_000;

/// Why a call is refused: a stable code, and words.
#[derive(Debug)]
pub struct Refusal {
    pub code: &'static str,
    pub detail: String,
}

impl Refusal {
    pub fn new(code: &'static str, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }

    pub fn to_json(&self) -> Value {
        json!({ "ok": false, "error": { "code": self.code, "detail": self.detail } })
    }
}

/// A bundle to be checked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Open<'r> {
    #[serde(borrow)]
    pub bundle: Cow<'r, str>,
    #[serde(borrow)]
    pub root: Cow<'r, str>,
    #[serde(default)]
    pub sequence: u64,
}

/// What somebody shows, and what of it must count.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verify {
    at: String,
    texts: Vec<String>,
    #[serde(default)]
    require: Vec<String>,
}

/// What somebody shows, and what they are to do.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assess {
    at: String,
    texts: Vec<String>,
    profile: Wanted,
    #[serde(default)]
    pub purpose: Option<String>,
    starts: String,
    ends: String,
    #[serde(default)]
    confirmations: Vec<Said>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    requirement: String,
    on: String,
    at: String,
    satisfied: bool,
    #[serde(default)]
    until: Option<String>,
}

/// A profile: by name, or the whole of it.
#[derive(Debug)]
struct Wanted(Value);

impl<'de> Deserialize<'de> for Wanted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut room = MAX_PROFILE;
        Tree { room: &mut room }.deserialize(deserializer).map(Self)
    }
}

/// Reads a request of at most so many bytes.
pub fn read<'r, T: Deserialize<'r>>(request: &'r [u8], most: usize) -> Result<T, Refusal> {
    if request.len() > most {
        return Err(Refusal::new("too-large", format!("{} bytes long; at most {most} are read.", request.len())));
    }
    serde_json::from_slice(request).map_err(|error| {
        // serde_json repeats what it found, which may be as long as the request.
        let words: String = error.to_string().chars().take(200).collect();
        Refusal::new("request", format!("The request cannot be read: {words}"))
    })
}

pub fn time(name: &str, text: &str) -> Result<Timestamp, Refusal> {
    Timestamp::parse(text)
        .ok_or_else(|| Refusal::new("time", format!("{name} must be a time in UTC such as 2026-11-20T09:30:00Z")))
}

fn date(name: &str, text: &str) -> Result<Date, Refusal> {
    Date::parse(text).ok_or_else(|| Refusal::new("date", format!("{name} must be a date such as 2026-11-20")))
}

fn few(texts: &[String]) -> Result<Vec<&str>, Refusal> {
    if texts.len() > MAX_TEXTS {
        return Err(Refusal::new("too-many-texts", format!("{} texts; at most {MAX_TEXTS} are read.", texts.len())));
    }
    Ok(texts.iter().map(String::as_str).collect())
}

impl Verify {
    pub fn at(&self) -> Result<Timestamp, Refusal> {
        time("at", &self.at)
    }

    pub fn texts(&self) -> Result<Vec<&str>, Refusal> {
        few(&self.texts)
    }

    pub fn kinds(&self) -> Result<Vec<Kind>, Refusal> {
        let kind = |name: &String| {
            let names = || Kind::ALL.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ");
            Kind::parse(name).ok_or_else(|| Refusal::new("kind", format!("require: must be of {}", names())))
        };
        self.require.iter().take(MAX_TEXTS).map(kind).collect()
    }
}

impl Assess {
    pub fn at(&self) -> Result<Timestamp, Refusal> {
        time("at", &self.at)
    }

    pub fn texts(&self) -> Result<Vec<&str>, Refusal> {
        few(&self.texts)
    }

    pub fn days(&self) -> Result<(Date, Date), Refusal> {
        Ok((date("starts", &self.starts)?, date("ends", &self.ends)?))
    }

    pub fn profile(&self, bundle: &Bundle, lists: &CodeLists) -> Result<Profile, Refusal> {
        let faulty = |problems: passport_schema::problem::Problems| Refusal::new("profile", problems.to_string());
        let Value::String(name) = &self.profile.0 else {
            return Profile::parse(self.profile.0.to_string().as_bytes(), lists).map_err(faulty);
        };
        let found = bundle.profile(name, lists).map_err(faulty)?;
        found.ok_or_else(|| Refusal::new("unknown-profile", "The bundle holds no such profile."))
    }

    pub fn confirmations(&self) -> Result<Vec<Confirmation>, Refusal> {
        if self.confirmations.len() > MAX_CONFIRMATIONS {
            let detail = format!("{} confirmations; at most {MAX_CONFIRMATIONS} are read.", self.confirmations.len());
            return Err(Refusal::new("too-large", detail));
        }
        let read = |said: &Said| {
            Ok(Confirmation {
                requirement: said.requirement.clone(),
                on: date("on", &said.on)?,
                at: time("at", &said.at)?,
                satisfied: said.satisfied,
                until: said.until.as_deref().map(|text| date("until", text)).transpose()?,
            })
        };
        self.confirmations.iter().map(read).collect()
    }
}
