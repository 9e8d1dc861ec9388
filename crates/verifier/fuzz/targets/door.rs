//! Any bytes as requests of the JSON door, and as parts of sound ones.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use passport::{assess, close, open, verify};
use passport_fuzz::{bundle_file, now, pass, pass_text, root_text};
use serde_json::{Value, json};

static HANDLE: LazyLock<u32> = LazyLock::new(|| {
    let bundle = String::from_utf8(bundle_file()).expect("a bundle is text");
    let opened = open(json!({ "bundle": bundle, "root": root_text() }).to_string().as_bytes());
    opened["handle"].as_u64().and_then(|handle| u32::try_from(handle).ok()).expect("the bundle is sound")
});
static PASS: LazyLock<String> = LazyLock::new(|| pass_text(&pass(99).to_cbor()));

fuzz_target!(|bytes: &[u8]| {
    let opened = open(bytes);
    if is_answer(&opened) {
        let handle = opened["handle"].as_u64().and_then(|handle| u32::try_from(handle).ok()).expect("a handle");
        assert!(handle != *HANDLE && close(handle) && !close(handle));
    }
    is_answer(&verify(*HANDLE, bytes));
    is_answer(&assess(*HANDLE, bytes));
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let at = now().to_string();
    let (pass, days) = (json!(*PASS), r#""starts":"2026-12-01","ends":"2026-12-31""#);
    // In the place of the profile whatever there is, which may end it and begin something else.
    is_answer(&assess(*HANDLE, format!(r#"{{"at":"{at}","texts":[{pass}],{days},"profile":{text}}}"#).as_bytes()));
    let judged = verify(*HANDLE, json!({ "at": at, "texts": [*PASS, text] }).to_string().as_bytes());
    assert!(is_answer(&judged), "a text is no fault of the request: {judged}");
    assert_eq!(judged["answer"]["verdicts"].as_array().map(Vec::len), Some(2));
});

/// Whether it was answered; what is refused has a code and words.
fn is_answer(answer: &Value) -> bool {
    let ok = answer["ok"].as_bool().expect("each answer says so");
    let filled = |name: &str| answer["error"][name].as_str().is_some_and(|text| !text.is_empty());
    assert!(ok || filled("code") && filled("detail"), "{answer}");
    ok
}
