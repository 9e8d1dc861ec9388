//! A small system for tests: organisations with keys from fixed seeds, and what they sign about people.

use ed25519_dalek::{Signer as _, SigningKey};
use passport_schema::bundle::{BundleFile, VERSION};
use passport_schema::codes::CodeLists;
use passport_schema::credential::Credential;
use passport_schema::field::Context;
use passport_schema::id::{Id, KeyId, OrganisationCode, did_web};
use passport_schema::jose::{self, Type};
use passport_schema::json::Json;
use passport_schema::pass::{self, Pass};
use passport_schema::record::{Kind, Record};
use passport_schema::status::{Place, Status, StatusList, StatusToken};
use passport_schema::text::Name;
use passport_schema::time::{Date, Timestamp};
use passport_schema::trust_list::{
    Entitlement, ISSUING, Information, Key, KeyState, LIST_TYPE, Member, Scheme, Service, ServiceInformation,
    TrustList, Worded,
};
use passport_schema::{cose, status};
use passport_verifier::{Bundle, PublicKey, Verdict, Verifier};
use serde_json::{Value, json};

/// Code, name, successor, and the training subjects that it is aligned for.
const ORGANISATIONS: [(&str, &str, Option<&str>, &[&str]); 6] = [
    ("RNN", "North Cumbria Integrated Care", None, &["cstf/*", "ommt/*", "local:*"]),
    ("RTD", "Newcastle upon Tyne Hospitals", None, &["cstf/*", "ommt/*", "local:*"]),
    ("RNL", "North Cumbria University Hospitals", Some("RNN"), &["cstf/*", "local:*"]),
    ("ZZ901", "Fellside Volunteers", None, &["cstf/*", "local:*"]),
    // Aligned for everything but fire safety.
    ("ZZ902", "Eden View Care Home", None, &["cstf/moving-handling/*", "cstf/safeguarding-adults/*", "local:*"]),
    // A lead employer of doctors in training.
    ("RTF", "Northumbria Healthcare", None, &["cstf/*", "ommt/*", "local:*"]),
];
const ROOT: [u8; 32] = [7; 32];

/// A date.
pub fn day(text: &str) -> Date {
    Date::parse(text).expect("a date")
}

/// Half past nine in the morning of a day.
pub fn morning(text: &str) -> Timestamp {
    Timestamp::parse(&format!("{text}T09:30:00Z")).expect("a day")
}

/// One pass, or one credential, as it is shown.
#[derive(Debug, Clone)]
pub struct Shown {
    pub issuer: &'static str,
    pub name: String,
    pub birth: Option<&'static str>,
    /// As in a request; provenance is filled in when it is absent.
    pub records: Vec<Value>,
    /// Statuses other than valid: 0 is the whole, then the records from 1.
    pub status: Vec<(usize, Status)>,
    /// A credential of the family of its first record, instead of a pass.
    pub as_credential: bool,
}

/// A pass of Ana Ng, born on 17 April 1990, with these records.
pub fn pass_from(issuer: &'static str, records: &[Value]) -> Shown {
    Shown {
        issuer,
        name: "Ana Ng".into(),
        birth: Some("1990-04-17"),
        records: records.to_vec(),
        status: Vec::new(),
        as_credential: false,
    }
}

/// What was shown, and the bundle that it is held against.
pub struct Scene {
    pub lists: CodeLists,
    pub at: Timestamp,
    #[allow(dead_code, reason = "only what is kept for others needs it")]
    pub file: Vec<u8>,
    pub texts: Vec<String>,
    bundle: Bundle,
}

impl Scene {
    /// Signs what is shown, an hour before `at`; status lists are signed at `listed`.
    pub fn new(at: Timestamp, listed: Timestamp, shown: &[Shown]) -> Self {
        let lists = CodeLists::embedded();
        let issued = at.plus(-3_600).min(listed);
        let texts = shown.iter().enumerate().map(|(block, shown)| sign(shown, block, issued, &lists)).collect();
        let file = bundle(shown, issued, listed);
        let bundle = Bundle::open(&file, &root(), 1).expect("a sound bundle");
        assert!(bundle.faults().is_empty(), "{:?}", bundle.faults());
        Self { lists, at, file, texts, bundle }
    }

    /// The verdicts, in the order of what was shown.
    pub fn verdicts(&self) -> Vec<Verdict<'_>> {
        let texts: Vec<&str> = self.texts.iter().map(String::as_str).collect();
        Verifier::new(&self.bundle, &self.lists).verify_many(&texts, self.at)
    }
}

fn key(code: &str) -> SigningKey {
    let place = ORGANISATIONS.iter().position(|(known, ..)| *known == code).expect("an organisation");
    SigningKey::from_bytes(&[u8::try_from(place).expect("few") + 1; 32])
}

/// The public key of the system's root.
pub fn root() -> PublicKey {
    PublicKey::parse(SigningKey::from_bytes(&ROOT).verifying_key().as_bytes()).expect("a key")
}

fn address(code: &str) -> String {
    format!("https://passport.example/organisations/{code}")
}

fn code(text: &str) -> OrganisationCode {
    OrganisationCode::parse(text).expect("a code")
}

fn place(block: usize) -> Place {
    Place { list: 1, block: u32::try_from(block).expect("few") }
}

fn token(kind: Type, controller: &str, key: &SigningKey, payload: &[u8]) -> String {
    let input = jose::signing_input(kind, controller, KeyId::of_ed25519(key.verifying_key().as_bytes()), payload);
    let signature = key.sign(input.as_bytes()).to_bytes();
    jose::assemble(input, &signature)
}

fn read(mut value: Value, id: Option<usize>, lists: &CodeLists) -> Record {
    let fields = value.as_object_mut().expect("an object");
    fields
        .entry("provenance")
        .or_insert_with(|| json!({ "assurance": "local-employer", "lastRefreshed": "2026-01-02" }));
    let text = value.to_string();
    let json = Json::parse(text.as_bytes()).expect("JSON");
    let mut context = Context::new(lists);
    let record = Record::read(&json, &mut context);
    let record = context.finish(record).unwrap_or_else(|problems| panic!("{text}: {problems}"));
    Record { id: id.map(|id| Id::parse_bare(&format!("00000000-0000-7000-8000-{id:012x}")).expect("an id")), ..record }
}

fn sign(shown: &Shown, block: usize, issued: Timestamp, lists: &CodeLists) -> String {
    let expires = issued.plus(30 * 86_400);
    let key = key(shown.issuer);
    if shown.as_credential {
        let records = shown.records.iter().enumerate();
        let records: Vec<_> =
            records.map(|(at, record)| read(record.clone(), Some(block * 1_000 + at), lists)).collect();
        let did = did_web(&address(shown.issuer)).expect("an address");
        let claims = Credential {
            id: Id::parse_bare(&format!("00000000-0000-7000-9000-{block:012x}")).expect("an id"),
            family: records[0].kind().family(),
            issuer: did.clone(),
            issued,
            expires,
            name: Name::parse(&shown.name).expect("a name"),
            birth_date: shown.birth.map(day),
            place: place(block),
            records,
        };
        let json = claims.to_json(&address(shown.issuer), "https://passport.example/schemas/v1");
        return token(Type::Credential, &did, &key, json.as_bytes());
    }
    let mut identity = json!({ "kind": "identity", "name": shown.name });
    if let Some(birth) = shown.birth {
        identity["birthDate"] = birth.into();
    }
    let mut records: Vec<_> = std::iter::once(&identity).chain(&shown.records).collect();
    records.sort_by_key(|record| record["kind"].as_str().and_then(Kind::parse).map(Kind::number));
    let records = records.into_iter().map(|record| read(record.clone(), None, lists)).collect();
    let claims = Pass { issuer: code(shown.issuer), issued, expires, place: place(block), records }.to_cbor();
    let header = cose::protected_header(KeyId::of_ed25519(key.verifying_key().as_bytes()), None);
    let signature = key.sign(&cose::signing_input(&header, &claims)).to_bytes();
    pass::text(&cose::assemble(&header, &claims, &signature))
}

fn bundle(shown: &[Shown], issued: Timestamp, listed: Timestamp) -> Vec<u8> {
    let list = TrustList {
        scheme: Scheme {
            version: 1,
            sequence: 1,
            list_type: LIST_TYPE.into(),
            operator: Worded::english("A system"),
            issued,
            next_update: issued.plus(400 * 86_400),
        },
        members: ORGANISATIONS.iter().map(|it| member(it, issued)).collect(),
    };
    let status_lists = ORGANISATIONS.iter().map(|(code, ..)| status_list(code, shown, listed)).collect();
    let trust_list = token(Type::TrustList, "", &SigningKey::from_bytes(&ROOT), &list.to_json());
    BundleFile { version: VERSION, trust_list, status_lists, profiles: Vec::new() }.to_bytes()
}

fn member((it, name, successor, subjects): &(&str, &str, Option<&str>, &[&str]), issued: Timestamp) -> Member {
    let x = key(it).verifying_key().to_bytes();
    let key = Key {
        kid: KeyId::of_ed25519(&x),
        kty: "OKP".into(),
        crv: "Ed25519".into(),
        x,
        not_before: Timestamp(0),
        not_after: issued.plus(3_650 * 86_400),
        state: KeyState::Active,
    };
    let entitlement = Entitlement {
        kinds: Kind::ALL.iter().copied().collect(),
        subjects: subjects.iter().map(|subject| (*subject).to_owned()).collect(),
    };
    Member {
        information: Information {
            name: Worded::english(name),
            code: code(it),
            address: address(it),
            successor: successor.map(code),
        },
        services: vec![Service {
            information: ServiceInformation { service_type: ISSUING.into(), keys: vec![key], entitlement },
        }],
    }
}

fn status_list(code: &str, shown: &[Shown], listed: Timestamp) -> String {
    let mut entries = Vec::new();
    for (block, shown) in shown.iter().enumerate().filter(|(_, shown)| shown.issuer == code) {
        let records = shown.records.len() + usize::from(!shown.as_credential);
        for (position, status) in &shown.status {
            entries.push((place(block).index(records, *position).expect("a place"), *status));
        }
    }
    let claims = StatusToken {
        subject: format!("{}/status/1", address(code)),
        issued: listed,
        expires: listed.plus(status::TOKEN_LIFETIME),
        list: StatusList::new(entries),
    };
    token(Type::StatusList, &did_web(&address(code)).expect("an address"), &key(code), &claims.to_json())
}
