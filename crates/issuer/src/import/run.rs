//! The job that issues what an import holds, batch by batch of people.
//!
//! Each batch is judged again by what is known now, signed outside any transaction, and written in one:
//! records, credentials, results, and how far the import is. While one is written the next is signed, and the
//! one after it is judged.
//! Whoever has changed one of its people in between makes a batch begin again.

use passport_schema::id::Id;
use passport_schema::time::Timestamp;
use tokio::sync::mpsc;

use super::batch::{Judged, Judging, PEOPLE, Receiver, Sender, cut, mark, mark_unchanged, open, seal};
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
    let Some(import) = import.filter(|import| import.state == State::Committing) else {
        return Ok(Progress::Done);
    };
    let start = import.clone();
    let run = Run { app, claimed, judging: Judging::new(app, &start) };
    let (judged, to_sign) = mpsc::channel(1);
    let (signed, to_write) = mpsc::channel(1);
    let ((), (), written) =
        tokio::join!(run.judge_all(judged), run.sign_all(to_sign, signed), run.write_all(import, to_write));
    let mut import = written?;
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

/// A batch that was judged.
struct Batch {
    shown: Vec<Shown>,
    keys: Keys,
    now: Timestamp,
    decided: Vec<Decided>,
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
    /// Judges everybody of whom something is to be done, batch by batch.
    async fn judge_all(&self, judged: Sender<Batch>) {
        let mut after = self.judging.import.after.clone();
        while let Some(batch) = self.judge_next(&mut after).await.transpose() {
            let failed = batch.is_err();
            if judged.send(batch).await.is_err() || failed {
                break;
            }
        }
    }

    /// The batch after a person; none when nobody is left.
    async fn judge_next(&self, after: &mut String) -> Result<Option<Batch>, ApiError> {
        let todo = self.app.store.read().await?.import_results(self.judging.import.id, WORK, after, PEOPLE).await?;
        let mut shown = todo.into_iter().map(|it| self.shown(it)).collect::<Result<Vec<_>, _>>()?;
        let people = shown.iter().map(|it| (it.person.clone(), it.totals.rows())).collect();
        shown.truncate(cut(people).len());
        let Some(last) = shown.last() else { return Ok(None) };
        after.clone_from(&last.person);
        self.judge(shown).await.map(Some)
    }

    fn shown(&self, stored: StoredResult) -> Result<Shown, ApiError> {
        let totals = match stored.totals {
            Some(totals) => totals,
            None => rows::totals(&open(self.app, self.judging.import, &stored)?),
        };
        Ok(Shown { person: stored.person, totals, outcomes: stored.outcomes })
    }

    async fn sign_all(&self, mut judged: Receiver<Batch>, signed: Sender<Ready>) {
        while let Some(batch) = judged.recv().await {
            let ready = match batch {
                Ok(batch) => self.sign(batch).await,
                Err(error) => Err(error),
            };
            let failed = ready.is_err();
            if signed.send(ready).await.is_err() || failed {
                break;
            }
        }
    }

    /// Writes every batch, and those again of which somebody was changed meanwhile; how far the import is then.
    async fn write_all(&self, mut import: Import, mut signed: Receiver<Ready>) -> Result<Import, ApiError> {
        while let Some(ready) = signed.recv().await {
            let ready = ready?;
            import = match self.write(&import, &ready).await {
                Err(ApiError::Busy) => retry(|| self.again(&import, &ready.shown)).await?,
                written => written?,
            };
        }
        Ok(import)
    }

    /// Judges a batch by what is known now.
    async fn judge(&self, shown: Vec<Shown>) -> Result<Batch, ApiError> {
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
            if verdict.totals != shown.totals || verdict.outcomes != shown.outcomes {
                found.totals.add(&shown.totals, -1);
                found.totals.add(&verdict.totals, 1);
                found.results.push(seal(self.app, self.judging.import, &verdict));
            }
        }
        Ok(Batch { shown, keys, now, decided, found })
    }

    async fn sign(&self, batch: Batch) -> Result<Ready, ApiError> {
        let Batch { shown, keys, now, decided, mut found } = batch;
        let signed = issue::sign(self.app, self.claimed.scope.organisation(), &keys, decided, now).await?;
        for it in &signed {
            found.marks.push(mark(&it.staff, it.staff.version + 1, it.plan.keep.iter().chain(&it.tokens)));
        }
        Ok(Ready { shown, keys, now, signed, found })
    }

    /// Writes a batch; how far the import is then.
    async fn write(&self, import: &Import, ready: &Ready) -> Result<Import, ApiError> {
        let Ready { shown, keys, now, signed, found } = ready;
        let mut import = import.clone();
        if let Some(last) = shown.last() {
            import.after.clone_from(&last.person);
        }
        import.done += i64::try_from(shown.len()).unwrap_or_default();
        import.totals.add(&found.totals, 1);
        let (app, scope) = (self.app, &self.claimed.scope);
        let cause = Cause { reason: REASON, import: Some(import.id) };
        let mut tx = app.store.write().await?;
        // First of all: whoever has lost the lease need not write the rest.
        tx.advance_job(&self.claimed.lease, import.done, self.app.world.clock.now()).await?;
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
        let ready = self.sign(self.judge(shown.to_vec()).await?).await?;
        self.write(import, &ready).await
    }
}
