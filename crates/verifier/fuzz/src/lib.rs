//! A small world for the fuzz targets: one system with one organisation, keys from fixed seeds, a
//! bundle, and the signing that an attacker cannot do, so that what lies behind a signature is
//! reached too.

#[path = "../../../intake/tests/drawn/mod.rs"]
pub mod drawn;
pub mod table;

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer as _, SigningKey};
use passport_schema::bundle::{BundleFile, VERSION};
use passport_schema::codes::CodeLists;
use passport_schema::cose;
use passport_schema::credential::{Credential, read_records};
use passport_schema::field::Context;
use passport_schema::id::{Id, KeyId, OrganisationCode};
use passport_schema::jose::{self, Type};
use passport_schema::json::Json;
use passport_schema::pass::{self, Pass};
use passport_schema::record::{Content, Family, Kind, Record};
use passport_schema::status::{Place, Status, StatusList, StatusToken};
use passport_schema::time::Timestamp;
use passport_schema::trust_list::{
    Entitlement, ISSUING, Information, Key, KeyState, LIST_TYPE, Member, Scheme, Service, ServiceInformation,
    TrustList, Worded,
};
use passport_verifier::{Bundle, PublicKey};

pub const ADDRESS: &str = "https://passport.example/organisations/RNN";
pub const SCHEMAS: &str = "https://passport.example/schemas/v1";
pub const DID: &str = "did:web:passport.example:organisations:RNN";
const ROOT: [u8; 32] = [7; 32];
const ISSUER: [u8; 32] = [1; 32];

pub static LISTS: LazyLock<CodeLists> = LazyLock::new(CodeLists::embedded);
pub static BUNDLE: LazyLock<Bundle> =
    LazyLock::new(|| Bundle::open(&bundle_file(), &root_key(), 1).expect("the bundle is sound"));

/// When everything here was signed.
pub fn signed_at() -> Timestamp {
    Timestamp::parse("2026-11-21T09:30:00Z").expect("a time")
}

/// When it is looked at.
pub fn now() -> Timestamp {
    signed_at().plus(3_600)
}

pub fn root_key() -> PublicKey {
    PublicKey::parse(&public(&ROOT)).expect("a sound key")
}

/// The same as people pass it on, in base64url.
pub fn root_text() -> String {
    URL_SAFE_NO_PAD.encode(public(&ROOT))
}

fn public(seed: &[u8; 32]) -> [u8; 32] {
    SigningKey::from_bytes(seed).verifying_key().to_bytes()
}

fn token(kind: Type, controller: &str, seed: &[u8; 32], payload: &[u8]) -> String {
    let input = jose::signing_input(kind, controller, KeyId::of_ed25519(&public(seed)), payload);
    let signature = SigningKey::from_bytes(seed).sign(input.as_bytes()).to_bytes();
    jose::assemble(input, &signature)
}

/// Trust list claims, signed by the root key.
pub fn trust_list_token(claims: &[u8]) -> String {
    token(Type::TrustList, "", &ROOT, claims)
}

/// Status list claims, signed by the organisation.
pub fn status_token(claims: &[u8]) -> String {
    token(Type::StatusList, DID, &ISSUER, claims)
}

/// Credential claims, signed by the organisation.
pub fn credential_token(claims: &[u8]) -> String {
    token(Type::Credential, DID, &ISSUER, claims)
}

/// Pass claims, signed by the organisation: the `SP1:` text.
pub fn pass_text(claims: &[u8]) -> String {
    let header = cose::protected_header(KeyId::of_ed25519(&public(&ISSUER)), None);
    let signature = SigningKey::from_bytes(&ISSUER).sign(&cose::signing_input(&header, claims)).to_bytes();
    pass::text(&cose::assemble(&header, claims, &signature))
}

/// A bundle of a trust list and status lists.
pub fn bundle_of(trust_list: String, status_lists: Vec<String>) -> Vec<u8> {
    BundleFile { version: VERSION, trust_list, status_lists, profiles: Vec::new() }.to_bytes()
}

pub fn bundle_file() -> Vec<u8> {
    bundle_of(trust_list_token(&trust_list().to_json()), vec![status_token(&status().to_json())])
}

pub fn trust_list() -> TrustList {
    let x = public(&ISSUER);
    let key = Key {
        kid: KeyId::of_ed25519(&x),
        kty: "OKP".into(),
        crv: "Ed25519".into(),
        x,
        not_before: Timestamp(0),
        not_after: signed_at().plus(365 * 86_400),
        state: KeyState::Active,
    };
    let entitlement = Entitlement {
        kinds: Kind::ALL.iter().copied().filter(|kind| *kind != Kind::Screening).collect(),
        subjects: ["cstf/*".to_owned(), "local:*".to_owned()].into(),
    };
    let information = ServiceInformation { service_type: ISSUING.into(), keys: vec![key], entitlement };
    TrustList {
        scheme: Scheme {
            version: 1,
            sequence: 1,
            list_type: LIST_TYPE.into(),
            operator: Worded::english("A system"),
            issued: signed_at(),
            next_update: signed_at().plus(30 * 86_400),
        },
        members: vec![Member {
            information: Information {
                name: Worded::english("An organisation"),
                code: OrganisationCode::parse("RNN").expect("a code"),
                address: ADDRESS.into(),
                successor: None,
            },
            services: vec![Service { information }],
        }],
    }
}

pub fn status() -> StatusToken {
    StatusToken {
        subject: format!("{ADDRESS}/status/1"),
        issued: signed_at(),
        expires: signed_at().plus(7 * 86_400),
        list: StatusList::new([(165, Status::Withdrawn), (166, Status::Suspended), (167, Status::Superseded)]),
    }
}

fn records() -> Vec<Record> {
    let request = include_bytes!("../../../../demo/reference-passport.json");
    let request = Json::parse(request).expect("the demo is JSON");
    let mut context = Context::new(&LISTS);
    let records = read_records(request.member("records").expect("records"), &mut context);
    context.finish(records).expect("the demo is sound")
}

/// The claims of the reference passport, of at most so many records.
pub fn pass(most: usize) -> Pass {
    let mut records = records();
    Pass::sort(&mut records);
    records.truncate(most);
    Pass {
        issuer: OrganisationCode::parse("RNN").expect("a code"),
        issued: signed_at(),
        expires: signed_at().plus(30 * 86_400),
        place: Place { list: 1, block: 5 },
        records,
    }
}

/// A credential of this family from the reference passport, of at most so many records.
pub fn credential(family: Family, most: usize) -> Credential {
    let id = |number: usize| Id::parse(&format!("urn:uuid:0195f000-0000-7000-8000-{number:012}")).expect("an id");
    let all = records();
    let identity = all.iter().find_map(|record| match &record.content {
        Content::Identity(identity) => Some(identity.clone()),
        _ => None,
    });
    let identity = identity.expect("the demo has an identity");
    let mut records: Vec<_> = all.into_iter().filter(|record| record.kind().family() == family).take(most).collect();
    for (number, record) in records.iter_mut().enumerate() {
        record.id = Some(id(number + 1));
    }
    Credential {
        id: id(0),
        family,
        issuer: DID.into(),
        issued: signed_at(),
        expires: signed_at().plus(30 * 86_400),
        name: identity.name,
        birth_date: identity.birth_date,
        place: Place { list: 1, block: 5 },
        records,
    }
}

/// A role profile with one requirement of each shape.
pub const PROFILE: &str = r#"{
  "owner": "RNN", "name": "adult-icu-nurse", "version": 1, "title": "Adult ICU nurse", "role": "icu-nurse",
  "purposes": ["workforce-sharing", "bank-shift"],
  "levels": [{"subject": "cstf/safeguarding-adults/1", "coveredBy": ["cstf/safeguarding-adults/2"]}],
  "requirements": [
    {"id": "adults", "kind": "training", "subject": "cstf/safeguarding-adults/1", "renewal": "P3Y", "freshness": "P18M",
     "hours": {"atLeast": 8, "within": "P3Y"}, "acceptance": "rely", "reason": "Why", "source": "Where"},
    {"id": "nmc", "kind": "registration", "regulator": "nmc", "acceptance": "check-live", "recheck": "P1Y",
     "dueDays": 1, "reason": "Why", "source": "Where"},
    {"id": "iv", "kind": "competency", "competency": "iv-passport/iv-therapy", "elements": ["pvc"],
     "independence": ["independent"], "settings": ["any"], "practiceHere": true, "acceptance": "rely",
     "reason": "Why", "source": "Where"},
    {"id": "checks", "kind": "allOf", "acceptance": "rely", "purposes": ["bank-shift"], "reason": "Why", "source": "Where",
     "parts": [{"kind": "identityCheck", "levels": ["h1a"]},
               {"kind": "anyOf", "parts": [{"kind": "criminalRecordCheck", "workforces": ["adult"]}, {"kind": "reference", "months": 36}]}]},
    {"id": "tour", "title": "A tour", "kind": "local", "acceptance": "do-locally", "reason": "Why", "source": "Where"}
  ]
}
"#;
