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
    let published = terminal.words(&host).expect(0, "Profile ward-nurse, version 1.").said();
    assert!(!published.contains("owner"), "{published}");
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
    let asked = terminal.run(&["share", &link]).expect(0, "Nurse on a ward, from 21 November 2026").said();
    for words in [
        "To see: identity, registration, reference, training",
        "works once, until 09:30 on 5 December 2026",
        "--decline",
    ] {
        assert!(asked.contains(words), "{words}: {asked}");
    }
    host(&format!("show {id}")).expect(0, "Asked for  identity, registration, reference, training");
    let shown = terminal.run(&["share", &link, "pass-1.txt", "--receipt", "receipt.json"]);
    let shown = shown.expect(0, "Shown to RTD: 6 records.").said();
    assert!(shown.contains("1 record not asked for: employment"), "{shown}");
    assert!(shown.contains("5 records accepted: identity; ") && shown.contains("Fire Safety"), "{shown}");
    let receipt: serde_json::Value =
        serde_json::from_slice(&std::fs::read(terminal.path("receipt.json")).unwrap()).unwrap();
    assert!(receipt["receipt"].as_str().unwrap().starts_with("spr_") && receipt["signed"].is_string());
    terminal.run(&["share", &link, "pass-1.txt"]).expect(65, "this link does not work");
    terminal.run(&["share", "nonsense"]).expect(64, "not a link");
    host(&format!("step {id} agree")).expect(65, "assess it first");
    let assessed = host(&format!("step {id} assess")).expect(0, "READY WITH ACTIONS").said();
    let confirms = assessed.split("To confirm once it is done").nth(1).unwrap();
    assert!(
        confirms.contains("  nmc ") && confirms.contains("  induction ") && !confirms.contains("  fire "),
        "{assessed}"
    );
    host(&format!("step {id} start")).expect(65, "agree it first");
    host(&format!("step {id} decline")).expect(64, "--reason");
    host(&format!("step {id} fly")).expect(64, "assess, agree, start, end, decline, cancel, ask-again");
    host(&format!("step {id} agree")).expect(0, "The movement is agreed.");
    host(&format!("clearance {id} --day 2026-11-22")).expect(2, "22 November 2026: cannot tell.");
    host(&format!("clearance {id} --day 2026-11-22")).expect(2, "has to be looked up first");
    // The terminal's clock is ahead of the service's: what is confirmed today there lies in the future here.
    let confirmed = host(&format!("confirm {id} nmc"));
    assert!([0, 65].contains(&confirmed.code()), "{}", confirmed.said());
    let body = json!({ "requirement": "nmc", "on": "2026-11-21", "satisfied": true });
    let rtd = passport_tests::Hr::at(&app.url, "RTD", &std::fs::read_to_string(terminal.path("rtd.key")).unwrap());
    let _ = rtd.post(&format!("/v1/movements/{id}/confirmations"), &body).expect(200);
    host(&format!("step {id} start")).expect(0, "The movement is active.");
    host(&format!("clearance {id} --day 2026-11-22")).expect(0, "22 November 2026: yes, until 28 November 2026.");
    host(&format!("clearance {id} --day 2027-11-22 --json")).expect(1, "outside-the-placement");
    host(&format!("clearance {id} --day 2027-11-22")).expect(1, "no. the day lies outside the placement.");
    host(&format!("show {id}")).expect(0, "READY WITH ACTIONS: Ana Ng");
    host(&format!("show {id}")).expect(0, "Step       agree at 09:30 on 21 November 2026");
    host(&format!("step {id} end")).expect(0, "The movement is ended.");
    host(&format!("show {id} --json")).expect(0, "\"decisions\"");
    terminal.words("receipt look receipt.json").expect(0, "What you showed is deleted, because the movement is over.");
}

#[test]
fn a_person_says_no_or_comes_back_with_a_receipt() {
    let (app, terminal) = desk();
    let ask = || {
        let line = format!(
            "movement open --profile ward-nurse --purpose secondment --from 2026-11-21 --to 2026-12-18 --url {} \
             --api-key-file rtd.key",
            app.url
        );
        let opened = terminal.words(&line).expect(0, "Movement").said();
        opened.lines().find_map(|line| line.strip_prefix("For the person, once: ")).unwrap().to_owned()
    };
    let link = ask();
    terminal.run(&["share", &link, "--decline", "my mother is ill"]).expect(64, "asks-too-much");
    terminal.run(&["share", &link, "--decline", "asks-too-much"]).expect(0, "RTD was told that you say no.");
    terminal.run(&["share", &link]).expect(65, "this link does not work");
    terminal.run(&["share", &ask(), "--decline"]).expect(0, "RTD was told that you say no.");

    let shown = terminal.run(&["share", &ask(), "pass-1.txt"]).expect(0, "passport receipt look spr_").said();
    let line = shown.lines().find_map(|line| line.trim().strip_prefix("passport ")).unwrap();
    terminal.words(line).expect(0, "RTD: the movement is shared. ");
    terminal.words(line.split(" --url").next().unwrap()).expect(64, "give --url");

    terminal.run(&["share", &ask(), "pass-1.txt", "--receipt", "receipt.json"]).expect(0, "passport receipt look");
    terminal.words("receipt look receipt.json").expect(0, "What you showed is kept until the movement is over.");
    terminal.words("receipt tell receipt.json XYZ").expect(65, "nor on the trust list");
    terminal.words("receipt tell receipt.json RTD").expect(65, "is the host");
    terminal.words("receipt tell receipt.json RNN").expect(0, "RNN was told.");
    terminal.words("receipt look receipt.json").expect(0, "Told of it: RNN.");
    terminal.words("receipt agreement receipt.json pass-1.txt").expect(65, "not-an-agreement");
    terminal.words("receipt withdraw receipt.json --reason no-longer-wanted").expect(0, "Taken back.");
    terminal.words("receipt look receipt.json --json").expect(0, "\"withdrawn\"");
    terminal.words("receipt withdraw receipt.json").expect(65, "it is over");
    terminal.words("receipt look none.json").expect(66, "none.json");
    terminal.words("receipt look profile.json").expect(65, "no receipt in it");
}

#[test]
fn a_profile_of_another_owner_becomes_ones_own_and_the_command_says_so() {
    let (app, terminal) = desk();
    let mut profile = ward_nurse();
    profile["owner"] = "RTR".into();
    profile["name"] = "other".into();
    terminal.write("other.json", profile.to_string());
    let line = format!("movement publish other.json --url {} --api-key-file rtd.key", app.url);
    terminal.words(&line).expect(0, "It is RTD's now: the file names RTR as its owner.");
    let none = "movement publish other.json --url http://127.0.0.1:9 --api-key-file rtd.key";
    terminal.words(none).expect(69, "127.0.0.1:9");
    terminal.write("wrong.key", "spk_no");
    terminal.words(&line.replace("rtd.key", "wrong.key")).expect(77, "Authorization: Bearer");
}
