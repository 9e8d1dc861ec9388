//! Scopes (RFC 6749, section 3.3), and which of them each operation under `/v1` and `/dsp` asks for: one table for
//! the whole API. What the table does not name is closed to everybody.
//!
//! `openapi.yaml` says the same with each operation; a test holds one against the other, and both against
//! the routes.

use std::collections::BTreeSet;
use std::fmt;

use actix_web::http::Method;
use passport_schema::names;

names! {
    /// One thing that a client may do.
    Permission {
        /// Issue passports and passes, and put something newer in a record's place.
        PassportsIssue = "passports:issue",
        /// Read who holds what.
        PassportsRead = "passports:read",
        /// Withdraw, suspend and reinstate.
        StatusChange = "status:change",
        /// Withdraw many records at once.
        Withdrawals = "withdrawals",
        /// Read and publish role profiles.
        Profiles = "profiles",
        /// Open movements, take their steps, and read notices of them.
        Movements = "movements",
        /// Ask whether somebody may work.
        ClearanceRead = "clearance:read",
        /// Read figures for a board.
        EvidenceRead = "evidence:read",
        /// Send files of many people, and issue what they hold.
        Imports = "imports",
        /// Read the audit trail.
        AuditRead = "audit:read",
        /// Read events.
        EventsRead = "events:read",
        /// Say where events are delivered.
        Webhooks = "webhooks",
        /// Read and add records by the Digital Staff Passport API, and send its events.
        Records = "records",
        /// Say which other systems are asked, and ask them.
        Peers = "peers",
        /// Add, list and revoke clients; never with more than one's own scopes.
        Clients = "clients",
    }
}

/// What a client may do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permissions(BTreeSet<Permission>);

impl Permissions {
    /// Everything.
    #[must_use]
    pub fn all() -> Self {
        Self(Permission::ALL.iter().copied().collect())
    }

    /// Reads names with single spaces between them, as in a token request; each at most once.
    ///
    /// # Errors
    /// The name that is not known or stands twice; it may be empty.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut found = BTreeSet::new();
        for name in text.split(' ') {
            let permission = Permission::parse(name).ok_or_else(|| name.to_owned())?;
            if !found.insert(permission) {
                return Err(name.to_owned());
            }
        }
        Ok(Self(found))
    }

    /// Whether one is among them.
    #[must_use]
    pub fn has(&self, wanted: Permission) -> bool {
        self.0.contains(&wanted)
    }

    /// Whether they are nothing that the others are not.
    #[must_use]
    pub fn within(&self, others: &Self) -> bool {
        self.0.is_subset(&others.0)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = Permission> {
        self.0.iter().copied()
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(each: I) -> Self {
        Self(each.into_iter().collect())
    }
}

impl fmt::Display for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, permission) in self.iter().enumerate() {
            write!(f, "{}{}", if index == 0 { "" } else { " " }, permission.name())?;
        }
        Ok(())
    }
}

/// Whether API keys open anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiKeys {
    /// They open everything of their organisation.
    Accepted,
    /// Only access tokens open something.
    Refused,
}

/// Who may use an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// Who acts for an organisation with this permission.
    For(Permission),
    /// A person with a link or a receipt.
    Person,
}

/// Each route under `/v1` and `/dsp`, by its method and pattern in `routes.rs`.
const DOORS: &[(&str, &str, Door)] = {
    use Door::{For, Person};
    use Permission::{
        AuditRead, ClearanceRead, Clients, EventsRead, EvidenceRead, Imports, Movements, PassportsIssue, PassportsRead,
        Peers, Profiles, Records, StatusChange, Webhooks, Withdrawals,
    };
    &[
        ("POST", "/v1/passports", For(PassportsIssue)),
        ("POST", "/v1/passes", For(PassportsIssue)),
        ("GET", "/v1/passes/{id}", For(PassportsRead)),
        ("GET", "/v1/credentials/{id}", For(PassportsRead)),
        ("GET", "/v1/staff", For(PassportsRead)),
        ("GET", "/v1/staff/{id}", For(PassportsRead)),
        ("POST", "/v1/staff/{id}/change-of-name", For(PassportsIssue)),
        ("POST", "/v1/staff/{id}/leave", For(PassportsIssue)),
        ("GET", "/v1/withdrawals", For(Withdrawals)),
        ("POST", "/v1/withdrawals", For(Withdrawals)),
        ("GET", "/v1/withdrawals/{id}", For(Withdrawals)),
        ("POST", "/v1/withdrawals/{id}/confirm", For(Withdrawals)),
        ("POST", "/v1/withdrawals/{id}/cancel", For(Withdrawals)),
        ("POST", "/v1/reissues", For(PassportsIssue)),
        ("GET", "/v1/reissues/{id}", For(PassportsIssue)),
        ("POST", "/v1/{what}/{id}/supersede", For(PassportsIssue)),
        ("POST", "/v1/{what}/{id}/{action}", For(StatusChange)),
        ("GET", "/v1/audit", For(AuditRead)),
        ("GET", "/v1/profiles", For(Profiles)),
        ("POST", "/v1/profiles", For(Profiles)),
        ("GET", "/v1/movements", For(Movements)),
        ("POST", "/v1/movements", For(Movements)),
        ("GET", "/v1/movements/{id}", For(Movements)),
        ("GET", "/v1/movements/{id}/clearance", For(ClearanceRead)),
        ("GET", "/v1/movements/{id}/agreements", For(Movements)),
        ("POST", "/v1/movements/{id}/agreements/{agreement}/answer", For(Movements)),
        ("POST", "/v1/movements/{id}/records", For(Movements)),
        ("POST", "/v1/movements/{id}/confirmations", For(Movements)),
        ("POST", "/v1/movements/{id}/tell", For(Movements)),
        ("POST", "/v1/movements/{id}/{step}", For(Movements)),
        ("GET", "/v1/share", Person),
        ("POST", "/v1/share", Person),
        ("POST", "/v1/share/decline", Person),
        ("GET", "/v1/receipt", Person),
        ("POST", "/v1/receipt/withdraw", Person),
        ("POST", "/v1/receipt/tell", Person),
        ("POST", "/v1/receipt/agreements", Person),
        ("GET", "/v1/notices", For(Movements)),
        ("POST", "/v1/notices", For(Movements)),
        ("GET", "/v1/evidence/training", For(EvidenceRead)),
        ("GET", "/v1/imports", For(Imports)),
        ("POST", "/v1/imports", For(Imports)),
        ("GET", "/v1/imports/{id}", For(Imports)),
        ("GET", "/v1/imports/{id}/rows", For(Imports)),
        ("GET", "/v1/imports/{id}/result", For(Imports)),
        ("POST", "/v1/imports/{id}/commit", For(Imports)),
        ("POST", "/v1/imports/{id}/cancel", For(Imports)),
        ("GET", "/v1/mappings", For(Imports)),
        ("POST", "/v1/mappings", For(Imports)),
        ("GET", "/v1/events", For(EventsRead)),
        ("GET", "/v1/webhooks", For(Webhooks)),
        ("POST", "/v1/webhooks", For(Webhooks)),
        ("GET", "/v1/webhooks/{id}", For(Webhooks)),
        ("DELETE", "/v1/webhooks/{id}", For(Webhooks)),
        ("POST", "/v1/webhooks/{id}/rotate-secret", For(Webhooks)),
        ("POST", "/v1/webhooks/{id}/replay", For(Webhooks)),
        ("POST", "/v1/webhooks/{id}/enable", For(Webhooks)),
        ("GET", "/v1/webhooks/{id}/dead-letters", For(Webhooks)),
        ("POST", "/v1/webhooks/{id}/dead-letters/replay", For(Webhooks)),
        ("GET", "/v1/peers", For(Peers)),
        ("POST", "/v1/peers", For(Peers)),
        ("GET", "/v1/peers/{id}/links", For(Peers)),
        ("POST", "/v1/peers/{id}/links", For(Peers)),
        ("POST", "/v1/peers/{id}/pulls", For(Peers)),
        ("GET", "/v1/peers/{id}/pulls/{pull}", For(Peers)),
        ("POST", "/v1/peers/{id}/sends", For(Peers)),
        ("POST", "/dsp/events", For(Records)),
        ("GET", "/dsp/organisations/{code}/employees", For(Records)),
        ("GET", "/dsp/organisations/{code}/employees/{employee}", For(Records)),
        ("GET", "/dsp/organisations/{code}/employees/{employee}/records", For(Records)),
        ("POST", "/dsp/organisations/{code}/employees/{employee}/records", For(Records)),
        ("GET", "/v1/clients", For(Clients)),
        ("POST", "/v1/clients", For(Clients)),
        ("POST", "/v1/clients/{id}/revoke", For(Clients)),
    ]
};

/// Who may use a route. `None` if the table does not name it.
#[must_use]
pub fn door(method: &Method, pattern: &str) -> Option<Door> {
    let method = if *method == Method::HEAD { "GET" } else { method.as_str() };
    DOORS.iter().find(|(its, route, _)| *its == method && *route == pattern).map(|(.., door)| *door)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_read_strictly_and_written_in_one_order() {
        let both = Permissions::parse("status:change passports:issue").unwrap();
        assert_eq!(both.to_string(), "passports:issue status:change");
        assert_eq!(Permissions::parse(&Permissions::all().to_string()), Ok(Permissions::all()));
        for text in ["", "all", "clients clients", "clients  movements", " clients", "Clients"] {
            assert!(Permissions::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_the_table_does_not_name_is_closed() {
        assert_eq!(door(&Method::HEAD, "/v1/staff"), Some(Door::For(Permission::PassportsRead)));
        assert_eq!(door(&Method::DELETE, "/v1/staff"), None);
        assert_eq!(door(&Method::GET, "/v1/none"), None);
    }
}
