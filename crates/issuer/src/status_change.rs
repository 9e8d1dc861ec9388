//! Changes of status: withdraw, suspend, reinstate. In the lists in the same transaction.

use std::collections::BTreeSet;

use passport_schema::id::{Id, OrganisationCode};
use passport_schema::status::{Place, Status};
use passport_schema::time::Timestamp;

use crate::answer;
use crate::app::App;
use crate::auth::Scope;
use crate::error::ApiError;
use crate::retry::retry;
use crate::store::credentials::{Form, Issued};
use crate::store::staff::Change;
use crate::store::{StoreError, WriteTx};
use crate::trail::note;

/// What is to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It was an error, or is no longer true. For good.
    Withdraw,
    /// It is in doubt for now.
    Suspend,
    /// The doubt is over.
    Reinstate,
}

impl Action {
    /// The status before and after. `None` where the state does not allow it.
    fn apply(self, from: Status) -> Option<Status> {
        match (self, from) {
            (Self::Withdraw, Status::Valid | Status::Suspended) => Some(Status::Withdrawn),
            (Self::Suspend, Status::Valid) => Some(Status::Suspended),
            (Self::Reinstate, Status::Suspended) => Some(Status::Valid),
            _ => None,
        }
    }

    fn done(self) -> &'static str {
        match self {
            Self::Withdraw => "withdrawn",
            Self::Suspend => "suspended",
            Self::Reinstate => "reinstated",
        }
    }
}

/// To what it is to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// One record, wherever it was signed.
    Record(Id),
    /// A credential or pass as a whole; its records stand in others.
    Issued(Form, Id),
}

/// Changes a status; the answer as JSON.
///
/// # Errors
/// [`ApiError::NotFound`], [`ApiError::State`] where the state does not allow it.
pub async fn change(
    app: &App,
    scope: &Scope,
    target: Target,
    action: Action,
    reason: &str,
) -> Result<String, ApiError> {
    retry(|| try_change(app, scope, target, action, reason)).await
}

async fn try_change(
    app: &App,
    scope: &Scope,
    target: Target,
    action: Action,
    reason: &str,
) -> Result<String, ApiError> {
    let organisation = scope.organisation();
    let now = app.world.clock.now();
    let mut tx = app.store.write().await?;
    let mut changes = Changes::new(organisation, now);
    let decide = |from: Status| {
        let to = action
            .apply(from)
            .ok_or_else(|| ApiError::State(format!("it is {}, so that it cannot be {}", from.name(), action.done())))?;
        Ok::<_, ApiError>(Change { from, to, reason, superseded_by: None, at: now })
    };
    let (id, what, change) = match target {
        Target::Record(id) => {
            let (staff, record) = tx.0.record(organisation, id).await?.ok_or(ApiError::NotFound)?;
            let staff = tx.0.staff(organisation, staff).await?.ok_or(StoreError::Corrupt("staff"))?;
            let change = decide(record.status)?;
            tx.keep_staff(organisation, &[&staff], now).await?;
            changes.record(&mut tx, id, &change).await?;
            (id, "record", change)
        }
        Target::Issued(form, id) => {
            let issued =
                tx.0.issued(organisation, id).await?.filter(|issued| issued.form == form).ok_or(ApiError::NotFound)?;
            let staff = tx.0.staff(organisation, issued.staff).await?.ok_or(StoreError::Corrupt("staff"))?;
            let change = decide(issued.status)?;
            tx.keep_staff(organisation, &[&staff], now).await?;
            changes.issued(&mut tx, &issued, &change).await?;
            (id, form.name(), change)
        }
    };
    note(&mut tx, app, scope, &format!("{what}.{}", action.done()), &id.to_string(), Some(reason)).await?;
    changes.finish(&mut tx).await?;
    tx.commit().await?;
    Ok(answer::changed(id, change.to, reason).to_string())
}

/// Changes of one transaction, and the lists that they touch.
pub(crate) struct Changes<'o> {
    organisation: &'o OrganisationCode,
    now: Timestamp,
    lists: BTreeSet<u32>,
}

impl<'o> Changes<'o> {
    pub(crate) fn new(organisation: &'o OrganisationCode, now: Timestamp) -> Self {
        Self { organisation, now, lists: BTreeSet::new() }
    }

    /// A record: in the database, and in every block that holds it.
    pub(crate) async fn record(&mut self, tx: &mut WriteTx, record: Id, change: &Change<'_>) -> Result<(), ApiError> {
        tx.change_record(self.organisation, record, change).await?;
        for (place, count, position) in tx.0.places_of(record).await? {
            self.index(tx, place, count, position, change.to).await?;
        }
        Ok(())
    }

    /// A credential or pass: its own index.
    pub(crate) async fn issued(
        &mut self,
        tx: &mut WriteTx,
        issued: &Issued,
        change: &Change<'_>,
    ) -> Result<(), ApiError> {
        tx.change_issued(self.organisation, issued.id, change).await?;
        self.index(tx, issued.place, issued.records.len(), 0, change.to).await
    }

    /// One index of a block.
    pub(crate) async fn index(
        &mut self,
        tx: &mut WriteTx,
        place: Place,
        count: usize,
        position: usize,
        to: Status,
    ) -> Result<(), ApiError> {
        let index = place.index(count, position).ok_or(StoreError::Corrupt("status place"))?;
        tx.set_status(self.organisation, place.list, index, to).await?;
        self.lists.insert(place.list);
        Ok(())
    }

    /// Marks the lists as changed, in ascending order, so that two of these never wait for each other.
    pub(crate) async fn finish(self, tx: &mut WriteTx) -> Result<(), ApiError> {
        for list in self.lists {
            tx.touch_list(self.organisation, list, self.now).await?;
        }
        Ok(())
    }
}
