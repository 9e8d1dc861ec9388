//! The person's side: look at what is asked, show a passport with a link that works once, and come back
//! with a receipt.

use std::collections::HashSet;

use passport_schema::id::OrganisationCode;
use passport_schema::jose::Type;
use passport_schema::problem::{Problem, Problems};
use passport_schema::record::{Family, Kind};
use passport_schema::time::Timestamp;
use passport_verifier::{Decision, Item, NotOnePerson, Person, Standing, Verdict, Verifier};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::case::{Case, Kept, Version};
use super::{By, Step, host, item_context, next, secret, take};
use crate::app::App;
use crate::auth::RECEIPT;
use crate::error::ApiError;
use crate::issuance::{hash, subject};
use crate::retry::retry;
use crate::store::decisions::ShownAgreement;
use crate::store::movements::{Finder, Movement, RecordDecision, ShownItem};
use crate::{relied, signing};

/// Passes and credentials of one movement.
const MAX_ITEMS: usize = 40;
/// Agreements that are shown in one movement.
const MAX_AGREEMENTS: usize = 10;

/// The movement that a link belongs to, if the link still works.
async fn by_link(app: &App, link: &[u8; 32]) -> Result<Movement, ApiError> {
    let movement = app.store.read().await?.movement(Finder::Link(link)).await?.ok_or(ApiError::LinkGone)?;
    let works = movement.link_until.is_some_and(|until| until >= app.world.clock.now());
    if works { Ok(movement) } else { Err(ApiError::LinkGone) }
}

async fn by_receipt(app: &App, receipt: &[u8; 32]) -> Result<Movement, ApiError> {
    app.store.read().await?.movement(Finder::Receipt(receipt)).await?.ok_or(ApiError::NotFound)
}

/// What is asked of whoever holds a link: by whom, for what, and whether it goes beyond what is usual.
///
/// # Errors
/// [`ApiError::LinkGone`].
pub async fn asked(app: &App, link: &[u8; 32]) -> Result<Value, ApiError> {
    let movement = by_link(app, link).await?;
    let case = Case::load(app, movement, Version::Same).await?;
    let kinds = host::kinds(&case.movement);
    let over = passport_schema::profile::over_asking(&case.profile, &case.purpose, &kinds);
    let host = app.store.read().await?.organisation(&case.movement.host).await?.ok_or(ApiError::NotFound)?;
    let mut json = host::summary(&case.movement);
    json["hostName"] = host.name.into();
    json["role"] = case.profile.title.as_str().into();
    json["overAsking"] = over.iter().map(|kind| kind.name()).collect::<Vec<_>>().into();
    json["told"] = told(app, &case.movement).await?;
    Ok(json)
}

/// Shows passes and credentials, at most once for a link. What can be read is kept, and each record is accepted or refused with a
/// reason; when nothing can be read, nothing is kept and the link still works.
///
/// # Errors
/// [`ApiError::LinkGone`]; [`ApiError::Fields`] with what is wrong with each.
pub async fn share(app: &App, link: &[u8; 32], tokens: &[String]) -> Result<Value, ApiError> {
    retry(|| try_share(app, link, tokens)).await
}

async fn try_share(app: &App, link: &[u8; 32], tokens: &[String]) -> Result<Value, ApiError> {
    let movement = by_link(app, link).await?;
    next(&movement, Step::Share, By::person(None).actor)?;
    let now = app.world.clock.now();
    let case = Case::load(app, movement, Version::Same).await?;
    let intake = take_in(app, &case, tokens, now)?;
    let movement = &case.movement;
    let (receipt, receipt_hash) = secret(RECEIPT, &app.world);
    let mut tx = app.store.write().await?;
    if !tx.use_link(movement.id, link).await? {
        return Err(ApiError::LinkGone);
    }
    tx.count_change(movement.id, movement.state).await?;
    let is_new = tx.keep_receipt(movement.id, &receipt_hash).await?;
    for kept in &intake.kept {
        let context = item_context(&movement.host, movement, kept.item);
        let sealed = app.keyring.sealing().seal(kept.token.as_bytes(), &context, &app.world.random.bytes());
        tx.keep_item(movement.id, &ShownItem { item: kept.item, sealed, shown: now }).await?;
    }
    for decision in &intake.records {
        tx.decide_record(movement.id, decision).await?;
    }
    let moved = take(&mut tx, app, movement, Step::Share, &By::person(None)).await?;
    tx.commit().await?;
    let moved = Movement { link_until: None, ..moved };
    let mut json = receipt_json(app, &moved, &intake.records, now).await?;
    json["refused"] = intake.refused.into();
    if is_new {
        json["receipt"] = receipt.into();
    }
    Ok(json)
}

/// Who else knows of it.
async fn told(app: &App, movement: &Movement) -> Result<Value, ApiError> {
    let told = app.store.read().await?.told_of(movement.id, &movement.host).await?;
    Ok(told.iter().map(OrganisationCode::as_str).collect::<Vec<_>>().into())
}

struct Intake {
    kept: Vec<Kept>,
    records: Vec<RecordDecision>,
    refused: Vec<Value>,
}

/// Judges what is shown beside what was shown before, as of one person.
fn take_in(app: &App, case: &Case, tokens: &[String], now: Timestamp) -> Result<Intake, ApiError> {
    let verifier = Verifier::new(&case.bundle, &app.lists);
    let before = case.verdicts(app);
    let texts: Vec<&str> = tokens.iter().map(String::as_str).collect();
    let (mut readable, mut refused, mut faults) = (Vec::new(), Vec::new(), Vec::new());
    for (place, verdict) in verifier.verify_many(&texts, now).into_iter().enumerate() {
        match refusal(&verdict) {
            None => readable.push((place, verdict)),
            Some((code, detail)) => {
                refused.push(json!({ "place": place, "code": code, "detail": detail }));
                faults.push(Problem { pointer: format!("/passes/{place}"), code, detail });
            }
        }
    }
    if readable.is_empty() {
        return Err(Problems(faults).into());
    }
    if before.len() + readable.len() > MAX_ITEMS {
        let detail = format!("at most {MAX_ITEMS} passes and credentials are kept in one movement");
        return Err(Problems(vec![Problem { pointer: "/passes".into(), code: "too-many", detail }]).into());
    }
    // What was not kept has its number too.
    let first = case.records.iter().map(|record| record.item + 1).max().unwrap_or(0);
    let places: Vec<usize> = readable.iter().map(|(place, _)| *place).collect();
    let fresh: Vec<Kept> = (first..)
        .zip(&places)
        .map(|(item, place)| Kept { item, token: Zeroizing::new(tokens[*place].trim().to_owned()), shown: now })
        .collect();
    let count = before.len();
    let all: Vec<Verdict<'_>> = before.into_iter().chain(readable.into_iter().map(|(_, verdict)| verdict)).collect();
    let person = Person::join(&all).map_err(|apart| different(&apart, count, &places))?;
    let (mut said, mut awarded) = (HashSet::new(), HashSet::new());
    let asks = host::kinds(&case.movement);
    let known: HashSet<(i64, i64)> = case.records.iter().map(|it| (it.item, it.position)).collect();
    let (mut records, mut of_use) = (Vec::new(), HashSet::new());
    let items = person.iter().flat_map(|person| person.items().iter());
    // What counts comes first, so that of two alike the one that counts is kept.
    let mut items: Vec<&Item<'_>> = items.collect();
    items.sort_by_key(|item| std::cmp::Reverse(item.lasting()));
    for item in items {
        let (place, position) = item.place();
        let number = match place.checked_sub(count) {
            None => case.kept[place].item,
            Some(fresh_place) => fresh[fresh_place].item,
        };
        let position = i64::try_from(position).unwrap_or(i64::MAX);
        let about = subject(item.record());
        let issuer = item.issuer().code().to_string();
        let twice = !said.insert((issuer.clone(), hash(item.record())));
        let dated = item.record().dated();
        let same_award = dated.is_some() && !awarded.insert((about.clone(), dated));
        if known.contains(&(number, position)) {
            continue;
        }
        let refused = refused_record(item, twice, asks.contains(&item.record().kind()));
        let accepted = refused.is_none();
        // Of two that end on different days each may be the one that stays, when the other is withdrawn.
        let reason = refused.or_else(|| same_award.then(|| SAME_AWARD.into()));
        if is_of_use(item, reason.as_deref()) {
            of_use.insert(number);
        }
        records.push(RecordDecision { item: number, position, about, issuer, accepted, reason });
    }
    records.sort_by_key(|it| (it.item, it.position));
    if count == 0 && of_use.is_empty() {
        let detail = "nothing in what was shown is asked for here".into();
        return Err(Problems(vec![Problem { pointer: "/passes".into(), code: NOT_ASKED, detail }]).into());
    }
    // A signature covers the whole of what it signs, so that it is kept whole or not at all.
    let kept = fresh.into_iter().filter(|kept| of_use.contains(&kept.item)).collect();
    Ok(Intake { kept, records, refused })
}

/// Why something that is shown is not kept. What is merely old news is kept: newer news may come.
fn refusal(verdict: &Verdict<'_>) -> Option<(&'static str, String)> {
    let reason = verdict.reasons().first();
    match (verdict.decision(), verdict.verified()) {
        (Decision::Refused, _) | (_, None) => {
            reason.map(|reason| (reason.code(), reason.to_string())).or(Some(("not-a-passport", String::new())))
        }
        (_, Some(verified)) if verified.records().iter().any(|it| it.record().kind().family() == Family::Agreement) => {
            Some(("agreement", "an agreement is shown by itself, with your receipt, once you want to".into()))
        }
        _ => None,
    }
}

/// Why a record is not accepted as it comes in: its kind was not asked for.
const NOT_ASKED: &str = "not-asked";
/// Another one of the same issuer says exactly the same.
const DUPLICATE: &str = "duplicate";
/// Why a record is accepted beside another: same subject and award date, but another issuer or end.
const SAME_AWARD: &str = "same-award";

/// Whether a record is a reason to keep what it came in: it is evidence, or to be seen because it speaks
/// against somebody. Who somebody is, is said by everything that they show.
fn is_of_use(item: &Item<'_>, reason: Option<&str>) -> bool {
    item.record().kind() != Kind::Identity && !matches!(reason, Some(NOT_ASKED | DUPLICATE))
}

/// Why a record is not accepted as it comes in; the host may decide otherwise.
fn refused_record(item: &Item<'_>, twice: bool, asked: bool) -> Option<String> {
    let standing = item.lasting();
    if !asked {
        Some(NOT_ASKED.into())
    } else if !matches!(standing, Standing::Counts | Standing::Stale | Standing::CannotTell) {
        Some(standing.name().into())
    } else if twice && item.record().kind() != Kind::Identity {
        Some(DUPLICATE.into())
    } else {
        None
    }
}

fn different(apart: &NotOnePerson, before: usize, places: &[usize]) -> ApiError {
    let later = apart.between.1.max(apart.between.0);
    let place = later.checked_sub(before).and_then(|place| places.get(place)).copied().unwrap_or_default();
    let pointer = format!("/passes/{place}");
    Problems(vec![Problem { pointer, code: "different-people", detail: apart.to_string() }]).into()
}

/// What the person keeps: what they showed, to whom, for what, and until when; signed by the host.
async fn receipt_json(
    app: &App,
    movement: &Movement,
    records: &[RecordDecision],
    at: Timestamp,
) -> Result<Value, ApiError> {
    let decided = records.iter().map(host::record_json).collect::<Vec<_>>();
    let mut json = host::summary(movement);
    json["records"] = decided.into();
    json["at"] = at.to_string().into();
    json["keptUntil"] = "the movement is over".into();
    if movement.state.is_over() {
        json["keptUntil"] = "deleted: the movement is over".into();
    }
    json["told"] = told(app, movement).await?;
    let mut signed = json.clone();
    signed["iss"] = app.did(&movement.host).into();
    signed["iat"] = at.0.into();
    let keys = app.store.read().await?.signing_keys(&movement.host).await?;
    let signer = app.keyring.signer(&movement.host, &keys, app.world.clock.now())?;
    let token = signing::json(Type::Receipt, signed.to_string().as_bytes(), &app.did(&movement.host), &signer);
    json["signed"] = token.into();
    Ok(json)
}

/// The person says no to what is asked.
///
/// # Errors
/// [`ApiError::LinkGone`], [`ApiError::State`].
pub async fn decline(app: &App, link: &[u8; 32], reason: Option<&str>) -> Result<Value, ApiError> {
    let movement = by_link(app, link).await?;
    step(app, &movement, Step::Decline, reason).await
}

/// The person takes back what they showed.
///
/// # Errors
/// [`ApiError::NotFound`], [`ApiError::State`].
pub async fn withdraw(app: &App, receipt: &[u8; 32], reason: Option<&str>) -> Result<Value, ApiError> {
    let movement = by_receipt(app, receipt).await?;
    step(app, &movement, Step::Withdraw, reason).await
}

async fn step(app: &App, movement: &Movement, step: Step, reason: Option<&str>) -> Result<Value, ApiError> {
    let mut tx = app.store.write().await?;
    let moved = take(&mut tx, app, movement, step, &By::person(reason)).await?;
    tx.commit().await?;
    Ok(host::summary(&moved))
}

/// What has become of what somebody showed; also the movement itself, for who tells others of it.
///
/// # Errors
/// [`ApiError::NotFound`].
pub async fn receipt(app: &App, receipt: &[u8; 32]) -> Result<(Movement, Value), ApiError> {
    let movement = by_receipt(app, receipt).await?;
    let mut tx = app.store.read().await?;
    let records = tx.record_decisions(movement.id).await?;
    let agreements = tx.shown_agreements(movement.id).await?;
    drop(tx);
    let mut json = receipt_json(app, &movement, &records, app.world.clock.now()).await?;
    let answers = agreements.iter().map(|it| json!({ "id": it.id.to_string(), "answer": it.answer }));
    json["agreements"] = answers.collect::<Vec<_>>().into();
    Ok((movement, json))
}

/// The person shows an agreement to their new manager, to honour or to review. Nothing is judged by it.
///
/// # Errors
/// [`ApiError::Fields`] if it is not a credential of an agreement, or not of the same person.
pub async fn show_agreement(app: &App, receipt: &[u8; 32], token: &str) -> Result<Value, ApiError> {
    let movement = by_receipt(app, receipt).await?;
    if movement.state.is_over() {
        return Err(ApiError::State(format!("the movement is {}", movement.state.name())));
    }
    let fault = |code, detail: String| {
        ApiError::Fields(Problems(vec![Problem { pointer: "/credential".into(), code, detail }]))
    };
    let now = app.world.clock.now();
    let bundle = relied::bundle(app).await?;
    let case = Case::load(app, movement.clone(), Version::Same).await?;
    let verdict = Verifier::new(&bundle, &app.lists).verify(token, now);
    let reason = verdict.reasons().first().map(|reason| (reason.code(), reason.to_string()));
    let Some(verified) = verdict.verified().filter(|_| verdict.decision() == Decision::Accepted) else {
        let (code, detail) = reason.unwrap_or(("not-a-passport", "cannot be read".into()));
        return Err(fault(code, detail));
    };
    if !verified.records().iter().all(|it| it.record().kind().family() == Family::Agreement) {
        return Err(fault("not-an-agreement", "is not a credential of an agreement".into()));
    }
    let mut all = case.verdicts(app);
    all.push(verdict);
    Person::join(&all).map_err(|apart| fault("different-people", apart.to_string()))?;
    let id = app.world.id();
    let context = format!("agreement/{}/{id}", movement.host);
    let sealed = app.keyring.sealing().seal(token.trim().as_bytes(), &context, &app.world.random.bytes());
    if app.store.read().await?.shown_agreements(movement.id).await?.len() >= MAX_AGREEMENTS {
        return Err(fault("too-many", format!("at most {MAX_AGREEMENTS} agreements are shown in one movement")));
    }
    let mut tx = app.store.write().await?;
    tx.count_change(movement.id, movement.state).await?;
    tx.keep_agreement(movement.id, &ShownAgreement { id, sealed, shown: now, answer: None }).await?;
    tx.commit().await?;
    Ok(json!({ "id": id.to_string(), "answer": null }))
}
