//! `/v1/peers`: other systems of the organisation's that speak the Digital Staff Passport API.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use passport_dsp::{EmployeeId, System};
use passport_schema::field::{Context, Scalar as _};
use passport_schema::id::Id;
use passport_schema::json::Json;
use passport_schema::text::Text;
use serde_json::{Value, json};

use super::page::{LIMIT, Onward, PAGE};
use super::{Body, body, id, json, read};
use crate::app::App;
use crate::auth::Scope;
use crate::caching::{SHORT, cacheable};
use crate::dsp::key::{self, Algorithm};
use crate::dsp::link::{self, Found};
use crate::dsp::{pull, send};
use crate::error::ApiError;
use crate::publish::code;
use crate::store::StoreError;
use crate::store::peers::{Link, Peer};
use crate::trail::note;
use crate::webhook::target::Allowed;

/// Most systems of one organisation.
const MAX_PEERS: usize = 50;
/// Most records that one request names.
const MAX_CHOSEN: usize = 127;

fn shown(app: &App, peer: &Peer) -> Value {
    json!({
        "id": peer.id.to_string(),
        "system": peer.system.name(),
        "name": peer.name,
        "address": peer.base,
        "source": peer.source,
        "clientId": peer.client,
        "tokenAddress": peer.token,
        "algorithm": peer.algorithm.name(),
        "keyId": peer.id.0.to_string(),
        "keys": format!("{}/peers/jwks.json", app.organisation_address(&peer.organisation)),
    })
}

pub(crate) async fn list(app: web::Data<App>, scope: Scope) -> Result<HttpResponse, ApiError> {
    let peers = app.store.read().await?.peers(scope.organisation()).await?;
    let peers: Vec<_> = peers.iter().map(|peer| shown(&app, peer)).collect();
    Ok(json(StatusCode::OK, json!({ "peers": peers }).to_string()))
}

/// An address that may be called from here, as webhooks have it, and to which something can be added.
fn read_address(json: &Json<'_>, context: &mut Context<'_>, allowed: &Allowed) -> Option<String> {
    let address = json.as_text().unwrap_or_default();
    let uri = allowed.read(address).and_then(|uri| uri.query().is_none().then_some(uri).ok_or("must have no query"));
    context.value(uri.map_err(|why| ("not-an-address", why.to_owned())))?;
    Some(address.trim_end_matches('/').to_owned())
}

/// A text without blanks, as events and tokens have them.
fn read_token(json: &Json<'_>, context: &mut Context<'_>) -> Option<String> {
    let text = Text::from_json(json, context)?;
    let plain = text.as_str().bytes().all(|byte| byte.is_ascii_graphic());
    context
        .value(plain.then(|| text.as_str().to_owned()).ok_or(("bad-character", "must be ASCII without blanks".into())))
}

pub(crate) async fn add(app: web::Data<App>, scope: Scope, bytes: Body) -> Result<HttpResponse, ApiError> {
    let id = app.world.id();
    let allowed = app.webhook_targets.clone();
    let mut peer = read(&body(bytes)?, &app.lists, |object| {
        let system = object.required("system", |json, context| {
            let system = json.as_text().and_then(System::parse);
            context.value(system.ok_or(("unknown-code", "must be learning, recruitment or occupational-health".into())))
        });
        let name = object.required("name", Text::from_json);
        let base = object.required("address", |json, context| read_address(json, context, &allowed));
        let source = object.required("source", read_token);
        let client = object.required("clientId", read_token);
        let token = object.required("tokenAddress", |json, context| read_address(json, context, &allowed));
        let algorithm = object.optional("algorithm", |json, context| {
            let algorithm = json.as_text().and_then(Algorithm::parse);
            context.value(algorithm.ok_or(("unknown-code", "must be RS512 or EdDSA".into())))
        });
        Some(Peer {
            id,
            organisation: scope.organisation().clone(),
            system: system?,
            name: name?.as_str().to_owned(),
            base: base?,
            source: source?,
            client: client?,
            token: token?,
            algorithm: algorithm?.unwrap_or(Algorithm::Rs512),
            jwk: String::new(),
            sealed: Vec::new(),
        })
    })?;
    if app.store.read().await?.peers(scope.organisation()).await?.len() >= MAX_PEERS {
        return Err(ApiError::State(format!("an organisation has at most {MAX_PEERS} other systems")));
    }
    // An RSA key takes some seconds of a core.
    let (algorithm, random) = (peer.algorithm, app.world.random.clone());
    let made = tokio::task::spawn_blocking(move || key::make(algorithm, id, &random)).await;
    let (secret, jwk) = made.map_err(|_| crate::keys::KeyFault::None)??;
    peer.jwk = jwk.to_string();
    let context = Peer::seal_context(scope.organisation(), id);
    peer.sealed = app.keyring.sealing().seal(&secret, &context, &app.world.random.bytes());
    let mut tx = app.store.write().await?;
    match tx.add_peer(&peer, app.world.clock.now()).await {
        Err(StoreError::Conflict) => return Err(ApiError::State("another system has this source already".into())),
        added => added?,
    }
    note(&mut tx, &app, &scope, "peer.added", &id.to_string(), None).await?;
    tx.commit().await?;
    Ok(json(StatusCode::CREATED, shown(&app, &peer).to_string()))
}

/// The public halves of the keys with which an organisation signs in elsewhere.
pub(crate) async fn keys(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let code = code(&path)?;
    let mut tx = app.store.read().await?;
    tx.organisation(&code).await?.ok_or(ApiError::NotFound)?;
    let peers = tx.peers(&code).await?;
    let keys: Result<Vec<Value>, _> = peers.iter().map(|peer| serde_json::from_str(&peer.jwk)).collect();
    let set = json!({ "keys": keys.map_err(|_| StoreError::Corrupt("peer"))? });
    Ok(cacheable(&request, "application/jwk-set+json", SHORT, set.to_string().into_bytes()))
}

async fn find(app: &App, scope: &Scope, path: &str) -> Result<Peer, ApiError> {
    app.store.read().await?.peer(scope.organisation(), id(path)?).await?.ok_or(ApiError::NotFound)
}

fn shown_link(link: &Link) -> Value {
    let mut json = json!({
        "staff": link.staff.to_string(),
        "employee": link.employee.as_str(),
        "linked": link.linked.to_string(),
    });
    if let Some((pulled, outcome)) = link.pulled.zip(link.outcome.as_ref()) {
        json["pulled"] = pulled.to_string().into();
        json["outcome"] = serde_json::from_str(outcome).unwrap_or_default();
    }
    json
}

pub(crate) async fn links(
    app: web::Data<App>,
    scope: Scope,
    path: web::Path<String>,
    page: web::Query<Onward>,
) -> Result<HttpResponse, ApiError> {
    let peer = find(&app, &scope, &path).await?;
    let after = page.after()?;
    let links = app.store.read().await?.peer_links(peer.id, after, LIMIT).await?;
    let mut body = json!({ "links": links.iter().map(shown_link).collect::<Vec<_>>() });
    if let Some(last) = links.last().filter(|_| links.len() == PAGE) {
        body["next"] = last.staff.0.to_string().into();
    }
    Ok(json(StatusCode::OK, body.to_string()))
}

fn read_urn(json: &Json<'_>, context: &mut Context<'_>) -> Option<Id> {
    let id = json.as_text().and_then(Id::parse);
    context.value(id.ok_or(("not-an-id", "must be urn:uuid: and a lower-case UUID".into())))
}

pub(crate) async fn link(
    app: web::Data<App>,
    scope: Scope,
    path: web::Path<String>,
    bytes: Body,
) -> Result<HttpResponse, ApiError> {
    let peer = find(&app, &scope, &path).await?;
    let (staff, employee) = read(&body(bytes)?, &app.lists, |object| {
        let staff = object.required("staff", read_urn);
        let employee = object.optional("employee", |json, context| {
            let id = json.as_text().and_then(EmployeeId::parse);
            context.value(id.ok_or(("not-an-id", "must be the other system's id, without blanks".into())))
        });
        Some((staff?, employee?))
    })?;
    let answer = match link::find(&app, &scope, &peer, staff, employee.as_ref()).await? {
        Found::Linked(employee) => json!({ "outcome": "linked", "employee": employee.as_str() }),
        Found::Known(employee) => json!({ "outcome": "already-linked", "employee": employee.as_str() }),
        Found::Nobody(seen) => json!({ "outcome": "nobody", "seen": seen }),
        Found::Ambiguous(employees) => {
            let employees: Vec<_> = employees.iter().map(EmployeeId::as_str).collect();
            json!({ "outcome": "ambiguous", "employees": employees })
        }
    };
    Ok(json(StatusCode::OK, answer.to_string()))
}

pub(crate) async fn pull(
    app: web::Data<App>,
    scope: Scope,
    path: web::Path<String>,
    bytes: Body,
) -> Result<HttpResponse, ApiError> {
    let peer = find(&app, &scope, &path).await?;
    let staff = read(&body(bytes)?, &app.lists, |object| object.optional("staff", read_urn))?;
    let mut tx = app.store.write().await?;
    if let Some(staff) = staff {
        tx.reads().peer_link(peer.id, staff).await?.ok_or(ApiError::NotFound)?;
    }
    let job = pull::add(&mut tx, &app, &scope, &peer, staff).await?;
    note(&mut tx, &app, &scope, "peer.pull", &job.to_string(), None).await?;
    tx.commit().await?;
    app.bell.notify_waiters();
    Ok(json(StatusCode::ACCEPTED, json!({ "id": job.to_string(), "state": "open" }).to_string()))
}

pub(crate) async fn pulled(
    app: web::Data<App>,
    scope: Scope,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let peer = find(&app, &scope, &path.0).await?;
    let wanted = id(&path.1)?;
    let mut tx = app.store.read().await?;
    let job = tx.job(scope.organisation(), wanted).await?.ok_or(ApiError::NotFound)?;
    tx.pull(wanted).await?.filter(|pull| pull.peer == peer.id).ok_or(ApiError::NotFound)?;
    let mut body = json!({ "id": job.id.to_string(), "state": job.state.name(), "done": job.done, "total": job.total });
    if let Some(failure) = job.failure {
        body["failure"] = failure.into();
    }
    Ok(json(StatusCode::OK, body.to_string()))
}

pub(crate) async fn send(
    app: web::Data<App>,
    scope: Scope,
    path: web::Path<String>,
    bytes: Body,
) -> Result<HttpResponse, ApiError> {
    let peer = find(&app, &scope, &path).await?;
    let (staff, chosen) = read(&body(bytes)?, &app.lists, |object| {
        let staff = object.required("staff", read_urn);
        let chosen = object.optional("records", |json, context| {
            let Json::Array(items) = json else { return context.mismatch("a list of ids", json) };
            if items.is_empty() || items.len() > MAX_CHOSEN {
                context.problem("record-count", format!("1 to {MAX_CHOSEN} records are allowed"));
                return None;
            }
            let ids =
                items.iter().enumerate().map(|(index, item)| context.at(index, |context| read_urn(item, context)));
            ids.collect::<Vec<_>>().into_iter().collect::<Option<Vec<_>>>()
        });
        Some((staff?, chosen?))
    })?;
    let sent = send::send(&app, &scope, &peer, staff, chosen.as_deref()).await?;
    let one = |(id, record_type, outcome): &(Id, passport_dsp::RecordType, send::Sent)| json!({ "id": id.to_string(), "recordType": record_type.name(), "outcome": outcome.name() });
    Ok(json(StatusCode::OK, json!({ "records": sent.iter().map(one).collect::<Vec<_>>() }).to_string()))
}
