//! The bundle that this deployment judged by last, kept until one of its parts changes.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use passport_verifier::Bundle;

/// A bundle, by the fingerprint of its parts.
type Opened = Option<([u8; 32], Arc<Bundle>)>;

/// The bundle that was opened last, by the fingerprint of its parts; and a file that is added to them.
#[derive(Debug, Clone, Default)]
pub struct BundleCache {
    file: Option<Arc<Path>>,
    opened: Arc<Mutex<Opened>>,
}

impl BundleCache {
    /// With a file, read anew each time: it is replaced while the service runs.
    #[must_use]
    pub fn new(file: Option<PathBuf>) -> Self {
        Self { file: file.map(Into::into), opened: Arc::default() }
    }

    /// The file that brings the news of other deployments.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// The bundle of these parts, if it was the last.
    #[must_use]
    pub fn find(&self, fingerprint: [u8; 32]) -> Option<Arc<Bundle>> {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.as_ref().filter(|(of, _)| *of == fingerprint).map(|(_, bundle)| bundle.clone())
    }

    /// Keeps a bundle in the place of the one before.
    pub fn keep(&self, fingerprint: [u8; 32], bundle: &Arc<Bundle>) {
        *self.opened.lock().unwrap_or_else(PoisonError::into_inner) = Some((fingerprint, bundle.clone()));
    }
}
