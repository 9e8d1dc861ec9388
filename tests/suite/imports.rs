//! A file of many people: previewed, committed, repeated, asked about.

use std::thread;

use passport_issuer::import::sweep;
use passport_issuer::jobs::work;
use passport_issuer::store::jobs::Kind;
use passport_issuer::{import, store::Store};
use passport_tests::importing::{many_staff, many_trainings, reference, staff_list, training_export};
use passport_tests::{DAY, Database, Hr, TestApp, bare, on_each_database};
use serde_json::{Value, json};

pub(super) const FIRE: &str = "NHS|CSTF|Fire Safety - 2 Years|";
const CONFLICT: &str = "NHS|CSTF|Conflict Resolution - 3 Years|";
pub(super) const STAFF: &[(&str, &str, &str)] = &[
    ("30670101", "Grace Adeyemi", "14-May-1991"),
    ("30670101-2", "Grace Adeyemi", "14-May-1991"),
    ("30670102", "Siobhán O'Neill", "28-Feb-1999"),
];

/// The outcome of each row, by line.
fn outcomes(rows: &[Value]) -> Vec<(u64, &str)> {
    rows.iter().map(|row| (row["line"].as_u64().unwrap(), row["outcome"].as_str().unwrap())).collect()
}

fn people(hr: &Hr) -> usize {
    hr.get("/v1/staff", "").expect(200)["staff"].as_array().unwrap().len()
}

fn person(hr: &Hr, reference: &str) -> Value {
    let page = hr.get("/v1/staff", "").expect(200);
    let staff = page["staff"].as_array().unwrap().iter().find(|it| it["reference"] == reference).expect("a person");
    hr.get(&format!("/v1/staff/{}", bare(&staff["staff"])), "").expect(200)
}

#[test]
fn a_file_is_previewed_and_then_issued_and_the_same_file_changes_nothing() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        let preview = app.preview(&hr, "format=staff", &staff_list(STAFF));
        assert_eq!((&preview["state"], &preview["people"]), (&json!("previewed"), &json!(2)), "{preview:#}");
        assert_eq!(preview["totals"]["new"], 3);
        assert_eq!(people(&hr), 0, "nothing is issued before somebody says so");
        let done = app.commit(&hr, &preview);
        assert_eq!((&done["state"], &done["totals"]), (&json!("done"), &preview["totals"]));
        assert_eq!(people(&hr), 2, "a further assignment is no further person");

        let rows = training_export(&[
            ("30670101", FIRE, "01-Nov-2025"),
            ("30670102", FIRE, "02-Nov-2025"),
            ("30670101-2", CONFLICT, "03-Nov-2025"),
            ("30670101", FIRE, "01-Nov-2024"),
            ("30670109", FIRE, "01-Nov-2025"),
            ("30670102", CONFLICT, "31-Feb-2025"),
            ("30670102", "NHS|CSTF|Flying - 2 Years|", "01-Nov-2025"),
        ]);
        let preview = app.preview(&hr, "format=esr-training", &rows);
        let shown = hr.import_rows(&preview, "");
        let expected =
            [(2, "new"), (3, "new"), (4, "new"), (5, "duplicate"), (6, "refused"), (7, "refused"), (8, "unmapped")];
        assert_eq!(outcomes(&shown), expected);
        assert_eq!(
            (&shown[4]["faults"][0]["code"], &shown[0]["about"]),
            (&json!("unknown-person"), &json!("training/cstf/fire-safety/1"))
        );
        assert_eq!((&preview["totals"]["signed"], preview["unmapped"].as_array().unwrap().len()), (&json!(2), 1));
        let done = app.commit(&hr, &preview);
        assert_eq!(done["totals"], preview["totals"], "what was shown is what it came to");
        assert_eq!(hr.import_rows(&done, ""), shown);

        let grace = person(&hr, "30670101");
        assert_eq!(grace["records"].as_array().unwrap().len(), 5, "{grace:#}");
        assert_eq!(grace["passes"], json!([]), "no pass unless one is asked for");
        let ward = app.ward();
        for credential in grace["credentials"].as_array().unwrap() {
            let verdict = ward.look(&credential["token"], app.now());
            assert_eq!(verdict["decision"], "accepted", "{verdict:#}");
        }

        let again = app.preview(&hr, "format=esr-training", &rows);
        let shown: Vec<_> =
            outcomes(&hr.import_rows(&again, "")).into_iter().map(|(_, outcome)| outcome.to_owned()).collect();
        assert_eq!(shown, ["unchanged", "unchanged", "unchanged", "duplicate", "refused", "refused", "unmapped"]);
        assert_eq!((&again["totals"]["signed"], &again["totals"]["new"]), (&json!(0), &json!(0)));
        assert_eq!(app.commit(&hr, &again)["state"], "done");
        assert_eq!(person(&hr, "30670101"), grace, "nothing was issued again");
    });
}

/// A node of before the counts lay beside the results has previewed, and one of today issues.
#[test]
fn what_an_older_node_previewed_is_counted_once() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        let preview = app.preview(&hr, "format=staff", &staff_list(STAFF));
        app.runtime.block_on(async {
            let older = "UPDATE import_results SET totals = NULL";
            match &app.app.store {
                Store::Sqlite { write, .. } => sqlx::query(older).execute(write).await.map(|_| ()).unwrap(),
                Store::Postgres(pool) => sqlx::query(older).execute(pool).await.map(|_| ()).unwrap(),
            }
        });
        assert_eq!(app.commit(&hr, &preview)["totals"], preview["totals"]);
    });
}

/// Rows that cannot be opened any more end the step; whoever comes before them in the file's order has been issued to.
#[test]
fn rows_that_are_damaged_keep_nobody_before_them_waiting() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        let count = 600;
        let _ = app.import(&hr, "format=staff&asOf=2026-01-01", &many_staff(count));
        let file = many_trainings(0, count, count, "Mar");
        let preview = app.preview(&hr, "format=esr-training&asOf=2026-01-01", &file);
        app.runtime.block_on(async {
            let damage = "UPDATE import_rows SET sealed = $1 WHERE person = (SELECT MAX(person) FROM import_rows)";
            let rows = match &app.app.store {
                Store::Sqlite { write, .. } => {
                    sqlx::query(damage).bind(vec![0_u8; 40]).execute(write).await.unwrap().rows_affected()
                }
                Store::Postgres(pool) => {
                    sqlx::query(damage).bind(vec![0_u8; 40]).execute(pool).await.unwrap().rows_affected()
                }
            };
            assert_eq!(rows, 1);
        });
        let stopped = app.commit(&hr, &preview);
        // Batches of 256 people: two whole ones were written, and the third has the damaged row.
        assert_eq!((&stopped["state"], &stopped["done"]), (&json!("committing"), &json!(512)), "{stopped:#}");
    });
}

#[test]
fn a_repeated_file_is_not_even_read_while_everybody_stands_as_it_left_them() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        let _ = app.import(&hr, "format=staff", &staff_list(STAFF));
        let file = training_export(&[("30670101", FIRE, "01-Nov-2025"), ("30670102", FIRE, "02-Nov-2025")]);
        let first = app.import(&hr, "format=esr-training", &file);
        let again = app.preview(&hr, "format=esr-training", &file);
        assert_eq!(again["repeats"], first["id"]);
        assert_eq!(outcomes(&hr.import_rows(&again, "unchanged")), [(2, "unchanged"), (3, "unchanged")]);
        assert_eq!(hr.import_rows(&again, "new"), Vec::<Value>::new());
        let other_day = app.preview(&hr, "format=esr-training&asOf=2026-11-20", &file);
        assert_eq!(other_day["repeats"], Value::Null, "another day is another file");

        // Somebody changes between preview and commit, and again before the next.
        let fire = person(&hr, "30670101")["records"]
            .as_array()
            .unwrap()
            .iter()
            .find(|it| it["record"]["kind"] == "training")
            .unwrap()
            .clone();
        let _ = hr.set_status("records", &fire["id"], "withdraw").expect(200);
        assert_eq!(hr.ask_import(&again, "commit").status, 409);
        assert_eq!(hr.import(&again)["state"], "cancelled");
        let third = app.preview(&hr, "format=esr-training", &file);
        assert_eq!(third["repeats"], Value::Null);
        assert_eq!(outcomes(&hr.import_rows(&third, "")), [(2, "withdrawn"), (3, "unchanged")]);
        app.clock.advance(300 * DAY);
        let fourth = app.preview(&hr, "format=esr-training&asOf=2026-11-21", &file);
        assert_eq!(
            (&fourth["repeats"], &fourth["totals"]["signed"]),
            (&Value::Null, &json!(3)),
            "what runs out soon is renewed"
        );
    });
}

#[test]
fn newer_awards_take_the_place_of_older_ones_and_older_ones_are_left_out() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        let _ = app.import(&hr, "format=staff", &staff_list(STAFF));
        let _ = app.import(
            &hr,
            "format=esr-training",
            &training_export(&[("30670101", FIRE, "01-Nov-2024"), ("30670102", FIRE, "01-Nov-2025")]),
        );
        let rows = training_export(&[("30670101", FIRE, "01-Nov-2025"), ("30670102", FIRE, "01-Nov-2024")]);
        let done = app.import(&hr, "format=esr-training", &rows);
        assert_eq!(outcomes(&hr.import_rows(&done, "")), [(2, "supersedes"), (3, "older")]);
        let awarded: Vec<_> = person(&hr, "30670101")["records"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|it| it["record"]["awarded"].as_str().map(str::to_owned))
            .collect();
        assert_eq!(awarded, ["2025-11-01"]);
    });
}

#[test]
fn rows_that_may_be_somebody_elses_are_left_to_people() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        let _ = app.import(&hr, "format=staff", &staff_list(STAFF));
        let _ = app.import(&hr, "format=staff", &staff_list(&[("7", "Jo Lee", "01-Jan-1990")]));
        let file = staff_list(&[
            ("30670102", "Siobhan O Neil", "28-Feb-1999"),
            ("30670101", "Grace Adeyemi", "15-May-1991"),
            ("9", "Lee Jo", "01-Jan-1990"),
            ("11", "Ana Ng", "01-Jan-1980"),
            ("11", "Ana Nguyen", "01-Jan-1980"),
        ]);
        let preview = app.preview(&hr, "format=staff", &file);
        let rows = hr.import_rows(&preview, "");
        let reasons: Vec<_> = rows
            .iter()
            .map(|row| (row["outcome"].as_str().unwrap(), row["reason"].as_str().unwrap_or_default()))
            .collect();
        assert_eq!(
            reasons,
            [
                ("ambiguous", "name-differs"),
                ("ambiguous", "birth-date-differs"),
                ("ambiguous", "reference-unknown"),
                ("ambiguous", "rows-differ"),
                ("ambiguous", "rows-differ")
            ]
        );
        assert_eq!(rows[2]["people"].as_array().unwrap().len(), 1, "the one whom name and date of birth fit");
        let before = people(&hr);
        assert_eq!(app.commit(&hr, &preview)["state"], "done");
        assert_eq!(people(&hr), before, "nobody is issued to on a guess");

        // A number behind a reference is no evidence; the staff list is.
        let file = training_export(&[("30670102-2", FIRE, "01-Nov-2025"), ("30670101-2", FIRE, "01-Nov-2025")]);
        let rows = app.preview(&hr, "format=esr-training", &file);
        let rows = hr.import_rows(&rows, "");
        assert_eq!((&rows[0]["reason"], &rows[1]["outcome"]), (&json!("assignment-unproven"), &json!("new")));
    });
}

#[test]
fn the_file_of_another_organisation_is_refused_as_a_whole() {
    on_each_database(|database| {
        let (app, hr, other) = TestApp::start(database);
        let _ = app.import(&hr, "format=staff", &staff_list(STAFF));
        let file = training_export(&[("30670101", FIRE, "01-Nov-2025"), ("30670102", FIRE, "02-Nov-2025")]);
        let refused = app.preview(&other, "format=esr-training", &file);
        assert_eq!((&refused["state"], &refused["fault"]["code"]), (&json!("refused"), &json!("nobody-known")));
        assert_eq!(other.ask_import(&refused, "commit").status, 409);
        assert_eq!(people(&other), 0);
    });
}

#[test]
fn an_unknown_subject_is_offered_and_the_answer_is_kept() {
    on_each_database(|database| {
        let (app, hr, other) = TestApp::start(database);
        let _ = app.import(&hr, "format=staff", &staff_list(STAFF));
        let file = training_export(&[("30670101", "218|CSTF|Fire drill for wards - 1 Year|", "01-Nov-2025")]);
        let preview = app.preview(&hr, "format=esr-training", &file);
        let subject = preview["unmapped"][0]["subject"].clone();
        assert_eq!(preview["unmapped"][0]["rows"], 1, "{preview:#}");
        let mapping = json!({ "subjects": [{ "subject": "cstf/fire-safety/1", "courses": [subject] }] });
        let kept = hr.post("/v1/mappings", &mapping).expect(201);
        assert_eq!(hr.post("/v1/mappings", &mapping).expect(200)["id"], kept["id"], "said twice, kept once");
        assert_eq!(
            hr.post("/v1/mappings", &json!({ "subjects": [{ "subject": "none", "courses": ["x"] }] })).status,
            422
        );
        let mapped = app.preview(&hr, "format=esr-training", &file);
        assert_eq!((&mapped["mapping"], &mapped["totals"]["new"]), (&kept["id"], &json!(1)));
        assert_eq!(other.get("/v1/mappings", "").expect(200)["mappings"], json!([]));
        let theirs = other.upload(&format!("format=esr-training&mapping={}", bare(&kept["id"])), file.as_bytes());
        assert_eq!(theirs.problems()[0].1, "unknown-mapping");
    });
}

#[test]
fn another_organisations_import_does_not_exist() {
    let (app, hr, other) = TestApp::start(Database::Sqlite);
    let import = app.preview(&hr, "format=staff", &staff_list(STAFF));
    let id = bare(&import["id"]);
    for path in ["", "/rows", "/result"] {
        assert_eq!(other.get(&format!("/v1/imports/{id}{path}"), "").status, 404, "{path}");
    }
    for what in ["commit", "cancel"] {
        assert_eq!(other.ask_import(&import, what).status, 404, "{what}");
    }
    assert_eq!(other.get("/v1/imports", "").expect(200)["imports"], json!([]));
    assert_eq!(hr.with_key("spk_no").get(&format!("/v1/imports/{id}"), "").status, 401);
}

#[test]
fn an_import_takes_the_steps_that_its_state_allows_and_forgets_the_file() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        let file = staff_list(STAFF);
        let early = hr.upload("format=staff", file.as_bytes()).expect(202);
        assert_eq!(hr.ask_import(&early, "commit").status, 409);
        assert_eq!(hr.get(&format!("/v1/imports/{}/result", bare(&early["id"])), "").status, 409);
        let _ = hr.ask_import(&early, "cancel").expect(200);
        app.work();
        assert_eq!(hr.import(&early)["state"], "cancelled", "a job does not bring it back");

        let import = app.preview(&hr, "format=staff", &file);
        let _ = hr.ask_import(&import, "cancel").expect(200);
        assert_eq!(hr.ask_import(&import, "commit").status, 409);
        let import = app.import(&hr, "format=staff", &file);
        assert_eq!(hr.ask_import(&import, "commit").expect(202)["state"], "done", "said twice, done once");
        assert_eq!(hr.ask_import(&import, "cancel").status, 409);

        let waiting = app.preview(&hr, "format=staff&asOf=2026-11-01", &file);
        app.clock.advance(8 * DAY);
        app.runtime.block_on(sweep(&app.app)).unwrap();
        assert_eq!(hr.import(&waiting)["state"], "cancelled", "nobody came back for a week");
        for table in ["import_chunks", "import_rows"] {
            assert_eq!(rows_in(&app, table), 0, "{table}");
        }
    });
}

/// How many rows a table has.
pub(super) fn rows_in(app: &TestApp, table: &str) -> i64 {
    app.runtime.block_on(async {
        let text = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
        let (count,): (i64,) = match &app.app.store {
            Store::Sqlite { read, .. } => sqlx::query_as(text).fetch_one(read).await.unwrap(),
            Store::Postgres(pool) => sqlx::query_as(text).fetch_one(pool).await.unwrap(),
        };
        count
    })
}

#[test]
fn the_result_is_a_table_without_formulas_or_json() {
    let (app, hr, _) = TestApp::start(Database::Sqlite);
    let _ = app.import(&hr, "format=staff", &staff_list(STAFF));
    let file = training_export(&[("30670101", FIRE, "01-Nov-2025"), ("=1+1", FIRE, "01-Nov-2025")]);
    let import = app.import(&hr, "format=esr-training", &file);
    let path = format!("/v1/imports/{}/result", bare(&import["id"]));
    let table = hr.get(&path, "text/csv").text();
    assert!(table.starts_with("\u{feff}Line,Reference,Outcome,About,Field,Code,Detail\r\n"), "{table}");
    assert!(table.contains("2,30670101,new,training/cstf/fire-safety/1,,,\r\n"), "{table}");
    assert!(table.contains("3,'=1+1,refused,,reference,unknown-person,"), "{table}");
    let rows = hr.get(&path, "application/json").expect(200);
    assert_eq!(rows["rows"].as_array().unwrap().len(), 2, "{rows:#}");
}

#[test]
fn passes_come_with_an_import_when_they_are_asked_for() {
    let (app, hr, _) = TestApp::start(Database::Sqlite);
    let import = app.preview(&hr, "format=staff", &staff_list(STAFF));
    let path = format!("/v1/imports/{}/commit", bare(&import["id"]));
    assert_eq!(hr.post(&path, &json!({ "pass": { "carrier": "stone" } })).status, 422);
    let _ = hr.post(&path, &json!({ "pass": { "carrier": "paper" } })).expect(202);
    app.work();
    let grace = person(&hr, "30670101");
    assert_eq!(grace["passes"][0]["carrier"], "paper", "{grace:#}");
    assert_eq!(app.ward().look(&grace["passes"][0]["text"], app.now())["decision"], "accepted");
}

/// Two nodes with one database import files about the same people at once.
#[test]
fn two_imports_at_once_make_no_duplicate_and_lose_no_row() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        let people = 600;
        let _ = app.import(&hr, "format=staff", &many_staff(people));
        // Each has rows of its own, and both have some rows of the same people and subjects.
        let files = [many_trainings(0, 400, 1_600, "Feb"), many_trainings(200, 400, 2_000, "Feb")];
        let imports: Vec<_> = files.iter().map(|file| app.preview(&hr, "format=esr-training", file)).collect();
        for import in &imports {
            let _ = hr.ask_import(import, "commit").expect(202);
        }
        thread::scope(|scope| {
            for _ in 0..2 {
                let node = app.app.clone();
                scope.spawn(move || {
                    let runtime = tokio::runtime::Runtime::new().unwrap();
                    runtime.block_on(async { work(&node, Kind::Import, import::commit).await.unwrap() });
                });
            }
        });
        // A step that was overtaken too often is tried again later.
        for _ in 0..10 {
            app.clock.advance(20);
            app.work();
        }
        for import in &imports {
            assert_eq!(hr.import(import)["state"], "done");
        }
        let mut after = String::new();
        let mut seen = 0;
        loop {
            let page = hr.get(&format!("/v1/staff?after={after}"), "").expect(200);
            for staff in page["staff"].as_array().unwrap() {
                let person = hr.get(&format!("/v1/staff/{}", bare(&staff["staff"])), "").expect(200);
                let index = (0..people).find(|index| staff["reference"] == reference(*index)).expect("a reference");
                let expected = if index < 200 { 4 } else { 5 };
                let trainings: Vec<_> = person["records"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter(|it| it["record"]["kind"] == "training")
                    .collect();
                assert_eq!(trainings.len(), expected, "{}", staff["reference"]);
                let credentials = person["credentials"].as_array().unwrap();
                let training =
                    credentials.iter().filter(|it| it["type"] == "StaffTrainingCredential" && it["status"] == "valid");
                assert_eq!(training.count(), 1, "{}", staff["reference"]);
                seen += 1;
            }
            match page["next"].as_str() {
                Some(next) => next.clone_into(&mut after),
                None => break,
            }
        }
        assert_eq!(seen, people);
    });
}
