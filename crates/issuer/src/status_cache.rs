//! Status list tokens, kept in memory until their list changes or the hour ends.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use passport_schema::id::{KeyId, OrganisationCode};
use passport_schema::time::Timestamp;

use crate::store::status::ListState;

/// The forms in which a status list is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatusForm {
    /// Token Status List, JWT.
    Jwt,
    /// Token Status List, CWT.
    Cwt,
    /// W3C Bitstring Status List for revocation.
    Revocation,
    /// W3C Bitstring Status List for suspension.
    Suspension,
}

impl StatusForm {
    /// Its media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jwt => "application/statuslist+jwt",
            Self::Cwt => "application/statuslist+cwt",
            Self::Revocation | Self::Suspension => "application/vc+jwt",
        }
    }
}

/// An organisation, one of its lists, a form, and the key that signs.
pub type Name = (OrganisationCode, u32, StatusForm, KeyId);
/// A list's state, the time of signing, and the token.
type Signed = (ListState, Timestamp, Arc<[u8]>);

/// Signed tokens, kept until the list changes or the hour ends.
#[derive(Clone, Default)]
pub struct Cache(Arc<RwLock<HashMap<Name, Signed>>>);

impl Cache {
    /// The token of a list in this state, signed at this time.
    #[must_use]
    pub fn find(&self, name: &Name, state: ListState, issued: Timestamp) -> Option<Arc<[u8]>> {
        let cache = self.0.read().ok()?;
        let (known, at, bytes) = cache.get(name)?;
        (*known == state && *at == issued).then(|| bytes.clone())
    }

    /// Keeps a token.
    pub fn keep(&self, name: Name, state: ListState, issued: Timestamp, bytes: &Arc<[u8]>) {
        if let Ok(mut cache) = self.0.write() {
            cache.insert(name, (state, issued, bytes.clone()));
        }
    }
}
