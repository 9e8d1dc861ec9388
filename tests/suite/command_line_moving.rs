//! `passport assess`, `movement` and `share` as people run them.

use passport_tests::moving::{registered_nurse, ward_nurse};
use passport_tests::{Database, TestApp};
use serde_json::json;

use crate::command_line::Terminal;

/// A deployment of which the bundle, root key, passes and API key lie in a terminal's folder. Its clock
/// stands at the day on which tests begin, and the terminal's does not, so that times are given.
fn desk() -> (TestApp, Terminal) {
    let (app, rnn, rtd) = TestApp::start(Database::Sqlite);
    let terminal = Terminal::open();
    terminal.write("profile.json", ward_nurse().to_string());
    terminal.write("rtd.key", &rtd.key);
    for (reference, name) in [("1", "Ana Ng"), ("2", "Bo Li")] {
        let pass = rnn.issue(&registered_nurse(reference, name))["pass"]["text"].as_str().unwrap().to_owned();
        terminal.write(&format!("pass-{reference}.txt"), pass);
    }
    let host = format!("movement publish profile.json --url {} --api-key-file rtd.key", app.url);
    terminal.words(&host).expect(0, "Profile ward-nurse, version 1.");
    let bundle = app.get("/bundle", "").body;
    terminal.write("bundle.json", bundle);
    (app, terminal)
}

fn root(app: &TestApp) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(app.root_key().to_bytes())
}

#[test]
fn somebody_looks_for_themselves_and_nobody_else_learns_of_it() {
    let (app, terminal) = desk();
    let key = root(&app);
    let look = |rest: &str| {
        let line = format!("assess --bundle bundle.json --root {key} --at 2026-11-21T10:00:00Z {rest}");
        terminal.words(&line)
    };
    let days = "--from 2026-11-21 --to 2026-12-18";
    look(&format!("--profile RTD/ward-nurse {days} pass-1.txt")).expect(2, "READY WITH ACTIONS: Ana Ng");
    look(&format!("--profile RTD/ward-nurse {days} pass-1.txt")).expect(2, "day 19 of 28");
    let json = look(&format!("--profile RTD/ward-nurse@1 {days} pass-1.txt --json")).expect(2, "\"met-until\"");
    assert!(serde_json::from_str::<serde_json::Value>(&json.said()).is_ok());
    let mut own = ward_nurse();
    own["owner"] = "RTD".into();
    own["version"] = 7.into();
    own["requirements"][0]["subject"] = "cstf/resuscitation/3/adult-ils".into();
    terminal.write("own.json", own.to_string());
    look(&format!("--profile own.json {days} pass-1.txt")).expect(1, "Resuscitation, level 3");
    own["requirements"][0]["subject"] = "cstf/flying/1".into();
    terminal.write("own.json", own.to_string());
    look(&format!("--profile own.json {days} pass-1.txt")).expect(65, "/requirements/0/subject");
    look(&format!("--profile RTD/none {days} pass-1.txt")).expect(66, "RTD/ward-nurse");
    look(&format!("--profile RTD/ward-nurse@2 {days} pass-1.txt")).expect(66, "is no file");
    look(&format!("--profile RTD/ward-nurse {days} pass-1.txt pass-2.txt"))
        .expect(1, "not shown to be about one person");
    look(&format!("--profile RTD/ward-nurse {days} --purpose volunteer pass-1.txt")).expect(64, "workforce-sharing");
    look("--profile RTD/ward-nurse --from 2026-11-21 --to 2026-11-20 pass-1.txt").expect(64, "before it starts");
    look("--profile RTD/ward-nurse --from 21/11/26 --to 2026-11-20 pass-1.txt").expect(64, "--from must be a date");
    let altered = std::fs::read_to_string(terminal.path("pass-1.txt")).unwrap().replacen("SP1:", "SP1:0", 1);
    terminal.write("altered.txt", altered);
    look(&format!("--profile RTD/ward-nurse {days} altered.txt")).expect(1, "REFUSED");
}

#[test]
fn a_movement_is_led_from_the_command_line() {
    let (app, terminal) = desk();
    let host = |line: &str| terminal.words(&format!("movement {line} --url {} --api-key-file rtd.key", app.url));
    let opened = host(
        "open --profile ward-nurse --purpose secondment --from 2026-11-21 --to 2026-12-18 --asks identity,training,registration,reference",
    );
    let opened = opened.expect(0, "More than the purpose needs: reference").said();
    let line = |start: &str| opened.lines().find_map(|line| line.strip_prefix(start)).unwrap().to_owned();
    let (id, link) = (line("Movement "), line("For the person, once: "));
    terminal.run(&["share", &link]).expect(0, "asks for Nurse on a ward");
    terminal.run(&["share", &link, "pass-1.txt", "--receipt", "receipt.json"]).expect(0, "Shown to RTD: 5 records");
    let receipt: serde_json::Value =
        serde_json::from_slice(&std::fs::read(terminal.path("receipt.json")).unwrap()).unwrap();
    assert!(receipt["receipt"].as_str().unwrap().starts_with("spr_") && receipt["signed"].is_string());
    terminal.run(&["share", &link, "pass-1.txt"]).expect(69, "this link does not work");
    terminal.run(&["share", "nonsense"]).expect(64, "not a link");
    host(&format!("step {id} assess")).expect(0, "READY WITH ACTIONS");
    host(&format!("step {id} start")).expect(69, "assessed");
    host(&format!("step {id} decline")).expect(69, "/reason");
    host(&format!("step {id} agree")).expect(0, "The movement is agreed.");
    host(&format!("clearance {id} --day 2026-11-22")).expect(2, "cannot-tell: nmc");
    // The terminal's clock is ahead of the service's: what is confirmed today there lies in the future here.
    let confirmed = host(&format!("confirm {id} nmc"));
    assert!([0, 69].contains(&confirmed.code()), "{}", confirmed.said());
    let body = json!({ "requirement": "nmc", "on": "2026-11-21", "satisfied": true });
    let rtd = passport_tests::Hr::at(&app.url, "RTD", &std::fs::read_to_string(terminal.path("rtd.key")).unwrap());
    let _ = rtd.post(&format!("/v1/movements/{id}/confirmations"), &body).expect(200);
    host(&format!("step {id} start")).expect(0, "The movement is active.");
    host(&format!("clearance {id} --day 2026-11-22")).expect(0, "yes, until 2026-11-28");
    host(&format!("clearance {id} --day 2027-11-22 --json")).expect(1, "outside-the-placement");
    host(&format!("show {id}")).expect(0, "READY WITH ACTIONS: Ana Ng");
    host(&format!("step {id} end")).expect(0, "The movement is ended.");
    host(&format!("show {id} --json")).expect(0, "\"decisions\"");
}
