//! Sealing: what lies in the database and nobody may read there, under one key of the deployment.
//!
//! ChaCha20-Poly1305 (RFC 8439) with a random nonce before the ciphertext; the context, such as the
//! organisation and the key's id, is authenticated, so that a sealed value works only where it was
//! put.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _};
use zeroize::Zeroizing;

const NONCE: usize = 12;

/// The key under which a deployment seals its secrets.
#[derive(Clone)]
pub struct SealingKey(ChaCha20Poly1305);

impl SealingKey {
    /// Reads 32 bytes in base64, as `openssl rand -base64 32` writes them.
    ///
    /// # Errors
    /// A sentence, without the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bytes = STANDARD.decode(text.trim()).map(Zeroizing::new).map_err(|_| "the sealing key is not base64")?;
        let key = <[u8; 32]>::try_from(bytes.as_slice()).map(Zeroizing::new);
        let key = key.map_err(|_| "the sealing key must be 32 bytes in base64")?;
        Ok(Self(ChaCha20Poly1305::new((&*key).into())))
    }

    /// Seals a secret for one context.
    ///
    /// # Panics
    /// Never: secrets are far shorter than the cipher's limit.
    #[must_use]
    pub fn seal(&self, secret: &[u8], context: &str, random: &[u8; 32]) -> Vec<u8> {
        let (nonce, _) = random.split_at(NONCE);
        let nonce: [u8; NONCE] = nonce.try_into().expect("split at its length");
        let payload = Payload { msg: secret, aad: context.as_bytes() };
        let mut out = nonce.to_vec();
        out.extend(self.0.encrypt(&nonce.into(), payload).expect("shorter than the limit"));
        out
    }

    /// Opens what was sealed for the same context; `None` if the key or the context is another.
    #[must_use]
    pub fn open(&self, sealed: &[u8], context: &str) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, ciphertext) = sealed.split_at_checked(NONCE)?;
        let nonce: [u8; NONCE] = nonce.try_into().ok()?;
        let payload = Payload { msg: ciphertext, aad: context.as_bytes() };
        self.0.decrypt(&nonce.into(), payload).ok().map(Zeroizing::new)
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_only_with_the_same_key_in_the_same_place() {
        let key = SealingKey::parse(&STANDARD.encode([1; 32])).unwrap();
        let other = SealingKey::parse(&STANDARD.encode([2; 32])).unwrap();
        let mut sealed = key.seal(b"secret", "RNN/1", &[9; 32]);
        assert_eq!(key.open(&sealed, "RNN/1").unwrap().as_slice(), b"secret");
        assert!(key.open(&sealed, "RTD/1").is_none());
        assert!(other.open(&sealed, "RNN/1").is_none());
        sealed[20] ^= 1;
        assert!(key.open(&sealed, "RNN/1").is_none());
        assert!(key.open(&[1, 2, 3], "RNN/1").is_none());
    }
}
