//! Any text before a verifier; and any claims that can be read, signed by the organisation.
#![no_main]

use libfuzzer_sys::fuzz_target;
use passport_fuzz::{BUNDLE, LISTS, credential_token, now, pass_text};
use passport_schema::credential::Credential;
use passport_schema::pass::Pass;
use passport_verifier::{Decision, Verifier};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        judge(text);
    }
    if Pass::from_cbor(bytes, &LISTS).is_ok() {
        judge(&pass_text(bytes));
    }
    if Credential::from_json(bytes, &LISTS).is_ok() {
        judge(&credential_token(bytes));
    }
});

fn judge(text: &str) {
    let verifier = Verifier::new(&BUNDLE, &LISTS);
    let verdict = verifier.verify(text, now());
    let json = verdict.to_json().to_string();
    assert_eq!(verdict.verified().is_none(), verdict.decision() == Decision::Refused, "{json}");
    assert!(verdict.verified().is_some() || !verdict.reasons().is_empty(), "refused without a reason");
    let many = verifier.verify_many(&[text, "", text], now());
    assert_eq!(many.len(), 3);
    assert!(many[0].to_json().to_string() == json && many[2].to_json().to_string() == json, "{json}");
}
