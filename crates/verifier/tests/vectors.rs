//! Runs the frozen vectors in `tests/vectors`, and holds that every code has one.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use passport_schema::codes::CodeLists;
use passport_schema::id::OrganisationCode;
use passport_schema::record::Kind;
use passport_schema::time::Timestamp;
use passport_verifier::{Answer, Bundle, BundleError, PublicKey, Verdict, Verified, Verifier};
use serde_json::{Map, Value, json};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors")
}

struct Set {
    root: PublicKey,
    vectors: Vec<Value>,
    bundles: BTreeMap<String, Vec<u8>>,
}

impl Set {
    fn read() -> Self {
        let file = fs::read(folder().join("vectors.json")).expect("the vectors are there");
        let file: Value = serde_json::from_slice(&file).expect("the vectors are JSON");
        let root = URL_SAFE_NO_PAD.decode(file["root"].as_str().unwrap()).unwrap();
        let vectors = file["vectors"].as_array().unwrap().clone();
        let read = |vector: &Value| {
            let name = vector["bundle"].as_str().unwrap().to_owned();
            let bytes = fs::read(folder().join(format!("bundles/{name}.json"))).unwrap();
            (name, bytes)
        };
        let bundles = vectors.iter().map(read).collect();
        Self { root: PublicKey::parse(&root).unwrap(), vectors, bundles }
    }

    fn open(&self, vector: &Value) -> Result<Bundle, BundleError> {
        Bundle::open(&self.bundles[text(vector, "bundle")], &self.root, vector["seen"].as_u64().unwrap_or(0))
    }
}

fn text<'v>(vector: &'v Value, name: &str) -> &'v str {
    vector[name].as_str().unwrap_or_else(|| panic!("{}: no {name}", vector["name"]))
}

/// The texts that are read together: `input`, filled up as `padded` says, and `also`.
fn inputs(vector: &Value) -> Vec<String> {
    let mut input = text(vector, "input").to_owned();
    if let Some(padded) = vector["padded"].as_array() {
        let length = usize::try_from(padded[1].as_u64().unwrap()).unwrap();
        input.push_str(&padded[0].as_str().unwrap().repeat(length - input.len()));
    }
    let also = vector["also"].as_array().into_iter().flatten().map(|text| text.as_str().unwrap().to_owned());
    [input].into_iter().chain(also).collect()
}

/// What the verifier says, in the form of `expect`, with just the members that are asked for.
fn found(vectors: &Set, vector: &Value, lists: &CodeLists) -> Value {
    let bundle = match vectors.open(vector) {
        Ok(bundle) => bundle,
        Err(error) => return json!({ "code": error.code() }),
    };
    if vector.get("input").is_none() {
        let fault = |code: Option<&str>, fault| format!("{} {fault}", code.unwrap_or_default()).trim().to_owned();
        let faults =
            bundle.faults().iter().map(|it| fault(it.organisation.as_ref().map(OrganisationCode::as_str), it.code));
        return json!({ "code": null, "faults": faults.collect::<Vec<_>>() });
    }
    let at = Timestamp::parse(text(vector, "at")).unwrap();
    let required = vector["require"].as_array().into_iter().flatten();
    let required: Vec<_> = required.map(|kind| Kind::parse(kind.as_str().unwrap()).unwrap()).collect();
    let verifier = Verifier::new(&bundle, lists);
    let verdicts: Vec<_> = inputs(vector).iter().map(|input| verifier.verify(input, at)).collect();
    let answer = Answer::new(&verdicts, &required);
    let mut found = json!({
        "decision": answer.decision().name(),
        "code": answer.reasons().first().map(passport_verifier::Error::code),
        "standings": standings(&verdicts),
    });
    if let Some(verified) = verdicts[0].verified() {
        for (name, value) in [
            ("name", Some(verified.name().as_str())),
            ("successor", verified.issuer().successor().map(|it| it.0.as_str())),
        ] {
            if vector["expect"].get(name).is_some() {
                found[name] = value.into();
            }
        }
    }
    found
}

fn standings(verdicts: &[Verdict<'_>]) -> Map<String, Value> {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for judged in verdicts.iter().filter_map(Verdict::verified).flat_map(Verified::records) {
        *counts.entry(judged.standing().name()).or_default() += 1;
    }
    counts.into_iter().map(|(name, count)| (name.to_owned(), count.into())).collect()
}

#[test]
fn every_vector_gets_the_verdict_that_it_names() {
    let (vectors, lists) = (Set::read(), CodeLists::embedded());
    let mut names = BTreeSet::new();
    let mut wrong = Vec::new();
    for vector in &vectors.vectors {
        let name = text(vector, "name");
        assert!(names.insert(name), "{name} stands twice");
        let found = found(&vectors, vector, &lists);
        if found != vector["expect"] {
            wrong.push(format!("{name}: expected {}, found {found}", vector["expect"]));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), vectors.vectors.len(), wrong.join("\n"));
}

#[test]
fn a_batch_says_of_each_vector_what_it_is_told_alone() {
    let (vectors, lists) = (Set::read(), CodeLists::embedded());
    for (name, bytes) in &vectors.bundles {
        let Ok(bundle) = Bundle::open(bytes, &vectors.root, 0) else { continue };
        let verifier = Verifier::new(&bundle, &lists);
        let texts: Vec<_> = vectors.vectors.iter().filter(|it| it.get("input").is_some()).flat_map(inputs).collect();
        let texts: Vec<_> = texts.iter().map(String::as_str).collect();
        let at = Timestamp::parse("2026-11-21T12:00:00Z").unwrap();
        for (text, verdict) in texts.iter().zip(verifier.verify_many(&texts, at)) {
            let alone = verifier.verify(text, at);
            assert_eq!(verdict.to_json(), alone.to_json(), "{name}: {}", text.get(..80).unwrap_or(text));
        }
    }
}

#[test]
fn a_refused_vector_shows_nothing_of_its_content() {
    let (vectors, lists) = (Set::read(), CodeLists::embedded());
    for vector in vectors.vectors.iter().filter(|it| it["expect"]["decision"] == "refused") {
        let (Ok(bundle), Some(at)) = (vectors.open(vector), Timestamp::parse(text(vector, "at"))) else { continue };
        let verdict = Verifier::new(&bundle, &lists).verify(&inputs(vector)[0], at);
        if verdict.decision().name() == "refused" {
            let said = verdict.to_json().to_string();
            assert!(verdict.verified().is_none() && !said.contains("Example\"") && !said.contains("Adeyemi"), "{said}");
        }
    }
}

#[test]
fn the_worked_example_of_the_document_is_a_vector() {
    let document = include_str!("../../../docs/FORMAT.md");
    let vectors = Set::read();
    let pass = vectors.vectors.iter().find(|vector| vector["name"] == "pass").unwrap();
    assert!(document.contains(text(pass, "input")));
}

/// Codes that no vector can show, and why. An unexpected one that a vector does show is a fault too.
const IMPOSSIBLE: &[(&str, &str)] =
    &[("content", "a content is refused only with at least one problem, which has a code")];

#[test]
fn every_code_has_a_vector() {
    let shown: BTreeSet<String> = Set::read().vectors.iter().flat_map(|vector| codes_of(&vector["expect"])).collect();
    let codes = codes_in_the_source();
    assert!(codes.len() > 70, "the search has lost its way: {codes:?}");
    let impossible: BTreeSet<_> = IMPOSSIBLE.iter().map(|(code, _)| (*code).to_owned()).collect();
    let missing: Vec<_> = codes.iter().filter(|code| !shown.contains(*code) && !impossible.contains(*code)).collect();
    assert!(missing.is_empty(), "no vector shows {missing:?}");
    let possible: Vec<_> = impossible.iter().filter(|code| shown.contains(*code) || !codes.contains(*code)).collect();
    assert!(possible.is_empty(), "no longer impossible, or gone: {possible:?}");
    let unknown: Vec<_> = shown.difference(&codes).collect();
    assert!(unknown.is_empty(), "the search does not find {unknown:?}");
}

fn codes_of(expect: &Value) -> Vec<String> {
    let faults = expect["faults"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let faults = faults.filter_map(|fault| fault.rsplit(' ').next());
    expect["code"].as_str().into_iter().chain(faults).map(str::to_owned).collect()
}

/// Every code that the verifier and the readers of credentials and passes can give, taken from
/// their source: literals that stand where a code stands.
fn codes_in_the_source() -> BTreeSet<String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut codes = BTreeSet::new();
    for (file, before) in [
        ("src/error.rs", &["=>", "|"][..]),
        ("src/error.rs", &["map_or("]),
        ("src/bundle.rs", &["=>", "((", "fault(", "ok_or((", "|error|(", "(None,", "clone()),"]),
    ] {
        literals(&fs::read_to_string(here.join(file)).unwrap(), before, &mut codes);
    }
    let problems =
        ["problem(", "((", "|(", ";(", "Value(", "problem(context,\"barredLists\",", "problem(context,\"number\","];
    for folder in ["../schema/src", "../schema/src/record", "../schema/src/field"] {
        for entry in fs::read_dir(here.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            // Requests of the service and role profiles have problems of their own.
            let of_credentials = [
                "credential.rs",
                "scalar.rs",
                "compound.rs",
                "text.rs",
                "pass.rs",
                "mod.rs",
                "checks.rs",
                "person.rs",
                "provenance.rs",
                "skills.rs",
            ];
            if of_credentials.iter().any(|name| path.ends_with(name)) {
                literals(&fs::read_to_string(path).unwrap(), &problems, &mut codes);
            }
        }
    }
    codes
}

/// Adds each literal in the form of a code that directly follows one of `before`, blanks left out.
fn literals(source: &str, before: &[&str], codes: &mut BTreeSet<String>) {
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    let source: String = source.split_whitespace().collect();
    for (at, _) in source.match_indices('"') {
        let literal = source[at + 1..].split('"').next().unwrap_or_default();
        let follows = source[at + 1 + literal.len()..].get(1..2).unwrap_or_default();
        let is_code =
            !literal.is_empty() && literal.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if is_code && [",", "}"].contains(&follows) && before.iter().any(|before| source[..at].ends_with(before)) {
            codes.insert(literal.to_owned());
        }
    }
}
