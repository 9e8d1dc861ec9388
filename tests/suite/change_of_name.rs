//! A change of name leaves nothing of the old one, and nothing that ties old and new together.

use std::process::Stdio;

use passport_issuer::dsp::pull;
use passport_issuer::webhook;
use passport_tests::importing::staff_list;
use passport_tests::receiver::{self, Receiver};
use passport_tests::search::{Row, expand, files, rows};
use passport_tests::{
    Answer, DAY, Database, Fresh, Hr, TestApp, bare, fire_safety, identity, moving, nurse, on_each_database, standing,
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::dsp_world::Learning;
use crate::events::all;
use crate::program::{Running, Service};

const OLD: &str = "Zebedee Quillfeather";
const NEW: &str = "Amaryllis Quickthorn";
/// Parts of the old name that stand in nothing else.
const PARTS: [&str; 2] = ["zebedee", "quillfeather"];

fn rename(hr: &Hr, staff: &Value, key: &str) -> Answer {
    let body = json!({ "identity": identity(NEW) }).to_string();
    hr.try_post(&format!("/v1/staff/{}/change-of-name", bare(staff)), body.as_bytes(), Some(key)).unwrap()
}

/// Every id in an answer.
fn ids(answer: &Value) -> Vec<String> {
    let text = answer.to_string();
    let ids = text.match_indices("urn:uuid:").map(|(at, _)| text[at + 9..at + 45].to_owned());
    ids.collect()
}

fn tables_with(rows: &[Row], text: &str) -> Vec<String> {
    let mut tables: Vec<_> = rows.iter().filter(|row| row.holds(text)).map(|row| row.table.clone()).collect();
    tables.sort();
    tables.dedup();
    tables
}

/// What somebody was given under their old name, through every door.
struct Before {
    staff: Value,
    passes: Vec<Value>,
    tokens: Vec<Value>,
    ids: Vec<String>,
}

/// A person with a history: imported with a further assignment, issued with and without a key, a training replaced, one withdrawn, passes on
/// phone and paper and of chosen records, printed, and a correction of an earlier spelling.
fn fill(app: &TestApp, hr: &Hr) -> Before {
    let spelt = format!("{OLD}e");
    let list = staff_list(&[("1", &spelt, "17-Apr-1990"), ("1-2", &spelt, "17-Apr-1990")]);
    assert_eq!(app.import(hr, "format=staff", &list)["totals"]["new"], 2);
    let mut request = moving::registered_nurse("1", &spelt);
    let body = request.to_string();
    let first = hr.try_post("/v1/passports", body.as_bytes(), Some("first")).unwrap().expect(201);
    request["records"][0] = identity(OLD);
    let second = hr.try_post("/v1/passports", request.to_string().as_bytes(), Some("second")).unwrap().expect(201);
    let _ = hr.set_status("records", &second["records"][3]["id"], "withdraw").expect(200);
    let replaced = hr.post(
        &format!("/v1/records/{}/supersede", bare(&second["records"][2]["id"])),
        &json!({ "reason": "updated-information", "replacement": fire_safety("2025-10-09") }),
    );
    let third = replaced.expect(201);
    let paper = json!({ "staff": second["staff"], "carrier": "paper" });
    let paper = hr.try_post("/v1/passes", paper.to_string().as_bytes(), Some("paper")).unwrap().expect(201);
    let chosen = json!({ "staff": second["staff"], "records": [second["records"][4]["id"]] });
    let chosen = hr.post("/v1/passes", &chosen).expect(201);
    for form in ["a4", "card", "letter"] {
        let path = format!("/v1/passes/{}?form={form}", bare(&paper["pass"]["id"]));
        assert!(crate::paper::words(&hr.get(&path, "application/pdf")).contains(OLD));
    }
    let answers = [first, second, third, paper, chosen];
    let all = |part: fn(&Value) -> Vec<Value>| answers.iter().flat_map(part).collect::<Vec<_>>();
    let person = hr.get(&format!("/v1/staff/{}", bare(&answers[1]["staff"])), "").expect(200);
    let mut ids: Vec<_> = answers.iter().chain([&person]).flat_map(ids).collect();
    ids.sort();
    ids.dedup();
    Before {
        staff: answers[1]["staff"].clone(),
        passes: all(|answer| vec![answer["pass"]["text"].clone()]),
        tokens: all(|answer| answer["credentials"].as_array().unwrap().iter().map(|it| it["token"].clone()).collect()),
        ids,
    }
}

/// All that anybody can fetch of a deployment, but for what a host holds of its own movement.
fn published(app: &TestApp, actors: [&Hr; 2]) -> Vec<(String, Answer)> {
    let mut all = Vec::new();
    let mut public = vec!["/bundle".to_owned(), "/trust-list".to_owned(), "/organisations".to_owned()];
    for code in ["RNN", "RTD"] {
        public.extend([format!("/organisations/{code}"), format!("/organisations/{code}/status")]);
        for list in 1..=3 {
            let list = format!("/organisations/{code}/status/{list}");
            public.extend([list.clone(), format!("{list}/revocation"), format!("{list}/suspension")]);
        }
    }
    all.extend(public.into_iter().map(|path| (path.clone(), app.get(&path, ""))));
    for hr in actors {
        let mut paths = vec![
            "/v1/staff".to_owned(),
            "/v1/audit".to_owned(),
            "/v1/events?limit=1000".to_owned(),
            "/v1/imports".to_owned(),
            "/v1/notices".to_owned(),
            "/v1/movements".to_owned(),
            "/v1/evidence/training?from=2026-01&to=2026-11".to_owned(),
        ];
        let staff = hr.get("/v1/staff", "").json();
        let people = staff["staff"].as_array().unwrap().iter().map(|it| format!("/v1/staff/{}", bare(&it["staff"])));
        paths.extend(people);
        all.extend(paths.into_iter().map(|path| (format!("{} {path}", hr.code), hr.get(&path, ""))));
    }
    all
}

#[test]
fn nothing_of_the_old_name_is_left_and_nothing_ties_old_and_new_together() {
    on_each_database(|database| {
        let (app, hr, host) = TestApp::start(database);
        for number in 100..130 {
            let _ = hr.issue(&nurse(&number.to_string(), "Somebody Else"));
        }
        let before = fill(&app, &hr);
        let pass = before.passes[2].clone();
        let _ = host.publish(&moving::ward_nurse()).expect(201);
        let mut movement = host.ask("ward-nurse");
        movement.until_active(&pass);
        let told = json!({ "organisation": "RNN", "agreement": "Ours" });
        let _ = host.post(&format!("/v1/movements/{}/tell", movement.id), &told).expect(200);
        assert_eq!(hr.get("/v1/notices", "").expect(200)["notices"][0]["staff"], before.staff);

        // The search finds what there is to be found.
        let look = || app.runtime.block_on(rows(&app.app.store));
        for part in PARTS {
            let found = tables_with(&look(), part);
            assert_eq!(found, ["credentials", "idempotency_keys", "records"], "{database:?}");
        }
        if database == Database::Sqlite {
            assert!(expand(&app.runtime.block_on(files(&app.app.store))).contains(&OLD.to_lowercase()));
        }

        app.clock.advance(DAY);
        let renamed_at = app.now().0;
        let answer = rename(&hr, &before.staff, "rename");
        let after = answer.expect(201);
        assert_eq!(after["reference"], "1");
        let outcomes: Vec<_> = after["records"].as_array().unwrap().iter().map(|it| &it["outcome"]).collect();
        assert_eq!(outcomes, ["new"; 7], "all that stood: what was withdrawn goes over and is not signed");
        assert!(!after.to_string().contains("supersedes"), "{after:#}");
        let new_ids = ids(&after);
        assert!(new_ids.iter().all(|id| !before.ids.contains(id)));

        let kept = look();
        let published = published(&app, [&hr, &host]).into_iter().map(|(path, answer)| (path, expand(&answer.body)));
        let published: Vec<_> = published.collect();
        let files = expand(&app.runtime.block_on(files(&app.app.store)));
        for part in PARTS {
            assert_eq!(tables_with(&kept, part), Vec::<String>::new(), "{database:?}");
            for (path, says) in &published {
                assert!(!says.contains(part), "{path}");
            }
            assert!(!files.contains(part), "in the files of the database");
        }
        let tokens: Vec<_> = before.passes.iter().chain(&before.tokens).collect();
        for token in &tokens {
            assert_eq!(tables_with(&kept, token.as_str().unwrap()), Vec::<String>::new());
        }
        // No row knows both, and after the change nothing is said of the old.
        for row in &kept {
            let of = |ids: &[String]| ids.iter().any(|id| row.holds(id));
            let (old, new) = (of(&before.ids), of(&new_ids));
            assert!(!(old && new), "a row of {} holds both", row.table);
            assert!(!old || ["audit", "outbox"].contains(&row.table.as_str()), "{} knows the old ids", row.table);
            let at = row.cells.iter().find(|(name, _)| name == "at").map(|(_, at)| String::from_utf8_lossy(at));
            assert!(!old || at.is_some_and(|at| at.parse::<i64>().unwrap() < renamed_at), "{}", row.table);
        }
        old_is_refused(&app, &hr, &before, &tokens);
        invited_again(&app, &hr, &after);
        at_the_host(&app, &hr, &host, &mut movement, &after);
    });
}

/// Whatever was handed out is superseded, with every record in it but the one that was withdrawn before;
/// its ids lead nowhere.
fn old_is_refused(app: &TestApp, hr: &Hr, before: &Before, tokens: &[&Value]) {
    let ward = app.ward();
    for token in tokens {
        let verdict = ward.look(token, app.now());
        assert_eq!((&verdict["decision"], &verdict["reasons"][0]["code"]), (&json!("refused"), &json!("superseded")));
    }
    for id in &before.ids {
        for what in ["staff", "credentials", "passes"] {
            assert_eq!(hr.get(&format!("/v1/{what}/{id}"), "").status, 404, "{what} {id}");
        }
        let gone = hr.post(&format!("/v1/records/{id}/withdraw"), &json!({ "reason": "issued-in-error" }));
        assert_eq!(gone.status, 404);
    }
}

/// They are invited like anybody, and the letter for their new pass is in their name.
fn invited_again(app: &TestApp, hr: &Hr, after: &Value) {
    let trail = hr.get("/v1/audit", "").expect(200);
    let entry = &trail["entries"][0];
    assert_eq!((&entry["action"], &entry["subject"]), (&json!("staff.invited"), &after["staff"]));
    assert_eq!(entry["reason"], Value::Null);
    let trail = trail.to_string().to_lowercase();
    assert!(!trail.contains("name"), "nothing says why");
    let pass = hr.post("/v1/passes", &json!({ "staff": after["staff"], "carrier": "paper" })).expect(201);
    let letter = hr.get(&format!("/v1/passes/{}?form=letter", bare(&pass["pass"]["id"])), "application/pdf");
    assert!(crate::paper::words(&letter).contains(NEW));
    let shown = hr.get(&format!("/v1/passes/{}", bare(&pass["pass"]["id"])), "").expect(200);
    assert_eq!(shown["reissue"], 0, "the count of papers begins anew");
    let verdict = app.ward().look(&pass["pass"]["text"], app.now());
    assert_eq!((verdict["decision"].as_str(), standing(&verdict, "counts")), (Some("accepted"), 7));
    for credential in after["credentials"].as_array().unwrap() {
        assert_eq!(app.ward().look(&credential["token"], app.now())["decision"], "accepted");
    }
    // A further assignment is theirs as before.
    let list = staff_list(&[("1", NEW, "17-Apr-1990"), ("1-2", NEW, "17-Apr-1990")]);
    let _ = app.import(hr, "format=staff", &list);
    let people = hr.get("/v1/staff", "").expect(200);
    assert!(people["staff"].as_array().unwrap().iter().all(|it| it["reference"] != "1-2"));
    // What was withdrawn before does not come back.
    let again = hr.issue(&json!({ "reference": "1", "records": [nurse("1", NEW)["records"][3]] }));
    assert_eq!(again["records"][0]["outcome"], "withdrawn");
}

/// The host's movement no longer carries; the person takes back what they showed, and comes under their name.
fn at_the_host(app: &TestApp, hr: &Hr, host: &Hr, movement: &mut moving::Moving, after: &Value) {
    assert_eq!(hr.get("/v1/notices", "").expect(200)["notices"][0].get("staff"), None);
    app.runtime.block_on(passport_issuer::movement::sweep(&app.app)).unwrap();
    assert_eq!(movement.clearance("2026-11-23")["answer"], "no", "what they showed is superseded");
    let _ = movement.holder().post("/v1/receipt/withdraw", &json!({ "reason": "no-longer-wanted" })).expect(200);
    let look = movement.look().to_string().to_lowercase();
    assert!(PARTS.iter().all(|part| !look.contains(part)), "{look}");
    let mut anew = host.ask_with(&json!({
        "profile": "ward-nurse", "purpose": "workforce-sharing", "starts": "2026-11-22", "ends": "2026-12-18",
    }));
    let pass = hr.post("/v1/passes", &json!({ "staff": after["staff"] })).expect(201);
    let _ = anew.show(&[&pass["pass"]["text"]]).expect(201);
    let _ = anew.step("assess").expect(200);
    assert_eq!(anew.outcome("fire"), "met");
}

#[test]
fn a_repeat_gets_the_same_answer_and_a_second_change_finds_nobody() {
    on_each_database(|database| {
        let (app, hr, rtd) = TestApp::start(database);
        let staff = hr.issue(&nurse("1", OLD))["staff"].clone();
        assert_eq!(rename(&rtd, &staff, "theirs").status, 404, "another organisation's");
        let answers: Vec<_> = std::thread::scope(|scope| {
            let both: Vec<_> = (0..6).map(|_| scope.spawn(|| rename(&hr, &staff, "rename").expect(201))).collect();
            both.into_iter().map(|it| it.join().unwrap()).collect()
        });
        assert!(answers.iter().all(|answer| *answer == answers[0]));
        assert_eq!(rename(&hr, &staff, "another").status, 404);
        let people = hr.get("/v1/staff", "").expect(200);
        assert_eq!(people["staff"], json!([{ "staff": answers[0]["staff"], "reference": "1" }]));
        assert_eq!(ids(&answers[0]).len(), 1 + 4 + 2, "one person, with one set of records and credentials");
        drop(app);
    });
}

#[test]
fn changes_and_issues_at_once_leave_one_person() {
    on_each_database(|database| {
        let (_app, hr, _) = TestApp::start(database);
        let staff = hr.issue(&nurse("1", OLD))["staff"].clone();
        let trainings = json!({ "reference": "1", "records": [fire_safety("2026-10-08")] });
        std::thread::scope(|scope| {
            let issuing: Vec<_> = (0..6).map(|_| scope.spawn(|| hr.issue(&trainings))).collect();
            let _ = rename(&hr, &staff, "rename").expect(201);
            for issued in issuing {
                let _ = issued.join().unwrap();
            }
        });
        let people = hr.get("/v1/staff", "").expect(200);
        let person = &people["staff"][0]["staff"];
        assert_eq!(people["staff"].as_array().unwrap().len(), 1);
        let person = hr.get(&format!("/v1/staff/{}", bare(person)), "").expect(200).to_string();
        assert!(person.contains(NEW) && person.contains("2026-10-08") && !person.contains(OLD), "{person}");
    });
}

/// Deliveries that wait and employees of another system that are linked, when the name changes.
#[test]
fn what_waits_for_others_goes_out_and_what_leads_to_the_old_person_is_gone() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start_with_receivers(database);
        let receiver = Receiver::start();
        receiver.behave(|_| receiver::Answer::Status(503));
        let before = all(&hr).len();
        let hook = hr.post("/v1/webhooks", &json!({ "url": receiver.url, "types": [] })).expect(201);
        let passport = hr.issue(&nurse("1", OLD));
        let staff = passport["staff"].clone();
        let system = Learning::start();
        let peer = system.register(&hr, "learning", "EdDSA");
        let peer = format!("/v1/peers/{}", bare(&peer["id"]));
        let (first, surname) = OLD.split_once(' ').unwrap();
        system.has("E-1", first, surname, "1990-04-17");
        system.gives("E-1", &json!([]));
        let link = |staff: &Value| hr.post(&format!("{peer}/links"), &json!({ "staff": staff })).expect(200);
        assert_eq!(link(&staff)["outcome"], "linked");
        let pull = hr.post(&format!("{peer}/pulls"), &json!({ "staff": staff })).expect(202);
        let _ = app.runtime.block_on(webhook::round(&app.app)).unwrap();
        assert!(receiver.taken().is_empty());

        let after = rename(&hr, &staff, "rename").expect(201);
        assert_eq!(app.runtime.block_on(pull::work(&app.app)).unwrap(), 1, "the pull that was asked for before");
        let pulled = hr.get(&format!("{peer}/pulls/{}", bare(&pull["id"])), "").expect(200);
        assert_eq!(pulled["state"], "done", "{pulled:#}");
        assert_eq!(hr.get(&format!("{peer}/links"), "").expect(200)["links"], json!([]));
        assert_eq!(link(&after["staff"])["outcome"], "nobody", "the other system knows the old name only");
        system.has("E-2", "Amaryllis", "Quickthorn", "1990-04-17");
        assert_eq!(link(&after["staff"])["outcome"], "linked");

        receiver.behave(|_| receiver::Answer::Status(200));
        let hook = format!("/v1/webhooks/{}", hook["id"].as_str().unwrap());
        for _ in 0..400 {
            let _ = app.runtime.block_on(webhook::round(&app.app)).unwrap();
            app.clock.advance(600);
        }
        assert_eq!(hr.get(&hook, "").expect(200)["waiting"], 0);
        let events = all(&hr);
        let sequence = |event: &Value| event["sequence"].as_str().unwrap().parse::<i64>().unwrap();
        let wanted: Vec<_> = events[before..].iter().map(sequence).collect();
        let mut taken = receiver.taken();
        taken.sort_unstable();
        assert_eq!(taken, wanted, "every event arrives");
        let (old, new) = (ids(&passport), ids(&after));
        for event in &events {
            let text = event.to_string();
            let of = |ids: &[String]| ids.iter().any(|id| text.contains(id.as_str()));
            assert!(!(of(&old) && of(&new)), "{text}");
            assert!(PARTS.iter().all(|part| !text.to_lowercase().contains(part)), "{text}");
        }
    });
}

#[test]
fn what_is_in_doubt_stays_in_doubt() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        let passport = hr.issue(&nurse("1", OLD));
        let _ = hr.set_status("records", &passport["records"][2]["id"], "suspend").expect(200);
        let employment =
            passport["credentials"].as_array().unwrap().iter().find(|it| it["type"] == "StaffTrainingCredential");
        let _ = hr.set_status("credentials", &employment.unwrap()["id"], "suspend").expect(200);
        let after = rename(&hr, &passport["staff"], "rename").expect(201);
        let ward = app.ward();
        for credential in after["credentials"].as_array().unwrap() {
            let verdict = ward.look(&credential["token"], app.now());
            let in_doubt = credential["type"] == "StaffTrainingCredential";
            assert_eq!(verdict["reasons"][0]["code"], if in_doubt { json!("suspended") } else { Value::Null });
        }
        let pass = hr.post("/v1/passes", &json!({ "staff": after["staff"] })).expect(201);
        assert_eq!(standing(&app.ward().look(&pass["pass"]["text"], app.now()), "suspended"), 1);
        let person = hr.get(&format!("/v1/staff/{}", bare(&after["staff"])), "").expect(200);
        let suspended = person["records"].as_array().unwrap().iter().find(|it| it["status"] == "suspended").unwrap();
        let _ = hr.set_status("records", &suspended["id"], "reinstate").expect(200);
        assert_eq!(standing(&app.ward().look(&pass["pass"]["text"], app.now()), "suspended"), 0);
    });
}

#[test]
fn what_would_keep_the_old_name_is_refused_without_saying_it() {
    on_each_database(|database| {
        let (_app, hr, _) = TestApp::start(database);
        let mut request = nurse("1", OLD);
        request["records"][1]["jobTitle"] = "Deputy to ZEBEDEE quillfeather, ward 3".into();
        let passport = hr.issue(&request);
        let path = format!("/v1/staff/{}/change-of-name", bare(&passport["staff"]));
        let refused = rename(&hr, &passport["staff"], "rename");
        assert_eq!(refused.problems(), [(String::new(), "holds-old-name".into())]);
        assert!(refused.text().contains(bare(&passport["records"][1]["id"])));
        assert!(PARTS.iter().all(|part| !expand(&refused.body).contains(part)), "{}", refused.text());
        for (body, pointer, code) in [
            (json!({ "identity": identity(OLD) }), "/identity/name", "same-name"),
            (json!({ "identity": fire_safety("2025-10-08") }), "/identity/kind", "other-kind"),
            (json!({}), "/identity", "missing-field"),
        ] {
            let refused = hr.post(&path, &body);
            assert_eq!(refused.status, 422);
            assert!(refused.problems().contains(&(pointer.into(), code.into())), "{}", refused.text());
        }
        let mut mended = request["records"][1].clone();
        mended["jobTitle"] = "Deputy ward manager".into();
        let _ = hr.issue(&json!({ "reference": "1", "records": [mended] }));
        let _ = rename(&hr, &passport["staff"], "rename").expect(201);
    });
}

#[test]
fn the_log_of_everything_names_nobody() {
    on_each_database(|database| {
        let runtime = Runtime::new().unwrap();
        let fresh = Fresh::new(database, &runtime);
        let service = Service::on(&fresh.address);
        let hr = Hr::at(&service.url(), "RNN", &service.run(&["add-organisation", "RNN", "North Cumbria"]));
        let log = tempfile::NamedTempFile::new().unwrap();
        let listen = format!("127.0.0.1:{}", service.port);
        let mut serve = service.command();
        serve.env("PASSPORT_LOG", "trace").args(["serve", "--listen", &listen]).stdout(Stdio::null());
        let running = Running(serve.stderr(log.reopen().unwrap()).spawn().unwrap());
        while passport_tests::agent().get(format!("{}/health", service.url())).call().is_err() {
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        let staff = hr.issue(&nurse("1", OLD))["staff"].clone();
        let after = rename(&hr, &staff, "rename").expect(201);
        let _ = hr.get(&format!("/v1/staff/{}", bare(&after["staff"])), "").expect(200);
        drop(running);
        let log = expand(&std::fs::read(log.path()).unwrap());
        assert!(log.contains("insert into records (id, organisation, staff"), "all that happens is in it");
        for part in PARTS.into_iter().chain(["amaryllis", "quickthorn", bare(&staff)]) {
            assert!(!log.contains(part), "{part}");
        }
    });
}
