//! A deployment for tests, and those who meet at it: `hr` issues, `ward` scans.
//!
//! Everything is real: a server on a socket, a database (SQLite in a temporary file, or PostgreSQL
//! where `PASSPORT_TEST_POSTGRES` names one). Only time and randomness are held still.

#![expect(clippy::missing_panics_doc, clippy::missing_errors_doc, reason = "a test panics when something is wrong")]

pub mod importing;
pub mod moving;
pub mod receiver;
pub mod search;
pub mod signing_in;

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use actix_web::{App as WebApp, HttpServer, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use passport_issuer::app::App;
use passport_issuer::keys::Keyring;
use passport_issuer::permission::ApiKeys;
use passport_issuer::seal::SealingKey;
use passport_issuer::store::Store;
use passport_issuer::web::assets::Assets;
use passport_issuer::webhook::target::{Allowed, Network};
use passport_issuer::world::{Clock, Random, World};
use passport_issuer::{operator, publish, routes};
use passport_schema::codes::CodeLists;
use passport_schema::id::{KeyId, OrganisationCode};
use passport_schema::jose::{self, Type};
use passport_schema::record::Kind;
use passport_schema::time::Timestamp;
use passport_schema::trust_list::{
    Entitlement, ISSUING, Information, Key, KeyState, LIST_TYPE, Member, Scheme, Service, ServiceInformation,
    TrustList, Worded,
};
use passport_verifier::{Bundle, PublicKey, Verdict, Verifier};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// When every test begins.
pub const START: &str = "2026-11-21T09:30:00Z";
/// A day in seconds.
pub const DAY: i64 = 86_400;

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    Sqlite,
    Postgres,
}

/// Runs a test on every database that is there. SQLite always is; PostgreSQL is named by
/// `PASSPORT_TEST_POSTGRES`, as `script/test` does.
pub fn on_each_database(test: impl Fn(Database)) {
    test(Database::Sqlite);
    if std::env::var_os("PASSPORT_TEST_POSTGRES").is_some() {
        test(Database::Postgres);
    } else {
        eprintln!("PASSPORT_TEST_POSTGRES is not set: not run on PostgreSQL");
    }
}

/// How many of something: a small number, or the full one in `script/test --long`.
#[must_use]
pub fn count(small: usize, full: usize) -> usize {
    if std::env::var_os("PASSPORT_LONG").is_some() { full } else { small }
}

/// A database of its own, gone with the value.
pub struct Fresh {
    pub address: String,
    _folder: TempDir,
}

impl Fresh {
    #[must_use]
    pub fn new(database: Database, runtime: &Runtime) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let address = match database {
            Database::Sqlite => format!("sqlite:{}", folder.path().join("passport.db").display()),
            Database::Postgres => {
                let admin = std::env::var("PASSPORT_TEST_POSTGRES").expect("PASSPORT_TEST_POSTGRES");
                let name = format!("t{}", World::system().id().0.simple());
                runtime.block_on(async {
                    use sqlx::Connection as _;
                    let mut connection = sqlx::PgConnection::connect(&admin).await.expect("PostgreSQL");
                    let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
                    sqlx::query(create).execute(&mut connection).await.expect("a database");
                });
                let (server, _) = admin.rsplit_once('/').expect("an address with a database");
                format!("{server}/{name}")
            }
        };
        Self { address, _folder: folder }
    }
}

/// A deployment with a system around it: RNN and RTD on one trust list.
pub struct TestApp {
    pub url: String,
    pub app: App,
    pub clock: Clock,
    pub runtime: Runtime,
    pub root: SigningKey,
    server: actix_web::dev::ServerHandle,
    _database: Fresh,
}

impl TestApp {
    /// Starts one, with a trust list and an actor for each organisation.
    #[must_use]
    pub fn start(database: Database) -> (Self, Hr, Hr) {
        Self::start_with(database, Assets::default())
    }

    /// The same by the system's clock, for programs that have no other.
    #[must_use]
    pub fn start_now(database: Database) -> (Self, Hr, Hr) {
        Self::start_as(database, Clock::System.now(), |app| app)
    }

    /// The same, where API keys open something or nothing.
    #[must_use]
    pub fn start_with_keys(database: Database, api_keys: ApiKeys) -> (Self, Hr, Hr) {
        Self::start_as(database, Timestamp::parse(START).expect("a time"), |app| app.with_api_keys(api_keys))
    }

    /// The same, with webhooks that may lead to this machine.
    #[must_use]
    pub fn start_with_receivers(database: Database) -> (Self, Hr, Hr) {
        let here = Network::parse("127.0.0.0/8").expect("a network");
        let at = Timestamp::parse(START).expect("a time");
        Self::start_as(database, at, |app| app.with_webhook_targets(Allowed::networks(&[here])))
    }

    /// Another node of the same deployment, by a clock of its own; its address.
    #[must_use]
    pub fn node(&self, at: Timestamp) -> String {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://localhost:{}", listener.local_addr().expect("an address").port());
        let world = World::new(Clock::manual(at), Random::seeded(2));
        serve(App { world, ..self.app.clone() }, listener);
        url
    }

    /// The same, with files for its pages.
    #[must_use]
    pub fn start_with(database: Database, assets: Assets) -> (Self, Hr, Hr) {
        Self::start_as(database, Timestamp::parse(START).expect("a time"), |app| app.with_assets(assets))
    }

    /// The same, with another limit for files that are imported.
    #[must_use]
    pub fn start_with_max_file(database: Database, bytes: u64) -> (Self, Hr, Hr) {
        Self::start_as(database, Timestamp::parse(START).expect("a time"), |app| app.with_max_file(bytes))
    }

    fn start_as(database: Database, at: Timestamp, prepare: impl FnOnce(App) -> App) -> (Self, Hr, Hr) {
        let runtime = Runtime::new().expect("a runtime");
        let fresh = Fresh::new(database, &runtime);
        let clock = Clock::manual(at);
        let world = World::new(clock.clone(), Random::seeded(1));
        let sealing = SealingKey::parse(&STANDARD.encode([7; 32])).expect("a key");
        let store = runtime.block_on(Store::open(&fresh.address)).expect("a database");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://localhost:{}", listener.local_addr().expect("an address").port());
        let app = prepare(App::new(store, Keyring::new(sealing), world, CodeLists::embedded(), &url));
        let server = serve(app.clone(), listener);
        let root = SigningKey::from_bytes(&[9; 32]);
        let this = Self { url, app, clock, runtime, root, server, _database: fresh };
        let rnn = this.add_organisation("RNN", "North Cumbria Integrated Care NHS Foundation Trust");
        let rtd = this.add_organisation("RTD", "Newcastle upon Tyne Hospitals NHS Foundation Trust");
        this.publish_trust_list(1);
        (this, rnn, rtd)
    }

    /// Adds an organisation.
    #[must_use]
    pub fn add_organisation(&self, code: &str, name: &str) -> Hr {
        let added = operator::add_organisation(&self.app, code, name, "nhs-foundation-trust", None);
        let key = self.runtime.block_on(added).expect("an organisation");
        Hr { code: code.into(), url: self.url.clone(), key, agent: agent() }
    }

    /// Now, as the service sees it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Signs and publishes a trust list of all organisations and their published keys.
    pub fn publish_trust_list(&self, sequence: u64) {
        let list = trust_list(&self.url, &["RNN", "RTD"], sequence, self.now());
        let token = sign_trust_list(&list, &self.root);
        self.runtime.block_on(publish::publish_trust_list(&self.app, &token, &self.root_key())).expect("published");
    }

    /// The root key that verifiers pin.
    #[must_use]
    pub fn root_key(&self) -> PublicKey {
        PublicKey::parse(self.root.verifying_key().as_bytes()).expect("a key")
    }

    /// A ward with a bundle fetched now.
    #[must_use]
    pub fn ward(&self) -> Ward {
        Ward::fetch(&self.url, &self.root_key())
    }

    /// Gets a public document.
    #[must_use]
    pub fn get(&self, path: &str, accept: &str) -> Answer {
        get(&agent(), &format!("{}{path}", self.url), accept)
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.runtime.block_on(self.server.stop(false));
        self.runtime.block_on(self.app.store.close());
    }
}

fn serve(app: App, listener: std::net::TcpListener) -> actix_web::dev::ServerHandle {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let data = web::Data::new(app);
        actix_web::rt::System::new().block_on(async move {
            let server = HttpServer::new(move || WebApp::new().app_data(data.clone()).configure(routes::configure))
                .workers(2)
                .disable_signals()
                .listen(listener)
                .expect("a listener")
                .run();
            send.send(server.handle()).expect("somebody waits");
            server.await
        })
    });
    receive.recv_timeout(Duration::from_secs(10)).expect("the server starts")
}

/// A trust list of organisations of one deployment, each entitled to everything, with the keys that
/// it publishes.
#[must_use]
pub fn trust_list(url: &str, codes: &[&str], sequence: u64, now: Timestamp) -> TrustList {
    trust_list_of(&codes.iter().map(|code| (url, *code)).collect::<Vec<_>>(), sequence, now)
}

/// The same for organisations of several deployments.
#[must_use]
pub fn trust_list_of(members: &[(&str, &str)], sequence: u64, now: Timestamp) -> TrustList {
    TrustList {
        scheme: Scheme {
            version: 1,
            sequence,
            list_type: LIST_TYPE.into(),
            operator: Worded::english("Test system"),
            issued: now,
            next_update: now.plus(30 * DAY),
        },
        members: members.iter().map(|(url, code)| member(url, code)).collect(),
    }
}

fn member(url: &str, code: &str) -> Member {
    let address = format!("{url}/organisations/{code}");
    let set = get(&agent(), &format!("{address}/jwks.json"), "").json();
    let keys = set["keys"].as_array().expect("keys").iter().map(read_key).collect();
    let entitlement = Entitlement {
        kinds: Kind::ALL.iter().copied().collect(),
        subjects: ["cstf/*", "ommt/*", "local:*"].map(String::from).into(),
    };
    Member {
        information: Information {
            name: Worded::english(code),
            code: OrganisationCode::parse(code).expect("a code"),
            address,
            successor: None,
        },
        services: vec![Service { information: ServiceInformation { service_type: ISSUING.into(), keys, entitlement } }],
    }
}

/// Signs a trust list.
#[must_use]
pub fn sign_trust_list(list: &TrustList, root: &SigningKey) -> String {
    let kid = KeyId::of_ed25519(root.verifying_key().as_bytes());
    let input = jose::signing_input(Type::TrustList, "", kid, &list.to_json());
    let signature = root.sign(input.as_bytes()).to_bytes();
    jose::assemble(input, &signature)
}

fn read_key(jwk: &Value) -> Key {
    let text = |name: &str| jwk[name].as_str().unwrap_or_default();
    let time = |name| Timestamp::parse(text(name)).expect("a time");
    let x = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text("x")).expect("base64url");
    let state = match text("state") {
        "active" => KeyState::Active,
        "retired" => KeyState::Retired,
        _ => KeyState::Compromised,
    };
    Key {
        kid: KeyId::parse(text("kid")).expect("a key id"),
        kty: "OKP".into(),
        crv: "Ed25519".into(),
        x: x.try_into().expect("32 bytes"),
        not_before: time("notBefore"),
        not_after: time("notAfter"),
        state,
    }
}

/// An answer of the service.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: ureq::http::HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header; empty when missing.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The JSON of an answer with this status.
    #[must_use]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        self.json()
    }

    /// The pointers and codes of a problem's fields.
    #[must_use]
    pub fn problems(&self) -> Vec<(String, String)> {
        let part = |problem: &Value, name: &str| problem[name].as_str().unwrap_or_default().to_owned();
        let json = self.json();
        let problems = json["problems"].as_array().cloned().unwrap_or_default();
        problems.iter().map(|problem| (part(problem, "pointer"), part(problem, "code"))).collect()
    }
}

/// A client that takes any status for an answer.
#[must_use]
pub fn agent() -> ureq::Agent {
    let patience = Some(Duration::from_mins(1));
    ureq::Agent::config_builder().http_status_as_error(false).timeout_global(patience).build().into()
}

fn read(response: ureq::http::Response<ureq::Body>) -> Answer {
    let (parts, mut body) = response.into_parts();
    let body = body.with_config().limit(64 << 20).read_to_vec().expect("a body");
    Answer { status: parts.status.as_u16(), headers: parts.headers, body }
}

/// Gets an address.
///
/// # Panics
/// When there is no answer.
#[must_use]
pub fn get(agent: &ureq::Agent, url: &str, accept: &str) -> Answer {
    let request = agent.get(url);
    let request = if accept.is_empty() { request } else { request.header("Accept", accept) };
    read(request.call().expect("an answer"))
}

/// Someone who issues for an organisation.
#[derive(Clone)]
pub struct Hr {
    pub code: String,
    pub url: String,
    pub key: String,
    agent: ureq::Agent,
}

impl Hr {
    /// The same person with another API key.
    #[must_use]
    pub fn with_key(&self, key: &str) -> Self {
        Self { key: key.into(), ..self.clone() }
    }

    /// Somebody at another address with the same key.
    #[must_use]
    pub fn at(url: &str, code: &str, key: &str) -> Self {
        Self { code: code.into(), url: url.into(), key: key.trim().into(), agent: agent() }
    }

    /// The same person at another node.
    #[must_use]
    pub fn at_node(&self, url: &str) -> Self {
        Self { url: url.into(), ..self.clone() }
    }

    /// Deletes.
    #[must_use]
    pub fn delete(&self, path: &str) -> Answer {
        let request =
            self.agent.delete(format!("{}{path}", self.url)).header("Authorization", format!("Bearer {}", self.key));
        read(request.call().expect("an answer"))
    }

    /// Posts, and takes a lost connection for an answer too.
    pub fn try_post(&self, path: &str, body: &[u8], idempotency_key: Option<&str>) -> Result<Answer, ureq::Error> {
        let mut request =
            self.agent.post(format!("{}{path}", self.url)).header("Authorization", format!("Bearer {}", self.key));
        if let Some(key) = idempotency_key {
            request = request.header("Idempotency-Key", key);
        }
        let mut response = request.content_type("application/json").send(body)?;
        let body = response.body_mut().with_config().limit(64 << 20).read_to_vec()?;
        let (parts, _) = response.into_parts();
        Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body })
    }

    /// Posts.
    #[must_use]
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.try_post(path, body.to_string().as_bytes(), None).expect("an answer")
    }

    /// Gets.
    #[must_use]
    pub fn get(&self, path: &str, accept: &str) -> Answer {
        let request =
            self.agent.get(format!("{}{path}", self.url)).header("Authorization", format!("Bearer {}", self.key));
        let request = if accept.is_empty() { request } else { request.header("Accept", accept) };
        read(request.call().expect("an answer"))
    }

    /// Issues a passport.
    #[must_use]
    pub fn issue(&self, request: &Value) -> Value {
        self.post("/v1/passports", request).expect(201)
    }

    /// Changes a status: `records`, `credentials` or `passes`; by its URN.
    #[must_use]
    pub fn set_status(&self, what: &str, id: &Value, action: &str) -> Answer {
        let id = bare(id);
        self.post(&format!("/v1/{what}/{id}/{action}"), &json!({ "reason": "issued-in-error" }))
    }
}

/// The UUID of a URN.
#[must_use]
pub fn bare(urn: &Value) -> &str {
    urn.as_str().and_then(|urn| urn.strip_prefix("urn:uuid:")).expect("a URN")
}

/// Someone who scans, with the network off.
pub struct Ward {
    pub bundle: Bundle,
    pub lists: CodeLists,
}

impl Ward {
    /// A ward with a deployment's bundle.
    #[must_use]
    pub fn fetch(url: &str, root: &PublicKey) -> Self {
        let file = get(&agent(), &format!("{url}/bundle"), "").body;
        Self { bundle: Bundle::open(&file, root, 0).expect("a bundle"), lists: CodeLists::embedded() }
    }

    /// What a pass or credential is worth.
    #[must_use]
    pub fn scan(&self, text: &str, at: Timestamp) -> Verdict<'_> {
        Verifier::new(&self.bundle, &self.lists).verify(text, at)
    }

    /// The decision, and the standing of each record by what it is about, in words.
    #[must_use]
    pub fn look(&self, text: &Value, at: Timestamp) -> Value {
        self.scan(text.as_str().expect("a text"), at).to_json()
    }
}

/// How many records of a verdict have a standing.
#[must_use]
pub fn standing(verdict: &Value, standing: &str) -> usize {
    let records = verdict["verified"]["records"].as_array();
    records.map_or(0, |records| records.iter().filter(|record| record["standing"] == standing).count())
}

/// A request for a nurse with an identity, a job and two trainings.
#[must_use]
pub fn nurse(reference: &str, name: &str) -> Value {
    json!({ "reference": reference, "records": [identity(name), employment(), fire_safety("2025-10-08"), conflict()] })
}

fn provenance(assurance: &str) -> Value {
    json!({ "assurance": assurance, "lastRefreshed": "2026-11-20" })
}

/// An identity record.
#[must_use]
pub fn identity(name: &str) -> Value {
    json!({ "kind": "identity", "name": name, "birthDate": "1990-04-17", "provenance": provenance("identity-gpg45-in-person") })
}

/// A job.
#[must_use]
pub fn employment() -> Value {
    json!({ "kind": "employment", "role": "staff-nurse", "started": "2019-09-02", "provenance": provenance("employment-esr") })
}

/// A fire safety training.
#[must_use]
pub fn fire_safety(awarded: &str) -> Value {
    json!({ "kind": "training", "subject": "cstf/fire-safety/1", "awarded": awarded, "period": "P2Y", "provenance": provenance("cstf-employer") })
}

fn conflict() -> Value {
    json!({ "kind": "training", "subject": "cstf/conflict-resolution/1", "awarded": "2025-01-14", "period": "P3Y", "provenance": provenance("cstf-employer") })
}

/// The sample request of the design's reference passport.
#[must_use]
pub fn reference_passport() -> Value {
    serde_json::from_str(include_str!("../../demo/reference-passport.json")).expect("JSON")
}
