//! A bundle that was checked against the system's root key: whom to believe, about what, as of when.

use std::collections::HashMap;

use passport_schema::bundle::BundleFile;
use passport_schema::codes::CodeLists;
use passport_schema::id::{KeyId, OrganisationCode};
use passport_schema::jose::{Jws, JwsError, Type};
use passport_schema::json::Json;
use passport_schema::problem::Problems;
use passport_schema::profile::{Profile, ProfileName};
use passport_schema::status::{StatusList, StatusToken, TOKEN_LIFETIME};
use passport_schema::time::Timestamp;
use passport_schema::trust_list::{Entitlement, ISSUING, Key, KeyState, MAX_KEYS, Member, TrustList};
use thiserror::Error;

use crate::key::{KeyError, PublicKey};

/// Why a bundle cannot be used at all.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BundleError {
    /// Not a bundle.
    #[error("This is not a bundle: {0}.")]
    File(String),
    /// The trust list is not a token of ours.
    #[error("The bundle's trust list is not one: {0}.")]
    Token(JwsError),
    /// Signed by another root key than the one that is pinned.
    #[error(
        "This bundle is of another system: its trust list was signed by key {found}, not by the pinned key {pinned}."
    )]
    ForeignRoot {
        /// The key that is named.
        found: KeyId,
        /// The key that is pinned.
        pinned: KeyId,
    },
    /// The trust list's signature does not fit.
    #[error("The trust list's signature does not fit: it was changed.")]
    BadSignature,
    /// The trust list's claims cannot be read.
    #[error("The trust list cannot be read: {0}.")]
    Claims(String),
    /// Older than a trust list that was seen before.
    #[error(
        "This bundle is older than one that was used before: its trust list has number {found}, and {seen} was seen."
    )]
    RolledBack {
        /// Its sequence number.
        found: u64,
        /// The highest that was seen.
        seen: u64,
    },
}

impl BundleError {
    /// The stable code, for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::File(_) => "bundle-file",
            Self::Token(_) => "bundle-token",
            Self::ForeignRoot { .. } => "bundle-foreign",
            Self::BadSignature => "bundle-bad-signature",
            Self::Claims(_) => "bundle-claims",
            Self::RolledBack { .. } => "bundle-rolled-back",
        }
    }
}

/// A part of a bundle that was left out, and why; the rest stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleFault {
    /// The organisation's code, as far as it is known.
    pub organisation: Option<OrganisationCode>,
    /// Stable code, for programs.
    pub code: &'static str,
    /// In words.
    pub detail: String,
}

/// A key of a member, ready to verify with.
#[derive(Debug, Clone)]
pub(crate) struct TrustedKey {
    pub(crate) id: KeyId,
    pub(crate) public: PublicKey,
    pub(crate) not_before: Timestamp,
    pub(crate) not_after: Timestamp,
    pub(crate) state: KeyState,
}

/// A member of the trust list, as verdicts show it.
#[derive(Debug, Clone)]
pub struct Issuer {
    code: OrganisationCode,
    name: String,
    did: String,
    address: String,
    successor: Option<(OrganisationCode, String)>,
    pub(crate) entitlement: Entitlement,
    pub(crate) keys: Vec<TrustedKey>,
    pub(crate) lists: HashMap<u32, KnownStatus>,
}

#[derive(Debug, Clone)]
pub(crate) struct KnownStatus {
    pub(crate) issued: Timestamp,
    pub(crate) expires: Timestamp,
    pub(crate) list: StatusList,
}

impl Issuer {
    /// Its code.
    #[must_use]
    pub fn code(&self) -> &OrganisationCode {
        &self.code
    }

    /// Its name on the trust list.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its `did:web` identifier.
    #[must_use]
    pub fn did(&self) -> &str {
        &self.did
    }

    /// Its public address.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Code and name of the organisation that succeeded it.
    #[must_use]
    pub fn successor(&self) -> Option<(&OrganisationCode, &str)> {
        self.successor.as_ref().map(|(code, name)| (code, name.as_str()))
    }

    /// What it may attest.
    #[must_use]
    pub fn entitlement(&self) -> &Entitlement {
        &self.entitlement
    }

    /// Its keys: id and state.
    pub fn keys(&self) -> impl Iterator<Item = (KeyId, KeyState)> {
        self.keys.iter().map(|key| (key.id, key.state))
    }

    /// The status lists that the bundle has: number, and when each was signed.
    pub fn status_lists(&self) -> impl Iterator<Item = (u32, Timestamp)> {
        self.lists.iter().map(|(number, status)| (*number, status.issued))
    }

    pub(crate) fn key(&self, id: KeyId) -> Option<&TrustedKey> {
        self.keys.iter().find(|key| key.id == id)
    }
}

/// A bundle that was checked.
#[derive(Debug, Clone)]
pub struct Bundle {
    list: TrustList,
    issuers: Vec<Issuer>,
    by_code: HashMap<OrganisationCode, usize>,
    by_did: HashMap<String, usize>,
    profiles: Vec<SignedProfile>,
    faults: Vec<BundleFault>,
    newest: Timestamp,
}

/// A role profile whose signature fits its owner's key; its content is not yet read.
#[derive(Debug, Clone)]
struct SignedProfile {
    name: ProfileName,
    payload: Vec<u8>,
}

impl Bundle {
    /// Checks a bundle against the root key of its system. `seen` is the highest sequence number
    /// of a trust list that was used before; 0 if none was.
    ///
    /// A member with a bad key, or a status list with a bad signature, is left out and named in
    /// [`Bundle::faults`]; everything else stands.
    ///
    /// # Errors
    /// [`BundleError`] if the trust list itself cannot be relied on.
    pub fn open(file: &[u8], root: &PublicKey, seen: u64) -> Result<Self, BundleError> {
        let file = BundleFile::parse(file).map_err(BundleError::File)?;
        let list = trust_list(&file.trust_list, root)?;
        if list.scheme.sequence < seen {
            return Err(BundleError::RolledBack { found: list.scheme.sequence, seen });
        }
        let mut this = Self {
            newest: list.scheme.issued,
            list,
            issuers: Vec::new(),
            by_code: HashMap::new(),
            by_did: HashMap::new(),
            profiles: Vec::new(),
            faults: Vec::new(),
        };
        for member in this.list.members.clone() {
            this.add_member(&member);
        }
        this.link_successors();
        for token in &file.status_lists {
            if let Err(fault) = this.add_status(token) {
                this.faults.push(fault);
            }
        }
        for token in &file.profiles {
            match this.read_profile(token) {
                Ok(profile) => this.profiles.push(profile),
                Err((organisation, code, detail)) => this.faults.push(BundleFault { organisation, code, detail }),
            }
        }
        Ok(this)
    }

    fn add_member(&mut self, member: &Member) {
        let code = member.information.code.clone();
        let did = member.did();
        let mut fault = |code_of_fault, detail: String| {
            self.faults.push(BundleFault { organisation: Some(code.clone()), code: code_of_fault, detail });
        };
        if did.is_empty() || self.by_code.contains_key(&code) || self.by_did.contains_key(&did) {
            return fault("member-repeated", "its code or address stands twice, or its address is none".into());
        }
        let mut keys: Vec<TrustedKey> = Vec::new();
        let mut entitlement = Entitlement::default();
        for service in member.services.iter().map(|service| &service.information) {
            if service.service_type != ISSUING {
                continue;
            }
            entitlement.kinds.extend(&service.entitlement.kinds);
            entitlement.subjects.extend(service.entitlement.subjects.iter().cloned());
            for key in &service.keys {
                match trusted_key(key, &keys) {
                    Ok(key) => keys.push(key),
                    Err(detail) => fault("member-key", format!("key {}: {detail}", key.kid)),
                }
            }
        }
        let index = self.issuers.len();
        self.by_code.insert(code.clone(), index);
        self.by_did.insert(did.clone(), index);
        self.issuers.push(Issuer {
            code,
            name: member.name().to_owned(),
            did,
            address: member.information.address.clone(),
            successor: None,
            entitlement,
            keys,
            lists: HashMap::new(),
        });
    }

    fn link_successors(&mut self) {
        for member in &self.list.members {
            let Some(code) = &member.information.successor else {
                continue;
            };
            let name = self.by_code.get(code).map_or_else(String::new, |index| self.issuers[*index].name.clone());
            if let Some(index) = self.by_code.get(&member.information.code) {
                self.issuers[*index].successor = Some((code.clone(), name));
            }
        }
    }

    fn add_status(&mut self, token: &str) -> Result<(), BundleFault> {
        let mut organisation = None;
        self.read_status(token, &mut organisation).map_err(|(code, detail)| BundleFault { organisation, code, detail })
    }

    fn read_status(
        &mut self,
        token: &str,
        organisation: &mut Option<OrganisationCode>,
    ) -> Result<(), (&'static str, String)> {
        let jws = Jws::parse(token, Type::StatusList).map_err(|error| ("status-token", error.to_string()))?;
        let index = *self
            .by_did
            .get(&jws.controller)
            .ok_or(("status-issuer", "its signer is not on the trust list".to_owned()))?;
        let issuer = &self.issuers[index];
        *organisation = Some(issuer.code.clone());
        let key = issuer.key(jws.key).ok_or(("status-key", format!("it has no key {}", jws.key)))?;
        if key.state == KeyState::Compromised {
            return Err(("status-key", format!("key {} is no longer safe", key.id)));
        }
        if !key.public.verify(jws.signed, &jws.signature) {
            return Err(("status-signature", "the signature of its status list does not fit".into()));
        }
        let claims = StatusToken::from_json(&jws.payload).map_err(|error| ("status-claims", error.to_string()))?;
        let number = claims
            .subject
            .strip_prefix(&issuer.address)
            .and_then(|rest| rest.strip_prefix("/status/"))
            .and_then(|number| number.parse::<u32>().ok().filter(|parsed| parsed.to_string() == number))
            .ok_or(("status-subject", "its status list is of another address".to_owned()))?;
        if claims.issued < key.not_before || claims.issued > key.not_after {
            return Err(("status-key", format!("key {} was not valid at {}", key.id, claims.issued)));
        }
        self.newest = self.newest.max(claims.issued);
        let known = KnownStatus {
            issued: claims.issued,
            expires: claims.expires.min(claims.issued.plus(TOKEN_LIFETIME)),
            list: claims.list,
        };
        let lists = &mut self.issuers[index].lists;
        if lists.get(&number).is_none_or(|before| before.issued < known.issued) {
            lists.insert(number, known);
        }
        Ok(())
    }

    fn read_profile(&self, token: &str) -> Result<SignedProfile, (Option<OrganisationCode>, &'static str, String)> {
        let (issuer, payload) =
            self.signed(token, Type::Profile).map_err(|detail| (None, "profile-signature", detail))?;
        let fault = |detail: &str| (Some(issuer.code.clone()), "profile-content", detail.to_owned());
        let json = Json::parse(&payload).map_err(|error| fault(&error.to_string()))?;
        let text = |name| json.member(name).and_then(Json::as_text);
        let version = json.member("version").and_then(Json::as_int).and_then(|version| u32::try_from(version).ok());
        let (Some(name), Some(version)) = (text("name"), version) else {
            return Err(fault("a profile without a name or version"));
        };
        if text("owner") != Some(issuer.code.as_str()) {
            return Err(fault("a profile of another organisation than the one that signed it"));
        }
        let name = ProfileName { owner: issuer.code.clone(), name: name.to_owned(), version };
        drop(json);
        Ok(SignedProfile { name, payload })
    }

    /// The member that signed a token, and what it says, if the signature fits a key that is not
    /// compromised.
    ///
    /// # Errors
    /// A sentence.
    pub fn signed(&self, token: &str, kind: Type) -> Result<(&Issuer, Vec<u8>), String> {
        let jws = Jws::parse(token.trim(), kind).map_err(|error| error.to_string())?;
        let issuer = self.by_did(&jws.controller).ok_or("its signer is not on the trust list")?;
        let key = issuer.key(jws.key).ok_or_else(|| format!("{} has no key {}", issuer.code, jws.key))?;
        if key.state == KeyState::Compromised {
            return Err(format!("key {} of {} is no longer safe", key.id, issuer.code));
        }
        if !key.public.verify(jws.signed, &jws.signature) {
            return Err(format!("the signature of {} does not fit", issuer.code));
        }
        Ok((issuer, jws.payload))
    }

    /// The names of the role profiles that it holds.
    pub fn profiles(&self) -> impl Iterator<Item = &ProfileName> {
        self.profiles.iter().map(|profile| &profile.name)
    }

    /// A role profile, by `OWNER/name` or `OWNER/name@version`; the newest when no version is named.
    ///
    /// # Errors
    /// What is wrong with it by the code lists at hand.
    pub fn profile(&self, wanted: &str, lists: &CodeLists) -> Result<Option<Profile>, Problems> {
        let (path, version) = wanted.split_once('@').map_or((wanted, None), |(path, it)| (path, it.parse().ok()));
        let fits = |it: &&SignedProfile| {
            path.split_once('/') == Some((it.name.owner.as_str(), it.name.name.as_str()))
                && (!wanted.contains('@') || Some(it.name.version) == version)
        };
        let newest = self.profiles.iter().filter(fits).max_by_key(|it| it.name.version);
        newest.map(|it| Profile::parse(&it.payload, lists)).transpose()
    }

    /// A member, by its code.
    #[must_use]
    pub fn issuer(&self, code: &OrganisationCode) -> Option<&Issuer> {
        self.by_code(code)
    }

    /// The system's name.
    #[must_use]
    pub fn system(&self) -> &str {
        self.list.system()
    }

    /// The trust list's sequence number, to be remembered.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.list.scheme.sequence
    }

    /// When the trust list was signed.
    #[must_use]
    pub fn issued(&self) -> Timestamp {
        self.list.scheme.issued
    }

    /// By when it is to be renewed.
    #[must_use]
    pub fn next_update(&self) -> Timestamp {
        self.list.scheme.next_update
    }

    /// The newest time of signing in it.
    #[must_use]
    pub fn newest(&self) -> Timestamp {
        self.newest
    }

    /// The members, in the order of the trust list.
    #[must_use]
    pub fn issuers(&self) -> &[Issuer] {
        &self.issuers
    }

    /// The parts that were left out.
    #[must_use]
    pub fn faults(&self) -> &[BundleFault] {
        &self.faults
    }

    pub(crate) fn by_code(&self, code: &OrganisationCode) -> Option<&Issuer> {
        self.by_code.get(code).map(|index| &self.issuers[*index])
    }

    pub(crate) fn by_did(&self, did: &str) -> Option<&Issuer> {
        self.by_did.get(did).map(|index| &self.issuers[*index])
    }
}

/// Checks a trust list by itself.
pub(crate) fn trust_list(token: &str, root: &PublicKey) -> Result<TrustList, BundleError> {
    let jws = Jws::parse(token, Type::TrustList).map_err(BundleError::Token)?;
    let pinned = KeyId::of_ed25519(&root.to_bytes());
    if jws.key != pinned || !jws.controller.is_empty() {
        return Err(BundleError::ForeignRoot { found: jws.key, pinned });
    }
    if !root.verify(jws.signed, &jws.signature) {
        return Err(BundleError::BadSignature);
    }
    TrustList::from_json(&jws.payload).map_err(BundleError::Claims)
}

fn trusted_key(key: &Key, others: &[TrustedKey]) -> Result<TrustedKey, String> {
    if others.len() == MAX_KEYS {
        return Err(format!("more than {MAX_KEYS} keys"));
    }
    if key.kty != "OKP" || key.crv != "Ed25519" {
        return Err("not an OKP Ed25519 key".into());
    }
    let public = PublicKey::parse(&key.x).map_err(|error: KeyError| error.to_string())?;
    if KeyId::of_ed25519(&key.x) != key.kid {
        return Err("its id is not the one that its bytes give".into());
    }
    if others.iter().any(|other| other.id == key.kid) {
        return Err("its id stands twice".into());
    }
    Ok(TrustedKey { id: key.kid, public, not_before: key.not_before, not_after: key.not_after, state: key.state })
}
