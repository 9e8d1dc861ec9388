//! `kill -9` at random moments of an import, restart, resume: it ends as if nothing had happened.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use passport_issuer::store::Store;
use passport_issuer::world::Random;
use passport_tests::importing::{many_staff, many_trainings};
use passport_tests::{Database, Fresh, Hr, count, on_each_database};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::program::Service;

const PATIENCE: Duration = Duration::from_mins(5);

/// The last day of 2025 that the file has, so that nothing is in the future.
const MONTH: &str = "Mar";

fn wait(hr: &Hr, import: &Value, state: &str) -> Value {
    let began = Instant::now();
    loop {
        let now = hr.import(import);
        if now["state"] == state {
            return now;
        }
        assert!(began.elapsed() < PATIENCE, "{now:#}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A service with a staff list that was imported.
fn prepare(service: &Service, people: usize) -> Hr {
    let key = service.run(&["add-organisation", "RNN", "North Cumbria"]);
    let hr = Hr::at(&service.url(), "RNN", &key);
    let running = service.start();
    let staff = hr.upload("format=staff", many_staff(people).as_bytes()).expect(202);
    wait(&hr, &staff, "previewed");
    let _ = hr.ask_import(&staff, "commit").expect(202);
    wait(&hr, &staff, "done");
    drop(running);
    hr
}

/// A node that was killed holds its lease for a minute; here the minute is over at once.
fn run_leases_out(database: &str, runtime: &Runtime) {
    runtime.block_on(async {
        let store = Store::open(database).await.unwrap();
        let update = "UPDATE jobs SET leased_until = 0";
        match &store {
            Store::Sqlite { write, .. } => sqlx::query(update).execute(write).await.map(|_| ()).unwrap(),
            Store::Postgres(pool) => sqlx::query(update).execute(pool).await.map(|_| ()).unwrap(),
        }
        store.close().await;
    });
}

/// What the database holds of people, without what is different each time: ids, places, signatures.
fn holdings(database: &str, runtime: &Runtime) -> BTreeMap<String, i64> {
    let text = "SELECT s.reference || ' ' || r.subject || ' ' || r.content || ' ' || r.status FROM records r JOIN staff s ON s.id = r.staff
                UNION ALL
                SELECT s.reference || ' ' || c.family || ' ' || c.status || ' ' ||
                       LENGTH(c.records)
                  FROM credentials c JOIN staff s ON s.id = c.staff
                UNION ALL
                SELECT action || ' ' || COUNT(*) FROM audit WHERE action LIKE '%.issued' GROUP BY action
                UNION ALL
                SELECT type || ' ' || COUNT(*) FROM outbox WHERE type LIKE '%.issued' GROUP BY type";
    runtime.block_on(async {
        let store = Store::open(database).await.unwrap();
        let rows: Vec<(String,)> = match &store {
            Store::Sqlite { read, .. } => sqlx::query_as(text).fetch_all(read).await.unwrap(),
            Store::Postgres(pool) => sqlx::query_as(text).fetch_all(pool).await.unwrap(),
        };
        store.close().await;
        let mut all = BTreeMap::new();
        for (row,) in rows {
            *all.entry(row).or_default() += 1;
        }
        all
    })
}

/// Brings an import to its end; `kill` says when the service is to die next, if at all.
fn import(
    service: &Service,
    hr: &Hr,
    file: &str,
    runtime: &Runtime,
    mut kill: impl FnMut() -> Option<Duration>,
) -> (Value, usize) {
    let mut running = service.start();
    let sent = hr.upload("format=esr-training&asOf=2026-01-01", file.as_bytes()).expect(202);
    let mut killed = 0;
    let mut next = kill();
    let mut began = Instant::now();
    loop {
        if next.is_some_and(|next| began.elapsed() >= next) {
            running.kill();
            killed += 1;
            run_leases_out(&service.database, runtime);
            running = service.start();
            next = kill();
            began = Instant::now();
        }
        let now = hr.import(&sent);
        match now["state"].as_str().unwrap() {
            "previewed" => drop(hr.ask_import(&sent, "commit").expect(202)),
            "done" => return (now, killed),
            "reading" | "judging" | "committing" => {}
            other => panic!("{other}: {now:#}"),
        }
        thread::sleep(Duration::from_millis(3));
    }
}

#[test]
fn an_import_that_is_killed_again_and_again_ends_as_if_nothing_had_happened() {
    on_each_database(|database| {
        let runtime = Runtime::new().unwrap();
        let (people, rows, kills) = (count(150, 1_500), count(1_500, 18_000), count(4, 20));
        let file = many_trainings(0, people, rows, MONTH);
        let quiet = Fresh::new(database, &runtime);
        let service = Service::on(&quiet.address);
        let hr = prepare(&service, people);
        let began = Instant::now();
        let (undisturbed, _) = import(&service, &hr, &file, &runtime, || None);
        let took = began.elapsed();
        let expected = holdings(&service.database, &runtime);

        // An import may end before it is killed; then another one is, until it was killed as often as asked for.
        let (random, mut killed, mut imports) = (Random::System, 0, 0);
        while killed < kills {
            let fresh = Fresh::new(database, &runtime);
            let service = Service::on(&fresh.address);
            let hr = prepare(&service, people);
            let mut left = kills - killed;
            let (end, times) = import(&service, &hr, &file, &runtime, || {
                // As many as asked for within the time that all of it takes, so that no step is spared.
                let share = f64::from(u16::from_be_bytes([random.bytes()[0], random.bytes()[1]])) / f64::from(u16::MAX);
                left = left.checked_sub(1)?;
                Some(took.mul_f64(share * 2.0) / u32::try_from(kills).unwrap())
            });
            (killed, imports) = (killed + times, imports + 1);
            assert!(imports <= kills, "killed {killed} times in {imports} imports");
            assert_eq!(end["totals"], undisturbed["totals"]);
            let found = holdings(&service.database, &runtime);
            let first = |one: &BTreeMap<String, i64>, other: &BTreeMap<String, i64>| {
                one.iter()
                    .find(|(row, count)| other.get(*row) != Some(count))
                    .map(|(row, count)| format!("{count} × {row}"))
            };
            assert_eq!((first(&found, &expected), first(&expected, &found)), (None, None));
        }
        println!("{database:?}: {rows} rows in {took:?} undisturbed; killed {killed} times in {imports} imports");
    });
}

/// Where PostgreSQL is there: two processes, one database, two files about the same people at once.
#[test]
fn two_nodes_with_one_database_import_files_about_the_same_people() {
    on_each_database(|database| {
        if database == Database::Sqlite {
            // One file is no network's database; two workers on SQLite are in `imports`.
            return;
        }
        let runtime = Runtime::new().unwrap();
        let fresh = Fresh::new(database, &runtime);
        let people = count(300, 2_000);
        let (one, two) = (Service::on(&fresh.address), Service::on(&fresh.address));
        let hr = prepare(&one, people);
        let _running = (one.start(), two.start());
        let nodes = [hr.clone(), Hr::at(&two.url(), "RNN", &hr.key)];
        // The same rows, in files of their own.
        let rows = people * 8;
        let files = [many_trainings(0, people, rows, MONTH), many_trainings(0, people, rows, MONTH) + "\r\n"];
        let sent: Vec<_> = nodes
            .iter()
            .zip(&files)
            .map(|(node, file)| node.upload("format=esr-training&asOf=2026-01-01", file.as_bytes()).expect(202))
            .collect();
        for import in &sent {
            wait(&hr, import, "previewed");
        }
        for (node, import) in nodes.iter().zip(&sent) {
            let _ = node.ask_import(import, "commit").expect(202);
        }
        for import in &sent {
            wait(&hr, import, "done");
        }
        let found = holdings(&one.database, &runtime);
        let trainings: Vec<_> = found.iter().filter(|(row, _)| row.contains(" training/")).collect();
        assert_eq!(trainings.len(), rows, "no row is lost");
        assert!(trainings.iter().all(|(_, count)| **count == 1), "no duplicate");
        let credentials = found.iter().filter(|(row, _)| row.contains(" StaffTrainingCredential 0 ")).count();
        assert_eq!(credentials, people);
    });
}
