//! Keys with which we sign in at other systems (RFC 7523): made here, sealed, one for each system.
//!
//! RS512 is what systems in the NHS ask for; `EdDSA` (RFC 8037) for those that know it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer as _, SigningKey};
use passport_schema::id::Id;
use rsa::RsaPrivateKey;
use rsa::pkcs1::{DecodeRsaPrivateKey as _, EncodeRsaPrivateKey as _};
use rsa::rand_core::{CryptoRng, Error, RngCore};
use rsa::sha2::Sha512;
use rsa::signature::{RandomizedSigner as _, SignatureEncoding as _};
use rsa::traits::PublicKeyParts as _;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::keys::KeyFault;
use crate::world::Random;

/// Length of an RSA modulus in bits; RFC 7518, section 3.3, asks for 2048 at least.
const RSA_BITS: usize = 3072;

/// How we sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// The name in JOSE, in our API and in the database.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs512 => "RS512",
            Self::EdDsa => "EdDSA",
        }
    }

    /// The algorithm of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Rs512, Self::EdDsa].into_iter().find(|it| it.name() == name)
    }
}

/// Our random bytes, as the RSA library wants them.
struct Bytes<'r>(&'r Random);

impl RngCore for Bytes<'_> {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.fill_bytes(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill_bytes(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, to: &mut [u8]) {
        for part in to.chunks_mut(32) {
            let bytes = Zeroizing::new(self.0.bytes());
            part.copy_from_slice(&bytes[..part.len()]);
        }
    }

    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(to);
        Ok(())
    }
}

impl CryptoRng for Bytes<'_> {}

/// A new key: its secret, and its public half as a JWK (RFC 7517). An RSA key takes some seconds.
///
/// # Errors
/// Never in practice.
pub fn make(algorithm: Algorithm, id: Id, random: &Random) -> Result<(Zeroizing<Vec<u8>>, Value), KeyFault> {
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let mut jwk = json!({ "kid": id.0.to_string(), "use": "sig", "alg": algorithm.name() });
    let secret = match algorithm {
        Algorithm::Rs512 => {
            let key = RsaPrivateKey::new(&mut Bytes(random), RSA_BITS).map_err(|_| KeyFault::Sealed)?;
            jwk["kty"] = "RSA".into();
            jwk["n"] = encode(&key.n().to_bytes_be()).into();
            jwk["e"] = encode(&key.e().to_bytes_be()).into();
            Zeroizing::new(key.to_pkcs1_der().map_err(|_| KeyFault::Sealed)?.as_bytes().to_vec())
        }
        Algorithm::EdDsa => {
            let secret = Zeroizing::new(random.bytes());
            jwk["kty"] = "OKP".into();
            jwk["crv"] = "Ed25519".into();
            jwk["x"] = encode(SigningKey::from_bytes(&secret).verifying_key().as_bytes()).into();
            Zeroizing::new(secret.to_vec())
        }
    };
    Ok((secret, jwk))
}

/// A JWT (RFC 7519) of these claims.
///
/// # Errors
/// [`KeyFault::Sealed`] if the secret is not such a key's.
pub fn token(algorithm: Algorithm, id: Id, secret: &[u8], claims: &Value, random: &Random) -> Result<String, KeyFault> {
    let header = json!({ "alg": algorithm.name(), "typ": "JWT", "kid": id.0.to_string() });
    let encode = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let input = format!("{}.{}", encode(&header), encode(claims));
    let signature = match algorithm {
        Algorithm::Rs512 => {
            let key = RsaPrivateKey::from_pkcs1_der(secret).map_err(|_| KeyFault::Sealed)?;
            // With random bytes the computation is blinded, so that its time tells nothing.
            let key = rsa::pkcs1v15::SigningKey::<Sha512>::new(key);
            let signature = key.try_sign_with_rng(&mut Bytes(random), input.as_bytes());
            signature.map_err(|_| KeyFault::Sealed)?.to_vec()
        }
        Algorithm::EdDsa => {
            let secret = Zeroizing::new(<[u8; 32]>::try_from(secret).map_err(|_| KeyFault::Sealed)?);
            SigningKey::from_bytes(&secret).sign(input.as_bytes()).to_bytes().to_vec()
        }
    };
    Ok(format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature)))
}
