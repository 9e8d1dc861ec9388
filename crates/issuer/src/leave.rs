//! Somebody leaves: their jobs here get a last day. What they have learned stays true, and nothing is
//! withdrawn.

use passport_schema::field::{End, Until};
use passport_schema::id::{Id, OrganisationCode};
use passport_schema::problem::{Problem, Problems};
use passport_schema::record::{Content, Employment, Record};
use passport_schema::status::Status;
use passport_schema::time::Date;

use crate::app::App;
use crate::auth::Scope;
use crate::error::ApiError;
use crate::issuance::{Carrier, Held, Wish};
use crate::issue::{Leased, Once, Whom, at_most_once, holdings, try_issue};
use crate::store::credentials::Form;

/// Ends every job that somebody has here and that would last longer; the answer as JSON.
///
/// # Errors
/// [`ApiError::NotFound`]; [`ApiError::State`] if they have no such job; [`ApiError::Fields`] for a day
/// before a job began.
pub async fn leave(app: &App, scope: &Scope, staff: Id, ended: Date, once: Option<&Once>) -> Result<String, ApiError> {
    at_most_once(app, scope, once, async |leased| try_leave(app, scope, staff, ended, leased).await).await
}

async fn try_leave(app: &App, scope: &Scope, staff: Id, ended: Date, leased: Leased<'_>) -> Result<String, ApiError> {
    let mut tx = app.store.read().await?;
    let person = tx.staff(scope.organisation(), staff).await?.ok_or(ApiError::NotFound)?;
    let (held, issued) = holdings(&mut tx, app, &person).await?;
    drop(tx);
    let incoming = last_days(&held, scope.organisation(), ended)?;
    // Whoever has a pass gets one that says it.
    let pass = issued.iter().find(|it| it.form == Form::Pass && it.standing);
    let carrier = pass.and_then(|pass| Carrier::parse(&pass.family));
    let wish = Wish { incoming, carrier, ..Wish::default() };
    try_issue(app, scope, &Whom::Staff(staff), &wish, "relationship-ended", leased).await
}

/// Each job here that lasts longer, with its last day, and the record that it takes the place of.
fn last_days(
    held: &[Held],
    organisation: &OrganisationCode,
    ended: Date,
) -> Result<Vec<(Record, Option<Id>)>, ApiError> {
    let (mut jobs, mut problems) = (Vec::new(), Vec::new());
    for held in held.iter().filter(|held| held.status != Status::Withdrawn) {
        let Content::Employment(job) = &held.record.content else { continue };
        let here = job.employer.as_ref().is_none_or(|employer| employer == organisation);
        if !here || job.until.last_day().is_some_and(|last| last <= ended) {
            continue;
        }
        if job.started.earliest().is_some_and(|started| started > ended) {
            let detail = format!("lies before {}, when the job {} began", job.started, held.id);
            problems.push(Problem { pointer: "/ended".into(), code: "ends-before", detail });
        }
        let content = Content::Employment(Employment { until: Until(Some(End::On(ended))), ..job.clone() });
        jobs.push((Record { id: None, content, ..held.record.clone() }, Some(held.id)));
    }
    if !problems.is_empty() {
        return Err(Problems(problems).into());
    }
    if jobs.is_empty() {
        return Err(ApiError::State("they have no job with you that lasts longer".into()));
    }
    Ok(jobs)
}
