//! An invented system: its organisations, keys and bundles, and how each signs.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use curve25519_dalek::Scalar;
use ed25519_dalek::{Signer as _, SigningKey, Verifier as _};
use miniz_oxide::deflate::compress_to_vec_zlib;
use passport_schema::bundle::{BundleFile, VERSION};
use passport_schema::codes::CodeLists;
use passport_schema::cose;
use passport_schema::credential::{Credential, read_records};
use passport_schema::field::Context;
use passport_schema::id::{Id, KeyId, OrganisationCode, did_web};
use passport_schema::jose::{self, Type};
use passport_schema::json::Json;
use passport_schema::pass::{self, Pass};
use passport_schema::record::{Family, Kind, Record};
use passport_schema::status::{LIST_SIZE, Place, Status, StatusList, StatusToken, TOKEN_LIFETIME};
use passport_schema::text::Name;
use passport_schema::time::Timestamp;
use passport_schema::trust_list::{
    Entitlement, ISSUING, Information, Key, KeyState, LIST_TYPE, Member, Scheme, Service, ServiceInformation,
    TrustList, Worded,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha512};

pub const NOW: &str = "2026-11-21T12:00:00Z";
/// When most passes and credentials are signed.
pub const SIGNED: &str = "2026-11-21T09:30:00Z";
/// When most status lists are signed.
pub const LISTED: &str = "2026-11-21T04:12:00Z";
pub const MONTH: i64 = 30 * 86_400;
const SCHEMAS: &str = "https://passport.example/schemas";

/// Signing keys. Their seeds are one byte, repeated: nobody's.
pub fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub const ROOT: u8 = 100;
pub const FOREIGN_ROOT: u8 = 101;
/// The key of RNN, which is that of the worked example in `docs/FORMAT.md`.
pub const RNN: u8 = 1;
pub const RTD: u8 = 2;
pub const RNL: u8 = 3;
/// A charity that attests identity, jobs, and training of its own.
pub const ZZ901: u8 = 4;
/// An awarding body that attests training and nothing else.
pub const ZZ902: u8 = 5;
/// A care home with keys in every state.
pub const ZZ903: u8 = 6;
pub const ZZ903_RETIRED: u8 = 7;
pub const ZZ903_STOLEN: u8 = 8;
pub const ZZ903_FUTURE: u8 = 9;
/// Not on the list.
pub const STRANGER: u8 = 50;

pub fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("a time")
}

pub fn id_of(key: &SigningKey) -> KeyId {
    KeyId::of_ed25519(&key.verifying_key().to_bytes())
}

pub fn address(code: &str) -> String {
    format!("https://passport.example/organisations/{code}")
}

pub fn did(code: &str) -> String {
    did_web(&address(code)).expect("an address")
}

// Members and bundles.

pub fn listed_key(x: [u8; 32], from: &str, to: &str, state: KeyState) -> Key {
    let (not_before, not_after) = (time(from), time(to));
    Key { kid: KeyId::of_ed25519(&x), kty: "OKP".into(), crv: "Ed25519".into(), x, not_before, not_after, state }
}

pub fn good_key(seed: u8) -> Key {
    listed_key(key(seed).verifying_key().to_bytes(), "2019-01-01T00:00:00Z", "2027-12-31T23:59:59Z", KeyState::Active)
}

pub fn member(code: &str, name: &str, keys: Vec<Key>, kinds: &[Kind], subjects: &[&str]) -> Member {
    let entitlement = Entitlement {
        kinds: kinds.iter().copied().collect(),
        subjects: subjects.iter().map(|&subject| subject.to_owned()).collect(),
    };
    Member {
        information: Information {
            name: Worded::english(name),
            code: OrganisationCode::parse(code).expect("a code"),
            address: address(code),
            successor: None,
        },
        services: vec![Service { information: ServiceInformation { service_type: ISSUING.into(), keys, entitlement } }],
    }
}

pub fn members() -> Vec<Member> {
    // The kinds of the day on which the vectors were frozen.
    let all = &Kind::ALL[..14];
    let x = |seed| key(seed).verifying_key().to_bytes();
    let mut before = member("RNL", "North Cumbria University Hospitals NHS Trust", vec![good_key(RNL)], all, &["*"]);
    before.information.successor = OrganisationCode::parse("RNN");
    let home = vec![
        good_key(ZZ903),
        listed_key(x(ZZ903_RETIRED), "2024-01-01T00:00:00Z", "2026-06-30T23:59:59Z", KeyState::Retired),
        listed_key(x(ZZ903_STOLEN), "2024-01-01T00:00:00Z", "2027-12-31T23:59:59Z", KeyState::Compromised),
        listed_key(x(ZZ903_FUTURE), "2027-01-01T00:00:00Z", "2028-12-31T23:59:59Z", KeyState::Active),
    ];
    vec![
        member(
            "RNN",
            "North Cumbria Integrated Care NHS Foundation Trust",
            vec![good_key(RNN)],
            all,
            &["cstf/*", "local:*"],
        ),
        member(
            "RTD",
            "The Newcastle upon Tyne Hospitals NHS Foundation Trust",
            vec![good_key(RTD)],
            all,
            &["cstf/moving-handling/2", "local:*"],
        ),
        before,
        member(
            "ZZ901",
            "Example Volunteers",
            vec![good_key(ZZ901)],
            &[Kind::Identity, Kind::Employment, Kind::Training],
            &["local:*"],
        ),
        member("ZZ902", "Example Awarding Body", vec![good_key(ZZ902)], &[Kind::Training], &["cstf/*"]),
        member("ZZ903", "Example Care Home", home, all, &["cstf/*"]),
    ]
}

pub fn trust_list(members: Vec<Member>, issued: &str) -> TrustList {
    TrustList {
        scheme: Scheme {
            version: 1,
            sequence: 7,
            list_type: LIST_TYPE.into(),
            operator: Worded::english("Example Integrated Care System"),
            issued: time(issued),
            next_update: time(issued).plus(MONTH),
        },
        members,
    }
}

pub fn signed_list(list: &[u8], kind: Type, root: u8) -> String {
    let root = key(root);
    let input = jose::signing_input(kind, "", id_of(&root), list);
    let signature = root.sign(input.as_bytes()).to_bytes();
    jose::assemble(input, &signature)
}

/// What has become of passes and records of RNN: in list 1, in blocks of 32.
pub mod block {
    pub const SOUND: u32 = 5;
    pub const WITHDRAWN: u32 = 11;
    pub const SUSPENDED: u32 = 12;
    pub const SUPERSEDED: u32 = 13;
    /// In these, the third record only.
    pub const RECORD_WITHDRAWN: u32 = 21;
    pub const RECORD_SUSPENDED: u32 = 22;
    pub const RECORD_SUPERSEDED: u32 = 23;
}

fn states() -> Vec<(u32, Status)> {
    vec![
        (block::WITHDRAWN * 32, Status::Withdrawn),
        (block::SUSPENDED * 32, Status::Suspended),
        (block::SUPERSEDED * 32, Status::Superseded),
        (block::RECORD_WITHDRAWN * 32 + 3, Status::Withdrawn),
        (block::RECORD_SUSPENDED * 32 + 3, Status::Suspended),
        (block::RECORD_SUPERSEDED * 32 + 3, Status::Superseded),
        (LIST_SIZE - 1, Status::Withdrawn),
    ]
}

pub fn status_claims(code: &str, list: u32, issued: &str) -> Value {
    let issued = time(issued);
    let token = StatusToken {
        subject: format!("{}/status/{list}", address(code)),
        issued,
        expires: issued.plus(TOKEN_LIFETIME),
        list: StatusList::new(states()),
    };
    serde_json::from_slice(&token.to_json()).expect("JSON")
}

pub fn status_token(code: &str, seed: u8, claims: &Value) -> String {
    token(Type::StatusList, code, seed, claims)
}

/// Any claims, signed as a type of token.
pub fn token(kind: Type, code: &str, seed: u8, claims: &Value) -> String {
    let key = key(seed);
    let input = jose::signing_input(kind, &did(code), id_of(&key), claims.to_string().as_bytes());
    let signature = key.sign(input.as_bytes()).to_bytes();
    jose::assemble(input, &signature)
}

pub fn status(code: &str, seed: u8, issued: &str) -> String {
    status_token(code, seed, &status_claims(code, 1, issued))
}

/// Zeros that inflate to more than any list of ours.
pub fn bomb() -> String {
    URL_SAFE_NO_PAD.encode(compress_to_vec_zlib(&vec![0; 4 << 20], 9))
}

pub fn bundle(trust_list: String, status_lists: Vec<String>) -> BundleFile {
    BundleFile { version: VERSION, trust_list, status_lists, profiles: Vec::new() }
}

/// A sound bundle whose trust list was signed a day before its status lists.
pub fn sound_bundle(issued: &str, listed: &str) -> BundleFile {
    let list = trust_list(members(), issued).to_json();
    let issuers = [("RNN", RNN), ("RTD", RTD), ("RNL", RNL), ("ZZ901", ZZ901), ("ZZ902", ZZ902), ("ZZ903", ZZ903)];
    bundle(signed_list(&list, Type::TrustList, ROOT), issuers.map(|(code, seed)| status(code, seed, listed)).to_vec())
}

// Records.

pub fn provenance(assurance: &str) -> Value {
    json!({ "assurance": assurance, "lastRefreshed": "2026-11-20" })
}

pub fn identity(name: &str) -> Value {
    json!({ "kind": "identity", "name": name, "birthDate": "1990-04-17",
        "provenance": provenance("identity-gpg45-in-person") })
}

pub fn employment() -> Value {
    json!({ "kind": "employment", "role": "staff-nurse", "started": "2019-09",
        "provenance": provenance("employment-esr") })
}

pub fn training(subject: &str, awarded: &str, period: &str) -> Value {
    json!({ "kind": "training", "subject": subject, "awarded": awarded, "period": period,
        "provenance": provenance("cstf-employer") })
}

pub fn fire_safety() -> Value {
    let mut training = training("cstf/fire-safety/1", "2025-10-08", "P2Y");
    training["awardedBy"] = "RTD".into();
    training
}

pub fn registration(status: &str) -> Value {
    json!({ "kind": "registration", "regulator": "nmc", "number": "99A9999E", "status": status,
        "checked": "2026-11-02", "validUntil": "2027-03-31", "provenance": provenance("register-checked-online") })
}

pub fn criminal_record_check(outcome: &str) -> Value {
    json!({ "kind": "criminalRecordCheck", "outcome": outcome, "issued": "2025-09-16",
        "level": "enhanced-barred-lists", "workforce": "adult", "barredLists": "adults",
        "provenance": provenance("dbs-certificate-seen") })
}

/// The records of the worked example in `docs/FORMAT.md`.
pub fn example() -> Vec<Value> {
    vec![identity("Sam Example"), employment(), fire_safety()]
}

pub fn reference() -> Vec<Value> {
    let demo = include_str!("../../../../demo/reference-passport.json");
    let request: Value = serde_json::from_str(demo).expect("the demo is JSON");
    request["records"].as_array().expect("records").clone()
}

pub fn parsed(records: &[Value]) -> Vec<Record> {
    let lists = CodeLists::embedded();
    let text = Value::from(records).to_string();
    let json = Json::parse(text.as_bytes()).expect("JSON that serde wrote");
    let mut context = Context::new(&lists);
    let records = read_records(&json, &mut context);
    context.finish(records).unwrap_or_else(|problems| panic!("{problems}"))
}

// Passes.

pub fn pass_of(code: &str, block: u32, records: &[Value]) -> Pass {
    let mut records = parsed(records);
    Pass::sort(&mut records);
    let issued = time(SIGNED);
    Pass {
        issuer: OrganisationCode::parse(code).expect("a code"),
        issued,
        expires: issued.plus(MONTH),
        place: Place { list: 1, block },
        records,
    }
}

pub fn sign_pass(pass: &Pass, seed: u8) -> String {
    sign_payload(&pass.to_cbor(), seed)
}

pub fn sign_payload(payload: &[u8], seed: u8) -> String {
    let key = key(seed);
    sign_message(&cose::protected_header(id_of(&key), None), payload, seed)
}

pub fn sign_message(header: &[u8], payload: &[u8], seed: u8) -> String {
    let signature = key(seed).sign(&cose::signing_input(header, payload)).to_bytes();
    pass::text(&cose::assemble(header, payload, &signature))
}

// Credentials.

pub fn credential(code: &str, family: Family, block: u32, records: &[Value]) -> Value {
    let numbered: Vec<_> = records.iter().zip(1..).map(|(record, number)| with_id(record, number)).collect();
    let issued = time(SIGNED);
    let credential = Credential {
        id: Id::parse("urn:uuid:0193521e-7a00-7000-8000-000000000000").expect("an id"),
        family,
        issuer: did(code),
        issued,
        expires: issued.plus(MONTH),
        name: Name::parse("Grace Oluwaseun Adeyemi").expect("a name"),
        birth_date: None,
        place: Place { list: 1, block },
        records: parsed(&numbered),
    };
    serde_json::from_str(&credential.to_json(&address(code), SCHEMAS)).expect("JSON")
}

fn with_id(record: &Value, number: u32) -> Value {
    let mut record = record.clone();
    record["id"] = format!("urn:uuid:0193521e-7a00-7000-8000-{number:012x}").into();
    record
}

pub fn header(code: &str, seed: u8) -> Value {
    json!({ "alg": "EdDSA", "typ": "vc+jwt", "cty": "vc", "kid": format!("{}#{}", did(code), id_of(&key(seed))) })
}

pub fn sign_token(header: &str, payload: &str, seed: u8) -> String {
    let input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let signature = key(seed).sign(input.as_bytes()).to_bytes();
    jose::assemble(input, &signature)
}

pub fn sign_credential(code: &str, seed: u8, claims: &Value) -> String {
    sign_token(&header(code, seed).to_string(), &claims.to_string(), seed)
}

// Signatures that only a lax verifier accepts.

/// The group's order, least significant byte first (RFC 8032, section 5.1).
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// The same signature with the group's order added to S.
pub fn with_large_s(mut signature: [u8; 64]) -> [u8; 64] {
    let mut carry = 0;
    for (byte, add) in signature[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        *byte = u8::try_from(sum & 0xff).expect("a byte");
        carry = sum >> 8;
    }
    signature
}

/// A signature by the key's holder whose R is the neutral element, written as `r`.
pub fn with_neutral_r(r: [u8; 32], signing: &SigningKey, message: &[u8]) -> [u8; 64] {
    let hash = Sha512::new().chain_update(r).chain_update(signing.verifying_key().to_bytes()).chain_update(message);
    let s = Scalar::from_bytes_mod_order_wide(&hash.finalize().into()) * signing.to_scalar();
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&r);
    signature[32..].copy_from_slice(s.as_bytes());
    signature
}

/// Whether a verifier that follows RFC 8032 but is not strict would accept it.
pub fn is_laxly_good(signing: &SigningKey, message: &[u8], signature: &[u8; 64]) -> bool {
    signing.verifying_key().verify(message, &ed25519_dalek::Signature::from_bytes(signature)).is_ok()
}
