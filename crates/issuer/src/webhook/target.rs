//! Where a delivery may go: an address that a stranger gave, fetched from inside our own network (SSRF).
//!
//! Only `https`, and only to public addresses, unless an operator allows networks by name. The host is
//! looked up when something is sent, every address that comes back is looked at, and the connection goes to
//! those addresses and no others, so that a name that means something else a moment later changes nothing.
//! No redirect is followed, no proxy is asked, and nothing of an answer is read but its status.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, config::Config};

/// Longest address that is kept, in bytes.
const MAX_URL: usize = 500;
/// How long a receiver may take, in all: far below a lease.
const PATIENCE: Duration = Duration::from_secs(10);

/// A network by its first address and how many of its bits count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    bits: u32,
}

impl Network {
    /// Reads `10.0.0.0/8` or `::1/128`.
    ///
    /// # Errors
    /// A sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text} is not a network such as 10.0.0.0/8 or ::1/128");
        let (first, bits) = text.split_once('/').ok_or_else(wrong)?;
        let first: IpAddr = first.parse().map_err(|_| wrong())?;
        let bits: u32 = bits.parse().map_err(|_| wrong())?;
        if bits > if first.is_ipv4() { 32 } else { 128 } {
            return Err(wrong());
        }
        Ok(Self { first, bits })
    }

    fn holds(self, address: IpAddr) -> bool {
        let differs = |one: u128, other: u128, whole: u32| self.bits > 0 && (one ^ other) >> (whole - self.bits) != 0;
        match (self.first, address) {
            (IpAddr::V4(first), IpAddr::V4(it)) => !differs(first.to_bits().into(), it.to_bits().into(), 32),
            (IpAddr::V6(first), IpAddr::V6(it)) => !differs(first.to_bits(), it.to_bits(), 128),
            _ => false,
        }
    }
}

/// Networks that are not public; of IPv6 everything but global unicast (`2000::/3`) is none as well. From the
/// IANA special-purpose registries (RFC 6890).
const NOT_PUBLIC: [(IpAddr, u32); 22] = {
    const fn v4(a: u8, b: u8, c: u8, bits: u32) -> (IpAddr, u32) {
        (IpAddr::V4(Ipv4Addr::new(a, b, c, 0)), bits)
    }
    const fn v6(a: u16, b: u16, bits: u32) -> (IpAddr, u32) {
        (IpAddr::V6(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0)), bits)
    }
    [
        v4(0, 0, 0, 8),
        v4(10, 0, 0, 8),
        v4(100, 64, 0, 10),
        v4(127, 0, 0, 8),
        v4(169, 254, 0, 16),
        v4(172, 16, 0, 12),
        v4(192, 0, 0, 24),
        v4(192, 0, 2, 24),
        v4(192, 31, 196, 24),
        v4(192, 52, 193, 24),
        v4(192, 88, 99, 24),
        v4(192, 168, 0, 16),
        v4(192, 175, 48, 24),
        v4(198, 18, 0, 15),
        v4(198, 51, 100, 24),
        v4(203, 0, 113, 24),
        v4(224, 0, 0, 3),
        v6(0x2001, 0, 23),
        v6(0x2001, 0x0db8, 32),
        v6(0x2002, 0, 16),
        v6(0x2620, 0x004f, 32),
        v6(0x3fff, 0, 20),
    ]
};
const GLOBAL_UNICAST: Network = Network { first: IpAddr::V6(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0)), bits: 3 };

fn is_public(address: IpAddr) -> bool {
    let reserved = NOT_PUBLIC.iter().any(|(first, bits)| Network { first: *first, bits: *bits }.holds(address));
    !reserved && (address.is_ipv4() || GLOBAL_UNICAST.holds(address))
}

/// Where deliveries may go besides public addresses.
#[derive(Debug, Clone, Default)]
pub struct Allowed(Arc<[Network]>);

impl Allowed {
    /// These networks as well, also without TLS.
    #[must_use]
    pub fn networks(networks: &[Network]) -> Self {
        Self(networks.into())
    }

    fn names(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.holds(address))
    }

    /// Whether something may be sent to an address, with TLS or without.
    fn takes(&self, address: IpAddr, has_tls: bool) -> bool {
        // An IPv4 address in the clothes of an IPv6 one.
        let address = address.to_canonical();
        self.names(address) || (has_tls && is_public(address))
    }

    /// Reads the address of a receiver. Where its host leads is looked at when something is sent.
    ///
    /// # Errors
    /// A sentence.
    pub fn read(&self, text: &str) -> Result<Uri, &'static str> {
        const SHAPE: &str = "must be an address such as https://rota.example/events, of at most 500 bytes";
        if text.len() > MAX_URL || text.contains('#') {
            return Err(SHAPE);
        }
        let uri: Uri = text.parse().map_err(|_| SHAPE)?;
        let authority = uri.authority().ok_or(SHAPE)?;
        if authority.as_str().contains('@') {
            return Err("must not hold a name or password");
        }
        let has_tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if !self.0.is_empty() => false,
            Some("http") => return Err("must begin with https://"),
            _ => return Err(SHAPE),
        };
        let bare = authority.host().trim_start_matches('[').trim_end_matches(']');
        match bare.parse() {
            Ok(address) if !self.takes(address, has_tls) => Err("is not an address that may be called from here"),
            _ => Ok(uri),
        }
    }

    /// A client that goes nowhere else.
    #[must_use]
    pub fn client(&self) -> Agent {
        let config = Config::builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(PATIENCE))
            .user_agent("staff-passport-webhooks/1")
            .build();
        Agent::with_parts(config, DefaultConnector::default(), Checked { allowed: self.clone() })
    }
}

/// Looks hosts up, and hands on only addresses that may be called.
struct Checked {
    allowed: Allowed,
}

impl fmt::Debug for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Checked")
    }
}

impl Resolver for Checked {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = DefaultResolver::default().resolve(uri, config, timeout)?;
        let has_tls = uri.scheme_str() == Some("https");
        // One address among them that may not be called is enough to call none.
        if found.iter().all(|address| self.allowed.takes(address.ip(), has_tls)) {
            Ok(found)
        } else {
            Err(ureq::Error::HostNotFound)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_addresses_are_told_from_all_others() {
        for text in ["8.8.8.8", "1.1.1.1", "100.128.0.1", "172.32.0.1", "2606:4700::1111", "2a00:1450::1"] {
            assert!(Allowed::default().takes(text.parse().unwrap(), true), "{text}");
            assert!(!Allowed::default().takes(text.parse().unwrap(), false), "{text} without TLS");
        }
        for text in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
        ] {
            assert!(!Allowed::default().takes(text.parse().unwrap(), true), "{text}");
        }
    }

    #[test]
    fn networks_that_are_allowed_are_held_to_their_bits() {
        let networks = ["10.0.0.0/8", "127.0.0.1/32", "::1/128"].map(|text| Network::parse(text).unwrap());
        let allowed = Allowed::networks(&networks);
        for (text, taken) in [
            ("10.255.0.1", true),
            ("11.0.0.1", false),
            ("127.0.0.1", true),
            ("127.0.0.2", false),
            ("::1", true),
            ("::2", false),
            ("::ffff:10.0.0.1", true),
        ] {
            assert_eq!(allowed.takes(text.parse().unwrap(), false), taken, "{text}");
        }
        assert!(Network::parse("0.0.0.0/0").unwrap().holds("9.9.9.9".parse().unwrap()));
        for text in ["10.0.0.0", "10.0.0.0/33", "::/129", "localhost/8", "10.0.0.0/-1", ""] {
            assert!(Network::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_address_is_read_strictly() {
        let nothing = Allowed::default();
        for text in ["https://rota.example/events", "https://rota.example:8443/events?team=1", "https://8.8.8.8/"] {
            assert!(nothing.read(text).is_ok(), "{text}");
        }
        let long = format!("https://rota.example/{}", "x".repeat(500));
        for text in [
            "http://rota.example/",
            "ftp://rota.example/",
            "rota.example",
            "/events",
            "",
            "https://",
            "https://a:b@rota.example/",
            "https://rota.example/#part",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://169.254.169.254/latest/meta-data",
            "https://[::ffff:127.0.0.1]/",
            "file:///etc/passwd",
            &long,
        ] {
            assert!(nothing.read(text).is_err(), "{text}");
        }
        let loopback = Allowed::networks(&[Network::parse("127.0.0.0/8").unwrap()]);
        assert!(loopback.read("http://127.0.0.1:9000/").is_ok());
        assert!(loopback.read("http://10.0.0.1/").is_err());
        assert!(loopback.read("http://8.8.8.8/").is_err(), "a public address needs TLS");
    }

    #[test]
    fn a_name_that_leads_inside_is_not_called() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        for url in [
            format!("https://localhost:{port}/"),
            format!("http://localhost:{port}/"),
            format!("https://127.1:{port}/"),
        ] {
            assert!(Allowed::default().client().post(&url).send("{}").is_err(), "{url}");
        }
        assert!(listener.accept().is_err(), "nobody came");
    }
}
