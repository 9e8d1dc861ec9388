//! The database: blocks that never overlap, transactions that leave nothing behind, migrations.

use std::collections::HashSet;
use std::fs;
use std::time::Instant;

use passport_issuer::issue::allocate;
use passport_issuer::store::{OpenError, Store};
use passport_schema::id::{Id, OrganisationCode};
use passport_schema::status::{LIST_SIZE, Place};
use passport_tests::{Database, Fresh, TestApp, count, on_each_database};
use sqlx::migrate::Migrator;
use sqlx::{PgPool, SqlitePool};
use tokio::runtime::Runtime;

/// 16 writers take blocks of all sizes: 8,000 in the quick run, 100,000 in the long one.
#[test]
fn blocks_never_overlap_under_sixteen_writers() {
    on_each_database(|database| {
        let (app, _, _) = TestApp::start(database);
        let rnn = OrganisationCode::parse("RNN").unwrap();
        let total = count(8_000, 100_000);
        let batch = 10_u32;
        let mut times = Vec::new();
        let places: Vec<(u32, Place)> = app.runtime.block_on(async {
            let writers: Vec<_> = (0..16_usize)
                .map(|writer| {
                    let (app, rnn) = (app.app.clone(), rnn.clone());
                    tokio::spawn(async move {
                        let mut taken = Vec::new();
                        let mut times = Vec::new();
                        for round in 0..total / 16 / batch as usize {
                            let size = [32, 32, 64, 128][(writer + round) % 4];
                            let began = Instant::now();
                            let mut tx = app.store.write().await.unwrap();
                            let places = loop {
                                match allocate(&mut tx, &app, &rnn, size, batch, app.world.clock.now()).await {
                                    Ok(places) => break places,
                                    Err(passport_issuer::error::ApiError::Busy) => {
                                        tx = app.store.write().await.unwrap();
                                    }
                                    Err(error) => panic!("{error}"),
                                }
                            };
                            tx.commit().await.unwrap();
                            times.push(began.elapsed());
                            taken.extend(places.into_iter().map(|place| (size, place)));
                        }
                        (taken, times)
                    })
                })
                .collect();
            let mut all = Vec::new();
            for writer in writers {
                let (taken, took) = writer.await.unwrap();
                all.extend(taken);
                times.extend(took);
            }
            all
        });
        let mut seen = HashSet::new();
        for (size, place) in &places {
            let first = place.block * size;
            assert!(first + size <= LIST_SIZE);
            // 32 is the smallest block, so that units of 32 tell every overlap.
            for unit in first / 32..(first + size) / 32 {
                assert!(seen.insert((place.list, unit)), "{size} {place:?} overlaps");
            }
        }
        let rising = places.windows(2).filter(|pair| pair[0].1.block < pair[1].1.block).count();
        let percent = rising * 100 / (places.len() - 1);
        assert!((45..=55).contains(&percent), "{percent} % of the blocks rise: the order is visible");
        let half = times.len() / 2;
        let mean = |times: &[std::time::Duration]| {
            times.iter().sum::<std::time::Duration>() / u32::try_from(times.len()).unwrap()
        };
        println!(
            "{database:?}: {} blocks; mean wait {:?} in the first half, {:?} in the second",
            places.len(),
            mean(&times[..half]),
            mean(&times[half..])
        );
    });
}

/// Fills one list to its end by single blocks, and prints what a block cost in each quarter of it:
/// nothing is searched for, so the last costs what the first did.
#[test]
fn a_full_list_is_followed_by_a_new_one() {
    on_each_database(|database| {
        let (app, _, _) = TestApp::start(database);
        let rnn = OrganisationCode::parse("RNN").unwrap();
        let blocks = LIST_SIZE / 128;
        let take = || {
            app.runtime.block_on(async {
                let mut tx = app.app.store.write().await.unwrap();
                let places = allocate(&mut tx, &app.app, &rnn, 128, 1, app.now()).await.unwrap();
                tx.commit().await.unwrap();
                places[0]
            })
        };
        let began = Instant::now();
        let (places, times): (Vec<Place>, Vec<_>) = (0..blocks).map(|_| (take(), began.elapsed())).unzip();
        assert_eq!(places.iter().map(|place| place.block).collect::<HashSet<_>>().len(), blocks as usize);
        assert!(places.iter().all(|place| place.list == places[0].list));
        assert_ne!(take().list, places[0].list);
        let quarter = times.len() / 4;
        let ends: Vec<_> = (1..=4).map(|n| times[n * quarter - 1].as_micros()).collect();
        let costs: Vec<_> =
            (0..4).map(|n| (ends[n] - n.checked_sub(1).map_or(0, |n| ends[n])) / quarter as u128).collect();
        println!("{database:?}: a block cost {costs:?} µs in the four quarters of a list");
    });
}

#[test]
fn a_transaction_that_is_dropped_leaves_nothing_behind() {
    on_each_database(|database| {
        let (app, _, _) = TestApp::start(database);
        let rnn = OrganisationCode::parse("RNN").unwrap();
        app.runtime.block_on(async {
            let mut tx = app.app.store.write().await.unwrap();
            allocate(&mut tx, &app.app, &rnn, 32, 1, app.now()).await.unwrap();
            drop(tx);
            assert!(app.app.store.read().await.unwrap().status_lists(&rnn).await.unwrap().is_empty());
        });
    });
}

#[test]
fn a_database_of_a_newer_version_is_refused() {
    on_each_database(|database| {
        let runtime = Runtime::new().unwrap();
        let fresh = Fresh::new(database, &runtime);
        runtime.block_on(async {
            let store = Store::open(&fresh.address).await.unwrap();
            let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'newer', true, $1, 0)";
            match &store {
                Store::Sqlite { write, .. } => sqlx::query(newer).bind(vec![0_u8]).execute(write).await.map(|_| ()),
                Store::Postgres(pool) => sqlx::query(newer).bind(vec![0_u8]).execute(pool).await.map(|_| ()),
            }
            .unwrap();
            store.close().await;
            let error = Store::open(&fresh.address).await.unwrap_err();
            assert!(matches!(error, OpenError::Newer(9999)), "{error}");
        });
    });
    let runtime = Runtime::new().unwrap();
    assert!(matches!(runtime.block_on(Store::open("mysql://x")), Err(OpenError::Address)));
}

/// What a database of version 8 had in two tables lies in one: the records of a credential, in order.
#[test]
fn what_was_issued_before_keeps_its_records() {
    const BEFORE: &str = "
        INSERT INTO organisations (code, name, kind, created_at) VALUES ('RNN', 'North Cumbria', 'issuer', 1);
        INSERT INTO staff (id, organisation, reference, version, created_at)
            VALUES ('00000000-0000-0000-0000-000000000001', 'RNN', '1', 1, 1);
        INSERT INTO records (id, organisation, staff, kind, subject, content, content_hash, status, created_at, changed_at)
            VALUES ('00000000-0000-0000-0000-00000000000a', 'RNN', '00000000-0000-0000-0000-000000000001', 'k', 's', '{}', '', 0, 1, 1),
                   ('00000000-0000-0000-0000-00000000000b', 'RNN', '00000000-0000-0000-0000-000000000001', 'k', 't', '{}', '', 1, 1, 1);
        INSERT INTO credentials (id, organisation, staff, form, family, standing, content_hash, kid, list, block, token,
                                 issued_at, expires_at, status)
            VALUES ('00000000-0000-0000-0000-00000000000c', 'RNN', '00000000-0000-0000-0000-000000000001', 'credential', 'f',
                    true, '', 'kid', 3, 4, 'token', 1, 2, 0);
        INSERT INTO credential_records (credential, position, record)
            VALUES ('00000000-0000-0000-0000-00000000000c', 1, '00000000-0000-0000-0000-00000000000b'),
                   ('00000000-0000-0000-0000-00000000000c', 2, '00000000-0000-0000-0000-00000000000a')";
    on_each_database(|database| {
        let runtime = Runtime::new().unwrap();
        let fresh = Fresh::new(database, &runtime);
        let old = tempfile::tempdir().unwrap();
        for file in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations")).unwrap() {
            let file = file.unwrap();
            if file.file_name().into_string().unwrap().as_str() < "0009" {
                fs::copy(file.path(), old.path().join(file.file_name())).unwrap();
            }
        }
        runtime.block_on(async {
            let migrator = Migrator::new(old.path()).await.unwrap();
            match database {
                Database::Sqlite => {
                    let pool = SqlitePool::connect(&format!("{}?mode=rwc", fresh.address)).await.unwrap();
                    migrator.run(&pool).await.unwrap();
                    sqlx::raw_sql(BEFORE).execute(&pool).await.unwrap();
                    pool.close().await;
                }
                Database::Postgres => {
                    let pool = PgPool::connect(&fresh.address).await.unwrap();
                    migrator.run(&pool).await.unwrap();
                    sqlx::raw_sql(BEFORE).execute(&pool).await.unwrap();
                    pool.close().await;
                }
            }
            let store = Store::open(&fresh.address).await.unwrap();
            let rnn = OrganisationCode::parse("RNN").unwrap();
            let [a, b, c] = ["a", "b", "c"]
                .map(|last| Id::parse(&format!("urn:uuid:00000000-0000-0000-0000-00000000000{last}")).unwrap());
            let mut tx = store.read().await.unwrap();
            let issued = tx.issued(&rnn, c).await.unwrap().unwrap();
            assert_eq!((issued.records, issued.place), (vec![b, a], Place { list: 3, block: 4 }));
            assert_eq!((issued.token.as_str(), issued.expires.0), ("token", 2));
            assert_eq!(tx.places_of(a).await.unwrap(), [(issued.place, 2, 2)]);
            drop(tx);
            store.close().await;
        });
    });
}
