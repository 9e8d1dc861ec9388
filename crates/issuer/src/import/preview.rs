//! The job behind a preview: the file is read, then its people are judged, batch by batch.

use passport_schema::time::Timestamp;
use tokio::sync::mpsc;

use super::batch::{Judged, Judging, PEOPLE, Receiver, Sender, cut, mark_unchanged, seal};
use super::judge::UNKNOWN;
use super::read::read;
use super::{Import, Outcome, State, Totals};
use crate::app::App;
use crate::cores::on_every_core;
use crate::error::ApiError;
use crate::jobs::{Claimed, Progress};
use crate::store::import_rows::{Mark, StoredResult};
use crate::trail::note;

/// One step of a preview. Judging begins anew with each step, so that a node which takes over goes on
/// after the last batch.
///
/// # Errors
/// [`ApiError`]; the step is tried again.
pub async fn preview(app: &App, claimed: &Claimed) -> Result<Progress, ApiError> {
    let organisation = &claimed.job.organisation;
    let import = app.store.read().await?.import(organisation, claimed.job.id).await?;
    let Some(import) = import else { return Ok(Progress::Done) };
    if import.state == State::Reading && import.line == 0 && repeat(app, claimed, &import).await? {
        return Ok(Progress::Done);
    }
    let import = if import.state == State::Reading { read(app, claimed, import).await? } else { import };
    if import.state == State::Judging {
        judge(app, claimed, import).await?;
    }
    Ok(Progress::Done)
}

/// Whether the file came before, was issued, and everybody in it stands as that left them: then it
/// changes nothing, and need not be read. Rows that were not sure of their person may be by now, so
/// that a file with some is read again.
async fn repeat(app: &App, claimed: &Claimed, import: &Import) -> Result<bool, ApiError> {
    let Some(digest) = &import.digest else { return Ok(false) };
    let now = app.world.clock.now();
    let mut tx = app.store.read().await?;
    let Some(before) = tx.import_like(&import.organisation, digest).await? else { return Ok(false) };
    let unsure = Outcome::Ambiguous.bit() | UNKNOWN;
    if tx.count_results(before.id, unsure).await? > 0 || !tx.marks_stand(before.id, now).await? {
        return Ok(false);
    }
    drop(tx);
    let repeated = Import {
        state: State::Previewed,
        repeats: Some(before.id),
        rows: before.rows,
        people: before.people,
        done: before.people,
        totals: before.totals.again(),
        ..import.clone()
    };
    let mut tx = app.store.write().await?;
    tx.forget_file(import.id).await?;
    tx.keep_import(&repeated, State::Reading, now).await?;
    tx.advance_job(&claimed.lease, repeated.rows, now).await?;
    note(&mut tx, app, &claimed.scope, "import.previewed", &import.id.to_string(), None).await?;
    tx.commit().await?;
    Ok(true)
}

/// Judges everybody, and refuses a file of which nobody is known.
async fn judge(app: &App, claimed: &Claimed, import: Import) -> Result<(), ApiError> {
    let start = import.clone();
    let judging = Judging::new(app, &start);
    // While one batch is written the next is judged.
    let (judged, to_write) = mpsc::channel(1);
    let ((), written) = tokio::join!(judge_all(&judging, judged), write_all(app, claimed, import, to_write));
    let mut import = written?;
    let now = app.world.clock.now();
    let mut tx = app.store.write().await?;
    let anybody = [Outcome::New, Outcome::Supersedes, Outcome::Unchanged, Outcome::Older, Outcome::Withdrawn];
    let anybody = anybody.into_iter().fold(Outcome::Ambiguous.bit(), |bits, outcome| bits | outcome.bit());
    let strangers = tx.reads().count_results(import.id, UNKNOWN).await?;
    import.state = State::Previewed;
    if strangers > 0 && tx.reads().count_results(import.id, anybody).await? == 0 {
        let detail = format!(
            "Nobody of the {strangers} people in this file is known here: is it the file of another organisation, or is the staff list still to come?"
        );
        import.fault = Some(("nobody-known".into(), detail));
        import.state = State::Refused;
        tx.forget_file(import.id).await?;
    } else {
        tx.count_imports().await?;
    }
    let action = if import.state == State::Previewed { "import.previewed" } else { "import.refused" };
    tx.keep_import(&import, State::Judging, now).await?;
    tx.advance_job(&claimed.lease, import.rows + import.done, now).await?;
    note(&mut tx, app, &claimed.scope, action, &import.id.to_string(), None).await?;
    tx.commit().await?;
    Ok(())
}

/// What a batch of people comes to, ready to be kept.
struct Batch {
    now: Timestamp,
    results: Vec<StoredResult>,
    marks: Vec<Mark>,
    totals: Totals,
}

async fn judge_all(judging: &Judging<'_>, judged: Sender<Batch>) {
    let mut after = judging.import.after.clone();
    while let Some(batch) = judge_next(judging, &mut after).await.transpose() {
        let failed = batch.is_err();
        if judged.send(batch).await.is_err() || failed {
            break;
        }
    }
}

/// The batch after a person; none when nobody is left.
async fn judge_next(judging: &Judging<'_>, after: &mut String) -> Result<Option<Batch>, ApiError> {
    let people = cut(judging.app.store.read().await?.import_people(judging.import.id, after, PEOPLE).await?);
    let Some(last) = people.last() else { return Ok(None) };
    after.clone_from(last);
    let Judged { verdicts, now, .. } = judging.judge(&people).await?;
    let decided = || verdicts.iter().flat_map(|verdict| &verdict.decided);
    let drafts: usize = decided().map(|it| it.plan.drafts.len()).sum();
    let mut totals = Totals { signed: i64::try_from(drafts).unwrap_or_default(), ..Totals::default() };
    for verdict in &verdicts {
        totals.add(&verdict.totals, 1);
    }
    let marks = decided().filter_map(mark_unchanged).collect();
    let (app, import) = (judging.app.clone(), judging.import.clone());
    let results = on_every_core(verdicts, move |verdict| seal(&app, &import, &verdict)).await;
    Ok(Some(Batch { now, results, marks, totals }))
}

/// Keeps what each batch comes to; how far the import is then.
async fn write_all(
    app: &App,
    claimed: &Claimed,
    mut import: Import,
    mut judged: Receiver<Batch>,
) -> Result<Import, ApiError> {
    while let Some(batch) = judged.recv().await {
        let Batch { now, results, marks, totals } = batch?;
        if let Some(last) = results.last() {
            import.after.clone_from(&last.person);
        }
        import.done += i64::try_from(results.len()).unwrap_or_default();
        import.totals.add(&totals, 1);
        let mut tx = app.store.write().await?;
        tx.advance_job(&claimed.lease, import.rows + import.done, app.world.clock.now()).await?;
        tx.keep_results(import.id, &results).await?;
        tx.keep_marks(import.id, &marks).await?;
        tx.keep_import(&import, State::Judging, now).await?;
        tx.commit().await?;
    }
    Ok(import)
}
