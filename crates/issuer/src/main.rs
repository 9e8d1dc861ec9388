//! `passport-issuer`: the service, and the commands by which an operator looks after it.

mod config;

use std::fs;
use std::io::IsTerminal as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use actix_web::{App as WebApp, HttpServer, web};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Parser as _;
use config::{Cli, Command, Config, Switch};
use passport_issuer::app::App;
use passport_issuer::bulk::{reissue, withdrawal};
use passport_issuer::jobs;
use passport_issuer::keys::Keyring;
use passport_issuer::permission::ApiKeys;
use passport_issuer::seal::SealingKey;
use passport_issuer::store::Store;
use passport_issuer::store::jobs::Kind;
use passport_issuer::web::assets::Assets;
use passport_issuer::webhook::target::Allowed;
use passport_issuer::world::World;
use passport_issuer::{dsp, import, movement, operator, publish, routes, sign_in, webhook};
use passport_schema::codes::{CodeLists, Files};
use passport_verifier::PublicKey;

/// How long a request may take to end once the service was asked to stop, in seconds.
const GRACE: u64 = 20;
/// Between two looks at every open movement.
const SWEEP: Duration = Duration::from_mins(1);
/// Between two looks for jobs.
const POLL: Duration = Duration::from_millis(500);
const IDLE: Duration = Duration::from_secs(15);

/// A quarter of an import's time went into the system's allocator; this one takes half of that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[actix_web::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter =
        tracing_subscriber::EnvFilter::try_from_env("PASSPORT_LOG").unwrap_or_else(|_| "info,sqlx=warn".into());
    // Colours are for people; a log file gets none.
    let ansi = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(ansi).with_writer(std::io::stderr).init();
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
        Command::Serve { listen } => {
            let assets = read_assets(cli.config.web.as_deref())?;
            serve(app.with_assets(assets), &listen).await?;
        }
        Command::AddOrganisation { code, name, kind, successor } => {
            println!("{}", operator::add_organisation(&app, &code, &name, &kind, successor.as_deref()).await?);
        }
        Command::SetSuccessor { code, successor } => operator::set_successor(&app, &code, &successor).await?,
        Command::AddApiKey { code, label } => println!("{}", operator::add_api_key(&app, &code, &label).await?),
        Command::RevokeApiKey { code, id } => operator::revoke_api_key(&app, &code, &id).await?,
        Command::AddClient { code, label, jwks, scopes } => {
            let keys = fs::read(&jwks).map_err(|error| format!("{}: {error}", jwks.display()))?;
            println!("{}", operator::add_client(&app, &code, &label, &keys, &scopes.join(" ")).await?);
        }
        Command::RevokeClient { code, id } => operator::revoke_client(&app, &code, &id).await?,
        Command::RotateKey { code } => println!("{}", operator::rotate_key(&app, &code).await?),
        Command::CompromiseKey { code, kid } => {
            operator::compromise_key(&app, &code, &kid).await?;
            println!(
                "Key {kid} is marked. Sign the trust list anew, so that verifiers learn of it, and rotate the key."
            );
        }
        Command::PublishTrustList { file, root } => {
            let token = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
            // The key itself or a file with it, as `passport` takes it.
            let root = fs::read_to_string(&root).unwrap_or(root);
            let root = URL_SAFE_NO_PAD.decode(root.trim());
            let root = root.map_err(|_| "the root key is neither base64url nor a file that holds it")?;
            let root = PublicKey::parse(&root).map_err(|error| error.to_string())?;
            println!("Trust list {} is published.", publish::publish_trust_list(&app, &token, &root).await?);
        }
    }
    Ok(())
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
    let app = App::new(store, Keyring::new(sealing), World::system(), lists, &config.address);
    let api_keys = match config.api_keys {
        Switch::On => ApiKeys::Accepted,
        Switch::Off => ApiKeys::Refused,
    };
    Ok(app
        .with_bundle(config.bundle.clone())
        .with_max_file(config.max_import << 20)
        .with_api_keys(api_keys)
        .with_webhook_targets(Allowed::networks(&config.webhook_networks)))
}

fn read_lists(folder: &Path) -> Result<CodeLists, String> {
    let read = |name: &str| {
        let file = folder.join(format!("{name}.json"));
        fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))
    };
    let texts: Vec<String> =
        ["subjects", "competencies", "roles", "regulators", "assurance", "terms", "organisations", "purposes"]
            .into_iter()
            .map(read)
            .collect::<Result<_, _>>()?;
    let [subjects, competencies, roles, regulators, assurance, terms, organisations, purposes] = texts.as_slice()
    else {
        return Err("eight code lists are needed".into());
    };
    CodeLists::parse(&Files { subjects, competencies, roles, regulators, assurance, terms, organisations, purposes })
}

/// Says once what is missing; pages work without it.
fn read_assets(folder: Option<&Path>) -> Result<Assets, String> {
    let Some(folder) = folder else {
        tracing::warn!("PASSPORT_WEB is not set: pages have no styles, and passes cannot be checked in a browser");
        return Ok(Assets::default());
    };
    let assets = Assets::read(folder)?;
    for missing in assets.missing() {
        tracing::warn!(folder = %folder.display(), "{missing}");
    }
    Ok(assets)
}

async fn serve(app: App, listen: &str) -> Result<(), String> {
    let store = app.store.clone();
    // What a service that died had deleted may still lie there.
    store.wipe().await.map_err(|error| error.to_string())?;
    let mut at_work = vec![actix_web::rt::spawn(look_again(app.clone()))];
    for kind in [Kind::Preview, Kind::Import, Kind::Withdrawal, Kind::Reissue, Kind::Pull] {
        at_work.push(actix_web::rt::spawn(look_for_work(app.clone(), kind)));
    }
    at_work.push(actix_web::rt::spawn(webhook::run(app.clone())));
    let data = web::Data::new(app);
    let server = HttpServer::new(move || WebApp::new().app_data(data.clone()).configure(routes::configure))
        .client_request_timeout(IDLE)
        .shutdown_timeout(GRACE)
        .bind(listen)
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                format!("{listen}: something else listens there; take another address with --listen or PASSPORT_LISTEN")
            }
            _ => format!("{listen}: {error}"),
        })?;
    tracing::info!(listen, database = store.name(), "the service is up");
    server.run().await.map_err(|error| error.to_string())?;
    at_work.iter().for_each(actix_web::rt::task::JoinHandle::abort);
    store.close().await;
    tracing::info!("the service has stopped");
    Ok(())
}

/// Looks at every open movement again and again, so that rosters learn in time of what has changed.
async fn look_again(app: App) {
    loop {
        actix_web::rt::time::sleep(SWEEP).await;
        if let Err(error) = movement::sweep(&app).await {
            tracing::error!(error.detail = %error, "open movements were not looked at");
        }
        if let Err(error) = import::sweep(&app).await {
            tracing::error!(error.detail = %error, "open imports were not looked at");
        }
        if let Err(error) = sign_in::sweep(&app).await {
            tracing::error!(error.detail = %error, "old access tokens were not forgotten");
        }
    }
}

/// Looks for jobs of one kind again and again, and does them.
async fn look_for_work(app: App, kind: Kind) {
    loop {
        let done = match kind {
            Kind::Preview => jobs::work(&app, kind, import::preview).await,
            Kind::Import => jobs::work(&app, kind, import::commit).await,
            Kind::Withdrawal => jobs::work(&app, kind, withdrawal::step).await,
            Kind::Reissue => jobs::work(&app, kind, reissue::step).await,
            Kind::Pull => dsp::pull::work(&app).await,
        };
        if let Err(error) = done {
            tracing::error!(kind = kind.name(), error.detail = %error, "jobs were not looked for");
        }
        // Either there is something to do, or it is time to look again.
        let _ = actix_web::rt::time::timeout(POLL, app.bell.notified()).await;
    }
}
