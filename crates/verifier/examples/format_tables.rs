//! The generated parts of `docs/FORMAT.md`: fields of each kind, their CDDL, the worked example,
//! measured sizes.
//!
//! ```text
//! cargo run -p passport-verifier --example format_tables                            # prints them
//! cargo run -p passport-verifier --example format_tables -- --check docs/FORMAT.md  # 1 if they differ
//! cargo run -p passport-verifier --example format_tables -- --write docs/FORMAT.md
//! ```

use std::fmt::{Display, Write as _};
use std::process::ExitCode;

use ed25519_dalek::{Signer as _, SigningKey};
use miniz_oxide::deflate::compress_to_vec;
use passport_schema::cbor::{Major, Reader};
use passport_schema::codes::{self, CodeLists, ListId};
use passport_schema::cose;
use passport_schema::credential::read_records;
use passport_schema::field::Context;
use passport_schema::id::{KeyId, OrganisationCode};
use passport_schema::json::Json;
use passport_schema::pass::{self, MAX_PAPER, MAX_PASS, Pass, UnverifiedPass};
use passport_schema::record::{FieldInfo, Kind};
use passport_schema::status::{MAX_RECORDS, Place, block_size};
use passport_schema::time::Timestamp;
use passport_verifier::PublicKey;
use qrcode::bits::Bits;
use qrcode::{EcLevel, Version};
use serde_json::{Value, json};

const ISSUED: &str = "2026-11-21T09:30:00Z";
const MONTH: i64 = 30 * 86_400;
const SEED: [u8; 32] = [1; 32];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<(), String> {
    let lists = CodeLists::embedded();
    let sections = [
        ("kinds", kinds()),
        ("rules", rules()),
        ("example", example(&lists)),
        ("sizes", sizes(&lists)),
        ("deflate", deflate(&lists)),
    ];
    match arguments {
        [] => {
            for (name, body) in &sections {
                println!("## {name}\n\n{body}");
            }
            Ok(())
        }
        [flag, path] if flag == "--check" || flag == "--write" => {
            let before = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
            let after = sections.iter().try_fold(before.clone(), |document, (name, body)| {
                replaced(&document, name, body).ok_or_else(|| format!("{path}: no markers for {name}"))
            })?;
            match (before == after, flag.as_str()) {
                (true, _) => Ok(()),
                (false, "--write") => std::fs::write(path, after).map_err(|error| format!("{path}: {error}")),
                (false, _) => Err(format!("{path} differs from the code: run this with --write")),
            }
        }
        _ => Err("usage: format_tables [--check FILE | --write FILE]".into()),
    }
}

/// The document with what stands between a section's markers replaced.
fn replaced(document: &str, name: &str, body: &str) -> Option<String> {
    let (head, rest) = document.split_once(&format!("<!-- begin: {name} -->\n"))?;
    let end = format!("<!-- end: {name} -->");
    let (_, tail) = rest.split_once(&end)?;
    Some(format!("{head}<!-- begin: {name} -->\n{body}{end}{tail}"))
}

// Fields of each kind.

macro_rules! lists {
    ($($marker:ident)*) => {
        &[$((stringify!($marker), <codes::$marker as ListId>::NAME, <codes::$marker as ListId>::OPEN)),*]
    };
}

/// Marker, name and openness of each list that a field may draw from.
const LISTS: &[(&str, &str, bool)] = lists! {
    Subject Competency Role Regulator IdentityLevel RightToWorkBasis RegisterStatus DbsLevel DbsWorkforce BarredLists
    HealthClearance Screening ScreeningResult Independence Setting Aspect AssessorRole AssessmentMethod StaffGroup
    AssignmentCategory PreceptorshipStatus PreceptorshipProgramme Qualification LearningMethod
};

/// The name of a field's type in `docs/FORMAT.md`, and the code list that it draws from. Stops
/// at a type that the document does not know: then the document is to be extended.
fn packed_type(rust: &str) -> (String, Option<&'static str>) {
    let rust: String = rust.split_whitespace().collect();
    let argument = |of: &str| rust.strip_prefix(of)?.strip_suffix('>');
    if let Some(inner) = argument("Option<") {
        let (name, list) = packed_type(inner);
        return (format!("{name} / null"), list);
    }
    if let Some(marker) = argument("Term<") {
        let marker = marker.rsplit("::").next().unwrap_or(marker);
        let list = LISTS.iter().find(|(known, ..)| *known == marker);
        let (_, name, open) = list.unwrap_or_else(|| panic!("the list {marker} is missing from LISTS"));
        return (if *open { "code / words" } else { "code" }.into(), Some(*name));
    }
    let name = match rust.as_str() {
        "Name" => "name",
        "Text" => "words",
        "Date" => "day",
        "When" => "when",
        "Until" => "end",
        "Outcome" => "outcome",
        "OrganisationCode" => "organisation",
        "u16" => "count",
        "bool" => "bool",
        "Sha256Digest" => "digest",
        "Skill" => return ("skill".into(), Some(codes::Competency::NAME)),
        other => panic!("docs/FORMAT.md has no name for the type {other}"),
    };
    (name.into(), None)
}

fn type_cell(rust: &str) -> String {
    match packed_type(rust) {
        (name, Some(list)) => format!("{name} ({list})"),
        (name, None) => name,
    }
}

fn kinds() -> String {
    let mut out = String::new();
    for kind in Kind::ALL.iter().filter(|kind| kind.is_on_passes()) {
        let (number, name) = (kind.number(), kind.name());
        line(&mut out, format_args!("### {number}: `{name}`\n\n{}\n", kind.about()));
        line(&mut out, "| Place | Field | Type | What it says |\n|---|---|---|---|");
        for (place, field) in kind.row_fields().iter().enumerate() {
            field_row(&mut out, &format!("row, {}", place + 1), field);
        }
        for field in kind.extra_fields() {
            field_row(&mut out, &format!("extra {}", field.key.unwrap_or_default()), field);
        }
        line(&mut out, "");
    }
    out
}

fn field_row(out: &mut String, place: &str, field: &FieldInfo) {
    let (name, about) = (field.name, field.about.trim());
    line(out, format_args!("| {place} | `{name}` | {} | {about} |", type_cell(field.rust_type)));
}

fn line(out: &mut String, text: impl Display) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{text}");
}

fn rules() -> String {
    let mut out = String::from("```cddl\ncontent = {\n  ? 0 => refreshed,\n");
    for kind in Kind::ALL.iter().filter(|kind| kind.is_on_passes()) {
        let (number, name) = (kind.number(), kind.name());
        line(
            &mut out,
            if *kind == Kind::Identity {
                format!("  {number} => [ {name} ],")
            } else {
                format!("  ? {number} => [ + {name} ],")
            },
        );
    }
    line(&mut out, "}");
    for kind in Kind::ALL.iter().filter(|kind| kind.is_on_passes()) {
        line(&mut out, "");
        rule(&mut out, *kind);
    }
    line(&mut out, "```");
    out
}

fn rule(out: &mut String, kind: Kind) {
    let name = kind.name();
    line(out, format_args!("{name} = ("));
    for field in kind.row_fields() {
        let (rule, list) = packed_type(field.rust_type);
        rule_line(out, &format!("  {}: {rule},", field.name), &[list]);
    }
    line(out, format_args!("  provenance: source,\n  ? {name}-extras,\n)"));
    line(out, format_args!("{name}-extras = {{"));
    for field in kind.extra_fields() {
        let (rule, list) = packed_type(field.rust_type);
        let key = field.key.unwrap_or_default();
        rule_line(out, &format!("  ? {key} => {rule},"), &[Some(field.name), list]);
    }
    line(out, "  common-extras,\n}");
}

fn rule_line(out: &mut String, member: &str, about: &[Option<&str>]) {
    let about = about.iter().flatten().copied().collect::<Vec<_>>().join(", ");
    let member = if about.is_empty() { member.to_owned() } else { format!("{member:<36} ; {about}") };
    line(out, member);
}

// Passes.

fn pass_of(records: &[Value], place: Place, lists: &CodeLists) -> Pass {
    let text = Value::from(records).to_string();
    let json = Json::parse(text.as_bytes()).expect("JSON that serde wrote");
    let mut context = Context::new(lists);
    let records = read_records(&json, &mut context);
    let mut records = context.finish(records).unwrap_or_else(|problems| panic!("{problems}"));
    Pass::sort(&mut records);
    let issued = Timestamp::parse(ISSUED).expect("a time");
    Pass {
        issuer: OrganisationCode::parse("RNN").expect("a code"),
        issued,
        expires: issued.plus(MONTH),
        place,
        records,
    }
}

/// Far into a long-lived system, so that a number of a list or block is at its usual length.
const USUAL_PLACE: Place = Place { list: 200, block: 32_767 };

fn payload_of(records: &[Value], lists: &CodeLists) -> Vec<u8> {
    pass_of(records, USUAL_PLACE, lists).to_cbor()
}

/// A text as long as that of a signed pass with this payload.
fn text_of(payload: &[u8]) -> String {
    let header = cose::protected_header(KeyId([0xff; 4]), None);
    pass::text(&cose::assemble(&header, payload, &[0xff; 64]))
}

/// The smallest QR version that holds a text in one alphanumeric segment.
fn qr_version(text: &str, level: EcLevel) -> i16 {
    let holds = |version: &i16| {
        let mut bits = Bits::new(Version::Normal(*version));
        bits.push_alphanumeric_data(text.as_bytes()).is_ok() && bits.push_terminator(level).is_ok()
    };
    (1..=40).find(holds).expect("every pass fits a code")
}

fn reference() -> Vec<Value> {
    let request: Value =
        serde_json::from_str(include_str!("../../../demo/reference-passport.json")).expect("the demo is JSON");
    request["records"].as_array().expect("records").clone()
}

fn provenance(assurance: &str) -> Value {
    json!({ "assurance": assurance, "lastRefreshed": "2026-11-20" })
}

fn training(subject: &str, awarded: &str) -> Value {
    json!({ "kind": "training", "subject": subject, "awarded": awarded, "period": "P3Y",
        "provenance": provenance("cstf-employer") })
}

fn identity() -> Value {
    json!({ "kind": "identity", "name": "Grace Oluwaseun Adeyemi", "birthDate": "1990-04-17",
        "provenance": provenance("identity-gpg45-in-person") })
}

// The worked example.

fn example_records() -> Vec<Value> {
    vec![
        json!({ "kind": "identity", "name": "Sam Example", "birthDate": "1990-04-17",
            "provenance": provenance("identity-gpg45-in-person") }),
        json!({ "kind": "employment", "role": "staff-nurse", "started": "2019-09",
            "provenance": provenance("employment-esr") }),
        json!({ "kind": "training", "subject": "cstf/fire-safety/1", "awarded": "2025-10-08", "period": "P2Y",
            "awardedBy": "RTD", "provenance": provenance("cstf-employer") }),
    ]
}

fn example(lists: &CodeLists) -> String {
    let key = SigningKey::from_bytes(&SEED);
    let public = key.verifying_key().to_bytes();
    let id = KeyId::of_ed25519(&public);
    let pass = pass_of(&example_records(), Place { list: 1, block: 5 }, lists);
    let protected = cose::protected_header(id, None);
    let payload = pass.to_cbor();
    let signed = cose::signing_input(&protected, &payload);
    let signature = key.sign(&signed).to_bytes();
    let message = cose::assemble(&protected, &payload, &signature);
    let text = pass::text(&message);
    assert_reads_back(&text, &pass, &public, lists);

    let mut out = String::from("The records, as JSON:\n\n```json\n");
    for record in example_records() {
        line(&mut out, record);
    }
    line(&mut out, "```\n\nThe claims in diagnostic notation:\n\n```cbor-diag");
    out.push_str(&claims_diagnosed(&payload));
    line(&mut out, "```\n");
    for (what, bytes) in [
        ("Seed of the private key (RFC 8032, section 5.1.5)", &SEED[..]),
        ("Public key", &public),
        ("Key id", &id.0),
        ("Protected header", &protected),
        ("Payload", &payload),
        ("`Sig_structure`, which is what is signed", &signed),
        ("Signature", &signature),
        ("Message", &message),
    ] {
        line(&mut out, format_args!("{what}, {} bytes:\n\n```text", bytes.len()));
        out.push_str(&wrapped(&hex(bytes)));
        line(&mut out, "```\n");
    }
    line(&mut out, format_args!("The pass, {} characters in one line:\n\n```text\n{text}\n```\n", text.len()));
    out.push_str(&places_of(&pass));
    out
}

fn assert_reads_back(text: &str, pass: &Pass, public: &[u8; 32], lists: &CodeLists) {
    let read = UnverifiedPass::parse(text, lists).expect("the example is a pass");
    let key = PublicKey::parse(public).expect("the example's key is sound");
    assert!(read.claims == *pass && key.verify(&read.signed, &read.signature));
}

fn places_of(pass: &Pass) -> String {
    let count = pass.records.len();
    let size = block_size(count).expect("an example of few records");
    let mut out = format!(
        "Its status, with {count} records and so a block of {size}, in list {}: index {} is the pass itself",
        pass.place.list,
        pass.place.index(count, 0).expect("an index"),
    );
    for (position, record) in pass.records.iter().enumerate() {
        let index = pass.place.index(count, position + 1).expect("an index");
        let _ = write!(out, ", {index} its `{}`", record.kind().name());
    }
    out.push_str(".\n");
    out
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn wrapped(hex: &str) -> String {
    let lines = hex.as_bytes().chunks(64).map(String::from_utf8_lossy);
    lines.fold(String::new(), |out, line| out + &line + "\n")
}

fn claims_diagnosed(payload: &[u8]) -> String {
    let mut reader = Reader::new(payload);
    let mut out = String::from("{\n");
    for _ in 0..reader.map().expect("claims") {
        let key = reader.int().expect("a key");
        if key == -65_538 {
            line(&mut out, format_args!("  {key}: {{"));
            for _ in 0..reader.map().expect("content") {
                let key = reader.int().expect("a key");
                let about = Kind::of_number(key).map_or("refreshed, days before the issue day", Kind::name);
                let value = diagnosed(&mut reader);
                line(&mut out, format_args!("    {key}: {value}, / {about} /"));
            }
            line(&mut out, "  },");
        } else {
            let about = [(1, "iss"), (4, "exp"), (6, "iat"), (-65_537, "status list and block")];
            let about = about.iter().find(|(known, _)| *known == key).map_or("", |(_, about)| about);
            let value = diagnosed(&mut reader);
            line(&mut out, format_args!("  {key}: {value}, / {about} /"));
        }
    }
    out.push_str("}\n");
    out
}

/// The next item in diagnostic notation (RFC 8949, section 8).
fn diagnosed(reader: &mut Reader<'_>) -> String {
    let items = |reader: &mut Reader<'_>, count| (0..count).map(|_| diagnosed(reader)).collect::<Vec<_>>().join(", ");
    match reader.peek().expect("an item") {
        Major::Int => reader.int().expect("a number").to_string(),
        Major::Text => format!("{:?}", reader.text().expect("a text")),
        Major::Bytes => format!("h'{}'", hex(reader.bytes().expect("bytes"))),
        Major::Array => {
            let count = reader.array().expect("an array");
            format!("[{}]", items(reader, count))
        }
        Major::Map => {
            let count = reader.map().expect("a map");
            let pairs = (0..count).map(|_| format!("{}: {}", diagnosed(reader), diagnosed(reader)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
        Major::Simple if reader.null() => "null".into(),
        Major::Simple => reader.bool().expect("true or false").to_string(),
        Major::Tag => unreachable!("claims hold no tags"),
    }
}

// What content costs.

/// A change to the reference passport.
type Edit = fn(&mut Vec<Value>);

const EDITS: &[(&str, Edit)] = &[
    ("+ one coded training", |records| {
        records.push(training("cstf/safeguarding-adults/3", "2025-01-14"));
    }),
    ("+ one training with a local name of 30 characters", |records| {
        records.push(training("local:Ward-based wound care practice", "2025-01-14"));
    }),
    ("one training awarded by another organisation", |records| {
        first(records, "training")["awardedBy"] = "RTD".into();
    }),
    ("+ one competency with 4 elements", |records| {
        let mut added = first(records, "competency").clone();
        added["competency"] = "local/medicines-administration".into();
        added["elements"] = json!(["oral", "subcutaneous", "intramuscular", "inhaled"]);
        records.push(added);
    }),
    ("a restriction of 60 characters on the right to work", |records| {
        first(records, "rightToWork")["restrictions"] =
            "No more than 20 hours of work a week in term time, any role.".into();
    }),
    ("a name of 60 bytes instead of 23", |records| {
        first(records, "identity")["name"] = "Oluwaseun Adebayo-Fitzgerald de la Cruz Montgomery Featherly".into();
    }),
    ("one training with its provenance spelled out", |records| {
        first(records, "training")["provenance"] = json!({
            "origin": "Training provider's certificate", "assurancePolicy": "Trust training policy 2026",
            "assuranceOutcome": "Certificate accepted", "verifier": "Learning and development team",
            "verificationMethod": "document", "pedigree": "sourced", "lastRefreshed": "2026-11-20",
        });
    }),
    ("one record refreshed on another day", |records| {
        first(records, "training")["provenance"]["lastRefreshed"] = "2026-11-02".into();
    }),
];

fn first<'r>(records: &'r mut [Value], kind: &str) -> &'r mut Value {
    let found = records.iter_mut().find(|record| record["kind"] == kind);
    found.expect("the reference passport has one")
}

/// A holder's key as RFC 8747 writes it (claim 8, a `COSE_Key`). No pass of this version has it.
fn holder_key() -> Vec<u8> {
    let head = [0x08, 0xa1, 0x01, 0xa3, 0x01, 0x01, 0x20, 0x06, 0x21, 0x58, 0x20];
    [&head[..], &[0xff; 32]].concat()
}

fn sizes(lists: &CodeLists) -> String {
    let plain = payload_of(&reference(), lists);
    let base = text_of(&plain).len();
    let minimal = [identity(), training("cstf/fire-safety/1", "2025-10-08")];
    let mut out = String::from(
        "| Content | Records | Payload, bytes | Characters | Added | QR at M | QR at Q |\n|---|--:|--:|--:|--:|--:|--:|\n",
    );
    size_row(&mut out, "one person, one training", 2, &payload_of(&minimal, lists), None);
    size_row(&mut out, "the reference passport", reference().len(), &plain, None);
    for (name, edit) in EDITS {
        let mut records = reference();
        edit(&mut records);
        let payload = payload_of(&records, lists);
        size_row(&mut out, &format!("… {name}"), records.len(), &payload, Some(base));
    }
    // Only the length counts here, so it may stand at the end.
    let with_key = [plain, holder_key()].concat();
    size_row(&mut out, "… a holder's key (RFC 8747)", reference().len(), &with_key, Some(base));
    line(&mut out, "");
    for (name, records) in [("one person", vec![identity()]), ("the reference passport", reference())] {
        for limit in [MAX_PAPER, MAX_PASS] {
            let (count, length) = most_trainings(&records, limit, lists);
            line(
                &mut out,
                format_args!(
                    "- Within {limit} characters, {name} has room for {count} coded trainings more ({length} characters)."
                ),
            );
        }
    }
    for (limit, version, level, letter) in [(MAX_PAPER, 20, EcLevel::M, 'M'), (MAX_PASS, 25, EcLevel::Q, 'Q')] {
        assert_eq!(qr_version(&"A".repeat(limit), level), version);
        assert_ne!(qr_version(&"A".repeat(limit + 1), level), version);
        line(&mut out, format_args!("- {limit} characters fill QR version {version} at level {letter}."));
    }
    out
}

fn size_row(out: &mut String, name: &str, records: usize, payload: &[u8], base: Option<usize>) {
    let text = text_of(payload);
    let added = base.map_or_else(String::new, |base| (text.len() - base).to_string());
    let (medium, quartile) = (qr_version(&text, EcLevel::M), qr_version(&text, EcLevel::Q));
    let (bytes, characters) = (payload.len(), text.len());
    line(out, format_args!("| {name} | {records} | {bytes} | {characters} | {added} | {medium} | {quartile} |"));
}

/// How many coded trainings can be added within a limit, and the length that gives.
fn most_trainings(base: &[Value], limit: usize, lists: &CodeLists) -> (usize, usize) {
    let subjects: Vec<_> = lists.entries::<codes::Subject>().map(|entry| entry.id.clone()).collect();
    let added = |number: usize| {
        let awarded = format!("{}-{:02}-{:02}", 2024 + number % 2, number % 12 + 1, number % 28 + 1);
        training(&subjects[number % subjects.len()], &awarded)
    };
    let lengths = (0..=MAX_RECORDS - base.len()).map(|count| {
        let records: Vec<_> = base.iter().cloned().chain((0..count).map(added)).collect();
        (count, text_of(&payload_of(&records, lists)).len())
    });
    lengths.take_while(|(_, length)| *length <= limit).last().unwrap_or_default()
}

// Whether compression pays.

const LOCAL_COURSES: &[&str] = &[
    "Syringe driver set-up and monitoring",
    "Bed rail risk assessment",
    "Ward-based wound care practice",
    "Electronic prescribing for nurses",
    "Falls prevention on older people's wards",
    "Blood glucose meter, annual update",
    "Tissue viability champion",
    "Enhanced observation of patients",
    "Local induction, critical care",
];

/// The reference passport, with as many local courses as a pass holds.
fn long_records(lists: &CodeLists) -> Vec<Value> {
    let mut records = reference();
    for course in LOCAL_COURSES {
        let mut longer = records.clone();
        longer.push(training(&format!("local:{course}"), "2025-06-17"));
        if text_of(&payload_of(&longer, lists)).len() > MAX_PASS {
            break;
        }
        records = longer;
    }
    records
}

fn deflate(lists: &CodeLists) -> String {
    let mut out = String::from(
        "| Content | Payload | Deflated | Characters | Deflated | Saved | QR at M | Deflated |\n|---|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    let long = long_records(lists);
    let long_name = format!("the same and {} local courses", long.len() - reference().len());
    let minimal = vec![identity(), training("cstf/fire-safety/1", "2025-10-08")];
    for (name, records) in
        [("one person, one training", minimal), ("the reference passport", reference()), (&long_name, long)]
    {
        let payload = payload_of(&records, lists);
        let deflated = compress_to_vec(&payload, 10);
        let (plain, packed) = (text_of(&payload), text_of(&deflated));
        let saved = i64::try_from(plain.len()).unwrap_or(0) - i64::try_from(packed.len()).unwrap_or(0);
        let (before, after) = (qr_version(&plain, EcLevel::M), qr_version(&packed, EcLevel::M));
        let sizes = [payload.len(), deflated.len(), plain.len(), packed.len()].map(|size| size.to_string());
        line(&mut out, format_args!("| {name} | {} | {saved} | {before} | {after} |", sizes.join(" | ")));
    }
    let envelope = text_of(&[]).len();
    line(
        &mut out,
        format_args!("\nOf every pass, {envelope} characters are the envelope (prefix, header, signature, heads)."),
    );
    let payload = payload_of(&reference(), lists);
    let [plain, packed] = [&payload, &compress_to_vec(&payload, 10)].map(|bytes| {
        let version = qr_version(&text_of(bytes), EcLevel::M);
        let modules = 17 + 4 * version;
        let width = 40.0 / f64::from(modules);
        format!("version {version}, {modules} modules a side, each {width:.2} mm wide in a code of 40 mm")
    });
    line(&mut out, format_args!("\nThe reference passport at level M: {plain}; deflated: {packed}."));
    out
}
