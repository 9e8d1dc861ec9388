//! Somebody moves from one organisation to another, and what is told, kept and forgotten on the way.

use passport_issuer::movement::sweep;
use passport_tests::moving::{
    carer_agreement, infection_control, registered_nurse, registration, somebody, ward_nurse,
};
use passport_tests::{DAY, Database, Hr, TestApp, bare, fire_safety, on_each_database};
use serde_json::{Value, json};

fn looked_at(app: &TestApp) -> usize {
    app.runtime.block_on(sweep(&app.app)).unwrap()
}

fn events(hr: &Hr, action: &str) -> usize {
    let trail = hr.get("/v1/audit", "").expect(200);
    trail["entries"].as_array().unwrap().iter().filter(|entry| entry["action"] == action).count()
}

fn passport(hr: &Hr, request: &Value) -> (Value, Value) {
    let issued = hr.issue(request);
    (issued["pass"]["text"].clone(), issued)
}

#[test]
fn a_nurse_moves_and_comes_back_with_what_she_gained() {
    on_each_database(|database| {
        let (app, rnn, rtd) = TestApp::start(database);
        let (pass, issued) = passport(&rnn, &registered_nurse("1", "Ana Ng"));
        let _ = rtd.publish(&ward_nurse()).expect(201);
        let mut moving = rtd.ask("ward-nurse");
        assert_eq!((moving.opened["state"].as_str(), &moving.opened["overAsking"]), (Some("requested"), &json!([])));
        let asked = moving.person().get("/v1/share", "").expect(200);
        assert_eq!((asked["role"].as_str(), asked["host"].as_str()), (Some("Nurse on a ward"), Some("RTD")));

        let receipt = moving.show(&[&pass, &issued["credentials"][0]["token"]]).expect(201);
        assert!(receipt["records"].as_array().unwrap().iter().any(|record| record["accepted"] == true));
        let reasons: Vec<_> = receipt["records"].as_array().unwrap().iter().map(|it| it["reason"].clone()).collect();
        assert!(reasons.contains(&json!("not-asked")), "a job was not asked for: {receipt:#}");
        assert_eq!(moving.show(&[&pass]).status, 410, "a link works once");

        let assessed = moving.step("assess").expect(200);
        assert_eq!(assessed["assessment"]["overall"], "ready-with-actions", "{assessed:#}");
        assert_eq!((moving.outcome("nmc").as_str(), moving.outcome("ipc").as_str()), ("check-live", "met-until"));
        assert!(assessed["assessment"]["plain"].as_str().unwrap().contains("day 19 of 28"), "{assessed:#}");
        let _ = moving.step("agree").expect(200);
        let refused = moving.step("start");
        assert_eq!(refused.status, 409, "nobody works before the register was looked at");
        assert!(refused.text().contains("nmc"), "{}", refused.text());
        let _ = moving.confirm("nmc", "2026-11-21", true).expect(200);
        let _ = moving.step("start").expect(200);

        assert_eq!(moving.clearance("2026-11-22")["answer"], "yes");
        assert_eq!(moving.clearance("2026-11-28")["until"], "2026-11-28", "the induction is due within a week");
        assert_eq!(moving.clearance("2026-11-29")["answer"], "no");
        let _ = moving.confirm("induction", "2026-11-21", true).expect(200);
        assert_eq!(moving.clearance("2026-12-09")["until"], "2026-12-09");
        let after = moving.clearance("2026-12-10");
        assert_eq!((&after["answer"], &after["why"][0]["requirement"]), (&json!("no"), &json!("ipc")));
        assert_eq!(moving.clearance("2026-12-19")["answer"], "no");

        // Renewed here in time: the person shows what the host issued.
        let (gained, _) = passport(&rtd, &somebody("x1", "Ana Ng", &[infection_control("2026-11-20")]));
        moving.ask_again();
        let _ = moving.show(&[&gained]).expect(201);
        assert_eq!(moving.state(), "active");
        assert_eq!(moving.clearance("2026-12-18")["answer"], "yes");

        let ended = moving.step("end").expect(200);
        assert_eq!((&ended["state"], &ended["assessment"]), (&json!("ended"), &Value::Null));
        let kept = app.runtime.block_on(async {
            let id = passport_schema::id::Id::parse_bare(&moving.id).unwrap();
            app.app.store.read().await.unwrap().shown_items(id).await.unwrap().len()
        });
        assert_eq!(kept, 0, "what was shown is deleted");
        let decision = &ended["decisions"][0];
        assert_eq!((&decision["profileVersion"], decision["asOf"].is_string()), (&json!(1), true));
        assert!(!ended.to_string().contains("Ana Ng"), "the books name nobody");
        let receipt = moving.holder().get("/v1/receipt", "").expect(200);
        assert_eq!(receipt["state"], "ended");
    });
}

#[test]
fn what_changes_while_somebody_works_is_told_before_their_next_day() {
    on_each_database(|database| {
        let (app, rnn, rtd) = TestApp::start(database);
        let (pass, issued) = passport(&rnn, &registered_nurse("1", "Ana Ng"));
        let _ = rtd.publish(&ward_nurse()).expect(201);
        let mut moving = rtd.ask("ward-nurse");
        moving.until_active(&pass);
        assert_eq!(looked_at(&app), 0, "nothing has changed since");
        assert_eq!(events(&rtd, "movement.clearance-ends"), 1, "the induction is due within a week");

        let fire = issued["records"].as_array().unwrap().iter().find(|it| it["about"] == "training/cstf/fire-safety/1");
        let fire = &fire.unwrap()["id"];
        let _ = rnn.set_status("records", fire, "suspend").expect(200);
        assert_eq!(moving.clearance("2026-11-22")["answer"], "cannot-tell", "at once");
        assert_eq!((looked_at(&app), looked_at(&app)), (1, 0));
        // Rosters were told a first time when it was agreed.
        assert_eq!((events(&rtd, "movement.reassessed"), events(&rtd, "movement.clearance-changed")), (1, 2));
        let _ =
            rnn.post(&format!("/v1/records/{}/reinstate", bare(fire)), &json!({ "reason": "resolved" })).expect(200);
        assert_eq!(looked_at(&app), 1);
        assert_eq!(moving.clearance("2026-11-22")["answer"], "yes");

        // A date passes: a warning a week before, and no more work after it.
        let _ = moving.confirm("induction", "2026-11-21", true).expect(200);
        assert_eq!(looked_at(&app), 1, "cleared for longer");
        app.clock.advance(11 * DAY);
        assert_eq!(looked_at(&app), 1);
        assert_eq!(events(&rtd, "movement.clearance-ends"), 2, "on 2 December, of 9 December");
        app.clock.advance(8 * DAY);
        assert_eq!(looked_at(&app), 1);
        assert_eq!(moving.clearance("2026-12-10")["answer"], "no");

        // A profile that asks for less makes a version, by which everybody is judged again.
        let mut profile = ward_nurse();
        profile["requirements"].as_array_mut().unwrap().remove(1);
        assert_eq!(rtd.publish(&profile).expect(201)["version"], 2);
        assert_eq!(rtd.publish(&profile).expect(200)["version"], 2, "the same again is no change");
        assert_eq!(looked_at(&app), 1);
        assert_eq!(moving.look()["decisions"][0]["profileVersion"], 2);
        assert_eq!(moving.clearance("2026-12-10")["answer"], "yes");

        app.clock.advance(9 * DAY);
        assert_eq!(looked_at(&app), 1);
        assert_eq!(moving.state(), "ended", "the last day has passed");
    });
}

#[test]
fn what_cannot_be_believed_is_refused_by_itself_and_can_be_shown_again() {
    on_each_database(|database| {
        let (_app, rnn, rtd) = TestApp::start(database);
        let (pass, _) = passport(&rnn, &registered_nurse("1", "Ana Ng"));
        let (other, _) = passport(&rnn, &registered_nurse("2", "Bo Li"));
        let _ = rtd.publish(&ward_nurse()).expect(201);
        let mut moving = rtd.ask("ward-nurse");
        let altered = json!(pass.as_str().unwrap().replacen("SP1:", "SP1:0", 1));
        let refused = moving.show(&[&altered, &json!("x")]);
        assert_eq!((refused.status, refused.problems().len()), (422, 2), "{}", refused.text());
        let refused = moving.show(&[&pass, &other]);
        assert_eq!(refused.problems(), [("/passes/1".to_owned(), "different-people".to_owned())]);
        assert_eq!(moving.state(), "requested", "nothing was kept, and the link still works");

        let shown = moving.show(&[&altered, &pass]).expect(201);
        assert_eq!((&shown["refused"][0]["place"], shown["refused"].as_array().unwrap().len()), (&json!(0), 1));
        moving.ask_again();
        let again = moving.show(&[&pass]).expect(201);
        let why = |it: &Value| it["reason"].as_str().unwrap_or_default().to_owned();
        let records = again["records"].as_array().unwrap().iter().filter(|it| it["about"] != "identity");
        let mut reasons: Vec<_> = records.map(why).collect();
        reasons.sort_unstable();
        reasons.dedup();
        assert_eq!(reasons, ["duplicate", "not-asked"], "all of it is there already: {again:#}");
        let _ = moving.step("assess").expect(200);
        assert_eq!(moving.outcome("fire"), "met");
        let first = moving.look()["records"].clone();
        let fire =
            first.as_array().unwrap().iter().find(|it| it["about"] == "training/cstf/fire-safety/1").unwrap().clone();
        let body =
            json!({ "item": fire["item"], "position": fire["position"], "accepted": false, "reason": "Wrong site" });
        let _ = rtd.post(&format!("/v1/movements/{}/records", moving.id), &body).expect(200);
        let _ = moving.step("assess").expect(200);
        assert_eq!(moving.outcome("fire"), "missing", "the host has refused it");
        assert_eq!(moving.step("agree").status, 409, "and nobody can pass that by");
    });
}

#[test]
fn what_nothing_was_asked_of_is_not_kept_and_one_award_of_two_issuers_is_recognised() {
    on_each_database(|database| {
        let (_app, rnn, rtd) = TestApp::start(database);
        let _ = rtd.publish(&ward_nurse()).expect(201);
        let mut moving = rtd.ask("ward-nurse");
        let job_only = rnn.issue(&somebody("2", "Ana Ng", &[]));
        let refused = moving.show(&[&job_only["pass"]["text"]]);
        assert_eq!(refused.problems(), [("/passes".to_owned(), "not-asked".to_owned())]);
        assert_eq!(moving.state(), "requested", "and the link still works");

        let (pass, issued) = passport(&rnn, &registered_nurse("1", "Ana Ng"));
        let job = issued["credentials"].as_array().unwrap().iter().find(|it| it["type"] == "StaffIdentityCredential");
        let mut later = fire_safety("2025-10-08");
        later["period"] = json!("P3Y");
        let (elsewhere, _) = passport(&rtd, &somebody("1", "Ana Ng", &[later]));
        let shown = moving.show(&[&pass, &job.unwrap()["token"], &elsewhere]).expect(201);
        let records = shown["records"].as_array().unwrap().clone();
        let of = |item: i64| records.iter().filter(move |it| it["item"] == item);
        let nobody_needs = of(1).find(|it| it["accepted"] == false).unwrap();
        let body = json!({
            "item": 1, "position": nobody_needs["position"], "accepted": true, "reason": "We want it after all",
        });
        let refused = rtd.post(&format!("/v1/movements/{}/records", moving.id), &body);
        assert_eq!(refused.problems(), [("/item".to_owned(), "not-kept".to_owned())]);
        let fires: Vec<_> = records.iter().filter(|it| it["about"] == "training/cstf/fire-safety/1").collect();
        assert_eq!((fires.len(), fires.iter().all(|it| it["accepted"] == true)), (2, true), "{shown:#}");
        let same_award = fires.iter().filter(|it| it["reason"] == "same-award").count();
        assert_eq!(same_award, 1, "either may be the one that stays: {shown:#}");
    });
}

#[test]
fn what_speaks_against_somebody_cannot_be_put_aside() {
    let (_app, rnn, rtd) = TestApp::start(Database::Sqlite);
    let records = [fire_safety("2025-10-08"), infection_control("2026-10-01"), registration("99A9999A", "suspended")];
    let (pass, _) = passport(&rnn, &somebody("1", "Ana Ng", &records));
    let _ = rtd.publish(&ward_nurse()).expect(201);
    let mut moving = rtd.ask("ward-nurse");
    let shown = moving.show(&[&pass]).expect(201);
    let about = |about: &str| shown["records"].as_array().unwrap().iter().find(|it| it["about"] == about).unwrap();
    let (entry, fire) = (about("registration/nmc"), about("training/cstf/fire-safety/1"));
    let body = json!({ "item": entry["item"], "position": entry["position"], "accepted": false, "reason": "No" });
    let _ = rtd.post(&format!("/v1/movements/{}/records", moving.id), &body).expect(200);
    let assessed = moving.step("assess").expect(200);
    assert_eq!(moving.outcome("nmc"), "missing");
    assert!(assessed["assessment"]["plain"].as_str().unwrap().contains("may not practise"), "{assessed:#}");
    let _ = moving.confirm("nmc", "2026-11-21", false).expect(200);
    assert_eq!(moving.step("agree").status, 409);
    // Nor does what was refused make anybody ready.
    let decide = |accepted| {
        let body = json!({ "item": fire["item"], "position": fire["position"], "accepted": accepted, "reason": "No" });
        rtd.post(&format!("/v1/movements/{}/records", moving.id), &body).expect(200)
    };
    let _ = decide(false);
    let _ = moving.step("assess").expect(200);
    assert_eq!(moving.outcome("fire"), "missing");
    let _ = decide(true);
    let relied = moving.confirm("fire", "2026-11-21", true);
    assert_eq!(relied.problems(), [("/requirement".to_owned(), "not-yours-to-say".to_owned())]);
}

#[test]
fn asking_for_more_than_is_needed_is_flagged_and_agreements_cannot_be_asked_for() {
    let (_app, _, rtd) = TestApp::start(Database::Sqlite);
    let _ = rtd.publish(&ward_nurse()).expect(201);
    let ask = |asks: Value| json!({ "profile": "ward-nurse", "purpose": "secondment", "starts": "2026-11-21", "ends": "2026-12-18", "asks": asks });
    let moving = rtd.ask_with(&ask(json!(["identity", "training", "registration", "healthClearance"])));
    assert_eq!(moving.opened["overAsking"], json!(["healthClearance"]));
    assert_eq!(moving.person().get("/v1/share", "").expect(200)["overAsking"], json!(["healthClearance"]));
    let refused = rtd.post("/v1/movements", &ask(json!(["carerAgreement"])));
    assert_eq!(refused.problems(), [("/asks/0".to_owned(), "agreement".to_owned())]);
    let faulty =
        json!({ "profile": "none", "purpose": "x", "starts": "2026-12-18", "ends": "2026-02-30", "colour": 1 });
    assert_eq!(rtd.post("/v1/movements", &faulty).problems().len(), 3);
    let backwards = json!({ "profile": "none", "purpose": "secondment", "starts": "2026-12-18", "ends": "2026-12-17" });
    assert_eq!(rtd.post("/v1/movements", &backwards).problems().len(), 2);
}

#[test]
fn an_agreement_is_shown_by_the_person_alone_and_judged_by_nobody() {
    on_each_database(|database| {
        let (_app, rnn, rtd) = TestApp::start(database);
        let mut nurse = registered_nurse("1", "Ana Ng");
        nurse["records"].as_array_mut().unwrap().push(carer_agreement());
        let (pass, issued) = passport(&rnn, &nurse);
        let agreement = issued["credentials"].as_array().unwrap().last().unwrap()["token"].clone();
        let _ = rtd.publish(&ward_nurse()).expect(201);
        let mut moving = rtd.ask("ward-nurse");
        let refused = moving.show(&[&agreement]);
        assert_eq!(refused.problems(), [("/passes/0".to_owned(), "agreement".to_owned())]);
        let shown = moving.show(&[&pass]).expect(201);
        assert!(!shown.to_string().contains("greement/"), "not on a pass: {shown:#}");
        let elsewhere = moving.holder().post("/v1/receipt/agreements", &json!({ "credential": pass }));
        assert_eq!(elsewhere.problems(), [("/credential".to_owned(), "not-an-agreement".to_owned())]);
        let put = moving.holder().post("/v1/receipt/agreements", &json!({ "credential": agreement })).expect(201);

        let assessed = moving.step("assess").expect(200).to_string();
        assert!(!assessed.contains("Tuesdays") && !assessed.contains("carerAgreement"), "{assessed}");
        let read = rtd.get(&format!("/v1/movements/{}/agreements", moving.id), "").expect(200);
        assert!(read.to_string().contains("Starts at 10:00 on Tuesdays"), "{read:#}");
        assert_eq!(rnn.get(&format!("/v1/movements/{}/agreements", moving.id), "").status, 404);
        let answer = format!("/v1/movements/{}/agreements/{}/answer", moving.id, bare(&put["id"]));
        assert_eq!(rtd.post(&answer, &json!({ "answer": "maybe" })).status, 422);
        let _ = rtd.post(&answer, &json!({ "answer": "honour" })).expect(200);
        let receipt = moving.holder().get("/v1/receipt", "").expect(200);
        assert_eq!(receipt["agreements"][0]["answer"], "honour");
        for trail in [rnn.get("/v1/audit", "").text(), rtd.get("/v1/audit", "").text()] {
            assert!(!trail.contains("greement"), "no report holds one: {trail}");
        }
    });
}

#[test]
fn the_sending_organisation_learns_of_it_only_when_it_is_told() {
    on_each_database(|database| {
        let (_app, rnn, rtd) = TestApp::start(database);
        let (pass, issued) = passport(&rnn, &registered_nurse("1", "Ana Ng"));
        let _ = rtd.publish(&ward_nurse()).expect(201);
        let mut moving = rtd.ask("ward-nurse");
        moving.until_active(&pass);
        assert_eq!(rnn.get("/v1/notices", "").expect(200)["notices"], json!([]));
        assert_eq!(rnn.get(&format!("/v1/movements/{}", moving.id), "").status, 404);
        let told = moving.holder().post("/v1/receipt/tell", &json!({ "organisation": "RNN" })).expect(200);
        assert_eq!(told["delivered"], true);
        let notice = &rnn.get("/v1/notices", "").expect(200)["notices"][0];
        assert_eq!((&notice["staff"], &notice["state"]), (&issued["staff"], &json!("active")));
        let _ = moving.step("end").expect(200);
        let notice = &rnn.get("/v1/notices", "").expect(200)["notices"][0];
        assert_eq!((&notice["staff"], &notice["state"]), (&issued["staff"], &json!("ended")), "by the object");
        assert!(!notice.to_string().contains("ready"), "nothing of what was found");
    });
}

#[test]
fn links_run_out_and_are_nobody_elses() {
    let (app, rnn, rtd) = TestApp::start(Database::Sqlite);
    let (pass, _) = passport(&rnn, &registered_nurse("1", "Ana Ng"));
    let _ = rtd.publish(&ward_nurse()).expect(201);
    let mut moving = rtd.ask("ward-nurse");
    for key in ["spl_x", "spr_x", "", rtd.key.as_str()] {
        assert_eq!(rtd.with_key(key).get("/v1/share", "").status, 410);
        assert_eq!(rtd.with_key(key).get("/v1/receipt", "").status, 401);
    }
    assert_eq!(rtd.with_key(&moving.link).get("/v1/movements", "").status, 401, "a link opens nothing else");
    let stale = moving.link.clone();
    moving.ask_again();
    assert_eq!(rtd.with_key(&stale).post("/v1/share", &json!({ "passes": [pass] })).status, 410);
    app.clock.advance(15 * DAY);
    assert_eq!(moving.show(&[&pass]).status, 410, "after two weeks");
    app.clock.advance(20 * DAY);
    assert_eq!(looked_at(&app), 1);
    assert_eq!(moving.state(), "cancelled", "its time has passed");
}

#[test]
fn a_board_sees_counts_and_nobody_behind_them() {
    on_each_database(|database| {
        let (app, rnn, rtd) = TestApp::start(database);
        let _ = rtd.publish(&ward_nurse()).expect(201);
        for number in 0..5 {
            let (pass, _) = passport(&rnn, &registered_nurse(&number.to_string(), "Ana Ng"));
            let mut moving = rtd.ask("ward-nurse");
            moving.until_active(&pass);
        }
        let running = rtd.get("/v1/evidence/training?from=2026-11&to=2026-11", "");
        assert_eq!(running.status, 422, "a month that is not over could be asked about day by day");
        app.clock.advance(10 * DAY);
        let board = rtd.get("/v1/evidence/training?from=2026-11&to=2026-11", "").expect(200);
        assert_eq!(board["lines"].as_array().unwrap().len(), 2, "{board:#}");
        assert_eq!((&board["lines"][0]["recognised"], &board["lines"][0]["sender"]), (&json!(5), &json!("RNN")));
        assert!(board["lines"][0]["hoursSource"].as_str().unwrap().len() > 5);
        let csv = rtd.get("/v1/evidence/training", "text/csv");
        assert!(csv.text().lines().count() == 3 && csv.header("content-type").starts_with("text/csv"));
        assert!(rtd.get("/v1/evidence/training", "image/svg+xml").text().contains("Fire Safety"));
        let none = rtd.get("/v1/evidence/training?from=2025-01&to=2025-12", "").expect(200);
        assert_eq!(none["recognised"], 0);
        assert_eq!(rnn.get("/v1/evidence/training", "").expect(200)["lines"], json!([]), "each its own");
        assert_eq!(rtd.get("/v1/evidence/training?from=2025", "").status, 422);
    });
}

#[test]
fn a_profile_that_grows_when_it_is_read_is_refused_early() {
    let (_app, _, rtd) = TestApp::start(Database::Sqlite);
    let post = |yaml: &str| {
        let request = passport_tests::agent().post(format!("{}/v1/profiles", rtd.url));
        let request = request.header("Authorization", format!("Bearer {}", rtd.key)).content_type("application/yaml");
        let mut answer = request.send(yaml).unwrap();
        (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
    };
    let bomb = format!("a: &a [{}1]\nb: [{}*a]\n", "1,".repeat(20_000), "*a,".repeat(20_000));
    let (status, text) = post(&bomb);
    assert!(status == 422 && text.contains("once everything in it is written out"), "{status} {text}");
    let (status, text) = post("name: x\nname: y\n");
    assert!(status == 422 && text.contains("stands twice"), "{status} {text}");
    assert_eq!(post(&format!("x: {}", "[".repeat(50_000))).0, 422);
    let (status, text) = post(include_str!("../../profiles/adult-icu-nurse.yaml"));
    assert_eq!(status, 201, "{text}");
}

#[test]
fn a_register_that_nobody_looked_at_is_never_relied_on_inside_a_composite() {
    let (_app, _, rtd) = TestApp::start(Database::Sqlite);
    let mut profile = ward_nurse();
    let part = |regulator: &str| json!({ "kind": "registration", "regulator": regulator });
    profile["requirements"][2] = json!({
        "id": "register", "kind": "anyOf", "parts": [part("nmc"), part("hcpc")], "acceptance": "rely", "dueDays": 365,
        "reason": "A test", "source": "A test",
    });
    let problems = rtd.publish(&profile).problems();
    let expected = [
        ("/requirements/2/acceptance", "never-relied-on"),
        ("/requirements/2/dueDays", "contradiction"),
        ("/requirements/2/dueDays", "out-of-range"),
    ];
    assert_eq!(problems.iter().map(|(at, code)| (at.as_str(), code.as_str())).collect::<Vec<_>>(), expected);
}

#[test]
fn a_word_of_the_host_counts_for_what_was_asked_and_seen_and_the_last_one_counts() {
    on_each_database(|database| {
        let (app, rnn, rtd) = TestApp::start(database);
        let (pass, _) = passport(&rnn, &registered_nurse("1", "Ana Ng"));
        let _ = rtd.publish(&ward_nurse()).expect(201);
        let mut moving = rtd.ask("ward-nurse");
        let _ = moving.show(&[&pass]).expect(201);
        let _ = moving.step("assess").expect(200);
        let nmc = |moving: &passport_tests::moving::Moving| {
            let _ = moving.step("assess").expect(200);
            moving.outcome("nmc")
        };
        let _ = moving.confirm("nmc", "2026-11-21", false).expect(200);
        assert_eq!(nmc(&moving), "missing");
        app.clock.advance(60);
        let _ = moving.confirm("nmc", "2026-11-21", true).expect(200);
        assert_eq!(nmc(&moving), "met", "corrected on the same day");
        let early = moving.confirm("nmc", "2026-11-20", true);
        assert_eq!(early.problems(), [("/on".to_owned(), "before-it-was-asked".to_owned())]);

        // What is shown after it was looked up is looked up again.
        app.clock.advance(60);
        let suspended =
            json!({ "reason": "updated-information", "replacement": registration("99A9999A", "suspended") });
        let held = rnn.get("/v1/staff", "").expect(200)["staff"][0]["staff"].clone();
        let held = rnn.get(&format!("/v1/staff/{}", bare(&held)), "").expect(200);
        let entry = held["records"].as_array().unwrap().iter().find(|it| it["record"]["kind"] == "registration");
        let entry = entry.unwrap_or_else(|| panic!("{held:#}"));
        let newer = rnn.post(&format!("/v1/records/{}/supersede", bare(&entry["id"])), &suspended).expect(201);
        moving.ask_again();
        let _ = moving.show(&[&newer["pass"]["text"]]).expect(201);
        assert_eq!(nmc(&moving), "missing", "a suspension is not outvoted by a word of before");
        app.clock.advance(60);
        let _ = moving.confirm("nmc", "2026-11-21", true).expect(200);
        assert_eq!(nmc(&moving), "met", "the register was looked at since");

        // Another question under the same name is not answered by that.
        let mut profile = ward_nurse();
        profile["requirements"][2]["regulator"] = "hcpc".into();
        let _ = rtd.publish(&profile).expect(201);
        assert_eq!(nmc(&moving), "missing");
    });
}

#[test]
fn a_profile_that_no_longer_fits_is_told_to_rosters_and_hides_nothing() {
    on_each_database(|database| {
        let (app, rnn, rtd) = TestApp::start(database);
        let (pass, _) = passport(&rnn, &registered_nurse("1", "Ana Ng"));
        let _ = rtd.publish(&ward_nurse()).expect(201);
        let mut moving = rtd.ask("ward-nurse");
        moving.until_active(&pass);
        assert_eq!(looked_at(&app), 0, "starting has told all there is");
        assert_eq!(events(&rtd, "movement.clearance-ends"), 1, "the induction is due within a week");
        let mut profile = ward_nurse();
        profile["purposes"] = json!(["secondment"]);
        let _ = rtd.publish(&profile).expect(201);
        let clearance = moving.clearance("2026-11-22");
        assert_eq!(
            (&clearance["answer"], &clearance["why"][0]["code"]),
            (&json!("cannot-tell"), &json!("purpose-not-in-profile"))
        );
        assert_eq!((looked_at(&app), looked_at(&app)), (1, 0));
        assert_eq!(events(&rtd, "movement.reassessed"), 1);
        assert_eq!(moving.look()["assessment"]["code"], "purpose-not-in-profile", "the host sees its own movement");
        let _ = moving.step("end").expect(200);
    });
}

#[test]
fn the_same_training_of_two_organisations_counts_as_the_better_one() {
    let (_app, rnn, rtd) = TestApp::start(Database::Sqlite);
    let mut profile = ward_nurse();
    profile["requirements"][1]["renewal"] = "issuer".into();
    let _ = rtd.publish(&profile).expect(201);
    let (short, _) = passport(&rnn, &registered_nurse("1", "Ana Ng"));
    let mut longer = infection_control("2025-12-10");
    longer["period"] = "P3Y".into();
    let (long, _) = passport(&rtd, &somebody("x", "Ana Ng", &[longer]));
    let mut moving = rtd.ask("ward-nurse");
    let _ = moving.show(&[&short, &long]).expect(201);
    let assessed = moving.step("assess").expect(200);
    assert_eq!(moving.outcome("ipc"), "met", "{assessed:#}");
}

#[test]
fn weak_evidence_of_one_person_is_looked_at_before_anybody_works() {
    let (app, rnn, rtd) = TestApp::start(Database::Sqlite);
    let _ = rtd.publish(&ward_nurse()).expect(201);
    let (one, _) = passport(
        &rnn,
        &somebody("1", "Ana Maria Ng", &[fire_safety("2025-10-08"), registration("99A9999A", "registered")]),
    );
    let (two, _) = passport(&rtd, &somebody("x", "Ana", &[infection_control("2026-10-01")]));
    let mut moving = rtd.ask("ward-nurse");
    let _ = moving.show(&[&one, &two]).expect(201);
    let assessed = moving.step("assess").expect(200);
    assert!(assessed["assessment"]["plain"].as_str().unwrap().contains("Hold their photo ID"), "{assessed:#}");
    let _ = moving.step("agree").expect(200);
    for done in ["nmc", "induction"] {
        let _ = moving.confirm(done, "2026-11-21", true).expect(200);
    }
    assert!(moving.step("start").text().contains("same-person"));
    app.clock.advance(60);
    let _ = moving.confirm("same-person", "2026-11-21", true).expect(200);
    let _ = moving.step("start").expect(200);
    assert_eq!(moving.clearance("2026-11-22")["answer"], "yes");
}

#[test]
fn who_is_told_is_said_to_the_person_and_by_which_agreement_in_the_books() {
    let (_app, rnn, rtd) = TestApp::start(Database::Sqlite);
    let _ = rtd.publish(&ward_nurse()).expect(201);
    let mut body = json!({
        "profile": "ward-nurse", "purpose": "secondment", "starts": "2026-11-21", "ends": "2026-12-18",
        "tell": ["RNN", "RNN"],
    });
    assert_eq!(rtd.post("/v1/movements", &body).problems()[0], ("/agreement".to_owned(), "missing-field".to_owned()));
    body["agreement"] = "Memorandum of 2026".into();
    let moving = rtd.ask_with(&body);
    assert_eq!(moving.person().get("/v1/share", "").expect(200)["told"], json!(["RNN"]));
    assert!(moving.look()["steps"].to_string().contains("RNN: Memorandum of 2026"));
    assert_eq!(rnn.get("/v1/notices", "").expect(200)["notices"].as_array().unwrap().len(), 1);
    assert_eq!(events(&rnn, "movement.told"), 1);
    let reasons = moving.person().post("/v1/share/decline", &json!({ "reason": "My mother is ill" }));
    assert_eq!(reasons.problems(), [("/reason".to_owned(), "unknown-code".to_owned())], "no free text of a person's");
}
