//! Telling another organisation of a movement, when the person or an agreement says so: on this
//! deployment by the object, elsewhere by a notice that the host signs and the person or host delivers.
//!
//! A notice names the person only by the places of the statuses of what they showed, which say something
//! to their issuer and to nobody else.

use passport_schema::codes::{CodeLists, Purpose};
use passport_schema::credential::Credential;
use passport_schema::id::{Id, OrganisationCode};
use passport_schema::jose::{Jws, Type};
use passport_schema::json::Json;
use passport_schema::pass::{PREFIX, UnverifiedPass};
use passport_schema::problem::{Problem, Problems};
use passport_schema::status::Place;
use passport_schema::time::{Date, Timestamp};
use serde_json::{Value, json};

use super::case::Kept;
use super::{State, item_context};
use crate::app::App;
use crate::auth::Scope;
use crate::error::ApiError;
use crate::store::decisions::Told;
use crate::store::movements::{Movement, Taken};
use crate::store::{StoreError, WriteTx};
use crate::{relied, signing, trail};

/// Steps of a movement after which nobody is told any more.
const MAX_STEPS: usize = 500;

/// What an organisation is told: never what was shown or found.
fn content(app: &App, movement: &Movement, to: &OrganisationCode, shown: &[Place]) -> Value {
    let shown = shown.iter().map(|place| json!({ "list": place.list, "block": place.block }));
    json!({
        "iss": app.did(&movement.host),
        "iat": app.world.clock.now().0,
        "aud": to.as_str(),
        "movement": movement.id.to_string(),
        "host": movement.host.as_str(),
        "purpose": movement.purpose,
        "starts": movement.starts.to_string(),
        "ends": movement.ends.to_string(),
        "state": movement.state.name(),
        "shown": shown.collect::<Vec<_>>(),
    })
}

/// Where the statuses of what one organisation issued lie, out of all that was shown.
fn places(app: &App, kept: &[Kept], of: &OrganisationCode) -> Vec<Place> {
    let did = app.did(of);
    kept.iter().filter_map(|kept| place(&kept.token, of, &did, &app.lists)).collect()
}

fn place(token: &str, of: &OrganisationCode, did: &str, lists: &CodeLists) -> Option<Place> {
    if token.starts_with(PREFIX) {
        let pass = UnverifiedPass::parse(token, lists).ok()?;
        return (pass.claims.issuer == *of).then_some(pass.claims.place);
    }
    let jws = Jws::parse(token, Type::Credential).ok()?;
    let claims = Credential::from_json(&jws.payload, lists).ok()?;
    // Elsewhere an organisation has another address; its code is the last part of it.
    let theirs = claims.issuer == did || claims.issuer.rsplit(':').next() == Some(of.as_str());
    theirs.then_some(claims.place)
}

/// Opens what was shown in a movement, within a transaction.
async fn kept(tx: &mut WriteTx, app: &App, movement: &Movement) -> Result<Vec<Kept>, StoreError> {
    let items = tx.reads().shown_items(movement.id).await?;
    let open = |it: crate::store::movements::ShownItem| {
        let token = app.keyring.sealing().open(&it.sealed, &item_context(&movement.host, movement, it.item))?;
        Some(Kept { item: it.item, token: String::from_utf8(token.to_vec()).ok()?.into(), shown: it.shown })
    };
    items.into_iter().map(|it| open(it).ok_or(StoreError::Corrupt("sealed item"))).collect()
}

/// Tells an organisation of this deployment; false if it is not of this deployment.
pub(super) async fn tell_here(
    tx: &mut WriteTx,
    app: &App,
    movement: &Movement,
    to: &OrganisationCode,
) -> Result<bool, StoreError> {
    if tx.reads().organisation(to).await?.is_none() {
        return Ok(false);
    }
    let kept = kept(tx, app, movement).await?;
    let shown = places(app, &kept, to);
    let content = content(app, movement, to, &shown);
    put(tx, app, movement.id, movement.host.as_str(), to, &shown, &content, true).await?;
    Ok(true)
}

#[expect(clippy::too_many_arguments, reason = "each is one thing that a notice says")]
async fn put(
    tx: &mut WriteTx,
    app: &App,
    movement: Id,
    host: &str,
    to: &OrganisationCode,
    shown: &[Place],
    content: &Value,
    firsthand: bool,
) -> Result<bool, StoreError> {
    let mut staff = None;
    for place in shown {
        let found = tx.reads().staff_of_block(to, place.list.into(), place.block.into()).await?;
        staff = staff.or(found);
    }
    let issued = Timestamp(content["iat"].as_i64().unwrap_or_default());
    let told = Told { movement, host: host.to_owned(), staff, content: content.to_string(), issued };
    let news = tx.tell(to, &told, firsthand).await?;
    if news {
        trail::note_by(tx, app, to, "notice", "movement.told", &movement.to_string(), None).await?;
    }
    Ok(news)
}

/// Lets those who were told on this deployment learn what has become of a movement.
pub(super) async fn renew(tx: &mut WriteTx, app: &App, movement: &Movement) -> Result<(), StoreError> {
    for code in tx.reads().told_of(movement.id, &movement.host).await? {
        tell_here(tx, app, movement, &code).await?;
    }
    Ok(())
}

/// Why an organisation cannot be told: it is the host, or nobody who is known here.
pub(super) async fn not_to_be_told(
    app: &App,
    host: &OrganisationCode,
    to: &OrganisationCode,
    pointer: &str,
) -> Result<Option<Problem>, ApiError> {
    let problem = |code, detail| Some(Problem { pointer: pointer.into(), code, detail: format!("{to} {detail}") });
    if to == host {
        return Ok(problem("is-the-host", "is the host of this movement, and knows of it"));
    }
    if app.store.read().await?.organisation(to).await?.is_some() {
        return Ok(None);
    }
    if relied::bundle(app).await?.issuer(to).is_some() {
        return Ok(None);
    }
    Ok(problem("unknown-organisation", "is neither of this deployment nor on the trust list that is published here"))
}

/// Tells an organisation: at once if it is of this deployment, else by a signed notice to deliver. That it
/// was told, by whom and under which agreement, is among the movement's steps.
///
/// # Errors
/// [`ApiError::Fields`] for the host itself, and for who is neither here nor on the trust list.
pub async fn tell(
    app: &App,
    movement: &Movement,
    to: &OrganisationCode,
    actor: &str,
    agreement: Option<&str>,
) -> Result<Value, ApiError> {
    if let Some(problem) = not_to_be_told(app, &movement.host, to, "/organisation").await? {
        return Err(Problems(vec![problem]).into());
    }
    let mut tx = app.store.write().await?;
    if tx.reads().steps(movement.id).await?.len() >= MAX_STEPS {
        return Err(ApiError::State("this movement has been told of often enough".into()));
    }
    let delivered = tell_in(&mut tx, app, movement, to, actor, agreement).await?;
    tx.commit().await?;
    let mut json = json!({ "organisation": to.as_str(), "delivered": delivered });
    if !delivered {
        json["notice"] = deliver(app, movement, to).await?.into();
    }
    Ok(json)
}

/// The same within a transaction; whether it was told at once.
pub(super) async fn tell_in(
    tx: &mut WriteTx,
    app: &App,
    movement: &Movement,
    to: &OrganisationCode,
    actor: &str,
    agreement: Option<&str>,
) -> Result<bool, StoreError> {
    let delivered = tell_here(tx, app, movement, to).await?;
    let taken = Taken {
        at: app.world.clock.now(),
        actor: actor.to_owned(),
        step: "tell".to_owned(),
        state: movement.state.name().to_owned(),
        reason: Some(agreement.map_or_else(|| to.to_string(), |agreement| format!("{to}: {agreement}"))),
    };
    tx.step(movement.id, movement.state, movement.state, &taken, app.world.id()).await?;
    Ok(delivered)
}

/// A signed notice for an organisation elsewhere.
///
/// # Errors
/// [`ApiError`].
pub async fn deliver(app: &App, movement: &Movement, to: &OrganisationCode) -> Result<String, ApiError> {
    let mut tx = app.store.write().await?;
    let kept = kept(&mut tx, app, movement).await?;
    drop(tx);
    let content = content(app, movement, to, &places(app, &kept, to));
    let keys = app.store.read().await?.signing_keys(&movement.host).await?;
    let signer = app.keyring.signer(&movement.host, &keys, app.world.clock.now())?;
    Ok(signing::json(Type::Notice, content.to_string().as_bytes(), &app.did(&movement.host), &signer))
}

/// Takes a notice in that was signed elsewhere.
///
/// # Errors
/// [`ApiError::Fields`] if it is not one, is not for this organisation, or its signature does not fit.
pub async fn receive(app: &App, scope: &Scope, token: &str) -> Result<Value, ApiError> {
    let refuse =
        |code, detail: String| ApiError::Fields(Problems(vec![Problem { pointer: "/notice".into(), code, detail }]));
    let bundle = relied::bundle(app).await?;
    let (issuer, payload) = bundle.signed(token, Type::Notice).map_err(|why| refuse("not-a-notice", why))?;
    let json = Json::parse(&payload).map_err(|error| refuse("not-a-notice", error.to_string()))?;
    let text = |name| json.member(name).and_then(Json::as_text).unwrap_or_default();
    if text("aud") != scope.organisation().as_str() {
        return Err(refuse("not-for-you", "is for another organisation".into()));
    }
    if text("host") != issuer.code().as_str() {
        return Err(refuse("not-a-notice", "its host is not the one that signed it".into()));
    }
    let movement = Id::parse(text("movement")).ok_or_else(|| refuse("not-a-notice", "names no movement".into()))?;
    let date = |name| Date::parse(text(name));
    let dates = date("starts").zip(date("ends")).is_some_and(|(starts, ends)| starts <= ends);
    if !dates || app.lists.term::<Purpose>(text("purpose")).is_none() || State::parse(text("state")).is_none() {
        return Err(refuse("not-a-notice", "names no purpose, dates or state of ours".into()));
    }
    let iat = json.member("iat").and_then(Json::as_int).map(Timestamp);
    if iat.is_none_or(|iat| iat > app.world.clock.now().plus(300)) {
        return Err(refuse("not-a-notice", "was signed in the future".into()));
    }
    let shown: Vec<Place> = match json.member("shown") {
        Some(Json::Array(items)) => items.iter().take(32).filter_map(read_place).collect(),
        _ => Vec::new(),
    };
    // Only what is read is kept.
    let mut content = json!({ "iat": iat.map(|iat| iat.0), "host": issuer.code().as_str() });
    for name in ["purpose", "starts", "ends", "state"] {
        content[name] = text(name).into();
    }
    let mut tx = app.store.write().await?;
    if !put(&mut tx, app, movement, issuer.code().as_str(), scope.organisation(), &shown, &content, false).await? {
        return Err(ApiError::State("this notice, or a newer one of the same movement, is known already".into()));
    }
    tx.commit().await?;
    Ok(json!({ "movement": movement.to_string(), "host": issuer.code().as_str() }))
}

fn read_place(json: &Json<'_>) -> Option<Place> {
    let number = |name| json.member(name).and_then(Json::as_int).and_then(|number| u32::try_from(number).ok());
    Some(Place { list: number("list")?, block: number("block")? })
}
