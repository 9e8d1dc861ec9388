//! The feed of events: in order, whole, and without people.

use std::collections::{BTreeSet, HashMap};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use passport_schema::time::Timestamp;
use passport_tests::moving::carer_agreement;
use passport_tests::signing_in::Client;
use passport_tests::{Hr, START, TestApp, bare, identity, nurse, on_each_database};
use serde_json::{Value, json};

fn page(hr: &Hr, after: &str, limit: usize) -> Vec<Value> {
    let answer = hr.get(&format!("/v1/events?after={after}&limit={limit}"), "");
    assert_eq!(answer.header("content-type"), "application/cloudevents-batch+json");
    answer.expect(200).as_array().unwrap().clone()
}

fn sequence(event: &Value) -> &str {
    event["sequence"].as_str().unwrap()
}

/// Everything, read in pages.
pub fn all(hr: &Hr) -> Vec<Value> {
    let mut events: Vec<Value> = Vec::new();
    loop {
        let after = events.last().map_or("0", sequence).to_owned();
        let more = page(hr, &after, 7);
        if more.is_empty() {
            return events;
        }
        events.extend(more);
    }
}

#[test]
fn a_consumer_follows_by_cursor_and_meets_ids_and_never_people() {
    on_each_database(|database| {
        let (app, hr, rtd) = TestApp::start(database);
        let before = all(&hr).len();
        let passport = hr.issue(&nurse("assignment-1", "Siobhán O'Neill"));
        let _ = hr.set_status("records", &passport["records"][2]["id"], "withdraw").expect(200);
        let events = all(&hr);
        let new = &events[before..];
        let types: Vec<_> = new.iter().map(|event| event["type"].as_str().unwrap()).collect();
        let count = |name: &str| types.iter().filter(|it| **it == format!("example.staff-passport.{name}")).count();
        assert_eq!(
            (count("credential.issued"), count("pass.issued"), count("record.withdrawn")),
            (2, 1, 1),
            "{types:?}"
        );
        for event in new {
            assert_eq!(
                (&event["specversion"], &event["source"]),
                (&json!("1.0"), &json!(format!("{}/organisations/RNN", app.url)))
            );
            assert_eq!(event["person"], passport["staff"], "{event}");
            assert!(event["time"].as_str().unwrap().ends_with('Z'));
        }
        assert_eq!(new.last().unwrap()["subject"], passport["records"][2]["id"]);
        let whole = Value::from(events.clone()).to_string();
        for word in ["Siobh", "Neill", "1990", "assignment-1"] {
            assert!(!whole.contains(word), "{word}");
        }
        assert!(events.iter().map(sequence).is_sorted_by(|one, next| one < next));
        let next = hr.get("/v1/events?limit=2", "");
        let link = format!("</v1/events?after={}>; rel=\"next\"", sequence(&next.json()[1]));
        assert_eq!(next.header("link"), link);
        assert!(!rtd.get("/v1/events", "").text().contains(bare(&passport["staff"])), "another organisation's");
        for query in ["after=x", "after=-1", "limit=0", "limit=1001", "wait=31", "wait=x"] {
            assert_eq!(hr.get(&format!("/v1/events?{query}"), "").status, 422, "{query}");
        }
        let every = hr.get("/v1/events?after=x&limit=0&wait=99", "").problems();
        assert_eq!(every.len(), 3, "all at once");
        let reader = Client::add(&app, "RNN", "ed25519", "events:read").actor(&app, &hr, "1");
        assert_eq!(reader.get("/v1/events", "").status, 200);
        assert_eq!(reader.get("/v1/webhooks", "").status, 403);
    });
}

#[test]
fn who_waits_is_told_at_once() {
    on_each_database(|database| {
        let (_app, hr, _) = TestApp::start(database);
        let last = all(&hr).last().map_or("0", sequence).to_owned();
        let started = Instant::now();
        let waiting = {
            let (hr, last) = (hr.clone(), last.clone());
            thread::spawn(move || hr.get(&format!("/v1/events?after={last}&wait=20"), "").expect(200))
        };
        thread::sleep(Duration::from_millis(700));
        let _ = hr.issue(&nurse("1", "Ana Ng"));
        assert!(!waiting.join().unwrap().as_array().unwrap().is_empty());
        assert!(started.elapsed() < Duration::from_secs(10));
        let last = all(&hr).last().map_or("0", sequence).to_owned();
        assert_eq!(hr.get(&format!("/v1/events?after={last}&wait=1"), "").expect(200), json!([]));
    });
}

#[test]
fn nothing_is_told_of_agreements() {
    on_each_database(|database| {
        let (_app, hr, _) = TestApp::start(database);
        let body = json!({ "reference": "1", "records": [identity("Ana Ng"), carer_agreement()] });
        let passport = hr.issue(&body);
        let credentials = passport["credentials"].as_array().unwrap();
        let of = |kind: &str| credentials.iter().find(|it| it["type"] == kind).unwrap()["id"].clone();
        let (agreement, identity) = (of("StaffAgreementCredential"), of("StaffIdentityCredential"));
        let record = &passport["records"][1]["id"];
        let _ = hr.set_status("records", record, "suspend").expect(200);
        let _ = hr.set_status("credentials", &agreement, "withdraw").expect(200);
        let told = Value::from(all(&hr)).to_string();
        assert!(told.contains(identity.as_str().unwrap()));
        for id in [&agreement, record] {
            assert!(!told.contains(id.as_str().unwrap()));
            assert!(hr.get("/v1/audit", "").text().contains(id.as_str().unwrap()), "the books have it");
        }
    });
}

/// Many at once on two nodes, one of them with a clock that is a minute ahead; somebody follows meanwhile.
#[test]
fn whoever_follows_misses_nothing_and_one_persons_events_stay_in_order() {
    on_each_database(|database| {
        let (app, hr, _) = TestApp::start(database);
        let (here, elsewhere) = (hr.clone(), hr.at_node(&app.node(Timestamp::parse(START).unwrap().plus(60))));
        let people = passport_tests::count(6, 40);
        let changes = passport_tests::count(6, 20);
        let nodes = [&here, &elsewhere];
        let longest = Mutex::new(Duration::ZERO);
        let work = |name: &str, number: usize, started: Instant| {
            let passport = nodes[number % 2].issue(&nurse(&format!("{name}-{number}"), "Ana Ng"));
            let record = &passport["records"][2]["id"];
            for change in 0..changes {
                let action = if change % 2 == 0 { "suspend" } else { "reinstate" };
                let _ = nodes[(number + change + 1) % 2].set_status("records", record, action).expect(200);
            }
            let mut longest = longest.lock().unwrap();
            *longest = started.elapsed().max(*longest);
        };
        let work = &work;
        let started = Instant::now();
        thread::scope(|scope| {
            for number in 0..people {
                scope.spawn(move || work("alone", number, started));
            }
        });
        let alone = std::mem::take(&mut *longest.lock().unwrap());
        let mut followed = all(&hr);
        let before = followed.len();
        let started = Instant::now();
        thread::scope(|scope| {
            let at_work: Vec<_> =
                (0..people).map(|number| scope.spawn(move || work("followed", number, started))).collect();
            loop {
                let over = at_work.iter().all(thread::ScopedJoinHandle::is_finished);
                let node = nodes[followed.len() % 2];
                let after = followed.last().map_or("0", sequence).to_owned();
                let more = page(node, &after, 5);
                if over && more.is_empty() {
                    break;
                }
                followed.extend(more);
            }
        });
        let took = *longest.lock().unwrap();
        let steps = people * (changes + 1);
        println!("{database:?}: {steps} requests took {alone:?} alone, {took:?} while somebody followed closely");
        let events = followed.len() - before;
        assert!(events > steps, "{events} events of {steps} requests");
        assert_eq!(followed, all(&hr), "whoever reads it afterwards sees the same");
        let ids: BTreeSet<_> = followed.iter().map(|event| event["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), followed.len(), "nothing twice");
        let mut by_person: HashMap<String, Vec<String>> = HashMap::new();
        for event in &followed {
            let (person, action) = (event["person"].as_str(), event["type"].as_str().unwrap());
            if let Some((person, action)) = person.zip(action.strip_prefix("example.staff-passport.record.")) {
                by_person.entry(person.into()).or_default().push(action.to_owned());
            }
        }
        assert_eq!(by_person.len(), 2 * people);
        for (person, actions) in by_person {
            let wanted: Vec<_> = (0..changes).map(|it| if it % 2 == 0 { "suspended" } else { "reinstated" }).collect();
            assert_eq!(actions, wanted, "{person}");
        }
    });
}
