//! Addresses that other people have told us to call. Only by TLS, and nowhere on this machine, unless the
//! service itself is at home on a loopback address, as a demo or test is.

use std::net::IpAddr;

use ureq::http::Uri;

/// Longest address, in bytes.
const MAX_LENGTH: usize = 300;

/// Whether an address may be called by a service whose own address is `own`.
///
/// # Errors
/// Why not, in plain words.
pub fn check(address: &str, own: &str) -> Result<(), &'static str> {
    let uri: Uri =
        Some(address).filter(|it| it.len() <= MAX_LENGTH).and_then(|it| it.parse().ok()).ok_or("must be an address")?;
    let authority = uri.authority().ok_or("must be an absolute address")?;
    if authority.as_str().contains('@') || uri.query().is_some() || address.contains('#') {
        return Err("must have no user, query or fragment");
    }
    match uri.scheme_str() {
        _ if is_here(own) && is_here(address) => Ok(()),
        Some("https") if !is_here(address) => Ok(()),
        Some("https") => Err("must not be on this machine"),
        _ => Err("must begin with https://"),
    }
}

/// Whether an address is on the machine itself, or on no network at all.
fn is_here(address: &str) -> bool {
    let uri: Option<Uri> = address.parse().ok();
    let host = uri.as_ref().and_then(Uri::host).unwrap_or_default().trim_matches(['[', ']']).trim_end_matches('.');
    match host.parse() {
        Ok(IpAddr::V4(it)) => it.is_loopback() || it.is_unspecified() || it.is_link_local(),
        Ok(IpAddr::V6(it)) => {
            let mapped =
                it.to_ipv4_mapped().is_some_and(|it| it.is_loopback() || it.is_unspecified() || it.is_link_local());
            mapped || it.is_loopback() || it.is_unspecified() || it.is_unicast_link_local()
        }
        Err(_) => host.eq_ignore_ascii_case("localhost") || host.to_ascii_lowercase().ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn only_what_is_elsewhere_and_private_is_called() {
        let (real, demo) = ("https://passport.example", "http://localhost:8080");
        for address in ["https://lms.example/dsp-api", "https://10.0.0.7:8443/x"] {
            assert_eq!(check(address, real), Ok(()), "{address}");
        }
        for address in [
            "http://lms.example/dsp-api",
            "https://localhost/x",
            "https://api.localhost/x",
            "https://127.0.0.1/x",
            "https://[::1]/x",
            "https://[::ffff:127.0.0.1]/x",
            "https://0.0.0.0/x",
            "https://169.254.169.254/latest",
            "https://user@lms.example/x",
            "https://lms.example/x?y",
            "ftp://lms.example/x",
            "/dsp-api",
            "",
        ] {
            assert!(check(address, real).is_err(), "{address}");
        }
        assert_eq!(check("http://localhost:9/x", demo), Ok(()));
        assert!(check("http://lms.example/x", demo).is_err());
    }
}
