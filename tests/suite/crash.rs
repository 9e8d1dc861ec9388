//! `kill -9` in the middle of many issues at once, then a restart: what was acknowledged is there
//! and verifies, nothing exists twice, no status index is shared.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use passport_schema::codes::CodeLists;
use passport_schema::jose::{Jws, Type};
use passport_schema::pass::UnverifiedPass;
use passport_schema::status::{Place, block_size};
use passport_tests::{Fresh, Hr, agent, count, get, nurse, on_each_database};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::program::{Running, build};

struct Service {
    program: PathBuf,
    database: String,
    port: u16,
}

impl Service {
    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env("PASSPORT_SEALING_KEY", "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=")
            .env("PASSPORT_DATABASE", &self.database)
            .env("PASSPORT_ADDRESS", self.url())
            .env("PASSPORT_LOG", "error");
        command
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn start(&self) -> Running {
        let listen = format!("127.0.0.1:{}", self.port);
        let serve = self.command().args(["serve", "--listen", &listen]).stdout(Stdio::null()).spawn();
        let child = Running(serve.unwrap());
        for _ in 0..200 {
            if agent().get(format!("{}/health", self.url())).call().is_ok() {
                return child;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("the service does not start");
    }
}

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
    let program = build("passport-issuer");
    on_each_database(|database| {
        let runtime = Runtime::new().unwrap();
        let fresh = Fresh::new(database, &runtime);
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let service = Service { program: program.clone(), database: fresh.address.clone(), port };
        let added = service.command().args(["add-organisation", "RNN", "North Cumbria"]).output().unwrap();
        assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
        let hr = Hr::at(&service.url(), "RNN", &String::from_utf8_lossy(&added.stdout));
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
        check_tokens(&after, &service.url());
        check_holdings(&hr, &after);
        drop(child);
    });
}

#[test]
fn a_service_that_is_asked_to_stop_ends_cleanly() {
    let runtime = Runtime::new().unwrap();
    let fresh = Fresh::new(passport_tests::Database::Sqlite, &runtime);
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let service = Service { program: build("passport-issuer"), database: fresh.address.clone(), port };
    let mut running = service.start();
    let stopped = Command::new("kill").args(["-TERM", &running.0.id().to_string()]).status().unwrap();
    assert!(stopped.success());
    assert!(running.0.wait().unwrap().success());
    let without_key = service.command().env_remove("PASSPORT_SEALING_KEY").arg("serve").output().unwrap();
    assert!(!without_key.status.success());
    assert!(String::from_utf8_lossy(&without_key.stderr).contains("a sealing key is needed"));
}

/// Every token verifies by the published key, and no two share a status index.
fn check_tokens(answers: &HashMap<usize, Value>, url: &str) {
    let lists = CodeLists::embedded();
    let jwk = get(&agent(), &format!("{url}/organisations/RNN/jwks.json"), "").json();
    let x = jwk["keys"][0]["x"].as_str().unwrap().to_owned();
    let bytes = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, x).unwrap();
    let key = passport_verifier::PublicKey::parse(&bytes).unwrap();
    let mut units = HashSet::new();
    let mut take = |place: Place, records: usize| {
        let size = block_size(records).unwrap();
        for unit in place.block * size / 32..(place.block + 1) * size / 32 {
            assert!(units.insert((place.list, unit)), "{place:?} is shared");
        }
    };
    for answer in answers.values() {
        let pass = UnverifiedPass::parse(answer["pass"]["text"].as_str().unwrap(), &lists).unwrap();
        assert!(key.verify(&pass.signed, &pass.signature));
        take(pass.claims.place, pass.claims.records.len());
        for credential in answer["credentials"].as_array().unwrap() {
            let jws = Jws::parse(credential["token"].as_str().unwrap(), Type::Credential).unwrap();
            assert!(key.verify(jws.signed, &jws.signature));
            let claims = passport_schema::credential::Credential::from_json(&jws.payload, &lists).unwrap();
            take(claims.place, claims.records.len());
        }
    }
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
