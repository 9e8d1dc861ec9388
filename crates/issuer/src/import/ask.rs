//! What people ask of an import: how it stands, what its rows come to, that it be issued or called off.

use passport_schema::id::Id;
use serde_json::{Value, json};

use super::batch::open;
use super::rows::RowResult;
use super::{Import, Outcome, State};
use crate::app::App;
use crate::auth::Scope;
use crate::error::ApiError;
use crate::issuance::Carrier;
use crate::jobs;
use crate::store::StoreError;
use crate::store::jobs::Kind;
use crate::trail::note;

/// People of whom rows are read at once.
const PEOPLE: i64 = 100;
/// Rows of one page; of a person all of them.
const ROWS: usize = 500;
/// Subjects that are offered for mapping.
const SUBJECTS: i64 = 500;

/// An import of whoever asks.
///
/// # Errors
/// [`ApiError::NotFound`].
pub(crate) async fn find(app: &App, scope: &Scope, id: Id) -> Result<Import, ApiError> {
    app.store.read().await?.import(scope.organisation(), id).await?.ok_or(ApiError::NotFound)
}

/// An import, with the subjects that are offered for mapping.
///
/// # Errors
/// [`ApiError`].
pub(crate) async fn describe(app: &App, import: &Import) -> Result<Value, ApiError> {
    let source = import.repeats.unwrap_or(import.id);
    let unmapped = app.store.read().await?.unmapped(source, SUBJECTS).await?;
    let mut json = summary(import);
    json["unmapped"] = unmapped.iter().map(|(subject, rows)| json!({ "subject": subject, "rows": rows })).collect();
    Ok(json)
}

/// An import in a few words.
#[must_use]
pub(crate) fn summary(import: &Import) -> Value {
    let mut json = json!({
        "id": import.id.to_string(),
        "organisation": import.organisation.as_str(),
        "format": import.format.name(),
        "asOf": import.as_of.to_string(),
        "state": import.state.name(),
        "bytes": import.size,
        "rows": import.rows,
        "people": import.people,
        "done": import.done,
        "totals": import.totals.to_json(),
        "created": import.created.to_string(),
        "changed": import.changed.to_string(),
    });
    if let Some((code, detail)) = &import.fault {
        json["fault"] = json!({ "code": code, "detail": detail });
    }
    if let Some(mapping) = import.mapping {
        json["mapping"] = mapping.to_string().into();
    }
    if let Some(repeats) = import.repeats {
        json["repeats"] = repeats.to_string().into();
    }
    if let Some(carrier) = import.carrier {
        json["pass"] = json!({ "carrier": carrier.name() });
    }
    json
}

/// A page of what rows come to, by person, after `after`; and where the next one begins.
///
/// # Errors
/// [`ApiError`].
pub(crate) async fn rows(
    app: &App,
    import: &Import,
    outcome: Option<Outcome>,
    after: &str,
) -> Result<(Vec<RowResult>, Option<String>), ApiError> {
    let source = match import.repeats {
        Some(before) => app.store.read().await?.import(&import.organisation, before).await?,
        None => Some(import.clone()),
    };
    let source = source.ok_or(StoreError::Corrupt("repeated import"))?;
    let shown = |it: Outcome| if import.repeats.is_some() { it.again() } else { it };
    let wanted = |it: Outcome| outcome.is_none_or(|outcome| shown(it) == outcome);
    let bits = Outcome::ALL.iter().filter(|it| wanted(**it)).fold(0, |bits, it| bits | it.bit());
    let page = app.store.read().await?.import_results(source.id, bits, after, PEOPLE).await?;
    let whole = page.len() < usize::try_from(PEOPLE).unwrap_or_default();
    let mut rows = Vec::new();
    let mut last = None;
    for stored in page {
        if rows.len() >= ROWS {
            return Ok((rows, last));
        }
        for row in open(app, &source, &stored)?.into_iter().filter(|row| wanted(row.outcome)) {
            rows.push(RowResult { outcome: shown(row.outcome), ..row });
        }
        last = Some(stored.person);
    }
    Ok((rows, last.filter(|_| !whole)))
}

/// A row and what it came to.
#[must_use]
pub(crate) fn row(row: &RowResult) -> Value {
    let mut json = json!({ "line": row.line, "reference": row.reference, "outcome": row.outcome.name() });
    if let (Some(json), Value::Object(detail)) = (json.as_object_mut(), &row.detail) {
        json.extend(detail.clone());
    }
    json
}

/// Says yes to what was shown.
///
/// # Errors
/// [`ApiError::State`] if there is nothing to say yes to.
pub(crate) async fn commit(app: &App, scope: &Scope, id: Id, carrier: Option<Carrier>) -> Result<Import, ApiError> {
    let now = app.world.clock.now();
    let mut tx = app.store.write().await?;
    let mut import = tx.reads().import(scope.organisation(), id).await?.ok_or(ApiError::NotFound)?;
    match import.state {
        State::Previewed => {}
        // Said before: the same answer.
        State::Committing | State::Done => return Ok(import),
        state => {
            return Err(ApiError::State(format!(
                "it is {}, and only what was previewed can be committed",
                state.name()
            )));
        }
    }
    import.carrier = carrier;
    let mut action = "import.committed";
    if let Some(before) = import.repeats {
        if carrier.is_some() {
            return Err(ApiError::State(
                "it repeats an import, so that nothing is issued; ask for passes by themselves".into(),
            ));
        }
        let stands = tx.reads().marks_stand(before, now).await?;
        import.state = if stands { State::Done } else { State::Cancelled };
        action = if stands { "import.done" } else { "import.cancelled" };
    } else {
        let job = jobs::new(app.world.id(), Kind::Import, scope, import.people, now, now);
        tx.add_job(&job).await?;
        import.job = Some(job.id);
        import.state = State::Committing;
        import.after = String::new();
        import.done = 0;
    }
    tx.keep_import(&import, State::Previewed, now).await?;
    note(&mut tx, app, scope, action, &import.id.to_string(), None).await?;
    tx.commit().await?;
    app.bell.notify_waiters();
    if import.state == State::Cancelled {
        return Err(ApiError::State("somebody in it has changed since it was previewed; send the file again".into()));
    }
    Ok(import)
}

/// Calls an import off before anything of it is issued.
///
/// # Errors
/// [`ApiError::State`] if it is too late.
pub(crate) async fn cancel(app: &App, scope: &Scope, id: Id) -> Result<Import, ApiError> {
    let now = app.world.clock.now();
    let mut tx = app.store.write().await?;
    let import = tx.reads().import(scope.organisation(), id).await?.ok_or(ApiError::NotFound)?;
    let from = import.state;
    if from == State::Cancelled {
        return Ok(import);
    }
    if !matches!(from, State::Reading | State::Judging | State::Previewed) {
        return Err(ApiError::State(format!("it is {}, so that it cannot be cancelled", from.name())));
    }
    let import = Import { state: State::Cancelled, ..import };
    tx.keep_import(&import, from, now).await?;
    tx.forget_file(id).await?;
    note(&mut tx, app, scope, "import.cancelled", &id.to_string(), None).await?;
    tx.commit().await?;
    Ok(import)
}
