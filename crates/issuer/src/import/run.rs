//! The job that issues what an import holds, batch by batch of people.
//!
//! Each batch is judged again by what is known now, signed outside any transaction, and written in one:
//! records, credentials, results, and how far the import is. While one is written the next is signed.
//! Whoever has changed one of its people in between makes a batch begin again.

use passport_schema::id::Id;
use passport_schema::status::Place;
use passport_schema::time::Timestamp;

use super::batch::{Judged, Judging, PEOPLE, cut, mark, mark_unchanged, open, seal};
use super::{Import, State, Totals, WORK, rows};
use crate::app::App;
use crate::error::ApiError;
use crate::issue::{self, Cause, Decided, Keys, Signed};
use crate::jobs::{Claimed, Progress};
use crate::retry::retry;
use crate::store::import_rows::{Mark, StoredResult};
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
    let run = Run { app, claimed, judging: Judging::new(app, &start) };
    let mut after = import.after.clone();
    let mut batch: Option<Batch> = None;
    let mut ready: Option<Ready> = None;
    loop {
        let todo = app.store.read().await?.import_results(import.id, WORK, &after, PEOPLE).await?;
        let shown = fitting(app, &import, todo)?;
        let next = match shown.last() {
            Some(last) => {
                after.clone_from(&last.person);
                Some(shown)
            }
            None => None,
        };
        // While one batch is written the next is signed, and the one after it is judged.
        let (written, signed, judged) =
            tokio::join!(run.write(&import, ready.as_ref()), run.sign(batch.take()), run.judge(next));
        match (written, ready.take()) {
            (Ok(further), _) => import = further,
            (Err(ApiError::Busy), Some(ready)) => {
                import = retry(|| run.again(&import, &ready.shown)).await?;
            }
            (Err(error), _) => return Err(error),
        }
        ready = signed?;
        batch = run.place(judged?).await?;
        if ready.is_none() && batch.is_none() {
            break;
        }
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
#[derive(Clone)]
struct Shown {
    person: String,
    totals: Totals,
    outcomes: i64,
}

/// As many people as one batch takes.
fn fitting(app: &App, import: &Import, stored: Vec<StoredResult>) -> Result<Vec<Shown>, ApiError> {
    let mut shown = Vec::with_capacity(stored.len());
    let mut people = Vec::with_capacity(stored.len());
    for stored in stored {
        let rows = open(app, import, &stored)?;
        people.push((stored.person.clone(), i64::try_from(rows.len()).unwrap_or(i64::MAX)));
        shown.push(Shown { totals: rows::totals(&rows), outcomes: stored.outcomes, person: stored.person });
    }
    shown.truncate(cut(people).len());
    Ok(shown)
}

/// A batch that was judged, and has its places once it was given them.
struct Batch {
    shown: Vec<Shown>,
    keys: Keys,
    now: Timestamp,
    decided: Vec<Decided>,
    places: Vec<Place>,
    found: Found,
}

/// What judging a batch found, beside what is to be issued.
#[derive(Default)]
struct Found {
    results: Vec<StoredResult>,
    marks: Vec<Mark>,
    assignments: Vec<(String, Id)>,
    totals: Totals,
}

/// A batch that was signed.
struct Ready {
    shown: Vec<Shown>,
    keys: Keys,
    now: Timestamp,
    signed: Vec<Signed>,
    found: Found,
}

/// What is the same for every batch.
struct Run<'r> {
    app: &'r App,
    claimed: &'r Claimed,
    judging: Judging<'r>,
}

impl Run<'_> {
    /// Judges a batch by what is known now.
    async fn judge(&self, shown: Option<Vec<Shown>>) -> Result<Option<Batch>, ApiError> {
        let Some(shown) = shown else { return Ok(None) };
        let people: Vec<String> = shown.iter().map(|it| it.person.clone()).collect();
        let Judged { keys, verdicts, now } = self.judging.judge(&people).await?;
        let mut found = Found::default();
        let mut decided: Vec<Decided> = Vec::new();
        for (mut verdict, shown) in verdicts.into_iter().zip(&shown) {
            for it in verdict.decided.drain(..) {
                found.marks.extend(mark_unchanged(&it));
                if !it.is_nothing() {
                    decided.push(it);
                }
            }
            found.assignments.append(&mut verdict.assignments);
            // What was shown and what it comes to are the same, unless somebody has changed in between.
            let totals = rows::totals(&verdict.rows);
            if totals != shown.totals || verdict.outcomes != shown.outcomes {
                found.totals.add(&shown.totals, -1);
                found.totals.add(&totals, 1);
                found.results.push(seal(self.app, self.judging.import, &verdict));
            }
        }
        Ok(Some(Batch { shown, keys, now, decided, places: Vec::new(), found }))
    }

    /// Reserves what a batch needs.
    async fn place(&self, batch: Option<Batch>) -> Result<Option<Batch>, ApiError> {
        let Some(batch) = batch else { return Ok(None) };
        let organisation = self.claimed.scope.organisation();
        let places = issue::places(self.app, organisation, &batch.decided, batch.now).await?;
        Ok(Some(Batch { places, ..batch }))
    }

    async fn sign(&self, batch: Option<Batch>) -> Result<Option<Ready>, ApiError> {
        let Some(Batch { shown, keys, now, decided, places, mut found }) = batch else { return Ok(None) };
        let organisation = self.claimed.scope.organisation();
        let signed = issue::sign_in(self.app, organisation, &keys, decided, places, now).await?;
        for it in &signed {
            found.marks.push(mark(&it.staff, it.staff.version + 1, it.plan.keep.iter().chain(&it.tokens)));
        }
        Ok(Some(Ready { shown, keys, now, signed, found }))
    }

    /// Writes a batch; how far the import is then.
    async fn write(&self, import: &Import, ready: Option<&Ready>) -> Result<Import, ApiError> {
        let mut import = import.clone();
        let Some(Ready { shown, keys, now, signed, found }) = ready else { return Ok(import) };
        if let Some(last) = shown.last() {
            import.after.clone_from(&last.person);
        }
        import.done += i64::try_from(shown.len()).unwrap_or_default();
        import.totals.add(&found.totals, 1);
        let (app, scope) = (self.app, &self.claimed.scope);
        let cause = Cause { reason: REASON, import: Some(import.id) };
        let mut tx = app.store.write().await?;
        // First of all: whoever has lost the lease need not write the rest.
        tx.advance_job(&self.claimed.lease, import.done, *now).await?;
        issue::write(&mut tx, app, scope, keys, signed, cause, *now).await?;
        tx.keep_assignments(scope.organisation(), &found.assignments).await?;
        tx.keep_results(import.id, &found.results).await?;
        tx.keep_marks(import.id, &found.marks).await?;
        tx.keep_import(&import, State::Committing, *now).await?;
        tx.commit().await?;
        Ok(import)
    }

    /// Takes a batch from its beginning.
    async fn again(&self, import: &Import, shown: &[Shown]) -> Result<Import, ApiError> {
        let batch = self.place(self.judge(Some(shown.to_vec())).await?).await?;
        let ready = self.sign(batch).await?;
        self.write(import, ready.as_ref()).await
    }
}
