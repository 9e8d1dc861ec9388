//! Signing keys: made, sealed, opened when they are needed, and never shown.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use ed25519_dalek::{Signer as _, SigningKey};
use passport_schema::id::{KeyId, OrganisationCode};
use passport_schema::time::Timestamp;
use passport_verifier::PublicKey;
use thiserror::Error;

use crate::seal::SealingKey;
use crate::store::organisations::StoredKey;
use crate::world::World;

/// How long a new key may sign, in seconds: two years. What it signed stays valid after that.
pub const LIFETIME: i64 = 2 * 365 * 86_400;

/// Why nothing can be signed.
#[derive(Debug, Error)]
pub enum KeyFault {
    /// The organisation has no key that may sign now.
    #[error("the organisation has no active signing key")]
    None,
    /// The sealed key does not open: another sealing key, or a damaged row.
    #[error("a signing key does not open with this deployment's sealing key")]
    Sealed,
}

/// A key that can sign.
pub struct Signer {
    kid: KeyId,
    secret: SigningKey,
    public: PublicKey,
}

impl Signer {
    /// The key's id.
    #[must_use]
    pub fn kid(&self) -> KeyId {
        self.kid
    }

    /// The public half, as a verifier sees it.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.secret.sign(message).to_bytes()
    }

    /// A signer of 32 secret bytes.
    ///
    /// # Errors
    /// [`KeyFault::Sealed`] if they are not such a key's.
    pub fn from_secret(secret: &[u8]) -> Result<Self, KeyFault> {
        let secret = SigningKey::from_bytes(secret.try_into().map_err(|_| KeyFault::Sealed)?);
        let bytes = secret.verifying_key().to_bytes();
        let public = PublicKey::parse(&bytes).map_err(|_| KeyFault::Sealed)?;
        Ok(Self { kid: KeyId::of_ed25519(&bytes), secret, public })
    }
}

type OpenKeys = HashMap<(OrganisationCode, KeyId), Arc<Signer>>;

/// Opened keys, kept in memory while the process lives.
#[derive(Clone)]
pub struct Keyring {
    sealing: SealingKey,
    open: Arc<RwLock<OpenKeys>>,
}

fn context(organisation: &OrganisationCode, kid: KeyId) -> String {
    format!("signing-key/{organisation}/{kid}")
}

impl Keyring {
    /// A keyring that opens with one sealing key.
    #[must_use]
    pub fn new(sealing: SealingKey) -> Self {
        Self { sealing, open: Arc::default() }
    }

    /// The sealing key, for other secrets of the deployment.
    #[must_use]
    pub fn sealing(&self) -> &SealingKey {
        &self.sealing
    }

    /// Makes a new key, active from now.
    ///
    /// # Errors
    /// Never in practice: 32 random bytes are a key.
    pub fn make(&self, organisation: &OrganisationCode, world: &World) -> Result<StoredKey, KeyFault> {
        let secret = zeroize::Zeroizing::new(world.random.bytes());
        let signer = Signer::from_secret(&*secret)?;
        let now = world.clock.now();
        Ok(StoredKey {
            kid: signer.kid,
            public: signer.public.to_bytes(),
            sealed: self.sealing.seal(&*secret, &context(organisation, signer.kid), &world.random.bytes()),
            state: "active".into(),
            not_before: now,
            not_after: now.plus(LIFETIME),
        })
    }

    /// The newest of an organisation's keys that may sign now.
    ///
    /// # Errors
    /// [`KeyFault`].
    pub fn signer(
        &self,
        organisation: &OrganisationCode,
        keys: &[StoredKey],
        now: Timestamp,
    ) -> Result<Arc<Signer>, KeyFault> {
        let may_sign = |key: &&StoredKey| key.state == "active" && key.not_before <= now && now <= key.not_after;
        let key = keys.iter().rev().find(may_sign).ok_or(KeyFault::None)?;
        let name = (organisation.clone(), key.kid);
        if let Some(signer) = self.open.read().ok().and_then(|open| open.get(&name).cloned()) {
            return Ok(signer);
        }
        let secret = self.sealing.open(&key.sealed, &context(organisation, key.kid)).ok_or(KeyFault::Sealed)?;
        let signer = Arc::new(Signer::from_secret(&secret)?);
        if signer.kid != key.kid {
            return Err(KeyFault::Sealed);
        }
        if let Ok(mut open) = self.open.write() {
            open.insert(name, signer.clone());
        }
        Ok(signer)
    }
}
