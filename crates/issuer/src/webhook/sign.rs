//! How a delivery is signed: Standard Webhooks 1.0, HMAC-SHA256.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use passport_schema::time::Timestamp;
use sha2::Sha256;

/// How a secret begins when it is shown.
const PREFIX: &str = "whsec_";

/// A secret as it is shown once.
#[must_use]
pub fn shown(secret: &[u8]) -> String {
    format!("{PREFIX}{}", STANDARD.encode(secret))
}

/// The header `webhook-signature`: a signature with each secret, while one takes the place of another.
///
/// # Panics
/// Never: a key of any length will do.
#[must_use]
pub fn signature(secrets: &[&[u8]], id: &str, at: Timestamp, body: &str) -> String {
    let sign = |secret: &&[u8]| {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key of any length");
        mac.update(format!("{id}.{}.{body}", at.0).as_bytes());
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    };
    secrets.iter().map(sign).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_standard_webhooks_comes_out() {
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed =
            signature(&[&secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", Timestamp(1_614_265_330), r#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(shown(&secret), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        assert_eq!(signature(&[&secret, b"old"], "1", Timestamp(1), "{}").split(' ').count(), 2);
    }
}
