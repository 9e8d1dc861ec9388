//! `passport-issuer`: the service, and the commands by which an operator looks after it.

mod config;

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use actix_web::{App as WebApp, HttpServer, web};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Parser as _;
use config::{Cli, Command, Config};
use passport_issuer::app::App;
use passport_issuer::auth;
use passport_issuer::keys::Keyring;
use passport_issuer::routes;
use passport_issuer::seal::SealingKey;
use passport_issuer::store::organisations::Organisation;
use passport_issuer::store::trail::Deed;
use passport_issuer::store::{Store, StoreError, WriteTx};
use passport_issuer::world::World;
use passport_schema::codes::{CodeLists, Files, OrganisationKind};
use passport_schema::id::{KeyId, OrganisationCode};
use passport_verifier::PublicKey;

/// How long a request may take to end once the service was asked to stop, in seconds.
const GRACE: u64 = 20;
const IDLE: Duration = Duration::from_secs(15);

#[actix_web::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter =
        tracing_subscriber::EnvFilter::try_from_env("PASSPORT_LOG").unwrap_or_else(|_| "info,sqlx=warn".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("passport-issuer: {why}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<(), String> {
    let app = open(&cli.config).await?;
    match cli.command {
        Command::Serve { listen } => serve(app, &listen).await,
        Command::AddOrganisation { code, name, kind, successor } => {
            add_organisation(&app, &code, name, kind, successor.as_deref()).await
        }
        Command::AddApiKey { code, label } => {
            let code = find(&app, &code).await?;
            let mut tx = app.store.write().await.map_err(words)?;
            let key = add_api_key(&app, &mut tx, &code, &label).await?;
            tx.commit().await.map_err(words)?;
            println!("{key}");
            Ok(())
        }
        Command::RevokeApiKey { code, id } => {
            let code = find(&app, &code).await?;
            let mut tx = app.store.write().await.map_err(words)?;
            tx.revoke_api_key(&code, &id, app.world.clock.now())
                .await
                .map_err(|error| gone(error, "no such API key that is valid"))?;
            note(&app, &mut tx, &code, "api-key.revoked", &id).await?;
            tx.commit().await.map_err(words)
        }
        Command::RotateKey { code } => rotate_key(&app, &find(&app, &code).await?).await,
        Command::CompromiseKey { code, kid } => compromise_key(&app, &find(&app, &code).await?, &kid).await,
        Command::PublishTrustList { file, root } => {
            let token = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
            let root = URL_SAFE_NO_PAD.decode(root.trim()).map_err(|_| "the root key is not base64url")?;
            let root = PublicKey::parse(&root).map_err(|error| error.to_string())?;
            let sequence = passport_issuer::publish::publish_trust_list(&app, &token, &root).await?;
            println!("Trust list {sequence} is published.");
            Ok(())
        }
    }
}

async fn open(config: &Config) -> Result<App, String> {
    let sealing =
        match (&config.sealing_key_file, std::env::var("PASSPORT_SEALING_KEY")) {
            (Some(file), _) => fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?,
            (None, Ok(text)) => text,
            (None, Err(_)) => return Err(
                "a sealing key is needed: set PASSPORT_SEALING_KEY_FILE to a file made by `openssl rand -base64 32`"
                    .into(),
            ),
        };
    let sealing = SealingKey::parse(&sealing)?;
    let lists = match &config.code_lists {
        None => CodeLists::embedded(),
        Some(folder) => read_lists(folder)?,
    };
    let store = Store::open(&config.database).await.map_err(|error| error.to_string())?;
    Ok(App::new(store, Keyring::new(sealing), World::system(), lists, &config.address))
}

fn read_lists(folder: &Path) -> Result<CodeLists, String> {
    let read = |name: &str| {
        let file = folder.join(format!("{name}.json"));
        fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))
    };
    let texts: Vec<String> = ["subjects", "competencies", "roles", "regulators", "assurance", "terms", "organisations"]
        .into_iter()
        .map(read)
        .collect::<Result<_, _>>()?;
    let [subjects, competencies, roles, regulators, assurance, terms, organisations] = texts.as_slice() else {
        return Err("seven code lists are needed".into());
    };
    CodeLists::parse(&Files { subjects, competencies, roles, regulators, assurance, terms, organisations })
}

async fn serve(app: App, listen: &str) -> Result<(), String> {
    let store = app.store.clone();
    let data = web::Data::new(app);
    let server = HttpServer::new(move || WebApp::new().app_data(data.clone()).configure(routes::configure))
        .client_request_timeout(IDLE)
        .shutdown_timeout(GRACE)
        .bind(listen)
        .map_err(|error| format!("{listen}: {error}"))?;
    tracing::info!(listen, database = store.name(), "the service is up");
    server.run().await.map_err(|error| error.to_string())?;
    store.close().await;
    tracing::info!("the service has stopped");
    Ok(())
}

fn words(error: StoreError) -> String {
    error.to_string()
}

fn gone(error: StoreError, why: &str) -> String {
    if matches!(error, StoreError::Conflict) { why.to_owned() } else { error.to_string() }
}

fn parse_code(text: &str) -> Result<OrganisationCode, String> {
    OrganisationCode::parse(text).ok_or_else(|| format!("{text} is not an organisation code"))
}

async fn find(app: &App, code: &str) -> Result<OrganisationCode, String> {
    let code = parse_code(code)?;
    let found = app.store.read().await.map_err(words)?.organisation(&code).await.map_err(words)?;
    found.map(|found| found.code).ok_or_else(|| format!("there is no organisation {code} here"))
}

async fn note(app: &App, tx: &mut WriteTx, code: &OrganisationCode, action: &str, subject: &str) -> Result<(), String> {
    let deed = Deed {
        at: app.world.clock.now(),
        actor: "operator".into(),
        action: action.into(),
        subject: subject.into(),
        reason: None,
    };
    tx.note(code, &deed, [app.world.id(), app.world.id()]).await.map_err(words)
}

async fn add_api_key(app: &App, tx: &mut WriteTx, code: &OrganisationCode, label: &str) -> Result<String, String> {
    let (key, hash, secret) = auth::new_key(code, &app.world);
    tx.add_api_key(&key, &hash, label, app.world.clock.now()).await.map_err(words)?;
    note(app, tx, code, "api-key.added", &key.id).await?;
    Ok(secret)
}

async fn add_organisation(
    app: &App,
    code: &str,
    name: String,
    kind: String,
    successor: Option<&str>,
) -> Result<(), String> {
    let code = parse_code(code)?;
    let successor = successor.map(parse_code).transpose()?;
    if app.lists.term::<OrganisationKind>(&kind).is_none() {
        return Err(format!("{kind} is not in the list organisation-kind"));
    }
    let organisation = Organisation { code: code.clone(), name, kind, successor };
    let signing = app.keyring.make(&code, &app.world).map_err(|error| error.to_string())?;
    let mut tx = app.store.write().await.map_err(words)?;
    if !tx.add_organisation(&organisation, app.world.clock.now()).await.map_err(words)? {
        return Err(format!("{code} is here already"));
    }
    tx.add_signing_key(&code, &signing).await.map_err(words)?;
    note(app, &mut tx, &code, "signing-key.added", &signing.kid.to_string()).await?;
    let key = add_api_key(app, &mut tx, &code, "first").await?;
    tx.commit().await.map_err(words)?;
    println!("{key}");
    Ok(())
}

async fn rotate_key(app: &App, code: &OrganisationCode) -> Result<(), String> {
    let now = app.world.clock.now();
    let new = app.keyring.make(code, &app.world).map_err(|error| error.to_string())?;
    let mut tx = app.store.write().await.map_err(words)?;
    for old in tx.reads().signing_keys(code).await.map_err(words)?.iter().filter(|key| key.state == "active") {
        tx.change_signing_key(code, old.kid, "active", "retired", now).await.map_err(words)?;
        note(app, &mut tx, code, "signing-key.retired", &old.kid.to_string()).await?;
    }
    tx.add_signing_key(code, &new).await.map_err(words)?;
    note(app, &mut tx, code, "signing-key.added", &new.kid.to_string()).await?;
    tx.commit().await.map_err(words)?;
    println!("{}", new.kid);
    Ok(())
}

async fn compromise_key(app: &App, code: &OrganisationCode, kid: &str) -> Result<(), String> {
    let kid = KeyId::parse(kid).ok_or("a key's id is 8 hexadecimal digits")?;
    let mut tx = app.store.write().await.map_err(words)?;
    let keys = tx.reads().signing_keys(code).await.map_err(words)?;
    let key = keys
        .iter()
        .find(|key| key.kid == kid && key.state != "compromised")
        .ok_or("no such key that is not compromised yet")?;
    tx.change_signing_key(code, kid, &key.state, "compromised", app.world.clock.now()).await.map_err(words)?;
    note(app, &mut tx, code, "signing-key.compromised", &kid.to_string()).await?;
    tx.commit().await.map_err(words)?;
    println!(
        "Key {kid} is marked. Sign the trust list anew so that verifiers learn of it; rotate the key if it was the active one."
    );
    Ok(())
}
