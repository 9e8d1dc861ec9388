//! Whatever comes in, the answer is JSON with `ok`, and what is refused has a code.

mod asked;

use passport::{MAX_OPEN, MAX_REQUEST, MAX_TEXTS, assess, close, open, scan, verify};
use proptest::prelude::*;
use serde_json::{Value, json};

fn code(answer: &Value) -> &str {
    assert_eq!(answer["ok"], false, "{answer}");
    assert!(answer["error"]["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{answer}");
    answer["error"]["code"].as_str().unwrap_or_else(|| panic!("no code: {answer}"))
}

fn opened() -> u32 {
    let asked = asked::vectors().into_iter().find(|asked| asked.name == "pass").unwrap();
    u32::try_from(open(asked.open.as_bytes())["handle"].as_u64().unwrap()).unwrap()
}

fn to_assess() -> Value {
    let profile = json!({
        "owner": "RTD", "name": "somebody", "title": "Somebody", "version": 1, "role": "staff-nurse",
        "purposes": ["secondment"],
        "requirements": [{ "id": "tour", "title": "A tour", "kind": "local", "acceptance": "do-locally",
                           "reason": "Why", "source": "Where" }],
    });
    let asked = asked::vectors().into_iter().find(|asked| asked.name == "pass").unwrap();
    let asked: Value = serde_json::from_str(&asked.verify.unwrap()).unwrap();
    json!({ "at": asked["at"], "texts": asked["texts"], "profile": profile, "starts": "2026-12-01", "ends": "2026-12-02" })
}

#[test]
fn what_is_no_request_is_refused_with_a_code() {
    let handle = opened();
    for request in [
        "",
        "null",
        "[]",
        "{",
        "\u{0}",
        "{}",
        r#"{"at":1}"#,
        r#"{"at":"2026-01-01T00:00:00Z","texts":[],"x":1}"#,
        r#"{"at":"2026-01-01T00:00:00Z","at":"2026-01-01T00:00:00Z","texts":[]}"#,
    ] {
        for answer in [open(request.as_bytes()), verify(handle, request.as_bytes()), assess(handle, request.as_bytes())]
        {
            assert_eq!(code(&answer), "request", "{request}");
        }
    }
    assert_eq!(code(&open(br#"{"bundle":"{}","root":"AA"}"#)), "root-key");
    assert_eq!(code(&open(br#"{"bundle":"{}","root":"%"}"#)), "root-key");
    let root = asked::vectors()[0].open.clone();
    let root: Value = serde_json::from_str(&root).unwrap();
    assert_eq!(code(&open(json!({ "bundle": "{}", "root": root["root"] }).to_string().as_bytes())), "bundle-file");
    assert!(close(handle));
}

#[test]
fn what_is_too_long_or_too_much_is_not_read() {
    let handle = opened();
    assert_eq!(code(&open(&vec![b' '; MAX_OPEN + 1])), "too-large");
    assert_eq!(code(&verify(handle, &vec![b' '; MAX_REQUEST + 1])), "too-large");
    let many = json!({ "at": "2026-11-20T10:00:00Z", "texts": vec![""; MAX_TEXTS + 1] });
    assert_eq!(code(&verify(handle, many.to_string().as_bytes())), "too-many-texts");
    let deep = format!("{{\"profile\":{}", "[".repeat(100_000));
    assert_eq!(code(&assess(handle, deep.as_bytes())), "request");
    assert!(close(handle));
}

#[test]
fn a_closed_handle_stays_closed() {
    let handle = opened();
    let request = json!({ "at": "2026-11-20T10:00:00Z", "texts": [] }).to_string();
    assert_eq!(verify(handle, request.as_bytes())["answer"]["reasons"][0]["code"], "not-a-passport");
    assert!(close(handle));
    let next = opened();
    assert!(next > handle);
    for handle in [handle, 0, u32::MAX] {
        assert_eq!(code(&verify(handle, request.as_bytes())), "closed");
        assert_eq!(code(&assess(handle, to_assess().to_string().as_bytes())), "closed");
        assert!(!close(handle));
    }
    assert!(close(next));
}

#[test]
fn each_part_of_a_question_that_cannot_be_answered_is_named() {
    let handle = opened();
    let ask = |name: &str, value: Value| {
        let mut request = to_assess();
        request[name] = value;
        assess(handle, request.to_string().as_bytes())
    };
    assert_eq!(ask("purpose", json!("secondment"))["assessment"]["overall"], "ready-with-actions");
    for (name, value, expected) in [
        ("at", json!("yesterday"), "time"),
        ("starts", json!("2026-02-30"), "date"),
        ("ends", json!("2026-11-30"), "placement-backwards"),
        ("purpose", json!("holiday"), "purpose-not-in-profile"),
        ("purpose", json!("bank-shift"), "purpose-not-in-profile"),
        ("profile", json!("RTD/nobody"), "unknown-profile"),
        ("profile", json!(""), "unknown-profile"),
        ("profile", json!({}), "profile"),
        ("profile", json!([1, 2]), "profile"),
        ("profile", json!(1.5), "profile"),
        ("profile", json!({ "x": "y".repeat(200_000) }), "request"),
        (
            "confirmations",
            json!([{ "requirement": "tour", "on": "soon", "at": "2026-11-20T10:00:00Z", "satisfied": true }]),
            "date",
        ),
    ] {
        assert_eq!(code(&ask(name, value.clone())), expected, "{name}: {value}");
    }
    let over = {
        let mut it = to_assess();
        it["starts"] = json!("2020-01-01");
        it["ends"] = json!("2020-01-02");
        it
    };
    assert_eq!(code(&assess(handle, over.to_string().as_bytes())), "placement-over");
    // Nobody to be assessed is an answer, not a fault of whoever asks.
    let nobody = ask("texts", json!(["SP1:NOTHING"]));
    assert_eq!((&nobody["ok"], &nobody["assessment"]["code"]), (&json!(true), &json!("nothing-stands")));
    assert_eq!((&nobody["assessment"]["overall"], &nobody["plain"]), (&json!("cannot-tell"), &json!("")));
    assert_eq!(code(&verify(handle, br#"{"at":"2026-11-20T10:00:00Z","texts":[],"require":["gossip"]}"#)), "kind");
    assert!(close(handle));
}

#[test]
fn pictures_that_do_not_fit_their_size_are_refused() {
    for (width, height, length) in [
        (0, 0, 0),
        (0, 9, 0),
        (9, 9, 80),
        (9, 9, 82),
        (9, 9, 323),
        (10_001, 1, 10_001),
        (u32::MAX, u32::MAX, 1),
        (65_536, 65_536, 0),
    ] {
        assert_eq!(code(&scan(width, height, &vec![0; length], 0)), "picture", "{width} {height}");
    }
    assert_eq!(scan(1, 1, &[0], 0), json!({ "ok": true, "codes": [] }));
    assert_eq!(scan(9, 9, &[0; 324], 7), json!({ "ok": true, "codes": [] }));
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..300), handle in any::<u32>()) {
        for answer in [open(&bytes), verify(handle, &bytes), assess(handle, &bytes)] {
            code(&answer);
        }
    }

    #[test]
    fn a_request_with_one_part_changed_is_answered(at in any::<proptest::sample::Index>(), byte in any::<u8>()) {
        let handle = opened();
        let mut request = to_assess().to_string().into_bytes();
        let at = at.index(request.len());
        request[at] = byte;
        let answer = assess(handle, &request);
        prop_assert!(answer["ok"].is_boolean());
        let _ = close(handle);
    }

    #[test]
    fn any_picture_is_answered(
        width in 1_u32..80, height in 1_u32..80, turn in any::<u32>(),
        pattern in proptest::collection::vec(any::<u8>(), 1..200),
    ) {
        let pixels: Vec<u8> = pattern.iter().copied().cycle().take((width * height) as usize).collect();
        prop_assert_eq!(&scan(width, height, &pixels, turn)["ok"], true);
    }
}
