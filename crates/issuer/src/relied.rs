//! What this deployment itself relies on when somebody shows it a passport: its own bundle, and the news
//! of other deployments out of a file that `passport bundle build` writes.

use std::path::Path;
use std::sync::Arc;

use passport_schema::bundle::BundleFile;
use passport_verifier::{Bundle, PublicKey};

use crate::app::App;
use crate::bundle_cache::Stamp;
use crate::error::ApiError;
use crate::publish;
use crate::store::StoreError;

/// The bundle to judge by, as of now.
///
/// # Errors
/// [`ApiError::State`] before the first trust list.
pub async fn bundle(app: &App) -> Result<Arc<Bundle>, ApiError> {
    if let Some(bundle) = app.relied.find(&stamp(app).await?) {
        return Ok(bundle);
    }
    // One gathers what has changed; the others wait for it.
    let _gathering = app.relied.gathering().await;
    let stamp = stamp(app).await?;
    if let Some(bundle) = app.relied.find(&stamp) {
        return Ok(bundle);
    }
    let published = publish::trust_list(app).await.map_err(|error| match error {
        ApiError::NotFound => ApiError::State("no trust list is published here yet".into()),
        other => other,
    })?;
    let mut file = publish::bundle(app).await?;
    let mut whole = true;
    if let Some(path) = app.relied.file() {
        match read(path).await {
            Ok(other) => {
                file.status_lists.extend(other.status_lists);
                file.profiles.extend(other.profiles);
            }
            // What is known of other deployments grows old then, and verdicts say so.
            Err(why) => {
                whole = false;
                tracing::error!(error.detail = %why, "the bundle file cannot be read");
            }
        }
    }
    let corrupt = || ApiError::Store(StoreError::Corrupt("trust list"));
    let root = PublicKey::parse(&published.root).map_err(|_| corrupt())?;
    let bundle = Arc::new(Bundle::open(&file.to_bytes(), &root, 0).map_err(|_| corrupt())?);
    if whole {
        app.relied.keep(stamp, &bundle);
    }
    Ok(bundle)
}

/// Read before the parts are, so that a part that changes meanwhile makes the next stamp another.
async fn stamp(app: &App) -> Result<Stamp, ApiError> {
    let published = app.store.read().await?.published_counts().await?;
    let file = app.relied.file().and_then(|path| std::fs::metadata(path).ok());
    let file = file.and_then(|data| Some((data.len(), data.modified().ok()?)));
    Ok(Stamp { published, hour: app.world.clock.now().0.div_euclid(3_600), file })
}

async fn read(path: &Path) -> Result<BundleFile, String> {
    let path = path.to_owned();
    let read = tokio::task::spawn_blocking(move || std::fs::read(path).map_err(|error| error.to_string()));
    BundleFile::parse(&read.await.map_err(|error| error.to_string())??)
}
