//! A change of name: the person goes on under a new id, with new records, credentials and blocks, and what
//! lay under the old name is forgotten. Nothing that stays says that the two are one person.
//!
//! What stays of the old: its status entries, now *superseded*, so that whatever was handed out is refused
//! everywhere; and entries of the audit trail and the outbox, with ids that lead nowhere. That the old was
//! superseded is not noted: beside the new entries of the same second it would be a link.
//!
//! A record's index is superseded in every block that held it. It cannot follow the new record any more,
//! so that a copy at a host must not count on after the fact was withdrawn.

use passport_schema::id::Id;
use passport_schema::problem::{Problem, Problems};
use passport_schema::record::{Content, Identity, Record};
use passport_schema::status::Status;
use passport_schema::time::Timestamp;

use crate::answer;
use crate::app::App;
use crate::auth::Scope;
use crate::error::ApiError;
use crate::issuance::{self, Held, Holdings, Outcome, Plan, Wish};
use crate::issue::{self, Cause, Decided, Leased, Once, Signed, at_most_once, give_answer, holdings};
use crate::status_change::Changes;
use crate::store::WriteTx;
use crate::store::credentials::{Form, Issued};
use crate::store::forgetting::Block;
use crate::store::staff::{Change, Staff};
use crate::trail::note;

/// The reason of a suspension that goes over to a new credential.
const REASON: &str = "superseded-by-newer";

/// Puts a new identity in the place of a person's old one, without a link; the answer as JSON: their new
/// id, records and credentials. Passes are asked for afresh.
///
/// # Errors
/// [`ApiError::NotFound`]; [`ApiError::Fields`] if nothing would change, or another record holds the old
/// name in a text. Nothing was written then.
pub async fn change_name(
    app: &App,
    scope: &Scope,
    staff: Id,
    identity: &Record,
    once: Option<&Once>,
) -> Result<String, ApiError> {
    let answer =
        at_most_once(app, scope, once, async |leased| try_change(app, scope, staff, identity, leased).await).await?;
    app.store.wipe().await?;
    Ok(answer)
}

async fn try_change(
    app: &App,
    scope: &Scope,
    staff: Id,
    identity: &Record,
    leased: Leased<'_>,
) -> Result<String, ApiError> {
    let organisation = scope.organisation();
    let now = app.world.clock.now();
    let mut tx = app.store.read().await?;
    let old = tx.staff(organisation, staff).await?.ok_or(ApiError::NotFound)?;
    let keys = issue::keys(&mut tx, app, organisation, now).await?;
    let (held, issued) = holdings(&mut tx, app, &old).await?;
    let blocks = tx.blocks_of(staff, now).await?;
    let answers = tx.answers_about(organisation, staff).await?;
    drop(tx);
    check(identity, &held)?;
    let carried = carry(held, || app.world.id());
    let plan = plan(&carried, identity, now, || app.world.id());
    let new = Staff { id: app.world.id(), reference: old.reference.clone(), version: 0 };
    // It is there, with its first version, when its records and tokens are written.
    let known = Staff { version: 1, ..new.clone() };
    let decided = Decided::of(organisation, known, plan, Vec::new(), now)?;
    let signed = issue::sign(app, organisation, &keys, vec![decided], now).await?;

    let mut tx = app.store.write().await?;
    // Whatever else is written about somebody counts their version up: nothing has come in between.
    tx.free_reference(organisation, &old, app.world.id()).await?;
    let mut changes = Changes::new(organisation, now);
    supersede(&mut tx, &mut changes, &blocks).await?;
    tx.forget_issued(staff).await?;
    tx.keep_staff(organisation, &[&new], now).await?;
    for (before, held) in &carried {
        tx.hand_over(organisation, *before, held.id, new.id, now).await?;
    }
    tx.forget_staff(organisation, &old, new.id, &answers).await?;
    issue::write(&mut tx, app, scope, &keys, &signed, Cause { reason: REASON, import: None }, now).await?;
    let suspended = suspended_families(&issued);
    let Signed { plan, tokens, .. } = &signed[0];
    for issued in tokens.iter().filter(|it| suspended.contains(&it.family.as_str())) {
        let suspend =
            Change { from: Status::Valid, to: Status::Suspended, reason: REASON, superseded_by: None, at: now };
        changes.issued(&mut tx, issued, &suspend).await?;
    }
    changes.finish(&mut tx).await?;
    note(&mut tx, app, scope, "staff.invited", &new.id.to_string(), None).await?;
    let answer = answer::issued(&new, plan, tokens).to_string();
    give_answer(&mut tx, organisation, leased, &answer).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Decides: everything is signed anew, with the new identity. What stands is new to whoever reads it.
fn plan(carried: &[(Id, Held)], identity: &Record, now: Timestamp, ids: impl FnMut() -> Id) -> Plan {
    let held: Vec<Held> = carried.iter().map(|(_, held)| held.clone()).collect();
    let standing = held.iter().filter(|held| held.status != Status::Withdrawn);
    let mut outcomes: Vec<_> = standing.map(|held| (Outcome::New, held.id, held.about.clone())).collect();
    let wish = Wish { incoming: vec![(identity.clone(), None)], ..Wish::default() };
    let mut plan = issuance::prepare(Holdings { held, ..Holdings::default() }, wish, now, ids);
    outcomes.append(&mut plan.outcomes);
    Plan { outcomes, ..plan }
}

/// What goes over, each with the id that it had: all but identities. What was withdrawn goes over as
/// withdrawn, so that it does not come back by being sent again.
fn carry(held: Vec<Held>, mut ids: impl FnMut() -> Id) -> Vec<(Id, Held)> {
    let goes = held.into_iter().filter(|held| !matches!(held.record.content, Content::Identity(_)));
    goes.map(|held| {
        let id = ids();
        (held.id, Held { record: Record { id: Some(id), ..held.record }, id, ..held })
    })
    .collect()
}

/// Families of which the credential is in doubt as a whole: the new one is in doubt as well.
fn suspended_families(issued: &[Issued]) -> Vec<&str> {
    let suspended =
        issued.iter().filter(|it| it.form == Form::Credential && it.standing && it.status == Status::Suspended);
    suspended.map(|it| it.family.as_str()).collect()
}

/// Supersedes all that stands in these blocks; what was withdrawn stays so.
async fn supersede(tx: &mut WriteTx, changes: &mut Changes<'_>, blocks: &[Block]) -> Result<(), ApiError> {
    for block in blocks {
        let count = block.statuses.len() - 1;
        let standing = |status: &Status| matches!(status, Status::Valid | Status::Suspended);
        for (position, _) in block.statuses.iter().enumerate().filter(|(_, status)| standing(status)) {
            changes.index(tx, block.place, count, position, Status::Superseded).await?;
        }
    }
    Ok(())
}

fn check(new: &Record, held: &[Held]) -> Result<(), Problems> {
    let identities = held.iter().filter_map(|held| match &held.record.content {
        Content::Identity(identity) => Some(identity),
        _ => None,
    });
    let mut problems = Vec::new();
    for old in identities {
        if matches!(&new.content, Content::Identity(new) if new.name == old.name) {
            let detail = "is the name that they go by already".into();
            problems.push(Problem { pointer: "/identity/name".into(), code: "same-name", detail });
        }
        for other in held.iter().filter(|held| names(held, old)) {
            let detail = format!("the record {} holds the old name in a text; replace it first", other.id);
            problems.push(Problem { pointer: String::new(), code: "holds-old-name", detail });
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Problems(problems)) }
}

/// Whether a record that goes over holds a name as whole words. A name of one word may be any word.
fn names(held: &Held, identity: &Identity) -> bool {
    let name = identity.name.as_str().to_lowercase();
    if matches!(held.record.content, Content::Identity(_)) || !name.contains(' ') {
        return false;
    }
    let text = held.record.to_json().to_lowercase();
    let ends = |rest: Option<char>| rest.is_none_or(|next| !next.is_alphanumeric());
    text.match_indices(&name)
        .any(|(at, _)| ends(text[..at].chars().next_back()) && ends(text[at + name.len()..].chars().next()))
}
