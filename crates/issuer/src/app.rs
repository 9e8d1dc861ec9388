//! What the service's parts share: the database, keys, time, code lists, and its public address.

use std::path::PathBuf;
use std::sync::Arc;

use passport_schema::codes::CodeLists;
use passport_schema::id::{OrganisationCode, did_web};

use tokio::sync::Notify;

use crate::bundle_cache::BundleCache;
use crate::dsp::asking::Asking;
use crate::import::MAX_FILE;
use crate::keys::Keyring;
use crate::permission::ApiKeys;
use crate::status_cache::Cache;
use crate::store::Store;
use crate::web::assets::Assets;
use crate::webhook::target::Allowed;
use crate::world::World;

/// The service.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub store: Store,
    /// Keys.
    pub keyring: Keyring,
    /// Time and randomness.
    pub world: World,
    /// Code lists.
    pub lists: Arc<CodeLists>,
    /// The address under which the world reaches it, without a slash at its end.
    pub address: Arc<str>,
    /// Signed public artefacts.
    pub cache: Cache,
    /// What this deployment itself relies on.
    pub relied: BundleCache,
    /// What browsers fetch beside the pages.
    pub assets: Assets,
    /// What asking other systems needs.
    pub asking: Asking,
    /// Longest file that is taken in for an import, in bytes.
    pub max_file: u64,
    /// Rung when there is a job to do, so that this node begins at once; others look now and then.
    pub bell: Arc<Notify>,
    /// Whether API keys open anything.
    pub api_keys: ApiKeys,
    /// Where webhooks may lead.
    pub webhook_targets: Allowed,
}

impl App {
    /// A service over an open database.
    #[must_use]
    pub fn new(store: Store, keyring: Keyring, world: World, lists: CodeLists, address: &str) -> Self {
        let address = address.trim_end_matches('/').into();
        Self {
            store,
            keyring,
            world,
            lists: Arc::new(lists),
            address,
            cache: Cache::default(),
            relied: BundleCache::default(),
            assets: Assets::default(),
            asking: Asking::new(&Allowed::default()),
            max_file: MAX_FILE,
            bell: Arc::default(),
            api_keys: ApiKeys::Accepted,
            webhook_targets: Allowed::default(),
        }
    }

    /// The same, with a bundle file that brings the news of other deployments.
    #[must_use]
    pub fn with_bundle(mut self, file: Option<PathBuf>) -> Self {
        self.relied = BundleCache::new(file);
        self
    }

    /// The same, with the files that its pages need.
    #[must_use]
    pub fn with_assets(mut self, assets: Assets) -> Self {
        self.assets = assets;
        self
    }

    /// The same, with another limit for files that are imported.
    #[must_use]
    pub fn with_max_file(mut self, bytes: u64) -> Self {
        self.max_file = bytes;
        self
    }

    /// The same, where API keys open something or nothing.
    #[must_use]
    pub fn with_api_keys(mut self, api_keys: ApiKeys) -> Self {
        self.api_keys = api_keys;
        self
    }

    /// The same, with networks that webhooks and other systems may be in besides public addresses.
    #[must_use]
    pub fn with_webhook_targets(mut self, allowed: Allowed) -> Self {
        self.asking = Asking::new(&allowed);
        self.webhook_targets = allowed;
        self
    }

    /// An organisation's public address.
    #[must_use]
    pub fn organisation_address(&self, code: &OrganisationCode) -> String {
        format!("{}/organisations/{code}", self.address)
    }

    /// An organisation's decentralised identifier.
    #[must_use]
    pub fn did(&self, code: &OrganisationCode) -> String {
        did_web(&self.organisation_address(code)).unwrap_or_default()
    }

    /// The address of the JSON Schemas.
    #[must_use]
    pub fn schemas(&self) -> String {
        format!("{}/schemas/v1", self.address)
    }
}
