//! Signing anew for everybody, after a key was stolen or code lists have changed.

use std::time::Duration;

use passport_issuer::app::App;
use passport_issuer::bulk::reissue;
use passport_issuer::jobs::work;
use passport_issuer::operator;
use passport_issuer::store::jobs::{Kind, LEASE};
use passport_schema::codes::{CodeLists, Files};
use passport_tests::{Hr, TestApp, bare, count, nurse, on_each_database, search};
use serde_json::{Value, json};

fn begin(hr: &Hr, body: &Value) -> Value {
    hr.post("/v1/reissues", body).expect(201)
}

fn run(app: &TestApp, with: &App) {
    app.runtime.block_on(work(with, Kind::Reissue, reissue::step)).unwrap();
}

fn look(hr: &Hr, reissue: &Value) -> Value {
    hr.get(&format!("/v1/reissues/{}", bare(&reissue["id"])), "").expect(200)
}

fn key_of(app: &TestApp, token: &Value) -> String {
    app.ward().look(token, app.now())["verified"]["key"].as_str().unwrap().to_owned()
}

/// A new key signs, and the one before it is stolen.
fn steal(app: &TestApp, key: &str) {
    app.clock.advance(60);
    app.runtime.block_on(operator::rotate_key(&app.app, "RNN")).unwrap();
    app.publish_trust_list(2);
    app.clock.advance(60);
    app.runtime.block_on(operator::compromise_key(&app.app, "RNN", key)).unwrap();
    app.publish_trust_list(3);
    app.clock.advance(60);
}

/// How many credentials and passes there are, whatever became of them.
fn tokens(app: &TestApp) -> usize {
    let rows = app.runtime.block_on(search::rows(&app.app.store));
    rows.iter().filter(|row| row.table == "credentials").count()
}

/// People with a phone's pass, every third with one on paper as well.
fn people(hr: &Hr, how_many: usize) -> Vec<Value> {
    let issue = |number: usize| {
        let passport = hr.issue(&nurse(&number.to_string(), "Ana Ng"));
        if number.is_multiple_of(3) {
            let _ = hr.post("/v1/passes", &json!({ "staff": passport["staff"], "carrier": "paper" })).expect(201);
        }
        passport
    };
    (0..how_many).map(issue).collect()
}

#[test]
fn what_a_stolen_key_signed_is_signed_anew_as_it_was_rehearsed() {
    on_each_database(|database| {
        let (app, hr, rtd) = TestApp::start(database);
        let passports = people(&hr, 45);
        // Their identity was withdrawn; nothing can be signed for them, and everybody else goes on.
        let nameless = hr.issue(&nurse("46", "Jo Lee"));
        let _ = hr.set_status("records", &nameless["records"][0]["id"], "withdraw").expect(200);
        let theirs = rtd.issue(&nurse("1", "Bo Li"));
        let key = key_of(&app, &passports[0]["pass"]["text"]);
        let because = |rehearse: bool| json!({ "because": "compromised-key", "key": key, "rehearse": rehearse });
        assert_eq!(hr.post("/v1/reissues", &because(true)).status, 409, "the key is not marked");
        steal(&app, &key);
        assert_eq!(rtd.post("/v1/reissues", &because(true)).status, 409, "not theirs");
        let before = tokens(&app);
        let lists = app.get("/organisations/RNN/status/1", "").body;

        let rehearsal = begin(&hr, &because(true));
        assert_eq!(
            (&rehearsal["state"], &rehearsal["progress"]),
            (&json!("running"), &json!({ "done": 0, "total": 46 }))
        );
        run(&app, &app.app);
        let rehearsed = look(&hr, &rehearsal);
        assert_eq!(rehearsed["state"], "done");
        let expected = json!({ "people": 45, "credentials": 90, "passes": 60, "paper": 15 });
        assert_eq!((&rehearsed["issued"], &rehearsed["progress"]["done"]), (&expected, &json!(46)));
        let fault = json!([{ "staff": nameless["staff"], "code": "no-identity" }]);
        assert_eq!((&rehearsed["failed"], &rehearsed["faults"]), (&json!(1), &fault));
        assert_eq!(tokens(&app), before, "nothing was signed");
        assert_eq!(app.get("/organisations/RNN/status/1", "").body, lists, "nothing was published");

        let real = begin(&hr, &because(false));
        run(&app, &app.app);
        assert_eq!(look(&hr, &real)["issued"], expected);
        assert_eq!(tokens(&app), before + 150);
        let ward = app.ward();
        for passport in &passports {
            let person = hr.get(&format!("/v1/staff/{}", bare(&passport["staff"])), "").expect(200);
            let credentials = person["credentials"].as_array().unwrap();
            assert_eq!(credentials.len(), 2, "what was replaced is superseded");
            let passes = person["passes"].as_array().unwrap();
            let texts = credentials.iter().map(|it| &it["token"]).chain(passes.iter().map(|it| &it["text"]));
            for text in texts {
                assert_eq!(ward.look(text, app.now())["decision"], "accepted");
            }
        }
        assert_eq!(ward.look(&theirs["pass"]["text"], app.now())["decision"], "accepted", "others' stay as they are");
        let again = begin(&hr, &because(false));
        run(&app, &app.app);
        assert_eq!(look(&hr, &again)["issued"]["people"], 0, "nothing is left");
        assert_eq!(rtd.get(&format!("/v1/reissues/{}", bare(&real["id"])), "").status, 404);
    });
}

#[test]
fn a_reissue_goes_on_where_a_dead_node_left_it_and_counts_right() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        let how_many = count(90, 600);
        let passports = people(&hr, how_many);
        let key = key_of(&app, &passports[0]["pass"]["text"]);
        steal(&app, &key);
        let before = tokens(&app);
        let reissue = begin(&hr, &json!({ "because": "compromised-key", "key": key }));
        let (mut kills, mut patience) = (0, Duration::from_micros(700));
        let until_killed =
            async |patience| tokio::time::timeout(patience, work(&app.app, Kind::Reissue, reissue::step)).await.is_ok();
        while !app.runtime.block_on(until_killed(patience)) {
            kills += 1;
            patience = patience * 5 / 4;
            app.clock.advance(LEASE + 1);
        }
        println!("{database:?}: killed {kills} times");
        assert!(kills >= 10);
        let done = look(&hr, &reissue);
        let issued = how_many * 3 + how_many.div_ceil(3);
        let counted = ["credentials", "passes"].map(|name| done["issued"][name].as_u64().unwrap());
        assert_eq!((done["state"].as_str(), counted.iter().sum::<u64>()), (Some("done"), issued as u64));
        assert_eq!(tokens(&app), before + issued, "each once");
    });
}

/// The lists of this build, with another number for one subject.
fn renumbered() -> CodeLists {
    let file = Files::EMBEDDED;
    let subjects = file
        .subjects
        .replace("{\"code\": 3, \"id\": \"cstf/fire-safety/1\"", "{\"code\": 903, \"id\": \"cstf/fire-safety/1\"");
    assert_ne!(subjects, file.subjects);
    CodeLists::parse(&Files { subjects: &subjects, ..file }).unwrap()
}

#[test]
fn after_a_change_of_code_lists_only_what_would_read_otherwise_is_signed_anew() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        let mut without = nurse("1", "Ana Ng");
        without["records"].as_array_mut().unwrap().remove(2);
        let _ = hr.issue(&without);
        let with = hr.issue(&nurse("2", "Bo Li"));
        let same = begin(&hr, &json!({ "because": "code-list", "rehearse": true }));
        run(&app, &app.app);
        assert_eq!(look(&hr, &same)["issued"]["people"], 0);

        let renumbered = App { lists: renumbered().into(), ..app.app.clone() };
        let changed = begin(&hr, &json!({ "because": "code-list" }));
        run(&app, &renumbered);
        let done = look(&hr, &changed);
        let expected = json!({ "people": 1, "credentials": 0, "passes": 1, "paper": 0 });
        assert_eq!(done["issued"], expected, "codes stand in passes, ids in credentials: {done:#}");
        let verdict = app.ward().look(&with["pass"]["text"], app.now());
        assert_eq!(verdict["reasons"][0]["code"], "superseded");
    });
}

#[test]
fn a_reissue_says_why_and_for_which_key() {
    on_each_database(|database| {
        let (_app, hr, _) = TestApp::start(database);
        for (body, pointer, code) in [
            (json!({}), "/because", "missing-field"),
            (json!({ "because": "boredom" }), "/because", "unknown-code"),
            (json!({ "because": "compromised-key" }), "/key", "missing-field"),
            (json!({ "because": "compromised-key", "key": "x" }), "/key", "not-a-key"),
            (json!({ "because": "code-list", "key": "5f1c9a02" }), "/key", "not-with-code-list"),
            (json!({ "because": "code-list", "rehearse": "yes" }), "/rehearse", "wrong-type"),
        ] {
            let refused = hr.post("/v1/reissues", &body);
            assert_eq!((refused.status, refused.problems()), (422, vec![(pointer.into(), code.into())]), "{body}");
        }
    });
}
