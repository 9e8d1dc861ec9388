//! Ed25519 public keys, parsed in one place.
//!
//! Refused: a wrong length, bytes that are no point, a point written in another than its one form,
//! and any point with a component of small order (RFC 8032, section 5.1; a weak key accepts
//! signatures that nobody made).

use ed25519_dalek::{Signature, VerifyingKey};
use thiserror::Error;

/// A public key that can be relied on. Torsion-free, so that batches may check it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// Why bytes are not a public key that can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Not 32 bytes.
    #[error("an Ed25519 public key has 32 bytes, not {0}")]
    Length(usize),
    /// No point of the curve, or not in its one form.
    #[error("the bytes are no point of the curve in its canonical form")]
    Point,
    /// A point of small order, or with such a component.
    #[error("the key is weak")]
    Weak,
}

impl PublicKey {
    /// Parses 32 bytes.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, KeyError> {
        let bytes: &[u8; 32] = bytes.try_into().map_err(|_| KeyError::Length(bytes.len()))?;
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| KeyError::Point)?;
        let point = key.to_edwards();
        if point.compress().as_bytes() != bytes {
            return Err(KeyError::Point);
        }
        if key.is_weak() || !point.is_torsion_free() {
            return Err(KeyError::Weak);
        }
        Ok(Self(key))
    }

    /// The 32 bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// Whether a signature is good: strictly (`verify_strict`: canonical S, no point of small order).
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.0.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }

    /// Whether all of these signatures are good, in one computation. A yes for each means what
    /// [`PublicKey::verify`] would say, with one exception that only a key's own holder can cause:
    /// a signature that they made with a small-order component in R may pass here by chance and
    /// not there. A no says nothing about any one of them.
    #[must_use]
    pub fn verify_batch(items: &[(&Self, &[u8], [u8; 64])]) -> bool {
        let messages: Vec<_> = items.iter().map(|(_, message, _)| *message).collect();
        let keys: Vec<_> = items.iter().map(|(key, ..)| key.0).collect();
        let signatures: Vec<_> = items.iter().map(|(.., signature)| Signature::from_bytes(signature)).collect();
        items.iter().all(|(.., signature)| has_strict_r(signature))
            && ed25519_dalek::verify_batch(&messages, &signatures, &keys).is_ok()
    }
}

/// The y coordinates of the points of small order, least significant byte first. x plays no part:
/// both its signs are of small order.
const SMALL_ORDER: [[u8; 32]; 5] = {
    let mut minus_one = [0xff; 32];
    minus_one[0] = 0xec;
    minus_one[31] = 0x7f;
    let mut one = [0; 32];
    one[0] = 1;
    [
        [0; 32],
        one,
        minus_one,
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
            0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
        ],
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
            0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
        ],
    ]
};

/// What `verify_strict` asks of R beyond the equation: its canonical form, and no small order.
fn has_strict_r(signature: &[u8; 64]) -> bool {
    let mut y = [0; 32];
    y.copy_from_slice(&signature[..32]);
    y[31] &= 0x7f;
    // p = 2^255 - 19: only 19 values of 255 bits are not below it.
    let beyond = y[0] >= 0xed && y[1..31].iter().all(|&byte| byte == 0xff) && y[31] == 0x7f;
    !beyond && !SMALL_ORDER.contains(&y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_of_small_order_is_known_and_refused_as_a_key() {
        for y in SMALL_ORDER {
            for sign in [0, 0x80] {
                let mut bytes = y;
                bytes[31] |= sign;
                assert!(matches!(PublicKey::parse(&bytes), Err(KeyError::Weak | KeyError::Point)), "{bytes:x?}");
                let mut signature = [0; 64];
                signature[..32].copy_from_slice(&bytes);
                assert!(!has_strict_r(&signature));
            }
            // Each y really is a point, and of small order: this list was not mistyped.
            assert!(VerifyingKey::from_bytes(&y).unwrap().is_weak());
        }
    }

    #[test]
    fn keys_in_another_form_or_of_another_length_are_refused() {
        for last in 0xed..=0xff {
            let mut bytes = [0xff; 32];
            bytes[0] = last;
            bytes[31] = 0x7f;
            assert!(PublicKey::parse(&bytes).is_err());
            let mut signature = [0; 64];
            signature[..32].copy_from_slice(&bytes);
            assert!(!has_strict_r(&signature));
        }
        assert_eq!(PublicKey::parse(&[1, 2, 3]), Err(KeyError::Length(3)));
        let mut mixed = ed25519_dalek::SigningKey::from_bytes(&[7; 32]).verifying_key().to_edwards();
        mixed += VerifyingKey::from_bytes(&SMALL_ORDER[3]).unwrap().to_edwards();
        assert_eq!(PublicKey::parse(mixed.compress().as_bytes()), Err(KeyError::Weak));
    }
}
