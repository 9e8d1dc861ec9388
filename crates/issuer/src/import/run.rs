//! The job that issues what an import holds, batch by batch of people.
//!
//! Each batch is judged again by what is known now, signed outside any transaction, and written in one:
//! records, credentials, results, and how far the import is. Whoever has changed one of its people in
//! between makes it begin again.

use super::batch::{Judged, Judging, PEOPLE, cut, mark, mark_unchanged, open, seal};
use super::judge::Verdict;
use super::{Import, State, Totals, WORK, rows};
use crate::app::App;
use crate::error::ApiError;
use crate::issue::{self, Cause, Decided};
use crate::jobs::{Claimed, Progress};
use crate::retry::retry;
use crate::store::import_rows::StoredResult;
use crate::trail::note;

/// Why a record is superseded by an import.
const REASON: &str = "superseded-by-newer";

/// One step of an import that was committed: all that is left of it.
///
/// # Errors
/// [`ApiError`]; the step is tried again.
pub async fn commit(app: &App, claimed: &Claimed) -> Result<Progress, ApiError> {
    let import = app.store.read().await?.import_of_job(&claimed.job.organisation, claimed.job.id).await?;
    let Some(mut import) = import.filter(|import| import.state == State::Committing) else {
        return Ok(Progress::Done);
    };
    let start = import.clone();
    let judging = Judging::new(app, &start);
    loop {
        let todo = app.store.read().await?.import_results(import.id, WORK, &import.after, PEOPLE as i64).await?;
        let todo = fitting(app, &import, todo)?;
        if todo.is_empty() {
            break;
        }
        import = retry(|| issue_batch(app, claimed, &judging, &import, &todo)).await?;
    }
    let now = app.world.clock.now();
    import.state = State::Done;
    let mut tx = app.store.write().await?;
    tx.forget_file(import.id).await?;
    tx.keep_import(&import, State::Committing, now).await?;
    tx.advance_job(&claimed.lease, import.done, now).await?;
    note(&mut tx, app, &claimed.scope, "import.done", &import.id.to_string(), None).await?;
    tx.commit().await?;
    Ok(Progress::Done)
}

/// A person of a batch, and what was shown of them.
struct Shown {
    person: String,
    totals: Totals,
    stored: StoredResult,
}

/// As many people as one batch takes.
fn fitting(app: &App, import: &Import, stored: Vec<StoredResult>) -> Result<Vec<Shown>, ApiError> {
    let mut shown = Vec::with_capacity(stored.len());
    let mut people = Vec::with_capacity(stored.len());
    for stored in stored {
        let rows = open(app, import, &stored)?;
        people.push((stored.person.clone(), i64::try_from(rows.len()).unwrap_or(i64::MAX)));
        shown.push(Shown { person: stored.person.clone(), totals: rows::totals(&rows), stored });
    }
    shown.truncate(cut(people).len());
    Ok(shown)
}

/// Issues to these people; how far the import is then.
async fn issue_batch(
    app: &App,
    claimed: &Claimed,
    judging: &Judging<'_>,
    import: &Import,
    shown: &[Shown],
) -> Result<Import, ApiError> {
    let mut import = import.clone();
    let people: Vec<String> = shown.iter().map(|it| it.person.clone()).collect();
    let Judged { keys, verdicts, now } = judging.judge(&people).await?;
    let mut marks = Vec::new();
    let mut results = Vec::new();
    let mut assignments = Vec::new();
    let mut decided: Vec<Decided> = Vec::new();
    for (mut verdict, shown) in verdicts.into_iter().zip(shown) {
        let Verdict { decided: theirs, .. } = &mut verdict;
        for it in theirs.drain(..) {
            marks.extend(mark_unchanged(&it));
            if !it.is_nothing() {
                decided.push(it);
            }
        }
        assignments.append(&mut verdict.assignments);
        // What was shown and what it came to are the same, unless somebody has changed in between.
        let totals = rows::totals(&verdict.rows);
        if totals != shown.totals || verdict.outcomes != shown.stored.outcomes {
            import.totals.add(&shown.totals, -1);
            import.totals.add(&totals, 1);
            results.push(seal(app, &import, &verdict));
        }
    }
    let organisation = claimed.scope.organisation();
    let signed = issue::sign(app, organisation, &keys, decided, now).await?;
    for it in &signed {
        marks.push(mark(&it.staff, it.staff.version + 1, it.plan.keep.iter().chain(&it.tokens)));
    }
    if let Some(last) = people.last() {
        import.after.clone_from(last);
    }
    import.done += i64::try_from(people.len()).unwrap_or_default();
    let cause = Cause { reason: REASON, import: Some(import.id) };
    let mut tx = app.store.write().await?;
    issue::write(&mut tx, app, &claimed.scope, &keys, &signed, cause, now).await?;
    tx.keep_assignments(organisation, &assignments).await?;
    tx.keep_results(import.id, &results).await?;
    tx.keep_marks(import.id, &marks).await?;
    tx.keep_import(&import, State::Committing, now).await?;
    tx.advance_job(&claimed.lease, import.done, now).await?;
    tx.commit().await?;
    Ok(import)
}
