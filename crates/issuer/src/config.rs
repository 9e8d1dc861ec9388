//! What the service is told when it starts: by arguments, environment, or files.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use passport_issuer::webhook::target::Network;

/// The issuer service of Staff Passport.
#[derive(Debug, Parser)]
#[command(name = "passport-issuer", version, about)]
pub struct Cli {
    /// What the service is told.
    #[command(flatten)]
    pub config: Config,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the service is told. Secrets come by environment or file only.
#[derive(Debug, Args)]
pub struct Config {
    /// The database: `sqlite:FILE` or `postgres://…`
    #[arg(
        long,
        env = "PASSPORT_DATABASE",
        default_value = "sqlite:passport.db",
        global = true,
        hide_env_values = true
    )]
    pub database: String,
    /// The address under which the world reaches the service
    #[arg(long, env = "PASSPORT_ADDRESS", default_value = "http://localhost:8080", global = true)]
    pub address: String,
    /// A file with the sealing key (32 bytes in base64); or set `PASSPORT_SEALING_KEY`
    #[arg(long, env = "PASSPORT_SEALING_KEY_FILE", global = true)]
    pub sealing_key_file: Option<PathBuf>,
    /// A bundle file with the news of other deployments, as `passport bundle build` writes it; read
    /// anew whenever somebody shows a passport
    #[arg(long, env = "PASSPORT_BUNDLE", global = true)]
    pub bundle: Option<PathBuf>,
    /// The folder that `script/web` builds: styles, scripts and icons of the pages; without it they are plain
    #[arg(long, env = "PASSPORT_WEB", global = true)]
    pub web: Option<PathBuf>,
    /// Longest file that is taken in for an import, in MiB
    #[arg(long, env = "PASSPORT_MAX_IMPORT", default_value_t = 256, value_parser = clap::value_parser!(u64).range(1..=65_536), global = true)]
    pub max_import: u64,
    /// Whether API keys open anything; where they are off, clients sign in with keys of their own
    #[arg(long, env = "PASSPORT_API_KEYS", value_enum, default_value = "on", global = true)]
    pub api_keys: Switch,
    /// Networks that webhooks and other systems may be in besides public addresses, also without TLS, such as 10.0.0.0/8;
    /// with commas between
    #[arg(long, env = "PASSPORT_WEBHOOK_NETWORKS", value_delimiter = ',', value_parser = Network::parse, global = true)]
    pub webhook_networks: Vec<Network>,
    /// A folder with code lists that replace the built-in ones
    #[arg(long, env = "PASSPORT_CODE_LISTS", global = true)]
    pub code_lists: Option<PathBuf>,
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// It is there.
    On,
    /// It is not.
    Off,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the service
    Serve {
        /// Where to listen
        #[arg(long, env = "PASSPORT_LISTEN", default_value = "127.0.0.1:8080")]
        listen: String,
    },
    /// Add an organisation, with its first signing key and API key
    AddOrganisation {
        /// Its code, such as RNN
        code: String,
        /// Its name
        name: String,
        /// What kind of organisation it is
        #[arg(long, default_value = "nhs-foundation-trust")]
        kind: String,
        /// The code that succeeded it
        #[arg(long)]
        successor: Option<String>,
    },
    /// Say which organisation succeeded one; say it to the trust list as well
    SetSuccessor {
        /// The organisation's code
        code: String,
        /// The code that succeeded it
        successor: String,
    },
    /// Make another API key for an organisation; it is shown once
    AddApiKey {
        /// The organisation's code
        code: String,
        /// What it is for
        #[arg(long, default_value = "")]
        label: String,
    },
    /// Revoke an API key
    RevokeApiKey {
        /// The organisation's code
        code: String,
        /// The key's id
        id: String,
    },
    /// Add a client, which signs in with a key of its own; gives its id
    AddClient {
        /// The organisation's code
        code: String,
        /// What it is for
        label: String,
        /// A file with its public keys, as a JWK Set
        #[arg(long, value_name = "FILE")]
        jwks: PathBuf,
        /// What it may do, with commas between: `GET /.well-known/oauth-authorization-server` names all scopes
        #[arg(long, value_delimiter = ',', required = true)]
        scopes: Vec<String>,
    },
    /// Revoke a client; its access tokens open nothing from then on
    RevokeClient {
        /// The organisation's code
        code: String,
        /// The client's id
        id: String,
    },
    /// Make a new signing key; it signs from the next trust list on, and the one before it retires
    RotateKey {
        /// The organisation's code
        code: String,
    },
    /// Mark a signing key as compromised: nothing that it signed counts any more
    CompromiseKey {
        /// The organisation's code
        code: String,
        /// The key's id
        kid: String,
    },
    /// Publish a trust list; the first one pins the system's root key
    PublishTrustList {
        /// The signed list
        file: PathBuf,
        /// The root key's public half in base64url, or a file that holds it
        #[arg(long, env = "PASSPORT_ROOT", allow_hyphen_values = true)]
        root: String,
    },
}
