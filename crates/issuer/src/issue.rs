//! Issuing: claim, decide, reserve; sign outside any transaction; write all of it at once.
//!
//! Whatever was acknowledged is in the database, and a crash at any moment leaves either nothing
//! or all of it (and perhaps a few blocks of a status list that nobody will ever use).

use std::time::Duration;

use passport_schema::credential::Credential;
use passport_schema::field::Context;
use passport_schema::id::{Id, OrganisationCode};
use passport_schema::json::Json;
use passport_schema::pass::{MAX_PAPER, Pass};
use passport_schema::problem::{Problem, Problems};
use passport_schema::record::{Kind, Record};
use passport_schema::status::{LIST_SIZE, MAX_RECORDS, Place, Status, block_size};
use passport_schema::text::Name;
use passport_schema::time::{Date, Timestamp};

use crate::answer;
use crate::app::App;
use crate::auth::Scope;
use crate::error::ApiError;
use crate::issuance::{self, CREDENTIAL_DAYS, Carrier, Draft, Held, Holdings, Plan, Wish};
use crate::keys::Signer;
use crate::permutation::permute;
use crate::retry::retry;
use crate::store::credentials::{Form, Issued};
use crate::store::idempotency::LEASE;
use crate::store::staff::{Change, Staff, StoredRecord};
use crate::store::{StoreError, Tx, WriteTx};
use crate::trail::note;
use crate::{signing, status_change};

/// Between two looks at a request that somebody else is at work on.
const PAUSE: Duration = Duration::from_millis(20);
const LONG_PAUSE: Duration = Duration::from_millis(640);
const DAY: i64 = 86_400;

/// Whom an issue is for.
#[derive(Debug, Clone)]
pub enum Whom {
    /// By the organisation's own reference; made when missing.
    Reference(String),
    /// By our id.
    Staff(Id),
}

/// An idempotency key and the hash of the request that it came with.
#[derive(Debug, Clone)]
pub struct Once {
    /// The key.
    pub key: String,
    /// SHA-256 of the request.
    pub request_hash: [u8; 32],
}

/// Issues, at most once for an idempotency key; the answer as JSON.
///
/// # Errors
/// [`ApiError`]; nothing was written then.
pub async fn issue(
    app: &App,
    scope: &Scope,
    whom: &Whom,
    wish: &Wish,
    reason: &str,
    once: Option<&Once>,
) -> Result<String, ApiError> {
    at_most_once(app, scope, once, async |lease| try_issue(app, scope, whom, wish, reason, lease).await).await
}

/// The key and the lease of a request that is done at most once.
pub(crate) type Leased<'l> = Option<(&'l str, &'l str)>;

/// Does something at most once for an idempotency key, and again when somebody else got in between.
/// `attempt` writes its answer with [`give_answer`], in the transaction of what it tells of.
pub(crate) async fn at_most_once(
    app: &App,
    scope: &Scope,
    once: Option<&Once>,
    attempt: impl AsyncFn(Leased<'_>) -> Result<String, ApiError>,
) -> Result<String, ApiError> {
    let Some(once) = once else { return retry(|| attempt(None)).await };
    loop {
        let lease = app.world.id().0.to_string();
        if let Some(answer) = claim(app, scope, once, &lease).await? {
            return Ok(answer);
        }
        match retry(|| attempt(Some((&once.key, &lease)))).await {
            Ok(answer) => return Ok(answer),
            // The lease ran out, and somebody else took the key over: theirs is the answer.
            Err(ApiError::KeyAtWork) => {}
            Err(error) => {
                let mut tx = app.store.write().await?;
                tx.release_key(scope.organisation(), &once.key, &lease).await?;
                tx.commit().await?;
                return Err(error);
            }
        }
    }
}

/// Keeps the answer for whoever repeats the request; whoever took the lease over gives it instead.
pub(crate) async fn give_answer(
    tx: &mut WriteTx,
    organisation: &OrganisationCode,
    leased: Leased<'_>,
    answer: &str,
) -> Result<(), ApiError> {
    let Some((key, lease)) = leased else { return Ok(()) };
    tx.answer_key(organisation, key, lease, answer).await.map_err(|error| match error {
        StoreError::Conflict => ApiError::KeyAtWork,
        other => other.into(),
    })
}

/// Claims an idempotency key; the answer, if it was given before.
async fn claim(app: &App, scope: &Scope, once: &Once, lease: &str) -> Result<Option<String>, ApiError> {
    let organisation = scope.organisation();
    // Longer than a lease, so that a repeat after a crash takes over instead of giving up.
    let patience = app.world.clock.now().plus(2 * LEASE);
    let mut pause = PAUSE;
    loop {
        let now = app.world.clock.now();
        let before = app.store.read().await?.claim(organisation, &once.key, now).await?;
        match before {
            Some(before) if before.request_hash != once.request_hash => return Err(ApiError::KeyReused),
            Some(before) if before.answer.is_some() => return Ok(before.answer),
            Some(before) if before.leased_until >= now && now >= patience => return Err(ApiError::KeyAtWork),
            Some(before) if before.leased_until >= now => {
                tokio::time::sleep(pause).await;
                // After a crash hundreds may wait: each looks less and less often.
                pause = (pause * 2).min(LONG_PAUSE);
            }
            _ => {
                let mut tx = app.store.write().await?;
                let claimed = tx.claim_key(organisation, &once.key, &once.request_hash, lease, now).await?;
                tx.commit().await?;
                if claimed {
                    return Ok(None);
                }
            }
        }
    }
}

pub(crate) async fn try_issue(
    app: &App,
    scope: &Scope,
    whom: &Whom,
    wish: &Wish,
    reason: &str,
    leased: Leased<'_>,
) -> Result<String, ApiError> {
    let organisation = scope.organisation();
    let now = app.world.clock.now();
    let mut tx = app.store.write().await?;
    let staff = find(&mut tx.0, app, organisation, whom).await?;
    let keys = tx.0.signing_keys(organisation).await?;
    let (held, issued) = holdings(&mut tx.0, app, &staff).await?;
    check_replaced(wish, &held, &issued)?;
    check_wish(wish, &held)?;
    let signer = app.keyring.signer(organisation, &keys, now)?;
    let compromised = keys.iter().filter(|key| key.state == "compromised");
    let unsafe_keys = compromised.map(|key| key.kid.to_string()).collect();
    let plan = issuance::prepare(Holdings { held, issued, unsafe_keys }, wish.clone(), now, || app.world.id());
    check_sizes(organisation, &plan, now)?;
    let places = reserve(&mut tx, app, organisation, &plan.drafts, now).await?;
    tx.commit().await?;

    let drafts = plan.drafts.iter().zip(places);
    let signed: Vec<Issued> = drafts
        .map(|(draft, place)| sign(app, organisation, &staff, draft, place, &signer, wish.carrier, now))
        .collect::<Result<_, _>>()?;

    let mut tx = app.store.write().await?;
    tx.keep_staff(organisation, &staff, now).await?;
    check_key(&mut tx.0, organisation, &signer).await?;
    write(&mut tx, app, scope, &staff, &plan, &signed, reason, now).await?;
    let answer = answer::issued(&staff, &plan, &signed).to_string();
    give_answer(&mut tx, organisation, leased, &answer).await?;
    tx.commit().await?;
    Ok(answer)
}

async fn find(tx: &mut Tx, app: &App, organisation: &OrganisationCode, whom: &Whom) -> Result<Staff, ApiError> {
    match whom {
        Whom::Staff(id) => tx.staff(organisation, *id).await?.ok_or(ApiError::NotFound),
        Whom::Reference(reference) => Ok(match tx.staff_by_reference(organisation, reference).await? {
            Some(staff) => staff,
            None => Staff { id: app.world.id(), reference: reference.clone(), version: 0 },
        }),
    }
}

/// What a person holds: records, and what was issued to them.
pub(crate) async fn holdings(tx: &mut Tx, app: &App, staff: &Staff) -> Result<(Vec<Held>, Vec<Issued>), ApiError> {
    let stored = tx.records_of(staff.id).await?;
    let held = stored.into_iter().map(|stored| read_record(app, stored)).collect::<Result<_, _>>()?;
    Ok((held, tx.issued_to(staff.id).await?))
}

fn read_record(app: &App, stored: StoredRecord) -> Result<Held, ApiError> {
    let corrupt = || ApiError::Store(StoreError::Corrupt("record"));
    let json = Json::parse(stored.content.as_bytes()).map_err(|_| corrupt())?;
    let mut context = Context::new(&app.lists);
    let record = Record::read(&json, &mut context);
    let record = context.finish(record).map_err(|_| corrupt())?;
    Ok(Held {
        record: Record { id: Some(stored.id), ..record },
        id: stored.id,
        hash: stored.content_hash,
        status: stored.status,
    })
}

/// What is to be replaced must still stand, now that nobody else can change it meanwhile.
fn check_replaced(wish: &Wish, held: &[Held], issued: &[Issued]) -> Result<(), ApiError> {
    let stands = |id: Id| held.iter().any(|held| held.id == id && held.status != Status::Withdrawn);
    let replaced = wish.incoming.iter().filter_map(|(_, replaces)| *replaces);
    let gone = replaced.filter(|id| !stands(*id)).count() > 0
        || wish.renew.is_some_and(|id| !issued.iter().any(|issued| issued.id == id));
    if gone {
        Err(ApiError::State("it is withdrawn or superseded, so that it cannot be superseded".into()))
    } else {
        Ok(())
    }
}

fn check_wish(wish: &Wish, held: &[Held]) -> Result<(), Problems> {
    let mut problems = Vec::new();
    let mut problem = |pointer: String, code, detail: String| problems.push(Problem { pointer, code, detail });
    for (index, (record, replaces)) in wish.incoming.iter().enumerate() {
        let place = if replaces.is_some() { "/replacement".to_owned() } else { format!("/records/{index}") };
        let replaced = replaces.and_then(|id| held.iter().find(|held| held.id == id));
        if let Some(replaced) = replaced {
            let about = issuance::subject(record);
            if replaced.record.kind() != record.kind() {
                problem(
                    format!("{place}/kind"),
                    "other-kind",
                    format!("must be {}, as what it replaces", replaced.record.kind().name()),
                );
            } else if held.iter().any(|held| {
                held.id != replaced.id && held.status != Status::Withdrawn && issuance::subject(&held.record) == about
            }) {
                problem(place, "already-held", "another standing record is about the same".into());
            }
        }
    }
    let identity = |record: &Record| record.kind() == Kind::Identity;
    if !wish.incoming.iter().any(|(record, _)| identity(record)) && !stands(held, identity) {
        problems.push(no_identity());
    }
    for (index, id) in wish.chosen.iter().flatten().enumerate() {
        if !stands(held, |record| record.id == Some(*id)) {
            let detail = "is not a standing record of this person".into();
            problems.push(Problem { pointer: format!("/records/{index}"), code: "unknown-record", detail });
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Problems(problems)) }
}

fn stands(held: &[Held], wanted: impl Fn(&Record) -> bool) -> bool {
    held.iter().any(|held| held.status != Status::Withdrawn && wanted(&held.record))
}

/// That a person has no identity yet.
pub(crate) fn no_identity() -> Problem {
    let detail = "an identity record is needed first".into();
    Problem { pointer: "/records".into(), code: "one-identity", detail }
}

/// Whether somebody has a standing identity.
pub(crate) async fn has_identity(app: &App, scope: &Scope, reference: &str) -> Result<bool, ApiError> {
    let mut tx = app.store.read().await?;
    let Some(staff) = tx.staff_by_reference(scope.organisation(), reference).await? else { return Ok(false) };
    let (held, _) = holdings(&mut tx, app, &staff).await?;
    Ok(stands(&held, |record| record.kind() == Kind::Identity))
}

/// A key that was found unsafe while it was signing has signed nothing.
pub(crate) async fn check_key(tx: &mut Tx, organisation: &OrganisationCode, signer: &Signer) -> Result<(), ApiError> {
    let keys = tx.signing_keys(organisation).await?;
    let safe = keys.iter().any(|key| key.kid == signer.kid() && key.state != "compromised");
    if safe { Ok(()) } else { Err(ApiError::Busy) }
}

/// What would not fit is refused before anything is reserved for it.
pub(crate) fn check_sizes(organisation: &OrganisationCode, plan: &Plan, now: Timestamp) -> Result<(), ApiError> {
    for draft in &plan.drafts {
        let count = draft.records.len();
        if count > MAX_RECORDS {
            let detail = format!("{count} records would stand in one {}; at most {MAX_RECORDS} fit", draft.name);
            return Err(Problems(vec![Problem { pointer: "/records".into(), code: "record-count", detail }]).into());
        }
        if draft.family.is_none() {
            let place = Place { list: u16::MAX.into(), block: u16::MAX.into() };
            let claims = pass_claims(organisation, draft, place, now, now.plus(DAY));
            let length = signing::pass_length(&claims);
            if length > MAX_PAPER {
                return Err(too_long(&claims, length));
            }
        }
    }
    Ok(())
}

fn pass_claims(code: &OrganisationCode, draft: &Draft, place: Place, issued: Timestamp, expires: Timestamp) -> Pass {
    let records = draft.records.iter().map(|record| Record { id: None, ..record.clone() }).collect();
    Pass { issuer: code.clone(), issued, expires, place, records }
}

/// The last second of the day in London that lies so many days ahead.
fn last_second(now: Timestamp, days: i64) -> Timestamp {
    now.plus(days * DAY).london_date().last_second()
}

/// A place for each draft, out of the lists for blocks of its size.
pub(crate) async fn reserve(
    tx: &mut WriteTx,
    app: &App,
    organisation: &OrganisationCode,
    drafts: &[Draft],
    now: Timestamp,
) -> Result<Vec<Place>, ApiError> {
    let mut places = vec![None; drafts.len()];
    for size in [32, 64, 128] {
        let wanted: Vec<usize> =
            (0..drafts.len()).filter(|&index| block_size(drafts[index].records.len()) == Some(size)).collect();
        if wanted.is_empty() {
            continue;
        }
        let blocks =
            allocate(tx, app, organisation, size, u32::try_from(wanted.len()).unwrap_or(u32::MAX), now).await?;
        for (index, place) in wanted.into_iter().zip(blocks) {
            places[index] = Some(place);
        }
    }
    Ok(places.into_iter().flatten().collect())
}

/// Takes blocks of one size from the organisation's newest list for it, opening a list when needed.
///
/// # Errors
/// [`ApiError`].
pub async fn allocate(
    tx: &mut WriteTx,
    app: &App,
    organisation: &OrganisationCode,
    size: u32,
    count: u32,
    now: Timestamp,
) -> Result<Vec<Place>, ApiError> {
    loop {
        if let Some(reserved) = tx.reserve(organisation, size, count).await? {
            let key = app.keyring.sealing().open(&reserved.sealed, &list_context(organisation, reserved.list));
            let key =
                key.and_then(|key| <[u8; 32]>::try_from(key.as_slice()).ok()).ok_or(crate::keys::KeyFault::Sealed)?;
            let bits = (LIST_SIZE / size).ilog2();
            let place = |counter| Place { list: reserved.list, block: permute(&key, bits, counter) };
            return Ok((reserved.first..reserved.first + count).map(place).collect());
        }
        let number = tx.0.status_lists(organisation).await?.last().map_or(1, |last| last + 1);
        let sealed = app.keyring.sealing().seal(
            &app.world.random.bytes(),
            &list_context(organisation, number),
            &app.world.random.bytes(),
        );
        // When somebody else was quicker, their list serves as well.
        tx.open_list(organisation, number, size, &sealed, now).await?;
    }
}

fn list_context(organisation: &OrganisationCode, number: u32) -> String {
    format!("status-list/{organisation}/{number}")
}

#[expect(clippy::too_many_arguments, reason = "each is one thing that a token is made of")]
pub(crate) fn sign(
    app: &App,
    organisation: &OrganisationCode,
    staff: &Staff,
    draft: &Draft,
    place: Place,
    signer: &Signer,
    carrier: Option<Carrier>,
    now: Timestamp,
) -> Result<Issued, ApiError> {
    let id = app.world.id();
    let (token, expires) = if let Some(family) = draft.family {
        let expires = last_second(now, CREDENTIAL_DAYS);
        let (name, birth_date) = identity_of(draft)?;
        let claims = Credential {
            id,
            family,
            issuer: app.did(organisation),
            issued: now,
            expires,
            name,
            birth_date,
            place,
            records: draft.records.clone(),
        };
        (
            signing::credential(&claims, &app.organisation_address(organisation), &app.schemas(), signer, &app.lists)?,
            expires,
        )
    } else {
        let expires = last_second(now, carrier.unwrap_or(Carrier::Phone).days(&draft.records));
        let claims = pass_claims(organisation, draft, place, now, expires);
        (signing::pass(&claims, signer, &app.lists)?, expires)
    };
    Ok(Issued {
        id,
        staff: staff.id,
        form: if draft.family.is_some() { Form::Credential } else { Form::Pass },
        family: draft.name.clone(),
        standing: draft.standing,
        content_hash: draft.hash.clone(),
        kid: signer.kid().to_string(),
        place,
        token,
        issued: now,
        expires,
        status: Status::Valid,
        supersedes: draft.supersedes,
    })
}

fn identity_of(draft: &Draft) -> Result<(Name, Option<Date>), ApiError> {
    let identity = draft.person.as_ref().ok_or(ApiError::Store(StoreError::Corrupt("identity")))?;
    Ok((identity.name.clone(), identity.birth_date))
}

/// Names the records that take most room, longest first, until what is left would fit.
fn too_long(claims: &Pass, length: usize) -> ApiError {
    let whole = claims.to_cbor().len();
    let cost = |index: usize| {
        let mut without = claims.clone();
        without.records.remove(index);
        whole - without.to_cbor().len()
    };
    let costs = claims.records.iter().enumerate().filter(|(_, record)| record.kind() != Kind::Identity);
    let mut costs: Vec<_> = costs.map(|(index, record)| (cost(index) * 3 / 2, record)).collect();
    costs.sort_by_key(|(characters, _)| std::cmp::Reverse(*characters));
    let mut surplus = length - MAX_PAPER;
    let mut leave_out = Vec::new();
    for (characters, record) in costs {
        let detail = format!("{} takes about {characters} characters", issuance::subject(record));
        leave_out.push(Problem { pointer: "/pass".into(), code: "leave-out", detail });
        if characters >= surplus {
            break;
        }
        surplus -= characters;
    }
    ApiError::PassTooLong { length, limit: MAX_PAPER, leave_out }
}

#[expect(clippy::too_many_arguments, reason = "all of it is written in one transaction")]
pub(crate) async fn write(
    tx: &mut WriteTx,
    app: &App,
    scope: &Scope,
    staff: &Staff,
    plan: &Plan,
    signed: &[Issued],
    reason: &str,
    now: Timestamp,
) -> Result<(), ApiError> {
    let organisation = scope.organisation();
    let mut changes = status_change::Changes::new(organisation, now);
    for (held, _) in &plan.add {
        tx.add_record(organisation, staff.id, &stored(held), now).await?;
    }
    for (held, replaced) in &plan.add {
        let Some(replaced) = replaced else { continue };
        let change =
            Change { from: replaced.status, to: Status::Superseded, reason, superseded_by: Some(held.id), at: now };
        changes.record(tx, replaced.id, &change).await?;
        note(tx, app, scope, "record.superseded", &replaced.id.to_string(), Some(reason)).await?;
    }
    for held in &plan.refresh {
        tx.refresh_record(organisation, held.id, &stored(held).content, now).await?;
        note(tx, app, scope, "record.refreshed", &held.id.to_string(), None).await?;
    }
    for (issued, draft) in signed.iter().zip(&plan.drafts) {
        let records: Vec<Id> = draft.records.iter().filter_map(|record| record.id).collect();
        tx.add_issued(organisation, issued, &records).await?;
        for (index, _) in records.iter().enumerate().filter(|(_, id)| plan.suspended.contains(id)) {
            changes.index(tx, issued.place, records.len(), index + 1, Status::Suspended).await?;
        }
        note(tx, app, scope, &format!("{}.issued", issued.form.name()), &issued.id.to_string(), None).await?;
    }
    for issued in signed {
        let Some(before) = issued.supersedes else { continue };
        let before = tx.0.issued(organisation, before).await?.ok_or(StoreError::Conflict)?;
        let change =
            Change { from: before.status, to: Status::Superseded, reason, superseded_by: Some(issued.id), at: now };
        changes.issued(tx, &before, &change).await?;
        if before.status == Status::Suspended {
            let suspend = Change { from: Status::Valid, to: Status::Suspended, reason, superseded_by: None, at: now };
            changes.issued(tx, issued, &suspend).await?;
        }
        note(tx, app, scope, &format!("{}.superseded", issued.form.name()), &before.id.to_string(), Some(reason))
            .await?;
    }
    changes.finish(tx).await?;
    Ok(())
}

fn stored(held: &Held) -> StoredRecord {
    let content = Record { id: None, ..held.record.clone() }.to_json();
    StoredRecord {
        id: held.id,
        kind: held.record.kind().name().into(),
        subject: issuance::subject(&held.record),
        content,
        content_hash: held.hash.clone(),
        status: held.status,
    }
}
