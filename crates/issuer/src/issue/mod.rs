//! Issuing: claim, decide, reserve; sign outside any transaction; write all of it at once.
//!
//! Whatever was acknowledged is in the database, and a crash at any moment leaves either nothing
//! or all of it (and perhaps a few blocks of a status list that nobody will ever use).

mod batch;
mod checks;
mod places;
mod sign;

use std::time::Duration;

use passport_schema::id::{Id, OrganisationCode};
use passport_schema::record::Kind;

pub(crate) use batch::{Cause, Decided, Keys, Person, Signed, decide, keys, read, read_record, sign, write};
pub(crate) use checks::{NO_IDENTITY, no_identity};
pub use places::allocate;

use crate::answer;
use crate::app::App;
use crate::auth::Scope;
use crate::error::ApiError;
use crate::issuance::{Held, Wish};
use crate::retry::retry;
use crate::store::credentials::{Issued, Tokens};
use crate::store::idempotency::LEASE;
use crate::store::staff::Staff;
use crate::store::{StoreError, Tx, WriteTx};

/// Between two looks at a request that somebody else is at work on.
const PAUSE: Duration = Duration::from_millis(20);
const LONG_PAUSE: Duration = Duration::from_millis(640);

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
    at_most_once(app, scope, once, async |leased| try_issue(app, scope, whom, wish, reason, leased).await).await
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
    let mut tx = app.store.read().await?;
    let staff = find(&mut tx, app, organisation, whom).await?;
    let keys = keys(&mut tx, app, organisation, now).await?;
    let person = read(&mut tx, vec![staff], Tokens::Read).await?.remove(0);
    drop(tx);
    let decided = decide(app, organisation, &keys, person, wish.clone(), now)?;
    let signed = sign(app, organisation, &keys, vec![decided], now).await?;

    let mut tx = app.store.write().await?;
    write(&mut tx, app, scope, &keys, &signed, Cause { reason, import: None }, now).await?;
    let answer = answer::issued(&signed[0].staff, &signed[0].plan, &signed[0].tokens).to_string();
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
    let Person { records, issued, .. } = read(tx, vec![staff.clone()], Tokens::Read).await?.remove(0);
    let held = records.into_iter().map(|stored| read_record(app, stored)).collect::<Result<_, _>>()?;
    Ok((held, issued))
}

/// Whether somebody has a standing identity.
pub(crate) async fn has_identity(app: &App, scope: &Scope, reference: &str) -> Result<bool, ApiError> {
    let mut tx = app.store.read().await?;
    let Some(staff) = tx.staff_by_reference(scope.organisation(), reference).await? else { return Ok(false) };
    let (held, _) = holdings(&mut tx, app, &staff).await?;
    Ok(checks::stands(&held, |record| record.kind() == Kind::Identity))
}
