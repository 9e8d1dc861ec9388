//! Many at once: previewed, undone, done; and somebody who leaves.

use std::time::Duration;

use passport_issuer::app::App;
use passport_issuer::bulk::withdrawal;
use passport_issuer::jobs::work;
use passport_issuer::store::jobs::Kind;
use passport_issuer::store::jobs::LEASE;
use passport_tests::importing::{staff_list, training_export};
use passport_tests::{
    Answer, DAY, Hr, TestApp, bare, count, employment, fire_safety, identity, nurse, on_each_database, standing,
};
use serde_json::{Value, json};

/// Longer than a withdrawal can be undone.
const WINDOW: i64 = 600;

fn preview(hr: &Hr, query: &Value) -> Value {
    hr.post("/v1/withdrawals", &json!({ "query": query, "reason": "issued-in-error" })).expect(201)
}

fn step(hr: &Hr, withdrawal: &Value, step: &str) -> Answer {
    hr.post(&format!("/v1/withdrawals/{}/{step}", bare(&withdrawal["id"])), &json!({}))
}

fn look(hr: &Hr, withdrawal: &Value) -> Value {
    hr.get(&format!("/v1/withdrawals/{}", bare(&withdrawal["id"])), "").expect(200)
}

fn run(app: &TestApp) -> usize {
    app.runtime.block_on(work(&app.app, Kind::Withdrawal, withdrawal::step)).unwrap()
}

/// Confirms, waits until it cannot be undone, and does it.
fn done(app: &TestApp, hr: &Hr, withdrawal: &Value) -> Value {
    let _ = step(hr, withdrawal, "confirm").expect(200);
    app.clock.advance(WINDOW);
    run(app);
    look(hr, withdrawal)
}

fn fire_of(year: i32) -> Value {
    json!({ "kind": "training", "awardedBy": "RNN", "awarded": { "from": format!("{year}-10-01"), "to": format!("{year}-10-31") } })
}

/// How often something stands in the audit trail.
fn times(hr: &Hr, action: &str) -> usize {
    let mut before = String::new();
    let mut times = 0;
    loop {
        let page = hr.get(&format!("/v1/audit{before}"), "").expect(200);
        times += page["entries"].as_array().unwrap().iter().filter(|entry| entry["action"] == action).count();
        match page["next"].as_str() {
            Some(next) => before = format!("?before={next}"),
            None => return times,
        }
    }
}

fn withdrawn_at_the_ward(app: &TestApp, passports: &[Value]) -> Vec<usize> {
    let ward = app.ward();
    passports.iter().map(|it| standing(&ward.look(&it["pass"]["text"], app.now()), "withdrawn")).collect()
}

#[test]
fn nothing_is_withdrawn_before_it_cannot_be_undone_any_more() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        let passports: Vec<_> = ["1", "2", "3"].map(|number| hr.issue(&nurse(number, "Ana Ng"))).into();
        let first = preview(&hr, &fire_of(2025));
        assert_eq!(first["state"], "preview");
        assert_eq!(first["touches"], json!({ "people": 3, "records": 3, "credentials": 0, "passes": 0 }));
        let mut references: Vec<_> =
            first["items"].as_array().unwrap().iter().map(|it| it["reference"].clone()).collect();
        references.sort_by_key(Value::to_string);
        assert_eq!(references, ["1", "2", "3"]);
        assert!(first["items"].as_array().unwrap().iter().all(|it| it["about"] == "training/cstf/fire-safety/1"));
        assert!(!first.to_string().contains("Ana"), "no names: {first}");
        assert_eq!(preview(&hr, &fire_of(2024))["touches"]["records"], 0, "another year");

        let waiting = step(&hr, &first, "confirm").expect(200);
        assert_eq!((&waiting["state"], &waiting["undoUntil"]), (&json!("waiting"), &json!("2026-11-21T09:40:00Z")));
        app.clock.advance(WINDOW - 1);
        assert_eq!(run(&app), 0);
        assert_eq!(step(&hr, &first, "cancel").expect(200)["state"], "cancelled");
        app.clock.advance(WINDOW);
        assert_eq!(run(&app), 0);
        assert_eq!(withdrawn_at_the_ward(&app, &passports), [0, 0, 0]);

        let second = preview(&hr, &fire_of(2025));
        let done = done(&app, &hr, &second);
        assert_eq!((&done["state"], &done["stillMatches"]), (&json!("done"), &json!(0)));
        assert_eq!(done["outcome"], json!({ "withdrawn": 3, "withdrawnBefore": 0, "superseded": 0, "gone": 0 }));
        assert!(done["items"].as_array().unwrap().iter().all(|it| it["outcome"] == "withdrawn"));
        assert_eq!(withdrawn_at_the_ward(&app, &passports), [1, 1, 1], "in the lists at once, and only these");
        assert_eq!(times(&hr, "records.withdrawn"), 3);
        assert_eq!(step(&hr, &second, "cancel").status, 409, "too late");
        let listed = hr.get("/v1/withdrawals", "").expect(200);
        let states: Vec<_> = listed["withdrawals"].as_array().unwrap().iter().map(|it| it["state"].clone()).collect();
        assert_eq!(states, ["done", "preview", "cancelled"]);
    });
}

#[test]
fn one_event_a_person_however_many_records() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        let people = count(160, 400);
        for number in 0..people {
            let _ = hr.issue(&nurse(&number.to_string(), "Ana Ng"));
        }
        let withdrawal = preview(&hr, &json!({ "kind": "training" }));
        assert_eq!((&withdrawal["touches"]["records"], &withdrawal["next"]), (&json!(people * 2), &json!(100)));
        let done = done(&app, &hr, &withdrawal);
        assert_eq!(done["outcome"]["withdrawn"], people * 2);
        assert_eq!(times(&hr, "records.withdrawn"), people);
        let page = hr.get(&format!("/v1/withdrawals/{}?after=100", bare(&withdrawal["id"])), "").expect(200);
        assert_eq!(page["items"].as_array().unwrap().len(), 100);
        assert_ne!(page["items"][0], done["items"][0]);
    });
}

#[test]
fn a_stolen_key_is_not_waited_for_and_the_facts_stand() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        let passport = hr.issue(&nurse("1", "Ana Ng"));
        let key = app.ward().look(&passport["pass"]["text"], app.now())["verified"]["key"].clone();
        let other = json!({ "query": { "key": "00000000" }, "reason": "key-compromised" });
        assert_eq!(hr.post("/v1/withdrawals", &other).expect(201)["touches"]["people"], 0);
        let body = json!({ "query": { "key": key }, "reason": "key-compromised" });
        let withdrawal = hr.post("/v1/withdrawals", &body).expect(201);
        assert_eq!(withdrawal["touches"], json!({ "people": 1, "records": 0, "credentials": 2, "passes": 1 }));
        assert_eq!(step(&hr, &withdrawal, "confirm").expect(200)["state"], "running");
        run(&app);
        let done = look(&hr, &withdrawal);
        assert_eq!((&done["state"], &done["outcome"]["withdrawn"]), (&json!("done"), &json!(3)));
        let verdict = app.ward().look(&passport["pass"]["text"], app.now());
        assert_eq!((&verdict["decision"], &verdict["reasons"][0]["code"]), (&json!("refused"), &json!("withdrawn")));
        assert_eq!(times(&hr, "tokens.withdrawn"), 1);
        // The facts stand, and are signed again.
        let again = hr.issue(&nurse("1", "Ana Ng"));
        assert!(again["records"].as_array().unwrap().iter().all(|it| it["outcome"] == "unchanged"), "{again:#}");
        assert_eq!(app.ward().look(&again["pass"]["text"], app.now())["decision"], "accepted");
    });
}

#[test]
fn what_has_changed_since_the_preview_is_decided_again_and_told() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        let passports: Vec<_> = ["1", "2", "3", "4", "5"].map(|number| hr.issue(&nurse(number, "Ana Ng"))).into();
        let withdrawal = preview(&hr, &fire_of(2025));
        let _ = step(&hr, &withdrawal, "confirm").expect(200);
        let _ = hr.set_status("records", &passports[0]["records"][2]["id"], "withdraw").expect(200);
        let _ = hr.issue(&json!({ "reference": "2", "records": [fire_safety("2026-11-01")] }));
        let rename = json!({ "identity": identity("Ana Li") });
        let _ = hr.post(&format!("/v1/staff/{}/change-of-name", bare(&passports[2]["staff"])), &rename).expect(201);
        let _ = hr.set_status("records", &passports[3]["records"][2]["id"], "suspend").expect(200);
        let _ = hr.issue(&nurse("6", "Bo Li"));
        app.clock.advance(WINDOW);
        run(&app);
        let done = look(&hr, &withdrawal);
        assert_eq!(done["outcome"], json!({ "withdrawn": 2, "withdrawnBefore": 1, "superseded": 1, "gone": 1 }));
        assert_eq!(done["stillMatches"], 2, "whoever came since, and who goes by another id now");
        assert_eq!(times(&hr, "records.withdrawn"), 2);
        let again = preview(&hr, &fire_of(2025));
        assert_eq!(again["touches"]["records"], 2);
        let mut outcomes: Vec<_> = done["items"].as_array().unwrap().iter().map(|it| it["outcome"].clone()).collect();
        outcomes.sort_by_key(Value::to_string);
        assert_eq!(outcomes, ["gone", "superseded", "withdrawn", "withdrawn", "withdrawn-before"]);
    });
}

#[test]
fn a_query_finds_what_it_says_and_nothing_of_others() {
    on_each_database(|database| {
        let (app, hr, rtd) = TestApp::start(database);
        let mut request = nurse("1", "Ana Ng");
        request["records"][3]["awardedBy"] = "RTD".into();
        let passport = hr.issue(&request);
        let theirs = rtd.issue(&nurse("9", "Bo Li"));
        app.clock.advance(DAY);
        let _ = hr.issue(&nurse("2", "Cy Ode"));
        let found = |query: Value| preview(&hr, &query)["touches"]["records"].as_u64().unwrap();
        let days = |from: &str, to: &str| json!({ "from": from, "to": to });
        for (query, expected) in [
            (json!({ "kind": "training" }), 4),
            (json!({ "kind": "identity" }), 2),
            (json!({ "awardedBy": "RTD" }), 1),
            (json!({ "awardedBy": "RNN" }), 3),
            (json!({ "awarded": days("2025-10-08", "2025-10-08") }), 2),
            (json!({ "awarded": days("2025-10-09", "2026-10-08") }), 0),
            (json!({ "issued": days("2026-11-21", "2026-11-21") }), 4),
            (json!({ "issued": days("2026-11-22", "2026-11-30"), "kind": "training" }), 2),
            (json!({ "records": [passport["records"][2]["id"], passport["records"][2]["id"]] }), 1),
            (json!({ "records": [passport["records"][2]["id"]], "kind": "identity" }), 0),
        ] {
            assert_eq!(found(query.clone()), expected, "{query}");
        }
        let refused = |query: Value| {
            let answer = hr.post("/v1/withdrawals", &json!({ "query": query, "reason": "issued-in-error" }));
            assert_eq!(answer.status, 422, "{}", answer.text());
            answer.problems()
        };
        let problem = |pointer: &str, code: &str| vec![(pointer.to_owned(), code.to_owned())];
        assert_eq!(refused(json!({})), problem("/query", "says-nothing"));
        assert_eq!(refused(json!({ "records": [] })), problem("/query/records", "says-nothing"));
        assert_eq!(
            refused(json!({ "records": [theirs["records"][2]["id"]] })),
            problem("/query/records/0", "unknown-record")
        );
        assert_eq!(refused(json!({ "key": "5f1c9a02", "kind": "training" })), problem("/query/key", "not-with-key"));
        assert_eq!(
            refused(json!({ "awarded": days("2026-02-01", "2026-01-31") })),
            problem("/query/awarded/to", "ends-before")
        );
        assert_eq!(
            refused(json!({ "kind": "secret", "name": "Ana" })),
            [
                ("/query/kind".to_owned(), "unknown-kind".to_owned()),
                ("/query/name".to_owned(), "unknown-field".to_owned()),
            ]
        );
        let bad_reason = hr.post("/v1/withdrawals", &json!({ "query": { "kind": "training" }, "reason": "spite" }));
        assert_eq!(bad_reason.problems()[0].0, "/reason");
    });
}

#[test]
fn all_that_one_import_brought_is_withdrawn_and_nothing_else() {
    on_each_database(|database| {
        let (app, hr, rtd) = TestApp::start(database);
        let people = [("1", "Ana Ng", "14-May-1991"), ("2", "Bo Li", "28-Feb-1999")];
        let _ = app.import(&hr, "format=staff", &staff_list(&people));
        let course = |day: &str| {
            let rows = people.map(|(reference, ..)| (reference, "NHS|CSTF|Fire Safety - 2 Years|", day));
            app.import(&hr, "format=esr-training", &training_export(&rows))
        };
        let (first, second) = (course("01-Nov-2024"), course("01-Nov-2025"));
        let of = |import: &Value| json!({ "import": import["id"] });
        assert_eq!(preview(&hr, &of(&first))["touches"]["records"], 0, "all of it was replaced since");
        let withdrawal = preview(&hr, &of(&second));
        assert_eq!(withdrawal["touches"], json!({ "people": 2, "records": 2, "credentials": 0, "passes": 0 }));
        let theirs = rtd.post("/v1/withdrawals", &json!({ "query": of(&second), "reason": "issued-in-error" }));
        assert_eq!(theirs.problems(), [("/query/import".into(), "unknown-import".into())]);
        assert_eq!(done(&app, &hr, &withdrawal)["outcome"]["withdrawn"], 2);
        assert_eq!(preview(&hr, &json!({ "kind": "identity" }))["touches"]["records"], 2, "the others stand");
    });
}

#[test]
fn a_withdrawal_is_its_organisations_alone_and_takes_its_steps_in_order() {
    on_each_database(|database| {
        let (app, hr, rtd) = TestApp::start(database);
        let _ = hr.issue(&nurse("1", "Ana Ng"));
        let withdrawal = preview(&hr, &json!({ "kind": "training" }));
        let path = format!("/v1/withdrawals/{}", bare(&withdrawal["id"]));
        assert_eq!(rtd.get(&path, "").status, 404);
        for action in ["confirm", "cancel"] {
            assert_eq!(step(&rtd, &withdrawal, action).status, 404);
        }
        assert_eq!(rtd.get("/v1/withdrawals", "").expect(200)["withdrawals"], json!([]));
        assert_eq!(step(&hr, &withdrawal, "cancel").status, 409, "it is not confirmed");
        assert_eq!(step(&hr, &preview(&hr, &json!({ "kind": "placement" })), "confirm").status, 409, "nothing matches");
        let _ = step(&hr, &withdrawal, "confirm").expect(200);
        assert_eq!(step(&hr, &withdrawal, "confirm").status, 409, "once");
        let stale = preview(&hr, &json!({ "kind": "training" }));
        app.clock.advance(DAY + 1);
        assert_eq!(step(&hr, &stale, "confirm").status, 409, "its preview is old");
        let _ = preview(&hr, &json!({ "kind": "training" }));
        assert_eq!(hr.get(&format!("/v1/withdrawals/{}", bare(&stale["id"])), "").status, 404, "forgotten");
        assert_eq!(look(&hr, &withdrawal)["state"], "running", "a confirmed one is not");
    });
}

/// Works on it as a node that is killed after some time would: whatever it was at is dropped.
async fn killed_after(app: &App, patience: Duration) -> bool {
    tokio::time::timeout(patience, work(app, Kind::Withdrawal, withdrawal::step)).await.is_ok()
}

#[test]
fn a_node_that_dies_at_any_moment_leaves_what_another_goes_on_with() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        let people = count(160, 1_000);
        let passports: Vec<_> = (0..people).map(|number| hr.issue(&nurse(&number.to_string(), "Ana Ng"))).collect();
        let withdrawal = preview(&hr, &json!({ "kind": "training" }));
        let _ = step(&hr, &withdrawal, "confirm").expect(200);
        app.clock.advance(WINDOW);
        let (mut kills, mut patience) = (0, Duration::from_micros(700));
        while !app.runtime.block_on(killed_after(&app.app, patience)) {
            kills += 1;
            patience = patience * 5 / 4;
            app.clock.advance(LEASE + 1);
        }
        println!("{database:?}: killed {kills} times");
        assert!(kills >= 10);
        let done = look(&hr, &withdrawal);
        assert_eq!((&done["state"], &done["outcome"]["withdrawn"]), (&json!("done"), &json!(people * 2)));
        assert_eq!((times(&hr, "records.withdrawn"), times(&hr, "withdrawal.done")), (people, 1));
        assert!(withdrawn_at_the_ward(&app, &passports).iter().all(|withdrawn| *withdrawn == 2));
    });
}

#[test]
fn whoever_leaves_keeps_what_they_have_learned() {
    on_each_database(|database| {
        let (app, hr, rtd) = TestApp::start(database);
        let mut bank = employment();
        bank["started"] = "2026-11-20".into();
        let mut ended = employment();
        ended["started"] = "2015-01-01".into();
        ended["validUntil"] = "2019-01-01".into();
        let records = json!([identity("Ana Ng"), employment(), bank, ended, fire_safety("2025-10-08")]);
        let passport = hr.issue(&json!({ "reference": "1", "records": records }));
        let path = format!("/v1/staff/{}/leave", bare(&passport["staff"]));
        let leave = |day: &str| json!({ "ended": day });
        assert_eq!(rtd.post(&path, &leave("2026-11-30")).status, 404);
        let early = hr.post(&path, &leave("2026-11-19"));
        assert_eq!((early.status, early.problems()), (422, vec![("/ended".into(), "ends-before".into())]));
        assert_eq!(hr.post(&path, &json!({})).problems(), [("/ended".into(), "missing-field".into())]);
        let left = hr.try_post(&path, leave("2026-11-30").to_string().as_bytes(), Some("leaver")).unwrap().expect(201);
        let outcomes: Vec<_> = left["records"].as_array().unwrap().iter().map(|it| &it["outcome"]).collect();
        assert_eq!(outcomes, ["supersedes", "supersedes"]);
        let again = hr.try_post(&path, leave("2026-11-30").to_string().as_bytes(), Some("leaver")).unwrap().expect(201);
        assert_eq!(again, left);
        assert_eq!(hr.post(&path, &leave("2026-11-30")).status, 409, "they have left");
        let on = |day: i64| app.ward().look(&left["pass"]["text"], app.now().plus(day * DAY));
        assert_eq!(standing(&on(0), "counts"), 4, "identity, two jobs, the training; one job ended long ago");
        app.clock.advance(10 * DAY);
        let later = on(0);
        assert_eq!((standing(&later, "counts"), standing(&later, "expired")), (2, 3), "{later:#}");
        assert_eq!(standing(&later, "withdrawn"), 0);
    });
}
