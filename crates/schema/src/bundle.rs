//! The bundle: one file with all that a verifier needs when the network is off.
//!
//! The file itself is not signed: each part is, and a verifier checks each.

use serde::{Deserialize, Serialize};

/// Largest bundle that is read, in bytes.
pub const MAX_BUNDLE: usize = 64 * 1024 * 1024;
/// Status tokens in one bundle.
pub const MAX_STATUS_TOKENS: usize = 20_000;
/// Role profiles in one bundle.
pub const MAX_PROFILES: usize = 5_000;

/// The parts of a bundle. Nothing in it is verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct BundleFile {
    /// 1.
    pub version: u32,
    /// The trust list, as signed.
    pub trust_list: String,
    /// Status list tokens (JWT form), as signed.
    pub status_lists: Vec<String>,
    /// Role profiles, each signed by the organisation that wrote it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<String>,
}

/// The version that this code reads and writes.
pub const VERSION: u32 = 1;

impl BundleFile {
    /// Reads a file.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > MAX_BUNDLE {
            return Err(format!("{} bytes long; at most {MAX_BUNDLE} are read", bytes.len()));
        }
        let file: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if file.version != VERSION {
            return Err(format!("version {}; this program reads version {VERSION}", file.version));
        }
        if file.status_lists.len() > MAX_STATUS_TOKENS {
            return Err(format!("{} status lists; at most {MAX_STATUS_TOKENS} are read", file.status_lists.len()));
        }
        if file.profiles.len() > MAX_PROFILES {
            return Err(format!("{} profiles; at most {MAX_PROFILES} are read", file.profiles.len()));
        }
        Ok(file)
    }

    /// The file's bytes.
    ///
    /// # Panics
    /// Never: texts and numbers.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).expect("texts and numbers")
    }
}
