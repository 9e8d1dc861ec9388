//! What the JSON door answers natively, one bundle a line, for whoever compares another build with it:
//! `cargo run -p passport-wasm --example answers MOVERS`. MOVERS is what the tests of the verifier write to
//! `PASSPORT_DUMP`.
//!
//! A line is `{"name", "open", "opened", "call", "request", "answer"}`, all texts as they go over the border,
//! without the last three where a bundle is only opened; or, for a picture, `{"name", "scan": {"width",
//! "height", "turn", "pixels"}, "answer"}`, with its pixels in Base64.

#[path = "../tests/asked/mod.rs"]
mod asked;
#[path = "../../scan/tests/gallery/mod.rs"]
mod gallery;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gallery::{HEIGHT, Kind, WIDTH};
use passport::{assess, close, open, scan, verify};
use serde_json::{Value, json};

type Call = fn(u32, &[u8]) -> Value;

fn main() {
    let movers = std::env::args().nth(1).expect("usage: answers MOVERS");
    let movers = std::fs::read_to_string(movers).expect("the movers are there");
    for asked in asked::vectors() {
        line(&asked.name, &asked.open, asked.verify.map(|request| ("verify", verify as Call, request)));
    }
    for (number, mover) in movers.lines().enumerate() {
        let mover: Value = serde_json::from_str(mover).expect("a line of JSON");
        let open = json!({ "bundle": mover["bundle"], "root": mover["root"] }).to_string();
        let answer = line(&format!("mover {number}"), &open, Some(("assess", assess, mover["request"].to_string())));
        let answer = answer.expect("it was asked");
        assert_eq!(answer["assessment"].to_string(), mover["assessment"].to_string(), "the verifier itself says else");
        assert_eq!(answer["plain"], mover["plain"]);
    }
    for (code, kind) in (0..3).flat_map(|code| Kind::ALL.map(|kind| (code, kind))) {
        let frame = gallery::frame(kind, code, 100);
        for turn in [0, 1, 2] {
            let [width, height] = [WIDTH, HEIGHT].map(|side| u32::try_from(side).expect("few"));
            let picture =
                json!({ "width": width, "height": height, "turn": turn, "pixels": STANDARD.encode(&frame.luma) });
            let answer = scan(width, height, &frame.luma, turn).to_string();
            println!("{}", json!({ "name": kind.name(), "scan": picture, "answer": answer }));
        }
    }
}

/// Asks, prints what was said, and gives the last answer.
fn line(name: &str, request: &str, asked: Option<(&str, Call, String)>) -> Option<Value> {
    let opened = open(request.as_bytes());
    let mut line = json!({ "name": name, "open": request, "opened": opened.to_string() });
    let handle = opened["handle"].as_u64().and_then(|handle| u32::try_from(handle).ok());
    let answer = handle.zip(asked).map(|(handle, (call, run, request))| {
        let answer = run(handle, request.as_bytes());
        line["call"] = call.into();
        line["answer"] = answer.to_string().into();
        line["request"] = request.into();
        answer
    });
    if let Some(handle) = handle {
        assert!(close(handle));
    }
    println!("{line}");
    answer
}
