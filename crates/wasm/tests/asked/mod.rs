//! What is asked in tests: every vector of `tests/vectors`, as requests of the JSON door.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// A bundle to be opened, and what to verify with it, if anything.
pub struct Asked {
    pub name: String,
    pub open: String,
    pub verify: Option<String>,
    #[allow(dead_code, reason = "not all who ask look at it")]
    pub expect: Value,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors")
}

/// Every vector (`tests/vectors/README.md`).
pub fn vectors() -> Vec<Asked> {
    let file = fs::read(folder().join("vectors.json")).expect("the vectors are there");
    let file: Value = serde_json::from_slice(&file).expect("the vectors are JSON");
    let asked = |vector: &Value| {
        let bundle = format!("bundles/{}.json", vector["bundle"].as_str().expect("a bundle"));
        let bundle = fs::read(folder().join(bundle)).expect("the bundle is there");
        let bundle = String::from_utf8(bundle).expect("a bundle is text");
        let open = json!({ "bundle": bundle, "root": file["root"], "sequence": vector["seen"].as_u64().unwrap_or(0) });
        let verify = vector.get("input").map(|_| {
            let mut asked = json!({ "at": vector["at"], "texts": texts(vector) });
            if let Some(kinds) = vector.get("require") {
                asked["require"] = kinds.clone();
            }
            asked.to_string()
        });
        let name = vector["name"].as_str().expect("a name").to_owned();
        Asked { name, open: open.to_string(), verify, expect: vector["expect"].clone() }
    };
    file["vectors"].as_array().expect("vectors").iter().map(asked).collect()
}

fn texts(vector: &Value) -> Vec<String> {
    let mut input = vector["input"].as_str().expect("an input").to_owned();
    if let Some(padded) = vector["padded"].as_array() {
        let length = usize::try_from(padded[1].as_u64().expect("a length")).expect("a length");
        input.push_str(&padded[0].as_str().expect("a character").repeat(length - input.len()));
    }
    let also = vector["also"].as_array().into_iter().flatten().map(|text| text.as_str().expect("a text").to_owned());
    [input].into_iter().chain(also).collect()
}
