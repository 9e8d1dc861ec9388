//! The bundle that this deployment judged by last, kept until something that goes into it changes.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use passport_schema::id::{KeyId, OrganisationCode};
use passport_verifier::Bundle;

/// What a bundle is made of, in short: it is the same as long as this is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stamp {
    /// Counts of what the database publishes.
    pub published: Vec<i64>,
    /// The hour, because lists are signed anew each hour.
    pub hour: i64,
    /// Length and time of the file that is added to it.
    pub file: Option<(u64, std::time::SystemTime)>,
}

/// A version of a profile, and the key that signed it.
pub type ProfileKey = (OrganisationCode, String, i64, KeyId);

/// A bundle, and what it was made of.
type Opened = (Stamp, Arc<Bundle>);

/// The bundle that was opened last, a file that is added to it, and profiles as they were signed.
#[derive(Debug, Clone, Default)]
pub struct BundleCache {
    file: Option<Arc<Path>>,
    opened: Arc<Mutex<Option<Opened>>>,
    profiles: Arc<Mutex<HashMap<ProfileKey, String>>>,
    gathering: Arc<tokio::sync::Mutex<()>>,
}

/// Profiles that are kept as they were signed; when there are more, all begin anew.
const MAX_PROFILES: usize = 10_000;

impl BundleCache {
    /// With a file, which is replaced while the service runs.
    #[must_use]
    pub fn new(file: Option<PathBuf>) -> Self {
        Self { file: file.map(Into::into), ..Self::default() }
    }

    /// The file that brings the news of other deployments.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Held by whoever gathers what has changed.
    pub async fn gathering(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.gathering.lock().await
    }

    /// The bundle, if it is still the one of this stamp.
    #[must_use]
    pub fn find(&self, stamp: &Stamp) -> Option<Arc<Bundle>> {
        lock(&self.opened).as_ref().filter(|(of, _)| of == stamp).map(|(_, bundle)| bundle.clone())
    }

    /// Keeps a bundle in the place of the one before.
    pub fn keep(&self, stamp: Stamp, bundle: &Arc<Bundle>) {
        *lock(&self.opened) = Some((stamp, bundle.clone()));
    }

    /// A profile as it was signed before, or as `sign` signs it now.
    pub fn profile(&self, key: ProfileKey, sign: impl FnOnce() -> String) -> String {
        let mut profiles = lock(&self.profiles);
        if profiles.len() >= MAX_PROFILES {
            profiles.clear();
        }
        profiles.entry(key).or_insert_with(sign).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
