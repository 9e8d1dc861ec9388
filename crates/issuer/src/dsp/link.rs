//! Whom of ours another system knows, and under which id. A link is made on exact evidence only: see
//! [`passport_dsp::Employee::is`].

use passport_dsp::{Employee, EmployeeId, Issue, read_employee, read_employees};
use passport_schema::field::Context;
use passport_schema::id::Id;
use passport_schema::json::Json;
use passport_schema::problem::Problems;

use super::asking::{AskError, PeerFault};
use super::client;
use super::take::identity;
use crate::app::App;
use crate::auth::Scope;
use crate::error::ApiError;
use crate::issue::holdings;
use crate::store::StoreError;
use crate::store::peers::Peer;
use crate::trail::note;

/// What looking for somebody came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// They are linked now.
    Linked(EmployeeId),
    /// They were linked before.
    Known(EmployeeId),
    /// Nobody is certainly them; so many might be.
    Nobody(usize),
    /// Several are. Somebody has to say which.
    Ambiguous(Vec<EmployeeId>),
}

/// Looks for somebody in another system: by the id that is given, or else by their date of birth, so that no
/// name stands in an address. Links them if it is certain.
///
/// # Errors
/// [`ApiError::NotFound`], [`ApiError::State`] if they have no identity with a date of birth, or the employee
/// is linked to somebody else; [`ApiError::Peer`].
pub async fn find(
    app: &App,
    scope: &Scope,
    peer: &Peer,
    staff: Id,
    employee: Option<&EmployeeId>,
) -> Result<Found, ApiError> {
    let mut tx = app.store.read().await?;
    let person = tx.staff(scope.organisation(), staff).await?.ok_or(ApiError::NotFound)?;
    if let Some(link) = tx.peer_link(peer.id, staff).await? {
        return Ok(Found::Known(link.employee));
    }
    let (held, _) = holdings(&mut tx, app, &person).await?;
    drop(tx);
    let needed =
        || ApiError::State("an identity record with a date of birth is needed to be certain who they are".into());
    let identity = identity(&held).ok_or_else(needed)?;
    let birth_date = identity.birth_date.ok_or_else(needed)?;
    let candidates = if let Some(employee) = employee {
        one(app, peer, employee).await?.into_iter().collect()
    } else {
        let address = format!("{}?birthDate={birth_date}", peer.employees_address());
        let body = client::get(app, peer, &address).await?;
        let json = Json::parse(&body).map_err(|_| PeerFault::Answer)?;
        read_employees(&json, &app.lists).map_err(|_: Problems| PeerFault::Answer)?
    };
    let seen = candidates.len();
    let mut exact: Vec<EmployeeId> = candidates.into_iter().filter(|it| it.is(identity)).map(|it| it.id).collect();
    exact.sort();
    exact.dedup();
    let employee = match exact.as_slice() {
        [] => return Ok(Found::Nobody(seen)),
        [employee] => employee.clone(),
        _ => return Ok(Found::Ambiguous(exact)),
    };
    let mut tx = app.store.write().await?;
    match tx.add_peer_link(peer.id, staff, &employee, app.world.clock.now()).await {
        Err(StoreError::Conflict) => {
            return Err(ApiError::State("that employee is linked to another person already".into()));
        }
        added => added?,
    }
    note(&mut tx, app, scope, "peer.linked", &staff.to_string(), None).await?;
    tx.commit().await?;
    Ok(Found::Linked(employee))
}

async fn one(app: &App, peer: &Peer, employee: &EmployeeId) -> Result<Option<Employee>, ApiError> {
    let body = match client::get(app, peer, &format!("{}/{employee}", peer.employees_address())).await {
        Err(AskError::Peer(PeerFault::Refused(Issue::NotFound))) => return Ok(None),
        body => body?,
    };
    let json = Json::parse(&body).map_err(|_| PeerFault::Answer)?;
    let mut context = Context::new(&app.lists);
    let read = read_employee(&json, &mut context);
    let read = context.finish(read).map_err(|_: Problems| PeerFault::Answer)?;
    // Whoever is asked about one and answers about another is not believed.
    if read.id == *employee { Ok(Some(read)) } else { Err(PeerFault::Answer.into()) }
}
