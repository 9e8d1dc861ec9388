//! What an import costs, beside the limit: one signature a credential and one durable commit a batch of the
//! same bytes, on the same database in the same run. Prints a table; `docs/PERFORMANCE.md` says how to run it.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use ed25519_dalek::{Signer as _, SigningKey};
use passport_issuer::store::Store;
use passport_tests::importing::{many_staff, many_trainings};
use passport_tests::{Database, Fresh, Hr, on_each_database};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::program::{Running, Service};

const MONTH: &str = "Mar";
/// People of a batch, as the service has them.
const BATCH: usize = 256;

fn until(hr: &Hr, import: &Value, state: &str) -> Value {
    loop {
        let now = hr.import(import);
        if now["state"] == state {
            return now;
        }
        assert!(!["refused", "cancelled"].contains(&now["state"].as_str().unwrap()), "{now:#}");
        thread::sleep(Duration::from_millis(5));
    }
}

struct Took {
    sent: Duration,
    previewed: Duration,
    done: Duration,
}

impl Took {
    fn all(&self) -> f64 {
        (self.sent + self.previewed + self.done).as_secs_f64()
    }
}

fn import(hr: &Hr, query: &str, file: &str) -> (Value, Took) {
    let began = Instant::now();
    let import = hr.upload(query, file.as_bytes()).expect(202);
    let sent = began.elapsed();
    let began = Instant::now();
    until(hr, &import, "previewed");
    let previewed = began.elapsed();
    let began = Instant::now();
    let _ = hr.ask_import(&import, "commit").expect(202);
    let done = until(hr, &import, "done");
    (done, Took { sent, previewed, done: began.elapsed() })
}

/// The most memory that a process has had, in MB.
fn most_memory(running: &Running) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", running.0.id())).expect("a process");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("VmHWM");
    line.split_whitespace().nth(1).and_then(|kilobytes| kilobytes.parse::<u64>().ok()).expect("a number") / 1_000
}

/// The time that a process has spent on processors, in seconds.
fn processor_time(running: &Running) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", running.0.id())).expect("a process");
    let (_, fields) = stat.rsplit_once(')').expect("a name");
    let ticks = fields.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<f64>().expect("ticks"));
    // Linux counts in hundredths for programs.
    ticks.sum::<f64>() / 100.0
}

/// How long nothing but signing these tokens and committing as many bytes takes.
fn limit(database: &str, runtime: &Runtime) -> (Duration, usize, i64) {
    let key = SigningKey::from_bytes(&[5; 32]);
    let tokens = "SELECT token FROM credentials WHERE family = 'StaffTrainingCredential' AND status = 0";
    let bytes = "SELECT CAST((SELECT SUM(LENGTH(id) + LENGTH(staff) + LENGTH(subject) + LENGTH(content) + 60) FROM records WHERE kind = 'training')
                   + (SELECT SUM(LENGTH(token) + LENGTH(records) + 250) FROM credentials WHERE family = 'StaffTrainingCredential')
                   + (SELECT COUNT(*) * 180 FROM audit WHERE action = 'credential.issued') AS BIGINT)";
    let make = "CREATE TABLE measured (id BIGINT NOT NULL PRIMARY KEY, content BYTEA NOT NULL)";
    let keep = "INSERT INTO measured (id, content) VALUES ($1, $2)";
    runtime.block_on(async {
        let store = Store::open(database).await.unwrap();
        macro_rules! on {
            ($pool:ident => $body:expr) => {
                match &store {
                    Store::Sqlite { write: $pool, .. } => $body,
                    Store::Postgres($pool) => $body,
                }
            };
        }
        let tokens: Vec<(String,)> = on!(pool => sqlx::query_as(tokens).fetch_all(pool).await.unwrap());
        let (bytes,): (i64,) = on!(pool => sqlx::query_as(bytes).fetch_one(pool).await.unwrap());
        on!(pool => { sqlx::query(make).execute(pool).await.unwrap(); });
        let batches = tokens.len().div_ceil(BATCH);
        let content = vec![7_u8; usize::try_from(bytes).unwrap() / batches.max(1)];
        let began = Instant::now();
        for (index, batch) in tokens.chunks(BATCH).enumerate() {
            for (token,) in batch {
                std::hint::black_box(key.sign(token.as_bytes()));
            }
            let index = i64::try_from(index).unwrap();
            on!(pool => { sqlx::query(keep).bind(index).bind(&content).execute(pool).await.unwrap(); });
        }
        let took = began.elapsed();
        store.close().await;
        (took, tokens.len(), bytes)
    })
}

fn measure(database: Database, rows: usize) {
    let runtime = Runtime::new().unwrap();
    let fresh = Fresh::new(database, &runtime);
    let service = Service::measured(&fresh.address);
    let key = service.run(&["add-organisation", "RNN", "North Cumbria"]);
    let hr = Hr::at(&service.url(), "RNN", &key);
    let people = rows * 8 / 100;
    let running = service.start();
    import(&hr, "format=staff&asOf=2026-01-01", &many_staff(people));
    drop(running);

    let file = many_trainings(0, people, rows, MONTH);
    let running = service.start();
    let query = "format=esr-training&asOf=2026-01-01";
    let (done, first) = import(&hr, query, &file);
    assert_eq!(done["totals"]["new"].as_u64(), u64::try_from(rows).ok(), "{done:#}");
    let (memory, busy) = (most_memory(&running), processor_time(&running));
    let (again, second) = import(&hr, query, &file);
    assert_eq!((&again["totals"]["signed"], &again["repeats"]), (&0.into(), &done["id"]), "not even read");
    // Other bytes that say the same: read and judged, and nothing issued.
    let (_, read_again) = import(&hr, query, &(file.clone() + "\r\n"));
    drop(running);
    let (limit, credentials, bytes) = limit(&fresh.address, &runtime);
    let limit = limit.as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "printed with two digits")]
    let (per_row, per_second) = (first.all() * 1e6 / rows as f64, rows as f64 / first.all());
    println!(
        "{database:?} | {rows} rows, {people} people, {credentials} credentials, {} MB | sent {:.2} s, previewed {:.2} s, issued {:.2} s, all {:.2} s | {per_second:.0} rows/s, {per_row:.1} µs a row, {busy:.2} s of processors | limit {limit:.2} s: all {:.2}, issuing {:.2} of it | {memory} MB at most | again {:.3} s ({:.3} of the first; aim 0.1), read again {:.2} s",
        bytes / 1_000_000,
        first.sent.as_secs_f64(),
        first.previewed.as_secs_f64(),
        first.done.as_secs_f64(),
        first.all(),
        limit / first.all(),
        limit / first.done.as_secs_f64(),
        second.all(),
        second.all() / first.all(),
        read_again.all(),
    );
}

#[test]
#[ignore = "a measurement: minutes, and an optimised service in PASSPORT_MEASURED_SERVICE"]
fn what_an_import_costs_beside_the_limit() {
    on_each_database(|database| {
        let most = if std::env::var_os("PASSPORT_LONG").is_some() { 1_000_000 } else { 100_000 };
        for rows in [10_000, 100_000, 1_000_000].into_iter().filter(|rows| *rows <= most) {
            measure(database, rows);
        }
    });
}
