//! Other systems are registered, signed in at, searched, linked, pulled from and sent to; and tell us when
//! to pull.

use std::fs;

use passport_issuer::dsp::pull;
use passport_tests::{Database, Hr, TestApp, bare, identity, nurse, on_each_database};
use serde_json::{Value, json};

use super::dsp::{ours, published};
use super::dsp_world::{Learning, issue, post_raw};

fn skill(name: &str, awarded: &str, to: &str) -> Value {
    json!({
        "recordType": "CoreSkillsTraining", "competencyFramework": "CSTF", "subjectName": name, "competencyName": name,
        "subjectLevel": "1", "renewalPeriodNumber": "3", "renewalPeriodUnits": "Years", "attainmentStatus": "ACHIEVED",
        "awardingOrganisation": "RNN", "dateLastAwarded": awarded, "dateTo": to,
    })
}

fn somebody(hr: &Hr, reference: &str, name: &str) -> Value {
    hr.issue(&json!({ "reference": reference, "records": [identity(name)], "pass": null }))["staff"].clone()
}

/// Somebody to act on one system.
struct At<'t> {
    app: &'t TestApp,
    hr: &'t Hr,
    path: String,
}

impl<'t> At<'t> {
    fn new(app: &'t TestApp, hr: &'t Hr, peer: &Value) -> Self {
        Self { app, hr, path: format!("/v1/peers/{}", bare(&peer["id"])) }
    }

    fn link(&self, staff: &Value) -> Value {
        self.hr.post(&format!("{}/links", self.path), &json!({ "staff": staff })).expect(200)
    }

    fn work(&self) -> usize {
        self.app.runtime.block_on(pull::work(&self.app.app)).unwrap()
    }

    /// Pulls, and gives the job as it stands then.
    fn pull(&self, body: &Value) -> Value {
        let job = self.hr.post(&format!("{}/pulls", self.path), body).expect(202);
        self.work();
        self.hr.get(&format!("{}/pulls/{}", self.path, bare(&job["id"])), "").expect(200)
    }

    fn links(&self) -> Vec<Value> {
        self.hr.get(&format!("{}/links", self.path), "").expect(200)["links"].as_array().unwrap().clone()
    }
}

fn credentials(hr: &Hr, staff: &Value) -> Value {
    hr.get(&format!("/v1/staff/{}", bare(staff)), "").expect(200)["credentials"].clone()
}

#[test]
fn what_a_learning_system_has_is_pulled_and_pulled_again_issues_nothing() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start_with_receivers(database);
        let system = Learning::start();
        let peer = system.register(&hr, "learning", "EdDSA");
        let at = At::new(&app, &hr, &peer);
        let staff = somebody(&hr, "1", "Grace Oluwaseun Adeyemi");
        system.has("E-1", "Grace", "Adeyemi", "1990-04-17");
        system.has("E-2", "Grace", "Okafor", "1990-04-17");
        assert_eq!(at.link(&staff), json!({ "outcome": "linked", "employee": "E-1" }));
        assert_eq!(at.link(&staff), json!({ "outcome": "already-linked", "employee": "E-1" }));
        let asked = system.state.lock().unwrap().asked.clone();
        assert_eq!(asked, ["/dsp-api/organisations/RNN/employees?birthDate=1990-04-17"], "no name in an address");
        let mut faulty = skill("Fire Safety", "2026-01-05", "2029-01-04");
        faulty["attainmentStatus"] = "FAILED".into();
        let dbs = ours()["AddEmployeeRecordRequestDBSCheckOutcome.json"].clone();
        let fire = skill("Fire Safety", "2025-01-05", "2028-01-04");
        system.gives("E-1", &json!([fire, faulty, dbs, skill("Conflict Resolution", "2026-11-22", "2029-11-21")]));
        let job = at.pull(&json!({ "staff": staff }));
        assert_eq!((&job["state"], &job["done"], &job["total"]), (&json!("done"), &json!(1), &json!(1)));
        let outcome = at.links()[0]["outcome"].clone();
        // Faulty: not achieved, and dated after today. A learning system's word on a criminal record check is none.
        assert_eq!(outcome["outcomes"], json!({ "added": 1, "faulty": 2, "not-theirs": 1 }), "{outcome}");
        assert_eq!(outcome["faulty"][0]["problems"][0]["pointer"], "/attainmentStatus");
        let first = credentials(&hr, &staff);
        assert_eq!(at.pull(&json!({}))["state"], "done");
        assert_eq!(at.links()[0]["outcome"]["outcomes"], json!({ "unchanged": 1, "faulty": 2, "not-theirs": 1 }));
        assert_eq!(credentials(&hr, &staff), first, "nothing was issued the second time");
        assert_eq!(system.state.lock().unwrap().signed_in, 1, "one token serves for a while");
        // A correction on the same day is one, and a token that was called back is replaced.
        system.state.lock().unwrap().called_back = 1;
        system.gives("E-1", &json!([skill("Fire Safety", "2025-01-05", "2027-01-04")]));
        assert_eq!(at.pull(&json!({}))["state"], "done");
        assert_eq!(at.links()[0]["outcome"]["outcomes"], json!({ "added": 1 }));
        assert_ne!(credentials(&hr, &staff), first);
        assert_eq!(system.state.lock().unwrap().signed_in, 2);
        assert_eq!(system.state.lock().unwrap().refused, Vec::<String>::new());
    });
}

#[test]
fn an_rsa_key_signs_in_too_and_is_published() {
    let (app, hr, rtd) = TestApp::start_with_receivers(Database::Sqlite);
    let system = Learning::start();
    let peer = system.register(&hr, "learning", "RS512");
    let at = At::new(&app, &hr, &peer);
    let staff = somebody(&hr, "1", "Grace Adeyemi");
    system.has("E-1", "Grace", "Adeyemi", "1990-04-17");
    assert_eq!(at.link(&staff)["outcome"], "linked");
    assert_eq!(system.state.lock().unwrap().refused, Vec::<String>::new());
    let set = app.get("/organisations/RNN/peers/jwks.json", "").expect(200);
    let key = &set["keys"][0];
    assert_eq!((&key["kty"], &key["alg"], &key["kid"]), (&json!("RSA"), &json!("RS512"), &peer["keyId"]));
    assert!(key["n"].as_str().unwrap().len() == 512 && key["d"].is_null(), "3072 bits, and nothing secret");
    assert_eq!(app.get("/organisations/RTD/peers/jwks.json", "").expect(200), json!({ "keys": [] }));
    assert_eq!(rtd.get("/v1/peers", "").expect(200), json!({ "peers": [] }));
    for (path, body) in
        [("links", json!({ "staff": staff })), ("pulls", json!({})), ("sends", json!({ "staff": staff }))]
    {
        assert_eq!(rtd.post(&format!("{}/{path}", at.path), &body).status, 404, "{path}");
    }
}

#[test]
fn a_link_is_made_on_exact_evidence_only() {
    let (app, hr, _) = TestApp::start_with_receivers(Database::Sqlite);
    let system = Learning::start();
    let at = At::new(&app, &hr, &system.register(&hr, "learning", "EdDSA"));
    let staff = somebody(&hr, "1", "Mary-Jane D'Arcy");
    for (id, first, surname, day) in [
        ("E-1", "Mary", "Smith", "1990-04-17"),
        ("E-2", "M", "D'Arcy", "1990-04-17"),
        ("E-3", "Mary-Jane", "D'Arcy", "1990-04-18"),
    ] {
        system.has(id, first, surname, day);
    }
    assert_eq!(at.link(&staff), json!({ "outcome": "nobody", "seen": 2 }));
    for employee in ["E-2", "E-3"] {
        let asked = at.hr.post(&format!("{}/links", at.path), &json!({ "staff": staff, "employee": employee }));
        assert_eq!(asked.expect(200), json!({ "outcome": "nobody", "seen": 1 }), "{employee} is not certainly them");
    }
    let none = at.hr.post(&format!("{}/links", at.path), &json!({ "staff": staff, "employee": "E-9" }));
    assert_eq!(none.expect(200), json!({ "outcome": "nobody", "seen": 0 }));
    system.has("E-4", "Mary-Jane", "D’Arcy", "1990-04-17");
    system.has("E-5", "JANE MARY", "DARCY", "1990-04-17");
    assert_eq!(at.link(&staff), json!({ "outcome": "ambiguous", "employees": ["E-4", "E-5"] }));
    let chosen = at.hr.post(&format!("{}/links", at.path), &json!({ "staff": staff, "employee": "E-5" }));
    assert_eq!(chosen.expect(200)["outcome"], "linked");
    // Nobody else becomes that employee.
    let twin = somebody(&hr, "2", "Mary Jane Darcy");
    let taken = at.hr.post(&format!("{}/links", at.path), &json!({ "staff": twin, "employee": "E-5" }));
    assert_eq!(taken.status, 409);
    assert_eq!(at.links().len(), 1);
}

#[test]
fn a_system_that_fails_is_tried_again_and_given_up() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start_with_receivers(database);
        let system = Learning::start();
        let at = At::new(&app, &hr, &system.register(&hr, "learning", "EdDSA"));
        let staff = somebody(&hr, "1", "Grace Adeyemi");
        system.has("E-1", "Grace", "Adeyemi", "1990-04-17");
        assert_eq!(at.link(&staff)["outcome"], "linked");
        system.gives("E-1", &json!([skill("Fire Safety", "2025-01-05", "2028-01-04")]));
        system.state.lock().unwrap().broken = Some(503);
        let job = at.pull(&json!({ "staff": staff }));
        assert_eq!((&job["state"], &job["done"]), (&json!("open"), &json!(0)));
        assert_eq!(at.work(), 0, "not at once");
        system.state.lock().unwrap().broken = None;
        app.clock.advance(20);
        assert_eq!(at.work(), 2);
        assert_eq!(at.links()[0]["outcome"]["outcomes"], json!({ "added": 1 }));
        system.state.lock().unwrap().broken = Some(500);
        let job = hr.post(&format!("{}/pulls", at.path), &json!({})).expect(202);
        for _ in 0..5 {
            at.work();
            app.clock.advance(20);
        }
        let job = hr.get(&format!("{}/pulls/{}", at.path, bare(&job["id"])), "").expect(200);
        assert_eq!((&job["state"], &job["failure"]), (&json!("failed"), &json!("unreachable")));
        let answer = hr.post(&format!("{}/sends", at.path), &json!({ "staff": staff }));
        assert_eq!(answer.status, 502);
        assert!(!answer.text().contains("Jane Smith"), "what a stranger writes is not passed on");
        // Somebody else's answer, and one that is none.
        for (broken, records) in
            [(None, json!({ "id": "E-2", "records": [] })), (Some(302), json!({})), (Some(200), json!({}))]
        {
            let mut state = system.state.lock().unwrap();
            state.broken = broken;
            state.records.insert("E-1".into(), records);
            drop(state);
            assert_eq!(at.pull(&json!({ "staff": staff }))["state"], "done");
            assert_eq!(at.links()[0]["outcome"], json!({ "failure": "answer" }), "{broken:?}");
        }
    });
}

#[test]
fn our_records_are_added_elsewhere() {
    let (app, hr, _) = TestApp::start_with_receivers(Database::Sqlite);
    let system = Learning::start();
    let at = At::new(&app, &hr, &system.register(&hr, "learning", "EdDSA"));
    let passport = hr.issue(&nurse("1", "Ana Ng"));
    let staff = passport["staff"].clone();
    assert_eq!(hr.post(&format!("{}/sends", at.path), &json!({ "staff": staff })).status, 404, "not linked yet");
    system.has("E-1", "Ana", "Ng", "1990-04-17");
    assert_eq!(at.link(&staff)["outcome"], "linked");
    let outcomes = |body: &Value| {
        let sent = hr.post(&format!("{}/sends", at.path), body).expect(200);
        let mut all: Vec<_> =
            sent["records"].as_array().unwrap().iter().map(|it| it["outcome"].as_str().unwrap().to_owned()).collect();
        all.sort();
        all
    };
    assert_eq!(outcomes(&json!({ "staff": staff })), ["added", "conflict"]);
    assert_eq!(outcomes(&json!({ "staff": staff })), ["conflict", "duplicate"]);
    let fire =
        passport["records"].as_array().unwrap().iter().find(|it| it["about"] == "training/cstf/fire-safety/1").unwrap();
    assert_eq!(outcomes(&json!({ "staff": staff, "records": [fire["id"]] })), ["duplicate"]);
    let added = system.state.lock().unwrap().added.clone();
    assert_eq!((added.len(), added[0].0.as_str()), (1, "E-1"));
    assert_eq!((&added[0].1["competencyName"], &added[0].1["dateTo"]), (&json!("Fire Safety"), &json!("2027-10-07")));
}

#[test]
fn what_cannot_be_a_system_is_refused_by_field() {
    let (_app, hr, _) = TestApp::start(Database::Sqlite);
    let sound = json!({
        "system": "learning", "name": "A system", "address": "https://learning.example/dsp-api", "source": "example.system",
        "clientId": "passport-1", "tokenAddress": "https://learning.example/token", "algorithm": "EdDSA",
    });
    for (name, to, code) in [
        ("system", "payroll", "unknown-code"),
        ("address", "http://learning.example/dsp-api", "not-an-address"),
        ("address", "https://127.0.0.1/dsp-api", "not-an-address"),
        ("address", "https://learning.example/dsp-api?x", "not-an-address"),
        ("address", "file:///etc/passwd", "not-an-address"),
        ("tokenAddress", "https://me@learning.example/token", "not-an-address"),
        ("tokenAddress", "https://169.254.169.254/token", "not-an-address"),
        ("source", "a system", "bad-character"),
        ("algorithm", "none", "unknown-code"),
    ] {
        let mut request = sound.clone();
        request[name] = to.into();
        let answer = hr.post("/v1/peers", &request);
        assert_eq!(
            (answer.status, answer.problems()),
            (422, vec![(format!("/{name}"), code.to_owned())]),
            "{name} {to}"
        );
    }
    assert_eq!(hr.post("/v1/peers", &sound).status, 201);
    assert_eq!(hr.post("/v1/peers", &sound).status, 409, "one source, one system");
}

#[test]
fn an_event_makes_us_pull_once() {
    on_each_database(|database| {
        let (app, hr, rtd) = TestApp::start_with_receivers(database);
        let system = Learning::start();
        let at = At::new(&app, &hr, &system.register(&hr, "learning", "EdDSA"));
        let staff = somebody(&hr, "1", "Grace Adeyemi");
        system.has("E-1", "Grace", "Adeyemi", "1990-04-17");
        assert_eq!(at.link(&staff)["outcome"], "linked");
        system.gives("E-1", &json!([skill("Fire Safety", "2025-01-05", "2028-01-04")]));
        let url = format!("{}/dsp/events", app.url);
        let key = format!("Bearer {}", hr.key);
        let structured = ("content-type", "application/cloudevents+json; charset=utf-8");
        let publish =
            |event: &Value| post_raw(&url, &[structured, ("authorization", &key)], event.to_string().as_bytes());
        let first = system.event("236A1D4A-5d69-4fa9-9c7f-e72bf505aa5b", "RNN", "E-1");
        let answer = publish(&first);
        assert_eq!((answer.status, answer.json()), (200, json!({ "id": "236A1D4A-5d69-4fa9-9c7f-e72bf505aa5b" })));
        assert_eq!(at.work(), 2);
        assert_eq!(at.links()[0]["outcome"]["outcomes"], json!({ "added": 1 }));
        // The same event again is answered, and does nothing; with other content it is refused.
        assert_eq!(publish(&first).status, 200);
        assert_eq!(at.work(), 0);
        let mut changed = first.clone();
        changed["time"] = "2026-11-21T09:01:00Z".into();
        assert_eq!(issue(&publish(&changed)).1, "invalid");
        // The key as the specification sends it, and the binary mode.
        let second = system.event("336a1d4a-5d69-4fa9-9c7f-e72bf505aa5b", "RNN", "E-1");
        let text = |name: &str| second[name].as_str().unwrap().to_owned();
        let headers: Vec<(String, String)> = ["specversion", "id", "source", "type", "time", "subject", "dataref"]
            .map(|name| (format!("ce-{name}"), text(name)))
            .into_iter()
            .chain([
                ("ce-filtering".into(), "{%22organisation%22:%22RNN%22}".into()),
                ("apikey".into(), hr.key.clone()),
            ])
            .collect();
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(post_raw(&url, &headers, b"").status, 200);
        assert_eq!(at.work(), 2);
        assert_eq!(issue(&post_raw(&url, &headers, b"{\"surname\":\"Smith\"}")).1, "invalid", "an event has no data");
        // Nobody whom we know: accepted, and nothing to do.
        assert_eq!(publish(&system.event("436a1d4a-5d69-4fa9-9c7f-e72bf505aa5b", "RNN", "E-7")).status, 200);
        assert_eq!(at.work(), 0);
        let another = "536a1d4a-5d69-4fa9-9c7f-e72bf505aa5b";
        let event = system.event(another, "RNN", "E-1");
        for (name, to) in [
            ("source", json!("com.example.unknown")),
            ("type", json!("employee-dbs-check-completed")),
            ("time", json!("2026-11-21T09:40:00Z")),
            ("dataref", json!("https://elsewhere.example/dsp-api/organisations/RNN/employees/E-1/records")),
            ("data", json!({ "surname": "Smith" })),
            ("subject", json!("grace@example.com")),
        ] {
            let mut event = event.clone();
            event[name] = to;
            assert_eq!((issue(&publish(&event)).0, issue(&publish(&event)).1.as_str()), (400, "invalid"), "{name}");
        }
        // Wrong tenant: an event for this organisation with another's key, and the other way round.
        assert_eq!(issue(&publish(&system.event(another, "RTD", "E-1"))).1, "invalid");
        let foreign = format!("Bearer {}", rtd.key);
        let answer = post_raw(&url, &[structured, ("authorization", &foreign)], event.to_string().as_bytes());
        assert_eq!(issue(&answer).1, "invalid");
        assert_eq!(issue(&post_raw(&url, &[structured], event.to_string().as_bytes())).0, 401);
        let plain = post_raw(
            &url,
            &[("content-type", "application/json"), ("authorization", &key)],
            event.to_string().as_bytes(),
        );
        assert_eq!(issue(&plain).1, "invalid");
        assert_eq!(at.work(), 0);
        let trail = hr.get("/v1/audit", "").text();
        assert!(trail.contains("peer.event") && !trail.contains("E-1") && !trail.contains("Adeyemi"));
    });
}

#[test]
fn the_published_answers_are_pulled_and_given_again() {
    let Some(folder) = published() else {
        eprintln!("the specification's examples are not at hand: set PASSPORT_DSP_EXAMPLES to their folder");
        return;
    };
    // What is not given again as it came: the measured result is not kept, and an observation gets a date.
    let exceptions = ["ScreeningAndVaccination"];
    let (app, ..) = TestApp::start_with_receivers(Database::Sqlite);
    let hr = app.add_organisation("RHQ", "An organisation");
    let mut request = json!({ "reference": "1", "records": [identity("Jane Annabel Smith")], "pass": null });
    request["records"][0]["birthDate"] = "1998-10-22".into();
    let staff = hr.issue(&request)["staff"].clone();
    let read = |name: &str| -> Value {
        let text =
            fs::read_to_string(folder.join(name)).unwrap().replace("\"true\"", "true").replace("\"false\"", "false");
        serde_json::from_str(&text).unwrap()
    };
    for (kind, name, types) in [
        ("learning", "CoreSkills", 2),
        ("recruitment", "DBSCheckOutcome", 1),
        ("occupational-health", "ScreeningAndVaccination", 3),
    ] {
        let system = Learning::start();
        let mut registration = system.request(kind, "EdDSA");
        registration["source"] = kind.into();
        let peer = hr.post("/v1/peers", &registration).expect(201);
        system.trusts(&peer);
        let at = At::new(&app, &hr, &peer);
        let employee = read("SearchForAnEmployeeResponseSuccess.json")[0].clone();
        let answer = read(&format!("GetEmployeeRecordsResponse{name}.json"));
        system.state.lock().unwrap().employees.push(employee);
        system.gives("12345", &answer["records"]);
        assert_eq!(at.link(&staff)["outcome"], "linked");
        assert_eq!(at.pull(&json!({}))["state"], "done");
        assert_eq!(at.links()[0]["outcome"]["outcomes"], json!({ "added": types }), "{name}");
        let given = hr.get(&format!("/dsp/organisations/RHQ/employees/{}/records", bare(&staff)), "").expect(200);
        let given = given["records"].as_array().unwrap();
        let all = answer["records"].as_array().unwrap().iter().all(|record| given.contains(record));
        assert_eq!(all, !exceptions.contains(&name), "{name}: {given:?}");
    }
}
