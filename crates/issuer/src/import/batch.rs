//! People of an import, in batches: their rows opened, what they hold read, and judged on every core.

use std::collections::HashMap;
use std::sync::Arc;

use passport_schema::id::Id;
use passport_schema::time::Timestamp;
use tokio::sync::{OnceCell, mpsc};

use super::judge::{Bench, Group, Verdict};
use super::namesakes::Namesakes;
use super::read::stretch_context;
use super::rows::{self, RowResult};
use super::{Import, context};
use crate::app::App;
use crate::cores::on_every_core;
use crate::error::ApiError;
use crate::issue::{self, Decided, Keys};
use crate::store::StoreError;
use crate::store::credentials::{Issued, Tokens};
use crate::store::import_rows::{Mark, StoredResult, Stretch};
use crate::store::staff::Staff;

/// People of one batch.
pub(super) const PEOPLE: i64 = 256;
/// Rows of one batch, unless one person has more.
const ROWS: i64 = 6_000;

/// From one stage to the next. What fails goes the same way and ends the step, after all that went before it
/// was written.
pub(super) type Sender<T> = mpsc::Sender<Result<T, ApiError>>;
pub(super) type Receiver<T> = mpsc::Receiver<Result<T, ApiError>>;

/// What is the same for every batch of an import.
pub(super) struct Judging<'j> {
    pub app: &'j App,
    pub import: &'j Import,
    pub namesakes: OnceCell<Arc<Namesakes>>,
}

/// A batch, judged by what was known at one time.
pub(super) struct Judged {
    pub keys: Keys,
    pub verdicts: Vec<Verdict>,
    pub now: Timestamp,
}

/// The first of these people, as many as one batch takes.
pub(super) fn cut(people: Vec<(String, i64)>) -> Vec<String> {
    let mut rows = 0;
    let fits = |(index, (_, count)): &(usize, (String, i64))| {
        rows += count;
        *index == 0 || rows <= ROWS
    };
    people.into_iter().enumerate().take_while(fits).map(|(_, (person, _))| person).collect()
}

impl<'j> Judging<'j> {
    pub fn new(app: &'j App, import: &'j Import) -> Self {
        Self { app, import, namesakes: OnceCell::new() }
    }

    /// Judges the rows of these people.
    pub async fn judge(&self, people: &[String]) -> Result<Judged, ApiError> {
        let (app, organisation) = (self.app, &self.import.organisation);
        let now = app.world.clock.now();
        let mut tx = app.store.read().await?;
        let stretches = tx.import_rows(self.import.id, people).await?;
        drop(tx);
        let groups = self.open(stretches, now).await?;
        let mut references: Vec<&str> =
            groups.iter().flat_map(|group| group.rows.iter().map(|row| row.reference.as_str())).collect();
        references.extend(groups.iter().map(|group| group.person.as_str()));
        references.sort_unstable();
        references.dedup();

        let mut tx = app.store.read().await?;
        let keys = issue::keys(&mut tx, app, organisation, now).await?;
        let mut staff: HashMap<String, Staff> = HashMap::new();
        staff.extend(tx.assignments(organisation, &references).await?);
        let exact = tx.staff_by_references(organisation, &references).await?;
        staff.extend(exact.into_iter().map(|staff| (staff.reference.clone(), staff)));
        let mut all: Vec<Staff> = staff.values().cloned().collect();
        all.sort_unstable_by_key(|staff| staff.id.0);
        all.dedup_by_key(|staff| staff.id.0);
        let people = issue::read(&mut tx, all, Tokens::Leave).await?;
        drop(tx);
        let unproven = |row: &rows::ReadRow| row.birth_date.is_some() && !staff.contains_key(&row.reference);
        let namesakes = if groups.iter().any(|group| group.rows.iter().any(unproven)) {
            Some(self.namesakes.get_or_try_init(|| load(app, self.import)).await?.clone())
        } else {
            None
        };
        let by_id: HashMap<Id, issue::Person> = people.into_iter().map(|person| (person.staff.id, person)).collect();
        let known = staff
            .into_iter()
            .filter_map(|(reference, staff)| Some((reference, by_id.get(&staff.id)?.clone())))
            .collect();
        let bench = Bench {
            app: app.clone(),
            organisation: organisation.clone(),
            keys: keys.clone(),
            known,
            namesakes,
            carrier: self.import.carrier,
            now,
        };
        let verdicts = on_every_core(groups, move |group| bench.judge(group)).await;
        Ok(Judged { keys, verdicts: verdicts.into_iter().collect::<Result<_, _>>()?, now })
    }

    /// Opens stretches and puts those of one person together.
    async fn open(&self, stretches: Vec<Stretch>, now: Timestamp) -> Result<Vec<Group>, ApiError> {
        let (app, import) = (self.app.clone(), self.import.clone());
        let today = now.london_date();
        let open = move |stretch: Stretch| {
            let context = stretch_context(&import, stretch.number);
            let text = rows::unpack(&app.keyring.sealing().open(&stretch.sealed, &context)?)?;
            let rows = rows::read(&text, today, &app.lists)?;
            Some((stretch.person, rows))
        };
        let mut groups: Vec<Group> = Vec::new();
        for opened in on_every_core(stretches, open).await {
            let (person, rows) = opened.ok_or(StoreError::Corrupt("import rows"))?;
            match groups.last_mut().filter(|group| group.person == person) {
                Some(group) => group.rows.extend(rows),
                None => groups.push(Group { person, rows }),
            }
        }
        Ok(groups)
    }
}

async fn load(app: &App, import: &Import) -> Result<Arc<Namesakes>, ApiError> {
    Ok(Arc::new(Namesakes::load(app, import).await?))
}

/// What a person's results are sealed for.
fn results_context(import: &Import, person: &str) -> String {
    context(&import.organisation, import.id, &format!("results/{person}"))
}

/// What a verdict says, sealed.
pub(super) fn seal(app: &App, import: &Import, verdict: &Verdict) -> StoredResult {
    let Verdict { person, rows, totals, outcomes, .. } = verdict;
    let text = rows::write_results(rows);
    let context = results_context(import, person);
    let sealed = app.keyring.sealing().seal(text.as_bytes(), &context, &app.world.random.bytes());
    StoredResult { person: person.clone(), outcomes: *outcomes, totals: Some(totals.clone()), sealed }
}

/// What was sealed.
pub(super) fn open(app: &App, import: &Import, stored: &StoredResult) -> Result<Vec<RowResult>, ApiError> {
    let opened = app.keyring.sealing().open(&stored.sealed, &results_context(import, &stored.person));
    let rows = opened.and_then(|text| rows::read_results(&text));
    Ok(rows.ok_or(StoreError::Corrupt("import results"))?)
}

/// How somebody is left: at that version nothing of it has to be done again until then.
pub(super) fn mark<'i>(staff: &Staff, version: i64, issued: impl IntoIterator<Item = &'i Issued>) -> Mark {
    let until = |it: &Issued| it.expires.0 - (it.expires.0 - it.issued.0) / 4;
    let good_until = issued.into_iter().map(until).min().unwrap_or(i64::MAX);
    Mark { staff: staff.id, version, good_until: Timestamp(good_until) }
}

/// The same for whom nothing is to be done.
pub(super) fn mark_unchanged(decided: &Decided) -> Option<Mark> {
    (decided.is_nothing() && decided.staff.version > 0)
        .then(|| mark(&decided.staff, decided.staff.version, &decided.plan.keep))
}
