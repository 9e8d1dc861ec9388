//! Every vector through the JSON door says what the verifier itself says, to the byte.

mod asked;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use passport::{close, open, verify};
use passport_schema::codes::CodeLists;
use passport_schema::record::Kind;
use passport_schema::time::Timestamp;
use passport_verifier::{Answer, Bundle, PublicKey, Verifier};
use serde_json::{Value, json};

fn direct(open: &str, verify: &str) -> Value {
    let (open, verify): (Value, Value) = (serde_json::from_str(open).unwrap(), serde_json::from_str(verify).unwrap());
    let lists = CodeLists::embedded();
    let root = PublicKey::parse(&URL_SAFE_NO_PAD.decode(open["root"].as_str().unwrap()).unwrap()).unwrap();
    let bundle = open["bundle"].as_str().unwrap().as_bytes();
    let bundle = Bundle::open(bundle, &root, open["sequence"].as_u64().unwrap()).unwrap();
    let texts = |name: &str| -> Vec<String> {
        verify[name].as_array().into_iter().flatten().map(|it| it.as_str().unwrap().to_owned()).collect()
    };
    let kinds: Vec<Kind> = texts("require").iter().map(|kind| Kind::parse(kind).unwrap()).collect();
    let at = Timestamp::parse(verify["at"].as_str().unwrap()).unwrap();
    let verifier = Verifier::new(&bundle, &lists);
    let verdicts: Vec<_> = texts("texts").iter().map(|text| verifier.verify(text, at)).collect();
    Answer::new(&verdicts, &kinds).to_json()
}

#[test]
fn every_vector_gets_the_verifiers_own_answer_and_the_code_that_it_names() {
    let mut verified = 0;
    for asked in asked::vectors() {
        let opened = open(asked.open.as_bytes());
        let name = &asked.name;
        if opened["ok"] == false {
            assert_eq!(opened["error"]["code"], asked.expect["code"], "{name}");
            continue;
        }
        let handle = u32::try_from(opened["handle"].as_u64().unwrap()).unwrap();
        if let Some(request) = &asked.verify {
            let answer = verify(handle, request.as_bytes());
            assert_eq!(answer["answer"]["decision"], asked.expect["decision"], "{name}: {answer:#}");
            assert_eq!(answer["answer"]["reasons"][0]["code"], asked.expect["code"], "{name}");
            assert_eq!(answer["answer"].to_string(), direct(&asked.open, request).to_string(), "{name}");
            verified += 1;
        } else {
            let faults = opened["bundle"]["faults"].as_array().unwrap().iter();
            let faults = faults.map(|it| {
                let organisation = it["organisation"].as_str().unwrap_or_default();
                format!("{organisation} {}", it["code"].as_str().unwrap()).trim().to_owned()
            });
            let expected = asked.expect["faults"].as_array().unwrap();
            // A profile that cannot be read by the lists at hand is named too; the vectors do not open any.
            let faults: Vec<_> = faults.take(expected.len()).collect();
            assert_eq!(json!(faults), json!(expected), "{name}");
        }
        assert!(close(handle) && !close(handle));
    }
    assert!(verified > 80, "only {verified} vectors were verified");
}

#[test]
fn a_record_says_all_that_a_page_needs_in_words() {
    let asked = asked::vectors().into_iter().find(|asked| asked.name == "pass").unwrap();
    let handle = u32::try_from(open(asked.open.as_bytes())["handle"].as_u64().unwrap()).unwrap();
    let answer = verify(handle, asked.verify.unwrap().as_bytes());
    let verified = &answer["answer"]["verdicts"][0]["verified"];
    assert_eq!(verified["bindingPlain"], "nothing but paper or picture: match photo ID");
    assert!(verified["issuer"]["name"].as_str().is_some_and(|name| !name.is_empty()) && verified["asOf"].is_string());
    for record in verified["records"].as_array().unwrap() {
        assert_eq!(record["counts"], record["standing"] == "counts" || record["standing"] == "stale");
        assert_eq!(record["note"] == "", record["standing"] == "counts");
        let provenance = record["provenance"].as_str().unwrap();
        assert!(
            provenance.starts_with("Source: ") && provenance.contains("Compared with its source on "),
            "{provenance}"
        );
    }
    let _ = close(handle);
}
