//! Agreements between a person and their manager: what is read, and what is refused. No profile may
//! ask for one; see `profiles.rs`.

use passport_schema::codes::CodeLists;
use passport_schema::field::Context;
use passport_schema::json::Json;
use passport_schema::problem::Problems;
use passport_schema::record::{Family, Kind, Record};
use serde_json::{Value, json};

fn agreement(kind: &str, more: &Value) -> Value {
    let lines = json!(["Leaves at 15:00 on Tuesdays", "No late shifts"]);
    let mut whole = json!({ "kind": kind, "agreed": lines, "personSigned": "2026-01-05", "managerSigned": "2026-01-06",
        "reviewBy": "2027-01-06", "provenance": { "assurance": "local-employer", "lastRefreshed": "2026-01-06" } });
    whole.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    whole
}

fn record(value: &Value) -> Result<Record, Problems> {
    let (lists, text) = (CodeLists::embedded(), value.to_string());
    let json = Json::parse(text.as_bytes()).unwrap();
    let mut context = Context::new(&lists);
    let record = Record::read(&json, &mut context);
    context.finish(record)
}

const AGREEMENTS: [(&str, Kind); 2] =
    [("carerAgreement", Kind::CarerAgreement), ("adjustmentsAgreement", Kind::AdjustmentsAgreement)];

#[test]
fn an_agreement_is_written_as_it_was_read() {
    for (name, kind) in AGREEMENTS {
        let value = agreement(name, &json!({}));
        let read = record(&value).unwrap();
        assert_eq!((read.kind(), kind.family()), (kind, Family::Agreement));
        let written = read.to_value();
        for field in ["kind", "agreed", "personSigned", "managerSigned", "reviewBy"] {
            assert_eq!(written[field], value[field], "{field}");
        }
        assert_eq!(record(&written).unwrap(), read);
        assert_eq!(read.last_day(), None, "due for review, it stands until it is reviewed");
        let lists = CodeLists::embedded();
        let schema = jsonschema::draft202012::new(&kind.schema(&lists)).unwrap();
        assert!(schema.is_valid(&written), "{written}");
        assert!(!schema.is_valid(&agreement(name, &json!({ "agreed": [] }))));
    }
}

#[test]
fn an_agreement_says_what_and_never_why() {
    let lines = |count: usize| json!({ "agreed": vec!["One line"; count] });
    for (name, _) in AGREEMENTS {
        for count in [1, 10] {
            assert!(record(&agreement(name, &lines(count))).is_ok());
        }
        for (more, pointer, code) in [
            (lines(0), "/agreed", "line-count"),
            (lines(11), "/agreed", "line-count"),
            (json!({ "agreed": "No late shifts" }), "/agreed", "wrong-type"),
            (json!({ "agreed": ["One line", ""] }), "/agreed/1", "empty-text"),
            (json!({ "agreed": ["x".repeat(201)] }), "/agreed/0", "text-too-long"),
            (json!({ "reviewBy": "2026-01-05" }), "/reviewBy", "ends-before-it-begins"),
            (json!({ "managerSigned": "2026-02-30" }), "/managerSigned", "not-a-date"),
            (json!({ "reason": "Cares for a parent" }), "/reason", "unknown-field"),
            (json!({ "diagnosis": "x" }), "/diagnosis", "unknown-field"),
            (json!({ "validUntil": "2027-01-06" }), "/validUntil", "unknown-field"),
        ] {
            let problems = record(&agreement(name, &more)).unwrap_err().0;
            let found: Vec<_> = problems.iter().map(|it| (it.pointer.as_str(), it.code)).collect();
            assert_eq!(found, [(pointer, code)], "{more}");
        }
        let mut unsigned = agreement(name, &json!({}));
        unsigned.as_object_mut().unwrap().remove("personSigned");
        let problems = record(&unsigned).unwrap_err().0;
        assert_eq!((problems[0].pointer.as_str(), problems[0].code), ("/personSigned", "missing-field"));
        assert!(record(&agreement(name, &json!({ "reviewBy": "2026-01-06" }))).is_ok(), "on the day itself");
    }
}
