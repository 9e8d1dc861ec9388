//! Webhooks: whatever the receiver does, every event arrives, and one person's events in order.

use std::collections::{HashMap, HashSet};
use std::thread;
use std::time::{Duration, Instant};

use passport_issuer::webhook;
use passport_tests::receiver::{Answer, Receiver};
use passport_tests::{Database, Fresh, Hr, TestApp, count, nurse, on_each_database};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::events::all;
use crate::program::Service;

fn add(hr: &Hr, receiver: &Receiver, types: &[&str]) -> Value {
    hr.post("/v1/webhooks", &json!({ "url": receiver.url, "types": types })).expect(201)
}

fn path(webhook: &Value) -> String {
    format!("/v1/webhooks/{}", webhook["id"].as_str().unwrap())
}

fn deliver(app: &TestApp) -> usize {
    app.runtime.block_on(webhook::round(&app.app)).unwrap()
}

/// Lets time pass until nothing waits any more.
fn deliver_all(app: &TestApp, hr: &Hr, webhook: &Value) {
    for _ in 0..4_000 {
        let tries = deliver(app);
        if hr.get(&path(webhook), "").expect(200)["waiting"] == 0 {
            return;
        }
        // What has failed often is tried again after hours.
        app.clock.advance(if tries == 0 { 600 } else { 20 });
    }
    panic!("something waits for ever: {}", hr.get(&path(webhook), "").text());
}

/// People, each with several changes.
fn busy(hr: &Hr, team: &str, people: usize) {
    for number in 0..people {
        let passport = hr.issue(&nurse(&format!("{team}-{number}"), "Ana Ng"));
        for action in ["suspend", "reinstate", "withdraw"] {
            let _ = hr.set_status("records", &passport["records"][2]["id"], action).expect(200);
        }
    }
}

fn sequences(events: &[Value]) -> Vec<i64> {
    events.iter().map(|event| event["sequence"].as_str().unwrap().parse().unwrap()).collect()
}

/// Nobody's event was sent before the one before it was taken.
fn check_order(receiver: &Receiver) {
    let mut taken: HashMap<String, i64> = HashMap::new();
    let mut sent: HashMap<String, i64> = HashMap::new();
    for received in receiver.received() {
        let (about, sequence) = (received.about(), received.sequence());
        let before = sent.insert(about.clone(), sequence).unwrap_or_default();
        assert!(sequence >= before, "{about}: {sequence} came after {before}");
        assert!(
            sequence == before || taken.get(&about).copied().unwrap_or_default() == before,
            "{about}: {before} was not taken yet"
        );
        if received.was_taken() {
            taken.insert(about, sequence);
        }
    }
}

#[test]
fn a_receiver_that_fails_is_slow_and_comes_back_gets_every_event_in_order() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start_with_receivers(database);
        let receiver = Receiver::start();
        let before = all(&hr).len();
        let webhook = add(&hr, &receiver, &[]);
        busy(&hr, "first", count(6, 50));
        // Down at first.
        receiver.behave(|_| Answer::Status(503));
        for _ in 0..6 {
            deliver(&app);
            app.clock.advance(30);
        }
        assert!(receiver.taken().is_empty());
        let shown = hr.get(&path(&webhook), "").expect(200);
        assert_eq!((&shown["state"], shown["failingSince"].is_string()), (&json!("active"), true), "{shown}");
        // Then it comes back, slow and moody.
        let mut number = 0;
        receiver.behave(move |_| {
            number += 1;
            match number % 7 {
                0 => Answer::Status(500),
                1 => Answer::Nothing,
                2 => Answer::Slowly(Duration::from_millis(150)),
                3 => Answer::Status(302),
                _ => Answer::Status(200),
            }
        });
        busy(&hr, "second", 2);
        deliver_all(&app, &hr, &webhook);
        let wanted = sequences(&all(&hr)[before..]);
        let mut taken = receiver.taken();
        taken.sort_unstable();
        assert_eq!(taken, wanted, "from that of the webhook itself on");
        check_order(&receiver);
        let shown = hr.get(&path(&webhook), "").expect(200);
        assert_eq!((&shown["deadLetters"], shown.get("failingSince")), (&json!(0), None), "{shown}");
    });
}

#[test]
fn what_is_never_taken_is_given_up_and_can_be_asked_for_and_holds_up_one_person_only() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start_with_receivers(database);
        let receiver = Receiver::start();
        let webhook = add(&hr, &receiver, &["example.staff-passport.record.*"]);
        let (ana, ben) = (hr.issue(&nurse("1", "Ana Ng")), hr.issue(&nurse("2", "Ben Ng")));
        let person = ana["staff"].clone();
        receiver.behave(move |event| {
            let poison = event["person"] == person && event["type"] == "example.staff-passport.record.suspended";
            Answer::Status(if poison { 500 } else { 200 })
        });
        for action in ["suspend", "reinstate"] {
            for passport in [&ana, &ben] {
                let _ = hr.set_status("records", &passport["records"][2]["id"], action).expect(200);
            }
        }
        for _ in 0..5 {
            deliver(&app);
            app.clock.advance(10);
        }
        assert_eq!(receiver.taken().len(), 2, "Ben's went on");
        let dead = || {
            hr.get(&format!("{}/dead-letters", path(&webhook)), "").expect(200)["deadLetters"]
                .as_array()
                .unwrap()
                .clone()
        };
        assert!(dead().is_empty(), "not yet");
        app.clock.advance(4 * 86_400 - 50);
        for _ in 0..30 {
            // Other people's events get through meanwhile, so that the webhook is not taken for lost.
            let _ = hr.set_status("records", &ben["records"][2]["id"], "suspend").expect(200);
            let _ = hr.set_status("records", &ben["records"][2]["id"], "reinstate").expect(200);
            deliver(&app);
            app.clock.advance(86_400 / 2 * 3);
        }
        let letters = dead();
        assert_eq!(letters.len(), 1, "{letters:?}");
        assert_eq!((&letters[0]["attempts"], &letters[0]["failure"]), (&json!(11), &json!("status 500")));
        assert_eq!(letters[0]["event"]["person"], ana["staff"]);
        check_given_up(&receiver, &ana["staff"]);
        receiver.behave(|_| Answer::Status(200));
        let replayed = hr.post(&format!("{}/dead-letters/replay", path(&webhook)), &json!({})).expect(200);
        assert_eq!(replayed["replayed"], 1);
        let before = receiver.received().len();
        deliver(&app);
        assert!(dead().is_empty());
        assert!(receiver.received()[before..].iter().any(|it| it.event() == letters[0]["event"]));
    });
}

#[test]
fn a_receiver_that_asks_for_a_pause_gets_it() {
    let (app, hr, _) = TestApp::start_with_receivers(Database::Sqlite);
    let receiver = Receiver::start();
    let webhook = add(&hr, &receiver, &["example.staff-passport.credential.*"]);
    for (asked, pause) in [(900, 900), (4_000_000, 3_600)] {
        receiver.behave(move |_| Answer::Later(asked));
        let _ = hr.issue(&nurse(&asked.to_string(), "Ana Ng"));
        let _ = deliver(&app);
        receiver.behave(|_| Answer::Status(200));
        let before = receiver.received().len();
        app.clock.advance(pause - 1);
        assert_eq!(deliver(&app), 0, "{pause}");
        app.clock.advance(1);
        deliver_all(&app, &hr, &webhook);
        assert!(receiver.received().len() > before);
    }
}

/// The person's next event came only after eleven tries of the one before.
fn check_given_up(receiver: &Receiver, person: &Value) {
    let theirs: Vec<_> = receiver
        .received()
        .iter()
        .filter(|it| it.event()["person"] == *person)
        .map(|it| it.event()["type"].clone())
        .collect();
    let (next, tries) = theirs.split_last().unwrap();
    assert_eq!(*next, "example.staff-passport.record.reinstated");
    assert_eq!(tries.len(), 11);
    assert!(tries.iter().all(|it| *it == "example.staff-passport.record.suspended"));
}

#[test]
fn a_webhook_that_is_lost_or_gone_is_disabled_and_goes_on_when_it_is_enabled() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start_with_receivers(database);
        let receiver = Receiver::start();
        let webhook = add(&hr, &receiver, &["example.staff-passport.credential.*"]);
        let state = || hr.get(&path(&webhook), "").expect(200)["state"].clone();
        let enable = || hr.post(&format!("{}/enable", path(&webhook)), &json!({}));
        assert_eq!(enable().status, 409, "it is not disabled");
        receiver.behave(|_| Answer::Nothing);
        let _ = hr.issue(&nurse("1", "Ana Ng"));
        deliver(&app);
        app.clock.advance(4 * 86_400);
        deliver(&app);
        assert_eq!(state(), "active");
        app.clock.advance(2 * 86_400);
        deliver(&app);
        assert_eq!(state(), "disabled");
        let _ = hr.issue(&nurse("2", "Ben Ng"));
        receiver.behave(|_| Answer::Status(410));
        let tries = receiver.received().len();
        app.clock.advance(86_400);
        deliver(&app);
        assert_eq!(receiver.received().len(), tries, "nothing is sent while it is disabled");
        let _ = enable().expect(200);
        deliver(&app);
        assert_eq!(state(), "disabled", "410 means that it is gone");
        receiver.behave(|_| Answer::Status(200));
        let _ = enable().expect(200);
        deliver_all(&app, &hr, &webhook);
        assert_eq!(receiver.taken().len(), 4, "two credentials each: nothing was lost");
        assert!(all(&hr).iter().any(|it| it["type"] == "example.staff-passport.webhook.disabled"));
        check_order(&receiver);
    });
}

#[test]
fn a_webhook_takes_the_types_it_named_replays_rotates_and_is_removed() {
    on_each_database(|database| {
        let (app, hr, rtd) = TestApp::start_with_receivers(database);
        let receiver = Receiver::start();
        let _ = hr.issue(&nurse("0", "Ana Ng"));
        let webhook = add(&hr, &receiver, &["example.staff-passport.pass.issued"]);
        let _ = hr.issue(&nurse("1", "Ben Ng"));
        deliver_all(&app, &hr, &webhook);
        assert_eq!(receiver.received().len(), 1, "one pass since");
        let replayed = hr.post(&format!("{}/replay", path(&webhook)), &json!({ "after": "0" })).expect(200);
        assert_eq!(replayed["reached"], "0000000000000000000");
        deliver_all(&app, &hr, &webhook);
        let received = receiver.received();
        assert_eq!(received.len(), 3, "both passes");
        let id = |index: usize| &received[index].headers["webhook-id"];
        assert!(id(0) == id(1) || id(0) == id(2), "the same event has one id");
        assert_eq!(received[0].headers["webhook-signature"].split(' ').count(), 1);
        assert_eq!(received[0].headers["content-type"], "application/cloudevents+json");
        let rotated = hr.post(&format!("{}/rotate-secret", path(&webhook)), &json!({})).expect(200);
        assert_ne!(rotated["secret"], webhook["secret"]);
        let signatures = |reference: &str| {
            let _ = hr.issue(&nurse(reference, "Cy Ng"));
            deliver_all(&app, &hr, &webhook);
            receiver.received().last().unwrap().headers["webhook-signature"].split(' ').count()
        };
        assert_eq!(signatures("2"), 2);
        app.clock.advance(86_401);
        assert_eq!(signatures("3"), 1);
        // Nobody else's.
        assert_eq!(rtd.get("/v1/webhooks", "").expect(200)["webhooks"], json!([]));
        for (method, rest) in [
            ("get", ""),
            ("delete", ""),
            ("post", "/enable"),
            ("post", "/rotate-secret"),
            ("get", "/dead-letters"),
            ("post", "/dead-letters/replay"),
        ] {
            let address = format!("{}{rest}", path(&webhook));
            let status = match method {
                "get" => rtd.get(&address, "").status,
                "delete" => rtd.delete(&address).status,
                _ => rtd.post(&address, &json!({})).status,
            };
            assert_eq!(status, 404, "{method} {rest}");
        }
        assert_eq!(rtd.post(&format!("{}/replay", path(&webhook)), &json!({ "after": "0" })).status, 404);
        assert!(!hr.get("/v1/webhooks", "").text().contains("whsec_"), "never shown again");
        let count = receiver.received().len();
        assert_eq!(hr.delete(&path(&webhook)).status, 204);
        assert_eq!(hr.delete(&path(&webhook)).status, 404);
        let _ = hr.issue(&nurse("4", "Dee Ng"));
        deliver(&app);
        assert_eq!(receiver.received().len(), count);
    });
}

#[test]
fn a_webhook_leads_to_no_address_of_our_own_network() {
    let (app, hr, _) = TestApp::start(Database::Sqlite);
    let receiver = Receiver::start();
    let port = receiver.url.rsplit_once(':').unwrap().1;
    for url in [
        receiver.url.clone(),
        format!("https://127.0.0.1:{port}"),
        "https://[::1]/".into(),
        "https://169.254.169.254/latest/meta-data".into(),
        "https://10.0.0.1/".into(),
        "http://rota.example/".into(),
        "https://user:password@rota.example/".into(),
        "file:///etc/passwd".into(),
    ] {
        let refused = hr.post("/v1/webhooks", &json!({ "url": url }));
        assert_eq!(refused.problems(), [("/url".into(), "webhook-address".into())], "{url}");
    }
    // A name is looked up when something is sent.
    let named = hr.post("/v1/webhooks", &json!({ "url": format!("https://localhost:{port}") })).expect(201);
    let _ = hr.issue(&nurse("1", "Ana Ng"));
    assert!(deliver(&app) > 0);
    assert!(receiver.received().is_empty());
    let shown = hr.get(&path(&named), "").expect(200);
    assert!(shown["failingSince"].is_string(), "{shown}");
    let every = hr.post("/v1/webhooks", &json!({ "url": 1, "types": ["x"], "more": 1 })).problems();
    assert_eq!(every.len(), 3, "{every:?}");
}

#[test]
fn killed_in_the_middle_the_service_loses_no_event() {
    on_each_database(|database| {
        let runtime = Runtime::new().unwrap();
        let fresh = Fresh::new(database, &runtime);
        let mut service = Service::on(&fresh.address);
        service.more.push(("PASSPORT_WEBHOOK_NETWORKS".into(), "127.0.0.0/8".into()));
        let hr = Hr::at(&service.url(), "RNN", &service.run(&["add-organisation", "RNN", "North Cumbria"]));
        let receiver = Receiver::start();
        let mut number = 0;
        receiver.behave(move |_| {
            number += 1;
            if number % 7 == 0 { Answer::Status(500) } else { Answer::Slowly(Duration::from_millis(20)) }
        });
        let mut child = service.start();
        let webhook = add(&hr, &receiver, &[]);
        let people = count(8, 60);
        thread::scope(|scope| {
            scope.spawn(|| busy(&hr, "all", people));
            while receiver.taken().len() < people {
                thread::sleep(Duration::from_millis(5));
            }
        });
        child.kill();
        let before = receiver.taken().len();
        let child = service.start();
        let events = all(&hr);
        let wanted: HashSet<_> = events
            .iter()
            .skip_while(|it| it["type"] != "example.staff-passport.webhook.added")
            .map(|it| it["id"].clone())
            .collect();
        println!("{database:?}: killed after {before} of {} were taken", wanted.len());
        assert!(before < wanted.len(), "killed in the middle");
        let started = Instant::now();
        let taken = || {
            receiver
                .received()
                .iter()
                .filter(|it| it.was_taken())
                .map(|it| it.event()["id"].clone())
                .collect::<HashSet<_>>()
        };
        while !wanted.is_subset(&taken()) {
            // The lease of the killed process has to run out.
            assert!(
                started.elapsed() < Duration::from_mins(4),
                "{} of {}: {}",
                taken().len(),
                wanted.len(),
                hr.get(&path(&webhook), "").text()
            );
            thread::sleep(Duration::from_millis(200));
        }
        println!("{database:?}: all were taken {} s after the restart", started.elapsed().as_secs());
        drop(child);
    });
}
