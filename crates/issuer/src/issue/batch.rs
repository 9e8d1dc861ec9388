//! Many people at once; one person is a batch of one.
//!
//! Reading and deciding change nothing. Blocks are reserved in a short transaction, signing happens
//! outside any, and [`write`] puts everything into the caller's.

use std::collections::HashMap;
use std::sync::Arc;

use passport_schema::field::Context;
use passport_schema::id::{Id, OrganisationCode};
use passport_schema::json::Json;
use passport_schema::record::Record;
use passport_schema::status::{Place, Status};
use passport_schema::time::Timestamp;

use super::checks::{check_drafts, check_replaced, check_wish};
use super::places::reserve;
use super::sign::Desk;
use crate::app::App;
use crate::auth::Scope;
use crate::cores::on_every_core;
use crate::error::ApiError;
use crate::issuance::{self, Draft, Held, Holdings, Plan, Wish};
use crate::keys::Signer;
use crate::status_change::Changes;
use crate::store::credentials::{Issued, Tokens};
use crate::store::staff::{Change, Staff, StoredRecord};
use crate::store::trail::Deed;
use crate::store::{StoreError, Tx, WriteTx};

/// A person, and what lies in the database of them.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub staff: Staff,
    /// Records that were not superseded.
    pub records: Vec<StoredRecord>,
    /// What was issued and stands, newest first.
    pub issued: Vec<Issued>,
}

/// The keys of an organisation as they stood when a batch began.
#[derive(Clone)]
pub(crate) struct Keys {
    pub signer: Arc<Signer>,
    pub unsafe_keys: Vec<String>,
}

/// What a person's issue comes to; nothing is done yet.
pub(crate) struct Decided {
    pub staff: Staff,
    pub plan: Plan,
    /// What stood until now and is to be superseded.
    before: Vec<Issued>,
}

/// A person's issue, signed and not yet written.
pub(crate) struct Signed {
    pub staff: Staff,
    pub plan: Plan,
    pub tokens: Vec<Issued>,
    before: Vec<Issued>,
}

/// Why things are issued, and from which import.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cause<'c> {
    /// Id in the list `status-reason`, for what is superseded.
    pub reason: &'c str,
    /// The import that brought the records.
    pub import: Option<Id>,
}

impl Decided {
    /// What was decided otherwise than by [`decide`]; `issued` is what stands until now.
    ///
    /// # Errors
    /// [`ApiError`] for what would not fit.
    pub fn of(
        organisation: &OrganisationCode,
        staff: Staff,
        plan: Plan,
        issued: Vec<Issued>,
        now: Timestamp,
    ) -> Result<Self, ApiError> {
        check_drafts(organisation, &plan, now)?;
        let superseded = |it: &Issued| plan.drafts.iter().any(|draft| draft.supersedes == Some(it.id));
        let before = issued.into_iter().filter(superseded).collect();
        Ok(Self { staff, plan, before })
    }

    /// Whether nothing of it has to be written.
    pub fn is_nothing(&self) -> bool {
        self.plan.add.is_empty() && self.plan.refresh.is_empty() && self.plan.drafts.is_empty()
    }
}

/// The keys of an organisation.
pub(crate) async fn keys(
    tx: &mut Tx,
    app: &App,
    organisation: &OrganisationCode,
    now: Timestamp,
) -> Result<Keys, ApiError> {
    let keys = tx.signing_keys(organisation).await?;
    let signer = app.keyring.signer(organisation, &keys, now)?;
    let compromised = keys.iter().filter(|key| key.state == "compromised");
    Ok(Keys { signer, unsafe_keys: compromised.map(|key| key.kid.to_string()).collect() })
}

/// What each of these people holds.
pub(crate) async fn read(tx: &mut Tx, staff: Vec<Staff>, tokens: Tokens) -> Result<Vec<Person>, ApiError> {
    let ids: Vec<Id> = staff.iter().filter(|staff| staff.version > 0).map(|staff| staff.id).collect();
    let mut records: HashMap<Id, Vec<StoredRecord>> = HashMap::new();
    for (owner, record) in tx.records_of(&ids).await? {
        records.entry(owner).or_default().push(record);
    }
    let mut issued: HashMap<Id, Vec<Issued>> = HashMap::new();
    for it in tx.issued_to(&ids, tokens).await? {
        issued.entry(it.staff).or_default().push(it);
    }
    let person = |staff: Staff| Person {
        records: records.remove(&staff.id).unwrap_or_default(),
        issued: issued.remove(&staff.id).unwrap_or_default(),
        staff,
    };
    Ok(staff.into_iter().map(person).collect())
}

/// A record as it was stored, read again.
pub(crate) fn read_record(app: &App, stored: StoredRecord) -> Result<Held, ApiError> {
    let corrupt = || ApiError::Store(StoreError::Corrupt("record"));
    let json = Json::parse(stored.content.as_bytes()).map_err(|_| corrupt())?;
    let mut context = Context::new(&app.lists);
    let record = Record::read(&json, &mut context);
    let record = context.finish(record).map_err(|_| corrupt())?;
    Ok(Held {
        record: Record { id: Some(stored.id), ..record },
        id: stored.id,
        about: stored.subject,
        hash: stored.content_hash,
        status: stored.status,
    })
}

/// Decides what a person's issue comes to.
pub(crate) fn decide(
    app: &App,
    organisation: &OrganisationCode,
    keys: &Keys,
    person: Person,
    wish: Wish,
    now: Timestamp,
) -> Result<Decided, ApiError> {
    let Person { staff, records, issued } = person;
    let held = records.into_iter().map(|stored| read_record(app, stored)).collect::<Result<Vec<_>, _>>()?;
    check_replaced(&wish, &held, &issued)?;
    check_wish(&wish, &held)?;
    let holdings = Holdings { held, issued: issued.clone(), unsafe_keys: keys.unsafe_keys.clone() };
    let plan = issuance::prepare(holdings, wish, now, || app.world.id());
    Decided::of(organisation, staff, plan, issued, now)
}

/// Reserves a block for each draft and signs it.
pub(crate) async fn sign(
    app: &App,
    organisation: &OrganisationCode,
    keys: &Keys,
    people: Vec<Decided>,
    now: Timestamp,
) -> Result<Vec<Signed>, ApiError> {
    let mut places = places(app, organisation, &people, now).await?.into_iter();
    let people: Vec<_> = people
        .into_iter()
        .map(|person| {
            let places: Vec<Place> = places.by_ref().take(person.plan.drafts.len()).collect();
            (person, places)
        })
        .collect();
    let (app, organisation, signer) = (app.clone(), organisation.clone(), keys.signer.clone());
    let sign = move |(person, places): (Decided, Vec<Place>)| {
        let desk = Desk { app: &app, organisation: &organisation, signer: &signer, now };
        let Decided { staff, mut plan, before } = person;
        let drafts = std::mem::take(&mut plan.drafts).into_iter().zip(places);
        let tokens = drafts.map(|(draft, place)| desk.sign(staff.id, draft, place));
        let tokens = tokens.collect::<Result<Vec<_>, _>>()?;
        Ok(Signed { staff, plan, tokens, before })
    };
    on_every_core(people, sign).await.into_iter().collect()
}

/// A place for each draft of each person, in order.
async fn places(
    app: &App,
    organisation: &OrganisationCode,
    people: &[Decided],
    now: Timestamp,
) -> Result<Vec<Place>, ApiError> {
    let drafts: Vec<&Draft> = people.iter().flat_map(|person| &person.plan.drafts).collect();
    if drafts.is_empty() {
        return Ok(Vec::new());
    }
    let mut tx = app.store.reserve().await?;
    let places = reserve(&mut tx, app, organisation, &drafts, now).await?;
    tx.commit().await?;
    Ok(places)
}

/// Writes everything that was decided and signed for these people.
///
/// # Errors
/// [`ApiError::Busy`] if one of them was changed since they were read, or the key was found unsafe.
pub(crate) async fn write(
    tx: &mut WriteTx,
    app: &App,
    scope: &Scope,
    keys: &Keys,
    people: &[Signed],
    cause: Cause<'_>,
    now: Timestamp,
) -> Result<(), ApiError> {
    let organisation = scope.organisation();
    let staff: Vec<&Staff> = people.iter().map(|person| &person.staff).collect();
    tx.keep_staff(organisation, &staff, now).await?;
    check_key(&mut tx.0, organisation, &keys.signer).await?;
    let mut books = Books { deeds: Vec::new(), actor: scope.actor(), now };
    let mut changes = Changes::new(organisation, now);
    let added =
        people.iter().flat_map(|person| person.plan.add.iter().map(|(held, _)| (person.staff.id, stored(held))));
    tx.add_records(organisation, &added.collect::<Vec<_>>(), cause.import, now).await?;
    for person in people {
        write_superseded(tx, &mut changes, &mut books, person, cause, now).await?;
    }
    let refreshed: Vec<(Id, String)> = people
        .iter()
        .flat_map(|person| person.plan.refresh.iter().map(|held| (held.id, stored(held).content)))
        .collect();
    tx.refresh_records(organisation, &refreshed, now).await?;
    for (id, _) in &refreshed {
        books.note("record.refreshed", *id, None);
    }
    let mut issued = Vec::new();
    for person in people {
        for token in &person.tokens {
            let suspended = token.records.iter().enumerate().filter(|(_, id)| person.plan.suspended.contains(id));
            for (index, _) in suspended {
                changes.index(tx, token.place, token.records.len(), index + 1, Status::Suspended).await?;
            }
            books.note(&format!("{}.issued", token.form.name()), token.id, None);
            issued.push(token);
        }
    }
    tx.add_issued(organisation, &issued).await?;
    for person in people {
        write_replaced(tx, &mut changes, &mut books, person, cause, now).await?;
    }
    let deeds: Vec<_> = books.deeds.into_iter().map(|deed| (deed, [app.world.id(), app.world.id()])).collect();
    tx.note(organisation, &deeds).await?;
    changes.finish(tx).await?;
    Ok(())
}

/// Deeds of one batch, noted together.
struct Books<'b> {
    deeds: Vec<Deed>,
    actor: &'b str,
    now: Timestamp,
}

impl Books<'_> {
    fn note(&mut self, action: &str, subject: Id, reason: Option<&str>) {
        self.deeds.push(Deed {
            at: self.now,
            actor: self.actor.to_owned(),
            action: action.to_owned(),
            subject: subject.to_string(),
            reason: reason.map(str::to_owned),
        });
    }
}

/// Records that others have taken the place of.
async fn write_superseded(
    tx: &mut WriteTx,
    changes: &mut Changes<'_>,
    books: &mut Books<'_>,
    person: &Signed,
    cause: Cause<'_>,
    now: Timestamp,
) -> Result<(), ApiError> {
    for (held, replaced) in &person.plan.add {
        let Some(replaced) = replaced else { continue };
        let change = Change {
            from: replaced.status,
            to: Status::Superseded,
            reason: cause.reason,
            superseded_by: Some(held.id),
            at: now,
        };
        changes.record(tx, replaced.id, &change).await?;
        books.note("record.superseded", replaced.id, Some(cause.reason));
    }
    Ok(())
}

/// Credentials and passes that others have taken the place of.
async fn write_replaced(
    tx: &mut WriteTx,
    changes: &mut Changes<'_>,
    books: &mut Books<'_>,
    person: &Signed,
    cause: Cause<'_>,
    now: Timestamp,
) -> Result<(), ApiError> {
    for token in &person.tokens {
        let Some(before) = token.supersedes else { continue };
        let before = person.before.iter().find(|it| it.id == before).ok_or(StoreError::Conflict)?;
        let reason = cause.reason;
        let change =
            Change { from: before.status, to: Status::Superseded, reason, superseded_by: Some(token.id), at: now };
        changes.issued(tx, before, &change).await?;
        if before.status == Status::Suspended {
            let suspend = Change { from: Status::Valid, to: Status::Suspended, reason, superseded_by: None, at: now };
            changes.issued(tx, token, &suspend).await?;
        }
        books.note(&format!("{}.superseded", token.form.name()), before.id, Some(reason));
    }
    Ok(())
}

/// A key that was found unsafe while it was signing has signed nothing.
async fn check_key(tx: &mut Tx, organisation: &OrganisationCode, signer: &Signer) -> Result<(), ApiError> {
    let keys = tx.signing_keys(organisation).await?;
    let safe = keys.iter().any(|key| key.kid == signer.kid() && key.state != "compromised");
    if safe { Ok(()) } else { Err(ApiError::Busy) }
}

fn stored(held: &Held) -> StoredRecord {
    StoredRecord {
        id: held.id,
        kind: held.record.kind().name().into(),
        subject: held.about.clone(),
        content: held.record.to_json_of(held.record.provenance.refreshed),
        content_hash: held.hash.clone(),
        status: held.status,
    }
}
