//! `passport import` as people run it.

use std::fs::File;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use passport_tests::importing::{staff_list, training_export};
use passport_tests::{Database, TestApp};
use serde_json::json;

use crate::command_line::Terminal;
use crate::imports::{FIRE, STAFF};

/// Does the service's jobs while something goes on.
fn while_jobs_are_done<T>(app: &TestApp, something: impl FnOnce() -> T) -> T {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let over = &over;
        scope.spawn(move || {
            while !over.load(Ordering::Relaxed) {
                app.work();
                thread::sleep(Duration::from_millis(20));
            }
        });
        let result = something();
        over.store(true, Ordering::Relaxed);
        result
    })
}

#[test]
fn a_file_is_imported_from_the_command_line() {
    let (app, rnn, rtd) = TestApp::start(Database::Sqlite);
    let terminal = Terminal::open();
    terminal.write("rnn.key", &rnn.key);
    terminal.write("rtd.key", &rtd.key);
    terminal.write("staff.csv", staff_list(STAFF));
    let rows = training_export(&[
        ("30670101", FIRE, "01-Nov-2025"),
        ("30670109", FIRE, "01-Nov-2025"),
        ("30670102", "218|CSTF|Flying - 1 Year|", "01-Nov-2025"),
    ]);
    terminal.write("training.csv", rows);
    terminal.write("broken.csv", "Name\r\nAna\r\n");
    let flying = json!({ "subjects": [{ "subject": "local:Flying", "courses": ["218|CSTF|Flying|"] }] });
    terminal.write("mapping.json", flying.to_string());
    let import = |rest: &str| {
        let line = format!("import --url {} --as-of 2026-11-20 --organisation RNN {rest}", app.url);
        terminal.words(&line)
    };
    while_jobs_are_done(&app, || {
        let people = || rnn.get("/v1/staff", "").expect(200)["staff"].as_array().unwrap().len();
        let staff = "staff.csv --format staff --api-key-file rnn.key";
        import(&format!("{staff} --dry-run")).expect(0, "Nothing was issued");
        assert_eq!(people(), 0);
        import(&format!("{staff} --commit")).expect(0, "is done.");
        assert_eq!(people(), 2);

        let training = "training.csv --format esr-training --api-key-file rnn.key";
        let preview = import(training).expect(2, "1  issued").said();
        for words in
            ["3 rows about 3 people", "1  refused", "not mapped: 218|CSTF|Flying| (1 row)", "line 3: reference"]
        {
            assert!(preview.contains(words), "{words}: {preview}");
        }
        let (_, id) = preview.split_once("--id ").expect("how to go on");
        let id = id.split_whitespace().next().unwrap();
        let commit = format!("--id {id} --commit --result result.csv --api-key-file rnn.key");
        import(&commit).expect(2, "1 credential signed");
        let result = std::fs::read_to_string(terminal.path("result.csv")).unwrap();
        assert!(result.contains("2,30670101,new,"), "{result}");
        import(&format!("{training} --mapping mapping.json --commit --pass phone")).expect(2, "1  there already");

        import("staff.csv --format staff --api-key-file rtd.key").expect(77, "this key is of RTD");
        import("none.csv --format staff --api-key-file rnn.key").expect(66, "none.csv");
        import("broken.csv --format staff --api-key-file rnn.key").expect(65, "column-missing");
        import("staff.csv --format word --api-key-file rnn.key").expect(64, "esr-training");
        import("staff.csv --format staff --dry-run --commit --api-key-file rnn.key").expect(64, "--dry-run");
    });
}

#[test]
fn a_file_that_is_too_long_is_told_so_from_the_command_line() {
    let (app, rnn, _) = TestApp::start_with_max_file(Database::Sqlite, 1 << 20);
    let terminal = Terminal::open();
    terminal.write("rnn.key", &rnn.key);
    // Two gibibytes, hardly any of them on the disk.
    File::create(terminal.path("long.csv")).and_then(|file| file.set_len(2 << 30)).unwrap();
    let line = format!("import long.csv --url {} --organisation RNN --format staff --api-key-file rnn.key", app.url);
    terminal.words(&line).expect(65, "longer than");
    assert_eq!(rnn.get("/v1/imports", "").expect(200)["imports"], json!([]));
}
