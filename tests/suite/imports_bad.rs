//! Files that nobody can use: a clear code, nothing written, and no more memory than for good ones.

use passport_tests::importing::{staff_list, training_export};
use passport_tests::{Database, TestApp, bare, on_each_database};
use serde_json::json;

use crate::imports::{FIRE, STAFF, rows_in};

#[test]
fn a_file_that_cannot_be_used_says_why_and_leaves_nothing_behind() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        let good = training_export(&[("30670101", FIRE, "01-Nov-2025")]);
        let wide = format!("{}\r\n", vec!["x"; 10_000].join(","));
        let tall = training_export(&[("30670101", &"x".repeat(1 << 20), "01-Nov-2025")]);
        let half = &good[..good.find("\"NHS|").unwrap()];
        let twice = good.replacen("Title", "Competency Name", 1);
        let missing = good.replacen("Competency Name", "Course", 1);
        let open_quote = good.replacen("A course", "\"A course", 1);
        for (name, file, code) in [
            ("empty", Vec::new(), "empty-file"),
            ("blank", b"\r\n\r\n".to_vec(), "empty-file"),
            ("header only", training_export(&[]).into_bytes(), "no-rows"),
            ("half-written", half.as_bytes().to_vec(), "half-written"),
            ("mis-encoded", [good.as_bytes(), b"\xff\xfe\x00"].concat(), "encoding"),
            ("10,000 columns", wide.into_bytes(), "too-many-columns"),
            ("a cell of 1 MiB", tall.into_bytes(), "cell-too-long"),
            ("a column twice", twice.into_bytes(), "column-twice"),
            ("a column missing", missing.into_bytes(), "column-missing"),
            ("a quote never closed", open_quote.into_bytes(), "quote-never-closed"),
            ("macros of old", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1macros".to_vec(), "old-workbook"),
            ("a PDF", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec(), "not-a-table"),
        ] {
            let import = hr.upload("format=esr-training", &file).expect(202);
            app.work();
            let import = hr.import(&import);
            assert_eq!(
                (&import["state"], &import["fault"]["code"]),
                (&json!("refused"), &json!(code)),
                "{name}: {import:#}"
            );
            assert_eq!(hr.ask_import(&import, "commit").status, 409, "{name}");
        }
        for table in ["import_chunks", "import_rows", "import_results", "staff", "records", "credentials"] {
            assert_eq!(rows_in(&app, table), 0, "{table}");
        }
    });
}

#[test]
fn a_body_beyond_the_limit_is_refused_before_and_while_it_comes() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start_with_max_file(database, 1 << 20);
        let file = vec![b'x'; (1 << 20) + 1];
        assert_eq!(hr.upload("format=staff", &file).status, 413, "announced");
        assert_eq!(hr.upload_unannounced("format=staff", &file).status, 413, "not announced");
        for table in ["imports", "import_chunks", "jobs"] {
            assert_eq!(rows_in(&app, table), 0, "{table}");
        }
        let _ = hr.upload("format=staff", &file[..1 << 20]).expect(202);
    });
}

#[test]
fn what_is_asked_with_a_file_is_checked_all_at_once() {
    let (_app, hr, _) = TestApp::start(Database::Sqlite);
    let answer = hr.upload("format=word&asOf=2027-02-31&mapping=x", b"");
    let codes: Vec<_> = answer.problems().into_iter().map(|(pointer, code)| format!("{pointer} {code}")).collect();
    assert_eq!(
        (answer.status, codes),
        (422, vec!["/format unknown-code".into(), "/asOf not-a-date".into(), "/mapping not-an-id".into()])
    );
    assert_eq!(hr.upload("format=staff&asOf=2027-01-01", b"").problems()[0].1, "in-the-future");
}

#[test]
fn more_rows_than_a_person_can_have_are_about_something_else() {
    let (app, hr, _) = TestApp::start(Database::Sqlite);
    let rows = vec![("30670101", FIRE, "01-Nov-2025"); 2_001];
    let import = app.preview(&hr, "format=esr-training", &training_export(&rows));
    assert_eq!(import["fault"]["code"], "too-many-rows-of-one");
    let _ = app.import(&hr, "format=staff", &staff_list(STAFF));
    let import = app.preview(&hr, "format=esr-training", &training_export(&rows[..2_000]));
    assert_eq!((&import["totals"]["new"], &import["totals"]["duplicate"]), (&json!(1), &json!(1_999)));
}

#[test]
fn so_many_imports_may_wait_and_no_more() {
    let (app, hr, _) = TestApp::start(Database::Sqlite);
    let first = app.preview(&hr, "format=staff", &staff_list(STAFF));
    for _ in 1..passport_issuer::import::MAX_OPEN {
        let _ = hr.upload("format=staff", b"x").expect(202);
    }
    assert_eq!(hr.upload("format=staff", b"x").status, 409);
    let _ = hr.ask_import(&first, "cancel").expect(200);
    let _ = hr.upload("format=staff", b"x").expect(202);
    assert_eq!(hr.get(&format!("/v1/imports/{}/rows?outcome=odd", bare(&first["id"])), "").status, 422);
}
