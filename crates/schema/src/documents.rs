//! Our JSON-LD context and JSON Schemas, version 1, made from the same lists of fields that read
//! and write records.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::codes::CodeLists;
use crate::credential::{CONTEXT, VCDM_CONTEXT};
use crate::record::{Family, Kind};
use crate::status::MAX_RECORDS;

const VOCABULARY: &str = "https://staff-passport.example/vocabulary#";

/// The JSON-LD 1.1 context that [`CONTEXT`] names.
#[must_use]
pub fn context(lists: &CodeLists) -> Value {
    let mut names = BTreeSet::new();
    for kind in Kind::ALL {
        gather(&kind.schema(lists), &mut names);
    }
    let term = |name: &str| Value::from(format!("{VOCABULARY}{name}"));
    let mut fields: Map<String, Value> = names.iter().map(|name| (name.clone(), term(name))).collect();
    fields.insert("id".into(), "@id".into());
    let mut terms = Map::new();
    for family in Family::ALL {
        terms.insert(family.credential_type().into(), term(family.credential_type()));
    }
    for name in ["StaffMember", "birthDate"] {
        terms.insert(name.into(), term(name));
    }
    terms.insert("statusBlock".into(), json!({ "@id": term("statusBlock"), "@type": "@json" }));
    terms.insert("record".into(), json!({ "@id": term("record"), "@container": "@list", "@context": fields }));
    json!({ "@context": terms })
}

/// Every property name of a schema, at any depth.
fn gather(schema: &Value, names: &mut BTreeSet<String>) {
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        for (name, property) in properties {
            names.insert(name.clone());
            gather(property, names);
        }
    }
}

/// The JSON Schema (2020-12) of a family's credential.
#[must_use]
pub fn credential_schema(family: Family, lists: &CodeLists) -> Value {
    let kinds: Vec<_> =
        Kind::ALL.iter().filter(|kind| kind.family() == family).map(|kind| kind.schema(lists)).collect();
    let text = json!({ "type": "string" });
    let whole = json!({ "type": "integer", "minimum": 0 });
    let time = json!({ "type": "string", "format": "date-time" });
    let closed = |properties: Value, required: &[&str]| json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false });
    let subject = closed(
        json!({
            "type": { "const": "StaffMember" },
            "name": { "type": "string", "minLength": 1 },
            "birthDate": { "type": "string", "format": "date" },
            "record": { "type": "array", "minItems": 1, "maxItems": MAX_RECORDS, "items": { "oneOf": kinds } },
        }),
        &["type", "name", "record"],
    );
    let entry = closed(
        json!({
            "id": text, "type": { "const": "BitstringStatusListEntry" }, "statusPurpose": { "enum": ["revocation", "suspension"] },
            "statusListIndex": { "type": "string", "pattern": "^[0-9]+$" }, "statusListCredential": text,
        }),
        &["id", "type", "statusPurpose", "statusListIndex", "statusListCredential"],
    );
    let mut schema = closed(
        json!({
            "@context": { "const": [VCDM_CONTEXT, CONTEXT] },
            "id": { "type": "string", "pattern": "^urn:uuid:[0-9a-f-]{36}$" },
            "type": { "const": ["VerifiableCredential", family.credential_type()] },
            "issuer": { "type": "string", "pattern": "^did:web:" },
            "validFrom": time, "validUntil": time,
            "credentialSubject": subject,
            "credentialSchema": closed(json!({ "id": text, "type": { "const": "JsonSchema" } }), &["id", "type"]),
            "credentialStatus": { "type": "array", "items": entry, "minItems": 2, "maxItems": 2 },
            "statusBlock": closed(json!({ "list": whole, "block": whole }), &["list", "block"]),
            "iss": text, "iat": whole, "exp": whole,
        }),
        &[
            "@context",
            "id",
            "type",
            "issuer",
            "validFrom",
            "validUntil",
            "credentialSubject",
            "credentialSchema",
            "credentialStatus",
            "statusBlock",
            "iss",
            "iat",
            "exp",
        ],
    );
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    schema["title"] = family.credential_type().into();
    schema
}
