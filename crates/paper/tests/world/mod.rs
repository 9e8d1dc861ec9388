//! One organisation on one trust list, and a pass that it signs.
#![allow(dead_code, reason = "each test binary uses its own part of this")]

use std::path::{Path, PathBuf};

use ed25519_dalek::{Signer as _, SigningKey};
use passport_paper::{Details, Fonts, Form, Paper, PaperError, Printed};
use passport_schema::bundle::{BundleFile, VERSION};
use passport_schema::codes::CodeLists;
use passport_schema::cose;
use passport_schema::field::Context;
use passport_schema::id::{KeyId, OrganisationCode, did_web};
use passport_schema::jose::{self, Type};
use passport_schema::json::Json;
use passport_schema::pass::{self, MAX_PASS, Pass};
use passport_schema::record::{Kind, Record};
use passport_schema::status::{Place, Status, StatusList, StatusToken, TOKEN_LIFETIME};
use passport_schema::time::Timestamp;
use passport_schema::trust_list::{
    Entitlement, ISSUING, Information, Key, KeyState, LIST_TYPE, Member, Scheme, Service, ServiceInformation,
    TrustList, Worded,
};
use passport_verifier::{Bundle, PublicKey, Verifier};
use serde_json::{Value, json};

pub const TRUST: &str = "North Cumbria Integrated Care NHS Foundation Trust";
const ADDRESS: &str = "https://passport.example/organisations/RNN";
const PLACE: Place = Place { list: 1, block: 4_711 };
const DAY: i64 = 86_400;

/// A pass and what it is judged by.
pub struct World {
    pub text: String,
    pub at: Timestamp,
    pub bundle: Bundle,
    pub lists: CodeLists,
}

fn token(kind: Type, controller: &str, key: &SigningKey, payload: &[u8]) -> String {
    let input = jose::signing_input(kind, controller, KeyId::of_ed25519(key.verifying_key().as_bytes()), payload);
    let signature = key.sign(input.as_bytes()).to_bytes();
    jose::assemble(input, &signature)
}

fn read(value: &Value, lists: &CodeLists) -> Record {
    let text = value.to_string();
    let json = Json::parse(text.as_bytes()).unwrap();
    let mut context = Context::new(lists);
    let record = Record::read(&json, &mut context);
    context.finish(record).unwrap_or_else(|problems| panic!("{text}: {problems}"))
}

impl World {
    /// A pass of records as in a request, the identity first, issued by an organisation of this name.
    /// Statuses are of positions: 0 is the whole pass, then the records from 1.
    pub fn new(issuer: &str, records: &[Value], statuses: &[(usize, Status)]) -> Self {
        let lists = CodeLists::embedded();
        let at = Timestamp::parse("2026-11-21T09:30:00Z").unwrap();
        let key = SigningKey::from_bytes(&[3; 32]);
        let code = OrganisationCode::parse("RNN").unwrap();
        let mut records: Vec<Record> = records.iter().map(|record| read(record, &lists)).collect();
        Pass::sort(&mut records);
        let count = records.len();
        let expires = at.plus(7 * DAY).london_date().last_second();
        let claims = Pass { issuer: code.clone(), issued: at, expires, place: PLACE, records }.to_cbor();
        let header = cose::protected_header(KeyId::of_ed25519(key.verifying_key().as_bytes()), None);
        let signature = key.sign(&cose::signing_input(&header, &claims)).to_bytes();
        let text = pass::text(&cose::assemble(&header, &claims, &signature));
        let entries = statuses.iter().map(|(at, status)| (PLACE.index(count, *at).unwrap(), *status));
        let bundle = Bundle::open(&bundle(issuer, &code, &key, at, StatusList::new(entries)), &root(), 0).unwrap();
        assert!(bundle.faults().is_empty(), "{:?}", bundle.faults());
        Self { text, at, bundle, lists }
    }

    /// The reference passport, with what a test changes in its records.
    pub fn reference(change: impl FnOnce(&mut Vec<Value>)) -> Self {
        let mut records = reference();
        change(&mut records);
        Self::new(TRUST, &records, &[])
    }

    pub fn read(&self) -> Result<Paper, PaperError> {
        Paper::read(&self.text, &Verifier::new(&self.bundle, &self.lists), self.at, &self.lists)
    }

    pub fn paper(&self) -> Paper {
        self.read().unwrap()
    }

    pub fn print(&self, form: Form) -> Printed {
        let details = Details { reissue: Some(1), verify_page: Some("https://passport.example/verify") };
        self.paper().print(form, &details, &Fonts::built_in()).unwrap()
    }
}

fn root() -> PublicKey {
    PublicKey::parse(SigningKey::from_bytes(&[7; 32]).verifying_key().as_bytes()).unwrap()
}

fn bundle(name: &str, code: &OrganisationCode, key: &SigningKey, at: Timestamp, list: StatusList) -> Vec<u8> {
    let x = key.verifying_key().to_bytes();
    let key_entry = Key {
        kid: KeyId::of_ed25519(&x),
        kty: "OKP".into(),
        crv: "Ed25519".into(),
        x,
        not_before: Timestamp(0),
        not_after: at.plus(3_650 * DAY),
        state: KeyState::Active,
    };
    let subjects = ["cstf/*", "ommt/*", "local:*"].map(String::from).into();
    let member = Member {
        information: Information {
            name: Worded::english(name),
            code: code.clone(),
            address: ADDRESS.into(),
            successor: None,
        },
        services: vec![Service {
            information: ServiceInformation {
                service_type: ISSUING.into(),
                keys: vec![key_entry],
                entitlement: Entitlement { kinds: Kind::ALL.iter().copied().collect(), subjects },
            },
        }],
    };
    let trusted = TrustList {
        scheme: Scheme {
            version: 1,
            sequence: 1,
            list_type: LIST_TYPE.into(),
            operator: Worded::english("A system"),
            issued: at,
            next_update: at.plus(400 * DAY),
        },
        members: vec![member],
    };
    let status =
        StatusToken { subject: format!("{ADDRESS}/status/1"), issued: at, expires: at.plus(TOKEN_LIFETIME), list };
    let status = token(Type::StatusList, &did_web(ADDRESS).unwrap(), key, &status.to_json());
    let trust_list = token(Type::TrustList, "", &SigningKey::from_bytes(&[7; 32]), &trusted.to_json());
    BundleFile { version: VERSION, trust_list, status_lists: vec![status], profiles: Vec::new() }.to_bytes()
}

/// The records of the reference passport.
pub fn reference() -> Vec<Value> {
    let request: Value = serde_json::from_str(include_str!("../../../../demo/reference-passport.json")).unwrap();
    request["records"].as_array().unwrap().clone()
}

pub fn identity(name: &str) -> Value {
    json!({ "kind": "identity", "name": name, "birthDate": "1990-04-17", "provenance": provenance() })
}

pub fn provenance() -> Value {
    json!({ "assurance": "local-employer", "lastRefreshed": "2026-11-20" })
}

/// A training that no list has.
pub fn local_training(title: &str) -> Value {
    json!({ "kind": "training", "subject": format!("local:{title}"), "awarded": "2025-10-08", "period": "P2Y",
            "provenance": { "assurance": "cstf-employer", "lastRefreshed": "2026-11-20" } })
}

/// Records whose pass is as near to so many characters as titles of trainings can bring it, and not longer.
pub fn of_length(characters: usize) -> World {
    assert!(characters <= MAX_PASS);
    let mut best = World::reference(|_| {});
    for count in 1..12 {
        for letters in 1..60 {
            let more = (0..count).map(|number| local_training(&format!("{number}{}", "x".repeat(letters))));
            let world = World::reference(|records| records.extend(more));
            if world.text.len() > characters {
                break;
            }
            if world.text.len() > best.text.len() {
                best = world;
            }
        }
        if best.text.len() + 2 >= characters {
            break;
        }
    }
    best
}

/// A file for the programs that look at PDFs.
pub fn keep(name: &str, pdf: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, pdf).unwrap();
    path
}
