//! What requests cost while many ask at once, beside the limit of each in the same run. Issuing: the same
//! tokens signed, and one durable commit of as many bytes a request, on the same database. Reading: a server
//! that does nothing but answer the same bytes. Prints a table; `docs/PERFORMANCE.md` says how to run it.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use ed25519_dalek::{Signer as _, SigningKey};
use passport_issuer::store::Store;
use passport_tests::{Answer, Database, Fresh, Hr, agent, bare, count, get, nurse, on_each_database};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::program::Service;

/// How many ask at the same time.
const CLIENTS: usize = 32;

/// How long each of many requests took, fastest first, and all together.
struct Took {
    each: Vec<Duration>,
    all: Duration,
}

#[expect(clippy::cast_precision_loss, reason = "printed as a whole number")]
fn a_second(requests: usize, took: Duration) -> f64 {
    requests as f64 / took.as_secs_f64()
}

impl Took {
    fn a_second(&self) -> f64 {
        a_second(self.each.len(), self.all)
    }

    /// The time that so many percent of them took at most, in milliseconds.
    fn share(&self, percent: usize) -> f64 {
        self.each[(self.each.len() * percent / 100).min(self.each.len() - 1)].as_secs_f64() * 1e3
    }
}

/// Lets all clients, each with a connection of its own, ask until each number has been asked with.
fn ask<C>(total: usize, client: impl Fn() -> C + Sync, one: impl Fn(&C, usize) + Sync) -> Took {
    let (next, each) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(total)));
    let began = Instant::now();
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let client = client();
                let mut took = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= total {
                        break;
                    }
                    let began = Instant::now();
                    one(&client, number);
                    took.push(began.elapsed());
                }
                each.lock().unwrap().append(&mut took);
            });
        }
    });
    let all = began.elapsed();
    let mut each = each.into_inner().unwrap();
    each.sort_unstable();
    Took { each, all }
}

/// How many requests a second there are when each only signs its tokens and commits as many bytes, with as many
/// writers as the database takes at once.
async fn limit_of_issuing(address: &str, requests: Vec<Vec<String>>) -> f64 {
    let store = Store::open(address).await.unwrap();
    let make = "CREATE TABLE measured (id BIGINT NOT NULL PRIMARY KEY, content BYTEA NOT NULL)";
    let writers = match &store {
        Store::Sqlite { write, .. } => sqlx::query(make).execute(write).await.map(|_| 1),
        Store::Postgres(pool) => sqlx::query(make).execute(pool).await.map(|_| 16),
    };
    let (total, share) = (requests.len(), requests.len().div_ceil(writers.unwrap()));
    let began = Instant::now();
    let shares = requests
        .chunks(share)
        .enumerate()
        .map(|(number, requests)| tokio::spawn(sign_and_commit(store.clone(), number * share, requests.to_vec())));
    for share in shares.collect::<Vec<_>>() {
        share.await.unwrap();
    }
    let took = began.elapsed();
    store.close().await;
    a_second(total, took)
}

async fn sign_and_commit(store: Store, first: usize, requests: Vec<Vec<String>>) {
    let key = SigningKey::from_bytes(&[5; 32]);
    for (index, tokens) in requests.iter().enumerate() {
        for token in tokens {
            std::hint::black_box(key.sign(token.as_bytes()));
        }
        // A token, and its records once more: without base64 they are three quarters as long.
        let content = vec![7_u8; tokens.iter().map(String::len).sum::<usize>() * 7 / 4];
        let id = i64::try_from(first + index).unwrap();
        let keep = "INSERT INTO measured (id, content) VALUES ($1, $2)";
        match &store {
            Store::Sqlite { write, .. } => sqlx::query(keep).bind(id).bind(content).execute(write).await.map(|_| ()),
            Store::Postgres(pool) => sqlx::query(keep).bind(id).bind(content).execute(pool).await.map(|_| ()),
        }
        .unwrap();
    }
}

/// Answers the same body to everybody, a thread a connection, until the process ends.
fn bare_server(answer: &Answer) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", answer.body.len());
    let response = [head.as_bytes(), &answer.body].concat();
    let serve = move |mut connection: TcpStream| {
        let (mut asked, mut buffer) = (Vec::new(), [0; 4096]);
        while let Ok(read @ 1..) = connection.read(&mut buffer) {
            asked.extend_from_slice(&buffer[..read]);
            if asked.ends_with(b"\r\n\r\n") {
                asked.clear();
                if connection.write_all(&response).is_err() {
                    return;
                }
            }
        }
    };
    thread::spawn(move || {
        for connection in listener.incoming().map_while(Result::ok) {
            let serve = serve.clone();
            thread::spawn(move || serve(connection));
        }
    });
    address
}

fn print(database: Database, what: &str, took: &Took, limit: f64) {
    println!(
        "| {database:?} | {what} | {} | {:.0} | {:.1} | {:.1} | {limit:.0} | {:.2} |",
        took.each.len(),
        took.a_second(),
        took.share(50),
        took.share(99),
        took.a_second() / limit
    );
}

/// Reads an address of the service, then the same bytes from a server that does nothing else.
fn read(database: Database, what: &str, total: usize, hr: &(impl Fn() -> Hr + Sync), path: &str) {
    let answer = hr().get(path, "");
    assert_eq!(answer.status, 200, "{path}");
    let took = ask(total, hr, |hr, _| assert_eq!(hr.get(path, "").status, 200));
    let bare = bare_server(&answer);
    let limit = ask(total, agent, |agent, _| assert_eq!(get(agent, &bare, "").status, 200));
    print(database, what, &took, limit.a_second());
}

fn measure(database: Database) {
    let runtime = Runtime::new().unwrap();
    let fresh = Fresh::new(database, &runtime);
    let service = Service::measured(&fresh.address);
    let key = service.run(&["add-organisation", "RNN", "North Cumbria"]);
    let hr = || Hr::at(&service.url(), "RNN", &key);
    let running = service.start();

    let total = count(2_000, 10_000);
    let answers: Mutex<Vec<Value>> = Mutex::default();
    let issued = ask(total, hr, |hr, number| {
        let answer = hr.issue(&nurse(&number.to_string(), "Ana Ng"));
        answers.lock().unwrap().push(answer);
    });
    let answers = answers.into_inner().unwrap();
    let path = format!("/v1/staff/{}", bare(&answers[0]["staff"]));
    read(database, "GET one person", 5 * total, &hr, &path);
    read(database, "GET a status list", 5 * total, &hr, "/organisations/RNN/status/1");
    drop(running);

    let tokens = |answer: &Value| {
        let credentials = answer["credentials"].as_array().unwrap().iter();
        credentials.map(|it| it["token"].as_str().unwrap().to_owned()).collect()
    };
    let limit = runtime.block_on(limit_of_issuing(&fresh.address, answers.iter().map(tokens).collect()));
    print(database, "POST a new person's passport", &issued, limit);
}

#[test]
#[ignore = "a measurement: a minute, and an optimised service in PASSPORT_MEASURED_SERVICE"]
fn what_requests_cost_beside_the_limit() {
    println!("| | What | Requests | A second | Median, ms | 99 %, ms | Limit, a second | Ratio |");
    println!("|---|---|--:|--:|--:|--:|--:|--:|");
    on_each_database(measure);
}
