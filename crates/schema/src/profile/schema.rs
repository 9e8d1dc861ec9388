//! The JSON Schema of a profile.

use serde_json::{Map, Value, json};

use super::{Acceptance, MAX_DUE_DAYS, MAX_PARTS, MAX_REQUIREMENTS, SAME_PERSON};
use crate::codes::{CodeLists, Purpose, Role, Subject, Term};
use crate::field::Scalar as _;
use crate::record::{Family, Kind};

/// 1 to 20 years, or 1 to 240 months.
const PERIOD: &str = "P(([1-9]|1[0-9]|20)Y|([1-9][0-9]?|1[0-9][0-9]|2[0-3][0-9]|240)M)";

/// The JSON Schema (2020-12) of a role profile. What it cannot say (levels that overlap, requirements
/// that contradict one another) [`super::Profile::parse`] refuses as well.
#[must_use]
pub fn schema(lists: &CodeLists) -> Value {
    let text = json!({ "type": "string", "minLength": 1, "maxLength": crate::text::MAX_TEXT });
    let slug = json!({ "type": "string", "pattern": "^[a-z0-9-]{1,40}$" });
    let purposes = list_of(&Term::<Purpose>::schema(lists));
    let about = json!({
        "id": { "type": "string", "pattern": "^[a-z0-9-]{1,40}$", "not": { "const": SAME_PERSON } }, "title": text, "reason": text, "source": text, "purposes": purposes,
        "acceptance": { "enum": Acceptance::ALL.map(Acceptance::name) },
        "dueDays": { "type": "integer", "minimum": 0, "maximum": MAX_DUE_DAYS },
        "recheck": { "$ref": "#/$defs/period" },
    });
    let requirement = json!({
        "allOf": [{ "type": "object", "properties": about, "required": ["id", "acceptance", "reason", "source"] }, { "$ref": "#/$defs/rule" }],
        "unevaluatedProperties": false,
    });
    let level = closed(
        &json!({ "subject": Term::<Subject>::schema(lists), "coveredBy": list_of(&Term::<Subject>::schema(lists)) }),
        &["subject", "coveredBy"],
    );
    let part = json!({ "$ref": "#/$defs/rule", "unevaluatedProperties": false });
    let mut schema = closed(
        &json!({
            "owner": { "type": "string", "pattern": "^[A-Z0-9]{2,10}$" }, "name": slug,
            "version": { "type": "integer", "minimum": 1 }, "title": text, "role": Term::<Role>::schema(lists),
            "purposes": purposes, "levels": list_of(&level),
            "requirements": { "type": "array", "minItems": 1, "maxItems": MAX_REQUIREMENTS, "items": requirement },
        }),
        &["owner", "name", "version", "title", "role", "purposes", "requirements"],
    );
    let parts = json!({ "type": "array", "minItems": 2, "maxItems": MAX_PARTS, "items": part });
    let mut rules = vec![
        json!({ "properties": { "kind": { "const": "local" } }, "required": ["kind"] }),
        json!({ "properties": { "kind": { "enum": ["allOf", "anyOf"] }, "parts": parts }, "required": ["kind", "parts"] }),
    ];
    let asked = |kind: &&Kind| **kind != Kind::Identity && kind.family() != Family::Agreement;
    rules.extend(Kind::ALL.iter().filter(asked).map(|kind| rule(*kind, lists)));
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    schema["title"] = "Role profile".into();
    schema["$defs"] = json!({
        "rule": { "type": "object", "oneOf": rules },
        "period": { "type": "string", "pattern": format!("^{PERIOD}$") },
        "renewal": { "type": "string", "pattern": format!("^(issuer|never|{PERIOD})$") },
    });
    schema
}

fn closed(properties: &Value, required: &[&str]) -> Value {
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn list_of(item: &Value) -> Value {
    json!({ "type": "array", "items": item })
}

/// What a rule about one kind of record may say. A list of accepted values has the schema that the
/// record's own field has.
fn rule(kind: Kind, lists: &CodeLists) -> Value {
    let record = kind.schema(lists);
    let field = |name: &str| record["properties"][name].clone();
    let any = |name: &str| list_of(&field(name));
    let mut properties = Map::new();
    let mut required = vec!["kind"];
    let mut add = |name: &'static str, schema: Value, needed: bool| {
        properties.insert(name.into(), schema);
        if needed {
            required.push(name);
        }
    };
    add("kind", json!({ "const": kind.name() }), false);
    add("freshness", json!({ "$ref": "#/$defs/period" }), false);
    add("renewal", json!({ "$ref": "#/$defs/renewal" }), kind == Kind::Training);
    match kind {
        Kind::Training => {
            let period = json!({ "$ref": "#/$defs/period" });
            let hours = json!({ "atLeast": { "type": "integer", "minimum": 1, "maximum": 65_535 }, "within": period });
            add("subject", field("subject"), true);
            add("hours", closed(&hours, &["atLeast", "within"]), false);
        }
        Kind::IdentityCheck => add("levels", any("level"), false),
        Kind::Registration => {
            add("regulator", field("regulator"), true);
            add("statuses", any("status"), false);
            add("licenceToPractise", field("licenceToPractise"), false);
        }
        Kind::CriminalRecordCheck => {
            add("levels", any("level"), false);
            add("workforces", any("workforce"), false);
            add("barredLists", any("barredLists"), false);
        }
        Kind::Reference => add("months", field("months"), false),
        Kind::HealthClearance => add("clearances", any("clearance"), false),
        Kind::Screening => {
            add("item", field("item"), true);
            add("results", any("result"), false);
        }
        Kind::Competency => {
            add("competency", field("competency"), true);
            add("elements", field("elements"), false);
            add("independence", any("independence"), false);
            add("settings", any("setting"), false);
            add("practiceHere", json!({ "type": "boolean" }), false);
        }
        Kind::Qualification => add("qualification", field("title"), true),
        Kind::Preceptorship => {
            add("programmes", any("programme"), false);
            add("statuses", any("status"), false);
        }
        Kind::Employment => {
            add("roles", any("role"), false);
            add("categories", any("category"), false);
        }
        Kind::Placement => add("roles", any("role"), false),
        Kind::RightToWork | Kind::Identity | Kind::CarerAgreement | Kind::AdjustmentsAgreement => {}
    }
    json!({ "properties": properties, "required": required })
}
