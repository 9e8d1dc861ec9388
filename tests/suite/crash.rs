//! `kill -9` in the middle of many issues at once, then a restart: what was acknowledged is there
//! and verifies, nothing exists twice, no status index is shared.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use passport_issuer::store::Store;
use passport_issuer::world::Clock;
use passport_tests::{Fresh, Hr, Ward, count, nurse, on_each_database, sign_trust_list, trust_list};
use passport_verifier::{Decision, PublicKey, Verifier};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::program::Service;

/// Acknowledged answers by reference, as they came.
type Acknowledged = Mutex<HashMap<usize, Value>>;

fn issue_all(hr: &Hr, total: usize, acknowledged: &Acknowledged, stop_on_loss: bool) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        // As many at once as there are to issue: 1,000 in the long run.
        for _ in 0..total {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= total {
                        return;
                    }
                    let body = nurse(&number.to_string(), "Ana Ng").to_string();
                    match hr.try_post("/v1/passports", body.as_bytes(), Some(&format!("key-{number}"))) {
                        Ok(answer) => {
                            assert_eq!(answer.status, 201, "{}", answer.text());
                            let answer = answer.json();
                            let before = acknowledged.lock().unwrap().insert(number, answer.clone());
                            assert!(before.is_none_or(|before| before == answer), "a repeat gets the first answer");
                        }
                        Err(_) if stop_on_loss => return,
                        Err(error) => panic!("{error}"),
                    }
                }
            });
        }
    });
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_is_issued_twice() {
    on_each_database(|database| {
        let runtime = Runtime::new().unwrap();
        let fresh = Fresh::new(database, &runtime);
        let service = Service::on(&fresh.address);
        let hr = Hr::at(&service.url(), "RNN", &service.run(&["add-organisation", "RNN", "North Cumbria"]));
        let total = count(200, 1_000);
        let acknowledged = Acknowledged::default();

        let mut child = service.start();
        thread::scope(|scope| {
            scope.spawn(|| issue_all(&hr, total, &acknowledged, true));
            while acknowledged.lock().unwrap().len() < total / 3 {
                thread::sleep(Duration::from_millis(1));
            }
            child.kill();
        });
        let before = acknowledged.lock().unwrap().clone();
        println!("{database:?}: killed after {} of {total} were acknowledged", before.len());
        assert!((total / 3..total).contains(&before.len()));

        let child = service.start();
        issue_all(&hr, total, &acknowledged, false);
        let after = acknowledged.into_inner().unwrap();
        assert_eq!(after.len(), total);
        for (number, answer) in &before {
            assert_eq!(after[number], *answer);
        }
        check_tokens(&after, &service);
        check_holdings(&hr, &after);
        drop(child);
        check_places(&service.database, &after, &runtime);
    });
}

#[test]
fn a_service_that_is_asked_to_stop_ends_cleanly() {
    let runtime = Runtime::new().unwrap();
    let fresh = Fresh::new(passport_tests::Database::Sqlite, &runtime);
    let service = Service::on(&fresh.address);
    let mut running = service.start();
    let stopped = Command::new("kill").args(["-TERM", &running.0.id().to_string()]).status().unwrap();
    assert!(stopped.success());
    assert!(running.0.wait().unwrap().success());
    let without_key = service.command().env_remove("PASSPORT_SEALING_KEY").arg("serve").output().unwrap();
    assert!(!without_key.status.success());
    assert!(String::from_utf8_lossy(&without_key.stderr).contains("a sealing key is needed"));
}

/// Every token is accepted, with every record in it, by a verifier that has nothing but the bundle.
fn check_tokens(answers: &HashMap<usize, Value>, service: &Service) {
    let root = SigningKey::from_bytes(&[9; 32]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("trust-list.jwt");
    let now = Clock::System.now();
    fs::write(&file, sign_trust_list(&trust_list(&service.url(), &["RNN"], 1, now), &root)).unwrap();
    let public = URL_SAFE_NO_PAD.encode(root.verifying_key().as_bytes());
    let _ = service.run(&["publish-trust-list", file.to_str().unwrap(), "--root", &public]);

    let ward = Ward::fetch(&service.url(), &PublicKey::parse(root.verifying_key().as_bytes()).unwrap());
    let texts: Vec<&str> = answers.values().flat_map(tokens).collect();
    let now = Clock::System.now();
    for verdict in Verifier::new(&ward.bundle, &ward.lists).verify_many(&texts, now) {
        assert_eq!(verdict.decision(), Decision::Accepted, "{:?}", verdict.reasons());
        assert!(verdict.verified().unwrap().records().iter().all(|judged| judged.standing().counts()));
    }
}

fn tokens(answer: &Value) -> impl Iterator<Item = &str> {
    let credentials = answer["credentials"].as_array().unwrap();
    credentials.iter().map(|credential| &credential["token"]).chain([&answer["pass"]["text"]]).filter_map(Value::as_str)
}

/// In the database no two blocks overlap, and there are no more of them than were acknowledged.
fn check_places(database: &str, answers: &HashMap<usize, Value>, runtime: &Runtime) {
    let rows: Vec<(String, i64, i64, i64)> = runtime.block_on(async {
        let store = Store::open(database).await.unwrap();
        let all = "SELECT c.organisation, c.list, c.block, l.block_size FROM credentials c
                   JOIN status_lists l ON l.organisation = c.organisation AND l.number = c.list";
        let rows = match &store {
            Store::Sqlite { read, .. } => sqlx::query_as(all).fetch_all(read).await,
            Store::Postgres(pool) => sqlx::query_as(all).fetch_all(pool).await,
        };
        store.close().await;
        rows.unwrap()
    });
    let mut units = HashSet::new();
    for (organisation, list, block, size) in &rows {
        for unit in block * size / 32..(block + 1) * size / 32 {
            assert!(units.insert((organisation, list, unit)), "block {block} of list {list} is shared");
        }
    }
    assert_eq!(rows.len(), answers.values().flat_map(tokens).count());
}

/// The database holds exactly what was acknowledged: each person once, with one passport.
fn check_holdings(hr: &Hr, answers: &HashMap<usize, Value>) {
    let mut after = String::new();
    let mut people = 0;
    loop {
        let page = hr.get(&format!("/v1/staff?after={after}"), "").expect(200);
        people += page["staff"].as_array().unwrap().len();
        match page["next"].as_str() {
            Some(next) => next.clone_into(&mut after),
            None => break,
        }
    }
    assert_eq!(people, answers.len());
    for answer in answers.values() {
        let person = hr.get(&format!("/v1/staff/{}", passport_tests::bare(&answer["staff"])), "").expect(200);
        assert_eq!(person["passes"].as_array().unwrap().len(), 1);
        assert_eq!(person["passes"][0]["text"], answer["pass"]["text"]);
        assert_eq!(person["credentials"].as_array().unwrap().len(), answer["credentials"].as_array().unwrap().len());
        assert_eq!(person["records"].as_array().unwrap().len(), 4);
    }
}
