//! `passport system`: the root key and the trust list of a system, kept in one folder.
//!
//! `root.key` is the secret half, readable by its owner only; `root.pub` is what verifiers pin;
//! `members.json` is what the next trust list will say; `trust-list.jwt` is the last one signed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::{Args, Subcommand};
use ed25519_dalek::{Signer as _, SigningKey};
use passport_schema::id::{KeyId, OrganisationCode, did_web};
use passport_schema::jose::{self, Type};
use passport_schema::record::Kind;
use passport_schema::time::Timestamp;
use passport_schema::trust_list::{
    Entitlement, ISSUING, Information, Key, KeyState, LIST_TYPE, Member, Scheme, Service, ServiceInformation,
    TrustList, Worded,
};
use passport_verifier::PublicKey;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::answer;
use crate::exit::{CANNOT_WRITE, DATA, Failure, NO_INPUT, Outcome, USAGE, count, say};
use crate::inputs::now;
use crate::outputs::{write, write_secret};
use crate::pin;

/// Keep a system's root key and trust list.
#[derive(Debug, Subcommand)]
pub enum System {
    /// Make a system: a folder with a new root key
    Init {
        /// The folder
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
        /// The system's name, such as "North East and North Cumbria"
        #[arg(long)]
        name: String,
    },
    /// Add an organisation, or renew what the trust list says of it
    AddOrganisation(Box<AddOrganisation>),
    /// Sign the trust list
    Sign {
        /// The system's folder
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
        /// By when the list is to be renewed, in days from now
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(i64).range(1..=366))]
        days: i64,
    },
}

/// Add an organisation, or renew what the trust list says of it.
#[derive(Debug, Args)]
pub struct AddOrganisation {
    /// The system's folder
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// Its code, such as RNN
    #[arg(long)]
    code: String,
    /// Its name, which people are shown
    #[arg(long)]
    name: String,
    /// Its public address, `PASSPORT_ADDRESS`/organisations/CODE of its service; its keys are read from there
    /// unless they come from a file
    #[arg(long)]
    address: String,
    /// Its keys from a file (the content of its jwks.json), instead of from its address; nothing is
    /// downloaded then, and whether the address is the service's own is not checked
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// Kinds of record that it may attest, or `all`; as before when it is on the list already
    #[arg(long, value_delimiter = ',')]
    kinds: Vec<String>,
    /// Training subjects for which it is aligned, such as `cstf/*,ommt/*,local:*`; a * at the end stands
    /// for any rest; as before when it is on the list already
    #[arg(long, value_delimiter = ',')]
    subjects: Vec<String>,
    /// The code that succeeded it
    #[arg(long)]
    successor: Option<String>,
}

impl System {
    pub fn run(self) -> Outcome {
        match self {
            Self::Init { folder, name } => init(&folder, &name),
            Self::AddOrganisation(command) => command.run(),
            Self::Sign { folder, days } => sign(&folder, days),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a new root key")]
fn init(folder: &Path, name: &str) -> Outcome {
    let mut secret = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *secret).map_err(|error| CANNOT_WRITE.because(error))?;
    let root = PublicKey::parse(SigningKey::from_bytes(&secret).verifying_key().as_bytes())
        .map_err(|error| DATA.because(error))?;
    fs::create_dir_all(folder).map_err(|error| CANNOT_WRITE.at(folder, error))?;
    let path = folder.join("root.key");
    let text = Zeroizing::new(URL_SAFE_NO_PAD.encode(*secret));
    write_secret(&path, text.as_bytes())?;
    write(&folder.join("root.pub"), pin::encode(&root).as_bytes())?;
    let list = TrustList {
        scheme: Scheme {
            version: 1,
            sequence: 0,
            list_type: LIST_TYPE.into(),
            operator: Worded::english(name),
            issued: now(),
            next_update: now(),
        },
        members: Vec::new(),
    };
    save(folder, &list)?;
    say!("The system \"{name}\" is in {}.", folder.display());
    say!("Keep root.key where no network reaches it. Verifiers pin this root key:\n{}", pin::encode(&root));
    Ok(ExitCode::SUCCESS)
}

impl AddOrganisation {
    fn run(self) -> Outcome {
        let mut list = load(&self.folder)?;
        let code = parse_code(&self.code)?;
        let address = self.address.trim_end_matches('/').to_owned();
        if did_web(&address).is_none() {
            return Err(
                USAGE.because("--address must be a web address such as https://passport.example/organisations/RNN")
            );
        }
        let keys = match &self.keys {
            Some(file) => fs::read(file).map_err(|error| NO_INPUT.at(file, error))?,
            None => fetch_keys(&address)?,
        };
        let keys = read_keys(&serde_json::from_slice(&keys).map_err(|error| DATA.because(error))?)?;
        let before = list.members.iter().find(|member| member.information.code == code);
        let before = before.and_then(|member| member.services.first()).map(|service| &service.information);
        let entitlement = self.entitlement(before.map(|before| &before.entitlement))?;
        let keys = merge_keys(keys, before.map_or(&[], |before| &before.keys));
        let successor = self.successor.as_deref().map(parse_code).transpose()?;
        let keys_words = count(keys.len(), "key");
        let member = Member {
            information: Information { name: Worded::english(&self.name), code: code.clone(), address, successor },
            services: vec![Service {
                information: ServiceInformation { service_type: ISSUING.into(), keys, entitlement },
            }],
        };
        list.members.retain(|member| member.information.code != code);
        list.members.push(member);
        list.members.sort_by(|one, two| one.information.code.cmp(&two.information.code));
        save(&self.folder, &list)?;
        say!(
            "{code} ({}) is on the next trust list, with {keys_words}. Sign it with `passport system sign`.",
            self.name
        );
        Ok(ExitCode::SUCCESS)
    }

    /// What it may attest: what is said now, else what was said before. Nothing goes without saying.
    fn entitlement(&self, before: Option<&Entitlement>) -> Result<Entitlement, Failure> {
        let kinds = match before {
            Some(before) if self.kinds.is_empty() => before.kinds.clone(),
            _ => self.parse_kinds()?,
        };
        let subjects = match before {
            Some(before) if self.subjects.is_empty() => before.subjects.clone(),
            _ => self.subjects.iter().cloned().collect(),
        };
        Ok(Entitlement { kinds, subjects })
    }

    fn parse_kinds(&self) -> Result<BTreeSet<Kind>, Failure> {
        if self.kinds.is_empty() {
            return Err(USAGE.because("say what it may attest: --kinds all, or --kinds identity,training,…"));
        }
        if self.kinds == ["all"] {
            return Ok(Kind::ALL.iter().copied().collect());
        }
        let kind = |name: &String| {
            Kind::parse(name).ok_or_else(|| USAGE.because(format!("--kinds {name}: there is no such kind of record")))
        };
        self.kinds.iter().map(kind).collect()
    }
}

/// The keys that an organisation publishes, if the address is the one that its service goes by. Under
/// another one nobody could believe what it signs, nor gather its status lists.
fn fetch_keys(address: &str) -> Result<Vec<u8>, Failure> {
    let agent = answer::agent();
    let keys = answer::get(&agent, &format!("{address}/jwks.json"))?.body;
    let says = answer::get(&agent, address).ok().and_then(|answer| answer.json()["did"].as_str().map(str::to_owned));
    match (says, did_web(address)) {
        (None, _) => eprintln!(
            "passport: {address} does not say by which address it goes; check that its service has it as PASSPORT_ADDRESS"
        ),
        (Some(did), expected) if Some(&did) != expected.as_ref() => {
            return Err(DATA.because(format!(
                "the service at {address} goes by another address, {}, and everything that it signs names that one; \
                 give that address, or set PASSPORT_ADDRESS of the service so that the two are the same",
                place(&did)
            )));
        }
        _ => {}
    }
    Ok(keys)
}

/// The address of a `did:web`, without its scheme.
fn place(did: &str) -> String {
    did.trim_start_matches("did:web:").replace(':', "/").replace("%3A", ":")
}

/// Published keys, and those that were on the list before: a key that is no longer published keeps
/// what it signed, and one that was compromised stays so whatever its owner's web server says.
fn merge_keys(mut published: Vec<Key>, before: &[Key]) -> Vec<Key> {
    for key in before {
        match published.iter_mut().find(|other| other.kid == key.kid) {
            Some(other) if key.state == KeyState::Compromised => other.state = KeyState::Compromised,
            Some(_) => {}
            None => published.push(key.clone()),
        }
    }
    published
}

fn parse_code(text: &str) -> Result<OrganisationCode, Failure> {
    OrganisationCode::parse(text).ok_or_else(|| USAGE.because(format!("{text} is not an organisation code")))
}

/// The keys of a published key set. Each must be one that a verifier would take.
fn read_keys(set: &Value) -> Result<Vec<Key>, Failure> {
    let keys = set["keys"]
        .as_array()
        .filter(|keys| !keys.is_empty())
        .ok_or_else(|| DATA.because("the key set holds no keys"))?;
    keys.iter().map(read_key).collect()
}

fn read_key(jwk: &Value) -> Result<Key, Failure> {
    let text = |name: &str| jwk[name].as_str().unwrap_or_default();
    let fault = |why: &str| DATA.because(format!("key {}: {why}", text("kid")));
    let bytes = URL_SAFE_NO_PAD.decode(text("x")).map_err(|_| fault("x is not base64url"))?;
    let public = PublicKey::parse(&bytes).map_err(|error| fault(&error.to_string()))?.to_bytes();
    let kid = KeyId::of_ed25519(&public);
    if text("kty") != "OKP" || text("crv") != "Ed25519" || text("kid") != kid.to_string() {
        return Err(fault("not an OKP Ed25519 key under its own id"));
    }
    let time = |name: &str| Timestamp::parse(text(name)).ok_or_else(|| fault(&format!("{name} is not a time")));
    let state = match text("state") {
        "active" => KeyState::Active,
        "retired" => KeyState::Retired,
        "compromised" => KeyState::Compromised,
        _ => return Err(fault("its state is not active, retired or compromised")),
    };
    Ok(Key {
        kid,
        kty: "OKP".into(),
        crv: "Ed25519".into(),
        x: public,
        not_before: time("notBefore")?,
        not_after: time("notAfter")?,
        state,
    })
}

fn sign(folder: &Path, days: i64) -> Outcome {
    let mut list = load(folder)?;
    if list.members.is_empty() {
        return Err(USAGE.because(
            "there is no organisation to sign for: add one with `passport system add-organisation`; nothing was signed",
        ));
    }
    let path = folder.join("root.key");
    let text = fs::read_to_string(&path).map(Zeroizing::new).map_err(|error| NO_INPUT.at(&path, error))?;
    let secret =
        URL_SAFE_NO_PAD.decode(text.trim()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()).map(Zeroizing::new);
    let secret = SigningKey::from_bytes(&*secret.ok_or_else(|| DATA.at(&path, "not a root key"))?);
    list.scheme.sequence += 1;
    list.scheme.issued = now();
    list.scheme.next_update = now().plus(days * 86_400);
    let root = KeyId::of_ed25519(secret.verifying_key().as_bytes());
    let input = jose::signing_input(Type::TrustList, "", root, &list.to_json());
    let signature = secret.sign(input.as_bytes()).to_bytes();
    // The number first: two lists must never have the same one.
    save(folder, &list)?;
    write(&folder.join("trust-list.jwt"), jose::assemble(input, &signature).as_bytes())?;
    say!(
        "Trust list {} is signed: {}, to be renewed by {}.",
        list.scheme.sequence,
        count(list.members.len(), "organisation"),
        list.scheme.next_update.plain()
    );
    Ok(ExitCode::SUCCESS)
}

fn load(folder: &Path) -> Result<TrustList, Failure> {
    let path = folder.join("members.json");
    let bytes = fs::read(&path)
        .map_err(|error| NO_INPUT.at(&path, format!("{error}; make a system with `passport system init`")))?;
    serde_json::from_slice(&bytes).map_err(|error| DATA.at(&path, error))
}

fn save(folder: &Path, list: &TrustList) -> Result<(), Failure> {
    let text = serde_json::to_vec_pretty(list).map_err(|error| DATA.because(error))?;
    write(&folder.join("members.json"), &text)
}
