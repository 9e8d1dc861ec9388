//! What the service publishes: keys, status lists in four forms, the trust list, the bundle.
//!
//! A status list token is a function of the list's state and of the hour: `iat` is the later of the
//! list's last change and the beginning of the hour, and Ed25519 signs without randomness. So every
//! node gives out the same bytes, nothing about them is stored, and an `ETag` holds on all of them.

use std::io::Write as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use passport_schema::bundle::{BundleFile, VERSION};
use passport_schema::credential::VCDM_CONTEXT;
use passport_schema::id::{KeyId, OrganisationCode};
use passport_schema::jose::Type;
use passport_schema::status::{Purpose, StatusList, StatusToken, TOKEN_LIFETIME, TTL};
use passport_schema::time::Timestamp;
use passport_schema::trust_list::KeyState;
use passport_verifier::{Issuer, PublicKey};
use serde_json::{Value, json};

use crate::app::App;
use crate::error::ApiError;
use crate::signing;
use crate::status_cache::StatusForm;
use crate::store::organisations::StoredKey;
use crate::store::profiles::StoredProfile;
use crate::store::trust::PublishedList;
use crate::store::{StoreError, WriteTx};
use crate::trail::note_operator;

/// The description of the API.
pub(crate) const OPENAPI: &str = include_str!("../../../openapi.yaml");
/// A list that has not changed is signed anew this often, in seconds.
const EPOCH: i64 = 3_600;
/// How long a key that retires may still have signed, in seconds.
const RETIREMENT: i64 = 300;

/// The organisation that a public address names.
///
/// # Errors
/// [`ApiError::NotFound`] for what is no code: nobody has it.
pub(crate) fn code(text: &str) -> Result<OrganisationCode, ApiError> {
    OrganisationCode::parse(text).ok_or(ApiError::NotFound)
}

/// A status list in one form.
///
/// # Errors
/// [`ApiError::NotFound`] if there is no such list.
pub async fn status(app: &App, code: &OrganisationCode, list: u32, form: StatusForm) -> Result<Arc<[u8]>, ApiError> {
    let now = app.world.clock.now();
    let mut tx = app.store.read().await?;
    let state = tx.list_state(code, list).await?.ok_or(ApiError::NotFound)?;
    let issued = Timestamp((now.0 - now.0.rem_euclid(EPOCH)).max(state.changed.0));
    let keys = tx.signing_keys(code).await?;
    let signer = app.keyring.signer(code, &keys, now)?;
    // A key that was made within this hour cannot have signed at its beginning.
    let issued = keys.iter().find(|key| key.kid == signer.kid()).map_or(issued, |key| issued.max(key.not_before));
    let name = (code.clone(), list, form, signer.kid());
    if let Some(bytes) = app.cache.find(&name, state, issued) {
        return Ok(bytes);
    }
    let entries = StatusList::new(tx.status_entries(code, list).await?);
    drop(tx);
    let address = format!("{}/status/{list}", app.organisation_address(code));
    let expires = issued.plus(TOKEN_LIFETIME);
    let did = app.did(code);
    let bytes: Arc<[u8]> = match form {
        StatusForm::Jwt | StatusForm::Cwt => {
            let claims = StatusToken { subject: address, issued, expires, list: entries };
            match form {
                StatusForm::Jwt => signing::status_jwt(&claims, &did, &signer).into_bytes(),
                _ => signing::status_cwt(&claims, &signer),
            }
        }
        StatusForm::Revocation | StatusForm::Suspension => {
            let purpose = if form == StatusForm::Revocation { Purpose::Revocation } else { Purpose::Suspension };
            let claims = bitstring_credential(&entries, purpose, &address, &did, issued, expires);
            signing::json(Type::Credential, claims.to_string().as_bytes(), &did, &signer).into_bytes()
        }
    }
    .into();
    app.cache.keep(name, state, issued, &bytes);
    Ok(bytes)
}

/// A Bitstring Status List Credential (W3C, section 2.2): gzip, base64url, multibase `u`; its `ttl`
/// is in milliseconds.
fn bitstring_credential(
    list: &StatusList,
    purpose: Purpose,
    address: &str,
    did: &str,
    issued: Timestamp,
    expires: Timestamp,
) -> Value {
    let address = format!("{address}/{}", purpose.name());
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let compressed = gzip.write_all(&list.bitstring(purpose)).and_then(|()| gzip.finish());
    let encoded = URL_SAFE_NO_PAD.encode(compressed.expect("writing to memory does not fail"));
    json!({
        "@context": [VCDM_CONTEXT],
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": did,
        "validFrom": issued.to_string(),
        "validUntil": expires.to_string(),
        "credentialSubject": {
            "id": format!("{address}#list"),
            "type": "BitstringStatusList",
            "statusPurpose": purpose.name(),
            "encodedList": format!("u{encoded}"),
            "ttl": TTL * 1_000,
        },
        "iss": did,
        "iat": issued.0,
        "exp": expires.0,
    })
}

/// An organisation's keys and what has become of each, for whoever keeps the trust list.
///
/// # Errors
/// [`ApiError::NotFound`].
pub async fn key_set(app: &App, code: &OrganisationCode) -> Result<Value, ApiError> {
    let keys = keys(app, code).await?;
    let jwk = |key: &StoredKey| {
        let mut jwk = jwk(key);
        jwk["kid"] = key.kid.to_string().into();
        jwk["alg"] = "EdDSA".into();
        jwk["use"] = "sig".into();
        jwk["notBefore"] = key.not_before.to_string().into();
        jwk["notAfter"] = key.not_after.to_string().into();
        // A key that waits for the next trust list is one that may sign.
        jwk["state"] = if key.state == "next" { "active".into() } else { key.state.clone().into() };
        jwk
    };
    Ok(json!({ "keys": keys.iter().map(jwk).collect::<Vec<_>>() }))
}

async fn keys(app: &App, code: &OrganisationCode) -> Result<Vec<StoredKey>, ApiError> {
    let mut tx = app.store.read().await?;
    tx.organisation(code).await?.ok_or(ApiError::NotFound)?;
    Ok(tx.signing_keys(code).await?)
}

fn jwk(key: &StoredKey) -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(key.public) })
}

/// An organisation's DID document (DID 1.0; did:web). A compromised key is left out.
///
/// # Errors
/// [`ApiError::NotFound`].
pub async fn did_document(app: &App, code: &OrganisationCode) -> Result<Value, ApiError> {
    let did = app.did(code);
    let keys = keys(app, code).await?;
    let id = |kid: KeyId| format!("{did}#{kid}");
    let safe = || keys.iter().filter(|key| key.state != "compromised");
    let methods: Vec<_> = safe()
        .map(|key| json!({ "id": id(key.kid), "type": "JsonWebKey", "controller": did, "publicKeyJwk": jwk(key) }))
        .collect();
    let assertion: Vec<_> = safe().map(|key| id(key.kid)).collect();
    Ok(json!({
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1"],
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": assertion,
    }))
}

/// The trust list that was published last.
///
/// # Errors
/// [`ApiError::NotFound`] before the first one.
pub async fn trust_list(app: &App) -> Result<PublishedList, ApiError> {
    app.store.read().await?.trust_list().await?.ok_or(ApiError::NotFound)
}

/// The bundle of this deployment: its trust list, the status lists of its organisations, and the newest
/// version of each of their profiles.
///
/// # Errors
/// [`ApiError::NotFound`] before the first trust list.
pub async fn bundle(app: &App) -> Result<BundleFile, ApiError> {
    let trust_list = trust_list(app).await?.token;
    let mut file = BundleFile { version: VERSION, trust_list, status_lists: Vec::new(), profiles: Vec::new() };
    // Not in the loop's head: its transaction would then be held until the loop ends, and others wait for it.
    let codes = app.store.read().await?.organisation_codes().await?;
    for code in codes {
        match add_organisation(app, &code, &mut file).await {
            Ok(()) => {}
            // One organisation that cannot sign does not keep the others' news from a ward.
            Err(ApiError::Key(fault)) => {
                tracing::error!(organisation = %code, error.detail = %fault, "left out of the bundle");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(file)
}

async fn add_organisation(app: &App, code: &OrganisationCode, file: &mut BundleFile) -> Result<(), ApiError> {
    let mut tx = app.store.read().await?;
    let (numbers, profiles) = (tx.status_lists(code).await?, tx.profiles(code).await?);
    drop(tx);
    for number in numbers {
        let token = status(app, code, number, StatusForm::Jwt).await?;
        file.status_lists.push(String::from_utf8_lossy(&token).into_owned());
    }
    for stored in profiles {
        file.profiles.push(profile(app, code, &stored).await?);
    }
    Ok(())
}

/// A role profile, signed by the organisation that wrote it.
///
/// # Errors
/// [`ApiError::Key`] if it cannot sign.
pub async fn profile(app: &App, code: &OrganisationCode, stored: &StoredProfile) -> Result<String, ApiError> {
    let keys = app.store.read().await?.signing_keys(code).await?;
    let signer = app.keyring.signer(code, &keys, app.world.clock.now())?;
    let key = (code.clone(), stored.name.clone(), stored.version, signer.kid());
    Ok(app.relied.profile(key, || signing::json(Type::Profile, stored.content.as_bytes(), &app.did(code), &signer)))
}

/// A key that waited for the trust list signs from now on; the one before it retires, with some
/// minutes for what is being signed with it.
async fn activate_keys(app: &App, tx: &mut WriteTx, issuer: &Issuer) -> Result<(), StoreError> {
    let now = app.world.clock.now();
    let keys = tx.reads().signing_keys(issuer.code()).await?;
    let listed = |kid: KeyId| issuer.keys().any(|(listed, state)| listed == kid && state == KeyState::Active);
    let Some(next) = keys.iter().rev().find(|key| key.state == "next" && listed(key.kid)) else { return Ok(()) };
    for old in keys.iter().filter(|key| key.state == "active") {
        tx.change_signing_key(issuer.code(), old.kid, "active", "retired", now.plus(RETIREMENT)).await?;
        note_operator(tx, app, issuer.code(), "signing-key.retired", &old.kid.to_string()).await?;
    }
    tx.change_signing_key(issuer.code(), next.kid, "next", "active", next.not_after).await?;
    note_operator(tx, app, issuer.code(), "signing-key.activated", &next.kid.to_string()).await
}

/// Publishes a trust list. The first one pins the root key; later ones must be signed by it and
/// have a higher number.
///
/// # Errors
/// A sentence.
pub async fn publish_trust_list(app: &App, token: &str, root: &PublicKey) -> Result<u64, String> {
    let file = BundleFile {
        version: VERSION,
        trust_list: token.trim().to_owned(),
        status_lists: Vec::new(),
        profiles: Vec::new(),
    };
    let bundle = passport_verifier::Bundle::open(&file.to_bytes(), root, 0).map_err(|error| error.to_string())?;
    let sequence = i64::try_from(bundle.sequence()).map_err(|_| "its number is too high".to_owned())?;
    let failed = |error: crate::store::StoreError| error.to_string();
    let mut tx = app.store.write().await.map_err(failed)?;
    if let Some(before) = tx.0.trust_list().await.map_err(failed)? {
        if before.root != root.to_bytes() {
            return Err("another root key was pinned by the first trust list of this deployment".into());
        }
        if sequence <= before.sequence {
            return Err(format!("number {sequence} is not higher than {}, which is published", before.sequence));
        }
    }
    let list = PublishedList { sequence, root: root.to_bytes().to_vec(), token: token.trim().to_owned() };
    let added = tx.publish_trust_list(&list, app.world.clock.now()).await.map_err(failed)?;
    for code in tx.reads().organisation_codes().await.map_err(failed)? {
        note_operator(&mut tx, app, &code, "trust-list.published", &sequence.to_string()).await.map_err(failed)?;
    }
    for issuer in bundle.issuers() {
        activate_keys(app, &mut tx, issuer).await.map_err(failed)?;
    }
    tx.commit().await.map_err(failed)?;
    if added { Ok(bundle.sequence()) } else { Err(format!("number {sequence} is published already")) }
}
