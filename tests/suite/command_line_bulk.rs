//! `passport withdraw`: shows what it would touch, and does it only when it is told.

use passport_issuer::bulk::withdrawal;
use passport_issuer::jobs::work;
use passport_issuer::store::jobs::Kind;
use passport_tests::{Database, Hr, TestApp, nurse, standing};

use crate::command_line::Terminal;

/// A terminal with the key of an organisation that has two nurses.
fn at_hand() -> (Terminal, TestApp, Hr, String) {
    let terminal = Terminal::open();
    let (app, hr, _) = TestApp::start(Database::Sqlite);
    terminal.write("key", &hr.key);
    let line = format!("withdraw --url {} --api-key-file key", app.url);
    (terminal, app, hr, line)
}

/// The id in what was said: what stands after the last blank of the line with these words.
fn id_after(said: &str, words: &str) -> String {
    let line = said.lines().find(|line| line.contains(words)).unwrap_or_else(|| panic!("{words:?} is not in: {said}"));
    line.rsplit(' ').next().unwrap().to_owned()
}

#[test]
fn a_withdrawal_is_shown_then_done_or_undone() {
    let (terminal, app, hr, line) = at_hand();
    let passport = hr.issue(&nurse("30670001", "Ana Ng"));
    let _ = hr.issue(&nurse("30670002", "Bo Li"));
    let query = format!("{line} --reason issued-in-error --query kind=training --query awarded=2025-10-01..2025-10-31");
    let shown = terminal.words(&query).expect(0, "2 records of 2 people").said();
    assert!(shown.contains("30670001  training/cstf/fire-safety/1") && shown.contains("Say --commit"), "{shown}");
    assert!(!shown.contains("Ana"), "{shown}");
    terminal.words(&format!("{query} --dry-run")).expect(0, "Nothing is withdrawn");
    terminal.words(&format!("{line} --reason issued-in-error --query kind=placement")).expect(0, "Nothing matches");

    let said = terminal.words(&format!("{query} --commit --no-wait")).expect(0, "can be undone").said();
    let id = id_after(&said, "can be undone");
    terminal.words(&format!("{line} --show {id}")).expect(0, "is waiting");
    terminal.words(&format!("{line} --cancel {id}")).expect(0, "nothing was withdrawn");
    terminal.words(&format!("{line} --cancel {id}")).expect(65, "over");

    let said = terminal.words(&format!("{query} --commit --no-wait")).expect(0, "can be undone").said();
    let id = id_after(&said, "can be undone");
    let _ = hr.issue(&nurse("30670003", "Cy Ode"));
    app.clock.advance(600);
    app.runtime.block_on(work(&app.app, Kind::Withdrawal, withdrawal::step)).unwrap();
    let told = terminal.words(&format!("{line} --show {id}")).expect(2, "2 withdrawn.").said();
    assert!(told.contains("1 matched only after the preview"), "{told}");
    assert_eq!(standing(&app.ward().look(&passport["pass"]["text"], app.now()), "withdrawn"), 1);
}

#[test]
fn a_committed_withdrawal_is_waited_for() {
    let (terminal, app, hr, line) = at_hand();
    let passport = hr.issue(&nurse("1", "Ana Ng"));
    let key = app.ward().look(&passport["pass"]["text"], app.now())["verified"]["key"].as_str().unwrap().to_owned();
    let command = format!("{line} --reason key-compromised --query key={key} --commit");
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| terminal.words(&command));
        while !waiting.is_finished() {
            app.runtime.block_on(work(&app.app, Kind::Withdrawal, withdrawal::step)).unwrap();
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        let said = waiting.join().unwrap().expect(0, "3 withdrawn.").said();
        assert!(said.contains("2 credentials and 1 pass of 1 person"), "{said}");
    });
}

#[test]
fn what_cannot_be_asked_for_says_so() {
    let (terminal, app, _hr, line) = at_hand();
    let reason = "--reason issued-in-error";
    for (rest, code, said) in [
        (reason.to_owned(), 64, "--query"),
        ("--query kind=training".to_owned(), 64, "--reason"),
        (format!("{reason} --query training"), 64, "NAME=VALUE"),
        (format!("{reason} --query name=Ana"), 64, "is not import, kind"),
        (format!("{reason} --query awarded=2026-01-01"), 64, "takes days"),
        (format!("{reason} --query kind=training --query kind=identity"), 64, "said twice"),
        (format!("{reason} --query kind=training --dry-run --commit"), 64, "cannot be used with"),
        (format!("{reason} --query kind=secret"), 65, "/query/kind"),
        ("--reason spite --query kind=training".to_owned(), 65, "/reason"),
        ("--show 00000000-0000-0000-0000-000000000000".to_owned(), 65, "no such thing"),
    ] {
        terminal.words(&format!("{line} {rest}")).expect(code, said);
    }
    terminal.write("wrong", "spk_no");
    let wrong = format!("withdraw --url {} --api-key-file wrong {reason} --query kind=training", app.url);
    terminal.words(&wrong).expect(77, "API key");
}
