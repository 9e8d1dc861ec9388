//! Two deployments that share nothing but the bundle: two processes, two databases, one system.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use passport_issuer::world::Clock;
use passport_schema::bundle::BundleFile;
use passport_tests::moving::{registered_nurse, ward_nurse};
use passport_tests::{Fresh, Hr, agent, bare, get, on_each_database, sign_trust_list, trust_list_of};
use serde_json::json;
use tokio::runtime::Runtime;

use crate::program::Service;

/// Takes the other's status lists over, as `passport bundle build` would.
fn fetch(to: &Service, from: &Service) {
    let file = BundleFile::parse(&get(&agent(), &format!("{}/bundle", from.url()), "").body).unwrap();
    fs::write(to.bundle.as_ref().unwrap(), file.to_bytes()).unwrap();
}

fn publish(deployment: &Service, folder: &Path, token: &str, root: &SigningKey) {
    let file = folder.join("trust-list.jwt");
    fs::write(&file, token).unwrap();
    let root = URL_SAFE_NO_PAD.encode(root.verifying_key().as_bytes());
    let _ = deployment.run(&["publish-trust-list", file.to_str().unwrap(), "--root", &root]);
}

const TABLES: [&str; 14] = [
    "movements",
    "movement_steps",
    "movement_items",
    "movement_records",
    "confirmations",
    "decisions",
    "recognitions",
    "told",
    "shown_agreements",
    "audit",
    "outbox",
    "staff",
    "records",
    "credentials",
];

/// Every table of a database as text.
fn everything(database: &str, runtime: &Runtime) -> String {
    use passport_issuer::store::Store;
    runtime.block_on(async {
        let store = Store::open(database).await.unwrap();
        let mut all = String::new();
        match &store {
            Store::Sqlite { write, .. } => {
                sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(write).await.unwrap();
                all = String::from_utf8_lossy(&fs::read(database.trim_start_matches("sqlite:")).unwrap()).into_owned();
            }
            Store::Postgres(pool) => {
                for table in TABLES {
                    let text = format!("SELECT COALESCE(string_agg(t::text, ' '), '') FROM {table} t");
                    let (rows,): (String,) = sqlx::query_as(sqlx::AssertSqlSafe(text)).fetch_one(pool).await.unwrap();
                    all.push_str(&rows);
                }
            }
        }
        store.close().await;
        all
    })
}

#[test]
fn somebody_moves_between_two_deployments_that_share_nothing_but_the_bundle() {
    on_each_database(|database| {
        let runtime = Runtime::new().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let databases = [Fresh::new(database, &runtime), Fresh::new(database, &runtime)];
        let deployment = |place: usize| Service {
            bundle: Some(folder.path().join(format!("bundle-{place}.json"))),
            ..Service::on(&databases[place].address)
        };
        let (home, host) = (deployment(0), deployment(1));
        let rnn_key = home.run(&["add-organisation", "RNN", "North Cumbria"]);
        let rtd_key = host.run(&["add-organisation", "RTD", "Newcastle"]);
        let mut running = (home.start(), host.start());
        let (rnn, rtd) = (Hr::at(&home.url(), "RNN", &rnn_key), Hr::at(&host.url(), "RTD", &rtd_key));
        let root = SigningKey::from_bytes(&[9; 32]);
        let list = trust_list_of(&[(&home.url(), "RNN"), (&host.url(), "RTD")], 1, Clock::System.now());
        let token = sign_trust_list(&list, &root);
        publish(&home, folder.path(), &token, &root);
        publish(&host, folder.path(), &token, &root);

        let today = Clock::System.now().london_date();
        let day = |days: i64| today.plus_days(days).unwrap().to_string();
        let mut nurse = registered_nurse("1", "Zebulon Quartermaine");
        nurse["records"][2]["awarded"] = day(-100).into();
        nurse["records"][4]["awarded"] = day(-100).into();
        let issued = rnn.issue(&nurse);
        let _ = rtd.publish(&ward_nurse()).expect(201);
        fetch(&host, &home);
        let mut moving = rtd.ask_with(&json!({
            "profile": "ward-nurse", "purpose": "secondment", "starts": day(0), "ends": day(27),
        }));
        let _ = moving.show(&[&issued["pass"]["text"]]).expect(201);
        let _ = moving.step("assess").expect(200);
        let _ = moving.confirm("nmc", &day(0), true).expect(200);
        let _ = moving.step("agree").expect(200);
        let _ = moving.step("start").expect(200);
        assert_eq!(moving.clearance(&day(1))["answer"], "yes", "{:#}", moving.clearance(&day(1)));

        // The sender learns of it when the person lets it, by a notice that they carry.
        let told = moving.holder().post("/v1/receipt/tell", &json!({ "organisation": "RNN" })).expect(200);
        assert_eq!(told["delivered"], false);
        fetch(&home, &host);
        let notice = json!({ "notice": told["notice"] });
        let _ = rnn.post("/v1/notices", &notice).expect(201);
        let known = &rnn.get("/v1/notices", "").expect(200)["notices"][0];
        assert_eq!((&known["staff"], &known["host"]), (&issued["staff"], &json!("RTD")));
        let altered = told["notice"].as_str().unwrap().replacen("eyJ", "eyK", 2);
        assert_eq!(rnn.post("/v1/notices", &json!({ "notice": altered })).status, 422);
        assert_eq!(rtd.post("/v1/notices", &notice).problems()[0].1, "not-for-you");

        // A withdrawal at home comes with the next bundle.
        let fire = issued["records"].as_array().unwrap().iter().find(|it| it["about"] == "training/cstf/fire-safety/1");
        let _ = rnn.set_status("records", &fire.unwrap()["id"], "withdraw").expect(200);
        assert_eq!(moving.clearance(&day(1))["answer"], "yes", "not known here yet");
        fetch(&host, &home);
        let after = moving.clearance(&day(1));
        assert_eq!((&after["answer"], &after["why"][0]["code"]), (&json!("no"), &json!("missing/does-not-count")));

        let text = everything(&host.database, &runtime);
        assert!(!text.contains("Zebulon"), "what was shown lies sealed");
        assert!(text.contains(bare(&moving.opened["id"])), "the search sees what is there");
        let _ = moving.step("end").expect(200);
        running.0.kill();
        running.1.kill();
        assert!(!everything(&host.database, &runtime).contains("SP1:"));
    });
}
