//! What this deployment itself relies on when somebody shows it a passport: its own bundle, and the news
//! of other deployments out of a file that `passport bundle build` writes.

use std::path::Path;
use std::sync::Arc;

use passport_schema::bundle::BundleFile;
use passport_verifier::{Bundle, PublicKey};
use sha2::{Digest as _, Sha256};

use crate::app::App;
use crate::error::ApiError;
use crate::publish;
use crate::store::StoreError;

/// The bundle to judge by, as of now.
///
/// # Errors
/// [`ApiError::State`] before the first trust list.
pub async fn bundle(app: &App) -> Result<Arc<Bundle>, ApiError> {
    let published = publish::trust_list(app).await;
    let published = published.map_err(|_| ApiError::State("no trust list is published here yet".into()))?;
    let mut file = publish::bundle(app).await?;
    if let Some(path) = app.relied.file() {
        match read(path).await {
            Ok(other) => {
                file.status_lists.extend(other.status_lists);
                file.profiles.extend(other.profiles);
            }
            // What is known of other deployments grows old then, and verdicts say so.
            Err(why) => tracing::error!(error.detail = %why, "the bundle file cannot be read"),
        }
    }
    let key = fingerprint(&file);
    if let Some(bundle) = app.relied.find(key) {
        return Ok(bundle);
    }
    let corrupt = || ApiError::Store(StoreError::Corrupt("trust list"));
    let root = PublicKey::parse(&published.root).map_err(|_| corrupt())?;
    let bundle = Arc::new(Bundle::open(&file.to_bytes(), &root, 0).map_err(|_| corrupt())?);
    app.relied.keep(key, &bundle);
    Ok(bundle)
}

/// The same for the same parts, so that only what is new is checked again.
fn fingerprint(file: &BundleFile) -> [u8; 32] {
    let parts = file.status_lists.iter().chain(&file.profiles).chain([&file.trust_list]);
    parts.fold(Sha256::new(), |hash, part| hash.chain_update(part).chain_update([0])).finalize().into()
}

async fn read(path: &Path) -> Result<BundleFile, String> {
    let path = path.to_owned();
    let read = tokio::task::spawn_blocking(move || std::fs::read(path).map_err(|error| error.to_string()));
    BundleFile::parse(&read.await.map_err(|error| error.to_string())??)
}
